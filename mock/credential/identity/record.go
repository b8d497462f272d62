package identity

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"understudy/mock/store"
)

// A drawer is a kind of record. Keys are "identity/" + contract's name + NUL + drawer + NUL + SHA-256 of what finds the
// record, in hex: no code stands in a store in clear, and no key is longer for a longer request.
type drawer string

const (
	codeDrawer     drawer = "code"
	grantDrawer    drawer = "grant"  // family → authorization
	deviceDrawer   drawer = "device" // device code → deviceGrant
	typedDrawer    drawer = "typed"  // user code → key of the deviceGrant
	pushedDrawer   drawer = "pushed"
	answerDrawer   drawer = "answer"   // used refresh token → what it was answered, for the grace
	seenDrawer     drawer = "seen"     // jti values that must not come again
	ownDrawer      drawer = "own"      // text of a token of no class → credential
	familyDrawer   drawer = "family"   // family NUL id → key of a token of ours
	throttleDrawer drawer = "throttle" // address → times of its requests
	untilDrawer    drawer = "until"    // Unix seconds and key → key: what may be thrown away then
)

var errNoRecord = errors.New("no such record")

func (p *Provider) drawerKey(d drawer) string {
	return "identity/" + p.contract.Name + "\x00" + string(d) + "\x00"
}

func (p *Provider) key(d drawer, id string) string {
	sum := sha256.Sum256([]byte(id))
	return p.drawerKey(d) + hex.EncodeToString(sum[:])
}

// read fills value from the record at key; it fails with errNoRecord when there is none.
func read(tx store.Tx, key string, value any) error {
	data, err := tx.Get(key)
	if errors.Is(err, store.ErrNotFound) {
		return errNoRecord
	}
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, value); err != nil {
		return fmt.Errorf("read a record of the identity provider: %w", err)
	}
	return nil
}

// keep writes a record that may be thrown away at until; the place of an older one with another end is freed by the sweep
// that finds nothing to do.
func (p *Provider) keep(tx store.Tx, key string, value any, until time.Time) error {
	data, err := json.Marshal(kept{Until: until, Value: value})
	if err != nil {
		return fmt.Errorf("write a record of the identity provider: %w", err)
	}
	if err := tx.Put(key, data); err != nil {
		return err
	}
	return tx.Put(p.untilKey(until)+key, []byte(key))
}

// A kept is a record with the time until which it is of interest.
type kept struct {
	Until time.Time `json:"until"`
	Value any       `json:"value"`
}

// recall fills value from what keep wrote at key.
func recall(tx store.Tx, key string, value any) error {
	return read(tx, key, &kept{Value: value})
}

func (p *Provider) untilKey(at time.Time) string {
	return fmt.Sprintf("%s%016x\x00", p.drawerKey(untilDrawer), max(at.Unix(), 0))
}

// swept is how many records one transaction throws away at most. It is more than any adds, so that the store does not
// grow without end.
const swept = 8

// sweep throws away a few records whose time is over.
func (p *Provider) sweep(tx store.Tx, now time.Time) error {
	n, end := 0, p.untilKey(now)
	for mark, key := range tx.Scan(p.drawerKey(untilDrawer), store.Scan{}) {
		if n == swept || mark >= end {
			return nil
		}
		n++
		if err := tx.Delete(mark); err != nil {
			return err
		}
		var record kept
		err := read(tx, string(key), &record)
		if errors.Is(err, errNoRecord) || err == nil && record.Until.After(now) {
			continue // it was thrown away already, or kept for longer in the meantime
		}
		if err != nil {
			return err
		}
		if err := tx.Delete(string(key)); err != nil {
			return err
		}
	}
	return nil
}

// once says whether an identifier has not been seen before, and remembers it until a time.
func (p *Provider) once(tx store.Tx, id string, until time.Time) (bool, error) {
	key := p.key(seenDrawer, id)
	var seen bool
	err := recall(tx, key, &seen)
	if errors.Is(err, errNoRecord) {
		return true, p.keep(tx, key, true, until)
	}
	return false, err
}

// Reset forgets codes, grants, sessions and all else that the provider keeps beside the registry, which is reset by itself.
func (p *Provider) Reset(ctx context.Context) error {
	err := p.store.Update(ctx, func(tx store.Tx) error {
		for key := range tx.Scan("identity/"+p.contract.Name+"\x00", store.Scan{}) {
			if err := tx.Delete(key); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("reset the identity provider of %s: %w", p.contract.Name, err)
	}
	return nil
}

// view looks at the store.
func (p *Provider) view(ctx context.Context, f func(store.Tx) error) error {
	return p.store.View(ctx, f)
}
