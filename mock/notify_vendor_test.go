package mock_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"understudy/mock"
	"understudy/mock/webhook"
)

// ecosireEvents are all that the vendor documents (ECOSIRE-51, -52, -57 to -63), with the requirement of each.
var ecosireEvents = []struct{ requirement, name string }{
	{"ECOSIRE-52", "checkout.session.completed"},
	{"ECOSIRE-57", "invoice.paid"},
	{"ECOSIRE-58", "customer.subscription.deleted"},
	{"ECOSIRE-59", "customer.subscription.updated"},
	{"ECOSIRE-60", "charge.refunded"},
	{"ECOSIRE-61", "payment_intent.payment_failed"},
	{"ECOSIRE-62", "license.validated"},
	{"ECOSIRE-63", "license.activated"},
}

// TestEcosireEvents triggers each event, and recomputes its signature by other means than those that made it.
func TestEcosireEvents(t *testing.T) {
	s := serve(t, "ecosire", mock.Options{Secret: [32]byte{9}})
	r := newReceiver(t)
	hear(t, s.server, webhook.EndpointRequest{URL: r.URL})
	var names []string
	for _, e := range s.server.Emittable() {
		names = append(names, e.Name)
	}
	var want []string
	for _, e := range ecosireEvents {
		want = append(want, e.name)
	}
	if !slices.Equal(names, want) {
		t.Errorf("ECOSIRE-51: the events are %v, want %v", names, want)
	}
	secrets := map[string]string{}
	for _, ready := range s.server.Ready() {
		secrets[ready.Env] = ready.Value
	}
	stripe, license := secrets["STRIPE_WEBHOOK_SECRET"], secrets["ECOSIRE_LICENSE_SECRET"]
	if !strings.HasPrefix(stripe, "whsec_") || license == "" || license == stripe {
		t.Errorf("ECOSIRE-65, -67: the secrets are %q and %q", stripe, license)
	}
	for i, e := range ecosireEvents {
		switch e.name {
		case "license.validated":
			s.call("POST /api/licenses/validate", `{"key":"ECO-AAAA-BBBB-CCCC","domain":"example.com"}`)
		case "license.activated":
			s.call("POST /api/licenses/activate", `{"key":"ECO-AAAA-BBBB-CCCC","domain":"shop.example.com"}`)
		default:
			if _, _, err := s.server.Emit(t.Context(), webhook.Emission{Type: e.name}); err != nil {
				t.Fatalf("%s: %v", e.requirement, err)
			}
		}
		d := r.wait(t, i+1)[i]
		if bad := s.server.Contract().Event(e.name).Check(d.body); len(bad) > 0 {
			t.Errorf("%s: %s breaks the contract: %v\n%s", e.requirement, e.name, bad, d.body)
		}
		p := d.payload(t)
		if p["type"] != e.name || p["object"] != "event" {
			t.Errorf("%s: %s", e.requirement, d.body)
		}
		if created, ok := p["created"].(float64); !ok || int64(created) != noon.Unix() {
			t.Errorf("%s: created is %v, want %d", e.requirement, p["created"], noon.Unix())
		}
		header, signed := "Stripe-Signature", fmt.Sprintf("t=%d,v1=%s", noon.Unix(), sum(stripe, fmt.Sprintf("%d.%s", noon.Unix(), d.body)))
		other := "X-License-Signature"
		if strings.HasPrefix(e.name, "license.") {
			header, signed, other = other, sum(license, string(d.body)), header
		}
		if got := d.header.Get(header); got != signed {
			t.Errorf("ECOSIRE-64, -66, -68: %s has %s %q, want %q", e.name, header, got, signed)
		}
		if d.header.Get(other) != "" {
			t.Errorf("ECOSIRE-66: %s has %s too", e.name, other)
		}
	}
}

