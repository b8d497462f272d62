package control_test

import (
	"encoding/json"
	"strings"
	"testing"

	"understudy/contracts/redact"
	"understudy/mock/control"

	"github.com/gavv/httpexpect/v2"
)

var problemJSON = httpexpect.ContentOpts{MediaType: "application/problem+json"}

// visit sends what the tests of the journal look at: 1 created, 2 refused, 3 found, 4 not found.
func visit(s *stand) {
	s.call("POST", "/pets", `{"name":"Ada","tag":"sk-tombola-1234567890"}`)
	s.call("POST", "/pets", `{"name":""}`)
	s.call("GET", "/pets/1?key=value", "")
	s.call("GET", "/pets/99", "")
	s.settled(4)
}

func TestJournalFilters(t *testing.T) {
	s := start(t, control.Options{})
	visit(s)
	tests := []struct {
		query string
		want  []any
	}{
		{"", []any{1, 2, 3, 4}},
		{"limit=2", []any{3, 4}},
		{"after=1", []any{2, 3, 4}},
		{"after=0&limit=2", []any{1, 2}},
		{"after=1&limit=2", []any{2, 3}},
		{"operation=getPet", []any{3, 4}},
		{"method=post", []any{1, 2}},
		{"path=/v1/pets/", []any{3, 4}},
		{"status=404", []any{4}},
		{"status=4XX", []any{2, 4}},
		{"problem=*", []any{2, 4}},
		{"problem=validation_failed", []any{2}},
		{"since=2026-01-31T12:00:00Z", []any{1, 2, 3, 4}},
		{"since=2026-01-31T12:00:01Z", []any{}},
		{"until=2026-01-31T13:00:00%2B01:00", []any{}},
		{"until=2026-01-31T12:00:01Z", []any{1, 2, 3, 4}},
		{"status=2xx&method=GET", []any{3}},
	}
	for _, test := range tests {
		t.Run(test.query, func(t *testing.T) {
			o := s.expect().GET("/contracts/-/journal").WithQueryString(test.query).Expect().Status(200).JSON().Object()
			o.Path("$.entries[*].id").Array().IsEqual(test.want)
			o.Value("stats").Object().HasValue("seen", 4).HasValue("held", 4).HasValue("newest", 4)
		})
	}
}

func TestJournalEntry(t *testing.T) {
	s := start(t, control.Options{})
	visit(s)
	o := s.expect().GET("/contracts/-/journal/1").Expect().Status(200).JSON().Object()
	o.HasValue("operation", "createPet").HasValue("start", "2026-01-31T12:00:00Z").HasValue("duration_ms", 0)
	o.Path("$.request.method").IsEqual("POST")
	o.Path("$.request.url").String().HasSuffix("/v1/pets")
	o.Path("$.request.body.size").IsEqual(44)
	o.Path("$.response.status").IsEqual(201)
	o.Path("$.response.body.text").String().Contains(`"name":"Ada"`)
	o.Path("$.trace.changes[0].key").String().HasPrefix("/pets/")

	o = s.expect().GET("/contracts/-/journal/2").Expect().Status(200).JSON().Object()
	o.Path("$.trace.problem").IsEqual("validation_failed")
	o.Path("$.trace.violations[0].pointer").IsEqual("/name")
	o.Path("$.trace.violations[0].at.line").Number().Gt(0)
	o.Path("$.trace.stages[-1:]").Array().Value(0).Object().HasValue("verdict", "refused")

	list := s.expect().GET("/contracts/-/journal").WithQuery("bodies", false).Expect().Status(200).JSON()
	list.Path("$.entries[0].request.body").Object().IsEqual(map[string]any{"size": 44})
}

func TestNoSecretLeaves(t *testing.T) {
	s := start(t, control.Options{})
	visit(s)
	for _, path := range []string{"journal", "journal/1", "journal.har", "journal?bodies=false"} {
		if _, text := s.get("/contracts/-/" + path); strings.Contains(text, "sk-tombola-1234567890") {
			t.Errorf("GET %s shows the credential of the request", path)
		} else if !strings.Contains(text, "X-Shop-Key") {
			t.Errorf("GET %s does not show that a credential came", path)
		}
	}
}

