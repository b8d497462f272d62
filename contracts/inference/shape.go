package inference

import (
	"understudy/contracts/schema"
)

// A shape is what a schema looks like from outside: its members over all its parts, or its items. Parts of
// allOf are joined; of oneOf and anyOf the members of all objects are taken together, since any may come.
type shape struct {
	schema  *schema.Schema // resolved
	types   schema.Types
	members []member
	index   map[string]int // name → index in members
	folded  map[string]int // folded name → index of the first member with it; made when first asked for
	names   *shapes        // where folded names are remembered
	items   *schema.Schema // of an array
	open    bool           // an object that declares further members by a schema (a map)
}

// A member is one property of a shape.
type member struct {
	name     string
	schema   *schema.Schema
	required bool
}

const (
	maxShapeDepth   = 12  // levels of allOf, oneOf and anyOf that are joined
	maxShapeMembers = 600 // members that are looked at
)

// shapes remembers the shape of every schema that was looked at.
type shapes struct {
	seen    map[*schema.Schema]*shape
	likened map[[2]*schema.Schema]float64
	folds   map[string]string
}

func newShapes() *shapes {
	return &shapes{
		seen:    map[*schema.Schema]*shape{},
		likened: map[[2]*schema.Schema]float64{},
		folds:   map[string]string{},
	}
}

// fold is the function of that name, remembered: member names come again and again.
func (s *shapes) fold(name string) string {
	if f, ok := s.folds[name]; ok {
		return f
	}
	f := fold(name)
	s.folds[name] = f
	return f
}

// of gives the shape of a schema; never nil.
func (s *shapes) of(x *schema.Schema) *shape {
	if x == nil {
		return &shape{}
	}
	x = x.Resolve()
	if got := s.seen[x]; got != nil {
		return got
	}
	sh := &shape{schema: x, names: s}
	s.seen[x] = sh // before the parts, so that a schema within itself ends here
	s.join(sh, x, 0)
	return sh
}

// join adds what one schema says to a shape.
func (s *shapes) join(sh *shape, x *schema.Schema, depth int) {
	if x == nil || depth > maxShapeDepth {
		return
	}
	x = x.Resolve()
	sh.types |= x.Types &^ schema.Null
	for i := range x.Properties {
		if len(sh.members) >= maxShapeMembers {
			break
		}
		p := &x.Properties[i]
		if at, ok := sh.index[p.Name]; ok {
			if sh.members[at].schema == nil || isBare(sh.members[at].schema) {
				sh.members[at].schema = p.Schema
			}
			continue
		}
		if sh.index == nil {
			sh.index = make(map[string]int, len(x.Properties))
			sh.members = make([]member, 0, len(x.Properties))
		}
		sh.index[p.Name] = len(sh.members)
		sh.members = append(sh.members, member{name: p.Name, schema: p.Schema})
	}
	for _, name := range x.Required {
		if at, ok := sh.index[name]; ok {
			sh.members[at].required = true
		}
	}
	// Documents write items beside "type: object" by mistake; such a value is no list.
	if sh.items == nil && x.Items != nil && (x.Types == 0 || x.Types&schema.Array != 0) {
		sh.items = x.Items
	}
	if x.AdditionalProperties != nil && !x.AdditionalProperties.Never {
		sh.open = true
	}
	for _, part := range x.AllOf {
		s.join(sh, part, depth+1)
	}
	for _, part := range x.AnyOf {
		s.join(sh, part, depth+1)
	}
	for _, part := range x.OneOf {
		s.join(sh, part, depth+1)
	}
}

// isBare says that a schema tells nothing: a place for another part to fill.
func isBare(x *schema.Schema) bool {
	return x.Ref == nil && x.Types == 0 && len(x.Properties) == 0 && len(x.AllOf)+len(x.AnyOf)+len(x.OneOf) == 0
}

// isObject says that values of the shape have named members.
func (sh *shape) isObject() bool {
	return len(sh.members) > 0 || sh.types&schema.Object != 0 && sh.items == nil
}

// isArray says that values of the shape are arrays and nothing else is told of them.
func (sh *shape) isArray() bool {
	return len(sh.members) == 0 && (sh.items != nil || sh.types&schema.Array != 0 && sh.types&schema.Object == 0)
}

// isScalar says that values of the shape are neither objects nor arrays.
func (sh *shape) isScalar() bool {
	return len(sh.members) == 0 && sh.items == nil && sh.types != 0 && sh.types&(schema.Object|schema.Array) == 0
}

// member gives a member by its exact name, or nil.
func (sh *shape) member(name string) *member {
	if i, ok := sh.index[name]; ok {
		return &sh.members[i]
	}
	return nil
}

// like gives the member whose folded name is the one given, or nil.
func (sh *shape) like(folded string) *member {
	if sh.folded == nil && len(sh.members) > 0 {
		sh.folded = make(map[string]int, len(sh.members))
		for i := range sh.members {
			f := sh.names.fold(sh.members[i].name)
			if _, ok := sh.folded[f]; !ok && f != "" {
				sh.folded[f] = i
			}
		}
	}
	if i, ok := sh.folded[folded]; ok {
		return &sh.members[i]
	}
	return nil
}

// alike says how much two schemas describe the same thing, from 0 to 1: 1 for the same schema or for
// components of one name, else the share of the smaller one's members that the larger one has.
func (s *shapes) alike(a, b *schema.Schema) float64 {
	if a == nil || b == nil {
		return 0
	}
	a, b = a.Resolve(), b.Resolve()
	if a == b || a.Name != "" && a.Name == b.Name && a.At.File == b.At.File {
		return 1
	}
	key := [2]*schema.Schema{a, b}
	if got, ok := s.likened[key]; ok {
		return got
	}
	x, y := s.of(a), s.of(b)
	if len(x.members) > len(y.members) {
		x, y = y, x
	}
	score := 0.0
	if n := len(x.members); n > 0 {
		shared, told := 0, 0
		for i := range x.members {
			_, ok := y.index[x.members[i].name]
			if isBeside(s.fold(x.members[i].name)) {
				continue // kind, metadata, status: everything has them
			}
			told++
			if ok {
				shared++
			}
		}
		n = told
		score = float64(shared) / float64(max(told, 1))
		if n < 3 { // two members in common say little
			score *= 0.3 + 0.2*float64(n)
		}
		if score > 0.99 {
			score = 0.99 // only identity is certain
		}
	}
	s.likened[key] = score
	return score
}

// carries says what share of the members of part the shape whole has too: how much a request speaks of an item.
func (s *shapes) carries(whole, part *schema.Schema) float64 {
	x, y := s.of(part), s.of(whole)
	if len(x.members) == 0 || len(y.members) == 0 {
		return 0
	}
	shared := 0
	for i := range x.members {
		if y.like(s.fold(x.members[i].name)) != nil {
			shared++
		}
	}
	return float64(shared) / float64(len(x.members))
}
