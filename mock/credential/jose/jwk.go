package jose

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"fmt"
	"math/big"
)

// privateMembers are the members of JWKs that must not be published (RFC 7518, 6; RFC 8037, 2).
var privateMembers = []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k"}

// JWK gives the key's members: kty and its parameters, alg, and kid where it has an ID. With public set it leaves the private
// part out, and is nil for a secret, which has nothing else.
func (k *Key) JWK(public bool) map[string]any {
	members := map[string]any{}
	switch {
	case k.public != nil:
		for _, m := range k.thumbprintMembers() {
			members[m[0]] = m[1]
		}
		if !public {
			k.addPrivate(members)
		}
	case public || k.secret == nil:
		return nil
	default:
		members["kty"], members["k"] = "oct", encode(k.secret)
	}
	members["alg"] = string(k.Algorithm)
	if k.ID != "" {
		members["kid"] = k.ID
	}
	return members
}

func (k *Key) addPrivate(members map[string]any) {
	switch private := k.private.(type) {
	case *rsa.PrivateKey:
		for name, number := range map[string]*big.Int{
			"d": private.D, "p": private.Primes[0], "q": private.Primes[1],
			"dp": private.Precomputed.Dp, "dq": private.Precomputed.Dq, "qi": private.Precomputed.Qinv,
		} {
			members[name] = encode(number.Bytes())
		}
	case *ecdsa.PrivateKey:
		if d, err := private.Bytes(); err == nil {
			members["d"] = encode(d)
		}
	case ed25519.PrivateKey:
		members["d"] = encode(private.Seed())
	}
}

// thumbprintMembers are the members that make a public key what it is, in the order of their names (RFC 7638, 3.2 and
// 3.3; RFC 8037, 2).
func (k *Key) thumbprintMembers() [][2]string {
	switch public := k.public.(type) {
	case *rsa.PublicKey:
		return [][2]string{{"e", encode(big.NewInt(int64(public.E)).Bytes())}, {"kty", "RSA"}, {"n", encode(public.N.Bytes())}}
	case *ecdsa.PublicKey:
		point, err := public.Bytes() // 4, x, y
		if err != nil {
			return nil
		}
		return [][2]string{{"crv", "P-256"}, {"kty", "EC"}, {"x", encode(point[1:33])}, {"y", encode(point[33:])}}
	case ed25519.PublicKey:
		return [][2]string{{"crv", "Ed25519"}, {"kty", "OKP"}, {"x", encode(public)}}
	}
	return nil
}

// Thumbprint names the key by its public part: SHA-256, base64url (RFC 7638). A secret has none: people could
// guess at the secret with it (RFC 7638, 7).
func (k *Key) Thumbprint() (string, error) {
	members := k.thumbprintMembers()
	if members == nil {
		return "", fmt.Errorf("thumbprint: %v has no public part: %w", k, ErrKey)
	}
	text := []byte{'{'}
	for i, m := range members {
		if i > 0 {
			text = append(text, ',')
		}
		text = fmt.Appendf(text, `"%s":"%s"`, m[0], m[1])
	}
	return digest(string(append(text, '}'))), nil
}

// digest is SHA-256 of a text in base64url, which many protocols name things by.
func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return encode(sum[:])
}

// ParseKey reads a JWK, public or private (RFC 7517, 4): kty RSA of 2048 to 8192 bits, EC with P-256, OKP with Ed25519, or oct
// of 32 bytes or more. Without alg the algorithm is the one that goes with the kind. Members that are not known are
// ignored. Errors are ErrMalformed for what is no JSON object, ErrAlgorithm for kinds, curves, algorithms and uses
// that are not supported, and ErrKey for what breaks the kind's rules. They never show values.
func ParseKey(jwk []byte) (*Key, error) {
	members, err := jwkMembers(jwk)
	if err != nil {
		return nil, err
	}
	return keyOf(members)
}

// ParsePublicKey is ParseKey for keys that others handed out. One with a private part is refused with ErrKey: it has been
// given away.
func ParsePublicKey(jwk []byte) (*Key, error) {
	members, err := jwkMembers(jwk)
	if err != nil {
		return nil, err
	}
	return publicKeyOf(members)
}

