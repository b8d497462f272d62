package contracts

import (
	"maps"
	"slices"
	"strings"
	"time"

	"understudy/contracts/schema"
	"understudy/contracts/signature"
)

// An Event is something that the vendor tells other servers about: a webhook of the document, an entry of x-understudy
// events, or both. It is read-only and safe for concurrent use.
type Event struct {
	Name        string
	Description string
	// Operation is the webhook or callback of the document that carries it; nil where only the behaviour names the event.
	Operation *Operation
	Behaviour EventBehaviour // zero where only the document names it
	Scheme    signature.Scheme
	// Secret is the environment name of the secret that signs it: "STRIPE_WEBHOOK_SECRET". Events of one name share one
	// secret at an endpoint. Empty where nothing is signed.
	Secret string
	Media  *MediaType // of the payload; nil: JSON that no schema describes
	Places EventPlaces

	base     any            // what a payload is made from: the behaviour's, the document's example, a usual envelope; nil: the schema
	envelope map[string]any // what the behaviour adds to every payload, by JSON Pointer
}

// EventPlaces says where in a payload the facts of an event stand, as JSON Pointers; Nowhere where they do not. The
// empty pointer is the whole payload.
type EventPlaces struct {
	From string // the item that caused the event: "/data/object"
	ID   string // the event's id: "/id"
	Type string // its name: "/type"
	At   string // when it happened: "/created"
}

// Nowhere is the place of a fact that a payload does not tell.
const Nowhere = "none"

// Events lists what the vendor sends: the webhooks in the order of the document, then by name what only the behaviour
// defines. The list is made once; the caller must not change it.
func (c *Contract) Events() []*Event { return c.events }

// Event finds an event by its name; nil where there is none.
func (c *Contract) Event(name string) *Event {
	for _, e := range c.events {
		if e.Name == name {
			return e
		}
	}
	return nil
}

// An EventSecret is a secret that signs events.
type EventSecret struct {
	Name   string         // environment name
	Kind   signature.Kind // to make it for: of events of several kinds the one whose secrets all of them take
	Events []string       // that it signs
}

// EventSecrets lists the secrets that sign events, by name.
func (c *Contract) EventSecrets() []EventSecret {
	byName := map[string]*EventSecret{}
	for _, e := range c.events {
		if e.Secret == "" {
			continue
		}
		s := byName[e.Secret]
		if s == nil {
			s = &EventSecret{Name: e.Secret, Kind: e.Scheme.Kind}
			byName[e.Secret] = s
		}
		// Other kinds take any text; Standard Webhooks only its own form.
		if e.Scheme.Kind == signature.StandardWebhooks {
			s.Kind = e.Scheme.Kind
		}
		s.Events = append(s.Events, e.Name)
	}
	var list []EventSecret
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		list = append(list, *byName[name])
	}
	return list
}

