package store

import (
	"context"
	"errors"
)

// A Feed is a list of texts that several processes add to and all of them read, in one order: what they tell each other. It is
// bounded: the oldest texts make room. It is safe for concurrent use.
type Feed interface {
	// Number is this process's among those that ever opened the feed.
	Number() uint64
	// Append adds texts at the end, all or none. An error may also mean that they were added and the answer was lost: whoever
	// adds them again tells them twice.
	Append(ctx context.Context, texts [][]byte) error
	// Watch calls take with all that the feed holds, before it returns, and from then on with what is added: by others as soon as can be,
	// by this process within a second or with the next of others; always in the feed's order, and never twice at a time. take must be
	// quick. Watch is called once.
	Watch(ctx context.Context, take func(texts [][]byte)) error
	// Place is up to where take has seen the feed.
	Place() string
	// Forget drops what stands up to a place.
	Forget(ctx context.Context, place string) error
	// Close ends what Watch has begun. Append goes on to work.
	Close() error
}

// ErrDropped says that a feed is gone, with the world that it belonged to.
var ErrDropped = errors.New("it was dropped")
