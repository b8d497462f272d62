package resource

import (
	"slices"
	"strings"

	"understudy/contracts/inference"
	"understudy/contracts/schema"
)

// parts are what requests need to know of a schema's members. They are found once: to walk through references and
// allOf for each request would cost more than the request. Nobody may change them.
type parts struct {
	all      []schema.Property // as objectProperties finds them
	own      []schema.Property // as ownProperties does
	required []string
	readOnly []string          // of all
	created  []schema.Property // of own, those that tell by their names when an item was made
	updated  []schema.Property // and when it was last changed
	declared map[string]bool   // nil: any member is welcome
	added    int               // about how many members a new item has that nobody sent
}

func newParts(s *schema.Schema) *parts {
	p := &parts{all: slices.Clip(objectProperties(s, 0)), own: slices.Clip(ownProperties(s, 0)), required: slices.Clip(requiredMembers(s, 0))}
	for _, member := range p.all {
		if isReadOnly(member.Schema) {
			p.readOnly = append(p.readOnly, member.Name)
		}
	}
	for _, member := range p.own {
		switch name := normal(member.Name); {
		case contains(createdNames, name):
			p.created = append(p.created, member)
		case contains(updatedNames, name):
			p.updated = append(p.updated, member)
		}
	}
	for _, member := range p.own {
		if _, ok := defaultOf(member.Schema); (ok || plain(member.Schema) || member.Schema.Valid(nil, schema.Response)) && p.added < mostAdded {
			p.added++
		}
	}
	if len(p.all) > 0 && !welcomesOthers(s, 0) {
		p.declared = make(map[string]bool, len(p.all))
		for _, member := range p.all {
			p.declared[member.Name] = true
		}
	}
	return p
}

// mostAdded bounds the room that is made for members that nobody sent.
const mostAdded = 64

// holdsReadOnly says whether inside a schema's values there are members that clients cannot write.
func holdsReadOnly(s *schema.Schema, seen map[*schema.Schema]bool) bool {
	if s == nil {
		return false
	}
	if s = s.Resolve(); seen[s] || len(seen) > 200 {
		return false
	}
	seen[s] = true
	if holdsReadOnly(s.Items, seen) {
		return true
	}
	return slices.ContainsFunc(objectProperties(s, 0), func(p schema.Property) bool {
		return isReadOnly(p.Schema) && !names(p.Name) || holdsReadOnly(p.Schema, seen)
	})
}

// names says that a member inside another one tells which thing is meant: {"contact": {"id": "7"}} refers to a contact, and the id
// is the server's only where the contact itself is made.
func names(member string) bool {
	n := normal(member)
	return strings.HasSuffix(n, "id") || n == "key" || n == "name" || n == "slug" || n == "code" || n == "number"
}

// deepKey is that of h.members for the members of a request's schema inside which something is readOnly.
type deepKey struct{ *schema.Schema }

// deepOf gives those members. Only what clients send is looked through: answers are many more.
func (h *holdings) deepOf(s *schema.Schema) []schema.Property {
	if s == nil {
		return nil
	}
	if known, ok := h.members.Load(deepKey{s}); ok {
		return known.([]schema.Property)
	}
	var list []schema.Property
	for _, p := range h.partsOf(s).all {
		if !isReadOnly(p.Schema) && holdsReadOnly(p.Schema, map[*schema.Schema]bool{}) {
			list = append(list, p)
		}
	}
	known, _ := h.members.LoadOrStore(deepKey{s}, list)
	return known.([]schema.Property)
}

// withoutInner takes out of what a client sent what it cannot write inside of its members. The value is changed.
func (h *holdings) withoutInner(v any, s *schema.Schema) {
	switch v := v.(type) {
	case map[string]any:
		for _, p := range h.deepOf(s) {
			if inner, sent := v[p.Name]; sent {
				h.withoutReadOnly(inner, p.Schema)
			}
		}
	case []any:
		if s = s.Resolve().Items; s != nil {
			for _, item := range v {
				h.withoutReadOnly(item, s)
			}
		}
	}
}

func (h *holdings) withoutReadOnly(v any, s *schema.Schema) {
	if object, ok := v.(map[string]any); ok {
		for _, name := range h.partsOf(s).readOnly {
			if !names(name) {
				delete(object, name)
			}
		}
	}
	h.withoutInner(v, s)
}

// prune is the function prune with what is known of the schema. It changes the value that it is given.
func (p *parts) prune(v any) any {
	object, ok := v.(map[string]any)
	if !ok || p.declared == nil {
		return v
	}
	for name := range object {
		if !p.declared[name] {
			delete(object, name)
		}
	}
	return object
}

// An unsentMember is what becomes of a member of an item that nobody sent.
type unsentMember struct {
	schema.Property
	required   bool
	value      any // its default; where hasDefault is not set it has none, or one that does not fit
	hasDefault bool
	empty      any // see emptyFor
	hasEmpty   bool
	plain      bool
	null       bool // it may be null
	later      bool // it has no value on a fresh item
}

// unsentKey is that of h.members for the members of an item that nobody sent.
type unsentKey struct{ *schema.Schema }

// unsentOf gives those that are not writeOnly. Nobody may change them: what goes into an item is cloned.
func (h *holdings) unsentOf(s *schema.Schema) []unsentMember {
	if s == nil {
		return nil
	}
	if known, ok := h.members.Load(unsentKey{s}); ok {
		return known.([]unsentMember)
	}
	item := h.partsOf(s)
	list := make([]unsentMember, 0, len(item.own))
	for _, p := range item.own {
		if p.Schema.Resolve().WriteOnly {
			continue
		}
		m := unsentMember{Property: p, required: contains(item.required, p.Name), plain: plain(p.Schema), null: p.Schema.Valid(nil, schema.Response), later: happensLater(p.Name)}
		if v, ok := defaultOf(p.Schema); ok && p.Schema.Valid(v, schema.Response) {
			m.value, m.hasDefault = v, true
		}
		m.empty, m.hasEmpty = emptyFor(p.Schema, m.required)
		list = append(list, m)
	}
	known, _ := h.members.LoadOrStore(unsentKey{s}, list)
	return known.([]unsentMember)
}

var noParts parts

// partsOf gives the parts of a schema; nil has none.
func (h *holdings) partsOf(s *schema.Schema) *parts {
	if s == nil {
		return &noParts
	}
	if known, ok := h.members.Load(s); ok {
		return known.(*parts)
	}
	known, _ := h.members.LoadOrStore(s, newParts(s))
	return known.(*parts)
}

// schemaAt is the function schemaAt with what is known of the schemas on the way.
func (h *holdings) schemaAt(s *schema.Schema, pointer string) *schema.Schema {
	for pointer != "" && s != nil {
		token, rest, _ := strings.Cut(pointer[1:], "/")
		name := schema.UnescapeToken(token)
		at := slices.IndexFunc(h.partsOf(s).all, func(p schema.Property) bool { return p.Name == name })
		if at < 0 {
			return nil
		}
		s, pointer = h.partsOf(s).all[at].Schema, ""
		if rest != "" {
			pointer = "/" + rest
		}
	}
	return s
}

// sendableKey names the members that an operation lets clients send.
type sendableKey struct {
	collection *inference.Collection
	input      *schema.Schema
}
