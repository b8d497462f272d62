package schema

import (
	"net/netip"
	"net/url"
	"strings"
	"unicode/utf8"
)

// format is a name in the keyword format that is asserted.
type format uint8

const (
	noFormat format = iota
	formatInt32
	formatInt64
	formatFloat
	formatDouble
	formatDateTime
	formatDate
	formatTime
	formatDuration
	formatEmail
	formatIDNEmail
	formatHostname
	formatIDNHostname
	formatIPv4
	formatIPv6
	formatURI
	formatURIReference
	formatURITemplate
	formatPointer
	formatRelativePointer
	formatRegex
	formatUUID
	formatByte
)

var formatNames = map[string]format{
	"int32": formatInt32, "int64": formatInt64, "float": formatFloat, "double": formatDouble,
	"date-time": formatDateTime, "date": formatDate, "time": formatTime, "duration": formatDuration,
	"email": formatEmail, "idn-email": formatIDNEmail,
	"hostname": formatHostname, "idn-hostname": formatIDNHostname,
	"ipv4": formatIPv4, "ipv6": formatIPv6,
	"uri": formatURI, "iri": formatURI,
	"uri-reference": formatURIReference, "iri-reference": formatURIReference,
	"uri-template": formatURITemplate,
	"json-pointer": formatPointer, "relative-json-pointer": formatRelativePointer,
	"regex": formatRegex, "uuid": formatUUID, "byte": formatByte,
}

func formatNamed(name string) format {
	if name == "" {
		return noFormat
	}
	return formatNames[name]
}

func (f format) numeric() bool { return f >= formatInt32 && f <= formatDouble }

// ValidFormat says whether text has the format of that name. Formats of numbers (int32, int64, float, double) take the
// number as JSON writes it. Formats that say nothing about the text (binary, password) and unknown ones
// hold for every text.
func ValidFormat(name, text string) bool {
	f := formatNamed(name)
	if f.numeric() {
		return isJSONNumber(text) && f.holdsNumber(text)
	}
	return f.holds(text)
}

// Bounds of the formats of numbers, as texts so that comparing is exact.
const (
	minInt32, maxInt32   = "-2147483648", "2147483647"
	minInt64, maxInt64   = "-9223372036854775808", "9223372036854775807"
	minFloat, maxFloat   = "-3.4028235677973366e38", "3.4028235677973366e38" // where rounding to float32 overflows
	minDouble, maxDouble = "-1.797693134862315808e308", "1.797693134862315808e308"
)

// holdsNumber judges a JSON number by a format of numbers.
func (f format) holdsNumber(text string) bool {
	low, high, whole := "", "", true
	switch f {
	case formatInt32:
		low, high = minInt32, maxInt32
	case formatInt64:
		if _, ok := smallInteger(text); ok {
			return true
		}
		low, high = minInt64, maxInt64
	case formatFloat:
		low, high, whole = minFloat, maxFloat, false
	case formatDouble:
		low, high, whole = minDouble, maxDouble, false
	default:
		return true
	}
	if whole && !splitNumber(text).isWhole() {
		return false
	}
	return compareNumbers(text, low) >= 0 && compareNumbers(text, high) <= 0
}

// holds judges a text by a format of texts.
func (f format) holds(text string) bool {
	switch f {
	case formatDateTime:
		return len(text) >= 20 && (text[10] == 'T' || text[10] == 't') && isDate(text[:10]) && isTime(text[11:])
	case formatDate:
		return isDate(text)
	case formatTime:
		return isTime(text)
	case formatDuration:
		return isDuration(text)
	case formatEmail, formatIDNEmail:
		return isEmail(text, f == formatIDNEmail)
	case formatHostname, formatIDNHostname:
		return isHostname(text, f == formatIDNHostname)
	case formatIPv4:
		return isIPv4(text)
	case formatIPv6:
		return isIPv6(text)
	case formatURI:
		return isPlainURL(text) || isURL(text, true)
	case formatURIReference:
		return isPlainURL(text) || strings.IndexByte(text, '\\') < 0 && isURL(text, false)
	case formatURITemplate:
		return isURITemplate(text)
	case formatPointer:
		return isPointer(text)
	case formatRelativePointer:
		return isRelativePointer(text)
	case formatRegex:
		err := readPattern(text)
		return err == nil
	case formatUUID:
		return isUUID(text)
	case formatByte:
		return isBase64(text)
	}
	return true
}

func isUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		if i == 8 || i == 13 || i == 18 || i == 23 {
			if s[i] != '-' {
				return false
			}
		} else if !isHex(s[i]) {
			return false
		}
	}
	return true
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

