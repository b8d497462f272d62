package conformance_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sort"
	"strings"
	"sync"
	"testing"

	"understudy/contracts/check"
	"understudy/scenarios"
	"understudy/scenarios/conformance"
)

// A recorder notes what was sent, without what only the deployment can have made up.
type recorder struct {
	next http.RoundTripper
	mu   sync.Mutex
	list []string
}

func (r *recorder) RoundTrip(q *http.Request) (*http.Response, error) {
	body := ""
	if q.Body != nil {
		raw, _ := io.ReadAll(q.Body)
		_ = q.Body.Close()
		body = string(raw)
		q.Body = io.NopCloser(strings.NewReader(body))
	}
	path := q.URL.Path
	if i := strings.Index(path, "/bk_"); i >= 0 {
		path = path[:i] + "/bk"
	}
	r.mu.Lock()
	r.list = append(r.list, q.Method+" "+path+"?"+q.URL.RawQuery+" "+q.Header.Get("Authorization")+q.Header.Get("X-Library-Key")+" "+body)
	r.mu.Unlock()
	return r.next.RoundTrip(q)
}

// TestSameSeedSendsTheSame: the number of jobs changes the order of requests, and nothing else.
func TestSameSeedSendsTheSame(t *testing.T) {
	sent := func(seed uint64, jobs int) []string {
		r := &recorder{next: &http.Transport{}}
		judgeLibrary(t, "", scenarios.Options{Seed: seed, Jobs: jobs, Transport: r}, conformance.Options{})
		sort.Strings(r.list)
		return slices.Compact(r.list) // after a 429 some come again
	}
	one, eight := sent(5, 1), sent(5, 8)
	if !slices.Equal(one, eight) {
		t.Errorf("%d and %d requests; only with one job: %q; only with eight: %q", len(one), len(eight), less(one, eight), less(eight, one))
	}
	if other := sent(6, 1); slices.Equal(one, other) {
		t.Error("another seed sends the same")
	}
}

func less(a, b []string) []string {
	var list []string
	for _, one := range a {
		if !slices.Contains(b, one) {
			list = append(list, one)
		}
	}
	return list[:min(len(list), 5)]
}

// TestCarefulRunsOnlyRead: towards a target that is treated with care only safe methods go out, and what needs others is skipped.
func TestCarefulRunsOnlyRead(t *testing.T) {
	r := &recorder{next: &http.Transport{}}
	run := judgeLibrary(t, "", scenarios.Options{Safe: true, Transport: r}, conformance.Options{})
	for _, one := range r.list {
		if method, _, _ := strings.Cut(one, " "); !slices.Contains([]string{"GET", "HEAD", "OPTIONS", "TRACE"}, method) {
			t.Errorf("it sent %s", one)
		}
	}
	passed := 0
	for _, test := range run.suite.Tests {
		switch {
		case test.Outcome == scenarios.Passed:
			passed++
		case test.Outcome != scenarios.Skipped || test.Reason == "":
			t.Errorf("%s %s: %q", test.ID, test.Outcome, test.Reason)
		}
	}
	if passed < 60 {
		t.Errorf("%d tests passed", passed)
	}
}

