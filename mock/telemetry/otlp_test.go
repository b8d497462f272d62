package telemetry_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"understudy/mock/telemetry"
)

const (
	callersTrace  = "0af7651916cd43dd8448eb211c80319c"
	callersSpan   = "b7ad6b7169203331"
	callersParent = "00-" + callersTrace + "-" + callersSpan + "-01"
)

// TestTrace follows a request with its delivery through a collector, in both encodings: whose child each span is, what it says,
// and what the receiver was told.
func TestTrace(t *testing.T) {
	for _, asJSON := range []bool{false, true} {
		t.Run(fmt.Sprint("json ", asJSON), func(t *testing.T) {
			c := collect(t)
			s := open(t, telemetry.Options{Traces: c.export("traces", asJSON), Resource: []telemetry.Attribute{{Key: "service.name", Value: "understudy"}}})
			if r := s.call("POST /orders?api_key=sk_shop_aaaaaaaaaaaaaaaaaaaaaaaa", `{"number":"A1"}`, "Traceparent: "+callersParent, "Tracestate: vendor=opaque,other=1", "User-Agent: Client/2", "X-Request-Id: req-17"); r.StatusCode != 201 {
				t.Fatalf("%d", r.StatusCode)
			}
			s.settle()
			spans := c.spans()
			if len(spans) != 2 {
				t.Fatalf("%d spans: %v", len(spans), spans)
			}
			request, attempt := spans[0], spans[1]
			if request["kind"] != 2.0 {
				request, attempt = attempt, request
			}
			want := map[string]any{
				"http.request.method": "POST", "http.route": "/orders", "http.response.status_code": int64(201), "url.scheme": "http",
				"url.path": "/v1/orders", "server.address": "127.0.0.1", "client.address": "127.0.0.1", "user_agent.original": "Client/2",
				"network.protocol.version": "1.1", "understudy.contract": "shop", "understudy.operation": "createOrder",
				"understudy.source": "state", "understudy.journal.id": int64(1), "understudy.request.id": "req-17",
			}
			got := attributes(request)
			for name, value := range want {
				if got[name] != value {
					t.Errorf("%s is %v (%T), want %v", name, got[name], got[name], value)
				}
			}
			for _, name := range []string{"server.port", "client.port", "url.query"} {
				if got[name] == nil {
					t.Errorf("%s is missing", name)
				}
			}
			if request["traceId"] != callersTrace || request["parentSpanId"] != callersSpan || request["traceState"] != "vendor=opaque,other=1" || request["name"] != "POST /orders" || request["flags"] != float64(0x301) {
				t.Errorf("the request's span: %v", request)
			}
			if request["status"] != nil {
				t.Errorf("a good answer has the status %v", request["status"])
			}
			stages(t, request, "transport passed, match passed, authenticate passed, admit passed, permit passed, receive passed, validate passed, negotiate passed, idempotency passed, disturb passed, act answered")
			checkAttempt(t, attempt, request)
			received := s.deliveries()
			if len(received) != 1 || received[0].Get("Traceparent") != fmt.Sprintf("00-%s-%s-01", callersTrace, attempt["spanId"]) || received[0].Get("Tracestate") != "vendor=opaque,other=1" {
				t.Errorf("the receiver got %v", received)
			}
			whole := bytes.Join(c.bodies, nil)
			for _, secret := range []string{s.key, "aaaaaaaaaaaaaaaa", "keep-me-secret"} {
				if bytes.Contains(whole, []byte(secret)) {
					t.Errorf("%s was sent", secret)
				}
			}
		})
	}
}

// stages compares the events of a span with the stages of the journal, and looks that time goes on.
func stages(t *testing.T, span object, want string) {
	t.Helper()
	var names []string
	last, end := span["startTimeUnixNano"].(uint64), span["endTimeUnixNano"].(uint64)
	for _, e := range objects(span["events"]) {
		names = append(names, fmt.Sprint(e["name"], " ", attributes(e)["understudy.verdict"]))
		at := e["timeUnixNano"].(uint64)
		if at < last || at > end {
			t.Errorf("the stage %s ended at %d, between %d and %d", e["name"], at, last, end)
		}
		last = at
	}
	if got := strings.Join(names, ", "); got != want {
		t.Errorf("the stages are %s", got)
	}
}

