package file_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"understudy/mock/store"
	"understudy/mock/store/file"
	"understudy/mock/store/storetest"
)

// open gives a store in a file, and what closes the file.
func open(t testing.TB, path string) (*store.Backed, func()) {
	t.Helper()
	f, err := file.Open(path, file.Options{})
	if err != nil {
		t.Fatal(err)
	}
	closes := sync.OnceFunc(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(closes)
	s, err := f.Store("main")
	if err != nil {
		t.Fatal(err)
	}
	return s, closes
}

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store {
		s, _ := open(t, filepath.Join(t.TempDir(), "state.db"))
		return s
	})
}

// export is all that a store holds, in bytes.
func export(t *testing.T, s store.Store) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := store.Export(t.Context(), s, &b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestReopen: what was there is there again, byte for byte, odd keys and empty values included.
func TestReopen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	s, closes := open(t, path)
	for i := range 50 {
		if err := s.Update(t.Context(), func(tx store.Tx) error {
			for j := range 40 {
				if err := tx.Put(fmt.Sprintf("k/%d/%d", j, i), bytes.Repeat([]byte{byte(i)}, j*20)); err != nil {
					return err
				}
			}
			return errors.Join(tx.Delete(fmt.Sprintf("k/3/%d", i-1)), tx.Put("\x00\xff", nil), tx.Put(strings.Repeat("k", store.MaxKey), []byte("long")))
		}); err != nil {
			t.Fatal(err)
		}
	}
	before := export(t, s)
	closes()
	s, _ = open(t, path)
	if after := export(t, s); !bytes.Equal(after, before) {
		t.Errorf("it holds %d bytes after it was opened again, %d before", len(after), len(before))
	}
}

// TestRefusals: a file that is something else stays as it is, and so does one that somebody else has open.
func TestRefusals(t *testing.T) {
	folder := t.TempDir()
	foreign := filepath.Join(folder, "letter.txt")
	text := strings.Repeat("Dear Sir or Madam, ", 1000)
	if err := os.WriteFile(foreign, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := file.Open(foreign, file.Options{}); !errors.Is(err, file.ErrFormat) || !strings.Contains(err.Error(), foreign) {
		t.Errorf("a letter: %v", err)
	}
	if kept, _ := os.ReadFile(foreign); string(kept) != text {
		t.Error("the letter was written over")
	}
	if _, err := file.Open(folder, file.Options{}); !errors.Is(err, file.ErrFormat) {
		t.Errorf("a folder: %v", err)
	}
	if _, err := file.Open(filepath.Join(folder, "no", "where.db"), file.Options{}); err == nil || !strings.Contains(err.Error(), "its folder does not exist") {
		t.Errorf("a folder that is not there: %v", err)
	}
	path := filepath.Join(folder, "state.db")
	open(t, path)
	if _, err := file.Open(path, file.Options{}); !errors.Is(err, file.ErrInUse) {
		t.Errorf("a file that is open: %v", err)
	}
}

// TestCutOff: a file whose end is missing is refused or read, and never crashes us.
func TestCutOff(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	s, closes := open(t, path)
	for i := range 20 {
		if err := s.Update(t.Context(), func(tx store.Tx) error { return tx.Put(fmt.Sprint(i), make([]byte, 10_000)) }); err != nil {
			t.Fatal(err)
		}
	}
	held := export(t, s)
	closes()
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []int{10, 100, 4096, 8192, 3 * 4096, 20 * 4096, 40 * 4096, len(whole) / 2} {
		cut := filepath.Join(t.TempDir(), "cut.db")
		if err := os.WriteFile(cut, whole[:size], 0o600); err != nil {
			t.Fatal(err)
		}
		switch got, err := reading(t, cut); {
		case err == nil && !bytes.Equal(got, held): // what is cut off may be room that nothing stands in yet
			t.Errorf("a file cut off at %d of %d bytes is opened, and holds something else", size, len(whole))
		case err == nil:
		case !errors.Is(err, file.ErrDamaged) && !errors.Is(err, file.ErrFormat):
			t.Errorf("a file cut off at %d of %d bytes: %v", size, len(whole), err)
		}
	}
}

// reading is all that the store in a file holds.
func reading(t *testing.T, path string) ([]byte, error) {
	f, err := file.Open(path, file.Options{})
	if err != nil {
		return nil, err
	}
	defer f.Close()
	s, err := f.Store("main")
	if err != nil {
		return nil, err
	}
	return export(t, s), nil
}

// TestNames: stores in one file know nothing of each other.
func TestNames(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	for range 2 {
		f, err := file.Open(path, file.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"a", "ab", "b"} {
			s, err := f.Store(name)
			if err != nil {
				t.Fatal(err)
			}
			if again, _ := f.Store(name); again != s {
				t.Errorf("%s is another store the second time", name)
			}
			if err := s.Update(t.Context(), func(tx store.Tx) error {
				v, _ := tx.Get("k")
				return tx.Put("k", append(slices.Clone(v), name...))
			}); err != nil {
				t.Fatal(err)
			}
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	f, err := file.Open(path, file.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, name := range []string{"a", "ab", "b"} {
		s, _ := f.Store(name)
		_ = s.View(t.Context(), func(tx store.Tx) error {
			if v, err := tx.Get("k"); string(v) != name+name {
				t.Errorf("%s holds %q, %v", name, v, err)
			}
			return nil
		})
	}
}

// TestCompaction: a file that is mostly dead space is written anew when it is opened.
func TestCompaction(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	s, closes := open(t, path)
	if err := s.Update(t.Context(), func(tx store.Tx) error {
		for i := range 100 {
			if err := tx.Put(fmt.Sprintf("big/%03d", i), make([]byte, 512<<10)); err != nil {
				return err
			}
		}
		return tx.Put("small", []byte("stays"))
	}); err != nil {
		t.Fatal(err)
	}
	if err := s.Update(t.Context(), func(tx store.Tx) error {
		for key := range tx.Scan("big/", store.Scan{}) {
			if err := tx.Delete(key); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	closes()
	before, _ := os.Stat(path)
	s, _ = open(t, path)
	after, _ := os.Stat(path)
	if after.Size() > before.Size()/10 {
		t.Errorf("the file has %d MiB, %d MiB before it was opened again", after.Size()>>20, before.Size()>>20)
	}
	_ = s.View(t.Context(), func(tx store.Tx) error {
		if v, err := tx.Get("small"); err != nil || string(v) != "stays" {
			t.Errorf("%s, %v", v, err)
		}
		return nil
	})
	if left, _ := filepath.Glob(path + ".*"); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}
