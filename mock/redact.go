package mock

import (
	"bytes"
	"encoding/base64"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"understudy/contracts"
)

// A Redactor hides secrets in exchanges: credentials in headers, cookies, URLs and bodies, by the contract's security
// schemes, by the names that such things usually have, by schemas of format password or writeOnly, and by the
// formats of declared credentials. What it has found in one place of an exchange it hides in all others, also
// percent-encoded and in base64. A secret shows at most its documented prefix and its last four characters.
// It is safe for concurrent use.
type Redactor struct {
	names   map[string]bool  // "header x-key", "query key", "cookie sid": what the contract declares as apiKey
	schemes []string         // words that may stand before a credential in Authorization, lower case
	formats []*regexp.Regexp // of credentials, to be found anywhere
}

// NewRedactor gives a redactor for the exchanges of a contract. With nil it knows only what is secret everywhere.
func NewRedactor(c *contracts.Contract) *Redactor {
	r := &Redactor{
		names:   map[string]bool{},
		schemes: []string{"bearer", "basic", "digest", "dpop", "token", "apikey", "api-key", "hmac", "signature", "oauth", "negotiate", "ssws", "aws4-hmac-sha256"},
		formats: []*regexp.Regexp{regexp.MustCompile(`eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]*`)},
	}
	if c == nil {
		return r
	}
	for _, s := range c.Security {
		switch s.Type {
		case "apiKey":
			r.names[s.In+" "+strings.ToLower(s.Name)] = true
		case "http":
			r.schemes = append(r.schemes, strings.ToLower(s.Scheme))
		}
	}
	for i := range c.Behaviour.Credentials {
		if format := anywhere(c.Behaviour.Credentials[i].Format); format != nil {
			r.formats = append(r.formats, format)
		}
		if cookie := c.Behaviour.Credentials[i].Cookie; cookie != "" {
			name, _, _ := strings.Cut(cookie, "=")
			name, _, _ = strings.Cut(name, ";")
			r.names["cookie "+strings.ToLower(strings.TrimSpace(name))] = true
		}
	}
	return r
}

// anywhere makes of a format that describes a whole text one that finds it inside others; nil when the format
// does not begin with letters of its own, by which to tell a credential from other texts.
func anywhere(format string) *regexp.Regexp {
	inner := strings.TrimSuffix(strings.TrimPrefix(format, "^"), "$")
	found, err := regexp.Compile(inner)
	if err != nil {
		return nil
	}
	if prefix, _ := found.LiteralPrefix(); len(prefix) < 3 {
		return nil
	}
	return found
}

// A redaction is the work on one exchange.
type redaction struct {
	*Redactor
	operation *contracts.Operation
	learned   secrets
	replacer  *strings.Replacer // of what was learned; nil until all was seen, or when nothing was

	// stand says what is put in place of a secret; the text around it stays as it is. Nil: secrets are masked.
	stand *standIns
}

// Exchange gives a copy of x without its secrets. Lengths change; other headers that describe the bodies stay as they were.
func (r *Redactor) Exchange(x *contracts.Exchange) contracts.Exchange {
	clean, _ := r.exchange(x)
	return clean
}

func (r *Redactor) exchange(x *contracts.Exchange) (contracts.Exchange, *redaction) {
	w := &redaction{Redactor: r, operation: x.Operation, learned: secrets{}}
	clean := *x
	clean.URL = w.url(x.URL)
	clean.RequestHeader = w.header(x.RequestHeader, "header")
	clean.ResponseHeader = w.header(x.ResponseHeader, "answer")
	clean.RequestBody = w.body(x.RequestBody, x.RequestHeader, w.requestSchemas())
	clean.ResponseBody = w.body(x.ResponseBody, x.ResponseHeader, w.responseSchemas(x.Status))
	if len(w.learned) == 0 {
		return clean, w
	}
	w.replacer = w.learned.replacer()
	clean.URL = w.replacer.Replace(clean.URL)
	for _, h := range []http.Header{clean.RequestHeader, clean.ResponseHeader} {
		for _, values := range h {
			for i, v := range values {
				values[i] = w.replacer.Replace(v)
			}
		}
	}
	clean.RequestBody = w.again(clean.RequestBody)
	clean.ResponseBody = w.again(clean.ResponseBody)
	return clean, w
}

