package control

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"understudy/mock"
	"understudy/mock/clock"
	"understudy/mock/credential"
)

const (
	maxTried    = 24 << 20         // bytes of the order, whose body may be base64
	maxAnswer   = 8 << 20          // bytes of an answer that are given
	tryPatience = 30 * time.Second // real time that the stand-in has for an answer
)

// tryRequest is the body of POST /contracts/{contract}/try.
type tryRequest struct {
	Method  string      `json:"method"`
	Path    string      `json:"path"` // behind the base URL, with its query
	Headers http.Header `json:"headers"`
	Body    string      `json:"body"`
	Base64  string      `json:"base64"`
}

// Tried is the answer of POST /contracts/{contract}/try.
type Tried struct {
	Response Response `json:"response"`              // as it came: nothing is hidden
	Duration float64  `json:"duration_ms"`           // real time
	Entry    uint64   `json:"entry,omitempty"`       // id in the journal; missing: it did not get there
	Cut      string   `json:"interrupted,omitempty"` // how the connection ended before the answer was complete
}

// try sends a request to the contract's own stand-in and gives the answer. It goes over a connection inside this process, so that
// the stand-in's own server reads it, writes it and may cut it, and no address but this contract's can be reached.
func try(c *call) error {
	var q tryRequest
	sent, err := c.readUpTo(maxTried, &q)
	if err != nil {
		return err
	}
	target, body, err := c.tried(&q, sent)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(c.Context())
	defer cancel()
	defer clock.Real{}.AfterFunc(tryPatience, cancel)()
	request, err := http.NewRequestWithContext(ctx, q.Method, target.String(), strings.NewReader(body))
	if err != nil {
		return sent.misfit(&credential.RequestError{Field: "method", Reason: "must be a method such as GET"})
	}
	for name, values := range q.Headers {
		request.Header[http.CanonicalHeaderKey(name)] = values
	}
	if host := request.Header.Get("Host"); host != "" {
		request.Host = host
	}
	if c.sandbox != "" {
		request.Header.Set(mock.SandboxHeader, c.sandbox)
	}
	if body == "" && q.Method != http.MethodPost && q.Method != http.MethodPut && q.Method != http.MethodPatch {
		request.Body, request.ContentLength = http.NoBody, 0
	}
	if request.Header.Get("User-Agent") == "" {
		request.Header.Set("User-Agent", "understudy-console")
	}
	return c.exchange(request)
}

// tried reads what is to be sent.
func (c *call) tried(q *tryRequest, sent members) (target *url.URL, body string, err error) {
	unfit := func(field, reason string) error {
		return sent.misfit(&credential.RequestError{Field: field, Reason: reason})
	}
	if q.Method == "" || q.Method == http.MethodConnect {
		return nil, "", unfit("method", "must be a method such as GET")
	}
	if !strings.HasPrefix(q.Path, "/") {
		return nil, "", unfit("path", "must begin with a slash; it stands behind the contract's base URL")
	}
	if target, err = url.Parse(strings.TrimSuffix(c.contract.baseURL, "/") + q.Path); err != nil || target.Fragment != "" {
		return nil, "", unfit("path", "must be a path with an escaped query such as /pets?name=Ada%20L")
	}
	for name, values := range q.Headers {
		for _, value := range values {
			if strings.ContainsAny(name+value, "\r\n\x00") {
				return nil, "", unfit("headers", "must hold no line breaks")
			}
		}
	}
	if body = q.Body; q.Base64 != "" {
		decoded, err := base64.StdEncoding.DecodeString(q.Base64)
		if err != nil || body != "" {
			return nil, "", unfit("base64", "must be base64 (RFC 4648, 4), and stand alone, without body")
		}
		body = string(decoded)
	}
	return target, body, nil
}

