//go:build unix

package main

import (
	"bytes"
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestFilesOfOthers: what holds credentials or state is readable by its owner only, whatever the umask says and whatever stood
// there before. Other users of a shared machine find an address, and no key.
func TestFilesOfOthers(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0))
	folder := t.TempDir()
	at := func(name string) string { return filepath.Join(folder, name) }
	if err := os.WriteFile(at("ready.json"), nil, 0o666); err != nil { // somebody had it there for all to read
		t.Fatal(err)
	}
	if err := os.Mkdir(at("client"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(at("client/client.key"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan int, 1)
	var out, errs bytes.Buffer
	p := &process{out: &out, err: &errs, getenv: func(string) string { return "" }}
	go func() {
		done <- p.run(ctx, []string{"serve", "echowin", "--listen", "127.0.0.1:0", "--control", "127.0.0.1:0", "--quiet", "--tls", "--tls-client-dir", at("client"),
			"--store", "file:" + at("state.db"), "--ready-file", at("ready.json")})
	}()
	deadline := time.NewTimer(2 * time.Minute)
	defer deadline.Stop()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for ready := false; !ready; {
		select {
		case status := <-done:
			t.Fatalf("exit status %d: %s", status, errs.String())
		case <-deadline.C:
			t.Fatal("it was never ready")
		case <-tick.C:
			info, err := os.Stat(at("ready.json"))
			ready = err == nil && info.Size() > 0
		}
	}
	for name, want := range map[string]fs.FileMode{
		"ready.json": 0o600, "state.db": 0o600, "client/client.key": 0o600, "client/client.pem": 0o600, "client/ca.pem": 0o600,
	} {
		info, err := os.Stat(at(name))
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s has the mode %o, want %o", name, got, want)
		}
	}
	stop()
	if status := <-done; status != 0 {
		t.Errorf("exit status %d: %s", status, errs.String())
	}
}

// TestPrivateFilesInOneStep: a link that somebody put in the way is replaced, and where it led nothing is written.
func TestPrivateFilesInOneStep(t *testing.T) {
	folder := t.TempDir()
	victim, link := filepath.Join(folder, "victim"), filepath.Join(folder, "ready.json")
	if err := os.WriteFile(victim, []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(victim, link); err != nil {
		t.Fatal(err)
	}
	if err := writePrivate(link, []byte("secret")); err != nil {
		t.Fatal(err)
	}
	if kept, err := os.ReadFile(victim); err != nil || string(kept) != "mine" {
		t.Errorf("the file behind the link: %q, %v", kept, err)
	}
	info, err := os.Lstat(link)
	if err != nil || !info.Mode().IsRegular() || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if err := writePrivate(os.DevNull, []byte("secret")); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(os.DevNull); err != nil || info.Mode().IsRegular() {
		t.Errorf("the device is gone: %v, %v", info.Mode(), err)
	}
}
