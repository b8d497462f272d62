package webhook

import (
	"context"
	"time"

	"understudy/mock/clock"
)

// at schedules f for an instant. A clock takes a length of time, and one that stands still may be moved just between the look
// at it and the call: then it is done again, so that f is called at the instant and not behind it.
func (w *Webhooks) at(instant time.Time, label string, f func()) (stop func() bool) {
	for {
		now := w.clock.Now()
		stop = clock.Schedule(w.clock, instant.Sub(now), label, f)
		if !w.still() || w.clock.Now().Equal(now) || !stop() {
			return stop
		}
	}
}

// still says whether the clock stands still until somebody moves it.
func (w *Webhooks) still() bool {
	c, ok := w.clock.(interface{ Rate() float64 })
	return ok && c.Rate() == 0
}

// guardStep is by how much a clock must be moved to wait for what is under way.
const guardStep = time.Nanosecond

// arm makes an Advance of a clock that stands still wait for what is under way on a lane when it begins: otherwise the next
// attempt would be counted from the instant at which Advance has arrived meanwhile. A clock that follows real time takes no
// such timer, which would be due at once; whoever moves it calls Wait before.
func (w *Webhooks) arm(l *lane, d *delivery) {
	if l.guard != nil || !w.still() {
		return
	}
	l.guard = clock.Schedule(w.clock, guardStep, d.label()+", under way", func() { w.finish(l) })
}

// finish waits until nothing is under way on a lane, or for so long that an attempt must have ended.
func (w *Webhooks) finish(l *lane) {
	w.mu.Lock()
	l.guard = nil
	if l.idle() || l.era.ctx.Err() != nil {
		w.mu.Unlock()
		return
	}
	idle, patience := l.whenIdle(), w.conductTo(l).timeout+time.Second
	w.mu.Unlock()
	ctx, cancel := withTimeout(l.era.ctx, patience)
	defer cancel()
	select {
	case <-idle:
	case <-ctx.Done():
	}
}

// withTimeout is context.WithTimeout on the machine's clock, which sockets live by.
func withTimeout(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	stop := clock.Real{}.AfterFunc(d, func() { cancel(context.DeadlineExceeded) })
	return ctx, func() {
		stop()
		cancel(nil)
	}
}

// Wait waits until nothing is due or under way; what waits for its time is left alone. Call it before the clock is moved, so
// that what is under way is over before time goes on.
func (w *Webhooks) Wait(ctx context.Context) error {
	for {
		var busy <-chan struct{}
		w.mu.Lock()
		for _, l := range w.lanes {
			if !l.idle() {
				busy = l.whenIdle()
				break
			}
		}
		w.mu.Unlock()
		if busy == nil {
			return nil
		}
		select {
		case <-busy:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
