package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	mathrand "math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A client calls the API in its manner.
type client struct {
	manner
	base, key       string
	email, password string
	http            *http.Client
	first           string // access token

	mu            sync.Mutex
	access, renew string
	renewAt       time.Time
	count         int
}

func newClient(m manner) *client {
	c := &client{manner: m, base: os.Getenv("QUAY_BASE_URL"), key: os.Getenv("QUAY_API_KEY"), email: os.Getenv("QUAY_EMAIL"), password: os.Getenv("QUAY_PASSWORD")}
	c.http = &http.Client{Timeout: 1500 * time.Millisecond, Transport: &http.Transport{MaxIdleConnsPerHost: 8, DisableKeepAlives: m.newConnection}}
	if m.noTimeout {
		c.http.Timeout = 0
	}
	if !m.redirects {
		c.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	}
	if m.strangerKey {
		c.key = "qk_live_0123456789abcdefghijklmn"
	}
	return c
}

// A call is one thing that is wanted of the API.
type call struct {
	method, path string
	query        url.Values
	header       map[string]string
	body         any
	raw          []byte // in place of body
	own          string // token that the caller has kept for itself
	idempotent   bool   // it may be repeated when nobody knows what became of it
	intent       string // idempotency key; empty: none
	who          string // "key", "token" or empty: nobody
}

// A refusal is an answer that is none of the good ones.
type refusal struct {
	status int
	asked  time.Duration // Retry-After
	reset  time.Duration // until a limit that is used up opens again
}

func (r *refusal) Error() string { return strconv.Itoa(r.status) }

type answer struct {
	status int
	header http.Header
	body   []byte
}

func (a *answer) into(v any) error { return json.Unmarshal(a.body, v) }

// do sends a call until it is answered for good.
func (c *client) do(ctx context.Context, x call) (*answer, error) {
	most := cmp.Or(c.attempts, 5)
	renewed, stuck := false, false
	for attempt := 1; ; attempt++ {
		got, token, err := c.once(ctx, x)
		if err == nil {
			return got, nil
		}
		var refused *refusal
		if errors.As(err, &refused) && refused.status == 401 && x.who == "token" && !c.neverRenew && (!renewed || c.renewRefused) && attempt < most {
			if c.stubborn && !stuck {
				stuck = true
				continue
			}
			renewed = true
			if err := c.getToken(ctx, token); err != nil {
				return nil, err
			}
			x.own = ""
			continue
		}
		if attempt >= most || !c.again(x, err) {
			return nil, err
		}
		wait := c.wait(attempt, refused)
		if deadline, _ := ctx.Deadline(); time.Until(deadline) < wait {
			return nil, err
		}
		time.Sleep(wait)
	}
}

// again tells whether repeating a failed call makes sense and does no harm.
func (c *client) again(x call, err error) bool {
	if c.givesUp {
		return false
	}
	safe := x.method == "GET" || x.idempotent || x.intent != "" || c.repeatsAll
	var refused *refusal
	if !errors.As(err, &refused) {
		return safe
	}
	switch {
	case refused.status == 429:
		return true
	case refused.status >= 500:
		return safe
	case refused.status == 403 || refused.status == 422:
		return c.retryRefused
	}
	return false
}

// wait doubles with each attempt, half of it is chance, and never is it shorter than what the server asked for.
func (c *client) wait(attempt int, refused *refusal) time.Duration {
	first := cmp.Or(c.longer, 200*time.Millisecond)
	grown := min(16*time.Second, time.Duration(float64(first)*math.Pow(cmp.Or(c.growth, 2), float64(attempt-1))))
	wait := grown/2 + mathrand.N(grown/2)
	switch {
	case c.noWait:
		wait = 0
	case c.flat > 0:
		wait = c.flat + []time.Duration{0, 80, 10, 50}[attempt%4]*time.Millisecond // not drawn: chance draws equal ones now and then
	case c.exact:
		wait = grown
	}
	if refused == nil {
		return wait
	}
	if refused.asked > 0 && !c.ignoreAsked {
		return wait + refused.asked
	}
	if refused.asked == 0 && !c.ignoreReset {
		return wait + refused.reset
	}
	return wait
}

// once is one attempt. It gives the token that it used.
func (c *client) once(ctx context.Context, x call) (got *answer, token string, err error) {
	switch x.who {
	case "key":
		token = c.key
	case "token":
		if token, err = c.token(ctx); err != nil {
			return nil, "", err
		}
		if x.own != "" {
			token = x.own
		}
	}
	q, err := c.request(ctx, c.base, x, token)
	if err != nil {
		return nil, token, err
	}
	r, err := c.http.Do(q)
	if err != nil {
		return nil, token, err
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, token, err
	}
	if r.StatusCode >= 300 && r.StatusCode != http.StatusNotModified {
		asked, _ := strconv.Atoi(r.Header.Get("Retry-After"))
		reset, _ := strconv.Atoi(r.Header.Get("RateLimit-Reset"))
		return nil, token, &refusal{status: r.StatusCode, asked: time.Duration(asked) * time.Second, reset: time.Duration(reset) * time.Second}
	}
	return &answer{status: r.StatusCode, header: r.Header, body: body}, token, nil
}

