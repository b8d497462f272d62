package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestTerminalCodes: what a document says reaches the terminal as text, in what is printed, warned of and refused.
func TestTerminalCodes(t *testing.T) {
	const evil = `\u001b[2J\u001b]0;owned\u0007\u009b31m\u202e`
	for name, c := range map[string]struct {
		text   string
		status int
	}{
		"a title and ids": {`{"openapi":"3.1.0","info":{"title":"` + evil + `","version":"1"},"paths":{"/a":{"get":{"operationId":"` + evil + `","responses":{"200":{"description":"x"}}}}}}`, 0},
		"a warning":       {`{"openapi":"3.1.0","info":{"title":"T","version":"1"},"paths":{"/a":{"get":{"responses":{"200":{"$ref":"` + evil + `.yaml"}}}}}}`, 0},
		"an error":        {`{"openapi":"3.1.0","info":{"title":"T","version":"1"},"security":[{"` + evil + `":[]}],"paths":{}}`, 2},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "evil.json")
			if err := os.WriteFile(file, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			for _, args := range [][]string{{"explain", file}, {"explain", file, "--format", "markdown"}, {"contracts", "lint", file}} {
				var out, errs bytes.Buffer
				p := &process{out: &out, err: &errs, getenv: func(string) string { return "" }, terminal: true, colour: false}
				if status := p.run(t.Context(), args); status != c.status && args[0] == "explain" {
					t.Errorf("%v: exit status %d: %s", args, status, errs.String())
				}
				if both := out.String() + errs.String(); strings.ContainsAny(both, "\x1b\x07\u009b\u202e") {
					t.Errorf("%v prints %q", args, both)
				}
			}
		})
	}
}
