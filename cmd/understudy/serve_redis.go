package main

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"understudy/mock"
	"understudy/mock/clock"
	"understudy/mock/store"
	"understudy/mock/store/redis"
)

// A member is this process among those that share a Redis.
type member struct {
	name   string
	number uint64
}

// openRedis connects to the Redis that several processes share.
func openRedis(url string) (*depot, error) {
	var random [8]byte
	_, _ = rand.Read(random[:]) // it never fails (Go 1.24)
	host, _ := os.Hostname()
	name := host + "-" + hex.EncodeToString(random[:])
	r, err := redis.Open(context.Background(), redis.Options{URL: url, Replica: name})
	if err != nil {
		return nil, fmt.Errorf("--store: %w", err)
	}
	number, err := r.Number(context.Background())
	if err != nil {
		return nil, errors.Join(fmt.Errorf("--store: %w", err), r.Close())
	}
	return &depot{redis: r, member: member{name: name, number: number}}, nil
}

// checks say whether what the process needs besides itself is there.
func (d *depot) checks() []func() error {
	if d.redis == nil {
		return nil
	}
	return []func() error{func() error { return d.redis.Ping(context.Background()) }}
}

// space gives the store of a contract.
func (d *depot) space(contract string) (store.Store, error) {
	s, err := d.redis.Space(context.Background(), contract, "")
	if err != nil { // not a nil *Replicated in an interface
		return nil, err
	}
	return s, nil
}

// replica says to the server of a contract which of several it is; nil: there are no others.
func (d *depot) replica(contract string) *mock.Replica {
	if d.redis == nil {
		return nil
	}
	return &mock.Replica{
		Name: d.member.name, Number: d.member.number,
		Space: func(ctx context.Context, name string) (store.World, error) {
			s, err := d.redis.Space(ctx, contract, name)
			if err != nil {
				return nil, err
			}
			return s, nil
		},
		Drop: func(ctx context.Context, name string) error { return d.redis.Drop(ctx, contract, name) },
		Feed: func(ctx context.Context, name string, entries, bytes int) (store.Feed, error) {
			return d.redis.Feed(ctx, contract, name, entries, bytes)
		},
	}
}

// sharedSecret is where the credentials of all processes come from: the first one's.
func (d *depot) sharedSecret(ours [32]byte, seeded bool, seed uint64) (secret [32]byte, err error) {
	kept, err := d.redis.First(context.Background(), "secret", ours[:])
	switch {
	case err != nil:
		return secret, err
	case len(kept) != len(secret):
		return secret, errors.New("the secret in Redis is damaged")
	case seeded && subtle.ConstantTimeCompare(kept, ours[:]) != 1:
		return secret, fmt.Errorf("--seed %d: what Redis holds was begun with other credentials; leave --seed out, or add another namespace to the address", seed)
	}
	return [32]byte(kept), nil
}

const clockFact = "clock"

// sharedClock lets the clocks of all processes go alike: as the first one's, until somebody moves one, or starts with another.
func (d *depot) sharedClock(c *clock.Virtual, given bool) (clock.Clock, error) {
	ctx := context.Background()
	ours, err := json.Marshal(c.Course())
	if err != nil {
		return nil, err
	}
	kept, err := d.redis.First(ctx, clockFact, ours)
	if err != nil {
		return nil, err
	}
	if given {
		kept, err = ours, d.redis.Keep(ctx, clockFact, ours)
	} else {
		c, err = clockFrom(kept)
	}
	if err != nil {
		return nil, err
	}
	adopt := func(value []byte) {
		var course clock.Course
		err := json.Unmarshal(value, &course)
		if err == nil && course != c.Course() {
			err = c.Adopt(course)
		}
		if err != nil {
			d.logger.Error("the clock does not follow that of other processes", "error", err)
		}
	}
	d.redis.Hear(clockFact, kept, adopt)
	c.OnMove(func(course clock.Course) {
		data, err := json.Marshal(course)
		if err == nil {
			err = d.redis.Keep(ctx, clockFact, data)
		}
		if err != nil {
			d.logger.Error("other processes do not know that the clock was moved", "error", err)
		}
	})
	return c, nil
}

func clockFrom(kept []byte) (*clock.Virtual, error) {
	var course clock.Course
	err := json.Unmarshal(kept, &course)
	if err == nil {
		var c *clock.Virtual
		if c, err = clock.Resume(course); err == nil {
			return c, nil
		}
	}
	return nil, fmt.Errorf("the clock in Redis is damaged: %w", err)
}

// How long one process sends the deliveries of a contract without saying so again, and how often it says so.
const (
	leaseLasts = 5 * time.Second
	leaseEvery = time.Second
)

const deliveryLease = "deliveries"

// share lets exactly one process send the deliveries of each contract: the one that has the lease.
func (d *depot) share(servers func() []*mock.Server) {
	ctx, cancel := context.WithCancel(context.Background())
	d.stop, d.done = cancel, make(chan struct{})
	held := map[string]time.Time{} // when the lease of a contract was taken last
	turn := func() {
		for _, s := range servers() {
			d.lead(s, held)
		}
	}
	go func() {
		defer close(d.done)
		ticker := time.NewTicker(leaseEvery)
		defer ticker.Stop()
		for {
			turn()
			select {
			case <-ticker.C:
			case <-ctx.Done():
				for contract := range held {
					_ = d.redis.Yield(context.Background(), contract, deliveryLease) // it ends by itself
				}
				return
			}
		}
	}()
}

// lead takes or prolongs the lease of a contract and lets its server send, or not.
func (d *depot) lead(s *mock.Server, held map[string]time.Time) {
	contract, asked := s.Contract().Name, time.Now()
	ctx, cancel := context.WithTimeout(context.Background(), leaseLasts/2)
	defer cancel()
	leads, err := d.redis.Lease(ctx, contract, deliveryLease, leaseLasts)
	switch {
	case err != nil:
		leads = time.Since(held[contract]) < leaseLasts-leaseEvery
	case leads:
		held[contract] = asked
	default:
		delete(held, contract)
	}
	if leads != s.Leads() {
		d.logger.Info("deliveries", "contract", contract, "sent_here", leads)
	}
	if err := s.Lead(ctx, leads); err != nil {
		d.logger.Error("the deliveries are not taken up", "contract", contract, "error", err)
	}
}
