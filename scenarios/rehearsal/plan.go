// Package rehearsal makes trouble for an integration that is rehearsed against stand-ins: a plan says what happens when, a drill is
// a plan that is made for a contract.
//
// Everything is ordered over the management API. Where the stand-in can count for itself (a fault for the third call, trouble
// for the second delivery) the order is given before the client begins, so that nothing depends on who is faster. Where
// something has to be done at a call, the answer to that call is held back until it was done.
package rehearsal

import (
	"slices"
	"time"

	"understudy/contracts"
)

// A Plan is what happens to a client, in the order in which it is written. Read reads one from a file, Drill makes one.
type Plan struct {
	Title string
	File  string // empty: nobody wrote it
	Steps []Step
	// MayFail says that a client that does everything right can fail under it all the same: its calls are refused for good.
	MayFail bool
	// Idle says why there is nothing to do for the contract; empty: there is.
	Idle string
}

// A Step is one thing that happens: when, and what then.
type Step struct {
	Name     string // unique in the plan; "step-3" where the file gives none
	Says     string // for people; empty: it is made from the rest
	Contract string // that it is about; empty: every one that is served
	Trigger  Trigger
	Then     []Action
	Line     int // in the plan's file
}

// A Trigger says when a step is carried out. Exactly one of its forms is set.
type Trigger struct {
	Start    bool          // before the client begins
	After    time.Duration // so long after the client began, by the machine's time
	Every    time.Duration // again and again
	Times    int           // of Every, and of a Call that comes again: how often at most; 0: no bound
	Call     *Call
	Delivery *Delivery
}

// A Call is the trigger of a client's call. Calls count that get as far as the operation: with a good credential, within the
// limits, valid. With Status those count that were answered so, wherever they ended.
type Call struct {
	Number     int      // 1 is the first
	Every      int      // after so many calls it is counted anew; 0: never
	Operations []string // ids; empty: all
	Methods    []string // upper case; empty: all
	Path       string   // pattern of the path as sent
	Status     string   // "401", "4xx"; empty: any
}

// A Delivery is the trigger of a webhook delivery to the client.
type Delivery struct {
	Number int      // 1 is the first
	Types  []string // names of events, in which * stands for any text; empty: all
}

// An Action is one thing that is done. Exactly one member is set.
type Action struct {
	Fault      *contracts.FaultBehaviour // Times is 1 where the plan says nothing
	Outage     *Outage
	Clock      *Clock
	Tokens     *Lifetime
	End        *End
	Refuse     *Refusal
	Deliveries *Trouble
	Forge      *Forgery
	Limit      *Limit
	Event      *Event

	line int
}

// An Outage has every call answered with an error for a while.
type Outage struct {
	For        time.Duration // by the machine's time, from the first call that met it
	Status     int           // 0: 503
	RetryAfter int           // seconds; 0: no such header
	Operations []string      // empty: all
}

// A Clock moves the stand-in's clock. One member is set.
type Clock struct {
	Advance string   // length of time: "24h"
	Set     string   // instant of RFC 3339
	Rate    *float64 // seconds in a real one; 0: it stands still
}

// A Lifetime changes how long tokens live that are issued from now on.
type Lifetime struct {
	Live  string // length of time: "5s"
	Class string // of credentials, as the contract names it; empty: all tokens that a login or a grant gives
}

// An End ends credentials at once. What is empty chooses all.
type End struct {
	Revoke bool   // else they expire
	Class  string // as the contract names it
	Env    string // the one that was handed over under this name; empty, with Class: the tokens that the client has obtained
}

// A Refusal refuses calls that renew a session.
type Refusal struct {
	What   string // "refresh" or "login"
	Status int    // 0: 401
	Times  int    // 0: 1
	After  int    // so many are let pass first
}

// A Trouble is misbehaviour of the next deliveries.
type Trouble struct {
	Kind     string
	Types    []string // names of events; empty: all
	After    int      // so many deliveries are spared first
	Times    int      // 0: 1
	Attempts int      // of each; 0: the first only, -1: all
	For      string   // length of time
	Bytes    int
}

// A Forgery sends deliveries that are no events to the receiver of the latest delivery: of its event, each with one thing wrong.
// Those that are huge are of another secret besides; those of an unknown event are rightly signed. Each is sent once and not again.
type Forgery struct {
	Kinds []string // empty: wrong-secret, unsigned, changed-byte, stale-timestamp
}

// A Limit changes what is left of a limit for all who have used it. Name empty, with Drain: of all limits.
type Limit struct {
	Name  string
	Left  *int // so many requests
	Drain bool
	Reset bool
}

// An Event is told as if it had happened.
type Event struct {
	Type string
	Data map[string]any // members of a made-up payload
	To   string         // id of an endpoint, or a URL; empty: all that want it
}

// For gives the part of the plan that is about a contract.
func (p *Plan) For(contract string) *Plan {
	part := *p
	part.Steps = slices.DeleteFunc(slices.Clone(p.Steps), func(s Step) bool { return s.Contract != "" && s.Contract != contract })
	return &part
}
