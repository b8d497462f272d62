package control

import (
	"net/http"
	"time"

	"understudy/contracts/signature"
	"understudy/mock"
)

// An InboundOperation takes webhooks of others.
type InboundOperation struct {
	Operation string         `json:"operation"`
	Method    string         `json:"method"`
	Path      string         `json:"path"`      // template, below the contract's base
	Signature signature.Kind `json:"signature"` // by which it believes deliveries
	Headers   []string       `json:"headers"`   // of the signature
	Secret    string         `json:"secret,omitempty"`
}

// An InboundSecret is what deliveries of others are judged by.
type InboundSecret struct {
	Name      string         `json:"name"` // of the environment
	Signature signature.Kind `json:"signature"`
	Own       bool           `json:"own"`   // the stand-in made it up: nobody has brought another
	Shown     []string       `json:"shown"` // what may be shown of those that hold, the newest first
}

// An InboundRequest is one delivery that came, as the journal has it.
type InboundRequest struct {
	Entry     uint64    `json:"entry"` // id in the journal
	At        time.Time `json:"at"`
	Operation string    `json:"operation"`
	Status    int       `json:"status"`
	Problem   string    `json:"problem,omitempty"` // code of what it was refused for
	Detail    string    `json:"detail,omitempty"`
	Note      string    `json:"note,omitempty"` // that it was taken before, say
}

// Inbound is the answer of GET /contracts/{contract}/inbound.
type Inbound struct {
	Operations []InboundOperation `json:"operations"`
	Secrets    []InboundSecret    `json:"secrets"`
	Received   []InboundRequest   `json:"received"` // that the journal holds, the newest last
}

func (c *call) inboundSecrets() []InboundSecret {
	list := []InboundSecret{}
	for _, s := range c.server.InboundSecrets() {
		one := InboundSecret{Name: s.Env, Signature: s.Kind, Own: s.Own, Shown: []string{}}
		for _, text := range s.Texts {
			one.Shown = append(one.Shown, shownSecret(text))
		}
		list = append(list, one)
	}
	return list
}

func getInbound(c *call) error {
	limit, err := c.query.number("limit", defaultEntries, 1, mostDeliveries)
	if err != nil {
		return err
	}
	answer := Inbound{Operations: []InboundOperation{}, Secrets: c.inboundSecrets(), Received: []InboundRequest{}}
	takes := map[string]bool{}
	for _, o := range c.hooks().Contract().Operations {
		kind := signature.Kind(o.Behaviour.Verify)
		if kind == "" {
			continue
		}
		takes[o.ID] = true
		one := InboundOperation{Operation: o.ID, Method: o.Method, Path: o.Path, Signature: kind, Headers: append([]string{}, signature.Scheme{Kind: kind}.HeaderNames()...)}
		if kind.NeedsSecret() {
			one.Secret = mock.InboundEnv(kind)
		}
		answer.Operations = append(answer.Operations, one)
	}
	for _, e := range c.server.Journal().List(mock.Query{Limit: mostEntries}) {
		if len(takes) > 0 && takes[e.Trace.Operation] {
			answer.Received = append(answer.Received, inboundRequestOf(e))
		}
	}
	answer.Received = answer.Received[max(0, len(answer.Received)-int(limit)):]
	return c.answer(answer)
}

// inboundRequestOf reads the journal's entry of a delivery.
func inboundRequestOf(e *mock.Entry) InboundRequest {
	one := InboundRequest{Entry: e.ID, At: e.Start.UTC(), Operation: e.Trace.Operation, Status: e.Status, Problem: e.Trace.Problem, Detail: e.Trace.Detail}
	for _, stage := range e.Trace.Stages {
		if stage.Name == "verify" && stage.Note != "" {
			one.Note = stage.Note
		}
	}
	return one
}

// setInboundSecrets replaces the secrets of one name: with those of the real sender, say. None brings back the stand-in's own.
func setInboundSecrets(c *call) error {
	var q struct {
		Secrets []string `json:"secrets"`
	}
	sent, err := c.read(&q)
	if err != nil {
		return err
	}
	name := c.PathValue("name")
	if err := c.server.SetInboundSecrets(c.Context(), name, q.Secrets...); err != nil {
		return sent.hookRefused(err, "secret", name, "")
	}
	for _, one := range c.inboundSecrets() {
		if one.Name == name {
			return c.answer(one)
		}
	}
	return problem(http.StatusNotFound, "secret_not_found", "There is no secret %.100q.", name)
}
