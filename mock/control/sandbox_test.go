package control_test

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"understudy/contracts"
	"understudy/mock"
	"understudy/mock/control"
)

const shop = "/contracts/petstore"

// inBox is send for the world of a sandbox.
func (s *stand) inBox(name, method, path, body string) (int, string) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set(mock.SandboxHeader, name)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	response, err := s.client.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

func TestSandboxLife(t *testing.T) {
	s := start(t, control.Options{})
	e := s.expect()
	made := e.POST(shop + "/sandboxes").WithJSON(map[string]any{"name": "check-out", "seed": 9, "at": at(time.Hour), "frozen": true, "idle": "15m"}).
		Expect().Status(http.StatusCreated).JSON().Object()
	made.Value("seed").IsEqual(9)
	made.Value("idle").IsEqual("15m")
	made.Value("drops_at").IsEqual(at(15 * time.Minute))
	made.Value("clock").Object().Value("now").IsEqual(at(time.Hour))
	made.Value("items").IsEqual(2)
	ways := made.Value("ways").Object()
	ways.Value("header").IsEqual("Understudy-Sandbox: check-out")
	origin := strings.TrimSuffix(s.shop, "/v1")
	ways.Value("path").IsEqual(origin + "/~sandbox/check-out/v1")
	ways.Value("host").IsEqual(strings.Replace(origin, "127.0.0.1", "check-out.localhost", 1) + "/v1")
	made.NotContainsKey("key")

	for name, address := range map[string]string{"path": ways.Value("path").String().Raw()} {
		response, err := http.Get(address + "/pets")
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if date := response.Header.Get("Date"); date != noon.Add(time.Hour).Format(http.TimeFormat) {
			t.Errorf("by its %s one comes to a world in which it is %s", name, date)
		}
	}
	e.GET(shop + "/sandboxes/check-out").Expect().Status(http.StatusOK).JSON().Object().Value("requests").IsEqual(1)
	list := e.GET(shop + "/sandboxes").Expect().Status(http.StatusOK).JSON().Object()
	list.Value("total").IsEqual(1)
	list.Value("sandboxes").Array().Value(0).Object().Value("name").IsEqual("check-out")

	e.DELETE(shop + "/sandboxes/check-out").Expect().Status(http.StatusNoContent)
	e.GET(shop + "/sandboxes/check-out").Expect().Status(http.StatusNotFound).Body().Contains("it was dropped")
	e.DELETE(shop + "/sandboxes/check-out").Expect().Status(http.StatusNotFound)
}

func TestIdleSandboxIsExplained(t *testing.T) {
	s := start(t, control.Options{})
	s.send("POST", shop+"/sandboxes", `{"name":"a","idle":"1h"}`)
	s.send("POST", shop+"/sandboxes", `{"name":"b","idle":"never"}`)
	s.send("POST", "/clock", `{"advance":"50m"}`)
	if status, _ := s.inBox("a", "GET", shop+"/state", ""); status != 200 {
		t.Fatalf("it is gone after 50 minutes: %d", status)
	}
	if _, text := s.get("/clock/pending"); !strings.Contains(text, "drop the sandbox a unless it was used") {
		t.Errorf("what waits: %s", text)
	}
	s.send("POST", "/clock", `{"advance":"50m"}`) // an hour after its making, 50 minutes after its last use
	if status, _ := s.send("GET", shop+"/sandboxes/a", ""); status != 200 {
		t.Errorf("use over the management API does not count: %d", status)
	}
	s.send("POST", "/clock", `{"advance":"10m"}`)
	want := "nobody had used it for 1h0m0s"
	for _, path := range []string{"/sandboxes/a", "/state?sandbox=a"} {
		if status, answer := s.send("GET", shop+path, ""); status != 404 || !strings.Contains(answer, want) {
			t.Errorf("%s: %d %s", path, status, answer)
		}
	}
	if status, _ := s.send("GET", shop+"/sandboxes/b", ""); status != 200 {
		t.Errorf("the one that stays: %d", status)
	}
}

