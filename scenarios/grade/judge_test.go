package grade_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"understudy/contracts"
	"understudy/contracts/check"
	"understudy/scenarios"
	"understudy/scenarios/grade"
)

var update = flag.Bool("update", false, "write docs/rules.md anew")

// A trialCase is a recording of the ferry line's API in front of one rule.
type trialCase struct {
	name   string
	calls  []told
	change func(*grade.Recording)
	want   string // idle, kept, noted, warned, broken
	says   string // part of a message or reason
}

func ferry(t *testing.T) *contracts.Contract {
	t.Helper()
	c, err := contracts.Load(t.Context(), "testdata/ferry.yaml", contracts.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// keeps grades each case by one rule.
func keeps(t *testing.T, id string, cases ...trialCase) {
	t.Helper()
	contract := ferry(t)
	seen := map[string]bool{}
	for _, c := range cases {
		seen[c.want] = true
		t.Run(id+" "+c.name, func(t *testing.T) {
			rec := record(t, contract, c.calls...)
			rec.Host = "ferry.example"
			if c.change != nil {
				c.change(rec)
			}
			j := grade.Grade(rec, grade.Options{Only: []string{id}})
			if len(j.Suite.Tests) != 1 {
				t.Fatalf("%d tests", len(j.Suite.Tests))
			}
			test := &j.Suite.Tests[0]
			got := verdict(test)
			all := test.Reason
			for _, f := range test.Findings {
				all += fmt.Sprintf("\n%s (%s, %s) %s", f.Level, f.Certainty, f.Where, f.Message+" "+f.Advice)
				if f.Message == "" || f.Where == "" || f.Want == "" || f.Got == "" || f.Keyword == "" || f.Advice == "" || f.Fingerprint == "" || f.Exchange == 0 {
					t.Errorf("a finding leaves something out: %+v", f)
				}
				if f.Certainty == check.Likely && strings.Count(f.Message, ". ")+strings.Count(f.Message, ": ") == 0 {
					t.Errorf("a likely finding names no other explanation: %s", f.Message)
				}
			}
			if got != c.want || !strings.Contains(all, c.says) {
				t.Errorf("got %s, want %s and %q\n%s", got, c.want, c.says, all)
			}
			if got != idle && len(j.Exchanges) == 0 {
				t.Error("no exchange shows it")
			}
		})
	}
	if !(seen[kept] || seen[noted]) || !(seen[broken] || seen[warned] || seen[noted]) || !seen[idle] {
		t.Errorf("%s: the table keeps, breaks or leaves out one of three: %v", id, seen)
	}
}

// verdict is what became of a rule, in one word.
func verdict(test *scenarios.Test) string {
	if test.Outcome == scenarios.Skipped {
		return idle
	}
	got := kept
	for _, f := range test.Findings {
		switch {
		case f.Level == check.Failure:
			got = broken
		case f.Level == check.Warning && got != broken:
			got = warned
		case f.Level == check.Note && got == kept:
			got = noted
		}
	}
	return got
}

// ask is a call with the ferry line's first key.
func ask(at time.Duration, line, answer string) told {
	request, body, content := strings.Cut(line, "\n\n")
	request += "\nAuthorization: Bearer " + mark("fk_live_", 1) + "\nUser-Agent: rider/1.0"
	if content {
		request += "\nContent-Type: application/json\n\n" + body
	}
	return told{at: at, request: request, answer: answer}
}

// by lets another key make a call.
func by(n int, one told) told {
	one.request = strings.Replace(one.request, mark("fk_live_", 1), mark("fk_live_", n), 1)
	return one
}

// fault says what trouble was ordered for a call.
func fault(text string, one told) told {
	return with(one, func(c *grade.Call) { c.Fault = text })
}

// cut is a call whose connection broke.
func cut(at time.Duration, line string) told { return fault("reset", ask(at, line, "")) }

// row makes calls of the same line at given moments (in milliseconds), with given answers.
func row(line string, moments []int, answers ...string) []told {
	var list []told
	for i, at := range moments {
		list = append(list, ask(time.Duration(at)*time.Millisecond, line, answers[min(i, len(answers)-1)]))
	}
	return list
}

func frozen(rec *grade.Recording) { rec.Wall = false }

func exit(code int) func(*grade.Recording) {
	return func(rec *grade.Recording) { rec.ExitCode = &code }
}

// later lets the recording end after a while.
func later(d time.Duration) func(*grade.Recording) {
	return func(rec *grade.Recording) { rec.Ended = noon.Add(d) }
}

func TestCatalogue(t *testing.T) {
	id := regexp.MustCompile(`^(RTY|QTA|END|NET|TOK|KEY|IDM|USE|DLV)-\d{3}$`)
	drills := []string{"", "rate-limit", "token-expiry", "flaky-network", "webhook-attack", "outage", "permission"}
	seen := map[string]bool{}
	last := map[string]string{}
	for _, r := range grade.Rules() {
		if !id.MatchString(r.ID) || seen[r.ID] {
			t.Errorf("%s is there twice, or is no id of a family", r.ID)
		}
		seen[r.ID] = true
		if family := r.ID[:3]; r.ID <= last[family] {
			t.Errorf("%s stands behind %s", r.ID, last[family])
		} else {
			last[family] = r.ID
		}
		if r.Title == "" || r.Doc == "" || r.Norm == "" || r.Needs == "" || r.Decides == "" || r.Advice == "" || r.Example == "" {
			t.Errorf("%s leaves something out", r.ID)
		}
		if !slices.Contains(drills, r.Drill) {
			t.Errorf("%s: there is no drill %q", r.ID, r.Drill)
		}
		if r.Basis == check.ByConvention && r.Level == check.Failure {
			t.Errorf("%s fails a gate by convention", r.ID)
		}
		if found, ok := grade.FindRule(r.ID); !ok || found.Title != r.Title {
			t.Errorf("%s is not found", r.ID)
		}
	}
	for _, want := range []string{"RTY-009", "QTA-006", "END-007", "NET-008"} {
		if !seen[want] {
			t.Errorf("there is no %s", want)
		}
	}
}

func TestGoldenReference(t *testing.T) {
	const file = "../../docs/rules.md"
	var want bytes.Buffer
	if err := grade.Reference(&want); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(file, want.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil || !bytes.Equal(got, want.Bytes()) {
		t.Errorf("%s is not what the catalogue says; run with -update and read the difference (%v)", file, err)
	}
}

func TestSelectRules(t *testing.T) {
	for _, c := range []struct{ only, skip, want string }{
		{"RTY-001", "", "RTY-001"},
		{"rty-001,RTY-002", "RTY-002", "RTY-001"},
		{"END-", "END-002 END-003 END-004 END-005 END-006 END-007", "END-001"},
		{"qta*", "QTA-001", "QTA-002 QTA-003 QTA-004 QTA-005 QTA-006"},
		{"RTX", "", "!did you mean RTY"},
		{"everything", "", "!the families are RTY, QTA, END, NET"},
		{"", "SHC-900000", "!there is no rule"},
		{"RTY", "RTY", "!nothing is left of RTY without RTY"},
		{"-", "", "!there is no rule"},
	} {
		fields := func(text string) []string {
			return strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' })
		}
		rules, err := grade.Select(fields(c.only), fields(c.skip))
		var ids []string
		for _, r := range rules {
			ids = append(ids, r.ID)
		}
		if want, isError := strings.CutPrefix(c.want, "!"); isError {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%q without %q: got %v and %v, want the error %q", c.only, c.skip, ids, err, want)
			}
		} else if got := strings.Join(ids, " "); err != nil || got != c.want {
			t.Errorf("%q without %q: got %q and %v, want %q", c.only, c.skip, got, err, c.want)
		}
	}
}

// storm is a client that breaks several rules, on two operations.
func storm() []told {
	return []told{
		ask(0, "GET /v1/sailings", "429\nRetry-After: 2\n\n"), ask(15*time.Millisecond, "GET /v1/sailings", "429\nRetry-After: 2\n\n"), ask(30*time.Millisecond, "GET /v1/sailings", "200"),
		ask(10*time.Second, "GET /v1/map", "429\nRetry-After: 2\n\n"), ask(10*time.Second+15*time.Millisecond, "GET /v1/map", "200"),
		ask(20*time.Second, "POST /v1/tickets\n\n{\"name\":\"Ada\",\"password\":\""+mark("", 7)+"\"}", "422"),
	}
}

func TestJudgement(t *testing.T) {
	rec := record(t, ferry(t), storm()...)
	rec.Drills = []string{"rate-limit"}
	o := grade.Options{Only: []string{"RTY-002", "RTY-005", "RTY-007", "NET-005", "RTY-006", "RTY-003"}, First: 41, Prefix: "ferry/", Requirements: map[string][]string{"RTY-002": {"FERRY-07"}}}
	j := grade.Grade(rec, o)
	if j.Suite.Kind != "rules" || j.Suite.Contract != "ferry" || j.Suite.Source != "a test" || len(j.Suite.Tests) != 6 {
		t.Errorf("suite: %+v", j.Suite)
	}
	by := map[string]scenarios.Test{}
	for _, test := range j.Suite.Tests {
		by[test.Check] = test
		if test.ID != "ferry/"+test.Check || test.Name == "" {
			t.Errorf("test %q of %s", test.ID, test.Check)
		}
	}
	told := by["RTY-002"]
	if told.Outcome != scenarios.Failed || len(told.Findings) != 2 || told.Findings[0].Repeats != 1 || told.Findings[0].Exchange == 0 || !slices.Equal(told.Requirements, []string{"FERRY-07"}) {
		t.Errorf("RTY-002: %+v", told)
	}
	if f := told.Findings[0]; f.Operation != "listSailings" || f.Path != "/sailings" || f.Contract != "ferry" || f.Check != "RTY-002" || !strings.Contains(f.Curl, "http://api.test/v1/sailings") {
		t.Errorf("finding: %+v", f)
	}
	for id, want := range map[string]string{
		"RTY-005": "not exercised: needs four pauses before repeats that no answer asked for; --drill outage would put it to the test",
		"NET-005": "not exercised: needs a PUT, PATCH or DELETE of an operation that declares If-Match, after an answer with an ETag of the same resource",
	} {
		if by[id].Outcome != scenarios.Skipped || by[id].Reason != want {
			t.Errorf("%s: %s: %s", id, by[id].Outcome, by[id].Reason)
		}
	}
	want := scenarios.Score{Contract: "ferry", Kept: 1, Broken: 1, NotExercised: 4, Drills: []string{"rate-limit"}, Missing: []string{"outage"}}
	if fmt.Sprint(j.Score) != fmt.Sprint(want) || j.Score.Exercised() != 2 {
		t.Errorf("score: %+v, want %+v", j.Score, want)
	}
	numbers := map[int]bool{}
	for i, x := range j.Exchanges {
		numbers[x.Number] = true
		if x.Number != 41+i || x.Contract != "ferry" || i > 0 && x.Started.Before(j.Exchanges[i-1].Started) {
			t.Errorf("exchange %d: %+v", i, x)
		}
	}
	for _, test := range j.Suite.Tests {
		for _, n := range test.Exchanges {
			if !numbers[n] {
				t.Errorf("%s: there is no exchange %d", test.ID, n)
			}
		}
	}
}

// TestDrillThatDidNotHelp says so instead of proposing it again.
func TestDrillThatDidNotHelp(t *testing.T) {
	rec := record(t, ferry(t), ask(0, "GET /v1/map", "200"))
	rec.Drills, rec.Truncated = []string{"rate-limit"}, true
	test := grade.Grade(rec, grade.Options{Only: []string{"RTY-002"}}).Suite.Tests[0]
	if want := "the drill rate-limit was carried out and did not bring it about; the oldest calls are missing"; !strings.HasSuffix(test.Reason, want) {
		t.Errorf("got %q", test.Reason)
	}
}

// TestNoMarks: what is shown of secrets is a number each, not the digits that are others in every recording.
func TestNoMarks(t *testing.T) {
	rec := record(t, ferry(t), storm()...)
	text, err := json.Marshal(grade.Grade(rec, grade.Options{}))
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(text, []byte("secret~")) {
		t.Error("marks are shown as they are")
	}
	if !bytes.Contains(text, []byte(`fk_live_***~1`)) {
		t.Error("the key is not told apart")
	}
}

// TestFingerprints are the same for other secrets, times and order of the same behaviour, and others for other operations.
func TestFingerprints(t *testing.T) {
	prints := func(calls []told) []string {
		var list []string
		for _, test := range grade.Grade(record(t, ferry(t), calls...), grade.Options{}).Suite.Tests {
			for _, f := range test.Findings {
				list = append(list, f.Check+" "+f.Fingerprint)
			}
		}
		slices.Sort(list)
		return list
	}
	want := prints(storm())
	if len(want) < 4 || len(slices.Compact(slices.Clone(want))) != len(want) {
		t.Fatalf("got %d findings, of which two may have one name: %v", len(want), want)
	}
	other := storm()
	for i := range other {
		other[i].at += time.Duration(i) * 200 * time.Microsecond
		other[i].request = strings.ReplaceAll(other[i].request, mark("fk_live_", 1), mark("fk_live_", 77))
	}
	if got := prints(other); !slices.Equal(got, want) {
		t.Errorf("got\n%v\nwant\n%v", got, want)
	}
	elsewhere := storm()
	for i := range elsewhere {
		elsewhere[i].request = strings.Replace(elsewhere[i].request, "GET /v1/map", "GET /v1/jobs/7", 1)
	}
	if got := prints(elsewhere); slices.Equal(got, want) {
		t.Error("another operation has the same names")
	}
}

func TestSameJudgement(t *testing.T) {
	rec := record(t, ferry(t), storm()...)
	first, _ := json.Marshal(grade.Grade(rec, grade.Options{}))
	again, _ := json.Marshal(grade.Grade(record(t, ferry(t), storm()...), grade.Options{}))
	if !bytes.Equal(first, again) {
		t.Error("the same recording was judged in two ways")
	}
}

func TestStrict(t *testing.T) {
	calls := row("GET /v1/sailings/7", []int{0, 500, 1000, 1500}, "503", "503", "503", "200")
	for strict, want := range map[bool]scenarios.Outcome{false: scenarios.Passed, true: scenarios.Failed} {
		j := grade.Grade(record(t, ferry(t), calls...), grade.Options{Only: []string{"RTY-004"}, Strict: strict})
		if got := j.Suite.Tests[0].Outcome; got != want {
			t.Errorf("strict %v: got %s, want %s", strict, got, want)
		}
		if kept := j.Score.Kept == 1 && j.Score.Warned == 1; kept == strict {
			t.Errorf("strict %v: %+v", strict, j.Score)
		}
	}
}

// TestBodiesAreCut at a character, and what is no text is shown as base64.
func TestBodiesAreCut(t *testing.T) {
	calls := []told{ask(0, "POST /v1/search\n\n"+strings.Repeat("é", 40), "422\n\n\xff\xfe")}
	j := grade.Grade(record(t, ferry(t), calls...), grade.Options{Only: []string{"RTY-007"}, KeepBody: 11})
	if len(j.Exchanges) != 1 {
		t.Fatalf("%d exchanges", len(j.Exchanges))
	}
	x := j.Exchanges[0]
	if x.Body.Text != "ééééé" || !x.Body.Cut || x.Body.Size != 80 || x.Answer.Base64 != "//4=" || x.Answer.Cut {
		t.Errorf("got %+v and %+v", x.Body, x.Answer)
	}
}

// TestEmptyRecording breaks nothing and keeps nothing.
func TestEmptyRecording(t *testing.T) {
	j := grade.Grade(&grade.Recording{Contract: ferry(t)}, grade.Options{})
	for _, test := range j.Suite.Tests {
		if test.Outcome != scenarios.Skipped || test.Reason == "" {
			t.Errorf("%s: %s, %q", test.ID, test.Outcome, test.Reason)
		}
	}
	if j.Score.Exercised() != 0 || len(j.Exchanges) != 0 {
		t.Errorf("got %+v", j.Score)
	}
}
