package resource

import (
	"strconv"
	"strings"
	"unicode"

	"understudy/contracts/schema"
)

// defaults adds the default of every member that the request's schema has one for and that was not sent.
func (a *act) defaults(want map[string]any) {
	for _, p := range a.partsOf(a.inputSchema()).all {
		if _, sent := want[p.Name]; sent {
			continue
		}
		if v, ok := defaultOf(p.Schema); ok {
			want[p.Name] = v
		}
	}
}

// defaultOf finds a schema's default, its own before that of what it refers to.
func defaultOf(s *schema.Schema) (any, bool) {
	for range 16 {
		if s == nil {
			return nil, false
		}
		if s.HasDefault {
			return cloneValue(s.Default), true
		}
		if s.Ref == nil && len(s.AllOf) == 1 { // how OpenAPI 3.0 puts words beside a reference
			s = s.AllOf[0]
			continue
		}
		s = s.Ref
	}
	return nil, false
}

// isReadOnly says that clients cannot write a member, by its own word or that of what it refers to.
func isReadOnly(s *schema.Schema) bool {
	for range 16 {
		if s == nil || s.ReadOnly {
			return s != nil
		}
		if s.Ref == nil && len(s.AllOf) == 1 {
			s = s.AllOf[0]
			continue
		}
		s = s.Ref
	}
	return false
}

// sendable are the members that a client may send for an item. One that is readOnly in the item is among them where the request's
// schema asks for it: {"status": "DELETED"} is what the operation is for. The map is shared.
func (a *act) sendable() map[string]bool {
	key := sendableKey{a.c, a.inputSchema()}
	if known, ok := a.members.Load(key); ok {
		return known.(map[string]bool)
	}
	names := map[string]bool{}
	for _, p := range a.partsOf(key.input).all {
		names[p.Name] = !isReadOnly(p.Schema) && (!contains(a.st.readOnly, p.Name) || contains(a.partsOf(key.input).required, p.Name))
	}
	a.members.Store(key, names)
	return names
}

// writable takes the members out of what a client sent that only the server writes.
func (a *act) writable(sent map[string]any) {
	id := a.c.ID.Property
	for _, name := range a.st.readOnly {
		if _, there := sent[name]; there && name != id && !a.sendable()[name] {
			delete(sent, name)
		}
	}
	for _, name := range a.partsOf(a.inputSchema()).readOnly {
		if name != id {
			delete(sent, name)
		}
	}
	if a.c.ID.Server && a.idReadOnly() {
		delete(sent, id)
	}
	a.withoutInner(sent, a.inputSchema())
}

// inputSchema is what a client sends for an item, nil where nothing is said about it.
func (a *act) inputSchema() *schema.Schema {
	body := a.b.Operation.Body
	if body == nil {
		return nil
	}
	media := a.q.Body.Media
	if media == nil && len(body.Content) > 0 {
		media = body.Content[0]
	}
	if media == nil || media.Schema == nil {
		return nil
	}
	s := a.schemaAt(media.Schema, a.b.Input)
	if s != nil && a.b.InputArray {
		s = s.Resolve().Items
	}
	return s
}

// place writes the scope into the item's members that hold it, so that a child says whose it is.
func (a *act) place(want map[string]any) {
	for i, p := range a.c.Scope {
		if p.Property == "" || i >= len(a.scope) || a.scope[i] == "" {
			continue
		}
		put(want, p.Property, wishFor(a.schemaAt(a.c.Item, pointerOf(p.Property)), a.scope[i]))
	}
}

// wishFor gives a text as a number where the schema takes numbers only.
func wishFor(s *schema.Schema, text string) any {
	if s == nil {
		return text
	}
	t := s.Resolve().Types
	if t&(schema.Integer|schema.Number) != 0 && t&schema.String == 0 && numeric(text) {
		return jsonNumber(text)
	}
	return text
}

func pointerOf(place string) string {
	if place == "" || strings.HasPrefix(place, "/") {
		return place
	}
	return "/" + schema.EscapeToken(place)
}

// unsent decides about the members that nobody sent. What a client may send and did not is empty, as with a real
// server; what only the server sets has its default, else it is made up where it is a plain value. An item that
// no client made has no sendable members.
func (a *act) unsent(want map[string]any, key string, sendable map[string]bool) {
	members := a.unsentOf(a.c.Item)
	var maker *schema.Maker
	for i := range members {
		p := &members[i]
		if _, there := want[p.Name]; there {
			continue
		}
		switch {
		case p.hasDefault:
			want[p.Name] = cloneValue(p.value)
			continue
		case sendable[p.Name]:
			if p.hasEmpty {
				want[p.Name] = cloneValue(p.empty)
			}
			continue
		case p.required:
			if v := innerDefaults(p.Schema, 0); v != nil {
				want[p.Name] = v
			}
			continue
		case !p.plain:
			continue
		case p.null:
			want[p.Name] = nil
			continue
		case p.later:
			continue
		}
		if maker == nil {
			maker = a.maker()
		}
		if v, err := maker.Make(p.Schema, key+"/"+p.Name, schema.Absent); err == nil {
			want[p.Name] = v
		}
	}
}

