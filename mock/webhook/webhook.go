// Package webhook knows who hears of it: it sends the events of a contract to the endpoints that were registered for them,
// signed, again and again by a schedule until they are taken, and writes each attempt down.
//
// A Webhooks serves one contract in one world. Everything it does is in the store first, so that a store that lasts lets a
// new process go on where the last one stopped: at least once, duplicates under the same event id. Every wait is on the one
// clock; only sockets live in real time. It sends nowhere but to registered endpoints, and to the addresses that its Policy
// lets it.
package webhook

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"

	"understudy/contracts"
	"understudy/contracts/signature"
	"understudy/mock/clock"
	"understudy/mock/store"
)

// Options are what a Webhooks is made of. Only Contract is required.
type Options struct {
	Contract *contracts.Contract
	Store    store.Store // nil: a new one in memory
	Clock    clock.Clock // nil: the real time
	Seed     uint64      // of made-up payloads and of jitter
	// Secret is where ids and the endpoints' secrets come from. Equal secrets make equal ones; the zero value is good for
	// tests only.
	Secret  [32]byte
	Network Policy // which addresses may be delivered to; zero: public ones and loopback
	// Transport carries requests out, in place of a client of our own. It must follow no redirects, and then only the
	// addresses that stand literally in URLs are judged by Network.
	Transport http.RoundTripper
	Limits    Limits
	Logger    *slog.Logger // nil: nothing is logged
	Observer  Observer     // hears of attempts; nil: nobody does
	// Replica is a number of this process that none other has which shares the store, where that is a store.Shared. Such a process
	// sends nothing until Lead is called.
	Replica uint64
}

// Limits bound what is kept and done at a time. Zero members are the defaults.
type Limits struct {
	Endpoints int   // that may be registered; 0: 256
	Pending   int   // deliveries that are not finished; more are dead at once and can be replayed; 0: 100,000
	Kept      int   // finished deliveries that are remembered, the oldest go first; 0: 10,000
	Bytes     int64 // of payloads and records of attempts; 0: 64 MiB
	Attempts  int   // under way at the same time, over all endpoints and forks; 0: 256
}

func (l Limits) filled() Limits {
	fill := func(n *int, value int) {
		if *n <= 0 {
			*n = value
		}
	}
	fill(&l.Endpoints, 256)
	fill(&l.Pending, 100_000)
	fill(&l.Kept, 10_000)
	fill(&l.Attempts, 256)
	if l.Bytes <= 0 {
		l.Bytes = 64 << 20
	}
	return l
}

// Bounds of a fork's memory: there may be many.
const (
	forkKept    = 1_000
	forkPending = 10_000
	forkBytes   = 8 << 20
)

// What callers decide on.
var (
	ErrNotFound = errors.New("not found")
	ErrTooMany  = errors.New("there are too many")
	ErrClosed   = errors.New("the sender of webhooks is closed")
	ErrState    = errors.New("the delivery is in another state")
)

// A RequestError says what is wrong with what was asked for.
type RequestError struct {
	Field  string // "url", "events/0"
	Reason string // "must be an absolute http or https URL"
}

func (e *RequestError) Error() string { return e.Field + " " + e.Reason }

// A sender is what a Webhooks and its forks have in common.
type sender struct {
	contract  *contracts.Contract
	conduct   conduct
	kinds     map[string]signature.Kind // of the contract's secrets, by environment name
	policy    Policy
	transport http.RoundTripper
	own       *http.Transport // nil: the transport came from outside
	logger    *slog.Logger
	observer  Observer      // nil: there is none
	slots     chan struct{} // one token for each attempt under way
}

