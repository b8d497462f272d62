package schema

import (
	"maps"
	"slices"
	"strconv"
)

func (x *explainer) explainArray(s *Schema, list []any, e *evaluated) {
	if s.MinItems != nil && len(list) < *s.MinItems {
		x.add(s, "minItems", "at least "+counted(*s.MinItems, "item"), counted(len(list), "item"), strconv.Itoa(*s.MinItems))
	}
	if s.MaxItems != nil && len(list) > *s.MaxItems {
		x.add(s, "maxItems", "at most "+counted(*s.MaxItems, "item"), counted(len(list), "item"), strconv.Itoa(*s.MaxItems))
	}
	for i, v := range list {
		if x.full() {
			return
		}
		switch {
		case i < len(s.PrefixItems):
			x.part(s.PrefixItems[i], strconv.Itoa(i), v)
		case s.Items == nil:
		case s.Items.Never:
			x.in(strconv.Itoa(i), func() {
				x.add(s, "items", "at most "+counted(len(s.PrefixItems), "item"), describe(v), strconv.Itoa(len(s.PrefixItems)))
			})
		default:
			x.part(s.Items, strconv.Itoa(i), v)
		}
	}
	if e != nil {
		e.items = max(e.items, min(len(s.PrefixItems), len(list)))
		e.allItems = e.allItems || s.Items != nil
	}
	if s.Contains != nil {
		x.explainContains(s, list, e)
	}
	if s.UniqueItems {
		if i := x.unique(list); i >= 0 {
			x.in(strconv.Itoa(i), func() {
				x.add(s, "uniqueItems", "items that all differ", "an item that is there before: "+describe(list[i]), "")
			})
		}
	}
}

func (x *explainer) explainContains(s *Schema, list []any, e *evaluated) {
	n := 0
	for i, v := range list {
		if x.child(s.Contains, v) {
			n++
			if e != nil {
				e.others = append(e.others, i)
			}
		}
	}
	keyword, least := "contains", 1
	if s.MinContains != nil {
		keyword, least = "minContains", *s.MinContains
	}
	what := "item that is " + s.Contains.summary()
	if n < least {
		x.add(s, keyword, "at least "+counted(least, what), counted(n, "such item"), strconv.Itoa(least))
	}
	if s.MaxContains != nil && n > *s.MaxContains {
		x.add(s, "maxContains", "at most "+counted(*s.MaxContains, what), counted(n, "such item"), strconv.Itoa(*s.MaxContains))
	}
}

func (x *explainer) explainObject(s *Schema, object map[string]any, e *evaluated) {
	if s.MinProperties != nil && len(object) < *s.MinProperties {
		x.add(s, "minProperties", "at least "+counted(*s.MinProperties, "member"), counted(len(object), "member"), strconv.Itoa(*s.MinProperties))
	}
	if s.MaxProperties != nil && len(object) > *s.MaxProperties {
		x.add(s, "maxProperties", "at most "+counted(*s.MaxProperties, "member"), counted(len(object), "member"), strconv.Itoa(*s.MaxProperties))
	}
	missing := x.missing(s, object)
	for i := range s.Properties {
		if x.full() {
			return
		}
		p := &s.Properties[i]
		v, ok := object[p.Name]
		switch {
		case ok:
			x.explainProperty(s, p, v, e)
		case slices.Contains(missing, p.Name):
			x.addMissing(s, p.Name)
		}
	}
	for _, name := range missing { // those that properties does not have; the others are noted already
		x.addMissing(s, name)
	}
	if s.PatternProperties != nil || s.AdditionalProperties != nil {
		x.explainUndeclared(s, object, e)
	}
	if s.PropertyNames != nil && !s.PropertyNames.Always {
		for _, name := range slices.Sorted(maps.Keys(object)) {
			x.explainName(s, name)
		}
	}
	for i := range s.DependentRequired {
		d := &s.DependentRequired[i]
		if x.dependent(d, object) {
			continue
		}
		for _, name := range d.Required {
			if _, ok := object[name]; !ok && !x.excused(name) {
				x.add(s, "dependentRequired", "the member "+quoteShort(name)+", since "+quoteShort(d.Name)+" is there", "no such member", name)
			}
		}
	}
}

