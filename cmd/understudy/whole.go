package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"understudy/contracts"
	"understudy/scenarios/deployment"
)

// wholeName is the program that has everything, under the name that it needs beside a build with the tag slim. Such builds, which start fast
// and are small, hand to it what they leave out: the second reader of contracts lint, and --image. Releases and images are
// made without the tag.
const wholeName = "understudy-full"

// leftOut says whether a command ended because this build does not have what it needs.
func leftOut(err error) bool {
	return errors.Is(err, contracts.ErrSlim) || errors.Is(err, deployment.ErrSlim)
}

// whole carries a command line out by the program that has everything, which lies beside this one; no other place is
// searched. It gives the exit status.
func (p *process) whole(ctx context.Context, args []string) (int, error) {
	own, err := os.Executable()
	if err == nil {
		own, err = filepath.EvalSymlinks(own)
	}
	if err != nil {
		return 0, fmt.Errorf("find %s, which has what this build leaves out: %w", wholeName, err)
	}
	program := filepath.Join(filepath.Dir(own), wholeName)
	if runtime.GOOS == "windows" {
		program += ".exe"
	}
	command := exec.CommandContext(ctx, program, args...)
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, p.out, p.err
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	command.WaitDelay = wholePatience
	err = command.Run()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit) && exit.ExitCode() >= 0:
		return exit.ExitCode(), nil
	case errors.Is(err, os.ErrNotExist):
		return 0, fmt.Errorf("this build (tag slim) leaves out what the command needs, and %s is not beside it (%s): the binary of releases and of make build has everything", wholeName, program)
	case err != nil:
		return 0, fmt.Errorf("run %s: %w", program, err)
	}
	return 0, nil
}

// wholePatience is how long it may take to end when it is told to.
const wholePatience = 30 * time.Second
