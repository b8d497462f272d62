package credential

import (
	"context"
	"errors"
	"slices"

	"understudy/mock/store"
)

// Revoke ends a credential at once. One that has ended already stays as it is. It fails with ErrNotFound.
func (r *Registry) Revoke(ctx context.Context, id string) (Credential, error) {
	return r.alter(ctx, id, "revoke", func(c *stored) error {
		if c.State != Revoked {
			c.State, c.EndedAt = Revoked, r.clock.Now()
		}
		return nil
	})
}

// RevokeFamily ends everything that came from one login or grant, and says how many that were.
func (r *Registry) RevokeFamily(ctx context.Context, family string) (n int, err error) {
	err = r.update(ctx, func(tx store.Tx) error {
		n, err = r.RevokeFamilyIn(tx, family)
		return err
	})
	if err != nil {
		return 0, wrap("revoke the credentials of a grant", err)
	}
	return n, nil
}

// RevokeFamilyIn is RevokeFamily inside a transaction.
func (r *Registry) RevokeFamilyIn(tx store.Tx, family string) (int, error) {
	return r.endFamily(tx, family, func(*stored) bool { return true })
}

// endFamily revokes those of a family that which lets pass and that have not ended.
func (r *Registry) endFamily(tx store.Tx, family string, which func(*stored) bool) (int, error) {
	n := 0
	if family == "" {
		return 0, nil
	}
	for _, hash := range tx.Scan(r.prefix+keyFamily+family+"\x00", store.Scan{}) {
		c, err := r.byHash(tx, string(hash))
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err != nil {
			return n, err
		}
		if c.State == Revoked || !which(c) {
			continue
		}
		if err := r.revokeIn(tx, c); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

func (r *Registry) revokeIn(tx store.Tx, c *stored) error {
	ended := *c
	ended.State, ended.EndedAt = Revoked, r.clock.Now()
	return r.save(tx, c, &ended)
}

// endAll revokes what the contract says that an event ends: "password-change" of a user.
func (r *Registry) endAll(tx store.Tx, user, why string) (int, error) {
	var ended []*stored
	err := r.each(tx, func(c *stored) error {
		class := r.byName[c.Class]
		if c.User == user && c.State != Revoked && class != nil && slices.Contains(class.EndedBy, why) {
			ended = append(ended, c)
		}
		return nil
	})
	for _, c := range ended {
		if err == nil {
			err = r.revokeIn(tx, c)
		}
	}
	return len(ended), err
}
