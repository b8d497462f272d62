package schema

import (
	"fmt"
	"math"
	"slices"
	"sync/atomic"
)

// An objectPlan is what is known of the objects at a place.
type objectPlan struct {
	props     []propertyPlan // declared or required, in the order of the document
	owners    []*Schema      // atoms that speak of names
	leftovers []leftover     // unevaluatedProperties
	names     []*Schema      // propertyNames
	needs     []Dependency   // dependentRequired
	min, max  int            // max is math.MaxInt where there is none
	entries   bool           // a map: entries of one kind under names of the client's choice

	reason string
	at     Location
}

// A leftover is a schema for the parts of a value that others have not seen.
type leftover struct {
	schema *Schema
	others []*Schema
}

// A propertyPlan is what is known of one property.
type propertyPlan struct {
	name      string
	parts     []*Schema // all that hold for its value
	required  bool
	forbidden bool
	readOnly  bool
	writeOnly bool
	kind      kind  // from the name
	hints     []any // values to be tried first: the discriminator's
	plan      atomic.Pointer[plan]
}

// schema gives the plan of the property's value.
func (p *propertyPlan) values() *plan {
	if q := p.plan.Load(); q != nil {
		return q
	}
	p.plan.CompareAndSwap(nil, planOf(p.parts))
	return p.plan.Load()
}

// objects puts together what the atoms say about objects.
func (b *planner) objects() *objectPlan {
	o := &objectPlan{max: math.MaxInt}
	seen := make(map[string]int)
	for _, s := range b.p.atoms {
		if s.Properties != nil || s.PatternProperties != nil || s.AdditionalProperties != nil {
			o.owners = append(o.owners, s)
		}
		for i := range s.Properties {
			if name := s.Properties[i].Name; !has(seen, name) {
				seen[name] = len(seen)
			}
		}
		if s.PropertyNames != nil {
			o.names = append(o.names, s.PropertyNames)
		}
		o.needs = append(o.needs, s.DependentRequired...)
		if s.MinProperties != nil {
			o.min = max(o.min, *s.MinProperties)
		}
		if s.MaxProperties != nil {
			o.max = min(o.max, *s.MaxProperties)
		}
		if s.AdditionalProperties != nil && !s.AdditionalProperties.Never && !s.AdditionalProperties.Always ||
			s.PatternProperties != nil {
			o.entries = true
		}
	}
	for _, s := range b.p.atoms {
		if s.UnevaluatedProperties != nil {
			o.leftovers = append(o.leftovers, leftover{s.UnevaluatedProperties, b.seenBy(s, o.owners)})
		}
	}
	declared := len(seen)
	required := make(map[string]bool)
	for _, s := range b.p.atoms {
		for _, name := range s.Required {
			required[name] = true
			if !has(seen, name) {
				seen[name] = len(seen)
			}
		}
	}
	o.entries = o.entries && declared == 0
	o.props = make([]propertyPlan, len(seen))
	for name, i := range seen {
		o.property(&o.props[i], name, b.p.name)
		o.props[i].required = required[name]
	}
	for _, h := range b.baseTag() {
		o.hint(h)
	}
	b.impossibleObject(o)
	return o
}

func has(m map[string]int, name string) bool {
	_, ok := m[name]
	return ok
}

// property fills in what holds for a name.
func (o *objectPlan) property(q *propertyPlan, name, owner string) {
	q.name = name
	var allowed bool
	q.parts, allowed = o.parts(name)
	q.forbidden = !allowed
	for _, s := range q.parts {
		q.readOnly = q.readOnly || s.access&readOnly != 0
		q.writeOnly = q.writeOnly || s.access&writeOnly != 0
	}
	q.kind = kindOfName(name, owner)
}

// parts gives the schemas that hold for the value of a property, and whether the property may be there at all.
func (o *objectPlan) parts(name string) (parts []*Schema, allowed bool) {
	add := func(s *Schema) bool {
		if s.Never {
			return false
		}
		if !s.Always && !slices.Contains(parts, s) || s.synthetic() {
			parts = append(parts, s)
		}
		return true
	}
	for _, s := range o.owners {
		schemas, _ := s.declares(name)
		for _, t := range schemas {
			if !add(t) {
				return nil, false
			}
		}
	}
	for _, l := range o.leftovers {
		known := slices.ContainsFunc(l.others, func(s *Schema) bool {
			_, declared := s.declares(name)
			return declared
		})
		if !known && !add(l.schema) {
			return nil, false
		}
	}
	for _, s := range o.names {
		if !s.Valid(name, Response) {
			return nil, false
		}
	}
	return parts, true
}

