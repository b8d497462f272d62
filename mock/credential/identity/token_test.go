package identity_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"understudy/mock/credential"
	"understudy/mock/credential/identity"
)

// vectors reads one list of the known answers into values.
func vectors[T any](t *testing.T, list string) map[string]T {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "..", "fixtures", "vectors", "vectors.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]json.RawMessage
	var raw []json.RawMessage
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(all[list], &raw); err != nil {
		t.Fatal(err)
	}
	known := map[string]T{}
	for _, one := range raw {
		var name struct{ ID string }
		var value T
		if err := json.Unmarshal(one, &name); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(one, &value); err != nil {
			t.Fatal(err)
		}
		known[name.ID] = value
	}
	return known
}

func TestTokenRefusals(t *testing.T) {
	w := open(t, vendor)
	limited, secret := w.client(credential.Client{ID: "limited", Name: "Limited", Grants: []string{"client_credentials"}, Scopes: []string{"pets.read"}})
	me := []string{"client_id", "web", "client_secret", w.secret}
	with := func(pairs ...string) string { return params(append(append([]string{}, me...), pairs...)...).Encode() }
	const urlencoded = "application/x-www-form-urlencoded"
	for _, test := range []struct {
		name, media, body, header string
		status                    int
		code                      string
	}{
		{"no content type", "", with("grant_type", "client_credentials"), "", 400, "invalid_request"},
		{"JSON", "application/json", `{"grant_type":"client_credentials"}`, "", 400, "invalid_request"},
		{"parameter twice", urlencoded, with("grant_type", "client_credentials") + "&scope=a&scope=b", "", 400, "invalid_request"},
		{"two resources", urlencoded, with("grant_type", "client_credentials") + "&resource=https%3A%2F%2Fa&resource=https%3A%2F%2Fb", "", 400, "invalid_target"},
		{"broken encoding", urlencoded, with() + "&grant_type=%zz", "", 400, "invalid_request"},
		{"too large", urlencoded, with("grant_type", strings.Repeat("a", 64<<10)), "", 413, "invalid_request"},
		{"no grant", urlencoded, with(), "", 400, "invalid_request"},
		{"empty grant", urlencoded, with() + "&grant_type=", "", 400, "invalid_request"},
		{"unknown grant", urlencoded, with("grant_type", "magic"), "", 400, "unsupported_grant_type"},
		{"JWT bearer", urlencoded, with("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), "", 400, "unsupported_grant_type"},
		{"implicit is no grant of this endpoint", urlencoded, with("grant_type", "implicit"), "", 400, "unsupported_grant_type"},
		{"password is not declared", urlencoded, with("grant_type", "password", "username", "usr_1", "password", "correct-horse"), "", 400, "unsupported_grant_type"},
		{"no client", urlencoded, "grant_type=client_credentials", "", 401, "invalid_client"},
		{"unknown client", urlencoded, "grant_type=client_credentials&client_id=nobody&client_secret=x", "", 401, "invalid_client"},
		{"wrong secret", urlencoded, "grant_type=client_credentials&client_id=web&client_secret=x", "", 401, "invalid_client"},
		{"secret missing", urlencoded, "grant_type=client_credentials&client_id=web", "", 401, "invalid_client"},
		{"public client with a secret", urlencoded, "grant_type=client_credentials&client_id=app&client_secret=x", "", 401, "invalid_client"},
		{"Bearer is no client's", urlencoded, "grant_type=client_credentials", "Bearer abc", 401, "invalid_client"},
		{"two methods", urlencoded, with("grant_type", "client_credentials"), "Basic d2ViOng=", 400, "invalid_request"},
		{"two methods with an assertion", urlencoded, with("grant_type", "client_credentials", "client_assertion", "a.b.c"), "", 400, "invalid_request"},
		{"public client credentials", urlencoded, "grant_type=client_credentials&client_id=app", "", 400, "unauthorized_client"},
		{"grant of others", urlencoded, params("client_id", limited.ID, "client_secret", secret, "grant_type", "refresh_token", "refresh_token", "x").Encode(), "", 400, "unauthorized_client"},
		{"unknown scope", urlencoded, with("grant_type", "client_credentials", "scope", "pets.read cats"), "", 400, "invalid_scope"},
		{"scope of others", urlencoded, params("client_id", limited.ID, "client_secret", secret, "grant_type", "client_credentials", "scope", "pets.write").Encode(), "", 400, "invalid_scope"},
		{"no code", urlencoded, with("grant_type", "authorization_code"), "", 400, "invalid_request"},
		{"unknown code", urlencoded, with("grant_type", "authorization_code", "code", "x"), "", 400, "invalid_grant"},
		{"no refresh token", urlencoded, with("grant_type", "refresh_token"), "", 400, "invalid_request"},
		{"unknown refresh token", urlencoded, with("grant_type", "refresh_token", "refresh_token", "x"), "", 400, "invalid_grant"},
		{"no device code", urlencoded, with("grant_type", "urn:ietf:params:oauth:grant-type:device_code"), "", 400, "invalid_request"},
		{"unknown device code", urlencoded, with("grant_type", "urn:ietf:params:oauth:grant-type:device_code", "device_code", "x"), "", 400, "invalid_grant"},
		{"no subject token", urlencoded, with("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"), "", 400, "invalid_request"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r, err := http.NewRequestWithContext(t.Context(), "POST", w.server.URL+w.provider.Paths().Token, strings.NewReader(test.body))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", test.media)
			if test.header != "" {
				r.Header.Set("Authorization", test.header)
			}
			a := w.do(r)
			w.refused(a, test.status, test.code)
			if challenge := a.header.Get("WWW-Authenticate"); (test.status == 401) != strings.HasPrefix(challenge, "Basic realm=") {
				t.Errorf("WWW-Authenticate is %q", challenge)
			}
			if strings.Contains(a.raw, w.secret) {
				t.Errorf("the answer shows the secret: %s", a.raw)
			}
		})
	}
	if a := w.send("POST", w.provider.Paths().Token+"?client_secret=x", params("client_id", "web", "grant_type", "client_credentials")); a.text("error") != "invalid_request" {
		t.Errorf("a secret in the URL gives %s", a.raw)
	}
	if a := w.send("GET", w.provider.Paths().Token, nil); a.status != 405 || a.header.Get("Allow") != "OPTIONS, POST" {
		t.Errorf("GET gives %d, Allow %q", a.status, a.header.Get("Allow"))
	}
}

func TestClientCredentials(t *testing.T) {
	w := open(t, vendor)
	basic := "Basic " + encodeBasic("web", w.secret)
	for _, test := range []struct {
		name   string
		form   url.Values
		header []string
	}{
		{"post", params("client_id", "web", "client_secret", w.secret, "grant_type", "client_credentials"), nil},
		{"basic", params("grant_type", "client_credentials"), []string{"Authorization", basic}},
		{"basic, scheme in lower case, client_id too", params("grant_type", "client_credentials", "client_id", "web"), []string{"Authorization", "b" + basic[1:]}},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := w.send("POST", w.provider.Paths().Token, test.form, test.header...)
			if a.status != 200 || a.text("token_type") != "Bearer" || a.body["expires_in"] != 3600.0 || a.text("scope") != "pets.read" {
				t.Fatalf("got %d %s", a.status, a.raw)
			}
			if _, there := a.body["refresh_token"]; there || a.header.Get("Cache-Control") != "no-store" {
				t.Errorf("got %v %s", a.header, a.raw)
			}
			if read, write := w.call("GET", "/v1/pets", a.text("access_token")), w.call("POST", "/v1/pets", a.text("access_token")); read != 200 || write != 403 {
				t.Errorf("reading gives %d, writing %d", read, write)
			}
			if claims := w.claims(a.text("access_token")); claims["sub"] != "web" || claims["client_id"] != "web" || claims["iss"] != w.server.URL {
				t.Errorf("claims are %v", claims)
			}
		})
	}
	if a := w.send("POST", w.provider.Paths().Token, params("grant_type", "client_credentials", "client_id", "app"), "Authorization", basic); a.text("error") != "invalid_client" {
		t.Errorf("another client_id beside Basic gives %s", a.raw)
	}
}

