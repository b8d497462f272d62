package resource

import (
	"context"

	"understudy/contracts/inference"
	"understudy/contracts/schema"
	"understudy/mock/store"
)

// Add lets an item come into being that the server itself makes, as of an event: under an id that no other has, with the
// members that are given, the instant in those that tell when it was made, and values of its own in those that no two items
// share. The rest is made up. It fails with *ConflictError where a given value is taken.
func (r *Resources) Add(ctx context.Context, c *inference.Collection, scope map[string]string, members map[string]any) (Item, error) {
	if c.Singleton {
		return r.Put(ctx, c, scope, "", members)
	}
	a, err := r.actOn(ctx, c, scope)
	if err != nil {
		return Item{}, err
	}
	var rec *record
	err = a.write(func(tx store.Tx) error {
		want, _ := cloneValue(members).(map[string]any)
		if want == nil {
			want = map[string]any{}
		}
		given := map[string]bool{}
		for name := range want {
			given[name] = true
		}
		seq, err := a.st.nextNumber(tx)
		if err != nil {
			return err
		}
		last, err := a.newID(tx, want, seq)
		if err != nil {
			return err
		}
		a.id = a.joinID(want, last)
		item := a.partsOf(a.c.Item)
		a.place(want)
		a.stamp(want, item.created, given)
		a.stamp(want, item.updated, given)
		a.showID(want, a.id)
		rec = &record{id: a.id, scope: a.scope, seq: seq, since: a.since()}
		a.uniqueOnes(want, a.keyOf(rec))
		if rec.json, err = a.build(tx, rec, want); err != nil {
			return err
		}
		if err := a.checkUnique(tx, rec); err != nil {
			return err
		}
		if err := a.st.put(tx, rec, nil); err != nil {
			return err
		}
		return a.refresh(tx, a.scope)
	})
	if err != nil {
		return Item{}, err
	}
	return a.st.item(rec), nil
}

// uniqueOnes makes up the members of which each item has its own: what the document shows as an example is somebody else's.
func (a *act) uniqueOnes(want map[string]any, key string) {
	maker := a.maker()
	maker.Examples = false
	for _, name := range a.c.Unique {
		if _, there := at(want, name); there {
			continue
		}
		of := a.schemaAt(a.c.Item, pointerOf(name))
		if of == nil {
			continue
		}
		if v, err := maker.Make(of, key+"/"+name, schema.Absent); err == nil {
			put(want, name, v)
		}
	}
}
