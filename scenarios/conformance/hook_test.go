package conformance_test

import (
	"net/http"
	"testing"

	"understudy/contracts/check"
	"understudy/scenarios"
	"understudy/scenarios/conformance"
)

// TestHooksFindFaults: a stand-in that is told to misbehave in one way is found out by the check for it, and by no other.
func TestHooksFindFaults(t *testing.T) {
	for _, one := range []struct{ trouble, want, also string }{
		{"wrong-secret", "HOOK-003", ""}, {"changed-byte", "HOOK-003", ""}, {"stale-timestamp", "HOOK-004", ""}, {"duplicate", "HOOK-007", ""},
		{"unsigned", "HOOK-003", "HOOK-002"}, // the document requires the header, too
		{"", "", ""},
	} {
		t.Run(one.trouble, func(t *testing.T) {
			t.Parallel()
			c, target, management := standIn(t, "eckospace")
			manager, err := scenarios.NewControl(management, "", c.Name, nil)
			if err != nil {
				t.Fatal(err)
			}
			if one.trouble != "" {
				order := map[string]any{"kind": one.trouble, "times": 1000, "attempts": -1}
				if err := manager.Do(t.Context(), http.MethodPost, "/misbehaviours", order, nil); err != nil {
					t.Fatal(err)
				}
			}
			run, err := scenarios.New(scenarios.Options{Clock: newClock()})
			if err != nil {
				t.Fatal(err)
			}
			checks, err := check.New(check.Options{Contract: c})
			if err != nil {
				t.Fatal(err)
			}
			d, err := run.Deploy(c, target, checks, manager, nil)
			if err != nil {
				t.Fatal(err)
			}
			suite, err := conformance.Check(t.Context(), d, conformance.Options{Only: []string{"HOOK"}})
			if err != nil {
				t.Fatal(err)
			}
			found, passed := map[string]int{}, 0
			for _, test := range suite.Tests {
				if test.Outcome == scenarios.Passed {
					passed++
				}
				for _, f := range test.Findings {
					found[f.Check]++
				}
			}
			if one.want != "" && found[one.want] == 0 {
				t.Errorf("found %v, want %s", found, one.want)
			}
			for id := range found {
				if id != one.want && id != one.also {
					t.Errorf("%s was told as well", id)
				}
			}
			if passed == 0 {
				t.Errorf("nothing passed: %s", show(suite.Tests))
			}
		})
	}
}
