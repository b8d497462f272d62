package cases

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"understudy/contracts/schema"
)

// A place is one spot in the value of a subject, with everything that the schema says of it.
type place struct {
	subject *subject
	parent  *place // the place that it was found from; nil for the whole value
	step    step   // that leads here from the parent
	tokens  []string
	atoms   []*schema.Schema // that all hold here, behind references and allOf
	fresh   []*schema.Schema // those that do not hold at the parent as well
	// optional says that the place is a member which may be missing.
	optional bool
}

// A step leads from a place to the next: to a member, to an item, or into one alternative at the same spot.
type step struct {
	member bool
	item   int            // where it is neither a member nor an alternative
	owner  *schema.Schema // of the alternatives
	branch *schema.Schema // nil: the step goes into the value
	number int            // of the branch among the alternatives
	choice string         // "oneOf", "anyOf"
}

// pointer is the JSON Pointer of the place.
func (p *place) pointer() string { return pointerOf(p.tokens) }

// String names the place for people: "body /name", "body /pet/lives (oneOf 2)".
func (p *place) String() string {
	text := p.subject.label
	if pointer := p.pointer(); pointer != "" {
		text += " " + pointer
	}
	for at := p; at != nil; at = at.parent {
		if at.alternative() {
			return text + " (" + chain(at) + ")"
		}
	}
	return text
}

// memberName names a member of the place, there or not.
func (p *place) memberName(name string) string {
	return (&place{subject: p.subject, parent: p, tokens: append(slices.Clone(p.tokens), name)}).String()
}

// chain names an alternative by its number, with those around it at the same spot: "oneOf 2, anyOf 1".
func chain(p *place) string {
	own := fmt.Sprintf("%s %d", p.step.choice, p.step.number+1)
	if p.parent.alternative() {
		return chain(p.parent) + ", " + own
	}
	return own
}

func pointerOf(tokens []string) string {
	var b strings.Builder
	for _, t := range tokens {
		b.WriteByte('/')
		b.WriteString(schema.EscapeToken(t))
	}
	return b.String()
}

// alternative says whether the place is one alternative of another place at the same spot.
func (p *place) alternative() bool { return p.step.branch != nil }

// mostPlaces bounds the places that are looked at in one subject, mostBranches the alternatives at one place.
const (
	mostPlaces   = 400
	mostBranches = 24
)

// placesOf lists the places of a subject, the outer ones first.
func (g *Generator) placesOf(s *subject) []*place {
	if s.places != nil || s.schema == nil {
		return s.places
	}
	root := &place{subject: s, atoms: conjuncts(s.schema)}
	if s.sequence {
		root.tokens = []string{"0"}
	}
	root.fresh = root.atoms
	list := []*place{root}
	for i := 0; i < len(list) && len(list) < mostPlaces; i++ {
		list = append(list, list[i].next(g.options.Depth)...)
	}
	s.places = list[:min(len(list), mostPlaces)]
	return s.places
}

// next lists the places to which one step leads.
func (p *place) next(depth int) []*place {
	list := p.alternatives()
	if len(p.tokens) >= depth {
		return list
	}
	seen := map[string]bool{}
	for _, a := range p.fresh {
		for _, property := range a.Properties {
			if !seen[property.Name] {
				seen[property.Name] = true
				list = p.add(list, step{member: true}, property.Name, p.property(property.Name))
			}
		}
	}
	if len(seen) == 0 {
		for _, a := range p.fresh {
			if extra := a.AdditionalProperties; extra != nil && !extra.Never && !extra.Always && len(p.declared()) == 0 {
				list = p.add(list, step{member: true}, "key", []*schema.Schema{extra})
				break
			}
		}
	}
	return p.items(list)
}

func (p *place) items(list []*place) []*place {
	for _, a := range p.fresh {
		for i, item := range a.PrefixItems {
			list = p.add(list, step{item: i}, strconv.Itoa(i), []*schema.Schema{item})
		}
		if a.Items != nil && !a.Items.Never {
			list = p.add(list, step{item: len(a.PrefixItems)}, strconv.Itoa(len(a.PrefixItems)), []*schema.Schema{a.Items})
			break
		}
	}
	return list
}

// alternatives are the branches of oneOf and anyOf at the same spot.
func (p *place) alternatives() []*place {
	nested := 0
	for at := p; at != nil && at.alternative(); at = at.parent {
		nested++
	}
	if nested >= 3 {
		return nil
	}
	var list []*place
	for _, a := range p.fresh {
		for _, c := range choicesOf(a) {
			for i, b := range c.branches[:min(len(c.branches), mostBranches)] {
				if b.Never {
					continue
				}
				list = p.add(list, step{owner: a, branch: b, number: i, choice: c.keyword}, "", []*schema.Schema{b})
			}
		}
	}
	return list
}

// A choice is one of the keywords that list alternatives.
type choice struct {
	keyword  string
	branches []*schema.Schema
}

