package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"understudy/contracts"

	"github.com/coder/websocket"
)

// socketPatience is how long a story waits for what is to come over a connection, in real time.
const socketPatience = 10 * time.Second

// noCloseCode is what stands for the end of a connection without a code (RFC 6455, 7.4.1).
const noCloseCode = 1006

// converse sends and reads over a WebSocket connection.
func (w *walk) converse(ctx context.Context, st *step, o *outcome) error {
	ctx, cancel := context.WithTimeout(ctx, socketPatience)
	defer cancel()
	a := &answer{exchange: contracts.Exchange{
		Method: http.MethodGet, URL: w.fill(st.path), RequestBody: []byte(w.fill(strings.Join(st.talk.says, "\n"))), Start: w.clock.Now(),
		Status: http.StatusSwitchingProtocols, ResponseHeader: http.Header{},
	}}
	socket, refused, err := w.connectSocket(ctx, st)
	if err != nil {
		return err
	}
	if refused != nil {
		a.exchange.Status, a.exchange.ResponseHeader = refused.StatusCode, refused.Header
		w.settle(ctx, st, a, o)
		return nil
	}
	for _, text := range st.talk.says {
		if err := socket.Write(ctx, websocket.MessageText, []byte(w.fill(text))); err != nil {
			return err
		}
	}
	messages := []any{}
	for len(messages) < st.talk.hears {
		_, text, err := socket.Read(ctx)
		if err != nil {
			return err
		}
		messages = append(messages, opened(text))
	}
	if st.talk.closed {
		_, text, err := socket.Read(ctx)
		if a.exchange.Status = int(websocket.CloseStatus(err)); a.exchange.Status < 0 {
			a.exchange.Status = noCloseCode
		}
		if err == nil {
			a.exchange.Status = http.StatusSwitchingProtocols
			messages = append(messages, opened(text))
		}
		delete(w.sockets, st.talk.socket)
	}
	if a.exchange.ResponseBody, err = json.Marshal(messages); err != nil {
		return err
	}
	w.settle(ctx, st, a, o)
	return nil
}

// connectSocket gives the connection of a name, or the answer that refused a new one.
func (w *walk) connectSocket(ctx context.Context, st *step) (*websocket.Conn, *http.Response, error) {
	if socket := w.sockets[st.talk.socket]; socket != nil {
		return socket, nil, nil
	}
	address := "ws" + strings.TrimPrefix(w.origins[theAPI], "http") + w.fill(st.path)
	socket, response, err := websocket.Dial(ctx, address, nil)
	switch {
	case err == nil:
		w.sockets[st.talk.socket] = socket
		w.closers = append(w.closers, func() { _ = socket.CloseNow() }) // the story is over
		return socket, nil, nil
	case response != nil:
		return nil, response, nil
	}
	return nil, nil, err
}

// opened is a message with its data taken out of its string, in which the protocol wraps it.
func opened(text []byte) any {
	var message map[string]any
	if decodeJSON(text, &message) != nil {
		return string(text)
	}
	if data, ok := message["data"].(string); ok {
		var inner any
		if decodeJSON([]byte(data), &inner) == nil {
			message["data"] = inner
		}
	}
	return message
}

// signApp signs a request as the server of the realtime application does.
func (w *walk) signApp(request *http.Request) error {
	hub := w.server.Realtime()
	if hub == nil || request.GetBody == nil {
		return errors.New("the contract has no realtime endpoint, or the request no body")
	}
	again, err := request.GetBody()
	if err != nil {
		return err
	}
	body, err := io.ReadAll(again)
	if err != nil {
		return err
	}
	query := request.URL.Query()
	query.Set("auth_key", hub.App().Key)
	query.Set("auth_timestamp", strconv.FormatInt(w.clock.Now().Unix(), 10))
	query.Set("auth_version", "1.0")
	query.Set("auth_signature", hub.App().SignRequest(request.Method, request.URL.Path, query, body))
	request.URL.RawQuery = query.Encode()
	return nil
}
