package realtime

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
)

// A kind is what has to be shown to join a channel, by the beginning of its name.
type kind int

const (
	public    kind = iota
	private        // a signature
	encrypted      // the same; its events are closed to the server, which therefore takes none from clients
	presence       // a signature over who joins
)

var channelNames = lazily(`^[A-Za-z0-9_=@,.;-]{1,200}$`)

// kindOf tells the kind of a channel. ok is false where the name is none that the protocol allows.
func kindOf(name string) (k kind, ok bool) {
	switch {
	case !channelNames().MatchString(name):
		return public, false
	case strings.HasPrefix(name, "private-encrypted-"):
		return encrypted, true
	case strings.HasPrefix(name, "private-"):
		return private, true
	case strings.HasPrefix(name, "presence-"):
		return presence, true
	}
	return public, true
}

// A channel is where events go. It is there as long as somebody has joined it.
type channel struct {
	name    string
	kind    kind
	sockets []*socket // in the order in which they joined
	members []*member // of a presence channel, in that order; several connections of a user are one
}

// A member is a user of a presence channel.
type member struct {
	key     string          // the user's id as text
	id      json.RawMessage // as it was signed: a string or a number
	info    json.RawMessage // what else was signed; nil: nothing
	sockets int
}

var errMember = errors.New(`channel data of a presence channel is JSON such as {"user_id":"7","user_info":{"name":"Ines"}}`)

// memberOf reads the data that was signed for a presence channel.
func memberOf(data string) (*member, error) {
	var said struct {
		ID   json.RawMessage `json:"user_id"`
		Info json.RawMessage `json:"user_info"`
	}
	if json.Unmarshal([]byte(data), &said) != nil || len(said.ID) == 0 {
		return nil, errMember
	}
	m := &member{id: said.ID, info: said.Info}
	var number json.Number
	if json.Unmarshal(said.ID, &m.key) != nil || m.key == "" {
		if json.Unmarshal(said.ID, &number) != nil || number == "" {
			return nil, errMember
		}
		m.key = number.String()
	}
	return m, nil
}

// take carries out one message of a client.
func (h *Hub) take(c *socket, text []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if c.ended {
		return
	}
	c.hear()
	c.received++
	m, err := readMessage(text)
	if err == nil {
		switch {
		case m.Event == "pusher:ping":
			c.send(frame("pusher:pong", "", nil))
		case m.Event == "pusher:subscribe":
			err = c.subscribe(&m)
		case m.Event == "pusher:unsubscribe":
			err = c.unsubscribe(&m)
		case strings.HasPrefix(m.Event, "client-"):
			c.whisper(&m)
		}
	}
	if err != nil {
		c.send(errorFrame(codeReconnect, "Invalid message format"))
	}
}

// subscribe joins a channel. The error says that the message makes no sense; refusals are told to the client here.
func (c *socket) subscribe(m *inbound) error {
	var ask struct {
		Channel string `json:"channel"`
		Auth    string `json:"auth"`
		Data    string `json:"channel_data"`
	}
	if err := m.object(&ask); err != nil {
		return err
	}
	k, ok := kindOf(ask.Channel)
	if !ok {
		return errMessage
	}
	if k != public && !c.hub.app.Signs(ask.Auth, c.id, ask.Channel, ask.Data) {
		c.send(errorFrame(codeUnauthorized, reasons[codeUnauthorized]))
		return nil
	}
	var who *member
	if k == presence {
		var err error
		if who, err = memberOf(ask.Data); err != nil {
			return err
		}
	}
	if _, again := c.joined[ask.Channel]; again {
		c.welcome(c.hub.channels[ask.Channel])
		return nil
	}
	ch := c.hub.channels[ask.Channel]
	if len(c.order) >= mostSubscriptions || ch == nil && len(c.hub.channels) >= c.hub.bounds.Channels {
		c.send(errorFrame(codeOverCapacity, "Too many channels"))
		return nil
	}
	if ch == nil {
		ch = &channel{name: ask.Channel, kind: k}
		c.hub.channels[ask.Channel] = ch
	}
	c.join(ch, who)
	return nil
}

// join adds the connection to a channel and, when its user is new there, tells the others.
func (c *socket) join(ch *channel, who *member) {
	known := who == nil
	if who != nil {
		if i := slices.IndexFunc(ch.members, func(m *member) bool { return m.key == who.key }); i >= 0 {
			who, known = ch.members[i], true
		} else {
			ch.members = append(ch.members, who)
		}
		who.sockets++
	}
	others := slices.Clone(ch.sockets)
	ch.sockets = append(ch.sockets, c)
	c.joined[ch.name] = who
	c.order = append(c.order, ch.name)
	c.welcome(ch)
	if known || c.ended {
		return
	}
	text := frame("pusher_internal:member_added", ch.name, struct {
		ID   json.RawMessage `json:"user_id"`
		Info json.RawMessage `json:"user_info,omitempty"`
	}{who.id, who.info})
	for _, other := range others {
		other.send(text)
	}
}

// welcome tells the client that it is in, and for a presence channel who else is.
func (c *socket) welcome(ch *channel) {
	if ch.kind != presence {
		c.send(frame("pusher_internal:subscription_succeeded", ch.name, struct{}{}))
		return
	}
	ids, hash := []json.RawMessage{}, map[string]json.RawMessage{}
	for _, m := range ch.members {
		ids, hash[m.key] = append(ids, m.id), m.info
	}
	type present struct {
		Count int                        `json:"count"`
		IDs   []json.RawMessage          `json:"ids"`
		Hash  map[string]json.RawMessage `json:"hash"`
	}
	c.send(frame("pusher_internal:subscription_succeeded", ch.name, struct {
		Presence present `json:"presence"`
	}{present{len(ids), ids, hash}}))
}

// unsubscribe leaves a channel; the protocol has no answer to it.
func (c *socket) unsubscribe(m *inbound) error {
	var ask struct {
		Channel string `json:"channel"`
	}
	if err := m.object(&ask); err != nil {
		return err
	}
	c.leave(ask.Channel)
	return nil
}

// leave takes the connection out of a channel and, when it was the last of its user, tells those who stay.
func (c *socket) leave(name string) {
	who, ok := c.joined[name]
	if !ok {
		return
	}
	delete(c.joined, name)
	c.order = slices.DeleteFunc(c.order, func(n string) bool { return n == name })
	ch := c.hub.channels[name]
	ch.sockets = slices.DeleteFunc(ch.sockets, func(s *socket) bool { return s == c })
	if len(ch.sockets) == 0 {
		delete(c.hub.channels, name)
		return
	}
	if who == nil {
		return
	}
	if who.sockets--; who.sockets > 0 {
		return
	}
	ch.members = slices.DeleteFunc(ch.members, func(m *member) bool { return m == who })
	text := frame("pusher_internal:member_removed", name, struct {
		ID json.RawMessage `json:"user_id"`
	}{who.id})
	for _, other := range slices.Clone(ch.sockets) { // one that does not read leaves on the way
		other.send(text)
	}
}
