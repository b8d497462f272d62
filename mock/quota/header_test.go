package quota_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"understudy/contracts"

	"github.com/dunglas/httpsfv"
)

// shown is the headers of an answer, sorted, as they are spelled over the wire.
func (f *field) shown(operation string, status int) string {
	f.t.Helper()
	v := f.limits.Take(f.ask(operation, "key_1"))
	if v.Refused() != nil {
		status = v.Refused().Status
	}
	h := http.Header{}
	v.WriteHeaders(h, status)
	return text(h, f.limits.HeaderNames())
}

func text(h http.Header, spelled []string) string {
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(h)) {
		values := h[name]
		for _, s := range spelled {
			if http.CanonicalHeaderKey(s) == name {
				name = s
			}
		}
		lines = append(lines, name+": "+strings.Join(values, ", "))
	}
	return strings.Join(lines, " | ")
}

// TestProfiles shows two windows by each profile: on a good answer, on a second one, and on a refusal.
func TestProfiles(t *testing.T) {
	for _, c := range []struct{ headers, good, next, refused string }{
		{"profile: epoch", "X-RateLimit-Limit: 2 | X-RateLimit-Remaining: 1 | X-RateLimit-Reset: 1700000100",
			"X-RateLimit-Limit: 2 | X-RateLimit-Remaining: 0 | X-RateLimit-Reset: 1700000100",
			"Retry-After: 50 | X-RateLimit-Limit: 2 | X-RateLimit-Remaining: 0 | X-RateLimit-Reset: 1700000100"},
		{"window: hour", "X-RateLimit-Limit: 50 | X-RateLimit-Remaining: 49 | X-RateLimit-Reset: 1700002800",
			"X-RateLimit-Limit: 50 | X-RateLimit-Remaining: 48 | X-RateLimit-Reset: 1700002800",
			"Retry-After: 50 | X-RateLimit-Limit: 50 | X-RateLimit-Remaining: 48 | X-RateLimit-Reset: 1700002800"},
		{"profile: delta", "X-RateLimit-Limit: 2 | X-RateLimit-Remaining: 1 | X-RateLimit-Reset: 60",
			"X-RateLimit-Limit: 2 | X-RateLimit-Remaining: 0 | X-RateLimit-Reset: 51",
			"Retry-After: 50 | X-RateLimit-Limit: 2 | X-RateLimit-Remaining: 0 | X-RateLimit-Reset: 50"},
		{"profile: laravel", "X-RateLimit-Limit: 2 | X-RateLimit-Remaining: 1", "X-RateLimit-Limit: 2 | X-RateLimit-Remaining: 0",
			"Retry-After: 50 | X-RateLimit-Limit: 2 | X-RateLimit-Remaining: 0 | X-RateLimit-Reset: 1700000100"},
		{"profile: github", "x-ratelimit-limit: 2 | x-ratelimit-remaining: 1 | x-ratelimit-reset: 1700000100 | x-ratelimit-resource: minute | x-ratelimit-used: 1",
			"x-ratelimit-limit: 2 | x-ratelimit-remaining: 0 | x-ratelimit-reset: 1700000100 | x-ratelimit-resource: minute | x-ratelimit-used: 2",
			"x-ratelimit-limit: 2 | x-ratelimit-remaining: 0 | x-ratelimit-reset: 1700000100 | x-ratelimit-resource: minute | x-ratelimit-used: 2"},
		{"profile: twitter", "x-rate-limit-limit: 2 | x-rate-limit-remaining: 1 | x-rate-limit-reset: 1700000100",
			"x-rate-limit-limit: 2 | x-rate-limit-remaining: 0 | x-rate-limit-reset: 1700000100",
			"x-rate-limit-limit: 2 | x-rate-limit-remaining: 0 | x-rate-limit-reset: 1700000100"},
		{"profile: ietf", `RateLimit: "hour";r=49;t=2760, "minute";r=1;t=60 | RateLimit-Policy: "hour";q=50;w=3600, "minute";q=2;w=60`,
			`RateLimit: "hour";r=48;t=2751, "minute";r=0;t=51 | RateLimit-Policy: "hour";q=50;w=3600, "minute";q=2;w=60`,
			`RateLimit: "hour";r=48;t=2750, "minute";r=0;t=50 | RateLimit-Policy: "hour";q=50;w=3600, "minute";q=2;w=60 | Retry-After: 50`},
		{"profile: ietf, window: hour", `RateLimit: "hour";r=49;t=2760 | RateLimit-Policy: "hour";q=50;w=3600`,
			`RateLimit: "hour";r=48;t=2751 | RateLimit-Policy: "hour";q=50;w=3600`, `RateLimit: "hour";r=48;t=2750 | RateLimit-Policy: "hour";q=50;w=3600 | Retry-After: 50`},
		{"profile: ietf-06", "RateLimit-Limit: 2 | RateLimit-Policy: 50;w=3600, 2;w=60 | RateLimit-Remaining: 1 | RateLimit-Reset: 60",
			"RateLimit-Limit: 2 | RateLimit-Policy: 50;w=3600, 2;w=60 | RateLimit-Remaining: 0 | RateLimit-Reset: 51",
			"RateLimit-Limit: 2 | RateLimit-Policy: 50;w=3600, 2;w=60 | RateLimit-Remaining: 0 | RateLimit-Reset: 50 | Retry-After: 50"},
		{"profile: ietf-07", "RateLimit: limit=2, remaining=1, reset=60 | RateLimit-Policy: 50;w=3600, 2;w=60",
			"RateLimit: limit=2, remaining=0, reset=51 | RateLimit-Policy: 50;w=3600, 2;w=60",
			"RateLimit: limit=2, remaining=0, reset=50 | RateLimit-Policy: 50;w=3600, 2;w=60 | Retry-After: 50"},
		{"profile: nestjs", "X-RateLimit-Limit-hour: 50 | X-RateLimit-Limit-minute: 2 | X-RateLimit-Remaining-hour: 49 | X-RateLimit-Remaining-minute: 1 | X-RateLimit-Reset-hour: 2760 | X-RateLimit-Reset-minute: 60",
			"X-RateLimit-Limit-hour: 50 | X-RateLimit-Limit-minute: 2 | X-RateLimit-Remaining-hour: 48 | X-RateLimit-Remaining-minute: 0 | X-RateLimit-Reset-hour: 2751 | X-RateLimit-Reset-minute: 51",
			"Retry-After: 50 | Retry-After-minute: 50"},
		{"profile: nestjs, window: minute", "X-RateLimit-Limit: 2 | X-RateLimit-Remaining: 1 | X-RateLimit-Reset: 60",
			"X-RateLimit-Limit: 2 | X-RateLimit-Remaining: 0 | X-RateLimit-Reset: 51", "Retry-After: 50"},
		{"profile: none", "", "", "Retry-After: 50"},
		{"profile: none, retryAfter: false", "", "", ""},
		{"profile: epoch, on: refused", "", "", "Retry-After: 50 | X-RateLimit-Limit: 2 | X-RateLimit-Remaining: 0 | X-RateLimit-Reset: 1700000100"},
		{"profile: github, retryAfter: true, names: {limit: X-Quota, used: X-Quota-Used}, on: refused", "", "",
			"Retry-After: 50 | X-Quota: 2 | X-Quota-Used: 2 | x-ratelimit-remaining: 0 | x-ratelimit-reset: 1700000100 | x-ratelimit-resource: minute"},
		{"profile: none, retryAfterForm: date", "", "", "Retry-After: Tue, 14 Nov 2023 22:15:00 GMT"},
		{"profile: none, status: 503", "", "", "Retry-After: 50"},
	} {
		f := open(t, "limits: [{name: hour, limit: 50, window: 1h}, {name: minute, limit: 2, window: 1m}]\nlimitHeaders: {"+c.headers+"}")
		f.set(time.UnixMilli(1700000040001))
		good := f.shown("things", 200)
		f.advance(9500 * time.Millisecond)
		next := f.shown("things", 404)
		f.advance(499 * time.Millisecond)
		refused := f.shown("things", 200)
		for i, pair := range [][2]string{{good, c.good}, {next, c.next}, {refused, c.refused}} {
			if pair[0] != pair[1] {
				t.Errorf("%s, answer %d:\ngot  %s\nwant %s", c.headers, i+1, pair[0], pair[1])
			}
		}
	}
}

