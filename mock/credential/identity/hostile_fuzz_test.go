package identity_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// FuzzAuthorize: whatever an authorization request says, nobody is redirected to an address that its client has not registered.
func FuzzAuthorize(f *testing.F) {
	for _, redirect := range []string{
		"https://harbour.example/cb", "https://harbour.example/cb/", "https://harbour.example@evil.example/cb", `https://harbour.example\@evil.example/cb`, "//evil.example", "https://HARBOUR.example/cb", "http://127.0.0.1:9/cb",
		"http://127.0.0.1.evil.example/", "http://localhost:1/x", "javascript:alert(1)", "https://harbour.example/cb#x", "https://harbour.example/cb?x=https://evil.example", "http://[::1]:3/x", "com.harbour.app:/cb", "https://harbour.example/cb%0d%0aX:y",
	} {
		f.Add("harbour", redirect, "code", "query", "s", "none")
		f.Add("local", redirect, "code token", "fragment", "\r\nX: y", "login")
	}
	s := newPageStand(f, pageOptions{auto: true})
	registered := map[string][]string{
		"harbour": {"https://harbour.example/cb", "com.harbour.app:/cb"}, "single": {"https://single.example/cb"},
	}
	f.Fuzz(func(t *testing.T, client, redirect, kind, mode, state, prompt string) {
		ask := asking("client_id", client, "redirect_uri", redirect, "response_type", kind, "response_mode", mode, "state", state, "prompt", prompt)
		q := httptest.NewRequestWithContext(t.Context(), http.MethodGet, pageHost+"/authorize?"+ask.Encode(), nil)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, q)
		if w.Code >= 500 {
			t.Errorf("%s: %d %s", ask.Encode(), w.Code, w.Body)
		}
		to := w.Header().Get("Location")
		if strings.ContainsAny(to, "\r\n") {
			t.Errorf("%s: the header is split: %q", ask.Encode(), to)
		}
		u, err := url.Parse(to)
		switch {
		case to == "" || strings.HasPrefix(to, "/") && !strings.HasPrefix(to, "//") && !strings.HasPrefix(to, `/\`):
			return // a page, or one of our own
		case err != nil:
			t.Errorf("%s: redirected to %q", ask.Encode(), to)
			return
		}
		plain := u.Scheme + ":" + u.Path
		if u.Host != "" {
			plain = u.Scheme + "://" + u.Host + u.Path
		}
		loopback := u.User == nil && (u.Hostname() == "localhost" || net.ParseIP(u.Hostname()).IsLoopback())
		switch {
		case slices.Contains(registered[client], plain), strings.HasPrefix(to, pageHost+"/"):
		case client == "local" && loopback, client == "narrow" && loopback:
		case client == "harbour" && loopback && u.Path == "/cb":
		default:
			t.Errorf("%s: redirected to %q", ask.Encode(), to)
		}
	})
}
