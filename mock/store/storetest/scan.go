package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"understudy/mock/store"
)

func testOddPrefixes(t *testing.T, s store.Store) {
	all := []string{"\x00", "\x00\x00", "a", "a\x00", "a\xfe\xff", "a\xff", "a\xff\x00", "a\xff\xff", "b", "é", "\xff", "\xff\xff", "\xff\xffz"}
	put(t, s, all...)
	slices.Sort(all)
	view(t, s, func(tx store.Tx) {
		for _, prefix := range []string{"", "\x00", "\x00\x00\x00", "a", "a\xfe", "a\xff", "a\xff\xff", "b", "c", "\xc3", "\xff", "\xff\xff", "\xff\xff\xff"} {
			want := slices.DeleteFunc(slices.Clone(all), func(key string) bool { return !strings.HasPrefix(key, prefix) })
			if got := keys(tx, prefix, store.Scan{}); !slices.Equal(got, want) {
				t.Errorf("prefix %q gives %q, want %q", prefix, got, want)
			}
			slices.Reverse(want)
			if got := keys(tx, prefix, store.Scan{Reverse: true}); !slices.Equal(got, want) {
				t.Errorf("prefix %q gives %q backward, want %q", prefix, got, want)
			}
			if n, err := tx.Count(prefix); err != nil || n != len(want) {
				t.Errorf("Count(%q) is %d, %v, want %d", prefix, n, err, len(want))
			}
		}
	})
}

func testScans(t *testing.T, s store.Store) {
	put(t, s, "other/a", "p/1", "p/2", "p/3", "p/4", "q")
	view(t, s, func(tx store.Tx) {
		for _, c := range []struct {
			from store.Scan
			want string
		}{
			{store.Scan{}, "p/1 p/2 p/3 p/4"},
			{store.Scan{After: "p/2"}, "p/3 p/4"},
			{store.Scan{After: "p/25"}, "p/3 p/4"},
			{store.Scan{After: "p/4"}, ""},
			{store.Scan{After: "a"}, "p/1 p/2 p/3 p/4"},
			{store.Scan{After: "z"}, ""},
			{store.Scan{Skip: 1}, "p/2 p/3 p/4"},
			{store.Scan{Skip: -5}, "p/1 p/2 p/3 p/4"},
			{store.Scan{Skip: 4}, ""},
			{store.Scan{Skip: 1 << 40}, ""},
			{store.Scan{After: "p/1", Skip: 2}, "p/4"},
			{store.Scan{After: "p/3", Skip: 2}, ""},
			{store.Scan{Reverse: true}, "p/4 p/3 p/2 p/1"},
			{store.Scan{Reverse: true, After: "p/3"}, "p/2 p/1"},
			{store.Scan{Reverse: true, After: "p/25"}, "p/2 p/1"},
			{store.Scan{Reverse: true, After: "p/1"}, ""},
			{store.Scan{Reverse: true, After: "a"}, ""},
			{store.Scan{Reverse: true, After: "z"}, "p/4 p/3 p/2 p/1"},
			{store.Scan{Reverse: true, Skip: 3}, "p/1"},
			{store.Scan{Reverse: true, After: "p/4", Skip: 1}, "p/2 p/1"},
			{store.Scan{Reverse: true, Skip: 5}, ""},
		} {
			if got := strings.Join(keys(tx, "p/", c.from), " "); got != c.want {
				t.Errorf("%+v gives %q, want %q", c.from, got, c.want)
			}
		}
		for key := range tx.Scan("p/", store.Scan{}) {
			if key != "p/1" {
				t.Errorf("the loop goes on with %q after break", key)
			}
			break
		}
	})
}

func testScanWhileChanging(t *testing.T, s store.Store) {
	var want []string
	for i := range 500 {
		want = append(want, fmt.Sprintf("k%03d", i))
	}
	put(t, s, want...)
	update(t, s, func(tx store.Tx) error {
		var saw []string
		for key, value := range tx.Scan("k", store.Scan{}) {
			saw = append(saw, key)
			if string(value) != "["+key+"]" {
				t.Errorf("the scan gives %q at %q", value, key)
			}
			next := key[:3] + string(key[3]+1)
			if err := errors.Join(tx.Delete(key), tx.Delete(next+"x"), tx.Put(key+"x", []byte("new")), tx.Put(next, []byte("changed"))); err != nil {
				return err
			}
		}
		if !slices.Equal(saw, want) {
			t.Errorf("the scan gave %d records, want the %d that were there when it began", len(saw), len(want))
		}
		for key := range tx.Scan("", store.Scan{}) { // all can be removed within one loop
			if err := tx.Delete(key); err != nil {
				return err
			}
		}
		return nil
	})
	holds(t, s)
}

