package grade

import (
	"cmp"
	"slices"
	"strings"

	"understudy/contracts/check"
	"understudy/scenarios"
)

// Options say how a recording is graded. The zero value carries out every rule.
type Options struct {
	Name   string // of the suite; empty: "rules for clients of <contract>"
	Prefix string // before the ids of the tests, where one result holds several contracts: "ecosire/"

	// Only and Skip name rules ("RTY-001") or families ("RTY"). Nothing in Only means every rule. Words that name none select
	// nothing here: Select tells of them.
	Only, Skip []string

	First    int  // number of the first exchange; 0: 1
	Strict   bool // warnings fail a test
	KeepBody int  // bytes of a body that are shown; 0: 4,096

	// Requirements gives, by id of a rule, the documented facts that the rule proves when it was kept.
	Requirements map[string][]string
}

// A Judgement is what came of it.
type Judgement struct {
	Suite scenarios.Suite // of kind "rules", one test a rule
	Score scenarios.Score
	// Exchanges are those that show the rules kept or broken, numbered in the order of the recording. Deliveries to the
	// integration come behind the calls.
	Exchanges []*scenarios.Exchange
}

// Grade holds a recording against the rules. It is the same for the same recording, whenever it is asked.
func Grade(rec *Recording, o Options) Judgement {
	chosen, _ := choose(o.Only, o.Skip)
	view := newView(rec)
	var trials []*Trial
	for _, rule := range chosen {
		t := &Trial{Rule: rule, view: view}
		rule.judge(rec, t)
		trials = append(trials, t)
	}
	w := newWriter(rec, o)
	w.number(trials)
	j := Judgement{Score: scenarios.Score{Contract: w.contract, Drills: slices.Clone(rec.Drills)}}
	j.Suite = scenarios.Suite{
		Name: cmp.Or(o.Name, "rules for clients of "+w.contract), Kind: "rules", Contract: w.contract, Source: rec.Source,
		Tests: make([]scenarios.Test, 0, len(trials)),
	}
	for _, t := range trials {
		test := w.test(t)
		count(&j.Score, t, &test, rec)
		j.Suite.Tests = append(j.Suite.Tests, test)
	}
	slices.Sort(j.Score.Missing)
	j.Score.Missing = slices.Compact(j.Score.Missing)
	j.Exchanges = w.exchanges()
	return j
}

// test is what becomes of a rule in the result.
func (w *writer) test(t *Trial) scenarios.Test {
	r := &t.Rule
	test := scenarios.Test{
		ID: w.options.Prefix + r.ID, Name: r.Title, Check: r.ID, Tags: []string{family(r.ID)}, Started: w.started,
		Requirements: slices.Clone(w.options.Requirements[r.ID]),
	}
	if t.exercised == 0 && len(t.findings) == 0 {
		test.Outcome, test.Reason = scenarios.Skipped, w.idle(t)
		return test
	}
	for i := range t.findings {
		test.Findings = append(test.Findings, w.tell(r, &t.findings[i]))
	}
	test.Outcome = scenarios.Passed
	first := func(level check.Level) int {
		return slices.IndexFunc(test.Findings, func(f check.Finding) bool { return f.Level == level })
	}
	if i := first(check.Failure); i >= 0 {
		test.Outcome, test.Reason = scenarios.Failed, test.Findings[i].Message
	} else if i := first(check.Warning); i >= 0 && w.options.Strict {
		test.Outcome, test.Reason = scenarios.Failed, test.Findings[i].Message+" (a warning; the run is strict)"
	}
	for _, x := range t.evidence {
		test.Exchanges = append(test.Exchanges, w.numbers[x])
	}
	for i := range t.findings {
		for _, x := range t.findings[i].witnesses {
			test.Exchanges = append(test.Exchanges, w.numbers[x])
		}
	}
	slices.Sort(test.Exchanges)
	test.Exchanges = slices.Compact(test.Exchanges)
	return test
}

// idle says why a rule was not put to the test, and what would do it.
func (w *writer) idle(t *Trial) string {
	if t.why != "" {
		return "not exercised: " + w.show(t.why)
	}
	text := "not exercised: needs " + t.Rule.Needs
	switch drill := t.Rule.Drill; {
	case drill == "":
	case slices.Contains(w.rec.Drills, drill):
		text += "; the drill " + drill + " was carried out and did not bring it about"
	default:
		text += "; --drill " + drill + " would put it to the test"
	}
	if w.rec.Truncated {
		text += "; the oldest calls are missing"
	}
	return text
}

// count adds a rule's test to the score.
func count(s *scenarios.Score, t *Trial, test *scenarios.Test, rec *Recording) {
	warned := slices.ContainsFunc(test.Findings, func(f check.Finding) bool { return f.Level == check.Warning })
	switch {
	case test.Outcome == scenarios.Skipped:
		s.NotExercised++
		if t.why == "" && t.Rule.Drill != "" && !slices.Contains(rec.Drills, t.Rule.Drill) {
			s.Missing = append(s.Missing, t.Rule.Drill)
		}
	case test.Outcome == scenarios.Failed:
		s.Broken++
	default:
		s.Kept++
		if warned {
			s.Warned++
		}
	}
}

// family is the part of an id before its number.
func family(id string) string {
	name, _, _ := strings.Cut(id, "-")
	return name
}
