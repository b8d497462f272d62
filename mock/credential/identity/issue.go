package identity

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"understudy/mock/credential"
	"understudy/mock/credential/jose"
	"understudy/mock/store"
)

// A recipient is who gets tokens, and when.
type recipient struct {
	client *credential.Client
	user   *credential.User // nil: the client itself
	now    time.Time
}

// issue turns an authorization into tokens in a transaction of its own.
func (p *Provider) issue(ctx context.Context, a authorization, w wants) (tokens, error) {
	client, err := p.knownClient(ctx, a.Client)
	if err != nil {
		return tokens{}, err
	}
	user, err := p.user(ctx, a.User)
	if err != nil {
		return tokens{}, err
	}
	now := p.clock.Now()
	return p.change(ctx, now, func(tx store.Tx) (t tokens, refused, err error) {
		t, err = p.issueIn(tx, a, a.Scopes, recipient{client, user, now}, w)
		return t, nil, err
	})
}

// issueIn turns an authorization into tokens. Scopes are those of the access token; a refresh token keeps all of the
// authorization's (RFC 6749, 6).
func (p *Provider) issueIn(tx store.Tx, a authorization, scopes []string, who recipient, w wants) (t tokens, err error) {
	if a.Family, err = p.family(tx, a.Family); err != nil {
		return t, err
	}
	if w.Access {
		access, err := p.issueAccess(tx, a, scopes, who, w)
		if err != nil {
			return t, err
		}
		t.AccessToken, t.TokenType, t.Scope = access.Text, "Bearer", strings.Join(scopes, " ")
		if w.Bound != "" {
			t.TokenType = "DPoP"
		}
		if !access.ExpiresAt.IsZero() {
			t.ExpiresIn = int64(access.ExpiresAt.Sub(who.now) / time.Second)
		}
	}
	if w.Refresh && p.refreshes(a.Scopes) {
		refresh, err := p.issueRefresh(tx, a, who, w.Bound)
		if err != nil {
			return t, err
		}
		t.RefreshToken = refresh.Text
	}
	if w.ID && p.identifies(a, scopes) {
		t.IDToken, err = p.registry.SignIn(tx, idAlgorithm, "JWT", p.idClaims(a, scopes, who, w, t.AccessToken))
	}
	return t, err
}

// idAlgorithm signs ID tokens; every client has to know it (OpenID Connect Core 1.0, 15.1).
const idAlgorithm = string(jose.RS256)

// refreshes says whether an authorization comes with a refresh token.
func (p *Provider) refreshes(scopes []string) bool {
	return p.settings.refreshFor == "all" || slices.Contains(scopes, scopeOffline)
}

// identifies says whether an ID token is due: with the scope openid, for a user. Authentik gives one with every answer.
func (p *Provider) identifies(a authorization, scopes []string) bool {
	return p.settings.is(flavourAuthentik) || a.User != "" && slices.Contains(scopes, scopeOpenID)
}

func (p *Provider) issueAccess(tx store.Tx, a authorization, scopes []string, who recipient, w wants) (credential.Issued, error) {
	flow := w.Flow
	setEmpty(&flow, "authorizationCode")
	class := p.accessClass(flow, scopes)
	q := credential.TokenRequest{
		User: a.User, Client: a.Client, Scopes: append([]string{}, scopes...), Issuer: a.Issuer,
		Audience: a.Client, Family: a.Family, Bound: w.Bound, Name: who.client.Name,
	}
	setEmpty(&q.Audience, a.Client)
	if a.Resource != "" && !p.settings.is(flavourAuthentik) {
		q.Audience = a.Resource
	}
	if class == nil {
		return p.issueOwn(tx, credential.Opaque, q, p.settings.access, who.now)
	}
	q.Class = class.Name
	if _, changed := p.registry.Life(class); class.Lifetime == "" && !changed {
		q.Life = p.settings.access
	}
	if credential.Kind(class.Kind) == credential.JWT {
		var err error
		if q.Claims, err = p.accessClaims(tx, a, scopes, who); err != nil {
			return credential.Issued{}, err
		}
		if p.settings.is(flavourRFC) {
			q.Type = "at+jwt" // RFC 9068, 2.1
		}
	}
	return p.registry.IssueTokenIn(tx, q)
}