func choicesOf(s *schema.Schema) []choice {
	var list []choice
	if len(s.OneOf) > 0 {
		list = append(list, choice{"oneOf", s.OneOf})
	}
	if len(s.AnyOf) > 0 {
		list = append(list, choice{"anyOf", s.AnyOf})
	}
	return list
}

// add adds the place behind a step, unless the way comes back to where it has been.
func (p *place) add(list []*place, s step, token string, parts []*schema.Schema) []*place {
	n := &place{subject: p.subject, parent: p, step: s, tokens: p.tokens}
	for _, part := range parts {
		n.fresh = append(n.fresh, conjuncts(part)...)
	}
	if s.branch != nil {
		n.optional = p.optional
		n.atoms = append(slices.Clone(p.atoms), n.fresh...)
	} else {
		n.tokens = append(slices.Clone(p.tokens), token)
		n.atoms = n.fresh
		n.optional = s.member && !p.requires(token)
	}
	if p.repeats(n.fresh) || s.member && slices.ContainsFunc(n.fresh, fromServer) {
		return list
	}
	return append(list, n)
}

// fromServer says whether a schema is that of a member which only answers have: what a request says there is passed over.
func fromServer(s *schema.Schema) bool { return s.ReadOnly }

// repeats says whether a structure is one of those that the place is inside of.
func (p *place) repeats(fresh []*schema.Schema) bool {
	for at := p; at != nil; at = at.parent {
		for _, s := range fresh {
			if (len(s.Properties) > 0 || len(s.OneOf)+len(s.AnyOf) > 0) && slices.Contains(at.fresh, s) {
				return true
			}
		}
	}
	return false
}

// property lists what is said of a member.
func (p *place) property(name string) []*schema.Schema {
	var parts []*schema.Schema
	for _, a := range p.atoms {
		if s := a.Property(name); s != nil {
			parts = append(parts, s)
		}
	}
	return parts
}

// declared lists the members that the place's schemas name.
func (p *place) declared() []string {
	var names []string
	for _, a := range p.atoms {
		for _, q := range a.Properties {
			names = append(names, q.Name)
		}
	}
	return names
}

func (p *place) requires(name string) bool {
	return slices.ContainsFunc(p.atoms, func(a *schema.Schema) bool { return slices.Contains(a.Required, name) })
}

// conjuncts lists the schemas that all hold where one does: itself, what it refers to, and its allOf.
func conjuncts(s *schema.Schema) []*schema.Schema {
	var list []*schema.Schema
	var visit func(s *schema.Schema)
	visit = func(s *schema.Schema) {
		if s == nil || len(list) >= 64 || slices.Contains(list, s) {
			return
		}
		list = append(list, s)
		visit(s.Ref)
		visit(s.DynamicRef)
		for _, part := range s.AllOf {
			visit(part)
		}
	}
	visit(s)
	return list
}

// types gives the types that may stand at the place, as far as the schemas say so; 0: any.
func (p *place) types() schema.Types { return typesOf(p.atoms) }

// typeNames lists types in words.
func typeNames(t schema.Types) string {
	if t&schema.Number != 0 {
		t &^= schema.Integer
	}
	return t.String()
}

const anyType = schema.Null | schema.Boolean | schema.Integer | schema.Number | schema.String | schema.Array | schema.Object

// typesOf gives the types that a list of schemas which all hold lets through. Number holds Integer.
func typesOf(atoms []*schema.Schema) schema.Types {
	budget := 500
	return typesWithin(atoms, &budget)
}

// typesWithin is typesOf within a number of schemas that it looks at; those beyond say nothing.
func typesWithin(atoms []*schema.Schema, budget *int) schema.Types {
	types := schema.Types(0)
	meet := func(t schema.Types) {
		if t&schema.Number != 0 {
			t |= schema.Integer
		}
		if types == 0 {
			types = t
		} else if t != 0 {
			types &= t
		}
	}
	for _, a := range atoms {
		if *budget--; *budget < 0 {
			return types
		}
		meet(a.Types)
		for _, c := range choicesOf(a) {
			union := schema.Types(0)
			for _, b := range c.branches {
				t := typesWithin(conjuncts(b), budget)
				if t == 0 {
					t = anyType
				}
				union |= t
			}
			meet(union)
		}
	}
	return types
}

// first gives the first schema for which a condition holds, or nil, among those that the place adds to its parent: what
// holds at a spot is tried there once, and not again in each alternative.
func (p *place) first(is func(*schema.Schema) bool) *schema.Schema {
	for _, a := range p.fresh {
		if is(a) {
			return a
		}
	}
	return nil
}

// breaks gives the keywords that a value breaks at the place, each once, of those that the place adds to its parent.
func (p *place) breaks(v any) []string {
	var list []string
	for _, a := range p.fresh {
		for _, broken := range a.Check(v, schema.Request) {
			if broken.Pointer == "" && !slices.Contains(list, broken.Keyword) {
				list = append(list, broken.Keyword)
			}
		}
	}
	return list
}
