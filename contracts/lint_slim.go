//go:build slim

package contracts

import "context"

// Slim says whether this build does without the libraries of the second reader: then Lint and LintFile give ErrSlim.
const Slim = true

// Lint gives ErrSlim.
func Lint(context.Context, string, Options) ([]Warning, error) { return nil, ErrSlim }

// LintFile gives ErrSlim.
func LintFile(string, []byte, []byte) ([]Warning, error) { return nil, ErrSlim }
