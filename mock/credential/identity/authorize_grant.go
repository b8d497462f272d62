package identity

import (
	"context"
	"errors"
	"net/http"

	"understudy/mock/store"
)

// grant answers with what the client asked for. Without a login it opens one for the user; of a transaction it makes sure that
// it is answered once.
func (p *Provider) grant(w http.ResponseWriter, r *http.Request, q *authorizeRequest, l *login, user string, t *transaction) error {
	var cookie string
	a := authorization{
		Client: q.to.Client.ID, Nonce: q.Nonce, Challenge: q.Challenge, Method: q.Method, Scopes: q.Scopes,
		Bound: q.Bound, Issuer: q.to.Issuer, Resource: q.Resource,
	}
	if q.to.Named {
		a.Redirect = q.to.URI // the token request must repeat it (RFC 6749, 4.1.3)
	}
	err := p.store.Update(r.Context(), func(tx store.Tx) (err error) {
		if t != nil {
			if err := p.finish(tx, t); err != nil {
				return err
			}
		}
		in, err := p.within(tx, l)
		if in == nil && err == nil {
			in, cookie, err = p.startLogin(tx, user)
		}
		if err != nil {
			return err
		}
		in.agree(a.Client, a.Scopes)
		if err := p.keepLogin(tx, in); err != nil {
			return err
		}
		a.User, a.Session, a.AuthTime = in.User, in.ID, in.AuthTime
		a.Family, err = p.grantFamily(tx, in, a.Scopes)
		return err
	})
	if err != nil {
		return err
	}
	answer, err := p.made(r.Context(), q, a)
	if err != nil {
		return err
	}
	if cookie != "" {
		setCookie(w, r, loginCookie, cookie)
	}
	p.send(w, r, q.to, answer)
	return nil
}

// within gives a login as it is now, inside a transaction; nil where l is.
func (p *Provider) within(tx store.Tx, l *login) (*login, error) {
	if l == nil {
		return nil, nil
	}
	now := new(login)
	err := recall(tx, p.key(loginDrawer, l.name()), now)
	if errors.Is(err, errNoRecord) {
		return nil, newError(codeLogin, "the user signed out meanwhile")
	}
	return now, err
}

// made makes what response_type asks for, in the order of its words (OAuth 2.0 Multiple Response Type Encoding
// Practices, 5).
func (p *Provider) made(ctx context.Context, q *authorizeRequest, a authorization) ([]fact, error) {
	var answer []fact
	var code string
	if q.Code {
		var err error
		if code, err = p.newCode(ctx, a); err != nil {
			return nil, err
		}
		answer = append(answer, fact{"code", code})
	}
	if !q.Token && !q.ID {
		return answer, nil
	}
	t, err := p.issue(ctx, a, wants{Access: q.Token, ID: q.ID, Code: code, Flow: "implicit"})
	if err != nil {
		return nil, err
	}
	return append(answer, t.facts()...), nil
}
