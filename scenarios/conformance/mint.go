package conformance

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"understudy/contracts"
	"understudy/scenarios"
)

// Mint fills a deployment's roster with credentials that its stand-in issues over the management API: "full" with everything,
// "other" of an account of its own, one actor for each lesser scope ("limited-posts-read"), and credentials that must not be
// believed: "expired", "revoked", and signed tokens with the wrong signature, issuer or audience. Actors that are there
// already stay, and come first. What the stand-in cannot issue is left out; the error is that of a management API that
// cannot be asked at all.
func Mint(ctx context.Context, d *scenarios.Deployment) error {
	if d.Control == nil {
		return errors.New("mint credentials: there is no management API (--control)")
	}
	m := &mint{ctx: ctx, deployment: d}
	if _, err := d.Control.Ready(ctx); err != nil {
		return fmt.Errorf("mint credentials: %w", err)
	}
	m.kinds()
	full := m.all("full", "")
	m.add(full)
	var account struct{ ID string }
	if err := d.Control.Do(ctx, http.MethodPost, "/accounts", map[string]any{"name": "Understudy's other account"}, &account); err == nil && account.ID != "" {
		m.add(m.all("other", account.ID))
	}
	m.limited()
	m.bad()
	return ctx.Err()
}

// A kind of credential is one class of the stand-in's for a security scheme.
type kind struct {
	scheme *contracts.SecurityScheme
	name   string
	token  bool // it is made as a token
	class  *contracts.CredentialBehaviour
}

type mint struct {
	ctx        context.Context
	deployment *scenarios.Deployment
	list       []kind
}

// kinds lists what there is to issue: the contract's own classes, and one that bears the scheme's name for each scheme of
// which nothing more is said.
func (m *mint) kinds() {
	c := m.deployment.Contract
	seen := map[*contracts.SecurityScheme]bool{}
	for _, o := range c.Operations {
		for _, alternative := range o.Security {
			for _, q := range alternative {
				if seen[q.Scheme] || q.Scheme.Type == "mutualTLS" {
					continue
				}
				seen[q.Scheme] = true
				found := false
				for i := range c.Behaviour.Credentials {
					if b := &c.Behaviour.Credentials[i]; b.Scheme == q.Scheme.Key {
						found = true
						m.list = append(m.list, kind{q.Scheme, b.Name, b.Kind != "key" && b.Kind != "", b})
					}
				}
				if !found {
					s := q.Scheme
					token := s.Type == "oauth2" || s.Type == "openIdConnect" || s.Type == "http" && strings.Contains(strings.ToUpper(s.BearerFormat), "JWT")
					m.list = append(m.list, kind{s, s.Key, token, nil})
				}
			}
		}
	}
}

// issued is what the management API answers of a credential.
type issued struct {
	ID      string
	Text    string
	Account string
	Scopes  []string
	Good    bool
}

// issue makes a credential of a kind.
func (m *mint) issue(k kind, with map[string]any) (issued, bool) {
	if k.scheme.Type == "http" && strings.EqualFold(k.scheme.Scheme, "basic") {
		return m.person(k, with)
	}
	body := map[string]any{"class": k.name, "name": "Understudy's judge"}
	for name, v := range with {
		body[name] = v
	}
	paths := []string{"/keys", "/tokens"}
	if k.token {
		paths = []string{"/tokens", "/keys"}
	}
	if body["defect"] != nil {
		paths = []string{"/tokens"}
	}
	for _, path := range paths {
		var one issued
		if err := m.deployment.Control.Do(m.ctx, http.MethodPost, path, body, &one); err == nil && one.Text != "" {
			m.deployment.Run().Hide(one.Text)
			return one, true
		}
	}
	return issued{}, false
}

// person makes a user, whose name and password are a credential.
func (m *mint) person(k kind, with map[string]any) (issued, bool) {
	if with["defect"] != nil || with["scopes"] != nil {
		return issued{}, false
	}
	name := "judge"
	body := map[string]any{"name": "Understudy's judge", "password": "judges-by-" + slug(k.name)}
	if account, ok := with["account"].(string); ok {
		body["account"], name = account, "other-judge"
	}
	body["email"] = name + "@understudy.example"
	var user struct{ Email, Account string }
	if err := m.deployment.Control.Do(m.ctx, http.MethodPost, "/users", body, &user); err != nil {
		return issued{}, false
	}
	password := body["password"].(string)
	m.deployment.Run().Hide(password)
	return issued{Text: user.Email + ":" + password, Account: user.Account, Good: true}, true
}

