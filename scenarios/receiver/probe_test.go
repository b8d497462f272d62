package receiver_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"understudy/scenarios"
	"understudy/scenarios/receiver"
)

// TestProbes reads the forms in which an address can tell what a receiver has done, also of one that works later than it answers.
func TestProbes(t *testing.T) {
	for _, c := range []struct {
		name, path string
		show       func(n int64) string
		faults     faults
		want       string // checks that complain
		reason     string // of the test twice, where it is skipped
	}{
		{"number", "", func(n int64) string { return fmt.Sprint(n, "\n") }, faults{forgetful: true}, "015 016", ""},
		{"list", "", func(n int64) string { return "[" + strings.TrimSuffix(strings.Repeat("{},", int(n)), ",") + "]" }, faults{forgetful: true}, "015 016", ""},
		{"pointer", "#/a/1/count", func(n int64) string { return fmt.Sprintf(`{"a":[7,{"count":"%d"}],"b":1}`, n) }, faults{forgetful: true}, "015 016", ""},
		{"text", "", func(n int64) string { return "the last one was " + strings.Repeat("x", int(n)) }, faults{forgetful: true}, "015 016", ""},
		{"text, correct", "", func(n int64) string { return "the last one was " + strings.Repeat("x", int(n)) }, faults{}, "", ""},
		{"several numbers, correct", "", func(n int64) string { return fmt.Sprintf(`{"a":%d,"b":4}`, n) }, faults{}, "", ""},
		{"does not move", "", func(int64) string { return "0" }, faults{forgetful: true}, "", "stayed at 0"},
		{"is not there", "", func(int64) string { return "" }, faults{}, "", "the probe answered 404"},
		{"no such place", "#/b", func(int64) string { return `{"a":1}` }, faults{}, "", "nothing at /b"},
	} {
		t.Run(c.name, func(t *testing.T) {
			shop := newShop("standard", c.faults)
			server := httptest.NewServer(shop)
			defer server.Close()
			probe := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				shop.mu.Lock()
				defer shop.mu.Unlock()
				text := c.show(int64(shop.worked))
				if text == "" {
					w.WriteHeader(404)
				}
				_, _ = w.Write([]byte(text))
			}))
			defer probe.Close()
			result := judge(t, receiver.Options{
				Contract: contractOf(t, "eckospace"), URL: server.URL + "/hook", Probe: probe.URL + "/n" + c.path, Events: []string{"payment.updated"}, Only: []string{"RCV-014", "RCV-015", "RCV-016"},
			})
			if got := found(result); got != c.want {
				t.Errorf("found %q, want %q\n%s", got, c.want, complaints(result))
			}
			for _, test := range result.Suites[0].Tests {
				if strings.HasSuffix(test.ID, "/twice") && (c.reason != "" || test.Outcome == scenarios.Skipped) && (c.reason == "" || !strings.Contains(test.Reason, c.reason)) {
					t.Errorf("twice is %s: %s", test.Outcome, test.Reason)
				}
			}
		})
	}
}

// TestQueue judges a receiver that answers first and works later: what comes twice is still seen to have effect twice.
func TestQueue(t *testing.T) {
	for _, forgetful := range []bool{false, true} {
		shop := newShop("standard", faults{})
		var worked atomic.Int64
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/worked" {
				fmt.Fprint(w, worked.Load())
				return
			}
			body, status := shop.read(r)
			if status == 0 && !shop.verified(r, body, "") {
				status = 401
			}
			if status != 0 {
				w.WriteHeader(status)
				return
			}
			shop.mu.Lock()
			known := shop.seen[r.Header.Get("webhook-id")]
			shop.seen[r.Header.Get("webhook-id")] = true
			shop.mu.Unlock()
			if !known || forgetful {
				time.AfterFunc(150*time.Millisecond, func() { worked.Add(1) })
			}
			w.WriteHeader(http.StatusAccepted)
		}))
		result := judge(t, receiver.Options{
			Contract: contractOf(t, "ecoevents"), URL: server.URL + "/hook", Probe: server.URL + "/worked", Only: []string{"RCV-015"}, Clock: wallClock{1},
		})
		server.Close()
		want := ""
		if forgetful {
			want = "015"
		}
		if got := found(result); got != want {
			t.Errorf("forgetful %v: found %q\n%s", forgetful, got, complaints(result))
		}
	}
}
