package check_test

import (
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"understudy/contracts"
	"understudy/contracts/check"
)

// load compiles a document of testdata, with overlays given as text.
func load(t testing.TB, name string, overlays ...string) *contracts.Contract {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return compile(t, name, string(text), overlays...)
}

// compile compiles a document that is given as text.
func compile(t testing.TB, name, text string, overlays ...string) *contracts.Contract {
	t.Helper()
	o := contracts.Options{Files: fstest.MapFS{name: {Data: []byte(text)}}}
	for _, overlay := range overlays {
		file := t.TempDir() + "/overlay.yaml"
		if err := os.WriteFile(file, []byte(overlay), 0o600); err != nil {
			t.Fatal(err)
		}
		o.Overlays = append(o.Overlays, file)
	}
	c, err := contracts.Load(t.Context(), name, o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func examine(t testing.TB, o check.Options) *check.Examination {
	t.Helper()
	e, err := check.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// answer writes an exchange the way HTTP does: "GET /v1/things", "200", header lines and, behind an empty line, the content.
// Lines of the request's header begin with ">".
func answer(t testing.TB, c *contracts.Contract, request, response string) *contracts.Exchange {
	t.Helper()
	method, url, _ := strings.Cut(request, " ")
	x := &contracts.Exchange{Method: method, URL: url, Proto: "HTTP/1.1", RequestHeader: http.Header{}, ResponseHeader: http.Header{}}
	head, body, _ := strings.Cut(response, "\n\n")
	lines := strings.Split(head, "\n")
	for _, digit := range lines[0] {
		x.Status = 10*x.Status + int(digit-'0')
	}
	for _, line := range lines[1:] {
		name, value, _ := strings.Cut(line, ":")
		into := x.ResponseHeader
		if rest, ok := strings.CutPrefix(name, ">"); ok {
			name, into = rest, x.RequestHeader
		}
		into.Add(strings.TrimSpace(name), strings.TrimSpace(value))
	}
	if body != "" {
		x.ResponseBody = []byte(body)
	}
	x.Operation = check.Locate(c, x).Operation
	x.Start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	x.Duration = time.Millisecond
	return x
}

// ids lists findings as "SCH-001 failure", "" where there are none.
func ids(list []check.Finding) string {
	var out []string
	for _, f := range list {
		text := f.Check
		if f.Level != check.Failure {
			text += " " + string(f.Level)
		}
		out = append(out, text)
	}
	return strings.Join(out, ", ")
}
