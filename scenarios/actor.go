package scenarios

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"understudy/contracts"
)

// A Roster is who may call a deployment: actors with credentials. The zero value knows nobody.
type Roster struct {
	Actors []*Actor // the first one without a state is who calls when nothing else is said
}

// The states of an actor's credentials. The zero value is good.
const (
	StateGood      = ""
	StateExpired   = "expired"
	StateRevoked   = "revoked"
	StateUnknown   = "unknown"   // well formed, never issued
	StateMalformed = "malformed" // not of the documented form
	StateTampered  = "tampered"  // issued, with one character changed
	StateForeign   = "foreign"   // a good token of another issuer, or for another audience
)

// An Actor is somebody who calls, with what they show.
type Actor struct {
	Name    string
	Account string   // tenant; empty: not said
	Role    string   // empty: not said
	Scopes  []string // that the credential carries; nil: not known, and taken for all
	State   string
	// Credentials are the texts by the key of the security scheme in the contract; "*" is for every scheme that has none of
	// its own. For http basic a text is "user:password".
	Credentials map[string]string
	// Schemes are the keys of the schemes to show, where the request is to carry these and no others; nil: those of the
	// first alternative of the operation that the actor can fulfil.
	Schemes []string

	contract *contracts.Contract
}

// Actor gives the actor of a name; nil when there is none.
func (r *Roster) Actor(name string) *Actor {
	for _, a := range r.Actors {
		if a.Name == name {
			return a
		}
	}
	return nil
}

// Default is who calls an operation when nobody is named: the first actor in good standing that can fulfil what it asks for, and
// has the scopes for it; nil where nobody can, or nobody has to.
func (r *Roster) Default(o *contracts.Operation) *Actor {
	if o == nil {
		return nil
	}
	for _, a := range r.Actors {
		if a.State == StateGood && a.Can(o) {
			return a
		}
	}
	return nil
}

func (r *Roster) secrets() []string {
	var list []string
	for _, a := range r.Actors {
		for _, text := range a.Credentials {
			list = append(list, text)
			if _, password, ok := strings.Cut(text, ":"); ok {
				list = append(list, password)
			}
		}
	}
	return list
}

// Can says that the actor has what one alternative of the operation's security asks for, scopes included.
func (a *Actor) Can(o *contracts.Operation) bool {
	_, ok := a.alternative(o)
	return ok
}

func (a *Actor) alternative(o *contracts.Operation) (contracts.Alternative, bool) {
	for _, alternative := range o.Security {
		if len(alternative) > 0 && !slices.ContainsFunc(alternative, func(q contracts.Requirement) bool { return !a.fulfils(q) }) {
			return alternative, true
		}
	}
	return nil, false
}

func (a *Actor) fulfils(q contracts.Requirement) bool {
	if a.text(q.Scheme.Key) == "" {
		return false
	}
	return a.Scopes == nil || !slices.ContainsFunc(q.Scopes, func(s string) bool { return !slices.Contains(a.Scopes, s) })
}

func (a *Actor) text(scheme string) string {
	if text, ok := a.Credentials[scheme]; ok {
		return text
	}
	return a.Credentials["*"]
}

// Dress puts the actor's credentials for an operation on a request. It says whether there were any to put.
func (a *Actor) Dress(r *http.Request, o *contracts.Operation) bool {
	if a.Schemes == nil && o != nil {
		alternative, _ := a.alternative(o)
		if alternative == nil && len(o.Security) > 0 {
			alternative = o.Security[0] // of a credential that will not do, as much as there is
		}
		for _, q := range alternative {
			Show(r, q.Scheme, a.text(q.Scheme.Key))
		}
		return len(alternative) > 0
	}
	shown := false
	for _, key := range a.Schemes {
		if a.contract == nil || a.contract.Security[key] == nil {
			continue
		}
		Show(r, a.contract.Security[key], a.text(key))
		shown = true
	}
	return shown
}

// Show puts a credential where its security scheme says. An empty text puts nothing.
func Show(r *http.Request, s *contracts.SecurityScheme, text string) {
	switch {
	case text == "":
	case s.Type == "apiKey" && s.In == "header":
		r.Header[http.CanonicalHeaderKey(s.Name)] = []string{text}
	case s.Type == "apiKey" && s.In == "query":
		q := url.QueryEscape(s.Name) + "=" + url.QueryEscape(text)
		if r.URL.RawQuery != "" {
			q = r.URL.RawQuery + "&" + q
		}
		r.URL.RawQuery = q
	case s.Type == "apiKey" && s.In == "cookie":
		pair := s.Name + "=" + text
		if line := r.Header.Get("Cookie"); line != "" {
			pair = line + "; " + pair
		}
		r.Header.Set("Cookie", pair)
	case s.Type == "http" && strings.EqualFold(s.Scheme, "basic"):
		r.Header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(text)))
	case s.Type == "http" && !strings.EqualFold(s.Scheme, "bearer"):
		r.Header.Set("Authorization", s.Scheme+" "+text)
	case s.Type == "http", s.Type == "oauth2", s.Type == "openIdConnect":
		r.Header.Set("Authorization", "Bearer "+text)
	}
}
