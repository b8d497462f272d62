package main

import "testing"

// TestManagementServesPages holds origins against addresses on which the management API listens.
func TestManagementServesPages(t *testing.T) {
	for _, c := range []struct {
		at, origin string
		want       bool
	}{
		{"127.0.0.1:4011", "http://127.0.0.1:4011", true},
		{"127.0.0.1:4011", "http://localhost:4011", true},
		{"127.0.0.1:4011", "http://127.0.0.1:4010", false},
		{"127.0.0.1:4011", "https://127.0.0.1:4011", false},
		{"127.0.0.1:4011", "http://127.0.0.2:4011", false},
		{"127.0.0.1:4011", "http://localhost.evil.example:4011", false},
		{"127.0.0.1:4011", "http://evil.example:4011", false},
		{"127.0.0.1:4011", "null", false},
		{"127.0.0.1:4011", "http://[::1", false},
		{"[::1]:4011", "http://[::1]:4011", true},
		{"[::]:4011", "http://127.0.0.1:4011", true},
		{"0.0.0.0:4011", "http://localhost:4011", true},
		{"0.0.0.0:4011", "http://192.0.2.1:4011", false},
		{"192.0.2.1:4011", "http://192.0.2.1:4011", true},
		{"192.0.2.1:4011", "http://localhost:4011", false},
		{"", "http://127.0.0.1:4011", false},
	} {
		var a address
		a.set(c.at)
		if got := a.serves(c.origin); got != c.want {
			t.Errorf("at %q, a page of %s: %v, want %v", c.at, c.origin, got, c.want)
		}
	}
}
