package resource

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"understudy/contracts/schema"
	"understudy/mock/clock"
	"understudy/mock/store"
)

// What the clock will change stands in the store, as an index over the instants: an item's own members and the instant
// since which it has been in its state say when. So nothing depends on a callback that waits. One callback waits on the
// clock for the next change, so that moving the clock brings the changes about in order; a reader brings about what is due
// by then, as after a restart. Both see the item at the instant at which the change was due, so that it makes no
// difference which of them came first.

// The bounds of what one reader brings about: the changes of one Update, and of all.
const (
	settleStep = 1000
	settleMost = 100_000
)

// errStuck says that changes by the clock follow each other without end.
var errStuck = errors.New("the clock's transitions do not come to an end: give them longer durations")

// neverDue is behind every instant that can be written in nanoseconds.
var neverDue = time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)

// due gives the next change that the clock will bring about for an item; nil where there is none.
func (m *machine) due(rec *record) (at int64, next *transition) {
	if !m.timed || rec.since == 0 {
		return 0, nil
	}
	state := m.state(rec)
	for i := range m.transitions {
		t := &m.transitions[i]
		if !t.Timed() || !t.leaves(state) || t.To == state && (t.DueAt != "" || len(t.From) == 0) {
			continue // it would come about again and again
		}
		when := rec.since + int64(t.after)
		if t.DueAt != "" {
			told, ok := instantAt(rec.json, t.DueAt)
			if !ok || told.After(neverDue) {
				continue
			}
			when = max(rec.since, told.UnixNano())
		}
		if next == nil || when < at {
			at, next = when, t
		}
	}
	return at, next
}

// instantAt reads a member that holds an instant.
func instantAt(json []byte, place string) (time.Time, bool) {
	text, ok := textAt(json, place)
	if !ok {
		return time.Time{}, false
	}
	if t, ok := timeOf(text); ok {
		return t, t.Year() > 1700
	}
	seconds, err := strconv.ParseInt(text, 10, 64)
	return time.Unix(seconds, 0), err == nil && seconds > -8e9 && seconds < 8e9
}

// dueKey is where an item stands in the index of what is due.
func (st *collectionState) dueKey(rec *record, at int64) string {
	key := st.prefix + keyDue + digits(uint64(at)^1<<63) + digits(rec.seq) + "\x00"
	if len(rec.scope) > 0 {
		key += joinScope(rec.scope) + "\x00"
	}
	return key + rec.id
}

func (st *collectionState) putDue(tx store.Tx, rec, old *record) error {
	if old != nil {
		if err := st.dropDue(tx, old); err != nil {
			return err
		}
	}
	if at, next := st.machine.due(rec); next != nil {
		return tx.Put(st.dueKey(rec, at), nil)
	}
	return nil
}

func (st *collectionState) dropDue(tx store.Tx, rec *record) error {
	if at, next := st.machine.due(rec); next != nil {
		return tx.Delete(st.dueKey(rec, at))
	}
	return nil
}

// A dueItem is the next item of a collection that the clock will change.
type dueItem struct {
	in    *worldState
	st    *collectionState
	at    int64
	key   string
	scope []string
	id    string
}

// nextDue finds what is due next in all worlds: the earliest, of equal ones that of the collection which comes first.
func (h *holdings) nextDue(tx store.Tx) (next dueItem, found bool, err error) {
	for _, c := range h.timed {
		worlds := []*worldState{h.home}
		if c.Partition.Separates() {
			if worlds, err = h.everywhere(tx, c); err != nil {
				return next, false, err
			}
		}
		for _, w := range worlds {
			st := h.stateIn(w, c)
			for key := range tx.Scan(st.prefix+keyDue, store.Scan{}) {
				if at, ok := dueInstant(key[len(st.prefix)+len(keyDue):]); ok && (!found || at < next.at) {
					next, found = dueItem{in: w, st: st, at: at, key: key}, true
				}
				break
			}
		}
	}
	if found {
		rest := next.key[len(next.st.prefix)+len(keyDue)+33:]
		parts := strings.SplitN(rest, "\x00", len(next.st.collection.Scope)+1)
		next.scope, next.id = parts[:len(parts)-1], parts[len(parts)-1]
	}
	return next, found, nil
}

func dueInstant(rest string) (int64, bool) {
	if len(rest) < 33 {
		return 0, false
	}
	n, err := strconv.ParseUint(rest[:16], 16, 64)
	return int64(n ^ 1<<63), err == nil
}

// settle brings about what is due by now, in order.
func (h *holdings) settle(ctx context.Context, now time.Time) error {
	due := false
	err := h.store.View(ctx, func(tx store.Tx) error {
		next, found, err := h.nextDue(tx)
		due = found && next.at <= now.UnixNano()
		return err
	})
	if err != nil || !due {
		return err
	}
	for total := 0; due; total += settleStep {
		if total >= settleMost {
			return errStuck
		}
		if due, err = h.settleSome(ctx, now, settleStep); err != nil {
			return err
		}
	}
	return h.awaken(ctx)
}

// settleSome brings about at most so many changes, and says whether more may be due.
func (h *holdings) settleSome(ctx context.Context, now time.Time, most int) (more bool, err error) {
	var changes []Change
	err = h.store.Update(ctx, func(tx store.Tx) error {
		changes, more = nil, false
		for range most {
			next, found, err := h.nextDue(tx)
			if err != nil || !found || next.at > now.UnixNano() {
				return err
			}
			made, err := h.bringAbout(ctx, tx, &next)
			if err != nil {
				return err
			}
			changes = append(changes, made...)
		}
		more = true
		return nil
	})
	if watch := h.watch.Load(); err == nil && watch != nil {
		for i := range changes {
			(*watch)(changes[i])
		}
	}
	return more, err
}

