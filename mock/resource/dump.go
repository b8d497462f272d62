package resource

import (
	"context"
	"fmt"

	"understudy/contracts/schema"
	"understudy/mock/store"
)

// A section is one collection in one world.
type section struct {
	world *worldState
	state *collectionState
}

// sections are what the view's Export, Import and Reset concern: all worlds in which the store keeps anything, or what is
// one world's own.
func (r *Resources) sections(tx store.Tx) ([]section, error) {
	var list []section
	for _, c := range r.model.Collections {
		if !r.one {
			worlds, err := r.everywhere(tx, c)
			if err != nil {
				return nil, err
			}
			for _, w := range worlds {
				list = append(list, section{w, r.stateIn(w, c)})
			}
			continue
		}
		if r.own(c) {
			w, err := r.world(r.view)
			if err != nil {
				return nil, err
			}
			list = append(list, section{w, r.stateIn(w, c)})
		}
	}
	return list, nil
}

// Reset returns everything to what exists from the start, at one moment: all worlds, or what is the view's own.
func (r *Resources) Reset(ctx context.Context) error {
	if _, err := r.enter(ctx, r.view); err != nil {
		return err
	}
	return r.replace(ctx, func(tx store.Tx) error {
		sections, err := r.sections(tx)
		if err != nil {
			return err
		}
		for _, s := range sections {
			if err := s.state.empty(tx); err != nil {
				return err
			}
			if !r.one {
				if err := tx.Delete(s.state.prefix + keyImported); err != nil {
					return err
				}
			}
		}
		if r.mode == Off {
			return nil
		}
		// A world that was entered stays filled, as everybody who entered it takes for granted.
		for _, s := range sections {
			if err := r.seedCollection(ctx, tx, s.world, s.state.collection); err != nil {
				return fmt.Errorf("fill %s: %w", s.state.collection.Path, err)
			}
		}
		return nil
	})
}

// replace is an Update of many items, after which the clock waits for what is due next.
func (r *Resources) replace(ctx context.Context, f func(store.Tx) error) error {
	if err := r.store.Update(ctx, f); err != nil {
		return err
	}
	return r.awaken(ctx)
}

// empty removes everything that was kept of a collection in one world, but for what concerns other worlds.
func (st *collectionState) empty(tx store.Tx) error {
	for key := range tx.Scan(st.prefix, store.Scan{}) {
		if key == st.prefix+keyImported {
			continue
		}
		if err := tx.Delete(key); err != nil {
			return err
		}
	}
	return nil
}

// Export gives all items of all worlds, or those that are the view's own: in the order of the model, the default world
// first, and of creation.
func (r *Resources) Export(ctx context.Context) ([]Item, error) {
	list := []Item{}
	if _, err := r.look(ctx); err != nil {
		return nil, err
	}
	err := r.store.View(ctx, func(tx store.Tx) error {
		sections, err := r.sections(tx)
		if err != nil {
			return err
		}
		for _, s := range sections {
			for rec := range s.state.all(tx) {
				list = append(list, s.state.item(rec))
			}
		}
		return nil
	})
	return list, err
}

// Import replaces all items of all worlds by the given ones, also in worlds that nobody has been in: nothing exists there
// from the start then. Through a view it replaces what is the view's own, and items that name no world are the view's.
// What does not fit changes nothing.
func (r *Resources) Import(ctx context.Context, items []Item) error {
	for _, item := range items {
		if err := r.takes(item); err != nil {
			return err
		}
	}
	if _, err := r.enter(ctx, r.view); err != nil {
		return err
	}
	return r.replace(ctx, func(tx store.Tx) error {
		sections, err := r.sections(tx)
		if err != nil {
			return err
		}
		for _, s := range sections {
			if err := s.state.empty(tx); err != nil {
				return err
			}
			if err := s.state.close(tx); err != nil {
				return err
			}
			if !r.one && s.world == r.home && s.state.collection.Partition.Separates() {
				if err := tx.Put(s.state.prefix+keyImported, nil); err != nil {
					return err
				}
			}
		}
		for _, item := range items {
			if err := r.importOne(ctx, tx, item); err != nil {
				return err
			}
		}
		return nil
	})
}

// takes refuses an item that Import has no place for.
func (r *Resources) takes(item Item) error {
	c := r.model.Collection(item.Collection)
	if c == nil {
		return &RequestError{In: "body", Reason: fmt.Sprintf("%q is no collection of the contract", item.Collection)}
	}
	for _, name := range [...]string{item.Account, item.Environment} {
		if len(name) > worldMax {
			return &RequestError{In: "body", Reason: fmt.Sprintf("the name of an account or environment has at most %d bytes, one has %d", worldMax, len(name))}
		}
	}
	if !r.one {
		return nil
	}
	if !r.own(c) {
		return &RequestError{In: "body", Reason: fmt.Sprintf("the items of %s are not apart in this world: import them for all worlds at once", c.Path)}
	}
	if world := r.named(World{Account: item.Account, Environment: item.Environment}); world != (World{}) && partOf(c.Partition, world) != partOf(c.Partition, r.view) {
		return &RequestError{In: "body", Reason: fmt.Sprintf("the item %s of %s belongs to another world", item.ID, c.Path)}
	}
	return nil
}

func (r *Resources) importOne(ctx context.Context, tx store.Tx, item Item) error {
	c := r.model.Collection(item.Collection)
	scope, err := scopeFor(c, item.Scope)
	if err != nil {
		return err
	}
	value, err := schema.ParseJSON(item.Value)
	if err != nil {
		return &RequestError{In: "body", Reason: fmt.Sprintf("the item %s of %s cannot be read: %v", item.ID, item.Collection, err)}
	}
	if c.Item != nil && !c.Item.Valid(value, schema.Response) {
		return &RequestError{In: "body", Reason: fmt.Sprintf("the item %s of %s does not fit its schema", item.ID, item.Collection)}
	}
	if err := checkName("body", "id", item.ID); err != nil {
		return err
	}
	world := r.view
	if !r.one {
		world = World{Account: item.Account, Environment: item.Environment}
	}
	w, err := r.world(world)
	if err != nil {
		return err
	}
	a := r.startAct(ctx, w, c, scope)
	seq, err := a.st.nextNumber(tx)
	if err != nil {
		return err
	}
	if err := tx.Put(a.st.base(scope)+keyFilled, nil); err != nil {
		return err
	}
	rec := &record{id: inner(c, clean(item.ID)), scope: scope, seq: seq, since: a.since(), json: schema.AppendJSON(nil, value, c.Item)}
	if item.Since != nil && rec.since != 0 {
		rec.since = item.Since.UnixNano()
	}
	if _, err := tx.Get(a.st.itemKey(scope, rec.id)); err == nil {
		return &RequestError{In: "body", Reason: fmt.Sprintf("the item %s of %s stands there twice", item.ID, item.Collection)}
	}
	if err := a.checkUnique(tx, rec); err != nil {
		return err
	}
	if a.st.idNumber {
		if err := a.skipNumber(tx, a.plainID(rec.id)); err != nil {
			return err
		}
	}
	return a.st.put(tx, rec, nil)
}

// close says that a collection has all of its items from the start: none are added when somebody looks.
func (st *collectionState) close(tx store.Tx) error {
	keys := []string{st.prefix + keySeeded, st.prefix + keyUnplaced}
	if len(st.collection.Scope) == 0 {
		keys = append(keys, st.base(nil)+keyFilled)
	}
	for _, key := range keys {
		if err := tx.Put(key, nil); err != nil {
			return err
		}
	}
	return nil
}
