package credential

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"understudy/contracts"
)

// A Class is a kind of credential that the contract has: as x-understudy describes it, or made up for a security
// scheme that nothing is said of.
type Class struct {
	contracts.CredentialBehaviour                           // as written, or filled in
	Security                      *contracts.SecurityScheme // the scheme it satisfies; nil: none, as for refresh tokens
	Invented                      bool                      // the contract says nothing of it
	Life                          time.Duration             // 0: no end
	GraceFor                      time.Duration             // 0: none
	SlidingFor                    time.Duration             // 0: it does not slide
	SkewFor                       time.Duration             // 0: none

	cookie *cookieTemplate // nil: it is no cookie
}

// The forms of texts where the contract gives none.
const (
	defaultKeyFormat     = `^key_[A-Za-z0-9]{32}$`
	defaultTokenFormat   = `^tok_[A-Za-z0-9]{40}$`
	defaultSessionFormat = `^[A-Za-z0-9]{40}$`
	defaultRefreshFormat = `^rt_[A-Za-z0-9]{40}$`
	defaultCertificate   = `^[a-z0-9]{12}$`
)

// Is says whether the class is of a kind.
func (c *Class) Is(kinds ...Kind) bool { return slices.Contains(kinds, Kind(c.Kind)) }

// CookieName is the name of the cookie that carries the credential; empty: it is none.
func (c *Class) CookieName() string {
	if c.cookie == nil {
		return ""
	}
	return c.cookie.name
}

// Good is the state in which credentials of the class are accepted.
func (c *Class) Good() State {
	if len(c.States) > 0 {
		return State(c.States[0])
	}
	return Active
}

// knows says whether a state is one of the class's or one that every class has.
func (c *Class) knows(s State) bool {
	return slices.Contains(c.States, string(s)) || s == c.Good() || s == Revoked || s == Expired || s == Pending
}

// OneScope says that a credential has exactly one scope of the class: scopes that are roles, each of which says what it allows.
func (c *Class) OneScope() bool { return len(c.Allows) > 1 && len(c.Allows) == len(c.Scopes) }

// most gives the scopes that permit everything that the class can.
func (c *Class) most() []string {
	for _, word := range []string{"all", "write", "read"} {
		for _, scope := range c.Scopes {
			if c.Allows[scope] == word {
				return []string{scope}
			}
		}
	}
	return slices.Clone(c.Scopes)
}

// issuedByProvider says that the identity provider issues it.
func (c *Class) issuedByProvider() bool { return c.Provider != "" }

// makeClasses reads the contract's classes and makes some up for the security schemes that have none.
func (r *Registry) makeClasses() error {
	r.byName, r.byScheme = map[string]*Class{}, map[string][]*Class{}
	for _, b := range r.contract.Behaviour.Credentials {
		class := &Class{CredentialBehaviour: b, Security: r.contract.Security[b.Scheme]}
		if class.Kind == "" {
			class.Kind = string(kindOf(class.Security, r.contract.Behaviour.Provider))
		}
		if err := r.addClass(class); err != nil {
			return err
		}
	}
	for _, scheme := range r.usedSchemes() {
		if len(r.byScheme[scheme.Key]) > 0 || Unsupported(scheme) != "" {
			continue
		}
		if err := r.addClass(inventClass(scheme, r.contract)); err != nil {
			return err
		}
	}
	return r.addProviderRefresh()
}

// addProviderRefresh makes a class up for the refresh tokens of the identity provider, where the contract describes none.
func (r *Registry) addProviderRefresh() error {
	provider := r.contract.Behaviour.Provider
	issues := slices.ContainsFunc(r.classes, (*Class).issuedByProvider)
	if !issues || r.classOf((*Class).issuedByProvider, Refresh) != nil {
		return nil
	}
	if provider == nil {
		provider = &contracts.Provider{}
	}
	return r.addClass(&Class{Invented: true, CredentialBehaviour: contracts.CredentialBehaviour{
		Name: "provider-refresh-token", Kind: string(Refresh), Provider: cmpOr(provider.Flavour, "rfc"), Lifetime: cmpOr(provider.Refresh, "720h"),
	}})
}

// usedSchemes gives the schemes that operations ask for, in the order of the operations; others are of no use.
func (r *Registry) usedSchemes() []*contracts.SecurityScheme {
	var list []*contracts.SecurityScheme
	for _, o := range r.contract.Operations {
		for _, alternative := range o.Security {
			for _, requirement := range alternative {
				if !slices.Contains(list, requirement.Scheme) {
					list = append(list, requirement.Scheme)
				}
			}
		}
	}
	return list
}

// inventClass makes a class up for a scheme that the contract says nothing more of.
func inventClass(s *contracts.SecurityScheme, k *contracts.Contract) *Class {
	kind := kindOf(s, k.Behaviour.Provider)
	class := &Class{Security: s, Invented: true, CredentialBehaviour: contracts.CredentialBehaviour{
		Name: s.Key, Kind: string(kind), Scheme: s.Key, Env: envName(k.Name, s.Key),
	}}
	if s.Type == "oauth2" || s.Type == "openIdConnect" {
		class.Provider, class.Lifetime = "rfc", "1h"
		if p := k.Behaviour.Provider; p != nil && p.Access != "" {
			class.Lifetime = p.Access
		}
	}
	return class
}

