//go:build race

package reports_test

// raced says that the tests run with the race detector, which makes some of them slower by far.
const raced = true
