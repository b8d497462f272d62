package credential_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"understudy/mock/credential"
)

const (
	maya         = "maya.lindqvist@greenevents.example"
	mayaPassword = "meadow-compass-lantern"
)

func (w town) login(t testing.TB, identifier, password string) *credential.Session {
	t.Helper()
	s, err := w.Login(t.Context(), credential.Login{Identifier: identifier, Password: password, Secure: true})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func refusalCode(err error) string {
	var refusal *credential.Refusal
	if errors.As(err, &refusal) {
		return refusal.Code
	}
	return ""
}

// TestParallelRefresh buys with one token from many sides: exactly one wins.
func TestParallelRefresh(t *testing.T) {
	w := settle(t, loaded(t, "ecoevents"), 1)
	text := w.login(t, maya, mayaPassword).Refresh.Text
	var won, used atomic.Int64
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			switch _, err := w.Renew(t.Context(), text, "", true); {
			case err == nil:
				won.Add(1)
			case refusalCode(err) == credential.CodeRefreshUsed:
				used.Add(1)
			}
		})
	}
	all.Wait()
	if won.Load() != 1 || used.Load() != 19 {
		t.Errorf("%d won and %d were told that it was used, of 20", won.Load(), used.Load())
	}
}

func TestRenewRefuses(t *testing.T) {
	w := settle(t, loaded(t, "ecoevents"), 1)
	s := w.login(t, maya, mayaPassword)
	for _, text := range []string{"", "rt_00000000000000000000", s.Access.Text, w.Ready()[0].Value} {
		if _, err := w.Renew(t.Context(), text, "", true); refusalCode(err) != credential.CodeRefreshBad {
			t.Errorf("%.12q: %v, want %s", text, err, credential.CodeRefreshBad)
		}
	}
	if _, err := w.RevokeFamily(t.Context(), s.Family); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Renew(t.Context(), s.Refresh.Text, "", true); refusalCode(err) != credential.CodeRefreshEnded {
		t.Errorf("revoked: %v", err)
	}
}

func TestLogout(t *testing.T) {
	w := settle(t, loaded(t, "ecoevents"), 1)
	s := w.login(t, maya, mayaPassword)
	o := w.operation(t, "listEvents")
	caller, refusal, err := w.Authenticate(t.Context(), o, as("GET", s.Access.Text))
	if err != nil || refusal != nil {
		t.Fatal(refusal, err)
	}
	if _, err := w.Logout(t.Context(), &caller.Holder, true); err != nil {
		t.Fatal(err)
	}
	if code := w.ask(t, "listEvents", as("GET", s.Access.Text)); code != credential.CodeTokenInvalid {
		t.Errorf("the token after the logout: %q", code)
	}
	if _, err := w.Renew(t.Context(), s.Refresh.Text, "", true); refusalCode(err) != credential.CodeRefreshEnded {
		t.Errorf("the refresh token after the logout: %v", err)
	}
}

// cookieRequest is a browser's request with cookies.
func cookieRequest(method string, cookies []*http.Cookie, headers ...string) *http.Request {
	q := as(method, "")
	for _, c := range cookies {
		q.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value})
	}
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		q.Header.Set(name, value)
	}
	return q
}

func TestSessionCookieOfECOSIRE(t *testing.T) {
	w := settle(t, loaded(t, "ecosire"), 1)
	s := w.login(t, "amara.okafor@northwindtrading.example", "correct-horse-battery")
	if len(s.Cookies) != 1 {
		t.Fatalf("cookies %v", s.Cookies)
	}
	c := s.Cookies[0]
	if c.Name != "ecosire_auth" || c.Value != s.Access.Text || !c.HttpOnly || !c.Secure || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.MaxAge != 3600 {
		t.Errorf("the cookie is %v", c)
	}
	altered := []*http.Cookie{{Name: c.Name, Value: c.Value[:len(c.Value)-2] + "AA"}}
	good := s.Cookies
	for _, x := range []struct {
		name string
		code string
		q    *http.Request
		op   string
	}{
		{"the cookie alone", "", cookieRequest("GET", good), "listContacts"},
		{"altered", credential.CodeTokenInvalid, cookieRequest("GET", altered), "listContacts"},
		{"none", credential.CodeMissing, cookieRequest("GET", nil), "listContacts"},
		{"Authorization decides: bad beside a good cookie", credential.CodeUnknown, cookieRequest("GET", good, "Authorization: Bearer ecos_live_00000000000000000000000000000000"), "listContacts"},
		{"Authorization decides: good beside a bad cookie", "", cookieRequest("GET", altered, "Authorization: Bearer "+s.Access.Text), "listContacts"},
		{"a write of no browser", "", cookieRequest("POST", good), "createContact"},
		{"a write from the same origin", "", cookieRequest("POST", good, "Origin: http://stand-in.example"), "createContact"},
		{"a write from another origin", credential.CodeCSRF, cookieRequest("POST", good, "Origin: https://evil.example"), "createContact"},
		{"a write from an origin that is hidden", credential.CodeCSRF, cookieRequest("POST", good, "Origin: null"), "createContact"},
		{"a write of the same site", "", cookieRequest("POST", good, "Sec-Fetch-Site: same-origin"), "createContact"},
		{"a write across sites", credential.CodeCSRF, cookieRequest("POST", good, "Sec-Fetch-Site: cross-site"), "createContact"},
		{"a read across sites", "", cookieRequest("GET", good, "Sec-Fetch-Site: cross-site"), "listContacts"},
		{"a write across sites with the token in Authorization", "", cookieRequest("POST", nil, "Sec-Fetch-Site: cross-site", "Authorization: Bearer "+s.Access.Text), "createContact"},
	} {
		if code := w.ask(t, x.op, x.q); code != x.code {
			t.Errorf("%s: %q, want %q", x.name, code, x.code)
		}
	}
	w.pass(t, time.Hour)
	if code := w.ask(t, "listContacts", cookieRequest("GET", good)); code != credential.CodeTokenExpired {
		t.Errorf("after an hour: %q", code)
	}
}

