package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"understudy/mock"

	"github.com/spf13/pflag"
)

// standIns starts fresh stand-ins for built-in contracts in this process, on free ports, for the length of the run. Their clock stands
// still until a workflow moves it. Each is served in clear and over TLS, with a certificate that this run alone believes; one whose
// contract refuses plain HTTP is judged over TLS.
func (c *court) standIns(ctx context.Context, names []string) (*house, error) {
	s := &serving{}
	s.flags(pflag.NewFlagSet("serve", pflag.ContinueOnError)) // its defaults
	s.loading = c.flags.loading
	s.listen, s.quiet, s.login, s.httpsOnly = "127.0.0.1:0", true, "auto", true
	s.seed, s.seeded = c.flags.seed, true
	s.clock = time.Now().UTC().Truncate(time.Second).Format(time.RFC3339)
	certificate, err := generateCertificate("127.0.0.1", time.Now())
	if err != nil {
		return nil, fmt.Errorf("prepare TLS: %w", err)
	}
	s.alsoTLS = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}}
	options, err := c.settings(s)
	if err != nil {
		return nil, err
	}
	options.Logger = slog.New(slog.DiscardHandler) // what it has to say of requests that are wrong on purpose, the result says
	house, err := c.open(ctx, s, options, names)
	if err != nil {
		return nil, err
	}
	c.closers = append(c.closers, house.close)
	c.places.control, c.places.token = house.control.URL(), house.token
	for _, st := range house.stands {
		c.places.named[st.contract.Name] = st.baseURL()
		c.run.Note(fmt.Sprintf("no target was given: %s is our own stand-in, started for this run", st.contract.Name))
	}
	return house, c.standBeside(house, certificate)
}

// standBeside says where the stand-ins listen besides, under the names by which their suites ask for it, and whom the run believes.
func (c *court) standBeside(house *house, certificate tls.Certificate) error {
	leaf, err := x509.ParseCertificate(certificate.Certificate[0])
	if err != nil {
		return fmt.Errorf("prepare TLS: %w", err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	for _, st := range house.stands {
		secure, source, input := st.other, "-tls", "_TLS_URL"
		if st.contract.Behaviour.TLSOnly {
			secure, source, input = st.listener, "-plain", "_PLAIN_URL"
		}
		c.run.Trust(secure.Address(), roots)
		c.places.named[st.contract.Name+source] = strings.TrimSuffix(st.otherURL(), "/")
		c.places.inputs[inputOf(st, input)] = st.other.URL()
	}
	return nil
}

// inputOf is the name of an input that is about a stand-in: "ECOSIRE_TLS_URL".
func inputOf(st *stand, what string) string { return strings.ToUpper(st.contract.Name) + what }

// receive starts an endpoint for the webhooks of each stand-in whose suite has an input for its address.
func (c *court) receive(ctx context.Context, house *house, asked func(input string) bool) error {
	for _, st := range house.stands {
		input := inputOf(st, "_RECEIVER_URL")
		if !asked(input) {
			continue
		}
		v := &verifier{contract: st.contract, secrets: map[string]string{}, now: st.handler.server().Clock().Now}
		for _, ready := range st.handler.server().Ready() {
			v.secrets[ready.Env] = ready.Value
		}
		l, err := mock.Listen(ctx, "127.0.0.1:0", v, nil, slog.New(slog.DiscardHandler))
		if err != nil {
			return fmt.Errorf("start a receiver: %w", err)
		}
		c.closers = append(c.closers, func() { _ = l.Close(context.Background()) }) // the run is over
		c.places.inputs[input] = l.URL()
		c.run.Note(fmt.Sprintf("no receiver was given: deliveries of %s go to one of our own, started for this run", st.contract.Name))
	}
	return nil
}
