package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// ReplicatedOptions are what a Replicated is made of. Log and Name are required.
type ReplicatedOptions struct {
	Log  Log
	Name string // of this process among all that ever append to the log
	// Timeout is how long an Update or a View waits for the log until it fails with ErrAway; 0: 5 s.
	Timeout time.Duration
}

// Replicated is a store in memory that several processes hold alike: each applies the entries of one Log. Reading costs
// a look at the log's end; a Refresh shares it among several reads, and those that look at the same time share it too.
//
// An Update runs on the state at the log's end as far as it is known, and is appended if that was the end. Else it is run
// again on what others did meanwhile. Updates that come while others are being appended are appended together with the next
// ones. So Updates of all processes happen one after the other, and an Update or a View sees all that was answered before
// it was called.
type Replicated struct {
	log     Log
	name    string
	timeout time.Duration
	marks   atomic.Uint64

	seen *Memory // what is known of the log

	mu       sync.Mutex // held while what is known changes, and around the rest
	point    Point      // up to where
	queue    []*job
	leading  bool  // somebody carries the queue out
	next     *look // the one that those join who come now; nil: none is waited for
	looking  bool
	closed   bool
	watchers []*watcher
}

// A job is an Update that waits to be carried out.
type job struct {
	ctx   context.Context
	run   func(*update) (*node, []Change, error)
	err   error
	panic any
	done  chan struct{}
}

// A look is a question to the log that several wait for.
type look struct {
	err  error
	done chan struct{}
}

type watcher struct{ f func([]Change) }

var (
	_ World  = (*Replicated)(nil)
	_ Shared = (*Replicated)(nil)
)

// NewReplicated gives a store that follows a log, with what the log holds now.
func NewReplicated(ctx context.Context, o ReplicatedOptions) (*Replicated, error) {
	if o.Timeout <= 0 {
		o.Timeout = 5 * time.Second
	}
	r := &Replicated{log: o.Log, name: o.Name, timeout: o.Timeout, seen: NewMemory()}
	ctx, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	if err := r.look(ctx); err != nil {
		return nil, err
	}
	return r, nil
}

type freshKey struct{}

// Refresh is Shared's Refresh.
func (r *Replicated) Refresh(ctx context.Context) (context.Context, error) {
	if ctx.Value(freshKey{}) == r {
		return ctx, nil
	}
	if err := r.refresh(ctx); err != nil {
		return ctx, err
	}
	return context.WithValue(ctx, freshKey{}, r), nil
}

// View is Store's View.
func (r *Replicated) View(ctx context.Context, f func(Tx) error) error {
	if err := r.seen.usable(ctx); err != nil {
		return err
	}
	if ctx.Value(freshKey{}) != r {
		if err := r.patiently(ctx, func(ctx context.Context) error { return r.refresh(ctx) }); err != nil {
			return away(err)
		}
	}
	return r.seen.View(ctx, f)
}

// patiently does again what the log did not answer, until it does or the time is over: something may have been begun that
// needs it. Refresh is what fails at once.
func (r *Replicated) patiently(ctx context.Context, do func(context.Context) error) error {
	limit, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	for wait := 10 * time.Millisecond; ; wait = min(2*wait, time.Second/2) {
		err := do(limit)
		if err == nil || errors.Is(err, ErrClosed) || ctx.Err() != nil {
			return err
		}
		pause := time.NewTimer(wait)
		select {
		case <-pause.C:
		case <-limit.Done():
			pause.Stop()
			return err
		}
	}
}

// refresh asks the log for what is new, together with all who come before it is asked.
func (r *Replicated) refresh(ctx context.Context) error {
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		return ErrClosed
	}
	l := r.next
	if l == nil {
		l = &look{done: make(chan struct{})}
		r.next = l
		if !r.looking {
			r.looking = true
			go r.looks()
		}
	}
	r.mu.Unlock()
	select {
	case <-l.done:
		return l.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// looks asks the log for as long as somebody waits for it.
func (r *Replicated) looks() {
	for {
		r.mu.Lock()
		l := r.next
		r.next = nil // who comes from here on may want to see what this one misses
		if l == nil {
			r.looking = false
			r.mu.Unlock()
			return
		}
		r.mu.Unlock()
		ctx, cancel := context.WithTimeout(context.Background(), r.timeout)
		l.err = away(r.look(ctx))
		cancel()
		close(l.done)
	}
}

// look asks the log once.
func (r *Replicated) look(ctx context.Context) error {
	for {
		at, _ := r.state()
		news, err := r.log.Since(ctx, at)
		if err != nil || news == nil {
			return err
		}
		// News that came too late for what is known by now may hold more than that: only the log can say.
		if learnt, err := r.learn(ctx, at, news); err != nil || learnt {
			return err
		}
	}
}

// state is what is known of the log: up to where, and what comes of it.
func (r *Replicated) state() (Point, *node) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.point, r.seen.root.Load().root
}

