//go:build race

package contracts

// Raced says that the tests run with the race detector, which makes some of them slower by far.
const Raced = true
