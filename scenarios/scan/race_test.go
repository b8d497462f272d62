//go:build race

package scan_test

// raced says that the race detector slows everything down: what takes long is tried in part.
const raced = true