// innerDefaults are the defaults of an object's required members: they count more than its examples. Nil where
// there are none.
func innerDefaults(s *schema.Schema, depth int) map[string]any {
	if depth > 8 || s.Resolve().Types&schema.Array != 0 {
		return nil
	}
	var want map[string]any
	required := requiredMembers(s, 0)
	for _, p := range ownProperties(s, 0) {
		if !contains(required, p.Name) {
			continue
		}
		v, ok := defaultOf(p.Schema)
		if !ok {
			inner := innerDefaults(p.Schema, depth+1)
			if inner == nil {
				continue
			}
			v = inner
		}
		if want == nil {
			want = map[string]any{}
		}
		want[p.Name] = v
	}
	return want
}

// emptyFor is the value of a member that a client left out: null where that is allowed; for a required member the
// emptiest value of its type. It is false when the member is better left away or made up.
func emptyFor(s *schema.Schema, required bool) (any, bool) {
	if s.Valid(nil, schema.Response) && s.Resolve().Types != 0 {
		return nil, true
	}
	if !required {
		return nil, false
	}
	for _, v := range []any{[]any{}, map[string]any{}, false} {
		if s.Resolve().Types != 0 && s.Valid(v, schema.Response) {
			return v, true
		}
	}
	return nil, false
}

// ownProperties are the properties that every item has: without those of single branches of oneOf and anyOf.
func ownProperties(s *schema.Schema, depth int) []schema.Property {
	if s == nil || depth > 8 {
		return nil
	}
	s = s.Resolve()
	list := append([]schema.Property(nil), s.Properties...)
	for _, part := range s.AllOf {
		list = append(list, ownProperties(part, depth+1)...)
	}
	if len(list) == 0 {
		// An item in several shapes: the first one is the usual one, the others tell of deleted or reduced items.
		for _, group := range [][]*schema.Schema{s.OneOf, s.AnyOf} {
			for _, part := range group {
				if list = ownProperties(part, depth+1); len(list) > 0 {
					return list
				}
			}
		}
	}
	return list
}

// plain says whether a schema is for strings, numbers or booleans only.
func plain(s *schema.Schema) bool {
	t := s.Resolve().Types
	return t != 0 && t&(schema.Object|schema.Array) == 0
}

// happensLater says by its name that a member has no value on a fresh item: deletedAt, canceled_at, ended_at.
func happensLater(name string) bool {
	n := normal(name)
	for _, word := range []string{"deleted", "removed", "archived", "canceled", "cancelled", "closed", "ended", "finished", "completed", "revoked", "lastused", "lastlogin", "merged", "suspended", "failed", "refunded", "error"} {
		if strings.HasPrefix(n, word) {
			return true
		}
	}
	return false
}

var (
	createdNames = []string{"created", "createdat", "createdon", "createdate", "createddate", "datecreated", "creationdate", "creationtimestamp", "createtime", "createdtime", "inserted", "insertedat"}
	updatedNames = []string{"updated", "updatedat", "updatedon", "updatedate", "updateddate", "dateupdated", "modified", "modifiedat", "lastmodified", "lastupdated", "modificationdate", "updatetime", "updateddateutc"}
)

// normal is a name without case and without word breaks.
func normal(name string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case '_', '-', ' ', '$':
			return -1
		}
		return unicode.ToLower(r)
	}, name)
}

// stamp writes the time into members of the item, but for those that the client set itself. A
// member that is no time, such as a counter called "updated", keeps the schema's word: what does not fit is made
// up instead.
func (a *act) stamp(want map[string]any, members []schema.Property, sent map[string]bool) {
	for _, p := range members {
		if sent[p.Name] {
			continue
		}
		t := p.Schema.Resolve().Types
		switch {
		case t&schema.String != 0 && (p.Schema.Resolve().Format == "date-time" || p.Schema.Resolve().Format == ""):
			want[p.Name] = a.now.UTC().Truncate(1e9).Format(timeFormat)
		case t&schema.String != 0 && p.Schema.Resolve().Format == "date":
			want[p.Name] = a.now.UTC().Format("2006-01-02")
		case t&(schema.Integer|schema.Number) != 0:
			want[p.Name] = jsonNumber(strconv.FormatInt(a.now.Unix(), 10))
		}
	}
}