// missing lists the required members that are not there and may not be.
func (x *explainer) missing(s *Schema, object map[string]any) []string {
	var list []string
	for _, name := range s.Required {
		if _, ok := object[name]; !ok && !x.excused(name) {
			list = append(list, name)
		}
	}
	return list
}

func (x *explainer) addMissing(s *Schema, name string) {
	x.add(s, "required", "the member "+quoteShort(name), "no such member", name)
}

func (x *explainer) explainProperty(s *Schema, p *Property, v any, e *evaluated) {
	if e != nil {
		e.names = append(e.names, p.Name)
	}
	if x.direction == Response && p.Schema.access&writeOnly != 0 {
		x.in(p.Name, func() {
			x.add(p.Schema, "writeOnly", "not to be in a response, since it is writeOnly", "it is there", p.Name)
		})
	}
	if p.Schema.Never {
		x.in(p.Name, func() { x.add(p.Schema, "", "no member of this name", "it is there", p.Name) })
		return
	}
	x.part(p.Schema, p.Name, v)
}

// explainUndeclared goes through the members that properties does not have, by name.
func (x *explainer) explainUndeclared(s *Schema, object map[string]any, e *evaluated) {
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if x.full() {
			return
		}
		matched := false
		for i := range s.PatternProperties {
			if p := &s.PatternProperties[i]; p.expression != nil && x.matches(p.expression, name) {
				matched = true
				x.part(p.Schema, name, object[name])
			}
		}
		if matched && e != nil {
			e.names = append(e.names, name)
		}
		switch {
		case matched || s.AdditionalProperties == nil || s.indexOf(name) >= 0:
		case s.AdditionalProperties.Never:
			x.in(name, func() {
				x.add(s, "additionalProperties", "only members that are declared", "the member "+quoteShort(name), name)
			})
		default:
			x.part(s.AdditionalProperties, name, object[name])
		}
	}
	if e != nil && s.AdditionalProperties != nil {
		e.allNames = true
	}
}

// explainName judges a member's name; what is wrong with it stands at the member.
func (x *explainer) explainName(s *Schema, name string) {
	before := len(x.found)
	x.part(s.PropertyNames, name, name)
	for i := before; i < len(x.found); i++ {
		f := &x.found[i]
		f.Keyword, f.Want = "propertyNames", "a name that is "+f.Want
	}
}

// explainUnevaluated notes what unevaluatedItems and unevaluatedProperties refuse.
func (x *explainer) explainUnevaluated(s *Schema, v any, e, outer *evaluated) {
	switch v := v.(type) {
	case []any:
		for i := 0; s.UnevaluatedItems != nil && i < len(v) && !x.full(); i++ {
			if e.hasItem(i) {
				continue
			}
			if s.UnevaluatedItems.Never {
				x.in(strconv.Itoa(i), func() { x.add(s, "unevaluatedItems", "only items that are declared", describe(v[i]), "") })
			} else {
				x.part(s.UnevaluatedItems, strconv.Itoa(i), v[i])
			}
		}
	case map[string]any:
		if s.UnevaluatedProperties == nil {
			break
		}
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if e.hasName(name) || x.full() {
				continue
			}
			if s.UnevaluatedProperties.Never {
				x.in(name, func() {
					x.add(s, "unevaluatedProperties", "only members that are declared", "the member "+quoteShort(name), name)
				})
			} else {
				x.part(s.UnevaluatedProperties, name, v[name])
			}
		}
	}
	if outer != nil {
		e.allItems = e.allItems || s.UnevaluatedItems != nil
		e.allNames = e.allNames || s.UnevaluatedProperties != nil
		outer.merge(e)
	}
}
