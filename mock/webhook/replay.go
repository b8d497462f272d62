package webhook

import (
	"context"
	"fmt"
	"slices"
	"time"

	"understudy/mock/store"
)

// Cancel ends a delivery that is not finished. An attempt under way is carried through, and is the last. It fails with
// ErrNotFound or ErrState.
func (w *Webhooks) Cancel(ctx context.Context, id string) (Delivery, error) {
	era := w.looked()
	var after *delivery
	err := w.update(ctx, era, func(tx store.Tx) error {
		d, err := w.deliveryByID(tx, era.keys, id)
		if err != nil {
			return err
		}
		if d.State.Finished() {
			return fmt.Errorf("%w: it is %s", ErrState, d.State)
		}
		after = d
		d.State, d.Why, d.NextAt, d.EndedAt = Cancelled, "it was cancelled", time.Time{}, w.clock.Now()
		return w.putDelivery(tx, era.keys, d)
	})
	if err != nil {
		return Delivery{}, fmt.Errorf("cancel the delivery %.60q: %w", id, err)
	}
	w.drop(era, after)
	w.buried(era, after)
	return after.Delivery, nil
}

// drop takes a delivery that waits for its time off its lane; one that is due finds its state when its turn comes.
func (w *Webhooks) drop(e *era, d *delivery) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if e != w.era {
		return
	}
	l := w.laneOf(e, d)
	defer w.tidy(l)
	stop, waits := l.late[d.Number]
	if !waits || !stop() {
		return
	}
	wasBlocked := len(l.blocked) > 0
	delete(l.late, d.Number)
	delete(l.blocked, d.Number)
	if i := slices.Index(l.held, d.Number); i >= 0 {
		l.held = slices.Delete(l.held, i, i+1)
	}
	if wasBlocked && len(l.blocked) == 0 && l.at < len(l.ready) {
		go w.run(l, l.ready[l.at])
	}
}

