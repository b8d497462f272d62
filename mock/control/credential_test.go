package control_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"understudy/contracts"
	"understudy/mock"
	"understudy/mock/clock"
	"understudy/mock/control"

	"github.com/gavv/httpexpect/v2"
)

// A box is a ticket box with its management API: an API with keys, tokens and users, and a clock that can be moved.
type box struct {
	stand
	clock *clock.Virtual
}

func openBox(t *testing.T) *box {
	t.Helper()
	c, err := contracts.Load(t.Context(), filepath.Join("testdata", "tickets.yaml"), contracts.Options{})
	if err != nil {
		t.Fatal(err)
	}
	b := &box{stand: stand{t: t}, clock: clock.New(clock.Options{At: noon, Frozen: true})}
	if b.server, err = mock.New(t.Context(), mock.Options{Contract: c, Clock: b.clock, Secret: [32]byte{7}}); err != nil {
		t.Fatal(err)
	}
	api := httptest.NewServer(b.server)
	t.Cleanup(api.Close)
	b.shop = api.URL + "/v1"
	b.handler = control.New(control.Options{Clock: b.clock})
	b.handler.Add("tickets", b.shop, func() *mock.Server { return b.server })
	b.handler.Ready()
	b.serve()
	return b
}

// use calls the ticket box with a bearer credential and gives the status; the use is counted when it returns.
func (b *box) use(method, text string) int {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), method, b.shop+"/tickets", strings.NewReader(`{"title":"Stalls"}`))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+text)
	seen := b.server.Journal().Stats().Newest
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	response.Body.Close()
	b.settled(seen + 1)
	return response.StatusCode
}

const one = "/contracts/-"

// makeKey makes a key by the API and gives its id and text. Name and scopes, which have to be sent, need not be given.
func (b *box) makeKey(body map[string]any) (id, text string) {
	whole := map[string]any{"name": "made by a test", "scopes": []string{"tickets:read", "tickets:write"}}
	maps.Copy(whole, body)
	body = whole
	o := b.expect().POST(one + "/keys").WithJSON(body).Expect().Status(201).JSON().Object()
	return o.Value("id").String().Raw(), o.Value("text").String().Raw()
}

func TestKeyIsShownOnce(t *testing.T) {
	b := openBox(t)
	e := b.expect()
	made := e.POST(one + "/keys").WithJSON(map[string]any{
		"environment": "sandbox", "name": "CI", "scopes": []string{"tickets:read"}, "expires_at": "2026-02-01T12:00:00Z", "account": "acc_second",
	}).Expect().Status(201).JSON().Object()
	made.HasValue("class", "test-key").HasValue("env", "TICKETS_TEST_API_KEY").HasValue("account", "acc_second").HasValue("state", "active").
		HasValue("scopes", []any{"tickets:read"}).HasValue("expires_at", "2026-02-01T12:00:00Z").HasValue("good", true).HasValue("age_days", 0)
	text, id := made.Value("text").String().HasPrefix("tk_test_").Raw(), made.Value("id").String().Raw()
	made.HasValue("masked", "tk_test_…"+text[len(text)-4:])

	if got := b.use("GET", text); got != 200 {
		t.Errorf("the key that was made opens with %d", got)
	}
	if got := b.use("POST", text); got != 403 {
		t.Errorf("a key without the scope is answered %d", got)
	}
	for _, path := range []string{"/keys", "/keys/" + id, "/credentials", "/audit", "/audit?format=jsonl"} {
		if response, body := b.get(one + path); response.StatusCode != 200 || strings.Contains(body, text) {
			t.Errorf("GET %s answers %d and shows the text: %s", path, response.StatusCode, body)
		}
	}
	use := e.GET(one + "/keys/" + id).Expect().Status(200).JSON().Object().NotContainsKey("text").Value("usage").Object()
	use.HasValue("requests", 2).HasValue("errors", 1).HasValue("refused", 1).HasValue("error_rate", 0.5).HasValue("last_used", "2026-01-31T12:00:00Z").
		HasValue("addresses", []any{"127.0.0.1"})
}

