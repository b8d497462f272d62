package webhook

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// What is written for each delivery is encoded here by hand: byte for byte what encoding/json makes of it, in a fourth of the
// time. A test holds the two against each other, for every member.

// An encoder writes the members of one JSON object.
type encoder struct {
	data []byte
	err  error
}

// name begins a member.
func (e *encoder) name(name string) {
	if last := e.data[len(e.data)-1]; last != '{' {
		e.data = append(e.data, ',')
	}
	e.data = append(append(append(e.data, '"'), name...), '"', ':')
}

func (e *encoder) text(name, value string) {
	e.name(name)
	e.data = appendText(e.data, value)
}

// some is text for a member that stays away when it is empty.
func (e *encoder) some(name, value string) {
	if value != "" {
		e.text(name, value)
	}
}

func (e *encoder) number(name string, n int64) {
	e.name(name)
	e.data = strconv.AppendInt(e.data, n, 10)
}

func (e *encoder) moment(name string, t time.Time) {
	e.name(name)
	e.data = append(e.data, '"')
	if e.data = t.AppendFormat(e.data, time.RFC3339Nano); t.Year() < 0 || t.Year() > 9999 {
		e.err = fmt.Errorf("the year %d cannot be written", t.Year())
	}
	e.data = append(e.data, '"')
}

func (e *encoder) bytes(name string, value []byte) {
	e.name(name)
	if value == nil {
		e.data = append(e.data, "null"...)
		return
	}
	e.data = append(base64.StdEncoding.AppendEncode(append(e.data, '"'), value), '"')
}

func (e *encoder) headers(name string, h http.Header) {
	e.name(name)
	if h == nil {
		e.data = append(e.data, "null"...)
		return
	}
	var few [16]string
	names := slices.AppendSeq(few[:0], maps.Keys(h))
	slices.Sort(names)
	e.data = append(e.data, '{')
	for _, key := range names {
		if e.data[len(e.data)-1] != '{' {
			e.data = append(e.data, ',')
		}
		e.data = append(appendText(e.data, key), ':')
		e.texts(h[key])
	}
	e.data = append(e.data, '}')
}

func (e *encoder) texts(list []string) {
	if list == nil {
		e.data = append(e.data, "null"...)
		return
	}
	e.data = append(e.data, '[')
	for i, value := range list {
		if i > 0 {
			e.data = append(e.data, ',')
		}
		e.data = appendText(e.data, value)
	}
	e.data = append(e.data, ']')
}

// other is a member of which there are few, or that is seldom there.
func (e *encoder) other(name string, value any) {
	e.name(name)
	data, err := json.Marshal(value)
	if err != nil {
		e.err = err
	}
	e.data = append(e.data, data...)
}

func (e *encoder) end() ([]byte, error) {
	if e.err != nil {
		return nil, fmt.Errorf("write a record of the webhooks: %w", e.err)
	}
	return append(e.data, '}'), nil
}

// appendText writes a text as encoding/json does.
func appendText(dst []byte, text string) []byte {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c >= 0x7f || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			if data, err := json.Marshal(text); err == nil { // it fails for no text
				return append(dst, data...)
			}
		}
	}
	return append(append(append(dst, '"'), text...), '"')
}

// encodeDelivery writes a delivery behind what dst holds.
func encodeDelivery(dst []byte, d *delivery) ([]byte, error) {
	e := encoder{data: append(dst, '{')}
	e.text("id", d.ID)
	e.text("event", d.Event)
	e.text("type", d.Type)
	e.some("endpoint", d.Endpoint)
	e.text("url", d.URL)
	e.text("method", d.Method)
	e.text("state", string(d.State))
	e.some("why", d.Why)
	e.number("attempts", int64(d.Attempts))
	if !d.NextAt.IsZero() {
		e.moment("next_at", d.NextAt)
	}
	e.moment("created_at", d.CreatedAt)
	if !d.EndedAt.IsZero() {
		e.moment("ended_at", d.EndedAt)
	}
	e.some("replay_of", d.ReplayOf)
	if d.Status != 0 {
		e.number("status", int64(d.Status))
	}
	if len(d.Misbehave) > 0 {
		e.other("misbehave", d.Misbehave)
	}
	e.number("number", int64(d.Number))
	e.number("of", int64(d.Of))
	e.number("step", int64(d.Step))
	return e.end()
}

// encodeAttempt writes an attempt.
func encodeAttempt(a *Attempt) ([]byte, error) {
	e := encoder{data: append(make([]byte, 0, 768+4*(len(a.Body)+len(a.ResponseBody))/3), '{')}
	e.text("delivery", a.Delivery)
	e.number("number", int64(a.Number))
	e.moment("at", a.At)
	e.number("duration", int64(a.Duration))
	e.text("method", a.Method)
	e.text("url", a.URL)
	e.headers("headers", a.Headers)
	e.bytes("body", a.Body)
	if a.Cut {
		e.other("cut", true)
	}
	if a.Status != 0 {
		e.number("status", int64(a.Status))
	}
	if len(a.ResponseHeaders) > 0 {
		e.headers("response_headers", a.ResponseHeaders)
	}
	if len(a.ResponseBody) > 0 {
		e.bytes("response_body", a.ResponseBody)
	}
	if a.ResponseCut {
		e.other("response_cut", true)
	}
	e.some("error", a.Error)
	e.text("outcome", string(a.Outcome))
	e.text("why", a.Why)
	if !a.NextAt.IsZero() {
		e.moment("next_at", a.NextAt)
	}
	if len(a.Misbehave) > 0 {
		e.name("misbehave")
		e.texts(a.Misbehave)
	}
	return e.end()
}

// encodeEvent writes an event behind what dst holds, without its payload.
func encodeEvent(dst []byte, o *event) ([]byte, error) {
	e := encoder{data: append(dst, '{')}
	e.text("id", o.ID)
	e.number("number", int64(o.Number))
	e.text("type", o.Type)
	e.moment("at", o.At)
	e.some("account", o.Account)
	e.some("environment", o.Environment)
	e.some("cause", o.Cause)
	e.text("content_type", o.ContentType)
	e.text("method", o.Method)
	e.name("scheme")
	e.data = append(e.data, '{')
	e.text("Kind", string(o.Scheme.Kind))
	e.text("Header", o.Scheme.Header)
	e.text("Prefix", o.Scheme.Prefix)
	e.number("Tolerance", int64(o.Scheme.Tolerance))
	e.data = append(e.data, '}')
	e.some("secret_name", o.SecretName)
	e.some("type_at", o.TypeAt)
	if len(o.Deliveries) > 0 {
		e.name("deliveries")
		e.data = append(e.data, '[')
		for i, n := range o.Deliveries {
			if i > 0 {
				e.data = append(e.data, ',')
			}
			e.data = strconv.AppendUint(e.data, n, 10)
		}
		e.data = append(e.data, ']')
	}
	if o.Trace != (TraceContext{}) {
		e.other("trace", o.Trace)
	}
	return e.end()
}
