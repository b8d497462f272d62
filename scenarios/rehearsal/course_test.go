package rehearsal_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"understudy/scenarios/rehearsal"
)

const listEvents = "/v1/events"

// TestFaultsAtCalls: what the stand-in counts itself meets exactly the calls that were said, however fast the client is.
func TestFaultsAtCalls(t *testing.T) {
	s := standIn(t, "ecoevents")
	key := s.ready["ECOEVENTS_API_KEY"]
	c := s.plan(`
- {name: busy, when: {call: 3, operation: listEvents}, then: {fault: {kind: status, status: 429, headers: {Retry-After: "7"}}}}
- {name: twice, when: {call: 5, operation: listEvents}, then: {fault: {kind: status, status: 503, times: 2}}}
- {name: other, when: {call: 1, operation: listVendors}, then: {fault: {kind: status, status: 500}}}
- {name: never, when: {call: 40}, then: {fault: {kind: reset}}}
`)
	if got, want := s.statuses(8, "GET", listEvents, key), []int{200, 200, 429, 200, 200, 503, 503, 200}; !slices.Equal(got, want) {
		t.Errorf("the answers are %v, want %v", got, want) // the call that busy met does not count for twice: one fault decides
	}
	a := s.end(c)
	for i, want := range []struct {
		times int
		tells string
	}{
		{1, "calls met it once"}, {2, "calls met it twice"}, {0, "it never happened: the client made no call of listVendors that got as far"},
		{0, "it never happened: the client made 5 calls, and it waits for number 40"},
	} {
		if got := a.Steps[i]; got.Times != want.times || got.Tells != want.tells {
			t.Errorf("%s: %d times, %q; want %d, %q", got.Name, got.Times, got.Tells, want.times, want.tells)
		}
	}
	if !a.Fired() {
		t.Error("nothing happened, as the account has it")
	}
}

// TestActionsAtCalls: what is done at a call is done before its answer comes, so that the very next call meets it.
func TestActionsAtCalls(t *testing.T) {
	s := standIn(t, "ecoevents")
	access, _ := s.login()
	key := s.ready["ECOEVENTS_API_KEY"]
	c := s.plan(`
- {name: ends, when: {call: 2, operation: listEvents}, then: {expire: tokens}}
- {name: key, when: {call: 1, operation: listVendors}, then: {revoke: {credential: ECOEVENTS_API_KEY}}}
`)
	if got, want := s.statuses(3, "GET", listEvents, access), []int{200, 200, 401}; !slices.Equal(got, want) {
		t.Errorf("with a token the answers are %v, want %v", got, want)
	}
	if got, want := s.statuses(2, "GET", "/v1/vendors", key), []int{200, 401}; !slices.Equal(got, want) {
		t.Errorf("with the key the answers are %v, want %v", got, want)
	}
	a := s.end(c)
	for _, step := range a.Steps {
		if step.Times != 1 || step.Wrong != "" {
			t.Errorf("%s: %+v", step.Name, step)
		}
	}
}

// TestAgainAndAgain: a step that finds nothing to be done waits for the next occasion, and stops when it has acted as often as it was
// to.
func TestAgainAndAgain(t *testing.T) {
	s := standIn(t, "ecoevents")
	key := s.ready["ECOEVENTS_API_KEY"]
	c := s.plan(`
- {when: {call: 1, every: 2, operation: listEvents}, times: 1, then: {expire: tokens}}
`)
	if got := s.statuses(2, "GET", listEvents, key); !slices.Equal(got, []int{200, 200}) {
		t.Fatalf("the key was refused: %v", got) // it was handed over, and nobody could renew it
	}
	access, _ := s.login()
	if got, want := s.statuses(2, "GET", listEvents, access), []int{200, 401}; !slices.Equal(got, want) {
		t.Errorf("the answers are %v, want %v", got, want)
	}
	access, _ = s.login()
	if got, want := s.statuses(3, "GET", listEvents, access), []int{200, 200, 200}; !slices.Equal(got, want) {
		t.Errorf("it acts on: %v, want %v", got, want)
	}
	if a := s.end(c); a.Steps[0].Times != 1 {
		t.Errorf("it acted %d times: %s", a.Steps[0].Times, a.Steps[0].Tells)
	}
}