// take makes news visible; false where something else became visible since they were asked for, so that they do not fit.
func (r *Replicated) take(from Point, news *News) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.point != from {
		return false
	}
	old := r.seen.root.Load().root
	t := tree{root: old, owner: new(owner)}
	if news.Whole {
		t.root = nil
	}
	for _, c := range news.Changes {
		if c.Deleted {
			t.remove(c.Key)
		} else {
			t.put(c.Key, value(c.Value))
		}
	}
	changes := news.Changes
	if news.Whole {
		changes = difference(old, t.root)
	}
	r.show(news.Point, t.root)
	for _, w := range r.watchers {
		w.f(changes)
	}
	return true
}

func value(v []byte) []byte {
	if v == nil {
		return []byte{}
	}
	return v
}

// show is called with the lock held.
func (r *Replicated) show(at Point, root *node) {
	r.point = at
	if !r.closed {
		r.seen.root.Store(&snapshot{root})
	}
}

// Watch is Shared's Watch.
func (r *Replicated) Watch(f func([]Change)) (stop func()) {
	w := &watcher{f}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.watchers = append(slices.Clip(r.watchers), w)
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.watchers = slices.DeleteFunc(slices.Clone(r.watchers), func(one *watcher) bool { return one == w })
	}
}

// Point is up to where the log is known.
func (r *Replicated) Point() Point {
	at, _ := r.state()
	return at
}

// Fork gives a store in memory that holds what is known now.
func (r *Replicated) Fork() *Memory { return r.seen.Fork() }

// Follow looks for what others did, so that watchers hear of it although nobody reads.
func (r *Replicated) Follow(ctx context.Context) error { return r.refresh(ctx) }

// Update is Store's Update. It may call f several times. A context that ends while the changes are being appended does not
// undo them.
func (r *Replicated) Update(ctx context.Context, f func(Tx) error) error {
	return r.do(ctx, func(tx *update) (*node, []Change, error) {
		w := &recorder{update: tx}
		if err := f(w); err != nil {
			return nil, nil, err
		}
		return tx.tree.root, w.changes, nil
	})
}

// Restore makes the store hold what another one holds now, and nothing else.
func (r *Replicated) Restore(ctx context.Context, from *Memory) error {
	root := from.root.Load().root
	return r.do(ctx, func(tx *update) (*node, []Change, error) {
		return root, difference(tx.tree.root, root), nil
	})
}

func (r *Replicated) do(ctx context.Context, run func(*update) (*node, []Change, error)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	j := &job{ctx: ctx, run: run, done: make(chan struct{})}
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		return ErrClosed
	}
	r.queue = append(r.queue, j)
	if !r.leading {
		r.leading = true
		go r.lead()
	}
	r.mu.Unlock()
	<-j.done
	if j.panic != nil {
		panic(j.panic)
	}
	return j.err
}

// lead carries out what waits until nothing does.
func (r *Replicated) lead() {
	for {
		r.mu.Lock()
		batch := r.queue
		r.queue = nil
		if len(batch) == 0 {
			r.leading = false
			r.mu.Unlock()
			return
		}
		r.mu.Unlock()
		ctx, cancel := context.WithTimeout(context.Background(), r.timeout)
		err := away(r.carryOut(ctx, batch))
		cancel()
		for _, j := range batch {
			if err != nil && j.panic == nil {
				j.err = err
			}
			close(j.done)
		}
	}
}

