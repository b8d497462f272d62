package control_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"understudy/mock"
	"understudy/mock/clock"
	"understudy/mock/control"
)

// at is an instant so long after noon, as JSON has it.
func at(d time.Duration) string { return noon.Add(d).Format(time.RFC3339) }

func TestClockMoves(t *testing.T) {
	b := openBox(t)
	e := b.expect()
	b.server.Clock().(*clock.Virtual).AfterFuncLabel(2*time.Hour, "deliver evt_1", func() {})
	id, _ := b.makeKey(map[string]any{"name": "CI", "scopes": []string{"tickets:read"}, "expires_at": at(90 * time.Minute)})

	waiting := e.GET("/clock/pending").Expect().Status(http.StatusOK).JSON().Object()
	first := waiting.Value("pending").Array().Value(0).Object()
	first.Value("at").IsEqual(at(90 * time.Minute))
	first.Value("what").IsEqual("key " + id + " (CI) expires")

	moved := e.POST("/clock").WithJSON(map[string]any{"advance": "2h"}).Expect().Status(http.StatusOK).JSON().Object()
	moved.Value("now").IsEqual(at(2 * time.Hour))
	moved.Value("frozen").IsEqual(true)
	ran := moved.Value("ran").Array()
	ran.Length().Ge(2)
	var what []string
	for _, one := range ran.Iter() {
		what = append(what, one.Object().Value("at").String().Raw()+" "+one.Object().Value("what").String().Raw())
	}
	list := strings.Join(what, "\n")
	expiry, call := strings.Index(list, at(90*time.Minute)+" key "+id+" (CI) expired"), strings.Index(list, at(2*time.Hour)+" deliver evt_1")
	if expiry < 0 || call < expiry {
		t.Errorf("what happened is\n%s", list)
	}

	e.POST("/clock").WithJSON(map[string]any{"set": at(0)}).Expect().Status(http.StatusOK).JSON().Object().Value("ran").Array().IsEmpty()
	e.POST("/clock").WithJSON(map[string]any{"advance": "1w1d"}).Expect().JSON().Object().Value("now").IsEqual(at(8 * 24 * time.Hour))
	e.POST("/clock").WithJSON(map[string]any{"rate": 60}).Expect().JSON().Object().Value("rate").IsEqual(60)
	e.POST("/clock").WithJSON(map[string]any{"freeze": true}).Expect().JSON().Object().Value("frozen").IsEqual(true)
}

func TestGraceEndsAreListed(t *testing.T) {
	b := openBox(t)
	e := b.expect()
	id, _ := b.makeKey(map[string]any{"name": "old", "class": "test-key", "scopes": []string{"tickets:read"}})
	next := e.POST("/contracts/tickets/keys/" + id + "/rotate").Expect().Status(http.StatusCreated).JSON().Object().Value("key").Object().Value("id").String().Raw()
	body := e.POST("/contracts/tickets/clock").WithJSON(map[string]any{"advance": "24h"}).Expect().Status(http.StatusOK).Body().Raw()
	if want := "key " + id + " (old) expired; " + next + " is its successor"; !strings.Contains(body, want) {
		t.Errorf("%s does not tell that %s", body, want)
	}
}

