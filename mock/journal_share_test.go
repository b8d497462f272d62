package mock_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"understudy/contracts"
	"understudy/mock"
	"understudy/mock/store"
	"understudy/mock/store/storetest"
)

// A hall is where the feeds of several servers in one test meet.
type hall struct {
	log storetest.Log

	mu    sync.Mutex
	fail  error
	texts [][]byte
	seats []*seat
}

// A seat is one server's feed.
type seat struct {
	hall   *hall
	number uint64
	at     int
	take   func([][]byte)
}

func (s *seat) Number() uint64 { return s.number }

func (s *seat) Append(_ context.Context, texts [][]byte) error {
	s.hall.mu.Lock()
	defer s.hall.mu.Unlock()
	if s.hall.fail != nil {
		return s.hall.fail
	}
	s.hall.texts = append(s.hall.texts, texts...)
	for _, one := range s.hall.seats {
		one.hear()
	}
	return nil
}

func (s *seat) hear() {
	if news := s.hall.texts[s.at:]; s.take != nil && len(news) > 0 {
		s.at = len(s.hall.texts)
		s.take(news)
	}
}

func (s *seat) Watch(_ context.Context, take func([][]byte)) error {
	s.hall.mu.Lock()
	defer s.hall.mu.Unlock()
	s.take = take
	s.hear()
	return nil
}

func (s *seat) Place() string { return "" }

func (s *seat) Forget(context.Context, string) error { return nil }

func (s *seat) Close() error {
	s.hall.mu.Lock()
	defer s.hall.mu.Unlock()
	s.take = nil
	return nil
}

func (h *hall) away(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.fail = err
}

// enter starts one of several processes.
func (h *hall) enter(t testing.TB, document string, limits mock.JournalLimits) (*mock.Server, *bytes.Buffer) {
	t.Helper()
	h.mu.Lock()
	one := &seat{hall: h, number: uint64(len(h.seats) + 1)}
	h.seats = append(h.seats, one)
	h.mu.Unlock()
	name := fmt.Sprint("replica", one.number)
	log := &bytes.Buffer{}
	server, err := mock.New(t.Context(), mock.Options{
		Contract: load(t, document), Store: storetest.Share(t, &h.log, name), Secret: [32]byte{1}, Journal: limits, Logger: slog.New(slog.NewTextHandler(log, nil)),
		Replica: &mock.Replica{
			Name: name, Number: one.number, Feed: func(context.Context, string, int, int) (store.Feed, error) { return one, nil },
			Space: func(_ context.Context, space string) (store.World, error) {
				return storetest.Share(t, &storetest.Log{}, name+space), nil
			},
			Drop: func(context.Context, string) error { return nil },
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return server, log
}

// TestSharedJournalOverflow: while the others cannot be reached nothing waits for them; what there was room for they hear of later, and
// the rest is counted.
func TestSharedJournalOverflow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &hall{}
		a, log := h.enter(t, "shop.yaml", mock.JournalLimits{Entries: 20_000})
		b, _ := h.enter(t, "shop.yaml", mock.JournalLimits{Entries: 20_000})
		h.away(errors.New("the cable is cut"))
		const all = 10_500
		for i := range all {
			a.Journal().Add(exchanged(i))
		}
		synctest.Wait()
		s := a.Journal().Stats()
		if s.Held != all || s.Unshared == 0 || s.Waiting < 10_000 || s.Waiting+int(s.Unshared) != all {
			t.Errorf("without the others: %+v", s)
		}
		h.away(nil)
		if err := a.Close(t.Context()); err != nil { // it waits until all is told
			t.Fatal(err)
		}
		if s, other := a.Journal().Stats(), b.Journal().Stats(); s.Waiting != 0 || other.Held != all-int(s.Unshared) {
			t.Errorf("afterwards one process says %+v, the other one %+v", s, other)
		}
		if n := strings.Count(log.String(), "will not know of some exchanges"); n != 1 {
			t.Errorf("the log has %d lines of it: %s", n, log)
		}

		// One that ends while the others cannot be reached does not wait for them.
		h.away(errors.New("the cable is cut"))
		b.Journal().Add(exchanged(1))
		synctest.Wait()
		if err := b.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		if s := b.Journal().Stats(); s.Waiting != 0 || s.Unshared != 1 {
			t.Errorf("after it has ended: %+v", s)
		}
	})
}

