package contracts

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"understudy/contracts/schema"
)

// Payload makes the body of one event, and gives beside it the value that the body means. It begins with the
// behaviour's payload, else with the document's example, else with what the schema says; then fill is put in, by JSON
// Pointer. key names what the payload is for, as for schema.Maker.
//
// An object in fill takes the place of what stood there, in the members that the schema declares; required ones that it
// lacks come from what stood there before, and what does not fit is made up. Any other value in fill is kept as it is, or
// the error says where it does not fit. The result is valid against the document, as something that is sent.
func (e *Event) Payload(m *schema.Maker, key string, fill map[string]any) ([]byte, any, error) {
	wish := cloneValue(e.base)
	s := e.schema()
	if wish == nil && s != nil {
		maker := *m
		maker.Direction = schema.Response
		made, err := maker.Make(s, key, nil)
		if made == nil && err != nil {
			return nil, nil, fmt.Errorf("make the payload of %s: %w", e.Name, err)
		}
		wish = made
	}
	pointers := slices.SortedFunc(maps.Keys(fill), func(a, b string) int {
		if n := strings.Count(a, "/") - strings.Count(b, "/"); n != 0 {
			return n
		}
		return strings.Compare(a, b)
	})
	for _, pointer := range pointers {
		var err error
		if wish, err = e.put(wish, pointer, fill[pointer]); err != nil {
			return nil, nil, fmt.Errorf("fill the payload of %s: %w", e.Name, err)
		}
	}
	value, err := e.fit(m, key, wish)
	if err != nil {
		return nil, nil, err
	}
	for _, pointer := range pointers {
		if err := e.kept(value, pointer, fill[pointer]); err != nil {
			return nil, nil, err
		}
	}
	return e.encode(value)
}

func (e *Event) schema() *schema.Schema {
	if e.Media == nil {
		return nil
	}
	return e.Media.Schema
}

// fit makes a wish valid, adding no more than it must.
func (e *Event) fit(m *schema.Maker, key string, wish any) (any, error) {
	s := e.schema()
	if s == nil || s.Valid(wish, schema.Request) {
		return wish, nil
	}
	maker := *m
	maker.Optional = schema.RequiredOnly
	// The sender is the server, which tells readOnly members as in an answer; what is required of a request is added.
	for _, direction := range []schema.Direction{schema.Response, schema.Request} {
		maker.Direction = direction
		made, err := maker.Make(s, key, wish)
		if made == nil && err != nil {
			return nil, fmt.Errorf("make the payload of %s: %w", e.Name, err)
		}
		if s.Valid(made, schema.Request) {
			return made, nil
		}
		wish = made
	}
	for _, v := range s.Check(wish, schema.Request) {
		return nil, fmt.Errorf("the payload of %s does not fit the document at %q: %s wants %s, not %s", e.Name, v.Pointer, v.Keyword, v.Want, v.Got)
	}
	return wish, nil
}

// kept refuses a payload in which a wanted value was lost, so that it never tells another id than its headers.
func (e *Event) kept(value any, pointer string, want any) error {
	if isObject(want) {
		return nil
	}
	if got, there := schema.At(value, pointer); there && schema.Equal(got, cloneValue(want)) {
		return nil
	}
	wanted := "something else"
	if s, _ := e.viewAt(pointer); len(s) == 1 {
		for _, v := range s[0].Check(want, schema.Request) {
			wanted = v.Want
		}
	}
	return fmt.Errorf("the payload of %s cannot hold %s at %q: the document wants %s there", e.Name, brief(valueText(want)), pointer, wanted)
}

func (e *Event) encode(value any) ([]byte, any, error) {
	if e.Media == nil {
		return schema.AppendJSON(nil, value, nil), value, nil
	}
	_, raw, err := EncodeBody(e.Media, value)
	if err != nil {
		return nil, nil, fmt.Errorf("write the payload of %s: %w", e.Name, err)
	}
	return raw, value, nil
}

// ContentType is the media type to send payloads with.
func (e *Event) ContentType() string {
	if e.Media == nil {
		return "application/json"
	}
	return concreteName(e.Media.Name, "application/json")
}

// Check holds a payload against the document: nil where it fits, or nothing describes it.
func (e *Event) Check(body []byte) []Violation {
	_, violations := e.Read(body)
	return violations
}

