package jose

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/big"
	"math/rand/v2"
)

// publicExponent is that of all derived RSA keys, the usual one.
const publicExponent = 65537

// Derive makes a key from a secret: the same secret, purpose and algorithm give the same key, on every machine, and keys of
// different purposes have nothing to do with each other. RSA keys have 2048 bits. The ID is the thumbprint (RFC 7638); keys
// of HS256 have none. It is an error when the secret is empty or there are no keys of the algorithm.
//
// Go's own generators mix in randomness of their own, which is right for keys that protect something and wrong here.
func Derive(secret []byte, purpose string, a Algorithm) (*Key, error) {
	if len(secret) == 0 {
		return nil, errors.New("derive a key: the secret is empty")
	}
	k := &Key{Algorithm: a}
	stream := newStream(secret, purpose, a)
	var err error
	switch a {
	case RS256:
		k.private, err = deriveRSA(stream)
	case ES256:
		k.private = deriveP256(stream)
	case EdDSA:
		k.private = ed25519.NewKeyFromSeed(read(stream, ed25519.SeedSize))
	case HS256:
		k.secret = read(stream, sha256.Size)
		return k, nil
	default:
		return nil, fmt.Errorf("derive a key: no keys are made for alg %s: %w", brief(string(a)), ErrAlgorithm)
	}
	if err != nil {
		return nil, fmt.Errorf("derive a key for %s: %w", a, err)
	}
	k.public = k.private.Public()
	k.ID, err = k.Thumbprint()
	return k, err
}

// newStream gives the bytes that a key is made of. The algorithm is part of its seed: a secret of HS256, which clients may
// know, must not be the beginning of somebody's RSA primes.
func newStream(secret []byte, purpose string, a Algorithm) *rand.ChaCha8 {
	h := hmac.New(sha256.New, secret)
	h.Write([]byte(purpose))
	h.Write([]byte{0})
	h.Write([]byte(a))
	return rand.NewChaCha8([32]byte(h.Sum(nil)))
}

func read(stream *rand.ChaCha8, n int) []byte {
	b := make([]byte, n)
	_, _ = stream.Read(b) // never fails
	return b
}

// deriveP256 takes the first number of the stream that is a private key: one of 1 to n-1, each as likely as another.
func deriveP256(stream *rand.ChaCha8) *ecdsa.PrivateKey {
	for {
		if private, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), read(stream, 32)); err == nil {
			return private
		}
	}
}

// deriveRSA makes a key of 2048 bits by FIPS 186-5, A.1.3, but for the source of its bits.
func deriveRSA(stream *rand.ChaCha8) (*rsa.PrivateKey, error) {
	one, e := big.NewInt(1), big.NewInt(publicExponent)
	p := derivePrime(stream)
	q := derivePrime(stream)
	for apart := new(big.Int); apart.Sub(p, q).BitLen() <= primeBits-100; {
		q = derivePrime(stream)
	}
	p1, q1 := new(big.Int).Sub(p, one), new(big.Int).Sub(q, one)
	common := new(big.Int).GCD(nil, nil, p1, q1)
	d := new(big.Int).Mul(p1, q1)
	if d.ModInverse(e, d.Div(d, common)) == nil {
		return nil, errors.New("the public exponent has no inverse") // derivePrime rules it out
	}
	private := &rsa.PrivateKey{
		PublicKey: rsa.PublicKey{N: new(big.Int).Mul(p, q), E: publicExponent},
		D:         d,
		Primes:    []*big.Int{p, q},
	}
	private.Precompute()
	return private, private.Validate()
}
