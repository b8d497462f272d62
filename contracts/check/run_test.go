package check_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"understudy/contracts"
	"understudy/contracts/check"
)

// sent is one exchange of a run.
type sent struct {
	about             check.About
	request, response string
	at, took          time.Duration // since the start of the run
}

// play examines exchanges one after the other and gives what Close tells.
func play(t *testing.T, o check.Options, list ...sent) []check.Finding {
	t.Helper()
	e := examine(t, o)
	for i, s := range list {
		x := answer(t, o.Contract, s.request, s.response)
		x.Start = x.Start.Add(s.at)
		if x.Duration = s.took; s.took == 0 {
			x.Duration = time.Millisecond
		}
		s.about.Number = i + 1
		e.Examine(x, s.about)
	}
	closed := e.Close()
	for _, f := range closed {
		complain(t, f, f.Operation != "")
	}
	if again := e.Close(); again != nil {
		t.Errorf("the run was not forgotten: %s", ids(again))
	}
	return closed
}

func counted(left int, reset string, at time.Duration) sent {
	return sent{valid, "GET /v1/old", fmt.Sprintf("200\nX-RateLimit-Limit: 10\nX-RateLimit-Remaining: %d\nX-RateLimit-Reset: %s\nDeprecation: @1", left, reset), at, 0}
}

