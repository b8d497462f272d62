package webhook

import (
	"context"
	"errors"
	"sync"

	"understudy/mock/store"
)

// commits joins changes of the store that come at the same time into one: a store does one after the other, and most of
// what one costs is the same for several. A change waits for no other than those that are being made when it comes.
type commits struct {
	mu    sync.Mutex
	queue []*change
	busy  bool // somebody leads
}

// A change is one of many in an Update.
type change struct {
	era  *era
	f    func(tx store.Tx) error
	err  error
	turn chan bool // true: lead from here on; false: it is done; nil: nobody waits
}

// mostJoined is how many changes one Update makes at most.
const mostJoined = 64

var (
	errOver  = errors.New("the store was put back to another state")
	errRedo  = errors.New("one of several changes failed")
	errPanic = errors.New("a change of the store panicked")
)

// update changes the store on behalf of an era, and fails with errOver when it has ended. It does not stop half-way when ctx
// ends. f may be called more than once.
func (w *Webhooks) update(ctx context.Context, e *era, f func(tx store.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	turn := make(chan bool, 1)
	c := &change{era: e, f: f, turn: turn}
	if w.commits.join(c) || <-turn {
		w.commits.lead(w)
	}
	return c.err
}

// post is an update that nobody waits for; it happens before all that are asked for later.
func (w *Webhooks) post(e *era, f func(tx store.Tx) error) {
	if w.commits.join(&change{era: e, f: f}) {
		w.commits.lead(w)
	}
}

// join queues a change, and says whether the caller is to lead.
func (q *commits) join(c *change) (lead bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.queue = append(q.queue, c)
	lead = !q.busy
	q.busy = true
	return lead
}

// lead makes the changes that are queued and those that come meanwhile, but not many more: then somebody else leads who waits
// in the queue.
func (q *commits) lead(w *Webhooks) {
	for made := 0; ; {
		q.mu.Lock()
		if made >= mostJoined && q.handOver() {
			q.mu.Unlock()
			return
		}
		n := min(len(q.queue), mostJoined)
		if n == 0 {
			q.busy = false
			q.mu.Unlock()
			return
		}
		batch := append([]*change(nil), q.queue[:n]...)
		q.queue = append(q.queue[:0], q.queue[n:]...)
		q.mu.Unlock()
		made += n
		q.carryThrough(w, batch)
	}
}

// handOver lets somebody else lead who waits in the queue, and says whether there is anybody.
func (q *commits) handOver() bool {
	for _, c := range q.queue {
		if c.turn != nil {
			c.turn <- true
			c.turn = nil // it knows
			return true
		}
	}
	return false
}

// carryThrough makes the changes of a batch and tells those who wait. After a panic of one of them it leaves the others with an
// error and the lead to somebody else.
func (q *commits) carryThrough(w *Webhooks, batch []*change) {
	done := false
	defer func() {
		for _, c := range batch {
			if !done {
				c.err = errPanic
			}
			if c.turn != nil {
				c.turn <- false
			}
		}
		if !done {
			q.mu.Lock()
			q.busy = q.handOver()
			q.mu.Unlock()
		}
	}()
	w.commit(batch)
	done = true
}

// commit makes changes in one Update. When one of them fails, each is made for itself.
func (w *Webhooks) commit(batch []*change) {
	err := w.store.Update(context.Background(), func(tx store.Tx) error {
		for _, c := range batch {
			if c.apply(tx); c.err != nil && c.err != errOver {
				return errRedo
			}
		}
		return nil
	})
	switch {
	case err == nil:
		return
	case err != errRedo:
		for _, c := range batch {
			c.err = err
		}
		return
	case len(batch) == 1:
		return
	}
	for _, c := range batch {
		if err := w.store.Update(context.Background(), func(tx store.Tx) error { return c.apply(tx) }); err != nil {
			c.err = err
		}
	}
}

func (c *change) apply(tx store.Tx) error {
	if c.err = errOver; c.era.ctx.Err() == nil {
		c.err = c.f(tx)
	}
	return c.err
}
