package credential

import (
	"context"
	"crypto/x509"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"understudy/contracts"
	"understudy/mock/clock"
	"understudy/mock/store"
)

// Options are what a Registry is made of. Contract and Store are required.
type Options struct {
	Contract *contracts.Contract
	Store    store.Store
	Clock    clock.Clock // nil: the real time
	// Secret is where all ids, texts and signing keys come from: with the same secret, clock and requests they are the same.
	Secret [32]byte
	// Empty leaves out the ready credentials: nothing is good until somebody makes it.
	Empty bool
	// ClientCAs are the authorities whose client certificates are believed (mutualTLS); nil: none are.
	ClientCAs *x509.CertPool
}

// A Registry issues credentials and knows them again. It is safe for concurrent use.
type Registry struct {
	contract  *contracts.Contract
	store     store.Store
	clock     clock.Clock
	secret    [32]byte // of keys and digests: the same in all forks
	issuing   [32]byte // of the texts and ids that are made up
	empty     bool
	clientCAs *x509.CertPool
	prefix    string // of all keys in the store

	classes  []*Class
	byName   map[string]*Class
	byScheme map[string][]*Class // by the key of the security scheme
	formats  sync.Map            // regular expression → *syntax.Regexp

	livesMu sync.Mutex
	lives   atomic.Pointer[map[string]time.Duration] // lifetimes that were changed, by class; never changed in place

	people people // what was made up for people and clients at the start
	ready  []Ready
	usage  usageBook
	audit  auditBook

	decoded decodedRecords
	texts   knownTexts
	signing *signingKeys
	foreign foreignTokens
}

// New makes the classes of a contract and what exists from the start: accounts, users, clients and one ready credential
// of each class.
func New(ctx context.Context, o Options) (*Registry, error) {
	if o.Clock == nil {
		o.Clock = clock.Real{}
	}
	r := &Registry{
		contract: o.Contract, store: o.Store, clock: o.Clock, secret: o.Secret, issuing: o.Secret, signing: &signingKeys{}, empty: o.Empty, clientCAs: o.ClientCAs,
		prefix: "credential/" + o.Contract.Name + "\x00",
	}
	if err := r.makeClasses(); err != nil {
		return nil, err
	}
	if err := r.update(ctx, r.seed); err != nil {
		return nil, fmt.Errorf("make the credentials of %s: %w", o.Contract.Name, err)
	}
	return r, nil
}

// seed makes what exists from the start, unless the store holds it already.
func (r *Registry) seed(tx store.Tx) error {
	r.ready = nil
	if err := r.seedAccounts(tx); err != nil {
		return err
	}
	if err := r.seedClients(tx); err != nil {
		return err
	}
	return r.seedReady(tx)
}

// Reset takes everything back to what it was at the start: equal credentials, since the secret is the same, and the contract's
// lifetimes. Signing keys stay.
func (r *Registry) Reset(ctx context.Context) error {
	err := r.update(ctx, func(tx store.Tx) error {
		keep, err := tx.Get(r.prefix + keySigning)
		if err != nil {
			keep = nil
		}
		for key := range tx.Scan(r.prefix, store.Scan{}) {
			if err := tx.Delete(key); err != nil {
				return err
			}
		}
		if keep != nil {
			if err := tx.Put(r.prefix+keySigning, keep); err != nil {
				return err
			}
		}
		return r.seed(tx)
	})
	if err != nil {
		return fmt.Errorf("reset the credentials of %s: %w", r.contract.Name, err)
	}
	r.usage.reset()
	r.audit.reset()
	r.lives.Store(nil)
	return nil
}

// Contract gives what the registry serves.
func (r *Registry) Contract() *contracts.Contract { return r.contract }

// Clock gives the one clock.
func (r *Registry) Clock() clock.Clock { return r.clock }

// Store gives where the registry keeps its records; its keys begin with "credential/".
func (r *Registry) Store() store.Store { return r.store }
