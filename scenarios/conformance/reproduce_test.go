package conformance_test

import (
	"testing"

	"understudy/contracts/check"
	"understudy/scenarios"
	"understudy/scenarios/arazzo"
	"understudy/scenarios/conformance"
)

// play runs a reproduction against a library.
func play(t *testing.T, text, target string) scenarios.Test {
	t.Helper()
	document, err := arazzo.Parse("reproduction.arazzo.yaml", []byte(text), arazzo.Options{})
	if err != nil {
		t.Fatalf("the reproduction is no Arazzo: %v\n%s", err, text)
	}
	if document.Arazzo != "1.0.1" || len(document.Warnings) > 0 {
		t.Errorf("version %s, warnings %v\n%s", document.Arazzo, document.Warnings, text)
	}
	c, err := libraryContract()
	if err != nil {
		t.Fatal(err)
	}
	run, err := scenarios.New(scenarios.Options{Clock: newClock()})
	if err != nil {
		t.Fatal(err)
	}
	checks, err := check.New(check.Options{Contract: c, Only: []string{"WFL-001"}})
	if err != nil {
		t.Fatal(err)
	}
	d, err := run.Deploy(c, target, checks, nil, libraryRoster())
	if err != nil {
		t.Fatal(err)
	}
	suites, err := run.Play(t.Context(), []*scenarios.Script{{Name: "reproduction", Document: document}}, scenarios.WorkflowOptions{
		Bind: func(*scenarios.Script, *arazzo.Source) (*scenarios.Deployment, error) { return d, nil },
	})
	if err != nil || len(suites) != 1 || len(suites[0].Tests) != 1 {
		t.Fatalf("%v, %d suites\n%s", err, len(suites), text)
	}
	return suites[0].Tests[0]
}

// TestReproductions: what repeats a failure is an Arazzo document that fails against the library with the fault, and passes
// against the one without.
func TestReproductions(t *testing.T) {
	for i, fault := range []string{
		"NEG-001", "NEG-002", "NEG-003", "NEG-004", "NEG-005", "NEG-006:header", "NEG-007", "NEG-009", "NEG-010", "NEG-012", "NEG-014", "POS-001", "POS-003", "POS-004",
		"POS-005", "POS-006", "RES-001", "RES-002", "RES-003", "RES-005", "AUTH-001", "AUTH-013", "AUTH-015", "AUZ-003", "CTY-005",
	} {
		if raced && i%6 != 0 {
			continue
		}
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			id := fault[:len(fault)-len(tail(fault))]
			r := judgeLibrary(t, fault, scenarios.Options{}, conformance.Options{Only: []string{id}})
			text, at := "", ""
			for _, test := range r.suite.Tests {
				if test.Check == id && test.Reproduction != "" && len(test.Findings) > 0 {
					text, at = test.Reproduction, test.ID
					break
				}
			}
			if text == "" {
				t.Fatalf("nothing repeats it: %s", show(r.found(id)))
			}
			if test := play(t, text, r.server.URL+"/v1"); test.Outcome != scenarios.Failed {
				t.Errorf("%s: against the library with the fault it %s (%s)\n%s", at, test.Outcome, test.Reason, text)
			}
			_, twin := openLibrary(t, "")
			if test := play(t, text, twin.URL+"/v1"); test.Outcome != scenarios.Passed {
				t.Errorf("%s: against the library without it it %s (%s)\n%s\n%s", at, test.Outcome, test.Reason, text, show(test.Steps))
			}
		})
	}
}

func tail(fault string) string {
	for i := range fault {
		if fault[i] == ':' {
			return fault[i:]
		}
	}
	return ""
}
