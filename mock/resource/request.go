package resource

import (
	"errors"
	"fmt"
	"time"

	"understudy/contracts"
	"understudy/contracts/inference"
)

// A Mode says what happens when an item is asked for that does not exist.
type Mode string

// The modes. The zero value is Strict.
const (
	Strict Mode = "strict" // an unknown id is not found
	Invent Mode = "invent" // an unknown id is made up from the id, always the same, and then exists
	Off    Mode = "off"    // there is no state: Do answers ErrStateless for every request
)

// A Request is one valid call of an operation that a Binding ties to a collection.
type Request struct {
	Binding   *inference.Binding
	Arguments contracts.Arguments
	Body      contracts.Body       // not Present where none was sent
	Media     *contracts.MediaType // of the answer, as negotiated; nil: Binding.Media

	// Set gives members that the item gets besides, over those of the binding: values that somebody chose by what the
	// request says. A state among them needs no transition that leads to it.
	Set map[string]any

	// Account and Environment say who is asking: they choose the world, where the contract separates any. Empty: those of
	// In, else the first ones that Options name.
	Account, Environment string

	IfMatch     string // conditional headers of RFC 9110 section 13.1, as sent
	IfNoneMatch string

	// URL is the request's path with base path, percent-encoded, and Query its raw query: next links are made from them.
	URL, Query string
	// Origin is scheme and host for absolute links: "http://127.0.0.1:4010". Empty: links are paths.
	Origin string
}

// A Result is what came of a request.
type Result struct {
	// Body is the answer's body in the media type's form where that is JSON: it keeps the contract. Nil: no body.
	Body []byte
	// Value is the decoded body where the media type is not JSON and the caller has to encode it.
	Value any
	// Raw and ContentType are a download's bytes and their type.
	Raw         []byte
	ContentType string

	Created  bool   // an item came into being that was not there
	Location string // path of the item with base path, when it was created and can be read
	ETag     string // strong validator of the item that was shown or written; empty when it has none
	Links    []Link // for a Link header, where the document declares one

	NotModified bool // If-None-Match held on a read: 304

	Changes []Change
	Source  string // "state", "invented"
}

// A Link is one link of RFC 8288 to another page.
type Link struct{ Rel, URL string }

// A Change is one effect on the state, for the journal and for events.
type Change struct {
	Kind       string // "created", "updated", "deleted"
	Collection string // its path
	ID         string
	Before     []byte // the item as JSON; nil when it did not exist
	After      []byte // nil when it is gone

	From, To string    // states, where a transition is what happened
	Emits    []string  // events of the transition
	At       time.Time // when the clock brought it about; zero: the request did
	World    World     // of a change by the clock: whose item it is; zero: the default world's, or nothing separates them
}

// ErrStateless is what Do answers in the mode Off.
var ErrStateless = errors.New("the state is off")

// NotFoundError says that an item or its parent does not exist.
type NotFoundError struct {
	Collection string
	ID         string
	Parent     bool // it is a parent that is missing
}

func (e *NotFoundError) Error() string {
	return fmt.Sprintf("there is no %s in %s", e.ID, e.Collection)
}

// ConflictError says that an item would break a rule over items: a unique property, an id that exists, a
// member that must have another value first.
type ConflictError struct {
	Collection string
	Property   string
	Value      string
	Reason     string   // readable
	Allowed    []string // values that the property may have instead, where those are known
}

func (e *ConflictError) Error() string { return e.Reason }

// PreconditionError says that If-Match or If-None-Match did not hold (RFC 9110, 13.1): 412.
type PreconditionError struct{ Header, Have, Want string }

func (e *PreconditionError) Error() string {
	return fmt.Sprintf("%s asks for %s, the item has %s", e.Header, e.Want, e.Have)
}

// RequestError says that the request cannot be carried out as it stands: a patch that does not apply, a cursor
// that nobody issued. In and Name say which part of it.
type RequestError struct{ In, Name, Reason string }

func (e *RequestError) Error() string { return e.Reason }
