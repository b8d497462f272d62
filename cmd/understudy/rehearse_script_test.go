package main

import (
	"errors"
	"net"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestRehearseScripts runs the scripts of rehearse.
func TestRehearseScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:   "testdata/rehearse",
		Setup: mixed,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"appears":   scriptAppears,
			"address":   scriptAddress,
			"status":    scriptStatus,
			"terminate": scriptTerminate,
		},
		RequireExplicitExec: true,
	})
}

// scriptAppears waits for a file: appears FILE.
func scriptAppears(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: appears FILE")
	}
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.NewTimer(60 * time.Second)
	defer deadline.Stop()
	for {
		if _, err := os.Stat(ts.MkAbs(args[0])); err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-deadline.C:
			ts.Fatalf("%s never appeared", args[0])
		}
	}
}

// scriptAddress puts an address of this machine that is free into a variable: address NAME.
func scriptAddress(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: address NAME")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Setenv(args[0], l.Addr().String())
	ts.Check(l.Close())
}

// scriptStatus runs a program that must end with a status: status NUMBER PROGRAM ARG…
func scriptStatus(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status NUMBER PROGRAM ARG…")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	var failed *exec.ExitError
	switch {
	case err == nil && want != 0:
		ts.Fatalf("the status is 0, want %d", want)
	case err == nil:
	case !errors.As(err, &failed):
		ts.Fatalf("%v", err)
	case failed.ExitCode() != want:
		ts.Fatalf("the status is %d, want %d", failed.ExitCode(), want)
	}
}
