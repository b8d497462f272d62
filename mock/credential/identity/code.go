package identity

import (
	"context"
	"crypto/subtle"
	"errors"
	"net/url"
	"slices"
	"time"

	"understudy/mock/credential"
	"understudy/mock/credential/jose"
	"understudy/mock/store"
)

// remembered is how long codes and tokens that are used up or have run out are kept, so that they are known when they come
// again.
const remembered = 7 * 24 * time.Hour

// A codeRecord is an authorization code without its text.
type codeRecord struct {
	Authorization authorization `json:"authorization"`
	ExpiresAt     time.Time     `json:"expires_at"` // good before it
	UsedAt        time.Time     `json:"used_at,omitzero"`
}

// newCode makes an authorization code for what a user has agreed to (RFC 6749, 4.1.2). It is good once.
func (p *Provider) newCode(ctx context.Context, a authorization) (code string, err error) {
	now := p.clock.Now()
	err = p.store.Update(ctx, func(tx store.Tx) error {
		if err := p.sweep(tx, now); err != nil {
			return err
		}
		a := a
		if a.Family, err = p.family(tx, a.Family); err != nil {
			return err
		}
		if code, err = p.registry.Text(tx, "authorization code", p.codeFormat()); err != nil {
			return err
		}
		record := codeRecord{Authorization: a, ExpiresAt: now.Add(p.settings.code)}
		return p.keep(tx, p.key(codeDrawer, code), record, record.ExpiresAt.Add(remembered))
	})
	return code, err
}

func (p *Provider) codeFormat() string {
	switch p.settings.flavour {
	case flavourAuthentik:
		return "^[0-9a-f]{32}$"
	case flavourGoogle:
		return "^4/0[A-Za-z0-9_-]{60}$"
	}
	return "^[A-Za-z0-9_-]{43}$"
}

// family gives the id that all tokens of one authorization have in common; it is made up when there is none yet.
func (p *Provider) family(tx store.Tx, known string) (string, error) {
	if known != "" {
		return known, nil
	}
	return p.registry.Text(tx, "grant", "^grant_[a-z0-9]{16}$")
}

// A redemption is what a client shows with a code.
type redemption struct {
	client, code, redirect, verifier string
	bound                            string   // thumbprint of the key of a DPoP proof
	redirects                        []string // that the client has
}

var errCode = newError(codeInvalidGrant, "the code is unknown, was used or has expired")

// takeCode uses a code up. It fails with *oauthError; when the code was used before, refused is that error and everything
// that came of the code is revoked (RFC 6749, 4.1.2), which the transaction must keep.
func (p *Provider) takeCode(tx store.Tx, q redemption, now time.Time) (a authorization, refused error, err error) {
	var record codeRecord
	key := p.key(codeDrawer, q.code)
	switch err := recall(tx, key, &record); {
	case errors.Is(err, errNoRecord):
		return a, errCode, nil
	case err != nil:
		return a, nil, err
	}
	a = record.Authorization
	if err := checkRedemption(&a, q); err != nil {
		return a, err, nil
	}
	switch {
	case !record.UsedAt.IsZero():
		return a, errCode, p.revokeFamily(tx, a.Family, now)
	case !now.Before(record.ExpiresAt):
		return a, errCode, nil
	}
	record.UsedAt = now
	return a, nil, p.keep(tx, key, record, record.ExpiresAt.Add(remembered))
}

// checkRedemption holds what a client shows against what the code was given for.
func checkRedemption(a *authorization, q redemption) error {
	switch {
	case a.Client != q.client:
		return errCode
	case !sameRedirect(a, q):
		return newError(codeInvalidGrant, "redirect_uri is not the one that the code was sent to")
	case a.Bound != "" && a.Bound != q.bound:
		return newError(codeInvalidGrant, "the code is bound to the key of another DPoP proof")
	}
	return checkVerifier(a, q.verifier)
}

// sameRedirect says whether redirect_uri is as it was in the authorization request (RFC 6749, 4.1.3). OAuth 2.1 does not send it here
// any more and relies on PKCE; some libraries send it always, also where it was left out before.
func sameRedirect(a *authorization, q redemption) bool {
	switch {
	case q.redirect == a.Redirect:
		return true
	case q.redirect == "":
		return a.Challenge != ""
	}
	return a.Redirect == "" && slices.Contains(q.redirects, q.redirect)
}