// all is an actor with a good credential for each scheme.
func (m *mint) all(name, account string) *scenarios.Actor {
	a := &scenarios.Actor{Name: name, Account: account, Credentials: map[string]string{}}
	for _, k := range m.list {
		if a.Credentials[k.scheme.Key] != "" {
			continue
		}
		with := map[string]any{}
		if account != "" {
			with["account"] = account
		}
		if one, ok := m.issue(k, with); ok && one.Good {
			a.Credentials[k.scheme.Key] = one.Text
			if a.Account == "" {
				a.Account = one.Account
			}
		}
	}
	return a
}

func (m *mint) add(a *scenarios.Actor) {
	if len(a.Credentials) > 0 && m.deployment.Roster.Actor(a.Name) == nil {
		m.deployment.Roster.Actors = append(m.deployment.Roster.Actors, a)
	}
}

// limited makes credentials with one scope each, of those that do not permit everything.
func (m *mint) limited() {
	done := map[*contracts.SecurityScheme]bool{}
	for _, k := range m.list {
		if done[k.scheme] {
			continue
		}
		done[k.scheme] = true
		for _, scope := range m.scopes(k) {
			one, ok := m.issue(k, map[string]any{"scopes": []string{scope}})
			if !ok || !one.Good || !slices.Equal(one.Scopes, []string{scope}) {
				continue
			}
			name := "limited-" + slug(scope)
			if m.deployment.Roster.Actor(name) != nil {
				name += "-" + slug(k.scheme.Key)
			}
			m.add(&scenarios.Actor{Name: name, Account: one.Account, Scopes: []string{scope}, Credentials: map[string]string{k.scheme.Key: one.Text}})
		}
	}
}

// mostScopes bounds the lesser credentials of a scheme.
const mostScopes = 4

func (m *mint) scopes(k kind) []string {
	var list []string
	add := func(s string) {
		if !slices.Contains(list, s) && (k.class == nil || k.class.Allows[s] != "all") {
			list = append(list, s)
		}
	}
	if k.class != nil {
		for _, s := range k.class.Scopes {
			add(s)
		}
	}
	for _, flow := range k.scheme.Flows {
		for _, s := range flow.Scopes {
			add(s.Name)
		}
	}
	return list[:min(len(list), mostScopes)]
}

// bad makes credentials that must not be believed.
func (m *mint) bad() {
	for _, one := range []struct{ name, state, defect string }{
		{"expired", scenarios.StateExpired, "expired"}, {"revoked", scenarios.StateRevoked, "revoked"},
		{"wrong-signature", scenarios.StateTampered, "wrong-signature"}, {"alg-none", scenarios.StateTampered, "alg-none"},
		{"wrong-issuer", scenarios.StateForeign, "wrong-issuer"}, {"wrong-audience", scenarios.StateForeign, "wrong-audience"},
	} {
		a := &scenarios.Actor{Name: one.name, State: one.state, Credentials: map[string]string{}}
		for _, k := range m.list {
			if a.Credentials[k.scheme.Key] != "" {
				continue
			}
			if bad, ok := m.spoilt(k, one.defect); ok {
				a.Credentials[k.scheme.Key] = bad.Text
			}
		}
		m.add(a)
	}
}

// spoilt makes a credential with a defect; a key is made and then ended.
func (m *mint) spoilt(k kind, defect string) (issued, bool) {
	if one, ok := m.issue(k, map[string]any{"defect": defect}); ok {
		return one, !one.Good
	}
	if defect != "expired" && defect != "revoked" {
		return issued{}, false
	}
	one, ok := m.issue(k, nil)
	if !ok || one.ID == "" {
		return issued{}, false
	}
	path := "/keys/" + url.PathEscape(one.ID)
	var err error
	if defect == "expired" {
		err = m.deployment.Control.Do(m.ctx, http.MethodPatch, path, map[string]any{"expires_at": "2001-01-01T00:00:00Z"}, nil)
	} else {
		err = m.deployment.Control.Do(m.ctx, http.MethodDelete, path+"?confirm=true", nil, nil)
	}
	return one, err == nil
}
