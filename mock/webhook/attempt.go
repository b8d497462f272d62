package webhook

import (
	"bytes"
	"context"
	"errors"
	"net/url"
	"time"

	"understudy/mock/store"
)

// A job is one delivery with all that an attempt needs.
type job struct {
	delivery *delivery
	event    *event
	endpoint *endpoint // nil: a callback's
	conduct  conduct
	at       time.Time      // of the attempt
	trouble  []Misbehaviour // of this attempt
	repeat   bool           // the attempt is an ordered duplicate, which decides nothing
	carried  TraceContext   // by the attempt
}

// attempt makes one attempt of a delivery and writes it down. It gives the delivery as it is afterwards; nil when there was
// nothing to do or it could not be written.
func (w *Webhooks) attempt(e *era, n uint64) *delivery {
	j, err := w.begin(e, n)
	if err != nil || j == nil {
		w.lost(e, err, n)
		return nil
	}
	if j.delivery.State != Sending {
		if j.delivery.State.Finished() {
			w.buried(e, j.delivery)
			w.observe(j, j.delivery, nil)
		}
		return j.delivery
	}
	w.hooks.tell(j.delivery, nil)
	for {
		a, m := w.try(e, j)
		if e.ctx.Err() != nil {
			return nil
		}
		after, err := w.conclude(e, j, a, m)
		if err != nil {
			w.lost(e, err, n)
			return nil
		}
		w.hooks.tell(after, a)
		w.observe(j, after, a)
		if j.repeat || !asked(j.trouble, Duplicate) {
			return after
		}
		j.repeat, j.at = true, w.clock.Now()
		j.delivery.Attempts++
	}
}

// lost reports what could not be read or written. Nothing is lost for a store that lasts: it still holds the delivery.
func (w *Webhooks) lost(e *era, err error, n uint64) {
	if err != nil && !errors.Is(err, errOver) && !errors.Is(err, ErrNotFound) && e.ctx.Err() == nil {
		w.lateAgain(e, n)
		w.logger.Error("a delivery cannot be read or written; it is taken up again", "contract", w.contract.Name, "delivery", w.numbered("dlv_", n), "error", err)
	}
}

// begin marks a delivery as being sent. One whose endpoint is gone, disabled or paused gets another state instead. The mark of
// a store that lasts is on its way when the attempt is made, and there before what comes of it: a process that dies earlier leaves
// a delivery that waits, which is made again as well.
func (w *Webhooks) begin(e *era, n uint64) (*job, error) {
	j := &job{}
	now := w.clock.Now()
	err := w.store.View(e.ctx, func(tx store.Tx) (err error) {
		if j.delivery, err = w.getDelivery(tx, e.keys, n); err == nil {
			j.event, err = w.getEvent(tx, e.keys, j.delivery.Of)
		}
		return err
	})
	if err != nil || j.delivery.State.Finished() {
		return nil, err
	}
	d := j.delivery
	j.endpoint = w.endpointOf(d.Endpoint)
	if why := unwanted(d, j.endpoint); why != "" {
		return j, w.change(e, d, func(d *delivery) { d.bury(why, now) })
	}
	if p := j.endpoint; p != nil && p.PausedUntil.After(now) {
		return j, w.change(e, d, func(d *delivery) {
			d.State, d.NextAt, d.Why = Pending, p.PausedUntil, "the endpoint is paused by its breaker"
		})
	}
	j.at = settled(now, d.NextAt)
	d.begun()
	w.mark(e, n, d.Attempts)
	j.conduct = w.conduct
	if j.endpoint != nil {
		j.conduct = w.conduct.with(j.endpoint.Delivery)
		j.delivery.URL = j.endpoint.URL
	}
	for _, t := range j.delivery.Misbehave {
		if t.Attempts < 0 || j.delivery.Attempts <= max(t.Attempts, 1) {
			j.trouble = append(j.trouble, t)
		}
	}
	return j, nil
}

// change writes a change of a delivery that is not finished.
func (w *Webhooks) change(e *era, d *delivery, f func(*delivery)) error {
	return w.update(e.ctx, e, func(tx store.Tx) error {
		now, err := w.getDelivery(tx, e.keys, d.Number)
		if err != nil {
			return err
		}
		if !now.State.Finished() {
			f(now)
		}
		*d = *now
		return w.putDelivery(tx, e.keys, now)
	})
}

// unwanted says why a delivery must not be tried; empty: it may.
func unwanted(d *delivery, e *endpoint) string {
	switch {
	case d.Endpoint == "":
		return ""
	case e == nil:
		return "the endpoint was deleted"
	case !e.Enabled:
		return "the endpoint is disabled: " + e.Disabled
	}
	return ""
}

// settled is the present instant, or the one for which something was planned where the clock was moved on from there only to
// wait for it: see arm.
func settled(now, planned time.Time) time.Time {
	if step := now.Sub(planned); step >= 0 && step <= guardStep {
		return planned
	}
	return now
}

