package control

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"

	"understudy/mock"
	"understudy/mock/clock"
)

// patience is how long a follower may leave what was sent to it unread. It is real time: sockets know no other.
const patience = 30 * time.Second

// A stream is one follower's connection: server-sent events as the HTML standard defines them (9.2).
type stream struct {
	response http.ResponseWriter
	control  *http.ResponseController
}

// send writes one block of lines and sends it off.
func (s *stream) send(text string) error {
	// A server that sets no deadlines (a test's) may not be able to; then there is none.
	_ = s.control.SetWriteDeadline(clock.Real{}.Now().Add(patience))
	if _, err := s.response.Write([]byte(text)); err != nil {
		return err
	}
	return s.control.Flush()
}

func (s *stream) event(id uint64, name string, value any) error {
	data, err := json.Marshal(value)
	if err != nil {
		return err
	}
	head := ""
	if id > 0 {
		head = fmt.Sprintf("id: %d\n", id)
	}
	return s.send(head + "event: " + name + "\ndata: " + string(data) + "\n\n")
}

// Missed is the data of an event that says how many entries a follower has missed.
type Missed struct {
	Missed uint64 `json:"missed"`
}

// Reloaded is the data of an event that says that the contract was loaded again: its journal begins anew.
type Reloaded struct {
	Contract string `json:"contract"`
}

// follow sends entries as they come until the caller goes.
func (h *Handler) follow(c *call) error {
	filter, err := c.query.filter()
	if err != nil {
		return err
	}
	bodies, err := c.query.truth("bodies", true)
	if err != nil {
		return err
	}
	if _, err := c.entries(c.server); err != nil {
		return err
	}
	after, err := c.followFrom()
	if err != nil {
		return err
	}
	s := &stream{c.response, http.NewResponseController(c.response)}
	_ = s.control.SetReadDeadline(time.Time{}) // the server's read time-out would end the stream
	head := c.response.Header()
	head.Set("Content-Type", "text/event-stream")
	head.Set("X-Accel-Buffering", "no") // proxies pass it on at once
	c.response.WriteHeader(http.StatusOK)
	if c.Method == http.MethodHead {
		return nil
	}
	ctx, cancel := context.WithCancel(c.Context())
	defer cancel()
	if s.send(": following after "+strconv.FormatUint(after, 10)+"\n\n") != nil {
		return nil
	}
	for server := c.server; server != nil; {
		last := after
		server = h.followOne(ctx, c, server, after, s, func(e *mock.Entry, missed uint64) error {
			last = e.ID
			if missed > 0 {
				if err := s.event(0, "missed", Missed{missed}); err != nil {
					return err
				}
			}
			if !filter.Matches(e) {
				return nil
			}
			return s.event(e.ID, "exchange", entryOf(e, bodies))
		})
		after = 0
		if server != nil && server.Journal().Shared() {
			after = last // it holds what other processes answered, and what this one did
		}
	}
	return nil
}

// followFrom reads where to begin: behind the event that a returning follower has seen last, behind the id that was
// asked for, or with the next exchange.
func (c *call) followFrom() (uint64, error) {
	stats := c.server.Journal().Stats()
	known := func(id uint64) uint64 {
		if c.server.Journal().Shared() { // an id of another process may be greater than the newest one
			return id
		}
		return min(id, stats.Newest)
	}
	if text := c.Header.Get("Last-Event-ID"); text != "" {
		id, err := strconv.ParseUint(text, 10, 63)
		if err != nil {
			return 0, badParameter("Last-Event-ID: %.100q is no id of an entry.", text)
		}
		return known(id), nil
	}
	after, err := c.query.number("after", stats.Newest, 0, math.MaxInt64)
	return known(after), err
}

// followOne sends the entries of one server. It gives the server that has taken its place, or nil when the stream is over,
// as it is when a sandbox was dropped.
func (h *Handler) followOne(ctx context.Context, c *call, server *mock.Server, after uint64, s *stream, send func(*mock.Entry, uint64) error) *mock.Server {
	type arrival struct {
		entry  *mock.Entry
		missed uint64
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	arrivals := make(chan arrival)
	go func() {
		entries, _ := c.entries(server) // what is asked for was read before
		for e, missed := range entries.Follow(ctx, after) {
			select {
			case arrivals <- arrival{e, missed}:
			case <-ctx.Done():
			}
		}
	}()
	pulse := time.NewTicker(h.options.Pulse)
	defer pulse.Stop()
	for {
		var err error
		select {
		case a := <-arrivals:
			err = send(a.entry, a.missed)
		case <-pulse.C:
			if now := c.current(); now == nil {
				return nil
			} else if now != server {
				if s.event(0, "reloaded", Reloaded{c.contract.name}) != nil {
					return nil
				}
				return now
			}
			err = s.send(": alive\n\n")
		case <-h.closing:
			return nil
		case <-ctx.Done():
			return nil
		}
		if err != nil {
			return nil
		}
	}
}

// current is the server that answers now for the world that the request means; nil where its sandbox was dropped.
func (c *call) current() *mock.Server {
	main := c.contract.server()
	if c.sandbox == "" {
		return main
	}
	box, err := main.Sandboxes().Get(c.sandbox)
	if err != nil {
		return nil
	}
	return box.Server()
}
