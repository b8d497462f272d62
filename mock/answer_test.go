package mock_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"understudy/mock"
	"understudy/mock/resource"
)

func TestNegotiation(t *testing.T) {
	s := serve(t, "shop.yaml", mock.Options{})
	for _, c := range []struct {
		accept []string
		status int
		media  string
		body   string
	}{
		{nil, 200, "application/json", `{"sum":3}`},
		{[]string{"*/*"}, 200, "application/json", `{"sum":3}`},
		{[]string{"text/csv"}, 200, "text/csv", "sum\n3\n"},
		{[]string{"text/*"}, 200, "text/csv", "sum\n3\n"},
		{[]string{"application/json;q=0.2, text/csv;q=0.9"}, 200, "text/csv", "sum\n3\n"},
		{[]string{"text/html", "text/csv;q=0.1"}, 200, "text/csv", "sum\n3\n"}, // two lines are one list
		{[]string{"text/csv;q=0, text/*"}, 406, "application/json", ""},
		{[]string{"application/xml"}, 200, "application/xml", "<report><sum>3</sum></report>"},
		{[]string{"application/problem+json"}, 200, "application/json", `{"sum":3}`}, // it speaks of errors
		{[]string{"application/problem+json;q=0, image/png"}, 406, "application/json", ""},
		{[]string{"image/png"}, 406, "application/json", ""},
	} {
		var headers []string
		for _, a := range c.accept {
			headers = append(headers, "Accept: "+a)
		}
		a := s.call("GET /v1/report", "", headers...)
		if a.StatusCode != c.status || a.Header.Get("Content-Type") != c.media {
			t.Errorf("%q: %d %s, want %d %s", c.accept, a.StatusCode, a.Header.Get("Content-Type"), c.status, c.media)
		}
		if c.body != "" && !strings.HasSuffix(strings.TrimSpace(a.body), strings.TrimSpace(c.body)) {
			t.Errorf("%q: %q, want %q", c.accept, a.body, c.body)
		}
	}
	a := s.call("GET /v1/report", "", "Accept: image/png")
	if want := "The answer is available as application/json, text/csv, application/xml, none of which the Accept header takes."; member(t, a.body, "message") != want {
		t.Errorf("406 says %s", a.body)
	}
}

// TestDocumentedAnswers asks the operations that have no state.
func TestDocumentedAnswers(t *testing.T) {
	s := serve(t, "shop.yaml", mock.Options{SelfCheck: true})
	for _, c := range []struct {
		line, want, media, source string
		status                    int
	}{
		{"GET /v1/range", `{"fine":true}`, "application/json", "schema", 200},
		{"POST /v1/default", `{"said":"enough"}`, "application/json", "schema", 200},
		{"GET /v1/empty", "", "", "description", 202},
		{"GET /v1/moved", "", "", "description", 301},
		{"GET /v1/label", "fragile", "text/plain", "schema", 200},
	} {
		a := s.call(c.line, "")
		if a.StatusCode != c.status || a.body != c.want || a.Header.Get("Content-Type") != c.media {
			t.Errorf("%s: %d %q %q, want %d %q %q", c.line, a.StatusCode, a.Header.Get("Content-Type"), a.body, c.status, c.media, c.want)
		}
		if c.status == 301 && a.Header.Get("Location") != "/v1/items" {
			t.Errorf("%s: a required header is missing: %v", c.line, a.Header)
		}
	}
	if a := s.call("GET /v1/photo", ""); a.StatusCode != 200 || a.Header.Get("Content-Type") != "image/png" {
		t.Errorf("bytes: %d %v", a.StatusCode, a.Header)
	}
	for i, source := range []string{"invented", "schema", "description", "description", "schema", "schema"} {
		if trace := s.last(uint64(i + 1)); trace.Source != source || len(trace.Violations) > 0 {
			t.Errorf("entry %d: from %s, %v; want from %s", i+1, trace.Source, trace.Violations, source)
		}
	}
}

func TestHeaders(t *testing.T) {
	s := serve(t, "shop.yaml", mock.Options{Seeds: seeds()})
	a := s.call("GET /v1/items/1", "")
	if a.Header.Get("X-Shelf") != "top" || a.Header.Get("Content-Type") != "application/json" || a.Header.Get("Etag") == "" {
		t.Errorf("%v", a.Header)
	}
	if a.Header.Get("X-Ratelimit-Remaining") != "" {
		t.Error("a counter is shown that nobody keeps")
	}
	// Who asks for an answer sees all of it.
	a = s.call("GET /v1/items/1", "", "Prefer: code=503")
	if a.StatusCode != 503 || a.Header.Get("Retry-After") != "30" {
		t.Errorf("%d %v", a.StatusCode, a.Header)
	}
	same(t, a.body, `{"code":"closed","message":"Come back at nine."}`)
}

