package schema

import (
	"fmt"
	"sync"
	"time"
)

// A making is one call of Make at work.
type making struct {
	*Maker
	now       time.Time
	rootHash  uint64
	src       splitmix
	stack     []*plan // plans whose values are being made, outermost first
	try       int
	bad       map[uint64]int  // hash of a pointer → try from which on the part must be made differently
	force     map[uint64]bool // properties that must be there after all
	nodes     int
	steps     int // that are left for judging what was made
	bytes     int
	maxDepth  int
	maxNodes  int
	maxBytes  int
	heights   map[levelOf]int
	rejected  rejection
	limit     int // nodes at which nothing more is made
	rounds    int // of alone
	exhausted bool
	shift     int  // how often nothing at all could be made
	loose     bool // what cannot be met by construction is let pass
	lastAt    Location
	lastCause string
}

// A place is where a value is made.
type place struct {
	pointer uint64 // hash of seed, key and JSON Pointer
	hash    uint64 // the same with the salt of retries
	parent  uint64 // hash of the object around, for values that belong together
	name    string // of the property; for items that of their array in the singular
	owner   string // name of the object around: "Customer", "billing_address"
	kind    kind   // from name and owner
	hints   []any
	depth   int
	walk    int  // greater than 0: step through the values one by one
	lean    bool // only what is required
	short   bool // and the branches that end soonest: the place is inside a recursion
}

const defaultNow = 1735689600 // 2025-01-01T00:00:00Z

func newMaking(m *Maker, s *Schema, key string) *making {
	k := makings.Get().(*making)
	*k = making{
		Maker: m, now: m.Now.UTC().Truncate(time.Second), maxDepth: m.Depth, maxNodes: m.Nodes, maxBytes: m.Bytes,
		stack: k.stack[:0],
	}
	if m.Now.IsZero() {
		k.now = time.Unix(defaultNow, 0).UTC()
	}
	if k.maxDepth <= 0 {
		k.maxDepth = 10
	}
	if k.maxNodes <= 0 {
		k.maxNodes = 2500
	}
	if k.maxBytes <= 0 {
		k.maxBytes = 1 << 20
	}
	k.limit = 4 * k.maxNodes
	k.steps = maxMakeSteps
	k.rootHash = hashToken(mix(m.Seed+0x9e3779b97f4a7c15), key)
	return k
}

// maxMakeSteps is what judging parts of one made value may cost. What is made after it is only judged as a whole.
const maxMakeSteps = 10_000_000

// makings are the ones that are over. What was made shares nothing with them.
var makings = sync.Pool{New: func() any { return new(making) }}

// release lets a making be used for another value.
func (k *making) release() {
	clear(k.stack[:cap(k.stack)])
	*k = making{stack: k.stack[:0]}
	makings.Put(k)
}

// fits says whether a value fits a plan.
func (k *making) fits(p *plan, v any) bool {
	return k.steps < 0 || p.fitsWithin(v, k.Direction, &k.steps) || k.steps < 0
}

// valid is Schema.Valid, counted.
func (k *making) valid(s *Schema, v any) bool {
	return k.steps < 0 || s.validWithin(v, k.Direction, &k.steps) || k.steps < 0
}

func (k *making) root(s *Schema) place {
	hash := salted(k.rootHash, k.shift)
	return place{pointer: k.rootHash, hash: hash, parent: hash, owner: s.Resolve().Name}
}

// seed points the random source to a place, and to one use of it.
func (k *making) seed(h uint64) *splitmix {
	k.src = splitmix(h)
	return &k.src
}

// fail remembers why a part could not be made; the last one stands in the error.
func (k *making) fail(at Location, format string, args ...any) {
	k.lastAt, k.lastCause = at, fmt.Sprintf(format, args...)
}

func (k *making) failure(s *Schema) *Unsatisfiable {
	u := &Unsatisfiable{At: k.lastAt, Reason: k.lastCause}
	if u.Reason == "" {
		u.At, u.Reason = s.At, "no value was found that fits all keywords"
	}
	return u
}

// wish is what a value should be, and what an example around it has at its place. Absent stands for nothing.
type wish = any

// value makes a value for a plan; ok is false where none was found.
func (k *making) value(p *plan, at place, want, sample wish) (v any, ok bool) {
	if from := k.bad[at.pointer]; from > 0 {
		at.hash = salted(at.hash, k.try)
		if from >= 2 {
			sample = Absent
		}
		if from >= 3 {
			want = Absent
		}
	}
	if want == Absent && !k.enter() {
		k.fail(p.where(), "gave up after %d values, the limit for one", k.nodes)
		return nil, false
	}
	if p.reason != "" {
		k.fail(p.at, "%s", p.reason)
		return nil, false
	}
	want, sample = known(want), known(sample)
	if want != Absent && k.try == 0 && at.walk == 0 && k.Optional == RequiredOnly && len(p.extra) == 0 && p.fitsWithin(want, k.Direction, &k.steps) {
		if v, ok := plain(want); ok { // nothing is missing in it and nothing is in its way
			return v, true
		}
	}
	if p.null && (want == nil || want == Absent && (at.walk%4 == 3 || k.ended(at) && sample == Absent && k.example(p, at) == Absent)) {
		return nil, true
	}
	if p.kind != noKind {
		at.kind = p.kind
	}
	if p.enumerated {
		return k.member(p, at, want, sample)
	}
	times := 0
	for _, q := range k.stack {
		if q.same(p) {
			times++
		}
	}
	if times > 0 && want == Absent {
		at.lean, at.short = true, true
		if times > 3 {
			k.fail(p.where(), "the schema requires itself without end")
			return nil, false
		}
	}
	if len(k.stack) > k.maxDepth || k.nodes > k.maxNodes || k.bytes > k.maxBytes || k.try >= 4 {
		at.lean = true
	}
	if len(k.stack) > maxNesting {
		k.fail(p.where(), "values are nested more than %d deep", maxNesting)
		return nil, false
	}
	if len(p.groups) == 0 && p.types&(Object|Array) == 0 {
		return k.checked(p, at, want, sample)
	}
	k.stack = append(k.stack, p)
	defer func() { k.stack = k.stack[:len(k.stack)-1] }()
	if len(p.groups) > 0 {
		return k.choose(p, at, want, sample)
	}
	return k.checked(p, at, want, sample)
}