func encodeBasic(id, secret string) string {
	r := &http.Request{Header: http.Header{}}
	r.SetBasicAuth(url.QueryEscape(id), url.QueryEscape(secret))
	return strings.TrimPrefix(r.Header.Get("Authorization"), "Basic ")
}

func TestBasicParts(t *testing.T) {
	type basic struct {
		ID            string `json:"client_id"`
		Secret        string `json:"client_secret"`
		Authorization string
	}
	known := vectors[basic](t, "oauth")
	for _, name := range []string{"basic-client", "basic-form-encoding"} {
		want := known[name]
		id, secret, ok := identity.BasicParts(&http.Request{Header: http.Header{"Authorization": {want.Authorization}}})
		if !ok || id != want.ID || secret != want.Secret || id == "" {
			t.Errorf("%s: got %q %q %t", name, id, secret, ok)
		}
	}
	for _, bad := range []string{"Basic", "Basic !", "Basic " + "bm9jb2xvbg==", "Basic JXp6OmE="} {
		if _, _, ok := identity.BasicParts(&http.Request{Header: http.Header{"Authorization": {bad}}}); ok {
			t.Errorf("%q is taken", bad)
		}
	}
}

func TestCodeWithPKCE(t *testing.T) {
	type pkce struct {
		Verifier, Challenge, Method string
	}
	type vector struct {
		pkce
		V      string   `json:"code_verifier"`
		C      string   `json:"code_challenge"`
		Reject []string `json:"reject_examples"`
	}
	known := vectors[vector](t, "oauth")
	s256, plain := known["pkce-s256"], known["pkce-plain"]
	w := open(t, vendor, "  provider: {allowPlain: true}\n")
	redeem := func(code string, pairs ...string) answer {
		return w.token(append([]string{"grant_type", "authorization_code", "code", code, "redirect_uri", callback}, pairs...)...)
	}
	for name, v := range map[string]vector{"S256": s256, "plain": plain} {
		code := w.code("web", "code_challenge", v.C, "code_challenge_method", v.Method)
		w.refused(redeem(code), 400, "invalid_grant")
		w.refused(redeem(code, "code_verifier", v.V[:42]+"x"), 400, "invalid_grant")
		for _, bad := range known["pkce-verifier-syntax"].Reject {
			w.refused(redeem(code, "code_verifier", bad), 400, "invalid_grant")
		}
		if a := redeem(code, "code_verifier", v.V); a.status != 200 {
			t.Errorf("%s: got %d %s", name, a.status, a.raw)
		}
	}
	if a := redeem(w.code("web", "code_challenge", plain.C, "code_challenge_method", ""), "code_verifier", plain.V); a.status != 200 {
		t.Errorf("without a method, which means plain: got %d %s", a.status, a.raw)
	}
	none := w.code("web", "code_challenge", "", "code_challenge_method", "")
	w.refused(redeem(none, "code_verifier", s256.V), 400, "invalid_request")
	w.refused(w.token("grant_type", "authorization_code", "code", none), 400, "invalid_grant")
	if a := redeem(none); a.status != 200 {
		t.Errorf("without PKCE: got %d %s", a.status, a.raw)
	}
}

