package control_test

import (
	"encoding/json"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"understudy/contracts"
	"understudy/mock"
	"understudy/mock/clock"
	"understudy/mock/control"
)

// A harbour is a contract that tells others about what happens, with its management API.
type harbour struct {
	stand
	clock *clock.Virtual
}

func openHarbour(t *testing.T) *harbour {
	t.Helper()
	c, err := contracts.Load(t.Context(), filepath.Join("testdata", "harbour.yaml"), contracts.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range c.Warnings {
		t.Log(w.Message)
	}
	h := &harbour{stand: stand{t: t}, clock: clock.New(clock.Options{At: noon, Frozen: true})}
	if h.server, err = mock.New(t.Context(), mock.Options{Contract: c, Clock: h.clock, Secret: [32]byte{9}}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.server.Webhooks().Stop)
	api := httptest.NewServer(h.server)
	t.Cleanup(api.Close)
	h.shop = api.URL + "/v2"
	h.handler = control.New(control.Options{Clock: h.clock})
	h.handler.Add("harbour", h.shop, func() *mock.Server { return h.server })
	h.handler.Ready()
	h.serve()
	return h
}

// inbox is an address of the inbox.
func (h *harbour) inbox(path string) string { return h.url + "/inbox/harbour" + path }

// ask sends a request and reads its answer, which must have a status.
func (h *harbour) ask(method, path, body string, status int, into any) {
	h.t.Helper()
	got, answer := h.send(method, one+path, body)
	if got != status {
		h.t.Fatalf("%s %s answered %d, want %d: %s", method, path, got, status, answer)
	}
	if into == nil {
		return
	}
	if err := json.Unmarshal([]byte(answer), into); err != nil {
		h.t.Fatalf("%s %s: %v: %s", method, path, err, answer)
	}
}

// endpoint registers one.
func (h *harbour) endpoint(body map[string]any) control.Endpoint {
	h.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		h.t.Fatal(err)
	}
	var made control.Endpoint
	h.ask("POST", "/endpoints", string(text), 201, &made)
	return made
}

// event sends one and gives it with its deliveries.
func (h *harbour) event(body string) control.SentEvent {
	h.t.Helper()
	var sent control.SentEvent
	h.ask("POST", "/events", body, 201, &sent)
	return sent
}

// delivered waits until a delivery is finished.
func (h *harbour) delivered(id string) control.DeliveryRecord {
	h.t.Helper()
	if err := h.server.Webhooks().Wait(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
	var record control.DeliveryRecord
	h.ask("GET", "/deliveries/"+id, "", 200, &record)
	return record
}

// arrived waits for requests to the inbox.
func (h *harbour) arrived(count int) []control.Received {
	h.t.Helper()
	body, _ := json.Marshal(map[string]any{"count": count, "within": "20s"})
	var list control.ArrivedRequests
	h.ask("POST", "/inbox/wait", string(body), 200, &list)
	if !list.Arrived {
		h.t.Fatalf("%d requests came to the inbox, want %d", len(list.Requests), count)
	}
	return list.Requests
}
