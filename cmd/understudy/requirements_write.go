package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// ledgerFormats are the forms of the list.
var ledgerFormats = map[string]func(io.Writer, *ledger) error{
	"text": writeLedgerText, "markdown": writeLedgerMarkdown, "json": writeLedgerJSON, "html": writeLedgerHTML,
}

// writeLedgerText writes for each row its state, id, kinds and text, and below it what shows it or what is missing, within the width.
func writeLedgerText(w io.Writer, l *ledger) error {
	width := l.width
	if width == 0 {
		width = 80
	}
	var b strings.Builder
	for i, c := range l.Chapters {
		if i > 0 {
			b.WriteString("\n")
		}
		fmt.Fprintf(&b, "%s  (%s)\n\n", c.Title, c.Name)
		ids, kinds := 0, 0
		for _, r := range c.Rows {
			ids, kinds = max(ids, len(r.ID)), max(kinds, len(strings.Join(r.Kind, ",")))
		}
		for _, r := range c.Rows {
			head := fmt.Sprintf("  %-9s  %-*s  %-*s  ", rowWords[r.State], ids, r.ID, kinds, strings.Join(r.Kind, ","))
			b.WriteString(hang(head, r.Text+basisMark(r.Basis), width))
			for _, line := range r.evidence() {
				b.WriteString(hang(strings.Repeat(" ", 13), line, width))
			}
		}
		c.writeSums(&b, width)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// rowWords are the states as text shows them.
var rowWords = map[string]string{rowProven: "proven", rowPartly: "partly", rowFailed: "FAILED", rowUncovered: "not shown", rowInformation: "to know"}

func basisMark(basis string) string {
	if basis == "documented" {
		return ""
	}
	return " (" + basis + ")"
}

// hang puts a text behind a head and breaks it at words, so that it stays in its column.
func hang(head, text string, width int) string {
	indent := utf8.RuneCountInString(head)
	if indent > width/2 { // no room for a column
		return hang("", strings.TrimRight(head, " "), width) + hang("    ", text, width)
	}
	var b strings.Builder
	line, used := head, indent
	fresh := true
	for word := range strings.FieldsSeq(text) {
		n := utf8.RuneCountInString(word)
		if !fresh && used+1+n > width {
			b.WriteString(line + "\n")
			line, used, fresh = strings.Repeat(" ", indent), indent, true
		}
		if !fresh {
			line, used = line+" ", used+1
		}
		line, used, fresh = line+word, used+n, false
	}
	return b.String() + strings.TrimRight(line, " ") + "\n"
}

// writeSums writes what a chapter's rows came to.
func (c *chapter) writeSums(b *strings.Builder, width int) {
	b.WriteString("\n" + hang("  ", c.Counts.words(), width))
	for _, s := range c.Sections {
		b.WriteString(hang("    ", fmt.Sprintf("%d of %s on %s proven%s", s.Counts.Proven, rowCount(s.Counts.Rows), s.Name, s.Counts.rest()), width))
	}
}

func (c *counts) words() string {
	return fmt.Sprintf("%s: %d proven, %d partly, %d failed, %d not shown, %d to know", rowCount(c.Rows), c.Proven, c.Partly, c.Failed, c.Uncovered, c.Information)
}

func rowCount(n int) string {
	if n == 1 {
		return "1 row"
	}
	return fmt.Sprintf("%d rows", n)
}

// rest says what the rows are that are not proven.
func (c *counts) rest() string {
	var parts []string
	for _, one := range []struct {
		n    int
		word string
	}{{c.Partly, "partly"}, {c.Failed, "FAILED"}, {c.Uncovered, "not shown"}, {c.Information, "to know"}} {
		if one.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", one.n, one.word))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return ", " + strings.Join(parts, ", ")
}

// evidence tells in a line each what shows a row, what went wrong, and what is missing.
func (r *row) evidence() []string {
	switch r.State {
	case rowUncovered, rowInformation:
		return []string{r.Reason}
	case rowFailed:
		i := slices.IndexFunc(r.Proofs, func(p proof) bool { return p.Problem != "" })
		p := r.Proofs[i]
		return []string{p.brief() + ": " + p.Problem}
	}
	var list []string
	if i := slices.IndexFunc(r.Proofs, func(p proof) bool { return p.shows() }); i >= 0 {
		text := r.Proofs[i].brief()
		if more := len(r.Proofs) - 1; more > 0 {
			text += fmt.Sprintf(", and %d more", more)
		}
		list = append(list, text)
	}
	if r.Missing != "" {
		list = append(list, "missing: "+r.Missing)
	}
	return list
}

// brief tells a proof in a few words: who asked what, and what came.
func (p *proof) brief() string {
	made := p.By
	switch p.By {
	case byCheck, byRule, byScan:
		made += " " + p.ID
	}
	if p.Method == "" {
		return made + ": " + p.Step
	}
	return made + ": " + p.asked() + " → " + p.answered()
}

func (p *proof) asked() string {
	switch {
	case p.Method == "*" || p.Method == "":
		return p.Path
	case p.To == "management":
		return p.Method + " " + p.Path + " (management)"
	}
	return p.Method + " " + p.Path
}

func (p *proof) answered() string {
	if p.Requests > 1 && p.By == byStory {
		return fmt.Sprintf("%d × as told", p.Requests)
	}
	if p.Status == 0 {
		return "no answer"
	}
	return fmt.Sprint(p.Status)
}

func writeLedgerJSON(w io.Writer, l *ledger) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(l)
}
