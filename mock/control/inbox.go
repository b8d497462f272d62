package control

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"understudy/contracts/signature"
	"understudy/mock"
	"understudy/mock/webhook"
)

// A Received is one request that came to the inbox, as it came.
type Received struct {
	ID      uint64    `json:"id"`
	At      time.Time `json:"at"`      // on the stand-in's clock
	Address string    `json:"address"` // path behind the inbox: "/orders"
	Host    string    `json:"host"`
	Request Request   `json:"request"`
	Status  int       `json:"status"` // of the answer
	Verdict Verdict   `json:"verdict"`
}

// A Verdict says whether a delivery is believed.
type Verdict struct {
	Good      bool             `json:"good"`
	Secret    string           `json:"secret,omitempty"`    // name of the one that fits
	Signature signature.Kind   `json:"signature,omitempty"` // missing: it has no header of any kind that is known
	Reason    signature.Reason `json:"reason,omitempty"`
	Detail    string           `json:"detail,omitempty"`
}

// An Inbox is the answer of GET /contracts/{contract}/inbox.
type Inbox struct {
	URL      string     `json:"url"`      // that deliveries can be sent to, with or without a path of one's own behind it
	Requests []Received `json:"requests"` // the oldest first
	Dropped  uint64     `json:"dropped"`  // that made room for others
}

// ArrivedRequests is the answer of POST /contracts/{contract}/inbox/wait.
type ArrivedRequests struct {
	Arrived  bool       `json:"arrived"`  // as many as were asked for
	Requests []Received `json:"requests"` // that are there, the oldest first
}

// ScriptedAnswers is the answer of PUT /contracts/{contract}/inbox/answers.
type ScriptedAnswers struct {
	Address string `json:"address"`
	Answers int    `json:"answers"`
}

func receivedOf(r *mock.Received, bodies bool) Received {
	return Received{
		ID: r.ID, At: r.At.UTC(), Address: r.Address, Host: r.Host, Status: r.Status,
		Request: Request{Method: r.Method, URL: r.URL, Headers: headersOf(r.Header), Body: bodyOf(r.Body, int(max(r.Size, int64(len(r.Body)))), r.Cut, bodies)},
		Verdict: Verdict{Good: r.Verdict.Good, Secret: r.Verdict.Key, Signature: r.Verdict.Kind, Reason: r.Verdict.Reason, Detail: r.Verdict.Detail},
	}
}

func receivedList(list []*mock.Received, bodies bool) []Received {
	shown := []Received{}
	for _, r := range list {
		shown = append(shown, receivedOf(r, bodies))
	}
	return shown
}

// inboxURL is where the inbox of a call's world takes deliveries, by the name by which the caller reached the API.
func (c *call) inboxURL() string {
	scheme := "http"
	if c.TLS != nil {
		scheme = "https"
	}
	world := ""
	if c.sandbox != "" {
		world = mock.SandboxPath(c.sandbox)
	}
	return scheme + "://" + c.Host + InboxPath + world + "/" + url.PathEscape(c.contract.name)
}

// inboxFilters choose requests of the inbox.
var inboxFilters = []string{"address", "text", "good"}

func listInbox(c *call) error {
	q := mock.InboxQuery{Address: c.query["address"], Text: c.query["text"]}
	limit, err := c.query.number("limit", defaultEntries, 1, mostDeliveries)
	if err != nil {
		return err
	}
	q.Limit = int(limit)
	if q.After, err = c.query.number("after", 0, 0, 1<<62); err != nil {
		return err
	}
	if _, given := c.query["good"]; given {
		good, err := c.query.truth("good", true)
		if err != nil {
			return err
		}
		q.Good = &good
	}
	bodies, err := c.query.truth("bodies", true)
	if err != nil {
		return err
	}
	inbox := c.server.Inbox()
	return c.answer(Inbox{URL: c.inboxURL(), Requests: receivedList(inbox.List(q), bodies), Dropped: inbox.Dropped()})
}

func clearInbox(c *call) error {
	answers, err := c.query.truth("answers", false)
	if err != nil {
		return err
	}
	return c.answer(Cleared{c.server.Inbox().Clear(answers)})
}