// TestEndpointsSubscribe delivers each event exactly to the endpoints that want it, at the instant of the action (ECOSIRE-49, -50).
func TestEndpointsSubscribe(t *testing.T) {
	s := serve(t, "ecosire", mock.Options{})
	paid, licenses, off := newReceiver(t), newReceiver(t), newReceiver(t)
	hear(t, s.server, webhook.EndpointRequest{URL: paid.URL, Events: []string{"invoice.paid"}})
	hear(t, s.server, webhook.EndpointRequest{URL: licenses.URL, Events: []string{"license.*"}})
	hear(t, s.server, webhook.EndpointRequest{URL: off.URL, Disabled: true})
	for _, e := range ecosireEvents {
		if _, _, err := s.server.Emit(t.Context(), webhook.Emission{Type: e.name}); err != nil {
			t.Fatal(e.requirement, err)
		}
	}
	paid.wait(t, 1)
	licenses.wait(t, 2)
	settled(t, s.server)
	if a, b, c := len(paid.wait(t, 1)), len(licenses.wait(t, 2)), len(off.wait(t, 0)); a != 1 || b != 2 || c != 0 {
		t.Errorf("ECOSIRE-50: %d, %d and %d deliveries, want 1, 2 and 0", a, b, c)
	}
	sent, err := s.server.Webhooks().Deliveries(t.Context(), webhook.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range sent {
		attempts, err := s.server.Webhooks().Attempts(t.Context(), d.ID)
		if err != nil || len(attempts) != 1 || !attempts[0].At.Equal(noon) {
			t.Errorf("ECOSIRE-49: %s: %v %v", d.Type, attempts, err)
		}
	}
}

// sum is the lower-case hex of HMAC-SHA256.
func sum(secret, text string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(text))
	return hex.EncodeToString(mac.Sum(nil))
}

// TestLicenseEventsTellTheLicense holds what the events of licences say against the state and the exchange (ECOSIRE-62, -63,
// -G07), and looks for events where nothing succeeded.
func TestLicenseEventsTellTheLicense(t *testing.T) {
	s := serve(t, "ecosire", mock.Options{})
	r := newReceiver(t)
	hear(t, s.server, webhook.EndpointRequest{URL: r.URL, Events: []string{"license.*"}})
	n := 0
	for i, c := range []struct {
		line, body string
		status     int
		want       map[string]any // nil: nothing is told
	}{
		{"POST /api/licenses/validate", `{"key":"ECO-AAAA-BBBB-CCCC","domain":"example.com"}`, 200, map[string]any{"id": "lic_0001", "key": "ECO-AAAA-BBBB-CCCC", "productId": "prd_01HODOOCRM", "domain": "example.com", "status": "active", "activationsCount": 1.0, "activationsLimit": 3.0}},
		{"POST /api/licenses/validate", `{"key":"ECO-7F3K-9QZD-2MXW","domain":"lager.alpenrad.example"}`, 200, map[string]any{"id": "lic_0002", "key": "ECO-7F3K-9QZD-2MXW", "productId": "prd_01HODOOINV"}},
		{"POST /api/licenses/validate", `{"key":"ECO-P4RD-6WTN-8HVC","domain":"example.com"}`, 200, nil},
		{"POST /api/licenses/validate", `{"key":"ECO-ZZZZ-ZZZZ-ZZZZ","domain":"example.com"}`, 200, nil},
		{"POST /api/licenses/validate", `{}`, 422, nil},
		{"POST /api/licenses/activate", `{"key":"ECO-AAAA-BBBB-CCCC","domain":"shop.example.com"}`, 200, map[string]any{"id": "lic_0001", "domain": "shop.example.com", "activationsCount": 2.0, "activationsLimit": 3.0}},
		{"POST /api/licenses/activate", `{"key":"ECO-7F3K-9QZD-2MXW","domain":"shop.example.com"}`, 409, nil},
		{"POST /api/licenses/activate", `{"key":"ECO-ZZZZ-ZZZZ-ZZZZ","domain":"shop.example.com"}`, 404, nil},
	} {
		a := s.call(c.line, c.body)
		if a.StatusCode != c.status {
			t.Fatalf("%s %s: %d %s", c.line, c.body, a.StatusCode, a.body)
		}
		told := s.entry(uint64(i + 1)).Trace.Events
		if c.want == nil {
			if len(told) > 0 {
				t.Errorf("%s %s: told %+v", c.line, c.body, told)
			}
			continue
		}
		if n++; len(told) != 1 || told[0].Error != "" {
			t.Fatalf("%s %s: told %+v", c.line, c.body, told)
		}
		d := r.wait(t, n)[n-1]
		var p struct {
			Data struct {
				Object map[string]any `json:"object"`
			} `json:"data"`
		}
		if err := json.Unmarshal(d.body, &p); err != nil {
			t.Fatal(err)
		}
		for name, want := range c.want {
			if p.Data.Object[name] != want {
				t.Errorf("%s %s: %s is %v, want %v\n%s", c.line, c.body, name, p.Data.Object[name], want, d.body)
			}
		}
	}
	settled(t, s.server)
	if got := r.wait(t, n); len(got) != n {
		t.Errorf("%d deliveries, want %d", len(got), n)
	}
}

