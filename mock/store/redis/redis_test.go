package redis_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"understudy/mock/store"
	"understudy/mock/store/redis"
	"understudy/mock/store/redis/redistest"
	"understudy/mock/store/storetest"
)

var replicas atomic.Uint64

// connect opens a connection as another process would.
func connect(t testing.TB, url string, change ...func(*redis.Options)) *redis.Redis {
	t.Helper()
	o := redis.Options{URL: url, Replica: fmt.Sprintf("replica%d", replicas.Add(1))}
	for _, f := range change {
		f(&o)
	}
	r, err := redis.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

func space(t testing.TB, r *redis.Redis, contract string) *store.Replicated {
	t.Helper()
	s, err := r.Space(t.Context(), contract, "")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestStore: a space is a store.
func TestStore(t *testing.T) {
	server := redistest.Start(t, "--appendfsync", "no")
	n := 0
	storetest.Run(t, func(t *testing.T) store.Store {
		n++
		return space(t, connect(t, server.URL()), fmt.Sprint("shop", n))
	})
}

func set(key, value string) func(store.Tx) error {
	return func(tx store.Tx) error { return tx.Put(key, []byte(value)) }
}

func read(t testing.TB, s store.Store, key string) string {
	t.Helper()
	value := ""
	err := s.View(t.Context(), func(tx store.Tx) error {
		v, err := tx.Get(key)
		value = string(v)
		if errors.Is(err, store.ErrNotFound) {
			value, err = "(none)", nil
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func add(key string) func(store.Tx) error {
	return func(tx store.Tx) error {
		n := 0
		if v, err := tx.Get(key); err == nil {
			_, _ = fmt.Sscan(string(v), &n)
		}
		return tx.Put(key, fmt.Append(nil, n+1))
	}
}

// TestReplicas: what one process was answered all others see, and their updates happen one after the other.
func TestReplicas(t *testing.T) {
	server := redistest.Start(t, "--appendfsync", "no")
	var stores []*store.Replicated
	for range 3 {
		stores = append(stores, space(t, connect(t, server.URL()), "shop"))
	}
	const each, rounds = 8, 40
	var wait sync.WaitGroup
	for _, s := range stores {
		for range each {
			wait.Go(func() {
				for range rounds {
					if err := s.Update(t.Context(), add("n")); err != nil {
						t.Error(err)
					}
				}
			})
		}
	}
	wait.Wait()
	for i, s := range stores {
		if got, want := read(t, s, "n"), fmt.Sprint(3*each*rounds); got != want {
			t.Errorf("replica %d reads %s, want %s", i, got, want)
		}
	}
	for i := range 100 { // written by one, read by the next
		if err := stores[i%3].Update(t.Context(), set("k", fmt.Sprint(i))); err != nil {
			t.Fatal(err)
		}
		if got := read(t, stores[(i+1)%3], "k"); got != fmt.Sprint(i) {
			t.Fatalf("round %d: the other replica reads %s", i, got)
		}
	}
}

// TestMany: a change of many records is one change, and those who come later have all of it.
func TestMany(t *testing.T) {
	server := redistest.Start(t, "--appendfsync", "no")
	a, b := space(t, connect(t, server.URL()), "shop"), space(t, connect(t, server.URL()), "shop")
	const n = 30_000
	err := a.Update(t.Context(), func(tx store.Tx) error {
		for i := range n {
			if err := tx.Put(fmt.Sprintf("item/%06d", i), []byte(strings.Repeat("x", i%50))); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Update(t.Context(), func(tx store.Tx) error {
		return errors.Join(tx.Put("item/000001", []byte("new")), tx.Delete("item/000002"), tx.Delete("item/000003"), tx.Put("item/000003", []byte("again")))
	}); err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]*store.Replicated{"a": a, "b": b, "later": space(t, connect(t, server.URL()), "shop")} {
		err := s.View(t.Context(), func(tx store.Tx) error {
			if count, _ := tx.Count("item/"); count != n-1 {
				t.Errorf("%s holds %d items, want %d", name, count, n-1)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := read(t, s, "item/000001") + read(t, s, "item/000002") + read(t, s, "item/000003"); got != "new(none)again" {
			t.Errorf("%s reads %s", name, got)
		}
	}
}

// TestLagging: who missed more than the log keeps reads everything anew, and hears of each difference.
func TestLagging(t *testing.T) {
	server := redistest.Start(t, "--appendfsync", "no")
	short := func(o *redis.Options) { o.Kept = 2 }
	a, b := space(t, connect(t, server.URL(), short), "shop"), space(t, connect(t, server.URL(), short), "shop")
	var mu sync.Mutex
	heard := map[string]string{}
	b.Watch(func(changes []store.Change) {
		mu.Lock()
		defer mu.Unlock()
		for _, c := range changes {
			heard[c.Key] = string(c.Value)
		}
	})
	server.Pause()
	server.Resume()
	for i := range 1000 {
		if err := a.Update(t.Context(), set(fmt.Sprint("k", i%7), fmt.Sprint(i))); err != nil {
			t.Fatal(err)
		}
	}
	if got := read(t, b, "k6"); got != "993" && got != "999" && got == "(none)" {
		t.Errorf("b reads %s", got)
	}
	for i := range 7 {
		want := read(t, a, fmt.Sprint("k", i))
		if got := read(t, b, fmt.Sprint("k", i)); got != want {
			t.Errorf("k%d: b reads %s, a %s", i, got, want)
		}
		mu.Lock()
		if got := heard[fmt.Sprint("k", i)]; got != want {
			t.Errorf("k%d: b heard of %q, want %q", i, got, want)
		}
		mu.Unlock()
	}
}

// TestAway: while Redis is away everything fails with ErrAway within the time that was given, and afterwards nothing that was
// answered is missing and nothing is there twice.
func TestAway(t *testing.T) {
	server := redistest.Start(t)
	quick := func(o *redis.Options) { o.Timeout = 300 * time.Millisecond }
	a, b := space(t, connect(t, server.URL(), quick), "shop"), space(t, connect(t, server.URL(), quick), "shop")
	answered, unsure := 0, 0
	try := func(s *store.Replicated) {
		t.Helper()
		switch err := s.Update(t.Context(), add("n")); {
		case err == nil:
			answered++
		case errors.Is(err, store.ErrAway):
			unsure++
		default:
			t.Errorf("an update fails with %v", err)
		}
	}
	for range 20 {
		try(a)
		try(b)
	}
	server.Kill()
	try(a)
	if unsure != 1 {
		t.Error("an update was answered without Redis")
	}
	if err := b.View(t.Context(), func(store.Tx) error { return nil }); !errors.Is(err, store.ErrAway) {
		t.Errorf("a view without Redis: %v", err)
	}
	server.Again()
	for range 20 {
		try(a)
		try(b)
	}
	var n int
	_, _ = fmt.Sscan(read(t, b, "n"), &n)
	if n < answered || n > answered+unsure {
		t.Errorf("n is %d; %d updates were answered, of %d nobody knows", n, answered, unsure)
	}
	if answered < 70 {
		t.Errorf("only %d updates were answered", answered)
	}
}

// TestPaused: an answer that is late does not make an update happen twice.
func TestPaused(t *testing.T) {
	server := redistest.Start(t, "--appendfsync", "no")
	a := space(t, connect(t, server.URL(), func(o *redis.Options) { o.Timeout = 20 * time.Second }), "shop")
	for i := range 20 {
		done := make(chan error)
		go func() { done <- a.Update(t.Context(), add("n")) }()
		if i%4 == 0 {
			server.Pause()
			server.Resume()
		}
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	if got := read(t, a, "n"); got != "20" {
		t.Errorf("20 updates made %s", got)
	}
}

// TestEmptied: a Redis that lost everything gets back what the first process holds that notices.
func TestEmptied(t *testing.T) {
	server := redistest.Start(t)
	a, b := space(t, connect(t, server.URL()), "shop"), space(t, connect(t, server.URL()), "shop")
	if err := a.Update(t.Context(), set("k", "kept")); err != nil {
		t.Fatal(err)
	}
	if got := read(t, b, "k"); got != "kept" {
		t.Fatal(got)
	}
	server.Kill()
	server.Empty()
	server.Again()
	if got := read(t, b, "k"); got != "kept" {
		t.Errorf("the store lost what a process held: %s", got)
	}
	if err := a.Update(t.Context(), set("l", "new")); err != nil {
		t.Fatal(err)
	}
	if got := read(t, b, "l") + read(t, space(t, connect(t, server.URL()), "shop"), "k"); got != "newkept" {
		t.Errorf("afterwards: %s", got)
	}
}

// TestDropped: a world that was dropped is empty, for those who have not heard of it as well, and can be made again.
func TestDropped(t *testing.T) {
	server := redistest.Start(t, "--appendfsync", "no")
	a, b := connect(t, server.URL()), connect(t, server.URL())
	open := func(r *redis.Redis) *store.Replicated {
		t.Helper()
		s, err := r.Space(t.Context(), "shop", "box")
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	for round := range 3 {
		one, other := open(a), open(b)
		value := fmt.Sprint(round)
		if err := one.Update(t.Context(), set("k", value)); err != nil {
			t.Fatal(err)
		}
		if got := read(t, other, "k"); got != value {
			t.Fatalf("round %d: the other process reads %s", round, got)
		}
		if err := one.Close(); err != nil {
			t.Fatal(err)
		}
		if err := a.Drop(t.Context(), "shop", "box"); err != nil {
			t.Fatal(err)
		}
		if got := read(t, other, "k"); got != "(none)" {
			t.Errorf("round %d: after it was dropped the other process reads %s", round, got)
		}
		if err := other.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestFacts: facts are for all, the first one stays where it is to, and a lease has one holder.
func TestFacts(t *testing.T) {
	server := redistest.Start(t, "--appendfsync", "no")
	a, b := connect(t, server.URL()), connect(t, server.URL())
	if v, err := a.Fact(t.Context(), "secret"); v != nil || err != nil {
		t.Fatal(v, err)
	}
	if v, err := a.First(t.Context(), "secret", []byte("one")); string(v) != "one" || err != nil {
		t.Fatal(string(v), err)
	}
	if v, err := b.First(t.Context(), "secret", []byte("two")); string(v) != "one" || err != nil {
		t.Fatal(string(v), err)
	}
	told := make(chan string, 1)
	b.Hear("clock", nil, func(v []byte) { told <- string(v) })
	if err := a.Keep(t.Context(), "clock", []byte("noon")); err != nil {
		t.Fatal(err)
	}
	if got := <-told; got != "noon" {
		t.Errorf("b was told %s", got)
	}
	lease := func(r *redis.Redis) bool {
		ok, err := r.Lease(t.Context(), "shop", "deliveries", time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		return ok
	}
	if !lease(a) || lease(b) || !lease(a) {
		t.Error("a lease has not one holder")
	}
	if err := b.Yield(t.Context(), "shop", "deliveries"); err != nil || lease(b) {
		t.Error("somebody else gave the lease back", err)
	}
	if err := a.Yield(t.Context(), "shop", "deliveries"); err != nil || !lease(b) {
		t.Error("the lease was not given back", err)
	}
}

// TestAddress: addresses are understood, and their passwords shown nowhere.
func TestAddress(t *testing.T) {
	for _, url := range []string{"", "http://localhost", "redis://", "redis://:hunter2@localhost:1/x", "redis://:hunter2@localhost:1?namespace=a%20b", "redis://:hunter2@127.0.0.1:1", "redis://:hunter2@%zz"} {
		_, err := redis.Open(t.Context(), redis.Options{URL: url, Replica: "r", Timeout: time.Second})
		if err == nil {
			t.Errorf("%q is taken", url)
		} else if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("the error shows the password: %v", err)
		}
	}
	server := redistest.Start(t, "--requirepass", "hunter2")
	if _, err := redis.Open(t.Context(), redis.Options{URL: server.URL(), Replica: "r"}); err == nil {
		t.Error("no password is asked for")
	}
}
