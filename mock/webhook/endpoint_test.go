package webhook_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	standard "github.com/standard-webhooks/standard-webhooks/libraries/go"
	stripe "github.com/stripe/stripe-go/v82/webhook"

	"understudy/mock/webhook"
)

func TestWhoHearsOfIt(t *testing.T) {
	f, r := open(t, webhook.Options{}), receive(t)
	names := map[string]string{}
	add := func(name string, q webhook.EndpointRequest) {
		q.URL = r.URL + "/" + name
		names[f.register(q).ID] = name
	}
	add("all", webhook.EndpointRequest{})
	add("orders", webhook.EndpointRequest{Events: []string{"order.*"}})
	add("paid", webhook.EndpointRequest{Events: []string{"order.paid", "licence.activated"}})
	add("infix", webhook.EndpointRequest{Events: []string{"*.*ated"}})
	add("off", webhook.EndpointRequest{Disabled: true})
	add("acme", webhook.EndpointRequest{Account: "acme"})
	add("test", webhook.EndpointRequest{Environment: "test"})
	for _, c := range []struct {
		e    webhook.Emission
		want string
	}{
		{webhook.Emission{Type: "order.created"}, "all orders infix acme test"},
		{webhook.Emission{Type: "order.paid", Account: "acme"}, "all orders paid acme test"},
		{webhook.Emission{Type: "order.paid", Account: "other", Environment: "live"}, "all orders paid"},
		{webhook.Emission{Type: "licence.activated", Environment: "test", Account: "x"}, "all paid infix test"},
	} {
		told, list, err := f.Emit(t.Context(), c.e)
		if err != nil {
			t.Fatal(err)
		}
		var heard []string
		for _, d := range list {
			heard = append(heard, names[d.Endpoint])
		}
		if got := strings.Join(heard, " "); got != c.want || len(told.Deliveries) != len(list) {
			t.Errorf("%+v: %s, want %s", c.e, got, c.want)
		}
	}
}

func TestEndpointsThatCannotBe(t *testing.T) {
	f := open(t, webhook.Options{Limits: webhook.Limits{Endpoints: 2}})
	good := "https://hooks.example/x"
	for name, c := range map[string]struct {
		request webhook.EndpointRequest
		field   string
	}{
		"url":        {webhook.EndpointRequest{URL: "hooks"}, "url"},
		"misspelt":   {webhook.EndpointRequest{URL: good, Events: []string{"order.created", "ordre.paid"}}, "events/1"},
		"split":      {webhook.EndpointRequest{URL: good, Headers: map[string]string{"X-A": "1\r\nX-B: 2"}}, "headers/"},
		"name":       {webhook.EndpointRequest{URL: good, Headers: map[string]string{"X A": "1"}}, "headers/"},
		"framing":    {webhook.EndpointRequest{URL: good, Headers: map[string]string{"transfer-encoding": "chunked"}}, "headers/"},
		"host":       {webhook.EndpointRequest{URL: good, Headers: map[string]string{"HOST": "internal"}}, "headers/"},
		"schedule":   {webhook.EndpointRequest{URL: good, Delivery: webhook.Manner{Schedule: "never"}}, "delivery/schedule"},
		"waits":      {webhook.EndpointRequest{URL: good, Delivery: webhook.Manner{Waits: []time.Duration{-1}}}, "delivery/waits"},
		"timeout":    {webhook.EndpointRequest{URL: good, Delivery: webhook.Manner{Timeout: time.Hour}}, "delivery/timeout"},
		"concurrent": {webhook.EndpointRequest{URL: good, Delivery: webhook.Manner{Concurrency: 1000}}, "delivery/concurrency"},
		"secret":     {webhook.EndpointRequest{URL: good, Secrets: map[string]string{"SHOP_LICENCE_SECRET": "whsec_short"}}, "secrets/"},
	} {
		_, _, err := f.Register(t.Context(), c.request)
		var wrong *webhook.RequestError
		if !errors.As(err, &wrong) || !strings.HasPrefix(wrong.Field, c.field) {
			t.Errorf("%s: %v, want it at %s", name, err, c.field)
		}
		if err != nil && strings.Contains(err.Error(), "whsec_short") {
			t.Errorf("the error tells the secret: %v", err)
		}
	}
	for range 2 {
		f.register(webhook.EndpointRequest{URL: good})
	}
	if _, _, err := f.Register(t.Context(), webhook.EndpointRequest{URL: good}); !errors.Is(err, webhook.ErrTooMany) {
		t.Errorf("one too many: %v", err)
	}
	if _, err := f.ChangeEndpoint(t.Context(), "we_nobody", webhook.EndpointChange{}); !errors.Is(err, webhook.ErrNotFound) {
		t.Error(err)
	}
	private := "http://10.0.0.1/"
	if _, err := f.ChangeEndpoint(t.Context(), mustEndpoints(t, f.Webhooks)[0].ID, webhook.EndpointChange{URL: &private}); err == nil {
		t.Error("an endpoint was moved to a private address")
	}
}

