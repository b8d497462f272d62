package redact

import (
	"slices"

	"understudy/contracts"
	"understudy/contracts/schema"
)

// A schemaSet is the schemas that may describe one value. The empty set says nothing.
type schemaSet []*schema.Schema

// mostSchemas bounds a set: schemas that refer to each other have no end.
const mostSchemas = 64

// add puts in s and all that it is made of: references, alternatives, conditions.
func (set schemaSet) add(s *schema.Schema) schemaSet {
	if s == nil || len(set) >= mostSchemas {
		return set
	}
	if s = s.Resolve(); slices.Contains(set, s) {
		return set
	}
	set = append(set, s)
	for _, list := range [][]*schema.Schema{s.AllOf, s.AnyOf, s.OneOf, {s.Then, s.Else, s.DynamicRef}} {
		for _, part := range list {
			set = set.add(part)
		}
	}
	for _, d := range s.DependentSchemas {
		set = set.add(d.Schema)
	}
	return set
}

// property is what the schemas say of a member.
func (set schemaSet) property(name string) schemaSet {
	var found schemaSet
	for _, s := range set {
		if i := slices.IndexFunc(s.Properties, func(p schema.Property) bool { return p.Name == name }); i >= 0 {
			found = found.add(s.Properties[i].Schema)
		} else {
			found = found.add(s.AdditionalProperties)
		}
	}
	return found
}

// items is what the schemas say of a list's items.
func (set schemaSet) items() schemaSet {
	var found schemaSet
	for _, s := range set {
		found = found.add(s.Items)
		for _, p := range s.PrefixItems {
			found = found.add(p)
		}
	}
	return found
}

// secret says whether one of the schemas makes a string a secret.
func (set schemaSet) secret() bool { return slices.ContainsFunc(set, secretSchema) }

// secretSchema says whether a schema is of format password, or a string that is only ever written.
func secretSchema(s *schema.Schema) bool {
	s = s.Resolve()
	return s.Format == "password" || s.WriteOnly && (s.Types == 0 || s.Types&schema.String != 0)
}

func (w *Work) requestSchemas() schemaSet {
	if w.operation == nil || w.operation.Body == nil {
		return nil
	}
	return contentSchemas(nil, w.operation.Body.Content)
}

func (w *Work) responseSchemas(status int) schemaSet {
	if w.operation == nil {
		return nil
	}
	r := w.operation.Response(status)
	if r == nil {
		return nil
	}
	return contentSchemas(nil, r.Content)
}

// contentSchemas adds the schemas of all media types: what is secret in one is so in the others.
func contentSchemas(set schemaSet, content []*contracts.MediaType) schemaSet {
	for _, m := range content {
		set = set.add(m.Schema).add(m.Item)
	}
	return set
}
