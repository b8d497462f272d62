package mock

import (
	"context"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
)

// connectionKey leads from the context of a request to its connection.
type connectionKey struct{}

// A connection is one over which requests come. Each stand-in counts those that it meets by itself, so that the numbers in its
// journal begin with 1 and are the same in every run of the same requests, whoever shares the listener.
type connection struct {
	latest atomic.Pointer[connectionNumber] // nearly always the only one

	mu      sync.Mutex
	numbers []connectionNumber
}

// mostMet is how many stand-ins a connection remembers to have met. To one that it has forgotten, which needs thousands of
// sandboxes on one connection, it is another one.
const mostMet = 4096

// A connectionNumber is what one stand-in calls a connection.
type connectionNumber struct {
	of     *atomic.Uint64 // the stand-in's counter
	number uint64
}

// withConnection is http.Server's ConnContext: it makes what requests on a connection share.
func withConnection(ctx context.Context, _ net.Conn) context.Context {
	return context.WithValue(ctx, connectionKey{}, &connection{})
}

// connectionOf gives the number of the connection that a request came on, as a stand-in with that counter calls it; 0 where
// requests come from elsewhere than a Listener.
func connectionOf(r *http.Request, counter *atomic.Uint64) uint64 {
	c, _ := r.Context().Value(connectionKey{}).(*connection)
	if c == nil {
		return 0
	}
	if known := c.latest.Load(); known != nil && known.of == counter {
		return known.number
	}
	return c.numberFor(counter)
}

func (c *connection) numberFor(counter *atomic.Uint64) uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range c.numbers {
		if c.numbers[i].of == counter {
			return c.numbers[i].number
		}
	}
	if len(c.numbers) >= mostMet {
		c.numbers = slices.Delete(c.numbers, 0, mostMet/2)
	}
	n := connectionNumber{counter, counter.Add(1)}
	c.numbers = append(c.numbers, n)
	c.latest.Store(&n)
	return n.number
}
