package realtime

import (
	"context"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/coder/websocket"

	"understudy/mock/clock"
)

// A socket is one connection. What is below the lock's line is changed with the hub's lock only.
type socket struct {
	hub     *Hub
	ws      *websocket.Conn
	address string
	origin  string
	ctx     context.Context // of reads and writes; its end cuts the connection
	cancel  context.CancelFunc
	out     chan []byte   // what waits to be written; closed when the connection ends
	written chan struct{} // closed when all of it was, or could not be
	waiting atomic.Int64  // bytes in out

	id     string
	number uint64 // counted from 1: the order in which they came
	since  time.Time

	// The hub's lock from here on.
	last     time.Time          // when something was heard of the client
	asked    bool               // whether it lives, without an answer so far
	stop     func() bool        // keeps what waits for its silence from happening
	joined   map[string]*member // by channel; nil values: not a presence channel
	order    []string           // the channels in the order in which they were joined
	received uint64             // messages
	sent     uint64             // messages
	events   int                // client events since the instant below
	counted  time.Time
	ended    bool
	code     int // that it ends with; 0: without a word
	reason   string
}

// read takes what the client says, one message after the other.
func (c *socket) read() {
	for {
		kind, text, err := c.ws.Read(c.ctx)
		if err != nil {
			c.hub.lost(c)
			return
		}
		switch {
		case kind != websocket.MessageText:
			c.hub.unreadable(c)
		case !utf8.Valid(text): // RFC 6455, 8.1
			c.hub.end(c, int(websocket.StatusInvalidFramePayloadData), "A text message has to be UTF-8")
		default:
			c.hub.take(c, text)
		}
	}
}

// write sends what waits, then ends the connection as it was told to.
func (c *socket) write() {
	defer close(c.written)
	for text := range c.out {
		c.waiting.Add(-int64(len(text)))
		if c.ws.Write(c.ctx, websocket.MessageText, text) != nil {
			c.hub.lost(c)
			_ = c.ws.CloseNow()
			return
		}
	}
	if c.code == 0 {
		_ = c.ws.CloseNow()
		return
	}
	_ = c.ws.Close(websocket.StatusCode(c.code), c.reason) // the client may be gone: nobody to tell
	_ = c.ws.CloseNow()
}

// send puts a message into the queue. A client that does not take its messages is cut: they would fill the memory.
func (c *socket) send(text []byte) {
	if c.ended {
		return
	}
	if len(c.out) == cap(c.out) || c.waiting.Load()+int64(len(text)) > mostQueued {
		c.hub.logger.Warn("a realtime connection was cut because it does not read", "socket", c.id, "waiting", len(c.out))
		c.end(0, "")
		return
	}
	c.waiting.Add(int64(len(text)))
	c.sent++
	c.out <- text
}

// end takes the connection out of the hub and closes it behind what waits to be sent; code 0 cuts it at once.
func (c *socket) end(code int, reason string) {
	if c.ended {
		return
	}
	c.ended, c.code, c.reason = true, code, reason
	if c.stop != nil {
		c.stop()
	}
	for len(c.order) > 0 {
		c.leave(c.order[0])
	}
	if c.hub.sockets[c.id] == c {
		delete(c.hub.sockets, c.id)
	}
	close(c.out)
	if code == 0 {
		c.cancel()
		return
	}
	go func() {
		grace, cancel := context.WithTimeout(c.ctx, closeGrace)
		defer cancel()
		select {
		case <-c.written:
		case <-grace.Done():
		}
		c.cancel()
	}()
}

// end is socket.end for callers without the lock.
func (h *Hub) end(c *socket, code int, reason string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	c.end(code, reason)
}

// lost notes that the client is gone.
func (h *Hub) lost(c *socket) { h.end(c, 0, "") }

// unreadable tells the client that a message made no sense. The connection stays, as it does at Reverb.
func (h *Hub) unreadable(c *socket) {
	h.mu.Lock()
	defer h.mu.Unlock()
	c.hear()
	c.send(errorFrame(codeReconnect, "Invalid message format"))
}

// hear notes that the client lives.
func (c *socket) hear() {
	c.last, c.asked = c.hub.clock.Now(), false
}

func (h *Hub) heard(c *socket) {
	h.mu.Lock()
	defer h.mu.Unlock()
	c.hear()
}

// watch looks at the silence of a connection when it may have lasted for long enough. It is called with the lock held.
func (h *Hub) watch(c *socket, d time.Duration) {
	label := "ping the socket " + c.id + " unless it is heard of"
	if c.asked {
		label = "close the socket " + c.id + " unless it answers"
	}
	c.stop = clock.Schedule(h.clock, d, label, func() { h.silent(c) })
}

// silent pings a connection of which nothing was heard, and closes it when it does not answer.
func (h *Hub) silent(c *socket) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if c.ended {
		return
	}
	if left := c.last.Add(h.settings.ping).Sub(h.clock.Now()); left > 0 {
		h.watch(c, left)
		return
	}
	if !c.asked {
		c.asked = true
		c.send(frame("pusher:ping", "", nil))
		if !c.ended {
			h.watch(c, pongWait)
		}
		return
	}
	c.send(errorFrame(codeNoPong, reasons[codeNoPong]))
	c.end(codeNoPong, reasons[codeNoPong])
}
