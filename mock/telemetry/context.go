package telemetry

import (
	"encoding/hex"
	"net/http"
	"strings"

	"understudy/mock/webhook"
)

// A spanContext names a span: W3C Trace Context, 3.2.2.
type spanContext struct {
	trace [16]byte
	span  [8]byte
	flags byte
	state string
}

// Flags of a trace context: 3.2.2.5, and level 2's for trace ids of which the last bytes are random.
const (
	flagSampled = 1
	flagRandom  = 2
)

func (c *spanContext) valid() bool   { return c.trace != [16]byte{} && c.span != [8]byte{} }
func (c *spanContext) sampled() bool { return c.flags&flagSampled != 0 }

const parentLength = len("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")

// parseParent reads a traceparent. One of a later version is read as far as this one goes (4.3); anything else that is not
// well-formed is as if it were not there.
func parseParent(text string) (c spanContext, ok bool) {
	if len(text) < parentLength || text[2] != '-' || text[35] != '-' || text[52] != '-' {
		return c, false
	}
	version := text[:2]
	if version == "ff" || !lowerHex(version) || len(text) > parentLength && (version == "00" || text[parentLength] != '-') {
		return c, false
	}
	if !lowerHex(text[3:35]) || !lowerHex(text[36:52]) || !lowerHex(text[53:55]) {
		return c, false
	}
	var flags [1]byte
	decodeHex(c.trace[:], text[3:35])
	decodeHex(c.span[:], text[36:52])
	decodeHex(flags[:], text[53:55])
	c.flags = flags[0] & (flagSampled | flagRandom)
	return c, c.valid()
}

func lowerHex(text string) bool {
	for i := range len(text) {
		if c := text[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

func decodeHex(into []byte, text string) { _, _ = hex.Decode(into, []byte(text)) } // it was looked at before

// parent writes the traceparent.
func (c *spanContext) parent() string {
	b := make([]byte, 0, parentLength)
	b = hex.AppendEncode(append(b, "00-"...), c.trace[:])
	b = hex.AppendEncode(append(b, '-'), c.span[:])
	return string(hex.AppendEncode(append(b, '-'), []byte{c.flags}))
}

func (c *spanContext) carried() webhook.TraceContext {
	return webhook.TraceContext{Parent: c.parent(), State: c.state}
}

// Bounds of a tracestate: 3.3.1.1 and 3.3.1.5.
const (
	mostMembers = 32
	mostState   = 512
)

// incoming reads the context that a request carries. Two traceparents are none (3.2.1). A tracestate that breaks its bounds
// is left behind (3.3.1.5).
func incoming(h http.Header) (c spanContext, ok bool) {
	lines := h["Traceparent"]
	if len(lines) != 1 {
		return c, false
	}
	if c, ok = parseParent(lines[0]); ok {
		c.state = joinState(h["Tracestate"])
	}
	return c, ok
}

func joinState(lines []string) string {
	state := strings.Join(lines, ",")
	if len(state) > mostState || strings.Count(state, ",") >= mostMembers {
		return ""
	}
	for member := range strings.SplitSeq(state, ",") {
		if member = strings.Trim(member, " \t"); member == "" {
			continue
		}
		if key, value, ok := strings.Cut(member, "="); !ok || key == "" || value == "" || !printable(member) {
			return ""
		}
	}
	return state
}

func printable(text string) bool {
	for i := range len(text) {
		if text[i] < ' ' || text[i] > '~' {
			return false
		}
	}
	return true
}

// contextOf reads what Came and Attempt have given.
func contextOf(t webhook.TraceContext) (c spanContext, ok bool) {
	if t.Parent == "" {
		return c, false
	}
	c, ok = parseParent(t.Parent)
	c.state = t.State
	return c, ok
}
