package mock

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"understudy/mock/resource"
)

// mostTransitions is how many changes by the clock wait at most to be told in the journal.
const mostTransitions = 1000

// transitions are changes that the clock brought about and that no exchange in the journal tells of yet. The journal holds
// exchanges only, so the next one tells of them, before its own changes. The zero value is empty.
type transitions struct {
	waiting atomic.Bool // looked at without the lock
	mu      sync.Mutex
	list    []Change
	dropped int
}

// watchTransitions lets the server hear of what the clock changes.
func (s *Server) watchTransitions() {
	s.resources.Watch(func(change resource.Change) {
		told := transitionOf(&change)
		s.logger.Info("the clock changed an item", "contract", s.contract.Name, "change", told.Key)
		s.transitions.add(told)
		s.notifyTransition(&change)
	})
}

func (t *transitions) add(told Change) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.list) == mostTransitions {
		t.list, t.dropped = t.list[1:], t.dropped+1
	}
	t.list = append(t.list, told)
	t.waiting.Store(true)
}

// transitionOf tells of a transition, or of another change by the clock, as the journal does.
func transitionOf(change *resource.Change) Change {
	told := Change{Kind: change.Kind, Key: change.Collection + "/" + change.ID}
	if change.To != "" {
		told.Kind = "transition"
		told.Key += " " + change.From + " → " + change.To
	}
	if !change.At.IsZero() {
		told.Key += " at " + change.At.Format(time.RFC3339Nano)
	}
	return told
}

// tellTransitions lets an exchange's trace tell of what the clock changed before it.
func (s *Server) tellTransitions(c *call) {
	t := &s.transitions
	if !t.waiting.Load() {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	list := t.list
	if t.dropped > 0 {
		list = append([]Change{{Kind: "transition", Key: fmt.Sprintf("(%d earlier ones are not told)", t.dropped)}}, list...)
	}
	c.trace.Changes = append(list[:len(list):len(list)], c.trace.Changes...)
	t.list, t.dropped = nil, 0
	t.waiting.Store(false)
}
