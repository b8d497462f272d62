package webhook_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"understudy/mock/store"
	"understudy/mock/webhook"
)

// TestKilledInMidDelivery: a process dies while one delivery is under way, one waits for its next attempt and one for its
// first. The next process on the same store makes all of them, under the same event ids.
func TestKilledInMidDelivery(t *testing.T) {
	contract := load(t, "{concurrency: 1}")
	first, r := open(t, webhook.Options{Contract: contract}), receive(t)
	first.register(webhook.EndpointRequest{URL: r.URL})
	r.status(500)
	retried := first.emit("order.created", webhook.Emission{})
	first.wait()
	arrived := make(chan struct{})
	r.set(func(_ http.ResponseWriter, q *http.Request) {
		close(arrived)
		<-q.Context().Done()
	})
	hung := first.emit("licence.activated", webhook.Emission{})
	<-arrived
	for first.delivery(hung.ID).State != webhook.Sending { // the mark is on its way to the store
		runtime.Gosched()
	}
	waiting := first.emit("order.paid", webhook.Emission{})
	var file bytes.Buffer
	if err := store.Export(t.Context(), first.store, &file); err != nil {
		t.Fatal(err)
	}
	first.Stop()
	if d := first.delivery(hung.ID); d.State != webhook.Sending {
		t.Fatalf("the store says %s of what was under way", d.State)
	}

	r.status(200)
	kept := store.NewMemory()
	if err := store.Import(t.Context(), kept, &file); err != nil {
		t.Fatal(err)
	}
	next := open(t, webhook.Options{Contract: contract, Store: kept, Clock: first.clock})
	next.wait()
	next.advance(5 * time.Second)
	for _, d := range []webhook.Delivery{retried, hung, waiting} {
		now := next.delivery(d.ID)
		if now.State != webhook.Delivered || now.Event != d.Event {
			t.Errorf("%s: %+v", d.Type, now)
		}
	}
	attempts := next.attempts(hung.ID)
	if len(attempts) != 2 || attempts[0].Outcome != webhook.Interrupted || attempts[1].Outcome != webhook.Taken || attempts[1].Number != 2 {
		t.Errorf("%+v", attempts)
	}
	ids := map[string]int{}
	for _, one := range r.all() {
		if id := one.header.Get("Webhook-Id"); id != "" {
			ids[id]++
		}
	}
	if len(ids) != 1 || ids[hung.Event] != 2 {
		t.Errorf("event ids that arrived: %v, want %s twice", ids, hung.Event)
	}
	fresh := next.emit("order.created", webhook.Emission{})
	if fresh.ID == retried.ID || fresh.Event == retried.Event {
		t.Error("an id was given again")
	}
	if n := len(mustEndpoints(t, next.Webhooks)); n != 1 {
		t.Errorf("%d endpoints", n)
	}
}

