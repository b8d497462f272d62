package mock_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"understudy/mock"
	"understudy/mock/store"
)

// raw sends bytes as they are, says that no more come, and reads the answer's head and body.
func (s *standIn) raw(text string) (*http.Response, string) {
	s.t.Helper()
	connection, err := (&net.Dialer{}).DialContext(s.t.Context(), "tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		s.t.Fatal(err)
	}
	defer connection.Close()
	if _, err := io.WriteString(connection, text); err != nil {
		s.t.Fatal(err)
	}
	if err := connection.(*net.TCPConn).CloseWrite(); err != nil {
		s.t.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(connection), nil)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return response, string(body)
}

func TestBrokenBodies(t *testing.T) {
	const head = "POST /v1/items HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\n"
	s := serve(t, "shop.yaml", mock.Options{MaxBody: 1 << 20})
	for i, c := range []struct {
		name, text, problem string
		status              int
	}{
		{"truncated", head + "Content-Length: 50\r\n\r\n{\"name\":", "malformed_body", 400},
		{"truncated and long", head + "Content-Length: 500000\r\n\r\n{\"name\":", "malformed_body", 400},
		{"truncated chunk", head + "Transfer-Encoding: chunked\r\n\r\n20\r\n{\"name\"", "malformed_body", 400},
		{"chunks that are none", head + "Transfer-Encoding: chunked\r\n\r\nzz\r\n", "malformed_body", 400},
		{"announced too large", head + "Content-Length: 99999999\r\n\r\n", "body_too_large", 413},
		{"not JSON", head + "Content-Length: 1\r\n\r\n{", "malformed_body", 400},
		{"not UTF-8", head + "Content-Length: 4\r\n\r\n\"\xff\xfe\"", "malformed_body", 400},
		{"unknown route", "POST /nothing HTTP/1.1\r\nHost: shop\r\nContent-Length: 50\r\n\r\n{", "route_not_found", 404},
	} {
		response, body := s.raw(c.text)
		trace := s.last(uint64(i + 1))
		if response.StatusCode != c.status || trace.Problem != c.problem {
			t.Errorf("%s: %d %s, want %d %s", c.name, response.StatusCode, trace.Problem, c.status, c.problem)
		}
		if member(t, body, "code") != c.problem {
			t.Errorf("%s: %s", c.name, body)
		}
		if strings.Contains(c.name, "trunc") || c.status == 413 {
			if !response.Close {
				t.Errorf("%s: the connection stays open although it is out of step", c.name)
			}
		}
	}
	if e := s.entry(5); e.RequestSize != 99999999 || !e.RequestCut {
		t.Errorf("the entry of a body that was too large says %d bytes, cut %v", e.RequestSize, e.RequestCut)
	}
}

func TestBodyLimit(t *testing.T) {
	s := serve(t, "shop.yaml", mock.Options{MaxBody: 30})
	fits := `{"name":"gum","price":1}      `
	if a := s.call("POST /v1/items", fits); a.StatusCode != 201 {
		t.Errorf("a body of exactly %d bytes: %d %s", len(fits), a.StatusCode, a.body)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/v1/items", io.MultiReader(strings.NewReader(fits), strings.NewReader(" ")))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if a := s.send(r); a.StatusCode != 413 || !strings.Contains(a.body, "larger than 30 bytes") {
		t.Errorf("one byte more, of unknown length: %d %s", a.StatusCode, a.body)
	}
}

