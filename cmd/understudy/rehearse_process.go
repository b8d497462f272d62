package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// findProgram finds the program of a command. A shell would end with 127 or 126 where there is none: here the rehearsal could not be
// carried out.
func findProgram(name string) (string, error) {
	path, err := exec.LookPath(name)
	switch {
	case err == nil:
		return path, nil
	case errors.Is(err, os.ErrNotExist), errors.Is(err, exec.ErrNotFound):
		return "", fmt.Errorf("rehearse: the command %q was not found", name)
	}
	return "", fmt.Errorf("rehearse: the command %q cannot be run: %w", name, err)
}

// stopping takes the signals that would end us while the command runs, and hands them on.
type stopping struct {
	signals chan os.Signal
	ended   <-chan struct{} // of who called us, inside a test
	was     atomic.Bool
}

// watchSignals begins to take signals.
func watchSignals(ctx context.Context) *stopping {
	s := &stopping{signals: make(chan os.Signal, 8), ended: ctx.Done()}
	signal.Notify(s.signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	return s
}

func (s *stopping) close() { signal.Stop(s.signals) }

// asked says that somebody wanted us to end.
func (s *stopping) asked() bool {
	select {
	case <-s.ended:
		s.was.Store(true)
	default:
	}
	return s.was.Load()
}

// An exit is how the command ended.
type exit struct {
	status int    // 128 and the number of the signal that ended it; 124: its time was over
	how    string // for people: "ended with status 1", "was ended by the signal killed"; empty: it succeeded
	own    bool   // it ended by itself
}

// exitTimeout is the status of a command whose time was over, as that of timeout(1).
const exitTimeout = 124

// A performer runs one command.
type performer struct {
	program string
	args    []string // the first one is the command as it was typed
	environ []string
	out     io.Writer
	err     io.Writer
	within  time.Duration
	grace   time.Duration
}

// perform runs the command to its end. Its error says that it could not be started.
func (f *performer) perform(stop *stopping) (exit, error) {
	cmd := &exec.Cmd{Path: f.program, Args: f.args, Env: f.environ, Stdin: os.Stdin, Stdout: f.out, Stderr: f.err, WaitDelay: 5 * time.Second}
	own := groupOfItsOwn(cmd)
	if err := cmd.Start(); err != nil {
		return exit{}, fmt.Errorf("rehearse: start the command: %w", err)
	}
	ended := make(chan struct{})
	var watching sync.WaitGroup
	var late atomic.Bool
	watching.Go(func() { f.watch(cmd, own, stop, ended, &late) })
	err := cmd.Wait()
	close(ended)
	watching.Wait()
	if late.Load() {
		return exit{status: exitTimeout, how: fmt.Sprintf("did not end within %s", f.within)}, nil
	}
	return exitOf(cmd, err)
}

// watch hands signals on, and ends the command when its time is over: first it is asked to, then it is killed.
func (f *performer) watch(cmd *exec.Cmd, own bool, stop *stopping, ended <-chan struct{}, late *atomic.Bool) {
	limit := time.NewTimer(f.within)
	defer limit.Stop()
	var kill <-chan time.Time
	begin := func() {
		if kill == nil {
			grace := time.NewTimer(f.grace)
			kill = grace.C
		}
	}
	cancelled := stop.ended
	for {
		select {
		case <-ended:
			return
		case s := <-stop.signals:
			stop.was.Store(true)
			cancelled = nil // that of our own context follows on the same signal
			handOn(cmd, own, s)
			begin()
		case <-cancelled:
			stop.was.Store(true)
			cancelled = nil
			select {
			case s := <-stop.signals: // who cancelled us did so because of a signal, which we were told as well
				handOn(cmd, own, s)
			case <-time.After(100 * time.Millisecond):
				handOn(cmd, own, os.Interrupt)
			case <-ended:
				return
			}
			begin()
		case <-limit.C:
			late.Store(true)
			handOn(cmd, own, syscall.SIGTERM)
			begin()
		case <-kill:
			killAll(cmd, own)
			kill = nil
		}
	}
}

// exitOf tells how a command ended.
func exitOf(cmd *exec.Cmd, err error) (exit, error) {
	state := cmd.ProcessState
	if state == nil {
		return exit{}, fmt.Errorf("rehearse: wait for the command: %w", err)
	}
	if number, name, ok := endedBy(state); ok {
		return exit{status: 128 + number, how: "was ended by the signal " + name}, nil
	}
	if code := state.ExitCode(); code != 0 {
		return exit{code, fmt.Sprintf("ended with status %d", code), true}, nil
	}
	return exit{own: true}, nil // an error then is that of its output, which somebody closed
}
