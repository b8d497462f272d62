package redis_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"understudy/mock/store"
	"understudy/mock/store/redis"
	"understudy/mock/store/redis/redistest"

	"github.com/anishathalye/porcupine"
)

// A call is what a client asked a store for: to count, to read the counter, or to take a token that is there once.
type call struct {
	kind string // "count", "read" or "take"
	key  string
}

// An outcome is what it was told. Of a call whose answer is unknown nobody knows whether it happened.
type outcome struct {
	n       int // the counter after it; 1 where the token was there
	unknown bool
}

// record is one key as everybody must see it: one state after the other.
var record = porcupine.Model{
	Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
		parts := map[string][]porcupine.Operation{}
		for _, o := range history {
			k := o.Input.(call).key
			parts[k] = append(parts[k], o)
		}
		var list [][]porcupine.Operation
		for _, p := range parts {
			list = append(list, p)
		}
		return list
	},
	Init: func() any { return 0 },
	Step: func(state, input, output any) (bool, any) {
		n, in, out := state.(int), input.(call), output.(outcome)
		switch in.kind {
		case "count":
			return out.unknown || out.n == n+1, n + 1
		case "take":
			return out.unknown || (n == 0) == (out.n == 1), 1
		}
		return out.unknown || out.n == n, n
	},
	DescribeOperation: func(input, output any) string { return fmt.Sprint(input, " → ", output) },
}

// carry carries a call out.
func (c call) carry(t *testing.T, s store.Store) outcome {
	var out outcome
	var err error
	switch c.kind {
	case "count":
		err = s.Update(t.Context(), func(tx store.Tx) error {
			out.n = 0
			if v, err := tx.Get(c.key); err == nil {
				_, _ = fmt.Sscan(string(v), &out.n)
			}
			out.n++
			return tx.Put(c.key, fmt.Append(nil, out.n))
		})
	case "take":
		err = s.Update(t.Context(), func(tx store.Tx) error {
			out.n = 0
			if _, err := tx.Get(c.key); err == nil {
				return nil
			}
			out.n = 1
			return tx.Put(c.key, []byte("taken"))
		})
	default:
		err = s.View(t.Context(), func(tx store.Tx) error {
			out.n = 0
			if v, err := tx.Get(c.key); err == nil {
				_, _ = fmt.Sscan(string(v), &out.n)
			}
			return nil
		})
	}
	if err != nil && !errors.Is(err, store.ErrAway) {
		t.Error(err)
	}
	out.unknown = err != nil
	return out
}

// TestHistory: three processes and their clients count and take tokens while Redis stops, is killed, and comes back. What they
// were told could have been told by one process that did one thing after the other (linearizability, checked by porcupine).
func TestHistory(t *testing.T) {
	server := redistest.Start(t)
	var stores []*store.Replicated
	for range 3 {
		stores = append(stores, space(t, connect(t, server.URL(), func(o *redis.Options) { o.Timeout, o.Kept = 400*time.Millisecond, 20 }), "shop"))
	}
	began := time.Now()
	var mu sync.Mutex
	var history []porcupine.Operation
	var done atomic.Bool
	var clients sync.WaitGroup
	for client := range 12 {
		source := rand.New(rand.NewPCG(1, uint64(client)))
		clients.Go(func() {
			for i := 0; !done.Load() && i < 4000; i++ {
				c := call{"count", fmt.Sprint("counter", source.IntN(3))}
				switch source.IntN(3) {
				case 0:
					c = call{"take", fmt.Sprint("token", i/4)} // about as far as the others are
				case 1:
					c.kind = "read"
				}
				asked := time.Since(began).Nanoseconds()
				out := c.carry(t, stores[client%3])
				told := time.Since(began).Nanoseconds()
				if out.unknown && c.kind == "read" {
					continue
				}
				if out.unknown {
					told = int64(1) << 62 // it may happen as late as that
				}
				mu.Lock()
				history = append(history, porcupine.Operation{ClientId: client, Input: c, Output: out, Call: asked, Return: told})
				mu.Unlock()
			}
		})
	}
	count := func() int { mu.Lock(); defer mu.Unlock(); return len(history) }
	waitFor := func(more int) {
		for n := count(); count() < n+more && !t.Failed(); {
			<-time.After(time.Millisecond)
		}
	}
	for i := range 6 {
		waitFor(400)
		if i%2 == 0 {
			server.Pause()
			<-time.After(time.Duration(100+200*i) * time.Millisecond)
			server.Resume()
		} else {
			server.Kill()
			<-time.After(100 * time.Millisecond)
			server.Again()
		}
	}
	waitFor(400)
	done.Store(true)
	clients.Wait()
	unknown := 0
	for i := range history {
		history[i].ClientId = i // one client goes on while a call of its own may still happen
		if history[i].Output.(outcome).unknown {
			unknown++
		}
	}
	result := porcupine.CheckOperationsTimeout(record, history, 2*time.Minute)
	t.Logf("%d calls, %d of them without an answer", len(history), unknown)
	if result != porcupine.Ok {
		t.Errorf("the history is %s", result)
	}
}

// TestHistoryChecker: the checker finds what it is for.
func TestHistoryChecker(t *testing.T) {
	operation := func(client int, from, to int64, c call, n int) porcupine.Operation {
		return porcupine.Operation{ClientId: client, Input: c, Output: outcome{n: n}, Call: from, Return: to}
	}
	for name, history := range map[string][]porcupine.Operation{
		"a lost update":      {operation(0, 0, 10, call{"count", "k"}, 1), operation(1, 5, 15, call{"count", "k"}, 1)},
		"a stale read":       {operation(0, 0, 10, call{"count", "k"}, 1), operation(1, 20, 30, call{"read", "k"}, 0)},
		"a token used twice": {operation(0, 0, 10, call{"take", "k"}, 1), operation(1, 20, 30, call{"take", "k"}, 1)},
	} {
		if porcupine.CheckOperations(record, history) {
			t.Errorf("%s is not found", name)
		}
	}
}