// ended says whether a nullable date of an end ("deleted_at") is to be null, as it is for most things.
func (k *making) ended(at place) bool {
	return at.kind == kindEnded && mix(at.hash^0x27d4eb2f)>>62 != 0
}

// enter counts a made-up value.
func (k *making) enter() bool {
	k.nodes++
	k.exhausted = k.exhausted || k.nodes > k.limit
	return k.nodes <= k.limit
}

// known turns values that no JSON decoder gives into Absent and WishNull into null.
func known(w wish) wish {
	switch w.(type) {
	case nil, bool, string, []any, map[string]any:
		return w
	case *sentinel:
		if w == WishNull {
			return nil
		}
		return Absent
	}
	if n, ok := plainNumber(w); ok {
		return n
	}
	return Absent
}

// retries is how often a place is made anew when what was made breaks a keyword that is not met by construction.
const retries = 6

// checked makes a value without open choices and, where its keywords need it, sees that it fits.
func (k *making) checked(p *plan, at place, want, sample wish) (any, bool) {
	hash := at.hash
	times := retries
	if !p.chance {
		times = 3
	}
	for salt := range times {
		at.hash = salted(hash, salt)
		if salt > 2 {
			at.lean = true
		}
		if salt > 3 {
			sample = Absent
		}
		if salt > 4 {
			at.walk++
		}
		v, ok := k.typed(p, at, want, sample)
		if !ok {
			return nil, false
		}
		if !p.check || k.loose || k.fits(p, v) {
			return v, true
		}
		k.rejected = rejection{at.pointer, v}
		if salt == 0 && want != Absent {
			if w, ok := plain(want); ok && k.fits(p, w) {
				return w, true
			}
		}
	}
	k.fail(p.where(), "none of %d values fits all keywords", times)
	return nil, false
}

// typed makes a value of the type that the wish, the example or the schema suggests, else of any other that is allowed.
func (k *making) typed(p *plan, at place, want, sample wish) (any, bool) {
	var tried Types
	for _, t := range [...]Types{k.wished(p, want), k.wished(p, sample), k.wished(p, k.example(p, at)), natural(p, at),
		String, Number | Integer, Boolean, Object, Array} {
		t &= p.types &^ tried
		if t == 0 {
			continue
		}
		tried |= t
		if v, ok := k.ofType(t, p, at, want, sample); ok {
			return v, true
		}
	}
	if p.null {
		return nil, true
	}
	return nil, false
}

// wished gives the type of a wish, or the type it can be converted to.
func (k *making) wished(p *plan, w wish) Types {
	if w == Absent || w == nil {
		return 0
	}
	t := typesOf(w)
	if t&p.types == 0 {
		return convertible(w, p.types)
	}
	return t
}

// natural is the type that is made where several are allowed.
func natural(p *plan, at place) Types {
	t := p.types
	if !p.typed && p.lean != 0 && p.lean&t != 0 {
		t &= p.lean
	}
	if !p.typed && p.lean == 0 && at.name == "" && at.depth == 0 {
		return Object
	}
	for _, one := range [...]Types{Object, Array} {
		if p.lean&one != 0 && t&one != 0 {
			return one
		}
	}
	switch {
	case t&(Number|Integer) != 0 && (t&String == 0 || at.kind.numeric()):
		return t & (Number | Integer)
	case t&String != 0:
		return String
	}
	return t & -t
}

func (k *making) ofType(t Types, p *plan, at place, want, sample wish) (any, bool) {
	var v any
	var ok bool
	switch {
	case t&(Number|Integer) != 0:
		v, ok = k.numberAt(p, at, want, sample)
	case t == String:
		v, ok = k.textAt(p, at, want, sample)
	case t == Boolean:
		v, ok = k.booleanAt(p, at, want, sample), true
	case t == Object:
		return k.objectAt(p, at, want, sample)
	case t == Array:
		return k.arrayAt(p, at, want, sample)
	}
	return v, ok
}

// example gives the schema's own example for this place, or Absent. Several are taken in turn by the seed.
func (k *making) example(p *plan, at place) wish {
	if !k.Examples || k.try >= 3 {
		return Absent
	}
	var fit [16]any
	n := 0
	for i := range p.examples {
		if e := &p.examples[i]; e.first && e.fits[k.Direction] {
			fit[n] = e.value
			n++
		}
	}
	switch {
	case n > 0:
		return fit[int((mix(at.hash)>>1)%uint64(n))]
	case len(p.examples) > 0:
		e := &p.examples[0]
		if e.fits[k.Direction] && typesOf(e.value)&(Object|Array) == 0 || e.first && typesOf(e.value)&(Object|Array) != 0 {
			return e.value
		}
	}
	return Absent
}
