package reports_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"understudy/contracts/check"
	"understudy/reports"
	"understudy/scenarios"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// assets are what every page holds: its script and style, and their hashes.
var assets = regexp.MustCompile(`(?s)(<style>|<script>|sha256-).*?(</style>|</script>|&#39;)`)

func quote(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// catalogue explains some of the sample's checks.
func catalogue(id string) (check.Check, bool) {
	c, found := map[string]check.Check{
		"NEG-002": {ID: "NEG-002", Title: "A missing required property is refused", Doc: "A service that takes what its contract forbids stores what\nno client expects. Validate before anything is stored.", Basis: check.ByContract, Norm: "requestBody.content.schema", Level: check.Failure},
		"ERR-005": {ID: "ERR-005", Title: "Errors tell nothing of the inside", Doc: "Traces and statements help those who attack.", Basis: check.ByConvention, Level: check.Failure, OWASP: []string{"API8:2023"}},
		"SCH-001": {ID: "SCH-001", Title: "The response body matches its schema", Doc: "Clients are built from the schema.", Basis: check.ByContract, Level: check.Failure, OWASP: []string{"API3:2023"}},
	}[id]
	return c, found
}

func written(t *testing.T, o reports.Options, format string, r *scenarios.Result) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := o.Write(format, &b, r); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		a, b := strings.Split(string(got), "\n"), strings.Split(string(want), "\n")
		for i := range max(len(a), len(b)) {
			if i >= len(a) || i >= len(b) || a[i] != b[i] {
				line := func(l []string) string {
					if i < len(l) {
						return l[i]
					}
					return "(end)"
				}
				t.Fatalf("%s, line %d (rewrite with -update, and read the difference):\ngot  %s\nwant %s", path, i+1, line(a), line(b))
			}
		}
	}
}

func TestGolden(t *testing.T) {
	o := reports.Options{Check: catalogue}
	for _, f := range reports.Formats() {
		t.Run(f.Name, func(t *testing.T) {
			path := filepath.Join("testdata", "sample."+f.Extension)
			switch f.Name {
			case "json":
				path = filepath.Join("..", "fixtures", "results", "sample.json")
			case "github":
				path = filepath.Join("testdata", "sample.github.txt")
			}
			got := written(t, o, f.Name, sample())
			if f.Name == "html" {
				got = assets.ReplaceAll(got, []byte("$1(left out)$2"))
			}
			golden(t, path, got)
		})
	}
	t.Run("text in colour", func(t *testing.T) {
		golden(t, filepath.Join("testdata", "sample.colour.txt"), written(t, reports.Options{Colour: true}, "text", sample()))
	})
	t.Run("comparison", func(t *testing.T) {
		for _, format := range []string{"text", "markdown", "json"} {
			c := reports.Compare(sample(), later())
			var b bytes.Buffer
			if err := c.Write(format, &b, reports.Options{}); err != nil {
				t.Fatal(err)
			}
			golden(t, filepath.Join("testdata", "comparison."+map[string]string{"text": "txt", "markdown": "md", "json": "json"}[format]), b.Bytes())
		}
	})
}

// later is the sample a day on: one failure fixed, one new, one test gone, one that could not be carried out.
func later() *scenarios.Result {
	r := sample()
	checks := &r.Suites[1]
	checks.Tests[0].Outcome, checks.Tests[0].Findings, checks.Tests[0].Reason = scenarios.Passed, nil, ""
	checks.Tests[1].Outcome, checks.Tests[1].Findings, checks.Tests[1].Reason = scenarios.Skipped, nil, "--max-requests was reached"
	fresh := negative()
	fresh.Check, fresh.Title, fresh.Fingerprint, fresh.Message = "POS-001", "Documented examples are accepted", "c0ffee0000000009", "The example was refused with 500."
	checks.Tests[7].Outcome, checks.Tests[7].Reason, checks.Tests[7].Findings = scenarios.Failed, fresh.Message, []check.Finding{fresh}
	r.Suites[0].Tests = r.Suites[0].Tests[:2]
	r.Coverage.Dimensions[0].Covered, r.Coverage.Dimensions[0].Gaps = 5, nil
	return r
}
