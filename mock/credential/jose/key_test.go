package jose_test

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"maps"
	"math/big"
	"reflect"
	"strings"
	"testing"

	"understudy/mock/credential/jose"
)

func TestKeysSurviveJWK(t *testing.T) {
	for _, a := range algorithms {
		k := derive(t, "tokens", a)
		text, err := json.Marshal(k.JWK(false))
		if err != nil {
			t.Fatal(err)
		}
		back, err := jose.ParseKey(text)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(back.JWK(false), k.JWK(false)) || back.ID != k.ID || back.Algorithm != a {
			t.Errorf("%s came back as another key", a)
		}
		one, err := k.Sign("JWT", []byte(plainClaims))
		if err != nil {
			t.Fatal(err)
		}
		if two, err := back.Sign("JWT", []byte(plainClaims)); one != two || err != nil {
			t.Errorf("%s signs otherwise after it came back: %v", a, err)
		}
		_, err = jose.ParsePublicKey(text)
		wantError(t, err, jose.ErrKey)
		if a == jose.HS256 {
			if k.Public() != nil || k.JWK(true) != nil {
				t.Error("a secret has a public part")
			}
			continue
		}
		public := k.JWK(true)
		if !reflect.DeepEqual(k.Public().JWK(false), public) {
			t.Errorf("%s: the public key has %v, want %v", a, k.Public().JWK(false), public)
		}
		for _, name := range []string{"d", "p", "q", "dp", "dq", "qi", "k"} {
			if _, ok := public[name]; ok {
				t.Errorf("%s: the public key has %s", a, name)
			}
		}
		if text, err = json.Marshal(public); err != nil {
			t.Fatal(err)
		}
		if back, err = jose.ParsePublicKey(text); err != nil || read(one, back) != nil {
			t.Errorf("%s: the public key does not verify: %v", a, err)
		}
	}
	if zero := (&jose.Key{}); zero.JWK(true) != nil || zero.JWK(false) != nil || zero.Public() != nil {
		t.Error("a key of nothing has members")
	}
}

func TestParseKeyRefuses(t *testing.T) {
	other := map[jose.Algorithm]map[string]any{}
	for _, a := range algorithms {
		other[a] = derive(t, "sessions", a).JWK(false)
	}
	product := encode(new(big.Int).Mul(number(t, other[jose.RS256]["p"]), big.NewInt(3)).Bytes())
	long := func(bits uint) string { return encode(new(big.Int).SetBit(big.NewInt(1), int(bits)-1, 1).Bytes()) }
	for _, c := range []struct {
		name   string
		a      jose.Algorithm
		member string
		value  any // nil: the member is missing
		want   error
	}{
		{"no kty", jose.RS256, "kty", nil, jose.ErrKey},
		{"kty is a number", jose.RS256, "kty", 1, jose.ErrKey},
		{"unknown kty", jose.RS256, "kty", "AKP", jose.ErrAlgorithm},
		{"kty in small letters", jose.RS256, "kty", "rsa", jose.ErrAlgorithm},
		{"kty of another", jose.ES256, "kty", "RSA", jose.ErrKey},
		{"alg of another", jose.ES256, "alg", "RS256", jose.ErrAlgorithm},
		{"alg not supported", jose.RS256, "alg", "PS256", jose.ErrAlgorithm},
		{"alg none", jose.HS256, "alg", "none", jose.ErrAlgorithm},
		{"for encryption", jose.RS256, "use", "enc", jose.ErrAlgorithm},
		{"kid is a number", jose.EdDSA, "kid", 1, jose.ErrKey},
		{"n missing", jose.RS256, "n", nil, jose.ErrKey},
		{"n empty", jose.RS256, "n", "", jose.ErrKey},
		{"n is a number", jose.RS256, "n", 5, jose.ErrKey},
		{"n padded", jose.RS256, "n", other[jose.RS256]["n"].(string) + "==", jose.ErrKey},
		{"n with a zero before", jose.RS256, "n", encode(append([]byte{0}, decode(t, other[jose.RS256]["n"].(string))...)), jose.ErrKey},
		{"n too short", jose.RS256, "n", long(2047), jose.ErrKey},
		{"n too long", jose.RS256, "n", long(8193), jose.ErrKey},
		{"n even", jose.RS256, "n", encode(new(big.Int).Lsh(big.NewInt(1), 2047).Bytes()), jose.ErrKey},
		{"n of another key", jose.RS256, "n", other[jose.RS256]["n"], jose.ErrKey},
		{"e even", jose.RS256, "e", "AQAC", jose.ErrKey},
		{"e is 1", jose.RS256, "e", "AQ", jose.ErrKey},
		{"e too large", jose.RS256, "e", "AQAAAAE", jose.ErrKey},
		{"e of 30 bytes", jose.RS256, "e", encode(make([]byte, 30)), jose.ErrKey},
		{"d of another key", jose.RS256, "d", other[jose.RS256]["d"], jose.ErrKey},
		{"p missing", jose.RS256, "p", nil, jose.ErrKey},
		{"p of another key", jose.RS256, "p", other[jose.RS256]["p"], jose.ErrKey},
		{"p is 1", jose.RS256, "p", "AQ", jose.ErrKey},
		{"p is 2", jose.RS256, "p", "Ag", jose.ErrKey},
		{"p no prime", jose.RS256, "p", product, jose.ErrKey},
		{"p above n", jose.RS256, "p", long(4096), jose.ErrKey},
		{"dp of another key", jose.RS256, "dp", other[jose.RS256]["dp"], jose.ErrKey},
		{"qi of another key", jose.RS256, "qi", other[jose.RS256]["qi"], jose.ErrKey},
		{"three primes", jose.RS256, "oth", []any{}, jose.ErrKey},
		{"crv missing", jose.ES256, "crv", nil, jose.ErrKey},
		{"other crv", jose.ES256, "crv", "P-384", jose.ErrAlgorithm},
		{"y missing", jose.ES256, "y", nil, jose.ErrKey},
		{"y of another key", jose.ES256, "y", other[jose.ES256]["y"], jose.ErrKey},
		{"x of 31 bytes", jose.ES256, "x", encode(make([]byte, 31)), jose.ErrKey},
		{"d of another key", jose.ES256, "d", other[jose.ES256]["d"], jose.ErrKey},
		{"d is 0", jose.ES256, "d", encode(make([]byte, 32)), jose.ErrKey},
		{"d of 33 bytes", jose.ES256, "d", encode(make([]byte, 33)), jose.ErrKey},
		{"other crv", jose.EdDSA, "crv", "X25519", jose.ErrAlgorithm},
		{"x missing", jose.EdDSA, "x", nil, jose.ErrKey},
		{"x of another key", jose.EdDSA, "x", other[jose.EdDSA]["x"], jose.ErrKey},
		{"d of 64 bytes", jose.EdDSA, "d", encode(make([]byte, 64)), jose.ErrKey},
		{"k missing", jose.HS256, "k", nil, jose.ErrKey},
		{"k of 31 bytes", jose.HS256, "k", encode(make([]byte, 31)), jose.ErrKey},
		{"k is no base64url", jose.HS256, "k", "/" + strings.Repeat("A", 43), jose.ErrKey},
	} {
		members := maps.Clone(derive(t, "tokens", c.a).JWK(false))
		secrets := []any{members["d"], members["k"]}
		if members[c.member] = c.value; c.value == nil {
			delete(members, c.member)
		}
		text, err := json.Marshal(members)
		if err != nil {
			t.Fatal(err)
		}
		_, err = jose.ParseKey(text)
		if !errors.Is(err, c.want) {
			t.Errorf("%s, %s: error %v, want %v", c.a, c.name, err, c.want)
			continue
		}
		for _, secret := range secrets {
			if s, ok := secret.(string); ok && strings.Contains(err.Error(), s) {
				t.Errorf("%s, %s: the error shows the key", c.a, c.name)
			}
		}
	}
	for _, text := range []string{"", "null", "[]", `{"kty":"oct","kty":"oct"}`, `{"kty":"oct"} x`, `{"a":"` + strings.Repeat("a", 64<<10) + `"}`} {
		_, err := jose.ParseKey([]byte(text))
		wantError(t, err, jose.ErrMalformed)
	}
}

