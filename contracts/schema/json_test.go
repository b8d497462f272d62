package schema_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"understudy/contracts/schema"
)

// reference decodes as encoding/json does, with numbers as text.
func reference(data []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var v any
	err := d.Decode(&v)
	return v, err
}

func TestParseJSONFaults(t *testing.T) {
	for _, c := range []struct {
		text         string
		offset, line int
		says         string
	}{
		{"", 0, 1, "missing"},
		{" \n", 2, 2, "missing"},
		{"{\"a\":1,\n \"b\":x}", 13, 2, "'x'"},
		{"[1,]", 3, 1, "']'"},
		{"{,}", 1, 1, "name in quotes"},
		{`{"a" 1}`, 5, 1, "colon"},
		{`{"a":1 "b":2}`, 7, 1, "comma or }"},
		{"[1 2]", 3, 1, "comma or ]"},
		{"[", 1, 1, "missing"},
		{`{"a":[1`, 7, 1, "not closed"},
		{"tru", 0, 1, "true, false and null"},
		{"01", 1, 1, "after the value"},
		{"-", 0, 1, "malformed"},
		{"1.", 0, 1, "malformed"},
		{"1e", 0, 1, "malformed"},
		{".5", 0, 1, "'.'"},
		{"{} {}", 3, 1, "after the value"},
		{"\"a\nb\"", 2, 1, "control character"},
		{"\"a\\n\x01\"", 4, 1, "control character"},
		{`"\x"`, 1, 1, "escape"},
		{`"\u12g4"`, 1, 1, "escape"},
		{`"\u12`, 1, 1, "escape"},
		{`"abc`, 4, 1, "not closed"},
		{`"abc\"`, 6, 1, "not closed"},
		{"\"\xff\"", 1, 1, "UTF-8"},
		{"\"\\n\xff\"", 1, 1, "UTF-8"},
		{"\xef\xbb\xbf{}", 0, 1, "start with"},
		{strings.Repeat("[", 513), 512, 1, "512"},
	} {
		_, err := schema.ParseJSON([]byte(c.text))
		var fault *schema.SyntaxError
		if !errors.As(err, &fault) {
			t.Errorf("%q: error %v, want a SyntaxError", cutTo(c.text), err)
			continue
		}
		if fault.Offset != c.offset || fault.Line != c.line || !strings.Contains(fault.Message, c.says) {
			t.Errorf("%q: offset %d line %d %q, want %d, %d, …%s…", cutTo(c.text), fault.Offset, fault.Line, fault.Message, c.offset, c.line, c.says)
		}
	}
}

func cutTo(s string) string { return s[:min(len(s), 40)] }

func TestParseJSONValues(t *testing.T) {
	for _, text := range []string{
		`null`, ` true `, `false`, `0`, `-0`, `7`, `42`, `100`, `-1.5e+3`, `12345678901234567890123`, `""`, `"a"`, `[]`, `{}`,
		`"\"\\\/\b\f\n\r\té日\ud83d\ude00"`, `"\ud800"`, `"\ud800A"`, `"\ude00\ud83d"`, `[1,[2,[3]],{"a":[{"b":null}]}]`,
		`{"a":1,"a":2}`, `{"":{"":{}}}`, "[1 ,\t2\r\n]", strings.Repeat("[", 512) + strings.Repeat("]", 512),
	} {
		got, err := schema.ParseJSON([]byte(text))
		if err != nil {
			t.Errorf("%s: %v", cutTo(text), err)
			continue
		}
		want, err := reference([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %#v, want %#v", cutTo(text), got, want)
		}
	}
}

// FuzzParseJSON accepts what encoding/json accepts, with the same result, but for invalid UTF-8 and great depth.
func FuzzParseJSON(f *testing.F) {
	for _, seed := range []string{`{"a":[1,2.5e-3,"x\u00e9",true,null]}`, `"\ud83d\ude00"`, `[[[]]]`, `{"a":1,"a":[]}`, "-0", "1 2", "\"\xff\""} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := schema.ParseJSON(data)
		ours, theirs := err == nil, json.Valid(data)
		if !utf8.Valid(data) {
			if ours {
				t.Fatal("invalid UTF-8 was accepted")
			}
			return
		}
		if ours != theirs && (err == nil || !strings.Contains(err.Error(), "deep")) {
			t.Fatalf("we say %v, encoding/json says %v", err, theirs)
		}
		if !ours {
			return
		}
		want, _ := reference(data)
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("%#v, want %#v", got, want)
		}
		again, err := schema.ParseJSON(schema.AppendJSON(nil, got, nil))
		if err != nil || !schema.Equal(got, again) {
			t.Fatalf("after writing and reading: %#v (%v), before %#v", again, err, got)
		}
	})
}

