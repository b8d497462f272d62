package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"understudy/contracts"
	"understudy/mock"
	"understudy/mock/clock"
	"understudy/mock/control"
	"understudy/mock/credential"
)

// openBox is openShop for a ticket box, which has keys, tokens and users. Its clock can be moved.
func openBox(t *testing.T) (*shop, *clock.Virtual) {
	t.Helper()
	c, err := contracts.Load(t.Context(), filepath.Join("..", "..", "mock", "control", "testdata", "tickets.yaml"), contracts.Options{})
	if err != nil {
		t.Fatal(err)
	}
	frozen := clock.New(clock.Options{At: time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC), Frozen: true})
	server, err := mock.New(t.Context(), mock.Options{Contract: c, Clock: frozen, NoCredentials: true})
	if err != nil {
		t.Fatal(err)
	}
	api := httptest.NewServer(server)
	t.Cleanup(api.Close)
	h := control.New(control.Options{Clock: frozen})
	h.Add("tickets", api.URL+"/v1", func() *mock.Server { return server })
	management := httptest.NewServer(h)
	t.Cleanup(management.Close)
	s := &shop{t: t, server: server, baseURL: api.URL + "/v1", url: management.URL}
	s.env = map[string]string{"UNDERSTUDY_CONTROL_URL": s.url}
	return s, frozen
}

// use calls the ticket box with a bearer credential and waits until the use is counted.
func (s *shop) use(method, text string) int {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.baseURL+"/tickets", strings.NewReader(`{"title":"Stalls"}`))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+text)
	seen := s.server.Journal().Stats().Newest
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	response.Body.Close()
	for range s.server.Journal().Follow(s.t.Context(), seen) {
		break
	}
	return response.StatusCode
}

// key makes a key and gives it.
func (s *shop) key(args ...string) control.IssuedKey {
	s.t.Helper()
	var k control.IssuedKey
	line := append([]string{"key", "create", "--json"}, args...)
	if !slices.Contains(args, "--name") {
		line = append(line, "--name", "made by a test")
	}
	if !slices.Contains(args, "--scopes") {
		line = append(line, "--scopes", "tickets:read,tickets:write")
	}
	if err := json.Unmarshal([]byte(s.must(line...)), &k); err != nil {
		s.t.Fatal(err)
	}
	return k
}

// made are texts that are made up: each is shown as so many signs of x.
var made = regexp.MustCompile(`((?:key|tok|usr|acct)_|tk_(?:live|test)_|password +|secret +|client id +)([a-zA-Z0-9-]{8,})|(…)([a-zA-Z0-9]{4})`)

func withoutMade(text string) string {
	return made.ReplaceAllStringFunc(text, func(found string) string {
		parts := made.FindStringSubmatch(found)
		return parts[1] + parts[3] + strings.Repeat("x", len(parts[2])+len(parts[4]))
	})
}

func (s *shop) prints(want string, args ...string) {
	s.t.Helper()
	if got := withoutMade(s.must(args...)); got != want {
		s.t.Errorf("control %s prints\n%s\nwant\n%s", strings.Join(args, " "), got, want)
	}
}

func TestControlKeyCreate(t *testing.T) {
	s, _ := openBox(t)
	s.prints(`tk_test_xxxxxxxxxxxxxxxxxxxx
TICKETS_TEST_API_KEY=tk_test_xxxxxxxxxxxxxxxxxxxx

key_xxxxxxxxxx, CI, class test-key, environment sandbox, scopes tickets:read, expires 2026-02-01T12:00:00Z
The text is shown this once.
`, "key", "create", "--scopes", "tickets:read", "--name", "CI", "--env", "sandbox", "--expires", "24h")
	text := s.must("key", "create", "--quiet", "--class", "live-key", "--name", "quiet", "--scopes", "tickets:read")
	if s.use("GET", strings.TrimSpace(text)) != 200 || strings.Count(text, "\n") != 1 {
		t.Errorf("key create --quiet prints %q", text)
	}
	k := s.key("--state", "pending", "--account", "acc_second", "--expires", "2026-03-01T00:00:00+01:00", "--scopes", "tickets:read,tickets:write")
	if k.State != credential.Pending || k.Account != "acc_second" || !k.ExpiresAt.Equal(time.Date(2026, 2, 28, 23, 0, 0, 0, time.UTC)) || len(k.Scopes) != 2 {
		t.Errorf("key create --json gives %+v", k)
	}
}

