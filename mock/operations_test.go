package mock_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"understudy/contracts"
	"understudy/contracts/schema"
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
	for _, file := range realDocuments(t) {
		t.Run(filepath.Base(file), func(t *testing.T) { callAll(t, file) })
	}
}

// misses are operations of real documents whose answer cannot be held against the document, and why.
var misses = map[string]string{
	"burgershop.yaml GET /burgers/{burgerId}":                                                 "its required header has schema and content, which OpenAPI forbids, and an example that breaks both",
	"grocy.json GET /user":                                                                    "its schema is an object with items",
	"readme-30-parameters-style.json GET /cookies#formExploded":                               "a path with a fragment cannot be requested",
	"readme-30-parameters-style.json GET /cookies#formNonExploded":                            "a path with a fragment cannot be requested",
	"readme-30-parameters-style.json POST /anything/path/matrix/{primitive}/{array}/{object}": "an object without members is written as nothing",
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
	called := uint64(0)
	for _, o := range deletionsLast(c.Operations) {
		if why := misses[filepath.Base(source)+" "+o.Method+" "+o.Path]; why != "" {
			t.Logf("%s %s is left out: %s", o.Method, o.Path, why)
			continue
		}
		r, err := validRequest(t.Context(), o)
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

// validRequest makes up what an operation requires.
func validRequest(ctx context.Context, o *contracts.Operation) (*http.Request, error) {
	maker := &schema.Maker{Seed: 1, Now: noon, Direction: schema.Request, Optional: schema.RequiredOnly, Examples: true, Nodes: 300, Depth: 5}
	arguments := o.NewArguments()
	for _, p := range o.Parameters {
		if !p.Required {
			continue
		}
		value, err := valueOf(maker, p, o.ID)
		if err != nil {
			return nil, err
		}
		arguments.Set(p.In, p.Name, value)
	}
	var bodies []*contracts.Body
	if o.Body != nil && len(o.Body.Content) > 0 {
		media := o.Body.Content[0]
		if i := slices.IndexFunc(o.Body.Content, func(m *contracts.MediaType) bool { return contracts.JSONMedia(m.Name) }); i > 0 {
			media = o.Body.Content[i]
		}
		value := any("text")
		if i := slices.IndexFunc(media.Examples, func(e contracts.Example) bool {
			return media.Schema != nil && media.Schema.Valid(e.Value, schema.Request)
		}); i >= 0 {
			value = media.Examples[i].Value
		} else if media.Schema != nil {
			made, err := maker.Make(media.Schema, o.ID+" body", schema.Absent)
			if err != nil {
				return nil, fmt.Errorf("the body: %w", err)
			}
			value = made
		}
		bodies = append(bodies, &contracts.Body{Media: media, Value: value, Present: true})
	}
	base := ""
	if len(o.Servers) > 0 {
		base = o.Servers[0].Base
	}
	return o.NewRequest(ctx, "http://stand-in.example"+base, arguments, bodies...)
}

func valueOf(maker *schema.Maker, p *contracts.Parameter, id string) (any, error) {
	s := p.Schema
	if s == nil && p.Media != nil {
		s = p.Media.Schema
	}
	if len(p.Examples) > 0 && (s == nil || s.Valid(p.Examples[0].Value, schema.Request)) {
		return p.Examples[0].Value, nil
	}
	if s == nil {
		return "value", nil
	}
	value, err := maker.Make(s, id+" "+p.Name, schema.Absent)
	if err != nil {
		return nil, fmt.Errorf("the parameter %s: %w", p.Name, err)
	}
	if value == "" && p.In == "path" {
		return "value", nil // an empty path segment is another path
	}
	return value, nil
}
