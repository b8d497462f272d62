package identity_test

import (
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"understudy/mock/credential"
)

// signIn sends a browser through the login page as a user.
func (b *browser) signIn(user string, change ...string) url.Values {
	b.t.Helper()
	page := b.get("/authorize", asking(append(change, "prompt", "login")...))
	_, said := b.post("/authorize", page.form("approve", "user", user)).sent()
	if said.Get("code") == "" && said.Get("id_token") == "" {
		b.t.Fatalf("signing in as %s: said %v", user, said)
	}
	return said
}

func TestLoginPage(t *testing.T) {
	s := newPageStand(t, pageOptions{})
	b := s.browser(t)
	page := b.get("/authorize", asking("scope", "openid offline_access shipments:read shipments:write", "nonce", "n-1"))
	page.shows(http.StatusOK, "Sign in to Harbour Dispatch", "no password is needed", "Know who you are", "Keep this access while you are away",
		"See your shipments", "Book <b>shipments</b>", "https://harbour.example", "Amara Okafor", "mateo@northwind.example · member")
	if users := page.all("input", "name", "user"); len(users) != 2 || page.form("approve").Get("user") != "usr_amara" {
		t.Errorf("%d users with %s chosen, want 2 and the first", len(users), page.form("approve").Get("user"))
	}
	if len(page.all("script", "", "")) > 0 || len(page.all("legend", "", "")) != 1 || page.one("input", "name", "transaction").attribute("value") == "" {
		t.Errorf("the page must have a legend and a transaction, and no script: %s", page.body)
	}
	if page.one("button", "value", "deny"); b.cookies["understudy_login"] != "" {
		t.Error("somebody is signed in before they said so")
	}
	v := b.post("/authorize", page.form("approve", "user", "usr_mateo"))
	to, said := v.sent()
	if v.status != http.StatusSeeOther || to != "https://harbour.example/cb" || said.Get("state") != "s-1" || said.Get("iss") != pageHost || v.body != "" {
		t.Errorf("answer %d to %s with %v, want 303 with state and iss", v.status, to, said)
	}
	answer := s.redeem(t, redeeming(said.Get("code")))
	claims, err := s.registry.VerifySigned(text(answer["id_token"]))
	if err != nil || claims["sub"] != "usr_mateo" || claims["nonce"] != "n-1" || fmt.Sprint(claims["auth_time"]) != fmt.Sprint(s.clock.Now().Unix()) || claims["sid"] == nil {
		t.Errorf("ID token %v (%v), want the one who was chosen, nonce, auth_time and sid", claims, err)
	}
}

// In a social login the vendor's application asks, and Google knows the users.
func TestLoginAtGoogle(t *testing.T) {
	page := newPageStand(t, pageOptions{provider: "{flavour: google}"}).browser(t).get("/authorize", asking("scope", "openid"))
	page.shows(http.StatusOK, "Harbour Dispatch asks for access to your account at Google", "Know who you are")
}

func TestLoginDenied(t *testing.T) {
	b := newPageStand(t, pageOptions{}).browser(t)
	_, said := b.post("/authorize", b.get("/authorize", asking()).form("deny")).sent()
	if said.Get("error") != "access_denied" || said.Get("state") != "s-1" || said.Get("iss") != pageHost || b.cookies["understudy_login"] != "" {
		t.Errorf("said %v, signed in %t; want access_denied and nobody", said, b.cookies["understudy_login"] != "")
	}
}

func TestLoginUnknownUserOrAction(t *testing.T) {
	b := newPageStand(t, pageOptions{}).browser(t)
	page := b.get("/authorize", asking())
	for _, user := range []string{"", "usr_nobody", strings.Repeat("x", 40<<10)} {
		page = b.post("/authorize", page.form("approve", "user", user))
		page.shows(http.StatusUnprocessableEntity, "Nobody here has this")
	}
	b.post("/authorize", changed(page.form("approve"), "action", "shrug")).shows(http.StatusBadRequest, "approve or to deny")
	if _, said := b.post("/authorize", page.form("approve")).sent(); said.Get("code") == "" {
		t.Errorf("said %v, want a code: the page was shown again and is good", said)
	}
}

