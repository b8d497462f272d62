package mock_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"understudy/contracts"
	"understudy/mock"
	"understudy/mock/clock"
	"understudy/mock/credential"
)

// order orders faults in their text form.
func (s *standIn) order(texts ...string) {
	s.t.Helper()
	for _, text := range texts {
		list, err := contracts.ParseFaults(text)
		if err != nil {
			s.t.Fatal(err)
		}
		if _, err := s.server.Faults().Add(list[0]); err != nil {
			s.t.Fatal(err)
		}
	}
}

// library is a stand-in for testdata/trouble.yaml with one book, and its clock.
func library(t testing.TB, o mock.Options) (*standIn, *clock.Virtual) {
	k := clock.New(clock.Options{At: noon, Frozen: true})
	o.Clock = k
	o.Seeds = map[string][]any{"/books": {map[string]any{"id": "b1", "title": "Emma", "pages": 474, "tags": []any{"novel"}}}}
	return serve(t, "trouble.yaml", o), k
}

// hits sends requests and marks those that failed.
func (s *standIn) hits(n int) string {
	var b strings.Builder
	for range n {
		if s.call("GET /v1/books", "").StatusCode < 400 {
			b.WriteByte('.')
		} else {
			b.WriteByte('x')
		}
	}
	return b.String()
}

func TestFaultCounts(t *testing.T) {
	for _, c := range []struct{ order, want string }{
		{"status", "xxxxxxxxxxxx"},
		{"status;times=2", "xx.........."},
		{"status;after=3", "...xxxxxxxxx"},
		{"status;after=3;times=2", "...xx......."},
		{"status;times=1;every=4", "x...x...x..."},
		{"status;after=2;times=2;every=5", "..xx...xx..."},
		{"status;probability=1;times=3", "xxx........."},
	} {
		s, _ := library(t, mock.Options{})
		s.order(c.order + ";name=f")
		if got := s.hits(12); got != c.want {
			t.Errorf("%s hits %s, want %s", c.order, got, c.want)
		}
		f, _ := s.server.Faults().Get("f")
		if f.Matched != 12 || f.Acted != uint64(strings.Count(c.want, "x")) || !f.LastActed.Equal(noon) {
			t.Errorf("%s: matched %d, acted %d, last %v", c.order, f.Matched, f.Acted, f.LastActed)
		}
		if spent := f.State == mock.FaultSpent; spent != (strings.Contains(c.order, "times") && !strings.Contains(c.order, "every")) {
			t.Errorf("%s is %s", c.order, f.State)
		}
	}
}

func TestFaultProbability(t *testing.T) {
	run := func(seed uint64, p, name string) string {
		s, _ := library(t, mock.Options{Seed: seed})
		s.order("status;probability=" + p + ";name=" + name)
		return s.hits(400)
	}
	first := run(1, "0.25", "f")
	if n := strings.Count(first, "x"); n < 70 || n > 130 {
		t.Errorf("a quarter of 400 is %d", n)
	}
	if again := run(1, "0.25", "f"); again != first {
		t.Error("the same seed fails other requests")
	}
	if run(2, "0.25", "f") == first || run(1, "0.25", "g") == first {
		t.Error("another seed, or another fault, fails the same requests")
	}
}

func TestFaultWindow(t *testing.T) {
	s, k := library(t, mock.Options{})
	s.order("status;name=a;from=10m;until=20m", "status;name=b;from=2026-02-27T13:30:00Z")
	s.server.Faults().Remove("planned")
	for _, c := range []struct {
		to   time.Duration
		hits string
		a, b mock.FaultState
	}{
		{0, ".", mock.FaultWaiting, mock.FaultWaiting},
		{10*time.Minute - 1, ".", mock.FaultWaiting, mock.FaultWaiting},
		{10 * time.Minute, "x", mock.FaultActive, mock.FaultWaiting},
		{20*time.Minute - 1, "x", mock.FaultActive, mock.FaultWaiting},
		{20 * time.Minute, ".", mock.FaultOver, mock.FaultWaiting},
		{90 * time.Minute, "x", mock.FaultOver, mock.FaultActive},
		{5 * time.Minute, ".", mock.FaultWaiting, mock.FaultWaiting}, // the clock is turned back
	} {
		if _, err := k.Set(noon.Add(c.to)); err != nil {
			t.Fatal(err)
		}
		a, _ := s.server.Faults().Get("a")
		b, _ := s.server.Faults().Get("b")
		if got := s.hits(1); got != c.hits || a.State != c.a || b.State != c.b {
			t.Errorf("after %v: %s, a is %s, b is %s, want %s, %s, %s", c.to, got, a.State, b.State, c.hits, c.a, c.b)
		}
	}
}

