package rehearsal

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// A delivery is one webhook delivery, as the management API tells of it.
type delivery struct {
	ID, Type, Endpoint, URL, State string
	Attempts, Status               int
	Misbehaviour                   []struct{ Kind string }
}

// usualForgeries are the ways to spoil a delivery that a plan means where it names none.
var usualForgeries = []string{"wrong-secret", "unsigned", "changed-byte", "stale-timestamp"}

// forgeryTime is how long one forged delivery may take before it is taken back.
const forgeryTime = 10 * time.Second

// forge sends forged deliveries to the receiver of the latest delivery that was taken, and takes each back once it was sent:
// nothing that must not be believed is tried again.
func (c *Course) forge(ctx context.Context, f *Forgery) (n int, err error) {
	list, err := c.deliveries(ctx)
	if err != nil {
		return 0, err
	}
	var model *delivery
	for i := range list { // the newest first
		if list[i].State == "delivered" && list[i].Endpoint != "" && c.signed(list[i].Type) {
			model = &list[i]
			break
		}
	}
	if model == nil {
		return 0, nil
	}
	kinds := f.Kinds
	if len(kinds) == 0 {
		kinds = usualForgeries
	}
	for _, kind := range kinds {
		troubles := []map[string]any{{"kind": kind, "attempts": -1}}
		if kind == "huge-body" { // believed, it would be an event that never happened
			troubles = append(troubles, map[string]any{"kind": "wrong-secret", "attempts": -1})
		}
		body := map[string]any{"type": model.Type, "to": model.Endpoint, "misbehaviour": troubles}
		var sent struct{ Deliveries []delivery }
		if err := c.control.Do(ctx, http.MethodPost, "/events", body, &sent); err != nil {
			return n, fmt.Errorf("%s: %w", kind, err)
		}
		for _, d := range sent.Deliveries {
			if err := c.onceOnly(ctx, d.ID); err != nil {
				return n, err
			}
			n++
		}
	}
	return n, nil
}

// signed says whether deliveries of an event bear a signature.
func (c *Course) signed(name string) bool {
	e := c.contract.Event(name)
	return e != nil && e.Secret != ""
}

// onceOnly waits for the first attempt of a delivery, and takes back what would follow.
func (c *Course) onceOnly(ctx context.Context, id string) error {
	path := "/deliveries/" + url.PathEscape(id)
	for deadline := c.clock.Now().Add(forgeryTime); c.clock.Now().Before(deadline); {
		var record struct{ Delivery delivery }
		if err := c.control.Do(ctx, http.MethodGet, path, nil, &record); err != nil {
			return err
		}
		switch d := &record.Delivery; {
		case d.State == "delivered" || d.State == "dead" || d.State == "cancelled":
			return nil
		case d.Attempts > 0 && d.State == "pending":
			return c.control.Do(ctx, http.MethodPost, path+"/cancel", nil, nil)
		}
		if err := c.clock.Wait(ctx, pollEvery); err != nil {
			return err
		}
	}
	return c.control.Do(ctx, http.MethodPost, path+"/cancel", nil, nil)
}

// deliveries lists the latest ones, the newest first.
func (c *Course) deliveries(ctx context.Context) ([]delivery, error) {
	var page struct{ Deliveries []delivery }
	err := c.control.Do(ctx, http.MethodGet, "/deliveries?limit=200", nil, &page)
	return page.Deliveries, err
}
