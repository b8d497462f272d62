// Package mock is the stand-in: an HTTP server that answers as a contract says, with state.
//
// A Server serves one contract on the contract's own paths. What a request goes through is one list, in
// stages.go; each stage is a file that asks a room (resource, later credential, quota and webhook) and translates
// its answer. Errors meet HTTP in one place, shape.go, and answers leave through render.go.
package mock

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"understudy/contracts"
	"understudy/contracts/inference"
	"understudy/contracts/redact"
	"understudy/contracts/schema"
	"understudy/mock/clock"
	"understudy/mock/credential"
	"understudy/mock/credential/identity"
	"understudy/mock/quota"
	"understudy/mock/realtime"
	"understudy/mock/resource"
	"understudy/mock/store"
	"understudy/mock/webhook"
)

// An Enforcement says what becomes of a request that breaks a rule.
type Enforcement string

// The enforcements. The zero value is Enforce.
const (
	Enforce Enforcement = "enforce" // it is refused
	Observe Enforcement = "observe" // it passes and the journal tells what would have been refused
	Ignore  Enforcement = "off"     // nobody looks
)

// Options are what a Server is made of. Only Contract is required.
type Options struct {
	Contract *contracts.Contract
	Store    store.Store      // nil: a new one in memory
	Clock    clock.Clock      // nil: the real time
	Seed     uint64           // of all invented values; 0 is a seed like any other
	State    resource.Mode    // empty: resource.Strict
	Validate Enforcement      // of requests; empty: Enforce
	Auth     Enforcement      // of credentials; empty: Enforce
	Limits   Enforcement      // of limits; empty: Enforce
	Seeds    map[string][]any // items that exist from the start, by collection path or name, besides the contract's own

	// Secret is where credentials, their ids and signing keys come from. Equal secrets make equal credentials; one that
	// nobody else knows is random. The zero value is good for tests only.
	Secret [32]byte
	// NoCredentials leaves out the credentials that exist from the start: nothing is good until somebody makes it.
	NoCredentials bool
	// ClientCAs are the authorities whose client certificates are believed (mutualTLS); nil: none are.
	ClientCAs *x509.CertPool
	// AutoApprove lets the identity provider approve every login without showing a page.
	AutoApprove bool

	Journal JournalLimits // zero: the defaults of NewJournal
	MaxBody int64         // bytes of a request body; 0: 16 MiB
	// Reasons adds the header Understudy-Reason with the real reason to refused answers.
	Reasons bool
	// AnyOrigin lets pages of every origin call, whatever the contract says.
	AnyOrigin bool
	// OwnPage says that an origin is that of pages of our own, such as those of the management API, which may call whatever the
	// contract says; nil: there are none.
	OwnPage func(origin string) bool
	// SelfCheck judges each answer against the contract before it leaves; a breach is logged and journalled.
	SelfCheck bool
	// HTTPSOnly refuses plain requests where the contract asks for TLS (x-understudy tlsOnly).
	HTTPSOnly bool
	// AutoSandboxes makes a sandbox that a request names and that is not there.
	AutoSandboxes bool
	// Idempotency bounds the answers that are kept for repeats.
	Idempotency IdempotencyLimits
	// Webhooks says how events are delivered.
	Webhooks WebhookOptions
	// FaultHeader says whose requests may order faults for themselves by the header Understudy-Fault.
	FaultHeader FaultRule
	Logger      *slog.Logger // nil: nothing is logged
	// Observer hears of all that is done; nil: nobody does.
	Observer Observer
	// Replica says which of several processes this is, for a store that they share; nil: the store is nobody else's.
	Replica *Replica
	// RequestID adds to every answer the id under which the log and the traces name its request: in the header that the contract
	// documents for it, else in X-Request-Id.
	RequestID bool
}

// A Server stands in for one API. It is safe for concurrent use.
type Server struct {
	contract    *contracts.Contract
	credentials *credential.Registry
	identity    *identity.Provider // nil: the contract needs none
	limits      *quota.Limits      // nil: the contract declares none
	realtime    *realtime.Hub      // nil: the contract has no WebSocket endpoint
	webhooks    *webhook.Webhooks  // who hears of events
	inbox       *Inbox
	resources   *resource.Resources
	model       *inference.Model
	clock       clock.Clock
	journal     *Journal
	marked      *MarkedJournal
	redactor    *redact.Redactor
	options     Options
	logger      *slog.Logger
	corsRule    *contracts.CORS
	ownPageRule func() *contracts.CORS // for pages of our own
	shapes      *shapes
	spelling    []spelledName
	pages       map[string]http.HandlerFunc
	order       []stage
	trails      [][]StageNote // by the stage that answered

	flights     flights     // requests with an idempotency key
	transitions transitions // that the journal has still to tell

	faults  *Faults // trouble that is ordered
	modules modules // parts of the contract that are switched off
	notices         // what is told of requests to others

	sandboxes *Sandboxes    // nil in a sandbox
	sandbox   string        // name of the sandbox that this server is; empty: none
	origin    *store.Memory // what the sandbox began with; nil: it is none

	run *run // what a bundle is made of

	sharing *sharing // with other processes over the same store; nil: there are none

	connections *atomic.Uint64 // how many were met; apart, since each of them refers to it as long as it lives
	requests    atomic.Uint64  // how many came since the run began
	ids         requestIDs

	date  atomic.Pointer[dateLine]
	ready *sync.Map // *contracts.Response or *contracts.Example → what was prepared once
}

