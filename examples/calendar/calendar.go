package main

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// A Calendar is our copy of the events. The zero value is empty and ready.
type Calendar struct {
	mu     sync.Mutex
	events map[string]Event
	gone   map[string]time.Time // when what is not there any more was deleted
}

// Sync fetches all events. What a webhook told meanwhile and is newer stays.
func (c *Calendar) Sync(ctx context.Context, api *API) error {
	for e, err := range api.List(ctx, 100, "") {
		if err != nil {
			return err
		}
		c.Put(e)
	}
	return nil
}

// Put takes an event as it was at its UpdatedAt. News come in any order and more than once: what is older than what is known
// changes nothing.
func (c *Calendar) Put(e Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if known, there := c.events[e.ID]; there && !e.UpdatedAt.After(known.UpdatedAt) {
		return
	}
	if deleted, was := c.gone[e.ID]; was && !e.UpdatedAt.After(deleted) {
		return
	}
	if c.events == nil {
		c.events = map[string]Event{}
	}
	c.events[e.ID] = e
}

// Remove takes an event out that was deleted at an instant.
func (c *Calendar) Remove(id string, at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.gone == nil {
		c.gone = map[string]time.Time{}
	}
	delete(c.events, id)
	c.gone[id] = at
}

// Events gives all of them by their start.
func (c *Calendar) Events() []Event {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.SortedFunc(maps.Values(c.events), func(a, b Event) int {
		return cmp.Or(a.StartsAt.Compare(b.StartsAt), strings.Compare(a.ID, b.ID))
	})
}