// TestNothingThere: a deployment without data that cannot make any, and one that refuses all credentials, is skipped with
// reasons, and never failed.
func TestNothingThere(t *testing.T) {
	for name, handler := range map[string]http.HandlerFunc{
		"every credential is refused": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("WWW-Authenticate", "Bearer")
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = io.WriteString(w, `{"type":"about:blank","title":"Unauthorized","status":401}`)
		},
		"every write is forbidden": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Cache-Control", "no-store")
			w.Header().Set("Content-Type", "application/json")
			status := http.StatusForbidden
			switch {
			case !strings.HasPrefix(r.Header.Get("X-Library-Key"), "lib_alice_0"):
				status = http.StatusUnauthorized
				w.Header().Set("WWW-Authenticate", "Bearer")
			case r.Method == http.MethodGet && r.URL.Path == "/v1/books" && r.URL.RawQuery == "" && r.Header.Get("Accept") != "application/vnd.undeclared":
				_, _ = io.WriteString(w, `{"data":[],"total":0,"page":1}`)
				return
			case r.Method == http.MethodGet && r.URL.Path == "/v1/books":
				status = http.StatusBadRequest
			}
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(status)
			_, _ = fmt.Fprintf(w, `{"type":"about:blank","title":"Refused","status":%d}`, status)
		},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(handler)
			defer server.Close()
			r := judge(t, server, scenarios.Options{Clock: newClock(), Disruptive: true}, conformance.Options{
				Operations: []string{"listBooks", "createBook", "readBook", "replaceBook", "changeBook", "deleteBook", "listNotes", "createNote", "readNote", "deleteNote", "search"},
				Only:       []string{"RES", "PRP", "NEG-002", "NEG-003", "NEG-020", "HDR-003", "HDR-005", "AUTH", "AUZ"},
			})
			for _, test := range r.suite.Tests {
				if test.Outcome != scenarios.Skipped && test.Outcome != scenarios.Passed {
					t.Errorf("%s %s: %s", test.ID, test.Outcome, test.Reason)
				}
				if test.Outcome == scenarios.Skipped && test.Reason == "" {
					t.Errorf("%s is skipped without a reason", test.ID)
				}
			}
		})
	}
}

// TestNobodyThere: without any connection tests are errored with the reason, or skipped, and none passes.
func TestNobodyThere(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	r := judge(t, server, scenarios.Options{Clock: newClock()}, conformance.Options{})
	for _, test := range r.suite.Tests {
		if test.Outcome == scenarios.Passed && !strings.HasPrefix(test.ID, "run/") {
			t.Errorf("%s passed", test.ID)
		}
	}
	if r.result.Clean() {
		t.Error("the result is clean")
	}
}

// TestBounds: when the run's requests are used up, the tests that are left are skipped and say so.
func TestBounds(t *testing.T) {
	r := judgeLibrary(t, "", scenarios.Options{MaxRequests: 100}, conformance.Options{})
	if r.result.Requests != 100 || r.result.Stopped != "max-requests" {
		t.Errorf("%d requests, stopped: %q", r.result.Requests, r.result.Stopped)
	}
	skipped := 0
	for _, test := range r.suite.Tests {
		if test.Outcome == scenarios.Failed || test.Outcome == scenarios.Errored {
			t.Errorf("%s %s: %s", test.ID, test.Outcome, test.Reason)
		}
		if test.Outcome == scenarios.Skipped && (strings.Contains(test.Reason, "max-requests") || strings.Contains(test.Reason, "used up")) {
			skipped++
		}
	}
	if skipped < 50 {
		t.Errorf("%d tests tell that the requests were used up", skipped)
	}
}

