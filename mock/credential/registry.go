package credential

import (
	"context"
	"net/http"
	"time"

	"understudy/contracts"
	"understudy/mock/clock"
	"understudy/mock/store"
)

// Options are what a Registry is made of. Contract and Store are required.
type Options struct {
	Contract *contracts.Contract
	Store    store.Store
	Clock    clock.Clock // nil: the real time
	// Secret is where all ids, texts and signing keys come from: with the same secret, clock and requests they are the same.
	Secret [32]byte
}

// A Class is a kind of credential that the contract has: as x-understudy describes it, or made up for a security
// scheme that nothing is said of.
type Class struct {
	contracts.CredentialBehaviour                           // as written, or filled in
	Security                      *contracts.SecurityScheme // the scheme it satisfies; nil: none, as for refresh tokens
	Invented                      bool                      // the contract says nothing of it
	Life, GraceFor, SlidingFor    time.Duration             // parsed; 0: no end, none, none
	SkewFor                       time.Duration
	CookieName                    string // of Cookie; empty: it is no cookie
}

// A Ready credential exists from the start, so that a client has something to begin with.
type Ready struct {
	Env   string // name of the environment line: "ECOEVENTS_API_KEY"
	Value string
	Class string // name of its class; empty for what is no credential of an operation: passwords, client ids
	// Secret says that the value must not be shown in logs and reports.
	Secret bool
}

// A Registry issues credentials and knows them again. It is safe for concurrent use.
type Registry struct{}

// New makes the classes of a contract and what exists from the start: accounts, users, clients and one ready credential
// of each class.
func New(ctx context.Context, o Options) (*Registry, error) { panic("todo") }

// Reset takes everything back to what it was at the start. Signing keys stay.
func (r *Registry) Reset(ctx context.Context) error { panic("todo") }

// Ready gives the environment lines of the credentials that exist from the start.
func (r *Registry) Ready() []Ready { panic("todo") }

// Classes gives the classes in the contract's order, invented ones last.
func (r *Registry) Classes() []*Class { panic("todo") }

// Class gives the class of a name; nil when there is none.
func (r *Registry) Class(name string) *Class { panic("todo") }

// Contract, Clock and Store give what the registry was made of.
func (r *Registry) Contract() *contracts.Contract { panic("todo") }
func (r *Registry) Clock() clock.Clock            { panic("todo") }
func (r *Registry) Store() store.Store            { panic("todo") }

// Text makes up a text that nobody can guess: of the form of a regular expression, from the registry's secret and the next
// number in the store. It is for ids and codes; tx is a transaction of the registry's store.
func (r *Registry) Text(tx store.Tx, purpose, format string) (string, error) { panic("todo") }

// Authenticate holds what a request shows against an operation's security (OpenAPI, Security Requirement Object): any
// alternative will do, all schemes of it must hold. A request that shows a bad credential is refused even where the
// operation does not ask for one; where both come, Authorization decides and not a cookie. The caller is nil
// where the request is refused. The error is the store's.
func (r *Registry) Authenticate(ctx context.Context, o *contracts.Operation, q *http.Request) (*Caller, *Refusal, error) {
	panic("todo")
}

// A Caller is a request's holder with the alternatives that its credentials satisfy.
type Caller struct {
	Holder
}

// Permit says whether the caller may use the operation: scopes, what its scopes and role allow, and CSRF protection of
// cookies. It gives nil or why not.
func (r *Registry) Permit(c *Caller, o *contracts.Operation, q *http.Request) *Refusal { panic("todo") }

// --- keys ---

// A KeyRequest is a new key, or any other credential that a person makes by hand.
type KeyRequest struct {
	Class       string // empty: the class of Environment, else the first one of kind key, else the first that is no refresh token
	Environment string
	Name        string   // empty is refused where Strict
	Account     string   // empty: the first account
	User        string   //
	Scopes      []string // empty: those of the class that permit most; unknown ones are refused
	ExpiresAt   time.Time
	State       State  // empty: the first of the class
	Text        string // empty: made up; else it must keep the class's format
	Strict      bool   // name and scopes must be given
}

// CreateKey issues a credential. It fails with *RequestError.
func (r *Registry) CreateKey(ctx context.Context, q KeyRequest) (Issued, error) { panic("todo") }

// A Filter chooses credentials; empty members let all pass.
type Filter struct {
	Kinds                                []Kind
	Class, Account, User, Client, Family string
	Environment                          string
	State                                State
}

// Credentials lists credentials in the order of their creation.
func (r *Registry) Credentials(ctx context.Context, f Filter) ([]Credential, error) { panic("todo") }

// Credential gives one by its id, or ErrNotFound.
func (r *Registry) Credential(ctx context.Context, id string) (Credential, error) { panic("todo") }

// ByText gives the credential with a text, whatever state it is in, or ErrNotFound.
func (r *Registry) ByText(ctx context.Context, text string) (Credential, error) { panic("todo") }

// A Change of a credential; nil members stay as they are.
type Change struct {
	Name      *string
	Scopes    *[]string
	ExpiresAt *time.Time // the zero time: never
	State     *State
}

