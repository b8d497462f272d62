package credential

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"understudy/mock/credential/jose"
	"understudy/mock/store"
)

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
	Audience    string         // empty: none
	Life        time.Duration  // 0: the class's
	Family      string         // empty: its own
	Bound       string         // JWK thumbprint
	Defect      Defect         // what is wrong with it on purpose

	schemes []string // that it satisfies; nil: the class's
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
	RevokedToken   Defect = "revoked"    // unexpired, yet revoked
	ClockSkew      Defect = "clock-skew" // of an issuer whose clock is two minutes ahead
)

// skewOnPurpose is how far ahead the clock is of an issuer with ClockSkew.
const skewOnPurpose = 2 * time.Minute

// Defects lists them.
var Defects = []Defect{PastDue, NotYetValid, WrongIssuer, WrongAudience, WrongSignature, AlgorithmNone, UnknownKey, RevokedToken, ClockSkew}

// IssueToken issues a token. It fails with *RequestError.
func (r *Registry) IssueToken(ctx context.Context, q TokenRequest) (issued Issued, err error) {
	err = r.update(ctx, func(tx store.Tx) error {
		issued, err = r.IssueTokenIn(tx, q)
		return err
	})
	if err != nil {
		return Issued{}, wrap("issue a token", err)
	}
	return issued, nil
}

// IssueTokenIn is IssueToken inside a transaction of the registry's store that the caller has begun.
func (r *Registry) IssueTokenIn(tx store.Tx, q TokenRequest) (Issued, error) {
	class, err := r.tokenClass(q.Class)
	if err != nil {
		return Issued{}, err
	}
	if q.Defect != NoDefect && !class.Is(JWT) && q.Defect != PastDue && q.Defect != RevokedToken {
		return Issued{}, &RequestError{"defect", fmt.Sprintf("%s needs a JWT, and %s is none", q.Defect, class.Name)}
	}
	c, err := r.tokenRecord(tx, class, q)
	if err != nil {
		return Issued{}, err
	}
	if !class.Is(JWT) {
		return r.issueText(tx, class, c, "")
	}
	if err := r.nameIt(tx, class, c); err != nil {
		return Issued{}, err
	}
	if c.Claims, err = r.claims(tx, class, c, q); err != nil {
		return Issued{}, err
	}
	text, err := r.signToken(tx, class, c.Claims, q)
	if err != nil {
		return Issued{}, err
	}
	c.Hash, c.LastFour = hexOf(hashOf(text)), lastFour(text)
	issued := Issued{Credential: c.Credential, Text: text}
	if !q.Defect.registered() {
		return issued, nil // it must be refused for what is wrong with it, so nobody remembers it
	}
	if err := r.add(tx, c); err != nil {
		return Issued{}, err
	}
	return issued, r.forget(tx, c.CreatedAt)
}

// registered says that a token is remembered although something is wrong with it.
func (d Defect) registered() bool {
	return d == NoDefect || d == PastDue || d == NotYetValid || d == RevokedToken || d == ClockSkew
}

func (r *Registry) tokenClass(name string) (*Class, error) {
	if name == "" {
		if class := r.classOf(nil, JWT, Opaque, Key); class != nil {
			return class, nil
		}
		return nil, &RequestError{"class", "the contract has no tokens"}
	}
	class := r.byName[name]
	if class == nil || class.Is(Password, Certificate) {
		return nil, &RequestError{"class", fmt.Sprintf("must be one of %s, not %.40q", strings.Join(r.classNames(), ", "), name)}
	}
	return class, nil
}

