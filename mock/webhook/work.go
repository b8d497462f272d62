package webhook

import (
	"fmt"
	"slices"

	"understudy/mock/clock"
)

// run sees to it that a delivery that is due is carried out, and returns when it was: a clock that is moved calls it, and must
// not go on before. Where enough others are at work it leaves the delivery to them, and waits unless many do.
func (w *Webhooks) run(l *lane, n uint64) {
	w.mu.Lock()
	if budget := len(l.ready) - l.at; budget > 0 && len(l.blocked) == 0 && l.era.ctx.Err() == nil && l.workers < w.conductTo(l).concurrency {
		l.workers++
		w.mu.Unlock()
		w.work(l, budget)
		w.mu.Lock()
	}
	over, open := l.open[n]
	if !open || l.era.ctx.Err() != nil || l.waiters >= mostWaiters || len(l.blocked) > 0 {
		w.mu.Unlock()
		return
	}
	if over == nil {
		over = make(chan struct{})
		l.open[n] = over
	}
	l.waiters++
	idle := l.whenIdle() // also when what is under way fails and blocks the rest, which only goes on when time does
	w.mu.Unlock()
	select {
	case <-over:
	case <-idle:
	case <-l.era.ctx.Done():
	}
	w.mu.Lock()
	l.waiters--
	w.mu.Unlock()
}

// work carries out deliveries of a lane, one after the other: as many as budget says, and then those that are left on a goroutine
// of their own.
func (w *Webhooks) work(l *lane, budget int) {
	for ; ; budget-- {
		w.mu.Lock()
		n, ok := l.next()
		if !ok || l.era.ctx.Err() != nil {
			l.workers--
			w.tidy(l)
			w.mu.Unlock()
			return
		}
		w.mu.Unlock()
		if budget == 0 {
			go w.workOn(l, n)
			return
		}
		w.carryOut(l, n)
	}
}

func (w *Webhooks) workOn(l *lane, n uint64) {
	w.carryOut(l, n)
	w.work(l, -1)
}

// carryOut makes one attempt of a delivery and does what follows from it.
func (w *Webhooks) carryOut(l *lane, n uint64) {
	select {
	case w.slots <- struct{}{}:
	case <-l.era.ctx.Done():
		return
	}
	next := w.attempt(l.era, n)
	<-w.slots
	w.mu.Lock()
	defer w.mu.Unlock()
	if l.era != w.era || l.era.ctx.Err() != nil {
		return
	}
	if over := l.open[n]; over != nil {
		close(over)
	}
	delete(l.open, n)
	if next != nil && !next.State.Finished() {
		w.delay(l, next)
	}
	w.overtaken(l, n)
	l.settle()
}

// overtaken lets go those that were held until another one had gone.
func (w *Webhooks) overtaken(l *lane, by uint64) {
	for _, n := range slices.Clone(l.held) {
		if n >= by || !l.late[n]() {
			continue
		}
		w.ripen(l, n)
		clock.Schedule(w.clock, 0, fmt.Sprintf("deliver what was held, to %s", l.key), func() { w.run(l, n) })
	}
}
