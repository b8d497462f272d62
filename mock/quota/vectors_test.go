package quota_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"testing"
	"time"
)

// A vector is a sequence of requests with what a limit says to each (fixtures/vectors, rate_limit).
type vector struct {
	ID        string `json:"id"`
	Algorithm string `json:"algorithm"`
	Params    struct {
		Limit    int    `json:"limit"`
		Window   int    `json:"window_s"`
		Anchor   string `json:"anchor"`
		Capacity int    `json:"capacity"`
		Tokens   int    `json:"tokens"`
		PerMS    int    `json:"per_ms"`
		Burst    int    `json:"burst"`
		Emission int    `json:"emission_interval_ms"`
	} `json:"params"`
	Steps []vectorStep `json:"steps"`
}

type vectorStep struct {
	T          int64    `json:"t_ms"`
	Request    int      `json:"request"`
	Allowed    bool     `json:"allowed"`
	BlockedBy  *string  `json:"blocked_by"`
	Remaining  *int64   `json:"remaining"`
	Reset      int64    `json:"reset_ms"`
	NextFree   int64    `json:"next_free_ms"`
	FullIn     int64    `json:"full_in_ms"`
	ResetAfter int64    `json:"reset_after_ms"`
	TAT        int64    `json:"tat_ms"`
	Wait       int64    `json:"wait_ms"`
	FreeAt     int64    `json:"free_at_ms"`
	Seconds    *int64   `json:"retry_after_s"`
	Estimate   *float64 `json:"estimate"`
	Limit      int64    `json:"x_ratelimit_limit"`
	Left       int64    `json:"x_ratelimit_remaining"`
	Epoch      int64    `json:"x_ratelimit_reset"`
}

func vectors(t *testing.T) []vector {
	t.Helper()
	data, err := os.ReadFile("../../fixtures/vectors/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var all struct {
		List []vector `json:"rate_limit"`
	}
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	if len(all.List) < 7 {
		t.Fatalf("%d sequences, want all seven", len(all.List))
	}
	return all.List
}

// words is a vector's limit in the words of x-understudy.
func (v *vector) words() []string {
	p := &v.Params
	switch v.Algorithm {
	case "fixed_window":
		align := "clock"
		if p.Anchor == "first_request" {
			align = "first-request"
		}
		return []string{fmt.Sprintf("algorithm: fixed-window, limit: %d, window: %ds, align: %s", p.Limit, p.Window, align)}
	case "sliding_window_log":
		return []string{fmt.Sprintf("algorithm: sliding-log, limit: %d, window: %ds", p.Limit, p.Window)}
	case "sliding_window_counter":
		return []string{fmt.Sprintf("algorithm: sliding-counter, limit: %d, window: %ds", p.Limit, p.Window)}
	case "token_bucket": // one rate, said in two ways
		return []string{
			fmt.Sprintf("algorithm: token-bucket, limit: %d, window: %dms, burst: %d", p.Tokens, p.PerMS, p.Capacity),
			fmt.Sprintf("algorithm: token-bucket, limit: %d, window: %dms", p.Capacity, p.Capacity*p.PerMS/p.Tokens),
		}
	case "gcra":
		return []string{
			fmt.Sprintf("algorithm: gcra, limit: 1, window: %dms, burst: %d", p.Emission, p.Burst),
			fmt.Sprintf("algorithm: gcra, limit: %d, window: %dms", p.Burst, p.Burst*p.Emission),
		}
	}
	return nil
}

// TestVectors walks the known answers at the room.
func TestVectors(t *testing.T) {
	walked := 0
	for _, v := range vectors(t) {
		for _, words := range v.words() {
			t.Run(v.ID, func(t *testing.T) {
				f := open(t, "limits: [{name: one, "+words+"}]\nlimitHeaders: {profile: epoch}")
				for i, s := range v.Steps {
					f.set(time.UnixMilli(s.T))
					f.step(fmt.Sprintf("step %d at %d", i+1, s.T), s)
				}
			})
			walked++
		}
	}
	if walked != 8 {
		t.Errorf("%d sequences were walked, want eight", walked)
	}
}