func TestListOfKeysIsFiltered(t *testing.T) {
	b := openBox(t)
	b.makeKey(map[string]any{"name": "A", "environment": "sandbox", "account": "acc_second"})
	b.makeKey(map[string]any{"name": "B", "environment": "live", "user": "usr_ida"})
	b.makeKey(map[string]any{"name": "C", "environment": "live", "state": "pending"})
	b.expect().POST(one + "/tokens").WithJSON(map[string]any{"name": "T"}).Expect().Status(201)
	names := func(path, query string) string {
		o := b.expect().GET(one + path).WithQueryString(query).Expect().Status(200).JSON().Object()
		var list []string
		for _, n := range o.Path("$.keys[*].name").Array().Iter() {
			if name := n.String().Raw(); name != "Ready credential" {
				list = append(list, name)
			}
		}
		return strings.Join(list, "")
	}
	for _, test := range []struct{ path, query, want string }{
		{"/keys", "", "ABC"},
		{"/keys", "environment=live", "BC"},
		{"/keys", "account=acc_second", "A"},
		{"/keys", "user=usr_ida", "B"},
		{"/keys", "state=pending", "C"},
		{"/keys", "class=test-key", "A"},
		{"/keys", "client=nobody", ""},
		{"/keys", "kind=jwt", "T"},
		{"/credentials", "", "ABCT"},
		{"/credentials", "kind=key", "ABC"},
		{"/credentials", "family=nobody", ""},
	} {
		if got := names(test.path, test.query); got != test.want {
			t.Errorf("GET %s?%s lists %q, want %q", test.path, test.query, got, test.want)
		}
	}
	all := b.expect().GET(one + "/keys").Expect().JSON().Object().Value("total").Number().Raw()
	page := b.expect().GET(one+"/keys").WithQuery("offset", 1).WithQuery("limit", 2).Expect().Status(200).JSON().Object()
	page.HasValue("total", all).Value("keys").Array().Length().IsEqual(2)
	b.expect().GET(one+"/keys").WithQuery("offset", 1000).Expect().Status(200).JSON().Object().Value("keys").Array().IsEmpty()
}

func TestChangeOfAKey(t *testing.T) {
	b := openBox(t)
	id, text := b.makeKey(map[string]any{"environment": "live", "name": "CI", "state": "pending", "expires_at": "2026-03-01T00:00:00Z"})
	patch := func(body map[string]any) *httpexpect.Object {
		return b.expect().PATCH(one + "/keys/" + id).WithJSON(body).Expect().Status(200).JSON().Object()
	}
	if got := b.use("GET", text); got != 401 {
		t.Errorf("a pending key is answered %d", got)
	}
	patch(map[string]any{"state": "active"}).HasValue("state", "active").HasValue("good", true).HasValue("expires_at", "2026-03-01T00:00:00Z")
	if got := b.use("POST", text); got != 201 {
		t.Errorf("an approved key is answered %d", got)
	}
	patch(map[string]any{"scopes": []string{"tickets:read"}, "name": "CI 2"}).HasValue("name", "CI 2")
	if got := b.use("POST", text); got != 403 {
		t.Errorf("a key that has lost a scope is answered %d", got)
	}
	patch(map[string]any{"expires_at": nil}).NotContainsKey("expires_at").HasValue("scopes", []any{"tickets:read"})
	patch(map[string]any{"state": "expired"}).HasValue("good", false).HasValue("code", "credential_expired")
	if got := b.use("GET", text); got != 401 {
		t.Errorf("a key that was expired is answered %d", got)
	}
}

func TestKeysGrowOld(t *testing.T) {
	b := openBox(t)
	id, text := b.makeKey(map[string]any{"environment": "live", "name": "old"})
	gone, brief := b.makeKey(map[string]any{"environment": "live", "name": "brief", "expires_at": "2026-02-01T12:00:00Z"})
	if b.use("GET", text) != 200 || b.use("GET", brief) != 200 {
		t.Fatal("the new keys do not open")
	}
	b.clock.Advance(90 * 24 * time.Hour)
	b.expect().GET(one+"/keys/"+id).Expect().JSON().Object().HasValue("age_days", 90).NotContainsKey("warnings")
	b.clock.Advance(24 * time.Hour)
	b.expect().GET(one+"/keys/"+id).Expect().JSON().Object().HasValue("age_days", 91).HasValue("warnings", []any{"It is 91 days old: rotate it."})
	if got := b.use("GET", brief); got != 401 {
		t.Errorf("an expired key is answered %d", got)
	}
	b.expect().GET(one+"/keys/"+gone).Expect().JSON().Object().HasValue("good", false).HasValue("code", "credential_expired").
		HasValue("state", "active").NotContainsKey("warnings")
}

