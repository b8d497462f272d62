package control_test

import (
	"net/http"
	"strings"
	"testing"

	"understudy/mock"
	"understudy/mock/control"
)

func TestForeignCallersAreRefused(t *testing.T) {
	s := start(t, control.Options{Hosts: []string{"stand-in.test"}})
	port := s.url[strings.LastIndexByte(s.url, ':'):]
	tests := []struct {
		name, host, origin string
		status             int
		code               string
	}{
		{"loopback address", "127.0.0.1" + port, "", 200, ""},
		{"other loopback address", "127.8.8.8:1", "", 200, ""},
		{"IPv6 loopback", "[::1]" + port, "", 200, ""},
		{"IPv6 loopback without port", "[::1]", "", 200, ""},
		{"localhost", "LOCALHOST" + port, "", 200, ""},
		{"localhost as a whole name", "localhost." + port, "", 200, ""},
		{"below localhost", "api.localhost", "", 200, ""},
		{"name that the user gave", "stand-in.test" + port, "", 200, ""},
		{"foreign name", "evil.example" + port, "", 403, "foreign_host"},
		{"name that begins like loopback", "127.0.0.1.evil.example", "", 403, "foreign_host"},
		{"name that ends like localhost", "evil-localhost", "", 403, "foreign_host"},
		{"foreign address", "192.0.2.7" + port, "", 403, "foreign_host"},
		{"unspecified address", "0.0.0.0" + port, "", 403, "foreign_host"},
		{"own origin", "localhost" + port, "http://localhost" + port, 200, ""},
		{"own origin over TLS, which this is not", "localhost" + port, "https://localhost" + port, 403, "foreign_origin"},
		{"origin on another port", "localhost" + port, "http://localhost:1", 403, "foreign_origin"},
		{"origin of another name for the same", "127.0.0.1" + port, "http://localhost" + port, 403, "foreign_origin"},
		{"foreign origin", "localhost" + port, "https://evil.example", 403, "foreign_origin"},
		{"opaque origin", "localhost" + port, "null", 403, "foreign_origin"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			e := s.expect().Request("GET", "/health").WithHost(test.host)
			if test.origin != "" {
				e = e.WithHeader("Origin", test.origin)
			}
			answer := e.Expect().Status(test.status)
			if test.code != "" {
				answer.JSON(problemJSON).Object().HasValue("code", test.code)
			}
		})
	}
}

func TestOriginDoesNotChangeTheState(t *testing.T) {
	s := start(t, control.Options{})
	e := s.expect()
	e.DELETE("/contracts/-/state/item").WithQuery("collection", "/pets").WithQuery("id", "1").
		WithHeader("Origin", "https://evil.example").Expect().Status(http.StatusForbidden)
	e.GET("/contracts/-/state/item").WithQuery("collection", "/pets").WithQuery("id", "1").Expect().Status(http.StatusOK)
}

func TestToken(t *testing.T) {
	s := start(t, control.Options{Token: "tok-123"})
	tests := []struct {
		name, path, authorization string
		status                    int
		code                      string
	}{
		{"right", "/version", "Bearer tok-123", 200, ""},
		{"scheme in lower case", "/version", "bearer tok-123", 200, ""},
		{"missing", "/version", "", 401, "token_required"},
		{"wrong", "/version", "Bearer tok-124", 401, "token_refused"},
		{"beginning of it", "/version", "Bearer tok-12", 401, "token_refused"},
		{"longer", "/version", "Bearer tok-1234", 401, "token_refused"},
		{"other scheme", "/version", "Basic tok-123", 401, "token_refused"},
		{"bare", "/version", "tok-123", 401, "token_refused"},
		{"in the query", "/version?token=tok-123", "", 401, "token_required"},
		{"in the query of the stream", "/contracts/-/journal/follow?token=tok-123", "", 401, "token_required"},
		{"unknown path", "/nothing", "", 401, "token_required"},
		{"watching needs none", "/health", "", 200, ""},
		{"nor does waiting", "/ready", "", 200, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			e := s.expect().Request("GET", test.path)
			if test.authorization != "" {
				e = e.WithHeader("Authorization", test.authorization)
			}
			answer := e.Expect().Status(test.status)
			if test.code == "" {
				return
			}
			answer.Header("WWW-Authenticate").HasPrefix(`Bearer realm="understudy control"`)
			answer.JSON(problemJSON).Object().HasValue("code", test.code).Value("detail").String().NotContains("tok-123")
		})
	}
}

