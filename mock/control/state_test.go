package control_test

import (
	"strings"
	"testing"

	"understudy/mock"
	"understudy/mock/clock"
	"understudy/mock/control"
)

func TestStateRoundTrip(t *testing.T) {
	s := start(t, control.Options{})
	e := s.expect()
	e.GET("/contracts/-/state").Expect().Status(200).JSON().Path("$.collections").Array().
		ContainsAny(map[string]any{"path": "/pets", "name": "pets", "items": 2})

	item := e.GET("/contracts/-/state/item").WithQuery("collection", "/pets").WithQuery("id", 2).Expect().Status(200).JSON().Object()
	item.HasValue("collection", "/pets").HasValue("id", "2").Path("$.value.tag").IsEqual("cat")

	e.PUT("/contracts/-/state/item").WithQuery("collection", "pets").WithQuery("id", 2).WithJSON(map[string]any{"name": "Tim"}).
		Expect().Status(200).JSON().Path("$.value").Object().HasValue("id", 2).HasValue("name", "Tim")
	if status, body := s.call("GET", "/pets/2", ""); status != 200 || !strings.Contains(body, `"Tim"`) {
		t.Errorf("the stand-in shows %d %s after the item was written", status, body)
	}

	e.DELETE("/contracts/-/state/item").WithQuery("collection", "/pets").WithQuery("id", 2).Expect().Status(204).NoContent()
	if status, _ := s.call("GET", "/pets/2", ""); status != 404 {
		t.Errorf("the stand-in answers %d for an item that was deleted", status)
	}
	e.DELETE("/contracts/-/state/item").WithQuery("collection", "/pets").WithQuery("id", 2).Expect().Status(404)

	e.POST("/contracts/-/state/reset").Expect().Status(200)
	if status, body := s.call("GET", "/pets/2", ""); status != 200 || !strings.Contains(body, `"Tom"`) {
		t.Errorf("the stand-in shows %d %s after the reset", status, body)
	}
}

func TestStateOfChildren(t *testing.T) {
	s := start(t, control.Options{})
	e := s.expect()
	const visits = "/pets/{petId}/visits"
	put := e.PUT("/contracts/-/state/item").WithQuery("collection", visits).WithQuery("scope[petId]", 1).
		WithJSON(map[string]any{"reason": "illness"}).Expect().Status(200).JSON().Object()
	put.Value("scope").Object().IsEqual(map[string]any{"petId": "1"})
	id := put.Value("id").String().NotEmpty().Raw()
	e.PUT("/contracts/-/state/item").WithQuery("collection", visits).WithQuery("scope[petId]", 2).WithQuery("id", "v2").
		WithJSON(map[string]any{"reason": "check-up"}).Expect().Status(200)

	list := e.GET("/contracts/-/state/items").WithQuery("collection", visits).Expect().Status(200).JSON().Object()
	list.HasValue("total", 2).Value("items").Array().Length().IsEqual(2)
	e.GET("/contracts/-/state/items").WithQuery("collection", visits).WithQuery("scope[petId]", 1).Expect().
		JSON().Path("$.items[*].id").Array().IsEqual([]any{id})
	e.GET("/contracts/-/state/items").WithQuery("collection", visits).WithQuery("offset", 1).WithQuery("limit", 5).Expect().
		JSON().Path("$.items[*].id").Array().IsEqual([]any{"v2"})
	e.GET("/contracts/-/state/items").WithQuery("collection", visits).WithQuery("offset", 7).Expect().JSON().Object().
		HasValue("total", 2).Value("items").Array().IsEmpty()
	if status, body := s.call("GET", "/pets/1/visits/"+id, ""); status != 200 || !strings.Contains(body, "illness") {
		t.Errorf("the stand-in shows %d %s", status, body)
	}
}

// TestStateOfWorlds looks into an API that keeps the items of accounts and environments apart.
func TestStateOfWorlds(t *testing.T) {
	b := openBox(t)
	e := b.expect()
	_, text := b.makeKey(map[string]any{"environment": "sandbox", "account": "acc_second"})
	if got := b.use("POST", text); got != 201 {
		t.Fatalf("the ticket is answered %d", got)
	}
	count := func(account, environment string) float64 {
		return e.GET(one+"/state/items").WithQuery("collection", "/tickets").WithQuery("account", account).WithQuery("environment", environment).
			Expect().Status(200).JSON().Object().Value("total").Number().Raw()
	}
	for world, want := range map[[2]string]float64{{"acc_second", "sandbox"}: 1, {"acc_second", ""}: 0, {"", "sandbox"}: 0, {"", ""}: 0, {"acc_first", "live"}: 0} {
		if got := count(world[0], world[1]); got != want {
			t.Errorf("in the world %v are %v tickets, want %v", world, got, want)
		}
	}
	e.PUT(one+"/state/item").WithQuery("collection", "/tickets").WithQuery("id", "t1").WithQuery("account", "acc_second").WithQuery("environment", "sandbox").
		WithJSON(map[string]any{"title": "Box"}).Expect().Status(200).JSON().Object().HasValue("account", "acc_second").HasValue("environment", "sandbox")
	e.GET(one+"/state/item").WithQuery("collection", "/tickets").WithQuery("id", "t1").Expect().Status(404)
	e.GET(one+"/state/item").WithQuery("collection", "/tickets").WithQuery("id", "t1").WithQuery("account", "acc_second").WithQuery("environment", "sandbox").Expect().Status(200)
	e.GET(one+"/state").WithQuery("account", "acc_second").WithQuery("environment", "sandbox").Expect().JSON().Path("$.collections[0].items").IsEqual(2)
	e.GET(one + "/state/export").Expect().JSON().Path("$.items[*].account").Array().IsEqual([]any{"acc_second", "acc_second"})
	e.DELETE(one+"/state/item").WithQuery("collection", "/tickets").WithQuery("id", "t1").WithQuery("account", "acc_second").WithQuery("environment", "sandbox").Expect().Status(204)
	e.GET(one+"/state").WithQuery("account", "nobody").Expect().Status(404).JSON(problemJSON).Object().HasValue("code", "account_not_found")
	e.GET(one+"/state").WithQuery("environment", "moon").Expect().Status(400).JSON(problemJSON).Path("$.detail").String().Contains("live, sandbox")
}

