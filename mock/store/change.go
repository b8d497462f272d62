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
	if n.leaf() {
		c := newLeaf(t.owner)
		c.keys = append(c.keys, n.keys...)
		c.values = append(c.values, n.values...)
		return c
	}
	c := newBranch(t.owner)
	c.keys = append(c.keys, n.keys...)
	c.kids = append(c.kids, n.kids...)
	c.counts = append(c.counts, n.counts...)
	return c
}

func (t *tree) put(key string, value []byte) {
	if t.root == nil {
		t.root = newLeaf(t.owner)
	}
	t.root = t.mine(t.root)
	right, between, _ := t.insert(t.root, key, value)
	if right == nil {
		return
	}
	left := t.root
	t.root = newBranch(t.owner)
	t.root.kids = append(t.root.kids, left)
	t.root.counts = append(t.root.counts, left.size())
	t.root.adopt(0, right, between)
}

// insert puts a record below n, which belongs to the tree's owner. When n was full it gives a new node that stands to
// the right of n, and the key between the two. added says that the key was not there before.
func (t *tree) insert(n *node, key string, value []byte) (right *node, between string, added bool) {
	if n.leaf() {
		return t.insertLeaf(n, key, value)
	}
	i := n.child(key)
	kid := t.mine(n.kids[i])
	n.kids[i] = kid
	beside, separator, added := t.insert(kid, key, value)
	if beside == nil {
		if added {
			n.counts[i]++
		}
		return nil, "", added
	}
	n.counts[i] = kid.size()
	if len(n.kids) < branchMax {
		n.adopt(i, beside, separator)
		return nil, "", added
	}
	right = newBranch(t.owner)
	if i+1 == len(n.kids) { // see insertLeaf
		right.kids, right.counts = append(right.kids, beside), append(right.counts, beside.size())
		return right, separator, added
	}
	between = n.keys[branchMax/2-1]
	right.keys = append(right.keys, n.keys[branchMax/2:]...)
	right.kids = append(right.kids, n.kids[branchMax/2:]...)
	right.counts = append(right.counts, n.counts[branchMax/2:]...)
	n.keys = slices.Delete(n.keys, branchMax/2-1, len(n.keys))
	n.kids = slices.Delete(n.kids, branchMax/2, len(n.kids))
	n.counts = n.counts[:branchMax/2]
	if i < branchMax/2 {
		n.adopt(i, beside, separator)
	} else {
		right.adopt(i-branchMax/2, beside, separator)
	}
	return right, between, added
}

// insertLeaf is insert for a leaf. A full leaf is cut in halves, unless the record comes behind all others in it: keys
// that are counted up would leave half-empty leaves behind.
func (t *tree) insertLeaf(n *node, key string, value []byte) (right *node, between string, added bool) {
	i, found := n.find(key)
	if found {
		n.values[i] = value
		return nil, "", false
	}
	if len(n.keys) < leafMax {
		n.keys, n.values = slices.Insert(n.keys, i, key), slices.Insert(n.values, i, value)
		return nil, "", true
	}
	right = newLeaf(t.owner)
	at := n
	if i == leafMax {
		at, i = right, 0
	} else {
		right.keys = append(right.keys, n.keys[leafMax/2:]...)
		right.values = append(right.values, n.values[leafMax/2:]...)
		n.keys = slices.Delete(n.keys, leafMax/2, leafMax)
		n.values = slices.Delete(n.values, leafMax/2, leafMax)
		if i > leafMax/2 {
			at, i = right, i-leafMax/2
		}
	}
	at.keys, at.values = slices.Insert(at.keys, i, key), slices.Insert(at.values, i, value)
	return right, right.keys[0], true
}

// adopt puts kid behind the child i of a branch that has room; between is the key between the two.
func (n *node) adopt(i int, kid *node, between string) {
	n.kids = slices.Insert(n.kids, i+1, kid)
	n.counts = slices.Insert(n.counts, i+1, kid.size())
	n.keys = slices.Insert(n.keys, i, between)
}

func (t *tree) remove(key string) {
	if _, err := get(t.root, key); err != nil {
		return // nothing is copied for a key that is not there
	}
	t.root = t.mine(t.root)
	t.cut(t.root, key)
	for !t.root.leaf() && len(t.root.kids) == 1 {
		t.root = t.root.kids[0]
	}
	if t.root.size() == 0 {
		t.root = nil
	}
}

// cut removes a record that is below n, which belongs to the tree's owner.
func (t *tree) cut(n *node, key string) {
	if n.leaf() {
		i, _ := n.find(key)
		n.keys, n.values = slices.Delete(n.keys, i, i+1), slices.Delete(n.values, i, i+1)
		return
	}
	i := n.child(key)
	kid := t.mine(n.kids[i])
	n.kids[i] = kid
	t.cut(kid, key)
	n.counts[i]--
	if thin := kid.leaf() && len(kid.keys) < leafMin || !kid.leaf() && len(kid.kids) < branchMin; !thin || len(n.kids) == 1 {
		return
	}
	if i+1 == len(n.kids) {
		i--
	}
	t.rejoin(n, i)
}

// rejoin makes one node of the children i and i+1 of n when that leaves room in it, else it shares their content
// evenly between two.
func (t *tree) rejoin(n *node, i int) {
	a, b := n.kids[i], n.kids[i+1]
	var left, right *node
	var between string
	if a.leaf() {
		left, right, between = t.joinLeaves(a, b)
	} else {
		left, right, between = t.joinBranches(a, b, n.keys[i])
	}
	n.kids[i], n.counts[i] = left, left.size()
	if right == nil {
		n.kids = slices.Delete(n.kids, i+1, i+2)
		n.counts = slices.Delete(n.counts, i+1, i+2)
		n.keys = slices.Delete(n.keys, i, i+1)
		return
	}
	n.kids[i+1], n.counts[i+1], n.keys[i] = right, right.size(), between
}

func (t *tree) joinLeaves(a, b *node) (left, right *node, between string) {
	keys := slices.Concat(a.keys, b.keys)
	values := slices.Concat(a.values, b.values)
	cut := len(keys)
	if cut > leafMax*3/4 {
		cut /= 2
	}
	left = newLeaf(t.owner)
	left.keys, left.values = append(left.keys, keys[:cut]...), append(left.values, values[:cut]...)
	if cut == len(keys) {
		return left, nil, ""
	}
	right = newLeaf(t.owner)
	right.keys, right.values = append(right.keys, keys[cut:]...), append(right.values, values[cut:]...)
	return left, right, keys[cut]
}

func (t *tree) joinBranches(a, b *node, between string) (left, right *node, separator string) {
	keys := slices.Concat(a.keys, []string{between}, b.keys)
	kids := slices.Concat(a.kids, b.kids)
	counts := slices.Concat(a.counts, b.counts)
	cut := len(kids)
	if cut > branchMax*3/4 {
		cut /= 2
	}
	left = newBranch(t.owner)
	left.keys = append(left.keys, keys[:cut-1]...)
	left.kids, left.counts = append(left.kids, kids[:cut]...), append(left.counts, counts[:cut]...)
	if cut == len(kids) {
		return left, nil, ""
	}
	right = newBranch(t.owner)
	right.keys = append(right.keys, keys[cut:]...)
	right.kids, right.counts = append(right.kids, kids[cut:]...), append(right.counts, counts[cut:]...)
	return left, right, keys[cut-1]
}