// tokenRecord is the record of a token, without id and text.
func (r *Registry) tokenRecord(tx store.Tx, class *Class, q TokenRequest) (*stored, error) {
	account := q.Account
	if account == "" && q.User == "" && q.Client != "" {
		if client, err := r.clientIn(tx, q.Client); err == nil {
			account = client.Account
		} else if !errors.Is(err, ErrNotFound) {
			return nil, err
		}
	}
	account, err := r.accountFor(tx, account, q.User)
	if err != nil {
		return nil, err
	}
	now := r.clock.Now()
	life := r.lifeOf(class)
	if q.Life > 0 {
		life = q.Life
	}
	c := &stored{Credential: Credential{
		Kind: Kind(class.Kind), Class: class.Name, Schemes: q.schemes, Name: q.Name, Account: account, User: q.User, Client: q.Client, Scopes: q.Scopes,
		Environment: class.Environment, State: class.Good(), Family: q.Family, Bound: q.Bound, CreatedAt: now,
	}}
	if q.Environment != "" {
		c.Environment = q.Environment
	}
	if q.Scopes == nil {
		c.Scopes = class.most()
	}
	if life > 0 {
		c.ExpiresAt = now.Add(life)
	}
	switch q.Defect {
	case PastDue:
		c.CreatedAt, c.ExpiresAt = now.Add(-max(life, time.Hour)), now
	case ClockSkew:
		c.CreatedAt, c.NotBefore = now.Add(skewOnPurpose), now.Add(skewOnPurpose)
		if !c.ExpiresAt.IsZero() {
			c.ExpiresAt = c.ExpiresAt.Add(skewOnPurpose)
		}
	case NotYetValid:
		c.NotBefore = now.Add(time.Hour)
		if !c.ExpiresAt.IsZero() {
			c.ExpiresAt = c.ExpiresAt.Add(time.Hour)
		}
	case RevokedToken:
		c.State, c.EndedAt = Revoked, now
	}
	return c, nil
}

// claims are what a token says: the registered claims (RFC 7519, 4.1), those of the class, and those asked for.
func (r *Registry) claims(tx store.Tx, class *Class, c *stored, q TokenRequest) (map[string]any, error) {
	fill, err := r.filler(tx, c)
	if err != nil {
		return nil, err
	}
	claims := map[string]any{"iat": c.CreatedAt.Unix(), "jti": c.ID}
	if subject := cmpOr(c.User, c.Client, c.Account); subject != "" {
		claims["sub"] = subject
	}
	if !c.ExpiresAt.IsZero() {
		claims["exp"] = c.ExpiresAt.Unix()
	}
	if !c.NotBefore.IsZero() {
		claims["nbf"] = c.NotBefore.Unix()
	}
	if issuer := cmpOr(q.Issuer, class.Issuer); issuer != "" {
		claims["iss"] = issuer
	}
	if q.Audience != "" {
		claims["aud"] = q.Audience
	}
	if len(c.Scopes) > 0 && class.issuedByProvider() {
		claims["scope"] = strings.Join(c.Scopes, " ")
	}
	if c.Bound != "" {
		claims["cnf"] = map[string]any{"jkt": c.Bound} // RFC 9449, 6.1
	}
	for name, value := range class.Claims {
		if claims[name], err = fill(value); err != nil {
			return nil, err
		}
	}
	maps.Copy(claims, q.Claims)
	switch q.Defect {
	case WrongIssuer:
		claims["iss"] = "https://another-issuer.example/"
	case WrongAudience:
		claims["aud"] = "another-audience"
	}
	return claims, nil
}

