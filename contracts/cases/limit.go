package cases

import (
	"encoding/json"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"understudy/contracts/schema"
)

// A limit is a bound that the schema sets at a place.
type limit struct {
	check   string // of the case that passes it
	keyword string
	text    string
	at      schema.Location
	// inside changes what stands at the place to a value at the bound, outside to one that is just beyond it.
	inside, outside func(v any) (any, bool)
}

// longestText and mostItems bound what is made to reach a limit.
const (
	longestText = 20_000
	mostItems   = 500
)

// limitsAt lists the bounds that a place adds to its parent.
func (w *workshop) limitsAt(p *place) []limit {
	var list []limit
	types := p.types()
	if types == 0 || types&(schema.Number|schema.Integer) != 0 {
		list = append(list, p.numbers()...)
	}
	if types == 0 || types&schema.String != 0 {
		list = append(list, p.lengths()...)
	}
	if types == 0 || types&schema.Array != 0 {
		list = append(list, w.sizes(p)...)
	}
	return list
}

func (p *place) numbers() []limit {
	var list []limit
	whole := p.types()&schema.Number == 0
	one := big.NewRat(1, 1)
	if a := p.first(func(a *schema.Schema) bool { return a.MultipleOf != nil && a.MultipleOf.Exact.Sign() > 0 }); a != nil {
		one = a.MultipleOf.Exact
		list = append(list, limit{check: "NEG-005", keyword: "multipleOf", text: a.MultipleOf.Text, at: a.At,
			inside: func(any) (any, bool) { return nil, false }, outside: p.between(one, whole)})
	}
	bound := func(name string, get func(*schema.Schema) *schema.Limit, sign int64) {
		a := p.first(func(a *schema.Schema) bool { return get(a) != nil })
		if a == nil {
			return
		}
		l := get(a)
		step := new(big.Rat).Mul(one, big.NewRat(sign, 1))
		in, out := new(big.Rat).Set(l.Exact), new(big.Rat).Add(l.Exact, step)
		if l.Exclusive {
			name = "exclusive" + strings.ToUpper(name[:1]) + name[1:]
			in, out = new(big.Rat).Sub(l.Exact, step), l.Exact
		}
		list = append(list, limit{check: "NEG-005", keyword: name, text: l.Text, at: a.At, inside: exactly(in), outside: exactly(out)})
	}
	bound("minimum", func(a *schema.Schema) *schema.Limit { return a.Minimum }, -1)
	bound("maximum", func(a *schema.Schema) *schema.Limit { return a.Maximum }, 1)
	return list
}

// exactly gives a number whatever was there.
func exactly(r *big.Rat) func(any) (any, bool) {
	return func(any) (any, bool) { return decimal(r) }
}

// between gives a number that is no multiple of a step, near the one that is there.
func (p *place) between(step *big.Rat, whole bool) func(any) (any, bool) {
	return func(v any) (any, bool) {
		n, ok := v.(json.Number)
		if !ok {
			return nil, false
		}
		at, ok := new(big.Rat).SetString(string(n))
		if !ok || len(n) > 40 {
			return nil, false
		}
		for _, by := range []*big.Rat{new(big.Rat).Quo(step, big.NewRat(2, 1)), big.NewRat(1, 1), big.NewRat(-1, 1)} {
			next := new(big.Rat).Add(at, by)
			if whole && !next.IsInt() {
				continue
			}
			if d, ok := decimal(next); ok && slices.Equal(p.breaks(d), []string{"multipleOf"}) {
				return d, true
			}
		}
		return nil, false
	}
}

// decimal writes a number without an exponent, where that is short.
func decimal(r *big.Rat) (any, bool) {
	text := r.Num().String()
	if !r.IsInt() {
		text = strings.TrimRight(r.FloatString(20), "0")
	}
	back, ok := new(big.Rat).SetString(text)
	if !ok || back.Cmp(r) != 0 || len(text) > 40 {
		return nil, false
	}
	return json.Number(text), true
}

