package mock_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"understudy/contracts"
	"understudy/mock"
	"understudy/mock/clock"
	"understudy/mock/webhook"
)

// TestCallbacks starts an export: who asked is called, with what the exchange said.
func TestCallbacks(t *testing.T) {
	s := serve(t, "hooks.yaml", mock.Options{})
	r := newReceiver(t)
	a := s.call("POST /v1/exports?notify="+r.URL+"/progress", `{"format":"csv","callbackUrl":"`+r.URL+`/done?ticket=7"}`)
	if a.StatusCode != http.StatusAccepted {
		t.Fatal(a.StatusCode, a.body)
	}
	byPath := map[string]delivered{}
	for _, d := range r.wait(t, 2) {
		byPath[d.method+" "+d.path] = d
	}
	done, ok := byPath["POST /done?ticket=7"]
	if p := done.payload(t); !ok || p["id"] != "exp_1" || p["format"] != "csv" || p["rows"] == nil {
		t.Errorf("%v: %s", ok, done.body)
	}
	progress, ok := byPath["PUT /progress/exp_1"]
	if p := progress.payload(t); !ok || p["id"] != "exp_1" {
		t.Errorf("%v: %s", ok, progress.body)
	}
	for _, told := range s.entry(1).Trace.Events {
		if !told.Callback || told.Deliveries != 1 || told.ID == "" || told.Error != "" {
			t.Errorf("%+v", told)
		}
	}
}

// TestHostileCallbacks asks the stand-in to call where it may not.
func TestHostileCallbacks(t *testing.T) {
	s := serve(t, "hooks.yaml", mock.Options{})
	for i, c := range []struct{ address, want string }{
		{"http://169.254.169.254/latest/meta-data", "metadata"},
		{"http://10.0.0.1/", "private"},
		{"http://[fe80::1]/", "link-local"},
		{"file:///etc/passwd", "no absolute http"},
		{"gopher://127.0.0.1:70/", "no absolute http"},
		{"//example.com/x", "no absolute http"},
		{"javascript:alert(1)", "no absolute http"},
		{"http://127.0.0.1:1/\r\nX: y", ""},
		{"http://", ""},
		{"http://user:secret@10.0.0.1/", ""},
		{strings.Repeat("http://a", 1000), ""},
	} {
		body, _ := json.Marshal(map[string]string{"format": "csv", "callbackUrl": c.address})
		if a := s.call("POST /v1/exports", string(body)); a.StatusCode != http.StatusAccepted {
			t.Fatalf("%s: %d %s", c.address, a.StatusCode, a.body)
		}
		told := s.entry(uint64(i + 1)).Trace.Events
		if len(told) != 2 || told[0].Error == "" || told[0].ID != "" || !strings.Contains(told[0].Error, c.want) {
			t.Errorf("%.60s: %+v", c.address, told)
		}
		if strings.Contains(told[0].Error, "secret") {
			t.Errorf("the journal shows a password: %s", told[0].Error)
		}
		if !strings.Contains(told[1].Error, "gives no address") { // the query was not sent
			t.Errorf("%+v", told[1])
		}
	}
	deliveries, err := s.server.Webhooks().Deliveries(t.Context(), webhook.Filter{})
	if err != nil || len(deliveries) != 0 {
		t.Errorf("%d deliveries were made, %v", len(deliveries), err)
	}
}

// TestCallbackExpressions calls the addresses that the runtime expressions of fixtures/vectors give, as the specification
// shows them. Nothing leaves the process.
func TestCallbackExpressions(t *testing.T) {
	data, err := os.ReadFile("../fixtures/vectors/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors struct {
		Expressions struct {
			Request struct {
				Method, URL string
				Template    string `json:"path_template"`
				Headers     map[string]string
				Body        json.RawMessage
			}
			Response struct {
				Status  int
				Headers map[string]string
			}
			Cases [][2]string
		} `json:"openapi_runtime_expressions"`
	}
	if err := json.Unmarshal(data, &vectors); err != nil {
		t.Fatal(err)
	}
	v := vectors.Expressions
	callbacks := map[string]any{}
	for i, c := range v.Cases {
		key := "{" + c[0] + "}"
		if !strings.HasPrefix(c[1], "https://") {
			key = "https://example.org/{" + c[0] + "}"
		}
		callbacks[fmt.Sprintf("case%d", i)] = map[string]any{key: map[string]any{"post": map[string]any{"responses": map[string]any{"200": map[string]any{"description": "taken"}}}}}
	}
	headers := map[string]any{}
	for name, value := range v.Response.Headers {
		headers[name] = map[string]any{"required": true, "schema": map[string]any{"type": "string", "const": value}}
	}
	document, _ := json.Marshal(map[string]any{
		"openapi": "3.1.0", "info": map[string]any{"title": "Expressions", "version": "1"},
		"paths": map[string]any{v.Request.Template: map[string]any{"post": map[string]any{
			"operationId": "subscribe",
			"parameters": []any{
				map[string]any{"name": "eventType", "in": "path", "required": true, "schema": map[string]any{"type": "string"}},
				map[string]any{"name": "queryUrl", "in": "query", "schema": map[string]any{"type": "string"}},
			},
			"requestBody": map[string]any{"content": map[string]any{"application/json": map[string]any{}}},
			"responses":   map[string]any{fmt.Sprint(v.Response.Status): map[string]any{"description": "made", "headers": headers}},
			"callbacks":   callbacks,
		}}},
	})
	contract, err := contracts.Load(t.Context(), "openapi.json", contracts.Options{Files: fstest.MapFS{"openapi.json": {Data: document}}})
	if err != nil {
		t.Fatal(err)
	}
	server, err := mock.New(t.Context(), mock.Options{
		Contract: contract, Clock: clock.New(clock.Options{At: noon, Frozen: true}), Webhooks: mock.WebhookOptions{Silent: true}, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(v.Request.Method, v.Request.URL, strings.NewReader(string(v.Request.Body)))
	for name, value := range v.Request.Headers {
		r.Header.Set(name, value)
	}
	r.TLS = nil
	w := httptest.NewRecorder()
	server.ServeHTTP(w, r)
	if w.Code != v.Response.Status {
		t.Fatal(w.Code, w.Body)
	}
	settled(t, server)
	sent, err := server.Webhooks().Deliveries(t.Context(), webhook.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	called := map[string]int{}
	for _, d := range sent {
		called[d.URL]++
		if d.State != webhook.Delivered {
			t.Errorf("%s: %s %s", d.URL, d.State, d.Why)
		}
	}
	for _, c := range v.Cases {
		want := c[1]
		if !strings.HasPrefix(want, "https://") {
			want = "https://example.org/" + want
		}
		if c[0] == "$url" && r.TLS == nil {
			want = "http" + strings.TrimPrefix(want, "https") // the address as this client wrote it
		}
		if called[want] == 0 {
			t.Errorf("%s: %s was not called; called were %v", c[0], want, called)
		}
	}
	if len(sent) != len(v.Cases) {
		t.Errorf("%d calls, want %d", len(sent), len(v.Cases))
	}
}
