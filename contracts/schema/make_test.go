package schema_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"understudy/contracts/schema"
)

var testNow = time.Date(2026, 5, 4, 10, 30, 0, 0, time.UTC)

var makers = []*schema.Maker{
	{Seed: 1, Now: testNow, Direction: schema.Response, Examples: true},
	{Seed: 2, Now: testNow, Direction: schema.Response},
	{Seed: 3, Now: testNow, Direction: schema.Request, Optional: schema.SomeOptional},
	{Seed: 4, Now: testNow, Direction: schema.Request, Optional: schema.RequiredOnly, Examples: true},
}

// TestMakeKeywords makes values for one schema after the other, with every maker and several keys. What is made must fit;
// expect looks at what Valid cannot see.
func TestMakeKeywords(t *testing.T) {
	for name, c := range map[string]struct {
		schema string
		expect func(v any) bool
	}{
		"true":                     {`true`, nil},
		"const":                    {`{"const": {"a": [1, null]}}`, nil},
		"enum":                     {`{"enum": ["a", 2, null]}`, func(v any) bool { return v != nil }},
		"enum meets other limits":  {`{"enum": ["ab", "abc", 5], "type": "string", "minLength": 3}`, nil},
		"integer":                  {`{"type": "integer"}`, nil},
		"integer beyond 2^53":      {`{"type": "integer", "minimum": 9007199254740993, "maximum": 9007199254740993}`, func(v any) bool { return v == json.Number("9007199254740993") }},
		"int32":                    {`{"type": "integer", "format": "int32", "minimum": 2147483000}`, nil},
		"exclusive bounds":         {`{"type": "integer", "exclusiveMinimum": 4, "exclusiveMaximum": 6}`, func(v any) bool { return v == json.Number("5") }},
		"number between":           {`{"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 0.001}`, nil},
		"number exactly":           {`{"type": "number", "minimum": 0.123456789, "maximum": 0.123456789}`, nil},
		"cents":                    {`{"type": "number", "multipleOf": 0.01, "minimum": 3.141, "maximum": 3.15}`, func(v any) bool { return v == json.Number("3.15") }},
		"two multiples":            {`{"type": "integer", "allOf": [{"multipleOf": 6}, {"multipleOf": 4}], "minimum": 13, "maximum": 35}`, func(v any) bool { return v == json.Number("24") }},
		"negative":                 {`{"type": "number", "maximum": -17.5}`, nil},
		"large multiple":           {`{"type": "integer", "multipleOf": 1000000007}`, nil},
		"long text":                {`{"type": "string", "minLength": 300, "maxLength": 301}`, nil},
		"short text":               {`{"type": "string", "maxLength": 1}`, nil},
		"empty text":               {`{"type": "string", "maxLength": 0}`, nil},
		"pattern":                  {`{"type": "string", "pattern": "^[A-Z]{3}-\\d{4}$"}`, nil},
		"pattern with length":      {`{"type": "string", "pattern": "^[a-z]+(-[a-z]+)*$", "minLength": 40, "maxLength": 44}`, nil},
		"pattern not anchored":     {`{"type": "string", "pattern": "\\d{3}", "minLength": 20}`, nil},
		"pattern without ASCII":    {`{"type": "string", "pattern": "^[^\\x00-\\x7F]+$"}`, nil},
		"pattern with look-ahead":  {`{"type": "string", "pattern": "^(?=.*[A-Z])(?=.*\\d).{8,}$"}`, nil},
		"two patterns":             {`{"type": "string", "allOf": [{"pattern": "^ab"}, {"pattern": "yz$"}], "minLength": 9}`, nil},
		"code points":              {`{"type": "string", "pattern": "^[äöü]*$", "minLength": 4, "maxLength": 4}`, func(v any) bool { return utf8.RuneCountInString(v.(string)) == 4 }},
		"email of a length":        {`{"type": "string", "format": "email", "minLength": 90, "maxLength": 90}`, nil},
		"short email":              {`{"type": "string", "format": "email", "maxLength": 7}`, nil},
		"short uri":                {`{"type": "string", "format": "uri", "maxLength": 20}`, nil},
		"base64 content":           {`{"type": "string", "contentEncoding": "base64", "pattern": "^[A-Za-z0-9+/]+=*$"}`, nil},
		"array":                    {`{"type": "array", "items": {"type": "integer"}}`, func(v any) bool { return len(v.([]any)) > 0 }},
		"array sizes":              {`{"type": "array", "items": {"type": "string"}, "minItems": 7, "maxItems": 7}`, nil},
		"unique booleans":          {`{"type": "array", "items": {"type": "boolean"}, "uniqueItems": true, "minItems": 2}`, nil},
		"unique enum":              {`{"type": "array", "items": {"enum": [1, 2, 3, 4, 5]}, "uniqueItems": true, "minItems": 5}`, nil},
		"unique in a small range":  {`{"type": "array", "items": {"type": "integer", "minimum": 1, "maximum": 30}, "uniqueItems": true, "minItems": 30}`, nil},
		"tuple":                    {`{"type": "array", "prefixItems": [{"const": 1}, {"type": "string"}], "items": false, "minItems": 2}`, nil},
		"contains":                 {`{"type": "array", "items": {"type": "integer"}, "contains": {"multipleOf": 97}, "minContains": 2, "maxContains": 2, "minItems": 4}`, nil},
		"unevaluated items":        {`{"prefixItems": [{"type": "integer"}], "unevaluatedItems": false, "type": "array"}`, nil},
		"map":                      {`{"type": "object", "additionalProperties": {"type": "integer"}, "minProperties": 3}`, nil},
		"map by pattern":           {`{"type": "object", "patternProperties": {"^x-[a-z]{2}$": {"type": "integer"}}, "additionalProperties": false, "minProperties": 2}`, nil},
		"property names":           {`{"type": "object", "propertyNames": {"pattern": "^[A-Z]{4}$"}, "additionalProperties": {"type": "null"}, "minProperties": 1}`, nil},
		"names from an enum":       {`{"type": "object", "propertyNames": {"enum": ["a", "b", "c"]}, "minProperties": 3}`, nil},
		"required, not declared":   {`{"type": "object", "required": ["email"], "additionalProperties": {"type": "string", "format": "email"}}`, nil},
		"dependent required":       {`{"type": "object", "properties": {"card": {"type": "string"}}, "dependentRequired": {"card": ["address"]}}`, nil},
		"dependent schemas":        {`{"type": "object", "properties": {"card": {"type": "string"}}, "dependentSchemas": {"card": {"required": ["cvc"], "properties": {"cvc": {"pattern": "^\\d{3}$"}}}}}`, nil},
		"at most two properties":   {`{"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}, "c": {"type": "string"}, "d": {"type": "string"}}, "required": ["d"], "maxProperties": 2}`, nil},
		"allOf":                    {`{"allOf": [{"type": "object", "properties": {"n": {"minimum": 5}}, "required": ["n"]}, {"properties": {"n": {"type": "integer", "maximum": 5}}}]}`, nil},
		"oneOf, one fits":          {`{"oneOf": [{"type": "integer", "multipleOf": 2}, {"type": "integer", "multipleOf": 3}]}`, nil},
		"oneOf, lax branches":      {`{"type": "object", "oneOf": [{"required": ["a"]}, {"required": ["b"]}], "properties": {"a": {"type": "string"}, "b": {"type": "string"}}}`, nil},
		"oneOf, one in the other":  {`{"oneOf": [{"type": "object", "required": ["m"]}, {"type": "object", "required": ["m"], "properties": {"e": {"type": "array", "items": {"type": "string"}}}}]}`, nil},
		"anyOf":                    {`{"anyOf": [{"type": "string", "maxLength": 3, "minLength": 5}, {"type": "integer"}]}`, nil},
		"not required":             {`{"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}, "not": {"required": ["a"]}}`, nil},
		"not a type":               {`{"not": {"type": ["string", "object", "null"]}}`, nil},
		"if, then, else":           {`{"type": "object", "required": ["kind"], "properties": {"kind": {"enum": ["card", "bank"]}}, "if": {"properties": {"kind": {"const": "card"}}}, "then": {"required": ["number"]}, "else": {"required": ["iban"]}}`, nil},
		"unevaluated":              {`{"allOf": [{"properties": {"a": {"type": "integer"}}}], "properties": {"b": {"type": "integer"}}, "unevaluatedProperties": false, "type": "object"}`, nil},
		"recursion, optional":      {`{"$defs": {"n": {"type": "object", "properties": {"next": {"$ref": "#/$defs/n"}, "v": {"type": "integer"}}}}, "$ref": "#/$defs/n"}`, nil},
		"recursion, array":         {`{"$defs": {"n": {"type": "object", "required": ["c"], "properties": {"c": {"type": "array", "items": {"$ref": "#/$defs/n"}}}}}, "$ref": "#/$defs/n"}`, nil},
		"recursion, null":          {`{"$defs": {"n": {"type": ["object", "null"], "required": ["next"], "properties": {"next": {"$ref": "#/$defs/n"}}}}, "$ref": "#/$defs/n"}`, nil},
		"recursion, other branch":  {`{"$defs": {"n": {"type": "object", "required": ["next"], "properties": {"next": {"oneOf": [{"$ref": "#/$defs/n"}, {"type": "string"}]}}}}, "$ref": "#/$defs/n"}`, nil},
		"recursion, dynamic":       {`{"$dynamicAnchor": "t", "type": "object", "properties": {"v": {"type": "integer"}, "kids": {"type": "array", "items": {"$dynamicRef": "#t"}}}}`, nil},
		"formats":                  {formats(), nil},
		"free object":              {`{"type": "object"}`, func(v any) bool { return len(v.(map[string]any)) == 0 }},
		"nothing but null is left": {`{"type": ["string", "null"], "minLength": 5, "maxLength": 2}`, func(v any) bool { return v == nil }},
	} {
		t.Run(name, func(t *testing.T) {
			s := compiled(t, c.schema)
			if at, reason, bad := s.Unsatisfiable(); bad {
				t.Errorf("called unsatisfiable at %s: %s", at, reason)
			}
			for _, m := range makers {
				for i := range 20 {
					v, err := m.Make(s, fmt.Sprint("k", i), nil)
					if err != nil {
						t.Fatal(err)
					}
					if !s.Valid(v, m.Direction) {
						t.Fatalf("made %v: %+v", v, s.Check(v, m.Direction))
					}
					if c.expect != nil && !c.expect(v) {
						t.Fatalf("made %v", v)
					}
				}
			}
		})
	}
}

