package telemetry

import (
	"net/http"

	"understudy/mock/webhook"
)

// A tracer makes spans and hands them to its batcher.
type tracer struct {
	sampler Sampler
	apart   bool
	random  func([]byte)
	batcher *batcher
}

func newTracer(o Options, s *sender, dropped *counters) *tracer {
	return &tracer{sampler: o.Sampler, apart: o.Apart, random: o.Random, batcher: newBatcher(o, s, dropped)}
}

// came begins the span of a request.
func (t *tracer) came(h http.Header) (webhook.TraceContext, bool) {
	parent, ok := incoming(h)
	c := t.child(&parent, ok && !t.apart)
	return c.carried(), c.sampled()
}

// child names a span below another one, or one that begins a trace.
func (t *tracer) child(parent *spanContext, ok bool) spanContext {
	var c spanContext
	if ok {
		c = *parent
	} else {
		parent, c.flags = nil, flagRandom
		for c.trace == [16]byte{} {
			t.random(c.trace[:])
		}
	}
	for c.span = [8]byte{}; c.span == [8]byte{}; {
		t.random(c.span[:])
	}
	c.flags &^= flagSampled
	if t.sampler.records(parent, c.trace) {
		c.flags |= flagSampled
	}
	return c
}

// attempt begins the span of an attempt.
func (t *tracer) attempt(cause webhook.TraceContext) webhook.TraceContext {
	parent, ok := contextOf(cause)
	c := t.child(&parent, ok)
	return c.carried()
}