// TestInterrupted: a cancelled run gives what it has, every test with an outcome.
func TestInterrupted(t *testing.T) {
	_, server := openLibrary(t, "")
	ctx, cancel := context.WithCancel(t.Context())
	n := 0
	run, err := scenarios.New(scenarios.Options{Clock: newClock(), Jobs: 1, Progress: func(scenarios.Progress) {
		if n++; n == 20 {
			cancel()
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	c, err := libraryContract()
	if err != nil {
		t.Fatal(err)
	}
	checks, err := check.New(check.Options{Contract: c})
	if err != nil {
		t.Fatal(err)
	}
	d, err := run.Deploy(c, server.URL+"/v1", checks, nil, libraryRoster())
	if err != nil {
		t.Fatal(err)
	}
	suite, err := conformance.Check(ctx, d, conformance.Options{})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
	interrupted := 0
	for _, test := range suite.Tests {
		if test.Outcome == "" || test.Outcome == scenarios.Failed || test.Outcome == scenarios.Errored {
			t.Errorf("%s %q: %s", test.ID, test.Outcome, test.Reason)
		}
		if test.Reason == "the run was interrupted" {
			interrupted++
		}
	}
	if interrupted < 100 {
		t.Errorf("%d tests were interrupted", interrupted)
	}
}

// TestShardsArePartsOfTheWhole: together they hold every test once.
func TestShardsArePartsOfTheWhole(t *testing.T) {
	whole := ids(judgeLibrary(t, "", scenarios.Options{}, conformance.Options{}).suite)
	var parts []string
	for n := 1; n <= 3; n++ {
		for _, id := range ids(judgeLibrary(t, "", scenarios.Options{}, conformance.Options{Shard: scenarios.Shard{Number: n, Of: 3}}).suite) {
			if slices.Contains(parts, id) {
				t.Errorf("%s is in two shards", id)
			}
			parts = append(parts, id)
		}
	}
	for _, id := range whole {
		if !strings.HasPrefix(id, "run/") && !slices.Contains(parts, id) {
			t.Errorf("%s is in no shard", id)
		}
	}
}

func ids(s scenarios.Suite) []string {
	var list []string
	for _, test := range s.Tests {
		list = append(list, test.ID)
	}
	return list
}

// TestChoice: checks and operations are chosen by the options, and what does not exist is refused.
func TestChoice(t *testing.T) {
	r := judgeLibrary(t, "NEG-002", scenarios.Options{}, conformance.Options{Only: []string{"NEG"}, Skip: []string{"NEG-002"}, Operations: []string{"createBook"}, Prefix: "library/"})
	for _, test := range r.suite.Tests {
		if test.Check == "NEG-002" || test.Check != "" && !strings.HasPrefix(test.Check, "NEG-") || test.Operation != "createBook" || !strings.HasPrefix(test.ID, "library/") {
			t.Errorf("%s of %s is in it", test.ID, test.Operation)
		}
		if test.Outcome == scenarios.Failed {
			t.Errorf("%s failed: %s", test.ID, test.Reason)
		}
	}
	if len(r.suite.Tests) < 8 {
		t.Errorf("%d tests", len(r.suite.Tests))
	}
	for name, o := range map[string]conformance.Options{"check": {Only: []string{"NEG-999"}}, "operation": {Operations: []string{"createBuk"}}} {
		if _, err := conformance.Check(t.Context(), r.judge, o); err == nil {
			t.Errorf("an unknown %s is taken", name)
		}
	}
}

// TestStrict: warnings fail where the user wants it.
func TestStrict(t *testing.T) {
	for strict, want := range map[bool]scenarios.Outcome{false: scenarios.Passed, true: scenarios.Failed} {
		r := judgeLibrary(t, "CTY-005", scenarios.Options{}, conformance.Options{Only: []string{"CTY-005"}, Operations: []string{"createBook"}, Strict: strict})
		for _, test := range r.suite.Tests {
			if test.Check == "CTY-005" && test.Outcome != want {
				t.Errorf("strict %t: %s", strict, test.Outcome)
			}
		}
	}
}

// TestCleansUp: what the checks made is gone afterwards.
func TestCleansUp(t *testing.T) {
	l, server := openLibrary(t, "")
	clock := newClock()
	l.now = clock.Now
	before := len(l.books)
	judge(t, server, scenarios.Options{Clock: clock, Disruptive: true}, conformance.Options{})
	if len(l.books) != before || len(l.notes) != 0 {
		t.Errorf("there were %d books, and there are %d, and %d notes", before, len(l.books), len(l.notes))
	}
}

// TestSecretsAreNotShown: no credential of the roster stands in findings, reproductions and exchanges.
func TestSecretsAreNotShown(t *testing.T) {
	for _, fault := range []string{"NEG-003", "AUTH-016", "MTH-006"} {
		r := judgeLibrary(t, fault, scenarios.Options{KeepAll: true}, conformance.Options{})
		text := show(r.result)
		for _, a := range libraryRoster().Actors {
			for _, secret := range a.Credentials {
				if strings.Contains(text, secret) {
					t.Errorf("%s: the credential of %s is shown", fault, a.Name)
				}
			}
		}
	}
}
