package credential

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// A cookieTemplate is a cookie without its value: how a class of credentials is carried (RFC 6265, and rfc6265bis for what
// came later).
type cookieTemplate struct {
	name        string
	path        string // empty: the request's (RFC 6265, 5.1.4)
	domain      string // empty: the request's host only
	httpOnly    bool
	secure      bool
	partitioned bool
	sameSite    http.SameSite // 0: nothing is said
}

// parseCookie reads "session; Path=/; HttpOnly; Secure; SameSite=Lax": a name and attributes, in any case. How long the cookie
// lives is the credential's lifetime, so Max-Age and Expires are refused.
func parseCookie(text string) (*cookieTemplate, error) {
	name, rest, more := strings.Cut(text, ";")
	t := &cookieTemplate{name: strings.TrimSpace(name)}
	if strings.Contains(t.name, "=") {
		return nil, errors.New("cookie: begin with the name alone, the credential is the value: session; Path=/; HttpOnly")
	}
	if !isToken(t.name) {
		return nil, fmt.Errorf("cookie: the name %q is not a token (RFC 6265, 4.1.1): use letters, digits, - and _", t.name)
	}
	seen := map[string]bool{}
	for more {
		var part string
		part, rest, more = strings.Cut(rest, ";")
		attribute, value, valued := strings.Cut(strings.TrimSpace(part), "=")
		attribute, value = strings.ToLower(strings.TrimSpace(attribute)), strings.TrimSpace(value)
		if seen[attribute] {
			return nil, fmt.Errorf("cookie %s: the attribute %s stands there twice", t.name, attribute)
		}
		seen[attribute] = true
		if err := t.take(attribute, value, valued); err != nil {
			return nil, fmt.Errorf("cookie %s: %w", t.name, err)
		}
	}
	if err := t.check(); err != nil {
		return nil, fmt.Errorf("cookie %s: %w", t.name, err)
	}
	return t, nil
}

// take takes one attribute.
func (t *cookieTemplate) take(attribute, value string, valued bool) error {
	switch attribute {
	case "httponly", "secure", "partitioned":
		if valued {
			return fmt.Errorf("%s has no value: write the word alone, or leave it out", attribute)
		}
	case "path", "domain", "samesite":
		if value == "" {
			return fmt.Errorf("%s needs a value", attribute)
		}
	}
	switch attribute {
	case "httponly":
		t.httpOnly = true
	case "secure":
		t.secure = true
	case "partitioned":
		t.partitioned = true
	case "path":
		t.path = value
	case "domain":
		t.domain = strings.ToLower(value)
	case "samesite":
		sites := map[string]http.SameSite{"strict": http.SameSiteStrictMode, "lax": http.SameSiteLaxMode, "none": http.SameSiteNoneMode}
		site, known := sites[strings.ToLower(value)]
		if !known {
			return fmt.Errorf("samesite cannot be %q: write Strict, Lax or None", value)
		}
		t.sameSite = site
	case "max-age", "expires":
		return fmt.Errorf("%s comes from the credential's lifetime: leave it out", attribute)
	case "":
		return errors.New("there is nothing between two semicolons, or behind the last")
	default:
		return fmt.Errorf("unknown attribute %q: known are Path, Domain, HttpOnly, Secure, SameSite and Partitioned", attribute)
	}
	return nil
}

// check holds the attributes against each other: a user agent ignores cookies that break these rules (rfc6265bis, 4.1.3
// and 5.7).
func (t *cookieTemplate) check() error {
	unprintable := func(c rune) bool { return c < ' ' || c > '~' }
	lower := strings.ToLower(t.name)
	switch {
	case t.path != "" && (t.path[0] != '/' || strings.ContainsFunc(t.path, unprintable)):
		return fmt.Errorf("the path %q must begin with / and be ASCII", t.path)
	case t.domain != "" && (!isDomain(t.domain) || (&http.Cookie{Name: "a", Domain: t.domain}).Valid() != nil):
		return fmt.Errorf("the domain %q is not the name of a host: write example.com", t.domain)
	case t.sameSite == http.SameSiteNoneMode && !t.secure:
		return errors.New("the attribute SameSite=None needs Secure")
	case t.partitioned && !t.secure:
		return errors.New("the attribute Partitioned needs Secure")
	case strings.HasPrefix(lower, "__secure-") && !t.secure:
		return errors.New("a name that begins with __Secure- needs Secure")
	case strings.HasPrefix(lower, "__host-") && (!t.secure || t.path != "/" || t.domain != ""):
		return errors.New("a name that begins with __Host- needs Secure and Path=/, and no Domain")
	}
	return nil
}

// prefixed says that the name promises Secure, so that a user agent ignores the cookie without it.
func (t *cookieTemplate) prefixed() bool {
	lower := strings.ToLower(t.name)
	return strings.HasPrefix(lower, "__secure-") || strings.HasPrefix(lower, "__host-")
}

// set makes the cookie that carries a value for so long from now; a life of 0 lasts until the user agent is closed. Secure
// says that the request came over TLS. Without TLS the attribute Secure is left out, since a client would not send the cookie
// back, and what needs it becomes less: SameSite=None becomes Lax. A name that promises Secure keeps it all the same.
func (t *cookieTemplate) set(value string, now time.Time, life time.Duration, secure bool) *http.Cookie {
	c := &http.Cookie{
		Name: t.name, Value: value, Path: t.path, Domain: t.domain,
		HttpOnly: t.httpOnly, Secure: t.secure, SameSite: t.sameSite, Partitioned: t.partitioned,
	}
	if !secure && !t.prefixed() {
		c.Secure, c.Partitioned = false, false
		if c.SameSite == http.SameSiteNoneMode {
			c.SameSite = http.SameSiteLaxMode
		}
	}
	if life > 0 {
		// Whole seconds, rounded up: the cookie is there as long as the credential is good.
		c.MaxAge = int(life / time.Second)
		if life%time.Second > 0 {
			c.MaxAge++
		}
		end := now.Add(life).UTC()
		if c.Expires = end.Truncate(time.Second); c.Expires.Before(end) {
			c.Expires = c.Expires.Add(time.Second)
		}
	}
	return c
}

// remove makes the cookie that removes the one that set made: the same name, path and domain, Max-Age=0 (RFC 6265, 5.3).
func (t *cookieTemplate) remove(secure bool) *http.Cookie {
	c := t.set("", time.Time{}, 0, secure)
	c.MaxAge = -1 // which net/http writes as Max-Age=0
	c.Expires = time.Unix(0, 0).UTC()
	return c
}

// isToken says whether a text is a token (RFC 9110, 5.6.2).
func isToken(text string) bool {
	for i := range len(text) {
		c := text[i]
		letter := c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && strings.IndexByte("!#$%&'*+-.^_`|~", c) < 0 {
			return false
		}
	}
	return text != ""
}

// isDomain says whether a text is the name of a host (RFC 1123, 2.1), in lower case.
func isDomain(text string) bool {
	for label := range strings.SplitSeq(text, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for i := range len(label) {
			if c := label[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
				return false
			}
		}
	}
	return len(text) <= 253
}
