package realtime_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"understudy/contracts"
	"understudy/mock/clock"
	"understudy/mock/realtime"
)

// noon is where the clock of these tests stands.
var noon = time.Date(2026, 2, 27, 12, 0, 0, 0, time.UTC)

// patience is how long a test waits for what has to come, in real time.
const patience = 10 * time.Second

// words are those of EckoSpace.
var words = contracts.Realtime{Protocol: "pusher", Path: "/app/{key}", ActivityTimeout: "30s", Ping: "60s", MaxMessage: 10_000}

// An endpoint is a hub on a socket.
type endpoint struct {
	t     *testing.T
	hub   *realtime.Hub
	clock *clock.Virtual
	url   string // "http://127.0.0.1:…"
}

func contract(r contracts.Realtime) *contracts.Contract {
	return &contracts.Contract{Name: "ferry", Behaviour: contracts.Behaviour{Realtime: &r}}
}

// open serves a hub as package mock does: check, upgrade, then start.
func open(t *testing.T, o realtime.Options) *endpoint {
	t.Helper()
	k := clock.New(clock.Options{At: noon, Frozen: true})
	o.Clock = k
	if o.Contract == nil {
		o.Contract = contract(words)
	}
	o.Logger = slog.New(slog.DiscardHandler)
	h, err := realtime.New(o)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		place, ok := h.Find(r.URL.EscapedPath())
		if !ok || !place.Socket {
			http.NotFound(w, r)
			return
		}
		if refused := h.Check(r); refused != nil {
			for name, values := range refused.Header {
				w.Header()[name] = values
			}
			http.Error(w, refused.Detail, refused.Status)
			return
		}
		start, err := h.Upgrade(w, r, place.Key)
		if err != nil {
			t.Error(err)
			return
		}
		start()
	}))
	t.Cleanup(func() {
		h.Close()
		server.Close()
	})
	return &endpoint{t: t, hub: h, clock: k, url: server.URL}
}

// A client is one connection as its program sees it.
type client struct {
	t    *testing.T
	ws   *websocket.Conn
	id   string // its socket id
	hub  *realtime.Hub
	ends error // what the last read ended with
}

// A message is one that a client got.
type message struct {
	Event   string          `json:"event"`
	Channel string          `json:"channel"`
	Data    json.RawMessage `json:"data"`
	User    string          `json:"user_id"`
}

// text is the string that the data is.
func (m message) text(t *testing.T) string {
	t.Helper()
	var text string
	if err := json.Unmarshal(m.Data, &text); err != nil {
		t.Fatalf("%s: data is no string: %s", m.Event, m.Data)
	}
	return text
}

func (e *endpoint) socketURL(rest string) string {
	return "ws" + strings.TrimPrefix(e.url, "http") + "/app/" + rest
}

// dial connects without looking at what the server says first.
func (e *endpoint) dial(rest string, header http.Header) (*client, *http.Response, error) {
	e.t.Helper()
	ctx, cancel := context.WithTimeout(e.t.Context(), patience)
	defer cancel()
	ws, response, err := websocket.Dial(ctx, e.socketURL(rest), &websocket.DialOptions{HTTPHeader: header})
	if err != nil {
		return nil, response, err
	}
	ws.SetReadLimit(1 << 20)
	e.t.Cleanup(func() { _ = ws.CloseNow() })
	return &client{t: e.t, ws: ws, hub: e.hub}, response, nil
}

// connect connects and reads the greeting.
func (e *endpoint) connect() *client {
	e.t.Helper()
	c, _, err := e.dial(e.hub.App().Key+"?protocol=7&client=test&version=1.0", nil)
	if err != nil {
		e.t.Fatal(err)
	}
	greeting := c.next("pusher:connection_established")
	var told struct {
		Socket   string `json:"socket_id"`
		Activity int    `json:"activity_timeout"`
	}
	if err := json.Unmarshal([]byte(greeting.text(e.t)), &told); err != nil || told.Activity != 30 {
		e.t.Fatalf("the greeting says %s", greeting.Data)
	}
	c.id = told.Socket
	return c
}

func (c *client) write(text string) {
	c.t.Helper()
	if err := c.ws.Write(c.t.Context(), websocket.MessageText, []byte(text)); err != nil {
		c.t.Fatalf("write: %v", err)
	}
}

// say sends a message with data as an object.
func (c *client) say(event string, data any) {
	c.t.Helper()
	text, err := json.Marshal(map[string]any{"event": event, "data": data})
	if err != nil {
		c.t.Fatal(err)
	}
	c.write(string(text))
}

// read gives the next message; ok is false when the connection has ended instead.
func (c *client) read() (m message, ok bool) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), patience)
	defer cancel()
	_, text, err := c.ws.Read(ctx)
	if err != nil {
		if ctx.Err() != nil {
			c.t.Fatal("nothing came")
		}
		c.ends = err
		return m, false
	}
	if err := json.Unmarshal(text, &m); err != nil {
		c.t.Fatalf("not JSON: %q", text)
	}
	return m, true
}