// TestSlowBody has a client that announces a body and sends the half of it.
func TestSlowBody(t *testing.T) {
	server, _ := newServer(t, "shop.yaml", mock.Options{})
	h := httptest.NewUnstartedServer(server)
	h.Config.ReadTimeout = 50 * time.Millisecond
	h.Start()
	defer h.Close()
	connection, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(h.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	if _, err := io.WriteString(connection, "POST /v1/items HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n{"); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(connection), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusRequestTimeout || !response.Close {
		t.Errorf("%d, connection closed: %v", response.StatusCode, response.Close)
	}
}

func TestProtocols(t *testing.T) {
	server, _ := newServer(t, "shop.yaml", mock.Options{})
	certificate := httptest.NewUnstartedServer(nil)
	certificate.StartTLS()
	defer certificate.Close()
	secure := &tls.Config{Certificates: certificate.TLS.Certificates}
	clear, err := mock.Listen(t.Context(), "127.0.0.1:0", server, nil, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	over, err := mock.Listen(t.Context(), "127.0.0.1:0", server, secure, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		for _, l := range []*mock.Listener{clear, over} {
			if err := l.Close(context.WithoutCancel(t.Context())); err != nil {
				t.Errorf("close %s: %v", l.URL(), err)
			}
			if err := <-l.Done(); err != http.ErrServerClosed {
				t.Errorf("done: %v", err)
			}
		}
	}()
	trusted := certificate.Client().Transport.(*http.Transport).TLSClientConfig
	for i, c := range []struct {
		name, url, want string
		set             func(*http.Protocols)
	}{
		{"HTTP/1.1 in clear", clear.URL(), "HTTP/1.1", func(p *http.Protocols) { p.SetHTTP1(true) }},
		{"HTTP/2 in clear", clear.URL(), "HTTP/2.0", func(p *http.Protocols) { p.SetUnencryptedHTTP2(true) }},
		{"HTTP/1.1 over TLS", over.URL(), "HTTP/1.1", func(p *http.Protocols) { p.SetHTTP1(true) }},
		{"HTTP/2 over TLS", over.URL(), "HTTP/2.0", func(p *http.Protocols) { p.SetHTTP2(true) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			transport := &http.Transport{Protocols: new(http.Protocols), TLSClientConfig: trusted.Clone()}
			c.set(transport.Protocols)
			defer transport.CloseIdleConnections()
			s := &standIn{t: t, server: server, url: c.url, client: &http.Client{Transport: transport}}
			a := s.call("POST /v1/items", `{"name":"gum","price":1}`)
			if a.StatusCode != 201 || a.Proto != c.want {
				t.Fatalf("%d over %s: %s", a.StatusCode, a.Proto, a.body)
			}
			if e := s.entry(uint64(2*i + 1)); e.Proto != c.want || !strings.HasPrefix(e.URL, c.url+"/v1/items") {
				t.Errorf("the journal says %s %s", e.Proto, e.URL)
			}
			if a := s.call("GET "+a.Header.Get("Location"), ""); a.StatusCode != 200 {
				t.Errorf("what was made: %d %s", a.StatusCode, a.body)
			}
		})
	}
}

func TestListenOnTakenPort(t *testing.T) {
	s := serve(t, "bare.yaml", mock.Options{})
	address := strings.TrimPrefix(s.url, "http://")
	_, err := mock.Listen(t.Context(), address, s.server, nil, slog.New(slog.DiscardHandler))
	if err == nil || !strings.HasPrefix(err.Error(), "listen on "+address+": ") {
		t.Errorf("%v", err)
	}
}

// A brittleStore panics when it is told to.
type brittleStore struct {
	store.Store
	broken bool
}

func (b *brittleStore) View(ctx context.Context, f func(store.Tx) error) error {
	if b.broken {
		panic("the shelf has fallen down")
	}
	return b.Store.View(ctx, f)
}

func (b *brittleStore) Update(ctx context.Context, f func(store.Tx) error) error {
	if b.broken {
		return fmt.Errorf("the shelf is full")
	}
	return b.Store.Update(ctx, f)
}

func TestFailures(t *testing.T) {
	shelf := &brittleStore{Store: store.NewMemory()}
	s := serve(t, "shop.yaml", mock.Options{Store: shelf})
	shelf.broken = true
	a := s.call("GET /v1/items", "")
	same(t, a.body, `{"code":"internal_error","message":"The stand-in failed; the journal and the log hold the cause."}`)
	if a.StatusCode != 500 || strings.Contains(a.body, "shelf") {
		t.Errorf("panic: %d %s", a.StatusCode, a.body)
	}
	trace := s.last(1)
	if trace.Problem != "internal_error" || !strings.Contains(trace.Detail, "the shelf has fallen down") || trace.Stages[len(trace.Stages)-1].Verdict != "failed" {
		t.Errorf("%+v", trace)
	}
	if log := s.log.String(); !strings.Contains(log, "this is a bug") || !strings.Contains(log, "wire_test.go") {
		t.Errorf("the log does not say where it failed:\n%s", log)
	}
	if a := s.call("POST /v1/items", `{"name":"gum","price":1}`); a.StatusCode != 500 || strings.Contains(a.body, "shelf") {
		t.Errorf("error of the store: %d %s", a.StatusCode, a.body)
	}
	if trace := s.last(2); !strings.Contains(trace.Detail, "the shelf is full") {
		t.Errorf("%+v", trace)
	}
	shelf.broken = false
	if a := s.call("GET /v1/items", ""); a.StatusCode != 200 {
		t.Errorf("afterwards: %d %s", a.StatusCode, a.body)
	}
}

// TestUnsatisfiable asks for answers that no value can fit: the client gets what comes near, and the journal says so.
func TestUnsatisfiable(t *testing.T) {
	s := serve(t, "shop.yaml", mock.Options{SelfCheck: true})
	if a := s.call("POST /v1/nearly", ""); a.StatusCode != 200 || member(t, a.body, "sure") != "1" {
		t.Errorf("one member: %d %s", a.StatusCode, a.body)
	}
	trace := s.last(1)
	if len(trace.Violations) == 0 || !strings.HasPrefix(trace.Violations[0].Pointer, "/odd") || trace.Stages[len(trace.Stages)-1].Name != "self-check" {
		t.Errorf("the journal does not say which part nothing can fit: %+v", trace)
	}
	if a := s.call("POST /v1/impossible", ""); a.StatusCode != 500 || member(t, a.body, "code") != "unsatisfiable_schema" || !strings.Contains(a.body, "shop.yaml:") {
		t.Errorf("nothing at all: %d %s", a.StatusCode, a.body)
	}
}

// TestManyAtOnce has clients that make, read, list and delete at the same time, while somebody reads the journal.
func TestManyAtOnce(t *testing.T) {
	s := serve(t, "shop.yaml", mock.Options{SelfCheck: true, Journal: mock.JournalLimits{Entries: 50}})
	before := s.call("GET /v1/items", "").body
	const clients, rounds = 8, 15
	var group sync.WaitGroup
	for i := range clients {
		group.Go(func() {
			for range rounds {
				made := s.call("POST /v1/items", fmt.Sprintf(`{"name":"gum %d","price":%d}`, i, i))
				if made.StatusCode != 201 {
					t.Errorf("made: %d %s", made.StatusCode, made.body)
					return
				}
				at := made.Header.Get("Location")
				if read := s.call("GET "+at, ""); read.body != made.body {
					t.Errorf("read %s: %d %s, made was %s", at, read.StatusCode, read.body, made.body)
				}
				s.call("GET /v1/report", "", "Accept: application/xml", "Prefer: dynamic=true")
				if list := s.call("GET /v1/items", ""); list.StatusCode != 200 {
					t.Errorf("list: %d", list.StatusCode)
				}
				if gone := s.call("DELETE "+at, ""); gone.StatusCode != 204 {
					t.Errorf("delete %s: %d", at, gone.StatusCode)
				}
				s.server.Journal().List(mock.Query{Limit: 10})
			}
		})
	}
	group.Wait()
	if a := s.call("GET /v1/items", ""); a.body != before {
		t.Errorf("left over: %s", a.body)
	}
	if log := s.log.String(); strings.Contains(log, "level=ERROR") {
		t.Error(log)
	}
}
