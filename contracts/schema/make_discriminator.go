package schema

import (
	"maps"
	"slices"
)

// A hint is a value to be tried first for a property.
type hint struct {
	name  string
	value string
}

// tagOf gives the value of the discriminator that names a branch of oneOf or anyOf.
func tagOf(d *Discriminator, branch *Schema) []hint {
	if d == nil {
		return nil
	}
	target := branch.Resolve()
	var hints []hint
	for _, value := range slices.Sorted(maps.Keys(d.Mapping)) {
		if t := d.Mapping[value]; t != nil && t.Resolve() == target {
			h := hint{d.Property, value}
			if value == target.Name { // implied by the name of the component: what a mapping says comes first
				hints = append(hints, h)
			} else {
				hints = slices.Insert(hints, 0, h)
			}
		}
	}
	if len(hints) == 0 && target.Name != "" {
		hints = append(hints, hint{d.Property, target.Name})
	}
	return hints
}

// leadsTo says whether a value of the discriminator names a branch.
func leadsTo(d *Discriminator, value string, roots []*Schema) bool {
	t := d.Mapping[value]
	for _, r := range roots {
		if t != nil && r.Resolve() == t.Resolve() || t == nil && r.Resolve().Name == value {
			return true
		}
	}
	return false
}

// baseTag gives the values of discriminators that stand in a common base: what is made is one of the schemas that
// have the base in their allOf, or the base itself.
func (b *planner) baseTag() []hint {
	var hints []hint
	for _, s := range b.p.atoms {
		if s.Discriminator == nil || len(s.OneOf)+len(s.AnyOf) > 0 {
			continue
		}
		for _, t := range b.trail {
			if t == s || t.Name == "" {
				continue
			}
			named := false
			for _, m := range s.Discriminator.Mapping {
				named = named || m != nil && m.Resolve() == t
			}
			if named || slices.Contains(t.AllOf, s) || allOfRefers(t, s) {
				hints = append(hints, tagOf(s.Discriminator, t)...)
			}
		}
		if _, implied := s.Discriminator.Mapping[s.Name]; implied {
			hints = append(hints, hint{s.Discriminator.Property, s.Name})
		}
		for _, value := range slices.Sorted(maps.Keys(s.Discriminator.Mapping)) {
			hints = append(hints, hint{s.Discriminator.Property, value})
		}
	}
	return hints
}

func allOfRefers(t, base *Schema) bool {
	for _, a := range t.AllOf {
		if a.Resolve() == base {
			return true
		}
	}
	return false
}

// tag puts the discriminator's value in front of what is tried for its property.
func (p *plan) tag(hints []hint) {
	if p.object == nil {
		return
	}
	for i := len(hints) - 1; i >= 0; i-- {
		for j := range p.object.props {
			if q := &p.object.props[j]; q.name == hints[i].name {
				q.hints = slices.Insert(slices.Clone(q.hints), 0, any(hints[i].value))
			}
		}
	}
}

// hint adds a value to be tried for a property.
func (o *objectPlan) hint(h hint) {
	for i := range o.props {
		if q := &o.props[i]; q.name == h.name {
			q.hints = append(q.hints, h.value)
		}
	}
}
