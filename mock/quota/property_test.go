package quota_test

import (
	"fmt"
	"math/big"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"understudy/mock/quota"

	"pgregory.net/rapid"
)

// algorithms are limits whose state decides between few outcomes, so that short sequences meet all of them.
var algorithms = []string{
	"algorithm: fixed-window, limit: 4, window: 1s", "algorithm: fixed-window, limit: 4, window: 1s, align: first-request",
	"algorithm: fixed-window, limit: 5, window: day", "algorithm: sliding-log, limit: 4, window: 1s", "algorithm: sliding-counter, limit: 4, window: 1s",
	"algorithm: token-bucket, limit: 7, window: 3s, burst: 4", "algorithm: gcra, limit: 3, window: 1s",
}

// TestNeverMoreInAnyWindow: a sliding log lets no more than its limit pass in any window, wherever that begins.
func TestNeverMoreInAnyWindow(t *testing.T) {
	const limit, window = 4, time.Second
	rapid.Check(t, func(r *rapid.T) {
		f := open(t, fmt.Sprintf("limits: [{name: one, algorithm: sliding-log, limit: %d, window: %s}]", limit, window))
		var passed []time.Time
		for range rapid.IntRange(1, 60).Draw(r, "requests") {
			f.advance(time.Duration(rapid.IntRange(0, 700).Draw(r, "pause")) * time.Millisecond)
			before := 0
			for _, at := range passed {
				if f.clock.Now().Sub(at) < window {
					before++
				}
			}
			if pass := f.passes("things", "key_1"); pass != (before < limit) {
				r.Fatalf("with %d in the window: passed %t", before, pass)
			} else if pass {
				passed = append(passed, f.clock.Now())
			}
		}
	})
}

// TestBucketIsGCRA holds both words against each other, against a token bucket and against GCRA in fractions without end,
// with rates that are no whole number of nanoseconds.
func TestBucketIsGCRA(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		limit, burst := rapid.IntRange(1, 13).Draw(r, "limit"), rapid.IntRange(3, 6).Draw(r, "burst")
		window := time.Duration(rapid.IntRange(1, 1000).Draw(r, "window")) * time.Millisecond
		words := fmt.Sprintf("limit: %d, window: %s, burst: %d", limit, window, burst)
		bucket, gcra := open(t, "limits: [{name: one, algorithm: token-bucket, "+words+"}]"), open(t, "limits: [{name: one, algorithm: gcra, "+words+"}]")
		interval := big.NewRat(int64(window), int64(limit))
		level, last := new(big.Rat).SetInt64(int64(burst)), begin
		tat := new(big.Rat)
		for range rapid.IntRange(1, 40).Draw(r, "requests") {
			pause := time.Duration(rapid.Int64Range(0, 2*int64(window)).Draw(r, "pause"))
			bucket.advance(pause)
			gcra.advance(pause)
			now := bucket.clock.Now()

			gained := new(big.Rat).Quo(new(big.Rat).SetInt64(int64(now.Sub(last))), interval)
			if level.Add(level, gained); level.Cmp(new(big.Rat).SetInt64(int64(burst))) > 0 {
				level.SetInt64(int64(burst))
			}
			last = now
			one := big.NewRat(1, 1)
			wantBucket := level.Cmp(one) >= 0
			if wantBucket {
				level.Sub(level, one)
			}

			at := new(big.Rat).SetInt64(int64(now.Sub(begin)))
			next := new(big.Rat).Set(tat)
			if next.Cmp(at) < 0 {
				next.Set(at)
			}
			next.Add(next, interval)
			ahead := new(big.Rat).Sub(next, at)
			wantGCRA := ahead.Cmp(new(big.Rat).Mul(interval, new(big.Rat).SetInt64(int64(burst)))) <= 0
			if wantGCRA {
				tat.Set(next)
			}

			if a, b := bucket.passes("things", "k"), gcra.passes("things", "k"); a != wantBucket || b != wantGCRA || a != b {
				r.Fatalf("after %s: bucket %t (want %t), gcra %t (want %t)", now.Sub(begin), a, wantBucket, b, wantGCRA)
			}
		}
	})
}

