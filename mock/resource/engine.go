// Package resource is what exists behind a contract: the items of its collections, with ids, life cycles and paging.
//
// Package inference says which operation does what to which collection. This one keeps the items in a store, carries
// the operations out, and explains to people what was understood.
package resource

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"understudy/contracts/inference"
	"understudy/mock/clock"
	"understudy/mock/store"
)

// Options are what Resources are made of. Model and Store are required.
type Options struct {
	Model *inference.Model
	Store store.Store
	Clock clock.Clock // for timestamps of items; nil: the real time
	Seed  uint64
	Mode  Mode             // empty: Strict
	Seeds map[string][]any // items from the start, by collection path or name

	// Accounts and Environments are those that the contract names. The first of each are the default world's, which a
	// request that names none means as well; what exists from the start exists in every environment of the first account.
	Accounts     []string
	Environments []string
}

// Resources are the items of a contract, seen from one world: the default one, or that of In. Safe for concurrent use.
type Resources struct {
	*holdings
	view World // as keys have it
	one  bool  // In made it: it stands for one world and not for all of them
}

// Holdings are what all views of the items share.
type holdings struct {
	model *inference.Model
	store store.Store
	clock clock.Clock
	seed  uint64
	mode  Mode
	seeds map[*inference.Collection][]any

	home     *worldState // the default world
	defaults World       // how its account and environment are called
	start    []World     // the worlds that are there from the start, the default one first
	entering sync.RWMutex
	entered  map[World]*worldState // the other worlds that were seen

	timed []*inference.Collection      // whose items the clock changes
	alarm alarm                        // for the next of them
	watch atomic.Pointer[func(Change)] // hears of what the clock changes; nil: nobody does

	started time.Time // what answers invent beside the items lies near it, so that reading twice shows the same

	wrappers    sync.Map // *Binding → what its answers have around items
	members     sync.Map // *schema.Schema → *parts, sendableKey → map[string]bool; as many as the contract has
	projections projections
}

// New makes the items that exist from the start: those of seed files, of the behaviour's seed and of the
// document's examples.
func New(ctx context.Context, o Options) (*Resources, error) {
	if o.Clock == nil {
		o.Clock = clock.Real{}
	}
	if o.Mode == "" {
		o.Mode = Strict
	}
	h := &holdings{
		model: o.Model, store: o.Store, clock: o.Clock, seed: o.Seed, mode: o.Mode,
		seeds: map[*inference.Collection][]any{}, entered: map[World]*worldState{}, started: o.Clock.Now(),
	}
	if err := checkPartitions(o.Model); err != nil {
		return nil, err
	}
	if err := h.nameWorlds(o.Accounts, o.Environments); err != nil {
		return nil, err
	}
	h.home = &worldState{states: map[*inference.Collection]*collectionState{}}
	for _, c := range o.Model.Collections {
		h.home.states[c] = newCollectionState(o.Model, c)
	}
	if err := h.prepareStates(); err != nil {
		return nil, err
	}
	if err := h.prepareDerived(); err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(o.Seeds)) {
		c := o.Model.Collection(name)
		if c == nil {
			return nil, fmt.Errorf("the seeds name %q, which is no collection of the contract (known: %s)", name, strings.Join(o.Model.Paths(), ", "))
		}
		h.seeds[c] = append(h.seeds[c], o.Seeds[name]...)
	}
	if err := h.fill(ctx); err != nil {
		return nil, err
	}
	return &Resources{holdings: h}, h.awaken(ctx)
}

// Do carries out one request. The errors that the caller answers are *NotFoundError, *ConflictError,
// *PreconditionError, *RequestError and ErrStateless; any other one is a failure.
func (r *Resources) Do(ctx context.Context, q Request) (*Result, error) {
	if r.mode == Off || q.Binding.Collection == nil {
		return nil, ErrStateless
	}
	if q.Media == nil {
		q.Media = q.Binding.Media
	}
	a := &act{holdings: r.holdings, ctx: ctx, q: &q, b: q.Binding, c: q.Binding.Collection, in: r.home, now: r.clock.Now()}
	if len(r.timed) > 0 {
		if err := r.settle(ctx, a.now); err != nil {
			return nil, err
		}
	}
	if a.c.Partition.Separates() {
		var err error
		if a.in, err = r.enter(ctx, r.worldOf(&q)); err != nil {
			return nil, err
		}
	}
	a.st = a.stateOf(a.c)
	if !a.readScope() {
		return nil, a.missing()
	}
	switch a.b.Role {
	case inference.List:
		return a.list()
	case inference.Read:
		return a.read()
	case inference.Create:
		if a.hasFile() {
			return a.upload()
		}
		return a.create()
	case inference.Update:
		return a.update()
	case inference.Replace:
		return a.replace()
	case inference.Delete:
		return a.delete()
	case inference.Clear:
		return a.clear()
	case inference.Action:
		return a.action()
	case inference.Upload:
		return a.upload()
	case inference.Download:
		return a.download()
	}
	return nil, fmt.Errorf("carry out %s: no rule for the role %q", a.b.Operation.ID, a.b.Role)
}

// An act is one request being carried out.
type act struct {
	*holdings
	ctx context.Context
	q   *Request
	b   *inference.Binding
	c   *inference.Collection
	in  *worldState      // whose items are meant
	st  *collectionState // of c in that world
	now time.Time

	scope   []string // values of the collection's scope
	unknown bool     // the operation does not say the whole scope: all scopes are meant
	id      string   // of the item, "" where the operation names none

	fresh   bool // examples of schemas are not taken over: the values of another item are wanted
	given   bool // the items are the caller's and not the store's
	changes []Change

	made   any     // what the JSON of an item means that was just made of it
	madeOf *record // that item; nil: there is none
}

