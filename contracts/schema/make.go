package schema

import (
	"fmt"
	"strings"
	"time"
)

// A Maker makes up values that fit schemas. The same Maker, key and schema give the same value, on any machine and on
// any day. The zero value is ready for use. A Maker is not changed by Make and may be shared.
type Maker struct {
	Seed uint64 // another seed gives another world; 0 is a seed like any other
	// Now is the instant near which made-up dates lie; the zero value stands for the first second of 2025.
	Now       time.Time
	Direction Direction // Request leaves readOnly properties out, Response writeOnly ones
	Optional  Optional  // which optional properties are made up
	// Examples takes example, examples and default of a schema before anything is made up, where they fit.
	Examples bool

	// Depth is the nesting below which only required properties are made up; 0 means 10.
	Depth int
	// Nodes is the number of made-up values after which only required properties are made up; 0 means 2,500.
	// At four times as many Make gives up. What was wished does not count.
	Nodes int
	// Bytes is the same for the bytes of made-up text; 0 means 1 MiB.
	Bytes int
}

// Optional says which properties that are not required are made up. Wished ones are kept in any case.
type Optional int

const (
	// AllOptional makes every declared property; a recursion ends at the first property that may be missing.
	AllOptional Optional = iota
	// RequiredOnly makes no more than the schema asks for.
	RequiredOnly
	// SomeOptional lets the seed decide, property by property.
	SomeOptional
)

type sentinel struct{ name string }

func (s *sentinel) String() string { return s.name }

var (
	// Absent is a wish for nothing in particular, to be made up; it may also stand inside a wished array or object.
	Absent any = &sentinel{"absent"}
	// WishNull is the wish for null as a whole value, since a nil want says that nothing is wished. Inside a
	// wished array or object nil is null.
	WishNull any = &sentinel{"null"}
)

// An Unsatisfiable error says that no value could be made that fits a schema.
type Unsatisfiable struct {
	At     Location // the schema or keyword that cannot be met
	Reason string   // "minimum 5 is above maximum 3"
}

// Error names the place and the reason.
func (u *Unsatisfiable) Error() string {
	return fmt.Sprintf("make up a value for the schema at %s: %s", u.At, u.Reason)
}

// Make gives a value that fits s in the direction of m. key names what the value is for ("pets/17"): all that is made
// up hangs on seed, key and the JSON Pointer of the part, so that a property added elsewhere shifts nothing.
//
// Of want it keeps all that fits: objects member by member, arrays item by item, scalars as they are or
// converted ("5" for an integer, epoch seconds for a date-time); it makes up the rest. A nil want wishes
// nothing. want is not changed, and the result shares no map or slice with it. The error is an
// *Unsatisfiable: nothing fits, or nothing was found within the limits. Beside it stands a value that comes near, for
// those who must answer all the same, or nil.
func (m *Maker) Make(s *Schema, key string, want any) (any, error) {
	switch want {
	case nil:
		want = Absent
	case WishNull:
		want = nil
	}
	k := newMaking(m, s, key)
	if v, ok := k.attempts(s, want); ok {
		k.release()
		return v, nil
	}
	if v, ok := plain(want); ok && s.Valid(v, m.Direction) {
		return v, nil
	}
	err := k.failure(s)
	if at, reason, found := s.Unsatisfiable(); found {
		err = &Unsatisfiable{At: at, Reason: reason}
	}
	k.nodes, k.bytes, k.try, k.loose, k.limit = 0, 0, 0, true, 4*k.maxNodes
	near, ok := k.value(s.planned(), k.root(s), want, Absent)
	if !ok {
		near = nil
	}
	return near, err
}

// attempts makes the whole value until it fits. Each try knows where the one before was wrong; the last one leaves the
// wish out.
func (k *making) attempts(s *Schema, want wish) (v any, ok bool) {
	p := s.planned()
	for k.try = range tries {
		k.nodes, k.bytes = 0, 0
		if k.exhausted {
			k.limit = k.maxNodes / 4
		}
		wished := want
		if k.try == tries-1 {
			wished = Absent
		}
		v, ok := k.value(p, k.root(s), wished, Absent)
		switch {
		case !ok && p.reason != "":
			return nil, false
		case !ok:
			k.shift++
		case !s.Valid(v, k.Direction):
			k.learn(s.Check(v, k.Direction))
		case want != Absent && !covers(v, want) && s.Valid(want, k.Direction):
			return plain(want) // something made up beside it had cost a part of it
		default:
			return v, true
		}
	}
	return nil, false
}

// tries is how often the whole value is made before Make gives up.
const tries = 6

// learn notes which parts of a value broke the schema, so that the next try makes them differently.
func (k *making) learn(violations []Violation) {
	if k.bad == nil {
		k.bad = make(map[uint64]int)
		k.force = make(map[uint64]bool)
	}
	for _, v := range violations {
		at := k.rootHash
		parents := []uint64{at}
		if v.Pointer != "" {
			for token := range strings.SplitSeq(v.Pointer[1:], "/") {
				at = hashToken(at, UnescapeToken(token))
				parents = append(parents, at)
			}
		}
		if v.Keyword == "required" {
			k.force[hashToken(at, v.Limit)] = true
		}
		k.bad[at] = k.try + 1
		// What is wrong may only be right together with its surroundings: these change from the third try on.
		if k.try >= 2 && len(parents) > 1 {
			k.bad[parents[len(parents)-2]] = k.try + 1
		}
		k.fail(v.At, "%s: wanted %s, made %s", v.Keyword, v.Want, v.Got)
	}
}
