// Package storetest defines a store: every kind of store.Store passes Run.
package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"understudy/mock/store"
)

// Run tests that open gives stores that keep the promises of store.Store. Each call of open must give an empty store
// of its own; open closes it, with t.Cleanup, where that is needed.
func Run(t *testing.T, open func(t *testing.T) store.Store) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, store.Store)
	}{
		{"Records", testRecords},
		{"BadKeys", testBadKeys},
		{"BigValues", testBigValues},
		{"ViewOnlyReads", testViewOnlyReads},
		{"ErrorChangesNothing", testErrorChangesNothing},
		{"PanicChangesNothing", testPanicChangesNothing},
		{"UpdateSeesItself", testUpdateSeesItself},
		{"ViewIsIsolated", testViewIsIsolated},
		{"OverIsOver", testOverIsOver},
		{"Context", testContext},
		{"Close", testClose},
		{"OddPrefixes", testOddPrefixes},
		{"Scans", testScans},
		{"ScanWhileChanging", testScanWhileChanging},
		{"CountersUnderConcurrency", testCounters},
		{"ReadersUnderConcurrency", testReaders},
		{"ExportImport", testExportImport},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, open(t)) })
	}
	t.Run("Model", func(t *testing.T) { testModel(t, open) })
}

func update(t testing.TB, s store.Store, f func(store.Tx) error) {
	t.Helper()
	if err := s.Update(t.Context(), f); err != nil {
		t.Fatalf("Update: %v", err)
	}
}

func view(t testing.TB, s store.Store, f func(store.Tx)) {
	t.Helper()
	if err := s.View(t.Context(), func(tx store.Tx) error { f(tx); return nil }); err != nil {
		t.Fatalf("View: %v", err)
	}
}

// put sets records, each value being its key in brackets.
func put(t testing.TB, s store.Store, keys ...string) {
	t.Helper()
	update(t, s, func(tx store.Tx) error {
		for _, key := range keys {
			if err := tx.Put(key, []byte("["+key+"]")); err != nil {
				return err
			}
		}
		return nil
	})
}

func keys(tx store.Tx, prefix string, from store.Scan) []string {
	var found []string
	for key := range tx.Scan(prefix, from) {
		found = append(found, key)
	}
	return found
}

// holds fails unless s has just these keys.
func holds(t testing.TB, s store.Store, want ...string) {
	t.Helper()
	view(t, s, func(tx store.Tx) {
		if got := keys(tx, "", store.Scan{}); !slices.Equal(got, want) {
			t.Errorf("the store holds %q, want %q", got, want)
		}
		if n, err := tx.Count(""); err != nil || n != len(want) {
			t.Errorf("Count is %d, %v, want %d", n, err, len(want))
		}
	})
}

func testRecords(t *testing.T, s store.Store) {
	holds(t, s)
	put(t, s, "b", "a", "c")
	holds(t, s, "a", "b", "c")
	update(t, s, func(tx store.Tx) error {
		return errors.Join(tx.Put("b", []byte("new")), tx.Put("empty", nil), tx.Delete("a"), tx.Delete("never"))
	})
	holds(t, s, "b", "c", "empty")
	view(t, s, func(tx store.Tx) {
		for key, want := range map[string]string{"b": "new", "c": "[c]", "empty": ""} {
			if got, err := tx.Get(key); err != nil || string(got) != want {
				t.Errorf("Get(%q) is %q, %v, want %q", key, got, err, want)
			}
		}
		for _, key := range []string{"a", "never", ""} {
			if got, err := tx.Get(key); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("Get(%q) is %q, %v, want ErrNotFound", key, got, err)
			}
		}
		for key, value := range tx.Scan("", store.Scan{}) {
			if got, err := tx.Get(key); err != nil || !bytes.Equal(got, value) {
				t.Errorf("Scan gives %q at %q, Get %q, %v", value, key, got, err)
			}
		}
	})
}

