package receiver

import (
	"slices"

	"understudy/contracts/check"
	"understudy/scenarios"
)

// A proof says which trials show that a receiver keeps a documented requirement: all of these checks, for all events of the
// contract.
type proof struct {
	contract, requirement string
	checks                []string
}

var verification = []string{"RCV-001", "RCV-003", "RCV-004", "RCV-005", "RCV-006", "RCV-007", "RCV-010", "RCV-011", "RCV-012"}

var proofs = []proof{
	{"ecosire", "ECOSIRE-69", verification},
	{"ecosire", "ECOSIRE-70", []string{"RCV-003", "RCV-004", "RCV-005", "RCV-006", "RCV-007", "RCV-010", "RCV-012", "RCV-013"}},
	{"eckospace", "ECKOSPACE-24", verification},
	{"eckospace", "ECKOSPACE-25", []string{"RCV-018", "RCV-020"}},
}

// prove writes the requirements to the tests: to all that were looked at when the whole of them shows it, else only to those
// that show the contrary.
func (s *session) prove() {
	for _, p := range proofs {
		if p.contract != s.options.Contract.Name {
			continue
		}
		shown := s.whole
		for i := range s.suite.Tests {
			t := &s.suite.Tests[i]
			if !slices.Contains(p.checks, t.Check) {
				continue
			}
			shown = shown && t.Outcome == scenarios.Passed && !complains(t)
		}
		for _, id := range p.checks {
			shown = shown && s.selected.Has(id)
		}
		for i := range s.suite.Tests {
			t := &s.suite.Tests[i]
			if slices.Contains(p.checks, t.Check) && (shown || t.Outcome == scenarios.Failed) {
				t.Requirements = append(t.Requirements, p.requirement)
			}
		}
		if shown {
			s.run.Note("All that shows " + p.requirement + " was tried and passed.")
		}
	}
}

// complains says whether a test found more than a note.
func complains(t *scenarios.Test) bool {
	return slices.ContainsFunc(t.Findings, func(f check.Finding) bool { return f.Level != check.Note })
}
