package resource

import (
	"context"
	"maps"

	"understudy/mock/clock"
	"understudy/mock/store"
)

// Fork gives the same collections over another store that holds the same records, with a clock and a seed of its own.
// What was prepared about the contract is shared.
func (r *Resources) Fork(s store.Store, k clock.Clock, seed uint64) *Resources {
	f := &Resources{view: r.view, one: r.one, holdings: r.fork(s, k, seed)}
	_ = f.awaken(context.Background()) // who reads first brings about what is due, and is told what fails
	return f
}

func (h *holdings) fork(s store.Store, k clock.Clock, seed uint64) *holdings {
	return &holdings{
		model: h.model, store: s, clock: k, seed: seed, mode: h.mode, seeds: maps.Clone(h.seeds),
		home: h.home, defaults: h.defaults, start: h.start, entered: map[World]*worldState{}, started: h.started,
		timed: h.timed,
	}
}

// Restored tells the collections that their store holds other records than before: what was remembered about it is forgotten.
func (r *Resources) Restored() {
	r.entering.Lock()
	r.entered = map[World]*worldState{}
	r.entering.Unlock()
	r.projections.clear()
	_ = r.awaken(context.Background())
}
