package schema

import (
	"math"
	"strconv"
)

// objectAt makes an object: what is required, what is wished, what the example has, and optional properties as the
// Maker is set.
func (k *making) objectAt(p *plan, at place, want, sample wish) (any, bool) {
	o := p.object
	if o.reason != "" {
		k.fail(o.at, "%s", o.reason)
		return nil, false
	}
	w, _ := want.(map[string]any)
	eg, whole := k.sampleObject(p, at, sample)
	if p.name != "" {
		at.owner = p.name
	} else if at.name != "" {
		at.owner = at.name
	}
	b := objectMaking{making: k, p: p, o: o, at: at, want: w, sample: eg, whole: whole,
		out: make(map[string]any, min(len(o.props)+len(w), 256))}
	for i := range o.props {
		if !b.declared(&o.props[i]) {
			return nil, false
		}
	}
	b.wishedExtras(w)
	if !at.lean && k.Optional != RequiredOnly {
		b.wishedExtras(eg)
	}
	if o.entries && len(b.out) == 0 && !whole && w == nil {
		b.entries()
	}
	for range 3 { // what is filled in may ask for more, and what that costs may have to be filled in
		b.dependencies()
		if len(b.out) >= o.min {
			break
		}
		b.fill()
	}
	b.trim()
	return b.out, true
}

// An objectMaking is one object in the making.
type objectMaking struct {
	*making
	p      *plan
	o      *objectPlan
	at     place
	want   map[string]any
	sample map[string]any // members of the example
	whole  bool           // the example fits as it is: properties that it lacks are not made up
	out    map[string]any
}

// sampleObject gives the members of the example for this object: of one around it, or of the schema.
func (k *making) sampleObject(p *plan, at place, sample wish) (members map[string]any, whole bool) {
	if m, ok := sample.(map[string]any); ok {
		return m, k.fits(p, m)
	}
	m, ok := k.example(p, at).(map[string]any)
	if !ok || at.walk > 0 {
		return nil, false
	}
	for i := range p.examples {
		e := &p.examples[i]
		if e.fits[k.Direction] && e.first {
			whole = true
		}
	}
	return m, whole
}

// child is the place of a property.
func (b *objectMaking) child(q *propertyPlan) place {
	at := place{pointer: hashToken(b.at.pointer, q.name), hash: hashToken(b.at.hash, q.name), parent: b.at.hash,
		name: q.name, owner: b.at.owner, kind: q.kind, hints: q.hints, depth: b.at.depth + 1}
	at.lean, at.short = b.at.lean, b.at.short
	return at
}

// declared makes a declared or required property where it is to be there. ok is false where it must be and cannot.
func (b *objectMaking) declared(q *propertyPlan) (ok bool) {
	wished, has := b.want[q.name]
	if !has {
		wished = Absent
	}
	wished = known(wished)
	if wished == Absent && !q.required && b.force == nil && (b.at.lean || b.Optional == RequiredOnly) {
		return true
	}
	at := b.child(q)
	example, shown := b.sample[q.name]
	if !shown {
		example = Absent
	}
	hidden := b.Direction == Request && q.readOnly && wished == Absent || b.Direction == Response && q.writeOnly
	forced := b.force[at.pointer]
	must := q.required && !hidden || forced
	if q.forbidden || hidden && !forced {
		if !must {
			return true
		}
		b.fail(b.p.where(), "property %q is required and not allowed", q.name)
		return false
	}
	if !must && wished == Absent && !b.include(q, at, shown) {
		return true
	}
	nodes := b.nodes
	v, made := b.value(q.values(), at, wished, example)
	if made {
		b.out[q.name] = v
		return true
	}
	if !must && b.nodes > b.limit {
		b.nodes = nodes // the optional part was too much; what is required may still be made
	}
	return !must
}

// include decides on an optional property that nobody wished.
func (b *objectMaking) include(q *propertyPlan, at place, shown bool) bool {
	if b.bad[at.pointer] > 1 || b.at.lean || !b.room(q.name) {
		return false
	}
	switch {
	case b.Optional == RequiredOnly:
		return false
	case b.Optional == SomeOptional && mix(at.hash^0x5bd1e995)>>63 == 0:
		return false
	case b.whole && !shown:
		return false
	}
	if shown {
		return true
	}
	next := q.values()
	for _, p := range b.stack {
		if p.same(next) {
			return false
		}
	}
	return true
}

// room says whether maxProperties leaves a place for a property, with what it asks for, beside what is required and wished.
func (b *objectMaking) room(name string) bool {
	if b.o.max == math.MaxInt {
		return true
	}
	coming := map[string]bool{name: true}
	for i := range b.o.props {
		if q := &b.o.props[i]; q.required {
			coming[q.name] = true
		}
	}
	for name := range b.want {
		coming[name] = true
	}
	for range len(b.o.needs) {
		for _, d := range b.o.needs {
			for _, name := range d.Required {
				coming[name] = coming[name] || coming[d.Name]
			}
		}
	}
	n := len(b.out)
	for name, comes := range coming {
		if _, there := b.out[name]; comes && !there {
			n++
		}
	}
	return n <= b.o.max
}