func isLetterOrDigit(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

// isEmail accepts an address of RFC 5321 as people write it, without comments; local parts may be quoted.
func isEmail(s string, international bool) bool {
	at := strings.LastIndexByte(s, '@')
	if at < 1 || len(s) > 254 || at > 64 {
		return false
	}
	local, domain := s[:at], s[at+1:]
	if len(local) > 1 && local[0] == '"' {
		inner := local[1 : len(local)-1]
		if local[len(local)-1] != '"' || strings.ContainsAny(inner, `\"`) {
			return false
		}
	} else if !isDotAtom(local, international) {
		return false
	}
	if len(domain) > 1 && domain[0] == '[' && domain[len(domain)-1] == ']' {
		domain = domain[1 : len(domain)-1]
		if six, ok := strings.CutPrefix(domain, "IPv6:"); ok {
			return isIPv6(six)
		}
		return isIPv4(domain)
	}
	return isHostname(domain, international)
}

func isDotAtom(s string, international bool) bool {
	if strings.HasPrefix(s, ".") || strings.HasSuffix(s, ".") || strings.Contains(s, "..") {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if !isLetterOrDigit(c) && strings.IndexByte(".!#$%&'*+-/=?^_`{|}~", c) < 0 && !(international && c >= utf8.RuneSelf) {
			return false
		}
	}
	return true
}

// isHostname follows RFC 1123; the dot at the end is allowed. International names may use letters of all scripts.
func isHostname(s string, international bool) bool {
	s = strings.TrimSuffix(s, ".")
	if len(s) > 253 {
		return false
	}
	for {
		label, rest, more := strings.Cut(s, ".")
		if len(label) < 1 || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for i := range len(label) {
			if c := label[i]; !isLetterOrDigit(c) && c != '-' && !(international && c >= utf8.RuneSelf) {
				return false
			}
		}
		if !more {
			return true
		}
		s = rest
	}
}

func isIPv4(s string) bool {
	for i := range 4 {
		part, rest, more := strings.Cut(s, ".")
		if more != (i < 3) || len(part) < 1 || len(part) > 3 || len(part) > 1 && part[0] == '0' {
			return false
		}
		n := 0
		for _, c := range []byte(part) {
			if c < '0' || c > '9' {
				return false
			}
			n = n*10 + int(c-'0')
		}
		if n > 255 {
			return false
		}
		s = rest
	}
	return true
}

func isIPv6(s string) bool {
	if strings.IndexByte(s, ':') < 0 || strings.IndexByte(s, '%') >= 0 {
		return false
	}
	_, err := netip.ParseAddr(s)
	return err == nil
}

// isPlainURL accepts the usual kind of URL at once; what it refuses may still be one.
func isPlainURL(s string) bool {
	rest, ok := strings.CutPrefix(s, "https://")
	if !ok {
		if rest, ok = strings.CutPrefix(s, "http://"); !ok {
			return false
		}
	}
	i := 0
	for i < len(rest) && (isLetterOrDigit(rest[i]) || rest[i] == '.' || rest[i] == '-') {
		i++
	}
	if i == 0 || i < len(rest) && rest[i] != '/' && rest[i] != '?' {
		return false
	}
	for ; i < len(rest); i++ {
		if c := rest[i]; !isLetterOrDigit(c) && strings.IndexByte("/-._~!$&'()*+,;=?{}:@", c) < 0 {
			return false
		}
	}
	return true
}

// isURL judges by the parser that net/http uses, which takes non-ASCII letters as well.
func isURL(s string, absolute bool) bool {
	u, err := url.Parse(s)
	if err != nil || absolute && !u.IsAbs() {
		return false
	}
	if host := u.Hostname(); strings.IndexByte(host, ':') >= 0 {
		return strings.Contains(u.Host, "[") && strings.Contains(u.Host, "]") && isIPv6(host)
	}
	return true
}

// isURITemplate wants the expressions of RFC 6570 to be closed and not within one another.
func isURITemplate(s string) bool {
	open := false
	for i := range len(s) {
		switch c := s[i]; {
		case c == '{' && open, c == '}' && !open, c <= ' ', c == 0x7f:
			return false
		case c == '{', c == '}':
			open = !open
		case c == '%' && !open && (i+2 >= len(s) || !isHex(s[i+1]) || !isHex(s[i+2])):
			return false
		}
	}
	return !open
}

func isPointer(s string) bool {
	if s == "" {
		return true
	}
	if s[0] != '/' {
		return false
	}
	for i := range len(s) {
		if s[i] == '~' && (i+1 >= len(s) || s[i+1] != '0' && s[i+1] != '1') {
			return false
		}
	}
	return true
}

func isRelativePointer(s string) bool {
	i := skipDigits(s, 0)
	if i == 0 || i > 1 && s[0] == '0' {
		return false
	}
	return s[i:] == "#" || isPointer(s[i:])
}

// isBase64 takes the alphabet of RFC 4648 section 4 or that of section 5, since documents mean either by byte. Padding
// may be left out; where it stands it must be complete.
func isBase64(s string) bool {
	body := strings.TrimRight(s, "=")
	pad := len(s) - len(body)
	if pad > 2 || pad > 0 && len(s)%4 != 0 || len(body)%4 == 1 {
		return false
	}
	var standard, forURLs bool
	for i := range len(body) {
		switch c := body[i]; {
		case isLetterOrDigit(c):
		case c == '+' || c == '/':
			standard = true
		case c == '-' || c == '_':
			forURLs = true
		default:
			return false
		}
	}
	return !(standard && forURLs)
}