func TestRotation(t *testing.T) {
	b := openBox(t)
	id, text := b.makeKey(map[string]any{"environment": "sandbox", "name": "CI", "scopes": []string{"tickets:read"}})
	o := b.expect().POST(one + "/keys/" + id + "/rotate").Expect().Status(201).JSON().Object()
	next := o.Value("key").Object()
	next.HasValue("name", "CI").HasValue("scopes", []any{"tickets:read"}).HasValue("class", "test-key")
	successor := next.Value("text").String().NotEqual(text).Raw()
	o.Value("predecessor").Object().HasValue("good", true).HasValue("expires_at", "2026-02-01T12:00:00Z").HasValue("successor", next.Value("id").String().Raw())
	if b.use("GET", text) != 200 || b.use("GET", successor) != 200 {
		t.Error("during the grace not both keys open")
	}
	b.clock.Advance(24 * time.Hour)
	if old, fresh := b.use("GET", text), b.use("GET", successor); old != 401 || fresh != 200 {
		t.Errorf("after the grace the old key is answered %d, the new one %d", old, fresh)
	}
	b.expect().POST(one+"/keys/"+id+"/rotate").Expect().Status(422).JSON(problemJSON).Object().HasValue("code", "request_does_not_fit")

	live, text := b.makeKey(map[string]any{"environment": "live", "name": "no grace"})
	b.expect().POST(one + "/keys/" + live + "/rotate").Expect().Status(201).JSON().Path("$.predecessor.good").IsEqual(false)
	if got := b.use("GET", text); got != 401 {
		t.Errorf("without grace the old key is answered %d", got)
	}
}

func TestRevocationAsksFirst(t *testing.T) {
	b := openBox(t)
	used, text := b.makeKey(map[string]any{"environment": "live", "name": "used"})
	idle, _ := b.makeKey(map[string]any{"environment": "live", "name": "idle"})
	b.use("GET", text)
	e := b.expect()
	for _, query := range []string{"", "confirm=false"} {
		e.DELETE(one+"/keys/"+used).WithQueryString(query).Expect().Status(400).JSON(problemJSON).Object().HasValue("code", "confirmation_required")
	}
	if got := b.use("GET", text); got != 200 {
		t.Errorf("after a revocation that was not confirmed the key is answered %d", got)
	}
	b.clock.Advance(24*time.Hour - time.Second)
	o := e.DELETE(one+"/keys/"+used).WithQuery("confirm", true).Expect().Status(200).JSON().Object()
	o.Value("key").Object().HasValue("state", "revoked").HasValue("good", false)
	o.Value("warnings").Array().Length().IsEqual(1)
	o.Path("$.warnings[0]").String().Contains("within the last 24 hours, at 2026-01-31T12:00:00Z")
	if got := b.use("GET", text); got != 401 {
		t.Errorf("a revoked key is answered %d", got)
	}
	e.DELETE(one+"/keys/"+idle).WithQuery("confirm", true).Expect().Status(200).JSON().Object().Value("warnings").Array().IsEmpty()
	e.DELETE(one+"/keys/"+idle).WithQuery("confirm", true).Expect().Status(200).JSON().Path("$.warnings[0]").String().Contains("ended before")
	e.PATCH(one + "/keys/" + idle).WithJSON(map[string]any{"state": "active"}).Expect().Status(422)
}

