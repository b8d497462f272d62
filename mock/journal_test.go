package mock_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"understudy/contracts"
	"understudy/mock"
)

var journalStart = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// exchanged is an entry as the server makes it.
func exchanged(n int) *mock.Entry {
	return &mock.Entry{
		Exchange: contracts.Exchange{
			Method: http.MethodGet, URL: fmt.Sprintf("/v1/pets/%d?limit=3", n), Proto: "HTTP/1.1", Status: 200,
			RequestHeader:  http.Header{"Accept": {"*/*"}, "Authorization": {"Bearer " + secretKey}, "User-Agent": {"test"}},
			ResponseHeader: http.Header{"Content-Type": {"application/json"}, "Date": {"x"}},
			ResponseBody:   []byte(`{"id":1,"name":"doggie"}`),
			Start:          journalStart.Add(time.Duration(n) * time.Second), Duration: time.Millisecond,
		},
		Trace: mock.Trace{Operation: "getPet", Source: "state", Stages: []mock.StageNote{{Name: "match", Verdict: "passed"}}},
	}
}

func ids(entries []*mock.Entry) []uint64 {
	list := make([]uint64, len(entries))
	for i, e := range entries {
		list[i] = e.ID
	}
	return list
}

func TestJournalList(t *testing.T) {
	j := mock.NewJournal(mock.JournalLimits{}, nil)
	for i := 1; i <= 6; i++ {
		e := exchanged(i)
		if i%2 == 0 {
			e.Method, e.Status, e.Trace.Problem, e.Trace.Operation, e.URL = "POST", 404, "not_found", "makePet", "http://host/v2/x?y=/v1/"
		}
		if id := j.Add(e); id != uint64(i) {
			t.Fatalf("entry %d has ID %d", i, id)
		}
	}
	for _, c := range []struct {
		query mock.Query
		want  []uint64
	}{
		{mock.Query{}, []uint64{1, 2, 3, 4, 5, 6}},
		{mock.Query{Limit: 2}, []uint64{5, 6}},
		{mock.Query{After: 1, Limit: 2}, []uint64{2, 3}},
		{mock.Query{After: 6}, nil},
		{mock.Query{After: mock.FromNow}, nil},
		{mock.Query{Operation: "makePet"}, []uint64{2, 4, 6}},
		{mock.Query{Method: "POST", After: 2}, []uint64{4, 6}},
		{mock.Query{PathPrefix: "/v1/"}, []uint64{1, 3, 5}},
		{mock.Query{PathPrefix: "/v2/x"}, []uint64{2, 4, 6}},
		{mock.Query{PathPrefix: "/v1/pets/3?"}, nil},
		{mock.Query{Status: "404"}, []uint64{2, 4, 6}},
		{mock.Query{Status: "2XX", Limit: 1}, []uint64{5}},
		{mock.Query{Status: "4"}, nil},
		{mock.Query{Problem: "*"}, []uint64{2, 4, 6}},
		{mock.Query{Problem: "conflict"}, nil},
		{mock.Query{Since: journalStart.Add(3 * time.Second), Until: journalStart.Add(5 * time.Second)}, []uint64{3, 4}},
	} {
		if got := ids(j.List(c.query)); !slices.Equal(got, c.want) {
			t.Errorf("%+v gives %v, want %v", c.query, got, c.want)
		}
	}
	for _, e := range j.List(mock.Query{}) {
		if got := e.RequestHeader.Get("Authorization"); got != "Bearer "+shownKey {
			t.Errorf("a reader sees %q", got)
		}
	}
	if e, ok := j.Get(3); !ok || e.ID != 3 || e.RequestHeader.Get("Authorization") != "Bearer "+shownKey {
		t.Errorf("Get(3) is %+v, %v", e, ok)
	}
	for _, id := range []uint64{0, 7, mock.FromNow} {
		if _, ok := j.Get(id); ok {
			t.Errorf("Get(%d) finds something", id)
		}
	}
}

