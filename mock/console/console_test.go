package console_test

import (
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"understudy/mock/console"
)

// files are the paths of all files of the pages.
func files(t *testing.T) []string {
	t.Helper()
	var list []string
	err := fs.WalkDir(os.DirFS("static"), ".", func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			list = append(list, name)
		}
		return err
	})
	if err != nil || len(list) < 10 {
		t.Fatalf("the folder holds %d files: %v", len(list), err)
	}
	return list
}

func get(t *testing.T, method, at string, header http.Header) (*http.Response, string) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, at, nil)
	for name, values := range header {
		r.Header[name] = values
	}
	w := httptest.NewRecorder()
	console.Handler().ServeHTTP(w, r)
	response := w.Result()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(body)
}

func TestEveryFileIsServed(t *testing.T) {
	types := map[string]string{".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
	for _, name := range files(t) {
		response, body := get(t, "GET", "/"+name, nil)
		want, err := os.ReadFile(path.Join("static", name))
		if err != nil {
			t.Fatal(err)
		}
		if response.StatusCode != 200 || body != string(want) {
			t.Errorf("%s: answered %d with %d bytes, want %d", name, response.StatusCode, len(body), len(want))
		}
		if got := response.Header.Get("Content-Type"); got == "" || got != types[path.Ext(name)] {
			t.Errorf("%s: its type is %q", name, got)
		}
		again, rest := get(t, "GET", "/"+name, http.Header{"If-None-Match": {response.Header.Get("Etag")}})
		if again.StatusCode != 304 || rest != "" || response.Header.Get("Etag") == "" {
			t.Errorf("%s: asked for again it is %d with %d bytes", name, again.StatusCode, len(rest))
		}
	}
	if _, index := get(t, "GET", "/", nil); !strings.HasPrefix(index, "<!doctype html>") {
		t.Errorf("the page begins %.40q", index)
	}
}

func TestEveryAnswerIsGuarded(t *testing.T) {
	for _, c := range []struct {
		method, at string
		status     int
	}{
		{"GET", "/", 200}, {"HEAD", "/", 200}, {"GET", "/app.js", 200}, {"GET", "/nothing.js", 404}, {"GET", "/../console.go", 404},
		{"GET", "/static/app.js", 404}, {"GET", "/pages/", 404}, {"POST", "/", 405}, {"DELETE", "/app.js", 405},
	} {
		response, body := get(t, c.method, c.at, nil)
		if response.StatusCode != c.status {
			t.Errorf("%s %s answered %d, want %d", c.method, c.at, response.StatusCode, c.status)
		}
		if c.method == "HEAD" && body != "" {
			t.Errorf("HEAD has a body of %d bytes", len(body))
		}
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
		} {
			if got := response.Header.Get(name); got != want {
				t.Errorf("%s %s: %s is %q, want %q", c.method, c.at, name, got, want)
			}
		}
		policy := strings.Split(response.Header.Get("Content-Security-Policy"), "; ")
		for _, want := range []string{
			"default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "connect-src 'self'", "base-uri 'none'",
			"form-action 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'", "trusted-types 'none'",
		} {
			if !slices.Contains(policy, want) {
				t.Errorf("%s %s: the policy %q does not say %q", c.method, c.at, policy, want)
			}
		}
	}
}

// loads are the ways in which a file could name another host to be loaded from, or run text.
var loads = map[string]*regexp.Regexp{
	".html": regexp.MustCompile(`(?i)(src|href|action|srcset)\s*=\s*["']?\s*(https?:)?//|<style|\sstyle=|\son\w+=|<script(>|\s[^>]*>[^<])`),
	".css":  regexp.MustCompile(`(?i)@import|url\(\s*["']?\s*(https?:|//|data:text)`),
	".svg":  regexp.MustCompile(`(?i)<script|\son\w+=|href\s*=`),
	".js": regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|\beval\(|new Function|createContextualFragment|setHTML|` +
		`import\s*\(?\s*['"\x60]?\s*(https?:)?//|from\s+['"](https?:)?//|(fetch|WebSocket|EventSource|Worker|sendBeacon|open)\(\s*['"\x60](https?|wss?):`),
}

func TestNothingComesFromElsewhere(t *testing.T) {
	for _, name := range files(t) {
		text, err := os.ReadFile(path.Join("static", name))
		if err != nil {
			t.Fatal(err)
		}
		for number, line := range strings.Split(string(text), "\n") {
			// What h() refuses has to be named there.
			if strings.Contains(line, "const unsafe = ") {
				continue
			}
			if found := loads[path.Ext(name)].FindString(line); found != "" {
				t.Errorf("%s:%d: %s", name, number+1, found)
			}
		}
	}
}

var imported = regexp.MustCompile(`(?:from|import)\s*\(?\s*'(\.[^']*)'`)

var comment = regexp.MustCompile(`(?m)^//.*$`)

// TestImportsAreThere: a module that is missing would leave the page empty.
func TestImportsAreThere(t *testing.T) {
	all := files(t)
	for _, name := range all {
		text, err := os.ReadFile(path.Join("static", name))
		if err != nil {
			t.Fatal(err)
		}
		if path.Ext(name) != ".js" {
			continue
		}
		code := comment.ReplaceAllString(string(text), "")
		for _, m := range imported.FindAllStringSubmatch(code, -1) {
			if target := path.Join(path.Dir(name), m[1]); !slices.Contains(all, target) {
				t.Errorf("%s imports %s, which is not there", name, target)
			}
		}
	}
}

func TestLoadsAreFound(t *testing.T) {
	for kind, lines := range map[string][]string{
		".html": {`<script src="https://x.example/a.js"></script>`, `<img src=//x.example/a>`, `<p onclick="x()">`, `<script>x()</script>`, `<p style="x">`},
		".css":  {`@import "a.css"`, `background: url(https://x.example/a.png)`},
		".js":   {`e.innerHTML = x`, `import x from 'https://x.example/a.js'`, "fetch(`https://x.example/`)", `eval(x)`},
		".svg":  {`<svg onload="x()">`},
	} {
		for _, line := range lines {
			if !loads[kind].MatchString(line) {
				t.Errorf("%s is not found in a file %s", line, kind)
			}
		}
	}
}