func (p *place) lengths() []limit {
	var list []limit
	add := func(keyword string, a *schema.Schema, n, beyond int) {
		if n > longestText {
			return
		}
		list = append(list, limit{check: "NEG-006", keyword: keyword, text: strconv.Itoa(n), at: a.At, inside: p.ofLength(n), outside: p.ofLength(beyond)})
	}
	if a := p.first(func(a *schema.Schema) bool { return a.MinLength != nil && *a.MinLength > 0 }); a != nil {
		add("minLength", a, *a.MinLength, *a.MinLength-1)
	}
	if a := p.first(func(a *schema.Schema) bool { return a.MaxLength != nil }); a != nil {
		add("maxLength", a, *a.MaxLength, *a.MaxLength+1)
	}
	return list
}

// ofLength gives a text of a length that is like the one that is there, with the kind of characters that a pattern may ask for.
func (p *place) ofLength(n int) func(any) (any, bool) {
	return func(v any) (any, bool) {
		text, ok := v.(string)
		if !ok {
			return nil, false
		}
		best := padded(text, n)
		for _, c := range []string{best, strings.Repeat("a", n), strings.Repeat("1", n), strings.Repeat("A", n)} {
			if !slices.ContainsFunc(p.breaks(c), func(k string) bool { return k == "pattern" || k == "format" }) {
				return c, true
			}
		}
		return best, true
	}
}

func (w *workshop) sizes(p *place) []limit {
	var list []limit
	add := func(keyword string, a *schema.Schema, n, beyond int) {
		if n > mostItems {
			return
		}
		list = append(list, limit{check: "NEG-008", keyword: keyword, text: strconv.Itoa(n), at: a.At, inside: w.ofSize(p, a, n), outside: w.ofSize(p, a, beyond)})
	}
	if a := p.first(func(a *schema.Schema) bool { return a.MinItems != nil && *a.MinItems > 0 }); a != nil {
		add("minItems", a, *a.MinItems, *a.MinItems-1)
	}
	if a := p.first(func(a *schema.Schema) bool { return a.MaxItems != nil }); a != nil {
		add("maxItems", a, *a.MaxItems, *a.MaxItems+1)
	}
	if a := p.first(func(a *schema.Schema) bool { return a.UniqueItems }); a != nil {
		list = append(list, limit{check: "NEG-008", keyword: "uniqueItems", at: a.At,
			inside: func(any) (any, bool) { return nil, false }, outside: w.twice(p, a)})
	}
	return list
}

// ofSize gives a list of n items: those that are there, then further ones made up. A list without items has no form outside
// JSON that everybody reads alike.
func (w *workshop) ofSize(p *place, a *schema.Schema, n int) func(any) (any, bool) {
	return func(v any) (any, bool) {
		list, ok := v.([]any)
		if !ok || n == 0 && p.subject.textual() {
			return nil, false
		}
		list = slices.Clone(list)
		for len(list) < n {
			item, ok := w.item(p, len(list), list)
			if !ok {
				return nil, false
			}
			list = append(list, item)
		}
		return list[:n:n], true
	}
}

// item makes an item for an index of the list at a place, other than those that are there if it can.
func (w *workshop) item(p *place, i int, there []any) (any, bool) {
	s := p.first(func(a *schema.Schema) bool { return a.Items != nil || i < len(a.PrefixItems) })
	if s == nil {
		return "item " + strconv.Itoa(i), true
	}
	items := s.Items
	if i < len(s.PrefixItems) {
		items = s.PrefixItems[i]
	}
	if items == nil || items.Always {
		return "item " + strconv.Itoa(i), true
	}
	for try := range 3 {
		maker := w.maker
		maker.Examples = false
		v, err := maker.Make(items, w.key(p.subject)+p.pointer()+"/"+strconv.Itoa(i)+tried(try), nil)
		if err != nil {
			return nil, false
		}
		if try == 2 || !slices.ContainsFunc(there, func(other any) bool { return schema.Equal(v, other) }) {
			return v, true
		}
	}
	return nil, false
}

// twice gives a list in which an item stands two times.
func (w *workshop) twice(p *place, a *schema.Schema) func(any) (any, bool) {
	return func(v any) (any, bool) {
		list, ok := v.([]any)
		if !ok {
			return nil, false
		}
		if list = slices.Clone(list); len(list) == 0 {
			item, ok := w.item(p, 0, nil)
			if !ok {
				return nil, false
			}
			list = append(list, item)
		}
		if a.MaxItems != nil && len(list) == *a.MaxItems {
			if len(list) < 2 {
				return nil, false
			}
			list = list[:len(list)-1]
		}
		return append(list, list[0]), true
	}
}