func mustEndpoints(t *testing.T, w *webhook.Webhooks) []webhook.Endpoint {
	t.Helper()
	list, err := w.Endpoints(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// TestOrderSurvivesRestart: the promise of order holds across processes.
func TestOrderSurvivesRestart(t *testing.T) {
	contract := load(t, "{ordered: true}")
	first, r := open(t, webhook.Options{Contract: contract}), receive(t)
	first.register(webhook.EndpointRequest{URL: r.URL})
	r.status(500)
	var want []string
	for range 4 {
		want = append(want, first.emit("licence.activated", webhook.Emission{}).Event)
	}
	first.wait()
	first.Stop()
	r.status(200)
	next := open(t, webhook.Options{Contract: contract, Store: first.store, Clock: first.clock})
	next.wait()
	if n := len(r.all()); n != 1 {
		t.Fatalf("%d arrived before the first one was tried again", n)
	}
	next.advance(5 * time.Second)
	var arrived []string
	for _, one := range r.all()[1:] {
		arrived = append(arrived, one.header.Get("Webhook-Id"))
	}
	if strings.Join(arrived, " ") != strings.Join(want, " ") {
		t.Errorf("arrived %v, want %v", arrived, want)
	}
}

// TestForks: a sandbox has the origin's endpoints and secrets, sends nothing of what the origin has under way, and what
// happens in it is not seen outside.
func TestForks(t *testing.T) {
	f, r := open(t, webhook.Options{}), receive(t)
	e := f.register(webhook.EndpointRequest{URL: r.URL})
	r.status(500)
	d := f.emit("licence.activated", webhook.Emission{})
	f.wait()
	memory, k := f.store.Fork(), f.clock.Fork()
	fork, err := f.Fork(t.Context(), memory, k, 1, [32]byte{})
	if err != nil {
		t.Fatal(err)
	}
	defer fork.Stop()
	if waiting := k.Pending(); len(waiting) != 0 {
		t.Errorf("in the fork waits %v", waiting)
	}
	if list, err := fork.Deliveries(t.Context(), webhook.Filter{}); err != nil || len(list) != 0 {
		t.Errorf("the fork has deliveries: %v, %v", list, err)
	}
	if list := mustEndpoints(t, fork); len(list) != 1 || list[0].ID != e.ID || fork.SecretText("X") != f.SecretText("X") {
		t.Errorf("endpoints %v", list)
	}
	_, list, err := fork.Emit(t.Context(), webhook.Emission{Type: "order.paid"})
	if err != nil || len(list) != 1 || list[0].Event == d.Event {
		t.Fatalf("%v, %v", list, err)
	}
	if _, err := k.Advance(100 * time.Hour); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Delivery(t.Context(), list[0].ID); !errors.Is(err, webhook.ErrNotFound) {
		t.Errorf("the origin knows the fork's delivery: %v", err)
	}
	if now := f.delivery(d.ID); now.State != webhook.Pending || now.Attempts != 1 {
		t.Errorf("%+v", now)
	}
	if err := fork.DeleteEndpoint(t.Context(), e.ID); err != nil || len(mustEndpoints(t, f.Webhooks)) != 1 {
		t.Errorf("the origin lost its endpoint: %v", err)
	}
}

// TestRestored: the store is put back to an earlier state; what was under way since is forgotten, what was then is done.
func TestRestored(t *testing.T) {
	f, r := open(t, webhook.Options{}), receive(t)
	f.register(webhook.EndpointRequest{URL: r.URL})
	r.status(500)
	kept := f.emit("licence.activated", webhook.Emission{})
	f.wait()
	saved := f.store.Fork()
	lost := f.emit("order.created", webhook.Emission{})
	f.wait()
	if err := f.store.Restore(t.Context(), saved); err != nil {
		t.Fatal(err)
	}
	if err := f.Restored(t.Context()); err != nil {
		t.Fatal(err)
	}
	if waiting := f.clock.Pending(); len(waiting) != 1 || !strings.Contains(waiting[0].Label, kept.Event) {
		t.Errorf("waiting: %v", waiting)
	}
	r.status(200)
	f.advance(time.Hour)
	if d := f.delivery(kept.ID); d.State != webhook.Delivered {
		t.Errorf("%+v", d)
	}
	if _, err := f.Delivery(t.Context(), lost.ID); !errors.Is(err, webhook.ErrNotFound) {
		t.Errorf("what was forgotten is there: %v", err)
	}
}

func TestReset(t *testing.T) {
	r := receive(t)
	f := open(t, webhook.Options{Contract: load(t, "{endpoints: [{url: '"+r.URL+"/own', events: [order.created]}]}")})
	own := mustEndpoints(t, f.Webhooks)
	if len(own) != 1 || own[0].Source != webhook.FromContract || own[0].URL != r.URL+"/own" {
		t.Fatalf("%+v", own)
	}
	r.status(500)
	before := f.emit("order.created", webhook.Emission{})
	f.register(webhook.EndpointRequest{URL: r.URL})
	if _, err := f.Order(t.Context(), webhook.Misbehaviour{Kind: webhook.Duplicate}); err != nil {
		t.Fatal(err)
	}
	f.wait()
	if err := f.Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
	counts, err := f.Counts(t.Context())
	if err != nil || counts != (webhook.Counts{}) || len(f.clock.Pending()) != 0 {
		t.Errorf("%+v, %v; waiting %v", counts, err, f.clock.Pending())
	}
	orders, err := f.Ordered(t.Context())
	if again := mustEndpoints(t, f.Webhooks); err != nil || len(orders) != 0 || len(again) != 1 || again[0].ID != own[0].ID {
		t.Errorf("%v, %v, %v", again, orders, err)
	}
	if after := f.emit("order.created", webhook.Emission{}); after.ID != before.ID || after.Event != before.Event {
		t.Error("the same seed, clock and requests give other ids after a reset")
	}
}

// TestClose: what is under way is carried through, nothing new is taken; whoever does not want to wait cuts it off.
func TestClose(t *testing.T) {
	f, r := open(t, webhook.Options{}), receive(t)
	f.register(webhook.EndpointRequest{URL: r.URL})
	d := f.emit("order.created", webhook.Emission{})
	if err := f.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if d := f.delivery(d.ID); d.State != webhook.Delivered {
		t.Errorf("%+v", d)
	}
	if _, _, err := f.Emit(t.Context(), webhook.Emission{Type: "order.created"}); !errors.Is(err, webhook.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	if _, err := f.Replay(t.Context(), d.ID); !errors.Is(err, webhook.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}

	f = open(t, webhook.Options{})
	f.register(webhook.EndpointRequest{URL: r.URL})
	arrived := make(chan struct{})
	r.set(func(_ http.ResponseWriter, q *http.Request) {
		close(arrived)
		<-q.Context().Done()
	})
	f.emit("order.created", webhook.Emission{})
	<-arrived
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := f.Close(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Close that is not to wait: %v", err)
	}
}
