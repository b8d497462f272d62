package webhook_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	standard "github.com/standard-webhooks/standard-webhooks/libraries/go"
	stripe "github.com/stripe/stripe-go/v82/webhook"

	"understudy/contracts"
	"understudy/mock/webhook"
)

// TestVendorsVerifiersBelieve: what is sent is believed by the libraries that receivers use, with the secret that is printed.
func TestVendorsVerifiersBelieve(t *testing.T) {
	f, r := open(t, webhook.Options{Seed: 7}), receive(t)
	f.register(webhook.EndpointRequest{URL: r.URL + "/hook"})
	for _, kind := range []string{"order.created", "licence.activated"} {
		f.emit(kind, webhook.Emission{Item: map[string]any{"id": "item_1", "total": json.Number("5")}})
	}
	f.wait()
	list := r.all()
	if len(list) != 2 {
		all, _ := f.Deliveries(t.Context(), webhook.Filter{})
		t.Fatalf("%d requests arrived, want 2: %+v", len(list), all)
	}
	for _, one := range list {
		var payload struct {
			ID, Type string
			Data     struct {
				Object struct {
					ID    string
					Total int
				}
			}
		}
		if err := json.Unmarshal(one.body, &payload); err != nil || payload.Data.Object.ID != "item_1" || payload.Data.Object.Total != 5 {
			t.Fatalf("%s: %v", one.body, err)
		}
		if _, err := f.Event(t.Context(), payload.ID); err != nil {
			t.Errorf("the payload's id is not the event's: %v", err)
		}
		var err error
		switch payload.Type {
		case "order.created":
			err = stripe.ValidatePayloadIgnoringTolerance(one.body, one.header.Get("Stripe-Signature"), f.SecretText("SHOP_STRIPE_SECRET"))
		case "licence.activated":
			var verifier *standard.Webhook
			if verifier, err = standard.NewWebhook(f.SecretText("SHOP_LICENCE_SECRET")); err == nil {
				err = verifier.VerifyIgnoringTimestamp(one.body, one.header)
			}
			if one.header.Get("Webhook-Id") != payload.ID {
				t.Errorf("webhook-id is %s, the payload's id %s", one.header.Get("Webhook-Id"), payload.ID)
			}
		}
		if err != nil {
			t.Errorf("%s is not believed: %v", payload.Type, err)
		}
		if one.header.Get("Content-Type") != "application/json" || one.header.Get("User-Agent") != "shop/1.2" {
			t.Errorf("headers %v", one.header)
		}
	}
}

// TestThreeDaysOfFailure is the schedule of Standard Webhooks as a receiver sees it that never takes anything.
func TestThreeDaysOfFailure(t *testing.T) {
	f, r := open(t, webhook.Options{}), receive(t)
	r.status(500)
	f.register(webhook.EndpointRequest{URL: r.URL})
	d := f.emit("licence.activated", webhook.Emission{})
	f.advance(4 * 24 * time.Hour)

	waits, _ := contracts.Schedule(contracts.StandardSchedule)
	attempts := f.attempts(d.ID)
	if len(attempts) != len(waits) || len(r.all()) != len(waits) {
		t.Fatalf("%d attempts are written down, %d arrived, want %d", len(attempts), len(r.all()), len(waits))
	}
	at := noon
	ids := map[string]bool{}
	verifier, err := standard.NewWebhook(f.SecretText("SHOP_LICENCE_SECRET"))
	if err != nil {
		t.Fatal(err)
	}
	for i, a := range attempts {
		at = at.Add(waits[i])
		if !a.At.Equal(at) || a.Number != i+1 || a.Status != 500 || a.Outcome != webhook.Answered {
			t.Errorf("attempt %d at %v: %s, want it at %v", i+1, a.At, a.Why, at)
		}
		one := r.all()[i]
		if got := one.header.Get("Webhook-Timestamp"); got != fmt.Sprint(at.Unix()) {
			t.Errorf("attempt %d has the timestamp %s, want %d", i+1, got, at.Unix())
		}
		if err := verifier.VerifyIgnoringTimestamp(one.body, one.header); err != nil {
			t.Errorf("attempt %d: %v", i+1, err)
		}
		ids[one.header.Get("Webhook-Id")] = true
		if last := i+1 == len(waits); last != a.NextAt.IsZero() || !last && !a.NextAt.Equal(at.Add(waits[i+1])) {
			t.Errorf("attempt %d says that the next is at %v: %s", i+1, a.NextAt, a.Why)
		}
	}
	if len(ids) != 1 {
		t.Errorf("%d event ids were seen, want one", len(ids))
	}
	if d := f.delivery(d.ID); d.State != webhook.Dead || !strings.Contains(d.Why, "last of 10 attempts") {
		t.Errorf("%+v", d)
	}
	if waiting := f.clock.Pending(); len(waiting) != 0 {
		t.Errorf("something waits still: %v", waiting)
	}
}

