package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"understudy/contracts"
	"understudy/contracts/redact"
	"understudy/mock"
	"understudy/mock/clock"
	"understudy/mock/control"
	"understudy/mock/webhook"

	"github.com/coder/websocket"
)

// storySeed is where all that a story's stand-in makes up comes from, credentials included.
const storySeed = 1

// storyBegins is what a story's clock shows at first. It stands still until a step moves it.
var storyBegins = time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)

// A walk is a story on its way: a fresh stand-in on free ports, its clock, and what the story has kept so far.
type walk struct {
	story    *story
	contract *contracts.Contract
	server   *mock.Server
	clock    *clock.Virtual
	client   *http.Client
	origins  map[addressee]string // scheme and authority, and what stands in front of a step's path
	base     string               // what clients are configured with
	kept     map[string]string
	sockets  map[string]*websocket.Conn // connections to the realtime endpoint, by name
	secrets  map[string]string          // texts of credentials → how they may be shown
	closers  []func()
}

// begin starts the stand-in of a story. The walk must be closed, also after an error.
func begin(ctx context.Context, s *story, c *contracts.Contract) (w *walk, err error) {
	w = &walk{
		story: s, contract: c, clock: clock.New(clock.Options{At: storyBegins, Frozen: true}),
		origins: map[addressee]string{}, kept: map[string]string{}, secrets: map[string]string{},
		sockets: map[string]*websocket.Conn{},
	}
	limits := mock.Ignore
	if s.setting.limits {
		limits = mock.Enforce
	}
	w.server, err = mock.New(ctx, mock.Options{
		Limits: limits, Contract: c, Seed: storySeed, Secret: secretOf(storySeed), Clock: w.clock, SelfCheck: true,
		NoCredentials: s.setting.noCredentials, HTTPSOnly: s.setting.httpsOnly, AutoApprove: true,
		Webhooks: mock.WebhookOptions{Network: webhook.Policy{Resolver: noNames{}}},
	})
	if err != nil {
		return w, err
	}
	w.closers = append(w.closers, w.server.Stop)
	for _, ready := range w.server.Ready() {
		w.kept[ready.Env] = ready.Value
		if ready.Secret {
			w.hide(ctx, ready.Value)
		}
	}
	return w, w.listen(ctx)
}

// listen opens the API, the management API and, where the story wants it, the API over TLS.
func (w *walk) listen(ctx context.Context) error {
	transport := &http.Transport{MaxIdleConnsPerHost: 32, DisableCompression: true}
	w.client = &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	w.closers = append(w.closers, transport.CloseIdleConnections)
	base := ""
	if len(w.contract.Servers) > 0 {
		base = w.contract.Servers[0].Base
	}
	origin, err := w.open(ctx, w.server, nil)
	if err != nil {
		return err
	}
	w.origins[atRoot], w.origins[theAPI], w.base = origin, origin+base, origin+base
	handler := control.New(control.Options{Clock: w.clock, Seed: storySeed})
	handler.Add(w.contract.Name, w.base, func() *mock.Server { return w.server })
	managed, err := w.open(ctx, handler, nil)
	if err != nil {
		return err
	}
	handler.Ready()
	w.origins[management] = managed + "/contracts/" + w.contract.Name
	w.kept["inbox"] = managed + control.InboxPath + "/" + w.contract.Name
	if !w.story.setting.tls {
		return nil
	}
	certificate, err := generateCertificate("127.0.0.1", time.Now())
	if err != nil {
		return fmt.Errorf("prepare TLS: %w", err)
	}
	leaf, err := x509.ParseCertificate(certificate.Certificate[0])
	if err != nil {
		return fmt.Errorf("prepare TLS: %w", err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	transport.TLSClientConfig = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	secure, err := w.open(ctx, w.server, &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12})
	w.origins[overTLS] = secure + base
	return err
}

func (w *walk) open(ctx context.Context, handler http.Handler, config *tls.Config) (string, error) {
	listener, err := mock.Listen(ctx, "127.0.0.1:0", handler, config, slog.New(slog.DiscardHandler))
	if err != nil {
		return "", err
	}
	w.closers = append(w.closers, func() { _ = listener.Close(context.Background()) }) // the story is over
	return listener.URL(), nil
}

func (w *walk) close() {
	for _, f := range w.closers {
		f()
	}
}

// An outcome is what became of a step.
type outcome struct {
	step     *step
	at       time.Time          // on the stand-in's clock
	exchange contracts.Exchange // without secrets; of a crowd or a tour the last one
	requests int
	checked  []string // what was looked at, in words
	problem  string   // what was not as told; empty: all was

	raw  []byte // the body as it came, secrets and all: to be compared, never shown
	base string // scheme and authority of the stand-in
}

// take goes one step. An error means that the step could not be taken at all.
func (w *walk) take(ctx context.Context, st *step) (*outcome, error) {
	if err := w.advance(ctx, st.advance); err != nil {
		return nil, err
	}
	o := &outcome{step: st, at: w.clock.Now(), requests: 1}
	var err error
	switch {
	case st.tour != nil:
		err = w.makeTour(ctx, st, o)
	case st.crowd != nil:
		err = w.gather(ctx, st, o)
	case st.series != nil:
		err = w.repeat(ctx, st, o)
	case st.breaks:
		err = w.askInVain(ctx, st, o)
	case st.talk != nil:
		err = w.converse(ctx, st, o)
	default:
		err = w.ask(ctx, st, o)
	}
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", st.method, st.path, err)
	}
	return o, nil
}

