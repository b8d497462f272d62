package quota

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"understudy/contracts"
)

// A policy is one limit, ready to count.
type policy struct {
	*contracts.LimitBehaviour
	place        int // among the contract's limits
	rule         rule
	capacity     int64
	concurrent   bool
	countRefused bool
	kinds        []kind
	capacityText string
	seconds      int64    // of the window, rounded up; 0: it has none, or a calendar's
	words        string   // for people
	plans        []string // whose callers alone are counted
}

// A rule is an algorithm: it decides and counts on one subject's state. All but roll want a state that was rolled to now.
type rule interface {
	// roll brings a state to an instant: what has run out is forgotten.
	roll(s *state, now int64)
	// wait is how long a request of some weight has to wait until it would pass if no other came; 0: it passes.
	wait(s *state, now, weight int64) int64
	// count takes the weight of a request.
	count(s *state, now, weight int64)
	// read says what is left.
	read(s *state, now int64) level
	// until is the instant from which a state decides nothing any more.
	until(s *state) int64
	// leave makes a state of which so much remains.
	leave(s *state, now, remaining int64)
}

// A state is what an algorithm remembers of one subject.
type state struct {
	start, end int64   // of the window under way; of buckets, start is when count was reckoned
	count      int64   // in the window; what a bucket lacks, in its rule's units; open requests
	previous   int64   // sliding counter: in the window before
	log        []spell // sliding log, oldest first
}

// A spell is the requests of one instant.
type spell struct{ at, n int64 }

// A level is what is left for a subject.
type level struct {
	used, remaining int64
	// reset is when the whole quota is back, as far as the algorithm can tell: the end of a window, the time at which the
	// oldest entry leaves a log, the time at which a bucket is full.
	reset int64
	more  int64 // when there will be more than now; 0: that is not known, or there is no more
}

// charge is one limit as it counts one operation.
type charge struct {
	*policy
	route  string // id of the operation
	spares bool   // anonymous requests are not counted: the operation takes a credential and does not ask for one
}

// fares are those of one operation: for callers without a plan that any limit knows, and by plan.
type fares struct {
	plain *fare
	plans map[string]*fare
}

// A fare is what a request to an operation is counted by.
type fare struct {
	charges []charge
	weight  int64
}

// A tariff is all limits of a contract. It is never changed.
type tariff struct {
	name     string // of the contract
	policies []*policy
	general  []*policy // without routes and plans
	fares    map[*contracts.Operation]*fares
	headers  *headers
}

func newTariff(k *contracts.Contract) (*tariff, error) {
	b := &k.Behaviour
	t := &tariff{name: k.Name, fares: map[*contracts.Operation]*fares{}}
	plans := map[string]bool{}
	known := map[*contracts.LimitBehaviour]*policy{}
	bound := map[string][]string{} // limit → plans
	for name, plan := range b.Plans {
		plans[name] = true
		for _, l := range plan.Limits {
			bound[l] = append(bound[l], name)
		}
	}
	for i := range b.Limits {
		p, err := newPolicy(i, &b.Limits[i])
		if err != nil {
			return nil, fmt.Errorf("limit %s: %w", b.Limits[i].Name, err)
		}
		known[p.LimitBehaviour] = p
		t.policies = append(t.policies, p)
		p.plans = bound[p.Name]
		if p.Plan != "" {
			plans[p.Plan] = true
			p.plans = append(p.plans, p.Plan)
		}
		slices.Sort(p.plans)
		p.plans = slices.Compact(p.plans)
		if len(p.Routes) == 0 && len(p.plans) == 0 {
			t.general = append(t.general, p)
		}
	}
	for _, o := range k.Operations {
		fareOf := func(plan string) *fare {
			f := &fare{weight: 1}
			if o.Behaviour.Weight != nil {
				f.weight = int64(*o.Behaviour.Weight)
			}
			for _, l := range k.LimitsOf(o, plan) {
				named := len(l.Routes) > 0 || len(o.Behaviour.Limit) > 0
				f.charges = append(f.charges, charge{policy: known[l], route: o.ID, spares: !named && optional(o)})
			}
			return f
		}
		t.fares[o] = &fares{plain: fareOf(""), plans: map[string]*fare{}}
		for plan := range plans {
			t.fares[o].plans[plan] = fareOf(plan)
		}
	}
	t.headers = newHeaders(b.LimitHeaders, t.policies)
	return t, nil
}

// optional says that an operation takes a credential and does not ask for one.
func optional(o *contracts.Operation) bool {
	return slices.ContainsFunc(o.Security, func(a contracts.Alternative) bool { return len(a) == 0 })
}

func (t *tariff) fare(o *contracts.Operation, plan string) *fare {
	f := t.fares[o]
	if f == nil {
		return &fare{}
	}
	if plan != "" {
		if special := f.plans[plan]; special != nil {
			return special
		}
	}
	return f.plain
}

// shownToNobody lists the limits that answers show to those who were not counted.
func (t *tariff) shownToNobody(o *contracts.Operation) []*policy {
	if p := t.policy(t.headers.window); p != nil {
		return []*policy{p}
	}
	var list []*policy
	for _, c := range t.fare(o, "").charges {
		list = append(list, c.policy)
	}
	if len(list) == 0 {
		return t.general
	}
	return list
}

// policy finds a limit by its name; nil: there is none.
func (t *tariff) policy(name string) *policy {
	for _, p := range t.policies {
		if p.Name == name {
			return p
		}
	}
	return nil
}

func newPolicy(place int, l *contracts.LimitBehaviour) (*policy, error) {
	p := &policy{LimitBehaviour: l, place: place, capacity: int64(l.Limit), countRefused: l.CountRefused}
	for _, word := range l.Subjects() {
		p.kinds = append(p.kinds, kindOf(word))
	}
	if err := p.chooseRule(); err != nil {
		return nil, err
	}
	p.capacityText = strconv.FormatInt(p.capacity, 10)
	p.words = fmt.Sprintf("%d requests in %s", l.Limit, l.Window)
	switch {
	case l.Calendar():
		p.words = fmt.Sprintf("%d requests a %s", l.Limit, l.Window)
	case p.concurrent:
		p.words = fmt.Sprintf("%d requests at the same time", l.Limit)
	}
	return p, nil
}

func (p *policy) chooseRule() error {
	l := p.LimitBehaviour
	if l.Algorithm == "concurrency" {
		p.rule, p.concurrent = concurrency{p.capacity}, true
		return nil
	}
	if l.Calendar() {
		zone, err := l.Zone()
		p.rule = fixedWindow{limit: p.capacity, window: calendar{zone: zone, month: l.Window == "month"}}
		return err
	}
	d, err := time.ParseDuration(l.Window)
	if err != nil {
		return err
	}
	length := int64(d)
	p.seconds = ceil(length, int64(time.Second))
	switch l.Algorithm {
	case "sliding-log":
		p.rule = slidingLog{p.capacity, length}
	case "sliding-counter":
		p.rule = slidingCounter{p.capacity, length}
	case "token-bucket", "gcra":
		p.capacity = int64(l.Capacity())
		cost, gain := l.Emission()
		p.rule = bucket{capacity: p.capacity, cost: cost, gain: gain}
	default:
		p.rule = fixedWindow{limit: p.capacity, window: span(length), first: l.Align == "first-request"}
	}
	return nil
}

// ceil divides and rounds up; a is not negative.
func ceil(a, b int64) int64 { return (a + b - 1) / b }

// floor divides and rounds down, also below zero.
func floor(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
