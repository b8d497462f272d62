package mock_test

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"understudy/mock"
	"understudy/mock/clock"
	"understudy/mock/credential"
	"understudy/mock/webhook"
)

// TestEventsStayInTheirAccount lets two accounts change orders, and endpoints of both listen.
func TestEventsStayInTheirAccount(t *testing.T) {
	s := serve(t, "hooks.yaml", mock.Options{Auth: mock.Enforce})
	north, south, all := newReceiver(t), newReceiver(t), newReceiver(t)
	hear(t, s.server, webhook.EndpointRequest{URL: north.URL, Account: "north"})
	hear(t, s.server, webhook.EndpointRequest{URL: south.URL, Account: "south"})
	hear(t, s.server, webhook.EndpointRequest{URL: all.URL})
	key := func(account string) string {
		issued, err := s.server.Credentials().CreateKey(t.Context(), credential.KeyRequest{Account: account})
		if err != nil {
			t.Fatal(err)
		}
		return "Authorization: Bearer " + issued.Text
	}
	for account, r := range map[string]*receiver{"north": north, "south": south} {
		if a := s.call("POST /v1/orders", `{"number":"`+account+`"}`, key(account)); a.StatusCode != http.StatusCreated {
			t.Fatal(a.StatusCode, a.body)
		}
		if d := r.wait(t, 1)[0]; !bytes.Contains(d.body, []byte(`"`+account+`"`)) {
			t.Errorf("%s heard %s", account, d.body)
		}
	}
	all.wait(t, 2)
	settled(t, s.server)
	if n, m := len(north.wait(t, 1)), len(south.wait(t, 1)); n != 1 || m != 1 {
		t.Errorf("north heard %d times, south %d", n, m)
	}
}

// TestTroubleAndEvents orders faults before and behind the effect, and repeats requests with a key: what happened once is told
// once.
func TestTroubleAndEvents(t *testing.T) {
	s := serve(t, "hooks.yaml", mock.Options{})
	r := newReceiver(t)
	hear(t, s.server, webhook.EndpointRequest{URL: r.URL})
	for i, c := range []struct {
		name, fault string
		headers     []string
		number      string
		told        bool
	}{
		{"first", "", []string{"Idempotency-Key: k1"}, "1", true},
		{"repeat", "", []string{"Idempotency-Key: k1"}, "1", false},
		{"refused", "", nil, "1", false},
		{"status before the effect", "status=503;times=1", nil, "2", false},
		{"reset before the effect", "reset;times=1", nil, "3", false},
		{"dropped behind the effect", "drop;times=1", nil, "4", true},
		{"status behind the effect", "status=500;effect;times=1", nil, "5", true},
		{"body made wrong", "malformed-json;times=1", nil, "6", true},
		{"preferred answer", "", []string{"Prefer: code=201"}, "7", false},
	} {
		if c.fault != "" {
			s.order(c.fault)
		}
		request, err := http.NewRequestWithContext(t.Context(), "POST", s.url+"/v1/orders", strings.NewReader(`{"number":"`+c.number+`"}`))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/json")
		for _, line := range c.headers {
			name, value, _ := strings.Cut(line, ": ")
			request.Header.Set(name, value)
		}
		if response, err := s.client.Do(request); err == nil {
			response.Body.Close()
		}
		if told := s.told(uint64(i + 1)); len(told) == 1 != c.told || len(told) > 1 {
			t.Errorf("%s: told %v", c.name, told)
		}
	}
	settled(t, s.server)
	if n := len(r.wait(t, 4)); n != 4 {
		t.Errorf("%d deliveries, want 4", n)
	}
}

// TestTheClockTells lets an order run out, by moving the clock and by looking at it afterwards, in the world of its account.
func TestTheClockTells(t *testing.T) {
	k := clock.New(clock.Options{At: noon, Frozen: true})
	s := serve(t, "hooks.yaml", mock.Options{Clock: k})
	r, other := newReceiver(t), newReceiver(t)
	hear(t, s.server, webhook.EndpointRequest{URL: r.URL, Events: []string{"order.expired"}, Account: "north"})
	hear(t, s.server, webhook.EndpointRequest{URL: other.URL, Events: []string{"order.expired"}, Account: "south"})
	id := memberOf(t, s.call("POST /v1/orders", `{"number":"A1"}`).body, "id")
	if _, err := k.Advance(29 * time.Minute); err != nil {
		t.Fatal(err)
	}
	settled(t, s.server)
	if n := len(r.wait(t, 0)); n != 0 {
		t.Fatalf("told %d times before it was due", n)
	}
	if _, err := k.Advance(time.Hour); err != nil {
		t.Fatal(err)
	}
	d := r.wait(t, 1)[0]
	p := d.payload(t)
	data, _ := p["data"].(map[string]any)
	if p["type"] != "order.expired" || data["id"] != id || data["status"] != "expired" {
		t.Errorf("%s", d.body)
	}
	if at, _ := p["created"].(float64); int64(at) != noon.Add(30*time.Minute).Unix() {
		t.Errorf("it happened at %v, want %d", p["created"], noon.Add(30*time.Minute).Unix())
	}
	settled(t, s.server)
	if n := len(other.wait(t, 0)); n != 0 {
		t.Errorf("another account heard of it")
	}
}