// wishedExtras keeps members that no schema declares, where they are allowed.
func (b *objectMaking) wishedExtras(members map[string]any) {
	for _, name := range names(members) {
		if _, done := b.out[name]; done || b.isDeclared(name) || len(b.out) >= b.o.max {
			continue
		}
		parts, allowed := b.o.parts(name)
		w := known(members[name])
		if !allowed || w == Absent {
			continue
		}
		q := propertyPlan{name: name}
		if v, ok := b.value(planOf(parts), b.child(&q), w, Absent); ok {
			b.out[name] = v
		}
	}
}

func (b *objectMaking) isDeclared(name string) bool {
	for i := range b.o.props {
		if b.o.props[i].name == name {
			return true
		}
	}
	return false
}

// entries gives a map one or two entries.
func (b *objectMaking) entries() {
	if b.at.lean || b.Optional == RequiredOnly {
		return
	}
	n := 1 + int(mix(b.at.hash^0x2545f491)>>63)
	for i := 0; i < 2*n && len(b.out) < min(n, b.o.max); i++ {
		b.extra(i, true)
	}
}

// extra adds one property of a name that we choose. optional ones give way to a recursion.
func (b *objectMaking) extra(i int, optional bool) {
	name, ok := b.newName(i)
	if !ok {
		return
	}
	parts, allowed := b.o.parts(name)
	if _, done := b.out[name]; done || !allowed || b.isDeclared(name) {
		return
	}
	next := planOf(parts)
	for _, p := range b.stack {
		if optional && p.same(next) {
			return
		}
	}
	q := propertyPlan{name: name, kind: kindOfName(name, b.at.owner)}
	at := b.child(&q)
	if optional && b.bad[at.pointer] > 1 {
		return
	}
	if at.kind == noKind {
		at.name = singular(b.at.name)
		at.kind = kindOfName(at.name, b.at.owner)
	}
	if v, ok := b.value(next, at, Absent, Absent); ok {
		b.out[name] = v
	}
}

// newName makes up the name of an entry.
func (b *objectMaking) newName(i int) (string, bool) {
	src := b.seed(salted(hashToken(b.at.hash, "names"), i+1))
	if len(b.o.names) > 0 {
		at := b.at
		at.pointer, at.hash = hashToken(b.at.pointer, "names"), hashToken(salted(b.at.hash, i+1), "names")
		at.walk, at.kind, at.name, at.lean = 0, kindKey, "", false
		v, ok := b.value(planOf(b.o.names), at, Absent, Absent)
		name, isText := v.(string)
		return name, ok && isText
	}
	for _, s := range b.o.owners {
		for j := range s.PatternProperties {
			if s.PatternProperties[j].Schema.Never {
				continue
			}
			if m := newPatternMaker(withoutAssertions(s.PatternProperties[j].Pattern)); m != nil {
				if name, ok := m.make(src, 0, 64); ok && s.PatternProperties[j].Matches(name) {
					return name, true
				}
			}
		}
	}
	name := b.entryName(b.at, i)
	if i > 8 {
		name += strconv.Itoa(i)
	}
	return name, true
}

// dependencies adds what dependentRequired asks for, or drops what asks for it.
func (b *objectMaking) dependencies() {
	for range len(b.o.needs) + 1 {
		changed := false
		for _, d := range b.o.needs {
			if _, there := b.out[d.Name]; !there {
				continue
			}
			for _, name := range d.Required {
				if _, there := b.out[name]; there {
					continue
				}
				changed = true
				if !b.add(name) {
					delete(b.out, d.Name)
					break
				}
			}
		}
		if !changed {
			return
		}
	}
}

// add makes a property that has become required.
func (b *objectMaking) add(name string) bool {
	q := &propertyPlan{}
	b.o.property(q, name, b.p.name)
	for i := range b.o.props {
		if b.o.props[i].name == name {
			q = &b.o.props[i]
		}
	}
	if q.forbidden {
		return false
	}
	v, ok := b.value(q.values(), b.child(q), Absent, Absent)
	if ok {
		b.out[name] = v
	}
	return ok
}

// fill adds properties until there are minProperties of them.
func (b *objectMaking) fill() {
	for i := 0; len(b.out) < b.o.min && i < len(b.o.props); i++ {
		q := &b.o.props[i]
		if _, there := b.out[q.name]; there || q.forbidden || !b.room(q.name) ||
			b.Direction == Request && q.readOnly || b.Direction == Response && q.writeOnly {
			continue
		}
		if v, ok := b.value(q.values(), b.child(q), Absent, Absent); ok {
			b.out[q.name] = v
			b.dependencies()
		}
	}
	missing := b.o.min - len(b.out)
	for i := 0; len(b.out) < b.o.min && i < 4*missing+16 && b.nodes < b.limit; i++ {
		b.extra(i, false)
	}
}

// trim drops optional properties beyond maxProperties, last declared first.
func (b *objectMaking) trim() {
	if b.o.max == math.MaxInt {
		return
	}
	for i := len(b.o.props) - 1; i >= 0 && len(b.out) > b.o.max; i-- {
		if q := &b.o.props[i]; !q.required {
			delete(b.out, q.name)
		}
	}
}
