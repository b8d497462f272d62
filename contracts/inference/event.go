package inference

import (
	"fmt"
	"slices"
	"strings"

	"understudy/contracts"
	"understudy/contracts/schema"
)

// An EventCause says that an event of the document happens whenever an item of a collection changes in one way.
type EventCause struct {
	Event      *contracts.Event
	Collection *Collection
	Kind       string // of the change: "created", "updated", "deleted"
	Reason     string // a short sentence
}

// The words by which events' names tell what happened, by the kind of change.
var changeVerbs = map[string]string{
	"created": "created", "create": "created", "new": "created", "added": "created", "inserted": "created", "registered": "created",
	"updated": "updated", "update": "updated", "changed": "updated", "modified": "updated", "edited": "updated",
	"deleted": "deleted", "delete": "deleted", "removed": "deleted", "destroyed": "deleted",
}

// fillers are words in events' names that say nothing about what happened.
var fillers = []string{"on", "event", "webhook", "hook", "notification", "was", "is", "has", "been"}

// Events finds the events of the document that happen by themselves: those whose name says which items changed and how
// ("pet.created", "newPet"), and whose payload holds such an item. Events that the behaviour lets an operation or a
// transition emit are not among them, and neither are those of which it could be said in two ways. They come in the order
// of the document.
func Events(m *Model) []EventCause {
	if m.Contract == nil {
		return nil
	}
	told := emitted(m.Contract)
	var list []EventCause
	for _, e := range m.Contract.Events() {
		if e.Operation == nil || told[e.Name] {
			continue
		}
		if cause, ok := causeOf(m, e); ok {
			list = append(list, cause)
		}
	}
	return list
}

// emitted are the events of which the behaviour says when they happen.
func emitted(c *contracts.Contract) map[string]bool {
	told := map[string]bool{}
	for _, o := range c.Operations {
		for _, name := range o.Behaviour.Emits {
			told[name] = true
		}
	}
	for _, r := range c.Behaviour.Resources {
		if r.States == nil {
			continue
		}
		for _, t := range r.States.Transitions {
			for _, name := range t.Emits {
				told[name] = true
			}
		}
	}
	return told
}

func causeOf(m *Model, e *contracts.Event) (EventCause, bool) {
	kind, nouns := readEventName(e.Name)
	if kind == "" || e.Media == nil || e.Media.Schema == nil {
		return EventCause{}, false
	}
	var found *Collection
	place := ""
	for _, c := range m.Collections {
		if c.Singleton || c.Item == nil || !namesItem(c, nouns) {
			continue
		}
		at, ok := payloadItem(c, e.Media.Schema, kind)
		if !ok {
			continue
		}
		if found != nil {
			return EventCause{}, false // it could be either
		}
		found, place = c, at
	}
	if found == nil {
		return EventCause{}, false
	}
	if place == "" {
		place = "the body"
	}
	reason := fmt.Sprintf("the webhook %s is named after an item of %s that was %s, and its payload holds one at %s", e.Name, found.Path, kind, place)
	return EventCause{Event: e, Collection: found, Kind: kind, Reason: reason}, true
}

// readEventName takes "pet.created" apart: what happened, and the words of what it happened to. kind is empty where the name
// does not say it, or says it twice.
func readEventName(name string) (kind string, nouns []string) {
	for _, word := range words(name) {
		verb := changeVerbs[word]
		switch {
		case slices.Contains(fillers, word):
		case verb == "":
			nouns = append(nouns, word)
		case kind != "":
			return "", nil
		default:
			kind = verb
		}
	}
	if len(nouns) == 0 {
		return "", nil
	}
	return kind, nouns
}

// namesItem says that nouns are the name of a collection's items, with or without that of their parents before it:
// "customer subscription" for /customers/{id}/subscriptions and for /subscriptions.
func namesItem(c *Collection, nouns []string) bool {
	name := words(Singular(c.Name))
	if len(name) == 0 || len(nouns) < len(name) {
		return false
	}
	own := nouns[len(nouns)-len(name):]
	for i, word := range name {
		if !sameNoun(fold(word), own[i]) {
			return false
		}
	}
	for parent := c.Parent; len(own) < len(nouns); parent = parent.Parent {
		rest := nouns[:len(nouns)-len(own)]
		if parent == nil {
			return c.Parent == nil // names of vendors have groups that paths lack
		}
		above := words(Singular(parent.Name))
		if len(above) == 0 || len(rest) < len(above) {
			return false
		}
		for i, word := range above {
			if !sameNoun(fold(word), rest[len(rest)-len(above)+i]) {
				return false
			}
		}
		own = nouns[len(rest)-len(above):]
	}
	return true
}

// payloadItem finds the item of a collection in the payload of an event: the body, or a member of it or of its "data" whose
// schema is the collection's own. Of an item that is gone, its id is enough.
func payloadItem(c *Collection, body *schema.Schema, kind string) (pointer string, ok bool) {
	for _, place := range payloadPlaces(body) {
		if sameSchema(c.Item, place.schema) {
			return place.pointer, true
		}
	}
	if kind != "deleted" || c.ID.Property == "" || strings.HasPrefix(c.ID.Property, "/") {
		return "", false
	}
	for _, place := range payloadPlaces(body) {
		if properties := place.schema.Resolve().Properties; len(properties) == 1 && properties[0].Name == c.ID.Property {
			return place.pointer, true
		}
	}
	return "", false
}

type payloadPlace struct {
	pointer string
	schema  *schema.Schema
}

// payloadPlaces are where a payload may hold an item: the body, its members, and those of "data".
func payloadPlaces(body *schema.Schema) []payloadPlace {
	list := []payloadPlace{{"", body}}
	for _, p := range body.Resolve().Properties {
		if p.Schema == nil || p.Schema.Resolve() == nil {
			continue
		}
		at := "/" + schema.EscapeToken(p.Name)
		list = append(list, payloadPlace{at, p.Schema})
		if p.Name != "data" && p.Name != "payload" {
			continue
		}
		for _, inner := range p.Schema.Resolve().Properties {
			if inner.Schema != nil {
				list = append(list, payloadPlace{at + "/" + schema.EscapeToken(inner.Name), inner.Schema})
			}
		}
	}
	return list
}

// sameSchema says that two schemas are one component of the document.
func sameSchema(a, b *schema.Schema) bool {
	if a == nil || b == nil {
		return false
	}
	x, y := a.Resolve(), b.Resolve()
	return x == y || x.At == y.At && x.At != schema.Location{}
}