// Change acts on the next request. It fails with ErrNotFound or *RequestError.
func (r *Registry) Change(ctx context.Context, id string, change Change) (Credential, error) {
	panic("todo")
}

// Rotate issues a successor with the same attributes. The old one stays good for the class's grace, without one it ends
// at once. It fails with ErrNotFound, or *RequestError when the credential is not good any more.
func (r *Registry) Rotate(ctx context.Context, id string) (Issued, error) { panic("todo") }

// Revoke ends a credential at once. One that has ended already stays as it is. It fails with ErrNotFound.
func (r *Registry) Revoke(ctx context.Context, id string) (Credential, error) { panic("todo") }

// RevokeFamily ends everything that came from one login or grant, and says how many that were.
func (r *Registry) RevokeFamily(ctx context.Context, family string) (int, error) { panic("todo") }

// --- sessions ---

// A Session is what a login or refresh gives.
type Session struct {
	Family  string
	Account *Account
	User    *User
	Access  *Issued // the token to be sent; nil: only a cookie is given
	Refresh *Issued // nil: there is none
	Cookies []*http.Cookie
}

// A Login is a try to log in.
type Login struct {
	Identifier string // e-mail address, or id of a user
	Password   string
	Address    string // where it came from, for the audit
	Secure     bool   // it came over TLS: cookies may be Secure
}

// Login checks name and password and opens a session. It fails with *Refusal.
func (r *Registry) Login(ctx context.Context, l Login) (*Session, error) { panic("todo") }

// Open opens a session for a user who is known already, as after a login at an identity provider.
func (r *Registry) Open(ctx context.Context, user string, secure bool) (*Session, error) {
	panic("todo")
}

// Renew buys a new session with a refresh token; of several calls with the same single-use token one succeeds. It
// fails with *Refusal.
func (r *Registry) Renew(ctx context.Context, text, address string, secure bool) (*Session, error) {
	panic("todo")
}

// Logout ends the caller's session as the contract says, and gives the cookies that remove its own.
func (r *Registry) Logout(ctx context.Context, h *Holder, secure bool) ([]*http.Cookie, error) {
	panic("todo")
}

// --- tokens ---

// A TokenRequest asks for one token.
type TokenRequest struct {
	Class       string // empty: the first of kind jwt, else opaque
	Name        string
	Account     string // empty: the user's, the client's, else the first
	User        string
	Client      string
	Scopes      []string
	Environment string         // empty: the class's
	Claims      map[string]any // besides those of the class and the registered ones; they win
	Type        string         // "typ" of the header; empty: JWT
	Issuer      string         // empty: the class's
	Audience    string         // empty: none, or the client's id for tokens of a provider
	Life        time.Duration  // 0: the class's
	Family      string         // empty: its own
	Bound       string         // JWK thumbprint
	Defect      Defect         // what is wrong with it on purpose
}

// A Defect is what is wrong with a token on purpose.
type Defect string

// The defects. They let a client or a gateway be tested with tokens that must not be believed.
const (
	NoDefect       Defect = ""
	PastDue        Defect = "expired"
	NotYetValid    Defect = "not-yet-valid"
	WrongIssuer    Defect = "wrong-issuer"
	WrongAudience  Defect = "wrong-audience"
	WrongSignature Defect = "wrong-signature"
	AlgorithmNone  Defect = "alg-none"
	UnknownKey     Defect = "unknown-kid"
	RevokedToken   Defect = "revoked" // unexpired, yet revoked
)

// Defects lists them.
var Defects = []Defect{PastDue, NotYetValid, WrongIssuer, WrongAudience, WrongSignature, AlgorithmNone, UnknownKey, RevokedToken}

// IssueToken issues a token. It fails with *RequestError.
func (r *Registry) IssueToken(ctx context.Context, q TokenRequest) (Issued, error) { panic("todo") }

// IssueTokenIn is IssueToken inside a transaction of the registry's store that the caller has begun.
func (r *Registry) IssueTokenIn(tx store.Tx, q TokenRequest) (Issued, error) { panic("todo") }

// RevokeFamilyIn is RevokeFamily inside a transaction.
func (r *Registry) RevokeFamilyIn(tx store.Tx, family string) (int, error) { panic("todo") }

// ByTextIn is ByText inside a transaction.
func (r *Registry) ByTextIn(tx store.Tx, text string) (Credential, error) { panic("todo") }

// PutIn writes a changed credential back inside a transaction: State, Successor, EndedAt and ExpiresAt.
func (r *Registry) PutIn(tx store.Tx, c Credential) error { panic("todo") }

// Alive says whether a credential is good now, and if not, why.
func (r *Registry) Alive(c *Credential, now time.Time) *Refusal { panic("todo") }

// Sign signs claims as a JWT with the current key of an algorithm (RS256, ES256, EdDSA). It is for ID tokens, which are not
// credentials.
func (r *Registry) Sign(algorithm, typ string, claims map[string]any) (string, error) { panic("todo") }

