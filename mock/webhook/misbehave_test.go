package webhook_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	standard "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"understudy/contracts/signature"
	"understudy/mock/clock"
	"understudy/mock/webhook"
)

// TestSpoiledSignatures: the library of Standard Webhooks refuses what is spoiled and takes the attempt after it, which is
// good. Its clock is the machine's, so the sender's is too.
func TestSpoiledSignatures(t *testing.T) {
	for _, spoiling := range signature.Spoilings() {
		f, r := open(t, webhook.Options{Clock: clock.New(clock.Options{Frozen: true})}), receive(t)
		verifier, err := standard.NewWebhook(f.SecretText("SHOP_LICENCE_SECRET"))
		if err != nil {
			t.Fatal(err)
		}
		r.set(func(w http.ResponseWriter, q *http.Request) {
			last := r.all()[len(r.all())-1]
			if err := verifier.Verify(last.body, last.header); err != nil {
				w.WriteHeader(http.StatusUnauthorized)
			}
		})
		f.register(webhook.EndpointRequest{URL: r.URL, Delivery: webhook.Manner{Waits: []time.Duration{0, time.Second}}})
		if _, err := f.Order(t.Context(), webhook.Misbehaviour{Kind: webhook.Trouble(spoiling), Types: []string{"licence.*"}}); err != nil {
			t.Fatal(err)
		}
		d := f.emit("licence.activated", webhook.Emission{})
		f.advance(time.Second)
		attempts := f.attempts(d.ID)
		if !slices.Equal(attempts[0].Misbehave, []string{string(spoiling)}) {
			t.Errorf("%s: the attempt says %v", spoiling, attempts[0].Misbehave)
		}
		scheme := signature.Scheme{Kind: signature.StandardWebhooks}
		if scheme.Accepts(spoiling) {
			if len(attempts) != 1 || attempts[0].Outcome != webhook.Taken {
				t.Errorf("%s must be taken: %+v", spoiling, attempts[0])
			}
			continue
		}
		if len(attempts) != 2 || attempts[0].Status != http.StatusUnauthorized || attempts[1].Outcome != webhook.Taken {
			t.Errorf("%s: %d attempts, the first %d, the last %s: %+v", spoiling, len(attempts), attempts[0].Status, attempts[len(attempts)-1].Outcome, f.delivery(d.ID))
		}
		if left, err := f.Ordered(t.Context()); err != nil || len(left) != 0 {
			t.Errorf("%s: ordered still: %v, %v", spoiling, left, err)
		}
	}
}

func TestDuplicate(t *testing.T) {
	f, r := open(t, webhook.Options{}), receive(t)
	f.register(webhook.EndpointRequest{URL: r.URL})
	r.set(func(w http.ResponseWriter, _ *http.Request) {
		if len(r.all()) == 2 {
			w.WriteHeader(http.StatusConflict) // what a receiver says to the second decides nothing
		}
	})
	d := f.emit("licence.activated", webhook.Emission{Misbehave: []webhook.Misbehaviour{{Kind: webhook.Duplicate}}})
	f.wait()
	list := r.all()
	if len(list) != 2 || list[0].header.Get("Webhook-Id") != list[1].header.Get("Webhook-Id") || string(list[0].body) != string(list[1].body) {
		t.Fatalf("%d requests: %v", len(list), list)
	}
	attempts := f.attempts(d.ID)
	if d := f.delivery(d.ID); d.State != webhook.Delivered || d.Attempts != 2 || len(attempts) != 2 || !slices.Contains(attempts[1].Misbehave, "duplicate") {
		t.Errorf("%+v\n%+v", d, attempts)
	}
	f.advance(100 * time.Hour)
	if n := len(r.all()); n != 2 {
		t.Errorf("%d requests in the end", n)
	}
}

