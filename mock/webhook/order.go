package webhook

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"understudy/contracts/signature"
	"understudy/mock/store"
)

// Spoiling is the way in which the signature is made bad; empty: it is not.
func (t Trouble) Spoiling() signature.Spoiling {
	if s := signature.Spoiling(t); slices.Contains(signature.Spoilings(), s) {
		return s
	}
	return ""
}

// Troubles lists all kinds.
func Troubles() []Trouble {
	list := []Trouble{Duplicate, OutOfOrder, Delayed, UnknownEvent, HugeBody, SlowSender}
	for _, s := range signature.Spoilings() {
		list = append(list, Trouble(s))
	}
	return list
}

// Bounds of what is ordered.
const (
	mostOrders    = 256
	mostTimes     = 1_000_000
	defaultDelay  = time.Minute
	longestDelay  = 30 * 24 * time.Hour
	overtakenTime = time.Hour // for which one is held at most when none overtakes it
)

// check says what is wrong with an order.
func (m *Misbehaviour) check() error {
	wrong := func(field, format string, a ...any) error {
		return &RequestError{Field: field, Reason: fmt.Sprintf(format, a...)}
	}
	longest := longestDelay
	if m.Kind == SlowSender {
		longest = mostSlow
	}
	switch {
	case !slices.Contains(Troubles(), m.Kind):
		var names []string
		for _, t := range Troubles() {
			names = append(names, string(t))
		}
		return wrong("kind", "must be one of %s", strings.Join(names, ", "))
	case m.Times < 0 || m.Times > mostTimes:
		return wrong("times", "must be from 1 to %d", mostTimes)
	case m.After < 0 || m.After > mostTimes:
		return wrong("after", "must be from 0 to %d", mostTimes)
	case m.For < 0 || m.For > longest:
		return wrong("for", "must be from 0 to %s", longest)
	case m.Bytes < 0 || m.Bytes > mostHuge:
		return wrong("bytes", "must be from 0 to %d", mostHuge)
	}
	return nil
}

func checkTroubles(list []Misbehaviour) error {
	if len(list) == 0 {
		return nil
	}
	if len(list) > len(Troubles()) {
		return &RequestError{Field: "misbehave", Reason: fmt.Sprintf("must be at most %d", len(Troubles()))}
	}
	for i := range list {
		if err := list[i].check(); err != nil {
			return err
		}
	}
	return nil
}

// Order orders trouble for the next deliveries that match. It fails with a *RequestError, ErrNotFound (no such endpoint) or
// ErrTooMany.
func (w *Webhooks) Order(ctx context.Context, m Misbehaviour) (Misbehaviour, error) {
	m.Times = max(m.Times, 1)
	if err := m.check(); err != nil {
		return Misbehaviour{}, err
	}
	if err := w.checkPatterns("types", m.Types); err != nil {
		return Misbehaviour{}, err
	}
	if m.Endpoint != "" && w.endpointOf(m.Endpoint) == nil {
		return Misbehaviour{}, fmt.Errorf("endpoint %.60q: %w", m.Endpoint, ErrNotFound)
	}
	n := w.nextNumber()
	m.ID, m.Types = w.id("mis_", n), slices.Clone(m.Types)
	era := w.present()
	err := w.update(ctx, era, func(tx store.Tx) error {
		if have, err := tx.Count(era.keys.era + "m"); err != nil || have >= mostOrders {
			return errors.Join(err, fmt.Errorf("%w: %d orders of trouble", ErrTooMany, have))
		}
		if err := w.note(tx, era.keys); err != nil {
			return err
		}
		return put(tx, era.keys.order(n), m)
	})
	if err != nil {
		return Misbehaviour{}, fmt.Errorf("order trouble: %w", err)
	}
	return m, nil
}

// Ordered lists the trouble that is still to come, the oldest order first; After and Times are what is left of each.
func (w *Webhooks) Ordered(ctx context.Context) ([]Misbehaviour, error) {
	list := []Misbehaviour{}
	k := w.present().keys
	err := w.store.View(ctx, func(tx store.Tx) error {
		for _, data := range tx.Scan(k.era+"m", store.Scan{}) {
			m, err := decode[Misbehaviour](data)
			if err != nil {
				return err
			}
			list = append(list, *m)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list the ordered trouble: %w", err)
	}
	return list, nil
}

// CancelOrder takes an order back; an empty id all of them. It fails with ErrNotFound.
func (w *Webhooks) CancelOrder(ctx context.Context, id string) error {
	era := w.present()
	found := id == ""
	err := w.update(ctx, era, func(tx store.Tx) error {
		for key, data := range tx.Scan(era.keys.era+"m", store.Scan{}) {
			m, err := decode[Misbehaviour](data)
			if err != nil {
				return err
			}
			if id == "" || m.ID == id {
				found = true
				if err := tx.Delete(key); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err == nil && !found {
		err = ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("cancel the order %.60q: %w", id, err)
	}
	return nil
}

// consume gives deliveries the trouble that was ordered for them, and has them wait where that is the trouble.
func (w *Webhooks) consume(tx store.Tx, k keys, o *event, list []*delivery) error {
	for _, d := range list {
		for key, data := range tx.Scan(k.era+"m", store.Scan{}) {
			m, err := decode[Misbehaviour](data)
			if err != nil {
				return err
			}
			if m.Endpoint != "" && m.Endpoint != d.Endpoint || len(m.Types) > 0 && !matches(m.Types, o.Type) {
				continue
			}
			if m.After > 0 {
				m.After--
				if err := put(tx, key, m); err != nil {
					return err
				}
				continue
			}
			d.Misbehave = append(slices.Clip(d.Misbehave), *m)
			if m.Times--; m.Times == 0 {
				err = tx.Delete(key)
			} else {
				err = put(tx, key, m)
			}
			if err != nil {
				return err
			}
		}
		d.hold()
	}
	return nil
}

// hold has a delivery wait as its trouble says.
func (d *delivery) hold() {
	for _, m := range d.Misbehave {
		wait := m.For
		switch m.Kind {
		case Delayed:
			if wait == 0 {
				wait = defaultDelay
			}
			d.Why = "it is delayed, as ordered"
		case OutOfOrder:
			if wait == 0 {
				wait = overtakenTime
			}
			d.State, d.Why = Held, "it is held until another one has gone to the same receiver, as ordered"
		default:
			continue
		}
		if at := d.CreatedAt.Add(wait); at.After(d.NextAt) {
			d.NextAt = at
		}
	}
}
