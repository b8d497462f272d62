package schema

import (
	"strconv"
)

// arrayAt makes an array: the wished items, else those of the example, else one to three.
func (k *making) arrayAt(p *plan, at place, want, sample wish) (any, bool) {
	a := p.array
	if a.reason != "" {
		k.fail(a.at, "%s", a.reason)
		return nil, false
	}
	w, wished := want.([]any)
	if !wished && want != Absent && want != nil && typesOf(want)&Object == 0 {
		w, wished = []any{want}, true // a form with one value for a list
	}
	if !wished {
		sample = k.sampleArray(p, at, sample)
	}
	eg, shown := sample.([]any)
	b := arrayMaking{making: k, a: a, at: at, name: singular(at.name)}
	b.at.kind = kindOfName(b.name, at.owner)
	n := b.count(w, wished, eg, shown)
	b.out = make([]any, 0, min(n, 64))
	b.keep(w, n)
	if !wished {
		b.keep(eg, n)
	}
	b.contained()
	if wished {
		n = a.min
	}
	for len(b.out) < n && (len(b.out) < a.min || b.optional()) && b.item(Absent) {
	}
	if len(b.out) < a.min {
		k.fail(p.where(), "minItems asks for %d items and only %d could be made", a.min, len(b.out))
		return nil, false
	}
	return b.out, true
}

// An arrayMaking is one array in the making.
type arrayMaking struct {
	*making
	a    *arrayPlan
	at   place
	name string
	out  []any
	seen map[string]bool // canonical text of the items, for uniqueItems
	walk int
}

func (k *making) sampleArray(p *plan, at place, sample wish) wish {
	if _, ok := sample.([]any); ok {
		return sample
	}
	if at.walk > 0 {
		return Absent
	}
	return k.example(p, at)
}

// count decides how many items there are to be.
func (b *arrayMaking) count(w []any, wished bool, eg []any, shown bool) int {
	var n int
	switch {
	case wished:
		n = len(w)
	case shown:
		n = len(eg)
		if b.at.lean || b.Optional == RequiredOnly {
			n = min(n, max(b.a.min, 1))
		}
	case b.at.lean:
		n = b.a.min
	case b.Optional == RequiredOnly:
		n = max(b.a.min, 1)
	default:
		n = max(b.a.min, 1+b.seed(hashToken(b.at.hash, "count")).below(3), len(b.a.prefix))
	}
	if b.bad[b.at.pointer] > 1 && !wished {
		n = b.a.min
	}
	return min(max(n, b.a.min), b.a.max, b.a.bound)
}

// keep takes items over.
func (b *arrayMaking) keep(items []any, n int) {
	for _, item := range items {
		if len(b.out) >= n {
			return
		}
		b.item(known(item))
	}
}

// optional says whether an item that is not needed may be made here: a recursion ends with an empty array.
func (b *arrayMaking) optional() bool {
	next := b.a.item(len(b.out))
	for _, p := range b.stack {
		if p.same(next) && next != anything {
			return false
		}
	}
	return b.nodes < b.maxNodes && b.bytes < b.maxBytes
}

// place of the next item. Retries for unique items get another salt.
func (b *arrayMaking) next(salt int) place {
	i := len(b.out)
	at := place{pointer: hashIndex(b.at.pointer, i), hash: salted(hashIndex(b.at.hash, i), salt), parent: b.at.hash,
		name: b.name, owner: b.at.owner, kind: b.at.kind, depth: b.at.depth + 1, lean: b.at.lean, short: b.at.short}
	if b.name == "" {
		at.name = ""
	}
	return at
}

// item appends one item, wished or made up.
func (b *arrayMaking) item(want wish) bool {
	return b.appendFrom(b.a.item(len(b.out)), want)
}

// appendFrom makes an item for a plan. Where items must differ it tries others, in the end one after the other.
func (b *arrayMaking) appendFrom(p *plan, want wish) bool {
	for salt := range 24 + len(b.out) {
		at := b.next(salt)
		if salt > 4 {
			b.walk++
			at.walk = b.walk
		}
		v, ok := b.value(p, at, want, Absent)
		if !ok {
			return false
		}
		if !b.a.unique || b.fresh(v) {
			b.out = append(b.out, v)
			return true
		}
		if want != Absent {
			if salt > 0 {
				return false
			}
			want = Absent
		}
	}
	return false
}

// fresh says whether an item is not there yet, and remembers it.
func (b *arrayMaking) fresh(v any) bool {
	text, ok := canonical(v)
	if !ok {
		return true
	}
	if b.seen[text] {
		return false
	}
	if b.seen == nil {
		b.seen = make(map[string]bool)
	}
	b.seen[text] = true
	return true
}

// contained adds the items that contains asks for, unless they are there.
func (b *arrayMaking) contained() {
	for _, s := range b.a.contains {
		least := 1
		if s.MinContains != nil {
			least = *s.MinContains
		}
		for _, v := range b.out {
			if !s.synthetic() && b.valid(s.Contains, v) {
				least--
			}
		}
		for least > 0 && len(b.out) < min(b.a.bound, b.a.max) {
			parts, _ := b.a.parts(len(b.out))
			both := planOf(append(parts[:len(parts):len(parts)], s.Contains))
			if both.reason == "" && b.appendFrom(both, Absent) {
				least--
				continue
			}
			if len(b.out) >= len(b.a.prefix) || !b.item(Absent) {
				return
			}
			if !s.synthetic() && b.valid(s.Contains, b.out[len(b.out)-1]) {
				least--
			}
		}
	}
}

// canonical writes a made value so that equal values have equal texts.
func canonical(v any) (string, bool) {
	out, ok := appendCanonical(nil, v)
	return string(out), ok
}

func appendCanonical(out []byte, v any) ([]byte, bool) {
	switch v := v.(type) {
	case nil:
		return append(out, "null"...), true
	case bool:
		return strconv.AppendBool(out, v), true
	case string:
		return strconv.AppendQuote(out, v), true
	case []any:
		out = append(out, '[')
		for _, item := range v {
			var ok bool
			if out, ok = appendCanonical(out, item); !ok {
				return out, false
			}
			out = append(out, ',')
		}
		return append(out, ']'), true
	case map[string]any:
		out = append(out, '{')
		for _, name := range names(v) {
			out = append(strconv.AppendQuote(out, name), ':')
			var ok bool
			if out, ok = appendCanonical(out, v[name]); !ok {
				return out, false
			}
			out = append(out, ',')
		}
		return append(out, '}'), true
	}
	n, ok := plainNumber(v)
	return append(out, canonicalNumber(string(n))...), ok
}

// canonicalNumber makes 1, 1.0 and 1e0 the same where they are written without exponent; the checker has the last word.
func canonicalNumber(text string) string {
	return trimZeros(text)
}
