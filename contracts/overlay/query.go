package overlay

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/theory/jsonpath/spec"
	"go.yaml.in/yaml/v4"
)

// errTooWide ends an evaluation that would visit more nodes than a document written by people can have.
var errTooWide = errors.New("it visits too many nodes; make the expression more specific")

// maxFilterSteps bounds the estimated work of all filters of one expression.
const maxFilterSteps = 50_000_000

// A location is where a node was found: the way from the root, member by member. The way, and not the node,
// is what identifies it, because a node that aliases refer to stands in several places.
type location struct {
	parent *location  // nil for the root
	name   string     // of the member, when parent is an object
	index  int        // of the entry, when parent is an array
	node   *yaml.Node // resolved
}

// pointer gives the JSON Pointer of the location.
func (l *location) pointer() string {
	if l.parent == nil {
		return ""
	}
	token := l.name
	if kindOf(l.parent.node) == array {
		token = strconv.Itoa(l.index)
	}
	return appendPointer(l.parent.pointer(), token)
}

// A query is one evaluation of a path.
type query struct {
	path   *path
	root   *yaml.Node
	steps  int
	filter float64 // estimated steps of filters
	values *values
	out    []*location
	err    error
}

// selectNodes evaluates p on a tree. The result may hold a location more than once (RFC 9535, 2.1.2).
func (p *path) selectNodes(root *yaml.Node) ([]*location, error) {
	root = resolve(root)
	if root == nil {
		return nil, nil
	}
	q := &query{path: p, root: root}
	q.values = newValues(&q.steps)
	at := []*location{{node: root}}
	for _, segment := range p.segments {
		q.out = nil
		for _, l := range at {
			if segment.IsDescendant() {
				q.descend(segment, l, 0)
			} else {
				q.selectors(segment, l)
			}
			if q.err != nil {
				return nil, q.err
			}
		}
		at = q.out
	}
	return at, nil
}

// add puts a child of l into the result, unless the evaluation has become too large.
func (q *query) add(l *location) {
	if q.steps++; q.steps > maxSteps {
		q.err = errTooWide
	}
	if q.err == nil && l.node != nil {
		q.out = append(q.out, l)
	}
}

// children calls f for each child of l, in the order of the document.
func (q *query) children(l *location, f func(*location)) {
	switch l.node.Kind {
	case yaml.MappingNode:
		for key, value := range members(l.node) {
			if text, ok := name(key); ok {
				f(&location{parent: l, name: text, node: resolve(value)})
			}
			if q.err != nil {
				return
			}
		}
	case yaml.SequenceNode:
		for i, entry := range l.node.Content {
			f(&location{parent: l, index: i, node: resolve(entry)})
			if q.err != nil {
				return
			}
		}
	}
}

// descend applies the segment to l and all nodes below it, parents first (RFC 9535, 2.5.2.2).
func (q *query) descend(segment *spec.Segment, l *location, depth int) {
	if q.steps++; q.steps > maxSteps {
		q.err = errTooWide
	} else if depth > 2*maxDepth {
		q.err = errTooDeep
	}
	if q.err != nil || l.node == nil || l.node.Kind == yaml.ScalarNode {
		return
	}
	q.selectors(segment, l)
	q.children(l, func(child *location) { q.descend(segment, child, depth+1) })
}

func (q *query) selectors(segment *spec.Segment, l *location) {
	for _, selector := range segment.Selectors() {
		switch s := selector.(type) {
		case spec.Name:
			if l.node.Kind == yaml.MappingNode {
				if value := member(l.node, string(s)); value != nil {
					q.add(&location{parent: l, name: string(s), node: resolve(value)})
				}
			}
		case spec.Index:
			q.index(l, int(s))
		case spec.SliceSelector:
			q.slice(l, s)
		case spec.WildcardSelector:
			q.children(l, q.add)
		case *spec.FilterSelector:
			q.children(l, func(child *location) {
				if q.matches(s, child) {
					q.add(child)
				}
			})
		default:
			q.err = errors.New("it has a selector that is not known here")
		}
		if q.err != nil {
			return
		}
	}
}

func (q *query) index(l *location, i int) {
	if l.node.Kind != yaml.SequenceNode {
		return
	}
	if i < 0 {
		i += len(l.node.Content)
	}
	if i >= 0 && i < len(l.node.Content) {
		q.add(&location{parent: l, index: i, node: resolve(l.node.Content[i])})
	}
}

// slice selects as RFC 9535, 2.3.4.2.2 says; a step of 0 selects nothing.
func (q *query) slice(l *location, s spec.SliceSelector) {
	if l.node.Kind != yaml.SequenceNode {
		return
	}
	lower, upper := s.Bounds(len(l.node.Content))
	switch step := s.Step(); {
	case step > 0:
		for i := lower; i < upper && q.err == nil; i += step {
			q.index(l, i)
		}
	case step < 0:
		for i := upper; lower < i && q.err == nil; i += step {
			q.index(l, i)
		}
	}
}

// matches evaluates a filter for one candidate.
func (q *query) matches(filter *spec.FilterSelector, candidate *location) bool {
	c := q.path.filters[filter]
	if q.steps++; q.steps > maxSteps {
		q.err = errTooWide
		return false
	}
	var size, all float64
	if c.wide {
		size = q.values.size(candidate.node, 0)
	}
	if c.wideRoot > 0 {
		all = q.values.size(q.root, 0)
	}
	if q.filter += c.steps(size, all); q.filter > maxFilterSteps {
		q.err = errTooWide
		return false
	}
	current, err := q.values.of(candidate.node, 0)
	if err != nil {
		q.err = err
		return false
	}
	var root any
	if c.root {
		if root, err = q.values.of(q.root, 0); err != nil {
			q.err = err
			return false
		}
	}
	matched, err := evaluate(filter, current, root)
	if err != nil {
		q.err = err
	}
	return matched
}

// evaluate turns a panic in the library into an error: expressions come from users, and it has had such faults.
func evaluate(filter *spec.FilterSelector, current, root any) (matched bool, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("the filter %s cannot be evaluated: %v", shorten(filter.String()), fault)
		}
	}()
	return filter.Eval(current, root), nil
}
