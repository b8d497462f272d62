package boxoffice_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"understudy/examples/boxoffice"
	"understudy/mock/mocktest"
)

// client is the code under test, configured with the stand-in. Waiting moves the stand-in's clock: nobody sleeps.
func client(api *mocktest.StandIn) *boxoffice.Client {
	return &boxoffice.Client{
		BaseURL: api.URL(), Key: api.Key("events:read", "events:write"), HTTP: http.DefaultClient,
		Wait: func(_ context.Context, d time.Duration) error { api.Advance(d); return nil },
	}
}

func TestPublish(t *testing.T) {
	api := mocktest.Start(t, "ecoevents", mocktest.WithItems("/v1/events", boxoffice.Event{ID: "evt_walk", Name: "Lantern Walk", Status: "draft"}))
	c := client(api)
	before, err := c.Published(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Publish(t.Context(), "evt_walk"); err != nil {
		t.Fatal(err)
	}
	after, err := c.Published(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(after) != len(before)+1 {
		t.Errorf("%d events were published before, %d are after", len(before), len(after))
	}
	if got := api.Item("/v1/events/evt_walk")["status"]; got != "published" {
		t.Errorf("EcoEvents holds it as %v", got)
	}
}

// TestTrouble runs in parallel: each case has a world of its own.
func TestTrouble(t *testing.T) {
	api := mocktest.Start(t, "ecoevents")
	for name, c := range map[string]struct {
		fault string
		calls int
		good  bool
	}{
		"busy once":     {"status=503;times=1;header.Retry-After=7", 2, true},
		"busy for long": {"status=503;header.Retry-After=7", 2, false},
		"broken":        {"status=500", 1, false},
		"cut off":       {"truncated-body;operations=updateEvent;times=1", 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			own := api.Sandbox(t)
			own.Put("/v1/events/evt_walk", map[string]any{"name": "Lantern Walk", "status": "draft"})
			own.Fault(c.fault)
			begin := own.Now()
			err := client(own).Publish(t.Context(), "evt_walk")
			if (err == nil) != c.good {
				t.Errorf("the error is %v", err)
			}
			if calls := own.Calls("updateEvent"); len(calls) != c.calls {
				t.Errorf("%d calls, want %d", len(calls), c.calls)
			}
			if waited := own.Now().Sub(begin); c.calls == 2 && waited < 7*time.Second {
				t.Errorf("it waited %s, and was asked to wait 7 s", waited)
			}
		})
	}
}

func TestBoard(t *testing.T) {
	api := mocktest.Start(t, "ecoevents")
	board := &boxoffice.Board{Secret: api.Credential("ECOEVENTS_WEBHOOK_SECRET")}
	server := httptest.NewServer(board)
	defer server.Close()
	api.Register(server.URL, "event.*")

	id := api.Put("/v1/events", map[string]any{"name": "Lantern Walk", "status": "draft"})["id"].(string)
	if err := client(api).Publish(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	api.Settle() // what is due has been delivered
	if got := board.Names()[id]; got != "Lantern Walk" {
		t.Errorf("the board shows %q; %+v", got, api.Deliveries())
	}

	forged := httptest.NewRecorder()
	board.ServeHTTP(forged, httptest.NewRequest("POST", "/", http.NoBody))
	if forged.Code != http.StatusUnauthorized {
		t.Errorf("a delivery that nobody has signed is answered %d", forged.Code)
	}
}
