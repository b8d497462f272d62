package mock_test

import (
	"strings"
	"testing"

	"understudy/mock"
)

func TestValidation(t *testing.T) {
	s := serve(t, "shop.yaml", mock.Options{})
	for _, c := range []struct {
		name, line, body string
		headers          []string
		status           int
		want             string // the body, when not empty
	}{
		{"all faults at once", "POST /v1/items", `{"name":"x","price":-1,"colour":"red","tags":["a",2]}`, nil, 422, `{"message":"The body name must be at least 2 characters, not 1 character. The body price must be at least 0, not -1. The body tags.1 must be a string, not 2. And 1 more.","errors":[
			{"field":"name","message":"The body name must be at least 2 characters, not 1 character."},
			{"field":"price","message":"The body price must be at least 0, not -1."},
			{"field":"tags.1","message":"The body tags.1 must be a string, not 2."},
			{"field":"colour","message":"The body colour is unknown."}]}`},
		{"missing members", "POST /v1/items", `{}`, nil, 422, `{"message":"The body name is required. The body price is required.","errors":[
			{"field":"name","message":"The body name is required."},{"field":"price","message":"The body price is required."}]}`},
		{"no body", "POST /v1/items", "", nil, 422, `{"message":"The body name is required. The body price is required.","errors":[
			{"field":"name","message":"The body name is required."},{"field":"price","message":"The body price is required."}]}`},
		{"no body of any kind", "POST /v1/raw", "", []string{"Content-Type: text/plain"}, 400, `{"code":"validation_failed","message":"The body is required."}`},
		{"not an object", "POST /v1/items", `[]`, nil, 422, ""},
		{"form", "POST /v1/items", "name=x&price=abc", []string{"Content-Type: application/x-www-form-urlencoded"}, 422, ""},
		{"good form", "POST /v1/items", "name=gum&price=3", []string{"Content-Type: application/x-www-form-urlencoded"}, 201, ""},
		{"charset", "POST /v1/items", `{"name":"gum","price":3}`, []string{"Content-Type: application/json; charset=utf-8"}, 201, ""},
		{"unknown charset", "POST /v1/items", `{"name":"gum","price":3}`, []string{"Content-Type: application/json; charset=koi8-r"}, 415, ""},
		{"no type", "POST /v1/items", `{"name":"gum","price":3}`, []string{"Content-Type: "}, 415, ""},
		{"compressed", "POST /v1/items", `{"name":"gum","price":3}`, []string{"Content-Encoding: gzip"}, 415, ""},
		{"query", "GET /v1/items?limit=0", "", nil, 400, `{"code":"validation_failed","message":"The query limit must be at least 1, not 0."}`},
		{"query of the wrong type", "GET /v1/items?limit=ten", "", nil, 400, ""},
		{"query and header", "GET /v1/items?limit=101", "", []string{"X-Trace: nope"}, 400, `{"code":"validation_failed","message":"The query limit must be at most 100, not 101. The header X-Trace must be text that matches ^[a-f0-9]{8}$, not \"nope\"."}`},
		{"path", "GET /v1/items/first", "", nil, 404, ""},
		{"body of a GET", "GET /v1/items", `{"a":1}`, nil, 200, ""},
	} {
		a := s.call(c.line, c.body, c.headers...)
		if a.StatusCode != c.status {
			t.Errorf("%s: %d %s, want %d", c.name, a.StatusCode, a.body, c.status)
		}
		if c.want != "" {
			same(t, a.body, c.want)
		}
	}
}

func TestUnsupportedMedia(t *testing.T) {
	s := serve(t, "shop.yaml", mock.Options{Reasons: true})
	a := s.call("POST /v1/items", "<a/>", "Content-Type: application/xml")
	if a.StatusCode != 415 || a.Header.Get("Accept") != "application/json, application/x-www-form-urlencoded" {
		t.Errorf("%d, Accept %q", a.StatusCode, a.Header.Get("Accept"))
	}
	if want := `unsupported_media_type: Content type "application/xml" is not accepted: send one of application/json, application/x-www-form-urlencoded.`; a.Header.Get("Understudy-Reason") != want {
		t.Errorf("the reason: %q", a.Header.Get("Understudy-Reason"))
	}
	if a := s.call("POST /v1/items", "x", "Content-Encoding: br"); a.Header.Get("Accept-Encoding") != "identity" {
		t.Errorf("Accept-Encoding %q", a.Header.Get("Accept-Encoding"))
	}
}

// TestEnforcements sends the same bad requests under each setting.
func TestEnforcements(t *testing.T) {
	for _, c := range []struct {
		set              mock.Enforcement
		members, query   int
		observed, logged bool
	}{
		{"", 422, 400, false, false}, {mock.Enforce, 422, 400, false, false}, {mock.Observe, 201, 200, true, true}, {mock.Ignore, 201, 200, false, false},
	} {
		s := serve(t, "shop.yaml", mock.Options{Validate: c.set})
		if a := s.call("POST /v1/items", `{"name":"x","price":1}`); a.StatusCode != c.members {
			t.Errorf("%q: members: %d %s", c.set, a.StatusCode, a.body)
		}
		if a := s.call("GET /v1/items?limit=0", ""); a.StatusCode != c.query {
			t.Errorf("%q: query: %d %s", c.set, a.StatusCode, a.body)
		}
		seen := false
		trace := s.last(1)
		for _, n := range trace.Stages {
			seen = seen || n.Name == "validate" && n.Verdict == "observed" && strings.HasPrefix(n.Note, "validation_failed: The body name")
		}
		if seen != c.observed || (len(trace.Violations) > 0) != (c.set != mock.Ignore) {
			t.Errorf("%q: %+v", c.set, trace)
		}
		if got := strings.Contains(s.log.String(), "would have been refused"); got != c.logged {
			t.Errorf("%q: logged: %v", c.set, got)
		}
	}
}

// TestViolationsOfTheTrace are whole: place, wanted, got, and where the document says so.
func TestViolationsOfTheTrace(t *testing.T) {
	s := serve(t, "shop.yaml", mock.Options{})
	s.call("POST /v1/items", `{"name":"x","price":1}`)
	list := s.last(1).Violations
	if len(list) != 1 {
		t.Fatalf("%+v", list)
	}
	v := list[0]
	if v.In != "body" || v.Pointer != "/name" || v.Keyword != "minLength" || v.Want != "at least 2 characters" || v.Got != "1 character" || v.At.Line == 0 {
		t.Errorf("%+v", v)
	}
}

// TestNoSecretIsRepeated sends a password that breaks its pattern: neither the answer nor the log says it.
func TestNoSecretIsRepeated(t *testing.T) {
	s := serve(t, "shop.yaml", mock.Options{Reasons: true})
	a := s.call("POST /v1/login", `{"email":"nobody","password":"Hunter2-Hunter2"}`)
	if a.StatusCode != 422 || !strings.Contains(a.body, "nobody") {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
	e := s.entry(1)
	for place, text := range map[string]string{
		"answer": a.body, "header": a.Header.Get("Understudy-Reason"), "log": s.log.String(), "journal": string(e.RequestBody) + e.Trace.Detail,
	} {
		if strings.Contains(text, "Hunter2") {
			t.Errorf("the %s repeats the password: %s", place, text)
		}
	}
}
