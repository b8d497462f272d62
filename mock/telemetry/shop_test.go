package telemetry_test

import (
	"context"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"understudy/contracts"
	"understudy/mock"
	"understudy/mock/clock"
	"understudy/mock/telemetry"
	"understudy/mock/webhook"
)

// A shop is a stand-in that is watched, and a receiver of its deliveries.
type shop struct {
	t         testing.TB
	telemetry *telemetry.Telemetry
	server    *mock.Server
	url, key  string

	mu       sync.Mutex
	received []http.Header
	status   int // of the receiver's answers
}

// seeded gives the bytes of a seed, to many at a time.
func seeded() func([]byte) {
	var mu sync.Mutex
	source := rand.NewChaCha8([32]byte{1})
	return func(b []byte) {
		mu.Lock()
		defer mu.Unlock()
		_, _ = source.Read(b)
	}
}

func load(t testing.TB) *contracts.Contract {
	t.Helper()
	c, err := contracts.Load(context.Background(), filepath.Join("testdata", "shop.yaml"), contracts.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// open serves a shop.
func open(t testing.TB, o telemetry.Options) *shop {
	t.Helper()
	o.Random = seeded()
	o.Version = "v1"
	watched, err := telemetry.New(o)
	if err != nil {
		t.Fatal(err)
	}
	s := &shop{t: t, telemetry: watched, status: http.StatusOK}
	s.server, err = mock.New(context.Background(), mock.Options{
		Contract: load(t), Clock: clock.New(clock.Options{}), Seed: 7, Observer: watched.Observer("shop"), Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	watched.Watch("shop", func() *mock.Server { return s.server })
	front := httptest.NewServer(s.server)
	t.Cleanup(front.Close)
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		s.mu.Lock()
		s.received = append(s.received, r.Header.Clone())
		status := s.status
		s.mu.Unlock()
		w.WriteHeader(status)
	}))
	t.Cleanup(receiver.Close)
	if _, _, err := s.server.Webhooks().Register(context.Background(), webhook.EndpointRequest{URL: receiver.URL + "/hooks?token=keep-me-secret", Events: []string{"*"}}); err != nil {
		t.Fatal(err)
	}
	s.url = front.URL + "/v1"
	for _, r := range s.server.Ready() {
		if r.Env == "SHOP_KEY" {
			s.key = r.Value
		}
	}
	return s
}

// call sends a request: "POST /orders", with header lines.
func (s *shop) call(line, body string, headers ...string) *http.Response {
	s.t.Helper()
	method, path, _ := strings.Cut(line, " ")
	r, err := http.NewRequest(method, s.url+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+s.key)
	r.Header.Set("Content-Type", "application/json")
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, response.Body)
	response.Body.Close()
	return response
}

// settle waits until all deliveries are made, and sends what there is.
func (s *shop) settle() {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := s.server.Webhooks().Wait(ctx); err != nil {
		s.t.Fatal(err)
	}
	if err := s.telemetry.Close(ctx); err != nil {
		s.t.Fatal(err)
	}
}

func (s *shop) deliveries() []http.Header {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.received
}