// TestCheckoutGrantsLicenses triggers the purchase (ECOSIRE-53 to -56): one order, one licence for each product, once for
// each event id.
func TestCheckoutGrantsLicenses(t *testing.T) {
	s := serve(t, "ecosire", mock.Options{})
	r := newReceiver(t)
	hear(t, s.server, webhook.EndpointRequest{URL: r.URL})
	before := s.counts()
	emission := webhook.Emission{Type: "checkout.session.completed", Fill: map[string]any{"/data/object/metadata/productIds": `["prd_01HODOOCRM","prd_01HODOOINV"]`}}
	event, deliveries, err := s.server.Emit(t.Context(), emission)
	if err != nil || len(deliveries) != 1 {
		t.Fatal(deliveries, err)
	}
	d := r.wait(t, 1)[0]
	var p struct {
		ID   string
		Data struct {
			Object struct {
				ID            string
				Amount        json.Number `json:"amount_total"`
				Currency      string
				Mode          string
				PaymentStatus string `json:"payment_status"`
				Metadata      struct{ UserID, ProductIDs any }
			}
		}
	}
	if err := json.Unmarshal(d.body, &p); err != nil {
		t.Fatal(err)
	}
	session := p.Data.Object
	if p.ID != event.ID || session.Amount != "24900" || session.Currency != "usd" || session.Mode != "payment" || session.PaymentStatus != "paid" {
		t.Errorf("ECOSIRE-54, -55: %s", d.body)
	}
	if text, ok := session.Metadata.ProductIDs.(string); !ok || text != `["prd_01HODOOCRM","prd_01HODOOINV"]` {
		t.Errorf("ECOSIRE-56: productIds is %v", session.Metadata.ProductIDs)
	}
	after := s.counts()
	if after != [2]int{before[0] + 1, before[1] + 2} {
		t.Fatalf("ECOSIRE-53: orders and licences were %v and are %v", before, after)
	}
	order := s.newest("/api/orders")
	if order["checkoutSessionId"] != session.ID || order["userId"] != session.Metadata.UserID || order["status"] != "paid" || order["amountTotal"] != 24900.0 {
		t.Errorf("ECOSIRE-53: the order is %v", order)
	}
	if ids, _ := json.Marshal(order["productIds"]); string(ids) != `["prd_01HODOOCRM","prd_01HODOOINV"]` {
		t.Errorf("ECOSIRE-53: the order's products are %s", ids)
	}
	if license := s.newest("/api/licenses"); license["productId"] != "prd_01HODOOINV" || license["status"] != "active" {
		t.Errorf("ECOSIRE-53: the licence is %v", license)
	}

	if _, err := s.server.Webhooks().Replay(t.Context(), deliveries[0].ID); err != nil {
		t.Fatal(err)
	}
	if again := r.wait(t, 2)[1]; !bytes.Equal(again.body, d.body) {
		t.Errorf("the replay is another event: %s", again.body)
	}
	emission.Payload = d.body // told once more under the same id
	if _, _, err := s.server.Emit(t.Context(), emission); err != nil {
		t.Fatal(err)
	}
	if again := s.counts(); again != after {
		t.Errorf("ECOSIRE-53: the same event id has created again: %v, %v", after, again)
	}
	emission.Payload = nil
	if other, _, err := s.server.Emit(t.Context(), emission); err != nil || other.ID == event.ID {
		t.Errorf("another event has the id %s, as %s (%v)", other.ID, event.ID, err)
	}
	if again := s.counts(); again != [2]int{after[0] + 1, after[1] + 2} {
		t.Errorf("ECOSIRE-53: another event has created %v behind %v", again, after)
	}
}

// counts is how many orders and licences there are.
func (s *standIn) counts() (n [2]int) {
	s.t.Helper()
	for i, path := range []string{"/orders", "/licenses"} {
		items, err := s.server.Resources().Items(s.t.Context(), s.server.Model().Collection(path), nil)
		if err != nil {
			s.t.Fatal(err)
		}
		n[i] = len(items)
	}
	return n
}

