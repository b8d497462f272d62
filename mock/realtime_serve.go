package mock

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"understudy/contracts"
	"understudy/contracts/schema"
	"understudy/mock/credential"
	"understudy/mock/realtime"
)

// The codes of problems with the realtime endpoint.
const (
	codeNoUpgrade      = "upgrade_refused"
	codeChannelRefused = "channel_refused"
)

// openRealtime makes the WebSocket endpoint, where the contract has one.
func (s *Server) openRealtime() (err error) {
	word := s.contract.Behaviour.Realtime
	if word == nil {
		return nil
	}
	if word.Authorize != "" && !s.has(s.signsChannels) {
		return fmt.Errorf("%s: x-understudy: realtime: authorize names the operation %q, which the document does not have", s.contract.Behaviour.At, word.Authorize)
	}
	s.realtime, err = realtime.New(realtime.Options{
		Contract: s.contract, Clock: s.clock, Seed: s.options.Seed, Secret: s.options.Secret, Logger: s.logger,
		Origin: func(origin string) bool {
			rule := s.corsFor(origin)
			return rule == nil || admits(rule, origin)
		},
	})
	return err
}

// Realtime gives the WebSocket endpoint, to be looked at and disturbed from outside; nil where the contract has none.
func (s *Server) Realtime() *realtime.Hub { return s.realtime }

// realtimeReady are the environment lines of the application that clients of the WebSocket endpoint connect to. The contract
// names them otherwise by env entries from realtime.id, realtime.key and realtime.secret.
func (s *Server) realtimeReady() []credential.Ready {
	if s.realtime == nil {
		return nil
	}
	app := s.realtime.App()
	name := func(part string) string {
		for _, line := range s.contract.Behaviour.EnvNames {
			if line.From == "realtime."+part {
				return line.Name
			}
		}
		upper := func(r rune) rune {
			if r >= 'a' && r <= 'z' {
				return r - 'a' + 'A'
			}
			if r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
				return r
			}
			return '_'
		}
		return strings.Map(upper, s.contract.Name+"_realtime_"+part)
	}
	return []credential.Ready{
		{Env: name("id"), Value: app.ID},
		{Env: name("key"), Value: app.Key},
		{Env: name("secret"), Value: app.Secret, Secret: true},
	}
}

// realtimePlace says what of the realtime endpoint stands at a path; ok is false where it is nothing, or switched off.
func (s *Server) realtimePlace(path string) (place realtime.Place, ok bool) {
	if s.realtime == nil {
		return place, false
	}
	for _, base := range s.contract.BasePaths() {
		if rest, found := strings.CutPrefix(path, base); found {
			if place, ok = s.realtime.Find(rest); ok {
				return place, !s.realtimeOff()
			}
		}
	}
	return place, false
}

// realtimeOff says that the module of the endpoint is switched off.
func (s *Server) realtimeOff() bool {
	module := s.contract.Behaviour.Realtime.Module
	if module == "" {
		return false
	}
	s.modules.mu.Lock()
	defer s.modules.mu.Unlock()
	return s.modules.off[module]
}

// cutRealtime ends what is connected when the endpoint's module is switched off: who comes back finds nothing.
func (s *Server) cutRealtime(module string) {
	if s.realtime != nil && s.contract.Behaviour.Realtime.Module == module {
		_, _ = s.realtime.Disconnect(realtime.Filter{}, 4200) // the code is a good one
	}
}

// connect lets the realtime endpoint answer what is addressed to it: WebSocket connections, and requests of the application's
// own server.
func (s *Server) connect(c *call) *Problem {
	place, ok := s.realtimePlace(c.path)
	if !ok {
		return nil
	}
	c.trace.Source = "realtime"
	if place.Socket {
		return s.upgrade(c, place.Key)
	}
	return s.serveRealtime(c, place)
}

// upgrade makes a connection out of the request. In the journal it is one exchange, which ends with the answer 101.
func (s *Server) upgrade(c *call, key string) *Problem {
	if r := s.realtime.Check(c.request); r != nil {
		return &Problem{Status: r.Status, Code: codeNoUpgrade, Detail: r.Detail, Header: r.Header}
	}
	if c.request.Context().Value(http.ServerContextKey) == nil { // a replay: there is no connection that could be taken over
		h := c.response.Header()
		h.Set("Upgrade", "websocket")
		h.Set("Connection", "Upgrade")
		h.Set("Sec-WebSocket-Accept", realtime.AcceptKey(c.request.Header.Get("Sec-WebSocket-Key")))
		c.answered, c.status = true, http.StatusSwitchingProtocols
		c.response.WriteHeader(c.status)
		return nil
	}
	start, err := s.realtime.Upgrade(c.response, c.request, key)
	c.answered, c.status, c.later = true, http.StatusSwitchingProtocols, start
	if err != nil { // the library has written an answer
		c.status, c.trace.Detail = http.StatusNotImplemented, err.Error()
		s.logger.Error("a WebSocket connection could not be taken over", "contract", s.contract.Name, "error", err)
	}
	return nil
}

