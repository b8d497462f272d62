package identity

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"understudy/mock/credential"
	"understudy/mock/store"
)

// knownClaims are the claims of a token that introspection shows (RFC 7662, 2.2; RFC 9449, 6.2).
var knownClaims = []string{"iss", "sub", "aud", "exp", "iat", "nbf", "jti", "cnf"}

// serveIntrospect is the introspection endpoint (RFC 7662, 2). All that is wrong with a token looks alike: it is not active.
func (p *Provider) serveIntrospect(w http.ResponseWriter, r *http.Request) {
	_, form, err := p.confidential(r)
	var refused *oauthError
	if errors.As(err, &refused) && p.settings.is(flavourAuthentik) {
		writeJSON(w, http.StatusOK, inactive)
		return
	}
	if err == nil && !form.Has("token") {
		err = newError(codeInvalidRequest, "token is missing")
	}
	var body any
	if err == nil {
		body, err = p.introspect(r, form.Get("token"))
	}
	if err != nil {
		p.writeError(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, body)
}

var inactive = map[string]any{"active": false}

// confidential reads the form of a caller that must be a client with credentials of its own (RFC 7662, 2.1).
func (p *Provider) confidential(r *http.Request) (*credential.Client, url.Values, error) {
	form, err := readForm(r)
	if err != nil {
		return nil, nil, err
	}
	client, err := p.client(r, form)
	if err == nil && client.Public {
		err = errClient
	}
	return client, form, err
}

func (p *Provider) introspect(r *http.Request, text string) (map[string]any, error) {
	c, err := p.look(r.Context(), text)
	if errors.Is(err, credential.ErrNotFound) {
		return inactive, nil
	}
	if err != nil {
		return nil, err
	}
	if c.Client == "" || p.registry.Alive(&c, p.clock.Now()) != nil {
		return inactive, nil // what clients were not issued is not the provider's
	}
	body := map[string]any{"active": true, "client_id": c.Client, "sub": p.subject(c.User, c.Client), "iss": p.issuer(r), "iat": c.CreatedAt.Unix()}
	if len(c.Scopes) > 0 {
		body["scope"] = strings.Join(c.Scopes, " ")
	}
	if !c.ExpiresAt.IsZero() {
		body["exp"] = c.ExpiresAt.Unix()
	}
	if c.Bound != "" {
		body["cnf"] = map[string]any{"jkt": c.Bound}
	}
	if c.Kind != credential.Refresh {
		body["token_type"] = "Bearer"
		if c.Bound != "" {
			body["token_type"] = "DPoP"
		}
	}
	for name, value := range c.Claims {
		if slices.Contains(knownClaims, name) {
			body[name] = value
		}
	}
	if user, err := p.user(r.Context(), c.User); err == nil && user != nil {
		body["username"] = user.Email
	}
	return body, nil
}

// serveRevoke is the revocation endpoint (RFC 7009, 2). An unknown token is no error: it is not good, which is what was
// wanted. With a refresh token goes everything that came of the same authorization.
func (p *Provider) serveRevoke(w http.ResponseWriter, r *http.Request) {
	form, err := readForm(r)
	var client *credential.Client
	if err == nil {
		client, err = p.client(r, form)
	}
	if err == nil && !form.Has("token") {
		err = newError(codeInvalidRequest, "token is missing")
	}
	if err == nil {
		err = p.revoke(r.Context(), client.ID, form.Get("token"))
	}
	var refused *oauthError
	switch {
	case errors.As(err, &refused) && refused.Code == codeInvalidClient && p.settings.is(flavourAuthentik):
		w.Header().Set("WWW-Authenticate", clientChallenge)
		writeJSON(w, http.StatusUnauthorized, struct{}{})
	case err != nil:
		p.writeError(w, r, err)
	case p.settings.is(flavourAuthentik):
		writeJSON(w, http.StatusOK, struct{}{})
	default:
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(http.StatusOK)
	}
}

func (p *Provider) revoke(ctx context.Context, client, text string) error {
	now := p.clock.Now()
	return p.store.Update(ctx, func(tx store.Tx) error {
		c, err := p.token(tx, text)
		switch {
		case errors.Is(err, credential.ErrNotFound):
			return nil
		case err != nil:
			return err
		case c.Client != client:
			return newError(codeInvalidGrant, "the token was not issued to this client")
		case c.Kind == credential.Refresh:
			return p.revokeFamily(tx, c.Family, now)
		case ended(&c):
			return nil
		}
		c.State, c.EndedAt = credential.Revoked, now
		return p.putToken(tx, text, c)
	})
}
