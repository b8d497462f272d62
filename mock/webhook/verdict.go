package webhook

import (
	"encoding/binary"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// A verdict is what follows from an attempt.
type verdict struct {
	state   State
	why     string
	next    time.Time // of the next attempt, where the state is Pending
	disable string    // why the endpoint is to be disabled; empty: it is not
}

// longestAsked bounds what Retry-After can ask for.
const longestAsked = 24 * time.Hour

// decide says what follows from an attempt that ended at now. It is success when the status is 2xx, and nothing else:
// redirections are not followed.
func (w *Webhooks) decide(j *job, a *Attempt, now time.Time) verdict {
	if a.Outcome == Taken {
		return verdict{state: Delivered, why: fmt.Sprintf("the receiver took it with %d", a.Status)}
	}
	failed := describe(a)
	switch {
	case a.Outcome == Refused:
		return verdict{state: Dead, why: failed}
	case a.Status == http.StatusGone:
		return verdict{state: Dead, why: failed + ": it wants no more, and the endpoint is disabled", disable: "it answered 410 Gone"}
	}
	p := j.conduct.plan
	if j.delivery.Step+1 >= len(p.waits) {
		return verdict{state: Dead, why: fmt.Sprintf("%s; that was the last of %d attempts by the schedule %s", failed, len(p.waits), p.name)}
	}
	wait := w.jittered(j, p.waits[j.delivery.Step+1])
	why := fmt.Sprintf("%s; attempt %d of %d follows after %s by the schedule %s", failed, j.delivery.Step+2, len(p.waits), wait, p.name)
	if asked, ok := retryAfter(a, now); ok && asked > wait {
		wait = asked
		why = fmt.Sprintf("%s; attempt %d of %d follows after %s, as Retry-After asks", failed, j.delivery.Step+2, len(p.waits), wait)
	}
	return verdict{state: Pending, why: why, next: now.Add(wait)}
}

// describe says what an attempt came to.
func describe(a *Attempt) string {
	switch {
	case a.Status >= 300 && a.Status < 400:
		return fmt.Sprintf("the receiver answered %d, and redirections are not followed", a.Status)
	case a.Outcome == Answered:
		return fmt.Sprintf("the receiver answered %d", a.Status)
	}
	return a.Error
}

// jittered makes a wait longer by up to the contract's share, by the seed.
func (w *Webhooks) jittered(j *job, wait time.Duration) time.Duration {
	if j.conduct.jitter == 0 || wait == 0 {
		return wait
	}
	var secret [32]byte
	binary.BigEndian.PutUint64(secret[:], w.seed)
	sum := derive(secret, w.contract.Name, "jitter", strconv.Itoa(j.delivery.Step), j.delivery.Number)
	share := float64(binary.BigEndian.Uint64(sum)>>11) / (1 << 53) // 0 to 1
	return time.Duration(float64(wait) * (1 + j.conduct.jitter*share)).Round(time.Millisecond)
}

// retryAfter reads Retry-After (RFC 9110, 10.2.3) of the answers that may ask for a pause. A date is measured from the answer's
// own Date, since the receiver's clock need not be the one that attempts are made by.
func retryAfter(a *Attempt, now time.Time) (time.Duration, bool) {
	switch a.Status {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
	default:
		return 0, false
	}
	text := strings.TrimSpace(a.ResponseHeaders.Get("Retry-After"))
	if text == "" {
		return 0, false
	}
	if strings.Trim(text, "0123456789") == "" {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n > int64(longestAsked/time.Second) {
			return longestAsked, true
		}
		return time.Duration(n) * time.Second, true
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0, false
	}
	from := now
	if date, err := http.ParseTime(a.ResponseHeaders.Get("Date")); err == nil {
		from = date
	}
	return min(max(at.Sub(from), 0), longestAsked), true
}

// trip applies a breaker to an endpoint that has just failed.
func (b *Breaker) trip(e *endpoint, now time.Time) {
	if b == nil || e.Failures < max(b.Failures, 1) || now.Sub(e.FailingSince) < b.Within {
		return
	}
	if b.Pause > 0 {
		e.PausedUntil = now.Add(b.Pause)
		return
	}
	e.Enabled = false
	e.Disabled = fmt.Sprintf("%d attempts in a row failed since %s", e.Failures, e.FailingSince.Format(time.RFC3339))
}
