package contracts

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// A router finds the operation of a request. Paths are matched by segments, never by regular
// expressions: a literal beats an expression at the leftmost place where two templates differ (OpenAPI 3.1.2,
// "Path Templating Matching", leaves the ambiguous case open). It is read-only once built.
type router struct {
	bases []string // path prefixes of the servers without trailing slash, longest first
	root  *routeNode
}

// A routeNode stands for all templates that begin with the same segments.
type routeNode struct {
	literals   map[string]*routeNode
	templates  []templateEdge // mixed segments first, most literal text first; the plain {name} last
	operations []*Operation   // that end here, in the order of the document

	shapes map[string]*routeNode // of templates, while the tree is built
}

// A templateEdge leads on for every segment that has the same texts around its expressions.
type templateEdge struct {
	parts []string // ["", ""] is a plain expression; ["", ".json"] has a suffix
	node  *routeNode
}

// A Match is what the router found for a request.
type Match struct {
	Operation *Operation // nil where the path or the method is not the contract's
	Base      string     // the base path that the request used
	Values    []string   // raw (still percent-encoded) texts of the path's expressions, in their order
	Allow     []string   // the path's methods, upper case, where the path is known
}

// maxSegments bounds the work for one request path; longer paths match nothing.
const maxSegments = 128

// Match finds the operation for a method and a path as it was sent (percent-encoded, without query). HEAD
// finds the GET operation where none of its own is declared.
func (c *Contract) Match(method, path string) Match {
	var m Match
	for _, base := range c.router.bases {
		rest, ok := strings.CutPrefix(path, base)
		if !ok || rest != "" && rest[0] != '/' {
			continue
		}
		node, values := c.router.find(rest)
		if node == nil {
			continue
		}
		m.Base = base
		m.Values = values
		if m.Operation = node.operation(method); m.Operation != nil {
			m.Operation = m.Operation.fitting(values)
			return m
		}
		m.Allow = node.allow(m.Allow)
	}
	return m
}

// BasePaths lists the path prefixes under which the contract is served, longest first.
func (c *Contract) BasePaths() []string { return c.router.bases }

func (r *router) find(path string) (*routeNode, []string) {
	if path == "" {
		path = "/"
	}
	var buffer [8]string
	values := buffer[:0]
	node := r.root.find(path[1:], &values, 0)
	if node == nil {
		return nil, nil
	}
	if len(values) == 0 {
		return node, nil
	}
	return node, slices.Clone(values)
}

// find walks down by the next segment of path, literals first, and comes back where a way ends blind.
func (n *routeNode) find(path string, values *[]string, depth int) *routeNode {
	if depth > maxSegments {
		return nil
	}
	segment, rest, more := strings.Cut(path, "/")
	if next := n.literal(segment); next != nil {
		if found := next.descend(rest, more, values, depth); found != nil {
			return found
		}
	}
	for _, edge := range n.templates {
		mark := len(*values)
		if !edge.match(segment, values) {
			continue
		}
		if found := edge.node.descend(rest, more, values, depth); found != nil {
			return found
		}
		*values = (*values)[:mark]
	}
	return nil
}

func (n *routeNode) descend(rest string, more bool, values *[]string, depth int) *routeNode {
	if more {
		return n.find(rest, values, depth+1)
	}
	if len(n.operations) == 0 {
		return nil
	}
	return n
}

func (n *routeNode) literal(segment string) *routeNode {
	if next, ok := n.literals[segment]; ok {
		return next
	}
	if strings.IndexByte(segment, '%') >= 0 {
		if plain, err := url.PathUnescape(segment); err == nil {
			return n.literals[plain]
		}
	}
	return nil
}

// match takes a segment apart; an expression never matches the empty text.
func (e templateEdge) match(segment string, values *[]string) bool {
	if len(e.parts) == 2 && e.parts[0] == "" && e.parts[1] == "" {
		if segment == "" {
			return false
		}
		*values = append(*values, segment)
		return true
	}
	mark := len(*values)
	rest, ok := strings.CutPrefix(segment, e.parts[0])
	last := len(e.parts) - 1
	for i := 1; ok && i <= last; i++ {
		var value string
		switch {
		case i == last && e.parts[i] == "":
			value, rest = rest, ""
		case i == last:
			value, ok = strings.CutSuffix(rest, e.parts[i])
			rest = ""
		default:
			value, rest, ok = strings.Cut(rest, e.parts[i])
		}
		if value == "" {
			ok = false
		}
		*values = append(*values, value)
	}
	if !ok {
		*values = (*values)[:mark]
	}
	return ok
}

func (n *routeNode) operation(method string) *Operation {
	var get *Operation
	for _, o := range n.operations {
		if o.Method == method {
			return o
		}
		if o.Method == "GET" {
			get = o
		}
	}
	if method == "HEAD" {
		return get
	}
	return nil
}

