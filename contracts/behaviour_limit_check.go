package contracts

import (
	"fmt"
	"maps"
	"math/bits"
	"slices"
	"strconv"
	"strings"
	"time"
)

var (
	algorithmWords  = []string{"fixed-window", "sliding-log", "sliding-counter", "token-bucket", "gcra", "concurrency"}
	perWords        = []string{"credential", "account", "user", "address", "route", "all"}
	alignWords      = []string{"clock", "first-request"}
	profileWords    = []string{"epoch", "delta", "ietf", "ietf-06", "ietf-07", "github", "laravel", "nestjs", "twitter", "none"}
	headerRoles     = []string{"limit", "remaining", "reset", "used", "resource", "ratelimit", "policy"}
	onWords         = []string{"all", "counted", "refused"}
	retryAfterForms = []string{"seconds", "date"}
	movableStages   = []string{"authenticate", "admit", "permit"}

	limitName  = lazily(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)
	fieldName  = lazily("^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$") // RFC 9110, 5.1
	zoneOffset = lazily(`^[+-][0-9]{2}:[0-9]{2}$`)
)

// The bounds of limits.
const (
	mostLimit     = 1_000_000_000
	longestWindow = 3660 * 24 * time.Hour
)

// checkLimits holds what is said of limits against what may be said.
func (c *compiler) checkLimits() {
	b := &c.contract.Behaviour
	c.collect(checkOrder(b))
	seen := map[string]bool{}
	for i := range b.Limits {
		l := &b.Limits[i]
		if !limitName().MatchString(l.Name) || seen[l.Name] {
			c.collect(behaviourError(l.At, fmt.Sprintf("limits[%d]: the name %q is taken, or is not one", i, l.Name), "give each limit a name of its own, of letters, digits, \"-\", \"_\" and \".\"").on("name"))
		}
		seen[l.Name] = true
		for _, check := range []func(*LimitBehaviour) error{checkLimitWords, checkWindow, checkBurst, c.checkLimitNames} {
			if err := check(l); err != nil {
				c.collect(err)
				break // the others may only follow from it
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(b.Plans)) {
		for i, l := range b.Plans[name].Limits {
			if !b.hasLimit(l) {
				c.collect(behaviourError(b.At, fmt.Sprintf("plan %q names the limit %q, which is not defined", name, l), "define it under limits").on("plans", name, "limits", strconv.Itoa(i)))
			}
		}
	}
	c.collect(c.checkLimitHeaders())
}

// checkOrder: only limits may be asked earlier or later than usual, and nobody is permitted before it is known who calls.
func checkOrder(b *Behaviour) error {
	for i, stage := range b.Order {
		switch {
		case !slices.Contains(movableStages, stage):
			return behaviourError(b.At, fmt.Sprintf("order: the place of %s cannot be chosen", stage), "name "+strings.Join(movableStages, ", ")+" only").on("order", strconv.Itoa(i))
		case slices.Contains(b.Order[:i], stage):
			return behaviourError(b.At, fmt.Sprintf("order names %s twice", stage), "name each stage once").on("order", strconv.Itoa(i))
		case stage == "authenticate" && slices.Contains(b.Order[:i], "permit"):
			return behaviourError(b.At, "order: permit cannot come before authenticate", "name authenticate first").on("order")
		}
	}
	return nil
}

func limitError(l *LimitBehaviour, advice, message string, args ...any) *DocumentError {
	return behaviourError(l.At, fmt.Sprintf("limit %q: ", l.Name)+fmt.Sprintf(message, args...), advice)
}

func checkLimitWords(l *LimitBehaviour) error {
	what := "limit " + l.Name + ": "
	if err := oneOf(l.At, what+"algorithm", algorithmWords, l.Algorithm); err != nil {
		return err
	}
	if err := oneOf(l.At, what+"align", alignWords, l.Align); err != nil {
		return err
	}
	subjects := l.Subjects()
	for _, s := range subjects {
		if s == "" {
			return limitError(l, "write one or several of "+strings.Join(perWords, ", "), "per cannot be %q", l.Per).on("per")
		}
	}
	if err := oneOf(l.At, what+"per", perWords, subjects...); err != nil {
		return err
	}
	if l.Limit < 1 || l.Limit > mostLimit {
		return limitError(l, fmt.Sprintf("write limit: N with a number from 1 to %d", mostLimit), "%d requests cannot be counted", l.Limit).on("limit")
	}
	return nil
}

func checkWindow(l *LimitBehaviour) error {
	fixed := l.Algorithm == "" || l.Algorithm == "fixed-window"
	switch d, err := time.ParseDuration(l.Window); {
	case l.Algorithm == "concurrency":
		if l.Window != "" {
			return limitError(l, "leave the window out", "what counts open requests has no window").on("window")
		}
	case l.Calendar():
		if !fixed || l.Align == "first-request" {
			return limitError(l, "use a fixed-window aligned to the clock, or a duration such as 24h", "the window %q is one of the calendar", l.Window).on("window")
		}
	case err != nil:
		return limitError(l, "write 1m, 1h, day or month", "the window %q is not a duration", l.Window).on("window")
	case d <= 0 || d > longestWindow:
		return limitError(l, "write a duration above 0, of at most ten years", "the window %q is of no use", l.Window).on("window")
	}
	if l.Align != "" && !fixed {
		return limitError(l, "leave align out, or use fixed-window", "only fixed windows are aligned").on("align")
	}
	if l.Timezone != "" && !l.Calendar() {
		return limitError(l, "leave it out, or use the window day or month", "a timezone says where days begin, and the window is %q", l.Window).on("timezone")
	}
	if _, err := l.Zone(); err != nil || l.Timezone == "Local" {
		return limitError(l, "write +02:00, or a name such as Europe/Berlin", "there is no timezone %q", l.Timezone).on("timezone")
	}
	return nil
}

// checkBurst also sees to it that what a bucket counts in, parts of a nanosecond, fits into 62 bits.
func checkBurst(l *LimitBehaviour) error {
	if l.Algorithm != "token-bucket" && l.Algorithm != "gcra" {
		if l.Burst != 0 {
			return limitError(l, "leave burst out", "only token-bucket and gcra have a burst").on("burst")
		}
		return nil
	}
	if l.Burst < 0 || l.Burst > mostLimit {
		return limitError(l, fmt.Sprintf("write a number from 1 to %d", mostLimit), "the burst cannot be %d", l.Burst).on("burst")
	}
	cost, gain := l.Emission()
	high, low := bits.Mul64(uint64(cost), uint64(l.Capacity()))
	if high != 0 || low > 1<<62 || low/uint64(gain) > uint64(longestWindow) {
		return limitError(l, "shorten the window, or give a smaller burst", "it is too large to be counted exactly, or needs more than ten years to fill").on("window")
	}
	return nil
}

// checkLimitNames looks up what a limit names.
func (c *compiler) checkLimitNames(l *LimitBehaviour) error {
	b := &c.contract.Behaviour
	for i, id := range l.Routes {
		if !slices.ContainsFunc(c.contract.Operations, func(o *Operation) bool { return o.ID == id }) {
			return limitError(l, "name operation ids, as understudy explain lists them", "there is no operation %q", id).on("routes", strconv.Itoa(i))
		}
	}
	if _, ok := b.Plans[l.Plan]; l.Plan != "" && len(b.Plans) > 0 && !ok {
		return limitError(l, "define it under plans", "there is no plan %q", l.Plan).on("plan")
	}
	for i, name := range l.Replaces {
		if !b.hasLimit(name) || name == l.Name {
			return limitError(l, "name another limit of the contract", "it cannot replace %q", name).on("replaces", strconv.Itoa(i))
		}
	}
	return nil
}

func (c *compiler) checkLimitHeaders() error {
	h := c.contract.Behaviour.LimitHeaders
	if h == nil {
		return nil
	}
	for _, check := range []struct {
		word   string
		known  []string
		values []string
	}{
		{"profile", profileWords, []string{h.Profile}},
		{"names", headerRoles, slices.Sorted(maps.Keys(h.Names))},
		{"on", onWords, []string{h.On}},
		{"retryAfterForm", retryAfterForms, []string{h.RetryAfterForm}},
	} {
		if err := oneOf(h.At, "limitHeaders: "+check.word, check.known, check.values...); err != nil {
			return err
		}
	}
	for _, role := range slices.Sorted(maps.Keys(h.Names)) {
		if !fieldName().MatchString(h.Names[role]) {
			return behaviourError(h.At, fmt.Sprintf("limitHeaders: %q is no name of a header", h.Names[role]), "write it as X-RateLimit-Limit").on("names", role)
		}
	}
	if h.Window != "" && !c.contract.Behaviour.hasLimit(h.Window) {
		return behaviourError(h.At, fmt.Sprintf("limitHeaders: the limit %q is not defined", h.Window), "name one of limits, or leave window out").on("window")
	}
	if h.Status != 0 && (h.Status < 400 || h.Status > 599) {
		return behaviourError(h.At, fmt.Sprintf("limitHeaders: the status of a refusal cannot be %d", h.Status), "use 429, 403 or 503").on("status")
	}
	return nil
}

// checkWeight: a request that weighs more than a limit lets pass at once would never pass.
func (c *compiler) checkWeight(o *Operation) error {
	w := o.Behaviour.Weight
	if w == nil {
		return nil
	}
	if *w < 0 || *w > mostLimit {
		return behaviourError(o.Behaviour.At, fmt.Sprintf("the weight of %s cannot be %d", o.ID, *w), "write 0 for requests that do not count, else a number above it").on("weight")
	}
	for i := range c.contract.Behaviour.Limits {
		l := &c.contract.Behaviour.Limits[i]
		if c.contract.counts(l, o) && l.Algorithm != "concurrency" && *w > l.Capacity() {
			return behaviourError(o.Behaviour.At, fmt.Sprintf("a request of %s weighs %d and never passes the limit %q of %d", o.ID, *w, l.Name, l.Capacity()), "give a smaller weight").on("weight")
		}
	}
	return nil
}
