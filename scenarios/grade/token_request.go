package grade

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"understudy/contracts"
	"understudy/contracts/redact"
	"understudy/contracts/schema"
)

// A tokenRequest is a call by which a client asked for a token: at an OAuth token endpoint, or by the contract's own login.
type tokenRequest struct {
	call     *Call
	grant    string   // as OAuth names it; "login" for a login of the contract's own
	identity string   // for whom: client and user, as far as the request says; for a refresh that of the token's origin
	refresh  string   // mark of the refresh token that was shown
	sent     members  // of the request
	scopes   []string // that were asked for
	origin   *tokenRequest

	given    bool     // the answer holds a token
	access   []string // marks of what the answer lets the client show: of the body, and of a cookie of that purpose
	renew    string   // mark of the refresh token in the answer
	lifetime time.Duration
	allowed  []string // scopes that the answer tells
	// lost says that the client cannot have read the answer, because trouble came between.
	lost bool
}

const (
	refreshGrant = "refresh_token"
	clientGrant  = "client_credentials"
	codeGrant    = "authorization_code"
	deviceGrant  = "urn:ietf:params:oauth:grant-type:device_code"
	loginGrant   = "login"
)

// tokenRequests finds the calls by which tokens were asked for, in their order.
func tokenRequests(rec *Recording) []*tokenRequest {
	var list []*tokenRequest
	cookies := placesOf(rec.Contract).cookies
	renewed := map[string]*tokenRequest{} // by the refresh token that was given
	for _, c := range rec.Calls {
		q := tokenRequestOf(c)
		if q == nil {
			continue
		}
		q.readAnswer(cookies)
		if q.grant == refreshGrant {
			if q.origin = renewed[q.refresh]; q.origin != nil {
				q.identity = q.origin.identity
			}
		}
		if q.given && q.renew != "" && (q.grant != refreshGrant || q.renew != q.refresh) {
			renewed[q.renew] = q
		}
		list = append(list, q)
	}
	return list
}

// tokenRequestOf says whether a call asks for a token: the behaviour's word for its operation, a grant_type, or a request that
// shows a password or refresh token and is answered with a token.
func tokenRequestOf(c *Call) *tokenRequest {
	if c.Method != http.MethodPost || len(c.RequestBody) == 0 {
		return nil
	}
	q := &tokenRequest{call: c, sent: membersOf(c.RequestHeader, c.RequestBody)}
	session, keys := "", ""
	if c.Operation != nil {
		session, keys = c.Operation.Behaviour.Session, c.Operation.Behaviour.Keys
	}
	q.refresh = firstMark(q.sent.text("refreshtoken"))
	password := q.sent.text("password")
	grant := q.sent.text("granttype")
	switch {
	case keys != "" || session == "logout" || session == "verify":
		return nil
	case grant != "":
		q.grant = grant
	case session == "refresh":
		q.grant = refreshGrant
		if q.refresh == "" { // under a name of the vendor's own
			q.refresh = firstMark(string(c.RequestBody))
		}
	case session == "login":
		q.grant = loginGrant
	case q.refresh != "" && (c.Operation == nil || session == ""):
		q.grant = refreshGrant
	case password != "" && membersOf(c.ResponseHeader, c.ResponseBody).token() != "":
		q.grant = loginGrant
	default:
		return nil
	}
	q.identity = q.who()
	q.scopes = strings.Fields(q.sent.text("scope"))
	return q
}

// who names the client and the user of a request, as far as it says them.
func (q *tokenRequest) who() string {
	client := q.sent.text("clientid")
	if word, rest, _ := strings.Cut(q.call.RequestHeader.Get("Authorization"), " "); client == "" && strings.EqualFold(word, "basic") {
		client, _, _ = strings.Cut(unbase64(strings.TrimSpace(rest)), ":")
	}
	user := ""
	for _, name := range []string{"username", "email", "user", "login", "assertion", "devicecode"} {
		if user = q.sent.text(name); user != "" {
			break
		}
	}
	if client == "" && user == "" {
		return ""
	}
	return client + " " + user
}