func seeds() map[string][]any {
	return map[string][]any{"/items": {
		map[string]any{"id": json.Number("1"), "name": "Gum", "price": json.Number("5")},
		map[string]any{"id": json.Number("2"), "name": "Toffee", "price": json.Number("7"), "tags": []any{"soft"}},
	}}
}

// TestPrefer asks for answers by the header and by the query; both forms mean the same.
func TestPrefer(t *testing.T) {
	s := serve(t, "shop.yaml", mock.Options{Seeds: seeds()})
	const cheap, dear = `{"id":1,"name":"Gum","price":1}`, `{"id":2,"name":"Truffle","price":900}`
	for _, c := range []struct {
		header, query string
		status        int
		body          string // as JSON; empty: any, "-" none
	}{
		{"", "", 200, `{"id":1,"name":"Gum","price":5}`}, // the state
		{"code=200", "__code=200", 200, cheap},
		{"example=dear", "__example=dear", 200, dear},
		{"code=200, example=dear", "__code=200&__example=dear", 200, dear},
		{"code=200; example=dear", "", 200, dear},
		{`example="dear"`, "", 200, dear},
		{"dynamic=false", "__dynamic=false", 200, cheap},
		{"code=404", "__code=404", 404, `{"code":"preferred","message":"The status 404 was asked for."}`},
		{"code=503", "__code=503", 503, `{"code":"closed","message":"Come back at nine."}`},
		{"example=night", "__example=night", 503, `{"code":"closed","message":"Come back at nine."}`},
		{"code=503, example=night", "__code=503&__example=night", 503, `{"code":"closed","message":"Come back at nine."}`},
		{"code=404, example=night", "__code=404&__example=night", 404, `{"code":"preferred","message":"There is no example \"night\" for the status 404 of getItem."}`},
		{"example=none", "__example=none", 404, `{"code":"preferred","message":"There is no example \"none\" for the status 200 of getItem."}`},
		{"code=418", "__code=418", 418, `{"code":"preferred","message":"The status 418 was asked for; the contract does not document it for getItem."}`},
		{"code=206", "__code=206", 206, "-"},
		{"code=204", "__code=204", 204, "-"},
		{"code=99", "__code=99", 400, ""},
		{"code=many", "__code=many", 400, ""},
		{"code=404, code=503", "", 404, ""}, // the first counts
		{"return=minimal, wait=10", "__other=1", 200, `{"id":1,"name":"Gum","price":5}`},
	} {
		var answers []answer
		if c.header != "" {
			answers = append(answers, s.call("GET /v1/items/1", "", "Prefer: "+c.header))
		}
		if c.query != "" || c.header == "" {
			answers = append(answers, s.call("GET /v1/items/1?"+c.query, ""))
		}
		for _, a := range answers {
			if a.StatusCode != c.status {
				t.Errorf("%s: %d %s", a.Request.URL.RawQuery+c.header, a.StatusCode, a.body)
			}
			switch c.body {
			case "":
			case "-":
				if a.body != "" {
					t.Errorf("%s: %s", c.header, a.body)
				}
			default:
				same(t, a.body, c.body)
			}
		}
	}
	for _, a := range []answer{s.call("GET /v1/items/1", "", "Prefer: dynamic=true"), s.call("GET /v1/items/1?__dynamic", "")} {
		again := s.call("GET /v1/items/1?__dynamic=true", "")
		if a.StatusCode != 200 || a.body != again.body || member(t, a.body, "id") != "1" || slices.Contains([]string{"Gum", "Truffle"}, member(t, a.body, "name")) {
			t.Errorf("made up: %d %s, again %s", a.StatusCode, a.body, again.body)
		}
	}
	if a := s.call("GET /v1/items/1?__code=404", "", "Prefer: code=503"); a.StatusCode != 503 {
		t.Errorf("the header does not go before the query: %d", a.StatusCode)
	}
	if a := s.call("GET /v1/items/1", "", "Prefer: code=404", "Accept: text/html"); a.StatusCode != 404 {
		t.Errorf("an error in a type that is not accepted: %d %s", a.StatusCode, a.body)
	}
	if a := s.call("GET /v1/report", "", "Prefer: example=small"); a.Header.Get("Content-Type") != "text/csv" {
		t.Errorf("the example is in another media type: %d %s", a.StatusCode, a.body)
	}
	if a := s.call("POST /v1/items", `{"name":"x"}`, "Prefer: code=201"); a.StatusCode != 422 {
		t.Errorf("a preference does not make a bad request good: %d", a.StatusCode)
	}
	before := s.call("GET /v1/items", "").body
	s.call("DELETE /v1/items/1", "", "Prefer: code=204")
	if after := s.call("GET /v1/items", "").body; after != before {
		t.Errorf("an answer that was asked for changed the state: %s", after)
	}
}

