package telemetry

import "time"

// An Attribute is one fact about a span, a resource or a point of a metric. Its value is a string, an int64 or a list of strings.
type Attribute struct {
	Key   string
	Value any
}

// The kinds of spans that are made, by OTLP's numbers.
const (
	kindServer = 2
	kindClient = 3
)

// A span is one piece of work, as OTLP tells it.
type span struct {
	context    spanContext
	parent     [8]byte // zero: it begins the trace
	remote     bool    // the parent is another process's
	name       string
	kind       uint32
	start, end time.Time
	attributes []Attribute
	events     []moment
	failed     bool // the work did not succeed
	failure    string
}

// A moment is something that happened on the way.
type moment struct {
	at         time.Time
	name       string
	attributes []Attribute
}

func (s *span) set(key, value string) {
	if value != "" {
		s.attributes = append(s.attributes, Attribute{key, value})
	}
}

func (s *span) setNumber(key string, value int64) {
	s.attributes = append(s.attributes, Attribute{key, value})
}

// pending is a span that is made when it is sent, away from the request's path.
type pending interface {
	span() *span
	size() int64 // about, of what is held until then
}
