package jose_test

import (
	"encoding/json"
	"testing"

	"understudy/mock/credential/jose"

	judge "github.com/go-jose/go-jose/v4"
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
	named, err := jose.ParseKey(data)
	if err != nil || named.Algorithm != jose.EdDSA {
		t.Fatalf("the key is %v, %v", named, err)
	}
	var private judge.JSONWebKey
	if err := private.UnmarshalJSON(data); err != nil {
		t.Fatal(err)
	}
	signer, err := judge.NewSigner(judge.SigningKey{Algorithm: "Ed25519", Key: private.Key}, nil)
	if err != nil {
		t.Skipf("the judge does not know the name: %v", err)
	}
	object, err := signer.Sign([]byte(`{"sub":"x"}`))
	if err != nil {
		t.Fatal(err)
	}
	text, err := object.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	token, err := jose.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	if err := token.Verify(key); err != nil {
		t.Errorf("the token is not believed: %v", err)
	}
}