func checkAttempt(t *testing.T, attempt, request object) {
	t.Helper()
	if attempt["traceId"] != callersTrace || attempt["parentSpanId"] != request["spanId"] || attempt["kind"] != 3.0 || attempt["name"] != "POST" || attempt["flags"] != float64(0x101) {
		t.Errorf("the attempt's span: %v", attempt)
	}
	got := attributes(attempt)
	for name, value := range map[string]any{
		"http.request.method": "POST", "http.response.status_code": int64(200), "server.address": "127.0.0.1", "understudy.contract": "shop",
		"understudy.event.type": "order.paid", "understudy.delivery.attempt": int64(1), "understudy.delivery.outcome": "taken", "understudy.delivery.state": "delivered",
	} {
		if got[name] != value {
			t.Errorf("%s is %v (%T), want %v", name, got[name], got[name], value)
		}
	}
	if address, _ := got["url.full"].(string); !strings.HasSuffix(address, "/hooks?…") {
		t.Errorf("url.full is %q", address)
	}
}

// TestRefusedTrace has the reason of a refusal in the span, and no secret; without a caller's context a trace begins.
func TestRefusedTrace(t *testing.T) {
	c := collect(t)
	s := open(t, telemetry.Options{Traces: c.export("traces", false)})
	s.call("GET /orders", "", "Authorization: Bearer sk_shop_bbbbbbbbbbbbbbbbbbbbbbbb")
	s.call("GET /nowhere/sk_shop_cccccccccccccccccccccccc", "", "Traceparent: 00-"+callersTrace+"-"+callersSpan+"-00")
	s.settle()
	spans := c.spans()
	if len(spans) != 1 {
		t.Fatalf("%d spans, the caller of the second request records none", len(spans))
	}
	got := attributes(spans[0])
	if got["understudy.problem"] != "credential_unknown" && got["understudy.problem"] != "credential_invalid" || got["understudy.reason"] == nil || got["http.response.status_code"] != int64(401) {
		t.Errorf("%v", got)
	}
	if spans[0]["parentSpanId"] != nil || spans[0]["traceId"] == callersTrace || spans[0]["flags"] != float64(0x103) {
		t.Errorf("%v", spans[0])
	}
	if bytes.Contains(bytes.Join(c.bodies, nil), []byte("bbbbbbbbbbbb")) {
		t.Error("a credential was sent")
	}
}

// TestFailedAttempts sees the second attempt below the same request, with what went wrong.
func TestFailedAttempt(t *testing.T) {
	c := collect(t)
	s := open(t, telemetry.Options{Traces: c.export("traces", false), Metrics: c.export("metrics", false)})
	s.status = http.StatusServiceUnavailable
	s.call("POST /orders", `{"number":"A1"}`)
	s.settle()
	var failed object
	for _, span := range c.spans() {
		if span["kind"] == 3.0 {
			failed = span
		}
	}
	status, _ := failed["status"].(object)
	if got := attributes(failed); status["code"] != 2.0 || got["error.type"] != "503" || got["understudy.delivery.outcome"] != "answered" {
		t.Errorf("%v", failed)
	}
	if got := sumOf(c.metric("understudy.webhook.pending"), nil); got != 1 {
		t.Errorf("%v deliveries wait", got)
	}
}

// sumOf adds the numbers of a metric whose attributes are as wanted.
func sumOf(m object, want map[string]any) (sum float64) {
	for _, name := range []string{"sum", "gauge"} {
		data, _ := m[name].(object)
		for _, p := range objects(data["dataPoints"]) {
			if !has(attributes(p), want) {
				continue
			}
			switch v := p["asInt"].(type) {
			case int64:
				sum += float64(v)
			default:
				sum += p["asDouble"].(float64)
			}
		}
	}
	data, _ := m["histogram"].(object)
	for _, p := range objects(data["dataPoints"]) {
		if has(attributes(p), want) {
			sum += float64(p["count"].(uint64))
		}
	}
	return sum
}

func has(got, want map[string]any) bool {
	for name, value := range want {
		if got[name] != value {
			return false
		}
	}
	return true
}

