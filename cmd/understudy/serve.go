package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"understudy/contracts"
	"understudy/mock"
	"understudy/mock/clock"
	"understudy/mock/console"
	"understudy/mock/control"
	"understudy/mock/resource"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// serving are the flags of serve.
type serving struct {
	loading
	delivering
	storing
	observing
	listen, control, controlToken string
	controlHosts                  []string
	noControl, onePort            bool
	seed                          uint64
	seedFile                      string
	seeded, clocked               bool // --seed, --clock were given
	state, validate, auth, login  string
	limits                        string
	noCredentials                 bool
	sandboxes, faultHeader        string
	clock                         string
	readyFile                     string
	watch                         bool
	tls                           bool
	alsoTLS                       *tls.Config // each contract is served over TLS too; nil: it is not
	tlsCert, tlsKey               string
	clientCA, clientDir           string
	log                           string
	quiet                         bool
	reasons, cors, selfCheck      bool
	httpsOnly                     bool
	maxBody                       int64
	journalEntries                int
}

func (s *serving) flags(f *pflag.FlagSet) {
	s.loading.flags(f)
	s.delivering.flags(f)
	s.storing.flags(f)
	s.observing.flags(f)
	f.StringVar(&s.listen, "listen", "127.0.0.1:4010", "address of the first contract, the others follow on the next ports; port 0 picks a free one")
	f.StringVar(&s.control, "control", "", "address of the management API (default: the port behind the last contract's, on loopback)")
	f.StringVar(&s.controlToken, "control-token", "", "token that the management API asks for (default: UNDERSTUDY_CONTROL_TOKEN); made up where it is not on loopback and none is given")
	f.StringArrayVar(&s.controlHosts, "control-host", nil, "further host name by which the management API may be called, such as a container's (repeatable)")
	f.BoolVar(&s.noControl, "no-control", false, "no management API")
	f.BoolVar(&s.onePort, "one-port", false, "all contracts on one port, told apart by their paths")
	f.Uint64Var(&s.seed, "seed", 1, "number from which all invented values come; given, credentials come from it too, else they are random")
	f.StringVar(&s.seedFile, "seed-file", "", "YAML or JSON file with items that exist from the start")
	f.StringVar(&s.state, "state", "strict", "unknown ids: strict (404), invent (made up from the id), off (no state: examples only)")
	f.StringVar(&s.validate, "validate", "enforce", "requests that break the contract: enforce (refused), observe (journalled), off")
	f.StringVar(&s.auth, "auth", "enforce", "credentials: enforce (bad ones are refused), observe (journalled), off")
	f.StringVar(&s.limits, "limits", "enforce", "limits that the contract declares: enforce (429 when used up), observe (journalled and shown), off")
	f.BoolVar(&s.noCredentials, "no-credentials", false, "nothing is good from the start: keys are made over the management API")
	f.StringVar(&s.login, "login", "page", "logins at the identity provider: page (somebody chooses and approves), auto (approved at once)")
	f.StringVar(&s.faultHeader, "fault-header", "loopback", "whose requests may order faults for themselves with the header Understudy-Fault: loopback, all, never")
	f.StringVar(&s.sandboxes, "sandboxes", "named", "sandboxes that requests name: named (they must have been made), auto (they are made)")
	f.StringVar(&s.clock, "clock", "real", "real, or an instant in RFC 3339 at which the clock stands still")
	f.StringVar(&s.readyFile, "ready-file", "", "file that is written when requests are answered: addresses as one JSON object")
	f.BoolVar(&s.watch, "watch", false, "load a contract again when one of its files changes; its state begins anew")
	f.BoolVar(&s.tls, "tls", false, "serve over TLS with a generated certificate")
	f.StringVar(&s.tlsCert, "tls-cert", "", "certificate file (PEM) for --tls instead of a generated one")
	f.StringVar(&s.tlsKey, "tls-key", "", "key file (PEM) of --tls-cert")
	f.StringVar(&s.clientCA, "tls-client-ca", "", "file (PEM) of the authorities whose client certificates are believed, for mutualTLS")
	f.StringVar(&s.clientDir, "tls-client-dir", "", "folder into which an authority, a client certificate and its key are written for mutualTLS")
	f.StringVar(&s.log, "log", "text", "form of the log: text or json")
	f.BoolVar(&s.quiet, "quiet", false, "log no requests, only warnings and errors")
	f.BoolVar(&s.reasons, "reasons", false, "put the real reason of a refusal into the header Understudy-Reason")
	f.BoolVar(&s.cors, "cors", false, "let browser pages of every origin call, whatever the contract says")
	f.BoolVar(&s.selfCheck, "self-check", false, "judge each answer against the contract before it leaves")
	f.BoolVar(&s.httpsOnly, "https-only", false, "refuse plain HTTP where the contract does")
	f.Int64Var(&s.maxBody, "max-body", 16<<20, "largest request body in bytes")
	f.IntVar(&s.journalEntries, "journal-entries", 10_000, "exchanges that the journal keeps")
}

