package resource

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"

	"understudy/contracts/inference"
	"understudy/contracts/schema"
	"understudy/mock/store"
)

// change finds the item, lets f make its new members, and stores it. f gets the decoded item, which it may change.
func (a *act) change(f func(item map[string]any) (map[string]any, error)) (rec *record, err error) {
	err = a.write(func(tx store.Tx) error {
		if err := a.idFromBody(); err != nil {
			return err
		}
		old, _, err := a.findOrMake(tx)
		if err != nil {
			return err
		}
		if err := a.condition(old); err != nil {
			return err
		}
		if rec, err = a.changeOne(tx, old, f); err != nil {
			return err
		}
		return a.refresh(tx, a.scope)
	})
	return rec, err
}

// idFromBody takes the id from the body where the path has none: PUT /pet.
func (a *act) idFromBody() error {
	if a.id != "" || a.c.Singleton || a.c.ID.Property == "" {
		return nil
	}
	input, _ := a.firstInput().(map[string]any)
	said, ok := at(input, a.c.ID.Property)
	if !ok {
		return nil
	}
	text, _ := textOfValue(said)
	if err := checkName("body", a.c.ID.Property, text); err != nil {
		return err
	}
	if text != "" {
		a.id = a.joinID(input, clean(text))
	}
	return nil
}

func (a *act) changeOne(tx store.Tx, old *record, f func(map[string]any) (map[string]any, error)) (*record, error) {
	decoded, err := schema.ParseJSON(old.json)
	if err != nil {
		return nil, fmt.Errorf("read the item %s of %s: %w", old.id, a.c.Path, err)
	}
	item, ok := decoded.(map[string]any)
	if !ok {
		item = map[string]any{}
	}
	if err := a.requires(item); err != nil {
		return nil, err
	}
	fixed, sendable := map[string]any{}, map[string]bool(nil)
	if len(a.st.readOnly) > 0 {
		sendable = a.sendable()
	}
	for _, name := range a.st.readOnly {
		if v, ok := item[name]; ok && !sendable[name] {
			fixed[name] = cloneValue(v)
		}
	}
	if item, err = f(item); err != nil {
		return nil, err
	}
	for _, name := range a.st.readOnly {
		if !sendable[name] {
			delete(item, name)
		}
	}
	maps.Copy(item, fixed)
	item, _ = prune(item, a.c.Item).(map[string]any)
	rec, salt := &record{id: old.id, scope: old.scope, seq: old.seq, start: old.start, since: old.since}, etag(old.json)+a.now.String()
	a.place(item)
	a.stamp(item, a.partsOf(a.c.Item).updated, nil)
	a.apply(item, a.b.Set, rec, salt)
	change := Change{Kind: "updated", Collection: a.c.Path, ID: a.plainID(rec.id), Before: old.json}
	if a.st.machine != nil {
		t, err := a.advance(old, item, rec, salt)
		if err != nil {
			return nil, err
		}
		if t != nil {
			rec.since, change.Emits, change.From, change.To = a.now.UnixNano(), t.Emits, a.st.machine.state(old), t.To
		}
	}
	a.apply(item, a.q.Set, rec, salt)
	a.showID(item, old.id)
	if rec.json, err = a.build(tx, rec, item); err != nil {
		return nil, err
	}
	a.noteState(old, rec, &change)
	if err := a.checkUnique(tx, rec); err != nil {
		return nil, err
	}
	if err := a.st.put(tx, rec, old); err != nil {
		return nil, err
	}
	change.After = rec.json
	a.changes = append(a.changes, change)
	return rec, nil
}

// requires refuses an operation whose item is not in the state that the behaviour asks for.
func (a *act) requires(item map[string]any) error {
	for _, place := range slices.Sorted(maps.Keys(a.b.Requires)) {
		want := a.b.Requires[place]
		have, _ := at(item, place)
		allowed, many := want.([]any)
		if !many {
			allowed = []any{want}
		}
		fits := false
		for _, v := range allowed {
			fits = fits || schema.Equal(v, have)
		}
		if !fits {
			haveText, _ := textOfValue(have)
			return &ConflictError{
				Collection: a.c.Path, Property: place, Value: haveText,
				Reason: fmt.Sprintf("the %s has the %s %s, and this needs %s", inference.Singular(a.c.Name), place, haveText, string(schema.AppendJSON(nil, want, nil))),
			}
		}
	}
	return nil
}

func (a *act) update() (*Result, error) {
	rec, err := a.change(a.patched)
	if err != nil {
		return nil, err
	}
	result := &Result{Source: "state", ETag: etag(rec.json), Changes: a.changes}
	return result, a.showItem(rec, result)
}

