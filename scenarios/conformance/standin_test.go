package conformance_test

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"understudy/contracts"
	"understudy/contracts/check"
	"understudy/mock"
	"understudy/mock/clock"
	"understudy/mock/control"
	"understudy/scenarios"
	"understudy/scenarios/conformance"
)

// standIn serves a contract as `understudy serve` does, with its management API.
func standIn(t testing.TB, name string) (*contracts.Contract, string, string) {
	t.Helper()
	source := name
	if strings.HasSuffix(name, ".yaml") {
		if _, err := os.Stat(name); err != nil {
			t.Fatal(err)
		}
	}
	c, err := contracts.Load(t.Context(), source, contracts.Options{})
	if err != nil {
		t.Fatal(err)
	}
	begin := time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)
	virtual := clock.New(clock.Options{At: begin, Frozen: true})
	server, err := mock.New(t.Context(), mock.Options{Contract: c, Seed: 7, Clock: virtual, SelfCheck: true, AutoApprove: true, Reasons: true})
	if err != nil {
		t.Fatal(err)
	}
	api := httptest.NewServer(server)
	t.Cleanup(api.Close)
	base := ""
	if len(c.Servers) > 0 {
		base = c.Servers[0].Base
	}
	handler := control.New(control.Options{Clock: virtual, Seed: 7})
	handler.Add(c.Name, api.URL+base, func() *mock.Server { return server })
	handler.Ready()
	management := httptest.NewServer(handler)
	t.Cleanup(management.Close)
	return c, api.URL + base, management.URL
}

// TestStandInHasNoFindings: our own stand-in keeps the contracts that it serves.
func TestStandInHasNoFindings(t *testing.T) {
	names := []string{"ecosire", "echowin", "ecoevents", "eckospace", "../../cmd/bench/testdata/petstore.yaml", "../../mock/control/testdata/petstore.yaml"}
	if raced {
		names = []string{"echowin", "../../cmd/bench/testdata/petstore.yaml"}
	}
	for _, name := range names {
		t.Run(filepath.Base(name), func(t *testing.T) {
			t.Parallel()
			c, target, management := standIn(t, name)
			manager, err := scenarios.NewControl(management, "", c.Name, nil)
			if err != nil {
				t.Fatal(err)
			}
			run, err := scenarios.New(scenarios.Options{Clock: newClock(), Seed: 3})
			if err != nil {
				t.Fatal(err)
			}
			checks, err := check.New(check.Options{Contract: c, Targets: []string{target}})
			if err != nil {
				t.Fatal(err)
			}
			d, err := run.Deploy(c, target, checks, manager, nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := conformance.Mint(t.Context(), d); err != nil {
				t.Fatal(err)
			}
			suite, err := conformance.Check(t.Context(), d, conformance.Options{Thorough: true})
			if err != nil {
				t.Fatal(err)
			}
			examine(t, suite)
			t.Logf("%d requests, %d actors", run.Result(nil).Requests, len(d.Roster.Actors))
		})
	}
}

// examine wants nothing to be told of, and most of it to be examined.
func examine(t *testing.T, suite scenarios.Suite) {
	t.Helper()
	counts := map[scenarios.Outcome]int{}
	for _, one := range suite.Tests {
		counts[one.Outcome]++
		if one.Outcome == scenarios.Skipped {
			t.Logf("%s skipped: %s", one.ID, one.Reason)
		}
		if one.Outcome == scenarios.Errored {
			t.Errorf("%s errored: %s", one.ID, one.Reason)
		}
		for _, f := range one.Findings {
			if f.Level != check.Note {
				t.Errorf("%s: %s %s: %s (want %s, got %s; %s)\n%s", one.ID, f.Check, f.Level, f.Message, f.Want, f.Got, f.Where, f.Curl)
			}
		}
	}
	if counts[scenarios.Passed] < 4*counts[scenarios.Skipped] {
		t.Errorf("too little was examined: %v", counts)
	}
	t.Logf("%v", counts)
}