// next is the next message, which has to be of an event.
func (c *client) next(event string) message {
	c.t.Helper()
	m, ok := c.read()
	if !ok {
		c.t.Fatalf("the connection ended with %v, want %s", c.ends, event)
	}
	if m.Event != event {
		c.t.Fatalf("got %s %s, want %s", m.Event, m.Data, event)
	}
	return m
}

// fails reads an error and compares its code; 0 is null.
func (c *client) fails(code int) {
	c.t.Helper()
	m := c.next("pusher:error")
	var told struct {
		Code    *int   `json:"code"`
		Message string `json:"message"`
	}
	if err := json.Unmarshal([]byte(m.text(c.t)), &told); err != nil || told.Message == "" {
		c.t.Fatalf("the error says %s", m.Data)
	}
	switch {
	case code == 0 && told.Code != nil, code != 0 && (told.Code == nil || *told.Code != code):
		c.t.Fatalf("the error says %s, want code %d", m.Data, code)
	}
}

// quiet proves that nothing waits for the client: what comes next is the answer to its own ping.
func (c *client) quiet() {
	c.t.Helper()
	c.say("pusher:ping", struct{}{})
	c.next("pusher:pong")
}

// closed reads on to the end of the connection and gives the close code; -1: it was cut.
func (c *client) closed() int {
	c.t.Helper()
	for {
		if _, ok := c.read(); !ok {
			return int(websocket.CloseStatus(c.ends))
		}
	}
}

// join subscribes with the right signature and reads the welcome.
func (c *client) join(channel, data string) message {
	c.t.Helper()
	ask := map[string]string{"channel": channel}
	if strings.HasPrefix(channel, "private-") || strings.HasPrefix(channel, "presence-") {
		auth, err := c.hub.Authorize(c.id, channel, data)
		if err != nil {
			c.t.Fatal(err)
		}
		ask["auth"] = auth
		if data != "" {
			ask["channel_data"] = data
		}
	}
	c.say("pusher:subscribe", ask)
	m := c.next("pusher_internal:subscription_succeeded")
	if m.Channel != channel {
		c.t.Fatalf("welcome to %s, want %s", m.Channel, channel)
	}
	return m
}

// vectors are the known answers of the protocol.
func vectors(t *testing.T) map[string]map[string]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "fixtures", "vectors", "vectors.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all struct {
		Pusher []map[string]string `json:"pusher_protocol"`
	}
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	byID := map[string]map[string]string{}
	for _, v := range all.Pusher {
		byID[v["id"]] = v
	}
	return byID
}