func TestSlidingSessionOfEckoSpace(t *testing.T) {
	w := settle(t, loaded(t, "eckospace"), 1)
	s, err := w.Open(t.Context(), "7", true)
	if err != nil {
		t.Fatal(err)
	}
	var session, token *http.Cookie
	for _, c := range s.Cookies {
		switch c.Name {
		case "eckospace_session":
			session = c
		case "XSRF-TOKEN":
			token = c
		}
	}
	if session == nil || token == nil || !session.HttpOnly || token.HttpOnly {
		t.Fatalf("the cookies are %v", s.Cookies)
	}
	both := []*http.Cookie{session, token}
	for _, x := range []struct {
		name string
		code string
		q    *http.Request
	}{
		{"with the token", "", cookieRequest("POST", both, "X-XSRF-TOKEN: "+token.Value)},
		{"without the header", credential.CodeCSRF, cookieRequest("POST", both)},
		{"without the cookie", credential.CodeCSRF, cookieRequest("POST", both[:1], "X-XSRF-TOKEN: "+token.Value)},
		{"with another value", credential.CodeCSRF, cookieRequest("POST", both, "X-XSRF-TOKEN: "+token.Value+"0")},
		{"with a made-up pair", credential.CodeCSRF, cookieRequest("POST", []*http.Cookie{session, {Name: "XSRF-TOKEN", Value: "a.b"}}, "X-XSRF-TOKEN: a.b")},
	} {
		if code := w.ask(t, "authorizeChannel", x.q); code != x.code {
			t.Errorf("%s: %q, want %q", x.name, code, x.code)
		}
	}
	for range 3 { // each use gives it two hours more
		w.pass(t, 2*time.Hour-time.Second)
		if code := w.ask(t, "authorizeChannel", cookieRequest("POST", both, "X-XSRF-TOKEN: "+token.Value)); code != "" {
			t.Fatalf("a session that is used: %s", code)
		}
	}
	w.pass(t, 2*time.Hour)
	if code := w.ask(t, "authorizeChannel", cookieRequest("POST", both, "X-XSRF-TOKEN: "+token.Value)); code != credential.CodeExpired {
		t.Errorf("two hours after its last use: %q", code)
	}
	if code := w.ask(t, "listPosts", as("GET", session.Value)); code != credential.CodeUnknown {
		t.Errorf("the cookie's value as a bearer token: %q", code)
	}
}

// TestCSRFVector is the known answer for signed double-submitted tokens.
func TestCSRFVector(t *testing.T) {
	data, err := os.ReadFile("../../fixtures/vectors/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors struct {
		CSRF []struct {
			Secret    string `json:"secret"`
			SessionID string `json:"session_id"`
			RandomHex string `json:"random_hex"`
			Expected  string `json:"expected"`
		} `json:"csrf"`
	}
	if err := json.Unmarshal(data, &vectors); err != nil || len(vectors.CSRF) == 0 {
		t.Fatalf("%d vectors, %v", len(vectors.CSRF), err)
	}
	for _, v := range vectors.CSRF {
		if got := credential.CSRFToken([]byte(v.Secret), v.SessionID, v.RandomHex); got != v.Expected {
			t.Errorf("the token is %s, want %s", got, v.Expected)
		}
		if !credential.CheckCSRFToken([]byte(v.Secret), v.SessionID, v.Expected) || credential.CheckCSRFToken([]byte(v.Secret), v.SessionID+"x", v.Expected) {
			t.Error("the token is not known again, or is another session's too")
		}
	}
}

func TestLoginAttempt(t *testing.T) {
	w := settle(t, loaded(t, "eckospace"), 1)
	begin := func() credential.Attempt {
		a, err := w.BeginLogin(t.Context(), "http://127.0.0.1/back")
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	a := begin()
	for name, c := range map[string][2]string{"no state": {"", a.Browser}, "another state": {"x", a.Browser}, "another browser": {a.State, "x"}, "no browser": {a.State, ""}} {
		if _, err := w.FinishLogin(t.Context(), c[0], c[1]); refusalCode(err) != credential.CodeStateMismatch {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got, err := w.FinishLogin(t.Context(), a.State, a.Browser); err != nil || got.Verifier != a.Verifier {
		t.Errorf("the right pair: %v", err)
	}
	if _, err := w.FinishLogin(t.Context(), a.State, a.Browser); refusalCode(err) != credential.CodeStateMismatch {
		t.Errorf("a second time: %v", err)
	}
	late := begin()
	w.pass(t, 10*time.Minute)
	if _, err := w.FinishLogin(t.Context(), late.State, late.Browser); refusalCode(err) != credential.CodeStateMismatch {
		t.Errorf("after ten minutes: %v", err)
	}
}
