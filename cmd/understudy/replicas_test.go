package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"understudy/mock/store/redis/redistest"
)

// fleetOverlay is what the shop of TestKilled asks for besides, where several processes stand in for it.
const fleetOverlay = `
overlay: 1.1.0
info: {title: A shop with keys and a limit, version: "1"}
actions:
  - target: $
    update:
      security: [{key: []}]
      x-understudy:
        limits: [{name: minute, limit: 100, window: 1m, routes: [listOrders]}]
        idempotency: {}
  - target: $.components
    update:
      securitySchemes: {key: {type: apiKey, in: header, name: X-Key}}
`

// A fleet is several processes over one Redis, behind a proxy that gives each request to the next one.
type fleet struct {
	t        *testing.T
	redis    *redistest.Server
	folder   string
	contract []string
	proxy    *httptest.Server
	turn     atomic.Uint64

	mu      sync.Mutex
	members []*fleetMember
}

type fleetMember struct {
	cmd   *exec.Cmd
	ready readiness
	gone  bool
}

func (m *fleetMember) base() string { return m.ready.Contracts[0].BaseURL }

func newFleet(t *testing.T, n int, overlay string, redisArguments ...string) *fleet {
	f := &fleet{t: t, redis: redistest.Start(t, redisArguments...), folder: t.TempDir()}
	file := filepath.Join(f.folder, "shop.yaml")
	f.contract = []string{file}
	if err := os.WriteFile(file, []byte(killedShop), 0o600); err != nil {
		t.Fatal(err)
	}
	if overlay != "" {
		file := filepath.Join(f.folder, "shop.overlay.yaml")
		if err := os.WriteFile(file, []byte(overlay), 0o600); err != nil {
			t.Fatal(err)
		}
		f.contract = append(f.contract, "--overlay", file)
	}
	f.members = make([]*fleetMember, n)
	for i := range f.members {
		f.start(i)
	}
	t.Cleanup(func() {
		for _, m := range f.members {
			_ = m.cmd.Process.Kill()
			_ = m.cmd.Wait()
		}
	})
	f.proxy = httptest.NewServer(&httputil.ReverseProxy{
		Rewrite:      func(r *httputil.ProxyRequest) { r.Out.URL.Scheme, r.Out.URL.Host = "http", "fleet" },
		Transport:    f,
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
	})
	t.Cleanup(f.proxy.Close)
	return f
}

// start starts a member, or starts it again.
func (f *fleet) start(i int) {
	f.t.Helper()
	cmd, ready := startStandIn(f.t, filepath.Join(f.folder, fmt.Sprint("ready", i, ".json")), append([]string{"--store", f.redis.URL()}, f.contract...)...)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.members[i] = &fleetMember{cmd: cmd, ready: ready}
}

// RoundTrip gives a request to the next member that takes a connection. What was sent is not sent again.
func (f *fleet) RoundTrip(q *http.Request) (*http.Response, error) {
	var err error
	for range 2 * len(f.members) {
		f.mu.Lock()
		m := f.members[f.turn.Add(1)%uint64(len(f.members))]
		gone := m.gone
		f.mu.Unlock()
		if gone {
			continue
		}
		var c net.Conn
		address := strings.TrimPrefix(m.base(), "http://")
		if c, err = net.DialTimeout("tcp", address, time.Second); err != nil {
			continue
		}
		q.URL.Host = address
		transport := &http.Transport{DisableKeepAlives: true, DialContext: func(context.Context, string, string) (net.Conn, error) { return c, nil }}
		return transport.RoundTrip(q)
	}
	return nil, err
}

