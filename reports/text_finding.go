package reports

import (
	"fmt"
	"strings"

	"understudy/contracts/check"
	"understudy/scenarios"
)

const fieldIndent = "             "

// textTest tells of a test that failed or errored.
func textTest(p *paper, s *survey, t *scenarios.Test) {
	word := "FAILED"
	if t.Outcome == scenarios.Errored {
		word = "ERRORED"
	}
	p.line("")
	p.wrap(p.style(red, fmt.Sprintf("  %-9s", word)), "           ", p.style(bold, oneLine(t.ID))+" ("+took(t.Elapsed)+")")
	if t.Name != "" && t.Name != t.ID {
		p.wrap("           ", "           ", oneLine(t.Name))
	}
	if t.Reason != "" && !said(t) {
		p.wrap("           ", "           ", oneLine(t.Reason))
	}
	if len(t.Requirements) > 0 {
		p.wrap("           ", "           ", "requirements: "+oneLine(strings.Join(t.Requirements, ", ")))
	}
	if at := place(t.At); at != "" && len(t.Steps) > 0 {
		textField(p, "at", at)
	}
	failedSteps(t.Steps, "", func(way string, step *scenarios.Step) { textStep(p, s, way, step) })
	if len(t.Steps) == 0 && len(t.Findings) == 0 && len(t.Exchanges) > 0 {
		if e := s.exchanges[t.Exchanges[len(t.Exchanges)-1]]; e != nil {
			textAnswer(p, e)
			textCurl(p, e.Curl)
		}
	}
	for i := range t.Findings {
		if f := &t.Findings[i]; known(f) {
			textKnown(p, f)
		} else if f.Level == check.Failure {
			textFinding(p, s, f)
		}
	}
}

// said reports that the reason of a test only repeats a finding.
func said(t *scenarios.Test) bool {
	for i := range t.Findings {
		if t.Findings[i].Message == t.Reason {
			return true
		}
	}
	return false
}

func textStep(p *paper, s *survey, way string, step *scenarios.Step) {
	p.line("")
	title := "step " + oneLine(way)
	if step.Attempt > 1 {
		title += fmt.Sprintf(", attempt %d", step.Attempt)
	}
	p.wrap("    ", "      ", p.style(cyan, title)+": "+oneLine(step.Reason))
	if at := place(step.At); at != "" {
		textField(p, "at", at)
	}
	for _, c := range step.Criteria {
		if c.Passed {
			continue
		}
		textField(p, "criterion", c.Condition)
		if c.Detail != "" {
			textField(p, "", c.Detail)
		}
	}
	if step.Next != "" {
		textField(p, "then", step.Next)
	}
	if e := s.exchanges[step.Exchange]; e != nil && len(step.Findings) == 0 {
		textAnswer(p, e)
		textCurl(p, e.Curl)
	}
}

func textAnswer(p *paper, e *scenarios.Exchange) {
	answer := fmt.Sprintf("%s %s -> %d", e.Method, e.URL, e.Status)
	if e.Status == 0 {
		answer = fmt.Sprintf("%s %s -> no answer: %s", e.Method, e.URL, e.Error)
	}
	textField(p, "exchange", fmt.Sprintf("%d: %s", e.Number, answer))
}

// textFinding tells a finding in full.
func textFinding(p *paper, s *survey, f *check.Finding) {
	p.line("")
	certainty := string(f.Level)
	if f.Certainty != "" {
		certainty += ", " + string(f.Certainty)
	}
	if f.Known != nil && f.Known.Expired {
		certainty += ", known until " + f.Known.Until
	}
	p.wrap("    ", "      ", p.style(red, oneLine(f.Check))+"  "+oneLine(f.Title)+" ["+oneLine(certainty)+"]")
	p.block("      ", "      ", f.Message)
	textField(p, "where", joined(" ", operation(f), f.Where))
	textField(p, "wanted", f.Want)
	textField(p, "got", f.Got)
	textField(p, placeName(f), joined(" ", place(f.At), f.At.Pointer))
	textField(p, "basis", joined(": ", string(f.Basis), f.Norm))
	if f.Repeats > 0 {
		textField(p, "repeats", "seen in "+plural(f.Repeats, "more exchange"))
	}
	textField(p, "advice", f.Advice)
	curl := f.Curl
	if e := s.exchanges[f.Exchange]; e != nil {
		textAnswer(p, e)
		if curl == "" {
			curl = e.Curl
		}
	}
	textCurl(p, curl)
	textField(p, "known as", f.Fingerprint)
}

// textKnown tells a finding that is in the baseline or was expected.
func textKnown(p *paper, f *check.Finding) {
	why := f.Check + " " + f.Message
	if f.Known != nil {
		kind := "known"
		if f.Known.Expect {
			kind = "expected"
		}
		if f.Known.Until != "" {
			kind += " until " + f.Known.Until
		}
		why += " (" + joined(": ", kind, f.Known.Reason) + ")"
	}
	p.wrap(fieldIndent, fieldIndent+"  ", oneLine(why))
}

func textField(p *paper, name, value string) {
	if value == "" {
		return
	}
	p.block(p.style(dim, fmt.Sprintf("      %-9s ", name)), "                ", value)
}

func textCurl(p *paper, command string) {
	for i, l := range curlLines(command, p.width-16) {
		name := ""
		if i == 0 {
			name = "curl"
		}
		p.line(p.style(dim, fmt.Sprintf("      %-9s ", name)) + l)
	}
}

// operation names what a finding is about: the operation's id, and its method and path.
func operation(f *check.Finding) string {
	return joined(" ", f.Operation, f.Method, f.Path)
}

func joined(separator string, parts ...string) string {
	var kept []string
	for _, p := range parts {
		if p != "" {
			kept = append(kept, p)
		}
	}
	return strings.Join(kept, separator)
}