// bringAbout changes one item at the instant at which that was due.
func (h *holdings) bringAbout(ctx context.Context, tx store.Tx, d *dueItem) ([]Change, error) {
	if err := tx.Delete(d.key); err != nil {
		return nil, err
	}
	a := h.startAct(ctx, d.in, d.st.collection, d.scope)
	a.now, a.id = time.Unix(0, d.at).UTC(), d.id
	old, err := a.find(tx)
	var missing *NotFoundError
	if errors.As(err, &missing) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	at, t := a.st.machine.due(old)
	if t == nil || at != d.at {
		return nil, nil
	}
	decoded, err := schema.ParseJSON(old.json)
	item, ok := decoded.(map[string]any)
	if err != nil || !ok {
		return nil, fmt.Errorf("read the item %s of %s: %w", old.id, a.c.Path, err)
	}
	from := a.st.machine.state(old)
	rec := &record{id: old.id, scope: old.scope, seq: old.seq, start: old.start, since: d.at}
	a.stamp(item, a.partsOf(a.c.Item).updated, nil)
	put(item, a.st.machine.field, a.st.machine.value(t.To))
	a.apply(item, t.Set, rec, etag(old.json)+a.now.String())
	a.showID(item, old.id)
	if rec.json, err = a.build(tx, rec, item); err != nil {
		return nil, err
	}
	if err := a.st.put(tx, rec, old); err != nil {
		return nil, err
	}
	a.changes = append(a.changes, Change{
		Kind: "updated", Collection: a.c.Path, ID: a.plainID(rec.id), Before: old.json, After: rec.json,
		From: from, To: t.To, Emits: t.Emits,
	})
	if err := a.refresh(tx, a.scope); err != nil {
		return nil, err
	}
	for i := range a.changes {
		a.changes[i].At, a.changes[i].World = a.now, d.in.world
	}
	return a.changes, nil
}

// An alarm is the one callback that waits on the clock for the next change. Its zero value is ready.
type alarm struct {
	mu     sync.Mutex
	key    string // of the item in the index; "" while nothing waits
	stop   func() bool
	closed bool
}

// awaken lets the clock call when the next change is due. It is called after everything that may have changed what that is.
func (h *holdings) awaken(ctx context.Context) error {
	if len(h.timed) == 0 || h.mode == Off {
		return nil
	}
	h.alarm.mu.Lock()
	defer h.alarm.mu.Unlock()
	var next dueItem
	found, label := false, ""
	err := h.store.View(ctx, func(tx store.Tx) (err error) {
		if next, found, err = h.nextDue(tx); err == nil && found && next.key != h.alarm.key {
			label = h.dueLabel(tx, &next)
		}
		return err
	})
	if err != nil {
		return err
	}
	if !found {
		next.key = ""
	}
	if next.key == h.alarm.key || h.alarm.closed {
		return nil
	}
	if h.alarm.stop != nil {
		h.alarm.stop()
	}
	h.alarm.key, h.alarm.stop = next.key, nil
	if found {
		wait := time.Unix(0, next.at).Sub(h.clock.Now())
		h.alarm.stop = clock.Schedule(h.clock, wait, label, func() { h.ring(next.key, next.at) })
	}
	return nil
}

// dueLabel says what will happen: "transition /orders/ord_1 pending → expired".
func (h *holdings) dueLabel(tx store.Tx, d *dueItem) string {
	label := "transition " + d.st.collection.Path + "/" + strings.ReplaceAll(d.id, idSeparator, "/")
	value, err := tx.Get(d.st.itemKey(d.scope, d.id))
	if err != nil {
		return label
	}
	rec := decodeRecord(d.id, d.scope, value)
	if _, t := d.st.machine.due(rec); t != nil {
		label += " " + shownState(d.st.machine.state(rec)) + " → " + t.To
	}
	return label
}

// ring brings one change about and waits for the next. What fails here is tried again by the next reader, who is told.
func (h *holdings) ring(key string, at int64) {
	h.alarm.mu.Lock()
	current := h.alarm.key == key && !h.alarm.closed
	if current {
		h.alarm.key, h.alarm.stop = "", nil
	}
	h.alarm.mu.Unlock()
	if !current {
		return
	}
	if _, err := h.settleSome(context.Background(), time.Unix(0, at), 1); err == nil {
		_ = h.awaken(context.Background())
	}
}

// Awaken looks up again what the clock will change next: for a store whose records were replaced from outside.
func (r *Resources) Awaken(ctx context.Context) error { return r.awaken(ctx) }

// Watch lets f hear of every change that the clock brings about, in order, from then on; of two callers the later one. f
// must not call back.
func (r *Resources) Watch(f func(Change)) { r.watch.Store(&f) }

// Close ends the waiting on the clock. What is due is still brought about by readers.
func (r *Resources) Close() {
	r.alarm.mu.Lock()
	defer r.alarm.mu.Unlock()
	if r.alarm.stop != nil {
		r.alarm.stop()
	}
	r.alarm.closed, r.alarm.key, r.alarm.stop = true, "", nil
}
