package telemetry

import (
	"net/url"
	"strconv"
	"time"

	"understudy/mock/webhook"
)

// An attemptSpan is the span of one attempt of a delivery.
type attemptSpan struct {
	contract string
	carried  spanContext
	cause    webhook.TraceContext
	delivery *webhook.Delivery // nil: the attempt decided nothing
	attempt  *webhook.Attempt
	ended    time.Time
}

func (a *attemptSpan) size() int64 { return 1024 } // what the attempt holds is not kept for it

// span makes the span: by the semantic conventions for HTTP clients, below the span of the request that caused the event. Of
// the address only what deliveries show of it is told, and no header.
func (a *attemptSpan) span() *span {
	t := a.attempt
	s := &span{kind: kindClient, name: t.Method, context: a.carried, start: a.ended.Add(-t.Duration), end: a.ended}
	if cause, ok := contextOf(a.cause); ok && cause.trace == a.carried.trace {
		s.parent = cause.span
	}
	s.set("http.request.method", t.Method)
	shown := webhook.ShownURL(t.URL)
	s.set("url.full", shown)
	if u, err := url.Parse(shown); err == nil {
		s.server(u)
	}
	if t.Status > 0 {
		s.setNumber("http.response.status_code", int64(t.Status))
	}
	if t.Number > 1 {
		s.setNumber("http.request.resend_count", int64(t.Number-1))
	}
	s.set("understudy.contract", a.contract)
	s.set("understudy.delivery.id", t.Delivery)
	s.setNumber("understudy.delivery.attempt", int64(t.Number))
	s.set("understudy.delivery.outcome", string(t.Outcome))
	s.set("understudy.delivery.decision", t.Why)
	if d := a.delivery; d != nil {
		s.set("understudy.event.type", d.Type)
		s.set("understudy.event.id", d.Event)
		s.set("understudy.delivery.state", string(d.State))
	}
	switch {
	case t.Outcome == webhook.Answered && t.Status >= 400:
		s.failed = true
		s.set("error.type", strconv.Itoa(t.Status))
	case t.Outcome != webhook.Taken && t.Outcome != webhook.Answered:
		s.failed, s.failure = true, t.Error
		s.set("error.type", string(t.Outcome))
	}
	return s
}
