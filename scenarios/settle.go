package scenarios

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"understudy/contracts"
	"understudy/contracts/check"
)

// A Settlement says how a result is finished: what is known, what is asked for, what there is to cover. The zero value only counts.
type Settlement struct {
	Baseline *check.Baseline // what is known; nil: nothing is
	Require  []Gate          // bounds on coverage, Name and Want set
	// Looked says whether a check was carried out: entries of the baseline for others are not told to be gone. nil: all were.
	Looked func(id string) bool
	// Branches lists what the requests of a contract can cover; nil: schema branches are no dimension.
	Branches func(*contracts.Contract) []Branch
	// Requirements are the rows that contracts document, by name of the contract.
	Requirements map[string][]Requirement
	// Strict counts warnings as failures.
	Strict bool
}

// Settle finishes a result of the run: findings that the baseline knows fail nothing any more, coverage is counted, and gates
// are judged. It may be called once for a result.
func (r *Run) Settle(result *Result, s Settlement) {
	if s.Strict {
		eachTest(result, func(t *Test) {
			raise(t.Findings)
			raiseSteps(t.Steps)
			judgeFindings(t)
		})
	}
	if s.Baseline != nil {
		result.Baseline = applyBaseline(result, s)
	}
	result.Coverage = r.covered(result, s)
	result.Require(s.Require)
}

// Require judges gates by the coverage of a result and adds them to it.
func (r *Result) Require(gates []Gate) {
	for _, g := range gates {
		r.Gates = append(r.Gates, judgeGate(g, r.Coverage))
	}
}

func raise(findings []check.Finding) {
	for i := range findings {
		if findings[i].Level == check.Warning {
			findings[i].Level = check.Failure
		}
	}
}

func raiseSteps(steps []Step) {
	for i := range steps {
		raise(steps[i].Findings)
		raiseSteps(steps[i].Steps)
	}
}

// applyBaseline marks what is known, in tests and in their steps, and settles the tests anew.
func applyBaseline(result *Result, s Settlement) *Baseline {
	var all []check.Finding
	eachTest(result, func(t *Test) { all = append(all, t.Findings...) })
	compared := s.Baseline.Apply(all)
	next := 0
	eachTest(result, func(t *Test) {
		known := map[string]*check.Known{}
		for i := range t.Findings {
			t.Findings[i].Known = all[next].Known
			known[t.Findings[i].Fingerprint] = all[next].Known
			next++
		}
		markSteps(t.Steps, known)
		judgeFindings(t)
	})
	b := &Baseline{File: s.Baseline.File, Known: compared.Known, New: compared.New}
	for _, e := range compared.Gone {
		if result.Stopped == "" && (s.Looked == nil || s.Looked(e.Check)) {
			b.Gone = append(b.Gone, absentEntry(e))
		}
	}
	for _, e := range compared.Expired {
		b.Expired = append(b.Expired, absentEntry(e))
	}
	return b
}

func absentEntry(e check.Entry) Absent {
	return Absent{Fingerprint: e.Fingerprint, Check: e.Check, Operation: e.Operation, Where: e.Where, Reason: e.Reason, Until: e.Until}
}

func markSteps(steps []Step, known map[string]*check.Known) {
	for i := range steps {
		for j := range steps[i].Findings {
			if k := known[steps[i].Findings[j].Fingerprint]; k != nil {
				steps[i].Findings[j].Known = k
			}
		}
		markSteps(steps[i].Steps, known)
	}
}

func eachTest(r *Result, do func(*Test)) {
	for i := range r.Suites {
		for j := range r.Suites[i].Tests {
			do(&r.Suites[i].Tests[j])
		}
	}
}

// Findings gives the findings of all tests, each fingerprint once.
func (r *Result) Findings() []check.Finding {
	var list []check.Finding
	seen := map[string]bool{}
	eachTest(r, func(t *Test) {
		for _, f := range t.Findings {
			if !seen[f.Fingerprint] {
				seen[f.Fingerprint] = true
				list = append(list, f)
			}
		}
	})
	return list
}

