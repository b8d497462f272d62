package control_test

import (
	"fmt"
	"net/http"
	"os/exec"
	"strings"
	"testing"
	"time"

	"understudy/contracts/schema"
	"understudy/contracts/signature"
	"understudy/mock/control"
)

func TestEvents(t *testing.T) {
	h := openHarbour(t)
	e := h.expect()
	list := e.GET(one + "/events").Expect().Status(200).JSON().Object().Value("events").Array()
	list.Length().IsEqual(4)
	taken := list.Value(0).Object()
	taken.HasValue("type", "berth.taken").HasValue("basis", "documented").HasValue("on", true).HasValue("signature", "standard-webhooks").
		HasValue("secret", "HARBOUR_WEBHOOK_SECRET").HasValue("method", "POST").HasValue("content_type", "application/json")
	taken.Value("headers").Array().ContainsAll("webhook-signature", "webhook-id", "webhook-timestamp")
	taken.Path("$.payload.data.ship").String().NotEmpty()
	freed := e.GET(one + "/events/berth.freed").Expect().Status(200).JSON().Object()
	freed.HasValue("basis", "assumed").HasValue("requirement", "HARBOUR-G01").HasValue("family", "leaving").HasValue("channel", "berths").
		HasValue("headers", []string{"X-Harbour-Signature"})
	e.GET(one+"/events/cargo.planned").Expect().Status(200).JSON().Object().HasValue("creates", []string{"/crates"}).Path("$.payload.data.crates").Array().Length().IsEqual(2)
	e.GET(one+"/events/lamp.lit").Expect().Status(200).JSON().Object().HasValue("signature", "none").HasValue("headers", []string{}).NotContainsKey("secret")
	e.GET(one+"/events/berth").Expect().Status(404).JSON(problemJSON).Object().HasValue("code", "event_not_found").Value("detail").String().Contains("berth.freed")
	short := e.GET(one+"/events").WithQuery("family", "leaving").WithQuery("samples", false).Expect().Status(200).JSON().Object().Value("events").Array()
	short.Length().IsEqual(1)
	short.Value(0).Object().NotContainsKey("payload")

	families := map[string]any{"name": "leaving", "on": true, "module": false, "events": []string{"berth.freed"}}
	e.GET(one+"/event-families").Expect().Status(200).JSON().Object().HasValue("families", []any{families})
	families["on"] = false
	e.PUT(one + "/event-families/leaving").WithJSON(map[string]any{"on": false}).Expect().Status(200).JSON().Object().IsEqual(families)
	e.GET(one+"/events/berth.freed").Expect().Status(200).JSON().Object().HasValue("on", false)
	e.POST(one+"/events").WithJSON(map[string]any{"type": "berth.freed"}).Expect().Status(409).JSON(problemJSON).Object().HasValue("code", "family_off")
	e.POST(one + "/events").WithJSON(map[string]any{"type": "berth.freed", "force": true}).Expect().Status(201)
	e.PUT(one + "/event-families/coming").WithJSON(map[string]any{"on": false}).Expect().Status(404)
	e.PUT(one + "/event-families/leaving").WithJSON(map[string]any{}).Expect().Status(422)
}

