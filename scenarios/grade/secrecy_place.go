package grade

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"understudy/contracts"
	"understudy/contracts/check"
	"understudy/contracts/redact"
	"understudy/contracts/schema"
)

// credentialsOf gives the secrets that are credentials of the API: those that were shown where the contract looks for them, those that
// token answers gave, and those by which tokens were asked for.
func credentialsOf(rec *Recording) map[string]bool {
	known := map[string]bool{}
	for _, mark := range shownBy(rec) {
		known[mark] = true
	}
	for _, q := range tokenRequests(rec) {
		for _, mark := range q.access {
			known[mark] = true
		}
		for _, text := range []string{q.renew, q.refresh, firstMark(q.sent.text("clientsecret")), firstMark(q.sent.text("password"))} {
			if text != "" {
				known[text] = true
			}
		}
	}
	return known
}

// inbound says that a call is made to the API by others than the integration: webhooks that the API receives.
func inbound(c *Call) bool { return c.Operation != nil && c.Operation.Behaviour.Verify != "" }

// told names what a call asks for, without what is random in it.
func told(c *Call) string {
	if c.Operation != nil {
		return c.Operation.Path
	}
	return pathOf(c)
}

// String tells people where credentials belong.
func (p places) String() string {
	var list []string
	for name := range p.headers {
		list = append(list, "the header "+name)
	}
	slices.Sort(list)
	if len(p.words) > 0 {
		list = append(list, "the header Authorization")
	}
	var cookies []string
	for name := range p.cookies {
		cookies = append(cookies, "the cookie "+name)
	}
	slices.Sort(cookies)
	if list = append(list, cookies...); len(list) == 0 {
		return "a header"
	}
	return strings.Join(list, " or ")
}

// declares says that an operation has a parameter of a name.
func declares(o *contracts.Operation, in, name string) bool {
	return o != nil && slices.ContainsFunc(o.Parameters, func(p *contracts.Parameter) bool {
		return p.In == in && (p.Name == name || in == "header" && strings.EqualFold(p.Name, name))
	})
}

// telling are headers that servers and proxies write down or hand on.
func telling(name string) bool {
	switch name {
	case "User-Agent", "From", "Via", "X-Request-Id", "X-Correlation-Id", "Traceparent", "Tracestate", "Baggage", "X-Amzn-Trace-Id", "X-B3-Traceid", "X-Client-Name":
		return true
	}
	return false
}

// elsewhereDeclared says that a header may hold a secret which is no credential of a scheme.
func elsewhereDeclared(rec *Recording, c *Call, name string) bool {
	lower := folded(name)
	if strings.Contains(lower, "csrf") || strings.Contains(lower, "xsrf") || name == "Dpop" || name == "Referer" || telling(name) {
		return true
	}
	for i := range rec.Contract.Behaviour.Credentials {
		if strings.EqualFold(rec.Contract.Behaviour.Credentials[i].CSRFHeader, name) {
			return true
		}
	}
	return declares(c.Operation, "header", name)
}

func judgePlace(rec *Recording, t *Trial) {
	p := placesOf(rec.Contract)
	if !p.some {
		t.NotExercised("the contract declares no security scheme")
		return
	}
	known := credentialsOf(rec)
	type slip struct {
		c *Call
		s showing
	}
	var wrong []slip
	calls := 0
	for _, c := range rec.Calls {
		if inbound(c) || tokenRequestOf(c) != nil || c.Operation == nil && c.Status/100 == 2 {
			continue // a token endpoint has its own ways (RFC 6749, 2.3)
		}
		list := slices.DeleteFunc(showings(c), func(s showing) bool { return s.in != "header" && s.in != "cookie" })
		right := slices.IndexFunc(list, p.fits)
		n := slices.IndexFunc(list, func(s showing) bool {
			if p.fits(s) || s.in == "cookie" && !known[s.mark] || s.in == "header" && s.name != "Authorization" && elsewhereDeclared(rec, c, s.name) {
				return false
			}
			return known[s.mark] || right < 0 && c.Status == http.StatusUnauthorized
		})
		if right < 0 && n < 0 {
			continue
		}
		calls++
		t.Exercised(c)
		if n >= 0 {
			wrong = append(wrong, slip{c, list[n]})
		} else {
			noteBoth(t, p, c, list)
		}
	}
	for _, w := range wrong {
		f := finding{
			message: fmt.Sprintf("A credential was sent as %s; the contract looks for it in %s.", asSent(w.s), p),
			want:    p.String(), got: asSent(w.s), where: w.s.where(), keyword: "place " + w.s.word,
		}
		if !habit(len(wrong), calls) {
			f.level, f.sure = check.Warning, check.Likely
			f.message += onPurpose
		}
		t.breaks(f, w.c)
	}
}