// TestRetriesAreOnTheClock: what waits can be seen, and Advance tells what it did.
func TestRetriesAreOnTheClock(t *testing.T) {
	f, r := open(t, webhook.Options{}), receive(t)
	r.status(503)
	f.register(webhook.EndpointRequest{URL: r.URL + "/hook?token=secret"})
	d := f.emit("order.created", webhook.Emission{})
	f.wait()
	waiting := f.clock.Pending()
	if len(waiting) != 1 || !strings.Contains(waiting[0].Label, d.Event) || !strings.Contains(waiting[0].Label, "attempt 2") || strings.Contains(waiting[0].Label, "secret") {
		t.Fatalf("waiting: %v", waiting)
	}
	r.status(204)
	if ran := f.advance(5 * time.Second); len(ran) != 1 || ran[0] != waiting[0] {
		t.Errorf("ran %v", ran)
	}
	if d := f.delivery(d.ID); d.State != webhook.Delivered || d.Attempts != 2 || d.Status != 204 {
		t.Errorf("%+v", d)
	}
}

// TestWhatFollows: which answers are success, which are tried again, and when.
func TestWhatFollows(t *testing.T) {
	for _, c := range []struct {
		status  int
		headers []string
		state   webhook.State
		next    time.Duration
	}{
		{200, nil, webhook.Delivered, 0},
		{201, nil, webhook.Delivered, 0},
		{299, nil, webhook.Delivered, 0},
		{301, []string{"Location: http://127.0.0.1:1/"}, webhook.Pending, 5 * time.Second},
		{307, []string{"Location: /elsewhere"}, webhook.Pending, 5 * time.Second},
		{304, nil, webhook.Pending, 5 * time.Second},
		{400, nil, webhook.Pending, 5 * time.Second},
		{404, nil, webhook.Pending, 5 * time.Second},
		{410, nil, webhook.Dead, 0},
		{500, []string{"Retry-After: 3600"}, webhook.Pending, 5 * time.Second},
		{429, []string{"Retry-After: 3600"}, webhook.Pending, time.Hour},
		{502, []string{"Retry-After: 60"}, webhook.Pending, time.Minute},
		{503, []string{"Retry-After: 1"}, webhook.Pending, 5 * time.Second}, // never sooner
		{504, []string{"Retry-After: 99999999999999999999"}, webhook.Pending, 24 * time.Hour},
		{503, []string{"Retry-After: 999999"}, webhook.Pending, 24 * time.Hour},
		{503, []string{"Retry-After: -5"}, webhook.Pending, 5 * time.Second},
		{503, []string{"Retry-After: soon"}, webhook.Pending, 5 * time.Second},
		{503, []string{"Date: Wed, 21 Oct 2015 07:28:00 GMT", "Retry-After: Wed, 21 Oct 2015 07:38:00 GMT"}, webhook.Pending, 10 * time.Minute},
		{503, []string{"Date: Wed, 21 Oct 2015 07:28:00 GMT", "Retry-After: Wed, 21 Oct 2015 07:18:00 GMT"}, webhook.Pending, 5 * time.Second},
	} {
		f, r := open(t, webhook.Options{}), receive(t)
		r.status(c.status, c.headers...)
		e := f.register(webhook.EndpointRequest{URL: r.URL})
		d := f.emit("order.created", webhook.Emission{})
		f.wait()
		d = f.delivery(d.ID)
		next := time.Duration(0)
		if !d.NextAt.IsZero() {
			next = d.NextAt.Sub(noon)
		}
		if d.State != c.state || next != c.next || d.Status != c.status {
			t.Errorf("%d %v: %s, the next after %s (%s); want %s and %s", c.status, c.headers, d.State, next, d.Why, c.state, c.next)
		}
		if enabled := f.endpoint(e.ID).Enabled; enabled == (c.status == 410) {
			t.Errorf("%d: the endpoint is enabled: %t", c.status, enabled)
		}
		if n := len(r.all()); n != 1 {
			t.Errorf("%d: %d requests, want one: redirections are not followed", c.status, n)
		}
	}
}

