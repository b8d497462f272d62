package control

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"understudy/mock/webhook"
)

// A Delivery is the way of one event to one receiver. What may be secret in its URL is hidden.
type Delivery struct {
	ID           string         `json:"id"`
	Event        string         `json:"event"` // id: the same in each delivery and attempt
	Type         string         `json:"type"`
	Endpoint     string         `json:"endpoint,omitempty"` // id; missing: it goes to a URL that is no endpoint's
	URL          string         `json:"url"`
	Method       string         `json:"method"`
	State        webhook.State  `json:"state"`
	Why          string         `json:"why,omitempty"` // it is in this state
	Attempts     int            `json:"attempts"`      // made so far
	CreatedAt    time.Time      `json:"created_at"`
	NextAt       *time.Time     `json:"next_at,omitempty"` // when an attempt is due
	EndedAt      *time.Time     `json:"ended_at,omitempty"`
	ReplayOf     string         `json:"replay_of,omitempty"`    // id of the delivery that this one does again
	Status       int            `json:"status,omitempty"`       // of the last answer
	Misbehaviour []Misbehaviour `json:"misbehaviour,omitempty"` // that was ordered for it
}

// Deliveries are several of them.
type Deliveries struct {
	Deliveries []Delivery `json:"deliveries"` // the latest first; of a replay the oldest first
}

// An Attempt is one try of a delivery.
type Attempt struct {
	Number       int             `json:"number"` // from 1
	At           time.Time       `json:"at"`     // on the stand-in's clock
	Duration     float64         `json:"duration_ms"`
	Request      Request         `json:"request"`            // as it was sent; the values of the endpoint's own headers are hidden
	Response     *Response       `json:"response,omitempty"` // missing: there was none
	Error        string          `json:"error,omitempty"`
	Outcome      webhook.Outcome `json:"outcome"`
	Why          string          `json:"why"` // what follows from it, and by which rule
	NextAt       *time.Time      `json:"next_at,omitempty"`
	Misbehaviour []string        `json:"misbehaviour,omitempty"` // kinds of trouble that were carried out
}

// A DeliveryRecord is a delivery with its attempts.
type DeliveryRecord struct {
	Delivery Delivery  `json:"delivery"`
	Attempts []Attempt `json:"attempts"` // the first one first
}

func deliveryOf(d webhook.Delivery) Delivery {
	one := Delivery{
		ID: d.ID, Event: d.Event, Type: d.Type, Endpoint: d.Endpoint, URL: webhook.ShownURL(d.URL), Method: d.Method, State: d.State, Why: d.Why,
		Attempts: d.Attempts, CreatedAt: d.CreatedAt.UTC(), NextAt: instantOf(d.NextAt), EndedAt: instantOf(d.EndedAt), ReplayOf: d.ReplayOf, Status: d.Status,
	}
	for _, m := range d.Misbehave {
		one.Misbehaviour = append(one.Misbehaviour, misbehaviourOf(m))
	}
	return one
}

func deliveriesOf(list []webhook.Delivery) Deliveries {
	answer := Deliveries{Deliveries: []Delivery{}}
	for _, d := range list {
		answer.Deliveries = append(answer.Deliveries, deliveryOf(d))
	}
	return answer
}

func attemptOf(a *webhook.Attempt) Attempt {
	one := Attempt{
		Number: a.Number, At: a.At.UTC(), Duration: float64(a.Duration) / float64(time.Millisecond),
		Request: Request{Method: a.Method, URL: webhook.ShownURL(a.URL), Headers: headersOf(a.Headers), Body: bodyOf(a.Body, len(a.Body), a.Cut, true)},
		Error:   a.Error, Outcome: a.Outcome, Why: a.Why, NextAt: instantOf(a.NextAt), Misbehaviour: a.Misbehave,
	}
	if a.Status != 0 {
		one.Response = &Response{
			Status: a.Status, Headers: headersOf(a.ResponseHeaders), Body: bodyOf(a.ResponseBody, len(a.ResponseBody), a.ResponseCut, true),
		}
	}
	return one
}

// mostDeliveries is how many deliveries, or events, a list holds at most.
const mostDeliveries = 1000

// states are the words of a delivery's state.
var states = []webhook.State{webhook.Pending, webhook.Held, webhook.Sending, webhook.Delivered, webhook.Dead, webhook.Cancelled}

// statesOf reads states with commas between them; none is the absence of a wish.
func statesOf(text string) (list []webhook.State, wrong string) {
	if text == "" {
		return nil, ""
	}
	for word := range strings.SplitSeq(text, ",") {
		if !slices.Contains(states, webhook.State(word)) {
			return nil, fmt.Sprintf("must be of %s, with commas between several", wordsOf(states))
		}
		list = append(list, webhook.State(word))
	}
	return list, ""
}

// wordsOf lists words with commas between them.
func wordsOf[T ~string](list []T) string {
	words := make([]string, len(list))
	for i, word := range list {
		words[i] = string(word)
	}
	return strings.Join(words, ", ")
}

