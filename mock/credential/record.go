package credential

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
	"unsafe"

	"understudy/mock/store"
)

// Keys in the store are "credential/" + contract's name + NUL + one of these + NUL + what it stands for.
const (
	keyNumber  = "n"     // → the last number given
	keySigning = "s"     // → generations of signing keys
	keyHash    = "h\x00" // + SHA-256 of the text, hex → credential
	keyID      = "c\x00" // + id → hash
	keyOrder   = "o\x00" // + number, 16 hex digits → hash
	keyFamily  = "f\x00" // + family NUL id → hash
	keyExpiry  = "e\x00" // + Unix seconds, 16 hex digits, NUL id → hash: tokens, to be forgotten
)

// A stored is a credential as the store has it.
type stored struct {
	Credential
	Hash   string `json:"hash"` // of the text, hex
	Number uint64 `json:"number"`
}

// keepEnded is how long a token that has run out is remembered, so that its bearer learns that it has expired and not that it
// was never issued.
const keepEnded = 7 * 24 * time.Hour

func (r *Registry) view(ctx context.Context, f func(tx store.Tx) error) error {
	return r.store.View(ctx, f)
}

func (r *Registry) update(ctx context.Context, f func(tx store.Tx) error) error {
	return r.store.Update(ctx, f)
}

// get reads a record; it fails with ErrNotFound when there is none.
func get[T any](tx store.Tx, key string) (*T, error) {
	data, err := tx.Get(key)
	if errors.Is(err, store.ErrNotFound) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	value := new(T)
	if err := json.Unmarshal(data, value); err != nil {
		return nil, fmt.Errorf("read a record of the credentials: %w", err)
	}
	return value, nil
}

// put writes a record.
func put(tx store.Tx, key string, value any) error {
	data, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("write a record of the credentials: %w", err)
	}
	return tx.Put(key, data)
}

// decodedRecords keeps records that were read, so that a request does not decode them again. A store's values never change:
// one that lies where it lay is the same. At most mostDecoded are kept.
type decodedRecords struct {
	mu      sync.RWMutex
	records map[string]decodedRecord
}

type decodedRecord struct {
	data  *byte
	size  int
	value any
}

const mostDecoded = 20_000

// decodedGet is get with a memory. What it gives must not be changed.
func decodedGet[T any](d *decodedRecords, tx store.Tx, key string) (*T, error) {
	data, err := tx.Get(key)
	if errors.Is(err, store.ErrNotFound) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	at := unsafe.SliceData(data)
	d.mu.RLock()
	known, ok := d.records[key]
	d.mu.RUnlock()
	if ok && known.data == at && known.size == len(data) {
		return known.value.(*T), nil
	}
	value := new(T)
	if err := json.Unmarshal(data, value); err != nil {
		return nil, fmt.Errorf("read a record of the credentials: %w", err)
	}
	d.mu.Lock()
	if d.records == nil || len(d.records) >= mostDecoded {
		d.records = map[string]decodedRecord{}
	}
	d.records[key] = decodedRecord{data: at, size: len(data), value: value}
	d.mu.Unlock()
	return value, nil
}

// knownTexts keeps where the credentials stand that requests showed lately, so that not each of them is hashed again. Only texts of
// credentials that exist are kept: nobody can fill the memory with others. At most mostDecoded are. That a credential is still
// good is not remembered: it is looked up each time.
type knownTexts struct {
	mu   sync.RWMutex
	keys map[string]string
}

// key is the place of the credential with a text; "" where it is not known.
func (t *knownTexts) key(text string) string {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.keys[text]
}

func (t *knownTexts) keep(text, key string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.keys == nil || len(t.keys) >= mostDecoded {
		t.keys = map[string]string{}
	}
	t.keys[strings.Clone(text)] = key
}

func (r *Registry) hashKey(hash string) string { return r.prefix + keyHash + hash }

// textKey is where the credential with a text stands.
func (r *Registry) textKey(text string) string {
	sum := sha256.Sum256([]byte(text))
	var room [256]byte
	key := append(append(room[:0], r.prefix...), keyHash...)
	return string(hex.AppendEncode(key, sum[:]))
}

// add writes a new credential with its indexes; it fails when its text is taken.
func (r *Registry) add(tx store.Tx, c *stored) error {
	if _, err := tx.Get(r.hashKey(c.Hash)); err == nil {
		return errTaken
	}
	var err error
	if c.Number, err = r.next(tx); err != nil {
		return err
	}
	hash := []byte(c.Hash)
	if err := put(tx, r.hashKey(c.Hash), c); err != nil {
		return err
	}
	if err := tx.Put(r.prefix+keyID+c.ID, hash); err != nil {
		return err
	}
	if err := tx.Put(r.orderKey(c), hash); err != nil {
		return err
	}
	if c.Family != "" {
		if err := tx.Put(r.familyKey(c), hash); err != nil {
			return err
		}
	}
	if c.forgettable() {
		return tx.Put(r.expiryKey(c), hash)
	}
	return nil
}

var errTaken = errors.New("the text is taken")

// forgettable says that a credential is of no interest once it has run out.
func (c *stored) forgettable() bool {
	return !c.ExpiresAt.IsZero() && (c.Kind == JWT || c.Kind == Opaque || c.Kind == Refresh)
}

func (r *Registry) orderKey(c *stored) string {
	return fmt.Sprintf("%s%s%016x", r.prefix, keyOrder, c.Number)
}
func (r *Registry) familyKey(c *stored) string {
	return r.prefix + keyFamily + c.Family + "\x00" + c.ID
}
func (r *Registry) expiryKey(c *stored) string {
	return fmt.Sprintf("%s%s%016x\x00%s", r.prefix, keyExpiry, max(c.ExpiresAt.Unix(), 0), c.ID)
}

