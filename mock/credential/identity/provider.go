// Package identity is the identity provider of one contract: OAuth 2.0 with the stricter rules of the OAuth 2.1 draft,
// and OpenID Connect.
//
// A Provider answers at the paths that the document names for its security schemes and at those of its flavour. What it
// issues are credentials of the contract's registry, so that the contract's operations believe them; codes, device
// grants and what users agreed to are records of the registry's store, each change in one transaction. All times come
// from the registry's clock and all codes from its secret.
package identity

import (
	"log/slog"
	"net/http"
	"slices"
	"time"

	"understudy/contracts"
	"understudy/mock/clock"
	"understudy/mock/credential"
	"understudy/mock/store"
)

// Options are what a Provider is made of. Registry is required.
type Options struct {
	Registry *credential.Registry
	// AutoApprove shows no page: login_hint, or the first user, agrees to everything that is asked.
	AutoApprove bool
	Logger      *slog.Logger // nil: nothing is logged
}

// A Provider is the identity provider of one contract. It is safe for concurrent use.
type Provider struct {
	registry *credential.Registry
	contract *contracts.Contract
	clock    clock.Clock
	store    store.Store
	settings settings
	options  Options
	logger   *slog.Logger
	routes   routes
	paths    Paths
}

// New makes the provider of the registry's contract. It gives nil when the contract needs none: no security scheme of
// type oauth2 or openIdConnect, no word on a provider and no credential that comes from one.
func New(o Options) *Provider {
	c := o.Registry.Contract()
	if !needed(c) {
		return nil
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	p := &Provider{
		registry: o.Registry, contract: c, clock: o.Registry.Clock(), store: o.Registry.Store(),
		settings: newSettings(c), options: o, logger: o.Logger,
	}
	p.routes, p.paths = newRoutes(c, p.settings)
	return p
}

func needed(c *contracts.Contract) bool {
	if c.Behaviour.Provider != nil {
		return true
	}
	for _, s := range c.Security {
		if providerScheme(s) {
			return true
		}
	}
	return slices.ContainsFunc(c.Behaviour.Credentials, func(b contracts.CredentialBehaviour) bool { return b.Provider != "" })
}

// providerScheme says whether tokens for a security scheme come from an identity provider.
func providerScheme(s *contracts.SecurityScheme) bool {
	return s != nil && (s.Type == "oauth2" || s.Type == "openIdConnect")
}

// An authorization is what a user has agreed to, or what a client asked for itself.
type authorization struct {
	Client    string    `json:"client"`
	User      string    `json:"user,omitempty"` // empty: the client's own
	Redirect  string    `json:"redirect,omitempty"`
	Nonce     string    `json:"nonce,omitempty"`     // goes into the ID token as it came
	Challenge string    `json:"challenge,omitempty"` // PKCE; empty: none was sent
	Method    string    `json:"method,omitempty"`    // of Challenge: S256 or plain
	Session   string    `json:"session,omitempty"`   // id of the browser's session; empty: no browser took part
	Scopes    []string  `json:"scopes,omitempty"`
	AuthTime  time.Time `json:"auth_time,omitzero"`
	Bound     string    `json:"bound,omitempty"` // dpop_jkt: thumbprint of the key that the code is bound to (RFC 9449, 10)
	Issuer    string    `json:"issuer"`
	Resource  string    `json:"resource,omitempty"` // RFC 8707; empty: none was named
	Family    string    `json:"family,omitempty"`   // of all tokens that come from it; made up when it is empty
}

// A session is a browser's login at the provider.
type session struct {
	ID       string    `json:"id"`
	User     string    `json:"user"`
	AuthTime time.Time `json:"auth_time"`
}

// A deviceGrant is a device's wish for tokens (RFC 8628), on which a user decides in a browser.
type deviceGrant struct {
	UserCode  string        `json:"user_code"` // as shown: "BCDF-GHJK"
	Client    string        `json:"client"`
	Scopes    []string      `json:"scopes,omitempty"`
	State     string        `json:"state"` // one of the states below
	User      string        `json:"user,omitempty"`
	AuthTime  time.Time     `json:"auth_time,omitzero"` // when the user decided
	ExpiresAt time.Time     `json:"expires_at"`
	Interval  time.Duration `json:"interval"`
	PolledAt  time.Time     `json:"polled_at,omitzero"`
	Issuer    string        `json:"issuer"`
	Resource  string        `json:"resource,omitempty"`
}

// The states of a device grant.
const (
	devicePending  = "pending"
	deviceApproved = "approved"
	deviceDenied   = "denied"
	deviceUsed     = "used" // tokens were given for it
)

// tokens are the members of a good answer of the token endpoint (RFC 6749, 5.1).
type tokens struct {
	AccessToken     string `json:"access_token,omitempty"`
	TokenType       string `json:"token_type,omitempty"` // Bearer or DPoP
	ExpiresIn       int64  `json:"expires_in,omitempty"` // seconds
	RefreshToken    string `json:"refresh_token,omitempty"`
	IDToken         string `json:"id_token,omitempty"`
	Scope           string `json:"scope,omitempty"`
	IssuedTokenType string `json:"issued_token_type,omitempty"` // of a token exchange (RFC 8693, 2.2.1)
}

// wants says which tokens an authorization is to be turned into.
type wants struct {
	Access  bool   // an access token
	ID      bool   // an ID token; it has at_hash where Access is set too
	Refresh bool   // a refresh token, where the settings and the scopes allow one
	Code    string // the authorization code that is given beside an ID token: c_hash (OIDC Core, 3.3.2.11)
	Bound   string // thumbprint of the key of a DPoP proof
	Flow    string // kind of the flow (contracts.Flow), which chooses the class of the access token; empty: authorizationCode
}

// ServeHTTP answers one request at a path that the provider owns.
func (p *Provider) ServeHTTP(w http.ResponseWriter, r *http.Request) { p.serve(w, r) }

// origin is scheme and host as the client addressed them.
func origin(r *http.Request) string {
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// issuer is the provider's identifier as the request addressed it (OpenID Connect Discovery 1.0, 3).
func (p *Provider) issuer(r *http.Request) string { return origin(r) + p.paths.Issuer }
