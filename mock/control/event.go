package control

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"

	"understudy/contracts"
	"understudy/contracts/signature"
	"understudy/mock"
	"understudy/mock/credential"
)

// Where an event comes from.
const (
	documented = "documented" // the vendor names it
	assumed    = "assumed"    // we do, for what the vendor left open
)

// An Event is something that the contract tells others about.
type Event struct {
	Type        string          `json:"type"`
	Description string          `json:"description,omitempty"`
	Basis       string          `json:"basis"`                 // "documented" or "assumed"
	Requirement string          `json:"requirement,omitempty"` // of what is assumed, in the list of requirements: "ECOSIRE-G08"
	Family      string          `json:"family,omitempty"`
	On          bool            `json:"on"`        // false: its family is switched off, and nobody is told
	Method      string          `json:"method"`    // of its deliveries
	Signature   signature.Kind  `json:"signature"` // "none": it is not signed
	Headers     []string        `json:"headers"`   // that the signature sets, the one with it first
	Secret      string          `json:"secret,omitempty"`
	ContentType string          `json:"content_type"`
	Creates     []string        `json:"creates,omitempty"` // collections into which it puts items, once for each event id
	Channel     string          `json:"channel,omitempty"` // of the realtime endpoint that shows it
	Payload     json.RawMessage `json:"payload,omitempty"` // a sample, with an id of its own; a string where it is no JSON
}

// Events is the answer of GET /contracts/{contract}/events.
type Events struct {
	Events     []Event         `json:"events"`     // in the order of the contract
	Signatures []SignatureKind `json:"signatures"` // by which bodies can be signed and judged
}

// A SignatureKind is one way in which deliveries are signed.
type SignatureKind struct {
	Kind    signature.Kind `json:"kind"`
	Headers []string       `json:"headers"` // that it sets, the one with the signature first; none: a request to sign says which
}

// signatureKindList leaves out what signs nothing.
func signatureKindList() []SignatureKind {
	list := []SignatureKind{}
	for _, kind := range signature.Kinds() {
		if kind.NeedsSecret() {
			list = append(list, SignatureKind{Kind: kind, Headers: append([]string{}, signature.Scheme{Kind: kind}.HeaderNames()...)})
		}
	}
	return list
}

// eventOf describes an event.
func (c *call) eventOf(e *contracts.Event, on map[*contracts.Event]bool, sample bool) (Event, error) {
	one := Event{
		Type: e.Name, Description: e.Description, Basis: documented, Requirement: e.Behaviour.Assumed, Family: e.Behaviour.Family, On: on[e],
		Method: http.MethodPost, Signature: cmp.Or(e.Scheme.Kind, signature.None), Headers: append([]string{}, e.Scheme.HeaderNames()...), Secret: e.Secret,
		ContentType: e.ContentType(), Channel: e.Behaviour.Channel,
	}
	if e.Operation != nil && e.Operation.Method != "" {
		one.Method = e.Operation.Method
	}
	if e.Behaviour.Assumed != "" {
		one.Basis = assumed
	}
	for _, made := range e.Behaviour.Creates {
		one.Creates = append(one.Creates, made.Resource)
	}
	if !sample {
		return one, nil
	}
	payload, _, err := c.hooks().Sample(e, nil, nil)
	if err != nil {
		return one, err
	}
	if one.Payload = payload; !json.Valid(payload) {
		one.Payload, err = json.Marshal(string(payload))
	}
	return one, err
}

// told says which events are told at present.
func (c *call) told() map[*contracts.Event]bool {
	on := map[*contracts.Event]bool{}
	for _, e := range c.server.Emittable() {
		on[e] = true
	}
	return on
}

func listEvents(c *call) error {
	samples, err := c.query.truth("samples", true)
	if err != nil {
		return err
	}
	answer, on := Events{Events: []Event{}, Signatures: signatureKindList()}, c.told()
	for _, e := range c.hooks().Contract().Events() {
		if family, chosen := c.query["family"]; chosen && e.Behaviour.Family != family {
			continue
		}
		one, err := c.eventOf(e, on, samples)
		if err != nil {
			return err
		}
		answer.Events = append(answer.Events, one)
	}
	return c.answer(answer)
}

func getEvent(c *call) error {
	e, err := c.event(c.PathValue("type"))
	if err != nil {
		return err
	}
	answer, err := c.eventOf(e, c.told(), true)
	if err != nil {
		return err
	}
	return c.answer(answer)
}

// mostNamed bounds the names in the text of a problem.
const mostNamed = 20

// event finds an event of the contract.
func (c *call) event(name string) (*contracts.Event, error) {
	if e := c.hooks().Contract().Event(name); e != nil {
		return e, nil
	}
	var names []string
	for _, e := range c.hooks().Contract().Events() {
		names = append(names, e.Name)
	}
	text := "The contract has none."
	switch {
	case len(names) > mostNamed:
		text = "The contract has " + strings.Join(names[:mostNamed], ", ") + " and others."
	case len(names) > 0:
		text = "The contract has " + strings.Join(names, ", ") + "."
	}
	return nil, problem(http.StatusNotFound, "event_not_found", "There is no event %.100q. %s", name, text)
}

// An EventFamily is a group of events that are switched on and off together.
type EventFamily struct {
	Name   string   `json:"name"`
	On     bool     `json:"on"`
	Module bool     `json:"module"` // it has the name of a module, and is switched with it
	Events []string `json:"events"`
}

// EventFamilies is the answer of GET /contracts/{contract}/event-families.
type EventFamilies struct {
	Families []EventFamily `json:"families"` // by name
}

func (c *call) families() []EventFamily {
	list := []EventFamily{}
	for _, f := range c.server.Families() {
		list = append(list, EventFamily{Name: f.Name, On: f.On, Module: f.Module, Events: f.Events})
	}
	return list
}

func listEventFamilies(c *call) error { return c.answer(EventFamilies{c.families()}) }

// putEventFamily switches a family.
func putEventFamily(c *call) error {
	var q struct {
		On *bool `json:"on"`
	}
	sent, err := c.read(&q)
	if err != nil {
		return err
	}
	if q.On == nil {
		return sent.misfit(&credential.RequestError{Field: "on", Reason: "must be true or false"})
	}
	name := c.PathValue("family")
	if err := c.server.SwitchFamily(name, *q.On); errors.Is(err, mock.ErrNoFamily) {
		return problem(http.StatusNotFound, "family_not_found", "The contract has no family of events %.100q.", name)
	} else if err != nil {
		return err
	}
	list := c.families()
	return c.answer(list[slices.IndexFunc(list, func(f EventFamily) bool { return f.Name == name })])
}