func cmpOr(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// filler gives a function that fills {user.id}, {user.email}, {user.name}, {user.role}, {account.id}, {account.name},
// {account.plan}, {client.id}, {scopes}, {id} and {uuid} into the strings of a value.
func (r *Registry) filler(tx store.Tx, c *stored) (func(any) (any, error), error) {
	words := []string{"{account.id}", c.Account, "{client.id}", c.Client, "{scopes}", strings.Join(c.Scopes, " "), "{id}", c.ID}
	if account, err := r.accountIn(tx, c.Account); err == nil {
		words = append(words, "{account.name}", account.Name, "{account.plan}", account.Plan)
	} else if !errors.Is(err, ErrNotFound) {
		return nil, err
	}
	user := &User{}
	if c.User != "" {
		found, err := r.userIn(tx, c.User)
		if err != nil {
			return nil, err
		}
		user = found
	}
	words = append(words, "{user.id}", user.ID, "{user.email}", user.Email, "{user.name}", user.Name, "{user.role}", user.Role)
	replacer := strings.NewReplacer(words...)
	var fill func(any) (any, error)
	fill = func(value any) (any, error) {
		switch v := value.(type) {
		case string:
			if strings.Contains(v, "{uuid}") {
				id, err := r.Text(tx, "uuid", `[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}`)
				if err != nil {
					return nil, err
				}
				v = strings.ReplaceAll(v, "{uuid}", id)
			}
			return replacer.Replace(v), nil
		case map[string]any:
			object := map[string]any{}
			for name, member := range v {
				filled, err := fill(member)
				if err != nil {
					return nil, err
				}
				object[name] = filled
			}
			return object, nil
		}
		return value, nil
	}
	return fill, nil
}

// signToken signs the claims, with what is to be wrong about it.
func (r *Registry) signToken(tx store.Tx, class *Class, claims map[string]any, q TokenRequest) (string, error) {
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", &RequestError{"claims", err.Error()}
	}
	typ := cmpOr(q.Type, "JWT")
	key, err := r.signer(tx, jose.Algorithm(class.Algorithm))
	if err != nil {
		return "", err
	}
	switch q.Defect {
	case AlgorithmNone:
		return key.Unsigned(typ, payload), nil
	case UnknownKey:
		if key, err = jose.Derive(r.secret[:], "a key that nobody publishes", jose.Algorithm(class.Algorithm)); err != nil {
			return "", err
		}
	}
	text, err := key.Sign(typ, payload)
	if err != nil {
		return "", fmt.Errorf("sign a token: %w", err)
	}
	if q.Defect == WrongSignature {
		return jose.Tamper(text), nil
	}
	return text, nil
}

// Alive says whether a credential is good now, and if not, why.
func (r *Registry) Alive(c *Credential, now time.Time) *Refusal {
	good, sliding, skew := Active, time.Duration(0), time.Duration(0)
	if class := r.byName[c.Class]; class != nil {
		good, sliding, skew = class.Good(), class.SlidingFor, class.SkewFor
	}
	token := c.Kind == JWT
	refuse := func(code, detail string) *Refusal {
		return &Refusal{Status: 401, Code: code, Detail: detail, Credential: c.ID}
	}
	switch c.State {
	case good:
	case Revoked:
		if token {
			return refuse(CodeTokenInvalid, "The token was revoked.")
		}
		return refuse(CodeRevoked, "The credential was revoked.")
	case Expired:
		if token {
			return refuse(CodeTokenExpired, "The token has expired.")
		}
		return refuse(CodeExpired, "The credential has expired.")
	case Used:
		return refuse(CodeRevoked, "The credential was used and is good only once.")
	default:
		return refuse(CodePending, "The credential is "+string(c.State)+", not "+string(good)+".")
	}
	if !c.NotBefore.IsZero() && now.Add(skew).Before(c.NotBefore) {
		return refuse(CodeTokenInvalid, "The token is not valid yet.")
	}
	if expired(c, now.Add(-skew), sliding) {
		if token {
			return refuse(CodeTokenExpired, "The token has expired.")
		}
		return refuse(CodeExpired, "The credential has expired.")
	}
	return nil
}

// expired says that a credential has run out: good in [created, end), COMMON rule of all contracts.
func expired(c *Credential, now time.Time, sliding time.Duration) bool {
	if !c.ExpiresAt.IsZero() && !now.Before(c.ExpiresAt) {
		return true
	}
	if sliding == 0 || c.Kind == Refresh {
		return false
	}
	seen := c.SeenAt
	if seen.IsZero() {
		seen = c.CreatedAt
	}
	return !now.Before(seen.Add(sliding))
}
