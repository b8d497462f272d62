//go:build unix

package main

import (
	"os"
	"os/exec"
	"syscall"
)

// groupOfItsOwn puts the command into a process group of its own, so that signals reach all that it starts. On a terminal it stays
// in ours: the terminal itself sends its signals to the whole group, and would stop a command of another group that reads from it.
func groupOfItsOwn(cmd *exec.Cmd) bool {
	if isTerminal(os.Stdin) && !isNothing(os.Stdin) {
		return false
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return true
}

// isNothing says that a file is the device from which nothing can be read.
func isNothing(f *os.File) bool {
	nothing, err := os.Stat(os.DevNull)
	if err != nil {
		return false
	}
	info, err := f.Stat()
	return err == nil && os.SameFile(nothing, info)
}

// handOn sends a signal to the command. On a terminal it has had the interruption already.
func handOn(cmd *exec.Cmd, own bool, s os.Signal) {
	number, ok := s.(syscall.Signal)
	switch {
	case !ok:
	case own:
		_ = syscall.Kill(-cmd.Process.Pid, number) // it may have ended meanwhile
	case number != syscall.SIGINT:
		_ = cmd.Process.Signal(s)
	}
}

// killAll ends the command and, in a group of its own, all that it started.
func killAll(cmd *exec.Cmd, own bool) {
	if own {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		return
	}
	_ = cmd.Process.Kill()
}

// endedBy tells the signal that ended a process.
func endedBy(state *os.ProcessState) (number int, name string, ok bool) {
	status, is := state.Sys().(syscall.WaitStatus)
	if !is || !status.Signaled() {
		return 0, "", false
	}
	return int(status.Signal()), status.Signal().String(), true
}
