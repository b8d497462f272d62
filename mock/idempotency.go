package mock

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"understudy/contracts"
)

// The codes of problems with idempotency keys.
const (
	codeKeyMissing  = "idempotency_key_missing"
	codeKeyInvalid  = "idempotency_key_invalid"
	codeKeyMismatch = "idempotency_mismatch"
	codeKeyInUse    = "idempotency_in_use"
)

// The headers that mark an answer which was given before. The second is how Stripe spells it.
const (
	replayedHeader       = "Idempotency-Replayed"
	stripeReplayedHeader = "Idempotent-Replayed"
)

// A claim is a request that is the first one with its key. Nobody else is carried out with it until the claim is given up.
type claim struct {
	key    string // in the store
	flight *flight
	before http.Header // of the answer, as they were before the request was carried out
	judged bool        // the answer came, and was kept or not
}

// A flight is a request with a key that is being carried out.
type flight struct {
	print fingerprint
	done  chan struct{} // closed when it is over
}

// flights are those of one server, by the key in the store. The zero value is empty.
type flights struct {
	mu  sync.Mutex
	all map[string]*flight
}

// enter gives the flight with a key; first says that it is new, and the caller's.
func (f *flights) enter(key string, print fingerprint) (one *flight, first bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if one = f.all[key]; one != nil {
		return one, false
	}
	if f.all == nil {
		f.all = map[string]*flight{}
	}
	one = &flight{print: print, done: make(chan struct{})}
	f.all[key] = one
	return one, true
}

func (f *flights) leave(key string, one *flight) {
	f.mu.Lock()
	delete(f.all, key)
	f.mu.Unlock()
	close(one.done)
}

// idempotent says that an operation takes a key.
func (s *Server) idempotent(o *contracts.Operation) bool {
	header, _ := s.contract.IdempotencyKey(o)
	return header != ""
}

// idempotency lets a request with a key be carried out once: a repeat gets the first one's answer
// (draft-ietf-httpapi-idempotency-key-header-06, 2.6). What came before this stage was not carried out, and is not kept.
func (s *Server) idempotency(c *call) *Problem {
	header, required := s.contract.IdempotencyKey(c.operation)
	if header == "" {
		return nil
	}
	key, p := idempotencyKey(c.operation, c.request.Header.Values(header), header, required)
	if p != nil {
		switch s.options.Validate {
		case Enforce:
			return p
		case Observe:
			s.observe(c, "idempotency", p.Code, p.Detail, len(p.Violations))
		}
		return nil
	}
	if key == "" {
		return nil
	}
	print, place := c.fingerprint(), s.keyPlace(c, key)
	for {
		one, first := s.flights.enter(place, print)
		if !first {
			if one.print != print {
				return s.mismatch(header)
			}
			if s.conflicts() {
				return inUse(header)
			}
			select {
			case <-one.done:
				continue // it has left an answer, or is to be carried out again
			case <-c.request.Context().Done():
				return inUse(header)
			}
		}
		other, kept, err := s.claimed(c.request.Context(), place, print)
		if other != nil {
			s.flights.leave(place, one)
			switch {
			case other.Print != print.String():
				return s.mismatch(header)
			case s.conflicts(), s.pause(c.request.Context()) != nil:
				return inUse(header)
			}
			continue
		}
		if err == nil && kept == nil {
			c.claim = &claim{key: place, flight: one, before: maps.Clone(c.response.Header())}
			return nil
		}
		s.flights.leave(place, one)
		switch {
		case err != nil:
			return internalProblem(fmt.Errorf("look an idempotency key up: %w", err))
		case kept.Print != print.String():
			return s.mismatch(header)
		}
		s.replay(c, kept)
		return nil
	}
}

