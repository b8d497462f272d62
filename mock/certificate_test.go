package mock_test

import (
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"log/slog"
	"math/big"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"understudy/mock"
	"understudy/mock/clock"
)

// An authority signs client certificates of the tests.
type authority struct {
	certificate *x509.Certificate
	key         ed25519.PrivateKey
}

func newAuthority(t *testing.T, seed byte) *authority {
	t.Helper()
	key := ed25519.NewKeyFromSeed(append(make([]byte, 31), seed))
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"}, NotBefore: noon.Add(-time.Hour), NotAfter: noon.Add(100 * time.Hour),
		KeyUsage: x509.KeyUsageCertSign, BasicConstraintsValid: true, IsCA: true,
	}
	data, err := x509.CreateCertificate(nil, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(data)
	if err != nil {
		t.Fatal(err)
	}
	return &authority{certificate, key}
}

// client makes a client certificate that is good for an hour from noon.
func (a *authority) client(t *testing.T, usage x509.ExtKeyUsage) tls.Certificate {
	t.Helper()
	key := ed25519.NewKeyFromSeed(append(make([]byte, 31), 99))
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "robot"}, NotBefore: noon.Add(-time.Hour), NotAfter: noon.Add(time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{usage},
	}
	data, err := x509.CreateCertificate(nil, template, a.certificate, key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{data}, PrivateKey: key}
}

// TestClientCertificates sends certificates over TLS to an operation that asks for one (mutualTLS).
func TestClientCertificates(t *testing.T) {
	ours, foreign := newAuthority(t, 1), newAuthority(t, 2)
	pool := x509.NewCertPool()
	pool.AddCert(ours.certificate)
	time := clock.New(clock.Options{At: noon, Frozen: true})
	server, _ := newServer(t, "secured.yaml", mock.Options{Auth: mock.Enforce, Clock: time, ClientCAs: pool})
	own := httptest.NewUnstartedServer(nil)
	own.StartTLS() // for its certificate
	own.Close()
	l, err := mock.Listen(t.Context(), "127.0.0.1:0", server, &tls.Config{Certificates: own.TLS.Certificates, ClientAuth: tls.RequestClientCert, MinVersion: tls.VersionTLS12}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close(context.WithoutCancel(t.Context())) })
	ask := func(certificates ...tls.Certificate) (int, string) {
		client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true, Certificates: certificates}}}
		response, err := client.Get(l.URL() + "/v1/certificate")
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		if _, err := io.Copy(io.Discard, response.Body); err != nil {
			t.Fatal(err)
		}
		return response.StatusCode, server.Journal().List(mock.Query{Limit: 1})[0].Trace.Problem
	}
	good := ours.client(t, x509.ExtKeyUsageClientAuth)
	for _, c := range []struct {
		name         string
		certificates []tls.Certificate
		status       int
		problem      string
	}{
		{"none", nil, 401, "credential_missing"},
		{"of another authority", []tls.Certificate{foreign.client(t, x509.ExtKeyUsageClientAuth)}, 401, "credential_unknown"},
		{"for servers", []tls.Certificate{ours.client(t, x509.ExtKeyUsageServerAuth)}, 401, "credential_unknown"},
		{"a good one", []tls.Certificate{good}, 200, ""},
	} {
		if status, problem := ask(c.certificates...); status != c.status || problem != c.problem {
			t.Errorf("%s: %d %q, want %d %q", c.name, status, problem, c.status, c.problem)
		}
	}
	if e := server.Journal().List(mock.Query{Limit: 1})[0]; e.Trace.Caller == nil || e.Trace.Caller.Name != "robot" {
		t.Errorf("the caller is %+v, want the certificate's name", e.Trace.Caller)
	}
	if _, err := time.Advance(2 * 3600 * 1e9); err != nil {
		t.Fatal(err)
	}
	if status, problem := ask(good); status != 401 || problem != "credential_expired" {
		t.Errorf("two hours later: %d %q", status, problem)
	}
}
