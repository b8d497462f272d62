package control

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"understudy/contracts"
	"understudy/contracts/schema"
	"understudy/mock"
	"understudy/mock/webhook"
)

// A ToldEvent is something that was told, whoever heard of it.
type ToldEvent struct {
	ID          string    `json:"id"` // what receivers deduplicate by
	Type        string    `json:"type"`
	At          time.Time `json:"at"`
	Account     string    `json:"account,omitempty"`
	Environment string    `json:"environment,omitempty"`
	Cause       string    `json:"cause,omitempty"`
	ContentType string    `json:"content_type"`
	Deliveries  []string  `json:"deliveries"`     // ids, the oldest first
	Body        *Body     `json:"body,omitempty"` // that receivers get; missing in lists
}

// ToldEvents is the answer of GET /contracts/{contract}/told-events.
type ToldEvents struct {
	Events []ToldEvent `json:"events"` // the latest first
}

// A SentEvent is the answer of POST /contracts/{contract}/events.
type SentEvent struct {
	Event      ToldEvent  `json:"event"`
	Deliveries []Delivery `json:"deliveries"` // empty: no endpoint wants to hear of it
}

func toldEventOf(e webhook.Event) ToldEvent {
	return ToldEvent{
		ID: e.ID, Type: e.Type, At: e.At.UTC(), Account: e.Account, Environment: e.Environment, Cause: e.Cause, ContentType: e.ContentType,
		Deliveries: append([]string{}, e.Deliveries...), Body: bodyOf(e.Payload, len(e.Payload), false, true),
	}
}

// eventRequest is the body of POST /contracts/{contract}/events.
type eventRequest struct {
	Type         string          `json:"type"`
	Data         map[string]any  `json:"data"`    // members that are put in; a name that begins with a slash is a JSON Pointer into the payload
	Payload      json.RawMessage `json:"payload"` // the whole body, as it is written
	Body         *string         `json:"body"`    // the whole body, where it is no JSON
	ID           string          `json:"id"`      // of the event; missing: made up
	Account      string          `json:"account"`
	Environment  string          `json:"environment"`
	To           string          `json:"to"` // id of an endpoint, or a URL; missing: all endpoints that want it
	Force        bool            `json:"force"`
	Misbehaviour []misbehaviour  `json:"misbehaviour"`
}

// mostPayload is the size in bytes of a request with the body of an event in it.
const mostPayload = 20 << 20

func sendEvent(c *call) error {
	var q eventRequest
	sent, err := c.readUpTo(mostPayload, &q)
	if err != nil {
		return err
	}
	e, err := c.emission(&q, sent)
	if err != nil {
		return err
	}
	told, deliveries, err := c.server.Emit(c.Context(), e)
	if err != nil {
		return c.untold(sent, &q, err)
	}
	answer := SentEvent{Event: toldEventOf(told), Deliveries: []Delivery{}}
	for _, d := range deliveries {
		answer.Deliveries = append(answer.Deliveries, deliveryOf(d))
	}
	return c.created(answer)
}

// emission reads what is to be told.
func (c *call) emission(q *eventRequest, sent members) (e webhook.Emission, err error) {
	unfit := func(field, reason string) (webhook.Emission, error) {
		return e, sent.misplaced(&webhook.RequestError{Field: field, Reason: reason})
	}
	whole := q.Body != nil || q.Payload != nil
	switch {
	case q.Type == "":
		return unfit("type", "must name an event")
	case q.Body != nil && q.Payload != nil:
		return unfit("body", "cannot be given beside payload: either is the whole body")
	case whole && (q.Data != nil || q.ID != ""):
		return unfit("data", "data and id cannot be given beside payload or body, which say it all")
	}
	e = webhook.Emission{Type: q.Type, Account: q.Account, Environment: q.Environment, Force: q.Force, To: webhook.Target{Endpoint: q.To}}
	if isURL(q.To) {
		e.To = webhook.Target{URL: q.To}
	}
	var wrong *webhook.RequestError
	if e.Misbehave, wrong = troubles(q.Misbehaviour); wrong != nil {
		return e, sent.misplaced(wrong)
	}
	switch {
	case q.Body != nil:
		e.Payload = []byte(*q.Body)
	case q.Payload != nil:
		e.Payload = bytes.Clone(q.Payload)
	}
	if e.Event = c.hooks().Contract().Event(q.Type); e.Event == nil {
		if whole && q.Force {
			return e, nil
		}
		_, err := c.event(q.Type)
		return e, err
	}
	if whole {
		return e, nil
	}
	if q.ID != "" && e.Event.Places.ID == contracts.Nowhere {
		return unfit("id", "cannot be chosen: the payload of "+q.Type+" does not tell it")
	}
	e.Fill = filling(e.Event, q)
	if _, _, err := c.hooks().Sample(e.Event, nil, e.Fill); err != nil { // what cannot be filled in is told before anything is written
		if len(q.Data) == 0 && q.ID != "" {
			return unfit("id", err.Error())
		}
		return unfit("data", err.Error())
	}
	return e, nil
}

