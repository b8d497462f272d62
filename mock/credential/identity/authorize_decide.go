package identity

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"understudy/mock/credential"
	"understudy/mock/store"
)

// decideAuthorize takes what the user said on the page. Everything is held against the rules once more: client and
// settings may have changed while the page was open.
func (p *Provider) decideAuthorize(w http.ResponseWriter, r *http.Request, v url.Values) {
	t, problem, err := p.resume(r, v.Get("transaction"), purposeAuthorize)
	if err != nil {
		p.internalProblem(w, "reading what the page was for", err)
		return
	}
	if problem != nil {
		p.showProblem(w, problem)
		return
	}
	q, ok := p.authorizeRequest(w, r, t.Values)
	if !ok {
		return
	}
	switch v.Get("action") {
	case "approve":
		err = p.approve(w, r, q, t, v)
	case "deny":
		if err = p.store.Update(r.Context(), func(tx store.Tx) error { return p.finish(tx, t) }); err == nil {
			err = newError(codeAccessDenied, "the user refused")
		}
	case "switch":
		t.Login = ""
		if err = p.rewrite(r.Context(), t); err == nil {
			err = p.showLogin(w, r, q, t, nil, "")
		}
	default:
		p.showProblem(w, unreadable("The form does not say whether to approve or to deny."))
	}
	if errors.Is(err, errAnswered) {
		p.showProblem(w, answeredForm())
		return
	}
	if err != nil {
		p.refuse(w, r, q.to, p.refusal(err))
	}
}

// approve grants what was asked for to the user that the page was shown for, or who was chosen on it.
func (p *Provider) approve(w http.ResponseWriter, r *http.Request, q *authorizeRequest, t *transaction, v url.Values) error {
	if t.Login != "" {
		l, err := p.login(r)
		if err != nil {
			return err
		}
		if l != nil && l.ID == t.Login {
			return p.grant(w, r, q, l, l.User, t)
		}
		t.Login = ""
		if err := p.rewrite(r.Context(), t); err != nil {
			return err
		}
		return p.showLogin(w, r, q, t, nil, signedOut)
	}
	t.Typed = v.Get("other")
	u, err := p.chosen(r.Context(), v)
	if err != nil {
		return err
	}
	if u == nil {
		return p.showLogin(w, r, q, t, nil, unknownUser(t))
	}
	if q.Subject != "" && !p.isSubject(u, q.Subject) {
		return p.showLogin(w, r, q, t, nil, "The application expects the user who signed in before. Choose that one, or deny.")
	}
	return p.grant(w, r, q, nil, u.ID, t)
}

// chosen gives the user whom a form names; nil: nobody has such a name.
func (p *Provider) chosen(ctx context.Context, v url.Values) (*credential.User, error) {
	if typed := strings.TrimSpace(v.Get("other")); typed != "" {
		return p.userOf(ctx, typed)
	}
	u, err := p.registry.User(ctx, v.Get("user"))
	if errors.Is(err, credential.ErrNotFound) {
		return nil, nil
	}
	return u, err
}