// What a browser that signed in is asked again, and when.
func TestLoginLives(t *testing.T) {
	const code, list, consent = "code", "list", "consent"
	for name, test := range map[string]struct {
		ask  url.Values
		wait time.Duration
		want string // code, list (users to choose from), consent (signed in, asked), or an error
	}{
		"same again":                {asking(), 0, code},
		"fewer scopes":              {asking("scope", "openid"), 0, code},
		"none, agreed":              {asking("prompt", "none"), 0, code},
		"more scopes":               {asking("scope", "openid shipments:write"), 0, consent},
		"none, more scopes":         {asking("scope", "openid shipments:write", "prompt", "none"), 0, "consent_required"},
		"other client":              {asking("client_id", "local", "redirect_uri", "http://localhost:1/"), 0, consent},
		"none, other client":        {asking("client_id", "local", "redirect_uri", "http://localhost:1/", "prompt", "none"), 0, "consent_required"},
		"consent":                   {asking("prompt", "consent"), 0, consent},
		"login":                     {asking("prompt", "login"), 0, list},
		"login consent":             {asking("prompt", "login consent"), 0, list},
		"select_account":            {asking("prompt", "select_account"), 0, list},
		"own hint":                  {asking("login_hint", "Mateo@northwind.example", "prompt", "none"), 0, code},
		"hint of nobody":            {asking("login_hint", "nobody@example.com", "prompt", "none"), 0, code},
		"other's hint":              {asking("login_hint", "usr_amara"), 0, list},
		"none, other's hint":        {asking("login_hint", "usr_amara", "prompt", "none"), 0, "interaction_required"},
		"young enough":              {asking("max_age", "60"), time.Minute, code},
		"too old":                   {asking("max_age", "60"), time.Minute + time.Second, list},
		"none, too old":             {asking("max_age", "60", "prompt", "none"), time.Hour, "login_required"},
		"max_age 0 is prompt login": {asking("max_age", "0"), 0, list},
		"none, max_age 0":           {asking("max_age", "0", "prompt", "none"), 0, "login_required"},
		"last moment":               {asking("prompt", "none"), 12*time.Hour - time.Nanosecond, code},
		"over":                      {asking(), 12 * time.Hour, list},
		"none, over":                {asking("prompt", "none"), 12 * time.Hour, "login_required"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newPageStand(t, pageOptions{})
			b := s.browser(t)
			b.signIn("usr_mateo")
			s.clock.Advance(test.wait)
			v := b.get("/authorize", test.ask)
			switch test.want {
			case list:
				v.shows(http.StatusOK, "Sign in as")
				if h := test.ask.Get("login_hint"); h != "" && v.form("approve").Get("user") != h {
					t.Errorf("%s is chosen, want %s", v.form("approve").Get("user"), h)
				}
			case consent:
				v.shows(http.StatusOK, "Signed in as Mateo Rivas", "Use another user")
				if _, said := b.post("/authorize", v.form("approve")).sent(); said.Get("code") == "" {
					t.Errorf("said %v, want a code", said)
				}
			default:
				if _, said := v.sent(); said.Get("error") != test.want && (test.want != code || said.Get("code") == "") {
					t.Errorf("said %v, want %s", said, test.want)
				}
			}
		})
	}
}

// id_token_hint says whom the client expects, also when the token has expired.
func TestLoginOfHintedToken(t *testing.T) {
	s := newPageStand(t, pageOptions{})
	b := s.browser(t)
	hint := text(s.redeem(t, redeeming(b.signIn("usr_amara").Get("code")))["id_token"])
	s.clock.Advance(2 * time.Hour)
	if _, said := b.get("/authorize", asking("id_token_hint", hint, "prompt", "none")).sent(); said.Get("code") == "" {
		t.Errorf("the same user: said %v, want a code", said)
	}
	b.signIn("usr_mateo")
	if _, said := b.get("/authorize", asking("id_token_hint", hint, "prompt", "none")).sent(); said.Get("error") != "login_required" {
		t.Errorf("another user: said %v, want login_required", said)
	}
	page := b.get("/authorize", asking("id_token_hint", hint))
	if page.shows(http.StatusOK, "Sign in as"); page.form("approve").Get("user") != "usr_amara" {
		t.Errorf("%s is chosen, want the one expected", page.form("approve").Get("user"))
	}
	b.post("/authorize", page.form("approve", "user", "usr_mateo")).shows(http.StatusUnprocessableEntity, "expects the user who signed in before")
}

