package mocktest

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"understudy/contracts"
	"understudy/contracts/check"
)

// A Mode says how Client and Expect call the stand-in.
type Mode string

// The modes. Without any, requests that show no credential of their own show the ready one that fits the operation.
const (
	Anonymous Mode = "anonymous" // requests show what they show, and nothing else
	Unchecked Mode = "unchecked" // Expect: answers are not held against the contract
)

// Client is an HTTP client for the stand-in alone: requests that show no credential show one that is good, as those of a
// program do that was configured with it. It believes the certificate of WithTLS. It never shows a credential to anybody else.
func (s *StandIn) Client(modes ...Mode) *http.Client {
	return &http.Client{Transport: s.transport(modes)}
}

// CertPool holds what a client has to believe under WithTLS; without it nil.
func (s *StandIn) CertPool() *x509.CertPool { return s.trusted }

func (s *StandIn) transport(modes []Mode) http.RoundTripper {
	base := http.DefaultTransport.(*http.Transport).Clone()
	base.Proxy = nil // a proxy of the machine has nothing to do with loopback
	base.TLSClientConfig = &tls.Config{RootCAs: s.trusted, MinVersion: tls.VersionTLS12}
	s.t.Cleanup(base.CloseIdleConnections)
	if slices.Contains(modes, Anonymous) {
		return base
	}
	return &authorizing{s.world, base}
}

// An authorizing transport shows the ready credentials.
type authorizing struct {
	world *world
	next  http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (a *authorizing) RoundTrip(r *http.Request) (*http.Response, error) {
	registry := a.world.server.Credentials()
	own, err := url.Parse(a.world.url)
	if err != nil || r.URL.Host != own.Host || r.URL.Scheme != own.Scheme {
		return a.next.RoundTrip(r)
	}
	operation := a.world.operation(r.Method, r.URL.String())
	if operation == nil || len(registry.Shown(r)) > 0 || r.Header.Get("Authorization") != "" {
		return a.next.RoundTrip(r)
	}
	shown := r.Clone(r.Context())
	_ = registry.Authorize(operation, shown) // where nothing is ready the stand-in says what is missing
	return a.next.RoundTrip(shown)
}

// operation finds what a request is for; nil where the contract has no such operation.
func (w *world) operation(method, address string) *contracts.Operation {
	x := contracts.Exchange{Method: method, URL: address}
	return check.Locate(w.server.Contract(), &x, w.url).Operation
}

// Credential gives what is good from the start, by the name of the variable in which programs look for it
// ("ECOEVENTS_API_KEY"): keys, tokens, passwords, secrets of webhooks.
func (s *StandIn) Credential(variable string) string {
	s.t.Helper()
	var known []string
	for _, ready := range s.server.Ready() {
		if ready.Env == variable {
			return ready.Value
		}
		known = append(known, ready.Env)
	}
	s.t.Fatalf("mocktest: %s has no credential %q; known are %s", s.server.Contract().Name, variable, strings.Join(known, ", "))
	return ""
}

// Env gives address and credentials as lines of an environment, for exec.Cmd.Env: "ECOEVENTS_API_KEY=…".
func (s *StandIn) Env() []string {
	contract := s.server.Contract()
	var lines []string
	for _, line := range contract.Behaviour.EnvNames {
		if line.From == "baseUrl" {
			lines = append(lines, line.Name+"="+s.url)
		}
	}
	if len(lines) == 0 {
		lines = append(lines, variable(contract.Name)+"_BASE_URL="+s.url)
	}
	for _, ready := range s.server.Ready() {
		lines = append(lines, ready.Env+"="+ready.Value)
	}
	return lines
}

// Setenv sets the variables of Env for the length of the test, for programs that read them. It ends a test that is parallel.
func (s *StandIn) Setenv() {
	s.t.Helper()
	for _, line := range s.Env() {
		name, value, _ := strings.Cut(line, "=")
		s.t.Setenv(name, value)
	}
}

// variable is a name as variables have it.
func variable(name string) string {
	return strings.Map(func(c rune) rune {
		if c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' {
			return c
		}
		return '_'
	}, strings.ToUpper(name))
}

// fail ends the test because something could not be done.
func (s *StandIn) fail(what string, err error) {
	s.t.Helper()
	s.t.Fatalf("mocktest: %s", fmt.Errorf("%s: %w", what, err))
}