// formats is a schema with a required property for every format.
func formats() string {
	var properties, required []string
	for _, f := range strings.Fields("date-time date time duration email idn-email hostname idn-hostname ipv4 ipv6 uri iri uri-reference " +
		"iri-reference uri-template json-pointer relative-json-pointer regex uuid byte binary password base64url http-date") {
		properties = append(properties, fmt.Sprintf(`"%s": {"type": "string", "format": "%s"}`, f, f))
		required = append(required, fmt.Sprintf("%q", f))
	}
	return `{"type": "object", "properties": {` + strings.Join(properties, ",") + `}, "required": [` + strings.Join(required, ",") + `]}`
}

func TestMakeUnsatisfiable(t *testing.T) {
	for name, c := range map[string]struct{ schema, reason string }{
		"false":               {`false`, "false"},
		"minimum and maximum": {`{"type": "integer", "minimum": 5, "maximum": 3}`, "minimum 5 is above maximum 3"},
		"no integer between":  {`{"type": "integer", "minimum": 1.2, "maximum": 1.8}`, "no integer is between"},
		"lengths":             {`{"type": "string", "minLength": 5, "maxLength": 3}`, "minLength 5 is above maxLength 3"},
		"items":               {`{"type": "array", "minItems": 5, "maxItems": 3}`, "minItems 5 is above maxItems 3"},
		"too few places":      {`{"type": "array", "prefixItems": [true], "items": false, "minItems": 2}`, "only 1 items are allowed"},
		"enum and type":       {`{"type": "integer", "enum": ["a"]}`, "enum or const"},
		"types":               {`{"allOf": [{"type": "string"}, {"type": "integer"}]}`, "no type"},
		"required and false":  {`{"type": "object", "required": ["a"], "properties": {"a": false}}`, `"a" is required and not allowed`},
		"required and closed": {`{"type": "object", "required": ["a"], "additionalProperties": false}`, `"a" is required and not allowed`},
		"inside":              {`{"type": "object", "required": ["a"], "properties": {"a": {"type": "array", "minItems": 1, "items": false}}}`, "minItems"},
		"endless":             {`{"$defs": {"n": {"type": "object", "required": ["n"], "properties": {"n": {"$ref": "#/$defs/n"}}}}, "$ref": "#/$defs/n"}`, "without end"},
		"all branches":        {`{"oneOf": [{"type": "string", "minLength": 2, "maxLength": 1}, false]}`, "minLength"},
	} {
		t.Run(name, func(t *testing.T) {
			s := compiled(t, c.schema)
			at, reason, bad := s.Unsatisfiable()
			if !bad || !strings.Contains(reason, c.reason) || at.File != "test.json" {
				t.Errorf("Unsatisfiable() = %s, %q, %v; want %q", at, reason, bad, c.reason)
			}
			var u *schema.Unsatisfiable
			if _, err := makers[0].Make(s, "k", nil); !errors.As(err, &u) || u.Reason != reason {
				t.Errorf("Make: %v; want %q", err, reason)
			}
		})
	}
}

