package identity

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"understudy/mock/credential"
)

// A tokenRefusal is why a bearer token is not taken (RFC 6750, 3.1; RFC 9449, 7.1).
type tokenRefusal struct {
	status      int
	code        string // empty: no token came
	description string
	scope       string // that would be enough
	dpop        bool   // the token is bound to a key
}

func (e *tokenRefusal) Error() string { return e.code + ": " + e.description }

// serveUserInfo tells about the user of an access token (OpenID Connect Core 1.0, 5.3).
func (p *Provider) serveUserInfo(w http.ResponseWriter, r *http.Request) {
	claims, err := p.userInfo(r)
	var refused *tokenRefusal
	var oauth *oauthError
	switch {
	case errors.As(err, &refused):
		p.refuseToken(w, refused)
	case errors.As(err, &oauth):
		refused = &tokenRefusal{status: http.StatusBadRequest, code: oauth.Code, description: oauth.Description}
		if oauth.Code == codeInvalidProof {
			refused.status, refused.dpop = http.StatusUnauthorized, true
		}
		p.refuseToken(w, refused)
	case err != nil:
		p.writeError(w, r, err)
	default:
		writeJSON(w, http.StatusOK, claims)
	}
}

func (p *Provider) userInfo(r *http.Request) (map[string]any, error) {
	scheme, text, err := shownToken(r)
	if err != nil {
		return nil, err
	}
	if text == "" {
		return nil, &tokenRefusal{status: http.StatusUnauthorized}
	}
	bad := &tokenRefusal{status: http.StatusUnauthorized, code: codeInvalidToken, description: "the access token is unknown, was revoked or has expired"}
	c, err := p.look(r.Context(), text)
	if errors.Is(err, credential.ErrNotFound) {
		return nil, bad
	}
	if err != nil {
		return nil, err
	}
	if c.Client == "" || c.Kind != credential.JWT && c.Kind != credential.Opaque || p.registry.Alive(&c, p.clock.Now()) != nil {
		return nil, bad
	}
	if err := p.checkBinding(r, scheme, text, &c); err != nil {
		return nil, err
	}
	if wanted := p.userInfoScopes(); c.User == "" || !slices.ContainsFunc(wanted, func(s string) bool { return slices.Contains(c.Scopes, s) }) {
		return nil, &tokenRefusal{
			status: http.StatusForbidden, code: codeInsufficientScope, scope: scopeOpenID,
			description: "the access token was issued without the scope openid, or for no user",
		}
	}
	user, err := p.user(r.Context(), c.User)
	if err != nil {
		return nil, bad
	}
	claims := p.profile(user, c.Scopes)
	claims["sub"] = p.subject(c.User, c.Client)
	return claims, nil
}

// userInfoScopes gives the scopes of which a token must have one. Google takes those of its older API too.
func (p *Provider) userInfoScopes() []string {
	if p.settings.is(flavourGoogle) {
		return []string{scopeOpenID, scopeProfile, scopeEmail, "https://www.googleapis.com/auth/userinfo.email", "https://www.googleapis.com/auth/userinfo.profile"}
	}
	return []string{scopeOpenID}
}

// shownToken gives the access token of a request, from Authorization or a form, never from the URL (RFC 6750, 2; OAuth
// 2.1, 5.1).
func shownToken(r *http.Request) (scheme, text string, err error) {
	scheme, text, err = bearer(r)
	if err != nil {
		return "", "", newError(codeInvalidRequest, "send one Authorization header")
	}
	var form url.Values
	if r.Method == http.MethodPost && strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		if form, err = readForm(r); err != nil {
			return "", "", err
		}
	}
	switch {
	case !form.Has("access_token"):
		return scheme, text, nil
	case text != "":
		return "", "", newError(codeInvalidRequest, "the access token comes twice, in Authorization and in the body")
	}
	return "Bearer", form.Get("access_token"), nil
}

// checkBinding wants a proof of the key that a token is bound to (RFC 9449, 7.1). A bound token is not good as a bearer
// token, and the other way round.
func (p *Provider) checkBinding(r *http.Request, scheme, text string, c *credential.Credential) error {
	if c.Bound == "" && scheme == "Bearer" {
		return nil
	}
	refused := &tokenRefusal{
		status: http.StatusUnauthorized, code: codeInvalidToken, dpop: true,
		description: "the access token and the way it is sent do not fit: a bound token needs the scheme DPoP and a proof",
	}
	if c.Bound == "" || scheme != "DPoP" {
		return refused
	}
	thumbprint, err := p.proof(r, text)
	if err != nil {
		return err
	}
	if thumbprint != c.Bound {
		return refused
	}
	return nil
}

// refuseToken answers with a challenge: without error where no token came (RFC 6750, 3.1). Authentik leaves the name of the
// scheme out.
func (p *Provider) refuseToken(w http.ResponseWriter, e *tokenRefusal) {
	scheme := "Bearer"
	if e.dpop {
		scheme = "DPoP"
	}
	parts := []string{`realm="userinfo"`}
	if p.settings.is(flavourAuthentik) {
		setEmpty(&e.code, codeInvalidToken)
		setEmpty(&e.description, "no access token was sent")
		parts = nil
	}
	if e.dpop {
		parts = append(parts, `algs="RS256 ES256 EdDSA"`)
	}
	if e.code != "" {
		parts = append(parts, `error="`+e.code+`"`, `error_description="`+e.description+`"`)
	}
	if e.scope != "" {
		parts = append(parts, `scope="`+e.scope+`"`)
	}
	challenge := strings.Join(parts, ", ")
	if !p.settings.is(flavourAuthentik) {
		challenge = scheme + " " + challenge
	}
	w.Header().Set("WWW-Authenticate", challenge)
	if e.code == "" {
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(e.status)
		return
	}
	writeJSON(w, e.status, errorBody{Error: e.code, Description: e.description})
}
