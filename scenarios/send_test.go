package scenarios_test

import (
	"context"
	"errors"
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
	"understudy/contracts/check"
	"understudy/scenarios"
)

// A handClock stands still but for those who wait, whom it takes ahead at once.
type handClock struct {
	mu     sync.Mutex
	now    time.Time
	waited []time.Duration
}

func (c *handClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *handClock) Wait(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	c.waited = append(c.waited, d)
	return ctx.Err()
}

func newClock() *handClock { return &handClock{now: time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC)} }

const petshop = `
openapi: 3.1.0
info: {title: Pets, version: "1"}
paths:
  /pets:
    get:
      operationId: listPets
      security: [{key: []}]
      responses:
        "200": {description: All., content: {application/json: {schema: {type: array}}}}
    post:
      operationId: createPet
      requestBody: {content: {application/json: {schema: {type: object}}}}
      responses: {"201": {description: Made.}}
components:
  securitySchemes: {key: {type: apiKey, in: header, name: X-Key}}
`

func pets(t *testing.T) *contracts.Contract {
	t.Helper()
	file := filepath.Join(t.TempDir(), "pets.yaml")
	if err := os.WriteFile(file, []byte(petshop), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := contracts.Load(t.Context(), file, contracts.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func deploy(t *testing.T, o scenarios.Options, c *contracts.Contract, url string, roster *scenarios.Roster) *scenarios.Deployment {
	t.Helper()
	run, err := scenarios.New(o)
	if err != nil {
		t.Fatal(err)
	}
	checks, err := check.New(check.Options{Contract: c})
	if err != nil {
		t.Fatal(err)
	}
	d, err := run.Deploy(c, url, checks, nil, roster)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func request(t *testing.T, method, url, body string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestSendRecordsAndExamines: the exchange has its operation, the actor's credential went out and is hidden in the result, and
// the passive checks were applied.
func TestSendRecordsAndExamines(t *testing.T) {
	const secret = "s3cr3t-of-nobody-else"
	var got string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r.Header.Get("X-Key")
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		_, _ = io.WriteString(w, `{"not":"a list","echo":"`+got+`"}`)
	}))
	defer server.Close()
	roster := &scenarios.Roster{Actors: []*scenarios.Actor{{Name: "alice", Credentials: map[string]string{"key": secret}}}}
	c := pets(t)
	d := deploy(t, scenarios.Options{Clock: newClock(), KeepAll: true}, c, server.URL, roster)
	q := scenarios.Request{HTTP: request(t, "GET", server.URL+"/pets", ""), Intent: check.Valid, Test: "one"}
	q.Actor = roster.Default(c.Operations[0])
	reply, err := d.Send(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	if got != secret {
		t.Errorf("the target got the key %q", got)
	}
	if reply.Exchange.Operation == nil || reply.Exchange.Operation.ID != "listPets" {
		t.Errorf("the operation is %v", reply.Exchange.Operation)
	}
	if len(reply.Findings) != 1 || reply.Findings[0].Check != "SCH-001" || reply.Findings[0].Fingerprint == "" || reply.Findings[0].Exchange != reply.Number {
		t.Errorf("findings: %+v", reply.Findings)
	}
	result := d.Run().Result(nil)
	if len(result.Exchanges) != 1 || result.Exchanges[0].Actor != "alice" || !strings.HasPrefix(result.Exchanges[0].Curl, "curl -i ") {
		t.Fatalf("exchanges: %+v", result.Exchanges)
	}
	shown := result.Exchanges[0].Header.Get("X-Key") + result.Exchanges[0].Answer.Text + result.Exchanges[0].Curl + reply.Findings[0].Got
	if strings.Contains(shown, "of-nobody") {
		t.Errorf("the credential is shown: %s", shown)
	}
}

// TestSendRefusals: what must not be sent is not.
func TestSendRefusals(t *testing.T) {
	count := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { count++; w.WriteHeader(201) }))
	defer server.Close()
	c := pets(t)
	for name, one := range map[string]struct {
		options scenarios.Options
		url     string
		method  string
		want    error
	}{
		"unsafe method": {scenarios.Options{Safe: true}, server.URL + "/pets", "POST", scenarios.ErrSafe},
		"used up":       {scenarios.Options{MaxRequests: 1}, server.URL + "/pets", "POST", scenarios.ErrMaxRequests},
		"another host":  {scenarios.Options{}, "http://127.0.0.2:1/pets", "GET", nil},
		"time is over":  {scenarios.Options{Within: time.Nanosecond}, server.URL + "/pets", "GET", scenarios.ErrTimeOver},
	} {
		t.Run(name, func(t *testing.T) {
			count = 0
			clock := newClock()
			one.options.Clock = clock
			d := deploy(t, one.options, c, server.URL, nil)
			if one.want == scenarios.ErrMaxRequests {
				if _, err := d.Send(t.Context(), scenarios.Request{HTTP: request(t, "POST", server.URL+"/pets", "{}")}); err != nil {
					t.Fatal(err)
				}
			}
			if one.want == scenarios.ErrTimeOver {
				clock.now = clock.now.Add(time.Second)
			}
			before := count
			_, err := d.Send(t.Context(), scenarios.Request{HTTP: request(t, one.method, one.url, "")})
			if err == nil || one.want != nil && !errors.Is(err, one.want) {
				t.Errorf("the error is %v, want %v", err, one.want)
			}
			if count != before {
				t.Error("it was sent")
			}
		})
	}
}

// TestCarefulElsewhere: a target that is not on loopback gets safe methods only, and not many a second.
func TestCarefulElsewhere(t *testing.T) {
	clock := newClock()
	transport := roundTrip(func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("[]")), Proto: "HTTP/1.1", Request: r}, nil
	})
	d := deploy(t, scenarios.Options{Clock: clock, Transport: transport}, pets(t), "https://api.example.com/v1", nil)
	if _, err := d.Send(t.Context(), scenarios.Request{HTTP: request(t, "POST", "https://api.example.com/v1/pets", "{}")}); !errors.Is(err, scenarios.ErrSafe) {
		t.Errorf("a POST: %v", err)
	}
	for range 11 {
		if _, err := d.Send(t.Context(), scenarios.Request{HTTP: request(t, "GET", "https://api.example.com/v1/pets", "")}); err != nil {
			t.Fatal(err)
		}
	}
	if took := clock.Now().Sub(newClock().now); took != 2*time.Second {
		t.Errorf("eleven requests took %s, want two seconds at five a second", took)
	}
}

