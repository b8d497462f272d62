package webhook

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"understudy/mock/clock"
)

// Bounds of what is written down of an attempt, in bytes.
const (
	mostBody       = 64 << 10 // of an answer; no more is read
	mostSent       = 64 << 10 // of a body that differs from the event's payload
	mostRecorded   = 4 << 10  // of an answer's headers
	mostErrorText  = 500
	hiddenValue    = "[hidden]"
	shortestResult = 1 << 10 // of an answer's body when there is no room for more
)

// exchange sends a message to its URL, which was read and judged, and notes what came of it.
func (w *Webhooks) exchange(ctx context.Context, m *message, to *url.URL, a *Attempt, timeout time.Duration) {
	began := clock.Real{}.Now()
	defer func() { a.Duration = clock.Real{}.Now().Sub(began) }()
	ctx, cancel := withTimeout(ctx, timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, m.method, "", m.reader(ctx))
	if err != nil {
		a.Outcome, a.Error = Refused, "the request cannot be made: "+withoutURL(err)
		return
	}
	to.Host = strings.TrimSuffix(to.Host, ":") // a port that is not named, as NewRequest has it
	request.URL, request.Host = to, to.Host
	request.ContentLength = int64(len(m.body))
	if len(m.body) == 0 {
		request.Body = http.NoBody
	}
	request.Header = m.headers
	var refused error
	if guarded := w.policy.guard(ctx, request.URL, &refused); guarded != ctx {
		request = request.WithContext(guarded)
	}
	response, err := w.transport.RoundTrip(request)
	if refused != nil {
		err = refused
		if response != nil {
			response.Body.Close()
		}
	}
	if err != nil {
		a.fail(ctx, err, timeout)
		return
	}
	defer response.Body.Close()
	a.Status = response.StatusCode
	a.ResponseHeaders = bounded(response.Header)
	var body []byte
	if response.Body != http.NoBody {
		body, err = io.ReadAll(io.LimitReader(response.Body, mostBody+1))
	}
	if len(body) > mostBody {
		body, a.ResponseCut = body[:mostBody], true
	}
	if len(body) > 0 {
		a.ResponseBody = body
	}
	switch {
	case err != nil:
		a.fail(ctx, err, timeout)
	case a.Status >= 200 && a.Status < 300:
		a.Outcome = Taken
	default:
		a.Outcome = Answered
	}
}

// fail notes why there is no whole answer.
func (a *Attempt) fail(ctx context.Context, err error, timeout time.Duration) {
	var refused *AddressError
	var timedOut net.Error
	switch {
	case errors.As(err, &refused):
		a.Outcome, a.Error = Refused, refused.Error()
	case context.Cause(ctx) == context.DeadlineExceeded:
		a.Outcome, a.Error = TimedOut, "the receiver did not answer within "+timeout.String()
	case errors.As(err, &timedOut) && timedOut.Timeout():
		a.Outcome, a.Error = TimedOut, "the connection took too long: "+withoutURL(err)
	default:
		a.Outcome, a.Error = Unreachable, "the receiver could not be reached: "+withoutURL(err)
	}
	if len(a.Error) > mostErrorText {
		a.Error = strings.ToValidUTF8(a.Error[:mostErrorText], "")
	}
}

// withoutURL leaves the URL out of an error of net/http, which may hold secrets.
func withoutURL(err error) string {
	for {
		wrapped, ok := err.(interface{ Unwrap() error })
		if _, is := err.(interface{ Timeout() bool }); !ok || !is || wrapped.Unwrap() == nil {
			return err.Error()
		}
		if _, op := err.(*net.OpError); op {
			return err.Error()
		}
		err = wrapped.Unwrap()
	}
}

// bounded copies headers until they come to too much; headers that do not are given as they are.
func bounded(h http.Header) http.Header {
	kept, size := http.Header{}, 0
	for name, values := range h {
		for _, v := range values {
			size += len(name) + len(v)
		}
	}
	if size <= mostRecorded {
		return h
	}
	size = 0
	for _, name := range slices.Sorted(maps.Keys(h)) {
		for _, v := range h[name] {
			if size += len(name) + len(v); size > mostRecorded {
				return kept
			}
			kept[name] = append(kept[name], v)
		}
	}
	return kept
}

// shown is the headers as they are written down.
func (m *message) shown() http.Header {
	if len(m.hidden) == 0 {
		return m.headers // nobody changes them any more: a RoundTripper must not
	}
	h := m.headers.Clone()
	for _, name := range m.hidden {
		h[http.CanonicalHeaderKey(name)] = []string{hiddenValue}
	}
	return h
}

func (m *message) reader(ctx context.Context) io.Reader {
	if m.slow == 0 {
		return bytes.NewReader(m.body)
	}
	return &dribble{ctx: ctx, rest: m.body, piece: max(1, len(m.body)/dribbles), pause: m.slow / dribbles}
}

// dribbles is in how many pieces a slow body goes out.
const dribbles = 20

// A dribble gives its bytes in small pieces with pauses between them.
type dribble struct {
	ctx   context.Context
	rest  []byte
	piece int
	pause time.Duration
}

func (d *dribble) Read(p []byte) (int, error) {
	if len(d.rest) == 0 {
		return 0, io.EOF
	}
	if err := rest(d.ctx, d.pause); err != nil {
		return 0, err
	}
	n := copy(p, d.rest[:min(d.piece, len(d.rest))])
	d.rest = d.rest[n:]
	return n, nil
}

// rest lets real time pass.
func rest(ctx context.Context, d time.Duration) error {
	over := make(chan struct{})
	stop := clock.Real{}.AfterFunc(d, func() { close(over) })
	defer stop()
	select {
	case <-over:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
