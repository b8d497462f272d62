package schema

import (
	"slices"
	"sync/atomic"
)

// A plan is what making values knows of one place in a document: all schemas that hold there, taken apart into what they
// say and put together again as one set of limits. Choices (oneOf, anyOf, if, not) stay open in groups; taking a
// branch gives a narrower plan. Plans are made on first use and kept with their schema.
type plan struct {
	roots []*Schema // of the document: a value must fit all of them
	extra []*Schema // made by us to force a choice; never asked whether a value fits
	atoms []*Schema // roots and extra without $ref and allOf around them
	name  string    // component name or title, for realistic values

	types      Types // which types are left, without Null; Number always together with Integer
	lean       Types // types that other keywords speak of, for schemas that name none
	typed      bool  // some schema names its types
	null       bool  // null fits
	enumerated bool  // enum or const: only members of enum will do
	enum       []any // those that fit
	examples   []sample
	kind       kind   // what x-understudy make asks for
	format     string // first format named
	media      string // first contentMediaType
	encoding   string // first contentEncoding

	groups  []group
	decided []groupKey
	grown   map[*Schema]*Schema    // roots that a choice brought in → whose choice it was
	options []atomic.Pointer[plan] // plans of the branches of groups[0]
	kept    *atomic.Int32          // how many plans of branches are kept, over all choices that begin at one place
	check   bool                   // some keyword is not met by construction
	chance  bool                   // and another try may meet it

	text   *textPlan
	number *numberPlan
	object *objectPlan
	array  *arrayPlan

	reason string // why nothing fits, where that is plain from the keywords
	at     Location
	cost   int // of making the plan, in steps of a judge, about
}

// A sample is an example or default of a schema.
type sample struct {
	value any
	fits  [2]bool // by Direction
	first bool    // an example; defaults come after other sources for what is not a scalar
}

// anything is the plan of a place about which nothing is said.
var anything = newPlan(nil, nil, nil, nil)

const allTypes = Boolean | Integer | Number | String | Array | Object

// planned gives the plan of one schema.
func (s *Schema) planned() *plan {
	for s.Ref != nil && bare(s) {
		t := s.Resolve()
		if t == s || t.Ref != nil {
			break
		}
		s = t
	}
	if p := s.made.Load(); p != nil {
		return p
	}
	s.made.CompareAndSwap(nil, newPlan([]*Schema{s}, nil, nil, nil))
	return s.made.Load()
}

// planOf gives the plan of several schemas that hold at the same place.
func planOf(parts []*Schema) *plan {
	switch len(parts) {
	case 0:
		return anything
	case 1:
		if !parts[0].synthetic() {
			return parts[0].planned()
		}
	}
	var roots, extra []*Schema
	for _, s := range parts {
		if s.synthetic() {
			extra = append(extra, s)
		} else {
			roots = append(roots, s)
		}
	}
	return newPlan(roots, extra, nil, nil)
}

// bare says whether a reference has nothing beside it that matters here.
func bare(s *Schema) bool {
	return s.Types == 0 && !s.HasConst && s.Enum == nil && s.Properties == nil && s.Required == nil && s.AllOf == nil &&
		s.AnyOf == nil && s.OneOf == nil && s.Not == nil && s.If == nil && s.Items == nil && s.PrefixItems == nil &&
		s.Examples == nil && !s.HasDefault && s.Extension == nil && s.Format == "" && s.Pattern == "" &&
		s.Minimum == nil && s.Maximum == nil && s.MultipleOf == nil && s.MinLength == nil && s.MaxLength == nil &&
		s.MinItems == nil && s.MaxItems == nil && s.MinProperties == nil && s.MaxProperties == nil &&
		s.AdditionalProperties == nil && s.PropertyNames == nil && s.PatternProperties == nil &&
		s.UnevaluatedProperties == nil && s.UnevaluatedItems == nil && s.Contains == nil && !s.UniqueItems &&
		s.DependentRequired == nil && s.DependentSchemas == nil && s.DynamicRef == nil && !s.Nullable && !s.Never &&
		s.Discriminator == nil && s.ContentEncoding == "" && s.ContentMediaType == ""
}

