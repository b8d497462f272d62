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
	"runtime"
	"strings"
	"testing"
	"time"
	"weak"

	"understudy/contracts"
	"understudy/mock"
	"understudy/mock/clock"
	"understudy/mock/store"
)

// listening serves a stand-in as the program does, and gives its address. A configuration lets it speak TLS.
func listening(t *testing.T, server *mock.Server, config *tls.Config) string {
	t.Helper()
	l, err := mock.Listen(t.Context(), "127.0.0.1:0", server, config, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close(context.WithoutCancel(t.Context())) }) // the test is over
	return l.URL()
}

// ask sends one request and reads its answer.
func ask(t *testing.T, client *http.Client, address string) {
	t.Helper()
	q, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	a, err := client.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, a.Body) // what it says is of no matter
	_ = a.Body.Close()
}

// arrive waits for so many entries of a journal.
func arrive(t *testing.T, server *mock.Server, n int) []*mock.Entry {
	t.Helper()
	for range server.Journal().Follow(t.Context(), 0) {
		if server.Journal().Stats().Seen >= uint64(n) {
			return server.Journal().List(mock.Query{})
		}
	}
	t.Fatal("the journal ended")
	return nil
}

// TestConnections: exchanges on one connection have one number, which begins with 1 for each stand-in; and it is told whether they
// came over TLS.
func TestConnections(t *testing.T) {
	server, _ := newServer(t, "bare.yaml", mock.Options{})
	other, _ := newServer(t, "bare.yaml", mock.Options{})
	both := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/other") {
			other.ServeHTTP(w, r)
			return
		}
		server.ServeHTTP(w, r)
	})
	l, err := mock.Listen(t.Context(), "127.0.0.1:0", both, nil, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close(context.WithoutCancel(t.Context())) }) // the test is over
	first, second := &http.Client{Transport: &http.Transport{}}, &http.Client{Transport: &http.Transport{}}
	ask(t, first, l.URL()+"/a")
	ask(t, first, l.URL()+"/other")
	ask(t, second, l.URL()+"/b")
	ask(t, first, l.URL()+"/c")
	ask(t, second, l.URL()+"/other")
	var got []uint64
	for _, e := range append(arrive(t, server, 3), arrive(t, other, 2)...) {
		got = append(got, e.Connection)
	}
	if want := []uint64{1, 2, 1, 1, 2}; len(got) != 5 || [5]uint64(got) != [5]uint64(want) {
		t.Errorf("the connections are %v, want %v", got, want)
	}

	certificate := httptest.NewUnstartedServer(server)
	certificate.StartTLS()
	defer certificate.Close()
	secure := listening(t, server, &tls.Config{Certificates: certificate.TLS.Certificates})
	ask(t, &http.Client{Transport: &http.Transport{TLSClientConfig: certificate.Client().Transport.(*http.Transport).TLSClientConfig}}, secure)
	entries := arrive(t, server, 4)
	if e := entries[3]; !strings.HasPrefix(e.URL, "https://") || e.Connection != 3 {
		t.Errorf("over TLS came %s on connection %d", e.URL, e.Connection)
	}
}

