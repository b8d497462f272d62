package grade_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"understudy/contracts"
	"understudy/contracts/redact"
	"understudy/mock"
	"understudy/mock/clock"
	"understudy/mock/control"
	"understudy/mock/webhook"
	"understudy/scenarios"
	"understudy/scenarios/grade"
)

// A stand is a stand-in with its management API, and a client of it.
type stand struct {
	t          *testing.T
	server     *mock.Server
	url        string
	management string
	control    *scenarios.Control
	client     *http.Client
	clock      *clock.Virtual
}

// stands serves a contract as `understudy serve` does.
func stands(t *testing.T, name string, o mock.Options, frozen bool) *stand {
	t.Helper()
	o.Contract = builtin(t, name)
	k := clock.New(clock.Options{Frozen: frozen})
	o.Clock, o.Secret = k, [32]byte{7}
	server, err := mock.New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	l, err := mock.Listen(t.Context(), "127.0.0.1:0", server, nil, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close(context.WithoutCancel(t.Context())) }) // the test is over
	handler := control.New(control.Options{Clock: k})
	handler.Add(name, l.URL(), func() *mock.Server { return server })
	handler.Ready()
	management := httptest.NewServer(handler)
	t.Cleanup(management.Close)
	c, err := scenarios.NewControl(management.URL, "", name, nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{}}
	t.Cleanup(client.CloseIdleConnections)
	return &stand{t, server, l.URL(), management.URL, c, client, k}
}

// call sends a request and gives the answer's members.
func (s *stand) call(method, path, body string, headers ...string) (status int, answer map[string]any) {
	s.t.Helper()
	q, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	if body != "" {
		q.Header.Set("Content-Type", "application/json")
	}
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		q.Header.Add(name, value)
	}
	a, err := s.client.Do(q)
	if err != nil {
		return 0, nil
	}
	defer a.Body.Close()
	data, _ := io.ReadAll(a.Body) // what is there is read
	_ = json.Unmarshal(data, &answer)
	return a.StatusCode, answer
}

// ready gives one of the credentials that exist from the start.
func (s *stand) ready(env string) string {
	s.t.Helper()
	for _, r := range s.server.Ready() {
		if r.Env == env {
			return r.Value
		}
	}
	s.t.Fatalf("there is no %s", env)
	return ""
}

// settled waits until the journal holds so many exchanges.
func (s *stand) settled(n uint64) {
	s.t.Helper()
	for range s.server.Journal().Follow(s.t.Context(), 0) {
		if s.server.Journal().Stats().Seen >= n {
			return
		}
	}
}

func (s *stand) order(spec contracts.FaultBehaviour) {
	s.t.Helper()
	if _, err := s.server.Faults().Add(spec); err != nil {
		s.t.Fatal(err)
	}
}

// visit is what the tests of journals and bundles look at.
func (s *stand) visit() {
	s.t.Helper()
	_, answer := s.call("POST", "/v1/auth/login", `{"email":"`+s.ready("ECOEVENTS_USER_EMAIL")+`","password":"`+s.ready("ECOEVENTS_USER_PASSWORD")+`"}`)
	token, _ := answer["accessToken"].(string)
	if token == "" {
		s.t.Fatalf("nobody is logged in: %v", answer)
	}
	s.call("GET", "/v1/events?limit=1", "", "Authorization: Bearer "+token)
	s.call("POST", "/v1/events", `{"title":""}`, "Authorization: Bearer "+s.ready("ECOEVENTS_API_KEY"))
	s.order(contracts.FaultBehaviour{Name: "busy", Kind: "status", Status: contracts.Statuses{503}, Times: 1})
	s.call("GET", "/v1/vendors", "", "Authorization: Bearer "+token, "X-Trace: "+token)
	s.order(contracts.FaultBehaviour{Name: "cut", Kind: "reset", Times: 1})
	s.call("POST", "/v1/auth/refresh", `{"refreshToken":"rt_unknown0000000000000"}`)
	s.call("OPTIONS", "/v1/events", "", "Origin: https://shop.example", "Access-Control-Request-Method: GET")
	s.settled(6)
}

// told writes what a source knows of each call.
func seen(rec *grade.Recording) (list []string) {
	for i, line := range lines(rec) {
		c := rec.Calls[i]
		if c.Fault != "" {
			line += ", " + c.Fault
		}
		if c.Problem != "" {
			line += ", " + c.Problem
		}
		list = append(list, line)
	}
	return list
}

var visited = []string{"login 200", "listEvents 200", "createEvent 400 6 wrong, validation_failed", "listVendors 503, status 503, fault", "refreshTokens 0, reset"}