// TestEveryEndpointTakesASandbox asks every operation on a contract for a sandbox that is not there: all but those about the
// contract as a whole answer that.
func TestEveryEndpointTakesASandbox(t *testing.T) {
	s := start(t, control.Options{})
	apart := map[string]bool{"listSandboxes": true, "createSandbox": true, "getSandbox": true, "dropSandbox": true, "listSnapshots": true,
		"importSnapshot": true, "forgetSnapshot": true, "exportSnapshot": true,
		"listSuites": true, "listRuns": true, "getRun": true, "stopRun": true, "followRun": true, "getRunReport": true}
	for _, o := range document(t).Operations {
		if !strings.Contains(o.Path, "{contract}") {
			continue
		}
		path := strings.Replace(o.Path, "{contract}", "petstore", 1)
		for _, segment := range []string{"{asset}", "{id}", "{sandbox}", "{snapshot}", "{fault}", "{module}"} {
			path = strings.Replace(path, segment, "1", 1)
		}
		takes := false
		for _, p := range o.Parameters {
			takes = takes || p.In == "header" && p.Name == mock.SandboxHeader
		}
		if takes == apart[o.ID] {
			t.Errorf("%s: its document knows the header: %v", o.ID, takes)
		}
		if apart[o.ID] || o.Method == http.MethodHead {
			continue
		}
		if status, answer := s.inBox("nobody", o.Method, path, "{}"); status != 404 || !strings.Contains(answer, "sandbox_not_found") {
			t.Errorf("%s in a sandbox that is not there: %d %.200s", o.ID, status, answer)
		}
	}
}

func TestWorldsAreApart(t *testing.T) {
	s := start(t, control.Options{})
	s.send("POST", shop+"/sandboxes", `{"name":"a"}`)
	s.inBox("a", "PUT", shop+"/state/item?collection=/pets&id=9", `{"name":"only in a"}`)
	if _, text := s.inBox("a", "GET", shop+"/state/items?collection=/pets", ""); !strings.Contains(text, "only in a") {
		t.Errorf("a has %s", text)
	}
	if _, text := s.send("GET", shop+"/state/items?collection=/pets&sandbox=a", ""); !strings.Contains(text, "only in a") {
		t.Errorf("by the query a has %s", text)
	}
	if _, text := s.send("GET", shop+"/state/items?collection=/pets", ""); strings.Contains(text, "only in a") {
		t.Errorf("outside there is %s", text)
	}
	s.call("GET", "/pets", "")
	s.settled(1)
	if _, text := s.inBox("a", "GET", shop+"/journal", ""); !strings.Contains(text, `"seen":0`) {
		t.Errorf("the journal of a is %s", text)
	}
	s.send("POST", shop+"/sandboxes", `{"name":"b"}`)
	if status, answer := s.inBox("a", "GET", shop+"/state?sandbox=b", ""); status != 400 || !strings.Contains(answer, "name one") {
		t.Errorf("two sandboxes at once: %d %s", status, answer)
	}
}

func TestSandboxRefusals(t *testing.T) {
	s := start(t, control.Options{})
	s.send("POST", shop+"/sandboxes", `{"name":"a"}`)
	for body, want := range map[string]struct {
		status int
		text   string
	}{
		`{}`:                             {422, "name: a name has"},
		`{"name":"a b"}`:                 {422, "name: a name has"},
		`{"name":"a"}`:                   {409, "taken"},
		`{"name":"c","snapshot":"paid"}`: {404, "snapshot_not_found"},
		`{"name":"c","at":"noon"}`:       {422, "at: must be an instant"},
		`{"name":"c","idle":"0s"}`:       {422, "idle: must be"},
		`{"name":"c","idle":"-1h"}`:      {422, "idle: must be"},
		`{"name":"c","seed":-1}`:         {400, "seed"},
		`{"name":"c","colour":"red"}`:    {400, "Known are: name"},
	} {
		if status, answer := s.send("POST", shop+"/sandboxes", body); status != want.status || !strings.Contains(answer, want.text) {
			t.Errorf("%s: %d %s, want %d with %q", body, status, answer, want.status, want.text)
		}
	}
}

func TestKeyedSandboxOverTheAPI(t *testing.T) {
	b := openBox(t)
	made := b.expect().POST("/contracts/-/sandboxes").WithJSON(map[string]any{"name": "a", "keyed": true}).Expect().Status(http.StatusCreated).JSON().Object()
	key := made.Value("key").String().Raw()
	r, err := http.NewRequestWithContext(t.Context(), "GET", b.shop+"/tickets", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+key)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Errorf("the key is answered with %d", response.StatusCode)
	}
	box := b.expect().GET("/contracts/-/sandboxes/a").Expect().JSON().Object()
	box.NotContainsKey("key")
}

