package mock_test

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"understudy/mock"
	"understudy/mock/clock"
	"understudy/mock/credential"
)

// A gate is a server of testdata/secured.yaml with one credential of each class in each state.
type gate struct {
	server *mock.Server
	clock  *clock.Virtual
	texts  map[string]string // "bearer revoked" → text
}

func newGate(t *testing.T, auth mock.Enforcement) *gate {
	t.Helper()
	g := &gate{clock: clock.New(clock.Options{At: noon, Frozen: true}), texts: map[string]string{}}
	g.server, _ = newServer(t, "secured.yaml", mock.Options{Auth: auth, Clock: g.clock})
	r := g.server.Credentials()
	for _, class := range []string{"headerKey", "queryKey", "cookieKey", "rawKey", "bearer"} {
		for _, state := range []string{"valid", "revoked", "expired", "pending"} {
			q := credential.KeyRequest{Class: class, Name: class + " " + state}
			switch state {
			case "expired":
				q.ExpiresAt = noon.Add(time.Minute)
			case "pending":
				q.State = credential.Pending
			}
			issued, err := r.CreateKey(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			if state == "revoked" {
				if _, err := r.Revoke(t.Context(), issued.ID); err != nil {
					t.Fatal(err)
				}
			}
			g.texts[class+" "+state] = issued.Text
		}
	}
	for _, class := range []string{"jwt", "oauth", "oidc"} {
		for name, defect := range map[string]credential.Defect{
			"valid": credential.NoDefect, "expired": credential.PastDue, "revoked": credential.RevokedToken, "early": credential.NotYetValid,
			"tampered": credential.WrongSignature, "none": credential.AlgorithmNone, "kid": credential.UnknownKey,
		} {
			issued, err := r.IssueToken(t.Context(), credential.TokenRequest{Class: class, Defect: defect})
			if err != nil {
				t.Fatal(err)
			}
			g.texts[class+" "+name] = issued.Text
		}
	}
	lesser, err := r.IssueToken(t.Context(), credential.TokenRequest{Class: "oauth", Scopes: []string{"write"}})
	if err != nil {
		t.Fatal(err)
	}
	g.texts["oauth lesser"] = lesser.Text
	for _, ready := range r.Ready() {
		g.texts[ready.Env] = ready.Value
	}
	g.clock.Advance(2 * time.Minute)
	return g
}

// send makes a request whose headers are "Name: value" lines in which {class state} is replaced by a credential.
func (g *gate) send(target string, headers ...string) *httptest.ResponseRecorder {
	fill := func(text string) string {
		for name, value := range g.texts {
			text = strings.ReplaceAll(text, "{"+name+"}", value)
		}
		return text
	}
	r := httptest.NewRequest(http.MethodGet, "http://stand-in.example/v1"+fill(target), nil)
	for _, line := range headers {
		name, value, _ := strings.Cut(fill(line), ": ")
		if user, ok := strings.CutPrefix(value, "Basic="); ok {
			value = "Basic " + base64.StdEncoding.EncodeToString([]byte(user))
		}
		r.Header.Add(name, value)
	}
	w := httptest.NewRecorder()
	g.server.ServeHTTP(w, r)
	return w
}

func (g *gate) problem() string {
	list := g.server.Journal().List(mock.Query{Limit: 1})
	return list[0].Trace.Problem
}

// securityCases are the kinds and combinations of schemes by the states of what is shown.
var securityCases = []struct {
	name    string
	target  string
	headers []string
	status  int
	problem string
	want    string // in WWW-Authenticate; "-" for no such header
}{
	{"root's rule", "/root", nil, 401, "credential_missing", `ApiKey realm="secured", in="header", name="X-Key"`},
	{"root's rule kept", "/root", []string{"X-Key: {headerKey valid}"}, 200, "", "-"},
	{"overridden by none", "/open", nil, 200, "", "-"},
	{"overridden by none, whatever is shown", "/open", []string{"X-Key: rubbish"}, 200, "", "-"},

	{"key in header", "/header", []string{"X-Key: {headerKey valid}"}, 200, "", "-"},
	{"key in header, other case", "/header", []string{"x-KEY: {headerKey valid}"}, 200, "", "-"},
	{"key in header, empty", "/header", []string{"X-Key: "}, 401, "credential_missing", "ApiKey"},
	{"key in header, unknown", "/header", []string{"X-Key: key_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}, 401, "credential_unknown", "ApiKey"},
	{"key in header, tampered", "/header", []string{"X-Key: {headerKey valid}x"}, 401, "credential_unknown", "ApiKey"},
	{"key in header, twice", "/header", []string{"X-Key: {headerKey valid}", "X-Key: {headerKey valid}"}, 401, "credential_malformed", "ApiKey"},
	{"key in header, revoked", "/header", []string{"X-Key: {headerKey revoked}"}, 401, "credential_revoked", "ApiKey"},
	{"key in header, expired", "/header", []string{"X-Key: {headerKey expired}"}, 401, "credential_expired", "ApiKey"},
	{"key in header, pending", "/header", []string{"X-Key: {headerKey pending}"}, 401, "credential_pending", "ApiKey"},
	{"key in header, sent in the query", "/header?X-Key={headerKey valid}", nil, 401, "credential_missing", "ApiKey"},
	{"key in header, sent as bearer", "/header", []string{"Authorization: Bearer {headerKey valid}"}, 401, "credential_missing", "ApiKey"},
	{"key in header, another scheme's", "/header", []string{"X-Key: {queryKey valid}"}, 401, "credential_unknown", "ApiKey"},

	{"key in query", "/query?api_key={queryKey valid}", nil, 200, "", "-"},
	{"key in query, missing", "/query", nil, 401, "credential_missing", `in="query"`},
	{"key in query, empty", "/query?api_key=", nil, 401, "credential_missing", "ApiKey"},
	{"key in query, other case", "/query?API_KEY={queryKey valid}", nil, 401, "credential_missing", "ApiKey"},
	{"key in query, unknown", "/query?api_key=nobody", nil, 401, "credential_unknown", "ApiKey"},
	{"key in query, revoked", "/query?api_key={queryKey revoked}", nil, 401, "credential_revoked", "ApiKey"},
	{"key in query, twice", "/query?api_key={queryKey valid}&api_key=x", nil, 401, "credential_malformed", "ApiKey"},
	{"key in query, sent as header", "/query", []string{"api_key: {queryKey valid}"}, 401, "credential_missing", "ApiKey"},

	{"key in cookie", "/cookie", []string{"Cookie: a=1; sid={cookieKey valid}"}, 200, "", "-"},
	{"key in cookie, missing", "/cookie", []string{"Cookie: a=1"}, 401, "credential_missing", `in="cookie"`},
	{"key in cookie, unknown", "/cookie", []string{"Cookie: sid=rubbish"}, 401, "credential_unknown", "ApiKey"},
	{"key in cookie, expired", "/cookie", []string{"Cookie: sid={cookieKey expired}"}, 401, "credential_expired", "ApiKey"},

	{"key in Authorization, bare", "/raw", []string{"Authorization: {rawKey valid}"}, 200, "", "-"},
	{"key in Authorization, behind a word", "/raw", []string{"Authorization: Bearer {rawKey valid}"}, 200, "", "-"},
	{"key in Authorization, unknown", "/raw", []string{"Authorization: rubbish"}, 401, "credential_unknown", "ApiKey"},

	{"basic", "/basic", []string{"Authorization: Basic={SECURED_BASIC_USERNAME}:{SECURED_BASIC_PASSWORD}"}, 200, "", "-"},
	{"basic, lower case", "/basic", []string{"Authorization: basic " + base64.StdEncoding.EncodeToString([]byte("x:y"))}, 401, "credential_unknown", `Basic realm="secured", charset="UTF-8"`},
	{"basic, wrong password", "/basic", []string{"Authorization: Basic={SECURED_BASIC_USERNAME}:wrong"}, 401, "credential_unknown", "Basic"},
	{"basic, no colon", "/basic", []string{"Authorization: Basic=nobody"}, 401, "credential_malformed", "Basic"},
	{"basic, no base64", "/basic", []string{"Authorization: Basic ###"}, 401, "credential_malformed", "Basic"},
	{"basic, missing", "/basic", nil, 401, "credential_missing", "Basic"},
	{"basic, bearer instead", "/basic", []string{"Authorization: Bearer {bearer valid}"}, 401, "credential_malformed", "Basic"},

	{"bearer", "/bearer", []string{"Authorization: Bearer {bearer valid}"}, 200, "", "-"},
	{"bearer, lower case", "/bearer", []string{"Authorization: bearer {bearer valid}"}, 200, "", "-"},
	{"bearer, two blanks are legal (RFC 9110, 11.4)", "/bearer", []string{"Authorization: Bearer  {bearer valid}"}, 200, "", "-"},
	{"bearer, missing: no error member", "/bearer", nil, 401, "credential_missing", `=Bearer realm="secured"`},
	{"bearer, empty", "/bearer", []string{"Authorization: Bearer "}, 401, "credential_malformed", `error="invalid_token"`},
	{"bearer, no scheme", "/bearer", []string{"Authorization: {bearer valid}"}, 401, "credential_malformed", `error="invalid_token"`},
	{"bearer, other scheme", "/bearer", []string{"Authorization: Token {bearer valid}"}, 401, "credential_malformed", `error="invalid_token"`},
	{"bearer, quoted", "/bearer", []string{`Authorization: Bearer "{bearer valid}"`}, 401, "credential_malformed", `error="invalid_token"`},
	{"bearer, twice", "/bearer", []string{"Authorization: Bearer {bearer valid}", "Authorization: Bearer {bearer valid}"}, 401, "credential_malformed", "Bearer"},
	{"bearer, unknown", "/bearer", []string{"Authorization: Bearer rubbish"}, 401, "credential_unknown", `error="invalid_token"`},
	{"bearer, revoked", "/bearer", []string{"Authorization: Bearer {bearer revoked}"}, 401, "credential_revoked", `error="invalid_token"`},
	{"bearer, expired", "/bearer", []string{"Authorization: Bearer {bearer expired}"}, 401, "credential_expired", `error="invalid_token"`},
	{"bearer, in the query", "/bearer?access_token={bearer valid}", nil, 401, "credential_missing", "Bearer"},

	{"jwt", "/jwt", []string{"Authorization: Bearer {jwt valid}"}, 200, "", "-"},
	{"jwt, expired", "/jwt", []string{"Authorization: Bearer {jwt expired}"}, 401, "token_expired", `error="invalid_token"`},
	{"jwt, revoked", "/jwt", []string{"Authorization: Bearer {jwt revoked}"}, 401, "token_invalid", `error="invalid_token"`},
	{"jwt, not yet valid", "/jwt", []string{"Authorization: Bearer {jwt early}"}, 401, "token_invalid", `error="invalid_token"`},
	{"jwt, wrong signature", "/jwt", []string{"Authorization: Bearer {jwt tampered}"}, 401, "token_invalid", `error="invalid_token"`},
	{"jwt, alg none", "/jwt", []string{"Authorization: Bearer {jwt none}"}, 401, "token_invalid", `error="invalid_token"`},
	{"jwt, signed with another key", "/jwt", []string{"Authorization: Bearer {jwt kid}"}, 401, "token_invalid", `error="invalid_token"`},
	{"jwt, not a JWT", "/jwt", []string{"Authorization: Bearer rubbish"}, 401, "token_invalid", `error="invalid_token"`},
	{"jwt, an opaque token of another scheme", "/jwt", []string{"Authorization: Bearer {bearer valid}"}, 401, "credential_unknown", `error="invalid_token"`},

	{"digest is refused with a reason", "/digest", []string{`Authorization: Digest username="a"`}, 401, "credential_unsupported", "Digest"},
	{"digest or key: the key will do", "/digest-or-key", []string{"X-Key: {headerKey valid}"}, 200, "", "-"},

	{"oauth", "/oauth", []string{"Authorization: Bearer {oauth valid}"}, 200, "", "-"},
	{"oauth, missing", "/oauth", nil, 401, "credential_missing", `=Bearer realm="secured"`},
	{"oauth, lesser scope", "/oauth", []string{"Authorization: Bearer {oauth lesser}"}, 403, "scope_insufficient", `error="insufficient_scope"`},
	{"oauth, all scopes of a requirement", "/oauth-both-scopes", []string{"Authorization: Bearer {oauth lesser}"}, 403, "scope_insufficient", `scope="read"`},
	{"oauth, both there", "/oauth-both-scopes", []string{"Authorization: Bearer {oauth valid}"}, 200, "", "-"},
	{"oauth, expired", "/oauth", []string{"Authorization: Bearer {oauth expired}"}, 401, "token_expired", `error="invalid_token"`},
	{"oauth, unknown kid", "/oauth", []string{"Authorization: Bearer {oauth kid}"}, 401, "token_invalid", `error="invalid_token"`},
	{"oauth, token of another scheme", "/oauth", []string{"Authorization: Bearer {jwt valid}"}, 401, "credential_unknown", `error="invalid_token"`},
	{"openIdConnect", "/oidc", []string{"Authorization: Bearer {oidc valid}"}, 200, "", "-"},
	{"openIdConnect, revoked", "/oidc", []string{"Authorization: Bearer {oidc revoked}"}, 401, "token_invalid", "Bearer"},
	{"certificate without TLS", "/certificate", nil, 401, "credential_missing", "Certificate"},

	{"OR: first", "/either", []string{"X-Key: {headerKey valid}"}, 200, "", "-"},
	{"OR: second", "/either", []string{"Authorization: Bearer {bearer valid}"}, 200, "", "-"},
	{"OR: neither: both challenges", "/either", nil, 401, "credential_missing", "ApiKey|Bearer"},
	{"OR: one bad, the other good", "/either", []string{"X-Key: {headerKey valid}", "Authorization: Bearer rubbish"}, 200, "", "-"},
	{"OR: one revoked", "/either", []string{"X-Key: {headerKey revoked}"}, 401, "credential_revoked", "ApiKey"},
	{"AND: both", "/together", []string{"X-Key: {headerKey valid}", "Authorization: Bearer {bearer valid}"}, 200, "", "-"},
	{"AND: first only", "/together", []string{"X-Key: {headerKey valid}"}, 401, "credential_missing", "Bearer"},
	{"AND: second only", "/together", []string{"Authorization: Bearer {bearer valid}"}, 401, "credential_missing", "ApiKey"},
	{"AND: one expired", "/together", []string{"X-Key: {headerKey expired}", "Authorization: Bearer {bearer valid}"}, 401, "credential_expired", "ApiKey"},
	{"OR of AND: whole pair", "/either-together?api_key={queryKey valid}", []string{"X-Key: {headerKey valid}"}, 200, "", "-"},
	{"OR of AND: half a pair", "/either-together?api_key={queryKey valid}", nil, 401, "credential_missing", "ApiKey"},
	{"OR of AND: the single one", "/either-together", []string{"Authorization: Bearer {bearer valid}"}, 200, "", "-"},
	{"optional: nothing", "/optional", nil, 200, "", "-"},
	{"optional: good", "/optional", []string{"X-Key: {headerKey valid}"}, 200, "", "-"},
	{"optional: what is sent must be good", "/optional", []string{"X-Key: rubbish"}, 401, "credential_unknown", "ApiKey"},
	{"optional: revoked", "/optional", []string{"X-Key: {headerKey revoked}"}, 401, "credential_revoked", "ApiKey"},
}

func TestSecurityMatrix(t *testing.T) {
	g := newGate(t, mock.Enforce)
	for _, c := range securityCases {
		w := g.send(c.target, c.headers...)
		challenges := w.Header().Values("WWW-Authenticate")
		if w.Code != c.status || g.problem() != c.problem {
			t.Errorf("%s: %d %q, want %d %q; %s", c.name, w.Code, g.problem(), c.status, c.problem, w.Body)
			continue
		}
		switch {
		case c.want == "-":
			if len(challenges) > 0 {
				t.Errorf("%s: the challenge %q beside a good answer", c.name, challenges)
			}
		case strings.HasPrefix(c.want, "="):
			if !slices.Contains(challenges, c.want[1:]) {
				t.Errorf("%s: challenges %q, want %q", c.name, challenges, c.want[1:])
			}
		default:
			for _, part := range strings.Split(c.want, "|") {
				if !strings.Contains(strings.Join(challenges, "\n"), part) {
					t.Errorf("%s: challenges %q lack %q", c.name, challenges, part)
				}
			}
		}
	}
}

// TestObservedSecurity lets everything pass, and tells of each request what would have become of it.
func TestObservedSecurity(t *testing.T) {
	g := newGate(t, mock.Observe)
	for _, c := range securityCases {
		w := g.send(c.target, c.headers...)
		trace := g.server.Journal().List(mock.Query{Limit: 1})[0].Trace
		note := ""
		for _, n := range trace.Stages {
			if n.Verdict == "observed" {
				note = n.Note
			}
		}
		if w.Code != http.StatusOK || c.problem == "" != (note == "") || !strings.HasPrefix(note, c.problem) {
			t.Errorf("%s: %d, observed %q; want 200 and %q", c.name, w.Code, note, c.problem)
		}
	}
}

// TestIgnoredSecurity lets everything pass, and nobody looks.
func TestIgnoredSecurity(t *testing.T) {
	g := newGate(t, mock.Ignore)
	for _, c := range securityCases {
		if w := g.send(c.target, c.headers...); w.Code != http.StatusOK {
			t.Errorf("%s: %d with credentials off", c.name, w.Code)
		}
	}
}
