package contracts

import (
	"errors"
	"strings"
)

var errBadEscape = errors.New("a percent sign is not followed by two hexadecimal digits")

const upperHex = "0123456789ABCDEF"

// unescape undoes percent-encoding. With plus, a plus sign is a space, as in a query or a form. Text without
// anything to undo is given back as it is, without copying.
func unescape(s string, plus bool) (string, error) {
	i := 0
	for i < len(s) && s[i] != '%' && (s[i] != '+' || !plus) {
		i++
	}
	if i == len(s) {
		return s, nil
	}
	var b strings.Builder
	b.Grow(len(s))
	b.WriteString(s[:i])
	for ; i < len(s); i++ {
		switch c := s[i]; {
		case c == '+' && plus:
			b.WriteByte(' ')
		case c == '%':
			if i+2 >= len(s) || !isHex(s[i+1]) || !isHex(s[i+2]) {
				return "", errBadEscape
			}
			b.WriteByte(unhex(s[i+1])<<4 | unhex(s[i+2]))
			i += 2
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), nil
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

func unhex(c byte) byte {
	switch {
	case c <= '9':
		return c - '0'
	case c >= 'a':
		return c - 'a' + 10
	default:
		return c - 'A' + 10
	}
}

// isUnreserved is the set of RFC 3986, 2.3, which no encoding touches.
func isUnreserved(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' ||
		c == '-' || c == '.' || c == '_' || c == '~'
}

// isReserved is the set of RFC 3986, 2.2, which allowReserved lets stand.
func isReserved(c byte) bool {
	return strings.IndexByte(":/?#[]@!$&'()*+,;=", c) >= 0
}

// An escaper percent-encodes the values of one parameter.
type escaper struct {
	reserved bool   // allowReserved
	always   string // what is encoded all the same, since it would end the value or part it
	percent  bool   // percent signs stand: the text is encoded already
	none     bool   // nothing is encoded: headers and cookies of style "cookie"
}

func (e escaper) escape(s string) string {
	if e.none {
		return s
	}
	clean := true
	for i := 0; i < len(s) && clean; i++ {
		clean = e.keeps(s[i])
	}
	if clean {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 16)
	for i := 0; i < len(s); i++ {
		if c := s[i]; e.keeps(c) {
			b.WriteByte(c)
		} else {
			b.WriteByte('%')
			b.WriteByte(upperHex[c>>4])
			b.WriteByte(upperHex[c&15])
		}
	}
	return b.String()
}

func (e escaper) keeps(c byte) bool {
	if strings.IndexByte(e.always, c) >= 0 {
		return false
	}
	return isUnreserved(c) || e.reserved && isReserved(c) || e.percent && c == '%'
}