// TestRefusedConsumesNothing: what is left is the same with and without the refused requests in between, and who waits as
// long as was told passes, but not a nanosecond earlier.
func TestRefusedConsumesNothing(t *testing.T) {
	for _, words := range algorithms {
		t.Run(words, func(t *testing.T) {
			rapid.Check(t, func(r *rapid.T) {
				f := open(t, "limits: [{name: one, "+words+"}]")
				for range rapid.IntRange(1, 30).Draw(r, "requests") {
					f.advance(time.Duration(rapid.Int64Range(0, int64(time.Second)).Draw(r, "pause")))
					before := fmt.Sprint(f.limits.Export())
					refusal := f.limits.Take(f.ask("things", "k")).Refused()
					if refusal == nil {
						continue
					}
					after := fmt.Sprint(f.limits.Export())
					counters := f.limits.Counters("", "")
					if len(counters) != 1 || counters[0].Remaining != 0 {
						r.Fatalf("refused with %v left", counters)
					}
					if refusal.Wait <= 0 {
						r.Fatalf("refused, to wait for %s", refusal.Wait)
					}
					early := f.fork()
					early.advance(refusal.Wait - 1)
					if early.passes("things", "k") {
						r.Fatalf("a nanosecond before %s it passes", refusal.Wait)
					}
					early.advance(1)
					if !early.passes("things", "k") {
						r.Fatalf("after %s it does not pass: %s then %s", refusal.Wait, before, after)
					}
				}
			})
		})
	}
}

// fork is the same limits with the same counters, whose clock is moved by itself.
func (f *field) fork() *field {
	f.t.Helper()
	g := *f
	g.clock = f.clock.Fork()
	if err := f.limits.Save(f.t.Context()); err != nil {
		f.t.Fatal(err)
	}
	g.store = f.store.Fork()
	g.limits = f.limits.Fork(g.store, g.clock)
	return &g
}

// TestSeveralAtOnce: all limits pass a request and count it, or none counts it.
func TestSeveralAtOnce(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		f := open(t, `
limits:
  - {name: minute, limit: 5, window: 1m}
  - {name: log, algorithm: sliding-log, limit: 4, window: 20s}
  - {name: bucket, algorithm: token-bucket, limit: 6, window: 1m, burst: 3}`)
		for range rapid.IntRange(1, 40).Draw(r, "requests") {
			f.advance(time.Duration(rapid.IntRange(0, 9000).Draw(r, "pause")) * time.Millisecond)
			left := func() (n [3]int64) {
				for i, name := range []string{"minute", "log", "bucket"} {
					n[i] = []int64{5, 4, 3}[i]
					for _, c := range f.limits.Counters(name, "") {
						n[i] = c.Remaining
					}
				}
				return n
			}
			before := left()
			pass := f.passes("things", "k")
			after := left()
			for i := range before {
				if want := before[i] > 0; pass && !want || !pass && after[i] != before[i] || pass && after[i] != before[i]-1 {
					r.Fatalf("passed %t: left before %v, after %v", pass, before, after)
				}
			}
			if !pass && before[0] > 0 && before[1] > 0 && before[2] > 0 {
				r.Fatalf("refused with %v left", before)
			}
		}
	})
}

// TestParallel: of many requests at once exactly as many pass as the limit has.
func TestParallel(t *testing.T) {
	for _, words := range algorithms {
		f := open(t, "limits: [{name: one, "+words+"}, {name: wide, limit: 1000, window: 1h}]")
		want := f.limits.Policies()[0].Quota
		var passed atomic.Int64
		var group sync.WaitGroup
		for range 8 {
			group.Go(func() {
				for range 50 {
					if f.limits.Take(quota.Ask{Operation: f.contract.Operations[0], Subject: quota.Subject{Credential: "k"}}).Refused() == nil {
						passed.Add(1)
					}
				}
			})
		}
		group.Wait()
		if passed.Load() != want {
			t.Errorf("%s: %d passed, want %d", words, passed.Load(), want)
		}
		if wide := f.limits.Counters("wide", ""); wide[0].Used != want {
			t.Errorf("%s: the other limit counted %d, want %d", words, wide[0].Used, want)
		}
	}
}

// TestOpenRequests: a limit on open requests lets another one in for each that has ended.
func TestOpenRequests(t *testing.T) {
	f := open(t, "limits: [{name: open, algorithm: concurrency, limit: 2}, {name: minute, limit: 5, window: 1m}]\nlimitHeaders: {profile: epoch}")
	first, second := f.limits.Take(f.ask("heavy", "k")), f.limits.Take(f.ask("left", "k"))
	if first.Refused() != nil || second.Refused() != nil {
		t.Fatal("two were refused")
	}
	third := f.limits.Take(f.ask("things", "k"))
	if r := third.Refused(); r != nil {
		t.Fatalf("a request that weighs nothing is open: %v", r)
	}
	fourth := f.limits.Take(f.ask("things", "k"))
	if r := fourth.Refused(); r == nil || r.Limit != "open" {
		t.Fatalf("a third one is open: %v", r)
	}
	fourth.Release()
	first.Release()
	first.Release()
	if c := f.limits.Counters("open", ""); len(c) != 1 || c[0].Used != 1 {
		t.Errorf("%v are open, want one", c)
	}
	third.Release()
	if c := f.limits.Counters("open", ""); len(c) != 0 {
		t.Errorf("%v are open, want none", c)
	}
	if c := f.limits.Counters("minute", ""); c[0].Used != 3 {
		t.Errorf("%v, want 3 used", c)
	}
}
