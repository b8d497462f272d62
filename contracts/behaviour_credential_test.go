package contracts_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"understudy/contracts"
)

// credentialHead is a document with one security scheme; x-understudy stands on its third line.
const credentialHead = "openapi: 3.1.0\ninfo: {title: t, version: '1'}\n%s\ncomponents: {securitySchemes: {token: {type: http, scheme: bearer}}}\n"

func loadText(t *testing.T, document string, overlays ...string) (*contracts.Contract, error) {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "openapi.yaml")
	if err := os.WriteFile(file, []byte(document), 0o600); err != nil {
		t.Fatal(err)
	}
	var o contracts.Options
	for i, text := range overlays {
		name := filepath.Join(dir, fmt.Sprintf("%d.overlay.yaml", i))
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		o.Overlays = append(o.Overlays, name)
	}
	return contracts.Load(t.Context(), file, o)
}

// TestCredentialWordsRefused: each value that a word of credentials or of the provider cannot take is an error with file,
// line, the word it stands in and, where there is one, the word that was probably meant.
func TestCredentialWordsRefused(t *testing.T) {
	class := func(words string) string { return "x-understudy: {credentials: [{name: k, " + words + "}]}" }
	provider := func(words string) string { return "x-understudy: {provider: {" + words + "}}" }
	operation := func(words string) string {
		return "paths: {/a: {get: {responses: {}, x-understudy: {" + words + "}}}}"
	}
	for _, c := range []struct{ name, text, want, near string }{
		{"no name", "x-understudy: {credentials: [{kind: key}]}", `credentials[0]: the name "" is empty or taken`, "give each credential a name of its own"},
		{"name twice", "x-understudy: {credentials: [{name: k}, {name: k}]}", `credentials[1]: the name "k" is empty or taken`, ""},
		{"scheme", class("scheme: tokens"), `credential "k" satisfies the security scheme "tokens", which is not defined`, "components.securitySchemes"},
		{"format", class("format: '['"), `credential "k": error parsing regexp`, "as Go reads it"},
		{"kind", class("kind: passwort"), `credential "k": kind cannot be "passwort"`, "did you mean password?"},
		{"algorithm", class("algorithm: RS265"), `credential "k": algorithm cannot be "RS265"`, "did you mean RS256?"},
		{"no signature", class("algorithm: none"), `credential "k": algorithm cannot be "none"`, "use one of RS256, ES256, EdDSA, HS256"},
		{"provider of a class", class("provider: authentic"), `credential "k": provider cannot be "authentic"`, "did you mean authentik?"},
		{"csrf", class("csrf: double-sumbit"), `credential "k": csrf cannot be "double-sumbit"`, "did you mean double-submit?"},
		{"reuse", class("reuse: revoke-famly"), `credential "k": reuse cannot be "revoke-famly"`, "did you mean revoke-family?"},
		{"endedBy", class("endedBy: [logout, pasword-change]"), `credential "k": endedBy cannot be "pasword-change"`, "did you mean password-change?"},
		{"allows", class("allows: {reader: reed}"), `credential "k": allows cannot be "reed"`, "did you mean read?"},
		{"roles", class("roles: {member: wirte}"), `credential "k": roles cannot be "wirte"`, "did you mean write?"},
		{"lifetime", class("lifetime: 1 day"), `credential "k": lifetime cannot be "1 day"`, "write a duration such as 24h or 15m"},
		{"grace", class("grace: 1d"), `credential "k": grace cannot be "1d"`, "write a duration"},
		{"sliding", class("sliding: -2h"), `credential "k": sliding cannot be "-2h"`, "write a duration"},
		{"skew", class("skew: '60'"), `credential "k": skew cannot be "60"`, "write a duration"},
		{"csrfStatus", class("csrfStatus: teapot"), `"teapot" is not a whole number`, ""},
		{"audit", class("audit: always"), `"always" is not true or false`, ""},
		{"singleUse", class("singleUse: once"), `"once" is not true or false`, ""},
		{"csrfCookie", class("csrfCooky: XSRF"), `unknown word "csrfCooky"`, "did you mean csrfCookie?"},
		{"csrfHeader", class("csrfHeadder: X"), `unknown word "csrfHeadder"`, "did you mean csrfHeader?"},

		{"flavour", provider("flavour: gogle"), `provider: flavour cannot be "gogle"`, "did you mean google?"},
		{"reuse of the provider", provider("reuse: regect"), `provider: reuse cannot be "regect"`, "did you mean reject?"},
		{"refreshFor", provider("refreshFor: offline-access"), `provider: refreshFor cannot be "offline-access"`, "did you mean offline_access?"},
		{"accessToken", provider("accessToken: opaqe"), `provider: accessToken cannot be "opaqe"`, "did you mean opaque?"},
		{"reuseGrace", provider("reuseGrace: 10"), `provider: reuseGrace cannot be "10"`, "write a duration"},
		{"code", provider("code: minute"), `provider: code cannot be "minute"`, "write a duration"},
		{"access", provider("access: 1hour"), `provider: access cannot be "1hour"`, "write a duration"},
		{"refresh", provider("refresh: -1h"), `provider: refresh cannot be "-1h"`, "write a duration"},
		{"device", provider("device: ten"), `provider: device cannot be "ten"`, "write a duration"},
		{"requirePKCE", provider("requirePkce: true"), `unknown word "requirePkce"`, "did you mean requirePKCE?"},
		{"allowPlain", provider("allowPlain: perhaps"), `"perhaps" is not true or false`, ""},
		{"slug", provider("slugg: acme"), `unknown word "slugg"`, "did you mean slug?"},

		{"authorization", "x-understudy: {authorization: strickt}", `authorization cannot be "strickt"`, "did you mean strict?"},
		{"session start", operation("session: strat"), `session cannot be "strat"`, "did you mean start?"},
		{"session callback", operation("session: calback"), `session cannot be "calback"`, "did you mean callback?"},
		{"keys", operation("keys: rotat"), `keys cannot be "rotat"`, "did you mean rotate?"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := loadText(t, fmt.Sprintf(credentialHead, c.text))
			var document *contracts.DocumentError
			if !errors.As(err, &document) {
				t.Fatalf("got %v, want an error of the document", err)
			}
			if text := err.Error(); !strings.Contains(text, "openapi.yaml:3") || !strings.Contains(text, c.want) || !strings.Contains(text, c.near) {
				t.Errorf("got %s\nwant it to name openapi.yaml:3, %s, and to say: %s", text, c.want, c.near)
			}
		})
	}
}

