package scenarios_test

import (
	"strings"
	"testing"
	"time"

	"understudy/contracts"
	"understudy/contracts/check"
	"understudy/scenarios"
)

func failing(id, fingerprint string) check.Finding {
	return check.Finding{Check: id, Level: check.Failure, Message: id + " is broken", Fingerprint: fingerprint}
}

func resultOf(tests ...scenarios.Test) *scenarios.Result {
	return &scenarios.Result{Suites: []scenarios.Suite{{Name: "s", Kind: "checks", Contract: "shop", Tests: tests}}}
}

const (
	printA = "aaaaaaaaaaaaaaaaaaaa"
	printB = "bbbbbbbbbbbbbbbbbbbb"
)

func baseline(t *testing.T, text string) *check.Baseline {
	t.Helper()
	b, err := check.ReadBaseline(strings.NewReader("version: 1\nentries:\n"+text), time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func run(t *testing.T) *scenarios.Run {
	t.Helper()
	r, err := scenarios.New(scenarios.Options{Clock: newClock()})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestSettleBaseline: what is known fails nothing, what is over counts again, what is gone is told, in tests and in steps.
func TestSettleBaseline(t *testing.T) {
	a, b := failing("SCH-001", printA), failing("STS-001", printB)
	result := resultOf(
		scenarios.Test{ID: "known", Outcome: scenarios.Failed, Reason: "SCH-001: x", Findings: []check.Finding{a}, Steps: []scenarios.Step{{ID: "s", Findings: []check.Finding{a}}}},
		scenarios.Test{ID: "expired", Outcome: scenarios.Failed, Findings: []check.Finding{b}},
		scenarios.Test{ID: "good", Outcome: scenarios.Passed},
	)
	run(t).Settle(result, scenarios.Settlement{
		Baseline: baseline(t, `
- {fingerprint: aaaaaaaaaaaaaaaaaaaa, check: SCH-001, reason: they know}
- {fingerprint: bbbbbbbbbbbbbbbbbbbb, check: STS-001, reason: was promised, until: 2026-01-31}
- {fingerprint: cccccccccccccccccccc, check: HDR-001, reason: gone}
- {fingerprint: dddddddddddddddddddd, check: NEG-001, reason: not looked at}
`),
		Looked: func(id string) bool { return id != "NEG-001" },
	})
	tests := result.Suites[0].Tests
	if got := outcomes(tests); got != "known known, expired failed, good passed" {
		t.Error(got)
	}
	if k := tests[0].Steps[0].Findings[0].Known; k == nil || k.Reason != "they know" {
		t.Errorf("the step's finding: %+v", k)
	}
	want := scenarios.Baseline{File: "baseline", Known: 1, New: 1}
	got := *result.Baseline
	if len(got.Gone) != 1 || got.Gone[0].Check != "HDR-001" || len(got.Expired) != 1 || got.Known != want.Known || got.New != want.New {
		t.Errorf("%+v", got)
	}
	if status, _ := result.Status(); status != scenarios.StatusFindings {
		t.Errorf("status %d", status)
	}
}

// TestStatus: what results come to.
func TestStatus(t *testing.T) {
	for name, one := range map[string]struct {
		result *scenarios.Result
		status int
		why    string
	}{
		"clean":        {resultOf(scenarios.Test{Outcome: scenarios.Passed}, scenarios.Test{Outcome: scenarios.Skipped}), 0, ""},
		"known":        {resultOf(scenarios.Test{Outcome: scenarios.Known}), 0, ""},
		"failed":       {resultOf(scenarios.Test{Outcome: scenarios.Passed}, scenarios.Test{Outcome: scenarios.Failed}), 1, "1 of 2 tests failed"},
		"errored":      {resultOf(scenarios.Test{Outcome: scenarios.Passed}, scenarios.Test{Outcome: scenarios.Errored, Reason: "no route"}), 1, "1 of 2 tests could not be carried out: no route"},
		"all errored":  {resultOf(scenarios.Test{Outcome: scenarios.Errored, Reason: "no connection"}), 2, "nothing could be examined: no connection"},
		"all skipped":  {resultOf(scenarios.Test{Outcome: scenarios.Skipped, Reason: "it needs --control"}), 1, "nothing was examined: all 1 tests were skipped; the first since it needs --control"},
		"empty":        {resultOf(), 1, "nothing was examined: no test was chosen"},
		"empty part":   {&scenarios.Result{Shard: "2/4"}, 0, ""},
		"interrupted":  {&scenarios.Result{Stopped: "interrupted", Suites: resultOf(scenarios.Test{Outcome: scenarios.Passed}).Suites}, 2, "the run was interrupted; the reports hold what was done until then"},
		"budget":       {&scenarios.Result{Stopped: "max-requests", Suites: resultOf(scenarios.Test{Outcome: scenarios.Passed}, scenarios.Test{Outcome: scenarios.Skipped}).Suites}, 1, "the run ended early (max-requests): 1 of 2 tests were skipped"},
		"gate":         {&scenarios.Result{Gates: []scenarios.Gate{{Name: "operations", Want: 100, Got: 50}}, Suites: resultOf(scenarios.Test{Outcome: scenarios.Passed}).Suites}, 1, "the coverage of operations is 50.0 %, and 100 % is required"},
		"warning only": {resultOf(scenarios.Test{Outcome: scenarios.Passed, Findings: []check.Finding{{Level: check.Warning}}}), 0, ""},
	} {
		if status, why := one.result.Status(); status != one.status || why != one.why {
			t.Errorf("%s: %d %q, want %d %q", name, status, why, one.status, one.why)
		}
	}
}

// TestSettleCoverage counts what was called, and judges gates by it.
func TestSettleCoverage(t *testing.T) {
	s := set(t, answerer(t, map[string][]string{"GET /items": {"200 X-A:b {}"}, "POST /items": {"400 {}"}}), setting{only: []string{"STS"}})
	suites, err := s.run.Play(t.Context(), []*scenarios.Script{script(t, "f.yaml", head+`workflows:
- {workflowId: w, x-understudy: {requirements: [SHOP-1]}, steps: [{stepId: a, operationId: list, x-understudy: {requirements: [SHOP-3]}}]}
- {workflowId: v, x-understudy: {requirements: [SHOP-2]}, steps: [{stepId: a, operationId: create, successCriteria: [{condition: $statusCode == 201}]}]}
- {workflowId: u, x-understudy: {requirements: [SHOP-4]}, steps: [{stepId: a, operationId: list}, {stepId: b, operationId: list, x-understudy: {clock: {advance: 1h}}}]}
`, nil)}, s.options)
	if err != nil {
		t.Fatal(err)
	}
	suites = append(suites, scenarios.Suite{Contract: s.contract.Name, Tests: []scenarios.Test{{ID: "AUTH-001/list", Check: "AUTH-001", Operation: "list", Outcome: scenarios.Passed}}})
	result := s.run.Result(suites)
	rows, err := scenarios.ReadRequirements("requirements.yaml", []byte(`requirements:
  - {id: SHOP-1, kind: [S], documented: true, text: whole workflow}
  - {id: SHOP-2, kind: [S, W], documented: true, text: failed}
  - {id: SHOP-3, kind: [P], documented: false, text: step}
  - {id: SHOP-4, kind: [R], documented: false, text: not all of it was carried out}
  - {id: SHOP-5, kind: [S], documented: true, text: by a check, operations: [list, create], checks: [AUTH-001]}
  - {id: SHOP-6, kind: [S], documented: true, text: by a check that did not run, checks: [NEG-001]}
  - {id: SHOP-7, kind: [D], documented: true, text: no machine can check it}
`))
	if err != nil {
		t.Fatal(err)
	}
	s.run.Settle(result, scenarios.Settlement{
		Require:      []scenarios.Gate{{Name: "operations", Want: 25}, {Name: "requirements", Want: 90}, {Name: "webhooks", Want: 100}},
		Requirements: map[string][]scenarios.Requirement{s.contract.Name: rows},
		Branches:     func(*contracts.Contract) []scenarios.Branch { return []scenarios.Branch{{ID: "one"}} },
	})
	got := map[string]string{}
	for _, d := range result.Coverage.Dimensions {
		var gaps []string
		for _, g := range d.Gaps {
			gaps = append(gaps, g.Name)
			if g.Reason == "" {
				t.Errorf("%s: the gap %s has no reason", d.Name, g.Name)
			}
		}
		got[d.Name] = jsonOf(t, []int{d.Covered, d.Total}) + " " + strings.Join(gaps, ",")
		if d.Name == "requirements" && (d.Documented != scenarios.Share{Covered: 2, Total: 4} || d.Assumed != scenarios.Share{Covered: 1, Total: 2} || d.Gaps[0].At.Line != 3 || !d.Gaps[1].Assumed) {
			t.Errorf("%+v", d)
		}
	}
	if got["operations"] != "[1,4] POST /items,GET /items/{id},GET /items/{ids}/all" || got["requirements"] != "[3,6] SHOP-2,SHOP-4,SHOP-6" || got["schema-branches"] != "[0,1] one" {
		t.Errorf("%v", got)
	}
	if g := result.Gates; !g[0].Passed || g[1].Passed || g[1].Got != 50 || !g[2].Passed {
		t.Errorf("%+v", g)
	}
}

// TestParseGate reads what --require takes.
func TestParseGate(t *testing.T) {
	if g, err := scenarios.ParseGate("requirements=90.5%"); err != nil || g.Name != "requirements" || g.Want != 90.5 {
		t.Errorf("%+v, %v", g, err)
	}
	for _, text := range []string{"", "operations", "operations=", "operations=101", "operations=NaN", "operations=-1", "operation=10"} {
		if _, err := scenarios.ParseGate(text); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
}
