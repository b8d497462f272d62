package webhook

import "time"

// A Source says who registered an endpoint.
type Source string

// The sources.
const (
	FromControl   Source = "control"   // the management API or the command line
	FromContract  Source = "contract"  // the contract or its overlay declares it
	FromSeed      Source = "seed"      // a seed file
	FromOperation Source = "operation" // an operation of the contract
)

// An Endpoint is an address that wants to hear of events. It holds no secret.
type Endpoint struct {
	ID          string            `json:"id"` // "we_…"
	URL         string            `json:"url"`
	Description string            `json:"description,omitempty"`
	Events      []string          `json:"events"`            // names, where * stands for anything: "*", "order.*"
	Headers     map[string]string `json:"headers,omitempty"` // sent with each delivery; values may be secret, see Shown
	Enabled     bool              `json:"enabled"`
	Disabled    string            `json:"disabled,omitempty"` // why it is not enabled
	APIVersion  string            `json:"api_version,omitempty"`
	Account     string            `json:"account,omitempty"`     // only events of this account; empty: of all
	Environment string            `json:"environment,omitempty"` // only events of this environment; empty: of all
	Source      Source            `json:"source"`
	// SecretName is the environment name of the secret that signs all its deliveries; empty: each event's own.
	SecretName string    `json:"secret_name,omitempty"`
	Delivery   Manner    `json:"delivery,omitzero"`
	CreatedAt  time.Time `json:"created_at"`

	// What happened to it lately.
	Failures     int       `json:"failures,omitempty"` // attempts that failed since the last that did not
	FailingSince time.Time `json:"failing_since,omitzero"`
	PausedUntil  time.Time `json:"paused_until,omitzero"` // nothing is sent before it, by its breaker
}

// A Manner is how deliveries to one endpoint are made, where that is not as the contract says. Zero members are the
// contract's.
type Manner struct {
	Schedule    string          `json:"schedule,omitempty"` // name of a schedule: see contracts.Schedule
	Waits       []time.Duration `json:"waits,omitempty"`    // in place of a named schedule: before the first attempt, before the second ...
	Timeout     time.Duration   `json:"timeout,omitempty"`  // of one attempt, in real time
	Ordered     *bool           `json:"ordered,omitempty"`  // one after the other; a delivery that must be tried again holds up those behind it
	Concurrency int             `json:"concurrency,omitempty"`
	Breaker     *Breaker        `json:"breaker,omitempty"` // nil: none
}

// A Breaker stops deliveries to an endpoint that always fails. The zero value does at the first failure.
type Breaker struct {
	Failures int           `json:"failures"`         // attempts in a row that must have failed
	Within   time.Duration `json:"within,omitempty"` // and for how long, since the first of them
	Pause    time.Duration `json:"pause,omitempty"`  // nothing is sent for so long, then it is tried again; 0: the endpoint is disabled
}

// A Secret is one text that signs deliveries to an endpoint.
type Secret struct {
	Text      string    `json:"text"`
	ExpiresAt time.Time `json:"expires_at,omitzero"` // zero: never
}

// RotationGrace is for how long a secret that was replaced still signs, beside its successor.
const RotationGrace = 24 * 60 * 60 * time.Second

// An EndpointRequest describes an endpoint to be registered. Only URL is required.
type EndpointRequest struct {
	URL         string            `json:"url"`
	Description string            `json:"description"`
	Events      []string          `json:"events"` // empty: all
	Headers     map[string]string `json:"headers"`
	Disabled    bool              `json:"disabled"`
	APIVersion  string            `json:"api_version"`
	Account     string            `json:"account"`
	Environment string            `json:"environment"`
	Source      Source            `json:"source"` // empty: FromControl
	SecretName  string            `json:"secret_name"`
	// Secrets are texts by environment name. One that is not here is the stand-in's own of that name (SecretText), so that
	// one environment line serves all endpoints; with OwnSecrets it is made up for this endpoint alone.
	Secrets    map[string]string `json:"secrets"`
	OwnSecrets bool              `json:"own_secrets"`
	Delivery   Manner            `json:"delivery"`
}

// An EndpointChange says what of an endpoint becomes different; nil members stay.
type EndpointChange struct {
	URL         *string            `json:"url"`
	Description *string            `json:"description"`
	Events      *[]string          `json:"events"`
	Headers     *map[string]string `json:"headers"`
	Enabled     *bool              `json:"enabled"` // true also forgets its failures
	APIVersion  *string            `json:"api_version"`
	Delivery    *Manner            `json:"delivery"`
}

// Shown is the endpoint as it may be shown to anybody: values of its headers are hidden, and so is the query of its URL.
func (e Endpoint) Shown() Endpoint {
	if len(e.Headers) > 0 {
		hidden := make(map[string]string, len(e.Headers))
		for name := range e.Headers {
			hidden[name] = hiddenValue
		}
		e.Headers = hidden
	}
	e.URL = ShownURL(e.URL)
	return e
}