func TestBadRequests(t *testing.T) {
	s := start(t, control.Options{})
	tests := []struct {
		name, method, path string
		status             int
		code, detail       string
	}{
		{"unknown path", "GET", "/nothing", 404, "route_not_found", "/openapi.json"},
		{"unknown method", "PATCH", "/reset", 405, "method_not_allowed", "POST"},
		{"unknown contract", "GET", "/contracts/nobody", 404, "contract_not_found", "petstore"},
		{"unknown parameter", "GET", "/version?verbose=1", 400, "bad_parameter", "takes none"},
		{"misspelt parameter", "GET", "/contracts/-/journal?stauts=404", 400, "bad_parameter", "status"},
		{"twice", "GET", "/contracts/-/journal?limit=1&limit=2", 400, "bad_parameter", "once"},
		{"broken escape", "GET", "/contracts/-/journal?path=%zz", 400, "bad_parameter", "cannot be read"},
		{"number", "GET", "/contracts/-/journal?limit=0", 400, "bad_parameter", "1 to 100000"},
		{"negative number", "GET", "/contracts/-/journal?after=-1", 400, "bad_parameter", "after"},
		{"status", "GET", "/contracts/-/journal?status=44", 400, "bad_parameter", "4xx"},
		{"instant", "GET", "/contracts/-/journal?since=yesterday", 400, "bad_parameter", "2026-01-31T12:00:00Z"},
		{"truth", "GET", "/contracts/-/journal?bodies=maybe", 400, "bad_parameter", "true or false"},
		{"entry id", "GET", "/contracts/-/journal/first", 400, "bad_parameter", "number"},
		{"entry that is not there", "GET", "/contracts/-/journal/99", 404, "entry_not_found", "99"},
		{"format", "GET", "/contracts/-/explain?format=pdf", 400, "bad_parameter", "markdown"},
		{"page file", "GET", "/contracts/-/page/secret.txt", 404, "asset_not_found", "secret.txt"},
		{"no collection", "GET", "/contracts/-/state/items", 400, "bad_parameter", "collection=PATH"},
		{"unknown collection", "GET", "/contracts/-/state/items?collection=/cats", 404, "collection_not_found", "/pets"},
		{"no id", "GET", "/contracts/-/state/item?collection=/pets", 400, "bad_parameter", "id=ID"},
		{"unknown item", "GET", "/contracts/-/state/item?collection=/pets&id=99", 404, "item_not_found", "99"},
		{"unknown scope", "GET", "/contracts/-/state/items?collection=/pets&scope[owner]=1", 400, "bad_parameter", "owner"},
		{"scope without a name", "GET", "/contracts/-/state/items?collection=/pets&scope[]=1", 400, "bad_parameter", "scope[NAME]"},
		{"no scope", "GET", "/contracts/-/state/item?collection=visits&id=1", 400, "bad_parameter", "scope[petId]"},
		{"no media type", "PUT", "/contracts/-/state/item?collection=/pets&id=1", 415, "unsupported_media_type", "application/json"},
		{"no media type of an import", "POST", "/contracts/-/state/import", 415, "unsupported_media_type", "application/json"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			o := s.expect().Request(test.method, "").WithURL(s.url + test.path).Expect().Status(test.status).JSON(problemJSON).Object()
			o.HasValue("code", test.code).HasValue("status", test.status)
			o.Value("detail").String().Contains(test.detail)
		})
	}
	s.expect().Request("PATCH", "/contracts/-/journal").Expect().Header("Allow").IsEqual("DELETE, GET, HEAD")
}

func TestSeveralContracts(t *testing.T) {
	s := start(t, control.Options{})
	other := newShop(t, nil)
	h := control.New(control.Options{})
	h.Add("petstore", s.shop, func() *mock.Server { return s.server })
	h.Add("second", "http://127.0.0.1:1", func() *mock.Server { return other })
	s.handler = h
	s.serve()
	e := s.expect()
	e.GET("/contracts").Expect().JSON().Path("$.contracts[*].name").Array().ConsistsOf("petstore", "second")
	e.GET("/contracts/-").Expect().Status(400).JSON(problemJSON).Object().HasValue("code", "contract_ambiguous").
		Value("detail").String().Contains("petstore, second")
	e.GET("/contracts/second").Expect().Status(200).JSON().Object().HasValue("base_url", "http://127.0.0.1:1")
	e.GET("/ready").Expect().Status(503).JSON(problemJSON).Object().HasValue("code", "not_ready")
	h.Ready()
	e.GET("/ready").Expect().Status(200)
	e.POST("/reset").Expect().Status(200).JSON().Path("$.contracts[*].contract").Array().ConsistsOf("petstore", "second")
}

func TestPageIsOurOwn(t *testing.T) {
	s := start(t, control.Options{})
	response, page := s.get("/contracts/petstore/page")
	for _, foreign := range []string{"https://", "http://cdn", `src="//`, `href="//`} {
		if text := strings.ReplaceAll(page, `url.startsWith("https://")`, ""); strings.Contains(text, foreign) {
			t.Errorf("the page names a foreign host: %s", foreign)
		}
	}
	if !strings.Contains(page, "/contracts/petstore/openapi.json") {
		t.Error("the page does not load the contract's document")
	}
	policy := response.Header.Get("Content-Security-Policy")
	if !strings.Contains(policy, "default-src 'self'") || !strings.Contains(policy, "connect-src 'self' "+strings.TrimSuffix(s.shop, "/v1")+";") {
		t.Errorf("the policy of the page is %q", policy)
	}
	_, document := s.get("/contracts/petstore/openapi.json")
	if !strings.Contains(document, `"servers":[{"url":"`+s.shop+`"`) {
		t.Errorf("the stand-in is not the document's first server: %.200s", document)
	}
}