func TestSnapshotsOverTheAPI(t *testing.T) {
	s := start(t, control.Options{})
	e := s.expect()
	e.PUT(shop + "/snapshots/two").Expect().Status(http.StatusCreated).JSON().Object().Value("name").IsEqual("two")
	e.PUT(shop + "/snapshots/two").Expect().Status(http.StatusOK)
	s.send("POST", shop+"/sandboxes", `{"name":"a","snapshot":"two"}`)
	s.inBox("a", "PUT", shop+"/state/item?collection=/pets&id=9", `{"name":"Ada"}`)
	if status, text := s.inBox("a", "PUT", shop+"/snapshots/three", ""); status != 201 || !strings.Contains(text, `"of":"a"`) {
		t.Errorf("saved of a sandbox: %d %s", status, text)
	}
	e.GET(shop + "/snapshots").Expect().JSON().Object().Value("snapshots").Array().Length().IsEqual(3)

	response, file := s.get(shop + "/snapshots/three/export")
	if got := response.Header.Get("Content-Disposition"); !strings.Contains(got, "three.snapshot.jsonl") {
		t.Errorf("the file is called %s", got)
	}
	upload := func(query, media, body string, want int) string {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), "POST", s.url+shop+"/snapshots/import"+query, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", media)
		response, err := s.client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		text, _ := io.ReadAll(response.Body)
		if response.StatusCode != want {
			t.Errorf("import%s: %d %s, want %d", query, response.StatusCode, text, want)
		}
		return string(text)
	}
	const lines = "application/x-ndjson"
	upload("?name=four", lines, file, 201)
	upload("?name=four", "text/plain", file, 415)
	upload("?name=four&force=perhaps", lines, file, 400)
	upload("?name=start", lines, file, 422)
	upload("?name=five", lines, file[:len(file)/2], 422)
	upload("?name=five", lines, "{}\n", 422)
	other := strings.Replace(file, `"contract_digest":"`, `"contract_digest":"00`, 1)
	if text := upload("?name=five", lines, other, 422); !strings.Contains(text, "another version") {
		t.Errorf("of another version: %s", text)
	}
	upload("?name=five&force=true", lines, other, 201)

	s.send("POST", "/clock", `{"advance":"1h"}`)
	if status, text := s.send("POST", shop+"/snapshots/four/restore", ""); status != 200 || !strings.Contains(text, `"items":3`) {
		t.Errorf("restored: %d %s", status, text)
	}
	e.GET("/clock").Expect().JSON().Object().Value("now").IsEqual(at(time.Hour))
	s.send("POST", shop+"/snapshots/two/restore", `{"clock":true}`)
	e.GET("/clock").Expect().JSON().Object().Value("now").IsEqual(at(0))
	e.POST(shop + "/snapshots/six/restore").Expect().Status(http.StatusNotFound)
	e.GET(shop + "/snapshots/six/export").Expect().Status(http.StatusNotFound)
	e.PUT(shop + "/snapshots/start").Expect().Status(http.StatusConflict)
	e.PUT(shop + "/snapshots/a%20b").Expect().Status(http.StatusUnprocessableEntity)
	e.DELETE(shop + "/snapshots/start").Expect().Status(http.StatusConflict)
	e.DELETE(shop + "/snapshots/two").Expect().Status(http.StatusNoContent)
	e.DELETE(shop + "/snapshots/two").Expect().Status(http.StatusNotFound)
}

// TestFollowInASandbox sees the sandbox's exchanges, and ends when the sandbox is dropped.
func TestFollowInASandbox(t *testing.T) {
	s := start(t, control.Options{Pulse: 20 * time.Millisecond})
	s.send("POST", shop+"/sandboxes", `{"name":"a"}`)
	response, err := http.Get(s.url + shop + "/journal/follow?sandbox=a")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	lines := bufio.NewScanner(response.Body)
	until := func(want string) {
		t.Helper()
		for lines.Scan() {
			if strings.Contains(lines.Text(), "reloaded") {
				t.Fatal("the stream went over to another world")
			}
			if strings.Contains(lines.Text(), want) {
				return
			}
		}
		t.Fatalf("the stream ended before %q", want)
	}
	until("following")
	until("alive")
	until("alive")
	s.call("GET", "/pets/1", "")
	if again, err := http.Get(strings.TrimSuffix(s.shop, "/v1") + "/~sandbox/a/v1/pets"); err == nil {
		again.Body.Close()
	}
	until("listPets")
	s.send("DELETE", shop+"/sandboxes/a", "")
	for lines.Scan() { // it ends by itself
	}
}

