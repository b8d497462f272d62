package mock_test

import (
	"bufio"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"understudy/contracts"
	"understudy/mock"
	"understudy/mock/clock"
	"understudy/mock/credential"
)

// TestECOSIRERoutes is for ECOSIRE-88 to -93 and -95 to -98: six public routes with limits of their own by address.
func TestECOSIRERoutes(t *testing.T) {
	g := openTurnstile(t, "ecosire", mock.Options{}, nil)
	g.advance(17500 * time.Millisecond)
	for _, c := range []struct {
		path  string
		limit int
	}{
		{"/support", 5}, {"/crm/capture", 10}, {"/ecosire-ai/ask", 20}, {"/licenses/validate", 30}, {"/licenses/activate", 10}, {"/newsletter/subscribe", 5},
	} {
		limit := strconv.Itoa(c.limit)
		for n := range c.limit {
			r := g.call("POST "+c.path, "", `{}`)
			if r.Code == http.StatusTooManyRequests || shown(r) != limit+" "+strconv.Itoa(c.limit-n-1)+" 1772193660 -" {
				t.Errorf("%s, request %d: %d %s", c.path, n+1, r.Code, shown(r))
			}
		}
		r := g.call("POST "+c.path, "", `{}`)
		g.want(c.path, r, 429, limit+" 0 1772193660 43")
		same(t, r.Body.String(), `{"statusCode":429,"error":"Too Many Requests","message":"Rate limit exceeded"}`)
	}
	key := g.key("api-key", "").Text
	if r := g.call("POST /support", key, `{}`); r.Code != 429 {
		t.Errorf("a key opens what is closed to the address: %d", r.Code)
	}
	g.want("other routes", g.call("GET /contacts", key, ""), 200, "100 99 1772193660 -")
	g.advance(43 * time.Second)
	if r := g.call("POST /support", "", `{}`); r.Code == 429 {
		t.Error("who waits as long as was told is refused")
	}
}

// TestECOSIREMinute is for ECOSIRE-94, -G10 and -G14: one hundred a minute over all routes together, a rotated pair as one.
func TestECOSIREMinute(t *testing.T) {
	g := openTurnstile(t, "ecosire", mock.Options{}, nil)
	key := g.key("api-key", "")
	if n := g.passing(50, "GET /contacts", key.Text) + g.passing(40, "GET /orders", key.Text); n != 90 {
		t.Fatalf("%d of 90 passed", n)
	}
	next, err := g.server.Credentials().Rotate(t.Context(), key.ID)
	if err != nil {
		t.Fatal(err)
	}
	if n := g.passing(20, "GET /contacts", next.Text); n != 10 {
		t.Errorf("%d pass with the new key, want the 10 that are left", n)
	}
	g.want("the old one", g.call("GET /orders", key.Text, ""), 429, "100 0 1772193660 60")
	g.want("another key", g.call("GET /contacts", g.key("api-key", "").Text, ""), 200, "100 99 1772193660 -")
	g.want("no key", g.call("GET /contacts", "", ""), 401, "- - - -")
	g.want("a bad key", g.call("GET /contacts", "ecos_live_00000000000000000000000000000000", ""), 401, "- - - -")
	g.want("a login", g.call("POST /auth/login", "", `{}`), 422, "- - - -")
	g.want("a license, by address", g.call("POST /licenses/validate", key.Text, `{}`), 422, "30 29 1772193660 -")
	if got := g.server.Limits().Counters("daily", "")[0]; got.Used != 102 {
		t.Errorf("the account's day counts %d, want 102: nothing that was refused", got.Used)
	}
}

