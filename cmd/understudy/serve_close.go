package main

import (
	"context"
	"time"

	"understudy/mock"
)

// failed tells when a listener stops by itself.
func (h *house) failed() <-chan error {
	failed := make(chan error, 1)
	for _, l := range append(h.listeners[:len(h.listeners):len(h.listeners)], h.control) {
		if l == nil {
			continue
		}
		go func() { failed <- <-l.Done() }()
	}
	return failed
}

// deliveryGrace is how long deliveries that are due may take when the process ends.
const deliveryGrace = 5 * time.Second

// close ends everything: first requests, then the deliveries that they have caused, which may go to the inbox of the
// management API, and last that.
func (h *house) close() {
	if h.handler != nil {
		h.handler.Close() // ends the event streams, which would hold the listener
	}
	end := func(l *mock.Listener) {
		if l != nil {
			_ = l.Close(context.Background()) // the process ends: nobody waits for what is cut
		}
	}
	for _, l := range h.listeners {
		end(l)
	}
	ctx, cancel := context.WithTimeout(context.Background(), deliveryGrace)
	defer cancel()
	for _, st := range h.stands {
		_ = st.handler.server().Close(ctx) // what does not end in time is cut off
	}
	end(h.control)
	if err := h.depot.close(); err != nil {
		h.depot.logger.Error("the store was not closed as it should be", "error", err)
	}
}
