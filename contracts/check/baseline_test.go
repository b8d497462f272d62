package check_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"understudy/contracts/check"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"
)

var today = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// known examines one answer and gives its findings.
func known(t *testing.T) []check.Finding {
	t.Helper()
	shop := load(t, "shop.yaml")
	list := examine(t, check.Options{Contract: shop}).Examine(answer(t, shop, "GET /v1/things", page+`{"items":[{"id":7,"secret":"x"}]}`), valid)
	if ids(list) != "SCH-001, SCH-003" {
		t.Fatal(ids(list))
	}
	return list
}

// TestBaseline writes a baseline, reads it again and compares findings with it.
func TestBaseline(t *testing.T) {
	findings := known(t)
	var b check.Baseline
	if err := b.Add(findings[:1], "ticket 7: \"soon\"", "2026-03-01"); err != nil {
		t.Fatal(err)
	}
	b.Entries = append(b.Entries,
		check.Entry{Fingerprint: strings.Repeat("a", 20), Check: "STS-002", Reason: "gone"},
		check.Entry{Fingerprint: findings[1].Fingerprint, Check: "SCH-003", Reason: "over", Until: "2026-02-28"})
	var text bytes.Buffer
	if err := check.WriteBaseline(&text, &b); err != nil {
		t.Fatal(err)
	}
	valid := func(text []byte) {
		var value any
		if err := yaml.Unmarshal(text, &value); err != nil {
			t.Fatal(err)
		}
		if err := baselineSchema(t).Validate(plain(t, value)); err != nil {
			t.Errorf("%s\ndoes not fit its schema: %v", text, err)
		}
	}
	valid(text.Bytes())
	read, err := check.ReadBaseline(bytes.NewReader(text.Bytes()), today)
	if err != nil {
		t.Fatalf("%v\n%s", err, text.String())
	}
	if e := read.Entries[0]; e.Check != "SCH-001" || e.Operation != "GET /things" || e.Where != "response body /items/*/id" || e.Reason != `ticket 7: "soon"` || e.Line != 4 {
		t.Errorf("read %+v", e)
	}
	c := read.Apply(findings)
	if c.Known != 1 || c.New != 1 || len(c.Gone) != 1 || c.Gone[0].Reason != "gone" || len(c.Expired) != 1 || c.Expired[0].Reason != "over" {
		t.Errorf("compared %+v", c)
	}
	if f := findings[0]; f.Known == nil || f.Known.Expired || f.Known.Reason != `ticket 7: "soon"` || f.Known.Until != "2026-03-01" {
		t.Errorf("known %+v", f.Known)
	}
	if f := findings[1]; f.Known == nil || !f.Known.Expired {
		t.Errorf("expired %+v", f.Known)
	}
	// What was expired gets its new reason, what is known keeps its own.
	if err := read.Add(findings, "again", ""); err != nil || len(read.Entries) != 3 {
		t.Fatal(err, read.Entries)
	}
	for _, e := range read.Entries {
		if want := map[string]string{"SCH-001": `ticket 7: "soon"`, "SCH-003": "again", "STS-002": "gone"}[e.Check]; e.Reason != want {
			t.Errorf("%s has the reason %q", e.Check, e.Reason)
		}
	}
}

// TestBaselineMatches takes only the same check, and leaves alone what a workflow expects.
func TestBaselineMatches(t *testing.T) {
	findings := known(t)
	findings[1].Known = &check.Known{Reason: "expected", Expect: true}
	b := check.Baseline{Entries: []check.Entry{
		{Fingerprint: findings[0].Fingerprint, Check: "SCH-002", Reason: "another"},
		{Fingerprint: findings[1].Fingerprint, Check: "SCH-003", Reason: "in vain"},
	}}
	c := b.Apply(findings)
	if c.Known != 0 || c.New != 1 || len(c.Gone) != 1 || findings[0].Known != nil || findings[1].Known.Reason != "expected" {
		t.Errorf("%+v, %+v, %+v", c, findings[0].Known, findings[1].Known)
	}
	for _, wrong := range []struct{ reason, until string }{{" ", ""}, {"why", "tomorrow"}} {
		if b.Add(findings, wrong.reason, wrong.until) == nil {
			t.Errorf("%+v was taken", wrong)
		}
	}
}

