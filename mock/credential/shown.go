package credential

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"understudy/contracts"
)

// A shown is what a request shows for one security scheme.
type shown struct {
	present  bool
	text     string // of a key or token
	user     string // of HTTP Basic
	password string
	dpop     bool   // the token came with the scheme DPoP (RFC 9449, 7.1)
	problem  string // why it cannot be read; text is empty then
}

// showing takes what a request shows for a scheme.
func (r *Registry) showing(s *contracts.SecurityScheme, q *http.Request) shown {
	switch s.Type {
	case "apiKey":
		return r.showingKey(s, q)
	case "http":
		if s.Scheme == "basic" {
			return r.showingBasic(q)
		}
		return r.showingToken(q, s.Scheme, false)
	case "oauth2", "openIdConnect":
		return r.showingToken(q, "bearer", true)
	}
	return shown{}
}

func (r *Registry) showingKey(s *contracts.SecurityScheme, q *http.Request) shown {
	var values []string
	switch s.In {
	case "header":
		values = q.Header.Values(s.Name)
	case "query":
		if !strings.Contains(q.URL.RawQuery, url.QueryEscape(s.Name)) && !strings.Contains(q.URL.RawQuery, s.Name) {
			return shown{}
		}
		values = q.URL.Query()[s.Name]
	case "cookie":
		for _, c := range q.CookiesNamed(s.Name) {
			values = append(values, c.Value)
		}
	}
	switch {
	case len(values) == 0 || len(values) == 1 && strings.TrimSpace(values[0]) == "":
		return shown{} // an empty one is none
	case len(values) > 1:
		return shown{present: true, problem: "The " + s.In + " " + s.Name + " was sent " + times(len(values)) + "; send it once."}
	}
	return shown{present: true, text: values[0]}
}

func times(n int) string {
	if n == 2 {
		return "twice"
	}
	return "several times"
}

// authorization takes the header Authorization apart (RFC 9110, 11.4: scheme, one or more blanks, credentials). Where the
// contract reads it strictly there is exactly one blank.
func (r *Registry) authorization(q *http.Request) (scheme, rest string, s shown) {
	lines := q.Header["Authorization"]
	switch {
	case len(lines) == 0 || len(lines) == 1 && strings.TrimSpace(lines[0]) == "":
		return "", "", shown{}
	case len(lines) > 1:
		return "", "", shown{present: true, problem: "The header Authorization was sent " + times(len(lines)) + "; send it once."}
	}
	scheme, rest, found := strings.Cut(lines[0], " ")
	if !found {
		return "", lines[0], shown{present: true}
	}
	if r.contract.Behaviour.Authorization != "strict" {
		rest = strings.Trim(rest, " \t")
	}
	return scheme, rest, shown{present: true}
}

// showingToken reads "Authorization: <scheme> <token>" (RFC 6750, 2.1). The token may be any visible ASCII but quotes and
// commas: vendors' tokens hold signs that RFC 6750 does not allow.
func (r *Registry) showingToken(q *http.Request, want string, bound bool) shown {
	scheme, token, s := r.authorization(q)
	if !s.present || s.problem != "" {
		return s
	}
	s.dpop = bound && strings.EqualFold(scheme, "dpop")
	switch {
	case scheme == "" && !strings.EqualFold(token, want):
		s.problem = "The header Authorization holds no scheme. Send Authorization: " + title(want) + " YOUR_TOKEN."
	case !s.dpop && !strings.EqualFold(scheme, want) && scheme != "":
		s.problem = "The header Authorization uses another scheme than " + title(want) + ". Send Authorization: " + title(want) + " YOUR_TOKEN."
	case token == "" || scheme == "":
		s.problem = "No token follows the scheme in the header Authorization. Send Authorization: " + title(want) + " YOUR_TOKEN."
	case !visible(token):
		s.problem = "The token in the header Authorization holds characters that no token has, such as blanks or quotes."
	default:
		s.text = token
	}
	return s
}

// visible says that a text is of the characters that tokens have.
func visible(token string) bool {
	for i := range len(token) {
		if c := token[i]; c <= ' ' || c > '~' || c == '"' || c == ',' {
			return false
		}
	}
	return true
}

func title(scheme string) string {
	if scheme == "" {
		return scheme
	}
	return strings.ToUpper(scheme[:1]) + scheme[1:]
}

// showingBasic reads HTTP Basic (RFC 7617, 2): a name without colon, a colon and a password, in base64.
func (r *Registry) showingBasic(q *http.Request) shown {
	scheme, rest, s := r.authorization(q)
	if !s.present || s.problem != "" {
		return s
	}
	if !strings.EqualFold(scheme, "basic") {
		s.problem = "The header Authorization does not use Basic. Send Authorization: Basic and user:password in base64."
		return s
	}
	data, err := base64.StdEncoding.Strict().DecodeString(rest)
	user, password, colon := strings.Cut(string(data), ":")
	if err != nil || !colon || !utf8.Valid(data) {
		s.problem = "What follows Basic in the header Authorization is not user:password in base64."
		return s
	}
	s.user, s.password = user, password
	return s
}

// readsAuthorization says that a scheme looks into the header Authorization.
func readsAuthorization(s *contracts.SecurityScheme) bool {
	return s.Type == "http" || s.Type == "oauth2" || s.Type == "openIdConnect" ||
		s.Type == "apiKey" && s.In == "header" && strings.EqualFold(s.Name, "Authorization")
}

// Shown gives the texts that a request shows for any of the contract's schemes, good or not. It is for those who lead
// requests to where a credential belongs.
func (r *Registry) Shown(q *http.Request) []string {
	var texts []string
	for _, class := range r.classes {
		if class.Security == nil || class.Is(Certificate) {
			continue
		}
		if s := r.showing(class.Security, q); s.text != "" {
			texts = append(texts, s.text)
		}
	}
	return texts
}