func TestRequestsThatDoNotFit(t *testing.T) {
	b := openBox(t)
	id, text := b.makeKey(map[string]any{"environment": "live", "name": "CI"})
	tests := []struct {
		name, method, path, body string
		status                   int
		want                     string
	}{
		{"unknown member", "POST", "/keys", `{"expires":"x"}`, 400, `There is no member \"expires\" here. Known are: class, environment, name,`},
		{"other case", "POST", "/keys", `{"Name":"x"}`, 400, "There is no member"},
		{"array", "POST", "/keys", `[]`, 400, "not a JSON object"},
		{"null", "POST", "/keys", `null`, 400, "not a JSON object"},
		{"broken", "POST", "/keys", `{`, 400, "malformed_body"},
		{"something behind", "POST", "/keys", `{} {}`, 400, "malformed_body"},
		{"kind of a member", "POST", "/keys", `{"name":7}`, 400, "member name is not a string"},
		{"kind of a list", "POST", "/keys", `{"scopes":"a"}`, 400, "member scopes is not an array"},
		{"no instant", "POST", "/keys", `{"expires_at":"tomorrow"}`, 400, "expires_at is no instant"},
		{"number for an instant", "PATCH", "/keys/" + id, `{"expires_at":12}`, 400, "expires_at is no instant"},
		{"past", "POST", "/keys", `{"name":"n","scopes":["tickets:read"],"expires_at":"2026-01-31T12:00:00Z"}`, 422, `"pointer":"/expires_at"`},
		{"unknown class", "POST", "/keys", `{"class":"gold"}`, 422, `"pointer":"/class"`},
		{"unknown environment", "POST", "/keys", `{"environment":"moon"}`, 422, `"got":"\"moon\""`},
		{"unknown account", "POST", "/keys", `{"name":"n","scopes":["tickets:read"],"account":"nobody"}`, 422, `"pointer":"/account"`},
		{"unknown scope", "POST", "/keys", `{"name":"n","scopes":["tickets:burn"]}`, 422, `"pointer":"/scopes"`},
		{"text of another form", "POST", "/keys", `{"name":"n","scopes":["tickets:read"],"class":"live-key","text":"my-secret-text"}`, 422, `"got":"a value that is not shown"`},
		{"state of no class", "PATCH", "/keys/" + id, `{"state":"happy"}`, 422, `"pointer":"/state"`},
		{"empty name", "PATCH", "/keys/" + id, `{"name":""}`, 422, `"pointer":"/name"`},
		{"lifetime", "POST", "/tokens", `{"lifetime":"soon"}`, 422, `"pointer":"/lifetime"`},
		{"negative lifetime", "POST", "/tokens", `{"lifetime":"-1h"}`, 422, "above 0"},
		{"defect", "POST", "/tokens", `{"defect":"odd"}`, 422, "alg-none"},
		{"class of tokens", "POST", "/tokens", `{"class":"gold"}`, 422, `"pointer":"/class"`},
		{"claims", "POST", "/tokens", `{"claims":[]}`, 400, "member claims is not an object"},
		{"neither id nor family", "POST", "/tokens/revoke", `{}`, 400, "either id"},
		{"both", "POST", "/tokens/revoke", `{"id":"a","family":"b"}`, 400, "either id"},
		{"unknown id", "POST", "/tokens/revoke", `{"id":"a"}`, 404, "credential_not_found"},
		{"unknown family", "POST", "/tokens/revoke", `{"family":"a"}`, 404, "credential_not_found"},
		{"no token", "POST", "/tokens/decode", `{}`, 422, `"pointer":"/token"`},
		{"key that is not there", "GET", "/keys/nobody", "", 404, "credential_not_found"},
		{"text for an id", "GET", "/keys/" + text, "", 404, "with this id"},
		{"change of nothing", "PATCH", "/keys/nobody", `{"name":"x"}`, 404, "credential_not_found"},
		{"rotation of nothing", "POST", "/keys/nobody/rotate", "", 404, "credential_not_found"},
		{"end of nothing", "DELETE", "/keys/nobody?confirm=true", "", 404, "credential_not_found"},
		{"confirmation", "DELETE", "/keys/" + id + "?confirm=perhaps", "", 400, "give true or false"},
		{"kind", "GET", "/keys?kind=gold", "", 400, "key, jwt, opaque, refresh, password, certificate"},
		{"class of the list", "GET", "/credentials?class=gold", "", 400, "live-key, test-key, access-token, refresh-token"},
		{"format", "GET", "/audit?format=xml", "", 400, "json, jsonl"},
		{"account that is not there", "GET", "/accounts/nobody", "", 404, "account_not_found"},
		{"account without name", "PUT", "/accounts/acc_third", `{}`, 422, `"pointer":"/name"`},
		{"unknown plan", "PUT", "/accounts/acc_first", `{"name":"First","plan":"gold"}`, 422, "free, team"},
		{"account twice", "POST", "/accounts", `{"id":"acc_first","name":"Twice"}`, 409, "acc_first"},
		{"account of another id", "PUT", "/accounts/acc_first", `{"id":"acc_second","name":"Other"}`, 400, "leave it out"},
		{"user that is not there", "GET", "/users/nobody", "", 404, "user_not_found"},
		{"user twice", "POST", "/users", `{"id":"usr_ida","name":"Ida","email":"i@x.example"}`, 409, "usr_ida"},
		{"address twice", "POST", "/users", `{"name":"Ida","email":"ida@first.example"}`, 422, `"pointer":"/email"`},
		{"user of no account", "PUT", "/users/usr_new", `{"name":"N","email":"n@x.example","account":"nobody"}`, 422, `"pointer":"/account"`},
		{"password of nobody", "POST", "/users/nobody/password", `{"password":"x"}`, 404, "user_not_found"},
		{"no password", "POST", "/users/usr_ida/password", `{}`, 422, `"pointer":"/password"`},
		{"client that is not there", "DELETE", "/clients/nobody", "", 404, "client_not_found"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			status, answer := b.send(test.method, one+test.path, test.body)
			if status != test.status {
				t.Errorf("it answers %d, want %d:\n%s", status, test.status, answer)
			}
			if !strings.Contains(answer, test.want) {
				t.Errorf("it lacks %s:\n%s", test.want, answer)
			}
			if strings.Contains(answer, "my-secret-text") || strings.Contains(answer, text) {
				t.Errorf("it shows a secret:\n%s", answer)
			}
		})
	}
	b.expect().POST(one+"/keys").WithHeader("Content-Type", "text/plain").WithBytes([]byte(`{}`)).Expect().Status(415)
	b.expect().POST(one+"/keys").WithHeader("Content-Type", "application/json").WithBytes(make([]byte, 1<<20+1)).Expect().Status(413)
}

