package schema_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"understudy/contracts/schema"
)

// compiled compiles one schema written as JSON or YAML.
func compiled(t testing.TB, text string) *schema.Schema {
	t.Helper()
	d := parse(t, text)
	c := schema.NewCompiler(schema.JSONSchema202012, d.resolve)
	s, err := c.Compile(d.root, schema.Location{File: "test.json", Line: 1})
	if err != nil {
		t.Fatalf("compile %s: %v", text, err)
	}
	if err := c.Finish(); err != nil {
		t.Fatalf("finish %s: %v", text, err)
	}
	return s
}

func source(t testing.TB, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

type object = map[string]any

var memberNames = []string{"a", "b", "c", "id", "name", "createdAt", "email", "x-y"}

// drawValue draws a JSON value of limited depth.
func drawValue(t *rapid.T, depth int) any {
	kinds := 5
	if depth > 0 {
		kinds = 7
	}
	switch rapid.IntRange(0, kinds-1).Draw(t, "kind") {
	case 0:
		return nil
	case 1:
		return rapid.Bool().Draw(t, "bool")
	case 2:
		return json.Number(strconv.Itoa(rapid.IntRange(-50, 5000).Draw(t, "int")))
	case 3:
		return json.Number(fmt.Sprintf("%d.%02d", rapid.IntRange(0, 900).Draw(t, "whole"), rapid.IntRange(1, 99).Draw(t, "cents")))
	case 4:
		return rapid.StringMatching(`[a-zA-Z0-9äé ]{0,12}`).Draw(t, "text")
	case 5:
		return rapid.Map(rapid.IntRange(0, 3), func(n int) any {
			list := []any{}
			for range n {
				list = append(list, drawValue(t, depth-1))
			}
			return list
		}).Draw(t, "array")
	}
	members := object{}
	for _, name := range memberNames {
		if rapid.IntRange(0, 2).Draw(t, "has") == 0 {
			members[name] = drawValue(t, depth-1)
		}
	}
	return members
}

func typeName(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case json.Number:
		if _, err := strconv.ParseInt(string(v), 10, 64); err == nil {
			return "integer"
		}
		return "number"
	case string:
		return "string"
	case []any:
		return "array"
	}
	return "object"
}

// drawSchema draws a schema that the value v fits, so that there is something to be made.
func drawSchema(t *rapid.T, v any, depth int) any {
	s := object{}
	maybe := func(name string, odds int) bool { return rapid.IntRange(1, odds).Draw(t, name) == 1 }
	if !maybe("untyped", 5) {
		types := []any{typeName(v)}
		if maybe("more types", 5) {
			if other := rapid.SampledFrom([]string{"null", "string", "boolean", "array"}).Draw(t, "type"); other != types[0] {
				types = append(types, other)
			}
		}
		s["type"] = types
	}
	if maybe("enum", 8) {
		s["enum"] = rapid.Permutation([]any{v, "other", json.Number("7"), nil}).Draw(t, "enum")
	}
	if maybe("const", 15) {
		s["const"] = v
	}
	switch v := v.(type) {
	case json.Number:
		drawNumberKeywords(t, s, v, maybe)
	case string:
		drawTextKeywords(s, v, maybe)
	case []any:
		drawArrayKeywords(t, s, v, depth, maybe)
	case map[string]any:
		drawObjectKeywords(t, s, v, depth, maybe)
	}
	if depth > 0 {
		drawApplicators(t, s, v, depth, maybe)
	}
	return s
}

func drawNumberKeywords(t *rapid.T, s object, v json.Number, maybe func(string, int) bool) {
	f, _ := v.Float64()
	if maybe("minimum", 3) {
		s["minimum"] = json.Number(strconv.FormatFloat(f-float64(rapid.IntRange(0, 3).Draw(t, "below")), 'f', -1, 64))
	}
	if maybe("maximum", 3) {
		s["maximum"] = json.Number(strconv.FormatFloat(f+float64(rapid.IntRange(0, 3).Draw(t, "above")), 'f', -1, 64))
	}
	if maybe("exclusive", 6) {
		s["exclusiveMinimum"] = json.Number(strconv.FormatFloat(f-1, 'f', -1, 64))
	}
	if maybe("multipleOf", 3) {
		s["multipleOf"] = json.Number("0.01")
		if n, err := strconv.Atoi(string(v)); err == nil && n%5 == 0 {
			s["multipleOf"] = json.Number("5")
		}
	}
}