// VerifySigned checks a JWT of Sign or IssueToken: signature by any key that is still published, and nothing else. It gives the claims.
func (r *Registry) VerifySigned(text string) (claims map[string]any, err error) { panic("todo") }

// KeySet gives the public keys as a JWK Set (RFC 7517): the current ones, and older ones until the tokens they
// signed have run out.
func (r *Registry) KeySet(ctx context.Context) ([]byte, error) { panic("todo") }

// RotateSigningKeys makes new keys that sign from now on.
func (r *Registry) RotateSigningKeys(ctx context.Context) error { panic("todo") }

// --- accounts, users, clients ---

func (r *Registry) Accounts(ctx context.Context) ([]Account, error)            { panic("todo") }
func (r *Registry) Account(ctx context.Context, id string) (*Account, error)   { panic("todo") }
func (r *Registry) PutAccount(ctx context.Context, a Account) (Account, error) { panic("todo") }
func (r *Registry) Users(ctx context.Context) ([]User, error)                  { panic("todo") }
func (r *Registry) User(ctx context.Context, id string) (*User, error)         { panic("todo") }

// PutUser makes or changes a user; an empty id is made up, an empty password stays as it is, or is made up for a new one
// and given back.
func (r *Registry) PutUser(ctx context.Context, u User, password string) (User, string, error) {
	panic("todo")
}

// SetPassword changes a user's password and ends what the contract says it ends.
func (r *Registry) SetPassword(ctx context.Context, user, password string) error { panic("todo") }

// CheckPassword gives the user of a name and password, or ErrNotFound whatever was wrong.
func (r *Registry) CheckPassword(ctx context.Context, identifier, password string) (*User, error) {
	panic("todo")
}

func (r *Registry) Clients(ctx context.Context) ([]Client, error)          { panic("todo") }
func (r *Registry) Client(ctx context.Context, id string) (*Client, error) { panic("todo") }

// PutClient makes or changes a client. A confidential client's secret is given when the client is new.
func (r *Registry) PutClient(ctx context.Context, c Client) (Client, string, error) { panic("todo") }

func (r *Registry) DeleteClient(ctx context.Context, id string) error { panic("todo") }

// CheckClientSecret says whether a secret is a client's, in constant time.
func (r *Registry) CheckClientSecret(ctx context.Context, id, secret string) (*Client, bool) {
	panic("todo")
}

// --- use ---

// A Usage is how a credential was used.
type Usage struct {
	Requests     uint64    `json:"requests"`
	Errors       uint64    `json:"errors"` // answers with a status of 400 or more
	ClientErrors uint64    `json:"client_errors"`
	ServerErrors uint64    `json:"server_errors"`
	Limited      uint64    `json:"limited"`    // answers 429
	Refused      uint64    `json:"refused"`    // answers 401 and 403
	ErrorRate    float64   `json:"error_rate"` // Errors ÷ Requests; 0 before the first
	DayRequests  uint64    `json:"day_requests"`
	DayErrors    uint64    `json:"day_errors"`
	DayErrorRate float64   `json:"day_error_rate"` // of the last 24 hours, by the hour
	LastUsed     time.Time `json:"last_used,omitzero"`
	Addresses    []string  `json:"addresses,omitempty"`   // the latest ten that requests came from
	ScopesUsed   []string  `json:"scopes_used,omitempty"` // those of its scopes that an operation asked for
}

// Usage gives how a credential was used; zero before the first use.
func (r *Registry) Usage(id string) Usage { panic("todo") }

// A Use is one answered request.
type Use struct {
	Credential string // id of what was shown, also where it was refused; empty: nothing known was shown
	Operation  *contracts.Operation
	Method     string
	Path       string
	Status     int
	Address    string // without port
	Request    uint64 // its id in the journal
	Reason     string // code of what refused it
	At         time.Time
}

// Used counts a request and, where the class asks for it, writes it down for audit.
func (r *Registry) Used(u Use) { panic("todo") }

// An AuditEntry is one request with a credential that is audited, one try to log in or to refresh, or one change of a
// credential.
type AuditEntry struct {
	ID         uint64    `json:"id"`
	At         time.Time `json:"at"`
	Kind       string    `json:"kind"` // request, login, refresh, logout, create, change, rotate, revoke
	Credential string    `json:"credential,omitempty"`
	Name       string    `json:"name,omitempty"` // of the credential
	Account    string    `json:"account,omitempty"`
	User       string    `json:"user,omitempty"`
	Method     string    `json:"method,omitempty"`
	Path       string    `json:"path,omitempty"` // without query
	Status     int       `json:"status,omitempty"`
	Result     string    `json:"result"` // ok, or the code of the refusal
	Address    string    `json:"address,omitempty"`
	Request    uint64    `json:"request,omitempty"` // id in the journal
}

// Audit gives the entries behind an id, the oldest first, at most limit (0: all), and how many older ones were dropped to
// keep the log bounded.
func (r *Registry) Audit(after uint64, limit int) (entries []AuditEntry, dropped uint64) {
	panic("todo")
}
