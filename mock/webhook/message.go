package webhook

import (
	"bytes"
	"cmp"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"understudy/contracts/schema"
	"understudy/contracts/signature"
)

// A message is one attempt as it leaves.
type message struct {
	method, url string
	headers     http.Header
	hidden      []string // headers whose values are not written down
	body        []byte
	slow        time.Duration // over which the body dribbles in
	troubles    []string      // that were carried out
}

// compose makes the message of an attempt: the payload as trouble has it, the headers, and the signature over the very
// bytes that are sent.
func (w *Webhooks) compose(j *job, now time.Time) (*message, error) {
	m := &message{method: j.delivery.Method, url: j.delivery.URL, body: j.event.payload, headers: http.Header{}}
	kind := j.event.Type
	var spoiling signature.Spoiling
	for _, t := range j.trouble {
		switch t.Kind {
		case UnknownEvent:
			kind = unknownName(j.event.Type)
			m.body = renamed(m.body, j.event.TypeAt, j.event.Type, kind)
		case HugeBody:
			m.body = padded(m.body, j.event.ContentType, cmp.Or(t.Bytes, defaultHuge))
		case SlowSender:
			m.slow = cmp.Or(t.For, defaultSlow)
		default:
			spoiling = t.Kind.Spoiling()
			if spoiling == "" {
				continue
			}
		}
		m.troubles = append(m.troubles, string(t.Kind))
	}
	w.address(j, m, kind, now)
	signed := signature.Message{ID: j.event.ID, At: now, URL: m.url, Body: m.body, ContentType: j.event.ContentType}
	var texts []string
	if j.event.Scheme.Kind.NeedsSecret() {
		for _, s := range w.secretsAt(j.endpoint, j.event.SecretName, now) {
			texts = append(texts, s.Text)
		}
	}
	headers, err := j.event.Scheme.Sign(signed, texts...)
	if spoiling != "" && err == nil {
		headers, m.body, err = j.event.Scheme.Spoil(spoiling, signed, texts...)
	}
	if err != nil {
		return m, fmt.Errorf("sign the delivery: %w", err)
	}
	signed.Body = m.body
	m.url = j.event.Scheme.Address(signed)
	for name, values := range headers {
		for other := range m.headers {
			if strings.EqualFold(other, name) {
				delete(m.headers, other)
			}
		}
		m.headers[name] = values
	}
	return m, nil
}

// address sets the headers that are no signature: ours, the contract's, the endpoint's.
func (w *Webhooks) address(j *job, m *message, kind string, now time.Time) {
	m.headers.Set("Content-Type", j.event.ContentType)
	m.headers.Set("User-Agent", w.conduct.userAgent)
	version := w.conduct.apiVersion
	if j.endpoint != nil {
		version = cmp.Or(j.endpoint.APIVersion, version)
	}
	if len(w.conduct.headers) > 0 {
		fill := strings.NewReplacer(
			"{event}", kind, "{id}", j.event.ID, "{delivery}", j.delivery.ID, "{attempt}", strconv.Itoa(j.delivery.Attempts),
			"{timestamp}", strconv.FormatInt(now.Unix(), 10), "{apiVersion}", version,
		)
		for _, h := range w.conduct.headers {
			if value := plainText(fill.Replace(h.value)); value != "" {
				m.headers.Set(h.name, value)
			}
		}
	}
	if j.endpoint == nil {
		return
	}
	for name, value := range j.endpoint.Headers {
		m.headers.Set(name, value)
		m.hidden = append(m.hidden, name)
	}
}

// Bounds of what trouble does, in bytes and real time.
const (
	defaultHuge = 1 << 20
	mostHuge    = 16 << 20
	defaultSlow = 5 * time.Second
	mostSlow    = 5 * time.Minute
)

// unknownName is a name that no contract has, of the same form as one that it has.
func unknownName(name string) string {
	if i := strings.LastIndexAny(name, "._/:-"); i >= 0 {
		return name[:i+1] + "never_heard_of"
	}
	return name + "_never_heard_of"
}

// renamed puts another name into a payload, where its name stands. One that holds its name nowhere stays as it is: the name
// is then in a header.
func renamed(body []byte, at, from, to string) []byte {
	value, err := schema.ParseJSON(body)
	if err != nil {
		return body
	}
	if parent, name, found := cutLast(at); found {
		inner, _ := schema.At(value, parent)
		if object, ok := inner.(map[string]any); ok && object[name] == from {
			object[name] = to
			return schema.AppendJSON(nil, value, nil)
		}
	}
	object, ok := value.(map[string]any)
	if !ok {
		return body
	}
	changed := false
	for _, name := range []string{"type", "event", "event_type", "eventType", "topic"} {
		if object[name] == from {
			object[name], changed = to, true
		}
	}
	if !changed {
		return body
	}
	return schema.AppendJSON(nil, value, nil)
}

// cutLast splits a JSON Pointer before its last token.
func cutLast(pointer string) (parent, name string, found bool) {
	i := strings.LastIndexByte(pointer, '/')
	if i < 0 {
		return "", "", false
	}
	return pointer[:i], schema.UnescapeToken(pointer[i+1:]), true
}

// padded fills a body up: a JSON object gets one more member, anything else blanks or a form field behind it.
func padded(body []byte, contentType string, size int) []byte {
	missing := size - len(body)
	if missing <= 0 {
		return body
	}
	out := make([]byte, 0, size+32)
	trimmed := bytes.TrimRight(body, " \t\r\n")
	switch {
	case bytes.HasSuffix(trimmed, []byte("}")) && bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("{")):
		comma := ","
		if v, err := schema.ParseJSON(body); err == nil && len(v.(map[string]any)) == 0 {
			comma = ""
		}
		out = append(out, trimmed[:len(trimmed)-1]...)
		out = append(out, comma+`"understudy_padding":"`...)
		out = append(out, bytes.Repeat([]byte("x"), max(missing-len(comma)-23, 0))...)
		return append(out, `"}`...)
	case strings.HasPrefix(contentType, "application/x-www-form-urlencoded"):
		out = append(append(out, body...), "&understudy_padding="...)
		return append(out, bytes.Repeat([]byte("x"), max(missing-20, 0))...)
	}
	return append(append(out, body...), bytes.Repeat([]byte(" "), missing)...)
}
