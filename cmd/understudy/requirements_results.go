package main

import (
	"cmp"
	"fmt"
	"slices"

	"understudy/scenarios"
)

// enterResults enters what saved results of runs and checks prove: each requirement that a passed test or step names, and each
// that a failed one names as a problem.
func (l *ledger) enterResults(files []string) error {
	for _, name := range files {
		r, err := readResult(name)
		if err != nil {
			return err
		}
		l.enterResult(r)
	}
	return nil
}

func (l *ledger) enterResult(r *scenarios.Result) {
	exchanges := map[int]*scenarios.Exchange{}
	for _, x := range r.Exchanges {
		exchanges[x.Number] = x
	}
	for i := range r.Suites {
		s := &r.Suites[i]
		for j := range s.Tests {
			l.enterTest(s, &s.Tests[j], exchanges)
		}
	}
}

func (l *ledger) enterTest(s *scenarios.Suite, t *scenarios.Test, exchanges map[int]*scenarios.Exchange) {
	p := proof{Story: s.Name, Step: t.Name, To: "api", As: "see the result", At: t.Started.UTC().Format("2006-01-02T15:04:05Z"), Checked: []string{}}
	if n := len(t.Exchanges); n > 0 {
		p.take(exchanges[t.Exchanges[n-1]])
		p.Requests = n
	}
	switch t.Outcome {
	case scenarios.Skipped:
	case scenarios.Passed, scenarios.Known:
		l.enter(t.Requirements, p)
	default:
		p.Problem = cmp.Or(t.Reason, "it did not pass")
		l.enter(t.Requirements, p)
	}
	l.enterSteps(s, t, t.Steps, exchanges)
}

// enterSteps enters what steps prove by themselves. A step that was tried again counts by its last attempt.
func (l *ledger) enterSteps(s *scenarios.Suite, t *scenarios.Test, steps []scenarios.Step, exchanges map[int]*scenarios.Exchange) {
	for i := range steps {
		step := &steps[i]
		l.enterSteps(s, t, step.Steps, exchanges)
		again := slices.ContainsFunc(steps[i+1:], func(o scenarios.Step) bool { return o.ID == step.ID && o.Attempt > step.Attempt })
		if step.Outcome == scenarios.Skipped || again || len(step.Requirements) == 0 {
			continue
		}
		p := proof{Story: s.Name + ", " + t.Name, Step: cmp.Or(step.Name, step.ID), To: "api", As: "see the result", At: step.Started.UTC().Format("2006-01-02T15:04:05Z"), Requests: 1, Checked: []string{}}
		p.take(exchanges[step.Exchange])
		for _, c := range step.Criteria {
			p.Checked = append(p.Checked, c.Condition)
		}
		if step.Outcome != scenarios.Passed {
			p.Problem = cmp.Or(step.Reason, "it did not pass")
		}
		l.enter(step.Requirements, p)
	}
}

// take shows the exchange that proves something.
func (p *proof) take(x *scenarios.Exchange) {
	if x != nil {
		p.Method, p.Path, p.Status, p.As = x.Method, x.URL, x.Status, cmp.Or(x.Actor, "nobody")
	}
}

// A tally counts rows that a stand-in can show: of kinds S, P, W and R.
type tally struct{ proven, partly, failed, rows int }

func (n tally) String() string {
	text := fmt.Sprintf("%d of %d", n.proven, n.rows)
	if n.partly > 0 {
		text += fmt.Sprintf(" (%d partly)", n.partly)
	}
	return text
}

// machineCheckable counts a chapter's rows of kinds S, P, W and R, documented and assumed apart, and lists those that are neither
// proven nor partly proven.
func (c *chapter) machineCheckable() (documented, assumed tally, left []*row) {
	for _, r := range c.Rows {
		if !slices.ContainsFunc(r.Kind, func(kind string) bool { return slices.Contains([]string{"S", "P", "W", "R"}, kind) }) {
			continue
		}
		n := &documented
		if r.Basis == "assumed" {
			n = &assumed
		}
		n.rows++
		switch r.State {
		case rowProven:
			n.proven++
		case rowPartly:
			n.partly++
		case rowFailed:
			n.failed++
			left = append(left, r)
		default:
			left = append(left, r)
		}
	}
	return documented, assumed, left
}