func TestFaultMatch(t *testing.T) {
	for _, c := range []struct{ order, hit, spare string }{
		{"operations=getBook", "GET /v1/books/b1", "GET /v1/books"},
		{"operations=getBook|listLoans", "GET /v1/loans", "GET /v1/books"},
		{"methods=DELETE", "DELETE /v1/books/b1", "GET /v1/books/b1"},
		{"path=/v1/books", "GET /v1/books", "GET /v1/books/b1"},
		{"path=/v1/books/*", "GET /v1/books/b1", "GET /v1/books"},
		{"path=/v1/b*s", "GET /v1/books", "GET /v1/loans"},
		{"path=/**", "GET /v1/books/b1", ""},
		{"path=/**/b1", "GET /v1/books/b1", "GET /v1/books/b2"},
		{"path=/v1/**/books/**", "GET /v1/books/b1", "GET /v1/loans"},
		{"path=/**/**/x/**", "", "GET /v1/books/b1"},
		{"path=/v1", "", "GET /v1/books"},
		{"path=/v1/books/b%31", "", "GET /v1/books/b1"},
		{"path=/v1/books/a b", "GET /v1/books/a%20b", "GET /v1/books/a"},
		{"credential=key_other", "", "GET /v1/books"},
		{"account=acc_other", "", "GET /v1/books"},
		{"sandbox=blue", "GET /~sandbox/blue/v1/books", "GET /v1/books"},
	} {
		s, _ := library(t, mock.Options{AutoSandboxes: true})
		s.order("status=599;" + c.order)
		if c.hit != "" {
			if a := s.call(c.hit, ""); a.StatusCode != 599 {
				t.Errorf("%s: %s answers %d", c.order, c.hit, a.StatusCode)
			}
		}
		if c.spare != "" {
			if a := s.call(c.spare, ""); a.StatusCode == 599 {
				t.Errorf("%s: %s is hit", c.order, c.spare)
			}
		}
	}
}

// TestFaultOfCaller: a fault for one key, or for one account, spares the others.
func TestFaultOfCaller(t *testing.T) {
	s := serve(t, "ecoevents", mock.Options{Auth: mock.Enforce})
	r := s.server.Credentials()
	other, err := r.PutAccount(t.Context(), credential.Account{ID: "acc_other", Name: "Other"})
	if err != nil {
		t.Fatal(err)
	}
	var keys []credential.Issued
	for _, account := range []string{"", "", other.ID} {
		issued, err := r.CreateKey(t.Context(), credential.KeyRequest{Account: account})
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, issued)
	}
	statuses := func() (list []int) {
		for _, k := range keys {
			list = append(list, s.call("GET /v1/events", "", "Authorization: Bearer "+k.Text).StatusCode)
		}
		return list
	}
	s.order("status=503;name=key;credential=" + keys[0].ID)
	if got := statuses(); !slices.Equal(got, []int{503, 200, 200}) {
		t.Errorf("one key: %v", got)
	}
	s.server.Faults().Clear()
	s.order("status=503;name=account;account=" + other.ID)
	if got := statuses(); !slices.Equal(got, []int{200, 200, 503}) {
		t.Errorf("one account: %v", got)
	}
}

