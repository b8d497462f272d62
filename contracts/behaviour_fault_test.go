package contracts_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"understudy/contracts"
)

const faultDocument = "openapi: 3.1.0\ninfo: {title: t, version: '1'}\n%s\npaths: {/a: {get: {operationId: listA, responses: {}}, post: {operationId: makeA, responses: {}}}}\n"

// TestFaultWordsRefused: each value that a word of a fault cannot take is an error with file, line and the word.
func TestFaultWordsRefused(t *testing.T) {
	fault := func(words string) string { return "x-understudy: {faults: [{name: f, " + words + "}]}" }
	long := strings.Repeat("x", 1001)
	for _, c := range []struct{ name, text, want string }{
		{"no name", "x-understudy: {faults: [{kind: reset}]}", `faults[0]: the name "" is empty or taken`},
		{"name twice", "x-understudy: {faults: [{name: f, kind: reset}, {name: f, kind: drop}]}", `faults[1]: the name "f" is empty or taken`},
		{"name of a kind", "x-understudy: {faults: [{name: reset, kind: reset}]}", "must be another word than that of a kind"},
		{"name with blanks", "x-understudy: {faults: [{name: a b, kind: reset}]}", "name: must be a letter"},
		{"no kind", fault("off: true"), "kind: must be one of latency, status"},
		{"kind", fault("kind: resett"), `not "resett"; did you mean reset?`},
		{"word", fault("kind: reset, time: 3"), `unknown word "time"`},
		{"word of another kind", fault("kind: reset, status: 500"), "status: means nothing for the kind reset, which takes effect"},
		{"word of no kind", fault("kind: drop, effect: true"), "effect: means nothing for the kind drop, which takes no such word"},
		{"operation", fault("kind: reset, operations: [listB]"), `"listB" is none; did you mean listA?`},
		{"method", fault("kind: reset, methods: [get]"), "methods: must be methods in capitals"},
		{"path", fault("kind: reset, path: a"), "path: must begin with a slash"},
		{"pattern", fault("kind: reset, path: '/a/['"), "path: must be a pattern"},
		{"after", fault("kind: reset, after: -1"), "after: must be a number from 0"},
		{"times", fault("kind: reset, times: 2000000000"), "times: must be a number from 0"},
		{"every without times", fault("kind: reset, every: 4"), "every: wants times as well"},
		{"every too small", fault("kind: reset, every: 4, after: 3, times: 2"), "every: must be at least after and times together, which are 5"},
		{"probability", fault("kind: reset, probability: 1.5"), "probability: must be above 0 and at most 1"},
		{"no probability", fault("kind: reset, probability: often"), `"often" is not a number`},
		{"NaN", fault("kind: reset, probability: nan"), "probability: must be"},
		{"from", fault("kind: reset, from: soon"), "from: must be an instant"},
		{"until before from", fault("kind: reset, from: 5m, until: 3m"), "until: must be later than from"},
		{"until now", fault("kind: reset, until: 0s"), "until: must be later than now"},
		{"instants", fault("kind: reset, from: '2026-01-02T00:00:00Z', until: '2026-01-01T00:00:00Z'"), "until: must be later than from"},
		{"no delay", fault("kind: latency"), "delay: must be a delay: 200ms"},
		{"delay", fault("kind: latency, delay: 2h"), "delay: must be a delay from 0 to 1h0m0s, not 2h0m0s"},
		{"status", fault("kind: status, status: 600"), "status: must be a status from 200 to 599, not 600"},
		{"code", fault("kind: status, code: 'a b'"), "code: must be a word"},
		{"framing", fault("kind: status, headers: {Content-Length: '3'}"), "headers: must not name Content-Length"},
		{"header's name", fault("kind: status, headers: {'A B': x}"), `headers: must have names of headers, and "A B" is none`},
		{"header's value", fault(`kind: status, headers: {A: "x\r\nB: y"}`), "headers: must have values"},
		{"media type without body", fault("kind: status, mediaType: text/html"), "mediaType: is that of body, which is missing"},
		{"media type", fault("kind: content-type, mediaType: html"), "mediaType: must be a media type"},
		{"bytes", fault("kind: truncated-body, bytes: -1"), "bytes: must be a number from 0"},
		{"rate", fault("kind: slow-body, rate: -1"), "rate: must be from 1"},
		{"member", fault("kind: schema, member: id"), "member: must be a JSON Pointer"},
		{"impact without outage", fault("kind: reset, impact: outage"), "impact: says how bad an outage is"},
		{"impact", fault("kind: reset, outage: Down, impact: bad"), "impact: must be degraded or outage"},
		{"outage that is off", fault("kind: reset, outage: Down, off: true"), "outage: must not be said of a fault that is off"},
		{"long", fault("kind: reset, account: " + long), "account: must be at most 1000 bytes"},
		{"status path", "x-understudy: {serve: {status: status}}", `serve: status: "status" is not a path`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := loadText(t, fmt.Sprintf(faultDocument, c.text))
			var document *contracts.DocumentError
			if !errors.As(err, &document) {
				t.Fatalf("got %v, want an error of the document", err)
			}
			if text := err.Error(); !strings.Contains(text, "openapi.yaml:3") || !strings.Contains(text, c.want) {
				t.Errorf("got %s\nwant it to name openapi.yaml:3 and %s", text, c.want)
			}
		})
	}
}

