package jose_test

import (
	"crypto"
	"encoding/json"
	"testing"

	judge "github.com/go-jose/go-jose/v4"

	"understudy/mock/credential/jose"
)

var everyAlgorithm = []judge.SignatureAlgorithm{judge.RS256, judge.ES256, judge.EdDSA, judge.HS256}

// theirs gives a key to the other library, as a JWK.
func theirs(t testing.TB, k *jose.Key, public bool) judge.JSONWebKey {
	t.Helper()
	text, err := json.Marshal(k.JWK(public))
	if err != nil {
		t.Fatal(err)
	}
	var key judge.JSONWebKey
	if err := key.UnmarshalJSON(text); err != nil {
		t.Fatal(err)
	}
	if k.Algorithm != jose.HS256 && !key.Valid() { // they do not know secrets as valid
		t.Fatal("the other library finds the key invalid")
	}
	return key
}

// What we sign they believe, what they sign we believe, and neither believes the other's altered token.
func TestJudgeOfTokens(t *testing.T) {
	claims := []byte(`{"sub":"acc_1","exp":1767312000,"text":"<&>\u00e9"}`)
	for _, a := range algorithms {
		t.Run(string(a), func(t *testing.T) {
			k := derive(t, "tokens", a)
			private, public := theirs(t, k, false), theirs(t, k, a != jose.HS256)

			ours, err := k.Sign("at+jwt", claims, jose.Header{Name: "note", Value: "<&>"})
			if err != nil {
				t.Fatal(err)
			}
			parsed, err := judge.ParseSignedCompact(ours, everyAlgorithm)
			if err != nil {
				t.Fatal(err)
			}
			payload, err := parsed.Verify(public)
			if err != nil || string(payload) != string(claims) {
				t.Errorf("ours: %s, %v", payload, err)
			}
			if h := parsed.Signatures[0].Protected; h.KeyID != k.ID || h.ExtraHeaders["typ"] != "at+jwt" || h.ExtraHeaders["note"] != "<&>" {
				t.Errorf("ours: header %+v", h)
			}
			if parsed, err = judge.ParseSignedCompact(jose.Tamper(ours), everyAlgorithm); err != nil {
				t.Errorf("a tampered token is not well-formed: %v", err)
			} else if _, err = parsed.Verify(public); err == nil {
				t.Error("they believe a tampered token")
			}

			signer, err := judge.NewSigner(judge.SigningKey{Algorithm: judge.SignatureAlgorithm(a), Key: private},
				(&judge.SignerOptions{}).WithType("JWT"))
			if err != nil {
				t.Fatal(err)
			}
			signed, err := signer.Sign(claims)
			if err != nil {
				t.Fatal(err)
			}
			their, err := signed.CompactSerialize()
			if err != nil {
				t.Fatal(err)
			}
			token, err := jose.Parse(their)
			if err != nil {
				t.Fatal(err)
			}
			verifier := k
			if a != jose.HS256 {
				verifier = k.Public()
			}
			if err := token.Verify(verifier); err != nil || token.KeyID != k.ID || token.Type != "JWT" {
				t.Errorf("theirs: kid %q, typ %q, %v", token.KeyID, token.Type, err)
			}
			if token, err = jose.Parse(jose.Tamper(their)); err != nil {
				t.Fatal(err)
			}
			wantError(t, token.Verify(verifier), jose.ErrSignature)
		})
	}
}

// Thumbprints and key sets, in both directions.
func TestJudgeOfKeys(t *testing.T) {
	set := &jose.Set{}
	var their judge.JSONWebKeySet
	for _, a := range algorithms {
		k := derive(t, "tokens", a)
		set.Keys = append(set.Keys, k)
		if a == jose.HS256 {
			continue
		}
		public := theirs(t, k, true)
		their.Keys = append(their.Keys, public)
		sum, err := public.Thumbprint(crypto.SHA256)
		if err != nil || encode(sum) != k.ID {
			t.Errorf("%s: thumbprint %s, ours %s, %v", a, encode(sum), k.ID, err)
		}
	}
	ours, err := json.Marshal(set)
	if err != nil {
		t.Fatal(err)
	}
	var read judge.JSONWebKeySet
	if err := json.Unmarshal(ours, &read); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(their)
	if err != nil {
		t.Fatal(err)
	}
	back, err := jose.ParseSet(text)
	if err != nil {
		t.Fatal(err)
	}
	if len(read.Keys) != 3 || len(back.Keys) != 3 {
		t.Fatalf("%d and %d keys, want 3: the secret is not published", len(read.Keys), len(back.Keys))
	}
	for i, key := range read.Keys {
		if !key.IsPublic() || key.Use != "sig" || key.KeyID != set.Keys[i].ID || key.Algorithm != string(set.Keys[i].Algorithm) {
			t.Errorf("key %d: %+v", i, key)
		}
		if thumbprint, err := back.Keys[i].Thumbprint(); thumbprint != set.Keys[i].ID || err != nil {
			t.Errorf("key %d came back as %s, %v", i, thumbprint, err)
		}
	}
}
