package identity

import (
	"context"
	"errors"
	"slices"
	"time"

	"understudy/mock/credential"
	"understudy/mock/store"
)

var errRefresh = newError(codeInvalidGrant, "the refresh token is unknown, was used or revoked, or has expired")

// refreshGrant buys new tokens with a refresh token (RFC 6749, 6), which is good once: the new one takes its place. One that
// comes again has two holders, and since nobody can tell which of them is honest, everything that came of the
// authorization is revoked (RFC 9700, 4.14.2), unless the settings say reject. Transactions happen one after another, so
// that of several requests with one token the first one wins.
func (p *Provider) refreshGrant(ctx context.Context, q *tokenRequest) (tokens, error) {
	text := q.form.Get("refresh_token")
	if text == "" {
		return tokens{}, newError(codeInvalidRequest, "refresh_token is missing")
	}
	var user *credential.User
	before, err := p.look(ctx, text)
	if err == nil {
		user, err = p.user(ctx, before.User)
	}
	if errors.Is(err, credential.ErrNotFound) {
		err = errRefresh
	}
	if err != nil {
		return tokens{}, err
	}
	return p.change(ctx, q.now, func(tx store.Tx) (tokens, error, error) {
		return p.refresh(tx, q, text, user)
	})
}

// look gives the token with a text, whatever state it is in; it fails with credential.ErrNotFound.
func (p *Provider) look(ctx context.Context, text string) (c credential.Credential, err error) {
	err = p.store.View(ctx, func(tx store.Tx) error {
		c, err = p.token(tx, text)
		return err
	})
	return c, err
}

func (p *Provider) refresh(tx store.Tx, q *tokenRequest, text string, user *credential.User) (t tokens, refused, err error) {
	old, err := p.token(tx, text)
	if errors.Is(err, credential.ErrNotFound) || err == nil && (old.Kind != credential.Refresh || old.Client != q.client.ID) {
		return t, errRefresh, nil
	}
	if err != nil {
		return t, nil, err
	}
	var a authorization
	if err := recall(tx, p.key(grantDrawer, old.Family), &a); errors.Is(err, errNoRecord) {
		return t, errRefresh, nil // a refresh token of another making, as of the contract's own login
	} else if err != nil {
		return t, nil, err
	}
	if old.Bound != "" && old.Bound != q.bound {
		return t, newError(codeInvalidProof, "the refresh token is bound to a key: send a DPoP proof of that key"), nil
	}
	if old.State == credential.Used {
		return p.refreshAgain(tx, q, text, &old)
	}
	if ended(&old) || !old.ExpiresAt.IsZero() && !q.now.Before(old.ExpiresAt) {
		return t, errRefresh, nil
	}
	scopes, refused := p.refreshScopes(&a, words(q.form.Get("scope")))
	if refused != nil {
		return t, refused, nil
	}
	a.Issuer = q.issuer
	rotates := !p.settings.is(flavourGoogle) // Google's refresh tokens stay as they are
	w := wants{Access: true, ID: true, Refresh: rotates, Bound: q.bound, Flow: "authorizationCode"}
	if t, err = p.issueIn(tx, a, scopes, recipient{q.client, user, q.now}, w); err != nil || !rotates {
		return t, nil, err
	}
	return t, nil, p.replace(tx, q.now, text, old, t)
}

// refreshScopes gives the scopes of the new access token. Authentik wants offline_access among them.
func (p *Provider) refreshScopes(a *authorization, asked []string) ([]string, error) {
	scopes, err := narrowed(a.Scopes, asked)
	if err == nil && p.settings.is(flavourAuthentik) && !slices.Contains(scopes, scopeOffline) {
		err = newError(codeInvalidScope, "the scope offline_access is missing")
	}
	return scopes, err
}

// replace marks a refresh token as used up by its successor, and keeps the answer for the grace.
func (p *Provider) replace(tx store.Tx, now time.Time, text string, old credential.Credential, t tokens) error {
	next, err := p.token(tx, t.RefreshToken)
	if err != nil {
		return err
	}
	old.State, old.EndedAt, old.Successor = credential.Used, now, next.ID
	if err := p.putToken(tx, text, old); err != nil || p.settings.reuseGrace == 0 {
		return err
	}
	return p.keep(tx, p.key(answerDrawer, text), t, now.Add(p.settings.reuseGrace))
}

// refreshAgain answers a used refresh token that comes again: inside the grace with the same answer, as after one that was lost
// on its way, and then as the settings say.
func (p *Provider) refreshAgain(tx store.Tx, q *tokenRequest, text string, old *credential.Credential) (t tokens, refused, err error) {
	if q.now.Before(old.EndedAt.Add(p.settings.reuseGrace)) {
		if err := recall(tx, p.key(answerDrawer, text), &t); !errors.Is(err, errNoRecord) {
			return t, nil, err
		}
	}
	p.logger.Warn("a used refresh token came again", "contract", p.contract.Name, "credential", old.ID, "client", old.Client)
	p.registry.Note(credential.AuditEntry{
		At: q.now, Kind: "refresh", Credential: old.ID, Account: old.Account, User: old.User, Result: credential.CodeRefreshUsed,
	})
	if p.settings.reuse == "reject" {
		return tokens{}, errRefresh, nil
	}
	return tokens{}, errRefresh, p.revokeFamily(tx, old.Family, q.now)
}
