package main

import (
	"net/netip"
	"testing"

	"understudy/mock/control"
)

// TestOwnAddress: of the management API nothing but the inbox may be delivered to.
func TestOwnAddress(t *testing.T) {
	for _, c := range []struct{ own, to, want string }{
		{"", "127.0.0.1:4011", ""},
		{"127.0.0.1:4011", "127.0.0.1:4011", control.InboxPath},
		{"127.0.0.1:4011", "127.0.0.1:4012", ""},
		{"127.0.0.1:4011", "192.0.2.1:4011", ""},
		{"0.0.0.0:4011", "127.0.0.1:4011", control.InboxPath},
		{"[::]:4011", "[::1]:4011", control.InboxPath},
		{"192.0.2.7:4011", "192.0.2.7:4011", control.InboxPath},
		{"192.0.2.7:4011", "192.0.2.8:4011", ""},
	} {
		var a address
		if c.own != "" {
			a.set(c.own)
		}
		if got := a.inside(netip.MustParseAddrPort(c.to)); got != c.want {
			t.Errorf("the API at %q, a delivery to %s: %q, want %q", c.own, c.to, got, c.want)
		}
	}
}