// TestSandboxesTellApart forks a world with an endpoint: both tell of their own changes, under ids of their own, and a sandbox
// that is dropped sends nothing more.
func TestSandboxesTellApart(t *testing.T) {
	k := clock.New(clock.Options{At: noon, Frozen: true})
	s := serve(t, "hooks.yaml", mock.Options{Clock: k})
	r := newReceiver(t)
	hear(t, s.server, webhook.EndpointRequest{URL: r.URL})
	if _, err := s.server.Sandboxes().Save("listening", ""); err != nil {
		t.Fatal(err)
	}
	box, err := s.server.Sandboxes().Create(t.Context(), mock.SandboxOptions{Name: "box", Snapshot: "listening"})
	if err != nil {
		t.Fatal(err)
	}
	s.call("POST /v1/orders", `{"number":"main"}`)
	s.call("POST /v1/orders", `{"number":"boxed"}`, mock.SandboxHeader+": box")
	list := r.wait(t, 2)
	if !bytes.Contains(bytes.Join([][]byte{list[0].body, list[1].body}, nil), []byte(`"boxed"`)) {
		t.Errorf("%s and %s", list[0].body, list[1].body)
	}
	for world, server := range map[string]*mock.Server{"main": s.server, "boxed": box.Server()} {
		events, err := server.Webhooks().Events(t.Context(), webhook.EventFilter{})
		if err != nil || len(events) != 1 {
			t.Fatal(world, events, err)
		}
		e, err := server.Webhooks().Event(t.Context(), events[0].ID)
		if err != nil || !bytes.Contains(e.Payload, []byte(`"`+world+`"`)) {
			t.Errorf("%s: %s %v", world, e.Payload, err)
		}
	}
	if err := box.Server().Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
	if events, _ := box.Server().Webhooks().Events(t.Context(), webhook.EventFilter{}); len(events) != 0 {
		t.Errorf("a reset leaves %d events", len(events))
	}
	if endpoints, _ := box.Server().Webhooks().Endpoints(t.Context()); len(endpoints) != 1 {
		t.Errorf("a reset of the sandbox leaves %d endpoints of its snapshot", len(endpoints))
	}
	if err := s.server.Sandboxes().Drop("box"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := box.Server().Emit(t.Context(), webhook.Emission{Type: "order.paid"}); err == nil {
		t.Error("a sandbox that was dropped tells of events")
	}
	if err := s.server.Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
	if endpoints, _ := s.server.Webhooks().Endpoints(t.Context()); len(endpoints) != 0 {
		t.Errorf("a reset leaves %d endpoints", len(endpoints))
	}
}

// TestRestoredDeliveries takes a world back to a snapshot with a delivery that waits for its next attempt: it is made again.
func TestRestoredDeliveries(t *testing.T) {
	k := clock.New(clock.Options{At: noon, Frozen: true})
	s := serve(t, "hooks.yaml", mock.Options{Clock: k})
	inbox := newInboxServer(t, s.server)
	if err := s.server.Inbox().Script("/in", mock.InboxAnswer{Status: 500}); err != nil {
		t.Fatal(err)
	}
	hear(t, s.server, webhook.EndpointRequest{URL: inbox + "/in", Delivery: webhook.Manner{Waits: []time.Duration{0, time.Minute, time.Minute}}})
	s.call("POST /v1/orders", `{"number":"A1"}`)
	settled(t, s.server)
	if _, err := s.server.Sandboxes().Save("waiting", ""); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.server.Sandboxes().Restore(t.Context(), "waiting", "", true); err != nil {
			t.Fatal(err)
		}
		if _, err := k.Advance(time.Minute); err != nil {
			t.Fatal(err)
		}
		settled(t, s.server)
	}
	got := s.server.Inbox().List(mock.InboxQuery{})
	if len(got) != 3 || !bytes.Equal(got[0].Body, got[2].Body) {
		t.Errorf("%d requests came", len(got))
	}
}

