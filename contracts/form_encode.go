package contracts

import (
	"fmt"
	"strings"

	"understudy/contracts/schema"
)

// encodeForm writes an object as application/x-www-form-urlencoded, each property by its Encoding Object. By
// default a list is written as repeated names and an object as JSON, as OpenAPI 3.0.4 says under Encoding Object.
func (m *MediaType) encodeForm(value any) ([]byte, error) {
	object, ok := value.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("a form needs an object, not %T", value)
	}
	v := viewOf(m.Schema)
	var pairs []string
	for _, name := range orderedNames(v, object) {
		property, _ := v.property(name)
		own, err := encodeField(m.Encoding[name], name, object[name], property)
		if err != nil {
			return nil, fmt.Errorf("encode field %s: %w", name, err)
		}
		pairs = append(pairs, own...)
	}
	return []byte(strings.Join(pairs, "&")), nil
}

func encodeField(e *Encoding, name string, value any, property view) ([]string, error) {
	if e != nil && e.Style == "deepObject" && isStructure(value) {
		return deepPairs(nil, formPair, name, value, property, 0)
	}
	if e != nil && e.Style != "" && isStructure(value) {
		c := encodingCodec(e, name, property)
		return c.encodePairs(value)
	}
	if e != nil && kindOf(e.ContentType) == jsonKind {
		return []string{formPair(name, string(schema.AppendJSON(nil, value, property.first())))}, nil
	}
	values, isList := value.([]any)
	if !isList || len(values) == 0 {
		if isList {
			value = ""
		}
		values = []any{value}
	}
	pairs := make([]string, len(values))
	for i, v := range values {
		known := property
		if isList {
			known = property.item(i)
		}
		pairs[i] = formPair(name, known.text(v))
	}
	return pairs, nil
}

// text writes a value as plainText does, the members of objects in the order of the document.
func (v view) text(value any) string {
	if isStructure(value) {
		return string(schema.AppendJSON(nil, value, v.first()))
	}
	return plainText(value)
}

func (v view) first() *schema.Schema {
	if len(v) == 0 {
		return nil
	}
	return v[0]
}

func formPair(name, text string) string { return formEscape(name) + "=" + formEscape(text) }

// formEscape encodes as the URL standard's urlencoded serializer does: a space becomes a plus.
func formEscape(s string) string {
	return strings.ReplaceAll(escaper{}.escape(s), "%20", "+")
}
