package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// An Event is what this program knows of an event.
type Event struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	Status    string    `json:"status"`
	StartsAt  time.Time `json:"startsAt"`
	EndsAt    time.Time `json:"endsAt"`
	UpdatedAt time.Time `json:"updatedAt"`
}

// A Draft is what a new event is made of.
type Draft struct {
	Name     string    `json:"name"`
	Format   string    `json:"format"` // in_person, hybrid or virtual
	StartsAt time.Time `json:"startsAt"`
	EndsAt   time.Time `json:"endsAt"`
	Timezone string    `json:"timezone"`
	Capacity int       `json:"capacity"`
}

// List goes through all events, page by page; search narrows them to those with that text, empty: all of them. Breaking off the
// loop asks for no further page.
func (a *API) List(ctx context.Context, size int, search string) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		query := url.Values{"limit": {strconv.Itoa(size)}}
		if search != "" {
			query.Set("search", search)
		}
		for {
			var page struct {
				Data       []Event `json:"data"`
				Pagination struct {
					HasMore    bool    `json:"hasMore"`
					NextCursor *string `json:"nextCursor"`
				} `json:"pagination"`
			}
			if err := a.call(ctx, request{method: http.MethodGet, path: "/v1/events", query: query, again: true}, &page); err != nil {
				yield(Event{}, err)
				return
			}
			for _, e := range page.Data {
				if !yield(e, nil) {
					return
				}
			}
			next := page.Pagination.NextCursor
			if !page.Pagination.HasMore || next == nil {
				return
			}
			if *next == query.Get("cursor") {
				yield(Event{}, fmt.Errorf("GET /v1/events: the cursor leads back to its own page"))
				return
			}
			query.Set("cursor", *next)
		}
	}
}

// Create makes an event, once. EcoEvents has no idempotency keys, so that a request whose answer was lost is not just repeated:
// where the event is there after all, it is that one. Two events with one name and one start are the same to a calendar.
func (a *API) Create(ctx context.Context, d Draft) (Event, error) {
	for attempt := 1; ; attempt++ {
		var made Event
		err := a.call(ctx, request{method: http.MethodPost, path: "/v1/events", body: d}, &made)
		if err == nil || !unknown(err) {
			return made, err
		}
		var refused *Refusal
		wait := a.patience.wait(attempt, 0)
		if errors.As(err, &refused) {
			wait = a.patience.wait(attempt, refused.RetryAfter)
		}
		if waitErr := pause(ctx, wait); waitErr != nil {
			return made, fmt.Errorf("%w: %w", ErrUncertain, err)
		}
		found, lookErr := a.find(ctx, d)
		if lookErr != nil {
			return made, fmt.Errorf("%w: %w", ErrUncertain, err)
		}
		if found != nil {
			return *found, nil
		}
		if attempt == a.patience.Attempts {
			return made, err // it was not carried out
		}
	}
}

// unknown tells whether a failed request may have been carried out.
func unknown(err error) bool {
	var refused *Refusal
	return errors.Is(err, ErrUncertain) || errors.As(err, &refused) && refused.Status >= 500
}

// find looks for an event that was made of a draft; nil: there is none.
func (a *API) find(ctx context.Context, d Draft) (*Event, error) {
	for e, err := range a.List(ctx, 100, d.Name) {
		if err != nil {
			return nil, err
		}
		if e.Name == d.Name && e.StartsAt.Equal(d.StartsAt) {
			return &e, nil
		}
	}
	return nil, nil
}
