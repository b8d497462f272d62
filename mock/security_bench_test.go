package mock_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"understudy/mock"
	"understudy/mock/clock"
	"understudy/mock/credential"
)

// A discard is a response writer that keeps nothing.
type discard struct{ header http.Header }

func (d *discard) Header() http.Header            { return d.header }
func (d *discard) Write(data []byte) (int, error) { return len(data), nil }
func (d *discard) WriteHeader(int)                {}

// BenchmarkAuthentication measures one read of an item with and without credentials: the difference is their share.
func BenchmarkAuthentication(b *testing.B) {
	for _, c := range []struct {
		name  string
		auth  mock.Enforcement
		class string
	}{{"off", mock.Ignore, ""}, {"key", mock.Enforce, "api-key"}, {"jwt", mock.Enforce, "access-token"}} {
		b.Run(c.name, func(b *testing.B) {
			server, _ := newServer(b, "ecoevents", mock.Options{Auth: c.auth, Clock: clock.New(clock.Options{At: noon, Frozen: true})})
			text := "none"
			if c.class != "" {
				issued, err := server.Credentials().IssueToken(b.Context(), credential.TokenRequest{Class: c.class})
				if err != nil {
					b.Fatal(err)
				}
				text = issued.Text
			}
			r := httptest.NewRequest(http.MethodGet, "http://stand-in.example/v1/events/evt_7k2m9p4q1r", nil)
			r.Header.Set("Authorization", "Bearer "+text)
			w := &discard{http.Header{}}
			b.ReportAllocs()
			for b.Loop() {
				clear(w.header)
				server.ServeHTTP(w, r)
			}
		})
	}
}

// BenchmarkManyCallers spreads the requests over many keys, more than are kept decoded.
func BenchmarkManyCallers(b *testing.B) {
	for _, n := range []int{100, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			server, _ := newServer(b, "ecoevents", mock.Options{Auth: mock.Enforce, Clock: clock.New(clock.Options{At: noon, Frozen: true})})
			requests := make([]*http.Request, n)
			for i := range requests {
				issued, err := server.Credentials().CreateKey(b.Context(), credential.KeyRequest{Name: "caller"})
				if err != nil {
					b.Fatal(err)
				}
				requests[i] = httptest.NewRequest(http.MethodGet, "http://stand-in.example/v1/events/evt_7k2m9p4q1r", nil)
				requests[i].Header.Set("Authorization", "Bearer "+issued.Text)
			}
			w := &discard{http.Header{}}
			i := 0
			b.ReportAllocs()
			for b.Loop() {
				clear(w.header)
				server.ServeHTTP(w, requests[i%n])
				i++
			}
		})
	}
}
