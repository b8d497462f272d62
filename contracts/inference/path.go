package inference

import (
	"slices"
	"strings"

	"understudy/contracts"
	"understudy/contracts/schema"
)

// A node is one place in the tree of all paths. A collection stands at a literal node, its items at the
// node of the expression below it.
type node struct {
	parent   *node
	label    string // literal text without a format's ending; empty for an expression
	param    bool
	path     string // template up to here, as in the document
	children []*node
	index    map[string]*node
	facts    []*facts         // operations that end here, in the order of the document
	names    []string         // what an expression is called, over all operations
	values   []*schema.Schema // of an expression, as far as they differ

	items    *Collection // its items stand here
	set      *Collection // it stands here
	single   *Collection // a singleton stands here
	view     *Collection // shows or writes an item of it, like /status below the item
	itemNode *node       // of a literal with a collection: where the items are
}

// A step is one expression on an operation's path with the name it has there.
type step struct {
	node *node
	name string
}

// grow puts an operation's path into the tree and gives its last node and its expressions.
func (in *inference) grow(o *contracts.Operation) (*node, []step) {
	at := in.root
	var steps []step
	path := ""
	for i, seg := range o.Segments {
		last := i == len(o.Segments)-1
		if last && seg.Literal == "" && len(seg.Names) == 0 {
			break // a slash at the end names nothing of its own
		}
		path += "/" + segmentText(seg)
		for _, piece := range split(seg) {
			at = at.child(piece)
			if at.path == "" || last && len(at.facts) == 0 {
				at.path = path
			}
			for _, name := range piece.names {
				steps = append(steps, step{at, name})
				if len(piece.names) == 1 && !slices.Contains(at.names, name) && len(at.names) < 16 {
					at.names = append(at.names, name)
				}
				if s := pathSchema(o, name); s != nil && len(piece.names) == 1 && len(at.values) < 16 && !slices.Contains(at.values, s) {
					at.values = append(at.values, s)
				}
			}
		}
	}
	if at.path == "" || len(at.facts) == 0 {
		at.path = o.Path
	}
	return at, steps
}

// pathSchema gives the resolved schema of a path parameter; nil where nothing is said of it.
func pathSchema(o *contracts.Operation, name string) *schema.Schema {
	for _, p := range o.Parameters {
		if p.In == "path" && p.Name == name && p.Schema != nil {
			return p.Schema.Resolve()
		}
	}
	return nil
}

// segmentText writes a segment as it stands in the document.
func segmentText(seg contracts.Segment) string {
	if len(seg.Names) == 0 {
		return seg.Literal
	}
	var b strings.Builder
	for i, name := range seg.Names {
		if i < len(seg.Parts) {
			b.WriteString(seg.Parts[i])
		}
		b.WriteString("{" + name + "}")
	}
	if len(seg.Parts) > len(seg.Names) {
		b.WriteString(seg.Parts[len(seg.Names)])
	}
	return b.String()
}

// A piece is what a segment means for the tree. Most segments are one piece; "{name}:cancel",
// "things:batchGet" and "Things({id})" are two.
type piece struct {
	key   string
	label string
	names []string
}

func split(seg contracts.Segment) []piece {
	if len(seg.Names) == 0 {
		text := trimFormat(seg.Literal)
		noun, verb, ok := strings.Cut(text, ":")
		if !ok || noun == "" || verb == "" {
			return []piece{{key: text, label: text}}
		}
		return []piece{{key: noun, label: noun}, {key: ":" + verb, label: verb}}
	}
	first, lastPart := "", ""
	if len(seg.Parts) > 0 {
		first, lastPart = seg.Parts[0], seg.Parts[len(seg.Parts)-1]
	}
	var out []piece
	if noun, ok := strings.CutSuffix(first, "("); ok && noun != "" && strings.HasPrefix(lastPart, ")") {
		out = append(out, piece{key: noun, label: noun}) // OData: Things({id})
		first, lastPart = "", strings.TrimPrefix(lastPart, ")")
	}
	between := ""
	if len(seg.Names) > 1 && len(seg.Parts) > 2 {
		between = strings.Join(seg.Parts[1:len(seg.Parts)-1], "{}")
	}
	tail := trimFormat(lastPart)
	verb, isVerb := strings.CutPrefix(tail, ":")
	if isVerb {
		tail = ""
	}
	out = append(out, piece{key: "{" + first + "}" + between + tail, names: seg.Names})
	if isVerb && verb != "" {
		out = append(out, piece{key: ":" + verb, label: verb})
	}
	return out
}

// trimFormat takes the ending off that names a format of the answer and no part of the resource.
func trimFormat(text string) string {
	for _, ending := range [...]string{".json", ".xml"} {
		if rest, ok := strings.CutSuffix(text, ending); ok {
			return rest
		}
	}
	return text
}

func (n *node) child(p piece) *node {
	if c := n.index[p.key]; c != nil {
		return c
	}
	c := &node{parent: n, label: p.label, param: len(p.names) > 0}
	if n.index == nil {
		n.index = map[string]*node{}
	}
	n.index[p.key] = c
	n.children = append(n.children, c)
	return c
}

// fact gives the operation of a method at the node, or nil.
func (n *node) fact(method string) *facts {
	if n == nil {
		return nil
	}
	for _, f := range n.facts {
		if f.op.Method == method {
			return f
		}
	}
	return nil
}

// writes says whether the node has a PUT or PATCH.
func (n *node) writes() bool { return n.fact("PUT") != nil || n.fact("PATCH") != nil }

// below finds where the items of a collection at a literal node would stand: at the expression below it, or
// at the end of a row of expressions when nothing stands between them ("/repos/{owner}/{repo}").
func (n *node) below() *node {
	var at *node
	for _, c := range n.children {
		if c.param && (at == nil || len(c.facts) > 0 && len(at.facts) == 0) {
			at = c
		}
	}
	for at != nil && len(at.facts) == 0 && len(at.children) == 1 && at.children[0].param {
		at = at.children[0]
	}
	return at
}

// holder finds the nearest node above whose item or singleton an operation here is about.
func (n *node) holder() (*node, *Collection) {
	for at := n.parent; at != nil; at = at.parent {
		switch {
		case at.items != nil:
			return at, at.items
		case at.param:
			return nil, nil
		case at.single != nil:
			return at, at.single
		}
	}
	return nil, nil
}

// SamePath compares two path templates without regard to the names of expressions, to a slash at the end
// and to a format's ending.
func SamePath(a, b string) bool { return plainPath(a) == plainPath(b) }

func plainPath(path string) string {
	path = trimFormat(strings.TrimRight(path, "/"))
	var b strings.Builder
	depth := 0
	for _, r := range path {
		switch {
		case r == '{':
			depth++
			b.WriteString("{}")
		case r == '}':
			depth--
		case depth <= 0:
			b.WriteRune(r)
		}
	}
	return b.String()
}
