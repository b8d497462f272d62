package identity_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"understudy/mock/credential"
)

const logoutPath = "/oauth2/logout"

// signedIn is a browser with a session, and what the session brought the application.
func (s *pageStand) signedIn(t *testing.T, user, scope string) (b *browser, answer map[string]any) {
	t.Helper()
	b = s.browser(t)
	return b, s.redeem(t, redeeming(b.signIn(user, "scope", scope).Get("code")))
}

// out says whether a browser has no session any more.
func (b *browser) out() bool {
	b.t.Helper()
	_, said := b.get("/authorize", asking("prompt", "none", "scope", "openid")).sent()
	return said.Get("error") == "login_required"
}

func (s *pageStand) alive(t *testing.T, token any) bool {
	t.Helper()
	c, err := s.registry.ByText(t.Context(), text(token))
	if err != nil {
		t.Fatalf("token %.20q: %v", text(token), err)
	}
	return c.State == credential.Active
}

func TestLogout(t *testing.T) {
	const home = "https://harbour.example/cb"
	s := newPageStand(t, pageOptions{})
	for name, test := range map[string]struct {
		ask      url.Values // beside the hint
		hint     bool
		expired  bool
		asked    bool // the page is shown first
		to, said string
	}{
		"with the session's token":   {url.Values{"post_logout_redirect_uri": {home}, "state": {"a b&c"}}, true, false, false, home, "state=a%20b%26c"},
		"with an expired token":      {url.Values{"post_logout_redirect_uri": {home}}, true, true, false, home, ""},
		"with token and client":      {url.Values{"client_id": {"harbour"}, "post_logout_redirect_uri": {home}}, true, false, false, home, ""},
		"to nowhere":                 {url.Values{"state": {"x"}}, true, false, false, "", ""},
		"with the client only":       {url.Values{"client_id": {"harbour"}, "post_logout_redirect_uri": {home}, "state": {"s"}}, false, false, true, home, "state=s"},
		"with nothing":               {nil, false, false, true, "", ""},
		"loopback of another client": {url.Values{"client_id": {"local"}, "post_logout_redirect_uri": {"http://localhost:5/bye"}}, false, false, true, "http://localhost:5/bye", ""},
	} {
		t.Run(name, func(t *testing.T) {
			for _, method := range []string{http.MethodGet, http.MethodPost} {
				b, answer := s.signedIn(t, "usr_amara", "openid shipments:read")
				ask := url.Values{}
				for k, v := range test.ask {
					ask[k] = v
				}
				if test.hint {
					ask.Set("id_token_hint", text(answer["id_token"]))
				}
				if test.expired {
					s.clock.Advance(11 * time.Hour)
				}
				v := b.get(logoutPath, ask)
				if method == http.MethodPost {
					b, answer = s.signedIn(t, "usr_amara", "openid shipments:read")
					if test.hint {
						ask.Set("id_token_hint", text(answer["id_token"]))
					}
					v = b.post(logoutPath, ask)
				}
				if test.asked {
					v.shows(http.StatusOK, "Sign out?", "Signed in as Amara Okafor")
					if b.out() {
						t.Error("signed out before anybody said so")
					}
					v = b.post(logoutPath, v.form("approve"))
				}
				if test.to == "" {
					v.shows(http.StatusOK, "Signed out")
				} else if got := v.header.Get("Location"); got != strings.TrimSuffix(test.to+"?"+test.said, "?") {
					t.Errorf("%s: Location %q, want %s with %q", method, got, test.to, test.said)
				}
				if !b.out() || b.cookies["understudy_login"] != "" {
					t.Errorf("%s: still signed in", method)
				}
				if s.alive(t, answer["access_token"]) {
					t.Errorf("%s: the access token that came from the session is still good", method)
				}
			}
		})
	}
}

func TestLogoutRefuses(t *testing.T) {
	s := newPageStand(t, pageOptions{})
	b, answer := s.signedIn(t, "usr_amara", "openid shipments:read")
	hint := text(answer["id_token"])
	for name, test := range map[string]struct {
		ask  url.Values
		word string
	}{
		"no token":            {url.Values{"id_token_hint": {"x.y.z"}}, "not a token"},
		"altered token":       {url.Values{"id_token_hint": {hint[:len(hint)-6] + "AAAAAA"}}, "not a token"},
		"another's token":     {url.Values{"id_token_hint": {hint}, "client_id": {"local"}}, "another application"},
		"unknown client":      {url.Values{"client_id": {"nobody"}}, "No application"},
		"address of nobody":   {url.Values{"post_logout_redirect_uri": {"https://harbour.example/cb"}}, "not whose request"},
		"foreign address":     {url.Values{"id_token_hint": {hint}, "post_logout_redirect_uri": {"https://evil.example/"}}, "not one of its own"},
		"longer address":      {url.Values{"client_id": {"harbour"}, "post_logout_redirect_uri": {"https://harbour.example/cb/x"}}, "not one of its own"},
		"address of a script": {url.Values{"client_id": {"local"}, "post_logout_redirect_uri": {"javascript:alert(1)"}}, "not one of its own"},
		"state twice":         {url.Values{"state": {"a", "b"}}, "state more than once"},
		"address twice":       {url.Values{"post_logout_redirect_uri": {"a", "b"}}, "post_logout_redirect_uri more than once"},
	} {
		t.Run(name, func(t *testing.T) {
			v := b.get(logoutPath, test.ask)
			if v.shows(http.StatusBadRequest); !strings.Contains(v.alert(), test.word) || v.header.Get("Location") != "" {
				t.Errorf("page says %q with Location %q, want %q and none", v.alert(), v.header.Get("Location"), test.word)
			}
		})
	}
	if b.out() || !s.alive(t, answer["access_token"]) {
		t.Error("a refused request ended the session or its tokens")
	}
}