func TestControlKeyListAndShow(t *testing.T) {
	s, clock := openBox(t)
	s.prints("no keys\n", "key", "list")
	live := s.key("--env", "live", "--name", "Shop", "--user", "usr_ida")
	s.key("--env", "sandbox", "--name", "CI\x1b[2J", "--expires", "1h")
	s.use("GET", live.Text)
	s.must("key", "change", live.ID, "--scopes", "tickets:read")
	s.use("POST", live.Text)
	clock.Advance(91 * 24 * time.Hour)
	s.prints(`ID              NAME    TEXT           CLASS     ENV      STATE    AGE   REQUESTS  ERRORS  LAST USED
key_xxxxxxxxxx  Shop    tk_live_…xxxx  live-key  live     active   91 d  2         50.0 %  2026-01-31T12:00:00Z
key_xxxxxxxxxx  CI [2J  tk_test_…xxxx  test-key  sandbox  expired  91 d  0         -       never
key_xxxxxxxxxx: It is 91 days old: rotate it.
`, "key", "list")
	s.prints(`key_xxxxxxxxxx  Shop
  text         tk_live_…xxxx
  class        live-key (key)
  environment  live
  account      acc_first
  user         usr_ida
  scopes       tickets:read
  state        active
  made         2026-01-31T12:00:00Z (91 d old)
  expires      never
  requests     2, errors: 1 (50.0 %)
  of these     1 refused (401, 403), 0 limited (429), 0 failed (5xx)
  last 24 h    none
  last used    2026-01-31T12:00:00Z
  from         127.0.0.1
  scopes used  tickets:read
  warning      It is 91 days old: rotate it.
`, "key", "show", live.ID)
	if got := s.must("key", "list", "--limit", "1"); !strings.HasSuffix(got, "1 of 2 keys; more with --limit\n") {
		t.Errorf("key list --limit 1 prints %s", got)
	}
	for filter, want := range map[string]int{"--env=live": 1, "--class=test-key": 1, "--account=acc_second": 0, "--user=usr_ida": 1, "--kind=jwt": 0, "--state=active": 2} {
		var list control.Keys
		if err := json.Unmarshal([]byte(s.must("key", "list", "--json", filter)), &list); err != nil || list.Total != want {
			t.Errorf("key list %s gives %d, %v, want %d", filter, list.Total, err, want)
		}
	}
}

func TestControlKeyChangeAndRotate(t *testing.T) {
	s, _ := openBox(t)
	k := s.key("--env", "sandbox", "--name", "CI", "--expires", "48h")
	out := s.must("key", "change", k.ID, "--name", "CI 2", "--expires", "never")
	if !strings.Contains(out, "  CI 2\n") || !strings.Contains(out, "expires      never\n") {
		t.Errorf("key change prints\n%s", out)
	}
	s.prints(`tk_test_xxxxxxxxxxxxxxxxxxxx
TICKETS_TEST_API_KEY=tk_test_xxxxxxxxxxxxxxxxxxxx

key_xxxxxxxxxx, CI 2, class test-key, environment sandbox, scopes tickets:read tickets:write
The text is shown this once.
The old one, key_xxxxxxxxxx, stays good until 2026-02-01T12:00:00Z.
`, "key", "rotate", k.ID)
	live := s.key("--env", "live")
	if out := s.must("key", "rotate", live.ID); !strings.HasSuffix(out, "The old one, "+live.ID+", is good no more.\n") {
		t.Errorf("key rotate without grace prints\n%s", out)
	}
	if status, _, err := s.run("key", "rotate", live.ID); status != exitFailure || !strings.HasPrefix(err, "understudy: It was refused: ") {
		t.Errorf("the rotation of an ended key ends with %d: %s", status, err)
	}
}

