package webhook

import (
	"fmt"
	"time"

	"understudy/contracts"
	"understudy/contracts/signature"
)

// An Emission is something that happened and is to be told. Either Type or Event is required.
type Emission struct {
	Type  string           // name of the event; empty: Event's
	Event *contracts.Event // as the contract has it; nil: found by Type
	// Payload is the exact body; nil: it is made by the event, for the item that caused it, with what Fill puts in by JSON
	// Pointer: see contracts.Event.Fill and Payload.
	Payload     []byte
	Item        any
	Fill        map[string]any
	Account     string // to whose endpoints; empty: to all
	Environment string
	Cause       string // "operation createLicense", "transition expire", "hand"
	// Trace is the context of the request that caused it, which its deliveries carry on. The zero value is none.
	Trace TraceContext
	// To sends it there only, whatever the endpoint asked for. The zero value is all endpoints that want it.
	To Target
	// Force sends a payload that breaks the document, and a type that the contract does not name.
	Force bool
	// Misbehave is trouble for the deliveries of this emission, besides what was ordered. ID, Types, Endpoint and Times are
	// not read.
	Misbehave []Misbehaviour
}

// A Target is one receiver. The zero value is all.
type Target struct {
	Endpoint string // id
	// URL is an address that is no endpoint: of a callback. Its deliveries are signed with the stand-in's own secret.
	URL    string
	Method string // of a callback; empty: the event's, else POST
}

// An Event is something that was told, whoever heard of it.
type Event struct {
	ID          string           `json:"id"` // what receivers deduplicate by: the payload's, else made up
	Type        string           `json:"type"`
	At          time.Time        `json:"at"`
	Account     string           `json:"account,omitempty"`
	Environment string           `json:"environment,omitempty"`
	Cause       string           `json:"cause,omitempty"`
	ContentType string           `json:"content_type"`
	Payload     []byte           `json:"-"`
	Scheme      signature.Scheme `json:"-"`
	SecretName  string           `json:"-"`
	Deliveries  []string         `json:"deliveries"` // ids, the oldest first
}

// A PayloadError says that a payload breaks the document, and was not sent.
type PayloadError struct {
	Type       string
	Violations []contracts.Violation
}

func (e *PayloadError) Error() string {
	first := e.Violations[0]
	more := ""
	if n := len(e.Violations) - 1; n > 0 {
		more = fmt.Sprintf(" (and %d more)", n)
	}
	return fmt.Sprintf("the payload of %s breaks the document at %s: at %q want %s, got %s%s; nothing was sent, which can be forced",
		e.Type, first.At, first.Pointer, first.Want, first.Got, more)
}
