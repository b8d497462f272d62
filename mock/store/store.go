// Package store keeps the mock's state: records under keys, changed in transactions.
//
// A Store knows nothing of what its records mean; each room encodes its own and begins its keys with its own
// name ("quota/…"). The package storetest is the definition of a store in tests. Memory is the kind that
// needs nothing.
package store

import (
	"context"
	"errors"
	"fmt"
	"iter"
)

// MaxKey is the longest key in bytes.
const MaxKey = 32 << 10

// What callers decide on.
var (
	ErrNotFound = errors.New("no such record")
	ErrReadOnly = errors.New("the transaction only reads")
	ErrKey      = errors.New("not a key")           // it is empty, or longer than MaxKey
	ErrClosed   = errors.New("the store is closed") // also of an Update's Tx, after it
)

// A Store is a set of records, each under a key of its own. It is safe for concurrent use.
type Store interface {
	// View calls f with a transaction that only reads. It sees one state, whatever Updates do meanwhile,
	// and holds none of them up. The error is f's.
	View(ctx context.Context, f func(Tx) error) error
	// Update calls f with a transaction that may change records: all of its changes happen at once when f
	// returns nil, and none when f returns an error (which Update returns) or panics. Updates happen one after
	// another. A store that several processes share may call f again, so f must not change anything else;
	// nor may f call View or Update of the same store.
	Update(ctx context.Context, f func(Tx) error) error
	// Close gives back what the store holds. Later calls fail with ErrClosed.
	Close() error
}

// A Tx is a transaction. It is good until the function it was handed to returns, and for one goroutine.
type Tx interface {
	// Get gives the value at key, or ErrNotFound. The bytes stay as they are after the transaction too; they
	// must not be changed.
	Get(key string) ([]byte, error)
	// Put sets the value at key and keeps it: the caller must not change the bytes afterwards. Nil is an empty value.
	Put(key string, value []byte) error
	// Delete removes the record at key; it is no error when there is none.
	Delete(key string) error
	// Scan gives the records whose keys begin with prefix, in the order of the keys' bytes. It shows what was there
	// when the loop began, so the loop's body may change records. A loop can be run again and looks afresh.
	Scan(prefix string, from Scan) iter.Seq2[string, []byte]
	// Count gives the number of records whose keys begin with prefix.
	Count(prefix string) (int, error)
}

// A Scan says where a scan begins and which way it goes. The zero value goes forward from the first record.
type Scan struct {
	After   string // a whole key, there or not: the scan begins with the next one in its direction; empty: at the end it starts from
	Skip    int    // records left out after that; negative is 0
	Reverse bool   // from the last record to the first
}

// CheckKey gives an error, which is ErrKey, unless key may stand in a store. It is for kinds of stores.
func CheckKey(key string) error {
	if key == "" {
		return fmt.Errorf("%w: it is empty", ErrKey)
	}
	if len(key) > MaxKey {
		return fmt.Errorf("%w: it has %d bytes, at most %d may be", ErrKey, len(key), MaxKey)
	}
	return nil
}
