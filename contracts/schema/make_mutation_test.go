package schema_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
	"pgregory.net/rapid"

	"understudy/contracts/schema"
)

// TestMutatedValuesDoNotFit draws an object schema whose properties have one limit each, makes a value, takes one member out
// of its limit and expects a violation there and nowhere else.
func TestMutatedValuesDoNotFit(t *testing.T) {
	type limit struct {
		keyword string
		schema  string
		breach  func(v any) any
	}
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.IntRange(1, 40).Draw(r, "n")
		number := func(offset int) func(any) any {
			return func(any) any { return json.Number(fmt.Sprint(n + offset)) }
		}
		text := func(length int) func(any) any {
			return func(any) any { return strings.Repeat("ä", max(0, length)) }
		}
		limits := []limit{
			{"minimum", fmt.Sprintf(`{"type": "integer", "minimum": %d}`, n), number(-1)},
			{"maximum", fmt.Sprintf(`{"type": "integer", "maximum": %d}`, n), number(1)},
			{"exclusiveMinimum", fmt.Sprintf(`{"type": "integer", "exclusiveMinimum": %d}`, n), number(0)},
			{"multipleOf", fmt.Sprintf(`{"type": "integer", "multipleOf": %d}`, n+1), number(2)},
			{"minLength", fmt.Sprintf(`{"type": "string", "minLength": %d}`, n), text(n - 1)},
			{"maxLength", fmt.Sprintf(`{"type": "string", "maxLength": %d}`, n), text(n + 1)},
			{"pattern", fmt.Sprintf(`{"type": "string", "pattern": "^[a-f]{%d}$"}`, n), func(v any) any { return v.(string)[1:] + "x" }},
			{"enum", `{"enum": ["a", "b"]}`, func(any) any { return "c" }},
			{"const", fmt.Sprintf(`{"const": %d}`, n), number(1)},
			{"type", `{"type": "boolean"}`, func(any) any { return "true" }},
			{"format", `{"type": "string", "format": "date-time"}`, func(v any) any { return v.(string)[:19] }},
			{"minItems", fmt.Sprintf(`{"type": "array", "minItems": %d, "items": {"type": "integer"}}`, n), func(v any) any { return v.([]any)[:n-1] }},
			{"maxItems", fmt.Sprintf(`{"type": "array", "maxItems": %d, "items": {"type": "integer"}}`, n), func(any) any { return make([]any, n+1) }},
			{"uniqueItems", `{"type": "array", "minItems": 1, "uniqueItems": true, "items": {"type": "string"}}`, func(v any) any { return append(v.([]any), v.([]any)[0]) }},
			{"additionalProperties", `{"type": "object", "additionalProperties": false}`, func(any) any { return object{"x": true} }},
			{"required", `{"type": "object", "required": ["y"]}`, func(any) any { return object{} }},
			{"dependentRequired", `{"type": "object", "dependentRequired": {"y": ["z"]}}`, func(any) any { return object{"y": true} }},
			{"not", `{"type": "string", "not": {"minLength": 30}}`, text(30)},
			{"oneOf", `{"oneOf": [{"type": "integer"}, {"type": "string"}]}`, func(any) any { return true }},
		}
		names := rapid.SliceOfNDistinct(rapid.IntRange(0, len(limits)-1), 1, 6, rapid.ID[int]).Draw(r, "limits")
		var properties, required []string
		for _, i := range names {
			properties = append(properties, fmt.Sprintf(`"p%d": %s`, i, limits[i].schema))
			required = append(required, fmt.Sprintf(`"p%d"`, i))
		}
		s := compiled(t, `{"type": "object", "properties": {`+strings.Join(properties, ",")+`}, "required": [`+strings.Join(required, ",")+`]}`)
		v, err := (&schema.Maker{Seed: rapid.Uint64().Draw(r, "seed"), Now: testNow}).Make(s, "k", nil)
		if err != nil {
			r.Fatal(err)
		}
		broken := names[rapid.IntRange(0, len(names)-1).Draw(r, "broken")]
		members := v.(map[string]any)
		name := fmt.Sprintf("p%d", broken)
		members[name] = limits[broken].breach(members[name])
		violations := s.Check(v, schema.Response)
		if s.Valid(v, schema.Response) || len(violations) == 0 {
			r.Fatalf("%s: %v still fits %s", limits[broken].keyword, members[name], limits[broken].schema)
		}
		for _, one := range violations {
			if !strings.HasPrefix(one.Pointer, "/"+name) {
				r.Fatalf("%s: violation %+v", limits[broken].keyword, one)
			}
		}
	})
}

