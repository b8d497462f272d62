package store

import "slices"

// A node with less than a quarter of what it may hold is joined with a neighbour, or takes from it.
const (
	leafMin   = leafMax / 4
	branchMin = branchMax / 4
)

// A tree is a root being changed: nodes of its owner in place, all others copied first.
type tree struct {
	root  *node // nil: no records
	owner *owner
}

// mine gives n itself when it belongs to the tree's owner, else a copy that does.
func (t *tree) mine(n *node) *node {
	if n.owner == t.owner {
		return n
	}
	return n.copied(t.owner)
}

func (t *tree) put(key string, value []byte) {
	if t.root == nil {
		t.root = newLeaf(t.owner, nil, nil)
	}
	t.root = t.mine(t.root)
	right, between, _ := t.insert(t.root, key, value)
	if right == nil {
		return
	}
	t.root = newBranch(t.owner, nil, []*node{t.root}, []uint32{uint32(t.root.size())})
	t.root.adopt(0, right, between)
}

// insert puts a record below n, which belongs to the tree's owner. When n was full it gives a new node that stands to
// the right of n, and the key between the two. added says that the key was not there before.
func (t *tree) insert(n *node, key string, value []byte) (right *node, between string, added bool) {
	if n.leaf != nil {
		return t.insertLeaf(n, key, value)
	}
	i := n.child(key)
	kid := t.mine(n.branch.c[i])
	n.branch.c[i] = kid
	beside, separator, added := t.insert(kid, key, value)
	if beside == nil {
		if added {
			n.branch.n[i]++
		}
		return nil, "", added
	}
	n.branch.n[i] = uint32(kid.size())
	if len(n.keys)+1 < branchMax {
		n.adopt(i, beside, separator)
		return nil, "", added
	}
	if i+1 == branchMax { // see insertLeaf
		return newBranch(t.owner, nil, []*node{beside}, []uint32{uint32(beside.size())}), separator, added
	}
	const half = branchMax / 2
	between = n.keys[half-1]
	right = newBranch(t.owner, n.keys[half:], n.branch.c[half:], n.branch.n[half:])
	n.shorten(half - 1)
	if i < half {
		n.adopt(i, beside, separator)
	} else {
		right.adopt(i-half, beside, separator)
	}
	return right, between, added
}

// nearEnd is how many records may stand behind a new one in a full leaf that is cut before it and not in halves. A room
// whose keys are counted up has one or two of its own behind them.
const nearEnd = 2

// insertLeaf is insert for a leaf. A full leaf is cut in halves, unless the record comes at its end: keys that are counted
// up would leave half-empty leaves behind.
func (t *tree) insertLeaf(n *node, key string, value []byte) (right *node, between string, added bool) {
	i, found := n.find(key)
	if found {
		n.leaf.v[i] = value
		return nil, "", false
	}
	if len(n.keys) < leafMax {
		n.record(i, key, value)
		return nil, "", true
	}
	cut := leafMax / 2
	if i >= leafMax-nearEnd {
		cut = i
	}
	right = newLeaf(t.owner, n.keys[cut:], n.leaf.v[cut:])
	n.shorten(cut)
	if i > cut || cut == i && cut != leafMax/2 {
		right.record(i-cut, key, value)
	} else {
		n.record(i, key, value)
	}
	return right, right.keys[0], true
}

// record puts a record before the record i of a leaf that has room.
func (n *node) record(i int, key string, value []byte) {
	n.keys = slices.Insert(n.keys, i, key)
	v := n.values()
	copy(v[i+1:], v[i:])
	v[i] = value
}

// adopt puts kid behind the child i of a branch that has room; between is the key between the two.
func (n *node) adopt(i int, kid *node, between string) {
	n.ownKeys()
	n.keys = slices.Insert(n.keys, i, between)
	kids, counts := n.kids(), n.counts()
	copy(kids[i+2:], kids[i+1:])
	copy(counts[i+2:], counts[i+1:])
	kids[i+1], counts[i+1] = kid, uint32(kid.size())
}

