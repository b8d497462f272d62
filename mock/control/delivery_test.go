package control_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"understudy/mock/control"
)

// TestScheduleOfThreeDays: a receiver that fails sees the documented schedule, to the second, when the clock is moved at once.
func TestScheduleOfThreeDays(t *testing.T) {
	h := openHarbour(t)
	h.endpoint(map[string]any{"url": h.inbox("/down"), "events": []string{"berth.freed"}})
	h.ask("PUT", "/inbox/answers", `{"address":"/down","answers":[{"status":500,"forever":true}]}`, 200, nil)
	id := h.event(`{"type":"berth.freed"}`).Deliveries[0].ID
	h.expect().POST("/clock").WithJSON(map[string]any{"advance": "72h"}).Expect().Status(200)
	var record control.DeliveryRecord
	h.ask("GET", "/deliveries/"+id, "", 200, &record)
	want := []time.Duration{0, 5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 14 * time.Hour, 20 * time.Hour}
	if len(record.Attempts) != len(want) || record.Delivery.State != "pending" || record.Delivery.NextAt == nil {
		t.Fatalf("%d attempts, %s", len(record.Attempts), record.Delivery.State)
	}
	at := noon
	for i, a := range record.Attempts {
		if at = at.Add(want[i]); !a.At.Equal(at) || a.Outcome != "answered" || a.Response.Status != 500 || a.NextAt == nil {
			t.Errorf("attempt %d at %s with %s, want it at %s", i+1, a.At, a.Outcome, at)
		}
	}
	h.expect().POST("/clock").WithJSON(map[string]any{"advance": "72h"}).Expect().Status(200)
	h.ask("GET", "/deliveries/"+id, "", 200, &record)
	if record.Delivery.State != "dead" || len(record.Attempts) != 10 {
		t.Errorf("after six days it is %s after %d attempts", record.Delivery.State, len(record.Attempts))
	}
	h.expect().GET(one+"/deliveries").WithQuery("state", "dead,cancelled").Expect().Status(200).JSON().Object().Value("deliveries").Array().Length().IsEqual(1)
	h.ask("PUT", "/inbox/answers", `{"address":"/down","answers":[]}`, 200, nil)
	var again control.Deliveries
	h.ask("POST", "/deliveries/replay", `{}`, 201, &again)
	if len(again.Deliveries) != 1 || again.Deliveries[0].ReplayOf != id || again.Deliveries[0].Event != record.Delivery.Event {
		t.Fatalf("the replay is %+v", again.Deliveries)
	}
	if r := h.delivered(again.Deliveries[0].ID); r.Delivery.State != "delivered" {
		t.Errorf("the replay is %s", r.Delivery.State)
	}
	h.ask("POST", "/deliveries/replay", `{}`, 201, &again)
	if len(again.Deliveries) != 0 {
		t.Error("what was replayed is replayed once more")
	}
	h.expect().GET(one+"/deliveries").WithQuery("before", record.Delivery.ID).Expect().Status(200).JSON().Object().Value("deliveries").Array().IsEmpty()
}

