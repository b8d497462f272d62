package identity_test

import (
	"strings"
	"testing"
	"time"

	"understudy/mock/credential/identity"
)

// Each departure of Authentik from the RFCs.
func TestAuthentik(t *testing.T) {
	const scopes = "openid profile email offline_access"
	for name, check := range map[string]func(*testing.T, *world){
		"endpoints": func(t *testing.T, w *world) {
			p := w.provider.Paths()
			for got, want := range map[string]string{
				p.Issuer: "/application/o/ecosire/", p.Authorize: "/application/o/authorize/", p.Token: "/application/o/token/",
				p.UserInfo: "/application/o/userinfo/", p.Introspect: "/application/o/introspect/", p.Revoke: "/application/o/revoke/",
				p.DeviceAuthorization: "/application/o/device/", p.DevicePage: "/device", p.EndSession: "/application/o/ecosire/end-session/",
				p.JWKS: "/application/o/ecosire/jwks/", p.Discovery: "/application/o/ecosire/.well-known/openid-configuration",
			} {
				if got != want {
					t.Errorf("got %q, want %q", got, want)
				}
			}
			if a := w.send("GET", "/application/o/ecosire/", nil); a.status != 302 || a.header.Get("Location") != p.Discovery {
				t.Errorf("the application's page gives %d to %q", a.status, a.header.Get("Location"))
			}
		},
		"token answer": func(t *testing.T, w *world) {
			a := w.login("scope", scopes)
			if a.text("id_token") == "" || a.header.Get("Pragma") != "no-cache" || a.header.Get("Cache-Control") != "no-store" || a.body["expires_in"] != 3600.0 {
				t.Errorf("got %v %s", a.header, a.raw)
			}
		},
		"access token": func(t *testing.T, w *world) {
			text := w.login("scope", scopes).text("access_token")
			claims := w.claims(text)
			sub, _ := claims["sub"].(string)
			if claims["client_id"] != nil || claims["aud"] != "web" || claims["azp"] != "web" || claims["nonce"] != "n-1" || len(sub) != 64 ||
				claims["acr"] != "goauthentik.io/providers/oauth2/default" || claims["uid"] == nil || claims["sid"] == nil || claims["amr"] == nil ||
				claims["iss"] != w.server.URL+"/application/o/ecosire/" || claims["auth_time"] == nil {
				t.Errorf("claims are %v", claims)
			}
			if header := decodeHeader(t, text); header["typ"] != "JWT" || header["kid"] == nil || header["alg"] != "RS256" {
				t.Errorf("header is %v", header)
			}
			if s := w.call("GET", "/api/contacts", text); s != 200 {
				t.Errorf("an operation gives %d", s)
			}
		},
		"client credentials give an ID token": func(t *testing.T, w *world) {
			a := w.token("grant_type", "client_credentials", "scope", "openid profile")
			if a.text("id_token") == "" || a.text("refresh_token") != "" || w.call("GET", "/api/contacts", a.text("access_token")) != 200 {
				t.Errorf("got %d %s", a.status, a.raw)
			}
		},
		"refresh token only for offline_access": func(t *testing.T, w *world) {
			if a := w.login("scope", "openid"); a.text("refresh_token") != "" {
				t.Errorf("got %s", a.raw)
			}
			a := w.login("scope", scopes)
			less := w.refresh(a.text("refresh_token"), "scope", "openid")
			if less.status != 400 || less.text("error") != "invalid_scope" {
				t.Errorf("refreshing without it: %d %s", less.status, less.raw)
			}
		},
		"reuse does not end the family": func(t *testing.T, w *world) {
			first := w.login("scope", scopes)
			second := w.refresh(first.text("refresh_token"))
			if a := w.refresh(first.text("refresh_token")); a.status != 400 || a.text("error") != "invalid_grant" {
				t.Errorf("got %d %s", a.status, a.raw)
			}
			if a := w.refresh(second.text("refresh_token")); a.status != 200 {
				t.Errorf("the newer token gives %d %s", a.status, a.raw)
			}
		},
		"errors are 400 and name the request": func(t *testing.T, w *world) {
			a := w.token("grant_type", "client_credentials", "client_secret", "wrong")
			if a.status != 400 || a.text("error") != "invalid_client" || len(a.text("request_id")) != 32 || a.header.Get("WWW-Authenticate") != "" {
				t.Errorf("got %d %v %s", a.status, a.header, a.raw)
			}
		},
		"unknown scopes are left out": func(t *testing.T, w *world) {
			if a := w.token("grant_type", "client_credentials", "scope", "openid cats"); a.status != 200 || a.text("scope") != "openid" {
				t.Errorf("got %d %s", a.status, a.raw)
			}
		},
		"userinfo": func(t *testing.T, w *world) {
			a := w.login("scope", scopes+" entitlements")
			info := w.send("GET", w.provider.Paths().UserInfo, nil, "Authorization", "Bearer "+a.text("access_token"))
			for _, member := range []string{"sub", "name", "given_name", "preferred_username", "nickname", "groups", "email", "entitlements"} {
				if info.body[member] == nil {
					t.Errorf("%s is missing in %s", member, info.raw)
				}
			}
			if info.body["email_verified"] != false {
				t.Errorf("email_verified is %v", info.body["email_verified"])
			}
			for _, header := range [][]string{nil, {"Authorization", "Bearer x"}} {
				bad := w.send("GET", w.provider.Paths().UserInfo, nil, header...)
				if challenge := bad.header.Get("WWW-Authenticate"); bad.status != 401 || !strings.HasPrefix(challenge, `error="invalid_token", error_description="`) {
					t.Errorf("got %d %q", bad.status, challenge)
				}
			}
		},
		"introspection": func(t *testing.T, w *world) {
			a := w.login("scope", scopes)
			if got := w.introspect(a.text("access_token")); got.body["active"] != true {
				t.Errorf("got %s", got.raw)
			}
			if got := w.introspect(a.text("access_token"), "client_secret", "wrong"); got.status != 200 || got.raw != `{"active":false}` {
				t.Errorf("a wrong caller gets %d %s", got.status, got.raw)
			}
		},
		"revocation": func(t *testing.T, w *world) {
			a := w.login("scope", scopes)
			if got := w.revoke(a.text("access_token"), "client_secret", "wrong"); got.status != 401 {
				t.Errorf("a wrong caller gets %d %s", got.status, got.raw)
			}
			if got := w.revoke(a.text("access_token")); got.status != 200 || got.raw != "{}" || w.call("GET", "/api/contacts", a.text("access_token")) != 401 {
				t.Errorf("got %d %s", got.status, got.raw)
			}
		},
		"device": func(t *testing.T, w *world) {
			w.provider = identity.New(identity.Options{Registry: w.registry})
			a := w.device("scope", "openid")
			if a.body["expires_in"] != 60.0 || a.body["interval"] != 5.0 || a.text("verification_uri_complete") != w.server.URL+"/device?code="+a.text("user_code") {
				t.Errorf("got %d %s", a.status, a.raw)
			}
			for range 19 {
				if again := w.device("scope", "openid"); again.status != 200 {
					t.Fatalf("got %d %s", again.status, again.raw)
				}
			}
			if over := w.device("scope", "openid"); over.status != 429 || over.text("error") != "slow_down" {
				t.Errorf("request 21 gets %d %s", over.status, over.raw)
			}
			w.advance(time.Hour)
			if again := w.device("scope", "openid"); again.status != 200 {
				t.Errorf("an hour later: %d %s", again.status, again.raw)
			}
		},
		"password": func(t *testing.T, w *world) {
			a := w.token("grant_type", "password", "username", "usr_01HXYZ", "password", "correct-horse-battery", "scope", "openid")
			if a.status != 200 || a.text("access_token") == "" {
				t.Errorf("got %d %s", a.status, a.raw)
			}
		},
		"plain": func(t *testing.T, w *world) {
			code := w.code("web", "scope", "openid", "code_challenge", verifier, "code_challenge_method", "plain")
			if a := w.token("grant_type", "authorization_code", "code", code, "redirect_uri", callback, "code_verifier", verifier); a.status != 200 {
				t.Errorf("got %d %s", a.status, a.raw)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := open(t, "ecosire")
			w.TB = t
			check(t, w)
		})
	}
}
