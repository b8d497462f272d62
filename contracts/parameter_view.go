package contracts

import (
	"understudy/contracts/schema"
)

// A view is what is known of a value's schema: alternatives, any of which may be the one meant. Usually there
// is one; none means that the document says nothing.
type view []*schema.Schema

func viewOf(s *schema.Schema) view {
	if s == nil {
		return nil
	}
	return view{s}
}

func (v view) types() schema.Types {
	if len(v) == 1 {
		return typesOf(v[0])
	}
	budget := maxBranches
	return unionTypes(v, &budget)
}

func (v view) valid(value any, dir schema.Direction) bool {
	for _, s := range v {
		if s.Valid(value, dir) {
			return true
		}
	}
	return len(v) == 0
}

// each calls f on every schema that speaks of the same value: the view's own, and through references, allOf,
// anyOf and oneOf those inside.
func (v view) each(f func(*schema.Schema)) {
	budget := maxBranches
	var walk func(s *schema.Schema)
	walk = func(s *schema.Schema) {
		if s == nil || budget <= 0 {
			return
		}
		budget--
		f(s)
		walk(s.Ref)
		for _, list := range [...][]*schema.Schema{s.AllOf, s.AnyOf, s.OneOf} {
			for _, b := range list {
				walk(b)
			}
		}
	}
	for _, s := range v {
		walk(s)
	}
}

// property gives what is known of a member. declared tells a member that properties names from one that is
// only let through by additionalProperties or a pattern.
func (v view) property(name string) (found view, declared bool) {
	if len(v) == 1 {
		if one := unbranched(v[0]); one != nil {
			if p := one.Property(name); p != nil {
				return view{p}, true
			}
		}
	}
	var loose view
	v.each(func(s *schema.Schema) {
		if p := s.Property(name); p != nil {
			found = append(found, p)
			return
		}
		for i := range s.PatternProperties {
			p := &s.PatternProperties[i]
			if p.Matches(name) {
				loose = append(loose, p.Schema)
				return
			}
		}
		if a := s.AdditionalProperties; a != nil && !a.Never && !a.Always {
			loose = append(loose, a)
		}
	})
	if found != nil {
		return found, true
	}
	return loose, false
}

// item gives what is known of the item at an index of an array.
func (v view) item(i int) (found view) {
	if len(v) == 1 {
		if one := unbranched(v[0]); one != nil && i >= len(one.PrefixItems) {
			return viewOf(one.Items)
		}
	}
	v.each(func(s *schema.Schema) {
		switch {
		case i < len(s.PrefixItems):
			found = append(found, s.PrefixItems[i])
		case s.Items != nil:
			found = append(found, s.Items)
		}
	})
	return found
}

// names lists the declared members in the order of the document, each once.
func (v view) names() []string {
	var names []string
	seen := map[string]bool{}
	v.each(func(s *schema.Schema) {
		for _, p := range s.Properties {
			if !seen[p.Name] {
				seen[p.Name] = true
				names = append(names, p.Name)
			}
		}
	})
	return names
}