func TestSendEvent(t *testing.T) {
	h := openHarbour(t)
	all := h.endpoint(map[string]any{"url": h.inbox("/all")})
	h.endpoint(map[string]any{"url": h.inbox("/berths"), "events": []string{"berth.*"}})
	sent := h.event(`{"type":"cargo.planned","data":{"crates":["C7"],"/created":1772000000},"id":"evt_mine"}`)
	if sent.Event.ID != "evt_mine" || sent.Event.Cause != "hand" || len(sent.Deliveries) != 1 || sent.Deliveries[0].Endpoint != all.ID || sent.Deliveries[0].URL != h.inbox("/all") {
		t.Errorf("it was sent as %+v", sent)
	}
	record := h.delivered(sent.Deliveries[0].ID)
	if record.Delivery.State != "delivered" || len(record.Attempts) != 1 || record.Attempts[0].Outcome != "taken" || record.Attempts[0].Response.Status != 204 {
		t.Errorf("it was delivered as %+v", record)
	}
	want := `{"id":"evt_mine","type":"cargo.planned","created":1772000000,"data":{"crates":["C7"]}}`
	got := h.arrived(1)[0]
	if got.Address != "/all" || !got.Verdict.Good || got.Verdict.Secret != "STRIPE_WEBHOOK_SECRET" || got.Request.Body.Text == "" {
		t.Errorf("what came is %+v", got)
	}
	h.expect().GET(one+"/told-events/evt_mine").Expect().Status(200).JSON().Object().HasValue("type", "cargo.planned").Path("$.body.text").String().IsEqual(got.Request.Body.Text)
	h.expect().POST(one+"/events/verify").WithJSON(map[string]any{"type": "cargo.planned", "headers": got.Request.Headers, "body": got.Request.Body.Text}).
		Expect().Status(200).JSON().Object().HasValue("valid", true)
	if left, _ := schema.ParseJSON([]byte(got.Request.Body.Text)); left == nil {
		t.Errorf("the body is %s", got.Request.Body.Text)
	} else if right, _ := schema.ParseJSON([]byte(want)); !schema.Equal(left, right) {
		t.Errorf("the body is %s, want %s", got.Request.Body.Text, want)
	}
	h.event(`{"type":"cargo.planned","payload":` + want + `}`) // the same event again creates nothing
	if _, text := h.call("GET", "/crates", ""); strings.Count(text, "C7") != 1 {
		t.Errorf("the crates are %s", text)
	}
	raw := h.event(`{"type":"lamp.lit","body":"on\n","force":true}`)
	if text := h.delivered(raw.Deliveries[0].ID).Attempts[0].Request.Body.Text; text != "on\n" {
		t.Errorf("the raw body came as %q", text)
	}
	told := h.expect().GET(one+"/told-events").WithQuery("type", "cargo.*").Expect().Status(200).JSON().Object().Value("events").Array()
	told.Length().IsEqual(2)
	h.expect().GET(one + "/told-events/evt_none").Expect().Status(404)
	replayed := h.expect().POST(one + "/told-events/evt_mine/replay").WithJSON(map[string]any{}).Expect().Status(201).JSON().Object().Value("deliveries").Array()
	replayed.Length().IsEqual(1)
	replayed.Value(0).Object().HasValue("event", "evt_mine")
	h.ask("POST", "/told-events/evt_none/replay", `{}`, 404, nil)
	h.ask("POST", "/told-events/evt_mine/replay", `{"to":"we_none"}`, 404, nil)

	direct := h.event(`{"type":"berth.taken","to":"` + h.inbox("/direct") + `"}`)
	if len(direct.Deliveries) != 1 || direct.Deliveries[0].Endpoint != "" || !strings.HasSuffix(direct.Deliveries[0].URL, "/direct") {
		t.Errorf("it went to %+v", direct.Deliveries)
	}
	_, unforced := h.send("POST", one+"/events", `{"type":"berth.taken","payload":{"type":"berth.taken"}}`)
	if !strings.Contains(unforced, "payload_does_not_fit") || !strings.Contains(unforced, `"violations"`) {
		t.Errorf("a payload that breaks the document is answered with %s", unforced)
	}
	h.event(`{"type":"berth.taken","payload":{"type":"berth.taken"},"force":true}`)
	h.event(`{"type":"ship.sunk","payload":{"id":"evt_x"},"force":true}`)
}

func TestSendEventRefused(t *testing.T) {
	h := openHarbour(t)
	for _, c := range []struct {
		body   string
		status int
		detail string
	}{
		{`{}`, 422, "type: must name an event"},
		{`{"type":"ship.sunk"}`, 404, "event_not_found"},
		{`{"type":"ship.sunk","payload":{}}`, 404, "event_not_found"},
		{`{"type":"berth.taken","payload":{},"body":""}`, 422, "body: "},
		{`{"type":"berth.taken","payload":{},"data":{}}`, 422, "data: "},
		{`{"type":"berth.taken","data":{"length":0}}`, 422, `data: `},
		{`{"type":"berth.taken","id":"evt_1"}`, 422, "id: cannot be chosen"},
		{`{"type":"berth.taken","to":"we_none"}`, 404, "endpoint_not_found"},
		{`{"type":"berth.taken","to":"http://10.0.0.1/"}`, 422, "to: "},
		{`{"type":"berth.taken","misbehaviour":[{"kind":"rude"}]}`, 422, "kind"},
		{`{"type":"berth.taken","misbehaviour":[{"kind":"delayed","for":"soon"}]}`, 422, `"pointer":"/misbehaviour/0/for"`},
	} {
		if status, answer := h.send("POST", one+"/events", c.body); status != c.status || !strings.Contains(answer, c.detail) {
			t.Errorf("%s: %d %s, want %d with %s", c.body, status, answer, c.status, c.detail)
		}
	}
	h.expect().GET(one + "/told-events").Expect().Status(200).JSON().Object().Value("events").Array().IsEmpty()
}

