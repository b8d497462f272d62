package schema

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// A resource is a schema resource of JSON Schema: the scope of $anchor and $dynamicAnchor, and what relative references
// start from. Every component schema counts as one, so that two components may use the same anchor, as does
// every schema with an $id and, for all else, the file.
type resource struct {
	base    string // absolute URI of $id; empty where there is none
	root    *yaml.Node
	at      Location // of root
	anchors map[string]located
	dynamic map[string]*Schema // $dynamicAnchor → schema
}

// located is a node with its place.
type located struct {
	node *yaml.Node
	at   Location
}

// idIndex has the schemas of one file by the URI that their $id gives them.
type idIndex map[string]located

// anchor notes a $dynamicAnchor of the resource.
func (r *resource) anchor(name string, s *Schema) {
	if r.dynamic == nil {
		r.dynamic = make(map[string]*Schema)
	}
	if r.dynamic[name] == nil {
		r.dynamic[name] = s
	}
}

// resourceAt gives the resource to which a place in a file belongs, as far as its pointer tells.
func (c *Compiler) resourceAt(at Location) *resource {
	if c.dialect == OpenAPI30 {
		return nil
	}
	pointer := ""
	if rest, ok := strings.CutPrefix(at.Pointer, "/components/schemas/"); ok {
		name, _, _ := strings.Cut(rest, "/")
		pointer = "/components/schemas/" + name
	}
	key := at.File + "#" + pointer
	in := c.resources[key]
	if in == nil {
		in = &resource{at: Location{File: at.File, Pointer: pointer}}
		c.resources[key] = in
	}
	return in
}

// enter makes the resource that starts at the schema being read because of its $id.
func (r *reader) enter(id string) *resource {
	in := &resource{base: resolveURI(r.in.base, id), root: r.node, at: r.at}
	return in
}

// rootOf finds the node at which a resource starts.
func (c *Compiler) rootOf(in *resource) *yaml.Node {
	if in.root == nil {
		if n, _, err := c.resolve(in.at, "#"+in.at.Pointer); err == nil {
			in.root = follow(n)
		}
	}
	return in.root
}

// reference gives the still unread target of a $ref, or nil with a warning where it leads nowhere.
func (r *reader) reference(n *yaml.Node) *Schema {
	target, err := r.lookup(n.Value)
	if node := follow(target.node); err == nil && node != nil {
		return r.target(node, target.at)
	}
	if err == nil {
		err = fmt.Errorf("nothing is there")
	}
	r.warn(r.at.child(n, "$ref"), "the reference %s leads nowhere and allows everything: %v", quoteShort(n.Value), err)
	return nil
}

// target gives the schema of a node that is referred to; its keywords are read later, so that a long chain of references
// needs no deep stack.
func (c *Compiler) target(n *yaml.Node, at Location) *Schema {
	if s := c.memo[n]; s != nil {
		return s
	}
	s := c.create(n, at)
	c.pending = append(c.pending, pending{schema: s, node: n, at: at, in: c.resourceAt(at)})
	return s
}

// dynamicReference reads $dynamicRef. It asks the dynamic scope only where its first target is a $dynamicAnchor.
func (r *reader) dynamicReference(n *yaml.Node) {
	if !isString(n) {
		r.ignored("$dynamicRef", n, "a string")
		return
	}
	s := r.s
	s.DynamicRef = r.reference(n)
	if s.DynamicRef == nil {
		return
	}
	_, name, _ := strings.Cut(n.Value, "#")
	if target, err := r.lookup(n.Value); err == nil && name != "" {
		if node := follow(target.node); node != nil && node.Kind == yaml.MappingNode {
			if a := member(pairs(node), "$dynamicAnchor"); a != nil && a.Value == name {
				s.dynamicAnchor = r.intern(name)
				r.dynamic = true
			}
		}
	}
}

// lookup finds the node that a reference of this schema means.
func (r *reader) lookup(ref string) (located, error) {
	if r.in != nil {
		if found, ok := r.within(ref); ok {
			return found, nil
		}
	}
	n, at, err := r.resolve(r.s.At, ref)
	if err == nil {
		return located{n, at}, nil
	}
	if r.in != nil {
		uri, fragment, _ := strings.Cut(ref, "#")
		if found, ok := r.byID(resolveURI(r.in.base, uri), fragment); uri != "" && ok {
			return found, nil
		}
	}
	return located{}, err
}

