package scan

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
)

// A spelling is one way in which a text may be written.
type spelling struct {
	text string
	how  string // for people; empty: as it is
}

// spellings gives the ways in which a text may be written: as it is, percent-encoded, escaped as in JSON, in hexadecimal and in base64,
// where it is part of a longer text at each of the three places at which it can begin.
func spellings(text string) []spelling {
	var list []spelling
	seen := map[string]bool{}
	add := func(form, how string) {
		if form != "" && !seen[form] {
			seen[form] = true
			list = append(list, spelling{form, how})
		}
	}
	add(text, "")
	for _, escaped := range []string{url.QueryEscape(text), url.PathEscape(text), strings.ReplaceAll(url.QueryEscape(text), "+", "%20"), everyByte(text, "%%%02X")} {
		add(escaped, "percent-encoded")
		add(lowerDigits(escaped), "percent-encoded")
	}
	if quoted, err := json.Marshal(text); err == nil {
		add(string(quoted[1:len(quoted)-1]), "escaped as in JSON")
		add(strings.ReplaceAll(string(quoted[1:len(quoted)-1]), "/", `\/`), "escaped as in JSON")
	}
	add(strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text), "escaped as in JSON")
	add(everyByte(text, `\u%04x`), "escaped as in JSON")
	add(everyByte(text, `\u%04X`), "escaped as in JSON")
	add(everyByte(text, `\x%02x`), "in hexadecimal")
	add(hex.EncodeToString([]byte(text)), "in hexadecimal")
	add(strings.ToUpper(hex.EncodeToString([]byte(text))), "in hexadecimal")
	for _, form := range base64Forms(text, 8) {
		add(form, "in base64")
	}
	return list
}

// everyByte writes every byte in a format, ASCII only.
func everyByte(text, format string) string {
	var b strings.Builder
	for i := range len(text) {
		if text[i] >= 0x80 {
			return ""
		}
		fmt.Fprintf(&b, format, text[i])
	}
	return b.String()
}

// lowerDigits writes the digits of percent-encoding small.
func lowerDigits(text string) string {
	b := []byte(text)
	for i := 0; i+2 < len(b); i++ {
		if b[i] == '%' {
			copy(b[i+1:i+3], strings.ToLower(text[i+1:i+3]))
		}
	}
	return string(b)
}

// base64Forms gives the characters that a text becomes in base64 at each of the three places where it can begin, without those that
// depend on what stands around it. Forms of less than least characters tell nothing and are left out.
func base64Forms(text string, least int) []string {
	var list []string
	for before := range 3 {
		padded := append(make([]byte, before), text...)
		from, to := (before*8+5)/6, len(padded)*8/6
		if to-from < least {
			continue
		}
		for i, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			form := encoding.EncodeToString(padded)[from:to]
			if i == 0 || form != list[len(list)-1] {
				list = append(list, form)
			}
		}
	}
	return list
}

// mostEncoded is how far around a place encoded text is looked at.
const mostEncoded = 2048

// decoded gives what the base64 around a place of a text says, in each of the ways in which it can be read, and where it stands.
func decoded(text []byte, at int) (from, to int, readings [][]byte) {
	from, to = at, at
	for from > max(0, at-mostEncoded) && base64Byte(text[from-1]) {
		from--
	}
	for to < min(len(text), at+mostEncoded) && base64Byte(text[to]) {
		to++
	}
	plain := strings.NewReplacer("-", "+", "_", "/").Replace(string(text[from:to]))
	for shift := range min(4, len(plain)) {
		part := plain[shift:]
		if len(part)%4 == 1 {
			part = part[:len(part)-1]
		}
		if reading, err := base64.RawStdEncoding.DecodeString(part); err == nil {
			readings = append(readings, reading)
		}
	}
	return from, to, readings
}

func base64Byte(b byte) bool { return wordByte(b) || b == '+' || b == '/' || b == '-' }

// unhexed gives what the hexadecimal digits around a place say, with their place. The place is one where a byte begins.
func unhexed(text []byte, at int) (from, to int, reading []byte) {
	from, to = at, at
	for from-2 >= max(0, at-mostEncoded) && isHex(text[from-2:from]) {
		from -= 2
	}
	for to+2 <= min(len(text), at+mostEncoded) && isHex(text[to:to+2]) {
		to += 2
	}
	reading, _ = hex.DecodeString(string(text[from:to]))
	return from, to, reading
}
