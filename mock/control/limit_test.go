package control_test

import (
	"testing"
	"time"
)

// TestLimitsAreSetFromOutside: what is left can be read, set, used up and given back, for a credential and what came of it.
func TestLimitsAreSetFromOutside(t *testing.T) {
	b := openBox(t)
	e := b.expect()
	id, text := b.makeKey(map[string]any{"name": "CI", "scopes": []string{"tickets:read"}, "class": "test-key", "account": "acc_second"})
	listed := e.GET(one + "/limits").Expect().Status(200).JSON().Object()
	listed.Value("limits").Array().Length().IsEqual(3)
	listed.Value("counters").Array().IsEmpty()
	listed.Path("$.limits[1]").Object().IsEqual(map[string]any{
		"name": "day", "algorithm": "fixed-window", "quota": 1000, "limit": 1000, "window": "day", "per": []string{"account"}, "plans": []string{"free"},
		"words": "1000 requests a day",
	})
	for range 2 {
		if b.use("GET", text) != 200 {
			t.Fatal("a good key is refused")
		}
	}
	counters := e.GET(one+"/limits").WithQuery("limit", "minute").Expect().Status(200).JSON().Object().Value("counters").Array()
	counters.Length().IsEqual(1)
	counters.Value(0).Object().IsEqual(map[string]any{
		"limit": "minute", "subject": "credential:" + id, "quota": 200, "used": 2, "remaining": 198, "reset_at": "2026-01-31T12:01:00Z",
	})

	next := e.POST(one+"/keys/{id}/rotate", id).Expect().Status(201).JSON().Object().Value("key").Object()
	set := e.POST(one + "/limits/set").WithJSON(map[string]any{"limit": "minute", "subject": next.Value("id").String().Raw(), "remaining": 3}).Expect().Status(200).JSON().Object()
	set.Path("$.counters[0].subject").IsEqual("credential:" + id)
	for n, want := range []int{200, 200, 200, 429} {
		if got := b.use("GET", []string{text, next.Value("text").String().Raw()}[n%2]); got != want {
			t.Errorf("request %d: %d, want %d", n+1, got, want)
		}
	}
	e.POST(one+"/limits/reset").WithJSON(map[string]any{"limit": "minute", "subject": "credential:" + id}).Expect().Status(200).JSON().Object().HasValue("cleared", 1)
	if b.use("GET", text) != 200 {
		t.Error("what was forgotten still counts")
	}

	drained := e.POST(one + "/limits/drain").WithJSON(map[string]any{"subject": "account:acc_second"}).Expect().Status(200).JSON().Object().Value("counters").Array()
	drained.Length().IsEqual(1)
	drained.Value(0).Object().HasValue("limit", "day").HasValue("remaining", 0).HasValue("reset_at", "2026-02-01T00:00:00Z")
	if b.use("GET", text) != 429 {
		t.Error("what was used up is left")
	}
	if _, err := b.clock.Advance(12 * time.Hour); err != nil {
		t.Fatal(err)
	}
	if b.use("GET", text) != 200 {
		t.Error("the next day has not begun")
	}
	e.POST("/reset").Expect().Status(200)
	e.GET(one+"/limits").Expect().Status(200).JSON().Object().HasValue("total", 0)
}

func TestLimitsRefused(t *testing.T) {
	b := openBox(t)
	e := b.expect()
	for _, c := range []struct {
		path   string
		body   map[string]any
		status int
		code   string
	}{
		{"set", map[string]any{"limit": "hour", "remaining": 3}, 404, "limit_not_found"},
		{"set", map[string]any{"limit": "minute", "remaining": 3}, 404, "subject_not_found"},
		{"set", map[string]any{"limit": "minute", "subject": "key_1", "remaining": 201}, 422, "request_does_not_fit"},
		{"set", map[string]any{"limit": "minute", "subject": "account:acc_first", "remaining": 1}, 422, "request_does_not_fit"},
		{"set", map[string]any{"limit": "crowd", "subject": "all", "remaining": 1}, 422, "request_does_not_fit"},
		{"set", map[string]any{"limit": "minute", "subject": "key_1"}, 422, "request_does_not_fit"},
		{"set", map[string]any{"subject": "key_1", "remaining": 1}, 422, "request_does_not_fit"},
		{"set", map[string]any{"limit": "minute", "subject": "key_1", "remaining": "3"}, 400, "malformed_body"},
		{"set", map[string]any{"limit": "minute", "left": 3}, 400, "malformed_body"},
		{"drain", map[string]any{"subject": "somebody"}, 422, "request_does_not_fit"},
		{"drain", map[string]any{"subject": "user:usr_ida"}, 404, "subject_not_found"},
		{"reset", map[string]any{"limit": "hour"}, 404, "limit_not_found"},
	} {
		e.POST(one+"/limits/"+c.path).WithJSON(c.body).Expect().Status(c.status).JSON(problemJSON).Object().HasValue("code", c.code)
	}
	e.GET(one+"/limits").WithQuery("limit", "hour").Expect().Status(404)
	e.GET(one+"/limits").WithQuery("count", "0").Expect().Status(400)
}