// TestMetrics counts a few requests and reads the counts from a collector.
func TestMetrics(t *testing.T) {
	for _, asJSON := range []bool{false, true} {
		c := collect(t)
		s := open(t, telemetry.Options{Metrics: c.export("metrics", asJSON)})
		s.call("POST /orders", `{"number":"A1"}`, "Idempotency-Key: one")
		s.call("POST /orders", `{"number":"A1"}`, "Idempotency-Key: one")
		s.call("POST /orders", `{}`)
		s.call("GET /orders", "")
		s.call("GET /orders", "")
		s.call("GET /orders", "")
		s.call("GET /orders", "", "Authorization: Bearer nobody")
		s.call("BREW /orders", "")
		s.settle()
		for _, one := range []struct {
			name string
			want map[string]any
			sum  float64
		}{
			{"http.server.request.duration", nil, 8},
			{"http.server.request.duration", map[string]any{"understudy.operation": "listOrders", "http.response.status_code": int64(200), "http.route": "/orders", "http.request.method": "GET", "url.scheme": "http"}, 2},
			{"http.server.request.duration", map[string]any{"http.response.status_code": int64(429)}, 1},
			{"http.server.request.duration", map[string]any{"http.request.method": "_OTHER"}, 1},
			{"understudy.requests", map[string]any{"understudy.stage": "act", "understudy.verdict": "answered"}, 3},
			{"understudy.requests", map[string]any{"understudy.stage": "validate", "understudy.verdict": "refused"}, 1},
			{"understudy.limit.requests", map[string]any{"understudy.verdict": "admitted"}, 5},
			{"understudy.limit.requests", map[string]any{"understudy.verdict": "refused"}, 1},
			{"understudy.credential.failures", map[string]any{"understudy.stage": "authenticate"}, 1},
			{"understudy.idempotency.replays", nil, 1},
			{"understudy.webhook.attempt.duration", map[string]any{"understudy.outcome": "taken"}, 1},
			{"understudy.webhook.deliveries", map[string]any{"understudy.state": "delivered"}, 1},
			{"understudy.webhook.pending", nil, 0},
			{"understudy.requests.active", nil, 0},
			{"understudy.journal.entries", nil, 8},
			{"understudy.items", map[string]any{"understudy.collection": "/orders"}, 1},
			{"understudy.build.info", map[string]any{"understudy.version": "v1"}, 1},
		} {
			if got := sumOf(c.metric(one.name), one.want); got != one.sum {
				t.Errorf("json %v: %s %v is %v, want %v", asJSON, one.name, one.want, got, one.sum)
			}
		}
		if m := c.metric("process.cpu.time"); m["unit"] != "s" || m["sum"].(object)["isMonotonic"] != true || m["sum"].(object)["aggregationTemporality"] != 2.0 {
			t.Errorf("%v", m)
		}
	}
}

// TestNothingIsSent runs a stand-in without addresses: no request leaves it, and deliveries carry no header more.
func TestNothingIsSent(t *testing.T) {
	s := open(t, telemetry.Options{})
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	s.call("POST /orders", `{"number":"A1"}`, "Traceparent: "+callersParent, "Tracestate: a=b")
	s.settle()
	received := s.deliveries()
	if len(received) != 1 || received[0].Get("Traceparent") != "" || received[0].Get("Tracestate") != "" {
		t.Errorf("the receiver got %v", received)
	}
}

// TestRetry lets the collector ask for patience, break, and refuse.
func TestRetry(t *testing.T) {
	c := collect(t)
	c.answers = []int{503}
	s := open(t, telemetry.Options{Traces: c.export("traces", false)})
	s.call("GET /orders", "")
	s.settle()
	if len(c.spans()) != 1 || len(c.requests) != 2 {
		t.Errorf("%d spans in %d requests", len(c.spans()), len(c.requests))
	}
	c = collect(t)
	c.answers = []int{400}
	s = open(t, telemetry.Options{Traces: telemetry.Export{URL: "http://user:pass@" + strings.TrimPrefix(c.url, "http://") + "/v1/traces?key=hidden", Gzip: true, Headers: map[string]string{"X-Token": "t0ken"}}})
	s.call("GET /orders", "")
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	err := s.telemetry.Close(ctx)
	if err == nil || !strings.Contains(err.Error(), "answered 400") || strings.Contains(err.Error(), "pass") || strings.Contains(err.Error(), "hidden") {
		t.Errorf("%v", err)
	}
	if len(c.requests) != 1 || c.requests[0].Header.Get("X-Token") != "t0ken" || c.requests[0].Header.Get("Content-Encoding") != "gzip" {
		t.Errorf("%d requests, %v", len(c.requests), c.requests[0].Header)
	}
	if text := exposition(t, s, ""); !strings.Contains(text, `understudy_telemetry_dropped_total{reason="collector"} 1`) {
		t.Errorf("what was dropped is not counted:\n%s", text)
	}
}

// TestHangingCollector holds up neither requests nor, for longer than it may, the end.
func TestHangingCollector(t *testing.T) {
	hang := make(chan struct{})
	transport := roundTrip(func(r *http.Request) (*http.Response, error) {
		select {
		case <-hang:
		case <-r.Context().Done():
		}
		return nil, r.Context().Err()
	})
	s := open(t, telemetry.Options{Traces: telemetry.Export{URL: "http://127.0.0.1:9/v1/traces", Transport: transport}, Batch: telemetry.Batch{Queue: 2, Most: 1, Delay: time.Millisecond}})
	for range 10 {
		s.call("GET /orders", "")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if err := s.telemetry.Close(ctx); err == nil {
		t.Error("what could not be sent is no error")
	}
	close(hang)
	if text := exposition(t, s, ""); !strings.Contains(text, `understudy_telemetry_dropped_total{reason="queue"}`) {
		t.Errorf("what was dropped is not counted:\n%s", text)
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
