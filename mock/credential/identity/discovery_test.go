package identity_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"understudy/contracts"
	"understudy/mock/credential"
	"understudy/mock/credential/identity"
	"understudy/mock/store"

	"testing/fstest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// social is a contract whose users come from Google and whose operations take no token of it.
const social = `openapi: 3.1.0
info: {title: Social, version: 1.0.0}
paths:
  /me:
    get:
      security: [{cookie: []}]
      responses: {"200": {description: Me.}}
components:
  securitySchemes:
    cookie: {type: apiKey, in: cookie, name: social_session}
x-understudy:
  name: social
  provider: {flavour: google}
`

func decodeHeader(t *testing.T, token string) map[string]any {
	t.Helper()
	part, _, _ := strings.Cut(token, ".")
	raw, err := base64.RawURLEncoding.DecodeString(part)
	header := map[string]any{}
	if err == nil {
		err = json.Unmarshal(raw, &header)
	}
	if err != nil {
		t.Fatal(err)
	}
	return header
}

func TestDiscoveryDocuments(t *testing.T) {
	for name, source := range map[string]string{
		"rfc": vendor, "authentik": "ecosire", "google": social,
		"implicit": strings.Replace(vendor, "        clientCredentials:\n", "        implicit:\n          authorizationUrl: /connect/authorize\n          scopes: {}\n        clientCredentials:\n", 1),
	} {
		t.Run(name, func(t *testing.T) {
			w := open(t, source)
			r := httptest.NewRequest("GET", "https://id.vendor.example"+w.provider.Paths().Discovery, nil)
			got := httptest.NewRecorder()
			w.provider.ServeHTTP(got, r)
			if got.Code != 200 || got.Header().Get("Content-Type") != "application/json" || got.Header().Get("Access-Control-Allow-Origin") != "*" {
				t.Errorf("got %d %v", got.Code, got.Header())
			}
			var indented bytes.Buffer
			if err := json.Indent(&indented, got.Body.Bytes(), "", "  "); err != nil {
				t.Fatal(err)
			}
			golden := filepath.Join("testdata", "discovery_"+name+".json")
			if *update {
				if err := os.WriteFile(golden, append(indented.Bytes(), '\n'), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if indented.String()+"\n" != string(want) {
				t.Errorf("differs from %s (-update writes it anew):\n%s", golden, indented.String())
			}
			w.required(got.Body.Bytes())
		})
	}
}

// required looks for what OpenID Connect Discovery 1.0, 3, requires, and that every endpoint is there.
func (w *world) required(document []byte) {
	w.Helper()
	var members map[string]any
	if err := json.Unmarshal(document, &members); err != nil {
		w.Fatal(err)
	}
	for _, name := range []string{"issuer", "authorization_endpoint", "token_endpoint", "jwks_uri", "response_types_supported", "subject_types_supported", "id_token_signing_alg_values_supported"} {
		if members[name] == nil {
			w.Errorf("%s is missing", name)
		}
	}
	for name, value := range members {
		address, _ := value.(string)
		if path, ok := strings.CutPrefix(address, "https://id.vendor.example"); ok && name != "issuer" {
			if !w.provider.Owns("GET", path) || !w.provider.Owns("POST", path) {
				w.Errorf("%s is not served", address)
			}
		}
	}
}

// provide makes the provider of a document without a server.
func provide(t *testing.T, source string) *identity.Provider {
	t.Helper()
	c, err := contracts.Load(t.Context(), "openapi.yaml", contracts.Options{Files: fstest.MapFS{"openapi.yaml": {Data: []byte(source)}}})
	if err != nil {
		t.Fatal(err)
	}
	registry, err := credential.New(t.Context(), credential.Options{Contract: c, Store: store.NewMemory()})
	if err != nil {
		t.Fatal(err)
	}
	return identity.New(identity.Options{Registry: registry})
}

func TestNoProviderWithoutNeed(t *testing.T) {
	if p := provide(t, "openapi: 3.1.0\ninfo: {title: Plain, version: 1.0.0}\npaths: {}\ncomponents: {securitySchemes: {key: {type: apiKey, in: header, name: X-Key}}}\n"); p != nil {
		t.Errorf("got one at %+v", p.Paths())
	}
}

func TestOwns(t *testing.T) {
	p := provide(t, `openapi: 3.1.0
info: {title: Places, version: 1.0.0}
servers: [{url: https://api.places.example/v2}, {url: "https://places.example"}]
paths:
  /oauth/token:
    post: {operationId: documentedToken, responses: {"200": {description: A token.}}}
    delete: {operationId: signOut, responses: {"204": {description: Gone.}}}
  /oauth2/revoke:
    post: {operationId: documentedRevoke, responses: {"200": {description: Gone.}}}
components:
  securitySchemes:
    a:
      type: oauth2
      flows:
        authorizationCode: {authorizationUrl: "https://places.example/oauth/authorize?audience=x", tokenUrl: oauth/token, scopes: {}}
    b:
      type: oauth2
      flows:
        clientCredentials: {tokenUrl: "https://login.places.example/{tenant}/oauth2/v2.0/token", scopes: {}}
        deviceAuthorization: {tokenUrl: /oauth/token, deviceAuthorizationUrl: /oauth/device, scopes: {}}
    c: {type: openIdConnect, openIdConnectUrl: "https://id.places.example/realms/main/.well-known/openid-configuration"}
`)
	for _, test := range []struct {
		method, path string
		want         bool
	}{
		{"GET", "/oauth/authorize", true},
		{"POST", "/oauth/token", true},       // the document names it
		{"DELETE", "/oauth/token", false},    // and has something else there
		{"POST", "/v2/oauth/token", true},    // below the base path
		{"POST", "/v2/oauth/device", true},   //
		{"POST", "/oauth2/revoke", false},    // an operation's
		{"GET", "/oauth2/revoke", false},     // its other methods are the contract's to refuse
		{"POST", "/v2/oauth2/revoke", false}, //
		{"POST", "/common/oauth2/v2.0/token", true},
		{"POST", "//oauth2/v2.0/token", false},
		{"POST", "/a/b/oauth2/v2.0/token", false},
		{"GET", "/realms/main/.well-known/openid-configuration", true},
		{"GET", "/realms/main/.well-known/oauth-authorization-server", true},
		{"GET", "/.well-known/oauth-authorization-server/realms/main", true},
		{"GET", "/.well-known/openid-configuration/realms/main", true},
		{"GET", "/.well-known/openid-configuration", false},
		{"HEAD", "/oauth2/jwks", true},
		{"DELETE", "/oauth2/jwks", true}, // 405 from here
		{"OPTIONS", "/oauth/token", true},
		{"GET", "/elsewhere", false},
	} {
		if got := p.Owns(test.method, test.path); got != test.want {
			t.Errorf("%s %s: %t", test.method, test.path, got)
		}
	}
	paths := p.Paths()
	if paths.Issuer != "/realms/main" || paths.Revoke != "" || paths.Token != "/oauth/token" || paths.Metadata != "/.well-known/oauth-authorization-server/realms/main" {
		t.Errorf("paths are %+v", paths)
	}
	if got := paths.Document["https://places.example/oauth/authorize?audience=x"]; got != "/oauth/authorize" {
		t.Errorf("the authorization URL is served at %q", got)
	}
}

// An API that takes every path has its provider out of the way.
func TestCatchAllPaths(t *testing.T) {
	p := provide(t, `openapi: 3.1.0
info: {title: Buckets, version: 1.0.0}
paths:
  /{bucket}/{key}: {get: {responses: {"200": {description: An object.}}}}
components: {securitySchemes: {id: {type: openIdConnect, openIdConnectUrl: /openid}}}
`)
	if paths := p.Paths(); paths.Token != "/understudy/oauth2/token" || paths.Issuer != "/understudy" || !p.Owns("GET", paths.Discovery) {
		t.Errorf("paths are %+v", paths)
	}
}

func TestCrossOrigin(t *testing.T) {
	w := open(t, vendor)
	paths := w.provider.Paths()
	for path, want := range map[string]string{paths.Token: "*", paths.JWKS: "*", paths.UserInfo: "*", paths.Discovery: "*", paths.Authorize: "", paths.Introspect: ""} {
		a := w.send("OPTIONS", path, nil, "Origin", "https://app.example", "Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "dpop")
		if a.status != 204 || a.header.Get("Access-Control-Allow-Origin") != want || (a.header.Get("Access-Control-Allow-Headers") != "") != (want != "") {
			t.Errorf("%s: %d %v", path, a.status, a.header)
		}
	}
	if a := w.token("grant_type", "magic"); a.header.Get("Access-Control-Allow-Origin") != "*" {
		t.Error("errors cannot be read by pages")
	}
}

// Google's tokens are opaque, stay with the provider, and its refresh tokens are not rotated.
func TestGoogle(t *testing.T) {
	w := open(t, social)
	paths := w.provider.Paths()
	if want := []string{"/o/oauth2/v2/auth", "/token", "/oauth2/v3/certs", "/v1/userinfo", "/revoke"}; !slices.Equal(want, []string{paths.Authorize, paths.Token, paths.JWKS, paths.UserInfo, paths.Revoke}) {
		t.Errorf("paths are %+v", paths)
	}
	a := w.login("scope", "openid email")
	sub, _ := w.claims(a.text("id_token"))["sub"].(string)
	if !strings.HasPrefix(a.text("access_token"), "ya29.") || len(sub) != 21 || w.claims(a.text("id_token"))["email"] == nil {
		t.Errorf("got %s", a.raw)
	}
	if s := w.call("GET", "/me", a.text("access_token")); s != http.StatusUnauthorized {
		t.Errorf("an operation gives %d", s)
	}
	for range 2 {
		if b := w.refresh(a.text("refresh_token")); b.status != 200 || b.text("refresh_token") != "" {
			t.Errorf("got %d %s", b.status, b.raw)
		}
	}
	if user, err := w.provider.Redeem(t.Context(), "web", w.code("web", "scope", "openid"), callback, verifier); err != nil || user == "" {
		t.Errorf("redeemed for %q, %v", user, err)
	}
	code := w.code("web", "scope", "openid")
	for _, bad := range [][4]string{{"app", code, callback, verifier}, {"web", code, callback + "x", verifier}, {"web", code, callback, ""}, {"web", "x", callback, verifier}} {
		if user, err := w.provider.Redeem(t.Context(), bad[0], bad[1], bad[2], bad[3]); err == nil || user != "" {
			t.Errorf("%v is redeemed for %q", bad, user)
		}
	}
	w.revoke(a.text("refresh_token"))
	if info := w.send("GET", paths.UserInfo, nil, "Authorization", "Bearer "+a.text("access_token")); info.status != 401 {
		t.Errorf("after revocation userinfo gives %d", info.status)
	}
}
