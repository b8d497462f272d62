// Package boxoffice is an example: a few lines of an integration with EcoEvents, as somebody else writes one. It imports nothing
// of Understudy. Its tests do, and show what a Go test can do with a stand-in.
package boxoffice

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// An Event is one that tickets are sold for.
type Event struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Status string `json:"status"`
}

// A Client calls EcoEvents. All members are required.
type Client struct {
	BaseURL string // without the version: https://api.ecoevents.com
	Key     string
	HTTP    *http.Client
	// Wait pauses before a request is sent again.
	Wait func(context.Context, time.Duration) error
}

// Published lists all events that are published, over as many pages as there are.
func (c *Client) Published(ctx context.Context) ([]Event, error) {
	var all []Event
	for query := (url.Values{"status": {"published"}, "limit": {"2"}}); ; {
		var page struct {
			Data       []Event
			Pagination struct {
				HasMore    bool
				NextCursor string
			}
		}
		if err := c.call(ctx, http.MethodGet, "/v1/events?"+query.Encode(), nil, &page); err != nil {
			return nil, err
		}
		all = append(all, page.Data...)
		if !page.Pagination.HasMore {
			return all, nil
		}
		query.Set("cursor", page.Pagination.NextCursor)
	}
}

// Publish lets an event be seen.
func (c *Client) Publish(ctx context.Context, id string) error {
	return c.call(ctx, http.MethodPatch, "/v1/events/"+id, map[string]string{"status": "published"}, nil)
}

// call sends a request, and sends it once more when the API asks for patience.
func (c *Client) call(ctx context.Context, method, path string, body, into any) error {
	data, err := json.Marshal(body)
	if err != nil {
		return err
	}
	for again := true; ; again = false {
		request, err := http.NewRequestWithContext(ctx, method, c.BaseURL+path, bytes.NewReader(data))
		if err != nil {
			return err
		}
		if body == nil {
			request.Body, request.ContentLength = http.NoBody, 0
		} else {
			request.Header.Set("Content-Type", "application/json")
		}
		request.Header.Set("Authorization", "Bearer "+c.Key)
		answer, err := c.HTTP.Do(request)
		if err != nil {
			return err
		}
		text, err := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		switch {
		case err != nil:
			return err
		case again && (answer.StatusCode == http.StatusTooManyRequests || answer.StatusCode == http.StatusServiceUnavailable):
			seconds, _ := strconv.Atoi(answer.Header.Get("Retry-After")) // none is 0
			if err := c.Wait(ctx, time.Duration(max(seconds, 1))*time.Second); err != nil {
				return err
			}
			continue
		case answer.StatusCode >= 300:
			return fmt.Errorf("%s %s: %s", method, path, answer.Status)
		case into == nil:
			return nil
		}
		return json.Unmarshal(text, into)
	}
}

// A Board shows what EcoEvents tells about events. It is the receiver of a webhook.
type Board struct {
	Secret string // that deliveries are signed with

	mu    sync.Mutex
	names map[string]string
}

// Names are the names of the events by their ids.
func (b *Board) Names() map[string]string {
	b.mu.Lock()
	defer b.mu.Unlock()
	names := map[string]string{}
	for id, name := range b.names {
		names[id] = name
	}
	return names
}

// ServeHTTP takes a delivery, if EcoEvents has signed it.
func (b *Board) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
	if err != nil {
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		return
	}
	verifier, err := standardwebhooks.NewWebhook(b.Secret)
	if err != nil || verifier.Verify(body, r.Header) != nil {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	var told struct{ Data Event }
	if json.Unmarshal(body, &told) == nil && told.Data.ID != "" {
		b.mu.Lock()
		if b.names == nil {
			b.names = map[string]string{}
		}
		b.names[told.Data.ID] = told.Data.Name
		b.mu.Unlock()
	}
	w.WriteHeader(http.StatusNoContent)
}