// call sends a request, gives status and body, and decodes a body of 2xx into out.
func (f *fleet) call(method, url string, header http.Header, in, out any) (int, string) {
	f.t.Helper()
	var body io.Reader
	if in != nil {
		data, err := json.Marshal(in)
		if err != nil {
			f.t.Fatal(err)
		}
		body = bytes.NewReader(data)
	}
	q, err := http.NewRequest(method, url, body)
	if err != nil {
		f.t.Fatal(err)
	}
	if in != nil {
		q.Header.Set("Content-Type", "application/json")
	}
	for name, values := range header {
		q.Header[name] = values
	}
	a, err := http.DefaultClient.Do(q)
	if err != nil {
		return 0, err.Error()
	}
	defer a.Body.Close()
	data, err := io.ReadAll(a.Body)
	if err != nil {
		return 0, err.Error()
	}
	if a.StatusCode/100 == 2 && out != nil {
		if err := json.Unmarshal(data, out); err != nil {
			f.t.Errorf("%s %s: %v", method, url, err)
		}
	}
	return a.StatusCode, string(data)
}

// manage calls the management API of a member, which has to do as it is told.
func (f *fleet) manage(i int, method, path string, in, out any) {
	f.t.Helper()
	ready := f.members[i].ready
	path = strings.Replace(path, "CONTRACT", "/contracts/"+ready.Contracts[0].Name, 1)
	status, body := f.call(method, ready.Control.URL+path, http.Header{"Authorization": {"Bearer " + ready.Control.Token}}, in, out)
	if status/100 != 2 {
		f.t.Errorf("%s %s at member %d: %d %s", method, path, i, status, body)
	}
}

func (f *fleet) key() http.Header {
	for _, value := range f.members[0].ready.Contracts[0].Credentials {
		return http.Header{"X-Key": {value}}
	}
	f.t.Fatal("no credential is ready")
	return nil
}

// expect asks a member and wants a status.
func (f *fleet) expect(i int, want int, method, path string, header http.Header, in, out any) {
	f.t.Helper()
	if status, body := f.call(method, f.members[i].base()+path, header, in, out); status != want {
		f.t.Errorf("member %d: %s %s gives %d, want %d: %s", i, method, path, status, want, body)
	}
}