func TestDeliveries(t *testing.T) {
	h := openHarbour(t)
	made := h.endpoint(map[string]any{"url": h.inbox("/a?key=veryverysecret"), "events": []string{"berth.*"}})
	first := h.event(`{"type":"berth.freed"}`).Deliveries[0]
	second := h.event(`{"type":"berth.taken"}`).Deliveries[0]
	h.delivered(second.ID)
	_, list := h.get(one + "/deliveries")
	if strings.Contains(list, "veryverysecret") || strings.Index(list, first.ID) < strings.Index(list, second.ID) {
		t.Errorf("the list is %s", list)
	}
	e := h.expect()
	for query, want := range map[string]int{
		"endpoint=" + made.ID: 2, "type=berth.t*": 1, "event=" + first.Event: 1, "state=delivered": 2, "state=dead": 0, "limit=1": 1,
		"since=2026-01-31T12:00:00Z": 2, "since=2026-01-31T12:00:01Z": 0, "before=" + second.ID: 1,
	} {
		e.GET(one + "/deliveries").WithQueryString(query).Expect().Status(200).JSON().Object().Value("deliveries").Array().Length().IsEqual(want)
	}
	e.GET(one+"/deliveries").WithQuery("state", "lost").Expect().Status(400).JSON(problemJSON).Object().Value("detail").String().Contains("pending, held")
	e.GET(one+"/deliveries").WithQuery("before", "dlv_none").Expect().Status(404)
	e.GET(one+"/deliveries/dlv_none").Expect().Status(404).JSON(problemJSON).Object().HasValue("code", "delivery_not_found")

	again := e.POST(one + "/deliveries/" + first.ID + "/replay").WithJSON(map[string]any{"misbehaviour": []any{map[string]any{"kind": "changed-byte"}}}).
		Expect().Status(201).JSON().Object()
	again.HasValue("replay_of", first.ID)
	record := h.delivered(again.Value("id").String().Raw())
	if got := h.arrived(3)[2]; got.Verdict.Good || got.Verdict.Reason != "mismatch" || record.Attempts[0].Misbehaviour[0] != "changed-byte" {
		t.Errorf("the spoiled replay came as %+v", got.Verdict)
	}
	e.POST(one + "/deliveries/dlv_none/replay").WithJSON(map[string]any{}).Expect().Status(404)
	e.POST(one + "/deliveries/replay").WithJSON(map[string]any{"deliveries": []string{first.ID, second.ID}}).Expect().Status(201).JSON().Object().
		Value("deliveries").Array().Length().IsEqual(2)
	e.POST(one + "/deliveries/replay").WithJSON(map[string]any{"deliveries": []string{first.ID, "dlv_none"}}).Expect().Status(404)
	e.POST(one + "/deliveries/replay").WithJSON(map[string]any{"deliveries": []string{first.ID}, "type": "x"}).Expect().Status(422)

	e.POST(one+"/deliveries/"+first.ID+"/cancel").Expect().Status(409).JSON(problemJSON).Object().HasValue("code", "wrong_state")
	late := h.event(`{"type":"berth.freed","misbehaviour":[{"kind":"delayed","for":"1h"}]}`).Deliveries[0]
	if late.NextAt == nil || !late.NextAt.Equal(noon.Add(time.Hour)) || late.Misbehaviour[0].For != "1h" {
		t.Errorf("the delayed one is %+v", late)
	}
	e.POST(one+"/deliveries/"+late.ID+"/cancel").Expect().Status(200).JSON().Object().HasValue("state", "cancelled")
	e.DELETE(one + "/endpoints/" + made.ID).Expect().Status(204)
	e.POST(one+"/deliveries/"+first.ID+"/replay").WithJSON(map[string]any{}).Expect().Status(409).JSON(problemJSON).Object().HasValue("code", "endpoint_gone")
}

