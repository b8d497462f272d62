package credential_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
)

// FuzzAuthenticate sends anything as a credential: nothing that was not issued is believed, and nothing makes it fail.
func FuzzAuthenticate(f *testing.F) {
	w := settle(f, loaded(f, "ecosire"), 1)
	session := w.login(f, "amara.okafor@northwindtrading.example", "correct-horse-battery")
	good := map[string]bool{session.Access.Text: true}
	for _, ready := range w.Ready() {
		good[ready.Value] = true
	}
	for _, text := range []string{"Bearer " + session.Access.Text, "Bearer  x", "bearer a.b.c", "Basic YTpi", "Bearer \"x\"", "DPoP x", "Bearer eyJhbGciOiJub25lIn0.e30.", "\x00"} {
		f.Add(text, "ecosire_auth=x", "a=b")
	}
	f.Add("Bearer "+w.Ready()[0].Value, "", "")
	o := w.operation(f, "listContacts")
	f.Fuzz(func(t *testing.T, authorization, cookie, query string) {
		q := httptest.NewRequest(http.MethodGet, "http://stand-in.example/api/contacts", nil)
		q.Header = http.Header{"Authorization": {authorization}, "Cookie": {cookie}}
		q.URL = &url.URL{Path: "/api/contacts", RawQuery: query}
		caller, refusal, err := w.Authenticate(t.Context(), o, q)
		if err != nil {
			t.Fatal(err)
		}
		if (caller == nil) == (refusal == nil) {
			t.Fatal("neither let through nor refused")
		}
		if refusal != nil {
			for _, c := range refusal.Challenges {
				for _, b := range []byte(c) {
					if b < ' ' || b > '~' {
						t.Fatalf("the challenge %q cannot be sent", c)
					}
				}
			}
			return
		}
		shown := w.Shown(q)
		for _, text := range shown {
			if good[text] {
				return
			}
		}
		t.Fatalf("believed %q, of which none was issued", shown)
	})
}
