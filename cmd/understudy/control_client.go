package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"

	"understudy/mock"
	"understudy/mock/control"
)

// controlPatience is how long the management API may take to begin its answer.
const controlPatience = 30 * time.Second

// A controlClient talks to the management API of a running stand-in.
type controlClient struct {
	base    string // without trailing slash
	token   string
	prefix  string // of the paths of one contract; empty: paths are the API's
	name    string // of the contract; "-": the only one
	sandbox string // whose world is meant; empty: the contract's own
	http    *http.Client
}

// controlParams are query parameters; a name may be that of an object's member: scope[owner].
type controlParams map[string]string

func newControlClient(address, token, contract string) (*controlClient, error) {
	if !strings.Contains(address, "://") {
		address = "http://" + address
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.RawQuery != "" {
		return nil, fmt.Errorf("the address of the management API is %q: give one such as %s", address, defaultControl)
	}
	if contract == "" {
		contract = "-"
	}
	return &controlClient{
		base: strings.TrimSuffix(u.String(), "/"), token: token, name: contract,
		http: &http.Client{
			Transport: &http.Transport{ResponseHeaderTimeout: controlPatience}, // no proxy: a stand-in is near
			// The token goes to nobody else.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil
}

// of is the client for the paths of one contract.
func (k *controlClient) of(contract string) *controlClient {
	one := *k
	one.prefix = "/contracts/" + url.PathEscape(contract)
	return &one
}

// one is the client for the paths of the contract that the user meant.
func (k *controlClient) one() *controlClient { return k.of(k.name) }

// open sends a request and gives a good answer, whose body the caller closes.
func (k *controlClient) open(ctx context.Context, method, path string, params controlParams, body []byte) (*http.Response, error) {
	media := ""
	if body != nil {
		media = "application/json"
	}
	return k.stream(ctx, method, path, params, media, bytes.NewReader(body))
}

// stream is open with a body of a media type, which is sent as it is read.
func (k *controlClient) stream(ctx context.Context, method, path string, params controlParams, media string, body io.Reader) (*http.Response, error) {
	values := url.Values{}
	for name, v := range params {
		if v != "" {
			values.Set(name, v)
		}
	}
	address := k.base + k.prefix + path
	if len(values) > 0 {
		address += "?" + values.Encode()
	}
	r, err := http.NewRequestWithContext(ctx, method, address, body)
	if err != nil {
		return nil, fmt.Errorf("ask the stand-in: %w", err)
	}
	if media != "" {
		r.Header.Set("Content-Type", media)
	}
	if k.sandbox != "" && k.prefix != "" {
		r.Header.Set(mock.SandboxHeader, k.sandbox)
	}
	if k.token != "" {
		r.Header.Set("Authorization", "Bearer "+k.token)
	}
	response, err := k.http.Do(r)
	if err != nil {
		return nil, k.unreachable(err)
	}
	if response.StatusCode < 300 {
		return response, nil
	}
	defer response.Body.Close()
	return nil, k.refused(response)
}

func (k *controlClient) unreachable(err error) error {
	if errors.Is(err, syscall.ECONNREFUSED) {
		return fmt.Errorf("nothing listens at %s. Start a stand-in: understudy serve CONTRACT\n"+
			"It prints the address of its management API; give that one with --url, or --ready-file FILE", k.base)
	}
	return fmt.Errorf("ask the stand-in at %s: %w", k.base, err)
}

// refused reads the problem that the API answers with.
func (k *controlClient) refused(response *http.Response) error {
	var p control.Problem
	err := json.NewDecoder(io.LimitReader(response.Body, 1<<20)).Decode(&p)
	if err != nil || p.Code == "" {
		return fmt.Errorf("what answers at %s is no management API of a stand-in (status %d); serve prints the address when it starts", k.base, response.StatusCode)
	}
	text := oneLine(p.Detail)
	if response.StatusCode == http.StatusUnauthorized {
		text += "\nGive it with --token, UNDERSTUDY_CONTROL_TOKEN or --ready-file FILE"
	}
	if p.Code == "contract_ambiguous" {
		text += " Use --contract NAME"
	}
	if p.Code == "request_does_not_fit" { // the text says it all
		return errors.New(text)
	}
	for _, v := range p.Violations {
		text += fmt.Sprintf("\n  %s: wanted %s, got %s", oneLine(v.In+" "+v.Pointer), oneLine(v.Want), oneLine(v.Got))
	}
	return errors.New(text)
}

// raw sends a request and gives the answer's body.
func (k *controlClient) raw(ctx context.Context, method, path string, params controlParams, body []byte) ([]byte, error) {
	response, err := k.open(ctx, method, path, params, body)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, fmt.Errorf("read the stand-in's answer: %w", err)
	}
	return data, nil
}

// send sends a request and reads the answer into a value, unless that is nil.
func (k *controlClient) send(ctx context.Context, method, path string, params controlParams, body []byte, into any) error {
	data, err := k.raw(ctx, method, path, params, body)
	if err != nil || into == nil {
		return err
	}
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("what answers at %s is no management API of a stand-in: %w", k.base, err)
	}
	return nil
}

func (k *controlClient) get(ctx context.Context, path string, params controlParams, into any) error {
	return k.send(ctx, http.MethodGet, path, params, nil, into)
}
