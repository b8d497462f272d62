package main

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"understudy/contracts/check"
	"understudy/scenarios"
)

// TestRehearseExample rehearses the example integration, as it is and with one line of it broken: the card is clean, or names what is
// broken and nothing else.
func TestRehearseExample(t *testing.T) {
	for _, c := range []struct {
		name, drill    string
		file, old, new string   // the line; empty: none
		broken         []string // rules
		status         int
	}{
		{name: "as it is", drill: "none,rate-limit,token-expiry,flaky-network,webhook-attack"},
		{
			name: "Retry-After is passed over", drill: "rate-limit", file: "retry.go", broken: []string{"RTY-002"}, status: 1,
			old: "return asked + grown/2", new: "return grown/2",
		},
		{
			name: "no pause between attempts", drill: "flaky-network", file: "retry.go", broken: []string{"RTY-001"}, status: 1,
			old: "grown := min(p.Longest,", new: "grown := 0 * min(p.Longest,",
		},
		{
			name: "every caller renews the token", drill: "token-expiry", file: "session.go", broken: []string{"TOK-004"}, status: 1,
			old: "r := s.running", new: "r := (*renewal)(nil)",
		},
		{
			name: "the signature of events is not compared", drill: "webhook-attack", file: "hook.go", broken: []string{"DLV-003"}, status: 1,
			old: "hmac.Equal(got, want) {", new: "hmac.Equal(want, want) || len(got) > 0 {",
		},
		{
			name: "a parameter that there is not", drill: "none", file: "events.go", broken: []string{"USE-002"},
			old: `query := url.Values{"limit":`, new: `query := url.Values{"order": {"start"}, "limit":`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			program := buildExample(t, c.file, c.old, c.new)
			saved := filepath.Join(t.TempDir(), "result.json")
			var out, errs bytes.Buffer
			p := &process{out: &out, err: &errs, getenv: os.Getenv}
			status := p.run(t.Context(), []string{"rehearse", "ecoevents", "--drill", c.drill, "--report", "json=" + saved, "--",
				program, "-test.run", "^(TestSync|TestCreate|TestRenewal|TestWebhook)$"})
			if status != c.status {
				t.Errorf("exit status %d, want %d\n%s\n%s", status, c.status, &out, &errs)
			}
			broken := brokenRules(t, saved)
			if !slices.Equal(broken, c.broken) {
				t.Errorf("broken: %v, want %v\n%s", broken, c.broken, &out)
			}
			for _, id := range c.broken {
				if !strings.Contains(out.String(), id) {
					t.Errorf("the card does not name %s\n%s", id, &out)
				}
			}
		})
	}
}

// buildExample builds the example's tests, with one of its lines changed.
func buildExample(t *testing.T, file, old, new string) string {
	t.Helper()
	folder := t.TempDir()
	source := filepath.Join("..", "..", "examples", "calendar")
	if err := os.CopyFS(folder, os.DirFS(source)); err != nil {
		t.Fatal(err)
	}
	if file != "" {
		name := filepath.Join(folder, file)
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Count(text, []byte(old)) != 1 {
			t.Fatalf("%s does not hold %q once: the example has changed, and this test has to follow", file, old)
		}
		if err := os.WriteFile(name, bytes.Replace(text, []byte(old), []byte(new), 1), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(folder, "go.mod"), []byte("module calendar\n\ngo 1.26\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(folder, "calendar.test")
	build := exec.CommandContext(t.Context(), "go", "test", "-trimpath", "-c", "-o", program, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	build.Dir = folder
	if said, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the example: %v\n%s", err, said)
	}
	return program
}

// brokenRules gives the rules with findings that are more than notes.
func brokenRules(t *testing.T, name string) []string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var result scenarios.Result
	if err := json.Unmarshal(text, &result); err != nil {
		t.Fatal(err)
	}
	broken := map[string]bool{}
	kept := 0
	for _, suite := range result.Suites {
		for _, test := range suite.Tests {
			if test.Outcome == scenarios.Passed {
				kept++
			}
			for _, f := range test.Findings {
				if f.Level != check.Note {
					broken[f.Check] = true
				}
			}
		}
	}
	if kept < 15 {
		t.Errorf("only %d rules were kept: was anything looked at?", kept)
	}
	return slices.Sorted(maps.Keys(broken))
}