func (p *process) serveCommand() *cobra.Command {
	var s serving
	cmd := &cobra.Command{
		Use: "serve CONTRACT…", Short: "Stand in for one or several APIs", Args: cobra.MinimumNArgs(1),
		Example: `  understudy serve ecoevents
  understudy serve openapi.yaml --state invent --cors
  understudy serve ecosire echowin --listen 127.0.0.1:0 --ready-file ready.json
  understudy serve https://example.com/openapi.json --overlay ours.overlay.yaml`,
		RunE: func(cmd *cobra.Command, args []string) error {
			s.seeded, s.clocked = cmd.Flags().Changed("seed"), cmd.Flags().Changed("clock")
			if err := p.fromEnvironment(cmd.Flags(), serveVariables); err != nil {
				return err
			}
			return p.serve(cmd.Context(), &s, args)
		},
	}
	s.flags(cmd.Flags())
	return cmd
}

// settings turns flags into the options that every stand-in of this run shares.
func (p *process) settings(s *serving) (mock.Options, error) {
	o := mock.Options{
		Seed: s.seed, Reasons: s.reasons, RequestID: s.requestID, AnyOrigin: s.cors, OwnPage: s.management.serves, SelfCheck: s.selfCheck, HTTPSOnly: s.httpsOnly,
		MaxBody: s.maxBody, Journal: mock.JournalLimits{Entries: s.journalEntries},
	}
	enforcement := []mock.Enforcement{mock.Enforce, mock.Observe, mock.Ignore}
	err := errors.Join( // all that is wrong at once
		choice(&o.State, "state", s.state, []resource.Mode{resource.Strict, resource.Invent, resource.Off}),
		choice(&o.Validate, "validate", s.validate, enforcement),
		choice(&o.Auth, "auth", s.auth, enforcement),
		choice(&o.Limits, "limits", s.limits, enforcement),
		choice(nil, "login", s.login, []string{"page", "auto"}),
		choice(nil, "deliveries", s.deliveries, []string{"on", "off"}),
		choice(nil, "sandboxes", s.sandboxes, []string{"named", "auto"}),
		choice(&o.FaultHeader, "fault-header", s.faultHeader, []mock.FaultRule{"loopback", mock.FaultsFromAll, mock.FaultsFromNobody}),
		choice(nil, "log", s.log, []string{"text", "json"}),
		choice(nil, "log-level", s.logLevel, []string{"debug", "info", "warn", "error"}),
	)
	if err != nil {
		return o, err
	}
	if o.FaultHeader == "loopback" {
		o.FaultHeader = mock.FaultsFromLoopback
	}
	o.AutoApprove, o.AutoSandboxes = s.login == "auto", s.sandboxes == "auto"
	o.NoCredentials = s.noCredentials
	if o.Webhooks, err = s.delivering.options(); err != nil {
		return o, err
	}
	if o.ClientCAs, err = s.clientAuthorities(time.Now()); err != nil {
		return o, err
	}
	if s.maxBody <= 0 || s.journalEntries <= 0 {
		return o, errors.New("--max-body and --journal-entries take numbers above 0")
	}
	o.Logger = s.logger(p.err)
	return o, s.furnish(&o)
}

