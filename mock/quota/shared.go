package quota

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"understudy/mock/store"
)

// A store that several processes share holds the counters at all times: a request is counted by a transaction, so that a limit lets
// exactly as many pass as it says, whichever process they come to. Only the numbers of open requests stay with their process.
// The processes' clocks must agree to within a second.

// Ask is Take for counters that may be elsewhere. The error is the store's, and then nothing was counted.
func (l *Limits) Ask(ctx context.Context, a Ask) (*Verdict, error) {
	if l == nil || !l.shared {
		return l.Take(a), nil
	}
	fare := l.tariff.fare(a.Operation, a.Subject.Plan)
	if len(fare.charges) == 0 {
		return nil, nil
	}
	var v *Verdict
	err := l.store.Update(ctx, func(tx store.Tx) error {
		l.mu.Lock()
		defer l.mu.Unlock()
		if v != nil { // others were quicker
			v.giveBack()
		}
		for _, c := range fare.charges {
			if kind, id, ok := c.subject(&a); ok && !c.policy.concurrent {
				if err := l.fetch(tx, key{c.policy, kind, id}); err != nil {
					return err
				}
			}
		}
		v = l.take(fare, &a)
		return l.writeCounted(tx, v)
	})
	if err != nil {
		l.mu.Lock()
		defer l.mu.Unlock()
		if v != nil {
			v.giveBack()
		}
		return nil, fmt.Errorf("count a request of %s: %w", l.tariff.name, err)
	}
	return v, nil
}

// giveBack is Release with the lock held.
func (v *Verdict) giveBack() {
	for i := range v.readings {
		if r := &v.readings[i]; r.open {
			r.counter.state.count = max(0, r.counter.state.count-1)
			r.open = false
		}
	}
}

func (l *Limits) recordKey(k key) string { return l.prefix() + k.policy.Name + "\x00" + k.subject() }

// fetch makes a counter what the store says that it is. It is called with the lock held.
func (l *Limits) fetch(tx store.Tx, k key) error {
	data, err := tx.Get(l.recordKey(k))
	if errors.Is(err, store.ErrNotFound) {
		l.drop(k)
		return nil
	}
	if err != nil {
		return err
	}
	var r Record
	if err := json.Unmarshal(data, &r); err != nil {
		return fmt.Errorf("read a counter: %w", err)
	}
	c, err := k.policy.restore(r)
	if err != nil {
		return fmt.Errorf("read the counter of the limit %s for %.100q: %w", r.Limit, r.Subject, err)
	}
	l.put(k, c)
	if c.touched > l.latest && c.touched-l.latest < slack {
		l.latest = c.touched // another process' clock is a little ahead
	}
	return nil
}

// writeCounted writes what a verdict counted, and now and then forgets what has no effect any more. It is called with the lock held.
func (l *Limits) writeCounted(tx store.Tx, v *Verdict) error {
	if v == nil {
		return nil
	}
	for i := range v.readings {
		r := &v.readings[i]
		counted := r.weight > 0 && (!v.refused || r.policy.countRefused)
		if !counted || r.policy.concurrent || r.counter == nil {
			continue
		}
		if err := l.writeCounter(tx, r.key, r.counter); err != nil {
			return err
		}
	}
	if l.asked++; l.asked%forgetEvery == 0 {
		return l.forget(tx, v.now)
	}
	return nil
}

func (l *Limits) writeCounter(tx store.Tx, k key, c *counter) error {
	data, err := json.Marshal(recordOf(k, c))
	if err != nil {
		return fmt.Errorf("write a counter: %w", err)
	}
	return tx.Put(l.recordKey(k), data)
}

// How often the store's counters are looked through, and how many at once.
const (
	forgetEvery  = 128
	forgetAtOnce = 256
)

// forget removes counters from the store that decide nothing any more, some at a time.
func (l *Limits) forget(tx store.Tx, now int64) error {
	n, last := 0, ""
	for name, data := range tx.Scan(l.prefix(), store.Scan{After: l.forgotten}) {
		if last = name; n == forgetAtOnce {
			break
		}
		n++
		var r Record
		if json.Unmarshal(data, &r) != nil {
			continue
		}
		p := l.tariff.policy(r.Limit)
		if p == nil {
			continue
		}
		k, ok := keyFor(p, r.Subject)
		c, err := p.restore(r)
		if ok && err == nil && p.rule.until(&c.state) <= now {
			l.drop(k)
			if err := tx.Delete(name); err != nil {
				return err
			}
		}
	}
	if n < forgetAtOnce {
		last = ""
	}
	l.forgotten = last
	return nil
}

// pull makes all counters what a shared store says that they are.
func (l *Limits) pull(ctx context.Context) {
	if l.shared {
		_ = l.Load(ctx) // what is known is the best there is while the store is away
	}
}

// push does something to the counters, in a shared store as well.
func (l *Limits) push(ctx context.Context, f func()) error {
	if !l.shared {
		f()
		return nil
	}
	return l.store.Update(ctx, func(tx store.Tx) error {
		before := map[string][]byte{}
		var list []Record
		for name, data := range tx.Scan(l.prefix(), store.Scan{}) {
			var r Record
			if err := json.Unmarshal(data, &r); err != nil {
				return fmt.Errorf("read a counter: %w", err)
			}
			before[name], list = data, append(list, r)
		}
		if err := l.Import(list); err != nil {
			return err
		}
		f()
		after := map[string][]byte{}
		for _, r := range l.Export() {
			data, err := json.Marshal(r)
			if err != nil {
				return fmt.Errorf("write a counter: %w", err)
			}
			after[l.prefix()+r.Limit+"\x00"+r.Subject] = data
		}
		for _, name := range slices.Sorted(maps.Keys(before)) {
			if _, still := after[name]; !still {
				if err := tx.Delete(name); err != nil {
					return err
				}
			}
		}
		for _, name := range slices.Sorted(maps.Keys(after)) {
			if err := tx.Put(name, after[name]); err != nil {
				return err
			}
		}
		return nil
	})
}