func (f *field) step(where string, s vectorStep) {
	f.t.Helper()
	before := f.limits.Counters("", "")
	v := f.limits.Take(f.ask("things", "key_1"))
	refusal := v.Refused()
	if (refusal == nil) != s.Allowed {
		f.t.Errorf("%s: refused %v, want allowed %t", where, refusal, s.Allowed)
		return
	}
	h := http.Header{}
	status := http.StatusOK
	if refusal != nil {
		status = refusal.Status
		if after := f.limits.Counters("", ""); fmt.Sprint(before) != fmt.Sprint(after) {
			f.t.Errorf("%s: the refused request changed %v to %v", where, before, after)
		}
	}
	v.WriteHeaders(h, status)
	if got := h.Get("X-Ratelimit-Remaining"); s.Remaining != nil && got != strconv.FormatInt(*s.Remaining, 10) {
		f.t.Errorf("%s: %s left, want %d", where, got, *s.Remaining)
	}
	counter := f.limits.Counters("", "")[0]
	if s.Estimate != nil && counter.Used != int64(*s.Estimate) {
		f.t.Errorf("%s: %d used, want %v", where, counter.Used, *s.Estimate)
	}
	for _, want := range []int64{s.Reset, s.NextFree, after(s.T, s.FullIn), after(s.T, s.ResetAfter), s.TAT} {
		if want != 0 && counter.ResetAt.UnixMilli() != want {
			f.t.Errorf("%s: reset at %d, want %d", where, counter.ResetAt.UnixMilli(), want)
		}
	}
	retry := h.Get("Retry-After")
	if s.Seconds == nil && retry != "" || s.Seconds != nil && retry != strconv.FormatInt(*s.Seconds, 10) {
		f.t.Errorf("%s: Retry-After is %q, want %v", where, retry, s.Seconds)
	}
	for _, want := range []int64{s.Wait, s.FreeAt - s.T} {
		if want > 0 && refusal.Wait != time.Duration(want)*time.Millisecond {
			f.t.Errorf("%s: wait %s, want %d ms", where, refusal.Wait, want)
		}
	}
}

func after(t, d int64) int64 {
	if d == 0 {
		return 0
	}
	return t + d
}

// TestComposite walks echowin's two windows: 101 requests in each of eleven minutes.
func TestComposite(t *testing.T) {
	f := open(t, `
limits:
  - {name: hour, limit: 1000, window: 1h}
  - {name: minute, limit: 100, window: 1m}
limitHeaders: {profile: epoch, window: hour, on: all, retryAfter: false}`)
	known := map[int]vectorStep{}
	for _, v := range vectors(t) {
		if v.ID == "echowin-composite" {
			for _, s := range v.Steps {
				known[s.Request] = s
			}
		}
	}
	met := 0
	for n := 1; n <= 11*101; n++ {
		f.set(time.UnixMilli(1699999200000 + int64((n-1)/101)*60000 + int64((n-1)%101)))
		v := f.limits.Take(f.ask("things", "key_1"))
		s, ok := known[n]
		if !ok {
			continue
		}
		met++
		refusal := v.Refused()
		if got := f.clock.Now().UnixMilli(); got != s.T || (refusal == nil) != s.Allowed || refusal != nil && refusal.Limit != *s.BlockedBy {
			t.Errorf("request %d at %d: %+v, want %+v", n, got, refusal, s)
		}
		h := http.Header{}
		v.WriteHeaders(h, 200)
		want := fmt.Sprint(s.Limit, s.Left, s.Epoch)
		if got := h.Get("X-Ratelimit-Limit") + " " + h.Get("X-Ratelimit-Remaining") + " " + h.Get("X-Ratelimit-Reset"); got != want {
			t.Errorf("request %d: %s, want %s", n, got, want)
		}
	}
	if met != len(known) || met < 11 {
		t.Errorf("%d of %d steps were met", met, len(known))
	}
}
