package contracts_test

import (
	"encoding/json"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"understudy/contracts"
	"understudy/contracts/schema"
)

const deliveryHead = "openapi: 3.1.0\ninfo: {title: Shop API, version: \"2.1\"}\n"

func TestSchedules(t *testing.T) {
	for name, want := range map[string]struct {
		tries int
		total time.Duration
	}{
		contracts.StandardSchedule: {10, 75*time.Hour + 35*time.Minute + 5*time.Second},
		contracts.StripeSchedule:   {11, 72 * time.Hour},
		contracts.FixedSchedule:    {6, 5 * time.Minute},
		contracts.NoSchedule:       {1, 0},
	} {
		waits, ok := contracts.Schedule(name)
		total := time.Duration(0)
		for _, wait := range waits {
			total += wait
		}
		if !ok || len(waits) != want.tries || total != want.total || waits[0] != 0 {
			t.Errorf("%s: %v (%v), want %d tries in %v", name, waits, ok, want.tries, want.total)
		}
	}
	if _, ok := contracts.Schedule("sometimes"); ok {
		t.Error("there is a schedule that nobody defined")
	}
}

func TestDeliveryPolicy(t *testing.T) {
	standard, _ := contracts.Schedule(contracts.StandardSchedule)
	agent := regexp.MustCompile(`^[^ ]+/2\.1$`)
	for _, c := range []struct {
		words string
		want  contracts.DeliveryPolicy
	}{
		{"{}", contracts.DeliveryPolicy{Schedule: standard, Timeout: 15 * time.Second, Concurrency: 8, Headers: map[string]string{}}},
		{"{schedule: none, timeout: 5s, jitter: 10%, ordered: true, concurrency: 1, userAgent: Shop Hooks 3, apiVersion: \"2026-01\", headers: {X-Event: \"{event}\"}}",
			contracts.DeliveryPolicy{
				Schedule: []time.Duration{0}, Timeout: 5 * time.Second, Jitter: 0.1, Ordered: true, Concurrency: 1,
				Headers: map[string]string{"X-Event": "{event}"}, UserAgent: "Shop Hooks 3", APIVersion: "2026-01",
			}},
		{"{schedule: [0, 1s, 2h30m]}", contracts.DeliveryPolicy{
			Schedule: []time.Duration{0, time.Second, 150 * time.Minute}, Timeout: 15 * time.Second, Concurrency: 8, Headers: map[string]string{},
		}},
		{"{schedule: 3s}", contracts.DeliveryPolicy{Schedule: []time.Duration{3 * time.Second}, Timeout: 15 * time.Second, Concurrency: 8, Headers: map[string]string{}}},
	} {
		got := eventsOf(t, deliveryHead+"x-understudy: {webhooks: "+c.words+"}").DeliveryPolicy()
		if c.want.UserAgent == "" && agent.MatchString(got.UserAgent) {
			got.UserAgent = ""
		}
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %+v, want %+v", c.words, got, c.want)
		}
	}
	got := eventsOf(t, deliveryHead).DeliveryPolicy()
	if !slices.Equal(got.Schedule, standard) || got.Timeout != 15*time.Second || got.UserAgent == "" {
		t.Errorf("without a word: %+v", got)
	}
}

// TestStripeEnvelope adds what stripe-go looks for, where the contract says so and the event is Stripe's.
func TestStripeEnvelope(t *testing.T) {
	c := eventsOf(t, deliveryHead+`x-understudy: {webhooks: {envelope: stripe, apiVersion: "2025-08-27.basil"}, events: {a: {signature: stripe}, b: {signature: github}}}`)
	m := &schema.Maker{}
	for name, want := range map[string]any{"a": "2025-08-27.basil", "b": nil} {
		e := c.Event(name)
		_, value, err := e.Payload(m, "1", e.Fill("evt_1", eventTime, nil))
		got, _ := schema.At(value, "/api_version")
		if err != nil || got != want {
			t.Errorf("%s: %v (%v)", name, value, err)
		}
	}
	full := slices.Sorted(maps.Keys(contracts.StripeEnvelope("1")))
	if want := []string{"/api_version", "/livemode", "/pending_webhooks", "/request"}; !slices.Equal(full, want) {
		t.Errorf("the envelope adds %v", full)
	}
	if _, err := json.Marshal(contracts.StripeEnvelope("1")); err != nil {
		t.Error(err)
	}
}

