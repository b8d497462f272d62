package grade

import (
	"time"

	"understudy/contracts"
	"understudy/contracts/inference"
)

// A Recording is what a client did with one API, as somebody saw it. No secret stands in it: each is replaced by a mark, which
// is the same wherever the secret is the same (redact.Mark).
type Recording struct {
	Contract  *contracts.Contract
	Model     *inference.Model // which operation does what to which collection
	Source    string           // where it comes from: "journal of http://127.0.0.1:4011", "client.har"
	Calls     []*Call          // in the order in which they began
	Messages  []*Message       // webhook deliveries that were sent to the integration, in the order of their attempts; nil where nobody saw
	Grants    []Grant          // credentials that existed, with what they may do; nil: not known
	Drills    []string         // names of the drills that were carried out
	Ended     time.Time        // when the recording ended, on the clock of the calls; zero: with the last call
	ExitCode  *int             // of the command that was rehearsed; nil: there was none
	Browser   bool             // it was recorded in a browser (HAR with pages, or the user says so)
	Host      string           // host[:port] at which the API was addressed; calls to others are in Foreign
	Foreign   []*Call          // calls to other hosts in the same recording, in which only marks, hosts and schemes are looked at
	Wall      bool             // times are of a real clock: waits were really waited
	Gaps      []string         // what the recording cannot tell, for people: "connections", "calls before 14:03 were dropped"
	Truncated bool             // the oldest calls are missing
}

// A Call is one exchange from the client's side. What the recorder could not see is zero.
type Call struct {
	contracts.Exchange // with marks in place of secrets; Start and Duration on the recording's clock

	Index      int    // in Recording.Calls (or Foreign)
	ID         string // as the recording's source names it: "17" of the journal
	Connection string // equal for calls that shared a connection; empty: not known
	Secure     bool   // over TLS
	Credential string // id, or mark, of what authenticated it; empty: nothing did, or not known
	Class      string // of that credential, as the contract names it: "api-key", "access-token"; empty: not known
	Account    string
	Scopes     []string // that the credential had
	Problem    string   // the code of what ended the request early; empty: nothing
	Detail     string
	Partial    bool                  // the request's body, or its end, was not recorded
	Violations []contracts.Violation // of the request against the contract
	Fault      string                // what trouble was ordered for this call: "reset", "status 503"; empty: none
	Abandoned  bool                  // the client went away before the answer was complete
	Effect     bool                  // the state was changed, whatever was answered
	Repeated   bool                  // answered from the record of an earlier request with the same idempotency key

	crowded bool // another call began within a moment on another connection: the client does several things at once
}

// End is when the answer had been sent.
func (c *Call) End() time.Time { return c.Start.Add(c.Duration) }

// A Message is one attempt at a webhook delivery to the integration.
type Message struct {
	Event     string // name
	EventID   string
	Delivery  string
	Attempt   int // 1 is the first
	At        time.Time
	Took      time.Duration
	Status    int    // 0: no answer
	Error     string // why there was none
	Trouble   string // what was wrong with it on purpose: "bad-signature", "duplicate", "out-of-order"; empty: it was good
	URL       string // of the receiver
	TimeLimit time.Duration
	Sequence  int // the order in which the events happened, from 1
}

// A Grant is a credential and what it allows.
type Grant struct {
	Credential  string // id or mark, as in Call.Credential
	Name        string
	Class       string
	Environment string
	Scopes      []string
	Created     time.Time
	Expires     time.Time // zero: never
}