// answering runs a command line with an answer on standard input, on a terminal or not.
func (s *shop) answering(terminal bool, answer string, args ...string) (out, complaint string, err error) {
	var stdout, stderr bytes.Buffer
	p := &process{out: &stdout, err: &stderr, getenv: func(name string) string { return s.env[name] }, terminal: terminal}
	root := p.rootCommand()
	root.SetIn(strings.NewReader(answer))
	root.SetArgs(append([]string{"control"}, args...))
	err = root.ExecuteContext(s.t.Context())
	return stdout.String(), stderr.String(), err
}

func TestControlKeyRevokeAsks(t *testing.T) {
	s, _ := openBox(t)
	k := s.key("--env", "live", "--name", "Shop")
	s.use("GET", k.Text)
	for _, test := range []struct {
		name     string
		terminal bool
		answer   string
	}{{"no terminal", false, "y\n"}, {"no", true, "n\n"}, {"nothing", true, "\n"}, {"end of input", true, ""}, {"something else", true, "yesterday\n"}} {
		_, _, err := s.answering(test.terminal, test.answer, "key", "revoke", k.ID)
		if err == nil || !strings.Contains(err.Error(), "nothing was changed") {
			t.Errorf("%s: key revoke ends with %v", test.name, err)
		}
		if got := s.use("GET", k.Text); got != 200 {
			t.Fatalf("%s: the key is answered %d afterwards", test.name, got)
		}
	}
	status, _, complaint := s.run("key", "revoke", k.ID)
	if status != exitFailure || !strings.Contains(complaint, "to revoke it: understudy control key revoke "+k.ID+" --yes") {
		t.Errorf("key revoke without terminal ends with %d: %s", status, complaint)
	}
	out, complaint, err := s.answering(true, "Yes\n", "key", "revoke", k.ID)
	if err != nil || out != k.ID+" is revoked\n" || !strings.Contains(complaint, "Revoke it? [y/N] ") || !strings.Contains(complaint, "warning: It was used within the last 24 hours") {
		t.Errorf("a revocation that was confirmed prints %q, complains %q, %v", out, complaint, err)
	}
	if got := s.use("GET", k.Text); got != 401 {
		t.Errorf("the revoked key is answered %d", got)
	}
	idle := s.key("--env", "live")
	if got := s.must("key", "revoke", idle.ID, "--yes"); got != idle.ID+" is revoked\n" {
		t.Errorf("key revoke --yes prints %q", got)
	}
}

func TestControlTokens(t *testing.T) {
	s, _ := openBox(t)
	out := s.must("token", "create", "--user", "usr_ida", "--lifetime", "15m", "--claim", "tenant=7", "--claim", "site=main", "--audience", "shop")
	text, about, _ := strings.Cut(out, "\n")
	for _, want := range []string{"class access-token", "user usr_ida", "expires 2026-01-31T12:15:00Z", `"alg":"EdDSA"`, `"tenant":7`, `"site":"main"`, `"aud":"shop"`} {
		if !strings.Contains(about, want) {
			t.Errorf("token create lacks %s:\n%s", want, about)
		}
	}
	if got := s.use("GET", text); got != 200 {
		t.Errorf("the token is answered %d", got)
	}
	decoded := s.must("token", "decode", text)
	for _, want := range []string{"believed\ntok_", "\nheader {\n  \"alg\": \"EdDSA\"", "\nclaims {\n  \"aud\": \"shop\"", "\nissued     2026-01-31T12:00:00Z\nexpires    2026-01-31T12:15:00Z\n"} {
		if !strings.Contains(decoded, want) {
			t.Errorf("token decode lacks %q:\n%s", want, decoded)
		}
	}
	bad := strings.TrimSpace(s.must("token", "create", "--defect", "expired", "--quiet"))
	if got, _, err := s.answering(false, bad+"\n", "token", "decode", "-"); err != nil || !strings.HasPrefix(got, "refused, token_expired: The token has expired.\n") {
		t.Errorf("token decode of an expired one prints %s, %v", got, err)
	}
	session, err := s.server.Credentials().Open(t.Context(), "usr_ida", false)
	if err != nil {
		t.Fatal(err)
	}
	if got := s.must("token", "list", "--family", session.Family); strings.Count(got, "\n") != 3 || !strings.Contains(got, "refresh-token") {
		t.Errorf("token list --family prints\n%s", got)
	}
	s.prints("2 revoked\n", "token", "revoke", "--family", session.Family)
	s.prints("0 revoked\n", "token", "revoke", session.Access.ID)
	if got := s.use("GET", session.Access.Text); got != 401 {
		t.Errorf("a revoked token is answered %d", got)
	}
}

