package control

import (
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"understudy/mock/clock"
)

// A Status is the answer of /health and /ready.
type Status struct {
	Status string `json:"status"` // "ok", "ready"
}

// probePatience is how long a check of readiness may take, in real time.
const probePatience = 2 * time.Second

// A readiness knows whether requests should be sent to the stand-ins. The zero value is that of a process that starts.
type readiness struct {
	begun, draining atomic.Bool

	mu     sync.Mutex
	checks []func() error
	probe  *probe // that is under way; nil: none is
	away   bool   // the last probe failed, which was logged
}

// A probe is one round of the checks, for all who ask meanwhile.
type probe struct {
	over chan struct{} // closed when err is there
	err  error
}

// Ready makes GET /ready say that requests are answered, for as long as every check passes: that of a store that is not in
// this process, say. Checks are called one after another, by one goroutine at a time, and may be called often; one that does not
// return counts as failed after two seconds. Their errors are logged, not shown: nobody who asks needs a token. It may be
// called again with further checks.
func (h *Handler) Ready(checks ...func() error) {
	h.state.mu.Lock()
	h.state.checks = append(h.state.checks, checks...)
	h.state.mu.Unlock()
	h.state.begun.Store(true)
}

// Drain makes GET /ready say that no more requests should be sent here, while those that come are still answered.
func (h *Handler) Drain() { h.state.draining.Store(true) }

func (h *Handler) health(c *call) error { return c.answer(Status{"ok"}) }

func (h *Handler) readiness(c *call) error {
	switch {
	case h.state.draining.Load():
		return problem(http.StatusServiceUnavailable, "draining", "The stand-in is about to stop; send requests elsewhere.")
	case !h.state.begun.Load():
		return problem(http.StatusServiceUnavailable, "not_ready", "The stand-in is starting; ask again.")
	}
	if !h.checked() {
		return problem(http.StatusServiceUnavailable, "not_ready", "Something that the stand-in needs is away; its log says what.")
	}
	return c.answer(Status{"ready"})
}

// checked says whether every check passes, and logs when that has changed.
func (h *Handler) checked() bool {
	s := &h.state
	s.mu.Lock()
	if len(s.checks) == 0 {
		s.mu.Unlock()
		return true
	}
	p := s.probe
	if p == nil {
		p = &probe{over: make(chan struct{})}
		s.probe = p
		go s.run(p, s.checks)
	}
	s.mu.Unlock()
	late := make(chan struct{})
	stop := clock.Real{}.AfterFunc(probePatience, func() { close(late) })
	defer stop()
	failed, why := false, any(nil)
	select {
	case <-p.over:
		failed, why = p.err != nil, p.err
	case <-late:
		failed, why = true, "it did not answer in time"
	}
	s.mu.Lock()
	changed := failed != s.away
	s.away = failed
	s.mu.Unlock()
	switch {
	case changed && failed:
		h.options.Logger.Warn("not ready: something that is needed is away", "error", why)
	case changed:
		h.options.Logger.Info("ready again")
	}
	return !failed
}

// run calls the checks. One that hangs keeps its round, and no further one begins.
func (s *readiness) run(p *probe, checks []func() error) {
	for _, check := range checks {
		if p.err = check(); p.err != nil {
			break
		}
	}
	s.mu.Lock()
	s.probe = nil
	s.mu.Unlock()
	close(p.over)
}
