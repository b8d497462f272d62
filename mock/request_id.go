package mock

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"net/http"
	"net/textproto"
	"strings"

	"understudy/contracts"
	"understudy/contracts/schema"
)

// requestIDHeader is the name under which requests and answers carry the id of a request where the contract has no other.
const requestIDHeader = "X-Request-Id"

// A requestIDs knows by which id a request is named, and where answers show it.
type requestIDs struct {
	header string // of answers; empty: none shows it
	always bool   // all answers do; false: those of which the contract documents it
	fits   *schema.Schema
}

// longestRequestID bounds the ids that are taken from requests.
const longestRequestID = 128

// findRequestIDs looks for the header by which the contract's answers name their request.
func findRequestIDs(k *contracts.Contract, always bool) requestIDs {
	ids := requestIDs{always: always}
	for _, o := range k.Operations {
		for _, r := range o.Responses {
			for _, d := range r.Headers {
				if namesRequest(d.Name) {
					ids.header = textproto.CanonicalMIMEHeaderKey(d.Name)
					ids.fits = d.Schema
					return ids
				}
			}
		}
	}
	if always {
		ids.header = requestIDHeader
	}
	return ids
}

// namesRequest says that a header is one by which vendors name a request: X-Request-Id, Request-Id, X-GitHub-Request-Id,
// X-Correlation-Id.
func namesRequest(name string) bool {
	lower := strings.ToLower(name)
	return strings.HasSuffix(lower, "request-id") || strings.HasSuffix(lower, "correlation-id")
}

// requestID is how the request is named in the log, the traces and, where they show it, answers: as the request itself says,
// else by the seed, the sandbox and its place among the requests, so that equal runs have equal ids.
func (s *Server) requestID(h http.Header, number uint64) string {
	if id := s.ownID(h); id != "" {
		return id
	}
	if r := s.options.Replica; r != nil {
		number |= r.Number << 48 // other processes count by themselves
	}
	return RequestID(s.options.Seed, s.sandbox, number)
}

// shownID is the id of an exchange as logs and traces may show it: a client may have put a credential there.
func (s *Server) shownID(e *Entry, number uint64) string {
	id := s.requestID(e.RequestHeader, number)
	if s.ownID(e.RequestHeader) == "" {
		return id
	}
	x := e.Exchange
	x.RequestBody, x.ResponseBody = nil, nil // what is secret stands in the headers or the URL, if it is to be the same
	_, work := s.redactor.Trace(&x)
	return work.Note(id)
}

// ownID is the id that the request itself brings; empty: none that is fit.
func (s *Server) ownID(h http.Header) string {
	for _, name := range []string{s.ids.header, requestIDHeader} {
		if values := h[name]; len(values) == 1 && plainID(values[0]) {
			return values[0]
		}
	}
	return ""
}

// RequestID makes the id of the request with a number, as a UUID of version 8 (RFC 9562, 5.8).
func RequestID(seed uint64, sandbox string, number uint64) string {
	text := make([]byte, 0, 64)
	text = append(text, "request id\x00"...)
	text = binary.BigEndian.AppendUint64(text, seed)
	text = binary.BigEndian.AppendUint64(text, number)
	sum := sha256.Sum256(append(text, sandbox...))
	sum[6] = sum[6]&0x0f | 0x80
	sum[8] = sum[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", sum[0:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}

// plainID says that a text is fit to name a request: short, of visible ASCII without signs that logs and headers quote.
func plainID(text string) bool {
	if text == "" || len(text) > longestRequestID {
		return false
	}
	for i := range len(text) {
		switch c := text[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("-_.:/+=@", c) >= 0:
		default:
			return false
		}
	}
	return true
}

// showRequestID puts the id into the header that the contract documents for the answer, which is there already with a value that
// was made up, or into every answer where that was asked for. An id that the document's schema does not take is not shown.
func (c *call) showRequestID() {
	ids := &c.server.ids
	if ids.header == "" {
		return
	}
	h := c.response.Header()
	if _, documented := h[ids.header]; !documented && !ids.always {
		return
	}
	id := c.server.requestID(c.request.Header, c.number)
	if ids.fits == nil || ids.fits.Valid(id, schema.Response) {
		h[ids.header] = []string{id}
	}
}