func TestMakeDirection(t *testing.T) {
	s := compiled(t, `{"type": "object", "required": ["id", "secret", "name"], "properties": {
		"id": {"type": "integer", "readOnly": true}, "secret": {"type": "string", "writeOnly": true}, "name": {"type": "string"}},
		"example": {"id": 4, "secret": "x", "name": "n"}}`)
	for _, examples := range []bool{true, false} {
		m := schema.Maker{Direction: schema.Request, Examples: examples}
		v, err := m.Make(s, "k", nil)
		if members := v.(map[string]any); err != nil || members["id"] != nil || members["secret"] == nil {
			t.Errorf("request: %v, %v", v, err)
		}
		m.Direction = schema.Response
		v, err = m.Make(s, "k", nil)
		if members := v.(map[string]any); err != nil || members["id"] == nil || members["secret"] != nil {
			t.Errorf("response: %v, %v", v, err)
		}
	}
}

func TestMakeOptional(t *testing.T) {
	s := compiled(t, `{"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}, "c": {"type": "integer"}}}`)
	sizes := map[schema.Optional]map[int]bool{}
	for _, o := range []schema.Optional{schema.AllOptional, schema.RequiredOnly, schema.SomeOptional} {
		sizes[o] = map[int]bool{}
		for i := range 40 {
			v, err := (&schema.Maker{Optional: o}).Make(s, fmt.Sprint(i), nil)
			if err != nil {
				t.Fatal(err)
			}
			sizes[o][len(v.(map[string]any))] = true
		}
	}
	if len(sizes[schema.AllOptional]) != 1 || !sizes[schema.AllOptional][3] || len(sizes[schema.RequiredOnly]) != 1 ||
		!sizes[schema.RequiredOnly][1] || len(sizes[schema.SomeOptional]) != 3 {
		t.Errorf("numbers of properties: %v", sizes)
	}
}

