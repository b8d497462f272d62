package store

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"sync"
)

// A Change is what a transaction made of one record.
type Change struct {
	Key     string
	Value   []byte // nil where the record is deleted
	Deleted bool
}

// A World is a store whose state can be forked at no cost, and be made equal to that of a fork.
type World interface {
	Store
	Fork() *Memory
	Restore(ctx context.Context, from *Memory) error
}

var (
	_ World = (*Memory)(nil)
	_ World = (*Backed)(nil)
)

// Backed is a store in memory whose changes are written somewhere before anybody sees them. Updates that come while others are
// being written are written together with the next ones, so that the time of one write is shared. What is read is read in
// memory.
//
// An Update runs on the state that the ones before it leave, written or not. It returns when its changes, and all that it may
// have seen, are written. Where writing fails, all Updates that waited for it fail and leave nothing behind.
type Backed struct {
	write func([]Change) error // makes changes last, all or none

	seen *Memory       // what is written; its own token is never taken by others
	turn chan struct{} // holds one token while nobody runs a transaction

	mu      sync.Mutex
	pending *node // what the Updates that ran so far leave behind
	lost    error // why the last write failed
	queue   []*ticket
	writing bool
	closed  bool
	work    chan struct{} // wakes the writer; holds one token at most
	ended   chan struct{} // closed when the writer has ended
	release func() error
}

// A ticket is an Update that waits for a write.
type ticket struct {
	changes []Change
	root    *node // of the state that it leaves behind
	verdict error // the transaction's own, told when all that it may have seen is written
	done    chan error
}

// NewBacked gives a store that holds what start holds and writes its changes with write, which is called by one goroutine at a
// time, with the changes of one or several Updates in their order. release is called by Close, behind the last write; nil does
// nothing. start belongs to the store from then on.
func NewBacked(start *Memory, write func([]Change) error, release func() error) *Backed {
	b := &Backed{write: write, seen: start, turn: make(chan struct{}, 1), work: make(chan struct{}, 1), ended: make(chan struct{}), release: release}
	b.turn <- struct{}{}
	b.pending = start.root.Load().root
	go b.writes()
	return b
}

// View is Store's View.
func (b *Backed) View(ctx context.Context, f func(Tx) error) error { return b.seen.View(ctx, f) }

// Fork gives a store in memory that holds what is written now.
func (b *Backed) Fork() *Memory { return b.seen.Fork() }

// Update is Store's Update. A context that ends while the changes are written does not undo them.
func (b *Backed) Update(ctx context.Context, f func(Tx) error) error {
	return b.change(ctx, func(tx *update) (*node, []Change, error) {
		r := &recorder{update: tx}
		if err := f(r); err != nil {
			return nil, nil, err
		}
		return tx.tree.root, r.changes, nil
	})
}

// Restore makes the store hold what another one holds now, and nothing else.
func (b *Backed) Restore(ctx context.Context, from *Memory) error {
	root := from.root.Load().root
	return b.change(ctx, func(tx *update) (*node, []Change, error) {
		return root, difference(tx.tree.root, root), nil
	})
}

// change runs one transaction and waits until what it leaves behind, and what it has seen, is written.
func (b *Backed) change(ctx context.Context, run func(*update) (*node, []Change, error)) error {
	t, err := b.run(ctx, run)
	if t == nil || err != nil {
		return err
	}
	if err := <-t.done; err != nil {
		return err
	}
	return t.verdict
}

