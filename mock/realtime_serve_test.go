package mock_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"understudy/contracts"
	"understudy/mock"
	"understudy/mock/clock"
	"understudy/mock/realtime"
	"understudy/mock/webhook"
)

// A listener is a client of the WebSocket endpoint.
type listener struct {
	t        testing.TB
	ws       *websocket.Conn
	socket   string // its id
	response *http.Response
}

// A heard is a message that a listener got.
type heard struct{ Event, Channel, Data string }

// listen connects to an address such as "ws://127.0.0.1:4010/app/key"; client nil is a new one.
func listen(t testing.TB, address string, header http.Header, client *http.Client) *listener {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	ws, response, err := websocket.Dial(ctx, address+"?protocol=7&client=js&version=8.6.0", &websocket.DialOptions{HTTPHeader: header, HTTPClient: client})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ws.CloseNow() })
	l := &listener{t: t, ws: ws, response: response}
	var told struct {
		Socket string `json:"socket_id"`
	}
	if err := json.Unmarshal([]byte(l.next("pusher:connection_established").Data), &told); err != nil || told.Socket == "" {
		t.Fatal("the greeting has no socket id")
	}
	l.socket = told.Socket
	return l
}

func (s *standIn) listen(prefix string, header http.Header) *listener {
	s.t.Helper()
	return listen(s.t, "ws"+strings.TrimPrefix(s.url, "http")+prefix+"/app/"+s.server.Realtime().App().Key, header, nil)
}

// read gives the next message, or the code with which the connection was closed; -1: it was cut.
func (l *listener) read() (m heard, code int) {
	l.t.Helper()
	ctx, cancel := context.WithTimeout(l.t.Context(), 10*time.Second)
	defer cancel()
	_, text, err := l.ws.Read(ctx)
	if err != nil {
		if ctx.Err() != nil {
			l.t.Fatal("nothing came")
		}
		return m, int(websocket.CloseStatus(err))
	}
	if err := json.Unmarshal(text, &m); err != nil {
		l.t.Fatalf("%v: %s", err, text)
	}
	return m, 0
}

func (l *listener) next(event string) heard {
	l.t.Helper()
	m, code := l.read()
	if m.Event != event {
		l.t.Fatalf("got %q %s, closed with %d; want %s", m.Event, m.Data, code, event)
	}
	return m
}

func (l *listener) say(event string, data any) {
	l.t.Helper()
	text, err := json.Marshal(map[string]any{"event": event, "data": data})
	if err == nil {
		err = l.ws.Write(l.t.Context(), websocket.MessageText, text)
	}
	if err != nil {
		l.t.Fatal(err)
	}
}

// quiet proves that nothing waits for the listener.
func (l *listener) quiet() {
	l.t.Helper()
	l.say("pusher:ping", struct{}{})
	l.next("pusher:pong")
}

func (l *listener) closed() int {
	l.t.Helper()
	for {
		if m, code := l.read(); m.Event == "" {
			return code
		}
	}
}

// join subscribes with what the contract's own operation has signed.
func (l *listener) join(channel, answer string) heard {
	l.t.Helper()
	ask := map[string]string{"channel": channel}
	if answer != "" {
		ask["auth"] = member(l.t, answer, "auth")
		if data := member(l.t, answer, "channel_data"); data != "null" {
			ask["channel_data"] = data
		}
	}
	l.say("pusher:subscribe", ask)
	return l.next("pusher_internal:subscription_succeeded")
}

// session gives the headers of a browser in which a user of EckoSpace has logged in.
func (s *standIn) session(server *mock.Server, user string) []string {
	s.t.Helper()
	session, err := server.Credentials().Open(s.t.Context(), user, false)
	if err != nil {
		s.t.Fatal(err)
	}
	var cookies []string
	token := ""
	for _, c := range session.Cookies {
		cookies = append(cookies, c.Name+"="+c.Value)
		if c.Name == "XSRF-TOKEN" {
			token = c.Value
		}
	}
	return []string{"Cookie: " + strings.Join(cookies, "; "), "X-XSRF-TOKEN: " + token, "Accept: application/json"}
}

func eckospace(t testing.TB) *standIn {
	t.Helper()
	return serve(t, "eckospace", mock.Options{Auth: mock.Enforce, SelfCheck: true, Seed: 3, Secret: [32]byte{1}})
}

