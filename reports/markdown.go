package reports

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"understudy/contracts/check"
	"understudy/scenarios"
)

// markdownMost keeps a summary under the 1 MiB that GitHub takes of a step.
const markdownMost = 1000 << 10

// A markdownDetail is how much is told; a summary that becomes too large is written again with less.
type markdownDetail struct{ failures, text, rows int }

var markdownDetails = []markdownDetail{{200, 8 << 10, 500}, {100, 2 << 10, 200}, {50, 1 << 10, 100}, {10, 500, 20}}

// writeMarkdown writes a summary for a step of a CI system or a comment: tables, and failures that unfold.
func writeMarkdown(_ Options, w io.Writer, r *scenarios.Result) error {
	s := look(r)
	var b bytes.Buffer
	for _, d := range markdownDetails {
		b.Reset()
		m := markdown{&b, s, d}
		m.head()
		m.cards()
		m.suites()
		m.failures()
		m.findings()
		m.coverage()
		m.gates()
		m.baseline()
		m.end()
		if b.Len() <= markdownMost {
			break
		}
	}
	_, err := w.Write(b.Bytes()[:min(b.Len(), 1<<20)])
	return err
}

type markdown struct {
	*bytes.Buffer
	*survey
	markdownDetail
}

func (m *markdown) line(format string, values ...any) {
	fmt.Fprintf(m.Buffer, format+"\n", values...)
}

// code shows text in the type of code, anywhere: backticks could be closed by what they hold, in a table by a bar.
func code(s string) string {
	if s == "" {
		return ""
	}
	return "<code>" + markdownText(s) + "</code>"
}

// fence shows text as a block of code behind a fence that is longer than any in it.
func (m *markdown) fence(language, text string) {
	text = strings.Join(visibleLines(strings.TrimRight(cut(text, m.text), "\n")), "\n")
	longest, run := 2, 0
	for _, r := range text {
		if r == '`' {
			run++
			longest = max(longest, run)
		} else {
			run = 0
		}
	}
	mark := strings.Repeat("`", longest+1)
	m.line("\n%s%s\n%s\n%s\n", mark, language, text, mark)
}

func (m *markdown) head() {
	sign := map[string]string{"passed": "✅", "failed": "❌", "stopped": "⚠️", "empty": "⚠️"}
	v := m.verdict()
	m.line("## %s %s", sign[v.word], markdownText(strings.TrimSpace(m.Tool.Name+" "+m.Command)))
	m.line("\n**%s**\n", markdownText(v.sentence))
	for _, t := range m.Targets {
		m.line("- %s at %s", markdownText(label(t)), code(t.URL))
	}
}

func (m *markdown) suites() {
	m.line("\n| Suite | Tests | Passed | Failed | Errored | Known | Skipped |\n|---|--:|--:|--:|--:|--:|--:|")
	for i := range m.Suites {
		if i == m.rows {
			m.line("| and %d more | | | | | | |", len(m.Suites)-i)
			break
		}
		one := scenarios.Result{Suites: m.Suites[i : i+1]}
		n := one.Count()
		m.line("| %s | %d | %d | %d | %d | %d | %d |", markdownText(cut(m.Suites[i].Name, 200)), n.Tests, n.Passed, n.Failed, n.Errored, n.Known, n.Skipped)
	}
	if n := m.counts; len(m.Suites) > 1 {
		m.line("| **all** | %d | %d | %d | %d | %d | %d |", n.Tests, n.Passed, n.Failed, n.Errored, n.Known, n.Skipped)
	}
}

func (m *markdown) failures() {
	shown := 0
	eachTest(m.Result, func(_ *scenarios.Suite, t *scenarios.Test) {
		if t.Outcome != scenarios.Failed && t.Outcome != scenarios.Errored {
			return
		}
		if shown++; shown > m.markdownDetail.failures {
			return
		}
		if shown == 1 {
			m.line("\n### Failures\n")
		}
		m.failure(t)
	})
	if more := shown - m.markdownDetail.failures; more > 0 {
		m.line("\n%d more tests failed; they stand in the other formats.\n", more)
	}
}

func (m *markdown) failure(t *scenarios.Test) {
	m.line("<details><summary>%s %s %s</summary>\n", map[bool]string{true: "❌", false: "⚠️"}[t.Outcome == scenarios.Failed],
		code(cut(t.ID, 300)), markdownText(cut(t.Name, 300)))
	if t.Reason != "" && !said(t) {
		m.line("%s\n", markdownText(cut(t.Reason, m.text)))
	}
	failedSteps(t.Steps, "", func(way string, s *scenarios.Step) {
		m.line("- step %s: %s", code(way), markdownText(joined(", ", cut(s.Reason, m.text), place(s.At))))
		for _, c := range s.Criteria {
			if !c.Passed {
				m.line("  - %s %s", code(cut(c.Condition, m.text)), markdownText(cut(c.Detail, m.text)))
			}
		}
	})
	for i := range t.Findings {
		if i == 20 {
			m.line("- and %d findings more", len(t.Findings)-i)
			break
		}
		m.finding(&t.Findings[i])
	}
	m.line("\n</details>\n")
}

func (m *markdown) finding(f *check.Finding) {
	m.line("\n**%s** %s (%s)\n", markdownText(f.Check), markdownText(f.Title), markdownText(joined(", ", string(f.Level), string(f.Certainty), knownWord(f))))
	m.line("%s\n", markdownText(cut(f.Message, m.text)))
	for _, more := range []struct{ name, value string }{
		{"operation", operation(f)}, {"where", f.Where}, {"wanted", f.Want}, {"got", f.Got}, {placeName(f), joined(" ", place(f.At), f.At.Pointer)},
		{"basis", joined(": ", string(f.Basis), f.Norm)}, {"advice", f.Advice}, {"fingerprint", f.Fingerprint},
	} {
		if more.value != "" {
			m.line("- %s: %s", more.name, code(cut(more.value, m.text)))
		}
	}
	curl := f.Curl
	if e := m.exchanges[f.Exchange]; e != nil && curl == "" {
		curl = e.Curl
	}
	if curl != "" {
		m.fence("sh", curl)
	}
}

func (m *markdown) end() {
	if len(m.Notes) > 0 {
		m.line("\n### Notes\n")
		for _, n := range m.Notes {
			m.line("- %s", markdownText(cut(n, m.text)))
		}
	}
	n := m.counts
	m.line("\n%s, %s in %s, seed %d; %s, %s, %s, %d known.", plural(n.Tests, "test"), plural(m.Requests, "request"), took(m.Elapsed), m.Seed,
		plural(n.Failures, "failure"), plural(n.Warnings, "warning"), plural(n.Notes, "note"), n.KnownFindings)
}
