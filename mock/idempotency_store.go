package mock

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"understudy/mock/store"
)

// What answers are kept for repeats when nobody says otherwise.
const (
	defaultKeep        = 24 * time.Hour
	defaultKeptAnswers = 10_000
	defaultKeptBytes   = 64 << 20
	sweepAtOnce        = 8 // expired answers that are removed when another is kept
)

// IdempotencyLimits bound the answers that are kept for repeats. Where one is reached the oldest answers go, and the
// journal says so. Zero values are the defaults.
type IdempotencyLimits struct {
	Answers int // 0: 10,000
	Bytes   int // 0: 64 MiB
}

// A keptAnswer is an answer kept for repeats of its request, as the store has it.
type keptAnswer struct {
	Print  string      `json:"print"` // of the request
	At     time.Time   `json:"at"`
	Until  time.Time   `json:"until"`
	Status int         `json:"status"`
	Header http.Header `json:"header,omitempty"`
	Body   []byte      `json:"body,omitempty"`
	Index  string      `json:"index"` // its key among the expiries
}

// Keys in the store are "idempotency/" + the contract's name + NUL + one of these.
const (
	keptRecord = "r" // + account NUL environment NUL credential NUL operation NUL key → answer
	keptExpiry = "e" // + instant and number, 16 hex digits each → key of the answer
	keptTotals = "t" // → number of answers, their bytes, the last number given
)

func (s *Server) keptPrefix() string { return "idempotency/" + s.contract.Name + "\x00" }

// totals are what the answers come to.
type totals struct{ answers, bytes, number uint64 }

func readTotals(tx store.Tx, prefix string) (t totals) {
	if v, err := tx.Get(prefix + keptTotals); err == nil && len(v) == 24 {
		t = totals{binary.BigEndian.Uint64(v), binary.BigEndian.Uint64(v[8:]), binary.BigEndian.Uint64(v[16:])}
	}
	return t
}

func (t totals) write(tx store.Tx, prefix string) error {
	v := binary.BigEndian.AppendUint64(nil, t.answers)
	return tx.Put(prefix+keptTotals, binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(v, t.bytes), t.number))
}

// keptAnswer gives the answer that is kept at a place; nil where there is none, or its time is over.
func (s *Server) keptAnswer(ctx context.Context, place string) (kept *keptAnswer, err error) {
	err = s.options.Store.View(ctx, func(tx store.Tx) error {
		value, err := tx.Get(place)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		kept = new(keptAnswer)
		return json.Unmarshal(value, kept)
	})
	if kept != nil && !s.clock.Now().Before(kept.Until) {
		return nil, err
	}
	return kept, err
}

// storeAnswer keeps an answer, and makes room for it: by what has expired, then by the oldest. The note says what else went.
func (s *Server) storeAnswer(ctx context.Context, place string, kept *keptAnswer) (note string, err error) {
	limits := s.options.Idempotency
	if limits.Answers <= 0 {
		limits.Answers = defaultKeptAnswers
	}
	if limits.Bytes <= 0 {
		limits.Bytes = defaultKeptBytes
	}
	if len(kept.Body) > limits.Bytes/2 {
		return fmt.Sprintf("the answer has %d bytes and was not kept for repeats: at most %d of all answers are", len(kept.Body), limits.Bytes), nil
	}
	kept.Until = kept.At.Add(s.keepFor())
	prefix, dropped := s.keptPrefix(), 0
	err = s.options.Store.Update(ctx, func(tx store.Tx) error {
		t := readTotals(tx, prefix)
		dropped = 0
		if err := dropAnswer(tx, place, &t); err != nil {
			return err
		}
		if err := sweep(tx, prefix, kept.At, &t); err != nil {
			return err
		}
		t.number++
		kept.Index = fmt.Sprintf("%s%s%016x%016x", prefix, keptExpiry, uint64(kept.Until.UnixNano())^1<<63, t.number)
		value, err := json.Marshal(kept)
		if err != nil {
			return err
		}
		t.answers, t.bytes = t.answers+1, t.bytes+uint64(len(value))
		if err := errors.Join(tx.Put(place, value), tx.Put(kept.Index, []byte(place))); err != nil {
			return err
		}
		for _, oldest := range tx.Scan(prefix+keptExpiry, store.Scan{}) {
			if t.answers <= uint64(limits.Answers) && t.bytes <= uint64(limits.Bytes) {
				break
			}
			dropped++
			if err := dropAnswer(tx, string(oldest), &t); err != nil {
				return err
			}
		}
		return t.write(tx, prefix)
	})
	if dropped > 0 {
		note = fmt.Sprintf("%s made room: at most %s of %d bytes are kept for repeats", plural(dropped, "older answer"), plural(limits.Answers, "answer"), limits.Bytes)
	}
	return note, err
}

func (s *Server) keepFor() time.Duration {
	if i := s.contract.Behaviour.Idempotency; i != nil && i.Keep != "" {
		if d, err := time.ParseDuration(i.Keep); err == nil {
			return d
		}
	}
	return defaultKeep
}

// sweep removes some of what has expired.
func sweep(tx store.Tx, prefix string, now time.Time, t *totals) error {
	end := fmt.Sprintf("%s%s%016x", prefix, keptExpiry, uint64(now.UnixNano())^1<<63)
	n := 0
	for index, place := range tx.Scan(prefix+keptExpiry, store.Scan{}) {
		if n++; n > sweepAtOnce || index[:len(end)] > end {
			break
		}
		if err := dropAnswer(tx, string(place), t); err != nil {
			return err
		}
	}
	return nil
}

// dropAnswer removes the answer at a place, where there is one.
func dropAnswer(tx store.Tx, place string, t *totals) error {
	value, err := tx.Get(place)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	var old keptAnswer
	if err := json.Unmarshal(value, &old); err != nil {
		return fmt.Errorf("read an answer that was kept: %w", err)
	}
	t.answers, t.bytes = t.answers-1, t.bytes-uint64(len(value))
	return errors.Join(tx.Delete(place), tx.Delete(old.Index))
}

// forgetAnswers removes all answers kept for repeats.
func (s *Server) forgetAnswers(ctx context.Context) error {
	return s.options.Store.Update(ctx, func(tx store.Tx) error {
		for key := range tx.Scan(s.keptPrefix(), store.Scan{}) {
			if err := tx.Delete(key); err != nil {
				return err
			}
		}
		return nil
	})
}