// TestMakeIsRepeatable: the same seed gives the same bytes, another seed or key others, and a property added shifts nothing.
func TestMakeIsRepeatable(t *testing.T) {
	const text = `{"type": "object", "properties": {"id": {"type": "string"}, "name": {"type": "string"}, "n": {"type": "number"},
		"tags": {"type": "array", "items": {"type": "string"}}, "at": {"type": "string", "format": "date-time"}%s}}`
	s, wider := compiled(t, fmt.Sprintf(text, "")), compiled(t, fmt.Sprintf(text, `, "zip": {"type": "string"}`))
	made := func(s *schema.Schema, seed uint64, key string) map[string]any {
		m := schema.Maker{Seed: seed, Now: testNow}
		v, err := m.Make(s, key, nil)
		if err != nil {
			t.Fatal(err)
		}
		return v.(map[string]any)
	}
	seen := map[string]bool{}
	for seed := range uint64(30) {
		a := made(s, seed, "k")
		if b := made(compiled(t, fmt.Sprintf(text, "")), seed, "k"); !schema.Equal(a, b) {
			t.Fatalf("seed %d: %v and %v", seed, a, b)
		}
		b := made(wider, seed, "k")
		delete(b, "zip")
		if !schema.Equal(a, b) {
			t.Errorf("a further property shifts: %v and %v", a, b)
		}
		seen[source(t, a)] = true
		seen[source(t, made(s, seed, "other"))] = true
	}
	if len(seen) != 60 {
		t.Errorf("60 seeds and keys gave %d values", len(seen))
	}
}

