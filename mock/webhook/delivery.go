package webhook

import (
	"net/http"
	"time"
)

// A State is where a delivery stands.
type State string

// The states.
const (
	Pending   State = "pending"   // it waits for its first or next attempt
	Held      State = "held"      // it waits until another one has overtaken it
	Sending   State = "sending"   // an attempt is under way
	Delivered State = "delivered" // the receiver took it
	Dead      State = "dead"      // given up; it can be replayed
	Cancelled State = "cancelled"
)

// Finished says that nothing more happens by itself.
func (s State) Finished() bool { return s == Delivered || s == Dead || s == Cancelled }

// A Delivery is the way of one event to one receiver.
type Delivery struct {
	ID        string    `json:"id"`    // "dlv_…"
	Event     string    `json:"event"` // id: the same in each delivery and attempt
	Type      string    `json:"type"`
	Endpoint  string    `json:"endpoint,omitempty"` // id; empty: a callback's URL
	URL       string    `json:"url"`                // may hold secrets in its query: see ShownURL
	Method    string    `json:"method"`
	State     State     `json:"state"`
	Why       string    `json:"why,omitempty"` // it is in this state
	Attempts  int       `json:"attempts"`      // made so far
	NextAt    time.Time `json:"next_at,omitzero"`
	CreatedAt time.Time `json:"created_at"`
	EndedAt   time.Time `json:"ended_at,omitzero"`
	ReplayOf  string    `json:"replay_of,omitempty"` // id of the delivery that this one does again
	Status    int       `json:"status,omitempty"`    // of the last answer
	// Misbehave is the trouble that was ordered for it.
	Misbehave []Misbehaviour `json:"misbehave,omitempty"`
}

// An Outcome is what came of an attempt.
type Outcome string

// The outcomes.
const (
	Taken       Outcome = "taken"       // 2xx
	Answered    Outcome = "answered"    // another status
	TimedOut    Outcome = "timeout"     //
	Unreachable Outcome = "unreachable" // no connection, or it broke
	Refused     Outcome = "refused"     // by us: the address may not be delivered to, or it could not be signed
	Interrupted Outcome = "interrupted" // the process ended meanwhile; whether it arrived is not known
)

// An Attempt is one try of a delivery.
type Attempt struct {
	Delivery string        `json:"delivery"`
	Number   int           `json:"number"` // from 1
	At       time.Time     `json:"at"`     // on the one clock
	Duration time.Duration `json:"duration"`
	Method   string        `json:"method"`
	URL      string        `json:"url"`
	// Headers as they were sent, with the values of the endpoint's own headers hidden.
	Headers http.Header `json:"headers"`
	Body    []byte      `json:"body"` // as it was sent; cut where Cut says so
	Cut     bool        `json:"cut,omitempty"`

	Status          int         `json:"status,omitempty"` // 0: there was no answer
	ResponseHeaders http.Header `json:"response_headers,omitempty"`
	ResponseBody    []byte      `json:"response_body,omitempty"` // at most 64 KiB
	ResponseCut     bool        `json:"response_cut,omitempty"`
	Error           string      `json:"error,omitempty"`

	Outcome   Outcome   `json:"outcome"`
	Why       string    `json:"why"` // what follows, and by which rule
	NextAt    time.Time `json:"next_at,omitzero"`
	Misbehave []string  `json:"misbehave,omitempty"` // kinds of trouble that were carried out
}

// A Filter chooses deliveries; empty members let all pass.
type Filter struct {
	Endpoint string
	Event    string // id
	Type     string // pattern as in Endpoint.Events
	States   []State
	Since    time.Time // not created before
	After    string    // id of a delivery: only those before it in the list
	Limit    int       // 0: 100; at most 1,000
}
