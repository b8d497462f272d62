package store_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"

	"understudy/mock/store"
	"understudy/mock/store/storetest"
)

func TestMemory(t *testing.T) {
	storetest.Run(t, func(*testing.T) store.Store { return store.NewMemory() })
}

func TestFork(t *testing.T) {
	m := filled(t, 1000)
	f := m.Fork()
	change := func(s store.Store, put, remove string) {
		t.Helper()
		err := s.Update(t.Context(), func(tx store.Tx) error {
			if err := tx.Delete(remove); err != nil {
				return err
			}
			return tx.Put(put, []byte("changed"))
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	check := func(s store.Store, key, want string) {
		t.Helper()
		_ = s.View(t.Context(), func(tx store.Tx) error {
			if got, _ := tx.Get(key); string(got) != want {
				t.Errorf("%s is %q, want %q", key, got, want)
			}
			if n, _ := tx.Count(""); n != 999 {
				t.Errorf("%d records, want 999", n)
			}
			return nil
		})
	}
	before := string(value(1))
	change(m, key(1), key(2))
	change(f, key(2), key(1))
	check(m, key(1), "changed")
	check(m, key(2), "")
	check(f, key(1), "")
	check(f, key(2), "changed")
	check(f, key(3), before)
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	check(f, key(2), "changed")
}

// TestForkWhileUpdating takes forks in the middle of updates that keep two records equal.
func TestForkWhileUpdating(t *testing.T) {
	m := store.NewMemory()
	var all sync.WaitGroup
	all.Go(func() {
		for i := range 500 {
			err := m.Update(t.Context(), func(tx store.Tx) error {
				if err := tx.Put("a", fmt.Append(nil, i)); err != nil {
					return err
				}
				return tx.Put("b", fmt.Append(nil, i))
			})
			if err != nil {
				t.Error(err)
			}
		}
	})
	for range 200 {
		f := m.Fork()
		_ = f.Update(t.Context(), func(tx store.Tx) error {
			a, _ := tx.Get("a")
			b, _ := tx.Get("b")
			if string(a) != string(b) {
				t.Errorf("a fork shows half an update: a is %q, b is %q", a, b)
			}
			return tx.Put("a", []byte("mine"))
		})
	}
	all.Wait()
}

// TestReadsDoNotAllocate holds for a View as a whole, too.
func TestReadsDoNotAllocate(t *testing.T) {
	m := filled(t, 10_000)
	k := key(5000)
	read := func(tx store.Tx) error {
		if _, err := tx.Get(k); err != nil {
			t.Error(err)
		}
		_, err := tx.Count("items/")
		return err
	}
	if n := testing.AllocsPerRun(100, func() { _ = m.View(context.Background(), read) }); n != 0 {
		t.Errorf("a View with Get and Count allocates %v times", n)
	}
}

// TestMemoryOverhead measures what records cost beyond the bytes of their values.
func TestMemoryOverhead(t *testing.T) {
	if testing.Short() {
		t.Skip("it fills 200,000 records")
	}
	const n, bytes = 200_000, 300
	for _, order := range []string{"counted up", "random"} {
		heap := func() uint64 {
			runtime.GC()
			var s runtime.MemStats
			runtime.ReadMemStats(&s)
			return s.HeapAlloc
		}
		before := heap()
		m := store.NewMemory()
		at := rand.New(rand.NewPCG(1, 2)).Perm(n)
		for i := range n {
			if order == "random" {
				i = at[i]
			}
			if err := m.Update(t.Context(), func(tx store.Tx) error { return tx.Put(key(i), make([]byte, bytes)) }); err != nil {
				t.Fatal(err)
			}
		}
		per := float64(heap()-before) / n
		runtime.KeepAlive(m)
		t.Logf("keys %s: %.0f bytes for each record of %d", order, per, bytes)
		if per > 1.5*bytes {
			t.Errorf("keys %s: a record of %d bytes costs %.0f, want less than 1.5 times", order, bytes, per)
		}
	}
}

func key(i int) string { return fmt.Sprintf("items/pets/%012d", i) }

func value(int) []byte { return make([]byte, 300) }

func filled(t testing.TB, n int) *store.Memory {
	t.Helper()
	m := store.NewMemory()
	err := m.Update(t.Context(), func(tx store.Tx) error {
		for i := range n {
			if err := tx.Put(key(i), value(i)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

var sizes = []int{1_000, 1_000_000}

func benchmark(b *testing.B, run func(b *testing.B, m *store.Memory, keys []string)) {
	for _, n := range sizes {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			m := filled(b, n)
			keys := make([]string, 1<<16)
			random := rand.New(rand.NewPCG(1, 2))
			for i := range keys {
				keys[i] = key(random.IntN(n))
			}
			b.ReportAllocs()
			b.ResetTimer()
			run(b, m, keys)
		})
	}
}

func BenchmarkGet(b *testing.B) {
	benchmark(b, func(b *testing.B, m *store.Memory, keys []string) {
		for i := 0; b.Loop(); i++ {
			_ = m.View(b.Context(), func(tx store.Tx) error { _, err := tx.Get(keys[i&(1<<16-1)]); return err })
		}
	})
}

func BenchmarkPut(b *testing.B) {
	v := value(0)
	benchmark(b, func(b *testing.B, m *store.Memory, keys []string) {
		for i := 0; b.Loop(); i++ {
			_ = m.Update(b.Context(), func(tx store.Tx) error { return tx.Put(keys[i&(1<<16-1)], v) })
		}
	})
}

func BenchmarkPut10(b *testing.B) {
	v := value(0)
	benchmark(b, func(b *testing.B, m *store.Memory, keys []string) {
		for i := 0; b.Loop(); i += 10 {
			_ = m.Update(b.Context(), func(tx store.Tx) error {
				for j := range 10 {
					_ = tx.Put(keys[(i+j)&(1<<16-1)], v)
				}
				return nil
			})
		}
	})
}

func BenchmarkPage(b *testing.B) {
	benchmark(b, func(b *testing.B, m *store.Memory, keys []string) {
		for i := 0; b.Loop(); i++ {
			_ = m.View(b.Context(), func(tx store.Tx) error {
				n := 0
				for range tx.Scan("items/pets/", store.Scan{Skip: i * 37 % 900}) {
					if n++; n == 20 {
						break
					}
				}
				return nil
			})
		}
	})
}

func BenchmarkCount(b *testing.B) {
	benchmark(b, func(b *testing.B, m *store.Memory, keys []string) {
		for b.Loop() {
			_ = m.View(b.Context(), func(tx store.Tx) error { _, err := tx.Count("items/pets/"); return err })
		}
	})
}

func BenchmarkFork(b *testing.B) {
	benchmark(b, func(b *testing.B, m *store.Memory, keys []string) {
		for b.Loop() {
			m.Fork()
		}
	})
}
