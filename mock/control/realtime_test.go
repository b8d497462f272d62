package control_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"understudy/mock/control"
)

// listen connects to the harbour's realtime endpoint, joins a channel and gives what reads the next message.
func (h *harbour) listen(channel string) func() (string, error) {
	h.t.Helper()
	var about control.Realtime
	h.ask("GET", "/realtime", "", 200, &about)
	ctx, cancel := context.WithTimeout(h.t.Context(), 20*time.Second)
	h.t.Cleanup(cancel)
	ws, _, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(h.shop, "http")+"/app/"+about.Key+"?protocol=7", nil)
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { _ = ws.CloseNow() })
	next := func() (string, error) {
		_, text, err := ws.Read(ctx)
		return string(text), err
	}
	if err := ws.Write(ctx, websocket.MessageText, []byte(`{"event":"pusher:subscribe","data":{"channel":"`+channel+`"}}`)); err != nil {
		h.t.Fatal(err)
	}
	for _, want := range []string{"connection_established", "subscription_succeeded"} {
		if text, err := next(); err != nil || !strings.Contains(text, want) {
			h.t.Fatal(text, err)
		}
	}
	return next
}

func TestRealtime(t *testing.T) {
	h := openHarbour(t)
	next := h.listen("berths")
	var about control.Realtime
	h.ask("GET", "/realtime", "", 200, &about)
	if len(about.Connections) != 1 || about.Connections[0].SocketID == "" || about.Connections[0].Channels[0] != "berths" || len(about.Channels) != 1 || about.Channels[0].Connections != 1 {
		t.Errorf("connected are %+v", about)
	}
	e := h.expect()
	for _, data := range []any{map[string]any{"lamp": 1}, "as it is"} {
		e.POST(one+"/realtime/publish").WithJSON(map[string]any{"channel": "berths", "event": "tick", "data": data}).Expect().Status(200).JSON().Object().HasValue("connections", 1)
	}
	for _, want := range []string{`{\"lamp\":1}`, `"data":"as it is"`} {
		if text, err := next(); err != nil || !strings.Contains(text, want) {
			t.Errorf("what came is %s, %v, want %s", text, err, want)
		}
	}
	h.event(`{"type":"berth.freed"}`) // the event's own channel
	if text, err := next(); err != nil || !strings.Contains(text, `"event":"berth.freed"`) {
		t.Errorf("the event came as %s, %v", text, err)
	}
	e.POST(one+"/realtime/publish").WithJSON(map[string]any{"channel": "berths", "event": "tick", "except": about.Connections[0].SocketID}).
		Expect().Status(200).JSON().Object().HasValue("connections", 0)
	for _, body := range []string{`{"channel":"no blanks","event":"x"}`, `{"channel":"berths","event":""}`} {
		h.ask("POST", "/realtime/publish", body, 422, nil)
	}
	h.ask("POST", "/realtime/disconnect", `{"code":1005}`, 422, nil)
	e.POST(one+"/realtime/disconnect").WithJSON(map[string]any{"channel": "other"}).Expect().Status(200).JSON().Object().HasValue("ended", 0)
	e.POST(one+"/realtime/disconnect").WithJSON(map[string]any{"channel": "berths", "code": 4200}).Expect().Status(200).JSON().Object().HasValue("ended", 1)
	if _, err := next(); websocket.CloseStatus(err) != 4200 {
		t.Errorf("the connection ended with %v", err)
	}
	e.POST(one+"/realtime/refuse").WithJSON(map[string]any{"for": "30s"}).Expect().Status(200).JSON().Object().HasValue("until", "2026-01-31T12:00:30Z")
	e.GET(one+"/realtime").Expect().Status(200).JSON().Object().HasValue("refused_until", "2026-01-31T12:00:30Z")
	_, response, err := websocket.Dial(t.Context(), "ws"+strings.TrimPrefix(h.shop, "http")+"/app/"+about.Key, nil)
	if err == nil || response.StatusCode != 503 || response.Header.Get("Retry-After") == "" {
		t.Errorf("who comes meanwhile gets %v", err)
	}
	e.POST(one + "/realtime/refuse").WithJSON(map[string]any{"for": "long"}).Expect().Status(422)
	e.POST(one+"/realtime/refuse").WithJSON(map[string]any{}).Expect().Status(200).JSON().Object().HasValue("until", nil)
	h.listen("berths")
}

func TestNoRealtime(t *testing.T) {
	s := start(t, control.Options{})
	for _, c := range []operationCall{
		{"GET", one + "/realtime", "", 404}, {"POST", one + "/realtime/publish", "{}", 404}, {"POST", one + "/realtime/disconnect", "{}", 404},
		{"POST", one + "/realtime/refuse", "{}", 404},
	} {
		if status, body := s.send(c.method, c.path, c.body); status != c.status || !strings.Contains(body, "realtime_not_found") {
			t.Errorf("%s %s: %d %s", c.method, c.path, status, body)
		}
	}
}
