package realtime

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// A Request is one to the HTTP API, by which a server of the application publishes events and asks who is there.
type Request struct {
	Method string
	// Paths are those that the client may have signed: with and without what leads to a sandbox. Percent-encoded, as sent.
	Paths []string
	Query url.Values
	Body  []byte
}

// An Answer of the HTTP API.
type Answer struct {
	Status int
	Media  string // of the body: "application/json"
	Body   []byte
	Header http.Header // nil: none besides
}

// MaxRequest is how long the body of a request to the HTTP API may be, in bytes: a batch of the longest messages.
func (h *Hub) MaxRequest() int64 { return int64(mostBatch * (h.settings.message + 4<<10)) }

// Bounds of one request, as Pusher Channels has them.
const (
	mostBatch          = 10
	mostEventsChannels = 100
)

func plain(status int, text string) Answer {
	return Answer{Status: status, Media: "text/plain; charset=utf-8", Body: []byte(text)}
}

func jsonAnswer(status int, v any) Answer {
	body, err := encode(v)
	if err != nil {
		return plain(http.StatusInternalServerError, "Internal server error.")
	}
	return Answer{Status: status, Media: "application/json", Body: body}
}

// API answers a request at a place of the HTTP API.
func (h *Hub) API(p Place, q Request) Answer {
	if p.App != h.app.ID {
		return plain(http.StatusNotFound, "No matching application for ID ["+strings.ToValidUTF8(p.App[:min(len(p.App), 40)], "")+"].")
	}
	method, serve := h.route(p.Rest)
	switch {
	case serve == nil:
		return plain(http.StatusNotFound, "Not found.")
	case q.Method != method:
		a := plain(http.StatusMethodNotAllowed, "Method not allowed.")
		a.Header = http.Header{"Allow": {method}}
		return a
	case !h.app.signsRequest(q):
		return plain(http.StatusUnauthorized, "Authentication signature invalid.")
	}
	return serve(q)
}

// route gives what serves a path behind the application's id, and its method.
func (h *Hub) route(rest []string) (method string, serve func(Request) Answer) {
	name := ""
	if len(rest) > 1 {
		text, err := url.PathUnescape(rest[1])
		if err != nil || rest[0] != "channels" {
			return "", nil
		}
		name = text
	}
	switch {
	case len(rest) == 1 && rest[0] == "events":
		return http.MethodPost, h.postEvent
	case len(rest) == 1 && rest[0] == "batch_events":
		return http.MethodPost, h.postBatch
	case len(rest) == 1 && rest[0] == "channels":
		return http.MethodGet, h.listChannels
	case len(rest) == 2:
		return http.MethodGet, func(q Request) Answer { return h.showChannel(name, q) }
	case len(rest) == 3 && rest[2] == "users":
		return http.MethodGet, func(Request) Answer { return h.listUsers(name) }
	}
	return "", nil
}

// event is what a server publishes.
type event struct {
	Name     string          `json:"name"`
	Channel  string          `json:"channel"`
	Channels []string        `json:"channels"`
	Data     json.RawMessage `json:"data"`
	Socket   string          `json:"socket_id"`
	Info     string          `json:"info"`

	text string // the data, which is a string
}

// where lists the channels that an event goes to.
func (e *event) where() []string {
	if len(e.Channels) > 0 {
		return e.Channels
	}
	return []string{e.Channel}
}

// check gives an answer where the event is not good; nil where it is.
func (h *Hub) check(e *event) *Answer {
	errs := map[string][]string{}
	if e.Name == "" {
		errs["name"] = []string{"The name field is required."}
	}
	switch {
	case len(e.Data) == 0:
		errs["data"] = []string{"The data field is required."}
	case json.Unmarshal(e.Data, &e.text) != nil || string(e.Data) == "null":
		errs["data"] = []string{"The data field must be a string."}
	}
	switch {
	case e.Channel == "" && len(e.Channels) == 0:
		errs["channels"] = []string{"The channels field is required when channel is not present."}
	case len(e.Channels) > mostEventsChannels:
		errs["channels"] = []string{"The channels field must not have more than 100 items."}
	default:
		for _, name := range e.where() {
			if _, ok := kindOf(name); !ok {
				errs["channels"] = []string{"The name of a channel is invalid."}
			}
		}
	}
	switch {
	case len(errs) > 0:
		a := jsonAnswer(http.StatusUnprocessableEntity, errs)
		return &a
	case len(e.text) > h.settings.message || len(e.Name) > mostName:
		a := plain(http.StatusRequestEntityTooLarge, "Payload too large.")
		return &a
	}
	return nil
}

