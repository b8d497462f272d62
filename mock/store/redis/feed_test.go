package redis_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"understudy/mock/store"
	"understudy/mock/store/redis"
	"understudy/mock/store/redis/redistest"
)

// A listener keeps what it hears of a feed.
type listener struct {
	mu    sync.Mutex
	cond  *sync.Cond
	texts []string
}

func listen(t testing.TB, f store.Feed) *listener {
	t.Helper()
	l := &listener{}
	l.cond = sync.NewCond(&l.mu)
	err := f.Watch(t.Context(), func(texts [][]byte) {
		l.mu.Lock()
		defer l.mu.Unlock()
		for _, text := range texts {
			l.texts = append(l.texts, string(text))
		}
		l.cond.Broadcast()
	})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// heard waits until so many texts were heard.
func (l *listener) heard(n int) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.texts) < n {
		l.cond.Wait()
	}
	return slices.Clone(l.texts)
}

func feed(t testing.TB, r *redis.Redis, contract, sandbox string, entries, bytes int) store.Feed {
	t.Helper()
	f, err := r.Feed(t.Context(), contract, sandbox, entries, bytes)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func say(t testing.TB, f store.Feed, texts ...string) {
	t.Helper()
	var list [][]byte
	for _, text := range texts {
		list = append(list, []byte(text))
	}
	if err := f.Append(t.Context(), list); err != nil {
		t.Fatal(err)
	}
}

// TestFeed: all hear the same texts in the same order, those who come later what is kept.
func TestFeed(t *testing.T) {
	server := redistest.Start(t, "--appendfsync", "no")
	one, other := feed(t, connect(t, server.URL()), "shop", "", 1000, 1<<20), feed(t, connect(t, server.URL()), "shop", "", 1000, 1<<20)
	if one.Number() == 0 || one.Number() == other.Number() {
		t.Errorf("the processes have the numbers %d and %d", one.Number(), other.Number())
	}
	a, b := listen(t, one), listen(t, other)
	var writers sync.WaitGroup
	for _, f := range []store.Feed{one, other} {
		writers.Go(func() {
			for i := range 100 {
				say(t, f, fmt.Sprint(f.Number(), " ", i), "and another")
			}
		})
	}
	writers.Wait()
	all := a.heard(400)
	if !slices.Equal(all, b.heard(400)) {
		t.Error("two processes hear another order")
	}
	if later := listen(t, feed(t, connect(t, server.URL()), "shop", "", 1000, 1<<20)); !slices.Equal(later.heard(400), all) {
		t.Error("who comes later hears something else")
	}
	elsewhere := feed(t, connect(t, server.URL()), "garage", "", 1000, 1<<20)
	if l := listen(t, elsewhere); len(l.heard(0)) != 0 {
		t.Error("another contract hears of it")
	}

	// What was read can be forgotten, and the rest goes on.
	place := one.Place()
	say(t, other, "kept")
	if err := one.Forget(t.Context(), place); err != nil {
		t.Fatal(err)
	}
	if later := listen(t, feed(t, connect(t, server.URL()), "shop", "", 1000, 1<<20)).heard(1); !slices.Equal(later, []string{"kept"}) {
		t.Errorf("after all was forgotten there is %q", later)
	}
	if err := one.Close(); err != nil {
		t.Fatal(err)
	}
	say(t, one, "last") // whoever has left may still speak
	if got := b.heard(402); got[401] != "last" {
		t.Errorf("the last text is %q", got[401])
	}
}

// TestFeedBounds: a feed keeps about as many texts and bytes as it is to.
func TestFeedBounds(t *testing.T) {
	server := redistest.Start(t, "--appendfsync", "no")
	r := connect(t, server.URL())
	few := feed(t, r, "few", "", 200, 1<<30)
	small := feed(t, r, "small", "", 1_000_000, 100<<10)
	large := strings.Repeat("x", 10_000)
	for i := range 100 {
		say(t, few, fmt.Sprint(i), "b", "c", "d", "e", "f", "g", "h", "i", "j")
		say(t, small, large)
	}
	if n := len(listen(t, feed(t, r, "few", "", 200, 1<<30)).heard(200)); n > 300 {
		t.Errorf("of 200 texts %d are kept", n)
	}
	if n := len(listen(t, feed(t, r, "small", "", 1_000_000, 100<<10)).heard(9)); n > 12 {
		t.Errorf("100 KiB are %d texts of 10,000 bytes", n)
	}
}

// TestFeedLost: a Redis that was away, or has lost everything, carries what is told from then on to those who listen still.
func TestFeedLost(t *testing.T) {
	server := redistest.Start(t, "--appendfsync", "no")
	quick := func(o *redis.Options) { o.Timeout = time.Second / 2 }
	one, other := feed(t, connect(t, server.URL(), quick), "shop", "", 100, 1<<20), feed(t, connect(t, server.URL()), "shop", "", 100, 1<<20)
	b := listen(t, other)
	say(t, one, "first")
	b.heard(1)
	server.Kill()
	if err := one.Append(t.Context(), [][]byte{[]byte("lost")}); !errors.Is(err, store.ErrAway) {
		t.Errorf("without Redis: %v", err)
	}
	server.Empty()
	server.Again()
	say(t, one, "second")
	if got := b.heard(2); got[1] != "second" {
		t.Errorf("the listener hears %q", got)
	}
	if late := feed(t, connect(t, server.URL()), "shop", "", 100, 1<<20); late.Number() == one.Number() {
		t.Errorf("a new process has the number %d, as one that still speaks", late.Number())
	}
}

// TestFeedDropped: the feed of a sandbox goes with it, and nobody brings it back.
func TestFeedDropped(t *testing.T) {
	server := redistest.Start(t, "--appendfsync", "no")
	r := connect(t, server.URL())
	world, err := r.Space(t.Context(), "shop", "box")
	if err != nil {
		t.Fatal(err)
	}
	if err := world.Update(t.Context(), set("k", "v")); err != nil {
		t.Fatal(err)
	}
	f := feed(t, r, "shop", "box", 100, 1<<20)
	say(t, f, "old")
	if err := world.Close(); err != nil {
		t.Fatal(err)
	}
	if err := r.Drop(t.Context(), "shop", "box"); err != nil {
		t.Fatal(err)
	}
	if err := f.Append(t.Context(), [][]byte{[]byte("late")}); !errors.Is(err, store.ErrDropped) {
		t.Errorf("a text for a sandbox that was dropped: %v", err)
	}
	if _, err := r.Feed(t.Context(), "shop", "box", 100, 1<<20); !errors.Is(err, store.ErrDropped) {
		t.Errorf("the feed of a sandbox that was dropped: %v", err)
	}
	if world, err = r.Space(t.Context(), "shop", "box"); err != nil {
		t.Fatal(err)
	}
	if err := world.Update(t.Context(), set("k", "again")); err != nil {
		t.Fatal(err)
	}
	again := feed(t, r, "shop", "box", 100, 1<<20)
	say(t, again, "new")
	if got := listen(t, again).heard(1); !slices.Equal(got, []string{"new"}) {
		t.Errorf("a sandbox of the same name hears %q", got)
	}
}
