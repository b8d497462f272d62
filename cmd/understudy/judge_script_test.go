package main

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestJudgeScripts runs the scripts of check, run and report.
func TestJudgeScripts(t *testing.T) {
	asked := make(chan struct{}, 100)
	testscript.Run(t, testscript.Params{
		Dir:   "testdata/judge",
		Setup: mixed,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"ready":     scriptReady,
			"terminate": scriptTerminate,
			"answers":   scriptAnswers,
			"hangs":     func(ts *testscript.TestScript, neg bool, args []string) { scriptHangs(ts, neg, args, asked) },
			"asked":     func(ts *testscript.TestScript, neg bool, args []string) { scriptAsked(ts, neg, args, asked) },
		},
		RequireExplicitExec: true,
	})
}

// scriptAnswers starts a deployment that answers as a file says, one line for each: METHOD PATH STATUS TYPE BODY, where a path that ends
// in * stands for all that begin so; anything else is 404. Its address is put into a variable: answers NAME FILE.
func scriptAnswers(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: answers NAME FILE")
	}
	var lines [][]string
	for line := range strings.Lines(ts.ReadFile(args[1])) {
		if fields := strings.SplitN(strings.TrimSpace(line), " ", 5); len(fields) >= 3 {
			lines = append(lines, append(fields, "", ""))
		}
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, f := range lines {
			prefix, open := strings.CutSuffix(f[1], "*")
			if r.Method != f[0] || r.URL.Path != f[1] && !(open && strings.HasPrefix(r.URL.Path, prefix)) {
				continue
			}
			status, err := strconv.Atoi(f[2])
			ts.Check(err)
			if f[3] != "" {
				w.Header().Set("Content-Type", f[3])
			}
			w.WriteHeader(status)
			_, _ = w.Write([]byte(f[4]))
			return
		}
		w.WriteHeader(http.StatusNotFound)
	}))
	ts.Defer(server.Close)
	ts.Setenv(args[0], server.URL)
}

// scriptHangs starts a deployment that never answers: hangs NAME.
func scriptHangs(ts *testscript.TestScript, neg bool, args []string, asked chan struct{}) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: hangs NAME")
	}
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		asked <- struct{}{}
		<-r.Context().Done()
	}))
	ts.Defer(server.Close)
	ts.Setenv(args[0], server.URL)
}

// scriptAsked waits until a deployment that hangs has been asked: asked.
func scriptAsked(ts *testscript.TestScript, neg bool, args []string, asked chan struct{}) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: asked")
	}
	select {
	case <-asked:
	case <-time.After(30 * time.Second):
		ts.Fatalf("nobody asked")
	}
}