func TestMakeDiscriminator(t *testing.T) {
	d := parse(t, `
components:
  schemas:
    Pet:
      oneOf: [{$ref: '#/components/schemas/Cat'}, {$ref: '#/components/schemas/Dog'}]
      discriminator: {propertyName: kind, mapping: {meow: '#/components/schemas/Cat'}}
    Cat: {type: object, required: [kind, lives], properties: {kind: {type: string}, lives: {type: integer}}}
    Dog: {type: object, required: [kind, bark], properties: {kind: {type: string}, bark: {type: boolean}}}
    Base: {type: object, required: [type], properties: {type: {type: string}}, discriminator: {propertyName: type, mapping: {sq: '#/components/schemas/Square'}}}
    Square: {allOf: [{$ref: '#/components/schemas/Base'}, {type: object, properties: {side: {type: number}}}]}
`)
	c := schema.NewCompiler(schema.OpenAPI30, d.resolve)
	get := func(name string) *schema.Schema {
		pointer := "/components/schemas/" + name
		s, err := c.Compile(d.at(pointer), schema.Location{Pointer: pointer})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	pet, square := get("Pet"), get("Square")
	if err := c.Finish(); err != nil {
		t.Fatal(err)
	}
	for _, one := range []struct {
		s        *schema.Schema
		want     any
		property string
		value    string
		member   string
	}{
		{pet, nil, "kind", "meow", "lives"},
		{pet, map[string]any{"kind": "Dog"}, "kind", "Dog", "bark"},
		{pet, map[string]any{"bark": true}, "kind", "Dog", "bark"},
		{square, nil, "type", "sq", "side"},
	} {
		v, err := makers[1].Make(one.s, "k", one.want)
		if err != nil {
			t.Fatal(err)
		}
		if m := v.(map[string]any); m[one.property] != one.value || m[one.member] == nil {
			t.Errorf("wished %v, made %v", one.want, v)
		}
	}
}

// TestMakeExactNumbers: what is made for multipleOf is an exact multiple, however small or large.
func TestMakeExactNumbers(t *testing.T) {
	for _, step := range []string{"0.01", "0.001", "0.125", "7", "1e-9", "123456789012345678901234567890", "2.5e3"} {
		s := compiled(t, `{"type": "number", "multipleOf": `+step+`, "exclusiveMinimum": 0}`)
		for i := range 20 {
			v, err := makers[1].Make(s, fmt.Sprint(i), nil)
			if err != nil {
				t.Fatal(err)
			}
			x, _ := new(big.Rat).SetString(string(v.(json.Number)))
			m, _ := new(big.Rat).SetString(step)
			if x == nil || x.Sign() <= 0 || !new(big.Rat).Quo(x, m).IsInt() {
				t.Errorf("%s for multipleOf %s", v, step)
			}
		}
	}
}

// TestMakeTogether: many goroutines that meet a schema for the first time all make the same of it.
func TestMakeTogether(t *testing.T) {
	for range 20 {
		s := compiled(t, `{"$defs": {"n": {"type": "object", "required": ["v"], "properties": {"v": {"oneOf": [{"type": "integer"}, {"type": "number"}]},
			"kids": {"type": "array", "items": {"$ref": "#/$defs/n"}}, "code": {"type": "string", "pattern": "^[a-z]{9}$"}}}}, "$ref": "#/$defs/n"}`)
		results := make(chan any)
		for range 8 {
			go func() {
				v, err := makers[0].Make(s, "k", nil)
				if err != nil {
					v = err
				}
				_, _, _ = s.Unsatisfiable()
				results <- v
			}()
		}
		first := <-results
		for range 7 {
			if v := <-results; !schema.Equal(v, first) {
				t.Errorf("%v and %v", v, first)
			}
		}
	}
}
