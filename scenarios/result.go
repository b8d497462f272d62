// Package scenarios judges a deployment against its contract, over HTTP only: it runs workflows, applies the checks of the
// catalogue to every exchange, and keeps what came of it as a Result.
//
// It never meets the stand-in in code. What it knows of a target is its address, the contract and the credentials that it
// was given; what a stand-in's management API can do for it (move the clock, mint credentials, show deliveries), it asks
// over HTTP.
package scenarios

import (
	"net/http"
	"time"

	"understudy/contracts/check"
)

// A Result is what a run came to. It is what reports are written from, and lossless as JSON.
type Result struct {
	Schema  string `json:"$schema,omitempty"`
	Version int    `json:"resultVersion"` // of this form; 1
	Tool    Tool   `json:"tool"`
	Command string `json:"command"` // check, run, receiver, demo, rehearse, grade, scan
	Seed    uint64 `json:"seed"`
	Shard   string `json:"shard,omitempty"` // "1/4"

	Started time.Time     `json:"started"`
	Ended   time.Time     `json:"ended"`
	Elapsed time.Duration `json:"elapsed"`           // nanoseconds, by the machine's clock
	Stopped string        `json:"stopped,omitempty"` // why the run ended before its end: "interrupted", "max-requests"; empty: it did not

	Targets   []Target    `json:"targets"`
	Suites    []Suite     `json:"suites"`
	Exchanges []*Exchange `json:"exchanges"` // numbered from 1, secrets hidden; those that no finding or step needs may be left out
	Coverage  *Coverage   `json:"coverage,omitempty"`
	Baseline  *Baseline   `json:"baseline,omitempty"` // how findings compare with what is known; nil: there is none
	Gates     []Gate      `json:"gates,omitempty"`    // what --require asked for
	Notes     []string    `json:"notes,omitempty"`    // what a reader must know: "no credentials were given for ..."
	Scores    []Score     `json:"scores,omitempty"`   // how an integration kept the rules for clients, a line each contract

	Requests int `json:"requests"` // sent in all, also those whose exchange is not kept
}

// A Tool is the program that ran.
type Tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// A Target is one deployment under judgement.
type Target struct {
	Contract string `json:"contract"` // name
	Title    string `json:"title"`
	Version  string `json:"version"` // info.version
	Hash     string `json:"hash"`    // of the document with its overlays
	URL      string `json:"url"`     // credentials in it hidden
	Control  string `json:"control,omitempty"`
	Log      string `json:"log,omitempty"` // of a deployment that the run started
}

// A Suite is what belongs together: a file of workflows, the generated checks of a contract, or a receiver's trial.
type Suite struct {
	Name     string `json:"name"`
	Kind     string `json:"kind"` // workflows, checks, receiver, rules (for clients), scan
	Contract string `json:"contract"`
	Source   string `json:"source,omitempty"` // file of the workflows, or of the contract
	Tests    []Test `json:"tests"`
}

// An Outcome is what became of a test or step.
type Outcome string

// The outcomes. A run in which nothing was examined is not a pass.
const (
	Passed  Outcome = "passed"
	Failed  Outcome = "failed"
	Skipped Outcome = "skipped" // with a reason
	Errored Outcome = "errored" // it could not be carried out: no connection, an expression that cannot be evaluated
	Known   Outcome = "known"   // it failed, and all that failed is in the baseline or was expected
)

