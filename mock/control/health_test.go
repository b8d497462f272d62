package control_test

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"understudy/mock"
	"understudy/mock/control"
	"understudy/mock/telemetry"
)

// TestReadiness goes through the life of a process: it starts, is ready, loses its store, finds it again, and is told to stop.
func TestReadiness(t *testing.T) {
	var log safeBuffer
	s := start(t, control.Options{Token: "t0ken-of-this-test", Logger: slog.New(slog.NewTextHandler(&log, nil))})
	ask := func(status int, code string) {
		t.Helper()
		r, err := http.Get(s.url + "/ready")
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		body, _ := io.ReadAll(r.Body)
		if r.StatusCode != status || !strings.Contains(string(body), code) || bytes.Contains(body, []byte("10.0.0.7")) {
			t.Errorf("/ready says %d %s, want %d %s", r.StatusCode, body, status, code)
		}
	}
	ask(200, "ready")
	var away atomic.Pointer[error]
	s.handler.Ready(func() error {
		if err := away.Load(); err != nil {
			return *err
		}
		return nil
	})
	ask(200, "ready")
	lost := errors.New("dial tcp 10.0.0.7:6379: connection refused")
	away.Store(&lost)
	ask(503, "not_ready")
	ask(503, "not_ready")
	away.Store(nil)
	ask(200, "ready")
	if text := log.String(); strings.Count(text, "10.0.0.7") != 1 || strings.Count(text, "ready again") != 1 {
		t.Errorf("the log tells of changes only, once each:\n%s", text)
	}
	if r, err := http.Get(s.url + "/health"); err != nil || r.StatusCode != 200 {
		t.Errorf("/health: %v", err)
	}
	s.handler.Drain()
	ask(503, "draining")
}

// TestHangingCheck is not ready, in bounded time, and leaves one goroutine however often it is asked.
func TestHangingCheck(t *testing.T) {
	s := start(t, control.Options{})
	release, calls := make(chan struct{}), atomic.Int32{}
	defer close(release)
	s.handler.Ready(func() error {
		calls.Add(1)
		<-release
		return nil
	})
	began := time.Now()
	var all sync.WaitGroup
	for range 5 {
		all.Go(func() {
			if status, body := s.send("GET", "/ready", ""); status != 503 {
				t.Errorf("%d %s", status, body)
			}
		})
	}
	all.Wait()
	if took := time.Since(began); took > 20*time.Second || calls.Load() != 1 {
		t.Errorf("%v, %d calls", took, calls.Load())
	}
}

// TestStarting is not ready before anybody said so.
func TestStarting(t *testing.T) {
	s := &stand{t: t, handler: control.New(control.Options{})}
	s.serve()
	if status, body := s.send("GET", "/ready", ""); status != 503 || !strings.Contains(body, "not_ready") {
		t.Errorf("%d %s", status, body)
	}
}

// counting counts, and sends nothing.
func counting(t *testing.T) *telemetry.Telemetry {
	t.Helper()
	watched, err := telemetry.New(telemetry.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return watched
}

// TestMetrics are behind the token, and 404 where nobody counts.
func TestMetrics(t *testing.T) {
	watched := counting(t)
	s := start(t, control.Options{Token: "t0ken-of-this-test", Metrics: watched})
	watched.Watch("petstore", func() *mock.Server { return s.server })
	if status, _ := s.send("GET", "/metrics", ""); status != 401 {
		t.Errorf("without a token: %d", status)
	}
	r, err := http.NewRequest("GET", s.url+"/metrics", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer t0ken-of-this-test")
	answer, err := s.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, _ := io.ReadAll(answer.Body)
	if answer.StatusCode != 200 || !strings.Contains(string(body), "\nunderstudy_items{contract=\"petstore\",collection=\"/pets\"} 2\n") {
		t.Errorf("%d %s", answer.StatusCode, body)
	}
	if status, text := start(t, control.Options{}).send("GET", "/metrics", ""); status != 404 || !strings.Contains(text, "metrics_off") {
		t.Errorf("nobody counts: %d %s", status, text)
	}
}

// TestProfiles are handed out only where that was asked for.
func TestProfiles(t *testing.T) {
	if status, text := start(t, control.Options{}).send("GET", "/debug/pprof/heap", ""); status != 404 || !strings.Contains(text, "profiles_off") {
		t.Errorf("%d %s", status, text)
	}
	s := start(t, control.Options{Profiles: true})
	for _, c := range []struct {
		path   string
		status int
		begin  string
	}{
		{"heap", 200, "\x1f\x8b"}, {"heap?gc=1&debug=1", 200, "heap profile: "}, {"goroutine?debug=2", 200, "goroutine "},
		{"profile?seconds=1", 200, "\x1f\x8b"}, {"trace?seconds=1", 200, "go 1."},
		{"cmdline", 404, ""}, {"symbol", 404, ""}, {"nothing", 404, ""},
		{"profile?seconds=100000", 400, ""}, {"heap?debug=x", 400, ""}, {"heap?what=1", 400, ""},
	} {
		status, body := s.send("GET", "/debug/pprof/"+c.path, "")
		if status != c.status || !strings.HasPrefix(body, c.begin) {
			t.Errorf("%s: %d %.40q", c.path, status, body)
		}
	}
}

// A safeBuffer is a buffer for many at a time.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}