// TestTokensLiveSeconds: the lifetime is that which the client is told, and the token ends by it.
func TestTokensLiveSeconds(t *testing.T) {
	s := standIn(t, "ecoevents")
	c := s.plan(`
- {at: start, then: {tokens: {live: 5s}}}
- {when: {call: 1, operation: listEvents}, then: {clock: {advance: 5s}}}
`)
	access, _ := s.login()
	var decoded struct{ Claims struct{ Iat, Exp int64 } }
	if err := s.control.Do(t.Context(), "POST", "/tokens/decode", map[string]string{"token": access}, &decoded); err != nil {
		t.Fatal(err)
	}
	if lives := decoded.Claims.Exp - decoded.Claims.Iat; lives != 5 { // the answer's expiresIn is fixed by the document
		t.Errorf("the token says that it lives %d s, want 5", lives)
	}
	if got, want := s.statuses(2, "GET", listEvents, access), []int{200, 401}; !slices.Equal(got, want) {
		t.Errorf("the answers are %v, want %v", got, want)
	}
	s.end(c)
}

// TestRefusals: the next renewal is refused, and the one behind it is not.
func TestRefusals(t *testing.T) {
	s := standIn(t, "ecoevents")
	_, refresh := s.login()
	c := s.plan(`
- {at: start, then: {refuse: refresh}}
`)
	renew := func() answer {
		a := s.call("POST", "/v1/auth/refresh", "", `{"refreshToken":"`+refresh+`"}`)
		if a.status == 400 {
			a = s.call("POST", "/v1/auth/refresh", "", `{"refresh_token":"`+refresh+`"}`)
		}
		return a
	}
	if a := renew(); a.status != 401 {
		t.Errorf("the first renewal: %d %v", a.status, a.body)
	}
	if a := renew(); a.status != 200 {
		t.Errorf("the second renewal: %d %v", a.status, a.body)
	}
	s.end(c)
}

// TestLimitsAndStatus: a limit is used up at the first call, and once a call was refused it is whole again.
func TestLimitsAndStatus(t *testing.T) {
	s := standIn(t, "ecoevents")
	key := s.ready["ECOEVENTS_API_KEY"]
	s.stopClock() // at the end of its minute a limit is whole again by itself
	c := s.plan(`
- {when: {call: 1}, then: {limit: {name: professional-minute, drain: true}}}
- {when: {call: 2, status: 429}, then: {limit: {reset: true}}}
`)
	if got, want := s.statuses(3, "GET", listEvents, key), []int{200, 429, 429}; !slices.Equal(got, want) {
		t.Errorf("the answers are %v, want %v", got, want)
	}
	patiently(t, func() bool { return s.call("GET", listEvents, key, "").status == 200 })
	for _, step := range s.end(c).Steps {
		if step.Times != 1 {
			t.Errorf("%s: %s", step.Says, step.Tells)
		}
	}
}

// patiently waits until something is so.
func patiently(t *testing.T, so func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !so(); {
		if time.Now().After(deadline) {
			t.Fatal("it never came about")
		}
		if err := (machine{}).Wait(t.Context(), 5*time.Millisecond); err != nil {
			t.Fatal(err)
		}
	}
}

// TestOutage: everything fails from the call on, for as long as it lasts.
func TestOutage(t *testing.T) {
	s := standIn(t, "ecoevents")
	key := s.ready["ECOEVENTS_API_KEY"]
	c := s.plan(`
- {when: {call: 2}, then: {outage: {for: 300ms, retryAfter: 1}}}
`)
	if got, want := s.statuses(3, "GET", listEvents, key), []int{200, 503, 503}; !slices.Equal(got, want) {
		t.Errorf("the answers are %v, want %v", got, want)
	}
	if a := s.call("GET", "/v1/vendors", key, ""); a.status != 503 || a.header.Get("Retry-After") != "1" {
		t.Errorf("another operation: %d, Retry-After %q", a.status, a.header.Get("Retry-After"))
	}
	patiently(t, func() bool { return s.call("GET", listEvents, key, "").status == 200 })
	if a := s.end(c); a.Steps[0].Times < 3 || !strings.HasPrefix(a.Steps[0].Tells, "calls met it") {
		t.Errorf("the account: %+v", a.Steps[0])
	}
}