// TestSignAndVerify: what is signed is believed, and what is spoiled is not, for each reason.
func TestSignAndVerify(t *testing.T) {
	h := openHarbour(t)
	e := h.expect()
	verify := func(with map[string]any) *control.Verified {
		t.Helper()
		var v control.Verified
		e.POST(one + "/events/verify").WithJSON(with).Expect().Status(200).JSON().Decode(&v)
		return &v
	}
	for _, kind := range signature.Kinds()[1:] {
		secret := signature.NewSecret(kind, []byte("0123456789abcdef0123456789abcdef"))
		with := map[string]any{"scheme": kind, "secret": secret, "body": "{\n}", "url": "http://127.0.0.1/in", "header": ""}
		if kind == signature.HMACHex || kind == signature.HMACBase64 {
			with["header"], with["prefix"] = "X-Signed", "sum="
		}
		var signed control.Signed
		e.POST(one + "/events/sign").WithJSON(with).Expect().Status(200).JSON().Decode(&signed)
		with["headers"], with["url"] = signed.Headers, signed.URL
		if v := verify(with); !v.Valid || v.Reason != "" {
			t.Errorf("%s: %+v", kind, v)
		}
		with["body"] = "{}"
		if v := verify(with); v.Valid || v.Reason != signature.Mismatch || v.Detail == "" {
			t.Errorf("%s, another body: %+v", kind, v)
		}
	}
	own := map[string]any{"type": "cargo.planned", "body": "{}"}
	for spoil, reason := range map[string]signature.Reason{"": "", "unsigned": signature.Missing, "stale-timestamp": signature.TooOld, "wrong-secret": signature.Mismatch} {
		with := map[string]any{"type": "cargo.planned", "body": "{}", "spoil": spoil}
		var signed control.Signed
		e.POST(one + "/events/sign").WithJSON(with).Expect().Status(200).JSON().Decode(&signed)
		own["headers"], own["body"] = signed.Headers, signed.Body
		if v := verify(own); v.Reason != reason || v.Valid != (reason == "") || v.Secret != "STRIPE_WEBHOOK_SECRET" {
			t.Errorf("%q: %+v", spoil, v)
		}
	}
	own["headers"] = map[string]any{"stripe-signature": "t=1,v1=00"}
	if v := verify(own); v.Reason != signature.TooOld {
		t.Errorf("a header as a string: %+v", v)
	}
	for body, detail := range map[string]string{
		`{"body":""}`: "either type",
		`{"type":"cargo.planned","scheme":"stripe","body":""}`:  "either type",
		`{"type":"lamp.lit","body":""}`:                         "is not signed",
		`{"scheme":"wax","body":""}`:                            "must be one of stripe",
		`{"scheme":"github","body":""}`:                         "STRIPE_WEBHOOK_SECRET",
		`{"scheme":"standard-webhooks","secret":"x","body":""}`: "secret: cannot be used",
		`{"type":"cargo.planned","body":"","spoil":"a bit"}`:    "spoil: must be one of unsigned",
		`{"type":"cargo.planned","body":"","endpoint":"we_x"}`:  "endpoint_not_found",
	} {
		if status, answer := h.send("POST", one+"/events/sign", body); status/100 != 4 || !strings.Contains(answer, detail) {
			t.Errorf("%s: %d %s, want %s", body, status, answer, detail)
		}
	}
}