func TestTimeoutAndBrokenConnections(t *testing.T) {
	f, r := open(t, webhook.Options{}), receive(t)
	release := make(chan struct{})
	defer close(release)
	r.set(func(_ http.ResponseWriter, q *http.Request) {
		select {
		case <-release:
		case <-q.Context().Done():
		}
	})
	f.register(webhook.EndpointRequest{URL: r.URL, Delivery: webhook.Manner{Timeout: 20 * time.Millisecond}})
	d := f.emit("order.created", webhook.Emission{})
	f.wait()
	if a := f.attempts(d.ID)[0]; a.Outcome != webhook.TimedOut || !strings.Contains(a.Error, "20ms") || a.NextAt.IsZero() {
		t.Errorf("%+v", a)
	}
	r.set(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	f.advance(5 * time.Second)
	if a := f.attempts(d.ID)[1]; a.Outcome != webhook.Unreachable || strings.Contains(a.Error, r.URL) {
		t.Errorf("%+v", a)
	}
	r.set(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 1<<20)) })
	f.advance(5 * time.Minute)
	if a := f.attempts(d.ID)[2]; a.Outcome != webhook.Taken || len(a.ResponseBody) != 64<<10 || !a.ResponseCut {
		t.Errorf("%s, %d bytes of the answer, cut: %t", a.Outcome, len(a.ResponseBody), a.ResponseCut)
	}
}

// TestOrderIsPromised: where it is, a delivery that fails holds up those behind it; where it is not, they overtake it.
func TestOrderIsPromised(t *testing.T) {
	for _, ordered := range []bool{true, false} {
		f, r := open(t, webhook.Options{Contract: load(t, fmt.Sprintf("{ordered: %t, concurrency: 1}", ordered))}), receive(t)
		f.register(webhook.EndpointRequest{URL: r.URL})
		r.set(func(w http.ResponseWriter, q *http.Request) {
			if n := len(r.all()); n <= 2 {
				w.WriteHeader(500)
			}
		})
		var ids []string
		for range 5 {
			ids = append(ids, f.emit("order.created", webhook.Emission{}).Event)
		}
		f.wait()
		if n := len(r.all()); ordered && n != 1 || !ordered && n != 5 {
			t.Errorf("ordered %t: %d arrived at first", ordered, n)
		}
		f.advance(time.Hour)
		var arrived []string
		for _, one := range r.all() {
			var payload struct{ ID string }
			if err := json.Unmarshal(one.body, &payload); err != nil {
				t.Fatal(err)
			}
			arrived = append(arrived, payload.ID)
		}
		want := append([]string{ids[0], ids[0]}, ids...)
		if !ordered {
			want = append(slices.Clone(ids), ids[0], ids[1])
		}
		if !slices.Equal(arrived, want) {
			t.Errorf("ordered %t: arrived %v\nwant %v", ordered, arrived, want)
		}
	}
}

func TestReplayAndCancel(t *testing.T) {
	f, r := open(t, webhook.Options{Contract: load(t, "{schedule: none}")}), receive(t)
	e := f.register(webhook.EndpointRequest{URL: r.URL, Events: []string{"order.*"}})
	r.status(500)
	var dead []webhook.Delivery
	for range 3 {
		dead = append(dead, f.emit("order.created", webhook.Emission{}))
	}
	f.wait()
	r.status(200)
	f.advance(time.Hour)
	again, err := f.Replay(t.Context(), dead[0].ID)
	if err != nil || again.Event != dead[0].Event || again.ReplayOf != dead[0].ID || again.ID == dead[0].ID {
		t.Fatalf("%+v, %v", again, err)
	}
	f.wait()
	list := r.all()
	first, last := list[0], list[len(list)-1]
	if string(first.body) == "" || len(list) != 4 || first.header.Get("Stripe-Signature") == last.header.Get("Stripe-Signature") {
		t.Errorf("%d requests; the signature must be new", len(list))
	}
	if d := f.delivery(again.ID); d.State != webhook.Delivered {
		t.Errorf("%+v", d)
	}
	rest, err := f.ReplayAll(t.Context(), webhook.Filter{})
	if err != nil || len(rest) != 2 || rest[0].ReplayOf != dead[1].ID || rest[1].ReplayOf != dead[2].ID {
		t.Errorf("all that are dead and were not replayed: %v, %v", rest, err)
	}
	f.wait()
	if rest, err = f.ReplayAll(t.Context(), webhook.Filter{}); err != nil || len(rest) != 0 {
		t.Errorf("once more: %v, %v", rest, err)
	}
	if list, err := f.ReplayEvent(t.Context(), dead[0].Event, webhook.Target{}); err != nil || len(list) != 1 {
		t.Errorf("the event again: %v, %v", list, err)
	}
	other := f.register(webhook.EndpointRequest{URL: r.URL, Events: []string{"licence.activated"}})
	if list, err := f.ReplayEvent(t.Context(), dead[0].Event, webhook.Target{Endpoint: other.ID}); err != nil || len(list) != 1 || list[0].Endpoint != other.ID {
		t.Errorf("the event to another endpoint: %v, %v", list, err)
	}
	f.wait()

	off := false
	if _, err := f.ChangeEndpoint(t.Context(), e.ID, webhook.EndpointChange{Enabled: &off}); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Replay(t.Context(), dead[0].ID); err == nil {
		t.Error("a delivery to a disabled endpoint was replayed")
	}
	if _, err := f.Cancel(t.Context(), dead[0].ID); err == nil {
		t.Error("a dead delivery was cancelled")
	}
}

