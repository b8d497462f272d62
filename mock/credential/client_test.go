package credential_test

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"understudy/mock/credential"
)

func (w town) clients(t testing.TB) []credential.Client {
	t.Helper()
	list, err := w.Clients(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestFirstClients(t *testing.T) {
	const open = "info: {title: Corner Shop, version: '1'}\npaths: {/a: {get: {responses: {}}}}\n"
	for _, c := range []struct {
		name, document string
		want           int
	}{
		{"no provider", open, 0},
		{"a key only", open + "components: {securitySchemes: {k: {type: apiKey, in: header, name: X-Key}}}", 0},
		{"oauth2", shop, 2},
		{"openIdConnect", open + "components: {securitySchemes: {o: {type: openIdConnect, openIdConnectUrl: /o}}}", 2},
		{"described", open + "x-understudy: {provider: {flavour: authentik}}", 2},
		{"a credential of one", open + "components: {securitySchemes: {k: {type: http, scheme: bearer}}}\nx-understudy: {credentials: [{name: t, kind: jwt, scheme: k, provider: rfc}]}", 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := settle(t, written(t, c.document), 1)
			list := w.clients(t)
			if len(list) != c.want {
				t.Fatalf("the clients are %v, want %d", list, c.want)
			}
			if c.want == 0 {
				return
			}
			secret := readyValue(t, w.Ready(), "_CLIENT_SECRET")
			confidential, public := list[0], list[1]
			if !regexp.MustCompile(`^[a-z0-9]{20}$`).MatchString(confidential.ID) || !regexp.MustCompile(`^[A-Za-z0-9]{40}$`).MatchString(secret) {
				t.Errorf("the id is %s, the secret has %d characters", confidential.ID, len(secret))
			}
			if confidential.Name != "Corner Shop application" || confidential.Public || !confidential.Loopback || confidential.Grants != nil || !confidential.CreatedAt.Equal(noon) {
				t.Errorf("the confidential client is %+v", confidential)
			}
			if !strings.HasSuffix(public.ID, "-public") || !public.Public || !public.Loopback {
				t.Errorf("the public client is %+v", public)
			}
			if got, good := w.CheckClientSecret(t.Context(), confidential.ID, secret); !good || got.ID != confidential.ID {
				t.Errorf("its secret: %v, %t", got, good)
			}
			if got, good := w.CheckClientSecret(t.Context(), public.ID, secret); good || got != nil {
				t.Error("a public client has a secret")
			}
		})
	}
}

func TestPutClient(t *testing.T) {
	w := settle(t, written(t, shop+"\nx-understudy: {accounts: [{id: acc_north}]}"), 1)
	before := len(w.clients(t))
	asked := credential.Client{
		Name: "App", Redirects: []string{"https://app.example.com/cb?x=1", "http://10.0.0.1/cb", "com.example.app:/cb"},
		Grants: []string{"authorization_code", "refresh_token", "urn:example:grant"}, Scopes: []string{"openid", "a:b"},
		Keys: `{"keys":[{"kty":"EC","crv":"P-256","x":"eA","y":"eQ"}]}`, Account: "acc_north",
	}
	made, secret, err := w.PutClient(t.Context(), asked)
	if err != nil || !regexp.MustCompile(`^[A-Za-z0-9]{40}$`).MatchString(secret) {
		t.Fatalf("made %+v, %v", made, err)
	}
	asked.ID, asked.CreatedAt = made.ID, noon
	if !reflect.DeepEqual(made, asked) {
		t.Errorf("made %+v, want %+v", made, asked)
	}
	if got, err := w.Client(t.Context(), made.ID); err != nil || !reflect.DeepEqual(*got, asked) {
		t.Errorf("got %+v, %v", got, err)
	}
	made.Redirects[0] = "changed"
	if got, _ := w.Client(t.Context(), made.ID); got.Redirects[0] == "changed" {
		t.Error("the registry shares its slices")
	}

	if _, err := w.clock.Advance(time.Hour); err != nil {
		t.Fatal(err)
	}
	asked.Name, asked.CreatedAt = "Renamed", time.Time{}
	changed, again, err := w.PutClient(t.Context(), asked)
	if err != nil || again != "" || changed.Name != "Renamed" || !changed.CreatedAt.Equal(noon) {
		t.Errorf("changed %+v, a secret of %d characters, %v", changed, len(again), err)
	}
	for _, c := range []struct {
		id, secret string
		good       bool
	}{
		{made.ID, secret, true}, {made.ID, secret + "x", false}, {made.ID, "", false}, {made.ID, secret[:39], false},
		{"nobody", secret, false}, {"", "", false}, {w.clients(t)[0].ID, secret, false},
	} {
		if _, good := w.CheckClientSecret(t.Context(), c.id, c.secret); good != c.good {
			t.Errorf("client %q: %t", c.id, good)
		}
	}
	if list := w.clients(t); len(list) != before+1 || list[before].ID != made.ID {
		t.Errorf("the clients are %v", list)
	}
}

// TestClientChangesItsKind: a client that becomes public loses its secret, one that becomes confidential gets one.
func TestClientChangesItsKind(t *testing.T) {
	w := settle(t, written(t, plain), 1)
	c, first, err := w.PutClient(t.Context(), credential.Client{ID: "app", Name: "App"})
	if err != nil || first == "" {
		t.Fatal(err)
	}
	c.Public = true
	if _, secret, err := w.PutClient(t.Context(), c); err != nil || secret != "" {
		t.Errorf("public: %d characters, %v", len(secret), err)
	}
	if _, good := w.CheckClientSecret(t.Context(), "app", first); good {
		t.Error("a public client has a secret")
	}
	c.Public = false
	_, second, err := w.PutClient(t.Context(), c)
	if err != nil || second == "" || second == first {
		t.Errorf("confidential again: %d characters, %v", len(second), err)
	}
	if _, good := w.CheckClientSecret(t.Context(), "app", second); !good {
		t.Error("the new secret is refused")
	}
}

func TestDeleteClient(t *testing.T) {
	w := settle(t, written(t, plain), 1)
	for i := range 3 {
		if _, _, err := w.PutClient(t.Context(), credential.Client{ID: fmt.Sprint("c", i), Name: "App", Public: true}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.DeleteClient(t.Context(), "c1"); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := w.DeleteClient(t.Context(), "c1"); !errors.Is(err, credential.ErrNotFound) {
			t.Errorf("again: %v", err)
		}
	}
	if _, err := w.Client(t.Context(), "c1"); !errors.Is(err, credential.ErrNotFound) {
		t.Errorf("got %v", err)
	}
	if _, _, err := w.PutClient(t.Context(), credential.Client{ID: "c1", Name: "Back", Public: true}); err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, c := range w.clients(t) {
		ids = append(ids, c.ID)
	}
	if want := []string{"c0", "c2", "c1"}; !slices.Equal(ids, want) {
		t.Errorf("the clients are %q, want %q", ids, want)
	}
}

func TestRefusedClients(t *testing.T) {
	w := settle(t, written(t, plain), 1)
	redirect := func(uri string) func(*credential.Client) {
		return func(c *credential.Client) { c.Redirects = []string{"https://ok.example/cb", uri} }
	}
	keys := func(set string) func(*credential.Client) { return func(c *credential.Client) { c.Keys = set } }
	for _, c := range []struct {
		name          string
		change        func(*credential.Client)
		field, reason string
	}{
		{"no name", func(c *credential.Client) { c.Name = "" }, "name", "must not be empty"},
		{"id with colon", func(c *credential.Client) { c.ID = "a:b" }, "id", "colon"},
		{"relative", redirect("/cb"), "redirects[1]", "absolute"},
		{"empty", redirect(""), "redirects[1]", "1 to 2000"},
		{"long", redirect("https://x.example/" + strings.Repeat("a", 2000)), "redirects[1]", "1 to 2000"},
		{"no scheme", redirect("//x.example/cb"), "redirects[1]", "absolute"},
		{"fragment", redirect("https://x.example/cb#f"), "redirects[1]", "fragment"},
		{"empty fragment", redirect("https://x.example/cb#"), "redirects[1]", "fragment"},
		{"no host", redirect("https:///cb"), "redirects[1]", "host"},
		{"opaque", redirect("https:cb"), "redirects[1]", "host"},
		{"script", redirect("JavaScript:alert(1)"), "redirects[1]", "scheme javascript"},
		{"data", redirect("data:text/html,x"), "redirects[1]", "scheme data"},
		{"blank", redirect("https://x.example/a b"), "redirects[1]", "percent-encoded"},
		{"line", redirect("https://x.example/\r\nSet-Cookie:x"), "redirects[1]", "percent-encoded"},
		{"backslash", redirect(`https://x.example\@evil.example`), "redirects[1]", "percent-encoded"},
		{"not ASCII", redirect("https://x.example/ü"), "redirects[1]", "percent-encoded"},
		{"bad escape", redirect("https://x.example/%zz"), "redirects[1]", "absolute"},
		{"many", func(c *credential.Client) { c.Redirects = make([]string, 101) }, "redirects", "at most 100"},
		{"unknown grant", func(c *credential.Client) { c.Grants = []string{"client_credential"} }, "grants[0]", "client_credentials"},
		{"scope with blank", func(c *credential.Client) { c.Scopes = []string{"a", "b c"} }, "scopes[1]", "printable ASCII"},
		{"scope with quote", func(c *credential.Client) { c.Scopes = []string{`"`} }, "scopes[0]", "printable ASCII"},
		{"keys that are none", keys("x"), "keys", "JWK set"},
		{"no key", keys(`{"keys":[]}`), "keys", "JWK set"},
		{"private key", keys(`{"keys":[{"kty":"EC","d":"x"}]}`), "keys", "public keys only"},
		{"symmetric key", keys(`{"keys":[{"kty":"oct","k":"x"}]}`), "keys", "public keys only"},
		{"keys of a public one", func(c *credential.Client) { c.Public, c.Keys = true, `{"keys":[{"kty":"EC"}]}` }, "keys", "public client"},
		{"no such account", func(c *credential.Client) { c.Account = "nobody" }, "account", "id of an account"},
	} {
		t.Run(c.name, func(t *testing.T) {
			asked := credential.Client{Name: "App"}
			c.change(&asked)
			_, secret, err := w.PutClient(t.Context(), asked)
			refuses(t, err, c.field, c.reason)
			if secret != "" {
				t.Error("a secret was given")
			}
		})
	}
	if n := len(w.clients(t)); n != 0 {
		t.Errorf("after refused ones there are %d clients", n)
	}
}