func TestWaitForDelivery(t *testing.T) {
	h := openHarbour(t)
	made := h.endpoint(map[string]any{"url": h.inbox("/a")})
	wait := func(body string) (w control.WaitedDelivery) {
		t.Helper()
		h.ask("POST", "/deliveries/wait", body, 200, &w)
		return w
	}
	if w := wait(`{"within":"1ms"}`); w.Arrived || w.Delivery != nil {
		t.Errorf("something arrived before anything was sent: %+v", w)
	}
	soon := make(chan control.WaitedDelivery, 1)
	go func() { soon <- wait(`{"type":"berth.*","endpoint":"` + made.ID + `","within":"1m"}`) }()
	first := h.event(`{"type":"berth.freed"}`).Deliveries[0].ID
	if w := <-soon; !w.Arrived || w.Delivery.ID != first || w.Delivery.State != "delivered" {
		t.Errorf("what was waited for is %+v", w)
	}
	second := h.event(`{"type":"cargo.planned"}`).Deliveries[0].ID
	third := h.event(`{"type":"berth.freed"}`).Deliveries[0].ID
	h.delivered(third)
	if w := wait(`{}`); !w.Arrived || w.Delivery.ID != third {
		t.Errorf("the latest is %+v", w.Delivery)
	}
	if w := wait(`{"after":"` + first + `"}`); !w.Arrived || w.Delivery.ID != second {
		t.Errorf("the first behind %s is %+v", first, w.Delivery)
	}
	if w := wait(`{"after":"` + second + `","type":"berth.*"}`); !w.Arrived || w.Delivery.ID != third { // the one behind which it looks is of another type
		t.Errorf("the first behind %s is %+v", second, w.Delivery)
	}
	if w := wait(`{"after":"` + third + `","within":"1ms"}`); w.Arrived || w.Delivery != nil {
		t.Errorf("behind the last one there is %+v", w.Delivery)
	}
	h.ask("PUT", "/inbox/answers", `{"address":"/a","answers":[{"status":410}]}`, 200, nil)
	gone := h.event(`{"type":"berth.freed","id":""}`).Deliveries[0]
	if w := wait(`{"event":"` + gone.Event + `","state":"finished","within":"1m"}`); !w.Arrived || w.Delivery.State != "dead" {
		t.Errorf("the refused one is %+v", w.Delivery)
	}
	if w := wait(`{"event":"` + gone.Event + `","within":"1ms"}`); w.Arrived || w.Delivery == nil || w.Delivery.State != "dead" {
		t.Errorf("what came instead is %+v", w.Delivery)
	}
	h.ask("POST", "/deliveries/wait", `{"state":"lost"}`, 422, nil)
	h.ask("POST", "/deliveries/wait", `{"within":"1h"}`, 422, nil)
	h.ask("POST", "/deliveries/wait", `{"within":"soon"}`, 422, nil)
	h.ask("POST", "/deliveries/wait", `{"after":"dlv_none"}`, 404, nil)
}

func TestMisbehaviours(t *testing.T) {
	h := openHarbour(t)
	made := h.endpoint(map[string]any{"url": h.inbox("/a")})
	e := h.expect()
	o := e.GET(one + "/misbehaviours").Expect().Status(200).JSON().Object()
	o.Value("ordered").Array().IsEmpty()
	o.Value("kinds").Array().ContainsAll(map[string]any{"kind": "duplicate", "signature": false}, map[string]any{"kind": "unsigned", "signature": true})
	order := map[string]any{"kind": "unsigned", "types": []string{"berth.*"}, "endpoint": made.ID, "times": 2}
	id := e.POST(one+"/misbehaviours").WithJSON(order).Expect().Status(201).JSON().Object().HasValue("times", 2).Value("id").String().Raw()
	h.event(`{"type":"cargo.planned"}`)
	h.event(`{"type":"berth.freed"}`)
	var good []string
	for _, r := range h.arrived(2) {
		good = append(good, fmt.Sprint(r.Verdict.Good, r.Verdict.Reason))
	}
	if fmt.Sprint(good) != "[true falsemissing]" && fmt.Sprint(good) != "[falsemissing true]" {
		t.Errorf("the verdicts are %v", good)
	}
	e.GET(one + "/misbehaviours").Expect().Status(200).JSON().Path("$.ordered[0].times").IsEqual(1)
	e.DELETE(one + "/misbehaviours/" + id).Expect().Status(204)
	e.DELETE(one + "/misbehaviours/" + id).Expect().Status(404)
	e.POST(one+"/misbehaviours").WithJSON(map[string]any{"kind": "slow-sender", "for": "2s", "attempts": -1}).Expect().Status(201).JSON().Object().HasValue("for", "2s")
	e.POST(one + "/misbehaviours").WithJSON(map[string]any{"kind": "huge-body", "bytes": 2048}).Expect().Status(201)
	e.DELETE(one+"/misbehaviours").Expect().Status(200).JSON().Object().HasValue("removed", 2)
	for body, status := range map[string]int{
		`{}`: 422, `{"kind":"rude"}`: 422, `{"kind":"delayed","for":"soon"}`: 422, `{"kind":"delayed","times":-1}`: 422, `{"kind":"delayed","endpoint":"we_none"}`: 404,
		`{"kind":"delayed","fro":"1m"}`: 400,
	} {
		h.ask("POST", "/misbehaviours", body, status, nil)
	}
}