// save writes a changed credential; old is what stood there.
func (r *Registry) save(tx store.Tx, old, c *stored) error {
	if old.forgettable() && (!c.forgettable() || !c.ExpiresAt.Equal(old.ExpiresAt)) {
		if err := tx.Delete(r.expiryKey(old)); err != nil {
			return err
		}
	}
	if c.forgettable() && !c.ExpiresAt.Equal(old.ExpiresAt) {
		if err := tx.Put(r.expiryKey(c), []byte(c.Hash)); err != nil {
			return err
		}
	}
	return put(tx, r.hashKey(c.Hash), c)
}

// drop removes a credential with its indexes.
func (r *Registry) drop(tx store.Tx, c *stored) error {
	for _, key := range []string{r.hashKey(c.Hash), r.prefix + keyID + c.ID, r.orderKey(c), r.familyKey(c), r.expiryKey(c)} {
		if err := tx.Delete(key); err != nil {
			return err
		}
	}
	return nil
}

// forget removes a few of the tokens that ran out long ago, so that their number stays bounded by those that live.
func (r *Registry) forget(tx store.Tx, now time.Time) error {
	const atOnce = 3
	n := 0
	for key, hash := range tx.Scan(r.prefix+keyExpiry, store.Scan{}) {
		until := fmt.Sprintf("%s%s%016x", r.prefix, keyExpiry, max(now.Add(-keepEnded).Unix(), 0))
		if n == atOnce || key > until {
			return nil
		}
		n++
		c, err := get[stored](tx, r.hashKey(string(hash)))
		if errors.Is(err, ErrNotFound) {
			err = tx.Delete(key)
		} else if err == nil {
			err = r.drop(tx, c)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// byHash, byID and byText find a credential; they fail with ErrNotFound.
func (r *Registry) byHash(tx store.Tx, hash string) (*stored, error) {
	return get[stored](tx, r.hashKey(hash))
}

func (r *Registry) byID(tx store.Tx, id string) (*stored, error) {
	hash, err := tx.Get(r.prefix + keyID + id)
	if errors.Is(err, store.ErrNotFound) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	return r.byHash(tx, string(hash))
}

func (r *Registry) byText(tx store.Tx, text string) (*stored, error) {
	return r.byHash(tx, hexOf(hashOf(text)))
}

// A Filter chooses credentials; empty members let all pass.
type Filter struct {
	Kinds                                []Kind
	Class, Account, User, Client, Family string
	Environment                          string
	State                                State
}

func (f *Filter) takes(c *Credential) bool {
	same := func(want, have string) bool { return want == "" || want == have }
	return (len(f.Kinds) == 0 || slices.Contains(f.Kinds, c.Kind)) &&
		same(f.Class, c.Class) && same(f.Account, c.Account) && same(f.User, c.User) && same(f.Client, c.Client) &&
		same(f.Family, c.Family) && same(f.Environment, c.Environment) && same(string(f.State), string(c.State))
}

// Credentials lists credentials in the order of their creation.
func (r *Registry) Credentials(ctx context.Context, f Filter) ([]Credential, error) {
	list := []Credential{}
	err := r.view(ctx, func(tx store.Tx) error {
		list = list[:0]
		return r.each(tx, func(c *stored) error {
			if f.takes(&c.Credential) {
				list = append(list, c.Credential)
			}
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("list the credentials: %w", err)
	}
	return list, nil
}

// each calls f with all credentials in the order of their creation.
func (r *Registry) each(tx store.Tx, f func(*stored) error) error {
	for _, hash := range tx.Scan(r.prefix+keyOrder, store.Scan{}) {
		c, err := decodedGet[stored](&r.decoded, tx, r.hashKey(string(hash)))
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err == nil {
			err = f(c)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Credential gives one by its id, or ErrNotFound.
func (r *Registry) Credential(ctx context.Context, id string) (Credential, error) {
	return r.find(ctx, func(tx store.Tx) (*stored, error) { return r.byID(tx, id) })
}

// ByText gives the credential with a text, whatever state it is in, or ErrNotFound.
func (r *Registry) ByText(ctx context.Context, text string) (Credential, error) {
	return r.find(ctx, func(tx store.Tx) (*stored, error) { return r.byText(tx, text) })
}

func (r *Registry) find(ctx context.Context, f func(store.Tx) (*stored, error)) (c Credential, err error) {
	err = r.view(ctx, func(tx store.Tx) error {
		found, err := f(tx)
		if err == nil {
			c = found.Credential
		}
		return err
	})
	return c, err
}

// ByTextIn is ByText inside a transaction.
func (r *Registry) ByTextIn(tx store.Tx, text string) (Credential, error) {
	c, err := r.byText(tx, text)
	if err != nil {
		return Credential{}, err
	}
	return c.Credential, nil
}

// PutIn writes a changed credential back inside a transaction: State, Successor, EndedAt, SeenAt and ExpiresAt.
func (r *Registry) PutIn(tx store.Tx, c Credential) error {
	old, err := r.byID(tx, c.ID)
	if err != nil {
		return err
	}
	changed := *old
	changed.State, changed.Successor, changed.EndedAt, changed.ExpiresAt, changed.SeenAt = c.State, c.Successor, c.EndedAt, c.ExpiresAt, c.SeenAt
	return r.save(tx, old, &changed)
}

// lastFour is what may be shown of a text's end.
func lastFour(text string) string {
	if len(text) < 12 {
		return ""
	}
	return strings.ToValidUTF8(text[len(text)-4:], "")
}