// TestFaultsTogether: latencies add up, one fault decides the answer, what has to stand back is not counted.
func TestFaultsTogether(t *testing.T) {
	s, _ := library(t, mock.Options{Reasons: true})
	s.order("status=503;name=a;times=2", "status=429;name=b;times=1", "latency=1s;name=slow", "latency=2s;name=slower", "malformed-json;name=torn", "content-type=text/x;name=type")
	for i, want := range []int{503, 503, 429, 200} {
		a := s.call("GET /v1/books", "")
		if a.StatusCode != want || json.Valid([]byte(a.body)) || a.Header.Get("Content-Type") != "text/x" {
			t.Errorf("request %d: %d %s %q, want %d", i, a.StatusCode, a.Header.Get("Content-Type"), a.body, want)
		}
	}
	if b, _ := s.server.Faults().Get("b"); b.Matched != 2 || b.Acted != 1 {
		t.Errorf("b stood back twice and counts %d, acted %d", b.Matched, b.Acted)
	}
	e := s.entry(1)
	want := "slow: would wait for 1s: the clock stands still; slower: would wait for 2s: the clock stands still; a: status 503; torn: the body is no JSON; type: Content-Type: text/x instead of \"application/json\""
	if e.Trace.Detail != "Service Unavailable ("+want+")" || e.Trace.Source != "fault" || e.Trace.Problem != "fault" {
		t.Errorf("the journal says %q, source %s, problem %s", e.Trace.Detail, e.Trace.Source, e.Trace.Problem)
	}
	last := e.Trace.Stages[len(e.Trace.Stages)-1]
	if last.Name != "disturb" || last.Verdict != "disturbed" || last.Note != want {
		t.Errorf("the last stage is %+v", last)
	}
	if got := e.ResponseHeader.Get("Understudy-Fault"); got != "a, slow, slower, torn, type" {
		t.Errorf("the answer names %q", got)
	}
	if a := s.call("POST /v1/books", `{"title":"Persuasion"}`); a.StatusCode != 201 {
		t.Fatalf("%d %s", a.StatusCode, a.body)
	}
	if trace := s.last(5); len(trace.Changes) != 1 || !strings.Contains(trace.Detail, "torn") {
		t.Errorf("%+v", trace)
	}
}

// TestFaultsAreDeterministic runs one session in two stand-ins: same seed, same requests, same failures to the last byte.
func TestFaultsAreDeterministic(t *testing.T) {
	session := func(seed uint64) string {
		s, _ := library(t, mock.Options{Seed: seed})
		s.order("latency=percentiles(p50=20ms p95=200ms p99=2s);name=l", "status=500|502|503|504;probability=0.4;name=s", "schema;probability=0.7;name=w",
			"malformed-json;times=1;every=5;name=j")
		var b strings.Builder
		for i := range 40 {
			var a answer
			if i%4 == 3 {
				a = s.call("POST /v1/books", fmt.Sprintf(`{"title":"Volume %d","pages":%d}`, i, i))
			} else {
				a = s.call("GET /v1/books", "")
			}
			fmt.Fprintf(&b, "%d %v %s\n%s\n", a.StatusCode, a.Header, a.body, s.last(uint64(i+1)).Detail)
		}
		return b.String()
	}
	first := session(1)
	if again := session(1); again != first {
		t.Error("the same seed tells another story")
	}
	if session(2) == first {
		t.Error("another seed tells the same story")
	}
	for _, part := range []string{"500 ", "502 ", "503 ", "504 ", "wanted", "no JSON"} {
		if !strings.Contains(first, part) {
			t.Errorf("nothing of %q happened, so the test shows little", part)
		}
	}
}

// TestFaultsInParallel: however many come at once, a fault acts on as many as was ordered.
func TestFaultsInParallel(t *testing.T) {
	s, _ := library(t, mock.Options{})
	s.order("status=503;times=60;name=f", "slow-body=1000;name=slow")
	var failed sync.Map
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			for j := range 25 {
				if a := s.call("GET /v1/books", ""); a.StatusCode == 503 {
					failed.Store(i*100+j, true)
				}
				if i == 0 && j%5 == 0 {
					s.server.Faults().List()
					name := fmt.Sprint("extra", j)
					s.order("latency=1ms;name=" + name)
					s.server.Faults().Remove(name)
				}
			}
		})
	}
	group.Wait()
	n := 0
	failed.Range(func(any, any) bool { n++; return true })
	if f, _ := s.server.Faults().Get("f"); n != 60 || f.Acted != 60 {
		t.Errorf("%d requests failed, the fault says %d", n, f.Acted)
	}
}

