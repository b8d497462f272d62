package resource

import (
	"context"
	"errors"
	"slices"
	"strings"

	"understudy/contracts/inference"
	"understudy/mock/store"
)

// Find gives the item of a collection whose member has a value that no two items share: its id, or one that the contract
// calls unique. It fails with *NotFoundError where there is none, the member is no such one, or the collection has parents.
func (r *Resources) Find(ctx context.Context, c *inference.Collection, property, value string) (Item, error) {
	missing := &NotFoundError{Collection: c.Path, ID: value}
	if len(c.Scope) > 0 || c.Singleton || value == "" || r.mode == Off {
		return Item{}, missing
	}
	if property == c.ID.Property && property != "" {
		return r.Item(ctx, c, nil, value)
	}
	if !slices.Contains(c.Unique, property) {
		return Item{}, missing
	}
	a, err := r.actOn(ctx, c, nil)
	if err != nil {
		return Item{}, err
	}
	var item Item
	err = r.store.View(ctx, func(tx store.Tx) error {
		id, err := tx.Get(a.st.base(nil) + keyUnique + property + "\x00" + indexValue(strings.ToLower(value)))
		if errors.Is(err, store.ErrNotFound) {
			return missing
		}
		if err != nil {
			return err
		}
		a.id = string(id)
		rec, err := a.find(tx)
		if err == nil {
			item = a.st.item(rec)
		}
		return err
	})
	return item, err
}
