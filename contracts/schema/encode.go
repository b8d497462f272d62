package schema

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"unicode/utf8"
)

// AppendJSON appends v as JSON, without spaces and without escaping what only HTML minds. Members stand in the order
// in which the schema s declares them, through references and combined schemas; the others follow by name. s may
// be nil. What is no JSON value (NaN, a channel) becomes null.
func AppendJSON(dst []byte, v any, s *Schema) []byte {
	switch v := v.(type) {
	case nil:
		return append(dst, "null"...)
	case bool:
		return strconv.AppendBool(dst, v)
	case string:
		return appendString(dst, v)
	case json.Number:
		if !isJSONNumber(string(v)) {
			return append(dst, "null"...)
		}
		return append(dst, v...)
	case map[string]any:
		return appendObject(dst, v, s)
	case []any:
		return appendArray(dst, v, s)
	case float64:
		return appendFloat(dst, v)
	case int:
		return strconv.AppendInt(dst, int64(v), 10)
	case int64:
		return strconv.AppendInt(dst, v, 10)
	case Raw:
		if len(v) == 0 {
			return append(dst, "null"...)
		}
		return append(dst, v...)
	case RawList:
		return v.append(dst)
	}
	other, err := json.Marshal(v)
	if err != nil {
		return append(dst, "null"...)
	}
	return append(dst, other...)
}

// appendFloat writes a float as encoding/json does.
func appendFloat(dst []byte, f float64) []byte {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return append(dst, "null"...)
	}
	if a := math.Abs(f); a != 0 && (a < 1e-6 || a >= 1e21) {
		return strconv.AppendFloat(dst, f, 'e', -1, 64)
	}
	return strconv.AppendFloat(dst, f, 'f', -1, 64)
}

func appendArray(dst []byte, list []any, s *Schema) []byte {
	var prefix []*Schema
	var items *Schema
	if s != nil {
		prefix, items = s.itemOrder()
	}
	dst = append(dst, '[')
	for i, v := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		of := items
		if i < len(prefix) {
			of = prefix[i]
		}
		dst = AppendJSON(dst, v, of)
	}
	return append(dst, ']')
}

func appendObject(dst []byte, object map[string]any, s *Schema) []byte {
	dst = append(dst, '{')
	left := len(object)
	var declared *Schema
	var list []Property
	if s != nil {
		declared, list = s.memberOrder()
	}
	for i := range list {
		if left == 0 {
			break
		}
		p := &list[i]
		v, ok := object[p.Name]
		if !ok {
			continue
		}
		if left < len(object) {
			dst = append(dst, ',')
		}
		left--
		dst = appendString(dst, p.Name)
		dst = append(dst, ':')
		dst = AppendJSON(dst, v, p.Schema)
	}
	if left > 0 {
		dst = appendOthers(dst, object, declared, left)
	}
	return append(dst, '}')
}

// appendOthers writes the members that the schema does not declare, by name.
func appendOthers(dst []byte, object map[string]any, s *Schema, left int) []byte {
	var few [24]string
	names := few[:0]
	var of *Schema
	if s != nil {
		of = s.otherOrder()
	}
	for name := range object {
		if s == nil || !s.orders(name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for i, name := range names {
		if i > 0 || left < len(object) {
			dst = append(dst, ',')
		}
		dst = appendString(dst, name)
		dst = append(dst, ':')
		dst = AppendJSON(dst, object[name], of)
	}
	return dst
}

const hexDigits = "0123456789abcdef"

func appendString(dst []byte, text string) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(text); {
		c := text[i]
		if c >= ' ' && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(text[i:])
			if r == utf8.RuneError && size == 1 {
				dst = append(dst, text[start:i]...)
				dst = append(dst, "\uFFFD"...)
				start = i + 1
			}
			i += size
			continue
		}
		dst = append(dst, text[start:i]...)
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
		i++
		start = i
	}
	dst = append(dst, text[start:]...)
	return append(dst, '"')
}
