package schema

import (
	"math/big"
)

// negate gives schemas each of which keeps a value from fitting s, as far as keywords can say it. What they cannot say
// (pattern, format, uniqueItems) is left to chance and to the check of what was made.
func negate(s *Schema, depth int) []*Schema {
	if s == nil || depth > 4 || s.Never {
		return nil
	}
	if s.Ref != nil && bare(s) {
		return negate(s.Resolve(), depth+1)
	}
	var ways []*Schema
	add := func(n *Schema) {
		n.At.File = madeHere
		ways = append(ways, n)
	}
	for _, name := range s.Required {
		add(forbid(name))
	}
	if s.Types != 0 {
		rest := (allTypes | Null) &^ s.Types
		if s.Types&(Number|Integer) != 0 {
			rest &^= Integer | Number
		}
		if rest != 0 {
			add(&Schema{Types: rest})
		}
	}
	for _, q := range s.Properties {
		if q.Schema.Always {
			continue
		}
		inner := &Schema{At: Location{File: madeHere}, Not: q.Schema}
		if q.Schema.Never {
			inner = &Schema{At: Location{File: madeHere}, Always: true}
		}
		add(&Schema{Properties: []Property{{q.Name, inner}}, Required: []string{q.Name}})
	}
	for _, n := range negatedLimits(s) {
		add(n)
	}
	if s.Items != nil && !s.Items.Always {
		other := &Schema{At: Location{File: madeHere}, Not: s.Items}
		if s.Items.Never {
			other = &Schema{At: Location{File: madeHere}, Always: true}
		}
		least := len(s.PrefixItems) + 1
		add(&Schema{Types: Array, Contains: other, MinItems: &least})
	}
	for _, a := range s.AllOf {
		ways = append(ways, negate(a, depth+1)...)
	}
	if s.Not != nil {
		add(&Schema{AllOf: []*Schema{s.Not}})
	}
	if len(s.AnyOf) > 0 {
		ways = append(ways, negatedAll(s.AnyOf, depth)...)
	}
	if len(s.OneOf) > 0 {
		ways = append(ways, negatedAll(s.OneOf, depth)...)
	}
	return ways
}

// negatedAll keeps a value from fitting any of several schemas.
func negatedAll(list []*Schema, depth int) []*Schema {
	var each [][]*Schema
	longest := 0
	for _, a := range list {
		n := negate(a, depth+1)
		if len(n) == 0 {
			continue
		}
		each = append(each, n)
		longest = max(longest, len(n))
	}
	var ways []*Schema
	for i := range min(longest, 4) {
		all := &Schema{At: Location{File: madeHere}}
		for _, n := range each {
			all.AllOf = append(all.AllOf, n[i%len(n)])
		}
		ways = append(ways, all)
	}
	return ways
}

// forbid is the schema of objects without a property.
func forbid(name string) *Schema {
	here := Location{File: madeHere}
	return &Schema{At: here, Properties: []Property{{name, &Schema{At: here, Never: true}}}}
}

// negatedLimits turns lengths, sizes and bounds round.
func negatedLimits(s *Schema) []*Schema {
	var ways []*Schema
	below := func(n *int, typ Types, set func(*Schema, *int)) {
		if n != nil && *n > 0 {
			limit := *n - 1
			way := &Schema{Types: typ}
			set(way, &limit)
			ways = append(ways, way)
		}
	}
	above := func(n *int, typ Types, set func(*Schema, *int)) {
		if n != nil {
			limit := *n + 1
			way := &Schema{Types: typ}
			set(way, &limit)
			ways = append(ways, way)
		}
	}
	below(s.MinLength, String, func(w *Schema, n *int) { w.MaxLength = n })
	above(s.MaxLength, String, func(w *Schema, n *int) { w.MinLength = n })
	below(s.MinItems, Array, func(w *Schema, n *int) { w.MaxItems = n })
	above(s.MaxItems, Array, func(w *Schema, n *int) { w.MinItems = n })
	below(s.MinProperties, Object, func(w *Schema, n *int) { w.MaxProperties = n })
	above(s.MaxProperties, Object, func(w *Schema, n *int) { w.MinProperties = n })
	if s.Minimum != nil {
		ways = append(ways, &Schema{Types: Number, Maximum: opposite(s.Minimum)})
	}
	if s.Maximum != nil {
		ways = append(ways, &Schema{Types: Number, Minimum: opposite(s.Maximum)})
	}
	return ways
}

func opposite(l *Limit) *Limit {
	return &Limit{Text: l.Text, Float: l.Float, Exact: new(big.Rat).Set(l.Exact), Exclusive: !l.Exclusive}
}
