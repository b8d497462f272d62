package control

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"understudy/contracts/redact"
	"understudy/mock/webhook"
)

// An Endpoint is an address that hears of events, without what is secret in it: values of its headers and of its URL's query
// are hidden.
type Endpoint struct {
	ID           string            `json:"id"`
	URL          string            `json:"url"`
	Description  string            `json:"description,omitempty"`
	Events       []string          `json:"events"`            // names, where * stands for any text
	Headers      map[string]string `json:"headers,omitempty"` // that go with each delivery
	Enabled      bool              `json:"enabled"`
	Disabled     string            `json:"disabled,omitempty"` // why it is not
	APIVersion   string            `json:"api_version,omitempty"`
	Account      string            `json:"account,omitempty"`
	Environment  string            `json:"environment,omitempty"`
	Source       webhook.Source    `json:"source"`                // who registered it
	SecretName   string            `json:"secret_name,omitempty"` // the one that signs all its deliveries; missing: each event's own
	Secrets      []EndpointSecret  `json:"secrets"`               // that sign now, the newest of each name first
	Delivery     *Manner           `json:"delivery,omitempty"`    // where it is not as the contract says
	CreatedAt    time.Time         `json:"created_at"`
	Failures     int               `json:"failures,omitempty"` // attempts that failed since the last that did not
	FailingSince *time.Time        `json:"failing_since,omitempty"`
	PausedUntil  *time.Time        `json:"paused_until,omitempty"`
}

// An EndpointSecret is one text that signs deliveries to an endpoint. The text stands in the answer that made the endpoint, or
// the secret, and in no other.
type EndpointSecret struct {
	Name      string     `json:"name"`  // of the environment: "STRIPE_WEBHOOK_SECRET"
	Shown     string     `json:"shown"` // what may be shown of it at any time: "whsec_***x7f2"
	Text      string     `json:"text,omitempty"`
	ExpiresAt *time.Time `json:"expires_at,omitempty"` // missing: never
}

// Endpoints is the answer of GET /contracts/{contract}/endpoints.
type Endpoints struct {
	Endpoints []Endpoint `json:"endpoints"` // the oldest first
}

// hooks is who hears of the contract's events.
func (c *call) hooks() *webhook.Webhooks { return c.server.Webhooks() }

// endpointOf shows an endpoint. texts are secrets that are shown this once, by name.
func (c *call) endpointOf(e webhook.Endpoint, texts map[string]string) (Endpoint, error) {
	e = e.Shown()
	shown := Endpoint{
		ID: e.ID, URL: e.URL, Description: e.Description, Events: append([]string{}, e.Events...), Headers: e.Headers, Enabled: e.Enabled,
		Disabled: e.Disabled, APIVersion: e.APIVersion, Account: e.Account, Environment: e.Environment, Source: e.Source, SecretName: e.SecretName,
		Secrets: []EndpointSecret{}, Delivery: mannerOf(e.Delivery), CreatedAt: e.CreatedAt.UTC(), Failures: e.Failures,
		FailingSince: instantOf(e.FailingSince), PausedUntil: instantOf(e.PausedUntil),
	}
	secrets, err := c.hooks().Secrets(c.Context(), e.ID)
	if err != nil {
		return shown, noHook(err, "endpoint", e.ID)
	}
	names := make([]string, 0, len(secrets))
	for name := range secrets {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		for _, s := range secrets[name] {
			one := EndpointSecret{Name: name, Shown: shownSecret(s.Text), ExpiresAt: instantOf(s.ExpiresAt)}
			if texts[name] == s.Text {
				one.Text = s.Text
			}
			shown.Secrets = append(shown.Secrets, one)
		}
	}
	return shown, nil
}

// shownSecret is what may be shown of a secret: what it is and how it ends.
func shownSecret(text string) string {
	prefix := redact.Prefix(text)
	if len(text)-len(prefix) < 16 {
		return prefix + redact.Hidden
	}
	return prefix + redact.Hidden + text[len(text)-4:]
}

func listEndpoints(c *call) error {
	list, err := c.hooks().Endpoints(c.Context())
	if err != nil {
		return err
	}
	answer := Endpoints{Endpoints: []Endpoint{}}
	for _, e := range list {
		one, err := c.endpointOf(e, nil)
		if err != nil {
			return err
		}
		answer.Endpoints = append(answer.Endpoints, one)
	}
	return c.answer(answer)
}

func createEndpoint(c *call) error {
	var q endpointRequest
	sent, err := c.read(&q)
	if err != nil {
		return err
	}
	wanted, wrong := q.wanted()
	if wrong != nil {
		return sent.misplaced(wrong)
	}
	made, texts, err := c.hooks().Register(c.Context(), wanted)
	if err != nil {
		return sent.hookRefused(err, "endpoint", "", "url")
	}
	answer, err := c.endpointOf(made, texts)
	if err != nil {
		return err
	}
	return c.created(answer)
}

func getEndpoint(c *call) error {
	id := c.PathValue("endpoint")
	e, err := c.hooks().Endpoint(c.Context(), id)
	if err != nil {
		return noHook(err, "endpoint", id)
	}
	return c.showEndpoint(e, nil)
}

func (c *call) showEndpoint(e webhook.Endpoint, texts map[string]string) error {
	answer, err := c.endpointOf(e, texts)
	if err != nil {
		return err
	}
	return c.answer(answer)
}

func changeEndpoint(c *call) error {
	var q endpointChange
	sent, err := c.read(&q)
	if err != nil {
		return err
	}
	change, wrong := q.wanted()
	if wrong != nil {
		return sent.misplaced(wrong)
	}
	id := c.PathValue("endpoint")
	e, err := c.hooks().ChangeEndpoint(c.Context(), id, change)
	if err != nil {
		return sent.hookRefused(err, "endpoint", id, "url")
	}
	return c.showEndpoint(e, nil)
}

func deleteEndpoint(c *call) error {
	id := c.PathValue("endpoint")
	if err := c.hooks().DeleteEndpoint(c.Context(), id); err != nil {
		return noHook(err, "endpoint", id)
	}
	c.response.WriteHeader(http.StatusNoContent)
	return nil
}

// rotateEndpoint replaces a secret; the old one signs for a day more, beside the new one.
func rotateEndpoint(c *call) error {
	var q struct {
		Name string `json:"name"`
		Text string `json:"text"`
	}
	sent, err := c.read(&q)
	if err != nil {
		return err
	}
	id := c.PathValue("endpoint")
	text, err := c.hooks().RotateSecret(c.Context(), id, q.Name, q.Text)
	if err != nil {
		return sent.hookRefused(err, "endpoint", id, "text")
	}
	e, err := c.hooks().Endpoint(c.Context(), id)
	if err != nil {
		return noHook(err, "endpoint", id)
	}
	secrets, err := c.hooks().Secrets(c.Context(), id)
	if err != nil {
		return noHook(err, "endpoint", id)
	}
	texts := map[string]string{}
	for name, list := range secrets {
		if list[0].Text == text && (q.Name == "" || q.Name == name) {
			texts[name] = text
		}
	}
	return c.showEndpoint(e, texts)
}

// isURL tells an address from the id of an endpoint.
func isURL(text string) bool { return strings.Contains(text, "://") }