// madeHere marks the schemas that negate and its like make: no document has such a location.
const madeHere = "\x00made"

func (s *Schema) synthetic() bool { return s.At.File == madeHere }

// newPlan puts schemas together. decided are the choices already taken, whose branches are among roots and extra.
func newPlan(roots, extra []*Schema, decided []groupKey, grown map[*Schema]*Schema) *plan {
	p := &plan{roots: roots, extra: extra, decided: decided, grown: grown, types: allTypes}
	b := planner{p: p, steps: maxPlanSteps}
	for _, s := range roots {
		b.spread(s, grown[s], 0)
	}
	for _, s := range extra {
		b.spread(s, nil, 0)
	}
	b.types()
	b.values()
	b.samples()
	if p.types&String != 0 {
		p.text = b.texts()
	}
	if p.types&(Integer|Number) != 0 {
		p.number = b.numbers()
	}
	if p.types&Array != 0 {
		p.array = b.arrays()
	}
	if p.types&Object != 0 {
		p.object = b.objects()
	}
	b.contradiction()
	p.cost = maxPlanSteps - b.steps + 10*b.sizes()
	if len(p.groups) > 0 {
		p.options = make([]atomic.Pointer[plan], len(p.groups[0].branches))
		p.kept = new(atomic.Int32)
	}
	return p
}

// maxKept bounds the plans of branches that are kept for one place: choices multiply.
const maxKept = 512

type planner struct {
	p     *plan
	trail []*Schema // every schema met, references and allOf included
	above []*Schema // by index in trail: the schema whose keyword led there, nil for the outermost
	never *Schema   // a false schema among them
	steps int       // that are left for judging values
}

// sizes counts what the plan was put together from.
func (b *planner) sizes() int {
	n := len(b.trail) + len(b.p.enum)
	for i := range b.p.groups {
		n += len(b.p.groups[i].branches)
	}
	if b.p.object != nil {
		n += len(b.p.object.props)
	}
	return n
}

// spread takes a schema apart.
func (b *planner) spread(s, above *Schema, depth int) {
	if s == nil || depth > 256 || slices.Contains(b.trail, s) {
		return
	}
	b.trail, b.above = append(b.trail, s), append(b.above, above)
	p := b.p
	if s.Never && b.never == nil {
		b.never = s
	}
	if p.name == "" {
		p.name = s.Name
	}
	if k := declaredKind(s); k != noKind && p.kind == noKind {
		p.kind = k
	}
	if p.format == "" {
		p.format = s.Format
	}
	if p.encoding == "" {
		p.encoding = s.ContentEncoding
	}
	if p.media == "" {
		p.media = s.ContentMediaType
	}
	if !s.Always && !s.Never {
		p.atoms = append(p.atoms, s)
	}
	b.spread(s.Ref, s, depth+1)
	b.spread(s.DynamicRef, s, depth+1)
	for _, a := range s.AllOf {
		b.spread(a, s, depth+1)
	}
	b.group(s, depth)
}

// within says whether one schema is part of another that holds at the same place: itself, what it refers to, its allOf and
// the branches taken of its choices. That is what its unevaluatedProperties and unevaluatedItems see.
func (b *planner) within(s, of *Schema) bool {
	for range len(b.trail) {
		if s == of {
			return true
		}
		i := slices.Index(b.trail, s)
		if i < 0 || b.above[i] == nil {
			return false
		}
		s = b.above[i]
	}
	return false
}

// seenBy gives the schemas among some that another sees.
func (b *planner) seenBy(of *Schema, among []*Schema) []*Schema {
	var seen []*Schema
	for _, s := range among {
		if b.within(s, of) {
			seen = append(seen, s)
		}
	}
	return seen
}

// same says whether two plans are about the same schemas with the same choices taken. Plans that are put together
// anew at each level of a recursion are not the same pointer.
func (p *plan) same(q *plan) bool {
	return p == q || len(p.roots) > 0 && len(p.extra) == len(q.extra) && len(p.decided) == len(q.decided) &&
		slices.Equal(p.roots, q.roots)
}
