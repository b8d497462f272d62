package webhook

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/textproto"
	"slices"
	"strings"
	"time"

	"understudy/contracts"
	"understudy/contracts/signature"
	"understudy/mock/store"
)

// An endpoint is one as the store has it. It is never changed: a changed one takes its place.
type endpoint struct {
	Endpoint
	Number     uint64              `json:"number"`
	Secrets    map[string][]Secret `json:"secrets,omitempty"` // by environment name, the newest first
	OwnSecrets bool                `json:"own_secrets,omitempty"`
	Rotations  uint64              `json:"rotations,omitempty"` // how many secrets were made up for it
}

// wants says whether an event is to be sent to the endpoint.
func (e *endpoint) wants(o *Event) bool {
	same := func(wanted, has string) bool { return wanted == "" || has == "" || wanted == has }
	return e.Enabled && same(e.Account, o.Account) && same(e.Environment, o.Environment) && matches(e.Events, o.Type)
}

// endpointOf gives what is known of an endpoint; nil where there is none of that id.
func (w *Webhooks) endpointOf(id string) *endpoint {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.endpoints[id]
}

// Register makes an endpoint, and gives the texts of its secrets by environment name. It fails with a *RequestError, an
// *AddressError or ErrTooMany.
func (w *Webhooks) Register(ctx context.Context, r EndpointRequest) (Endpoint, map[string]string, error) {
	made := &endpoint{
		Endpoint: Endpoint{
			URL: r.URL, Description: r.Description, Events: slices.Clone(r.Events), Headers: maps.Clone(r.Headers), Enabled: !r.Disabled,
			APIVersion: r.APIVersion, Account: r.Account, Environment: r.Environment, Source: cmp.Or(r.Source, FromControl),
			SecretName: r.SecretName, Delivery: r.Delivery, CreatedAt: w.clock.Now(),
		},
		OwnSecrets: r.OwnSecrets,
	}
	if r.Disabled {
		made.Disabled = "it was registered so"
	}
	if len(made.Events) == 0 {
		made.Events = []string{"*"}
	}
	if len(r.Secrets) > mostHeaders {
		return Endpoint{}, nil, &RequestError{Field: "secrets", Reason: fmt.Sprintf("must be at most %d", mostHeaders)}
	}
	for name, text := range r.Secrets {
		if err := signature.CheckSecret(w.kindOf(name), text); err != nil {
			return Endpoint{}, nil, &RequestError{Field: "secrets/" + name, Reason: "cannot be used: " + err.Error()}
		}
		if made.Secrets == nil {
			made.Secrets = map[string][]Secret{}
		}
		made.Secrets[name] = []Secret{{Text: text}}
	}
	if err := w.checkEndpoint(made); err != nil {
		return Endpoint{}, nil, err
	}
	w.registry.Lock()
	defer w.registry.Unlock()
	if len(w.allEndpoints()) >= w.limits.Endpoints {
		return Endpoint{}, nil, fmt.Errorf("%w: %d endpoints", ErrTooMany, w.limits.Endpoints)
	}
	made.Number = w.nextNumber()
	made.ID = w.id("we_", made.Number)
	if err := w.keep(ctx, made); err != nil {
		return Endpoint{}, nil, err
	}
	texts := map[string]string{}
	for name, list := range w.shownSecrets(made) {
		texts[name] = list[0].Text
	}
	return made.Endpoint, texts, nil
}

