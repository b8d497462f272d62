package identity

import (
	"context"
	"net/http"
	"net/url"
	"strings"
)

// serveAuthorize is the authorization endpoint (RFC 6749, 3.1; OpenID Connect Core 1.0, 3.1.2): a client sends the user's
// browser here, and the answer goes back by redirect. The forms of its own page come here too.
//
// A POST from a page of another site brings no cookies, since they are SameSite=Lax: such users sign in again.
func (p *Provider) serveAuthorize(w http.ResponseWriter, r *http.Request) {
	v, ok := p.pageForm(w, r)
	if !ok {
		return
	}
	if r.Method == http.MethodPost && v.Has("transaction") {
		p.decideAuthorize(w, r, v)
		return
	}
	v, ok = p.withPushed(w, r, v)
	if !ok {
		return
	}
	q, ok := p.authorizeRequest(w, r, v)
	if !ok {
		return
	}
	var err error
	if p.options.AutoApprove {
		err = p.approveUnseen(w, r, q)
	} else {
		err = p.proceed(w, r, q, v)
	}
	if err != nil {
		p.refuse(w, r, q.to, p.refusal(err))
	}
}

// authorizeRequest reads a request and answers what is wrong with it; ok is false then.
func (p *Provider) authorizeRequest(w http.ResponseWriter, r *http.Request, v url.Values) (q *authorizeRequest, ok bool) {
	to, problem, err := p.addressee(r.Context(), v, p.issuer(r))
	if err != nil {
		p.internalProblem(w, "looking for the application", err)
		return nil, false
	}
	if problem != nil {
		p.showProblem(w, problem)
		return nil, false
	}
	q, refused := p.readAuthorize(v, to)
	if refused != nil {
		p.refuse(w, r, to, refused)
		return nil, false
	}
	return q, true
}

// withPushed puts the parameters of a pushed request in the place of its URI (RFC 9126, 4); those that came beside it
// count for nothing. It answers where that cannot be done; ok is false then.
func (p *Provider) withPushed(w http.ResponseWriter, r *http.Request, v url.Values) (_ url.Values, ok bool) {
	uri := v.Get("request_uri")
	if len(v["request_uri"]) != 1 || !strings.HasPrefix(uri, requestURIPrefix) {
		return v, true
	}
	c, problem, err := p.asker(r.Context(), v)
	if err != nil {
		p.internalProblem(w, "looking for the application", err)
		return nil, false
	}
	if problem != nil {
		p.showProblem(w, problem)
		return nil, false
	}
	pushed, err := p.pushed(r.Context(), c.ID, uri)
	if err == nil {
		return pushed, true
	}
	if refused := p.refusal(err); refused.Code == codeServerError {
		p.internalProblem(w, "looking for the pushed request", err)
		return nil, false
	}
	if to, problem, err := p.addressee(r.Context(), v, p.issuer(r)); problem == nil && err == nil && to.Named {
		p.refuse(w, r, to, newError(codeBadRequestURI, "the request_uri is unknown, used, over or another client's"))
		return nil, false
	}
	p.showProblem(w, &pageProblem{
		Code: codeBadRequestURI, Detail: "The request that the application sent ahead is unknown, was used already, is over, or is another application's.",
		Advice: "Go back to the application and sign in again.",
	})
	return nil, false
}

// approveUnseen answers without a page: login_hint's user agrees, or the first one, and with login_hint=deny nobody does.
func (p *Provider) approveUnseen(w http.ResponseWriter, r *http.Request, q *authorizeRequest) error {
	if q.Hint == "deny" {
		return newError(codeAccessDenied, "login_hint=deny: the user refused")
	}
	hint, err := p.expected(r.Context(), q)
	if err != nil {
		return err
	}
	u, err := p.automatic(r.Context(), hint)
	if err != nil {
		return err
	}
	if u == nil {
		return newError(codeServerError, "there is no user who could agree")
	}
	l, err := p.login(r)
	if err != nil {
		return err
	}
	if l != nil && (l.User != u.ID || q.asks("login") || p.tooOld(l, q)) {
		l = nil
	}
	return p.grant(w, r, q, l, u.ID, nil)
}

// expected is whom the client expects: the user of its login_hint, or the one of its ID token.
func (p *Provider) expected(ctx context.Context, q *authorizeRequest) (string, error) {
	if q.Hint != "" || q.Subject == "" {
		return q.Hint, nil
	}
	users, err := p.registry.Users(ctx)
	if err != nil {
		return "", err
	}
	for _, u := range users {
		if p.isSubject(&u, q.Subject) {
			return u.ID, nil
		}
	}
	return "", nil
}

// tooOld says whether a login is older than the client will have it (OpenID Connect Core 1.0, 3.1.2.1, max_age).
func (p *Provider) tooOld(l *login, q *authorizeRequest) bool {
	return q.MaxAge >= 0 && (q.MaxAge == 0 || p.clock.Now().Sub(l.AuthTime) > q.MaxAge)
}

// proceed answers at once where the browser's login allows that, and shows the page where the user must say something.
func (p *Provider) proceed(w http.ResponseWriter, r *http.Request, q *authorizeRequest, v url.Values) error {
	l, err := p.login(r)
	if err != nil {
		return err
	}
	usable, err := p.usable(r.Context(), l, q)
	if err != nil {
		return err
	}
	if usable != nil {
		if q.asks("none") {
			return usable
		}
		l = nil
	}
	agreed := l != nil && l.agrees(q.to.Client.ID, q.Scopes)
	switch {
	case agreed && !q.asks("consent"):
		return p.grant(w, r, q, l, l.User, nil)
	case q.asks("none"):
		return newError(codeConsent, "the user has not allowed this application these scopes")
	}
	t := &transaction{Purpose: purposeAuthorize, Values: v}
	if l != nil {
		t.Login = l.ID
	}
	if err := p.begin(w, r, t); err != nil {
		return err
	}
	return p.showLogin(w, r, q, t, l, "")
}

// usable says why a login will not do for a request; nil: it does (OpenID Connect Core 1.0, 3.1.2.3 and 3.1.2.6).
func (p *Provider) usable(ctx context.Context, l *login, q *authorizeRequest) (*oauthError, error) {
	switch {
	case l == nil:
		return newError(codeLogin, "nobody is signed in"), nil
	case q.asks("login") || p.tooOld(l, q):
		return newError(codeLogin, "the user must sign in again"), nil
	case q.asks("select_account"):
		return newError(codeInteraction, "the user is to choose an account"), nil
	}
	u, err := p.registry.User(ctx, l.User)
	if err != nil {
		return nil, err
	}
	if q.Subject != "" && !p.isSubject(u, q.Subject) {
		return newError(codeLogin, "another user than that of id_token_hint is signed in"), nil
	}
	if q.Hint != "" {
		if meant, err := p.userOf(ctx, q.Hint); err != nil {
			return nil, err
		} else if meant != nil && meant.ID != l.User {
			return newError(codeInteraction, "another user than that of login_hint is signed in"), nil
		}
	}
	return nil, nil
}
