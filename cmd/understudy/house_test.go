package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The plan of the house: which room may import which of ours. A new folder with Go code fails the test until it
// stands here with its purpose. "..." ends an entry that may import everything.
var plan = map[string][]string{
	// What a vendor promises.
	"internal/jsonpath":   {},                    // JSONPath, of which overlays and criteria both are users
	"internal/hypertext":  {},                    // fill the templates of HTML pages
	"contracts/overlay":   {"internal/jsonpath"}, // apply Overlay documents to a document tree
	"contracts/schema":    {},                    // judge a value against a schema, and make one up
	"contracts/signature": {},                    // sign deliveries and verify them
	"contracts": { // documents compiled into operations
		"contracts/overlay", "contracts/schema", "contracts/signature",
	},
	"contracts/inference": {"contracts", "contracts/schema"},                        // which operation does what to which collection
	"contracts/redact":    {"contracts", "contracts/schema"},                        // hide secrets in exchanges
	"contracts/check":     {"contracts", "contracts/schema", "contracts/signature"}, // the rules that exchanges must keep
	"contracts/cases":     {"contracts", "contracts/schema"},                        // requests that must be accepted, or refused

	// The stand-in.
	"mock/clock":           {},             // the one clock
	"mock/store":           {},             // keyed records
	"mock/store/storetest": {"mock/store"}, // the suite every kind of store passes
	"mock/store/file":      {"mock/store"}, // one embedded file
	"mock/store/redis":     {"mock/store"}, // one Redis for several processes

	"mock/store/redis/redistest": {}, // real Redis servers for tests
	"mock/resource": { // what exists
		"contracts", "contracts/schema", "contracts/inference", "mock/clock", "mock/store",
	},
	"mock/credential/jose": {}, // signed tokens and their keys
	"mock/credential": { // who is calling
		"contracts", "contracts/signature", "mock/clock", "mock/store", "mock/credential/jose",
	},
	"mock/credential/identity": { // the identity provider
		"contracts", "internal/hypertext", "mock/clock", "mock/store", "mock/credential", "mock/credential/jose",
	},
	"mock/quota": {"contracts", "mock/clock", "mock/store"}, // how much is left
	"mock/webhook": { // who hears of it: deliveries
		"contracts", "contracts/schema", "contracts/signature", "mock/clock", "mock/store",
	},
	"mock/realtime": { // who hears of it over a WebSocket
		"contracts", "contracts/schema", "contracts/signature", "mock/clock", "mock/store",
	},
	"mock": { // the server
		"contracts", "contracts/schema", "contracts/inference", "contracts/redact", "contracts/signature",
		"mock/clock", "mock/store", "mock/resource", "mock/credential", "mock/credential/jose", "mock/credential/identity",
		"mock/quota", "mock/webhook", "mock/realtime", "internal/hypertext",
	},
	"mock/control": { // the management API
		"contracts", "contracts/schema", "contracts/inference", "contracts/redact", "contracts/signature",
		"mock", "mock/clock", "mock/store", "mock/resource", "mock/credential", "mock/quota", "mock/webhook", "mock/realtime",
	},
	"mock/console": {}, // the web console: pages over the management API

	"mock/telemetry": { // what is told of the process: metrics and traces
		"contracts", "contracts/redact", "mock", "mock/clock", "mock/webhook",
	},
	"mock/mocktest": { // a stand-in in a Go test
		"contracts", "contracts/schema", "contracts/inference", "contracts/check",
		"mock", "mock/clock", "mock/control", "mock/credential", "mock/resource", "mock/store", "mock/webhook",
	},
	"mock/container": {}, // a stand-in in a container, for tests

	// The judge. It never meets the stand-in in code.
	"scenarios/arazzo": {"contracts/schema", "internal/jsonpath"}, // the language: workflow, step, expression, criterion
	"scenarios": { // run workflows against any server, apply checks, collect results
		"contracts", "contracts/schema", "contracts/check", "contracts/cases", "contracts/inference", "contracts/redact", "contracts/signature",
		"scenarios/arazzo",
	},
	"scenarios/conformance": { // the generated checks
		"contracts", "contracts/schema", "contracts/check", "contracts/cases", "contracts/inference", "contracts/redact", "contracts/signature",
		"scenarios",
	},
	"scenarios/receiver": { // attack a user's webhook endpoint
		"contracts", "contracts/schema", "contracts/check", "contracts/redact", "contracts/signature", "scenarios",
	},
	"scenarios/grade": { // the rules for clients, judged over recorded calls
		"contracts", "contracts/schema", "contracts/check", "contracts/inference", "contracts/redact", "contracts/signature", "scenarios", "scenarios/rehearsal",
	},
	"scenarios/rehearsal":  {"contracts", "scenarios"},                                                               // plans and drills: trouble for an integration, ordered over the management API
	"scenarios/scan":       {"contracts", "contracts/check", "contracts/redact", "contracts/signature", "scenarios"}, // secrets in source, history, bundles and logs
	"scenarios/workflows":  {},                                                                                       // the suites of the built-in contracts
	"scenarios/deployment": {},                                                                                       // a target started from a container image
	"reports":              {"contracts/check", "scenarios", "internal/hypertext"},                                   // a result in one format

	"docs/schemas": {}, // the published JSON Schemas, for the command that prints them

	"examples/calendar":  {}, // a small integration with tests, as a user would write one
	"examples/boxoffice": {}, // another one, whose tests start the stand-in themselves

	"cmd/understudy": {"..."}, // the binary
	"cmd/corpus":     {"..."}, // every real document, judged by an independent validator
	"cmd/bench":      {"..."}, // ratios against a bare handler
}

