package hypertext

import (
	"fmt"
	"text/template/parse"
)

// A part is a piece of a page that is ready to be filled: what it includes stands in it, and each value knows how its text
// is escaped at its place.
type part struct {
	kind      partKind
	text      string // of a text
	path      path   // of everything else
	escape    func(string) string
	markup    bool     // HTML may stand here
	variables []string // of a loop: none, its element, or its index and element
	body      []part
	otherwise []part
}

type partKind int

const (
	textPart      partKind = iota
	valuePart              // {{.Field}}
	ifPart                 // {{if .Field}}
	withPart               // {{with .Field}}
	rangePart              // {{range .Field}}
	includingPart          // {{template "name" .Field}}
)

// A path says where a value is.
type path struct {
	variable string // "$", "$k"; empty: dot
	fields   []string
	nothing  bool // no value at all, as in {{template "name"}}
}

// mostNested bounds inclusions, so that a template that includes itself is told of.
const mostNested = 50

// A compiler turns the trees of templates into parts.
type compiler struct {
	trees    map[string]*parse.Tree
	included []string
}

// inline gives the parts of a template that begins at a position, and the position behind it.
func (c *compiler) inline(name string, at position) ([]part, position, error) {
	tree := c.trees[name]
	if tree == nil {
		return nil, at, fmt.Errorf("there is no template %q", name)
	}
	if len(c.included) == mostNested {
		return nil, at, fmt.Errorf("the template %q is included too deep", name)
	}
	c.included = append(c.included, name)
	list, end, err := c.list(tree.Root, at)
	if err != nil && c.included[len(c.included)-1] == name {
		err = fmt.Errorf("%s: %w", name, err)
	}
	c.included = c.included[:len(c.included)-1]
	return list, end, err
}

func (c *compiler) list(list *parse.ListNode, at position) ([]part, position, error) {
	var parts []part
	if list == nil {
		return nil, at, nil
	}
	for _, node := range list.Nodes {
		p, end, err := c.node(node, at)
		if err != nil {
			return nil, at, err
		}
		parts, at = append(parts, p), end
	}
	return parts, at, nil
}

func (c *compiler) node(node parse.Node, at position) (part, position, error) {
	switch n := node.(type) {
	case *parse.TextNode:
		end, err := at.behind(string(n.Text))
		return part{text: string(n.Text)}, end, err
	case *parse.ActionNode:
		if len(n.Pipe.Decl) > 0 {
			return part{}, at, fmt.Errorf("%s: variables are those of loops only", n)
		}
		path, err := pathOf(n.Pipe)
		if err != nil {
			return part{}, at, err
		}
		escape, end, err := at.escaping()
		if err != nil {
			err = fmt.Errorf("%s: %w", n, err)
		}
		return part{kind: valuePart, path: path, escape: escape, markup: at.in == inText}, end, err
	case *parse.IfNode:
		return c.branch(ifPart, &n.BranchNode, at)
	case *parse.WithNode:
		return c.branch(withPart, &n.BranchNode, at)
	case *parse.RangeNode:
		return c.branch(rangePart, &n.BranchNode, at)
	case *parse.TemplateNode:
		p := part{kind: includingPart, path: path{nothing: true}}
		if n.Pipe != nil {
			var err error
			if p.path, err = pathOf(n.Pipe); err != nil {
				return part{}, at, err
			}
		}
		body, end, err := c.inline(n.Name, at)
		p.body = body
		return p, end, err
	}
	return part{}, at, fmt.Errorf("%s: this word is not known here", node)
}

// branch compiles what has a body and perhaps an else. Wherever a page goes on, it must be at the same position.
func (c *compiler) branch(kind partKind, n *parse.BranchNode, at position) (part, position, error) {
	p := part{kind: kind}
	var err error
	if p.path, err = pathOf(n.Pipe); err != nil {
		return p, at, err
	}
	for _, v := range n.Pipe.Decl {
		p.variables = append(p.variables, v.Ident[0])
	}
	if len(p.variables) > 0 && (kind != rangePart || n.Pipe.IsAssign) {
		return p, at, fmt.Errorf("{{%s}}: variables are those of loops only", n.Pipe)
	}
	body, end, err := c.list(n.List, at)
	if err != nil {
		return p, at, err
	}
	otherwise, other, err := c.list(n.ElseList, at)
	if err != nil {
		return p, at, err
	}
	if end != other || kind == rangePart && end != at {
		return p, at, fmt.Errorf("{{%s}}: the page goes on in different places, %s and %s", n.Pipe, end, other)
	}
	p.body, p.otherwise = body, otherwise
	return p, end, nil
}

// pathOf reads a pipeline of one field, variable or dot.
func pathOf(pipe *parse.PipeNode) (path, error) {
	if len(pipe.Cmds) != 1 || len(pipe.Cmds[0].Args) != 1 {
		return path{}, fmt.Errorf("{{%s}}: only fields can stand here, no functions", pipe)
	}
	switch n := pipe.Cmds[0].Args[0].(type) {
	case *parse.DotNode:
		return path{}, nil
	case *parse.FieldNode:
		return path{fields: n.Ident}, nil
	case *parse.VariableNode:
		return path{variable: n.Ident[0], fields: n.Ident[1:]}, nil
	}
	return path{}, fmt.Errorf("{{%s}}: only fields can stand here", pipe)
}

// include notes which templates a list includes.
func include(list *parse.ListNode, names map[string]bool) {
	if list == nil {
		return
	}
	for _, node := range list.Nodes {
		var n *parse.BranchNode
		switch node := node.(type) {
		case *parse.TemplateNode:
			names[node.Name] = true
			continue
		case *parse.IfNode:
			n = &node.BranchNode
		case *parse.WithNode:
			n = &node.BranchNode
		case *parse.RangeNode:
			n = &node.BranchNode
		default:
			continue
		}
		include(n.List, names)
		include(n.ElseList, names)
	}
}
