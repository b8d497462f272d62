package schema_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"understudy/contracts/schema"
)

// document is one parsed file, with a resolver for references inside it.
type document struct {
	root *yaml.Node
}

func parseDocument(text string) (*document, error) {
	var n yaml.Node
	if err := yaml.Unmarshal([]byte(text), &n); err != nil {
		return nil, fmt.Errorf("the test's own document: %w", err)
	}
	if len(n.Content) == 0 {
		return &document{root: &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null"}}, nil
	}
	return &document{root: n.Content[0]}, nil
}

func parse(t testing.TB, text string) *document {
	t.Helper()
	d, err := parseDocument(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// at walks a JSON Pointer.
func (d *document) at(pointer string) *yaml.Node {
	n := d.root
	for _, token := range strings.Split(pointer, "/")[1:] {
		token = strings.NewReplacer("~1", "/", "~0", "~").Replace(token)
		for n != nil && n.Kind == yaml.AliasNode {
			n = n.Alias
		}
		var next *yaml.Node
		switch n.Kind {
		case yaml.MappingNode:
			for i := 0; i+1 < len(n.Content); i += 2 {
				if n.Content[i].Value == token {
					next = n.Content[i+1]
				}
			}
		case yaml.SequenceNode:
			if i, err := strconv.Atoi(token); err == nil && i >= 0 && i < len(n.Content) {
				next = n.Content[i]
			}
		}
		if next == nil {
			return nil
		}
		n = next
	}
	return n
}

func (d *document) resolve(from schema.Location, ref string) (*yaml.Node, schema.Location, error) {
	pointer, ok := strings.CutPrefix(ref, "#")
	if !ok || pointer != "" && pointer[0] != '/' {
		return nil, schema.Location{}, fmt.Errorf("%s is outside of the document", ref)
	}
	n := d.at(pointer)
	if n == nil {
		return nil, schema.Location{}, fmt.Errorf("nothing at %s", pointer)
	}
	return n, schema.Location{File: from.File, Line: n.Line, Pointer: pointer}, nil
}

// specs gives the folder with real documents, or skips.
func specs(t testing.TB) string {
	t.Helper()
	folder := os.Getenv("SPECS")
	if folder == "" {
		folder = filepath.Join("..", "..", "..", "shared", "specs")
	}
	if _, err := os.Stat(folder); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("real documents are needed with CI=true: %v", err)
		}
		t.Skipf("no folder with real documents (set SPECS): %v", err)
	}
	return folder
}

func TestReferences(t *testing.T) {
	for _, c := range []struct {
		name, doc    string
		dialect      schema.Dialect
		root         string
		fits, breaks []string
	}{
		{"recursive", `{components: {schemas: {Node: {type: object, properties: {next: {$ref: '#/components/schemas/Node'}}, additionalProperties: false}}}}`,
			v30, "/components/schemas/Node", []string{`{"next":{"next":{}}}`}, []string{`{"next":{"next":{"x":1}}}`}},
		{"siblings are ignored in 3.0", `{a: {$ref: '#/b', maxLength: 1}, b: {type: string}}`, v30, "/a", []string{`"abc"`}, []string{`1`}},
		{"siblings count in 3.1", `{a: {$ref: '#/b', maxLength: 1}, b: {type: string}}`, v31, "/a", []string{`"a"`}, []string{`"abc"`, `1`}},
		{"a property named $ref", `{a: {type: object, properties: {$ref: {type: string}}}}`, v31, "/a", []string{`{"$ref":"x"}`}, []string{`{"$ref":1}`}},
		{"escaped pointer", `{a: {$ref: '#/x~1y/~0'}, x/y: {'~': {type: integer}}}`, v30, "/a", []string{`1`}, []string{`"a"`}},
		{"$defs", `{a: {$defs: {n: {type: integer}}, items: {$ref: '#/a/$defs/n'}}}`, v31, "/a", []string{`[1]`}, []string{`["a"]`}},
		{"$anchor", `{components: {schemas: {A: {$defs: {n: {$anchor: num, type: integer}}, items: {$ref: '#num'}}, B: {$defs: {n: {$anchor: num, type: string}}, items: {$ref: '#num'}}}}}`,
			v31, "/components/schemas/B", []string{`["a"]`}, []string{`[1]`}},
		{"$id and relative references", `{a: {$id: 'https://example.com/base/', $defs: {n: {$id: num, type: integer, $defs: {s: {type: string}}}}, properties: {x: {$ref: num}, y: {$ref: 'num#/$defs/s'}, z: {$ref: '#/$defs/n'}}}}`,
			v31, "/a", []string{`{"x":1,"y":"s","z":2}`}, []string{`{"x":"a"}`, `{"y":1}`, `{"z":"a"}`}},
		{"an absolute $id from elsewhere", `{a: {$ref: 'https://example.com/n'}, b: {$id: 'https://example.com/n', type: integer}}`, v31, "/a", []string{`1`}, []string{`"a"`}},
		{"$dynamicRef", `{components: {schemas: {
			List: {$defs: {any: {$dynamicAnchor: T}}, type: array, items: {$dynamicRef: '#T'}},
			Numbers: {$defs: {number: {$dynamicAnchor: T, type: integer}}, $ref: '#/components/schemas/List'}}}}`,
			v31, "/components/schemas/Numbers", []string{`[1]`}, []string{`["a"]`}},
		{"$dynamicRef without override", `{components: {schemas: {List: {$defs: {any: {$dynamicAnchor: T}}, type: array, items: {$dynamicRef: '#T'}}}}}`,
			v31, "/components/schemas/List", []string{`[1]`, `["a"]`}, []string{`1`}},
		{"strict tree by $dynamicRef", `{components: {schemas: {
			Tree: {$dynamicAnchor: node, type: object, properties: {data: true, children: {type: array, items: {$dynamicRef: '#node'}}}},
			Strict: {$dynamicAnchor: node, $ref: '#/components/schemas/Tree', unevaluatedProperties: false}}}}`,
			v31, "/components/schemas/Strict", []string{`{"children":[{"data":1}]}`}, []string{`{"children":[{"daat":1}]}`}},
		{"a loop of references says nothing", `{a: {$ref: '#/b'}, b: {$ref: '#/a'}}`, v30, "/a", []string{`1`, `{}`}, nil},
		{"a loop through allOf keeps the rest", `{a: {type: object, allOf: [{$ref: '#/a'}, {required: [x]}]}}`, v30, "/a", []string{`{"x":1}`}, []string{`{}`, `1`}},
		{"a loop through not", `{a: {not: {$ref: '#/a'}}}`, v31, "/a", nil, []string{`1`}},
		{"a target that is nowhere", `{a: {type: object, properties: {x: {$ref: '#/gone'}}}}`, v30, "/a", []string{`{"x":1}`}, []string{`1`}},
		{"aliases and merge keys", "base: &base {type: object, required: [x]}\na:\n  <<: *base\n  properties: {x: &n {type: integer}, y: *n}\n", v30, "/a",
			[]string{`{"x":1,"y":2}`}, []string{`{}`, `{"x":1,"y":"a"}`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			doc := parse(t, c.doc)
			compiler := schema.NewCompiler(c.dialect, doc.resolve)
			s, err := compiler.Compile(doc.at(c.root), schema.Location{Pointer: c.root})
			if err != nil {
				t.Fatal(err)
			}
			if err := compiler.Finish(); err != nil {
				t.Fatal(err)
			}
			for _, text := range c.fits {
				if found := s.Check(value(t, text), schema.Request); found != nil {
					t.Errorf("%s: %+v (warnings %v)", text, found, compiler.Warnings())
				}
			}
			for _, text := range c.breaks {
				v := value(t, text)
				if s.Valid(v, schema.Request) {
					t.Errorf("%s fits (warnings %v)", text, compiler.Warnings())
				}
				checkAgrees(t, s, v, schema.Request)
			}
		})
	}
}

func TestWarnings(t *testing.T) {
	for _, c := range []struct {
		dialect schema.Dialect
		schema  string
		pointer string
		says    string
		fits    string // what must still fit
	}{
		{v30, `{type: 5}`, "/type", "any type is taken", `"a"`},
		{v30, `{type: any}`, "/type", "any type is taken", `[]`},
		{v30, `{type: [string, integer]}`, "/type", "one name in OpenAPI 3.0", `1`},
		{v30, `{properties: {a: {type: string, required: true}}}`, "/properties/a/required", "a list of property names", `{}`},
		{v30, `{properties: [a]}`, "/properties", "an object with a schema for each name", `{}`},
		{v30, `{properties: {a: text}}`, "/properties/a", "an object or a boolean", `{"a":1}`},
		{v30, `{items: [{type: string}]}`, "/items", "prefixItems", `["a",1]`},
		{v30, `{pattern: '['}`, "/pattern", "not asserted", `"a"`},
		{v30, `{minLength: -1}`, "/minLength", "not below 0", `""`},
		{v30, `{minLength: 1.5}`, "/minLength", "not below 0", `""`},
		{v30, `{multipleOf: 0}`, "/multipleOf", "above 0", `1`},
		{v30, `{maximum: '5'}`, "/maximum", "not a string", `5`},
		{v30, `{enum: a}`, "/enum", "at least one value", `1`},
		{v30, `{allOf: {type: string}}`, "/allOf", "at least one schema", `1`},
		{v30, `{example: .nan}`, "/example", "not a JSON value", `1`},
		{v30, `{uniqueItems: 'true'}`, "/uniqueItems", "not a string", `[1]`},
		{v30, `{$ref: '#/nowhere'}`, "/$ref", "leads nowhere", `1`},
		{v30, `{allOf: [{$ref: '#'}]}`, "/allOf/0", "without going into the value", `1`},
		{v30, `{exclusiveMinimum: 5}`, "/exclusiveMinimum", "a boolean in OpenAPI 3.0", `6`},
		{v31, `{minimum: 5, exclusiveMinimum: true}`, "/exclusiveMinimum", "a number since OpenAPI 3.1", `6`},
		{v31, `{type: string, nullable: true}`, "", "nullable means nothing", `null`},
		{v30, `{oneOf: [{type: string}], discriminator: kind}`, "/discriminator", "propertyName", `"a"`},
		{v30, `{discriminator: {propertyName: k, mapping: {a: '#/gone'}}}`, "/discriminator/mapping/a", "left out", `1`},
	} {
		s, warnings := compileText(t, c.dialect, c.schema)
		if len(warnings) != 1 || warnings[0].At.Pointer != c.pointer || !strings.Contains(warnings[0].Message, c.says) || warnings[0].At.Line != 1 {
			t.Errorf("%s: warnings %+v, want one at %q that says %q", c.schema, warnings, c.pointer, c.says)
		}
		if v := value(t, c.fits); !s.Valid(v, schema.Request) {
			t.Errorf("%s refuses %s", c.schema, c.fits)
		}
	}
}

func TestNotASchema(t *testing.T) {
	for _, text := range []string{`text`, `5`, `[a]`} {
		doc := parse(t, text)
		_, err := schema.NewCompiler(v31, nil).Compile(doc.root, schema.Location{File: "api.yaml", Pointer: "/x"})
		if err == nil || !strings.Contains(err.Error(), "api.yaml:1#/x") || !strings.Contains(err.Error(), "object or a boolean") {
			t.Errorf("%s: error %v, want one with the place and what to do", text, err)
		}
	}
	if _, err := schema.NewCompiler(v31, nil).Compile(nil, schema.Location{}); err == nil {
		t.Error("no node gives no error")
	}
	c := schema.NewCompiler(v31, nil)
	if err := c.Finish(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Compile(parse(t, `{}`).root, schema.Location{}); err == nil {
		t.Error("a schema is added after Finish")
	}
	if err := c.Finish(); err == nil {
		t.Error("Finish is called twice")
	}
}

func TestDescriptionOfASchema(t *testing.T) {
	s, _ := compileText(t, v30, `
title: T
description: "`+strings.Repeat("é", 300)+`"
type: object
deprecated: true
default: {a: 1}
example: {a: 2024-05-31}
x-understudy: {resource: pet}
xml: {name: n, wrapped: true}
properties:
  z: {type: string, readOnly: true}
  a: {type: string, format: email, enum: [x]}
`)
	if s.Title != "T" || len(s.Description) != 400 || !s.Deprecated || s.XML == nil || !s.XML.Wrapped || s.Extension == nil {
		t.Errorf("annotations: %+v", s)
	}
	if !schema.Equal(s.Default, value(t, `{"a":1}`)) || len(s.Examples) != 1 || !schema.Equal(s.Examples[0], value(t, `{"a":"2024-05-31"}`)) {
		t.Errorf("default %v, examples %v", s.Default, s.Examples)
	}
	if len(s.Properties) != 2 || s.Properties[0].Name != "z" || s.Property("a").Format != "email" || s.Property("b") != nil || !s.Property("z").ReadOnly {
		t.Errorf("properties: %+v", s.Properties)
	}
	if s.At.Pointer != "" || s.Property("a").At.Pointer != "/properties/a" || s.Property("a").At.Line != 12 {
		t.Errorf("places: %v, %v", s.At, s.Property("a").At)
	}
}

// TestHostileSchemas wants an end, whatever it is, and no more than that.
func TestHostileSchemas(t *testing.T) {
	both := `{properties: {c: {$ref: '#'}}, required: [x]}`
	for _, text := range []string{
		`{anyOf: [` + both + `, ` + both + `, ` + both + `]}`, // the value can be judged in three ways at each level
		`{oneOf: [{$ref: '#/allOf/0'}], allOf: [{$ref: '#/oneOf/0'}]}`,
		`{$dynamicAnchor: a, allOf: [{$dynamicRef: '#a'}]}`,
		`{$dynamicAnchor: a, properties: {c: {$dynamicRef: '#a'}}, anyOf: [{$dynamicRef: '#a'}, {$dynamicRef: '#a'}]}`,
		strings.Repeat(`{items: `, 600) + `{}` + strings.Repeat(`}`, 600),
		`{pattern: '(a*)*(?=b)', minLength: 1e300, properties: {c: {pattern: '^(?=(a+)+$)b'}}}`,
	} {
		s, _ := compileText(t, v31, text)
		var v any = map[string]any{"x": strings.Repeat("a", 2000)}
		for range 600 {
			v = map[string]any{"c": v}
		}
		checkAgrees31(t, s, v)
		checkAgrees31(t, s, strings.Repeat("a", 2000))
	}
}

// checkAgrees31 is checkAgrees where limits on work may be the reason.
func checkAgrees31(t testing.TB, s *schema.Schema, v any) {
	t.Helper()
	if found := s.Check(v, schema.Request); s.Valid(v, schema.Request) != (len(found) == 0) {
		t.Errorf("Valid = %v, Check finds %d", s.Valid(v, schema.Request), len(found))
	}
}

func FuzzCompile(f *testing.F) {
	for _, seed := range []string{
		`{type: [string, "null"], pattern: '^(?=a)', allOf: [{$ref: '#'}]}`, `{$defs: {a: {$dynamicAnchor: x}}, items: {$dynamicRef: '#x'}, $id: 'http://a/'}`,
		"a: &a {<<: *a}\nproperties: *a", `{oneOf: [{const: 1}, {if: {}, then: false}], discriminator: {propertyName: k, mapping: {a: b}}}`,
		`{unevaluatedProperties: false, anyOf: [{properties: {a: {$ref: '#/anyOf/0'}}}], minimum: 1e3, enum: [1, {a: []}]}`,
	} {
		f.Add(seed, `{"a":[1,"x",{"a":null}]}`, true)
	}
	f.Fuzz(func(t *testing.T, text, sample string, later bool) {
		doc, err := parseDocument(text)
		if err != nil {
			return
		}
		v, err := schema.ParseJSON([]byte(sample))
		if err != nil {
			return
		}
		d := schema.OpenAPI30
		if later {
			d = schema.JSONSchema202012
		}
		c := schema.NewCompiler(d, doc.resolve)
		s, err := c.Compile(doc.root, schema.Location{})
		if err != nil {
			return
		}
		if err := c.Finish(); err != nil {
			t.Fatal(err)
		}
		for _, way := range []schema.Direction{schema.Request, schema.Response} {
			if found := s.Check(v, way); s.Valid(v, way) != (len(found) == 0) {
				t.Fatalf("Valid = %v, Check finds %+v", s.Valid(v, way), found)
			}
		}
		if out := schema.AppendJSON(nil, v, s); !schema.Equal(v, mustParse(t, out)) {
			t.Fatalf("written as %s", out)
		}
	})
}

func mustParse(t testing.TB, text []byte) any {
	v, err := schema.ParseJSON(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}
