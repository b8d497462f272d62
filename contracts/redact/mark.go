package redact

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"regexp"
)

// A Marker puts marks in place of secrets: texts from which nobody can tell the secret, but which are equal where the secrets
// are. It implements Substitute. The zero value is not ready; make it with NewMarker.
type Marker struct {
	key []byte
}

// NewMarker gives a marker. Marks made with one key can be compared, marks made with different keys cannot.
func NewMarker(key []byte) *Marker { return &Marker{key: append([]byte(nil), key...)} }

// Mark gives the mark of a secret: "secret~ecos_live_~1a2b3c4d5e6f", its documented prefix between the signs. It is legal in
// URLs, headers, forms and JSON as it stands.
func (m *Marker) Mark(value string) string {
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
