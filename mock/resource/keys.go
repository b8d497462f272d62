package resource

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"strings"

	"understudy/mock/store"
)

// Keys in the store are "resource/" + contract's name + collection path + NUL + scope values, each with a NUL behind
// it + one of the letters below + what the letter stands for. In another world than the default one, 0x01 + account +
// 0x01 + environment stand before the first NUL. Scope values, ids and names of worlds are clean, so that one scope's
// keys never run into another's.
const (
	keyItem     = "i"     // + id → record
	keyOrder    = "o"     // + number, 16 hex digits → id
	keyUnique   = "u"     // + property NUL value → id
	keyIndex    = "f"     // + property NUL value NUL order → id
	keySort     = "s"     // → which indexes of an order there are; + property NUL kind value NUL number → id; see sorted.go
	keyGone     = "g"     // + id → deleted where items come into being by being asked for
	keyFilled   = "p"     // → the scope was filled with what exists from the start
	keyBytes    = "b"     // + id → uploaded bytes: content type, NUL, bytes
	keyAnywhere = "\x01a" // + id → scope; before any scope's keys
	keyNumber   = "\x01n" // → the last number given; see numberKey
	keyDue      = "\x01t" // + instant + number, 16 hex digits each, NUL scope NUL id → an item that the clock will change
)

// idSeparator stands between the values of an id of several path parameters.
const idSeparator = "\x1f"

// The longest id, and the longest scope value, in bytes: documents allow up to 5000 characters. A key of a store holds five of them
// (store.MaxKey); a path that names more has namesMax bytes for all.
const (
	nameMax  = 5 << 10
	namesMax = 5 * nameMax
)

// worldMax is the longest name of an account or environment in bytes.
const worldMax = 1024

// clean makes a text that came from outside fit for keys: the signs that keys are built with, and bytes that are no
// UTF-8 and could not be shown, become U+FFFD.
func clean(text string) string {
	text = strings.ToValidUTF8(text, "\ufffd")
	if !strings.ContainsAny(text, "\x00\x01"+idSeparator) {
		return text
	}
	return strings.NewReplacer("\x00", "\ufffd", "\x01", "\ufffd", idSeparator, "\ufffd").Replace(text)
}

// indexValue is a member's text inside a key. One that is long or holds the key's own sign stands there as its digest.
func indexValue(text string) string {
	const longest = 200
	if len(text) <= longest && strings.IndexByte(text, 0) < 0 {
		return text
	}
	sum := sha256.Sum256([]byte(text))
	return "\x01" + hex.EncodeToString(sum[:])
}

// base is what the keys of one scope begin with.
func (st *collectionState) base(scope []string) string {
	switch len(scope) {
	case 0:
		return st.prefix
	case 1:
		return st.prefix + scope[0] + "\x00"
	}
	var b strings.Builder
	b.WriteString(st.prefix)
	for _, v := range scope {
		b.WriteString(v)
		b.WriteByte(0)
	}
	return b.String()
}

func (st *collectionState) itemKey(scope []string, id string) string {
	return st.base(scope) + keyItem + id
}

// indexPrefix is what the keys begin with under which the items stand whose member has a value. The order's digits
// follow, as behind keyOrder.
func indexPrefix(base, property, value string) string {
	return base + keyIndex + property + "\x00" + indexValue(canonical(value)) + "\x00" + keyOrder
}

// splitKey takes a key of one scope apart: the scope's values and what stands behind them. It is false for the keys
// of the collection as a whole.
func (st *collectionState) splitKey(key string) (scope []string, rest string, ok bool) {
	n := len(st.collection.Scope)
	parts := strings.SplitN(strings.TrimPrefix(key, st.prefix), "\x00", n+1)
	if len(parts) != n+1 || strings.HasPrefix(parts[0], "\x01") {
		return nil, "", false
	}
	return parts[:n], parts[n], true
}

// isOrder says whether the rest of a key is that of the order.
func isOrder(rest string) bool {
	return len(rest) == len(keyOrder)+16 && strings.HasPrefix(rest, keyOrder)
}

func orderKey(seq uint64) string {
	const digits = "0123456789abcdef"
	var text [17]byte
	text[0] = keyOrder[0]
	for i := 16; i > 0; i-- {
		text[i] = digits[seq&15]
		seq >>= 4
	}
	return string(text[:])
}

func joinScope(scope []string) string { return strings.Join(scope, "\x00") }

func splitScope(text string, n int) []string {
	if n == 0 {
		return nil
	}
	parts := strings.SplitN(text, "\x00", n)
	for len(parts) < n {
		parts = append(parts, "")
	}
	return parts
}

// Bits beside a record's number.
const (
	fromStart = 1 << 63 // the item exists from the start
	hasSince  = 1 << 62 // the instant follows since which it has been in its state
)

// headRoom is what a record has at most in front of its JSON, in bytes.
const headRoom = 16