// filling gives the members that are put into a made-up payload, by JSON Pointer: those without a slash stand where the item
// does that the event is about.
func filling(e *contracts.Event, q *eventRequest) map[string]any {
	fill := map[string]any{}
	root := ""
	if e.Places.From != contracts.Nowhere {
		root = e.Places.From
	}
	for name, value := range q.Data {
		if !strings.HasPrefix(name, "/") {
			name = root + "/" + schema.EscapeToken(name)
		}
		fill[name] = value
	}
	if q.ID != "" {
		fill[e.Places.ID] = q.ID
	}
	return fill
}

// untold is the problem of an event that could not be told.
func (c *call) untold(sent members, q *eventRequest, err error) error {
	var broken *webhook.PayloadError
	switch {
	case errors.Is(err, mock.ErrSilent):
		return problem(http.StatusConflict, "family_off", "%s. Switch it on, or send force.", capital(err))
	case errors.As(err, &broken):
		p := problem(http.StatusUnprocessableEntity, "payload_does_not_fit", "The payload of %s breaks the document, so nothing was sent; force sends it nevertheless.", broken.Type)
		for i := range broken.Violations {
			v := &broken.Violations[i]
			p.Violations = append(p.Violations, Violation{In: "body", Pointer: v.Pointer, Keyword: v.Keyword, Want: v.Want, Got: v.Got, At: placeOf(v.At)})
		}
		return p
	case errors.Is(err, webhook.ErrNotFound) && q.To != "":
		return noHook(err, "endpoint", q.To)
	}
	return sent.hookRefused(err, "event", q.Type, "to")
}

func listToldEvents(c *call) error {
	limit, err := c.query.number("limit", defaultItems, 1, mostDeliveries)
	if err != nil {
		return err
	}
	list, err := c.hooks().Events(c.Context(), webhook.EventFilter{
		Type: c.query["type"], Account: c.query["account"], Environment: c.query["environment"], After: c.query["before"], Limit: int(limit),
	})
	if err != nil {
		return noHook(err, "event", c.query["before"])
	}
	answer := ToldEvents{Events: []ToldEvent{}}
	for _, e := range list {
		answer.Events = append(answer.Events, toldEventOf(e))
	}
	return c.answer(answer)
}

func getToldEvent(c *call) error {
	id := c.PathValue("event")
	e, err := c.hooks().Event(c.Context(), id)
	if err != nil {
		return noHook(err, "event", id)
	}
	return c.answer(toldEventOf(e))
}

// replayToldEvent sends an event again, under the same id.
func replayToldEvent(c *call) error {
	var q struct {
		To string `json:"to"`
	}
	sent, err := c.read(&q)
	if err != nil {
		return err
	}
	id, to := c.PathValue("event"), webhook.Target{Endpoint: q.To}
	if isURL(q.To) {
		to = webhook.Target{URL: q.To}
	}
	if _, err := c.hooks().Event(c.Context(), id); err != nil {
		return noHook(err, "event", id)
	}
	list, err := c.hooks().ReplayEvent(c.Context(), id, to)
	if err != nil {
		return sent.hookRefused(err, "endpoint", q.To, "to")
	}
	return c.created(deliveriesOf(list))
}
