package clock

import (
	"container/heap"
	"fmt"
	"time"
)

// Advance moves the clock ahead by d and runs, on the caller's goroutine, every callback that falls due on the
// way, in the order of their instants and then of their registration. Each callback sees the clock stand at its
// own instant and may schedule more, which runs too when it falls due in time. When Advance returns all of it has
// happened; ran tells what, in order. A negative d turns the clock back and runs nothing.
//
// The real time that callbacks need is not added to a clock that follows real time. Callbacks may move the clock
// themselves. Of two calls at the same time each runs what the other has not taken, and the clock ends where the
// later one wanted it.
//
// An error means that MaxRun callbacks ran and others were still due: the clock stands where the last one ran.
func (v *Virtual) Advance(d time.Duration) (ran []Due, err error) {
	v.mu.Lock()
	to := v.Now().Add(d)
	return v.moveTo(to)
}

// Set moves the clock to an instant. Forward it is Advance; backward nothing runs.
func (v *Virtual) Set(to time.Time) (ran []Due, err error) {
	v.mu.Lock()
	return v.moveTo(to.UTC().Round(0))
}

// moveTo is called with the lock held and gives it back. The lock is free while callbacks run: they schedule, stop
// and move.
func (v *Virtual) moveTo(to time.Time) (ran []Due, err error) {
	if to.Before(v.Now()) {
		v.settleAt(to)
		v.tell()
		return nil, nil
	}
	v.moving++
	v.settleAt(v.Now())
	// Also after a panic of a callback, which goes on to the caller, the clock must run again.
	defer func() {
		v.moving--
		v.settleAt(v.Now())
		v.tell()
	}()
	for w := v.timers.takeDue(to); w != nil; w = v.timers.takeDue(to) {
		if len(ran) == MaxRun {
			heap.Push(&v.timers, w)
			return ran, fmt.Errorf("advance clock to %s: %d callbacks ran and more are due at %s, where the clock was left",
				to.Format(time.RFC3339Nano), MaxRun, v.Now().Format(time.RFC3339Nano))
		}
		if w.At.After(v.Now()) {
			v.settleAt(w.At)
		}
		ran = append(ran, w.Due)
		v.run(w)
	}
	if to.After(v.Now()) {
		v.settleAt(to)
	}
	return ran, nil
}

// run calls a callback without the lock.
func (v *Virtual) run(w *timer) {
	v.mu.Unlock()
	defer v.mu.Lock()
	w.f()
}