// allow adds the methods of the node to a list, for the Allow header (RFC 9110, 10.2.1).
func (n *routeNode) allow(list []string) []string {
	add := func(method string) {
		if !slices.Contains(list, method) {
			list = append(list, method)
		}
	}
	for _, o := range n.operations {
		add(o.Method)
		if o.Method == "GET" {
			add("HEAD")
		}
	}
	add("OPTIONS")
	return list
}

// fitting is the operation, or where others have the same method and a template of the same shape ("/files/{id}" and
// "/files/{name}", which OpenAPI forbids and real documents have), the first one whose path parameters the values fit.
func (o *Operation) fitting(values []string) *Operation {
	if len(o.alternates) == 0 {
		return o
	}
	request := &http.Request{Method: o.Method, URL: &url.URL{}, Header: http.Header{}}
	for _, candidate := range append([]*Operation{o}, o.alternates...) {
		_, violations := candidate.DecodeParameters(request, values)
		if !slices.ContainsFunc(violations, func(v Violation) bool { return v.In == "path" }) {
			return candidate
		}
	}
	return o
}

// newRouter builds the tree. An operation whose path and method another one has already taken is
// reported by the callback; it is found only by its path parameters.
func newRouter(operations []*Operation, bases []string, clash func(first, second *Operation)) *router {
	r := &router{root: &routeNode{}, bases: slices.Clone(bases)}
	slices.SortStableFunc(r.bases, func(a, b string) int { return len(b) - len(a) })
	r.bases = slices.Compact(r.bases)
	for _, o := range operations {
		node := r.root
		for _, s := range o.Segments {
			node = node.child(s)
		}
		if i := slices.IndexFunc(node.operations, func(p *Operation) bool { return p.Method == o.Method }); i >= 0 {
			clash(node.operations[i], o)
			node.operations[i].alternates = append(node.operations[i].alternates, o)
			continue
		}
		node.operations = append(node.operations, o)
	}
	r.root.settle()
	return r
}

func (n *routeNode) child(s Segment) *routeNode {
	if len(s.Names) == 0 {
		if n.literals == nil {
			n.literals = map[string]*routeNode{}
		}
		next := n.literals[s.Literal]
		if next == nil {
			next = &routeNode{}
			n.literals[s.Literal] = next
		}
		return next
	}
	shape := strings.Join(s.Parts, "{}")
	if next := n.shapes[shape]; next != nil {
		return next
	}
	if n.shapes == nil {
		n.shapes = map[string]*routeNode{}
	}
	next := &routeNode{}
	n.shapes[shape] = next
	n.templates = append(n.templates, templateEdge{parts: s.Parts, node: next})
	return next
}

// settle puts the templates below a node into the order in which they are tried, when all are there.
func (n *routeNode) settle() {
	slices.SortStableFunc(n.templates, func(a, b templateEdge) int { return textLength(b.parts) - textLength(a.parts) })
	for _, e := range n.templates {
		e.node.settle()
	}
	for _, next := range n.literals {
		next.settle()
	}
	n.shapes = nil
}

func textLength(parts []string) int {
	n := 0
	for _, p := range parts {
		n += len(p)
	}
	return n
}

// parsePath takes a path template apart: "/a/{b}.{c}" gives a literal and a mixed segment.
func parsePath(template string) ([]Segment, bool) {
	template, _, _ = strings.Cut(template, "?")
	template, _, _ = strings.Cut(template, "#")
	template = strings.TrimPrefix(template, "/")
	var segments []Segment
	for template != "" || len(segments) == 0 {
		segment, rest, more := cutSegment(template)
		s, ok := parseSegment(segment)
		if !ok {
			return nil, false
		}
		segments = append(segments, s)
		if !more {
			break
		}
		if template = rest; rest == "" {
			segments = append(segments, Segment{})
		}
	}
	return segments, len(segments) <= maxSegments
}

// cutSegment cuts at the next slash that does not stand inside braces.
func cutSegment(template string) (segment, rest string, more bool) {
	depth := 0
	for i := 0; i < len(template); i++ {
		switch template[i] {
		case '{':
			depth++
		case '}':
			depth--
		case '/':
			if depth <= 0 {
				return template[:i], template[i+1:], true
			}
		}
	}
	return template, "", false
}

func parseSegment(text string) (Segment, bool) {
	if !strings.ContainsAny(text, "{}") {
		return Segment{Literal: text}, true
	}
	var s Segment
	for {
		before, rest, open := strings.Cut(text, "{")
		if strings.Contains(before, "}") {
			return s, false
		}
		s.Parts = append(s.Parts, before)
		if !open {
			return s, true
		}
		name, after, closed := strings.Cut(rest, "}")
		if !closed || name == "" || strings.Contains(name, "{") {
			return s, false
		}
		s.Names = append(s.Names, name)
		text = after
	}
}