// accessClaims are what an access token says beside the registered claims that the registry adds: those of RFC 9068, 2.2,
// or Authentik's, which are an ID token's.
func (p *Provider) accessClaims(tx store.Tx, a authorization, scopes []string, who recipient) (map[string]any, error) {
	claims := map[string]any{"sub": p.subject(a.User, a.Client)}
	if !a.AuthTime.IsZero() {
		claims["auth_time"] = a.AuthTime.Unix()
	}
	if !p.settings.is(flavourAuthentik) {
		claims["client_id"] = a.Client
		if len(scopes) > 0 {
			claims["scope"] = strings.Join(scopes, " ")
		}
		return claims, nil
	}
	p.authentikClaims(claims, a)
	for name, value := range p.profile(who.user, scopes) {
		claims[name] = value
	}
	uid, err := p.registry.Text(tx, "uid", "^[A-Za-z0-9]{40}$")
	claims["uid"] = uid
	return claims, err
}

// authentikClaims adds what Authentik says in both kinds of tokens.
func (p *Provider) authentikClaims(claims map[string]any, a authorization) {
	claims["azp"] = a.Client
	claims["acr"] = "goauthentik.io/providers/oauth2/default"
	if a.User != "" {
		claims["amr"] = []string{"pwd"}
	}
	if a.Nonce != "" {
		claims["nonce"] = a.Nonce
	}
	if a.Session != "" {
		claims["sid"] = sessionName(a.Session)
	}
}

func (p *Provider) issueRefresh(tx store.Tx, a authorization, who recipient, bound string) (credential.Issued, error) {
	if !who.client.Public {
		bound = "" // a confidential client's is bound to the client already (RFC 9449, 5)
	}
	q := credential.TokenRequest{
		User: a.User, Client: a.Client, Scopes: append([]string{}, a.Scopes...), Family: a.Family, Bound: bound, Name: who.client.Name,
		Life: p.settings.refresh,
	}
	issued, err := credential.Issued{}, error(nil)
	if class := p.refreshClass(); class != nil {
		q.Class = class.Name
		if _, changed := p.registry.Life(class); class.Lifetime != "" || changed {
			q.Life = 0
		}
		issued, err = p.registry.IssueTokenIn(tx, q)
	} else {
		issued, err = p.issueOwn(tx, credential.Refresh, q, q.Life, who.now)
	}
	if err != nil {
		return issued, err
	}
	end := issued.ExpiresAt
	if end.IsZero() {
		end = who.now.AddDate(100, 0, 0)
	}
	return issued, p.keep(tx, p.key(grantDrawer, a.Family), a, end.Add(remembered))
}

// idClaims are what an ID token says (OpenID Connect Core 1.0, 2 and 3.1.3.6).
func (p *Provider) idClaims(a authorization, scopes []string, who recipient, w wants, access string) map[string]any {
	claims := p.profile(who.user, scopes)
	claims["iss"], claims["sub"], claims["aud"], claims["azp"] = a.Issuer, p.subject(a.User, a.Client), a.Client, a.Client
	claims["iat"], claims["exp"] = who.now.Unix(), who.now.Add(p.idLife()).Unix()
	if !a.AuthTime.IsZero() {
		claims["auth_time"] = a.AuthTime.Unix()
	}
	if a.Nonce != "" {
		claims["nonce"] = a.Nonce
	}
	if a.Session != "" {
		claims["sid"] = sessionName(a.Session)
	}
	if access != "" {
		claims["at_hash"] = jose.LeftHalfHash(jose.RS256, access)
	}
	if w.Code != "" {
		claims["c_hash"] = jose.LeftHalfHash(jose.RS256, w.Code)
	}
	if p.settings.is(flavourAuthentik) {
		p.authentikClaims(claims, a)
	}
	return claims
}

// idLife is how long an ID token is good: as long as the settings say of access tokens.
func (p *Provider) idLife() time.Duration { return p.settings.access }

// sessionName is how tokens speak of a browser's session: its id is as good as the cookie and must not leave.
func sessionName(id string) string {
	sum := sha256.Sum256([]byte("sid\x00" + id))
	return hex.EncodeToString(sum[:16])
}
