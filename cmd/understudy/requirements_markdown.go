package main

import (
	"fmt"
	"io"
	"strings"
)

// mostTold is how many of a row's proofs Markdown tells: it goes into summaries of pipelines, which have bounds. JSON and HTML tell all.
const mostTold = 2

// writeLedgerMarkdown writes what all came to, and a table for each contract.
func writeLedgerMarkdown(w io.Writer, l *ledger) error {
	var b strings.Builder
	b.WriteString("# Requirements and what proves them\n\n")
	writeMarkdownSums(&b, l)
	for _, c := range l.Chapters {
		fmt.Fprintf(&b, "\n## %s\n\n%s.\n\n", c.Title, c.Counts.words())
		for _, s := range c.Sections {
			fmt.Fprintf(&b, "- %d of %s on %s proven%s\n", s.Counts.Proven, rowCount(s.Counts.Rows), s.Name, s.Counts.rest())
		}
		b.WriteString("\n| id | kind | basis | requirement | state | shown by |\n|---|---|---|---|---|---|\n")
		for _, r := range c.Rows {
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", r.ID, strings.Join(r.Kind, ", "), r.Basis, cell(r.Text), r.State, strings.Join(r.told(), "<br>"))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// writeMarkdownSums writes the table of what can be checked by a machine, where more than the rules for all contracts were asked for.
func writeMarkdownSums(b *strings.Builder, l *ledger) {
	n := l.Totals.Documented
	if n.Rows+l.Totals.Assumed.Rows == 0 {
		return
	}
	fmt.Fprintf(b, "**%d of %d documented rows that a machine can check are proven**%s.\n\n", n.Proven, n.Rows, n.rest())
	b.WriteString("| API | documented | assumed |\n|---|---|---|\n")
	for _, c := range l.Chapters {
		if c.Name != commonName {
			fmt.Fprintf(b, "| %s | %s | %s |\n", c.Title, c.Sums.Documented.share(), c.Sums.Assumed.share())
		}
	}
}

// share tells counts in a table's cell: "9 of 10, 1 partly".
func (c *counts) share() string {
	if c.Rows == 0 {
		return "–"
	}
	return fmt.Sprintf("%d of %d%s", c.Proven, c.Rows, c.rest())
}

// told are the cells of a row's proofs: the first few, and what is missing.
func (r *row) told() []string {
	var list []string
	for i := range r.Proofs[:min(mostTold, len(r.Proofs))] {
		list = append(list, cell(r.Proofs[i].sentence()))
	}
	if over := len(r.Proofs) - mostTold; over > 0 {
		list = append(list, fmt.Sprintf("and %d more", over))
	}
	if r.Missing != "" {
		list = append(list, cell("missing: "+r.Missing))
	}
	if r.Reason != "" {
		list = append(list, cell(r.Reason))
	}
	return list
}

// sentence tells a proof with what was looked at.
func (p *proof) sentence() string {
	text := "*" + p.By
	if p.By == byCheck || p.By == byRule || p.By == byScan {
		text += " " + p.ID
	}
	text += "*"
	if p.Method != "" {
		text += " `" + strings.ReplaceAll(p.asked(), "`", "'") + "`"
	}
	text += " " + p.Step
	if len(p.Checked) > 0 && p.Checked[0] != p.Step {
		text += ": " + shorten(strings.Join(p.Checked, "; "), 200)
	}
	if p.Doubt != "" {
		text += ". **" + p.Doubt + "**"
	}
	if p.Problem != "" {
		text += ". **" + p.Problem + "**"
	}
	return text
}

// cell is a text that cannot end a table's cell, nor be taken for HTML.
func cell(text string) string {
	return strings.NewReplacer("|", `\|`, "<", "&lt;", "\n", " ", "\r", " ").Replace(text)
}
