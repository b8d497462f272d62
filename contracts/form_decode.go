package contracts

import (
	"slices"
	"strconv"
	"strings"
	"sync"

	"understudy/contracts/schema"
)

// A formReader makes a value of a tree of form fields, by the schema.
type formReader struct {
	in, name   string // of the violations: "query" and the parameter, or "body" and ""
	violations []Violation
	fields     int
	slab       []formNode
	slabs      int      // that were filled before
	path       []string // where the reader is, for pointers
	encoding   map[string]*Encoding
	text       bool // a text that may stay text does: the second attempt at alternatives
}

func newFormReader(in, name string) *formReader { return &formReader{in: in, name: name} }

// formReaders are the ones that are over: the tree of a form is larger than the value that is made of it, which shares nothing
// with it but texts.
var formReaders = sync.Pool{New: func() any { return &formReader{slab: make([]formNode, 0, keptNodes)} }}

// A reader is kept with so many nodes, of which each has room for so many members.
const (
	keptNodes   = 32
	keptMembers = 32
)

// release lets a reader of formReaders be used for another form, unless this one was large.
func (f *formReader) release() {
	if cap(f.slab) != keptNodes || f.slabs > 0 {
		return
	}
	for i := range f.slab {
		n := &f.slab[i]
		clear(n.members)
		members := n.members[:0]
		if cap(members) > keptMembers {
			members = nil
		}
		*n = formNode{members: members}
	}
	clear(f.path[:cap(f.path)])
	*f = formReader{slab: f.slab[:0], path: f.path[:0]}
	formReaders.Put(f)
}

func (f *formReader) report(keyword, want, got, limit string) {
	const most = 100
	if len(f.violations) >= most {
		return
	}
	var pointer strings.Builder
	for _, name := range f.path {
		pointer.WriteByte('/')
		pointer.WriteString(pointerEscaper.Replace(name))
	}
	f.violations = append(f.violations, Violation{In: f.in, Name: f.name, Violation: schema.Violation{
		Pointer: pointer.String(), Keyword: keyword, Want: want, Got: got, Limit: limit,
	}})
}

var pointerEscaper = strings.NewReplacer("~", "~0", "/", "~1")

// value makes the value of a node.
func (f *formReader) value(n *formNode, v view) any {
	types := v.types()
	if len(n.members) == 0 {
		return f.leafValue(n, v, types)
	}
	if len(n.leaves) > 0 {
		f.report("repeated", "one value or members", "both a value and members", "1")
	}
	if n.indexed() && (types&schema.Array != 0 || types&schema.Object == 0) {
		return f.list(n, v)
	}
	object := make(map[string]any, len(n.members))
	for _, m := range n.members {
		property, _ := v.property(m.name)
		f.path = append(f.path, m.name)
		object[m.name] = f.value(m.node, property)
		f.path = f.path[:len(f.path)-1]
	}
	return object
}

// list makes an array of members that are items. Items with a number stand in its order, whatever its size,
// so that a[1000000000]=x makes one item; those written as [] follow.
func (f *formReader) list(n *formNode, v view) any {
	members := slices.Clone(n.members)
	slices.SortStableFunc(members, func(a, b formMember) int { return itemIndex(a) - itemIndex(b) })
	values := make([]any, 0, len(members))
	for i, m := range members {
		f.path = append(f.path, strconv.Itoa(i))
		item := v.item(i)
		if m.name == "" && len(m.node.leaves) == 1 && len(members) == 1 && m.node.leaves[0].empty() &&
			item.types()&schema.String == 0 && len(m.node.members) == 0 {
			f.path = f.path[:len(f.path)-1]
			return values // a[]= is how an empty array is written
		}
		values = append(values, f.value(m.node, item))
		f.path = f.path[:len(f.path)-1]
	}
	return values
}

func itemIndex(m formMember) int {
	if i, err := strconv.Atoi(m.name); err == nil {
		return i
	}
	return int(^uint32(0) >> 1)
}

func (l *leaf) empty() bool { return l.raw == "" && l.part == nil }

// leafValue makes the value of a node that has values and no members.
func (f *formReader) leafValue(n *formNode, v view, types schema.Types) any {
	many := types&schema.Array != 0
	switch {
	case len(n.leaves) == 0:
		return map[string]any{} // the root of an empty form
	case len(n.leaves) == 1 && !many:
		return f.single(&n.leaves[0], v, types)
	case len(n.leaves) == 1 && types&scalars&^schema.Null != 0:
		value := f.single(&n.leaves[0], v, types)
		if v.valid(value, schema.Request) {
			return value
		}
	case len(n.leaves) > 1 && !many && types != 0:
		f.report("repeated", "one value", strconv.Itoa(len(n.leaves))+" values", "1")
		return f.single(&n.leaves[0], v, types)
	}
	if len(n.leaves) == 1 {
		l := &n.leaves[0]
		if l.empty() {
			return []any{}
		}
		if value, ok := f.structure(l); ok {
			return value
		}
	}
	values := make([]any, len(n.leaves))
	for i := range n.leaves {
		item := v.item(i)
		f.path = append(f.path, strconv.Itoa(i))
		values[i] = f.single(&n.leaves[i], item, item.types())
		f.path = f.path[:len(f.path)-1]
	}
	return values
}

// structure reads a leaf that holds a whole JSON array.
func (f *formReader) structure(l *leaf) (any, bool) {
	if l.part != nil {
		if kindOf(l.part.ContentType) != jsonKind {
			return nil, false
		}
		value, ok := parseStructure(string(l.part.Bytes))
		_, isList := value.([]any)
		return value, ok && isList
	}
	text, ok := f.plain(l)
	if !ok {
		return nil, false
	}
	value, ok := parseStructure(text)
	_, isList := value.([]any)
	return value, ok && isList
}

// single makes the value of one leaf.
func (f *formReader) single(l *leaf, v view, types schema.Types) any {
	if l.part != nil {
		return f.partValue(l.part, v, types)
	}
	text, ok := f.plain(l)
	if !ok {
		f.report("encoding", "percent-encoding by RFC 3986", shorten(l.raw), "")
		return l.raw
	}
	if f.text && types&schema.String != 0 {
		return text
	}
	return v.coerce(text, types)
}

func (f *formReader) plain(l *leaf) (string, bool) {
	if l.verbatim || !l.encoded {
		return l.raw, true
	}
	text, err := unescape(l.raw, l.plus)
	return text, err == nil
}
