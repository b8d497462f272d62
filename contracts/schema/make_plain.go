package schema

// Proofs finds the schemas of one document that nothing fits. It keeps what it found out, so that to ask of each schema in
// turn costs little more than to read them once. It is not safe for concurrent use; the zero value is ready.
type Proofs struct {
	spent int              // steps that proofs proper have taken
	plain map[*Schema]bool // false while it is being looked at, too, so that a schema that requires itself is not plain
}

// Unsatisfiable is what the method of that name says of s. Where it is plain that some value fits, which it is for nearly
// all schemas of a document, no plans are made, neither of it nor of what it requires.
func (f *Proofs) Unsatisfiable(s *Schema) (Location, string, bool) {
	if f.fits(s, 0) {
		return Location{}, "", false
	}
	left := maxAllProofs - f.spent
	defer func() { f.spent = maxAllProofs - left }()
	return s.unsatisfiable(&left, f)
}

// maxPlain is how deep schemas are followed before the proof proper has to say.
const maxPlain = 64

// fits says whether the keywords of s alone show that some value fits. False says nothing.
func (f *Proofs) fits(s *Schema, depth int) bool {
	if f == nil {
		return false
	}
	if plain, ok := f.plain[s]; ok || depth > maxPlain {
		return plain
	}
	if f.plain == nil {
		f.plain = make(map[*Schema]bool)
	}
	f.plain[s] = false
	plain := f.look(s, depth+1)
	f.plain[s] = plain
	return plain
}

func (f *Proofs) look(s *Schema, depth int) bool {
	switch {
	case s.Always:
		return true
	case s.Never:
		return false
	case s.uses == useRef && s.Types == 0:
		return f.fits(s.Ref, depth)
	case s.uses == useApply && s.Types == 0:
		return f.branchFits(s, depth)
	case s.uses == useValues && !s.HasConst:
		return enumFits(s)
	case s.uses&^(useNumber|useString|useArray|useObject) != 0:
		return false
	}
	types := s.Types
	if types == 0 {
		types = allTypes
	}
	return types&(Boolean|Null) != 0 ||
		types&String != 0 && textFits(s) ||
		types&(Number|Integer) != 0 && numberFits(s) ||
		types&Array != 0 && f.arrayFits(s, depth) ||
		types&Object != 0 && f.objectFits(s, depth)
}

// branchFits is for a schema that only applies others to the same value.
func (f *Proofs) branchFits(s *Schema, depth int) bool {
	if s.OneOf != nil || s.Not != nil || s.If != nil || s.DependentSchemas != nil {
		return false
	}
	if s.AllOf != nil {
		return s.AnyOf == nil && len(s.AllOf) == 1 && f.fits(s.AllOf[0], depth)
	}
	for _, branch := range s.AnyOf {
		if f.fits(branch, depth) {
			return true
		}
	}
	return false
}

// enumFits is for a schema that says nothing but its values and their types.
func enumFits(s *Schema) bool {
	for _, v := range s.Enum {
		if s.Types == 0 || s.Types&typeOf(v) != 0 {
			return true
		}
	}
	return false
}

// textFits leaves patterns to the proof proper, and lengths beside a format.
func textFits(s *Schema) bool {
	if s.Pattern != "" {
		return false
	}
	if s.Format != "" {
		return s.MinLength == nil && s.MaxLength == nil
	}
	return s.MinLength == nil || s.MaxLength == nil || *s.MinLength <= *s.MaxLength
}

// numberFits leaves bounds beside a format, which has its own, and beside multipleOf to the proof proper.
func numberFits(s *Schema) bool {
	if s.Minimum == nil && s.Maximum == nil {
		return s.MultipleOf == nil || s.Format == ""
	}
	if s.Format != "" || s.MultipleOf != nil {
		return false
	}
	return s.Minimum == nil || s.Maximum == nil ||
		s.Minimum.isWhole && s.Maximum.isWhole && !s.Minimum.Exclusive && !s.Maximum.Exclusive && s.Minimum.whole <= s.Maximum.whole
}

// arrayFits is for arrays that are as short as they may be.
func (f *Proofs) arrayFits(s *Schema, depth int) bool {
	switch {
	case s.Contains != nil:
		return false
	case s.MinItems == nil || *s.MinItems <= 0:
		return true
	case s.PrefixItems != nil || s.UniqueItems || s.MaxItems != nil && *s.MaxItems < *s.MinItems:
		return false
	}
	return s.Items == nil || f.fits(s.Items, depth)
}

// objectFits is for objects that have just what they require.
func (f *Proofs) objectFits(s *Schema, depth int) bool {
	if s.PatternProperties != nil || s.PropertyNames != nil || s.DependentRequired != nil ||
		s.MinProperties != nil && *s.MinProperties > 0 || s.MaxProperties != nil && *s.MaxProperties < len(s.Required) {
		return false
	}
	for _, name := range s.Required {
		property := s.Property(name)
		if property == nil {
			property = s.AdditionalProperties
		}
		if property != nil && !f.fits(property, depth) {
			return false
		}
	}
	return true
}