func TestClockRefusals(t *testing.T) {
	s := start(t, control.Options{})
	for body, want := range map[string]struct {
		status int
		text   string
	}{
		`{}`:                             {400, "exactly one"},
		`{"advance":"1h","freeze":true}`: {400, "exactly one"},
		`{"advance":null}`:               {400, "null is none"},
		`{"advance":"-1h"}`:              {422, "to turn the clock back, send set"},
		`{"advance":"soon"}`:             {422, "such as 90s, 15m, 24h or 7d"},
		`{"advance":"9000000000w"}`:      {422, "290 years"},
		`{"set":"tomorrow"}`:             {422, "2026-01-31T12:00:00Z"},
		`{"set":"9999-12-31T23:59:59Z"}`: {422, "1970 to 9000"},
		`{"set":"1969-12-31T23:59:59Z"}`: {422, "1970 to 9000"},
		`{"freeze":false}`:               {422, "send rate with 1"},
		`{"rate":-1}`:                    {422, "from 0"},
		`{"rate":100001}`:                {422, "100000"},
		`{"rate":"fast"}`:                {400, "rate"},
		`{"jump":"1h"}`:                  {400, "Known are: advance"},
	} {
		if status, answer := s.send("POST", "/clock", body); status != want.status || !strings.Contains(answer, want.text) {
			t.Errorf("%s: %d %s, want %d with %q", body, status, answer, want.status, want.text)
		}
	}
	if _, text := s.get("/clock"); !strings.Contains(text, at(0)) {
		t.Errorf("the clock has moved: %s", text)
	}
	if status, answer := s.send("POST", "/clock", `{"advance":"290y"}`); status != 422 {
		t.Errorf("a unit of nobody: %d %s", status, answer)
	}
	for range 30 { // as far as it can be moved, and no farther
		s.send("POST", "/clock", `{"advance":"15000w"}`)
	}
	if status, answer := s.send("POST", "/clock", `{"set":"9000-01-01T00:00:00Z"}`); status != 200 {
		t.Errorf("the last instant: %d %s", status, answer)
	}
	if status, answer := s.send("POST", "/clock", `{"advance":"1s"}`); status != 422 || !strings.Contains(answer, "year 9000") {
		t.Errorf("behind the last instant: %d %s", status, answer)
	}
	real := start(t, control.Options{Clock: clock.Real{}})
	if status, answer := real.send("POST", "/clock", `{"advance":"1h"}`); status != 409 || !strings.Contains(answer, "clock_fixed") {
		t.Errorf("the machine's clock: %d %s", status, answer)
	}
}

func TestEndlessCallsAreTold(t *testing.T) {
	s := start(t, control.Options{})
	k := s.server.Clock().(*clock.Virtual)
	var again func()
	var enough atomic.Bool
	defer enough.Store(true)
	again = func() {
		if !enough.Load() {
			k.AfterFunc(0, again)
		}
	}
	k.AfterFunc(time.Second, again)
	if status, answer := s.send("POST", "/clock", `{"advance":"1m"}`); status != 409 || !strings.Contains(answer, "clock_overrun") {
		t.Errorf("%d %.200s", status, answer)
	}
}

func TestLongListsAreCut(t *testing.T) {
	s := start(t, control.Options{})
	k := s.server.Clock().(*clock.Virtual)
	for i := range 10_005 {
		k.AfterFuncLabel(time.Minute, fmt.Sprint(i), func() {})
	}
	o := s.expect().GET("/clock/pending").WithQuery("limit", 2).Expect().JSON().Object()
	o.Value("pending").Array().Length().IsEqual(2)
	o.Value("total").IsEqual(10_005)
	o = s.expect().POST("/clock").WithJSON(map[string]any{"advance": "1h"}).Expect().JSON().Object()
	o.Value("ran").Array().Length().IsEqual(10_000)
	o.Value("omitted").IsEqual(5)
}

// TestClocksOfSandboxes moves one sandbox's clock and leaves the others' alone.
func TestClocksOfSandboxes(t *testing.T) {
	b := openBox(t)
	e := b.expect()
	const base = "/contracts/tickets"
	e.POST(base + "/sandboxes").WithJSON(map[string]any{"name": "a"}).Expect().Status(http.StatusCreated)
	e.POST(base+"/keys").WithHeader(mock.SandboxHeader, "a").WithJSON(map[string]any{"name": "inner", "scopes": []string{"tickets:read"}, "expires_at": at(time.Hour)}).Expect().Status(http.StatusCreated)
	moved := e.POST(base+"/clock").WithHeader(mock.SandboxHeader, "a").WithJSON(map[string]any{"advance": "1h"}).Expect().Status(http.StatusOK)
	moved.JSON().Object().Value("now").IsEqual(at(time.Hour))
	moved.Body().Contains("(inner) expired")
	e.GET(base+"/clock").WithQuery("sandbox", "a").Expect().JSON().Object().Value("now").IsEqual(at(time.Hour))
	e.GET(base + "/clock").Expect().JSON().Object().Value("now").IsEqual(at(0))
	e.GET("/clock").Expect().JSON().Object().Value("now").IsEqual(at(0))
	e.POST(base + "/clock").WithJSON(map[string]any{"advance": "1m"}).Expect().JSON().Object().Value("now").IsEqual(at(time.Minute))
	e.GET("/clock").Expect().JSON().Object().Value("now").IsEqual(at(time.Minute))
}
