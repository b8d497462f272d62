package mock_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"understudy/contracts"
	"understudy/mock"
	"understudy/mock/clock"
	"understudy/mock/credential"
)

// A turnstile is a server with limits, its clock, and keys to call it with.
type turnstile struct {
	t      testing.TB
	server *mock.Server
	clock  *clock.Virtual
	base   string
	header string // that keys are sent in
}

// openTurnstile serves a contract with everything enforced. change may alter it before.
func openTurnstile(t testing.TB, name string, o mock.Options, change func(*contracts.Contract)) *turnstile {
	t.Helper()
	k := load(t, name)
	if change != nil {
		change(k)
	}
	g := &turnstile{t: t, clock: clock.New(clock.Options{At: noon, Frozen: true}), header: "Authorization"}
	if name == "echowin" {
		g.header = "X-API-Key"
	}
	o.Contract, o.Clock, o.Seed, o.SelfCheck = k, g.clock, 1, true
	server, err := mock.New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	g.server, g.base = server, k.Servers[0].Base
	return g
}

// key makes a credential of a class for an account; empty names are the first ones.
func (g *turnstile) key(class, account string) credential.Issued {
	g.t.Helper()
	issued, err := g.server.Credentials().CreateKey(g.t.Context(), credential.KeyRequest{Class: class, Account: account, Name: "one"})
	if err != nil {
		g.t.Fatal(err)
	}
	return issued
}

// call sends a request: "GET /contacts", with a key or none.
func (g *turnstile) call(line, key, body string) *httptest.ResponseRecorder {
	g.t.Helper()
	method, path, _ := strings.Cut(line, " ")
	q := httptest.NewRequest(method, "http://stand-in.example"+g.base+path, strings.NewReader(body))
	if body != "" {
		q.Header.Set("Content-Type", "application/json")
	}
	if key != "" && g.header == "Authorization" {
		key = "Bearer " + key
	}
	if key != "" {
		q.Header.Set(g.header, key)
	}
	rec := httptest.NewRecorder()
	g.server.ServeHTTP(rec, q)
	return rec
}

// passing is how many of n requests the limits let pass.
func (g *turnstile) passing(n int, line, key string) int {
	g.t.Helper()
	passed := 0
	for range n {
		if g.call(line, key, "").Code != http.StatusTooManyRequests {
			passed++
		}
	}
	return passed
}

func (g *turnstile) advance(d time.Duration) {
	g.t.Helper()
	if _, err := g.clock.Advance(d); err != nil {
		g.t.Fatal(err)
	}
}

// shown is limit, remaining, reset and Retry-After of an answer; "-" stands for one that is not there.
func shown(r *httptest.ResponseRecorder) string {
	var list []string
	for _, name := range []string{"X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", "Retry-After"} {
		if v := r.Header().Get(name); v != "" {
			list = append(list, v)
		} else {
			list = append(list, "-")
		}
	}
	return strings.Join(list, " ")
}

func (g *turnstile) want(what string, r *httptest.ResponseRecorder, status int, headers string) {
	g.t.Helper()
	if r.Code != status || shown(r) != headers {
		g.t.Errorf("%s: %d %s, want %d %s", what, r.Code, shown(r), status, headers)
	}
}

// A limitVector is a sequence of fixtures/vectors, rate_limit.
type limitVector struct {
	ID, Algorithm string
	Params        map[string]any
	Steps         []struct {
		Request    int
		T          int64 `json:"t_ms"`
		Allowed    bool
		BlockedBy  string `json:"blocked_by"`
		Remaining  int64
		RetryAfter int64 `json:"retry_after_s"`
		Limit      int64 `json:"x_ratelimit_limit"`
		Left       int64 `json:"x_ratelimit_remaining"`
		Reset      int64 `json:"x_ratelimit_reset"`
	}
}

func limitVectors(t *testing.T) map[string]limitVector {
	t.Helper()
	data, err := os.ReadFile("../fixtures/vectors/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var all struct {
		List []limitVector `json:"rate_limit"`
	}
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	byID := map[string]limitVector{}
	for _, v := range all.List {
		byID[v.ID] = v
	}
	if len(byID) < 7 {
		t.Fatalf("%d sequences, want all seven", len(byID))
	}
	return byID
}

