package store_test

import (
	"bytes"
	"testing"

	"understudy/mock/store"
)

// FuzzImport: a stream is taken whole or refused without a change, and what was taken is written again to be taken to the same.
func FuzzImport(f *testing.F) {
	for _, seed := range []string{
		"{\"format\":\"understudy-store\",\"version\":1}\n{\"key\":\"a\",\"json\":{\"b\":1}}\n{\"records\":1}\n",
		"{\"format\":\"understudy-store\",\"version\":1}\n{\"keyBytes\":\"/w==\",\"bytes\":\"AA==\"}\n{\"records\":1}\n",
		"{\"format\":\"understudy-store\",\"version\":1}\n{\"records\":9}\n", "{\"format\":\"x\"}\n", "[[[[", "\xff",
	} {
		f.Add([]byte(seed))
	}
	own := store.NewMemory()
	if err := own.Update(f.Context(), func(tx store.Tx) error { return tx.Put("k\xff", []byte("v")) }); err != nil {
		f.Fatal(err)
	}
	var real bytes.Buffer
	if err := store.Export(f.Context(), own, &real); err != nil {
		f.Fatal(err)
	}
	f.Add(real.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		s := store.NewMemory()
		if err := s.Update(t.Context(), func(tx store.Tx) error { return tx.Put("before", []byte("1")) }); err != nil {
			t.Fatal(err)
		}
		written := func() string {
			var b bytes.Buffer
			if err := store.Export(t.Context(), s, &b); err != nil {
				t.Fatal(err)
			}
			return b.String()
		}
		before := written()
		if err := store.Import(t.Context(), s, bytes.NewReader(data)); err != nil {
			if written() != before {
				t.Errorf("refused (%v), and changed", err)
			}
			return
		}
		first := written()
		if err := store.Import(t.Context(), s, bytes.NewReader([]byte(first))); err != nil || written() != first {
			t.Errorf("%v: %q becomes %q", err, first, written())
		}
	})
}

// FuzzKey: a key that is allowed is found under its own name and no other.
func FuzzKey(f *testing.F) {
	for _, seed := range []string{"", "a", "a/b", "\x00", "\xff\xfe", "a\x00b", string(make([]byte, 5000))} {
		f.Add(seed, "a")
	}
	f.Fuzz(func(t *testing.T, key, other string) {
		allowed := store.CheckKey(key) == nil
		err := store.NewMemory().Update(t.Context(), func(tx store.Tx) error {
			if err := tx.Put(key, []byte("1")); err != nil {
				return err
			}
			if v, err := tx.Get(key); err != nil || string(v) != "1" {
				t.Errorf("%q: %q, %v", key, v, err)
			}
			if _, err := tx.Get(other); other != key && err == nil {
				t.Errorf("%q is found under %q", key, other)
			}
			return nil
		})
		if (err == nil) != allowed {
			t.Errorf("%q is allowed: %v, and stored: %v", key, allowed, err)
		}
	})
}
