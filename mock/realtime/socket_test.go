package realtime_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"understudy/mock/realtime"
)

func TestHandshakeRefused(t *testing.T) {
	e := open(t, realtime.Options{Origin: func(origin string) bool { return origin == "https://app.example" }})
	key := e.hub.App().Key
	for _, c := range []struct {
		name, rest, origin string
		code               int
	}{
		{"unknown application", "nothing?protocol=7", "", 4001},
		{"no protocol", key, "", 4008},
		{"an old protocol", key + "?protocol=6", "", 4007},
		{"another origin", key + "?protocol=7", "https://elsewhere.example", 4009},
	} {
		header := http.Header{}
		if c.origin != "" {
			header.Set("Origin", c.origin)
		}
		client, _, err := e.dial(c.rest, header)
		if err != nil {
			t.Fatal(err)
		}
		client.fails(c.code)
		if code := client.closed(); code != c.code {
			t.Errorf("%s: closed with %d, want %d", c.name, code, c.code)
		}
	}
	good, response, err := e.dial(key+"?protocol=7", http.Header{"Origin": {"https://app.example"}})
	if err != nil {
		t.Fatal(err)
	}
	good.next("pusher:connection_established")
	if response.StatusCode != http.StatusSwitchingProtocols || response.Header.Get("Sec-WebSocket-Extensions") != "" {
		t.Errorf("%d %v", response.StatusCode, response.Header)
	}
	if list := e.hub.Connections(); len(list) != 1 || list[0].Origin != "https://app.example" || list[0].Address != "127.0.0.1" || !list[0].ConnectedAt.Equal(noon) {
		t.Errorf("connections: %+v", list)
	}
}

