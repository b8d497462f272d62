package resource

import (
	"cmp"
	"slices"
	"strings"

	"understudy/contracts/inference"
	"understudy/mock/store"
)

// remove deletes an item with its children and notes what is gone: the item first, then its children, collection by
// collection in the order of the model and of creation.
func (a *act) remove(tx store.Tx, rec *record) error {
	a.noteDeleted(a.c, rec)
	if err := a.st.drop(tx, rec, a.lasting()); err != nil {
		return err
	}
	return a.removeChildren(tx, rec)
}

func (a *act) noteDeleted(c *inference.Collection, rec *record) {
	a.changes = append(a.changes, Change{Kind: "deleted", Collection: c.Path, ID: a.plainID(rec.id), Before: rec.json})
}

// drop deletes the keys of one item. Where remember is set, its id is kept so that it does not come back by being asked
// for.
func (st *collectionState) drop(tx store.Tx, rec *record, remember bool) error {
	base := st.base(rec.scope)
	if err := st.dropIndexes(tx, base, rec); err != nil {
		return err
	}
	for _, key := range []string{base + keyItem + rec.id, base + orderKey(rec.seq), base + keyBytes + rec.id} {
		if err := tx.Delete(key); err != nil {
			return err
		}
	}
	if err := st.forget(tx, rec); err != nil {
		return err
	}
	if remember {
		return tx.Put(base+keyGone+rec.id, nil)
	}
	return nil
}

// removeChildren deletes the items below one item, at every depth: their keys begin with its scope and id.
func (a *act) removeChildren(tx store.Tx, rec *record) error {
	values := append(slices.Clone(rec.scope), strings.Split(rec.id, idSeparator)...)
	for _, child := range a.st.children {
		if len(values) != child.depth {
			continue
		}
		states, err := a.childStates(tx, child.collection)
		if err != nil {
			return err
		}
		for _, st := range states {
			for _, scope := range st.scopesOf(tx, child, values) {
				gone, err := st.removeBelow(tx, scope)
				if err != nil {
					return err
				}
				for _, item := range gone {
					a.noteDeleted(child.collection, item)
				}
			}
		}
	}
	return nil
}

// scopesOf lists what the scopes begin with in which a parent's items lie: the parent's own values, and where these do not stand at
// the beginning, every scope that holds them.
func (st *collectionState) scopesOf(tx store.Tx, child childScope, values []string) [][]string {
	if child.at == nil {
		return [][]string{values}
	}
	var list [][]string
	for key := range tx.Scan(st.prefix, store.Scan{}) {
		scope, _, ok := st.splitKey(key)
		if !ok || len(list) > 0 && slices.Equal(list[len(list)-1], scope) {
			continue
		}
		theirs := true
		for i, at := range child.at {
			theirs = theirs && scope[at] == values[i]
		}
		if theirs {
			list = append(list, scope)
		}
	}
	return list
}

// childStates are where an item's children of one collection lie: in the act's world, and where they are separated by more
// than their parents are, in every world that sees this parent.
func (a *act) childStates(tx store.Tx, child *inference.Collection) ([]*collectionState, error) {
	if !beyond(child.Partition, a.c.Partition) {
		return []*collectionState{a.stateOf(child)}, nil
	}
	worlds, err := a.everywhere(tx, child)
	if err != nil {
		return nil, err
	}
	common := inference.Partition{
		Account:     child.Partition.Account && a.c.Partition.Account,
		Environment: child.Partition.Environment && a.c.Partition.Environment,
	}
	var list []*collectionState
	for _, w := range worlds {
		if partOf(common, w.world) == partOf(common, a.st.world) {
			list = append(list, a.stateIn(w, child))
		}
	}
	return list, nil
}

// removeBelow deletes everything in the scopes that begin with some values, and gives the items that were there in the
// order of creation.
func (st *collectionState) removeBelow(tx store.Tx, values []string) ([]*record, error) {
	var gone []*record
	for key, value := range tx.Scan(st.base(values), store.Scan{}) {
		if scope, rest, ok := st.splitKey(key); ok && strings.HasPrefix(rest, keyItem) {
			rec := decodeRecord(rest[len(keyItem):], scope, value)
			gone = append(gone, rec)
			if err := st.forget(tx, rec); err != nil {
				return nil, err
			}
		}
		if err := tx.Delete(key); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(gone, func(x, y *record) int { return cmp.Compare(x.seq, y.seq) })
	return gone, nil
}

// forget takes an item out of the indexes that stand beside the scopes.
func (st *collectionState) forget(tx store.Tx, rec *record) error {
	if st.machine != nil {
		if err := st.dropDue(tx, rec); err != nil {
			return err
		}
	}
	return st.forgetAnywhere(tx, rec.id, rec.scope)
}

// forgetAnywhere takes an item out of the index over all scopes, unless another scope's item of the same id stands there.
func (st *collectionState) forgetAnywhere(tx store.Tx, id string, scope []string) error {
	if !st.anywhere {
		return nil
	}
	key := st.prefix + keyAnywhere + id
	if value, err := tx.Get(key); err != nil || string(value) != joinScope(scope) {
		return nil // it is not there
	}
	return tx.Delete(key)
}
