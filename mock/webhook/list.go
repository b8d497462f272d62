package webhook

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"understudy/mock/store"
)

// Bounds of lists.
const (
	usuallyListed = 100
	mostListed    = 1_000
)

func limitOf(n int) int {
	if n <= 0 {
		return usuallyListed
	}
	return min(n, mostListed)
}

// takes says whether a filter chooses a delivery.
func (f *Filter) takes(d *Delivery) bool {
	same := func(want, have string) bool { return want == "" || want == have }
	return same(f.Endpoint, d.Endpoint) && same(f.Event, d.Event) && (f.Type == "" || fits(f.Type, d.Type)) &&
		(len(f.States) == 0 || slices.Contains(f.States, d.State)) && !d.CreatedAt.Before(f.Since)
}

// Deliveries lists deliveries, the latest first.
func (w *Webhooks) Deliveries(ctx context.Context, f Filter) ([]Delivery, error) {
	return w.list(ctx, f, func(*Delivery) bool { return true })
}

func (w *Webhooks) list(ctx context.Context, f Filter, also func(*Delivery) bool) ([]Delivery, error) {
	list := []Delivery{}
	k := w.looked().keys
	after, ok := w.numberOf(f.After, "dlv_")
	if !ok && f.After != "" {
		return nil, fmt.Errorf("delivery %.60q: %w", f.After, ErrNotFound)
	}
	err := w.store.View(ctx, func(tx store.Tx) error {
		for n, data := range newestFirst(tx, k, after) {
			d, err := w.readDelivery(n, data)
			if err := errors.Join(err, ctx.Err()); err != nil {
				return err
			}
			if !f.takes(&d.Delivery) || !also(&d.Delivery) {
				continue
			}
			if list = append(list, d.Delivery); len(list) == limitOf(f.Limit) {
				return nil
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list the deliveries: %w", err)
	}
	return list, nil
}

// newestFirst gives the records of all deliveries by their numbers, the greatest first; only those below before unless it is 0.
func newestFirst(tx store.Tx, k keys, before uint64) iter.Seq2[uint64, []byte] {
	scan := func(prefix string) iter.Seq2[string, []byte] {
		from := store.Scan{Reverse: true}
		if before > 0 {
			from.After = k.era + prefix + hex16(before)
		}
		return tx.Scan(k.era+prefix, from)
	}
	return func(yield func(uint64, []byte) bool) {
		waiting, stop := iter.Pull2(scan("p"))
		defer stop()
		key, data, left := waiting()
		for finished, record := range scan("d") {
			n := numberIn(finished)
			for ; left && numberIn(key) > n; key, data, left = waiting() {
				if !yield(numberIn(key), data) {
					return
				}
			}
			if !yield(n, record) {
				return
			}
		}
		for ; left; key, data, left = waiting() {
			if !yield(numberIn(key), data) {
				return
			}
		}
	}
}

func (w *Webhooks) deliveryByID(tx store.Tx, k keys, id string) (*delivery, error) {
	n, ok := w.numberOf(id, "dlv_")
	if !ok {
		return nil, ErrNotFound
	}
	return w.getDelivery(tx, k, n)
}

// Delivery gives one by its id, or ErrNotFound.
func (w *Webhooks) Delivery(ctx context.Context, id string) (found Delivery, err error) {
	k := w.looked().keys
	err = w.store.View(ctx, func(tx store.Tx) error {
		d, err := w.deliveryByID(tx, k, id)
		if err == nil {
			found = d.Delivery
		}
		return err
	})
	if err != nil {
		return Delivery{}, fmt.Errorf("delivery %.60q: %w", id, err)
	}
	return found, nil
}

// Attempts lists the attempts of a delivery, the first one first. It fails with ErrNotFound.
func (w *Webhooks) Attempts(ctx context.Context, id string) ([]Attempt, error) {
	list := []Attempt{}
	k := w.looked().keys
	err := w.store.View(ctx, func(tx store.Tx) error {
		d, err := w.deliveryByID(tx, k, id)
		if err != nil {
			return err
		}
		o, err := w.getEvent(tx, k, d.Of)
		if err != nil {
			return err
		}
		for _, data := range tx.Scan(k.attempts(d.Number), store.Scan{}) {
			a, err := decode[Attempt](data)
			if err != nil {
				return err
			}
			if a.Body == nil {
				a.Body = o.payload
			}
			list = append(list, *a)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("attempts of the delivery %.60q: %w", id, err)
	}
	return list, nil
}

// EventFilter chooses events that were told; empty members let all pass.
type EventFilter struct {
	Type, Account, Environment string
	After                      string // id of an event: only those before it
	Limit                      int    // 0: 100; at most 1,000
}

// Events lists what was told, the latest first, without payloads. Type may be a pattern.
func (w *Webhooks) Events(ctx context.Context, f EventFilter) ([]Event, error) {
	list := []Event{}
	k := w.present().keys
	same := func(want, have string) bool { return want == "" || want == have }
	err := w.store.View(ctx, func(tx store.Tx) error {
		from := store.Scan{Reverse: true}
		if f.After != "" {
			o, err := w.eventByID(tx, k, f.After)
			if err != nil {
				return fmt.Errorf("event %.100q: %w", f.After, err)
			}
			from.After = k.event(o.Number)
		}
		for _, data := range tx.Scan(k.era+"e", from) {
			o, err := decodeEvent(data)
			if err := errors.Join(err, ctx.Err()); err != nil {
				return err
			}
			if f.Type != "" && !fits(f.Type, o.Type) || !same(f.Account, o.Account) || !same(f.Environment, o.Environment) {
				continue
			}
			o.payload = nil
			if list = append(list, w.told(o)); len(list) == limitOf(f.Limit) {
				return nil
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list the events: %w", err)
	}
	return list, nil
}

// Counts says how much is kept.
type Counts struct {
	Pending  int   `json:"pending"`  // deliveries that are not finished
	Finished int   `json:"finished"` // deliveries that are, and are still remembered
	Events   int   `json:"events"`
	Bytes    int64 `json:"bytes"` // of payloads and records of attempts, about
}

// Counts counts what is kept.
func (w *Webhooks) Counts(ctx context.Context) (c Counts, err error) {
	era := w.present()
	err = w.store.View(ctx, func(tx store.Tx) (err error) {
		c, err = w.count(tx, era)
		return err
	})
	if err != nil {
		return Counts{}, fmt.Errorf("count the deliveries: %w", err)
	}
	return c, nil
}

// resume takes up what the store holds of deliveries that are not finished. An attempt that was under way when the last process
// ended may have arrived or not: it is made again.
func (w *Webhooks) resume(ctx context.Context) error {
	era := w.present()
	var list []*delivery
	now := w.clock.Now()
	err := w.update(ctx, era, func(tx store.Tx) error {
		list = list[:0]
		for key, data := range tx.Scan(era.keys.era+"p", store.Scan{}) {
			d, err := w.readDelivery(numberIn(key), data)
			if err != nil {
				return err
			}
			if d.State == Sending {
				if err := w.interrupted(tx, era.keys, d, now); err != nil {
					return err
				}
			}
			list = append(list, d)
		}
		return nil
	})
	if err == nil {
		w.send(era, list)
	}
	return err
}

// interrupted writes down that nobody knows what came of an attempt. Its place in the schedule is tried again at once.
func (w *Webhooks) interrupted(tx store.Tx, k keys, d *delivery, now time.Time) error {
	a := Attempt{
		Delivery: d.ID, Number: d.Attempts, At: now, Method: d.Method, URL: d.URL, Outcome: Interrupted, NextAt: now,
		Error: "the process ended before the answer came", Why: "it may have arrived or not, and is made again at once",
	}
	if err := put(tx, k.attempt(d.Number, a.Number), a); err != nil {
		return err
	}
	d.State, d.NextAt, d.Why = Pending, now, "the last attempt was interrupted"
	return w.putDelivery(tx, k, d)
}
