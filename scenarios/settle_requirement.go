package scenarios

import (
	"fmt"
	"slices"

	"understudy/contracts/check"

	"go.yaml.in/yaml/v4"
)

// A Requirement is one row of what a contract's vendor documents, or of what we decided where they are silent.
type Requirement struct {
	ID         string
	Kind       []string // S server, P management, W webhook, R receiver; those of other kinds are nothing that a judge can see
	Documented bool     // false: assumed
	Text       string
	Operations []string // ids of operations that it is about
	// Checks are those that prove it together: each must have passed on one of the operations, or anywhere where there are none.
	Checks []string
	At     check.Place
}

// judged says whether a machine can check it.
func (q *Requirement) judged() bool {
	return slices.ContainsFunc(q.Kind, func(k string) bool { return k == "S" || k == "P" || k == "W" || k == "R" })
}

// ReadRequirements reads the file requirements.yaml of a contract. name is what messages call the file.
func ReadRequirements(name string, data []byte) ([]Requirement, error) {
	var file struct {
		Requirements []yaml.Node
	}
	if err := yaml.Unmarshal(data, &file); err != nil {
		return nil, fmt.Errorf("read the requirements %s: %w", name, err)
	}
	var list []Requirement
	seen := map[string]bool{}
	for i := range file.Requirements {
		n := &file.Requirements[i]
		var q Requirement
		if err := n.Decode(&q); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, n.Line, err)
		}
		if q.ID == "" || seen[q.ID] {
			return nil, fmt.Errorf("%s:%d: the requirement %q has no id of its own", name, n.Line, q.ID)
		}
		for _, id := range q.Checks {
			if _, known := check.Find(id); !known {
				return nil, fmt.Errorf("%s:%d: %s: there is no check %q", name, n.Line, q.ID, id)
			}
		}
		seen[q.ID] = true
		q.At = check.Place{File: name, Line: n.Line, Pointer: fmt.Sprintf("/requirements/%d", i)}
		list = append(list, q)
	}
	return list, nil
}

// proofs are what the tests of a result say about requirements.
type proofs struct {
	proven  map[string]bool
	missing map[string]string          // why one that is named was not proven
	checks  map[string]map[string]bool // check → operations on which it passed; "" for any
}

func prove(result *Result, contract string) *proofs {
	p := &proofs{proven: map[string]bool{}, missing: map[string]string{}, checks: map[string]map[string]bool{}}
	for i := range result.Suites {
		s := &result.Suites[i]
		for j := range s.Tests {
			t := &s.Tests[j]
			p.test(t)
			if t.Check != "" && t.Outcome == Passed && s.Contract == contract {
				if p.checks[t.Check] == nil {
					p.checks[t.Check] = map[string]bool{}
				}
				p.checks[t.Check][t.Operation], p.checks[t.Check][""] = true, true
			}
		}
	}
	return p
}

// test takes a test's requirements as proven when all of it was carried out and passed, and those of each step that did.
func (p *proofs) test(t *Test) {
	whole := t.Outcome == Passed && !anySkipped(t.Steps)
	reason := t.Reason
	if reason == "" {
		reason = "it is " + string(t.Outcome)
	}
	for _, id := range t.Requirements {
		p.say(id, whole, t.ID+": "+reason)
	}
	p.steps(t.ID, t.Steps)
}

func (p *proofs) steps(test string, steps []Step) {
	last := map[string]Outcome{} // of a step that ran several times, the last counts
	for i := range steps {
		last[steps[i].ID] = steps[i].Outcome
	}
	for i := range steps {
		s := &steps[i]
		for _, id := range s.Requirements {
			passed := last[s.ID] == Passed && !slices.ContainsFunc(s.Findings, func(f check.Finding) bool { return f.Level == check.Failure })
			p.say(id, passed, test+", step "+s.ID+": "+s.Reason)
		}
		p.steps(test, s.Steps)
	}
}

func (p *proofs) say(id string, proven bool, reason string) {
	if proven {
		p.proven[id] = true
	} else if p.missing[id] == "" {
		p.missing[id] = reason
	}
}

func anySkipped(steps []Step) bool {
	return slices.ContainsFunc(steps, func(s Step) bool { return s.Outcome == Skipped || anySkipped(s.Steps) })
}

// byChecks says whether the checks that a requirement names prove it.
func (p *proofs) byChecks(q *Requirement) bool {
	for _, id := range q.Checks {
		passed := p.checks[id]
		on := func(operation string) bool { return passed[operation] }
		if len(q.Operations) == 0 && !passed[""] || len(q.Operations) > 0 && !slices.ContainsFunc(q.Operations, on) {
			return false
		}
	}
	return len(q.Checks) > 0
}

// coverRequirements counts the rows that a machine can check, the documented and the assumed ones apart.
func coverRequirements(contract string, list []Requirement, result *Result) Dimension {
	d := Dimension{Name: "requirements", Contract: contract}
	p := prove(result, contract)
	for i := range list {
		q := &list[i]
		if !q.judged() {
			continue
		}
		proven := p.proven[q.ID] || p.byChecks(q)
		reason := p.missing[q.ID]
		if reason == "" {
			reason = "no test or step that was carried out names it"
		}
		gaps := len(d.Gaps)
		d.count(proven, q.ID, reason, q.At)
		share := &d.Documented
		if !q.Documented {
			share = &d.Assumed
		}
		share.Total++
		if proven {
			share.Covered++
		}
		if len(d.Gaps) > gaps {
			d.Gaps[gaps].Assumed = !q.Documented
		}
	}
	return d
}