func encodeRecord(rec *record) []byte {
	head, size := rec.seq, 8
	if rec.start {
		head |= fromStart
	}
	if rec.since != 0 {
		head, size = head|hasSince, 16
	}
	if len(rec.json) > 0 && len(rec.room) == headRoom+len(rec.json) && &rec.room[headRoom] == &rec.json[0] {
		value := rec.room[headRoom-size:]
		rec.room = nil // the store has it now: nothing is written there any more
		binary.BigEndian.PutUint64(value, head)
		if rec.since != 0 {
			binary.BigEndian.PutUint64(value[8:], uint64(rec.since))
		}
		return value
	}
	value := make([]byte, 0, size+len(rec.json))
	value = binary.BigEndian.AppendUint64(value, head)
	if rec.since != 0 {
		value = binary.BigEndian.AppendUint64(value, uint64(rec.since))
	}
	return append(value, rec.json...)
}

func decodeRecord(id string, scope []string, value []byte) *record {
	rec := new(record)
	rec.decode(id, scope, value)
	return rec
}

func (rec *record) decode(id string, scope []string, value []byte) {
	if len(value) < 8 {
		*rec = record{id: id, scope: scope, json: []byte("{}")}
		return
	}
	head := binary.BigEndian.Uint64(value)
	*rec = record{id: id, scope: scope, seq: head &^ (fromStart | hasSince), start: head&fromStart != 0, json: value[8:]}
	if head&hasSince != 0 && len(rec.json) >= 8 {
		rec.since, rec.json = int64(binary.BigEndian.Uint64(rec.json)), rec.json[8:]
	}
}

// nextNumber gives the next number of a collection; numbers order the items and are the ids of those that have
// whole numbers for ids.
func (st *collectionState) nextNumber(tx store.Tx) (uint64, error) {
	n := st.lastNumber(tx) + 1
	return n, st.setNumber(tx, n)
}

// lastNumber is the last number given; 0 when none was.
func (st *collectionState) lastNumber(tx store.Tx) uint64 {
	if value, err := tx.Get(st.numberKey()); err == nil && len(value) == 8 {
		return binary.BigEndian.Uint64(value)
	}
	return 0
}

func (st *collectionState) setNumber(tx store.Tx, n uint64) error {
	return tx.Put(st.numberKey(), binary.BigEndian.AppendUint64(make([]byte, 0, 8), n))
}

// numberKey is where the last number stands. It is written with each new item: where there is one scope only it stands right
// behind the order of the items, so that a store that keeps neighbours together has one place less to write to.
func (st *collectionState) numberKey() string {
	if len(st.collection.Scope) == 0 {
		return st.prefix + keyFilled + keyNumber
	}
	return st.prefix + keyNumber
}

// put writes an item with its order and indexes; old is what stood there, nil for a new item.
func (st *collectionState) put(tx store.Tx, rec *record, old *record) error {
	base := st.base(rec.scope)
	id := rec.id
	if old != nil {
		if err := st.dropIndexes(tx, base, old); err != nil {
			return err
		}
	} else {
		if err := tx.Put(base+orderKey(rec.seq), []byte(id)); err != nil {
			return err
		}
		if err := tx.Delete(base + keyGone + id); err != nil {
			return err
		}
		if st.anywhere {
			if err := tx.Put(st.prefix+keyAnywhere+id, []byte(joinScope(rec.scope))); err != nil {
				return err
			}
		}
	}
	if err := tx.Put(base+keyItem+id, encodeRecord(rec)); err != nil {
		return err
	}
	if st.machine != nil {
		if err := st.putDue(tx, rec, old); err != nil {
			return err
		}
	}
	keep := func(key string) error { return tx.Put(key, []byte(id)) }
	if err := st.eachSorted(tx, base, rec, keep); err != nil {
		return err
	}
	return st.eachIndex(base, rec, keep)
}

func (st *collectionState) dropIndexes(tx store.Tx, base string, rec *record) error {
	if err := st.eachSorted(tx, base, rec, tx.Delete); err != nil {
		return err
	}
	return st.eachIndex(base, rec, tx.Delete)
}

// eachIndex calls f with the keys of an item's indexes: those for filters, and those that keep values unique.
func (st *collectionState) eachIndex(base string, rec *record, f func(key string) error) error {
	for _, property := range st.indexed {
		value, ok := memberText(rec.json, property)
		if !ok {
			continue
		}
		if err := f(indexPrefix(base, property, value) + digits(rec.seq)); err != nil {
			return err
		}
	}
	return st.eachUnique(base, rec, f)
}

// eachUnique is eachIndex for the members that no two items of a scope share.
func (st *collectionState) eachUnique(base string, rec *record, f func(key string) error) error {
	for _, property := range st.collection.Unique {
		value, ok := textAt(rec.json, property)
		if !ok || value == "" {
			continue
		}
		if err := f(base + keyUnique + property + "\x00" + indexValue(strings.ToLower(value))); err != nil {
			return err
		}
	}
	return nil
}
