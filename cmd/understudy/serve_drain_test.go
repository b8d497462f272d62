package main

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// A drained is a stand-in that is told to stop under load, and what its clients saw.
type drained struct {
	t      *testing.T
	base   string // of the contract
	ready  string // URL of its readiness
	cmd    *exec.Cmd
	client *http.Client

	away     atomic.Bool // the readiness says no: no more requests are sent
	answered atomic.Int64
	closing  atomic.Int64 // answers that were the last on their connection
	made     atomic.Int64 // orders whose creation was answered
	told     sync.Map     // references of orders that the receiver heard of
}

func startDrained(t *testing.T, arguments ...string) *drained {
	t.Helper()
	folder := t.TempDir()
	file := filepath.Join(folder, "shop.yaml")
	if err := os.WriteFile(file, []byte(killedShop), 0o600); err != nil {
		t.Fatal(err)
	}
	d := &drained{t: t, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 16}, Timeout: time.Minute}}
	var ready readiness
	d.cmd, ready = startStandIn(t, filepath.Join(folder, "ready.json"), append([]string{file}, arguments...)...)
	t.Cleanup(func() { _ = d.cmd.Process.Kill() })
	t.Cleanup(d.client.CloseIdleConnections)
	d.base, d.ready = ready.Contracts[0].BaseURL, ready.Control.URL+"/ready"
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if _, rest, ok := bytes.Cut(body, []byte(`"ref":"`)); ok {
			reference, _, _ := bytes.Cut(rest, []byte(`"`))
			d.told.Store(string(reference), true)
		}
	}))
	t.Cleanup(receiver.Close)
	q, err := http.NewRequest(http.MethodPost, ready.Control.URL+"/contracts/-/endpoints", strings.NewReader(`{"url":"`+receiver.URL+`","events":["order.created"]}`))
	if err != nil {
		t.Fatal(err)
	}
	q.Header.Set("Content-Type", "application/json")
	if a, err := d.client.Do(q); err != nil || a.StatusCode != http.StatusCreated {
		t.Fatalf("register: %v", err)
	}
	return d
}

// stop sends SIGTERM.
func (d *drained) stop() {
	if err := d.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		d.t.Error(err)
	}
}

// exits waits for the process to end by itself, without a failure.
func (d *drained) exits(within time.Duration) {
	d.t.Helper()
	over := make(chan error, 1)
	go func() { over <- d.cmd.Wait() }()
	select {
	case err := <-over:
		if err != nil {
			d.t.Errorf("it ended with %v", err)
		}
	case <-time.After(within):
		d.t.Fatalf("it still runs after %v", within)
	}
}

// send sends a request and counts its answer. An error is a lost request.
func (d *drained) send(method, path, body string, header ...string) bool {
	q, err := http.NewRequest(method, d.base+path, strings.NewReader(body))
	if err != nil {
		d.t.Error(err)
		return false
	}
	q.Header.Set("Content-Type", "application/json")
	if len(header) == 2 {
		q.Header.Set(header[0], header[1])
	}
	a, err := d.client.Do(q)
	if err != nil {
		d.t.Errorf("a request was lost: %v", err)
		return false
	}
	_, err = io.Copy(io.Discard, a.Body)
	a.Body.Close()
	if err != nil || a.StatusCode/100 != 2 {
		d.t.Errorf("%s %s: %d, %v", method, path, a.StatusCode, err)
		return false
	}
	d.answered.Add(1)
	if a.Close {
		d.closing.Add(1)
	}
	return true
}

// spread does what a load balancer does: it asks for the readiness, and lets requests be sent until that says no.
func (d *drained) spread() {
	for !d.away.Load() {
		a, err := d.client.Get(d.ready)
		if err != nil {
			d.t.Errorf("the readiness cannot be asked: %v", err)
			d.away.Store(true)
			return
		}
		a.Body.Close()
		if a.StatusCode != http.StatusOK {
			d.away.Store(true)
		}
		time.Sleep(20 * time.Millisecond) // a probe's interval
	}
}

