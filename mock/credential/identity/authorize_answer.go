package identity

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"understudy/internal/hypertext"
)

// A formPostPage carries an answer to the client in a form (OAuth 2.0 Form Post Response Mode, 2).
type formPostPage struct {
	frame
	Application string
	Action      string
	Fields      []fact
	Submit      hypertext.HTML
}

// refuse sends an error to the client (RFC 6749, 4.1.2.1).
func (p *Provider) refuse(w http.ResponseWriter, r *http.Request, to *addressee, e *oauthError) {
	p.send(w, r, to, []fact{{"error", e.Code}, {"error_description", e.Description}})
}

// send takes an answer to the client: with the state as it came, and with the issuer, so that a client of several
// providers knows who answers (RFC 9207, 2).
func (p *Provider) send(w http.ResponseWriter, r *http.Request, to *addressee, answer []fact) {
	if to.State != "" {
		answer = append(answer, fact{"state", to.State})
	}
	answer = append(answer, fact{"iss", to.Issuer})
	switch to.Mode {
	case "form_post":
		p.sendForm(w, to, answer)
	case "fragment":
		redirect(w, r, to.URI+"#"+encode(answer))
	default:
		redirect(w, r, withQuery(to.URI, encode(answer)))
	}
}

func (p *Provider) sendForm(w http.ResponseWriter, to *addressee, answer []fact) {
	page := formPostPage{
		frame: p.frame("One moment"), Application: clientName(to.Client), Action: to.URI, Fields: answer,
		Submit: hypertext.HTML("<script>" + submitScript + "</script>"),
	}
	p.showWith(w, http.StatusOK, "form_post", page, "script-src "+submitSource+"; form-action "+formActions(to.URI), "origin")
}

// redirect sends the browser on: with 303 after a POST, so that it does not repeat the form there (RFC 9700, 4.12).
func redirect(w http.ResponseWriter, r *http.Request, to string) {
	status := http.StatusFound
	if r.Method == http.MethodPost {
		status = http.StatusSeeOther
	}
	h := w.Header()
	noStore(h)
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Location", to)
	w.WriteHeader(status)
}

// withQuery adds parameters to those that a URI has (RFC 6749, 3.1.2).
func withQuery(uri, query string) string {
	switch {
	case !strings.Contains(uri, "?"):
		return uri + "?" + query
	case strings.HasSuffix(uri, "?"), strings.HasSuffix(uri, "&"):
		return uri + query
	}
	return uri + "&" + query
}

// encode writes parameters in their order. A blank is %20, which those who decode forms and those who decode URLs both read.
func encode(list []fact) string {
	var b strings.Builder
	for i, one := range list {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(one.Name + "=" + strings.ReplaceAll(url.QueryEscape(one.Value), "+", "%20"))
	}
	return b.String()
}

// facts are the members of an answer that are not empty, by name (RFC 6749, 4.2.2; OpenID Connect Core 1.0, 3.2.2.5).
func (t tokens) facts() []fact {
	var list []fact
	if t.AccessToken != "" {
		list = append(list, fact{"access_token", t.AccessToken}, fact{"token_type", t.TokenType}, fact{"expires_in", strconv.FormatInt(t.ExpiresIn, 10)})
		if t.Scope != "" {
			list = append(list, fact{"scope", t.Scope})
		}
	}
	if t.IDToken != "" {
		list = append(list, fact{"id_token", t.IDToken})
	}
	return list
}
