// Package redact hides secrets in exchanges before anybody reads them: in journals, reports, logs and errors.
//
// Both sides need it, the stand-in for its journal and the judge for its reports. It knows the contract, and what such
// things are usually called.
package redact

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"

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
	w.marker, _ = stand.(*Marker)
	maps.Copy(w.learned, known)
	return w
}

func (r *Redactor) begin(o *contracts.Operation) *Work {
	w := &Work{Redactor: r, operation: o, learned: secrets{}}
	maps.Copy(w.learned, r.known)
	return w
}

// Exchange gives a copy of x without its secrets. Lengths change; other headers that describe the bodies stay as they were.
func (r *Redactor) Exchange(x *contracts.Exchange) contracts.Exchange {
	clean, _ := r.Trace(x)
	return clean
}

// Trace is Exchange with the work that was done, by whose Note what is told about the exchange can be redacted as well.
func (r *Redactor) Trace(x *contracts.Exchange) (contracts.Exchange, *Work) {
	w := r.begin(x.Operation)
	return w.exchange(x), w
}

func (w *Work) exchange(x *contracts.Exchange) contracts.Exchange {
	clean := w.parts(x)
	w.Finish(&clean)
	return clean
}

// parts redacts the parts of an exchange, each by itself.
func (w *Work) parts(x *contracts.Exchange) contracts.Exchange {
	clean := *x
	clean.URL = w.URL(x.URL)
	clean.RequestHeader = w.Header(x.RequestHeader, "header")
	clean.ResponseHeader = w.Header(x.ResponseHeader, "answer")
	clean.RequestBody = w.RequestBody(x.RequestBody, x.RequestHeader)
	clean.ResponseBody = w.ResponseBody(x.ResponseBody, x.ResponseHeader, x.Status)
	return clean
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

// Text hides what can be told to be a secret in any text: credentials by their formats, and values behind secret names.
func (r *Redactor) Text(text string) string {
	w := r.begin(nil)
	return w.Again(w.text(text))
}
