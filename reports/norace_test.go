//go:build !race

package reports_test

const raced = false
