package contracts

import (
	"encoding/json"
	"maps"
	"strconv"
	"strings"
	"time"

	"understudy/contracts/schema"
)

// WebhookBehaviour says how the vendor's deliveries are made: x-understudy webhooks at the document's root.
type WebhookBehaviour struct {
	// Schedule is when a delivery is tried: the name of a schedule (standard-webhooks, stripe, fixed, none), or a list of Go
	// durations, of which the first is the wait before the first try and each other one that behind the failed try before.
	// Empty: standard-webhooks.
	Schedule    any    `yaml:"schedule"`
	Timeout     string `yaml:"timeout"`     // Go duration of one try, from the first byte to the last; empty: 15s
	Jitter      string `yaml:"jitter"`      // share by which a wait may be longer: "10%"; empty: none
	Ordered     bool   `yaml:"ordered"`     // an endpoint gets its deliveries one after the other, as they were caused
	Concurrency int    `yaml:"concurrency"` // tries at one endpoint at the same time; 0: 8
	// Headers go with every delivery. {event}, {id} (the event's), {delivery}, {attempt}, {timestamp} (epoch seconds) and
	// {apiVersion} are filled in.
	Headers    map[string]string `yaml:"headers"`
	UserAgent  string            `yaml:"userAgent"`  // empty: the contract's name and version
	APIVersion string            `yaml:"apiVersion"` // of payloads, for endpoints that ask for none
	// Envelope is what payloads hold beyond the document: "documented" (default) nothing; "stripe" adds to events that are
	// signed like Stripe's what Stripe's own libraries look for: api_version, livemode, pending_webhooks, request.
	Envelope  string              `yaml:"envelope"`
	Endpoints []EndpointBehaviour `yaml:"endpoints"` // that exist from the start
	Item      *EndpointItem       `yaml:"item"`      // where the parts of an endpoint are in the contract's own resource for them

	At schema.Location `yaml:"-"`
}

// EndpointBehaviour is an endpoint that exists from the start.
type EndpointBehaviour struct {
	URL        string            `yaml:"url"`        // absolute
	Events     []string          `yaml:"events"`     // names, in which * stands for any text: "license.*"; empty: all
	Secret     string            `yaml:"secret"`     // environment name of its secret; empty: of each event its own
	Enabled    *bool             `yaml:"enabled"`    // absent: true
	APIVersion string            `yaml:"apiVersion"` // empty: of all endpoints
	Headers    map[string]string `yaml:"headers"`    // besides those of all endpoints

	At schema.Location `yaml:"-"`
}

// EndpointItem names the members of the contract's own resource for endpoints, whose operations carry the word webhook: a
// name, or a JSON Pointer.
type EndpointItem struct {
	URL     string `yaml:"url"`     // empty: url, or what of its kind the schema has
	Events  string `yaml:"events"`  // empty: events, enabled_events, event_types, eventTypes or topics
	Secret  string `yaml:"secret"`  // empty: secret, signing_secret or signingSecret
	Enabled string `yaml:"enabled"` // empty: enabled, active or status: a boolean, or a text that says enabled or active
}

// The names of schedules.
const (
	StandardSchedule = "standard-webhooks" // the advice of Standard Webhooks: ten tries in some 75 hours
	StripeSchedule   = "stripe"            // doubled waits, the last try three days after the first
	FixedSchedule    = "fixed"             // six tries, a minute apart
	NoSchedule       = "none"              // one try
)

// Schedule gives the waits of a named schedule: before the first try, and behind each failed one.
func Schedule(name string) ([]time.Duration, bool) {
	const m, h = time.Minute, time.Hour
	switch name {
	case StandardSchedule:
		return []time.Duration{0, 5 * time.Second, 5 * m, 30 * m, 2 * h, 5 * h, 10 * h, 14 * h, 20 * h, 24 * h}, true
	case StripeSchedule:
		// Stripe says: up to three days, with exponential back-off. The waits are assumed; the last one is cut to the end.
		return []time.Duration{0, 5 * m, 10 * m, 20 * m, 40 * m, 80 * m, 160 * m, 320 * m, 640 * m, 1280 * m, 1765 * m}, true
	case FixedSchedule:
		return []time.Duration{0, m, m, m, m, m}, true
	case NoSchedule:
		return []time.Duration{0}, true
	}
	return nil, false
}

