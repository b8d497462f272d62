package realtime

import (
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/coder/websocket"
)

// A Refusal says why a request does not become a connection. Nothing was written yet.
type Refusal struct {
	Status int
	Detail string
	Header http.Header
}

func (r *Refusal) Error() string { return r.Detail }

// Check judges the opening handshake (RFC 6455, 4.2.1), before anything is written, and whether anybody is let in at present.
// What else there is to refuse is told over the connection, as the protocol has it.
func (h *Hub) Check(r *http.Request) *Refusal {
	switch {
	case r.Method != http.MethodGet:
		return &Refusal{Status: http.StatusMethodNotAllowed, Detail: "A WebSocket connection begins with GET.", Header: http.Header{"Allow": {http.MethodGet}}}
	case r.ProtoMajor != 1 || r.ProtoMinor < 1 || !hasToken(r.Header["Connection"], "upgrade") || !hasToken(r.Header["Upgrade"], "websocket"):
		return &Refusal{
			Status: http.StatusUpgradeRequired, Detail: "This is a WebSocket endpoint: ask for the upgrade in HTTP/1.1.",
			Header: http.Header{"Connection": {"Upgrade"}, "Upgrade": {"websocket"}},
		}
	case r.Header.Get("Sec-WebSocket-Version") != "13":
		return &Refusal{Status: http.StatusUpgradeRequired, Detail: "Only version 13 of WebSocket is spoken.", Header: http.Header{"Sec-WebSocket-Version": {"13"}}}
	}
	keys := r.Header["Sec-Websocket-Key"]
	if len(keys) != 1 {
		return &Refusal{Status: http.StatusBadRequest, Detail: "The handshake needs one header Sec-WebSocket-Key."}
	}
	if nonce, err := base64.StdEncoding.DecodeString(strings.TrimSpace(keys[0])); err != nil || len(nonce) != 16 {
		return &Refusal{Status: http.StatusBadRequest, Detail: "Sec-WebSocket-Key has to be 16 bytes in base64."}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if left := h.refuse.Sub(h.clock.Now()); left > 0 {
		seconds := int64((left + time.Second - 1) / time.Second)
		return &Refusal{
			Status: http.StatusServiceUnavailable, Detail: fmt.Sprintf("No connection is taken for another %d seconds.", seconds),
			Header: http.Header{"Retry-After": {strconv.FormatInt(seconds, 10)}},
		}
	}
	return nil
}

// hasToken looks for a word in a list of words; several lines are one list (RFC 9110, 5.3).
func hasToken(lines []string, word string) bool {
	for _, line := range lines {
		for part := range strings.SplitSeq(line, ",") {
			if strings.EqualFold(strings.TrimSpace(part), word) {
				return true
			}
		}
	}
	return false
}

// AcceptKey is the Sec-WebSocket-Accept that answers a Sec-WebSocket-Key (RFC 6455, 4.2.2).
func AcceptKey(key string) string {
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")) // what the RFC has
	return base64.StdEncoding.EncodeToString(sum[:])
}

// Upgrade makes a connection out of a request that Check has found good, and answers it with 101. Nothing is said over the
// connection until start is called. key is that of the path. An error says that the connection could not be taken over; the
// answer has been written then.
func (h *Hub) Upgrade(w http.ResponseWriter, r *http.Request, key string) (start func(), err error) {
	c := &socket{
		hub: h, address: host(r.RemoteAddr), origin: r.Header.Get("Origin"),
		out: make(chan []byte, h.bounds.Queue), written: make(chan struct{}), joined: map[string]*member{},
	}
	c.ws, err = websocket.Accept(w, r, &websocket.AcceptOptions{
		InsecureSkipVerify: true, // the origin is judged below, and refused in the protocol's own way
		OnPingReceived: func(context.Context, []byte) bool {
			h.heard(c)
			return true
		},
		OnPongReceived: func(context.Context, []byte) { h.heard(c) },
	})
	if err != nil {
		return nil, fmt.Errorf("take the connection over: %w", err)
	}
	c.ws.SetReadLimit(int64(h.settings.message))
	// Not of the request: that ends when its handler does, and the connection goes on.
	c.ctx, c.cancel = context.WithCancel(context.WithoutCancel(r.Context()))
	code, message := h.judge(key, r)
	return func() { h.open(c, code, message) }, nil
}

// judge says what is wrong with a client that wants to connect; code 0: nothing.
func (h *Hub) judge(key string, r *http.Request) (code int, message string) {
	origin, query := r.Header.Get("Origin"), r.URL.Query()
	switch version := query.Get("protocol"); {
	case subtle.ConstantTimeCompare([]byte(key), []byte(h.app.Key)) != 1:
		return codeNoApplication, reasons[codeNoApplication]
	case origin != "" && h.origin != nil && !h.origin(origin):
		return codeUnauthorized, "Origin not allowed"
	case version == "":
		return codeNoProtocol, "No protocol version supplied"
	case version != "7":
		return codeOldProtocol, "Unsupported protocol version"
	}
	return 0, ""
}

// open lets a connection in, or tells it why not.
func (h *Hub) open(c *socket, code int, message string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case code != 0:
	case h.closed:
		code, message = codeNoApplication, reasons[codeNoApplication]
	case len(h.sockets) >= h.bounds.Connections:
		code, message = codeOverCapacity, reasons[codeOverCapacity]
	}
	go c.write()
	if code != 0 {
		c.send(errorFrame(code, message))
		c.end(code, message)
		return
	}
	h.opened++
	c.number, c.id = h.opened, socketID(h.seed, h.opened)
	c.since = h.clock.Now()
	c.last = c.since
	h.sockets[c.id] = c
	c.send(frame("pusher:connection_established", "", struct {
		Socket   string `json:"socket_id"`
		Activity int    `json:"activity_timeout"`
	}{c.id, int(h.settings.activity / time.Second)}))
	h.watch(c, h.settings.ping)
	go c.read()
}

// socketID is two numbers from the seed, as the protocol has them: "123.456".
func socketID(seed, number uint64) string {
	var from [16]byte
	binary.BigEndian.PutUint64(from[:], seed)
	binary.BigEndian.PutUint64(from[8:], number)
	sum := sha256.Sum256(append([]byte("realtime socket "), from[:]...))
	part := func(b []byte) string { return strconv.FormatUint(1+binary.BigEndian.Uint64(b)%1_000_000_000, 10) }
	return part(sum[:8]) + "." + part(sum[8:16])
}

func host(address string) string {
	if name, _, err := net.SplitHostPort(address); err == nil {
		return name
	}
	return address
}
