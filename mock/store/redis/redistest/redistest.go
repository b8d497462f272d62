// Package redistest starts real Redis servers for tests.
package redistest

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A Server is a redis-server (or valkey-server) of the test's own.
type Server struct {
	t       testing.TB
	folder  string
	port    int
	command []string
	process *exec.Cmd
}

// Start starts a server that ends with the test. It writes each command to the disk before it answers, so that it holds all it
// said after it was killed, unless further arguments say otherwise. Without a server's program the test fails where CI is
// set, and is skipped elsewhere.
func Start(t testing.TB, arguments ...string) *Server {
	t.Helper()
	program := ""
	for _, name := range []string{"redis-server", "valkey-server"} {
		if path, err := exec.LookPath(name); err == nil {
			program = path
			break
		}
	}
	if program == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("no redis-server and no valkey-server is installed")
		}
		t.Skip("no redis-server and no valkey-server is installed")
	}
	s := &Server{t: t, folder: t.TempDir()}
	s.command = append([]string{
		program, "--bind", "127.0.0.1", "--dir", s.folder, "--save", "", "--appendonly", "yes", "--appendfsync", "always",
		"--daemonize", "no", "--logfile", filepath.Join(s.folder, "log"), "--loglevel", "notice",
	}, arguments...)
	t.Cleanup(s.Kill)
	for range 10 { // somebody else may take the port meanwhile
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		s.port = l.Addr().(*net.TCPAddr).Port
		_ = l.Close()
		if s.begin() == nil {
			return s
		}
	}
	text, _ := os.ReadFile(filepath.Join(s.folder, "log"))
	t.Fatalf("the server does not start:\n%s", text)
	return nil
}

// begin starts the process and waits until it answers.
func (s *Server) begin() error {
	s.process = exec.Command(s.command[0], append(s.command[1:], "--port", fmt.Sprint(s.port))...)
	if err := s.process.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	process := s.process
	go func() { ended <- process.Wait() }()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(30 * time.Second)
	for {
		select {
		case err := <-ended:
			s.process = nil
			return fmt.Errorf("the server ended: %v", err)
		case <-limit:
			_ = process.Process.Kill()
			return fmt.Errorf("the server does not answer")
		case <-tick.C:
			if s.answers() {
				return nil
			}
		}
	}
}

func (s *Server) answers() bool {
	c, err := net.DialTimeout("tcp", s.Address(), time.Second)
	if err != nil {
		return false
	}
	defer func() { _ = c.Close() }()
	_ = c.SetDeadline(time.Now().Add(time.Second))
	if _, err := c.Write([]byte("PING\r\n")); err != nil {
		return false
	}
	room := make([]byte, 64)
	n, _ := c.Read(room)
	text := string(room[:n])
	return strings.HasPrefix(text, "+PONG") || strings.HasPrefix(text, "-NOAUTH")
}

// Address is host and port.
func (s *Server) Address() string { return fmt.Sprintf("127.0.0.1:%d", s.port) }

// URL is the server's address as Understudy takes it.
func (s *Server) URL() string { return "redis://" + s.Address() }

// Kill ends the server at once (SIGKILL). It may be called again.
func (s *Server) Kill() {
	if s.process == nil {
		return
	}
	_ = s.process.Process.Kill()
	s.gone()
	s.process = nil
}

// gone waits until nobody listens any more.
func (s *Server) gone() {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for range 2000 {
		c, err := net.DialTimeout("tcp", s.Address(), time.Second)
		if err != nil {
			return
		}
		_ = c.Close()
		<-tick.C
	}
}

// Again starts the server on its port with what it has on the disk.
func (s *Server) Again() {
	s.t.Helper()
	if err := s.begin(); err != nil {
		s.t.Fatal(err)
	}
}

// Empty removes what a server that was killed has on the disk.
func (s *Server) Empty() {
	entries, _ := filepath.Glob(filepath.Join(s.folder, "*"))
	for _, e := range entries {
		_ = os.RemoveAll(e)
	}
}

// Pause stops the process where it is (SIGSTOP); Resume lets it go on.
func (s *Server) Pause() { _ = s.process.Process.Signal(syscall.SIGSTOP) }

// Resume lets a paused server go on.
func (s *Server) Resume() { _ = s.process.Process.Signal(syscall.SIGCONT) }
