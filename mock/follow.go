package mock

import (
	"context"
	"iter"
	"math"
)

// FromNow is the after of a Follow that begins with the next entry.
const FromNow = uint64(math.MaxUint64)

// Follow yields the entries behind the ID after, redacted, and goes on with new ones as they come, until ctx ends or the
// loop does. Beside each entry stands how many before it the follower has missed, because it was slower than the
// journal is long, or because they were cleared. An after that was never given (of an earlier server, say)
// is FromNow.
func (j *Journal) Follow(ctx context.Context, after uint64) iter.Seq2[*Entry, uint64] {
	return func(yield func(*Entry, uint64) bool) {
		for e, missed := range j.follow(ctx, after) {
			if !yield(e.Redacted(j.redactor), missed) {
				return
			}
		}
	}
}

// follow is Follow with the entries as they are.
func (j *Journal) follow(ctx context.Context, after uint64) iter.Seq2[*Entry, uint64] {
	return func(yield func(*Entry, uint64) bool) {
		j.mu.Lock()
		seen := min(j.behind(after), j.newest)
		j.mu.Unlock()
		for ctx.Err() == nil {
			e, place, changed := j.next(seen)
			if e == nil {
				select {
				case <-changed:
					continue
				case <-ctx.Done():
					return
				}
			}
			missed := place - seen - 1
			seen = place
			if !yield(e, missed) {
				return
			}
		}
	}
}

// next gives the first entry behind a place, and its own place; or, when there is none yet, what is closed when one comes.
func (j *Journal) next(seen uint64) (*Entry, uint64, <-chan struct{}) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for place := max(seen+1, j.oldest); place <= j.newest; place++ {
		if e := j.at(place); e != nil {
			return e, place, nil
		}
	}
	if j.changed == nil {
		j.changed = make(chan struct{})
	}
	return nil, 0, j.changed
}
