package control_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"understudy/mock"
	"understudy/mock/control"
)

// A follower reads an event stream block by block.
type follower struct {
	t      *testing.T
	lines  *bufio.Scanner
	cancel context.CancelFunc
}

// A block is one event, or a comment.
type block struct{ id, event, data, comment string }

// follow opens the stream and has read its first sign of life: what happens from now on is on it.
func (s *stand) follow(query, lastID string) *follower {
	s.t.Helper()
	ctx, cancel := context.WithCancel(s.t.Context())
	s.t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+"/contracts/-/journal/follow"+query, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	if lastID != "" {
		r.Header.Set("Last-Event-ID", lastID)
	}
	response, err := s.client.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { response.Body.Close() })
	if response.StatusCode != http.StatusOK || response.Header.Get("Content-Type") != "text/event-stream" {
		s.t.Fatalf("the stream begins with %s, %s", response.Status, response.Header.Get("Content-Type"))
	}
	f := &follower{t: s.t, lines: bufio.NewScanner(response.Body), cancel: cancel}
	f.lines.Buffer(nil, 8<<20)
	if first := f.block(); !strings.HasPrefix(first.comment, "following") {
		s.t.Fatalf("the stream begins with %+v", first)
	}
	return f
}

// block reads up to the next empty line. The zero block is the end of the stream.
func (f *follower) block() block {
	var b block
	for f.lines.Scan() {
		name, value, _ := strings.Cut(f.lines.Text(), ":")
		value = strings.TrimPrefix(value, " ")
		switch name {
		case "id":
			b.id = value
		case "event":
			b.event = value
		case "data":
			b.data += value
		case "":
			if f.lines.Text() == "" {
				return b
			}
			b.comment = value
		default:
			f.t.Fatalf("the stream has the line %q", f.lines.Text())
		}
	}
	return b
}

// event reads up to the next event.
func (f *follower) event() block {
	for {
		if b := f.block(); b.event != "" || b == (block{}) {
			return b
		}
	}
}

func (f *follower) wantExchange(id, operation string) {
	f.t.Helper()
	b := f.event()
	var e control.Entry
	if err := json.Unmarshal([]byte(b.data), &e); err != nil {
		f.t.Fatalf("the event %+v: %v", b, err)
	}
	if b.event != "exchange" || b.id != id || e.Operation != operation {
		f.t.Fatalf("the event is %s %s of %s, want exchange %s of %s", b.event, b.id, e.Operation, id, operation)
	}
}

func TestFollow(t *testing.T) {
	s := start(t, control.Options{})
	s.call("GET", "/pets/1", "")
	s.settled(1)
	f := s.follow("", "")
	s.call("GET", "/pets", "")
	f.wantExchange("2", "listPets")
	s.call("POST", "/pets", `{"name":"Ada"}`)
	f.wantExchange("3", "createPet")
}

func TestFollowFromTheBeginningWithFilter(t *testing.T) {
	s := start(t, control.Options{})
	visit(s)
	f := s.follow("?after=0&status=4xx", "")
	f.wantExchange("2", "createPet")
	f.wantExchange("4", "getPet")
}

func TestFollowResumes(t *testing.T) {
	s := start(t, control.Options{})
	visit(s)
	f := s.follow("?after=0", "2") // the header wins: a browser that comes back repeats its URL
	f.wantExchange("3", "getPet")
	f.wantExchange("4", "getPet")

	f = s.follow("", "4000") // of an earlier process
	s.call("GET", "/pets", "")
	f.wantExchange("5", "listPets")
}

func TestFollowTellsWhatWasMissed(t *testing.T) {
	s := start(t, control.Options{}) // its journal holds 8
	for range 11 {
		s.call("GET", "/pets/1", "")
	}
	s.settled(11)
	f := s.follow("", "1")
	if b := f.event(); b.event != "missed" || b.data != `{"missed":2}` || b.id != "" {
		t.Fatalf("the first event is %+v", b)
	}
	f.wantExchange("4", "getPet")
}

func TestFollowShowsLife(t *testing.T) {
	s := start(t, control.Options{Pulse: time.Millisecond})
	f := s.follow("", "")
	for range 3 {
		if b := f.block(); b != (block{comment: "alive"}) {
			t.Fatalf("a quiet stream sent %+v", b)
		}
	}
}

func TestFollowGoesOnAfterAReload(t *testing.T) {
	s := start(t, control.Options{})
	visit(s)
	var current atomic.Pointer[mock.Server]
	current.Store(s.server)
	s.handler = control.New(control.Options{Pulse: time.Millisecond})
	s.handler.Add("petstore", s.shop, current.Load)
	s.serve()
	f := s.follow("", "")
	next := newShop(t, nil)
	next.Journal().Add(&mock.Entry{Trace: mock.Trace{Operation: "listPets"}})
	current.Store(next)
	if b := f.event(); b.event != "reloaded" || b.data != `{"contract":"petstore"}` {
		t.Fatalf("the event is %+v", b)
	}
	f.wantExchange("1", "listPets")
}

func TestCloseEndsStreams(t *testing.T) {
	s := start(t, control.Options{})
	f := s.follow("", "")
	s.handler.Close()
	s.handler.Close()
	if b := f.block(); b != (block{}) {
		t.Errorf("after the end came %+v", b)
	}
}

func TestFollowRefusesBadStarts(t *testing.T) {
	s := start(t, control.Options{})
	e := s.expect()
	e.GET("/contracts/-/journal/follow").WithHeader("Last-Event-ID", "last").Expect().Status(400).
		JSON(problemJSON).Path("$.detail").String().Contains("Last-Event-ID")
	e.GET("/contracts/-/journal/follow").WithQuery("limit", 3).Expect().Status(400)
}