// shorten leaves the first keys of a node, and what belongs to them. Nothing of the rest is held any more.
func (n *node) shorten(keys int) {
	n.ownKeys()
	n.keys = slices.Delete(n.keys, keys, len(n.keys))
	if n.leaf != nil {
		clear(n.leaf.v[keys:])
		return
	}
	clear(n.branch.c[keys+1:])
	clear(n.branch.n[keys+1:])
}

func (t *tree) remove(key string) {
	if _, err := get(t.root, key); err != nil {
		return // nothing is copied for a key that is not there
	}
	t.root = t.mine(t.root)
	t.cut(t.root, key)
	for t.root.leaf == nil && len(t.root.keys) == 0 {
		t.root = t.root.branch.c[0]
	}
	if t.root.size() == 0 {
		t.root = nil
	}
}

// cut removes a record that is below n, which belongs to the tree's owner.
func (t *tree) cut(n *node, key string) {
	if n.leaf != nil {
		i, _ := n.find(key)
		copy(n.leaf.v[i:], n.leaf.v[i+1:])
		n.leaf.v[len(n.keys)-1] = nil
		n.keys = slices.Delete(n.keys, i, i+1)
		return
	}
	i := n.child(key)
	kid := t.mine(n.branch.c[i])
	n.branch.c[i] = kid
	t.cut(kid, key)
	n.branch.n[i]--
	if thin := kid.leaf != nil && len(kid.keys) < leafMin || kid.leaf == nil && len(kid.keys)+1 < branchMin; !thin || len(n.keys) == 0 {
		return
	}
	t.rejoin(n, min(i, len(n.keys)-1))
}

// rejoin makes one node of the children i and i+1 of n when that leaves room in it, else it shares their content
// evenly between two.
func (t *tree) rejoin(n *node, i int) {
	n.ownKeys()
	a, b := n.branch.c[i], n.branch.c[i+1]
	var left, right *node
	var between string
	if a.leaf != nil {
		left, right, between = t.joinLeaves(a, b)
	} else {
		left, right, between = t.joinBranches(a, b, n.keys[i])
	}
	n.branch.c[i], n.branch.n[i] = left, uint32(left.size())
	if right != nil {
		n.branch.c[i+1], n.branch.n[i+1], n.keys[i] = right, uint32(right.size()), between
		return
	}
	kids, counts := n.kids(), n.counts()
	copy(kids[i+1:], kids[i+2:])
	copy(counts[i+1:], counts[i+2:])
	kids[len(kids)-1], counts[len(kids)-1] = nil, 0
	n.keys = slices.Delete(n.keys, i, i+1)
}

func (t *tree) joinLeaves(a, b *node) (left, right *node, between string) {
	keys := slices.Concat(a.keys, b.keys)
	values := slices.Concat(a.values(), b.values())
	cut := len(keys)
	if cut > leafMax*3/4 {
		cut /= 2
	}
	left = newLeaf(t.owner, keys[:cut], values[:cut])
	if cut == len(keys) {
		return left, nil, ""
	}
	return left, newLeaf(t.owner, keys[cut:], values[cut:]), keys[cut]
}

func (t *tree) joinBranches(a, b *node, between string) (left, right *node, separator string) {
	keys := slices.Concat(a.keys, []string{between}, b.keys)
	kids := slices.Concat(a.kids(), b.kids())
	counts := slices.Concat(a.counts(), b.counts())
	cut := len(kids)
	if cut > branchMax*3/4 {
		cut /= 2
	}
	left = newBranch(t.owner, keys[:cut-1], kids[:cut], counts[:cut])
	if cut == len(kids) {
		return left, nil, ""
	}
	return left, newBranch(t.owner, keys[cut:], kids[cut:], counts[cut:]), keys[cut-1]
}
