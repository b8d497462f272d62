package check_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"understudy/contracts"
	"understudy/contracts/check"
	"understudy/contracts/schema"
)

// responses calls f for every documented answer of every operation that has content.
func responses(c *contracts.Contract, f func(*contracts.Operation, *contracts.Response, *contracts.MediaType)) {
	for _, o := range c.Operations {
		for _, r := range o.Responses {
			for _, m := range r.Content {
				f(o, r, m)
			}
		}
	}
}

// made is an answer of an operation with a given content.
func made(t *testing.T, o *contracts.Operation, r *contracts.Response, m *contracts.MediaType, value any) *contracts.Exchange {
	t.Helper()
	x := &contracts.Exchange{Operation: o, Method: o.Method, URL: o.Path, Status: r.Code, RequestHeader: http.Header{}, ResponseHeader: http.Header{}}
	switch {
	case r.Status == "default":
		x.Status = 400
		for o.Response(x.Status) != r {
			x.Status++
		}
	case r.Code == 0:
		x.Status = int(r.Status[0]-'0') * 100
	}
	contentType, raw, err := contracts.EncodeBody(m, value)
	if err != nil {
		t.Fatalf("%s %s: %v", o.ID, r.Status, err)
	}
	x.ResponseHeader.Set("Content-Type", contentType)
	x.ResponseBody = raw
	if x.Status == http.StatusUnauthorized {
		x.ResponseHeader.Set("WWW-Authenticate", "Bearer")
	}
	if x.Status == http.StatusTooManyRequests {
		x.ResponseHeader.Set("Retry-After", "1")
	}
	maker := schema.Maker{Direction: schema.Response, Examples: true}
	for _, h := range r.Headers {
		value := any("x")
		if s := h.Schema; s != nil {
			var err error
			if value, err = maker.Make(s, h.Name, nil); err != nil {
				t.Fatal(err)
			}
		}
		if len(h.Examples) > 0 {
			value = h.Examples[0].Value
		}
		text, err := h.Encode(value)
		if err != nil {
			t.Fatal(err)
		}
		x.ResponseHeader.Set(h.Name, text)
	}
	return x
}

// TestDocumentedExamples finds nothing in what the four built-in contracts show as their answers.
func TestDocumentedExamples(t *testing.T) {
	names := contracts.Builtins()
	if len(names) != 4 {
		t.Fatalf("there are %d built-in contracts", len(names))
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			c, err := contracts.Load(t.Context(), name, contracts.Options{})
			if err != nil {
				t.Fatal(err)
			}
			e, n := examine(t, check.Options{Contract: c}), 0
			responses(c, func(o *contracts.Operation, r *contracts.Response, m *contracts.MediaType) {
				for _, example := range m.Examples {
					n++
					for _, f := range e.Examine(made(t, o, r, m, example.Value), check.About{}) {
						t.Errorf("%s %s %s: %s %s", o.ID, r.Status, example.Name, f.Check, f.Message)
					}
				}
			})
			if n < 20 {
				t.Errorf("only %d examples were examined", n)
			}
			for _, f := range e.Close() {
				t.Errorf("%s %s", f.Check, f.Message)
			}
		})
	}
}

// TestMade finds nothing in content that was made up to fit its schema.
func TestMade(t *testing.T) {
	for _, name := range append(contracts.Builtins(), "control", "shop.yaml") {
		t.Run(name, func(t *testing.T) {
			var c *contracts.Contract
			if name == "shop.yaml" {
				c = load(t, name)
			} else {
				var err error
				if c, err = contracts.Load(t.Context(), name, contracts.Options{}); err != nil {
					t.Fatal(err)
				}
			}
			if n := judgeMade(t, c, 5); n < 15 {
				t.Errorf("only %d answers were made up", n)
			}
		})
	}
}

// judgeMade makes up answers to all operations and lets nothing be found in them; it says how many they were.
func judgeMade(t *testing.T, c *contracts.Contract, seeds uint64) int {
	t.Helper()
	e, n := examine(t, check.Options{Contract: c, Only: []string{"SCH", "CTY", "HDR-001", "HDR-002", "ERR-001"}, Skip: []string{"SCH-002"}}), 0
	responses(c, func(o *contracts.Operation, r *contracts.Response, m *contracts.MediaType) {
		if m.Schema == nil || !contracts.JSONMedia(m.Name) || strings.Contains(m.Name, "*") || !slices.ContainsFunc(r.Content, func(other *contracts.MediaType) bool { return other == m }) {
			return
		}
		for seed := range seeds {
			maker := schema.Maker{Seed: seed, Direction: schema.Response, Optional: schema.Optional(seed % 3)}
			value, err := maker.Make(m.Schema, o.ID+r.Status, nil)
			if err != nil {
				continue // nothing fits: the maker's own tests know which
			}
			n++
			for _, f := range e.Examine(made(t, o, r, m, value), valid) {
				if f.Level != check.Note {
					t.Errorf("%s %s, seed %d: %s %s", o.ID, r.Status, seed, f.Check, f.Message)
				}
			}
		}
	})
	return n
}

// TestMadeOfRealDocuments is the same with documents that others wrote.
func TestMadeOfRealDocuments(t *testing.T) {
	dir := os.Getenv("SPECS")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "specs")
	}
	files, err := filepath.Glob(filepath.Join(dir, "single", "*"))
	if err != nil || len(files) == 0 {
		if os.Getenv("CI") == "true" {
			t.Fatal("the folder of real documents is missing: set SPECS")
		}
		t.Skip("no folder of real documents: set SPECS to run this test")
	}
	n := 0
	for _, file := range files {
		if info, err := os.Stat(file); err != nil || info.Size() > 300_000 {
			continue
		}
		t.Run(filepath.Base(file), func(t *testing.T) {
			c, err := contracts.Load(t.Context(), file, contracts.Options{})
			if err != nil {
				return // documents that cannot be loaded are the business of contracts
			}
			n += judgeMade(t, c, 2)
		})
	}
	if n < 1000 {
		t.Errorf("only %d answers were made up", n)
	}
}

// TestBroken finds what was broken on purpose in made-up content: whatever the schema's judge calls wrong becomes a finding,
// and every finding has a place in the document.
func TestBroken(t *testing.T) {
	c, err := contracts.Load(t.Context(), "ecosire", contracts.Options{})
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	e := examine(t, check.Options{Contract: c, Only: []string{"SCH"}})
	broken := 0
	responses(c, func(o *contracts.Operation, r *contracts.Response, m *contracts.MediaType) {
		if m.Schema == nil || !contracts.JSONMedia(m.Name) {
			return
		}
		maker := schema.Maker{Seed: 3, Direction: schema.Response}
		value, err := maker.Make(m.Schema, o.ID, nil)
		object, ok := value.(map[string]any)
		if err != nil || !ok {
			return
		}
		for name := range object {
			object[name] = []any{map[string]any{"x": fmt.Sprint(random.Int())}}
			break
		}
		violations := m.Schema.Check(object, schema.Response)
		found := e.Examine(made(t, o, r, m, object), valid)
		if len(violations) > 0 {
			broken++
			if len(found) == 0 {
				t.Errorf("%s %s: %d violations and no finding", o.ID, r.Status, len(violations))
			}
		}
		for _, f := range found {
			complain(t, f, true)
		}
	})
	if broken < 10 {
		t.Errorf("only %d answers were broken", broken)
	}
}
