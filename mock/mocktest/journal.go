package mocktest

import (
	"fmt"
	"slices"
	"strings"

	"understudy/mock"
)

// Journal is what was said to the stand-in, in order, without secrets, and for each request why it was answered as it was.
func (s *StandIn) Journal() []*mock.Entry { return s.server.Journal().List(mock.Query{}) }

// Calls are the requests for an operation, in order: those that were refused too. The operation is its id in the document, or
// method and path ("POST /v1/events"). One that the contract does not have ends the test.
func (s *StandIn) Calls(operation string) []*mock.Entry {
	s.t.Helper()
	var ids []string
	for _, o := range s.server.Contract().Operations {
		if o.ID == operation || o.Method+" "+o.Path == operation {
			return s.server.Journal().List(mock.Query{Operation: o.ID})
		}
		ids = append(ids, o.ID)
	}
	slices.Sort(ids)
	s.t.Fatalf("mocktest: %s has no operation %q; known are %s", s.server.Contract().Name, operation, clip(strings.Join(ids, ", ")))
	return nil
}

// logFailure writes into the output of a test that has failed what was said last.
func (s *StandIn) logFailure() {
	if !s.t.Failed() || s.settings.keptLast <= 0 {
		return
	}
	list := s.server.Journal().List(mock.Query{Limit: s.settings.keptLast})
	if len(list) == 0 {
		s.t.Logf("mocktest: nobody has called %s at %s", s.server.Contract().Name, s.url)
		return
	}
	var b strings.Builder
	fmt.Fprintf(&b, "mocktest: what was said to %s last (%d of %d exchanges):", s.server.Contract().Name, len(list), s.server.Journal().Stats().Seen)
	for _, e := range list {
		b.WriteString("\n")
		writeEntry(&b, e)
	}
	s.t.Log(s.hide(b.String()))
}

func writeEntry(b *strings.Builder, e *mock.Entry) {
	status := fmt.Sprint(e.Status)
	if e.Status == 0 {
		status = "no answer"
	}
	fmt.Fprintf(b, "  %4d  %s %s -> %s", e.ID, e.Method, e.URL, status)
	if e.Trace.Problem != "" {
		fmt.Fprintf(b, "  refused: %s: %s", e.Trace.Problem, clip(e.Trace.Detail))
	}
	for _, v := range e.Trace.Violations {
		fmt.Fprintf(b, "\n          %s %s: wanted %s, got %s", v.In, v.Name+v.Pointer, v.Want, v.Got)
		if v.At.File != "" {
			fmt.Fprintf(b, " (%s:%d)", v.At.File, v.At.Line)
		}
	}
	for _, f := range e.Trace.Faults {
		fmt.Fprintf(b, "\n          fault %s %s", f.Kind, f.Note)
	}
	if len(e.RequestBody) > 0 {
		fmt.Fprintf(b, "\n          sent  %s", clip(oneLine(e.RequestBody)))
	}
	if len(e.ResponseBody) > 0 && e.Status >= 400 {
		fmt.Fprintf(b, "\n          got   %s", clip(oneLine(e.ResponseBody)))
	}
}

// oneLine is a body in a list: what is no text is not shown.
func oneLine(body []byte) string {
	text := string(body)
	if strings.ToValidUTF8(text, "") != text || strings.ContainsFunc(text, func(c rune) bool { return c < ' ' && c != '\n' && c != '\t' && c != '\r' }) {
		return fmt.Sprintf("(%d bytes)", len(body))
	}
	return strings.Join(strings.Fields(text), " ")
}
