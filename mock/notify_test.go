package mock_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"understudy/contracts/signature"
	"understudy/mock"
	"understudy/mock/webhook"
)

// A receiver is a server that takes deliveries.
type receiver struct {
	*httptest.Server
	mu   sync.Mutex
	list []delivered
	news chan struct{}
}

type delivered struct {
	path, method string
	header       http.Header
	body         []byte
}

func newReceiver(t testing.TB) *receiver {
	t.Helper()
	r := &receiver{news: make(chan struct{}, 1000)}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, _ := io.ReadAll(q.Body)
		r.mu.Lock()
		r.list = append(r.list, delivered{q.URL.RequestURI(), q.Method, q.Header.Clone(), body})
		r.mu.Unlock()
		w.WriteHeader(http.StatusNoContent)
		r.news <- struct{}{}
	}))
	t.Cleanup(r.Close)
	return r
}

// wait gives all deliveries as soon as there are n.
func (r *receiver) wait(t testing.TB, n int) []delivered {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for {
		r.mu.Lock()
		list := append([]delivered(nil), r.list...)
		r.mu.Unlock()
		if len(list) >= n {
			return list
		}
		select {
		case <-r.news:
		case <-ctx.Done():
			t.Fatalf("%d deliveries came, want %d", len(list), n)
		}
	}
}

// payload decodes a delivery's body.
func (d *delivered) payload(t testing.TB) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal(d.body, &v); err != nil {
		t.Fatalf("%v\n%s", err, d.body)
	}
	return v
}

// hear registers a receiver for events of a server.
func hear(t testing.TB, s *mock.Server, r webhook.EndpointRequest) webhook.Endpoint {
	t.Helper()
	e, _, err := s.Webhooks().Register(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// settled waits until no delivery is under way.
func settled(t testing.TB, s *mock.Server) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := s.Webhooks().Wait(ctx); err != nil {
		t.Fatal(err)
	}
}

// told gives the names of the events that the nth request caused.
func (s *standIn) told(n uint64) []string {
	s.t.Helper()
	names := []string{}
	for _, e := range s.entry(n).Trace.Events {
		names = append(names, e.Name)
	}
	return names
}

// TestOperationsAndTransitionsAreTold walks an order through its life.
func TestOperationsAndTransitionsAreTold(t *testing.T) {
	s := serve(t, "hooks.yaml", mock.Options{})
	r := newReceiver(t)
	hear(t, s.server, webhook.EndpointRequest{URL: r.URL + "/in"})
	steps := []struct {
		line, body string
		status     int
		event      string
		data       map[string]any
	}{
		{"POST /v1/orders", `{"number":"A1","amount":5}`, 201, "order.created", map[string]any{"number": "A1", "amount": 5.0, "status": "pending"}},
		{"POST /v1/orders/1/pay", "", 200, "order.paid", map[string]any{"number": "A1", "amount": 5.0, "status": "paid"}},
		{"POST /v1/orders/1/pay", "", 409, "", nil},
		{"POST /v1/orders/1/cancel", "", 409, "", nil},
		{"PATCH /v1/orders/1", `{"number":"A2"}`, 200, "", nil}, // order.updated is no event of the contract
		{"POST /v1/orders", `{"number":"A2"}`, 409, "", nil},
		{"POST /v1/checks", `{"number":"B7"}`, 200, "", nil}, // the condition does not hold
		{"POST /v1/checks", `{"number":"A2"}`, 200, "order.checked", map[string]any{"number": "A2", "amount": 5.0, "status": "paid"}},
		{"DELETE /v1/orders/1", "", 204, "order.deleted", nil},
		{"GET /v1/orders?__code=200", "", 200, "", nil},
	}
	id, n := "", 0
	for i, step := range steps {
		line := step.line
		if id != "" {
			line = replaceID(line, id)
		}
		a := s.call(line, step.body)
		if a.StatusCode != step.status {
			t.Fatalf("%s: %d %s", line, a.StatusCode, a.body)
		}
		if i == 0 {
			id = memberOf(t, a.body, "id")
		}
		names := s.told(uint64(i + 1))
		if step.event == "" {
			if len(names) > 0 {
				t.Errorf("%s: told %v", line, names)
			}
			continue
		}
		if len(names) != 1 || names[0] != step.event {
			t.Fatalf("%s: told %v, want %s", line, names, step.event)
		}
		n++
		got := r.wait(t, n)[n-1]
		p := got.payload(t)
		if p["type"] != step.event || p["id"] == "" {
			t.Errorf("%s: %s", line, got.body)
		}
		if told := s.entry(uint64(i + 1)).Trace.Events[0]; told.ID != p["id"] || told.Deliveries != 1 || told.Error != "" {
			t.Errorf("%s: the journal has %+v", line, told)
		}
		data, _ := p["data"].(map[string]any)
		if data["id"] != id {
			t.Errorf("%s: data %v is not about %s", line, data, id)
		}
		for name, want := range step.data {
			if data[name] != want {
				t.Errorf("%s: data.%s = %v, want %v", line, name, data[name], want)
			}
		}
		if bad := s.server.Contract().Event(step.event).Check(got.body); len(bad) > 0 {
			t.Errorf("%s: the payload breaks the document: %v", line, bad)
		}
		key := s.server.Webhooks().SecretText(s.server.Contract().Event(step.event).Secret)
		if err := s.server.Contract().Event(step.event).Scheme.Verify(got.header, signature.Message{Body: got.body}, noon, key); err != nil {
			t.Errorf("%s: %v", line, err)
		}
	}
	settled(t, s.server)
	if got := r.wait(t, n); len(got) != n {
		t.Errorf("%d deliveries, want %d", len(got), n)
	}
}

func replaceID(line, id string) string {
	return strings.Replace(line, "/orders/1", "/orders/"+id, 1)
}

func memberOf(t testing.TB, body, name string) string {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal([]byte(body), &v); err != nil {
		t.Fatalf("%v\n%s", err, body)
	}
	text, _ := v[name].(string)
	return text
}

func messageOf(d *delivered) signature.Message {
	return signature.Message{Body: d.body, ContentType: d.header.Get("Content-Type")}
}
