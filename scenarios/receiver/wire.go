package receiver

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"time"

	"understudy/scenarios"
)

// A wire carries deliveries: a connection for each, HTTP/1.1, no proxy, no redirects. It knows how to be slow and how to break
// off, and tells apart why there was no answer.
type wire struct {
	clock       scenarios.Clock
	whole, part *http.Transport
}

func newWire(clock scenarios.Clock) *wire {
	w := &wire{clock: clock, whole: transport()}
	w.part = transport()
	w.part.WriteBufferSize = 1 // each piece of the body leaves when it is there
	return w
}

func transport() *http.Transport {
	return &http.Transport{
		DisableKeepAlives: true, DisableCompression: true, MaxResponseHeaderBytes: 256 << 10,
		TLSNextProto: map[string]func(string, *tls.Conn) http.RoundTripper{}, // no HTTP/2
	}
}

// A manner is how one delivery is carried, and what became of it.
type manner struct {
	over time.Duration // the body dribbles in over this time; 0: all at once
	cut  int           // bytes of the body after which the connection is broken off; 0: it is not

	deadline   context.Context // ends with the time of the delivery
	noConnect  bool            // there was no connection
	brokeItOff bool            // we did, as was wanted
}

// late says, once the delivery is over, that its time was over first.
func (m *manner) late() bool {
	return m.deadline != nil && errors.Is(m.deadline.Err(), context.DeadlineExceeded)
}

type mannerKey struct{}

func with(ctx context.Context, m *manner) context.Context {
	return context.WithValue(ctx, mannerKey{}, m)
}

var errCut = errors.New("the connection was broken off on purpose")

// RoundTrip implements http.RoundTripper.
func (w *wire) RoundTrip(q *http.Request) (*http.Response, error) {
	m, _ := q.Context().Value(mannerKey{}).(*manner)
	if m == nil {
		return w.whole.RoundTrip(q)
	}
	m.deadline = q.Context()
	by := w.whole
	if m.over > 0 || m.cut > 0 {
		body, err := io.ReadAll(q.Body)
		if err != nil {
			return nil, err
		}
		q.Body = io.NopCloser(newDribble(q.Context(), w.clock, m, body))
		q.GetBody = nil
		by = w.part
	}
	answer, err := by.RoundTrip(q)
	var failed *net.OpError
	switch {
	case errors.Is(err, errCut):
		m.brokeItOff = true
	case errors.As(err, &failed) && failed.Op == "dial" && !m.late():
		m.noConnect = true
	}
	return answer, err
}

// pieces is in how many parts a slow body comes.
const pieces = 10

// A dribble gives a body in pieces, or only its beginning.
type dribble struct {
	ctx   context.Context
	clock scenarios.Clock
	rest  *bytes.Reader
	piece int
	pause time.Duration
	begun bool
	cut   bool
}

func newDribble(ctx context.Context, clock scenarios.Clock, m *manner, body []byte) *dribble {
	d := &dribble{ctx: ctx, clock: clock, piece: max(1, len(body))}
	if m.cut > 0 {
		body, d.cut = body[:min(m.cut, len(body))], true
	}
	if m.over > 0 {
		d.piece, d.pause = max(1, (len(body)+pieces-1)/pieces), m.over/pieces
	}
	d.rest = bytes.NewReader(body)
	return d
}

func (d *dribble) Read(p []byte) (int, error) {
	if d.rest.Len() == 0 {
		if d.cut {
			return 0, errCut
		}
		return 0, io.EOF
	}
	if d.begun && d.pause > 0 {
		if err := d.clock.Wait(d.ctx, d.pause); err != nil {
			return 0, err
		}
	}
	d.begun = true
	return d.rest.Read(p[:min(len(p), d.piece)])
}
