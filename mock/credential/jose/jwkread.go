package jose

import (
	"crypto"
	"crypto/rsa"
	"math"
	"math/big"
)

// jwkReader takes values out of a JWK and keeps the first error.
type jwkReader struct {
	members map[string]any
	err     error
}

func (m *jwkReader) has(name string) bool { _, ok := m.members[name]; return ok }

// text gives a member that must be a string where it is present.
func (m *jwkReader) text(name string) string {
	value, present := m.members[name]
	text, ok := value.(string)
	if present && !ok && m.err == nil {
		m.err = keyError("%s must be a string", name)
	}
	return text
}

// bytes gives a required member in base64url that has a number of bytes; 0: any but none.
func (m *jwkReader) bytes(name string, size int) []byte {
	text := m.text(name)
	if m.err != nil {
		return nil
	}
	if text == "" {
		m.err = keyError("%s is missing", name)
		return nil
	}
	raw, err := decode(name, text)
	switch {
	case err != nil:
		m.err = keyError("%s is not base64url without padding", name)
	case size != 0 && len(raw) != size:
		m.err = keyError("%s has %d bytes, it must have %d", name, len(raw), size)
	}
	return raw
}

// number gives a required member that is a positive whole number in as few bytes as it takes (RFC 7518, 2).
func (m *jwkReader) number(name string) *big.Int {
	raw := m.bytes(name, 0)
	if m.err == nil && raw[0] == 0 {
		m.err = keyError("%s begins with a zero byte, which must be left out", name)
	}
	return new(big.Int).SetBytes(raw)
}

// The bounds of RSA keys: RFC 7518, 3.3, asks for 2048 bits; above 8192 checking one signature takes too long.
const leastRSA, mostRSA = 2048, 8192

// rsa reads RFC 7518, 6.3.
func (m *jwkReader) rsa() (crypto.PublicKey, crypto.Signer) {
	n, e := m.number("n"), m.number("e")
	switch {
	case m.err != nil:
	case n.BitLen() < leastRSA || n.BitLen() > mostRSA || n.Bit(0) == 0:
		m.err = keyError("n has %d bits, it must be odd and have %d to %d", n.BitLen(), leastRSA, mostRSA)
	case !e.IsInt64() || e.Int64() < 3 || e.Int64() > math.MaxInt32 || e.Bit(0) == 0:
		m.err = keyError("e must be odd, at least 3 and below 2^31")
	}
	if m.err != nil {
		return nil, nil
	}
	public := &rsa.PublicKey{N: n, E: int(e.Int64())}
	if !m.has("d") {
		return public, nil
	}
	return public, m.rsaPrivate(public)
}

// rsaPrivate reads RFC 7518, 6.3.2. The two primes are asked for, although a key could do without.
func (m *jwkReader) rsaPrivate(public *rsa.PublicKey) crypto.Signer {
	if m.has("oth") {
		m.err = keyError("keys of more than two primes are not supported")
		return nil
	}
	private := &rsa.PrivateKey{PublicKey: *public, D: m.number("d"), Primes: []*big.Int{m.number("p"), m.number("q")}}
	if m.err != nil {
		return nil
	}
	for _, number := range append(private.Primes, private.D) {
		if number.Cmp(public.N) >= 0 {
			m.err = keyError("d, p and q must be below n")
			return nil
		}
	}
	private.Precompute()
	if private.Validate() != nil {
		m.err = keyError("d, p and q are not the private part of n and e")
		return nil
	}
	for _, part := range []struct {
		name string
		want *big.Int
	}{{"dp", private.Precomputed.Dp}, {"dq", private.Precomputed.Dq}, {"qi", private.Precomputed.Qinv}} {
		if m.has(part.name) && m.number(part.name).Cmp(part.want) != 0 && m.err == nil {
			m.err = keyError("%s does not go with d, p and q", part.name)
		}
	}
	if m.err != nil {
		return nil
	}
	return private
}
