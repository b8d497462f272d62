package identity

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"understudy/mock/credential"
)

// The ways in which clients say who they are (OpenID Connect Core 1.0, 9).
const (
	methodBasic = "client_secret_basic"
	methodPost  = "client_secret_post"
	methodJWT   = "private_key_jwt"
	methodNone  = "none"
)

// assertionType is the one type of client assertions (RFC 7523, 2.2).
const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// errClient says no more than that the client is not believed: which of id and secret was wrong is nobody's business.
var errClient = newError(codeInvalidClient, "the client is unknown, or its credentials are wrong or missing")

// client finds out which client sends a form, and that it is that client (RFC 6749, 2.3). It fails with *oauthError.
func (p *Provider) client(r *http.Request, form url.Values) (*credential.Client, error) {
	method, err := clientMethod(r, form)
	if err != nil {
		return nil, err
	}
	ctx := r.Context()
	switch method {
	case methodBasic:
		id, secret, ok := basicParts(r)
		if !ok || form.Has("client_id") && form.Get("client_id") != id {
			return nil, errClient
		}
		return p.secretClient(ctx, id, secret)
	case methodPost:
		return p.secretClient(ctx, form.Get("client_id"), form.Get("client_secret"))
	case methodJWT:
		return p.assertedClient(r, form)
	}
	id := form.Get("client_id")
	if id == "" {
		return nil, errClient
	}
	c, err := p.knownClient(ctx, id)
	if err != nil {
		return nil, err
	}
	if !c.Public {
		return nil, errClient
	}
	return c, nil
}

// clientMethod says how a client shows who it is. Two ways at once are refused (RFC 6749, 2.3).
func clientMethod(r *http.Request, form url.Values) (string, error) {
	var methods []string
	switch lines := r.Header.Values("Authorization"); {
	case len(lines) > 1:
		return "", newError(codeInvalidRequest, "send one Authorization header")
	case len(lines) == 1:
		scheme, _, _ := strings.Cut(lines[0], " ")
		if !strings.EqualFold(scheme, "Basic") {
			return "", errClient
		}
		methods = append(methods, methodBasic)
	}
	if form.Has("client_secret") {
		methods = append(methods, methodPost)
	}
	if form.Has("client_assertion") || form.Has("client_assertion_type") {
		methods = append(methods, methodJWT)
	}
	switch len(methods) {
	case 0:
		return methodNone, nil
	case 1:
		return methods[0], nil
	}
	return "", newError(codeInvalidRequest, "the client authenticates in two ways at once; send one")
}

// basicParts reads id and secret of HTTP Basic; both are form-encoded first (RFC 6749, 2.3.1).
func basicParts(r *http.Request) (id, secret string, ok bool) {
	_, encoded, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	text, err := base64.StdEncoding.DecodeString(strings.Trim(encoded, " "))
	if err != nil {
		return "", "", false
	}
	first, second, ok := strings.Cut(string(text), ":")
	if !ok {
		return "", "", false
	}
	id, err = url.QueryUnescape(first)
	secret, err2 := url.QueryUnescape(second)
	return id, secret, err == nil && err2 == nil
}

// secretClient gives the confidential client whose secret this is. A public client has none that it could keep, and one
// that sends a secret is set up wrongly.
func (p *Provider) secretClient(ctx context.Context, id, secret string) (*credential.Client, error) {
	if id == "" || secret == "" {
		return nil, errClient
	}
	c, ok := p.registry.CheckClientSecret(ctx, id, secret)
	if !ok || c.Public {
		return nil, errClient
	}
	return c, nil
}

// knownClient gives a client by its id; it fails with errClient when there is none.
func (p *Provider) knownClient(ctx context.Context, id string) (*credential.Client, error) {
	c, err := p.registry.Client(ctx, id)
	if errors.Is(err, credential.ErrNotFound) {
		return nil, errClient
	}
	return c, err
}

// mayUse refuses a grant that is not the client's (RFC 6749, 5.2).
func mayUse(c *credential.Client, grant string) error {
	if len(c.Grants) > 0 && !slices.Contains(c.Grants, grant) {
		return newError(codeUnauthorizedClient, "the client may not use this grant")
	}
	return nil
}
