package signature

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strings"
)

// The prefixes of secrets of Standard Webhooks.
const (
	symmetricPrefix = "whsec_"
	privatePrefix   = "whsk_"
	publicPrefix    = "whpk_"
)

// A key is a secret of Standard Webhooks: bytes for HMAC, or one half or both of an Ed25519 pair.
type key struct {
	hmac    []byte
	private ed25519.PrivateKey
	public  ed25519.PublicKey
}

// The texts never hold a part of the secret.
var (
	errBase64  = errors.New("a secret of Standard Webhooks is whsec_ and base64; this one is not base64")
	errPrivate = errors.New("a private key of Standard Webhooks is whsk_ and 64 bytes in base64: seed and public key, which must belong together")
	errPublic  = errors.New("a public key of Standard Webhooks is whpk_ and 32 bytes in base64")
	errSigning = errors.New("a public key (whpk_) verifies and cannot sign; sign with its whsk_ key")
)

// standardKey reads a secret of Standard Webhooks by its prefix. A secret without prefix is taken for base64, as the
// published libraries do.
func standardKey(secret string) (key, error) {
	switch {
	case strings.HasPrefix(secret, privatePrefix):
		raw, err := base64.StdEncoding.DecodeString(secret[len(privatePrefix):])
		if err == nil && len(raw) == ed25519.SeedSize {
			raw = ed25519.NewKeyFromSeed(raw)
		}
		if err != nil || len(raw) != ed25519.PrivateKeySize {
			return key{}, errPrivate
		}
		private := ed25519.NewKeyFromSeed(raw[:ed25519.SeedSize])
		if !private.Equal(ed25519.PrivateKey(raw)) {
			return key{}, errPrivate
		}
		return key{private: private, public: private.Public().(ed25519.PublicKey)}, nil
	case strings.HasPrefix(secret, publicPrefix):
		raw, err := base64.StdEncoding.DecodeString(secret[len(publicPrefix):])
		if err != nil || len(raw) != ed25519.PublicKeySize {
			return key{}, errPublic
		}
		return key{public: raw}, nil
	}
	raw, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, symmetricPrefix))
	if err != nil || len(raw) == 0 {
		return key{}, errBase64
	}
	return key{hmac: raw}, nil
}

func sum256(key []byte, parts ...[]byte) []byte {
	h := hmac.New(sha256.New, key)
	for _, part := range parts {
		h.Write(part)
	}
	return h.Sum(nil)
}

func sum1(key, message []byte) []byte {
	h := hmac.New(sha1.New, key)
	h.Write(message)
	return h.Sum(nil)
}

func hex256(secret string, parts ...[]byte) string {
	return hex.EncodeToString(sum256([]byte(secret), parts...))
}

func base256(key []byte, parts ...[]byte) string {
	return base64.StdEncoding.EncodeToString(sum256(key, parts...))
}