// A Test is one workflow, or one check on one operation.
type Test struct {
	ID   string `json:"id"` // unique in the result and the same in every run: "ecosire/login/refresh-once", "NEG-002/createPet"
	Name string `json:"name"`
	// Check is the id of the check, for generated ones; empty for workflows.
	Check     string          `json:"check,omitempty"`
	Operation string          `json:"operation,omitempty"`
	Tags      []string        `json:"tags,omitempty"`
	Outcome   Outcome         `json:"outcome"`
	Reason    string          `json:"reason,omitempty"` // why it was skipped, failed or errored, in one sentence
	Started   time.Time       `json:"started"`
	Elapsed   time.Duration   `json:"elapsed"`
	At        check.Place     `json:"at"`              // of the workflow, or of the operation in the contract
	Steps     []Step          `json:"steps,omitempty"` // of a workflow, in the order in which they ran
	Cases     int             `json:"cases,omitempty"` // how many requests the check made up
	Exchanges []int           `json:"exchanges,omitempty"`
	Findings  []check.Finding `json:"findings,omitempty"` // steps' findings included
	Outputs   map[string]any  `json:"outputs,omitempty"`
	// Requirements are the documented facts that this test proves when it passes, by id; of a check, rule or scan those that it helps to
	// prove, with the others that the fact names.
	Requirements []string `json:"requirements,omitempty"`
	// Reproduction is an Arazzo document that repeats a failure; empty for tests that passed.
	Reproduction string `json:"reproduction,omitempty"`
}

// A Step is one step of a workflow, one time that it ran.
type Step struct {
	ID           string          `json:"id"`
	Name         string          `json:"name,omitempty"` // its description
	Outcome      Outcome         `json:"outcome"`
	Reason       string          `json:"reason,omitempty"`
	Started      time.Time       `json:"started"`
	Elapsed      time.Duration   `json:"elapsed"`
	Attempt      int             `json:"attempt"` // 1 for the first time
	Operation    string          `json:"operation,omitempty"`
	Workflow     string          `json:"workflow,omitempty"` // that it called
	At           check.Place     `json:"at"`
	Exchange     int             `json:"exchange,omitempty"`
	Criteria     []Criterion     `json:"criteria,omitempty"`
	Findings     []check.Finding `json:"findings,omitempty"`
	Outputs      map[string]any  `json:"outputs,omitempty"`
	Next         string          `json:"next,omitempty"`  // the action that was taken: "retry 2 of 3 after 1s", "goto login", "end"
	Steps        []Step          `json:"steps,omitempty"` // of the workflow that it called
	Requirements []string        `json:"requirements,omitempty"`
}

// A Criterion is one condition and what it came to.
type Criterion struct {
	Condition string `json:"condition"`
	Type      string `json:"type"`
	Passed    bool   `json:"passed"`
	Detail    string `json:"detail,omitempty"` // what stood on each side, or why it could not be evaluated
}

// An Exchange is one request and its answer as reports show it: secrets hidden, bodies cut at a bound.
type Exchange struct {
	Number    int           `json:"number"`
	Test      string        `json:"test,omitempty"` // id of the test that sent it
	Contract  string        `json:"contract"`
	Operation string        `json:"operation,omitempty"`
	Actor     string        `json:"actor,omitempty"`
	Intent    check.Intent  `json:"intent,omitempty"`
	Purpose   string        `json:"purpose,omitempty"` // what it was sent for: "NEG-002: name is missing"
	Method    string        `json:"method"`
	URL       string        `json:"url"`
	Proto     string        `json:"proto,omitempty"`
	Header    http.Header   `json:"requestHeader,omitempty"`
	Body      *Payload      `json:"requestBody,omitempty"`
	Status    int           `json:"status"` // 0: there was no answer
	Error     string        `json:"error,omitempty"`
	Response  http.Header   `json:"responseHeader,omitempty"`
	Answer    *Payload      `json:"responseBody,omitempty"`
	Started   time.Time     `json:"started"`
	Elapsed   time.Duration `json:"elapsed"`
	Curl      string        `json:"curl,omitempty"`
}

// A Payload is a body.
type Payload struct {
	Text   string `json:"text,omitempty"`   // when it is text
	Base64 string `json:"base64,omitempty"` // else
	Size   int    `json:"size"`             // of the whole body in bytes
	Cut    bool   `json:"cut,omitempty"`    // only its beginning is kept
}

// Coverage is what of the contracts a run has seen.
type Coverage struct {
	Dimensions []Dimension `json:"dimensions"`
}

