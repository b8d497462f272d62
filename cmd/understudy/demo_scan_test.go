package main

import (
	"slices"
	"testing"

	"understudy/contracts"
	"understudy/scenarios"
)

// TestScanSample: each scan that a row names has looked at something in the clean sample, found nothing there, and found what was planted
// for it. A rule for which nothing is planted does not count.
func TestScanSample(t *testing.T) {
	r, err := (&process{}).scanSample(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Suites) != len(contracts.Builtins()) {
		t.Fatalf("%d suites", len(r.Suites))
	}
	for _, s := range r.Suites {
		by, err := requirementsBy("scans", s.Contract)
		if err != nil {
			t.Fatal(err)
		}
		for id := range by {
			at := slices.IndexFunc(s.Tests, func(one scenarios.Test) bool { return one.Check == id })
			if at < 0 || s.Tests[at].Outcome != scenarios.Passed || len(s.Tests[at].Requirements) == 0 {
				t.Errorf("%s: %s proves nothing: %+v", s.Contract, id, s.Tests[max(at, 0)])
			}
		}
		for _, one := range s.Tests {
			if one.Check == "SCN-005" && one.Outcome != scenarios.Skipped {
				t.Errorf("%s: SCN-005 is %s, and nothing is planted for it", s.Contract, one.Outcome)
			}
		}
	}
}
