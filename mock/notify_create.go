package mock

import (
	"errors"
	"regexp"
	"strings"

	"understudy/contracts/schema"
)

// entriesOf reads a list, or a text that holds one as JSON: Stripe's metadata knows texts only.
func entriesOf(v any) ([]any, error) {
	switch v := v.(type) {
	case []any:
		return v, nil
	case string:
		parsed, err := schema.ParseJSON([]byte(v))
		if list, ok := parsed.([]any); err == nil && ok {
			return list, nil
		}
	case nil:
		return nil, nil
	}
	return nil, errors.New("there is neither a list nor a text that holds one")
}

var creationPlaces = regexp.MustCompile(`\{(payload\.[^{}]*|each)\}`)

// fillCreation fills {payload./pointer} and {each} in a value. A text that is nothing but one of them keeps the type of what
// it stands for, and is Absent where nothing stands there.
func fillCreation(template, payload, each any) any {
	at := func(place string) any {
		if place == "each" {
			return each
		}
		if v, ok := schema.At(payload, strings.TrimPrefix(place, "payload.")); ok {
			return v
		}
		return schema.Absent
	}
	switch t := template.(type) {
	case string:
		if found := creationPlaces.FindStringSubmatch(t); found != nil && found[0] == t {
			return at(found[1])
		}
		return creationPlaces.ReplaceAllStringFunc(t, func(place string) string {
			v := at(place[1 : len(place)-1])
			if v == schema.Absent {
				return ""
			}
			return textOf(v)
		})
	case []any:
		list := make([]any, 0, len(t))
		for _, entry := range t {
			if v := fillCreation(entry, payload, each); v != schema.Absent {
				list = append(list, v)
			}
		}
		return list
	case map[string]any:
		object := map[string]any{}
		for name, member := range t {
			if v := fillCreation(member, payload, each); v != schema.Absent {
				object[name] = v
			}
		}
		return object
	}
	return template
}

// fitMember gives a member's value in the type that the item has: a list where the payload had to write it as a text.
func fitMember(item *schema.Schema, name string, v any) any {
	text, ok := v.(string)
	if !ok || item == nil {
		return v
	}
	for _, m := range objectMembers(item, 0) {
		if m.Name != name || m.Schema == nil || m.Schema.Valid(v, schema.Response) {
			continue
		}
		if parsed, err := schema.ParseJSON([]byte(text)); err == nil && m.Schema.Valid(parsed, schema.Response) {
			return parsed
		}
	}
	return v
}
