package redact

import (
	"bytes"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Header redacts the headers of a request ("header") or of an answer ("answer").
func (w *Work) Header(h http.Header, in string) http.Header {
	if h == nil {
		return nil
	}
	clean := make(http.Header, len(h))
	for name, values := range h {
		list := make([]string, len(values))
		for i, v := range values {
			switch http.CanonicalHeaderKey(name) {
			case "Cookie":
				list[i] = w.cookies(v)
			case "Set-Cookie":
				pair, attributes, more := strings.Cut(v, ";")
				list[i] = w.cookies(pair)
				if more {
					list[i] += ";" + attributes
				}
			case "Location", "Referer", "Content-Location":
				if w.marker != nil {
					list[i] = w.address(v)
					break
				}
				list[i] = w.text(v)
			default:
				if w.Judge(in, name) != NotSecret {
					list[i] = w.credentials(v)
				} else {
					list[i] = w.text(v)
				}
			}
		}
		clean[name] = list
	}
	return clean
}

// credentials redacts the value of Authorization and of headers like it. The scheme's word stays.
func (w *Work) credentials(value string) string {
	if w.stand != nil {
		return w.standCredentials(value)
	}
	scheme, rest, ok := strings.Cut(strings.TrimSpace(value), " ")
	if !ok || !slices.Contains(w.schemes, strings.ToLower(scheme)) {
		if ok { // several words: a phrase that somebody made up
			return w.Take(value, AsPassword)
		}
		return w.Take(value, AsCredential)
	}
	rest = strings.TrimSpace(rest)
	if strings.EqualFold(scheme, "basic") {
		for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.RawURLEncoding} {
			if pair, err := encoding.DecodeString(rest); err == nil {
				_, password, _ := strings.Cut(string(pair), ":")
				w.Take(password, AsCredential)
				if plain, err := url.QueryUnescape(password); err == nil { // RFC 6749, 2.3.1
					w.Take(plain, AsCredential)
				}
				break
			}
		}
		return scheme + " " + w.Take(rest, AsPassword)
	}
	if strings.ContainsAny(rest, ", ") { // parameters: Digest, Hawk, AWS4
		return scheme + " " + w.Take(rest, AsPassword)
	}
	return scheme + " " + w.Take(rest, AsCredential)
}

func (w *Work) cookies(line string) string {
	if w.stand != nil {
		return w.standCookies(line)
	}
	parts := strings.Split(line, ";")
	for i, part := range parts {
		if name, value, ok := strings.Cut(part, "="); ok {
			value = strings.TrimSpace(value)
			parts[i] = name + "=" + w.Take(strings.Trim(value, `"`), AsCredential)
		}
	}
	return strings.Join(parts, ";")
}

// URL redacts user information, path expressions with secret names, the query and the fragment.
func (w *Work) URL(text string) string {
	start, end := PathOf(text)
	path := w.path(text[start:end])
	rest := text[end:]
	query, fragment, hasFragment := strings.Cut(rest, "#")
	if after, ok := strings.CutPrefix(query, "?"); ok {
		query = "?" + w.pairs(after, "query", nil)
	}
	if hasFragment {
		query += "#" + w.pairs(fragment, "query", nil)
	}
	return w.userinfo(text[:start]) + w.byFormat(path+query)
}

// path hides the segments that the operation's template gives a secret name. The base path is of no matter: templates
// are compared from the end.
func (w *Work) path(path string) string {
	if w.operation == nil {
		return path
	}
	parts := strings.Split(path, "/")
	segments := w.operation.Segments
	for i := 1; i <= len(segments) && i <= len(parts); i++ {
		for _, name := range segments[len(segments)-i].Names {
			if as := w.Judge("path", name); as != NotSecret {
				at := len(parts) - i
				if w.stand != nil {
					parts[at] = w.standEscaped(parts[at], as, url.PathUnescape, url.PathEscape)
					continue
				}
				if plain, err := url.PathUnescape(parts[at]); err == nil {
					w.Take(plain, as)
				}
				parts[at] = w.Take(parts[at], as)
			}
		}
	}
	return strings.Join(parts, "/")
}

// RequestBody redacts a request's body by its media type and schemas.
func (w *Work) RequestBody(body []byte, h http.Header) []byte {
	return w.body(body, h, w.requestSchemas())
}

// ResponseBody redacts an answer's body by its media type and schemas.
func (w *Work) ResponseBody(body []byte, h http.Header, status int) []byte {
	return w.body(body, h, w.responseSchemas(status))
}

// body redacts a body by its media type, or by what it looks like.
func (w *Work) body(body []byte, h http.Header, schemas schemaSet) []byte {
	if len(body) == 0 {
		return body
	}
	if coding := h.Get("Content-Encoding"); coding != "" && coding != "identity" && !utf8.Valid(body) {
		return []byte("[" + strconv.Itoa(len(body)) + " bytes of " + coding + " left out]")
	}
	media := strings.ToLower(h.Get("Content-Type"))
	start := bytes.TrimLeft(body, " \t\r\n")
	switch {
	case strings.HasPrefix(media, "application/x-www-form-urlencoded"):
		return []byte(w.byFormat(w.pairs(string(body), "body", schemas)))
	case strings.HasPrefix(media, "multipart/"):
		return w.multipart(body, h.Get("Content-Type"), schemas)
	case strings.Contains(media, "json"), len(start) > 0 && (start[0] == '{' || start[0] == '['):
		return w.json(body, schemas)
	}
	return []byte(w.text(string(body)))
}