// try makes the attempt.
func (w *Webhooks) try(e *era, j *job) (*Attempt, *message) {
	a := &Attempt{Delivery: j.delivery.ID, Number: j.delivery.Attempts, At: j.at}
	m, err := w.compose(j, j.at)
	w.carry(j, m)
	a.Method, a.URL, a.Headers, a.Misbehave = m.method, m.url, m.shown(), m.troubles
	if j.repeat || asked(j.trouble, Duplicate) {
		a.Misbehave = append(a.Misbehave, string(Duplicate))
	}
	var to *url.URL
	if err == nil {
		to, err = w.policy.Check(m.url)
	}
	if err != nil {
		a.Outcome, a.Error = Refused, err.Error()
		return a, m
	}
	w.exchange(e.ctx, m, to, a, j.conduct.timeout)
	return a, m
}

func asked(list []Misbehaviour, kind Trouble) bool {
	for _, t := range list {
		if t.Kind == kind {
			return true
		}
	}
	return false
}

// conclude writes down what came of an attempt and what follows from it.
func (w *Webhooks) conclude(e *era, j *job, a *Attempt, m *message) (*delivery, error) {
	now := settled(w.clock.Now(), a.At)
	v := w.decide(j, a, now)
	if v.disable == "" && !j.repeat {
		w.blame(e, j, a, now)
	}
	if v.disable != "" {
		w.disable(e, j.delivery.Endpoint, v.disable)
	}
	var after *delivery
	var size int
	err := w.update(e.ctx, e, func(tx store.Tx) error {
		d, err := w.getDelivery(tx, e.keys, j.delivery.Number)
		if err != nil {
			return err
		}
		after = d
		d.Attempts, d.Status, d.URL = j.delivery.Attempts, a.Status, j.delivery.URL
		switch {
		case j.repeat:
			a.Why = "it was sent once more, as ordered; the attempt before decides"
		case d.State.Finished():
			a.Why = "the delivery was " + string(d.State) + " meanwhile"
		default:
			a.Why, a.NextAt = v.why, v.next
			d.State, d.Why, d.NextAt = v.state, v.why, v.next
			d.Step++
		}
		if size, err = w.writeAttempt(tx, e, j, a, m); err != nil {
			return err
		}
		if d.State.Finished() && d.EndedAt.IsZero() {
			d.EndedAt = now
		}
		return w.putDelivery(tx, e.keys, d)
	})
	e.marks.over(j.delivery.Number)
	switch {
	case err != nil:
		return nil, err
	case after.State.Finished():
		e.kept.add(int64(size), after.Of)
		w.evict(e.ctx, e)
	default:
		e.kept.add(int64(size))
	}
	return after, nil
}

// writeAttempt writes an attempt. A body that is the event's payload is not written again; where there is no room, what the
// receiver said is cut.
func (w *Webhooks) writeAttempt(tx store.Tx, e *era, j *job, a *Attempt, m *message) (int, error) {
	record := *a
	if m != nil && !bytes.Equal(m.body, j.event.payload) {
		record.Body = m.body
		if len(record.Body) > mostSent {
			record.Body, record.Cut = record.Body[:mostSent], true
		}
	}
	if e.kept.size() > w.limits.Bytes && len(record.ResponseBody) > shortestResult {
		record.ResponseBody, record.ResponseCut = record.ResponseBody[:shortestResult], true
	}
	data, err := encodeAttempt(&record)
	if err != nil {
		return 0, err
	}
	a.Body, a.Cut = record.Body, record.Cut
	if a.Body == nil {
		a.Body = j.event.payload
	}
	return len(data) + keySize, tx.Put(e.keys.attempt(j.delivery.Number, a.Number), data)
}

// blame keeps account of an endpoint's failures, and lets its breaker judge.
func (w *Webhooks) blame(e *era, j *job, a *Attempt, now time.Time) {
	if j.endpoint == nil || a.Outcome == Refused || a.Outcome == Taken && j.endpoint.Failures == 0 {
		return
	}
	w.reportFailure(w.changeEndpoint(e.ctx, j.endpoint.ID, func(p *endpoint) error {
		if a.Outcome == Taken {
			p.Failures, p.FailingSince, p.PausedUntil = 0, time.Time{}, time.Time{}
			return nil
		}
		if p.Failures == 0 {
			p.FailingSince = now
		}
		p.Failures++
		j.conduct.plan.breaker.trip(p, now)
		return nil
	}))
}

func (w *Webhooks) disable(e *era, id, why string) {
	if id == "" {
		return
	}
	w.reportFailure(w.changeEndpoint(e.ctx, id, func(p *endpoint) error {
		p.Enabled, p.Disabled = false, why
		return nil
	}))
}

func (w *Webhooks) reportFailure(_ *endpoint, err error) {
	if err != nil && !errors.Is(err, ErrNotFound) && !errors.Is(err, errOver) && !errors.Is(err, context.Canceled) {
		w.logger.Error("an endpoint cannot be written", "contract", w.contract.Name, "error", err)
	}
}
