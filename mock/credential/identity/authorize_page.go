package identity

import (
	"net/http"
	"net/url"
	"slices"

	"understudy/mock/store"
)

// A loginPage asks who the user is, and whether the application may do what it asks for.
type loginPage struct {
	frame
	visitor
	Application string
	Destination string // where both answers lead: "http://localhost:3000"
	Scopes      []scopeLine
	Transaction string
}

// showLogin shows the page of an authorization request, for a login or with users to choose from.
func (p *Provider) showLogin(w http.ResponseWriter, r *http.Request, q *authorizeRequest, t *transaction, l *login, problem string) error {
	hint, err := p.expected(r.Context(), q)
	if err != nil {
		return err
	}
	people, err := p.visitor(r.Context(), l, hint)
	if err != nil {
		return err
	}
	people.Other = shorten(t.Typed, 254)
	name := clientName(q.to.Client)
	page := loginPage{
		frame: p.frame("Sign in to " + name), visitor: people, Application: name, Destination: destination(q.to.URI),
		Scopes: p.scopeLines(q.Scopes), Transaction: t.ID,
	}
	if l != nil {
		page.Title = "Allow access for " + name + "?"
	}
	page.Problem = problem
	status := http.StatusOK
	if problem != "" {
		status = http.StatusUnprocessableEntity
	}
	p.show(w, status, "login", page, formActions(q.to.URI))
	return nil
}

// destination is a redirect URI as far as it tells people something.
func destination(uri string) string {
	u, err := url.Parse(uri)
	if err != nil {
		return ""
	}
	if u.Host == "" {
		return u.Scheme + ":"
	}
	return shorten(u.Scheme+"://"+u.Host, 120)
}

// grantFamily makes up the family of the tokens that come from one agreement. It is written down beside the login where it ends
// with it: offline_access is access while the user is away.
func (p *Provider) grantFamily(tx store.Tx, l *login, scopes []string) (string, error) {
	family, err := p.family(tx, "")
	if err != nil || slices.Contains(scopes, scopeOffline) {
		return family, err
	}
	return family, p.keep(tx, p.cameKey(l.name(), family), true, l.ExpiresAt)
}
