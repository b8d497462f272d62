package schema

// array judges an array by the keywords for its items.
func (j *judge) array(s *Schema, list []any, e *evaluated) bool {
	if s.MinItems != nil && len(list) < *s.MinItems || s.MaxItems != nil && len(list) > *s.MaxItems {
		return false
	}
	rest := 0
	for i, of := range s.PrefixItems {
		if i >= len(list) {
			break
		}
		if !j.child(of, list[i]) {
			return false
		}
		rest = i + 1
	}
	if s.Items != nil && !s.Items.Always {
		for _, v := range list[rest:] {
			if !j.child(s.Items, v) {
				return false
			}
		}
	}
	if e != nil {
		if e.items = max(e.items, rest); s.Items != nil {
			e.allItems = true
		}
	}
	if s.Contains != nil && !j.contains(s, list, e) {
		return false
	}
	return !s.UniqueItems || j.unique(list) < 0
}

// contains judges by contains, minContains and maxContains.
func (j *judge) contains(s *Schema, list []any, e *evaluated) bool {
	n := 0
	for i, v := range list {
		if j.child(s.Contains, v) {
			n++
			if e != nil {
				e.others = append(e.others, i)
			}
		}
	}
	least := 1
	if s.MinContains != nil {
		least = *s.MinContains
	}
	return n >= least && (s.MaxContains == nil || n <= *s.MaxContains)
}

// object judges an object by the keywords for its members.
func (j *judge) object(s *Schema, object map[string]any, e *evaluated) bool {
	if s.MinProperties != nil && len(object) < *s.MinProperties || s.MaxProperties != nil && len(object) > *s.MaxProperties {
		return false
	}
	for _, name := range s.Required {
		if _, ok := object[name]; !ok && !j.excused(name) {
			return false
		}
	}
	declared := 0
	if len(s.Properties) > 4*len(object) {
		for name, v := range object {
			if i := s.indexOf(name); i >= 0 {
				declared++
				if !j.property(&s.Properties[i], v, e) {
					return false
				}
			}
		}
	} else {
		for i := range s.Properties {
			p := &s.Properties[i]
			v, ok := object[p.Name]
			if !ok {
				continue
			}
			if declared++; !j.property(p, v, e) {
				return false
			}
		}
	}
	if s.PatternProperties != nil || s.AdditionalProperties != nil && declared < len(object) {
		if !j.undeclared(s, object, e) {
			return false
		}
	}
	if s.PropertyNames != nil && !s.PropertyNames.Always {
		for name := range object {
			if !j.child(s.PropertyNames, name) {
				return false
			}
		}
	}
	for i := range s.DependentRequired {
		if !j.dependent(&s.DependentRequired[i], object) {
			return false
		}
	}
	return true
}

func (j *judge) property(p *Property, v any, e *evaluated) bool {
	if e != nil {
		e.names = append(e.names, p.Name)
	}
	if j.direction == Response && p.Schema.access&writeOnly != 0 {
		return false
	}
	return j.child(p.Schema, v)
}

// undeclared judges by patternProperties and additionalProperties.
func (j *judge) undeclared(s *Schema, object map[string]any, e *evaluated) bool {
	for name, v := range object {
		matched := false
		for i := range s.PatternProperties {
			p := &s.PatternProperties[i]
			if p.expression == nil || !j.matches(p.expression, name) {
				continue
			}
			if matched = true; !j.child(p.Schema, v) {
				return false
			}
		}
		if matched && e != nil {
			e.names = append(e.names, name)
		}
		if matched || s.AdditionalProperties == nil || s.indexOf(name) >= 0 {
			continue
		}
		if !j.child(s.AdditionalProperties, v) {
			return false
		}
	}
	if e != nil && s.AdditionalProperties != nil {
		e.allNames = true
	}
	return true
}

func (j *judge) dependent(d *Dependency, object map[string]any) bool {
	if _, ok := object[d.Name]; !ok {
		return true
	}
	for _, name := range d.Required {
		if _, ok := object[name]; !ok && !j.excused(name) {
			return false
		}
	}
	return true
}

