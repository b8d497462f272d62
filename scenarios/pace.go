package scenarios

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A pace bounds when requests are sent: by a rate, by an end, and by what a target said with Retry-After.
type pace struct {
	clock Clock
	end   time.Time     // zero: none
	gap   time.Duration // between two requests; 0: none

	mu   sync.Mutex
	next time.Time // when the next one may be sent
}

func newPace(clock Clock, started time.Time, within time.Duration) *pace {
	p := &pace{clock: clock}
	if within > 0 {
		p.end = started.Add(within)
	}
	return p
}

func newRate(clock Clock, rate float64) *pace {
	p := &pace{clock: clock}
	if rate > 0 {
		p.gap = time.Duration(float64(time.Second) / rate)
	}
	return p
}

// over says that the time for sending is over.
func (p *pace) over() bool { return !p.end.IsZero() && !p.clock.Now().Before(p.end) }

// wait lets one request through when its time has come.
func (p *pace) wait(ctx context.Context) error {
	p.mu.Lock()
	now := p.clock.Now()
	at := now
	if p.next.After(now) {
		at = p.next
	}
	if p.gap > 0 {
		p.next = at.Add(p.gap)
	}
	p.mu.Unlock()
	if at.After(now) {
		return p.clock.Wait(ctx, at.Sub(now))
	}
	return ctx.Err()
}

// mostHeed is how long a target's Retry-After is heeded at most.
const mostHeed = time.Minute

// heed puts further requests off as a target asked for.
func (p *pace) heed(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if at := p.clock.Now().Add(min(d, mostHeed)); at.After(p.next) {
		p.next = at
	}
}

// RetryAfter reads the header of that name (RFC 9110, 10.2.3): seconds, or a date.
func RetryAfter(h http.Header, now time.Time) (time.Duration, bool) {
	text := strings.TrimSpace(h.Get("Retry-After"))
	if text == "" {
		return 0, false
	}
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second, true
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(0, at.Sub(now)), true
	}
	return 0, false
}
