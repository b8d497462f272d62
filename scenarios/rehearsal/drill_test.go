package rehearsal_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"understudy/contracts"
	"understudy/scenarios/rehearsal"
)

// drill begins a drill.
func (s *stand) drill(name string) *rehearsal.Course {
	s.t.Helper()
	d, err := rehearsal.FindDrill(name)
	if err != nil {
		s.t.Fatal(err)
	}
	p := d.For(s.contract)
	if p.Idle != "" {
		s.t.Fatal(p.Idle)
	}
	return s.begin(p)
}

// TestDrillsForEveryContract: a drill is a plan that can be carried out, or says why there is nothing to drill.
func TestDrillsForEveryContract(t *testing.T) {
	idle := map[string]string{
		"echowin/token-expiry":    "the contract has no tokens that a login or a grant gives",
		"echowin/webhook-attack":  "the contract tells of no events",
		"petstore/rate-limit":     "the contract declares no limit, and none of its operations documents 429",
		"petstore/token-expiry":   "the contract has no tokens that a login or a grant gives",
		"petstore/webhook-attack": "the contract tells of no events",
	}
	for _, source := range []string{"ecosire", "echowin", "ecoevents", "eckospace", "../../cmd/bench/testdata/petstore.yaml"} {
		c := load(t, source)
		for _, d := range rehearsal.Drills() {
			p := d.For(c)
			if why := idle[c.Name+"/"+d.Name]; p.Idle != why || (p.Idle == "") != (len(p.Steps) > 0) {
				t.Errorf("%s/%s: %d steps, idle: %q, want %q", c.Name, d.Name, len(p.Steps), p.Idle, why)
			}
			if err := p.Check([]*contracts.Contract{c}); err != nil {
				t.Errorf("%s/%s: %v", c.Name, d.Name, err)
			}
			if failing := d.Name == "outage" || d.Name == "permission"; p.Idle == "" && p.MayFail != failing {
				t.Errorf("%s/%s: it may fail a good client: %v", c.Name, d.Name, p.MayFail)
			}
			if told := p.Tell(); slices.Contains(told, "") || len(told) != len(p.Steps) {
				t.Errorf("%s/%s tells %q", c.Name, d.Name, told)
			}
		}
	}
}

func TestUnknownDrill(t *testing.T) {
	if _, err := rehearsal.FindDrill("ratelimit"); err == nil || err.Error() != `there is no drill "ratelimit"; did you mean rate-limit?` {
		t.Error(err)
	}
	if _, err := rehearsal.FindDrill("xyzzy-plugh"); err == nil || !strings.Contains(err.Error(), "there are rate-limit, token-expiry") {
		t.Error(err)
	}
}

// tries calls until an answer is good, as a patient client does, and gives all statuses; 0 is none.
func (s *stand) tries(method, path, token, body string) []int {
	s.t.Helper()
	var list []int
	for range 8 {
		a := s.call(method, path, token, body)
		if list = append(list, a.status); a.status/100 == 2 || a.status/100 == 4 && a.status != 429 {
			return list
		}
	}
	return list
}

// met holds the times that an account tells against those that are wanted.
func met(t *testing.T, a rehearsal.Account, want ...int) {
	t.Helper()
	var got []int
	for _, step := range a.Steps {
		if got = append(got, step.Times); step.Wrong != "" {
			t.Errorf("%s: %s", step.Says, step.Wrong)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("the steps were met %v times, want %v: %+v", got, want, a.Steps)
	}
}

// TestRateLimitDrill: a refusal tells how long to wait, and a later one does not, unless the vendor promises that each does.
func TestRateLimitDrill(t *testing.T) {
	for _, one := range []struct{ contract, path, key, second string }{
		{"echowin", "/contacts", "ECHOWIN_API_KEY", ""}, {"ecoevents", listEvents, "ECOEVENTS_API_KEY", "3"},
	} {
		s := standIn(t, one.contract)
		c := s.drill("rate-limit")
		var waits []string
		var statuses []int
		for range 5 {
			a := s.apiKey("GET", one.path, s.ready[one.key])
			if statuses = append(statuses, a.status); a.status == 429 {
				waits = append(waits, a.header.Get("Retry-After"))
			}
		}
		if !slices.Equal(statuses, []int{429, 200, 200, 429, 200}) || !slices.Equal(waits, []string{"2", one.second}) {
			t.Errorf("%s: the answers are %v, Retry-After %q", one.contract, statuses, waits)
		}
		met(t, s.end(c), 1, 1)
	}
}

// apiKey calls with whatever header the contract wants its key in.
func (s *stand) apiKey(method, path, key string) answer {
	for _, scheme := range s.contract.Security {
		if scheme.Type == "apiKey" && scheme.In == "header" {
			q, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, nil)
			if err != nil {
				s.t.Fatal(err)
			}
			q.Header.Set(scheme.Name, key)
			a, err := http.DefaultClient.Do(q)
			if err != nil {
				s.t.Fatal(err)
			}
			defer a.Body.Close()
			return answer{status: a.StatusCode, header: a.Header}
		}
	}
	return s.call(method, path, key, "")
}

