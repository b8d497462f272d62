package main

import (
	"crypto/x509"
	"os"
	"runtime"

	"golang.org/x/crypto/x509roots/fallback/bundle"
)

// authorityPlaces are where Linux systems keep the certificate authorities that they believe.
var authorityPlaces = []string{
	"/etc/ssl/certs", "/etc/pki/tls/certs", "/etc/ssl/cert.pem", "/etc/ssl/ca-bundle.pem", "/etc/pki/tls/cacert.pem", "/etc/pki/ca-trust/extracted/pem",
}

// An image of this binary alone has no authorities, and could neither fetch a document nor judge a target over HTTPS. It believes
// Mozilla's then, which the binary brings. A file that is mounted at one of the places, or named by SSL_CERT_FILE, counts instead.
func init() {
	if runtime.GOOS != "linux" || os.Getenv("SSL_CERT_FILE") != "" || os.Getenv("SSL_CERT_DIR") != "" {
		return
	}
	for _, place := range authorityPlaces {
		if _, err := os.Stat(place); err == nil {
			return
		}
	}
	x509.SetFallbackRoots(ownAuthorities())
}

// ownAuthorities are those that the binary brings.
func ownAuthorities() *x509.CertPool {
	pool := x509.NewCertPool()
	for root := range bundle.Roots() {
		certificate, err := x509.ParseCertificate(root.Certificate)
		switch {
		case err != nil: // one that cannot be read is one less that is believed
		case root.Constraint == nil:
			pool.AddCert(certificate)
		default:
			pool.AddCertWithConstraint(certificate, root.Constraint)
		}
	}
	return pool
}
