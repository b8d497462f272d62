// Package file is a store in one file: what an Update has changed is on the disk when it returns, whole or not at all, whatever
// happens to the process or the machine then.
//
// The file is a bbolt database. All records are held in memory as well, so that reading costs what it costs in memory, and
// forks and snapshots work alike; docs/decisions/008-file-store.md has the measurements.
package file

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"understudy/mock/store"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// What callers decide on.
var (
	ErrInUse  = errors.New("another process uses the file")
	ErrFormat = errors.New("the file is no store of ours")
	// ErrDamaged is for files that are, and cannot be read: cut off, or written over. Open leaves them as they are.
	ErrDamaged = errors.New("the file is damaged")
)

// Options say how a file is kept. The zero value is safe.
type Options struct {
	// NoSync leaves it to the operating system when changes reach the disk: an Update is lost when the machine fails, not when
	// the process does. It is several times as fast.
	NoSync bool
}

// The database has two buckets: records, with one bucket for each store, and facts about the file.
var (
	records = []byte("records")
	about   = []byte("understudy")
	version = []byte("version")
	current = []byte("1")
)

// lockWait is how long another process may take to give the file back: one that ends while this one starts.
const lockWait = 2 * time.Second

// A File holds stores by their names. It is safe for concurrent use.
type File struct {
	path string
	db   *bolt.DB

	mu     sync.Mutex
	stores map[string]*store.Backed
}

// Open opens a file, or makes it; its folder must exist. It fails with ErrInUse while another process has the file open, with
// ErrFormat for a file that is something else, and with ErrDamaged. Files with much dead space are written anew first.
func Open(path string, o Options) (f *File, err error) {
	// The library panics on pages that contradict each other, and reads the file as memory, which faults where its end is missing.
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if fault := recover(); fault != nil {
			f, err = nil, damaged(path, fault)
		}
	}()
	if info, err := os.Stat(filepath.Dir(path)); err != nil || !info.IsDir() {
		return nil, fmt.Errorf("open the store %s: its folder does not exist; make it first", path)
	}
	db, err := open(path, o)
	if err != nil {
		return nil, fmt.Errorf("open the store %s: %w", path, err)
	}
	if sparse(db) {
		if db, err = compact(db, path, o); err != nil {
			return nil, fmt.Errorf("compact the store %s: %w", path, err)
		}
	}
	return &File{path: path, db: db, stores: map[string]*store.Backed{}}, nil
}

func damaged(path string, fault any) error {
	return fmt.Errorf("open the store %s: %w: %v; put a copy from before in its place, or begin with another file", path, ErrDamaged, fault)
}

// Store gives the store of a name, which is made where there is none. Names are not empty. It fails with ErrDamaged.
func (f *File) Store(name string) (s *store.Backed, err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if fault := recover(); fault != nil {
			s, err = nil, damaged(f.path, fault)
		}
	}()
	f.mu.Lock()
	defer f.mu.Unlock()
	if s := f.stores[name]; s != nil {
		return s, nil
	}
	memory := store.NewMemory()
	if err := load(f.db, name, memory); err != nil {
		return nil, fmt.Errorf("read the store %s in %s: %w", name, f.path, err)
	}
	s = store.NewBacked(memory, func(changes []store.Change) error { return write(f.db, name, changes) }, nil)
	f.stores[name] = s
	return s, nil
}

// Fact gives what is kept about the file under a name; nil where nothing is.
func (f *File) Fact(name string) (value []byte, err error) {
	err = f.db.View(func(tx *bolt.Tx) error {
		value = slices.Clone(tx.Bucket(about).Get([]byte("fact " + name)))
		return nil
	})
	return value, err
}

// Keep keeps a fact about the file, in place of what was kept before.
func (f *File) Keep(name string, value []byte) error {
	return f.db.Update(func(tx *bolt.Tx) error { return tx.Bucket(about).Put([]byte("fact "+name), value) })
}

// Close writes what waits in all stores and gives the file back. The stores are closed then.
func (f *File) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	var problems []error
	for _, s := range f.stores {
		problems = append(problems, s.Close())
	}
	return errors.Join(append(problems, f.db.Close())...)
}