func TestAnswersOfTheBehaviour(t *testing.T) {
	s := serve(t, "templates.yaml", mock.Options{})
	a := s.call("POST /api/trips", `{"from":"Mirror","to":"Oslo","seats":2}`)
	if a.StatusCode != 202 || a.Header.Get("X-Forged") != "" || a.Header.Get("X-Echo") != "Oslo  X-Forged: yes" {
		t.Errorf("%d %v", a.StatusCode, a.Header)
	}
	same(t, a.body, `{"seats":2,"to":"to Oslo","at":"2026-02-27T12:00:00Z"}`)
	same(t, s.call("POST /api/trips?dry=1", `{"from":"Bari","to":"Split"}`).body, `{"id":"dry","from":"Bari","to":"Split"}`)
	if a := s.call("POST /api/trips", `{"from":"Bari","to":"Atlantis"}`); a.StatusCode != 409 || a.Header.Get("Content-Type") != "text/plain" || a.body == "" {
		t.Errorf("a refusal by the behaviour: %d %q %s", a.StatusCode, a.Header.Get("Content-Type"), a.body)
	}
	// Where no answer's conditions hold, the operation has its role.
	made := s.call("POST /api/trips?dry=1", `{"from":"Bari","to":"Split"}`, "X-Dry: no")
	if made.StatusCode != 201 || member(t, made.body, "id") == "dry" {
		t.Fatalf("%d %s", made.StatusCode, made.body)
	}
	if read := s.call("GET /api/trips/"+member(t, made.body, "id"), ""); read.body != made.body {
		t.Errorf("read back: %d %s", read.StatusCode, read.body)
	}
	for i, source := range []string{"behaviour", "behaviour", "problem", "state", "state"} {
		if trace := s.last(uint64(i + 1)); trace.Source != source {
			t.Errorf("entry %d comes from %s, want %s", i+1, trace.Source, source)
		}
	}
}

func TestStates(t *testing.T) {
	for _, c := range []struct {
		mode               resource.Mode
		unknown, afterMake int
	}{
		{"", 404, 200}, {resource.Strict, 404, 200}, {resource.Invent, 200, 200}, {resource.Off, 200, 200},
	} {
		s := serve(t, "shop.yaml", mock.Options{State: c.mode})
		unknown := s.call("GET /v1/items/77", "")
		if unknown.StatusCode != c.unknown {
			t.Errorf("%q: an unknown id: %d %s", c.mode, unknown.StatusCode, unknown.body)
		}
		if c.mode == resource.Invent && member(t, unknown.body, "id") != "77" {
			t.Errorf("made up for 77: %s", unknown.body)
		}
		if again := s.call("GET /v1/items/77", ""); again.body != unknown.body {
			t.Errorf("%q: the second time: %s, the first: %s", c.mode, again.body, unknown.body)
		}
		made := s.call("POST /v1/items", `{"name":"gum","price":3}`)
		if made.StatusCode != 201 || member(t, made.body, "name") != "gum" {
			t.Errorf("%q: made: %d %s", c.mode, made.StatusCode, made.body)
		}
		if c.mode == resource.Off {
			continue
		}
		read := s.call("GET "+made.Header.Get("Location"), "")
		if read.StatusCode != c.afterMake || read.body != made.body {
			t.Errorf("%q: read back: %d %s", c.mode, read.StatusCode, read.body)
		}
	}
}

func TestConditionalRead(t *testing.T) {
	s := serve(t, "shop.yaml", mock.Options{Seeds: seeds()})
	tag := s.call("GET /v1/items/1", "").Header.Get("Etag")
	if a := s.call("GET /v1/items/1", "", "If-None-Match: "+tag); a.StatusCode != http.StatusNotModified || a.body != "" || a.Header.Get("Etag") != tag {
		t.Errorf("%d %q %v", a.StatusCode, a.body, a.Header)
	}
	if a := s.call("PUT /v1/items/1", `{"name":"Gum","price":6}`, `If-Match: "other"`); a.StatusCode != http.StatusPreconditionFailed {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
	if a := s.call("PUT /v1/items/1", `{"name":"Gum","price":6}`, "If-Match: "+tag); a.StatusCode != 200 {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
}

func TestSequences(t *testing.T) {
	s := serve(t, "streams.yaml", mock.Options{SelfCheck: true})
	for accept, check := range map[string]func(string) bool{
		"text/event-stream":    func(b string) bool { return strings.Contains(b, "data:") && strings.HasSuffix(b, "\n\n") },
		"application/x-ndjson": func(b string) bool { return b == "{\"celsius\":20}\n" },
		"application/json-seq": func(b string) bool { return b == "\x1e{\"celsius\":20}\n" },
	} {
		a := s.call("GET /events", "", "Accept: "+accept)
		if a.StatusCode != 200 || a.Header.Get("Content-Type") != accept || !check(a.body) {
			t.Errorf("%s: %d %s %q", accept, a.StatusCode, a.Header.Get("Content-Type"), a.body)
		}
	}
	if log := s.log.String(); strings.Contains(log, "breaks the contract") {
		t.Error(log)
	}
}