// Read is Check, and gives what the payload means as JSON, whatever its type; nil where it is none.
func (e *Event) Read(body []byte) (value any, violations []Violation) {
	if e.Media == nil {
		value, err := schema.ParseJSON(body)
		if err != nil {
			return nil, []Violation{unreadable(err)}
		}
		return value, nil
	}
	contentType := e.ContentType()
	decoded, violations, err := e.Media.Decode(contentType, body)
	if err != nil {
		return nil, []Violation{unreadable(err)}
	}
	decoded.Present = true // an empty body is no payload
	if value = decoded.Value; kindOf(contentType) != jsonKind {
		value, _ = schema.ParseJSON(body)
	}
	return value, append(violations, decoded.Validate(schema.Request)...)
}

func unreadable(err error) Violation {
	return Violation{In: "body", Violation: schema.Violation{Keyword: "malformed", Want: "a body of the declared type", Got: brief(err.Error())}}
}

// Fill gives what Payload puts in for an event with this id that happened at this time to this item (nil: to none in
// particular): each where the payload tells it, the time in the form that the payload has, and what the behaviour adds to
// each payload.
func (e *Event) Fill(id string, at time.Time, item any) map[string]any {
	fill := maps.Clone(e.envelope)
	if fill == nil {
		fill = map[string]any{}
	}
	p := e.Places
	if item != nil && p.From != Nowhere {
		fill[p.From] = item
	}
	if p.ID != Nowhere && id != "" {
		fill[p.ID] = id
	}
	if p.Type != Nowhere {
		fill[p.Type] = e.Name
	}
	if p.At != Nowhere {
		fill[p.At] = e.instant(at)
	}
	return fill
}

// manyMillis is an epoch number that can only be one of milliseconds: in seconds it would be in the year 5138.
const manyMillis = 99_999_999_999

// instant writes a time as the payload tells it: epoch seconds or milliseconds where the schema or the example has a number,
// else RFC 3339.
func (e *Event) instant(at time.Time) any {
	s, _ := e.viewAt(e.Places.At)
	example, _ := schema.At(e.base, e.Places.At)
	n, number := example.(json.Number)
	types := s.types()
	if !number && (types == 0 || types&schema.String != 0) {
		return at.UTC().Truncate(time.Second).Format(time.RFC3339)
	}
	if shown, err := n.Int64(); err == nil && shown > manyMillis {
		return json.Number(strconv.FormatInt(at.UnixMilli(), 10))
	}
	return json.Number(strconv.FormatInt(at.Unix(), 10))
}

// NewID makes up an id for an event, always the same for a seed and a key: one that fits where the payload tells it, else
// "evt_" and 24 hex digits ("msg_" where the id is told in a header alone).
func (e *Event) NewID(m *schema.Maker, key string) string {
	prefix := "evt_"
	if e.Places.ID == Nowhere {
		prefix = "msg_"
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%d/%s/%s", m.Seed, e.Name, key))
	usual := prefix + hex.EncodeToString(sum[:12])
	if s, _ := e.viewAt(e.Places.ID); e.Places.ID != Nowhere && len(s) > 0 && !s.valid(usual, schema.Request) {
		maker := *m
		maker.Examples = false
		if id, err := maker.Make(s[0], "event id/"+key, nil); err == nil && isText(id) && len(id.(string)) >= 8 {
			return id.(string)
		}
	}
	return usual
}

// Channel gives the realtime channel that shows an event with this payload; "" where it shows on none, or the payload lacks
// what the channel's name is made of.
func (e *Event) Channel(payload any) string {
	name, err := fillPlaceholders(e.Behaviour.Channel, func(word string) (string, bool) {
		if word == "event" {
			return e.Name, true
		}
		pointer, ok := strings.CutPrefix(word, "payload.")
		v, there := schema.At(payload, pointer)
		if !ok || !there || v == nil || isObject(v) {
			return "", false
		}
		return valueText(v), true
	})
	if err != nil {
		return ""
	}
	return name
}

var errPlaceholder = errors.New("no value for a placeholder")

// fillPlaceholders replaces each {word} of a template.
func fillPlaceholders(template string, value func(word string) (string, bool)) (string, error) {
	var b strings.Builder
	for {
		before, after, found := strings.Cut(template, "{")
		b.WriteString(before)
		if !found {
			return b.String(), nil
		}
		word, rest, closed := strings.Cut(after, "}")
		if !closed {
			return "", fmt.Errorf("%w: {%s is not closed", errPlaceholder, brief(after))
		}
		v, ok := value(word)
		if !ok {
			return "", fmt.Errorf("%w {%s}", errPlaceholder, brief(word))
		}
		b.WriteString(v)
		template = rest
	}
}
