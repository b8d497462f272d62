package mock_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"understudy/contracts"
	"understudy/contracts/cases"
	"understudy/mock"
	"understudy/mock/clock"
	"understudy/mock/resource"
)

// largest is the size in bytes of the documents over which every operation is called; larger ones are for make corpus.
const largest = 500_000

// realDocuments lists the documents of others up to that size, or skips; with CI=true the folder must be there.
func realDocuments(t *testing.T) []string {
	t.Helper()
	dir := os.Getenv("SPECS")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared", "specs")
	}
	table, err := os.ReadFile(filepath.Join(dir, "index.tsv"))
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("the folder of real documents is missing: set SPECS: %v", err)
		}
		t.Skip("no folder of real documents: set SPECS to run this test")
	}
	var files []string
	lines := strings.Split(strings.TrimSpace(string(table)), "\n")
	head := strings.Split(lines[0], "\t")
	file, size := slices.Index(head, "file"), slices.Index(head, "bytes")
	for _, line := range lines[1:] {
		row := strings.Split(line, "\t")
		if n, err := strconv.Atoi(row[size]); err == nil && n <= largest {
			files = append(files, filepath.Join(dir, row[file]))
		}
	}
	return files
}

// TestEveryOperation calls every operation of the built-in contracts and of real documents with a valid request that is
// made up, and lets the server judge its own answers.
func TestEveryOperation(t *testing.T) {
	for _, name := range contracts.Builtins() {
		t.Run(name, func(t *testing.T) { callAll(t, name) })
	}
}

func TestEveryOperationOfRealDocuments(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a while")
	}
	for i, file := range realDocuments(t) {
		if raced && i%4 != 0 {
			continue
		}
		t.Run(filepath.Base(file), func(t *testing.T) { callAll(t, file) })
	}
}

func callAll(t *testing.T, source string) {
	c, err := contracts.Load(t.Context(), source, contracts.Options{})
	if err != nil {
		t.Skipf("it is refused: %v", err) // rightly or not is judged by the tests of the loader
	}
	server, err := mock.New(t.Context(), mock.Options{
		Contract: c, Seed: 1, State: resource.Invent, SelfCheck: true, Clock: clock.New(clock.Options{At: noon, Frozen: true}),
	})
	if err != nil {
		t.Fatal(err)
	}
	requests := cases.New(c, cases.Options{Seed: 1, Now: noon, PerOperation: 8})
	called := uint64(0)
	for _, o := range deletionsLast(c.Operations) {
		r, err := validRequest(t.Context(), requests, o)
		if err != nil {
			t.Logf("%s %s: no valid request can be made: %v", o.Method, o.Path, err)
			continue
		}
		if err := server.Credentials().Authorize(o, r); err != nil {
			t.Logf("%v", err)
			continue
		}
		w := httptest.NewRecorder()
		server.ServeHTTP(w, r)
		called++
		e, ok := server.Journal().Get(called)
		if !ok {
			t.Fatalf("the journal has no entry %d", called)
		}
		for _, n := range e.Trace.Stages {
			if n.Name == "self-check" {
				t.Errorf("%s %s: %d breaks the contract: %s\n%.300s", o.Method, o.Path, w.Code, n.Note, w.Body)
			}
		}
		if e.Trace.Source == "identity" {
			continue // the document describes its token endpoint, and the identity provider answers there
		}
		if e.Trace.Operation != o.ID {
			t.Errorf("%s: the request %s %s went to %q", o.ID, r.Method, r.URL, e.Trace.Operation)
		} else if o.Response(w.Code) == nil && len(o.Responses) > 0 && e.Trace.Problem != "conflict" { // the example may be there already
			t.Errorf("%s %s: the status %d is not documented: %s: %s", o.Method, o.Path, w.Code, e.Trace.Problem, e.Trace.Detail)
		}
	}
	if called == 0 && len(c.Operations) > 0 {
		t.Error("nothing was called")
	}
}

// deletionsLast puts deletions behind everything else, children before parents.
func deletionsLast(operations []*contracts.Operation) []*contracts.Operation {
	list := slices.Clone(operations)
	rank := func(o *contracts.Operation) int {
		if o.Method == http.MethodDelete || strings.Contains(strings.ToLower(o.ID), "delete") {
			return 1000 - len(o.Segments)
		}
		return 0
	}
	slices.SortStableFunc(list, func(a, b *contracts.Operation) int { return rank(a) - rank(b) })
	return list
}

// validRequest is the request that asks for least, with content where the operation takes any.
func validRequest(ctx context.Context, g *cases.Generator, o *contracts.Operation) (*http.Request, error) {
	list, err := g.Positive(o)
	if err != nil {
		return nil, err
	}
	i := max(0, slices.IndexFunc(list, func(c cases.Case) bool { return c.Check == "POS-002" && c.Body != nil }))
	base := ""
	if len(o.Servers) > 0 {
		base = o.Servers[0].Base
	}
	return list[i].Request(ctx, "http://stand-in.example"+base)
}
