package main

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// own gives an API of the tiny service, whatever the environment says: these tests are about what it sees.
func own(t *testing.T, p Patience) (*tiny, *API) {
	t.Helper()
	s := newTiny(t)
	api, err := New(Config{BaseURL: s.URL, Email: "ada@example.org", Password: "a good password", Patience: p, Timeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(api.Close)
	return s, api
}

var brisk = Patience{Attempts: 4, First: 20 * time.Millisecond, Longest: 100 * time.Millisecond, Total: 20 * time.Second}

// first lists the first page.
func first(ctx context.Context, api *API) error {
	for _, err := range api.List(ctx, 100, "") {
		return err
	}
	return nil
}

// TestTrouble has the service fail in several ways, and looks at what a list comes to and how often it was asked for.
func TestTrouble(t *testing.T) {
	for _, c := range []struct {
		name    string
		trouble func(n int, w http.ResponseWriter) bool // n is the number of the request, from 1
		want    error
		asked   int
	}{
		{"nothing", func(int, http.ResponseWriter) bool { return false }, nil, 1},
		{"twice not available", func(n int, w http.ResponseWriter) bool { return n < 3 && answer(w, 503, "") }, nil, 3},
		{"never available", func(_ int, w http.ResponseWriter) bool { return answer(w, 503, "") }, ErrDown, 4},
		{"cut", func(n int, w http.ResponseWriter) bool { return n < 2 && cut(w) }, nil, 2},
		{"too many, and when to come back", func(n int, w http.ResponseWriter) bool { return n < 2 && answer(w, 429, "1") }, nil, 2},
		{"come back after more time than there is", func(_ int, w http.ResponseWriter) bool { return answer(w, 429, "3600") }, ErrBusy, 1},
		{"not for this user", func(_ int, w http.ResponseWriter) bool { return answer(w, 403, "") }, ErrForbidden, 1},
		{"no such thing", func(_ int, w http.ResponseWriter) bool { return answer(w, 404, "") }, ErrNotFound, 1},
		{"not understood", func(_ int, w http.ResponseWriter) bool { return answer(w, 400, "") }, ErrInvalid, 1},
		{"the token is refused whatever it is", func(_ int, w http.ResponseWriter) bool { return answer(w, 401, "") }, ErrToken, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, api := own(t, brisk)
			var times []time.Time
			s.trouble = func(w http.ResponseWriter, r *http.Request) bool {
				if r.URL.Path != "/v1/events" {
					return false
				}
				times = append(times, time.Now())
				return c.trouble(len(times), w)
			}
			if err := first(t.Context(), api); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
			s.mu.Lock()
			defer s.mu.Unlock()
			if len(times) != c.asked {
				t.Errorf("asked %d times, want %d", len(times), c.asked)
			}
			if strings.Contains(c.name, "come back") && len(times) == 2 && times[1].Sub(times[0]) < time.Second {
				t.Errorf("came back after %v, was asked for 1s", times[1].Sub(times[0]))
			}
		})
	}
}

func answer(w http.ResponseWriter, status int, retryAfter string) bool {
	if retryAfter != "" {
		w.Header().Set("Retry-After", retryAfter)
	}
	refuse(w, status, "trouble")
	return true
}

func cut(w http.ResponseWriter) bool {
	connection, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(err)
	}
	_ = connection.Close()
	return true
}