// TestReplicas: what one process did all others see at once: state, keys, limits, repeats, the clock, faults, sandboxes, snapshots,
// endpoints and deliveries.
func TestReplicas(t *testing.T) {
	f := newFleet(t, 3, fleetOverlay, "--appendfsync", "no")
	key := f.key()
	for i, m := range f.members {
		for _, value := range m.ready.Contracts[0].Credentials {
			if value != key.Get("X-Key") {
				t.Errorf("member %d announces another key than the first one", i)
			}
		}
	}

	var made killedOrder
	f.expect(0, 201, http.MethodPost, "/orders", key, killedOrder{Ref: "a"}, &made)
	var seen killedOrder
	f.expect(1, 200, http.MethodGet, "/orders/"+made.ID, key, nil, &seen)
	if seen != made {
		t.Errorf("member 1 shows %+v, made was %+v", seen, made)
	}
	f.expect(2, 200, http.MethodPut, "/orders/"+made.ID, key, killedOrder{Ref: "b"}, nil)
	f.expect(0, 200, http.MethodGet, "/orders/"+made.ID, key, nil, &seen)
	if seen.Ref != "b" {
		t.Errorf("member 0 shows %+v after another one changed it", seen)
	}

	t.Run("keys", func(t *testing.T) {
		var issued struct {
			ID, Text string
		}
		f.manage(1, http.MethodPost, "CONTRACT/keys", map[string]any{"name": "second"}, &issued)
		second := http.Header{"X-Key": {issued.Text}}
		f.expect(2, 200, http.MethodGet, "/orders/"+made.ID, second, nil, nil)
		f.manage(0, http.MethodDelete, "CONTRACT/keys/"+issued.ID+"?confirm=true", nil, nil)
		f.expect(2, 401, http.MethodGet, "/orders/"+made.ID, second, nil, nil)
		f.expect(1, 401, http.MethodGet, "/orders/"+made.ID, second, nil, nil)
	})

	t.Run("limit", func(t *testing.T) {
		var admitted, limited atomic.Int64
		var clients sync.WaitGroup
		for range 12 {
			clients.Go(func() {
				for range 25 {
					switch status, body := f.call(http.MethodGet, f.proxy.URL+"/orders", key, nil, nil); status {
					case 200:
						admitted.Add(1)
					case 429:
						limited.Add(1)
					default:
						t.Errorf("%d %s", status, body)
					}
				}
			})
		}
		clients.Wait()
		if admitted.Load() != 100 || limited.Load() != 200 {
			t.Errorf("of 300 requests %d were let pass, want 100; %d were refused", admitted.Load(), limited.Load())
		}
		f.manage(2, http.MethodPost, "/clock", map[string]any{"advance": "61s"}, nil)
		deadline := time.Now().Add(10 * time.Second)
		for status := 0; status != 200 && time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
			status, _ = f.call(http.MethodGet, f.members[1].base()+"/orders", key, nil, nil)
		}
		f.expect(1, 200, http.MethodGet, "/orders", key, nil, nil)
	})

	t.Run("repeats", func(t *testing.T) {
		header := key.Clone()
		header.Set("Idempotency-Key", "6d3b6f6e-6f0c-4b6e-8f5e-3f1d1a8f2a77")
		ids := make(chan string, 30)
		var clients sync.WaitGroup
		for i := range 30 {
			clients.Go(func() {
				var one killedOrder
				status, body := f.call(http.MethodPost, f.members[i%3].base()+"/orders", header, killedOrder{Ref: "once"}, &one)
				if status != 201 {
					t.Errorf("%d %s", status, body)
				}
				ids <- one.ID
			})
		}
		clients.Wait()
		first := <-ids
		for range 29 {
			if id := <-ids; id != first {
				t.Errorf("a repeat made %s, the first one %s", id, first)
			}
		}
	})

	t.Run("faults", func(t *testing.T) {
		f.manage(0, http.MethodPost, "CONTRACT/faults", map[string]any{"name": "twice", "kind": "status", "status": 502, "times": 2, "operations": []string{"getOrder"}}, nil)
		for i, want := range []int{502, 502, 200, 200} {
			f.expect((i+1)%3, want, http.MethodGet, "/orders/"+made.ID, key, nil, nil)
		}
		f.manage(1, http.MethodDelete, "CONTRACT/faults/twice", nil, nil)
	})

	t.Run("snapshots and sandboxes", func(t *testing.T) {
		f.manage(0, http.MethodPut, "CONTRACT/snapshots/noon", map[string]any{}, nil)
		f.expect(1, 200, http.MethodPut, "/orders/"+made.ID, key, killedOrder{Ref: "later"}, nil)
		f.manage(2, http.MethodPost, "CONTRACT/sandboxes", map[string]any{"name": "box", "snapshot": "noon"}, nil)
		inside := key.Clone()
		inside.Set("Understudy-Sandbox", "box")
		f.expect(1, 200, http.MethodGet, "/orders/"+made.ID, inside, nil, &seen)
		if seen.Ref != "b" {
			t.Errorf("the sandbox shows %+v", seen)
		}
		f.expect(1, 200, http.MethodPut, "/orders/"+made.ID, inside, killedOrder{Ref: "inside"}, nil)
		f.expect(0, 200, http.MethodGet, "/orders/"+made.ID, inside, nil, &seen)
		if seen.Ref != "inside" {
			t.Errorf("member 0 shows %+v in the sandbox", seen)
		}
		f.expect(0, 200, http.MethodGet, "/orders/"+made.ID, key, nil, &seen)
		if seen.Ref != "later" {
			t.Errorf("outside of the sandbox there is %+v", seen)
		}
		f.manage(1, http.MethodDelete, "CONTRACT/sandboxes/box", nil, nil)
		for i := range 3 {
			f.expect(i, 404, http.MethodGet, "/orders/"+made.ID, inside, nil, nil)
		}
		f.manage(2, http.MethodPost, "CONTRACT/snapshots/noon/restore", map[string]any{}, nil)
		f.expect(0, 200, http.MethodGet, "/orders/"+made.ID, key, nil, &seen)
		if seen.Ref != "b" {
			t.Errorf("after the snapshot was restored there is %+v", seen)
		}
	})

	t.Run("deliveries", func(t *testing.T) {
		var mu sync.Mutex
		arrived := map[string]int{}
		receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			var event struct{ ID string }
			_ = json.NewDecoder(r.Body).Decode(&event)
			mu.Lock()
			defer mu.Unlock()
			arrived[event.ID]++
		}))
		defer receiver.Close()
		f.manage(1, http.MethodPost, "CONTRACT/endpoints", map[string]any{"url": receiver.URL, "events": []string{"order.created"}}, nil)
		for i := range 60 {
			f.expect(i%3, 201, http.MethodPost, "/orders", key, killedOrder{Ref: fmt.Sprint(i)}, nil)
		}
		count := func() int { mu.Lock(); defer mu.Unlock(); return len(arrived) }
		for deadline := time.Now().Add(20 * time.Second); count() < 60 && time.Now().Before(deadline); {
			time.Sleep(10 * time.Millisecond)
		}
		mu.Lock()
		defer mu.Unlock()
		if len(arrived) != 60 {
			t.Errorf("%d of 60 events arrived", len(arrived))
		}
		for id, n := range arrived {
			if n != 1 {
				t.Errorf("the event %s arrived %d times", id, n)
			}
		}
	})

	t.Run("journal", func(t *testing.T) {
		f.manage(2, http.MethodDelete, "CONTRACT/journal", nil, nil)
		for i := range 3 {
			f.expect(i, 200, http.MethodGet, "/orders/"+made.ID, key, nil, nil)
		}
		var journal struct {
			Entries []struct {
				ID      uint64
				Replica string
			}
		}
		for deadline := time.Now().Add(10 * time.Second); len(journal.Entries) < 3 && time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
			f.manage(0, http.MethodGet, "CONTRACT/journal", nil, &journal)
		}
		by := map[string]bool{}
		for _, e := range journal.Entries {
			by[e.Replica] = true
			f.manage(1, http.MethodGet, fmt.Sprint("CONTRACT/journal/", e.ID), nil, nil)
		}
		if len(journal.Entries) != 3 || len(by) != 3 {
			t.Errorf("member 0 lists %+v", journal.Entries)
		}
	})

	t.Run("Redis away", func(t *testing.T) {
		f.redis.Kill()
		began := time.Now()
		for i := range 3 {
			f.expect(i, 503, http.MethodGet, "/orders/"+made.ID, key, nil, nil)
			f.expect(i, 503, http.MethodPost, "/orders", key, killedOrder{Ref: "lost"}, nil)
		}
		t.Logf("6 requests were refused in %s", time.Since(began).Round(time.Millisecond))
		f.redis.Again()
		deadline := time.Now().Add(20 * time.Second)
		for i := range 3 {
			for status := 0; status != 200 && time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
				status, _ = f.call(http.MethodGet, f.members[i].base()+"/orders/"+made.ID, key, nil, nil)
			}
			f.expect(i, 200, http.MethodGet, "/orders/"+made.ID, key, nil, nil)
		}
	})
}