// Webhooks sends the events of one contract. It is safe for concurrent use. Make it with New.
type Webhooks struct {
	*sender
	store   store.Store
	clock   clock.Clock
	seed    uint64
	secret  [32]byte // where secrets come from
	issuing [32]byte // where ids come from
	limits  Limits

	texts      sync.Map // of secrets of the stand-in's own, by environment name
	commits    commits
	deliveries recent[delivery]
	events     recent[event]

	number  atomic.Uint64 // the last that was given to an endpoint, event, delivery or order
	shared  bool          // the store is others' too
	replica uint64        // among them
	leads   atomic.Bool   // this process sends
	hooks   hooks

	registry  sync.Mutex // held while an endpoint is changed, before mu
	mu        sync.Mutex
	endpoints map[string]*endpoint // by id; what the store holds, decoded
	lanes     map[string]*lane     // that have anything on them
	era       *era
	closed    bool
}

// An era ends when the store is put back to another state: what was under way then must not be written any more.
type era struct {
	ctx    context.Context
	cancel context.CancelFunc
	keys   keys // where the era's records stand
	kept   *kept
	marks  marks
}

func newEra(k keys, b *kept) *era {
	ctx, cancel := context.WithCancel(context.Background())
	return &era{ctx: ctx, cancel: cancel, keys: k, kept: b}
}

// New makes the sender of a contract: with the endpoints that the contract declares where the store has none yet, and with
// what the store says is still to be delivered.
func New(ctx context.Context, o Options) (*Webhooks, error) {
	if o.Contract == nil {
		return nil, errors.New("new sender of webhooks: no contract was given")
	}
	if o.Store == nil {
		o.Store = store.NewMemory()
	}
	if o.Clock == nil {
		o.Clock = clock.Real{}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	limits := o.Limits.filled()
	s := &sender{
		contract: o.Contract, conduct: newConduct(o.Contract), kinds: kindsOf(o.Contract), policy: o.Network, transport: o.Transport, logger: o.Logger, observer: o.Observer,
		slots: make(chan struct{}, limits.Attempts),
	}
	if s.transport == nil {
		s.own = o.Network.transport(limits.Attempts)
		s.transport = s.own
	}
	w := &Webhooks{sender: s, store: o.Store, clock: o.Clock, seed: o.Seed, secret: o.Secret, issuing: o.Secret, limits: limits}
	w.share(o.Replica)
	if err := w.open(ctx); err != nil {
		return nil, fmt.Errorf("open the webhooks of %s: %w", o.Contract.Name, err)
	}
	return w, nil
}

// Contract gives what the events are of.
func (w *Webhooks) Contract() *contracts.Contract { return w.contract }

// Fork gives the sender of a sandbox, over a store that holds the same records: the same endpoints with the same secrets, but
// deliveries, events and orders of its own; nothing that is under way in the origin is sent by the fork too. A secret
// of its own makes its ids and new secrets differ; the zero value keeps the origin's.
func (w *Webhooks) Fork(ctx context.Context, s store.Store, k clock.Clock, seed uint64, secret [32]byte) (*Webhooks, error) {
	f := w.fork(s, k, seed, secret)
	if err := f.turn(ctx); err != nil {
		return nil, fmt.Errorf("fork the webhooks of %s: %w", w.contract.Name, err)
	}
	return f, nil
}

// Join gives the sender of a sandbox that another process made by Fork, over the same store.
func (w *Webhooks) Join(ctx context.Context, s store.Store, k clock.Clock, seed uint64, secret [32]byte) (*Webhooks, error) {
	f := w.fork(s, k, seed, secret)
	if _, err := f.load(ctx); err != nil {
		return nil, fmt.Errorf("join the webhooks of %s: %w", w.contract.Name, err)
	}
	return f, nil
}

func (w *Webhooks) fork(s store.Store, k clock.Clock, seed uint64, secret [32]byte) *Webhooks {
	f := &Webhooks{sender: w.sender, store: s, clock: k, seed: seed, secret: w.secret, issuing: w.issuing, limits: w.limits}
	if secret != [32]byte{} {
		f.issuing = secret
	}
	f.deliveries.few, f.events.few = true, true
	f.share(w.replica)
	f.limits.Kept, f.limits.Pending, f.limits.Bytes = min(f.limits.Kept, forkKept), min(f.limits.Pending, forkPending), min(f.limits.Bytes, forkBytes)
	return f
}
