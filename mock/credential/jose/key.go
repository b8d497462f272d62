package jose

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/asn1"
	"fmt"
	"io"
	"math/big"
	"slices"
)

// A Key signs and verifies with one algorithm. Printed, it shows its algorithm and ID only. Its zero value, and one whose
// Algorithm was changed to what its material is not for, verifies nothing and signs nothing. Several goroutines may use
// one key.
type Key struct {
	ID        string // kid; empty: none is written into headers, and any kid is accepted
	Algorithm Algorithm

	secret  []byte           // of HS256
	public  crypto.PublicKey // *rsa.PublicKey, *ecdsa.PublicKey or ed25519.PublicKey
	private crypto.Signer    // nil: it can only verify
}

// HMAC gives the HS256 key of a secret, without ID. RFC 7518, 3.2, asks for 32 bytes or more, but vendors sign with less, so
// any length goes; with an empty secret the key is good for nothing.
func HMAC(secret []byte) *Key { return &Key{Algorithm: HS256, secret: slices.Clone(secret)} }

// Public gives the key without its private part. A secret of HS256 has no public part: nil.
func (k *Key) Public() *Key {
	if k.public == nil {
		return nil
	}
	return &Key{ID: k.ID, Algorithm: k.Algorithm, public: k.public}
}

// Format prints the key without its material, whatever the verb.
func (k Key) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, string(k.Algorithm)+" key "+brief(k.ID))
}

// sign gives the signature's bytes as RFC 7518, 3, and RFC 8037, 3.1, have them. No signature takes randomness.
func (k *Key) sign(input []byte) ([]byte, error) {
	switch {
	case k.Algorithm == HS256 && len(k.secret) > 0:
		return k.mac(input), nil
	case k.private == nil:
		return nil, fmt.Errorf("sign a token: %v has no private part: %w", k, ErrKey)
	}
	digest := sha256.Sum256(input)
	switch private := k.private.(type) {
	case *rsa.PrivateKey:
		if k.Algorithm == RS256 {
			return rsa.SignPKCS1v15(nil, private, crypto.SHA256, digest[:])
		}
	case *ecdsa.PrivateKey:
		if k.Algorithm == ES256 {
			return signES256(private, digest[:])
		}
	case ed25519.PrivateKey:
		if k.Algorithm == EdDSA {
			return ed25519.Sign(private, input), nil
		}
	}
	return nil, fmt.Errorf("sign a token: the private part of %v is for another algorithm: %w", k, ErrAlgorithm)
}

// signES256 gives R and S, 32 bytes each (RFC 7518, 3.4). Without a source of randomness the library signs by RFC 6979.
func signES256(private *ecdsa.PrivateKey, digest []byte) ([]byte, error) {
	der, err := private.Sign(nil, digest, crypto.SHA256)
	if err != nil {
		return nil, err
	}
	var pair struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(der, &pair); err != nil {
		return nil, err
	}
	signature := make([]byte, 64)
	pair.R.FillBytes(signature[:32])
	pair.S.FillBytes(signature[32:])
	return signature, nil
}

func (k *Key) mac(input []byte) []byte {
	h := hmac.New(sha256.New, k.secret)
	h.Write(input)
	return h.Sum(nil)
}

// verify says whether the signature over a text is the key's.
func (k *Key) verify(text string, signature []byte) bool {
	input := []byte(text)
	if k.Algorithm == HS256 {
		return len(k.secret) > 0 && hmac.Equal(k.mac(input), signature)
	}
	switch public := k.public.(type) {
	case *rsa.PublicKey:
		digest := sha256.Sum256(input)
		return k.Algorithm == RS256 && rsa.VerifyPKCS1v15(public, crypto.SHA256, digest[:], signature) == nil
	case *ecdsa.PublicKey:
		if k.Algorithm != ES256 || len(signature) != 64 {
			return false
		}
		digest := sha256.Sum256(input)
		r, s := new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])
		return ecdsa.Verify(public, digest[:], r, s)
	case ed25519.PublicKey:
		return k.Algorithm == EdDSA && ed25519.Verify(public, input, signature)
	}
	return false
}