func TestFaultBodyIsBounded(t *testing.T) {
	c, err := loadText(t, fmt.Sprintf(faultDocument, "x-understudy: {}"))
	if err != nil {
		t.Fatal(err)
	}
	for size, fits := range map[int]bool{contracts.MaxFaultBody: true, contracts.MaxFaultBody + 1: false} {
		err := c.CheckFault(&contracts.FaultBehaviour{Kind: "status", Body: strings.Repeat("x", size)})
		if (err == nil) != fits {
			t.Errorf("a body of %d bytes: %v", size, err)
		}
	}
}

// TestFaultTextAndOverlay: the text form and the overlay say the same in the same words.
func TestFaultTextAndOverlay(t *testing.T) {
	c, err := loadText(t, fmt.Sprintf(faultDocument, `x-understudy: {faults: [
  {name: f, kind: status, status: [500, 503], operations: [listA, makeA], methods: [GET], path: "/a/**", credential: key_1, account: acc_1, sandbox: blue,
   after: 1, times: 2, every: 9, probability: 0.25, from: 1m, until: 2m, code: limit, message: "Sorry; later", headers: {Retry-After: "3", X-A: "1, 2"},
   body: {a: [1]}, mediaType: application/json, effect: true, outage: Down, impact: degraded}]}`))
	if err != nil {
		t.Fatal(err)
	}
	list, err := contracts.ParseFaults(`status=500|503;name=f;operations=listA|makeA;methods=GET;path=/a/**;credential=key_1;account=acc_1;sandbox=blue;` +
		`after=1;times=2;every=9;probability=0.25;from=1m;until=2m;code=limit;message="Sorry; later";header.Retry-After=3;header.X-A="1, 2";` +
		`body="{\"a\":[1]}";mediaType=application/json;effect;outage=Down;impact=degraded`)
	if err != nil {
		t.Fatal(err)
	}
	want := c.Behaviour.Faults[0]
	want.At = list[0].At
	if len(list) != 1 || !reflect.DeepEqual(list[0], want) {
		t.Errorf("the text says\n%+v\nthe overlay\n%+v", list[0], want)
	}
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var back contracts.FaultBehaviour
	if err := json.Unmarshal(text, &back); err != nil || back.Name != "f" || !slices.Equal(back.Status, want.Status) {
		t.Errorf("JSON says %+v, %v", back, err)
	}
}

