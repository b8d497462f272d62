// Package quota knows how much is left: it counts requests by the limits that a contract declares, says which request may
// pass and what is left for whom, and writes the headers that tell it.
//
// A Limits serves one contract. Take asks all limits that count a request at once: either all let it pass and all count
// it, or none does. Counters are kept in memory, since a request must not wait for a store; Save, Export and Fork carry
// them elsewhere. All times are whole nanoseconds and all decisions exact.
package quota

import (
	"context"
	"math"
	"sync"
	"time"

	"understudy/contracts"
	"understudy/mock/clock"
	"understudy/mock/store"
)

// Options are what a Limits is made of. Only Contract is required.
type Options struct {
	Contract *contracts.Contract
	Store    store.Store // where Save writes to and New reads from; nil: nowhere
	Clock    clock.Clock // nil: the real time
	// Counters is how many subjects are counted at most, over all limits; 0: 131,072. Beyond that those whose counters
	// would soonest lose their effect are forgiven, and Dropped tells how many.
	Counters int
}

// Limits counts requests by a contract's limits. It is safe for concurrent use. Make it with New.
type Limits struct {
	tariff *tariff
	store  store.Store
	clock  clock.Clock
	most   int

	mu      sync.Mutex
	books   []book // by the place of the limit
	size    int    // number of counters
	fresh   state  // room for one that nobody has yet
	latest  int64  // the latest instant that was seen
	sweepAt int    // number of counters at which those without effect are looked for
	dropped uint64 // counters that were forgiven to make room

	shared    bool   // the store is others' too, and holds the counters: see Ask
	asked     uint64 // requests that were counted there
	forgotten string // up to where the store was looked through for counters without effect
}

// New makes the limits of a contract, with the counters that Save left in the store. It is nil where the contract declares
// none; the error is the store's.
func New(ctx context.Context, o Options) (*Limits, error) {
	if len(o.Contract.Behaviour.Limits) == 0 {
		return nil, nil
	}
	t, err := newTariff(o.Contract)
	if err != nil {
		return nil, err
	}
	l := &Limits{tariff: t, store: o.Store, clock: o.Clock, most: o.Counters, books: newBooks(t), sweepAt: firstSweep, latest: math.MinInt64}
	_, l.shared = o.Store.(store.Shared)
	if l.clock == nil {
		l.clock = clock.Real{}
	}
	if l.most <= 0 {
		l.most = mostCounters
	}
	if err := l.Load(ctx); err != nil {
		return nil, err
	}
	return l, nil
}

// An Ask is a request that wants to pass.
type Ask struct {
	Operation *contracts.Operation
	Subject   Subject
}

// A Subject is who sent a request. What is not known is empty.
type Subject struct {
	Credential string // the family of the credential, so that a rotated key and its successor count as one
	Account    string
	User       string
	Plan       string // of the account
	Address    string // without the port
}

// Take asks all limits that count a request, and lets them count it if all let it pass. A refused request consumes
// nothing, but where a limit has countRefused. The verdict is nil where no limit counts the request; its methods take
// that.
func (l *Limits) Take(a Ask) *Verdict {
	if l == nil {
		return nil
	}
	fare := l.tariff.fare(a.Operation, a.Subject.Plan)
	if len(fare.charges) == 0 {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.take(fare, &a)
}

// take is Take with the lock held.
func (l *Limits) take(fare *fare, a *Ask) *Verdict {
	v := &Verdict{limits: l, counted: true}
	v.readings = v.room[:0]
	v.now = l.now()
	for _, c := range fare.charges {
		kind, id, ok := c.subject(a)
		if !ok {
			continue
		}
		r := reading{key: key{c.policy, kind, id}, weight: fare.weight}
		if c.policy.concurrent {
			r.weight = min(r.weight, 1) // open is open
		}
		r.counter = l.at(r.key)
		l.fresh = state{}
		s := &l.fresh
		if r.counter != nil {
			s, r.counter.touched = &r.counter.state, v.now
		}
		c.policy.rule.roll(s, v.now)
		if r.weight > 0 {
			r.wait = c.policy.rule.wait(s, v.now, r.weight)
		}
		v.refused = v.refused || r.wait > 0
		v.readings = append(v.readings, r)
	}
	if len(v.readings) == 0 {
		return nil
	}
	l.settle(v)
	return v
}

// settle counts the request where it is to be counted, and notes what is left.
func (l *Limits) settle(v *Verdict) {
	for i := range v.readings {
		r := &v.readings[i]
		counts := r.weight > 0 && (!v.refused || r.policy.countRefused && !r.policy.concurrent)
		if counts && r.counter == nil {
			r.counter = l.open(r.key, v.now)
		}
		if r.counter == nil {
			l.fresh = state{}
			r.policy.rule.roll(&l.fresh, v.now)
			r.level = r.policy.rule.read(&l.fresh, v.now)
			continue
		}
		if counts {
			r.policy.rule.count(&r.counter.state, v.now, r.weight)
		}
		r.level = r.policy.rule.read(&r.counter.state, v.now)
		r.open = counts && r.policy.concurrent
	}
}

// Nobody is the verdict on an answer to a request that nothing counted, for contracts whose headers stand on all answers:
// it shows the whole quota. The operation may be nil. It is nil where such an answer shows nothing.
func (l *Limits) Nobody(o *contracts.Operation) *Verdict {
	if l == nil || l.tariff.headers.on != onAll {
		return nil
	}
	v := &Verdict{limits: l}
	v.readings = v.room[:0]
	l.mu.Lock()
	v.now = l.now()
	l.mu.Unlock()
	for _, p := range l.tariff.shownToNobody(o) {
		var fresh state
		p.rule.roll(&fresh, v.now)
		v.readings = append(v.readings, reading{key: key{policy: p}, level: p.rule.read(&fresh, v.now)})
	}
	return v
}

// slack is by how much a clock may go back without having been turned back: machines' clocks are corrected.
const slack = int64(time.Second)

// now is the clock's instant. It is read with the lock held, so that counters see time go one way. Where the clock was
// turned back, what was counted later than it now shows has not happened.
func (l *Limits) now() int64 {
	n := nanos(l.clock.Now())
	switch {
	case n >= l.latest:
	case l.latest-n < slack:
		return l.latest
	default:
		l.dropIf(func(k key, c *counter) bool { return c.touched > n && !k.policy.concurrent })
	}
	l.latest = n
	return n
}

// The years that are counted in; outside of them time stands still. They leave room for the longest window.
var (
	earliest = time.Date(1700, 1, 1, 0, 0, 0, 0, time.UTC)
	last     = time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)
)

func nanos(t time.Time) int64 {
	switch {
	case t.Before(earliest):
		t = earliest
	case t.After(last):
		t = last
	}
	return t.UnixNano()
}

func instant(n int64) time.Time { return time.Unix(0, n).UTC() }