// EventFamilies lists the families of events that can be switched off, by name.
func (c *Contract) EventFamilies() []string {
	found := map[string]bool{}
	for _, e := range c.events {
		if e.Behaviour.Family != "" {
			found[e.Behaviour.Family] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// compileEvents gathers the events once schemas can judge. It comes after the behaviour was checked.
func (c *compiler) compileEvents() {
	k := c.contract
	words := k.Behaviour.Events
	byName := map[string]*Event{}
	add := func(name string, o *Operation) {
		e := &Event{Name: name, Operation: o, Behaviour: words[name]}
		byName[name] = e
		k.events = append(k.events, e)
	}
	for _, o := range k.Webhooks {
		e := byName[o.Path]
		switch {
		case e == nil:
			add(o.Path, o)
		case e.Operation.Method != "POST" && o.Method == "POST":
			e.Operation = o
		}
	}
	for _, name := range slices.Sorted(maps.Keys(words)) {
		if byName[name] == nil {
			add(name, nil)
		}
	}
	for _, e := range k.events {
		c.compileEvent(e)
	}
	for _, o := range slices.Concat(k.Operations, k.Webhooks) {
		c.compileCallbacks(o)
	}
}

// compileCallbacks goes through the callbacks of an operation, and through theirs.
func (c *compiler) compileCallbacks(o *Operation) {
	for _, callback := range o.Callbacks {
		c.compileCallback(callback)
	}
}

// compileCallback reads the callback's key and makes an event of each of its operations. One that x-understudy events
// names is signed and filled as that says.
func (c *compiler) compileCallback(b *Callback) {
	address, err := ParseExpression(b.Expression)
	if err != nil {
		c.warn(b.At, "the callback %s is never made: %v", b.Name, err)
	} else {
		b.Address = address
	}
	for _, o := range b.Operations {
		c.compileCallbacks(o)
		e := &Event{Name: b.Name, Operation: o, Behaviour: c.contract.Behaviour.Events[b.Name]}
		c.compileEvent(e)
		b.Events = append(b.Events, e)
		// An event that only the behaviour names, and a callback of that name, are the same thing.
		if known := c.contract.Event(b.Name); known != nil && known.Operation == nil {
			*known = *e
		}
	}
}

func (c *compiler) compileEvent(e *Event) {
	k := c.contract
	o := e.Operation
	if o != nil {
		e.Description = first(o.Description, o.Summary)
		if o.Body != nil {
			e.Media = payloadMedia(o.Body.Content)
		}
	}
	e.Description = first(e.Behaviour.Description, e.Description)
	e.Scheme = e.signatureScheme()
	if e.Scheme.Kind.NeedsSecret() {
		e.Secret = first(e.Behaviour.Secret, environmentName(k.Name)+"_WEBHOOK_SECRET")
	}
	e.base = e.template()
	e.Places = e.places()
	if w := k.Behaviour.Webhooks; w != nil && w.Envelope == stripeEnvelope && e.Scheme.Kind == signature.Stripe {
		e.envelope = StripeEnvelope(w.APIVersion)
	}
	if e.Behaviour.Payload != nil && e.Media != nil && e.Media.Schema != nil && !e.Media.Schema.Valid(e.base, schema.Request) {
		c.warn(e.Behaviour.At, "the payload of the event %s breaks the webhook's schema; what does not fit is made up", e.Name)
	}
}

// payloadMedia prefers JSON among the types that a webhook may have.
func payloadMedia(content []*MediaType) *MediaType {
	for _, m := range content {
		if kindOf(concreteName(m.Name, "application/json")) == jsonKind {
			return m
		}
	}
	if len(content) == 0 {
		return nil
	}
	return content[0]
}

// signatureScheme joins the behaviour's words with the header parameters that the document declares for the webhook.
func (e *Event) signatureScheme() signature.Scheme {
	var declared []string
	if e.Operation != nil {
		for _, p := range e.Operation.Parameters {
			if p.In == "header" {
				declared = append(declared, p.Name)
			}
		}
	}
	b := &e.Behaviour
	s := signature.Scheme{Kind: signature.Kind(b.Signature), Header: b.Header, Prefix: b.Prefix}
	if s.Kind == "" {
		s.Kind = signature.None
		for _, header := range append([]string{b.Header}, declared...) {
			if inferred, ok := signature.Infer(header); ok {
				s.Kind, s.Header = inferred.Kind, inferred.Header
				break
			}
		}
	}
	if s.Header == "" {
		s.Header = declaredHeader(s.Kind, declared)
	}
	switch b.Tolerance {
	case "":
	case Nowhere:
		s.Tolerance = -1
	default:
		s.Tolerance, _ = time.ParseDuration(b.Tolerance) // checked before
	}
	return s
}

// declaredHeader finds the header of a kind in the document's spelling, and for kinds without a name of their own the only
// one that speaks of a signature.
func declaredHeader(kind signature.Kind, declared []string) string {
	var speaking []string
	for _, header := range declared {
		if s, ok := signature.Infer(header); ok && s.Kind == kind {
			return header
		}
		lower := strings.ToLower(header)
		if strings.Contains(lower, "signature") || strings.Contains(lower, "hmac") {
			speaking = append(speaking, header)
		}
	}
	if len(speaking) == 1 && (kind == signature.HMACHex || kind == signature.HMACBase64) {
		return speaking[0]
	}
	return ""
}

// environmentName writes a contract's name as the beginning of an environment name: "my-api" is MY_API.
func environmentName(name string) string {
	upper := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		case r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
			return r
		}
		return '_'
	}, name)
	if upper == "" || upper[0] >= '0' && upper[0] <= '9' {
		return "API_" + upper
	}
	return upper
}
