package identity

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"understudy/mock/credential"
	"understudy/mock/store"
)

// serveToken is the token endpoint (RFC 6749, 3.2).
func (p *Provider) serveToken(w http.ResponseWriter, r *http.Request) {
	t, err := p.answer(r)
	if err != nil {
		p.writeError(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, t)
}

func (p *Provider) answer(r *http.Request) (tokens, error) {
	form, err := readForm(r)
	if err != nil {
		return tokens{}, err
	}
	grant := form.Get("grant_type")
	run, err := p.carrier(grant)
	if err != nil {
		return tokens{}, err
	}
	client, err := p.client(r, form)
	if err != nil {
		return tokens{}, err
	}
	if err := mayUse(client, grant); err != nil {
		return tokens{}, err
	}
	resource, err := target(form)
	if err != nil {
		return tokens{}, err
	}
	bound, err := p.proof(r, "")
	if err != nil {
		return tokens{}, err
	}
	return run(r.Context(), &tokenRequest{form: form, client: client, bound: bound, issuer: p.issuer(r), now: p.clock.Now(), resource: resource})
}

// carrier gives what carries a grant out.
func (p *Provider) carrier(name string) (func(context.Context, *tokenRequest) (tokens, error), error) {
	if name == "" {
		return nil, newError(codeInvalidRequest, "grant_type is missing")
	}
	if name == "urn:ietf:params:oauth:grant-type:jwt-bearer" {
		return nil, newError(codeUnsupportedGrant, "the JWT bearer grant (RFC 7523) is not simulated; use client_credentials with private_key_jwt")
	}
	if slices.Contains(p.settings.grants, name) {
		switch name {
		case grantCode:
			return p.codeGrant, nil
		case grantRefresh:
			return p.refreshGrant, nil
		case grantClient:
			return p.clientGrant, nil
		case grantPassword:
			return p.passwordGrant, nil
		case grantDevice:
			return p.deviceGrant, nil
		case grantExchange:
			return p.exchangeGrant, nil
		}
	}
	return nil, newError(codeUnsupportedGrant, "the grant is not offered; see grant_types_supported in the discovery document")
}

// clientGrant gives a client a token of its own (RFC 6749, 4.4): no refresh token, and for confidential clients only.
func (p *Provider) clientGrant(ctx context.Context, q *tokenRequest) (tokens, error) {
	if q.client.Public {
		return tokens{}, newError(codeUnauthorizedClient, "a public client cannot have tokens of its own")
	}
	scopes, err := p.grantable(q.client, "clientCredentials", words(q.form.Get("scope")))
	if err != nil {
		return tokens{}, err
	}
	a := authorization{Client: q.client.ID, Scopes: scopes, Issuer: q.issuer, Resource: q.resource}
	return p.change(ctx, q.now, func(tx store.Tx) (t tokens, refused, err error) {
		w := wants{Access: true, ID: p.settings.is(flavourAuthentik), Bound: q.bound, Flow: "clientCredentials"}
		t, err = p.issueIn(tx, a, scopes, recipient{q.client, nil, q.now}, w)
		return t, nil, err
	})
}

// passwordGrant gives tokens for a user's name and password (RFC 6749, 4.3), which OAuth 2.1 has no more: it is there only where a
// document declares it.
func (p *Provider) passwordGrant(ctx context.Context, q *tokenRequest) (tokens, error) {
	name, password := q.form.Get("username"), q.form.Get("password")
	if name == "" || password == "" {
		return tokens{}, newError(codeInvalidRequest, "username and password must be sent")
	}
	scopes, err := p.grantable(q.client, "password", words(q.form.Get("scope")))
	if err != nil {
		return tokens{}, err
	}
	user, err := p.registry.CheckPassword(ctx, name, password)
	if errors.Is(err, credential.ErrNotFound) {
		return tokens{}, newError(codeInvalidGrant, "the name or the password is wrong")
	}
	if err != nil {
		return tokens{}, err
	}
	a := authorization{
		Client: q.client.ID, User: user.ID, Scopes: scopes, AuthTime: q.now, Issuer: q.issuer, Resource: q.resource,
	}
	return p.change(ctx, q.now, func(tx store.Tx) (t tokens, refused, err error) {
		w := wants{Access: true, ID: true, Refresh: q.refreshable(), Bound: q.bound, Flow: "password"}
		t, err = p.issueIn(tx, a, scopes, recipient{q.client, user, q.now}, w)
		return t, nil, err
	})
}