// FuzzMake: whatever the document, Make answers with a value that fits or with its own error, within bounds.
func FuzzMake(f *testing.F) {
	for _, text := range []string{
		`{"type": "object", "properties": {"a": {"$ref": "#"}}, "required": ["a"]}`,
		`{"oneOf": [{"type": "string", "pattern": "^(a|b)*$"}, {"not": {"type": "string"}}], "minLength": 3}`,
		`{"type": "array", "items": {"multipleOf": 0.3}, "minItems": 4, "uniqueItems": true, "contains": {"minimum": 9}}`,
		`{"if": {"required": ["x"]}, "then": {"properties": {"y": false}}, "else": {"minProperties": 2}, "type": "object"}`,
		`{"anyOf": [{"enum": [1, "a"]}, {"const": null}], "allOf": [{"type": "string"}, {"maxLength": 1}]}`,
		`{"unevaluatedProperties": false, "allOf": [{"patternProperties": {"^a": {"type": "integer"}}}], "minProperties": 2}`,
	} {
		f.Add(text, uint64(1), `{"a": [1, null], "x": "y"}`)
	}
	f.Fuzz(func(t *testing.T, text string, seed uint64, wish string) {
		var root yaml.Node
		if len(text) > 4096 || len(wish) > 4096 || !json.Valid([]byte(text)) || yaml.Unmarshal([]byte(text), &root) != nil ||
			len(root.Content) == 0 {
			t.Skip()
		}
		d := &document{root: root.Content[0]}
		c := schema.NewCompiler(schema.JSONSchema202012, d.resolve)
		s, err := c.Compile(d.root, schema.Location{File: "fuzz.json"})
		if err != nil || c.Finish() != nil {
			t.Skip()
		}
		_, _, never := s.Unsatisfiable()
		var want any
		_ = json.Unmarshal([]byte(wish), &want)
		for _, o := range []schema.Optional{schema.AllOptional, schema.RequiredOnly} {
			m := schema.Maker{Seed: seed, Now: testNow, Direction: schema.Response, Optional: o, Examples: seed%2 == 0}
			v, err := m.Make(s, "k", want)
			if err == nil && (never || !s.Valid(v, schema.Response)) {
				t.Errorf("%s: made %v (called unsatisfiable: %v): %+v", text, v, never, s.Check(v, schema.Response))
			}
			if again, _ := m.Make(s, "k", want); err == nil && !schema.Equal(v, again) {
				t.Errorf("%s: made %v, then %v", text, v, again)
			}
		}
	})
}

func BenchmarkMake(b *testing.B) {
	s := compiled(b, `{"type": "object", "properties": {"id": {"type": "string", "format": "uuid"}, "name": {"type": "string"}, "email": {"type": "string", "format": "email"},
		"age": {"type": "integer", "minimum": 18}, "price": {"type": "number", "multipleOf": 0.01}, "active": {"type": "boolean"}, "status": {"enum": ["a", "b"]},
		"url": {"type": "string", "format": "uri"}, "city": {"type": "string"}, "country": {"type": "string", "maxLength": 2}, "created_at": {"type": "string", "format": "date-time"},
		"updated_at": {"type": "string", "format": "date-time"}, "description": {"type": "string"}, "tags": {"type": "array", "items": {"type": "string"}},
		"count": {"type": "integer"}, "code": {"type": "string", "pattern": "^[A-Z]{3}-\\d{4}$"}, "phone": {"type": "string"}, "company": {"type": "string"},
		"ip": {"type": "string", "format": "ipv4"}, "score": {"type": "number"}}}`)
	m := schema.Maker{Seed: 1, Now: testNow, Direction: schema.Response}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := m.Make(s, "k", nil); err != nil {
			b.Fatal(err)
		}
	}
}
