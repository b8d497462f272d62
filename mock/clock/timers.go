package clock

import (
	"container/heap"
	"slices"
	"time"
)

// A Due is one callback and the instant at which it is, or was, due.
type Due struct {
	At    time.Time
	Label string // what it is for; empty when it was not said
}

// A timer is one callback that waits.
type timer struct {
	Due
	f     func()
	seq   uint64 // order of registration, which decides between equal instants
	index int    // in the heap; -1 when it waits no more
}

// timers are the callbacks that wait, a heap with the next one on top.
type timers []*timer

func (t timers) Len() int { return len(t) }

func (t timers) Less(i, j int) bool { return t[i].compare(t[j]) < 0 }

func (t timers) Swap(i, j int) {
	t[i], t[j] = t[j], t[i]
	t[i].index, t[j].index = i, j
}

// Push is for container/heap.
func (t *timers) Push(x any) {
	w := x.(*timer)
	w.index = len(*t)
	*t = append(*t, w)
}

// Pop is for container/heap.
func (t *timers) Pop() any {
	last := len(*t) - 1
	w := (*t)[last]
	(*t)[last] = nil
	*t = (*t)[:last]
	w.index = -1
	return w
}

// takeDue removes and gives the next timer that is due at or before at, nil when there is none.
func (t *timers) takeDue(at time.Time) *timer {
	if len(*t) == 0 || (*t)[0].At.After(at) {
		return nil
	}
	return heap.Pop(t).(*timer)
}

// remove takes w out and reports whether it was waiting.
func (t *timers) remove(w *timer) bool {
	if w.index < 0 {
		return false
	}
	heap.Remove(t, w.index)
	return true
}

// list gives what waits, next first.
func (t timers) list() []Due {
	sorted := slices.SortedFunc(slices.Values(t), (*timer).compare)
	list := make([]Due, len(sorted))
	for i, w := range sorted {
		list[i] = w.Due
	}
	return list
}

func (w *timer) compare(other *timer) int {
	if c := w.At.Compare(other.At); c != 0 {
		return c
	}
	if w.seq < other.seq {
		return -1
	}
	return 1
}
