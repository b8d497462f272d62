package grade

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// An outcome is what an answer meant for the client that waited for it.
type outcome int

const (
	fine        outcome = iota
	limited             // too many requests: a later one may pass
	unavailable         // 503: the same
	failed              // another 5xx: nobody knows whether there was an effect
	broken              // no whole answer: nobody knows whether there was an effect
	later               // the server says that the moment was wrong: 408, 423, 425, a repeat while the first is carried out
	refused             // 4xx, 501, 505: the same request gets the same answer
)

// transient says that the same request may pass a little later.
func (o outcome) transient() bool { return o != fine && o != refused }

// meaning reads an answer.
func (v *view) meaning(c *Call) outcome {
	switch {
	case cutOff(c):
		return broken
	case c.Status < 400:
		return fine
	case v.tooMany(c):
		return limited
	case c.Status == http.StatusServiceUnavailable:
		return unavailable
	case c.Status == http.StatusNotImplemented, c.Status == http.StatusHTTPVersionNotSupported:
		return refused
	case c.Status >= 500:
		return failed
	case c.Status == http.StatusRequestTimeout, c.Status == http.StatusLocked, c.Status == http.StatusTooEarly:
		return later
	case c.Status == http.StatusConflict && (keyed(c) || c.ResponseHeader.Get("Retry-After") != ""):
		return later
	}
	return refused
}

// cutOff says that the client got no whole answer.
func cutOff(c *Call) bool {
	if c.Status == 0 || c.Abandoned {
		return true
	}
	for _, word := range []string{"reset", "empty", "drop", "truncated-body", "malformed-chunk"} {
		if ordered(c, word) {
			return true
		}
	}
	return false
}

// ordered says that a kind of trouble was ordered for the call.
func ordered(c *Call, kind string) bool {
	for word := range strings.FieldsFuncSeq(c.Fault, func(r rune) bool { return r == ' ' || r == ',' || r == ';' || r == ':' || r == '=' }) {
		if word == kind {
			return true
		}
	}
	return false
}

// tooMany says that a limit refused the call: with 429, with the status that the contract has for it, or with a 403 whose headers say so.
func (v *view) tooMany(c *Call) bool {
	if c.Status == http.StatusTooManyRequests {
		return true
	}
	if k := v.rec.Contract; k != nil && k.Behaviour.LimitHeaders != nil && k.Behaviour.LimitHeaders.Status == c.Status && c.Status == http.StatusServiceUnavailable {
		return true
	}
	if c.Status != http.StatusForbidden {
		return false
	}
	left, known := v.quota(c).left()
	return known && left == 0 || c.ResponseHeader.Get("Retry-After") != ""
}

// keyed says that the request carries a key by which repeats are recognised.
func keyed(c *Call) bool { return keyOf(c) != "" }

func keyOf(c *Call) string {
	for _, name := range []string{"Idempotency-Key", "X-Idempotency-Key"} {
		if key := c.RequestHeader.Get(name); key != "" {
			return key
		}
	}
	return ""
}

// A wait is how long an answer asks the client to stay away.
type wait struct {
	long   time.Duration // from the end of the answer; 0: none is asked for
	source string        // header that says it
	slack  time.Duration // how much too early still counts as kept: what clocks, rounding and timers are off by
}

const (
	secondsSlack = 250 * time.Millisecond  // timers of clients; the header has whole seconds
	instantSlack = 1100 * time.Millisecond // a date has whole seconds, and two clocks read it
)

// retryAfter reads Retry-After (RFC 9110, 10.2.3), in seconds or as a date on the clock of the answer.
func retryAfter(c *Call) (wait, bool) {
	text := strings.TrimSpace(c.ResponseHeader.Get("Retry-After"))
	if n, err := strconv.ParseUint(text, 10, 31); err == nil {
		return wait{time.Duration(n) * time.Second, "Retry-After", secondsSlack}, true
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return wait{}, false
	}
	return wait{max(at.Sub(answeredAt(c)), 0), "Retry-After", instantSlack}, true
}

// answeredAt is when the answer was given, on the clock of its server where that is another than the recording's.
func answeredAt(c *Call) time.Time {
	at, err := http.ParseTime(c.ResponseHeader.Get("Date"))
	if err == nil && at.Sub(c.End()).Abs() > 2*time.Second {
		return at
	}
	return c.End()
}

// told is what an answer says of when to come back: Retry-After, else the end of the window of a limit that is used up.
func (v *view) told(c *Call) (wait, bool) {
	if w, ok := retryAfter(c); ok {
		return w, true
	}
	if v.tooMany(c) {
		return v.quota(c).opens()
	}
	return wait{}, false
}

// label names a call in a sentence.
func label(c *Call) string {
	path := c.URL
	if c.Operation != nil {
		path = c.Operation.Path
	} else if i := strings.IndexAny(path, "?#"); i >= 0 {
		path = path[:i]
	}
	if len(path) > 120 {
		path = path[:117] + "…"
	}
	return c.Method + " " + path
}

// answered says how a call ended, in a sentence: "answered 503", "broken off".
func answered(c *Call) string {
	switch {
	case c.Abandoned:
		return "left before it was answered"
	case c.Status == 0:
		return "broken off without an answer"
	case cutOff(c):
		return "broken off inside its answer"
	}
	return "answered " + strconv.Itoa(c.Status)
}

// span writes a duration for people.
func span(d time.Duration) string {
	switch {
	case d < 10*time.Millisecond:
		return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < 2*time.Minute:
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	return d.Round(time.Second).String()
}
