package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"net"
	"time"
)

// certificateLife is how long a generated certificate is good: longer than any run, shorter than what clients refuse.
const certificateLife = 90 * 24 * time.Hour

// tlsConfig is the configuration of --tls; nil serves in clear. TLS needs the real time, whatever the mock's clock says:
// it is the client's own clock that judges the certificate.
func (s *serving) tlsConfig(host string) (*tls.Config, error) {
	if !s.tls {
		if s.tlsCert != "" || s.tlsKey != "" || s.clientCA != "" || s.clientDir != "" {
			return nil, errors.New("--tls-cert, --tls-key, --tls-client-ca and --tls-client-dir go with --tls")
		}
		return nil, nil
	}
	var certificate tls.Certificate
	var err error
	if s.tlsCert != "" || s.tlsKey != "" {
		if certificate, err = tls.LoadX509KeyPair(s.tlsCert, s.tlsKey); err != nil {
			err = fmt.Errorf("--tls-cert %s, --tls-key %s: %w", s.tlsCert, s.tlsKey, err)
		}
	} else {
		certificate, err = generateCertificate(host, time.Now())
	}
	if err != nil {
		return nil, fmt.Errorf("prepare TLS: %w", err)
	}
	c := &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}}
	if s.clientCA != "" || s.clientDir != "" {
		c.ClientAuth = tls.RequestClientCert // the operations judge it, so that a bad one gets the contract's answer
	}
	return c, nil
}

// generateCertificate makes a self-signed certificate for loopback and the given host.
func generateCertificate(host string, now time.Time) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "understudy stand-in"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(certificateLife),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true, IsCA: true,
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
	}
	if ip := net.ParseIP(host); ip != nil {
		template.IPAddresses = append(template.IPAddresses, ip)
	} else if host != "" {
		template.DNSNames = append(template.DNSNames, host)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}

// controlToken is the token of the management API: the user's, none on loopback, else a random one.
func controlToken(address, given string) (string, error) {
	if given != "" {
		return given, nil
	}
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return "", fmt.Errorf("--control %s: give an address such as 127.0.0.1:4011", address)
	}
	if ip := net.ParseIP(host); host == "localhost" || ip != nil && ip.IsLoopback() {
		return "", nil
	}
	var raw [24]byte
	if _, err := rand.Read(raw[:]); err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(raw[:]), nil
}