// TestECOSIREDay is for ECOSIRE-47, -48, -G09, -G12 and -X10: a thousand calls a day of the free plan's account.
func TestECOSIREDay(t *testing.T) {
	g := openTurnstile(t, "ecosire", mock.Options{}, nil)
	first, second := g.key("api-key", "").Text, g.key("api-key-staging", "").Text
	for range 10 {
		if n := g.passing(60, "GET /contacts", first) + g.passing(40, "GET /contacts", second); n != 100 {
			t.Fatalf("%d of 100 passed", n)
		}
		g.advance(time.Minute)
	}
	g.want("call 1,001", g.call("GET /contacts", first, ""), 429, "1000 0 1772236800 42600")
	g.want("by another key", g.call("GET /contacts", second, ""), 429, "1000 0 1772236800 42600")
	if _, err := g.server.Credentials().PutAccount(t.Context(), credential.Account{ID: "acc_big", Name: "Big", Plan: "business"}); err != nil {
		t.Fatal(err)
	}
	g.want("another plan", g.call("GET /contacts", g.key("api-key", "acc_big").Text, ""), 200, "100 99 1772194260 -")
	g.advance(42600*time.Second - 1)
	if r := g.call("GET /contacts", first, ""); r.Code != 429 {
		t.Errorf("the day ended early: %d", r.Code)
	}
	g.advance(1)
	g.want("the next day", g.call("GET /contacts", first, ""), 200, "100 99 1772236860 -")
}

// TestEcoEventsTiers is for ECOEVENTS-46 and -G07: each tier by the account, headers on refusals only.
func TestEcoEventsTiers(t *testing.T) {
	g := openTurnstile(t, "ecoevents", mock.Options{}, nil)
	for _, c := range []struct {
		plan   string
		minute int
	}{{"free", 60}, {"starter", 300}, {"professional", 1200}, {"enterprise", 0}} {
		if _, err := g.server.Credentials().PutAccount(t.Context(), credential.Account{ID: "acc_" + c.plan, Name: c.plan, Plan: c.plan}); err != nil {
			t.Fatal(err)
		}
		first, second := g.key("api-key", "acc_"+c.plan).Text, g.key("api-key", "acc_"+c.plan).Text
		g.want(c.plan, g.call("GET /v1/events", first, ""), 200, "- - - -")
		want := c.minute
		if want == 0 {
			want = 1300
		}
		if n := 1 + g.passing(20, "GET /v1/events", second) + g.passing(1279, "GET /v1/vendors", first); n != want {
			t.Errorf("%s: %d of 1,300 passed, want %d", c.plan, n, want)
		}
		if c.minute > 0 {
			r := g.call("GET /v1/events", first, "")
			g.want(c.plan, r, 429, strconv.Itoa(c.minute)+" 0 1772193660 60")
			same(t, r.Body.String(), `{"error":{"code":"rate_limit_exceeded","message":"Too many requests. Try again later."}}`)
		}
	}
	key := g.key("api-key", "acc_free").Text
	for minute := range 17 {
		if minute == 0 {
			g.advance(time.Minute)
		}
		g.passing(60, "GET /v1/events", key)
		g.advance(time.Minute)
	}
	if got := g.server.Limits().Counters("free-day", ""); len(got) != 1 || got[0].Used != 1000 {
		t.Errorf("%v, want the day used up", got)
	}
	r := g.call("GET /v1/events", key, "")
	g.want("the day", r, 429, "1000 0 1772236800 42120")
	g.want("a login", g.call("POST /v1/auth/login", "", `{}`), 400, "- - - -")
}

// TestEckoSpaceThrottle is for ECKOSPACE-35 and -G06: some routes are throttled, in Laravel's form.
func TestEckoSpaceThrottle(t *testing.T) {
	g := openTurnstile(t, "eckospace", mock.Options{}, nil)
	key := g.key("token", "").Text
	g.advance(30 * time.Second)
	g.want("the first", g.call("GET /api/posts", key, ""), 200, "60 59 - -")
	g.advance(10500 * time.Millisecond)
	g.want("a missing one", g.call("GET /api/posts/999", key, ""), 404, "60 58 - -")
	if n := g.passing(100, "GET /api/jobs", key); n != 58 {
		t.Errorf("%d more pass, want 58", n)
	}
	r := g.call("GET /api/posts", key, "")
	g.want("too many", r, 429, "60 0 1772193690 50")
	same(t, r.Body.String(), `{"message":"Too Many Attempts."}`)
	g.want("a free route", g.call("GET /api/translations/app", key, ""), 200, "- - - -")
	g.want("no token", g.call("GET /api/posts", "", ""), 401, "- - - -")
	g.want("another token", g.call("GET /api/posts", g.key("token", "").Text, ""), 200, "60 59 - -")
	g.advance(49500 * time.Millisecond)
	g.want("the window, from its first request on, is over", g.call("GET /api/posts", key, ""), 200, "60 59 - -")
}