func TestParseFaults(t *testing.T) {
	for _, c := range []struct {
		text string
		want string // the faults as JSON, or a part of the error
	}{
		{"reset", `[{"kind":"reset"}]`},
		{" status = 503 ; times = 2 , empty", `[{"kind":"status","times":2,"status":[503]},{"kind":"empty"}]`},
		{"latency=normal(200ms 50ms);real", `[{"kind":"latency","delay":"normal(200ms 50ms)","real":true}]`},
		{`status;body="<p>a, b; \"c\" \\ d</p>"`, `[{"kind":"status","body":"\u003cp\u003ea, b; \"c\" \\ d\u003c/p\u003e"}]`},
		{"truncated-body=0", `[{"kind":"truncated-body","bytes":0}]`},
		{"my-fault, drop", `[{"name":"my-fault","kind":""},{"kind":"drop"}]`},
		{"status=503;off=false", `[{"kind":"status","status":[503]}]`},

		{"", "must be written KIND=VALUE"},
		{",", "must be written KIND=VALUE"},
		{"status=503,", "must be written KIND=VALUE"},
		{"nothing=1", `kind: must be one of`},
		{"my-fault;times=2", `not "my-fault"`},
		{"reset=1", "kind: must be reset without a value"},
		{"status=many", "status: must be a status"},
		{"status=503;times=x", "times: must be a whole number"},
		{"status=503;probability=x", "probability: must be a number"},
		{"status=503;real=1", "real: must be true or false"},
		{"status=503;wat=1", `must not have the word "wat"`},
		{"status=503;headers=x", `must not have the word "headers"`},
		{`status;message="x`, "must have a quote at the end"},
		{`status;message="x"y`, "must have a semicolon or a comma"},
		{strings.Repeat("reset,", 16) + "reset", "must be at most 16 faults"},
		{strings.Repeat("x", 9000), "must be at most 8192 bytes"},
	} {
		list, err := contracts.ParseFaults(c.text)
		if err != nil {
			var wrong *contracts.FaultError
			if !errors.As(err, &wrong) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%.60q: %v, want %s", c.text, err, c.want)
			}
			continue
		}
		text, err := json.Marshal(list)
		if err != nil || string(text) != c.want {
			t.Errorf("%.60q is %s, %v, want %s", c.text, text, err, c.want)
		}
	}
}

func TestParseDelay(t *testing.T) {
	for _, text := range []string{
		"", "fast", "200", "-1s", "61m", "2s..1s", "1s..", "..1s", "normal(1s)", "normal(1s 2s", "normal(1s 2h)", "lognormal(1s x)", "lognormal(1s 11)", "lognormal(1s -1)",
		"percentiles()", "percentiles(p50)", "percentiles(p0=1s)", "percentiles(p101=1s)", "percentiles(p50=1s p50=2s)", "percentiles(p50=2s p90=1s)", "gamma(1s 2s)", "normal(1s 1s) x",
	} {
		if d, err := contracts.ParseDelay(text); err == nil {
			t.Errorf("%q is read as %v", text, d)
		}
	}
	const n = 20_000
	for _, c := range []struct {
		text          string
		p10, p50, p99 time.Duration
	}{
		{"200ms", 200 * time.Millisecond, 200 * time.Millisecond, 200 * time.Millisecond},
		{"100ms..1100ms", 200 * time.Millisecond, 600 * time.Millisecond, 1090 * time.Millisecond},
		{"normal(200ms, 50ms)", 136 * time.Millisecond, 200 * time.Millisecond, 316 * time.Millisecond},
		{"lognormal(100ms 0.5)", 53 * time.Millisecond, 100 * time.Millisecond, 320 * time.Millisecond},
		{"percentiles(p50=100ms p90=200ms p99=2s)", 20 * time.Millisecond, 100 * time.Millisecond, 2 * time.Second},
	} {
		d, err := contracts.ParseDelay(c.text)
		if err != nil || d.String() != c.text {
			t.Fatalf("%q: %v, %v", c.text, d, err)
		}
		var picked []time.Duration
		for i := range n { // even numbers in both directions
			u, v := (float64(i)+0.5)/n, math.Mod(float64(i)*0.618033988749895, 1)
			one := d.Pick(u, v)
			if one < 0 || one > contracts.MaxDelay {
				t.Fatalf("%q picks %v", c.text, one)
			}
			picked = append(picked, one)
		}
		slices.Sort(picked)
		for share, want := range map[float64]time.Duration{0.1: c.p10, 0.5: c.p50, 0.99: c.p99} {
			if got := picked[int(share*n)]; math.Abs(float64(got-want)) > 0.03*float64(want)+float64(time.Microsecond) {
				t.Errorf("%q: the %v quantile is %v, want about %v", c.text, share, got, want)
			}
		}
	}
	d, err := contracts.ParseDelay("normal(1ms 1h)")
	if err != nil {
		t.Fatal(err)
	}
	if low, high := d.Pick(0.99, 0.5), d.Pick(0.9999999, 0); low != 0 || high != contracts.MaxDelay {
		t.Errorf("the bounds are %v and %v", low, high)
	}
}

