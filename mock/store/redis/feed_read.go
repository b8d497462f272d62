package redis

import (
	"context"
	"errors"
	"slices"
	"sync"

	goredis "github.com/redis/go-redis/v9"
)

// feeds are those that are watched.
type feeds struct {
	mu    sync.Mutex
	all   map[string][]*feed // by the name of their space; a contract that is loaded anew has two for a moment
	moved map[string]bool    // those of which Redis told
	every bool               // all are to be looked at
	wake  chan struct{}      // holds one token at most
}

func newFeeds() *feeds {
	return &feeds{all: map[string][]*feed{}, moved: map[string]bool{}, wake: make(chan struct{}, 1)}
}

func (s *feeds) add(f *feed) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all[f.name] = append(s.all[f.name], f)
}

func (s *feeds) remove(f *feed) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := slices.DeleteFunc(slices.Clone(s.all[f.name]), func(one *feed) bool { return one == f })
	if s.all[f.name] = list; len(list) == 0 {
		delete(s.all, f.name)
	}
}

// touch lets the feeds of a space be looked at; empty: all feeds.
func (s *feeds) touch(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case name == "":
		s.every = true
	case s.all[name] != nil:
		s.moved[name] = true
	default:
		return
	}
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// due takes those that are to be looked at, by contract: the streams of one contract can be asked for in one question.
func (s *feeds) due() map[string][]*feed {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := map[string][]*feed{}
	for name, some := range s.all {
		if s.every || s.moved[name] {
			list[some[0].contract] = append(list[some[0].contract], some...)
		}
	}
	clear(s.moved)
	s.every = false
	return list
}

// Bounds of one question: how many streams it is for, and how many entries it gets of all together.
const (
	streamsAtOnce = 200
	entriesAtOnce = 64
)

// followFeeds reads feeds as soon as Redis tells that they have something new, and all of them with each tick of follow. It is apart
// from follow: what feeds carry is larger than the word that something moved.
func (r *Redis) followFeeds(ctx context.Context) {
	defer close(r.fed)
	for {
		select {
		case <-r.feeds.wake:
		case <-ctx.Done():
			return
		}
		for _, list := range r.feeds.due() {
			for part := range slices.Chunk(list, streamsAtOnce) {
				_ = r.readFeeds(ctx, part) // the next tick asks again
			}
		}
	}
}

// readFeeds reads feeds of one contract to their ends.
func (r *Redis) readFeeds(ctx context.Context, list []*feed) error {
	for len(list) > 0 {
		n := max(1, entriesAtOnce/len(list))
		byStream := map[string][]*feed{}
		streams, places := []string{}, []string{}
		for _, f := range list { // two feeds of one space are asked for one after the other
			if byStream[f.keys[1]] = append(byStream[f.keys[1]], f); len(byStream[f.keys[1]]) == 1 {
				streams, places = append(streams, f.keys[1]), append(places, f.Place())
			}
		}
		answer, err := r.readStreams(ctx, append(streams, places...), n)
		if err != nil {
			return err
		}
		var again []*feed
		for _, s := range byStream {
			again = append(again, s[1:]...)
		}
		for _, s := range answer {
			if asked := byStream[s.Stream]; len(asked) > 0 && len(s.Messages) > 0 {
				if asked[0].got(s.Messages); len(s.Messages) >= n {
					again = append(again, asked[0])
				}
			}
		}
		list = again
	}
	return nil
}

func (r *Redis) readStreams(ctx context.Context, streams []string, n int) ([]goredis.XStream, error) {
	ctx, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	answer, err := r.client.XRead(ctx, &goredis.XReadArgs{Streams: streams, Count: int64(n), Block: -1}).Result()
	if errors.Is(err, goredis.Nil) {
		return nil, nil
	}
	return answer, err
}