// TestMarkedJournal: with marks a reader can tell that two requests came with the same credential, and no more.
func TestMarkedJournal(t *testing.T) {
	s := start(t, control.Options{})
	visit(s)
	s.call("GET", "/pets/sk-tombola-1234567890", "")
	s.settled(5)
	e := s.expect()
	type entry struct {
		Request struct {
			URL     string
			Headers map[string][]string
		}
		Client control.Peer
	}
	var list struct{ Entries []entry }
	_, text := s.get("/contracts/-/journal?secrets=marked")
	if err := json.Unmarshal([]byte(text), &list); err != nil || len(list.Entries) != 5 {
		t.Fatalf("%v: %s", err, text)
	}
	mark := list.Entries[0].Request.Headers["X-Shop-Key"][0]
	if marks := redact.Marks(mark); len(marks) != 1 || marks[0] != mark {
		t.Fatalf("the key is shown as %s", mark)
	}
	if got := list.Entries[3].Request.Headers["X-Shop-Key"][0]; got != mark {
		t.Errorf("the same key is %s once and %s later", mark, got)
	}
	if got := list.Entries[4].Request.URL; !strings.HasSuffix(got, "/pets/"+mark) {
		t.Errorf("in a URL the key is %s", got)
	}
	if c := list.Entries[0].Client; c.TLS || c.Address != "127.0.0.1" || c.Start == nil || c.Duration == nil { // the shop's clock stands still
		t.Errorf("the client is %+v", c)
	}
	var one entry
	if _, text := s.get("/contracts/-/journal/2?secrets=marked"); json.Unmarshal([]byte(text), &one) != nil || one.Request.Headers["X-Shop-Key"][0] != mark {
		t.Errorf("one entry says %s", text)
	}
	for _, path := range []string{"journal?secrets=marked", "journal/1?secrets=marked", "journal.har?secrets=marked", "journal.har?secrets=hidden"} {
		if _, text := s.get("/contracts/-/" + path); strings.Contains(text, "sk-tombola-1234567890") || strings.Contains(text, mark) != strings.HasSuffix(path, "marked") {
			t.Errorf("GET %s says %s", path, text)
		}
	}
	for _, path := range []string{"journal", "journal/1", "journal.har", "journal/follow"} {
		e.GET("/contracts/-/"+path).WithQuery("secrets", "plain").Expect().Status(400).JSON(problemJSON).Path("$.detail").String().Contains("give hidden, or marked")
	}
}

func TestJournalDropsAndClears(t *testing.T) {
	s := start(t, control.Options{}) // its journal holds 8
	for range 11 {
		s.call("GET", "/pets/1", "")
	}
	s.settled(11)
	e := s.expect()
	stats := e.GET("/contracts/-/journal").Expect().JSON().Object().Value("stats").Object()
	stats.HasValue("seen", 11).HasValue("held", 8).HasValue("dropped", 3).HasValue("oldest", 4)
	e.GET("/contracts/-/journal/3").Expect().Status(404).JSON(problemJSON).Path("$.detail").String().Contains("from 4 to 11")
	e.DELETE("/contracts/-/journal").Expect().Status(200).JSON().Object().HasValue("cleared", 8)
	o := e.GET("/contracts/-/journal").Expect().JSON().Object()
	o.Value("entries").Array().IsEmpty()
	o.Value("stats").Object().HasValue("held", 0).HasValue("oldest", 0).HasValue("newest", 11)
	s.call("GET", "/pets/1", "")
	s.settled(12)
	e.GET("/contracts/-/journal/12").Expect().Status(200)
}

func TestArchive(t *testing.T) {
	s := start(t, control.Options{})
	visit(s)
	response, text := s.get("/contracts/-/journal.har?status=201")
	if got := response.Header.Get("Content-Disposition"); got != `attachment; filename="journal.har"` {
		t.Errorf("Content-Disposition is %s", got)
	}
	var archive struct {
		Log struct {
			Entries []struct {
				Request struct{ Method, URL string }
				Trace   struct{ ID int } `json:"_understudy"`
			}
		}
	}
	if err := json.Unmarshal([]byte(text), &archive); err != nil {
		t.Fatal(err)
	}
	if list := archive.Log.Entries; len(list) != 1 || list[0].Request.Method != "POST" || list[0].Trace.ID != 1 {
		t.Errorf("the archive holds %+v", list)
	}
}

func TestBinaryAndCutBodies(t *testing.T) {
	s := start(t, control.Options{})
	s.call("POST", "/pets", "\xff\xfe\x00")
	s.call("POST", "/pets", `{"name":"`+strings.Repeat("a", 2<<20))
	s.settled(2)
	e := s.expect()
	e.GET("/contracts/-/journal/1").Expect().JSON().Path("$.request.body").Object().IsEqual(map[string]any{"size": 3, "base64": "//4A"})
	body := e.GET("/contracts/-/journal/2").Expect().JSON().Path("$.request.body").Object()
	body.HasValue("size", 2<<20+9).HasValue("cut", true)
	body.Value("text").String().Length().IsEqual(1 << 20)
}
