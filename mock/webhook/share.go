package webhook

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"understudy/mock/clock"
	"understudy/mock/store"
)

// A store that several processes share has one of them send: the one that leads. All of them take events and write deliveries
// down; the leader hears of those of others from the store. When it dies, another one leads and takes up what is in the store, as
// after a restart: what was under way is sent again under the same id.

// stride lies between two numbers that one process gives, so that those of two processes are never equal.
const stride = 1 << 16

// share makes w one of several over its store, where that is such a store.
func (w *Webhooks) share(replica uint64) {
	shared, ok := w.store.(store.Shared)
	if !ok {
		w.leads.Store(true)
		return
	}
	w.shared, w.replica = true, replica%stride
	shared.Watch(w.learn)
}

// nextNumber gives a number that nobody had.
func (w *Webhooks) nextNumber() uint64 {
	n := w.number.Add(1)
	if w.shared {
		n = n*stride + w.replica
	}
	return n
}

// Leads says whether this process sends what is to be delivered.
func (w *Webhooks) Leads() bool { return w.leads.Load() }

// Lead makes this process the one that sends: it takes up what the store holds. It does nothing where it leads already.
func (w *Webhooks) Lead(ctx context.Context) error {
	w.mu.Lock()
	closed := w.closed
	w.mu.Unlock()
	if closed || w.leads.Swap(true) {
		return nil
	}
	if err := w.resume(ctx); err != nil { // nothing is on a lane, so the era goes on
		w.leads.Store(false)
		return fmt.Errorf("take up the deliveries of %s: %w", w.contract.Name, err)
	}
	return nil
}

// Yield ends sending; what is under way is cut off, and sent again by who leads next.
func (w *Webhooks) Yield(ctx context.Context) error {
	if !w.shared || !w.leads.Swap(false) {
		return nil
	}
	return w.Restored(ctx)
}

// learn hears what other processes did. It is called with the store's lock held.
func (w *Webhooks) learn(changes []store.Change) {
	base := newKeys(w.contract.Name, 0).base
	w.mu.Lock()
	e, closed := w.era, w.closed
	if e == nil || closed {
		w.mu.Unlock()
		return
	}
	anew := false
	var waiting []*delivery
	var told []*delivery
	for _, c := range changes {
		rest, ours := strings.CutPrefix(c.Key, base)
		switch {
		case !ours:
		case c.Key == e.keys.generation(), c.Key == e.keys.opened() && c.Deleted:
			anew = true
		case strings.HasPrefix(rest, "c\x00"):
			w.learnEndpoint(rest[2:], c)
		case c.Key == e.keys.last() && len(c.Value) == 8:
			raise(&w.number, binary.BigEndian.Uint64(c.Value))
		case c.Deleted || !strings.HasPrefix(c.Key, e.keys.era) || len(c.Key) <= len(e.keys.era):
		case c.Key[len(e.keys.era)] == 'p' || c.Key[len(e.keys.era)] == 'd':
			d, err := w.readDelivery(numberIn(c.Key), c.Value)
			if err != nil {
				continue
			}
			if told = append(told, d); !d.State.Finished() {
				waiting = append(waiting, d)
				e.kept.add(int64(len(c.Value)) + recordSize)
			}
		}
	}
	w.mu.Unlock()
	for _, d := range told {
		w.hooks.tell(d, nil)
	}
	if anew {
		go w.anew(e)
	} else if len(waiting) > 0 && w.leads.Load() {
		go w.takeUp(e, waiting)
	}
}

func raise(number *atomic.Uint64, to uint64) {
	for {
		n := number.Load()
		if n >= to || number.CompareAndSwap(n, to) {
			return
		}
	}
}

// learnEndpoint is called with the lock held.
func (w *Webhooks) learnEndpoint(id string, c store.Change) {
	if c.Deleted {
		delete(w.endpoints, id)
		return
	}
	if e, err := decode[endpoint](c.Value); err == nil {
		w.endpoints[id] = e
	}
}

// anew begins with what the store holds, since another process has put it back to another state.
func (w *Webhooks) anew(e *era) {
	if w.present() != e {
		return
	}
	if err := w.Restored(context.Background()); err != nil {
		w.logger.Error("the endpoints that another process set are not known yet", "contract", w.contract.Name, "error", err)
	}
}

// takeUp puts deliveries on their lanes that another process wrote. Those that wait here already may have another time now.
func (w *Webhooks) takeUp(e *era, list []*delivery) {
	for _, d := range list {
		if d.State == Sending { // it is under way here
			continue
		}
		w.mu.Lock()
		if e != w.era {
			w.mu.Unlock()
			return
		}
		l := w.laneOf(e, d)
		_, open := l.open[d.Number]
		if stop, late := l.late[d.Number]; late && !open {
			stop()
			delete(l.late, d.Number)
			delete(l.blocked, d.Number)
		}
		w.mu.Unlock()
		if !open {
			w.send(e, []*delivery{d})
		}
	}
}

// storeAgain is how long a delivery waits whose record could not be read or written, by the machine's time.
const storeAgain = time.Second

// lateAgain takes a delivery up again after a while, as another start would: the store may be back then.
func (w *Webhooks) lateAgain(e *era, n uint64) {
	clock.Real{}.AfterFunc(storeAgain, func() {
		if e.ctx.Err() != nil || !w.leads.Load() {
			return
		}
		var d *delivery
		err := w.update(e.ctx, e, func(tx store.Tx) (err error) {
			if d, err = w.getDelivery(tx, e.keys, n); err == nil && d.State == Sending {
				err = w.interrupted(tx, e.keys, d, w.clock.Now())
			}
			return err
		})
		switch {
		case err == nil:
			w.send(e, []*delivery{d})
		case !errors.Is(err, ErrNotFound) && !errors.Is(err, errOver):
			w.lateAgain(e, n)
		}
	})
}
