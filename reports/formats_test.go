package reports_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"regexp"
	"strings"
	"testing"
	"time"

	"understudy/contracts/check"
	"understudy/reports"
	"understudy/scenarios"
)

// many is a result with n failed tests, each with a finding of its own and a text of some length.
func many(n, length int) *scenarios.Result {
	r := &scenarios.Result{Command: "check", Suites: []scenarios.Suite{{Name: "many"}}}
	for i := range n {
		f := negative()
		f.Message, f.Fingerprint = strings.Repeat("long ", length/5), fmt.Sprint(i)
		r.Suites[0].Tests = append(r.Suites[0].Tests, scenarios.Test{ID: fmt.Sprint("t", i), Outcome: scenarios.Failed, Reason: "r", Findings: []check.Finding{f}})
	}
	return r
}

func TestMarkdown(t *testing.T) {
	text := string(written(t, reports.Options{}, "markdown", sample()))
	fence := ""
	for i, line := range strings.Split(text, "\n") {
		if strings.HasPrefix(line, "```") && (fence == "" || line == fence) {
			if fence == "" {
				fence = strings.TrimRight(line, "abcdefghijklmnopqrstuvwxyz")
			} else {
				fence = ""
			}
			continue
		}
		if fence != "" {
			continue
		}
		if strings.HasPrefix(line, "|") && strings.Count(line, "|") != strings.Count(strings.ReplaceAll(line, `\|`, ""), "|") {
			t.Errorf("line %d: %s", i+1, line)
		}
		for _, harm := range []string{"<script", "<img", "](", "@everyone", "\x1b", "https://"} {
			if strings.Contains(line, harm) {
				t.Errorf("line %d holds %q: %s", i+1, harm, line)
			}
		}
	}
	if fence != "" {
		t.Error("a fence stays open")
	}
	if open, closed := strings.Count(text, "<details>"), strings.Count(text, "</details>"); open != closed {
		t.Errorf("%d details are opened and %d closed", open, closed)
	}
	t.Run("rows have the columns of their table", func(t *testing.T) {
		columns := 0
		for line := range strings.SplitSeq(text, "\n") {
			switch n := strings.Count(line, "|"); {
			case !strings.HasPrefix(line, "|"):
				columns = 0
			case columns == 0:
				columns = n
			case n != columns:
				t.Errorf("%d bars, not %d: %s", n, columns, line)
			}
		}
	})
	t.Run("large", func(t *testing.T) {
		if n := len(written(t, reports.Options{}, "markdown", many(3000, 20_000))); n >= 1<<20 {
			t.Errorf("%d bytes: GitHub takes 1 MiB", n)
		}
	})
}

var annotation = regexp.MustCompile(`^::(error|warning|notice) ((file=[^:,]+,(line=\d+,)?)?title=[^:,]+)::[^\n]*$`)

func TestAnnotations(t *testing.T) {
	var b bytes.Buffer
	if err := reports.Annotations(&b, sample()); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(b.String()) {
		if !annotation.MatchString(strings.TrimSuffix(line, "\n")) {
			t.Errorf("no annotation: %s", line)
		}
	}
	if n := strings.Count(string(written(t, reports.Options{}, "github", many(3000, 20))), "\n"); n != 51 {
		t.Errorf("%d lines for 3,000 findings", n)
	}
	rooted := sample()
	rooted.Suites[1].Tests[0].Findings[0].At.File = "/repo/api/petstore.yaml"
	if got := written(t, reports.Options{Root: "/repo"}, "github", rooted); !bytes.Contains(got, []byte("::error file=api/petstore.yaml,line=120,")) {
		t.Error("the place is not relative to the root of the repository")
	}
}

