package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"understudy/contracts"
	"understudy/contracts/check"
	"understudy/scenarios"
)

// enterResults enters what saved results of run, check, receiver, rehearse, grade and scan show.
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

// enterResult enters each requirement that a workflow or step names, and what came of the checks, rules and scans that rows name.
func (l *ledger) enterResult(r *scenarios.Result) {
	exchanges := map[int]*scenarios.Exchange{}
	for _, x := range r.Exchanges {
		exchanges[x.Number] = x
	}
	for i := range r.Suites {
		s := &r.Suites[i]
		for j := range s.Tests {
			t := &s.Tests[j]
			switch {
			case t.Check != "":
				l.enterRule(s, t, exchanges)
			case s.Kind == "checks":
				l.enterPassive(s, t, exchanges)
			default:
				l.enterWorkflow(s, t, exchanges)
			}
		}
	}
}

// shown is what a test shows, with the last of its exchanges.
func shown(s *scenarios.Suite, t *scenarios.Test, exchanges map[int]*scenarios.Exchange) proof {
	p := proof{By: byWorkflow, ID: t.ID, Story: s.Name, Step: t.Name, To: "api", As: "see the result", At: t.Started.UTC().Format("2006-01-02T15:04:05Z"), Checked: []string{}}
	if n := len(t.Exchanges); n > 0 {
		p.take(exchanges[t.Exchanges[n-1]])
		p.Requests = n
	}
	return p
}

// enterRule enters what came of a check, rule or scan under the rows that name it. It is the rows that say what proves them: what a
// result claims for a test is not asked.
func (l *ledger) enterRule(s *scenarios.Suite, t *scenarios.Test, exchanges map[int]*scenarios.Exchange) {
	c := l.chapter(s.Contract)
	if c == nil {
		return
	}
	by := map[string]string{"rules": byRule, "scan": byScan}[s.Kind]
	by = cmp.Or(by, byCheck)
	for _, r := range c.Rows {
		named := map[string][]string{byRule: r.Rules, byScan: r.Scans, byCheck: r.Checks}[by]
		if !slices.Contains(named, t.Check) || by == byCheck && !about(t, r.Operations) {
			continue
		}
		if t.Outcome == scenarios.Skipped {
			if r.skipped[t.Check] == "" {
				r.skipped[t.Check] = cmp.Or(t.Reason, "it was skipped")
			}
			continue
		}
		p := shown(s, t, exchanges)
		p.By, p.ID = by, t.Check
		p.Checked = append(p.Checked, t.Name)
		p.judge(t)
		r.Proofs = append(r.Proofs, p)
	}
}

// enterPassive enters the checks that looked at every answer of an operation in passing, under the rows about that operation.
func (l *ledger) enterPassive(s *scenarios.Suite, t *scenarios.Test, exchanges map[int]*scenarios.Exchange) {
	c := l.chapter(s.Contract)
	if c == nil || t.Outcome == scenarios.Skipped || t.Cases == 0 {
		return
	}
	for _, r := range c.Rows {
		if len(r.Operations) > 0 && !slices.Contains(r.Operations, t.Operation) {
			continue
		}
		for _, id := range r.Checks {
			if one, known := check.Find(id); !known || one.Mode != check.Passive {
				continue
			}
			p := shown(s, t, exchanges)
			p.By, p.ID = byCheck, id
			p.Checked = append(p.Checked, fmt.Sprintf("%s, in %d answers", t.Name, t.Cases))
			if i := slices.IndexFunc(t.Findings, func(f check.Finding) bool { return f.Check == id && f.Level != check.Note }); i >= 0 {
				p.Problem = t.Findings[i].Message
			}
			r.Proofs = append(r.Proofs, p)
		}
	}
}

// about says whether a check's test is about one of a row's operations. Checks of receivers look at an endpoint, and some checks at the
// deployment as a whole: these have no operation.
func about(t *scenarios.Test, operations []string) bool {
	return len(operations) == 0 || t.Operation == "" || strings.HasPrefix(t.Check, "RCV-") || slices.Contains(operations, t.Operation)
}