// TestEchowinComposite is for ECHOWIN-26, -28, -30 to -32, -G03, -G05 and -G06: eleven minutes of 101 requests.
func TestEchowinComposite(t *testing.T) {
	vector := limitVectors(t)["echowin-composite"]
	g := openTurnstile(t, "echowin", mock.Options{}, nil)
	key := g.key("", "").Text
	known := map[int]int{}
	for i, s := range vector.Steps {
		known[s.Request] = i
	}
	met := 0
	for n := 1; n <= 11*101; n++ {
		if _, err := g.clock.Set(time.UnixMilli(1699999200000 + int64((n-1)/101)*60000 + int64((n-1)%101))); err != nil {
			t.Fatal(err)
		}
		r := g.call("GET /contacts", key, "")
		i, ok := known[n]
		if !ok {
			continue
		}
		met++
		s, status := vector.Steps[i], http.StatusOK
		if !s.Allowed {
			status = http.StatusTooManyRequests
			if r.Body.String() != `{"error":"Rate limit exceeded. Please try again later."}` {
				t.Errorf("request %d: %s", n, r.Body)
			}
		}
		if g.clock.Now().UnixMilli() != s.T {
			t.Errorf("request %d came at %d, want %d", n, g.clock.Now().UnixMilli(), s.T)
		}
		g.want(fmt.Sprint("request ", n), r, status, fmt.Sprintf("%d %d %d -", s.Limit, s.Left, s.Reset))
	}
	if met != len(vector.Steps) {
		t.Errorf("%d of %d steps were met", met, len(vector.Steps))
	}
	if _, err := g.clock.Set(time.Unix(1700002800, 0)); err != nil { // ECHOWIN-33
		t.Fatal(err)
	}
	g.want("after the reset", g.call("GET /contacts", key, ""), 200, "1000 999 1700006400 -")
}

// TestEchowinAllAnswers is for ECHOWIN-27, -29 and -G04.
func TestEchowinAllAnswers(t *testing.T) {
	g := openTurnstile(t, "echowin", mock.Options{}, nil)
	first, second := g.key("", "").Text, g.key("", "").Text
	const full = "1000 1000 1772197200 -"
	g.want("no key", g.call("GET /contacts", "", ""), 401, full)
	g.want("a bad key", g.call("GET /contacts", "ew_00000000000000000000000000000000", ""), 401, full)
	g.want("no such route", g.call("GET /nowhere", first, ""), 404, full)
	g.want("no such method", g.call("PUT /contacts", first, ""), 405, full)
	g.want("a good one", g.call("GET /contacts", first, ""), 200, "1000 999 1772197200 -")
	g.want("no such contact", g.call("GET /contacts/none", first, ""), 404, "1000 998 1772197200 -")
	g.want("a bad request", g.call("GET /contacts?limit=1000", first, ""), 400, "1000 997 1772197200 -")
	g.want("asked for", g.call("GET /contacts?__code=500", first, ""), 500, "1000 996 1772197200 -")
	if n := g.passing(200, "GET /contacts", first); n != 96 {
		t.Errorf("%d more pass in the minute, want 96", n)
	}
	g.want("the burst", g.call("GET /contacts", first, ""), 429, "1000 900 1772197200 -")
	g.want("another key of the team", g.call("GET /contacts", second, ""), 200, "1000 999 1772197200 -")
}

// TestEchowinTightest is the option of ECHOWIN-G03 and -G06: the headers describe what binds, and Retry-After is sent.
func TestEchowinTightest(t *testing.T) {
	g := openTurnstile(t, "echowin", mock.Options{}, func(k *contracts.Contract) {
		k.Behaviour.LimitHeaders = &contracts.LimitHeaders{Profile: "epoch", On: "all"}
	})
	key := g.key("", "").Text
	g.advance(500 * time.Millisecond)
	g.passing(100, "GET /contacts", key)
	g.want("the burst", g.call("GET /contacts", key, ""), 429, "100 0 1772193660 60")
}

// TestVectorsOverHTTP walks the other sequences at a vendor's path.
func TestVectorsOverHTTP(t *testing.T) {
	words := map[string][]contracts.LimitBehaviour{
		"fixed-clock":     {{Limit: 3, Window: "60s"}},
		"fixed-first":     {{Limit: 3, Window: "60s", Align: "first-request"}},
		"sliding-log":     {{Algorithm: "sliding-log", Limit: 3, Window: "60s"}},
		"sliding-counter": {{Algorithm: "sliding-counter", Limit: 10, Window: "60s"}},
		"token-bucket":    {{Algorithm: "token-bucket", Limit: 1, Window: "20s", Burst: 3}},
		"gcra":            {{Algorithm: "gcra", Limit: 1, Window: "20s", Burst: 3}},
	}
	for id, v := range limitVectors(t) {
		limits := words[id]
		if limits == nil {
			continue
		}
		limits[0].Name = "one"
		t.Run(id, func(t *testing.T) {
			g := openTurnstile(t, "echowin", mock.Options{}, func(k *contracts.Contract) {
				k.Behaviour.Limits, k.Behaviour.LimitHeaders = limits, &contracts.LimitHeaders{Profile: "epoch"}
			})
			key := g.key("", "").Text
			for i, s := range v.Steps {
				if _, err := g.clock.Set(time.UnixMilli(s.T)); err != nil {
					t.Fatal(err)
				}
				r := g.call("GET /contacts", key, "")
				status, retry := 200, ""
				if !s.Allowed {
					status, retry = 429, strconv.FormatInt(s.RetryAfter, 10)
				}
				if r.Code != status || r.Header().Get("X-RateLimit-Remaining") != strconv.FormatInt(s.Remaining, 10) || r.Header().Get("Retry-After") != retry {
					t.Errorf("step %d: %d %s, want %+v", i+1, r.Code, shown(r), s)
				}
			}
		})
		delete(words, id)
	}
	if len(words) > 0 {
		t.Errorf("no sequence for %v", words)
	}
}
