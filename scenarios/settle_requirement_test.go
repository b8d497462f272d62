package scenarios_test

import (
	"slices"
	"strings"
	"testing"

	"understudy/contracts/check"
	"understudy/scenarios"
)

// TestReadRequirements refuses what it does not know, with file and line.
func TestReadRequirements(t *testing.T) {
	for text, want := range map[string]string{
		"{id: A-1, kind: [S], text: t, checks: [AUTH-001], rules: [RTY-001], scans: [SCN-001], missing: m, disruptive: true, document: [/a], behaviour: [/b]}": "",
		"{id: A-1, kind: [S], text: t, check: [AUTH-001]}":               `f:2: A-1: there is no word "check"`,
		"{id: A-1, kind: [S], text: t, checks: [AUTH-999]}":              `f:2: A-1: there is no check "AUTH-999"`,
		"{id: A-1, kind: [X], text: t}":                                  `f:2: A-1: there is no kind "X"`,
		"{kind: [S], text: t}":                                           "needs an id, a text and a kind",
		"{id: A-1, text: t}":                                             "needs an id, a text and a kind",
		"{id: A-1, kind: S S, text: t}":                                  "f:2:",
		"{id: A-1, kind: [S], text: t}\n- {id: A-1, kind: [S], text: t}": "f:3: the requirement \"A-1\" is there twice",
	} {
		_, err := scenarios.ReadRequirements("f", []byte("requirements:\n- "+text+"\n"))
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

// TestRequirementsByChecks: a check proves a row when it passed on one of its operations and failed on none, and a warning is no pass.
func TestRequirementsByChecks(t *testing.T) {
	rows, err := scenarios.ReadRequirements("f", []byte(`requirements:
- {id: A-1, kind: [S], text: t, operations: [list], checks: [AUTH-001]}
`))
	if err != nil {
		t.Fatal(err)
	}
	passive, err := scenarios.ReadRequirements("f", []byte(`requirements:
- {id: A-1, kind: [S], text: t, operations: [list], checks: [SCH-001]}
`))
	if err != nil {
		t.Fatal(err)
	}
	one := func(operation string, outcome scenarios.Outcome, findings ...check.Finding) scenarios.Test {
		return scenarios.Test{Check: "AUTH-001", Operation: operation, Outcome: outcome, Findings: findings, Requirements: []string{"A-1"}}
	}
	passing := func(cases int, findings ...check.Finding) scenarios.Test {
		return scenarios.Test{ID: "passive/list", Operation: "list", Outcome: scenarios.Passed, Cases: cases, Findings: findings}
	}
	for name, c := range map[string]struct {
		rows   []scenarios.Requirement
		tests  []scenarios.Test
		proven int
	}{
		"passed":              {rows, []scenarios.Test{one("list", scenarios.Passed)}, 1},
		"elsewhere":           {rows, []scenarios.Test{one("read", scenarios.Passed)}, 0},
		"as a whole":          {rows, []scenarios.Test{one("", scenarios.Passed)}, 1},
		"failed too":          {rows, []scenarios.Test{one("list", scenarios.Passed), one("list", scenarios.Failed)}, 0},
		"failed elsewhere":    {rows, []scenarios.Test{one("list", scenarios.Passed), one("read", scenarios.Failed)}, 1},
		"skipped":             {rows, []scenarios.Test{one("list", scenarios.Skipped)}, 0},
		"warned":              {rows, []scenarios.Test{one("list", scenarios.Passed, check.Finding{Level: check.Warning})}, 0},
		"in passing":          {passive, []scenarios.Test{passing(3)}, 1},
		"in passing, nothing": {passive, []scenarios.Test{passing(0)}, 0},
		"in passing, broken":  {passive, []scenarios.Test{passing(3, check.Finding{Check: "SCH-001", Level: check.Failure})}, 0},
		"in passing, another": {passive, []scenarios.Test{passing(3, check.Finding{Check: "STS-001", Level: check.Failure})}, 1},
	} {
		r := run(t)
		contract := pets(t)
		checks, err := check.New(check.Options{Contract: contract, Targets: []string{"http://127.0.0.1:9"}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Deploy(contract, "http://127.0.0.1:9", checks, nil, &scenarios.Roster{}); err != nil {
			t.Fatal(err)
		}
		result := &scenarios.Result{Suites: []scenarios.Suite{{Kind: "checks", Contract: contract.Name, Tests: c.tests}}}
		r.Settle(result, scenarios.Settlement{Requirements: map[string][]scenarios.Requirement{contract.Name: c.rows}})
		at := slices.IndexFunc(result.Coverage.Dimensions, func(d scenarios.Dimension) bool { return d.Name == "requirements" })
		if at < 0 || result.Coverage.Dimensions[at].Covered != c.proven || result.Coverage.Dimensions[at].Total != 1 {
			t.Errorf("%s: want %d proven: %+v", name, c.proven, result.Coverage.Dimensions)
		}
	}
}
