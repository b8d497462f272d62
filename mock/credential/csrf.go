package credential

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"understudy/contracts"
)

// The names that carry a double-submitted token where the contract gives none: those of widely used frameworks.
const (
	defaultCSRFCookie = "XSRF-TOKEN"
	defaultCSRFHeader = "X-XSRF-TOKEN"
)

// checkCSRF protects operations that change something against requests that another site makes a browser send with
// its cookie.
func (r *Registry) checkCSRF(s satisfied, o *contracts.Operation, q *http.Request) *Refusal {
	switch q.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace:
		return nil
	}
	for i, requirement := range s.alternative {
		if requirement.Scheme.In != "cookie" || requirement.Scheme.Type != "apiKey" {
			continue
		}
		c := s.holders[i].Credential
		class := r.byScheme[requirement.Scheme.Key]
		at := slices.IndexFunc(class, func(k *Class) bool { return k.CSRF != "" })
		if at < 0 {
			continue
		}
		var why string
		switch class[at].CSRF {
		case "origin":
			why = r.foreignOrigin(q)
		case "double-submit":
			why = r.doubleSubmit(class[at], c, q)
		}
		if why != "" {
			status := class[at].CSRFStatus
			if status == 0 {
				status = http.StatusForbidden
			}
			return &Refusal{Status: status, Code: CodeCSRF, Credential: c.ID, Detail: why}
		}
	}
	return nil
}

// foreignOrigin says why a request seems to come from another site's page: by Sec-Fetch-Site, which browsers set
// themselves, else by Origin. What sends neither is no browser.
func (r *Registry) foreignOrigin(q *http.Request) string {
	origin := q.Header.Get("Origin")
	if rule := r.contract.Behaviour.CORS; rule != nil && origin != "" && slices.Contains(rule.Origins, origin) {
		return ""
	}
	switch site := q.Header.Get("Sec-Fetch-Site"); site {
	case "":
	case "same-origin", "none":
		return ""
	default:
		return "The request comes from a page of another site (Sec-Fetch-Site: " + printable(site) + "), and a cookie alone does not permit that."
	}
	if origin == "" {
		return ""
	}
	if u, err := url.Parse(origin); err == nil && u.Host != "" && strings.EqualFold(u.Host, q.Host) {
		return ""
	}
	return "The request comes from a page of another origin, and a cookie alone does not permit that."
}

func printable(text string) string {
	if len(text) > 40 {
		text = text[:40]
	}
	return quotable(text)
}

// doubleSubmit says why the token that a script has to copy from a cookie into a header is not right.
func (r *Registry) doubleSubmit(class *Class, c *Credential, q *http.Request) string {
	cookieName, headerName := cmpOr(class.CSRFCookie, defaultCSRFCookie), cmpOr(class.CSRFHeader, defaultCSRFHeader)
	sent := q.Header.Get(headerName)
	if decoded, err := url.PathUnescape(sent); err == nil {
		sent = decoded // scripts often send the cookie's value as it stands there, percent-encoded
	}
	cookie, err := q.Cookie(cookieName)
	switch {
	case sent == "":
		return "The header " + headerName + " with the value of the cookie " + cookieName + " is missing."
	case err != nil:
		return "The cookie " + cookieName + " is missing."
	}
	kept := cookie.Value
	if decoded, err := url.PathUnescape(kept); err == nil {
		kept = decoded
	}
	if subtle.ConstantTimeCompare([]byte(kept), []byte(sent)) != 1 {
		return "The header " + headerName + " is not the value of the cookie " + cookieName + "."
	}
	if !CheckCSRFToken(r.csrfSecret(), c.ID, sent) {
		return "The header " + headerName + " does not belong to this session."
	}
	return ""
}

func (r *Registry) csrfSecret() []byte { return r.digest("csrf", "") }

// CSRFToken makes the token of a session for a double-submitted cookie: an HMAC over session and random text, and the random
// text (OWASP, Cross-Site Request Forgery Prevention Cheat Sheet, signed double-submit cookie).
func CSRFToken(secret []byte, session, random string) string {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(strconv.Itoa(len(session)) + "!" + session + "!" + strconv.Itoa(len(random)) + "!" + random))
	return hex.EncodeToString(mac.Sum(nil)) + "." + random
}

// CheckCSRFToken says whether a token was made for a session, in constant time.
func CheckCSRFToken(secret []byte, session, token string) bool {
	_, random, ok := strings.Cut(token, ".")
	return ok && hmac.Equal([]byte(CSRFToken(secret, session, random)), []byte(token))
}