// TestSharedJournalHostile: what stands in the feed and is no exchange is passed over, and tells one line to the log.
func TestSharedJournalHostile(t *testing.T) {
	h := &hall{}
	server, log := h.enter(t, "shop.yaml", mock.JournalLimits{})
	other, _ := h.enter(t, "shop.yaml", mock.JournalLimits{})
	sealed := func(text string) []byte { return mock.SealShared([32]byte{1}, server.Contract().Name, []byte(text)) }
	good, err := mock.WriteShared(exchanged(1), 100_007, "x")
	if err != nil {
		t.Fatal(err)
	}
	bad := [][]byte{
		nil, {}, {1}, []byte("hello"), bytes.Repeat([]byte{1}, 40), make([]byte, 1<<20),
		mock.SealShared([32]byte{2}, server.Contract().Name, good), mock.SealShared([32]byte{1}, "another", good),
		sealed("null"), sealed(string(good) + "x"), sealed("\x00\x00\x00\x00" + string(good[4:])), sealed("\xff\xff\xff\xff" + string(good[4:])),
	}
	for _, id := range []uint64{0, 7, 1 << 53, 1<<64 - 1} {
		other, err := mock.WriteShared(exchanged(1), id, "x")
		if err != nil {
			t.Fatal(err)
		}
		bad = append(bad, sealed(string(other)))
	}
	for n := range len(good) { // cut off anywhere
		bad = append(bad, sealed(string(good[:n])))
	}
	changed := sealed(string(good))
	changed[len(changed)-1]++
	if err := h.seats[1].Append(t.Context(), append(bad, changed)); err != nil {
		t.Fatal(err)
	}
	if s := server.Journal().Stats(); s.Seen != 0 || strings.Count(log.String(), "passed over") != 1 || !strings.Contains(log.String(), fmt.Sprint("passed_over=", len(bad)+1)) {
		t.Errorf("%+v, the log says %s", s, log)
	}

	// What is an exchange by its form is taken as it is, however odd.
	strange := exchanged(1)
	strange.Method, strange.URL, strange.Status, strange.RequestBody, strange.RequestHeader = "", "::::%%%", 0, []byte("secret"), http.Header{"": nil, "\xff": {"\x00"}}
	strange.Trace = mock.Trace{Operation: "ofNobody", Stages: []mock.StageNote{{}}, Caller: &mock.Caller{}, Faults: []mock.Acted{{}}}
	odd, err := mock.WriteShared(strange, 500_007, "x")
	if err != nil {
		t.Fatal(err)
	}
	if err := h.seats[1].Append(t.Context(), [][]byte{sealed(string(odd)), sealed(string(odd))}); err != nil {
		t.Fatal(err)
	}
	list := slices.Concat(server.Journal().List(mock.Query{PathPrefix: ""}), server.Marked().List(mock.Query{Status: ""}))
	if len(list) != 2 || list[0].ID != 500007 || len(list[0].RequestBody) > 0 || !list[0].RequestCut || list[0].RequestSize != 6 || len(list[0].ResponseBody) > 0 {
		t.Errorf("the odd exchange is %+v", list)
	}
	if err := mock.WriteHAR(&bytes.Buffer{}, list, server.Redactor()); err != nil {
		t.Error(err)
	}
	if id := server.Journal().Add(exchanged(1)); id != 600001 {
		t.Errorf("the next exchange has the id %d", id)
	}
	for _, s := range []*mock.Server{server, other} {
		if err := s.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// TestSharedJournalForm: what others hear of an exchange is all of it, but for long bodies; nobody without the secret can read it.
func TestSharedJournalForm(t *testing.T) {
	h := &hall{}
	a, _ := h.enter(t, "shop.yaml", mock.JournalLimits{})
	b, _ := h.enter(t, "shop.yaml", mock.JournalLimits{})
	s := serveHandler(t, a)
	s.call("POST /v1/items?note=a%20b", `{"name":"gum","price":3}`, "Authorization: Bearer "+secretKey)
	s.call("POST /v1/items", `{"price":-1}`)
	s.call("POST /v1/items", `{"name":"`+strings.Repeat("x", 100_000)+`"}`)
	large := exchanged(1)
	large.RequestHeader = http.Header{"X": {strings.Repeat("x", 600_000)}}
	a.Journal().Add(large)
	if err := a.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	here, there := a.Journal().List(mock.Query{}), b.Journal().List(mock.Query{})
	if len(here) != 4 || len(there) != 3 || a.Journal().Stats().Unshared != 1 {
		t.Fatalf("%d exchanges here, %d there, %+v", len(here), len(there), a.Journal().Stats())
	}
	for i, e := range there[:2] {
		if e.Elsewhere() == here[i].Elsewhere() || e.Operation != here[i].Operation && e.Operation.ID != here[i].Operation.ID {
			t.Errorf("exchange %d: %+v", e.ID, e)
		}
		if one, other := told(t, here[i]), told(t, e); one != other {
			t.Errorf("here\n%s\nthere\n%s", one, other)
		}
		if one, other := told(t, a.Marked().List(mock.Query{})[i]), told(t, b.Marked().List(mock.Query{})[i]); one != other {
			t.Errorf("with marks, here\n%s\nthere\n%s", one, other)
		}
	}
	if e := there[2]; len(e.RequestBody) != 64<<10 || !e.RequestCut || e.RequestSize != here[2].RequestSize || here[2].RequestCut {
		t.Errorf("of the long body %d bytes of %d came, cut %v", len(e.RequestBody), e.RequestSize, e.RequestCut)
	}
	all := bytes.Join(h.texts, nil)
	for _, secret := range []string{secretKey, base64.StdEncoding.EncodeToString([]byte(secretKey)), "Authorization", "gum"} {
		if bytes.Contains(all, []byte(secret)) {
			t.Errorf("the feed shows %q", secret)
		}
	}
	if err := b.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// told is all of an entry that readers get, in one text.
func told(t testing.TB, e *mock.Entry) string {
	t.Helper()
	one := *e
	one.Operation = nil
	one.Wall = one.Wall.Round(0)
	text, err := json.Marshal(&one)
	if err != nil {
		t.Fatal(err)
	}
	return string(text) + e.Replica()
}

// TestSharedJournalConcurrency: whatever is answered at the same time, and read meanwhile, is in all journals under one id.
func TestSharedJournalConcurrency(t *testing.T) {
	h := &hall{}
	var servers []*mock.Server
	for range 3 {
		s, _ := h.enter(t, "shop.yaml", mock.JournalLimits{})
		servers = append(servers, s)
	}
	const each = 200
	var all sync.WaitGroup
	seen := make([]map[uint64]bool, len(servers))
	for i, s := range servers {
		all.Go(func() {
			for n := range each {
				s.Journal().Add(exchanged(n))
			}
		})
		all.Go(func() {
			seen[i] = map[uint64]bool{}
			last := uint64(0)
			for e, missed := range s.Journal().Follow(t.Context(), 0) {
				if missed > 0 || seen[i][e.ID] {
					t.Errorf("behind %d the follower missed %d, then got %d", last, missed, e.ID)
				}
				if seen[i][e.ID], last = true, e.ID; len(seen[i]) == each*len(servers) {
					return
				}
			}
		})
		all.Go(func() {
			for range 20 {
				page := s.Journal().List(mock.Query{Limit: 10})
				for _, e := range page {
					if one, ok := s.Journal().Get(e.ID); !ok || one.ID != e.ID {
						t.Errorf("%d is listed and not there", e.ID)
					}
				}
				s.Journal().Stats()
			}
		})
	}
	all.Wait()
	for i := range servers {
		if !maps.Equal(seen[i], seen[0]) {
			t.Error("two journals hold other ids")
		}
	}

	// Who was told where to go on by one process goes on there at another one.
	list := servers[0].Journal().List(mock.Query{})
	for _, s := range servers {
		n, err := s.ClearJournal(t.Context())
		if err != nil || s != servers[0] && n != 0 {
			t.Errorf("%d were cleared once more: %v", n, err)
		}
		for _, one := range servers {
			if err := one.Attend(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	id := servers[1].Journal().Add(exchanged(1))
	for e, missed := range servers[2].Journal().Follow(t.Context(), list[len(list)-1].ID) {
		if e.ID != id || missed > 0 {
			t.Errorf("behind what was cleared comes %d, %d were missed; want %d", e.ID, missed, id)
		}
		break
	}
	for _, s := range servers {
		if err := s.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// FuzzSharedEntry: whatever a process tells, those who hear it neither fail nor hang, and what they take can be told again.
func FuzzSharedEntry(f *testing.F) {
	full := exchanged(1)
	full.RequestBody, full.Abandoned, full.Connection = []byte(`{"a":1}`), true, 3
	full.Trace.Caller = &mock.Caller{Credential: "key_1", Scopes: []string{"read"}}
	full.Trace.Changes = []mock.Change{{Kind: "created", Key: "/pets/1"}}
	full.Trace.Violations = []contracts.Violation{{In: "body"}}
	for _, e := range []*mock.Entry{exchanged(1), full, {}} {
		plain, err := mock.WriteShared(e, 300_001, "replica")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(plain)
	}
	f.Fuzz(func(t *testing.T, plain []byte) {
		e, err := mock.ReadShared(plain)
		if err != nil {
			return
		}
		again, err := mock.WriteShared(e, e.ID, e.Replica())
		if err != nil {
			t.Fatal(err)
		}
		other, err := mock.ReadShared(again)
		if err != nil || told(t, e) != told(t, other) {
			t.Errorf("%v: %+v became %+v", err, e, other)
		}
		if err := mock.WriteHAR(&bytes.Buffer{}, []*mock.Entry{e}, nil); err != nil {
			t.Error(err)
		}
	})
}

// BenchmarkSharedJournal adds exchanges that one other process hears of: what it costs both, without what lies between them.
func BenchmarkSharedJournal(b *testing.B) {
	h := &hall{}
	one, _ := h.enter(b, "shop.yaml", mock.JournalLimits{})
	other, _ := h.enter(b, "shop.yaml", mock.JournalLimits{})
	entry := *exchanged(1)
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		e := entry
		one.Journal().Add(&e)
		if n%64 == 63 {
			if s := one.Journal().Stats(); s.Waiting > 5_000 { // it is to be told, not dropped
				for one.Journal().Stats().Waiting > 64 {
					runtime.Gosched()
				}
			}
		}
	}
	for _, s := range []*mock.Server{one, other} {
		if err := s.Close(context.Background()); err != nil {
			b.Fatal(err)
		}
	}
}
