package mock_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"understudy/contracts"
	"understudy/contracts/schema"
	"understudy/mock"
	"understudy/mock/clock"
)

func TestFaultHeader(t *testing.T) {
	for _, c := range []struct {
		name, header string
		rule         mock.FaultRule
		status       int
		want         string // a part of body or journal
	}{
		{"kind", "status=503", "", 503, "Service Unavailable"},
		{"several", "latency=1s, status=429;message=Slow down", "", 429, "Slow down"},
		{"name", "nightly", "", 502, ""},
		{"name that is off", "quiet", "", 504, ""},
		{"unknown", "nothing", "", 400, `fault \"nothing\": there is no fault of this name, and no such kind`},
		{"bad value", "status=42", "", 400, "status: must be a status from 200 to 599"},
		{"not for this contract", "latency", "", 400, "delay: must be a delay"},
		{"condition", "status=503;times=2", "", 400, "times: says nothing here"},
		{"not text", `status;message="`, "", 400, "must have a quote"},
		{"nobody may", "status=503", mock.FaultsFromNobody, 200, ""},
		{"everybody may", "status=503", mock.FaultsFromAll, 503, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, _ := library(t, mock.Options{FaultHeader: c.rule})
			s.order("status=502;name=nightly;from=10h", "status=504;name=quiet;off")
			a := s.call("GET /v1/books", "", "Understudy-Fault: "+c.header)
			if a.StatusCode != c.status || !strings.Contains(a.body, c.want) {
				t.Errorf("%d %s, want %d with %s", a.StatusCode, a.body, c.status, c.want)
			}
			if c.rule == mock.FaultsFromNobody {
				last := s.last(1).Stages
				if n := last[len(last)-2]; n.Name != "disturb" || n.Verdict != "observed" || !strings.Contains(n.Note, "not taken") {
					t.Errorf("the journal says %+v", last)
				}
			}
			for _, f := range s.server.Faults().List() {
				if f.Matched != 0 {
					t.Errorf("%s was counted", f.Name)
				}
			}
		})
	}
}

// TestFaultHeaderFromElsewhere: only clients on the same machine may order faults by themselves.
func TestFaultHeaderFromElsewhere(t *testing.T) {
	server, _ := newServer(t, "trouble.yaml", mock.Options{})
	for from, want := range map[string]int{"192.0.2.7:4000": 200, "127.0.0.1:4000": 503, "[::1]:4000": 503, "[::ffff:127.0.0.1]:4000": 503, "pipe": 200, "[2001:db8::1]:1": 200} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/v1/books", nil)
		r.RemoteAddr = from
		r.Header.Set("Understudy-Fault", "status=503")
		w := httptest.NewRecorder()
		server.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("from %s: %d, want %d", from, w.Code, want)
		}
	}
}

// TestStatusFaultShapes: a status looks as the contract documents it, whatever brought it about.
func TestStatusFaultShapes(t *testing.T) {
	for _, c := range []struct {
		contract, line, order string
		status                int
		want                  string
		headers               map[string]string
	}{
		{"ecosire", "GET /api/contacts", "status=500", 500, `{"statusCode":500,"error":"Internal Server Error","message":"Internal server error"}`, nil},
		{"ecosire", "GET /api/contacts", "status=429;header.Retry-After=7", 429, `{"statusCode":429,"error":"Too Many Requests","message":"Rate limit exceeded"}`, map[string]string{"Retry-After": "7"}},
		{"ecosire", "GET /api/contacts", "status=401;code=credential_missing", 401, `{"statusCode":401,"error":"Unauthorized","message":"Authentication is required"}`, map[string]string{"WWW-Authenticate": "Bearer"}},
		{"ecosire", "GET /api/contacts", "status=403;message=Back at nine.", 403, `{"statusCode":403,"error":"Forbidden","message":"Back at nine."}`, nil},
		{"ecoevents", "GET /v1/events", "status=503", 503, `{"error":{"code":"service_unavailable","message":"*"}}`, nil},
		{"eckospace", "GET /api/posts", "status=500", 500, `{"message":"Server Error"}`, nil},
		{"echowin", "GET /api/v1/contacts", "status=500", 500, `{"error":"Internal server error"}`, nil},
		{"trouble.yaml", "GET /v1/books", `status=500;body="{\"oh\":\"no\"}"`, 500, `{"oh":"no"}`, map[string]string{"Content-Type": "application/json"}},
		{"trouble.yaml", "GET /v1/books/b1", "status=202", 202, `{"eta":3,"id":"b1"}`, nil},
		{"trouble.yaml", "GET /v1/books", "status=599", 599, `{"code":"fault","message":"Status 599"}`, nil},
	} {
		s := serve(t, c.contract, mock.Options{SelfCheck: true})
		s.order(c.order)
		a := s.call(c.line, "")
		if a.StatusCode != c.status || !alike(t, a.body, c.want) {
			t.Errorf("%s %s: %d %s, want %d %s", c.contract, c.order, a.StatusCode, a.body, c.status, c.want)
		}
		for name, value := range c.headers {
			if got := a.Header.Get(name); got != value {
				t.Errorf("%s %s: %s is %q, want %q", c.contract, c.order, name, got, value)
			}
		}
		if log := s.log.String(); strings.Contains(log, "breaks the contract") {
			t.Errorf("%s %s: %s", c.contract, c.order, log)
		}
	}
}