// onPurpose ends the message of what tests may do to see how the API refuses it.
const onPurpose = " A test that does so on purpose looks the same."

// habit says that a client does something as a rule and not for one test: whenever it could, or three times and in most cases.
func habit(times, of int) bool { return times >= 2 && times == of || times >= 3 && 2*times > of }

func asSent(s showing) string {
	if s.in == "header" && s.name == "Authorization" {
		if s.word == "" {
			return "the header Authorization without a word in front"
		}
		return "the header Authorization with the word " + s.word
	}
	return "the " + s.in + " " + s.name
}

// noteBoth tells of two credentials in one call, where no alternative of the operation wants both.
func noteBoth(t *Trial, p places, c *Call, list []showing) {
	cookie := slices.IndexFunc(list, func(s showing) bool { return s.in == "cookie" && p.fits(s) })
	header := slices.IndexFunc(list, func(s showing) bool { return s.in == "header" && p.fits(s) })
	if cookie < 0 || header < 0 || c.Operation == nil || slices.ContainsFunc(c.Operation.Security, func(a contracts.Alternative) bool { return len(a) > 1 }) {
		return
	}
	t.breaks(finding{
		message: fmt.Sprintf("A call carried a credential in the header %s and another in the cookie %s; which of them counts is the API's choice.", list[header].name, list[cookie].name),
		want:    "one credential", got: "a header and a cookie", where: list[cookie].where(), keyword: "both", level: check.Note, whole: true,
		advice: "Do not keep the cookies of a login in a client that sends tokens.",
	}, c)
}

func judgeKept(rec *Recording, t *Trial) {
	p := placesOf(rec.Contract)
	shown := shownBy(rec)
	known := map[string]bool{}
	for _, mark := range shown {
		known[mark] = true
	}
	for _, c := range rec.Calls {
		if shown[c] == "" || inbound(c) {
			continue
		}
		t.Exercised(c)
		for _, s := range showings(c) {
			if !known[s.mark] || p.fits(s) {
				continue
			}
			switch {
			case s.in == "header" && telling(s.name):
			case s.in == "body" && !takesCredential(c, s):
			default:
				continue
			}
			t.breaks(finding{
				message: fmt.Sprintf("The credential %s, with which the client authenticates, stands in the %s of %s %s.", s.mark, strings.TrimPrefix(s.where(), "request "), c.Method, told(c)),
				want:    "no credential there", got: s.where(), where: normalPlace(s), keyword: "kept",
			}, c)
		}
	}
}

// normalPlace is a place without the indexes of lists.
func normalPlace(s showing) string {
	if s.in != "body" {
		return s.where()
	}
	parts := strings.Split(s.name, "/")
	for i, part := range parts {
		if part != "" && strings.Trim(part, "0123456789") == "" {
			parts[i] = "*"
		}
	}
	return "request body " + strings.Join(parts, "/")
}

// takesCredential says that a member of a body is made for a credential: by its name, in an operation about tokens and sessions, or
// at a token endpoint.
func takesCredential(c *Call, s showing) bool {
	if tokenRequestOf(c) != nil {
		return true
	}
	if o := c.Operation; o != nil && (o.Behaviour.Session != "" || o.Behaviour.Keys != "") {
		return true
	}
	if !s.whole {
		return false
	}
	name := folded(schema.UnescapeToken(s.name[strings.LastIndexByte(s.name, '/')+1:]))
	for _, word := range []string{"token", "key", "secret", "credential", "credentials", "assertion", "jwt", "authorization"} {
		if strings.HasSuffix(name, word) || strings.HasPrefix(name, word) {
			return true
		}
	}
	return false
}

// hostOf gives the host of a call: that of its absolute URL, else of its Host header.
func hostOf(c *Call) string {
	start, _ := redact.PathOf(c.URL)
	if _, host, ok := strings.Cut(c.URL[:start], "://"); ok {
		return strings.ToLower(host[strings.LastIndexByte(host, '@')+1:])
	}
	return strings.ToLower(c.RequestHeader.Get("Host"))
}
