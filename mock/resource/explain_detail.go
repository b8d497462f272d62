package resource

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"understudy/contracts/inference"
)

// details gives what is told of an operation beside its role, as label and text, for people.
func details(o *ExplainedOperation) [][2]string {
	var out [][2]string
	add := func(label, text string) {
		if text != "" {
			out = append(out, [2]string{label, text})
		}
	}
	add("answer", envelopeText(o))
	add("paging", pagingText(o.Paging))
	add("filters", filterText(o.Filters))
	add("search", strings.Join(o.Search, ", "))
	add("sort", sortText(o.Sort))
	add("sets", valuesText(o.Sets))
	add("requires", valuesText(o.Requires))
	add("takes", transitionTexts(o.Transitions))
	if k := o.Idempotency; k != nil {
		add("repeats", "are recognised by the header "+k.Header)
	}
	add("security", securityText(o.Security))
	add("limits", strings.Join(o.Limits, ", "))
	add("events", strings.Join(append(slices.Clone(o.Events), o.Callbacks...), ", "))
	return out
}

func envelopeText(o *ExplainedOperation) string {
	e := o.Envelope
	if e == nil {
		return ""
	}
	var b strings.Builder
	b.WriteString(e.Status)
	if e.Media != "" {
		b.WriteString(" " + e.Media)
	}
	what := "the item"
	if o.Role == inference.List {
		what = "the list"
	}
	switch {
	case !e.Shows && e.Media == "":
		b.WriteString(" without a body")
	case !e.Shows:
		b.WriteString(", does not show the item")
	case e.Item == "":
		b.WriteString(", the body is " + what)
	default:
		b.WriteString(", " + what + " at " + e.Item)
	}
	if e.Array && e.Shows {
		b.WriteString(", as a list of one")
	}
	if e.Input != nil && *e.Input != "" {
		b.WriteString("; the request has it at " + *e.Input)
	}
	if e.InputList {
		b.WriteString("; the request holds a list")
	}
	return strings.TrimSpace(b.String())
}

func pagingText(p *ExplainedPaging) string {
	if p == nil {
		return ""
	}
	parts := []string{"by " + string(p.Style)}
	for _, word := range [...]string{"page", "offset", "cursor", "before", "limit"} {
		if v := p.Parameters[word]; v != "" {
			text := word + " ?" + v
			if word == v {
				text = "?" + v
			}
			parts = append(parts, text)
		}
	}
	size := fmt.Sprintf("%d a page", p.Size)
	if p.Max > 0 {
		size += fmt.Sprintf(", at most %d", p.Max)
	}
	parts = append(parts, size)
	if p.Style == inference.PageNumber && p.First == 0 {
		parts = append(parts, "counted from 0")
	}
	for _, word := range [...]string{"total", "pages", "next", "previous", "more"} {
		if v := p.Members[word]; v != "" {
			parts = append(parts, word+" at "+v)
		}
	}
	if p.Link {
		parts = append(parts, "Link header")
	}
	return strings.Join(parts, ", ")
}

var operatorText = map[inference.FilterOp]string{inference.Equals: "=", inference.Contains: "~", inference.AtLeast: ">=", inference.AtMost: "<=", inference.More: ">", inference.Less: "<", inference.NotEquals: "!="}

func filterText(list []ExplainedFilter) string {
	parts := make([]string, 0, len(list))
	for _, f := range list {
		name := "?" + f.Parameter
		if f.Path {
			name = "{" + f.Parameter + "}"
		}
		if f.Key != "" {
			name += "[" + f.Key + "]"
		}
		parts = append(parts, name+": "+f.Property+" "+operatorText[f.Operator])
	}
	return strings.Join(parts, ", ")
}

func sortText(s *ExplainedSort) string {
	if s == nil {
		return ""
	}
	var parts []string
	if s.By != "" {
		text := "by ?" + s.By
		if len(s.Properties) > 0 {
			text += " (" + strings.Join(s.Properties, ", ") + ")"
		}
		parts = append(parts, text)
	}
	if s.Direction != "" {
		parts = append(parts, "direction ?"+s.Direction)
	}
	if s.Default != "" {
		parts = append(parts, "else "+s.Default)
	}
	if s.Descending {
		parts = append(parts, "descending")
	}
	return strings.Join(parts, ", ")
}

// valuesText writes members with their values in a fixed order.
func valuesText(m map[string]any) string {
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		v, err := json.Marshal(m[k])
		if err != nil {
			v = []byte(fmt.Sprint(m[k]))
		}
		parts = append(parts, k+" = "+string(v))
	}
	return strings.Join(parts, ", ")
}

// securityText writes alternatives: any of them, each with all its schemes.
func securityText(alternatives [][]ExplainedScheme) string {
	if len(alternatives) == 0 {
		return "none"
	}
	parts := make([]string, 0, len(alternatives))
	for _, a := range alternatives {
		if len(a) == 0 {
			parts = append(parts, "anonymous")
			continue
		}
		all := make([]string, 0, len(a))
		for _, s := range a {
			text := s.Scheme
			if len(s.Scopes) > 0 {
				text += " (" + strings.Join(s.Scopes, ", ") + ")"
			}
			all = append(all, text)
		}
		parts = append(parts, strings.Join(all, " and "))
	}
	return strings.Join(parts, ", or ")
}
