package contracts

import (
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// appendScalar appends a scalar node as JSON.
func appendScalar(out []byte, n *yaml.Node) []byte {
	switch n.ShortTag() {
	case tagNull:
		return append(out, "null"...)
	case tagBool:
		return append(out, strings.ToLower(n.Value)...)
	case tagInt, tagFloat:
		return appendNumber(out, n.Value)
	}
	return appendString(out, n.Value)
}

// appendNumber appends a YAML number as JSON. What JSON has no number for, as .inf, becomes a string.
func appendNumber(out []byte, text string) []byte {
	if length, _, ok := scanNumber(text); ok && length == len(text) {
		return append(out, text...)
	}
	plain := strings.ReplaceAll(text, "_", "")
	if i, ok := new(big.Int).SetString(plain, 0); ok {
		return i.Append(out, 10)
	}
	if f, err := strconv.ParseFloat(plain, 64); err == nil && !math.IsInf(f, 0) && !math.IsNaN(f) {
		return strconv.AppendFloat(out, f, 'g', -1, 64)
	}
	return appendString(out, text)
}

const hexDigits = "0123456789abcdef"

// appendString appends a JSON string.
func appendString(out []byte, s string) []byte {
	out = append(out, '"')
	start := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		out = append(out, s[start:i]...)
		start = i + 1
		switch c {
		case '"', '\\':
			out = append(out, '\\', c)
		case '\n':
			out = append(out, '\\', 'n')
		case '\t':
			out = append(out, '\\', 't')
		case '\r':
			out = append(out, '\\', 'r')
		default:
			out = append(out, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	rest := s[start:]
	if !utf8.ValidString(rest) {
		rest = strings.ToValidUTF8(rest, "\ufffd")
	}
	return append(append(out, rest...), '"')
}
