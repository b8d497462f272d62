package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// A hostileInput is a file that a command is given.
type hostileInput struct {
	comes string // what the file holds
	make  func() []byte
}

// hostileCommands are all that read a file of the user's; FILE stands for it.
var hostileCommands = map[string]string{
	"a contract":                         "explain FILE",
	"an overlay":                         "explain ecoevents --overlay FILE",
	"a seed file":                        "serve ecoevents --listen 127.0.0.1:0 --no-control --seed-file FILE",
	"a workflow":                         "run FILE --target http://127.0.0.1:9",
	"credentials of a target":            "check ecoevents --target http://127.0.0.1:9 --credentials FILE",
	"a baseline":                         "check ecoevents --target http://127.0.0.1:9 --baseline FILE",
	"a result for report":                "report FILE",
	"a result for requirements":          "requirements --results FILE",
	"a bundle for replay":                "replay FILE",
	"a bundle for grade":                 "grade ecoevents --bundle FILE",
	"an archive for grade":               "grade ecoevents --har FILE",
	"a plan":                             "rehearse ecoevents --plan FILE -- true",
	"inputs of workflows":                "run ecoevents --target TARGET --input-file FILE",
	"a ready file in place of a target":  "check ecoevents --ready-file FILE",
	"a certificate and its key":          "serve ecoevents --listen 127.0.0.1:0 --no-control --tls --tls-cert FILE --tls-key FILE",
	"authorities of client certificates": "serve ecoevents --listen 127.0.0.1:0 --no-control --tls --tls-client-ca FILE",
}

// TestHostileInputs gives each of these files to each command that reads one: an error that names the file, exit status 2,
// bounded memory, no panic.
func TestHostileInputs(t *testing.T) {
	target := httptest.NewServer(http.NotFoundHandler())
	defer target.Close()
	zipped := func(n int) []byte {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		_, _ = w.Write(make([]byte, n))
		_ = w.Close()
		return b.Bytes()
	}
	for _, row := range []hostileInput{
		{"200,000 levels of JSON arrays", func() []byte { return bytes.Repeat([]byte("["), 200_000) }},
		{"200,000 levels of JSON objects", func() []byte { return bytes.Repeat([]byte(`{"a":`), 200_000) }},
		{"YAML aliases that stand for ten others each, 14 levels", func() []byte {
			text := "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n"
			for i := 1; i < 15; i++ {
				text += fmt.Sprintf("a%d: &a%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d,", i-1), 10), ","))
			}
			return []byte(text)
		}},
		{"300 MB of nothing in gzip", func() []byte { return bytes.Repeat(zipped(30<<20), 10) }},
		{"all bytes there are", func() []byte {
			var all []byte
			for i := range 256_000 {
				all = append(all, byte(i))
			}
			return all
		}},
		{"latin-1", func() []byte { return []byte("{\"openapi\":\"3.1.0\",\"info\":{\"title\":\"caf\xe9\"}}") }},
		{"NUL", func() []byte { return []byte("{\"version\":\"1\x00\"}") }},
		{"nothing", func() []byte { return nil }},
		{"null", func() []byte { return []byte("null\n") }},
		{"numbers where objects belong, of 1e999", func() []byte {
			return []byte(`{"version":1e999,"format":1e999,"log":1e999,"openapi":1e999,"actors":1e999,"entries":1e999,"control":1e999,"contracts":1e999}`)
		}},
	} {
		t.Run(row.comes, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "hostile.json")
			if err := os.WriteFile(file, row.make(), 0o600); err != nil {
				t.Fatal(err)
			}
			for name, command := range hostileCommands {
				if name == "inputs of workflows" && (row.comes == "nothing" || row.comes == "null" || strings.HasPrefix(row.comes, "numbers")) {
					continue // no inputs, or an object of them, which is fine
				}
				args := strings.Fields(strings.NewReplacer("FILE", file, "TARGET", target.URL).Replace(command))
				var out, errs bytes.Buffer
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				status := (&process{out: &out, err: &errs, getenv: func(string) string { return "" }}).run(t.Context(), args)
				runtime.ReadMemStats(&after)
				if status != 2 || !strings.Contains(errs.String(), "hostile.json") {
					t.Errorf("%s: exit status %d: %.500s", name, status, errs.String())
				}
				if errs.Len() > 64<<10 || strings.ContainsAny(errs.String(), "\x00\x1b") {
					t.Errorf("%s: %d bytes of errors: %.300q", name, errs.Len(), errs.String())
				}
				if spent := (after.TotalAlloc - before.TotalAlloc) >> 20; spent > 1024 {
					t.Errorf("%s: %d MiB were allocated", name, spent)
				}
			}
		})
	}
}
