package realtime

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// A Connection is one client, as it is shown from outside.
type Connection struct {
	SocketID    string
	Address     string // of the client, without its port
	Origin      string // of the page; empty: it is no page
	ConnectedAt time.Time
	HeardAt     time.Time // when it last said something
	Channels    []string  // in the order in which it joined them
	Users       []string  // ids that it is present with, each once
	Received    uint64    // messages from it
	Sent        uint64    // messages to it, those that wait included
	Waiting     int       // messages that it has not taken yet
}

// A Channel is one that somebody has joined, as it is shown from outside.
type Channel struct {
	Name        string
	Connections int
	Users       []string // ids of those who are present, in the order in which they came; nil: no presence channel
}

// A Filter chooses connections by what they have in common; empty words choose all.
type Filter struct {
	SocketID string
	Channel  string
	User     string // id with which it is present in a channel
}

func (f Filter) chooses(c *socket) bool {
	if _, in := c.joined[f.Channel]; f.Channel != "" && !in {
		return false
	}
	return (f.SocketID == "" || f.SocketID == c.id) && (f.User == "" || slices.Contains(c.users(), f.User))
}

// users are the ids that the connection is present with.
func (c *socket) users() []string {
	var list []string
	for _, name := range c.order {
		if m := c.joined[name]; m != nil && !slices.Contains(list, m.key) {
			list = append(list, m.key)
		}
	}
	return list
}

// inOrder gives the connections in the order in which they came. It is called with the lock held.
func (h *Hub) inOrder() []*socket {
	list := make([]*socket, 0, len(h.sockets))
	for _, c := range h.sockets {
		list = append(list, c)
	}
	slices.SortFunc(list, func(a, b *socket) int { return cmp.Compare(a.number, b.number) })
	return list
}

// Connections lists the clients in the order in which they came.
func (h *Hub) Connections() []Connection {
	h.mu.Lock()
	defer h.mu.Unlock()
	list := []Connection{}
	for _, c := range h.inOrder() {
		list = append(list, Connection{
			SocketID: c.id, Address: c.address, Origin: c.origin, ConnectedAt: c.since, HeardAt: c.last, Channels: slices.Clone(c.order),
			Users: c.users(), Received: c.received, Sent: c.sent, Waiting: len(c.out),
		})
	}
	return list
}

// Channels lists what somebody has joined, by name.
func (h *Hub) Channels() []Channel {
	h.mu.Lock()
	defer h.mu.Unlock()
	list := make([]Channel, 0, len(h.channels))
	for _, ch := range h.channels {
		list = append(list, ch.shown())
	}
	slices.SortFunc(list, func(a, b Channel) int { return strings.Compare(a.Name, b.Name) })
	return list
}

func (ch *channel) shown() Channel {
	view := Channel{Name: ch.name, Connections: len(ch.sockets)}
	if ch.kind == presence {
		view.Users = []string{}
		for _, m := range ch.members {
			view.Users = append(view.Users, m.key)
		}
	}
	return view
}

// Disconnect ends the connections that the filter chooses and says how many these were. Code 0 cuts them without a word, as a
// broken network does; others are sent as the close code: 4000 to 4099 tell a client not to come back, 4100 to 4199 to wait,
// 4200 to 4299 to come back at once. The error says that a code is none that a server may send (RFC 6455, 7.4).
func (h *Hub) Disconnect(f Filter, code int) (ended int, err error) {
	if code != 0 && !(code >= 1000 && code <= 1003 || code >= 1007 && code <= 1014 || code >= 3000 && code <= 4999) {
		return 0, fmt.Errorf("%d is no close code that may be sent: use 0 to cut the connection, or 1000, 1001, 3000 to 4999", code)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, c := range h.inOrder() {
		if f.chooses(c) {
			c.end(code, reasons[code])
			ended++
		}
	}
	return ended, nil
}

// Refuse lets nobody in before an instant of the hub's clock: the handshake is answered with 503 and Retry-After. The zero time
// lets everybody in again. Connections that are there stay.
func (h *Hub) Refuse(until time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.refuse = until
}

// Refused is until when nobody is let in; the zero time where everybody is.
func (h *Hub) Refused() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.refuse.After(h.clock.Now()) {
		return time.Time{}
	}
	return h.refuse
}

// Reset takes the hub back to what it was at the start: nobody is refused, and who is connected has to come again.
func (h *Hub) Reset() {
	if h == nil {
		return
	}
	h.Refuse(time.Time{})
	_, _ = h.Disconnect(Filter{}, codeReconnect) // the code is a good one
}

// Close ends all connections, and those that come later: for them there is no such application any more.
func (h *Hub) Close() {
	if h == nil {
		return
	}
	h.mu.Lock()
	h.closed = true
	h.mu.Unlock()
	_, _ = h.Disconnect(Filter{}, codeNoApplication) // the code is a good one
}