func jwkMembers(jwk []byte) (map[string]any, error) {
	if len(jwk) > maxToken {
		return nil, fmt.Errorf("the JWK has %d bytes, %d are allowed: %w", len(jwk), maxToken, ErrMalformed)
	}
	members, err := decodeObject(string(jwk), everyLevel)
	if err != nil {
		return nil, fmt.Errorf("the JWK: %w", err)
	}
	return members, nil
}

func publicKeyOf(members map[string]any) (*Key, error) {
	for _, name := range privateMembers {
		if _, ok := members[name]; ok {
			return nil, keyError("the member %s is private and must not be shown; use a new key", name)
		}
	}
	return keyOf(members)
}

func keyError(format string, args ...any) error {
	return fmt.Errorf("the JWK: "+format+": %w", append(args, ErrKey)...)
}

// keyOf makes a key of a JWK's members.
func keyOf(members map[string]any) (*Key, error) {
	m := jwkReader{members: members}
	kty, alg, use := m.text("kty"), m.text("alg"), m.text("use")
	k := &Key{ID: m.text("kid")}
	if m.err != nil {
		return nil, m.err
	}
	if use != "" && use != "sig" {
		return nil, fmt.Errorf("the JWK: its use is %s, it is not for signatures: %w", brief(use), ErrAlgorithm)
	}
	switch kty {
	case "RSA":
		k.Algorithm = RS256
		k.public, k.private = m.rsa()
	case "EC":
		k.Algorithm = ES256
		k.public, k.private = m.p256()
	case "OKP":
		k.Algorithm = EdDSA
		k.public, k.private = m.ed25519()
	case "oct":
		k.Algorithm = HS256
		k.secret = m.secret()
	case "":
		return nil, keyError("kty is missing")
	default:
		return nil, fmt.Errorf("the JWK: keys of kty %s are not supported: %w", brief(kty), ErrAlgorithm)
	}
	if m.err == nil && alg != "" && canonical(alg) != k.Algorithm {
		m.err = fmt.Errorf("the JWK: alg %s is not supported for kty %s, %s is: %w", brief(alg), kty, k.Algorithm, ErrAlgorithm)
	}
	if m.err != nil {
		return nil, m.err
	}
	return k, nil
}

// curve checks crv, which must be the one that is supported.
func (m *jwkReader) curve(want string) {
	switch crv := m.text("crv"); {
	case m.err != nil || crv == want:
	case crv == "":
		m.err = keyError("crv is missing")
	default:
		m.err = fmt.Errorf("the JWK: curve %s is not supported, %s is: %w", brief(crv), want, ErrAlgorithm)
	}
}

// p256 reads RFC 7518, 6.2. Coordinates have 32 bytes each, leading zeros included.
func (m *jwkReader) p256() (crypto.PublicKey, crypto.Signer) {
	m.curve("P-256")
	point := append([]byte{4}, m.bytes("x", 32)...)
	point = append(point, m.bytes("y", 32)...)
	if m.err != nil {
		return nil, nil
	}
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	if err != nil {
		m.err = keyError("x and y are no point of the curve")
		return nil, nil
	}
	if !m.has("d") {
		return public, nil
	}
	private, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), m.bytes("d", 32))
	if m.err == nil && (err != nil || !private.PublicKey.Equal(public)) {
		m.err = keyError("d is not the private part of x and y")
	}
	return public, private
}

// ed25519 reads RFC 8037, 2.
func (m *jwkReader) ed25519() (crypto.PublicKey, crypto.Signer) {
	m.curve("Ed25519")
	public := ed25519.PublicKey(m.bytes("x", ed25519.PublicKeySize))
	if m.err != nil || !m.has("d") {
		return public, nil
	}
	seed := m.bytes("d", ed25519.SeedSize)
	if m.err != nil {
		return nil, nil
	}
	private := ed25519.NewKeyFromSeed(seed)
	if !private.Public().(ed25519.PublicKey).Equal(public) {
		m.err = keyError("d is not the private part of x")
	}
	return public, private
}

// secret reads RFC 7518, 6.4.
func (m *jwkReader) secret() []byte {
	secret := m.bytes("k", 0)
	if m.err == nil && len(secret) < sha256.Size {
		m.err = keyError("k has %d bytes, HS256 needs %d or more (RFC 7518, 3.2)", len(secret), sha256.Size)
	}
	return secret
}
