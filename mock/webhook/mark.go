package webhook

import (
	"maps"
	"sync"
	"time"

	"understudy/mock/clock"
	"understudy/mock/store"
)

// markAfter is how long an attempt is under way, by the machine's time, before a store is told that ends with the process.
const markAfter = 10 * time.Millisecond

// marks are the attempts of an era that are under way and of which the store does not know yet. The zero value is empty.
//
// The mark of an attempt is for the next process: it says that a delivery may have arrived. A store that lasts is told while
// the attempt is made. One in memory outlives the process only as a copy that somebody takes, and most attempts are over before
// anybody could: it is told of an attempt that takes longer, and before anybody looks at deliveries.
type marks struct {
	mu      sync.Mutex
	waiting map[uint64]int // which attempt it is, by the number of the delivery
	timed   bool           // they will be written after markAfter
}

// mark notes that an attempt of a delivery is under way.
func (w *Webhooks) mark(e *era, n uint64, attempt int) {
	if _, inMemory := w.store.(*store.Memory); !inMemory {
		w.post(e, func(tx store.Tx) error { return w.markUnderWay(tx, e.keys, n, attempt) })
		return
	}
	m := &e.marks
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.waiting == nil {
		m.waiting = map[uint64]int{}
	}
	m.waiting[n] = attempt
	if !m.timed {
		m.timed = true
		clock.Real{}.AfterFunc(markAfter, func() {
			m.mu.Lock()
			m.timed = false
			m.mu.Unlock()
			w.writeMarks(e)
		})
	}
}

// over says that an attempt is over, and that what came of it is written.
func (m *marks) over(n uint64) {
	m.mu.Lock()
	delete(m.waiting, n)
	m.mu.Unlock()
}

// looked is the era that it is, for who is about to look at deliveries: the store knows of all attempts that are under way.
func (w *Webhooks) looked() *era {
	e := w.present()
	w.writeMarks(e)
	return e
}

// writeMarks returns when the store knows of all attempts that were under way when it was called.
func (w *Webhooks) writeMarks(e *era) {
	m := &e.marks
	m.mu.Lock()
	if len(m.waiting) == 0 {
		m.mu.Unlock()
		return
	}
	waiting, turn := maps.Clone(m.waiting), make(chan bool, 1)
	clear(m.waiting)
	lead := w.commits.join(&change{era: e, turn: turn, f: func(tx store.Tx) error {
		for n, attempt := range waiting {
			if err := w.markUnderWay(tx, e.keys, n, attempt); err != nil {
				return err
			}
		}
		return nil
	}})
	m.mu.Unlock()
	if lead || <-turn {
		w.commits.lead(w)
	}
}