// TestRotation: for 24 hours both secrets sign, then the new one alone.
func TestRotation(t *testing.T) {
	f, r := open(t, webhook.Options{}), receive(t)
	e := f.register(webhook.EndpointRequest{URL: r.URL})
	check := func(when string, old, fresh map[string]string, oldGood, freshGood bool) {
		t.Helper()
		f.emit("order.created", webhook.Emission{})
		f.emit("licence.activated", webhook.Emission{})
		f.wait()
		list := r.all()
		for _, one := range list[len(list)-2:] {
			for _, c := range []struct {
				secrets map[string]string
				good    bool
			}{{old, oldGood}, {fresh, freshGood}} {
				var err error
				if header := one.header.Get("Stripe-Signature"); header != "" {
					err = stripe.ValidatePayloadIgnoringTolerance(one.body, header, c.secrets["SHOP_STRIPE_SECRET"])
				} else {
					var verifier *standard.Webhook
					if verifier, err = standard.NewWebhook(c.secrets["SHOP_LICENCE_SECRET"]); err == nil {
						err = verifier.VerifyIgnoringTimestamp(one.body, one.header)
					}
				}
				if (err == nil) != c.good {
					t.Errorf("%s: %v, want it believed: %t", when, err, c.good)
				}
			}
		}
	}
	old, fresh := map[string]string{}, map[string]string{}
	for _, name := range f.SecretNames() {
		old[name] = f.SecretText(name)
		text, err := f.RotateSecret(t.Context(), e.ID, name, "")
		if err != nil {
			t.Fatal(err)
		}
		fresh[name] = text
	}
	if len(old) != 2 || old["SHOP_STRIPE_SECRET"] == fresh["SHOP_STRIPE_SECRET"] {
		t.Fatalf("%v, %v", old, fresh)
	}
	check("during the rotation", old, fresh, true, true)
	f.advance(webhook.RotationGrace - time.Second)
	check("at its end", old, fresh, true, true)
	f.advance(time.Second)
	check("after it", old, fresh, false, true)
	if _, err := f.RotateSecret(t.Context(), e.ID, "", ""); err == nil {
		t.Error("of two secrets one was rotated that nobody named")
	}
	if _, err := f.RotateSecret(t.Context(), e.ID, "SHOP_LICENCE_SECRET", "whsec_short"); err == nil || strings.Contains(err.Error(), "whsec_short") {
		t.Errorf("a bad secret: %v", err)
	}
}

