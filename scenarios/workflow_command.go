package scenarios

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"understudy/scenarios/arazzo"
)

// before carries out what x-understudy wants done before a step.
func (e *execution) before(ctx context.Context, s *arazzo.Step) error {
	x := &s.Extension
	if !x.NeedsControl() {
		return nil
	}
	control, err := e.control(s)
	if err != nil {
		return err
	}
	if x.Clock != nil {
		move := map[string]string{"advance": x.Clock.Advance.String()}
		if !x.Clock.Set.IsZero() {
			move = map[string]string{"set": x.Clock.Set.Format(time.RFC3339Nano)}
		}
		if err := e.course.hold(ctx, control); err != nil {
			return fmt.Errorf("%s: stop the clock: %w", s.At, err)
		}
		if err := control.Do(ctx, http.MethodPost, "/clock", move, nil); err != nil {
			return fmt.Errorf("%s: move the clock: %w", s.At, err)
		}
	}
	if x.Event != nil {
		send := map[string]any{"type": x.Event.Send}
		if x.Event.Data != nil {
			v, err := x.Event.Data.Evaluate(e)
			if err != nil {
				return fmt.Errorf("%s: the event's data: %w", s.At, err)
			}
			if !v.Absent {
				send["data"] = v.Any
			}
		}
		if err := control.Do(ctx, http.MethodPost, "/events", send, nil); err != nil {
			return fmt.Errorf("%s: send the event %s: %w", s.At, x.Event.Send, err)
		}
	}
	return nil
}

// A heldClock is one that the test stopped, and its rate before.
type heldClock struct {
	control *Control
	rate    float64
}

// hold lets a clock that runs stand still until the test has ended. What a workflow says of instants would else be late by as long
// as its requests take.
func (c *course) hold(ctx context.Context, control *Control) error {
	if slices.ContainsFunc(c.held, func(h heldClock) bool { return h.control == control }) {
		return nil
	}
	var shows struct {
		Frozen bool    `json:"frozen"`
		Rate   float64 `json:"rate"`
	}
	if err := control.Do(ctx, http.MethodGet, "/clock", nil, &shows); err != nil {
		return err
	}
	if shows.Frozen {
		return nil
	}
	if err := control.Do(ctx, http.MethodPost, "/clock", map[string]bool{"freeze": true}, nil); err != nil {
		return err
	}
	c.held = append(c.held, heldClock{control, shows.Rate})
	return nil
}

// letGo lets the clocks that the test stopped go on, also where the test was broken off.
func (c *course) letGo(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	var errs []error
	for _, h := range c.held {
		if err := h.control.Do(ctx, http.MethodPost, "/clock", map[string]float64{"rate": h.rate}, nil); err != nil {
			errs = append(errs, fmt.Errorf("the clock of the stand-in was stopped and stands still: %w", err))
		}
	}
	c.held = nil
	return errors.Join(errs...)
}

// control gives the management API that a step needs; without one the step is skipped.
func (e *execution) control(s *arazzo.Step) (*Control, error) {
	if s.Operation != nil {
		if d, _, err := e.operation(s.Operation); err == nil && d.Control != nil {
			return d.Control, nil
		}
	}
	for _, d := range e.player.deployments(e.script) {
		if d.Control != nil {
			return d.Control, nil
		}
	}
	return nil, &errSkip{needsControl}
}

// after waits for a delivery where the step says so.
func (e *execution) after(ctx context.Context, s *arazzo.Step) error {
	w := s.Extension.Wait
	if w == nil {
		return nil
	}
	control, err := e.control(s)
	if err != nil {
		return err
	}
	within := w.Within
	if within <= 0 {
		within = e.player.options.Within
	}
	found, err := e.waitFor(ctx, control, w.Delivery, within)
	if err != nil {
		return fmt.Errorf("%s: wait for a delivery: %w", s.At, err)
	}
	if !found {
		return &failure{reason: fmt.Sprintf("no delivery of %s arrived within %s", w.Delivery, within), check: "HOOK-001"}
	}
	for _, d := range e.player.deployments(e.script) {
		if d.Control == control {
			d.Cover([]string{w.Delivery}, nil)
		}
	}
	return nil
}

// show hides secrets in what is told of a value.
func (e *execution) show(text string) string { return e.player.show(e.script, text) }

// mostDeliveryWait is how long the management API waits at most.
const mostDeliveryWait = 2 * time.Minute

// waitFor waits for a delivery that came after the workflow had begun, and after the one of that event that it has waited for
// before: what another workflow caused is no proof.
func (e *execution) waitFor(ctx context.Context, control *Control, event string, within time.Duration) (bool, error) {
	var found struct {
		Arrived  bool `json:"arrived"`
		Delivery struct {
			ID string `json:"id"`
		} `json:"delivery"`
	}
	wanted := map[string]any{"type": event, "within": min(within, mostDeliveryWait).String()}
	if mark := cmp.Or(e.course.waited[event], e.course.latest); mark != "" {
		wanted["after"] = mark
	}
	err := control.Do(ctx, http.MethodPost, "/deliveries/wait", wanted, &found)
	var refused *ControlError
	if errors.As(err, &refused) && refused.Status == http.StatusNotFound && wanted["after"] != nil { // the stand-in was reset meanwhile
		delete(wanted, "after")
		err = control.Do(ctx, http.MethodPost, "/deliveries/wait", wanted, &found)
	}
	if err == nil && found.Arrived {
		e.course.waited[event] = found.Delivery.ID
	}
	return found.Arrived, err
}

// latestDelivery gives the id of the latest delivery there is, where the script waits for some; empty: there is none.
func (e *execution) latestDelivery(ctx context.Context) string {
	waits := func(s *arazzo.Step) bool { return s.Extension.Wait != nil }
	if !slices.ContainsFunc(e.script.Document.Workflows, func(w *arazzo.Workflow) bool { return slices.ContainsFunc(w.Steps, waits) }) {
		return ""
	}
	for _, d := range e.player.deployments(e.script) {
		if d.Control == nil {
			continue
		}
		var list struct {
			Deliveries []struct {
				ID string `json:"id"`
			} `json:"deliveries"`
		}
		if err := d.Control.Do(ctx, http.MethodGet, "/deliveries?limit=1", nil, &list); err == nil && len(list.Deliveries) > 0 {
			return list.Deliveries[0].ID
		}
		return ""
	}
	return ""
}
