package receiver

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"strings"

	"understudy/contracts"
	"understudy/contracts/schema"
)

// unheardOf is a kind of event that no contract has, of the same form as one that it has.
func unheardOf(name string) string {
	if i := strings.LastIndexAny(name, "._/:-"); i >= 0 {
		return name[:i+1] + "understudy_unheard_of"
	}
	return name + "_understudy_unheard_of"
}

// rename gives a message another kind, in its body where that tells the kind. ok is false where nothing tells it.
func (s *session) rename(m *message) (ok bool) {
	e := m.event
	m.kind = unheardOf(e.Name)
	ok = s.headerTellsKind(e)
	if e.Places.Type == contracts.Nowhere {
		return ok
	}
	value, err := schema.ParseJSON(m.body)
	if err != nil {
		return ok
	}
	i := strings.LastIndexByte(e.Places.Type, '/')
	inner, _ := schema.At(value, e.Places.Type[:max(i, 0)])
	object, isObject := inner.(map[string]any)
	if i < 0 || !isObject {
		return ok
	}
	object[schema.UnescapeToken(e.Places.Type[i+1:])] = m.kind
	var from *schema.Schema
	if e.Media != nil {
		from = e.Media.Schema
	}
	m.body = schema.AppendJSON(nil, value, from)
	return true
}

// reformatted writes the same JSON with other white space; ok is false where the body is no JSON.
func reformatted(body []byte) (out []byte, ok bool) {
	var b bytes.Buffer
	if err := json.Indent(&b, body, "", "   "); err != nil {
		return nil, false
	}
	b.WriteByte('\n')
	return b.Bytes(), true
}

// large is the size of a body that no vendor sends, in bytes.
const large = 1 << 20

// padded fills a body up: a JSON object gets one more member, a form one more field, anything else blanks.
func padded(body []byte, contentType string) []byte {
	fill := func(before, after string) []byte {
		n := max(large-len(body)-len(before)-len(after), 0)
		return []byte(before + strings.Repeat("x", n) + after)
	}
	trimmed := bytes.TrimSpace(body)
	switch {
	case json.Valid(trimmed) && len(trimmed) > 2 && trimmed[0] == '{':
		return append(bytes.Clone(trimmed[:len(trimmed)-1]), fill(`,"padding":"`, `"}`)...)
	case strings.HasPrefix(contentType, "application/x-www-form-urlencoded"):
		return append(bytes.Clone(body), fill("&padding=", "")...)
	}
	return append(bytes.Clone(body), bytes.Repeat([]byte(" "), max(large-len(body), 0))...)
}

func gzipped(body []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write(body) // a buffer takes everything
	_ = w.Close()
	return b.Bytes()
}
