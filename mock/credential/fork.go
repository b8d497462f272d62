package credential

import (
	"context"
	"sort"
	"time"

	"understudy/mock/clock"
	"understudy/mock/store"
)

// Fork gives a registry over another store that holds the same records: the same credentials are good there, and each goes
// its own way from then on. Uses and audit begin anew. A secret of its own makes it issue other texts than its origin; the
// zero value keeps the origin's.
func (r *Registry) Fork(s store.Store, k clock.Clock, secret [32]byte) *Registry {
	f := &Registry{
		contract: r.contract, store: s, clock: k, secret: r.secret, issuing: r.issuing, empty: r.empty, clientCAs: r.clientCAs, prefix: r.prefix,
		classes: r.classes, byName: r.byName, byScheme: r.byScheme, people: r.people, ready: r.ready, signing: r.signing,
	}
	f.lives.Store(r.lives.Load())
	if secret != [32]byte{} {
		f.issuing = secret
	}
	return f
}

// An Ending is a credential that runs out.
type Ending struct {
	At         time.Time
	Credential Credential
}

// Endings lists the credentials that run out after from and not after to, in that order. They need nobody to end them: a
// request that shows one is judged by the time.
func (r *Registry) Endings(ctx context.Context, from, to time.Time) ([]Ending, error) {
	var list []Ending
	err := r.view(ctx, func(tx store.Tx) error {
		list = nil
		return r.each(tx, func(c *stored) error {
			if end := r.endOf(&c.Credential); c.State != Revoked && c.State != Used && end.After(from) && !end.After(to) {
				list = append(list, Ending{At: end, Credential: c.Credential})
			}
			return nil
		})
	})
	if err != nil {
		return nil, wrap("list what runs out", err)
	}
	sort.SliceStable(list, func(i, j int) bool { return list[i].At.Before(list[j].At) })
	return list, nil
}

// endOf is when a credential runs out unless it is used; the zero time is never.
func (r *Registry) endOf(c *Credential) time.Time {
	end := c.ExpiresAt
	if class := r.byName[c.Class]; class != nil && class.SlidingFor > 0 && c.Kind != Refresh {
		seen := c.SeenAt
		if seen.IsZero() {
			seen = c.CreatedAt
		}
		if slid := seen.Add(class.SlidingFor); end.IsZero() || slid.Before(end) {
			end = slid
		}
	}
	return end
}
