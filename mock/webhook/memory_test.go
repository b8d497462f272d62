package webhook_test

import (
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"understudy/mock/clock"
	"understudy/mock/webhook"
)

// TestReceiverThatHangs: what waits for a receiver that never answers is kept in the store and nowhere else: no goroutine,
// no connection, no end of memory.
func TestReceiverThatHangs(t *testing.T) {
	const emitted, pending, kept = 50_000, 20_000, 500
	f, r := open(t, webhook.Options{Clock: clock.New(clock.Options{}), Limits: webhook.Limits{Pending: pending, Kept: kept}}), receive(t)
	var under, most atomic.Int32
	r.set(func(_ http.ResponseWriter, q *http.Request) {
		if n := under.Add(1); n > most.Load() {
			most.Store(n)
		}
		defer under.Add(-1)
		<-q.Context().Done()
	})
	defer f.Stop() // before the receiver, which waits for its connections
	f.register(webhook.EndpointRequest{URL: r.URL, Delivery: webhook.Manner{Concurrency: 4, Timeout: 5 * time.Minute}})
	before := runtime.NumGoroutine()
	payload := []byte(`{"id":"","type":"order.created","data":{"object":{"id":"o","total":1}}}`)
	overflow := 0
	for range emitted {
		_, list, err := f.Emit(t.Context(), webhook.Emission{Type: "order.created", Payload: payload})
		if err != nil {
			t.Fatal(err)
		}
		if list[0].State == webhook.Dead {
			overflow++
			if !strings.Contains(list[0].Why, "too much waits") {
				t.Fatal(list[0].Why)
			}
		}
	}
	counts, err := f.Counts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if counts.Pending != pending || overflow != emitted-pending || counts.Finished > kept+kept/16 || counts.Events > pending+kept+kept/16 {
		t.Errorf("%+v, %d were given up", counts, overflow)
	}
	if n := most.Load(); n > 4 {
		t.Errorf("%d attempts at the same time, want at most 4", n)
	}
	// Four workers, those who wait for them, and the connections of both ends.
	if n := runtime.NumGoroutine() - before; n > 60 {
		t.Errorf("%d goroutines more than before", n)
	}
}

// TestWhatIsKeptIsBounded: finished deliveries are forgotten, the oldest first, by number and by bytes.
func TestWhatIsKeptIsBounded(t *testing.T) {
	f, r := open(t, webhook.Options{Limits: webhook.Limits{Kept: 50}}), receive(t)
	f.register(webhook.EndpointRequest{URL: r.URL})
	var last, first webhook.Delivery
	for i := range 200 {
		last = f.emit("order.created", webhook.Emission{})
		if i == 0 {
			first = last
		}
		f.wait()
	}
	counts, err := f.Counts(t.Context())
	if err != nil || counts.Finished < 50 || counts.Finished > 53 || counts.Events != counts.Finished || counts.Pending != 0 {
		t.Errorf("%+v, %v", counts, err)
	}
	if _, err := f.Delivery(t.Context(), first.ID); err == nil {
		t.Error("the first one is remembered still")
	}
	f.delivery(last.ID)

	f = open(t, webhook.Options{Limits: webhook.Limits{Bytes: 1 << 20}})
	r.set(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 60_000)) })
	f.register(webhook.EndpointRequest{URL: r.URL})
	for range 100 {
		f.emit("order.created", webhook.Emission{})
		f.wait()
	}
	if counts, err = f.Counts(t.Context()); err != nil || counts.Bytes > 1<<20 || counts.Finished < 5 || counts.Finished > 20 {
		t.Errorf("%+v, %v", counts, err)
	}
	for range 20 { // a backlog is bounded by bytes too
		if _, _, err := f.Emit(t.Context(), webhook.Emission{Type: "order.created", Account: "x", Payload: []byte(`{"id":"` + strings.Repeat("x", 200_000) + `"}`), Force: true}); err != nil {
			t.Fatal(err)
		}
	}
	if counts, err = f.Counts(t.Context()); err != nil || counts.Bytes > 5<<18+250_000 {
		t.Errorf("%+v, %v", counts, err)
	}
}

// TestManyAtOnce: emissions, replays, changes and moves of the clock at the same time; each event arrives at least once, and at the
// ordered endpoint those of one emitter in the order in which it told of them.
func TestManyAtOnce(t *testing.T) {
	f, r := open(t, webhook.Options{}), receive(t)
	var fails atomic.Int32
	r.set(func(w http.ResponseWriter, _ *http.Request) {
		if fails.Add(1)%7 == 0 {
			w.WriteHeader(500)
		}
	})
	yes := true
	f.register(webhook.EndpointRequest{URL: r.URL + "/any"})
	ordered := f.register(webhook.EndpointRequest{URL: r.URL + "/ordered", Delivery: webhook.Manner{Ordered: &yes}})
	var finished []string
	var mu sync.Mutex
	stop := f.Watch(func(d webhook.Delivery, _ *webhook.Attempt) {
		if d.Endpoint == ordered.ID && d.State.Finished() {
			mu.Lock()
			finished = append(finished, d.ID)
			mu.Unlock()
		}
	})
	defer stop()
	var all sync.WaitGroup
	var emitted [4][]string // deliveries to the ordered endpoint, as each emitter has caused them
	for k := range emitted {
		all.Go(func() {
			for i := range 50 {
				_, list, err := f.Emit(t.Context(), webhook.Emission{Type: "order.created"})
				if err != nil || len(list) != 2 {
					t.Error(list, err)
					return
				}
				emitted[k] = append(emitted[k], list[1].ID)
				if i%10 == 9 {
					if _, err := f.clock.Advance(time.Second); err != nil {
						t.Error(err)
					}
					if _, err := f.Deliveries(t.Context(), webhook.Filter{}); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	all.Wait()
	f.wait()
	f.advance(200 * time.Hour)
	f.wait()
	counts, err := f.Counts(t.Context())
	if err != nil || counts.Pending != 0 || counts.Finished != 400 {
		t.Errorf("%+v, %v", counts, err)
	}
	if n := len(r.all()); n < 400 {
		t.Errorf("%d requests, want at least 400", n)
	}
	mu.Lock()
	defer mu.Unlock()
	for _, want := range emitted {
		var got []string
		for _, id := range finished {
			if slices.Contains(want, id) {
				got = append(got, id)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("finished as %v\nwant %v", got, want)
		}
	}
}
