package redact

import (
	"encoding/base64"
	"net/url"
	"slices"
	"strings"
)

// Where a credential is replaced and not Hidden, all that stands around it has to stay as it is, to the byte: these are the
// places of which the journal's readers see a tidier form.

// standCredentials is the value of Authorization and of headers like it.
func (w *Work) standCredentials(value string) string {
	text := strings.TrimSpace(value)
	scheme, rest, ok := strings.Cut(text, " ")
	if !ok || !slices.Contains(w.schemes, strings.ToLower(scheme)) {
		return w.standIn(value, text)
	}
	rest = strings.TrimSpace(rest)
	if !strings.EqualFold(scheme, "basic") {
		return w.standIn(value, rest)
	}
	for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.RawURLEncoding} {
		pair, err := encoding.DecodeString(rest)
		if err != nil {
			continue
		}
		if w.marker != nil {
			return strings.Replace(value, rest, w.markBasic(string(pair)), 1)
		}
		user, password, _ := strings.Cut(string(pair), ":")
		if password == "" || w.stand.Own(string(pair)) {
			return value
		}
		other := w.standEscaped(password, AsCredential, url.QueryUnescape, url.QueryEscape) // RFC 6749, 2.3.1
		if other == password {
			return value
		}
		return strings.Replace(value, rest, encoding.EncodeToString([]byte(user+":"+other)), 1)
	}
	return w.standIn(value, rest)
}

// standIn replaces a credential in the text around it.
func (w *Work) standIn(text, credential string) string {
	if other := w.Take(credential, AsCredential); other != credential {
		return strings.Replace(text, credential, other, 1)
	}
	return text
}

// standCookies is the value of Cookie, or the beginning of Set-Cookie's.
func (w *Work) standCookies(line string) string {
	parts := strings.Split(line, ";")
	for i, part := range parts {
		name, value, ok := strings.Cut(part, "=")
		switch {
		case w.marker != nil && ok:
			parts[i] = name + "=" + w.markCookie(name, value)
		case w.marker != nil:
			parts[i] = w.markCookie("", part)
		case ok:
			parts[i] = name + "=" + w.standIn(value, strings.Trim(strings.TrimSpace(value), `"`))
		}
	}
	return strings.Join(parts, ";")
}

// standEscaped is a part of a path, a query or a form, which stays as it is spelled unless it is replaced.
func (w *Work) standEscaped(text string, as Secrecy, unescape func(string) (string, error), escape func(string) string) string {
	plain, err := unescape(text)
	if err != nil {
		plain = text
	}
	if other := w.Take(plain, as); other != plain {
		return escape(other)
	}
	return text
}