func TestLogoutStays(t *testing.T) {
	s := newPageStand(t, pageOptions{})
	b, answer := s.signedIn(t, "usr_amara", "openid shipments:read")
	page := b.get(logoutPath, nil)
	b.post(logoutPath, page.form("deny")).shows(http.StatusOK, "Still signed in")
	b.post(logoutPath, page.form("approve")).shows(http.StatusBadRequest, "answered already")
	if b.out() || !s.alive(t, answer["access_token"]) {
		t.Error("signed out although nobody wanted it")
	}
}

func TestLogoutForgeries(t *testing.T) {
	s := newPageStand(t, pageOptions{})
	b, _ := s.signedIn(t, "usr_amara", "openid")
	attacker, theirs := s.signedIn(t, "usr_mateo", "openid")
	page, other := b.get(logoutPath, nil), attacker.get(logoutPath, nil)
	attacker.post(logoutPath, page.form("approve")).shows(http.StatusForbidden)
	b.post(logoutPath, other.form("approve")).shows(http.StatusForbidden)
	s.browser(t).post(logoutPath, page.form("approve")).shows(http.StatusForbidden)
	b.post(logoutPath, changed(page.form("approve"), "action", "")).shows(http.StatusBadRequest)
	b.get(logoutPath, url.Values{"id_token_hint": {text(theirs["id_token"])}}).shows(http.StatusOK, "Sign out?") // another's token does not end mine
	s.clock.Advance(10 * time.Minute)
	b.post(logoutPath, page.form("approve")).shows(http.StatusBadRequest, "longer than ten minutes")
	if b.out() {
		t.Error("signed out by a forgery")
	}
}

// A browser that has lost its cookie still ends the session that the token names; whoever has none is signed out.
func TestLogoutWithoutCookie(t *testing.T) {
	s := newPageStand(t, pageOptions{})
	b, answer := s.signedIn(t, "usr_amara", "openid shipments:read")
	stranger := s.browser(t)
	stranger.get(logoutPath, url.Values{"id_token_hint": {text(answer["id_token"])}}).shows(http.StatusOK, "Signed out")
	if !b.out() || s.alive(t, answer["access_token"]) {
		t.Error("the session that the token names goes on")
	}
	stranger.get(logoutPath, nil).shows(http.StatusOK, "Signed out")
}

// What a user allowed for the time when they are away does not end with the session.
func TestLogoutLeavesOfflineAccess(t *testing.T) {
	s := newPageStand(t, pageOptions{})
	b, answer := s.signedIn(t, "usr_amara", "openid offline_access shipments:read")
	other := s.redeem(t, redeeming(b.get("/authorize", asking()).said("code")))
	b.get(logoutPath, url.Values{"id_token_hint": {text(answer["id_token"])}})
	if !s.alive(t, answer["access_token"]) || s.alive(t, other["access_token"]) {
		t.Errorf("offline access alive: %t, the session's alive: %t; want only the first", s.alive(t, answer["access_token"]), s.alive(t, other["access_token"]))
	}
}

func (v *visit) said(name string) string {
	v.t.Helper()
	_, said := v.sent()
	return said.Get(name)
}

func TestLogoutAutomatically(t *testing.T) {
	s := newPageStand(t, pageOptions{auto: true})
	b := s.browser(t)
	code := b.get("/authorize", asking()).said("code")
	token := s.redeem(t, redeeming(code))["access_token"]
	v := b.get(logoutPath, url.Values{"client_id": {"harbour"}, "post_logout_redirect_uri": {"https://harbour.example/cb"}})
	if v.status != http.StatusFound || b.cookies["understudy_login"] != "" || s.alive(t, token) {
		t.Errorf("%d, still signed in %t, token alive %t; want 302 and the end of both", v.status, b.cookies["understudy_login"] != "", s.alive(t, token))
	}
}

// A token without sid, as a device has it, ends the session of its user, and of nobody else.
func TestLogoutBySubject(t *testing.T) {
	s := newPageStand(t, pageOptions{})
	for subject, direct := range map[string]bool{"usr_amara": true, "usr_mateo": false} {
		for _, audience := range []any{"harbour", []any{"harbour"}} {
			b, _ := s.signedIn(t, "usr_amara", "openid")
			hint, err := s.registry.Sign("RS256", "JWT", map[string]any{"sub": subject, "aud": audience})
			if err != nil {
				t.Fatal(err)
			}
			v := b.get(logoutPath, url.Values{"id_token_hint": {hint}, "post_logout_redirect_uri": {"https://harbour.example/cb"}})
			if got := v.header.Get("Location") != ""; got != direct || b.out() != direct {
				t.Errorf("token of %s for %v: signed out %t, want %t", subject, audience, got, direct)
			}
		}
	}
}
