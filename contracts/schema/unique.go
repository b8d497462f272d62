package schema

import (
	"cmp"
	"encoding/json"
	"slices"
)

// fewItems is how many items are compared pair by pair.
const fewItems = 16

// unique gives the index of the first item that an earlier one equals, or -1.
func (j *judge) unique(list []any) int {
	if len(list) <= fewItems {
		for i := range list {
			for k := range i {
				if j.equal(list[k], list[i]) || j.steps < 0 {
					return i
				}
			}
		}
		return -1
	}
	// Items with the same digest are compared pair by pair; others cannot be equal.
	type entry struct {
		digest uint64
		index  int
	}
	entries := make([]entry, len(list))
	for i, v := range list {
		entries[i] = entry{digest(v), i}
	}
	slices.SortFunc(entries, func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.digest, b.digest), cmp.Compare(a.index, b.index))
	})
	first := -1
	for i := 1; i < len(entries); i++ {
		for k := i - 1; k >= 0 && entries[k].digest == entries[i].digest; k-- {
			if j.equal(list[entries[k].index], list[entries[i].index]) || j.steps < 0 {
				if first < 0 || entries[i].index < first {
					first = entries[i].index
				}
				break
			}
		}
	}
	return first
}

// digest is equal for values that are Equal.
func digest(v any) uint64 {
	const start, prime = 14695981039346656037, 1099511628211 // FNV-1a
	add := func(h uint64, text string) uint64 {
		for i := range len(text) {
			h = (h ^ uint64(text[i])) * prime
		}
		return h
	}
	switch v := v.(type) {
	case nil:
		return 1
	case bool:
		if v {
			return 2
		}
		return 3
	case string:
		return add(start, v)
	case []any:
		h := uint64(5)
		for _, item := range v {
			h = (h ^ digest(item)) * prime
		}
		return h
	case map[string]any:
		h := uint64(7)
		for name, member := range v {
			h += add(start, name) * (digest(member) | 1) // order must not matter
		}
		return h
	case json.Number, float64, int, int64:
		text, ok := numberText(v)
		if !ok {
			return 11
		}
		return splitNumber(text).digest()
	}
	return 13
}

// digest depends on the digits that count and on the place of the first one.
func (n number) digest() uint64 {
	first := n.leading()
	if first < 0 {
		return 17
	}
	last := n.digits() - 1
	for n.digit(last) == '0' {
		last--
	}
	h := uint64(len(n.whole) - first + n.exponent)
	for i := first; i <= last; i++ {
		h = h*31 + uint64(n.digit(i))
	}
	if n.negative {
		h = ^h
	}
	return h
}