func TestAppendJSONOrder(t *testing.T) {
	doc := parse(t, `
components:
  schemas:
    Base:
      type: object
      properties: {id: {}, kind: {}}
    Pet:
      allOf:
        - $ref: '#/components/schemas/Base'
        - type: object
          properties: {name: {}, owner: {$ref: '#/components/schemas/Owner'}}
    Owner:
      type: object
      properties: {zeta: {}, alpha: {}}
      additionalProperties: {$ref: '#/components/schemas/Base'}
    List:
      type: array
      items: {oneOf: [{$ref: '#/components/schemas/Owner'}, {$ref: '#/components/schemas/Pet'}]}
`)
	c := schema.NewCompiler(schema.OpenAPI30, doc.resolve)
	get := func(name string) *schema.Schema {
		s, err := c.Compile(doc.at("/components/schemas/"+name), schema.Location{Pointer: "/components/schemas/" + name})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	pet, owner, list := get("Pet"), get("Owner"), get("List")
	if err := c.Finish(); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name string
		s    *schema.Schema
		in   string
		want string
	}{
		{"none: by name", nil, `{"b":1,"a":{"d":[],"c":"<&>"}}`, `{"a":{"c":"<&>","d":[]},"b":1}`},
		{"declared", owner, `{"alpha":1,"zeta":2}`, `{"zeta":2,"alpha":1}`},
		{"others after, in the order of their own schema", owner, `{"b":{"kind":1,"id":2},"a":1,"alpha":3}`, `{"alpha":3,"a":1,"b":{"id":2,"kind":1}}`},
		{"through reference and allOf", pet, `{"owner":{"alpha":1,"zeta":2},"x":0,"name":"n","kind":"k","id":1}`,
			`{"id":1,"kind":"k","name":"n","owner":{"zeta":2,"alpha":1},"x":0}`},
		{"items of alternatives", list, `[{"name":1,"alpha":2,"zeta":3,"id":4}]`, `[{"zeta":3,"alpha":2,"id":4,"name":1}]`},
	} {
		v, err := schema.ParseJSON([]byte(tc.in))
		if err != nil {
			t.Fatal(err)
		}
		if got := string(schema.AppendJSON(nil, v, tc.s)); got != tc.want {
			t.Errorf("%s:\n got %s\nwant %s", tc.name, got, tc.want)
		}
	}
}

func TestAppendJSONScalars(t *testing.T) {
	for _, c := range []struct {
		v    any
		want string
	}{
		{nil, "null"}, {true, "true"}, {json.Number("1e400"), "1e400"}, {json.Number("x"), "null"}, {1.5, "1.5"}, {1e21, "1e+21"},
		{3, "3"}, {int64(-4), "-4"}, {"\x00\x1f\"\\\n\r\t\u2028é\xff/", `"\u0000\u001f\"\\\n\r\t` + "\u2028é\uFFFD" + `/"`},
		{[]any{}, "[]"}, {map[string]any{}, "{}"}, {[]string{"a"}, `["a"]`}, {schema.Raw(`{ "b":1}`), `{ "b":1}`}, {schema.Raw(nil), "null"}, {make(chan int), "null"},
	} {
		if got := string(schema.AppendJSON([]byte("x"), c.v, nil)); got != "x"+c.want {
			t.Errorf("%#v: %s, want %s after the x", c.v, got, c.want)
		}
	}
}

func TestEqual(t *testing.T) {
	n := func(s string) any { return json.Number(s) }
	for _, c := range []struct {
		a, b any
		want bool
	}{
		{n("1"), n("1.0"), true}, {n("1e2"), n("100"), true}, {n("100"), n("1E+2"), true}, {n("0"), n("-0.0"), true}, {n("0e9"), n("0"), true},
		{n("12345678901234567890"), n("12345678901234567891"), false}, {n("1e999999999"), n("1e999999998"), false},
		{n("10e999999998"), n("1e999999999"), true}, {n("0.1"), 0.1, true}, {1, int64(1), true}, {1, 1.0, true}, {1, n("2"), false},
		{n("-1"), n("1"), false}, {"1", n("1"), false}, {nil, false, false}, {nil, nil, true}, {true, n("1"), false},
		{[]any{n("1"), "a"}, []any{1.0, "a"}, true}, {[]any{1, 2}, []any{2, 1}, false}, {[]any{}, []any{1}, false},
		{map[string]any{"a": 1, "b": nil}, map[string]any{"b": nil, "a": n("1")}, true},
		{map[string]any{"a": 1}, map[string]any{"b": 1}, false}, {map[string]any{}, []any{}, false},
	} {
		if got := schema.Equal(c.a, c.b); got != c.want {
			t.Errorf("Equal(%#v, %#v) = %v", c.a, c.b, got)
		}
		if got := schema.Equal(c.b, c.a); got != c.want {
			t.Errorf("Equal(%#v, %#v) = %v", c.b, c.a, got)
		}
	}
}

// TestWritingAndReading wants any value back as it was.
func TestWritingAndReading(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := genValue(4).Draw(t, "value")
		text := schema.AppendJSON(nil, v, nil)
		back, err := schema.ParseJSON(text)
		if err != nil || !schema.Equal(v, back) {
			t.Fatalf("%s becomes %v (%v)", text, back, err)
		}
	})
}