func TestItemsThatDoNotFit(t *testing.T) {
	s := start(t, control.Options{})
	put := func(body string) (int, string) {
		r := s.expect().PUT("/contracts/-/state/item").WithQuery("collection", "/pets").WithQuery("id", 1).
			WithHeader("Content-Type", "application/json").WithBytes([]byte(body)).Expect()
		return r.Raw().StatusCode, r.Body().Raw()
	}
	for _, test := range []struct {
		body   string
		status int
		want   string
	}{
		{`{"name":`, 400, "malformed_body"},
		{`[]`, 422, "an object"},
		{`{"name":7}`, 422, `"pointer":"/name"`},
		{`{"name":"Max","tag":[]}`, 422, `"keyword":"type"`},
		{`{"name":"` + strings.Repeat("x", 11<<20) + `"}`, 413, "body_too_large"},
	} {
		if status, text := put(test.body); status != test.status || !strings.Contains(text, test.want) {
			t.Errorf("PUT %.30s answers %d %s, want %d and %s", test.body, status, text, test.status, test.want)
		}
	}
	if _, body := s.call("GET", "/pets/1", ""); !strings.Contains(body, `"Rex"`) {
		t.Errorf("what was refused has changed the item: %s", body)
	}
}

func TestExportAndImport(t *testing.T) {
	s := start(t, control.Options{})
	e := s.expect()
	s.call("POST", "/pets/1/visits", `{"reason":"illness"}`)
	_, before := s.get("/contracts/-/state/export")
	s.call("POST", "/pets", `{"name":"Ada"}`)
	s.call("DELETE", "/pets/1", "")
	e.POST("/contracts/-/state/import").WithHeader("Content-Type", "application/json").WithBytes([]byte(before)).Expect().Status(200)
	if _, after := s.get("/contracts/-/state/export"); after != before {
		t.Errorf("the export after the import is\n%s\nbefore\n%s", after, before)
	}
	for name, body := range map[string]string{
		"unknown member":     `{"items":[],"more":1}`,
		"no items":           `{}`,
		"something behind":   `{"items":[]} {}`,
		"unknown collection": `{"items":[{"collection":"/cats","id":"1","value":{}}]}`,
		"no fit":             `{"items":[{"collection":"/pets","id":"1","value":{"id":1,"name":9}}]}`,
		"no value":           `{"items":[{"collection":"/pets","id":"1"}]}`,
		"no scope":           `{"items":[{"collection":"/pets/{petId}/visits","id":"1","value":{"id":"1","reason":"illness"}}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			s.expect().POST("/contracts/-/state/import").WithHeader("Content-Type", "application/json").WithBytes([]byte(body)).
				Expect().Status(400).JSON(problemJSON).Path("$.detail").String().NotEmpty()
			if _, after := s.get("/contracts/-/state/export"); after != before {
				t.Error("an import that was refused has changed the state")
			}
		})
	}
}

func TestResetOfEverything(t *testing.T) {
	s := start(t, control.Options{})
	visit(s)
	s.expect().POST("/reset").Expect().Status(200).JSON().Path("$.contracts").Array().
		IsEqual([]any{map[string]any{"contract": "petstore", "items": 2, "cleared": 4}})
	s.expect().GET("/contracts/-/journal").Expect().JSON().Path("$.entries").Array().IsEmpty()
}

func TestClockAndVersion(t *testing.T) {
	frozen := start(t, control.Options{Seed: 42})
	frozen.expect().GET("/clock").Expect().JSON().Object().IsEqual(map[string]any{"now": "2026-01-31T12:00:00Z", "frozen": true, "rate": 0})
	frozen.expect().GET("/version").Expect().JSON().Object().IsEqual(map[string]any{"name": "understudy", "version": "v1.2.3", "seed": 42})

	fast := clock.New(clock.Options{At: noon})
	if err := fast.Follow(60); err != nil {
		t.Fatal(err)
	}
	start(t, control.Options{Clock: fast}).expect().GET("/clock").Expect().JSON().Object().HasValue("frozen", false).HasValue("rate", 60)
	start(t, control.Options{Clock: clock.Real{}}).expect().GET("/clock").Expect().JSON().Object().HasValue("frozen", false).HasValue("rate", 1)
}

// TestPanicIsAnAnswer lets the room below fail: the API says so and lives on.
func TestPanicIsAnAnswer(t *testing.T) {
	s := start(t, control.Options{})
	s.handler = control.New(control.Options{})
	s.handler.Add("petstore", s.shop, func() *mock.Server { return nil })
	s.serve()
	s.expect().GET("/contracts/-").Expect().Status(500).JSON(problemJSON).Object().HasValue("code", "internal_error")
	s.expect().GET("/health").Expect().Status(200)
}
