package scenarios

import (
	"fmt"
	"slices"
	"strings"

	"understudy/contracts/check"

	"go.yaml.in/yaml/v4"
)

// A Requirement is one row of what a contract's vendor documents, or of what we decided where they are silent.
type Requirement struct {
	ID         string
	Kind       []string // S server, P management, W webhook, R receiver, C client, D document or source, N information
	Documented bool     // false: assumed
	Disruptive bool     // its check changes state or uses up quota
	Text       string
	Operations []string // ids of operations that it is about
	Document   []string // places in the OpenAPI document that say it
	Behaviour  []string // places in the behaviour file that say it

	// Checks are those that prove it together: each must have passed on one of the operations, or anywhere where there are none, and
	// failed on none of them.
	Checks []string
	// Rules are the rules for clients, and Scans those for sources, that prove it together: each must have been put to the test and kept.
	Rules, Scans []string
	// Missing says what of it nothing shows yet. It is not proven while that stands there.
	Missing string

	At check.Place `yaml:"-"`
}

// judged says whether a judge of a deployment can see it. What clients and sources do is judged elsewhere.
func (q *Requirement) judged() bool {
	return slices.ContainsFunc(q.Kind, func(k string) bool { return k == "S" || k == "P" || k == "W" || k == "R" })
}

// The words of a requirement in the file.
var requirementWords = []string{
	"id", "kind", "documented", "disruptive", "text", "operations", "document", "behaviour", "checks", "rules", "scans", "missing",
}

// ReadRequirements reads the file requirements.yaml of a contract. name is what messages call the file. Words that it does not know are
// errors, and so are checks that the catalogue does not have; rules and scans are not looked up, for their catalogues are elsewhere.
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
		q, err := readRequirement(n)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, n.Line, err)
		}
		if seen[q.ID] {
			return nil, fmt.Errorf("%s:%d: the requirement %q is there twice", name, n.Line, q.ID)
		}
		seen[q.ID] = true
		q.At = check.Place{File: name, Line: n.Line, Pointer: fmt.Sprintf("/requirements/%d", i)}
		list = append(list, q)
	}
	return list, nil
}

func readRequirement(n *yaml.Node) (q Requirement, err error) {
	if err := n.Decode(&q); err != nil {
		return q, err
	}
	if q.ID == "" || q.Text == "" || len(q.Kind) == 0 {
		return q, fmt.Errorf("the requirement %q needs an id, a text and a kind", q.ID)
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if word := n.Content[i].Value; !slices.Contains(requirementWords, word) {
			return q, fmt.Errorf("%s: there is no word %q; there are %s", q.ID, word, strings.Join(requirementWords, ", "))
		}
	}
	for _, kind := range q.Kind {
		if len(kind) != 1 || !strings.Contains("SPWRCDN", kind) {
			return q, fmt.Errorf("%s: there is no kind %q", q.ID, kind)
		}
	}
	for _, id := range q.Checks {
		if _, known := check.Find(id); !known {
			return q, fmt.Errorf("%s: there is no check %q", q.ID, id)
		}
	}
	return q, nil
}

// proofs are what the tests of a result say about requirements.
type proofs struct {
	proven  map[string]bool
	missing map[string]string          // why one that is named was not proven
	passed  map[string]map[string]bool // check → operations on which it passed; "" for any, "*" where it is not about one
	broken  map[string]map[string]bool // and those on which it did not
	seen    map[string]bool            // operations whose answers the passive checks have looked at
}

func prove(result *Result, contract string) *proofs {
	p := &proofs{proven: map[string]bool{}, missing: map[string]string{}, passed: map[string]map[string]bool{}, broken: map[string]map[string]bool{}, seen: map[string]bool{}}
	for i := range result.Suites {
		s := &result.Suites[i]
		for j := range s.Tests {
			t := &s.Tests[j]
			switch {
			case t.Check == "" && s.Kind == "checks":
				if s.Contract == contract {
					p.passive(t)
				}
			case t.Check == "":
				p.test(t)
			case s.Contract == contract && t.Outcome == Passed && !warned(t):
				note(p.passed, t)
			case s.Contract == contract && t.Outcome != Skipped:
				note(p.broken, t)
			}
		}
	}
	return p
}

func warned(t *Test) bool {
	return slices.ContainsFunc(t.Findings, func(f check.Finding) bool { return f.Level == check.Warning })
}

// passive takes note of what the checks that look at every answer came to on an operation.
func (p *proofs) passive(t *Test) {
	if t.Outcome == Skipped || t.Cases == 0 {
		return
	}
	p.seen[t.Operation] = true
	for i := range t.Findings {
		if f := &t.Findings[i]; f.Level != check.Note {
			note(p.broken, &Test{Check: f.Check, Operation: t.Operation})
		}
	}
}

func note(by map[string]map[string]bool, t *Test) {
	if by[t.Check] == nil {
		by[t.Check] = map[string]bool{}
	}
	by[t.Check][t.Operation], by[t.Check][""] = true, true
	if t.Operation == "" || strings.HasPrefix(t.Check, "RCV-") { // the deployment as a whole, an endpoint
		by[t.Check]["*"] = true
	}
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
		passed := p.passed[id]
		if one, known := check.Find(id); known && one.Mode == check.Passive && len(passed) == 0 {
			passed = p.seen
		}
		if !onOne(passed, q.Operations) || onOne(p.broken[id], q.Operations) {
			return false
		}
	}
	return len(q.Checks) > 0
}

// onOne says whether one of a requirement's operations is among those of a check; without operations, whether there are any.
func onOne(of map[string]bool, operations []string) bool {
	if len(operations) == 0 {
		return len(of) > 0
	}
	return of["*"] || slices.ContainsFunc(operations, func(operation string) bool { return of[operation] })
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
