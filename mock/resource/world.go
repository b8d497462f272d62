package resource

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"

	"understudy/contracts/inference"
	"understudy/mock/store"
)

// A World is whose items are meant. What a collection's Partition does not separate is the same in all worlds.
type World struct {
	Account     string `json:"account,omitempty"`     // empty: the first one that Options name
	Environment string `json:"environment,omitempty"` // likewise
}

// A worldState is what the engine prepared about one world.
type worldState struct {
	world  World
	states map[*inference.Collection]*collectionState // of the collections in which the world is apart; of the default world: of all
	filled atomic.Bool                                // what exists in it from the start was written, and the store remembers
}

// nameWorlds notes how the default world is called and which worlds exist from the start.
func (h *holdings) nameWorlds(accounts, environments []string) error {
	for _, name := range slices.Concat(accounts, environments) {
		if len(name) > worldMax {
			return fmt.Errorf("the name of an account or environment has at most %d bytes, one has %d", worldMax, len(name))
		}
	}
	if len(accounts) > 0 {
		h.defaults.Account = clean(accounts[0])
	}
	if len(environments) > 0 {
		h.defaults.Environment = clean(environments[0])
	}
	h.start = []World{{}}
	for _, name := range environments {
		if world := h.named(World{Environment: name}); !slices.Contains(h.start, world) {
			h.start = append(h.start, world)
		}
	}
	return nil
}

// named writes a world as keys have it: clean, and the default account and environment as nothing.
func (h *holdings) named(world World) World {
	account, environment := clean(world.Account), clean(world.Environment)
	if account == h.defaults.Account {
		account = ""
	}
	if environment == h.defaults.Environment {
		environment = ""
	}
	return World{Account: account, Environment: environment}
}

// worldOf is the world that a request means.
func (r *Resources) worldOf(q *Request) World {
	return World{Account: cmp.Or(q.Account, r.view.Account), Environment: cmp.Or(q.Environment, r.view.Environment)}
}

// world gives what is prepared about a world, and prepares it for one that was not seen before. There are never more of
// them than names that callers gave; a name that is too long for keys is an error.
func (h *holdings) world(world World) (*worldState, error) {
	world = h.named(world)
	if world == (World{}) {
		return h.home, nil
	}
	h.entering.RLock()
	w := h.entered[world]
	h.entering.RUnlock()
	if w != nil {
		return w, nil
	}
	if n := max(len(world.Account), len(world.Environment)); n > worldMax {
		return nil, fmt.Errorf("the name of an account or environment has at most %d bytes, this one has %d", worldMax, n)
	}
	h.entering.Lock()
	defer h.entering.Unlock()
	if w = h.entered[world]; w == nil {
		w = &worldState{world: world, states: map[*inference.Collection]*collectionState{}}
		for c, st := range h.home.states {
			if in := partOf(c.Partition, world); in != (World{}) {
				w.states[c] = st.in(in)
			}
		}
		h.entered[world] = w
	}
	return w, nil
}

// enter gives a world for use, and the first time in the life of the store fills it with what exists from the start.
func (h *holdings) enter(ctx context.Context, world World) (*worldState, error) {
	w, err := h.world(world)
	if err != nil || w == h.home || w.filled.Load() || h.mode == Off {
		return w, err
	}
	if err := h.store.Update(ctx, func(tx store.Tx) error { return h.fillWorld(ctx, tx, w) }); err != nil {
		return nil, err
	}
	w.filled.Store(true)
	return w, nil
}

// stateIn is what is prepared about a collection in a world: the default world's state where nothing sets them apart.
func (h *holdings) stateIn(w *worldState, c *inference.Collection) *collectionState {
	if st := w.states[c]; st != nil {
		return st
	}
	return h.home.states[c]
}

func (a *act) stateOf(c *inference.Collection) *collectionState { return a.stateIn(a.in, c) }

// in is the collection's state in another world than the default one. Its keys stand beside those of the default world
// and not below them: a name holds none of the signs that keys are built with.
func (st *collectionState) in(world World) *collectionState {
	other := *st
	other.world = world
	other.bare = world.Account != ""
	other.mark = "\x01" + world.Account + "\x01" + world.Environment
	other.prefix = st.root + other.mark + "\x00"
	return &other
}

// worlds are the worlds other than the default one in which the store keeps anything about a collection, sorted.
func (st *collectionState) worlds(tx store.Tx) []World {
	var list []World
	prefix := st.root + "\x01"
	for from := (store.Scan{}); ; {
		found := ""
		for key := range tx.Scan(prefix, from) {
			found = key
			break
		}
		if found == "" {
			return list
		}
		account, rest, _ := strings.Cut(found[len(prefix):], "\x01")
		environment, _, _ := strings.Cut(rest, "\x00")
		list = append(list, World{Account: account, Environment: environment})
		from.After = prefix + account + "\x01" + environment + "\x01" // behind all keys of this world
	}
}

// everywhere gives the worlds in which the store keeps anything about a collection, the default one first.
func (h *holdings) everywhere(tx store.Tx, c *inference.Collection) ([]*worldState, error) {
	list := []*worldState{h.home}
	for _, world := range h.home.states[c].worlds(tx) {
		w, err := h.world(world)
		if err != nil {
			return nil, err
		}
		// What an earlier run kept for other partitions, or when other names were the default ones, belongs to no world.
		if w.world == world && partOf(c.Partition, world) == world {
			list = append(list, w)
		}
	}
	return list, nil
}

// In gives a view on the items of one world; empty names are the first ones that Options name. Its methods concern the
// items that a request of that world meets, shared ones included. Its Export, Import and Reset concern those only that
// are the world's own, so that they leave all others alone. Do takes the view's names where the request has none.
func (r *Resources) In(account, environment string) *Resources {
	return &Resources{holdings: r.holdings, view: r.named(World{Account: account, Environment: environment}), one: true}
}

// own says whether a collection's items are the view's own: they lie apart from the default world's or, in the view of
// the default world itself, from those of others.
func (r *Resources) own(c *inference.Collection) bool {
	if r.view == (World{}) {
		return c.Partition.Separates()
	}
	return partOf(c.Partition, r.view) != World{}
}

// Worlds lists the worlds that hold items: the default one first, without names and with what is shared by all, then the
// others, sorted. A world has no account where its items are separated by environment only, and the other way round.
func (r *Resources) Worlds(ctx context.Context) ([]World, error) {
	list := []World{}
	err := r.store.View(ctx, func(tx store.Tx) error {
		for _, c := range r.model.Collections {
			worlds, err := r.everywhere(tx, c)
			if err != nil {
				return err
			}
			for _, w := range worlds {
				st := r.stateIn(w, c)
				if slices.Contains(list, st.world) {
					continue
				}
				for range st.all(tx) {
					list = append(list, st.world)
					break
				}
			}
		}
		return nil
	})
	slices.SortFunc(list, func(x, y World) int {
		return cmp.Or(strings.Compare(x.Account, y.Account), strings.Compare(x.Environment, y.Environment))
	})
	return list, err
}
