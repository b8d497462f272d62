package redact

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"
)

// A Marker puts marks in place of secrets: texts from which nobody can tell the secret, but which are equal where the secrets
// are. It implements Substitute. The zero value is not ready; make it with NewMarker.
type Marker struct {
	key []byte
}

// NewMarker gives a marker. Marks made with one key can be compared, marks made with different keys cannot.
func NewMarker(key []byte) *Marker { return &Marker{key: append([]byte(nil), key...)} }

// Mark gives the mark of a secret: "secret~ecos_live_~1a2b3c4d5e6f", its documented prefix between the signs. It is legal in
// URLs, headers, forms and JSON as it stands. A mark is its own mark.
func (m *Marker) Mark(value string) string {
	if isMark(value) {
		return value
	}
	sum := hmac.New(sha256.New, m.key)
	sum.Write([]byte(value))
	return "secret~" + Prefix(value) + "~" + hex.EncodeToString(sum.Sum(nil)[:6])
}

// Stand implements Substitute.
func (m *Marker) Stand(value string, _ Secrecy) string { return m.Mark(value) }

// Own implements Substitute: no secret may stay.
func (m *Marker) Own(string) bool { return false }

var marks = regexp.MustCompile(`secret~[a-z0-9_]{0,12}~[0-9a-f]{12}`)

// Marks gives the marks that stand in a text, in their order.
func Marks(text string) []string { return marks.FindAllString(text, -1) }

func isMark(text string) bool {
	if !strings.HasPrefix(text, "secret~") {
		return false
	}
	at := marks.FindStringIndex(text)
	return at != nil && at[0] == 0 && at[1] == len(text)
}

// telling says that a secret is unlike other texts, so that it is one wherever it stands: marks decide on verdicts, and a word
// that happens to be somebody's password must not become a credential in a URL. What is not telling is marked in its place only.
func telling(value string, as Secrecy) bool {
	least := 12
	if as == AsPassword {
		least = 8
	}
	letters := strings.ContainsAny(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
	digits := strings.ContainsAny(value, "0123456789")
	switch {
	case strings.HasPrefix(value, "/") || strings.Contains(value, "://"): // an address that was kept
		return false
	case !letters:
		return len(value) >= 12
	case !digits:
		return len(value) >= 16
	}
	return len(value) >= least
}
