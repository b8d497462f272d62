package schema

import (
	"slices"
)

// member takes one of the values of enum or const.
func (k *making) member(p *plan, at place, want, sample wish) (any, bool) {
	for _, w := range []wish{want, sample} {
		if w == Absent {
			continue
		}
		for _, e := range p.enum {
			if Equal(e, w) {
				return e, true
			}
		}
		for _, e := range p.enum {
			if w != nil && e != nil && scalarText(e) == scalarText(w) && scalarText(e) != "" {
				return e, true
			}
		}
	}
	for _, w := range slices.Concat(at.hints, []any{k.example(p, at)}) {
		if at.walk == 0 && w != Absent && slices.ContainsFunc(p.enum, func(e any) bool { return Equal(e, w) }) {
			return w, true
		}
	}
	var fit []any
	for _, e := range p.enum {
		if e != nil && (!p.check || k.fits(p, e)) {
			fit = append(fit, e)
		}
	}
	if len(fit) == 0 {
		if len(p.enum) > 0 && p.enum[0] == nil || p.null {
			return nil, true
		}
		k.fail(p.where(), "no value of enum fits the other keywords")
		return nil, false
	}
	i := int(mix(at.hash)>>1) % len(fit)
	if at.walk > 0 {
		i = at.walk % len(fit)
	}
	v, _ := plain(fit[i])
	return v, true
}

// booleanAt makes true or false; names such as "deleted" say which is likelier.
func (k *making) booleanAt(p *plan, at place, want, sample wish) bool {
	for _, w := range []wish{want, sample, k.example(p, at)} {
		if b, ok := toBoolean(w); ok && at.walk == 0 {
			return b
		}
	}
	b := mix(at.hash)>>63 == 1
	switch at.kind {
	case kindLikely:
		b = mix(at.hash)>>61 != 0
	case kindUnlikely:
		b = mix(at.hash)>>61 == 0
	}
	return b != (at.walk%2 == 1)
}

// numberAt makes a number.
func (k *making) numberAt(p *plan, at place, want, sample wish) (any, bool) {
	for i, w := range []wish{want, sample, k.example(p, at)} {
		if w == Absent || i > 0 && at.walk > 0 {
			continue
		}
		if n, ok := k.toNumber(p, w); ok {
			return n, true
		}
	}
	if p.number.reason != "" {
		k.fail(p.number.at, "%s", p.number.reason)
		return nil, false
	}
	if at.walk == 0 {
		if target, digits, ok := k.realisticNumber(p, at); ok {
			if n, ok := p.number.near(target, digits); ok {
				return n, true
			}
		}
	}
	return p.number.make(k.seed(at.hash), at.walk), true
}
