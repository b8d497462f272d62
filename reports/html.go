package reports

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"understudy/internal/hypertext"
	"understudy/scenarios"
)

//go:embed page
var pageFiles embed.FS

// The page's script and style are these files, one behind the other.
var (
	pageScripts = []string{"element", "data", "diff", "body", "exchange", "finding", "test", "list", "filter", "timeline", "sums", "card", "print", "keys", "main"}
	pageStyles  = []string{"base", "frame", "list", "detail", "card", "print"}
)

// A htmlRow is what the list of exchanges shows of one without reading it: a list, because there may be many thousands.
// number, method, address, status, operation, test, purpose, milliseconds since the start, milliseconds that it took.
type htmlRow [9]any

// htmlStatic is what stands in the page without its script: enough to know how the run went.
type htmlStatic struct {
	Title, Sentence, Word string
	Targets, Scores       []string
	Failures              []htmlFailure
	More                  int
	Policy                string
	Style, Script, Data   hypertext.HTML
}

type htmlFailure struct{ Test, Outcome, Text, Place string }

// htmlFailures is how many failures the page tells to a reader without script.
const htmlFailures = 200

// writeHTML writes one page with everything in it. Its policy lets nothing be loaded or sent, and lets only our own script run.
// What came from a deployment stands in it as JSON only, in which < > and & are escaped, and is shown as text.
func writeHTML(o Options, w io.Writer, r *scenarios.Result) error {
	s := look(r)
	pages, err := hypertext.Parse(pageFiles, "page/page.html")
	if err != nil {
		return err
	}
	script, err := assets(pageScripts, ".js")
	if err != nil {
		return err
	}
	style, err := assets(pageStyles, ".css")
	if err != nil {
		return err
	}
	script = "\n'use strict';\n(() => {\n" + script + "})()\n"
	data, err := htmlData(o, s)
	if err != nil {
		return err
	}
	static := htmlStatic{
		Title: visible(joined(" ", s.Tool.Name, s.Command, contractNames(r))), Sentence: visible(s.verdict().sentence), Word: s.verdict().word,
		Policy: fmt.Sprintf("default-src 'none'; script-src '%s'; style-src '%s'; img-src data:; base-uri 'none'; form-action 'none'", hashSource(script), hashSource(style)),
		Style:  hypertext.HTML("<style>" + style + "</style>"),
		Script: hypertext.HTML("<script>" + script + "</script>"),
		Data:   hypertext.HTML(data),
	}
	for _, t := range r.Targets {
		static.Targets = append(static.Targets, visible(label(t)+" at "+t.URL))
	}
	for _, k := range s.cards() {
		static.Scores = append(static.Scores, visible(k.suite.Contract+": "+k.sentence()))
	}
	static.failures(r)
	return pages.Fill(w, "page.html", static)
}

func contractNames(r *scenarios.Result) string {
	var names []string
	for _, t := range r.Targets {
		names = append(names, t.Contract)
	}
	return strings.Join(names, ", ")
}

func (x *htmlStatic) failures(r *scenarios.Result) {
	eachTest(r, func(_ *scenarios.Suite, t *scenarios.Test) {
		if t.Outcome != scenarios.Failed && t.Outcome != scenarios.Errored {
			return
		}
		if len(x.Failures) == htmlFailures {
			x.More++
			return
		}
		f := htmlFailure{Test: visible(t.ID), Outcome: string(t.Outcome), Text: visible(cut(t.Reason, 1000)), Place: visible(place(t.At))}
		if w := worst(t); w != nil && weight(w) == 0 {
			f.Text, f.Place = visible(cut(joined(": ", w.Check, w.Message), 1000)), visible(place(w.At))
		}
		x.Failures = append(x.Failures, f)
	})
}

func assets(names []string, extension string) (string, error) {
	var b strings.Builder
	for _, n := range names {
		data, err := pageFiles.ReadFile("page/" + n + extension)
		if err != nil {
			return "", err
		}
		b.Write(data)
	}
	return b.String(), nil
}

// hashSource is how a Content-Security-Policy names an inline script or style (CSP 3, 6.7.3.3).
func hashSource(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// htmlData writes three blocks of JSON: the result without its exchanges, a row for each exchange, and the exchanges, one a line.
// json.Marshal escapes < > and &, so that no text ends the block, and line ends, so that a line is an exchange.
func htmlData(o Options, s *survey) (string, error) {
	var b bytes.Buffer
	// A seed may be larger than the numbers of a script are exact.
	block := func(id string, write func() error) error {
		fmt.Fprintf(&b, "<script type=\"application/json\" id=\"%s\" data-seed=\"%d\">", id, s.Seed)
		defer b.WriteString("</script>\n")
		return write()
	}
	e := json.NewEncoder(&b)
	short := *s.Result
	short.Exchanges, short.Schema, short.Version = nil, SchemaID, ResultVersion
	err := block("result", func() error {
		return e.Encode(struct {
			*scenarios.Result
			Verdict map[string]string      `json:"verdict"`
			Checks  map[string]htmlExplain `json:"checks"`
		}{&short, map[string]string{"word": s.verdict().word, "sentence": s.verdict().sentence}, htmlChecks(o, s)})
	})
	if err != nil {
		return "", err
	}
	if err := block("rows", func() error { return e.Encode(htmlRows(s.Result)) }); err != nil {
		return "", err
	}
	err = block("exchanges", func() error {
		for _, x := range s.Exchanges {
			if err := e.Encode(x); err != nil {
				return err
			}
		}
		return nil
	})
	return b.String(), err
}

func htmlRows(r *scenarios.Result) []htmlRow {
	rows := make([]htmlRow, 0, len(r.Exchanges))
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	for _, x := range r.Exchanges {
		rows = append(rows, htmlRow{x.Number, x.Method, x.URL, x.Status, x.Operation, x.Test, x.Purpose, ms(x.Started.Sub(r.Started)), ms(x.Elapsed)})
	}
	return rows
}

type htmlExplain struct {
	Doc   string   `json:"doc,omitempty"`
	OWASP []string `json:"owasp,omitempty"`
}

func htmlChecks(o Options, s *survey) map[string]htmlExplain {
	known := map[string]htmlExplain{}
	for _, f := range s.findings {
		if _, found := known[f.Check]; !found {
			c := o.lookup(f.Finding)
			known[f.Check] = htmlExplain{strings.Join(strings.Fields(c.Doc), " "), c.OWASP}
		}
	}
	return known
}
