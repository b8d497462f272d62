package overlay

import (
	"fmt"

	"go.yaml.in/yaml/v4"
)

// A merger puts the content of one action into one target after the other.
type merger struct {
	*application
	action  *Action
	content content
}

// into updates one target, whose kind decides how (Overlay 1.1.0, Action Object, update).
func (m *merger) into(target *yaml.Node, pointer string) error {
	update := m.content.node
	if kindOf(target) != array {
		return m.merge(target, update, m.content.file, pointer, "")
	}
	entries := []*yaml.Node{update}
	if kindOf(update) == array && m.document.minor >= 1 {
		entries = update.Content // 1.0 appends the array itself, as one entry
	}
	return m.appendTo(target, entries, m.content.file)
}

// merge puts src into dst: a primitive replaces a primitive, arrays are concatenated, objects are merged member by
// member, and nothing else fits together. file is where src comes from.
func (m *merger) merge(dst, src *yaml.Node, file, pointer, within string) error {
	if own, ok := m.content.from[src]; ok {
		file = own
	}
	if kindOf(dst) != kindOf(src) {
		return m.mismatch(dst, src, pointer, within)
	}
	switch kindOf(dst) {
	case array:
		return m.appendTo(dst, src.Content, file)
	case object:
		return m.mergeObject(dst, src, file, pointer, within)
	}
	head, line, foot := dst.HeadComment, dst.LineComment, dst.FootComment
	*dst = *src
	dst.HeadComment, dst.LineComment, dst.FootComment = head, line, foot
	m.applied.Origin[dst] = file
	return nil
}

// indexAbove is the number of comparisons from which on finding members is worth a map.
const indexAbove = 4096

func (m *merger) mergeObject(dst, src *yaml.Node, file, pointer, within string) error {
	if hasMerge(dst) {
		if err := m.flatten(dst); err != nil {
			return m.action.fail(m.document, m.content.field, m.lineOf(src), "cannot change "+placeOf(pointer, dst)+": "+err.Error(), "")
		}
	}
	find := func(name string) *yaml.Node { return member(dst, name) }
	if len(dst.Content)*len(src.Content) > indexAbove {
		byName := make(map[string]*yaml.Node, len(dst.Content)/2)
		for i := len(dst.Content) - 2; i >= 0; i -= 2 {
			if text, ok := name(dst.Content[i]); ok {
				byName[text] = dst.Content[i+1]
			}
		}
		find = func(name string) *yaml.Node { return byName[name] }
	}
	for i := 0; i+1 < len(src.Content); i += 2 {
		key, value := src.Content[i], src.Content[i+1]
		text := key.Value
		old := find(text)
		if old == nil {
			pair, err := m.copies([]*yaml.Node{key, value}, file)
			if err != nil {
				return err
			}
			dst.Content = append(dst.Content, pair...)
			continue
		}
		here := appendPointer(pointer, text)
		if err := m.private(old); err != nil {
			return m.action.fail(m.document, m.content.field, m.lineOf(value), "cannot change "+placeOf(here, old)+": "+err.Error(), "")
		}
		if err := m.merge(old, value, file, here, appendPointer(within, text)); err != nil {
			return err
		}
	}
	return nil
}

// appendTo adds copies of entries to an array.
func (m *merger) appendTo(dst *yaml.Node, entries []*yaml.Node, file string) error {
	added, err := m.copies(entries, file)
	if err != nil {
		return err
	}
	dst.Content = append(dst.Content, added...)
	return nil
}

// copies gives deep copies of nodes of the content, with their origin noted.
func (m *merger) copies(nodes []*yaml.Node, file string) ([]*yaml.Node, error) {
	out := make([]*yaml.Node, len(nodes))
	for i, n := range nodes {
		origin := file
		if own, ok := m.content.from[n]; ok {
			origin = own
		}
		made, err := m.clone(n, origin, m.content.from, m.applied.Origin, 0)
		if err != nil {
			return nil, m.action.fail(m.document, m.content.field, m.lineOf(n), err.Error(),
				"select fewer targets, or put in less")
		}
		m.applied.Origin[made] = origin
		out[i] = made
	}
	return out, nil
}

// lineOf gives the line of the overlay to blame for a node of the content.
func (m *merger) lineOf(n *yaml.Node) int {
	if m.content.field == "update" && n.Line > 0 {
		return n.Line
	}
	return m.content.line
}

// mismatch says that two values do not fit together.
func (m *merger) mismatch(dst, src *yaml.Node, pointer, within string) error {
	advice := "update with " + article(kindOf(dst)) + ", or remove the node in an action before"
	if src.ShortTag() == "!!null" && kindOf(src) == primitive {
		advice = "null does not delete: use an action with remove: true, or leave the member out"
	}
	field := m.content.field
	if field == "update" {
		field += within
	}
	return m.action.fail(m.document, field, m.lineOf(src),
		fmt.Sprintf("%s cannot be merged into %s at %s", describe(src), describe(dst), placeOf(pointer, dst)), advice)
}

func article(k kind) string {
	if k == primitive {
		return "a primitive"
	}
	return "an " + k.String()
}