// checkVerifier holds a code_verifier against the challenge (RFC 7636, 4.6). One that comes although no challenge was sent shows
// that somebody took the challenge away on the way (OAuth 2.1, 7.5).
func checkVerifier(a *authorization, verifier string) error {
	if a.Challenge == "" {
		if verifier != "" {
			return newError(codeInvalidRequest, "code_verifier was sent, but the authorization request had no code_challenge")
		}
		return nil
	}
	if verifier == "" {
		return newError(codeInvalidGrant, "code_verifier is missing")
	}
	if jose.CheckVerifier(verifier) != nil {
		return newError(codeInvalidGrant, "code_verifier must have 43 to 128 characters of A-Z a-z 0-9 - . _ ~")
	}
	answer := verifier
	if a.Method == "S256" {
		answer = jose.Challenge(verifier)
	}
	if subtle.ConstantTimeCompare([]byte(answer), []byte(a.Challenge)) != 1 {
		return newError(codeInvalidGrant, "code_verifier does not match the code_challenge")
	}
	return nil
}

// authorizationOf looks at what a code was given for, without using it up.
func (p *Provider) authorizationOf(ctx context.Context, code string) (a authorization, err error) {
	err = p.store.View(ctx, func(tx store.Tx) error {
		var record codeRecord
		err := recall(tx, p.key(codeDrawer, code), &record)
		a = record.Authorization
		if errors.Is(err, errNoRecord) {
			return errCode
		}
		return err
	})
	return a, err
}

// codeGrant turns a code into tokens (RFC 6749, 4.1.3).
func (p *Provider) codeGrant(ctx context.Context, q *tokenRequest) (tokens, error) {
	code := q.form.Get("code")
	if code == "" {
		return tokens{}, newError(codeInvalidRequest, "code is missing")
	}
	before, err := p.authorizationOf(ctx, code)
	if err != nil {
		return tokens{}, err
	}
	user, err := p.user(ctx, before.User)
	if err != nil {
		return tokens{}, err
	}
	shown := redemption{q.client.ID, code, q.form.Get("redirect_uri"), q.form.Get("code_verifier"), q.bound, q.client.Redirects}
	return p.change(ctx, q.now, func(tx store.Tx) (t tokens, refused, err error) {
		a, refused, err := p.takeCode(tx, shown, q.now)
		if refused != nil || err != nil {
			return t, refused, err
		}
		w := wants{Access: true, ID: true, Refresh: q.refreshable(), Bound: q.bound, Flow: "authorizationCode"}
		t, err = p.issueIn(tx, a, a.Scopes, recipient{q.client, user, q.now}, w)
		return t, nil, err
	})
}

// change runs f in a transaction of the store. A refusal is an answer and not a failure: what f changed stays.
func (p *Provider) change(ctx context.Context, now time.Time, f func(store.Tx) (t tokens, refused, err error)) (tokens, error) {
	var done tokens
	var refused error
	err := p.store.Update(ctx, func(tx store.Tx) (err error) {
		if err = p.sweep(tx, now); err != nil {
			return err
		}
		done, refused, err = f(tx)
		return err
	})
	if err = errors.Join(err, refused); err != nil {
		return tokens{}, err
	}
	return done, nil
}

// Redeem uses a code up for a stand-in that is the client itself, as after a social login, and gives the user who
// agreed. It fails as the token endpoint would.
func (p *Provider) Redeem(ctx context.Context, clientID, code, redirect, verifier string) (user string, err error) {
	now := p.clock.Now()
	_, err = p.change(ctx, now, func(tx store.Tx) (tokens, error, error) {
		a, refused, err := p.takeCode(tx, redemption{client: clientID, code: code, redirect: redirect, verifier: verifier}, now)
		user = a.User
		return tokens{}, refused, err
	})
	if err != nil {
		return "", err
	}
	return user, nil
}

// user gives the user of an id; nil for the empty one. A user who is gone has no tokens any more.
func (p *Provider) user(ctx context.Context, id string) (*credential.User, error) {
	if id == "" {
		return nil, nil
	}
	u, err := p.registry.User(ctx, id)
	if errors.Is(err, credential.ErrNotFound) {
		return nil, newError(codeInvalidGrant, "the user does not exist any more")
	}
	return u, err
}

// A tokenRequest is one request at the token endpoint of a client that is believed.
type tokenRequest struct {
	form   url.Values
	client *credential.Client
	bound  string // thumbprint of the key of a DPoP proof; empty: none came
	issuer string
	now    time.Time
	// resource is what the tokens are meant for; empty: nothing in particular.
	resource string
}

// refreshable says whether the client could use a refresh token.
func (q *tokenRequest) refreshable() bool { return mayUse(q.client, grantRefresh) == nil }