// TestReplicasRestart: one process after the other ends as it is asked to and starts again, under load through a proxy that only
// gives a request to another one where nothing was sent. No request is lost, and no delivery.
func TestReplicasRestart(t *testing.T) {
	f := newFleet(t, 3, "", "--appendfsync", "no")
	w := &ward{t: t, acked: map[string]string{}, counts: map[string]int{}, heard: map[string]string{}}
	receiver := httptest.NewServer(http.HandlerFunc(w.receive))
	defer receiver.Close()
	f.manage(0, http.MethodPost, "CONTRACT/endpoints", map[string]any{"url": receiver.URL, "events": []string{"order.created"}}, nil)
	over := make(chan struct{})
	var clients sync.WaitGroup
	var failed atomic.Int64
	for c := range 4 {
		clients.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-over:
					return
				default:
				}
				var made killedOrder
				ref := fmt.Sprint("order ", c, " ", i)
				status, body := f.call(http.MethodPost, f.proxy.URL+"/orders", nil, killedOrder{Ref: ref}, &made)
				if status != 201 {
					failed.Add(1)
					t.Errorf("%d %s", status, body)
					return
				}
				w.mu.Lock()
				w.acked[made.ID] = ref
				w.mu.Unlock()
			}
		})
	}
	for i := range f.members {
		f.mu.Lock()
		m := f.members[i]
		m.gone = true // as a load balancer learns from /ready, or Kubernetes tells it
		f.mu.Unlock()
		time.Sleep(50 * time.Millisecond)
		_ = m.cmd.Process.Signal(syscall.SIGTERM)
		if err := m.cmd.Wait(); err != nil {
			t.Errorf("member %d ended with %v", i, err)
		}
		f.start(i)
	}
	close(over)
	clients.Wait()
	w.ready = f.members[0].ready
	w.examine(len(w.acked))
	w.awaitEvents()
	t.Logf("%d orders were made while every process was restarted, %d requests failed, %d events came twice", len(w.acked), failed.Load(), w.twice)
	if len(w.acked) < 20 {
		t.Error("hardly anything was written")
	}
}

