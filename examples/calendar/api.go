package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// A Config is what an API is made of. The base URL, e-mail and password are required.
type Config struct {
	BaseURL  string
	Email    string
	Password string

	Patience Patience         // zero: DefaultPatience
	Timeout  time.Duration    // of one attempt, with its body; 0: 10 s
	AtOnce   int              // requests that may be open at the same time; 0: 4
	Now      func() time.Time // nil: the machine's clock
}

// An API is EcoEvents as this program sees it. It is safe for concurrent use.
type API struct {
	base     string
	client   *http.Client
	session  *session
	patience Patience
	slots    chan struct{} // one for each request that may be open
	now      func() time.Time
}

// New gives an API. Nothing is sent before the first call.
func New(c Config) (*API, error) {
	base, err := url.Parse(c.BaseURL)
	if err != nil || base.Host == "" {
		return nil, errors.New("ECOEVENTS_BASE_URL is not a URL such as https://api.ecoevents.com")
	}
	if ip := net.ParseIP(base.Hostname()); base.Scheme != "https" && base.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, errors.New("ECOEVENTS_BASE_URL must begin with https://: tokens are not sent in clear")
	}
	if c.Email == "" || c.Password == "" {
		return nil, errors.New("ECOEVENTS_USER_EMAIL and ECOEVENTS_USER_PASSWORD are not set")
	}
	if c.Patience == (Patience{}) {
		c.Patience = DefaultPatience
	}
	if c.Timeout == 0 {
		c.Timeout = 10 * time.Second
	}
	if c.AtOnce == 0 {
		c.AtOnce = 4
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	a := &API{
		base: strings.TrimSuffix(c.BaseURL, "/"), patience: c.Patience, slots: make(chan struct{}, c.AtOnce), now: c.Now,
		client: &http.Client{
			Timeout: c.Timeout,
			Transport: &http.Transport{
				DialContext:         (&net.Dialer{Timeout: 3 * time.Second}).DialContext,
				TLSHandshakeTimeout: 3 * time.Second, ForceAttemptHTTP2: true,
				MaxIdleConnsPerHost: c.AtOnce, IdleConnTimeout: 90 * time.Second,
			},
			// Wherever a redirect leads, the token is not for it.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
	a.session = &session{api: a, email: c.Email, password: c.Password}
	return a, nil
}

// Close ends the connections that are kept.
func (a *API) Close() { a.client.CloseIdleConnections() }

// A request is one call of an operation.
type request struct {
	method string
	path   string
	query  url.Values
	body   any  // sent as JSON; nil: none
	again  bool // it may be carried out twice: an attempt whose answer is not known can be repeated
	open   bool // it needs no token
}

// call sends a request until it is answered for good, and reads the answer. A token that is refused is renewed once.
func (a *API) call(ctx context.Context, r request, into any) error {
	ctx, cancel := context.WithTimeout(ctx, a.patience.Total)
	defer cancel()
	refused := "" // a token that EcoEvents did not take
	for attempt := 1; ; attempt++ {
		token, err := "", error(nil)
		if !r.open {
			if token, err = a.session.token(ctx, refused); err != nil {
				return err
			}
		}
		if err = a.send(ctx, r, token, into); err == nil {
			return nil
		}
		if errors.Is(err, ErrToken) && !r.open && refused == "" {
			refused = token // the session gets another one, once
			continue
		}
		wait, again := a.patience.next(attempt, r.again, err)
		if !again {
			return err
		}
		if waitErr := pause(ctx, wait); waitErr != nil {
			return err // no time is left: what went wrong says more than that
		}
	}
}

// send is one attempt.
func (a *API) send(ctx context.Context, r request, token string, into any) error {
	select {
	case a.slots <- struct{}{}:
		defer func() { <-a.slots }()
	case <-ctx.Done():
		return ctx.Err()
	}
	q, err := a.build(ctx, r, token)
	if err != nil {
		return err
	}
	answer, err := a.client.Do(q)
	if err != nil {
		return &Lost{Operation: r.method + " " + r.path, Err: err}
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, 8<<20))
	if err != nil {
		return &Lost{Operation: r.method + " " + r.path, Err: err}
	}
	if answer.StatusCode >= 300 {
		return a.refusal(r, answer, body)
	}
	if into == nil || answer.StatusCode == http.StatusNoContent {
		return nil
	}
	if err := json.Unmarshal(body, into); err != nil {
		return &Lost{Operation: r.method + " " + r.path, Err: fmt.Errorf("the answer is no JSON of its kind: %w", err)}
	}
	return nil
}

func (a *API) build(ctx context.Context, r request, token string) (*http.Request, error) {
	var body io.Reader
	if r.body != nil {
		text, err := json.Marshal(r.body)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(text)
	}
	address := a.base + r.path
	if len(r.query) > 0 {
		address += "?" + r.query.Encode()
	}
	q, err := http.NewRequestWithContext(ctx, r.method, address, body)
	if err != nil {
		return nil, err
	}
	q.Header.Set("Accept", "application/json")
	q.Header.Set("User-Agent", "calendar/1.0")
	if body != nil {
		q.Header.Set("Content-Type", "application/json")
	}
	if !r.open {
		q.Header.Set("Authorization", "Bearer "+token)
	}
	return q, nil
}

// refusal makes an error of an answer that is none of the good ones.
func (a *API) refusal(r request, answer *http.Response, body []byte) error {
	e := &Refusal{Operation: r.method + " " + r.path, Status: answer.StatusCode}
	var told struct {
		Error struct{ Code, Message string }
	}
	if json.Unmarshal(body, &told) == nil {
		e.Code, e.Message = told.Error.Code, told.Error.Message
	}
	asked := answer.Header.Get("Retry-After") // RFC 9110, 10.2.3: seconds or a date
	if seconds, err := strconv.Atoi(asked); err == nil && seconds > 0 {
		e.RetryAfter = time.Duration(seconds) * time.Second
	} else if date, err := http.ParseTime(asked); err == nil {
		e.RetryAfter = max(0, date.Sub(a.now()))
	}
	return e
}
