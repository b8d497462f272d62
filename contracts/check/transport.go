package check

import (
	"fmt"
	"strconv"
	"strings"
)

// transport tells why there is no whole answer (STS-003).
func (p *pass) transport() {
	kind, what := transportFault(p.about.TransportError)
	p.report("STS-003", Finding{
		Message: fmt.Sprintf("%s %s: %s.", p.label(), what, cut(p.about.TransportError, maxShown)),
		Want:    "a whole answer", Got: p.about.TransportError, Where: "connection", Keyword: kind,
	})
}

// transportFaults are words in the errors of HTTP clients, the most telling first.
var transportFaults = []struct{ word, kind, what string }{
	{"timeout", "timeout", "was not answered in time"},
	{"timed out", "timeout", "was not answered in time"},
	{"deadline exceeded", "timeout", "was not answered in time"},
	{"connection reset", "reset", "was cut off by the server"},
	{"broken pipe", "reset", "was cut off by the server"},
	{"connection refused", "unreachable", "found no server"},
	{"no such host", "unreachable", "found no server"},
	{"unreachable", "unreachable", "found no server"},
	{"certificate", "tls", "met a certificate that cannot be trusted"},
	{"tls:", "tls", "found no common ground for TLS"},
	{"unexpected eof", "truncated", "got an answer that breaks off"},
	{"malformed", "framing", "got an answer that is not HTTP"},
	{"bad content-length", "framing", "got an answer that is not HTTP"},
	{"chunk", "framing", "got an answer that is not HTTP"},
	{"invalid", "framing", "got an answer that is not HTTP"},
	{"stopped after", "redirects", "was sent from one place to the next without end"},
	{"eof", "closed", "was closed without an answer"},
}

func transportFault(text string) (kind, what string) {
	lower := strings.ToLower(cut(text, 4096))
	for _, f := range transportFaults {
		if strings.Contains(lower, f.word) {
			return f.kind, f.what
		}
	}
	return "transport", "could not be carried out"
}

// length judges whether the content has the length that was announced (STS-003; RFC 9112, 6.3). It is not judged where the
// content may have been changed on its way here: cut off, taken out of its coding, or written down by somebody else.
func (p *pass) length() {
	if p.broken || p.about.Truncated || p.about.Intent == Unknown || p.bodyless() {
		return
	}
	h := p.x.ResponseHeader
	lines := h["Content-Length"]
	if len(lines) == 0 || len(h["Content-Encoding"]) > 0 || len(h["Transfer-Encoding"]) > 0 {
		return
	}
	announced, err := strconv.ParseUint(strings.TrimSpace(lines[0]), 10, 63)
	if err == nil && announced == uint64(len(p.x.ResponseBody)) {
		return
	}
	p.report("STS-003", Finding{
		Message: fmt.Sprintf("%s announced %q bytes of content and sent %d.", p.label(), cut(lines[0], 40), len(p.x.ResponseBody)),
		Want:    "as many bytes as Content-Length says", Got: strconv.Itoa(len(p.x.ResponseBody)) + " bytes", Where: "response header Content-Length",
		Keyword: "length",
	})
}

// bodyless says that the answer has no content by the rules of HTTP (RFC 9110, 6.4.1).
func (p *pass) bodyless() bool {
	s := p.x.Status
	return p.x.Method == "HEAD" || s < 200 || s == 204 || s == 205 || s == 304
}
