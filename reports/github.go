package reports

import (
	"fmt"
	"io"
	"strings"

	"understudy/contracts/check"
	"understudy/scenarios"
)

// annotationsMost is how many annotations of each kind are written. GitHub shows 10 errors and 10 warnings of a step, and 50
// annotations of a job; the rest stands in the log.
const annotationsMost = 50

// writeGitHub writes workflow commands of GitHub Actions: an annotation for each finding at its line of the contract, the
// worst first.
func writeGitHub(o Options, w io.Writer, r *scenarios.Result) error {
	s := look(r)
	a := annotations{w: w, o: o, written: map[string]int{}}
	if v := s.verdict(); v.word == "empty" || v.word == "stopped" {
		a.add("error", check.Place{}, "understudy", v.sentence)
	}
	for _, k := range s.cards() {
		a.add("notice", check.Place{}, "rules for clients of "+k.suite.Contract, joined(": ", k.sentence(), k.details()))
	}
	for _, g := range s.Gates {
		if !g.Passed {
			a.add("error", check.Place{}, "gate "+g.Name, fmt.Sprintf("%s: %s %% were reached, %s %% are required", g.Name, figure(g.Got), figure(g.Want)))
		}
	}
	eachTest(r, func(_ *scenarios.Suite, t *scenarios.Test) {
		if t.Outcome == scenarios.Errored {
			a.add("error", t.At, joined(" ", t.ID, string(t.Outcome)), joined(": ", t.Name, t.Reason))
		}
	})
	for _, f := range append(s.broken(), s.findings...) {
		level, title := "notice", joined(" ", f.Check, f.Title)
		switch weight(f.Finding) {
		case 0:
			level = "error"
		case 1:
			level = "warning"
		case 3:
			title = "known: " + title
		}
		text := joined(": ", operation(f.Finding), f.Message)
		for _, more := range []struct{ name, value string }{{"where", f.Where}, {"wanted", f.Want}, {"got", f.Got}, {"curl", f.Curl}} {
			if more.value != "" {
				text += "\n" + more.name + ": " + cut(more.value, 1000)
			}
		}
		a.add(level, f.where(), title, text)
	}
	a.end()
	return a.err
}

// Annotations is the writer of the format github.
var Annotations Writer = func(w io.Writer, r *scenarios.Result) error { return writeGitHub(Options{}, w, r) }

type annotations struct {
	w       io.Writer
	o       Options
	written map[string]int
	err     error
}

func (a *annotations) add(level string, at check.Place, title, text string) {
	a.written[level]++
	if a.err != nil || a.written[level] > annotationsMost {
		return
	}
	var place []string
	if at.File != "" {
		place = append(place, "file="+property(a.o.path(at.File)))
		if at.Line > 0 {
			place = append(place, fmt.Sprintf("line=%d", at.Line))
		}
	}
	place = append(place, "title="+property(oneLine(cut(title, 200))))
	_, a.err = fmt.Fprintf(a.w, "::%s %s::%s\n", level, strings.Join(place, ","), message(cut(text, 4000)))
}

func (a *annotations) end() {
	for _, level := range []string{"error", "warning", "notice"} {
		if more := a.written[level] - annotationsMost; more > 0 && a.err == nil {
			_, a.err = fmt.Fprintf(a.w, "::notice title=understudy::%d more of level %s stand in the report\n", more, level)
		}
	}
}

// message escapes the text of a workflow command, and property one of its properties.
func message(s string) string {
	s = strings.Join(visibleLines(s), "\n")
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(s)
}

func property(s string) string {
	return strings.NewReplacer(":", "%3A", ",", "%2C").Replace(message(s))
}
