package main

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// drain says that no more requests should come, and goes on answering those that do for a time, so that whoever spreads
// requests over several stand-ins notices. Clients are asked to let go of their connections. A second signal ends it.
func (h *house) drain(d time.Duration, logger *slog.Logger) {
	if h.handler != nil {
		h.handler.Drain()
	}
	if d <= 0 {
		return
	}
	for _, l := range h.listeners {
		l.Drain()
	}
	logger.Info("draining", "for", d)
	again, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-again.Done():
	}
}
