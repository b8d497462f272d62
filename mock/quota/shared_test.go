package quota_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"understudy/mock/quota"
	"understudy/mock/store"
	"understudy/mock/store/storetest"
)

// shops are limits of several processes over one store, and those of one process alone.
func shops(t *testing.T, overlay string) (alone *field, log *storetest.Log, several []*quota.Limits) {
	alone = open(t, overlay)
	log = &storetest.Log{}
	for i := range 3 {
		l, err := quota.New(t.Context(), quota.Options{Contract: alone.contract, Store: storetest.Share(t, log, fmt.Sprint("replica", i)), Clock: alone.clock})
		if err != nil {
			t.Fatal(err)
		}
		several = append(several, l)
	}
	return alone, log, several
}

// TestSharedCountsAlike: whichever of several processes a request comes to, it passes or is refused as it would at one that
// counts alone, by every algorithm.
func TestSharedCountsAlike(t *testing.T) {
	for _, algorithm := range []string{"fixed-window", "sliding-counter", "sliding-log", "token-bucket", "gcra"} {
		t.Run(algorithm, func(t *testing.T) {
			alone, _, several := shops(t, "limits: [{name: one, algorithm: "+algorithm+", limit: 5, window: 10s}]")
			source := rand.New(rand.NewPCG(1, 2))
			passed := 0
			for i := range 2000 {
				ask := quota.Ask{Operation: alone.operation("things"), Subject: quota.Subject{Credential: fmt.Sprint("key_", source.IntN(3))}}
				want := alone.limits.Take(ask)
				got, err := several[source.IntN(3)].Ask(t.Context(), ask)
				if err != nil {
					t.Fatal(err)
				}
				if (want.Refused() == nil) != (got.Refused() == nil) {
					t.Fatalf("request %d: alone refused %v, shared %v", i, want.Refused(), got.Refused())
				}
				if want.Refused() == nil {
					passed++
				} else if want.Refused().Wait != got.Refused().Wait {
					t.Fatalf("request %d: alone waits %s, shared %s", i, want.Refused().Wait, got.Refused().Wait)
				}
				if source.IntN(4) == 0 {
					if _, err := alone.clock.Advance(time.Duration(source.IntN(2000)) * time.Millisecond); err != nil {
						t.Fatal(err)
					}
				}
			}
			if passed < 100 || passed > 1900 {
				t.Errorf("%d of 2000 passed: the test shows little", passed)
			}
		})
	}
}

// TestSharedExactly: many at the same time at several processes are as many as the limit says.
func TestSharedExactly(t *testing.T) {
	alone, _, several := shops(t, "limits: [{name: one, limit: 100, window: 1h}]")
	ask := quota.Ask{Operation: alone.operation("things"), Subject: quota.Subject{Credential: "key_1"}}
	var passed atomic.Int64
	var all sync.WaitGroup
	for i := range 12 {
		all.Go(func() {
			for range 25 {
				v, err := several[i%3].Ask(t.Context(), ask)
				if err != nil {
					t.Error(err)
				} else if v.Refused() == nil {
					passed.Add(1)
				}
			}
		})
	}
	all.Wait()
	if passed.Load() != 100 {
		t.Errorf("%d passed, want 100", passed.Load())
	}
	list, err := several[0].Leave("one", "credential:key_1", 7)
	if err != nil || len(list) != 1 || list[0].Remaining != 7 {
		t.Fatalf("leave 7: %v %v", list, err)
	}
	if list := several[1].Counters("", ""); len(list) != 1 || list[0].Remaining != 7 {
		t.Errorf("another process shows %+v", list)
	}
	if n, err := several[2].Clear("", ""); n != 1 || err != nil {
		t.Errorf("cleared %d, %v", n, err)
	}
	if list := several[0].Counters("", ""); len(list) != 0 {
		t.Errorf("after all was cleared another process shows %+v", list)
	}
}

// TestSharedAway: without the store nothing is counted, and the error tells.
func TestSharedAway(t *testing.T) {
	alone, log, several := shops(t, "limits: [{name: one, limit: 2, window: 1h}]")
	ask := quota.Ask{Operation: alone.operation("things"), Subject: quota.Subject{Credential: "key_1"}}
	log.Fail(errors.New("gone"))
	if _, err := several[0].Ask(t.Context(), ask); !errors.Is(err, store.ErrAway) {
		t.Errorf("without the store: %v", err)
	}
	log.Fail(nil)
	if v, err := several[1].Ask(t.Context(), ask); err != nil || v.Refused() != nil {
		t.Errorf("afterwards: %v %v", v.Refused(), err)
	}
}

// TestSharedForgets: what has no effect any more is taken from the store.
func TestSharedForgets(t *testing.T) {
	alone, log, several := shops(t, "limits: [{name: one, limit: 2, window: 1s}]")
	for i := range 600 {
		ask := quota.Ask{Operation: alone.operation("things"), Subject: quota.Subject{Credential: fmt.Sprint("key_", i)}}
		if _, err := several[0].Ask(t.Context(), ask); err != nil {
			t.Fatal(err)
		}
		if _, err := alone.clock.Advance(100 * time.Millisecond); err != nil {
			t.Fatal(err)
		}
	}
	err := storetest.Share(t, log, "reader").View(t.Context(), func(tx store.Tx) error {
		if n, _ := tx.Count("quota/"); n > 200 {
			t.Errorf("%d counters are in the store, of which about ten have an effect", n)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
