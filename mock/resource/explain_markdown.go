package resource

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"understudy/contracts/inference"
)

// explainMarkdown writes a page: a table of the collections, a table of all operations, and for each operation
// its details with the overlay action.
func explainMarkdown(w io.Writer, m *inference.Model) error {
	t := &textWriter{w: bufio.NewWriter(w)}
	e := NewExplanation(m)
	t.line("# " + cell(strings.TrimSpace(e.Contract.Title+" "+e.Contract.Version)))
	t.line("")
	t.line(fmt.Sprintf("%d operations, %d with a role; %d collections and singletons.", e.Summary.Operations, e.Summary.WithRole, e.Summary.Collections))
	t.line("")
	t.line("## Collections")
	t.line("")
	t.line("| collection | item | id | under | sure | because |")
	t.line("|---|---|---|---|---|---|")
	for i := range e.Collections {
		c := &e.Collections[i]
		id, path := "one", code(c.Path)
		if c.ID != nil {
			id = idText(c.ID)
		}
		t.line(fmt.Sprintf("| %s | %s | %s | %s | %.0f %% | %s |", path, cell(c.Item), cell(id), cell(scopeText(c)), 100*c.Confidence, cell(strings.Join(c.Reasons, "; "))))
	}
	t.markdownStates(e.Collections)
	t.line("")
	t.line("## Operations")
	for i := range e.Operations {
		t.markdownOperation(&e.Operations[i])
	}
	return t.flush()
}

// markdownStates writes what is told of states and derived members, where there are any.
func (t *textWriter) markdownStates(list []ExplainedCollection) {
	for i := range list {
		details := collectionDetails(&list[i])
		if len(details) == 0 {
			continue
		}
		t.line("")
		t.line("### States and derived members of " + code(list[i].Path))
		t.line("")
		for _, d := range details {
			text := cell(d[1])
			if d[0] != "" {
				text = d[0] + ": " + text
			}
			t.line("- " + text)
		}
	}
}

func (t *textWriter) markdownOperation(o *ExplainedOperation) {
	t.line("")
	t.line("### " + code(o.Method+" "+o.Path))
	t.line("")
	what := "no role"
	if o.Role != inference.None {
		what = string(o.Role) + " of " + code(o.Resource)
	}
	t.line(fmt.Sprintf("**%s** (%.0f %%): %s", what, 100*o.Confidence, cell(strings.Join(o.Reasons, "; "))))
	t.line("")
	for _, d := range details(o) {
		t.line("- " + d[0] + ": " + cell(d[1]))
	}
	t.line("")
	t.line("```yaml")
	t.line(strings.TrimRight(o.Override, "\n"))
	t.line("```")
}

var (
	cellEscapes = strings.NewReplacer("|", `\|`, "\n", " ", "\r", " ", "<", "&lt;", ">", "&gt;", "*", `\*`, "_", `\_`, "`", "\\`", "[", `\[`)
	codeEscapes = strings.NewReplacer("`", "'", "\n", " ", "|", `\|`)
)

// cell writes a text so that it changes neither a table nor the page around it.
func cell(s string) string { return cellEscapes.Replace(s) }

// code writes a text as code; backticks in it cannot end it.
func code(s string) string { return "`` " + codeEscapes.Replace(s) + " ``" }