// Only the named rooms may import these modules: one room knows each.
var modules = map[string][]string{
	"github.com/pb33f/libopenapi":   {"contracts", "cmd/corpus"},
	"github.com/spf13/cobra":        {"cmd/understudy", "cmd/corpus", "cmd/bench"},
	"github.com/brianvoe/gofakeit":  {"contracts/schema"},
	"go.etcd.io/bbolt":              {"mock/store/file"},
	"github.com/redis/go-redis":     {"mock/store/redis"},
	"github.com/coder/websocket":    {"mock/realtime"},
	"github.com/testcontainers":     {"scenarios/deployment", "mock/container"},
	"github.com/gavv/httpexpect":    {"mock/mocktest"},
	"golang.org/x/crypto/x509roots": {"cmd/understudy"},
}

// TestHouse reads the import lines of all files itself: a cached test would not notice that another program's
// answer about them has changed.
func TestHouse(t *testing.T) {
	walkGo(t, func(room, file string, imports []string) {
		allowed, known := plan[room]
		if !known {
			t.Errorf("%s: the room %s is not in the plan of the house; add it with its purpose", file, room)
			return
		}
		if strings.HasSuffix(file, "_test.go") || slices.Contains(allowed, "...") {
			return
		}
		for _, path := range imports {
			if ours, ok := strings.CutPrefix(path, "understudy/"); ok && !slices.Contains(allowed, ours) {
				t.Errorf("%s: %s may not import %s", file, room, ours)
			}
			for module, rooms := range modules {
				if (path == module || strings.HasPrefix(path, module+"/")) && !slices.Contains(rooms, room) {
					t.Errorf("%s: %s may not import %s; only %s may", file, room, path, strings.Join(rooms, ", "))
				}
			}
		}
	})
}

// heavy are packages that would make the program much larger by being linked (docs/decisions/012-size.md): those that call methods by names
// keep all methods of all types.
var heavy = map[string]string{
	"html/template":                             "use internal/hypertext",
	"text/template":                             "use internal/hypertext",
	"github.com/brianvoe/gofakeit/v7":           "its functions stand in a table beside templates; use its package data",
	"github.com/swaggest/swgui":                 "it fills html/template; use its package v5/static",
	"github.com/swaggest/swgui/v5emb":           "it fills html/template; use its package v5/static",
	"github.com/pb33f/libopenapi-validator":     "it brings tables for all character sets",
	"github.com/pb33f/libopenapi-validator/...": "it brings tables for all character sets",
}

// TestLight keeps them out of what the binary is made of.
func TestLight(t *testing.T) {
	walkGo(t, func(room, file string, imports []string) {
		if strings.HasSuffix(file, "_test.go") || room == "cmd/corpus" || room == "cmd/bench" || strings.HasPrefix(room, "examples/") {
			return
		}
		for _, path := range imports {
			for name, instead := range heavy {
				parent, below := strings.CutSuffix(name, "...")
				if path == name || below && strings.HasPrefix(path, parent) {
					t.Errorf("%s imports %s: %s", file, path, instead)
				}
			}
		}
	})
}

// TestOneClock forbids the machine's clock, global randomness and the environment outside the rooms that own them.
func TestOneClock(t *testing.T) {
	forbidden := []string{"time.Now(", "time.Since(", "time.Until(", "time.Sleep(", "time.AfterFunc(", "rand.Int(", "rand.IntN(", "rand.Float64(", "os.Getenv(", "os.LookupEnv(", "gofakeit.Seed("}
	walkGo(t, func(room, file string, _ []string) {
		// An example is a stranger's program, which has the machine's clock only.
		if room == "mock/clock" || strings.HasPrefix(room, "cmd/") || strings.HasPrefix(room, "examples/") || strings.HasSuffix(file, "_test.go") || room == "mock/store/storetest" || room == "mock/store/redis/redistest" {
			return
		}
		source, err := os.ReadFile(filepath.Join("..", "..", file))
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(string(source), "\n") {
			code, _, _ := strings.Cut(line, "//")
			for _, call := range forbidden {
				if strings.Contains(code, call) {
					t.Errorf("%s:%d: %s is for mock/clock and cmd only", file, i+1, strings.TrimSuffix(call, "("))
				}
			}
		}
	})
}

// TestNamesOfRooms refuses the names that say nothing.
func TestNamesOfRooms(t *testing.T) {
	for room := range plan {
		for _, empty := range []string{"util", "utils", "common", "helpers", "manager", "models", "shared", "types", "internal"} {
			if filepath.Base(room) == empty {
				t.Errorf("the room %s has a name that says nothing", room)
			}
		}
	}
}

func walkGo(t *testing.T, visit func(room, file string, imports []string)) {
	t.Helper()
	root := filepath.Join("..", "..")
	found := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() && (name == "testdata" || strings.HasPrefix(name, ".") && path != root || name == "out" || name == "bin") {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(name, ".go") {
			return nil
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		var imports []string
		for _, spec := range parsed.Imports {
			unquoted, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			imports = append(imports, unquoted)
		}
		relative, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		found++
		visit(filepath.ToSlash(filepath.Dir(relative)), filepath.ToSlash(relative), imports)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if found == 0 {
		t.Fatal("no Go files were found")
	}
}