func testBadKeys(t *testing.T, s store.Store) {
	update(t, s, func(tx store.Tx) error {
		for _, key := range []string{"", strings.Repeat("k", store.MaxKey+1)} {
			if err := tx.Put(key, []byte("x")); !errors.Is(err, store.ErrKey) {
				t.Errorf("Put of a key of %d bytes: %v, want ErrKey", len(key), err)
			}
		}
		return tx.Put(strings.Repeat("k", store.MaxKey), []byte("x"))
	})
	holds(t, s, strings.Repeat("k", store.MaxKey))
}

func testBigValues(t *testing.T, s store.Store) {
	big := bytes.Repeat([]byte("0123456789abcdef"), 1<<20)
	update(t, s, func(tx store.Tx) error { return tx.Put("big", big) })
	view(t, s, func(tx store.Tx) {
		if got, err := tx.Get("big"); err != nil || !bytes.Equal(got, big) {
			t.Errorf("a value of 16 MiB comes back with %d bytes, %v", len(got), err)
		}
	})
}

func testViewOnlyReads(t *testing.T, s store.Store) {
	put(t, s, "a")
	view(t, s, func(tx store.Tx) {
		if err := tx.Put("b", []byte("x")); !errors.Is(err, store.ErrReadOnly) {
			t.Errorf("Put in a View: %v, want ErrReadOnly", err)
		}
		if err := tx.Delete("a"); !errors.Is(err, store.ErrReadOnly) {
			t.Errorf("Delete in a View: %v, want ErrReadOnly", err)
		}
	})
	holds(t, s, "a")
	want := errors.New("mine")
	if err := s.View(t.Context(), func(store.Tx) error { return want }); !errors.Is(err, want) {
		t.Errorf("View gives %v, not f's error", err)
	}
}

func testErrorChangesNothing(t *testing.T, s store.Store) {
	put(t, s, "a", "b")
	want := errors.New("mine")
	err := s.Update(t.Context(), func(tx store.Tx) error {
		return errors.Join(tx.Put("c", []byte("x")), tx.Put("a", []byte("x")), tx.Delete("b"), want)
	})
	if !errors.Is(err, want) {
		t.Errorf("Update gives %v, not f's error", err)
	}
	holds(t, s, "a", "b")
	view(t, s, func(tx store.Tx) {
		if got, _ := tx.Get("a"); string(got) != "[a]" {
			t.Errorf("a failed Update left %q", got)
		}
	})
}

func testPanicChangesNothing(t *testing.T, s store.Store) {
	put(t, s, "a")
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic did not reach the caller")
			}
		}()
		_ = s.Update(t.Context(), func(tx store.Tx) error {
			_ = tx.Put("b", []byte("x"))
			panic("a bug")
		})
	}()
	holds(t, s, "a")
	put(t, s, "c") // the store is not left locked
	holds(t, s, "a", "c")
}

func testUpdateSeesItself(t *testing.T, s store.Store) {
	put(t, s, "a", "b")
	update(t, s, func(tx store.Tx) error {
		if err := errors.Join(tx.Put("c", []byte("1")), tx.Put("c", []byte("2")), tx.Delete("a")); err != nil {
			return err
		}
		if got, err := tx.Get("c"); err != nil || string(got) != "2" {
			t.Errorf("Get in the Update is %q, %v", got, err)
		}
		if got := keys(tx, "", store.Scan{}); !slices.Equal(got, []string{"b", "c"}) {
			t.Errorf("Scan in the Update gives %q", got)
		}
		if n, err := tx.Count("c"); err != nil || n != 1 {
			t.Errorf("Count in the Update is %d, %v", n, err)
		}
		return nil
	})
}

