package mock

import (
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"understudy/contracts"
	"understudy/contracts/inference"
	"understudy/mock/credential"
	"understudy/mock/quota"
	"understudy/mock/resource"
	"understudy/mock/webhook"
)

// A call is one request on its way through the stages.
type call struct {
	server   *Server
	request  *http.Request
	response http.ResponseWriter
	path     string    // as sent: percent-encoded, without query
	prefix   string    // what stood before the path: the name of a sandbox
	now      time.Time // on the server's clock
	wall     time.Time // on the machine's
	seed     *uint64   // of what is made up, where the request says it

	raw      []byte // the body as sent
	size     int64  // of a body that is too large to be read, as announced
	tooLarge bool
	readErr  error // why the body could not be read to its end

	operation *contracts.Operation
	base      string
	values    []string // raw texts of the path's expressions
	binding   *inference.Binding
	arguments contracts.Arguments
	body      contracts.Body
	prefer    preference
	caller    *credential.Caller // nil: nobody was asked, or nobody is known
	shown     string             // id of the credential that the request showed, good or not
	verdict   *quota.Verdict     // of the limits; nil: none counted the request

	chosen *contracts.Response  // the good answer, when it is known before the act
	media  *contracts.MediaType // of the good answer, as the client accepts it; nil: no body

	claim   *claim   // on an idempotency key; nil: none
	inbound *inbound // the delivery of a webhook that was believed; nil: it is none
	outcome *outcome // the answer of a request that was carried out and may have to be told; nil: it was not
	changes []resource.Change
	stated  []map[string]any // see statements
	faults  *disturbance     // that act on the request; nil: none
	abort   bool             // the stream or connection is to be cut when all is written down
	left    bool             // the client went away before the answer was complete
	later   func()           // what begins when all is written down; nil: nothing

	number  uint64               // of the request among those that came
	context webhook.TraceContext // of the request; zero: nobody follows it
	reached []time.Duration      // when the stages ended; nil: nobody asks

	stage    int // where in the order of stages the request is
	answered bool
	status   int
	sent     []byte
	sentSize int // of an answer that is not kept
	trace    Trace
	observed []StageNote // notes that do not end the request
}

// calls are the ones that are over: to make one costs more than to use it again. Nobody may keep a call beyond its request;
// what the journal keeps is copied out of it.
var calls = sync.Pool{New: func() any { return new(call) }}

// giveBack lets the call be used for another request.
func (c *call) giveBack() {
	*c = call{}
	calls.Put(c)
}

// url is where the request went, as the client addressed it.
func (c *call) url() string {
	scheme, path, mark := "http://", c.path, ""
	if c.request.TLS != nil {
		scheme = "https://"
	}
	if u := c.request.URL; u.Opaque != "" || path == "" {
		return c.origin() + u.RequestURI()
	} else if u.ForceQuery || u.RawQuery != "" {
		mark = "?"
	}
	return scheme + c.request.Host + c.prefix + path + mark + c.request.URL.RawQuery
}

// origin is scheme and host as the client addressed them, and what stood before the contract's paths.
func (c *call) origin() string {
	if c.request.TLS != nil {
		return "https://" + c.request.Host + c.prefix
	}
	return "http://" + c.request.Host + c.prefix
}

// accept is the Accept header; several lines are one list (RFC 9110, 5.3).
func (c *call) accept() string {
	switch lines := c.request.Header["Accept"]; len(lines) {
	case 0:
		return ""
	case 1:
		return lines[0]
	default:
		return strings.Join(lines, ", ")
	}
}

// loggedPath is the path as logs may show it: without query, credentials in it hidden.
func (c *call) loggedPath() string {
	return c.server.redactor.RequestPath(c.operation, c.request.URL.EscapedPath())
}

// answer sends status, the headers set so far and the body. It is the only place that writes an answer.
func (c *call) answer(status int, body []byte) {
	if c.claim != nil {
		c.server.keepAnswer(c, status, body)
	}
	c.noteOutcome(status, body)
	c.showLimits(status)
	c.showRequestID()
	if c.faults != nil {
		var sent bool
		if body, sent = c.server.disturbAnswer(c, status, body); sent {
			return
		}
	}
	c.answered, c.status, c.sent = true, status, body
	c.left = c.left || c.request.Context().Err() != nil
	h := c.response.Header()
	switch status {
	case http.StatusNoContent, http.StatusNotModified: // RFC 9110, 15.3.5 and 15.4.5: no content
		h.Del("Content-Type")
		c.sent = nil
		c.respell()
		c.response.WriteHeader(status)
		return
	case http.StatusResetContent: // 15.3.6: no content, and it says so
		h.Del("Content-Type")
		body, c.sent = nil, nil
	}
	if _, ok := h["Content-Type"]; !ok && len(body) == 0 {
		h["Content-Type"] = nil
	}
	h["Content-Length"] = []string{contentLength(len(body))}
	c.respell()
	c.response.WriteHeader(status)
	if c.request.Method != http.MethodHead && len(body) > 0 {
		if _, err := c.response.Write(body); err != nil { // the client is gone: nobody to tell
			c.left = true
		}
	}
}

// respell gives headers the spelling of the document, which is what goes over the wire. It does so only for a server's
// own connections: for others, the map is read by names as Go spells them.
func (c *call) respell() {
	if c.request.Context().Value(http.ServerContextKey) == nil {
		return
	}
	h := c.response.Header()
	for _, name := range c.server.spelling {
		if values, ok := h[name.plain]; ok {
			delete(h, name.plain)
			h[name.documented] = values
		}
	}
}

// announced is the most that is set aside for a body because its length was announced; more has to come first.
const announced = 64 << 10

// read takes the body once, up to the limit. What goes wrong is judged later, when the operation is known.
func (c *call) read(limit int64) {
	r := c.request
	switch {
	case r.Body == nil || r.Body == http.NoBody || r.ContentLength == 0:
		return
	case r.ContentLength > limit:
		c.tooLarge, c.size = true, r.ContentLength
		return
	case r.ContentLength > 0 && r.ContentLength <= announced:
		c.raw = make([]byte, r.ContentLength)
		var n int
		n, c.readErr = io.ReadFull(r.Body, c.raw)
		c.raw = c.raw[:n]
		return
	}
	c.raw, c.readErr = io.ReadAll(io.LimitReader(r.Body, limit+1))
	if int64(len(c.raw)) > limit {
		c.tooLarge, c.size = true, int64(len(c.raw))
		c.raw = c.raw[:limit]
	}
}
