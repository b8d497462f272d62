package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"understudy/contracts"
	"understudy/mock"
	"understudy/mock/clock"
	"understudy/mock/control"
)

// A shop is a stand-in with its management API, and a command line beside it.
type shop struct {
	t       *testing.T
	server  *mock.Server
	baseURL string
	url     string
	env     map[string]string
}

func openShop(t *testing.T, token string) *shop {
	t.Helper()
	c, err := contracts.Load(t.Context(), filepath.Join("..", "..", "mock", "control", "testdata", "petstore.yaml"), contracts.Options{})
	if err != nil {
		t.Fatal(err)
	}
	frozen := clock.New(clock.Options{At: time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC), Frozen: true})
	server, err := mock.New(t.Context(), mock.Options{Contract: c, Clock: frozen, Auth: mock.Ignore, Seeds: map[string][]any{"/pets": {
		map[string]any{"id": 1, "name": "Rex"}, map[string]any{"id": 2, "name": "Tom\x1b[2J", "tag": "cat"},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	api := httptest.NewServer(server)
	t.Cleanup(api.Close)
	s := &shop{t: t, server: server, baseURL: api.URL + "/v1"}
	h := control.New(control.Options{Token: token, Version: "v1.2.3", Clock: frozen, Seed: 1})
	h.Add("petstore", "http://127.0.0.1:4010/v1", func() *mock.Server { return server })
	h.Ready()
	management := httptest.NewServer(h)
	t.Cleanup(management.Close)
	t.Cleanup(h.Close)
	s.url = management.URL
	s.env = map[string]string{"UNDERSTUDY_CONTROL_URL": s.url}
	return s
}

// run carries out one command line and gives what it printed.
func (s *shop) run(args ...string) (status int, out, err string) {
	s.t.Helper()
	var stdout, stderr bytes.Buffer
	p := &process{out: &stdout, err: &stderr, getenv: func(name string) string { return s.env[name] }}
	status = p.run(s.t.Context(), append([]string{"control"}, args...))
	return status, stdout.String(), stderr.String()
}

// must is run for a command that has to go well.
func (s *shop) must(args ...string) string {
	s.t.Helper()
	status, out, err := s.run(args...)
	if status != 0 || err != "" {
		s.t.Fatalf("control %s: exit status %d: %s%s", strings.Join(args, " "), status, out, err)
	}
	return out
}

func (s *shop) call(method, path, body string) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.baseURL+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Shop-Key", "sk-tombola-1234567890")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	io.Copy(io.Discard, response.Body)
	response.Body.Close()
}

// visit leaves three exchanges in the journal, and waits until they are there.
func (s *shop) visit() {
	s.t.Helper()
	s.call("GET", "/pets/1", "")
	s.call("POST", "/pets", `{"name":""}`)
	s.call("DELETE", "/pets/2", "")
	for e := range s.server.Journal().Follow(s.t.Context(), 2) {
		if e.ID == 3 {
			return
		}
	}
}

func TestControlOverview(t *testing.T) {
	s := openShop(t, "")
	s.visit()
	want := `understudy v1.2.3  ready  seed 1  clock 2026-01-31T12:00:00Z, standing still
CONTRACT  EXCHANGES  HELD  DROPPED  BASE URL
petstore  3          3     0        http://127.0.0.1:4010/v1
`
	if got := s.must("status"); got != want {
		t.Errorf("status prints\n%s\nwant\n%s", got, want)
	}
	want = `NAME      TITLE     VERSION  OPENAPI  OPERATIONS  BASE URL
petstore  Pet shop  1.0.0    3.1.0    7           http://127.0.0.1:4010/v1
`
	if got := s.must("contracts"); got != want {
		t.Errorf("contracts prints\n%s\nwant\n%s", got, want)
	}
	if got := s.must("clock"); got != "2026-01-31T12:00:00Z, standing still\n" {
		t.Errorf("clock prints %q", got)
	}
	if got := s.must("reset"); got != "petstore: 2 items from the start, 3 exchanges forgotten\n" {
		t.Errorf("reset prints %q", got)
	}
	for _, args := range [][]string{{"openapi"}, {"openapi", "--contract", "petstore"}, {"clock", "--json"}, {"status", "--json"}, {"contracts", "--json"}} {
		if out := s.must(args...); !json.Valid([]byte(out)) {
			t.Errorf("control %v prints no JSON: %.100s", args, out)
		}
	}
}

func TestControlJournal(t *testing.T) {
	s := openShop(t, "")
	if got := s.must("journal"); got != "no exchanges (0 came since the start, 0 are held)\n" {
		t.Errorf("an empty journal prints %q", got)
	}
	s.visit()
	want := `ID  TIME          STATUS  METHOD  PATH        OPERATION  TOOK    REASON
1   12:00:00.000  200     GET     /v1/pets/1  getPet     0.0 ms
2   12:00:00.000  400     POST    /v1/pets    createPet  0.0 ms  validation_failed
3   12:00:00.000  204     DELETE  /v1/pets/2  deletePet  0.0 ms  deleted /pets/2
`
	if got := s.must("journal"); got != want {
		t.Errorf("journal prints\n%s\nwant\n%s", got, want)
	}
	for _, test := range []struct {
		args string
		want []string
	}{
		{"--status 4xx", []string{"2"}},
		{"--operation getPet", []string{"1"}},
		{"--method DELETE", []string{"3"}},
		{"--path /v1/pets/", []string{"1", "3"}},
		{"--problems", []string{"2"}},
		{"--limit 2", []string{"2", "3"}},
		{"--since 10m", []string{"1", "2", "3"}},
		{"--since 2026-01-31T12:00:01Z", nil},
	} {
		var ids []string
		for line := range strings.Lines(s.must(append([]string{"journal", "--json"}, strings.Fields(test.args)...)...)) {
			var e control.Entry
			if err := json.Unmarshal([]byte(line), &e); err != nil {
				t.Fatalf("journal --json %s prints %q: %v", test.args, line, err)
			}
			ids = append(ids, string(rune('0'+e.ID)))
		}
		if strings.Join(ids, " ") != strings.Join(test.want, " ") {
			t.Errorf("journal %s shows %v, want %v", test.args, ids, test.want)
		}
	}
	name := filepath.Join(t.TempDir(), "calls.har")
	s.must("journal", "--har", name, "--operation", "createPet")
	if data, err := os.ReadFile(name); err != nil || !json.Valid(data) || strings.Count(string(data), `"startedDateTime"`) != 1 {
		t.Errorf("the archive holds %s, %v", data, err)
	}
	if got := s.must("journal", "--clear"); got != "3 exchanges forgotten\n" {
		t.Errorf("journal --clear prints %q", got)
	}
}

func TestControlJournalShow(t *testing.T) {
	s := openShop(t, "")
	s.visit()
	out := s.must("journal", "show", "2")
	for _, want := range []string{
		"#2  2026-01-31T12:00:00.000Z  0.0 ms  createPet\n", "POST http://127.0.0.1", "/v1/pets HTTP/1.1\n", "X-Shop-Key: ", "\n{\n  \"name\": \"\"\n}\n",
		"\n400 Bad Request\n", "\nTrace\n", "validate   refused: validation_failed\n", "Reason: validation_failed\n",
		"Violations\n  body /name: wanted ", "petstore.yaml:",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("show 2 lacks %q:\n%s", want, out)
		}
	}
	if strings.Contains(out, "sk-tombola-1234567890") {
		t.Error("show 2 shows the credential")
	}
	if out := s.must("journal", "show", "#3"); !strings.Contains(out, "Changes\n  deleted /pets/2\n") {
		t.Errorf("show 3 lacks what changed:\n%s", out)
	}
	if status, _, err := s.run("journal", "show", "99"); status != exitFailure || !strings.Contains(err, "does not hold the entry 99") {
		t.Errorf("show 99 ends with %d: %s", status, err)
	}
}

func TestControlFollow(t *testing.T) {
	s := openShop(t, "")
	for _, form := range []struct {
		args []string
		want string
	}{
		{nil, "400  POST   /v1/pets  createPet  validation_failed\n"},
		{[]string{"--json"}, `"status":400`},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		read, write := io.Pipe()
		var stderr bytes.Buffer
		p := &process{out: write, err: &stderr, getenv: func(name string) string { return s.env[name] }}
		done := make(chan int)
		go func() {
			done <- p.run(ctx, append([]string{"control", "journal", "--follow", "--status", "4xx"}, form.args...))
		}()
		line := make(chan string, 1)
		go func() {
			buffer := make([]byte, 64<<10)
			n, _ := read.Read(buffer)
			line <- string(buffer[:n])
		}()
		var got string
		// When the command has begun to follow is its own affair: calls go on until it shows one.
		for got == "" {
			s.call("POST", "/pets", `{"name":""}`)
			select {
			case got = <-line:
			default:
			}
		}
		go io.Copy(io.Discard, read)
		cancel()
		if status := <-done; status != 0 {
			t.Errorf("an interrupted follow ends with %d: %s", status, stderr.String())
		}
		if !strings.Contains(got, form.want) {
			t.Errorf("follow %v prints %q, want %q", form.args, got, form.want)
		}
	}
}

func TestControlState(t *testing.T) {
	s := openShop(t, "")
	want := `COLLECTION             ITEMS
/pets                  2
/pets/{petId}/visits   0
`
	if got := s.must("state"); strings.Join(strings.Fields(got), " ") != strings.Join(strings.Fields(want), " ") {
		t.Errorf("state prints\n%s\nwant\n%s", got, want)
	}
	out := s.must("state", "list", "/pets")
	if !strings.HasPrefix(out, "ID  SCOPE  ITEM\n1          {\"id\":1,\"name\":\"Rex\"}\n") || strings.Contains(out, "\x1b") {
		t.Errorf("state list prints %q", out)
	}
	if out := s.must("state", "list", "/pets", "--limit", "1"); !strings.Contains(out, "1 of 2 items") {
		t.Errorf("state list --limit 1 prints %s", out)
	}
	folder := t.TempDir()
	file := filepath.Join(folder, "pet.json")
	if err := os.WriteFile(file, []byte(`{"name":"Max"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if out := s.must("state", "put", "/pets", "1", file); out != "{\n  \"id\": 1,\n  \"name\": \"Max\"\n}\n" {
		t.Errorf("state put prints %s", out)
	}
	if out := s.must("state", "get", "/pets", "1"); !strings.Contains(out, `"Max"`) {
		t.Errorf("state get prints %s", out)
	}
	if err := os.WriteFile(file, []byte(`{"reason":"illness"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	s.must("state", "put", "visits", file, "--scope", "petId=1")
	if out := s.must("state", "list", "visits", "--scope", "petId=1"); !strings.Contains(out, "petId=1") {
		t.Errorf("state list prints %s", out)
	}
	dump := filepath.Join(folder, "state.json")
	before := s.must("state", "export")
	if err := os.WriteFile(dump, []byte(before), 0o600); err != nil {
		t.Fatal(err)
	}
	if out := s.must("state", "delete", "/pets", "1"); out != "/pets 1 is deleted\n" {
		t.Errorf("state delete prints %s", out)
	}
	if out := s.must("state", "list", "visits"); out != "no items\n" {
		t.Errorf("the visits of a pet that is gone: %s", out)
	}
	s.must("state", "import", dump)
	if after := s.must("state", "export"); after != before {
		t.Errorf("after the import the export is\n%s\nbefore\n%s", after, before)
	}
	if s.must("state", "reset"); !strings.Contains(s.must("state", "get", "/pets", "1"), `"Rex"`) {
		t.Error("state reset has not brought the first item back")
	}
	if err := os.WriteFile(file, []byte(`{"name":7}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if status, _, err := s.run("state", "put", "/pets", "1", file); status != exitFailure || !strings.Contains(err, "body /name: wanted") {
		t.Errorf("an item that does not fit ends with %d: %s", status, err)
	}
}

func TestControlFindsTheWay(t *testing.T) {
	s := openShop(t, "tok-9")
	s.env = map[string]string{}
	file := filepath.Join(t.TempDir(), "ready.json")
	if err := writeWhole(file, []byte(`{"control":{"url":"`+s.url+`","token":"tok-9"},"contracts":[]}`)); err != nil {
		t.Fatal(err)
	}
	s.must("clock", "--ready-file", file)
	s.must("clock", "--url", s.url, "--token", "tok-9")
	s.must("clock", "--url", strings.TrimPrefix(s.url, "http://")+"/", "--token", "tok-9")
	s.env = map[string]string{"UNDERSTUDY_CONTROL_URL": s.url, "UNDERSTUDY_CONTROL_TOKEN": "tok-9"}
	s.must("clock")

	listener := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(listener.Close)
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	for _, test := range []struct{ name, args, want string }{
		{"wrong token", "clock --token wrong", "not the token"},
		{"flag before environment", "clock --url " + gone.URL, "nothing listens at " + gone.URL + ". Start a stand-in: understudy serve CONTRACT"},
		{"somebody else", "clock --url " + listener.URL, "no management API of a stand-in"},
		{"no address", "clock --url ftp://x", "give one such as http://127.0.0.1:4011"},
		{"no ready file", "clock --ready-file " + file + ".missing", "read the ready file"},
		{"unknown contract", "journal --contract nobody", "Served are: petstore"},
		{"bad since", "journal --since yesterday", "10m"},
		{"follow and clear", "journal --follow --clear", "follow"},
		{"no number", "journal show first", "number"},
		{"scope without value", "state get /pets 1 --scope owner", "NAME=VALUE"},
		{"no id", "state get /pets", "id"},
	} {
		t.Run(test.name, func(t *testing.T) {
			status, out, err := s.run(strings.Fields(test.args)...)
			if status != exitFailure || out != "" || !strings.Contains(err, test.want) {
				t.Errorf("control %s ends with %d and prints %q, complains %q; want %q", test.args, status, out, err, test.want)
			}
		})
	}
	s.env = map[string]string{"UNDERSTUDY_CONTROL_URL": s.url}
	if status, _, err := s.run("clock"); status != exitFailure || !strings.Contains(err, "UNDERSTUDY_CONTROL_TOKEN") {
		t.Errorf("without a token control ends with %d: %s", status, err)
	}
}
