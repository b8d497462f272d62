package mock

import (
	"log/slog"
	"net/http"
	"time"

	"understudy/contracts/redact"
	"understudy/mock/webhook"
)

// An Observer hears of all that a server does, in its sandboxes too: of every request, and through webhook.Observer of every
// attempt of a delivery. Its methods are called by many at a time, on the path of the request: they must not block.
type Observer interface {
	webhook.Observer
	// Came hears of a request before it goes through the stages. The trace context that it gives goes with all that the request
	// brings about; the zero value with nothing. timed asks for the moments at which the stages ended.
	Came(r *http.Request) (trace webhook.TraceContext, timed bool)
	// Answered hears once of each request that came, when its answer was sent and stands in the journal.
	Answered(a Answered)
}

// An Answered is a request whose answer was sent.
type Answered struct {
	Entry    *Entry               // as the journal keeps it: with its secrets, and not to be changed
	Redactor *redact.Redactor     // takes the secrets out
	Sandbox  string               // whose world it was; empty: the server's own
	Trace    webhook.TraceContext // what Came gave
	Reached  []time.Duration      // behind its coming, when each stage in their order ended; nil: Came did not ask
	Limited  bool                 // the limits of the contract counted it

	server *Server
	number uint64
}

// RequestID is the request's id, as the log has it.
func (a *Answered) RequestID() string {
	return a.server.shownID(a.Entry, a.number)
}

// watch tells the observer that the request has come.
func (s *Server) watch(c *call) {
	if o := s.options.Observer; o != nil {
		var timed bool
		if c.context, timed = o.Came(c.request); timed {
			c.reached = make([]time.Duration, 0, len(s.order))
		}
	}
}

// told tells the observer, and the log, that the request was answered.
func (s *Server) told(c *call, e *Entry) {
	if o := s.options.Observer; o != nil {
		o.Answered(Answered{
			Entry: e, Redactor: s.redactor, Sandbox: s.sandbox, Trace: c.context, Reached: c.reached, Limited: c.verdict != nil,
			server: s, number: c.number,
		})
	}
	s.logRequest(c, e)
}

// logRequest writes the one line that the log has for each request. What could hold a secret is redacted.
func (s *Server) logRequest(c *call, e *Entry) {
	ctx := c.request.Context()
	if !s.logger.Enabled(ctx, levelRequest) {
		return
	}
	line := make([]slog.Attr, 0, 12)
	line = append(line, slog.String("contract", s.contract.Name), slog.String("method", e.Method), slog.String("path", c.loggedPath()),
		slog.Int("status", e.Status), slog.String("operation", e.Trace.Operation))
	if n := len(e.Trace.Stages); n > 0 {
		line = append(line, slog.String("stage", e.Trace.Stages[n-1].Name), slog.String("verdict", e.Trace.Stages[n-1].Verdict))
	}
	line = append(line, slog.String("problem", e.Trace.Problem))
	if e.Trace.Detail != "" && len(e.RequestBody)+len(e.ResponseBody) <= mostLearned {
		line = append(line, slog.String("reason", s.hidden(e)))
	}
	if s.sandbox != "" {
		line = append(line, slog.String("sandbox", s.sandbox))
	}
	line = append(line, slog.String("request_id", s.shownID(e, c.number)))
	if id := traceID(c.context); id != "" {
		line = append(line, slog.String("trace_id", id))
	}
	s.logger.LogAttrs(ctx, levelRequest, "request", append(line, slog.Duration("duration", e.Took))...)
}

// mostLearned is how long bodies may be, in bytes, to be looked through for secrets before a line is logged. The journal looks
// through longer ones, when somebody reads it.
const mostLearned = 64 << 10

// hidden is the reason of a refusal without the secrets of its request.
func (s *Server) hidden(e *Entry) string {
	_, work := s.redactor.Trace(&e.Exchange)
	return work.Note(e.Trace.Detail)
}

// traceID is the trace's id in a traceparent (W3C Trace Context, 3.2.2.3); empty: there is none.
func traceID(t webhook.TraceContext) string {
	const from, to = len("00-"), len("00-") + 32
	if len(t.Parent) < to {
		return ""
	}
	return t.Parent[from:to]
}