// TestNobodysHeaders: where headers stand on all answers, who was not counted sees the whole quota.
func TestNobodysHeaders(t *testing.T) {
	for _, c := range []struct{ headers, operation, want string }{
		{"on: all", "things", "X-RateLimit-Limit: 2 | X-RateLimit-Remaining: 2 | X-RateLimit-Reset: 1700000100"},
		{"on: all, window: hour", "things", "X-RateLimit-Limit: 50 | X-RateLimit-Remaining: 50 | X-RateLimit-Reset: 1700002800"},
		{"on: all", "", "X-RateLimit-Limit: 2 | X-RateLimit-Remaining: 2 | X-RateLimit-Reset: 1700000100"},
		{"on: all", "open", "X-RateLimit-Limit: 2 | X-RateLimit-Remaining: 2 | X-RateLimit-Reset: 1700000100"},
		{"on: counted", "things", ""},
		{"on: refused", "things", ""},
	} {
		f := open(t, "limits: [{name: hour, limit: 50, window: 1h}, {name: minute, limit: 2, window: 1m}]\nlimitHeaders: {"+c.headers+"}")
		f.passing(2, "things", "key_1")
		var o *contracts.Operation
		if c.operation != "" {
			o = f.operation(c.operation)
		}
		h := http.Header{}
		f.limits.Nobody(o).WriteHeaders(h, 401)
		if got := text(h, f.limits.HeaderNames()); got != c.want {
			t.Errorf("%s on %q: %s, want %s", c.headers, c.operation, got, c.want)
		}
	}
}

