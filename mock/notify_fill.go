package mock

import (
	"slices"
	"strings"

	"understudy/contracts"
	"understudy/contracts/inference"
	"understudy/contracts/schema"
)

// fillEvent gives what an event's payload says of its cause, by JSON Pointer: the item that changed. Where nothing changed it
// is the item that the exchange speaks of, with the members that the answer and the request name as it does.
func (s *Server) fillEvent(c *call, one *cause) map[string]any {
	from := one.event.Places.From
	if one.item != schema.Absent && from != contracts.Nowhere {
		return map[string]any{from: one.item}
	}
	place := schemaAt(one.event, from)
	if from == contracts.Nowhere { // the payload tells members of the item beside its own
		place = schemaAt(one.event, "")
		if item, ok := one.item.(map[string]any); ok {
			c.stated = append([]map[string]any{item}, c.statements()...)
			defer func() { c.stated = c.stated[1:] }()
		}
	}
	object := s.speaksOf(c, place)
	for _, member := range objectMembers(place, 0) {
		if v, ok := c.told(member.Name, member.Schema); ok {
			object[member.Name] = v
		}
	}
	switch {
	case len(object) == 0:
		return nil
	case from != contracts.Nowhere:
		return map[string]any{from: object}
	}
	fill := map[string]any{}
	for name, v := range object {
		at := "/" + schema.EscapeToken(name)
		if p := one.event.Places; at != p.ID && at != p.Type && at != p.At {
			fill[at] = v
		}
	}
	return fill
}

// schemaAt is what an event's payload has at a place; nil where the document says nothing of it.
func schemaAt(e *contracts.Event, pointer string) *schema.Schema {
	if e.Media == nil || pointer == contracts.Nowhere {
		return nil
	}
	of := e.Media.Schema
	if pointer == "" {
		return of
	}
	for token := range strings.SplitSeq(pointer[1:], "/") {
		members := objectMembers(of, 0)
		i := slices.IndexFunc(members, func(m schema.Property) bool { return m.Name == schema.UnescapeToken(token) })
		if i < 0 {
			return nil
		}
		of = members[i].Schema
	}
	return of
}

// speaksOf finds the item that an exchange without a change is about: one of a collection whose items the payload holds, by
// a value that no two of them share. It is empty where there is none.
func (s *Server) speaksOf(c *call, place *schema.Schema) map[string]any {
	for _, set := range s.model.Collections {
		if !holdsItems(set, place) {
			continue
		}
		for _, name := range append(slices.Clone(set.Unique), set.ID.Property) {
			value, ok := c.told(name, nil)
			text, isText := value.(string)
			if !ok || !isText || name == "" {
				continue
			}
			found, err := s.resources.In(c.account(), c.holder().Environment).Find(c.request.Context(), set, name, text)
			if err != nil {
				continue
			}
			if item, err := schema.ParseJSON(found.Value); err == nil {
				if object, ok := item.(map[string]any); ok {
					return object
				}
			}
		}
	}
	return map[string]any{}
}

// holdsItems says that a place in a payload is made for a collection's items: by one schema, or by all the members that it
// requires.
func holdsItems(set *inference.Collection, place *schema.Schema) bool {
	if set.Item == nil || place == nil || len(set.Scope) > 0 || set.Singleton {
		return false
	}
	if set.Item.Resolve() == place.Resolve() {
		return true
	}
	required := requiredNames(place, 0)
	return len(required) > 1 && !slices.ContainsFunc(required, func(name string) bool { return set.Item.Property(name) == nil })
}

// told finds what an exchange says under a name: in the answer, else in the request's body, else in its path. A value that
// does not fit where it is wanted is not given.
func (c *call) told(name string, fits *schema.Schema) (any, bool) {
	word := wordOf(name)
	for _, object := range c.statements() {
		v, ok := object[name]
		if !ok {
			for other := range object {
				if wordOf(other) == word {
					v, ok = object[other], true
				}
			}
		}
		if ok && (fits == nil || fits.Valid(v, schema.Response)) {
			return v, true
		}
	}
	return nil, false
}

// statements are the objects in which an exchange says something, the one that counts most first. They are put together once.
func (c *call) statements() []map[string]any {
	if c.stated != nil {
		return c.stated
	}
	c.stated = []map[string]any{}
	add := func(v any) {
		if object, ok := v.(map[string]any); ok {
			c.stated = append(c.stated, object)
		}
	}
	if value, err := schema.ParseJSON(c.outcome.body); err == nil {
		if c.binding != nil && c.binding.Shows {
			if shown, ok := schema.At(value, c.binding.Item); ok {
				add(shown)
			}
		}
		if object, ok := value.(map[string]any); ok {
			add(object)
			add(object["data"])
		}
	}
	add(c.body.Value)
	path := map[string]any{}
	for i, p := range c.operation.Parameters {
		if v, ok := c.arguments.At(i); ok && p.In == "path" {
			path[p.Name] = v
		}
	}
	add(path)
	return c.stated
}

// holds says that an event's own condition is met by the exchange that causes it.
func (s *Server) holds(c *call, one *cause) bool {
	for place, want := range one.event.Behaviour.When {
		if got, there := c.witness(one, place); !want.Holds(got, there) {
			return false
		}
	}
	return true
}

// witness is what stands at a place of an exchange: "response./valid", "status", "item./status", or a place of the request.
func (c *call) witness(one *cause, place string) (string, bool) {
	in, at, _ := strings.Cut(place, ".")
	var v any
	ok := false
	switch in {
	case "response":
		if value, err := schema.ParseJSON(c.outcome.body); err == nil {
			v, ok = schema.At(value, at)
		}
	case "item":
		if one.item != schema.Absent {
			v, ok = schema.At(one.item, at)
		}
	default:
		return c.said(place)
	}
	if !ok || v == nil {
		return "", false
	}
	return textOf(v), true
}