// run carries a transaction out. It gives no ticket where there is nothing to wait for.
func (b *Backed) run(ctx context.Context, run func(*update) (*node, []Change, error)) (*ticket, error) {
	select {
	case <-b.turn:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { b.turn <- struct{}{} }()
	b.mu.Lock()
	root, closed := b.pending, b.closed
	b.mu.Unlock()
	switch {
	case closed:
		return nil, ErrClosed
	case ctx.Err() != nil:
		return nil, ctx.Err()
	}
	tx := &update{tree: tree{root: root, owner: new(owner)}}
	defer func() { *tx = update{over: true} }()
	after, changes, err := run(tx)
	t := &ticket{changes: changes, root: after, verdict: err, done: make(chan error, 1)}
	if err != nil || len(changes) == 0 {
		t.changes, t.root = nil, root
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.pending != root: // a write failed while this ran on what it would have written
		return nil, b.lost
	case b.closed:
		return nil, ErrClosed
	case t.changes == nil && len(b.queue) == 0 && !b.writing:
		return nil, err
	}
	b.pending = t.root
	b.queue = append(b.queue, t)
	select {
	case b.work <- struct{}{}:
	default:
	}
	return t, nil
}

// writes is the writer: it writes what waits, until the store is closed and nothing waits any more.
func (b *Backed) writes() {
	defer close(b.ended)
	for range b.work {
		for b.writeQueue() {
		}
		b.mu.Lock()
		over := b.closed && len(b.queue) == 0
		b.mu.Unlock()
		if over {
			return
		}
	}
}

// writeQueue writes all that waits; false where nothing does.
func (b *Backed) writeQueue() bool {
	b.mu.Lock()
	batch := b.queue
	b.queue, b.writing = nil, len(batch) > 0
	b.mu.Unlock()
	if len(batch) == 0 {
		return false
	}
	var changes []Change
	for _, t := range batch {
		changes = append(changes, t.changes...)
	}
	var err error
	if len(changes) > 0 {
		err = b.write(changes)
	}
	if err == nil {
		b.seen.root.Store(&snapshot{batch[len(batch)-1].root})
	}
	b.mu.Lock()
	b.writing = false
	if err != nil { // whoever came meanwhile built on what is lost
		err = fmt.Errorf("write to the store: %w", err)
		batch, b.queue = append(batch, b.queue...), nil
		b.pending, b.lost = b.seen.root.Load().root, err
	}
	b.mu.Unlock()
	for _, t := range batch {
		t.done <- err
	}
	return true
}

// Close waits until all is written and gives back what the store holds.
func (b *Backed) Close() error {
	b.mu.Lock()
	again := b.closed
	b.closed = true
	b.mu.Unlock()
	if again {
		<-b.ended
		return nil
	}
	select {
	case b.work <- struct{}{}:
	default:
	}
	<-b.ended
	if err := b.seen.Close(); err != nil {
		return err
	}
	if b.release == nil {
		return nil
	}
	return b.release()
}

// A recorder is a transaction that keeps what it changed.
type recorder struct {
	*update
	changes []Change
}

// Put writes nothing where the record holds the value already.
func (r *recorder) Put(key string, value []byte) error {
	if held, err := r.update.Get(key); err == nil && bytes.Equal(held, value) {
		return nil
	}
	if err := r.update.Put(key, value); err != nil {
		return err
	}
	r.changes = append(r.changes, Change{Key: key, Value: value})
	return nil
}

func (r *recorder) Delete(key string) error {
	if _, err := r.update.Get(key); err != nil {
		return r.update.Delete(key) // nothing is there to be written, or the transaction is over
	}
	if err := r.update.Delete(key); err != nil {
		return err
	}
	r.changes = append(r.changes, Change{Key: key, Deleted: true})
	return nil
}

// difference lists what makes the records below one root those below another.
func difference(from, to *node) []Change {
	if from == to {
		return nil
	}
	var changes []Change
	next, stop := iter.Pull2(all(to))
	defer stop()
	key, value, ok := next()
	for old, was := range all(from) {
		for ok && key < old {
			changes = append(changes, Change{Key: key, Value: value})
			key, value, ok = next()
		}
		switch {
		case !ok || key != old:
			changes = append(changes, Change{Key: old, Deleted: true})
			continue
		case !bytes.Equal(was, value):
			changes = append(changes, Change{Key: key, Value: value})
		}
		key, value, ok = next()
	}
	for ; ok; key, value, ok = next() {
		changes = append(changes, Change{Key: key, Value: value})
	}
	return changes
}

func all(root *node) iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) { scan(root, "", Scan{}, yield) }
}
