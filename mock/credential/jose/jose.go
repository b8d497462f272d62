// Package jose makes and reads signed tokens: JWTs (RFC 7519) in the compact form (RFC 7515), the keys that sign them as
// JWKs (RFC 7517), and DPoP proofs (RFC 9449).
//
// Keys come from a secret, and signatures from the key and the text alone, so that the same secret gives the same bytes.
// Reading is strict: what a lenient reader would repair is refused here. Some functions make tokens that must not be
// believed, for tests of those who read them.
package jose

import "errors"

// An Algorithm says how a token is signed: the values of "alg" (RFC 7518, 3.1; RFC 8037, 3.1).
type Algorithm string

// The algorithms of keys, and None, which no key has and which is never believed.
const (
	RS256 Algorithm = "RS256" // RSA, PKCS #1 v1.5, SHA-256
	ES256 Algorithm = "ES256" // ECDSA, P-256, SHA-256; deterministic (RFC 6979)
	EdDSA Algorithm = "EdDSA" // Ed25519
	HS256 Algorithm = "HS256" // HMAC with SHA-256
	None  Algorithm = "none"
)

// What can be wrong with a token, a key or a proof. Errors wrap one of these and say more.
var (
	ErrMalformed   = errors.New("malformed")          // it cannot be read as what it should be
	ErrSignature   = errors.New("wrong signature")    // no key that came into question made it
	ErrNone        = errors.New("unsigned token")     // "alg" is "none" (RFC 8725, 3.2)
	ErrUnknownKey  = errors.New("unknown key")        // none of the keys has the token's "kid"
	ErrAlgorithm   = errors.New("algorithm not used") // the key signs with another one, or nobody here knows it
	ErrCritical    = errors.New("unknown extension")  // "crit" asks for something that is not understood (RFC 7515, 4.1.11)
	ErrExpired     = errors.New("expired")
	ErrNotYetValid = errors.New("not valid yet")
	ErrKey         = errors.New("unusable key") // a JWK that breaks its rules, or has a private part where it must not
)

// The bounds of what is read. They are far above what honest tokens need.
const (
	maxToken = 64 << 10  // bytes of a token or of one JWK
	maxSet   = 256 << 10 // bytes of a JWK set
	maxDepth = 32        // levels of JSON
)

// A Header is one more member of a token's header, after alg, kid and typ. Value is anything that encoding/json can write.
type Header struct {
	Name  string
	Value any
}
