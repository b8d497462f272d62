package main

import (
	"slices"
	"strings"
	"testing"

	"understudy/contracts"
	"understudy/contracts/check"
	"understudy/scenarios"
)

// ledgerOf is a ledger with one row.
func ledgerOf(r *row) *ledger {
	r.ID, r.Text, r.Proofs, r.skipped = "ECHOWIN-01", "What is documented.", []proof{}, map[string]string{}
	if r.Basis == "" {
		r.Basis = "documented"
	}
	return &ledger{Schema: ledgerSchema, Version: 1, Chapters: []*chapter{{Name: "echowin", Title: "echowin", Rows: []*row{r}}}, rows: map[string]*row{r.ID: r}}
}

// outcomeOf makes a test of a check, rule or scan on an operation.
func outcomeOf(id, operation string, outcome scenarios.Outcome, findings ...check.Finding) scenarios.Test {
	return scenarios.Test{ID: id + "/" + operation, Name: "It holds", Check: id, Operation: operation, Outcome: outcome, Reason: "it is " + string(outcome), Findings: findings}
}

// TestRowStates: what makes a row proven, and what does not.
func TestRowStates(t *testing.T) {
	story := func(l *ledger) { l.enter([]string{"ECHOWIN-01"}, proof{By: byStory, Method: "GET", Path: "/contacts"}) }
	suite := func(kind string, tests ...scenarios.Test) func(*ledger) {
		return func(l *ledger) {
			l.enterResult(&scenarios.Result{Suites: []scenarios.Suite{{Name: "s", Kind: kind, Contract: "echowin", Tests: tests}}})
		}
	}
	workflow := func(t scenarios.Test) func(*ledger) {
		t.Requirements = []string{"ECHOWIN-01"}
		return suite("workflows", t)
	}
	warning := check.Finding{Level: check.Warning, Message: "not quite"}
	passed, failed, skipped, known := scenarios.Passed, scenarios.Failed, scenarios.Skipped, scenarios.Known
	type shows = func(*ledger)
	for name, c := range map[string]struct {
		row   row
		shown []shows
		state string
		says  string
	}{
		"nothing looked":               {row{Kind: []string{"S"}}, nil, rowUncovered, "no story, workflow or check shows it"},
		"information":                  {row{Kind: []string{"N"}}, nil, rowInformation, "nothing that a machine"},
		"a story":                      {row{Kind: []string{"S"}}, []shows{story}, rowProven, ""},
		"a story, and something lacks": {row{Kind: []string{"S"}, lacks: "the rest"}, []shows{story}, rowPartly, "the rest"},
		"something lacks":              {row{Kind: []string{"S"}, lacks: "the rest"}, nil, rowUncovered, "the rest"},
		"a workflow":                   {row{Kind: []string{"P"}}, []shows{workflow(scenarios.Test{Outcome: passed})}, rowProven, ""},
		"a workflow that failed":       {row{Kind: []string{"P"}}, []shows{story, workflow(scenarios.Test{Outcome: failed})}, rowFailed, ""},
		"a workflow that was skipped":  {row{Kind: []string{"P"}}, []shows{workflow(scenarios.Test{Outcome: skipped})}, rowUncovered, ""},
		"a workflow known to fail":     {row{Kind: []string{"P"}}, []shows{workflow(scenarios.Test{Outcome: known})}, rowUncovered, ""},
		"a workflow with a skipped step": {
			row{Kind: []string{"P"}}, []shows{workflow(scenarios.Test{Outcome: passed, Steps: []scenarios.Step{{ID: "a", Outcome: passed}, {ID: "b", Outcome: skipped}}})}, rowUncovered, "",
		},
		"a step": {
			row{Kind: []string{"W"}},
			[]shows{suite("workflows", scenarios.Test{Outcome: failed, Steps: []scenarios.Step{{ID: "a", Outcome: passed, Attempt: 1, Requirements: []string{"ECHOWIN-01"}}}})}, rowProven, "",
		},
		"a check":                       {row{Kind: []string{"S"}, Checks: []string{"AUTH-001"}}, []shows{suite("checks", outcomeOf("AUTH-001", "list", passed))}, rowProven, ""},
		"one of two checks":             {row{Kind: []string{"S"}, Checks: []string{"AUTH-001", "AUTH-003"}}, []shows{suite("checks", outcomeOf("AUTH-001", "list", passed))}, rowPartly, "no story"},
		"a check that failed elsewhere": {row{Kind: []string{"S"}, Checks: []string{"AUTH-001"}}, []shows{suite("checks", outcomeOf("AUTH-001", "list", passed), outcomeOf("AUTH-001", "read", failed))}, rowFailed, ""},
		"a check on its operation":      {row{Kind: []string{"S"}, Checks: []string{"AUTH-001"}, Operations: []string{"list"}}, []shows{suite("checks", outcomeOf("AUTH-001", "list", passed))}, rowProven, ""},
		"a check on another operation":  {row{Kind: []string{"S"}, Checks: []string{"AUTH-001"}, Operations: []string{"list"}}, []shows{suite("checks", outcomeOf("AUTH-001", "read", passed))}, rowUncovered, ""},
		"a check that warned":           {row{Kind: []string{"S"}, Checks: []string{"AUTH-001"}}, []shows{suite("checks", outcomeOf("AUTH-001", "list", passed, warning))}, rowUncovered, ""},
		"a check that nobody names":     {row{Kind: []string{"S"}}, []shows{suite("checks", outcomeOf("AUTH-001", "list", passed))}, rowUncovered, ""},
		"a check in passing": {
			row{Kind: []string{"S"}, Checks: []string{"SCH-001"}, Operations: []string{"list"}},
			[]shows{suite("checks", scenarios.Test{ID: "passive/list", Operation: "list", Outcome: passed, Cases: 4})}, rowProven, "",
		},
		"a check in passing that saw nothing": {
			row{Kind: []string{"S"}, Checks: []string{"SCH-001"}, Operations: []string{"list"}},
			[]shows{suite("checks", scenarios.Test{ID: "passive/list", Operation: "list", Outcome: passed})}, rowUncovered, "",
		},
		"a check in passing that found something": {
			row{Kind: []string{"S"}, Checks: []string{"SCH-001"}, Operations: []string{"list"}},
			[]shows{suite("checks", scenarios.Test{ID: "passive/list", Operation: "list", Outcome: failed, Cases: 4, Findings: []check.Finding{{Check: "SCH-001", Level: check.Failure, Message: "no"}}})}, rowFailed, "",
		},
		"a rule kept":                {row{Kind: []string{"C"}, Rules: []string{"RTY-002"}}, []shows{suite("rules", outcomeOf("RTY-002", "", passed))}, rowProven, ""},
		"a rule as a check":          {row{Kind: []string{"C"}, Rules: []string{"RTY-002"}}, []shows{suite("checks", outcomeOf("RTY-002", "", passed))}, rowUncovered, "put RTY-002 to the test"},
		"a rule not put to the test": {row{Kind: []string{"C"}, Rules: []string{"RTY-001", "RTY-002"}}, []shows{suite("rules", outcomeOf("RTY-001", "", passed), outcomeOf("RTY-002", "", skipped))}, rowPartly, "RTY-002: it is skipped"},
		"a rule broken":              {row{Kind: []string{"C"}, Rules: []string{"RTY-001", "RTY-002"}}, []shows{suite("rules", outcomeOf("RTY-001", "", passed), outcomeOf("RTY-002", "", failed))}, rowFailed, ""},
		"a rule that warned":         {row{Kind: []string{"C"}, Rules: []string{"RTY-001", "RTY-002"}}, []shows{suite("rules", outcomeOf("RTY-001", "", passed), outcomeOf("RTY-002", "", passed, warning))}, rowPartly, "RTY-002: warned: not quite"},
		"a story in place of a rule": {row{Kind: []string{"C"}, Rules: []string{"RTY-002"}}, []shows{story}, rowPartly, "put RTY-002 to the test"},
		"a scan":                     {row{Kind: []string{"D"}, Scans: []string{"SCN-001"}}, []shows{suite("scan", outcomeOf("SCN-001", "", passed))}, rowProven, ""},
		"a scan with nothing":        {row{Kind: []string{"D"}, Scans: []string{"SCN-001"}}, []shows{suite("scan", outcomeOf("SCN-001", "", skipped))}, rowUncovered, "SCN-001: it is skipped"},
		"a document":                 {row{Kind: []string{"D"}}, []shows{story}, rowProven, ""},
		"a document by a rule":       {row{Kind: []string{"D"}, Rules: []string{"KEY-008"}}, []shows{suite("rules", outcomeOf("KEY-008", "", passed))}, rowProven, ""},
		"two kinds, one shown":       {row{Kind: []string{"D", "C"}, Rules: []string{"KEY-004"}, Scans: []string{"SCN-002"}}, []shows{suite("scan", outcomeOf("SCN-002", "", passed))}, rowPartly, "put KEY-004 to the test"},
		"two kinds, both shown":      {row{Kind: []string{"D", "C"}, Rules: []string{"KEY-004"}, Scans: []string{"SCN-002"}}, []shows{suite("scan", outcomeOf("SCN-002", "", passed)), suite("rules", outcomeOf("KEY-004", "", passed))}, rowProven, ""},
		"a receiver by a story":      {row{Kind: []string{"R"}}, []shows{story}, rowPartly, "no receiver was tried"},
		"a receiver by a workflow":   {row{Kind: []string{"R"}}, []shows{workflow(scenarios.Test{Outcome: passed})}, rowPartly, "no receiver was tried"},
		"a receiver by its suite":    {row{Kind: []string{"R"}}, []shows{workflow(scenarios.Test{Outcome: passed, Tags: []string{"receiver"}})}, rowProven, ""},
		"a receiver on trial":        {row{Kind: []string{"R"}, Checks: []string{"RCV-003"}, Operations: []string{"list"}}, []shows{suite("receiver", outcomeOf("RCV-003", "onPaid", passed))}, rowProven, ""},
		"a receiver and a server":    {row{Kind: []string{"R", "S"}, Checks: []string{"RCV-003"}}, []shows{suite("receiver", outcomeOf("RCV-003", "", passed))}, rowPartly, "no story, workflow or check"},
	} {
		l := ledgerOf(&c.row)
		for _, enter := range c.shown {
			enter(l)
		}
		l.settle(false)
		if says := c.row.Missing + c.row.Reason; c.row.State != c.state || !strings.Contains(says, c.says) || c.says == "" && c.state == rowProven && says != "" {
			t.Errorf("%s: %s (%s), want %s (%s)", name, c.row.State, says, c.state, c.says)
		}
	}
}

