package mock

import (
	"context"
	"io"
	"net/http"
	"slices"
	"sync"

	"understudy/contracts"
	"understudy/contracts/inference"
	"understudy/contracts/signature"
	"understudy/mock/clock"
	"understudy/mock/credential"
	"understudy/mock/resource"
	"understudy/mock/store"
	"understudy/mock/webhook"
)

// WebhookOptions say how deliveries are made. The zero value is good.
type WebhookOptions struct {
	Network webhook.Policy // where they may go; zero: to public addresses and loopback
	Limits  webhook.Limits // zero: the defaults
	// Silent lets nothing leave the process: every delivery counts as taken with 204 and reaches nobody.
	Silent bool
}

// notices are what a server knows of telling others what happens.
type notices struct {
	home     resource.World                                   // names of the default account and environment
	inferred map[*inference.Collection][]inference.EventCause // events that changes cause by themselves
	tells    bool                                             // requests may have to be told of
	parts    contracts.EndpointItem                           // where the parts of an endpoint are in the contract's own items
	muted    muted                                            // families of events that are switched off
	creating sync.Mutex                                       // one event at a time creates items
}

// openWebhooks makes who hears of events. It comes before the state, which may tell of some at once.
func (s *Server) openWebhooks(ctx context.Context) (err error) {
	o := webhook.Options{
		Contract: s.contract, Store: s.options.Store, Clock: s.clock, Seed: s.options.Seed, Secret: s.options.Secret,
		Network: s.options.Webhooks.Network, Limits: s.options.Webhooks.Limits, Logger: s.logger,
	}
	if s.options.Observer != nil {
		o.Observer = s.options.Observer
	}
	if s.options.Replica != nil {
		o.Replica = s.options.Replica.Number
	}
	if s.options.Webhooks.Silent {
		o.Transport = silence{}
	}
	if s.webhooks, err = webhook.New(ctx, o); err != nil {
		return err
	}
	s.inbox = newInbox(s.clock, s.inboxKeys)
	return nil
}

// prepareEvents finds out what may have to be told. It comes behind the state.
func (s *Server) prepareEvents() {
	s.inferred = inferEvents(s.model)
	s.tells = s.tellsAnything()
	s.parts, _ = s.contract.EndpointItem()
}

// nameHome notes how the default world's account and environment are called.
func (s *Server) nameHome(accounts, environments []string) {
	if len(accounts) > 0 {
		s.home.Account = accounts[0]
	}
	if len(environments) > 0 {
		s.home.Environment = environments[0]
	}
}

// forkWebhooks gives a sandbox its own deliveries.
func (s *Server) forkWebhooks(main *Server, world store.World, secret [32]byte, joined bool) (err error) {
	s.home, s.inferred, s.tells, s.parts = main.home, main.inferred, main.tells, main.parts
	s.inbox = newInbox(s.clock, s.inboxKeys)
	if joined {
		s.webhooks, err = main.webhooks.Join(context.Background(), world, s.clock, s.options.Seed, secret)
		return err
	}
	s.webhooks, err = main.webhooks.Fork(context.Background(), world, s.clock, s.options.Seed, secret)
	return err
}

// resetWebhooks takes endpoints, events and deliveries back to what they were at the start.
func (s *Server) resetWebhooks(ctx context.Context) error {
	if err := s.forgetInbound(ctx); err != nil {
		return err
	}
	if err := s.forgetEndpointItems(ctx); err != nil {
		return err
	}
	return s.webhooks.Reset(ctx)
}

// Webhooks gives who hears of the contract's events: endpoints, events and deliveries. Events are told through Emit, which
// also lets come into being what they create.
func (s *Server) Webhooks() *webhook.Webhooks { return s.webhooks }

// Inbox gives what receives deliveries in place of a server of the user's own.
func (s *Server) Inbox() *Inbox { return s.inbox }

// Close takes no more events and waits until the deliveries that are due are over; when ctx ends first they are cut off, and
// the error is ctx's. WebSocket connections end. Requests are answered all the same, and tell nobody.
func (s *Server) Close(ctx context.Context) error {
	s.realtime.Close()
	err := s.webhooks.Close(ctx)
	s.Stop()
	s.settleJournals(ctx)
	return err
}