func TestNoHandshake(t *testing.T) {
	e := open(t, realtime.Options{})
	upgrade := http.Header{
		"Connection": {"keep-alive, Upgrade"}, "Upgrade": {"WebSocket"}, "Sec-Websocket-Version": {"13"}, "Sec-Websocket-Key": {"dGhlIHNhbXBsZSBub25jZQ=="},
	}
	for _, c := range []struct {
		name, method, header, value string
		status                      int
	}{
		{"a plain GET", "GET", "Upgrade", "", 426},
		{"no Connection", "GET", "Connection", "keep-alive", 426},
		{"an old version", "GET", "Sec-Websocket-Version", "8", 426},
		{"no key", "GET", "Sec-Websocket-Key", "", 400},
		{"a short key", "GET", "Sec-Websocket-Key", "c2hvcnQ=", 400},
		{"POST", "POST", "", "", 405},
	} {
		r, err := http.NewRequestWithContext(t.Context(), c.method, e.url+"/app/"+e.hub.App().Key+"?protocol=7", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header = upgrade.Clone()
		if c.header != "" {
			r.Header.Del(c.header)
			if c.value != "" {
				r.Header.Set(c.header, c.value)
			}
		}
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != c.status {
			t.Errorf("%s: %d, want %d", c.name, response.StatusCode, c.status)
		}
	}
	// RFC 6455, 1.3 works this one out.
	if got := realtime.AcceptKey("dGhlIHNhbXBsZSBub25jZQ=="); got != "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" {
		t.Errorf("Sec-WebSocket-Accept is %s", got)
	}
}

func TestPings(t *testing.T) {
	e := open(t, realtime.Options{})
	lives, silent := e.connect(), e.connect()
	advance := func(d time.Duration) {
		t.Helper()
		if _, err := e.clock.Advance(d); err != nil {
			t.Fatal(err)
		}
	}
	advance(59 * time.Second)
	lives.quiet() // a ping of its own is a sign of life
	advance(time.Second)
	silent.next("pusher:ping")
	lives.quiet()
	advance(29 * time.Second)
	if n := len(e.hub.Connections()); n != 2 {
		t.Fatalf("%d connections before the pong is late", n)
	}
	advance(time.Second)
	silent.fails(4201)
	if code := silent.closed(); code != 4201 {
		t.Errorf("closed with %d", code)
	}
	advance(30 * time.Second)
	lives.next("pusher:ping")
	lives.write(`{"event":"pusher:pong","data":{}}`)
	lives.quiet()
	advance(59 * time.Second)
	lives.quiet()

	// Frames of WebSocket itself are signs of life, too.
	advance(59 * time.Second)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	done := lives.ws.CloseRead(ctx)
	if err := lives.ws.Ping(ctx); err != nil {
		t.Fatal(err)
	}
	advance(59 * time.Second)
	if done.Err() != nil || len(e.hub.Connections()) != 1 {
		t.Error("a ping frame is no sign of life")
	}
	for _, due := range e.clock.Pending() {
		if !strings.Contains(due.Label, lives.id) {
			t.Errorf("the clock still waits to %s", due.Label)
		}
	}
}

func TestHostileFrames(t *testing.T) {
	e := open(t, realtime.Options{})
	for _, c := range []struct {
		name, text string
		code       int // of the error; 0: there is none
	}{
		{"not JSON", "hello", 4200},
		{"an empty message", "", 4200},
		{"an array", "[]", 4200},
		{"null", "null", 4200},
		{"no event", `{"data":{}}`, 4200},
		{"an event that is a number", `{"event":1}`, 4200},
		{"a long name", `{"event":"` + strings.Repeat("x", 201) + `"}`, 4200},
		{"deep JSON", `{"event":"pusher:subscribe","data":` + strings.Repeat("[", 4900) + strings.Repeat("]", 4900) + `}`, 4200},
		{"deep JSON that does not end", strings.Repeat(`{"event":`, 1100), 4200},
		{"data in data", `{"event":"pusher:subscribe","data":"{\"channel\":\"news\"`, 4200},
		{"subscribe without data", `{"event":"pusher:subscribe"}`, 4200},
		{"subscribe to a number", `{"event":"pusher:subscribe","data":{"channel":7}}`, 4200},
		{"subscribe to nothing", `{"event":"pusher:subscribe","data":{"channel":""}}`, 4200},
		{"subscribe to a path", `{"event":"pusher:subscribe","data":{"channel":"../x y"}}`, 4200},
		{"a channel name too long", `{"event":"pusher:subscribe","data":{"channel":"` + strings.Repeat("x", 201) + `"}}`, 4200},
		{"unsubscribe without data", `{"event":"pusher:unsubscribe"}`, 4200},
		{"an unknown event of the protocol", `{"event":"pusher:signin","data":{}}`, 0},
		{"an event of the server", `{"event":"pusher_internal:member_added","channel":"presence-x","data":"{}"}`, 0},
		{"leave what was never joined", `{"event":"pusher:unsubscribe","data":{"channel":"news"}}`, 0},
	} {
		client := e.connect()
		client.write(c.text)
		if c.code != 0 {
			t.Log(c.name)
			client.fails(c.code)
		}
		client.quiet()
	}

	binary := e.connect()
	if err := binary.ws.Write(t.Context(), websocket.MessageBinary, []byte(`{"event":"pusher:ping"}`)); err != nil {
		t.Fatal(err)
	}
	binary.fails(4200)
	binary.quiet()

	broken := e.connect()
	broken.write("{\"event\":\"\xff\xfe\"}")
	if code := broken.closed(); code != 1007 {
		t.Errorf("bytes that are not UTF-8: closed with %d", code)
	}
	if n := len(e.hub.Channels()); n != 0 {
		t.Errorf("%d channels are left", n)
	}
}

func TestMessageSize(t *testing.T) {
	e := open(t, realtime.Options{})
	const head, tail = `{"event":"pusher:ping","data":"`, `"}`
	c := e.connect()
	c.write(head + strings.Repeat("x", words.MaxMessage-len(head)-len(tail)) + tail)
	c.next("pusher:pong")
	c.write(head + strings.Repeat("x", words.MaxMessage-len(head)-len(tail)+1) + tail)
	if code := c.closed(); code != 1009 {
		t.Errorf("a byte too much: closed with %d", code)
	}

	parts := e.connect()
	w, err := parts.ws.Writer(t.Context(), websocket.MessageText)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{`{"ev`, `ent":"pus`, ``, `her:ping"`, `}`} {
		if _, err := w.Write([]byte(part)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	parts.next("pusher:pong")

	endless := e.connect()
	w, err = endless.ws.Writer(t.Context(), websocket.MessageText)
	if err != nil {
		t.Fatal(err)
	}
	for range 1000 { // 16 kB in fragments
		if _, err := w.Write([]byte("xxxxxxxxxxxxxxxx")); err != nil {
			break
		}
	}
	if code := endless.closed(); code != 1009 {
		t.Errorf("fragments without end: closed with %d", code)
	}
}

func TestSlowReaderIsCut(t *testing.T) {
	e := open(t, realtime.Options{Queue: 8})
	slow, fast := e.connect(), e.connect()
	slow.join("news", "")
	fast.join("news", "")
	large := strings.Repeat("x", 100<<10)
	for i := range 1000 {
		if _, err := e.hub.Publish("news", "tick", large, ""); err != nil {
			t.Fatal(err)
		}
		if fast.next("tick"); len(e.hub.Connections()) == 1 {
			t.Logf("cut after %d messages", i+1)
			break
		}
	}
	list := e.hub.Connections()
	if len(list) != 1 || list[0].SocketID != fast.id {
		t.Fatalf("connections: %+v", list)
	}
	if code := slow.closed(); code != -1 {
		t.Errorf("closed with %d, want a cut", code)
	}
	fast.quiet()
}

func TestBoundsOfAHub(t *testing.T) {
	e := open(t, realtime.Options{Connections: 2, Channels: 3})
	a, b := e.connect(), e.connect()
	third, _, err := e.dial(e.hub.App().Key+"?protocol=7", nil)
	if err != nil {
		t.Fatal(err)
	}
	third.fails(4100)
	if code := third.closed(); code != 4100 {
		t.Errorf("closed with %d", code)
	}
	for _, name := range []string{"one", "two", "three"} {
		a.join(name, "")
	}
	b.join("three", "") // it is there
	b.say("pusher:subscribe", map[string]string{"channel": "four"})
	b.fails(4100)
	a.say("pusher:unsubscribe", map[string]string{"channel": "one"})
	a.quiet()
	b.join("four", "")

	_ = a.ws.CloseNow()
	for range 1000 { // the place is free when the server has noticed
		if len(e.hub.Connections()) == 1 {
			break
		}
		b.quiet()
	}
	e.connect()

	many := open(t, realtime.Options{}).connect()
	for i := range 100 {
		many.join("channel-"+string(rune('a'+i/26))+string(rune('a'+i%26)), "")
	}
	many.say("pusher:subscribe", map[string]string{"channel": "one-too-many"})
	many.fails(4100)
	many.join("channel-aa", "") // it is in already
}

func TestDisconnect(t *testing.T) {
	e := open(t, realtime.Options{})
	clients := []*client{e.connect(), e.connect(), e.connect(), e.connect()}
	clients[0].join("news", "")
	clients[1].join("presence-room", `{"user_id":"7"}`)
	for _, c := range []struct {
		name   string
		filter realtime.Filter
		code   int
		gone   int // client
		closed int
	}{
		{"by channel, to come back at once", realtime.Filter{Channel: "news"}, 4200, 0, 4200},
		{"by user, to stay away", realtime.Filter{User: "7"}, 4009, 1, 4009},
		{"by socket, without a word", realtime.Filter{SocketID: clients[2].id}, 0, 2, -1},
		{"all", realtime.Filter{}, 1001, 3, 1001},
	} {
		n, err := e.hub.Disconnect(c.filter, c.code)
		if err != nil || n != 1 {
			t.Fatalf("%s: %d were ended, %v", c.name, n, err)
		}
		if code := clients[c.gone].closed(); code != c.closed {
			t.Errorf("%s: closed with %d", c.name, code)
		}
	}
	if n, err := e.hub.Disconnect(realtime.Filter{}, 4200); n != 0 || err != nil {
		t.Errorf("nobody is there, and %d were ended, %v", n, err)
	}
	for _, code := range []int{-1, 1, 999, 1004, 1005, 1006, 1015, 2000, 5000} {
		if _, err := e.hub.Disconnect(realtime.Filter{}, code); err == nil {
			t.Errorf("the close code %d is sent", code)
		}
	}
	if len(e.hub.Channels()) != 0 || len(e.clock.Pending()) != 0 {
		t.Errorf("left: %v, %v", e.hub.Channels(), e.clock.Pending())
	}
}

func TestRefuse(t *testing.T) {
	e := open(t, realtime.Options{})
	stays := e.connect()
	e.hub.Refuse(noon.Add(90 * time.Second))
	try := func() *http.Response {
		t.Helper()
		client, response, err := e.dial(e.hub.App().Key+"?protocol=7", nil)
		if err == nil {
			client.next("pusher:connection_established")
		}
		return response
	}
	if r := try(); r.StatusCode != 503 || r.Header.Get("Retry-After") != "90" {
		t.Errorf("%d, Retry-After %s", r.StatusCode, r.Header.Get("Retry-After"))
	}
	stays.quiet()
	if _, err := e.clock.Advance(59500 * time.Millisecond); err != nil {
		t.Fatal(err)
	}
	if r := try(); r.StatusCode != 503 || r.Header.Get("Retry-After") != "31" || !e.hub.Refused().Equal(noon.Add(90*time.Second)) {
		t.Errorf("%d, Retry-After %s, until %v", r.StatusCode, r.Header.Get("Retry-After"), e.hub.Refused())
	}
	e.hub.Refuse(noon.Add(60 * time.Second))
	if _, err := e.clock.Advance(time.Second); err != nil {
		t.Fatal(err)
	}
	if r := try(); r.StatusCode != 101 || !e.hub.Refused().IsZero() {
		t.Errorf("%d after the time is over", r.StatusCode)
	}
	e.hub.Refuse(noon.Add(time.Hour))
	e.hub.Reset()
	if r := try(); r.StatusCode != 101 {
		t.Errorf("%d after a reset", r.StatusCode)
	}
	if code := stays.closed(); code != 4200 {
		t.Errorf("a reset closes with %d", code)
	}
}

func TestCloseOfAHub(t *testing.T) {
	e := open(t, realtime.Options{})
	c := e.connect()
	e.hub.Close()
	if code := c.closed(); code != 4001 {
		t.Errorf("closed with %d", code)
	}
	late, _, err := e.dial(e.hub.App().Key+"?protocol=7", nil)
	if err != nil {
		t.Fatal(err)
	}
	late.fails(4001)
	if code := late.closed(); code != 4001 || len(e.hub.Connections()) != 0 {
		t.Errorf("closed with %d", code)
	}
	(*realtime.Hub)(nil).Close()
	(*realtime.Hub)(nil).Reset()
}

func TestConnectionsAreCounted(t *testing.T) {
	e := open(t, realtime.Options{})
	c := e.connect()
	c.join("news", "")
	c.join("presence-room", `{"user_id":7}`)
	if _, err := e.clock.Advance(5 * time.Second); err != nil {
		t.Fatal(err)
	}
	c.quiet()
	list := e.hub.Connections()
	if len(list) != 1 {
		t.Fatalf("%+v", list)
	}
	got := list[0]
	if got.SocketID != c.id || !slices.Equal(got.Channels, []string{"news", "presence-room"}) || !slices.Equal(got.Users, []string{"7"}) ||
		got.Received != 3 || got.Sent != 4 || !got.HeardAt.Equal(noon.Add(5*time.Second)) {
		t.Errorf("%+v", got)
	}
}
