package control_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"understudy/contracts"
	"understudy/mock"
	"understudy/mock/control"
)

func TestFaults(t *testing.T) {
	s := start(t, control.Options{})
	e := s.expect()
	e.GET(one + "/faults").Expect().Status(200).JSON().Object().Value("faults").Array().IsEmpty()
	made := e.POST(one + "/faults").WithJSON(map[string]any{
		"name": "down", "kind": "status", "status": 503, "headers": map[string]string{"Retry-After": "3"}, "times": 2, "operations": []string{"listPets"}, "until": "5m",
	}).Expect().Status(201).JSON().Object()
	made.HasValue("state", "active").HasValue("given", false).HasValue("matched", 0).HasValue("ordered_at", "2026-01-31T12:00:00Z").HasValue("ends_at", "2026-01-31T12:05:00Z")
	made.Value("status").Array().IsEqual([]int{503})
	for i, want := range []int{503, 503, 200} {
		if status, body := s.call("GET", "/pets", ""); status != want {
			t.Errorf("request %d: %d %s", i, status, body)
		}
	}
	e.GET(one+"/faults/down").Expect().Status(200).JSON().Object().HasValue("state", "spent").HasValue("matched", 3).HasValue("acted", 2)
	entry := e.GET(one + "/journal/1").Expect().Status(200).JSON().Object()
	entry.Path("$.trace.source").IsEqual("fault")
	entry.Path("$.trace.detail").String().Contains("down: status 503")
	entry.Path("$.trace.stages[-1:]").Array().Value(0).Object().HasValue("verdict", "disturbed").HasValue("name", "disturb")

	e.POST(one+"/faults").WithJSON(map[string]any{"name": "down", "kind": "reset"}).Expect().Status(409).JSON(problemJSON).Object().HasValue("code", "fault_exists")
	e.POST(one+"/faults").WithJSON(map[string]any{"kind": "reset", "off": true}).Expect().Status(201).JSON().Object().HasValue("name", "fault-1").HasValue("state", "off")
	e.DELETE(one + "/faults/down").Expect().Status(204).NoContent()
	e.DELETE(one+"/faults/down").Expect().Status(404).JSON(problemJSON).Object().HasValue("code", "fault_not_found")
	e.GET(one+"/faults/down").Expect().Status(404).JSON(problemJSON).Object().HasValue("code", "fault_not_found")
	e.DELETE(one+"/faults").Expect().Status(200).JSON().Object().HasValue("removed", 1)
}

// TestFaultsRefused: what cannot be ordered is told with its member, as this API spells it.
func TestFaultsRefused(t *testing.T) {
	s := start(t, control.Options{})
	for _, c := range []struct {
		body   string
		status int
		detail string
	}{
		{`{"kind":"resett"}`, 422, "kind: must be one of"},
		{`{"kind":"status","status":42}`, 422, "status: must be a status from 200 to 599"},
		{`{"kind":"status","status":"many"}`, 400, "member status is not an array"},
		{`{"kind":"status","media_type":"text/html"}`, 422, "media_type: is that of body"},
		{`{"kind":"status","mediaType":"text/html"}`, 400, "no member \"mediaType\""},
		{`{"kind":"reset","media_type":"text/html"}`, 422, "media_type: means nothing for the kind reset"},
		{`{"kind":"latency","delay":"2h"}`, 422, "delay: must be a delay from 0 to 1h0m0s"},
		{`{"kind":"reset","operations":["none"]}`, 422, "operations: must name operations of the contract"},
		{`{"kind":"reset","probability":2}`, 422, "probability: must be above 0"},
		{`{"kind":"reset","At":{}}`, 400, "no member \"At\""},
		{`{"kind":"reset","-":1}`, 400, "no member \"-\""},
		{`[]`, 400, "not a JSON object"},
		{`{"kind":"status","body":"` + strings.Repeat("x", contracts.MaxFaultBody+1) + `"}`, 422, "body: must be at most 1048576 bytes"},
	} {
		status, answer := s.send("POST", one+"/faults", c.body)
		if status != c.status || !strings.Contains(strings.ReplaceAll(answer, `\"`, `"`), c.detail) {
			t.Errorf("%.80s: %d %s, want %d with %s", c.body, status, answer, c.status, c.detail)
		}
	}
	for range contracts.MaxFaults {
		if _, err := s.server.Faults().Add(contracts.FaultBehaviour{Kind: "reset", Off: true}); err != nil {
			t.Fatal(err)
		}
	}
	s.expect().POST(one+"/faults").WithJSON(map[string]any{"kind": "reset"}).Expect().Status(409).JSON(problemJSON).Object().HasValue("code", "too_many_faults")
	s.expect().POST("/reset").Expect().Status(200)
	s.expect().GET(one + "/faults").Expect().Status(200).JSON().Object().Value("faults").Array().IsEmpty()
}

