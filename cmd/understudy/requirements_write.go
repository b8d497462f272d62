package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
)

// writeLedgerText writes one line a row and a summary a contract.
func writeLedgerText(w io.Writer, l *ledger) error {
	for i, c := range l.Chapters {
		if i > 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintf(w, "%s  (%s)\n", c.Title, c.Name)
		table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		for _, r := range c.Rows {
			fmt.Fprintf(table, "  %s\t%s\t%s\t%s\t%s\t%s\n", r.ID, r.State, strings.Join(r.Kind, ","), basisMark(r.Basis), shorten(r.Text, 72), r.evidence())
		}
		if err := table.Flush(); err != nil {
			return err
		}
		if _, err := fmt.Fprintf(w, "  %s\n", c.Counts.words()); err != nil {
			return err
		}
		for _, s := range c.Sections {
			fmt.Fprintf(w, "    %d of %s on %s proven%s\n", s.Counts.Proven, rowCount(s.Counts.Rows), s.Name, s.Counts.rest())
		}
	}
	return nil
}

func basisMark(basis string) string {
	if basis == "documented" {
		return ""
	}
	return basis
}

func (c *counts) words() string {
	return fmt.Sprintf("%s: %d proven, %d partly, %d failed, %d not covered by a story", rowCount(c.Rows), c.Proven, c.Partly, c.Failed, c.Uncovered)
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
	if c.Partly > 0 {
		parts = append(parts, fmt.Sprintf("%d partly", c.Partly))
	}
	if c.Failed > 0 {
		parts = append(parts, fmt.Sprintf("%d FAILED", c.Failed))
	}
	if len(parts) == 0 {
		return ""
	}
	return ", " + strings.Join(parts, ", ")
}

// evidence is the exchange that shows a row, in a few words: of a failed row the one that was not as told.
func (r *row) evidence() string {
	switch r.State {
	case rowUncovered:
		return ""
	case rowFailed:
		i := slices.IndexFunc(r.Proofs, func(p proof) bool { return p.Problem != "" })
		p := r.Proofs[i]
		return p.asked() + ": " + p.Problem
	}
	text := r.Proofs[0].asked() + " → " + r.Proofs[0].answered()
	if more := len(r.Proofs) - 1; more > 0 {
		text += fmt.Sprintf(", and %d more", more)
	}
	if r.Missing != "" {
		text += "; missing: " + r.Missing
	}
	return text
}

func (p *proof) asked() string {
	if p.Method == "*" {
		return p.Path
	}
	if p.To == "management" {
		return p.Method + " " + p.Path + " (management)"
	}
	return p.Method + " " + p.Path
}

func (p *proof) answered() string {
	if p.Requests > 1 {
		return fmt.Sprintf("%d × as told", p.Requests)
	}
	if p.Status == 0 {
		return "no answer"
	}
	return fmt.Sprint(p.Status)
}

// writeLedgerMarkdown writes a table a contract, with all that was asked and seen.
func writeLedgerMarkdown(w io.Writer, l *ledger) error {
	fmt.Fprintln(w, "# Requirements and what proves them")
	for _, c := range l.Chapters {
		fmt.Fprintf(w, "\n## %s\n\n%s.\n\n", c.Title, c.Counts.words())
		for _, s := range c.Sections {
			fmt.Fprintf(w, "- %d of %s on %s proven%s\n", s.Counts.Proven, rowCount(s.Counts.Rows), s.Name, s.Counts.rest())
		}
		fmt.Fprint(w, "\n| id | kind | basis | requirement | state | asked and seen |\n|---|---|---|---|---|---|\n")
		for _, r := range c.Rows {
			var seen []string
			for _, p := range r.Proofs {
				line := fmt.Sprintf("`%s` %s: %s", p.asked(), p.Step, strings.Join(p.Checked, "; "))
				if p.Problem != "" {
					line += ". **" + p.Problem + "**"
				}
				seen = append(seen, cell(line))
			}
			if r.Missing != "" {
				seen = append(seen, cell("missing: "+r.Missing))
			}
			if _, err := fmt.Fprintf(w, "| %s | %s | %s | %s | %s | %s |\n", r.ID, strings.Join(r.Kind, ", "), r.Basis, cell(r.Text), r.State, strings.Join(seen, "<br>")); err != nil {
				return err
			}
		}
	}
	return nil
}

// cell is a text that cannot end a table's cell, nor be taken for HTML.
func cell(text string) string {
	return strings.NewReplacer("|", `\|`, "<", "&lt;", "\n", " ").Replace(text)
}

func writeLedgerJSON(w io.Writer, l *ledger) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(l)
}
