// Package clock tells the time and calls back later.
//
// Everything in a server that expires, counts or waits asks one Clock, so that moving that clock moves all
// of it. Real is the machine's own clock; Virtual starts where it is told, follows real time or stands
// still, and can be pushed ahead, with everything that falls due on the way run in order.
package clock

import "time"

// A Clock tells the time and calls back later. Every kind is safe for concurrent use.
type Clock interface {
	// Now is the present instant, in UTC.
	Now() time.Time
	// AfterFunc calls f once, when d has passed; at once when d is not positive. Calls are made on goroutines
	// of their own, as time.AfterFunc makes them, unless somebody moves the clock (Virtual.Advance). f must not
	// panic. The function stop keeps f from being called and reports whether it did: false means that f has been
	// called already, or was stopped before.
	AfterFunc(d time.Duration, f func()) (stop func() bool)
}

// Schedule is AfterFunc with a word that says what f is for: "deliver evt_12 to http://localhost:9000". A clock
// that lists what ran (Virtual) shows it; other clocks drop it.
func Schedule(c Clock, d time.Duration, label string, f func()) (stop func() bool) {
	if l, ok := c.(interface {
		AfterFuncLabel(time.Duration, string, func()) func() bool
	}); ok {
		return l.AfterFuncLabel(d, label, f)
	}
	return c.AfterFunc(d, f)
}

// Both gives the instant that a clock shows and the machine's time, from one look at the latter.
func Both(c Clock) (shown, machine time.Time) {
	switch c := c.(type) {
	case Real:
		machine = c.Now()
		return machine, machine
	case *Virtual:
		machine = wall()
		return c.course.Load().at(machine), machine
	}
	return c.Now(), Real{}.Now()
}

// Real is the machine's clock. Its zero value is ready.
type Real struct{}

var _ Clock = Real{}

// Now is the machine's time in UTC, with its monotonic reading.
func (Real) Now() time.Time { return time.Now().UTC() }

// AfterFunc is time.AfterFunc.
func (Real) AfterFunc(d time.Duration, f func()) (stop func() bool) {
	return time.AfterFunc(d, f).Stop
}
