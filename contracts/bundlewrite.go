package contracts

import (
	"cmp"
	"fmt"
	"strings"

	"understudy/contracts/schema"

	"go.yaml.in/yaml/v4"
)

// object appends a node of the given shape.
func (b *bundler) object(n *yaml.Node, s objectShape, in *part) error {
	if int64(len(b.out)) > b.doc.limits.Bytes {
		return fmt.Errorf("the document as one file is larger than %s", bytesText(b.doc.limits.Bytes))
	}
	switch n.Kind {
	case yaml.SequenceNode:
		b.out = append(b.out, '[')
		for i, child := range n.Content {
			if i > 0 {
				b.out = append(b.out, ',')
			}
			b.line(child, in)
			if err := b.object(child, s, in); err != nil {
				return err
			}
		}
		b.out = append(b.out, ']')
	case yaml.MappingNode:
		return b.mapping(n, s, in)
	default:
		if s.kind == kindSchemaName && uriLike(n.Value) {
			if b.single && !strings.HasPrefix(n.Value, "#") {
				return errSeveralFiles
			}
			b.out = appendString(b.out, b.pointer(n.Value, s, in))
			return nil
		}
		b.out = appendScalar(b.out, n)
	}
	return nil
}

func (b *bundler) mapping(n *yaml.Node, s objectShape, in *part) error {
	if s.kind != kindData {
		if ref := text(n, "$ref"); ref != "" {
			if done, err := b.reference(n, ref, s, in); done || err != nil {
				return err
			}
		}
	}
	b.out = append(b.out, '{')
	first := true
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i].Value, n.Content[i+1]
		if in != b.doc.main && s.kind == kindSchema && s.form == alone && key == "$id" {
			continue // a base of its own would lead the rewritten references astray
		}
		b.line(value, in)
		b.name(&first, b.keyText(key, value, s))
		var err error
		switch {
		case s.kind != kindData && key == "$ref" && value.Kind == yaml.ScalarNode:
			b.out = appendString(b.out, b.pointer(value.Value, s, in))
		case s.kind == kindRoot && key == "components":
			err = b.components(value, in)
		default:
			err = b.object(value, s.member(key), in)
		}
		if err != nil {
			return err
		}
	}
	if s.kind == kindRoot && len(b.moved) > 0 && field(n, "components") == nil {
		b.name(&first, "components")
		if err := b.components(&yaml.Node{Kind: yaml.MappingNode}, in); err != nil {
			return err
		}
	}
	b.out = append(b.out, '}')
	return nil
}

func (b *bundler) name(first *bool, name string) {
	if !*first {
		b.out = append(b.out, ',')
	}
	*first = false
	b.out = append(appendString(b.out, name), ':')
}

// line begins a line for a node where lines are wanted.
func (b *bundler) line(n *yaml.Node, in *part) {
	if !b.neutral {
		return
	}
	b.out = append(b.out, '\n')
	from := schema.Location{File: in.shown, Line: n.Line}
	if file, ok := b.doc.origin[n]; ok {
		from.File = cmp.Or(file, b.doc.file)
	}
	b.lines = append(b.lines, from)
}

func (b *bundler) keyText(key string, value *yaml.Node, s objectShape) string {
	if b.neutral && key == "$ref" && (s.kind == kindData || value.Kind != yaml.ScalarNode) {
		return "ref"
	}
	return key
}

// reference writes what a reference stands for where it cannot stay a reference. done is false where it can.
func (b *bundler) reference(n *yaml.Node, ref string, s objectShape, in *part) (done bool, err error) {
	if b.single {
		if strings.HasPrefix(ref, "#") {
			return false, nil
		}
		return true, errSeveralFiles
	}
	to := b.doc.follow(in, ref, 0)
	if to.err != nil {
		if in == b.doc.main && strings.HasPrefix(ref, "#") {
			return false, nil
		}
		b.out = append(b.out, `{"description":`...)
		b.out = appendString(b.out, fmt.Sprintf("The reference %s could not be followed.", ref))
		b.out = append(b.out, '}')
		return true, nil
	}
	target := b.partOf(to)
	if target == b.doc.main || s.section(b.doc.version) != "" && !b.inline[n] {
		return false, nil
	}
	if b.open[to.node] {
		// What has no components of its kind cannot hold itself either.
		b.out = append(b.out, "{}"...)
		return true, nil
	}
	b.open[to.node] = true
	defer delete(b.open, to.node)
	return true, b.object(to.node, s, target)
}

// pointer gives the text of a reference in the bundle.
func (b *bundler) pointer(ref string, s objectShape, in *part) string {
	if b.single {
		return ref
	}
	to := b.doc.follow(in, ref, 0)
	if to.err != nil {
		return ref
	}
	if b.partOf(to) == b.doc.main {
		if in == b.doc.main && strings.HasPrefix(ref, "#") {
			return ref
		}
		return fragment(to.at.Pointer)
	}
	if pointer, ok := b.homes[home{to.node, s.section(b.doc.version)}]; ok {
		return pointer
	}
	return ref
}

// components writes the components of the root document and those that came from other files.
func (b *bundler) components(n *yaml.Node, in *part) error {
	n, in = b.through(n, in)
	b.out = append(b.out, '{')
	first := true
	written := map[string]bool{}
	if n != nil {
		for i := 0; i+1 < len(n.Content); i += 2 {
			key, value := n.Content[i].Value, n.Content[i+1]
			of := objectShape{kind: kindComponents}.member(key)
			b.name(&first, key)
			if of.kind == kindData {
				if err := b.object(value, of, in); err != nil {
					return err
				}
				continue
			}
			written[key] = true
			if err := b.group(key, value, of, in); err != nil {
				return err
			}
		}
	}
	for _, section := range sections {
		if !written[section] && b.moves(section) {
			b.name(&first, section)
			if err := b.group(section, nil, objectShape{kind: kindComponents}.member(section), in); err != nil {
				return err
			}
		}
	}
	b.out = append(b.out, '}')
	return nil
}

func (b *bundler) moves(section string) bool {
	for _, m := range b.moved {
		if m.section == section {
			return true
		}
	}
	return false
}

// group writes one section of components.
func (b *bundler) group(section string, n *yaml.Node, s objectShape, in *part) error {
	n, in = b.through(n, in)
	b.out = append(b.out, '{')
	first := true
	if n != nil {
		for i := 0; i+1 < len(n.Content); i += 2 {
			b.line(n.Content[i+1], in)
			b.name(&first, n.Content[i].Value)
			if err := b.object(n.Content[i+1], s.member(n.Content[i].Value), in); err != nil {
				return err
			}
		}
	}
	for _, m := range b.moved {
		if m.section == section {
			b.line(m.node, m.in)
			b.name(&first, m.name)
			if err := b.object(m.node, m.shape, m.in); err != nil {
				return err
			}
		}
	}
	b.out = append(b.out, '}')
	return nil
}
