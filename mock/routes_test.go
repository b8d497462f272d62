package mock_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"understudy/mock"
)

func TestRoutes(t *testing.T) {
	s := serve(t, "shop.yaml", mock.Options{})
	for _, c := range []struct {
		line   string
		status int
		allow  string
	}{
		{"GET /v1/items", 200, ""},
		{"GET /items", 404, ""}, // the base path belongs to the contract
		{"GET /v1/items/", 404, ""},
		{"GET /v1/nothing", 404, ""},
		{"GET /v1/%69tems", 200, ""}, // percent-encoded letters are the letters
		{"GET /", 404, ""},
		{"PATCH /v1/items", 405, "GET, HEAD, POST, OPTIONS"},
		{"HEAD /v1/default", 405, "POST, OPTIONS"}, // there is no GET whose head it could be
		{"BREW /v1/items/1", 405, "GET, HEAD, PUT, DELETE, OPTIONS"},
		{"OPTIONS /v1/items", 204, "GET, HEAD, POST, OPTIONS"},
		{"OPTIONS /v1/options", 200, ""}, // the contract's own operation
		{"OPTIONS /v1/nothing", 404, ""},
	} {
		a := s.call(c.line, "")
		if a.StatusCode != c.status || a.Header.Get("Allow") != c.allow {
			t.Errorf("%s: %d, Allow %q; want %d, %q", c.line, a.StatusCode, a.Header.Get("Allow"), c.status, c.allow)
		}
		if a.Header.Get("Date") != "Fri, 27 Feb 2026 12:00:00 GMT" {
			t.Errorf("%s: Date %q is not the clock's", c.line, a.Header.Get("Date"))
		}
	}
}

func TestHead(t *testing.T) {
	s := serve(t, "shop.yaml", mock.Options{})
	get, head := s.call("GET /v1/range", ""), s.call("HEAD /v1/range", "")
	if head.StatusCode != 200 || head.body != "" {
		t.Fatalf("HEAD: %d %q", head.StatusCode, head.body)
	}
	for _, name := range []string{"Content-Type", "Content-Length"} {
		if head.Header.Get(name) != get.Header.Get(name) {
			t.Errorf("%s: HEAD says %q, GET %q", name, head.Header.Get(name), get.Header.Get(name))
		}
	}
	if missing := s.call("HEAD /v1/items/99", ""); missing.StatusCode != 404 || missing.body != "" {
		t.Errorf("HEAD of what is not there: %d %q", missing.StatusCode, missing.body)
	}
}

// TestOrder sends requests with two faults each: the earlier stage speaks.
func TestOrder(t *testing.T) {
	s := serve(t, "shop.yaml", mock.Options{MaxBody: 100})
	long := `{"name":"` + strings.Repeat("x", 200) + `"}`
	for i, c := range []struct {
		name, line, body string
		headers          []string
		problem          string
		passed           []string
	}{
		{"route before size", "POST /v1/nothing", long, nil, "route_not_found", []string{"transport"}},
		{"method before size", "PATCH /v1/items", long, nil, "method_not_allowed", []string{"transport"}},
		{"size before type", "POST /v1/items", long, []string{"Content-Type: text/html"}, "body_too_large", []string{"transport", "match"}},
		{"type before members", "POST /v1/items", `{}`, []string{"Content-Type: text/html"}, "unsupported_media_type", []string{"transport", "match", "receive"}},
		{"body before Accept", "POST /v1/items", `{}`, []string{"Accept: text/html"}, "validation_failed", []string{"transport", "match", "receive"}},
		{"Accept before state", "GET /v1/items/99", "", []string{"Accept: text/html"}, "not_acceptable", []string{"transport", "match", "receive", "validate"}},
		{"state last", "GET /v1/items/99", "", nil, "not_found", []string{"transport", "match", "receive", "validate", "negotiate", "disturb"}},
	} {
		s.call(c.line, c.body, c.headers...)
		trace := s.last(uint64(i + 1))
		var passed []string
		for _, n := range trace.Stages[:len(trace.Stages)-1] {
			if n.Verdict != "passed" {
				t.Errorf("%s: the stage %s is %s", c.name, n.Name, n.Verdict)
			}
			passed = append(passed, n.Name)
		}
		end := trace.Stages[len(trace.Stages)-1]
		if trace.Problem != c.problem || !slices.Equal(passed, c.passed) || end.Verdict != "refused" || end.Note != c.problem {
			t.Errorf("%s: %s after %v, end %+v; want %s after %v", c.name, trace.Problem, passed, end, c.problem, c.passed)
		}
	}
}

func TestTransport(t *testing.T) {
	for _, c := range []struct {
		httpsOnly bool
		document  string
		status    int
	}{{true, "templates.yaml", 403}, {false, "templates.yaml", 404}, {true, "bare.yaml", 404}} {
		s := serve(t, c.document, mock.Options{HTTPSOnly: c.httpsOnly})
		a := s.call("GET /api/nothing", "")
		if a.StatusCode != c.status {
			t.Errorf("%+v: %d", c, a.StatusCode)
		}
		if c.status == 403 && !a.Close {
			t.Error("a connection in clear stays open after the refusal")
		}
	}
}

func TestOwns(t *testing.T) {
	server, _ := newServer(t, "templates.yaml", mock.Options{})
	for line, want := range map[string]bool{
		"GET /api/trips/1": true, "GET /api/docs": true, "GET /api/openapi.json": true, "DELETE /api/trips/1": false, "GET /docs": false,
	} {
		method, path, _ := strings.Cut(line, " ")
		if got := server.Owns(method, path); got != want {
			t.Errorf("%s: %v", line, got)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	if _, err := mock.New(t.Context(), mock.Options{}); err == nil || err.Error() != "new server: no contract was given" {
		t.Errorf("no contract: %v", err)
	}
	_, err := mock.New(t.Context(), mock.Options{Contract: load(t, "shop.yaml"), Seeds: map[string][]any{"/sweets": {map[string]any{"id": 1}}}})
	if err == nil || !strings.Contains(err.Error(), `"/sweets"`) || !strings.Contains(err.Error(), "/items") {
		t.Errorf("seeds for no collection: %v", err)
	}
}

var _ http.Handler = (*mock.Server)(nil)
