package control_test

import (
	"bufio"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"understudy/mock/control"
	"understudy/mock/credential"

	"github.com/gavv/httpexpect/v2"
)

// token issues a token by the API.
func (b *box) token(body map[string]any) control.Token {
	b.t.Helper()
	text := b.expect().POST(one + "/tokens").WithJSON(body).Expect().Status(201).Body().Raw()
	var t control.Token
	if err := json.Unmarshal([]byte(text), &t); err != nil {
		b.t.Fatal(err)
	}
	return t
}

func (b *box) decode(text string) *httpexpect.Object {
	return b.expect().POST(one + "/tokens/decode").WithJSON(map[string]any{"token": text}).Expect().Status(200).JSON().Object()
}

func TestTokenIsIssued(t *testing.T) {
	b := openBox(t)
	issued := b.token(map[string]any{
		"user": "usr_ida", "lifetime": "15m", "audience": "shop", "scopes": []string{"tickets:read"}, "type": "at+jwt", "claims": map[string]any{"tenant": 9007199254740993, "sub": "me"},
	})
	if issued.Header["alg"] != "EdDSA" || issued.Header["typ"] != "at+jwt" || issued.User != "usr_ida" || issued.Account != "acc_first" {
		t.Errorf("the token is %+v", issued)
	}
	o := b.decode(issued.Text)
	o.HasValue("believed", true).NotContainsKey("code").Path("$.credential.id").IsEqual(issued.ID)
	o.Value("claims").Object().HasValue("aud", "shop").HasValue("sub", "me").HasValue("iss", "https://tickets.example.com/").HasValue("exp", noon.Add(15*time.Minute).Unix())
	if _, raw := b.send("POST", one+"/tokens/decode", `{"token":"`+issued.Text+`"}`); !strings.Contains(raw, `"tenant":9007199254740993`) {
		t.Errorf("a large number was rounded: %s", raw)
	}
	if got := b.use("GET", issued.Text); got != 200 {
		t.Errorf("the token is answered %d", got)
	}
	b.clock.Advance(15 * time.Minute)
	if got := b.use("GET", issued.Text); got != 401 {
		t.Errorf("the token that has run out is answered %d", got)
	}
	b.decode(issued.Text).HasValue("believed", false).HasValue("code", "token_expired")
}

// TestDefects holds what decode says of a wrong token against what an operation does with it.
func TestDefects(t *testing.T) {
	b := openBox(t)
	want := map[credential.Defect]string{credential.PastDue: "token_expired"}
	for _, defect := range credential.Defects {
		t.Run(string(defect), func(t *testing.T) {
			issued := b.token(map[string]any{"defect": defect})
			if defect == credential.WrongAudience { // the contract asks for no audience: whoever does can be tested with it
				b.decode(issued.Text).HasValue("believed", issued.Good).Path("$.claims.aud").IsEqual("another-audience")
				return
			}
			code := want[defect]
			if code == "" {
				code = "token_invalid"
			}
			if issued.Good || issued.Code != code {
				t.Errorf("its making says good %v, code %s", issued.Good, issued.Code)
			}
			b.decode(issued.Text).HasValue("believed", false).HasValue("code", code).Value("reason").String().NotEmpty()
			if got := b.use("GET", issued.Text); got != 401 {
				t.Errorf("an operation answers it with %d", got)
			}
		})
	}
	if status, body := b.send("POST", one+"/tokens", `{"class":"refresh-token","defect":"alg-none"}`); status != 422 || !strings.Contains(body, `"pointer":"/defect"`) {
		t.Errorf("a refresh token with alg none is answered %d %s", status, body)
	}
}

func TestDecodeLooksAtAnything(t *testing.T) {
	b := openBox(t)
	for name, text := range map[string]string{
		"a word": "hello", "two dots": "..", "three words": "a.b.c", "no JSON": "eyJ.eyJ.x", "null claims": "bnVsbA.bnVsbA.x",
		"blanks": "a b c", "line ends": "a\r\nX: y", "an unknown key": "tk_live_00000000000000000000", "not UTF-8 inside": "/////w./////w.",
	} {
		o := b.expect().POST(one + "/tokens/decode").WithJSON(map[string]any{"token": text}).Expect().Status(200).JSON().Object()
		if o.HasValue("believed", false).Value("code").String().NotEmpty().Raw() == "" {
			t.Errorf("%s is believed", name)
		}
	}
	id, text := b.makeKey(map[string]any{"environment": "live", "name": "CI"})
	b.decode(text).HasValue("believed", true).NotContainsKey("claims").Path("$.credential.id").IsEqual(id)
	b.expect().GET(one + "/keys/" + id).Expect().JSON().Path("$.usage.requests").IsEqual(0)
}

