package resource

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"understudy/contracts/inference"
	"understudy/contracts/schema"
	"understudy/mock/store"
)

// An Item is one item as the management API shows it.
type Item struct {
	Collection string            `json:"collection"`
	Scope      map[string]string `json:"scope,omitempty"` // values of the path parameters that separate parents
	ID         string            `json:"id"`
	Value      schema.Raw        `json:"value"`

	// Account and Environment are the item's world; empty in the default world and for what nothing separates.
	Account     string `json:"account,omitempty"`
	Environment string `json:"environment,omitempty"`

	// Since is when it came into its state, where the contract watches over states: timed transitions count from there.
	Since *time.Time `json:"since,omitempty"`
}

// A Summary is a collection with the number of its items.
type Summary struct {
	Path      string `json:"path"`
	Name      string `json:"name"`
	Singleton bool   `json:"singleton,omitempty"`
	Items     int    `json:"items"`
}

// Summaries lists the collections in the order of the model.
func (r *Resources) Summaries(ctx context.Context) ([]Summary, error) {
	list := []Summary{}
	w, err := r.enter(ctx, r.view)
	if err != nil {
		return nil, err
	}
	err = r.store.View(ctx, func(tx store.Tx) error {
		for _, c := range r.model.Collections {
			n := 0
			for range r.stateIn(w, c).all(tx) {
				n++
			}
			list = append(list, Summary{Path: c.Path, Name: c.Name, Singleton: c.Singleton, Items: n})
		}
		return nil
	})
	return list, err
}

// look gives the view's world as it is by now: what the clock has changed by then has happened.
func (r *Resources) look(ctx context.Context) (*worldState, error) {
	w, err := r.enter(ctx, r.view)
	if err == nil && len(r.timed) > 0 && r.mode != Off {
		err = r.settle(ctx, r.clock.Now())
	}
	return w, err
}

// all walks over the items of every scope, in the order of scopes and then of creation.
func (st *collectionState) all(tx store.Tx) func(func(*record) bool) {
	return func(yield func(*record) bool) {
		for key, id := range tx.Scan(st.prefix, store.Scan{}) {
			scope, rest, ok := st.splitKey(key)
			if !ok || !isOrder(rest) {
				continue
			}
			value, err := tx.Get(st.itemKey(scope, string(id)))
			if err != nil {
				continue
			}
			if !yield(decodeRecord(string(id), scope, value)) {
				return
			}
		}
	}
}

func (st *collectionState) item(rec *record) Item {
	item := Item{Collection: st.collection.Path, ID: strings.ReplaceAll(rec.id, idSeparator, "/"), Value: rec.json}
	item.Account, item.Environment = st.world.Account, st.world.Environment
	if rec.since != 0 {
		since := time.Unix(0, rec.since).UTC()
		item.Since = &since
	}
	for i, p := range st.collection.Scope {
		if item.Scope == nil {
			item.Scope = map[string]string{}
		}
		item.Scope[p.Name] = rec.scope[i]
	}
	return item
}

// Items gives the items of a collection, of all scopes that agree with the given values.
func (r *Resources) Items(ctx context.Context, c *inference.Collection, scope map[string]string) ([]Item, error) {
	list := []Item{}
	w, err := r.look(ctx)
	if err != nil {
		return nil, err
	}
	st := r.stateIn(w, c)
	err = r.store.View(ctx, func(tx store.Tx) error {
		for rec := range st.all(tx) {
			if item := st.item(rec); agrees(item.Scope, scope) {
				list = append(list, item)
			}
		}
		return nil
	})
	return list, err
}

func agrees(have, want map[string]string) bool {
	for name, v := range want {
		if have[name] != v {
			return false
		}
	}
	return true
}

// scopeFor orders scope values by the collection's parameters.
func scopeFor(c *inference.Collection, values map[string]string) ([]string, error) {
	var scope []string
	for _, p := range c.Scope {
		v, ok := values[p.Name]
		if !ok {
			return nil, &RequestError{In: "query", Name: p.Name, Reason: fmt.Sprintf("%s needs the value of {%s}", c.Path, p.Name)}
		}
		if err := checkName("query", p.Name, v); err != nil {
			return nil, err
		}
		scope = append(scope, clean(v))
	}
	return scope, nil
}