// write carries f out in an Update. The store may call f again: what f found out about scope and id is taken back first.
func (a *act) write(f func(tx store.Tx) error) error {
	scope, unknown, id := a.scope, a.unknown, a.id
	err := a.store.Update(a.ctx, func(tx store.Tx) error {
		a.scope, a.unknown, a.id, a.changes = slices.Clone(scope), unknown, id, nil
		return f(tx)
	})
	if err == nil && len(a.timed) > 0 {
		return a.awaken(context.WithoutCancel(a.ctx)) // the change has happened
	}
	return err
}

// readScope takes scope and id from the request's path parameters. It is false when one of them is longer than any
// name can be.
func (a *act) readScope() bool {
	a.scope = make([]string, len(a.c.Scope))
	for i := range a.c.Scope {
		if i < len(a.b.ScopeParams) && a.b.ScopeParams[i] != "" {
			a.scope[i] = clean(a.q.Arguments.String("path", a.b.ScopeParams[i]))
		} else {
			a.unknown = true
		}
	}
	parts := make([]string, 0, 2)
	for _, name := range a.b.ItemParams {
		if name == "" {
			parts = append(parts, "")
			continue
		}
		value := a.q.Arguments.String("path", name)
		if value == "" {
			value = a.q.Arguments.String("query", name)
		}
		parts = append(parts, clean(value))
	}
	a.id = strings.Join(parts, idSeparator)
	if strings.Trim(a.id, idSeparator) == "" {
		a.id = ""
	}
	total := 0
	for _, text := range append(parts, a.scope...) {
		if total += len(text); len(text) > nameMax || total > namesMax {
			return false
		}
	}
	return true
}

// A record is one item in the store: its number in the order of creation and its JSON.
type record struct {
	id    string
	scope []string
	seq   uint64
	start bool // it exists from the start: its children may too
	json  []byte
	room  []byte // json with headRoom bytes in front of it, which nobody else has; nil: there are none
	since int64  // Unix nanoseconds; the item has been in its state since then; 0 where nothing watches over states
}

// find gets the item that the request names, made up first where the mode asks for it. It fails with
// *NotFoundError, for the parent where that is what is missing.
func (a *act) find(tx store.Tx) (*record, error) {
	if a.unknown {
		if err := a.findScope(tx); err != nil {
			return nil, err
		}
	}
	value, err := tx.Get(a.st.itemKey(a.scope, a.id))
	if err == nil {
		return decodeRecord(a.id, a.scope, value), nil
	}
	if !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	return nil, a.missing()
}

func (a *act) missing() *NotFoundError { return &NotFoundError{Collection: a.c.Path, ID: a.shownID()} }

func (a *act) shownID() string {
	if a.c.Singleton {
		return a.c.Name
	}
	const longest = 100
	id := a.plainID(a.id)
	if len(id) > longest {
		id = strings.ToValidUTF8(id[:longest], "") + "…"
	}
	return id
}

// findScope looks an item up by its id alone.
func (a *act) findScope(tx store.Tx) error {
	if !a.st.anywhere || a.id == "" {
		return nil
	}
	value, err := tx.Get(a.st.prefix + keyAnywhere + a.id)
	if errors.Is(err, store.ErrNotFound) {
		return a.missing()
	}
	if err != nil {
		return err
	}
	a.scope = splitScope(string(value), len(a.scope))
	a.unknown = false
	return nil
}

// lookup finds the request's item in a View, and where that fails makes up in an Update what the mode lets exist.
func (a *act) lookup() (rec *record, invented bool, err error) {
	err = a.store.View(a.ctx, func(tx store.Tx) error {
		rec, err = a.find(tx)
		return err
	})
	var missing *NotFoundError
	if !errors.As(err, &missing) {
		return rec, false, err
	}
	err = a.write(func(tx store.Tx) error {
		rec, invented, err = a.findOrMake(tx)
		return err
	})
	return rec, invented, err
}

// findOrMake is find in an Update: it may fill the collection and make the item up.
func (a *act) findOrMake(tx store.Tx) (*record, bool, error) {
	var missing *NotFoundError
	if a.unknown {
		// No scope that has been touched knows the id. The one where a new item would go may have to be filled first.
		if rec, err := a.find(tx); !errors.As(err, &missing) {
			return rec, false, err
		}
		if err := a.completeScope(tx, a.firstInput()); err != nil {
			return nil, false, err
		}
		if err := a.checkParent(tx); err != nil {
			if errors.As(err, &missing) {
				missing.Collection, missing.ID = a.c.Path, a.shownID()
			}
			return nil, false, err
		}
	} else if err := a.checkParent(tx); err != nil {
		return nil, false, err
	}
	if err := a.populate(tx); err != nil {
		return nil, false, err
	}
	rec, err := a.find(tx)
	if !errors.As(err, &missing) {
		return rec, false, err
	}
	if !a.c.Singleton && a.mode != Invent || a.id == "" && !a.c.Singleton {
		return nil, false, err
	}
	if _, gone := tx.Get(a.st.base(a.scope) + keyGone + a.id); gone == nil {
		return nil, false, err
	}
	rec, err = a.invent(tx, a.id)
	return rec, err == nil, err
}