// New makes a server for a contract: it infers the resources and fills them with what exists from the start.
func New(ctx context.Context, o Options) (made *Server, err error) {
	if o.Contract == nil {
		return nil, fmt.Errorf("new server: no contract was given")
	}
	if o.Store == nil {
		o.Store = store.NewMemory()
	}
	if o.Clock == nil {
		o.Clock = clock.Real{}
	}
	if o.MaxBody == 0 {
		o.MaxBody = 16 << 20
	}
	if o.Validate == "" {
		o.Validate = Enforce
	}
	if o.Auth == "" {
		o.Auth = Enforce
	}
	if o.Limits == "" {
		o.Limits = Enforce
	}
	if o.State == "" {
		o.State = resource.Strict
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Server{
		contract: o.Contract, clock: o.Clock, options: o, logger: o.Logger,
		redactor: redact.New(o.Contract),
		corsRule: o.Contract.Behaviour.CORS,
		shapes:   newShapes(o.Contract),
		spelling: spellings(o.Contract),
		ready:    &sync.Map{}, connections: new(atomic.Uint64),
	}
	s.journal = NewJournal(o.Journal, s.redactor)
	s.marked = newMarked(s.journal, s.redactor, o.Secret)
	s.ownPageRule = sync.OnceValue(s.permissive)
	if err := s.openCredentials(ctx); err != nil {
		return nil, err
	}
	if err := s.openLimits(ctx); err != nil {
		return nil, err
	}
	if err := s.openWebhooks(ctx); err != nil {
		return nil, err
	}
	if err := s.openResources(ctx); err != nil {
		return nil, err
	}
	s.prepareEvents()
	if err := s.orderFaults(nil); err != nil {
		return nil, err
	}
	if err := s.openRealtime(); err != nil {
		return nil, err
	}
	s.resetModules(nil)
	s.pages = s.ownPages()
	s.statusPages()
	s.order = s.stages()
	s.trails = makeTrails(s.order)
	s.ids = findRequestIDs(s.contract, o.RequestID)
	s.startRecord(s.resources.Opened(), nil, o.Seed)
	if s.sandboxes, err = newSandboxes(ctx, s); err != nil {
		return nil, err
	}
	if err := s.openShare(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// openCredentials makes who may call.
func (s *Server) openCredentials(ctx context.Context) error {
	registry, err := credential.New(ctx, credential.Options{
		Contract: s.contract, Store: s.options.Store, Clock: s.clock, Secret: s.options.Secret, Empty: s.options.NoCredentials,
		ClientCAs: s.options.ClientCAs,
	})
	if err != nil {
		return err
	}
	s.credentials = registry
	s.identity = identity.New(identity.Options{Registry: registry, AutoApprove: s.options.AutoApprove, Logger: s.logger})
	return nil
}

// openLimits makes what counts requests.
func (s *Server) openLimits(ctx context.Context) (err error) {
	s.limits, err = quota.New(ctx, quota.Options{Contract: s.contract, Store: s.options.Store, Clock: s.clock})
	if err != nil {
		return err
	}
	s.spelling = spellLimits(s.spelling, s.limits.HeaderNames())
	if s.options.AnyOrigin {
		s.corsRule = s.permissive()
	}
	return nil
}

// openResources makes what exists.
func (s *Server) openResources(ctx context.Context) error {
	accounts, err := s.credentials.Accounts(ctx)
	if err != nil {
		return err
	}
	var ids []string
	for _, a := range accounts {
		ids = append(ids, a.ID)
	}
	environments := s.credentials.Environments()
	s.nameHome(ids, environments)
	s.model = inference.Infer(s.contract)
	s.resources, err = resource.New(ctx, resource.Options{
		Model: s.model, Store: s.options.Store, Clock: s.clock, Seed: s.options.Seed, Mode: s.options.State, Seeds: s.options.Seeds,
		Accounts: ids, Environments: environments,
	})
	if err != nil {
		return fmt.Errorf("fill the collections of %s: %w", s.contract.Name, err)
	}
	s.watchTransitions()
	return nil
}

// Sandboxes gives the isolated worlds and the snapshots; nil in a sandbox.
func (s *Server) Sandboxes() *Sandboxes { return s.sandboxes }

// Digest is a digest of the contract's document with its overlays: equal ones mean equal contracts.
func (s *Server) Digest() string {
	sum := sha256.Sum256(s.contract.Document())
	return hex.EncodeToString(sum[:])
}

// Credentials gives who may call, to be looked at and changed from outside.
func (s *Server) Credentials() *credential.Registry { return s.credentials }

// Identity gives the identity provider; nil where the contract needs none.
func (s *Server) Identity() *identity.Provider { return s.identity }

// Contract gives what the server stands in for.
func (s *Server) Contract() *contracts.Contract { return s.contract }

// Model gives what was understood of the contract.
func (s *Server) Model() *inference.Model { return s.model }

// Resources gives the items, to be looked at and changed from outside.
func (s *Server) Resources() *resource.Resources { return s.resources }

// Journal gives the record of all exchanges.
func (s *Server) Journal() *Journal { return s.journal }

// Redactor gives what hides this contract's secrets in exchanges.
func (s *Server) Redactor() *redact.Redactor { return s.redactor }

// Clock gives the one clock of the server.
func (s *Server) Clock() clock.Clock { return s.clock }

// Seed gives the number from which all invented values come.
func (s *Server) Seed() uint64 { return s.options.Seed }

// Bounds of a made-up answer: some documents nest their objects without end, and nobody reads a megabyte of inventions.
const (
	madeDepth = 6
	madeNodes = 600
)

// maker makes values up for a purpose; the same key gives the same value.
func (s *Server) maker() *schema.Maker {
	return &schema.Maker{Seed: s.options.Seed, Now: s.clock.Now(), Direction: schema.Response, Examples: true, Depth: madeDepth, Nodes: madeNodes}
}

// ServeHTTP answers one request. A panic in it is a 500 and a logged bug, never the end of the server.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.sandboxes == nil {
		s.serve(w, r, "", nil)
		return
	}
	if p := s.attend(&r); p != nil {
		s.serve(w, r, "", p)
		return
	}
	world, request, prefix, err := s.sandboxes.lead(r)
	if err != nil {
		s.serve(w, request, "", sandboxProblem(err))
		return
	}
	world.serve(w, request, prefix, nil)
}

// serve answers a request in one world. prefix is what was taken off its path; a problem that was found on the way there
// is the answer.
func (s *Server) serve(w http.ResponseWriter, r *http.Request, prefix string, found *Problem) {
	c := calls.Get().(*call)
	c.server, c.response, c.request, c.path, c.prefix = s, w, r, r.URL.EscapedPath(), prefix
	c.now, c.wall = clock.Both(s.clock)
	c.number = s.requests.Add(1)
	s.watch(c)
	defer s.finish(c)
	w.Header()["Date"] = s.dateHeader(c.now)
	s.cors(c)
	if found == nil && s.sharing != nil {
		found = s.attend(&c.request)
	}
	if found == nil {
		found = c.readSeed()
	}
	if found != nil {
		s.refuse(c, found)
		s.conclude(c, refused, found.Code)
		return
	}
	for i := range s.order {
		c.stage = i
		problem := s.order[i].run(c)
		if c.reached != nil {
			c.reached = append(c.reached, clock.Real{}.Now().Sub(c.wall))
		}
		if problem == nil && i == len(s.order)-1 && !c.answered {
			problem = internalProblem(errNoAnswer)
		}
		switch {
		case problem != nil:
			s.refuse(c, problem)
			s.conclude(c, refused, problem.Code)
			return
		case c.answered:
			s.conclude(c, answered, "")
			return
		}
	}
}

var errNoAnswer = errors.New("no stage answered the request")

// finish catches a panic, writes the journal and the log line.
func (s *Server) finish(c *call) {
	cause := recover()
	if cause != nil && cause != http.ErrAbortHandler {
		s.fail(c, cause)
	}
	c.verdict.Release()
	s.giveUp(c)
	s.giveEventBack(c)
	s.notify(c)
	s.record(c)
	if c.later != nil {
		c.later()
	}
	later := c.later != nil
	if cut := c.abort && c.request.Context().Value(http.ServerContextKey) != nil; cut || cause == http.ErrAbortHandler {
		panic(http.ErrAbortHandler) // the connection is to be cut, and net/http does it without a word
	}
	if cause == nil && !later {
		c.giveBack()
	}
}

// fail answers a request that made the server panic. The answer is made with care: what failed may fail again.
func (s *Server) fail(c *call, cause any) {
	err := fmt.Errorf("panic: %v", cause)
	s.logger.Error("a request made the stand-in fail; this is a bug", "contract", s.contract.Name, "method", c.request.Method,
		"path", c.loggedPath(), "error", err, "stack", string(debug.Stack()))
	s.conclude(c, failed, codeInternal)
	c.faults = nil // they may be what failed
	if c.answered {
		c.trace.Problem, c.trace.Detail = codeInternal, err.Error()
		return
	}
	defer func() {
		if again := recover(); again != nil {
			s.logger.Error("the refusal failed as well", "error", again)
			if !c.answered {
				c.answer(http.StatusInternalServerError, nil)
			}
		}
	}()
	s.refuse(c, internalProblem(err))
}
