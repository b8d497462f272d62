package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"time"
)

// The ways in which a call ends badly. errors.Is finds them in the errors of all calls.
var (
	ErrLogin     = errors.New("e-mail or password is wrong")
	ErrToken     = errors.New("the token was refused")
	ErrForbidden = errors.New("this user may not do that")
	ErrNotFound  = errors.New("there is no such event")
	ErrInvalid   = errors.New("the request was not understood")
	ErrBusy      = errors.New("too many requests")
	ErrDown      = errors.New("EcoEvents is not available")
	ErrUncertain = errors.New("nobody knows whether it was carried out")
)

// A Refusal is an answer that is none of the good ones.
type Refusal struct {
	Operation     string // "GET /v1/events"
	Status        int
	Code, Message string        // EcoEvents' own words; empty: it had none
	RetryAfter    time.Duration // 0: not asked for
}

func (r *Refusal) Error() string {
	return fmt.Sprintf("%s: %d %s: %s", r.Operation, r.Status, r.Code, r.Message)
}

// Is tells which of the defined errors it is.
func (r *Refusal) Is(target error) bool {
	switch {
	case r.Status == http.StatusUnauthorized:
		return target == ErrToken
	case r.Status == http.StatusForbidden:
		return target == ErrForbidden
	case r.Status == http.StatusNotFound:
		return target == ErrNotFound
	case r.Status == http.StatusTooManyRequests:
		return target == ErrBusy
	case r.Status >= 500:
		return target == ErrDown
	}
	return target == ErrInvalid
}

// A Lost request is one whose answer did not come, or not whole. It is ErrDown, and ErrUncertain where it reached EcoEvents.
type Lost struct {
	Operation string
	Err       error
}

func (l *Lost) Error() string { return l.Operation + ": " + l.Err.Error() }

// Unwrap gives what the network said.
func (l *Lost) Unwrap() error { return l.Err }

// Is tells which of the defined errors it is.
func (l *Lost) Is(target error) bool {
	return target == ErrDown || target == ErrUncertain && l.sent()
}

// sent is false where not even the connection came about.
func (l *Lost) sent() bool {
	var network *net.OpError
	return !errors.As(l.Err, &network) || network.Op != "dial"
}

// Patience says how often and how long a call is tried.
type Patience struct {
	Attempts int           // in all
	First    time.Duration // wait behind the first failure; it doubles with each further one
	Longest  time.Duration // most of a wait that the server did not ask for
	Total    time.Duration // of all attempts and waits together
}

// DefaultPatience is for people who wait at a screen.
var DefaultPatience = Patience{Attempts: 5, First: 300 * time.Millisecond, Longest: 10 * time.Second, Total: 90 * time.Second}

// next says how long to wait behind a failed attempt (1 is the first), and whether there is another one at all.
func (p Patience) next(attempt int, again bool, err error) (time.Duration, bool) {
	if attempt >= p.Attempts {
		return 0, false
	}
	var refused *Refusal
	var lost *Lost
	switch {
	case errors.As(err, &refused) && refused.Status == http.StatusTooManyRequests: // nothing was carried out
		return p.wait(attempt, refused.RetryAfter), true
	case errors.As(err, &refused) && refused.Status >= 500:
		return p.wait(attempt, refused.RetryAfter), again
	case errors.As(err, &lost):
		return p.wait(attempt, 0), again || !lost.sent()
	}
	return 0, false // asking again would not change the answer
}

// wait grows with each attempt, and half of it is chance: clients that failed together must not come back together. It is never
// shorter than what the server asked for.
func (p Patience) wait(attempt int, asked time.Duration) time.Duration {
	grown := min(p.Longest, p.First<<min(attempt-1, 20))
	return asked + grown/2 + rand.N(grown/2+1)
}

// pause waits, unless the time that is left does not do.
func pause(ctx context.Context, d time.Duration) error {
	if deadline, set := ctx.Deadline(); set && time.Until(deadline) < d {
		return context.DeadlineExceeded
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
