package grade_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"understudy/contracts"
)

// TestClientsAtAStandIn: what a client does wrong is found in the journal of a real stand-in by its own rules and by no others.
func TestClientsAtAStandIn(t *testing.T) {
	busy := func(s *stand, status, times int, wait string) {
		f := contracts.FaultBehaviour{Name: fmt.Sprint("busy", status), Kind: "status", Status: contracts.Statuses{status}, Times: times}
		if wait != "" {
			f.Headers = map[string]string{"Retry-After": wait}
		}
		s.order(f)
	}
	for _, c := range []struct {
		name string
		do   func(s *stand, bearer string)
		want map[string]string
		idle string // rules that nothing put to the test
	}{
		{"all is well", func(s *stand, bearer string) {
			for _, path := range []string{"/v1/events", "/v1/vendors", "/v1/events?limit=2"} {
				s.call("GET", path, "", bearer)
			}
		}, nil, "RTY-001 RTY-002 RTY-007 RTY-008 RTY-009 QTA-004 END-001 END-002 END-003 END-005 NET-001 NET-002 NET-003"},
		{"tests that send what is wrong", func(s *stand, bearer string) {
			for range 4 {
				s.call("POST", "/v1/events", `{"name":""}`, bearer)
				s.call("GET", "/v1/events/evt_000000000000", "", bearer)
				s.call("GET", "/v1/events", "", bearer, "X-Trace: 1")
			}
		}, map[string]string{"RTY-007": kept}, "RTY-001 RTY-008"},
		{"no pause at all", func(s *stand, bearer string) {
			busy(s, 503, 3, "2")
			for range 4 {
				s.call("GET", "/v1/events", "", bearer)
			}
		}, map[string]string{"RTY-001": broken, "RTY-002": broken, "RTY-009": kept, "END-003": kept}, "RTY-004 RTY-005 RTY-008"},
		{"a broken connection, which the library mends", func(s *stand, bearer string) {
			transport := s.client.Transport.(*counter)
			transport.RoundTripper = &http.Transport{MaxConnsPerHost: 1} // it mends only a connection that was used before
			s.call("GET", "/v1/vendors", "", bearer)
			s.order(contracts.FaultBehaviour{Name: "cut", Kind: "reset", Times: 1})
			s.call("GET", "/v1/events", "", bearer)
			transport.sent.Add(1) // by the library
		}, map[string]string{"RTY-001": kept, "RTY-009": kept}, "RTY-008"},
		{"the same mistake again and again", func(s *stand, bearer string) {
			for range 4 {
				s.call("POST", "/v1/events", `{"name":""}`, bearer)
			}
		}, map[string]string{"RTY-007": broken, "END-003": kept}, "RTY-001"},
		{"a write that is sent twice", func(s *stand, bearer string) {
			s.order(contracts.FaultBehaviour{Name: "gone", Kind: "drop", Times: 1})
			for range 2 {
				s.call("POST", "/v1/events", event, bearer)
			}
		}, map[string]string{"RTY-008": broken}, "RTY-007 RTY-009"},
		{"not allowed, asked again", func(s *stand, bearer string) {
			busy(s, 403, 3, "")
			for _, path := range []string{"/v1/events", "/v1/events", "/v1/events", "/v1/events"} {
				s.call("GET", path, "", bearer)
			}
		}, map[string]string{"END-002": broken, "RTY-007": broken, "END-003": kept}, "END-001"},
		{"a refused key, used on", func(s *stand, bearer string) {
			s.call("GET", "/v1/vendors", "", bearer)
			busy(s, 401, 3, "")
			for i := range 3 {
				s.call("GET", fmt.Sprintf("/v1/events?limit=%d", i+1), "", bearer)
			}
		}, map[string]string{"END-001": broken, "RTY-007": kept}, "END-002"},
		{"a connection for each call", func(s *stand, bearer string) {
			s.client.Transport.(*counter).RoundTripper = &http.Transport{DisableKeepAlives: true}
			for i := range 12 {
				s.call("GET", fmt.Sprintf("/v1/events?limit=%d", i+1), "", bearer)
			}
		}, map[string]string{"NET-002": warned}, "QTA-006"},
		{"looks without a pause", func(s *stand, bearer string) {
			for range 15 {
				s.call("GET", "/v1/events?limit=1", "", bearer)
			}
		}, map[string]string{"QTA-006": warned, "NET-002": kept}, "RTY-001"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := counted(t, "ecoevents")
			c.do(s, "Authorization: Bearer "+s.ready("ECOEVENTS_API_KEY"))
			// The journal has an exchange once its connection takes the next one.
			s.call("OPTIONS", "/v1/events", "", "Origin: https://shop.example", "Access-Control-Request-Method: GET")
			got := s.outcomes("ecoevents", "RTY", "QTA", "END", "NET")
			expect(t, got, c.want)
			for id := range strings.FieldsSeq(c.idle) {
				if got[id] != "" {
					t.Errorf("%s was %s, and nothing put it to the test", id, got[id])
				}
			}
		})
	}
}
