package telemetry

import (
	"net"
	"net/url"
	"strconv"
	"strings"

	"understudy/mock"
)

// A requestSpan is the span of a request that was answered.
type requestSpan struct {
	answered mock.Answered
	contract string
	apart    bool // its caller's context was not read
}

func (r *requestSpan) size() int64 {
	e := r.answered.Entry
	return int64(len(e.RequestBody)+len(e.ResponseBody)) + 1024
}

// span makes the span: by the semantic conventions for HTTP servers, and what only we know under our own name. All of it comes
// from the entry as the journal shows it, without secrets.
func (r *requestSpan) span() *span {
	e := r.answered.Entry.Redacted(r.answered.Redactor)
	s := &span{kind: kindServer, start: e.Wall, end: e.Wall.Add(e.Took)}
	s.context, _ = contextOf(r.answered.Trace)
	if parent, ok := incoming(e.RequestHeader); ok && !r.apart && parent.trace == s.context.trace {
		s.parent, s.remote = parent.span, true
	}
	r.conventions(s, e)
	s.set("understudy.contract", r.contract)
	s.set("understudy.operation", e.Trace.Operation)
	s.set("understudy.sandbox", r.answered.Sandbox)
	s.set("understudy.problem", e.Trace.Problem)
	s.set("understudy.reason", e.Trace.Detail)
	s.set("understudy.source", e.Trace.Source)
	s.setNumber("understudy.journal.id", int64(e.ID))
	s.set("understudy.request.id", r.answered.RequestID())
	if c := e.Trace.Caller; c != nil {
		s.set("understudy.credential", c.Credential)
		s.set("understudy.account", c.Account)
	}
	for _, f := range e.Trace.Faults {
		s.events = append(s.events, moment{at: s.end, name: "fault", attributes: []Attribute{{"understudy.fault.kind", f.Kind}, {"understudy.fault.note", f.Note}}})
	}
	r.stages(s, e)
	if e.Status >= 500 {
		s.failed = true
		s.set("error.type", strconv.Itoa(e.Status))
	}
	return s
}

// conventions sets what the semantic conventions name.
func (r *requestSpan) conventions(s *span, e *mock.Entry) {
	method := knownMethod(e.Method)
	s.name = method
	if method == other {
		s.name = "HTTP"
		s.set("http.request.method_original", e.Method)
	}
	s.set("http.request.method", method)
	if e.Operation != nil {
		s.name += " " + e.Operation.Path
		s.set("http.route", e.Operation.Path)
	}
	if e.Status > 0 {
		s.setNumber("http.response.status_code", int64(e.Status))
	}
	if u, err := url.Parse(e.URL); err == nil {
		s.set("url.scheme", u.Scheme)
		s.set("url.path", u.EscapedPath())
		s.set("url.query", u.RawQuery)
		s.server(u)
	}
	host, port, err := net.SplitHostPort(e.From)
	if err == nil {
		s.set("client.address", host)
		if n, err := strconv.ParseUint(port, 10, 16); err == nil {
			s.setNumber("client.port", int64(n))
		}
	}
	s.set("user_agent.original", e.RequestHeader.Get("User-Agent"))
	s.set("network.protocol.version", strings.TrimSuffix(strings.TrimPrefix(e.Proto, "HTTP/"), ".0"))
}

// server sets where a URL leads.
func (s *span) server(u *url.URL) {
	s.set("server.address", u.Hostname())
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	if n, err := strconv.ParseUint(port, 10, 16); err == nil {
		s.setNumber("server.port", int64(n))
	}
}

// stages adds an event for each stage, at the moment when it ended. What was only observed stands where its stage does.
func (r *requestSpan) stages(s *span, e *mock.Entry) {
	reached := 0
	for i := range e.Trace.Stages {
		n := &e.Trace.Stages[i]
		at := s.end
		if reached < len(r.answered.Reached) {
			at = s.start.Add(r.answered.Reached[reached])
		}
		reached++
		one := moment{at: at, name: n.Name, attributes: []Attribute{{"understudy.verdict", n.Verdict}}}
		if n.Note != "" {
			one.attributes = append(one.attributes, Attribute{"understudy.note", n.Note})
		}
		s.events = append(s.events, one)
	}
}
