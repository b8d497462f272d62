package reports

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"understudy/contracts/check"
	"understudy/scenarios"
)

func junitOfTest(o Options, s *survey, suite *scenarios.Suite, t *scenarios.Test, d junitDetail) junitCase {
	group, class := suite.Name, suite.Kind
	if t.Operation != "" {
		class = t.Operation
	}
	if t.Check != "" && len(t.Tags) > 0 {
		group = t.Tags[0]
	}
	name := t.Name
	if name == "" {
		name = t.ID
	}
	at := t.At
	if f := worst(t); f != nil && f.At.File != "" {
		at = f.At
	}
	c := junitCase{
		Name: cut(oneLine(joined(" ", t.Check, name)), 500), Classname: "conformance." + className(group) + "." + className(class),
		File: oneLine(o.path(at.File)), Line: max(at.Line, 0), Time: seconds(t.Elapsed),
	}
	switch t.Outcome {
	case scenarios.Failed:
		c.Failure = junitFailed(s, t, d)
	case scenarios.Errored:
		c.Error = junitFailed(s, t, d)
	case scenarios.Skipped:
		c.Skipped = &junitSkipped{oneLine(cut(t.Reason, d.text))}
	case scenarios.Known:
		c.Skipped = &junitSkipped{oneLine(cut(knownAs(t), d.text))}
	}
	if out := junitOut(s, t, d); out != "" {
		c.Out = &junitText{out}
	}
	return c
}

// worst gives the finding that a test is judged by; nil: none.
func worst(t *scenarios.Test) *check.Finding {
	var best *check.Finding
	for i := range t.Findings {
		if f := &t.Findings[i]; best == nil || weight(f) < weight(best) {
			best = f
		}
	}
	return best
}

// knownAs says for a test that failed only as expected why it is no failure.
func knownAs(t *scenarios.Test) string {
	var parts []string
	for i := range t.Findings {
		f := &t.Findings[i]
		if f.Known == nil {
			continue
		}
		text := "known: " + joined(" ", f.Check, f.Fingerprint)
		if f.Known.Until != "" {
			text += " until " + f.Known.Until
		}
		if text = joined(": ", text, f.Known.Reason); !slices.Contains(parts, text) {
			parts = append(parts, text)
		}
	}
	if len(parts) == 0 {
		return joined(": ", "known", t.Reason)
	}
	return strings.Join(parts, "; ")
}

func junitFailed(s *survey, t *scenarios.Test, d junitDetail) *junitFailure {
	x := &junitFailure{Type: string(t.Outcome)}
	x.Message = t.Reason
	if f := worst(t); f != nil && weight(f) == 0 {
		x.Type = f.Check
		x.Message = joined(": ", f.Check, f.Message)
	}
	if x.Message == "" {
		x.Message = "it " + string(t.Outcome)
	}
	text := x.Message + "\n"
	if t.Reason != "" && !strings.Contains(x.Message, t.Reason) {
		text += t.Reason + "\n"
	}
	text += explanation(s, t)
	x.Type, x.Message, x.Text = oneLine(x.Type), oneLine(cut(x.Message, min(1000, d.text))), xmlText(cut(text, d.text))
	return x
}

// explanation tells a failure in plain lines: steps that went wrong, then the findings.
func explanation(s *survey, t *scenarios.Test) string {
	var b strings.Builder
	field := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "  %s: %s\n", name, strings.ReplaceAll(value, "\n", "\n    "))
		}
	}
	failedSteps(t.Steps, "", func(way string, step *scenarios.Step) {
		fmt.Fprintf(&b, "\nstep %s: %s\n", way, step.Reason)
		field("at", place(step.At))
		for _, c := range step.Criteria {
			if !c.Passed {
				field("criterion", c.Condition)
				field("because", c.Detail)
			}
		}
		if e := s.exchanges[step.Exchange]; e != nil {
			field("exchange", exchangeLine(e))
		}
	})
	for i := range t.Findings {
		f := &t.Findings[i]
		fmt.Fprintf(&b, "\n%s %s [%s]\n  %s\n", f.Check, f.Title, joined(", ", string(f.Level), string(f.Certainty), knownWord(f)), f.Message)
		field("operation", operation(f))
		field("where", f.Where)
		field("wanted", f.Want)
		field("got", f.Got)
		field(placeName(f), joined(" ", place(f.At), f.At.Pointer))
		field("basis", joined(": ", string(f.Basis), f.Norm))
		field("advice", f.Advice)
		field("fingerprint", f.Fingerprint)
	}
	return b.String()
}

