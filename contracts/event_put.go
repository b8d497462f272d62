package contracts

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"understudy/contracts/schema"
)

// put gives the payload with a value at a pointer. An object is cut down to the members that the schema declares there; if
// it lacks required ones, these stay as they were.
func (e *Event) put(payload any, pointer string, value any) (any, error) {
	value = cloneValue(value)
	if object, ok := value.(map[string]any); ok {
		s, _ := e.viewAt(pointer)
		value = adapt(s, object, payload, pointer)
	}
	return setAt(payload, pointer, value)
}

func adapt(s view, object map[string]any, payload any, pointer string) any {
	declared := s.names()
	if len(declared) > 0 {
		for name := range object {
			if !slices.Contains(declared, name) {
				delete(object, name)
			}
		}
	}
	if s.valid(object, schema.Request) {
		return object
	}
	before, _ := schema.At(payload, pointer)
	was, ok := before.(map[string]any)
	if !ok {
		return object
	}
	s.each(func(part *schema.Schema) {
		for _, name := range part.Required {
			if _, has := object[name]; has {
				continue
			}
			if v, had := was[name]; had {
				object[name] = v
			}
		}
	})
	return object
}

// setAt puts a value at a JSON Pointer and gives the changed whole. Objects on the way that are not there are made; items
// of lists must be there.
func setAt(whole any, pointer string, value any) (any, error) {
	if pointer == "" {
		return value, nil
	}
	if pointer[0] != '/' {
		return nil, fmt.Errorf("%q is not a JSON Pointer; begin it with a slash", brief(pointer))
	}
	token, rest, more := strings.Cut(pointer[1:], "/")
	if more {
		rest = "/" + rest
	}
	token = schema.UnescapeToken(token)
	switch at := whole.(type) {
	case nil:
		inner, err := setAt(nil, rest, value)
		return map[string]any{token: inner}, err
	case map[string]any:
		inner, err := setAt(at[token], rest, value)
		at[token] = inner
		return at, err
	case []any:
		i, err := strconv.Atoi(token)
		if err != nil || i < 0 || i >= len(at) {
			return nil, fmt.Errorf("the list has no item %s", brief(token))
		}
		at[i], err = setAt(at[i], rest, value)
		return at, err
	}
	return nil, fmt.Errorf("nothing can stand at %s below a single value", brief(pointer))
}

// cloneValue copies a JSON value, so that the copy can be changed.
func cloneValue(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, member := range v {
			out[name] = cloneValue(member)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = cloneValue(item)
		}
		return out
	}
	return v
}
