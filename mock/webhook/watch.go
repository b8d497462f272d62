package webhook

import (
	"context"
	"slices"
	"sync"
)

// hooks are those who want to know of changes.
type hooks struct {
	mu   sync.RWMutex
	list []*hook
}

type hook struct{ f func(Delivery, *Attempt) }

func (h *hooks) tell(d *delivery, a *Attempt) {
	h.mu.RLock()
	list := h.list
	h.mu.RUnlock()
	for _, one := range list {
		one.f(d.Delivery, a)
	}
}

// Watch calls f whenever a delivery has changed; attempt is the one that was just made, or nil, and must not be changed. It
// is called after the change is in the store. f must not block, nor call what waits. The function stop ends it.
func (w *Webhooks) Watch(f func(d Delivery, attempt *Attempt)) (stop func()) {
	one := &hook{f}
	w.hooks.mu.Lock()
	defer w.hooks.mu.Unlock()
	w.hooks.list = append(slices.Clip(w.hooks.list), one)
	return func() {
		w.hooks.mu.Lock()
		defer w.hooks.mu.Unlock()
		w.hooks.list = slices.DeleteFunc(slices.Clone(w.hooks.list), func(h *hook) bool { return h == one })
	}
}

// WaitFor waits for a delivery that a filter chooses, there already or to come; of several that are there, the latest. Without
// States one that is finished is waited for.
func (w *Webhooks) WaitFor(ctx context.Context, f Filter) (Delivery, error) {
	if len(f.States) == 0 {
		f.States = []State{Delivered, Dead, Cancelled}
	}
	f.Limit = 1
	found := make(chan Delivery, 1)
	stop := w.Watch(func(d Delivery, _ *Attempt) {
		if f.takes(&d) {
			select {
			case found <- d:
			default:
			}
		}
	})
	defer stop()
	if list, err := w.Deliveries(ctx, f); err != nil || len(list) > 0 {
		if err != nil {
			return Delivery{}, err
		}
		return list[0], nil
	}
	select {
	case d := <-found:
		return d, nil
	case <-ctx.Done():
		return Delivery{}, ctx.Err()
	}
}