// TestJournalSource reads a running stand-in's journal.
func TestJournalSource(t *testing.T) {
	for _, frozen := range []bool{false, true} {
		s := stands(t, "ecoevents", mock.Options{}, frozen)
		s.visit()
		c := builtin(t, "ecoevents")
		rec, err := grade.FromJournal(t.Context(), s.control, c, grade.JournalOptions{Drills: []string{"outage"}})
		if err != nil {
			t.Fatal(err)
		}
		if got := seen(rec); !slices.Equal(got, visited) {
			t.Errorf("%q, want %q", got, visited)
		}
		first, second, third := rec.Calls[0], rec.Calls[1], rec.Calls[2]
		token := redact.Marks(string(first.ResponseBody))
		if used := redact.Marks(second.RequestHeader.Get("Authorization") + rec.Calls[3].RequestHeader.Get("X-Trace")); len(token) != 2 || len(used) != 2 || used[0] != token[0] || used[1] != token[0] {
			t.Errorf("the answer gave %q, later calls show %q", token, used)
		}
		if first.Connection == "" || first.Connection != second.Connection || first.Secure {
			t.Errorf("connections %q and %q", first.Connection, second.Connection)
		}
		if !rec.Wall || time.Since(first.Start) > time.Minute || second.Start.Before(first.End()) || first.Duration <= 0 {
			t.Errorf("frozen %v: the first call was at %v for %v, the second at %v", frozen, first.Start, first.Duration, second.Start)
		}
		i := slices.IndexFunc(rec.Grants, func(g grade.Grant) bool { return g.Credential == third.Credential })
		if i < 0 || rec.Grants[i].Class != third.Class || third.Class == "" || len(rec.Grants[i].Scopes) == 0 || len(third.Scopes) == 0 || third.Account == "" {
			t.Errorf("the key is %q, %q of %q; there are %+v", third.Credential, third.Class, third.Account, rec.Grants)
		}
		if v := third.Violations[0]; v.In != "body" || v.At.Line == 0 {
			t.Errorf("a violation is %+v", v)
		}
		if rec.Host != strings.TrimPrefix(s.url, "http://") || rec.Source != "journal of "+s.management || rec.Truncated || len(rec.Foreign) > 0 || !slices.Equal(rec.Drills, []string{"outage"}) {
			t.Errorf("host %s, source %s, truncated %v", rec.Host, rec.Source, rec.Truncated)
		}
		text := all(t, rec)
		for _, secret := range []string{s.ready("ECOEVENTS_API_KEY"), s.ready("ECOEVENTS_USER_PASSWORD"), "rt_unknown0000000000000"} {
			if strings.Contains(text, secret) {
				t.Errorf("%s is in the recording", secret)
			}
		}
	}
}

// TestJournalPages: long journals are read whole, those that have dropped something say so, and what was before the integration is left out.
func TestJournalPages(t *testing.T) {
	s := stands(t, "ecoevents", mock.Options{Journal: mock.JournalLimits{Entries: 450}}, false)
	for range 430 {
		s.call("GET", "/v1/events/evt_1", "")
	}
	s.settled(430)
	c := builtin(t, "ecoevents")
	read := func(after uint64) *grade.Recording {
		t.Helper()
		rec, err := grade.FromJournal(t.Context(), s.control, c, grade.JournalOptions{After: after})
		if err != nil {
			t.Fatal(err)
		}
		return rec
	}
	if rec := read(0); len(rec.Calls) != 430 || rec.Truncated || rec.Calls[0].ID != "1" {
		t.Errorf("%d calls, truncated %v", len(rec.Calls), rec.Truncated)
	}
	if rec := read(420); len(rec.Calls) != 10 || rec.Truncated || rec.Calls[0].ID != "421" {
		t.Errorf("%d calls behind 420, truncated %v", len(rec.Calls), rec.Truncated)
	}
	for range 40 {
		s.call("GET", "/v1/events/evt_1", "")
	}
	s.settled(470)
	if rec := read(0); len(rec.Calls) != 450 || !rec.Truncated || rec.Calls[0].ID != "21" || !strings.Contains(strings.Join(rec.Gaps, ";"), "dropped the first 20 exchanges") {
		t.Errorf("%d calls, truncated %v, gaps %q", len(rec.Calls), rec.Truncated, rec.Gaps)
	}
	if rec := read(100); len(rec.Calls) != 370 || rec.Truncated {
		t.Errorf("%d calls behind 100, truncated %v: all of them are there", len(rec.Calls), rec.Truncated)
	}
	s.server.Journal().Clear()
	if rec := read(0); len(rec.Calls) != 0 || rec.Truncated {
		t.Errorf("%d calls of an empty journal, truncated %v", len(rec.Calls), rec.Truncated)
	}
}