// TestSchemaFault: whatever the seed chooses, the answer breaks its schema and the journal says where.
func TestSchemaFault(t *testing.T) {
	seen := map[string]bool{}
	for seed := range uint64(30) {
		s, _ := library(t, mock.Options{Seed: seed})
		s.order("schema")
		a := s.call("GET /v1/books/b1", "")
		value, err := schema.ParseJSON([]byte(a.body))
		if err != nil {
			t.Fatal(err)
		}
		book := s.server.Contract().Match("GET", "/v1/books/b1").Operation.Response(200).Content[0].Schema
		if a.StatusCode != 200 || book.Valid(value, schema.Response) {
			t.Errorf("seed %d: %d %s keeps its schema", seed, a.StatusCode, a.body)
		}
		detail := s.last(1).Detail
		if !strings.Contains(detail, "wanted") {
			t.Errorf("the journal says %q", detail)
		}
		seen[detail] = true
	}
	if len(seen) < 4 {
		t.Errorf("of four members only these were broken: %v", seen)
	}
	s, _ := library(t, mock.Options{})
	s.order("schema=/pages;operations=getBook", "schema=/nothing;operations=listBooks", "schema;operations=listLoans", "schema;methods=DELETE")
	if a := s.call("GET /v1/books/b1", ""); !strings.Contains(a.body, `"pages":"a few"`) {
		t.Errorf("a named member: %s", a.body)
	}
	for i, c := range []struct{ line, want string }{
		{"GET /v1/books", "nothing was broken: the answer has no member /nothing"},
		{"GET /v1/loans", "nothing was broken: the schema takes any value there"},
		{"DELETE /v1/books/b1", "nothing was broken: the answer has no JSON with a schema"},
	} {
		if a := s.call(c.line, ""); a.StatusCode >= 300 {
			t.Errorf("%s: %d", c.line, a.StatusCode)
		}
		if trace := s.last(uint64(i + 2)); !strings.Contains(trace.Detail, c.want) || trace.Source == "fault" {
			t.Errorf("%s: the journal says %q, source %s", c.line, trace.Detail, trace.Source)
		}
	}
}

// TestSchemaFaultOfRealContracts breaks the answers of all operations that list something in the built-in contracts.
func TestSchemaFaultOfRealContracts(t *testing.T) {
	for _, name := range []string{"ecosire", "echowin", "ecoevents", "eckospace"} {
		s := serve(t, name, mock.Options{})
		s.order("schema")
		broken := 0
		for _, o := range s.server.Contract().Operations {
			if o.Method != "GET" || strings.Contains(o.Path, "{") {
				continue
			}
			a := s.call("GET "+s.server.Contract().Servers[0].Base+o.Path, "")
			r := o.Response(a.StatusCode)
			if r == nil || len(r.Content) == 0 || r.Content[0].Schema == nil || !contracts.JSONMedia(r.Content[0].Name) {
				continue
			}
			value, err := schema.ParseJSON([]byte(a.body))
			if err != nil || r.Content[0].Schema.Valid(value, schema.Response) {
				t.Errorf("%s %s: %d %.200s is good, %v", name, o.Path, a.StatusCode, a.body, err)
			}
			broken++
		}
		if broken == 0 {
			t.Errorf("%s: nothing was broken", name)
		}
	}
}

