package main

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

const hostileText = "</script><script>alert(1)</script> | <b>\n`x`"

// writtenLedger has rows in every state, with proofs of every make, and one with hostile texts.
func writtenLedger(t *testing.T) *ledger {
	t.Helper()
	l, err := readLedger(nil)
	if err != nil {
		t.Fatal(err)
	}
	l.enter([]string{"ECOSIRE-01", "ECOSIRE-13"}, proof{By: byStory, Story: "a story", Step: "it is there", To: "management", Method: "GET", Path: "/contacts", As: "nobody", At: "2026-03-02T09:00:00Z", Requests: 3, Status: 200, Checked: []string{"status"}})
	l.enter([]string{"ECOSIRE-15"}, proof{By: byWorkflow, ID: "f/w, step s", To: "api", Method: "POST", Path: "/auth/login", At: "2026-03-02T09:00:00Z", Checked: []string{}, Problem: "it answered 500"})
	l.enter([]string{"ECOSIRE-09"}, proof{By: byRule, ID: "USE-001", To: "api", At: "2026-03-02T09:00:00Z", Checked: []string{}, Doubt: "warned: a route"})
	hostile := proof{By: byCheck, ID: "AUTH-001", Story: hostileText, Step: hostileText, To: "api", Method: "GET", Path: hostileText, As: hostileText, At: "2026-03-02T09:00:00Z", Checked: []string{hostileText}, Problem: hostileText}
	l.rows["ECOSIRE-16"].Text = hostileText
	l.enter([]string{"ECOSIRE-16"}, hostile)
	l.settle(false)
	return l
}

// TestLedgerSchema: the JSON form is what its schema says.
func TestLedgerSchema(t *testing.T) {
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	s, err := c.Compile("../../docs/schemas/requirements.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	empty, err := readLedger([]string{"echowin"})
	if err != nil {
		t.Fatal(err)
	}
	empty.settle(true)
	for _, l := range []*ledger{writtenLedger(t), empty} {
		var b bytes.Buffer
		if err := writeLedgerJSON(&b, l); err != nil {
			t.Fatal(err)
		}
		v, err := jsonschema.UnmarshalJSON(&b)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Validate(v); err != nil {
			t.Error(err)
		}
	}
	l := writtenLedger(t)
	l.rows["ECOSIRE-01"].State = "good"
	var b bytes.Buffer
	if err := writeLedgerJSON(&b, l); err != nil {
		t.Fatal(err)
	}
	if v, err := jsonschema.UnmarshalJSON(&b); err != nil || s.Validate(v) == nil {
		t.Error("a state that there is not passes the schema")
	}
}

// TestLedgerHTML: all rows stand in the page, nothing is loaded from elsewhere, and no text of a result becomes part of the page.
func TestLedgerHTML(t *testing.T) {
	l := writtenLedger(t)
	var b bytes.Buffer
	if err := writeLedgerHTML(&b, l); err != nil {
		t.Fatal(err)
	}
	page := b.String()
	for id := range l.rows {
		if !strings.Contains(page, `id="`+id+`"`) {
			t.Errorf("%s is not in the page", id)
		}
	}
	if n := strings.Count(page, "<script"); n != 1 || strings.Contains(page, "alert(1)</script>") {
		t.Errorf("%d scripts", n)
	}
	if found := regexp.MustCompile(`(?:src|href)="(?:[a-z]+:|//)[^"]*"|@import|url\(`).FindString(page); found != "" {
		t.Errorf("it loads %s", found)
	}
	if !strings.Contains(page, `content="default-src &#39;none&#39;; script-src &#39;sha256-`) {
		t.Error("its policy lets more run than its own script")
	}
	for _, want := range []string{`data-state="failed"`, `data-state="partly"`, "it answered 500", "warned: a route", "232</strong>"} {
		if !strings.Contains(page, want) {
			t.Errorf("%q is not in the page", want)
		}
	}
}

// TestLedgerText keeps within 80 columns, but for words that are longer.
func TestLedgerText(t *testing.T) {
	var b bytes.Buffer
	if err := writeLedgerText(&b, writtenLedger(t)); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(b.String()) {
		text := strings.TrimRight(line, "\n")
		if n := utf8.RuneCountInString(text); n > 80 && len(strings.Fields(text)) > 4 {
			t.Errorf("%d columns: %s", n, text)
		}
		if strings.TrimRight(text, " ") != text {
			t.Errorf("blanks at the end of %q", text)
		}
	}
	for _, want := range []string{"\n  FAILED     ECOSIRE-15", "\n  to know    ECOSIRE-14", "\n  not shown  ECOSIRE-09"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is missing", want)
		}
	}
}

// TestLedgerMarkdown: no text ends a cell, and all rows fit into a summary of a pipeline, of which 1 MiB is kept.
func TestLedgerMarkdown(t *testing.T) {
	l := writtenLedger(t)
	for _, r := range l.rows {
		for range 40 {
			r.Proofs = append(r.Proofs, proof{By: byStory, Step: strings.Repeat("it is as it should be ", 10), Method: "GET", Path: "/contacts", Checked: []string{strings.Repeat("a member and its value ", 40)}})
		}
	}
	var b bytes.Buffer
	if err := writeLedgerMarkdown(&b, l); err != nil {
		t.Fatal(err)
	}
	if b.Len() > 1<<20 {
		t.Errorf("%d bytes", b.Len())
	}
	cells := regexp.MustCompile(`(?:^|[^\\])\|`)
	for line := range strings.Lines(b.String()) {
		if regexp.MustCompile(`^\| [A-Z]+-`).MatchString(line) && len(cells.FindAllString(line, -1)) != 7 {
			t.Errorf("the cells are broken: %s", line)
		}
		if strings.Contains(line, "<script") {
			t.Errorf("markup in %s", line)
		}
	}
}

// TestLedgerFormat: the name of the file says the form.
func TestLedgerFormat(t *testing.T) {
	for name, want := range map[string]string{"": "text", "a.html": "html", "A.HTM": "html", "list.md": "markdown", "x.json": "json", "x.txt": "text"} {
		if got := ledgerFormat(name); got != want {
			t.Errorf("%q: %s, want %s", name, got, want)
		}
	}
}
