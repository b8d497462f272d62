package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// scanned runs scan in a process of its own and gives what it prints.
func scanned(t *testing.T, args ...string) (status int, out, complaint string) {
	t.Helper()
	var o, e bytes.Buffer
	p := &process{out: &o, err: &e, getenv: func(string) string { return "" }}
	status = p.run(t.Context(), append([]string{"scan"}, args...))
	return status, o.String(), e.String()
}

func plant(t *testing.T, dir string, namesAndTexts ...string) {
	t.Helper()
	for i := 0; i < len(namesAndTexts); i += 2 {
		file := filepath.Join(dir, filepath.FromSlash(namesAndTexts[i]))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(namesAndTexts[i+1]), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

const plantedKey = "ek_" + "live_h4t8r2w6p1z9d3k7m5x0"

// TestScanWithoutGit: where git is not installed, a repository's tree is looked at and its history is not; who asked for the history is
// told so.
func TestScanWithoutGit(t *testing.T) {
	dir := t.TempDir()
	plant(t, dir, ".git/HEAD", "ref: refs/heads/main\n", ".gitignore", "/lower/out/\n", "lower/a.go", plantedKey, "lower/out/b.go", plantedKey, "lower/.env", "K="+plantedKey)
	t.Setenv("PATH", t.TempDir())
	status, out, _ := scanned(t, filepath.Join(dir, "lower"), "--contract", "ecoevents")
	if status != exitFindings || !strings.Contains(strings.Join(strings.Fields(out), " "), "git is not installed") {
		t.Errorf("status %d: %s", status, out)
	}
	if strings.Contains(out, "out/b.go") || !strings.Contains(out, "lower/a.go") || !strings.Contains(out, "SCN-006") {
		t.Errorf("ignore files from above do not hold, or .env is passed over: %s", out)
	}
	if status, _, complaint := scanned(t, dir, "--contract", "ecoevents", "--history"); status != exitFailure || !strings.Contains(complaint, "git is not installed") {
		t.Errorf("status %d: %s", status, complaint)
	}
	if status, _, complaint := scanned(t, filepath.Join(dir, "lower"), "--contract", "ecoevents", "--history=false", "--only", "SCN-012"); status == exitFailure {
		t.Errorf("without the history: status %d: %s", status, complaint)
	}
}

// TestScanControl takes the credentials of a run from the management API.
func TestScanControl(t *testing.T) {
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer open-sesame-1" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		switch r.URL.Path {
		case "/contracts":
			_ = json.NewEncoder(w).Encode(map[string]any{"contracts": []any{map[string]string{"name": "ecoevents", "base_url": "http://127.0.0.1:1"}}})
		case "/contracts/ecoevents/ready-credentials":
			_ = json.NewEncoder(w).Encode(map[string]any{"credentials": []any{
				map[string]any{"env": "ECOEVENTS_API_KEY", "value": plantedKey, "secret": true}, map[string]any{"env": "ECOEVENTS_APP", "value": "public-app-1", "secret": false},
			}})
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	defer api.Close()
	dir := t.TempDir()
	plant(t, dir, "a.txt", "public-app-1", "deep/b.txt", "%65"+plantedKey[1:]+" "+plantedKey)
	status, out, complaint := scanned(t, dir, "--control", api.URL, "--control-token", "open-sesame-1", "--only", "SCN-007", "--contract", "ecoevents")
	if status != exitFindings || !strings.Contains(out, "deep/b.txt") || strings.Contains(out, "a.txt:") || strings.Contains(out+complaint, plantedKey) {
		t.Errorf("status %d: %s %s", status, out, complaint)
	}
	if status, _, complaint := scanned(t, dir, "--control", api.URL, "--control-token", "wrong"); status != exitFailure || !strings.Contains(complaint, "--control") {
		t.Errorf("with a wrong token: status %d: %s", status, complaint)
	}
}

// TestGlobs reads the patterns of --logs.
func TestGlobs(t *testing.T) {
	dir := t.TempDir()
	plant(t, dir, "logs/a.log", "x", "logs/b.txt", "x", "logs/old/c.log", "x", "logs/old/er/d.log", "x", "e.log", "x", "logs/[f].log", "x")
	for pattern, want := range map[string]string{
		"logs/*.log": "[f].log a.log", "logs/**": "[f].log a.log b.txt old/c.log old/er/d.log", "logs/**/*.log": "[f].log a.log old/c.log old/er/d.log", "*.log": "e.log", "logs/?.txt": "b.txt",
		"logs/old/c.log": "c.log", "*/*/c.log": "logs/old/c.log", "logs/[ab].*": "a.log b.txt",
	} {
		g := ground{flags: &scanning{}}
		if err := g.logFiles(filepath.Join(dir, filepath.FromSlash(pattern))); err != nil {
			t.Errorf("%s: %v", pattern, err)
			continue
		}
		g.close()
		var got []string
		for _, name := range g.roots[0].Files {
			name = strings.TrimPrefix(name, filepath.ToSlash(dir)[1:]+"/") // a pattern without a fixed folder begins at the root
			got = append(got, name)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v, want %s", pattern, got, want)
		}
	}
	g := ground{flags: &scanning{}}
	if err := g.logFiles(filepath.Join(dir, "[")); err == nil {
		t.Error("a malformed pattern was taken")
	}
}
