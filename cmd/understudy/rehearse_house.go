package main

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"understudy/mock/clock"
	"understudy/scenarios"

	"github.com/spf13/pflag"
)

// mostJournal is how many exchanges of one run are kept for the judgement.
const mostJournal = 100_000

// rehearsalClock makes the stand-ins' clock. Other than that of serve it never stands still: the command waits in real time.
func rehearsalClock(text string) (*clock.Virtual, error) {
	if text == "real" {
		return clock.New(clock.Options{}), nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return nil, fmt.Errorf("--clock %s: give real, or an instant such as 2026-01-31T12:00:00Z at which the clock begins", text)
	}
	return clock.New(clock.Options{At: at}), nil
}

// A scene is the stand-ins of one run.
type scene struct {
	*house
	controls []*scenarios.Control // in the order of the contracts
	folder   string               // of what the command may read; empty: there is none
	bundle   string               // file with the authorities that the command believes; empty: TLS is not spoken
	own      string               // file with the stand-ins' own only
}

func (s *scene) close() {
	s.house.close()
	if s.folder != "" {
		_ = os.RemoveAll(s.folder) // a folder for temporary files is cleaned up by somebody else too
	}
}

// set starts fresh stand-ins on free ports.
func (r *rehearsalRun) set(ctx context.Context) (_ *scene, err error) {
	v := r.flags
	s := &serving{}
	s.flags(pflag.NewFlagSet("serve", pflag.ContinueOnError)) // its defaults
	s.loading, s.listen, s.quiet, s.login, s.journalEntries = v.loading, "127.0.0.1:0", true, "auto", mostJournal
	s.seed, s.seeded = v.seed, v.seeded
	sc := &scene{}
	if v.tls {
		if err := sc.secure(s, r.getenv("SSL_CERT_FILE")); err != nil {
			return nil, err
		}
	}
	var token [24]byte
	_, _ = rand.Read(token[:]) // it never fails (Go 1.24)
	s.controlToken = hex.EncodeToString(token[:])
	options, err := r.settings(s)
	if err != nil {
		return nil, err
	}
	if options.Clock, err = rehearsalClock(v.clock); err != nil {
		return nil, err
	}
	options.Logger = slog.New(slog.DiscardHandler) // the result says what there is to say
	p := *r.process
	if r.told || v.quiet {
		p.err = io.Discard // of the contracts' warnings, once told
	}
	r.told = true
	if sc.house, err = p.open(ctx, s, options, r.sources); err != nil {
		return nil, err
	}
	for _, st := range sc.stands {
		control, err := scenarios.NewControl(sc.control.URL(), sc.token, st.contract.Name, nil)
		if err != nil {
			sc.close()
			return nil, err
		}
		sc.controls = append(sc.controls, control)
	}
	return sc, nil
}

// secure writes a certificate for the stand-ins, and what the command needs to believe it. own is the file of authorities that our
// own environment names; empty: none.
func (sc *scene) secure(s *serving, own string) error {
	certificate, err := generateCertificate("127.0.0.1", time.Now())
	if err != nil {
		return fmt.Errorf("prepare TLS: %w", err)
	}
	key, err := x509.MarshalPKCS8PrivateKey(certificate.PrivateKey)
	if err != nil {
		return fmt.Errorf("prepare TLS: %w", err)
	}
	if sc.folder, err = os.MkdirTemp("", "understudy-rehearsal-*"); err != nil {
		return fmt.Errorf("prepare TLS: %w", err)
	}
	public := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Certificate[0]})
	sc.own, sc.bundle = filepath.Join(sc.folder, "stand-ins.pem"), filepath.Join(sc.folder, "authorities.pem")
	s.tls, s.tlsCert, s.tlsKey = true, sc.own, filepath.Join(sc.folder, "key.pem")
	for _, file := range []struct {
		name string
		data []byte
	}{
		{sc.own, public},
		{sc.bundle, slices.Concat(machineAuthorities(own), public)},
		{s.tlsKey, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})},
	} {
		if err := os.WriteFile(file.name, file.data, 0o600); err != nil {
			_ = os.RemoveAll(sc.folder)
			return fmt.Errorf("prepare TLS: %w", err)
		}
	}
	return nil
}

// machineAuthorities gives, from the file that the environment names or the usual ones, the authorities that the machine believes, so that the command can still call others. Where they are not
// found, nothing is lost but that.
func machineAuthorities(own string) []byte {
	for _, name := range []string{
		own, "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem", "/etc/ssl/ca-bundle.pem",
	} {
		if data, err := os.ReadFile(name); name != "" && err == nil {
			if !strings.HasSuffix(string(data), "\n") {
				data = append(data, '\n')
			}
			return data
		}
	}
	return nil
}
