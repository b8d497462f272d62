package mocktest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"understudy/mock"
	"understudy/mock/webhook"
)

// An Endpoint receives deliveries in the test, verifies their signatures, and answers them.
type Endpoint struct {
	ID  string // under which it is registered
	URL string // where it listens

	api     *StandIn
	address string

	mu    sync.Mutex
	taken uint64 // id of the delivery that Wait gave last
}

// A Delivery is one request that an Endpoint received.
type Delivery struct {
	Event  string // name of the event: "event.created"
	ID     string // of the event, by which receivers tell that it came before
	At     time.Time
	Header http.Header
	Body   []byte
	// Signed says that the signature is good. Refusal says why it is not.
	Signed  bool
	Refusal string
	Status  int // that it was answered with
}

// Decode reads the body, which is JSON, into a value.
func (d Delivery) Decode(into any) error { return json.Unmarshal(d.Body, into) }

// Endpoint registers a receiver inside the test for events whose names fit one of the patterns ("event.*"), or for all. It
// answers 204 unless Answer says otherwise.
func (s *StandIn) Endpoint(events ...string) *Endpoint {
	s.t.Helper()
	s.mu.Lock()
	if s.harbour == nil {
		s.harbour = s.listen(s.server.Inbox())
	}
	s.harboured++
	e := &Endpoint{api: s, address: fmt.Sprintf("/%d", s.harboured)}
	e.URL = s.harbour.URL() + e.address
	s.mu.Unlock()
	e.ID = s.Register(e.URL, events...)
	return e
}

// Register has events delivered to a URL, where the test or the code under test listens, and gives the id of the registration.
// Loopback and public addresses are delivered to.
func (s *StandIn) Register(url string, events ...string) (id string) {
	s.t.Helper()
	registered, _, err := s.server.Webhooks().Register(s.t.Context(), webhook.EndpointRequest{URL: url, Events: events, Description: s.t.Name()})
	if err != nil {
		s.fail("register "+webhook.ShownURL(url), err)
	}
	return registered.ID
}

// Answer says with which statuses the next deliveries are answered; those behind them get 204 again.
func (e *Endpoint) Answer(statuses ...int) {
	e.api.t.Helper()
	answers := make([]mock.InboxAnswer, len(statuses))
	for i, status := range statuses {
		answers[i].Status = status
	}
	if err := e.api.server.Inbox().Script(e.address, answers...); err != nil {
		e.api.fail("script the endpoint's answers", err)
	}
}

// Wait gives the next delivery, as soon as there is one: the first that neither Wait nor All gave before. Where none comes
// within the patience of the stand-in (ten seconds) the test ends, and says what was told to whom.
func (e *Endpoint) Wait() Delivery {
	e.api.t.Helper()
	ctx, cancel := e.api.patiently()
	defer cancel()
	e.mu.Lock()
	defer e.mu.Unlock()
	list, err := e.api.server.Inbox().Wait(ctx, mock.InboxQuery{Address: e.address, After: e.taken}, 1)
	if err != nil {
		e.api.t.Fatalf("mocktest: nothing was delivered to the endpoint within %s. %s", e.api.settings.patience, e.api.told())
	}
	e.taken = list[0].ID
	return e.delivery(list[0])
}

// All gives every delivery so far, in order, once those are over that are due now. What waits for its time, as retries do,
// comes with Advance.
func (e *Endpoint) All() []Delivery {
	e.api.t.Helper()
	e.api.Settle()
	e.mu.Lock()
	defer e.mu.Unlock()
	var all []Delivery
	for _, r := range e.api.server.Inbox().List(mock.InboxQuery{Address: e.address}) {
		all = append(all, e.delivery(r))
		e.taken = r.ID
	}
	return all
}

// delivery adds to what was received what the stand-in knows of it.
func (e *Endpoint) delivery(r *mock.Received) Delivery {
	e.api.t.Helper()
	d := Delivery{At: r.At, Header: r.Header, Body: r.Body, Signed: r.Verdict.Good, Status: r.Status}
	if !d.Signed {
		d.Refusal = strings.TrimSuffix(string(r.Verdict.Reason)+": "+r.Verdict.Detail, ": ")
	}
	hooks, ctx := e.api.server.Webhooks(), context.WithoutCancel(e.api.t.Context())
	sent, err := hooks.Deliveries(ctx, webhook.Filter{Endpoint: e.ID, Limit: 1000})
	if err != nil {
		e.api.fail("list the deliveries", err)
	}
	for _, one := range sent {
		event, err := hooks.Event(ctx, one.Event)
		if err == nil && string(event.Payload) == string(r.Body) {
			d.Event, d.ID = event.Type, event.ID
			break
		}
	}
	return d
}

// Settle waits until every delivery that is due has been tried. What waits for its time is left alone.
func (s *StandIn) Settle() {
	s.t.Helper()
	ctx, cancel := s.patiently()
	defer cancel()
	if err := s.server.Webhooks().Wait(ctx); err != nil {
		s.fail("wait for the deliveries under way", err)
	}
}

// Send tells of an event by hand, as if it had happened: its payload is made up, but for the members that fill gives by JSON
// Pointer. What does not fit the document ends the test.
func (s *StandIn) Send(event string, fill map[string]any) webhook.Event {
	s.t.Helper()
	told, _, err := s.server.Emit(s.t.Context(), webhook.Emission{Type: event, Fill: fill, Cause: "hand"})
	if err != nil {
		s.fail("send "+event, err)
	}
	return told
}

// Events are what was told of, in order, whoever heard it.
func (s *StandIn) Events() []webhook.Event {
	s.t.Helper()
	list, err := s.server.Webhooks().Events(s.t.Context(), webhook.EventFilter{Limit: 1000})
	if err != nil {
		s.fail("list the events", err)
	}
	slices.Reverse(list)
	return list
}

// Deliveries are the ways of events to endpoints, in order, each with what came of it. Those that are due have been tried.
func (s *StandIn) Deliveries() []webhook.Delivery {
	s.t.Helper()
	s.Settle()
	list, err := s.server.Webhooks().Deliveries(s.t.Context(), webhook.Filter{Limit: 1000})
	if err != nil {
		s.fail("list the deliveries", err)
	}
	slices.Reverse(list)
	return list
}

// told says which events there were, and what came of them.
func (s *StandIn) told() string {
	ctx := context.WithoutCancel(s.t.Context())
	events, err := s.server.Webhooks().Events(ctx, webhook.EventFilter{Limit: 5})
	if err != nil || len(events) == 0 {
		return "No event has happened."
	}
	var lines []string
	for _, e := range slices.Backward(events) {
		lines = append(lines, fmt.Sprintf("%s was told to %d endpoints", e.Type, len(e.Deliveries)))
	}
	sent, _ := s.server.Webhooks().Deliveries(ctx, webhook.Filter{Limit: 5}) // as much as is known
	for _, d := range slices.Backward(sent) {
		lines = append(lines, strings.TrimSuffix(fmt.Sprintf("the delivery of %s to %s is %s: %s", d.Type, webhook.ShownURL(d.URL), d.State, d.Why), ": "))
	}
	return "The latest events:\n  " + strings.Join(lines, "\n  ")
}
