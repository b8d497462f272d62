package mock

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"understudy/mock/clock"
	"understudy/mock/store"
)

// A sharedClaim is that another process carries out a request with a key.
type sharedClaim struct {
	Replica string    `json:"replica"`
	Print   string    `json:"print"`
	Until   time.Time `json:"until"` // of the machine's time: a process that died ends no claims
}

// claimLasts is how long a claim holds whose process died.
const claimLasts = 2 * time.Minute

// claimed looks for an answer that is kept at a place. Where there is none, nor a claim of another process, it claims the place
// against other processes, if there are any.
func (s *Server) claimed(ctx context.Context, place string, print fingerprint) (other *sharedClaim, kept *keptAnswer, err error) {
	if s.sharing == nil {
		kept, err = s.keptAnswer(ctx, place)
		return nil, kept, err
	}
	key, now := s.shareKey(keyClaim+place), clock.Real{}.Now()
	err = s.options.Store.Update(ctx, func(tx store.Tx) error {
		other, kept = nil, nil
		value, err := tx.Get(place)
		if err == nil {
			kept = new(keptAnswer)
			if err := json.Unmarshal(value, kept); err != nil || s.clock.Now().Before(kept.Until) {
				return err
			}
			kept = nil
		} else if !errors.Is(err, store.ErrNotFound) {
			return err
		}
		if value, err := tx.Get(key); err == nil {
			held := new(sharedClaim)
			if json.Unmarshal(value, held) == nil && held.Replica != s.sharing.replica.Name && now.Before(held.Until) {
				other = held
				return nil
			}
		}
		value, err = json.Marshal(sharedClaim{s.sharing.replica.Name, print.String(), now.Add(claimLasts)})
		if err != nil {
			return err
		}
		return tx.Put(key, value)
	})
	return other, kept, err
}

// unclaim gives a place back that claimed took.
func (s *Server) unclaim(place string) {
	if s.sharing == nil {
		return
	}
	key := s.shareKey(keyClaim + place)
	if err := s.options.Store.Update(context.Background(), func(tx store.Tx) error { return tx.Delete(key) }); err != nil {
		s.logger.Error("a request's claim on its key stays for a while", "contract", s.contract.Name, "error", err)
	}
}

// conflicts says that a repeat of a request under way is refused instead of waiting for its answer.
func (s *Server) conflicts() bool {
	i := s.contract.Behaviour.Idempotency
	return i != nil && i.Concurrent == "conflict"
}

// lookAgain is how long a request waits until it looks whether another process has ended one with the same key.
const lookAgain = 20 * time.Millisecond

// pause waits before another look.
func (s *Server) pause(ctx context.Context) error {
	over := make(chan struct{})
	stop := clock.Real{}.AfterFunc(lookAgain, func() { close(over) })
	defer stop()
	select {
	case <-over:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
