package mock

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"net/http"
	"strings"

	"understudy/contracts"
	"understudy/contracts/schema"
)

// longestKey is how many characters an idempotency key has at most where the contract allows no more, as at Stripe; the draft
// leaves it to the server.
const longestKey = 255

// longestFor is longestKey, or what the operation documents beyond it.
func longestFor(o *contracts.Operation, header string) int {
	for _, p := range o.Parameters {
		if p.In == "header" && strings.EqualFold(p.Name, header) && p.Schema != nil {
			if most := p.Schema.Resolve().MaxLength; most != nil {
				return max(longestKey, *most)
			}
		}
	}
	return longestKey
}

// idempotencyKey reads the header of a request: a structured-field String in quotes (RFC 9651, 3.3.3), as the draft has it,
// or bare text as at Stripe. Both spellings of a text are one key; "" where none was sent.
func idempotencyKey(o *contracts.Operation, lines []string, header string, required bool) (string, *Problem) {
	refuse := func(want string) (string, *Problem) {
		return "", keyProblem(http.StatusBadRequest, codeKeyInvalid, header, "The "+header+" must be "+want+".", want)
	}
	switch {
	case len(lines) == 0 && required:
		return "", keyProblem(http.StatusBadRequest, codeKeyMissing, header, "The header "+header+" is required: send a text that is new for each request, and the same when you repeat one.", "a text that is new for each request")
	case len(lines) == 0:
		return "", nil
	case len(lines) > 1:
		return refuse("one header line")
	}
	text := strings.Trim(lines[0], " \t")
	if strings.HasPrefix(text, `"`) {
		var ok bool
		if text, ok = quotedString(text); !ok {
			return refuse(`a text in quotes with \" for a quote and \\ for a backslash in it, or a text without quotes`)
		}
	}
	for i := range len(text) {
		if text[i] < ' ' || text[i] > '~' {
			return refuse("made of visible ASCII characters")
		}
	}
	if text == "" || len(text) > longestKey && len(text) > longestFor(o, header) {
		return refuse(fmt.Sprintf("1 to %d characters long", longestFor(o, header)))
	}
	return text, nil
}

// quotedString reads a structured-field String; parameters behind it are passed over.
func quotedString(text string) (string, bool) {
	var b strings.Builder
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
			if i == len(text) || text[i] != '"' && text[i] != '\\' {
				return "", false
			}
		case '"':
			rest := strings.TrimLeft(text[i+1:], " ")
			return b.String(), rest == "" || rest[0] == ';'
		}
		b.WriteByte(text[i])
	}
	return "", false
}

// keyPlace is where the answer for a key is kept: nobody meets the keys of another account, nor of another operation. A
// caller without an account has the credential's own.
func (s *Server) keyPlace(c *call, key string) string {
	h := c.holder()
	account, id := c.account(), ""
	if account == "" && h.Credential != nil {
		id = h.Credential.ID
	}
	return s.keptPrefix() + keptRecord + strings.Join([]string{account, h.Environment, id, c.operation.Method + " " + c.operation.Path, key}, "\x00")
}

// A fingerprint tells one payload from another.
type fingerprint [sha256.Size]byte

func (f fingerprint) String() string { return hex.EncodeToString(f[:]) }

// fingerprint is made of path, query and body. What means the same is the same: members and fields in another order, blanks
// between them, and the boundary of a multipart body, which clients choose anew for each try.
func (c *call) fingerprint() fingerprint {
	sum := sha256.New()
	add(sum, []byte(c.path))
	add(sum, []byte(c.request.URL.Query().Encode()))
	media, _, _ := strings.Cut(strings.ToLower(contentTypeOf(c.request)), ";")
	media = strings.TrimSpace(media)
	add(sum, []byte(media))
	switch {
	case len(c.body.Parts) > 0:
		for i := range c.body.Parts {
			p := &c.body.Parts[i]
			for _, text := range [...]string{p.Name, p.FileName, p.ContentType} {
				add(sum, []byte(text))
			}
			add(sum, p.Bytes)
		}
	case c.body.Present && structured(c.body.Value) && (bytes.ContainsAny(c.raw[:min(len(c.raw), 1)], "{[ \t\r\n") || media == "application/x-www-form-urlencoded"):
		add(sum, schema.AppendJSON(nil, c.body.Value, nil))
	default:
		add(sum, c.raw)
	}
	return fingerprint(sum.Sum(nil))
}

func structured(value any) bool {
	switch value.(type) {
	case map[string]any, []any:
		return true
	}
	return false
}

// add adds a text with its length before it, so that no two lists of texts look the same.
func add(sum hash.Hash, text []byte) {
	_, _ = fmt.Fprintf(sum, "%d:", len(text))
	_, _ = sum.Write(text)
}
