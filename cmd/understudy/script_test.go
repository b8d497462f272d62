package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets scripts run the command as a program of its own.
func TestMain(m *testing.M) {
	testscript.Main(tidied{m}, map[string]func(){
		"understudy": func() {
			ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
			p := &process{out: os.Stdout, err: os.Stderr, getenv: os.Getenv}
			status := p.run(ctx, os.Args[1:])
			stop()
			os.Exit(status)
		},
	})
}

// tidied removes the program when all tests have ended.
type tidied struct{ *testing.M }

func (m tidied) Run() int {
	flag.Parse()
	if own := flag.Lookup("test.parallel"); own.Value.String() == own.DefValue {
		_ = flag.Set("test.parallel", fmt.Sprint(2*runtime.GOMAXPROCS(0))) // scripts wait more than they work
	}
	status := m.M.Run()
	if builtFolder != "" {
		_ = os.RemoveAll(builtFolder)
	}
	return status
}

// built is a folder with the program as users have it, and with the client that scripts rehearse. Tests find another one on their path, which is the test itself and has the
// race detector: every start of it takes most of a second.
var built = sync.OnceValues(func() (string, error) {
	folder, err := os.MkdirTemp("", "understudy")
	if err != nil {
		return "", err
	}
	builtFolder = folder
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", folder+string(os.PathSeparator), ".", "./testdata/client")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if said, err := build.CombinedOutput(); err != nil {
		return folder, fmt.Errorf("%w\n%s", err, said)
	}
	own, err := exec.LookPath("understudy")
	if err != nil {
		return folder, err
	}
	if err := os.Mkdir(filepath.Join(folder, "mixed"), 0o755); err != nil {
		return folder, err
	}
	text := fmt.Sprintf("#!/bin/sh\ncase $1 in\ncontrol | demo | requirements | version) exec '%s/understudy' \"$@\" ;;\nesac\nexec '%s' \"$@\"\n", folder, own)
	return folder, os.WriteFile(filepath.Join(folder, "mixed", "understudy"), []byte(text), 0o755)
})

var builtFolder string

// builtPath is a PATH on which the program as users have it comes first.
func builtPath(t testing.TB) string {
	t.Helper()
	folder, err := built()
	if err != nil {
		t.Fatal(err)
	}
	return folder + string(os.PathListSeparator) + os.Getenv("PATH")
}

// mixed lets the scripts of a test find the program with the race detector as what serves and judges, and without it as what only
// asks a server, and where all that it walks is walked by other tests with it. The client comes last.
func mixed(e *testscript.Env) error {
	folder, err := built()
	if err != nil {
		return err
	}
	const list = string(os.PathListSeparator)
	path := e.Getenv("PATH") + list + folder
	if raced {
		path = filepath.Join(folder, "mixed") + list + path
	}
	e.Setenv("PATH", path)
	return nil
}

// TestScript runs the scripts, which are also the manual: each shows a command with what it prints.
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:   "testdata/script",
		Setup: mixed,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"http":       scriptHTTP,
			"eventually": scriptEventually,
			"ready":      scriptReady,
			"terminate":  scriptTerminate,
		},
		RequireExplicitExec: true,
	})
}

// scriptReady waits for a ready file and sets NAME_URL and NAME_ADDRESS for each contract, CONTROL_URL, and the
// credentials under their own names: ready FILE.
func scriptReady(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: ready FILE")
	}
	var ready readiness
	deadline := time.NewTimer(30 * time.Second)
	defer deadline.Stop()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		data, err := os.ReadFile(ts.MkAbs(args[0]))
		if err == nil {
			ts.Check(json.Unmarshal(data, &ready))
			break
		}
		select {
		case <-tick.C:
		case <-deadline.C:
			ts.Fatalf("%s was never written: %v", args[0], err)
		}
	}
	for _, c := range ready.Contracts {
		ts.Setenv(strings.ToUpper(c.Name)+"_URL", c.BaseURL)
		address, err := url.Parse(c.BaseURL)
		ts.Check(err)
		ts.Setenv(strings.ToUpper(c.Name)+"_ADDRESS", address.Host)
		for name, value := range c.Credentials {
			ts.Setenv(name, value)
		}
	}
	if ready.Control != nil {
		ts.Setenv("CONTROL_URL", ready.Control.URL)
	}
}

// scriptHTTP sends a request and prints status line, headers in alphabetical order and body to stdout:
// http METHOD URL [HEADER:VALUE ...] [@FILE].
func scriptHTTP(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: http METHOD URL [HEADER:VALUE ...] [@FILE]")
	}
	var body io.Reader
	header := http.Header{}
	for _, arg := range args[2:] {
		if file, ok := strings.CutPrefix(arg, "@"); ok {
			body = strings.NewReader(strings.TrimSuffix(ts.ReadFile(file), "\n"))
			continue
		}
		name, value, _ := strings.Cut(arg, ":")
		header.Set(name, value)
	}
	request, err := http.NewRequest(args[0], args[1], body)
	ts.Check(err)
	request.Header = header
	// The certificate of a test is made for the run: what is tested is that TLS is spoken.
	client := &http.Client{
		Transport:     &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, ForceAttemptHTTP2: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	defer client.CloseIdleConnections()
	response, err := client.Do(request)
	ts.Check(err)
	defer response.Body.Close()
	var out bytes.Buffer
	fmt.Fprintf(&out, "%s %s\n", response.Proto, response.Status)
	ts.Check(response.Header.Write(&out))
	out.WriteString("\n")
	_, err = io.Copy(&out, response.Body)
	ts.Check(err)
	_, err = ts.Stdout().Write(append(out.Bytes(), '\n'))
	ts.Check(err)
}

// scriptEventually asks for a URL until it answers with a status: eventually STATUS URL.
func scriptEventually(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: eventually STATUS URL")
	}
	deadline := time.NewTimer(30 * time.Second)
	defer deadline.Stop()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for last := ""; ; {
		response, err := http.Get(args[1])
		if err == nil {
			response.Body.Close()
			last = response.Status
		}
		if strings.HasPrefix(last, args[0]) {
			return
		}
		select {
		case <-tick.C:
		case <-deadline.C:
			ts.Fatalf("%s never answered %s; its last answer was %s, %v", args[1], args[0], last, err)
		}
	}
}

// scriptTerminate sends SIGTERM, which kill does not know, to all commands in the background: terminate.
func scriptTerminate(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: terminate")
	}
	for _, c := range ts.BackgroundCmds() {
		ts.Check(c.Process.Signal(syscall.SIGTERM))
	}
}
