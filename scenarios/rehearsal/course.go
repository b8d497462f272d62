package rehearsal

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"understudy/contracts"
	"understudy/scenarios"
)

// pollEvery is how often the stand-in is asked how far the client has come.
const pollEvery = 15 * time.Millisecond

// A Stage is where a plan is carried out. All members are required.
type Stage struct {
	Contract *contracts.Contract
	Control  *scenarios.Control
	Clock    scenarios.Clock // the machine's
}

// A Course is a plan being carried out for one contract. Make it with Begin, end it with End.
type Course struct {
	plan     *Plan
	contract *contracts.Contract
	control  *scenarios.Control
	clock    scenarios.Clock
	began    time.Time

	cancel  context.CancelFunc
	watched sync.WaitGroup

	// Of the watcher alone while it runs.
	staged   []*staged
	outages  []outage
	entry    uint64 // id of the last journal entry that was counted
	failures int
}

// A staged step is one with what became of it.
type staged struct {
	step   *Step
	faults []string // names of those that it ordered
	orders []order  // trouble for deliveries that it ordered
	hold   string   // name of the fault that holds answers back; empty: none does
	fired  int      // occasions on which its actions were carried out
	did    int      // how much the actions that are no orders did
	seen   int      // calls or deliveries that were counted
	next   time.Time
	done   bool
	cut    bool // the client ended while it was carried out
	wrong  string
}

// An order is trouble that was ordered for deliveries.
type order struct {
	id    string
	times int
}

// An outage goes on until its time is over.
type outage struct {
	*staged
	fault string
	lasts time.Duration
	began time.Time // zero: no call has met it
	met   int       // calls, when it was over
	over  bool
}

// Begin orders what the stand-in counts itself, does what happens before the client begins, and watches for the rest. An error
// says what could not be ordered; nothing is watched then.
func Begin(ctx context.Context, plan *Plan, s Stage) (*Course, error) {
	c := &Course{plan: plan.For(s.Contract.Name), contract: s.Contract, control: s.Control, clock: s.Clock, cancel: func() {}}
	c.began = c.clock.Now()
	for i := range c.plan.Steps {
		one := &staged{step: &c.plan.Steps[i]}
		c.staged = append(c.staged, one)
		if err := c.prepare(ctx, one); err != nil {
			return nil, plan.at(one.step.Line, fmt.Errorf("the step %s: %w", one.step.Name, err))
		}
	}
	if err := c.skipJournal(ctx); err != nil {
		return nil, err
	}
	watching, cancel := context.WithCancel(ctx)
	c.cancel = cancel
	c.watched.Go(func() { c.watch(watching) })
	return c, nil
}

// Plan gives the part of the plan that is carried out.
func (c *Course) Plan() *Plan { return c.plan }

// prepare orders what of a step is ordered beforehand.
func (c *Course) prepare(ctx context.Context, one *staged) error {
	s := one.step
	t := &s.Trigger
	waiting := false // some of it is done later
	for i := range s.Then {
		a := &s.Then[i]
		var err error
		switch {
		case t.Start:
			var n int
			if n, err = c.do(ctx, one, a); !a.orders() {
				one.did += n
			}
		case !s.countable(a):
			waiting = true
		case a.Deliveries != nil:
			err = c.orderTrouble(ctx, one, a.Deliveries, t.Delivery.Number-1, t.Delivery.Types)
		default:
			err = c.orderFault(ctx, one, a)
		}
		if err != nil {
			return err
		}
	}
	switch {
	case t.Start:
		one.fired, one.done = 1, true
	case t.After > 0:
		one.next = c.began.Add(t.After)
	case t.Every > 0:
		one.next = c.began.Add(t.Every)
	case !waiting:
		one.done = true
	case t.Call != nil && t.Call.Status == "":
		hold := holdFor(s)
		one.hold = hold.Name
		return c.control.Do(ctx, "POST", "/faults", hold, nil)
	}
	return nil
}

// End stops the plan and says what became of it. Outages that last still are over; faults that were ordered stay.
func (c *Course) End(ctx context.Context) (Account, error) {
	c.cancel()
	c.watched.Wait()
	return c.account(ctx)
}

// fire carries the actions of a step out that were not ordered beforehand.
func (c *Course) fire(ctx context.Context, one *staged) {
	t := &one.step.Trigger
	sum, did := 0, 0
	for i := range one.step.Then {
		a := &one.step.Then[i]
		if !t.Start && one.step.countable(a) {
			continue
		}
		n, err := c.do(ctx, one, a)
		if err != nil {
			if one.cut = ctx.Err() != nil; !one.cut {
				one.wrong = plainly(err)
			}
			if n > 0 {
				one.did, one.fired = one.did+did+n, one.fired+1
			}
			one.done = true
			return
		}
		if sum += n; !a.orders() {
			did += n
		}
	}
	again := t.Every > 0 || t.Call != nil && t.Call.Every > 0
	if sum == 0 && again {
		return // there was nothing to be done to: the next occasion counts
	}
	one.did += did
	one.fired++
	one.done = !again || t.Times > 0 && one.fired >= t.Times
}

// orders says that the action is an order: what it comes to is told by the stand-in.
func (a *Action) orders() bool {
	return a.Fault != nil || a.Outage != nil || a.Refuse != nil || a.Deliveries != nil
}

// plainly is an error without what only programs need.
func plainly(err error) string {
	var refused *scenarios.ControlError
	if errors.As(err, &refused) {
		return refused.Detail
	}
	return err.Error()
}
