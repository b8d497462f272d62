package mock

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"understudy/mock/store"
)

// How long, and how many, ids of events are remembered. Senders try for three days and the longest ones for a month.
const (
	inboundKeep = 30 * 24 * time.Hour
	inboundMost = 10_000
)

// Keys in the store are "inbound/" + the contract's name + NUL + one of these.
const (
	inboundTaken  = "t" // + operation NUL id → its key among the instants
	inboundByTime = "a" // + instant and number, 16 hex digits each → key of the id
	inboundNumber = "n" // → number of ids, the last number given
	inboundSecret = "s" // + environment name → JSON list of secrets that were brought along
)

func (s *Server) inboundPrefix() string { return "inbound/" + s.contract.Name + "\x00" }

// noteEvent remembers an event. It is false where it was remembered before.
func (s *Server) noteEvent(ctx context.Context, place string) (taken bool, err error) {
	prefix, now := s.inboundPrefix(), s.clock.Now()
	err = s.options.Store.Update(ctx, func(tx store.Tx) error {
		taken = false
		n := readInbound(tx, prefix)
		if err := n.sweep(tx, prefix, now); err != nil {
			return err
		}
		switch _, err := tx.Get(place); {
		case err == nil:
			return n.write(tx, prefix)
		case !errors.Is(err, store.ErrNotFound):
			return err
		}
		taken = true
		n.held, n.last = n.held+1, n.last+1
		index := fmt.Sprintf("%s%s%s%016x", prefix, inboundByTime, instantKey(now), n.last)
		return errors.Join(tx.Put(place, []byte(index)), tx.Put(index, []byte(place)), n.write(tx, prefix))
	})
	return taken, err
}

// forgetEvent is the opposite of noteEvent.
func (s *Server) forgetEvent(ctx context.Context, place string) error {
	prefix := s.inboundPrefix()
	return s.options.Store.Update(ctx, func(tx store.Tx) error {
		index, err := tx.Get(place)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		n := readInbound(tx, prefix)
		n.held--
		return errors.Join(tx.Delete(place), tx.Delete(string(index)), n.write(tx, prefix))
	})
}

// forgetInbound forgets all events that were taken.
func (s *Server) forgetInbound(ctx context.Context) error {
	return s.options.Store.Update(ctx, func(tx store.Tx) error {
		for key := range tx.Scan(s.inboundPrefix(), store.Scan{}) { // secrets that were brought along go too
			if err := tx.Delete(key); err != nil {
				return err
			}
		}
		return nil
	})
}

// An inboundCount is how many ids are remembered.
type inboundCount struct{ held, last uint64 }

func readInbound(tx store.Tx, prefix string) (n inboundCount) {
	if v, err := tx.Get(prefix + inboundNumber); err == nil && len(v) == 16 {
		n = inboundCount{binary.BigEndian.Uint64(v), binary.BigEndian.Uint64(v[8:])}
	}
	return n
}

func (n inboundCount) write(tx store.Tx, prefix string) error {
	return tx.Put(prefix+inboundNumber, binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, n.held), n.last))
}

// sweep forgets what is too old, and the oldest where there are too many.
func (n *inboundCount) sweep(tx store.Tx, prefix string, now time.Time) error {
	end := prefix + inboundByTime + instantKey(now.Add(-inboundKeep))
	for index, place := range tx.Scan(prefix+inboundByTime, store.Scan{}) {
		if n.held < inboundMost && index >= end {
			return nil
		}
		if err := errors.Join(tx.Delete(string(place)), tx.Delete(index)); err != nil {
			return err
		}
		n.held--
	}
	return nil
}

// instantKey writes an instant so that keys are in the order of time.
func instantKey(at time.Time) string { return fmt.Sprintf("%016x", uint64(at.UnixNano())^1<<63) }

// nextCreation numbers the events that bring items into being.
func (s *Server) nextCreation(ctx context.Context) (number uint64, err error) {
	prefix := s.inboundPrefix()
	err = s.options.Store.Update(ctx, func(tx store.Tx) error {
		n := readInbound(tx, prefix)
		n.last++
		number = n.last
		return n.write(tx, prefix)
	})
	return number, err
}