// TestCreateOnce loses the answer to a creation, once after it was carried out and once before.
func TestCreateOnce(t *testing.T) {
	for name, carried := range map[string]bool{"behind the effect": true, "before the effect": false} {
		t.Run(name, func(t *testing.T) {
			s, api := own(t, brisk)
			lost := false
			s.trouble = func(w http.ResponseWriter, r *http.Request) bool {
				if r.Method != "POST" || r.URL.Path != "/v1/events" || lost {
					return false
				}
				lost = true
				if carried {
					s.create(httptest.NewRecorder(), map[string]any{"name": "Picnic in May", "startsAt": time.Date(2027, 5, 1, 9, 0, 0, 0, time.UTC)})
				}
				return cut(w)
			}
			made, err := api.Create(t.Context(), Draft{Name: "Picnic in May", StartsAt: time.Date(2027, 5, 1, 9, 0, 0, 0, time.UTC)})
			if err != nil || made.Name != "Picnic in May" {
				t.Fatalf("%+v, %v", made, err)
			}
			if len(s.events) != 6 {
				t.Errorf("%d events, want the five and one more", len(s.events))
			}
		})
	}
}

// TestRefusedTokens ends the token early for ten callers at once: it is renewed once. Then the refresh token is no good either.
func TestRefusedTokens(t *testing.T) {
	s, api := own(t, brisk)
	all := func() {
		var wait sync.WaitGroup
		for range 10 {
			wait.Go(func() {
				if err := first(t.Context(), api); err != nil {
					t.Error(err)
				}
			})
		}
		wait.Wait()
	}
	end := func(refresh string) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.token = "another"
		if refresh != "" {
			s.refresh = refresh
		}
	}
	all()
	end("")
	all()
	if s.logins != 1 || s.renewals != 1 {
		t.Errorf("%d logins and %d renewals, want one of each", s.logins, s.renewals)
	}
	end("gone")
	all()
	if s.logins != 2 || s.renewals != 1 {
		t.Errorf("%d logins and %d renewals, want a second login", s.logins, s.renewals)
	}
}

// TestLogin is refused for a wrong password, and asked for once.
func TestLogin(t *testing.T) {
	s, api := own(t, brisk)
	api.session.password = "another"
	if err := first(t.Context(), api); !errors.Is(err, ErrLogin) {
		t.Errorf("got %v, want ErrLogin", err)
	}
	if s.logins != 1 {
		t.Errorf("tried %d times", s.logins)
	}
}

// TestTimeout leaves a service that does not answer.
func TestTimeout(t *testing.T) {
	stuck := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-stuck }))
	defer s.Close()
	defer close(stuck)
	api, err := New(Config{BaseURL: s.URL, Email: "a@example.org", Password: "b", Timeout: 50 * time.Millisecond, Patience: brisk})
	if err != nil {
		t.Fatal(err)
	}
	if err := first(t.Context(), api); !errors.Is(err, ErrDown) {
		t.Errorf("got %v, want ErrDown", err)
	}
}

// TestWait looks at the waits themselves: they grow, differ, and are never shorter than what was asked for.
func TestWait(t *testing.T) {
	p := Patience{Attempts: 9, First: 100 * time.Millisecond, Longest: 2 * time.Second}
	seen := map[time.Duration]bool{}
	for range 50 {
		before := time.Duration(0)
		for attempt := 1; attempt < 6; attempt++ {
			d := p.wait(attempt, 0)
			if d < before || d > p.Longest {
				t.Fatalf("wait %d is %v behind %v", attempt, d, before)
			}
			before = d
			seen[d] = true
		}
		if d := p.wait(40, 3*time.Second); d < 4*time.Second || d > 5*time.Second {
			t.Fatalf("%v, asked for 3s", d)
		}
	}
	if len(seen) < 100 {
		t.Errorf("only %d different waits of 250", len(seen))
	}
}

// TestNew refuses addresses to which a token would go in clear.
func TestNew(t *testing.T) {
	for base, good := range map[string]bool{
		"https://api.ecoevents.com": true, "http://127.0.0.1:4010": true, "http://[::1]:4010": true, "http://localhost:4010": true,
		"http://api.ecoevents.com": false, "": false, "api.ecoevents.com": false,
	} {
		if _, err := New(Config{BaseURL: base, Email: "a", Password: "b"}); (err == nil) != good {
			t.Errorf("%q: %v", base, err)
		}
	}
}
