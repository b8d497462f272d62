package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"time"
)

// clientAuthorities are those whose client certificates are believed: of --tls-client-ca, and one made for --tls-client-dir;
// nil where neither was given.
func (s *serving) clientAuthorities(now time.Time) (*x509.CertPool, error) {
	if s.clientCA == "" && s.clientDir == "" {
		return nil, nil
	}
	pool := x509.NewCertPool()
	if s.clientCA != "" {
		data, err := os.ReadFile(s.clientCA)
		if err != nil {
			return nil, fmt.Errorf("--tls-client-ca: %w", err)
		}
		if !pool.AppendCertsFromPEM(data) {
			return nil, fmt.Errorf("--tls-client-ca %s: it holds no certificate in PEM", s.clientCA)
		}
	}
	if s.clientDir != "" {
		authority, err := writeClientCertificate(s.clientDir, now)
		if err != nil {
			return nil, fmt.Errorf("--tls-client-dir: %w", err)
		}
		pool.AddCert(authority)
	}
	return pool, nil
}

// writeClientCertificate makes an authority and a client certificate of it, and writes ca.pem, client.pem and client.key. The
// authority's key is forgotten.
func writeClientCertificate(folder string, now time.Time) (*x509.Certificate, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, err
	}
	caKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	ca := &x509.Certificate{
		Subject: pkix.Name{CommonName: "understudy client authority"}, KeyUsage: x509.KeyUsageCertSign, BasicConstraintsValid: true, IsCA: true,
	}
	client := &x509.Certificate{
		Subject: pkix.Name{CommonName: "understudy client"}, KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	for _, c := range []*x509.Certificate{ca, client} {
		if c.SerialNumber, err = rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120)); err != nil {
			return nil, err
		}
		c.NotBefore, c.NotAfter = now.Add(-time.Hour), now.Add(certificateLife)
	}
	caData, err := x509.CreateCertificate(rand.Reader, ca, ca, caKey.Public(), caKey)
	if err != nil {
		return nil, err
	}
	clientData, err := x509.CreateCertificate(rand.Reader, client, ca, key.Public(), caKey)
	if err != nil {
		return nil, err
	}
	keyData, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	for _, file := range []struct {
		name, kind string
		data       []byte
	}{{"ca.pem", "CERTIFICATE", caData}, {"client.pem", "CERTIFICATE", clientData}, {"client.key", "PRIVATE KEY", keyData}} {
		text := pem.EncodeToMemory(&pem.Block{Type: file.kind, Bytes: file.data})
		if text == nil {
			return nil, errors.New("encode " + file.name)
		}
		if err := writePrivate(filepath.Join(folder, file.name), text); err != nil {
			return nil, err
		}
	}
	return x509.ParseCertificate(caData)
}
