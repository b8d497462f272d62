package scenarios

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
)

// Trust lets the run believe the authorities in roots when it calls host ("127.0.0.1:4010"), and nowhere else: a deployment that
// the run itself started has a certificate that nobody else knows. Call it before the first request.
func (r *Run) Trust(host string, roots *x509.CertPool) {
	before := r.client
	own := newTransport(r.options.Jobs)
	own.TLSClientConfig = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	r.client = roundTripper(func(q *http.Request) (*http.Response, error) {
		if q.URL.Scheme == "https" && q.URL.Host == host {
			return own.RoundTrip(q)
		}
		return before.RoundTrip(q)
	})
}

// roundTripper is a function that sends a request.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(q *http.Request) (*http.Response, error) { return f(q) }

// newTransport is what a run sends with: without proxy and without following redirects.
func newTransport(jobs int) *http.Transport {
	return &http.Transport{
		MaxIdleConnsPerHost: jobs, MaxConnsPerHost: 0, DisableCompression: true, ForceAttemptHTTP2: true,
		MaxResponseHeaderBytes: 256 << 10,
	}
}
