package mock_test

import (
	"testing"

	"understudy/contracts"
	"understudy/mock"
)

// TestErrorShapes goes through where an error's shape comes from.
func TestErrorShapes(t *testing.T) {
	for _, c := range []struct {
		name, document, line, body string
		headers                    []string
		status                     int
		media, want                string
	}{
		// What the operation documents.
		{"documented", "shop.yaml", "GET /v1/items/9", "", nil, 404, "application/json", `{"code":"not_found","message":"There is no 9 in /items."}`},
		{"documented range", "shop.yaml", "GET /v1/range?__code=451", "", nil, 451, "application/json", `{"code":"preferred","message":"The status 451 was asked for."}`},
		{"documented as default", "defaults.yaml", "GET /cards/9", "", nil, 404, "application/json", `{"error":{"type":"invalid_request_error","message":"There is no 9 in /cards."}}`},
		{"documented text", "templates.yaml", "POST /api/trips", `{"from":"Bari","to":"Atlantis"}`, nil, 409, "text/plain", ""},

		// What the contract's other operations document.
		{"usual", "shop.yaml", "GET /v1/nowhere", "", nil, 404, "application/json", `{"code":"route_not_found","message":"There is no operation GET /v1/nowhere in the contract. Its paths begin with /v1."}`},
		{"usual for 405", "shop.yaml", "DELETE /v1/items", "", nil, 405, "application/json", `{"code":"method_not_allowed","message":"The method DELETE is not supported for /v1/items. Supported methods: GET, HEAD, POST, OPTIONS."}`},
		{"usual, documented as default", "defaults.yaml", "GET /nowhere", "", nil, 404, "application/json", `{"error":{"type":"invalid_request_error","message":"There is no operation GET /nowhere in the contract."}}`},

		// Templates.
		{"template by status", "templates.yaml", "POST /api/trips", `{"from":"X","seats":"two"}`, nil, 422, "application/json", `{"status":422,"faults":[{"name":"from","says":"from is shorter than 3"},{"name":"to","says":"to is missing"},{"name":"seats","says":"The body seats must be an integer, not \"two\"."}],"by":{"to":["to is missing"],"from":["from is shorter than 3"],"seats":["The body seats must be an integer, not \"two\"."]},"more":" (and 2 more errors)"}`},
		{"template by code", "templates.yaml", "DELETE /api/trips/1", "", nil, 405, "application/json", `{"oops":"DELETE api/trips/1, try GET, HEAD, OPTIONS"}`},
		{"template by range", "templates.yaml", "GET /api/nowhere", "", nil, 404, "application/json", `{"status":404,"oops":"There is no operation GET /api/nowhere in the contract. Its paths begin with /api."}`},
		{"template for the rest", "templates.yaml", "GET /api/trips/1?__code=500", "", nil, 500, "application/json", `{"oops":"Internal Server Error"}`},

		// Templates in two media types: the Accept header chooses by quality.
		{"problem", "templates.yaml", "GET /api/nowhere", "", []string{"Accept: application/problem+json"}, 404, "application/problem+json", `{"type":"about:blank","title":"Not Found","status":404}`},
		{"problem rather", "templates.yaml", "GET /api/nowhere", "", []string{"Accept: application/json;q=0.5, application/problem+json"}, 404, "application/problem+json", ""},
		{"problem at need", "templates.yaml", "GET /api/nowhere", "", []string{"Accept: application/json, application/problem+json;q=0.5"}, 404, "application/json", ""},
		{"both alike", "templates.yaml", "GET /api/nowhere", "", []string{"Accept: application/problem+json, application/json"}, 404, "application/json", ""},
		{"problem refused", "templates.yaml", "GET /api/nowhere", "", []string{"Accept: application/problem+json;q=0, */*;q=0.1"}, 404, "application/json", ""},
		{"anything", "templates.yaml", "GET /api/nowhere", "", []string{"Accept: */*"}, 404, "application/json", ""},
		{"any application", "templates.yaml", "GET /api/nowhere", "", []string{"Accept: text/html, application/*;q=0.8"}, 404, "application/json", ""},
		{"neither", "templates.yaml", "GET /api/nowhere", "", []string{"Accept: text/html"}, 404, "application/json", ""},

		// What the operation, or another one, documents for another status.
		{"the operation's own other error", "statuses.yaml", "POST /second", `{}`, []string{"Content-Type: text/csv"}, 415, "application/json", `{"err":"Content type \"text/csv\" is not accepted: send one of application/json.","status":415}`},
		{"a status that the schema fixes", "statuses.yaml", "PATCH /first", "", nil, 405, "application/json", `{"error":true,"message":"The method PATCH is not supported for /first. Supported methods: GET, HEAD, OPTIONS.","status":405}`},
		{"a status that the schema fixes, where it is documented", "statuses.yaml", "GET /first?__code=403", "", nil, 403, "application/json", `{"error":true,"message":"The status 403 was asked for.","status":403}`},

		// Nobody says anything: RFC 9457.
		{"bare route", "bare.yaml", "GET /nowhere", "", nil, 404, "application/problem+json", `{"type":"about:blank","title":"Not Found","status":404,"code":"route_not_found","detail":"There is no operation GET /nowhere in the contract."}`},
		{"bare body", "bare.yaml", "POST /things", `{"a/b":"x"}`, nil, 400, "application/problem+json", `{"type":"about:blank","title":"Bad Request","status":400,"code":"validation_failed","detail":"The body name is required. The body a/b must be an integer, not \"x\".","errors":[
			{"in":"body","field":"name","pointer":"#","detail":"The body name is required.","want":"the member \"name\"","got":"no such member"},
			{"in":"body","field":"a/b","pointer":"#/a~1b","detail":"The body a/b must be an integer, not \"x\".","want":"an integer","got":"\"x\""}]}`},
		{"bare parameter", "bare.yaml", "GET /things/x", "", nil, 400, "application/problem+json", `{"type":"about:blank","title":"Bad Request","status":400,"code":"validation_failed","detail":"The path thing must be an integer, not \"x\".","errors":[
			{"in":"path","field":"thing","detail":"The path thing must be an integer, not \"x\".","want":"an integer","got":"\"x\""}]}`},
		{"documented without a body", "bare.yaml", "POST /things?__code=409", `{"name":"x"}`, nil, 409, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := serve(t, c.document, mock.Options{SelfCheck: true})
			a := s.call(c.line, c.body, c.headers...)
			if a.StatusCode != c.status || a.Header.Get("Content-Type") != c.media {
				t.Errorf("%d %q, want %d %q: %s", a.StatusCode, a.Header.Get("Content-Type"), c.status, c.media, a.body)
			}
			if c.want != "" {
				same(t, a.body, c.want)
			}
			for _, n := range s.last(1).Stages {
				if n.Name == "self-check" {
					t.Errorf("the refusal breaks the contract: %s", n.Note)
				}
			}
		})
	}
}

// TestTemplateOfOneType has templates in application/problem+json only: a client that names no type gets them as well.
func TestTemplateOfOneType(t *testing.T) {
	k := load(t, "bare.yaml")
	k.Behaviour.Errors = []contracts.ErrorTemplate{{MediaType: "application/problem+json", Body: map[string]any{"title": "{title}"}}}
	server, err := mock.New(t.Context(), mock.Options{Contract: k})
	if err != nil {
		t.Fatal(err)
	}
	s := serveHandler(t, server)
	for _, accept := range []string{"", "*/*", "application/json", "application/problem+json"} {
		a := s.call("GET /nowhere", "", "Accept: "+accept)
		if a.StatusCode != 404 || a.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("Accept %q: %d %s", accept, a.StatusCode, a.Header.Get("Content-Type"))
		}
		same(t, a.body, `{"title":"Not Found"}`)
	}
	if a := s.call("DELETE /things", ""); a.Header.Get("Allow") != "POST, OPTIONS" {
		t.Errorf("the template hides Allow: %v", a.Header)
	}
}