// TestTimes: steps by the time are carried out while the client does nothing.
func TestTimes(t *testing.T) {
	s := standIn(t, "ecoevents")
	key := s.ready["ECOEVENTS_API_KEY"]
	c := s.plan(`
- {name: soon, after: 50ms, then: {fault: {kind: status, status: 500}}}
- {name: often, every: 30ms, times: 3, then: {clock: {advance: 1h}}}
- {name: late, after: 1h, then: {clock: {advance: 1h}}}
`)
	patiently(t, func() bool { return s.call("GET", listEvents, key, "").status == 500 })
	var k struct{ Now time.Time }
	patiently(t, func() bool {
		if err := s.control.Do(t.Context(), "GET", "/clock", nil, &k); err != nil {
			t.Fatal(err)
		}
		return time.Until(k.Now) > 2*time.Hour+59*time.Minute
	})
	a := s.end(c)
	if a.Steps[0].Times != 1 || a.Steps[1].Times != 3 || a.Steps[2].Times != 0 || a.Steps[2].Tells != "it never happened: the client ended before" {
		t.Errorf("the account: %+v", a.Steps)
	}
}

// TestNothingToDoTo: what cannot be carried out is told, and does not end the rehearsal.
func TestNothingToDoTo(t *testing.T) {
	s := standIn(t, "ecoevents")
	p, err := rehearsal.Read(strings.NewReader(step("at: start\n  then: {limit: {name: professional-minute, left: 3}}")), "plan.yaml")
	if err != nil {
		t.Fatal(err)
	}
	_, err = rehearsal.Begin(t.Context(), p, rehearsal.Stage{Contract: s.contract, Control: s.control, Clock: machine{}})
	if err == nil || !strings.Contains(err.Error(), "plan.yaml:2: the step step-1: ") || !strings.Contains(err.Error(), "Nobody has used the limit professional-minute yet") {
		t.Errorf("at the start: %v", err)
	}
	c := s.plan("- {when: {call: 1}, then: {expire: {credential: NOTHING}}}\n")
	s.call("GET", listEvents, s.ready["ECOEVENTS_API_KEY"], "")
	if a := s.end(c); a.Steps[0].Wrong != "there is no credential NOTHING" || a.Steps[0].Times != 0 {
		t.Errorf("at a call: %+v", a.Steps[0])
	}
}

// A receiver keeps what is delivered to it, and refuses what the stand-in itself would not believe.
type receiver struct {
	s    *stand
	mu   sync.Mutex
	good []string // webhook-id of those that were believed
	bad  int
	*httptest.Server
}

func (s *stand) receiver() *receiver {
	r := &receiver{s: s}
	r.Server = httptest.NewServer(r)
	s.t.Cleanup(r.Close)
	if err := s.control.Do(s.t.Context(), "POST", "/endpoints", map[string]any{"url": r.URL + "/hook"}, nil); err != nil {
		s.t.Fatal(err)
	}
	return r
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	body, err := io.ReadAll(q.Body)
	if err != nil {
		return
	}
	var verdict struct{ Valid bool }
	err = r.s.control.Do(q.Context(), "POST", "/events/verify", map[string]any{"type": "event.created", "headers": q.Header, "body": string(body)}, &verdict)
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil || !verdict.Valid {
		r.bad++
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	r.good = append(r.good, q.Header.Get("webhook-id"))
}

func (r *receiver) counts() (good, different, bad int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := slices.Clone(r.good)
	slices.Sort(list)
	return len(list), len(slices.Compact(list)), r.bad
}

func (s *stand) create(name string) {
	s.t.Helper()
	a := s.call("POST", "/v1/events", s.ready["ECOEVENTS_API_KEY"], `{"name":"`+name+`","format":"virtual","startsAt":"2026-09-15T07:00:00Z","endsAt":"2026-09-16T16:00:00Z","timezone":"Europe/Stockholm","capacity":10}`)
	if a.status/100 != 2 {
		s.t.Fatalf("create an event: %d %v", a.status, a.body)
	}
}

// TestTheSecondDeliveryComesTwice: trouble is for the very delivery that was said.
func TestTheSecondDeliveryComesTwice(t *testing.T) {
	s := standIn(t, "ecoevents")
	r := s.receiver()
	c := s.plan("- {when: {delivery: 2}, then: {deliveries: duplicate}}\n")
	for i, want := range []int{1, 3, 4} {
		s.create(strings.Repeat("x", i+3))
		patiently(t, func() bool { n, _, _ := r.counts(); return n >= want })
	}
	if n, different, _ := r.counts(); n != 4 || different != 3 {
		t.Errorf("%d deliveries came, %d different ones; want 4 and 3", n, different)
	}
	if a := s.end(c); a.Steps[0].Times != 1 || a.Steps[0].Tells != "deliveries met it once" {
		t.Errorf("the account: %+v", a.Steps[0])
	}
}
