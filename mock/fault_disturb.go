package mock

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"time"

	"understudy/mock/clock"
)

// A disturbance is the faults that act on one request. At most one of them decides the answer, and one each of the others
// changes it; delays add up.
type disturbance struct {
	delays  []*acting
	end     *acting // status, reset, empty, drop, stale
	schema  *acting
	json    *acting
	media   *acting
	wire    *acting // truncated-body, malformed-chunk
	pace    *acting // slow-body
	earlier *Entry  // what stale answers with

	header  http.Header // as it was before anybody began an answer
	ended   bool        // end was carried out, or is not to be
	changed bool        // the answer is not the contract's own
	cutNow  time.Time   // when the connection was cut, by the server's clock; zero: it was not
	cutWall time.Time   // likewise, by the machine's
	names   []string
	told    []string // what happened, for the journal
	acted   []Acted
}

// An acting fault is one that acts on a request.
type acting struct {
	*fault
	draw draw
}

// disturb carries out the trouble that was ordered for such a request: it waits, answers in the contract's place, or
// leaves word of what is to become of the answer.
func (s *Server) disturb(c *call) *Problem {
	own, ordered := *s.faults.list.Load(), s.faults.elsewhere()
	asked, p := s.askedFaults(c)
	if p != nil || len(own) == 0 && len(ordered) == 0 && len(asked) == 0 {
		return p
	}
	d := &disturbance{}
	for _, cuts := range []bool{true, false} { // who decides the answer is known first: without an answer nothing is left to change
		for _, o := range asked {
			d.consider(c, o, cuts, true, true)
		}
		for _, o := range own {
			d.consider(c, o, cuts, false, true)
		}
		for _, o := range ordered {
			d.consider(c, o, cuts, false, false)
		}
	}
	if len(d.names) == 0 {
		return nil
	}
	c.faults = d
	d.header = maps.Clone(c.response.Header())
	if !s.delay(c, false) {
		return nil
	}
	if d.end == nil || d.end.effect() {
		return nil
	}
	d.ended = true
	return s.end(c)
}

// elsewhere gives the faults of the server of which this one is a sandbox.
func (f *Faults) elsewhere() []*fault {
	if f.main == nil {
		return nil
	}
	return *f.main.list.Load()
}

// consider lets a fault act if it fits, unless one that was ordered before has its place: such a request is not counted.
func (d *disturbance) consider(c *call, o *fault, ends, asked, own bool) {
	place := d.place(o.spec.Kind)
	if (place == &d.end) != ends || place != nil && *place != nil || d.end != nil && !d.end.answers() && place != nil {
		return
	}
	if !asked && !o.fits(c, own) {
		return
	}
	var earlier *Entry
	if o.spec.Kind == "stale" {
		if earlier = c.earlier(); earlier == nil {
			if asked {
				c.observed = append(c.observed, StageNote{Name: "disturb", Verdict: observed, Note: "stale: there is no earlier answer"})
			}
			return
		}
	}
	a := &acting{fault: o}
	if asked {
		a.draw = draw{seed: c.server.options.Seed, key: o.key, n: c.server.faults.asked.Add(1)}
	} else {
		var acts bool
		if a.draw, acts = o.take(c.server.options.Seed, c.now); !acts {
			return
		}
	}
	if place == nil {
		d.delays = append(d.delays, a)
	} else {
		*place, d.earlier = a, cmp.Or(earlier, d.earlier)
	}
	d.names = append(d.names, a.name())
	d.acted = append(d.acted, Acted{Name: o.spec.Name, Kind: o.spec.Kind})
}

// place is where a kind of fault is kept; nil for delays, of which there may be many.
func (d *disturbance) place(kind string) **acting {
	switch kind {
	case "schema":
		return &d.schema
	case "malformed-json":
		return &d.json
	case "content-type":
		return &d.media
	case "truncated-body", "malformed-chunk":
		return &d.wire
	case "slow-body":
		return &d.pace
	case "latency":
		return nil
	}
	return &d.end
}

