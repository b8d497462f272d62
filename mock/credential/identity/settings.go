package identity

import (
	"slices"
	"strings"
	"time"

	"understudy/contracts"
)

// The flavours: whose paths and departures from the RFCs are copied.
const (
	flavourRFC       = "rfc"
	flavourAuthentik = "authentik"
	flavourGoogle    = "google"
)

// The grants, by the name that requests call them (RFC 6749, 8628, 8693).
const (
	grantCode     = "authorization_code"
	grantClient   = "client_credentials"
	grantRefresh  = "refresh_token"
	grantPassword = "password"
	grantImplicit = "implicit"
	grantDevice   = "urn:ietf:params:oauth:grant-type:device_code"
	grantExchange = "urn:ietf:params:oauth:grant-type:token-exchange"
)

// Scopes of OpenID Connect (Core 1.0, 5.4 and 11).
const (
	scopeOpenID  = "openid"
	scopeProfile = "profile"
	scopeEmail   = "email"
	scopeOffline = "offline_access"
)

// settings is what the contract says of its provider, with what the flavour does where it is silent.
type settings struct {
	flavour, slug, reuse, refreshFor string

	requirePKCE, allowPlain bool

	code, access, refresh, device, reuseGrace time.Duration

	grants        []string // grant_type values that are offered; "implicit" stands for the flow of that name
	scopes        []string // that may be asked for
	anyScope      bool     // the document declares none: all are let through
	responseTypes []string // that the authorization endpoint takes
	userCode      string   // query parameter of verification_uri_complete
	interval      time.Duration
}

// is says whether the provider is of a flavour.
func (s *settings) is(flavour string) bool { return s.flavour == flavour }

func newSettings(c *contracts.Contract) settings {
	b := contracts.Provider{}
	if c.Behaviour.Provider != nil {
		b = *c.Behaviour.Provider
	}
	s := settings{
		flavour: b.Flavour, slug: b.Slug, reuse: b.Reuse, refreshFor: b.RefreshFor,
		requirePKCE: b.RequirePKCE, allowPlain: b.AllowPlain, userCode: "user_code", interval: 5 * time.Second,
		code: duration(b.Code, time.Minute), access: duration(b.Access, time.Hour), refresh: duration(b.Refresh, 720*time.Hour),
		reuseGrace: duration(b.ReuseGrace, 0),
	}
	for _, known := range c.Behaviour.Credentials {
		if s.flavour == "" {
			s.flavour = known.Provider
		}
	}
	if s.flavour == "" {
		s.flavour = flavourRFC
	}
	deviceLife := 10 * time.Minute
	if s.is(flavourAuthentik) {
		s.allowPlain, s.userCode, deviceLife = true, "code", time.Minute
		setEmpty(&s.reuse, "reject")
		setEmpty(&s.refreshFor, scopeOffline)
	}
	s.device = duration(b.Device, deviceLife)
	setEmpty(&s.slug, c.Name)
	setEmpty(&s.reuse, "revoke-family")
	setEmpty(&s.refreshFor, "all")
	s.offer(c)
	return s
}

// offer finds out which grants, response types and scopes there are.
func (s *settings) offer(c *contracts.Contract) {
	s.grants = []string{grantCode, grantClient, grantRefresh, grantDevice, grantExchange}
	s.responseTypes = []string{"code"}
	flows := providerFlows(c)
	declares := func(kind string) bool {
		return slices.ContainsFunc(flows, func(f contracts.Flow) bool { return f.Kind == kind })
	}
	if declares("implicit") || s.is(flavourAuthentik) {
		s.grants = append(s.grants, grantImplicit)
		s.responseTypes = append(s.responseTypes, "token", "id_token", "id_token token", "code token", "code id_token", "code id_token token")
	}
	if declares("password") || s.is(flavourAuthentik) {
		s.grants = append(s.grants, grantPassword)
	}
	for _, f := range flows {
		for _, scope := range f.Scopes {
			s.addScope(scope.Name)
		}
	}
	for _, o := range c.Operations {
		for _, alternative := range o.Security {
			for _, requirement := range alternative {
				if providerScheme(requirement.Scheme) {
					s.addScope(requirement.Scopes...)
				}
			}
		}
	}
	s.anyScope = len(s.scopes) == 0
	s.addScope(scopeOpenID, scopeProfile, scopeEmail, scopeOffline)
	switch s.flavour {
	case flavourAuthentik:
		s.anyScope = false
		s.addScope("entitlements")
	case flavourGoogle:
		s.addScope("https://www.googleapis.com/auth/userinfo.email", "https://www.googleapis.com/auth/userinfo.profile")
	}
}

func (s *settings) addScope(names ...string) {
	for _, name := range names {
		if name != "" && !slices.Contains(s.scopes, name) {
			s.scopes = append(s.scopes, name)
		}
	}
}

// providerFlows gives the flows of all schemes of type oauth2, in the order of the schemes' keys.
func providerFlows(c *contracts.Contract) []contracts.Flow {
	var list []contracts.Flow
	for _, s := range providerSchemes(c) {
		list = append(list, s.Flows...)
	}
	return list
}

// providerSchemes gives the schemes that need a provider, in the order of their keys.
func providerSchemes(c *contracts.Contract) []*contracts.SecurityScheme {
	var list []*contracts.SecurityScheme
	for _, s := range c.Security {
		if providerScheme(s) {
			list = append(list, s)
		}
	}
	slices.SortFunc(list, func(a, b *contracts.SecurityScheme) int { return strings.Compare(a.Key, b.Key) })
	return list
}

// duration reads a duration of a contract, which has been checked when it was compiled.
func duration(text string, otherwise time.Duration) time.Duration {
	if d, err := time.ParseDuration(text); err == nil {
		return d
	}
	return otherwise
}

func setEmpty(value *string, otherwise string) {
	if *value == "" {
		*value = otherwise
	}
}