func TestControlPeople(t *testing.T) {
	s, _ := openBox(t)
	s.prints(`ID       NAME      E-MAIL             ACCOUNT    ROLE   PASSWORD SET
usr_ida  Ida Holm  ida@first.example  acc_first  owner  2026-01-31T12:00:00Z
`, "user", "list")
	s.prints("usr_ida  Ida Holm <ida@first.example>  account acc_first  role viewer\n", "user", "role", "usr_ida", "viewer")
	s.prints(`usr_xxxxxxxxxx  omar <omar@second.example>  account acc_second
password  xxxxxxxxxxxxxx
It is shown this once.
`, "user", "create", "--email", "omar@second.example", "--account", "acc_second")
	s.prints("no users\n", "user", "list", "--account", "acc_third")
	s.prints("usr_ida has a new password\n", "user", "password", "usr_ida", "velvet-lamp")
	if out, _, err := s.answering(false, "lamp-velvet\r\n", "user", "password", "usr_ida", "-"); err != nil || out != "usr_ida has a new password\n" {
		t.Errorf("user password - prints %q, %v", out, err)
	}
	if _, err := s.server.Credentials().CheckPassword(t.Context(), "usr_ida", "lamp-velvet"); err != nil {
		t.Errorf("the password from standard input is refused: %v", err)
	}
	s.prints("ID          NAME         PLAN\nacc_first   First Night  team\nacc_second  Second Row   free\n", "account", "list")
	s.prints("acc_second  Second Row  plan team\n", "account", "plan", "acc_second", "team")
	s.prints("no clients\n", "client", "list")
	s.prints(`client id  xxxxxxxxxxxxxxxxxxxx
secret     xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
The secret is shown this once.
`, "client", "create", "--name", "Web", "--redirect", "https://shop.example/callback")
	s.prints("client id  cli\n", "client", "create", "--id", "cli", "--name", "Command line", "--public", "--loopback", "--grants", "authorization_code")
	if got := s.must("client", "list"); !strings.Contains(got, "none    authorization_code  all     loopback\n") {
		t.Errorf("client list prints\n%s", got)
	}
	s.prints("cli is deleted\n", "client", "delete", "cli")
}

func TestControlStateOfWorlds(t *testing.T) {
	s, _ := openBox(t)
	k := s.key("--env", "sandbox", "--account", "acc_second")
	if got := s.use("POST", k.Text); got != 201 {
		t.Fatalf("the ticket is answered %d", got)
	}
	s.prints("no items\n", "state", "list", "/tickets")
	if got := s.must("state", "list", "/tickets", "--account", "acc_second", "--env", "sandbox"); !strings.Contains(got, "Stalls") {
		t.Errorf("state list of the world prints %s", got)
	}
	s.prints("COLLECTION  ITEMS\n/tickets    1\n", "state", "--account", "acc_second", "--env", "sandbox")
	if status, _, err := s.run("state", "reset", "--env", "sandbox"); status != exitFailure || !strings.Contains(err, "unknown flag") {
		t.Errorf("a reset of one world, which there is not, ends with %d: %s", status, err)
	}
}