func TestRealtimeOfEckoSpace(t *testing.T) {
	s := eckospace(t)
	l := s.listen("", nil)
	e := s.entry(1)
	if e.Status != 101 || e.Trace.Source != "realtime" || e.Trace.Problem != "" || e.ResponseHeader.Get("Sec-Websocket-Accept") == "" ||
		e.Trace.Stages[len(e.Trace.Stages)-1] != (mock.StageNote{Name: "connect", Verdict: "answered"}) {
		t.Errorf("the journal says %d %+v %v", e.Status, e.Trace, e.ResponseHeader)
	}
	if l.response.Header.Get("Date") == "" {
		t.Error("the 101 has no Date")
	}

	ines := s.session(s.server, "7")
	a := s.call("POST /broadcasting/auth", `{"socket_id":"`+l.socket+`","channel_name":"private-user.7"}`, ines...)
	if a.StatusCode != 200 || a.body != `{"auth":"`+s.server.Realtime().App().Sign(l.socket, "private-user.7", "")+`"}` {
		t.Fatalf("%d %s", a.StatusCode, a.body)
	}
	l.join("private-user.7", a.body)
	form := url.Values{"socket_id": {l.socket}, "channel_name": {"private-events"}}
	a = s.call("POST /broadcasting/auth", form.Encode(), append(ines, "Content-Type: application/x-www-form-urlencoded")...)
	if a.StatusCode != 200 {
		t.Fatalf("%d %s", a.StatusCode, a.body)
	}
	l.join("private-events", a.body)

	bram := s.listen("", nil)
	a = s.call("POST /broadcasting/auth", `{"socket_id":"`+bram.socket+`","channel_name":"presence-lobby"}`, s.session(s.server, "12")...)
	bram.join("presence-lobby", a.body)
	a = s.call("POST /broadcasting/auth", `{"socket_id":"`+l.socket+`","channel_name":"presence-lobby"}`, ines...)
	if got := l.join("presence-lobby", a.body).Data; got != `{"presence":{"count":2,"ids":["12","7"],"hash":{"12":{"id":"12","name":"Bram Visser"},"7":{"id":"7","name":"Ines Duarte"}}}}` {
		t.Errorf("who is present: %s", got)
	}
	if got := bram.next("pusher_internal:member_added").Data; got != `{"user_id":"7","user_info":{"id":"7","name":"Ines Duarte"}}` {
		t.Errorf("member_added: %s", got)
	}

	mock.Publish(s.server, "wallet.updated", map[string]any{"type": "wallet.updated", "data": map[string]any{"id": 5}}, "")
	if m := l.next("wallet.updated"); m.Channel != "private-events" || m.Data != `{"data":{"id":5},"type":"wallet.updated"}` {
		t.Errorf("%+v", m)
	}
	event, _, err := s.server.Emit(t.Context(), webhook.Emission{Type: "payment.updated"})
	if err != nil {
		t.Fatal(err)
	}
	var compacted bytes.Buffer
	if err := json.Compact(&compacted, event.Payload); err != nil {
		t.Fatal(err)
	}
	if m := l.next("payment.updated"); m.Data != compacted.String() {
		t.Errorf("shown is %s, a webhook carries %s", m.Data, event.Payload)
	}
	mock.Publish(s.server, "wallet.updated", json.RawMessage(`{}`), l.socket)
	l.quiet()
	bram.quiet()
	if strings.Contains(s.log.String(), "level=ERROR") {
		t.Error(s.log)
	}
}

