package identity

import (
	"context"
	"errors"

	"understudy/mock/credential"
	"understudy/mock/store"
)

// The token types of RFC 8693, 3, that are understood.
const (
	typeAccess = "urn:ietf:params:oauth:token-type:access_token"
	typeJWT    = "urn:ietf:params:oauth:token-type:jwt"
)

var errSubjectToken = newError(codeInvalidRequest, "subject_token is unknown or not good any more")

// exchangeGrant gives a service a token for the user of a token that was sent to it (RFC 8693, 2): for the same user, for
// another audience, with the same scopes or fewer. Impersonation only: an actor_token is refused.
func (p *Provider) exchangeGrant(ctx context.Context, q *tokenRequest) (tokens, error) {
	text, given, wanted := q.form.Get("subject_token"), q.form.Get("subject_token_type"), q.form.Get("requested_token_type")
	isAccess := func(name string) bool { return name == typeAccess || name == typeJWT }
	switch {
	case q.client.Public:
		return tokens{}, newError(codeUnauthorizedClient, "a public client cannot exchange tokens")
	case text == "" || given == "":
		return tokens{}, newError(codeInvalidRequest, "subject_token and subject_token_type must be sent")
	case !isAccess(given) || wanted != "" && !isAccess(wanted):
		return tokens{}, newError(codeInvalidRequest, "access tokens can be exchanged for access tokens only")
	case q.form.Has("actor_token"):
		return tokens{}, newError(codeInvalidRequest, "delegation (actor_token) is not simulated")
	}
	subject, err := p.look(ctx, text)
	if errors.Is(err, credential.ErrNotFound) {
		err = errSubjectToken
	}
	if err != nil {
		return tokens{}, err
	}
	if subject.Client == "" || subject.Kind != credential.JWT && subject.Kind != credential.Opaque || p.registry.Alive(&subject, q.now) != nil {
		return tokens{}, errSubjectToken
	}
	scopes, err := narrowed(subject.Scopes, words(q.form.Get("scope")))
	if err != nil {
		return tokens{}, err
	}
	user, err := p.user(ctx, subject.User)
	if err != nil {
		return tokens{}, err
	}
	a := authorization{Client: q.client.ID, User: subject.User, Scopes: scopes, Issuer: q.issuer, Family: subject.Family, Resource: q.resource}
	setEmpty(&a.Resource, q.form.Get("audience"))
	t, err := p.change(ctx, q.now, func(tx store.Tx) (t tokens, refused, err error) {
		t, err = p.issueIn(tx, a, scopes, recipient{q.client, user, q.now}, wants{Access: true, Bound: q.bound})
		return t, nil, err
	})
	t.IssuedTokenType = typeAccess
	if wanted != "" {
		t.IssuedTokenType = wanted
	}
	return t, err
}