// newest is the item of a collection that came last, as its operation shows it.
func (s *standIn) newest(path string) map[string]any {
	s.t.Helper()
	items, err := s.server.Resources().Items(s.t.Context(), s.server.Model().Collection(strings.TrimPrefix(path, "/api")), nil)
	if err != nil || len(items) == 0 {
		s.t.Fatal(items, err)
	}
	a := s.call("GET "+path+"/"+items[len(items)-1].ID, "")
	var v map[string]any
	if err := json.Unmarshal([]byte(a.body), &v); err != nil || a.StatusCode != http.StatusOK {
		s.t.Fatal(a.StatusCode, a.body, err)
	}
	return v
}

// TestEcoEventsTellsItsChanges walks the operations that emit (ECOEVENTS-G12).
func TestEcoEventsTellsItsChanges(t *testing.T) {
	s := serve(t, "ecoevents", mock.Options{})
	r := newReceiver(t)
	hear(t, s.server, webhook.EndpointRequest{URL: r.URL})
	for i, c := range []struct{ line, body, event string }{
		{"PATCH /v1/events/evt_7k2m9p4q1r", `{"name":"Nordic Climate Week"}`, "event.updated"},
		{"DELETE /v1/events/evt_7k2m9p4q1r", "", "event.deleted"},
		{"PATCH /v1/vendors/ven_3f8g1h6j0k", `{"name":"Rübe"}`, "vendor.updated"},
	} {
		if a := s.call(c.line, c.body); a.StatusCode >= 300 {
			t.Fatalf("%s: %d %s", c.line, a.StatusCode, a.body)
		}
		d := r.wait(t, i+1)[i]
		e := s.server.Contract().Event(c.event)
		if bad := e.Check(d.body); len(bad) > 0 || d.payload(t)["type"] != c.event {
			t.Errorf("%s: %v\n%s", c.line, bad, d.body)
		}
		data, _ := d.payload(t)["data"].(map[string]any)
		if id := c.line[strings.LastIndexByte(c.line, '/')+1:]; data["id"] != id {
			t.Errorf("%s: the payload is about %v", c.line, data["id"])
		}
		if c.event == "event.deleted" && len(data) != 1 {
			t.Errorf("%s: data is %v, documented is the id alone", c.line, data)
		}
		if e.Scheme.Verify(d.header, messageOf(&d), noon, s.server.Webhooks().SecretText("ECOEVENTS_WEBHOOK_SECRET")) != nil {
			t.Errorf("%s: the signature is not good", c.line)
		}
	}
}

// TestEckoSpaceFamilies switches the vendor's families of events off and on (ECKOSPACE-23).
func TestEckoSpaceFamilies(t *testing.T) {
	s := serve(t, "eckospace", mock.Options{})
	r := newReceiver(t)
	hear(t, s.server, webhook.EndpointRequest{URL: r.URL})
	n := 0
	for _, name := range []string{"payment.updated", "wallet.updated", "moderation.updated", "business.updated"} {
		e := s.server.Contract().Event(name)
		if e == nil {
			t.Fatalf("there is no event %s", name)
		}
		if _, _, err := s.server.Emit(t.Context(), webhook.Emission{Type: name}); err != nil {
			t.Fatal(name, err)
		}
		n++
		d := r.wait(t, n)[n-1]
		if bad := e.Check(d.body); len(bad) > 0 || e.Scheme.Verify(d.header, messageOf(&d), noon, s.server.Webhooks().SecretText("ECKOSPACE_WEBHOOK_SECRET")) != nil {
			t.Errorf("%s: %v\n%s", name, bad, d.body)
		}
		family := e.Behaviour.Family
		if err := s.server.SwitchFamily(family, false); err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.server.Emit(t.Context(), webhook.Emission{Type: name}); !errors.Is(err, mock.ErrSilent) {
			t.Errorf("%s was told although its family is off: %v", name, err)
		}
		if slices.Contains(s.server.Emittable(), e) {
			t.Errorf("%s is among the events that are told", name)
		}
	}
	settled(t, s.server)
	if got := r.wait(t, n); len(got) != n {
		t.Errorf("%d deliveries, want %d", len(got), n)
	}
	for _, f := range s.server.Families() {
		if f.On || len(f.Events) != 1 || s.server.SwitchFamily(f.Name, true) != nil {
			t.Errorf("%+v", f)
		}
	}
	if len(s.server.Emittable()) != n || !errors.Is(s.server.SwitchFamily("none", true), mock.ErrNoFamily) {
		t.Errorf("%d events are told", len(s.server.Emittable()))
	}
}
