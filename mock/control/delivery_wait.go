package control

import (
	"context"
	"slices"
	"time"

	"understudy/mock/clock"
	"understudy/mock/webhook"
)

// How long somebody waits at the management API, in real time: a clock that stands still would never end it.
const (
	usualWait   = 10 * time.Second
	longestWait = 2 * time.Minute
)

// A WaitedDelivery is the answer of POST /contracts/{contract}/deliveries/wait.
type WaitedDelivery struct {
	Arrived  bool      `json:"arrived"`            // one that was waited for is there
	Delivery *Delivery `json:"delivery,omitempty"` // that one; where none arrived, the latest one that differs in its state alone
}

// within bounds the waiting of a caller.
func (c *call) within(text string, sent members) (ctx context.Context, cancel func(), err error) {
	d := usualWait
	if text != "" {
		if d, err = parseDuration(text); err == nil && d > longestWait {
			err = &webhook.RequestError{Field: "within", Reason: "must be at most " + shortDuration(longestWait) + "; ask again for more"}
		}
		if err != nil {
			return nil, nil, sent.misplaced(&webhook.RequestError{Field: "within", Reason: reasonOf(err)})
		}
	}
	ctx, cancelled := context.WithCancel(c.Context())
	stop := clock.Real{}.AfterFunc(d, cancelled)
	return ctx, func() { stop(); cancelled() }, nil
}

// reasonOf is a refusal without the name of its member.
func reasonOf(err error) string {
	if wrong, ok := err.(*webhook.RequestError); ok {
		return wrong.Reason
	}
	return err.Error()
}

// waitDelivery waits until a delivery is there that was asked for.
func (h *Handler) waitDelivery(c *call) error {
	var q struct {
		Type     string `json:"type"`
		Endpoint string `json:"endpoint"`
		Event    string `json:"event"`
		State    string `json:"state"`
		After    string `json:"after"`
		Within   string `json:"within"`
	}
	sent, err := c.read(&q)
	if err != nil {
		return err
	}
	w := waited{hooks: c.hooks(), after: q.After, filter: webhook.Filter{Type: q.Type, Endpoint: q.Endpoint, Event: q.Event, Limit: mostDeliveries}}
	switch q.State {
	case "":
		w.states = []webhook.State{webhook.Delivered}
	case "finished":
		w.states = []webhook.State{webhook.Delivered, webhook.Dead, webhook.Cancelled}
	default:
		wrong := ""
		if w.states, wrong = statesOf(q.State); wrong != "" {
			return sent.misplaced(&webhook.RequestError{Field: "state", Reason: wrong + "; finished stands for delivered, dead and cancelled"})
		}
	}
	if q.After != "" {
		if _, err := c.hooks().Delivery(c.Context(), q.After); err != nil {
			return noHook(err, "delivery", q.After)
		}
	}
	ctx, cancel, err := c.within(q.Within, sent)
	if err != nil {
		return err
	}
	defer cancel()
	answer, err := w.wait(ctx, h.closing)
	if err != nil {
		return err
	}
	return c.answer(answer)
}

// A waited is what somebody waits for.
type waited struct {
	hooks  *webhook.Webhooks
	filter webhook.Filter // without states
	states []webhook.State
	after  string // id of a delivery: only later ones
}

// wait looks whenever a delivery has changed.
func (w *waited) wait(ctx context.Context, closing <-chan struct{}) (answer WaitedDelivery, err error) {
	changed := make(chan struct{}, 1)
	stop := w.hooks.Watch(func(d webhook.Delivery, _ *webhook.Attempt) {
		if w.filter.Endpoint != "" && w.filter.Endpoint != d.Endpoint || w.filter.Event != "" && w.filter.Event != d.Event {
			return
		}
		select {
		case changed <- struct{}{}:
		default: // it will look anyway
		}
	})
	defer stop()
	for {
		if answer, err = w.look(ctx); err != nil && ctx.Err() == nil || answer.Arrived {
			return answer, err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return w.look(context.WithoutCancel(ctx))
		case <-closing:
			return answer, nil
		}
	}
}

// look finds what is there: behind another one the first, else the latest.
func (w *waited) look(ctx context.Context) (answer WaitedDelivery, err error) {
	list, err := w.hooks.Deliveries(ctx, w.filter)
	if err != nil {
		return answer, err
	}
	if w.after != "" {
		if i, err := w.behind(ctx, list); err != nil {
			return answer, err
		} else if list = list[:i]; i > 0 {
			list = slices.Clone(list)
			slices.Reverse(list)
		}
	}
	for i := range list {
		if slices.Contains(w.states, list[i].State) {
			d := deliveryOf(list[i])
			return WaitedDelivery{Arrived: true, Delivery: &d}, nil
		}
	}
	if len(list) > 0 {
		d := deliveryOf(list[0])
		answer.Delivery = &d
	}
	return answer, nil
}

// behind says how many of a list, the latest first, are later than the one that was named, which may not be in the list itself.
func (w *waited) behind(ctx context.Context, list []webhook.Delivery) (int, error) {
	earlier, err := w.hooks.Deliveries(ctx, webhook.Filter{Type: w.filter.Type, Endpoint: w.filter.Endpoint, Event: w.filter.Event, After: w.after, Limit: 1})
	if err != nil {
		return 0, err
	}
	for i := range list {
		if list[i].ID == w.after || len(earlier) > 0 && list[i].ID == earlier[0].ID {
			return i, nil
		}
	}
	return len(list), nil
}