// TestOnTheWire: headers are spelled as the contract does.
func TestOnTheWire(t *testing.T) {
	s := serve(t, "echowin", mock.Options{Limits: mock.Enforce})
	connection, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	if _, err := connection.Write([]byte("GET /api/v1/contacts HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for lines := bufio.NewScanner(connection); lines.Scan(); {
		text.WriteString(lines.Text() + "\n")
	}
	for _, want := range []string{"X-RateLimit-Limit: 1000\n", "X-RateLimit-Remaining: 999\n", "X-RateLimit-Reset: 1772197200\n"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("no %q in\n%s", want, text.String())
		}
	}
}

// TestLimitsObserved: nothing is refused, the journal tells what would have been, and the headers are there.
func TestLimitsObserved(t *testing.T) {
	g := openTurnstile(t, "echowin", mock.Options{Limits: mock.Observe}, nil)
	key := g.key("", "").Text
	if n := g.passing(150, "GET /contacts", key); n != 150 {
		t.Errorf("%d of 150 passed", n)
	}
	g.want("one more", g.call("GET /contacts", key, ""), 200, "1000 900 1772197200 -")
	entries := g.server.Journal().List(mock.Query{Limit: 1})
	found := false
	for _, n := range entries[0].Trace.Stages {
		found = found || n.Name == "admit" && n.Verdict == "observed" && strings.HasPrefix(n.Note, "limit_exceeded: The limit burst")
	}
	if !found {
		t.Errorf("the journal does not tell: %+v", entries[0].Trace.Stages)
	}
}

// TestLimitsOff: nothing is counted or shown, not even the document's examples.
func TestLimitsOff(t *testing.T) {
	g := openTurnstile(t, "echowin", mock.Options{Limits: mock.Ignore}, nil)
	key := g.key("", "").Text
	if n := g.passing(150, "GET /contacts", key); n != 150 {
		t.Errorf("%d of 150 passed", n)
	}
	for _, line := range []string{"GET /contacts", "GET /contacts?__code=429"} {
		if r := g.call(line, key, ""); shown(r) != "- - - -" {
			t.Errorf("%s shows %s", line, shown(r))
		}
	}
}

// TestAdmittedFirst: a contract may count before it asks who calls; then bad credentials cost too.
func TestAdmittedFirst(t *testing.T) {
	g := openTurnstile(t, "echowin", mock.Options{}, func(k *contracts.Contract) { k.Behaviour.Order = []string{"admit", "authenticate"} })
	key := g.key("", "")
	if _, err := g.server.Credentials().Revoke(t.Context(), key.ID); err != nil {
		t.Fatal(err)
	}
	g.want("a revoked key", g.call("GET /contacts", key.Text, ""), 401, "1000 999 1772197200 -")
	g.want("nobody", g.call("GET /contacts", "", ""), 401, "1000 999 1772197200 -")
	g.want("a guess, from the same address", g.call("GET /contacts", "ew_guess", ""), 401, "1000 998 1772197200 -")
	good := g.key("", "").Text
	g.want("a good one", g.call("GET /contacts", good, ""), 200, "1000 999 1772197200 -")
	if n := g.passing(200, "GET /contacts", "ew_guess"); n != 98 {
		t.Errorf("%d guesses, want 98", n)
	}
	trace := g.server.Journal().List(mock.Query{Limit: 1})[0].Trace
	if last := trace.Stages[len(trace.Stages)-1]; trace.Problem != "limit_exceeded" || last.Name != "admit" || last.Verdict != "refused" {
		t.Errorf("%+v", trace)
	}
}

