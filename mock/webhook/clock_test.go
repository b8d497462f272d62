package webhook_test

import (
	"strings"
	"testing"
	"time"

	"understudy/mock/clock"
	"understudy/mock/store"
	"understudy/mock/webhook"
)

// TestEventsWhileTheClockIsMoved: an event that something else causes on the way (a licence that expires at its instant) is
// delivered at that instant, retries included, before Advance returns.
func TestEventsWhileTheClockIsMoved(t *testing.T) {
	for name, k := range map[string]*clock.Virtual{
		"stands still": clock.New(clock.Options{At: noon, Frozen: true}), "follows real time": clock.New(clock.Options{At: noon}),
	} {
		f, r := open(t, webhook.Options{Clock: k, Contract: load(t, "{schedule: [0s, 10m, 10m]}")}), receive(t)
		r.status(500)
		f.register(webhook.EndpointRequest{URL: r.URL})
		var d webhook.Delivery
		clock.Schedule(k, time.Hour, "the licence expires", func() { d = f.emit("licence.activated", webhook.Emission{Cause: "transition"}) })
		ran := f.advance(3 * time.Hour)
		attempts := f.attempts(d.ID)
		if len(attempts) != 3 {
			t.Fatalf("%s: %d attempts, want 3; ran %v", name, len(attempts), ran)
		}
		for i, a := range attempts {
			want := noon.Add(time.Hour + time.Duration(i)*10*time.Minute)
			if off := a.At.Sub(want); off < 0 || off > time.Minute { // the clock that follows went on before it was moved
				t.Errorf("%s: attempt %d at %v, want %v", name, i+1, a.At, want)
			}
		}
		told := 0
		for _, one := range ran {
			if strings.Contains(one.Label, d.Event) {
				told++
			}
		}
		if told < 3 {
			t.Errorf("%s: Advance tells of %d attempts: %v", name, told, ran)
		}
	}
}

// TestWaitBeforeAdvance is how to move a clock that follows real time.
func TestWaitBeforeAdvance(t *testing.T) {
	f, r := open(t, webhook.Options{Clock: clock.New(clock.Options{At: noon})}), receive(t)
	r.status(500)
	f.register(webhook.EndpointRequest{URL: r.URL})
	d := f.emit("order.created", webhook.Emission{})
	f.wait()
	f.advance(100 * time.Hour)
	if d := f.delivery(d.ID); d.State != webhook.Dead || d.Attempts != 10 {
		t.Errorf("%+v", d)
	}
}

// TestRealClock needs nothing that only clocks that can be moved have.
func TestRealClock(t *testing.T) {
	r := receive(t)
	w, err := webhook.New(t.Context(), webhook.Options{Contract: load(t, "{schedule: [0s, 1ms]}"), Clock: clock.Real{}, Store: store.NewMemory()})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Stop()
	if _, _, err := w.Register(t.Context(), webhook.EndpointRequest{URL: r.URL}); err != nil {
		t.Fatal(err)
	}
	r.status(500)
	_, list, err := w.Emit(t.Context(), webhook.Emission{Type: "order.created"})
	if err != nil {
		t.Fatal(err)
	}
	d, err := w.WaitFor(t.Context(), webhook.Filter{Event: list[0].Event})
	if err != nil || d.State != webhook.Dead || d.Attempts != 2 {
		t.Errorf("%+v, %v", d, err)
	}
}

// TestSameSeedSameBytes: what leaves is the same for the same seed, secret, clock and calls.
func TestSameSeedSameBytes(t *testing.T) {
	bodies := func(seed uint64, secret byte) string {
		f, r := open(t, webhook.Options{Seed: seed, Secret: [32]byte{secret}}), receive(t)
		f.register(webhook.EndpointRequest{URL: r.URL})
		var all strings.Builder
		for range 3 {
			f.emit("licence.activated", webhook.Emission{})
			f.wait()
		}
		for _, one := range r.all() {
			all.Write(one.body)
			all.WriteString(one.header.Get("Webhook-Signature") + one.header.Get("Webhook-Id"))
		}
		return all.String()
	}
	one, same, seeded, secret := bodies(1, 1), bodies(1, 1), bodies(2, 1), bodies(1, 2)
	if one != same || one == seeded || one == secret || one == "" {
		t.Errorf("%s\n%s\n%s\n%s", one, same, seeded, secret)
	}
}