// A Dimension is one way to look at coverage: operations, statuses, media-types, parameters, schema-branches, security,
// webhooks, requirements.
type Dimension struct {
	Name     string `json:"name"`
	Contract string `json:"contract"`
	Covered  int    `json:"covered"`
	Total    int    `json:"total"`
	Gaps     []Gap  `json:"gaps,omitempty"` // what is not covered, each with its reason
	// Documented and assumed requirements are counted apart; zero for other dimensions.
	Documented Share `json:"documented,omitzero"`
	Assumed    Share `json:"assumed,omitzero"`
}

// A Share is how many of how many.
type Share struct {
	Covered int `json:"covered"`
	Total   int `json:"total"`
}

// A Gap is one thing that is not covered.
type Gap struct {
	Name   string      `json:"name"`
	Reason string      `json:"reason"`
	At     check.Place `json:"at"`
	// Assumed says, of a requirement, that it is counted among the assumed ones and not among the documented.
	Assumed bool `json:"assumed,omitempty"`
}

// Baseline tells how the findings compare with those that are known.
type Baseline struct {
	File    string   `json:"file"`
	Known   int      `json:"known"`             // findings of this run that are in it
	New     int      `json:"new"`               // that are not
	Gone    []Absent `json:"gone,omitempty"`    // entries that no longer occur
	Expired []Absent `json:"expired,omitempty"` // entries whose time is over
}

// Absent is an entry of the baseline that no finding of the run matches, or that has expired.
type Absent struct {
	Fingerprint string `json:"fingerprint"`
	Check       string `json:"check"`
	Operation   string `json:"operation,omitempty"`
	Where       string `json:"where,omitempty"`
	Reason      string `json:"reason"`
	Until       string `json:"until,omitempty"`
}

// A Gate is a bound that the user asked for.
type Gate struct {
	Name   string  `json:"name"` // "operations", "requirements"
	Want   float64 `json:"want"` // per cent
	Got    float64 `json:"got"`
	Passed bool    `json:"passed"`
}

// A Score is the share of the rules for clients that an integration kept, of those that its recording put to the test.
type Score struct {
	Contract     string   `json:"contract"`
	Kept         int      `json:"kept"`
	Broken       int      `json:"broken"`       // with at least one failure
	Warned       int      `json:"warned"`       // with warnings only; these count as kept
	NotExercised int      `json:"notExercised"` // never put to the test; they count for nothing
	Drills       []string `json:"drills,omitempty"`
	Missing      []string `json:"missing,omitempty"` // drills that would put more rules to the test
}

// Exercised is how many rules were put to the test.
func (s Score) Exercised() int { return s.Kept + s.Broken }

// Counts are how many tests came to what.
type Counts struct {
	Tests, Passed, Failed, Skipped, Errored, Known int
	Failures, Warnings, Notes                      int // findings that are not known
	KnownFindings                                  int
}

// Count adds up a result.
func (r *Result) Count() Counts {
	var n Counts
	for i := range r.Suites {
		for j := range r.Suites[i].Tests {
			n.add(&r.Suites[i].Tests[j])
		}
	}
	return n
}

func (n *Counts) add(t *Test) {
	n.Tests++
	switch t.Outcome {
	case Passed:
		n.Passed++
	case Failed:
		n.Failed++
	case Skipped:
		n.Skipped++
	case Errored:
		n.Errored++
	case Known:
		n.Known++
	}
	for k := range t.Findings {
		switch f := &t.Findings[k]; {
		case f.Known != nil && !f.Known.Expired:
			n.KnownFindings++
		case f.Level == check.Failure:
			n.Failures++
		case f.Level == check.Warning:
			n.Warnings++
		default:
			n.Notes++
		}
	}
}

// Clean says that the run examined something, and that nothing in it failed, errored or missed a gate.
func (r *Result) Clean() bool {
	n := r.Count()
	for _, g := range r.Gates {
		if !g.Passed {
			return false
		}
	}
	return n.Passed+n.Known > 0 && n.Failed == 0 && n.Errored == 0 && n.Failures == 0 && r.Stopped == ""
}
