package scenarios_test

import (
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"understudy/scenarios"
)

// TestTrust believes an authority at the host that it was given for, and nowhere else.
func TestTrust(t *testing.T) {
	answer := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	own, other := httptest.NewTLSServer(answer), httptest.NewTLSServer(answer) // with the same certificate
	t.Cleanup(own.Close)
	t.Cleanup(other.Close)
	roots := x509.NewCertPool()
	roots.AddCert(own.Certificate())
	r := run(t)
	r.Trust(strings.TrimPrefix(own.URL, "https://"), roots)
	for url, want := range map[string]int{own.URL: http.StatusNoContent, other.URL: 0} {
		d, err := r.Deploy(pets(t), url, nil, nil, &scenarios.Roster{})
		if err != nil {
			t.Fatal(err)
		}
		q, err := http.NewRequest(http.MethodGet, url+"/pets", nil)
		if err != nil {
			t.Fatal(err)
		}
		reply, err := d.Send(t.Context(), scenarios.Request{HTTP: q, Unexamined: true})
		if err != nil {
			t.Fatal(err)
		}
		if reply.Exchange.Status != want {
			t.Errorf("%s: status %d, want %d (%s)", url, reply.Exchange.Status, want, reply.Error)
		}
	}
}