// knownWord says that a finding is in the baseline, was expected, or was known until a date that is over.
func knownWord(f *check.Finding) string {
	switch {
	case f.Known == nil:
		return ""
	case f.Known.Expired:
		return "known until " + f.Known.Until + ", which is over"
	case f.Known.Expect:
		return "expected"
	case f.Known.Until != "":
		return "known until " + f.Known.Until
	}
	return "known"
}

// junitOut holds the commands and exchanges of a test that did not simply pass, and what passed with a warning.
func junitOut(s *survey, t *scenarios.Test, d junitDetail) string {
	var b strings.Builder
	if t.Outcome == scenarios.Passed || t.Outcome == scenarios.Skipped {
		for i := range t.Findings {
			f := &t.Findings[i]
			fmt.Fprintf(&b, "%s: %s %s %s\n", f.Level, f.Check, operation(f), cut(f.Message, d.text))
		}
		return attachmentless(xmlText(b.String()))
	}
	if d.body == 0 {
		return ""
	}
	shown := map[int]bool{}
	show := func(number int, curl string) {
		e := s.exchanges[number]
		if curl == "" && e != nil {
			curl = e.Curl
		}
		if shown[number] || len(shown) >= 10 {
			return
		}
		shown[number] = true
		if curl != "" {
			fmt.Fprintf(&b, "$ %s\n\n", cut(curl, d.body))
		}
		if e != nil {
			exchangeText(&b, e, d.body)
		}
	}
	for i := range t.Findings {
		show(t.Findings[i].Exchange, t.Findings[i].Curl)
	}
	if len(t.Findings) == 0 && len(t.Steps) == 0 && len(t.Exchanges) > 0 {
		show(t.Exchanges[len(t.Exchanges)-1], "")
	}
	failedSteps(t.Steps, "", func(_ string, step *scenarios.Step) {
		if step.Exchange > 0 {
			show(step.Exchange, "")
		}
	})
	return attachmentless(xmlText(b.String()))
}

// attachmentless keeps a body from naming a file that GitLab would attach.
func attachmentless(s string) string {
	return strings.ReplaceAll(s, "[[ATTACHMENT|", "[[ATTACHMENT |")
}

func exchangeLine(e *scenarios.Exchange) string {
	if e.Status == 0 {
		return fmt.Sprintf("%d: %s %s, no answer: %s", e.Number, e.Method, e.URL, e.Error)
	}
	return fmt.Sprintf("%d: %s %s, %d %s", e.Number, e.Method, e.URL, e.Status, http.StatusText(e.Status))
}

// exchangeText writes an exchange nearly as it stood on the wire.
func exchangeText(b *strings.Builder, e *scenarios.Exchange, most int) {
	fmt.Fprintf(b, "> %s %s %s\n", e.Method, e.URL, e.Proto)
	headerText(b, "> ", e.Header)
	payloadText(b, e.Body, most)
	if e.Status == 0 {
		fmt.Fprintf(b, "< no answer: %s\n\n", e.Error)
		return
	}
	fmt.Fprintf(b, "< %d %s (%s)\n", e.Status, http.StatusText(e.Status), took(e.Elapsed))
	headerText(b, "< ", e.Response)
	payloadText(b, e.Answer, most)
	b.WriteByte('\n')
}

func headerText(b *strings.Builder, prefix string, h http.Header) {
	for _, name := range sortedNames(h) {
		for _, v := range h[name] {
			fmt.Fprintf(b, "%s%s: %s\n", prefix, name, v)
		}
	}
}

func sortedNames(h http.Header) []string {
	names := make([]string, 0, len(h))
	for n := range h {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

func payloadText(b *strings.Builder, p *scenarios.Payload, most int) {
	switch {
	case p == nil || p.Size == 0 && p.Text == "" && p.Base64 == "":
		return
	case p.Text == "" && p.Base64 != "":
		fmt.Fprintf(b, "\n(%d bytes that are no text)\n", p.Size)
	default:
		fmt.Fprintf(b, "\n%s\n", cut(p.Text, most))
	}
	if p.Cut {
		fmt.Fprintf(b, "(the body has %d bytes)\n", p.Size)
	}
}