func TestWords(t *testing.T) {
	for _, c := range []struct {
		name  string
		words contracts.Realtime
		want  string // part of the error; empty: it is good
	}{
		{"nothing is said", contracts.Realtime{}, ""},
		{"EckoSpace", words, ""},
		{"another protocol", contracts.Realtime{Protocol: "socket.io"}, "socket.io"},
		{"no key in the path", contracts.Realtime{Path: "/app"}, "{key}"},
		{"half a segment", contracts.Realtime{Path: "/app-{key}"}, "{key}"},
		{"not a duration", contracts.Realtime{Ping: "60"}, "ping"},
		{"too short", contracts.Realtime{ActivityTimeout: "10ms"}, "activityTimeout"},
		{"too large", contracts.Realtime{MaxMessage: 1 << 30}, "maxMessage"},
	} {
		_, err := realtime.New(realtime.Options{Contract: contract(c.words)})
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if _, err := realtime.New(realtime.Options{Contract: &contracts.Contract{}}); err == nil {
		t.Error("a contract without the word makes a hub")
	}
}

func TestFind(t *testing.T) {
	for _, c := range []struct {
		template, path string
		want           realtime.Place
	}{
		{"/app/{key}", "/app/abc", realtime.Place{Socket: true, Key: "abc"}},
		{"/app/{key}", "/app/", realtime.Place{}},
		{"/app/{key}", "/app/a/b", realtime.Place{}},
		{"/app/{key}", "/application/abc", realtime.Place{}},
		{"/app/{key}", "/apps/7/events", realtime.Place{App: "7", Rest: []string{"events"}}},
		{"/app/{key}", "/apps/7", realtime.Place{}},
		{"/app/{key}", "/apps/7/channels/presence-x/users", realtime.Place{App: "7", Rest: []string{"channels", "presence-x", "users"}}},
		{"/app/{key}", "/apps/7/channels/a/users/b", realtime.Place{}},
		{"/ws/app/{key}", "/ws/app/abc", realtime.Place{Socket: true, Key: "abc"}},
		{"/ws/app/{key}", "/ws/apps/7/events", realtime.Place{App: "7", Rest: []string{"events"}}},
		{"/ws/app/{key}", "/apps/7/events", realtime.Place{}},
		{"/live/{key}/socket", "/live/abc/socket", realtime.Place{Socket: true, Key: "abc"}},
		{"/live/{key}/socket", "/apps/7/events", realtime.Place{App: "7", Rest: []string{"events"}}},
	} {
		h, err := realtime.New(realtime.Options{Contract: contract(contracts.Realtime{Path: c.template})})
		if err != nil {
			t.Fatal(err)
		}
		got, ok := h.Find(c.path)
		if ok != (c.want.Socket || c.want.App != "") || got.Socket != c.want.Socket || got.Key != c.want.Key || got.App != c.want.App ||
			strings.Join(got.Rest, "|") != strings.Join(c.want.Rest, "|") {
			t.Errorf("%s in %s: %+v, %v", c.path, c.template, got, ok)
		}
	}
}

func TestSigningKnownAnswer(t *testing.T) {
	v := vectors(t)["pusher-private-channel"]
	app := realtime.App{Key: v["app_key"], Secret: v["app_secret"]}
	if got := app.Sign(v["socket_id"], v["channel"], ""); v["expected_auth"] == "" || got != v["expected_auth"] {
		t.Errorf("the signature is %s, want %s", got, v["expected_auth"])
	}
	if !app.Signs(v["expected_auth"], v["socket_id"], v["channel"], "") {
		t.Error("the known answer is refused")
	}
	for _, bad := range []string{"", v["app_key"], v["expected_auth"][1:], "x" + v["expected_auth"][1:], v["expected_auth"] + "0"} {
		if app.Signs(bad, v["socket_id"], v["channel"], "") {
			t.Errorf("%q is believed", bad)
		}
	}
	if app.Signs(v["expected_auth"], v["socket_id"], v["channel"], `{"user_id":"7"}`) || app.Signs(v["expected_auth"], "1.1", v["channel"], "") {
		t.Error("the signature is believed for something else")
	}
}

func TestAuthorize(t *testing.T) {
	e := open(t, realtime.Options{})
	for _, c := range []struct {
		name, socket, channel, data string
		want                        error
	}{
		{"private", "123.456", "private-user.7", "", nil},
		{"encrypted", "123.456", "private-encrypted-x", "", nil},
		{"presence", "123.456", "presence-x", `{"user_id":"7","user_info":{"name":"Ines"}}`, nil},
		{"presence, a number", "123.456", "presence-x", `{"user_id":7}`, nil},
		{"public", "123.456", "news", "", realtime.ErrChannel},
		{"a name with a blank", "123.456", "private-a b", "", realtime.ErrChannel},
		{"a socket id that signs for another channel", "123.456:private-a", "private-b", "", realtime.ErrSocketID},
		{"no socket id", "", "private-b", "", realtime.ErrSocketID},
	} {
		auth, err := e.hub.Authorize(c.socket, c.channel, c.data)
		if !errors.Is(err, c.want) || err == nil && !e.hub.App().Signs(auth, c.socket, c.channel, c.data) {
			t.Errorf("%s: %q, %v", c.name, auth, err)
		}
	}
	for _, bad := range []string{"", "{", `{}`, `{"user_id":""}`, `{"user_id":null}`, `{"user_id":{}}`, `{"user_id":true}`} {
		if _, err := e.hub.Authorize("1.1", "presence-x", bad); err == nil {
			t.Errorf("presence is signed for %q", bad)
		}
	}
}

func TestSameSecretSameApplication(t *testing.T) {
	a, b := open(t, realtime.Options{Secret: [32]byte{1}, Seed: 5}), open(t, realtime.Options{Secret: [32]byte{1}, Seed: 5})
	other := open(t, realtime.Options{Secret: [32]byte{2}, Seed: 6})
	if a.hub.App() != b.hub.App() || a.hub.App() == other.hub.App() {
		t.Errorf("%+v, %+v, %+v", a.hub.App(), b.hub.App(), other.hub.App())
	}
	app := a.hub.App()
	if len(app.Key) != 20 || len(app.Secret) != 20 || len(app.ID) != 6 || app.Key == app.Secret {
		t.Errorf("%+v", app)
	}
	first, second := a.connect(), a.connect()
	if x := b.connect(); x.id != first.id || first.id == second.id {
		t.Errorf("socket ids %s, %s and in another run %s", first.id, second.id, x.id)
	}
	if x := other.connect(); x.id == first.id {
		t.Error("another seed gives the same socket id")
	}
	fork := a.hub.Fork(a.clock, 6, [32]byte{})
	if fork.App() != app || len(fork.Connections()) != 0 || a.hub.Fork(a.clock, 6, [32]byte{2}).App() != other.hub.App() {
		t.Error("a fork has the wrong application, or clients")
	}
	if (*realtime.Hub)(nil).Fork(a.clock, 1, [32]byte{}) != nil {
		t.Error("no hub has a fork")
	}
}