// show publishes a good event.
func (h *Hub) show(e *event) error {
	for _, name := range e.where() {
		if _, err := h.Publish(name, e.Name, e.text, e.Socket); err != nil {
			return err
		}
	}
	return nil
}

func (h *Hub) postEvent(q Request) Answer {
	var e event
	if json.Unmarshal(q.Body, &e) != nil {
		return plain(http.StatusBadRequest, "The body is not the JSON of an event.")
	}
	if refused := h.check(&e); refused != nil {
		return *refused
	}
	if err := h.show(&e); err != nil {
		return notPublished(err)
	}
	if e.Info == "" {
		return jsonAnswer(http.StatusOK, struct{}{})
	}
	channels := map[string]any{}
	for _, name := range e.where() {
		channels[name] = h.info(name, e.Info)
	}
	return jsonAnswer(http.StatusOK, map[string]any{"channels": channels})
}

// postBatch publishes all events of a batch or, where one of them is not good, none.
func (h *Hub) postBatch(q Request) Answer {
	var batch struct {
		Batch []event `json:"batch"`
	}
	if json.Unmarshal(q.Body, &batch) != nil {
		return plain(http.StatusBadRequest, "The body is not the JSON of a batch.")
	}
	if n := len(batch.Batch); n == 0 || n > mostBatch {
		return jsonAnswer(http.StatusUnprocessableEntity, map[string][]string{"batch": {"The batch field must have between 1 and 10 items."}})
	}
	for i := range batch.Batch {
		if refused := h.check(&batch.Batch[i]); refused != nil {
			return *refused
		}
	}
	var infos []any
	asked := false
	for i := range batch.Batch {
		e := &batch.Batch[i]
		if err := h.show(e); err != nil {
			return notPublished(err)
		}
		asked = asked || e.Info != ""
		infos = append(infos, h.info(e.where()[0], e.Info))
	}
	if !asked {
		return jsonAnswer(http.StatusOK, struct{}{})
	}
	return jsonAnswer(http.StatusOK, map[string]any{"batch": infos})
}

func notPublished(err error) Answer {
	if errors.Is(err, ErrTooLarge) {
		return plain(http.StatusRequestEntityTooLarge, "Payload too large.")
	}
	return plain(http.StatusBadRequest, err.Error())
}

// info tells of a channel what was asked for: user_count, subscription_count.
func (h *Hub) info(name, asked string) map[string]any {
	h.mu.Lock()
	defer h.mu.Unlock()
	view := Channel{}
	if ch := h.channels[name]; ch != nil {
		view = ch.shown()
	}
	return view.info(name, strings.Split(asked, ","))
}

func (v *Channel) info(name string, asked []string) map[string]any {
	told := map[string]any{}
	if k, _ := kindOf(name); slices.Contains(asked, "user_count") && k == presence {
		told["user_count"] = len(v.Users)
	}
	if slices.Contains(asked, "subscription_count") {
		told["subscription_count"] = v.Connections
	}
	return told
}

func (h *Hub) listChannels(q Request) Answer {
	asked, prefix := strings.Split(q.Query.Get("info"), ","), q.Query.Get("filter_by_prefix")
	channels := map[string]any{}
	for _, ch := range h.Channels() {
		if strings.HasPrefix(ch.Name, prefix) {
			channels[ch.Name] = ch.info(ch.Name, asked)
		}
	}
	return jsonAnswer(http.StatusOK, map[string]any{"channels": channels})
}

func (h *Hub) showChannel(name string, q Request) Answer {
	told := h.info(name, q.Query.Get("info"))
	h.mu.Lock()
	told["occupied"] = h.channels[name] != nil
	h.mu.Unlock()
	return jsonAnswer(http.StatusOK, told)
}

func (h *Hub) listUsers(name string) Answer {
	if k, ok := kindOf(name); !ok || k != presence {
		return jsonAnswer(http.StatusBadRequest, struct{}{})
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	type user struct {
		ID string `json:"id"`
	}
	users := []user{}
	if ch := h.channels[name]; ch != nil {
		for _, m := range ch.members {
			users = append(users, user{m.key})
		}
	}
	return jsonAnswer(http.StatusOK, map[string]any{"users": users})
}
