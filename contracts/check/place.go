package check

import (
	"strings"

	"understudy/contracts/schema"
)

// membersOf is what a set of schemas that speak of one object says of its members.
type membersOf struct {
	declared map[string][]*schema.Schema
	listed   bool // some members are declared
	open     bool // further members are spoken of, be it to refuse them
	rest     []*schema.Schema
}

// Limits on walks through schemas, which may be nested in ways that never end.
const (
	maxBranches = 256
	maxWalk     = 20_000
)

// each calls f on all schemas that may speak of the same value as s.
func each(list []*schema.Schema, f func(*schema.Schema)) {
	budget := maxBranches
	var walk func(s *schema.Schema)
	walk = func(s *schema.Schema) {
		if s == nil || budget <= 0 {
			return
		}
		budget--
		f(s)
		walk(s.Ref)
		walk(s.DynamicRef)
		for _, branches := range [...][]*schema.Schema{s.AllOf, s.AnyOf, s.OneOf} {
			for _, b := range branches {
				walk(b)
			}
		}
		walk(s.If)
		walk(s.Then)
		walk(s.Else)
		for i := range s.DependentSchemas {
			walk(s.DependentSchemas[i].Schema)
		}
	}
	for _, s := range list {
		walk(s)
	}
	if budget <= 0 { // not everything was seen: nothing can be said of what is not declared
		f(&schema.Schema{Always: true, AdditionalProperties: &schema.Schema{Always: true}})
	}
}

// members gathers what schemas say of an object; what one schema says is kept.
func (e *Examination) members(list []*schema.Schema) *membersOf {
	if len(list) == 1 {
		if m, ok := e.shapes.Load(list[0]); ok {
			return m.(*membersOf)
		}
	}
	m := &membersOf{declared: map[string][]*schema.Schema{}}
	each(list, func(s *schema.Schema) {
		for i := range s.Properties {
			m.listed = true
			name := s.Properties[i].Name
			m.declared[name] = append(m.declared[name], s.Properties[i].Schema)
		}
		for i := range s.PatternProperties {
			m.rest = append(m.rest, s.PatternProperties[i].Schema)
		}
		for _, further := range []*schema.Schema{s.AdditionalProperties, s.UnevaluatedProperties} {
			if further != nil {
				m.open = true
				m.rest = append(m.rest, further)
			}
		}
		m.open = m.open || len(s.PatternProperties) > 0 || s.PropertyNames != nil
	})
	if len(list) == 1 {
		e.shapes.Store(list[0], m)
	}
	return m
}

// items gathers the schemas of the item at an index.
func items(list []*schema.Schema, index int) []*schema.Schema {
	var found []*schema.Schema
	each(list, func(s *schema.Schema) {
		switch {
		case index < len(s.PrefixItems):
			found = append(found, s.PrefixItems[index])
		case s.Items != nil:
			found = append(found, s.Items)
		}
		if s.Contains != nil {
			found = append(found, s.Contains)
		}
	})
	return found
}

// normal takes what changes from one run to the next out of a JSON Pointer into a value: indexes of arrays and keys of maps
// become "*". Names of members that the schema declares stay, and so do undeclared ones where they look like names.
func (e *Examination) normal(s *schema.Schema, value any, pointer string) string {
	if pointer == "" {
		return ""
	}
	var out strings.Builder
	view := []*schema.Schema{s}
	if s == nil {
		view = nil
	}
	for token := range strings.SplitSeq(pointer[1:], "/") {
		out.WriteByte('/')
		name := schema.UnescapeToken(token)
		switch at := value.(type) {
		case []any:
			out.WriteByte('*')
			value, _ = schema.At(at, "/"+token)
			view = items(view, 0)
		case map[string]any:
			value = at[name]
			m := e.members(view)
			declared, ok := m.declared[name]
			switch {
			case ok:
				out.WriteString(token)
				view = declared
			case m.open && !forbids(m) || !namelike(name):
				out.WriteByte('*')
				view = m.rest
			default:
				out.WriteString(token)
				view = m.rest
			}
		default:
			out.WriteByte('*')
			value, view = nil, nil
		}
	}
	return out.String()
}

// forbids says that further members are spoken of only to refuse them.
func forbids(m *membersOf) bool {
	for _, s := range m.rest {
		if !s.Never {
			return false
		}
	}
	return len(m.rest) > 0
}

// namelike says whether a text looks like a name that somebody wrote rather than like data: an id, a date, an address.
func namelike(text string) bool {
	if text == "" || len(text) > 40 {
		return false
	}
	for i := range len(text) {
		c := text[i]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c == '$'
		if !letter && (i == 0 || c != '-') {
			return false
		}
	}
	return true
}