func TestLoginSwitch(t *testing.T) {
	s := newPageStand(t, pageOptions{})
	b := s.browser(t)
	b.signIn("usr_mateo")
	first := b.cookies["understudy_login"]
	page := b.post("/authorize", b.get("/authorize", asking("prompt", "consent")).form("switch"))
	page.shows(http.StatusOK, "Sign in as")
	_, said := b.post("/authorize", page.form("approve", "user", "usr_amara")).sent()
	claims, err := s.registry.VerifySigned(text(s.redeem(t, redeeming(said.Get("code")))["id_token"]))
	if err != nil || claims["sub"] != "usr_amara" || b.cookies["understudy_login"] == first {
		t.Errorf("ID token %v (%v), want the other user in a session of her own", claims, err)
	}
}

// The session that a page was shown for is the one that decides.
func TestLoginChangesWhilePageIsOpen(t *testing.T) {
	s := newPageStand(t, pageOptions{})
	b := s.browser(t)
	b.signIn("usr_mateo")
	page := b.get("/authorize", asking("prompt", "consent"))
	b.signIn("usr_amara")
	again := b.post("/authorize", page.form("approve"))
	again.shows(http.StatusUnprocessableEntity, "signed out in the meantime", "Sign in as")
	if _, said := b.post("/authorize", again.form("approve")).sent(); said.Get("code") == "" {
		t.Errorf("said %v, want a code after choosing", said)
	}
}

func TestLoginForgeries(t *testing.T) {
	s := newPageStand(t, pageOptions{})
	victim, attacker := s.browser(t), s.browser(t)
	page, other := victim.get("/authorize", asking()), attacker.get("/authorize", asking())
	logout := func() url.Values {
		victim.signIn("usr_amara")
		return victim.get("/oauth2/logout", nil).form("approve")
	}()
	for name, test := range map[string]struct {
		from   *browser
		header http.Header
		form   url.Values
		status int
	}{
		"no cookie":                {s.browser(t), nil, page.form("approve"), http.StatusForbidden},
		"another browser's cookie": {attacker, nil, page.form("approve"), http.StatusForbidden},
		"the attacker's page":      {victim, nil, other.form("approve"), http.StatusForbidden},
		"from another site":        {victim, http.Header{"Sec-Fetch-Site": {"cross-site"}}, page.form("approve"), http.StatusForbidden},
		"from a sister site":       {victim, http.Header{"Sec-Fetch-Site": {"same-site"}}, page.form("approve"), http.StatusForbidden},
		"from another origin":      {victim, http.Header{"Origin": {"https://evil.example"}}, page.form("approve"), http.StatusForbidden},
		"unknown transaction":      {victim, nil, changed(page.form("approve"), "transaction", "none"), http.StatusBadRequest},
		"empty transaction":        {victim, nil, changed(page.form("approve"), "transaction", ""), http.StatusBadRequest},
		"another page's":           {victim, nil, changed(page.form("approve"), "transaction", logout.Get("transaction")), http.StatusForbidden},
		"denied from elsewhere":    {attacker, nil, page.form("deny"), http.StatusForbidden},
	} {
		t.Run(name, func(t *testing.T) {
			test.from.header = test.header
			v := test.from.post("/authorize", test.form)
			test.from.header = nil
			if v.status != test.status || v.header.Get("Location") != "" {
				t.Errorf("%d with Location %q, want %d and none: %s", v.status, v.header.Get("Location"), test.status, v.alert())
			}
		})
	}
	victim.header = http.Header{"Sec-Fetch-Site": {"same-origin"}, "Origin": {pageHost}}
	v := victim.post("/authorize", page.form("approve"))
	if _, said := v.sent(); said.Get("code") == "" {
		t.Errorf("the page itself: said %v, want a code after all those tries", said)
	}
	victim.post("/authorize", page.form("approve")).shows(http.StatusBadRequest, "answered already")
	victim.post("/authorize", changed(page.form("approve"), "action", "switch")).shows(http.StatusBadRequest, "answered already")
}