// testModel draws a program of transactions and compares the store with a plain map after each.
func testModel(t *testing.T, open func(t *testing.T) store.Store) {
	rapid.Check(t, func(r *rapid.T) {
		s := open(t)
		defer s.Close()
		model := map[string]string{}
		// Few bytes and short keys, so that programs hit the same keys; runs of keys, so that trees split and join.
		key := rapid.OneOf(
			rapid.StringMatching(`[ab/]{1,4}`),
			rapid.Custom(func(r *rapid.T) string { return string(rapid.SliceOfN(rapid.Byte(), 1, 3).Draw(r, "bytes")) }),
			rapid.Custom(func(r *rapid.T) string { return fmt.Sprintf("n%04d", rapid.IntRange(0, 2000).Draw(r, "number")) }),
		)
		for range rapid.IntRange(1, 12).Draw(r, "transactions") {
			fail := rapid.IntRange(0, 3).Draw(r, "fail") == 0
			next := maps.Clone(model)
			failed := errors.New("drawn to fail")
			err := s.Update(t.Context(), func(tx store.Tx) error {
				change(r, tx, next, key)
				compare(r, tx, next, key)
				if fail {
					return failed
				}
				return nil
			})
			if fail != errors.Is(err, failed) || !fail && err != nil {
				r.Fatalf("Update gives %v", err)
			}
			if !fail {
				model = next
			}
			if err := s.View(t.Context(), func(tx store.Tx) error { compare(r, tx, model, key); return nil }); err != nil {
				r.Fatal(err)
			}
		}
	})
}

func change(r *rapid.T, tx store.Tx, model map[string]string, key *rapid.Generator[string]) {
	apply := func(remove bool, key, value string) {
		if remove {
			if err := tx.Delete(key); err != nil {
				r.Fatal(err)
			}
			delete(model, key)
			return
		}
		if err := tx.Put(key, []byte(value)); err != nil {
			r.Fatal(err)
		}
		model[key] = value
	}
	for range rapid.IntRange(0, 30).Draw(r, "changes") {
		apply(rapid.Bool().Draw(r, "delete"), key.Draw(r, "key"), rapid.String().Draw(r, "value"))
	}
	if rapid.Bool().Draw(r, "a run") {
		from, step := rapid.IntRange(0, 2000).Draw(r, "from"), rapid.SampledFrom([]int{-3, -1, 1, 2}).Draw(r, "step")
		remove := rapid.Bool().Draw(r, "remove")
		for i := range rapid.IntRange(0, 600).Draw(r, "length") {
			apply(remove, fmt.Sprintf("n%04d", max(from+i*step, 0)), "run")
		}
	}
}

func compare(r *rapid.T, tx store.Tx, model map[string]string, key *rapid.Generator[string]) {
	sorted := slices.Sorted(maps.Keys(model))
	prefix := rapid.OneOf(rapid.Just(""), rapid.Just("n1"), key).Draw(r, "prefix")
	from := store.Scan{Reverse: rapid.Bool().Draw(r, "reverse"), Skip: rapid.IntRange(0, 50).Draw(r, "skip")}
	if rapid.Bool().Draw(r, "with after") {
		from.After = key.Draw(r, "after")
	}
	want := slices.DeleteFunc(slices.Clone(sorted), func(k string) bool { return !strings.HasPrefix(k, prefix) })
	if n, err := tx.Count(prefix); err != nil || n != len(want) {
		r.Fatalf("Count(%q) is %d, %v, want %d", prefix, n, err, len(want))
	}
	if from.Reverse {
		slices.Reverse(want)
	}
	if from.After != "" {
		want = slices.DeleteFunc(want, func(k string) bool {
			if from.Reverse {
				return k >= from.After
			}
			return k <= from.After
		})
	}
	want = want[min(from.Skip, len(want)):]
	at := 0
	for k, value := range tx.Scan(prefix, from) {
		if at >= len(want) || k != want[at] || string(value) != model[k] {
			r.Fatalf("Scan(%q, %+v) gives %q = %q as number %d, want one of %q", prefix, from, k, value, at, want)
		}
		got, err := tx.Get(k)
		if err != nil || !bytes.Equal(got, value) {
			r.Fatalf("Get(%q) is %q, %v, Scan gives %q", k, got, err, value)
		}
		at++
	}
	if at != len(want) {
		r.Fatalf("Scan(%q, %+v) ends after %d records, want %d", prefix, from, at, len(want))
	}
}