// kindOf is the kind of credential that satisfies a scheme.
func kindOf(s *contracts.SecurityScheme, p *contracts.Provider) Kind {
	switch {
	case s == nil:
		return Refresh
	case s.Type == "mutualTLS":
		return Certificate
	case s.Type == "oauth2" || s.Type == "openIdConnect":
		if p != nil && p.AccessToken == "opaque" {
			return Opaque
		}
		return JWT
	case s.Type == "http" && s.Scheme == "basic":
		return Password
	case s.Type == "http" && strings.Contains(strings.ToUpper(s.BearerFormat), "JWT"):
		return JWT
	}
	return Key
}

// schemeScopes are the scopes that the flows of a scheme declare and that operations ask for, each once.
func (r *Registry) schemeScopes(s *contracts.SecurityScheme) []string {
	var list []string
	known := map[string]bool{}
	add := func(name string) {
		if !known[name] {
			list, known[name] = append(list, name), true
		}
	}
	for _, flow := range s.Flows {
		for _, scope := range flow.Scopes {
			add(scope.Name)
		}
	}
	for _, o := range r.contract.Operations {
		for _, alternative := range o.Security {
			for _, requirement := range alternative {
				if requirement.Scheme == s {
					for _, name := range requirement.Scopes {
						add(name)
					}
				}
			}
		}
	}
	return list
}

// Unsupported says why a security scheme is not simulated; empty: it is.
func Unsupported(s *contracts.SecurityScheme) string {
	if s.Type != "http" {
		return ""
	}
	switch s.Scheme {
	case "digest":
		return "HTTP Digest (RFC 7616) is not simulated: its server keeps a nonce for every client"
	case "negotiate", "ntlm", "mutual", "hoba", "scram-sha-1", "scram-sha-256", "vapid", "gnap", "concealed", "privatetoken":
		return "the HTTP authentication scheme " + s.Scheme + " is not simulated"
	}
	return ""
}

// addClass fills a class in and makes it known.
func (r *Registry) addClass(c *Class) error {
	var err error
	for _, d := range []struct {
		text string
		into *time.Duration
	}{{c.Lifetime, &c.Life}, {c.Grace, &c.GraceFor}, {c.Sliding, &c.SlidingFor}, {c.Skew, &c.SkewFor}} {
		if d.text == "" {
			continue
		}
		if *d.into, err = time.ParseDuration(d.text); err != nil {
			return fmt.Errorf("credential %q: %w", c.Name, err)
		}
	}
	if c.Cookie != "" {
		if c.cookie, err = parseCookie(c.Cookie); err != nil {
			return fmt.Errorf("credential %q: %w", c.Name, err)
		}
	}
	if c.Format == "" {
		c.Format = defaultFormat(c)
	}
	if c.issuedByProvider() && len(c.Scopes) == 0 && c.Security != nil {
		c.Scopes = r.schemeScopes(c.Security)
	}
	if c.Algorithm == "" && c.Is(JWT) {
		c.Algorithm = "RS256"
		if c.Invented && !c.issuedByProvider() {
			c.Algorithm = "HS256"
		}
	}
	if _, err := r.format(c.Format); err != nil {
		return fmt.Errorf("credential %q: no text can be made for %s: %w", c.Name, c.Format, err)
	}
	r.classes = append(r.classes, c)
	r.byName[c.Name] = c
	if c.Security != nil {
		r.byScheme[c.Security.Key] = append(r.byScheme[c.Security.Key], c)
	}
	return nil
}

func defaultFormat(c *Class) string {
	switch {
	case c.Is(Refresh):
		return defaultRefreshFormat
	case c.Is(Certificate):
		return defaultCertificate
	case c.cookie != nil, c.Security != nil && c.Security.In == "cookie":
		return defaultSessionFormat
	case c.Is(Opaque):
		return defaultTokenFormat
	}
	return defaultKeyFormat
}

// Classes gives the classes in the contract's order, those that were made up last.
func (r *Registry) Classes() []*Class { return r.classes }

// Class gives the class of a name; nil when there is none.
func (r *Registry) Class(name string) *Class { return r.byName[name] }

// classOf gives the first class of some kinds that ok lets pass; nil when there is none.
func (r *Registry) classOf(ok func(*Class) bool, kinds ...Kind) *Class {
	for _, kind := range kinds {
		for _, c := range r.classes {
			if c.Is(kind) && (ok == nil || ok(c)) {
				return c
			}
		}
	}
	return nil
}

// envName makes the name of an environment line: "PETSTORE_API_KEY" of petstore and api_key.
func envName(contract, scheme string) string {
	upper := func(text string) string {
		var b strings.Builder
		lower := false
		for _, c := range []byte(text) {
			switch {
			case c >= 'a' && c <= 'z':
				b.WriteByte(c - 'a' + 'A')
			case c >= 'A' && c <= 'Z':
				if lower {
					b.WriteByte('_')
				}
				b.WriteByte(c)
			case c >= '0' && c <= '9':
				b.WriteByte(c)
			default:
				if s := b.String(); s != "" && !strings.HasSuffix(s, "_") {
					b.WriteByte('_')
				}
			}
			lower = c >= 'a' && c <= 'z' || c >= '0' && c <= '9'
		}
		return strings.Trim(b.String(), "_")
	}
	name, key := upper(contract), upper(scheme)
	if name == "" || strings.HasPrefix(key, name+"_") {
		return key
	}
	if key == "" {
		return name
	}
	return name + "_" + key
}
