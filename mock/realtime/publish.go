package realtime

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Why an event is not published.
var (
	ErrChannelName = errors.New("a channel has 1 to 200 letters, digits and signs of _-=@,.;")
	ErrEventName   = errors.New("an event has a name of 1 to 200 bytes")
	ErrTooLarge    = errors.New("the event is too large")
)

// Publish shows an event to all who have joined a channel, but for the connection of the given socket id (empty: to all of
// them), and says how many these were. The event goes into their queues; it is sent meanwhile. data that is a string goes as
// it is, anything else as JSON. The errors wrap ErrChannelName, ErrEventName and ErrTooLarge.
func (h *Hub) Publish(channel, event string, data any, exceptSocket string) (reached int, err error) {
	text, err := eventFrame(channel, event, data)
	if err != nil {
		return 0, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.spread(channel, text, exceptSocket), nil
}

func eventFrame(channel, event string, data any) ([]byte, error) {
	if _, ok := kindOf(channel); !ok {
		return nil, fmt.Errorf("%w, not %.70q", ErrChannelName, channel)
	}
	if event == "" || len(event) > mostName {
		return nil, fmt.Errorf("%w, not %.70q", ErrEventName, event)
	}
	inner, err := wrapped(data)
	if err != nil {
		return nil, fmt.Errorf("write the event %s as JSON: %w", event, err)
	}
	if len(inner) > mostPublished {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrTooLarge, len(inner), mostPublished)
	}
	return encode(outbound{Event: event, Channel: channel, Data: inner})
}

// spread is called with the lock held.
func (h *Hub) spread(channel string, text []byte, except string) (reached int) {
	ch := h.channels[channel]
	if ch == nil {
		return 0
	}
	for _, c := range slices.Clone(ch.sockets) { // one that does not read leaves on the way
		if c.id != except {
			c.send(text)
			reached++
		}
	}
	return reached
}

// whisper passes an event of a client on to the others in its channel.
func (c *socket) whisper(m *inbound) {
	k, ok := kindOf(m.Channel)
	who, member := c.joined[m.Channel]
	switch {
	case !ok || k == public || k == encrypted:
		c.send(errorFrame(0, "Client events are for private and presence channels only"))
		return
	case !member:
		c.send(errorFrame(codeUnauthorized, "The client is not a member of the specified channel."))
		return
	}
	now := c.hub.clock.Now()
	if passed := now.Sub(c.counted); passed >= time.Second || passed < 0 {
		c.counted, c.events = now, 0
	}
	if c.events++; c.events > eventsPerSecond {
		c.send(errorFrame(codeTooMany, "Rate limit exceeded"))
		return
	}
	message := outbound{Event: m.Event, Channel: m.Channel, Data: m.Data}
	if who != nil {
		message.User = who.key
	}
	text, err := encode(message)
	if err != nil {
		c.send(errorFrame(codeReconnect, "Invalid message format"))
		return
	}
	c.hub.spread(m.Channel, text, c.id)
}
