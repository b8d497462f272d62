package schema

// types intersects what the schemas say about types.
func (b *planner) types() {
	p := b.p
	for _, s := range p.atoms {
		if s.Types != 0 {
			p.typed = true
			p.types &= widened(s.Types)
		}
		p.lean |= leaning(s)
	}
	if b.never != nil {
		p.types = 0
	}
	p.null = b.never == nil
	for _, s := range p.roots {
		p.null = p.null && (b.valid(s, nil, Response) || b.valid(s, nil, Request))
	}
	for _, s := range b.p.extra {
		p.null = p.null && (s.Types == 0 || s.Types&Null != 0)
	}
}

// widened adds Integer to Number, so that sets of types can be intersected bit by bit.
func widened(t Types) Types {
	if t&Number != 0 {
		t |= Integer
	}
	return t &^ Null
}

// leaning tells the types that the other keywords of a schema speak of.
func leaning(s *Schema) Types {
	var t Types
	if s.Properties != nil || s.Required != nil || s.AdditionalProperties != nil || s.PatternProperties != nil ||
		s.MinProperties != nil || s.MaxProperties != nil || s.PropertyNames != nil || s.DependentRequired != nil ||
		s.DependentSchemas != nil || s.UnevaluatedProperties != nil {
		t |= Object
	}
	if s.Items != nil || s.PrefixItems != nil || s.Contains != nil || s.MinItems != nil || s.MaxItems != nil || s.UniqueItems {
		t |= Array
	}
	if s.MinLength != nil || s.MaxLength != nil || s.Pattern != "" || s.ContentEncoding != "" || s.ContentMediaType != "" {
		t |= String
	}
	if s.Minimum != nil || s.Maximum != nil || s.MultipleOf != nil {
		t |= Number | Integer
	}
	if s.Format != "" && t == 0 {
		switch s.Format {
		case "int32", "int64", "int8", "int16", "uint8", "uint16", "uint32", "uint64":
			t |= Integer
		case "float", "double", "decimal":
			t |= Number | Integer
		default:
			t |= String
		}
	}
	return t
}

// values finds the members of enum and const that fit everything else.
func (b *planner) values() {
	p := b.p
	var candidates []any
	for _, s := range p.atoms {
		switch {
		case s.HasConst:
			candidates, p.enumerated = []any{s.Const}, true
		case s.Enum != nil && !p.enumerated:
			candidates, p.enumerated = s.Enum, true
		}
	}
	if !p.enumerated || b.never != nil {
		return
	}
	for _, c := range candidates {
		v, ok := plain(c)
		if ok && (b.fits(v, Response) || b.fits(v, Request)) {
			p.enum = append(p.enum, v)
		}
	}
}

// maxPlanSteps is what judging values for one plan may cost. Where it does not suffice they count as fitting: nothing is
// claimed of a schema that was not judged.
const maxPlanSteps = 200_000

// valid is Schema.Valid, counted.
func (b *planner) valid(s *Schema, v any, d Direction) bool {
	return b.steps < 0 || s.validWithin(v, d, &b.steps) || b.steps < 0
}

// fits says whether a value fits the plan that is being made.
func (b *planner) fits(v any, d Direction) bool {
	return b.steps < 0 || b.p.fitsWithin(v, d, &b.steps) || b.steps < 0
}

// fitsWithin says whether a value fits a plan, with a limit on steps, which it lowers by what was needed.
func (p *plan) fitsWithin(v any, d Direction, steps *int) bool {
	for _, s := range p.roots {
		if !s.validWithin(v, d, steps) {
			return false
		}
	}
	for _, s := range p.extra {
		if s.HasConst && !Equal(s.Const, v) || s.Types != 0 && s.Types&typesOf(v) == 0 {
			return false
		}
	}
	return true
}

func typesOf(v any) Types {
	switch v.(type) {
	case nil:
		return Null
	case bool:
		return Boolean
	case string:
		return String
	case []any:
		return Array
	case map[string]any:
		return Object
	}
	return Integer | Number
}

// samples collects examples and defaults, outermost first.
func (b *planner) samples() {
	p := b.p
	for _, pass := range [2]bool{true, false} {
		for _, s := range b.trail {
			values := s.Examples
			if !pass {
				values = nil
				if s.HasDefault && s.Default != nil && s.Default != "" {
					values = []any{s.Default}
				}
			}
			for _, e := range values {
				if len(p.examples) >= 16 {
					return
				}
				v, ok := plain(e)
				if !ok || v == nil {
					continue
				}
				fits := [2]bool{b.fits(v, Request), b.fits(v, Response)}
				if !fits[0] && !fits[1] && typesOf(v)&(Object|Array) == 0 {
					continue
				}
				p.examples = append(p.examples, sample{value: v, fits: fits, first: pass})
			}
		}
	}
}

// contradiction notes why nothing fits where the keywords show it.
func (b *planner) contradiction() {
	p := b.p
	if p.null || p.reason != "" {
		return
	}
	switch {
	case b.never != nil:
		p.at, p.reason = b.never.At, "the schema is false, which nothing fits"
		return
	case p.types == 0:
		p.at, p.reason = p.place(func(s *Schema) bool { return s.Types != 0 }), "no type satisfies all the schemas that hold here"
		return
	case p.enumerated && len(p.enum) == 0:
		p.at = p.place(func(s *Schema) bool { return s.HasConst || s.Enum != nil })
		p.reason = "no value of enum or const satisfies the other keywords"
		return
	case p.enumerated:
		return
	}
	var reason string
	var at Location
	for _, t := range []Types{Boolean, Integer, Number, String, Array, Object} {
		if p.types&t == 0 {
			continue
		}
		r, where := p.impossible(t)
		if r == "" {
			return
		}
		if reason == "" {
			reason, at = r, where
		}
	}
	p.reason, p.at = reason, at
}

// impossible says why no value of one type fits, or nothing.
func (p *plan) impossible(t Types) (string, Location) {
	switch t {
	case String:
		return p.text.reason, p.text.at
	case Integer, Number:
		return p.number.reason, p.number.at
	case Array:
		return p.array.reason, p.array.at
	case Object:
		return p.object.reason, p.object.at
	}
	return "", Location{}
}

// place gives the location of the last atom that has a keyword, or of the first.
func (p *plan) place(has func(*Schema) bool) Location {
	for i := len(p.atoms) - 1; i >= 0; i-- {
		if has(p.atoms[i]) && !p.atoms[i].synthetic() {
			return p.atoms[i].At
		}
	}
	return p.where()
}

func (p *plan) where() Location {
	if len(p.roots) > 0 {
		return p.roots[0].At
	}
	return Location{}
}