// readAnswer takes the token out of the answer.
func (q *tokenRequest) readAnswer(cookies map[string]bool) {
	c := q.call
	q.lost = cutOff(c) || ordered(c, "malformed-json")
	if c.Status < 200 || c.Status > 299 {
		return
	}
	m := membersOf(c.ResponseHeader, c.ResponseBody)
	if mark := m.token(); mark != "" {
		q.access = append(q.access, mark)
	}
	for _, line := range c.ResponseHeader["Set-Cookie"] {
		name, rest, _ := strings.Cut(line, "=")
		if mark := firstMark(rest); mark != "" && cookies[strings.TrimSpace(name)] && !slices.Contains(q.access, mark) {
			q.access = append(q.access, mark)
		}
	}
	q.given = len(q.access) > 0
	q.renew = firstMark(m.text("refreshtoken"))
	q.allowed = strings.Fields(m.text("scope"))
	q.lifetime = m.lifetime(c.End())
}

// ends is when the token that was given ends, by what the answer told or the contract says of its class; the zero time where
// nobody says.
func (q *tokenRequest) ends(k *contracts.Contract) time.Time {
	life := q.lifetime
	if life <= 0 {
		for i := range k.Behaviour.Credentials {
			class := &k.Behaviour.Credentials[i]
			if d, err := time.ParseDuration(class.Lifetime); err == nil && (class.Kind == "jwt" || class.Kind == "opaque") && (life <= 0 || d < life) {
				life = d
			}
		}
	}
	if life <= 0 {
		return time.Time{}
	}
	return q.call.End().Add(life)
}

// members are the texts of a form or JSON object, by their names without case and signs. Objects inside are taken in, since
// vendors wrap what they answer; what stands outside counts first.
type members map[string]string

// membersOf reads a body; bodies of other types have no members.
func membersOf(h http.Header, body []byte) members {
	m := members{}
	if mediaOf(h) == "application/x-www-form-urlencoded" {
		for _, p := range pairs(string(body)) {
			m.add(p.name, p.value)
		}
		return m
	}
	if len(body) == 0 || len(body) > 64<<10 {
		return m
	}
	value, err := schema.ParseJSON(body)
	if err != nil {
		return m
	}
	m.read(value, 0)
	return m
}

func (m members) read(value any, depth int) {
	object, ok := value.(map[string]any)
	if !ok || depth > 2 {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		switch v := object[name].(type) {
		case string:
			m.add(name, v)
		case json.Number:
			m.add(name, v.String())
		}
	}
	for _, wrapper := range []string{"data", "session", "tokens", "token", "auth", "result"} {
		m.read(object[wrapper], depth+1)
	}
}

func (m members) add(name, value string) {
	if name = folded(name); m[name] == "" {
		m[name] = value
	}
}

func (m members) text(name string) string { return m[name] }

// folded is a name without case and signs: "access_token" is "accesstoken".
func folded(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		}
		return -1
	}, name)
}

// token is the mark of the access token among the members.
func (m members) token() string {
	for _, name := range []string{"accesstoken", "token", "jwt", "bearertoken", "authtoken", "sessiontoken"} {
		if mark := firstMark(m[name]); mark != "" {
			return mark
		}
	}
	return ""
}

// lifetime is how long the token lives that was answered at an instant; 0 where the answer does not say.
func (m members) lifetime(answered time.Time) time.Duration {
	for _, name := range []string{"expiresin", "accesstokenexpiresin", "tokenexpiresin"} {
		if n, err := strconv.ParseFloat(m[name], 64); err == nil && n > 0 && n < 1e9 {
			return time.Duration(n * float64(time.Second))
		}
	}
	for _, name := range []string{"expiresat", "accesstokenexpiresat", "tokenexpiresat", "expiry"} {
		if at, err := time.Parse(time.RFC3339, m[name]); err == nil && at.After(answered) {
			return at.Sub(answered)
		}
		if n, err := strconv.ParseInt(m[name], 10, 64); err == nil && n > answered.Unix() && n < answered.Unix()+1e9 {
			return time.Unix(n, 0).Sub(answered)
		}
	}
	return 0
}

func firstMark(text string) string {
	if found := redact.Marks(text); len(found) > 0 {
		return found[0]
	}
	return ""
}

// after says that a call began when the answer to another one had been sent.
func after(c, earlier *Call) bool {
	end := earlier.End()
	return c.Start.After(end) || c.Start.Equal(end) && c.Index > earlier.Index
}

// knowing says that a client sent a call in knowledge of the answer to another one.
func knowing(c, earlier *Call) bool { return after(c, earlier) && !unaware(c, earlier) }

// overlap says that two calls were under way at the same time.
func overlap(a, b *Call) bool {
	return a.Start.Before(b.End()) && b.Start.Before(a.End())
}
