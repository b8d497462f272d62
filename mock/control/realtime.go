package control

import (
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"understudy/mock/realtime"
	"understudy/mock/webhook"
)

// A Connection is one client of the realtime endpoint.
type Connection struct {
	SocketID    string    `json:"socket_id"`
	Address     string    `json:"address"`          // of the client, without its port
	Origin      string    `json:"origin,omitempty"` // of the page; missing: it is no page
	ConnectedAt time.Time `json:"connected_at"`
	HeardAt     time.Time `json:"heard_at"` // when it last said something
	Channels    []string  `json:"channels"` // in the order in which it joined them
	Users       []string  `json:"users"`    // ids with which it is present
	Received    uint64    `json:"received"` // messages from it
	Sent        uint64    `json:"sent"`     // messages to it, those that wait included
	Waiting     int       `json:"waiting"`  // messages that it has not taken yet
}

// A Channel is one that somebody has joined.
type Channel struct {
	Name        string   `json:"name"`
	Connections int      `json:"connections"`
	Users       []string `json:"users,omitempty"` // ids of those who are present; missing: it is no presence channel
}

// A Realtime is the answer of GET /contracts/{contract}/realtime.
type Realtime struct {
	AppID        string       `json:"app_id"`
	Key          string       `json:"key"` // public; in the path of the endpoint
	RefusedUntil *time.Time   `json:"refused_until,omitempty"`
	Connections  []Connection `json:"connections"` // in the order in which they came
	Channels     []Channel    `json:"channels"`    // by name
}

// A Published is the answer of POST /contracts/{contract}/realtime/publish.
type Published struct {
	Connections int `json:"connections"` // that were told
}

// A Disconnected is the answer of POST /contracts/{contract}/realtime/disconnect.
type Disconnected struct {
	Ended int `json:"ended"`
}

// A Refusing is the answer of POST /contracts/{contract}/realtime/refuse.
type Refusing struct {
	Until *time.Time `json:"until"` // null: everybody is let in
}

// hub gives the realtime endpoint of the contract.
func (c *call) hub() (*realtime.Hub, error) {
	if hub := c.server.Realtime(); hub != nil {
		return hub, nil
	}
	return nil, problem(http.StatusNotFound, "realtime_not_found", "The contract has no realtime endpoint; x-understudy realtime gives it one.")
}

func getRealtime(c *call) error {
	hub, err := c.hub()
	if err != nil {
		return err
	}
	app := hub.App()
	answer := Realtime{AppID: app.ID, Key: app.Key, RefusedUntil: instantOf(hub.Refused()), Connections: []Connection{}, Channels: []Channel{}}
	for _, k := range hub.Connections() {
		answer.Connections = append(answer.Connections, Connection{
			SocketID: k.SocketID, Address: k.Address, Origin: k.Origin, ConnectedAt: k.ConnectedAt.UTC(), HeardAt: k.HeardAt.UTC(),
			Channels: append([]string{}, k.Channels...), Users: append([]string{}, k.Users...), Received: k.Received, Sent: k.Sent, Waiting: k.Waiting,
		})
	}
	for _, ch := range hub.Channels() {
		answer.Channels = append(answer.Channels, Channel(ch))
	}
	return c.answer(answer)
}

// publishRealtime shows an event to those who have joined a channel.
func publishRealtime(c *call) error {
	hub, err := c.hub()
	if err != nil {
		return err
	}
	var q struct {
		Channel string          `json:"channel"`
		Event   string          `json:"event"`
		Data    json.RawMessage `json:"data"`
		Except  string          `json:"except"`
	}
	sent, err := c.read(&q)
	if err != nil {
		return err
	}
	if q.Data == nil {
		q.Data = json.RawMessage("{}")
	}
	var data any = q.Data
	var text string
	if json.Unmarshal(q.Data, &text) == nil {
		data = text
	}
	told, err := hub.Publish(q.Channel, q.Event, data, q.Except)
	if err != nil {
		return sent.misplaced(&webhook.RequestError{Field: publishedMember(err), Reason: "is refused: " + err.Error()})
	}
	return c.answer(Published{told})
}

// publishedMember is the member that a refusal is about.
func publishedMember(err error) string {
	switch {
	case errors.Is(err, realtime.ErrChannelName):
		return "channel"
	case errors.Is(err, realtime.ErrEventName):
		return "event"
	}
	return "data"
}

// disconnectRealtime ends connections.
func disconnectRealtime(c *call) error {
	hub, err := c.hub()
	if err != nil {
		return err
	}
	var q struct {
		Socket  string `json:"socket"`
		Channel string `json:"channel"`
		User    string `json:"user"`
		Code    int    `json:"code"`
	}
	sent, err := c.read(&q)
	if err != nil {
		return err
	}
	ended, err := hub.Disconnect(realtime.Filter{SocketID: q.Socket, Channel: q.Channel, User: q.User}, q.Code)
	if err != nil {
		return sent.misplaced(&webhook.RequestError{Field: "code", Reason: "is refused: " + err.Error()})
	}
	return c.answer(Disconnected{ended})
}

// refuseRealtime lets nobody in for a while.
func refuseRealtime(c *call) error {
	hub, err := c.hub()
	if err != nil {
		return err
	}
	var q struct {
		For string `json:"for"`
	}
	sent, err := c.read(&q)
	if err != nil {
		return err
	}
	var until time.Time
	if q.For != "" {
		d, err := parseDuration(q.For)
		if err != nil {
			return sent.misplaced(&webhook.RequestError{Field: "for", Reason: err.Error()})
		}
		if d > 0 {
			until = c.server.Clock().Now().Add(d)
		}
	}
	hub.Refuse(until)
	return c.answer(Refusing{instantOf(hub.Refused())})
}
