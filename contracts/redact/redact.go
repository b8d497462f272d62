// Package redact hides secrets in exchanges before anybody reads them: in journals, reports, logs and errors.
//
// Both sides need it, the stand-in for its journal and the judge for its reports. It knows the contract, and what such
// things are usually called.
package redact

import (
	"bytes"
	"encoding/base64"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
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
	known   secrets          // that are hidden wherever they stand; never changed

	hides func() *strings.Replacer // of known, made when it is first needed; nil: nothing is known
}

// New gives a redactor for the exchanges of a contract. With a nil contract it knows only what is secret everywhere.
func New(c *contracts.Contract) *Redactor {
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

// With gives a redactor that also hides the given texts wherever they stand, in all their encodings: credentials that the user
// named, and those that were issued on the way. Texts of less than six bytes are left alone, since they stand everywhere by
// chance.
func (r *Redactor) With(texts ...string) *Redactor {
	other := *r
	other.known = maps.Clone(r.known)
	if other.known == nil {
		other.known = secrets{}
	}
	for _, text := range texts {
		if len(text) >= leastLearned {
			other.known[text] = mask(text, AsCredential)
		}
	}
	other.hides = sync.OnceValue(other.known.replacer)
	return &other
}

// Also gives a redactor that finds the credentials of other contracts too, by their formats: those that one deployment issues may
// stand in exchanges with another.
func (r *Redactor) Also(others ...*contracts.Contract) *Redactor {
	other := *r
	other.formats = slices.Clone(r.formats)
	for _, c := range others {
		for i := range c.Behaviour.Credentials {
			if format := anywhere(c.Behaviour.Credentials[i].Format); format != nil {
				other.formats = append(other.formats, format)
			}
		}
	}
	return &other
}

// A Substitute says what is put in place of a secret where the text around it has to stay as it is, to the byte.
type Substitute interface {
	Stand(value string, as Secrecy) string // value itself where it may stay
	Own(value string) bool                 // it may stay
}

// Begin starts the work on one exchange of an operation (nil: of none). With a substitute, secrets are replaced by its texts
// and not masked. known are values that earlier work has found, each with what stands for it.
func (r *Redactor) Begin(o *contracts.Operation, stand Substitute, known map[string]string) *Work {
	w := r.begin(o)
	w.stand = stand
	maps.Copy(w.learned, known)
	return w
}

func (r *Redactor) begin(o *contracts.Operation) *Work {
	w := &Work{Redactor: r, operation: o, learned: secrets{}}
	maps.Copy(w.learned, r.known)
	return w
}

// A Work is the work on one exchange: its parts are given to it one by one, and what was found in one of them is hidden in all
// others by Finish. It is not safe for concurrent use.
type Work struct {
	*Redactor
	operation *contracts.Operation
	learned   secrets
	replacer  *strings.Replacer // of what was learned; nil until all was seen, or when nothing was

	stand Substitute // nil: secrets are masked
}

// Exchange gives a copy of x without its secrets. Lengths change; other headers that describe the bodies stay as they were.
func (r *Redactor) Exchange(x *contracts.Exchange) contracts.Exchange {
	clean, _ := r.Trace(x)
	return clean
}

// Trace is Exchange with the work that was done, by whose Note what is told about the exchange can be redacted as well.
func (r *Redactor) Trace(x *contracts.Exchange) (contracts.Exchange, *Work) {
	w := r.begin(x.Operation)
	clean := *x
	clean.URL = w.URL(x.URL)
	clean.RequestHeader = w.Header(x.RequestHeader, "header")
	clean.ResponseHeader = w.Header(x.ResponseHeader, "answer")
	clean.RequestBody = w.RequestBody(x.RequestBody, x.RequestHeader)
	clean.ResponseBody = w.ResponseBody(x.ResponseBody, x.ResponseHeader, x.Status)
	w.Finish(&clean)
	return clean, w
}

// Finish hides what was found in one part of the exchange in all its parts. clean is the exchange as put together of the parts.
func (w *Work) Finish(clean *contracts.Exchange) {
	if len(w.learned) == 0 {
		return
	}
	w.replacer = w.hiding()
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
}

// Again hides what was found so far in a text.
func (w *Work) Again(text string) string {
	if len(w.learned) == 0 {
		return text
	}
	if w.replacer == nil {
		w.replacer = w.hiding()
	}
	return w.replacer.Replace(text)
}

// hiding is the replacer of what was learned. Where that is what was known before, it is made once for all work.
func (w *Work) hiding() *strings.Replacer {
	if w.hides != nil && maps.Equal(w.learned, w.known) {
		return w.hides()
	}
	return w.learned.replacer()
}

// Learned lists the secrets that were found in the exchange, without those that were known before, sorted.
func (w *Work) Learned() []string {
	var list []string
	for text := range w.learned {
		if _, known := w.known[text]; !known {
			list = append(list, text)
		}
	}
	slices.Sort(list)
	return list
}

func (w *Work) again(body []byte) []byte {
	if len(body) == 0 {
		return body
	}
	return []byte(w.replacer.Replace(string(body)))
}

// Note redacts a sentence of ours, in which secrets stand without their names.
func (w *Work) Note(text string) string {
	text = w.byFormat(text)
	return w.Again(text)
}

// RequestPath gives a path without the secrets in it, by the operation's path parameters and the formats of credentials.
func (r *Redactor) RequestPath(o *contracts.Operation, path string) string {
	w := r.begin(o)
	return w.byFormat(w.path(path))
}

// HideGot takes secrets out of what violations of a request say that they got, so that no answer repeats them.
func (r *Redactor) HideGot(o *contracts.Operation, violations []contracts.Violation) {
	w := r.begin(o)
	for i := range violations {
		v := &violations[i]
		if w.Judge(v.In, v.Name) != NotSecret || pointerSecrecy(v.Pointer) != NotSecret {
			v.Got = Hidden
		}
		v.Got = w.byFormat(v.Got)
	}
}

// Violations gives violations of the exchange without its secrets.
func (w *Work) Violations(list []contracts.Violation) []contracts.Violation {
	list = slices.Clone(list)
	for i := range list {
		v := &list[i]
		// Got is shortened, so that the value as a whole may not be found in it.
		if w.Judge(v.In, v.Name) != NotSecret || pointerSecrecy(v.Pointer) != NotSecret {
			v.Got = Hidden
		}
		v.Got, v.Want = w.Note(v.Got), w.Note(v.Want)
	}
	return list
}

// Text hides what can be told to be a secret in any text: credentials by their formats, and values behind secret names.
func (r *Redactor) Text(text string) string {
	w := r.begin(nil)
	return w.Again(w.text(text))
}

// Judge says how much may be shown of a header ("header" in a request, "answer" in an answer), query parameter, cookie or path
// expression: by the contract, then by its name.
func (w *Work) Judge(in, name string) Secrecy {
	if name == "" {
		return NotSecret
	}
	if w.names[in+" "+strings.ToLower(name)] || in == "cookie" {
		return AsCredential
	}
	if in == "answer" && strings.HasPrefix(strings.ToLower(name), "access-control-") {
		return NotSecret
	}
	if in == "answer" && w.names["header "+strings.ToLower(name)] {
		return AsCredential
	}
	if w.operation != nil {
		for _, p := range w.operation.Parameters {
			if p.In == in && strings.EqualFold(p.Name, name) && p.Schema != nil && secretSchema(p.Schema) {
				return AsPassword
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

func pointerSecrecy(pointer string) Secrecy {
	parts := strings.Split(pointer, "/")
	for i := len(parts) - 1; i > 0; i-- {
		if _, err := strconv.Atoi(parts[i]); err != nil {
			return memberSecrecy(parts[i-1], parts[i])
		}
	}
	return NotSecret
}

// Take learns a secret and gives what may be shown of it.
func (w *Work) Take(value string, as Secrecy) string {
	if value == "" || strings.Contains(value, Hidden) {
		return value
	}
	if w.stand != nil {
		other := w.stand.Stand(value, as)
		if other != value {
			w.learned.learn(value, other, mostLearned+len(w.known))
		}
		return other
	}
	shown := mask(value, as)
	w.learned.learn(value, shown, mostLearned+len(w.known))
	return shown
}

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