// TestRefusedElsewhere: a 429 that another hand gave is a refusal too, and a Retry-After that it has stays.
func TestRefusedElsewhere(t *testing.T) {
	f := open(t, "limits: [{name: minute, limit: 20, window: 1m}]\nlimitHeaders: {profile: laravel}")
	if got := f.shown("things", 429); got != "Retry-After: 60 | X-RateLimit-Limit: 20 | X-RateLimit-Remaining: 19 | X-RateLimit-Reset: 1700000100" {
		t.Error(got)
	}
	h := http.Header{"Retry-After": {"7"}}
	f.limits.Take(f.ask("things", "key_1")).WriteHeaders(h, 429)
	if h.Get("Retry-After") != "7" {
		t.Errorf("%v", h)
	}
}

// TestDescribed: of two limits with as much left, the one whose quota comes back last is shown; one on open requests only
// where there is no other.
func TestDescribed(t *testing.T) {
	f := open(t, "limits: [{name: day, limit: 4, window: day}, {name: minute, limit: 4, window: 1m}, {name: open, algorithm: concurrency, limit: 1}]\nlimitHeaders: {profile: epoch}")
	if got := f.shown("things", 200); got != "X-RateLimit-Limit: 4 | X-RateLimit-Remaining: 3 | X-RateLimit-Reset: 1700006400" {
		t.Error(got)
	}
	f = open(t, "limits: [{name: open, algorithm: concurrency, limit: 4}]\nlimitHeaders: {profile: ietf}")
	if got := f.shown("things", 200); got != `RateLimit: "open";r=3 | RateLimit-Policy: "open";q=4;qu="concurrent-requests"` {
		t.Error(got)
	}
}

// TestMoreThanNow: t of the field RateLimit is the time until there is more, whatever else resets.
func TestMoreThanNow(t *testing.T) {
	for _, c := range []struct{ words, first, third string }{
		{"algorithm: sliding-log, limit: 3, window: 1m", `"one";r=2;t=60`, `"one";r=0;t=40`},
		{"algorithm: sliding-counter, limit: 3, window: 1m", `"one";r=2;t=60`, `"one";r=0;t=40`},
		{"algorithm: token-bucket, limit: 6, window: 3m, burst: 3", `"one";r=2;t=30`, `"one";r=0;t=10`},
		{"algorithm: fixed-window, limit: 3, window: day", `"one";r=2;t=6360`, `"one";r=0;t=6340`},
	} {
		f := open(t, "limits: [{name: one, "+c.words+"}]\nlimitHeaders: {profile: ietf}")
		h := http.Header{}
		f.limits.Nobody(nil).WriteHeaders(h, 200)
		f.limits.Take(f.ask("left", "key_1")).WriteHeaders(h, 200)
		if got := h.Get("Ratelimit"); !strings.HasPrefix(got, `"one";r=3`) || strings.Contains(got, "t=0") {
			t.Errorf("%s, unused: %s", c.words, got)
		}
		f.limits.Take(f.ask("things", "key_1")).WriteHeaders(h, 200)
		if got := h.Get("Ratelimit"); got != c.first {
			t.Errorf("%s: %s, want %s", c.words, got, c.first)
		}
		f.advance(20 * time.Second)
		f.passes("things", "key_1")
		f.limits.Take(f.ask("things", "key_1")).WriteHeaders(h, 200)
		if got := h.Get("Ratelimit"); got != c.third {
			t.Errorf("%s: %s, want %s", c.words, got, c.third)
		}
	}
}