// replay gives an answer again that was given before.
func (s *Server) replay(c *call, kept *keptAnswer) {
	h := c.response.Header()
	maps.Copy(h, kept.Header)
	h[replayedHeader] = []string{"true"}
	if i := s.contract.Behaviour.Idempotency; i != nil && i.Variant == contracts.IdempotencyStripe {
		h[stripeReplayedHeader] = []string{"true"}
	}
	c.trace.Source = "idempotency"
	c.observed = append(c.observed, StageNote{Name: "idempotency", Verdict: answered, Note: "the answer of " + kept.At.Format(time.RFC3339) + " again"})
	c.answer(kept.Status, kept.Body)
}

// keepAnswer keeps the answer of a request with a key, where the request was carried out. It is called right behind the
// effect and before a byte of the answer leaves: whoever loses the answer on the way finds it by asking again. Effect and
// answer are two transactions of the store, since the answer is made of what the first one did; a process that ends just
// between the two carries a repeat out again. A store that only this process knows forgets the effect as well, then.
func (s *Server) keepAnswer(c *call, status int, body []byte) {
	if c.claim.judged {
		return // a fault has put another answer in its place
	}
	c.claim.judged = true
	rule := s.contract.Behaviour.Idempotency
	if !s.executes(c.stage) || status >= 500 && rule != nil && rule.Errors == "retry" {
		return
	}
	kept := &keptAnswer{Print: c.claim.flight.print.String(), At: s.clock.Now(), Status: status, Header: http.Header{}, Body: body}
	for name, values := range c.response.Header() {
		if !slices.Equal(c.claim.before[name], values) {
			kept.Header[name] = values
		}
	}
	// A client that is gone does not undo what it has brought about.
	note, err := s.storeAnswer(context.WithoutCancel(c.request.Context()), c.claim.key, kept)
	if err != nil {
		s.logger.Error("an answer could not be kept for repeats", "contract", s.contract.Name, "operation", c.operation.ID, "error", err)
		note = "the answer could not be kept: " + err.Error()
	}
	if note != "" {
		c.observed = append(c.observed, StageNote{Name: "idempotency", Verdict: passed, Note: note})
	}
}

// executes says that a stage carries requests out. What an earlier one answers has had no effect.
func (s *Server) executes(stage int) bool {
	switch s.order[stage].name {
	case "session", "act", "example":
		return true
	}
	return false
}

// giveUp ends a request's claim on its key.
func (s *Server) giveUp(c *call) {
	if c.claim != nil {
		s.unclaim(c.claim.key)
		s.flights.leave(c.claim.key, c.claim.flight)
	}
}

// keyProblem is a refusal for a key. Shapes that speak of violations have one.
func keyProblem(status int, code, header, detail, want string) *Problem {
	v := contracts.Violation{In: "header", Name: header}
	v.Keyword, v.Want = "idempotency", want
	if code == codeKeyMissing {
		v.Keyword = "required"
	}
	return &Problem{Status: status, Code: code, Detail: detail, Violations: []contracts.Violation{v}}
}

// mismatch refuses a key that was used for something else: 422 by the draft's section 2.7, 400 at Stripe.
func (s *Server) mismatch(header string) *Problem {
	status := http.StatusUnprocessableEntity
	if i := s.contract.Behaviour.Idempotency; i != nil && i.Variant == contracts.IdempotencyStripe {
		status = http.StatusBadRequest
	}
	return keyProblem(status, codeKeyMismatch, header, "The "+header+" was used before with another payload. Use a new key for another request.", "a key that was not used with another payload")
}

func inUse(header string) *Problem {
	return keyProblem(http.StatusConflict, codeKeyInUse, header, "A request with this "+header+" is being carried out. Wait for its answer, or ask again later.", "a key that is not in use")
}

// lacksKey says that nothing is wrong with a request but that it has no key: the draft's section 2.7 wants 400 for it.
func (s *Server) lacksKey(o *contracts.Operation, violations []contracts.Violation) bool {
	if len(violations) != 1 || violations[0].In != "header" || violations[0].Keyword != "required" {
		return false
	}
	header, required := s.contract.IdempotencyKey(o)
	return required && http.CanonicalHeaderKey(header) == http.CanonicalHeaderKey(violations[0].Name)
}

// plural is a number with a noun.
func plural(n int, noun string) string {
	if n == 1 {
		return "one " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}