// choice sets what a flag chooses, one of a few words; a nil into is for what is told elsewhere.
func choice[T ~string](into *T, flag, value string, known []T) error {
	if !slices.Contains(known, T(value)) {
		words := make([]string, len(known))
		for i, word := range known {
			words[i] = string(word)
		}
		last := len(words) - 1
		return fmt.Errorf("--%s %s: use %s or %s", flag, value, strings.Join(words[:last], ", "), words[last])
	}
	if into != nil {
		*into = T(value)
	}
	return nil
}

// logger writes the log in the form of --log.
func (s *serving) logger(w io.Writer) *slog.Logger {
	options := &slog.HandlerOptions{Level: s.level(s.quiet)}
	if s.log == "json" {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}

// clockOf makes the run's one clock: following real time, or standing still at an instant.
func clockOf(text string) (*clock.Virtual, error) {
	if text == "real" {
		return clock.New(clock.Options{}), nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return nil, fmt.Errorf("--clock %s: give real, or an instant such as 2026-01-31T12:00:00Z", text)
	}
	return clock.New(clock.Options{At: at, Frozen: true}), nil
}

// serve runs until it is interrupted.
func (p *process) serve(ctx context.Context, s *serving, sources []string) error {
	options, err := p.settings(s)
	if err != nil {
		return err
	}
	if err := p.openTelemetry(&s.observing, options.Logger); err != nil {
		return errors.Join(err, s.depot.close())
	}
	defer s.closeTelemetry() // last: deliveries may be under way until then
	settle := p.hurry()
	house, err := p.open(ctx, s, options, sources)
	if err != nil {
		settle()
		return err
	}
	defer house.close()
	err = house.announce(p, s)
	settle() // it answers by now
	if err != nil {
		return err
	}
	if s.watch {
		stop, err := house.watch(ctx, s, options)
		if err != nil {
			return err
		}
		defer stop()
	}
	select {
	case <-ctx.Done():
		house.drain(s.drain, options.Logger)
		options.Logger.Info("stopping")
		return nil
	case err := <-house.failed():
		return fmt.Errorf("serve: %w", err)
	}
}

// A stand is one contract being served.
type stand struct {
	source   string
	contract *contracts.Contract
	handler  *swapHandler
	listener *mock.Listener // shared with --one-port
	other    *mock.Listener // in clear where listener is not, or the other way round; nil: there is none
}

// baseURL is what a client's base URL has to be.
func (s *stand) baseURL() string { return s.listener.URL() + s.base() }

// otherURL is the same at the other listener; empty: there is none.
func (s *stand) otherURL() string {
	if s.other == nil {
		return ""
	}
	return s.other.URL() + s.base()
}

func (s *stand) base() string {
	if len(s.contract.Servers) == 0 {
		return ""
	}
	return s.contract.Servers[0].Base
}

// A house is everything that one serve command runs.
type house struct {
	stands    []*stand
	listeners []*mock.Listener
	control   *mock.Listener
	handler   *control.Handler
	token     string
	depot     *depot
}

// open loads the contracts and opens all listeners. The addresses answer when it returns.
func (p *process) open(ctx context.Context, s *serving, options mock.Options, sources []string) (h *house, err error) {
	h = &house{depot: s.depot}
	defer func() {
		if err != nil {
			h.close()
		}
	}()
	list, err := s.load(ctx, sources)
	if err != nil {
		return h, err
	}
	seeds, err := readSeedFile(s.seedFile)
	if err != nil {
		return h, err
	}
	for i, c := range list {
		p.warn(c, 5)
		server, err := s.newServer(ctx, options, c, seeds.of(c.Name, len(list) == 1))
		if err != nil {
			return h, err
		}
		h.stands = append(h.stands, &stand{source: sources[i], contract: c, handler: newSwapHandler(server)})
	}
	if err := seeds.unused(h); err != nil {
		return h, err
	}
	s.watched(h.stands)
	if err := h.listen(ctx, s, options.Logger); err != nil {
		return h, err
	}
	s.depot.keep(h.servers, options)
	if s.noControl {
		return h, nil
	}
	return h, h.openControl(ctx, s, options)
}

// servers are the stand-ins as they are now.
func (h *house) servers() []*mock.Server {
	list := make([]*mock.Server, len(h.stands))
	for i, st := range h.stands {
		list[i] = st.handler.server()
	}
	return list
}

func (s *serving) newServer(ctx context.Context, options mock.Options, c *contracts.Contract, seeds map[string][]any) (server *mock.Server, err error) {
	options.Contract, options.Seeds, options.Observer = c, seeds, s.observer(c.Name)
	if options.Store, err = s.depot.of(c.Name); err != nil {
		return nil, err
	}
	options.Replica = s.depot.replica(c.Name)
	return mock.New(ctx, options)
}

// listen opens one port for each contract, the next port for the next one, or one port for all.
func (h *house) listen(ctx context.Context, s *serving, logger *slog.Logger) error {
	host, portText, err := net.SplitHostPort(s.listen)
	if err != nil {
		return fmt.Errorf("--listen %s: give an address such as 127.0.0.1:4010", s.listen)
	}
	port, err := strconv.Atoi(portText)
	if err != nil || port < 0 || port > 65535 {
		return fmt.Errorf("--listen %s: the port is a number from 0 to 65535", s.listen)
	}
	tlsConfig, err := s.tlsConfig(host)
	if err != nil {
		return err
	}
	if s.onePort {
		l, err := mock.Listen(ctx, s.listen, h.dispatcher(), tlsConfig, logger)
		if err != nil {
			return err
		}
		h.listeners = append(h.listeners, l)
		for _, st := range h.stands {
			st.listener = l
		}
		return nil
	}
	for i, st := range h.stands {
		at := port
		if port != 0 {
			at += i
		}
		l, err := mock.Listen(ctx, net.JoinHostPort(host, strconv.Itoa(at)), st.handler, tlsConfig, logger)
		if err != nil {
			return err
		}
		st.listener = l
		h.listeners = append(h.listeners, l)
		if s.alsoTLS == nil {
			continue
		}
		if st.other, err = mock.Listen(ctx, net.JoinHostPort(host, "0"), st.handler, s.alsoTLS, logger); err != nil {
			return err
		}
		h.listeners = append(h.listeners, st.other)
		if st.contract.Behaviour.TLSOnly {
			st.listener, st.other = st.other, st.listener
		}
	}
	return nil
}

// openControl opens the management API: behind the last contract's port unless the user said where.
func (h *house) openControl(ctx context.Context, s *serving, options mock.Options) error {
	address := s.control
	if address == "" {
		address = "127.0.0.1:0"
		if _, port, err := net.SplitHostPort(s.listen); err == nil && port != "0" {
			if n, err := strconv.Atoi(port); err == nil {
				next := n + len(h.stands)
				if s.onePort {
					next = n + 1
				}
				address = net.JoinHostPort("127.0.0.1", strconv.Itoa(next))
			}
		}
	}
	token, err := controlToken(address, s.controlToken)
	if err != nil {
		return err
	}
	h.token = token
	h.handler = control.New(control.Options{Token: token, Version: version(), Clock: options.Clock, Seed: options.Seed, Logger: options.Logger, Hosts: s.controlHosts,
		Metrics: s.metrics(), Profiles: s.pprof,
		Console: console.Handler(), Judge: &consoleJudge{serving: s, house: h}})
	for _, st := range h.stands {
		h.handler.Add(st.contract.Name, st.baseURL(), st.handler.server)
	}
	h.control, err = mock.Listen(ctx, address, h.handler, nil, options.Logger)
	if err == nil {
		s.management.set(h.control.Address())
		h.handler.Ready(h.depot.checks()...)
	}
	return err
}