// TestStaleFault: an earlier answer is that of the same request of the same user, and the state goes on behind it.
func TestStaleFault(t *testing.T) {
	empty, _ := library(t, mock.Options{})
	empty.call("GET /v1/books", "", "Understudy-Fault: stale")
	if stages := empty.last(1).Stages; !strings.Contains(stages[len(stages)-2].Note, "no earlier answer") {
		t.Errorf("a wish that cannot be fulfilled is not told: %+v", stages)
	}
	s, _ := library(t, mock.Options{})
	s.order("stale")
	if a := s.call("GET /v1/books/b1", ""); !strings.Contains(a.body, "Emma") {
		t.Fatalf("there is nothing earlier, yet: %d %s", a.StatusCode, a.body)
	}
	if f := s.server.Faults().List()[2]; f.Matched != 0 {
		t.Errorf("it stood back and counts %d", f.Matched)
	}
	s.entry(1)
	s.call("DELETE /v1/books/b1", "")
	if a := s.call("GET /v1/books/b1", ""); a.StatusCode != 200 || !strings.Contains(a.body, "Emma") || a.Header.Get("Content-Type") != "application/json" {
		t.Errorf("%d %s %s", a.StatusCode, a.Header.Get("Content-Type"), a.body)
	}
	if trace := s.last(3); trace.Source != "fault" || !strings.Contains(trace.Detail, "the answer of exchange 1") {
		t.Errorf("%+v", trace)
	}
	if a := s.call("GET /v1/books/b1?x=1", ""); a.StatusCode != 404 {
		t.Errorf("another request: %d", a.StatusCode)
	}
	if a := s.call("GET /v1/books/b1", "", "Accept: application/problem+json"); a.StatusCode != 404 {
		t.Errorf("a client that cannot take it: %d", a.StatusCode)
	}
	s.server.Faults().Clear()
	if a := s.call("GET /v1/books/b1", ""); a.StatusCode != 404 {
		t.Errorf("without the fault: %d", a.StatusCode)
	}
}

// TestDropKeepsTheKey: a client that lost the answer and asks again with the same key has made one thing.
func TestDropKeepsTheKey(t *testing.T) {
	s := serve(t, "eckospace", mock.Options{})
	s.order("drop;times=1;methods=POST")
	send := func() (*http.Response, error) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/api/posts", strings.NewReader(`{"title":"Hello","body":"World"}`))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Idempotency-Key", "7c1e")
		r.GetBody = nil
		return s.client.Do(r)
	}
	before := strings.Count(s.call("GET /api/posts", "").body, `"title"`)
	if response, err := send(); err == nil {
		t.Fatalf("the connection holds: %d", response.StatusCode)
	}
	s.entry(2)
	response, err := send()
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != 201 {
		t.Errorf("the repeat: %d", response.StatusCode)
	}
	if made := strings.Count(s.call("GET /api/posts", "").body, `"title"`) - before; made != 1 {
		t.Errorf("%d posts were made", made)
	}
}

// TestFaultIsNotKept: an answer that a fault gave before anything was carried out is no answer to a repeat.
func TestFaultIsNotKept(t *testing.T) {
	s := serve(t, "eckospace", mock.Options{})
	s.order("status=503;times=1;methods=POST")
	for i, want := range []int{503, 201, 201} {
		if a := s.call("POST /api/posts", `{"title":"Hello","body":"World"}`, "Idempotency-Key: 7c1e"); a.StatusCode != want {
			t.Errorf("request %d: %d %s", i, a.StatusCode, a.body)
		}
	}
}