// TestResultsOfOthers: what a result says of another contract is nothing for the rows of this one.
func TestResultsOfOthers(t *testing.T) {
	r := &row{Kind: []string{"C"}, Rules: []string{"RTY-002"}}
	l := ledgerOf(r)
	l.enterResult(&scenarios.Result{Suites: []scenarios.Suite{{Kind: "rules", Contract: "ecosire", Tests: []scenarios.Test{outcomeOf("RTY-002", "", scenarios.Passed)}}}})
	l.settle(false)
	if r.State != rowUncovered || l.failed() {
		t.Errorf("it is %s", r.State)
	}
}

// TestRequirementFiles reads the rows of the built-in contracts: each check, rule and scan that they name is there, and rows about clients
// name rules, but where it is the server's answer that they are about, or nothing that a rule could see yet.
func TestRequirementFiles(t *testing.T) {
	without := []string{"ECOSIRE-11", "ECHOWIN-X01", "ECKOSPACE-19"}
	checkable := 0
	for _, name := range contracts.Builtins() {
		rows, err := requirementsOf(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, q := range rows {
			if q.Documented && !slices.Equal(q.Kind, []string{"N"}) {
				checkable++
			}
			if slices.Contains(q.Kind, "C") && len(q.Rules) == 0 != slices.Contains(without, q.ID) {
				t.Errorf("%s is about clients and names the rules %v", q.ID, q.Rules)
			}
		}
	}
	if checkable != 232 {
		t.Errorf("%d documented rows can be checked by a machine, want 232", checkable)
	}
	for _, wrong := range []scenarios.Requirement{{ID: "X-01", Rules: []string{"RTY-999"}}, {ID: "X-01", Scans: []string{"SCN-999"}}} {
		if err := knownRules([]scenarios.Requirement{wrong}); err == nil || !strings.Contains(err.Error(), "-999") {
			t.Errorf("%v: %v", wrong, err)
		}
	}
}

// TestAttribute: tests of checks, rules and scans bear the rows that they help to prove, and workflows keep their own.
func TestAttribute(t *testing.T) {
	suites := []scenarios.Suite{
		{Kind: "checks", Contract: "echowin", Tests: []scenarios.Test{outcomeOf("AUTH-008", "listContacts", scenarios.Passed), outcomeOf("AUTH-008", "createContact", scenarios.Passed)}},
		{Kind: "rules", Contract: "eckospace", Tests: []scenarios.Test{outcomeOf("RTY-004", "", scenarios.Passed)}},
		{Kind: "scan", Contract: "ecoevents", Tests: []scenarios.Test{outcomeOf("SCN-009", "", scenarios.Passed)}},
		{Kind: "workflows", Contract: "ecosire", Tests: []scenarios.Test{{Requirements: []string{"ECOSIRE-01"}}}},
		{Kind: "rules", Contract: "petstore", Tests: []scenarios.Test{outcomeOf("RTY-004", "", scenarios.Passed)}},
	}
	for range 2 { // twice is once
		if err := attribute(suites); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for _, s := range suites {
		for _, one := range s.Tests {
			got = append(got, strings.Join(one.Requirements, " "))
		}
	}
	if want := []string{"ECHOWIN-05", "", "ECKOSPACE-36", "ECOEVENTS-45", "ECOSIRE-01", ""}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	by, err := requirementsBy("rules", "eckospace")
	if err != nil || !slices.Equal(by["USE-012"], []string{"ECKOSPACE-34", "ECKOSPACE-39"}) {
		t.Errorf("%v, %v", by["USE-012"], err)
	}
	if by, err := requirementsBy("rules", "petstore"); err != nil || len(by) > 0 {
		t.Errorf("a user's own contract: %v, %v", by, err)
	}
}