func TestResetTakesCredentialsBack(t *testing.T) {
	b := openBox(t)
	ready := b.server.Credentials().Ready()
	start, _ := b.get(one + "/keys")
	if start.StatusCode != 200 {
		t.Fatal(start.Status)
	}
	before := b.expect().GET(one + "/keys").Expect().JSON().Object().Value("total").Number().Raw()
	for _, path := range []string{one + "/state/reset", "/reset"} {
		_, text := b.makeKey(map[string]any{"environment": "live", "name": "CI"})
		b.expect().PUT(one + "/accounts/acc_first").WithJSON(map[string]any{"name": "Renamed", "plan": "free"}).Expect().Status(200)
		b.expect().POST(path).Expect().Status(200)
		b.expect().GET(one+"/keys").Expect().JSON().Object().HasValue("total", before)
		b.expect().GET(one+"/accounts/acc_first").Expect().JSON().Object().HasValue("name", "First Night").HasValue("plan", "team")
		if got := b.use("GET", text); got != 401 {
			t.Errorf("after POST %s the key that was made is answered %d", path, got)
		}
		for _, r := range ready {
			if r.Class == "live-key" && b.use("GET", r.Value) != 200 {
				t.Errorf("after POST %s the key that was ready is refused", path)
			}
		}
	}
}

func TestReadyCredentials(t *testing.T) {
	b := openBox(t)
	var list control.ReadyCredentials
	_, body := b.get(one + "/ready-credentials")
	if err := json.Unmarshal([]byte(body), &list); err != nil {
		t.Fatal(err)
	}
	found := map[string]control.ReadyCredential{}
	for _, r := range list.Credentials {
		found[r.Env] = r
	}
	for env, class := range map[string]string{"TICKETS_API_KEY": "live-key", "TICKETS_TEST_API_KEY": "test-key"} {
		r := found[env]
		if r.Class != class || !r.Secret || b.use("GET", r.Value) != 200 {
			t.Errorf("%s is %+v", env, r)
		}
	}
}

// TestLogHoldsNoBodies lets the room below fail while a secret is in the body: the log tells of the failure, not of the secret.
func TestLogHoldsNoBodies(t *testing.T) {
	b := openBox(t)
	var log bytes.Buffer
	b.handler = control.New(control.Options{Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	b.handler.Add("tickets", b.shop, func() *mock.Server { return nil })
	b.serve()
	const secret = "tk_live_00000000000000000000"
	for path, body := range map[string]string{"/keys": `{"name":"n","scopes":["tickets:read"],"text":"` + secret + `"}`, "/tokens/decode": `{"token":"` + secret + `"}`, "/users/usr_ida/password": `{"password":"` + secret + `"}`} {
		if status, answer := b.send("POST", one+path, body); status != 500 || strings.Contains(answer, secret) {
			t.Errorf("POST %s answers %d %s", path, status, answer)
		}
	}
	if text := log.String(); strings.Contains(text, secret) || strings.Count(text, "this is a bug") != 3 {
		t.Errorf("the log holds %s", text)
	}
}