func TestOutOfOrderAndDelay(t *testing.T) {
	for _, ordered := range []string{"{ordered: true}", "{concurrency: 1}"} {
		f, r := open(t, webhook.Options{Contract: load(t, ordered)}), receive(t)
		f.register(webhook.EndpointRequest{URL: r.URL})
		if _, err := f.Order(t.Context(), webhook.Misbehaviour{Kind: webhook.OutOfOrder}); err != nil {
			t.Fatal(err)
		}
		first := f.emit("licence.activated", webhook.Emission{})
		f.wait()
		if now := f.delivery(first.ID); now.State != webhook.Held || len(r.all()) != 0 {
			t.Fatalf("%+v", now)
		}
		second := f.emit("licence.activated", webhook.Emission{})
		if _, err := f.WaitFor(t.Context(), webhook.Filter{Event: first.Event}); err != nil {
			t.Fatal(err)
		}
		late := f.emit("licence.activated", webhook.Emission{Misbehave: []webhook.Misbehaviour{{Kind: webhook.Delayed, For: time.Minute}}})
		third := f.emit("licence.activated", webhook.Emission{})
		f.advance(59 * time.Second)
		if now := f.delivery(late.ID); now.State != webhook.Pending || now.Attempts != 0 {
			t.Errorf("%+v", now)
		}
		f.advance(time.Second)
		alone := f.emit("licence.activated", webhook.Emission{Misbehave: []webhook.Misbehaviour{{Kind: webhook.OutOfOrder}}})
		f.advance(time.Hour) // nobody overtakes it
		var arrived []string
		for _, one := range r.all() {
			arrived = append(arrived, one.header.Get("Webhook-Id"))
		}
		if want := []string{second.Event, first.Event, third.Event, late.Event, alone.Event}; !slices.Equal(arrived, want) {
			t.Errorf("%s: arrived %v, want %v", ordered, arrived, want)
		}
	}
}

func TestUnknownEventAndHugeBody(t *testing.T) {
	f, r := open(t, webhook.Options{Contract: load(t, `{headers: {X-Event: "{event}"}}`)}), receive(t)
	f.register(webhook.EndpointRequest{URL: r.URL})
	verifier, err := standard.NewWebhook(f.SecretText("SHOP_LICENCE_SECRET"))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range []webhook.Misbehaviour{{Kind: webhook.UnknownEvent}, {Kind: webhook.HugeBody}, {Kind: webhook.HugeBody, Bytes: 100_000}} {
		d := f.emit("licence.activated", webhook.Emission{Misbehave: []webhook.Misbehaviour{m}})
		f.wait()
		last := r.all()[len(r.all())-1]
		if err := verifier.VerifyIgnoringTimestamp(last.body, last.header); err != nil {
			t.Errorf("%s is not rightly signed: %v", m.Kind, err)
		}
		var payload struct{ ID, Type string }
		if err := json.Unmarshal(last.body, &payload); err != nil || payload.ID != d.Event {
			t.Errorf("%s: %v, id %s", m.Kind, err, payload.ID)
		}
		unknown := m.Kind == webhook.UnknownEvent
		if known := payload.Type == "licence.activated"; known == unknown || last.header.Get("X-Event") != payload.Type {
			t.Errorf("%s: type %s, header %s", m.Kind, payload.Type, last.header.Get("X-Event"))
		}
		size := max(m.Bytes, 1<<20)
		if m.Bytes > 0 {
			size = m.Bytes
		}
		if a := f.attempts(d.ID)[0]; !unknown && (len(last.body) != size || len(a.Body) != 64<<10 || !a.Cut) {
			t.Errorf("%s: %d bytes arrived, want %d; %d are written down", m.Kind, len(last.body), size, len(a.Body))
		}
	}
}

func TestSlowSender(t *testing.T) {
	f, r := open(t, webhook.Options{}), receive(t)
	f.register(webhook.EndpointRequest{URL: r.URL})
	d := f.emit("licence.activated", webhook.Emission{Misbehave: []webhook.Misbehaviour{{Kind: webhook.SlowSender, For: 200 * time.Millisecond}}})
	f.wait()
	if a := f.attempts(d.ID)[0]; a.Outcome != webhook.Taken || a.Duration < 150*time.Millisecond {
		t.Errorf("%s after %s", a.Outcome, a.Duration)
	}
}

