package webhook_test

import (
	"net/netip"
	"strings"
	"testing"

	"understudy/mock/webhook"
)

// FuzzPolicy: an address that is allowed is http or https, and where it is written out it is public or loopback.
func FuzzPolicy(f *testing.F) {
	for _, seed := range []string{
		"http://127.0.0.1:1/x", "https://hooks.example/a?b", "http://169.254.169.254/", "http://[::ffff:169.254.169.254]/", "http://0x7f.1/", "http://2852039166/", "http://10.0.0.1.", "http://[fe80::1%25eth0]/",
		"http://user:secret@10.0.0.1/", "file:///etc/passwd", "http://%31%30.0.0.1/", "http://１０.0.0.1/", "http://localhost:22/", "http://[64:ff9b::a00:1]/", "http://100.64.0.1",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		u, err := webhook.Policy{}.Check(raw)
		if err != nil {
			if strings.Contains(err.Error(), "secret@") {
				t.Errorf("%q: the error shows a password: %v", raw, err)
			}
			return
		}
		if u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
			t.Errorf("%q is allowed", raw)
		}
		if a, err := netip.ParseAddr(u.Hostname()); err == nil {
			if a = a.Unmap(); a.IsPrivate() || a.IsLinkLocalUnicast() || a.IsMulticast() || a.IsUnspecified() {
				t.Errorf("%q leads to %s and is allowed", raw, a)
			}
		}
	})
}