// FuzzParseFaults: whatever a header says, it is read or refused; what was read and is good has delays within bounds.
func FuzzParseFaults(f *testing.F) {
	for _, text := range []string{
		"status=503;times=2, latency=200ms", `status;body="{\"a\":1}";header.X=y`, "latency=percentiles(p50=20ms p95=200ms)", "latency=lognormal(80ms 0.4);path=/a/**",
		"truncated-body=3;from=5m;until=2026-01-31T12:00:00Z", `"`, "a=b;c", "schema=/data/0", "slow-body=10;real;probability=0.5",
	} {
		f.Add(text)
	}
	contract := &contracts.Contract{Operations: []*contracts.Operation{{ID: "listA"}}}
	f.Fuzz(func(t *testing.T, text string) {
		list, err := contracts.ParseFaults(text)
		if err != nil {
			var wrong *contracts.FaultError
			if !errors.As(err, &wrong) || err.Error() == "" {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		for i := range list {
			if list[i].Kind == "" {
				continue
			}
			if err := contract.CheckFault(&list[i]); err != nil {
				continue
			}
			if _, err := json.Marshal(list[i]); err != nil {
				t.Fatalf("%q has no JSON form: %v", text, err)
			}
			if list[i].Delay == "" {
				continue
			}
			d, err := contracts.ParseDelay(list[i].Delay)
			if err != nil {
				t.Fatalf("%q passed and cannot be read: %v", list[i].Delay, err)
			}
			for _, u := range []float64{0, 0.3, 1 - 1e-16} {
				if wait := d.Pick(u, u); wait < 0 || wait > contracts.MaxDelay {
					t.Fatalf("%q waits for %v", list[i].Delay, wait)
				}
			}
		}
	})
}

// TestHide: hidden operations are as if the document did not have them, and other templates are found instead.
func TestHide(t *testing.T) {
	c, err := loadText(t, `openapi: 3.1.0
info: {title: t, version: '1'}
servers: [{url: https://x.example/v1}]
paths:
  /a/special: {get: {operationId: special, responses: {}}}
  /a/{id}:
    get: {operationId: byID, parameters: [{name: id, in: path, required: true, schema: {type: string}}], responses: {}}
    delete: {operationId: remove, parameters: [{name: id, in: path, required: true, schema: {type: string}}], responses: {}}
  /f/{n}: {get: {operationId: byNumber, parameters: [{name: n, in: path, required: true, schema: {type: integer}}], responses: {}}}
  /f/{s}: {get: {operationId: byText, parameters: [{name: s, in: path, required: true, schema: {type: string}}], responses: {}}}
`)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct{ hidden, method, path, operation, allow string }{
		{"", "GET", "/v1/a/special", "special", ""},
		{"special", "GET", "/v1/a/special", "byID", ""},
		{"special byID", "GET", "/v1/a/special", "", "DELETE OPTIONS"},
		{"special byID remove", "GET", "/v1/a/special", "", ""},
		{"", "GET", "/v1/f/7", "byNumber", ""},
		{"byNumber", "GET", "/v1/f/7", "byText", ""},
		{"byText", "GET", "/v1/f/x", "byNumber", ""},
		{"remove", "DELETE", "/v1/a/1", "", "GET HEAD OPTIONS"},
	} {
		v := c.Hide(func(o *contracts.Operation) bool { return slices.Contains(strings.Fields(x.hidden), o.ID) })
		m := v.Match(x.method, x.path)
		got := ""
		if m.Operation != nil {
			if got = m.Operation.ID; !slices.Contains(c.Operations, m.Operation) {
				t.Errorf("%s is another operation than the contract's", got)
			}
		}
		if got != x.operation || strings.Join(m.Allow, " ") != x.allow {
			t.Errorf("without %q: %s %s is %q, allows %q, want %q, %q", x.hidden, x.method, x.path, got, m.Allow, x.operation, x.allow)
		}
	}
	if m := c.Match("GET", "/v1/f/x"); m.Operation.ID != "byText" {
		t.Errorf("hiding has changed the contract: /f/x is %s", m.Operation.ID)
	}
}
