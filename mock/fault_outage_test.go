package mock_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"understudy/contracts"
	"understudy/mock"
)

// TestOutage follows incidents through the status document: they begin, go on, end, and stay in the list.
func TestOutage(t *testing.T) {
	s, k := library(t, mock.Options{})
	status := func(want string) {
		t.Helper()
		a := s.call("GET /v1/status", "")
		if a.StatusCode != 200 || a.Header.Get("Content-Type") != "application/json" || a.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%d %v", a.StatusCode, a.Header)
		}
		same(t, a.body, want)
	}
	status(`{"status":"operational","updated_at":"2026-02-27T12:00:00Z","incidents":[]}`)
	if _, err := k.Advance(90 * time.Minute); err != nil {
		t.Fatal(err)
	}
	planned := `{"id":"planned","title":"Planned maintenance","impact":"outage","operations":[],"began_at":"2026-02-27T13:00:00Z","ended_at":null}`
	status(`{"status":"outage","updated_at":"2026-02-27T13:30:00Z","incidents":[` + planned + `]}`)
	if a := s.call("GET /v1/books", ""); a.StatusCode != 503 || a.Header.Get("Retry-After") != "3600" {
		t.Errorf("in the outage: %d %v", a.StatusCode, a.Header)
	}
	if _, err := k.Advance(time.Hour); err != nil {
		t.Fatal(err)
	}
	planned = strings.Replace(planned, "null", `"2026-02-27T14:00:00Z"`, 1)
	status(`{"status":"operational","updated_at":"2026-02-27T14:30:00Z","incidents":[` + planned + `]}`)

	s.order("latency=2s;operations=listBooks;name=slow;outage=Slow lists")
	slow := `{"id":"slow","title":"Slow lists","impact":"degraded","operations":["listBooks"],"began_at":"2026-02-27T14:30:00Z","ended_at":null}`
	status(`{"status":"degraded","updated_at":"2026-02-27T14:30:00Z","incidents":[` + slow + `,` + planned + `]}`)
	if _, err := k.Advance(time.Minute); err != nil {
		t.Fatal(err)
	}
	if !s.server.Faults().Remove("slow") || !s.server.Faults().Remove("planned") {
		t.Fatal("a fault is missing")
	}
	slow = strings.Replace(slow, "null", `"2026-02-27T14:31:00Z"`, 1)
	status(`{"status":"operational","updated_at":"2026-02-27T14:31:00Z","incidents":[` + slow + `,` + planned + `]}`)
	if err := s.server.Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
	status(`{"status":"operational","updated_at":"2026-02-27T14:31:00Z","incidents":[]}`)
	if a := s.call("POST /v1/status", ""); a.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", a.StatusCode)
	}
}

// TestStatusOfEcosire: the built-in contract whose vendor has a status page serves one (ECOSIRE-101), and nobody has to
// show a credential for it.
func TestStatusOfEcosire(t *testing.T) {
	s := serve(t, "ecosire", mock.Options{Auth: mock.Enforce})
	s.order("status=503;name=down;outage=The API is down;until=43m12s")
	if a := s.call("GET /api/status", ""); a.StatusCode != 200 || member(t, a.body, "status") != mock.Outage {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
	if m := s.server.Contract().Match("GET", "/api/status"); m.Allow != nil {
		t.Error("the vendor documents this path")
	}
}

func TestImpact(t *testing.T) {
	for _, c := range []struct{ order, want string }{
		{"status=503", mock.Outage}, {"reset", mock.Outage}, {"empty", mock.Outage}, {"drop", mock.Outage}, {"status=500|503", mock.Outage},
		{"status=503;impact=degraded", mock.Degraded}, {"latency=1s;impact=outage", mock.Outage},
		{"status=429", mock.Degraded}, {"status=503;operations=listBooks", mock.Degraded}, {"reset;probability=0.5", mock.Degraded},
		{"status=503;path=/v1/**", mock.Degraded}, {"stale", mock.Degraded}, {"status=503;after=3", mock.Degraded},
	} {
		s, _ := library(t, mock.Options{})
		s.order(c.order + ";name=f;outage=Down")
		if got := s.server.Faults().Status().State; got != c.want {
			t.Errorf("%s is %s, want %s", c.order, got, c.want)
		}
	}
	s, _ := library(t, mock.Options{})
	s.order("status=503;times=1;name=f;outage=Down")
	s.hits(1)
	if status := s.server.Faults().Status(); status.State != mock.Operational || !status.Incidents[0].End.Equal(noon) {
		t.Errorf("one that is spent: %+v", status)
	}
}

// TestIncidentsAreBounded orders and takes back more outages than are remembered.
func TestIncidentsAreBounded(t *testing.T) {
	s, _ := library(t, mock.Options{})
	for range 1200 {
		f, err := s.server.Faults().Add(contracts.FaultBehaviour{Name: "f", Kind: "reset", Outage: "Down"})
		if err != nil {
			t.Fatal(err)
		}
		s.server.Faults().Remove(f.Name)
	}
	if n := len(s.server.Faults().Status().Incidents); n != 1000 {
		t.Errorf("%d incidents are remembered", n)
	}
}