// TestSignedForTheContract: helpers sign what the contract's own operations take from others.
func TestSignedForTheContract(t *testing.T) {
	h := openHarbour(t)
	deliver := func(path, spoil string) int {
		t.Helper()
		var signed control.Signed
		h.expect().POST(one + "/events/sign").WithJSON(map[string]any{"scheme": "stripe", "body": `{"id":"evt_9"}`, "spoil": spoil}).Expect().Status(200).JSON().Decode(&signed)
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, h.shop+path, strings.NewReader(signed.Body))
		if err != nil {
			t.Fatal(err)
		}
		for name, values := range signed.Headers {
			r.Header[name] = values
		}
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		return response.StatusCode
	}
	for i, c := range []struct {
		spoil  string
		status int
	}{{"", 200}, {"changed-byte", 403}, {"stale-timestamp", 403}, {"", 200}} {
		if got := deliver("/stripe", c.spoil); got != c.status {
			t.Errorf("delivery %d, %q: %d, want %d", i, c.spoil, got, c.status)
		}
	}
	h.settled(4)
	var in control.Inbound
	h.ask("GET", "/inbound", "", 200, &in)
	if len(in.Operations) != 1 || in.Operations[0].Secret != "STRIPE_WEBHOOK_SECRET" || in.Operations[0].Operation != "takeStripe" || len(in.Secrets) != 1 || !in.Secrets[0].Own {
		t.Errorf("inbound is %+v", in)
	}
	if r := in.Received; len(r) != 4 || r[1].Status != 403 || r[1].Problem == "" || r[3].Note == "" {
		t.Errorf("received were %+v", r)
	}
	var set control.InboundSecret
	h.ask("PUT", "/inbound/secrets/STRIPE_WEBHOOK_SECRET", `{"secrets":["whsec_8f14e45fceea167a5a36dedd4bea2543"]}`, 200, &set)
	if set.Own || len(set.Shown) != 1 || set.Shown[0] != "whsec_***2543" {
		t.Errorf("the secret is shown as %+v", set)
	}
	if got := deliver("/stripe", ""); got != 200 { // the helper signs with the same one
		t.Errorf("with another secret: %d", got)
	}
	h.ask("PUT", "/inbound/secrets/OTHER", `{"secrets":[]}`, 404, nil)
	h.ask("PUT", "/inbound/secrets/STRIPE_WEBHOOK_SECRET", `{"secrets":[""]}`, 422, nil)
	h.ask("PUT", "/inbound/secrets/STRIPE_WEBHOOK_SECRET", `{"secrets":[]}`, 200, &set)
	if !set.Own {
		t.Error("the stand-in's own secret did not come back")
	}
}

// TestCurlIsAccepted runs the printed command by a shell; the inbox says whether it believes what came.
func TestCurlIsAccepted(t *testing.T) {
	h := openHarbour(t)
	own := h.endpoint(map[string]any{"url": h.inbox("/own"), "own_secrets": true})
	for i, query := range []string{"", "&endpoint=" + own.ID} {
		_, command := h.get(one + "/events/berth.taken/curl?format=text&url=" + h.inbox(fmt.Sprintf("/curl%d", i)) + query)
		if out, err := exec.CommandContext(t.Context(), "sh", "-c", strings.Replace(command, "curl ", "curl --silent --show-error --fail ", 1)).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s\n%s", err, out, command)
		}
	}
	for _, r := range h.arrived(2) {
		if !r.Verdict.Good || !strings.HasPrefix(r.Address, "/curl") {
			t.Errorf("%s: %+v", r.Address, r.Verdict)
		}
	}
	e := h.expect()
	e.GET(one+"/events/lamp.lit/curl").WithQuery("url", "http://127.0.0.1:1/").Expect().Status(200).JSON().Object().Value("command").String().Contains("curl ")
	e.GET(one+"/events/lamp.lit/curl").WithQuery("url", "mailto:me").Expect().Status(400).JSON(problemJSON).Object().Value("detail").String().Contains("absolute")
	e.GET(one + "/events/lamp.lit/curl").Expect().Status(400)
}

// TestEventsOfARequest: the journal tells what others heard because of an exchange.
func TestEventsOfARequest(t *testing.T) {
	h := openHarbour(t)
	h.endpoint(map[string]any{"url": h.inbox("")})
	if status, text := h.call("POST", "/berths", `{"ship":"Aurora"}`); status != 201 {
		t.Fatal(status, text)
	}
	h.settled(1)
	told := h.expect().GET(one + "/journal/1").Expect().Status(200).JSON().Path("$.trace.events").Array()
	told.Length().IsEqual(1)
	told.Value(0).Object().HasValue("name", "berth.taken").HasValue("deliveries", 1)
	if got := h.arrived(1)[0]; !strings.Contains(got.Request.Body.Text, "Aurora") || !got.Verdict.Good || got.At != noon.UTC() {
		t.Errorf("what came is %+v at %s", got.Verdict, got.At.Format(time.RFC3339))
	}
}
