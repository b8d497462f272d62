package store

import "sort"

// A leaf holds up to leafMax records, a branch up to branchMax children. Chosen by measurement with a million
// records: 48 of each make Put, which copies one node of each level, three times slower; with 8, more levels eat up
// what smaller copies save, and nodes cost more memory. With 13 and 16 a node fills the piece of memory that Go
// gives it: 576 bytes for a leaf, 256 for a branch and 240 for its keys.
const (
	leafMax   = 13
	branchMax = 16
)

// An owner marks the nodes that a transaction has made itself and may change in place. It is a byte and not
// empty, so that no two have the same address.
type owner struct{ _ byte }

// A node is a leaf or a branch of a B+tree, in one piece of memory with its arrays but for the keys of a branch. What is
// reachable from a snapshot is never changed.
type node struct {
	owner *owner
	// keys are, in a leaf, the records' keys; in a branch one fewer than kids: keys[i] is above all of kids[i]
	// and not above any of kids[i+1]. Keys of a branch may belong to records that are gone.
	keys   []string
	leaf   *leafNode   // nil in a branch
	branch *branchNode // nil in a leaf
}

// A leafNode is a leaf. Of v the first len(keys) are in use.
type leafNode struct {
	node
	k [leafMax]string
	v [leafMax][]byte
}

// A branchNode is a branch. Of c and n the first len(keys)+1 are in use. Its keys lie apart: nearly all changes below a branch
// leave them as they are, and a copy shares them until one does not.
type branchNode struct {
	node
	c      [branchMax]*node
	n      [branchMax]uint32 // records below each of c
	shared bool              // the keys are another branch's too, and must be copied before they are changed
}

// newLeaf gives a leaf with some records.
func newLeaf(o *owner, keys []string, values [][]byte) *node {
	l := new(leafNode)
	l.node = node{owner: o, keys: append(l.k[:0], keys...), leaf: l}
	copy(l.v[:], values)
	return &l.node
}

// newBranch gives a branch with some children, at least one.
func newBranch(o *owner, keys []string, kids []*node, counts []uint32) *node {
	b := new(branchNode)
	b.node = node{owner: o, keys: branchKeys(keys), branch: b}
	copy(b.c[:], kids)
	copy(b.n[:], counts)
	return &b.node
}

// copied gives a node that is the same but belongs to another owner.
func (n *node) copied(o *owner) *node {
	if n.leaf != nil {
		l := new(leafNode)
		*l = *n.leaf
		l.node = node{owner: o, keys: l.k[:len(n.keys)], leaf: l}
		return &l.node
	}
	b := new(branchNode)
	*b = *n.branch
	b.node, b.shared = node{owner: o, keys: n.keys, branch: b}, true
	return &b.node
}

// branchKeys gives a copy of keys with room for as many as a branch has.
func branchKeys(keys []string) []string { return append(make([]string, 0, branchMax-1), keys...) }

// ownKeys lets the keys of a node be changed, which belongs to the tree's owner.
func (n *node) ownKeys() {
	if b := n.branch; b != nil && b.shared {
		n.keys, b.shared = branchKeys(n.keys), false
	}
}

// values are those of a leaf's records.
func (n *node) values() [][]byte { return n.leaf.v[:len(n.keys)] }

// kids are the children of a branch.
func (n *node) kids() []*node { return n.branch.c[:len(n.keys)+1] }

// counts are the numbers of records below the children of a branch.
func (n *node) counts() []uint32 { return n.branch.n[:len(n.keys)+1] }

// size is the number of records below n.
func (n *node) size() int {
	if n.leaf != nil {
		return len(n.keys)
	}
	sum := 0
	for _, c := range n.counts() {
		sum += int(c)
	}
	return sum
}

// child is the index of the child of a branch that holds key.
func (n *node) child(key string) int {
	lo, hi := 0, len(n.keys)
	for lo < hi {
		if mid := int(uint(lo+hi) >> 1); n.keys[mid] <= key {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// find gives the place of key in a leaf, and whether it is there.
func (n *node) find(key string) (int, bool) {
	lo, hi := 0, len(n.keys)
	for lo < hi {
		if mid := int(uint(lo+hi) >> 1); n.keys[mid] < key {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo, lo < len(n.keys) && n.keys[lo] == key
}

func get(n *node, key string) ([]byte, error) {
	if n == nil {
		return nil, ErrNotFound
	}
	for n.leaf == nil {
		n = n.branch.c[n.child(key)]
	}
	if i, ok := n.find(key); ok {
		return n.leaf.v[i], nil
	}
	return nil, ErrNotFound
}

// rank is the number of keys for which before is true. It must be true for the first keys and false for the rest.
func (n *node) rank(before func(string) bool) int {
	if n == nil {
		return 0
	}
	rank := 0
	for {
		i := sort.Search(len(n.keys), func(i int) bool { return !before(n.keys[i]) })
		if n.leaf != nil {
			return rank + i
		}
		for _, c := range n.branch.n[:i] {
			rank += int(c)
		}
		n = n.branch.c[i]
	}
}

// each yields the records of ranks from to to-1 and reports whether yield wants more.
func (n *node) each(from, to int, yield func(string, []byte) bool) bool {
	if n == nil || from >= to {
		return true
	}
	if n.leaf != nil {
		for i := from; i < to; i++ {
			if !yield(n.keys[i], n.leaf.v[i]) {
				return false
			}
		}
		return true
	}
	at := 0
	for i, kid := range n.kids() {
		if at >= to {
			break
		}
		count := int(n.branch.n[i])
		if !kid.each(max(from-at, 0), min(to-at, count), yield) {
			return false
		}
		at += count
	}
	return true
}

// eachBack is each from to-1 down to from.
func (n *node) eachBack(from, to int, yield func(string, []byte) bool) bool {
	if n == nil || from >= to {
		return true
	}
	if n.leaf != nil {
		for i := to - 1; i >= from; i-- {
			if !yield(n.keys[i], n.leaf.v[i]) {
				return false
			}
		}
		return true
	}
	at := n.size()
	kids := n.kids()
	for i := len(kids) - 1; i >= 0 && at > from; i-- {
		count := int(n.branch.n[i])
		at -= count
		if !kids[i].eachBack(max(from-at, 0), min(to-at, count), yield) {
			return false
		}
	}
	return true
}