// giveUp buries all that is still to be delivered to an endpoint.
func (w *Webhooks) giveUp(ctx context.Context, endpoint, why string) error {
	era := w.looked()
	var list []*delivery
	err := w.update(ctx, era, func(tx store.Tx) error {
		list = list[:0]
		for key, data := range tx.Scan(era.keys.era+"p", store.Scan{}) {
			d, err := w.readDelivery(numberIn(key), data)
			if err != nil {
				return err
			}
			if d.Endpoint != endpoint {
				continue
			}
			d.bury(why, w.clock.Now())
			if err := w.putDelivery(tx, era.keys, d); err != nil {
				return err
			}
			list = append(list, d)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("give up what was to be delivered to %s: %w", endpoint, err)
	}
	for _, d := range list {
		w.drop(era, d)
		w.buried(era, d)
	}
	return nil
}

// buried tells of a delivery that was finished without an attempt.
func (w *Webhooks) buried(e *era, d *delivery) {
	e.kept.add(0, d.Of)
	w.evict(e.ctx, e)
	w.hooks.tell(d, nil)
}

// Replay does a delivery again: a new delivery of the same event under the same event id, signed anew. It fails with
// ErrNotFound (no such delivery, or its endpoint is gone), ErrState (the endpoint is disabled), a *RequestError or ErrClosed.
func (w *Webhooks) Replay(ctx context.Context, id string, misbehave ...Misbehaviour) (Delivery, error) {
	if err := checkTroubles(misbehave); err != nil {
		return Delivery{}, err
	}
	d, err := w.Delivery(ctx, id)
	if err == nil {
		var list []Delivery
		if list, err = w.again(ctx, []Delivery{d}, misbehave); err == nil {
			return list[0], nil
		}
	}
	return Delivery{}, fmt.Errorf("replay: %w", err)
}

// ReplayAll replays the deliveries that a filter chooses, the oldest first; without States those that are dead. Those that
// were replayed before are left out, and those whose endpoint is gone or disabled. Its Limit is 1,000 where it says none.
func (w *Webhooks) ReplayAll(ctx context.Context, f Filter) ([]Delivery, error) {
	if len(f.States) == 0 {
		f.States = []State{Dead}
	}
	if f.Limit <= 0 {
		f.Limit = mostListed
	}
	replayed, err := w.replayed(ctx)
	if err != nil {
		return nil, err
	}
	found, err := w.list(ctx, f, func(d *Delivery) bool {
		if replayed[d.ID] {
			return false
		}
		e := w.endpointOf(d.Endpoint)
		return d.Endpoint == "" || e != nil && e.Enabled
	})
	if err != nil {
		return nil, err
	}
	slices.Reverse(found)
	return w.again(ctx, found, nil)
}

// replayed gives the ids of deliveries that another one does again.
func (w *Webhooks) replayed(ctx context.Context) (map[string]bool, error) {
	done := map[string]bool{}
	k := w.present().keys
	err := w.store.View(ctx, func(tx store.Tx) error {
		for n, data := range newestFirst(tx, k, 0) {
			d, err := w.readDelivery(n, data)
			if err != nil {
				return err
			}
			done[d.ReplayOf] = true
		}
		return nil
	})
	return done, err
}

// ReplayEvent sends an event again to each receiver that it went to, or to one that is named.
func (w *Webhooks) ReplayEvent(ctx context.Context, id string, to Target) ([]Delivery, error) {
	found, err := w.Event(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("replay: %w", err)
	}
	var list []Delivery
	seen := map[string]bool{}
	for _, id := range found.Deliveries {
		d, err := w.Delivery(ctx, id)
		if err != nil {
			return nil, fmt.Errorf("replay: %w", err)
		}
		if receiver := d.Endpoint + "\x00" + d.URL; !seen[receiver] && (to.Endpoint == "" || to.Endpoint == d.Endpoint) && (to.URL == "" || to.URL == d.URL) {
			seen[receiver] = true
			list = append(list, d)
		}
	}
	if to == (Target{}) || len(list) > 0 {
		return w.again(ctx, list, nil)
	}
	return w.sendOn(ctx, id, to)
}

// sendOn sends an event to a receiver that it never went to.
func (w *Webhooks) sendOn(ctx context.Context, id string, to Target) ([]Delivery, error) {
	era := w.present()
	var list []*delivery
	var of *event
	err := w.update(ctx, era, func(tx store.Tx) error {
		o, err := w.eventByID(tx, era.keys, id)
		if err != nil {
			return err
		}
		if list, err = w.targets(o, to); err != nil {
			return err
		}
		longer := *o
		of = &longer
		return w.enter(tx, era, of, list)
	})
	if err != nil {
		return nil, fmt.Errorf("replay: %w", err)
	}
	w.entered(era, of, list, 0)
	shown := w.announce(list)
	w.send(era, list)
	return shown, nil
}

// again makes new deliveries that do old ones again.
func (w *Webhooks) again(ctx context.Context, old []Delivery, misbehave []Misbehaviour) ([]Delivery, error) {
	w.mu.Lock()
	era, closed := w.era, w.closed
	w.mu.Unlock()
	if closed {
		return nil, ErrClosed
	}
	list := []Delivery{}
	for _, one := range old {
		d, err := w.repeat(ctx, era, one, misbehave)
		if err != nil {
			return list, fmt.Errorf("the delivery %s: %w", one.ID, err)
		}
		list = append(list, d)
	}
	return list, nil
}

func (w *Webhooks) repeat(ctx context.Context, era *era, old Delivery, misbehave []Misbehaviour) (Delivery, error) {
	p := w.endpointOf(old.Endpoint)
	switch {
	case old.Endpoint != "" && p == nil:
		return Delivery{}, fmt.Errorf("its endpoint %s was deleted: %w", old.Endpoint, ErrNotFound)
	case p != nil && !p.Enabled:
		return Delivery{}, fmt.Errorf("its endpoint %s is disabled (%s): %w", p.ID, p.Disabled, ErrState)
	}
	var d *delivery
	var of *event
	err := w.update(ctx, era, func(tx store.Tx) error {
		before, err := w.deliveryByID(tx, era.keys, old.ID)
		if err != nil {
			return err
		}
		o, err := w.getEvent(tx, era.keys, before.Of)
		if err != nil {
			return err
		}
		d = w.newDelivery(o, p)
		d.ReplayOf, d.Method, d.Misbehave, d.NextAt = old.ID, old.Method, slices.Clone(misbehave), d.CreatedAt
		if p == nil {
			d.URL = old.URL
		}
		d.hold()
		longer := *o
		of = &longer
		return w.enter(tx, era, of, []*delivery{d})
	})
	if err != nil {
		return Delivery{}, err
	}
	list := []*delivery{d}
	w.entered(era, of, list, 0)
	shown := w.announce(list)
	w.send(era, list)
	return shown[0], nil
}
