package webhook

import (
	"hash/fnv"
	"slices"
	"strconv"

	"understudy/mock/clock"
)

// A lane is what is on its way to one receiver. It knows deliveries by their numbers only; all else is in the store, so
// that a receiver that hangs costs a few bytes for each delivery that waits, and no goroutine. All is done with the
// lock of Webhooks held.
type lane struct {
	key     string
	era     *era
	ready   []uint64                 // due, the first one first
	at      int                      // how many of ready were taken
	open    map[uint64]chan struct{} // due or under way; the channel is closed when it is over, nil: nobody waits for it
	late    map[uint64]func() bool   // that wait for their time: what stops their timers
	held    []uint64                 // of late: that wait for another one to overtake them
	blocked map[uint64]bool          // of late: that hold up all others, since the order was promised
	workers int
	waiters int
	guard   func() bool   // stops the timer that makes Advance wait; nil: there is none
	quiet   chan struct{} // closed when the lane is idle; nil: nobody waits for it
}

// Bounds of one lane's goroutines besides those of its workers.
const mostWaiters = 8

// callbackLanes is how many lanes the URLs share that are no endpoints.
const callbackLanes = 16

// laneOf gives the lane of a delivery.
func (w *Webhooks) laneOf(e *era, d *delivery) *lane {
	key := d.Endpoint
	if key == "" {
		h := fnv.New32a()
		h.Write([]byte(d.URL))
		key = "callback " + strconv.Itoa(int(h.Sum32()%callbackLanes))
	}
	l := w.lanes[key]
	if l == nil {
		l = &lane{key: key, era: e, open: map[uint64]chan struct{}{}, late: map[uint64]func() bool{}, blocked: map[uint64]bool{}}
		w.lanes[key] = l
	}
	return l
}

// conductTo gives how deliveries are made on a lane.
func (w *Webhooks) conductTo(l *lane) conduct {
	if e := w.endpoints[l.key]; e != nil {
		return w.conduct.with(e.Delivery)
	}
	return w.conduct.with(Manner{})
}

// stop stops all that waits on a lane.
func (l *lane) stop() {
	for _, stop := range l.late {
		stop()
	}
	if l.guard != nil {
		l.guard()
	}
	if l.quiet != nil {
		close(l.quiet)
		l.quiet = nil
	}
}

// idle says that nothing is under way, and nothing is due that may be begun.
func (l *lane) idle() bool {
	due := len(l.ready) - l.at
	return len(l.open) == due && (due == 0 || len(l.blocked) > 0)
}

// settle lets those go on that wait for the lane to be idle, when it is.
func (l *lane) settle() {
	if !l.idle() {
		return
	}
	if l.guard != nil {
		l.guard()
		l.guard = nil
	}
	if l.quiet != nil {
		close(l.quiet)
		l.quiet = nil
	}
}

// whenIdle gives a channel that is closed when the lane is idle, or ends.
func (l *lane) whenIdle() <-chan struct{} {
	if l.quiet == nil {
		l.quiet = make(chan struct{})
	}
	return l.quiet
}

// send puts deliveries on their lanes: what is due now is begun, what is due later waits for its time.
func (w *Webhooks) send(e *era, list []*delivery) {
	if !w.leads.Load() {
		return // somebody else hears of them
	}
	for _, d := range list {
		w.mu.Lock()
		if e != w.era || e.ctx.Err() != nil || d.State.Finished() {
			w.mu.Unlock()
			continue
		}
		l := w.laneOf(e, d)
		if d.State == Held || d.NextAt.After(w.clock.Now()) {
			w.delay(l, d)
			w.mu.Unlock()
			continue
		}
		w.enqueue(l, d.Number, w.conductTo(l).ordered)
		w.arm(l, d)
		w.mu.Unlock()
		clock.Schedule(w.clock, 0, d.label(), func() { w.run(l, d.Number) })
	}
}

// enqueue makes a delivery due. Where the order was promised, it stands by its number.
func (w *Webhooks) enqueue(l *lane, n uint64, ordered bool) {
	if _, known := l.open[n]; known {
		return
	}
	l.open[n] = nil
	l.ready = append(l.ready, n)
	for i := len(l.ready) - 1; ordered && i > l.at && l.ready[i-1] > n; i-- {
		l.ready[i-1], l.ready[i] = n, l.ready[i-1]
	}
}

// delay lets a delivery wait for its time.
func (w *Webhooks) delay(l *lane, d *delivery) {
	n := d.Number
	if d.State == Held {
		l.held = append(l.held, n)
	} else if d.Step > 0 && w.conductTo(l).ordered {
		l.blocked[n] = true
	}
	l.late[n] = w.at(d.NextAt, d.label(), func() { w.wake(l, n) })
}

// wake makes a delivery due that has waited for its time, and carries it out.
func (w *Webhooks) wake(l *lane, n uint64) {
	w.mu.Lock()
	if !w.ripen(l, n) {
		w.mu.Unlock()
		return
	}
	w.mu.Unlock()
	w.run(l, n)
}

// ripen moves a delivery from those that wait to those that are due, and says whether it was there.
func (w *Webhooks) ripen(l *lane, n uint64) bool {
	if _, waits := l.late[n]; !waits || l.era != w.era || l.era.ctx.Err() != nil {
		return false
	}
	delete(l.late, n)
	delete(l.blocked, n)
	if i := slices.Index(l.held, n); i >= 0 {
		l.held = slices.Delete(l.held, i, i+1)
	}
	w.enqueue(l, n, w.conductTo(l).ordered)
	return true
}

// next takes the next delivery that may be carried out.
func (l *lane) next() (uint64, bool) {
	if l.at == len(l.ready) || len(l.blocked) > 0 {
		return 0, false
	}
	n := l.ready[l.at]
	l.at++
	if l.at == len(l.ready) {
		l.ready, l.at = l.ready[:0], 0
		if cap(l.ready) > 1024 {
			l.ready = nil
		}
	} else if l.at > 4096 && l.at > len(l.ready)/2 {
		l.ready, l.at = slices.Clone(l.ready[l.at:]), 0
	}
	return n, true
}

// tidy forgets a lane on which nothing is left.
func (w *Webhooks) tidy(l *lane) {
	if len(l.open) == 0 && len(l.late) == 0 && l.workers == 0 && w.lanes[l.key] == l {
		delete(w.lanes, l.key)
	}
}
