package control

import (
	"encoding/base64"
	"net"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"understudy/mock"
)

// An Entry is one exchange of the journal, without secrets.
type Entry struct {
	ID        uint64    `json:"id"`
	Start     time.Time `json:"start"`               // on the stand-in's clock
	Duration  float64   `json:"duration_ms"`         // on the same clock: 0 where it stands still
	Operation string    `json:"operation,omitempty"` // its operationId; empty when the request matched none
	Request   Request   `json:"request"`
	Response  Response  `json:"response"`
	Trace     Trace     `json:"trace"`
	Client    Peer      `json:"client"`
	Replica   string    `json:"replica,omitempty"` // the process that answered, where several share the journal
}

// A Peer is what is known of whoever sent a request, beside its bytes.
type Peer struct {
	Address    string `json:"address,omitempty"`    // without its port
	Connection uint64 `json:"connection,omitempty"` // equal for exchanges on one connection, from 1; missing: not known
	TLS        bool   `json:"tls"`
	Abandoned  bool   `json:"abandoned,omitempty"` // it went away before the answer was complete
	// Start and Duration are by the machine's time; missing where the stand-in's clock shows the same.
	Start    *time.Time `json:"start,omitempty"`
	Duration *float64   `json:"duration_ms,omitempty"`
}

// A Request is what came.
type Request struct {
	Method  string      `json:"method"`
	URL     string      `json:"url"`
	Proto   string      `json:"proto,omitempty"`
	Headers http.Header `json:"headers"`
	Body    *Body       `json:"body,omitempty"`
}

// A Response is what was answered.
type Response struct {
	Status  int         `json:"status"`
	Headers http.Header `json:"headers"`
	Body    *Body       `json:"body,omitempty"`
}

// A Body is a message's body: as text where it is UTF-8, else as base64. Both are missing where bodies were not
// asked for.
type Body struct {
	Size   int    `json:"size"`          // bytes as they were sent
	Cut    bool   `json:"cut,omitempty"` // only the beginning was kept
	Text   string `json:"text,omitempty"`
	Base64 string `json:"base64,omitempty"`
}

// A Trace says how an answer came about.
type Trace struct {
	Stages     []Stage     `json:"stages"`
	Problem    string      `json:"problem,omitempty"` // code of what ended the request early
	Detail     string      `json:"detail,omitempty"`  // the real reason
	Caller     *Caller     `json:"caller,omitempty"`  // nil: nobody is known
	Source     string      `json:"source,omitempty"`  // where the answer's body came from
	Violations []Violation `json:"violations,omitempty"`
	Changes    []Change    `json:"changes,omitempty"`
	Events     []Emitted   `json:"events,omitempty"` // that others were told because of it
	Faults     []Acted     `json:"faults,omitempty"` // that were ordered and acted on it
}

// An Acted fault is one that acted on an exchange.
type Acted struct {
	Name string `json:"name,omitempty"`
	Kind string `json:"kind"`
	Note string `json:"note,omitempty"` // what happened
	Vain bool   `json:"vain,omitempty"` // it changed nothing
}

// An Emitted is an event that was told because of an exchange.
type Emitted struct {
	Name       string `json:"name"`
	ID         string `json:"id,omitempty"`       // missing: nothing was told
	Deliveries int    `json:"deliveries"`         // how many receivers it is on its way to
	Callback   bool   `json:"callback,omitempty"` // it goes where the request itself said
	Error      string `json:"error,omitempty"`    // why nothing was told
}

// A Caller is who sent a request, by the credential that decided.
type Caller struct {
	Credential  string   `json:"credential,omitempty"` // its id
	Name        string   `json:"name,omitempty"`       // of the credential
	Account     string   `json:"account,omitempty"`
	User        string   `json:"user,omitempty"`
	Client      string   `json:"client,omitempty"`
	Environment string   `json:"environment,omitempty"`
	Scopes      []string `json:"scopes,omitempty"`
}

// A Stage is one stage's verdict.
type Stage struct {
	Name    string `json:"name"`
	Verdict string `json:"verdict"` // "passed", "refused", "answered", "observed"
	Note    string `json:"note,omitempty"`
}