// exchange carries one request out.
func (c *call) exchange(request *http.Request) error {
	world := c.server
	before := world.Journal().Stats().Newest
	line := newLine(c.contract.server(), c.RemoteAddr, request.URL.Scheme == "https")
	defer line.close()
	begin := clock.Real{}.Now()
	answer := Tried{Response: Response{Headers: http.Header{}}}
	response, err := line.client().RoundTrip(request)
	if err == nil {
		answer.Response, err = readTried(response)
	}
	answer.Duration = float64(clock.Real{}.Now().Sub(begin)) / float64(time.Millisecond)
	switch {
	case err == nil:
	case request.Context().Err() != nil && c.Context().Err() == nil:
		answer.Cut = fmt.Sprintf("There was no whole answer within %s. Perhaps a fault holds it back, and the clock stands still.", shortDuration(tryPatience))
	case line.reached():
		answer.Cut = "The stand-in ended the connection before the answer was complete."
	default: // it was never sent: a header or a method that no request can have
		return problem(http.StatusUnprocessableEntity, "request_does_not_fit", "It cannot be sent: %.200s.", strings.TrimPrefix(err.Error(), "net/http: "))
	}
	line.wait(request.Context())
	for _, e := range world.Journal().List(mock.Query{After: before, Oldest: true}) {
		if !e.Elsewhere() && e.From == c.RemoteAddr && e.Method == request.Method {
			answer.Entry = e.ID
		}
	}
	return c.answer(answer)
}

func readTried(response *http.Response) (Response, error) {
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	cut := len(body) > maxAnswer
	if cut {
		body = body[:maxAnswer]
	}
	answer := Response{Status: response.StatusCode, Headers: headersOf(response.Header)}
	answer.Body = bodyOf(body, len(body), cut || err != nil && len(body) > 0, true)
	return answer, err
}

// A line is one connection inside the process, and the server at its end.
type line struct {
	server *http.Server
	near   net.Conn
	far    chan net.Conn // the other end, until the server takes it
	closed chan struct{}
	once   sync.Once
	begun  chan struct{} // closed when the stand-in gets the request
	done   chan struct{} // closed when it is through with it
}

// newLine lays a line to a handler, which is told that the request comes from an address, over TLS or not.
func newLine(handler http.Handler, from string, secure bool) *line {
	l := &line{far: make(chan net.Conn, 1), closed: make(chan struct{}), begun: make(chan struct{}), done: make(chan struct{})}
	near, far := net.Pipe()
	l.near = near
	l.far <- far
	l.server = &http.Server{ErrorLog: nil, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(l.begun)
		defer close(l.done)
		if r.RemoteAddr = from; secure {
			r.TLS = &tls.ConnectionState{Version: tls.VersionTLS13, HandshakeComplete: true}
		}
		handler.ServeHTTP(w, r)
	})}
	go func() { _ = l.server.Serve(l) }() // it ends with the line
	return l
}

// client sends the one request that a line carries.
func (l *line) client() *http.Transport {
	dial := func(context.Context, string, string) (net.Conn, error) { return l.near, nil }
	return &http.Transport{DialContext: dial, DialTLSContext: dial, DisableCompression: true, DisableKeepAlives: false, MaxConnsPerHost: 1}
}

// reached says that the stand-in got the request.
func (l *line) reached() bool {
	select {
	case <-l.begun:
		return true
	default:
		return false
	}
}

// wait waits until the stand-in is through with the request, its entry in the journal included.
func (l *line) wait(ctx context.Context) {
	if !l.reached() {
		return
	}
	select {
	case <-l.done:
	case <-ctx.Done():
	}
}

func (l *line) close() {
	_ = l.near.Close()
	_ = l.server.Close()
}

// Accept gives the one connection (net.Listener).
func (l *line) Accept() (net.Conn, error) {
	select {
	case connection := <-l.far:
		return connection, nil
	case <-l.closed:
		return nil, errors.New("the line is closed")
	}
}

// Close ends the server's waiting (net.Listener).
func (l *line) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

// Addr is nobody's address (net.Listener).
func (l *line) Addr() net.Addr { return l.near.LocalAddr() }