func TestLoginPageEnds(t *testing.T) {
	for wait, good := range map[time.Duration]bool{10*time.Minute - time.Nanosecond: true, 10 * time.Minute: false, time.Hour: false} {
		s := newPageStand(t, pageOptions{})
		b := s.browser(t)
		page := b.get("/authorize", asking())
		s.clock.Advance(wait)
		v := b.post("/authorize", page.form("approve"))
		if !good {
			v.shows(http.StatusBadRequest, "longer than ten minutes")
		} else if _, said := v.sent(); said.Get("code") == "" {
			t.Errorf("after %v: said %v, want a code", wait, said)
		}
	}
}

// Of many answers to one page one counts.
func TestLoginOnce(t *testing.T) {
	s := newPageStand(t, pageOptions{})
	b := s.browser(t)
	page := b.get("/authorize", asking())
	var group sync.WaitGroup
	codes := make(chan string, 8)
	for range cap(codes) {
		group.Go(func() {
			own := s.browser(t)
			own.cookies["understudy_browser"] = b.cookies["understudy_browser"]
			if v := own.post("/authorize", page.form("approve")); v.status == http.StatusSeeOther {
				_, said := v.sent()
				codes <- said.Get("code")
			}
		})
	}
	group.Wait()
	if len(codes) != 1 {
		t.Errorf("%d codes, want 1", len(codes))
	}
}

func TestPagesEscape(t *testing.T) {
	const evil = `"><script>alert(1)</script><img src=x onerror=alert(2)>'` + "`"
	s := newPageStand(t, pageOptions{flow: "clientCredentials: {tokenUrl: /token, scopes: {\"evil\": '<script>alert(3)</script>'}}"})
	s.client(t, credential.Client{ID: "evil", Name: evil, Public: true, Redirects: []string{"https://evil.example/cb?" + url.QueryEscape(evil)}, Loopback: true})
	if _, _, err := s.registry.PutUser(t.Context(), credential.User{ID: "usr_evil", Account: "acc_1", Name: evil, Email: "evil@example.com", Role: evil}, "secret-enough"); err != nil {
		t.Fatal(err)
	}
	b := s.browser(t)
	ask := asking("client_id", "evil", "redirect_uri", "http://localhost:1/"+evil, "state", evil, "scope", "openid evil", "login_hint", evil, "nonce", evil)
	b.get("/authorize", ask).shows(http.StatusBadRequest) // no such redirect URI: quotes and the like are no URI
	ask.Set("redirect_uri", "http://localhost:1/"+url.PathEscape(evil))
	login := b.get("/authorize", ask)
	for name, v := range map[string]*visit{
		"login":             login,
		"unknown user":      b.post("/authorize", login.form("approve", "user", evil, "other", evil)),
		"unknown client":    b.get("/authorize", asking("client_id", evil)),
		"wrong redirect":    b.get("/authorize", asking("redirect_uri", "javascript:alert(1)//"+evil)),
		"device":            b.get("/oauth2/device", url.Values{"user_code": {evil}}),
		"logout":            b.get("/oauth2/logout", url.Values{"client_id": {"evil"}, "post_logout_redirect_uri": {evil}, "state": {evil}}),
		"logout, no client": b.get("/oauth2/logout", url.Values{"client_id": {evil}}),
	} {
		if n := len(v.all("script", "", "")) + len(v.all("img", "", "")) + len(v.all("b", "", "")); n > 0 {
			t.Errorf("%s: %d elements that the input made: %s", name, n, v.body)
		}
	}
	_, said := b.post("/authorize", login.form("deny")).sent()
	if said.Get("state") != evil {
		t.Errorf("state %q came back", said.Get("state"))
	}
	ask.Set("response_mode", "form_post")
	page := b.get("/authorize", changed(ask, "prompt", "none"))
	if got := page.form(""); got.Get("state") != evil || got.Get("error") != "login_required" || len(page.all("script", "", "")) != 1 {
		t.Errorf("form_post has %v and %d scripts, want the state as it came and our script alone", got, len(page.all("script", "", "")))
	}
}

func TestFormPostPage(t *testing.T) {
	s := newPageStand(t, pageOptions{auto: true})
	v := s.browser(t).get("/authorize", asking("response_mode", "form_post"))
	f := v.one("form", "", "")
	if v.status != http.StatusOK || f.attribute("action") != "https://harbour.example/cb" || v.text("button") != "Continue" {
		t.Errorf("%d, form to %s, button %q", v.status, f.attribute("action"), v.text("button"))
	}
	sum := sha256.Sum256([]byte(v.text("script")))
	source := "script-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	if policy := v.header.Get("Content-Security-Policy"); !strings.Contains(policy, source) || !strings.Contains(policy, "https://harbour.example;") {
		t.Errorf("policy %q, want %s and the client's origin", policy, source)
	}
	if got := v.form(""); got.Get("code") == "" || got.Get("state") != "s-1" || got.Get("iss") != pageHost {
		t.Errorf("the form carries %v", got)
	}
}

