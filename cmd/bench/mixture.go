package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// A mixture is the load of a soak: reads, lists, writes and deletions in equal numbers, so that the state does not grow; bad
// credentials and refused bodies; and sandboxes that come and go. Each creation tells an event.
type mixture struct {
	process     *process
	sub         *subject
	connections int
	requests    atomic.Int64
	refused     atomic.Int64
	boxes       atomic.Int64
}

// A watch looks now and then while a load runs.
type watch struct {
	every time.Duration
	look  func(at time.Duration, requests int64) error
}

// kept is how many items each connection leaves in place at most.
const kept = 8

// prepare makes sure that one request of each kind is answered as it should be.
func (m *mixture) prepare(ctx context.Context) error {
	a, err := m.process.ask(ctx, m.sub.create, "")
	if err != nil || a.status != 201 {
		return fmt.Errorf("create an item: %v, %v", a, err)
	}
	if m.process.control.URL == "" {
		return fmt.Errorf("the stand-in has no management API")
	}
	return nil
}

// run sends the load for a time, at a rate or as fast as it goes, and gives the rate that was reached.
func (m *mixture) run(ctx context.Context, d time.Duration, rate float64, w *watch) (float64, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	start, first := time.Now(), m.requests.Load()
	over := start.Add(d)
	var wait sync.WaitGroup
	for n := range m.connections {
		wait.Go(func() {
			c, err := dial(ctx, m.process.address)
			if err == nil {
				defer c.conn.Close()
				err = m.work(ctx, c, n, over, rate/float64(m.connections))
			}
			if err != nil && ctx.Err() == nil {
				cancel(err)
			}
		})
	}
	if w != nil {
		wait.Go(func() {
			for next := start; ; next = next.Add(w.every) {
				if !pause(ctx, time.Until(next)) || next.After(over) {
					return
				}
				if err := w.look(time.Since(start), m.requests.Load()-first); err != nil {
					cancel(err)
					return
				}
			}
		})
	}
	wait.Wait()
	if err := context.Cause(ctx); err != nil {
		return 0, err
	}
	return float64(m.requests.Load()-first) / time.Since(start).Seconds(), nil
}

// pause waits, unless the context ends; false when it did.
func pause(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// work is one connection's part of the load.
func (m *mixture) work(ctx context.Context, c *client, number int, over time.Time, rate float64) error {
	var ids []string
	box, turns := "", 0
	defer func() { m.drop(context.WithoutCancel(ctx), box) }()
	begun := time.Now()
	for n := 0; ctx.Err() == nil && time.Now().Before(over); n++ {
		if rate > 0 && !pause(ctx, time.Until(begun.Add(time.Duration(float64(n)/rate*float64(time.Second))))) {
			return nil
		}
		q := m.next(n, ids)
		if q.kind == sandboxed {
			if turns%50 == 0 { // a new sandbox now and then, in place of the last one
				m.drop(ctx, box)
				name, err := m.open(ctx)
				if err != nil {
					return err
				}
				box = name
			}
			turns++
			q.header = "Understudy-Sandbox: " + box + "\r\n"
		}
		status, whole, err := c.exchange(m.bytes(q))
		if err == nil && status != q.status {
			err = fmt.Errorf("%s %s in step %d of connection %d: status %d, not %d: %.300s", q.call.method, q.call.path, n, number, status, q.status, whole)
		}
		if err != nil {
			return err
		}
		m.requests.Add(1)
		switch {
		case q.status >= 400:
			m.refused.Add(1)
		case q.kind == created:
			ids = append(ids, idIn(whole, m.sub.id))
		case q.kind == deleted:
			ids = ids[1:]
		}
	}
	return nil
}

// A wanted is one request of the load with the status that its answer must have.
type wanted struct {
	call
	kind   int
	status int
	header string // whole lines
}

// The kinds of requests.
const (
	read = iota
	listed
	created
	deleted
	invalid
	forbidden
	sandboxed
)

// next chooses a request: in turn, so that equal runs send equal loads.
func (m *mixture) next(n int, ids []string) wanted {
	item := func(i int) string { return strings.ReplaceAll(m.sub.item, "%s", ids[i]) }
	kind := []int{created, read, listed, read, invalid, read, deleted, sandboxed, read, forbidden}[n%10]
	switch {
	case kind == created || len(ids) == 0 && (kind == read || kind == deleted):
		if len(ids) >= kept {
			return wanted{call: call{method: "DELETE", path: item(0)}, kind: deleted, status: 204}
		}
		return wanted{call: m.sub.create, kind: created, status: 201}
	case kind == read:
		return wanted{call: call{method: "GET", path: item(n % len(ids))}, kind: read, status: 200}
	case kind == deleted:
		return wanted{call: call{method: "DELETE", path: item(0)}, kind: deleted, status: 204}
	case kind == invalid:
		return wanted{call: m.sub.refused, kind: invalid, status: 400}
	case kind == forbidden:
		c := call{method: "GET", path: m.sub.list, authorization: "Bearer nobody.knows.it"}
		return wanted{call: c, kind: forbidden, status: 401}
	case kind == sandboxed:
		return wanted{call: m.sub.create, kind: sandboxed, status: 201}
	}
	return wanted{call: call{method: "GET", path: m.sub.list}, kind: listed, status: 200}
}

// bytes is a request as it goes over the connection.
func (m *mixture) bytes(q wanted) []byte {
	c := q.call
	if q.kind != forbidden {
		c = c.as(m.process)
	}
	text := string(c.bytes(m.process.address, m.process.base, ""))
	if q.header == "" {
		return []byte(text)
	}
	line, rest, _ := strings.Cut(text, "\r\n")
	return []byte(line + "\r\n" + q.header + rest)
}

// open makes a sandbox over the management API, drop removes it.
func (m *mixture) open(ctx context.Context) (string, error) {
	name := fmt.Sprintf("soak-%d", m.boxes.Add(1))
	_, err := m.process.manage(ctx, "POST", "/sandboxes", map[string]any{"name": name})
	return name, err
}

func (m *mixture) drop(ctx context.Context, name string) {
	if name != "" {
		_, _ = m.process.manage(ctx, "DELETE", "/sandboxes/"+name, nil) // one that stays is seen in the figures
	}
}

func idIn(whole []byte, member string) string {
	_, body, _ := strings.Cut(string(whole), string(headEnd))
	var item map[string]json.RawMessage
	_ = json.Unmarshal([]byte(body), &item)
	return strings.Trim(string(item[member]), `"`)
}
