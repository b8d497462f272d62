package jose

import (
	"crypto/sha256"
	"crypto/sha512"
	"fmt"
)

// LeftHalfHash gives at_hash or c_hash of an access token or code in an ID token that is signed with a (OpenID Connect Core,
// 3.1.3.6 and 3.3.2.11): the left half of the algorithm's hash in base64url. That of EdDSA is SHA-512, which Ed25519
// uses. It is empty for algorithms that no key has.
func LeftHalfHash(a Algorithm, text string) string {
	switch a {
	case RS256, ES256, HS256:
		sum := sha256.Sum256([]byte(text))
		return encode(sum[:len(sum)/2])
	case EdDSA:
		sum := sha512.Sum512([]byte(text))
		return encode(sum[:len(sum)/2])
	}
	return ""
}

// Challenge gives the code_challenge of a code_verifier by the method S256 (RFC 7636, 4.2).
func Challenge(verifier string) string { return digest(verifier) }

// CheckVerifier says whether a code_verifier has the form that RFC 7636, 4.1, asks for: 43 to 128 letters, digits and - . _ ~.
// The error is ErrMalformed and does not show the verifier.
func CheckVerifier(verifier string) error {
	if len(verifier) < 43 || len(verifier) > 128 {
		return fmt.Errorf("code_verifier has %d characters, it must have 43 to 128 (RFC 7636, 4.1): %w", len(verifier), ErrMalformed)
	}
	for i := 0; i < len(verifier); i++ {
		if !isUnreserved(verifier[i]) {
			return fmt.Errorf("code_verifier may have letters, digits and - . _ ~ only (RFC 7636, 4.1), not what stands at character %d: %w",
				i, ErrMalformed)
		}
	}
	return nil
}

// isUnreserved says that a character stands for itself in every part of a URI (RFC 3986, 2.3).
func isUnreserved(c byte) bool {
	return c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '.' || c == '_' || c == '~'
}

// TokenHash gives the ath of an access token, which binds a DPoP proof to it (RFC 9449, 4.2).
func TokenHash(accessToken string) string { return digest(accessToken) }