// TestDeliverySource: what was sent to the integration's endpoints, with the trouble that was ordered for it.
func TestDeliverySource(t *testing.T) {
	s := stands(t, "ecoevents", mock.Options{Webhooks: mock.WebhookOptions{}}, false)
	got := make(chan struct{}, 10)
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // it is of no matter
		w.WriteHeader(http.StatusAccepted)
		got <- struct{}{}
	}))
	defer receiver.Close()
	if err := s.control.Do(t.Context(), "POST", "/endpoints", map[string]any{"url": receiver.URL + "/hook"}, nil); err != nil {
		t.Fatal(err)
	}
	if err := s.control.Do(t.Context(), "POST", "/misbehaviours", map[string]any{"kind": string(webhook.Duplicate)}, nil); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.control.Do(t.Context(), "POST", "/events", map[string]any{"type": "event.created"}, nil); err != nil {
			t.Fatal(err)
		}
	}
	for range 3 {
		<-got
	}
	var rec *grade.Recording
	for rec == nil || len(rec.Messages) < 3 || rec.Messages[2].Status == 0 { // an attempt is written down behind its answer
		var err error
		if rec, err = grade.FromJournal(t.Context(), s.control, builtin(t, "ecoevents"), grade.JournalOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	troubles := 0
	for _, m := range rec.Messages {
		if m.Event != "event.created" || m.Attempt < 1 || m.Status != http.StatusAccepted || m.TimeLimit <= 0 || !strings.HasSuffix(m.URL, "/hook") || time.Since(m.At) > time.Minute {
			t.Errorf("%+v", m)
		}
		if m.Trouble == "duplicate" {
			troubles++
			if m.Sequence != 1 {
				t.Errorf("the duplicate is event %d", m.Sequence)
			}
		}
	}
	if troubles != 1 {
		t.Errorf("%d of %d messages are duplicates", troubles, len(rec.Messages))
	}
}

// TestBundleSource reads what `understudy control bundle` wrote.
func TestBundleSource(t *testing.T) {
	for _, frozen := range []bool{false, true} {
		s := stands(t, "ecoevents", mock.Options{}, frozen)
		s.visit()
		bundle, err := s.server.Bundle(t.Context(), "test")
		if err != nil {
			t.Fatal(err)
		}
		var file bytes.Buffer
		if err := bundle.Write(t.Context(), &file); err != nil {
			t.Fatal(err)
		}
		c := builtin(t, "ecoevents")
		rec, err := grade.FromBundle("run.bundle", bytes.NewReader(file.Bytes()), c, marksKey)
		if err != nil {
			t.Fatal(err)
		}
		if got := seen(rec); !slices.Equal(got, visited) {
			t.Errorf("%q, want %q", got, visited)
		}
		token := redact.Marks(string(rec.Calls[0].ResponseBody))
		if used := redact.Marks(rec.Calls[1].RequestHeader.Get("Authorization")); len(token) != 2 || len(used) != 1 || used[0] != token[0] {
			t.Errorf("the answer gave %q, the next call shows %q", token, used)
		}
		if rec.Wall == frozen || rec.Truncated || rec.Calls[0].Connection == "" || rec.Calls[0].Connection != rec.Calls[1].Connection {
			t.Errorf("wall %v, truncated %v, connection %q", rec.Wall, rec.Truncated, rec.Calls[0].Connection)
		}
		if !frozen && (rec.Calls[0].Duration <= 0 || time.Since(rec.Calls[0].Start) > time.Minute) {
			t.Errorf("the first call was at %v for %v", rec.Calls[0].Start, rec.Calls[0].Duration)
		}
		text := all(t, rec)
		for _, secret := range []string{s.ready("ECOEVENTS_API_KEY"), s.ready("ECOEVENTS_USER_PASSWORD"), "rt_unknown0000000000000"} {
			if strings.Contains(text, secret) {
				t.Errorf("%s is in the recording", secret)
			}
		}
		wrongBundles(t, c, file.String())
	}
}

// wrongBundles are files that cannot be read; their errors say where.
func wrongBundles(t *testing.T, c *contracts.Contract, good string) {
	t.Helper()
	first := strings.Index(good, `{"exchange"`)
	number := 1 + strings.Count(good[:first], "\n")
	for _, k := range []struct{ file, want string }{
		{"", "line 1: this is no head of a bundle"},
		{"{}\n", "line 1: this is no head of a bundle"},
		{strings.Replace(good, `"version":1`, `"version":9`, 1), "line 1: its version is 9, known is 1"},
		{good[:strings.IndexByte(good, '\n')+1], "the contract's document is missing"},
		{good[:len(good)-3], "the file is cut off here"},
		{good[:strings.LastIndex(good, `{"steps"`)], "the file is cut off here, behind 6 steps"},
		{good[:first] + good[first+strings.IndexByte(good[first:], '\n')+1:], "6 steps are announced and 5 are there"},
		{good[:first] + `{"exchange":{"status":"ek_live_x"}}` + "\n" + good[first:], "it is no step: /exchange/status may not be a string"},
		{good[:first] + "{}\n" + good[first:], "it has neither exchange nor change"},
		{good[:first] + "{nonsense\n" + good[first:], "it is no step: byte 2"},
	} {
		_, err := grade.FromBundle("run.bundle", strings.NewReader(k.file), c, marksKey)
		if err == nil || !strings.Contains(err.Error(), k.want) || !strings.Contains(err.Error(), "run.bundle: line ") {
			t.Errorf("%v, want %s", err, k.want)
		} else if strings.Contains(k.want, "no step") && strings.Contains(k.file, "{}\n") && !strings.Contains(err.Error(), "line "+strconv.Itoa(number)) {
			t.Errorf("%v, want line %d", err, number)
		}
	}
	other := builtin(t, "echowin")
	if _, err := grade.FromBundle("run.bundle", strings.NewReader(good), other, marksKey); err == nil || !strings.Contains(err.Error(), "recorded over the contract ecoevents; grade that, and not echowin") {
		t.Errorf("%v", err)
	}
}