// TestReplicasKilled kills one of three processes at a random moment under writes, again and again, and now and then Redis: after
// each start everything that was answered is there, nothing is half there, and each creation is told of, a repeated one
// under the same id.
func TestReplicasKilled(t *testing.T) {
	rounds := 200
	if raced || testing.Short() {
		rounds = 20
	}
	f := newFleet(t, 3, "") // Redis writes to its disk before it answers
	w := &ward{t: t, acked: map[string]string{}, counts: map[string]int{}, heard: map[string]string{}}
	w.ready = f.members[0].ready
	receiver := httptest.NewServer(http.HandlerFunc(w.receive))
	defer receiver.Close()
	w.register(receiver.URL)
	w.ready.Contracts[0].BaseURL = f.proxy.URL
	chance := rand.New(rand.NewPCG(3, 4))
	redisKills := 0
	for round := range rounds {
		over := make(chan struct{})
		var writers sync.WaitGroup
		for range 4 {
			writers.Go(func() { w.write(over) })
		}
		time.Sleep(time.Duration(chance.IntN(60)) * time.Millisecond) // the moment of the kill: any will do
		victim := chance.IntN(len(f.members))
		if round%20 == 19 {
			f.redis.Kill()
			redisKills++
			f.redis.Again()
		} else {
			_ = f.members[victim].cmd.Process.Kill()
			_ = f.members[victim].cmd.Wait()
			f.start(victim)
		}
		close(over)
		writers.Wait()
		w.settled(f)
		w.examine(20)
	}
	w.examine(len(w.acked))
	w.awaitEvents()
	if w.problem != "" {
		t.Error(w.problem)
	}
	t.Logf("%d kills, %d of them of Redis, %d creations and %d changes were answered, %d events came twice", rounds, redisKills, len(w.acked), len(w.counts), w.twice)
	if len(w.acked) < rounds {
		t.Errorf("only %d creations were answered: the test hardly writes", len(w.acked))
	}
}

// settled waits until all members answer.
func (w *ward) settled(f *fleet) {
	w.t.Helper()
	deadline := time.Now().Add(time.Minute)
	for i, m := range f.members {
		for status := 0; status != 200; {
			if status, _ = f.call(http.MethodGet, m.base()+"/orders", nil, nil, nil); status != 200 && time.Now().After(deadline) {
				w.t.Fatalf("member %d does not answer any more", i)
			}
		}
	}
}