// TestAbandoned: a client that gives up while it waits has abandoned its request, one that is cut off has not.
func TestAbandoned(t *testing.T) {
	server, _ := newServer(t, "bare.yaml", mock.Options{Clock: clock.New(clock.Options{})})
	address := listening(t, server, nil)
	order := func(spec contracts.FaultBehaviour) {
		t.Helper()
		if _, err := server.Faults().Add(spec); err != nil {
			t.Fatal(err)
		}
	}
	order(contracts.FaultBehaviour{Name: "slow", Kind: "latency", Delay: "1h", Path: "/things/1"})
	order(contracts.FaultBehaviour{Name: "cut", Kind: "reset", Path: "/things/2"})
	order(contracts.FaultBehaviour{Name: "busy", Kind: "status", Status: contracts.Statuses{503}, Path: "/things/3"})
	ctx, leave := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer leave()
	for n, path := range []string{"/things/1", "/things/2", "/things/3"} {
		with := t.Context()
		if path == "/things/1" {
			with = ctx
		}
		q, err := http.NewRequestWithContext(with, http.MethodGet, address+path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		q.Close = true // a cut connection is not tried again on another
		a, err := (&http.Transport{}).RoundTrip(q)
		if (err == nil) != (path == "/things/3") {
			t.Fatalf("%s: %v", path, err)
		}
		if err == nil {
			_ = a.Body.Close()
		}
		arrive(t, server, n+1)
	}
	for _, e := range arrive(t, server, 3) {
		f := e.Trace.Faults
		if len(f) != 1 {
			t.Errorf("%s: the faults are %+v", e.URL, f)
			continue
		}
		switch {
		case strings.HasSuffix(e.URL, "/things/1"):
			if !e.Abandoned || f[0] != (mock.Acted{Name: "slow", Kind: "latency", Note: "the client left while it waited for 1h0m0s"}) {
				t.Errorf("slow: abandoned %v, %+v", e.Abandoned, f)
			}
			if e.Took < 20*time.Millisecond {
				t.Errorf("slow: it took %v", e.Took)
			}
		case strings.HasSuffix(e.URL, "/things/2"):
			if e.Abandoned || f[0].Kind != "reset" {
				t.Errorf("cut: abandoned %v, %+v", e.Abandoned, f)
			}
		default:
			if e.Abandoned || f[0].Note != "status 503" || e.Status != 503 {
				t.Errorf("busy: abandoned %v, %d, %+v", e.Abandoned, e.Status, f)
			}
		}
	}
}

// TestWallTime: where the stand-in's clock stands still, the machine's time goes on.
func TestWallTime(t *testing.T) {
	before := clock.Real{}.Now().Round(0)
	server, _ := newServer(t, "bare.yaml", mock.Options{})
	ask(t, http.DefaultClient, listening(t, server, nil))
	e := arrive(t, server, 1)[0]
	if !e.Start.Equal(noon) || e.Wall.Before(before) || e.Took <= 0 || e.Duration != 0 {
		t.Errorf("start %v, wall %v, took %v, duration %v", e.Start, e.Wall, e.Took, e.Duration)
	}
}

// TestConnectionHoldsNoSandbox drops a sandbox while a connection lives on that has met it: nothing of it may stay in memory.
func TestConnectionHoldsNoSandbox(t *testing.T) {
	server, _ := newServer(t, "shop.yaml", mock.Options{Clock: clock.New(clock.Options{At: noon}), Store: store.NewMemory()})
	conn, err := net.Dial("tcp", strings.TrimPrefix(listening(t, server, nil), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	in := bufio.NewReader(conn)
	var gone weak.Pointer[mock.Journal]
	func() {
		box, err := server.Sandboxes().Create(t.Context(), mock.SandboxOptions{Name: "short"})
		if err != nil {
			t.Fatal(err)
		}
		gone = weak.Make(box.Server().Journal())
		fmt.Fprintf(conn, "GET /v1/items HTTP/1.1\r\nHost: x\r\nUnderstudy-Sandbox: short\r\n\r\n")
		a, err := http.ReadResponse(in, nil)
		if err != nil || a.StatusCode != http.StatusOK {
			t.Fatal(a, err)
		}
		_, _ = io.Copy(io.Discard, a.Body)
		if err := server.Sandboxes().Drop("short"); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(conn, "GET /v1/items HTTP/1.1\r\nHost: x\r\n\r\n") // the connection's goroutine lets go of the last request
		if a, err = http.ReadResponse(in, nil); err != nil || a.StatusCode != http.StatusOK {
			t.Fatal(a, err)
		}
		_, _ = io.Copy(io.Discard, a.Body)
	}()
	for n := 0; gone.Value() != nil; n++ {
		if n == 50 {
			t.Fatal("the dropped sandbox is still held")
		}
		runtime.GC()
	}
}
