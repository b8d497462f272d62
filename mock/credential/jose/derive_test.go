package jose_test

import (
	"encoding/hex"
	"fmt"
	"math/big"
	"reflect"
	"strings"
	"sync"
	"testing"

	"understudy/mock/credential/jose"
)

var algorithms = []jose.Algorithm{jose.RS256, jose.ES256, jose.EdDSA, jose.HS256}

// derived keeps the keys of tests that do not change them.
var derived sync.Map

func derive(t testing.TB, purpose string, a jose.Algorithm) *jose.Key {
	t.Helper()
	name := purpose + " " + string(a)
	if k, ok := derived.Load(name); ok {
		return k.(*jose.Key)
	}
	k := deriveAnew(t, purpose, a)
	derived.Store(name, k)
	return k
}

func deriveAnew(t testing.TB, purpose string, a jose.Algorithm) *jose.Key {
	t.Helper()
	k, err := jose.Derive([]byte("a secret of tests"), purpose, a)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestDeriveIsDeterministic(t *testing.T) {
	for _, a := range algorithms {
		t.Run(string(a), func(t *testing.T) {
			one, two, other := derive(t, "tokens", a), deriveAnew(t, "tokens", a), derive(t, "sessions", a)
			if !reflect.DeepEqual(one.JWK(false), two.JWK(false)) {
				t.Error("the same secret and purpose gave two keys")
			}
			if reflect.DeepEqual(one.JWK(false), other.JWK(false)) {
				t.Error("two purposes gave one key")
			}
			moved, err := jose.Derive([]byte("another secret of tests"), "tokens", a)
			if err != nil || reflect.DeepEqual(one.JWK(false), moved.JWK(false)) {
				t.Errorf("two secrets gave one key, %v", err)
			}
			claims := []byte(`{"sub":"acc_1"}`)
			first, err := one.Sign("JWT", claims)
			if err != nil {
				t.Fatal(err)
			}
			if again, err := two.Sign("JWT", claims); again != first || err != nil {
				t.Errorf("two signatures of one text: %s and %s, %v", first, again, err)
			}
			thumbprint, err := one.Thumbprint()
			if a == jose.HS256 {
				wantError(t, err, jose.ErrKey)
			} else if err != nil {
				t.Fatal(err)
			}
			if one.ID != thumbprint {
				t.Errorf("ID %q, thumbprint %q", one.ID, thumbprint)
			}
		})
	}
}

// The keys of a secret must stay what they are from version to version: people keep tokens and key sets in their own tests.
func TestDeriveStays(t *testing.T) {
	for a, want := range map[jose.Algorithm]string{
		jose.RS256: "yDEBkv2jHtf2M4LjTfkVcFvsHC9jM0m37GtggRh9L88",
		jose.ES256: "xH17y6W0qJgGp_ijY6HVXviA7HBzkZJgkmte0kK0waE",
		jose.EdDSA: "btOaZ7UBLJl1Szl7e69tIND6I2fEpujbNv7M_Bi8_G4",
	} {
		if k := derive(t, "tokens", a); k.ID != want {
			t.Errorf("%s: %s, want %s", a, k.ID, want)
		}
	}
	want := "jS4kVfWX9q51cgl9fehfhlr-gtsNiZNGLnOejEjFN8s"
	if got := derive(t, "tokens", jose.HS256).JWK(false)["k"]; got != want {
		t.Errorf("HS256: %v, want %s", got, want)
	}
}

func TestDeriveRefuses(t *testing.T) {
	_, err := jose.Derive([]byte("secret"), "tokens", jose.None)
	wantError(t, err, jose.ErrAlgorithm)
	if _, err := jose.Derive(nil, "tokens", jose.ES256); err == nil {
		t.Error("a key came from an empty secret")
	}
}

// Of several secrets, since one key may be right by chance.
func TestDeriveRSA(t *testing.T) {
	for i := range 4 {
		k, err := jose.Derive([]byte{byte(i)}, "rsa", jose.RS256)
		if err != nil {
			t.Fatal(err)
		}
		jwk := k.JWK(false)
		n, p, q := number(t, jwk["n"]), number(t, jwk["p"]), number(t, jwk["q"])
		d, e := number(t, jwk["d"]), number(t, jwk["e"])
		if n.BitLen() != 2048 || new(big.Int).Mul(p, q).Cmp(n) != 0 || p.Cmp(q) == 0 {
			t.Error("n is not the product of two primes")
		}
		for _, prime := range []*big.Int{p, q} {
			if prime.BitLen() != 1024 || prime.Bit(1022) != 1 || !prime.ProbablyPrime(40) {
				t.Errorf("%d bits, not prime or its second bit is not set", prime.BitLen())
			}
		}
		if e.Int64() != 65537 || d.BitLen() <= 1024 {
			t.Errorf("e %v, d of %d bits", e, d.BitLen())
		}
		m := big.NewInt(0xC0FFEE)
		if c := new(big.Int).Exp(m, e, n); c.Exp(c, d, n).Cmp(m) != 0 {
			t.Error("d does not undo e")
		}
	}
}

func TestPrimeFromFindsTheNext(t *testing.T) {
	start := make([]byte, 128)
	start[0], start[127] = 0xC0, 1
	got := jose.PrimeFrom(start)
	want := new(big.Int).SetBytes(start)
	for !want.ProbablyPrime(8) || new(big.Int).Mod(want, big.NewInt(65537)).Cmp(big.NewInt(1)) == 0 {
		want.Add(want, big.NewInt(2))
	}
	if got == nil || got.Cmp(want) != 0 {
		t.Errorf("got %v, want %v", got, want)
	}
	for i, composite := range jose.Sieved(start)[:500] {
		n := new(big.Int).SetBytes(start)
		n.Add(n, big.NewInt(int64(2*i)))
		divided := false
		for m := int64(3); m < 1<<16 && !divided; m += 2 {
			divided = new(big.Int).Mod(n, big.NewInt(m)).Sign() == 0
		}
		if divided != composite {
			t.Fatalf("start + %d: a small prime divides it: %v, marked: %v", 2*i, divided, composite)
		}
	}
	for i := range start {
		start[i] = 0xFF
	}
	if p := jose.PrimeFrom(start); p != nil {
		t.Errorf("a prime of %d bits", p.BitLen())
	}
}

// RFC 6979, A.2.5, with SHA-256 over "sample".
func TestES256IsDeterministic(t *testing.T) {
	raw := func(s string) string {
		b, err := hex.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		return encode(b)
	}
	k, err := jose.ParseKey(fmt.Appendf(nil, `{"kty":"EC","crv":"P-256","d":%q,"x":%q,"y":%q}`,
		raw("C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721"),
		raw("60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6"),
		raw("7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299")))
	if err != nil {
		t.Fatal(err)
	}
	signature, err := k.SignBytes([]byte("sample"))
	want := "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716" +
		"F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8"
	if got := strings.ToUpper(hex.EncodeToString(signature)); got != want || err != nil {
		t.Errorf("%s, %v; want %s", got, err, want)
	}
}