// TestRetryAfterIsHeeded: further requests wait as long as a refusal asked for.
func TestRetryAfterIsHeeded(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "7")
		w.WriteHeader(http.StatusTooManyRequests)
	}))
	defer server.Close()
	clock := newClock()
	d := deploy(t, scenarios.Options{Clock: clock}, pets(t), server.URL, nil)
	for range 2 {
		if _, err := d.Send(t.Context(), scenarios.Request{HTTP: request(t, "GET", server.URL+"/pets", "")}); err != nil {
			t.Fatal(err)
		}
	}
	if len(clock.waited) != 1 || clock.waited[0] != 7*time.Second {
		t.Errorf("waited %v, want 7s once", clock.waited)
	}
}

// TestHostileTargets: each costs a bounded time and memory, and is a reply, not an error.
func TestHostileTargets(t *testing.T) {
	for name, one := range map[string]struct {
		handler http.HandlerFunc
		want    func(*scenarios.Reply) bool
	}{
		"endless body": {func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				if _, err := w.Write(make([]byte, 64<<10)); err != nil {
					return
				}
			}
		}, func(r *scenarios.Reply) bool { return r.Cut && len(r.Exchange.ResponseBody) == 1<<20 }},
		"wrong length": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, "short")
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		}, func(r *scenarios.Reply) bool { return r.Error != "" && string(r.Exchange.ResponseBody) == "short" }},
		"no answer": {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, func(r *scenarios.Reply) bool {
			return r.Error == "no whole answer came in time" && r.Exchange.Status == 0
		}},
		"redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://169.254.169.254/", http.StatusFound)
		},
			func(r *scenarios.Reply) bool { return r.Exchange.Status == http.StatusFound }},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(one.handler)
			defer server.Close()
			d := deploy(t, scenarios.Options{Clock: newClock(), MaxBody: 1 << 20, Timeout: 300 * time.Millisecond}, pets(t), server.URL, nil)
			if name == "endless body" {
				d = deploy(t, scenarios.Options{Clock: newClock(), MaxBody: 1 << 20}, pets(t), server.URL, nil)
			}
			reply, err := d.Send(t.Context(), scenarios.Request{HTTP: request(t, "GET", server.URL+"/pets", "")})
			if err != nil {
				t.Fatal(err)
			}
			if !one.want(reply) {
				t.Errorf("status %d, error %q, cut %t, %d bytes", reply.Exchange.Status, reply.Error, reply.Cut, len(reply.Exchange.ResponseBody))
			}
		})
	}
	d := deploy(t, scenarios.Options{Clock: newClock()}, pets(t), "http://127.0.0.1:1", nil)
	reply, err := d.Send(t.Context(), scenarios.Request{HTTP: request(t, "GET", "http://127.0.0.1:1/pets", "")})
	if err != nil || !strings.HasPrefix(reply.Error, "no connection") {
		t.Errorf("nobody there: %v, %+v", err, reply)
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
