package webhook

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"understudy/mock/store"
)

// A kept is what is known of the records that are finished, so that the oldest can be forgotten. It is worked out anew from
// the store when an era begins.
type kept struct {
	mu       sync.Mutex
	finished []uint64 // events of which a delivery was finished, or that have none, in that order; some more than once
	bytes    int64    // of all records of the era, about
	busy     bool     // somebody forgets
	again    bool     // and has to look once more
	unseen   int      // deliveries that were finished since somebody looked whether there are too many
}

// evictions is how many events one change of the store forgets at most, so that it stays short.
const evictions = 64

func (b *kept) add(bytes int64, finished ...uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.bytes += bytes
	b.finished = append(b.finished, finished...)
}

func (b *kept) size() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.bytes
}

// oldest gives the oldest events. They stay where they are until they are forgotten: one looks at a time.
func (b *kept) oldest(most int) []uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.finished[:min(most, len(b.finished))])
}

// survey works out what a store holds of an era.
func survey(tx store.Tx, k keys) *kept {
	b := &kept{}
	for _, value := range tx.Scan(k.era, store.Scan{}) {
		b.bytes += int64(len(value)) + keySize
	}
	for key := range tx.Scan(k.era+"e", store.Scan{}) {
		b.finished = append(b.finished, numberIn(key))
	}
	return b
}

// keySize is about what a record costs besides its value, in bytes.
const keySize = 64

// evict forgets finished events, the oldest first, with all that belongs to them, while more is kept than may be. One does it
// at a time, and looks only now and then whether there is anything to do.
func (w *Webhooks) evict(ctx context.Context, e *era) {
	b := e.kept
	b.mu.Lock()
	b.unseen++
	if b.bytes <= w.limits.Bytes && b.unseen < w.slack()/4 {
		b.mu.Unlock()
		return
	}
	b.unseen = 0
	for b.again = true; b.again && !b.busy; { // who is busy looks once more
		b.busy, b.again = true, false
		b.mu.Unlock()
		for w.evictSome(ctx, e) {
		}
		b.mu.Lock()
		b.busy = false
	}
	b.mu.Unlock()
}

// slack is how many more than may be are kept before some are forgotten: it is cheaper to forget several at once.
func (w *Webhooks) slack() int { return min(w.limits.Kept/16, evictions) }

// evictSome forgets up to as many events as one change of the store does, and says whether there may be more to forget.
func (w *Webhooks) evictSome(ctx context.Context, e *era) bool {
	over, err := w.over(e, w.slack()-w.slack()/4)
	if err != nil || !over {
		return false
	}
	candidates := e.kept.oldest(evictions)
	var freed int64
	var done int // of the candidates
	err = w.update(ctx, e, func(tx store.Tx) error {
		freed, done = 0, len(candidates)
		left, err := w.count(tx, e)
		if err != nil {
			return err
		}
		for i, n := range candidates {
			if left.Finished <= w.limits.Kept && left.Events-left.Pending <= w.limits.Kept && e.kept.size()-freed <= w.limits.Bytes {
				done = i
				return nil
			}
			deliveries, bytes, err := w.forget(tx, e.keys, n)
			if err != nil {
				return err
			}
			if bytes > 0 {
				left.Finished -= deliveries
				left.Events--
			}
			freed += bytes
		}
		return nil
	})
	e.kept.mu.Lock()
	defer e.kept.mu.Unlock()
	if err != nil {
		return false
	}
	e.kept.bytes -= freed
	e.kept.finished = e.kept.finished[done:]
	return done == len(candidates) && done > 0
}

// over says whether more is kept than may be, by more than some slack: it is cheaper to forget several at once.
func (w *Webhooks) over(e *era, slack int) (over bool, err error) {
	if e.kept.size() > w.limits.Bytes {
		return true, nil
	}
	err = w.store.View(e.ctx, func(tx store.Tx) error {
		c, err := w.count(tx, e)
		over = c.Finished > w.limits.Kept+slack || c.Events-c.Pending > w.limits.Kept+slack
		return err
	})
	return over, err
}

