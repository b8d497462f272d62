package mock_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"understudy/mock"
	"understudy/mock/clock"
	"understudy/mock/webhook"
)

// newInboxServer serves a server's inbox below a path, as the management API does, and gives its address.
func newInboxServer(t testing.TB, s *mock.Server) string {
	t.Helper()
	listener := httptest.NewServer(http.StripPrefix("/inbox", s.Inbox()))
	t.Cleanup(listener.Close)
	return listener.URL + "/inbox"
}

// TestInboxJudgesDeliveries lets the stand-in deliver to itself, well and badly.
func TestInboxJudgesDeliveries(t *testing.T) {
	s := serve(t, "ecosire", mock.Options{})
	address := newInboxServer(t, s.server)
	own := hear(t, s.server, webhook.EndpointRequest{URL: address + "/own", OwnSecrets: true})
	hear(t, s.server, webhook.EndpointRequest{URL: address + "/shared"})
	if own.ID == "" {
		t.Fatal("there is no endpoint")
	}
	for _, name := range []string{"invoice.paid", "license.activated"} {
		if _, _, err := s.server.Emit(t.Context(), webhook.Emission{Type: name}); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	list, err := s.server.Inbox().Wait(ctx, mock.InboxQuery{}, 4)
	if err != nil || len(list) != 4 {
		t.Fatal(len(list), err)
	}
	for _, r := range list {
		if !r.Verdict.Good || r.Verdict.Key == "" || r.Verdict.Reason != "" || r.Status != http.StatusNoContent || !r.At.Equal(noon) {
			t.Errorf("%s %s: %+v", r.Method, r.URL, r.Verdict)
		}
	}
	good, bad := true, false
	if n := len(s.server.Inbox().List(mock.InboxQuery{Address: "/own", Good: &good})); n != 2 {
		t.Errorf("%d good ones came to /own", n)
	}
	if n := len(s.server.Inbox().List(mock.InboxQuery{Text: "license.activated"})); n != 2 {
		t.Errorf("%d speak of the licence", n)
	}
	for _, spoiled := range []struct{ trouble, reason string }{{"unsigned", "missing"}, {"wrong-secret", "mismatch"}, {"changed-byte", "mismatch"}, {"stale-timestamp", "too-old"}} {
		last := list[len(list)-1].ID
		_, _, err := s.server.Emit(t.Context(), webhook.Emission{
			Type: "invoice.paid", To: webhook.Target{Endpoint: own.ID}, Misbehave: []webhook.Misbehaviour{{Kind: webhook.Trouble(spoiled.trouble)}},
		})
		if err != nil {
			t.Fatal(spoiled.trouble, err)
		}
		if list, err = s.server.Inbox().Wait(ctx, mock.InboxQuery{After: last, Good: &bad}, 1); err != nil {
			t.Fatal(spoiled.trouble, err)
		}
		if v := list[0].Verdict; string(v.Reason) != spoiled.reason || v.Detail == "" {
			t.Errorf("%s: %+v", spoiled.trouble, v)
		}
	}
	if n := s.server.Inbox().Clear(true); n != 8 || len(s.server.Inbox().List(mock.InboxQuery{})) != 0 {
		t.Errorf("%d were cleared", n)
	}
}

// TestInboxScripts lets a delivery be taken at the third attempt only.
func TestInboxScripts(t *testing.T) {
	k := clock.New(clock.Options{At: noon, Frozen: true})
	s := serve(t, "hooks.yaml", mock.Options{Clock: k})
	address := newInboxServer(t, s.server)
	inbox := s.server.Inbox()
	if err := inbox.Script("in", mock.InboxAnswer{Status: 503, Header: http.Header{"Retry-After": {"120"}}}, mock.InboxAnswer{Status: 500}); err != nil {
		t.Fatal(err)
	}
	hear(t, s.server, webhook.EndpointRequest{URL: address + "/in", Events: []string{"order.created"}, Delivery: webhook.Manner{Waits: []time.Duration{0, time.Second, time.Second}}})
	s.call("POST /v1/orders", `{"number":"A1"}`)
	settled(t, s.server)
	if _, err := k.Advance(time.Hour); err != nil {
		t.Fatal(err)
	}
	settled(t, s.server)
	list := inbox.List(mock.InboxQuery{Address: "in"})
	if len(list) != 3 || list[0].Status != 503 || list[1].Status != 500 || list[2].Status != 204 {
		t.Fatalf("%d attempts came", len(list))
	}
	if wait := list[1].At.Sub(list[0].At); wait != 2*time.Minute {
		t.Errorf("the second attempt came after %s, Retry-After said 120 s", wait)
	}
	if wait := list[2].At.Sub(list[1].At); wait != time.Second {
		t.Errorf("the third attempt came after %s, the schedule says 1s", wait)
	}
}

// TestInboxByHand sends what no delivery would.
func TestInboxByHand(t *testing.T) {
	s := serve(t, "hooks.yaml", mock.Options{})
	address := newInboxServer(t, s.server)
	inbox := s.server.Inbox()
	if err := inbox.Script("/slow", mock.InboxAnswer{Status: 201, Delay: time.Millisecond, Real: true, Body: []byte("hello"), Times: 2}, mock.InboxAnswer{Cut: true}, mock.InboxAnswer{Status: 410, Forever: true}); err != nil {
		t.Fatal(err)
	}
	post := func(path, body string) int {
		response, err := s.client.Post(address+path, "text/plain", strings.NewReader(body))
		if err != nil {
			return 0
		}
		defer response.Body.Close()
		return response.StatusCode
	}
	for i, want := range []int{201, 201, 0, 410, 410, 410} {
		if got := post("/slow", "x"); got != want {
			t.Errorf("answer %d is %d, want %d", i+1, got, want)
		}
	}
	if got := post("", strings.Repeat("x", 2<<20)); got != 204 {
		t.Errorf("a large body is answered with %d", got)
	}
	list := inbox.List(mock.InboxQuery{Limit: 1})
	if r := list[0]; !r.Cut || len(r.Body) != 1<<20 || r.Address != "/" || r.Verdict.Good {
		t.Errorf("%+v", r.Verdict)
	}
	for range 40 {
		post("/many", strings.Repeat("x", 1<<20))
	}
	if n := len(inbox.List(mock.InboxQuery{})); n > 16 || inbox.Dropped() == 0 {
		t.Errorf("%d requests of a megabyte are kept", n)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := inbox.Wait(ctx, mock.InboxQuery{Address: "/none"}, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("waiting for nothing ends with %v", err)
	}
}
