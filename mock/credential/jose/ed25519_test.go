package jose_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"testing"

	"understudy/mock/credential/jose"
)

// TestEd25519Name takes the newer name of EdDSA (RFC 9864, 2.2) in tokens and in JWKs.
func TestEd25519Name(t *testing.T) {
	key, err := jose.Derive([]byte("secret"), "name", jose.EdDSA)
	if err != nil {
		t.Fatal(err)
	}
	members := key.JWK(false)
	members["alg"] = "Ed25519"
	data, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	if named, err := jose.ParseKey(data); err != nil || named.Algorithm != jose.EdDSA {
		t.Fatalf("the key is %v, %v", named, err)
	}
	seed, err := base64.RawURLEncoding.DecodeString(members["d"].(string))
	if err != nil {
		t.Fatal(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	input := encode([]byte(`{"alg":"Ed25519"}`)) + "." + encode([]byte(`{"sub":"x"}`))
	text := input + "." + encode(ed25519.Sign(ed25519.NewKeyFromSeed(seed), []byte(input)))
	token, err := jose.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	if err := token.Verify(key); err != nil {
		t.Errorf("the token is not believed: %v", err)
	}
}
