package reports

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"understudy/contracts/check"
	"understudy/scenarios"
)

// Write writes the comparison as text, markdown or json.
func (c *Comparison) Write(format string, w io.Writer, o Options) error {
	b := bufio.NewWriter(w)
	var err error
	switch format {
	case "text":
		p := newPaper(o, b)
		c.text(p)
		err = p.err
	case "markdown":
		c.markdown(b)
	case "json":
		err = encode(b, c)
	default:
		return fmt.Errorf("a comparison is written as text, markdown or json, not as %q", format)
	}
	if err == nil {
		err = b.Flush()
	}
	if err != nil {
		return fmt.Errorf("write comparison: %w", err)
	}
	return nil
}

// MarshalJSON gives the names that scripts use; lists are never null.
func (c *Comparison) MarshalJSON() ([]byte, error) {
	type findings = []check.Finding
	list := func(f findings) findings { return append(findings{}, f...) }
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(struct {
		Old      Side     `json:"old"`
		New      Side     `json:"new"`
		Worse    bool     `json:"worse"`
		Added    findings `json:"newFindings"`
		Fixed    findings `json:"fixed"`
		Still    findings `json:"still"`
		Unseen   findings `json:"notExamined"`
		Changed  []Change `json:"changed"`
		Coverage []Delta  `json:"coverage"`
	}{c.Before, c.After, c.Worse(), list(c.New), list(c.Fixed), list(c.Still), list(c.Unseen),
		append([]Change{}, c.Changed...), append([]Delta{}, c.Coverage...)})
	return b.Bytes(), err
}

// groups are the findings of a comparison in the order in which they are told.
func (c *Comparison) groups() []struct {
	word, heading string
	list          []check.Finding
} {
	return []struct {
		word, heading string
		list          []check.Finding
	}{
		{"NEW", "New", c.New}, {"FIXED", "Fixed", c.Fixed}, {"STILL", "Still there", c.Still}, {"UNSEEN", "Not examined again", c.Unseen},
	}
}

func (s Side) label() string {
	var parts []string
	for _, t := range s.Targets {
		parts = append(parts, label(t)+" at "+t.URL)
	}
	return strings.Join(parts, ", ")
}

func (c *Comparison) text(p *paper) {
	for _, s := range []struct {
		word string
		side Side
	}{{"old", c.Before}, {"new", c.After}} {
		p.wrap("  "+s.word+"  ", "       ", fmt.Sprintf("%s: %s (%s)", oneLine(s.side.label()), plural(s.side.Counts.Tests, "test"), tally(s.side.Counts)))
	}
	for _, g := range c.groups() {
		if len(g.list) == 0 {
			continue
		}
		p.heading(fmt.Sprintf("%s: %s", g.heading, plural(len(g.list), "finding")))
		colour := map[string]string{"NEW": red, "FIXED": green}[g.word]
		for i := range g.list {
			f := &g.list[i]
			word := fmt.Sprintf("  %-8s ", g.word)
			if colour != "" {
				word = p.style(colour, word)
			}
			p.wrap(word, "           ", oneLine(f.Check+" "+joined(": ", operation(f), f.Message))+knownMark(f))
			if at := joined(", ", f.Where, place(f.At)); at != "" {
				p.wrap("           ", "           ", oneLine(at))
			}
			if g.word == "NEW" {
				textCurl(p, f.Curl)
			}
		}
	}
	if len(c.Changed) > 0 {
		p.heading("Tests that came to something else")
		for _, t := range c.Changed {
			p.wrap("  ", "    ", oneLine(fmt.Sprintf("%s: %s -> %s", t.ID, orNone(t.Old), orNone(t.New))))
			if t.Reason != "" {
				p.wrap("      ", "      ", oneLine(t.Reason))
			}
		}
	}
	c.textCoverage(p)
	p.line("")
	p.wrap("", "  ", c.summary())
}

func knownMark(f *check.Finding) string {
	if known(f) {
		return " (known)"
	}
	return ""
}

func orNone(o scenarios.Outcome) string {
	if o == "" {
		return "not there"
	}
	return string(o)
}

func (c *Comparison) textCoverage(p *paper) {
	first := true
	for _, d := range c.Coverage {
		if d.Old == d.New {
			continue
		}
		if first {
			p.heading("Coverage")
			first = false
		}
		p.wrap("  ", "    ", fmt.Sprintf("%s %s: %d/%d -> %d/%d", oneLine(d.Contract), oneLine(d.Name), d.Old.Covered, d.Old.Total, d.New.Covered, d.New.Total))
	}
}

func (c *Comparison) summary() string {
	word := "not worse"
	if c.Worse() {
		word = "WORSE"
	}
	return fmt.Sprintf("%s: %d new, %d fixed, %d still there, %d not examined again; %s", word, len(c.New), len(c.Fixed), len(c.Still), len(c.Unseen),
		plural(len(c.Changed), "test")+" changed")
}

func (c *Comparison) markdown(w io.Writer) {
	line := func(format string, values ...any) { fmt.Fprintf(w, format+"\n", values...) } // the buffer keeps the error
	line("## Comparison\n\n**%s**\n", markdownText(c.summary()))
	line("| | Target | Tests | Passed | Failed | Errored | Known | Skipped |\n|---|---|--:|--:|--:|--:|--:|--:|")
	for _, s := range []struct {
		word string
		side Side
	}{{"old", c.Before}, {"new", c.After}} {
		n := s.side.Counts
		line("| %s | %s | %d | %d | %d | %d | %d | %d |", s.word, markdownText(s.side.label()), n.Tests, n.Passed, n.Failed, n.Errored, n.Known, n.Skipped)
	}
	for _, g := range c.groups() {
		if len(g.list) == 0 {
			continue
		}
		line("\n### %s (%d)\n\n| Check | Operation | What | Where | Contract |\n|---|---|---|---|---|", g.heading, len(g.list))
		for i := range g.list {
			f := &g.list[i]
			if i == 500 {
				line("| | | and %d more | | |", len(g.list)-i)
				break
			}
			line("| %s | %s | %s%s | %s | %s |", markdownText(f.Check), code(operation(f)), markdownText(cut(f.Message, 300)), knownMark(f), code(f.Where), code(place(f.At)))
		}
	}
	if len(c.Changed) > 0 {
		line("\n### Tests that came to something else\n\n| Test | Old | New | Why |\n|---|---|---|---|")
		for i, t := range c.Changed {
			if i == 500 {
				line("| and %d more | | | |", len(c.Changed)-i)
				break
			}
			line("| %s | %s | %s | %s |", code(t.ID), orNone(t.Old), orNone(t.New), markdownText(cut(t.Reason, 300)))
		}
	}
	if len(c.Coverage) > 0 {
		line("\n### Coverage\n\n| Contract | What | Old | New |\n|---|---|--:|--:|")
		for _, d := range c.Coverage {
			line("| %s | %s | %d/%d | %d/%d |", markdownText(d.Contract), markdownText(d.Name), d.Old.Covered, d.Old.Total, d.New.Covered, d.New.Total)
		}
	}
}