// checkName refuses an id or a scope's value that no key has room for.
func checkName(in, name, text string) error {
	if len(text) <= nameMax {
		return nil
	}
	return &RequestError{In: in, Name: name, Reason: fmt.Sprintf("an id has at most %d bytes, this one has %d", nameMax, len(text))}
}

// Item gives one item, or *NotFoundError.
func (r *Resources) Item(ctx context.Context, c *inference.Collection, scope map[string]string, id string) (Item, error) {
	a, err := r.actOn(ctx, c, scope)
	if err != nil {
		return Item{}, err
	}
	a.id = inner(c, clean(id))
	var item Item
	err = r.store.View(ctx, func(tx store.Tx) error {
		rec, err := a.find(tx)
		if err == nil {
			item = a.st.item(rec)
		}
		return err
	})
	return item, err
}

// actOn is an act of the server itself in the view's world and one scope.
func (r *Resources) actOn(ctx context.Context, c *inference.Collection, scope map[string]string) (*act, error) {
	values, err := scopeFor(c, scope)
	if err != nil {
		return nil, err
	}
	w, err := r.look(ctx)
	if err != nil {
		return nil, err
	}
	return r.startAct(ctx, w, c, values), nil
}

// inner is an id as keys have it: the values of several parameters with our separator between them.
func inner(c *inference.Collection, id string) string {
	if len(c.ID.Params) < 2 {
		return id
	}
	return strings.Replace(id, "/", idSeparator, len(c.ID.Params)-1)
}

// Put writes an item whole, new or not, past all rules of the contract but one: the result fits the item's schema.
func (r *Resources) Put(ctx context.Context, c *inference.Collection, scope map[string]string, id string, value any) (Item, error) {
	a, err := r.actOn(ctx, c, scope)
	if err != nil {
		return Item{}, err
	}
	want, ok := value.(map[string]any)
	if !ok {
		return Item{}, &RequestError{In: "body", Reason: "an item is a JSON object"}
	}
	if err := checkName("path", "id", id); err != nil {
		return Item{}, err
	}
	var rec *record
	err = a.write(func(tx store.Tx) error {
		want, _ := cloneValue(want).(map[string]any)
		seq, err := a.st.nextNumber(tx)
		if err != nil {
			return err
		}
		if a.id = inner(c, clean(id)); a.id == "" && !c.Singleton {
			last, err := a.newID(tx, want, seq)
			if err != nil {
				return err
			}
			a.id = a.joinID(want, last)
		}
		old, err := a.find(tx)
		var missing *NotFoundError
		if err != nil && !errors.As(err, &missing) {
			return err
		}
		rec = &record{id: a.id, scope: a.scope, seq: seq, since: a.since()}
		if old != nil {
			rec.seq, rec.start = old.seq, old.start
		}
		a.place(want)
		a.showID(want, a.id)
		if rec.json, err = a.build(tx, rec, want); err != nil {
			return err
		}
		if m := a.st.machine; m != nil && old != nil && m.state(old) == m.state(rec) {
			rec.since = old.since
		}
		if err := a.checkUnique(tx, rec); err != nil {
			return err
		}
		if err := a.st.put(tx, rec, old); err != nil {
			return err
		}
		return a.refresh(tx, a.scope)
	})
	if err != nil {
		return Item{}, err
	}
	return a.st.item(rec), nil
}

// Remove deletes an item with its children, or fails with *NotFoundError.
func (r *Resources) Remove(ctx context.Context, c *inference.Collection, scope map[string]string, id string) error {
	a, err := r.actOn(ctx, c, scope)
	if err != nil {
		return err
	}
	a.id = inner(c, clean(id))
	return a.write(func(tx store.Tx) error {
		rec, err := a.find(tx)
		if err != nil {
			return err
		}
		if err := a.remove(tx, rec); err != nil {
			return err
		}
		return a.refresh(tx, a.scope)
	})
}