func (c *client) request(ctx context.Context, base string, x call, token string) (*http.Request, error) {
	query := url.Values{}
	for name, values := range x.query {
		query[name] = values
	}
	var body io.Reader
	kind := "application/json"
	if x.body != nil {
		text, err := json.Marshal(x.body)
		if err != nil {
			return nil, err
		}
		if body = bytes.NewReader(text); c.wrongType {
			body, kind = strings.NewReader(form(x.body)), "application/x-www-form-urlencoded"
		}
	}
	if x.raw != nil {
		body, kind = bytes.NewReader(x.raw), "application/octet-stream"
	}
	if c.keyInQuery && x.who == "key" {
		query.Set("api_key", token)
	}
	if c.bare {
		token = ""
	}
	address := base + x.path
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	q, err := http.NewRequestWithContext(ctx, x.method, address, body)
	if err != nil {
		return nil, err
	}
	q.Header.Set("Accept", "application/json")
	if c.wrongAccept {
		q.Header.Set("Accept", "application/xml")
	}
	if c.anyAccept {
		q.Header.Set("Accept", "*/*")
	}
	q.Header.Set("User-Agent", "quay-example/1.0 (+https://tern.example/contact)")
	if body != nil {
		q.Header.Set("Content-Type", kind)
	}
	if token != "" {
		q.Header.Set("Authorization", "Bearer "+token)
	}
	if c.keyInOther {
		q.Header.Set("X-Quay-Key", token)
	}
	if c.keyInAgent {
		q.Header.Set("User-Agent", "quay/1.0 "+token)
	}
	if x.intent != "" && !c.noKeys {
		if c.freshKey {
			x.intent = rand.Text()
		}
		if c.sameKey {
			x.intent = sameIntent
		}
		if c.shortKey {
			c.count++
			x.intent = strconv.Itoa(c.count)
		}
		q.Header.Set("Idempotency-Key", x.intent)
	}
	if c.browser {
		q.Header.Set("Origin", "https://shop.example")
		q.Header.Set("Referer", "https://shop.example/book")
		q.Header.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36")
		q.Header.Set("Sec-Fetch-Site", "cross-site")
		q.Header.Set("Sec-Fetch-Mode", "cors")
		q.Header.Set("Sec-Fetch-Dest", "empty")
	}
	for name, value := range x.header {
		q.Header.Set(name, value)
	}
	return q, nil
}

const sameIntent = "7f9c1f5e-5a0b-4bb5-9c53-7f9be2f0a2a1"

func form(body any) string {
	values := url.Values{}
	members, _ := body.(map[string]any)
	for name, value := range members {
		values.Set(name, fmt.Sprint(value))
	}
	return values.Encode()
}

// token gives one that is good: renewed ahead of its end, by one caller for all.
func (c *client) token(ctx context.Context) (string, error) {
	c.mu.Lock()
	good, due := c.access, c.access == "" || !time.Now().Before(c.renewAt)
	c.mu.Unlock()
	if good != "" && (!due || c.neverRenew || c.lateRenewal) && !c.tokenPerCall {
		return good, nil
	}
	if err := c.getToken(ctx, good); err != nil {
		return "", err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.access, nil
}

// getToken replaces a token that is no good any more, unless somebody else has done so already.
func (c *client) getToken(ctx context.Context, old string) error {
	if c.stampede && old != "" {
		c.trade(ctx) // each for itself; where another one was faster, its token will do
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.access != old && !c.tokenPerCall {
		return nil
	}
	if c.renew != "" && !c.tokenPerCall {
		got, err := c.refresh(ctx, c.renew)
		if err != nil && c.retriesRefresh {
			time.Sleep(300 * time.Millisecond)
			got, err = c.refresh(ctx, c.renew)
		}
		if err == nil {
			return c.take(got)
		}
	}
	got, err := c.do(ctx, call{method: "POST", path: "/auth/login", body: map[string]any{"email": c.email, "password": c.password}, idempotent: true})
	if err != nil {
		return err
	}
	return c.take(got)
}

func (c *client) refresh(ctx context.Context, token string) (*answer, error) {
	return c.do(ctx, call{method: "POST", path: "/auth/refresh", body: map[string]any{"refreshToken": token}})
}

func (c *client) trade(ctx context.Context) {
	c.mu.Lock()
	token := c.renew
	c.mu.Unlock()
	got, err := c.refresh(ctx, token)
	c.mu.Lock()
	defer c.mu.Unlock()
	if err == nil {
		_ = c.take(got)
	}
}

// take keeps a new pair of tokens. The lock is held.
func (c *client) take(got *answer) error {
	var pair struct {
		AccessToken, RefreshToken string
		ExpiresIn                 int
	}
	if err := got.into(&pair); err != nil {
		return err
	}
	life := time.Duration(pair.ExpiresIn) * time.Second
	c.access, c.renewAt = pair.AccessToken, time.Now().Add(life*17/20)
	if c.copied {
		c.renewAt = time.Now().Add(life / 2)
	}
	if c.first == "" {
		c.first = pair.AccessToken
	}
	if c.renew == "" || !c.oldRefresh {
		c.renew = pair.RefreshToken
	}
	return nil
}
