package mock

import (
	"log/slog"
	"strconv"

	"understudy/contracts"
	"understudy/contracts/schema"
)

// levelRequest is the level of the one line per request.
const levelRequest = slog.LevelInfo

// selfCheck holds an answer against the contract before it leaves. A breach is our fault, or the document's where
// it contradicts itself: it is logged, stands in the journal, and does not change the answer.
func (s *Server) selfCheck(c *call, status int, body []byte) {
	if c.operation == nil {
		return
	}
	for _, v := range s.breaches(c, status, body) {
		c.trace.Violations = append(c.trace.Violations, v)
		c.observed = append(c.observed, StageNote{Name: "self-check", Verdict: observed, Note: v.In + " " + v.Pointer + ": wanted " + v.Want + ", got " + v.Got})
		s.logger.Error("an answer breaks the contract", "contract", s.contract.Name, "operation", c.operation.ID, "status", status,
			"in", v.In, "pointer", v.Pointer, "want", v.Want, "got", v.Got, "line", v.At.Line)
	}
}

func (s *Server) breaches(c *call, status int, body []byte) []contracts.Violation {
	r := c.operation.Response(status)
	if r == nil {
		if status >= 400 || len(c.operation.Responses) == 0 {
			return nil // refusals that the vendor did not write down are part of life; some documents write down nothing at all
		}
		return []contracts.Violation{breach("status", "", "a documented status", strconv.Itoa(status))}
	}
	h := c.response.Header()
	var list []contracts.Violation
	for _, d := range r.Headers {
		if d.Required && h.Get(d.Name) == "" && (s.counts() || !s.countedHeader(d.Name)) {
			list = append(list, breach("header", d.Name, "the header "+d.Name, "none"))
		}
	}
	if len(r.Content) == 0 {
		return list
	}
	contentType := h.Get("Content-Type")
	media := contracts.MatchMedia(contentType, r.Content)
	if media == nil {
		return append(list, breach("content-type", "", "a documented media type", strconv.Quote(contentType)))
	}
	decoded, found, err := media.Decode(contentType, body)
	if err != nil {
		return append(list, breach("body", "", "readable "+media.Name, err.Error()))
	}
	list = append(list, found...)
	return append(list, decoded.Validate(schema.Response)...)
}

func breach(in, name, want, got string) contracts.Violation {
	v := contracts.Violation{In: in, Name: name}
	v.Want, v.Got = want, got
	return v
}
