package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// A process is a server under measurement.
type process struct {
	command *exec.Cmd
	errors  *bytes.Buffer
	folder  string
	address string // host and port
	base    string // path before the contract's paths
	// authorization is the header of that name with a credential that the server announced; empty: it asks for none.
	authorization string
	contract      string                      // its name
	control       struct{ URL, Token string } // the management API; empty: there is none
	ready         time.Duration
}

// patience is how long a server may take until it answers.
const patience = 2 * time.Minute

// launch starts a server that writes its address into a ready file, and waits for it.
func launch(ctx context.Context, program string, arguments ...string) (p *process, err error) {
	p = &process{errors: &bytes.Buffer{}}
	if p.folder, err = os.MkdirTemp("", "understudy-bench-"); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			p.stop()
		}
	}()
	file := filepath.Join(p.folder, "ready.json")
	p.command = exec.CommandContext(ctx, program, append(arguments, "--ready-file", file)...)
	p.command.Stderr = p.errors
	start := time.Now()
	if err := p.command.Start(); err != nil {
		return p, fmt.Errorf("start %s: %w", filepath.Base(program), err)
	}
	for {
		data, err := os.ReadFile(file)
		if err == nil {
			p.ready = time.Since(start)
			return p, p.read(data)
		}
		if !errors.Is(err, os.ErrNotExist) {
			return p, err
		}
		if time.Since(start) > patience || !p.alive() || ctx.Err() != nil {
			return p, fmt.Errorf("start %s %s: it did not come up: %s", filepath.Base(program), strings.Join(arguments, " "), p.errors)
		}
		time.Sleep(200 * time.Microsecond)
	}
}

func (p *process) read(data []byte) error {
	var ready struct {
		Control   struct{ URL, Token string } `json:"control"`
		Contracts []struct {
			Name        string            `json:"name"`
			BaseURL     string            `json:"base_url"`
			Credentials map[string]string `json:"credentials"`
		} `json:"contracts"`
	}
	if err := json.Unmarshal(data, &ready); err != nil || len(ready.Contracts) == 0 {
		return fmt.Errorf("read the ready file %q: %w", data, err)
	}
	u, err := url.Parse(ready.Contracts[0].BaseURL)
	if err != nil {
		return fmt.Errorf("read the ready file: %w", err)
	}
	p.address, p.base, p.contract, p.control = u.Host, u.Path, ready.Contracts[0].Name, ready.Control
	for name, value := range ready.Contracts[0].Credentials {
		if strings.HasSuffix(name, "_TOKEN") || strings.HasSuffix(name, "_BEARER_AUTH") {
			p.authorization = "Bearer " + value
		}
	}
	return nil
}

// alive says whether the process runs: a zombie does not.
func (p *process) alive() bool {
	fields, err := p.stat()
	return err == nil && fields[0] != "Z"
}

// stop ends the process and waits for it.
func (p *process) stop() {
	if p == nil {
		return
	}
	if p.command != nil && p.command.Process != nil {
		_ = p.command.Process.Signal(syscall.SIGTERM)
		done := make(chan struct{})
		go func() {
			_ = p.command.Wait() // it was told to end: its status says nothing
			close(done)
		}()
		select {
		case <-done:
		case <-time.After(10 * time.Second):
			_ = p.command.Process.Kill()
			<-done
		}
	}
	_ = os.RemoveAll(p.folder)
}

// clockTick is USER_HZ, the unit of the times in /proc/PID/stat: 100 on every Linux that Go runs on (proc(5)).
const clockTick = time.Second / 100

// stat is /proc/PID/stat behind the command's name, which may hold spaces: the first field is the state.
func (p *process) stat() ([]string, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.command.Process.Pid))
	if err != nil {
		return nil, err
	}
	return statFields(string(data))
}

func statFields(text string) ([]string, error) {
	i := strings.LastIndexByte(text, ')')
	fields := strings.Fields(text[i+1:])
	if i < 0 || len(fields) < 13 {
		return nil, fmt.Errorf("read the process's times: %q is no /proc/PID/stat", text)
	}
	return fields, nil
}

// cpu is the time that the process has spent, in user mode and in the kernel, all threads.
func (p *process) cpu() (time.Duration, error) {
	fields, err := p.stat()
	if err != nil {
		return 0, err
	}
	var ticks int64
	for _, field := range fields[11:13] { // utime and stime
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("read the process's times: %w", err)
		}
		ticks += n
	}
	return time.Duration(ticks) * clockTick, nil
}

// memory gives a line of /proc/PID/status in bytes: VmRSS, what is resident now, or VmHWM, what was at most.
func (p *process) memory(line string) (int64, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.command.Process.Pid))
	if err != nil {
		return 0, err
	}
	return statusLine(string(data), line)
}

func statusLine(text, name string) (int64, error) {
	for line := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(line, name+":"); ok {
			n, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			return n << 10, err
		}
	}
	return 0, fmt.Errorf("read the process's memory: there is no line %s", name)
}

// ownCPU is what this process, the load generator, has spent.
func ownCPU() (time.Duration, error) {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0, fmt.Errorf("read our own times: %w", err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano()), nil
}
