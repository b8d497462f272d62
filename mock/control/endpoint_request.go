package control

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"understudy/contracts"
	"understudy/mock/webhook"
)

// A Manner is how deliveries to one endpoint are made, where that is not as the contract says. Missing members are the
// contract's.
type Manner struct {
	Schedule    string   `json:"schedule,omitempty"` // name of a schedule: "standard-webhooks", "stripe", "fixed", "none"
	Waits       []string `json:"waits,omitempty"`    // in place of a named one: lengths of time before the first attempt, before the second ...
	Timeout     string   `json:"timeout,omitempty"`  // of one attempt, in real time
	Ordered     *bool    `json:"ordered,omitempty"`
	Concurrency int      `json:"concurrency,omitempty"`
	Breaker     *Breaker `json:"breaker,omitempty"`
}

// A Breaker stops deliveries to an endpoint that always fails.
type Breaker struct {
	Failures int    `json:"failures"`         // attempts in a row that must have failed
	Within   string `json:"within,omitempty"` // and for how long, since the first of them
	Pause    string `json:"pause,omitempty"`  // how long nothing is sent; missing: the endpoint is disabled
}

// mannerOf is nil where everything is as the contract says.
func mannerOf(m webhook.Manner) *Manner {
	shown := Manner{Schedule: m.Schedule, Ordered: m.Ordered, Concurrency: m.Concurrency}
	for _, wait := range m.Waits {
		shown.Waits = append(shown.Waits, shortDuration(wait))
	}
	if m.Timeout > 0 {
		shown.Timeout = shortDuration(m.Timeout)
	}
	if b := m.Breaker; b != nil {
		shown.Breaker = &Breaker{Failures: b.Failures}
		if b.Within > 0 {
			shown.Breaker.Within = shortDuration(b.Within)
		}
		if b.Pause > 0 {
			shown.Breaker.Pause = shortDuration(b.Pause)
		}
	}
	if shown.Schedule == "" && len(shown.Waits) == 0 && shown.Timeout == "" && shown.Ordered == nil && shown.Concurrency == 0 && shown.Breaker == nil {
		return nil
	}
	return &shown
}

// wanted reads the lengths of time.
func (m *Manner) wanted() (w webhook.Manner, wrong *webhook.RequestError) {
	if m == nil {
		return w, nil
	}
	length := func(field, text string) time.Duration {
		if text == "" || wrong != nil {
			return 0
		}
		d, err := parseDuration(text)
		if err != nil {
			wrong = &webhook.RequestError{Field: "delivery/" + field, Reason: err.Error()}
		}
		return d
	}
	w = webhook.Manner{Schedule: m.Schedule, Timeout: length("timeout", m.Timeout), Ordered: m.Ordered, Concurrency: m.Concurrency}
	if _, known := contracts.Schedule(m.Schedule); m.Schedule != "" && !known {
		wrong = &webhook.RequestError{Field: "delivery/schedule", Reason: "must be standard-webhooks, stripe, fixed or none; other waits go into waits"}
	}
	for i, wait := range m.Waits {
		w.Waits = append(w.Waits, length(fmt.Sprintf("waits/%d", i), wait))
	}
	if b := m.Breaker; b != nil {
		w.Breaker = &webhook.Breaker{Failures: b.Failures, Within: length("breaker/within", b.Within), Pause: length("breaker/pause", b.Pause)}
	}
	return w, wrong
}

// endpointRequest is the body of POST /contracts/{contract}/endpoints.
type endpointRequest struct {
	URL         string            `json:"url"`
	Description string            `json:"description"`
	Events      []string          `json:"events"`
	Headers     map[string]string `json:"headers"`
	Enabled     *bool             `json:"enabled"`
	APIVersion  string            `json:"api_version"`
	Account     string            `json:"account"`
	Environment string            `json:"environment"`
	SecretName  string            `json:"secret_name"`
	Secrets     map[string]string `json:"secrets"`
	OwnSecrets  bool              `json:"own_secrets"`
	Delivery    *Manner           `json:"delivery"`
}

