package mock_test

import (
	"strings"
	"testing"

	"understudy/contracts"
	"understudy/mock"
	"understudy/mock/clock"
)

// TestEntry goes through what the journal says of one exchange.
func TestEntry(t *testing.T) {
	s := serve(t, "shop.yaml", mock.Options{Clock: clock.New(clock.Options{At: noon, Frozen: true})})
	a := s.call("POST /v1/items?note=a%20b", `{"name":"gum","price":3}`, "Authorization: Bearer sk_live_abcdefghijklmnop")
	e := s.entry(1)
	if e.Method != "POST" || e.URL != s.url+"/v1/items?note=a%20b" || e.Proto != "HTTP/1.1" || e.Operation == nil || e.Operation.ID != "createItem" || e.Trace.Operation != "createItem" {
		t.Errorf("the request: %s %s %s, operation %q", e.Method, e.URL, e.Proto, e.Trace.Operation)
	}
	if string(e.RequestBody) != `{"name":"gum","price":3}` || e.RequestSize != 24 || e.RequestHeader.Get("Content-Type") != "application/json" {
		t.Errorf("the request's body: %s, %d bytes, %v", e.RequestBody, e.RequestSize, e.RequestHeader)
	}
	if auth := e.RequestHeader.Get("Authorization"); strings.Contains(auth, "abcdefghijkl") || !strings.HasSuffix(auth, "mnop") {
		t.Errorf("the credential: %q", auth)
	}
	if e.Status != 201 || string(e.ResponseBody) != a.body || e.ResponseHeader.Get("Location") != a.Header.Get("Location") || e.ResponseSize != len(a.body) {
		t.Errorf("the answer: %d %s %v", e.Status, e.ResponseBody, e.ResponseHeader)
	}
	if !e.Start.Equal(noon) || e.Duration != 0 {
		t.Errorf("the clock stands at noon, the entry says %v for %v", e.Start, e.Duration)
	}
	var stages []string
	for _, n := range e.Trace.Stages {
		stages = append(stages, n.Name+" "+n.Verdict)
	}
	if got := strings.Join(stages, ", "); got != "transport passed, match passed, receive passed, validate passed, negotiate passed, disturb passed, act answered" {
		t.Errorf("stages: %s", got)
	}
	if e.Trace.Source != "state" || len(e.Trace.Changes) != 1 || e.Trace.Changes[0].Kind != "created" || e.Trace.Changes[0].Key != "/items/"+member(t, a.body, "id") {
		t.Errorf("%+v", e.Trace)
	}
}

// TestSelfCheck gives answers by overlay that break the contract: they leave as they are, and the journal and the log tell.
func TestSelfCheck(t *testing.T) {
	const good = `{"from":"Bari","to":"Split"}`
	for _, c := range []struct {
		name, body, note string
		status           int
		check            bool
	}{
		{"an undocumented status", `{"from":"Mirror","to":"Oslo"}`, "status : wanted a documented status, got 202", 202, true},
		{"nobody looks", `{"from":"Mirror","to":"Oslo"}`, "", 202, false},
		{"a good answer", good, "", 201, true},
	} {
		s := serve(t, "templates.yaml", mock.Options{SelfCheck: c.check})
		if a := s.call("POST /api/trips", c.body); a.StatusCode != c.status {
			t.Errorf("%s: %d %s", c.name, a.StatusCode, a.body)
		}
		note := ""
		for _, n := range s.last(1).Stages {
			if n.Name == "self-check" {
				note = n.Note
			}
		}
		if note != c.note || strings.Contains(s.log.String(), "breaks the contract") != (c.note != "") {
			t.Errorf("%s: %q, the log says %s", c.name, note, s.log)
		}
	}
}

// TestSelfCheckOfBodies mends a document so that its own answers break it.
func TestSelfCheckOfBodies(t *testing.T) {
	k := load(t, "shop.yaml")
	for _, o := range k.Operations {
		if o.ID == "label" {
			o.Behaviour.Answers = append(o.Behaviour.Answers, contracts.Answer{Status: 200, Body: "sturdy"})
		}
		if o.ID == "fallback" {
			o.Behaviour.Answers = append(o.Behaviour.Answers, contracts.Answer{Status: 200, Body: map[string]any{"said": "too much"}})
		}
		if o.ID == "moved" {
			o.Responses[0].Headers[0].Name = "Content-Range" // nothing that can be made up
		}
	}
	server, err := mock.New(t.Context(), mock.Options{Contract: k, SelfCheck: true})
	if err != nil {
		t.Fatal(err)
	}
	s := serveHandler(t, server)
	for i, c := range []struct{ line, in, pointer string }{
		{"POST /v1/default", "body", "/said"},
		{"GET /v1/moved", "header", ""},
		{"GET /v1/label", "body", ""},
	} {
		s.call(c.line, "")
		list := s.last(uint64(i + 1)).Violations
		if len(list) != 1 || list[0].In != c.in || list[0].Pointer != c.pointer {
			t.Errorf("%s: %+v", c.line, list)
		}
	}
}
