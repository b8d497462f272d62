package store_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"understudy/mock/store"
	"understudy/mock/store/storetest"
)

// A ledger is where a Backed writes to in tests: it can be held up, and be made to fail.
type ledger struct {
	mu      sync.Mutex
	records map[string]string
	writes  [][]store.Change
	fail    error
	gate    chan struct{} // nil: open; else each write takes one token
	begun   chan struct{} // gets a token when a write begins
}

func (l *ledger) write(changes []store.Change) error {
	if l.begun != nil {
		l.begun <- struct{}{}
	}
	if l.gate != nil {
		<-l.gate
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fail != nil {
		return l.fail
	}
	l.writes = append(l.writes, slices.Clone(changes))
	for _, c := range changes {
		if c.Deleted {
			delete(l.records, c.Key)
		} else {
			l.records[c.Key] = string(c.Value)
		}
	}
	return nil
}

func newBacked(t testing.TB, l *ledger) *store.Backed {
	l.records = map[string]string{}
	b := store.NewBacked(store.NewMemory(), l.write, nil)
	t.Cleanup(func() { _ = b.Close() })
	return b
}

// TestBackedStore: a backed store is a store, and what was written is what it holds.
func TestBackedStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store {
		l := &ledger{}
		b := newBacked(t, l)
		t.Cleanup(func() {
			_ = b.View(t.Context(), func(tx store.Tx) error { // not after the test of Close
				n := 0
				for key, value := range tx.Scan("", store.Scan{}) {
					if n++; l.records[key] != string(value) {
						t.Errorf("%q holds %d bytes, written were %d", key, len(value), len(l.records[key]))
					}
				}
				if n != len(l.records) {
					t.Errorf("%d records are held, %d written", n, len(l.records))
				}
				return nil
			})
		})
		return b
	})
}

func set(key, value string) func(store.Tx) error {
	return func(tx store.Tx) error { return tx.Put(key, []byte(value)) }
}

func read(t *testing.T, s store.Store, key string) (value string) {
	t.Helper()
	_ = s.View(t.Context(), func(tx store.Tx) error {
		v, err := tx.Get(key)
		value = string(v)
		return err
	})
	return value
}

// TestWrittenTogether: what comes while something is being written is written in one go, each Update sees the ones before it,
// and nobody else sees what is not written.
func TestWrittenTogether(t *testing.T) {
	l := &ledger{gate: make(chan struct{}), begun: make(chan struct{}, 100)}
	b := newBacked(t, l)
	results := make(chan error, 21)
	go func() { results <- b.Update(t.Context(), set("n", "0")) }()
	<-l.begun
	var ran sync.WaitGroup
	ran.Add(20)
	for range 20 {
		go func() {
			results <- b.Update(t.Context(), func(tx store.Tx) error {
				defer ran.Done()
				v, err := tx.Get("n")
				if err != nil {
					return err
				}
				n := 0
				_, _ = fmt.Sscan(string(v), &n)
				return tx.Put("n", fmt.Append(nil, n+1))
			})
		}()
	}
	ran.Wait()
	if v := read(t, b, "n"); v != "" {
		t.Errorf("n is %s before it is written", v)
	}
	close(l.gate)
	for range 21 {
		if err := <-results; err != nil {
			t.Error(err)
		}
	}
	if v := read(t, b, "n"); v != "20" || l.records["n"] != "20" {
		t.Errorf("n is %s, and %s is written, want 20", v, l.records["n"])
	}
	if len(l.writes) > 3 {
		t.Errorf("%d writes, want the twenty that waited in one or two", len(l.writes))
	}
}

// TestFailedWrite: who waited for a write that failed fails, leaves nothing behind, and the store goes on.
func TestFailedWrite(t *testing.T) {
	l := &ledger{}
	b := newBacked(t, l)
	if err := b.Update(t.Context(), set("a", "1")); err != nil {
		t.Fatal(err)
	}
	full := errors.New("no space left")
	l.fail, l.gate, l.begun = full, make(chan struct{}), make(chan struct{}, 100)
	results := make(chan error, 3)
	go func() { results <- b.Update(t.Context(), set("a", "2")) }()
	<-l.begun
	saw := make(chan string, 2)
	for range 2 { // one that decides on what is being written and changes nothing, and one that refuses for it
		go func() {
			results <- b.Update(t.Context(), func(tx store.Tx) error {
				v, _ := tx.Get("a")
				saw <- string(v)
				if string(v) == "2" && len(saw) == 2 {
					return errors.New("a is taken")
				}
				return nil
			})
		}()
	}
	for range 2 {
		if v := <-saw; v != "2" {
			t.Errorf("an Update behind another sees %q", v)
		}
	}
	close(l.gate)
	for range 3 {
		if err := <-results; !errors.Is(err, full) {
			t.Errorf("the error is %v, want that of the write", err)
		}
	}
	l.begun = nil
	if v := read(t, b, "a"); v != "1" {
		t.Errorf("a is %q after the write failed, want 1", v)
	}
	l.fail = nil
	if err := b.Update(t.Context(), func(tx store.Tx) error {
		if v, _ := tx.Get("a"); string(v) != "1" {
			t.Errorf("a later Update sees %q, want 1", v)
		}
		return tx.Put("a", []byte("3"))
	}); err != nil || l.records["a"] != "3" {
		t.Errorf("a later Update: %v, %v", err, l.records)
	}
}

// TestBackedWorlds: a fork goes its own way, and restoring writes just what differs.
func TestBackedWorlds(t *testing.T) {
	l := &ledger{}
	b := newBacked(t, l)
	for i := range 500 {
		if err := b.Update(t.Context(), set(fmt.Sprintf("k%03d", i), "x")); err != nil {
			t.Fatal(err)
		}
	}
	fork := b.Fork()
	if err := b.Update(t.Context(), func(tx store.Tx) error {
		return errors.Join(tx.Delete("k007"), tx.Put("k100", []byte("y")), tx.Put("new", nil), tx.Delete("k499"), tx.Put("aaa", []byte("1")))
	}); err != nil {
		t.Fatal(err)
	}
	if read(t, fork, "k007") != "x" || read(t, fork, "aaa") != "" {
		t.Error("the fork sees what came after it")
	}
	before := len(l.writes)
	if err := b.Restore(t.Context(), fork); err != nil {
		t.Fatal(err)
	}
	if n := len(l.writes[before]); len(l.writes) != before+1 || n != 5 {
		t.Errorf("restoring wrote %d changes, want 5: %v", n, l.writes[before])
	}
	if len(l.records) != 500 || l.records["k007"] != "x" || l.records["k100"] != "x" || read(t, b, "k499") != "x" || read(t, b, "aaa") != "" {
		t.Errorf("it is not as it was: %d records", len(l.records))
	}
}
