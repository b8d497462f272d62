package mock_test

import (
	"encoding/json"
	"log/slog"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"understudy/contracts"
	"understudy/mock"

	"github.com/pb33f/libopenapi"
)

// reference finds what a page loads or links to.
var reference = regexp.MustCompile(`(?i)\b(?:src|href|action|data-url|url)\s*[=:]\s*["']([^"']+)["']`)

// local fails for every address in a page that is on another host.
func local(t *testing.T, page, text string) {
	t.Helper()
	found := reference.FindAllStringSubmatch(text, -1)
	if len(found) == 0 {
		t.Errorf("%s refers to nothing:\n%s", page, text)
	}
	for _, m := range found {
		u, err := url.Parse(m[1])
		if err != nil {
			t.Errorf("%s: %v", page, err)
			continue
		}
		if u.Host != "" || u.Scheme != "" && u.Scheme != "data" {
			t.Errorf("%s loads %s from another host", page, m[1])
		}
	}
}

func TestPages(t *testing.T) {
	s := serve(t, "templates.yaml", mock.Options{})
	page := s.call("GET /api/docs", "")
	if page.StatusCode != 200 || !strings.HasPrefix(page.Header.Get("Content-Type"), "text/html") {
		t.Fatalf("%d %v", page.StatusCode, page.Header)
	}
	local(t, "the page", page.body)
	if !strings.Contains(page.body, "/api/openapi.json") || !regexp.MustCompile(`validatorUrl"?: null`).MatchString(page.body) {
		t.Errorf("the page does not load the description, or asks a foreign host to judge it:\n%s", page.body)
	}
	for _, m := range reference.FindAllStringSubmatch(page.body, -1) {
		if strings.HasPrefix(m[1], "data:") {
			continue
		}
		path := m[1]
		if !strings.HasPrefix(path, "/") {
			path = "/api/docs/" + path
		}
		if a := s.call("GET "+path, ""); a.StatusCode != 200 || a.body == "" {
			t.Errorf("the page loads %s: %d", path, a.StatusCode)
		}
	}
	for line, want := range map[string]int{"HEAD /api/docs": 200, "POST /api/docs": 405, "DELETE /api/openapi.json": 405, "OPTIONS /api/docs": 204, "GET /docs": 404} {
		if a := s.call(line, ""); a.StatusCode != want || want == 405 && a.Header.Get("Allow") != "GET, HEAD, OPTIONS" {
			t.Errorf("%s: %d, Allow %q", line, a.StatusCode, a.Header.Get("Allow"))
		}
	}
	e := s.entry(1)
	if e.Trace.Source != "page" || e.Status != 200 || e.ResponseSize != len(page.body) || !e.ResponseCut || len(e.ResponseBody) > 0 {
		t.Errorf("the journal keeps of the page: %s %d, %d bytes, cut %v", e.Trace.Source, e.Status, e.ResponseSize, e.ResponseCut)
	}
}

func TestDescription(t *testing.T) {
	s := serve(t, "templates.yaml", mock.Options{})
	a := s.call("GET /api/openapi.json", "")
	var d struct {
		OpenAPI string
		Servers []struct{ URL string }
		Paths   map[string]any
	}
	if err := json.Unmarshal([]byte(a.body), &d); err != nil {
		t.Fatal(err)
	}
	if d.OpenAPI != "3.0.3" || len(d.Servers) != 2 || d.Servers[0].URL != s.url+"/api" || d.Servers[1].URL != "https://ferry.example/api" || len(d.Paths) != 2 {
		t.Errorf("%+v", d)
	}
	if a := s.call("GET /api/openapi.json", "", `Host: a"b`); a.StatusCode == 200 && !json.Valid([]byte(a.body)) {
		t.Errorf("a hostile Host header breaks the description: %.200s", a.body)
	}
	if h := s.call("HEAD /api/openapi.json", ""); h.StatusCode != 200 || h.ContentLength != int64(len(a.body)) {
		t.Errorf("HEAD: %d, %d bytes", h.StatusCode, h.ContentLength)
	}
	at, err := s.server.DescriptionAt("http://127.0.0.1:9")
	if err != nil || !strings.Contains(string(at), `"http://127.0.0.1:9/api"`) {
		t.Errorf("%v %.300s", err, at)
	}
}

// TestDescriptionWithoutServers puts servers where the document has none.
func TestDescriptionWithoutServers(t *testing.T) {
	k := load(t, "bare.yaml")
	server, err := mock.New(t.Context(), mock.Options{Contract: k, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	server.Description(w, httptest.NewRequest("GET", "http://127.0.0.1:9/x", nil))
	var d struct{ Servers []struct{ URL string } }
	if err := json.Unmarshal(w.Body.Bytes(), &d); err != nil || len(d.Servers) != 1 || d.Servers[0].URL != "http://127.0.0.1:9" {
		t.Errorf("%v %+v", err, d)
	}
}

// TestDescriptionsOfTheBuiltIn are read by an independent reader, who follows no reference outside the file.
func TestDescriptionsOfTheBuiltIn(t *testing.T) {
	for _, name := range contracts.Builtins() {
		server, _ := newServer(t, name, mock.Options{})
		w := httptest.NewRecorder()
		server.Description(w, httptest.NewRequest("GET", "http://127.0.0.1:9/x", nil))
		document, err := libopenapi.NewDocument(w.Body.Bytes())
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		model, err := document.BuildV3Model()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		operations := 0
		for path := range model.Model.Paths.PathItems.FromOldest() {
			item := model.Model.Paths.PathItems.GetOrZero(path)
			operations += item.GetOperations().Len()
		}
		if operations != len(server.Contract().Operations) || !strings.HasPrefix(model.Model.Servers[0].URL, "http://127.0.0.1:9") {
			t.Errorf("%s: %d operations are described, the contract has %d; first server %s", name, operations, len(server.Contract().Operations), model.Model.Servers[0].URL)
		}
	}
}

// TestDescribedProvider looks for the vendor's identity provider in the description that is served: a client that takes
// it at its word must meet the stand-in's.
func TestDescribedProvider(t *testing.T) {
	server, _ := newServer(t, "secured.yaml", mock.Options{Auth: mock.Enforce})
	document, err := server.DescriptionAt("http://127.0.0.1:4010")
	if err != nil {
		t.Fatal(err)
	}
	var described struct {
		Components struct {
			SecuritySchemes map[string]struct {
				OpenIDConnectURL string `json:"openIdConnectUrl"`
				Flows            map[string]struct {
					TokenURL string `json:"tokenUrl"`
				} `json:"flows"`
			} `json:"securitySchemes"`
		} `json:"components"`
	}
	if err := json.Unmarshal(document, &described); err != nil {
		t.Fatal(err)
	}
	schemes := described.Components.SecuritySchemes
	if got, want := schemes["oauth"].Flows["clientCredentials"].TokenURL, "http://127.0.0.1:4010/token"; got != want {
		t.Errorf("the token URL is %s, want %s", got, want)
	}
	if got, want := schemes["oidc"].OpenIDConnectURL, "http://127.0.0.1:4010/tenant/.well-known/openid-configuration"; got != want {
		t.Errorf("discovery is at %s, want %s", got, want)
	}
}