func open(path string, o Options) (*bolt.DB, error) {
	if err := ours(path); err != nil {
		return nil, err
	}
	db, err := bolt.Open(path, 0o600, &bolt.Options{Timeout: lockWait, NoSync: o.NoSync, FreelistType: bolt.FreelistMapType})
	switch {
	case errors.Is(err, bolterrors.ErrTimeout):
		return nil, ErrInUse
	case errors.Is(err, bolterrors.ErrInvalid), errors.Is(err, bolterrors.ErrChecksum), errors.Is(err, bolterrors.ErrVersionMismatch):
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	case err != nil && !errors.As(err, new(*fs.PathError)):
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	case err != nil:
		return nil, err
	}
	if err := whole(db, path); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	err = db.Update(func(tx *bolt.Tx) error {
		facts, err := tx.CreateBucketIfNotExists(about)
		if err != nil {
			return err
		}
		switch v := facts.Get(version); {
		case v == nil && tx.Bucket(records) != nil, v != nil && string(v) != string(current):
			return fmt.Errorf("%w: its form is %q, want %s", ErrFormat, v, current)
		case v == nil:
			if err := facts.Put(version, current); err != nil {
				return err
			}
		}
		_, err = tx.CreateBucketIfNotExists(records)
		return err
	})
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// whole fails where the end of the file is missing. The library would grow it again, and read zeros.
func whole(db *bolt.DB, path string) error {
	var want int64
	if err := db.View(func(tx *bolt.Tx) error { want = tx.Size(); return nil }); err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err == nil && info.Size() < want {
		err = fmt.Errorf("%w: it has %d bytes of %d", ErrDamaged, info.Size(), want)
	}
	return err
}

// magic is bbolt's, in little-endian order, behind the header of a page: what stands in other files must not be written over.
const (
	magic   = "\xed\xda\x0c\xed"
	magicAt = 16
)

// ours refuses a file that exists and is no database.
func ours(path string) error {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return err
	case info.IsDir():
		return fmt.Errorf("%w: it is a folder", ErrFormat)
	case info.Size() == 0:
		return nil
	}
	head := make([]byte, magicAt+len(magic))
	if _, err := f.ReadAt(head, 0); err != nil || string(head[magicAt:]) != magic {
		return fmt.Errorf("%w: it begins with something else", ErrFormat)
	}
	return nil
}

// load reads all records into memory. bbolt's bytes are gone after the transaction, so they are copied.
func load(db *bolt.DB, name string, memory *store.Memory) error {
	return db.View(func(from *bolt.Tx) error {
		bucket := from.Bucket(records).Bucket([]byte(name))
		if bucket == nil {
			return nil
		}
		return memory.Load(func(put func(key string, value []byte)) error {
			return bucket.ForEach(func(key, value []byte) error {
				put(string(key), slices.Clone(value))
				return nil
			})
		})
	})
}

// write makes changes last in one transaction. Of several changes of a record the last one counts; in the order of the keys they
// touch the fewest pages.
func write(db *bolt.DB, name string, changes []store.Change) error {
	slices.SortStableFunc(changes, func(a, b store.Change) int { return strings.Compare(a.Key, b.Key) })
	return db.Update(func(tx *bolt.Tx) error {
		bucket, err := tx.Bucket(records).CreateBucketIfNotExists([]byte(name))
		if err != nil {
			return err
		}
		bucket.FillPercent = 0.9 // keys mostly go up
		for i, c := range changes {
			if i+1 < len(changes) && changes[i+1].Key == c.Key {
				continue
			}
			if c.Deleted {
				err = bucket.Delete([]byte(c.Key))
			} else {
				err = bucket.Put([]byte(c.Key), c.Value)
			}
			if err != nil {
				return fmt.Errorf("record %q: %w", c.Key, err)
			}
		}
		return nil
	})
}

// sparse says that most of a file that is large enough to matter is dead space.
func sparse(db *bolt.DB) bool {
	stats := db.Stats()
	pages := int64(stats.FreePageN + stats.PendingPageN)
	size := int64(0)
	_ = db.View(func(tx *bolt.Tx) error { size = tx.Size(); return nil })
	return size > 32<<20 && pages*int64(db.Info().PageSize) > size/2
}

// compact writes a file anew beside itself and puts that in its place, so that there is a whole one at each moment.
func compact(db *bolt.DB, path string, o Options) (*bolt.DB, error) {
	beside := path + ".compact"
	_ = os.Remove(beside) // what an earlier attempt that was cut off left
	to, err := bolt.Open(beside, 0o600, &bolt.Options{Timeout: lockWait, FreelistType: bolt.FreelistMapType})
	if err == nil {
		err = cmp.Or(bolt.Compact(to, db, 16<<20), to.Sync(), to.Close())
	}
	if err != nil {
		_ = os.Remove(beside)
		return db, nil // the file as it is will do
	}
	if err := db.Close(); err != nil {
		return nil, err
	}
	if err := os.Rename(beside, path); err != nil {
		return nil, err
	}
	if folder, err := os.Open(filepath.Dir(path)); err == nil { // the new name lasts when the folder does
		_ = folder.Sync()
		_ = folder.Close()
	}
	return open(path, o)
}
