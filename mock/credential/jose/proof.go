package jose

import (
	"fmt"
	"time"
)

// ProofType is the typ of DPoP proofs.
const ProofType = "dpop+jwt"

// maxProofID bounds jti, which servers have to remember for a while.
const maxProofID = 256

// A Proof is a DPoP proof that its own key signed (RFC 9449, 4.2). Whether it fits the request, the token, the nonce and the
// time, and whether it was seen before, is for those who know these.
type Proof struct {
	Key        *Key   // the public key in its header, without ID
	Thumbprint string // of Key: the jkt that tokens are bound to
	ID         string // jti
	Method     string // htm, as written
	URL        string // htu, as written
	TokenHash  string // ath; empty where there is none
	Nonce      string // nonce; empty where there is none
	IssuedAt   time.Time
}

// ParseProof reads a DPoP proof and checks what can be checked without knowing the request (RFC 9449, 4.3, steps 2 to 7): the
// form, typ, an algorithm with a public key, the key in the header without private part, the signature by it, and the claims
// jti, htm, htu and iat. Errors are those of Parse, Verify and ParsePublicKey; ErrMalformed for typ and claims.
func ParseProof(text string) (*Proof, error) {
	t, err := Parse(text)
	if err != nil {
		return nil, fmt.Errorf("DPoP proof: %w", err)
	}
	if t.Type != ProofType {
		return nil, fmt.Errorf("DPoP proof: typ is %s, it must be %s: %w", brief(t.Type), ProofType, ErrMalformed)
	}
	switch t.Algorithm {
	case RS256, ES256, EdDSA, None: // Verify refuses None
	default:
		return nil, fmt.Errorf("DPoP proof: alg %s is not among RS256, ES256 and EdDSA: %w", brief(string(t.Algorithm)), ErrAlgorithm)
	}
	jwk, ok := t.Header["jwk"].(map[string]any)
	if !ok {
		return nil, fmt.Errorf("DPoP proof: the header must have the public key as jwk: %w", ErrMalformed)
	}
	k, err := publicKeyOf(jwk)
	if err != nil {
		return nil, fmt.Errorf("DPoP proof: %w", err)
	}
	k.ID = "" // the key is the one in the header, whatever kid says
	if err := t.Verify(k); err != nil {
		return nil, fmt.Errorf("DPoP proof: %w", err)
	}
	return t.proof(k)
}

// proof takes the claims out of a verified proof.
func (t *Token) proof(k *Key) (*Proof, error) {
	p := &Proof{Key: k}
	for _, claim := range []struct {
		name     string
		into     *string
		required bool
	}{{"jti", &p.ID, true}, {"htm", &p.Method, true}, {"htu", &p.URL, true}, {"ath", &p.TokenHash, false}, {"nonce", &p.Nonce, false}} {
		value, present := t.Claims[claim.name]
		text, _ := value.(string)
		if text == "" && (present || claim.required) {
			return nil, fmt.Errorf("DPoP proof: %s must be a text that is not empty: %w", claim.name, ErrMalformed)
		}
		*claim.into = text
	}
	if len(p.ID) > maxProofID {
		return nil, fmt.Errorf("DPoP proof: jti has %d bytes, %d are allowed: %w", len(p.ID), maxProofID, ErrMalformed)
	}
	if normalURL(p.URL) == "" {
		return nil, fmt.Errorf("DPoP proof: htu must be an absolute http or https URI: %w", ErrMalformed)
	}
	iat, ok, err := t.claimTime("iat")
	if err != nil || !ok {
		return nil, fmt.Errorf("DPoP proof: iat must be a number of seconds since 1970: %w", ErrMalformed)
	}
	p.IssuedAt = iat
	p.Thumbprint, err = k.Thumbprint()
	return p, err
}
