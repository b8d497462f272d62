package grade_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"understudy/contracts"
	"understudy/contracts/check"
	"understudy/mock"
	"understudy/scenarios"
	"understudy/scenarios/grade"
)

// A counter counts what is sent to a stand-in, whose journal comes behind its answers.
type counter struct {
	http.RoundTripper
	sent atomic.Uint64
}

func (c *counter) RoundTrip(q *http.Request) (*http.Response, error) {
	c.sent.Add(1)
	return c.RoundTripper.RoundTrip(q)
}

// counted is a stand-in that knows how many requests were sent to it.
func counted(t *testing.T, name string) *stand {
	t.Helper()
	s := stands(t, name, mock.Options{}, true)
	s.client.Transport = &counter{RoundTripper: s.client.Transport}
	return s
}

// outcomes grades what a stand-in has seen: for each rule of these families what became of it.
func (s *stand) outcomes(name string, families ...string) map[string]string {
	s.t.Helper()
	s.settled(s.client.Transport.(*counter).sent.Load())
	rec, err := grade.FromJournal(s.t.Context(), s.control, builtin(s.t, name), grade.JournalOptions{})
	if err != nil {
		s.t.Fatal(err)
	}
	found := map[string]string{}
	for _, test := range grade.Grade(rec, grade.Options{Only: families}).Suite.Tests {
		word := kept
		if test.Outcome == scenarios.Skipped {
			continue
		}
		for _, f := range test.Findings {
			switch {
			case f.Level == check.Failure:
				word = broken
			case f.Level == check.Warning && word == kept:
				word = warned
			}
			s.t.Logf("%s %s: %s", test.ID, f.Level, f.Message)
		}
		found[test.ID] = word
	}
	return found
}

// expect compares outcomes with what is wanted of some rules; all others must be kept.
func expect(t *testing.T, got map[string]string, want map[string]string) {
	t.Helper()
	for id, word := range want {
		if got[id] != word {
			t.Errorf("%s was %q, want %s", id, got[id], word)
		}
	}
	for id, word := range got {
		if want[id] == "" && word != kept {
			t.Errorf("%s was %s", id, word)
		}
	}
}

const event = `{"name":"Repair day","format":"virtual","startsAt":"2026-10-08T08:00:00Z","endsAt":"2026-10-09T16:00:00Z","timezone":"Europe/Copenhagen","capacity":40}`

// session logs in at EcoEvents.
func (s *stand) session() (access, refresh string) {
	s.t.Helper()
	_, answer := s.call("POST", "/v1/auth/login", `{"email":"`+s.ready("ECOEVENTS_USER_EMAIL")+`","password":"`+s.ready("ECOEVENTS_USER_PASSWORD")+`"}`)
	return pairOf(answer)
}

func pairOf(answer map[string]any) (access, refresh string) {
	access, _ = answer["accessToken"].(string)
	refresh, _ = answer["refreshToken"].(string)
	return access, refresh
}

func (s *stand) refreshed(refresh string) (string, string) {
	s.t.Helper()
	_, answer := s.call("POST", "/v1/auth/refresh", `{"refreshToken":"`+refresh+`"}`)
	return pairOf(answer)
}

var families = []string{"TOK", "KEY", "IDM", "USE", "DLV"}

// TestGoodSession: a client that does all as it should, seen by a real stand-in through its journal.
func TestGoodSession(t *testing.T) {
	s := counted(t, "ecoevents")
	access, refresh := s.session()
	bearer := func() string { return "Authorization: Bearer " + access }
	cursor := ""
	for range 10 {
		status, page := s.call("GET", "/v1/events?limit=20"+cursor, "", bearer(), "Accept: application/json")
		if status != 200 {
			t.Fatal(status, page)
		}
		paging, _ := page["pagination"].(map[string]any)
		next, _ := paging["nextCursor"].(string)
		if next == "" {
			break
		}
		cursor = "&cursor=" + next
	}
	if status, made := s.call("POST", "/v1/events", event, bearer()); status != 201 {
		t.Fatal(status, made)
	}
	if _, err := s.clock.Advance(25 * time.Hour); err != nil {
		t.Fatal(err)
	}
	if status, _ := s.call("GET", "/v1/vendors", "", bearer()); status != 401 {
		t.Fatal(status)
	}
	access, _ = s.refreshed(refresh)
	if status, _ := s.call("GET", "/v1/vendors", "", bearer()); status != 200 {
		t.Fatal(status)
	}
	got := s.outcomes("ecoevents", families...)
	expect(t, got, map[string]string{"TOK-001": kept, "TOK-002": kept, "TOK-006": kept, "TOK-014": kept, "KEY-001": kept, "USE-001": kept, "USE-002": kept, "USE-004": kept, "USE-005": kept})
	for _, id := range []string{"TOK-004", "TOK-007", "TOK-008", "KEY-002", "KEY-003", "KEY-008", "DLV-001"} {
		if got[id] != "" {
			t.Errorf("%s was %s, and nothing put it to the test", id, got[id])
		}
	}
}

