package conformance_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"understudy/contracts"
	"understudy/contracts/check"
	"understudy/scenarios"
	"understudy/scenarios/conformance"
)

// A handClock shows the time that it was given, and whoever waits takes it ahead at once. Deployment and judge share it.
type handClock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *handClock { return &handClock{now: time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC)} }

func (c *handClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *handClock) Wait(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	return ctx.Err()
}

var libraryContract = sync.OnceValues(func() (*contracts.Contract, error) {
	return contracts.Load(context.Background(), filepath.Join("testdata", "library.yaml"), contracts.Options{})
})

// libraryRoster is who may call the library.
func libraryRoster() *scenarios.Roster {
	all := []string{"books:read", "books:write", "vault:read"}
	key := func(text string) map[string]string { return map[string]string{"key": text} }
	return &scenarios.Roster{Actors: []*scenarios.Actor{
		{Name: "alice", Account: "alice", Scopes: all, Credentials: map[string]string{"key": "lib_alice_0123456789abcdef", "token": libraryToken("alice", "library", all...)}},
		{Name: "bob", Account: "bob", Scopes: all, Credentials: key("lib_bob_0123456789abcdef")},
		{Name: "reader", Account: "alice", Scopes: []string{"books:read"}, Credentials: map[string]string{"token": libraryToken("alice", "library", "books:read")}},
		{Name: "expired", State: scenarios.StateExpired, Credentials: key(libraryExpired)},
		{Name: "revoked", State: scenarios.StateRevoked, Credentials: key(libraryRevoked)},
		{Name: "foreign", State: scenarios.StateForeign, Credentials: map[string]string{"token": libraryToken("alice", "another", all...)}},
	}}
}

// A trialRun is one judgement of a library.
type trialRun struct {
	suite  scenarios.Suite
	result *scenarios.Result
	server *httptest.Server
	judge  *scenarios.Deployment
}

func judgeLibrary(t testing.TB, fault string, o scenarios.Options, how conformance.Options) *trialRun {
	t.Helper()
	l, server := openLibrary(t, fault)
	clock := newClock()
	l.now = clock.Now
	if o.Clock == nil {
		o.Clock = clock
	}
	o.Disruptive = !o.Safe
	return judge(t, server, o, how)
}

func judge(t testing.TB, server *httptest.Server, o scenarios.Options, how conformance.Options) *trialRun {
	t.Helper()
	c, err := libraryContract()
	if err != nil {
		t.Fatal(err)
	}
	run, err := scenarios.New(o)
	if err != nil {
		t.Fatal(err)
	}
	checks, err := check.New(check.Options{Contract: c, Targets: []string{server.URL + "/v1"}})
	if err != nil {
		t.Fatal(err)
	}
	d, err := run.Deploy(c, server.URL+"/v1", checks, nil, libraryRoster())
	if err != nil {
		t.Fatal(err)
	}
	suite, err := conformance.Check(t.Context(), d, how)
	if err != nil {
		t.Fatal(err)
	}
	return &trialRun{suite: suite, result: run.Result([]scenarios.Suite{suite}), server: server, judge: d}
}

// found lists the checks of which there are findings that count; of notes, those of one check only.
func (r *trialRun) found(noted string) map[string][]string {
	list := map[string][]string{}
	for _, test := range r.suite.Tests {
		for _, f := range test.Findings {
			if f.Level != check.Note || f.Check == noted {
				list[f.Check] = append(list[f.Check], fmt.Sprintf("%s [%s] %s (got %s; %s)", test.ID, f.Level, f.Message, f.Got, f.Where))
			}
		}
	}
	return list
}

// TestTwinHasNoFindings: the library that keeps its contract is told of nothing, and nearly everything is examined.
func TestTwinHasNoFindings(t *testing.T) {
	r := judgeLibrary(t, "", scenarios.Options{}, conformance.Options{Branches: true})
	counts := map[scenarios.Outcome]int{}
	for _, test := range r.suite.Tests {
		counts[test.Outcome]++
		if len(test.Findings) > 0 {
			for _, f := range test.Findings {
				t.Errorf("%s: %s %s: %s (got %s)\n%s", test.ID, f.Check, f.Level, f.Message, f.Got, f.Curl)
			}
		}
		switch test.Outcome {
		case scenarios.Failed, scenarios.Errored:
			t.Errorf("%s %s: %s", test.ID, test.Outcome, test.Reason)
		case scenarios.Skipped:
			t.Logf("%s skipped: %s", test.ID, test.Reason)
		}
	}
	t.Logf("%v, %d requests", counts, r.result.Requests)
}

// TestEachFaultIsFoundAndNoOther: every planted fault is found by its own check, and by none that it does not break.
func TestEachFaultIsFoundAndNoOther(t *testing.T) {
	if len(faults) < 60 {
		t.Errorf("there are %d faults", len(faults))
	}
	for i, one := range faults {
		if raced && i%10 != 0 {
			continue
		}
		t.Run(one.fault, func(t *testing.T) {
			t.Parallel()
			r := judgeLibrary(t, one.fault, scenarios.Options{}, conformance.Options{})
			id, _, _ := strings.Cut(one.fault, ":")
			found := r.found(id)
			if found[id] == nil {
				t.Errorf("it was not found")
				for _, test := range r.suite.Tests {
					if test.Check == id {
						t.Logf("%s %s: %s", test.ID, test.Outcome, test.Reason)
					}
				}
			}
			for _, other := range slices.Sorted(maps.Keys(found)) {
				if other != id && !slices.Contains(one.also, other) {
					t.Errorf("%s was told as well:\n%s", other, strings.Join(found[other], "\n"))
				}
			}
			for _, also := range one.also {
				if found[also] == nil {
					t.Errorf("%s is expected too and was not told", also)
				}
			}
		})
	}
}

func show(v any) string {
	text, _ := json.MarshalIndent(v, "", " ")
	return string(text)
}
