package credential

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestCookieTemplates(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.FixedZone("east", 3600))
	for _, c := range []struct {
		name, template string
		life           time.Duration
		plain          bool // the request came without TLS
		want, remove   string
	}{
		{"a name", "session", 0, false, "session=v", "session=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0"},
		{"everything", "session; Path=/; HttpOnly; Secure; SameSite=Lax", time.Hour, false,
			"session=v; Path=/; Expires=Sun, 01 Mar 2026 12:00:00 GMT; Max-Age=3600; HttpOnly; Secure; SameSite=Lax",
			"session=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; HttpOnly; Secure; SameSite=Lax"},
		{"any case, blanks", " s ;path = /v1 ;HTTPONLY;samesite=STRICT;domain=Api.Example.com", 0, false,
			"s=v; Path=/v1; Domain=api.example.com; HttpOnly; SameSite=Strict",
			"s=; Path=/v1; Domain=api.example.com; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; HttpOnly; SameSite=Strict"},
		{"parts of a second", "s", 1500 * time.Millisecond, false, "s=v; Expires=Sun, 01 Mar 2026 11:00:02 GMT; Max-Age=2",
			"s=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0"},
		{"no TLS", "s; Secure; SameSite=None; Partitioned", 0, true, "s=v; SameSite=Lax", "s=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; SameSite=Lax"},
		{"TLS", "s; Secure; SameSite=None; Partitioned", 0, false, "s=v; Secure; SameSite=None; Partitioned",
			"s=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Secure; SameSite=None; Partitioned"},
		{"no TLS, Lax", "s; Secure; SameSite=Lax", 0, true, "s=v; SameSite=Lax", "s=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; SameSite=Lax"},
		{"a name that promises Secure", "__Host-s; Path=/; Secure", 0, true, "__Host-s=v; Path=/; Secure",
			"__Host-s=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Secure"},
		{"the other such name", "__secure-s; Domain=example.com; Secure", 0, false, "__secure-s=v; Domain=example.com; Secure",
			"__secure-s=; Domain=example.com; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Secure"},
	} {
		t.Run(c.name, func(t *testing.T) {
			template, err := parseCookie(c.template)
			if err != nil {
				t.Fatal(err)
			}
			cookie := template.set("v", now, c.life, !c.plain)
			if got := cookie.String(); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			if err := cookie.Valid(); err != nil {
				t.Error(err)
			}
			if got := template.remove(!c.plain).String(); got != c.remove {
				t.Errorf("removed by %s\nwant       %s", got, c.remove)
			}
			header := http.Header{"Set-Cookie": {cookie.String()}}
			if read := (&http.Response{Header: header}).Cookies(); len(read) != 1 || read[0].Name != template.name || read[0].Value != "v" {
				t.Errorf("a client reads %v", read)
			}
		})
	}
}

func TestRefusedCookieTemplates(t *testing.T) {
	for _, c := range []struct{ template, want string }{
		{"", "is not a token"},
		{"; Path=/", "is not a token"},
		{"a b", "is not a token"},
		{"a,b; Path=/", "is not a token"},
		{"sitzung-ü", "is not a token"},
		{"session=; Path=/", "begin with the name alone"},
		{"session=abc", "begin with the name alone"},
		{"s;", "nothing between two semicolons"},
		{"s;; HttpOnly", "nothing between two semicolons"},
		{"s; HttpOnly=true", "httponly has no value"},
		{"s; Secure=", "secure has no value"},
		{"s; Path", "path needs a value"},
		{"s; Path=", "path needs a value"},
		{"s; Path=api", "must begin with /"},
		{"s; Path=/\x01", "must begin with / and be ASCII"},
		{"s; Domain=", "domain needs a value"},
		{"s; Domain=.example.com", "is not the name of a host"},
		{"s; Domain=exa mple.com", "is not the name of a host"},
		{"s; Domain=-a.example", "is not the name of a host"},
		{"s; Domain=" + strings.Repeat("a.", 130) + "a", "is not the name of a host"},
		{"s; SameSite", "samesite needs a value"},
		{"s; SameSite=Loose", `samesite cannot be "Loose"`},
		{"s; SameSite=None", "SameSite=None needs Secure"},
		{"s; Partitioned", "Partitioned needs Secure"},
		{"s; Max-Age=60", "max-age comes from the credential's lifetime"},
		{"s; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "expires comes from the credential's lifetime"},
		{"s; HttpOnly; httponly", "httponly stands there twice"},
		{"s; Path=/; Path=/a", "path stands there twice"},
		{"s; HtpOnly", `unknown attribute "htponly"`},
		{"__Secure-s; Path=/", "__Secure- needs Secure"},
		{"__HOST-s; Path=/", "__Host- needs Secure and Path=/"},
		{"__Host-s; Secure", "__Host- needs Secure and Path=/"},
		{"__Host-s; Secure; Path=/api", "__Host- needs Secure and Path=/"},
		{"__Host-s; Secure; Path=/; Domain=example.com", "no Domain"},
	} {
		t.Run(c.template, func(t *testing.T) {
			template, err := parseCookie(c.template)
			if err == nil || template != nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, %v; want an error with %q", template, err, c.want)
			}
		})
	}
}

func FuzzParseCookie(f *testing.F) {
	for _, text := range []string{"session; Path=/; HttpOnly; Secure; SameSite=Lax", "__Host-s; Path=/; Secure", "s; Domain=a.b", "s;;", "="} {
		f.Add(text)
	}
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text string) {
		template, err := parseCookie(text)
		if err != nil {
			return
		}
		for _, secure := range []bool{true, false} {
			if cookie := template.set("v", now, time.Hour, secure); cookie.Valid() != nil || cookie.String() == "" {
				t.Errorf("%q makes a cookie that is not valid: %v", text, cookie.Valid())
			}
		}
	})
}