func TestSecretsOfTheirOwn(t *testing.T) {
	f, r := open(t, webhook.Options{Secret: [32]byte{1}}), receive(t)
	other := open(t, webhook.Options{Secret: [32]byte{2}})
	texts := map[string]bool{}
	for _, own := range []bool{true, true, false, false} {
		_, secrets, err := f.Register(t.Context(), webhook.EndpointRequest{URL: r.URL, OwnSecrets: own})
		if err != nil || len(secrets) != 2 {
			t.Fatal(secrets, err)
		}
		texts[secrets["SHOP_STRIPE_SECRET"]] = true
		if shared := secrets["SHOP_STRIPE_SECRET"] == f.SecretText("SHOP_STRIPE_SECRET"); shared == own {
			t.Errorf("own: %t, but shared: %t", own, shared)
		}
	}
	if len(texts) != 3 || texts[other.SecretText("SHOP_STRIPE_SECRET")] {
		t.Errorf("%d texts, want 3 that another server does not have", len(texts))
	}
}

// TestDeletedAndDisabled: what was still to be delivered is dead.
func TestDeletedAndDisabled(t *testing.T) {
	f, r := open(t, webhook.Options{}), receive(t)
	r.status(500)
	gone, off := f.register(webhook.EndpointRequest{URL: r.URL, Events: []string{"order.paid"}}), f.register(webhook.EndpointRequest{URL: r.URL, Events: []string{"order.created"}})
	a, b := f.emit("order.paid", webhook.Emission{}), f.emit("order.created", webhook.Emission{})
	f.wait()
	if err := f.DeleteEndpoint(t.Context(), gone.ID); err != nil {
		t.Fatal(err)
	}
	if d := f.delivery(a.ID); d.State != webhook.Dead || !strings.Contains(d.Why, "deleted") {
		t.Errorf("%+v", d)
	}
	no := false
	if _, err := f.ChangeEndpoint(t.Context(), off.ID, webhook.EndpointChange{Enabled: &no}); err != nil {
		t.Fatal(err)
	}
	f.advance(5 * time.Second)
	if d := f.delivery(b.ID); d.State != webhook.Dead || !strings.Contains(d.Why, "disabled") || len(r.all()) != 2 {
		t.Errorf("%+v", d)
	}
	if _, err := f.Replay(t.Context(), a.ID); !errors.Is(err, webhook.ErrNotFound) {
		t.Errorf("replayed to nobody: %v", err)
	}
}

// TestNothingSecretIsWrittenDown: values of the endpoint's own headers are sent, and not shown.
func TestNothingSecretIsWrittenDown(t *testing.T) {
	f, r := open(t, webhook.Options{}), receive(t)
	f.register(webhook.EndpointRequest{URL: r.URL, Headers: map[string]string{"authorization": "Bearer top-secret", "X-Mine": "top-secret"}})
	d := f.emit("order.created", webhook.Emission{})
	f.wait()
	if got := r.all()[0].header; got.Get("Authorization") != "Bearer top-secret" || got.Get("X-Mine") != "top-secret" {
		t.Errorf("%v", got)
	}
	text, err := json.Marshal(f.attempts(d.ID))
	if err != nil || strings.Contains(string(text), "top-secret") || !strings.Contains(string(text), "Stripe-Signature") {
		t.Errorf("%s", text)
	}
	shown, err := json.Marshal(mustEndpoints(t, f.Webhooks)[0].Shown())
	if err != nil || strings.Contains(string(shown), "top-secret") {
		t.Errorf("%s", shown)
	}
}

