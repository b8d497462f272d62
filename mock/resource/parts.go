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
	if len(p.all) > 0 && !welcomesOthers(s, 0) {
		p.declared = make(map[string]bool, len(p.all))
		for _, member := range p.all {
			p.declared[member.Name] = true
		}
	}
	return p
}

// prune is the function prune with what is known of the schema.
func (p *parts) prune(v any) any {
	object, ok := v.(map[string]any)
	if !ok || p.declared == nil {
		return v
	}
	kept := make(map[string]any, len(object)+4)
	for name, member := range object {
		if p.declared[name] {
			kept[name] = member
		}
	}
	return kept
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
