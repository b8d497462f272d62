package contracts

import (
	"fmt"
	"strconv"
	"strings"

	"understudy/contracts/schema"

	"go.yaml.in/yaml/v4"
)

// anchor finds a schema by its $anchor or $dynamicAnchor.
func (d *document) anchor(in *part, name string) target {
	d.index(in)
	if t, ok := in.anchors[name]; ok {
		return t
	}
	return target{err: fmt.Errorf("there is no $anchor %q in %s", brief(name), in.shown)}
}

// byID finds a schema in the loaded files by its $id. ref may end in a fragment.
func (d *document) byID(ref string) (target, bool) {
	address, fragment, _ := strings.Cut(ref, "#")
	for _, p := range d.parts {
		if p.root == nil {
			continue
		}
		d.index(p)
		t, ok := p.ids[address]
		if !ok || fragment == "" {
			if ok {
				return t, true
			}
			continue
		}
		if strings.HasPrefix(fragment, "/") {
			return d.walk(p, t.node, t.at, fragment, 0), true
		}
		return d.anchor(p, fragment), true
	}
	return target{}, false
}

// index collects anchors and ids of a file when the first of them is asked for.
func (d *document) index(p *part) {
	if p.anchors != nil {
		return
	}
	p.anchors, p.ids = map[string]target{}, map[string]target{}
	var visit func(n *yaml.Node, here schema.Location)
	visit = func(n *yaml.Node, here schema.Location) {
		if n.Kind == yaml.SequenceNode {
			for i, child := range n.Content {
				visit(child, d.locate(here, child, strconv.Itoa(i)))
			}
			return
		}
		for i := 0; i+1 < len(n.Content); i += 2 {
			key, value := n.Content[i].Value, n.Content[i+1]
			if value.Kind == yaml.ScalarNode {
				into := p.anchors
				switch key {
				case "$anchor", "$dynamicAnchor":
				case "$id":
					into = p.ids
				default:
					continue
				}
				if _, ok := into[value.Value]; !ok {
					into[value.Value] = target{node: n, at: here}
				}
				continue
			}
			if !isData(key, value) {
				visit(value, d.locate(here, value, key))
			}
		}
	}
	visit(p.root, schema.Location{File: p.shown, Line: p.root.Line})
}

// isData says whether a member holds data by its name alone, for places whose kind is not known.
func isData(key string, value *yaml.Node) bool {
	switch key {
	case "example", "default", "const", "enum", "value":
		return true
	case "examples":
		return value.Kind == yaml.SequenceNode
	}
	return extension(key)
}
