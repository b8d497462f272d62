package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"understudy/mock"
	"understudy/mock/clock"
	"understudy/mock/store"
	"understudy/mock/store/file"
	"understudy/mock/store/redis"

	"github.com/spf13/pflag"
)

// storing are the flags about what outlives the process.
type storing struct {
	store  string
	noSync bool
	depot  *depot // opened by furnish
}

func (s *storing) flags(f *pflag.FlagSet) {
	f.StringVar(&s.store, "store", "memory", "where state is kept: memory; file:PATH, which the next start goes on with; or redis://HOST:PORT, which several processes share (default: UNDERSTUDY_STORE, else memory)")
	f.BoolVar(&s.noSync, "store-no-sync", false, "with file: do not wait for the disk; faster, and the last seconds are lost when the machine fails")
}

// A depot is where the stand-ins of one process keep their state.
type depot struct {
	file   *file.File   // nil: no file
	redis  *redis.Redis // nil: no Redis; without both it is memory, each server by itself
	member member
	logger *slog.Logger
	stop   context.CancelFunc
	done   chan struct{}
}

// furnish opens what --store names, and takes from there what servers are made of: where credentials come from, and the clock.
func (s *serving) furnish(o *mock.Options) (err error) {
	if s.depot, err = s.openDepot(); err != nil {
		return err
	}
	s.depot.logger = o.Logger
	if o.Secret, err = s.depot.secret(s.seeded, s.seed); err == nil {
		o.Clock, err = s.depot.clock(s.clock, s.clocked)
	}
	if err != nil {
		return errors.Join(err, s.depot.close())
	}
	return nil
}

// openDepot opens what --store names.
func (s *storing) openDepot() (*depot, error) {
	if s.store == "" || s.store == "memory" {
		if s.noSync {
			return nil, errors.New("--store-no-sync is for --store file:PATH")
		}
		return &depot{}, nil
	}
	if strings.HasPrefix(s.store, "redis://") || strings.HasPrefix(s.store, "rediss://") {
		if s.noSync {
			return nil, errors.New("--store-no-sync is for --store file:PATH; when Redis writes to its disk is set there (appendfsync)")
		}
		return openRedis(s.store)
	}
	path, ok := strings.CutPrefix(s.store, "file:")
	if !ok || path == "" {
		return nil, fmt.Errorf("--store %.100q: give memory, file:PATH, or redis://HOST:PORT", s.store)
	}
	f, err := file.Open(path, file.Options{NoSync: s.noSync})
	if err != nil {
		return nil, fmt.Errorf("--store: %w", err)
	}
	return &depot{file: f}, nil
}

// of gives the store of a contract; nil: the server makes one of its own.
func (d *depot) of(contract string) (store.Store, error) {
	if d.redis != nil {
		return d.space(contract)
	}
	if d.file == nil {
		return nil, nil
	}
	s, err := d.file.Store(contract)
	if err != nil { // not a nil *Backed in an interface
		return nil, err
	}
	return s, nil
}

// secretOf is where credentials come from that a seed alone decides on.
func secretOf(seed uint64) [32]byte {
	return sha256.Sum256([]byte("understudy credentials " + strconv.FormatUint(seed, 10)))
}

// secret is where credentials come from: what the file holds, so that they are good after a new start; else random, or made from
// the seed where one was given.
func (d *depot) secret(seeded bool, seed uint64) (secret [32]byte, err error) {
	if seeded {
		secret = secretOf(seed)
	} else {
		_, _ = rand.Read(secret[:]) // it never fails (Go 1.24)
	}
	if d.redis != nil {
		return d.sharedSecret(secret, seeded, seed)
	}
	if d.file == nil {
		return secret, nil
	}
	kept, err := d.file.Fact("secret")
	switch {
	case err != nil:
		return secret, err
	case kept == nil:
		return secret, d.file.Keep("secret", secret[:])
	case len(kept) != len(secret):
		return secret, errors.New("the secret in the store's file is damaged")
	case seeded && subtle.ConstantTimeCompare(kept, secret[:]) != 1:
		return secret, fmt.Errorf("--seed %d: the store's file was begun with other credentials; leave --seed out, or begin with another file", seed)
	}
	return [32]byte(kept), nil
}

// clock makes the run's one clock: as --clock says where it was given, else as the file's clock went on, else real time.
func (d *depot) clock(text string, given bool) (clock.Clock, error) {
	c, err := clockOf(text)
	if err == nil && d.redis != nil {
		return d.sharedClock(c, given)
	}
	if err != nil || d.file == nil {
		return c, err
	}
	kept, err := d.file.Fact("clock")
	if err != nil {
		return nil, err
	}
	if kept != nil && !given {
		var course clock.Course
		if err := json.Unmarshal(kept, &course); err != nil {
			return nil, fmt.Errorf("the clock in the store's file is damaged: %w", err)
		}
		if c, err = clock.Resume(course); err != nil {
			return nil, fmt.Errorf("the clock in the store's file is damaged: %w", err)
		}
	}
	return c, d.keepClock(c.Course())
}

func (d *depot) keepClock(c clock.Course) error {
	data, err := json.Marshal(c)
	if err != nil {
		return err
	}
	return d.file.Keep("clock", data)
}

// saveEvery is how often what is counted in memory is written to a store that lasts.
const saveEvery = time.Second

// keep writes what the servers count, and the moves of the clock, for as long as the process runs.
func (d *depot) keep(servers func() []*mock.Server, o mock.Options) {
	if d.redis != nil {
		d.share(servers)
		return
	}
	if d.file == nil {
		return
	}
	if moving, ok := o.Clock.(*clock.Virtual); ok {
		moving.OnMove(func(c clock.Course) {
			if err := d.keepClock(c); err != nil {
				d.logger.Error("the clock is not in the store", "error", err)
			}
		})
	}
	ctx, cancel := context.WithCancel(context.Background())
	d.stop, d.done = cancel, make(chan struct{})
	go func() {
		defer close(d.done)
		ticker := time.NewTicker(saveEvery)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
			case <-ctx.Done():
			}
			for _, s := range servers() {
				if err := s.Save(context.Background()); err != nil {
					d.logger.Error("what was counted is not in the store", "contract", s.Contract().Name, "error", err)
				}
			}
			if ctx.Err() != nil {
				return
			}
		}
	}()
}

// close writes what is left and gives the file back.
func (d *depot) close() error {
	if d == nil || d.file == nil && d.redis == nil {
		return nil
	}
	if d.stop != nil {
		d.stop()
		<-d.done
	}
	if d.redis != nil {
		return d.redis.Close()
	}
	return d.file.Close()
}