func drawTextKeywords(s object, v string, maybe func(string, int) bool) {
	n := utf8.RuneCountInString(v)
	if maybe("minLength", 3) {
		s["minLength"] = max(0, n-1)
	}
	if maybe("maxLength", 3) {
		s["maxLength"] = n + 1
	}
	for _, p := range []string{`^[a-z]+$`, `^[A-Z]`, `\d`, `^.{2,5}$`, `^[^ ]*$`, `^(\w+ ?)*$`} {
		if maybe("pattern", 8) && regexp.MustCompile(p).MatchString(v) {
			s["pattern"] = p
		}
	}
}

func drawArrayKeywords(t *rapid.T, s object, v []any, depth int, maybe func(string, int) bool) {
	if maybe("minItems", 3) {
		s["minItems"] = max(0, len(v)-1)
	}
	if maybe("maxItems", 3) {
		s["maxItems"] = len(v) + 1
	}
	prefix := 0
	if maybe("prefixItems", 4) && len(v) > 0 {
		s["prefixItems"] = []any{drawSchema(t, v[0], depth-1)}
		prefix = 1
	}
	if rest := v[prefix:]; maybe("items", 2) && len(rest) > 0 {
		one := object{"anyOf": []any{}}
		for _, item := range rest {
			one["anyOf"] = append(one["anyOf"].([]any), drawSchema(t, item, depth-1))
		}
		s["items"] = one
	} else if len(rest) == 0 && maybe("no items", 3) {
		s["items"] = false
	}
	if maybe("contains", 5) && len(v) > 0 {
		s["contains"] = drawSchema(t, v[len(v)-1], depth-1)
	}
	if maybe("uniqueItems", 4) {
		unique := true
		for i := range v {
			for j := range i {
				unique = unique && !schema.Equal(v[i], v[j])
			}
		}
		s["uniqueItems"] = unique
	}
}

func drawObjectKeywords(t *rapid.T, s object, v object, depth int, maybe func(string, int) bool) {
	props, required := object{}, []any{}
	for _, name := range memberNames {
		member, there := v[name]
		if there && maybe("property", 2) {
			props[name] = drawSchema(t, member, depth-1)
		}
		if !there && maybe("further property", 4) {
			props[name] = object{"type": rapid.SampledFrom([]string{"string", "integer", "array", "boolean"}).Draw(t, "type")}
		}
		if there && maybe("required", 2) {
			required = append(required, name)
		}
	}
	s["properties"], s["required"] = props, required
	closed := true
	for name := range v {
		closed = closed && props[name] != nil
	}
	if maybe("closed", 3) && closed {
		s[rapid.SampledFrom([]string{"additionalProperties", "unevaluatedProperties"}).Draw(t, "keyword")] = false
	}
	if maybe("minProperties", 4) {
		s["minProperties"] = len(v)
	}
	if maybe("maxProperties", 4) {
		s["maxProperties"] = len(v) + 1
	}
	if maybe("propertyNames", 6) {
		s["propertyNames"] = object{"maxLength": 9, "pattern": "^[a-zA-Z-]+$"}
	}
	if maybe("dependentRequired", 6) && len(v) > 0 {
		s["dependentRequired"] = object{memberNames[0]: slices.Sorted(keys(v))}
	}
}

func keys(v object) func(func(string) bool) {
	return func(yield func(string) bool) {
		for name := range v {
			if !yield(name) {
				return
			}
		}
	}
}

