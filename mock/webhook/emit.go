package webhook

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"understudy/contracts"
	"understudy/contracts/schema"
	"understudy/contracts/signature"
	"understudy/mock/clock"
	"understudy/mock/store"
)

// Emit tells of an event: it is written down with one delivery for each endpoint that is enabled and wants it, and sent in the
// background. It does not wait for any receiver. The error is a *PayloadError, a *RequestError, an *AddressError,
// ErrNotFound (no such event or endpoint), ErrClosed, or the store's.
func (w *Webhooks) Emit(ctx context.Context, e Emission) (Event, []Delivery, error) {
	for tries := 0; ; tries++ {
		told, list, err := w.emit(ctx, e)
		// Who leads no longer begins anew with what the store holds, which is the same as before.
		if !w.shared || tries == mostTurns || !errors.Is(err, errOver) || w.pause(ctx, turnTakes) != nil {
			return told, list, err
		}
	}
}

// How often an event is written again because another process leads now, and how long that takes to settle.
const (
	mostTurns = 100
	turnTakes = 10 * time.Millisecond
)

// pause waits by the machine's time.
func (w *Webhooks) pause(ctx context.Context, d time.Duration) error {
	over := make(chan struct{})
	stop := clock.Real{}.AfterFunc(d, func() { close(over) })
	defer stop()
	select {
	case <-over:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (w *Webhooks) emit(ctx context.Context, e Emission) (Event, []Delivery, error) {
	w.mu.Lock()
	era, closed := w.era, w.closed
	w.mu.Unlock()
	if closed {
		return Event{}, nil, ErrClosed
	}
	if err := checkTroubles(e.Misbehave); err != nil {
		return Event{}, nil, err
	}
	o, err := w.write(e)
	if err != nil {
		return Event{}, nil, err
	}
	list, err := w.targets(o, e.To)
	if err != nil {
		return Event{}, nil, err
	}
	for _, d := range list {
		d.Misbehave = slices.Clone(e.Misbehave)
	}
	var told *event
	var made []*delivery
	err = w.update(ctx, era, func(tx store.Tx) error {
		told, made = new(event), nil // anew each time, since it may be called more than once
		*told = *o
		for _, d := range list {
			one := *d
			made = append(made, &one)
		}
		return w.record(tx, era, told, made)
	})
	if err != nil {
		return Event{}, nil, fmt.Errorf("write the event %s of type %s: %w", o.ID, o.Type, err)
	}
	w.entered(era, told, made, len(told.payload))
	shown := w.announce(made)
	w.send(era, made)
	return w.told(told), shown, nil
}

// record writes an event with its deliveries, to which the trouble comes that was ordered.
func (w *Webhooks) record(tx store.Tx, e *era, o *event, list []*delivery) error {
	if err := w.consume(tx, e.keys, o, list); err != nil {
		return err
	}
	if _, ours := w.numberOfEvent(o.ID); !ours {
		if err := put(tx, e.keys.eventID(o.ID), o.Number); err != nil {
			return err
		}
	}
	return w.enter(tx, e, o, list)
}

// announce tells those who watch, and gives the deliveries as they are seen from outside.
func (w *Webhooks) announce(list []*delivery) []Delivery {
	made := make([]Delivery, len(list))
	for i, d := range list {
		made[i] = d.Delivery
		w.hooks.tell(d, nil)
	}
	return made
}

// told is an event as it is seen from outside.
func (w *Webhooks) told(o *event) Event {
	e := Event{
		ID: o.ID, Type: o.Type, At: o.At, Account: o.Account, Environment: o.Environment, Cause: o.Cause, ContentType: o.ContentType,
		Payload: o.payload, Scheme: o.Scheme, SecretName: o.SecretName, Deliveries: []string{},
	}
	for _, n := range o.Deliveries {
		e.Deliveries = append(e.Deliveries, w.numbered("dlv_", n))
	}
	return e
}

// Bounds of made-up payloads: nobody reads a megabyte of inventions.
const (
	madeDepth = 8
	madeNodes = 600
	mostBytes = 16 << 20 // of a payload
	longestID = 256
)

func (w *Webhooks) maker(now time.Time) *schema.Maker {
	return &schema.Maker{Seed: w.seed, Now: now, Direction: schema.Response, Examples: true, Depth: madeDepth, Nodes: madeNodes}
}

// Sample gives the payload that an event would have now, and the id in it, without telling anybody.
func (w *Webhooks) Sample(of *contracts.Event, item any, fill map[string]any) (payload []byte, id string, err error) {
	payload, value, id, err := w.payload(of, 0, w.clock.Now(), item, fill)
	if told, ok := textAt(value, of.Places.ID); ok {
		id = told
	}
	return payload, id, err
}

// payload makes the body of the event of number n and its id: one of our own, which nobody else has, unless the document
// wants another form.
func (w *Webhooks) payload(of *contracts.Event, n uint64, now time.Time, item any, fill map[string]any) (body []byte, value any, id string, err error) {
	key := fmt.Sprintf("event/%s/%d", of.Name, n)
	for _, id = range []string{w.ownID(of, n), of.NewID(w.maker(now), key)} {
		all := of.Fill(id, now, item)
		maps.Copy(all, fill)
		if body, value, err = of.Payload(w.maker(now), key, all); err == nil {
			return body, value, id, nil
		}
	}
	return nil, nil, "", fmt.Errorf("make a payload of %s: %w", of.Name, err)
}

// ownID makes an id of an event.
func (w *Webhooks) ownID(of *contracts.Event, n uint64) string {
	if of.Places.ID == contracts.Nowhere {
		return w.numbered("msg_", n) // it is told in a header
	}
	return w.numbered("evt_", n)
}

// numberOfEvent finds the number in an id that is one of ours.
func (w *Webhooks) numberOfEvent(id string) (uint64, bool) {
	if n, ok := w.numberOf(id, "evt_"); ok {
		return n, true
	}
	return w.numberOf(id, "msg_")
}

// write makes the event and its payload, and holds the payload against the document.
func (w *Webhooks) write(e Emission) (*event, error) {
	of, err := w.eventOf(e)
	if err != nil {
		return nil, err
	}
	now := w.clock.Now()
	o := &event{
		Number: w.nextNumber(), Type: cmp.Or(e.Type, of.Name), At: now, Account: e.Account, Environment: e.Environment, Cause: e.Cause, Trace: e.Trace, Scheme: of.Scheme,
		SecretName: of.Secret, TypeAt: of.Places.Type, ContentType: of.ContentType(), Method: http.MethodPost,
	}
	if of.Operation != nil && of.Operation.Method != "" {
		o.Method = of.Operation.Method
	}
	payload, value := e.Payload, any(nil)
	if payload == nil {
		if payload, value, o.ID, err = w.payload(of, o.Number, now, e.Item, e.Fill); err != nil {
			return nil, err
		}
	} else {
		o.ID = w.ownID(of, o.Number)
	}
	if len(payload) > mostBytes {
		return nil, &RequestError{Field: "payload", Reason: fmt.Sprintf("must have at most %d bytes", mostBytes)}
	}
	if e.Force {
		if e.Payload != nil {
			value, _ = schema.ParseJSON(payload)
		}
	} else if read, broken := of.Read(payload); len(broken) > 0 {
		return nil, &PayloadError{Type: o.Type, Violations: broken}
	} else if e.Payload != nil {
		value = read
	}
	if id, ok := textAt(value, of.Places.ID); ok {
		o.ID = id
	}
	o.payload = payload
	return o, nil
}

// eventOf finds what is to be told. One that the contract does not have can be forced, with a payload; nothing signs it.
func (w *Webhooks) eventOf(e Emission) (*contracts.Event, error) {
	if len(e.Type) > longestText || plainText(e.Type) != e.Type {
		return nil, &RequestError{Field: "type", Reason: fmt.Sprintf("must be ASCII of at most %d bytes", longestText)}
	}
	if e.Event != nil {
		return e.Event, nil
	}
	if of := w.contract.Event(e.Type); of != nil {
		return of, nil
	}
	if e.Force && e.Payload != nil && e.Type != "" {
		places := contracts.EventPlaces{From: contracts.Nowhere, ID: "/id", Type: "/type", At: contracts.Nowhere}
		return &contracts.Event{Name: e.Type, Scheme: signature.Scheme{Kind: signature.None}, Places: places}, nil
	}
	return nil, fmt.Errorf("event %.100q: %w; the contract has %s", e.Type, ErrNotFound, eventNames(w.contract.Events()))
}

// textAt gives the text that a payload holds at a place, where it can be an id.
func textAt(value any, at string) (string, bool) {
	if at == contracts.Nowhere || value == nil {
		return "", false
	}
	found, ok := schema.At(value, at)
	id, is := found.(string)
	return id, ok && is && id != "" && len(id) <= longestID && plainText(id) == id
}

// targets makes the deliveries of an event.
func (w *Webhooks) targets(o *event, to Target) ([]*delivery, error) {
	seen := &Event{Type: o.Type, Account: o.Account, Environment: o.Environment}
	var list []*delivery
	switch {
	case to.Endpoint != "":
		e := w.endpointOf(to.Endpoint)
		if e == nil {
			return nil, fmt.Errorf("endpoint %.60q: %w", to.Endpoint, ErrNotFound)
		}
		if !e.Enabled {
			return nil, fmt.Errorf("endpoint %s is disabled (%s): %w", e.ID, e.Disabled, ErrState)
		}
		list = append(list, w.newDelivery(o, e))
	case to.URL != "":
		if _, err := w.policy.Check(to.URL); err != nil {
			return nil, err
		}
		d := w.newDelivery(o, nil)
		d.URL, d.Method = to.URL, cmp.Or(to.Method, o.Method)
		list = append(list, d)
	default:
		for _, e := range w.allEndpoints() {
			if e.wants(seen) {
				list = append(list, w.newDelivery(o, e))
			}
		}
	}
	return list, nil
}

// newDelivery makes a delivery that is due by the schedule's first wait.
func (w *Webhooks) newDelivery(o *event, e *endpoint) *delivery {
	n := w.nextNumber()
	now := w.clock.Now()
	d := &delivery{Number: n, Of: o.Number, Delivery: Delivery{
		ID: w.numbered("dlv_", n), Event: o.ID, Type: o.Type, Method: o.Method, State: Pending, NextAt: now, CreatedAt: now,
	}}
	waits := w.conduct.plan.waits
	if e != nil {
		d.Endpoint, d.URL = e.ID, e.URL
		waits = w.conduct.with(e.Delivery).plan.waits
	}
	if len(waits) > 0 {
		d.NextAt = now.Add(waits[0])
	}
	return d
}

// label is what a clock's list shows for what waits.
func (d *delivery) label() string {
	return "deliver " + d.Type + " " + d.Event + " to " + ShownURL(d.URL) + ", attempt " + strconv.Itoa(d.Attempts+1)
}

// ShownURL leaves out of a URL what may be secret: the values of its query.
func ShownURL(raw string) string {
	if plainURL(raw) {
		return raw
	}
	u, err := url.Parse(raw)
	if err != nil {
		return "an unreadable URL"
	}
	if u.RawQuery != "" {
		u.RawQuery = "…"
	}
	u.User = nil
	return u.Scheme + "://" + u.Host + u.EscapedPath() + map[bool]string{true: "?…"}[u.RawQuery != ""]
}

// plainURL says that a URL has nothing but a scheme, a host and a path without escapes, so that nothing of it is left out.
func plainURL(raw string) bool {
	rest, http := strings.CutPrefix(raw, "http://")
	if !http {
		var https bool
		if rest, https = strings.CutPrefix(raw, "https://"); !https {
			return false
		}
	}
	for i := range len(rest) {
		switch c := rest[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '.', c == '-', c == '_', c == '/':
		case c == ':' && strings.IndexByte(rest, ':') == i && i+1 < len(rest) && '0' <= rest[i+1] && rest[i+1] <= '9':
		default:
			return false
		}
	}
	return rest != ""
}

// Event gives one that was told by its id, with its payload, or ErrNotFound.
func (w *Webhooks) Event(ctx context.Context, id string) (Event, error) {
	var found Event
	k := w.present().keys
	err := w.store.View(ctx, func(tx store.Tx) error {
		o, err := w.eventByID(tx, k, id)
		if err == nil {
			found = w.told(o)
		}
		return err
	})
	if err != nil {
		return Event{}, fmt.Errorf("event %.100q: %w", id, err)
	}
	return found, nil
}

func (w *Webhooks) eventByID(tx store.Tx, k keys, id string) (*event, error) {
	if len(id) > longestText {
		return nil, ErrNotFound
	}
	n, ours := w.numberOfEvent(id)
	if !ours {
		found, err := get[uint64](tx, k.eventID(id))
		if err != nil {
			return nil, err
		}
		n = *found
	}
	o, err := w.getEvent(tx, k, n)
	if err == nil && o.ID != id {
		err = ErrNotFound // of another generation
	}
	return o, err
}
