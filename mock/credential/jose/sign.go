package jose

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Sign gives a token over the claims, byte for byte as they are, in the compact form (RFC 7515, 3.1). The header has alg, kid
// where the key has an ID, typ where it is not empty, and what extra says, in this order and without blanks. Claims need
// not be JSON. It is an error when the key has no private part, or when extra repeats a member.
func (k *Key) Sign(typ string, claims []byte, extra ...Header) (string, error) {
	header, err := writeHeader(k.Algorithm, k.ID, typ, extra)
	if err != nil {
		return "", err
	}
	const longest = 1024 // bytes of a signature: of RSA with 8192 bits
	signed := make([]byte, 0, base64.RawURLEncoding.EncodedLen(len(header)+len(claims)+longest)+4)
	signed = base64.RawURLEncoding.AppendEncode(signed, header)
	signed = append(signed, '.')
	signed = base64.RawURLEncoding.AppendEncode(signed, claims)
	signature, err := k.sign(signed)
	if err != nil {
		return "", err
	}
	signed = append(signed, '.')
	return string(base64.RawURLEncoding.AppendEncode(signed, signature)), nil
}

// Unsigned gives what Sign gives, but with alg none and an empty signature (RFC 7519, 6): a token that nobody may believe.
// It still names the key's ID.
func (k *Key) Unsigned(typ string, claims []byte) string {
	header, err := writeHeader(None, k.ID, typ, nil)
	if err != nil {
		panic(err) // only members of extra can be wrong
	}
	return encode(header) + "." + encode(claims) + "."
}

func writeHeader(a Algorithm, kid, typ string, extra []Header) ([]byte, error) {
	members := make([]Header, 0, 3+len(extra))
	members = append(members, Header{"alg", string(a)})
	if kid != "" {
		members = append(members, Header{"kid", kid})
	}
	if typ != "" {
		members = append(members, Header{"typ", typ})
	}
	members = append(members, extra...)
	header := append(make([]byte, 0, 128), '{')
	for i, m := range members {
		if slices.ContainsFunc(members[:i], func(earlier Header) bool { return earlier.Name == m.Name }) {
			return nil, fmt.Errorf("sign a token: %s would stand twice in the header", brief(m.Name))
		}
		if i > 0 {
			header = append(header, ',')
		}
		var err error
		if header, err = appendJSON(header, m.Name); err != nil {
			return nil, err
		}
		header = append(header, ':')
		if header, err = appendJSON(header, m.Value); err != nil {
			return nil, fmt.Errorf("sign a token: header member %s: %w", brief(m.Name), err)
		}
	}
	return append(header, '}'), nil
}

// appendJSON writes a value as JSON, and < > & as they are: json.Marshal would write escapes, which others have to undo
// before they can compare.
func appendJSON(to []byte, value any) ([]byte, error) {
	if text, ok := value.(string); ok && isPlain(text) {
		to = append(to, '"')
		to = append(to, text...)
		return append(to, '"'), nil
	}
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		return to, err
	}
	return append(to, strings.TrimSuffix(b.String(), "\n")...), nil
}

// isPlain says that JSON writes a text as it is.
func isPlain(text string) bool {
	for i := 0; i < len(text); i++ {
		if c := text[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

// Tamper gives the same token with a signature that has the right form and length and is wrong: always the same one. One that
// has no signature, or none that can be read, gets 32 bytes that nobody signed with.
func Tamper(token string) string {
	dot := strings.LastIndexByte(token, '.')
	signature, err := decode("signature", token[dot+1:])
	if err != nil || len(signature) == 0 {
		sum := sha256.Sum256([]byte(token))
		signature = sum[:]
	} else {
		// A bit of the middle: in ES256 and EdDSA it belongs to S, and keeps S below the group's order; at the ends it
		// could make a signature that is refused for its form.
		signature[len(signature)/2] ^= 1
	}
	return token[:dot+1] + encode(signature)
}