func (w *redaction) again(body []byte) []byte {
	if len(body) == 0 {
		return body
	}
	return []byte(w.replacer.Replace(string(body)))
}

// Redacted gives a copy of the entry without secrets, in the exchange and in the trace. An entry that is one
// already is given back. A nil r is NewRedactor(nil).
func (e *Entry) Redacted(r *Redactor) *Entry {
	if e.redacted {
		return e
	}
	if r == nil {
		r = NewRedactor(nil)
	}
	clean := *e
	var w *redaction
	clean.Exchange, w = r.exchange(&e.Exchange)
	clean.redacted = true
	t := &clean.Trace
	t.Detail = w.note(t.Detail)
	t.Stages = slices.Clone(t.Stages)
	for i := range t.Stages {
		t.Stages[i].Note = w.note(t.Stages[i].Note)
	}
	t.Changes = slices.Clone(t.Changes)
	for i := range t.Changes {
		t.Changes[i].Key = w.note(t.Changes[i].Key)
	}
	t.Violations = slices.Clone(t.Violations)
	for i := range t.Violations {
		v := &t.Violations[i]
		// Got is shortened, so that the value as a whole may not be found in it.
		if w.secretName(v.In, v.Name) != notSecret || pointerSecrecy(v.Pointer) != notSecret {
			v.Got = hidden
		}
		v.Got, v.Want = w.note(v.Got), w.note(v.Want)
	}
	return &clean
}

// note redacts a sentence of ours, in which secrets stand without their names.
func (w *redaction) note(text string) string {
	text = w.byFormat(text)
	if w.replacer != nil {
		text = w.replacer.Replace(text)
	}
	return text
}

// requestPath gives a path without the secrets in it, by the operation's path parameters and the formats of credentials.
func (r *Redactor) requestPath(o *contracts.Operation, path string) string {
	w := &redaction{Redactor: r, operation: o, learned: secrets{}}
	return w.byFormat(w.path(path))
}

// hideGot takes secrets out of what violations of a request say that they got, so that no answer repeats them.
func (r *Redactor) hideGot(o *contracts.Operation, violations []contracts.Violation) {
	w := &redaction{Redactor: r, operation: o, learned: secrets{}}
	for i := range violations {
		v := &violations[i]
		if w.secretName(v.In, v.Name) != notSecret || pointerSecrecy(v.Pointer) != notSecret {
			v.Got = hidden
		}
		v.Got = w.byFormat(v.Got)
	}
}

// Text hides what can be told to be a secret in any text: credentials by their formats, and values behind secret names.
func (r *Redactor) Text(text string) string {
	w := &redaction{Redactor: r, learned: secrets{}}
	return w.text(text)
}

// secretName judges a header, query parameter, cookie or path expression by the contract, then by its name.
func (w *redaction) secretName(in, name string) secrecy {
	if name == "" {
		return notSecret
	}
	if w.names[in+" "+strings.ToLower(name)] || in == "cookie" {
		return asCredential
	}
	if in == "answer" && strings.HasPrefix(strings.ToLower(name), "access-control-") {
		return notSecret
	}
	if in == "answer" && w.names["header "+strings.ToLower(name)] {
		return asCredential
	}
	if w.operation != nil {
		for _, p := range w.operation.Parameters {
			if p.In == in && strings.EqualFold(p.Name, name) && p.Schema != nil && secretSchema(p.Schema) {
				return asPassword
			}
		}
	}
	return memberSecrecy(parentAndName(name))
}