// Stop ends at once all that goes on without a request: deliveries, those of sandboxes too, and WebSocket connections. It is
// for a server that another one has replaced.
func (s *Server) Stop() {
	s.realtime.Close()
	s.webhooks.Stop()
	s.resources.Close()
	s.leaveShare()
	if s.sandboxes == nil {
		return
	}
	for _, box := range s.sandboxes.List() {
		box.server.Stop()
	}
}

// inboxKeys are the secrets with which a delivery to the inbox may be signed: those of all endpoints, the stand-in's own, and
// those of the webhooks that the contract takes from others.
func (s *Server) inboxKeys() []InboxKey {
	var list []InboxKey
	add := func(name string, scheme signature.Scheme, texts []string) {
		if len(texts) > 0 && !slices.ContainsFunc(list, func(k InboxKey) bool { return k.Scheme == scheme && slices.Equal(k.Secrets, texts) }) {
			list = append(list, InboxKey{Name: name, Scheme: scheme, Secrets: texts})
		}
	}
	endpoints, err := s.webhooks.Endpoints(context.Background())
	if err != nil {
		s.logger.Error("the inbox cannot see the endpoints", "contract", s.contract.Name, "error", err)
	}
	events := s.contract.Events()
	for _, e := range events {
		if e.Scheme.Kind.NeedsSecret() {
			add(e.Secret, e.Scheme, []string{s.webhooks.SecretText(e.Secret)})
		}
	}
	for i := range endpoints {
		secrets, err := s.webhooks.Secrets(context.Background(), endpoints[i].ID)
		if err != nil {
			continue // it was just removed
		}
		for _, e := range events {
			if !e.Scheme.Kind.NeedsSecret() {
				continue
			}
			name := e.Secret
			if endpoints[i].SecretName != "" {
				name = endpoints[i].SecretName
			}
			add(name, e.Scheme, secretTexts(secrets[name]))
		}
	}
	for _, kind := range s.InboundKinds() {
		add(InboundEnv(kind), signature.Scheme{Kind: kind}, s.inboundSecrets(kind))
	}
	return list
}

func secretTexts(list []webhook.Secret) []string {
	texts := make([]string, len(list))
	for i := range list {
		texts[i] = list[i].Text
	}
	return texts
}

// Ready gives the environment lines of all that a client is configured with from the start: its credentials, and the secrets
// of webhooks that it sends or takes.
func (s *Server) Ready() []credential.Ready {
	list := s.credentials.Ready()
	add := func(name, text string) {
		env := name
		for _, line := range s.contract.Behaviour.EnvNames {
			if line.From == name {
				env = line.Name
			}
		}
		if text != "" && !slices.ContainsFunc(list, func(r credential.Ready) bool { return r.Env == env }) {
			list = append(list, credential.Ready{Env: env, Value: text, Secret: true})
		}
	}
	for _, name := range s.webhooks.SecretNames() {
		add(name, s.webhooks.SecretText(name))
	}
	for _, kind := range s.InboundKinds() {
		if texts := s.inboundSecrets(kind); len(texts) > 0 {
			add(InboundEnv(kind), texts[0])
		}
	}
	return append(list, s.realtimeReady()...)
}

// soon runs f when what happens now is over, on the server's clock.
func (s *Server) soon(label string, f func()) { clock.Schedule(s.clock, 0, label, f) }

// worldOf names the account and the environment of a world: those of the default one have names as well, where the contract
// gives them.
func (s *Server) worldOf(account, environment string) (string, string) {
	if account == "" {
		account = s.home.Account
	}
	if environment == "" {
		environment = s.home.Environment
	}
	return account, environment
}

// silence takes every delivery and sends it nowhere.
type silence struct{}

func (silence) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		_ = r.Body.Close()
	}
	return &http.Response{
		Status: "204 No Content", StatusCode: http.StatusNoContent, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{}, Body: io.NopCloser(http.NoBody), Request: r,
	}, nil
}
