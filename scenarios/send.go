package scenarios

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"

	"understudy/contracts"
	"understudy/contracts/check"
	"understudy/contracts/redact"
)

// A Request is one request on its way to a deployment.
type Request struct {
	HTTP      *http.Request
	Operation *contracts.Operation // nil: found by method and path
	Intent    check.Intent
	Fault     string // id of the check whose fault was put in
	Actor     *Actor // whose credential it carries; nil: nobody's
	Test      string // id of the test that sends it
	Purpose   string // for readers: "NEG-002: name is missing"
	// Unexamined leaves the passive checks out: the request is a means to an end that was examined before.
	Unexamined bool
	// Elsewhere allows another host than the target's: a token endpoint. No actor's credential goes there.
	Elsewhere bool
	// Hasty does not put further requests off when the answer asks for it: the limit itself is examined.
	Hasty bool
}

// A Reply is what came of a request.
type Reply struct {
	Exchange *contracts.Exchange // Status 0: there was no answer
	Number   int                 // of the exchange in the result
	Findings []check.Finding     // of the passive checks
	Error    string              // why there was no whole answer; empty: there was
	Cut      bool                // the body was longer than the run reads

	show func() (*Exchange, *redact.Work)
}

// Learned are the secrets that were found in the exchange: what later steps are made of them may need hiding too.
func (r *Reply) Learned() []string {
	_, work := r.show()
	return work.Learned()
}

