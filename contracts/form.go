package contracts

import (
	"strconv"
	"strings"
)

// This file reads names with brackets into a tree: a[b]=1, a[]=1, a[0][b]=1, as deep objects and form bodies
// write them. No norm says what nested brackets mean; this is how Rack, PHP and qs agree to read them.

const (
	maxFormDepth  = 32      // of brackets in one name
	maxFormFields = 100_000 // in one body or query
	// Within this many members a scan finds a name faster than a map does, and without memory.
	scanMembers = 12
)

// A formNode is one place in the tree that bracketed names span.
type formNode struct {
	leaves  []leaf
	members []formMember
	index   map[string]int // name → index in members; nil while they are few
	first   [1]leaf        // where leaves begins; most nodes have no other
}

type formMember struct {
	name string // "" for an item written as []
	node *formNode
}

// A leaf is one value of a form.
type leaf struct {
	raw      string
	encoded  bool // percent-encoded
	plus     bool // a plus sign is a space
	verbatim bool // nothing is to be undone
	part     *Part
}

func (n *formNode) find(name string) *formNode {
	if n.index != nil {
		if i, ok := n.index[name]; ok {
			return n.members[i].node
		}
		return nil
	}
	for i := range n.members {
		if n.members[i].name == name {
			return n.members[i].node
		}
	}
	return nil
}

// node makes an empty node. Nodes come in slabs, since a form has one for each of its fields.
func (f *formReader) node() *formNode {
	if len(f.slab) == cap(f.slab) {
		if f.slab != nil {
			f.slabs++
		}
		f.slab = make([]formNode, 0, 8)
	}
	f.slab = f.slab[:len(f.slab)+1]
	n := &f.slab[len(f.slab)-1]
	n.leaves, n.members = n.first[:0], n.members[:0]
	return n
}

func (f *formReader) append(n *formNode, name string) *formNode {
	child := f.node()
	if name != "" {
		if n.index != nil {
			n.index[name] = len(n.members)
		} else if len(n.members) >= scanMembers {
			n.index = make(map[string]int, 2*len(n.members))
			for i, m := range n.members {
				if m.name != "" {
					n.index[m.name] = i
				}
			}
			n.index[name] = len(n.members)
		}
	}
	n.members = append(n.members, formMember{name, child})
	return child
}

// child gives the node of a member, making it where there is none. An item written as [] is a new one, unless
// what follows in the name, next, is a member that the last item does not have yet: a[][x]=1&a[][y]=2 is one
// item.
func (f *formReader) child(n *formNode, name, next string, more bool) *formNode {
	if name == "" {
		if more && next != "" && len(n.members) > 0 {
			last := n.members[len(n.members)-1]
			if last.name == "" && len(last.node.leaves) == 0 && last.node.find(next) == nil {
				return last.node
			}
		}
		return f.append(n, "")
	}
	if found := n.find(name); found != nil {
		return found
	}
	return f.append(n, name)
}

// add puts a leaf at the place that a name says. With inside, the name is only the part in brackets, below
// the root. A name whose brackets do not match is a plain name.
func (f *formReader) add(root *formNode, name string, inside bool, l leaf) {
	if f.fields++; f.fields > maxFormFields {
		if f.fields == maxFormFields+1 {
			f.report("limit", "at most "+strconv.Itoa(maxFormFields)+" fields", "more", strconv.Itoa(maxFormFields))
		}
		return
	}
	head, rest, ok := name, "", true
	if i := strings.IndexByte(name, '['); i > 0 || inside && i == 0 {
		head, rest = name[:i], name[i:]
		ok = bracketed(rest)
	}
	if !ok {
		head, rest = name, ""
	}
	if strings.Count(rest, "[") > maxFormDepth {
		f.report("limit", "at most "+strconv.Itoa(maxFormDepth)+" brackets in a name", shorten(name), strconv.Itoa(maxFormDepth))
		return
	}
	at := root
	if !inside || head != "" {
		at = f.child(root, head, "", false)
	}
	for rest != "" {
		end := strings.IndexByte(rest, ']')
		segment := rest[1:end]
		rest = rest[end+1:]
		next, more := "", rest != ""
		if more {
			next = rest[1:strings.IndexByte(rest, ']')]
		}
		at = f.child(at, segment, next, more)
	}
	at.leaves = append(at.leaves, l)
}

// bracketed tells whether a text is [a][b]… and nothing else.
func bracketed(s string) bool {
	for s != "" {
		end := strings.IndexByte(s, ']')
		if s[0] != '[' || end < 0 || strings.IndexByte(s[1:end], '[') >= 0 {
			return false
		}
		s = s[end+1:]
	}
	return true
}

// indexed tells whether all members are written as items: [] or [0].
func (n *formNode) indexed() bool {
	for _, m := range n.members {
		if m.name != "" && (digits(m.name, 0) != len(m.name) || len(m.name) > 9) {
			return false
		}
	}
	return len(n.members) > 0
}
