package quota

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// A counter is what one limit has counted for one subject.
type counter struct {
	state   state
	touched int64 // when it was asked last
}

// How many counters there are at most unless Options say otherwise, and when those without effect are looked for first.
const (
	mostCounters = 1 << 17
	firstSweep   = 1024
)

// What callers of Leave decide on.
var (
	ErrLimit     = errors.New("there is no such limit")
	ErrSubject   = errors.New("the limit counts no such subject")
	ErrRemaining = errors.New("so much cannot be left")
)

// A Counter is what is left of a limit for a subject.
type Counter struct {
	Limit     string    `json:"limit"`
	Subject   string    `json:"subject"`   // "credential:key_1a2b3c4d5e", "address:127.0.0.1", "all"
	Quota     int64     `json:"quota"`     // what can be used at most
	Used      int64     `json:"used"`      //
	Remaining int64     `json:"remaining"` //
	ResetAt   time.Time `json:"reset_at"`  // when the whole quota is back, as far as the algorithm can tell
}

// open makes a counter. When there are many, those without effect make room; where that does not do, some are forgiven.
func (l *Limits) open(k key, now int64) *counter {
	if l.size >= l.sweepAt || l.size >= l.most {
		l.sweep(now)
	}
	c := &counter{touched: now}
	k.policy.rule.roll(&c.state, now)
	l.put(k, c)
	return c
}

// sweep drops the counters that decide nothing any more. It is done again when there are twice as many, so that a request
// pays for it once. If the bound is reached nevertheless, one in sixteen is forgiven: those that would soonest end.
func (l *Limits) sweep(now int64) {
	l.dropIf(func(k key, c *counter) bool { return k.policy.rule.until(&c.state) <= now })
	if l.size >= l.most {
		keys := l.sorted(func(key) bool { return true })
		slices.SortStableFunc(keys, func(a, b key) int {
			return cmp.Compare(a.policy.rule.until(&l.at(a).state), b.policy.rule.until(&l.at(b).state))
		})
		for _, k := range keys[:max(1, l.most/16)] {
			l.drop(k)
			l.dropped++
		}
	}
	l.sweepAt = max(firstSweep, 2*l.size)
}

