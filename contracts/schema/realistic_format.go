package schema

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// formatText makes a text of a format. ok is false for formats that say nothing about the text.
func (k *making) formatText(p *plan, at place) (text string, ok bool) {
	t := p.text
	src := k.seed(at.hash)
	switch p.format {
	case "date-time", "date", "time":
		return k.formattedDate(p, at), true
	case "duration":
		return fmt.Sprintf("P%dDT%dH", src.between(1, 30), src.between(1, 23)), true
	case "uuid":
		return uuidText(src), true
	case "email", "idn-email":
		return sizedEmail(k.kindText(kindEmail, p, at), t.min, t.max, src), true
	case "hostname", "idn-hostname":
		text := k.kindText(kindHostname, p, at)
		if at.kind == kindDomain {
			text = k.kindText(kindDomain, p, at)
		}
		return sizedHost(text, t.min, t.max, src), true
	case "ipv4":
		return k.kindText(kindIP, p, at), true
	case "ipv6":
		text := k.kindText(kindIPv6, p, at)
		if t.min > len(text) {
			text = fmt.Sprintf("2001:0db8:0000:0000:0000:0000:%04x:%04x", src.below(1<<16), src.below(1<<16))
		}
		return text, true
	case "uri", "iri", "url", "uri-reference", "iri-reference":
		about := at.kind
		if about != kindImage {
			about = kindURL
		}
		return sizedURL(k.kindText(about, p, at), t.min, t.max, src), true
	case "uri-template":
		return sizedURL("https://example.com/"+pick(src, words)+"/{id}", t.min, t.max, src), true
	case "json-pointer":
		return lengthened("/"+pick(src, words), t.min, t.max, src), true
	case "relative-json-pointer":
		return lengthened("1/"+pick(src, words), t.min, t.max, src), true
	case "regex":
		return lengthened("^[a-z]+$", t.min, -1, nil), true
	case "byte", "base64":
		return base64Text(src, t.min, t.max, base64.StdEncoding), true
	case "base64url":
		return base64Text(src, t.min, t.max, base64.RawURLEncoding), true
	case "password":
		return letters(src, base62, min(max(t.min, 16), max(t.min, limit(t.max, 16)))), true
	case "http-date":
		return k.instant(at.kind, at).Format(http.TimeFormat), true
	case "int32", "int64", "uint64", "decimal", "double", "float":
		return k.numericText(at, src), true
	case "unix-time", "timestamp":
		return strconv.FormatInt(k.instant(at.kind, at).Unix(), 10), true
	case "char":
		return letters(src, "abcdefghijklmnopqrstuvwxyz", 1), true
	}
	return "", false
}

func limit(n, otherwise int) int {
	if n < 0 {
		return otherwise
	}
	return min(n, otherwise)
}

func (k *making) numericText(at place, src *splitmix) string {
	if at.kind == kindAmount {
		return fmt.Sprintf("%d.%02d", src.between(5, 500), src.below(100))
	}
	return strconv.Itoa(src.between(1, 10000))
}

// formattedDate writes a time in one of the formats of RFC 3339, with as many decimal places as the example or
// minLength asks for.
func (k *making) formattedDate(p *plan, at place) string {
	about := at.kind
	switch about {
	case kindCreated, kindUpdated, kindFuture, kindEnded, kindStart, kindEnd, kindBirth:
	default:
		about = kindDate
	}
	t := k.instant(about, at)
	switch p.format {
	case "date":
		if at.walk > 0 {
			t = t.AddDate(0, 0, at.walk)
		}
		return t.Format(time.DateOnly)
	case "time":
		return t.Format("15:04:05Z")
	}
	layout := time.RFC3339
	if style := layoutOf(exampleText(p)); strings.HasPrefix(style, "2006-01-02T15:04:05") && strings.HasSuffix(style, "Z07:00") {
		layout = style
	}
	text := t.Format(layout)
	if missing := p.text.min - len(text); missing > 1 && strings.HasSuffix(text, "Z") {
		text = strings.TrimSuffix(text, "Z") + "." + strings.Repeat("0", min(missing-1, 1000)) + "Z"
	}
	return text
}

// sizedEmail brings an address to a length by its local part, then by its domain.
func sizedEmail(text string, low, high int, src *splitmix) string {
	local, domain, _ := strings.Cut(text, "@")
	if high >= 0 && len(text) > high {
		domain = "example.com"
		if high < len("a@example.com") {
			domain = "a.co"[:max(1, min(4, high-2))]
			domain = strings.TrimRight(domain, ".")
		}
		if n := max(1, high-len(domain)-1); len(local) > n {
			local = strings.TrimRight(local[:n], ".")
		}
	}
	if missing := low - len(local) - 1 - len(domain); missing > 0 {
		n := min(missing, 64-len(local))
		local += letters(src, "abcdefghijklmnopqrstuvwxyz", max(0, n))
		domain = sizedHost(domain, low-len(local)-1, -1, src)
	}
	return local + "@" + domain
}

// sizedHost brings a host's name to a length with labels in front of it.
func sizedHost(text string, low, high int, src *splitmix) string {
	if high >= 0 && len(text) > high {
		text = "a.example"
		if high < len(text) {
			text = letters(src, "abcdefghijklmnopqrstuvwxyz", max(1, high))
		}
	}
	for len(text) < low {
		missing := low - len(text)
		switch {
		case missing == 1:
			return "a" + text
		case missing > 60:
			text = letters(src, "abcdefghijklmnopqrstuvwxyz", 50) + "." + text
		default:
			text = letters(src, "abcdefghijklmnopqrstuvwxyz", missing-1) + "." + text
		}
	}
	return text
}

// sizedURL brings a URL to a length by its path.
func sizedURL(text string, low, high int, src *splitmix) string {
	if high >= 0 && len(text) > high {
		for _, shorter := range [...]string{"https://example.com/" + pick(src, words), "https://example.com", "http://a.example", "http://a.co", "a:b", "a:"} {
			if text = shorter; len(text) <= high {
				break
			}
		}
	}
	return lengthened(text, low, high, src)
}

// lengthened adds letters at the end.
func lengthened(text string, low, high int, src *splitmix) string {
	if n := low - len(text); n > 0 && src != nil {
		text += letters(src, "abcdefghijklmnopqrstuvwxyz", n)
	} else if n > 0 {
		text += strings.Repeat("a", n)
	}
	if high >= 0 && len(text) > high {
		text = text[:high]
	}
	return text
}

// base64Text encodes words, as many as the length of the text asks for.
func base64Text(src *splitmix, low, high int, e *base64.Encoding) string {
	n := max(12, (low+3)/4*3)
	if high >= 0 && e.EncodedLen(n) > high {
		n = max(0, high/4*3)
	}
	content := plainText(src, n, n)
	for len(content) < n {
		content += "."
	}
	return e.EncodeToString([]byte(content[:n]))
}