// within finds references that JSON Schema resolves without leaving the file: by anchor and relative to $id.
func (r *reader) within(ref string) (located, bool) {
	uri, fragment, _ := strings.Cut(ref, "#")
	if text, err := url.PathUnescape(fragment); err == nil {
		fragment = text
	}
	if r.in.base != "" {
		whole := resolveURI(r.in.base, uri)
		if uri == "" || whole == r.in.base {
			if found, ok := r.fragment(r.in, fragment); ok {
				return found, true
			}
		} else if found, ok := r.byID(whole, fragment); ok {
			return found, true
		}
	}
	if fragment == "" || strings.HasPrefix(fragment, "/") {
		return located{}, false
	}
	if uri == "" {
		if found, ok := r.fragment(r.in, fragment); ok {
			return found, true
		}
		return r.fragment(r.resourceAt(Location{File: r.at.File}), fragment)
	}
	n, at, err := r.resolve(r.s.At, uri)
	if err != nil {
		return located{}, false
	}
	return r.fragment(&resource{root: follow(n), at: at}, fragment)
}

// fragment finds a pointer or an anchor inside a resource.
func (c *Compiler) fragment(in *resource, fragment string) (located, bool) {
	root := c.rootOf(in)
	switch {
	case root == nil:
		return located{}, false
	case fragment == "":
		return located{root, in.at}, true
	case fragment[0] == '/':
		return walk(root, in.at, fragment)
	}
	if in.anchors == nil {
		in.anchors = make(map[string]located)
		findAnchors(root, in.at, in.anchors, 0)
	}
	found, ok := in.anchors[fragment]
	return found, ok
}

// walk follows a JSON Pointer from a node.
func walk(n *yaml.Node, at Location, pointer string) (located, bool) {
	for _, token := range strings.Split(pointer, "/")[1:] {
		name := UnescapeToken(token)
		n = follow(n)
		if n == nil {
			return located{}, false
		}
		switch n.Kind {
		case yaml.MappingNode:
			n = member(pairs(n), name)
		case yaml.SequenceNode:
			i, err := strconv.Atoi(name)
			if err != nil || i < 0 || i >= len(n.Content) {
				return located{}, false
			}
			n = n.Content[i]
		default:
			return located{}, false
		}
		if n == nil {
			return located{}, false
		}
		at = at.child(n, name)
	}
	return located{n, at}, true
}

// findAnchors notes the $anchor and $dynamicAnchor below n. Aliases are not followed: what they lead to stands elsewhere
// in the file.
func findAnchors(n *yaml.Node, at Location, into map[string]located, depth int) {
	if n == nil || depth > maxNesting {
		return
	}
	for i := 0; i+1 < len(n.Content) && n.Kind == yaml.MappingNode; i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if (key.Value == "$anchor" || key.Value == "$dynamicAnchor") && isString(value) {
			if _, ok := into[value.Value]; !ok {
				into[value.Value] = located{n, at}
			}
		}
		if len(value.Content) > 0 {
			findAnchors(value, at.child(value, key.Value), into, depth+1)
		}
	}
	for i := 0; i < len(n.Content) && n.Kind == yaml.SequenceNode; i++ {
		if item := n.Content[i]; len(item.Content) > 0 {
			findAnchors(item, at.child(item, strconv.Itoa(i)), into, depth+1)
		}
	}
}

// byID finds the schema with the $id that uri names, in the file of this schema.
func (r *reader) byID(uri, fragment string) (located, bool) {
	file := r.at.File
	index, ok := r.ids[file]
	if !ok {
		index = make(idIndex)
		r.ids[file] = index
		if n, at, err := r.resolve(Location{File: file}, "#"); err == nil {
			findIDs(follow(n), at, "", index, 0)
		}
	}
	found, ok := index[uri]
	if !ok {
		return located{}, false
	}
	return r.Compiler.fragment(&resource{root: found.node, at: found.at}, fragment)
}

func findIDs(n *yaml.Node, at Location, base string, into idIndex, depth int) {
	if n == nil || depth > maxNesting {
		return
	}
	if n.Kind == yaml.MappingNode {
		if id := member(n.Content, "$id"); isString(id) && id.Value != "" && id.Value[0] != '#' {
			base = resolveURI(base, id.Value)
			if _, ok := into[base]; !ok {
				into[base] = located{n, at}
			}
		}
		for i := 0; i+1 < len(n.Content); i += 2 {
			if value := n.Content[i+1]; len(value.Content) > 0 {
				findIDs(value, at.child(value, n.Content[i].Value), base, into, depth+1)
			}
		}
		return
	}
	for i, item := range n.Content {
		if len(item.Content) > 0 {
			findIDs(item, at.child(item, strconv.Itoa(i)), base, into, depth+1)
		}
	}
}

// resolveURI resolves a reference against a base, without the fragment. What is no URI stays as it is.
func resolveURI(base, ref string) string {
	ref, _, _ = strings.Cut(ref, "#")
	b, err := url.Parse(base)
	if err != nil || base == "" {
		return ref
	}
	u, err := b.Parse(ref)
	if err != nil {
		return ref
	}
	return u.String()
}
