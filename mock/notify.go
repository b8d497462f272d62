package mock

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"

	"understudy/contracts"
	"understudy/contracts/inference"
	"understudy/contracts/schema"
	"understudy/mock/resource"
	"understudy/mock/webhook"
)

// An Emitted is an event that was told because of a request, for the journal.
type Emitted struct {
	Name       string // of the event, or of the callback
	ID         string // what receivers deduplicate by; empty where nothing was told
	Deliveries int    // how many receivers it is on its way to
	Callback   bool   // it goes where the request itself said
	Error      string // why nothing was told
}

// An outcome is the answer of a request that was carried out, as it was before trouble that was ordered changed it.
type outcome struct {
	status int
	header http.Header // nil: nobody will ask
	body   []byte
}

// noteOutcome keeps the answer of a request that was carried out, where somebody may have to hear of it. What was refused,
// disturbed before its effect or answered from memory was not carried out.
func (c *call) noteOutcome(status int, body []byte) {
	s := c.server
	if c.outcome != nil || c.operation == nil || !s.tells && c.inbound == nil || !s.executes(c.stage) {
		return
	}
	o := c.operation
	if len(c.changes) == 0 && len(o.Behaviour.Emits) == 0 && len(o.Callbacks) == 0 && c.inbound == nil {
		return
	}
	c.outcome = &outcome{status: status, body: body}
	if len(o.Callbacks) > 0 {
		c.outcome.header = maps.Clone(c.response.Header())
	}
}

// A cause is one reason to tell of an event.
type cause struct {
	event  *contracts.Event
	change *resource.Change // nil: nothing changed
	item   any              // that the event is about: after the change, or before a deletion; Absent where none is known
	why    string
}

// notify tells of what a request has brought about, once: when its answer is written, and mostly before the last byte of it
// has left. Who has the answer finds the event, and of two requests that follow each other the first is told first.
func (s *Server) notify(c *call) {
	if c.outcome == nil || c.outcome.status/100 != 2 || c.prefer.given() || c.inbound != nil && c.inbound.repeat {
		return
	}
	causes := s.causes(c)
	if len(causes) == 0 && len(c.operation.Callbacks) == 0 {
		return
	}
	ctx := context.WithoutCancel(c.request.Context()) // a client that is gone does not undo what it has brought about
	account, environment := s.worldOf(c.account(), c.holder().Environment)
	for i := range causes {
		one := &causes[i]
		if !s.holds(c, one) {
			continue
		}
		s.tell(ctx, c, one, webhook.Emission{
			Event: one.event, Fill: s.fillEvent(c, one), Account: account, Environment: environment, Cause: one.why, Trace: c.context,
		})
	}
	s.callBack(ctx, c, account, environment)
}

// tell emits an event and notes it in the exchange's trace.
func (s *Server) tell(ctx context.Context, c *call, one *cause, e webhook.Emission) {
	told := Emitted{Name: one.event.Name}
	event, deliveries, created, err := s.emit(ctx, e, c.request.Header.Get("X-Socket-ID"))
	switch {
	case errors.Is(err, ErrSilent):
		return
	case err != nil:
		told.Error = err.Error()
		s.logger.Error("an event could not be told", "contract", s.contract.Name, "event", one.event.Name, "error", err)
	default:
		told.ID, told.Deliveries = event.ID, len(deliveries)
	}
	c.trace.Changes = append(c.trace.Changes, created...)
	c.trace.Events = append(c.trace.Events, told)
}

// causes lists the events that a request is the reason for: those of its operation, once for each item that it has changed
// in the operation's collection, then those of the transitions that it brought about.
func (s *Server) causes(c *call) []cause {
	var list []cause
	add := func(name, why string, change *resource.Change) {
		event := s.contract.Event(name)
		if event == nil || slices.ContainsFunc(list, func(other cause) bool { return other.event == event && same(other.change, change) }) {
			return
		}
		list = append(list, cause{event: event, change: change, why: why, item: itemOf(change)})
	}
	op := c.operation
	mine := s.ownChanges(c)
	for _, name := range op.Behaviour.Emits {
		for _, change := range mine {
			add(name, "operation "+op.ID, change)
		}
		if len(mine) == 0 {
			add(name, "operation "+op.ID, nil)
		}
	}
	for _, change := range mine {
		for _, one := range s.inferred[c.binding.Collection] {
			if one.Kind == change.Kind {
				add(one.Event.Name, "operation "+op.ID, change)
			}
		}
	}
	for i := range c.changes {
		for _, name := range c.changes[i].Emits {
			add(name, transitionCause(&c.changes[i]), &c.changes[i])
		}
	}
	return list
}

// ownChanges are the changes of items that the operation is about: not those of their children and parents.
func (s *Server) ownChanges(c *call) []*resource.Change {
	if c.binding == nil || c.binding.Collection == nil {
		return nil
	}
	var list []*resource.Change
	for i := range c.changes {
		if c.changes[i].Collection == c.binding.Collection.Path {
			list = append(list, &c.changes[i])
		}
	}
	return list
}

func same(a, b *resource.Change) bool {
	return a == b || a != nil && b != nil && a.Collection == b.Collection && a.ID == b.ID
}

func transitionCause(change *resource.Change) string {
	return "transition " + change.Collection + "/" + change.ID + " " + change.From + " → " + change.To
}

// itemOf is the item that a change is about.
func itemOf(change *resource.Change) any {
	if change == nil {
		return schema.Absent
	}
	text := change.After
	if text == nil {
		text = change.Before
	}
	item, err := schema.ParseJSON(text)
	if err != nil {
		return schema.Absent
	}
	return item
}

// notifyTransition tells of a change that the clock has brought about. It is called while the items are looked at: what
// the event creates comes right behind.
func (s *Server) notifyTransition(change *resource.Change) {
	for _, name := range change.Emits {
		event := s.contract.Event(name)
		if event == nil {
			continue
		}
		one := cause{event: event, change: change, item: itemOf(change)}
		account, environment := s.worldOf(change.World.Account, change.World.Environment)
		e := webhook.Emission{Event: event, Fill: event.Fill("", change.At, one.item), Account: account, Environment: environment, Cause: transitionCause(change)}
		if len(event.Behaviour.Creates) > 0 {
			s.soon("tell of "+name, func() { s.notifyTimed(e) })
			continue
		}
		s.notifyTimed(e)
	}
}

func (s *Server) notifyTimed(e webhook.Emission) {
	if _, _, _, err := s.emit(context.Background(), e, ""); err != nil && !errors.Is(err, ErrSilent) {
		s.logger.Error("an event could not be told", "contract", s.contract.Name, "event", e.Event.Name, "error", err)
	}
}

// inferEvents finds the events of the document that the state tells by itself.
func inferEvents(m *inference.Model) map[*inference.Collection][]inference.EventCause {
	causes := map[*inference.Collection][]inference.EventCause{}
	for _, one := range inference.Events(m) {
		causes[one.Collection] = append(causes[one.Collection], one)
	}
	return causes
}

// tellsAnything says that requests may have to be told of: there are events with a cause, or callbacks.
func (s *Server) tellsAnything() bool {
	if len(s.inferred) > 0 || s.has(func(o *contracts.Operation) bool { return len(o.Behaviour.Emits) > 0 || len(o.Callbacks) > 0 }) {
		return true
	}
	for _, r := range s.contract.Behaviour.Resources {
		if r.States != nil && slices.ContainsFunc(r.States.Transitions, func(t contracts.Transition) bool { return len(t.Emits) > 0 }) {
			return true
		}
	}
	return false
}
