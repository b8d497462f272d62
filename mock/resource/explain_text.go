package resource

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"understudy/contracts/inference"
)

const textWidth = 100 // columns

// explainText writes for a terminal: first the counts, then every collection with its operations, then the
// operations without a role.
func explainText(w io.Writer, m *inference.Model) error {
	t := &textWriter{w: bufio.NewWriter(w)}
	e := NewExplanation(m)
	t.summary(e)
	byPath := map[string][]*ExplainedOperation{}
	for i := range e.Operations {
		o := &e.Operations[i]
		key := o.Resource
		if b := m.Binding(m.Contract.Operations[i]); b.Collection != nil && b.Collection.Singleton {
			key = "1 " + key
		}
		byPath[key] = append(byPath[key], o)
	}
	for i := range e.Collections {
		c := &e.Collections[i]
		key := c.Path
		if c.Singleton {
			key = "1 " + key
		}
		t.collection(c)
		t.operations(byPath[key])
	}
	if rest := byPath[""]; len(rest) > 0 {
		t.line("")
		t.line("without a resource: answered from examples, then from the schema")
		t.operations(rest)
	}
	return t.flush()
}

// A textWriter writes lines and keeps the first error.
type textWriter struct {
	w   *bufio.Writer
	err error
}

func (t *textWriter) line(s string) {
	if t.err == nil {
		_, t.err = t.w.WriteString(strings.TrimRight(s, " ") + "\n")
	}
}

func (t *textWriter) flush() error {
	if err := t.w.Flush(); t.err == nil {
		t.err = err
	}
	if t.err != nil {
		return fmt.Errorf("write the explanation: %w", t.err)
	}
	return nil
}

// wrapped writes a text after a label, broken at spaces so that lines stay within the width.
func (t *textWriter) wrapped(indent int, label, text string) {
	lead := strings.Repeat(" ", indent) + fmt.Sprintf("%-10s", label)
	rest := strings.Repeat(" ", indent+10)
	line := lead
	empty := true
	for word := range strings.FieldsSeq(text) {
		if !empty && len(line)+1+len(word) > textWidth {
			t.line(line)
			line, empty = rest, true
		}
		if !empty {
			line += " "
		}
		line += word
		empty = false
	}
	t.line(line)
}

func (t *textWriter) summary(e Explanation) {
	t.line(strings.TrimSpace(e.Contract.Title + " " + e.Contract.Version))
	share := 0.0
	if e.Summary.Operations > 0 {
		share = 100 * float64(e.Summary.WithRole) / float64(e.Summary.Operations)
	}
	t.line(fmt.Sprintf("%d operations, %d with a role (%.1f %%), %d collections and singletons",
		e.Summary.Operations, e.Summary.WithRole, share, e.Summary.Collections))
	var counts []string
	for _, r := range slices.Sorted(maps.Keys(e.Summary.Roles)) {
		counts = append(counts, fmt.Sprintf("%s %d", r, e.Summary.Roles[r]))
	}
	if len(counts) > 0 {
		t.wrapped(0, "roles", strings.Join(counts, ", "))
	}
}

func (t *textWriter) collection(c *ExplainedCollection) {
	t.line("")
	kind := "collection"
	if c.Singleton {
		kind = "singleton"
	}
	t.line(fmt.Sprintf("%s %s (%.0f %%)", kind, c.Path, 100*c.Confidence))
	if c.Item != "" {
		t.wrapped(2, "item", c.Item)
	}
	if c.ID != nil {
		t.wrapped(2, "id", idText(c.ID))
	}
	if len(c.Scope) > 0 {
		t.wrapped(2, "under", scopeText(c))
	}
	if c.Examples+c.Seeds > 0 {
		t.wrapped(2, "starts", fmt.Sprintf("with %d from the examples and %d seeds", c.Examples, c.Seeds))
	}
	for _, d := range collectionDetails(c) {
		t.wrapped(2, d[0], d[1])
	}
	for _, r := range c.Reasons {
		t.wrapped(2, "because", r)
	}
}

func idText(id *ExplainedID) string {
	var b strings.Builder
	if len(id.Parameters) == 0 {
		b.WriteString("no path names one item")
	}
	for i, p := range id.Parameters {
		if i > 0 {
			b.WriteString(" / ")
		}
		b.WriteString("{" + p + "}")
	}
	switch {
	case id.Property != "" && len(id.Parameters) == 0:
		b.WriteString(", the id is " + id.Property)
	case id.Property != "":
		b.WriteString(" = " + id.Property)
	default:
		b.WriteString(", not shown in the item")
	}
	if id.Prefix != "" {
		b.WriteString(", begins with " + id.Prefix)
	}
	b.WriteString(", chosen by the " + id.Chosen)
	return b.String()
}

func scopeText(c *ExplainedCollection) string {
	var parts []string
	for _, s := range c.Scope {
		text := "{" + s.Parameter + "}"
		if s.Collection != "" {
			text += " of " + s.Collection
		}
		if s.Property != "" {
			text += " = " + s.Property
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, ", ")
}

func (t *textWriter) operations(list []*ExplainedOperation) {
	for _, o := range list {
		t.line(fmt.Sprintf("  %-8s %-6s %s", o.Role, o.Method, o.Path))
		for _, d := range details(o) {
			t.wrapped(11, d[0], d[1])
		}
		for _, r := range o.Reasons {
			t.wrapped(11, "because", fmt.Sprintf("%s (%.0f %%)", r, 100*o.Confidence))
			break
		}
		label := "overlay"
		for l := range strings.Lines(o.Override) {
			t.line(strings.Repeat(" ", 11) + fmt.Sprintf("%-10s", label) + strings.TrimRight(l, "\n"))
			label = ""
		}
	}
}
