package schema_test

import (
	"encoding/json"
	"testing"

	"understudy/contracts/schema"
)

func TestMakeWish(t *testing.T) {
	number := func(text string) any { return json.Number(text) }
	for name, c := range map[string]struct {
		schema string
		want   any
		made   any
	}{
		"text for an integer":      {`{"type": "integer"}`, "5", number("5")},
		"number for a text":        {`{"type": "string"}`, number("5"), "5"},
		"text for a boolean":       {`{"type": "boolean"}`, "true", true},
		"epoch for a date":         {`{"type": "string", "format": "date-time"}`, 1700000000, "2023-11-14T22:13:20Z"},
		"date for an epoch":        {`{"type": "integer"}`, "2023-11-14T22:13:20Z", number("1700000000")},
		"one value for a list":     {`{"type": "array", "items": {"type": "string"}}`, "a", []any{"a"}},
		"enum by its text":         {`{"enum": [1, 2]}`, "2", number("2")},
		"null, allowed":            {`{"type": ["string", "null"]}`, schema.WishNull, nil},
		"float64":                  {`{"type": "number"}`, 1.5, number("1.5")},
		"order and length":         {`{"type": "array", "items": {"type": "integer"}}`, []any{3, 1, 2}, []any{number("3"), number("1"), number("2")}},
		"an empty list":            {`{"type": "array", "items": {"type": "integer"}}`, []any{}, []any{}},
		"undeclared member":        {`{"type": "object"}`, object{"x": []any{true}}, object{"x": []any{true}}},
		"undeclared, not allowed":  {`{"type": "object", "additionalProperties": false}`, object{"x": 1}, object{}},
		"beyond maxItems":          {`{"type": "array", "items": {"type": "integer"}, "maxItems": 2}`, []any{1, 2, 3}, []any{number("1"), number("2")}},
		"a second of two branches": {`{"oneOf": [{"type": "string"}, {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}]}`, object{"a": 7}, object{"a": number("7")}},
		"deep recursion":           {`{"$defs": {"n": {"type": "object", "properties": {"n": {"$ref": "#/$defs/n"}}}}, "$ref": "#/$defs/n"}`, nested(40), nested(40)},
	} {
		t.Run(name, func(t *testing.T) {
			s := compiled(t, c.schema)
			v, err := makers[3].Make(s, "k", c.want)
			if err != nil || !schema.Equal(v, c.made) {
				t.Errorf("wished %v, made %v (%v), want %v", c.want, v, err, c.made)
			}
		})
	}
}

func nested(depth int) any {
	v := object{}
	for range depth {
		v = object{"n": v}
	}
	return v
}

// TestMakeWishInPart: what fits stays, the rest is made up.
func TestMakeWishInPart(t *testing.T) {
	s := compiled(t, `{"type": "object", "required": ["id", "name", "age", "tags", "note"], "properties": {
		"id": {"type": "integer"}, "name": {"type": "string", "maxLength": 5}, "age": {"type": "integer", "minimum": 18},
		"note": {"type": "string"}, "tags": {"type": "array", "items": {"type": "string"}}}}`)
	want := object{"id": "17", "name": "Robin", "age": 3, "tags": []any{"a", schema.Absent, 4}, "note": nil, "more": true}
	v, err := makers[1].Make(s, "k", want)
	if err != nil {
		t.Fatal(err)
	}
	m := v.(map[string]any)
	tags := m["tags"].([]any)
	if m["id"] != json.Number("17") || m["name"] != "Robin" || m["age"] == json.Number("3") || m["note"] == nil || m["more"] != true ||
		len(tags) != 3 || tags[0] != "a" || tags[1] == "" || tags[2] != "4" {
		t.Errorf("made %v", v)
	}
	if want["id"] != "17" || len(want) != 6 {
		t.Errorf("the wish was changed: %v", want)
	}
}