// The answer to the form is a redirect, which the page's policy must allow (CSP Level 3, 6.4.1.1).
func TestFormActions(t *testing.T) {
	s := newPageStand(t, pageOptions{})
	for uri, want := range map[string]string{
		"https://harbour.example/cb":   "form-action 'self' https://harbour.example;",
		"com.harbour.app:/cb":          "form-action 'self' com.harbour.app:;",
		"http://127.0.0.1:4000/cb":     " http://localhost:* https://localhost:* http://127.0.0.1:* https://127.0.0.1:*;",
		"https://[2001:db8::1]/cb":     "form-action 'self' https:;",
		"https://a.example;x.example/": "",
	} {
		s.client(t, credential.Client{ID: "harbour", Name: "Harbour", Public: true, Redirects: []string{"https://harbour.example/cb", "com.harbour.app:/cb", "http://127.0.0.1/cb", "https://[2001:db8::1]/cb"}})
		v := s.browser(t).get("/authorize", asking("redirect_uri", uri))
		if got := v.header.Get("Content-Security-Policy"); !strings.Contains(got, want) || strings.Contains(got, "x.example") {
			t.Errorf("%s: policy %q, want %q", uri, got, want)
		}
	}
	v := s.browser(t).get("/authorize", asking("client_id", "local", "redirect_uri", "http://[::1]:4000/cb"))
	if got := v.header.Get("Content-Security-Policy"); !strings.Contains(got, "http://127.0.0.1:* https://127.0.0.1:* http:;") {
		t.Errorf("IPv6: policy %q, want the scheme, since a policy cannot name the address", got)
	}
}

func TestManyUsers(t *testing.T) {
	s := newPageStand(t, pageOptions{})
	for i := range 20 {
		u := credential.User{ID: fmt.Sprintf("usr_%02d", i), Account: "acc_1", Name: fmt.Sprintf("User %d", i), Email: fmt.Sprintf("u%d@example.com", i)}
		if _, _, err := s.registry.PutUser(t.Context(), u, "secret-enough"); err != nil {
			t.Fatal(err)
		}
	}
	b := s.browser(t)
	page := b.get("/authorize", asking("login_hint", "usr_17"))
	page.shows(http.StatusOK, "10 more users")
	if n := len(page.all("input", "name", "user")); n != 12 || page.form("approve").Get("user") != "usr_17" || page.one("label", "for", "other").text() == "" {
		t.Errorf("%d users with %s chosen, want 12 and usr_17", n, page.form("approve").Get("user"))
	}
	again := b.post("/authorize", page.form("approve", "other", "nobody@example.com"))
	if again.shows(http.StatusUnprocessableEntity, "Nobody here has this"); again.one("input", "name", "other").attribute("value") != "nobody@example.com" {
		t.Error("what was typed is gone")
	}
	_, said := b.post("/authorize", page.form("approve", "other", " U19@example.com ")).sent()
	claims, err := s.registry.VerifySigned(text(s.redeem(t, redeeming(said.Get("code")))["id_token"]))
	if err != nil || claims["sub"] != "usr_19" {
		t.Errorf("ID token %v (%v), want the one who was typed", claims, err)
	}
}

func TestCookiesOverTLS(t *testing.T) {
	s := newPageStand(t, pageOptions{auto: true})
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "https://id.northwind.test/authorize?"+asking().Encode(), nil)
	r.TLS = &tls.ConnectionState{}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	cookies := w.Result().Cookies()
	if len(cookies) != 1 || cookies[0].Name != "understudy_login" || !cookies[0].Secure || !cookies[0].HttpOnly {
		t.Errorf("cookies %v, want one that is Secure and HttpOnly", cookies)
	}
	if !strings.Contains(w.Header().Get("Location"), "iss=https%3A%2F%2Fid.northwind.test") {
		t.Errorf("Location %s, want the issuer over TLS", w.Header().Get("Location"))
	}
}
