package reports

import (
	"fmt"

	"understudy/scenarios"
)

// findings lists what fails no gate: warnings, notes, and what is known.
func (m *markdown) findings() {
	for _, part := range []struct {
		heading string
		weight  int
	}{{"Warnings", 1}, {"Notes of the checks", 2}, {"Known", 3}} {
		rows := 0
		for _, f := range m.survey.findings {
			if weight(f.Finding) != part.weight {
				continue
			}
			if rows++; rows == 1 {
				m.line("\n<details><summary>%s</summary>\n", part.heading)
				m.line("| Check | Operation | What | Contract | Times |\n|---|---|---|---|--:|")
			}
			if rows > m.rows {
				continue
			}
			what := markdownText(cut(f.Message, 300))
			if f.Known != nil {
				what += " (" + markdownText(cut(knownReason(f.Finding), 300)) + ")"
			}
			m.line("| %s | %s | %s | %s | %d |", markdownText(f.Check), code(cut(operation(f.Finding), 200)), what, code(place(f.At)), f.times)
		}
		if rows > m.rows {
			m.line("| | | and %d more | | |", rows-m.rows)
		}
		if rows > 0 {
			m.line("\n</details>")
		}
	}
}

func (m *markdown) coverage() {
	if m.Coverage == nil || len(m.Coverage.Dimensions) == 0 {
		return
	}
	m.line("\n### Coverage\n\n| Contract | What | Share | | Open |\n|---|---|--:|--:|---|")
	for i, d := range m.Coverage.Dimensions {
		if i == m.rows {
			break
		}
		share := "-"
		if d.Total > 0 {
			share = fmt.Sprintf("%d %%", int(percent(d.Covered, d.Total)))
		}
		counted := fmt.Sprintf("%d/%d", d.Covered, d.Total)
		if d.Documented.Total+d.Assumed.Total > 0 {
			counted += fmt.Sprintf("<br>documented %d/%d<br>assumed %d/%d", d.Documented.Covered, d.Documented.Total, d.Assumed.Covered, d.Assumed.Total)
		}
		gaps := ""
		for k, g := range d.Gaps {
			if k == gapsShown {
				gaps += fmt.Sprintf("<br>and %d more", len(d.Gaps)-k)
				break
			}
			if k > 0 {
				gaps += "<br>"
			}
			gaps += markdownText(cut(joined(": ", g.Name, g.Reason), 200))
		}
		m.line("| %s | %s | %s | %s | %s |", markdownText(d.Contract), markdownText(d.Name), share, counted, gaps)
	}
}

func (m *markdown) gates() {
	if len(m.Gates) == 0 {
		return
	}
	m.line("\n### Gates\n\n| Gate | Wanted | Reached | |\n|---|--:|--:|---|")
	for _, g := range m.Gates {
		sign := "✅"
		if !g.Passed {
			sign = "❌ missed"
		}
		m.line("| %s | %s %% | %s %% | %s |", markdownText(g.Name), figure(g.Want), figure(g.Got), sign)
	}
}

func (m *markdown) baseline() {
	b := m.Baseline
	if b == nil {
		return
	}
	m.line("\n### Baseline\n\n%s: %d known, %d new, %d gone, %d expired.\n", code(b.File), b.Known, b.New, len(b.Gone), len(b.Expired))
	list := func(word string, entries []scenarios.Absent) {
		for i, a := range entries {
			if i == m.rows {
				m.line("- and %d more", len(entries)-i)
				break
			}
			until := ""
			if a.Until != "" {
				until = "until " + a.Until
			}
			m.line("- %s: %s %s", word, code(joined(" ", a.Check, a.Operation, a.Where, a.Fingerprint)), markdownText(joined(", ", cut(a.Reason, 300), until)))
		}
	}
	list("gone", b.Gone)
	list("expired", b.Expired)
}
