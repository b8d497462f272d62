package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A demoClient calls one of the built-in APIs as its documents and good practice ask for. The demo rehearses it, so that there is
// something for the rules for clients to look at: understudy demo-client NAME reads its environment as any client would.
type demoClient struct {
	base   string
	accept string
	pace   time.Duration // before each call; what follows upon an answer is not taken for what was sent beside it
	http   *http.Client

	// show puts a credential on a request and gives its text; renew gets another one for a text that was refused.
	show  func(*http.Request) string
	renew func(ctx context.Context, refused string) error

	renewal sync.Mutex // held while a credential is renewed
	refused []string   // credentials that were renewed

	mu   sync.Mutex
	over error // why no call has any sense any more
}

// A demoCall is one thing that the client wants.
type demoCall struct {
	method, path string
	body         any    // as JSON
	form         []byte // or a body of the type content
	content      string
	key          bool // the operation takes an idempotency key
	open         bool // it needs no credential
}

// What the client's calls can come to, besides success.
var (
	errDemoForbidden = errors.New("the credential does not permit it")
	errDemoRefused   = errors.New("the request was refused for good")
	errDemoDown      = errors.New("the API is not available")
)

const (
	demoAttempts = 5
	demoFirst    = 300 * time.Millisecond
	demoPatience = 3 * time.Second  // for one answer
	demoLongest  = 70 * time.Second // that it waits when it is asked to
)

func newDemoClient(base, accept string) *demoClient {
	return &demoClient{base: strings.TrimSuffix(base, "/"), accept: cmp.Or(accept, "application/json"), http: &http.Client{
		Timeout:       demoPatience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport:     &http.Transport{MaxIdleConnsPerHost: 8},
	}}
}

// A demoAnswer is what came of one attempt.
type demoAnswer struct {
	status int
	header http.Header
	body   []byte
	shown  string // the credential that was shown
}

func (a *demoAnswer) decode(into any) error { return json.Unmarshal(a.body, into) }

// do carries a call out: it waits as it is asked to, or longer each time, gives up after a few attempts, repeats only what may be repeated,
// and renews a credential once.
func (c *demoClient) do(ctx context.Context, call demoCall) (*demoAnswer, error) {
	intent, renewed := "", false
	if err := (machineClock{}).Wait(ctx, c.pace); err != nil {
		return nil, err
	}
	if call.key {
		intent = fmt.Sprintf("%016x%016x", rand.Uint64(), rand.Uint64()) // of the order, not of the attempt
	}
	for attempt := 1; ; attempt++ {
		if err := c.ended(); err != nil {
			return nil, err
		}
		a, err := c.send(ctx, call, intent)
		var wait time.Duration
		again := repeatable(call)
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case err != nil:
			err = fmt.Errorf("%s %s: %w: %w", call.method, call.path, errDemoDown, err)
		case a.status < 300:
			return a, nil
		case a.status == http.StatusUnauthorized && c.renew != nil && !call.open && !renewed:
			renewed = true
			if err := c.renewOnce(ctx, a.shown); err != nil {
				return nil, c.end(err)
			}
			attempt--
			continue
		case a.status == http.StatusUnauthorized:
			err = fmt.Errorf("%s %s: the credential was refused: %w", call.method, call.path, errDemoRefused)
			if !call.open {
				err = c.end(err)
			}
			return a, err
		case a.status == http.StatusForbidden:
			return a, fmt.Errorf("%s %s: %w", call.method, call.path, errDemoForbidden)
		case a.status == http.StatusTooManyRequests:
			again, wait = true, asked(a.header)
			err = fmt.Errorf("%s %s: too many requests: %w", call.method, call.path, errDemoDown)
		case a.status == http.StatusBadGateway, a.status == http.StatusServiceUnavailable, a.status == http.StatusGatewayTimeout:
			wait = asked(a.header)
			err = fmt.Errorf("%s %s: %d: %w", call.method, call.path, a.status, errDemoDown)
		default:
			return a, fmt.Errorf("%s %s: %d: %w", call.method, call.path, a.status, errDemoRefused)
		}
		if !again || attempt >= demoAttempts || wait > demoLongest {
			return nil, err
		}
		grown := demoFirst << (attempt - 1)
		if err := (machineClock{}).Wait(ctx, wait+grown+rand.N(grown/3)); err != nil {
			return nil, err
		}
	}
}

