package reports

import (
	"slices"

	"understudy/contracts/check"
	"understudy/scenarios"
)

// A Comparison says how one result differs from an older one, or that of a real deployment from that of its stand-in.
type Comparison struct {
	Before, After Side

	New    []check.Finding // in the new result only
	Fixed  []check.Finding // in the old one only, and a test that showed it was carried out again
	Still  []check.Finding // in both, as the new one has it
	Unseen []check.Finding // in the old one only, but none of the tests that showed it was carried out again

	Changed  []Change // tests whose outcome changed, and tests that only one of them has
	Coverage []Delta  // dimensions of either
}

// A Side is one of the results that are compared, in short.
type Side struct {
	Command string             `json:"command"`
	Seed    uint64             `json:"seed"`
	Targets []scenarios.Target `json:"targets"`
	Counts  scenarios.Counts   `json:"counts"`
	Clean   bool               `json:"clean"`
}

// A Change is a test that came to something else. The outcome is empty where there was no such test.
type Change struct {
	ID     string            `json:"id"`
	Name   string            `json:"name,omitempty"`
	Old    scenarios.Outcome `json:"old,omitempty"`
	New    scenarios.Outcome `json:"new,omitempty"`
	Reason string            `json:"reason,omitempty"` // of the new outcome
}

// A Delta is how the coverage of a dimension changed.
type Delta struct {
	Contract string          `json:"contract"`
	Name     string          `json:"name"`
	Old      scenarios.Share `json:"old"`
	New      scenarios.Share `json:"new"`
}

// Compare tells what is new, fixed and still there. Findings are matched by fingerprint, tests by id.
func Compare(old, new *scenarios.Result) Comparison {
	c := Comparison{Before: side(old), After: side(new)}
	before, after := look(old), look(new)
	was, is := map[string]bool{}, map[string]bool{}
	for _, f := range before.findings {
		was[identity(f.Finding)] = true
	}
	for _, f := range after.findings {
		key := identity(f.Finding)
		is[key] = true
		if was[key] {
			c.Still = append(c.Still, *f.Finding)
		} else {
			c.New = append(c.New, *f.Finding)
		}
	}
	again := carriedOut(old, new)
	for _, f := range before.findings {
		switch key := identity(f.Finding); {
		case is[key]:
		case again[key]:
			c.Fixed = append(c.Fixed, *f.Finding)
		default:
			c.Unseen = append(c.Unseen, *f.Finding)
		}
	}
	c.Changed = changes(old, new)
	c.Coverage = deltas(old.Coverage, new.Coverage)
	return c
}

func side(r *scenarios.Result) Side {
	return Side{Command: r.Command, Seed: r.Seed, Targets: slices.Clone(r.Targets), Counts: r.Count(), Clean: r.Clean()}
}

// carriedOut names the findings of the old result of which the new one carried out a test again: their absence says something.
func carriedOut(old, new *scenarios.Result) map[string]bool {
	ran := map[string]bool{}
	eachTest(new, func(_ *scenarios.Suite, t *scenarios.Test) {
		ran[t.ID] = t.Outcome == scenarios.Passed || t.Outcome == scenarios.Failed || t.Outcome == scenarios.Known
	})
	again := map[string]bool{}
	eachTest(old, func(_ *scenarios.Suite, t *scenarios.Test) {
		for i := range t.Findings {
			if ran[t.ID] {
				again[identity(&t.Findings[i])] = true
			}
		}
	})
	return again
}

// changes gives the tests in the order of the new result, then those that it does not have.
func changes(old, new *scenarios.Result) []Change {
	before := map[string]scenarios.Outcome{}
	eachTest(old, func(_ *scenarios.Suite, t *scenarios.Test) { before[t.ID] = t.Outcome })
	var list []Change
	after := map[string]bool{}
	eachTest(new, func(_ *scenarios.Suite, t *scenarios.Test) {
		after[t.ID] = true
		if before[t.ID] != t.Outcome {
			list = append(list, Change{t.ID, t.Name, before[t.ID], t.Outcome, t.Reason})
		}
	})
	eachTest(old, func(_ *scenarios.Suite, t *scenarios.Test) {
		if !after[t.ID] {
			list = append(list, Change{t.ID, t.Name, t.Outcome, "", "the test is not there any more"})
		}
	})
	return list
}

func deltas(old, new *scenarios.Coverage) []Delta {
	var list []Delta
	at := map[dimensionKey]int{}
	put := func(c *scenarios.Coverage, set func(*Delta, scenarios.Share)) {
		if c == nil {
			return
		}
		for _, d := range c.Dimensions {
			key := dimensionKey{d.Contract, d.Name}
			if _, found := at[key]; !found {
				at[key] = len(list)
				list = append(list, Delta{Contract: d.Contract, Name: d.Name})
			}
			set(&list[at[key]], scenarios.Share{Covered: d.Covered, Total: d.Total})
		}
	}
	put(old, func(d *Delta, s scenarios.Share) { d.Old = s })
	put(new, func(d *Delta, s scenarios.Share) { d.New = s })
	return list
}

// Worse says that the new result has a failure that the old one had not, or a test that failed or errored and did not before.
func (c *Comparison) Worse() bool {
	for i := range c.New {
		if weight(&c.New[i]) == 0 {
			return true
		}
	}
	bad := func(o scenarios.Outcome) bool { return o == scenarios.Failed || o == scenarios.Errored }
	return slices.ContainsFunc(c.Changed, func(t Change) bool { return bad(t.New) && !bad(t.Old) })
}