func TestFaultRegistry(t *testing.T) {
	s, _ := library(t, mock.Options{})
	f := s.server.Faults()
	if list := f.List(); len(list) != 2 || !list[0].Given || list[0].State != mock.FaultOff || list[1].State != mock.FaultWaiting {
		t.Errorf("from the start there are %+v", list)
	}
	made, err := f.Add(contracts.FaultBehaviour{Kind: "reset"})
	if err != nil || made.Name != "fault-1" || made.Given || !made.OrderedAt.Equal(noon) {
		t.Errorf("%+v, %v", made, err)
	}
	var wrong *contracts.FaultError
	if _, err := f.Add(contracts.FaultBehaviour{Kind: "status", Status: []int{42}}); !errors.As(err, &wrong) || wrong.Member != "status" {
		t.Errorf("a bad one: %v", err)
	}
	if _, err := f.Add(contracts.FaultBehaviour{Name: "fault-1", Kind: "drop"}); !errors.Is(err, mock.ErrFaultTaken) {
		t.Errorf("a name twice: %v", err)
	}
	if f.Remove("nothing") || !f.Remove("fault-1") || !f.Remove("planned") {
		t.Error("remove says the wrong thing")
	}
	for range contracts.MaxFaults - 1 {
		if _, err := f.Add(contracts.FaultBehaviour{Kind: "reset", Off: true}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := f.Add(contracts.FaultBehaviour{Kind: "reset"}); !errors.Is(err, mock.ErrTooManyFaults) {
		t.Errorf("one too many: %v", err)
	}
	if n := f.Clear(); n != contracts.MaxFaults || len(f.List()) != 0 {
		t.Errorf("%d are cleared, %d are left", n, len(f.List()))
	}
	if err := s.server.Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
	if list := f.List(); len(list) != 2 || list[0].Name != "lost" || list[1].Name != "planned" {
		t.Errorf("after a reset there are %+v", list)
	}
}

// TestFaultsOfSandboxes: each sandbox has its own, made anew from the overlay.
func TestFaultsOfSandboxes(t *testing.T) {
	s, _ := library(t, mock.Options{})
	s.order("status=500;name=main")
	box, err := s.server.Sandboxes().Create(t.Context(), mock.SandboxOptions{Name: "blue"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := box.Server().Faults().Add(contracts.FaultBehaviour{Name: "own", Kind: "status", Status: []int{502}}); err != nil {
		t.Fatal(err)
	}
	main, blue := s.call("GET /v1/books", ""), s.call("GET /v1/books", "", "Understudy-Sandbox: blue")
	if main.StatusCode != 500 || blue.StatusCode != 502 {
		t.Errorf("the server answers %d, its sandbox %d", main.StatusCode, blue.StatusCode)
	}
	if names := len(box.Server().Faults().List()); names != 3 {
		t.Errorf("the sandbox has %d faults, want the overlay's two and its own", names)
	}
	if _, ok := s.server.Faults().Get("own"); ok {
		t.Error("the server has the sandbox's fault")
	}
	s.order("status=504;name=far;sandbox=blue")
	if err := box.Server().Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
	if a := s.call("GET /v1/books", "", "Understudy-Sandbox: blue"); a.StatusCode != 504 {
		t.Errorf("a fault of the server that names the sandbox: %d", a.StatusCode)
	}
}

// TestFaultsWithoutSockets: a handler that is called in a Go program has no connection to cut.
func TestFaultsWithoutSockets(t *testing.T) {
	server, _ := newServer(t, "trouble.yaml", mock.Options{})
	for i, kind := range []string{"reset", "empty", "truncated-body", "malformed-chunk"} {
		if _, err := server.Faults().Add(contracts.FaultBehaviour{Name: kind + "-it", Kind: kind, Times: 1}); err != nil {
			t.Fatal(err)
		}
		w := httptest.NewRecorder()
		server.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/v1/books", nil))
		if e, ok := server.Journal().Get(uint64(i + 1)); !ok || e.Trace.Source != "fault" {
			t.Errorf("%s: %+v", kind, e)
		}
	}
}