// serveRealtime answers a request of the application's own server.
func (s *Server) serveRealtime(c *call, place realtime.Place) *Problem {
	c.read(s.realtime.MaxRequest())
	h := c.response.Header()
	switch {
	case c.tooLarge:
		h.Set("Content-Type", "text/plain; charset=utf-8")
		h.Set("Connection", "close") // the rest of the body stands on the connection
		c.answer(http.StatusRequestEntityTooLarge, []byte("Payload too large."))
		return nil
	case c.readErr != nil:
		return s.receive(c)
	}
	answer := s.realtime.API(place, realtime.Request{
		Method: c.request.Method, Paths: []string{c.path, c.prefix + c.path}, Query: c.request.URL.Query(), Body: c.raw,
	})
	h.Set("Content-Type", answer.Media)
	for name, values := range answer.Header {
		h[name] = values
	}
	c.answer(answer.Status, answer.Body)
	return nil
}

// signsChannels says that an operation signs subscriptions to private channels.
func (s *Server) signsChannels(o *contracts.Operation) bool {
	word := s.contract.Behaviour.Realtime
	return word != nil && word.Authorize != "" && o.ID == word.Authorize
}

// The names under which a request says what is to be signed, without case and word breaks.
var (
	socketNames  = []string{"socketid"}
	channelNames = []string{"channelname", "channel"}
)

// sign answers the operation that signs subscriptions, for whoever the stages before have found good.
func (s *Server) sign(c *call) *Problem {
	if !s.signsChannels(c.operation) || c.prefer.given() {
		return nil
	}
	socket, channel := c.textOfBody(socketNames), c.textOfBody(channelNames)
	if !s.mayJoin(c, channel) {
		return &Problem{
			Status: http.StatusForbidden, Code: codeChannelRefused,
			Detail: fmt.Sprintf("The channel %.70q belongs to another user.", channel),
		}
	}
	data := ""
	if strings.HasPrefix(channel, "presence-") {
		data = presenceData(c.holder(), socket)
	}
	auth, err := s.realtime.Authorize(socket, channel, data)
	switch {
	case errors.Is(err, realtime.ErrSocketID):
		return &Problem{Status: http.StatusUnprocessableEntity, Code: codeValidation, Detail: sentence(err.Error())}
	case err != nil:
		return &Problem{Status: http.StatusForbidden, Code: codeChannelRefused, Detail: sentence(err.Error())}
	}
	f := facts{"auth": auth}
	if data != "" {
		f["channeldata"] = data
	}
	return s.sendFacts(c, f)
}

// mayJoin says whether the caller may join a channel: one that names a user (private-user.7, private-App.Models.User.7) is for
// that user only, the others are for everybody who is known.
func (s *Server) mayJoin(c *call, channel string) bool {
	if c.caller == nil {
		return true // nobody was asked who they are
	}
	for _, prefix := range []string{"private-encrypted-", "private-", "presence-"} {
		if rest, ok := strings.CutPrefix(channel, prefix); ok {
			channel = rest
			break
		}
	}
	parts := strings.Split(channel, ".")
	for i, part := range parts[:len(parts)-1] {
		if strings.EqualFold(part, "user") || strings.EqualFold(part, "users") {
			user := c.holder().User
			return user != nil && user.ID == parts[i+1]
		}
	}
	return true
}

// presenceData is what others in a presence channel learn of the caller: who it is, and no address.
func presenceData(h *credential.Holder, socket string) string {
	type shown struct {
		ID   string `json:"id"`
		Name string `json:"name"`
	}
	data := struct {
		ID   string `json:"user_id"`
		Info *shown `json:"user_info,omitempty"`
	}{ID: socket} // of somebody unknown every connection is somebody
	switch {
	case h.User != nil:
		data.ID, data.Info = h.User.ID, &shown{h.User.ID, h.User.Name}
	case h.Credential != nil:
		data.ID, data.Info = h.Credential.ID, &shown{h.Credential.ID, h.Credential.Name}
	}
	text, err := json.Marshal(data)
	if err != nil {
		return "" // strings always become JSON
	}
	return string(text)
}

// publish shows an event to the clients of the WebSocket endpoint, in the channel that the contract names for it. payload is
// what a webhook carries: JSON as bytes, or a value. exceptSocket is the socket id of the client that has caused it and asked
// not to hear of it (header X-Socket-ID); empty: everybody hears of it. Where there is no endpoint, its module is off or the
// contract names no channel, nothing happens.
func (s *Server) publish(event string, payload any, exceptSocket string) {
	e := s.contract.Event(event)
	if s.realtime == nil || e == nil || e.Behaviour.Channel == "" || s.realtimeOff() {
		return
	}
	value := payload
	if raw, ok := payload.(json.RawMessage); ok {
		var err error
		if value, err = schema.ParseJSON(raw); err != nil {
			s.logger.Error("an event could not be shown in real time", "contract", s.contract.Name, "event", event, "error", err)
			return
		}
	}
	channel := e.Channel(value)
	if channel == "" {
		s.logger.Error("an event could not be shown in real time: its payload lacks what its channel is named after", "contract", s.contract.Name,
			"event", event, "channel", e.Behaviour.Channel)
		return
	}
	if _, err := s.realtime.Publish(channel, event, payload, exceptSocket); err != nil {
		s.logger.Error("an event could not be shown in real time", "contract", s.contract.Name, "event", event, "error", err)
	}
}