func TestCodeBelongsToItsRequest(t *testing.T) {
	w := open(t, vendor)
	other, secret := w.client(credential.Client{ID: "other", Name: "Other"})
	code := w.code("web")
	w.refused(w.token("client_id", other.ID, "client_secret", secret, "grant_type", "authorization_code", "code", code, "redirect_uri", callback, "code_verifier", verifier), 400, "invalid_grant")
	w.refused(w.token("grant_type", "authorization_code", "code", code, "redirect_uri", callback+"2", "code_verifier", verifier), 400, "invalid_grant")
	// OAuth 2.1 has no redirect_uri here; PKCE does its work.
	if a := w.token("grant_type", "authorization_code", "code", code, "code_verifier", verifier); a.status != 200 {
		t.Errorf("got %d %s", a.status, a.raw)
	}
}

func TestRedirectLeftOut(t *testing.T) {
	w := open(t, vendor)
	code := w.code("web", "scope", "pets.read", "redirect_uri", "", "code_challenge", "", "code_challenge_method", "")
	w.refused(w.token("grant_type", "authorization_code", "code", code, "redirect_uri", callback+"2"), 400, "invalid_grant")
	if a := w.token("grant_type", "authorization_code", "code", code, "redirect_uri", callback); a.status != 200 {
		t.Errorf("got %d %s", a.status, a.raw)
	}
}

func TestResource(t *testing.T) {
	w := open(t, vendor)
	a := w.token("grant_type", "client_credentials", "resource", "https://api.vendor.example/v1")
	if a.status != 200 || w.claims(a.text("access_token"))["aud"] != "https://api.vendor.example/v1" {
		t.Errorf("got %d %s", a.status, a.raw)
	}
	for _, bad := range []string{"pets", "https://api.vendor.example/#part", "%zz"} {
		w.refused(w.token("grant_type", "client_credentials", "resource", bad), 400, "invalid_target")
	}
}

// Whatever is sent, the answer is a refusal and never a failure of ours.
func FuzzTokenBody(f *testing.F) {
	w := open(f, vendor)
	for _, seed := range []string{
		"grant_type=client_credentials", "grant_type=authorization_code&code=%00", "grant_type=refresh_token&refresh_token=%ff&scope=%22",
		"client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer&client_assertion=e30.e30.e30&grant_type=client_credentials",
		"grant_type=urn:ietf:params:oauth:grant-type:device_code&device_code=a&resource=::", "a;b", "&&&=",
	} {
		f.Add(seed, "Basic d2ViOng=", "x.y.z")
	}
	f.Fuzz(func(t *testing.T, body, authorization, proof string) {
		for _, path := range []string{w.provider.Paths().Token, w.provider.Paths().Revoke, w.provider.Paths().Pushed, w.provider.Paths().DeviceAuthorization, w.provider.Paths().UserInfo} {
			for _, sent := range []string{body, body + "&client_id=app", body + "&client_id=web&client_secret=" + w.secret} {
				r := httptest.NewRequest("POST", "http://id.example"+path, strings.NewReader(sent))
				r.Header = http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Authorization": {authorization}, "Dpop": {proof}}
				if strings.Contains(sent, "client_secret") {
					r.Header.Del("Authorization")
					r.Header.Del("DPoP")
				}
				got := httptest.NewRecorder()
				w.provider.ServeHTTP(got, r)
				if got.Code >= 500 {
					t.Fatalf("%s answers %d %s", path, got.Code, got.Body)
				}
			}
		}
	})
}