// testViewIsIsolated changes the store from within a View, which must neither see it nor hold it up.
func testViewIsIsolated(t *testing.T, s store.Store) {
	put(t, s, "a", "b")
	view(t, s, func(tx store.Tx) {
		done := make(chan struct{})
		go func() {
			defer close(done)
			put(t, s, "a2", "z")
			update(t, s, func(tx store.Tx) error { return errors.Join(tx.Delete("b"), tx.Put("a", []byte("new"))) })
		}()
		<-done
		if got := keys(tx, "", store.Scan{}); !slices.Equal(got, []string{"a", "b"}) {
			t.Errorf("the View now shows %q", got)
		}
		if got, err := tx.Get("a"); err != nil || string(got) != "[a]" {
			t.Errorf("the View now shows a as %q, %v", got, err)
		}
	})
	holds(t, s, "a", "a2", "z")
}

func testOverIsOver(t *testing.T, s store.Store) {
	var kept store.Tx
	update(t, s, func(tx store.Tx) error { kept = tx; return tx.Put("a", []byte("1")) })
	if err := kept.Put("b", []byte("2")); err == nil {
		t.Error("Put after the Update gives no error")
	}
	if err := kept.Delete("a"); err == nil {
		t.Error("Delete after the Update gives no error")
	}
	holds(t, s, "a")
}

func testContext(t *testing.T, s store.Store) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	f := func(store.Tx) error { t.Error("f was called"); return nil }
	if err := s.View(ctx, f); !errors.Is(err, context.Canceled) {
		t.Errorf("View: %v, want context.Canceled", err)
	}
	if err := s.Update(ctx, f); !errors.Is(err, context.Canceled) {
		t.Errorf("Update: %v, want context.Canceled", err)
	}
}

func testClose(t *testing.T, s store.Store) {
	put(t, s, "a")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	f := func(store.Tx) error { t.Error("f was called"); return nil }
	if err := s.View(t.Context(), f); !errors.Is(err, store.ErrClosed) {
		t.Errorf("View: %v, want ErrClosed", err)
	}
	if err := s.Update(t.Context(), f); !errors.Is(err, store.ErrClosed) {
		t.Errorf("Update: %v, want ErrClosed", err)
	}
}

func testExportImport(t *testing.T, s store.Store) {
	values := map[string][]byte{
		"text": []byte("plain"), "json": []byte(`{"b":1.0,"a":"\u00e9<&"}`), "lines": []byte("{\n}"), "blank": []byte(" 1"),
		"null": []byte("null"), "empty": {}, "odd\xff\x00": {0, 255}, "número/\u2028\"": []byte(`"x"`), "k\uFFFD": []byte("1e400"),
	}
	update(t, s, func(tx store.Tx) error {
		for key, value := range values {
			if err := tx.Put(key, value); err != nil {
				return err
			}
		}
		return nil
	})
	var stream, again bytes.Buffer
	if err := errors.Join(store.Export(t.Context(), s, &stream), store.Export(t.Context(), s, &again)); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(stream.Bytes(), again.Bytes()) {
		t.Error("two exports differ")
	}
	put(t, s, "extra", "text")
	for cut := range stream.Len() - 1 {
		if err := store.Import(t.Context(), s, bytes.NewReader(stream.Bytes()[:cut])); err == nil {
			t.Fatalf("a stream cut off at byte %d is imported", cut)
		}
	}
	if err := store.Import(t.Context(), s, &stream); err != nil {
		t.Fatal(err)
	}
	view(t, s, func(tx store.Tx) {
		if n, _ := tx.Count(""); n != len(values) {
			t.Errorf("%d records came back, want %d", n, len(values))
		}
		for key, want := range values {
			if got, err := tx.Get(key); err != nil || !bytes.Equal(got, want) {
				t.Errorf("%q came back as %q, %v, want %q", key, got, err, want)
			}
		}
	})
	if err := store.Import(t.Context(), s, strings.NewReader(fmt.Sprintf("{\"format\":%q}\n", "other"))); err == nil {
		t.Error("a foreign stream is imported")
	}
}