// TestEventWordsRefused: each value that a word cannot take is an error with file, line and advice.
func TestEventWordsRefused(t *testing.T) {
	event := func(words string) string { return "x-understudy: {events: {a: {" + words + "}}}" }
	hooks := func(words string) string { return "x-understudy: {webhooks: {" + words + "}, events: {a: {}}}" }
	for _, c := range []struct{ document, message, advice string }{
		{event("signature: stirpe"), `signature cannot be "stirpe"`, "did you mean stripe?"},
		{event("header: X-Signature"), `the header "X-Signature" does not tell how`, "add signature"},
		{event("signature: github, header: a b"), `"a b" is not the name of a header`, "X-Signature"},
		{event("signature: github, prefix: x"), "a prefix belongs to", "hmac-hex"},
		{event("signature: github, tolerance: 5m"), "github signs no timestamp", "take the word tolerance out"},
		{event("signature: stripe, tolerance: five"), `tolerance cannot be "five"`, "5m"},
		{event("signature: stripe, tolerance: 1ms"), `tolerance cannot be "1ms"`, "5m"},
		{event("secret: a-b"), `which "a-b" is not`, "STRIPE_WEBHOOK_SECRET"},
		{event("from: data"), `from cannot be "data"`, "JSON Pointer"},
		{event(`id: "#"`), `id cannot be "#"`, "JSON Pointer"},
		{event("at: /a~"), `at cannot be "/a~"`, "JSON Pointer"},
		{event(`channel: "a.{payload}"`), `no value for a placeholder {payload}`, "{payload./data/id}"},
		{event(`channel: "a.{event"`), `is not closed`, "{payload./data/id}"},
		{event("familly: x"), `unknown word "familly"`, "did you mean family?"},
		{hooks("schedule: hourly"), "schedule cannot be hourly", "standard-webhooks"},
		{hooks("schedule: [1s, soon]"), "schedule cannot be", "standard-webhooks"},
		{hooks("schedule: [1s, -2s]"), "schedule cannot be", "standard-webhooks"},
		{hooks("schedule: []"), "schedule cannot be", "standard-webhooks"},
		{hooks("schedule: {a: 1}"), "schedule cannot be", "standard-webhooks"},
		{hooks("timeout: 0s"), `timeout cannot be "0s"`, "15s"},
		{hooks("jitter: 0.1"), `jitter cannot be "0.1"`, "10%"},
		{hooks("concurrency: -1"), "concurrency cannot be -1", "1 to 1000"},
		{hooks("envelope: strip"), `envelope cannot be "strip"`, "did you mean stripe?"},
		{hooks("envelope: stripe"), "none is given", "add apiVersion"},
		{hooks(`userAgent: "a\nb"`), "control characters", "one line"},
		{hooks("headers: {Content-Length: \"1\"}"), `the header "Content-Length" cannot be set`, "X-Event-Id"},
		{hooks("headers: {X-Id: \"{ids}\"}"), `the header X-Id cannot be "{ids}"`, "{id}"},
		{hooks("headers: {X-Id: \"a\\nb\"}"), `the header X-Id cannot be`, "one line"},
		{hooks("endpoints: [{url: /hook}]"), "endpoints[0]: the URL cannot be called", "absolute"},
		{hooks("endpoints: [{url: \"http://u:p@a.example\"}]"), "endpoints[0]: the URL cannot be called", "without a password"},
		{hooks("endpoints: [{url: \"http://a.example\", events: [b]}]"), `endpoints[0]: the event "b" is not defined`, "did you mean a?"},
		{hooks("endpoints: [{url: \"http://a.example\", secret: a-b}]"), "endpoints[0]: secret is not", "MY_WEBHOOK_SECRET"},
		{hooks("item: {url: /a~b}"), "item:", "/config/url"},
		{"paths: {/a: {get: {x-understudy: {webhook: made}, responses: {}}}}", `webhook cannot be "made"`, "create"},
		{"paths: {/a: {post: {x-understudy: {verify: strip}, responses: {}}}}", `verify cannot be "strip"`, "did you mean stripe?"},
	} {
		_, err := loadText(t, deliveryHead+c.document)
		if err == nil {
			t.Errorf("%s passes", c.document)
			continue
		}
		for _, part := range []string{"openapi.yaml:3", c.message, c.advice} {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%s: the error lacks %q: %v", c.document, part, err)
			}
		}
	}
}

// TestEndpointItem finds the parts of an endpoint in the contract's own resource: by its schemas, or as the contract says.
func TestEndpointItem(t *testing.T) {
	operation := func(properties, root string) string {
		return deliveryHead + "x-understudy: {webhooks: " + root + "}\npaths: {/hooks: {post: {x-understudy: {webhook: create, input: /hook}, requestBody: {content: {application/json: {schema: " +
			"{type: object, properties: {hook: {type: object, properties: " + properties + "}}}}}}, responses: {}}}}\n"
	}
	for _, c := range []struct {
		document string
		want     contracts.EndpointItem
		ok       bool
	}{
		{deliveryHead, contracts.EndpointItem{URL: "/url", Events: "/events", Secret: "/secret", Enabled: "/enabled"}, false},
		{operation("{target_url: {}, enabled_events: {}, status: {}}", "{}"), contracts.EndpointItem{URL: "/target_url", Events: "/enabled_events", Secret: "/secret", Enabled: "/status"}, true},
		{operation("{url: {}, active: {}}", "{item: {url: /config/url, secret: a/b}}"), contracts.EndpointItem{URL: "/config/url", Events: "/events", Secret: "/a~1b", Enabled: "/active"}, true},
	} {
		if got, ok := eventsOf(t, c.document).EndpointItem(); got != c.want || ok != c.ok {
			t.Errorf("%+v, %v; want %+v, %v", got, ok, c.want, c.ok)
		}
	}
	got, ok := builtinContract(t, "ecoevents").EndpointItem()
	if want := (contracts.EndpointItem{URL: "/url", Events: "/events", Secret: "/secret", Enabled: "/enabled"}); got != want || !ok {
		t.Errorf("ecoevents: %+v, %v", got, ok)
	}
}