// TestRun shows for every check over a run what breaks it, and what does not.
func TestRun(t *testing.T) {
	shop := load(t, "shop.yaml")
	const epoch = "1767225660"
	missing := sent{about: valid, request: "GET /v1/things", response: "404\nContent-Type: application/problem+json\n\n{\"title\":\"no\"}"}
	for _, c := range []struct {
		name string
		list []sent
		want string
	}{
		// INV-001, and what was withheld for it
		{"an operation that is not there", []sent{{about: valid, request: "DELETE /v1/things/7", response: "405\nAllow: GET"}, {about: valid, request: "DELETE /v1/things/8", response: "501"}}, "INV-001"},
		{"a collection that is not there", []sent{missing, missing}, "INV-001"},
		{"ids that may be unknown", []sent{{about: valid, request: "DELETE /v1/things/7", response: "404"}}, "INV-001 warning"},
		{"a 404 that the document foresees", []sent{{about: valid, request: "GET /v1/things/7", response: "404\nContent-Type: application/json\n\n{}"}}, ""},
		{"an operation that is there", []sent{{about: valid, request: "DELETE /v1/things/7", response: "405\nAllow: GET"}, {about: valid, request: "DELETE /v1/things/8", response: "204"}}, "STS-001"},
		{"an operation that is half done", []sent{{about: valid, request: "DELETE /v1/things/7", response: "501"}, {about: valid, request: "DELETE /v1/things/8", response: "204"}}, "STS-002"},
		{"an id that is unknown", []sent{{about: valid, request: "DELETE /v1/things/7", response: "404"}, {about: valid, request: "DELETE /v1/things/8", response: "204"}}, "STS-001 warning"},
		{"requests that were wrong", []sent{{about: invalid, request: "DELETE /v1/things/7", response: "405\nAllow: GET"}}, ""},
		// HDR-004
		{"a deprecation that is not told", []sent{{about: valid, request: "GET /v1/old", response: "200"}}, "HDR-004 note"},
		{"a deprecation that is told", []sent{{about: valid, request: "GET /v1/old", response: "200"}, {about: valid, request: "GET /v1/old", response: "200\nDeprecation: @1"}}, ""},
		// ERR-004
		{"two shapes of errors", []sent{
			{about: probe, request: "GET /v1/animal", response: "404\nContent-Type: application/json\n\n{\"message\":\"no\"}"},
			{about: probe, request: "GET /v1/note", response: "400\nContent-Type: application/json\n\n{\"message\":\"no\"}"},
			{about: probe, request: "GET /v1/old", response: "404\nContent-Type: text/html\n\n<p>"},
		}, "ERR-004 warning"},
		{"one shape of errors", []sent{
			{about: probe, request: "GET /v1/animal", response: "404\nContent-Type: application/json\n\n{\"message\":\"no\"}"},
			{about: probe, request: "GET /v1/note", response: "400\nContent-Type: application/json\n\n{\"message\":\"no\",\"errors\":[]}"},
		}, ""},
		{"shapes that the document describes", []sent{
			{about: probe, request: "GET /v1/things/7", response: "404\nContent-Type: application/json\n\n{\"message\":\"no\"}"},
			{about: probe, request: "GET /v1/things", response: "404\nContent-Type: application/problem+json\n\n{\"title\":\"no\"}"},
		}, ""},
		{"a shape that the document describes for another operation", []sent{
			{about: probe, request: "GET /v1/animal", response: "404\nContent-Type: application/json\n\n{\"message\":\"no\"}"},
			{about: probe, request: "GET /v1/note", response: "400\nContent-Type: application/json\n\n{\"message\":\"no\"}"},
			{about: probe, request: "GET /v1/old", response: "404\nContent-Type: application/problem+json\n\n{\"title\":\"no\"}"},
		}, ""},
		{"errors of OAuth", []sent{
			{about: probe, request: "GET /v1/animal", response: "404\nContent-Type: application/json\n\n{\"message\":\"no\"}"},
			{about: probe, request: "POST /v1/token", response: "400\nContent-Type: application/json\n\n{\"error\":\"invalid_grant\",\"error_description\":\"no\"}"},
		}, ""},
		// RATE-002
		{"a counter that stands", []sent{counted(5, epoch, 0), counted(5, epoch, time.Second), counted(5, epoch, 2*time.Second)}, "RATE-002 warning"},
		{"a counter that rises", []sent{counted(5, epoch, 0), counted(6, epoch, time.Second), counted(7, epoch, 2*time.Second)}, "RATE-002 warning"},
		{"a counter that falls", []sent{counted(5, epoch, 0), counted(4, epoch, time.Second), counted(4, epoch, 2*time.Second), counted(4, epoch, 3*time.Second)}, ""},
		{"two windows", []sent{counted(5, "1767225601", 0), counted(5, "1767225604", 3*time.Second), counted(5, "1767225607", 6*time.Second)}, ""},
		{"seconds from now", []sent{counted(5, "60", 0), counted(5, "59", time.Second), counted(5, "58", 2*time.Second)}, "RATE-002 warning"},
		{"a clock of its own", []sent{counted(5, "60", 0), counted(5, "60", 10*time.Second), counted(5, "60", 20*time.Second)}, ""},
		{"one step", []sent{counted(5, epoch, 0), counted(5, epoch, time.Second)}, ""},
		{"nothing left", []sent{counted(0, epoch, 0), counted(0, epoch, time.Second), counted(0, epoch, 2*time.Second)}, ""},
		{"at the same time", []sent{counted(5, epoch, 0), counted(5, epoch, 0), counted(5, epoch, 0)}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := ids(play(t, check.Options{Contract: shop}, c.list...)); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// TestPercentile judges a share of the answers.
func TestPercentile(t *testing.T) {
	shop := load(t, "shop.yaml")
	var list []sent
	for i := range 100 {
		list = append(list, sent{about: valid, request: "GET /v1/old", response: "200\nDeprecation: @1", at: time.Duration(i) * time.Second, took: time.Duration(i+1) * time.Millisecond})
	}
	for _, c := range []struct {
		rank   float64
		within time.Duration
		want   string
	}{{95, 95 * time.Millisecond, ""}, {95, 90 * time.Millisecond, "PRF-002 warning"}, {50, 51 * time.Millisecond, ""}, {100, 80 * time.Millisecond, "PRF-002 warning"}} {
		o := check.Options{Contract: shop, Percentiles: []check.Percentile{{Rank: c.rank, Within: c.within}}}
		if got := ids(play(t, o, list...)); got != c.want {
			t.Errorf("p%v within %v: got %q, want %q", c.rank, c.within, got, c.want)
		}
		if got := ids(play(t, o, list[90:99]...)); got != "" {
			t.Errorf("of nine answers: got %q", got)
		}
	}
	if _, err := check.New(check.Options{Contract: shop, Percentiles: []check.Percentile{{Rank: 101, Within: 1}}}); err == nil {
		t.Error("a rank of 101 was taken")
	}
}

// TestStatedLimits holds what is shown against what the contract states.
func TestStatedLimits(t *testing.T) {
	const overlay = `
overlay: 1.0.0
info: {title: Limits, version: 1.0.0}
actions:
  - target: $
    update:
      x-understudy:
        challenge: none
        limits: [{name: minute, limit: 60, window: 1m}]
        limitHeaders: {retryAfter: false}
`
	shop := load(t, "shop.yaml", overlay)
	for _, c := range []struct{ response, want string }{
		{"200\nX-RateLimit-Limit: 60\nDeprecation: @1", ""},
		{"200\nX-RateLimit-Limit: 100\nDeprecation: @1", "RATE-001 warning"},
	} {
		got := examine(t, check.Options{Contract: shop}).Examine(answer(t, shop, "GET /v1/old", c.response), valid)
		if ids(got) != c.want {
			t.Errorf("%q: got %q, want %q", c.response, ids(got), c.want)
		}
		for _, f := range got {
			if f.Basis != check.ByContract || !strings.HasSuffix(f.At.File, "overlay.yaml") {
				t.Errorf("the finding does not stand in the overlay: %+v", f)
			}
		}
	}
	for _, response := range []string{denied[:strings.Index(denied, "WWW-")] + "\n{}", limited + "\n{}"} {
		if got := examine(t, check.Options{Contract: shop}).Examine(answer(t, shop, "GET /v1/things", response), probe); got != nil {
			t.Errorf("what the contract states is held against the deployment: %s", ids(got))
		}
	}
}

// TestConcurrently examines from several goroutines; the findings of the run are the same as one by one.
func TestConcurrently(t *testing.T) {
	shop := load(t, "shop.yaml")
	e := examine(t, check.Options{Contract: shop, Strict: true, Percentiles: []check.Percentile{{Rank: 50, Within: time.Hour}}})
	exchanges := []*contracts.Exchange{
		answer(t, shop, "GET /v1/things", page+`{"items":[{"id":7,"extra":1}]}`),
		answer(t, shop, "GET /v1/animal", one+`{"kind":"cat","barks":true}`),
		answer(t, shop, "DELETE /v1/things/7", "405\nAllow: GET"),
		answer(t, shop, "GET /v1/old", "200"),
		answer(t, shop, "POST /v1/things", "422\nContent-Type: application/problem+json\n\n{\"title\":\"x\"}"),
	}
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for j := range 100 {
				e.Examine(exchanges[(i+j)%len(exchanges)], check.About{Intent: check.Valid, Number: j})
			}
		})
	}
	all.Wait()
	if got := ids(e.Close()); got != "HDR-004 note, INV-001" {
		t.Errorf("got %q", got)
	}
}

