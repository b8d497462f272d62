package receiver

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"understudy/contracts"
	"understudy/contracts/schema"
	"understudy/contracts/signature"
)

// A message is one event on its way, before it is signed.
type message struct {
	event       *contracts.Event
	kind        string // the event's name, or another one that takes its place
	id          string
	at          time.Time // of the attempt
	body        []byte
	contentType string
	encoding    string // of the content; empty: none
}

// message makes a good message of an event under an id that no other has.
func (s *session) message(e *contracts.Event) (*message, error) {
	s.serial++
	return s.messageOf(e, e.NewID(s.maker(), s.key()), s.clock.Now())
}

// key names what is made up now, so that neither trials nor runs repeat each other.
func (s *session) key() string {
	return "receiver/" + strconv.FormatInt(s.started.UnixNano(), 10) + "/" + strconv.Itoa(s.serial)
}

// messageOf makes a message of an event that happened at an instant. What it is about has an id of its own each time, where
// the payload lets it have one: receivers may know things by that rather than by the event's.
func (s *session) messageOf(e *contracts.Event, id string, happened time.Time) (*message, error) {
	m := &message{event: e, kind: e.Name, id: id, at: s.clock.Now(), contentType: e.ContentType()}
	maker := s.maker()
	fill := e.Fill(id, happened, nil)
	if e.Scheme.Kind == signature.Stripe && s.options.APIVersion != "" {
		maps.Copy(fill, contracts.StripeEnvelope(s.options.APIVersion))
	}
	body, value, err := e.Payload(maker, s.key(), fill)
	if err != nil {
		return nil, fmt.Errorf("make a delivery: %w", err)
	}
	m.body = body
	if e.Places.From == contracts.Nowhere || e.Places.From+"/id" == e.Places.ID {
		return m, nil
	}
	known, _ := schema.At(value, e.Places.From+"/id")
	text, ok := known.(string)
	if !ok {
		return m, nil
	}
	fill[e.Places.From+"/id"] = another(text, s.options.Seed, s.key())
	if body, _, err = e.Payload(maker, s.key(), fill); err == nil {
		m.body = body
	}
	return m, nil
}

// another makes an id of the same form: behind its prefix, digits become other digits, and letters those of hexadecimal
// numbers, so that most patterns are kept.
func another(text string, seed uint64, key string) string {
	prefix := strings.LastIndexAny(text, "_") + 1
	sum := sha256.Sum256(fmt.Appendf(nil, "%d/%s/%s", seed, text, key))
	out := []byte(text)
	for i := prefix; i < len(out); i++ {
		random := sum[i%len(sum)] ^ byte(i/len(sum)*37)
		switch c := out[i]; {
		case c >= '1' && c <= '9':
			out[i] = '1' + random%9
		case c >= 'a' && c <= 'z':
			out[i] = 'a' + random%6
		case c >= 'A' && c <= 'Z':
			out[i] = 'A' + random%6
		}
	}
	return string(out)
}

// signed gives what the signature is made of.
func (s *session) signed(m *message) signature.Message {
	return signature.Message{ID: m.id, At: m.at, URL: s.url, Body: m.body, ContentType: m.contentType}
}

// sign makes a delivery of a message with the family's own signature.
func (s *session) sign(f *family, m *message) (*delivery, error) {
	d := s.envelope(m)
	if !f.signed() {
		return d, nil
	}
	h, err := f.scheme.Sign(s.signed(m), f.secret)
	if err != nil {
		return nil, err
	}
	d.put(h)
	d.url = f.scheme.Address(s.signed(m))
	return d, nil
}

// good makes a good delivery of an event.
func (s *session) good(f *family, e *contracts.Event) (*delivery, error) {
	m, err := s.message(e)
	if err != nil {
		return nil, err
	}
	return s.sign(f, m)
}