// TestCredentialWordsTaken gives each word a value other than its default and reads all of them back.
func TestCredentialWordsTaken(t *testing.T) {
	c, err := loadText(t, fmt.Sprintf(credentialHead, `x-understudy:
  authorization: strict
  provider: {flavour: google, slug: acme, requirePKCE: true, allowPlain: true, reuse: reject, reuseGrace: 10s, code: 2m, access: 5m,
    refresh: 48h, device: 3m, refreshFor: offline_access, accessToken: opaque}
  credentials:
    - {name: session, kind: opaque, scheme: token, lifetime: 12h, sliding: 30m, skew: 1m, audit: true, roles: {admin: all, guest: read},
       cookie: sid; HttpOnly, csrf: double-submit, csrfCookie: csrf, csrfHeader: X-CSRF, csrfStatus: 419, endedBy: [logout, password-change]}
    - {name: login, kind: password}
    - {name: key, kind: key, format: '^k_[a-z]{4}$', grace: 24h, reuse: reject, allows: {a: read, b: write, c: all}}
    - {name: token, kind: jwt, algorithm: EdDSA, provider: rfc}
paths:
  /start: {get: {operationId: start, responses: {}, x-understudy: {session: start}}}
  /end: {get: {operationId: end, responses: {}, x-understudy: {session: callback}}}`))
	if err != nil {
		t.Fatal(err)
	}
	b := c.Behaviour
	want := contracts.Provider{
		Flavour: "google", Slug: "acme", RequirePKCE: true, AllowPlain: true, Reuse: "reject", ReuseGrace: "10s", Code: "2m", Access: "5m",
		Refresh: "48h", Device: "3m", RefreshFor: "offline_access", AccessToken: "opaque",
	}
	if b.Provider != nil {
		want.At = b.Provider.At
	}
	if b.Provider == nil || *b.Provider != want || b.Authorization != "strict" {
		t.Errorf("the provider is %+v and authorization %q", b.Provider, b.Authorization)
	}
	s := b.Credentials[0]
	if s.Sliding != "30m" || s.Skew != "1m" || !s.Audit || s.Roles["guest"] != "read" || s.CSRFCookie != "csrf" || s.CSRFHeader != "X-CSRF" || s.CSRFStatus != 419 {
		t.Errorf("the session is %+v", s)
	}
	if len(b.Credentials) != 4 || b.Credentials[1].Kind != "password" || b.Credentials[2].Allows["c"] != "all" || b.Credentials[3].Algorithm != "EdDSA" {
		t.Errorf("the credentials are %+v", b.Credentials)
	}
	for i, word := range []string{"start", "callback"} {
		if got := c.Operations[i].Behaviour.Session; got != word {
			t.Errorf("%s has the session word %q", c.Operations[i].ID, got)
		}
	}
}

// TestCredentialWordsOfOverlays: an error in an overlay names the overlay's line, and a later overlay changes a decision of
// an earlier one.
func TestCredentialWordsOfOverlays(t *testing.T) {
	const head = "overlay: 1.1.0\ninfo: {title: ours, version: '1'}\nactions:\n"
	document := fmt.Sprintf(credentialHead, "paths: {}")
	first := head + "  - target: $\n    update: {x-understudy: {provider: {flavour: authentik, reuse: reject}}}\n"

	_, err := loadText(t, document, first, head+"  - target: $['x-understudy']\n    update:\n      provider:\n        reuse: rejekt\n")
	if err == nil || !strings.Contains(err.Error(), "did you mean reject?") || !strings.Contains(err.Error(), ".overlay.yaml:") {
		t.Errorf("got %v, want an error in an overlay", err)
	}
	c, err := loadText(t, document, first, head+"  - target: $['x-understudy'].provider\n    update: {reuse: revoke-family}\n")
	if err != nil {
		t.Fatal(err)
	}
	if p := c.Behaviour.Provider; p.Flavour != "authentik" || p.Reuse != "revoke-family" {
		t.Errorf("the provider is %+v", p)
	}
}
