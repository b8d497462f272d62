package jose_test

import (
	"encoding/binary"
	"testing"

	"understudy/mock/credential/jose"
)

const benchClaims = `{"iss":"https://id.example.com/application/o/shop/","sub":"usr_1a2b3c4d5e","aud":"client_1a2b3c4d5e",` +
	`"exp":1767229200,"iat":1767225600,"auth_time":1767225590,"scope":"openid profile email","jti":"tok_1a2b3c4d5e","email":"ada@example.com"}`

func BenchmarkParse(b *testing.B) {
	token, err := derive(b, "tokens", jose.ES256).Sign("JWT", []byte(benchClaims))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.SetBytes(int64(len(token)))
	for b.Loop() {
		if _, err := jose.Parse(token); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	for _, a := range algorithms {
		b.Run(string(a), func(b *testing.B) {
			k := derive(b, "tokens", a)
			text, err := k.Sign("JWT", []byte(benchClaims))
			if err != nil {
				b.Fatal(err)
			}
			token, err := jose.Parse(text)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if err := token.Verify(k); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkSign(b *testing.B) {
	for _, a := range algorithms {
		b.Run(string(a), func(b *testing.B) {
			k, claims := derive(b, "tokens", a), []byte(benchClaims)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := k.Sign("JWT", claims); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkDerive takes another purpose each time: the search for primes is short for some and long for others.
func BenchmarkDerive(b *testing.B) {
	for _, a := range algorithms {
		b.Run(string(a), func(b *testing.B) {
			purpose := make([]byte, 8)
			n := uint64(0)
			b.ReportAllocs()
			for b.Loop() {
				n++
				binary.BigEndian.PutUint64(purpose, n)
				if _, err := jose.Derive([]byte("secret"), string(purpose), a); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