// TestReadBaseline names file and line of what is wrong.
func TestReadBaseline(t *testing.T) {
	const print = "0123456789abcdef0123"
	for _, c := range []struct{ name, text, want string }{
		{"YAML", "version: 1\nentries:\n- {fingerprint: " + print + ", check: SCH-001, reason: x, until: 2026-01-01}", ""},
		{"JSON", "{\n\t\"$schema\": \"x\", \"version\": 1,\n\t\"entries\": [{\"fingerprint\": \"" + print + "\", \"check\": \"SCH-001\", \"reason\": \"x\"}]}", ""},
		{"no entries", "version: 1\nentries: []", ""},
		{"nothing", "", "baseline: the baseline is empty"},
		{"no list", "version: 1\nentries: {}", "baseline:2: entries must be a list"},
		{"no object", "- 1", "baseline:1: the baseline must be an object"},
		{"no version", "entries: []", "baseline:1: the baseline needs version: 1"},
		{"another version", "version: 2\nentries: []", "needs version: 1"},
		{"no such word", "version: 1\nentrys: []", `baseline:2: unknown word "entrys"`},
		{"no such word in an entry", "version: 1\nentries:\n- why: x", `baseline:3: unknown word "why"`},
		{"no reason", "version: 1\nentries:\n- {fingerprint: " + print + ", check: SCH-001}", "baseline:3: the entry has no reason"},
		{"an empty reason", "version: 1\nentries:\n- {fingerprint: " + print + ", check: SCH-001, reason: ' '}", "has no reason"},
		{"no fingerprint", "version: 1\nentries:\n- {check: SCH-001, reason: x}", "is not 20 hexadecimal digits"},
		{"no check", "version: 1\nentries:\n- {fingerprint: " + print + ", check: SCH-1, reason: x}", "baseline:3: there is no check"},
		{"no day", "version: 1\nentries:\n- {fingerprint: " + print + ", check: SCH-001, reason: x, until: soon}", `baseline:3: until "soon" is no day`},
		{"twice", "version: 1\nentries:\n- &a {fingerprint: " + print + ", check: SCH-001, reason: x}\n- {fingerprint: " + print + ", check: SCH-001, reason: x}", "baseline:4: the fingerprint " + print + " stands in line 3"},
		{"a word twice", "version: 1\nversion: 1\nentries: []", "baseline"},
		{"an alias", "version: 1\nentries: &a []\n$schema: *a", "aliases are not allowed"},
		{"a list for a text", "version: 1\nentries:\n- {reason: [x]}", "reason must be a text"},
		{"no YAML", "version: [", "neither YAML nor JSON"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := check.ReadBaseline(strings.NewReader(c.text), today)
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
	file := filepath.Join(t.TempDir(), "known.yaml")
	if err := os.WriteFile(file, []byte("entries: []"), 0o600); err != nil {
		t.Fatal(err)
	}
	opened, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer opened.Close()
	if _, err := check.ReadBaseline(opened, today); err == nil || !strings.HasPrefix(err.Error(), file+":1: ") {
		t.Errorf("the file is not named: %v", err)
	}
}

func baselineSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	s, err := jsonschema.NewCompiler().Compile("../../docs/schemas/baseline.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// plain is a value as JSON has it.
func plain(t *testing.T, v any) any {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// TestReadBaselineOfOtherCatalogues: entries for what is no check are known where somebody knows them.
func TestReadBaselineOfOtherCatalogues(t *testing.T) {
	text := "version: 1\nentries:\n- {fingerprint: 0123456789abcdef0123, check: RTY-001, reason: x}"
	knows := func(id string) bool { return id == "RTY-001" }
	if b, err := check.ReadBaseline(strings.NewReader(text), today, knows); err != nil || len(b.Entries) != 1 {
		t.Errorf("%v, %v", b, err)
	}
	if _, err := check.ReadBaseline(strings.NewReader(strings.ReplaceAll(text, "RTY-001", "RTY-002")), today, knows); err == nil {
		t.Error("an entry that nobody knows is taken")
	}
}
