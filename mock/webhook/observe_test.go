package webhook_test

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"understudy/mock/store"
	"understudy/mock/webhook"
)

// A watcher writes down what an observer is told.
type watcher struct {
	mu    sync.Mutex
	lines []string
	next  int
}

func (w *watcher) Attempt(cause webhook.TraceContext) (webhook.TraceContext, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.next++
	return webhook.TraceContext{Parent: fmt.Sprint(cause.Parent, "/", w.next), State: cause.State}, cause.State != "hidden"
}

func (w *watcher) Attempted(carried, cause webhook.TraceContext, d *webhook.Delivery, a *webhook.Attempt) {
	w.mu.Lock()
	defer w.mu.Unlock()
	line := carried.Parent + " of " + cause.Parent
	if a != nil {
		line += fmt.Sprint(" ", a.Number, " ", a.Outcome)
	}
	if d != nil {
		line += " " + string(d.State)
	}
	w.lines = append(w.lines, line)
}

func (w *watcher) told() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.lines)
}

// TestObserver: each attempt is told of with the request that caused its event, in another process on the same store as well, and
// carries its context unless the endpoint has a header of that name.
func TestObserver(t *testing.T) {
	seen := &watcher{}
	first, r := open(t, webhook.Options{Observer: seen}), receive(t)
	endpoint := first.register(webhook.EndpointRequest{URL: r.URL})
	r.status(500)
	first.emit("order.created", webhook.Emission{Trace: webhook.TraceContext{Parent: "cause", State: "a=b"}})
	first.wait()
	var file bytes.Buffer
	if err := store.Export(t.Context(), first.store, &file); err != nil {
		t.Fatal(err)
	}
	first.Stop()
	r.status(200)
	kept := store.NewMemory()
	if err := store.Import(t.Context(), kept, &file); err != nil {
		t.Fatal(err)
	}
	next := open(t, webhook.Options{Store: kept, Clock: first.clock, Observer: seen})
	next.advance(5 * time.Second)
	next.emit("order.created", webhook.Emission{Misbehave: []webhook.Misbehaviour{{Kind: webhook.Duplicate}}})
	next.wait()
	next.emit("order.created", webhook.Emission{Trace: webhook.TraceContext{Parent: "x", State: "hidden"}})
	next.wait()
	if _, err := next.ChangeEndpoint(t.Context(), endpoint.ID, webhook.EndpointChange{Headers: &map[string]string{"traceparent": "mine"}}); err != nil {
		t.Fatal(err)
	}
	next.emit("order.created", webhook.Emission{Trace: webhook.TraceContext{Parent: "y"}})
	next.wait()
	want := []string{
		"cause/1 of cause 1 answered pending", "cause/2 of cause 2 taken delivered",
		"/3 of  1 taken delivered", "/4 of  2 taken", "x/5 of x 1 taken delivered", "y/6 of y 1 taken delivered",
	}
	if got := seen.told(); !slices.Equal(got, want) {
		t.Errorf("told\n%q, want\n%q", got, want)
	}
	var sent []string
	for _, one := range r.all() {
		sent = append(sent, fmt.Sprint(one.header.Get("Traceparent"), " ", one.header.Get("Tracestate")))
	}
	if want := []string{"cause/1 a=b", "cause/2 a=b", "/3 ", "/4 ", " ", "mine "}; !slices.Equal(sent, want) {
		t.Errorf("sent %q, want %q", sent, want)
	}
}

// TestNoObserver: without one, deliveries carry no trace context, whatever the event was caused by.
func TestNoObserver(t *testing.T) {
	f, r := open(t, webhook.Options{}), receive(t)
	f.register(webhook.EndpointRequest{URL: r.URL})
	f.emit("order.created", webhook.Emission{Trace: webhook.TraceContext{Parent: "cause"}})
	f.wait()
	for _, one := range r.all() {
		if one.header[http.CanonicalHeaderKey("traceparent")] != nil {
			t.Errorf("%v", one.header)
		}
	}
}
