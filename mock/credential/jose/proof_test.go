package jose_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"understudy/mock/credential/jose"
)

const proofClaims = `{"jti":"1","htm":"POST","htu":"https://api.example.com/token","iat":1767225600`

func TestParseProof(t *testing.T) {
	for _, a := range []jose.Algorithm{jose.RS256, jose.ES256, jose.EdDSA} {
		k := derive(t, "proofs", a)
		unnamed := *k
		unnamed.ID = ""
		text, err := unnamed.Sign(jose.ProofType, []byte(proofClaims+`,"ath":"hash","nonce":"n"}`), jose.Header{Name: "jwk", Value: k.JWK(true)})
		if err != nil {
			t.Fatal(err)
		}
		p, err := jose.ParseProof(text)
		if err != nil {
			t.Fatal(err)
		}
		if p.Thumbprint != k.ID || p.ID != "1" || p.Method != "POST" || p.URL != "https://api.example.com/token" ||
			p.TokenHash != "hash" || p.Nonce != "n" || !p.IssuedAt.Equal(time.Unix(1767225600, 0)) {
			t.Errorf("%s: %+v", a, p)
		}
		if _, err := p.Key.Sign("", nil); err == nil {
			t.Error("the proof's key can sign")
		}
	}
}

func TestParseProofRefuses(t *testing.T) {
	k, other, hs := derive(t, "proofs", jose.ES256), derive(t, "tokens", jose.ES256), derive(t, "proofs", jose.HS256)
	jwk := jose.Header{Name: "jwk", Value: k.JWK(true)}
	proof := func(k *jose.Key, typ, claims string, extra ...jose.Header) string {
		text, err := k.Sign(typ, []byte(claims), extra...)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	good := proofClaims + "}"
	if _, err := jose.ParseProof(proof(k, jose.ProofType, good, jwk)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, text string
		want       error
	}{
		{"typ JWT", proof(k, "JWT", good, jwk), jose.ErrMalformed},
		{"no typ", proof(k, "", good, jwk), jose.ErrMalformed},
		{"no jwk", proof(k, jose.ProofType, good), jose.ErrMalformed},
		{"jwk is a text", proof(k, jose.ProofType, good, jose.Header{Name: "jwk", Value: "k"}), jose.ErrMalformed},
		{"private jwk", proof(k, jose.ProofType, good, jose.Header{Name: "jwk", Value: k.JWK(false)}), jose.ErrKey},
		{"broken jwk", proof(k, jose.ProofType, good, jose.Header{Name: "jwk", Value: map[string]any{"kty": "EC"}}), jose.ErrKey},
		{"key of somebody else", proof(other, jose.ProofType, good, jwk), jose.ErrSignature},
		{"tampered", jose.Tamper(proof(k, jose.ProofType, good, jwk)), jose.ErrSignature},
		{"symmetric", proof(hs, jose.ProofType, good, jose.Header{Name: "jwk", Value: hs.JWK(false)}), jose.ErrAlgorithm},
		{"symmetric with public key", proof(hs, jose.ProofType, good, jwk), jose.ErrAlgorithm},
		{"key of another kind", proof(k, jose.ProofType, good, jose.Header{Name: "jwk", Value: derive(t, "proofs", jose.EdDSA).JWK(true)}), jose.ErrAlgorithm},
		{"unsigned, without key", k.Unsigned(jose.ProofType, []byte(good)), jose.ErrMalformed},
		{"unsigned", encode([]byte(`{"typ":"dpop+jwt","alg":"none","jwk":{"kty":"OKP","crv":"Ed25519","x":"`+strings.Repeat("A", 43)+`"}}`)) + "." + encode([]byte(good)) + ".", jose.ErrNone},
		{"crit", proof(k, jose.ProofType, good, jwk, jose.Header{Name: "crit", Value: []string{"x"}}), jose.ErrCritical},
		{"no jti", proof(k, jose.ProofType, strings.Replace(good, "jti", "x", 1), jwk), jose.ErrMalformed},
		{"empty jti", proof(k, jose.ProofType, strings.Replace(good, `"1"`, `""`, 1), jwk), jose.ErrMalformed},
		{"jti is a number", proof(k, jose.ProofType, strings.Replace(good, `"1"`, `1`, 1), jwk), jose.ErrMalformed},
		{"long jti", proof(k, jose.ProofType, strings.Replace(good, `"1"`, `"`+strings.Repeat("1", 257)+`"`, 1), jwk), jose.ErrMalformed},
		{"no htm", proof(k, jose.ProofType, strings.Replace(good, "htm", "x", 1), jwk), jose.ErrMalformed},
		{"no htu", proof(k, jose.ProofType, strings.Replace(good, "htu", "x", 1), jwk), jose.ErrMalformed},
		{"htu is a path", proof(k, jose.ProofType, strings.Replace(good, "https://api.example.com", "", 1), jwk), jose.ErrMalformed},
		{"no iat", proof(k, jose.ProofType, strings.Replace(good, "iat", "x", 1), jwk), jose.ErrMalformed},
		{"iat is a text", proof(k, jose.ProofType, strings.Replace(good, "1767225600", `"1767225600"`, 1), jwk), jose.ErrMalformed},
		{"ath is a number", proof(k, jose.ProofType, proofClaims+`,"ath":1}`, jwk), jose.ErrMalformed},
		{"nonce is null", proof(k, jose.ProofType, proofClaims+`,"nonce":null}`, jwk), jose.ErrMalformed},
		{"two proofs", proof(k, jose.ProofType, good, jwk) + "," + proof(k, jose.ProofType, good, jwk), jose.ErrMalformed},
	} {
		if _, err := jose.ParseProof(c.text); !errors.Is(err, c.want) {
			t.Errorf("%s: error %v, want %v", c.name, err, c.want)
		}
	}
}

func TestProofCovers(t *testing.T) {
	for _, c := range []struct {
		htu, target string
		want        bool
	}{
		{"https://api.example.com/v1/a", "https://api.example.com/v1/a", true},
		{"https://api.example.com/v1/a", "https://api.example.com/v1/a?page=2#top", true},
		{"https://api.example.com/v1/a?x=1", "https://api.example.com/v1/a", true},
		{"HTTPS://API.example.com:443/v1/a", "https://api.example.com/v1/a", true},
		{"http://127.0.0.1:80", "http://127.0.0.1/", true},
		{"http://127.0.0.1:4010/a", "http://127.0.0.1:4010/a", true},
		{"http://[::1]:80/a", "http://[::1]/a", true},
		{"http://[::1]:4010/a", "http://[::1]/a", false},
		{"https://api.example.com/%7euser/%e2%82%ac", "https://api.example.com/~user/%E2%82%AC", true},
		{"https://api.example.com/v1/x/%2e%2E/a", "https://api.example.com/v1/a", true},
		{"https://api.example.com/a%2Fb", "https://api.example.com/a/b", false},
		{"https://api.example.com/v1/a/", "https://api.example.com/v1/a", false},
		{"https://api.example.com/V1/a", "https://api.example.com/v1/a", false},
		{"http://api.example.com/v1/a", "https://api.example.com/v1/a", false},
		{"http://api.example.com:443/v1/a", "http://api.example.com/v1/a", false},
		{"https://api.example.com.evil.example/a", "https://api.example.com/a", false},
		{"https://u@api.example.com/a", "https://api.example.com/a", false},
		{"https://api.example.com/a", "/a", false},
		{"", "", false},
	} {
		p := jose.Proof{Method: "GET", URL: c.htu}
		if got := p.Covers("GET", c.target); got != c.want {
			t.Errorf("%s covers %s: %v", c.htu, c.target, got)
		}
		if p.Covers("POST", c.target) || p.Covers("get", c.target) {
			t.Errorf("%s covers another method", c.htu)
		}
	}
}
