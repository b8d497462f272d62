// Package credential knows who is calling: it issues keys, tokens and sessions, keeps them, and believes only what it
// issued.
//
// A Registry serves one contract. What the contract's security schemes ask for gets a class of credentials each,
// described by x-understudy or made up from the scheme; Authenticate and Permit hold a request against an operation's
// security. Every time comes from the clock and every secret from one seed. Texts of credentials are shown once, when
// they are issued, and kept as SHA-256 hashes.
package credential

import (
	"errors"
	"fmt"
	"time"
)

// A Kind is what a credential is.
type Kind string

// The kinds.
const (
	Key         Kind = "key"         // made by a person, lives until it is revoked or expires
	JWT         Kind = "jwt"         // a signed token (RFC 7519)
	Opaque      Kind = "opaque"      // a token that says nothing to its bearer
	Refresh     Kind = "refresh"     // buys new tokens, never satisfies an operation
	Password    Kind = "password"    // name and password of HTTP Basic (RFC 7617)
	Certificate Kind = "certificate" // of a TLS client
)

// A State is where a credential stands in its life. Contracts may name others; a credential is good in the first
// state of its class only, which is Active where the contract says nothing.
type State string

// The states that every class has.
const (
	Active  State = "active"
	Pending State = "pending" // not approved yet
	Used    State = "used"    // a single-use credential that was used
	Revoked State = "revoked"
	Expired State = "expired" // ended before its time by the management API; one that runs out stays Active
)

// A Credential is what was issued, without its text.
type Credential struct {
	ID          string         `json:"id"` // "key_1a2b3c4d5e": no secret
	Kind        Kind           `json:"kind"`
	Class       string         `json:"class"`             // name of its Class
	Schemes     []string       `json:"schemes,omitempty"` // keys of the security schemes that it satisfies
	Name        string         `json:"name,omitempty"`
	Account     string         `json:"account,omitempty"`
	User        string         `json:"user,omitempty"`   // empty: it belongs to the account or the client as such
	Client      string         `json:"client,omitempty"` // the OAuth client it was issued to
	Environment string         `json:"environment,omitempty"`
	Scopes      []string       `json:"scopes,omitempty"`
	Claims      map[string]any `json:"claims,omitempty"` // of a JWT, as signed
	State       State          `json:"state"`
	// Family is the id of what it came from: a login, a grant, or the first of a chain of rotated keys. What counts per
	// credential counts per family.
	Family    string    `json:"family,omitempty"`
	Successor string    `json:"successor,omitempty"` // id of the one that replaced it
	Prefix    string    `json:"prefix,omitempty"`    // the documented beginning of its text
	LastFour  string    `json:"last_four,omitempty"`
	Bound     string    `json:"bound,omitempty"` // JWK thumbprint of the key that it is bound to (RFC 9449, 6.1)
	CreatedAt time.Time `json:"created_at"`
	NotBefore time.Time `json:"not_before,omitzero"`
	ExpiresAt time.Time `json:"expires_at,omitzero"` // good before it, not at it; zero: never
	EndedAt   time.Time `json:"ended_at,omitzero"`   // when it was revoked or used
	SeenAt    time.Time `json:"seen_at,omitzero"`    // last use, of classes with sliding expiry only
}

// Issued is a credential with its text: the only moment at which the text is known.
type Issued struct {
	Credential
	Text string `json:"text"`
}

// An Account is a customer of the vendor.
type Account struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Plan string `json:"plan,omitempty"`
}

// A User belongs to an account and can log in.
type User struct {
	ID      string `json:"id"`
	Account string `json:"account"`
	Name    string `json:"name"`
	Email   string `json:"email"`
	Role    string `json:"role,omitempty"`
	// PasswordAt is when the password was set.
	PasswordAt time.Time `json:"password_at"`
}

// A Client is an application that asks the identity provider for tokens (RFC 6749, 2).
type Client struct {
	ID        string   `json:"id"`
	Name      string   `json:"name"`
	Public    bool     `json:"public"`              // it cannot keep a secret
	Redirects []string `json:"redirects,omitempty"` // exact URIs; besides these loopback addresses with any port and path where Loopback is set
	Loopback  bool     `json:"loopback"`
	Grants    []string `json:"grants,omitempty"` // grant_type values; empty: all that the provider has
	Scopes    []string `json:"scopes,omitempty"` // empty: all
	Keys      string   `json:"keys,omitempty"`   // its JWK set as JSON, for private_key_jwt (RFC 7523)
	// Account is whom its own tokens (client credentials) stand for; empty: the first account.
	Account   string    `json:"account,omitempty"`
	CreatedAt time.Time `json:"created_at"`
}

// A Holder is who a request's credentials stand for. Its zero value is nobody in particular.
type Holder struct {
	Credential  *Credential // the one that decides; nil for anonymous requests
	Account     *Account    // nil: none
	User        *User       // nil: none
	Client      string
	Environment string
	Scopes      []string
}

// A Refusal is why a request is not let through. It is an error.
type Refusal struct {
	Status     int      // 401, 403, 400, or what the contract says for a failed CSRF check
	Code       string   // one of the codes below
	Detail     string   // for people: what was wrong and what to send instead; never a secret
	Challenges []string // values of WWW-Authenticate (RFC 9110, 11.6.1)
	Credential string   // id of the credential that was shown, where it is known

	scopes []string // that were missing
}

func (r *Refusal) Error() string { return r.Code + ": " + r.Detail }

// The codes of refusals. Error templates of overlays refer to them.
const (
	CodeMissing       = "credential_missing"     // nothing was shown
	CodeMalformed     = "credential_malformed"   // it cannot be read as what the scheme asks for
	CodeUnknown       = "credential_unknown"     // never issued, or by somebody else
	CodeRevoked       = "credential_revoked"     //
	CodePending       = "credential_pending"     // not in the state in which it is accepted
	CodeExpired       = "credential_expired"     //
	CodeUnsupported   = "credential_unsupported" // the scheme is not simulated
	CodeTokenInvalid  = "token_invalid"          // a JWT that is not believed
	CodeTokenExpired  = "token_expired"          //
	CodeLoginFailed   = "login_failed"
	CodeRefreshBad    = "refresh_invalid"
	CodeRefreshOld    = "refresh_expired"
	CodeRefreshUsed   = "refresh_used"
	CodeRefreshEnded  = "refresh_revoked"
	CodeScope         = "scope_insufficient"
	CodePermission    = "permission_insufficient" // the user's role is too small
	CodeCSRF          = "csrf_mismatch"
	CodeStateMismatch = "state_invalid" // of a login callback
)

// ErrNotFound says that there is no such credential, user, account or client.
var ErrNotFound = errors.New("not found")

// A RequestError says what is wrong with what was asked for.
type RequestError struct {
	Field  string // "name", "scopes"
	Reason string // "must not be empty"
}

func (e *RequestError) Error() string { return fmt.Sprintf("%s %s", e.Field, e.Reason) }
