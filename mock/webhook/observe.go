package webhook

// A TraceContext names the request that caused something, as the headers of W3C Trace Context do. The zero value names none.
type TraceContext struct {
	Parent string `json:"parent,omitempty"` // traceparent: "00-" trace "-" span "-" flags
	State  string `json:"state,omitempty"`  // tracestate; empty: none
}

// An Observer hears of the attempts of deliveries, in whichever sandbox they are made. Its methods are called by many at a time,
// must not block, and must not change what they are given.
type Observer interface {
	// Attempt hears that an attempt is about to be made of an event that cause brought about, and gives it a context of its own.
	// shown says that the attempt carries it to the receiver in headers.
	Attempt(cause TraceContext) (carried TraceContext, shown bool)
	// Attempted hears of an attempt that was made and written down, of what caused the event, and of the delivery as it is
	// afterwards. The attempt is nil where the delivery was given up without another one; the delivery is nil where the attempt
	// was an ordered duplicate, which decides nothing.
	Attempted(carried, cause TraceContext, d *Delivery, a *Attempt)
}

// carry adds to a message the context of what caused it. A header that the endpoint or the contract sets itself stays.
func (w *Webhooks) carry(j *job, m *message) {
	if w.observer == nil {
		return
	}
	var shown bool
	if j.carried, shown = w.observer.Attempt(j.event.Trace); !shown {
		return
	}
	for _, one := range []struct{ name, value string }{{"Traceparent", j.carried.Parent}, {"Tracestate", j.carried.State}} {
		if _, set := m.headers[one.name]; !set && one.value != "" {
			m.headers[one.name] = []string{one.value}
		}
	}
}

// observe tells of an attempt, or that a delivery was given up without one.
func (w *Webhooks) observe(j *job, d *delivery, a *Attempt) {
	switch {
	case w.observer == nil:
	case j.repeat:
		w.observer.Attempted(j.carried, j.event.Trace, nil, a)
	default:
		w.observer.Attempted(j.carried, j.event.Trace, &d.Delivery, a)
	}
}