func (w *Webhooks) count(tx store.Tx, e *era) (c Counts, err error) {
	if c.Finished, err = tx.Count(e.keys.era + "d"); err != nil {
		return c, err
	}
	if c.Pending, err = tx.Count(e.keys.era + "p"); err != nil {
		return c, err
	}
	c.Events, err = tx.Count(e.keys.era + "e")
	c.Bytes = e.kept.size()
	return c, err
}

// forget removes an event with all that belongs to it, unless a delivery of it is not finished: then it will be among the
// finished once more. It gives the number of its deliveries and the bytes of its records, both 0 when nothing was removed.
func (w *Webhooks) forget(tx store.Tx, k keys, number uint64) (deliveries int, bytes int64, err error) {
	data, err := tx.Get(k.event(number))
	if errors.Is(err, store.ErrNotFound) {
		return 0, 0, nil
	}
	if err != nil {
		return 0, 0, err
	}
	id, sent, err := linksOf(data)
	if err != nil {
		return 0, 0, err
	}
	list := []string{k.event(number)}
	for _, n := range sent {
		if _, err := tx.Get(k.pending(n)); err == nil {
			return 0, 0, nil
		}
		list = append(list, k.finished(n))
		for key := range tx.Scan(k.attempts(n), store.Scan{}) {
			list = append(list, key)
		}
	}
	if _, ours := w.numberOfEvent(id); !ours {
		if n, err := get[uint64](tx, k.eventID(id)); err == nil && *n == number {
			list = append(list, k.eventID(id))
		}
	}
	for _, key := range list {
		value, err := tx.Get(key)
		if err == nil {
			bytes += int64(len(value)) + keySize
			err = tx.Delete(key)
		}
		if err != nil {
			return 0, 0, err
		}
	}
	return len(sent), bytes, nil
}

// bury gives a delivery up.
func (d *delivery) bury(why string, now time.Time) {
	d.State, d.Why, d.NextAt, d.EndedAt = Dead, why, time.Time{}, now
}

// mostDeliveries is how many deliveries one event has at most, however often it is replayed.
const mostDeliveries = 2_000

// enter writes new deliveries of an event. What is more than may wait is dead at once.
func (w *Webhooks) enter(tx store.Tx, e *era, o *event, list []*delivery) error {
	waiting, err := tx.Count(e.keys.era + "p")
	if err != nil {
		return err
	}
	if len(o.Deliveries)+len(list) > mostDeliveries {
		return errTooOften
	}
	full := e.kept.size() > w.limits.Bytes+w.limits.Bytes/4
	o.Deliveries = slices.Clip(o.Deliveries)
	for _, d := range list {
		if waiting >= w.limits.Pending || full && waiting > 0 {
			d.State, d.Why, d.NextAt, d.EndedAt = Dead, "too much waits to be delivered; replay it later", time.Time{}, d.CreatedAt
		} else {
			waiting++
		}
		if err := w.putDelivery(tx, e.keys, d); err != nil {
			return err
		}
		o.Deliveries = append(o.Deliveries, d.Number)
	}
	if err := w.note(tx, e.keys); err != nil {
		return err
	}
	return w.putEvent(tx, e.keys, o)
}

// entered brings what is known of the era up to date once new deliveries are in the store: size bytes more of payload.
func (w *Webhooks) entered(e *era, o *event, list []*delivery, size int) {
	open := false
	for _, d := range list {
		open = open || !d.State.Finished()
	}
	bytes := int64(size + len(list)*recordSize)
	if open {
		e.kept.add(bytes)
		return
	}
	e.kept.add(bytes, o.Number)
	w.evict(e.ctx, e)
}

// recordSize is about what the records of a delivery cost besides its payload and attempts, in bytes.
const recordSize = 1024

var errTooOften = &RequestError{Field: "event", Reason: "was sent so often that no more deliveries of it are made; send a new one"}
