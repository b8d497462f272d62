// Package mocktest stands in for somebody else's API for the length of a Go test.
//
// Start opens a stand-in on a socket of its own, with state, credentials, limits, webhooks and a clock that the test
// moves; it is gone when the test is over. The code under test gets its address and a key, and is none the wiser.
//
//	func TestRefund(t *testing.T) {
//		api := mocktest.Start(t, "openapi.yaml")
//		shop := shop.New(api.URL(), api.Key("orders:write"))
//		…
//		api.Advance(24 * time.Hour) // the token has expired
//	}
//
// Nothing here reaches the network, and equal seeds give equal values, so that a test that fails fails again.
//
// What cannot be done ends the test, as t.Fatal does: call these methods on the goroutine of the test. The stand-in itself
// may be called from any. When a test has failed, what was said to the stand-in last is logged, without secrets.
package mocktest

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"understudy/contracts"
	"understudy/contracts/check"
	"understudy/mock"
	"understudy/mock/clock"
	"understudy/mock/control"
)

// A StandIn stands in for one API until the test that started it is over. Its methods report to that test; see For.
type StandIn struct {
	t testing.TB
	*world
}

// A world is what all views on one stand-in share.
type world struct {
	settings *settings
	server   *mock.Server
	clock    *clock.Virtual
	listener *mock.Listener
	trusted  *x509.CertPool // nil: it is served in clear
	url      string
	boxes    atomic.Int64 // sandboxes that were made

	checks  func() (*check.Examination, error)
	control func() *control.Handler // the management API, made when somebody needs it

	mu         sync.Mutex
	harbour    *mock.Listener // where deliveries to Endpoint arrive; nil: nobody has asked for one
	harboured  int            // endpoints that were given away
	management *mock.Listener // of the management API; nil: nobody has asked for it
}

// Start stands in for the API of a contract until t is over. The contract is the name of a built-in one ("ecoevents"), a
// file or a folder that holds one. What is wrong with it ends the test, with file and line.
//
// Contracts are compiled once for all tests of a process, so that starting one more costs a few milliseconds; a Sandbox costs less.
func Start(t testing.TB, contract string, options ...Option) *StandIn {
	t.Helper()
	return start(t, settle(options), func(s *settings) (*contracts.Contract, error) { return loadSource(t.Context(), contract, s) })
}

// StartDocument is Start for an OpenAPI document in YAML or JSON that the test holds itself.
func StartDocument(t testing.TB, document []byte, options ...Option) *StandIn {
	t.Helper()
	return start(t, settle(options), func(s *settings) (*contracts.Contract, error) { return loadDocument(t.Context(), document, s) })
}

func start(t testing.TB, s *settings, load func(*settings) (*contracts.Contract, error)) *StandIn {
	t.Helper()
	if s.err != nil {
		t.Fatalf("mocktest: %v", s.err)
	}
	contract, err := load(s)
	if err != nil {
		t.Fatalf("mocktest: %v", err)
	}
	k := clock.New(clock.Options{At: s.at, Frozen: s.frozen})
	o, err := s.serverOptions(contract)
	if err != nil {
		t.Fatalf("mocktest: %v", err)
	}
	o.Contract, o.Clock = contract, k
	if s.level != nil {
		o.Logger = slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: *s.level}))
	}
	for _, change := range s.changes {
		change(&o)
	}
	if own, ok := o.Clock.(*clock.Virtual); ok {
		k = own
	} else {
		t.Fatalf("mocktest: the clock of a stand-in in a test has to be one that can be moved, a *clock.Virtual")
	}
	server, err := mock.New(t.Context(), o)
	if err != nil {
		t.Fatalf("mocktest: %v", err)
	}
	return open(t, s, server, k)
}