// Dropped is how many counters were forgiven because there were too many.
func (l *Limits) Dropped() uint64 {
	if l == nil {
		return 0
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.dropped
}

// sorted lists the keys that a test lets pass: by limit in the contract's order, then by subject.
func (l *Limits) sorted(which func(key) bool) []key {
	var keys []key
	for k := range l.each() {
		if which(k) {
			keys = append(keys, k)
		}
	}
	slices.SortFunc(keys, func(a, b key) int {
		return cmp.Or(cmp.Compare(a.policy.place, b.policy.place), cmp.Compare(a.kind, b.kind), strings.Compare(a.id, b.id))
	})
	return keys
}

// chosen tests keys by the name of a limit and a subject; empty ones let all pass. A subject may be written without its kind.
func chosen(limit, subject string) func(key) bool {
	return func(k key) bool {
		return (limit == "" || k.policy.Name == limit) && (subject == "" || k.id == subject || k.subject() == subject)
	}
}

// Counters lists the counters of a limit and a subject that have an effect now; empty names mean all of them. They stand
// by limit, in the contract's order, then by subject.
func (l *Limits) Counters(limit, subject string) []Counter {
	list := []Counter{}
	if l == nil {
		return list
	}
	l.pull(context.Background())
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	for _, k := range l.sorted(chosen(limit, subject)) {
		if s := l.at(k).state; k.policy.rule.until(&s) > now {
			list = append(list, shown(k, s, now))
		}
	}
	return list
}

func shown(k key, s state, now int64) Counter {
	k.policy.rule.roll(&s, now)
	v := k.policy.rule.read(&s, now)
	return Counter{
		Limit: k.policy.Name, Subject: k.subject(), Quota: k.policy.capacity,
		Used: min(v.used, k.policy.capacity), Remaining: v.remaining, ResetAt: instant(v.reset),
	}
}

// Leave sets how much is left of a limit for a subject, which may not have been counted before. Without a subject it
// does so for all that have been. It fails with ErrLimit, ErrSubject or ErrRemaining.
func (l *Limits) Leave(limit, subject string, remaining int64) ([]Counter, error) {
	if l == nil {
		return nil, fmt.Errorf("%w: the contract declares none", ErrLimit)
	}
	p := l.tariff.policy(limit)
	switch {
	case p == nil:
		return nil, fmt.Errorf("%w: %.100q", ErrLimit, limit)
	case p.concurrent:
		return nil, fmt.Errorf("%w: %s counts requests that are open", ErrRemaining, limit)
	case remaining < 0 || remaining > p.capacity:
		return nil, fmt.Errorf("%w: of %s there can be 0 to %d", ErrRemaining, limit, p.capacity)
	}
	var list []Counter
	var wrong error
	err := l.push(context.Background(), func() { list, wrong = l.leave(p, limit, subject, remaining) })
	if wrong != nil {
		err = wrong
	}
	return list, err
}

func (l *Limits) leave(p *policy, limit, subject string, remaining int64) ([]Counter, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	keys := l.sorted(func(k key) bool { return chosen(limit, subject)(k) && p.rule.until(&l.at(k).state) > now })
	if len(keys) == 0 {
		k, ok := keyFor(p, subject)
		if !ok {
			return nil, fmt.Errorf("%w: %s counts by %s, not %.100q", ErrSubject, limit, strings.Join(p.Subjects(), " and "), subject)
		}
		l.open(k, now)
		keys = append(keys, k)
	}
	list := []Counter{}
	for _, k := range keys {
		c := l.at(k)
		c.touched = now
		p.rule.roll(&c.state, now)
		p.rule.leave(&c.state, now, remaining)
		list = append(list, shown(k, c.state, now))
	}
	return list, nil
}

// Clear forgets what was counted for a limit and a subject, and says how many counters that were; empty names mean all
// of them. Requests that are open stay counted. The error is that of a store which several processes share.
func (l *Limits) Clear(limit, subject string) (n int, err error) {
	if l == nil {
		return 0, nil
	}
	err = l.push(context.Background(), func() { n = l.clear(limit, subject) })
	return n, err
}

func (l *Limits) clear(limit, subject string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n, now := 0, l.now()
	for _, k := range l.sorted(chosen(limit, subject)) {
		if k.policy.concurrent {
			continue
		}
		if k.policy.rule.until(&l.at(k).state) > now {
			n++
		}
		l.drop(k)
	}
	return n
}

// A Policy is a limit as it is declared.
type Policy struct {
	Name      string   `json:"name"`
	Algorithm string   `json:"algorithm"`
	Quota     int64    `json:"quota"`            // what passes at once
	Limit     int      `json:"limit"`            // what passes in a window
	Window    string   `json:"window,omitempty"` // "1m0s", "day"; none of concurrency
	Per       []string `json:"per"`
	Routes    []string `json:"routes,omitempty"` // operation ids
	Plans     []string `json:"plans,omitempty"`  // whose callers alone are counted
	Words     string   `json:"words"`            // for people: "100 requests in 1m"
}

// Policies lists the limits that the contract declares, in its order.
func (l *Limits) Policies() []Policy {
	list := []Policy{}
	if l == nil {
		return list
	}
	for _, p := range l.tariff.policies {
		list = append(list, Policy{
			Name: p.Name, Algorithm: cmp.Or(p.Algorithm, "fixed-window"), Quota: p.capacity, Limit: p.Limit, Window: p.Window,
			Per: p.Subjects(), Routes: p.Routes, Plans: p.plans, Words: p.words,
		})
	}
	return list
}

// An Ending is a window that ends, or a quota that is whole again.
type Ending struct {
	At      time.Time
	Counter Counter // as it was before
}

// Endings lists what runs out after from and not after to, in that order, of what was counted so far. Nobody has to end
// it: a request is judged by the time.
func (l *Limits) Endings(from, to time.Time) []Ending {
	if l == nil {
		return nil
	}
	l.pull(context.Background())
	l.mu.Lock()
	defer l.mu.Unlock()
	var list []Ending
	for _, k := range l.sorted(func(k key) bool { return !k.policy.concurrent }) {
		s := l.at(k).state
		if until := k.policy.rule.until(&s); until > nanos(from) && until <= nanos(to) && s.count > 0 {
			list = append(list, Ending{At: instant(until), Counter: shown(k, s, min(l.latest, until-1))})
		}
	}
	slices.SortStableFunc(list, func(a, b Ending) int { return a.At.Compare(b.At) })
	return list
}