// repeatable says that a call has the same effect however often it is sent (RFC 9110, 9.2.2), or bears a key that makes it so.
func repeatable(call demoCall) bool {
	return call.key || call.method == http.MethodGet || call.method == http.MethodPut || call.method == http.MethodDelete
}

// asked is how long an answer asks to wait: by Retry-After, or by the reset of a limit of which nothing is left.
func asked(h http.Header) time.Duration {
	if seconds, err := strconv.Atoi(h.Get("Retry-After")); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if h.Get("X-RateLimit-Remaining") == "0" {
		if reset, err := strconv.ParseInt(h.Get("X-RateLimit-Reset"), 10, 64); err == nil {
			return max(0, time.Until(time.Unix(reset, 0)))
		}
	}
	return 0
}

func (c *demoClient) send(ctx context.Context, call demoCall, intent string) (*demoAnswer, error) {
	body, content := call.form, call.content
	if call.body != nil {
		text, err := json.Marshal(call.body)
		if err != nil {
			return nil, err
		}
		body, content = text, "application/json"
	}
	q, err := http.NewRequestWithContext(ctx, call.method, c.base+call.path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	q.Header.Set("Accept", c.accept)
	q.Header.Set("User-Agent", "understudy-demo/"+version())
	if content != "" {
		q.Header.Set("Content-Type", content)
	}
	if intent != "" {
		q.Header.Set("Idempotency-Key", intent)
	}
	a := &demoAnswer{}
	if !call.open {
		a.shown = c.show(q)
	}
	r, err := c.http.Do(q)
	if err != nil {
		var addressed *url.Error
		if errors.As(err, &addressed) {
			err = addressed.Err // without the address
		}
		return nil, err
	}
	defer r.Body.Close()
	a.status, a.header = r.StatusCode, r.Header
	a.body, err = io.ReadAll(io.LimitReader(r.Body, 8<<20))
	return a, err
}

// renewOnce gets another credential for one that was refused, once for all calls that met the refusal.
func (c *demoClient) renewOnce(ctx context.Context, refused string) error {
	c.renewal.Lock()
	defer c.renewal.Unlock()
	for _, text := range c.refused {
		if text == refused {
			return nil // another call has seen to it
		}
	}
	if err := c.renew(ctx, refused); err != nil {
		return err
	}
	c.refused = append(c.refused, refused)
	return nil
}

// end notes that no further call has any sense.
func (c *demoClient) end(err error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over == nil {
		c.over = err
	}
	return c.over
}

func (c *demoClient) ended() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.over
}

// try carries out what the client can do without: what is forbidden or not there is left, anything else ends the client.
func (c *demoClient) try(ctx context.Context, calls ...demoCall) error {
	for _, call := range calls {
		if _, err := c.do(ctx, call); err != nil && !errors.Is(err, errDemoForbidden) {
			return err
		}
	}
	return nil
}

// together carries out calls with a few workers at once.
func (c *demoClient) together(ctx context.Context, workers int, calls ...demoCall) error {
	queue := make(chan demoCall)
	failed := make(chan error, workers)
	for range workers {
		go func() {
			var problem error
			for call := range queue {
				problem = errors.Join(problem, c.try(ctx, call))
			}
			failed <- problem
		}()
	}
	for _, call := range calls {
		queue <- call
	}
	close(queue)
	var problem error
	for range workers {
		problem = errors.Join(problem, <-failed)
	}
	return problem
}
