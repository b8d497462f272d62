package control

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"understudy/contracts"
	"understudy/mock"
	"understudy/mock/credential"
)

// A Fault is trouble that is ordered: the words of its order, and what it came to.
type Fault struct {
	contracts.FaultBehaviour
	Given     bool            `json:"given"` // it stands in the contract's overlay
	OrderedAt time.Time       `json:"ordered_at"`
	BeginsAt  *time.Time      `json:"begins_at,omitempty"` // missing: with its order
	EndsAt    *time.Time      `json:"ends_at,omitempty"`   // missing: when it is removed
	State     mock.FaultState `json:"state"`
	Matched   uint64          `json:"matched"` // requests that it was for
	Acted     uint64          `json:"acted"`   // those on which it acted
	LastActed *time.Time      `json:"last_acted_at,omitempty"`
}

// Faults is the answer of GET /contracts/{contract}/faults.
type Faults struct {
	Faults []Fault     `json:"faults"` // in the order in which they are looked at
	Kinds  []FaultKind `json:"kinds"`  // that can be ordered, in the order in which they act on one request
}

// A FaultKind is one kind of trouble, and which members of an order it knows beside those that every kind has.
type FaultKind struct {
	Kind    string   `json:"kind"`
	Does    string   `json:"does"` // for lists
	Members []string `json:"members"`
}

// faultKinds are the same for all contracts.
func faultKinds() []FaultKind {
	list := []FaultKind{}
	for _, k := range contracts.FaultKinds {
		one := FaultKind{Kind: k.Name, Does: k.Does, Members: []string{}}
		for _, member := range k.Members {
			one.Members = append(one.Members, orderMember(member))
		}
		list = append(list, one)
	}
	return list
}

// ClearedFaults is the answer of DELETE /contracts/{contract}/faults.
type ClearedFaults struct {
	Removed int `json:"removed"`
}

func faultOf(f mock.Fault) Fault {
	return Fault{
		FaultBehaviour: f.FaultBehaviour, Given: f.Given, OrderedAt: f.OrderedAt.UTC(), BeginsAt: instantOf(f.Begin), EndsAt: instantOf(f.End),
		State: f.State, Matched: f.Matched, Acted: f.Acted, LastActed: instantOf(f.LastActed),
	}
}

// instantOf is nil for the zero time.
func instantOf(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	at = at.UTC()
	return &at
}

func listFaults(c *call) error {
	answer := Faults{Faults: []Fault{}, Kinds: faultKinds()}
	for _, f := range c.server.Faults().List() {
		answer.Faults = append(answer.Faults, faultOf(f))
	}
	return c.answer(answer)
}

// maxFaultRequest leaves room for the largest body that a fault may send, written as a JSON string.
const maxFaultRequest = 7 * contracts.MaxFaultBody

// addFault orders a fault.
func addFault(c *call) error {
	var spec contracts.FaultBehaviour
	sent, err := c.readUpTo(maxFaultRequest, &spec)
	if err != nil {
		return err
	}
	f, err := c.server.Faults().Add(spec)
	var wrong *contracts.FaultError
	switch {
	case errors.As(err, &wrong):
		return sent.misfit(&credential.RequestError{Field: wrong.Member, Reason: faultReason(wrong)})
	case errors.Is(err, mock.ErrFaultTaken):
		return problem(http.StatusConflict, "fault_exists", "There is a fault %.100q already: remove it first, or give this one another name.", spec.Name)
	case errors.Is(err, mock.ErrTooManyFaults):
		return problem(http.StatusConflict, "too_many_faults", "%d faults are ordered, and there may be no more: remove some.", contracts.MaxFaults)
	case err != nil:
		return err
	}
	return c.created(faultOf(f))
}

// orderMember writes the words of overlays as this API spells them.
func orderMember(text string) string { return strings.ReplaceAll(text, "mediaType", "media_type") }

// faultReason writes the words of overlays in a reason as this API spells them.
func faultReason(e *contracts.FaultError) string {
	return orderMember(e.Reason)
}

func noFault(name string) error {
	return problem(http.StatusNotFound, "fault_not_found", "There is no fault %.100q.", name)
}

func getFault(c *call) error {
	f, ok := c.server.Faults().Get(c.PathValue("fault"))
	if !ok {
		return noFault(c.PathValue("fault"))
	}
	return c.answer(faultOf(f))
}

func removeFault(c *call) error {
	if !c.server.Faults().Remove(c.PathValue("fault")) {
		return noFault(c.PathValue("fault"))
	}
	c.response.WriteHeader(http.StatusNoContent)
	return nil
}

func clearFaults(c *call) error {
	return c.answer(ClearedFaults{Removed: c.server.Faults().Clear()})
}
