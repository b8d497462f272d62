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

// tags are the values of a discriminator by the schema that they name.
type tags struct {
	discriminator *Discriminator
	values        map[*Schema][]hint
}

// tagsOf goes through a discriminator once for all branches.
func tagsOf(d *Discriminator) tags {
	t := tags{d, nil}
	if d == nil || len(d.Mapping) == 0 {
		return t
	}
	t.values = make(map[*Schema][]hint, len(d.Mapping))
	for _, implied := range [2]bool{false, true} { // what a mapping says comes before the name of the component
		for _, value := range slices.Backward(slices.Sorted(maps.Keys(d.Mapping))) {
			if d.Mapping[value] == nil {
				continue
			}
			if target := d.Mapping[value].Resolve(); implied == (value == target.Name) {
				t.values[target] = append(t.values[target], hint{d.Property, value})
			}
		}
	}
	return t
}

// of gives the values that name a branch of oneOf or anyOf, those first that are to be tried first.
func (t tags) of(branch *Schema) []hint {
	if t.discriminator == nil {
		return nil
	}
	target := branch.Resolve()
	hints := t.values[target]
	if len(hints) == 0 && target.Name != "" {
		return []hint{{t.discriminator.Property, target.Name}}
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
		names := tagsOf(s.Discriminator)
		for _, t := range b.trail {
			if t == s || t.Name == "" {
				continue
			}
			if names.values[t] != nil || slices.Contains(t.AllOf, s) || allOfRefers(t, s) {
				hints = append(hints, names.of(t)...)
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
