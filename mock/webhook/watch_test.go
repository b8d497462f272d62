package webhook_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"understudy/mock/webhook"
)

// TestWatch tells of each step of a delivery, with its attempt where there was one.
func TestWatch(t *testing.T) {
	f, r := open(t, webhook.Options{}), receive(t)
	f.register(webhook.EndpointRequest{URL: r.URL})
	var mu sync.Mutex
	var steps []string
	stop := f.Watch(func(d webhook.Delivery, a *webhook.Attempt) {
		mu.Lock()
		defer mu.Unlock()
		step := string(d.State)
		if a != nil {
			step += "+" + string(a.Outcome)
		}
		steps = append(steps, step)
	})
	f.emit("order.created", webhook.Emission{})
	f.wait()
	stop()
	f.emit("order.created", webhook.Emission{})
	f.wait()
	mu.Lock()
	defer mu.Unlock()
	if got := strings.Join(steps, " "); got != "pending sending delivered+taken" {
		t.Errorf("steps %s", got)
	}
}

func TestWaitFor(t *testing.T) {
	f, r := open(t, webhook.Options{}), receive(t)
	f.register(webhook.EndpointRequest{URL: r.URL})
	found := make(chan webhook.Delivery)
	for range 3 { // before and after it is there
		go func() {
			d, err := f.WaitFor(t.Context(), webhook.Filter{Type: "order.p*"})
			if err != nil {
				t.Error(err)
			}
			found <- d
		}()
	}
	f.emit("order.created", webhook.Emission{})
	want := f.emit("order.paid", webhook.Emission{})
	for range 3 {
		if d := <-found; d.ID != want.ID || d.State != webhook.Delivered {
			t.Errorf("%+v", d)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := f.WaitFor(ctx, webhook.Filter{Type: "licence.*"}); !errors.Is(err, context.Canceled) {
		t.Errorf("waiting for what does not come: %v", err)
	}
}
