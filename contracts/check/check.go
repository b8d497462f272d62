// Package check is the catalogue of conformance checks: the rules that exchanges with a deployment must keep.
//
// A check is a value with an id that never changes, the basis on which it complains and the norm that it rests on. Those
// that look at one exchange are carried out here, on every exchange there is: a generated case, a workflow's step, recorded
// traffic. Those that have to send requests of their own are described here and carried out by the judge, so that a
// report explains all of them alike.
package check

import "understudy/contracts/schema"

// A Basis is what a check rests on. Only the first two fail a gate unless the user wants it otherwise.
type Basis string

// The bases.
const (
	ByContract   Basis = "contract"   // the document says so
	ByNorm       Basis = "norm"       // a standard says so
	ByConvention Basis = "convention" // good practice
)

// A Level is how bad a finding is.
type Level string

// The levels.
const (
	Failure Level = "failure" // fails a gate
	Warning Level = "warning" // is shown
	Note    Level = "note"    // the contract leaves it open
)

// A Certainty is how sure a finding is.
type Certainty string

// The certainties.
const (
	Certain Certainty = "certain" // follows from the contract or norm and what was seen on the wire
	Likely  Certainty = "likely"  // another explanation is possible; the finding names it
)

// A Mode is what a check needs to be carried out.
type Mode string

// The modes.
const (
	Passive    Mode = "passive"    // looks at any exchange
	Generated  Mode = "generated"  // sends single requests made for it
	Sequence   Mode = "sequence"   // sends several requests that build on each other
	Disruptive Mode = "disruptive" // uses up quota, changes or burdens the deployment: only when asked for
	Gate       Mode = "gate"       // looks at the whole run
)

// A Check is one rule.
type Check struct {
	ID    string // "SCH-001": never reused; reports, baselines and workflows refer to it
	Title string // what must hold, in one line: "The response body matches its schema"
	Doc   string // why it matters and what to do about it, two to four sentences
	Basis Basis
	Norm  string // the clause: "RFC 9110, 15.5.6"; for ByContract what of the contract says it: "responses.content.schema"
	Level Level  // of its findings, unless a finding says otherwise
	Mode  Mode
	OWASP []string // "API3:2023"
	// Advice is what the deployment's owner does about a finding, in one sentence; findings carry it unless they know better.
	Advice string
	// Planned says that the check has its id but is not carried out yet: it cannot be selected.
	Planned bool
}

// A Finding is one way in which a deployment broke a rule.
type Finding struct {
	Check     string    `json:"check"` // id of the check
	Title     string    `json:"title"` // of the check
	Basis     Basis     `json:"basis"`
	Norm      string    `json:"norm,omitempty"`
	Level     Level     `json:"level"`
	Certainty Certainty `json:"certainty"`

	Contract  string `json:"contract"`            // name
	Operation string `json:"operation,omitempty"` // id; empty where the request matches none
	Method    string `json:"method,omitempty"`
	Path      string `json:"path,omitempty"` // template: "/pets/{id}"

	Message string `json:"message"`        // one or two sentences for people
	Want    string `json:"want,omitempty"` // what was asked for
	Got     string `json:"got,omitempty"`  // what came
	// Where is the place in the exchange, free of random data: "response body /items/*/id", "response header Retry-After".
	Where string `json:"where,omitempty"`
	// At is the sentence of the contract that is broken, in the document or in the overlay that wrote it.
	At Place `json:"at"`

	Exchange int    `json:"exchange,omitempty"` // number of the exchange in the result that shows it; 0: none
	Curl     string `json:"curl,omitempty"`     // the smallest request that shows it, secrets hidden
	Repeats  int    `json:"repeats,omitempty"`  // how many more exchanges showed the same
	Advice   string `json:"advice,omitempty"`

	// Fingerprint names the finding over runs: of check, contract, operation, normalised place and keyword; never of random
	// data, order or position in a file.
	Fingerprint string `json:"fingerprint"`
	Known       *Known `json:"known,omitempty"` // in the baseline, or expected by the workflow: it fails no gate

	// Keyword tells findings at the same place apart in the fingerprint: the schema keyword, the status.
	Keyword string `json:"keyword,omitempty"`
}

// Known says why a finding fails no gate.
type Known struct {
	Reason  string `json:"reason"`
	Until   string `json:"until,omitempty"` // RFC 3339 date; empty: no end
	Expect  bool   `json:"expected,omitempty"`
	Expired bool   `json:"expired,omitempty"` // its time is over: it counts again
}

// A Place is where something stands in a file of the contract.
type Place struct {
	File    string `json:"file,omitempty"`
	Line    int    `json:"line,omitempty"` // 0: unknown
	Pointer string `json:"pointer,omitempty"`
}

// PlaceOf translates a location of the contract.
func PlaceOf(at schema.Location) Place {
	return Place{File: at.File, Line: at.Line, Pointer: at.Pointer}
}

// About says what is known of an exchange besides the exchange itself.
type About struct {
	// Intent is what the request was meant to be.
	Intent Intent
	// Fault is, for Invalid, the id of the check whose fault was put in: "NEG-002".
	Fault string
	// Actor is whose credential was sent; empty: nobody's.
	Actor string
	// Number is the exchange's number in the result, for Finding.Exchange.
	Number int
	// Truncated says that the response's body was cut off by the reader's limit, not by the server.
	Truncated bool
	// TransportError is why there is no response; empty: there is one.
	TransportError string
}

// An Intent is what a request was meant to be, as far as its sender knows.
type Intent string

// The intents.
const (
	Unknown Intent = ""        // recorded traffic
	Valid   Intent = "valid"   // it keeps the contract
	Invalid Intent = "invalid" // it breaks the contract on purpose
	Other   Intent = "other"   // it is a probe that is neither: a wrong method, an unknown path, no credential
)
