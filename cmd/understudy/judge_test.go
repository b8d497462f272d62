package main

import (
	"strings"
	"testing"
	"time"

	"understudy/contracts"
	"understudy/scenarios"
)

// TestProgressLine tells counts and the time that is left.
func TestProgressLine(t *testing.T) {
	for _, one := range []struct {
		progress scenarios.Progress
		spent    time.Duration
		want     string
	}{
		{scenarios.Progress{Done: 1, Requests: 3}, time.Second, "1 tests, 3 requests"},
		{scenarios.Progress{Done: 10, Total: 40, Requests: 200, Failed: 2}, 10 * time.Second, "10 of 40 tests, 200 requests, 2 failed, about 30s left"},
		{scenarios.Progress{Done: 40, Total: 40, Requests: 800}, time.Minute, "40 of 40 tests, 800 requests"},
	} {
		if got := progressLine(one.progress, one.spent); got != one.want {
			t.Errorf("%q, want %q", got, one.want)
		}
	}
}

// TestJudgeFlags: rates and headers, and what is wrong with them.
func TestJudgeFlags(t *testing.T) {
	for text, want := range map[string]float64{"": 0, "5": 5, "0.5/s": 0.5} {
		if got, err := rateOf(text); err != nil || got != want {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"0", "-1", "5/m", "NaN", "fast"} {
		if _, err := rateOf(text); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
	if h, err := headerOf([]string{"X-Tenant: acme", "x-tenant:b"}); err != nil || strings.Join(h["X-Tenant"], ",") != "acme,b" {
		t.Errorf("%v, %v", h, err)
	}
	for _, line := range []string{"topsecret", ": topsecret", "a b: topsecret", "A: top\nsecret"} {
		if _, err := headerOf([]string{line}); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", line, err)
		}
	}
}

// TestBesideTarget: a second document on the same host is served at the target, below its own base path.
func TestBesideTarget(t *testing.T) {
	with := func(address, base string) *contracts.Contract {
		return &contracts.Contract{Servers: []contracts.Server{{URL: address, Base: base}}}
	}
	for name, one := range map[string]struct {
		target      string
		main, other *contracts.Contract
		want        string
		ok          bool
	}{
		"same base":    {"http://127.0.0.1:1/api", with("https://a.example/api", "/api"), with("https://a.example/api", "/api"), "http://127.0.0.1:1/api", true},
		"root":         {"http://127.0.0.1:1/api", with("https://a.example/api", "/api"), with("https://a.example", ""), "http://127.0.0.1:1", true},
		"behind proxy": {"http://127.0.0.1:1/p/api/", with("https://a.example/api", "/api/"), with("https://a.example/v2", "/v2"), "http://127.0.0.1:1/p/v2", true},
		"another host": {"http://127.0.0.1:1/api", with("https://a.example/api", "/api"), with("https://b.example/api", "/api"), "", false},
		"other base":   {"http://127.0.0.1:1/x", with("https://a.example/api", "/api"), with("https://a.example/v2", "/v2"), "http://127.0.0.1:1/x/v2", false},
	} {
		got, ok := besideTarget(&bound{contract: one.main, address: one.target}, one.other)
		if ok != one.ok || ok && got != one.want {
			t.Errorf("%s: %q %t, want %q %t", name, got, ok, one.want, one.ok)
		}
	}
}

// TestServedAs finds a contract on a stand-in by its name, or the only one; never one built-in contract for another.
func TestServedAs(t *testing.T) {
	list := func(names ...string) []servedContract {
		var out []servedContract
		for _, n := range names {
			out = append(out, servedContract{Name: n})
		}
		return out
	}
	for name, one := range map[string]struct {
		list []servedContract
		name string
		want string
	}{
		"by name":  {list("a", "b"), "b", "b"},
		"only one": {list("shop-2"), "shop", "shop-2"},
		"several":  {list("a", "b"), "shop", ""},
		"built in": {list("echowin"), "ecosire", ""},
		"own file": {list("echowin"), "shop", ""},
	} {
		if got, ok := servedAs(one.list, one.name); got.Name != one.want || ok != (one.want != "") {
			t.Errorf("%s: %q", name, got.Name)
		}
	}
}