func drawApplicators(t *rapid.T, s object, v any, depth int, maybe func(string, int) bool) {
	if maybe("allOf", 6) {
		s["allOf"] = []any{drawSchema(t, v, depth-1), drawSchema(t, v, depth-1)}
	}
	if maybe("anyOf", 6) {
		s["anyOf"] = []any{drawSchema(t, drawValue(t, 1), depth-1), drawSchema(t, v, depth-1)}
	}
	if maybe("oneOf", 6) {
		s["oneOf"] = []any{object{"const": "somethingElse"}, drawSchema(t, v, depth-1), object{"type": "number", "minimum": 1e9}}
	}
	if maybe("not", 6) {
		s["not"] = object{"const": object{"never": true}}
	}
	if maybe("if", 8) {
		s["if"] = object{"type": typeName(v)}
		s["then"] = drawSchema(t, v, depth-1)
		s["else"] = false
	}
}

// TestMakeFitsDrawnSchemas: where there is a value, one is made, and it fits.
func TestMakeFitsDrawnSchemas(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		witness := drawValue(r, 2)
		text := source(t, drawSchema(r, witness, 2))
		s := compiled(t, text)
		if !s.Valid(witness, schema.Response) {
			r.Skip("the drawn schema refuses its witness") // an earlier branch of oneOf accepted it as well
		}
		if at, reason, bad := s.Unsatisfiable(); bad {
			r.Fatalf("%s is called unsatisfiable at %s (%s) but %v fits", text, at, reason, witness)
		}
		seed := rapid.Uint64().Draw(r, "seed")
		for _, m := range makers {
			m := *m
			m.Seed = seed
			v, err := m.Make(s, "key", nil)
			if err != nil {
				r.Fatalf("%s: %v (%s fits)", text, err, source(t, witness))
			}
			if vs := s.Check(v, m.Direction); len(vs) > 0 || !s.Valid(v, m.Direction) {
				r.Fatalf("%s: made %s: %+v", text, source(t, v), vs)
			}
		}
	})
}

// TestMakeKeepsWhatFits: a wish that fits comes back as it is when nothing more than necessary is made.
func TestMakeKeepsWhatFits(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		witness := drawValue(r, 2)
		text := source(t, drawSchema(r, witness, 2))
		s := compiled(t, text)
		if !s.Valid(witness, schema.Response) {
			r.Skip("the drawn schema refuses its witness")
		}
		m := schema.Maker{Seed: 5, Now: testNow, Direction: schema.Response, Optional: schema.RequiredOnly}
		want := witness
		if want == nil {
			want = schema.WishNull
		}
		v, err := m.Make(s, "key", want)
		if err != nil || !schema.Equal(v, witness) {
			r.Fatalf("%s: wished %s, made %s, %v", text, source(t, witness), source(t, v), err)
		}
		m.Optional = schema.AllOptional
		v, err = m.Make(s, "key", want)
		if err != nil || !holds(v, witness) {
			r.Fatalf("%s: wished %s, made %s with all properties, %v", text, source(t, witness), source(t, v), err)
		}
	})
}

// holds says whether v has all that part has.
func holds(v, part any) bool {
	members, ok := part.(map[string]any)
	if !ok {
		list, ok := part.([]any)
		if !ok {
			return schema.Equal(v, part)
		}
		made, ok := v.([]any)
		if !ok || len(made) != len(list) {
			return false
		}
		for i := range list {
			if !holds(made[i], list[i]) {
				return false
			}
		}
		return true
	}
	made, ok := v.(map[string]any)
	for name, member := range members {
		have, there := made[name]
		if ok = ok && there && holds(have, member); !ok {
			return false
		}
	}
	return ok
}

// TestMakeAnswersEverySchema: whatever keywords come together, the answer is a value that fits or a typed error.
func TestMakeAnswersEverySchema(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		s1, _ := drawSchema(r, drawValue(r, 2), 2).(object)
		s2, _ := drawSchema(r, drawValue(r, 2), 2).(object)
		for name, value := range s2 {
			if rapid.Bool().Draw(r, "mix") {
				s1[name] = value
			}
		}
		text := source(t, s1)
		s := compiled(t, text)
		for _, m := range makers {
			v, err := m.Make(s, "key", nil)
			var u *schema.Unsatisfiable
			switch {
			case err == nil && !s.Valid(v, m.Direction):
				r.Fatalf("%s: made %s: %+v", text, source(t, v), s.Check(v, m.Direction))
			case err != nil && (!errors.As(err, &u) || u.Reason == ""):
				r.Fatalf("%s: error %v", text, err)
			}
		}
	})
}
