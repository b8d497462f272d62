package reports

import (
	"fmt"
	"slices"
	"strings"

	"understudy/contracts/check"
)

type sarifRule struct {
	ID         string         `json:"id"`
	Name       string         `json:"name,omitempty"`
	Short      sarifText      `json:"shortDescription"`
	Full       sarifText      `json:"fullDescription"`
	Help       sarifText      `json:"help"`
	Default    sarifDefault   `json:"defaultConfiguration"`
	Properties sarifRuleFacts `json:"properties"`
}

type sarifDefault struct {
	Level string `json:"level"`
}

// sarifRuleFacts are the members of a rule's property bag that GitHub reads.
type sarifRuleFacts struct {
	Tags      []string `json:"tags"`
	Precision string   `json:"precision"`
	Problem   string   `json:"problem.severity"`
	Security  string   `json:"security-severity,omitempty"`
}

// A ruleBook gathers the checks of which there are findings.
type ruleBook struct {
	o     Options
	index map[string]int
	list  []sarifRule
}

func (b *ruleBook) of(f *check.Finding) int {
	if at, found := b.index[f.Check]; found {
		return at
	}
	b.index[f.Check] = len(b.list)
	b.list = append(b.list, ruleOf(b.o.lookup(f), f))
	return len(b.list) - 1
}

func ruleOf(c check.Check, f *check.Finding) sarifRule {
	title := visible(c.Title)
	if title == "" {
		title = visible(c.ID)
	}
	level := c.Level
	if level == "" {
		level = f.Level
	}
	rests := map[check.Basis]string{
		check.ByContract: "The contract asks for it", check.ByNorm: "A standard asks for it", check.ByConvention: "It is good practice",
	}[c.Basis]
	if rests == "" {
		rests = "It is asked for"
	}
	if c.Norm != "" {
		rests += ": " + visible(c.Norm)
	}
	doc := strings.TrimSpace(visible(strings.Join(strings.Fields(c.Doc), " ")) + " " + rests + ".")
	r := sarifRule{
		ID: c.ID, Name: ruleName(title), Short: sarifText{Text: title}, Full: sarifText{Text: doc},
		Help:    sarifText{Text: title + "\n\n" + doc, Markdown: "**" + markdownText(title) + "**\n\n" + markdownText(doc)},
		Default: sarifDefault{sarifLevel(level)},
	}
	r.Properties = sarifRuleFacts{Tags: []string{"api", "conformance"}, Precision: "very-high", Problem: sarifLevel(level)}
	if r.Properties.Problem == "note" {
		r.Properties.Problem = "recommendation"
	}
	if c.Basis == check.ByConvention {
		r.Properties.Precision = "medium"
	}
	if c.Basis != "" {
		r.Properties.Tags = append(r.Properties.Tags, string(c.Basis))
	}
	if len(c.OWASP) > 0 {
		r.Properties.Tags = append(r.Properties.Tags, "security")
		for _, risk := range c.OWASP {
			tag := "owasp-" + strings.ToLower(strings.ReplaceAll(risk, ":", "-"))
			if len(r.Properties.Tags) < 10 && !slices.Contains(r.Properties.Tags, tag) {
				r.Properties.Tags = append(r.Properties.Tags, tag)
			}
		}
		r.Properties.Security = severity(c)
	}
	return r
}

// severity rates a security check from 0.1 to 10 by its worst risk: what lets others read or change what is not theirs is
// high. Good practice alone is never high.
func severity(c check.Check) string {
	worst := 0.0
	for _, risk := range c.OWASP {
		number, _, _ := strings.Cut(risk, ":")
		rate, found := map[string]float64{
			"API1": 8.6, "API2": 8.6, "API5": 8.2, "API7": 7.5, "API3": 7.1, "API10": 6.5, "API8": 5.3, "API4": 5.3, "API6": 5.3, "API9": 4.3,
		}[number]
		if !found {
			rate = 5
		}
		worst = max(worst, rate)
	}
	switch {
	case c.Basis == check.ByConvention:
		worst = min(worst, 5)
	case c.Level != check.Failure && c.Level != "":
		worst = min(worst, 6.9)
	}
	return fmt.Sprintf("%.1f", worst)
}

// ruleName makes an identifier in PascalCase of a title (SARIF 3.49.7 lets it be opaque; viewers show it as such).
func ruleName(title string) string {
	var b strings.Builder
	up := true
	for _, r := range title {
		switch {
		case r >= 'a' && r <= 'z' && up:
			b.WriteRune(r - 'a' + 'A')
			up = false
		case r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9':
			b.WriteRune(r)
			up = false
		default:
			up = true
		}
	}
	return cut(b.String(), 200)
}

// markdownText lets text stand in Markdown as itself: what would be markup, a link or a mention becomes a character
// reference (CommonMark 0.31, 2.5), which no later rule takes apart.
func markdownText(s string) string {
	return markdownEscapes.Replace(oneLine(s))
}

var markdownEscapes = strings.NewReplacer(
	"&", "&amp;", "<", "&lt;", ">", "&gt;", "\"", "&quot;",
	"\\", "&#92;", "`", "&#96;", "*", "&#42;", "_", "&#95;", "[", "&#91;", "]", "&#93;", "|", "&#124;", "~", "&#126;", "@", "&#64;",
	"://", "&#58;//", "www.", "www&#46;", "#", "&#35;", "$", "&#36;",
)
