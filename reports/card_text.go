package reports

import (
	"fmt"
	"strings"

	"understudy/contracts/check"
	"understudy/scenarios"
)

// cardIndent is where the text of a card's rules begins.
const cardIndent = "           "

// textCard tells how an integration kept the rules, on about a page: what is broken in full, all else in lines.
func textCard(p *paper, s *survey, suite *scenarios.Suite) {
	k := s.card(suite)
	p.heading(oneLine(joined(": ", suite.Contract, k.sentence())))
	if k.score.Exercised() > 0 {
		p.line("  " + p.style(cyan, bar(k.score.Kept, k.score.Exercised())) + " " + wholePercent(k.score.Kept, k.score.Exercised()))
	}
	if text := k.details(); text != "" {
		p.wrap("  ", "  ", text)
	}
	if suite.Source != "" {
		p.wrap("  ", "    ", "recorded in "+oneLine(suite.Source))
	}
	if len(k.score.Drills) > 0 {
		p.wrap("  ", "    ", "drills carried out: "+oneLine(strings.Join(k.score.Drills, ", ")))
	}
	for _, t := range k.broken {
		textBroken(p, s, t)
	}
	for _, t := range k.known {
		p.line("")
		p.wrap(p.style(yellow, "  KNOWN    "), cardIndent, ruleTitle(p, t))
		for i := range t.Findings {
			textKnown(p, &t.Findings[i])
		}
	}
	for _, t := range k.warned {
		textWarned(p, s, t)
	}
	textKept(p, k.kept)
	textIdle(p, k.idle)
}

func ruleTitle(p *paper, t *scenarios.Test) string {
	return p.style(bold, oneLine(t.Check)) + "  " + oneLine(t.Name)
}

// textBroken tells a rule that was broken: what came, what was wanted, the calls that show it, what to do.
func textBroken(p *paper, s *survey, t *scenarios.Test) {
	p.line("")
	p.wrap(p.style(red, "  BROKEN   "), cardIndent, ruleTitle(p, t))
	if len(t.Findings) == 0 {
		p.block(cardIndent, cardIndent, t.Reason)
	}
	shown := ""
	for i := range t.Findings {
		f := &t.Findings[i]
		if known(f) {
			textKnown(p, f)
			continue
		}
		if f.Level != check.Failure {
			continue
		}
		said := f.Message
		if f.Certainty == check.Likely {
			said += " (likely)"
		}
		if f.Repeats > 0 {
			said += fmt.Sprintf(" The same %s more.", times(f.Repeats))
		}
		p.block(cardIndent, cardIndent, said)
		cardField(p, "wanted", f.Want)
		cardField(p, "got", f.Got)
		textEvidence(p, s, t, f)
		if at := joined(" ", place(f.At), f.At.Pointer); at != "" {
			cardField(p, "contract", at)
		}
		if basis := joined(": ", string(f.Basis), f.Norm); basis != shown {
			cardField(p, "basis", basis)
			shown = basis
		}
		if i == len(t.Findings)-1 || f.Advice != t.Findings[i+1].Advice {
			cardField(p, "advice", f.Advice)
		}
		cardField(p, "known as", f.Fingerprint)
	}
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

func cardField(p *paper, name, value string) {
	if value != "" {
		p.block(p.style(dim, cardIndent+fmt.Sprintf("%-9s ", name)), cardIndent+"          ", value)
	}
}

// textEvidence lists the calls that show a breach.
func textEvidence(p *paper, s *survey, t *scenarios.Test, f *check.Finding) {
	list, more := s.evidence(t, f)
	for i, e := range list {
		name := ""
		if i == 0 {
			name = "seen"
		}
		line := joined(" ", moment(e), s.call(e), "("+fmt.Sprint(e.Number)+")")
		if e.Purpose != "" {
			line += ", " + e.Purpose
		}
		cardField(p, name, oneLine(line))
	}
	if more > 0 && len(list) > 0 {
		cardField(p, "", "and "+plural(more, "more exchange")+", in the other formats")
	}
}

// textWarned tells a rule that was kept, as far as it is sure, in two lines or three.
func textWarned(p *paper, s *survey, t *scenarios.Test) {
	p.line("")
	p.wrap(p.style(yellow, "  WARNED   "), cardIndent, ruleTitle(p, t))
	for i := range t.Findings {
		f := &t.Findings[i]
		if weight(f) != 1 {
			continue
		}
		text := f.Message
		if e := s.exchanges[f.Exchange]; e != nil {
			text = joined(" ", moment(e), s.call(e)+":", text)
		}
		p.block(cardIndent, cardIndent, text)
		if i == len(t.Findings)-1 {
			cardField(p, "advice", f.Advice)
		}
	}
}

// textKept lists what was put to the test and kept.
func textKept(p *paper, tests []*scenarios.Test) {
	for i, g := range byFamily(tests) {
		word := ""
		if i == 0 {
			p.line("")
			word = "KEPT"
		}
		p.wrap(p.style(green, fmt.Sprintf("  %-9s", word))+fmt.Sprintf("%-12s ", oneLine(familyName(g.name))), cardIndent+"             ", idsOf(g.tests))
	}
}

func familyName(letters string) string {
	if name := families[letters]; name != "" {
		return name
	}
	return letters
}

// idleShown is how many rules without a drill tell what they need.
const idleShown = 6

// textIdle lists what was never put to the test, and what would do it.
func textIdle(p *paper, tests []*scenarios.Test) {
	for i, g := range byDrill(tests) {
		if i == 0 {
			p.line("")
			p.line(p.style(dim, "  NOT EXERCISED"))
		}
		if g.name != "" {
			p.wrap("    "+fmt.Sprintf("%-23s ", "--drill "+oneLine(g.name)), cardIndent+"                 ", idsOf(g.tests))
			continue
		}
		for n, t := range g.tests {
			if n == idleShown {
				p.wrap("    ", "             ", "and "+idsOf(g.tests[n:]))
				break
			}
			p.line("    " + fmt.Sprintf("%-8s ", oneLine(t.Check)) + shorten(oneLine(needs(t)), p.width-13))
		}
	}
}
