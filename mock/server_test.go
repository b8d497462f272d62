package mock_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"understudy/contracts"
	"understudy/mock"
	"understudy/mock/clock"
)

// noon is where the clock of these tests stands.
var noon = time.Date(2026, 2, 27, 12, 0, 0, 0, time.UTC)

// A standIn is a server on a socket.
type standIn struct {
	t      testing.TB
	server *mock.Server
	url    string // scheme and address
	client *http.Client
	log    *logBuffer
}

// A logBuffer collects what a server logs.
type logBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *logBuffer) Write(data []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(data)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// load compiles a document of testdata, or a built-in contract by its name.
func load(t testing.TB, name string) *contracts.Contract {
	t.Helper()
	if strings.HasSuffix(name, ".yaml") {
		name = filepath.Join("testdata", name)
	}
	c, err := contracts.Load(t.Context(), name, contracts.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func newServer(t testing.TB, document string, o mock.Options) (*mock.Server, *logBuffer) {
	t.Helper()
	log := &logBuffer{}
	o.Contract = load(t, document)
	if o.Clock == nil {
		o.Clock = clock.New(clock.Options{At: noon, Frozen: true})
	}
	o.Logger = slog.New(slog.NewTextHandler(log, nil))
	if o.Auth == "" {
		o.Auth = mock.Ignore // tests of credentials say what they want
	}
	if o.Limits == "" {
		o.Limits = mock.Ignore // and so do tests of limits
	}
	server, err := mock.New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return server, log
}

// serve starts a stand-in for a document on a free port.
func serve(t testing.TB, document string, o mock.Options) *standIn {
	t.Helper()
	server, log := newServer(t, document, o)
	s := serveHandler(t, server)
	s.log = log
	return s
}

func serveHandler(t testing.TB, server *mock.Server) *standIn {
	t.Helper()
	l, err := mock.Listen(t.Context(), "127.0.0.1:0", server, nil, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{
		Transport:     &http.Transport{},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	t.Cleanup(func() {
		client.CloseIdleConnections()
		if err := l.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return &standIn{t: t, server: server, url: l.URL(), client: client}
}

// An answer is a response, read whole.
type answer struct {
	*http.Response
	body string
}

// call sends a request: "GET /v1/items" with header lines such as "Accept: text/csv". A body goes as JSON unless a
// Content-Type is among the headers.
func (s *standIn) call(line, body string, headers ...string) answer {
	s.t.Helper()
	method, path, _ := strings.Cut(line, " ")
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, reader)
	if err != nil {
		s.t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		switch {
		case name == "Host":
			r.Host = value
		case name == "Content-Type" && value == "":
			r.Header.Del(name)
		case name == "Content-Type":
			r.Header.Set(name, value)
		default:
			r.Header.Add(name, value)
		}
	}
	return s.send(r)
}

func (s *standIn) send(r *http.Request) answer {
	s.t.Helper()
	response, err := s.client.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer{response, string(data)}
}

// entry waits for the journal's entry of the nth request: an answer may arrive before its entry is written.
func (s *standIn) entry(n uint64) *mock.Entry {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 10*time.Second)
	defer cancel()
	for e := range s.server.Journal().Follow(ctx, n-1) {
		if e.ID == n {
			return e
		}
	}
	s.t.Fatalf("the journal has no entry %d", n)
	return nil
}

// last is the journal's entry for the latest request.
func (s *standIn) last(n uint64) mock.Trace { s.t.Helper(); return s.entry(n).Trace }

// same compares two JSON texts by their meaning.
func same(t testing.TB, got, want string) {
	t.Helper()
	var g, w any
	if err := json.Unmarshal([]byte(want), &w); err != nil {
		t.Fatalf("the wanted text is not JSON: %v\n%s", err, want)
	}
	if err := json.Unmarshal([]byte(got), &g); err != nil {
		t.Errorf("not JSON: %v\n%s", err, got)
		return
	}
	if a, b := compact(t, g), compact(t, w); a != b {
		t.Errorf("got  %s\nwant %s", a, b)
	}
}

func compact(t testing.TB, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// member gives a member of a JSON object as text: strings bare, everything else as JSON.
func member(t testing.TB, body, name string) string {
	t.Helper()
	var object map[string]any
	if err := json.Unmarshal([]byte(body), &object); err != nil {
		t.Fatalf("not a JSON object: %v\n%s", err, body)
	}
	if text, ok := object[name].(string); ok {
		return text
	}
	return compact(t, object[name])
}
