package store

import "sort"

// A leaf holds up to leafMax records, a branch up to branchMax children. Chosen by measurement with a million
// records: 48 of each make Put, which copies one node of each level, three times slower; with 8, more levels eat up
// what smaller copies save, and nodes cost more memory.
const (
	leafMax   = 16
	branchMax = 16
)

// An owner marks the nodes that a transaction has made itself and may change in place. It is a byte and not
// empty, so that no two have the same address.
type owner struct{ _ byte }

// A node is a leaf or a branch of a B+tree. What is reachable from a snapshot is never changed.
type node struct {
	owner *owner
	// keys are, in a leaf, the records' keys; in a branch one fewer than kids: keys[i] is above all of kids[i]
	// and not above any of kids[i+1]. Keys of a branch may belong to records that are gone.
	keys   []string
	values [][]byte // of a leaf
	kids   []*node  // of a branch; a leaf has none
	counts []int    // records below each of kids
}

// leafNode and branchNode are a node with its arrays, in one piece of memory.
type leafNode struct {
	node
	k [leafMax]string
	v [leafMax][]byte
}

type branchNode struct {
	node
	k [branchMax - 1]string
	c [branchMax]*node
	n [branchMax]int
}

func newLeaf(o *owner) *node {
	l := new(leafNode)
	l.node = node{owner: o, keys: l.k[:0], values: l.v[:0]}
	return &l.node
}

func newBranch(o *owner) *node {
	b := new(branchNode)
	b.node = node{owner: o, keys: b.k[:0], kids: b.c[:0], counts: b.n[:0]}
	return &b.node
}

func (n *node) leaf() bool { return n.kids == nil }

// size is the number of records below n.
func (n *node) size() int {
	if n.leaf() {
		return len(n.keys)
	}
	sum := 0
	for _, c := range n.counts {
		sum += c
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
	for !n.leaf() {
		n = n.kids[n.child(key)]
	}
	if i, ok := n.find(key); ok {
		return n.values[i], nil
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
		if n.leaf() {
			return rank + i
		}
		for _, c := range n.counts[:i] {
			rank += c
		}
		n = n.kids[i]
	}
}

// each yields the records of ranks from to to-1 and reports whether yield wants more.
func (n *node) each(from, to int, yield func(string, []byte) bool) bool {
	if n == nil || from >= to {
		return true
	}
	if n.leaf() {
		for i := from; i < to; i++ {
			if !yield(n.keys[i], n.values[i]) {
				return false
			}
		}
		return true
	}
	at := 0
	for i := 0; i < len(n.kids) && at < to; i++ {
		count := n.counts[i]
		if !n.kids[i].each(max(from-at, 0), min(to-at, count), yield) {
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
	if n.leaf() {
		for i := to - 1; i >= from; i-- {
			if !yield(n.keys[i], n.values[i]) {
				return false
			}
		}
		return true
	}
	at := n.size()
	for i := len(n.kids) - 1; i >= 0 && at > from; i-- {
		at -= n.counts[i]
		if !n.kids[i].eachBack(max(from-at, 0), min(to-at, n.counts[i]), yield) {
			return false
		}
	}
	return true
}
