//go:build race

package main

// raced says that the race detector is on. It makes everything several times slower: whole tables are walked without it
// (make test does both), and with it a part of them.
const raced = true
