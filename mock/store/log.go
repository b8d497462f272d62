package store

import (
	"context"
	"errors"
)

// A Point is a place in a Log: how many entries it has, and the mark of the last one. The zero value is before the first.
type Point struct {
	Version uint64
	Mark    string
}

// News is what a Log holds behind a point.
type News struct {
	Whole   bool     // Changes are all that there is; what was known before holds no more
	Changes []Change // in their order
	Marks   []string // of the entries; where Whole, none but that of the call, if its entry was added before
	Lost    bool     // there is nothing at all, and there was something: whoever knows it may append it at the zero Point
	Point   Point    // where they lead
}

// A Log is a list of changes that several processes append to and all of them follow. It is safe for concurrent use.
type Log interface {
	// Append adds changes as one entry with a mark of its own, all or none, if the log ends at a point. Else nothing is
	// added and it gives what came behind that point. An entry whose mark is the log's last is not added again, so a call
	// whose answer was lost can be repeated.
	Append(ctx context.Context, at Point, mark string, changes []Change) (*News, error)
	// Since gives what came behind a point; nil: nothing did.
	Since(ctx context.Context, at Point) (*News, error)
	// Close gives back what the log holds. It may be called again, and the other methods go on to work.
	Close() error
}

// ErrAway says that the place where a store keeps its records cannot be reached. What was asked for was not done, or was done
// as a whole: whoever asked cannot know.
var ErrAway = errors.New("the store is away")

// A Shared store holds what several processes change.
type Shared interface {
	Store
	// Refresh makes Views with the context that it gives see all that was answered before it was called. Without it each View
	// looks for itself, which takes a round trip.
	Refresh(ctx context.Context) (context.Context, error)
	// Watch calls f with changes that others made, in their order, once they can be seen; now and then with some that were made
	// here. f must be quick, and must not use the store. The function stop ends it.
	Watch(f func([]Change)) (stop func())
	// Retire lets whoever opens the store's space from now on get another one. Close, which may have to wait, is still to be called.
	Retire() error
}
