//go:build !race

package mock_test

const raced = false
