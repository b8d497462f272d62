package schema

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"go.yaml.in/yaml/v4"
)

// wide is the number of properties from which a schema gets an index.
const wide = 12

// access says what holds for a property because of readOnly and writeOnly.
type access uint8

const (
	readOnly access = 1 << iota
	writeOnly
)

// uses is a set of kinds of keywords.
type uses uint16

const (
	useRef uses = 1 << iota
	useDynamic
	useValues // enum, const
	useNumber
	useString
	useArray
	useObject
	useApply // keywords that apply schemas to the same value
	useUnevaluated
)

func usesOf(s *Schema) uses {
	var u uses
	set := func(bit uses, is bool) {
		if is {
			u |= bit
		}
	}
	f := formatNamed(s.Format)
	set(useRef, s.Ref != nil)
	set(useDynamic, s.DynamicRef != nil)
	set(useValues, s.Enum != nil || s.HasConst)
	set(useNumber, s.Minimum != nil || s.Maximum != nil || s.MultipleOf != nil || f.numeric())
	set(useString, s.MinLength != nil || s.MaxLength != nil || s.expression != nil ||
		f != noFormat && !f.numeric())
	set(useArray, s.Items != nil || s.PrefixItems != nil || s.Contains != nil || s.MinItems != nil ||
		s.MaxItems != nil || s.UniqueItems)
	set(useObject, s.Properties != nil || s.Required != nil || s.PatternProperties != nil ||
		s.AdditionalProperties != nil || s.PropertyNames != nil || s.MinProperties != nil ||
		s.MaxProperties != nil || s.DependentRequired != nil)
	set(useApply, s.AllOf != nil || s.AnyOf != nil || s.OneOf != nil || s.Not != nil || s.If != nil ||
		s.DependentSchemas != nil)
	set(useUnevaluated, s.UnevaluatedItems != nil || s.UnevaluatedProperties != nil)
	return u
}

// discriminator reads the Discriminator Object; what it implies is added by Finish.
func (r *reader) discriminator(n *yaml.Node) {
	if n.Kind != yaml.MappingNode {
		r.ignored("discriminator", n, "an object with propertyName")
		return
	}
	members := pairs(n)
	d := &Discriminator{Mapping: make(map[string]*Schema)}
	if name := member(members, "propertyName"); name != nil {
		d.Property = r.text("discriminator/propertyName", name)
	}
	if d.Property == "" {
		r.ignored("discriminator", n, "an object with propertyName")
		return
	}
	if m := member(members, "mapping"); m != nil && m.Kind == yaml.MappingNode {
		entries := pairs(m)
		for i := 0; i+1 < len(entries); i += 2 {
			if value := follow(entries[i+1]); isString(value) {
				if s := r.mapped(value, "mapping", entries[i].Value); s != nil {
					d.Mapping[r.intern(entries[i].Value)] = s
				}
			}
		}
	}
	if def := member(members, "defaultMapping"); isString(def) {
		d.Default = r.mapped(def, "defaultMapping")
	}
	r.s.Discriminator = d
	r.discs = append(r.discs, r.s)
}

// mapped finds what a mapping names: a component where there is one of that name, else the target of a reference.
func (r *reader) mapped(value *yaml.Node, tokens ...string) *Schema {
	if looksLikeName(value.Value) {
		if n, at, err := r.resolve(r.s.At, componentRef(value.Value)); err == nil && follow(n) != nil {
			return r.target(follow(n), at)
		}
	}
	found, err := r.lookup(value.Value)
	if n := follow(found.node); err == nil && n != nil {
		return r.target(n, found.at)
	}
	at := r.at.child(value, append([]string{"discriminator"}, tokens...)...)
	r.warn(at, "%s is neither the name of a schema nor a reference to one; the entry is left out", quoteShort(value.Value))
	return nil
}

// Finish completes what needs all schemas: implied names of discriminators, loops of references, indexes. It is called
// once, after the last Compile. The error is for what makes judging impossible; loops are only warned of.
func (c *Compiler) Finish() error {
	if len(c.pending) > 0 {
		return fmt.Errorf("%d schemas are still unread: Compile did not come to its end", len(c.pending))
	}
	if c.finished {
		return errors.New("the schemas are finished already")
	}
	for _, d := range c.discs {
		implyNames(d)
	}
	c.cutLoops()
	c.cutFans()
	if c.nullables > 0 {
		c.warn(c.nullableAt, "nullable means nothing since OpenAPI 3.1 but stands in %d schemas, here for the first time; it is read "+
			"as in 3.0: null is allowed. Write type: [..., \"null\"]", c.nullables)
	}
	for _, s := range c.all {
		if !c.dynamic {
			s.resource = nil
		}
		s.sorted = sortedIndex(s.Properties)
		s.enumText = enumIndex(s.Enum)
		s.enumDigests = digestIndex(s.Enum)
		s.access = accessOf(s, 0, new(maxParts))
	}
	for _, s := range c.all {
		s.order = orderOf(s)
	}
	c.finished = true
	c.memo, c.pending, c.discs, c.ids, c.resources = nil, nil, nil, nil, nil
	c.all, c.texts, c.counts, c.limits, c.patterns = nil, nil, nil, nil, nil
	return nil
}