// open serves a world and sees to its end.
func open(t testing.TB, s *settings, server *mock.Server, k *clock.Virtual) *StandIn {
	t.Helper()
	w := &world{settings: s, server: server, clock: k}
	var config *tls.Config
	if s.tls {
		config, w.trusted = certificate()
	}
	var err error
	if w.listener, err = mock.Listen(context.WithoutCancel(t.Context()), "127.0.0.1:0", server, config, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatalf("mocktest: %v", err)
	}
	w.url = w.listener.URL()
	contract := server.Contract()
	if len(contract.Servers) > 0 {
		w.url += contract.Servers[0].Base
	}
	w.control = sync.OnceValue(func() *control.Handler {
		h := control.New(control.Options{Clock: k, Seed: server.Seed(), Version: "mocktest"})
		h.Add(contract.Name, w.url, func() *mock.Server { return server })
		h.Ready()
		return h
	})
	w.checks = sync.OnceValues(func() (*check.Examination, error) {
		return check.New(check.Options{Contract: contract, Skip: s.skipped, Targets: []string{w.url}})
	})
	t.Cleanup(w.close)
	return w.view(t)
}

// view is the world as one test sees it, to which it tells what was said last when it has failed.
func (w *world) view(t testing.TB) *StandIn {
	api := &StandIn{t: t, world: w}
	t.Cleanup(api.logFailure)
	return api
}

// close ends the world: what goes on by itself first, which may hold requests open, then the sockets.
func (w *world) close() {
	w.server.Stop()
	w.clock.Freeze()
	// Connections that clients hold open and do not use would be waited for.
	if shared, ok := http.DefaultTransport.(*http.Transport); ok {
		shared.CloseIdleConnections()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.management != nil {
		w.control().Close() // its event streams would be waited for
	}
	for _, l := range []*mock.Listener{w.listener, w.harbour, w.management} {
		if l != nil {
			_ = l.Close(context.Background()) // the test is over: nobody is told
		}
	}
}

// For is the same stand-in as another test sees it, a subtest mostly: what fails is reported there. State, clock and all else are
// shared; see Sandbox for a world of its own.
func (s *StandIn) For(t testing.TB) *StandIn { return s.view(t) }

// URL is what the code under test is configured with as the API's base URL: "http://127.0.0.1:41234/v1".
func (s *StandIn) URL() string { return s.url }

// Server is the stand-in itself, for all that has no word of its own here.
func (s *StandIn) Server() *mock.Server { return s.server }

// ControlURL is the address of the management API, for programs that the test starts: "http://127.0.0.1:41235". It asks for
// no token, and is opened when it is asked for first.
func (s *StandIn) ControlURL() string {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.management == nil {
		s.management = s.listen(s.control())
	}
	return s.management.URL()
}

// listen opens a further socket in clear. It is called with the lock held.
func (s *StandIn) listen(handler http.Handler) *mock.Listener {
	s.t.Helper()
	l, err := mock.Listen(context.WithoutCancel(s.t.Context()), "127.0.0.1:0", handler, nil, slog.New(slog.DiscardHandler))
	if err != nil {
		s.t.Fatalf("mocktest: %v", err)
	}
	return l
}

// secretOf is where the credentials of a seed come from: the same as those of understudy serve --seed.
func secretOf(seed uint64) [32]byte {
	return sha256.Sum256([]byte("understudy credentials " + strconv.FormatUint(seed, 10)))
}

// certificate gives the standard library's own certificate for loopback, and what believes it.
func certificate() (*tls.Config, *x509.CertPool) {
	borrowed := httptest.NewUnstartedServer(nil)
	borrowed.StartTLS()
	defer borrowed.Close()
	pool := x509.NewCertPool()
	pool.AddCert(borrowed.Certificate())
	return &tls.Config{Certificates: borrowed.TLS.Certificates, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}}, pool
}

// patiently bounds waiting by the test and by the real time that its options give.
func (s *StandIn) patiently() (context.Context, context.CancelFunc) {
	return context.WithTimeout(s.t.Context(), s.settings.patience)
}
