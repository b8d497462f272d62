package main

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"understudy/mock/mocktest"

	"github.com/spf13/pflag"
)

// TestServeVariables: variables stand in for flags that were not given, and for no others.
func TestServeVariables(t *testing.T) {
	var s serving
	f := pflag.NewFlagSet("serve", pflag.ContinueOnError)
	s.flags(f)
	if err := f.Parse([]string{"--control", "127.0.0.1:9"}); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{"UNDERSTUDY_LISTEN": "0.0.0.0:1", "UNDERSTUDY_CONTROL": "0.0.0.0:2", "UNDERSTUDY_CONTROL_TOKEN": "secret"}
	p := &process{getenv: func(name string) string { return env[name] }}
	if err := p.fromEnvironment(f, serveVariables); err != nil {
		t.Fatal(err)
	}
	if s.listen != "0.0.0.0:1" || s.control != "127.0.0.1:9" || s.controlToken != "secret" {
		t.Errorf("listen %s, control %s, token %s", s.listen, s.control, s.controlToken)
	}
}

// TestControlReady serves as an image does and asks whether it is ready, before and after.
func TestControlReady(t *testing.T) {
	file := filepath.Join(t.TempDir(), "ready.json")
	env := map[string]string{"UNDERSTUDY_LISTEN": "127.0.0.1:0", "UNDERSTUDY_CONTROL": "127.0.0.1:0", "UNDERSTUDY_CONTROL_TOKEN": "secret"}
	run := func(ctx context.Context, env map[string]string, arguments ...string) (status int, printed string) {
		var out bytes.Buffer
		p := &process{out: &out, err: &out, getenv: func(name string) string { return env[name] }}
		status = p.run(ctx, arguments)
		return status, out.String()
	}
	if status, printed := run(t.Context(), nil, "control", "ready", "--url", "http://127.0.0.1:1"); status != exitFindings || !strings.Contains(printed, "not ready") {
		t.Errorf("nobody is there: %d %s", status, printed)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); run(ctx, env, "serve", "echowin", "--seed", "1", "--ready-file", file) }()
	defer func() { cancel(); <-done }()
	var ready readiness
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for ready.Control == nil {
		select {
		case <-tick.C:
			if data, err := os.ReadFile(file); err == nil {
				if err := json.Unmarshal(data, &ready); err != nil {
					t.Fatal(err)
				}
			}
		case <-done:
			t.Fatal("serve has ended")
		}
	}
	where := map[string]string{"UNDERSTUDY_CONTROL_URL": ready.Control.URL}
	if status, printed := run(t.Context(), where, "control", "ready"); status != 0 || !strings.Contains(printed, "is ready") {
		t.Errorf("it serves: %d %s", status, printed)
	}
	for name, text := range ready.Contracts[0].Credentials { // docs/go-tests.md says so
		if inTest := mocktest.Start(t, "echowin", mocktest.WithSeed(1)).Credential(name); inTest != text {
			t.Errorf("equal seeds: %s is another one in a Go test", name)
		}
	}
	answer, err := http.Get(ready.Control.URL + "/contracts")
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusUnauthorized || ready.Control.Token != "secret" {
		t.Errorf("the token of the environment is not asked for: %s", answer.Status)
	}
}

// TestOwnAuthorities: what an image without authorities believes can be read, and holds what most of the web is signed by.
func TestOwnAuthorities(t *testing.T) {
	pool := ownAuthorities()
	if pool.Equal(x509.NewCertPool()) {
		t.Fatal("nobody is believed")
	}
	names := ""
	//lint:ignore SA1019 it is no pool of the system, for which the method says too little
	for _, subject := range pool.Subjects() {
		names += string(subject) + "\n"
	}
	for _, name := range []string{"ISRG Root X1", "DigiCert Global Root G2", "GlobalSign"} {
		if !strings.Contains(names, name) {
			t.Errorf("%s is not believed", name)
		}
	}
}