// replace writes the whole item. An item that is not there is made where the client chooses ids or the contract
// documents 201 for it.
func (a *act) replace() (*Result, error) {
	var rec *record
	created := false
	err := a.write(func(tx store.Tx) error {
		created = false
		if err := a.idFromBody(); err != nil {
			return err
		}
		old, _, err := a.findOrMake(tx)
		var missing *NotFoundError
		if errors.As(err, &missing) && !missing.Parent && a.mayCreate() {
			if err := a.condition(nil); err != nil {
				return err
			}
			created = true
			if rec, err = a.createOne(tx, a.firstInput()); err != nil {
				return err
			}
			return a.refresh(tx, a.scope)
		}
		if err != nil {
			return err
		}
		if err := a.condition(old); err != nil {
			return err
		}
		if rec, err = a.changeOne(tx, old, a.replaced); err != nil {
			return err
		}
		return a.refresh(tx, a.scope)
	})
	if err != nil {
		return nil, err
	}
	result := &Result{Source: "state", Created: created, ETag: etag(rec.json), Changes: a.changes}
	return result, a.showItem(rec, result)
}

func (a *act) mayCreate() bool {
	if !a.c.ID.Server || a.id == "" {
		return true
	}
	r := a.b.Operation.Response(http.StatusCreated)
	return r != nil && r.Code == http.StatusCreated
}

func (a *act) firstInput() any {
	if inputs := a.inputs(); len(inputs) > 0 {
		return inputs[0]
	}
	return nil
}

// replaced is the new item of a replacement: what was sent, and of the old one what clients cannot send.
func (a *act) replaced(old map[string]any) (map[string]any, error) {
	sendable := a.sendable()
	item, _ := cloneValue(a.firstInput()).(map[string]any)
	if item == nil {
		return old, nil
	}
	a.withoutInner(item, a.inputSchema())
	for name, v := range old {
		if _, sent := item[name]; !sent && (!sendable[name] || contains(createdNames, normal(name))) {
			item[name] = v
		}
	}
	a.defaults(item)
	required := requiredMembers(a.c.Item, 0)
	for _, p := range ownProperties(a.c.Item, 0) {
		if _, there := item[p.Name]; there || !sendable[p.Name] {
			continue
		}
		if v, ok := emptyFor(p.Schema, contains(required, p.Name)); ok {
			item[p.Name] = v
		}
	}
	return item, nil
}

func (a *act) delete() (*Result, error) {
	var rec *record
	err := a.write(func(tx store.Tx) error {
		if err := a.idFromBody(); err != nil {
			return err
		}
		old, _, err := a.findOrMake(tx)
		if err != nil {
			return err
		}
		if err := a.condition(old); err != nil {
			return err
		}
		if decoded, err := schema.ParseJSON(old.json); err == nil {
			if item, ok := decoded.(map[string]any); ok {
				if err := a.requires(item); err != nil {
					return err
				}
			}
		}
		t, err := a.mayDelete(old)
		if err != nil {
			return err
		}
		rec = old
		if err := a.remove(tx, rec); err != nil {
			return err
		}
		if t != nil {
			a.changes[0].From, a.changes[0].Emits = a.st.machine.state(old), t.Emits
		}
		return a.refresh(tx, a.scope)
	})
	if err != nil {
		return nil, err
	}
	result := &Result{Source: "state", Changes: a.changes}
	return result, a.showItem(rec, result)
}

// clear removes all items of the scope that the filters let pass.
func (a *act) clear() (*Result, error) {
	var left []*record
	err := a.write(func(tx store.Tx) error {
		if !a.unknown {
			if err := a.checkParent(tx); err != nil {
				return err
			}
			if err := a.populate(tx); err != nil {
				return err
			}
		}
		matching, err := a.matching(tx, a.conditions(), 0)
		if err != nil {
			return err
		}
		for _, rec := range matching {
			if err := a.remove(tx, rec); err != nil {
				return err
			}
		}
		if err := a.refreshAll(tx, matching); err != nil {
			return err
		}
		left, err = a.matching(tx, nil, 0)
		return err
	})
	if err != nil {
		return nil, err
	}
	result := &Result{Source: "state", Changes: a.changes}
	if a.b.Shows && a.b.Shown != nil {
		// An answer that shows items shows those that are left.
		return result, a.showPage(&page{records: left, total: len(left)}, wantedPage{}, result)
	}
	return result, a.showItem(&record{scope: a.scope, json: []byte("{}")}, result)
}

// action does something with an item: it sets what the behaviour says, takes over the members of the request that are
// the item's new values, and shows what the contract shows.
func (a *act) action() (*Result, error) {
	rec, err := a.change(func(item map[string]any) (map[string]any, error) {
		if input, ok := a.firstInput().(map[string]any); ok {
			for name, v := range input {
				if a.b.Takes(name) {
					item[name] = cloneValue(v)
				}
			}
		}
		return item, nil
	})
	if err != nil {
		return nil, err
	}
	result := &Result{Source: "state", Changes: a.changes}
	return result, a.showItem(rec, result)
}
