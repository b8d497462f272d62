package contracts

import (
	"encoding/json"
	"slices"
	"strings"

	"understudy/contracts/schema"
	"understudy/contracts/signature"
)

// Where payloads usually tell the facts of an event, likeliest first.
var (
	itemPlaces = []string{"/data/object", "/data"}
	idPlaces   = []string{"/id", "/event_id", "/eventId"}
	typePlaces = []string{"/type", "/event", "/event_type", "/eventType"}
	timePlaces = []string{"/created", "/timestamp", "/createdAt", "/created_at", "/time", "/occurredAt", "/occurred_at"}
)

// places takes the behaviour's words, and where they say nothing what the payload has.
func (e *Event) places() EventPlaces {
	b := &e.Behaviour
	p := EventPlaces{From: place(b.From), ID: place(b.ID), Type: place(b.Type), At: place(b.Created)}
	kind, _ := e.usual(typePlaces, func(v any, s view) bool {
		return s.valid(e.Name, schema.Request) && (v == nil || isText(v))
	})
	if b.From == "" {
		var enveloped bool
		p.From, enveloped = e.usual(itemPlaces, func(v any, s view) bool { return isObject(v) || s.types()&schema.Object != 0 })
		if !enveloped && kind == Nowhere {
			p.From = "" // no envelope: the payload is the item
		}
	}
	if b.Type == "" {
		p.Type = kind
	}
	if b.ID == "" {
		p.ID, _ = e.usual(idPlaces, func(v any, s view) bool { return v == nil && s.types()&schema.String != 0 || isText(v) })
	}
	if b.Created == "" {
		p.At, _ = e.usual(timePlaces, func(v any, s view) bool {
			return v == nil && s.types()&(schema.String|schema.Integer|schema.Number) != 0 || isText(v) || isJSONNumber(v)
		})
	}
	if p.From == "" {
		// What stands at the top of an item is the item's own, unless somebody says otherwise.
		for _, fact := range []struct {
			word string
			at   *string
		}{{b.ID, &p.ID}, {b.Type, &p.Type}, {b.Created, &p.At}} {
			if fact.word == "" {
				*fact.at = Nowhere
			}
		}
	}
	return p
}

// place reads a word of x-understudy: a pointer, none, or # for the whole payload.
func place(word string) string {
	if word == "#" {
		return ""
	}
	return word
}

// usual gives the first of the places that the payload's base or its schema has and that can hold the fact.
func (e *Event) usual(pointers []string, holds func(v any, s view) bool) (string, bool) {
	for _, pointer := range pointers {
		s, declared := e.viewAt(pointer)
		v, there := schema.At(e.base, pointer)
		if (there || declared) && holds(v, s) {
			return pointer, true
		}
	}
	return Nowhere, false
}

// viewAt gives what the schema knows of a place in the payload, and whether it declares all members on the way.
func (e *Event) viewAt(pointer string) (view, bool) {
	if e.Media == nil {
		return nil, false
	}
	v := viewOf(e.Media.Schema)
	if pointer == "" {
		return v, v != nil
	}
	declared := true
	for token := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		var ok bool
		v, ok = v.property(schema.UnescapeToken(token))
		declared = declared && ok
	}
	return v, declared
}

func isText(v any) bool       { _, ok := v.(string); return ok }
func isJSONNumber(v any) bool { _, ok := v.(json.Number); return ok }
func isObject(v any) bool     { _, ok := v.(map[string]any); return ok }

// template is what payloads begin with: the behaviour's payload, the first example of the document that fits its schema,
// the first one at all, or where nothing describes the payload the envelope that the kind of signature usually comes with.
// nil: the schema says it all.
func (e *Event) template() any {
	if e.Behaviour.Payload != nil {
		return e.Behaviour.Payload
	}
	if e.Media == nil {
		return e.usualEnvelope()
	}
	list := e.Media.values()
	if fits := slices.IndexFunc(list, func(v any) bool {
		return e.Media.Schema == nil || e.Media.Schema.Valid(v, schema.Request)
	}); fits >= 0 {
		return list[fits]
	}
	if len(list) > 0 {
		return list[0]
	}
	if e.Media.Schema == nil {
		return e.usualEnvelope()
	}
	return nil
}

// values gives what the examples of a media type mean: one that stands there as text (a form, XML) is read.
func (m *MediaType) values() []any {
	var list []any
	for _, x := range m.Examples {
		v := x.Value
		if kind := kindOf(m.Name); x.Raw != "" && (kind == formKind || kind == xmlKind) {
			body, _, err := m.Decode(m.Name, []byte(x.Raw))
			if err != nil {
				continue
			}
			v = body.Value
		}
		if v != nil {
			list = append(list, v)
		}
	}
	return list
}

func (e *Event) usualEnvelope() any {
	if e.Scheme.Kind == signature.Stripe {
		return map[string]any{
			"id": "", "object": "event", "type": e.Name, "created": json.Number("0"), "data": map[string]any{"object": map[string]any{}},
		}
	}
	envelope := map[string]any{"type": e.Name, "timestamp": "", "data": map[string]any{}}
	if e.Scheme.Kind != signature.StandardWebhooks { // which carries the id in a header
		envelope["id"] = ""
	}
	return envelope
}
