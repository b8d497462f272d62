package control_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"understudy/contracts"
	"understudy/mock"
	"understudy/mock/clock"
	"understudy/mock/control"
	"understudy/mock/store"
	"understudy/mock/store/redis"
	"understudy/mock/store/redis/redistest"
)

var replicas atomic.Uint64

// startReplica opens a pet shop as one of several processes over a Redis.
func startReplica(t *testing.T, url string) *stand {
	t.Helper()
	name := fmt.Sprint("replica", replicas.Add(1))
	r, err := redis.Open(t.Context(), redis.Options{URL: url, Replica: name})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	number, err := r.Number(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c, err := contracts.Load(t.Context(), filepath.Join("testdata", "petstore.yaml"), contracts.Options{})
	if err != nil {
		t.Fatal(err)
	}
	world, err := r.Space(t.Context(), c.Name, "")
	if err != nil {
		t.Fatal(err)
	}
	server, err := mock.New(t.Context(), mock.Options{
		Contract: c, Clock: clock.New(clock.Options{At: noon, Frozen: true}), Seed: 7, Seeds: rexAndTom(), Auth: mock.Ignore, Store: world, Secret: [32]byte{1},
		Replica: &mock.Replica{
			Name: name, Number: number,
			Space: func(ctx context.Context, name string) (store.World, error) { return r.Space(ctx, c.Name, name) },
			Drop:  func(ctx context.Context, name string) error { return r.Drop(ctx, c.Name, name) },
			Feed: func(ctx context.Context, name string, entries, bytes int) (store.Feed, error) {
				return r.Feed(ctx, c.Name, name, entries, bytes)
			},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close(context.WithoutCancel(t.Context())) })
	shop := httptest.NewServer(server)
	t.Cleanup(shop.Close)
	s := &stand{t: t, server: server, shop: shop.URL + "/v1", handler: control.New(control.Options{Clock: server.Clock(), Version: "v1.2.3", Logger: slog.New(slog.NewTextHandler(t.Output(), nil))})}
	s.handler.Add("petstore", s.shop, func() *mock.Server { return server })
	s.handler.Ready()
	s.serve()
	return s
}

// arrived waits until a journal has seen so many entries.
func arrived(t *testing.T, j *mock.Journal, n int) {
	t.Helper()
	seen := 0
	for range j.Follow(t.Context(), 0) {
		if seen++; seen == n {
			return
		}
	}
	t.Fatalf("%d exchanges came, want %d", seen, n)
}

// read gives an answer of the management API, which has to be good.
func (s *stand) read(path string) string {
	s.t.Helper()
	answer, err := s.client.Get(s.url + "/contracts/-" + path)
	if err != nil {
		s.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		s.t.Fatalf("GET %s: %s %s %v", path, answer.Status, text, err)
	}
	return string(text)
}

// ids are those of a journal as the management API lists it.
func (s *stand) ids(query string) (list []uint64) {
	s.t.Helper()
	var journal control.Journal
	if err := json.Unmarshal([]byte(s.read("/journal"+query)), &journal); err != nil {
		s.t.Fatal(err)
	}
	for _, e := range journal.Entries {
		list = append(list, e.ID)
	}
	return list
}

// TestSharedJournal: each of several processes lists, shows, follows, exports and clears the exchanges of all.
func TestSharedJournal(t *testing.T) {
	server := redistest.Start(t, "--appendfsync", "no")
	a, b := startReplica(t, server.URL()), startReplica(t, server.URL())
	stream := b.follow("", "")
	a.call("POST", "/pets", `{"name":"Bello"}`)
	if list := a.ids(""); len(list) != 1 { // at once
		t.Fatalf("where it was answered the journal lists %v", list)
	}
	arrived(t, b.server.Journal(), 1)
	b.call("GET", "/pets", "")
	b.call("GET", "/none", "")
	arrived(t, a.server.Journal(), 3)

	list := a.ids("")
	if other := b.ids(""); len(list) != 3 || !slices.Equal(list, other) || !slices.IsSorted(list) {
		t.Fatalf("one process lists %v, the other one %v", list, other)
	}
	if page := b.ids(fmt.Sprintf("?after=%d&limit=1", list[0])); !slices.Equal(page, list[1:2]) {
		t.Errorf("behind %d comes %v", list[0], page)
	}
	for i, id := range list {
		if id >= 1<<53 {
			t.Errorf("the id %d is no number for all readers of JSON", id)
		}
		path := fmt.Sprint("/journal/", id)
		for _, secrets := range []string{"", "?secrets=marked"} {
			one, other := a.read(path+secrets), b.read(path+secrets)
			if one != other || strings.Contains(one, "sk-tombola-1234567890") {
				t.Errorf("%d%s: one process shows\n%s\nthe other one\n%s", id, secrets, one, other)
			}
		}
		var e control.Entry
		if err := json.Unmarshal([]byte(a.read(path)), &e); err != nil {
			t.Fatal(err)
		}
		if at := stream.event(); at.event != "exchange" || at.id != fmt.Sprint(id) {
			t.Errorf("event %d of the other process' stream is %+v, want %d", i, at, id)
		}
		if here := e.Replica == a.server.Journal().List(mock.Query{Limit: 1, Oldest: true})[0].Replica(); here != (i == 0) {
			t.Errorf("exchange %d was answered by %q", i, e.Replica)
		}
	}
	if har := b.read("/journal.har"); strings.Count(har, "startedDateTime") != 3 {
		t.Errorf("the archive holds %s", har)
	}

	// Clearing holds for all when it is answered.
	if n := b.expect().DELETE("/contracts/-/journal").Expect().Status(http.StatusOK).JSON().Object().Value("cleared").Number().Raw(); n != 3 {
		t.Errorf("%v were cleared", n)
	}
	if list := a.ids(""); len(list) != 0 {
		t.Errorf("after another process cleared it the journal holds %v", list)
	}
	a.call("GET", "/pets/1", "")
	if at := stream.event(); at.event != "exchange" || at.id != fmt.Sprint(a.ids("")[0]) {
		t.Errorf("after it was cleared the stream brings %+v", at)
	}
	if after := a.ids(""); len(after) != 1 || after[0] <= list[2] || !slices.Equal(after, b.ids("")) {
		t.Errorf("afterwards one lists %v, the other one %v", after, b.ids(""))
	}
	if c := startReplica(t, server.URL()); !slices.Equal(c.ids(""), a.ids("")) {
		t.Errorf("a process that starts after that lists %v", c.ids(""))
	}
}

// TestSharedJournalAway: a Redis that is away fails no journal, and hears of what was answered meanwhile when it comes back.
func TestSharedJournalAway(t *testing.T) {
	server := redistest.Start(t, "--appendfsync", "no")
	a, b := startReplica(t, server.URL()), startReplica(t, server.URL())
	a.call("GET", "/pets", "")
	server.Kill()
	if status, body := a.call("GET", "/pets", ""); status != http.StatusServiceUnavailable {
		t.Errorf("without Redis: %d %s", status, body)
	}
	if list := a.server.Journal().List(mock.Query{Problem: "*"}); len(list) != 1 || list[0].Status != http.StatusServiceUnavailable {
		t.Errorf("the journal holds %v", list)
	}
	server.Again()
	arrived(t, b.server.Journal(), 2)
	if list := b.ids(""); !slices.Equal(list, a.ids("")) || a.server.Journal().Stats().Unshared != 0 {
		t.Errorf("afterwards one lists %v, the other one %v", a.ids(""), list)
	}
}

// TestSharedJournalRestart: what processes answered that are gone is in the journal of those that start.
func TestSharedJournalRestart(t *testing.T) {
	server := redistest.Start(t, "--appendfsync", "no")
	a := startReplica(t, server.URL())
	for range 150 {
		a.call("GET", "/pets", "")
	}
	if err := a.server.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	b := startReplica(t, server.URL())
	old := a.ids("?limit=200")
	if list := b.ids("?limit=200"); len(list) != 150 || !slices.Equal(list, old) {
		t.Fatalf("the next process lists %v", list)
	}
	b.call("GET", "/pets/2", "")
	if list := b.ids(fmt.Sprint("?after=", old[149])); len(list) != 1 || list[0] <= old[149] {
		t.Errorf("behind the last one of the first process comes %v", list)
	}
	if stats := b.server.Journal().Stats(); stats.Seen != 151 || stats.Held != 151 || stats.Gone != 0 || stats.Unshared != 0 || stats.Oldest != old[0] {
		t.Errorf("%+v", stats)
	}
}

// TestSharedJournalSandbox: a sandbox has a shared journal of its own, which goes with it.
func TestSharedJournalSandbox(t *testing.T) {
	server := redistest.Start(t, "--appendfsync", "no")
	a, b := startReplica(t, server.URL()), startReplica(t, server.URL())
	box := func(s *stand, name string) *mock.Journal {
		t.Helper()
		if err := s.server.Attend(t.Context()); err != nil {
			t.Fatal(err)
		}
		one, err := s.server.Sandboxes().Get(name)
		if err != nil {
			t.Fatal(err)
		}
		return one.Server().Journal()
	}
	make := func(s *stand) {
		s.expect().POST("/contracts/-/sandboxes").WithJSON(map[string]any{"name": "box"}).Expect().Status(http.StatusCreated)
	}
	make(a)
	b.call("GET", "/pets", "")
	for range 2 {
		r, err := http.NewRequestWithContext(t.Context(), "GET", b.shop+"/pets", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Understudy-Sandbox", "box")
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
	}
	arrived(t, box(a, "box"), 2)
	arrived(t, a.server.Journal(), 1)
	if list := a.ids("?sandbox=box"); len(list) != 2 || !slices.Equal(list, b.ids("?sandbox=box")) {
		t.Errorf("the sandbox's journal holds %v", list)
	}
	if c := startReplica(t, server.URL()); len(c.ids("?sandbox=box")) != 2 || len(c.ids("")) != 1 {
		t.Errorf("a process that starts lists %v and %v", c.ids("?sandbox=box"), c.ids(""))
	}
	a.expect().DELETE("/contracts/-/journal").WithQuery("sandbox", "box").Expect().Status(http.StatusOK)
	if list := b.ids("?sandbox=box"); len(list) != 0 || len(b.ids("")) != 1 {
		t.Errorf("after it was cleared the sandbox's journal holds %v, that of the contract %v", list, b.ids(""))
	}
	b.expect().DELETE("/contracts/-/sandboxes/box").Expect().Status(http.StatusNoContent)
	make(b)
	if list := slices.Concat(a.ids("?sandbox=box"), b.ids("?sandbox=box")); len(list) != 0 || len(a.ids("")) != 1 {
		t.Errorf("a sandbox that took the name of another one begins with %v", list)
	}
}
