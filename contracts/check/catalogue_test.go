package check_test

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"understudy/contracts/check"
)

var update = flag.Bool("update", false, "write docs/checks.md anew")

// reference is docs/checks.md, made from the catalogue.
func reference() string {
	var b strings.Builder
	b.WriteString(`# Checks

What a deployment is held to. Ids never change and are never reused: reports, baselines and workflows refer to them. ` + "`--only`" + ` and
` + "`--skip`" + ` take ids (` + "`SCH-001`" + `) and families (` + "`SCH`" + `).

*Basis*: the contract says so, a norm says so, or it is a convention. *Level* is that of its findings, unless one of them says otherwise: a failure fails a
run, a warning is shown, a note tells what the contract leaves open. *Mode*: passive checks look at every exchange there is; generated ones send
requests of their own; sequences send several that build on each other; disruptive ones use up quota or burden the deployment and run only when asked for; gates look at
the run. This page is written from the catalogue by a test.
`)
	family := ""
	for _, c := range check.Catalogue() {
		if name, _, _ := strings.Cut(c.ID, "-"); name != family {
			family = name
			fmt.Fprintf(&b, "\n## %s\n", family)
		}
		fmt.Fprintf(&b, "\n### %s %s\n\n", c.ID, c.Title)
		line := fmt.Sprintf("%s: %s · %s · %s", c.Basis, c.Norm, c.Level, c.Mode)
		if len(c.OWASP) > 0 {
			line += " · " + strings.Join(c.OWASP, ", ")
		}
		if c.Planned {
			line += " · **planned, not carried out yet**"
		}
		fmt.Fprintf(&b, "%s\n\n%s\n\nWhat to do: %s\n", line, c.Doc, c.Advice)
	}
	return b.String()
}

func TestGoldenReference(t *testing.T) {
	const file = "../../docs/checks.md"
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

// facts are the ids that the product is planned to have; they may become more, and none may go.
const facts = `STS 1-4 CTY 1-6 SCH 1-5 HDR 1-5 POS 1-6 NEG 1-15,20 MTH 1-6 RES 1-11 AUTH 1-8,10-16 AUZ 1-7 PRP 1 RATE 1-7 LIM 1-3
HOOK 1-9 RCV 1-27 ERR 1-6 SEC 1-6 INV 1-3 FLOW 1-5 UPS 1 DRF 1-5 PRF 1-2 COV 1-4 WFL 1`

func TestCatalogue(t *testing.T) {
	var want []string
	words := strings.Fields(facts)
	for i := 0; i < len(words); i += 2 {
		for part := range strings.SplitSeq(words[i+1], ",") {
			var from, to int
			if n, _ := fmt.Sscanf(part, "%d-%d", &from, &to); n == 1 {
				to = from
			}
			for n := from; n <= to; n++ {
				want = append(want, fmt.Sprintf("%s-%03d", words[i], n))
			}
		}
	}
	id := regexp.MustCompile(`^[A-Z]{3,4}-\d{3}$`)
	owasp := regexp.MustCompile(`^API([1-9]|10):2023$`)
	var got []string
	for _, c := range check.Catalogue() {
		got = append(got, c.ID)
		if !id.MatchString(c.ID) || c.Title == "" || c.Doc == "" || c.Norm == "" || c.Advice == "" || c.Basis == "" || c.Level == "" || c.Mode == "" {
			t.Errorf("%s leaves something out", c.ID)
		}
		for _, o := range c.OWASP {
			if !owasp.MatchString(o) {
				t.Errorf("%s: %q is none of OWASP's ten", c.ID, o)
			}
		}
		if c.Basis == check.ByConvention && c.Level == check.Failure {
			t.Errorf("%s fails a gate by convention", c.ID)
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("the ids are\n%v\nnot\n%v", got, want)
	}
	if _, ok := check.Find("SCH-001"); !ok {
		t.Error("SCH-001 is not found")
	}
	if _, ok := check.Find("SCH-999"); ok {
		t.Error("SCH-999 is found")
	}
}

func TestSelect(t *testing.T) {
	for _, c := range []struct {
		only, skip string
		want       string // ids, or the error behind "!"
	}{
		{"SCH", "", "SCH-001 SCH-002 SCH-003 SCH-004 SCH-005"},
		{"sch-*,STS-001", "SCH-002 SCH-003", "STS-001 SCH-001 SCH-004 SCH-005"},
		{"CTY-", "", "CTY-001 CTY-002 CTY-003 CTY-004 CTY-005 CTY-006"},
		{"INV", "", "INV-001"},
		{"INV-002", "", "!has its id but is not carried out yet"},
		{"SHC", "", `!there is no check "SHC"; did you mean`},
		{"SCH-01", "", "!did you mean SCH-001"},
		{"everything", "", "!the families are STS, CTY"},
		{"", "STX", "!skip checks: there is no check \"STX\"; did you mean STS?"},
		{"STS", "STS", "!nothing is left of STS without STS"},
		{"-", "", "!there is no check"},
		{"DRF", "", "!nothing is left"},
	} {
		s, err := check.Select(split(c.only), split(c.skip))
		got := strings.Join(s.IDs(), " ")
		if want, isError := strings.CutPrefix(c.want, "!"); isError {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%q without %q: got %q and %v, want the error %q", c.only, c.skip, got, err, want)
			}
		} else if err != nil || got != c.want {
			t.Errorf("%q without %q: got %q and %v, want %q", c.only, c.skip, got, err, c.want)
		}
	}
	all, err := check.Select(nil, nil)
	if err != nil || !all.Has("SCH-001") || !all.Has("NEG-001") || all.Has("DRF-001") {
		t.Errorf("all: %v, %v", all.IDs(), err)
	}
}

func split(words string) []string {
	return strings.FieldsFunc(words, func(r rune) bool { return r == ',' || r == ' ' })
}

// TestOnly carries out what was selected and nothing else.
func TestOnly(t *testing.T) {
	shop := load(t, "shop.yaml")
	x := answer(t, shop, "GET /v1/things", "500\nServer: x/1.2\nX-RateLimit-Limit: many\nContent-Type: text/html\n\nTraceback (most recent call last)")
	for _, c := range []struct{ only, skip, want string }{
		{"", "", "STS-002, ERR-005 warning, RATE-001 warning, SEC-003 warning"},
		{"SEC", "", "SEC-003 warning"},
		{"", "STS ERR RATE", "SEC-003 warning"},
	} {
		e := examine(t, check.Options{Contract: shop, Only: split(c.only), Skip: split(c.skip)})
		if got := ids(e.Examine(x, valid)); got != c.want {
			t.Errorf("%q without %q: got %q, want %q", c.only, c.skip, got, c.want)
		}
	}
	if _, err := check.New(check.Options{Contract: shop, Only: []string{"NOPE"}}); err == nil {
		t.Error("an unknown check was taken")
	}
	if _, err := check.New(check.Options{}); err == nil {
		t.Error("no contract was taken")
	}
}