func TestParseSet(t *testing.T) {
	jwk := func(k *jose.Key, public bool) string {
		text, err := json.Marshal(k.JWK(public))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	es, hs := derive(t, "tokens", jose.ES256), derive(t, "tokens", jose.HS256)
	for _, c := range []struct {
		name, text string
		keys       int
		want       error
	}{
		{"empty", `{"keys":[]}`, 0, nil},
		{"one", `{"keys":[` + jwk(es, true) + `],"other":1}`, 1, nil},
		{"some not supported", `{"keys":[{"kty":"AKP"},{"kty":"EC","crv":"P-384"},{"kty":"RSA","use":"enc"},` + jwk(es, true) + `]}`, 1, nil},
		{"private", `{"keys":[` + jwk(es, false) + `]}`, 0, jose.ErrKey},
		{"secret", `{"keys":[` + jwk(hs, false) + `]}`, 0, jose.ErrKey},
		{"broken", `{"keys":[{"kty":"EC","crv":"P-256"}]}`, 0, jose.ErrKey},
		{"key is a text", `{"keys":["a"]}`, 0, jose.ErrMalformed},
		{"no keys", `{}`, 0, jose.ErrMalformed},
		{"keys is null", `{"keys":null}`, 0, jose.ErrMalformed},
		{"keys twice", `{"keys":[],"keys":[]}`, 0, jose.ErrMalformed},
		{"a key's member twice", `{"keys":[{"kty":"AKP","kty":"AKP"}]}`, 0, jose.ErrMalformed},
		{"a list", `[]`, 0, jose.ErrMalformed},
		{"huge", `{"keys":[` + strings.Repeat(" ", 256<<10) + `]}`, 0, jose.ErrMalformed},
	} {
		set, err := jose.ParseSet([]byte(c.text))
		if !errors.Is(err, c.want) {
			t.Errorf("%s: error %v, want %v", c.name, err, c.want)
		} else if err == nil && len(set.Keys) != c.keys {
			t.Errorf("%s: %d keys, want %d", c.name, len(set.Keys), c.keys)
		}
	}
	if text, err := json.Marshal(&jose.Set{Keys: []*jose.Key{hs}}); string(text) != `{"keys":[]}` || err != nil {
		t.Errorf("a set of a secret is %s, %v", text, err)
	}
}

func TestLeftHalfHashOfOtherAlgorithms(t *testing.T) {
	// The first half of SHA-512 of "abc", an example of NIST for FIPS 180-4.
	half, err := hex.DecodeString("ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a")
	if err != nil {
		t.Fatal(err)
	}
	want := encode(half)
	if got := jose.LeftHalfHash(jose.EdDSA, "abc"); got != want {
		t.Errorf("EdDSA: %s, want %s", got, want)
	}
	if got := jose.LeftHalfHash(jose.None, "abc"); got != "" {
		t.Errorf("none: %s", got)
	}
	if jose.LeftHalfHash(jose.HS256, "abc") != jose.LeftHalfHash(jose.ES256, "abc") {
		t.Error("the algorithms with 256 have the same hash")
	}
}
