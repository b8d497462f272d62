package store

import (
	"context"
	"iter"
	"strings"
	"sync/atomic"
)

// Memory is a store in memory: a copy-on-write B+tree whose root is swapped by each Update. A View costs no
// more than reading the root. Make it with NewMemory.
type Memory struct {
	root   atomic.Pointer[snapshot]
	closed atomic.Bool
	write  chan struct{} // holds one token while nobody updates; a channel, so that waiting ends with the context
}

var _ Store = (*Memory)(nil)

// NewMemory gives an empty store.
func NewMemory() *Memory { return newMemory(&snapshot{}) }

func newMemory(s *snapshot) *Memory {
	m := &Memory{write: make(chan struct{}, 1)}
	m.root.Store(s)
	m.write <- struct{}{}
	return m
}

// Fork gives a second store that holds the same records now and goes its own way. It copies nothing: both share
// what neither has changed. An Update under way is not in it.
func (m *Memory) Fork() *Memory {
	f := newMemory(m.root.Load())
	f.closed.Store(m.closed.Load())
	return f
}

// Close empties the store. Forks keep their records.
func (m *Memory) Close() error {
	<-m.write
	defer func() { m.write <- struct{}{} }()
	m.closed.Store(true)
	m.root.Store(&snapshot{})
	return nil
}

// View is Store's View.
func (m *Memory) View(ctx context.Context, f func(Tx) error) error {
	if err := m.usable(ctx); err != nil {
		return err
	}
	return f(m.root.Load())
}

// Update is Store's Update. It calls f once. A context that ends while f runs does not undo what f did.
func (m *Memory) Update(ctx context.Context, f func(Tx) error) error {
	select {
	case <-m.write:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { m.write <- struct{}{} }()
	if err := m.usable(ctx); err != nil {
		return err
	}
	tx := &update{tree: tree{root: m.root.Load().root, owner: new(owner)}}
	defer func() { *tx = update{over: true} }()
	if err := f(tx); err != nil {
		return err
	}
	m.root.Store(&snapshot{tx.tree.root})
	return nil
}

func (m *Memory) usable(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if m.closed.Load() {
		return ErrClosed
	}
	return nil
}

// A snapshot is one state of the store, never changed. It is a View's transaction too, so that a View allocates
// nothing.
type snapshot struct{ root *node }

func (s *snapshot) Get(key string) ([]byte, error) { return get(s.root, key) }
func (s *snapshot) Put(string, []byte) error       { return ErrReadOnly }
func (s *snapshot) Delete(string) error            { return ErrReadOnly }

func (s *snapshot) Scan(prefix string, from Scan) iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) { scan(s.root, prefix, from, yield) }
}

func (s *snapshot) Count(prefix string) (int, error) {
	return end(s.root, prefix) - first(s.root, prefix), nil
}

// An update is an Update's transaction.
type update struct {
	tree tree
	over bool // f has returned
}

func (u *update) Get(key string) ([]byte, error) {
	if u.over {
		return nil, ErrClosed
	}
	return get(u.tree.root, key)
}

func (u *update) Put(key string, value []byte) error {
	if u.over {
		return ErrClosed
	}
	if err := CheckKey(key); err != nil {
		return err
	}
	if value == nil {
		value = []byte{}
	}
	u.tree.put(key, value)
	return nil
}

func (u *update) Delete(key string) error {
	if u.over {
		return ErrClosed
	}
	u.tree.remove(key)
	return nil
}

func (u *update) Scan(prefix string, from Scan) iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		// The loop walks the nodes that are there now. With another owner, changes in its body copy them.
		u.tree.owner = new(owner)
		scan(u.tree.root, prefix, from, yield)
	}
}

func (u *update) Count(prefix string) (int, error) {
	if u.over {
		return 0, ErrClosed
	}
	return end(u.tree.root, prefix) - first(u.tree.root, prefix), nil
}

// first is the rank of the first key that is not before prefix.
func first(root *node, prefix string) int {
	return root.rank(func(key string) bool { return key < prefix })
}

// end is the rank of the first key behind all that begin with prefix.
func end(root *node, prefix string) int {
	return root.rank(func(key string) bool { return key < prefix || strings.HasPrefix(key, prefix) })
}

func scan(root *node, prefix string, from Scan, yield func(string, []byte) bool) {
	lo, hi := first(root, prefix), end(root, prefix)
	skip := min(max(from.Skip, 0), hi-lo)
	if from.Reverse {
		if from.After != "" {
			hi = min(hi, first(root, from.After))
		}
		root.eachBack(lo, hi-skip, yield)
		return
	}
	if from.After != "" {
		lo = max(lo, root.rank(func(key string) bool { return key <= from.After }))
	}
	root.each(lo+skip, hi, yield)
}
