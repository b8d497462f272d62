package schema_test

import (
	"encoding/json"
	"strings"
	"testing"

	"understudy/contracts/schema"
)

const (
	v30 = schema.OpenAPI30
	v31 = schema.JSONSchema202012
)

// value reads JSON text.
func value(t testing.TB, text string) any {
	t.Helper()
	v, err := schema.ParseJSON([]byte(text))
	if err != nil {
		t.Fatalf("the test's own value %s: %v", text, err)
	}
	return v
}

// TestKeywords has, for each schema, values that fit and values that break exactly one keyword, named with the pointer
// to the part that breaks it.
func TestKeywords(t *testing.T) {
	for _, c := range []struct {
		dialect schema.Dialect
		schema  string
		fits    []string
		breaks  [][2]string // value, "pointer keyword"
	}{
		{v30, `{}`, []string{`null`, `1`, `{"a":[]}`}, nil},
		{v31, `true`, []string{`null`, `1`}, nil},
		{v31, `{properties: {a: false}}`, []string{`{}`, `1`}, [][2]string{{`{"a":1}`, "/a "}}},
		{v30, `{type: integer}`, []string{`1`, `1.0`, `1e2`, `9007199254740993`, `-0`}, [][2]string{{`1.5`, " type"}, {`"1"`, " type"}, {`null`, " type"}, {`1e-1`, " type"}}},
		{v30, `{type: number}`, []string{`1`, `1.5`}, [][2]string{{`"1"`, " type"}}},
		{v31, `{type: [string, "null"]}`, []string{`null`, `"a"`}, [][2]string{{`1`, " type"}}},
		{v31, `{type: [integer, boolean]}`, []string{`1`, `true`}, [][2]string{{`1.5`, " type"}}},
		{v31, `{type: [string, null]}`, []string{`null`, `"a"`}, [][2]string{{`1`, " type"}}},

		{v30, `{type: string, nullable: true}`, []string{`null`, `""`}, [][2]string{{`1`, " type"}}},
		{v30, `{nullable: true, anyOf: [{type: string}, {type: integer}]}`, []string{`null`, `1`}, [][2]string{{`true`, " anyOf"}}},
		{v30, `{type: string, nullable: true, enum: [a, b]}`, []string{`null`, `"a"`}, [][2]string{{`"c"`, " enum"}}},
		{v30, `{type: object, nullable: true, allOf: [{type: object, required: [a]}]}`, []string{`null`, `{"a":1}`}, [][2]string{{`{}`, " required"}}},
		{v31, `{type: string, nullable: true}`, []string{`null`}, [][2]string{{`1`, " type"}}},

		{v30, `{minimum: 1, exclusiveMinimum: true}`, []string{`1.0001`, `2`, `"x"`}, [][2]string{{`1`, " exclusiveMinimum"}, {`1.0`, " exclusiveMinimum"}}},
		{v30, `{maximum: 1, exclusiveMaximum: false}`, []string{`1`, `-5`}, [][2]string{{`1.1`, " maximum"}}},
		{v31, `{minimum: 1, exclusiveMinimum: 3}`, []string{`4`}, [][2]string{{`3`, " exclusiveMinimum"}, {`2`, " exclusiveMinimum"}}},
		{v31, `{minimum: 5, exclusiveMinimum: 3}`, []string{`5`}, [][2]string{{`4`, " minimum"}}},
		{v31, `{maximum: 9007199254740993}`, []string{`9007199254740993`}, [][2]string{{`9007199254740994`, " maximum"}, {`1e400`, " maximum"}}},
		{v30, `{multipleOf: 0.01}`, []string{`19.99`, `0`, `1e300`}, [][2]string{{`0.001`, " multipleOf"}}},
		{v30, `{multipleOf: 3}`, []string{`9`, `-3`, `3e0`, `3.0`}, [][2]string{{`10`, " multipleOf"}, {`1e999999999999`, " multipleOf"}}},

		{v30, `{minLength: 2, maxLength: 3}`, []string{`"日本"`, `"abc"`, `1`}, [][2]string{{`"é"`, " minLength"}, {`"abcd"`, " maxLength"}}},
		{v30, `{pattern: '^\d{3}$'}`, []string{`"123"`, `5`}, [][2]string{{`"12a"`, " pattern"}, {`"١٢٣"`, " pattern"}, {`"123\n"`, " pattern"}}},
		{v30, `{pattern: '^(?=.*[A-Z])(?!.*\s).{4,}$'}`, []string{`"abCd"`}, [][2]string{{`"abcd"`, " pattern"}, {`"a Cd"`, " pattern"}}},
		{v30, `{enum: [1, a, null, {b: [1.0]}]}`, []string{`1.0`, `"a"`, `null`, `{"b":[1]}`}, [][2]string{{`"b"`, " enum"}, {`{"b":[2]}`, " enum"}}},
		{v31, `{const: {a: 1}}`, []string{`{"a":1.0}`}, [][2]string{{`{"a":1,"b":2}`, " const"}, {`null`, " const"}}},
		{v31, `{const: null}`, []string{`null`}, [][2]string{{`0`, " const"}}},

		{v30, `{type: array, items: {type: integer}, minItems: 1, maxItems: 2}`, []string{`[1]`, `[1,2]`},
			[][2]string{{`[]`, " minItems"}, {`[1,2,3]`, " maxItems"}, {`[1,"a"]`, "/1 type"}}},
		{v30, `{uniqueItems: true}`, []string{`[1,2,"1",true,[1],{"a":1}]`, `1`}, [][2]string{{`[1,2,1.0]`, "/2 uniqueItems"}, {`[{"a":1,"b":2},{"b":2,"a":1}]`, "/1 uniqueItems"},
			{`[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,3e0]`, "/20 uniqueItems"}}},
		{v31, `{prefixItems: [{type: string}, {type: integer}], items: false}`, []string{`[]`, `["a"]`, `["a",1]`}, [][2]string{{`["a","b"]`, "/1 type"}, {`["a",1,2]`, "/2 items"}}},
		{v31, `{contains: {type: integer}}`, []string{`["a",1]`}, [][2]string{{`["a"]`, " contains"}, {`[]`, " contains"}}},
		{v31, `{contains: {type: integer}, minContains: 2, maxContains: 3}`, []string{`[1,2]`}, [][2]string{{`[1]`, " minContains"}, {`[1,2,3,4]`, " maxContains"}}},
		{v31, `{contains: {type: integer}, minContains: 0}`, []string{`[]`, `["a"]`}, nil},

		{v30, `{type: object, required: [a, b], properties: {a: {type: string}}}`, []string{`{"a":"x","b":1}`}, [][2]string{{`{"a":"x"}`, " required"}, {`{"a":1,"b":1}`, "/a type"}}},
		{v30, `{properties: {a: {}}, additionalProperties: false}`, []string{`{}`, `{"a":1}`, `1`}, [][2]string{{`{"a":1,"b/c~":2}`, "/b~1c~0 additionalProperties"}}},
		{v30, `{properties: {a: {}}, additionalProperties: {type: integer}}`, []string{`{"a":"x","b":1}`}, [][2]string{{`{"b":"x"}`, "/b type"}}},
		{v30, `{minProperties: 1, maxProperties: 2}`, []string{`{"a":1}`}, [][2]string{{`{}`, " minProperties"}, {`{"a":1,"b":1,"c":1}`, " maxProperties"}}},
		{v31, `{patternProperties: {'^x-': {type: string}, '(?<!a)z$': {type: integer}}, additionalProperties: false}`, []string{`{"x-a":"s","bz":1}`},
			[][2]string{{`{"x-a":1}`, "/x-a type"}, {`{"y":1}`, "/y additionalProperties"}, {`{"az":1}`, "/az additionalProperties"}}},
		{v31, `{propertyNames: {maxLength: 2}}`, []string{`{"ab":1}`}, [][2]string{{`{"abc":1}`, "/abc propertyNames"}}},
		{v31, `{dependentRequired: {a: [b]}}`, []string{`{"b":1}`, `{"a":1,"b":1}`}, [][2]string{{`{"a":1}`, " dependentRequired"}}},
		{v31, `{dependentSchemas: {a: {required: [b]}}}`, []string{`{}`, `{"a":1,"b":1}`}, [][2]string{{`{"a":1}`, " required"}}},
		{v31, `{dependencies: {a: [b], c: {required: [d]}}}`, []string{`{}`}, [][2]string{{`{"a":1}`, " dependentRequired"}, {`{"c":1}`, " required"}}},

		{v30, `{allOf: [{required: [a]}, {properties: {a: {type: string}}}]}`, []string{`{"a":"x"}`}, [][2]string{{`{}`, " required"}, {`{"a":1}`, "/a type"}}},
		{v30, `{anyOf: [{type: string, minLength: 2}, {type: integer}]}`, []string{`"ab"`, `1`}, [][2]string{{`"a"`, " minLength"}, {`true`, " anyOf"}}},
		{v30, `{oneOf: [{type: integer}, {type: number, minimum: 5}]}`, []string{`1`, `5.5`}, [][2]string{{`6`, " oneOf"}, {`"a"`, " oneOf"}}},
		{v30, `{oneOf: [{type: object, required: [kind], properties: {kind: {enum: [a]}, x: {type: integer}}}, {type: object, required: [kind], properties: {kind: {enum: [b]}, y: {type: integer}}}]}`,
			[]string{`{"kind":"a","x":1}`}, [][2]string{{`{"kind":"b","y":"s"}`, "/y type"}, {`{"kind":"a","x":"s"}`, "/x type"}, {`{"kind":"c"}`, " oneOf"}}},
		{v30, `{not: {type: string}}`, []string{`1`}, [][2]string{{`"a"`, " not"}}},
		{v31, `{if: {properties: {a: {const: 1}}, required: [a]}, then: {required: [b]}, else: {required: [c]}}`, []string{`{"a":1,"b":1}`, `{"c":1}`}, [][2]string{{`{"a":1}`, " required"}, {`{}`, " required"}}},

		{v31, `{allOf: [{properties: {a: {}}}], unevaluatedProperties: false}`, []string{`{"a":1}`}, [][2]string{{`{"a":1,"b":2}`, "/b unevaluatedProperties"}}},
		{v31, `{anyOf: [{properties: {a: {type: string}}}, {properties: {b: {type: string}}}], unevaluatedProperties: false}`, []string{`{"a":"x","b":"y"}`}, [][2]string{{`{"a":1,"b":"x"}`, "/a unevaluatedProperties"}}},
		{v31, `{prefixItems: [{}], contains: {type: string}, unevaluatedItems: false}`, []string{`[1,"a"]`}, [][2]string{{`[1,"a",2]`, "/2 unevaluatedItems"}}},
		{v31, `{if: {properties: {a: {const: 1}}}, then: {properties: {b: {}}}, unevaluatedProperties: {type: integer}}`, []string{`{"a":1,"b":"x","c":3}`}, [][2]string{{`{"a":1,"c":"x"}`, "/c type"}}},

		{v30, `{type: integer, format: int32}`, []string{`2147483647`, `-2147483648`}, [][2]string{{`2147483648`, " format"}, {`-2147483649`, " format"}}},
		{v30, `{type: integer, format: int64}`, []string{`9223372036854775807`, `1e18`}, [][2]string{{`9223372036854775808`, " format"}}},
		{v30, `{type: number, format: float}`, []string{`3.4e38`, `1.5`}, [][2]string{{`3.5e38`, " format"}}},
		{v30, `{type: number, format: double}`, []string{`1.7e308`}, [][2]string{{`1e309`, " format"}}},
		{v30, `{type: string, format: int64}`, []string{`"abc"`}, nil},
		{v30, `{type: string, format: byte}`, []string{`"aGVsbG8="`, `""`}, [][2]string{{`"a b"`, " format"}, {`"a"`, " format"}}},
		{v30, `{type: string, format: whatever}`, []string{`"abc"`}, nil},
		{v30, `{format: email}`, []string{`1`, `"a@b.c"`}, [][2]string{{`"a"`, " format"}}},
	} {
		s, _ := compileText(t, c.dialect, c.schema)
		for _, text := range c.fits {
			v := value(t, text)
			if found := s.Check(v, schema.Request); found != nil || !s.Valid(v, schema.Request) {
				t.Errorf("%s refuses %s: %+v", c.schema, text, found)
			}
		}
		for _, b := range c.breaks {
			v := value(t, b[0])
			if s.Valid(v, schema.Request) {
				t.Errorf("%s accepts %s", c.schema, b[0])
			}
			checkAgrees(t, s, v, schema.Request)
			if found := s.Check(v, schema.Request); len(found) != 1 || found[0].Pointer+" "+found[0].Keyword != b[1] {
				t.Errorf("%s with %s: %+v, want %s", c.schema, b[0], found, b[1])
			}
		}
	}
}