// mostAwaited is how many requests somebody can wait for: the inbox keeps no more.
const mostAwaited = 1000

// waitInbox waits until enough requests have come.
func waitInbox(c *call) error {
	var q struct {
		Address string  `json:"address"`
		After   uint64  `json:"after"`
		Text    string  `json:"text"`
		Good    *bool   `json:"good"`
		Count   *uint16 `json:"count"`
		Within  string  `json:"within"`
	}
	sent, err := c.read(&q)
	if err != nil {
		return err
	}
	least := 1
	if q.Count != nil {
		if least = int(*q.Count); least < 1 || least > mostAwaited {
			return sent.misplaced(&webhook.RequestError{Field: "count", Reason: fmt.Sprintf("must be from 1 to %d", mostAwaited)})
		}
	}
	ctx, cancel, err := c.within(q.Within, sent)
	if err != nil {
		return err
	}
	defer cancel()
	list, err := c.server.Inbox().Wait(ctx, mock.InboxQuery{Address: q.Address, After: q.After, Text: q.Text, Good: q.Good}, least)
	if err != nil && ctx.Err() == nil {
		return err
	}
	return c.answer(ArrivedRequests{Arrived: len(list) >= least, Requests: receivedList(list, true)})
}

// inboxAnswer is one answer that an address of the inbox is to give.
type inboxAnswer struct {
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers"`
	Body    json.RawMessage   `json:"body"` // a string is sent as it is, anything else as JSON
	Delay   string            `json:"delay"`
	Real    bool              `json:"real"`
	Cut     bool              `json:"cut"`
	Times   int               `json:"times"`
	Forever bool              `json:"forever"`
}

// scriptInbox says what an address answers, request by request.
func scriptInbox(c *call) error {
	var q struct {
		Address string        `json:"address"`
		Answers []inboxAnswer `json:"answers"`
	}
	sent, err := c.read(&q)
	if err != nil {
		return err
	}
	var answers []mock.InboxAnswer
	for i := range q.Answers {
		one, wrong := q.Answers[i].wanted()
		if wrong != nil {
			wrong.Field = fmt.Sprintf("answers/%d/%s", i, wrong.Field)
			return sent.misplaced(wrong)
		}
		answers = append(answers, one)
	}
	if err := c.server.Inbox().Script(q.Address, answers...); err != nil {
		return problem(http.StatusConflict, "too_many", "%s. Clear the inbox with its answers.", capital(err))
	}
	return c.answer(ScriptedAnswers{Address: "/" + strings.Trim(q.Address, "/"), Answers: len(answers)})
}

func (q *inboxAnswer) wanted() (a mock.InboxAnswer, wrong *webhook.RequestError) {
	refuse := func(field, reason string) (mock.InboxAnswer, *webhook.RequestError) {
		return a, &webhook.RequestError{Field: field, Reason: reason}
	}
	a = mock.InboxAnswer{Status: q.Status, Real: q.Real, Cut: q.Cut, Times: q.Times, Forever: q.Forever}
	switch {
	case q.Status != 0 && (q.Status < 200 || q.Status > 599):
		return refuse("status", "must be a status from 200 to 599")
	case q.Times < 0:
		return refuse("times", "must be 1 or more")
	}
	for name, value := range q.Headers {
		if strings.Trim(name, tokenSigns) != "" || name == "" || strings.ContainsAny(value, "\r\n\x00") {
			return refuse("headers", "must be names of headers with values of one line")
		}
		if a.Header == nil {
			a.Header = http.Header{}
		}
		a.Header.Set(name, value)
	}
	var text string
	switch {
	case q.Body == nil:
	case json.Unmarshal(q.Body, &text) == nil:
		a.Body = []byte(text)
	default:
		a.Body = q.Body
	}
	if q.Delay != "" {
		var err error
		if a.Delay, err = parseDuration(q.Delay); err != nil {
			return refuse("delay", err.Error())
		}
	}
	return a, nil
}

// tokenSigns are what names of headers are made of (RFC 9110, 5.6.2).
const tokenSigns = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