func TestWhoMaySubscribe(t *testing.T) {
	s := eckospace(t)
	ines := s.session(s.server, "7")
	ask := func(channel string) string { return `{"socket_id":"123.456","channel_name":"` + channel + `"}` }
	bearer := ""
	for _, ready := range s.server.Credentials().Ready() {
		if ready.Env == "ECKOSPACE_TOKEN" {
			bearer = ready.Value
		}
	}
	for _, c := range []struct {
		name, body string
		headers    []string
		status     int
		message    string
	}{
		{"nobody", ask("private-user.7"), nil, 401, "Unauthenticated."},
		{"the token of a server", ask("private-user.7"), []string{"Authorization: Bearer " + bearer}, 401, "Unauthenticated."},
		{"without the CSRF token", ask("private-user.7"), ines[:1], 419, "CSRF token mismatch."},
		{"the user", ask("private-user.7"), ines, 200, ""},
		{"the user, as Laravel names them", ask("private-App.Models.User.7"), ines, 200, ""},
		{"the user, encrypted", ask("private-encrypted-user.7"), ines, 200, ""},
		{"a channel of no user", ask("private-orders.12"), ines, 200, ""},
		{"another user", ask("private-user.12"), ines, 403, "This action is unauthorized."},
		{"another user whose number begins so", ask("private-user.71"), ines, 403, "This action is unauthorized."},
		{"another user, as Laravel names them", ask("private-App.Models.User.12"), ines, 403, "This action is unauthorized."},
		{"another user, encrypted", ask("private-encrypted-user.12"), ines, 403, "This action is unauthorized."},
		{"another user's presence", ask("presence-users.12.room"), ines, 403, "This action is unauthorized."},
		{"a public channel", ask("news"), ines, 422, "The channel_name field format is invalid."},
		{"no channel", `{"socket_id":"123.456"}`, ines, 422, "The channel_name field is required."},
		{"a socket id with a channel in it", `{"socket_id":"1.2:private-user.12","channel_name":"private-a"}`, ines, 422, "The socket_id field format is invalid."},
	} {
		a := s.call("POST /broadcasting/auth", c.body, c.headers...)
		if a.StatusCode != c.status || c.message != "" && member(t, a.body, "message") != c.message {
			t.Errorf("%s: %d %s, want %d %s", c.name, a.StatusCode, a.body, c.status, c.message)
		}
	}

	// Where requests are not validated the signer looks by itself.
	s = serve(t, "eckospace", mock.Options{Auth: mock.Enforce, Validate: mock.Ignore})
	ines = s.session(s.server, "7")
	for body, status := range map[string]int{
		ask("news"): 403, ask(""): 403, ask("private-a b"): 403, `{"socket_id":"1.2:private-x","channel_name":"private-a"}`: 422, `{}`: 422,
	} {
		if a := s.call("POST /broadcasting/auth", body, ines...); a.StatusCode != status {
			t.Errorf("%s: %d %s, want %d", body, a.StatusCode, a.body, status)
		}
	}
	if a := s.call("POST /broadcasting/auth", ask("private-a"), append(ines, "Prefer: code=200, example=signed")...); !strings.Contains(a.body, "eckokey:") {
		t.Errorf("a preferred example: %s", a.body)
	}
	// Where nobody is asked who they are, nobody is refused, and each connection is somebody else.
	s = serve(t, "eckospace", mock.Options{})
	a := s.call("POST /broadcasting/auth", ask("presence-user.12"))
	if a.StatusCode != 200 || member(t, a.body, "channel_data") != `{"user_id":"123.456"}` {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
}

// signed is a request to the HTTP API with its signature.
func signed(t testing.TB, app realtime.App, method, address, signedPath, body string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	q := r.URL.Query()
	q.Set("auth_key", app.Key)
	q.Set("auth_timestamp", "1353088179")
	q.Set("auth_version", "1.0")
	q.Set("auth_signature", app.SignRequest(method, signedPath, q, []byte(body)))
	r.URL.RawQuery = q.Encode()
	return r
}

func TestRealtimeHTTPAPI(t *testing.T) {
	s := eckospace(t)
	l := s.listen("", nil)
	l.join("news", "")
	app := s.server.Realtime().App()
	path := "/apps/" + app.ID + "/events"
	const event = `{"name":"post.created","channel":"news","data":"{\"id\":1}"}`
	a := s.send(signed(t, app, "POST", s.url+path, path, event))
	if a.StatusCode != 200 || a.body != "{}" || a.Header.Get("Content-Type") != "application/json" {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
	if m := l.next("post.created"); m.Data != `{"id":1}` {
		t.Errorf("%+v", m)
	}
	if e := s.entry(2); e.Trace.Source != "realtime" || string(e.RequestBody) != event || string(e.ResponseBody) != "{}" {
		t.Errorf("the journal says %+v", e.Trace)
	}
	r := signed(t, app, "POST", s.url+path, path, event)
	r.URL.RawQuery = strings.Replace(r.URL.RawQuery, "auth_version=1.0", "auth_version=1.1", 1)
	if a := s.send(r); a.StatusCode != 401 || a.body != "Authentication signature invalid." {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
	if a := s.call("GET "+path, ""); a.StatusCode != 405 || a.Header.Get("Allow") != "POST" {
		t.Errorf("%d %v", a.StatusCode, a.Header)
	}
	if a := s.send(signed(t, app, "POST", s.url+path, path, strings.Repeat("x", 200<<10))); a.StatusCode != 413 {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
	if a := s.send(signed(t, app, "GET", s.url+"/apps/"+app.ID+"/channels?info=subscription_count", "/apps/"+app.ID+"/channels", "")); a.body != `{"channels":{"news":{"subscription_count":1}}}` {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
	l.quiet()
}

func TestRealtimeRefusals(t *testing.T) {
	s := eckospace(t)
	key := s.server.Realtime().App().Key
	if a := s.call("GET /app/"+key+"?protocol=7", ""); a.StatusCode != 426 || a.Header.Get("Upgrade") != "websocket" {
		t.Errorf("a plain GET: %d %v", a.StatusCode, a.Header)
	}
	if a := s.call("POST /app/"+key, "{}"); a.StatusCode != 405 || a.Header.Get("Allow") != "GET" {
		t.Errorf("POST: %d %v", a.StatusCode, a.Header)
	}
	upgrade := []string{"Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="}
	s.server.Realtime().Refuse(noon.Add(time.Minute))
	a := s.call("GET /app/"+key+"?protocol=7", "", upgrade...)
	if a.StatusCode != 503 || a.Header.Get("Retry-After") != "60" || a.body != `{"message":"Service Unavailable"}` {
		t.Errorf("while nobody is let in: %d %s %v", a.StatusCode, a.body, a.Header)
	}
	if trace := s.last(3); trace.Problem != "upgrade_refused" || trace.Stages[len(trace.Stages)-1].Name != "connect" {
		t.Errorf("the journal says %+v", trace)
	}
	s.server.Realtime().Refuse(time.Time{})
	s.listen("", nil)
}

func TestRealtimeModule(t *testing.T) {
	s := eckospace(t)
	app := s.server.Realtime().App()
	l := s.listen("", nil)
	if err := s.server.SwitchModule("chat-notifications", false); err != nil {
		t.Fatal(err)
	}
	if code := l.closed(); code != 4200 {
		t.Errorf("closed with %d", code)
	}
	ines := s.session(s.server, "7")
	for _, c := range []struct {
		line, body string
		status     int
	}{
		{"GET /app/" + app.Key + "?protocol=7", "", 404},
		{"POST /apps/" + app.ID + "/events", "{}", 404},
		{"POST /broadcasting/auth", `{"socket_id":"1.1","channel_name":"private-a"}`, 404},
		{"GET /api/posts", "", 200},
	} {
		a := s.call(c.line, c.body, append(ines, "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")...)
		if a.StatusCode != c.status || c.status == 404 && !strings.Contains(a.body, "could not be found.") {
			t.Errorf("%s: %d %s", c.line, a.StatusCode, a.body)
		}
	}
	mock.Publish(s.server, "wallet.updated", nil, "")
	if s.server.Owns("GET", "/app/"+app.Key) {
		t.Error("the path is owned although the module is off")
	}
	if err := s.server.SwitchModule("chat-notifications", true); err != nil {
		t.Fatal(err)
	}
	s.listen("", nil).join("news", "")
	if !s.server.Owns("GET", "/app/"+app.Key) || !s.server.Owns("POST", "/apps/"+app.ID+"/events") || s.server.Owns("GET", "/apps") {
		t.Error("Owns does not know the endpoint")
	}
}

func TestRealtimeInSandboxes(t *testing.T) {
	s := eckospace(t)
	app := s.server.Realtime().App()
	boxes := map[string]*mock.Sandbox{}
	for _, name := range []string{"one", "two"} {
		box, err := s.server.Sandboxes().Create(t.Context(), mock.SandboxOptions{Name: name})
		if err != nil {
			t.Fatal(err)
		}
		boxes[name] = box
	}
	main := s.listen("", nil)
	byHeader := s.listen("", http.Header{mock.SandboxHeader: {"one"}})
	byPath := s.listen(mock.SandboxPath("one"), nil)
	other := s.listen(mock.SandboxPath("two"), nil)
	for _, l := range []*listener{main, byHeader, byPath, other} {
		l.join("news", "")
	}
	one := boxes["one"].Server().Realtime()
	if n := len(one.Connections()); n != 2 || one.App() != app {
		t.Errorf("%d connections in the sandbox, application %v", n, one.App())
	}
	// The HTTP API, over the path of the sandbox: both paths may be the signed one.
	path := "/apps/" + app.ID + "/events"
	for _, signedPath := range []string{path, mock.SandboxPath("one") + path} {
		a := s.send(signed(t, app, "POST", s.url+mock.SandboxPath("one")+path, signedPath, `{"name":"tick","channel":"news","data":"1"}`))
		if a.StatusCode != 200 {
			t.Fatalf("signed as %s: %d %s", signedPath, a.StatusCode, a.body)
		}
		byHeader.next("tick")
		byPath.next("tick")
	}
	main.quiet()
	other.quiet()
	if _, err := boxes["one"].Server().Clock().(*clock.Virtual).Advance(60 * time.Second); err != nil {
		t.Fatal(err)
	}
	byHeader.next("pusher:ping")
	main.quiet() // its own clock stands still

	if err := boxes["one"].Server().Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
	if code := byHeader.closed(); code != 4200 {
		t.Errorf("a reset closes with %d", code)
	}
	if err := s.server.Sandboxes().Drop("two"); err != nil {
		t.Fatal(err)
	}
	if code := other.closed(); code != 4001 {
		t.Errorf("dropping the sandbox closes with %d", code)
	}
	main.quiet()
	if err := s.server.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if code := main.closed(); code != 4001 {
		t.Errorf("the end of the server closes with %d", code)
	}
}

func TestRealtimeOverTLS(t *testing.T) {
	server, _ := newServer(t, "eckospace", mock.Options{})
	h := httptest.NewUnstartedServer(server)
	h.EnableHTTP2 = true
	h.StartTLS()
	defer h.Close()
	key := server.Realtime().App().Key

	// A client that speaks HTTP/2 is told what to do; one that wants a WebSocket speaks HTTP/1.1 from the start.
	response, err := h.Client().Get(h.URL + "/app/" + key + "?protocol=7")
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.ProtoMajor != 2 || response.StatusCode != 426 {
		t.Errorf("%s: %d", response.Proto, response.StatusCode)
	}
	transport := h.Client().Transport.(*http.Transport).Clone()
	transport.Protocols = new(http.Protocols)
	transport.Protocols.SetHTTP1(true)
	transport.TLSClientConfig.NextProtos = []string{"http/1.1"}
	defer transport.CloseIdleConnections()
	l := listen(t, "wss"+strings.TrimPrefix(h.URL, "https")+"/app/"+key, nil, &http.Client{Transport: transport})
	l.join("news", "")
	server.Realtime().Close()
	l.closed()
}

func TestRealtimeWords(t *testing.T) {
	s := serve(t, "realtime.yaml", mock.Options{})
	app := s.server.Realtime().App()
	address := "ws" + strings.TrimPrefix(s.url, "http") + "/v1/ws/app/" + app.Key
	l := listen(t, address, http.Header{"Origin": {"https://app.example"}}, nil)
	second := listen(t, address, nil, nil)

	a := s.call("POST /v1/channels/auth", `{"socketId":"`+l.socket+`","channel":"private-crossings.7"}`)
	l.join("private-crossings.7", a.body)
	a = s.call("POST /v1/channels/auth", `{"socketId":"`+second.socket+`","channel":"private-crossing.cancelled"}`)
	second.join("private-crossing.cancelled", a.body)
	mock.Publish(s.server, "crossing.delayed", json.RawMessage(`{"data":{"id":7}}`), "")
	if m := l.next("crossing.delayed"); m.Channel != "private-crossings.7" || m.Data != `{"data":{"id":7}}` {
		t.Errorf("%+v", m)
	}
	mock.Publish(s.server, "crossing.cancelled", map[string]any{"id": 9}, "")
	second.next("crossing.cancelled")
	mock.Publish(s.server, "crossing.moored", map[string]any{"id": 9}, "") // no channel is named for it
	mock.Publish(s.server, "unknown", map[string]any{"id": 9}, "")
	mock.Publish(s.server, "crossing.delayed", map[string]any{"data": map[string]any{"id": "7"}}, l.socket)
	l.quiet()
	second.quiet()
	if strings.Contains(s.log.String(), "ERROR") {
		t.Error(s.log)
	}
	mock.Publish(s.server, "crossing.delayed", map[string]any{}, "")
	if !strings.Contains(s.log.String(), "/data/id") {
		t.Errorf("a payload without the channel's part is not told: %s", s.log)
	}

	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	elsewhere, _, err := websocket.Dial(ctx, address+"?protocol=7", &websocket.DialOptions{HTTPHeader: http.Header{"Origin": {"https://elsewhere.example"}}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = elsewhere.CloseNow() }()
	if m, _ := (&listener{t: t, ws: elsewhere}).read(); m.Event != "pusher:error" || !strings.Contains(m.Data, "4009") {
		t.Errorf("a page of another origin gets %+v", m)
	}
	path := "/v1/ws/apps/" + app.ID + "/channels"
	if a := s.send(signed(t, app, "GET", s.url+path, path, "")); a.body != `{"channels":{"private-crossing.cancelled":{},"private-crossings.7":{}}}` {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
	lines := map[string]string{}
	for _, ready := range s.server.Ready() {
		lines[ready.Env] = ready.Value
	}
	if lines["VITE_REVERB_APP_KEY"] != app.Key || lines["FERRY_REALTIME_ID"] != app.ID || lines["FERRY_REALTIME_SECRET"] != app.Secret {
		t.Errorf("what a client is configured with: %v", lines)
	}
}

func TestRealtimeOfAnUnknownOperation(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("testdata", "realtime.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for from, to := range map[string]string{"authorize: signChannel": "authorize: signChanel", "ping: 10s": "ping: soon"} {
		path := filepath.Join(t.TempDir(), "ferry.yaml")
		if err := os.WriteFile(path, []byte(strings.Replace(string(text), from, to, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := contracts.Load(t.Context(), path, contracts.Options{})
		if err == nil {
			_, err = mock.New(t.Context(), mock.Options{Contract: c})
		}
		_, word, _ := strings.Cut(to, ": ")
		if err == nil || !strings.Contains(err.Error(), word) || !strings.Contains(err.Error(), "ferry.yaml:") {
			t.Errorf("%s: %v", to, err)
		}
	}
}

// TestRealtimeInABundle replays a world in which somebody was connected: there is no connection to take over then.
func TestRealtimeInABundle(t *testing.T) {
	s := serve(t, "eckospace", mock.Options{Seed: 3, Secret: [32]byte{1}})
	l := s.listen("", nil)
	app, path := s.server.Realtime().App(), "/apps/"+s.server.Realtime().App().ID+"/events"
	for _, channel := range []string{"private-user.7", "presence-lobby"} {
		if a := s.call("POST /broadcasting/auth", `{"socket_id":"`+l.socket+`","channel_name":"`+channel+`"}`); a.StatusCode != 200 {
			t.Fatalf("%d %s", a.StatusCode, a.body)
		}
	}
	s.send(signed(t, app, "POST", s.url+path, path, `{"name":"tick","channel":"news","data":"1"}`))
	s.entry(4)
	b, r := replay(t, bundleOf(t, s.server))
	if !b.Head.Whole || len(r.Steps) != 4 || r.Steps[0].Status != 101 {
		t.Errorf("whole: %v, %d steps", b.Head.Whole, len(r.Steps))
	}
	unchanged(t, r)
}

// TestRealtimeWithoutAConnection is what a replay of a bundle does: it sends the recorded handshake to no socket at all.
func TestRealtimeWithoutAConnection(t *testing.T) {
	server, _ := newServer(t, "eckospace", mock.Options{})
	r := httptest.NewRequest("GET", "/app/"+server.Realtime().App().Key+"?protocol=7", nil)
	for name, value := range map[string]string{
		"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
	} {
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	server.ServeHTTP(w, r)
	if w.Code != 101 || w.Header().Get("Sec-WebSocket-Accept") != "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" || len(server.Realtime().Connections()) != 0 {
		t.Errorf("%d %v", w.Code, w.Header())
	}
}
