package scenarios

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Control is the management API of a stand-in: what a judge can ask of one that no real deployment would do. Make it with
// NewControl.
type Control struct {
	URL      string // without a trailing slash
	Contract string // name by which the stand-in knows the contract
	Sandbox  string // the sandbox that is meant; empty: the contract's own world

	token  string
	client http.RoundTripper
}

// sandboxHeader names the sandbox of a stand-in that a request is for.
const sandboxHeader = "Understudy-Sandbox"

// NewControl gives the management API at an address. A nil client is one without proxy.
func NewControl(address, token, contract string, client http.RoundTripper) (*Control, error) {
	u, err := ParseTarget(address)
	if err != nil {
		return nil, fmt.Errorf("the address of the management API: %w", err)
	}
	if client == nil {
		client = &http.Transport{MaxResponseHeaderBytes: 64 << 10}
	}
	return &Control{URL: u.String(), Contract: contract, token: token, client: client}, nil
}

// mostControl is how much of an answer of the management API is read.
const mostControl = 64 << 20

// A ControlError is a refusal by the management API.
type ControlError struct {
	Status int
	Detail string
}

func (e *ControlError) Error() string {
	return fmt.Sprintf("the management API answered %d: %s", e.Status, e.Detail)
}

// Do calls an operation of the management API. path begins behind "/contracts/{contract}" unless it begins with "//", which
// means the API's root. in is sent as JSON (nil: no body), the answer is read into out (nil: passed over).
func (c *Control) Do(ctx context.Context, method, path string, in, out any) error {
	if rest, ok := strings.CutPrefix(path, "//"); ok {
		path = "/" + rest
	} else {
		path = "/contracts/" + url.PathEscape(c.Contract) + path
	}
	var body io.Reader = http.NoBody
	if in != nil {
		data, err := json.Marshal(in)
		if err != nil {
			return fmt.Errorf("ask the management API: %w", err)
		}
		body = bytes.NewReader(data)
	}
	q, err := http.NewRequestWithContext(ctx, method, c.URL+path, body)
	if err != nil {
		return fmt.Errorf("ask the management API: %w", err)
	}
	if in != nil {
		q.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		q.Header.Set("Authorization", "Bearer "+c.token)
	}
	if c.Sandbox != "" {
		q.Header.Set(sandboxHeader, c.Sandbox)
	}
	a, err := c.client.RoundTrip(q)
	if err != nil {
		return fmt.Errorf("ask the management API at %s: %w", c.URL, err)
	}
	defer a.Body.Close()
	data, err := io.ReadAll(io.LimitReader(a.Body, mostControl))
	if err != nil {
		return fmt.Errorf("read the answer of the management API at %s: %w", c.URL, err)
	}
	if a.StatusCode/100 != 2 {
		var problem struct{ Title, Detail string }
		_ = json.Unmarshal(data, &problem) // an answer in another shape has no detail to tell
		return &ControlError{Status: a.StatusCode, Detail: strings.TrimSpace(problem.Title + " " + problem.Detail)}
	}
	if out == nil || len(data) == 0 {
		return nil
	}
	if err := json.Unmarshal(data, out); err != nil {
		return fmt.Errorf("read the answer of the management API to %s %s: %w", method, path, err)
	}
	return nil
}

// Advance moves the stand-in's clock ahead; what falls due on the way has happened when it returns.
func (c *Control) Advance(ctx context.Context, d time.Duration) error {
	return c.Do(ctx, http.MethodPost, "/clock", map[string]string{"advance": d.String()}, nil)
}

// Reset takes the stand-in back to how it started.
func (c *Control) Reset(ctx context.Context) error {
	return c.Do(ctx, http.MethodPost, "/state/reset", nil, nil)
}

// A ReadyCredential is an environment line with which the stand-in's clients begin.
type ReadyCredential struct {
	Env    string `json:"env"`
	Value  string `json:"value"`
	Class  string `json:"class"`
	Secret bool   `json:"secret"`
}

// Ready lists the credentials that exist from the start.
func (c *Control) Ready(ctx context.Context) ([]ReadyCredential, error) {
	var list struct {
		Credentials []ReadyCredential `json:"credentials"`
	}
	err := c.Do(ctx, http.MethodGet, "/ready-credentials", nil, &list)
	return list.Credentials, err
}