// TestOrders: an order is for the deliveries that match it, for as many as it says, and can be taken back.
func TestOrders(t *testing.T) {
	f, r := open(t, webhook.Options{}), receive(t)
	one, two := f.register(webhook.EndpointRequest{URL: r.URL + "/1"}), f.register(webhook.EndpointRequest{URL: r.URL + "/2"})
	order := func(m webhook.Misbehaviour) webhook.Misbehaviour {
		t.Helper()
		made, err := f.Order(t.Context(), m)
		if err != nil {
			t.Fatal(err)
		}
		return made
	}
	order(webhook.Misbehaviour{Kind: webhook.Duplicate, Endpoint: two.ID, Types: []string{"order.*"}, Times: 2})
	always := order(webhook.Misbehaviour{Kind: "unsigned", Endpoint: one.ID, Times: 1000})
	for i := range 3 {
		for _, kind := range []string{"licence.activated", "order.paid"} {
			_, list, err := f.Emit(t.Context(), webhook.Emission{Type: kind})
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range list {
				var kinds []string
				for _, m := range d.Misbehave {
					kinds = append(kinds, string(m.Kind))
				}
				want := ""
				if d.Endpoint == one.ID {
					want = "unsigned"
				} else if kind == "order.paid" && i < 2 {
					want = "duplicate"
				}
				if got := strings.Join(kinds, " "); got != want {
					t.Errorf("%s %d to %s: %q, want %q", kind, i, d.URL, got, want)
				}
			}
		}
	}
	left, err := f.Ordered(t.Context())
	if err != nil || len(left) != 1 || left[0].ID != always.ID || left[0].Times != 994 {
		t.Errorf("%+v, %v", left, err)
	}
	if err := f.CancelOrder(t.Context(), always.ID); err != nil {
		t.Error(err)
	}
	if err := f.CancelOrder(t.Context(), always.ID); !errors.Is(err, webhook.ErrNotFound) {
		t.Errorf("taken back twice: %v", err)
	}
	for _, m := range []webhook.Misbehaviour{
		{}, {Kind: "rude"}, {Kind: webhook.Delayed, For: -1}, {Kind: webhook.SlowSender, For: time.Hour}, {Kind: webhook.HugeBody, Bytes: 1 << 30},
		{Kind: webhook.Duplicate, After: -1}, {Kind: webhook.Duplicate, After: 1 << 40}, {Kind: webhook.Duplicate, Types: []string{"ordre.*"}}, {Kind: webhook.Duplicate, Endpoint: "we_x"}, {Kind: webhook.Duplicate, Times: 1 << 40},
	} {
		if _, err := f.Order(t.Context(), m); err == nil {
			t.Errorf("%+v was taken", m)
		}
	}
	for i := range 300 {
		if _, err := f.Order(t.Context(), webhook.Misbehaviour{Kind: webhook.Duplicate}); err != nil {
			if !errors.Is(err, webhook.ErrTooMany) || i < 200 {
				t.Errorf("order %d: %v", i, err)
			}
			return
		}
	}
	t.Error("there is no end of orders")
}

// TestTroubleOfSeveralAttempts: spoiled for as many attempts as asked.
func TestTroubleOfSeveralAttempts(t *testing.T) {
	for attempts, want := range map[int]int{0: 1, 1: 1, 3: 3, -1: 10} {
		f, r := open(t, webhook.Options{}), receive(t)
		r.status(500)
		f.register(webhook.EndpointRequest{URL: r.URL})
		d := f.emit("licence.activated", webhook.Emission{Misbehave: []webhook.Misbehaviour{{Kind: "unsigned", Attempts: attempts}}})
		f.advance(100 * time.Hour)
		bad := 0
		for _, a := range f.attempts(d.ID) {
			if len(a.Misbehave) > 0 {
				bad++
			}
		}
		if bad != want {
			t.Errorf("%s of %d attempts were spoiled, want %d", strconv.Itoa(bad), attempts, want)
		}
	}
}

// TestOrdersSpareTheFirst: "the second and third delivery come twice". Deliveries that the order is not for do not count.
func TestOrdersSpareTheFirst(t *testing.T) {
	f, r := open(t, webhook.Options{}), receive(t)
	f.register(webhook.EndpointRequest{URL: r.URL})
	if _, err := f.Order(t.Context(), webhook.Misbehaviour{Kind: webhook.Duplicate, Types: []string{"order.*"}, After: 1, Times: 2}); err != nil {
		t.Fatal(err)
	}
	var got []int
	for i, kind := range []string{"licence.activated", "order.paid", "order.paid", "licence.activated", "order.paid", "order.paid"} {
		_, list, err := f.Emit(t.Context(), webhook.Emission{Type: kind})
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, len(list[0].Misbehave))
		if left, err := f.Ordered(t.Context()); i == 1 && (err != nil || len(left) != 1 || left[0].After != 0 || left[0].Times != 2) {
			t.Errorf("behind the one that was spared there are left %+v, %v", left, err)
		}
	}
	if want := []int{0, 0, 1, 0, 1, 0}; !slices.Equal(got, want) {
		t.Errorf("deliveries with trouble: %v, want %v", got, want)
	}
}
