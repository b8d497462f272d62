package realtime_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"understudy/mock/realtime"
)

func TestPublicChannel(t *testing.T) {
	e := open(t, realtime.Options{})
	a, b, outside := e.connect(), e.connect(), e.connect()
	if m := a.join("news", ""); m.text(t) != "{}" {
		t.Errorf("welcome says %s", m.Data)
	}
	b.join("news", "")
	b.join("news", "") // once more is no second subscription
	reached, err := e.hub.Publish("news", "post.created", map[string]any{"id": 7, "title": "<Gate & key>"}, "")
	if err != nil || reached != 2 {
		t.Fatalf("%d were reached, %v", reached, err)
	}
	for _, c := range []*client{a, b} {
		m := c.next("post.created")
		if got := m.text(t); got != `{"id":7,"title":"<Gate & key>"}` || m.Channel != "news" {
			t.Errorf("%s %s", m.Channel, got)
		}
		c.quiet()
	}
	if reached, _ := e.hub.Publish("news", "post.created", "as it is", a.id); reached != 1 {
		t.Errorf("%d were reached, without the one who did it", reached)
	}
	if got := b.next("post.created").text(t); got != "as it is" {
		t.Errorf("text became %q", got)
	}
	a.quiet()
	a.say("pusher:unsubscribe", map[string]string{"channel": "news"})
	a.quiet()
	if reached, _ := e.hub.Publish("news", "post.created", nil, ""); reached != 1 {
		t.Errorf("%d were reached after one has left", reached)
	}
	outside.quiet()
	if reached, err := e.hub.Publish("empty", "x", nil, ""); reached != 0 || err != nil {
		t.Errorf("%d, %v in a channel that is not there", reached, err)
	}
}

func TestPublishRefuses(t *testing.T) {
	e := open(t, realtime.Options{})
	for _, c := range []struct {
		name, channel, event string
		data                 any
	}{
		{"no channel", "", "x", nil},
		{"a channel with a blank", "a b", "x", nil},
		{"no event", "news", "", nil},
		{"a long event", "news", strings.Repeat("x", 201), nil},
		{"too large", "news", "x", strings.Repeat("x", 300<<10)},
		{"no JSON", "news", "x", func() {}},
	} {
		if _, err := e.hub.Publish(c.channel, c.event, c.data, ""); err == nil {
			t.Errorf("%s is published", c.name)
		}
	}
}

func TestPrivateChannel(t *testing.T) {
	e := open(t, realtime.Options{})
	c, other := e.connect(), e.connect()
	sign := func(socket, channel, data string) string { return e.hub.App().Sign(socket, channel, data) }
	for _, bad := range []struct{ name, auth, data string }{
		{"no signature", "", ""},
		{"of another socket", sign(other.id, "private-a", ""), ""},
		{"of another channel", sign(c.id, "private-b", ""), ""},
		{"with data that was not signed", sign(c.id, "private-a", ""), `{"user_id":"7"}`},
		{"of another application", realtime.App{Key: e.hub.App().Key, Secret: "guessed"}.Sign(c.id, "private-a", ""), ""},
		{"under another key", strings.Replace(sign(c.id, "private-a", ""), e.hub.App().Key, "other", 1), ""},
		{"in capitals", strings.ToUpper(sign(c.id, "private-a", "")), ""},
	} {
		t.Log(bad.name)
		c.say("pusher:subscribe", map[string]string{"channel": "private-a", "auth": bad.auth, "channel_data": bad.data})
		c.fails(4009)
	}
	if len(e.hub.Channels()) != 0 {
		t.Fatal("a refused subscription has joined")
	}
	c.join("private-a", "")
	c.join("private-encrypted-a", "")
	if reached, _ := e.hub.Publish("private-a", "x", struct{}{}, ""); reached != 1 {
		t.Errorf("%d were reached", reached)
	}
	c.next("x")
	// The data of a message may be a string that holds the object.
	inner, _ := json.Marshal(map[string]string{"channel": "private-b", "auth": sign(other.id, "private-b", "")})
	other.say("pusher:subscribe", string(inner))
	other.next("pusher_internal:subscription_succeeded")
}

