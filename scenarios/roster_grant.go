package scenarios

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"understudy/contracts"
	"understudy/contracts/schema"
)

// Obtain gets the tokens that actors of the deployment's roster still need, before the run's first test. The requests go to the
// token endpoints that the user named, or to the contract's where that is on the target's own host, and to nobody else.
func (d *Deployment) Obtain(ctx context.Context, grants []*Grant) error {
	for _, g := range grants {
		token, err := d.obtain(ctx, g)
		if err != nil {
			return fmt.Errorf("%s:%d: the token of %s for %s: %w", g.file, g.line, g.actor, g.Scheme, err)
		}
		d.run.Hide(token)
		if a := d.Roster.Actor(g.actor); a != nil {
			a.Credentials[g.Scheme] = token
		}
	}
	return nil
}

func (d *Deployment) obtain(ctx context.Context, g *Grant) (string, error) {
	d.run.Hide(nonEmpty(g.ClientSecret, g.Password, g.RefreshToken)...)
	address, err := d.tokenURL(g)
	if err != nil {
		return "", err
	}
	q, err := g.request(ctx, address)
	if err != nil {
		return "", err
	}
	reply, err := d.Send(ctx, Request{HTTP: q, Elsewhere: true, Unexamined: true, Hasty: true, Test: "credentials", Purpose: "a token for " + g.actor})
	if err != nil {
		return "", err
	}
	d.run.Keep(reply.Number)
	if reply.Error != "" {
		return "", fmt.Errorf("%s: %s", address, reply.Error)
	}
	answer, err := schema.ParseJSON(reply.Exchange.ResponseBody)
	members, _ := answer.(map[string]any)
	if reply.Exchange.Status != http.StatusOK {
		code, _ := members["error"].(string)
		return "", fmt.Errorf("%s answered %d %s", address, reply.Exchange.Status, cutText(d.Redactor().Text(code), 100))
	}
	token, _ := members["access_token"].(string)
	if err != nil || token == "" {
		return "", fmt.Errorf("%s answered without an access_token (RFC 6749, 5.1)", address)
	}
	return token, nil
}

func nonEmpty(texts ...string) []string {
	var list []string
	for _, t := range texts {
		if t != "" {
			list = append(list, t)
		}
	}
	return list
}

// tokenURL finds where the token is to be had. The contract's own address counts only on the target's host: a document may name
// its vendor's, while the target is a stand-in.
func (d *Deployment) tokenURL(g *Grant) (string, error) {
	text := g.TokenURL
	if text == "" {
		if s := d.Contract.Security[g.Scheme]; s != nil {
			for _, flow := range s.Flows {
				if text == "" {
					text = flow.TokenURL
				}
			}
		}
		u, err := url.Parse(text)
		if text == "" || err != nil {
			return "", fmt.Errorf("the contract names no token endpoint; write tokenUrl")
		}
		if u.Host != "" && u.Host != d.URL.Host {
			return "", fmt.Errorf("the contract's token endpoint is on %s, and the target is %s; write tokenUrl to say where the secret may go", u.Host, d.URL.Host)
		}
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "" && u.Scheme != "http" && u.Scheme != "https" {
		return "", fmt.Errorf("tokenUrl is no http or https URL")
	}
	base := *d.URL
	base.Path += "/"
	u = base.ResolveReference(u)
	if u.Scheme == "http" && !isLoopback(u.Hostname()) && u.Host != d.URL.Host {
		return "", fmt.Errorf("tokenUrl is http, and a secret goes there; use https (RFC 6749, 3.2)")
	}
	return u.String(), nil
}

// request makes the request for a token. A client with a secret says who it is by HTTP basic (RFC 6749, 2.3.1) unless the file
// wants it in the body.
func (g *Grant) request(ctx context.Context, address string) (*http.Request, error) {
	form := url.Values{}
	switch {
	case g.RefreshToken != "":
		form.Set("grant_type", "refresh_token")
		form.Set("refresh_token", g.RefreshToken)
	case g.Username != "":
		form.Set("grant_type", "password")
		form.Set("username", g.Username)
		form.Set("password", g.Password)
	default:
		form.Set("grant_type", "client_credentials")
	}
	if len(g.Scopes) > 0 {
		form.Set("scope", strings.Join(g.Scopes, " "))
	}
	basic := g.ClientSecret != "" && !g.ClientSecretInBody
	if !basic {
		form.Set("client_id", g.ClientID)
		if g.ClientSecret != "" {
			form.Set("client_secret", g.ClientSecret)
		}
	}
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, fmt.Errorf("the request for a token cannot be made")
	}
	q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	q.Header.Set("Accept", "application/json")
	if basic {
		pair := url.QueryEscape(g.ClientID) + ":" + url.QueryEscape(g.ClientSecret)
		q.Header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(pair)))
	}
	return q, nil
}

// ReadyActor makes an actor of what a stand-in's clients begin with. nil: there is nothing that operations ask for.
func ReadyActor(c *contracts.Contract, ready []ReadyCredential) *Actor {
	a := &Actor{Name: "default", Credentials: map[string]string{}, contract: c}
	users := map[string]string{}
	for _, one := range ready {
		scheme := schemeOf(c, one.Class)
		switch {
		case scheme == "":
		case strings.HasSuffix(one.Env, "_USERNAME") && !one.Secret:
			users[scheme] = one.Value
		case strings.HasSuffix(one.Env, "_PASSWORD") && users[scheme] != "":
			a.Credentials[scheme] = users[scheme] + ":" + one.Value
		case a.Credentials[scheme] == "": // of several, the first is what examples show
			a.Credentials[scheme] = one.Value
		}
	}
	if len(a.Credentials) == 0 {
		return nil
	}
	return a
}

// EnvironmentActor makes an actor of the variables that the contract names for its clients. nil: none is set. names are those
// that were taken.
func EnvironmentActor(c *contracts.Contract, getenv func(string) (string, bool)) (a *Actor, names []string) {
	a = &Actor{Name: "default", Credentials: map[string]string{}, contract: c}
	for _, line := range c.Behaviour.EnvNames {
		scheme := schemeOf(c, line.From)
		if value, set := getenv(line.Name); set && value != "" && scheme != "" && a.Credentials[scheme] == "" {
			a.Credentials[scheme] = value
			names = append(names, line.Name)
		}
	}
	if len(names) == 0 {
		return nil, nil
	}
	return a, names
}

// schemeOf is the security scheme that a class of credentials satisfies: as the contract's behaviour says, or the scheme of the
// class's own name.
func schemeOf(c *contracts.Contract, class string) string {
	for i := range c.Behaviour.Credentials {
		if b := &c.Behaviour.Credentials[i]; b.Name == class && class != "" {
			return b.Scheme
		}
	}
	if c.Security[class] != nil {
		return class
	}
	return ""
}