// envelope makes a delivery of a message, with all headers but the signature.
func (s *session) envelope(m *message) *delivery {
	policy := s.options.Contract.DeliveryPolicy()
	d := &delivery{event: m.event, method: methodOf(m.event), url: s.url, header: http.Header{}, body: m.body}
	d.header.Set("User-Agent", policy.UserAgent)
	d.header.Set("Content-Type", m.contentType)
	if m.encoding != "" {
		d.header.Set("Content-Encoding", m.encoding)
	}
	fill := strings.NewReplacer(
		"{event}", m.kind, "{id}", m.id, "{delivery}", "dlv_"+strings.TrimPrefix(m.id, "evt_"), "{attempt}", "1",
		"{timestamp}", strconv.FormatInt(m.at.Unix(), 10), "{apiVersion}", cmp.Or(s.options.APIVersion, policy.APIVersion),
	)
	for _, name := range slices.Sorted(maps.Keys(policy.Headers)) {
		if value := fill.Replace(policy.Headers[name]); value != "" {
			d.header.Set(name, value)
		}
	}
	for _, p := range declared(m.event) {
		if d.header.Get(p.name) == "" {
			d.header.Set(p.name, p.value(m))
		}
	}
	return d
}

func methodOf(e *contracts.Event) string {
	if e.Operation != nil && e.Operation.Method != "" {
		return e.Operation.Method
	}
	return http.MethodPost
}

// A fact is a header that the document declares for a webhook.
type fact struct {
	name    string
	example string
}

// declared lists the headers that the document asks for beside the signature's own.
func declared(e *contracts.Event) []fact {
	if e.Operation == nil {
		return nil
	}
	var list []fact
	own := append(e.Scheme.HeaderNames(), "User-Agent", "Content-Type", "Content-Length", "Content-Encoding", "Host")
	for _, p := range e.Operation.Parameters {
		if p.In != "header" || slices.ContainsFunc(own, func(name string) bool { return strings.EqualFold(name, p.Name) }) {
			continue
		}
		f := fact{name: p.Name}
		if len(p.Examples) > 0 {
			f.example, _ = p.Examples[0].Value.(string)
		}
		if f.example != "" || f.tellsID() || f.tellsKind() {
			list = append(list, f)
		}
	}
	return list
}

// tellsID says whether the header's name is that of the delivery's id (GitHub's X-GitHub-Delivery).
func (f fact) tellsID() bool {
	n := strings.ToLower(f.name)
	for _, end := range []string{"-delivery", "delivery-id", "event-id", "message-id", "webhook-id"} {
		if strings.HasSuffix(n, end) {
			return true
		}
	}
	return false
}

// tellsKind says whether the header's name is that of the kind of event (GitHub's X-GitHub-Event).
func (f fact) tellsKind() bool {
	n := strings.ToLower(f.name)
	return strings.HasSuffix(n, "-event") || strings.HasSuffix(n, "event-type") || strings.HasSuffix(n, "-topic")
}

func (f fact) value(m *message) string {
	switch {
	case f.tellsID():
		return m.id
	case f.tellsKind() && (f.example == "" || m.kind != m.event.Name):
		return m.kind
	}
	return f.example
}

// hasID says whether deliveries of an event can be known again.
func (s *session) hasID(e *contracts.Event) bool {
	if e.Places.ID != contracts.Nowhere || e.Scheme.Kind == signature.StandardWebhooks {
		return true
	}
	for _, value := range s.options.Contract.DeliveryPolicy().Headers {
		if strings.Contains(value, "{id}") || strings.Contains(value, "{delivery}") {
			return true
		}
	}
	return slices.ContainsFunc(declared(e), fact.tellsID)
}

// headerTellsKind says whether a header carries the name of the event.
func (s *session) headerTellsKind(e *contracts.Event) bool {
	for _, value := range s.options.Contract.DeliveryPolicy().Headers {
		if strings.Contains(value, "{event}") {
			return true
		}
	}
	return slices.ContainsFunc(declared(e), fact.tellsKind)
}