func TestPresence(t *testing.T) {
	e := open(t, realtime.Options{})
	ines, bram, again := e.connect(), e.connect(), e.connect()
	const inesData, bramData = `{"user_id":"7","user_info":{"name":"Ines"}}`, `{"user_id":12,"user_info":{"name":"Bram"}}`
	if got := ines.join("presence-room", inesData).text(t); got != `{"presence":{"count":1,"ids":["7"],"hash":{"7":{"name":"Ines"}}}}` {
		t.Errorf("the first is told %s", got)
	}
	if got := bram.join("presence-room", bramData).text(t); got != `{"presence":{"count":2,"ids":["7",12],"hash":{"12":{"name":"Bram"},"7":{"name":"Ines"}}}}` {
		t.Errorf("the second is told %s", got)
	}
	if got := ines.next("pusher_internal:member_added").text(t); got != `{"user_id":12,"user_info":{"name":"Bram"}}` {
		t.Errorf("member_added says %s", got)
	}
	// A second connection of a user is no second member, and the first may go without anybody leaving.
	if got := again.join("presence-room", inesData).text(t); !strings.HasPrefix(got, `{"presence":{"count":2,`) {
		t.Errorf("the second connection of a user is told %s", got)
	}
	ines.quiet()
	bram.quiet()
	list := e.hub.Channels()
	if len(list) != 1 || list[0].Connections != 3 || strings.Join(list[0].Users, " ") != "7 12" {
		t.Errorf("channels: %+v", list)
	}
	ines.say("pusher:unsubscribe", map[string]string{"channel": "presence-room"})
	ines.quiet()
	bram.quiet()
	_ = again.ws.CloseNow()
	if got := bram.next("pusher_internal:member_removed").text(t); got != `{"user_id":"7"}` {
		t.Errorf("member_removed says %s", got)
	}
	for _, bad := range []string{"", "{}", "[", `{"user_id":[]}`} {
		ines.say("pusher:subscribe", map[string]string{
			"channel": "presence-room", "channel_data": bad, "auth": e.hub.App().Sign(ines.id, "presence-room", bad),
		})
		ines.fails(4200)
	}
	bram.quiet()
}

func TestClientEvents(t *testing.T) {
	e := open(t, realtime.Options{})
	a, b := e.connect(), e.connect()
	send := func(c *client, channel string, data string) {
		c.write(fmt.Sprintf(`{"event":"client-typing","channel":%q,"data":%s}`, channel, data))
	}
	for _, c := range []*client{a, b} {
		c.join("news", "")
		c.join("private-x", "")
		c.join("private-encrypted-x", "")
	}
	send(a, "private-x", `{"at":3}`)
	if m := b.next("client-typing"); string(m.Data) != `{"at":3}` || m.User != "" || m.Channel != "private-x" {
		t.Errorf("%+v %s", m, m.Data)
	}
	a.quiet() // its own events do not come back
	for _, channel := range []string{"news", "private-encrypted-x", "a b", ""} {
		send(a, channel, `{}`)
		a.fails(0)
	}
	send(a, "private-other", `{}`)
	a.fails(4009)
	a.join("presence-x", `{"user_id":"7"}`)
	b.join("presence-x", `{"user_id":"12"}`)
	a.next("pusher_internal:member_added")
	send(a, "presence-x", `"text"`)
	if m := b.next("client-typing"); m.User != "7" || string(m.Data) != `"text"` {
		t.Errorf("%+v", m)
	}
	// Ten a second, by the hub's clock.
	for range 8 {
		send(a, "private-x", `1`)
		b.next("client-typing")
	}
	send(a, "private-x", `1`)
	a.fails(4301)
	if _, err := e.clock.Advance(time.Second); err != nil {
		t.Fatal(err)
	}
	send(a, "private-x", `2`)
	b.next("client-typing")
	b.quiet()
}

// TestManyAtOnce has clients come, join, publish and go at the same time; it is for the race detector.
func TestManyAtOnce(t *testing.T) {
	e := open(t, realtime.Options{})
	var all sync.WaitGroup
	stop := make(chan struct{})
	for i := range 4 {
		all.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				_, _ = e.hub.Publish("presence-room", "tick", i, "")
				e.hub.Connections()
				e.hub.Channels()
				_, _ = e.clock.Advance(time.Second)
			}
		})
	}
	var clients sync.WaitGroup
	for i := range 8 {
		clients.Go(func() {
			for range 5 {
				c, _, err := e.dial(e.hub.App().Key+"?protocol=7", nil)
				if err != nil {
					t.Error(err)
					return
				}
				greeting, _ := c.read()
				var told struct {
					Socket string `json:"socket_id"`
				}
				var text string
				if json.Unmarshal(greeting.Data, &text) != nil || json.Unmarshal([]byte(text), &told) != nil {
					t.Errorf("greeting %s", greeting.Data)
					return
				}
				data := fmt.Sprintf(`{"user_id":"%d"}`, i%3)
				ask, _ := json.Marshal(map[string]any{"event": "pusher:subscribe", "data": map[string]string{
					"channel": "presence-room", "channel_data": data, "auth": e.hub.App().Sign(told.Socket, "presence-room", data),
				}})
				if c.ws.Write(t.Context(), 1, ask) == nil {
					for range 20 {
						if _, ok := c.read(); !ok {
							break
						}
					}
				}
				_ = c.ws.CloseNow()
			}
		})
	}
	clients.Wait()
	close(stop)
	all.Wait()
	_, _ = e.hub.Disconnect(realtime.Filter{}, 0)
	if n := len(e.hub.Channels()); n != 0 {
		t.Errorf("%d channels are left", n)
	}
}