func (q *endpointRequest) wanted() (webhook.EndpointRequest, *webhook.RequestError) {
	manner, wrong := q.Delivery.wanted()
	if q.URL == "" {
		wrong = &webhook.RequestError{Field: "url", Reason: "must be an absolute http or https URL"}
	}
	return webhook.EndpointRequest{
		URL: q.URL, Description: q.Description, Events: q.Events, Headers: q.Headers, Disabled: q.Enabled != nil && !*q.Enabled,
		APIVersion: q.APIVersion, Account: q.Account, Environment: q.Environment, SecretName: q.SecretName, Secrets: q.Secrets,
		OwnSecrets: q.OwnSecrets, Delivery: manner,
	}, wrong
}

// endpointChange is the body of PATCH /contracts/{contract}/endpoints/{endpoint}. Missing members stay as they are.
type endpointChange struct {
	URL         *string            `json:"url"`
	Description *string            `json:"description"`
	Events      *[]string          `json:"events"`
	Headers     *map[string]string `json:"headers"`
	Enabled     *bool              `json:"enabled"`
	APIVersion  *string            `json:"api_version"`
	Delivery    *Manner            `json:"delivery"`
}

func (q *endpointChange) wanted() (webhook.EndpointChange, *webhook.RequestError) {
	change := webhook.EndpointChange{
		URL: q.URL, Description: q.Description, Events: q.Events, Headers: q.Headers, Enabled: q.Enabled, APIVersion: q.APIVersion,
	}
	if q.Delivery == nil {
		return change, nil
	}
	manner, wrong := q.Delivery.wanted()
	change.Delivery = &manner
	return change, wrong
}

// hookRefused translates what the sender of webhooks refused; other errors stay what they are. addressed is the member in which
// an address came.
func (sent members) hookRefused(err error, noun, id, addressed string) error {
	var request *webhook.RequestError
	var address *webhook.AddressError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &request):
		return sent.misplaced(request)
	case errors.As(err, &address):
		return sent.misplaced(&webhook.RequestError{Field: addressed, Reason: address.Error()})
	case errors.Is(err, webhook.ErrTooMany):
		return problem(http.StatusConflict, "too_many", "%s. Remove some.", capital(err))
	case errors.Is(err, webhook.ErrState):
		return problem(http.StatusConflict, "wrong_state", "%s.", capital(err))
	case errors.Is(err, webhook.ErrClosed):
		return problem(http.StatusConflict, "closed", "The stand-in is about to end, or was loaded again: nothing more is sent.")
	}
	return noHook(err, noun, id)
}

// noHook is the problem of what is not there; other errors stay what they are.
func noHook(err error, noun, id string) error {
	if !errors.Is(err, webhook.ErrNotFound) {
		return err
	}
	return problem(http.StatusNotFound, noun+"_not_found", "There is no %s %.100q.", noun, id)
}

// hiddenMembers are those whose values are not repeated.
var hiddenMembers = map[string]bool{"secret": true, "secrets": true, "text": true, "headers": true, "url": true, "to": true}

// misplaced is the problem of a value somewhere in the body: "events/0".
func (sent members) misplaced(e *webhook.RequestError) *Problem {
	reason := strings.TrimSuffix(e.Reason, ".")
	p := problem(http.StatusUnprocessableEntity, "request_does_not_fit", "%s: %s.", e.Field, reason)
	member, _, inside := strings.Cut(e.Field, "/")
	v := Violation{In: "body", Want: reason, Got: "nothing"}
	if e.Field != "" {
		v.Pointer = "/" + e.Field
	}
	switch value, ok := sent[member]; {
	case ok && hiddenMembers[member]:
		v.Got = "a value that is not shown"
	case ok && inside:
		v.Got = "another one"
	case ok:
		v.Got = described(member, value)
	}
	p.Violations = []Violation{v}
	return p
}
