package reports

import (
	"fmt"
	"io"
	"strings"

	"understudy/scenarios"
)

// writeText writes for a terminal. It needs no colour to be understood, and every line but those of a curl command whose
// words are longer fits the width.
func writeText(o Options, w io.Writer, r *scenarios.Result) error {
	s := look(r)
	p := newPaper(o, w)
	textHead(p, s)
	for i := range r.Suites {
		if r.Suites[i].Kind == rules {
			textCard(p, s, &r.Suites[i])
			continue
		}
		textSuite(p, s, &r.Suites[i])
	}
	textWarnings(p, s)
	textCoverage(p, s)
	textGates(p, s)
	textBaseline(p, s)
	if len(r.Notes) > 0 {
		p.heading("Notes")
		for _, n := range r.Notes {
			p.wrap("  - ", "    ", oneLine(n))
		}
	}
	textEnd(p, s)
	return p.err
}

func textHead(p *paper, s *survey) {
	p.line(p.style(bold, oneLine(strings.TrimSpace(s.Tool.Name+" "+s.Command))) + " " + oneLine(s.Tool.Version))
	for _, t := range s.Targets {
		p.wrap("  ", "    ", oneLine(label(t))+" at "+oneLine(t.URL))
		if t.Control != "" {
			p.wrap("    ", "    ", "controlled through "+oneLine(t.Control))
		}
	}
	if s.Shard != "" {
		p.line("  shard " + oneLine(s.Shard))
	}
}

// textSuite tells the failures of a suite in full and the rest in numbers.
func textSuite(p *paper, s *survey, suite *scenarios.Suite) {
	one := scenarios.Result{Suites: []scenarios.Suite{*suite}}
	n := one.Count()
	p.heading(oneLine(suite.Name))
	what := plural(n.Tests, "test")
	if suite.Source != "" {
		what += " of " + oneLine(suite.Source)
	}
	p.wrap("  ", "  ", what+": "+tally(n))
	for i := range suite.Tests {
		switch t := &suite.Tests[i]; t.Outcome {
		case scenarios.Failed, scenarios.Errored:
			textTest(p, s, t)
		case scenarios.Known:
			p.line("")
			p.wrap(p.style(yellow, "  KNOWN    "), "           ", oneLine(t.ID))
			for k := range t.Findings {
				textKnown(p, &t.Findings[k])
			}
			if len(t.Findings) == 0 && t.Reason != "" {
				p.wrap("           ", "           ", oneLine(t.Reason))
			}
		}
	}
	textSkipped(p, suite)
}

// tally says how many tests came to what, leaving out what did not happen.
func tally(n scenarios.Counts) string {
	var parts []string
	for _, c := range []struct {
		n    int
		word string
	}{{n.Passed, "passed"}, {n.Failed, "failed"}, {n.Errored, "errored"}, {n.Known, "known"}, {n.Skipped, "skipped"}} {
		if c.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", c.n, c.word))
		}
	}
	if len(parts) == 0 {
		return "nothing ran"
	}
	return strings.Join(parts, ", ")
}

// textSkipped gathers skipped tests by their reason.
func textSkipped(p *paper, suite *scenarios.Suite) {
	var reasons []string
	tests := map[string][]string{}
	for i := range suite.Tests {
		if t := &suite.Tests[i]; t.Outcome == scenarios.Skipped {
			if tests[t.Reason] == nil {
				reasons = append(reasons, t.Reason)
			}
			tests[t.Reason] = append(tests[t.Reason], oneLine(t.ID))
		}
	}
	for i, reason := range reasons {
		if i == 0 {
			p.line("")
		}
		if reason == "" {
			reason = "no reason was given"
		}
		list := tests[reasons[i]]
		if len(list) > 8 {
			list = append(list[:7:7], fmt.Sprintf("and %d more", len(list)-7))
		}
		p.wrap(p.style(dim, "  SKIPPED  "), "           ", oneLine(reason))
		p.wrap("             ", "             ", strings.Join(list, ", "))
	}
}

// textEnd is what a reader who sees only the last lines has to know.
func textEnd(p *paper, s *survey) {
	n := s.counts
	v := s.verdict()
	p.line("")
	work := fmt.Sprintf("%s in %s; seed %d", plural(s.Requests, "request"), took(s.Elapsed), s.Seed)
	if s.noun() == "rule" { // nothing was sent, and nothing was made up
		work = plural(s.Requests, "call") + " looked at"
	}
	p.wrap("", "  ", fmt.Sprintf("%s: %s; %s, %s, %s, %d known; %s",
		plural(n.Tests, s.noun()), tally(n), plural(n.Failures, "failure"), plural(n.Warnings, "warning"), plural(n.Notes, "note"), n.KnownFindings, work))
	colour := red
	if v.word == "passed" {
		colour = green
	}
	word := map[string]string{"passed": "PASSED", "failed": "FAILED", "stopped": "STOPPED", "empty": "NOT A PASS"}[v.word]
	p.wrap(p.style(colour, word)+"  ", "        ", oneLine(v.sentence))
}