// Send sends a request, records the exchange and applies the passive checks. What the target does wrong is no error: there
// is a reply. An error means that the request was not sent: the run is over, or it must not be sent.
func (d *Deployment) Send(ctx context.Context, q Request) (*Reply, error) {
	r := d.run
	if err := d.may(q); err != nil {
		return nil, err
	}
	select {
	case r.slots <- struct{}{}:
		defer func() { <-r.slots }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if !q.Elsewhere {
		if err := d.pace.wait(ctx); err != nil {
			return nil, err
		}
	}
	if r.options.MaxRequests > 0 && r.sent.Add(1) > int64(r.options.MaxRequests) {
		r.sent.Add(-1)
		r.Stop("max-requests")
		return nil, ErrMaxRequests
	} else if r.options.MaxRequests == 0 {
		r.sent.Add(1)
	}
	if q.Operation == nil {
		q.Operation = d.operationOf(q.HTTP)
	}
	if q.Actor != nil && !q.Elsewhere {
		q.Actor.Dress(q.HTTP, q.Operation)
	}
	for name, values := range r.options.Header {
		if _, ok := q.HTTP.Header[name]; !ok && !q.Elsewhere {
			q.HTTP.Header[name] = values
		}
	}
	if d.Sandbox != "" && q.HTTP.URL.Host == d.URL.Host {
		q.HTTP.Header.Set(sandboxHeader, d.Sandbox)
	}
	reply, err := d.exchange(ctx, &q)
	if err != nil {
		return nil, err
	}
	if wait, ok := RetryAfter(reply.Exchange.ResponseHeader, r.options.Clock.Now()); ok && !q.Hasty && !q.Elsewhere &&
		(reply.Exchange.Status == http.StatusTooManyRequests || reply.Exchange.Status == http.StatusServiceUnavailable) {
		d.pace.heed(wait)
	}
	r.record(d, &q, reply)
	if !q.Elsewhere {
		d.coverage.exchange(reply.Exchange)
	}
	if d.checks != nil && !q.Unexamined && !q.Elsewhere {
		about := check.About{Intent: q.Intent, Fault: q.Fault, Number: reply.Number, Truncated: reply.Cut, TransportError: reply.Error}
		if q.Actor != nil {
			about.Actor = q.Actor.Name
		}
		reply.Findings = d.Clean(d.checks.Examine(reply.Exchange, about))
	}
	return reply, nil
}

// may says why a request must not be sent.
func (d *Deployment) may(q Request) error {
	r := d.run
	switch {
	case r.Stopped() != "":
		return errors.New("the run was stopped: " + r.Stopped())
	case r.pace.over():
		r.Stop("time")
		return ErrTimeOver
	case r.options.FailFast && r.failed.Load():
		r.Stop("fail-fast")
		return ErrFailFast
	case d.Careful() && !q.Elsewhere && !safeMethod(q.HTTP.Method):
		return ErrSafe
	}
	if u := q.HTTP.URL; !q.Elsewhere && (u.Scheme != d.URL.Scheme || u.Host != d.URL.Host) {
		return fmt.Errorf("the request goes to %s, not to the target %s", u.Host, d.URL.Host)
	}
	return nil
}

func safeMethod(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions || method == http.MethodTrace
}

// exchange sends the request and reads the answer, both bounded.
func (d *Deployment) exchange(ctx context.Context, q *Request) (*Reply, error) {
	r := d.run
	timed, cancel := context.WithTimeout(ctx, r.options.Timeout)
	defer cancel()
	body, err := bodyOf(q.HTTP)
	if err != nil {
		return nil, err
	}
	sent := q.HTTP.Clone(timed)
	if sent.Header.Get("User-Agent") == "" && sent.Header["User-Agent"] == nil {
		sent.Header.Set("User-Agent", r.options.Tool.Name+"/"+r.options.Tool.Version)
	}
	if user := sent.URL.User; user != nil && sent.Header["Authorization"] == nil { // a transport leaves that to clients
		word, _ := user.Password()
		sent.SetBasicAuth(user.Username(), word)
	}
	x := &contracts.Exchange{Method: sent.Method, URL: sent.URL.String(), RequestHeader: sent.Header.Clone(), RequestBody: body, Start: r.options.Clock.Now()}
	x.Operation = q.Operation
	reply := &Reply{Exchange: x}
	answer, err := r.client.RoundTrip(sent)
	if err != nil {
		x.Duration = r.options.Clock.Now().Sub(x.Start)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		reply.Error = transportError(err, timed)
		return reply, nil
	}
	defer answer.Body.Close()
	x.Proto, x.Status, x.ResponseHeader = answer.Proto, answer.StatusCode, answer.Header
	x.ResponseBody, err = io.ReadAll(io.LimitReader(answer.Body, r.options.MaxBody+1))
	if int64(len(x.ResponseBody)) > r.options.MaxBody {
		x.ResponseBody, reply.Cut = x.ResponseBody[:r.options.MaxBody], true
	}
	x.Duration = r.options.Clock.Now().Sub(x.Start)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		reply.Error = transportError(err, timed)
	}
	return reply, nil
}

func bodyOf(r *http.Request) ([]byte, error) {
	if r.Body == nil || r.Body == http.NoBody {
		return nil, nil
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, fmt.Errorf("read the request's body: %w", err)
	}
	_ = r.Body.Close()
	r.Body = io.NopCloser(bytes.NewReader(body))
	return body, nil
}

// operationOf finds the operation that a request to the target means. The target's own path stands for the base path.
func (d *Deployment) operationOf(r *http.Request) *contracts.Operation {
	path, ok := strings.CutPrefix(r.URL.EscapedPath(), d.URL.EscapedPath())
	if !ok {
		return nil
	}
	for _, base := range append([]string{""}, d.Contract.BasePaths()...) {
		if m := d.Contract.Match(r.Method, base+path); m.Operation != nil {
			return m.Operation
		}
	}
	return nil
}

// transportError says in a few words why there was no whole answer.
func transportError(err error, timed context.Context) string {
	var named *net.OpError
	switch {
	case errors.Is(timed.Err(), context.DeadlineExceeded):
		return "no whole answer came in time"
	case errors.Is(err, io.ErrUnexpectedEOF):
		return "the answer ended before its announced length"
	case errors.As(err, &named) && named.Op == "dial":
		return "no connection: " + named.Err.Error()
	}
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	return err.Error()
}
