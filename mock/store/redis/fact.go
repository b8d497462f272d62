package redis

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"understudy/mock/store"

	goredis "github.com/redis/go-redis/v9"
)

// Fact gives what is kept under a name for all contracts; nil: nothing is.
func (r *Redis) Fact(ctx context.Context, name string) ([]byte, error) {
	value, err := r.client.HGet(ctx, r.factsKey(), name).Bytes()
	if errors.Is(err, goredis.Nil) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", store.ErrAway, err)
	}
	return value, nil
}

// Keep keeps a fact, and tells the others' Watch of facts.
func (r *Redis) Keep(ctx context.Context, name string, value []byte) error {
	_, err := r.client.TxPipelined(ctx, func(p goredis.Pipeliner) error {
		p.HSet(ctx, r.factsKey(), name, value)
		p.Publish(ctx, r.channel(), r.word(factSign+name))
		return nil
	})
	if err != nil {
		return fmt.Errorf("%w: %w", store.ErrAway, err)
	}
	return nil
}

// First keeps a fact unless there is one, and gives the one that is kept.
func (r *Redis) First(ctx context.Context, name string, value []byte) ([]byte, error) {
	if err := r.client.HSetNX(ctx, r.factsKey(), name, value).Err(); err != nil {
		return nil, fmt.Errorf("%w: %w", store.ErrAway, err)
	}
	return r.Fact(ctx, name)
}

// Number gives this process a number that none had before.
func (r *Redis) Number(ctx context.Context) (uint64, error) {
	n, err := r.client.Incr(ctx, r.namespace+":replicas").Uint64()
	if err != nil {
		return 0, fmt.Errorf("%w: %w", store.ErrAway, err)
	}
	return n, nil
}

// A fact is one that somebody wants to hear of.
type fact struct {
	name string
	last []byte // that was told, or was there at the beginning
	f    func(value []byte)
}

// Hear calls f when the value of a fact is another one than before: than known, at first.
func (r *Redis) Hear(name string, known []byte, f func(value []byte)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.heard = append(r.heard, &fact{name: name, last: known, f: f})
}

// hear looks the facts up that somebody wants to hear of. It is called by one goroutine.
func (r *Redis) hear(ctx context.Context) {
	r.mu.Lock()
	list := slices.Clone(r.heard)
	r.mu.Unlock()
	for _, one := range list {
		if value, err := r.Fact(ctx, one.name); err == nil && value != nil && !bytes.Equal(value, one.last) {
			one.last = value
			one.f(value)
		}
	}
}

// factSign begins what the channel tells of facts; contracts' names have no such sign.
const factSign = "\x01"

func (r *Redis) factsKey() string { return r.namespace + ":facts" }

// leaseScript takes the lease KEYS[1] for ARGV[1] and ARGV[2] milliseconds, where nobody else has it.
var leaseScript = goredis.NewScript(`
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1`)

// yieldScript gives the lease KEYS[1] back where ARGV[1] has it.
var yieldScript = goredis.NewScript(`
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0`)

func (r *Redis) leaseKey(contract, what string) string {
	return r.namespace + ":{" + tag(contract) + "}:lease:" + what
}

// Lease takes or prolongs the lease on something of a contract; false where another process has it. It ends by itself.
func (r *Redis) Lease(ctx context.Context, contract, what string, lasts time.Duration) (bool, error) {
	n, err := leaseScript.Run(ctx, r.client, []string{r.leaseKey(contract, what)}, r.replica, lasts.Milliseconds()).Int()
	if err != nil {
		return false, fmt.Errorf("%w: %w", store.ErrAway, err)
	}
	return n == 1, nil
}

// Yield gives a lease back.
func (r *Redis) Yield(ctx context.Context, contract, what string) error {
	if err := yieldScript.Run(ctx, r.client, []string{r.leaseKey(contract, what)}, r.replica).Err(); err != nil {
		return fmt.Errorf("%w: %w", store.ErrAway, err)
	}
	return nil
}
