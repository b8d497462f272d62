package webhook_test

import (
	"errors"
	"strings"
	"testing"

	"understudy/mock/webhook"
)

// TestLiteralAddresses: what stands in a URL is judged before anybody resolves anything.
func TestLiteralAddresses(t *testing.T) {
	for _, c := range []struct{ url, kind string }{
		{"http://127.0.0.1:9000/hook", ""},
		{"http://127.8.9.10/", ""},
		{"http://[::1]:9000/", ""},
		{"http://[::ffff:127.0.0.1]/", ""},
		{"http://localhost:3000/hook?x=1", ""},
		{"https://hooks.example/", ""},
		{"https://8.8.8.8/", ""},
		{"https://[2606:4700::1111]/", ""},
		{"http://10.0.0.5/", "private"},
		{"http://172.16.0.1/", "private"},
		{"http://172.31.255.255/", "private"},
		{"http://172.32.0.1/", ""},
		{"http://192.168.1.1/", "private"},
		{"http://[fd12::1]/", "private"},
		{"http://[fec0::1]/", "private"},
		{"http://169.254.1.1/", "link-local"},
		{"http://[fe80::1]/", "link-local"},
		{"http://169.254.169.254/latest/meta-data/", "metadata"},
		{"http://[fd00:ec2::254]/", "metadata"},
		{"http://100.100.100.200/", "metadata"},
		{"http://100.64.0.1/", "shared"},
		{"http://100.127.255.255/", "shared"},
		{"http://100.128.0.1/", ""},
		{"http://224.0.0.1/", "multicast"},
		{"http://[ff02::1]/", "multicast"},
		{"http://0.0.0.0/", "unspecified"},
		{"http://0.1.2.3/", "unspecified"},
		{"http://[::]/", "unspecified"},
		{"http://255.255.255.255/", "reserved"},
		{"http://240.0.0.1/", "reserved"},
		{"http://198.18.0.1/", "reserved"},
		{"http://192.0.2.1/", "reserved"},
		{"http://[2001:db8::1]/", "reserved"},
		{"http://[::ffff:10.0.0.1]/", "private"},
		{"http://[::ffff:169.254.169.254]/", "metadata"},
		{"http://[::ffff:a9fe:a9fe]/", "metadata"},
		{"http://[64:ff9b::a9fe:a9fe]/", "NAT64"},
		{"http://[64:ff9b:1::1]/", "NAT64"},
		{"http://[2002:a00:1::1]/", "6to4"},
		{"http://[2001:0:1::1]/", "Teredo"},
		{"http://[::10.0.0.1]/", "IPv4 address in an IPv6"},
	} {
		_, err := webhook.Policy{}.Check(c.url)
		var refused *webhook.AddressError
		switch {
		case c.kind == "" && err != nil:
			t.Errorf("%s: %v", c.url, err)
		case c.kind != "" && !errors.As(err, &refused):
			t.Errorf("%s is let through, want it refused as %s (%v)", c.url, c.kind, err)
		case c.kind != "" && (!strings.Contains(refused.Kind, c.kind) || !strings.Contains(err.Error(), webhook.PrivateFlag)):
			t.Errorf("%s: %v; want the kind %s and the flag", c.url, err, c.kind)
		}
		if _, err := (webhook.Policy{Private: true}).Check(c.url); err != nil {
			t.Errorf("%s with leave for private addresses: %v", c.url, err)
		}
	}
}

func TestURLsThatAreNone(t *testing.T) {
	for _, url := range []string{
		"", "hook", "/hook", "ftp://hooks.example/", "file:///etc/passwd", "gopher://127.0.0.1/", "http://", "http:///x", "//hooks.example/",
		"http://user@hooks.example/", "http://user:password@hooks.example/", "http://hooks.example/#part", "http://hooks.example:0/",
		"http://hooks.example:65536/", "http://hooks.example:x/", "http://[fe80::1%25eth0]/", "http://a b/", "http://\x00/", "javascript:alert(1)",
		"http://hooks.example/" + strings.Repeat("x", 3000), "http://[::1", "HTTP//x",
	} {
		_, err := webhook.Policy{Private: true}.Check(url)
		var wrong *webhook.RequestError
		if !errors.As(err, &wrong) || wrong.Field != "url" {
			t.Errorf("%.60q: %v, want a RequestError", url, err)
		}
		if err != nil && strings.Contains(err.Error(), "password@") {
			t.Errorf("%q is repeated in %q", url, err)
		}
	}
}
