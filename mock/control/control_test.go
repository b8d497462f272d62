package control_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"understudy/contracts"
	"understudy/contracts/schema"
	"understudy/mock"
	"understudy/mock/clock"
	"understudy/mock/control"

	"github.com/gavv/httpexpect/v2"
)

// noon is where the clock of these tests stands.
var noon = time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)

// ownDocument is the API's document, compiled once for all tests.
var ownDocument = sync.OnceValues(func() (*contracts.Contract, error) {
	data, err := contracts.Builtin("control", "openapi.yaml")
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "control")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	name := filepath.Join(folder, "openapi.yaml")
	if err := os.WriteFile(name, data, 0o600); err != nil {
		return nil, err
	}
	return contracts.Load(context.Background(), name, contracts.Options{})
})

// A stand is a pet shop with its management API, both on sockets.
type stand struct {
	t       *testing.T
	server  *mock.Server
	handler *control.Handler
	shop    string // base URL of the stand-in
	url     string // of the management API
	client  *http.Client
}

func newShop(t *testing.T, seeds map[string][]any) *mock.Server {
	t.Helper()
	c, err := contracts.Load(t.Context(), filepath.Join("testdata", "petstore.yaml"), contracts.Options{})
	if err != nil {
		t.Fatal(err)
	}
	server, err := mock.New(t.Context(), mock.Options{
		Contract: c, Clock: clock.New(clock.Options{At: noon, Frozen: true}), Seed: 7, Seeds: seeds,
		Auth: mock.Ignore, Journal: mock.JournalLimits{Entries: 8},
	})
	if err != nil {
		t.Fatal(err)
	}
	return server
}

// rexAndTom are the pets that exist from the start.
func rexAndTom() map[string][]any {
	return map[string][]any{"/pets": {
		map[string]any{"id": 1, "name": "Rex"},
		map[string]any{"id": 2, "name": "Tom", "tag": "cat"},
	}}
}

// start opens a pet shop. Every answer that goes through its client is held against the API's own document.
func start(t *testing.T, o control.Options) *stand {
	t.Helper()
	s := &stand{t: t, server: newShop(t, rexAndTom())}
	shop := httptest.NewServer(s.server)
	t.Cleanup(shop.Close)
	s.shop = shop.URL + "/v1"
	if o.Clock == nil {
		o.Clock = s.server.Clock()
	}
	o.Version = "v1.2.3"
	s.handler = control.New(o)
	s.handler.Add("petstore", s.shop, func() *mock.Server { return s.server })
	s.handler.Ready()
	s.serve()
	return s
}

func (s *stand) serve() {
	api := httptest.NewServer(s.handler)
	s.t.Cleanup(api.Close)
	s.url = api.URL
	s.client = &http.Client{Transport: &judge{t: s.t, next: http.DefaultTransport}}
	s.t.Cleanup(s.client.CloseIdleConnections)
}

func (s *stand) expect() *httpexpect.Expect {
	return httpexpect.WithConfig(httpexpect.Config{BaseURL: s.url, Client: s.client, Reporter: httpexpect.NewRequireReporter(s.t)})
}

// call sends one request to the pet shop and gives the answer's status and body.
func (s *stand) call(method, path, body string) (int, string) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.shop+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Shop-Key", "sk-tombola-1234567890")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

// settled waits until the journal holds so many exchanges: an answer may arrive before its entry is written.
func (s *stand) settled(n uint64) {
	s.t.Helper()
	for e := range s.server.Journal().Follow(s.t.Context(), n-1) {
		if e.ID >= n {
			return
		}
	}
	s.t.Fatal("the test ended before the journal had its entries")
}

// get reads one path of the management API.
func (s *stand) get(path string) (*http.Response, string) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.url+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	response, err := s.client.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return response, string(text)
}

// send sends one request to the management API, with a JSON body unless that is empty.
func (s *stand) send(method, path, body string) (status int, answer string) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	response, err := s.client.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

// A judge holds every answer against the API's own document.
type judge struct {
	t    *testing.T
	next http.RoundTripper
	mu   sync.Mutex
	seen map[string]bool // "operationId status"
}

func (j *judge) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := j.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	document, err := ownDocument()
	if err != nil {
		return nil, err
	}
	m := document.Match(r.Method, r.URL.EscapedPath())
	if m.Operation == nil {
		return response, nil
	}
	j.mu.Lock()
	if j.seen == nil {
		j.seen = map[string]bool{}
	}
	j.seen[m.Operation.ID] = true
	j.mu.Unlock()
	declared := m.Operation.Response(response.StatusCode)
	if declared == nil {
		j.t.Errorf("%s answered %d, which its document does not know", m.Operation.ID, response.StatusCode)
		return response, nil
	}
	for _, h := range declared.Headers {
		if h.Required && response.Header.Get(h.Name) == "" {
			j.t.Errorf("%s answered %d without %s", m.Operation.ID, response.StatusCode, h.Name)
		}
	}
	mediaType := response.Header.Get("Content-Type")
	if len(declared.Content) == 0 {
		if mediaType != "" {
			j.t.Errorf("%s answered %d with a body of %s", m.Operation.ID, response.StatusCode, mediaType)
		}
		return response, nil
	}
	media := contracts.MatchMedia(mediaType, declared.Content)
	if media == nil {
		j.t.Errorf("%s answered %d as %q, which its document does not know", m.Operation.ID, response.StatusCode, mediaType)
		return response, nil
	}
	if media.Schema == nil || !contracts.JSONMedia(media.Name) || r.Method == http.MethodHead {
		return response, nil
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	response.Body.Close()
	response.Body = io.NopCloser(bytes.NewReader(body))
	value, err := schema.ParseJSON(body)
	if err != nil {
		j.t.Errorf("%s answered %d with what is not JSON: %v", m.Operation.ID, response.StatusCode, err)
		return response, nil
	}
	for _, v := range media.Schema.Check(value, schema.Response) {
		j.t.Errorf("%s answered %d: %s: wanted %s, got %s", m.Operation.ID, response.StatusCode, v.Pointer, v.Want, v.Got)
	}
	return response, nil
}