// advance moves the stand-in's clock, as everybody can: over the management API.
func (w *walk) advance(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	until := w.clock.Now().Add(d)
	a, err := w.send(ctx, &step{to: management, method: "POST", path: "/clock", body: `{"advance":"` + d.String() + `"}`}, nil)
	if err != nil {
		return err
	}
	if now := w.clock.Now(); a.exchange.Status != http.StatusOK || !now.Equal(until) {
		return fmt.Errorf("the clock shows %s, not %s, after %d %s", now, until, a.exchange.Status, shorten(string(a.exchange.ResponseBody), 200))
	}
	return nil
}

// ask sends a step's one request, keeps what is to be kept, and judges the answer.
func (w *walk) ask(ctx context.Context, st *step, o *outcome) error {
	if st.traffic != nil {
		return w.askInTraffic(ctx, st, o)
	}
	a, err := w.send(ctx, st, nil)
	if err != nil {
		return err
	}
	w.settle(ctx, st, a, o)
	return nil
}

// settle keeps what is to be kept of an answer and judges it.
func (w *walk) settle(ctx context.Context, st *step, a *answer, o *outcome) {
	unkept := w.remember(ctx, st, a)
	o.exchange, o.checked, o.raw = w.shown(a), append(o.checked, st.words()...), a.exchange.ResponseBody
	problem := w.judge(st, a)
	if problem == "" && unkept != nil {
		problem = unkept.Error()
	}
	if o.problem == "" {
		o.problem = problem
	}
}

// remember keeps what later steps refer to.
func (w *walk) remember(ctx context.Context, st *step, a *answer) error {
	for name, place := range st.keep {
		value, ok := a.at(place)
		if !ok {
			return errors.New("nothing stands at " + placeName(place))
		}
		w.kept[name] = textOf(value)
		w.hide(ctx, w.kept[name])
	}
	return nil
}

// hide notes the text of a credential, so that nobody shows it.
func (w *walk) hide(ctx context.Context, text string) {
	if found, err := w.server.Credentials().ByText(ctx, text); err == nil {
		w.secrets[text] = found.Prefix + "***" + found.LastFour // as the redactor has it
	}
	if len(text) > 32 && (strings.HasPrefix(text, "whsec_") || strings.Trim(text, "0123456789abcdef") == "") { // a secret of webhooks
		w.secrets[text] = redact.Prefix(text) + redact.Hidden + text[len(text)-4:]
	}
}

// noNames resolves no name: what a story sends stays on this machine.
type noNames struct{}

// LookupNetIP is webhook.Resolver's.
func (noNames) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	return nil, &net.DNSError{Err: "stories reach no network", Name: host, IsNotFound: true}
}

// shown is an exchange without its secrets: those that the redactor finds, and those of which only the registry knows what they
// are.
func (w *walk) shown(a *answer) contracts.Exchange {
	x := w.server.Redactor().Exchange(&a.exchange)
	var pairs []string
	for text, instead := range w.secrets {
		pairs = append(pairs, text, instead)
	}
	mask := strings.NewReplacer(pairs...)
	x.URL = mask.Replace(x.URL)
	x.RequestBody, x.ResponseBody = []byte(mask.Replace(string(x.RequestBody))), []byte(mask.Replace(string(x.ResponseBody)))
	return x
}