// covered counts what was seen of all contracts that are examined.
func (r *Run) covered(result *Result, s Settlement) *Coverage {
	c := &Coverage{}
	r.mu.Lock()
	deployed := slices.Clone(r.deployed)
	r.mu.Unlock()
	for _, d := range deployed {
		if d.checks == nil || d.Management || d.Beside {
			continue
		}
		var branches []Branch
		if s.Branches != nil {
			branches = s.Branches(d.Contract)
		}
		c.Dimensions = append(c.Dimensions, d.coverage.dimensions(branches, d.Careful())...)
		if list := s.Requirements[d.Contract.Name]; len(list) > 0 {
			c.Dimensions = append(c.Dimensions, coverRequirements(d.Contract.Name, list, result))
		}
	}
	if len(c.Dimensions) == 0 {
		return nil
	}
	return c
}

// GateNames are the dimensions that a gate can bound.
func GateNames() []string {
	return []string{"operations", "statuses", "media-types", "parameters", "schema-branches", "security", "webhooks", "requirements"}
}

// ParseGate reads "operations=100", per cent.
func ParseGate(text string) (Gate, error) {
	name, share, ok := strings.Cut(text, "=")
	want, err := strconv.ParseFloat(strings.TrimSuffix(share, "%"), 64)
	if !ok || err != nil || !(want >= 0 && want <= 100) {
		return Gate{}, fmt.Errorf("the gate %q: want one like operations=100, with per cent from 0 to 100", text)
	}
	if !slices.Contains(GateNames(), name) {
		return Gate{}, fmt.Errorf("the gate %q: there is no coverage of %q; there is that of %s", text, name, strings.Join(GateNames(), ", "))
	}
	return Gate{Name: name, Want: want}, nil
}

// judgeGate compares a gate with the coverage of all contracts together. Where there is nothing to cover it is passed.
func judgeGate(g Gate, c *Coverage) Gate {
	covered, total := 0, 0
	if c != nil {
		for _, d := range c.Dimensions {
			if d.Name == g.Name {
				covered, total = covered+d.Covered, total+d.Total
			}
		}
	}
	if g.Got = 100; total > 0 {
		g.Got = 100 * float64(covered) / float64(total)
	}
	g.Passed = g.Got >= g.Want
	return g
}

// The exit statuses that results come to.
const (
	StatusClean    = 0
	StatusFindings = 1
	StatusFailure  = 2
)

// Status is what a result comes to as an exit status, and why in one sentence. Clean is 0. Failures, tests that could not be carried
// out, gates that are not met, runs that ended before their end and those that examined nothing are 1. It is 2 where the run was
// interrupted, and where nothing could be examined because everything that was tried met an error. One part of several may examine
// nothing: their join is judged.
func (r *Result) Status() (status int, why string) {
	n := r.Count()
	examined := n.Passed + n.Failed + n.Known
	switch {
	case strings.Contains(r.Stopped, "interrupted"):
		return StatusFailure, "the run was interrupted; the reports hold what was done until then"
	case examined == 0 && n.Errored > 0:
		return StatusFailure, "nothing could be examined: " + r.firstReason(Errored)
	case examined == 0 && r.Shard != "":
		return StatusClean, "" // the whole says whether anything was
	case n.Tests == 0:
		return StatusFindings, "nothing was examined: no test was chosen"
	case examined == 0:
		return StatusFindings, fmt.Sprintf("nothing was examined: all %d tests were skipped; the first since %s", n.Tests, cmp.Or(r.firstReason(Skipped), "of no reason that it gives"))
	case r.Clean():
		return StatusClean, ""
	case n.Failed > 0 || n.Failures > 0:
		return StatusFindings, fmt.Sprintf("%d of %d tests failed", n.Failed, n.Tests)
	case n.Errored > 0:
		return StatusFindings, fmt.Sprintf("%d of %d tests could not be carried out: %s", n.Errored, n.Tests, r.firstReason(Errored))
	case r.Stopped != "":
		return StatusFindings, fmt.Sprintf("the run ended early (%s): %d of %d tests were skipped", r.Stopped, n.Skipped, n.Tests)
	}
	for _, g := range r.Gates {
		if !g.Passed {
			return StatusFindings, fmt.Sprintf("the coverage of %s is %.1f %%, and %g %% is required", g.Name, g.Got, g.Want)
		}
	}
	return StatusFindings, "the result is not clean"
}

func (r *Result) firstReason(o Outcome) string {
	reason := ""
	eachTest(r, func(t *Test) {
		if t.Outcome == o && reason == "" {
			reason = t.Reason
		}
	})
	return reason
}
