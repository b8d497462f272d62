package identity

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"understudy/internal/hypertext"
)

//go:embed templates
var templateFiles embed.FS

// pages are read when the first one is shown.
var pages = sync.OnceValues(func() (*hypertext.Set, error) { return hypertext.Parse(templateFiles, "templates/*.html") })

// submitScript sends the form of a form_post answer. It is the only script there is, and the page works without it.
const submitScript = "document.forms[0].submit()"

// submitSource lets a browser run submitScript and nothing else (CSP Level 3, 2.3.1).
var submitSource = func() string {
	sum := sha256.Sum256([]byte(submitScript))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}()

// A frame is what every page has.
type frame struct {
	Title    string
	Provider string // whose provider this is: the document's title, or Google
	Problem  string // what was wrong with what was entered; empty: nothing
}

func (p *Provider) frame(title string) frame {
	return frame{Title: title, Provider: shorten(p.providerName(), 80)}
}

// providerName is how the pages call whoever knows the users: the vendor, or in a social login Google.
func (p *Provider) providerName() string {
	if p.settings.is(flavourGoogle) {
		return "Google"
	}
	if p.contract.Title != "" {
		return p.contract.Title
	}
	return p.contract.Name
}

// An errorPage is shown where an answer by redirect would go to somebody whom nobody vouches for (RFC 6749, 4.1.2.1).
type errorPage struct {
	frame
	Code   string // as the specifications name it: "invalid_request"
	Detail string
	Advice string // what to do
	Facts  []fact
}

// A fact is something that helps to understand an error.
type fact struct{ Name, Value string }

// A pageProblem is an error that is shown to the user.
type pageProblem struct {
	Status               int // 0: 400
	Title                string
	Code, Detail, Advice string
	Facts                []fact
}

// A messagePage tells how something ended.
type messagePage struct {
	frame
	Text string
}

// showProblem shows an error.
func (p *Provider) showProblem(w http.ResponseWriter, e *pageProblem) {
	page := errorPage{frame: p.frame("Something is wrong with this request"), Code: e.Code, Detail: e.Detail, Advice: e.Advice, Facts: e.Facts}
	if e.Title != "" {
		page.Title = e.Title
	}
	status := e.Status
	if status == 0 {
		status = http.StatusBadRequest
	}
	p.show(w, status, "error", page, "'none'")
}

// internalProblem shows that the provider itself failed. What happened is for the log.
func (p *Provider) internalProblem(w http.ResponseWriter, doing string, err error) {
	p.logger.Error("the identity provider failed", "contract", p.contract.Name, "doing", doing, "error", err)
	p.showProblem(w, &pageProblem{
		Status: http.StatusInternalServerError, Title: "Something broke", Code: "server_error",
		Detail: "The stand-in itself failed: " + doing + ".", Advice: "Its log says more. Try again.",
	})
}

// show writes a page. actions is the form-action of its policy.
func (p *Provider) show(w http.ResponseWriter, status int, name string, data any, actions string) {
	p.showWith(w, status, name, data, "form-action "+actions, "same-origin")
}

func (p *Provider) showWith(w http.ResponseWriter, status int, name string, data any, policy, referrer string) {
	var body bytes.Buffer
	set, err := pages()
	if err == nil {
		err = set.Fill(&body, name, data)
	}
	if err != nil {
		p.logger.Error("a page could not be made", "contract", p.contract.Name, "page", name, "error", err)
		http.Error(w, "The page could not be made; the stand-in's log says why.", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; "+policy+"; frame-ancestors 'none'; base-uri 'none'")
	h.Set("X-Frame-Options", "DENY")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", referrer)
	noStore(h)
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes()) // the browser has gone, if this fails
}

// noStore keeps an answer out of all caches.
func noStore(h http.Header) {
	h.Set("Cache-Control", "no-store")
	h.Set("Pragma", "no-cache") // HTTP/1.0 (RFC 6749, 5.1)
}

// formActions is the form-action of a page whose form is answered by a redirect to target. Chromium holds the whole
// chain of redirects against it, so that of a program under development, which often sends the browser on to a port of
// its own, all of loopback is allowed.
func formActions(target string) string {
	u, err := url.Parse(target)
	if target == "" || err != nil || u.Scheme == "" {
		return "'self'"
	}
	if u.Scheme != "http" && u.Scheme != "https" {
		return "'self' " + u.Scheme + ":"
	}
	host := u.Hostname()
	if loopbackHost(host) {
		sources := "'self' http://localhost:* https://localhost:* http://127.0.0.1:* https://127.0.0.1:*"
		if strings.Contains(host, ":") { // a policy cannot name an IPv6 address
			sources += " " + u.Scheme + ":"
		}
		return sources
	}
	if !sourceHost(host) {
		return "'self' " + u.Scheme + ":"
	}
	return "'self' " + u.Scheme + "://" + u.Host
}

// loopbackHost says whether a host, without brackets, is this machine (RFC 8252, 7.3 and 8.3).
func loopbackHost(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// sourceHost says whether a host can stand in a policy (CSP Level 3, 2.3.1).
func sourceHost(host string) bool {
	return host != "" && strings.Trim(strings.ToLower(host), "abcdefghijklmnopqrstuvwxyz0123456789-.") == ""
}

// shorten keeps foreign text from filling a page.
func shorten(text string, most int) string {
	runes := 0
	for i := range text {
		if runes == most {
			return text[:i] + "…"
		}
		runes++
	}
	return text
}
