package check

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"understudy/contracts/schema"
)

// look judges content that fits its schema by what a schema's validity does not say: that a discriminator's value names the
// schema that the content fits (SCH-004), and, where examination is strict, that every member is declared (SCH-002).
func (p *pass) look(s *schema.Schema, value any, at string) {
	switch value.(type) {
	case map[string]any, []any:
	default:
		return
	}
	strict := p.e.options.Strict && p.e.selected.Has("SCH-002")
	if !strict && !p.e.discriminated(s) {
		return
	}
	root := ""
	if at != "" {
		root = "/*"
	}
	w := walker{pass: p, strict: strict, steps: maxWalk}
	w.walk([]*schema.Schema{s}, value, root, 0)
}

// walker goes through a value beside its schemas.
type walker struct {
	*pass
	strict bool
	steps  int
}

func (w *walker) walk(view []*schema.Schema, value any, at string, depth int) {
	w.steps--
	if w.steps < 0 || depth > 100 || len(view) == 0 || len(w.found) >= maxFindings {
		return
	}
	switch v := value.(type) {
	case []any:
		for i, item := range v {
			w.walk(items(view, i), item, at+"/*", depth+1)
		}
	case map[string]any:
		if len(view) == 1 {
			w.chosen(view[0], v, at, 0)
		}
		m := w.e.members(view)
		for _, name := range slices.Sorted(maps.Keys(v)) {
			switch declared, ok := m.declared[name]; {
			case ok:
				w.walk(declared, v[name], at+"/"+schema.EscapeToken(name), depth+1)
			case m.open || !m.listed:
				w.walk(m.rest, v[name], at+"/*", depth+1)
			case w.strict:
				w.undeclared(view[0], name, at)
			}
		}
	}
}

// chosen looks at the discriminators that hold for an object: of the schema itself, of what it is made of, and of the one
// alternative that the object fits.
func (w *walker) chosen(s *schema.Schema, object map[string]any, at string, depth int) {
	if s == nil || depth > 16 {
		return
	}
	if s.Discriminator != nil {
		w.discriminator(s, object, at)
	}
	w.chosen(s.Ref, object, at, depth+1)
	for _, part := range s.AllOf {
		w.chosen(part, object, at, depth+1)
	}
	for _, branches := range [...][]*schema.Schema{s.OneOf, s.AnyOf} {
		var fits *schema.Schema
		n := 0
		for _, b := range branches {
			if b.Valid(object, schema.Response) {
				fits = b
				n++
			}
		}
		if n == 1 {
			w.chosen(fits, object, at, depth+1)
		}
	}
}

// undeclared notes a member that the document does not have.
func (w *walker) undeclared(s *schema.Schema, name, at string) {
	shown, keyword := name, "undeclared "+name
	if !namelike(name) {
		shown, keyword = "*", "undeclared"
	}
	s = s.Resolve()
	w.report("SCH-002", Finding{
		Message: fmt.Sprintf("The content that %s sent has the member %s, which its schema does not declare.", w.label(), strconv.Quote(cut(name, 80))),
		Want:    "only members that are declared", Got: "the member " + strconv.Quote(cut(name, 80)),
		Where: bodyPlace(at + "/" + schema.EscapeToken(shown)), At: PlaceOf(s.At), Keyword: keyword,
	})
}

// discriminator judges whether the value that chooses a schema names the one that the object fits (OpenAPI 3.1.1,
// Discriminator Object). On a parent, without oneOf or anyOf, it takes no part in judging: a misfit is only noted, and a
// value that names nothing may be the parent itself.
func (w *walker) discriminator(s *schema.Schema, object map[string]any, at string) {
	d := s.Discriminator
	text, ok := object[d.Property].(string)
	if !ok {
		return // missing or of another type: that is the schema's affair
	}
	target, parent := w.target(s, text), len(s.OneOf)+len(s.AnyOf) == 0
	f := Finding{
		Where: bodyPlace(at + "/" + schema.EscapeToken(d.Property)), At: below(PlaceOf(s.At), "discriminator"), Keyword: "discriminator",
		Got: strconv.Quote(cut(text, 80)), Level: Warning, Certainty: Likely,
	}
	switch {
	case target != nil:
		if target.Valid(object, schema.Response) {
			return
		}
		name := target.Resolve().Name
		if name == "" {
			name = "the schema at " + target.Resolve().At.Pointer
		}
		f.Want = "content of " + name
		f.Message = fmt.Sprintf("The content that %s sent calls itself %s by %q, but does not fit %s.", w.label(), f.Got, d.Property, name)
	case parent || !mapped(s):
		return
	default:
		f.Want = "one of " + cut(fmt.Sprint(slices.Sorted(maps.Keys(d.Mapping))), maxShown-10)
		f.Message = fmt.Sprintf("The content that %s sent calls itself %s by %q, which names no schema.", w.label(), f.Got, d.Property)
		f.Keyword = "discriminator unknown"
	}
	if parent {
		f.Level = Note
	}
	w.report("SCH-004", f)
}

// mapped says that the document itself says which values there are: by a mapping with names of its own, and alternatives that
// have names. Many documents only imply the names of components, while their values are others.
func mapped(s *schema.Schema) bool {
	for _, b := range slices.Concat(s.OneOf, s.AnyOf) {
		if b.Ref == nil {
			return false
		}
	}
	for value, target := range s.Discriminator.Mapping {
		if value != target.Name {
			return true
		}
	}
	return false
}

// target is the schema that a discriminator's value names: by the mapping, by the name of a component, or by default.
func (w *walker) target(s *schema.Schema, text string) *schema.Schema {
	if t := s.Discriminator.Mapping[text]; t != nil {
		return t
	}
	for i := range w.e.contract.Schemas {
		if c := &w.e.contract.Schemas[i]; c.Name == text {
			return c.Schema
		}
	}
	return s.Discriminator.Default
}

// discriminated says whether a discriminator may be met inside a schema; very large ones count as if.
func (e *Examination) discriminated(s *schema.Schema) bool {
	if known, ok := e.tagged.Load(s); ok {
		return known.(bool)
	}
	seen := map[*schema.Schema]bool{}
	found := reach(s, seen) || len(seen) >= maxWalk
	e.tagged.Store(s, found)
	return found
}

// reach looks for a discriminator in a schema and everything inside it.
func reach(s *schema.Schema, seen map[*schema.Schema]bool) bool {
	if s == nil || seen[s] || len(seen) >= maxWalk {
		return false
	}
	seen[s] = true
	if s.Discriminator != nil {
		return true
	}
	found := false
	each := func(list ...*schema.Schema) {
		for _, t := range list {
			found = found || reach(t, seen)
		}
	}
	each(s.Ref, s.DynamicRef, s.Items, s.Contains, s.AdditionalProperties, s.UnevaluatedItems, s.UnevaluatedProperties, s.If, s.Then, s.Else)
	each(s.AllOf...)
	each(s.AnyOf...)
	each(s.OneOf...)
	each(s.PrefixItems...)
	for i := range s.Properties {
		each(s.Properties[i].Schema)
	}
	for i := range s.PatternProperties {
		each(s.PatternProperties[i].Schema)
	}
	for i := range s.DependentSchemas {
		each(s.DependentSchemas[i].Schema)
	}
	return found
}