func TestHAR(t *testing.T) {
	var log struct {
		Log struct {
			Version string
			Creator struct{ Name, Version *string }
			Entries []struct {
				Started string   `json:"startedDateTime"`
				Time    *float64 `json:"time"`
				Request map[string]json.RawMessage
				Answer  map[string]json.RawMessage `json:"response"`
				Cache   *struct{}
				Timings map[string]float64
				Number  int `json:"_number"`
			}
		}
	}
	if err := json.Unmarshal(written(t, reports.Options{}, "har", sample()), &log); err != nil {
		t.Fatal(err)
	}
	if log.Log.Version != "1.2" || log.Log.Creator.Name == nil || log.Log.Creator.Version == nil || len(log.Log.Entries) != 10 {
		t.Fatalf("%+v", log.Log)
	}
	for i, e := range log.Log.Entries {
		if _, err := time.Parse(time.RFC3339, e.Started); err != nil || e.Time == nil || e.Cache == nil || e.Number != i+1 {
			t.Errorf("entry %d: %+v, %v", i, e, err)
		}
		sum := 0.0
		for _, name := range []string{"send", "wait", "receive"} {
			part, found := e.Timings[name]
			if sum += part; !found {
				t.Errorf("entry %d has no timing %s", i, name)
			}
		}
		if sum != *e.Time {
			t.Errorf("entry %d took %v, its parts %v", i, *e.Time, sum)
		}
		for _, name := range []string{"method", "url", "httpVersion", "cookies", "headers", "queryString", "headersSize", "bodySize"} {
			if e.Request[name] == nil || string(e.Request[name]) == "null" {
				t.Errorf("request %d has no %s", i, name)
			}
		}
		for _, name := range []string{"status", "statusText", "httpVersion", "cookies", "headers", "content", "redirectURL", "headersSize", "bodySize"} {
			if e.Answer[name] == nil || string(e.Answer[name]) == "null" {
				t.Errorf("response %d has no %s", i, name)
			}
		}
	}
	var flat bytes.Buffer
	if err := json.Compact(&flat, log.Log.Entries[1].Request["queryString"]); err != nil {
		t.Fatal(err)
	}
	if want := `[{"name":"expand","value":"owner"},{"name":"expand","value":"vet"},{"name":"note","value":"a b c"}]`; flat.String() != want {
		t.Errorf("the query is %s", flat.String())
	}
}

// TestPage: the policy of the page names its own script and style, nothing else can run or be loaded, and what a deployment sent
// stands within the data.
func TestPage(t *testing.T) {
	page := string(written(t, reports.Options{}, "html", sample()))
	part := func(open, end string) string {
		_, rest, found := strings.Cut(page, open)
		inner, _, closed := strings.Cut(rest, end)
		if !found || !closed {
			t.Fatalf("there is no %s", open)
		}
		return inner
	}
	policy := html.UnescapeString(part(`<meta http-equiv="Content-Security-Policy" content="`, `"`))
	for directive, text := range map[string]string{"script-src": part("<script>", "</script>"), "style-src": part("<style>", "</style>")} {
		sum := sha256.Sum256([]byte(text))
		if want := directive + " 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; !strings.Contains(policy, want) {
			t.Errorf("the policy %s lacks %s", policy, want)
		}
	}
	if !strings.HasPrefix(policy, "default-src 'none';") || strings.Contains(policy, "unsafe") || strings.Contains(policy, "http") {
		t.Errorf("the policy is %s", policy)
	}
	if n := strings.Count(page, "<script"); n != 4 {
		t.Errorf("the page has %d scripts: three blocks of data and its own", n)
	}
	if m := regexp.MustCompile(`(?i)<[a-z]+[^>]*\s(src|href|action|on[a-z]+)\s*=\s*"(?:[^#d"][^"]*)"`).FindString(page); m != "" {
		t.Errorf("the page refers to %s", m)
	}
	exchanges := part(`<script type="application/json" id="exchanges"`, "</script>")
	_, exchanges, _ = strings.Cut(exchanges, ">")
	lines := strings.Split(strings.TrimSpace(exchanges), "\n")
	if len(lines) != 10 {
		t.Errorf("%d lines for 10 exchanges", len(lines))
	}
	for _, line := range lines {
		if strings.ContainsAny(line, "<>&") || !json.Valid([]byte(line)) {
			t.Errorf("an exchange is no safe JSON: %s", line)
		}
	}
}