// TestLocate finds operations under the target's path.
func TestLocate(t *testing.T) {
	shop := load(t, "shop.yaml")
	for _, c := range []struct{ method, url, target, want string }{
		{"GET", "/v1/things?limit=1", "", "listThings"},
		{"GET", "https://shop.example/v1/things", "", "listThings"},
		{"GET", "http://127.0.0.1:4010/things", "http://127.0.0.1:4010", "listThings"},
		{"GET", "http://proxy/shop/v1/things/7", "http://proxy/shop/", "getThing"},
		{"GET", "http://proxy/shop/things/7#x", "http://proxy/shop", "getThing"},
		{"GET", "http://proxy/shopping/things", "http://proxy/shop", ""},
		{"HEAD", "/v1/things", "", "listThings"},
		{"GET", "", "", ""},
		{"GET", "http://[::1", "", ""},
	} {
		var targets []string
		if c.target != "" {
			targets = []string{c.target}
		}
		got := ""
		if m := check.Locate(shop, &contracts.Exchange{Method: c.method, URL: c.url}, targets...); m.Operation != nil {
			got = m.Operation.ID
		}
		if got != c.want {
			t.Errorf("%s %s under %q: got %q, want %q", c.method, c.url, c.target, got, c.want)
		}
	}
	if m := check.Locate(shop, &contracts.Exchange{Method: "PUT", URL: "http://x/things"}, "http://x"); len(m.Allow) == 0 {
		t.Error("the methods of a known path are missing")
	}
}