// declares gives what a schema by itself says about a property, and whether it says anything.
func (s *Schema) declares(name string) (schemas []*Schema, declared bool) {
	if t := s.Property(name); t != nil {
		schemas = append(schemas, t)
	}
	for i := range s.PatternProperties {
		if s.PatternProperties[i].Matches(name) {
			schemas = append(schemas, s.PatternProperties[i].Schema)
		}
	}
	if len(schemas) == 0 && s.AdditionalProperties != nil {
		schemas = append(schemas, s.AdditionalProperties)
	}
	return schemas, len(schemas) > 0
}

// impossibleObject notes why no object fits.
func (b *planner) impossibleObject(o *objectPlan) {
	need := 0
	for i := range o.props {
		q := &o.props[i]
		if !q.required {
			continue
		}
		need++
		if q.forbidden && !q.readOnly && !q.writeOnly {
			o.reason = fmt.Sprintf("property %q is required and not allowed", q.name)
			o.at = b.p.place(func(s *Schema) bool { return slices.Contains(s.Required, q.name) })
			return
		}
	}
	limits := func(s *Schema) bool { return s.MaxProperties != nil || s.MinProperties != nil }
	switch {
	case o.min > o.max:
		o.reason, o.at = fmt.Sprintf("minProperties %d is above maxProperties %d", o.min, o.max), b.p.place(limits)
	case b.p.plainlyRequired(o) > o.max:
		o.reason, o.at = fmt.Sprintf("%d properties are required and maxProperties is %d", need, o.max), b.p.place(limits)
	}
}

// plainlyRequired counts the required properties that no direction leaves out.
func (p *plan) plainlyRequired(o *objectPlan) (n int) {
	for i := range o.props {
		if o.props[i].required && !o.props[i].readOnly && !o.props[i].writeOnly {
			n++
		}
	}
	return n
}

// An arrayPlan is what is known of the arrays at a place.
type arrayPlan struct {
	owners    []*Schema  // atoms that speak of items
	leftovers []leftover // unevaluatedItems
	min, max  int
	unique    bool
	contains  []*Schema // atoms with contains
	prefix    []atomic.Pointer[plan]
	rest      atomic.Pointer[plan]
	bound     int // no item may stand at this index or behind; math.MaxInt where any may

	reason string
	at     Location
}

// arrays puts together what the atoms say about arrays.
func (b *planner) arrays() *arrayPlan {
	a := &arrayPlan{max: math.MaxInt, bound: math.MaxInt}
	long := 0
	for _, s := range b.p.atoms {
		if s.Items != nil || s.PrefixItems != nil {
			a.owners = append(a.owners, s)
		}
		long = max(long, len(s.PrefixItems))
		if s.MinItems != nil {
			a.min = max(a.min, *s.MinItems)
		}
		if s.MaxItems != nil {
			a.max = min(a.max, *s.MaxItems)
		}
		a.unique = a.unique || s.UniqueItems
		if s.Contains != nil {
			a.contains = append(a.contains, s)
		}
	}
	for _, s := range b.p.atoms {
		if s.UnevaluatedItems != nil {
			a.leftovers = append(a.leftovers, leftover{s.UnevaluatedItems, b.seenBy(s, a.owners)})
		}
	}
	a.prefix = make([]atomic.Pointer[plan], long)
	for i := range long + 1 {
		if _, ok := a.parts(i); !ok {
			a.bound = i
			break
		}
	}
	limits := func(s *Schema) bool { return s.MinItems != nil || s.MaxItems != nil }
	switch {
	case a.min > a.max:
		a.reason, a.at = fmt.Sprintf("minItems %d is above maxItems %d", a.min, a.max), b.p.place(limits)
	case a.min > a.bound:
		a.reason, a.at = fmt.Sprintf("minItems is %d and only %d items are allowed", a.min, a.bound), b.p.place(limits)
	}
	return a
}

// parts gives the schemas that hold for the item at an index, and whether there may be one.
func (a *arrayPlan) parts(i int) (parts []*Schema, allowed bool) {
	add := func(s *Schema) bool {
		if !s.Always && !slices.Contains(parts, s) {
			parts = append(parts, s)
		}
		return !s.Never
	}
	says := func(s *Schema) *Schema {
		if i < len(s.PrefixItems) {
			return s.PrefixItems[i]
		}
		return s.Items
	}
	for _, s := range a.owners {
		if t := says(s); t != nil && !add(t) {
			return nil, false
		}
	}
	for _, l := range a.leftovers {
		known := slices.ContainsFunc(l.others, func(s *Schema) bool { return says(s) != nil })
		if !known && (!l.schema.Never || len(a.contains) == 0) && !add(l.schema) { // contains sees items as well
			return nil, false
		}
	}
	return parts, true
}

// item gives the plan of the item at an index.
func (a *arrayPlan) item(i int) *plan {
	at := &a.rest
	if i < len(a.prefix) {
		at = &a.prefix[i]
	}
	if p := at.Load(); p != nil {
		return p
	}
	parts, _ := a.parts(i)
	at.CompareAndSwap(nil, planOf(parts))
	return at.Load()
}
