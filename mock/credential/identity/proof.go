package identity

import (
	"net/http"
	"time"

	"understudy/mock/credential/jose"
)

// A proof is fresh for proofLife after its iat, and may come from a clock that is ahead by proofSkew (RFC 9449, 11.1).
const (
	proofLife = 5 * time.Minute
	proofSkew = time.Minute
)

// proof reads the DPoP proof of a request (RFC 9449, 4.3) and gives the thumbprint of its key; empty where there is none.
// Token is the access token that comes with it, empty at the token endpoint. No nonce is asked for.
func (p *Provider) proof(r *http.Request, token string) (string, error) {
	lines := r.Header.Values("DPoP")
	switch {
	case len(lines) == 0:
		return "", nil
	case len(lines) > 1:
		return "", newError(codeInvalidProof, "send one DPoP header")
	}
	proof, err := jose.ParseProof(lines[0])
	if err != nil {
		return "", newError(codeInvalidProof, "the proof is not a JWT of type dpop+jwt that its own key signed")
	}
	now := p.clock.Now()
	switch {
	case !proof.Covers(r.Method, origin(r)+r.URL.EscapedPath()):
		return "", newError(codeInvalidProof, "htm and htu of the proof are not method and URL of the request")
	case proof.IssuedAt.Before(now.Add(-proofLife)) || proof.IssuedAt.After(now.Add(proofSkew)):
		return "", newError(codeInvalidProof, "iat of the proof is too far from the present")
	case token != "" && proof.TokenHash != jose.TokenHash(token):
		return "", newError(codeInvalidProof, "ath of the proof is not the hash of the token")
	}
	until := proof.IssuedAt.Add(proofLife + time.Second)
	return proof.Thumbprint, p.useOnce(r.Context(), "proof\x00"+proof.Thumbprint+"\x00"+proof.ID, until, now,
		newError(codeInvalidProof, "the proof was used before"))
}