// A DeliveryPolicy is how the vendor delivers events, with all defaults filled in.
type DeliveryPolicy struct {
	Schedule    []time.Duration // before the first try, and behind each failed one; never empty
	Timeout     time.Duration   // of one try
	Jitter      float64         // share by which a wait may be longer: 0.1 is up to a tenth
	Ordered     bool
	Concurrency int               // tries at one endpoint at the same time
	Headers     map[string]string // templates; never nil
	UserAgent   string
	APIVersion  string
}

// The defaults of delivery (ECOSIRE-G13).
const (
	defaultTimeout     = 15 * time.Second
	defaultConcurrency = 8
)

// DeliveryPolicy gives how the contract's events are delivered.
func (c *Contract) DeliveryPolicy() DeliveryPolicy {
	w := c.Behaviour.Webhooks
	if w == nil {
		w = &WebhookBehaviour{}
	}
	p := DeliveryPolicy{
		Timeout: defaultTimeout, Ordered: w.Ordered, Concurrency: w.Concurrency, Headers: maps.Clone(w.Headers),
		UserAgent: w.UserAgent, APIVersion: w.APIVersion,
	}
	// What can be wrong was refused when the contract was compiled.
	p.Schedule, _ = w.waits()
	p.Jitter, _ = share(w.Jitter)
	if d, err := time.ParseDuration(w.Timeout); err == nil {
		p.Timeout = d
	}
	if p.Concurrency == 0 {
		p.Concurrency = defaultConcurrency
	}
	if p.Headers == nil {
		p.Headers = map[string]string{}
	}
	if p.UserAgent == "" {
		p.UserAgent = productName(c.Name)
		if c.Version != "" {
			p.UserAgent += "/" + productName(c.Version)
		}
	}
	return p
}

// productName writes a text as a token of User-Agent (RFC 9110, 10.1.5).
func productName(text string) string {
	return strings.Map(func(r rune) rune {
		if isTokenRune(r) {
			return r
		}
		return '-'
	}, text)
}

// waits reads the schedule: ok is false where it is none.
func (w *WebhookBehaviour) waits() (list []time.Duration, ok bool) {
	switch s := w.Schedule.(type) {
	case nil:
		return Schedule(StandardSchedule)
	case string:
		if list, ok := Schedule(s); ok || s == "" {
			return list, ok
		}
		d, err := time.ParseDuration(s)
		return []time.Duration{d}, err == nil && d >= 0
	case []any:
		for _, item := range s {
			text, _ := item.(string)
			if isJSONNumber(item) && valueText(item) == "0" {
				text = "0s"
			}
			d, err := time.ParseDuration(text)
			if err != nil || d < 0 || d > maxWait || len(list) >= maxTries {
				return nil, false
			}
			list = append(list, d)
		}
	}
	return list, len(list) > 0
}

// The bounds of a schedule that somebody wrote.
const (
	maxWait  = 31 * 24 * time.Hour
	maxTries = 100
)

// share reads "10%"; the empty text is none.
func share(text string) (float64, bool) {
	if text == "" {
		return 0, true
	}
	digits, ok := strings.CutSuffix(text, "%")
	n, err := strconv.ParseFloat(strings.TrimSpace(digits), 64)
	return n / 100, ok && err == nil && n >= 0 && n <= 100
}

// stripeEnvelope is the word of WebhookBehaviour.Envelope that adds what Stripe's libraries look for.
const stripeEnvelope = "stripe"

// StripeEnvelope gives the members that Stripe's events have besides those that other vendors copy, by JSON Pointer, to be
// filled into a payload (ECOSIRE-X11): stripe-go's ConstructEvent refuses an event whose api_version is not its own.
func StripeEnvelope(apiVersion string) map[string]any {
	return map[string]any{
		"/api_version": apiVersion, "/livemode": false, "/pending_webhooks": json.Number("1"),
		"/request": map[string]any{"id": nil, "idempotency_key": nil},
	}
}
