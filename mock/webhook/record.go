package webhook

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"understudy/contracts/signature"
	"understudy/mock/store"
)

// Keys in the store are "webhook/" + contract's name + NUL and one of these. Endpoints belong to the contract; all else
// belongs to a generation, so that a fork of the store can begin anew without touching what it holds.
//
//	g              → the generation, 8 bytes
//	o              → the contract's own endpoints were registered
//	c NUL id       → endpoint
//	r generation NUL
//	    n          → a number that none given is above, 8 bytes
//	    e number   → event and payload
//	    i id       → number of an event whose id is not one of ours
//	    p number   → delivery that is not finished
//	    d number   → delivery that is
//	    a number attempt → attempt
//	    m number   → trouble that was ordered
type keys struct{ base, era string }

func newKeys(contract string, generation uint64) keys {
	base := "webhook/" + contract + "\x00"
	return keys{base, base + "r" + hex16(generation) + "\x00"}
}

func (k keys) generation() string             { return k.base + "g" }
func (k keys) opened() string                 { return k.base + "o" }
func (k keys) endpoint(id string) string      { return k.base + "c\x00" + id }
func (k keys) last() string                   { return k.era + "n" }
func (k keys) event(n uint64) string          { return k.era + "e" + hex16(n) }
func (k keys) eventID(id string) string       { return k.era + "i" + id }
func (k keys) finished(n uint64) string       { return k.era + "d" + hex16(n) }
func (k keys) attempts(n uint64) string       { return k.era + "a" + hex16(n) }
func (k keys) attempt(n uint64, i int) string { return k.attempts(n) + hex16(uint64(i)) }
func (k keys) pending(n uint64) string        { return k.era + "p" + hex16(n) }
func (k keys) order(n uint64) string          { return k.era + "m" + hex16(n) }

// hex16 writes a number so that the order of texts is that of numbers.
func hex16(n uint64) string {
	const digits = "0123456789abcdef"
	var b [16]byte
	for i := 15; i >= 0; i-- {
		b[i] = digits[n&15]
		n >>= 4
	}
	return string(b[:])
}

// numberIn reads what hex16 wrote at the end of a key.
func numberIn(key string) uint64 {
	n, _ := strconv.ParseUint(key[max(0, len(key)-16):], 16, 64)
	return n
}

// An event is one as the store has it. It holds all that is needed to send it, so that a contract that was
// loaded anew does not change what is under way.
type event struct {
	ID          string           `json:"id"`
	Number      uint64           `json:"number"`
	Type        string           `json:"type"`
	At          time.Time        `json:"at"`
	Account     string           `json:"account,omitempty"`
	Environment string           `json:"environment,omitempty"`
	Cause       string           `json:"cause,omitempty"`
	ContentType string           `json:"content_type"`
	Method      string           `json:"method"`
	Scheme      signature.Scheme `json:"scheme"`
	SecretName  string           `json:"secret_name,omitempty"`
	TypeAt      string           `json:"type_at,omitempty"` // JSON Pointer to the type in the payload
	Deliveries  []uint64         `json:"deliveries,omitempty"`
	Trace       TraceContext     `json:"trace,omitzero"` // of the request that caused it

	payload []byte
}

// A delivery is one as the store has it.
type delivery struct {
	Delivery
	Number uint64 `json:"number"`
	Of     uint64 `json:"of"`   // number of the event
	Step   int    `json:"step"` // of the schedule that is next
}

// ahead is how many numbers are given before that is written down again.
const ahead = 64

// note writes down that numbers were given, so that none is given again by another process.
func (w *Webhooks) note(tx store.Tx, k keys) error {
	last, err := lastNumber(tx, k)
	if given := w.number.Load(); err != nil || given <= last {
		return err
	} else {
		last = given + ahead
	}
	return tx.Put(k.last(), binary.BigEndian.AppendUint64(nil, last))
}

func lastNumber(tx store.Tx, k keys) (uint64, error) {
	data, err := tx.Get(k.last())
	switch {
	case errors.Is(err, store.ErrNotFound):
		return 0, nil
	case err != nil:
		return 0, err
	case len(data) != 8:
		return 0, errors.New("read the last number of the webhooks: it has another length")
	}
	return binary.BigEndian.Uint64(data), nil
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
	return decode[T](data)
}

func decode[T any](data []byte) (*T, error) {
	value := new(T)
	if err := json.Unmarshal(data, value); err != nil {
		return nil, fmt.Errorf("read a record of the webhooks: %w", err)
	}
	return value, nil
}

// put writes a record.
func put(tx store.Tx, key string, value any) error {
	data, err := encode(value)
	if err != nil {
		return err
	}
	return tx.Put(key, data)
}

func encode(value any) ([]byte, error) {
	data, err := json.Marshal(value)
	if err != nil {
		return nil, fmt.Errorf("write a record of the webhooks: %w", err)
	}
	return data, nil
}

// present is the era that it is.
func (w *Webhooks) present() *era {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.era
}

// numbered makes an id from which its number can be read, so that no index is needed.
func (w *Webhooks) numbered(prefix string, n uint64) string {
	return prefix + base36(n) + w.random(prefix, n, 12)
}

// numberOf finds the number in an id; false: there is none.
func (w *Webhooks) numberOf(id, prefix string) (uint64, bool) {
	if len(id) != len(prefix)+8+12 || id[:len(prefix)] != prefix {
		return 0, false
	}
	n, err := strconv.ParseUint(id[len(prefix):len(prefix)+8], 36, 64)
	return n, err == nil && w.numbered(prefix, n) == id
}

// base36 writes a number with eight characters.
func base36(n uint64) string {
	t := strconv.FormatUint(n, 36)
	return "00000000"[min(len(t), 8):] + t
}