// TestPayloads: what breaks the document does not leave, unless it is forced.
func TestPayloads(t *testing.T) {
	f, r := open(t, webhook.Options{}), receive(t)
	f.register(webhook.EndpointRequest{URL: r.URL})
	bad := []byte(`{"id":"evt_mine","type":"order.created","data":{"object":{"id":"o","total":-1}}}`)
	_, _, err := f.Emit(t.Context(), webhook.Emission{Type: "order.created", Payload: bad})
	var broken *webhook.PayloadError
	if !errors.As(err, &broken) || len(broken.Violations) != 1 || !strings.Contains(err.Error(), "/data/object/total") {
		t.Fatalf("%v", err)
	}
	d := f.emit("order.created", webhook.Emission{Payload: bad, Force: true})
	f.wait()
	if d.Event != "evt_mine" || len(r.all()) != 1 || string(r.all()[0].body) != string(bad) {
		t.Errorf("%+v: the payload's id is the event's, its bytes are sent as they are", d)
	}
	if _, _, err := f.Emit(t.Context(), webhook.Emission{Type: "order.cancelled"}); !errors.Is(err, webhook.ErrNotFound) || !strings.Contains(err.Error(), "order.created") {
		t.Errorf("an event that is none: %v", err)
	}
	d = f.emit("order.cancelled", webhook.Emission{Force: true, Payload: []byte(`{"id":"x"}`)})
	f.wait()
	if now := f.delivery(d.ID); now.State != webhook.Delivered {
		t.Errorf("%+v", now)
	}
	told, err := f.Event(t.Context(), "evt_mine")
	if err != nil || string(told.Payload) != string(bad) || told.Type != "order.created" {
		t.Errorf("%+v, %v", told, err)
	}
	for _, payload := range []string{"", "no JSON", `{"id":5}`, strings.Repeat("[", 100_000)} {
		if _, _, err := f.Emit(t.Context(), webhook.Emission{Type: "order.created", Payload: []byte(payload)}); err == nil {
			t.Errorf("%.20q left", payload)
		}
	}
}

// TestLists pages through deliveries and events.
func TestLists(t *testing.T) {
	f, r := open(t, webhook.Options{}), receive(t)
	f.register(webhook.EndpointRequest{URL: r.URL})
	var ids, events []string
	for i := range 7 {
		d := f.emit([]string{"order.created", "order.paid"}[i%2], webhook.Emission{Account: fmt.Sprint(i % 3)})
		ids, events = append([]string{d.ID}, ids...), append([]string{d.Event}, events...)
	}
	f.wait()
	var got, told []string
	filter := webhook.Filter{Limit: 3}
	for {
		list, err := f.Deliveries(t.Context(), filter)
		if err != nil {
			t.Fatal(err)
		}
		if len(list) == 0 {
			break
		}
		for _, d := range list {
			got = append(got, d.ID)
		}
		filter.After = list[len(list)-1].ID
	}
	query := webhook.EventFilter{Limit: 2}
	for {
		list, err := f.Events(t.Context(), query)
		if err != nil {
			t.Fatal(err)
		}
		if len(list) == 0 {
			break
		}
		for _, e := range list {
			told = append(told, e.ID)
		}
		query.After = list[len(list)-1].ID
	}
	if strings.Join(got, " ") != strings.Join(ids, " ") || strings.Join(told, " ") != strings.Join(events, " ") {
		t.Errorf("%v\nwant %v\n%v\nwant %v", got, ids, told, events)
	}
	count := func(f2 webhook.Filter) int {
		list, err := f.Deliveries(t.Context(), f2)
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	if a, b, c, d := count(webhook.Filter{Type: "order.c*"}), count(webhook.Filter{States: []webhook.State{webhook.Dead}}), count(webhook.Filter{Event: events[0]}), count(webhook.Filter{Since: noon.Add(1)}); a != 4 || b != 0 || c != 1 || d != 0 {
		t.Errorf("%d, %d, %d, %d", a, b, c, d)
	}
	if list, err := f.Events(t.Context(), webhook.EventFilter{Account: "1"}); err != nil || len(list) != 2 {
		t.Errorf("%v, %v", list, err)
	}
	for _, id := range []string{"", "dlv_", "dlv_00000000", "dlv_zzzzzzzzxxxxxxxxxx", ids[0] + "x", strings.Repeat("x", 9999)} {
		if _, err := f.Delivery(t.Context(), id); !errors.Is(err, webhook.ErrNotFound) {
			t.Errorf("%.30q: %v", id, err)
		}
	}
}