func TestTokenExpiryDrill(t *testing.T) {
	s := standIn(t, "ecoevents")
	c := s.drill("token-expiry")
	access, refresh := s.login()
	var log []string
	for range 5 { // a client that renews at the first 401, and logs in where that is refused
		a := s.call("GET", listEvents, access, "")
		log = append(log, fmt.Sprint("list ", a.status))
		if a.status != 401 {
			continue
		}
		data, err := json.Marshal(map[string]string{"refreshToken": refresh})
		if err != nil {
			t.Fatal(err)
		}
		a = s.call("POST", "/v1/auth/refresh", "", string(data))
		log = append(log, fmt.Sprint("refresh ", a.status))
		if access, refresh = tokens(a); access == "" {
			access, refresh = s.login()
			log = append(log, "login")
		}
	}
	want := []string{"list 200", "list 401", "refresh 200", "list 200", "list 200", "list 401", "refresh 401", "login"}
	if !slices.Equal(log, want) {
		t.Errorf("the client met\n%q, want\n%q", log, want)
	}
	met(t, s.end(c), 2, 1)

	// The key that was handed over cannot be had anew: it stays good.
	if a := s.call("GET", listEvents, s.ready["ECOEVENTS_API_KEY"], ""); a.status != 200 {
		t.Errorf("the key is refused: %d", a.status)
	}
}

// TestTokenExpiryDrillWithoutTokens: what the client gave no occasion for is told as such.
func TestTokenExpiryDrillWithoutTokens(t *testing.T) {
	s := standIn(t, "ecoevents")
	c := s.drill("token-expiry")
	if got := s.statuses(3, "GET", listEvents, s.ready["ECOEVENTS_API_KEY"]); !slices.Equal(got, []int{200, 200, 200}) {
		t.Errorf("the answers are %v", got)
	}
	a := s.end(c)
	met(t, a, 0, 0)
	if a.Fired() || !strings.Contains(a.Steps[0].Tells, "there was nothing to be done to at 3 calls of") || !strings.Contains(a.Steps[1].Tells, "no call of login") {
		t.Errorf("the account: %q, %q", a.Steps[0].Tells, a.Steps[1].Tells)
	}
}

func TestFlakyNetworkDrill(t *testing.T) {
	s := standIn(t, "ecoevents")
	c := s.drill("flaky-network")
	key := s.ready["ECOEVENTS_API_KEY"]
	if got, want := s.tries("GET", listEvents, key, ""), []int{0, 200}; !slices.Equal(got, want) {
		t.Errorf("the first read: %v, want %v", got, want)
	}
	if got, want := s.tries("GET", listEvents, key, ""), []int{503, 503, 200}; !slices.Equal(got, want) {
		t.Errorf("the second read: %v, want %v", got, want)
	}
	one := "/v1/events/evt_7k2m9p4q1r"
	s.patience = 300 * time.Millisecond
	if a := s.call("GET", one, key, ""); a.status != 0 {
		t.Errorf("the sixth read is answered: %d", a.status)
	}
	s.patience = 0
	event := s.call("GET", one, key, "")
	if event.status != 200 {
		t.Fatalf("the seventh read: %d", event.status)
	}
	for _, own := range []string{"id", "createdAt", "updatedAt"} {
		delete(event.body, own)
	}
	event.body["capacity"] = 801
	data, err := json.Marshal(event.body)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := s.tries("PUT", one, key, string(data)), []int{0, 200}; !slices.Equal(got, want) {
		t.Errorf("the write: %v, want %v", got, want)
	}
	if a := s.call("GET", one, key, ""); a.body["capacity"] != 801.0 {
		t.Errorf("the event: %v", a.body)
	}
	met(t, s.end(c), 1, 2, 1, 1)
}

