package identity_test

import (
	"strings"
	"testing"
	"time"

	"understudy/mock/credential"
)

func (w *world) introspect(text string, pairs ...string) answer {
	w.Helper()
	return w.send("POST", w.provider.Paths().Introspect, params(append([]string{"client_id", "web", "client_secret", w.secret, "token", text}, pairs...)...))
}

func (w *world) revoke(text string, pairs ...string) answer {
	w.Helper()
	return w.send("POST", w.provider.Paths().Revoke, params(append([]string{"client_id", "web", "client_secret", w.secret, "token", text}, pairs...)...))
}

func TestIntrospection(t *testing.T) {
	w := open(t, vendor)
	a := w.login()
	access := w.introspect(a.text("access_token"))
	claims := w.claims(a.text("access_token"))
	for name, want := range map[string]any{
		"active": true, "client_id": "web", "token_type": "Bearer", "sub": "usr_1", "aud": "web", "iss": w.server.URL,
		"username": "amara@northwind.example", "jti": claims["jti"], "scope": a.text("scope"),
		"iat": float64(start.Unix()), "exp": float64(start.Add(time.Hour).Unix()),
	} {
		if access.body[name] != want {
			t.Errorf("%s is %v, want %v", name, access.body[name], want)
		}
	}
	if refresh := w.introspect(a.text("refresh_token"), "token_type_hint", "access_token"); refresh.body["active"] != true || refresh.body["token_type"] != nil {
		t.Errorf("a refresh token gives %s", refresh.raw)
	}
	ready, err := w.registry.IssueToken(t.Context(), credential.TokenRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"unknown": "x", "ID token": a.text("id_token"), "tampered": a.text("access_token") + "x", "of no client": ready.Text,
		"used": func() string { old := w.login().text("refresh_token"); w.refresh(old); return old }(),
	} {
		if got := w.introspect(text); got.status != 200 || got.raw != `{"active":false}` {
			t.Errorf("%s: %d %s", name, got.status, got.raw)
		}
	}
	w.advance(time.Hour)
	if got := w.introspect(a.text("access_token")); got.raw != `{"active":false}` {
		t.Errorf("expired: %s", got.raw)
	}
	w.refused(w.introspect("x", "client_secret", "wrong"), 401, "invalid_client")
	w.refused(w.introspect("x", "client_id", "app", "client_secret", ""), 401, "invalid_client")
	w.refused(w.introspect(""), 400, "invalid_request")
}

func TestRevocation(t *testing.T) {
	w := open(t, vendor)
	a := w.login()
	if got := w.revoke(a.text("access_token"), "token_type_hint", "nonsense"); got.status != 200 || got.raw != "" {
		t.Errorf("got %d %s", got.status, got.raw)
	}
	if s := w.call("GET", "/v1/pets", a.text("access_token")); s != 401 {
		t.Errorf("the revoked token gives %d", s)
	}
	b := w.refresh(a.text("refresh_token"))
	if b.status != 200 {
		t.Fatalf("the refresh token beside it gives %d %s", b.status, b.raw)
	}
	for range 2 {
		if got := w.revoke(b.text("refresh_token")); got.status != 200 {
			t.Errorf("got %d %s", got.status, got.raw)
		}
	}
	if s := w.call("GET", "/v1/pets", b.text("access_token")); s != 401 {
		t.Errorf("the access token of a revoked grant gives %d", s)
	}
	w.refused(w.refresh(b.text("refresh_token")), 400, "invalid_grant")

	if got := w.revoke("unknown"); got.status != 200 {
		t.Errorf("an unknown token gives %d", got.status)
	}
	w.refused(w.revoke("unknown", "client_secret", "wrong"), 401, "invalid_client")
	w.refused(w.revoke(""), 400, "invalid_request")
	c := w.login()
	w.refused(w.revoke(c.text("access_token"), "client_id", "app", "client_secret", ""), 400, "invalid_grant")
	if s := w.call("GET", "/v1/pets", c.text("access_token")); s != 200 {
		t.Errorf("after another client's try the token gives %d", s)
	}
}

func TestUserInfo(t *testing.T) {
	w := open(t, vendor)
	path := w.provider.Paths().UserInfo
	show := func(text string) answer { return w.send("GET", path, nil, "Authorization", "Bearer "+text) }
	a := w.login()
	for name, got := range map[string]answer{
		"header": show(a.text("access_token")), "lower case": w.send("GET", path, nil, "Authorization", "bearer "+a.text("access_token")),
		"form": w.send("POST", path, params("access_token", a.text("access_token"))),
	} {
		if got.status != 200 || got.text("sub") != w.claims(a.text("id_token"))["sub"] || got.text("email") != "amara@northwind.example" ||
			got.body["email_verified"] != true || got.text("name") != "Amara Okafor" || got.text("family_name") != "Okafor" {
			t.Errorf("%s: %d %s", name, got.status, got.raw)
		}
	}
	if got := show(w.login("scope", "openid").text("access_token")); got.raw != `{"sub":"usr_1"}` {
		t.Errorf("with openid alone: %s", got.raw)
	}
	tampered := a.text("access_token")[:len(a.text("access_token"))-4] + "AAAA"
	for _, test := range []struct {
		name   string
		got    answer
		status int
		code   string
	}{
		{"none", w.send("GET", path, nil), 401, ""},
		{"Basic", w.send("GET", path, nil, "Authorization", "Basic d2ViOng="), 401, ""},
		{"unknown", show("x"), 401, "invalid_token"},
		{"tampered", show(tampered), 401, "invalid_token"},
		{"ID token", show(a.text("id_token")), 401, "invalid_token"},
		{"refresh token", show(a.text("refresh_token")), 401, "invalid_token"},
		{"no openid", show(w.login("scope", "pets.read").text("access_token")), 403, "insufficient_scope"},
		{"no user", show(w.token("grant_type", "client_credentials").text("access_token")), 403, "insufficient_scope"},
		{"twice", w.send("POST", path, params("access_token", "x"), "Authorization", "Bearer x"), 400, "invalid_request"},
		{"two headers", w.send("GET", path, nil, "Authorization", "Bearer x", "Authorization", "Bearer x"), 400, "invalid_request"},
		{"as DPoP", w.send("GET", path, nil, "Authorization", "DPoP "+a.text("access_token")), 401, "invalid_token"},
	} {
		challenge := test.got.header.Get("WWW-Authenticate")
		if test.got.status != test.status || test.got.text("error") != test.code || strings.Contains(challenge, "error=") != (test.code != "") {
			t.Errorf("%s: %d %q %s", test.name, test.got.status, challenge, test.got.raw)
		}
	}
	w.advance(time.Hour)
	if got := show(a.text("access_token")); got.status != 401 || !strings.HasPrefix(got.header.Get("WWW-Authenticate"), `Bearer realm="userinfo", error="invalid_token"`) {
		t.Errorf("expired: %d %q", got.status, got.header.Get("WWW-Authenticate"))
	}
}
