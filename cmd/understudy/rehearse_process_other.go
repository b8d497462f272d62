//go:build !unix

package main

import (
	"os"
	"os/exec"
)

// groupOfItsOwn: there are no process groups here.
func groupOfItsOwn(*exec.Cmd) bool { return false }

// handOn ends the command: there are no signals here, and an interruption on the console reaches it anyway.
func handOn(cmd *exec.Cmd, _ bool, s os.Signal) {
	if s != os.Interrupt {
		_ = cmd.Process.Kill()
	}
}

func killAll(cmd *exec.Cmd, _ bool) { _ = cmd.Process.Kill() }

// endedBy: no process is ended by a signal here.
func endedBy(*os.ProcessState) (number int, name string, ok bool) { return 0, "", false }
