package contracts

import "errors"

// ErrSlim is what Lint and LintFile give in a build with the tag slim. The libraries of the second reader make a program
// larger by half and slower to start, and who serves or judges has no use for them.
var ErrSlim = errors.New("this build has no second reader")
