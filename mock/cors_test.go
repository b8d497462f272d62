package mock_test

import (
	"net/http"
	"testing"

	"understudy/mock"
)

func TestCORS(t *testing.T) {
	none, ruled, open := serve(t, "shop.yaml", mock.Options{}), serve(t, "templates.yaml", mock.Options{}), serve(t, "shop.yaml", mock.Options{AnyOrigin: true})
	ours := serve(t, "templates.yaml", mock.Options{OwnPage: func(origin string) bool { return origin == "http://127.0.0.1:4011" }})
	const allow, credentials, expose, vary = "Access-Control-Allow-Origin", "Access-Control-Allow-Credentials", "Access-Control-Expose-Headers", "Vary"
	for _, c := range []struct {
		name   string
		server *standIn
		line   string
		origin string
		want   map[string]string
	}{
		{"no rule", none, "GET /v1/items", "https://app.example", map[string]string{allow: "", vary: ""}},
		{"admitted", ruled, "GET /api/trips/1", "https://app.example", map[string]string{allow: "https://app.example", credentials: "true", expose: "X-Request-Id", vary: "Origin"}},
		{"not admitted", ruled, "GET /api/trips/1", "https://evil.example", map[string]string{allow: "", credentials: "", expose: "", vary: "Origin"}},
		{"a longer name", ruled, "GET /api/trips/1", "https://app.example.evil.example", map[string]string{allow: ""}},
		{"no origin", ruled, "GET /api/trips/1", "", map[string]string{allow: "", vary: "Origin"}},
		{"a refusal", ruled, "DELETE /api/trips/1", "https://app.example", map[string]string{allow: "https://app.example", "Allow": "GET, HEAD, OPTIONS"}},
		{"a route that is not there", open, "GET /v1/nowhere", "http://localhost:3000", map[string]string{allow: "http://localhost:3000"}},
		{"permissive", open, "GET /v1/items", "http://localhost:3000", map[string]string{
			allow: "http://localhost:3000", credentials: "true",
			expose: "ETag, Link, Location, Retry-After, Understudy-Fault, Understudy-Reason, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, X-Shelf",
		}},
		{"a page of our own", ours, "GET /api/trips/1", "http://127.0.0.1:4011", map[string]string{allow: "http://127.0.0.1:4011", credentials: "true", vary: "Origin"}},
		{"beside pages of our own", ours, "GET /api/trips/1", "http://127.0.0.1:4012", map[string]string{allow: "", expose: ""}},
		{"a page of our own does not change the rule", ours, "GET /api/trips/1", "https://app.example", map[string]string{allow: "https://app.example", expose: "X-Request-Id"}},
		{"permissive, opaque", open, "GET /v1/items", "null", map[string]string{allow: "null"}},
	} {
		a := c.server.call(c.line, "", "Origin: "+c.origin)
		for name, want := range c.want {
			if got := a.Header.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", c.name, name, got, want)
			}
		}
	}
}

func TestPreflight(t *testing.T) {
	open := serve(t, "shop.yaml", mock.Options{AnyOrigin: true})
	ask := []string{"Origin: http://localhost:3000", "Access-Control-Request-Method: PUT", "Access-Control-Request-Headers: authorization,content-type"}
	a := open.call("OPTIONS /v1/items/1", "", ask...)
	for name, want := range map[string]string{
		"Access-Control-Allow-Origin":  "http://localhost:3000",
		"Access-Control-Allow-Methods": "GET, HEAD, PUT, DELETE, OPTIONS",
		"Access-Control-Allow-Headers": "authorization,content-type",
		"Access-Control-Max-Age":       "600",
	} {
		if a.Header.Get(name) != want {
			t.Errorf("%s: %q", name, a.Header.Get(name))
		}
	}
	if a.StatusCode != http.StatusNoContent || len(a.Header.Values("Vary")) != 3 {
		t.Errorf("%d %v", a.StatusCode, a.Header)
	}
	// The rule goes before an operation of the contract for OPTIONS; without a question it is the contract's.
	if a := open.call("OPTIONS /v1/options", "", ask...); a.StatusCode != http.StatusNoContent || a.Header.Get("Access-Control-Allow-Methods") != "OPTIONS, GET, HEAD" {
		t.Errorf("%d %v", a.StatusCode, a.Header)
	}
	if a := open.call("OPTIONS /v1/options", ""); a.StatusCode != 200 || a.body != `{"own":true}` {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
	if a := open.call("OPTIONS /v1/nowhere", "", ask...); a.StatusCode != http.StatusNotFound {
		t.Errorf("an unknown path: %d", a.StatusCode)
	}
	closed := serve(t, "shop.yaml", mock.Options{})
	if a := closed.call("OPTIONS /v1/items/1", "", ask...); a.StatusCode != http.StatusNoContent || a.Header.Get("Access-Control-Allow-Methods") != "" || a.Header.Get("Allow") == "" {
		t.Errorf("without a rule: %d %v", a.StatusCode, a.Header)
	}
}