// name is what the journal calls the fault.
func (a *acting) name() string { return cmp.Or(a.spec.Name, a.spec.Kind) }

// effect says that the request is carried out before the fault decides the answer.
func (a *acting) effect() bool { return a.spec.Effect || a.spec.Kind == "drop" }

// answers says that the client gets some answer.
func (a *acting) answers() bool { return a.spec.Kind == "status" || a.spec.Kind == "stale" }

func (d *disturbance) tell(a *acting, text string, args ...any) {
	text = fmt.Sprintf(text, args...)
	for i := range d.acted {
		if one := &d.acted[i]; one.Name == a.spec.Name && one.Kind == a.spec.Kind && one.Note == "" {
			one.Note = text
			break
		}
	}
	if a.spec.Name != "" {
		text = a.spec.Name + ": " + text
	}
	d.told = append(d.told, text)
}

// vain tells of a fault that had nothing to change.
func (d *disturbance) vain(a *acting, text string, args ...any) {
	d.tell(a, text, args...)
	for i := range d.acted {
		if one := &d.acted[i]; one.Name == a.spec.Name && one.Kind == a.spec.Kind {
			one.Vain = true
		}
	}
}

// end carries out the fault that decides the answer.
func (s *Server) end(c *call) *Problem {
	d := c.faults
	d.changed = true
	switch d.end.spec.Kind {
	case "status":
		return s.sendStatus(c, d.end)
	case "stale":
		s.sendEarlier(c, d.earlier)
	case "empty":
		d.tell(d.end, "the connection was closed without an answer")
		s.cut(c, false)
	default:
		d.tell(d.end, "the connection was reset before an answer")
		s.cut(c, true)
	}
	return nil
}

// delay waits for the latencies that come before the effect, or for those behind it. It is false where the client left
// meanwhile: there is nobody to answer, then.
func (s *Server) delay(c *call, behind bool) bool {
	d, left := c.faults, MaxWait
	for _, a := range d.delays {
		if a.spec.Effect != behind {
			continue
		}
		wait := min(left, a.delay.Pick(a.draw.share(drawDelay), a.draw.share(drawDelay2)))
		left -= wait
		switch simulated, err := s.wait(c.request.Context(), wait, a.spec.Real, "latency "+a.name()); {
		case err != nil:
			d.tell(a, "the client left while it waited for %v", wait)
			c.left = true
			d.changed = true
			c.abandon()
			return false
		case simulated:
			d.vain(a, "would wait for %v: the clock stands still", wait)
		default:
			d.tell(a, "waited for %v", wait)
			c.allowWriting()
		}
	}
	return true
}

// MaxWait is how long one request waits at most for all its faults.
const MaxWait = time.Hour

// wait lets time pass on the server's clock, or with real on the machine's. On a clock that stands still nobody could say
// when it has passed: the waiting is only simulated. An error says that ctx ended first.
func (s *Server) wait(ctx context.Context, d time.Duration, real bool, label string) (simulated bool, err error) {
	k := s.clock
	switch {
	case real:
		k = clock.Real{}
	case standsStill(k):
		return true, nil
	}
	if d <= 0 {
		return false, nil
	}
	done := make(chan struct{})
	stop := clock.Schedule(k, d, label, func() { close(done) })
	select {
	case <-done:
		return false, nil
	case <-ctx.Done():
		stop()
		return false, ctx.Err()
	}
}

// tellFaults writes into the journal's trace which faults acted and how.
func (c *call) tellFaults() {
	d := c.faults
	c.trace.Faults = d.acted
	if len(d.told) == 0 {
		return
	}
	text := strings.Join(d.told, "; ")
	c.observed = append(c.observed, StageNote{Name: "disturb", Verdict: disturbed, Note: text})
	if c.trace.Detail != "" {
		text = c.trace.Detail + " (" + text + ")"
	}
	c.trace.Detail = text
	if d.changed {
		c.trace.Source = "fault"
	}
	d.told = nil
}
