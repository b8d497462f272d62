package mock

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"understudy/mock/clock"
)

// cut ends the connection without an answer: with a reset, or by closing it. HTTP/2 shares a connection among requests, so
// that there only the stream is reset. The exchange ends before the client knows of it, or its next attempt would seem to have
// begun while this one was under way.
func (s *Server) cut(c *call, reset bool) {
	c.abandon()
	c.faults.cutNow, c.faults.cutWall = clock.Both(s.clock)
	connection, _, err := http.NewResponseController(c.response).Hijack()
	if err != nil {
		return
	}
	c.abort = false
	if reset {
		connection = withReset(connection)
	}
	_ = connection.Close() // it is gone in any case
}

// abandon ends the request without an answer; finish cuts its stream or connection.
func (c *call) abandon() {
	c.answered, c.abort, c.status, c.sent = true, true, 0, nil
	clear(c.response.Header())
}

// withReset gives the connection whose closing is a reset: what was not sent is dropped, and the other side is told of an
// error. Below TLS, which would say goodbye first.
func withReset(connection net.Conn) net.Conn {
	for {
		wrapped, ok := connection.(interface{ NetConn() net.Conn }) // TLS
		if !ok {
			break
		}
		connection = wrapped.NetConn()
	}
	if tcp, ok := connection.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // a connection that is gone cannot be reset
	}
	return connection
}

// allowWriting begins the time for writing anew: it went on while the answer was held back.
func (c *call) allowWriting() {
	_ = http.NewResponseController(c.response).SetWriteDeadline(clock.Real{}.Now().Add(writeTimeout)) // not every writer has one
}

// deliver sends an answer with a body so that it breaks off, or slowly.
func (s *Server) deliver(c *call, status int, body []byte) {
	d := c.faults
	if d.wire != nil && d.wire.spec.Kind == "malformed-chunk" {
		s.deliverChunks(c, status, body)
		return
	}
	part := body
	if a := d.wire; a != nil {
		n := len(body) / 2
		if a.spec.Bytes != nil {
			n = min(*a.spec.Bytes, len(body)-1)
		}
		part, d.changed = body[:n], true
		d.tell(a, "%d of %d bytes were sent", n, len(body))
	}
	c.answered, c.status, c.sent, c.sentSize = true, status, part, 0
	c.response.Header()["Content-Length"] = []string{contentLength(len(body))}
	c.respell()
	c.response.WriteHeader(status)
	s.write(c, c.response, part, func() { _ = http.NewResponseController(c.response).Flush() })
	c.abort = len(part) < len(body)
}

// deliverChunks sends half of the body as a chunk and then a line that is no chunk's size (RFC 9112, 7.1). HTTP/2 has no
// chunks: there the stream is reset behind the half.
func (s *Server) deliverChunks(c *call, status int, body []byte) {
	d, part := c.faults, body[:len(body)/2]
	d.changed = true
	d.tell(d.wire, "%d of %d bytes were sent, then what is no chunk", len(part), len(body))
	c.answered, c.status, c.sent, c.sentSize = true, status, part, 0
	h := c.response.Header()
	delete(h, "Content-Length")
	c.respell()
	connection, err := c.hijackChunked()
	if err != nil {
		c.response.WriteHeader(status)
		s.write(c, c.response, part, func() { _ = http.NewResponseController(c.response).Flush() })
		c.abort = true
		return
	}
	defer connection.Close()
	var head bytes.Buffer
	fmt.Fprintf(&head, "HTTP/1.1 %d %s\r\n", status, http.StatusText(status))
	_ = h.Write(&head) // to memory
	head.WriteString("Transfer-Encoding: chunked\r\n\r\n")
	if len(part) > 0 {
		fmt.Fprintf(&head, "%x\r\n", len(part))
	}
	if !c.hand(connection, head.Bytes()) {
		return
	}
	s.write(c, connection, part, func() {})
	_, _ = io.WriteString(connection, "\r\nno chunk\r\n\r\n")
}

// hijackChunked takes the connection of a client that knows chunks.
func (c *call) hijackChunked() (net.Conn, error) {
	if c.request.ProtoMajor != 1 || c.request.ProtoMinor != 1 {
		return nil, http.ErrNotSupported
	}
	connection, _, err := http.NewResponseController(c.response).Hijack()
	if err != nil {
		return nil, err
	}
	return connection, connection.SetWriteDeadline(clock.Real{}.Now().Add(MaxWait + writeTimeout))
}

// hand sends bytes to the client, and is false where it is gone.
func (c *call) hand(to io.Writer, data []byte) bool {
	if _, err := to.Write(data); err != nil {
		c.left = true
	}
	return !c.left
}

// tick is how often a slow body goes on.
const tick = 100 * time.Millisecond

// write sends a body, at once or as slowly as was ordered, and flush takes every piece to the client.
func (s *Server) write(c *call, to io.Writer, body []byte, flush func()) {
	a := c.faults.pace
	if a == nil {
		c.hand(to, body)
		flush()
		return
	}
	rate := a.spec.Rate
	if rate == 0 {
		rate = 1024
	}
	rate = max(rate, len(body)/int(MaxWait/time.Second)+1)
	if !a.spec.Real && standsStill(s.clock) {
		c.faults.vain(a, "would send %d bytes at %d a second: the clock stands still", len(body), rate)
		c.hand(to, body)
		flush()
		return
	}
	piece := max(1, int(int64(rate)*int64(tick)/int64(time.Second)))
	pause := time.Duration(int64(time.Second) * int64(piece) / int64(rate))
	for sent := 0; sent < len(body); sent += piece {
		if sent > 0 {
			if _, err := s.wait(c.request.Context(), pause, a.spec.Real, "slow-body "+a.name()); err != nil {
				c.faults.tell(a, "the client left after %d of %d bytes", sent, len(body))
				c.left = true
				return
			}
			c.allowWriting()
		}
		if _, err := to.Write(body[sent:min(sent+piece, len(body))]); err != nil {
			c.faults.tell(a, "the client left after %d of %d bytes", sent, len(body))
			c.left = true
			return
		}
		flush()
	}
	c.faults.tell(a, "%d bytes were sent at %d a second", len(body), rate)
}