// TestFieldsAreStructured has another reader judge the fields, and that reader judged by the known answers.
func TestFieldsAreStructured(t *testing.T) {
	f := open(t, "limits: [{name: hour.of-day_1, limit: 50, window: 1h}, {name: month, limit: 900, window: month}, {name: open, algorithm: concurrency, limit: 4}]\nlimitHeaders: {profile: ietf}")
	h := http.Header{}
	f.limits.Take(f.ask("things", "key_1")).WriteHeaders(h, 200)
	for name, required := range map[string]string{"Ratelimit": "r", "Ratelimit-Policy": "q"} {
		if list, err := wellFormed(h.Get(name), required); err != nil || len(list) != 3 {
			t.Errorf("%s: %s: %v", name, h.Get(name), err)
		}
	}
	data, err := os.ReadFile("../../fixtures/vectors/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	type line struct {
		Field, Value string
		Parsed       []map[string]any
	}
	var all struct {
		Fields struct{ Valid, Invalid []line } `json:"ratelimit_fields"`
	}
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	required := map[string]string{"RateLimit": "r", "RateLimit-Policy": "q"}
	for _, l := range all.Fields.Valid {
		for _, want := range l.Parsed { // the draft's keys have bits to spare
			if text, ok := want["pk_b64"].(string); ok {
				key, err := base64.StdEncoding.DecodeString(text)
				if err != nil {
					t.Fatal(err)
				}
				want["pk_b64"] = base64.StdEncoding.EncodeToString(key)
			}
		}
		list, err := wellFormed(l.Value, required[l.Field])
		if err != nil || fmt.Sprint(list) != fmt.Sprint(l.Parsed) {
			t.Errorf("%s: %v %v, want %v", l.Value, list, err, l.Parsed)
		}
	}
	for _, l := range all.Fields.Invalid {
		if list, err := wellFormed(l.Value, required[l.Field]); err == nil {
			t.Errorf("the judge lets %s: %q pass as %v", l.Field, l.Value, list)
		}
	}
	if len(all.Fields.Valid) < 6 || len(all.Fields.Invalid) < 7 {
		t.Error("known answers are missing")
	}
}

// wellFormed reads a field as revision 10 has it, with an implementation of RFC 9651 that is not ours.
func wellFormed(value, required string) ([]map[string]any, error) {
	list, err := httpsfv.UnmarshalList([]string{value})
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("it is empty")
	}
	var read []map[string]any
	for _, member := range list {
		item, ok := member.(httpsfv.Item)
		name, named := item.Value.(string)
		if !ok || !named {
			return nil, fmt.Errorf("%v is no String", member)
		}
		one := map[string]any{"name": name}
		for _, p := range item.Params.Names() {
			v, _ := item.Params.Get(p)
			switch n, whole := v.(int64); {
			case p == "pk":
				key, ok := v.([]byte)
				if !ok {
					return nil, fmt.Errorf("pk is no Byte Sequence")
				}
				one["pk_b64"] = base64.StdEncoding.EncodeToString(key)
				continue
			case p != "qu" && (!whole || n < 0 || p == "w" && n == 0):
				return nil, fmt.Errorf("%s cannot be %v", p, v)
			}
			one[p] = v
		}
		if _, ok := one[required]; !ok {
			return nil, fmt.Errorf("%s is missing", required)
		}
		read = append(read, one)
	}
	return read, nil
}