// TestBundleOfChanges records what came over both APIs, and replays it from the file to the same bytes.
func TestBundleOfChanges(t *testing.T) {
	for _, world := range []string{"", "a"} {
		b := openBox(t)
		b.send("POST", one+"/sandboxes", `{"name":"a"}`)
		do := func(method, path, body string) string {
			t.Helper()
			path = one + path
			if world != "" {
				path += map[bool]string{true: "&", false: "?"}[strings.Contains(path, "?")] + "sandbox=" + world
			}
			status, answer := b.send(method, path, body)
			if status >= 300 {
				t.Fatalf("%s %s: %d %s", method, path, status, answer)
			}
			return answer
		}
		visit := func(key string) {
			t.Helper()
			r, err := http.NewRequestWithContext(t.Context(), "POST", b.shop+"/tickets", strings.NewReader(`{"title":"Stalls"}`))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Authorization", "Bearer "+key)
			if world != "" {
				r.Header.Set(mock.SandboxHeader, world)
			}
			response, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			io.Copy(io.Discard, response.Body)
			response.Body.Close()
		}
		const imported = "tk_test_9q8w7e6r5t4y3u2i1o0p" // as from a vendor's own shop
		visit("tk_test_aaaaaaaaaaaaaaaaaaaa")
		do("POST", "/keys", `{"name":"mine","environment":"sandbox","scopes":["tickets:read","tickets:write"],"text":"`+imported+`"}`)
		visit(imported)
		do("POST", "/clock", `{"advance":"1h"}`)
		do("POST", "/faults", `{"name":"down","kind":"status","status":503,"times":1}`)
		visit(imported)
		do("PUT", "/snapshots/kept", "")
		visit(imported)
		do("POST", "/snapshots/kept/restore", "")
		visit(imported)
		server := b.server
		if world != "" {
			box, err := b.server.Sandboxes().Get(world)
			if err != nil {
				t.Fatal(err)
			}
			server = box.Server()
		}
		for e := range server.Journal().Follow(t.Context(), 4) {
			if e.ID == 5 {
				break
			}
		}
		path := one + "/bundle"
		if world != "" {
			path += "?sandbox=" + world
		}
		response, file := b.get(path)
		if got := response.Header.Get("Content-Disposition"); !strings.Contains(got, "tickets.bundle.jsonl") {
			t.Errorf("the file is called %s", got)
		}
		if strings.Contains(file, imported) {
			t.Error("a credential that somebody brought along is in the file")
		}
		bundle, err := mock.ReadBundle(t.Context(), strings.NewReader(file))
		if err != nil {
			t.Fatal(err)
		}
		if !bundle.Head.Whole || len(bundle.Steps) != 9 {
			t.Errorf("whole: %v, %d steps, want 9: %q", bundle.Head.Whole, len(bundle.Steps), bundle.Head.Notes)
		}
		contract, err := contracts.Load(t.Context(), "openapi.json", contracts.Options{Name: bundle.Head.Contract, Files: fstest.MapFS{"openapi.json": {Data: bundle.Document}}})
		if err != nil {
			t.Fatal(err)
		}
		replay, err := bundle.Replay(t.Context(), mock.ReplayOptions{Contract: contract, Manage: func(server *mock.Server) http.Handler {
			h := control.New(control.Options{Clock: server.Clock()})
			h.Add(contract.Name, "http://127.0.0.1/v1", func() *mock.Server { return server })
			return h
		}})
		if err != nil {
			t.Fatal(err)
		}
		for i, step := range replay.Steps {
			for _, d := range step.Differences {
				t.Errorf("world %q, step %d: %s: recorded %s, got %s", world, i+1, d.Part, d.Want, d.Got)
			}
		}
		var again bytes.Buffer
		if err := replay.Bundle().Write(t.Context(), &again); err != nil {
			t.Fatal(err)
		}
		if again.String() != file {
			t.Errorf("world %q: the replay gives another file", world)
		}
	}
}

// TestBundleAfterAClear begins behind the exchanges that were forgotten.
func TestBundleAfterAClear(t *testing.T) {
	s := start(t, control.Options{})
	s.call("GET", "/pets", "")
	s.settled(1)
	s.send("DELETE", shop+"/journal", "")
	s.call("GET", "/pets", "")
	s.settled(2)
	_, file := s.get(shop + "/bundle")
	if n := strings.Count(file, `{"exchange"`); n != 1 || !strings.Contains(file, `"whole":false`) {
		t.Errorf("%d exchanges, %.600s", n, file)
	}
	s.send("POST", "/reset", "")
	if _, file = s.get(shop + "/bundle"); !strings.Contains(file, `"whole":true`) || strings.Contains(file, `{"exchange"`) {
		t.Errorf("after a reset: %.600s", file)
	}
}