// keep writes an endpoint to the store and then lets it be seen. It is called with the registry held.
func (w *Webhooks) keep(ctx context.Context, e *endpoint) error {
	k := w.present().keys
	err := w.update(ctx, w.present(), func(tx store.Tx) error {
		if err := w.note(tx, k); err != nil {
			return err
		}
		return put(tx, k.endpoint(e.ID), e)
	})
	if err != nil {
		return fmt.Errorf("write the endpoint %s: %w", e.ID, err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.endpoints[e.ID] = e
	return nil
}

// allEndpoints gives those that are registered, the oldest first.
func (w *Webhooks) allEndpoints() []*endpoint {
	w.mu.Lock()
	list := make([]*endpoint, 0, len(w.endpoints))
	for _, e := range w.endpoints {
		list = append(list, e)
	}
	w.mu.Unlock()
	slices.SortFunc(list, func(a, b *endpoint) int { return cmp.Compare(a.Number, b.Number) })
	return list
}

// Endpoint gives one by its id, or ErrNotFound.
func (w *Webhooks) Endpoint(_ context.Context, id string) (Endpoint, error) {
	if e := w.endpointOf(id); e != nil {
		return e.Endpoint, nil
	}
	return Endpoint{}, fmt.Errorf("endpoint %.60q: %w", id, ErrNotFound)
}

// Endpoints lists all, the oldest first.
func (w *Webhooks) Endpoints(context.Context) ([]Endpoint, error) {
	list := []Endpoint{}
	for _, e := range w.allEndpoints() {
		list = append(list, e.Endpoint)
	}
	return list, nil
}

// ChangeEndpoint changes one. It fails with ErrNotFound, a *RequestError or an *AddressError.
func (w *Webhooks) ChangeEndpoint(ctx context.Context, id string, c EndpointChange) (Endpoint, error) {
	changed, err := w.changeEndpoint(ctx, id, func(e *endpoint) error {
		set(&e.URL, c.URL)
		set(&e.Description, c.Description)
		set(&e.Events, c.Events)
		set(&e.Headers, c.Headers)
		set(&e.APIVersion, c.APIVersion)
		set(&e.Delivery, c.Delivery)
		if c.Enabled != nil {
			e.Enabled, e.Disabled = *c.Enabled, ""
			e.Failures, e.FailingSince, e.PausedUntil = 0, time.Time{}, time.Time{}
			if !e.Enabled {
				e.Disabled = "it was switched off"
			}
		}
		e.Events, e.Headers = slices.Clone(e.Events), maps.Clone(e.Headers)
		if len(e.Events) == 0 {
			e.Events = []string{"*"}
		}
		return w.checkEndpoint(e)
	})
	if err != nil {
		return Endpoint{}, err
	}
	return changed.Endpoint, nil
}

func set[T any](member *T, value *T) {
	if value != nil {
		*member = *value
	}
}

// changeEndpoint puts a changed copy in the place of an endpoint.
func (w *Webhooks) changeEndpoint(ctx context.Context, id string, change func(*endpoint) error) (*endpoint, error) {
	w.registry.Lock()
	defer w.registry.Unlock()
	old := w.endpointOf(id)
	if old == nil {
		return nil, fmt.Errorf("endpoint %.60q: %w", id, ErrNotFound)
	}
	changed := *old
	if err := change(&changed); err != nil {
		return nil, err
	}
	return &changed, w.keep(ctx, &changed)
}

// DeleteEndpoint removes one. What was still to be delivered there is dead.
func (w *Webhooks) DeleteEndpoint(ctx context.Context, id string) error {
	w.registry.Lock()
	e := w.endpointOf(id)
	if e == nil {
		w.registry.Unlock()
		return fmt.Errorf("endpoint %.60q: %w", id, ErrNotFound)
	}
	k := w.present().keys
	err := w.update(ctx, w.present(), func(tx store.Tx) error { return tx.Delete(k.endpoint(id)) })
	if err == nil {
		w.mu.Lock()
		delete(w.endpoints, id)
		w.mu.Unlock()
	}
	w.registry.Unlock()
	if err != nil {
		return fmt.Errorf("delete the endpoint %s: %w", id, err)
	}
	return w.giveUp(ctx, id, "the endpoint was deleted")
}

// Bounds of an endpoint's members, in entries and bytes.
const (
	mostPatterns  = 256
	longestText   = 1024
	mostHeaders   = 32
	longestHeader = 4096
)

// ours are headers that a delivery has anyhow, or that belong to the connection.
var ours = []string{
	"Connection", "Content-Encoding", "Content-Length", "Content-Type", "Expect", "Host", "Keep-Alive", "Proxy-Authorization", "Proxy-Connection", "Te",
	"Trailer", "Transfer-Encoding", "Upgrade",
}

// checkEndpoint says what is wrong with an endpoint.
func (w *Webhooks) checkEndpoint(e *endpoint) error {
	if _, err := w.policy.Check(e.URL); err != nil {
		return err
	}
	for field, value := range map[string]string{
		"description": e.Description, "api_version": e.APIVersion, "account": e.Account, "environment": e.Environment, "secret_name": e.SecretName,
	} {
		if len(value) > longestText || plainText(value) != value && field != "description" {
			return &RequestError{Field: field, Reason: fmt.Sprintf("must be ASCII of at most %d bytes", longestText)}
		}
	}
	if err := w.checkPatterns("events", e.Events); err != nil {
		return err
	}
	if len(e.Headers) > mostHeaders {
		return &RequestError{Field: "headers", Reason: fmt.Sprintf("must be at most %d", mostHeaders)}
	}
	for name, value := range e.Headers {
		if reason := wrongHeader(name, value); reason != "" {
			return &RequestError{Field: fmt.Sprintf("headers/%.60q", name), Reason: reason}
		}
	}
	return e.Delivery.check()
}

// wrongHeader says what is wrong with a header that somebody wants to be sent (RFC 9110, 5.1 and 5.5); empty: nothing.
func wrongHeader(name, value string) string {
	switch {
	case name == "" || len(name) > 200 || strings.ContainsFunc(name, func(r rune) bool {
		return r > '~' || !strings.ContainsRune("!#$%&'*+-.^_`|~", r) && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	}):
		return "is no name of a header"
	case slices.Contains(ours, textproto.CanonicalMIMEHeaderKey(name)):
		return "is set by the sender"
	case len(value) > longestHeader || strings.ContainsFunc(value, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }):
		return fmt.Sprintf("must have a value without control characters, of at most %d bytes", longestHeader)
	}
	return ""
}

// checkPatterns refuses patterns that fit no event of the contract: they are misspelt. Where the contract names no event, any
// pattern will do.
func (w *Webhooks) checkPatterns(field string, patterns []string) error {
	if len(patterns) > mostPatterns {
		return &RequestError{Field: field, Reason: fmt.Sprintf("must be at most %d", mostPatterns)}
	}
	events := w.contract.Events()
	for i, p := range patterns {
		known := len(events) == 0 || slices.ContainsFunc(events, func(e *contracts.Event) bool { return fits(p, e.Name) })
		if p == "" || len(p) > longestText || !known {
			return &RequestError{Field: fmt.Sprintf("%s/%d", field, i), Reason: fmt.Sprintf("%.60q fits no event of the contract; it has %s", p, eventNames(events))}
		}
	}
	return nil
}

// eventNames lists names for a message.
func eventNames(events []*contracts.Event) string {
	const most = 20
	var names []string
	for _, e := range events[:min(len(events), most)] {
		names = append(names, e.Name)
	}
	if len(events) > most {
		names = append(names, fmt.Sprintf("%d more", len(events)-most))
	}
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}