// TestFaultForms: every word goes in and comes out again.
func TestFaultForms(t *testing.T) {
	s := start(t, control.Options{})
	for i, body := range []string{
		`{"kind":"latency","delay":"100ms..2s","real":true,"effect":true,"methods":["GET"],"path":"/v1/**"}`,
		`{"kind":"status","status":[500,503],"code":"oops","message":"Sorry","headers":{"X-A":"b"},"body":{"a":[1,null]},"media_type":"application/json","effect":true}`,
		`{"kind":"truncated-body","bytes":0,"after":1,"times":2,"every":9,"probability":0.5}`,
		`{"kind":"slow-body","rate":10,"credential":"key_1","account":"acc_1","sandbox":"blue"}`,
		`{"kind":"schema","member":"/0/name","from":"2026-02-01T00:00:00Z","until":"2026-02-02T00:00:00Z","outage":"Odd","impact":"outage"}`,
		`{"kind":"content-type","media_type":"text/html","off":true}`,
	} {
		body = strings.Replace(body, "{", fmt.Sprintf(`{"name":"f%d",`, i), 1)
		status, answer := s.send("POST", one+"/faults", body)
		inner := strings.TrimSuffix(strings.TrimPrefix(body, "{"), "}")
		for _, member := range strings.SplitAfter(inner, ",\"") {
			if name, _, _ := strings.Cut(member, `":`); status != 201 || !strings.Contains(answer, strings.Trim(name, `",{`)) {
				t.Errorf("%s: %d %s lacks %s", body, status, answer, name)
			}
		}
	}
}

func TestServiceStatus(t *testing.T) {
	b := openBox(t)
	e := b.expect()
	e.GET("/status").Expect().Status(200).JSON().Object().HasValue("status", mock.Operational).
		Path("$.contracts[0]").Object().HasValue("contract", "tickets").HasValue("incidents", []any{})
	e.POST(one + "/faults").WithJSON(map[string]any{"name": "down", "kind": "status", "status": 503, "outage": "The box is shut", "until": "10m"}).Expect().Status(201)
	incident := map[string]any{"id": "down", "title": "The box is shut", "impact": "outage", "operations": []any{}, "began_at": "2026-01-31T12:00:00Z", "ended_at": nil}
	o := e.GET("/status").Expect().Status(200).JSON().Object().HasValue("status", mock.Outage)
	o.Path("$.contracts[0].incidents").Array().IsEqual([]any{incident})
	if _, err := b.clock.Advance(10 * time.Minute); err != nil {
		t.Fatal(err)
	}
	incident["ended_at"] = "2026-01-31T12:10:00Z"
	o = e.GET("/status").Expect().Status(200).JSON().Object().HasValue("status", mock.Operational)
	o.Path("$.contracts[0].incidents").Array().IsEqual([]any{incident})
}

func TestModules(t *testing.T) {
	b := openBox(t)
	e := b.expect()
	stalls := map[string]any{"name": "stalls", "description": "What is sold at the door", "on": true, "operations": []any{}}
	e.GET(one+"/modules").Expect().Status(200).JSON().Object().HasValue("modules", []any{stalls})
	stalls["on"] = false
	e.PUT(one + "/modules/stalls").WithJSON(map[string]any{"on": false}).Expect().Status(200).JSON().Object().IsEqual(stalls)
	e.GET(one+"/modules").Expect().Status(200).JSON().Object().HasValue("modules", []any{stalls})
	e.PUT(one+"/modules/boxes").WithJSON(map[string]any{"on": false}).Expect().Status(404).JSON(problemJSON).Object().HasValue("code", "module_not_found")
	e.PUT(one + "/modules/stalls").WithJSON(map[string]any{}).Expect().Status(422).JSON(problemJSON).Object().Value("detail").String().Contains("on: must be true or false")
	e.POST("/reset").Expect().Status(200)
	e.GET(one + "/modules").Expect().Status(200).JSON().Path("$.modules[0].on").IsEqual(true)
}