func TestDirections(t *testing.T) {
	s, _ := compileText(t, v30, `
type: object
required: [id, name, secret]
properties:
  id: {type: string, readOnly: true}
  secret: {$ref: '#/x-secret'}
  name: {type: string}
x-secret: {type: string, writeOnly: true}`)
	for _, c := range []struct {
		text      string
		d         schema.Direction
		violation string
	}{
		{`{"name":"n","secret":"s"}`, schema.Request, ""},
		{`{"id":"1","name":"n","secret":"s"}`, schema.Request, ""},
		{`{"name":"n"}`, schema.Request, " required secret"},
		{`{"id":"1","name":"n"}`, schema.Response, ""},
		{`{"name":"n"}`, schema.Response, " required id"},
		{`{"id":"1","name":"n","secret":"s"}`, schema.Response, "/secret writeOnly secret"},
		{`{"id":1,"name":"n","secret":"s"}`, schema.Request, "/id type string"},
	} {
		v := value(t, c.text)
		checkAgrees(t, s, v, c.d)
		got := ""
		if found := s.Check(v, c.d); len(found) > 0 {
			got = found[0].Pointer + " " + found[0].Keyword + " " + found[0].Limit
		}
		if got != c.violation {
			t.Errorf("%s, direction %d: %q, want %q", c.text, c.d, got, c.violation)
		}
	}
	// The property and the demand for it stand in different parts.
	s, _ = compileText(t, v30, `{allOf: [{properties: {id: {readOnly: true}}}, {required: [id]}]}`)
	if v := value(t, `{}`); !s.Valid(v, schema.Request) || s.Valid(v, schema.Response) {
		t.Error("readOnly in another part of allOf does not excuse in requests only")
	}
}