// TestLatencyAndTheClock: the stand-in's clock says when a delay has passed; moving it ends the waiting.
func TestLatencyAndTheClock(t *testing.T) {
	k := clock.New(clock.Options{At: noon})
	if err := k.Follow(0.001); err != nil { // an hour on it is 41 days
		t.Fatal(err)
	}
	s := serve(t, "trouble.yaml", mock.Options{Clock: k})
	s.order("latency=30m;name=slow")
	done := make(chan int)
	go func() { done <- s.call("GET /v1/books", "").StatusCode }()
	for len(k.Pending()) == 0 {
		if t.Context().Err() != nil {
			t.Fatal("nothing waits")
		}
		runtime.Gosched()
	}
	if due := k.Pending(); due[0].Label != "latency slow" {
		t.Errorf("what waits is called %q", due[0].Label)
	}
	select {
	case status := <-done:
		t.Fatalf("it was answered at once with %d", status)
	default:
	}
	ran, err := k.Advance(30 * time.Minute)
	if err != nil || len(ran) != 1 {
		t.Fatalf("%v, %v", ran, err)
	}
	if status := <-done; status != 200 {
		t.Errorf("after half an hour: %d", status)
	}
	if e := s.entry(1); e.Duration < 30*time.Minute || !strings.Contains(e.Trace.Detail, "waited for 30m0s") {
		t.Errorf("the journal says %v, %q", e.Duration, e.Trace.Detail)
	}
}

// TestRealLatency: with real the machine's time counts, though the clock stands still.
func TestRealLatency(t *testing.T) {
	s, _ := library(t, mock.Options{})
	s.order("latency=50ms;real", "slow-body=1000;real;operations=getBook")
	begun := time.Now()
	s.call("GET /v1/books", "")
	if took := time.Since(begun); took < 50*time.Millisecond {
		t.Errorf("it took %v", took)
	}
	if detail := s.last(1).Detail; detail != "fault-1: waited for 50ms" {
		t.Errorf("the journal says %q", detail)
	}
	s.server.Faults().Clear()
	s.order("slow-body=10")
	s.call("GET /v1/books", "")
	if detail := s.last(2).Detail; !strings.Contains(detail, "at 10 a second: the clock stands still") {
		t.Errorf("the journal says %q", detail)
	}
}

// TestFaultsOverTLS: under TLS too a reset is one, and HTTP/2 resets the stream and keeps the connection.
func TestFaultsOverTLS(t *testing.T) {
	server, _ := newServer(t, "trouble.yaml", mock.Options{})
	certificate := httptest.NewUnstartedServer(nil)
	certificate.StartTLS()
	defer certificate.Close()
	l, err := mock.Listen(t.Context(), "127.0.0.1:0", server, &tls.Config{Certificates: certificate.TLS.Certificates}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := l.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	}()
	trusted := certificate.Client().Transport.(*http.Transport).TLSClientConfig
	ask := func(client *http.Client, fault string) (string, error) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, l.URL()+"/v1/books", nil)
		if err != nil {
			t.Fatal(err)
		}
		if fault != "" {
			r.Header.Set("Understudy-Fault", fault)
		}
		response, err := client.Do(r)
		if err != nil {
			return "", err
		}
		defer response.Body.Close()
		var body bytes.Buffer
		_, err = body.ReadFrom(response.Body)
		return response.Proto, err
	}
	one := new(http.Protocols)
	one.SetHTTP1(true)
	client1 := &http.Client{Transport: &http.Transport{Protocols: one, TLSClientConfig: trusted.Clone(), DisableKeepAlives: true}}
	if _, err := ask(client1, "reset"); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("reset: %v", err)
	}
	if _, err := ask(client1, "empty"); err == nil || !strings.Contains(err.Error(), "EOF") {
		t.Errorf("empty: %v", err)
	}
	if _, err := ask(client1, "truncated-body"); err == nil || !strings.Contains(err.Error(), "unexpected EOF") {
		t.Errorf("truncated-body: %v", err)
	}
	two := new(http.Protocols)
	two.SetHTTP2(true)
	transport := &http.Transport{Protocols: two, TLSClientConfig: trusted.Clone()}
	defer transport.CloseIdleConnections()
	client2 := &http.Client{Transport: transport}
	for _, fault := range []string{"reset", "malformed-chunk", "truncated-body=1"} {
		if _, err := ask(client2, fault); err == nil || !strings.Contains(err.Error(), "INTERNAL_ERROR") {
			t.Errorf("%s over HTTP/2: %v", fault, err)
		}
		if proto, err := ask(client2, ""); err != nil || proto != "HTTP/2.0" {
			t.Errorf("after %s over HTTP/2: %s, %v", fault, proto, err)
		}
	}
}