// TestDrainUnderLoad stops a stand-in under load: no request of those that were sent until its readiness said no is lost, and each
// order that was made is told of.
func TestDrainUnderLoad(t *testing.T) {
	d := startDrained(t, "--drain", "3s")
	var clients sync.WaitGroup
	clients.Go(d.spread)
	for range 8 {
		clients.Go(func() {
			for !d.away.Load() {
				reference := "r" + time.Now().Format("150405.000000000") + strings.Repeat("x", 4)
				if d.send(http.MethodPost, "/orders", `{"ref":"`+reference+`","count":1,"twin":1}`) {
					d.made.Add(1)
				}
				d.send(http.MethodGet, "/orders", "")
			}
		})
	}
	for d.made.Load() < 50 {
		time.Sleep(time.Millisecond)
	}
	d.stop()
	clients.Wait()
	if d.send(http.MethodGet, "/orders", ""); d.closing.Load() == 0 {
		t.Error("while it drains, no answer is the last one on its connection")
	}
	d.exits(30 * time.Second)
	told := 0
	d.told.Range(func(any, any) bool { told++; return true })
	if int64(told) != d.made.Load() {
		t.Errorf("%d orders were told of, %d made", told, d.made.Load())
	}
	if _, err := net.DialTimeout("tcp", strings.TrimPrefix(d.base, "http://"), time.Second); err == nil {
		t.Error("somebody still listens")
	}
	t.Logf("%d requests were answered, %d of them as the last on their connection; %d orders made, %d told of", d.answered.Load(), d.closing.Load(), d.made.Load(), told)
}

// TestStopLetsRequestsEnd answers the requests under way when it is stopped without a time to drain.
func TestStopLetsRequestsEnd(t *testing.T) {
	d := startDrained(t)
	var clients sync.WaitGroup
	for range 8 {
		clients.Go(func() { d.send(http.MethodGet, "/orders", "", "Understudy-Fault", "latency=1500ms;real") })
	}
	for underWay(t, d) < 8 {
		time.Sleep(time.Millisecond)
	}
	d.stop()
	clients.Wait()
	d.exits(30 * time.Second)
	if d.answered.Load() != 8 {
		t.Errorf("%d of 8 requests were answered", d.answered.Load())
	}
}

// underWay reads the metric of requests that are being answered.
func underWay(t *testing.T, d *drained) int {
	t.Helper()
	a, err := d.client.Get(strings.TrimSuffix(d.ready, "/ready") + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	body, err := io.ReadAll(a.Body)
	_, rest, ok := strings.Cut(string(body), "\nunderstudy_requests_active{")
	if err != nil || !ok {
		t.Fatalf("%v: %s", err, body)
	}
	line, _, _ := strings.Cut(rest, "\n")
	return int(line[len(line)-1] - '0')
}

// TestSecondSignal ends a long drain early.
func TestSecondSignal(t *testing.T) {
	d := startDrained(t, "--drain", "10m")
	d.stop()
	d.spread()
	d.send(http.MethodGet, "/orders", "")
	d.stop()
	d.exits(30 * time.Second)
}

// TestNothingIsSentUnasked runs a stand-in whose every connection to elsewhere would go through a proxy: without an address of a
// collector none does, and with one that lies elsewhere one does.
func TestNothingIsSentUnasked(t *testing.T) {
	var seen atomic.Int64
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.String(), "http://collector.example/v1/") {
			seen.Add(1)
		}
	}))
	defer proxy.Close()
	for name, value := range map[string]string{"HTTP_PROXY": proxy.URL, "HTTPS_PROXY": proxy.URL, "NO_PROXY": "", "OTEL_SERVICE_NAME": "x", "OTEL_TRACES_SAMPLER": "always_on", "OTEL_METRIC_EXPORT_INTERVAL": "10"} {
		t.Setenv(name, value)
	}
	for _, asked := range []bool{false, true} {
		if asked {
			t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector.example")
		}
		d := startDrained(t)
		d.send(http.MethodPost, "/orders", `{"ref":"a","count":1,"twin":1}`)
		d.stop()
		d.exits(30 * time.Second)
		if got := seen.Load(); got > 0 != asked {
			t.Errorf("asked for: %v; %d requests went to a collector", asked, got)
		}
	}
}