// implyNames adds the names of the components among oneOf and anyOf to the discriminator.
func implyNames(s *Schema) {
	for _, branches := range [][]*Schema{s.OneOf, s.AnyOf} {
		for _, b := range branches {
			if b.Ref == nil || b.Ref.Name == "" {
				continue
			}
			if _, taken := s.Discriminator.Mapping[b.Ref.Name]; !taken {
				s.Discriminator.Mapping[b.Ref.Name] = b.Ref
			}
		}
	}
}

func sortedIndex(list []Property) []int32 {
	if len(list) < wide {
		return nil
	}
	index := make([]int32, len(list))
	for i := range index {
		index[i] = int32(i)
	}
	slices.SortFunc(index, func(a, b int32) int { return cmp.Compare(list[a].Name, list[b].Name) })
	return index
}

// enumIndex has the strings of a long list of values, so that judging does not walk through it.
func enumIndex(values []any) map[string]int {
	if len(values) < wide {
		return nil
	}
	index := make(map[string]int, len(values))
	for i, v := range values {
		if text, ok := v.(string); ok {
			if _, twice := index[text]; !twice {
				index[text] = i
			}
		}
	}
	return index
}

// digestIndex has the values of a long list that are not strings.
func digestIndex(values []any) map[uint64][]int32 {
	if len(values) < wide {
		return nil
	}
	var index map[uint64][]int32
	for i, v := range values {
		if _, text := v.(string); !text {
			if index == nil {
				index = make(map[uint64][]int32, len(values))
			}
			d := digest(v)
			index[d] = append(index[d], int32(i))
		}
	}
	return index
}

// maxParts bounds the schemas that are asked what they say about reading and writing of one place: the ways through parts
// that share parts multiply.
const maxParts = 512

// accessOf gathers readOnly and writeOnly from a schema and what it is made of.
func accessOf(s *Schema, depth int, left *int) access {
	var a access
	if *left--; s == nil || depth > 8 || *left < 0 {
		return a
	}
	if s.ReadOnly {
		a |= readOnly
	}
	if s.WriteOnly {
		a |= writeOnly
	}
	a |= accessOf(s.Ref, depth+1, left)
	for _, part := range s.AllOf {
		a |= accessOf(part, depth+1, left)
	}
	return a
}

// cutLoops breaks references that come back to where they started without going into the value, since they say nothing
// and would never end: what closes the loop becomes {}.
func (c *Compiler) cutLoops() {
	l := looper{Compiler: c, state: make(map[*Schema]int8, len(c.all))}
	for _, s := range c.all {
		l.visit(s)
	}
}

// edge is a pointer to a schema that applies to the same value.
type edge struct {
	from *Schema
	to   **Schema
	ref  bool
}

type looper struct {
	*Compiler
	state map[*Schema]int8 // 1: on the path, 2: done
	path  []edge
}

func (l *looper) visit(s *Schema) {
	if s == nil || l.state[s] != 0 {
		return
	}
	l.state[s] = 1
	for _, e := range sameValue(s) {
		if *e.to == nil {
			continue
		}
		l.path = append(l.path, e)
		if l.state[*e.to] == 1 {
			l.cut(*e.to)
		} else {
			l.visit(*e.to)
		}
		l.path = l.path[:len(l.path)-1]
	}
	l.state[s] = 2
}

// cut breaks the loop that starts at s and ends with the path, at its last edge that is not a plain reference, since a
// reference may be shared by places that are not on the loop.
func (l *looper) cut(s *Schema) {
	closing := l.path[len(l.path)-1]
	l.warn(closing.from.At, "the schema comes back to %s without going into the value; here it allows everything", s.At)
	for i := len(l.path) - 1; i >= 0; i-- {
		if e := l.path[i]; !e.ref {
			*e.to = &Schema{At: (*e.to).At, Always: true}
			return
		} else if e.from == s {
			break
		}
	}
	from := closing.from
	*closing.to = nil
	from.uses = usesOf(from)
	from.Always = from.uses == 0 && from.Types == 0
}

// sameValue lists the schemas that s applies to the value it is given itself.
func sameValue(s *Schema) []edge {
	if s.uses&(useRef|useDynamic|useApply) == 0 {
		return nil
	}
	var list []edge
	one := func(to **Schema, ref bool) {
		if *to != nil {
			list = append(list, edge{s, to, ref})
		}
	}
	one(&s.Ref, true)
	one(&s.DynamicRef, true)
	one(&s.Not, false)
	one(&s.If, false)
	one(&s.Then, false)
	one(&s.Else, false)
	for _, branches := range [][]*Schema{s.AllOf, s.AnyOf, s.OneOf} {
		for i := range branches {
			one(&branches[i], false)
		}
	}
	for i := range s.DependentSchemas {
		one(&s.DependentSchemas[i].Schema, false)
	}
	return list
}