// excused says whether a required property may be missing on this way, because one of the schemas that apply to the same
// value declares it readOnly or writeOnly.
func (j *judge) excused(name string) bool {
	bit := readOnly
	if j.direction == Response {
		bit = writeOnly
	}
	j.scoped++
	left := maxParts
	for i := j.base; i < j.n && left > 0; i++ {
		j.steps--
		if accessOfProperty(j.applied(i), name, 0, &left)&bit != 0 {
			return true
		}
	}
	j.steps -= (maxParts - left) / 8
	return false
}

// accessOfProperty gathers what a schema, with those it is made of, says about a property.
func accessOfProperty(s *Schema, name string, depth int, left *int) access {
	if *left--; s == nil || depth > 8 || *left < 0 {
		return 0
	}
	var a access
	if i := s.indexOf(name); i >= 0 {
		a = s.Properties[i].Schema.access
	}
	a |= accessOfProperty(s.Ref, name, depth+1, left)
	for _, part := range s.AllOf {
		a |= accessOfProperty(part, name, depth+1, left)
	}
	return a
}

// inPlace judges the value by the keywords that apply schemas to it as a whole.
func (j *judge) inPlace(s *Schema, v any, e *evaluated) bool {
	if s.Ref != nil && !j.valid(s.Ref, v, e) {
		return false
	}
	if s.DynamicRef != nil && !j.valid(j.dynamic(s), v, e) {
		return false
	}
	if s.uses&useApply == 0 {
		return true
	}
	for _, part := range s.AllOf {
		if !j.valid(part, v, e) {
			return false
		}
	}
	if s.AnyOf != nil && !j.anyOf(s.AnyOf, v, e) || s.OneOf != nil && !j.oneOf(s.OneOf, v, e) {
		return false
	}
	if s.Not != nil && j.valid(s.Not, v, nil) && j.steps >= 0 {
		return false
	}
	if s.If != nil {
		before := e.mark()
		next := s.Then
		if !j.valid(s.If, v, e) {
			e.reset(before)
			next = s.Else
		}
		if next != nil && !j.valid(next, v, e) {
			return false
		}
	}
	if object, ok := v.(map[string]any); ok {
		for i := range s.DependentSchemas {
			d := &s.DependentSchemas[i]
			if _, ok := object[d.Name]; ok && !j.valid(d.Schema, v, e) {
				return false
			}
		}
	}
	return j.steps >= 0
}

func (j *judge) anyOf(branches []*Schema, v any, e *evaluated) bool {
	any := false
	for _, b := range branches {
		before := e.mark()
		if !j.valid(b, v, e) {
			e.reset(before)
			continue
		}
		if any = true; e == nil {
			return true
		}
	}
	return any
}

func (j *judge) oneOf(branches []*Schema, v any, e *evaluated) bool {
	n := 0
	for _, b := range branches {
		before := e.mark()
		if !j.valid(b, v, e) {
			e.reset(before)
		} else if n++; n > 1 {
			return false
		}
	}
	return n == 1
}

// dynamic finds the target of $dynamicRef: the first one among the resources on the way here that has the anchor.
func (j *judge) dynamic(s *Schema) *Schema {
	if s.dynamicAnchor == "" {
		return s.DynamicRef
	}
	j.scoped++
	for i := range j.n {
		if in := j.applied(i).resource; in != nil {
			if target := in.dynamic[s.dynamicAnchor]; target != nil {
				return target
			}
		}
	}
	return s.DynamicRef
}

// unevaluated judges by unevaluatedItems and unevaluatedProperties what e has not, and hands on to outer what has been
// judged.
func (j *judge) unevaluated(s *Schema, v any, e, outer *evaluated) bool {
	switch v := v.(type) {
	case []any:
		if s.UnevaluatedItems != nil {
			for i, item := range v {
				if !e.hasItem(i) && !j.child(s.UnevaluatedItems, item) {
					return false
				}
			}
			e.allItems = true
		}
	case map[string]any:
		if s.UnevaluatedProperties != nil {
			for name, member := range v {
				if !e.hasName(name) && !j.child(s.UnevaluatedProperties, member) {
					return false
				}
			}
			e.allNames = true
		}
	}
	if outer != nil {
		outer.merge(e)
	}
	return true
}