// judge says what a test's outcome is worth. A warning, and a failure that somebody has declared to be known, prove nothing.
func (p *proof) judge(t *scenarios.Test) {
	warned := slices.IndexFunc(t.Findings, func(f check.Finding) bool { return f.Level == check.Warning })
	switch {
	case t.Outcome == scenarios.Known:
		p.Doubt = cmp.Or(t.Reason, "it failed, and what failed is known")
	case t.Outcome != scenarios.Passed:
		p.Problem = cmp.Or(t.Reason, "it did not pass")
	case t.Check != "" && warned >= 0:
		p.Doubt = "warned: " + t.Findings[warned].Message
	}
}

// enterWorkflow enters the rows that a workflow names as a whole, when all of it was carried out, and those of its steps.
func (l *ledger) enterWorkflow(s *scenarios.Suite, t *scenarios.Test, exchanges map[int]*scenarios.Exchange) {
	p := shown(s, t, exchanges)
	if slices.Contains(t.Tags, "receiver") {
		p.By = byReceiver
	}
	if t.Outcome != scenarios.Skipped && !anySkipped(t.Steps) {
		p.judge(t)
		l.enter(t.Requirements, p)
	}
	l.enterSteps(s, t, t.Steps, exchanges)
}

func anySkipped(steps []scenarios.Step) bool {
	return slices.ContainsFunc(steps, func(s scenarios.Step) bool { return s.Outcome == scenarios.Skipped || anySkipped(s.Steps) })
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
		p := proof{
			By: byWorkflow, ID: t.ID + ", step " + step.ID, Story: s.Name + ", " + t.Name, Step: cmp.Or(step.Name, step.ID), To: "api", As: "see the result",
			At: step.Started.UTC().Format("2006-01-02T15:04:05Z"), Requests: 1, Checked: []string{},
		}
		p.take(exchanges[step.Exchange])
		for _, c := range step.Criteria {
			p.Checked = append(p.Checked, c.Condition)
		}
		switch step.Outcome {
		case scenarios.Passed:
		case scenarios.Known:
			p.Doubt = cmp.Or(step.Reason, "it failed, and what failed is known")
		default:
			p.Problem = cmp.Or(step.Reason, "it did not pass")
		}
		l.enter(step.Requirements, p)
	}
}

// take shows the exchange that proves something.
func (p *proof) take(x *scenarios.Exchange) {
	if x != nil {
		p.Method, p.Path, p.Status, p.As = x.Method, withoutHost(x.URL), x.Status, cmp.Or(x.Actor, "nobody")
	}
}

// withoutHost is an address without scheme and host, which are others in every run.
func withoutHost(address string) string {
	if _, rest, ok := strings.Cut(address, "://"); ok {
		if at := strings.IndexByte(rest, '/'); at >= 0 {
			return rest[at:]
		}
		return "/"
	}
	return address
}

func (l *ledger) chapter(name string) *chapter {
	for _, c := range l.Chapters {
		if c.Name == name {
			return c
		}
	}
	return nil
}

// attribute writes the requirements that checks, rules and scans help to prove on the tests of suites.
func attribute(suites []scenarios.Suite) error {
	for i := range suites {
		s := &suites[i]
		list, generated := map[string]string{"checks": "checks", "receiver": "checks", "rules": "rules", "scan": "scans"}[s.Kind]
		if !generated || !slices.Contains(contracts.Builtins(), s.Contract) {
			continue
		}
		rows, err := requirementsOf(s.Contract)
		if err != nil {
			return fmt.Errorf("the requirements of %s: %w", s.Contract, err)
		}
		for j := range s.Tests {
			attributeTest(&s.Tests[j], list, rows)
		}
	}
	return nil
}

func attributeTest(t *scenarios.Test, list string, rows []scenarios.Requirement) {
	for i := range rows {
		q := &rows[i]
		if slices.Contains(provers(q, list), t.Check) && (list != "checks" || about(t, q.Operations)) && !slices.Contains(t.Requirements, q.ID) {
			t.Requirements = append(t.Requirements, q.ID)
		}
	}
}

// provers are the checks, rules or scans that a row names.
func provers(q *scenarios.Requirement, list string) []string {
	switch list {
	case "checks":
		return q.Checks
	case "rules":
		return q.Rules
	}
	return q.Scans
}
