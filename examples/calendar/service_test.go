package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A service is EcoEvents as a test reaches it: what the environment names, else a tiny one inside the test.
type service struct {
	secret string       // of webhooks
	ahead  atomic.Int64 // of the API's clock, in nanoseconds
	tiny   *tiny        // nil: it is somebody else's
	api    *API
}

// named is the service of the environment, with the one API that all tests share as all parts of a program do.
var named = sync.OnceValues(func() (*service, error) {
	s := &service{secret: os.Getenv("ECOEVENTS_WEBHOOK_SECRET")}
	return s, s.open(os.Getenv("ECOEVENTS_BASE_URL"), os.Getenv("ECOEVENTS_USER_EMAIL"), os.Getenv("ECOEVENTS_USER_PASSWORD"))
})

func (s *service) open(base, email, password string) (err error) {
	s.api, err = New(Config{
		BaseURL: base, Email: email, Password: password, Timeout: 3 * time.Second,
		Patience: Patience{Attempts: 5, First: 200 * time.Millisecond, Longest: 5 * time.Second, Total: time.Minute},
		Now:      func() time.Time { return time.Now().Add(time.Duration(s.ahead.Load())) },
	})
	return err
}

// reach gives the service and an API that calls it.
func reach(t *testing.T) (*service, *API) {
	t.Helper()
	if os.Getenv("ECOEVENTS_BASE_URL") != "" {
		s, err := named()
		if err != nil {
			t.Fatal(err)
		}
		return s, s.api
	}
	s := &service{tiny: newTiny(t), secret: tinySecret}
	if err := s.open(s.tiny.URL, "ada@example.org", "a good password"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.api.Close)
	return s, s.api
}

// hear has events sent to a receiver. The management API of the stand-in stands at UNDERSTUDY_CONTROL_URL.
func (s *service) hear(t *testing.T, url string) {
	t.Helper()
	if s.tiny != nil {
		s.tiny.receiver = url
		return
	}
	body, _ := json.Marshal(map[string]any{"url": url, "events": []string{"event.*"}})
	q, err := http.NewRequestWithContext(t.Context(), "POST", os.Getenv("UNDERSTUDY_CONTROL_URL")+"/contracts/ecoevents/endpoints", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	q.Header.Set("Content-Type", "application/json")
	q.Header.Set("Authorization", "Bearer "+os.Getenv("UNDERSTUDY_CONTROL_TOKEN"))
	answer, err := http.DefaultClient.Do(q)
	if err != nil {
		t.Fatalf("the receiver cannot be registered; UNDERSTUDY_CONTROL_URL says where: %v", err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusCreated {
		t.Fatalf("the receiver is not registered: %s", answer.Status)
	}
}

const tinySecret = "whsec_QSB2ZXJ5IHF1aWV0IHNlY3JldA=="

// tiny is as much of EcoEvents as the tests need where there is nothing better.
type tiny struct {
	*httptest.Server
	t          *testing.T
	receiver   string
	deliveries sync.WaitGroup

	mu       sync.Mutex
	token    string
	refresh  string
	renewals int
	logins   int
	events   []map[string]any
	trouble  func(w http.ResponseWriter, r *http.Request) bool // true: it has answered
}

func newTiny(t *testing.T) *tiny {
	s := &tiny{t: t, trouble: func(http.ResponseWriter, *http.Request) bool { return false }}
	for i, name := range []string{"Summit", "Fair", "Briefing", "Conference", "Picnic"} {
		at := time.Date(2026, 5, 1+i, 9, 0, 0, 0, time.UTC)
		s.events = append(s.events, map[string]any{"id": fmt.Sprint("evt_", i), "name": name, "status": "published", "startsAt": at, "endsAt": at.Add(time.Hour), "updatedAt": at})
	}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	t.Cleanup(s.deliveries.Wait)
	return s
}

func (s *tiny) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.trouble(w, r) {
		return
	}
	var body map[string]any
	_ = json.NewDecoder(r.Body).Decode(&body)
	switch r.Method + " " + r.URL.Path {
	case "POST /v1/auth/login":
		s.logins++
		if body["password"] != "a good password" {
			refuse(w, 401, "invalid_credentials")
			return
		}
		s.issue(w)
	case "POST /v1/auth/refresh":
		if body["refreshToken"] != s.refresh {
			refuse(w, 401, "refresh_token_used")
			return
		}
		s.renewals++
		s.issue(w)
	case "GET /v1/events":
		if s.authorized(w, r) {
			s.list(w, r)
		}
	case "POST /v1/events":
		if s.authorized(w, r) {
			s.create(w, body)
		}
	default:
		refuse(w, 404, "not_found")
	}
}

func (s *tiny) authorized(w http.ResponseWriter, r *http.Request) bool {
	good := r.Header.Get("Authorization") == "Bearer "+s.token
	if !good {
		refuse(w, 401, "expired_token")
	}
	return good
}

func (s *tiny) issue(w http.ResponseWriter) {
	n := s.logins + s.renewals
	s.token, s.refresh = fmt.Sprint("token-", n), fmt.Sprint("rt_", n)
	write(w, 200, map[string]any{"accessToken": s.token, "refreshToken": s.refresh, "expiresIn": 86400, "tokenType": "Bearer"})
}

func (s *tiny) list(w http.ResponseWriter, r *http.Request) {
	var found []map[string]any
	for _, e := range s.events {
		if strings.Contains(e["name"].(string), r.URL.Query().Get("search")) {
			found = append(found, e)
		}
	}
	size, _ := strconv.Atoi(cmp.Or(r.URL.Query().Get("limit"), "20"))
	from, _ := strconv.Atoi(r.URL.Query().Get("cursor"))
	to := min(from+size, len(found))
	var next any
	if to < len(found) {
		next = strconv.Itoa(to)
	}
	write(w, 200, map[string]any{"data": found[from:to], "pagination": map[string]any{"limit": size, "hasMore": next != nil, "nextCursor": next}})
}

func (s *tiny) create(w http.ResponseWriter, e map[string]any) {
	now := time.Now().UTC()
	e["id"], e["status"], e["updatedAt"] = fmt.Sprint("evt_", len(s.events)), "draft", now
	s.events = append(s.events, e)
	if s.receiver != "" {
		body, _ := json.Marshal(map[string]any{"type": "event.created", "timestamp": now, "data": e})
		receiver, id := s.receiver, "msg_"+e["id"].(string)
		s.deliveries.Go(func() {
			if status := deliver(s.t, receiver, id, now, tinySecret, body); status != http.StatusNoContent {
				s.t.Errorf("the receiver answered %d", status)
			}
		})
	}
	write(w, 201, e)
}

func write(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

func refuse(w http.ResponseWriter, status int, code string) {
	write(w, status, map[string]any{"error": map[string]any{"code": code, "message": "No."}})
}