// A Change is one change of the state.
type Change struct {
	Kind string `json:"kind"`
	Key  string `json:"key"`
}

// entryOf shows an entry that the journal has redacted.
func entryOf(e *mock.Entry, bodies bool) Entry {
	entry := Entry{
		ID: e.ID, Replica: e.Replica(), Start: e.Start.UTC(), Duration: float64(e.Duration) / float64(time.Millisecond), Operation: e.Trace.Operation,
		Request: Request{
			Method: e.Method, URL: e.URL, Proto: e.Proto, Headers: headersOf(e.RequestHeader),
			Body: bodyOf(e.RequestBody, e.RequestSize, e.RequestCut, bodies),
		},
		Response: Response{
			Status: e.Status, Headers: headersOf(e.ResponseHeader),
			Body: bodyOf(e.ResponseBody, e.ResponseSize, e.ResponseCut, bodies),
		},
		Trace: Trace{Stages: []Stage{}, Problem: e.Trace.Problem, Detail: e.Trace.Detail, Source: e.Trace.Source},
	}
	if k := e.Trace.Caller; k != nil {
		caller := Caller(*k)
		entry.Trace.Caller = &caller
	}
	for _, s := range e.Trace.Stages {
		entry.Trace.Stages = append(entry.Trace.Stages, Stage{Name: s.Name, Verdict: s.Verdict, Note: s.Note})
	}
	for i := range e.Trace.Violations {
		v := &e.Trace.Violations[i]
		entry.Trace.Violations = append(entry.Trace.Violations, Violation{
			In: v.In, Name: v.Name, Pointer: v.Pointer, Keyword: v.Keyword, Want: v.Want, Got: v.Got, At: placeOf(v.At),
		})
	}
	for _, c := range e.Trace.Changes {
		entry.Trace.Changes = append(entry.Trace.Changes, Change{Kind: c.Kind, Key: c.Key})
	}
	for _, told := range e.Trace.Events {
		entry.Trace.Events = append(entry.Trace.Events, Emitted(told))
	}
	for _, f := range e.Trace.Faults {
		entry.Trace.Faults = append(entry.Trace.Faults, Acted(f))
	}
	entry.Client = peerOf(e)
	return entry
}

// clockError is how far the stand-in's clock may be from the machine's to count as the same.
const clockError = time.Microsecond

func peerOf(e *mock.Entry) Peer {
	c := Peer{Address: e.From, Connection: e.Connection, TLS: strings.HasPrefix(e.URL, "https://"), Abandoned: e.Abandoned}
	if host, _, err := net.SplitHostPort(e.From); err == nil {
		c.Address = host
	}
	if apart := e.Start.Sub(e.Wall).Abs(); !e.Wall.IsZero() && (apart > clockError || (e.Duration-e.Took).Abs() > clockError) {
		start, took := e.Wall.UTC().Round(0), float64(e.Took)/float64(time.Millisecond)
		c.Start, c.Duration = &start, &took
	}
	return c
}

// headersOf leaves out names without values, which Go uses to keep a header from being sent.
func headersOf(h http.Header) http.Header {
	headers := http.Header{}
	for name, values := range h {
		if len(values) > 0 {
			headers[name] = values
		}
	}
	return headers
}

func bodyOf(body []byte, size int, cut, whole bool) *Body {
	if size == 0 && len(body) == 0 {
		return nil
	}
	b := &Body{Size: size, Cut: cut}
	switch text := wholeRunes(body, cut); {
	case !whole:
	case utf8.Valid(text):
		b.Text = string(text)
	default:
		b.Base64 = base64.StdEncoding.EncodeToString(body)
	}
	return b
}

// wholeRunes drops the part of a character that a cut has left at the end.
func wholeRunes(body []byte, cut bool) []byte {
	for i := 1; cut && i < utf8.UTFMax && i <= len(body); i++ {
		if last := body[len(body)-i:]; utf8.RuneStart(last[0]) {
			if !utf8.FullRune(last) {
				return body[:len(body)-i]
			}
			break
		}
	}
	return body
}
