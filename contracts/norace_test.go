//go:build !race

package contracts

const Raced = false