func TestControlSigningKeysAndAudit(t *testing.T) {
	s, _ := openBox(t)
	if got := s.must("signing-key", "list"); !strings.HasPrefix(got, "KEY ID ") || !strings.Contains(got, "  EdDSA      OKP Ed25519  sig\n") {
		t.Errorf("signing-key list prints\n%s", got)
	}
	before := strings.Count(s.must("signing-key", "list"), "EdDSA")
	if got := strings.Count(s.must("signing-key", "rotate"), "EdDSA"); got != before+1 {
		t.Errorf("signing-key rotate shows %d keys, there were %d", got, before)
	}
	k := s.key("--env", "live", "--name", "Shop")
	s.use("GET", k.Text)
	s.must("key", "revoke", k.ID, "--yes", "--json")
	s.use("GET", k.Text)
	want := `ID  TIME                 WHAT     RESULT              CREDENTIAL      NAME          STATUS  METHOD  PATH         FROM       EXCHANGE
1   2026-01-31 12:00:00  rotate   ok                                  signing keys
2   2026-01-31 12:00:00  create   ok                  key_xxxxxxxxxx  Shop
3   2026-01-31 12:00:00  request  ok                  key_xxxxxxxxxx  Shop          200     GET     /v1/tickets  127.0.0.1  1
4   2026-01-31 12:00:00  revoke   ok                  key_xxxxxxxxxx  Shop
5   2026-01-31 12:00:00  request  credential_revoked  key_xxxxxxxxxx  Shop          401     GET     /v1/tickets  127.0.0.1  2
`
	s.prints(want, "audit")
	if got := s.must("audit", "--after", "3", "--limit", "1"); !strings.Contains(got, "\n4 ") || strings.Contains(got, "\n5 ") {
		t.Errorf("audit --after 3 --limit 1 prints\n%s", got)
	}
	lines := strings.Split(strings.TrimSpace(s.must("audit", "--json")), "\n")
	var last credential.AuditEntry
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &last); err != nil || len(lines) != 5 || last.ID != 5 {
		t.Errorf("audit --json prints %d lines, the last %+v, %v", len(lines), last, err)
	}
	s.prints("no entries\n", "audit", "--after", "5")
}

func TestControlCredentialsRefuse(t *testing.T) {
	s, _ := openBox(t)
	for _, test := range []struct{ args, want string }{
		{"key show nobody", "no credential with this id"},
		{"key create --expires yesterday", "in how long, such as 24h"},
		{"key create --expires -1h", "in how long, such as 24h"},
		{"key create --name n --scopes burn", "scopes: must be"},
		{"key change key_1", "at least one of the flags"},
		{"key change key_1 --expires soon", "--expires soon"},
		{"key list --kind gold", "give one of key, jwt"},
		{"key list --limit 0", "above 0"},
		{"token create --claim tenant", "NAME=VALUE"},
		{"token create --defect odd", "must be one of expired, not-yet-valid"},
		{"token create --lifetime soon", "15m or 24h"},
		{"token revoke", "--family"},
		{"token revoke a --family b", "--family"},
		{"user create", "email"},
		{"user role nobody viewer", `There is no user "nobody"`},
		{"user password nobody x", `There is no user "nobody"`},
		{"account plan nobody team", `There is no account "nobody"`},
		{"account plan acc_first gold", "plan: must be one of free, team"},
		{"client delete nobody", `There is no client "nobody"`},
		{"client create --name K --keys missing.json", "read the keys: "},
		{"audit --limit -1", "above 0"},
	} {
		t.Run(test.args, func(t *testing.T) {
			status, out, err := s.run(strings.Fields(test.args)...)
			if status != exitFailure || out != "" || !strings.Contains(err, test.want) {
				t.Errorf("it ends with %d and prints %q, complains %q; want %q", status, out, err, test.want)
			}
			if strings.Count(err, "must be") > 1 {
				t.Errorf("it says it twice: %s", err)
			}
		})
	}
}
