package identity

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"understudy/mock/credential"
)

// mostListed is how many users a page offers. The others can be typed.
const mostListed = 12

// mostWords bounds one description of a scope on a page, in characters.
const mostWords = 200

// A userChoice is a user as a page shows them.
type userChoice struct {
	ID, Name, Detail string
	Chosen           bool
}

// A scopeLine is a scope in words.
type scopeLine struct{ Name, Description string }

// A visitor is what a page knows of whoever looks at it: somebody who is signed in, or users to choose from.
type visitor struct {
	SignedIn *userChoice
	Users    []userChoice
	More     int    // users that are not listed
	Other    string // what was typed instead
}

func choice(u *credential.User) userChoice {
	c := userChoice{ID: u.ID, Name: shorten(cmp.Or(u.Name, u.Email, u.ID), 80)}
	var parts []string
	for _, part := range []string{u.Email, u.Role} {
		if part != "" {
			parts = append(parts, shorten(part, 120))
		}
	}
	c.Detail = strings.Join(parts, " · ")
	return c
}

// visitor lists the users with one of them chosen: that of the hint, else the first. With a login there is nothing to
// choose.
func (p *Provider) visitor(ctx context.Context, l *login, hint string) (visitor, error) {
	if l != nil {
		u, err := p.registry.User(ctx, l.User)
		if err != nil {
			return visitor{}, err
		}
		c := choice(u)
		return visitor{SignedIn: &c}, nil
	}
	users, err := p.registry.Users(ctx)
	if err != nil {
		return visitor{}, err
	}
	chosen := max(hinted(users, hint), 0)
	if chosen >= mostListed { // who is meant must be among those that are shown
		users = slices.Insert(slices.Delete(slices.Clone(users), chosen, chosen+1), 0, users[chosen])
		chosen = 0
	}
	v := visitor{More: max(len(users)-mostListed, 0)}
	for i := range min(len(users), mostListed) {
		c := choice(&users[i])
		c.Chosen = i == chosen
		v.Users = append(v.Users, c)
	}
	return v, nil
}

// hinted finds the user that a login_hint means, by id or e-mail address; -1: nobody.
func hinted(users []credential.User, hint string) int {
	if hint == "" {
		return -1
	}
	return slices.IndexFunc(users, func(u credential.User) bool {
		return u.ID == hint || u.Email != "" && strings.EqualFold(u.Email, hint)
	})
}

// userOf gives the user that a hint means, nil when it means nobody.
func (p *Provider) userOf(ctx context.Context, hint string) (*credential.User, error) {
	users, err := p.registry.Users(ctx)
	if err != nil {
		return nil, err
	}
	if i := hinted(users, hint); i >= 0 {
		return &users[i], nil
	}
	return nil, nil
}

// isSubject says whether a user is whom a token speaks of.
func (p *Provider) isSubject(u *credential.User, sub string) bool { return p.subject(u.ID, "") == sub }

// automatic gives the user who agrees where no page is shown: that of the hint, else the first. Nil: there is none.
func (p *Provider) automatic(ctx context.Context, hint string) (*credential.User, error) {
	users, err := p.registry.Users(ctx)
	if err != nil || len(users) == 0 {
		return nil, err
	}
	return &users[max(hinted(users, hint), 0)], nil
}

// standardScopes says what the scopes of OpenID Connect are for (Core 1.0, 5.4 and 11), and those that vendors' providers add.
var standardScopes = map[string]string{
	scopeOpenID:  "Know who you are",
	scopeProfile: "Read your name and role",
	scopeEmail:   "Read your e-mail address",
	scopeOffline: "Keep this access while you are away",

	"entitlements": "Read what you are entitled to",
	"https://www.googleapis.com/auth/userinfo.email":   "Read your e-mail address",
	"https://www.googleapis.com/auth/userinfo.profile": "Read your name",
}

// scopeLines puts scopes into the document's words, or those of OpenID Connect.
func (p *Provider) scopeLines(scopes []string) []scopeLine {
	words := map[string]string{}
	for _, f := range providerFlows(p.contract) {
		for _, s := range f.Scopes {
			words[s.Name] = cmp.Or(words[s.Name], strings.TrimSpace(s.Description))
		}
	}
	lines := make([]scopeLine, len(scopes))
	for i, s := range scopes {
		lines[i] = scopeLine{Name: shorten(s, mostWords), Description: shorten(cmp.Or(words[s], standardScopes[s]), mostWords)}
	}
	return lines
}

// clientName is how the pages call an application.
func clientName(c *credential.Client) string { return shorten(cmp.Or(c.Name, c.ID), 80) }
