package webhook

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"sync/atomic"
	"time"

	"understudy/mock/store"
)

// recent remembers what records mean that were written lately, so that they need not be decoded again. A store's values never
// change: one that lies where it lay is the same.
type recent[T any] struct {
	few    bool                                            // there may be many such memories
	places atomic.Pointer[[]atomic.Pointer[remembered[T]]] // by number; nil until something is remembered
}

type remembered[T any] struct {
	data  *byte
	size  int
	value T
}

// How many are remembered. Events and deliveries have their numbers in common, so that about half of the places are used.
const (
	mostRecent = 4096
	fewRecent  = 256
)

// place is where the record of a number is remembered. Numbers are given one after the other, by several processes with a
// stride between.
func (r *recent[T]) place(n uint64) *atomic.Pointer[remembered[T]] {
	places := r.places.Load()
	if places == nil {
		size := mostRecent
		if r.few {
			size = fewRecent
		}
		made := make([]atomic.Pointer[remembered[T]], size)
		r.places.CompareAndSwap(nil, &made)
		places = r.places.Load()
	}
	return &(*places)[(n+n/stride)%uint64(len(*places))]
}

func (r *recent[T]) remember(n uint64, data []byte, value *T) {
	r.place(n).Store(&remembered[T]{&data[0], len(data), *value})
}

// recall gives what data means, which must not be changed; nil: it is not remembered.
func (r *recent[T]) recall(n uint64, data []byte) *T {
	known := r.place(n).Load()
	if known == nil || known.size != len(data) || &data[0] != known.data {
		return nil
	}
	return &known.value
}

// A record of an event is its JSON, a line end, and the payload; one of a delivery is a flag and its JSON.
const (
	lineEnd  = '\n'
	waits    = '0' // the delivery is as its JSON says
	underWay = '1' // one attempt more than its JSON says is under way
)

// About how many bytes the records of an event, without its payload, and of a delivery have.
const (
	eventSize    = 384
	deliverySize = 448
)

// putEvent writes an event with its payload.
func (w *Webhooks) putEvent(tx store.Tx, k keys, o *event) error {
	data, err := encodeEvent(make([]byte, 0, eventSize+len(o.payload)), o)
	if err != nil {
		return err
	}
	head := len(data)
	data = append(append(data, lineEnd), o.payload...)
	o.payload = data[head+1:]
	w.events.remember(o.Number, data, o)
	return tx.Put(k.event(o.Number), data)
}

// getEvent reads an event with its payload, which must not be changed, or fails with ErrNotFound.
func (w *Webhooks) getEvent(tx store.Tx, k keys, n uint64) (*event, error) {
	data, err := tx.Get(k.event(n))
	if errors.Is(err, store.ErrNotFound) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	if known := w.events.recall(n, data); known != nil {
		return known, nil
	}
	return decodeEvent(data)
}

// The parts of an event's record that linksOf looks for. Quotes inside of texts are escaped, so that they stand nowhere else.
const (
	idBegins         = `{"id":"`
	deliveriesBegins = `,"deliveries":[`
)

// linksOf reads of an event's record what leads to others, its id and its deliveries, and does not decode the rest.
func linksOf(data []byte) (id string, deliveries []uint64, err error) {
	head, _, found := bytes.Cut(data, []byte{lineEnd})
	rest, begins := bytes.CutPrefix(head, []byte(idBegins))
	text, _, closed := bytes.Cut(rest, []byte{'"'})
	if !found || !begins || !closed || bytes.IndexByte(text, '\\') >= 0 {
		return decodedLinks(data)
	}
	_, list, some := bytes.Cut(head, []byte(deliveriesBegins))
	if !some {
		return string(text), nil, nil
	}
	list, _, closed = bytes.Cut(list, []byte{']'})
	for number := range bytes.SplitSeq(list, []byte{','}) {
		n, err := strconv.ParseUint(string(number), 10, 64)
		if err != nil || !closed {
			return decodedLinks(data)
		}
		deliveries = append(deliveries, n)
	}
	return string(text), deliveries, nil
}

func decodedLinks(data []byte) (id string, deliveries []uint64, err error) {
	o, err := decodeEvent(data)
	if err != nil {
		return "", nil, err
	}
	return o.ID, o.Deliveries, nil
}

func decodeEvent(data []byte) (*event, error) {
	head, payload, found := bytes.Cut(data, []byte{lineEnd})
	if !found {
		return nil, fmt.Errorf("read an event of the webhooks: it has no payload")
	}
	o, err := decode[event](head)
	if err == nil {
		o.payload = payload
	}
	return o, err
}

// putDelivery writes a delivery: among those that wait, or among those that are finished.
func (w *Webhooks) putDelivery(tx store.Tx, k keys, d *delivery) error {
	data, err := encodeDelivery(append(make([]byte, 0, deliverySize), waits), d)
	if err != nil {
		return err
	}
	if !d.State.Finished() { // else nobody has to do with it soon
		w.deliveries.remember(d.Number, data, d)
		return tx.Put(k.pending(d.Number), data)
	}
	if err := tx.Delete(k.pending(d.Number)); err != nil {
		return err
	}
	return tx.Put(k.finished(d.Number), data)
}

// getDelivery reads a delivery, or fails with ErrNotFound.
func (w *Webhooks) getDelivery(tx store.Tx, k keys, n uint64) (*delivery, error) {
	data, err := tx.Get(k.pending(n))
	if errors.Is(err, store.ErrNotFound) {
		data, err = tx.Get(k.finished(n))
	}
	if errors.Is(err, store.ErrNotFound) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	return w.readDelivery(n, data)
}

func (w *Webhooks) readDelivery(n uint64, data []byte) (*delivery, error) {
	if known := w.deliveries.recall(n, data); known != nil {
		d := *known // lists in it belong to all
		return &d, nil
	}
	if len(data) == 0 {
		return nil, fmt.Errorf("read a delivery: its record is empty")
	}
	d, err := decode[delivery](data[1:])
	if err == nil && data[0] == underWay {
		d.begun()
	}
	return d, err
}

// begun changes a delivery to what it is during its next attempt.
func (d *delivery) begun() {
	d.State, d.NextAt, d.Why = Sending, time.Time{}, ""
	d.Attempts++
}

// markUnderWay notes that an attempt of a delivery is under way: before each attempt, so without encoding it anew. One that was
// cancelled meanwhile stays so, and one that went on is beyond that attempt.
func (w *Webhooks) markUnderWay(tx store.Tx, k keys, n uint64, attempt int) error {
	old, err := tx.Get(k.pending(n))
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	d, err := w.readDelivery(n, old)
	if err != nil || old[0] == underWay || d.Attempts+1 != attempt {
		return err
	}
	data := bytes.Clone(old)
	data[0] = underWay
	d.begun()
	w.deliveries.remember(n, data, d)
	return tx.Put(k.pending(n), data)
}
