package credential

import (
	"crypto/x509"
	"errors"
	"net/http"
	"time"

	"understudy/contracts"
	"understudy/mock/credential/jose"
)

// proofWindow is how far a proof's time may lie from the clock, both ways.
const proofWindow = 5 * time.Minute

// checkBinding holds a token that is bound to a key against the proof that the request carries (RFC 9449, 4.3 and 7). A
// token that is bound to none needs no proof.
func (v *verification) checkBinding(c *Credential, seen shown) *Refusal {
	refuse := func(detail string) *Refusal {
		return &Refusal{Status: http.StatusUnauthorized, Code: CodeTokenInvalid, Credential: c.ID, Detail: detail}
	}
	switch {
	case c.Bound == "" && seen.dpop:
		return refuse("The token is bound to no key; send it as Authorization: Bearer.")
	case c.Bound == "":
		return nil
	case !seen.dpop:
		return refuse("The token is bound to a key; send it as Authorization: DPoP, with a proof in the header DPoP.")
	}
	proof, err := CheckProof(v.request, v.now)
	if err != nil {
		return refuse("The DPoP proof is not believed: " + reason(err) + ".")
	}
	if proof.Thumbprint != c.Bound {
		return refuse("The DPoP proof is signed with another key than the token is bound to.")
	}
	if proof.TokenHash != jose.TokenHash(seen.text) {
		return refuse("The DPoP proof is made for another token.")
	}
	return nil
}

// CheckProof reads the header DPoP and holds it against the request: method, URL without query, and time. What it does
// not look at: the token, and whether the proof came before.
func CheckProof(q *http.Request, now time.Time) (*jose.Proof, error) {
	lines := q.Header["Dpop"]
	if len(lines) != 1 {
		return nil, errors.New("send the header DPoP once")
	}
	proof, err := jose.ParseProof(lines[0])
	if err != nil {
		return nil, err
	}
	url := "http://"
	if q.TLS != nil {
		url = "https://"
	}
	switch {
	case !proof.Covers(q.Method, url+q.Host+q.URL.EscapedPath()):
		return nil, errors.New("htm or htu names another request")
	case now.Sub(proof.IssuedAt) > proofWindow || proof.IssuedAt.Sub(now) > proofWindow:
		return nil, errors.New("iat is too far from the server's time")
	}
	return proof, nil
}

// lookCertificate believes a client certificate that one of the given authorities signed, by the stand-in's own clock.
func (v *verification) lookCertificate(s *contracts.SecurityScheme) (finding, error) {
	state := v.request.TLS
	switch {
	case state == nil:
		return refusing(rankMissing, CodeMissing, "A client certificate needs TLS; start the stand-in with --tls."), nil
	case len(state.PeerCertificates) == 0:
		return refusing(rankMissing, CodeMissing, "No client certificate was sent."), nil
	case v.clientCAs == nil:
		return refusing(rankUnknown, CodeUnknown, "The stand-in knows no authority for client certificates; name one with --tls-client-ca."), nil
	}
	leaf := state.PeerCertificates[0]
	between := x509.NewCertPool()
	for _, c := range state.PeerCertificates[1:] {
		between.AddCert(c)
	}
	_, err := leaf.Verify(x509.VerifyOptions{
		Roots: v.clientCAs, Intermediates: between, CurrentTime: v.now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return refusing(rankKnown, CodeExpired, "The client certificate has expired, or is not valid yet."), nil
	case err != nil:
		return refusing(rankKnown, CodeUnknown, "The client certificate is not believed: "+reason(err)+"."), nil
	}
	account, err := v.firstAccountIn(v.tx)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return finding{}, err
	}
	c := &Credential{ID: "crt_" + hexOf(hashOf(string(leaf.Raw)))[:10], Kind: Certificate, Name: commonName(leaf), Account: account, State: Active, CreatedAt: leaf.NotBefore, ExpiresAt: leaf.NotAfter}
	if classes := v.byScheme[s.Key]; len(classes) > 0 {
		c.Class = classes[0].Name
	}
	holder, err := v.holder(c)
	return finding{holder: holder}, err
}

func commonName(c *x509.Certificate) string {
	if c.Subject.CommonName != "" {
		return c.Subject.CommonName
	}
	return c.SerialNumber.String()
}
