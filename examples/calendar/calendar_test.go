package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"
)

// draft is an event that no other run has made.
func draft(name string) Draft {
	start := time.Now().UTC().Truncate(time.Second).Add(1000 * time.Hour)
	return Draft{Name: fmt.Sprintf("%s %d", name, time.Now().UnixNano()), Format: "virtual", StartsAt: start, EndsAt: start.Add(time.Hour), Timezone: "Europe/Stockholm", Capacity: 40}
}

// TestSync fetches all events over several pages.
func TestSync(t *testing.T) {
	_, api := reach(t)
	all := map[string]bool{}
	for e, err := range api.List(t.Context(), 2, "") {
		if err != nil {
			t.Fatal(err)
		}
		if all[e.ID] {
			t.Errorf("%s came twice", e.ID)
		}
		all[e.ID] = true
	}
	if len(all) < 3 {
		t.Fatalf("%d events, want those of at least two pages", len(all))
	}
	var calendar Calendar
	if err := calendar.Sync(t.Context(), api); err != nil {
		t.Fatal(err)
	}
	for _, e := range calendar.Events() {
		delete(all, e.ID)
	}
	if len(all) != 0 {
		t.Errorf("these are not in the calendar: %v", all)
	}
}

// TestCreate makes an event and finds it.
func TestCreate(t *testing.T) {
	_, api := reach(t)
	d := draft("Repair Café")
	made, err := api.Create(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for e, err := range api.List(t.Context(), 100, d.Name) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Name == d.Name {
			count++
		}
		if e.Name == d.Name && e.ID != made.ID {
			t.Errorf("found %s, made %s", e.ID, made.ID)
		}
	}
	if count != 1 {
		t.Errorf("%d events were made, want 1", count)
	}
}

// TestRenewal lets many callers find at the same time that the token is about to end: one of them renews it.
func TestRenewal(t *testing.T) {
	s, api := reach(t)
	list := func() error {
		for _, err := range api.List(t.Context(), 100, "") {
			if err != nil {
				return err
			}
		}
		return nil
	}
	if err := list(); err != nil {
		t.Fatal(err)
	}
	s.ahead.Store(int64(24*time.Hour - earliest/2))
	var wait sync.WaitGroup
	for range 12 {
		wait.Go(func() {
			if err := list(); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if s.tiny != nil && (s.tiny.logins != 1 || s.tiny.renewals != 1) {
		t.Errorf("%d logins and %d renewals, want one of each", s.tiny.logins, s.tiny.renewals)
	}
}

// TestWebhook makes events and waits until EcoEvents has told the calendar of all of them, whatever else comes meanwhile.
func TestWebhook(t *testing.T) {
	s, api := reach(t)
	calendar := &Calendar{}
	hook, err := NewHook(s.secret, time.Now, calendar)
	if err != nil {
		t.Fatal(err)
	}
	told := make(chan struct{}, 1000)
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		hook.ServeHTTP(w, r)
		told <- struct{}{}
	}))
	defer receiver.Close()
	s.hear(t, receiver.URL+"/hooks/ecoevents")

	late := time.After(40 * time.Second)
	for _, count := range []int{1, 3} {
		missing := map[string]bool{}
		for range count {
			made, err := api.Create(t.Context(), draft("Lantern Walk"))
			if err != nil {
				t.Fatal(err)
			}
			missing[made.ID] = true
		}
		for len(missing) > 0 {
			select {
			case <-told:
			case <-late:
				t.Fatalf("nobody told of %v", missing)
			}
			for _, e := range calendar.Events() {
				delete(missing, e.ID)
			}
		}
		for quiet := s.tiny != nil; !quiet; { // who sends more is answered
			select {
			case <-told:
			case <-time.After(time.Second):
				quiet = true
			}
		}
	}
}
