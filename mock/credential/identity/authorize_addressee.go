package identity

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"

	"understudy/mock/credential"
)

// maxRedirect bounds a redirect URI, in bytes.
const maxRedirect = 2000

// requestURIPrefix is what the provider's own request URIs begin with (RFC 9126, 2.2). Others would have to be fetched.
const requestURIPrefix = "urn:ietf:params:oauth:request_uri:"

// An addressee is where the answer to an authorization request goes. Until there is one, errors are shown to the user
// and sent nowhere (RFC 6749, 4.1.2.1).
type addressee struct {
	Client *credential.Client
	URI    string
	Named  bool   // the request itself named URI
	Mode   string // query, fragment or form_post
	State  string // as it came; empty: none was sent
	Issuer string // iss of the answer (RFC 9207)
}

// addressee finds out who asks and where the answer goes.
func (p *Provider) addressee(ctx context.Context, v url.Values, issuer string) (*addressee, *pageProblem, error) {
	c, problem, err := p.asker(ctx, v)
	if problem != nil || err != nil {
		return nil, problem, err
	}
	uri, problem := redirectFor(c, v)
	if problem != nil {
		return nil, problem, nil
	}
	to := &addressee{Client: c, URI: uri, Named: v.Get("redirect_uri") != "", Issuer: issuer, Mode: "query"}
	if len(v["state"]) == 1 {
		to.State = v.Get("state")
	}
	if strings.Contains(v.Get("response_type"), "token") { // also id_token; the default of RFC 6749, 4.2.2
		to.Mode = "fragment"
	}
	if mode := v.Get("response_mode"); len(v["response_mode"]) == 1 && permitsMode(to, mode) {
		to.Mode = mode
	}
	return to, nil, nil
}

// permitsMode says whether an answer may go in a way. Tokens do not go into a query, which servers write down (OAuth 2.0
// Multiple Response Types, 3.0), and only pages on the web take forms (OAuth 2.0 Form Post Response Mode, 2).
func permitsMode(to *addressee, mode string) bool {
	switch mode {
	case "fragment":
		return true
	case "query":
		return to.Mode == "query"
	case "form_post":
		return strings.HasPrefix(to.URI, "http://") || strings.HasPrefix(to.URI, "https://")
	}
	return false
}

// asker finds the client.
func (p *Provider) asker(ctx context.Context, v url.Values) (*credential.Client, *pageProblem, error) {
	switch ids := v["client_id"]; {
	case len(ids) > 1:
		return nil, &pageProblem{Code: codeInvalidRequest, Detail: "The application sent client_id more than once.", Advice: adviceDeveloper}, nil
	case len(ids) == 0 || ids[0] == "":
		return nil, &pageProblem{Code: codeInvalidRequest, Detail: "The application did not say who it is: client_id is missing.", Advice: adviceDeveloper}, nil
	}
	c, err := p.registry.Client(ctx, v.Get("client_id"))
	if errors.Is(err, credential.ErrNotFound) {
		return nil, &pageProblem{
			Code: codeInvalidClient, Detail: "No application has this client_id here.",
			Advice: "Use the client id that the stand-in printed at its start, or make a client with the management API.",
			Facts:  []fact{{"client_id", shorten(v.Get("client_id"), 200)}},
		}, nil
	}
	return c, nil, err
}

const adviceDeveloper = "This is a fault of the application, not yours: its developer must change the request."

// redirectFor gives the redirect URI of a request: one that is the client's, or its only one where the request names none
// (RFC 6749, 3.1.2.3). OpenID Connect wants it named (Core 1.0, 3.1.2.1).
func redirectFor(c *credential.Client, v url.Values) (string, *pageProblem) {
	uris := v["redirect_uri"]
	if len(uris) > 1 {
		return "", &pageProblem{Code: codeInvalidRequest, Detail: "The application sent redirect_uri more than once.", Advice: adviceDeveloper}
	}
	if len(uris) == 0 || uris[0] == "" {
		if len(c.Redirects) == 1 && !slices.Contains(words(v.Get("scope")), scopeOpenID) {
			return c.Redirects[0], nil
		}
		return "", &pageProblem{
			Code: codeInvalidRequest, Detail: "The application did not say where to go afterwards: redirect_uri is missing.",
			Advice: "It may be left out only by a client with a single redirect URI, and not with the scope openid.", Facts: known(c),
		}
	}
	if permitsRedirect(c, uris[0]) {
		return uris[0], nil
	}
	facts := append([]fact{{"client_id", shorten(c.ID, 200)}, {"redirect_uri", shorten(uris[0], 300)}}, known(c)...)
	return "", &pageProblem{
		Code: codeInvalidRequest, Detail: "The address to which the application wants you sent back is not one of its own.",
		Advice: "Redirect URIs are compared character by character. Send one of those below, or add this one to the client.", Facts: facts,
	}
}

// known lists where a client's answers may go.
func known(c *credential.Client) []fact {
	var facts []fact
	for _, uri := range c.Redirects[:min(len(c.Redirects), 10)] {
		facts = append(facts, fact{"registered", shorten(uri, 300)})
	}
	if c.Loopback {
		facts = append(facts, fact{"registered", "http://localhost, 127.0.0.1 or [::1], any port and path"})
	}
	return facts
}

// permitsRedirect compares a URI with those of a client, character by character (RFC 9700, 2.1; OAuth 2.1, 2.3.1). The port
// of loopback addresses is not compared, since programs take any free one (RFC 8252, 7.3); a client with Loopback has
// all of them.
func permitsRedirect(c *credential.Client, uri string) bool {
	if len(uri) > maxRedirect || strings.Contains(uri, "#") { // no fragment (RFC 6749, 3.1.2)
		return false
	}
	if slices.Contains(c.Redirects, uri) {
		return true
	}
	rest, ok := withoutPort(uri)
	if !ok {
		return false
	}
	return c.Loopback || slices.ContainsFunc(c.Redirects, func(known string) bool {
		k, ok := withoutPort(known)
		return ok && k == rest
	})
}

// withoutPort takes the port out of a loopback URI; ok is false for all other URIs.
func withoutPort(uri string) (rest string, ok bool) {
	u, err := url.Parse(uri)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || !loopbackHost(u.Hostname()) {
		return "", false
	}
	if strings.ContainsFunc(uri, func(r rune) bool { return r <= 0x20 || r >= 0x7f || r == '\\' }) { // browsers read these in their own way
		return "", false
	}
	port := u.Port()
	if port == "" {
		return uri, true
	}
	start := strings.Index(uri, u.Host)
	return uri[:start] + strings.TrimSuffix(u.Host, ":"+port) + uri[start+len(u.Host):], true
}