func TestCancelOfWhatWaits(t *testing.T) {
	f, r := open(t, webhook.Options{Contract: load(t, "{ordered: true}")}), receive(t)
	r.status(500)
	f.register(webhook.EndpointRequest{URL: r.URL})
	first := f.emit("order.created", webhook.Emission{})
	f.wait()
	second := f.emit("order.created", webhook.Emission{}) // held up by the first
	f.wait()
	r.status(200)
	if d, err := f.Cancel(t.Context(), first.ID); err != nil || d.State != webhook.Cancelled {
		t.Fatalf("%+v, %v", d, err)
	}
	if d, err := f.WaitFor(t.Context(), webhook.Filter{Event: second.Event}); err != nil || d.State != webhook.Delivered {
		t.Errorf("the one behind: %+v, %v", d, err)
	}
	f.advance(100 * time.Hour)
	if n := len(r.all()); n != 2 {
		t.Errorf("%d requests, want 2: one was cancelled", n)
	}
}

func TestBreaker(t *testing.T) {
	for _, pause := range []time.Duration{0, 6 * time.Hour} {
		f, r := open(t, webhook.Options{Contract: load(t, "{schedule: [0s, 1m, 1m, 1m, 1m, 1m]}")}), receive(t)
		r.status(500)
		e := f.register(webhook.EndpointRequest{URL: r.URL, Delivery: webhook.Manner{Breaker: &webhook.Breaker{Failures: 3, Within: 2 * time.Minute, Pause: pause}}})
		d := f.emit("order.created", webhook.Emission{})
		f.advance(10 * time.Minute)
		if n := len(r.all()); n != 3 {
			t.Errorf("pause %s: %d attempts, want 3", pause, n)
		}
		now := f.endpoint(e.ID)
		if pause == 0 {
			if now.Enabled || now.Disabled == "" || f.delivery(d.ID).State != webhook.Dead {
				t.Errorf("%+v, %+v", now, f.delivery(d.ID))
			}
			continue
		}
		if at := noon.Add(2*time.Minute + pause); !now.PausedUntil.Equal(at) || !f.delivery(d.ID).NextAt.Equal(at) {
			t.Errorf("paused until %v, the next attempt is at %v; want %v", now.PausedUntil, f.delivery(d.ID).NextAt, at)
		}
		r.status(200)
		f.advance(pause)
		if d := f.delivery(d.ID); d.State != webhook.Delivered || f.endpoint(e.ID).Failures != 0 {
			t.Errorf("%+v", d)
		}
	}
}

// TestJitter: waits are longer by up to the share, the same for the same seed, others for another.
func TestJitter(t *testing.T) {
	waits := func(seed uint64) (list []time.Duration) {
		f, r := open(t, webhook.Options{Seed: seed, Contract: load(t, "{schedule: [0s, 1h, 1h, 1h], jitter: 10%}")}), receive(t)
		r.status(500)
		f.register(webhook.EndpointRequest{URL: r.URL})
		d := f.emit("order.created", webhook.Emission{})
		f.advance(24 * time.Hour)
		attempts := f.attempts(d.ID)
		for i := range attempts[1:] {
			wait := attempts[i+1].At.Sub(attempts[i].At)
			if wait < time.Hour || wait > 66*time.Minute {
				t.Errorf("the wait %s is not within a tenth of an hour", wait)
			}
			list = append(list, wait)
		}
		return list
	}
	one, same, other := waits(1), waits(1), waits(2)
	if len(one) != 3 || !slices.Equal(one, same) || slices.Equal(one, other) || one[0] == one[1] {
		t.Errorf("%v, %v, %v", one, same, other)
	}
}
