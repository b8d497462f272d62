package telemetry

import (
	"strconv"
	"time"
)

// The schema of the semantic conventions that names and units follow.
const schemaURL = "https://opentelemetry.io/schemas/1.37.0"

// scopeName names what makes the spans and metrics.
const scopeName = "understudy"

// Field numbers are those of opentelemetry-proto 1.x, which never change.

// attributes writes a list of KeyValue.
func (m *message) attributes(field int, list []Attribute) {
	m.list(field, "attributes", len(list), func(i int) {
		m.text(1, "key", list[i].Key)
		m.nest(2, "value", func() { m.any(list[i].Value) })
	})
}

// any writes an AnyValue.
func (m *message) any(value any) {
	switch v := value.(type) {
	case string:
		m.textAlways(1, "stringValue", v)
	case bool:
		m.truth(2, "boolValue", v)
	case int64:
		m.integer(3, "intValue", v)
	case float64:
		m.double(4, "doubleValue", v)
	case []string:
		m.nest(5, "arrayValue", func() {
			m.list(1, "values", len(v), func(i int) { m.textAlways(1, "stringValue", v[i]) })
		})
	}
}

// source writes the Resource, and the InstrumentationScope with what is inside it.
func (m *message) source(o *Options, scoped int, name string, inside func()) {
	m.nest(1, "resource", func() { m.attributes(1, o.Resource) })
	m.list(scoped, name, 1, func(int) {
		m.nest(1, "scope", func() {
			m.text(1, "name", scopeName)
			m.text(2, "version", o.Version)
		})
		inside()
		m.text(3, "schemaUrl", schemaURL)
	})
	m.text(3, "schemaUrl", schemaURL)
}

// traceRequest writes an ExportTraceServiceRequest.
func traceRequest(o *Options, spans []*span, asJSON bool) []byte {
	m := newMessage(asJSON)
	m.list(1, "resourceSpans", 1, func(int) {
		m.source(o, 2, "scopeSpans", func() {
			m.list(2, "spans", len(spans), func(i int) { m.span(spans[i]) })
		})
	})
	return m.bytes()
}

// Flags of a span besides those of its context: whether its parent is of another process is known, and it is.
const (
	remoteKnown = 0x100
	remoteIs    = 0x200
)

func (m *message) span(s *span) {
	m.id(1, "traceId", s.context.trace[:])
	m.id(2, "spanId", s.context.span[:])
	m.text(3, "traceState", s.context.state)
	if s.parent != [8]byte{} {
		m.id(4, "parentSpanId", s.parent[:])
	}
	m.text(5, "name", s.name)
	m.number(6, "kind", s.kind)
	m.fixed64(7, "startTimeUnixNano", nanoseconds(s.start))
	m.fixed64(8, "endTimeUnixNano", nanoseconds(s.end))
	m.attributes(9, s.attributes)
	m.list(11, "events", len(s.events), func(i int) {
		m.fixed64(1, "timeUnixNano", nanoseconds(s.events[i].at))
		m.text(2, "name", s.events[i].name)
		m.attributes(3, s.events[i].attributes)
	})
	if s.failed {
		m.nest(15, "status", func() {
			m.text(2, "message", s.failure)
			m.number(3, "code", 2) // STATUS_CODE_ERROR
		})
	}
	flags := uint32(s.context.flags) | remoteKnown
	if s.remote {
		flags |= remoteIs
	}
	m.fixed32(16, "flags", flags)
}

func nanoseconds(t time.Time) uint64 { return uint64(t.UnixNano()) }

// cumulative is OTLP's number for sums that go on since the start.
const cumulative = 2

// metricRequest writes an ExportMetricsServiceRequest.
func metricRequest(o *Options, families []*family, now time.Time, asJSON bool) []byte {
	m := newMessage(asJSON)
	m.list(1, "resourceMetrics", 1, func(int) {
		m.source(o, 2, "scopeMetrics", func() {
			m.list(2, "metrics", len(families), func(i int) { m.metric(families[i], o.Started, now) })
		})
	})
	return m.bytes()
}

func (m *message) metric(f *family, started, now time.Time) {
	m.text(1, "name", f.metric.name)
	m.text(2, "description", f.metric.help)
	m.text(3, "unit", f.metric.unit)
	switch f.metric.kind {
	case gauge:
		m.nest(5, "gauge", func() { m.numbers(f, time.Time{}, now) })
	case histogram:
		m.nest(9, "histogram", func() {
			m.list(1, "dataPoints", len(f.points), func(i int) { m.distribution(f, &f.points[i], started, now) })
			m.number(2, "aggregationTemporality", cumulative)
		})
	default:
		m.nest(7, "sum", func() {
			m.numbers(f, started, now)
			m.number(2, "aggregationTemporality", cumulative)
			if f.metric.kind == counter {
				m.truth(3, "isMonotonic", true)
			}
		})
	}
}

// numbers writes NumberDataPoints. A zero start is left out: what there is at the moment has none.
func (m *message) numbers(f *family, started, now time.Time) {
	m.list(1, "dataPoints", len(f.points), func(i int) {
		p := &f.points[i]
		if !started.IsZero() {
			m.fixed64(2, "startTimeUnixNano", nanoseconds(started))
		}
		m.fixed64(3, "timeUnixNano", nanoseconds(now))
		if whole := int64(p.value); float64(whole) == p.value && f.metric.unit != "s" {
			m.signed64(6, "asInt", whole)
			m.attributes(7, p.attributes(f.metric))
			return
		}
		m.double(4, "asDouble", p.value)
		m.attributes(7, p.attributes(f.metric))
	})
}

func (m *message) distribution(f *family, p *point, started, now time.Time) {
	m.fixed64(2, "startTimeUnixNano", nanoseconds(started))
	m.fixed64(3, "timeUnixNano", nanoseconds(now))
	m.fixed64(4, "count", p.count())
	m.double(5, "sum", p.sum)
	m.counts(6, "bucketCounts", p.buckets)
	m.doubles(7, "explicitBounds", bounds[:])
	m.attributes(9, p.attributes(f.metric))
}

// attributes are the labels as OpenTelemetry has them. A status is a number there; what is not known is left out.
func (p *point) attributes(of *metric) []Attribute {
	var list []Attribute
	for _, l := range p.labels {
		a := Attribute{attributeName(of, l.name), l.value}
		if l.value == "" {
			continue
		}
		if l.name == statusLabel {
			if n, err := strconv.ParseInt(l.value, 10, 64); err == nil {
				a.Value = n
			}
		}
		list = append(list, a)
	}
	return list
}