// TestEqualRunsTellTheSame runs the same requests twice and once with another seed.
func TestEqualRunsTellTheSame(t *testing.T) {
	run := func(seed uint64) string {
		s := serve(t, "hooks.yaml", mock.Options{Seed: seed, Secret: [32]byte{byte(seed)}})
		inbox := newInboxServer(t, s.server)
		ordered := true
		hear(t, s.server, webhook.EndpointRequest{URL: inbox, Delivery: webhook.Manner{Ordered: &ordered}})
		id := memberOf(t, s.call("POST /v1/orders", `{"number":"A1"}`).body, "id")
		s.call("POST /v1/orders/"+id+"/pay", "")
		s.call("POST /v1/checks", `{"number":"A9"}`)
		if _, _, err := s.server.Emit(t.Context(), webhook.Emission{Type: "shipment.planned"}); err != nil {
			t.Fatal(err)
		}
		settled(t, s.server)
		var b strings.Builder
		for _, r := range s.server.Inbox().List(mock.InboxQuery{}) {
			fmt.Fprintf(&b, "%s %s %s %s\n", r.Header["Webhook-Id"], r.Header["Webhook-Timestamp"], r.Header["Webhook-Signature"], r.Body)
		}
		return b.String()
	}
	first := run(5)
	if strings.Count(first, "\n") != 4 {
		t.Fatalf("too little came:\n%s", first)
	}
	if again := run(5); again != first {
		t.Errorf("equal runs differ:\n%s\n%s", first, again)
	}
	if other := run(6); other == first {
		t.Error("another seed and secret tell the same")
	}
}

// TestReplaysTellNobody replays a recorded run of a world with an endpoint: answers are the same, and nothing is sent.
func TestReplaysTellNobody(t *testing.T) {
	k := clock.New(clock.Options{At: noon, Frozen: true})
	s := serve(t, "hooks.yaml", mock.Options{Clock: k, Auth: mock.Enforce, NoCredentials: false})
	r := newReceiver(t)
	hear(t, s.server, webhook.EndpointRequest{URL: r.URL})
	if _, err := s.server.ClearJournal(t.Context()); err != nil {
		t.Fatal(err)
	}
	key := "Authorization: Bearer " + s.server.Ready()[0].Value
	if a := s.call("POST /v1/orders", `{"number":"A1"}`, key); a.StatusCode != http.StatusCreated {
		t.Fatal(a.StatusCode, a.body)
	}
	if a := s.call("POST /v1/exports", `{"format":"csv","callbackUrl":"`+r.URL+`/done"}`); a.StatusCode != http.StatusAccepted {
		t.Fatal(a.StatusCode, a.body)
	}
	r.wait(t, 2)
	settled(t, s.server)
	bundle, again := replay(t, bundleOf(t, s.server))
	unchanged(t, again)
	if len(bundle.Steps) != 2 {
		t.Errorf("%d steps", len(bundle.Steps))
	}
	if n := len(r.wait(t, 2)); n != 2 {
		t.Errorf("the replay has sent %d deliveries", n-2)
	}
}

// TestCreatesOutOfALabelledPayload makes items of a list that is written as a text.
func TestCreatesOutOfALabelledPayload(t *testing.T) {
	s := serve(t, "hooks.yaml", mock.Options{})
	for range 2 {
		if _, _, err := s.server.Emit(t.Context(), webhook.Emission{Type: "shipment.planned", Fill: map[string]any{"/id": "evt_fixed", "/data/labels": `["L1","L2","L3"]`}}); err != nil {
			t.Fatal(err)
		}
	}
	items, err := s.server.Resources().Items(t.Context(), s.server.Model().Collection("/parcels"), nil)
	if err != nil {
		t.Fatal(err)
	}
	labels := map[string]int{}
	for _, item := range items {
		labels[memberOf(t, string(item.Value), "label")+" "+memberOf(t, string(item.Value), "carrier")]++
	}
	for _, want := range []string{"L1 by north", "L2 by north", "L3 by north"} {
		if labels[want] != 1 {
			t.Errorf("%s was made %d times: %v", want, labels[want], labels)
		}
	}
	if _, _, err := s.server.Emit(t.Context(), webhook.Emission{Type: "shipment.planned", Fill: map[string]any{"/data/labels": "no list"}}); err == nil {
		t.Error("a text that is no list creates nothing, and nobody says so")
	}
}

// TestFamiliesAndModules lets a family go with the module of its name.
func TestFamiliesAndModules(t *testing.T) {
	s := serve(t, "hooks.yaml", mock.Options{})
	if f := s.server.Families(); len(f) != 1 || f[0].Name != "cancelling" || !f[0].Module || !f[0].On {
		t.Fatalf("%+v", f)
	}
	for _, on := range []bool{false, true} {
		if err := s.server.SwitchFamily("cancelling", on); err != nil {
			t.Fatal(err)
		}
		if m := s.server.Modules()[0]; m.On != on {
			t.Errorf("the module is %v, its family %v", m.On, on)
		}
		_, _, err := s.server.Emit(t.Context(), webhook.Emission{Type: "order.cancelled"})
		if (err == nil) != on {
			t.Errorf("with the family %v: %v", on, err)
		}
	}
}
