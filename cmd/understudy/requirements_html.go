package main

import (
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"io"
	"slices"
	"strings"

	"understudy/internal/hypertext"
)

//go:embed requirements_page
var requirementsPage embed.FS

// A requirementsHTML is what the page is made from. All rows stand in it ready, so that it can be read without its script, which only
// filters.
type requirementsHTML struct {
	Title, Policy string
	Style, Script hypertext.HTML
	Totals        sums
	Kinds         []struct{ Kind, Name string }
	States        []struct{ State, Word string }
	Sums          []htmlSums
	Chapters      []htmlChapter
}

type htmlSums struct {
	Title string
	sums
	Bar hypertext.HTML
}

type htmlChapter struct {
	Name, Title, Words string
	Rows               []htmlLedgerRow
}

type htmlLedgerRow struct {
	*row
	Word, Kinds, KindList, Mark, Provers string

	Lacking string // why there is no proof, where there should be one

	Proofs []htmlProof // of this many only, shadowing the row's
	More   int
}

type htmlProof struct {
	*proof
	Rule, Asked, Answered string
}

// mostProofs is how many proofs of a row the page shows.
const mostProofs = 8

// writeLedgerHTML writes one page with everything in it. Its policy lets nothing be loaded or sent, and lets only our own script run.
func writeLedgerHTML(w io.Writer, l *ledger) error {
	style, err := requirementsPage.ReadFile("requirements_page/page.css")
	if err != nil {
		return err
	}
	code, err := requirementsPage.ReadFile("requirements_page/page.js")
	if err != nil {
		return err
	}
	script := "\n'use strict';\n(() => {\n" + string(code) + "})()\n"
	pages, err := hypertext.Parse(requirementsPage, "requirements_page/page.html")
	if err != nil {
		return err
	}
	h := requirementsHTML{
		Title:  "Requirements and what proves them",
		Policy: fmt.Sprintf("default-src 'none'; script-src '%s'; style-src '%s'; base-uri 'none'; form-action 'none'", sourceHash(script), sourceHash(string(style))),
		Style:  hypertext.HTML("<style>" + string(style) + "</style>"), Script: hypertext.HTML("<script>" + script + "</script>"), Totals: l.Totals,
	}
	for _, k := range kindNames {
		h.Kinds = append(h.Kinds, struct{ Kind, Name string }{k.kind, k.name})
	}
	for _, state := range []string{rowProven, rowPartly, rowFailed, rowUncovered, rowInformation} {
		h.States = append(h.States, struct{ State, Word string }{state, strings.ToLower(rowWords[state])})
	}
	for _, c := range l.Chapters {
		if c.Name != commonName {
			h.Sums = append(h.Sums, htmlSums{c.Title, c.Sums, bar(c.Sums.Documented)})
		}
		h.Chapters = append(h.Chapters, htmlChapterOf(c))
	}
	return pages.Fill(w, "page.html", h)
}

// sourceHash is how a Content-Security-Policy names an inline script or style (CSP 3, 6.7.3.3).
func sourceHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// bar draws how many rows are in which state, as parts of a hundred.
func bar(n counts) hypertext.HTML {
	var b strings.Builder
	x := 0.0
	for _, part := range []struct {
		name string
		n    int
	}{{rowProven, n.Proven}, {rowPartly, n.Partly}, {rowFailed, n.Failed}} {
		if part.n == 0 || n.Rows == 0 {
			continue
		}
		width := 100 * float64(part.n) / float64(n.Rows)
		fmt.Fprintf(&b, `<rect class="%s" x="%.2f" y="0" width="%.2f" height="8"/>`, part.name, x, width)
		x += width
	}
	return hypertext.HTML(b.String()) // names of ours and numbers
}

func htmlChapterOf(c *chapter) htmlChapter {
	h := htmlChapter{Name: c.Name, Title: c.Title, Words: c.Counts.words()}
	for _, r := range c.Rows {
		one := htmlLedgerRow{
			row: r, Word: strings.ToLower(rowWords[r.State]), Kinds: strings.Join(r.Kind, ", "), KindList: strings.Join(r.Kind, " "),
			Provers: strings.Join(slices.Concat(labelled("check ", r.Checks), labelled("rule ", r.Rules), labelled("scan ", r.Scans)), ", "),
		}
		if r.Basis != "documented" {
			one.Mark = r.Basis
		}
		if r.State != rowInformation {
			one.Lacking = r.Reason
		}
		for i := range r.Proofs {
			one.Proofs = append(one.Proofs, htmlProofOf(&r.Proofs[i]))
		}
		if over := len(one.Proofs) - mostProofs; over > 0 {
			one.Proofs, one.More = one.Proofs[:mostProofs], over
		}
		h.Rows = append(h.Rows, one)
	}
	return h
}

func labelled(word string, ids []string) []string {
	list := make([]string, len(ids))
	for i, id := range ids {
		list[i] = word + id
	}
	return list
}

func htmlProofOf(p *proof) htmlProof {
	h := htmlProof{proof: p}
	if p.By == byCheck || p.By == byRule || p.By == byScan {
		h.Rule = p.ID
	}
	if p.Method != "" {
		h.Asked, h.Answered = p.asked(), p.answered()
	}
	return h
}
