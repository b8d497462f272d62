package mock_test

import (
	"bytes"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"understudy/contracts"
	"understudy/mock"
	"understudy/mock/clock"
)

// bundleOf records a world and gives the file.
func bundleOf(t testing.TB, server *mock.Server) []byte {
	t.Helper()
	b, err := server.Bundle(t.Context(), "v1")
	if err != nil {
		t.Fatal(err)
	}
	return written(t, b)
}

func written(t testing.TB, b *mock.Bundle) []byte {
	t.Helper()
	var file bytes.Buffer
	if err := b.Write(t.Context(), &file); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// replay reads a file, compiles the contract that is in it and runs it once more.
func replay(t testing.TB, file []byte) (*mock.Bundle, *mock.Replay) {
	t.Helper()
	b, err := mock.ReadBundle(t.Context(), bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	c, err := contracts.Load(t.Context(), "openapi.json", contracts.Options{
		Name: b.Head.Contract, Files: fstest.MapFS{"openapi.json": {Data: b.Document}},
	})
	if err != nil {
		t.Fatal(err)
	}
	r, err := b.Replay(t.Context(), mock.ReplayOptions{Contract: c})
	if err != nil {
		t.Fatal(err)
	}
	return b, r
}

// unchanged fails for every answer that is not the recorded one.
func unchanged(t testing.TB, r *mock.Replay) {
	t.Helper()
	for i, one := range r.Steps {
		for _, d := range one.Differences {
			t.Errorf("step %d, %s %s: %s: recorded\n%s\ngot\n%s", i+1, one.Step.Exchange.Method, one.Step.Exchange.URL, d.Part, d.Want, d.Got)
		}
	}
}

// TestBundle records a session over every contract, in the server itself and in sandboxes, and replays it from the file.
func TestBundle(t *testing.T) {
	boxes := map[string]*mock.SandboxOptions{
		"server": nil, "sandbox": {Name: "box"}, "seeded": {Name: "box", Seed: 99, Seeded: true, At: noon.Add(48 * time.Hour)}, "keyed": {Name: "box", Keyed: true},
	}
	for _, name := range recorded {
		for world, box := range boxes {
			t.Run(name+" "+world, func(t *testing.T) {
				p := newPlayer(t, name, 7)
				server := p.server
				if box != nil {
					made, err := p.server.Sandboxes().Create(t.Context(), *box)
					if err != nil {
						t.Fatal(err)
					}
					server, p.lines = made.Server(), []string{mock.SandboxHeader + ": box"}
					p.clock = server.Clock().(*clock.Virtual)
				}
				p.play()
				file := bundleOf(t, server)
				b, r := replay(t, file)
				if !b.Head.Whole || len(r.Steps) != p.sent {
					t.Errorf("whole: %v, %d steps, want %d: %q", b.Head.Whole, len(r.Steps), p.sent, b.Head.Notes)
				}
				unchanged(t, r)
				if again := written(t, r.Bundle()); !bytes.Equal(again, file) {
					t.Errorf("the replay's file differs: %s", whereDifferent(string(file), string(again)))
				}
				if !bytes.Equal(bundleOf(t, server), file) {
					t.Error("the same world gives another file")
				}
			})
		}
	}
}

// TestBundleFollowsTheClock records expiries: what a token was good for depends on the instants of the requests.
func TestBundleFollowsTheClock(t *testing.T) {
	p := newPlayer(t, "recorded.yaml", 7)
	token := "Authorization: Bearer " + p.do("POST", "/v1/login", `{"email":"ada@paws.example","password":"kettle-anchor-violin"}`, "access_token")
	p.do("GET", "/v1/pets", "", "", token)
	if _, err := p.clock.Advance(16 * time.Minute); err != nil {
		t.Fatal(err)
	}
	p.do("GET", "/v1/pets", "", "", token)
	_, r := replay(t, bundleOf(t, p.server))
	unchanged(t, r)
	if got := []int{r.Steps[1].Status, r.Steps[2].Status}; !reflect.DeepEqual(got, []int{200, 401}) {
		t.Errorf("the token was answered with %v", got)
	}
}

// foreignSecrets are credentials that no stand-in issued, in all the places where a client may put them.
const (
	foreignKey    = "pk_9Zr4TqWm2XcVb8NkLp3H"
	foreignBearer = "xoxb-3388123-kuPz9QeTy7RwSd"
	foreignWord   = "Corre(t-h0rse"
	foreignPIN    = "4711"
)

var foreignJWT = base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." +
	base64.RawURLEncoding.EncodeToString([]byte(`{"sub":"somebody"}`)) + ".q1w2e3r4t5y6u7i8o9p0a1s2d3f4"

// TestBundleHoldsNoForeignCredential sends credentials of others in every place and looks for them in the file. The answers
// stay what they were.
func TestBundleHoldsNoForeignCredential(t *testing.T) {
	p := newPlayer(t, "recorded.yaml", 7)
	p.do("GET", "/v1/pets", "", "", "X-Shop-Key: "+foreignKey)
	p.do("GET", "/v1/pets?access_token="+foreignKey, "", "", "Authorization: Bearer "+foreignBearer)
	p.do("GET", "/v1/pets", "", "", "Authorization: Bearer "+foreignJWT)
	p.do("GET", "/v1/pets", "", "", "Authorization: Basic "+base64.StdEncoding.EncodeToString([]byte("ada:"+foreignWord)))
	p.do("GET", "/v1/pets", "", "", "Cookie: theme=dark; sid="+foreignBearer)
	p.do("POST", "/v1/login", `{"email":"ada@paws.example","password":"`+foreignWord+`","pin":`+foreignPIN+`,"otp":"`+foreignPIN+`"}`, "")
	p.do("POST", "/v1/login", `email=ada&password=`+foreignWord, "", "Content-Type: application/x-www-form-urlencoded")
	p.do("GET", "/v1/pets/"+foreignKey, "", "", "X-Note: seen before")
	file := string(bundleOf(t, p.server))
	steps := file[strings.Index(file, `{"exchange"`):]
	for _, secret := range []string{foreignKey, foreignBearer, foreignWord, foreignPIN, "q1w2e3r4t5y6u7i8o9p0a1s2d3f4",
		base64.StdEncoding.EncodeToString([]byte("ada:" + foreignWord)), "Corre%28t-h0rse"} {
		if strings.Contains(steps, secret) {
			t.Errorf("%s stands in the file:\n%s", secret, steps)
		}
	}
	if !strings.Contains(steps, "pk_") || !strings.Contains(steps, "ada@paws.example") {
		t.Errorf("what is no secret was replaced too:\n%s", steps)
	}
	b, r := replay(t, []byte(file))
	first := b.Steps[0].Exchange.Request.Headers.Get("X-Shop-Key")
	if last := b.Steps[len(b.Steps)-1].Exchange.URL; !strings.HasSuffix(last, first) {
		t.Errorf("one credential is %s in the first request and another one in %s", first, last)
	}
	unchanged(t, r)
	if len(b.Head.Notes) != 1 || !strings.Contains(b.Head.Notes[0], "were replaced by others of the same form") || !b.Head.Whole {
		t.Errorf("whole: %v, notes: %q", b.Head.Whole, b.Head.Notes)
	}
	if n := b.Steps[0].Exchange.Replaced; n != 1 {
		t.Errorf("the first exchange says that %d credentials were replaced", n)
	}
}

// TestBundleIsNotWhole says what is missing where the journal has dropped or cut something, or was cleared.
func TestBundleIsNotWhole(t *testing.T) {
	const enough = 5
	record := func(limits mock.JournalLimits, play func(*mock.Server)) *mock.Bundle {
		server, _ := newServer(t, "shop.yaml", mock.Options{Journal: limits})
		play(server)
		b, err := server.Bundle(t.Context(), "v1")
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	post := func(server *mock.Server, n int, body string) {
		for range n {
			r := httptest.NewRequest("POST", "/v1/items", strings.NewReader(body))
			r.Header.Set("Content-Type", "application/json")
			server.ServeHTTP(httptest.NewRecorder(), r)
		}
	}
	for name, c := range map[string]struct {
		b    *mock.Bundle
		want string
	}{
		"dropped": {record(mock.JournalLimits{Entries: enough}, func(s *mock.Server) { post(s, enough+3, `{"name":"a"}`) }), "dropped the first 3 exchanges"},
		"cut":     {record(mock.JournalLimits{Body: 10}, func(s *mock.Server) { post(s, 1, `{"name":"longer than ten"}`) }), "bodies of 1 requests"},
		"cleared": {record(mock.JournalLimits{}, func(s *mock.Server) { post(s, 2, `{"name":"a"}`); _, _ = s.ClearJournal(t.Context()) }), "begins where the journal was cleared"},
		"lost":    {record(mock.JournalLimits{}, func(s *mock.Server) { s.Changed(mock.BundleChange{Method: "POST"}, nil, false) }), "1 changes over the management API"},
	} {
		if c.b.Head.Whole || !strings.Contains(strings.Join(c.b.Head.Notes, "; "), c.want) {
			t.Errorf("%s: whole: %v, notes %q", name, c.b.Head.Whole, c.b.Head.Notes)
		}
	}
	over := record(mock.JournalLimits{}, func(s *mock.Server) {
		post(s, 2, `{"name":"a"}`)
		if n, err := s.StartOver(t.Context()); n != 2 || err != nil {
			t.Errorf("%d exchanges forgotten, %v", n, err)
		}
		post(s, 1, `{"name":"b"}`)
	})
	if !over.Head.Whole || len(over.Steps) != 1 {
		t.Errorf("begun anew: whole: %v, %d steps: %q", over.Head.Whole, len(over.Steps), over.Head.Notes)
	}
	_, r := replay(t, written(t, over))
	unchanged(t, r)
}

// TestDifferencesAreShown replays a file whose answers were changed.
func TestDifferencesAreShown(t *testing.T) {
	p := newPlayer(t, "recorded.yaml", 7)
	p.do("GET", "/v1/forecast", "", "")
	p.do("GET", "/v1/pets/none", "", "")
	b, err := p.server.Bundle(t.Context(), "v1")
	if err != nil {
		t.Fatal(err)
	}
	x := b.Steps[0].Exchange
	x.Answer.Text = strings.Replace(x.Answer.Text, `"mood":"`, `"mood":"not `, 1)
	x.Answer.Headers["X-Old"] = []string{"yes"}
	x.Status = 418
	b.Steps[1].Exchange.Answer.Text = "plain"
	_, r := replay(t, written(t, b))
	var parts []string
	for _, one := range r.Steps {
		for _, d := range one.Differences {
			parts = append(parts, d.Part)
		}
	}
	if got := strings.Join(parts, ", "); got != "status, header X-Old, body at /mood, body at byte 0" {
		t.Errorf("differences in %s", got)
	}
}

// TestReadBundle refuses files that are broken, and says where.
func TestReadBundle(t *testing.T) {
	p := newPlayer(t, "recorded.yaml", 7)
	p.do("GET", "/v1/forecast", "", "")
	file := string(bundleOf(t, p.server))
	lines := strings.SplitAfter(file, "\n")
	for name, c := range map[string]struct{ file, want string }{
		"empty":            {"", "line 1"},
		"another file":     {"{\"format\":\"har\"}\n", "line 1"},
		"a later version":  {strings.Replace(file, `"version":1`, `"version":9`, 1), "version is 9"},
		"no secret":        {strings.Replace(file, `"secret":"`, `"secret":"zz`, 1), "64 hexadecimal digits"},
		"no document":      {lines[0] + "{}\n", "line 2"},
		"cut in the store": {strings.Join(lines[:4], ""), "snapshot"},
		"cut behind it":    {strings.Join(lines[:len(lines)-2], ""), "cut off"},
		"a step less":      {strings.Join(append(append([]string{}, lines[:len(lines)-3]...), lines[len(lines)-2]), ""), "1 steps are announced and 0"},
		"no step":          {strings.Replace(file, `{"exchange":`, `{"exchanges":`, 1), "is no step"},
	} {
		if _, err := mock.ReadBundle(t.Context(), strings.NewReader(c.file)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

// TestBundleHasAllSettings fails when Options gets a member of which nobody decided whether a replay needs it.
func TestBundleHasAllSettings(t *testing.T) {
	elsewhere := map[string]bool{"Contract": true, "Store": true, "Clock": true, "Seed": true, "Secret": true, "Journal": true, "Logger": true,
		"ClientCAs": true, // certificates are no part of a request that could be sent again
		"OwnPage":   true, // it is about where the management API listens
		"Observer":  true, "Replica": true}
	settings := reflect.TypeOf(mock.BundleSettings{})
	options := reflect.TypeOf(mock.Options{})
	for i := range options.NumField() {
		name := options.Field(i).Name
		if _, there := settings.FieldByName(name); there == elsewhere[name] {
			t.Errorf("the option %s: it stands in BundleSettings (%v), or is one of those that need not (%v)", name, there, elsewhere[name])
		}
	}
	o := mock.Options{State: "invent", Validate: mock.Observe, Auth: mock.Observe, Limits: mock.Observe, MaxBody: 77, Reasons: true, SelfCheck: true}
	server, _ := newServer(t, "shop.yaml", o)
	b, err := server.Bundle(t.Context(), "v1")
	if err != nil {
		t.Fatal(err)
	}
	if s := b.Head.Settings; s.State != o.State || s.Validate != o.Validate || s.Auth != o.Auth || s.Limits != o.Limits || s.MaxBody != 77 || !s.Reasons || !s.SelfCheck {
		t.Errorf("%+v", s)
	}
}

// TestTooLargeBodiesAreReplayed sends bodies that were refused for their length.
func TestTooLargeBodiesAreReplayed(t *testing.T) {
	server, _ := newServer(t, "shop.yaml", mock.Options{MaxBody: 16})
	r := httptest.NewRequest("POST", "/v1/items", strings.NewReader(`{"name":"longer than sixteen bytes"}`))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	if server.ServeHTTP(w, r); w.Code != http.StatusRequestEntityTooLarge {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	_, again := replay(t, bundleOf(t, server))
	unchanged(t, again)
}
