//go:build unix

package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"understudy/contracts"
	"understudy/scenarios/deployment"
)

// TestWhole hands a command line to the program that lies beside this one, and says what is missing where none does.
func TestWhole(t *testing.T) {
	own, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var out, said bytes.Buffer
	p := &process{out: &out, err: &said, getenv: func(string) string { return "" }}
	if _, err := p.whole(t.Context(), nil); err == nil || !strings.Contains(err.Error(), wholeName) || !strings.Contains(err.Error(), "make build") {
		t.Errorf("without the program: %v", err)
	}
	program := filepath.Join(filepath.Dir(own), wholeName)
	if err := os.WriteFile(program, []byte("#!/bin/sh\necho \"to $*\"\necho aside >&2\nexit 7\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	defer os.Remove(program)
	status, err := p.whole(t.Context(), []string{"contracts", "lint", "a b.yaml"})
	if err != nil || status != 7 || out.String() != "to contracts lint a b.yaml\n" || said.String() != "aside\n" {
		t.Errorf("status %d, %v, %q, %q", status, err, out.String(), said.String())
	}
	for _, err := range []error{contracts.ErrSlim, fmt.Errorf("start: %w", deployment.ErrSlim)} {
		if !leftOut(err) {
			t.Errorf("%v is not taken for something left out", err)
		}
	}
	if leftOut(context.Canceled) {
		t.Error("everything is taken for something left out")
	}
}
