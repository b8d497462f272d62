package telemetry

import (
	"net/http"

	"understudy/mock"
	"understudy/mock/clock"
	"understudy/mock/webhook"
)

// An Observer counts what the servers of one contract do, and makes spans of it where somebody takes them.
type Observer struct {
	meter  *contractMeter
	tracer *tracer // nil: nobody takes spans
}

var _ mock.Observer = (*Observer)(nil)

// Came implements mock.Observer.
func (o *Observer) Came(r *http.Request) (trace webhook.TraceContext, timed bool) {
	o.meter.came.Add(1)
	if o.tracer == nil {
		return trace, false
	}
	return o.tracer.came(r.Header)
}

// Answered implements mock.Observer.
func (o *Observer) Answered(a mock.Answered) {
	o.meter.count(a.Entry, a.Limited)
	if a.Reached != nil && o.tracer != nil {
		o.tracer.batcher.add(&requestSpan{answered: a, contract: o.meter.name, apart: o.tracer.apart})
	}
}

// Attempt implements webhook.Observer.
func (o *Observer) Attempt(cause webhook.TraceContext) (carried webhook.TraceContext, shown bool) {
	if o.tracer == nil {
		return carried, false
	}
	return o.tracer.attempt(cause), !o.tracer.apart
}

// Attempted implements webhook.Observer.
func (o *Observer) Attempted(carried, cause webhook.TraceContext, d *webhook.Delivery, a *webhook.Attempt) {
	o.meter.countAttempt(d, a)
	if c, ok := contextOf(carried); ok && c.sampled() && a != nil && o.tracer != nil {
		o.tracer.batcher.add(&attemptSpan{contract: o.meter.name, carried: c, cause: cause, delivery: d, attempt: a, ended: clock.Real{}.Now()})
	}
}
