//go:build !race

package inference_test

const raced = false