// TestNobodyAsked: without credentials, requests are counted by address.
func TestNobodyAsked(t *testing.T) {
	g := openTurnstile(t, "echowin", mock.Options{Auth: mock.Ignore}, nil)
	if n := g.passing(101, "GET /contacts", ""); n != 100 {
		t.Errorf("%d pass", n)
	}
	if c := g.server.Limits().Counters("burst", ""); len(c) != 1 || c[0].Subject != "address:192.0.2.1" {
		t.Errorf("%v", c)
	}
	g = openTurnstile(t, "echowin", mock.Options{Auth: mock.Observe}, nil)
	key := g.key("", "")
	if _, err := g.server.Credentials().Revoke(t.Context(), key.ID); err != nil {
		t.Fatal(err)
	}
	g.call("GET /contacts", key.Text, "")
	if c := g.server.Limits().Counters("burst", ""); len(c) != 1 || c[0].Subject != "credential:"+key.ID {
		t.Errorf("%v", c)
	}
}

// TestOpenRequestsEnd: a request that has ended makes room, whatever became of it.
func TestOpenRequestsEnd(t *testing.T) {
	g := openTurnstile(t, "echowin", mock.Options{}, func(k *contracts.Contract) {
		k.Behaviour.Limits = []contracts.LimitBehaviour{{Name: "open", Algorithm: "concurrency", Limit: 1}}
		k.Behaviour.LimitHeaders = nil
	})
	key := g.key("", "").Text
	if n := g.passing(5, "GET /contacts", key) + g.passing(5, "GET /contacts/none", key) + g.passing(5, "GET /contacts?limit=x", key); n != 15 {
		t.Errorf("%d of 15 passed, one after another", n)
	}
	if c := g.server.Limits().Counters("", ""); len(c) != 0 {
		t.Errorf("%v are still open", c)
	}
}

func TestResetOfLimits(t *testing.T) {
	g := openTurnstile(t, "echowin", mock.Options{Secret: [32]byte{1}}, nil)
	var key string
	for _, ready := range g.server.Credentials().Ready() {
		if ready.Env == "ECHOWIN_API_KEY" {
			key = ready.Value
		}
	}
	g.passing(100, "GET /contacts", key)
	if err := g.server.Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
	g.want("after a reset", g.call("GET /contacts", key, ""), 200, "1000 999 1772197200 -")
}

// TestLimitsAtOnce: of many requests at the same time exactly as many pass as the limits have.
func TestLimitsAtOnce(t *testing.T) {
	g := openTurnstile(t, "echowin", mock.Options{}, nil)
	key := g.key("", "").Text
	var passed atomic.Int64
	var group sync.WaitGroup
	for range 10 {
		group.Go(func() { passed.Add(int64(g.passing(20, "GET /contacts", key))) })
	}
	group.Wait()
	if passed.Load() != 100 {
		t.Errorf("%d of 200 passed, want 100", passed.Load())
	}
	g.want("the hour", g.call("GET /contacts", key, ""), 429, "1000 900 1772197200 -")
}

// BenchmarkLimits is one read of an item with a key, with and without two windows: the difference is their share.
func BenchmarkLimits(b *testing.B) {
	for _, limits := range []mock.Enforcement{mock.Ignore, mock.Enforce} {
		b.Run(string(limits), func(b *testing.B) {
			k := load(b, "echowin")
			for i := range k.Behaviour.Limits {
				k.Behaviour.Limits[i].Limit = 1_000_000_000
			}
			server, err := mock.New(b.Context(), mock.Options{Contract: k, Clock: clock.New(clock.Options{At: noon, Frozen: true}), Limits: limits})
			if err != nil {
				b.Fatal(err)
			}
			issued, err := server.Credentials().CreateKey(b.Context(), credential.KeyRequest{Name: "one"})
			if err != nil {
				b.Fatal(err)
			}
			r := httptest.NewRequest(http.MethodGet, "http://stand-in.example/api/v1/contacts/6f1c2b1e-8f0a-4c55-9a57-3d2f0e9b7a11", nil)
			r.Header.Set("X-API-Key", issued.Text)
			w := &discard{http.Header{}}
			b.ReportAllocs()
			for b.Loop() {
				clear(w.header)
				server.ServeHTTP(w, r)
			}
		})
	}
}
