package contracts

import (
	"fmt"
	"strconv"

	"understudy/contracts/schema"

	"go.yaml.in/yaml/v4"
)

// A site is one place where a reference stands.
type site struct {
	node  *yaml.Node // the mapping with $ref, or the scalar of a discriminator
	at    schema.Location
	ref   string
	in    *part
	shape objectShape // of what the reference stands for
	to    target
}

// walker visits all objects of a document, through references, each one once.
type walker struct {
	doc   *document
	visit func(site)
	seen  map[walked]bool
	queue []walked // targets that are still to be visited
	spots map[walked]spot
	base  schema.Location // of the target that is being visited
	path  []step          // from there
}

type walked struct {
	node  *yaml.Node
	shape objectShape
}

type spot struct {
	in *part
	at schema.Location
}

// walkReferences calls visit for each reference that is reached from the root of the document, in the order of
// the document first and then of what it refers to. It reads the files that they are in.
func (d *document) walkReferences(visit func(site)) {
	w := walker{doc: d, visit: visit, seen: map[walked]bool{}, spots: map[walked]spot{}}
	w.base = schema.Location{File: d.file, Line: d.root.Line}
	w.object(d.root, objectShape{kind: kindRoot}, d.main)
	for len(w.queue) > 0 {
		next := w.queue[0]
		w.queue = w.queue[1:]
		from := w.spots[next]
		w.base = from.at
		w.object(next.node, next.shape, from.in)
	}
}

// A step leads from a node to one of its children.
type step struct {
	node  *yaml.Node
	token string
	index int // of an item; -1 where token is a key
}

// place makes the location of the node that is being visited. Most nodes never need one.
func (w *walker) place() schema.Location {
	at := w.base
	for _, s := range w.path {
		token := s.token
		if s.index >= 0 {
			token = strconv.Itoa(s.index)
		}
		at = w.doc.locate(at, s.node, token)
	}
	return at
}

func (w *walker) down(s step, shape objectShape, in *part) {
	w.path = append(w.path, s)
	w.object(s.node, shape, in)
	w.path = w.path[:len(w.path)-1]
}

func (w *walker) object(n *yaml.Node, s objectShape, in *part) {
	if s.kind == kindData {
		return
	}
	switch n.Kind {
	case yaml.ScalarNode:
		if s.kind == kindSchemaName && uriLike(n.Value) {
			w.reference(n, n.Value, s, in)
		}
	case yaml.SequenceNode:
		for i, child := range n.Content {
			w.down(step{node: child, index: i}, s, in)
		}
	case yaml.MappingNode:
		key := walked{n, s}
		if w.seen[key] {
			return
		}
		w.seen[key] = true
		for i := 0; i+1 < len(n.Content); i += 2 {
			name, child := n.Content[i].Value, n.Content[i+1]
			if name == "$ref" && child.Kind == yaml.ScalarNode {
				w.reference(n, child.Value, s, in)
				continue
			}
			if next := s.member(name); next.kind != kindData {
				w.down(step{node: child, token: name, index: -1}, next, in)
			}
		}
	}
}

func (w *walker) reference(n *yaml.Node, ref string, s objectShape, in *part) {
	to := w.doc.follow(in, ref, 0)
	w.visit(site{node: n, at: w.place(), ref: ref, in: in, shape: s, to: to})
	if to.err != nil {
		return
	}
	if s.kind == kindSchemaName {
		s = objectShape{kind: kindSchema}
	}
	next := walked{to.node, s}
	if _, ok := w.spots[next]; ok || w.seen[next] {
		return
	}
	home := w.doc.shown[to.at.File]
	if home == nil {
		home = w.doc.main
	}
	w.spots[next] = spot{home, to.at}
	w.queue = append(w.queue, next)
}

// checkReferences gives a warning for each reference that leads nowhere or only to itself.
func (d *document) checkReferences() []Warning {
	var warnings []Warning
	d.walkReferences(func(s site) {
		if s.to.err != nil {
			warnings = append(warnings, Warning{At: s.at, Message: fmt.Sprintf("the reference %q leads nowhere: %s", brief(s.ref), s.to.err)})
			return
		}
		if d.circular(s.to) {
			warnings = append(warnings, Warning{At: s.at, Message: fmt.Sprintf("the reference %q leads only to itself", brief(s.ref))})
		}
	})
	return warnings
}

// circular says whether a chain of references never reaches anything else.
func (d *document) circular(t target) bool {
	seen := map[*yaml.Node]bool{}
	for t.err == nil && t.node != nil {
		ref := text(t.node, "$ref")
		if ref == "" {
			return false
		}
		if seen[t.node] {
			return true
		}
		seen[t.node] = true
		home := d.shown[t.at.File]
		if home == nil {
			home = d.main
		}
		t = d.follow(home, ref, 0)
	}
	return false
}