// parentAndName takes "card[number]" and "card.number" apart.
func parentAndName(name string) (parent, last string) {
	parts := strings.FieldsFunc(name, func(c rune) bool { return c == '[' || c == ']' || c == '.' })
	switch len(parts) {
	case 0:
		return "", name
	case 1:
		return "", parts[0]
	}
	return parts[len(parts)-2], parts[len(parts)-1]
}

func pointerSecrecy(pointer string) secrecy {
	parts := strings.Split(pointer, "/")
	for i := len(parts) - 1; i > 0; i-- {
		if _, err := strconv.Atoi(parts[i]); err != nil {
			return memberSecrecy(parts[i-1], parts[i])
		}
	}
	return notSecret
}

// take learns a secret and gives what may be shown of it.
func (w *redaction) take(value string, as secrecy) string {
	if value == "" || strings.Contains(value, hidden) {
		return value
	}
	if w.stand != nil {
		other := w.stand.stand(value, as)
		if other != value {
			w.learned.learn(value, other)
		}
		return other
	}
	shown := mask(value, as)
	w.learned.learn(value, shown)
	return shown
}

func (w *redaction) header(h http.Header, in string) http.Header {
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
			default:
				if w.secretName(in, name) != notSecret {
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
func (w *redaction) credentials(value string) string {
	if w.stand != nil {
		return w.standCredentials(value)
	}
	scheme, rest, ok := strings.Cut(strings.TrimSpace(value), " ")
	if !ok || !slices.Contains(w.schemes, strings.ToLower(scheme)) {
		if ok { // several words: a phrase that somebody made up
			return w.take(value, asPassword)
		}
		return w.take(value, asCredential)
	}
	rest = strings.TrimSpace(rest)
	if strings.EqualFold(scheme, "basic") {
		for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.RawURLEncoding} {
			if pair, err := encoding.DecodeString(rest); err == nil {
				_, password, _ := strings.Cut(string(pair), ":")
				w.take(password, asCredential)
				if plain, err := url.QueryUnescape(password); err == nil { // RFC 6749, 2.3.1
					w.take(plain, asCredential)
				}
				break
			}
		}
		return scheme + " " + w.take(rest, asPassword)
	}
	if strings.ContainsAny(rest, ", ") { // parameters: Digest, Hawk, AWS4
		return scheme + " " + w.take(rest, asPassword)
	}
	return scheme + " " + w.take(rest, asCredential)
}

func (w *redaction) cookies(line string) string {
	if w.stand != nil {
		return w.standCookies(line)
	}
	parts := strings.Split(line, ";")
	for i, part := range parts {
		if name, value, ok := strings.Cut(part, "="); ok {
			value = strings.TrimSpace(value)
			parts[i] = name + "=" + w.take(strings.Trim(value, `"`), asCredential)
		}
	}
	return strings.Join(parts, ";")
}

// url redacts user information, path expressions with secret names, the query and the fragment.
func (w *redaction) url(text string) string {
	start, end := pathOf(text)
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
func (w *redaction) path(path string) string {
	if w.operation == nil {
		return path
	}
	parts := strings.Split(path, "/")
	segments := w.operation.Segments
	for i := 1; i <= len(segments) && i <= len(parts); i++ {
		for _, name := range segments[len(segments)-i].Names {
			if as := w.secretName("path", name); as != notSecret {
				at := len(parts) - i
				if w.stand != nil {
					parts[at] = w.standEscaped(parts[at], as, url.PathUnescape, url.PathEscape)
					continue
				}
				if plain, err := url.PathUnescape(parts[at]); err == nil {
					w.take(plain, as)
				}
				parts[at] = w.take(parts[at], as)
			}
		}
	}
	return strings.Join(parts, "/")
}

// body redacts a body by its media type, or by what it looks like.
func (w *redaction) body(body []byte, h http.Header, schemas schemaSet) []byte {
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
