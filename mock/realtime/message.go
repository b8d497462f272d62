package realtime

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
)

// The codes of errors and closes. Those from 4000 tell a client not to come back, from 4100 to wait, from 4200 to come back at
// once; those from 4300 end nothing.
const (
	codeNoApplication = 4001
	codeOldProtocol   = 4007
	codeNoProtocol    = 4008
	codeUnauthorized  = 4009
	codeOverCapacity  = 4100
	codeReconnect     = 4200 // as an error it says that a message could not be read
	codeNoPong        = 4201
	codeTooMany       = 4301
)

// reasons are what a close says, by its code.
var reasons = map[int]string{
	1001:              "The server goes away",
	codeNoApplication: "Application does not exist",
	codeUnauthorized:  "Connection is unauthorized",
	codeOverCapacity:  "Over capacity",
	codeReconnect:     "Generic reconnect immediately",
	codeNoPong:        "Pong reply not received in time",
}

// inbound is one message of a client.
type inbound struct {
	Event   string          `json:"event"`
	Channel string          `json:"channel"`
	Data    json.RawMessage `json:"data"`
}

var errMessage = errors.New("invalid message format")

func readMessage(text []byte) (m inbound, err error) {
	if json.Unmarshal(text, &m) != nil || m.Event == "" || len(m.Event) > mostName {
		return m, errMessage
	}
	return m, nil
}

// object reads the data of a message: an object, or a string that holds one.
func (m *inbound) object(into any) error {
	data := m.Data
	var text string
	if json.Unmarshal(data, &text) == nil {
		data = []byte(text)
	}
	if json.Unmarshal(data, into) != nil {
		return errMessage
	}
	return nil
}

// outbound is one message of the server. Its data is a JSON string that holds JSON, but for events of other clients, whose
// data goes on as it came.
type outbound struct {
	Event   string          `json:"event"`
	Data    json.RawMessage `json:"data,omitempty"`
	Channel string          `json:"channel,omitempty"`
	User    string          `json:"user_id,omitempty"`
}

// encode writes JSON without escaping what is no danger outside HTML.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// wrapped is a JSON string that holds the value as JSON. A string is taken for what it should hold.
func wrapped(v any) (json.RawMessage, error) {
	text, ok := v.(string)
	if !ok {
		inner, err := encode(v)
		if err != nil {
			return nil, err
		}
		text = string(inner)
	}
	return encode(text)
}

// frame is a message of the protocol itself, whose parts are known to be good.
func frame(event, channel string, data any) []byte {
	m := outbound{Event: event, Channel: channel}
	if data != nil {
		m.Data, _ = wrapped(data)
	}
	text, err := encode(m)
	if err != nil {
		return []byte(`{"event":` + strconv.Quote(event) + `}`)
	}
	return text
}

// fault is what an error message tells. Code 0 is told as null: the protocol has no number for it.
type fault struct {
	Code    *int   `json:"code"`
	Message string `json:"message"`
}

func errorFrame(code int, message string) []byte {
	f := fault{Message: message}
	if code != 0 {
		f.Code = &code
	}
	return frame("pusher:error", "", f)
}