// deliveryFilters choose deliveries.
var deliveryFilters = []string{"endpoint", "event", "type", "state", "since"}

func listDeliveries(c *call) error {
	limit, err := c.query.number("limit", defaultItems, 1, mostDeliveries)
	if err != nil {
		return err
	}
	f := webhook.Filter{Endpoint: c.query["endpoint"], Event: c.query["event"], Type: c.query["type"], After: c.query["before"], Limit: int(limit)}
	if f.Since, err = c.query.instant("since"); err != nil {
		return err
	}
	wrong := ""
	if f.States, wrong = statesOf(c.query["state"]); wrong != "" {
		return badParameter("state=%.100q: it %s.", c.query["state"], wrong)
	}
	list, err := c.hooks().Deliveries(c.Context(), f)
	if err != nil {
		return noHook(err, "delivery", f.After)
	}
	return c.answer(deliveriesOf(list))
}

func getDelivery(c *call) error {
	id := c.PathValue("delivery")
	d, err := c.hooks().Delivery(c.Context(), id)
	if err != nil {
		return noHook(err, "delivery", id)
	}
	attempts, err := c.hooks().Attempts(c.Context(), id)
	if err != nil {
		return noHook(err, "delivery", id)
	}
	answer := DeliveryRecord{Delivery: deliveryOf(d), Attempts: []Attempt{}}
	for i := range attempts {
		answer.Attempts = append(answer.Attempts, attemptOf(&attempts[i]))
	}
	return c.answer(answer)
}

// cancelDelivery ends a delivery that is not finished.
func cancelDelivery(c *call) error {
	id := c.PathValue("delivery")
	d, err := c.hooks().Cancel(c.Context(), id)
	if err != nil {
		return members(nil).hookRefused(err, "delivery", id, "")
	}
	return c.answer(deliveryOf(d))
}

// replayDelivery does one delivery again.
func replayDelivery(c *call) error {
	var q struct {
		Misbehaviour []misbehaviour `json:"misbehaviour"`
	}
	sent, err := c.read(&q)
	if err != nil {
		return err
	}
	list, wrong := troubles(q.Misbehaviour)
	if wrong != nil {
		return sent.misplaced(wrong)
	}
	id := c.PathValue("delivery")
	if _, err := c.hooks().Delivery(c.Context(), id); err != nil {
		return noHook(err, "delivery", id)
	}
	d, err := c.hooks().Replay(c.Context(), id, list...)
	if err != nil {
		return replayRefused(sent, err)
	}
	return c.created(deliveryOf(d))
}

// replayRefused translates why a delivery that is there cannot be done again.
func replayRefused(sent members, err error) error {
	if errors.Is(err, webhook.ErrNotFound) { // its endpoint
		return problem(http.StatusConflict, "endpoint_gone", "%s.", capital(err))
	}
	return sent.hookRefused(err, "delivery", "", "")
}

// replayDeliveries does all that a filter chooses again, the oldest first; without states those that are dead.
func replayDeliveries(c *call) error {
	var q struct {
		Endpoint   string   `json:"endpoint"`
		Event      string   `json:"event"`
		Type       string   `json:"type"`
		State      string   `json:"state"`
		Deliveries []string `json:"deliveries"`
	}
	sent, err := c.read(&q)
	if err != nil {
		return err
	}
	if len(q.Deliveries) > 0 {
		if len(sent) > 1 {
			return sent.misplaced(&webhook.RequestError{Field: "deliveries", Reason: "names them one by one: leave the other members out"})
		}
		return c.replayEach(sent, q.Deliveries)
	}
	f := webhook.Filter{Endpoint: q.Endpoint, Event: q.Event, Type: q.Type, Limit: mostDeliveries}
	wrong := ""
	if f.States, wrong = statesOf(q.State); wrong != "" {
		return sent.misplaced(&webhook.RequestError{Field: "state", Reason: wrong})
	}
	list, err := c.hooks().ReplayAll(c.Context(), f)
	if err != nil {
		return replayRefused(sent, err)
	}
	return c.created(deliveriesOf(list))
}

// replayEach does deliveries again in the order in which they are named. All must be there before the first one is.
func (c *call) replayEach(sent members, ids []string) error {
	if len(ids) > mostDeliveries {
		return sent.misplaced(&webhook.RequestError{Field: "deliveries", Reason: fmt.Sprintf("must be at most %d", mostDeliveries)})
	}
	for _, id := range ids {
		if _, err := c.hooks().Delivery(c.Context(), id); err != nil {
			return noHook(err, "delivery", id)
		}
	}
	var made []webhook.Delivery
	for _, id := range ids {
		d, err := c.hooks().Replay(c.Context(), id)
		if err != nil {
			return replayRefused(sent, fmt.Errorf("after %d of %d: %w", len(made), len(ids), err))
		}
		made = append(made, d)
	}
	return c.created(deliveriesOf(made))
}
