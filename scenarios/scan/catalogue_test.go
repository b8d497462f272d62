package scan_test

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"understudy/contracts/check"
	"understudy/scenarios/scan"
)

var update = flag.Bool("update", false, "write docs/scan-rules.md anew")

// reference is docs/scan-rules.md, made from the catalogue.
func reference() string {
	var b strings.Builder
	b.WriteString(`# Rules of scan

What [understudy scan](scan.md) holds source trees, histories, bundles and logs to. Ids never change and are never reused: reports, baselines and
requirements refer to them. ` + "`--only` and `--skip`" + ` take them.

*Basis*: the contract says so, a norm says so, or it is a convention. *Level* is that of its findings, unless one of them says otherwise: a failure
fails a run, a warning is shown. This page is written from the catalogue by a test.
`)
	for _, r := range scan.Rules() {
		fmt.Fprintf(&b, "\n## %s %s\n\n%s: %s · %s\n\n%s\n\nNeeds: %s.\n\nDecides: %s\n\nWhat to do: %s\n\n```text\n%s\n```\n",
			r.ID, r.Title, r.Basis, r.Norm, r.Level, r.Doc, r.Needs, r.Decides, r.Advice, r.Example)
	}
	return b.String()
}

func TestGoldenReference(t *testing.T) {
	const file = "../../docs/scan-rules.md"
	want := reference()
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil || string(got) != want {
		t.Errorf("%s is not what the catalogue says; run with -update and read the difference (%v)", file, err)
	}
}

func TestCatalogue(t *testing.T) {
	id := regexp.MustCompile(`^SCN-\d{3}$`)
	for i, r := range scan.Rules() {
		if !id.MatchString(r.ID) || r.ID != fmt.Sprintf("SCN-%03d", i+1) {
			t.Errorf("%s is not the next id", r.ID)
		}
		for name, text := range map[string]string{"title": r.Title, "doc": r.Doc, "norm": r.Norm, "needs": r.Needs, "decides": r.Decides, "advice": r.Advice, "example": r.Example} {
			if text == "" {
				t.Errorf("%s has no %s", r.ID, name)
			}
		}
		if r.Basis == check.ByConvention && r.Level == check.Failure {
			t.Errorf("%s fails a gate by convention", r.ID)
		}
		if got, ok := scan.FindRule(r.ID); !ok || got.Title != r.Title {
			t.Errorf("%s is not found", r.ID)
		}
	}
	if _, ok := scan.FindRule("SCN-999"); ok {
		t.Error("SCN-999 is found")
	}
}

func TestSelect(t *testing.T) {
	for _, c := range []struct{ only, skip, want string }{
		{"", "SCN-001 2 3 4 5 6 7 8 9 10 11 12", "SCN-013 SCN-014 SCN-015"},
		{"scn-004,10", "", "SCN-004 SCN-010"},
		{"SCN", "SCN-*", "!nothing is left of SCN without SCN-*"},
		{"SCN-099", "", `!there is no rule "SCN-099"`},
		{"", "NEG", `!there is no rule "NEG"`},
	} {
		rules, err := scan.Select(split(c.only), split(c.skip))
		var ids []string
		for _, r := range rules {
			ids = append(ids, r.ID)
		}
		if want, isError := strings.CutPrefix(c.want, "!"); isError {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%q without %q: %v, want the error %q", c.only, c.skip, err, want)
			}
		} else if got := strings.Join(ids, " "); err != nil || got != c.want {
			t.Errorf("%q without %q: %q, %v, want %q", c.only, c.skip, got, err, c.want)
		}
	}
}

func split(words string) []string {
	return strings.FieldsFunc(words, func(r rune) bool { return r == ',' || r == ' ' })
}
