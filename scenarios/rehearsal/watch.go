package rehearsal

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
)

// mostFailures is how many questions in a row the stand-in may leave without an answer before the watching ends.
const mostFailures = 40

// watch asks again and again how far the client has come, and carries out what is due, until nothing is left to be done or ctx
// ends.
func (c *Course) watch(ctx context.Context) {
	for c.unfinished() {
		if err := c.look(ctx); err != nil && ctx.Err() == nil {
			if c.failures++; c.failures >= mostFailures {
				c.giveUp(err)
				return
			}
		} else {
			c.failures = 0
		}
		if c.clock.Wait(ctx, pollEvery) != nil {
			return
		}
	}
}

func (c *Course) unfinished() bool {
	return slices.ContainsFunc(c.staged, func(s *staged) bool { return !s.done }) || slices.ContainsFunc(c.outages, func(o outage) bool { return !o.over })
}

func (c *Course) giveUp(err error) {
	for _, one := range c.staged {
		if !one.done {
			one.done, one.wrong = true, "the stand-in could not be asked: "+plainly(err)
		}
	}
}

// look asks for all that unfinished steps wait for, and acts.
func (c *Course) look(ctx context.Context) error {
	var holds, calls, sent bool
	now := c.clock.Now()
	for _, one := range c.staged {
		t := &one.step.Trigger
		switch {
		case one.done:
		case !one.next.IsZero():
			for !one.done && !now.Before(one.next) {
				c.fire(ctx, one)
				if one.next = one.next.Add(t.Every); t.Every == 0 {
					one.done = true
				}
			}
		case one.hold != "":
			holds = true
		case t.Call != nil:
			calls = true
		case t.Delivery != nil:
			sent = true
		}
	}
	if holds || slices.ContainsFunc(c.outages, func(o outage) bool { return !o.over }) {
		if err := c.lookAtFaults(ctx); err != nil {
			return err
		}
	}
	if calls {
		if err := c.lookAtJournal(ctx); err != nil {
			return err
		}
	}
	if sent {
		return c.lookAtDeliveries(ctx)
	}
	return nil
}

// A fault is what became of one that was ordered.
type fault struct {
	Name           string
	Matched, Acted int
}

func (c *Course) faults(ctx context.Context) (map[string]fault, error) {
	var list struct{ Faults []fault }
	if err := c.control.Do(ctx, http.MethodGet, "/faults", nil, &list); err != nil {
		return nil, err
	}
	byName := map[string]fault{}
	for _, f := range list.Faults {
		byName[f.Name] = f
	}
	return byName, nil
}

// lookAtFaults acts where an answer is held back, and ends outages whose time is over.
func (c *Course) lookAtFaults(ctx context.Context) error {
	list, err := c.faults(ctx)
	if err != nil {
		return err
	}
	for _, one := range c.staged {
		if one.done || one.hold == "" {
			continue
		}
		f := list[one.hold]
		for one.seen < f.Acted && !one.done {
			one.seen++
			c.fire(ctx, one)
		}
		if one.done && one.step.Trigger.Call.Every > 0 {
			if err := c.control.Do(ctx, http.MethodDelete, "/faults/"+url.PathEscape(one.hold), nil, nil); err != nil {
				return err
			}
		}
	}
	now := c.clock.Now()
	for i := range c.outages {
		o := &c.outages[i]
		switch {
		case o.over:
		case o.began.IsZero() && list[o.fault].Acted > 0:
			o.began = now
		case !o.began.IsZero() && now.Sub(o.began) >= o.lasts:
			o.met, o.over = list[o.fault].Acted, true
			if err := c.control.Do(ctx, http.MethodDelete, "/faults/"+url.PathEscape(o.fault), nil, nil); err != nil {
				return err
			}
		}
	}
	return nil
}

// An entry is one exchange of the journal.
type entry struct {
	ID        uint64
	Operation string
	Request   struct{ Method string }
	Response  struct{ Status int }
}

// skipJournal begins counting behind what the journal holds already.
func (c *Course) skipJournal(ctx context.Context) error {
	var page struct{ Stats struct{ Newest uint64 } }
	err := c.control.Do(ctx, http.MethodGet, "/journal?limit=1&bodies=false", nil, &page)
	c.entry = page.Stats.Newest
	return err
}

// lookAtJournal counts the calls that were answered since the last look.
func (c *Course) lookAtJournal(ctx context.Context) error {
	var page struct{ Entries []entry }
	if err := c.control.Do(ctx, http.MethodGet, "/journal?bodies=false&limit=500&after="+strconv.FormatUint(c.entry, 10), nil, &page); err != nil {
		return err
	}
	for i := range page.Entries {
		e := &page.Entries[i]
		c.entry = e.ID
		for _, one := range c.staged {
			t := one.step.Trigger.Call
			if one.done || one.hold != "" || t == nil || !t.counts(e) {
				continue
			}
			if one.seen++; one.seen == t.Number {
				c.fire(ctx, one)
			}
		}
	}
	return nil
}

// counts says whether an exchange is one of those that the trigger counts.
func (t *Call) counts(e *entry) bool {
	status := strconv.Itoa(e.Response.Status)
	switch {
	case len(t.Operations) > 0 && !slices.Contains(t.Operations, e.Operation), len(t.Methods) > 0 && !slices.Contains(t.Methods, e.Request.Method):
		return false
	case strings.HasSuffix(t.Status, "xx"):
		return status[:1] == t.Status[:1]
	}
	return t.Status == "" || t.Status == status
}

// lookAtDeliveries counts the deliveries that have come to their end.
func (c *Course) lookAtDeliveries(ctx context.Context) error {
	list, err := c.deliveries(ctx)
	if err != nil {
		return err
	}
	for _, one := range c.staged {
		t := one.step.Trigger.Delivery
		if one.done || t == nil {
			continue
		}
		n := 0
		for _, d := range list {
			if (d.State == "delivered" || d.State == "dead") && t.fits(d.Type) {
				n++
			}
		}
		if one.seen = n; n >= t.Number {
			c.fire(ctx, one)
		}
	}
	return nil
}

func (t *Delivery) fits(name string) bool {
	return len(t.Types) == 0 || slices.ContainsFunc(t.Types, func(pattern string) bool {
		ok, err := path.Match(pattern, name)
		return ok && err == nil
	})
}

// times says how often something was: "once", "3 times".
func times(n int) string {
	switch n {
	case 1:
		return "once"
	case 2:
		return "twice"
	}
	return fmt.Sprintf("%d times", n)
}