func TestCodeIsGoodOnceAndForAMinute(t *testing.T) {
	w := open(t, vendor)
	redeem := func(code string) answer {
		return w.token("grant_type", "authorization_code", "code", code, "redirect_uri", callback, "code_verifier", verifier)
	}
	late := w.code("web")
	w.advance(time.Minute)
	w.refused(redeem(late), 400, "invalid_grant")

	code := w.code("web")
	w.advance(time.Minute - time.Nanosecond)
	first := redeem(code)
	if first.status != 200 {
		t.Fatalf("a nanosecond before its end: %d %s", first.status, first.raw)
	}
	w.advance(30 * 24 * time.Hour / 2)
	w.refused(redeem(code), 400, "invalid_grant") // remembered no longer than it could matter, but refused
	code = w.code("web")
	first = redeem(code)
	if s := w.call("GET", "/v1/pets", first.text("access_token")); s != 200 {
		t.Fatalf("the token gives %d", s)
	}
	w.refused(w.token("grant_type", "authorization_code", "code", code, "redirect_uri", callback, "code_verifier", verifier+"x"), 400, "invalid_grant")
	if s := w.call("GET", "/v1/pets", first.text("access_token")); s != 200 {
		t.Errorf("after a request that is wrong otherwise the token gives %d", s)
	}
	w.refused(redeem(code), 400, "invalid_grant")
	if s := w.call("GET", "/v1/pets", first.text("access_token")); s != 401 {
		t.Errorf("after the code came again the token gives %d", s)
	}
	w.refused(w.refresh(first.text("refresh_token")), 400, "invalid_grant")
}

func TestPasswordGrantWhereDeclared(t *testing.T) {
	source := strings.Replace(vendor, "        clientCredentials:\n", "        password:\n          tokenUrl: https://login.vendor.example/connect/token\n          scopes: {pets.write: Change pets}\n        clientCredentials:\n", 1)
	w := open(t, source)
	ask := func(pairs ...string) answer { return w.token(append([]string{"grant_type", "password"}, pairs...)...) }
	w.refused(ask("username", "usr_1"), 400, "invalid_request")
	w.refused(ask("username", "usr_1", "password", "wrong"), 400, "invalid_grant")
	w.refused(ask("username", "nobody", "password", "wrong"), 400, "invalid_grant")
	a := ask("username", "amara@northwind.example", "password", "correct-horse")
	if a.status != 200 || a.text("refresh_token") == "" || a.text("id_token") != "" || w.call("POST", "/v1/pets", a.text("access_token")) != 200 {
		t.Errorf("got %d %s", a.status, a.raw)
	}
}

func TestAccessTokenEndsWithItsSecond(t *testing.T) {
	w := open(t, vendor, "  provider: {access: 10m}\n")
	a := w.login()
	if a.body["expires_in"] != 600.0 {
		t.Errorf("expires_in is %v", a.body["expires_in"])
	}
	w.advance(10*time.Minute - time.Nanosecond)
	if s := w.call("GET", "/v1/pets", a.text("access_token")); s != 200 {
		t.Errorf("a nanosecond before its end the token gives %d", s)
	}
	w.advance(time.Nanosecond)
	if s := w.call("GET", "/v1/pets", a.text("access_token")); s != 401 {
		t.Errorf("at its end the token gives %d", s)
	}
}

func TestIDTokenIsNoAccessToken(t *testing.T) {
	w := open(t, vendor)
	if s := w.call("GET", "/v1/pets", w.login().text("id_token")); s != 401 && s != 403 {
		t.Errorf("an ID token gives %d at an operation", s)
	}
}

func TestOpaqueAccessTokens(t *testing.T) {
	w := open(t, vendor, "  provider: {accessToken: opaque}\n")
	a := w.login()
	if text := a.text("access_token"); strings.Contains(text, ".") || w.call("GET", "/v1/pets", text) != 200 {
		t.Errorf("the token is %s", text)
	}
}