func TestJournalLimits(t *testing.T) {
	j := mock.NewJournal(mock.JournalLimits{Entries: 100}, nil)
	for i := range 1000 {
		j.Add(exchanged(i))
	}
	s := j.Stats()
	if s.Seen != 1000 || s.Held != 100 || s.Dropped != 900 || s.Oldest != 901 || s.Newest != 1000 {
		t.Errorf("stats %+v", s)
	}
	if got := ids(j.List(mock.Query{})); len(got) != 100 || got[0] != 901 || got[99] != 1000 {
		t.Errorf("the journal holds %v", got)
	}
	if n := j.Clear(); n != 100 {
		t.Errorf("Clear drops %d", n)
	}
	if s := j.Stats(); s.Held != 0 || s.Bytes != 0 || s.Oldest != 0 || s.Dropped != 900 || j.List(mock.Query{}) == nil {
		t.Errorf("stats after Clear %+v", s)
	}
	if id := j.Add(exchanged(1)); id != 1001 {
		t.Errorf("the first ID after Clear is %d", id)
	}

	j = mock.NewJournal(mock.JournalLimits{Bytes: 100_000, Body: 10_000}, nil)
	for range 50 {
		e := exchanged(1)
		e.RequestBody, e.ResponseBody = make([]byte, 20_000), make([]byte, 10_000)
		j.Add(e)
	}
	s = j.Stats()
	if s.Held != 4 || s.Dropped != 46 || s.Cut != 50 || s.Bytes > 100_000 || s.Bytes < 80_000 {
		t.Errorf("stats with a limit of bytes %+v", s)
	}
	e, _ := j.Get(50)
	if len(e.RequestBody) != 10_000 || !e.RequestCut || e.RequestSize != 20_000 || e.ResponseCut || e.ResponseSize != 10_000 {
		t.Errorf("the bodies: %d bytes of %d, cut %v; %d of %d, cut %v", len(e.RequestBody), e.RequestSize, e.RequestCut, len(e.ResponseBody), e.ResponseSize, e.ResponseCut)
	}
	big := exchanged(1)
	big.RequestHeader = http.Header{"X": {strings.Repeat("x", 200_000)}}
	j.Add(big)
	if s := j.Stats(); s.Held != 0 || s.Dropped != 51 || s.Bytes != 0 {
		t.Errorf("stats after an entry larger than the journal %+v", s)
	}
}

func TestJournalFollow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := mock.NewJournal(mock.JournalLimits{Entries: 4}, nil)
		j.Add(exchanged(1))
		j.Add(exchanged(2))
		ctx, cancel := context.WithCancel(t.Context())
		var got []string
		var all sync.WaitGroup
		slow := make(chan struct{})
		all.Go(func() {
			for e, missed := range j.Follow(ctx, 1) {
				got = append(got, fmt.Sprintf("%d/%d", e.ID, missed))
				if e.RequestHeader.Get("Authorization") != "Bearer "+shownKey {
					t.Error("a follower sees a secret")
				}
				if e.ID == 3 {
					<-slow
				}
			}
		})
		fromNow := 0
		all.Go(func() {
			for e := range j.Follow(ctx, mock.FromNow) {
				if fromNow++; e.ID < 3 {
					t.Errorf("from now on gives the old entry %d", e.ID)
				}
			}
		})
		synctest.Wait()
		j.Add(exchanged(3))
		synctest.Wait()
		for i := range 10 { // while the follower sleeps; Add must not wait for it
			j.Add(exchanged(i))
		}
		close(slow)
		synctest.Wait()
		j.Clear()
		j.Add(exchanged(1))
		synctest.Wait()
		cancel()
		all.Wait()
		if want := []string{"2/0", "3/0", "10/6", "11/0", "12/0", "13/0", "14/0"}; !slices.Equal(got, want) {
			t.Errorf("the follower got %v, want %v", got, want)
		}
		if fromNow < 6 {
			t.Errorf("the other follower got %d", fromNow)
		}
	})
}

func TestJournalConcurrency(t *testing.T) {
	j := mock.NewJournal(mock.JournalLimits{Entries: 64}, nil)
	ctx, cancel := context.WithCancel(t.Context())
	var writers, readers sync.WaitGroup
	for range 4 {
		writers.Go(func() {
			for i := range 500 {
				j.Add(exchanged(i))
			}
		})
		readers.Go(func() {
			var seen, missed, last uint64
			for e, m := range j.Follow(ctx, 0) {
				seen, missed, last = seen+1, missed+m, e.ID
				if seen+missed != last {
					t.Errorf("saw %d and missed %d by entry %d", seen, missed, last)
				}
				if last == 2000 {
					return
				}
			}
		})
		writers.Go(func() {
			for range 50 {
				got := ids(j.List(mock.Query{Limit: 10}))
				if !slices.IsSorted(got) {
					t.Errorf("List gives %v", got)
				}
				j.Stats()
			}
		})
	}
	writers.Wait()
	readers.Wait()
	cancel()
}

func BenchmarkJournalAdd(b *testing.B) {
	j := mock.NewJournal(mock.JournalLimits{}, nil)
	entry := *exchanged(1)
	b.ReportAllocs()
	for b.Loop() {
		e := entry
		j.Add(&e)
	}
}
