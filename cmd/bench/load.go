package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"slices"
	"strconv"
	"sync"
	"time"
)

// A load is what the clients of one round send: each of them its own connection, one request after the other, without
// pipelining. It is as lean as net.Conn lets it be, since it shares the machine with the server that it measures.
type load struct {
	address     string
	requests    [][]byte // whole HTTP/1.1 requests, sent in turn
	status      int      // that every answer must have
	connections int
	duration    time.Duration // of the round; zero: until count requests are answered
	count       int
}

// A round is what came of a load.
type round struct {
	requests int
	elapsed  time.Duration
	latency  []time.Duration // of each request, sorted
	cpu      time.Duration   // that this process spent
}

// p99 is the latency that 99 of 100 requests kept.
func (r *round) p99() time.Duration { return percentile(r.latency, 99) }

// rate is requests a second.
func (r *round) rate() float64 { return float64(r.requests) / r.elapsed.Seconds() }

// percentile of a sorted list; zero for none.
func percentile(sorted []time.Duration, p int) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(len(sorted)-1, len(sorted)*p/100)]
}

// drive sends the load. Any answer with another status, or none, fails the round.
func (l load) drive(ctx context.Context) (*round, error) {
	clients := make([]*client, l.connections)
	for i := range clients {
		c, err := dial(ctx, l.address)
		if err != nil {
			return nil, err
		}
		defer c.conn.Close()
		clients[i] = c
	}
	before, err := ownCPU()
	if err != nil {
		return nil, err
	}
	start := time.Now()
	var wait sync.WaitGroup
	for i, c := range clients {
		wait.Go(func() { c.work(ctx, l, i, start) })
	}
	wait.Wait()
	r := &round{elapsed: time.Since(start)}
	after, err := ownCPU()
	if err != nil {
		return nil, err
	}
	r.cpu = after - before
	for _, c := range clients {
		if c.err != nil {
			return nil, fmt.Errorf("send requests to %s: %w", l.address, c.err)
		}
		r.latency = append(r.latency, c.latency...)
	}
	r.requests = len(r.latency)
	slices.Sort(r.latency)
	return r, ctx.Err()
}

// A client is one connection.
type client struct {
	conn    net.Conn
	buffer  []byte
	latency []time.Duration
	err     error
}

func dial(ctx context.Context, address string) (*client, error) {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	return &client{conn: conn, buffer: make([]byte, 64<<10)}, nil
}

// work sends until the round is over. The clients begin at different requests.
func (c *client) work(ctx context.Context, l load, number int, start time.Time) {
	most := l.count / l.connections
	if number < l.count%l.connections {
		most++
	}
	now := start
	for n := 0; ctx.Err() == nil; n++ {
		if l.duration > 0 && now.Sub(start) >= l.duration || l.duration == 0 && n == most {
			return
		}
		status, _, err := c.exchange(l.requests[(n*l.connections+number)%len(l.requests)])
		if err == nil && status != l.status {
			err = fmt.Errorf("the answer has the status %d, not %d", status, l.status)
		}
		if err != nil {
			c.err = err
			return
		}
		end := time.Now()
		c.latency = append(c.latency, end.Sub(now))
		now = end
	}
}

var (
	headEnd      = []byte("\r\n\r\n")
	lengthHeader = []byte("\r\nContent-Length: ")
)

// exchange sends one request and reads its answer. The answer must say its length. The body is valid until the next call.
func (c *client) exchange(request []byte) (status int, answer []byte, err error) {
	if _, err := c.conn.Write(request); err != nil {
		return 0, nil, err
	}
	have, head := 0, -1
	for head < 0 {
		if have == len(c.buffer) {
			return 0, nil, fmt.Errorf("the answer's head is longer than %d bytes", have)
		}
		n, err := c.conn.Read(c.buffer[have:])
		if err != nil {
			return 0, nil, fmt.Errorf("read the answer: %w", err)
		}
		have += n
		head = bytes.Index(c.buffer[:have], headEnd)
	}
	status, length, err := readHead(c.buffer[:head+len(headEnd)])
	if err != nil {
		return 0, nil, err
	}
	whole := head + len(headEnd) + length
	if whole > len(c.buffer) {
		c.buffer = append(c.buffer[:have], make([]byte, whole-have)...)
	}
	for have < whole {
		n, err := c.conn.Read(c.buffer[have:whole])
		if err != nil {
			return 0, nil, fmt.Errorf("read the answer's body: %w", err)
		}
		have += n
	}
	return status, c.buffer[:whole], nil
}

// readHead takes status and length from an answer's head.
func readHead(head []byte) (status, length int, err error) {
	if len(head) < 12 || !bytes.HasPrefix(head, []byte("HTTP/1.1 ")) {
		return 0, 0, fmt.Errorf("the answer begins with %.40q, which is not HTTP/1.1", head)
	}
	if status, err = strconv.Atoi(string(head[9:12])); err != nil {
		return 0, 0, fmt.Errorf("read the status: %w", err)
	}
	_, rest, found := bytes.Cut(head, lengthHeader)
	if !found {
		if status == 204 || status == 304 {
			return status, 0, nil
		}
		return 0, 0, fmt.Errorf("the answer with status %d has no Content-Length", status)
	}
	text, _, _ := bytes.Cut(rest, []byte("\r\n"))
	if length, err = strconv.Atoi(string(text)); err != nil {
		return 0, 0, fmt.Errorf("read Content-Length: %w", err)
	}
	return status, length, nil
}