func TestDecodeUsesNothingUp(t *testing.T) {
	b := openBox(t)
	session, err := b.server.Credentials().Open(t.Context(), "usr_ida", false)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // good once, and not used by looking
		b.decode(session.Refresh.Text).HasValue("believed", true).Path("$.credential.kind").IsEqual("refresh")
	}
	if _, err := b.server.Credentials().Renew(t.Context(), session.Refresh.Text, "127.0.0.1", false); err != nil {
		t.Errorf("after it was decoded a refresh token is refused: %v", err)
	}
}

func TestRevocationOfTokens(t *testing.T) {
	b := openBox(t)
	session, err := b.server.Credentials().Open(t.Context(), "usr_ida", false)
	if err != nil {
		t.Fatal(err)
	}
	revoke := func(body string) string {
		_, answer := b.send("POST", one+"/tokens/revoke", body)
		return strings.TrimSpace(answer)
	}
	b.expect().GET(one+"/credentials").WithQuery("family", session.Family).Expect().JSON().Object().HasValue("total", 2)
	family := `{"family":"` + session.Family + `"}`
	if got := revoke(family); got != `{"revoked":2}` {
		t.Errorf("the family's end is answered %s", got)
	}
	if got := revoke(family); got != `{"revoked":0}` {
		t.Errorf("its second end is answered %s", got)
	}
	if got := b.use("GET", session.Access.Text); got != 401 {
		t.Errorf("the access token of a revoked family is answered %d", got)
	}
	single := b.token(map[string]any{"user": "usr_ida"})
	for _, want := range []string{`{"revoked":1}`, `{"revoked":0}`} {
		if got := revoke(`{"id":"` + single.ID + `"}`); got != want {
			t.Errorf("the end of one token is answered %s, want %s", got, want)
		}
	}
	if got := b.use("GET", single.Text); got != 401 {
		t.Errorf("a revoked token is answered %d", got)
	}
}

func TestSigningKeysRotate(t *testing.T) {
	b := openBox(t)
	issued := b.token(map[string]any{})
	first := b.expect().GET(one + "/signing-keys").Expect().Status(200).JSON(httpexpect.ContentOpts{MediaType: "application/jwk-set+json"}).Path("$.keys[*].kid").Array().Raw()
	second := b.expect().POST(one + "/signing-keys/rotate").Expect().Status(200).JSON(httpexpect.ContentOpts{MediaType: "application/jwk-set+json"}).Path("$.keys[*].kid").Array()
	second.ContainsAll(first...).Length().Gt(len(first))
	next := b.token(map[string]any{})
	if next.Header["kid"] == issued.Header["kid"] {
		t.Error("the key that signs is the same after the rotation")
	}
	if old, fresh := b.use("GET", issued.Text), b.use("GET", next.Text); old != 200 || fresh != 200 {
		t.Errorf("after the rotation the old token is answered %d, the new one %d", old, fresh)
	}
}

func TestAudit(t *testing.T) {
	b := openBox(t)
	id, text := b.makeKey(map[string]any{"environment": "live", "name": "CI", "scopes": []string{"tickets:read"}})
	b.use("GET", text)
	b.use("POST", text)
	o := b.expect().GET(one+"/audit").Expect().Status(200).JSON().Object().HasValue("dropped", 0)
	entries := o.Value("entries").Array()
	all := int(entries.Length().Raw())
	good, bad := entries.Value(all-2).Object(), entries.Value(all-1).Object()
	good.HasValue("kind", "request").HasValue("credential", id).HasValue("name", "CI").HasValue("method", "GET").HasValue("path", "/v1/tickets").
		HasValue("status", 200).HasValue("result", "ok").HasValue("at", "2026-01-31T12:00:00Z")
	bad.HasValue("status", 403).HasValue("result", "scope_insufficient")
	last := int(bad.Value("id").Number().Raw())
	list := func(query string) []any {
		return b.expect().GET(one + "/audit").WithQueryString(query).Expect().Status(200).JSON().Path("$.entries[*].id").Array().Raw()
	}
	if got := list("limit=1"); len(got) != 1 || got[0] != float64(last) {
		t.Errorf("limit=1 gives %v, want the latest, %d", got, last)
	}
	if got := list("after=0&limit=1"); len(got) != 1 || got[0] == float64(last) {
		t.Errorf("after=0&limit=1 gives %v, want the oldest", got)
	}
	if got := list("after=1000000"); len(got) != 0 {
		t.Errorf("behind the last one there are %v", got)
	}
	response, body := b.get(one + "/audit?format=jsonl")
	if got := response.Header.Get("Content-Type"); got != "application/x-ndjson" {
		t.Errorf("the export is %s", got)
	}
	if got := response.Header.Get("Content-Disposition"); got != `attachment; filename="audit.jsonl"` {
		t.Errorf("Content-Disposition is %s", got)
	}
	n := 0
	for lines := bufio.NewScanner(strings.NewReader(body)); lines.Scan(); n++ {
		var e credential.AuditEntry
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil || e.ID == 0 {
			t.Errorf("the line %q is no entry: %v", lines.Text(), err)
		}
	}
	if n != all {
		t.Errorf("the export has %d lines, the log %d entries", n, all)
	}
}
