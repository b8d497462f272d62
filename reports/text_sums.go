package reports

import (
	"fmt"
	"strings"

	"understudy/contracts/check"
	"understudy/scenarios"
)

// textWarnings tells what does not fail the run, each finding once.
func textWarnings(p *paper, s *survey) {
	for _, part := range []struct {
		heading string
		level   check.Level
	}{{"Warnings", check.Warning}, {"Notes of the checks", check.Note}} {
		first := true
		for _, f := range s.findings {
			if f.Level != part.level || known(f.Finding) || f.suite.Kind == rules && part.level == check.Warning { // a card tells of its own
				continue
			}
			if first {
				p.heading(part.heading)
				first = false
			}
			times := ""
			if f.times > 1 {
				times = fmt.Sprintf(" (%d times)", f.times)
			}
			p.wrap("  "+p.style(yellow, oneLine(f.Check))+"  ", "    ", oneLine(joined(": ", operation(f.Finding), f.Message))+times)
			if at := joined(", ", f.Where, place(f.At)); at != "" {
				p.wrap("    ", "    ", oneLine(at))
			}
		}
	}
}

// gapsShown is how many gaps of a dimension stand in the text; the rest is in the other formats.
const gapsShown = 5

func textCoverage(p *paper, s *survey) {
	if s.Coverage == nil || len(s.Coverage.Dimensions) == 0 {
		return
	}
	p.heading("Coverage")
	many := len(s.Targets) > 1
	for i := range s.Coverage.Dimensions {
		d := &s.Coverage.Dimensions[i]
		name := d.Name
		if many {
			name = d.Contract + " " + name
		}
		p.line(fmt.Sprintf("  %-24s %s %s %d/%d", shorten(oneLine(name), 24), p.style(cyan, bar(d.Covered, d.Total)), wholePercent(d.Covered, d.Total), d.Covered, d.Total))
		if d.Documented.Total+d.Assumed.Total > 0 {
			p.line(fmt.Sprintf("  %-24s documented %d/%d, assumed %d/%d", "", d.Documented.Covered, d.Documented.Total, d.Assumed.Covered, d.Assumed.Total))
		}
		for k, g := range d.Gaps {
			if k == gapsShown {
				p.line(fmt.Sprintf("    - and %d more", len(d.Gaps)-k))
				break
			}
			p.wrap("    - ", "      ", oneLine(joined(": ", g.Name, g.Reason)))
		}
	}
}

// bar draws a share in 24 columns. It is full only when all is covered, and empty only when nothing is.
func bar(covered, total int) string {
	const width = 24
	filled := 0
	if total > 0 {
		filled = min(max(covered*width/total, 0), width)
		if covered > 0 && filled == 0 {
			filled = 1
		}
	}
	return "[" + strings.Repeat("#", filled) + strings.Repeat("-", width-filled) + "]"
}

// wholePercent rounds down, so that 100 means all. Of nothing there is no share.
func wholePercent(covered, total int) string {
	if total == 0 {
		return "   -"
	}
	return fmt.Sprintf("%3d%%", int(percent(covered, total)))
}

func textGates(p *paper, s *survey) {
	if len(s.Gates) == 0 {
		return
	}
	p.heading("Gates")
	for _, g := range s.Gates {
		word, colour := "met", green
		if !g.Passed {
			word, colour = "MISSED", red
		}
		p.line("  " + p.style(colour, fmt.Sprintf("%-7s", word)) + fmt.Sprintf(" %s: %s %% of %s %% wanted", oneLine(g.Name), figure(g.Got), figure(g.Want)))
	}
}

// figure shows per cents with one decimal where there is one, rounded down: 99.96 has not reached 100.
func figure(f float64) string {
	if f != f {
		return "no"
	}
	return strings.TrimSuffix(fmt.Sprintf("%.1f", float64(int64(f*10))/10), ".0")
}

func textBaseline(p *paper, s *survey) {
	b := s.Baseline
	if b == nil {
		return
	}
	p.heading("Baseline " + oneLine(b.File))
	p.line(fmt.Sprintf("  %d known, %d new, %d gone, %d expired", b.Known, b.New, len(b.Gone), len(b.Expired)))
	list := func(word string, entries []scenarios.Absent) {
		for _, a := range entries {
			until := ""
			if a.Until != "" {
				until = "until " + a.Until
			}
			p.wrap(fmt.Sprintf("  %-8s ", word), "           ", oneLine(joined(" ", a.Check, a.Operation, a.Where, a.Fingerprint)))
			p.wrap("           ", "           ", oneLine(joined(", ", a.Reason, until)))
		}
	}
	list("gone", b.Gone)
	list("expired", b.Expired)
}
