package control_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"understudy/mock/control"
)

// try sends a request through the management API.
func (s *stand) try(order string) control.Tried {
	s.t.Helper()
	status, body := s.send("POST", "/contracts/petstore/try", order)
	if status != 200 {
		s.t.Fatalf("%s: answered %d: %s", order, status, body)
	}
	var tried control.Tried
	if err := json.Unmarshal([]byte(body), &tried); err != nil {
		s.t.Fatal(err)
	}
	return tried
}

func TestTryGoesThroughTheStandIn(t *testing.T) {
	s := start(t, control.Options{})
	made := s.try(`{"method":"POST","path":"/pets","headers":{"content-type":["application/json"],"X-Shop-Key":["sk-tombola-1234567890"]},"body":"{\"name\":\"Ada\"}"}`)
	if made.Response.Status != 201 || !strings.Contains(made.Response.Body.Text, `"Ada"`) || made.Entry != 1 || made.Duration <= 0 {
		t.Fatalf("the request was answered %+v", made)
	}
	if status, body := s.call("GET", "/pets/3", ""); status != 200 || !strings.Contains(body, "Ada") {
		t.Errorf("what was made is not in the state: %d %s", status, body)
	}
	_, text := s.get("/contracts/petstore/journal/1")
	var entry control.Entry
	if err := json.Unmarshal([]byte(text), &entry); err != nil {
		t.Fatal(err)
	}
	if entry.Operation != "createPet" || entry.Client.Address != "127.0.0.1" || entry.Request.URL != s.shop+"/pets" {
		t.Errorf("the journal has %s from %s to %s", entry.Operation, entry.Client.Address, entry.Request.URL)
	}
	if got := entry.Request.Headers.Get("X-Shop-Key"); got == "sk-tombola-1234567890" {
		t.Error("the journal shows the credential")
	}
	if got := s.try(`{"method":"GET","path":"/pets?limit=1"}`); got.Response.Status != 200 || got.Entry != 3 {
		t.Errorf("a list was answered %+v", got)
	}
	if got := s.try(`{"method":"GET","path":"/pets/99"}`); got.Response.Status != 404 || got.Entry != 4 {
		t.Errorf("what is not there was answered %+v", got)
	}
	body := base64.StdEncoding.EncodeToString([]byte(`{"name":"Bo"}`))
	if got := s.try(`{"method":"POST","path":"/pets","headers":{"Content-Type":["application/json"]},"base64":"` + body + `"}`); got.Response.Status != 201 {
		t.Errorf("a body in base64 was answered %+v", got)
	}
}

// TestTryReachesNobodyElse: whatever is asked for, the contract's own stand-in gets it.
func TestTryReachesNobodyElse(t *testing.T) {
	s := start(t, control.Options{})
	for _, path := range []string{"//evil.example/pets", "/http://evil.example/", "/@evil.example/", "/../../contracts", "/pets?url=http://evil.example"} {
		order, err := json.Marshal(map[string]any{"method": "GET", "path": path, "headers": map[string][]string{"Host": {"evil.example"}}})
		if err != nil {
			t.Fatal(err)
		}
		got := s.try(string(order))
		if got.Entry == 0 {
			t.Errorf("%s did not get to the stand-in's journal: %+v", path, got)
		}
	}
}

func TestTryRefuses(t *testing.T) {
	s := start(t, control.Options{})
	for _, c := range []struct {
		order   string
		status  int
		pointer string
	}{
		{`{"path":"/pets"}`, 422, "/method"},
		{`{"method":"GET POST","path":"/pets"}`, 422, "/method"},
		{`{"method":"CONNECT","path":"/pets"}`, 422, "/method"},
		{`{"method":"GET","path":"pets"}`, 422, "/path"},
		{`{"method":"GET","path":""}`, 422, "/path"},
		{`{"method":"GET","path":"/pets#x"}`, 422, "/path"},
		{`{"method":"GET","path":"/%zz"}`, 422, "/path"},
		{`{"method":"GET","path":"/pets","headers":{"X":["a\r\nY: b"]}}`, 422, "/headers"},
		{`{"method":"GET","path":"/pets","headers":{"X\n":["a"]}}`, 422, "/headers"},
		{`{"method":"GET","path":"/pets","headers":{"X Y":["a"]}}`, 422, ""},
		{`{"method":"GET","path":"/pets","body":"x","base64":"eA=="}`, 422, "/base64"},
		{`{"method":"GET","path":"/pets","base64":"x"}`, 422, "/base64"},
		{`{"method":"GET","path":"/pets","url":"http://evil.example"}`, 400, ""},
		{`[]`, 400, ""},
	} {
		status, body := s.send("POST", "/contracts/petstore/try", c.order)
		if status != c.status || c.pointer != "" && !strings.Contains(body, `"pointer":"`+c.pointer+`"`) {
			t.Errorf("%s answered %d: %s; want %d at %q", c.order, status, body, c.status, c.pointer)
		}
	}
	if n := s.server.Journal().Stats().Seen; n != 0 {
		t.Errorf("the stand-in got %d requests", n)
	}
}

func TestTryTellsOfACut(t *testing.T) {
	s := start(t, control.Options{})
	if status, body := s.send("POST", "/contracts/petstore/faults", `{"name":"cut","kind":"reset"}`); status != 201 {
		t.Fatalf("order a fault: %d %s", status, body)
	}
	got := s.try(`{"method":"GET","path":"/pets"}`)
	if got.Response.Status != 0 || got.Cut == "" || got.Entry != 1 {
		t.Errorf("a request whose connection is cut was answered %+v", got)
	}
}

func TestTryInASandbox(t *testing.T) {
	s := start(t, control.Options{})
	s.send("POST", "/contracts/petstore/sandboxes", `{"name":"a"}`)
	status, body := s.send("POST", "/contracts/petstore/try?sandbox=a", `{"method":"DELETE","path":"/pets/1"}`)
	if status != http.StatusOK || !strings.Contains(body, `"entry":1`) {
		t.Fatalf("answered %d: %s", status, body)
	}
	if status, _ := s.call("GET", "/pets/1", ""); status != 200 {
		t.Errorf("the pet of the contract's own world is gone: %d", status)
	}
	if got := s.try(`{"method":"GET","path":"/pets/1","headers":{"Understudy-Sandbox":["a"]}}`); got.Response.Status != 404 {
		t.Errorf("the pet is still in the sandbox: %+v", got)
	}
}