// TestBadSession: each thing that a client does wrong is found by its own rule, and by no other.
func TestBadSession(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(s *stand, access, refresh string)
		want map[string]string
	}{
		{"the old token again", func(s *stand, access, _ string) {
			s.later(25 * time.Hour)
			for range 3 {
				s.call("GET", "/v1/events", "", "Authorization: Bearer "+access)
			}
		}, map[string]string{"TOK-001": broken, "TOK-002": broken}},
		{"the old refresh token", func(s *stand, access, refresh string) {
			s.later(25 * time.Hour)
			s.call("GET", "/v1/events", "", "Authorization: Bearer "+access)
			access, _ = s.refreshed(refresh)
			s.call("GET", "/v1/events", "", "Authorization: Bearer "+access)
			s.later(25 * time.Hour)
			s.call("GET", "/v1/events", "", "Authorization: Bearer "+access)
			s.refreshed(refresh)
		}, map[string]string{"TOK-005": broken}},
		{"a key in the query", func(s *stand, access, _ string) {
			s.call("GET", "/v1/events?api_key="+s.ready("ECOEVENTS_API_KEY"), "", "Authorization: Bearer "+access)
		}, map[string]string{"KEY-001": broken, "USE-002": warned}},
		{"a key in a browser", func(s *stand, _, _ string) {
			s.call("GET", "/v1/events", "", "Authorization: Bearer "+s.ready("ECOEVENTS_API_KEY"), "Sec-Fetch-Site: cross-site", "Origin: https://app.example")
		}, map[string]string{"TOK-015": warned}},
		{"a key in another header", func(s *stand, _, _ string) {
			for range 3 {
				s.call("GET", "/v1/events", "", "X-API-Key: "+s.ready("ECOEVENTS_API_KEY"))
			}
		}, map[string]string{"KEY-005": broken}},
		{"both environments", func(s *stand, _, _ string) {
			s.call("GET", "/v1/events", "", "Authorization: Bearer "+s.ready("ECOEVENTS_API_KEY"))
			s.call("GET", "/v1/events", "", "Authorization: Bearer "+s.ready("ECOEVENTS_TEST_API_KEY"))
		}, map[string]string{"KEY-007": warned}},
		{"the key in a note", func(s *stand, access, _ string) {
			s.call("POST", "/v1/events", strings.Replace(event, "Repair day", "by "+access, 1), "Authorization: Bearer "+access)
		}, map[string]string{"KEY-006": broken, "USE-004": warned}},
		{"no such route", func(s *stand, access, _ string) {
			for range 2 {
				s.call("GET", "/v1/event", "", "Authorization: Bearer "+access)
			}
		}, map[string]string{"USE-001": broken}},
		{"no such parameter", func(s *stand, access, _ string) {
			s.call("GET", "/v1/events?state=draft", "", "Authorization: Bearer "+access)
		}, map[string]string{"USE-002": warned}},
		{"never a good body", func(s *stand, access, _ string) {
			for i := range 3 {
				s.call("POST", "/v1/events", fmt.Sprintf(`{"name":"a%d","format":"online"}`, i), "Authorization: Bearer "+access)
			}
		}, map[string]string{"USE-004": broken}},
		{"the first page only", func(s *stand, access, _ string) {
			for i := range 25 {
				s.call("POST", "/v1/events", strings.Replace(event, "Repair day", fmt.Sprint("Day ", i), 1), "Authorization: Bearer "+access)
			}
			s.call("GET", "/v1/events", "", "Authorization: Bearer "+access)
		}, map[string]string{"USE-008": warned}},
		{"a cursor of its own", func(s *stand, access, _ string) {
			s.call("GET", "/v1/events?cursor=2", "", "Authorization: Bearer "+access)
		}, map[string]string{"USE-009": warned, "USE-004": warned}},
		{"a form", func(s *stand, access, _ string) {
			for range 2 {
				q, err := http.NewRequestWithContext(s.t.Context(), "POST", s.url+"/v1/events", strings.NewReader("name=a"))
				if err != nil {
					s.t.Fatal(err)
				}
				q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				q.Header.Set("Authorization", "Bearer "+access)
				a, err := s.client.Do(q)
				if err != nil {
					s.t.Fatal(err)
				}
				_ = a.Body.Close() // nothing is read of it
			}
		}, map[string]string{"USE-005": broken}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := counted(t, "ecoevents")
			access, refresh := s.session()
			c.do(s, access, refresh)
			expect(t, s.outcomes("ecoevents", families...), c.want)
		})
	}
}

func (s *stand) later(d time.Duration) {
	s.t.Helper()
	if _, err := s.clock.Advance(d); err != nil {
		s.t.Fatal(err)
	}
}

// TestOrdersAtAStandIn: a connection that breaks behind the effect, and what clients make of it.
func TestOrdersAtAStandIn(t *testing.T) {
	const post = `{"title":"Tool library","body":"Bring one tool.","visibility":"public"}`
	for _, c := range []struct {
		name string
		keys []string
		want map[string]string
	}{
		{"one key", []string{firstKey, firstKey}, map[string]string{"IDM-001": kept, "IDM-003": kept, "IDM-004": kept, "IDM-006": kept}},
		{"none", []string{"", ""}, map[string]string{"IDM-001": broken, "IDM-006": broken}},
		{"a new one", []string{firstKey, otherKey}, map[string]string{"IDM-003": broken, "IDM-006": broken}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := counted(t, "eckospace")
			s.order(contracts.FaultBehaviour{Name: "cut", Kind: "drop", Operations: []string{"createPost"}, Times: 1})
			for _, key := range c.keys {
				lines := []string{"Authorization: Bearer " + s.ready("ECKOSPACE_TOKEN"), "Accept: application/json"}
				if key != "" {
					lines = append(lines, "Idempotency-Key: "+key)
				}
				s.call("POST", "/api/posts", post, lines...)
			}
			expect(t, s.outcomes("eckospace", "IDM", "USE", "KEY"), c.want)
		})
	}
	t.Run("without Accept", func(t *testing.T) {
		s := counted(t, "eckospace")
		if status, _ := s.call("GET", "/api/posts", "", "Authorization: Bearer "+s.ready("ECKOSPACE_TOKEN")); status != http.StatusOK {
			t.Fatal(status)
		}
		expect(t, s.outcomes("eckospace", "USE"), map[string]string{"USE-007": warned})
	})
}
