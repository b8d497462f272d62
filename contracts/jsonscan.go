package contracts

import (
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// separators counts the commas and colons outside of strings, each of which has a key or value behind it.
func separators(text string) int {
	count, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			quoted = !quoted
		case c == '\\' && quoted:
			i++
		case (c == ',' || c == ':') && !quoted:
			count++
		}
	}
	return count
}

// scanNumber measures the JSON number at the start of a text. fraction says that it has a fraction or an
// exponent. Where ok is false, a digit is missing after length bytes.
func scanNumber(text string) (length int, fraction, ok bool) {
	i := 0
	digits := func() bool {
		start := i
		for i < len(text) && '0' <= text[i] && text[i] <= '9' {
			i++
		}
		return i > start
	}
	if i < len(text) && text[i] == '-' {
		i++
	}
	if i < len(text) && text[i] == '0' {
		i++
	} else if !digits() {
		return i, false, false
	}
	if i < len(text) && text[i] == '.' {
		i, fraction = i+1, true
		if !digits() {
			return i, true, false
		}
	}
	if i < len(text) && (text[i] == 'e' || text[i] == 'E') {
		i, fraction = i+1, true
		if i < len(text) && (text[i] == '+' || text[i] == '-') {
			i++
		}
		if !digits() {
			return i, true, false
		}
	}
	return i, fraction, true
}

// str reads a string at its opening quote.
func (p *jsonParser) str() (string, error) {
	start := p.pos + 1
	for i := start; i < len(p.text); i++ {
		switch c := p.text[i]; {
		case c == '"':
			p.pos = i + 1
			return p.text[start:i], nil
		case c == '\\':
			return p.escaped(start, i)
		case c < ' ':
			p.pos = i
			return "", p.fail(fmt.Sprintf("%q inside a string; write it as an escape", rune(c)))
		}
	}
	p.pos = len(p.text)
	return "", p.fail("the text ends inside a string")
}

// escapes gives the character of a one-letter escape, 0 where there is none.
var escapes = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// escaped goes on with a string that began at start and has its first escape at i.
func (p *jsonParser) escaped(start, i int) (string, error) {
	var b strings.Builder
	b.WriteString(p.text[start:i])
	for i < len(p.text) {
		c := p.text[i]
		switch {
		case c == '"':
			p.pos = i + 1
			return b.String(), nil
		case c < ' ':
			p.pos = i
			return "", p.fail(fmt.Sprintf("%q inside a string; write it as an escape", rune(c)))
		case c != '\\':
			j := i + 1
			for j < len(p.text) && p.text[j] != '"' && p.text[j] != '\\' && p.text[j] >= ' ' {
				j++
			}
			b.WriteString(p.text[i:j])
			i = j
		case i+1 < len(p.text) && escapes[p.text[i+1]] != 0:
			b.WriteByte(escapes[p.text[i+1]])
			i += 2
		default:
			r, ok := hex4(p.text, i)
			if !ok {
				p.pos = i
				return "", p.fail("an escape that JSON does not know")
			}
			i += 6
			if utf16.IsSurrogate(r) {
				low, ok := hex4(p.text, i)
				if pair := utf16.DecodeRune(r, low); ok && pair != utf8.RuneError {
					r, i = pair, i+6
				}
			}
			b.WriteRune(r) // half a surrogate pair becomes U+FFFD, as encoding/json does
		}
	}
	p.pos = len(p.text)
	return "", p.fail("the text ends inside a string")
}

// hex4 reads \uXXXX at i.
func hex4(text string, i int) (rune, bool) {
	if i+6 > len(text) || text[i] != '\\' || text[i+1] != 'u' {
		return 0, false
	}
	var r rune
	for _, c := range []byte(text[i+2 : i+6]) {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}
