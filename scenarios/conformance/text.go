package conformance

import (
	"encoding/base64"
	"encoding/json"
	"math/rand/v2"
	"strings"
)

// A jws is a signed token in its compact form (RFC 7515, 7.1), taken apart.
type jws struct{ header, payload, signature string }

func parseJWS(text string) (jws, bool) {
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		return jws{}, false
	}
	for _, part := range parts[:2] {
		raw, err := base64.RawURLEncoding.DecodeString(part)
		if err != nil || !json.Valid(raw) {
			return jws{}, false
		}
	}
	return jws{parts[0], parts[1], parts[2]}, true
}

func (t jws) String() string { return t.header + "." + t.payload + "." + t.signature }

// tampered gives forms of a token that must not be believed: another payload under the old signature, a changed signature,
// none at all, and the algorithm none (RFC 8725, 2.1).
func (t jws) tampered() map[string]string {
	list := map[string]string{}
	if t.signature != "" {
		changed := t
		changed.signature = other(t.signature[:1]) + t.signature[1:]
		list["another signature"] = changed.String()
	}
	none := t
	none.header = base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"JWT"}`))
	none.signature = ""
	list["the algorithm none"] = none.String()
	raw, err := base64.RawURLEncoding.DecodeString(t.payload)
	var claims map[string]any
	if err == nil && json.Unmarshal(raw, &claims) == nil {
		claims["understudy"] = "changed"
		if more, err := json.Marshal(claims); err == nil {
			changed := t
			changed.payload = base64.RawURLEncoding.EncodeToString(more)
			list["another claim"] = changed.String()
		}
	}
	return list
}

func other(char string) string {
	if char == "A" {
		return "B"
	}
	return "A"
}

// unknownLike gives a text of the same form that nobody has issued: what looks like a prefix stays, letters and digits
// become others of their kind.
func unknownLike(text string, seed uint64) string {
	r := rand.New(rand.NewPCG(seed, 0x756e6b6e6f776e))
	if token, ok := parseJWS(text); ok {
		token.payload = base64.RawURLEncoding.EncodeToString([]byte(`{"sub":"nobody","iat":1735689600,"exp":4102444800}`))
		token.signature = scrambled(token.signature, r)
		return token.String()
	}
	if user, password, ok := strings.Cut(text, ":"); ok {
		return user + ":" + scrambled(password, r)
	}
	begin := strings.LastIndexAny(text, "_|-.") + 1
	if len(text)-begin < 8 {
		begin = min(3, len(text)/2)
	}
	return text[:begin] + scrambled(text[begin:], r)
}

func scrambled(text string, r *rand.Rand) string {
	const letters = "abcdefghijklmnopqrstuvwxyz"
	out := []byte(text)
	hex := strings.Trim(text, "0123456789abcdef") == ""
	for i, c := range out {
		switch {
		case hex:
			out[i] = "0123456789abcdef"[r.IntN(16)]
		case c >= '0' && c <= '9':
			out[i] = byte('0' + r.IntN(10))
		case c >= 'a' && c <= 'z':
			out[i] = letters[r.IntN(26)]
		case c >= 'A' && c <= 'Z':
			out[i] = letters[r.IntN(26)] - 'a' + 'A'
		}
	}
	return string(out)
}