func TestCheckTellsEverything(t *testing.T) {
	s, _ := compileText(t, v30, `
type: object
required: [name, tag, zip]
properties:
  tag: {type: string}
  age: {type: integer, minimum: 0}
  name: {type: string, minLength: 8}
  pets: {type: array, items: {type: object, required: [id]}}
additionalProperties: false`)
	v := map[string]any{
		"name": "abc", "age": json.Number("-1"), "zz": strings.Repeat("x", 500), "pets": []any{map[string]any{}, json.Number("5")},
	}
	var got []string
	for _, f := range s.Check(v, schema.Request) {
		got = append(got, f.Pointer+"|"+f.Keyword+"|"+f.Want+"|"+f.Got+"|"+f.Limit+"|"+f.At.Pointer)
	}
	want := []string{
		`|required|the member "tag"|no such member|tag|/required`,
		`/age|minimum|at least 0|-1|0|/properties/age/minimum`,
		`/name|minLength|at least 8 characters|3 characters|8|/properties/name/minLength`,
		`/pets/0|required|the member "id"|no such member|id|/properties/pets/items/required`,
		`/pets/1|type|an object|5|object|/properties/pets/items/type`,
		`|required|the member "zip"|no such member|zip|/required`,
		`/zz|additionalProperties|only members that are declared|the member "zz"|zz|/additionalProperties`,
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	long, _ := compileText(t, v30, `{enum: [a]}`)
	if f := long.Check(strings.Repeat("é", 300), schema.Request); len(f) != 1 || len(f[0].Got) > 80 {
		t.Errorf("a long value is not cut to 80 bytes: %+v", f)
	}
	many := make([]any, 1000)
	each, _ := compileText(t, v30, `{items: {type: string}}`)
	if n := len(each.Check(many, schema.Request)); n != 100 {
		t.Errorf("%d violations of 1000, want the first 100", n)
	}
}

func TestDiscriminatorChoosesWhatIsReported(t *testing.T) {
	doc := parse(t, `
components:
  schemas:
    Animal:
      oneOf: [{$ref: '#/components/schemas/Cat'}, {$ref: '#/components/schemas/Dog'}]
      discriminator: {propertyName: kind, mapping: {hound: Dog, feline: '#/components/schemas/Cat'}}
    Cat: {type: object, required: [kind, lives], properties: {kind: {type: string}, lives: {type: integer}}}
    Dog: {type: object, required: [kind, barks], properties: {kind: {type: string}, barks: {type: boolean}}}
`)
	c := schema.NewCompiler(v30, doc.resolve)
	s, err := c.Compile(doc.at("/components/schemas/Animal"), schema.Location{Pointer: "/components/schemas/Animal"})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Finish(); err != nil {
		t.Fatal(err)
	}
	if s.Name != "Animal" || len(s.Discriminator.Mapping) != 4 || s.Discriminator.Mapping["Dog"] != s.Discriminator.Mapping["hound"] {
		t.Errorf("mapping %v", s.Discriminator.Mapping)
	}
	for _, tc := range []struct{ text, want string }{
		{`{"kind":"hound","barks":1}`, "/barks type"},
		{`{"kind":"Cat"}`, " required"},
		{`{"kind":"cow"}`, "/kind discriminator"},
		{`{"lives":9}`, " required"},
	} {
		found := s.Check(value(t, tc.text), schema.Request)
		if len(found) != 1 || found[0].Pointer+" "+found[0].Keyword != tc.want {
			t.Errorf("%s: %+v, want %s", tc.text, found, tc.want)
		}
	}
	// An unknown value is no fault where a branch fits all the same.
	if !s.Valid(value(t, `{"kind":"cow","lives":3}`), schema.Request) {
		t.Error("the discriminator changes what is valid")
	}
}