func TestOutageDrill(t *testing.T) {
	s := standIn(t, "ecoevents")
	c := s.drill("outage")
	if got, want := s.statuses(4, "GET", listEvents, s.ready["ECOEVENTS_API_KEY"]), []int{200, 503, 503, 503}; !slices.Equal(got, want) {
		t.Errorf("the answers are %v, want %v", got, want)
	}
	met(t, s.end(c), 3)
}

func TestPermissionDrill(t *testing.T) {
	s := standIn(t, "ecoevents")
	c := s.drill("permission")
	got := s.statuses(9, "GET", listEvents, s.ready["ECOEVENTS_API_KEY"])
	if want := []int{200, 403, 403, 403, 200, 401, 401, 401, 200}; !slices.Equal(got, want) {
		t.Errorf("the answers are %v, want %v", got, want)
	}
	met(t, s.end(c), 3, 3)
}

func TestWebhookAttackDrill(t *testing.T) {
	s := standIn(t, "ecoevents")
	r := s.receiver()
	c := s.drill("webhook-attack")
	s.create("first")
	patiently(t, func() bool { good, _, bad := r.counts(); return good == 3 && bad == 5 })
	patiently(t, func() bool { // the trouble for the next delivery is ordered
		var list struct{ Ordered []struct{ Kind string } }
		if err := s.control.Do(t.Context(), "GET", "/misbehaviours", nil, &list); err != nil {
			t.Fatal(err)
		}
		return len(list.Ordered) == 1 && list.Ordered[0].Kind == "out-of-order"
	})
	s.create("second")
	s.create("third")
	patiently(t, func() bool { good, _, _ := r.counts(); return good == 5 })
	if good, different, bad := r.counts(); good != 5 || different != 4 || bad != 5 {
		t.Errorf("%d good deliveries of %d events, %d forged; want 5, 4 and 5", good, different, bad)
	}
	met(t, s.end(c), 1, 2)

	// What was forged is not tried again.
	var list struct {
		Deliveries []struct {
			State        string
			Attempts     int
			Misbehaviour []struct{ Kind string }
		}
	}
	if err := s.control.Do(t.Context(), "GET", "/deliveries", nil, &list); err != nil {
		t.Fatal(err)
	}
	forged := 0
	for _, d := range list.Deliveries {
		if d.State == "cancelled" {
			if forged++; d.Attempts != 1 {
				t.Errorf("a forged delivery was tried %d times", d.Attempts)
			}
		}
	}
	if forged != 5 {
		t.Errorf("%d forged deliveries were taken back, want 5", forged)
	}
}

// TestWebhookAttackWithoutReceiver: nothing is delivered, and the account says so.
func TestWebhookAttackWithoutReceiver(t *testing.T) {
	s := standIn(t, "ecoevents")
	c := s.drill("webhook-attack")
	s.create("first")
	a := s.end(c)
	met(t, a, 0, 0)
	if a.Steps[0].Tells != "it never happened: it waits for delivery 1" {
		t.Error(a.Steps[0].Tells)
	}
}

// TestJoin: drills that are carried out together do all that each of them does.
func TestJoin(t *testing.T) {
	c := load(t, "ecoevents")
	var plans []*rehearsal.Plan
	steps := 0
	for _, d := range rehearsal.Drills() {
		p := d.For(c)
		steps += len(p.Steps)
		plans = append(plans, p)
	}
	p := rehearsal.Join(plans...)
	if len(p.Steps) != steps || !p.MayFail || !strings.HasPrefix(p.Title, "rate-limit and token-expiry and ") {
		t.Errorf("joined: %q, %d steps, may fail %v", p.Title, len(p.Steps), p.MayFail)
	}
	names := map[string]bool{}
	for _, s := range p.Steps {
		if names[s.Name] {
			t.Errorf("two steps are called %s", s.Name)
		}
		names[s.Name] = true
	}
}