// carryOut runs jobs on the state at the log's end and appends what they change. An error means that none of them happened, or,
// where the log did not answer, that all did or none.
func (r *Replicated) carryOut(ctx context.Context, batch []*job) error {
	for {
		at, root := r.state()
		changes, after := r.runAll(root, batch)
		if len(changes) == 0 { // what they say must be true of the log's end all the same
			var news *News
			err := r.patiently(ctx, func(ctx context.Context) (err error) {
				news, err = r.log.Since(ctx, at)
				return err
			})
			if err != nil || news == nil {
				return err
			}
			if _, err := r.learn(ctx, at, news); err != nil {
				return err
			}
			continue
		}
		mark := r.mark()
		news, err := r.append(ctx, at, mark, changes)
		switch {
		case err != nil:
			return err
		case news == nil:
			return r.settle(ctx, at, Point{at.Version + 1, mark}, after)
		case slices.Contains(news.Marks, mark): // it was there, and the answer was lost
			_, err := r.learn(ctx, at, news)
			return err
		}
		if _, err := r.learn(ctx, at, news); err != nil {
			return err
		}
	}
}

// learn takes news in; false where something else became visible since they were asked for. A log that has lost everything gets
// back what is known of it.
func (r *Replicated) learn(ctx context.Context, at Point, news *News) (bool, error) {
	if !news.Lost {
		return r.take(at, news), nil
	}
	point, root := r.state()
	if point != at {
		return false, nil
	}
	mark := r.mark()
	other, err := r.append(ctx, Point{}, mark, difference(nil, root))
	switch {
	case err != nil:
		return false, err
	case other == nil:
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.point != at {
			return false, nil
		}
		r.show(Point{1, mark}, root)
		return true, nil
	default: // somebody else was quicker; what we hold is not what the log holds now
		other.Whole = true
		return r.take(at, other), nil
	}
}

// append repeats an append whose answer was lost.
func (r *Replicated) append(ctx context.Context, at Point, mark string, changes []Change) (*News, error) {
	lost := false
	var news *News
	err := r.patiently(ctx, func(ctx context.Context) (err error) {
		if news, err = r.log.Append(ctx, at, mark, changes); err != nil {
			lost = true
		}
		return err
	})
	if err == nil && lost && news != nil && news.Whole && !slices.Contains(news.Marks, mark) {
		return nil, fmt.Errorf("%w: it answers again, and does not tell whether the last change is in it", ErrAway)
	}
	return news, err
}

// settle makes an appended entry visible: what came of it here, unless somebody else has shown what the log holds meanwhile.
func (r *Replicated) settle(ctx context.Context, from, to Point, after *node) error {
	r.mu.Lock()
	if r.point == from {
		r.show(to, after)
		r.mu.Unlock()
		return nil
	}
	behind := r.point.Version < to.Version
	r.mu.Unlock()
	if behind { // by a part of the way only
		return r.look(ctx)
	}
	return nil
}

// runAll runs jobs one after the other, each on what the ones before it leave.
func (r *Replicated) runAll(root *node, batch []*job) (changes []Change, after *node) {
	for _, j := range batch {
		if j.panic != nil {
			continue
		}
		if j.err = j.ctx.Err(); j.err != nil {
			continue
		}
		next, made, err := j.runOn(root)
		if j.err = err; err != nil || j.panic != nil {
			continue
		}
		if len(made) > 0 {
			root, changes = next, append(changes, made...)
		}
	}
	return changes, root
}

// runOn runs one job. A panic in it is handed to whoever asked.
func (j *job) runOn(root *node) (after *node, changes []Change, err error) {
	tx := &update{tree: tree{root: root, owner: new(owner)}}
	defer func() { *tx = update{over: true} }()
	defer func() { j.panic = recover() }()
	return j.run(tx)
}

func (r *Replicated) mark() string { return r.name + "." + strconv.FormatUint(r.marks.Add(1), 36) }

// away tells errors of the log as what they mean to callers.
func away(err error) error {
	if err == nil || errors.Is(err, ErrAway) || errors.Is(err, ErrClosed) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrAway, err)
}

// Retire is Shared's Retire.
func (r *Replicated) Retire() error { return r.log.Close() }

// Close lets what was asked for happen, and closes the log.
func (r *Replicated) Close() error {
	r.mu.Lock()
	again := r.closed
	r.closed = true
	r.mu.Unlock()
	if again {
		return nil
	}
	last := &job{ctx: context.Background(), done: make(chan struct{}), run: func(tx *update) (*node, []Change, error) { return nil, nil, ErrClosed }}
	r.mu.Lock()
	r.queue = append(r.queue, last)
	if !r.leading {
		r.leading = true
		go r.lead()
	}
	r.mu.Unlock()
	<-last.done
	if err := r.seen.Close(); err != nil {
		return err
	}
	return r.log.Close()
}
