package contracts_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"understudy/contracts"
	"understudy/contracts/schema"
	"understudy/contracts/signature"
)

var eventTime = time.Date(2026, 2, 14, 13, 25, 0, 987, time.FixedZone("", 3600))

func eventsOf(t *testing.T, document string) *contracts.Contract {
	t.Helper()
	c, err := loadText(t, document)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestBuiltinEvents makes a payload of every event of the built-in contracts, for several seeds: valid against the contract,
// with id, name and time where the document has them, signed in the documented header (ECOSIRE-51, -64 to -68,
// ECOEVENTS-G12, ECKOSPACE-23).
func TestBuiltinEvents(t *testing.T) {
	for contract, want := range map[string]map[string]string{
		"ecosire": {
			"checkout.session.completed": "stripe-signature STRIPE_WEBHOOK_SECRET", "invoice.paid": "stripe-signature STRIPE_WEBHOOK_SECRET",
			"customer.subscription.deleted": "stripe-signature STRIPE_WEBHOOK_SECRET", "customer.subscription.updated": "stripe-signature STRIPE_WEBHOOK_SECRET",
			"charge.refunded": "stripe-signature STRIPE_WEBHOOK_SECRET", "payment_intent.payment_failed": "stripe-signature STRIPE_WEBHOOK_SECRET",
			"license.validated": "X-License-Signature ECOSIRE_LICENSE_SECRET", "license.activated": "X-License-Signature ECOSIRE_LICENSE_SECRET",
		},
		"ecoevents": {
			"event.created": "webhook-signature ECOEVENTS_WEBHOOK_SECRET", "event.updated": "webhook-signature ECOEVENTS_WEBHOOK_SECRET",
			"event.deleted": "webhook-signature ECOEVENTS_WEBHOOK_SECRET", "vendor.updated": "webhook-signature ECOEVENTS_WEBHOOK_SECRET",
		},
		"eckospace": {
			"payment.updated": "webhook-signature ECKOSPACE_WEBHOOK_SECRET", "wallet.updated": "webhook-signature ECKOSPACE_WEBHOOK_SECRET",
			"moderation.updated": "webhook-signature ECKOSPACE_WEBHOOK_SECRET", "business.updated": "webhook-signature ECKOSPACE_WEBHOOK_SECRET",
		},
		"echowin": {},
	} {
		c := builtinContract(t, contract)
		got := map[string]string{}
		for _, e := range c.Events() {
			got[e.Name] = e.Scheme.HeaderNames()[0] + " " + e.Secret
			if e.Operation == nil || e.Media == nil || c.Event(e.Name) != e {
				t.Errorf("%s: %s is not the document's webhook", contract, e.Name)
			}
			for seed := range uint64(20) {
				checkBuiltinPayload(t, contract, e, seed)
			}
		}
		if !maps.Equal(got, want) {
			t.Errorf("%s: events %v, want %v", contract, got, want)
		}
	}
}

func checkBuiltinPayload(t *testing.T, contract string, e *contracts.Event, seed uint64) {
	t.Helper()
	m := &schema.Maker{Seed: seed, Now: eventTime}
	id := e.NewID(m, "1")
	body, value, err := e.Payload(m, "1", e.Fill(id, eventTime, nil))
	if err != nil {
		t.Errorf("%s: %v", contract, err)
		return
	}
	if violations := e.Check(body); violations != nil {
		t.Errorf("%s: %s breaks the contract: %v", contract, body, violations)
	}
	parsed, err := schema.ParseJSON(body)
	if err != nil || !schema.Equal(parsed, value) {
		t.Errorf("%s: the value beside %s is %v (%v)", contract, body, value, err)
	}
	want := map[string]any{"/type": e.Name, "/timestamp": "2026-02-14T12:25:00Z"}
	if contract == "ecosire" {
		want = map[string]any{"/type": e.Name, "/created": json.Number("1771071900"), "/id": id, "/object": "event"}
		if !strings.HasPrefix(id, "evt_") {
			t.Errorf("the id is %s", id)
		}
	}
	for pointer, fact := range want {
		if got, _ := schema.At(value, pointer); !schema.Equal(got, fact) {
			t.Errorf("%s: %s: %s is %v, want %v", contract, e.Name, pointer, got, fact)
		}
	}
	if want := "data object"; contract == "ecosire" && e.Places.From != "/data/object" || contract != "ecosire" && e.Places.From != "/data" {
		t.Errorf("%s: %s: the %s stands at %q", contract, e.Name, want, e.Places.From)
	}
}

// TestPayloadOfItem puts the state's item in: undeclared members go, required ones that it lacks come from the example.
func TestPayloadOfItem(t *testing.T) {
	m := &schema.Maker{Seed: 3, Now: eventTime}
	e := builtinContract(t, "ecosire").Event("license.activated")
	item := map[string]any{
		"id": "lic_77Q2", "key": "ECO-QQQQ-WWWW-EEEE", "productId": "prd_01HODOOINV", "domain": "shop.example", "status": "active",
		"activationsCount": json.Number("2"), "activationsLimit": json.Number("5"), "expiresAt": nil, "createdAt": "2026-01-01T00:00:00Z", "notes": map[string]any{"a": "b"},
	}
	before := len(item)
	body, _, err := e.Payload(m, "1", e.Fill("evt_00000001", eventTime, item))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"id":"evt_00000001","object":"event","type":"license.activated","created":1771071900,"data":{"object":{"id":"lic_77Q2","object":"license",` +
		`"key":"ECO-QQQQ-WWWW-EEEE","productId":"prd_01HODOOINV","domain":"shop.example","status":"active","activationsCount":2,"activationsLimit":5,"expiresAt":null}}}`
	if string(body) != want {
		t.Errorf("the payload is\n%s, want\n%s", body, want)
	}
	if len(item) != before {
		t.Error("the item was changed")
	}
	item["status"] = "no such status"
	body, value, err := e.Payload(m, "1", e.Fill("evt_00000001", eventTime, item))
	if status, _ := schema.At(value, "/data/object/status"); err != nil || e.Check(body) != nil || status == "no such status" {
		t.Errorf("a member that does not fit: %s (%v)", body, err)
	}
	if _, _, err := e.Payload(m, "1", map[string]any{"/id": "not an event's id"}); err == nil || !strings.Contains(err.Error(), `"/id"`) {
		t.Errorf("an id that does not fit: %v", err)
	}
	if _, _, err := e.Payload(m, "1", map[string]any{"/id/x": "y"}); err == nil {
		t.Error("a value below a text was put in")
	}
}

const manyEvents = `
openapi: 3.1.0
info: {title: Shop, version: "2.1"}
paths:
  /orders:
    post:
      operationId: createOrder
      requestBody: {content: {application/json: {schema: {type: object}}}}
      responses: {"201": {description: made}}
      callbacks:
        shipped:
          "{$request.body#/notify}?order={$response.body#/id}":
            post:
              requestBody: {content: {application/json: {schema: {type: object, required: [order], properties: {order: {type: string}}}}}}
              responses: {"200": {description: taken}}
        broken:
          "{$request.bodies#/x}":
            post: {responses: {"200": {description: taken}}}
webhooks:
  z.first:
    post:
      parameters: [{name: X-Hub-Signature-256, in: header, schema: {type: string}}]
      requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/Item"}}}}
      responses: {"200": {description: taken}}
  a.second:
    post:
      parameters: [{name: X-Shop-Signature, in: header, schema: {type: string}}]
      requestBody:
        content:
          application/json:
            schema:
              type: object
              additionalProperties: false
              required: [event_id, event, createdAt, data]
              properties:
                event_id: {type: string, pattern: "^e-[0-9]{8}$"}
                event: {type: string, const: a.second}
                createdAt: {type: integer, examples: [1700000000000]}
                data: {$ref: "#/components/schemas/Item"}
            example: {event_id: e-00000000, event: a.second, createdAt: 1700000000000, data: {id: "1", name: Tea}}
      responses: {"200": {description: taken}}
  form:
    post:
      requestBody:
        content:
          application/x-www-form-urlencoded:
            schema: {type: object, required: [CallSid, type], properties: {CallSid: {type: string, minLength: 3}, type: {type: string}}}
      responses: {"200": {description: taken}}
components:
  schemas:
    Item:
      type: object
      required: [id, name]
      properties:
        id: {type: string, readOnly: true}
        name: {type: string, minLength: 1}
        secret: {type: string, writeOnly: true}
x-understudy:
  events:
    a.second: {signature: hmac-base64, prefix: "v1=", channel: "items.{payload./data/id}.{event}", family: items}
    shipped: {description: An order left., signature: twilio, secret: SHIPPING}
    plain: {}
    stripe-like: {signature: stripe, tolerance: none}
    standard: {signature: standard-webhooks, tolerance: 90s, family: others}
    own: {payload: {kind: own, list: [{n: 1}], when: ""}, type: /kind, at: /when, id: "/list/0/id", from: none}
`

func TestEventsOfAnyDocument(t *testing.T) {
	c := eventsOf(t, manyEvents)
	var names []string
	schemes := map[string]signature.Scheme{}
	places := map[string]contracts.EventPlaces{}
	for _, e := range c.Events() {
		names = append(names, e.Name)
		schemes[e.Name], places[e.Name] = e.Scheme, e.Places
		if e.Scheme.Kind.NeedsSecret() != (e.Secret != "") {
			t.Errorf("%s: the secret is %q", e.Name, e.Secret)
		}
	}
	if want := []string{"z.first", "a.second", "form", "own", "plain", "shipped", "standard", "stripe-like"}; !slices.Equal(names, want) {
		t.Fatalf("events %v, want %v", names, want)
	}
	none := contracts.Nowhere
	for name, want := range map[string]struct {
		scheme signature.Scheme
		places contracts.EventPlaces
	}{
		"z.first":  {signature.Scheme{Kind: signature.GitHub, Header: "X-Hub-Signature-256"}, contracts.EventPlaces{From: "", ID: none, Type: none, At: none}},
		"a.second": {signature.Scheme{Kind: signature.HMACBase64, Header: "X-Shop-Signature", Prefix: "v1="}, contracts.EventPlaces{From: "/data", ID: "/event_id", Type: "/event", At: "/createdAt"}},
		"form":     {signature.Scheme{Kind: signature.None}, contracts.EventPlaces{From: none, ID: none, Type: "/type", At: none}},
		"own":      {signature.Scheme{Kind: signature.None}, contracts.EventPlaces{From: none, ID: "/list/0/id", Type: "/kind", At: "/when"}},
		"plain":    {signature.Scheme{Kind: signature.None}, contracts.EventPlaces{From: "/data", ID: "/id", Type: "/type", At: "/timestamp"}},
		"shipped":  {signature.Scheme{Kind: signature.Twilio}, contracts.EventPlaces{From: "", ID: none, Type: none, At: none}},
		"standard": {signature.Scheme{Kind: signature.StandardWebhooks, Tolerance: 90 * time.Second}, contracts.EventPlaces{From: "/data", ID: none, Type: "/type", At: "/timestamp"}},
		"stripe-like": {signature.Scheme{Kind: signature.Stripe, Tolerance: -1},
			contracts.EventPlaces{From: "/data/object", ID: "/id", Type: "/type", At: "/created"}},
	} {
		if schemes[name] != want.scheme || places[name] != want.places {
			t.Errorf("%s: %+v %+v, want %+v", name, schemes[name], places[name], want)
		}
	}
	if c.Event("nothing") != nil {
		t.Error("an event that nobody defines was found")
	}
	if got := c.EventFamilies(); !slices.Equal(got, []string{"items", "others"}) {
		t.Errorf("families %v", got)
	}
	checkSecrets(t, c)
}

func checkSecrets(t *testing.T, c *contracts.Contract) {
	t.Helper()
	secrets := c.EventSecrets()
	if len(secrets) != 2 || !strings.HasSuffix(secrets[0].Name, "_WEBHOOK_SECRET") || secrets[1].Name != "SHIPPING" {
		t.Fatalf("secrets %+v", secrets)
	}
	if secrets[0].Kind != signature.StandardWebhooks || len(secrets[0].Events) != 4 {
		t.Errorf("the shared secret is %+v; only one of Standard Webhooks' form does for all", secrets[0])
	}
}

// TestPayloads looks at the bytes that events of all sources come to.
func TestPayloads(t *testing.T) {
	c := eventsOf(t, manyEvents)
	m := &schema.Maker{Seed: 1, Now: eventTime}
	for name, c2 := range map[string]struct {
		item any
		want string
	}{
		"a.second":    {map[string]any{"id": "7", "name": "Mate", "other": true}, `{"event_id":"e-12345678","event":"a.second","createdAt":1771071900000,"data":{"id":"7","name":"Mate"}}`},
		"own":         {map[string]any{"id": "7"}, `{"kind":"own","list":[{"id":"e-12345678","n":1}],"when":"2026-02-14T12:25:00Z"}`},
		"plain":       {map[string]any{"a": json.Number("1")}, `{"data":{"a":1},"id":"e-12345678","timestamp":"2026-02-14T12:25:00Z","type":"plain"}`},
		"standard":    {nil, `{"data":{},"timestamp":"2026-02-14T12:25:00Z","type":"standard"}`},
		"stripe-like": {map[string]any{"id": "in_1"}, `{"created":1771071900,"data":{"object":{"id":"in_1"}},"id":"e-12345678","object":"event","type":"stripe-like"}`},
		"z.first":     {map[string]any{"id": "7", "name": "Mate", "secret": "kept by the caller"}, `{"id":"7","name":"Mate","secret":"kept by the caller"}`},
		"shipped":     {map[string]any{"order": "o-1", "extra": "x"}, `{"order":"o-1"}`},
	} {
		e := c.Event(name)
		body, value, err := e.Payload(m, "1", e.Fill("e-12345678", eventTime, c2.item))
		if err != nil || string(body) != c2.want {
			t.Errorf("%s: %s (%v), want %s", name, body, err, c2.want)
		}
		if violations := e.Check(body); violations != nil {
			t.Errorf("%s: %v", name, violations)
		}
		if channel := e.Channel(value); channel != map[string]string{"a.second": "items.7.a.second"}[name] {
			t.Errorf("%s shows on %q", name, channel)
		}
	}
	form := c.Event("form")
	body, _, err := form.Payload(m, "1", map[string]any{"/CallSid": "CA1 &"})
	if err != nil || form.ContentType() != "application/x-www-form-urlencoded" || !strings.HasPrefix(string(body), "CallSid=CA1") || form.Check(body) != nil {
		t.Errorf("the form is %s of %s (%v)", body, form.ContentType(), err)
	}
	if c.Event("a.second").Channel(map[string]any{}) != "" {
		t.Error("a channel without the value that it is named after")
	}
	for name, bad := range map[string]string{"a.second": `{"event_id":"x"}`, "plain": `{`, "form": "a=b", "z.first": ""} {
		if c.Event(name).Check([]byte(bad)) == nil {
			t.Errorf("%s: %q passes", name, bad)
		}
	}
}

// TestNewID makes ids that the payload can hold and that are the same for a seed.
func TestNewID(t *testing.T) {
	c := eventsOf(t, manyEvents)
	for name, prefix := range map[string]string{"a.second": "e-", "plain": "evt_", "standard": "msg_", "z.first": "msg_"} {
		e := c.Event(name)
		seen := map[string]bool{}
		for seed := range uint64(3) {
			for _, key := range []string{"1", "2"} {
				m := &schema.Maker{Seed: seed}
				id := e.NewID(m, key)
				if seen[id] || !strings.HasPrefix(id, prefix) || id != e.NewID(m, key) {
					t.Errorf("%s: the id is %s", name, id)
				}
				seen[id] = true
			}
		}
	}
}

// TestCallbacks reads their addresses, and warns of one that cannot be read instead of refusing the document.
func TestCallbacks(t *testing.T) {
	c := eventsOf(t, manyEvents)
	callbacks := c.Operations[0].Callbacks
	if len(callbacks) != 2 || callbacks[0].Address == nil || callbacks[1].Address != nil {
		t.Fatalf("callbacks %+v", callbacks)
	}
	x := &contracts.Exchange{RequestBody: []byte(`{"notify":"https://a.example/hook"}`), Status: 201, ResponseBody: []byte(`{"id":7}`)}
	if address, err := callbacks[0].Address.Text(x, nil); err != nil || address != "https://a.example/hook?order=7" {
		t.Errorf("the callback goes to %q (%v)", address, err)
	}
	e := callbacks[0].Events[0]
	if e.Name != "shipped" || e.Scheme.Kind != signature.Twilio || e.Secret != "SHIPPING" || e.Description != "An order left." {
		t.Errorf("the callback sends %+v", e)
	}
	warned := slices.ContainsFunc(c.Warnings, func(w contracts.Warning) bool {
		return strings.Contains(w.Message, "the callback broken is never made")
	})
	if !warned {
		t.Errorf("nothing warns of the broken callback: %+v", c.Warnings)
	}
}

// TestEventsAreSharedSafely lets many make payloads of one event at once, as a server does.
func TestEventsAreSharedSafely(t *testing.T) {
	c := builtinContract(t, "ecosire")
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			m := &schema.Maker{Seed: uint64(i % 2)}
			for _, e := range c.Events() {
				if _, _, err := e.Payload(m, "1", e.Fill("evt_00000001", eventTime, map[string]any{"status": "x"})); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
}

// BenchmarkPayload shows what the payload of one event of the state costs.
func BenchmarkPayload(b *testing.B) {
	c, err := contracts.Load(b.Context(), "ecosire", contracts.Options{})
	if err != nil {
		b.Fatal(err)
	}
	e := c.Event("license.activated")
	m := &schema.Maker{}
	fill := e.Fill("evt_00000001", eventTime, nil)
	for b.Loop() {
		if _, _, err := e.Payload(m, "1", fill); err != nil {
			b.Fatal(err)
		}
	}
}
