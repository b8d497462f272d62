package schema_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"

	"understudy/contracts/schema"
)

// compileText compiles one schema that stands alone as a document.
func compileText(t testing.TB, d schema.Dialect, text string) (*schema.Schema, []schema.Warning) {
	t.Helper()
	doc := parse(t, text)
	c := schema.NewCompiler(d, doc.resolve)
	s, err := c.Compile(doc.root, schema.Location{File: "test.yaml"})
	if err != nil {
		t.Fatalf("Compile(%s): %v", text, err)
	}
	if err := c.Finish(); err != nil {
		t.Fatalf("Finish(%s): %v", text, err)
	}
	return s, c.Warnings()
}

// peer compiles a schema with an independent implementation.
func peer(text []byte) (*jsonschema.Schema, error) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.AssertFormat()
	if err := c.AddResource("test.json", doc); err != nil {
		return nil, err
	}
	return c.Compile("test.json")
}

// names are few, so that schemas and values meet.
var names = []string{"a", "b", "c", "d", "kind", "é/~"}

func genName() *rapid.Generator[string] { return rapid.SampledFrom(names) }

func genScalar() *rapid.Generator[any] {
	return rapid.Custom(func(t *rapid.T) any {
		switch rapid.IntRange(0, 5).Draw(t, "scalar") {
		case 0:
			return nil
		case 1:
			return rapid.Bool().Draw(t, "bool")
		case 2:
			return json.Number(rapid.SampledFrom([]string{"0", "1", "2", "-1", "1.0", "2.5", "1e1", "10", "3", "-0.0", "0.3",
				"12345678901234567890", "1e400", "4.5e-3", "100e-2"}).Draw(t, "number"))
		case 3:
			return rapid.SampledFrom([]string{"2024-02-30", "2024-02-29", "2024-02-29T23:59:60Z", "ada@example.com", "::1",
				"1.2.3.4", "http://a.b/c?d", "/a/0", "P1D", "3f2504e0-4f89-41d3-9a0c-0305e82c3301", "ab", "aab", "x1", "12:00:00Z",
			}).Draw(t, "sample")
		default:
			return rapid.SampledFrom([]string{"", "a", "b", "aé", "日本", "abc", "aaaa", "kind"}).Draw(t, "string")
		}
	})
}

func genValue(depth int) *rapid.Generator[any] {
	return rapid.Custom(func(t *rapid.T) any {
		kind := rapid.IntRange(0, 9).Draw(t, "kind")
		switch {
		case depth > 0 && kind < 2:
			return rapid.Map(rapid.SliceOfN(genValue(depth-1), 0, 4), func(l []any) any { return l }).Draw(t, "array")
		case depth > 0 && kind < 6:
			return rapid.Map(rapid.MapOfN(genName(), genValue(depth-1), 0, 4), func(m map[string]any) any { return m }).Draw(t, "object")
		}
		return genScalar().Draw(t, "scalar")
	})
}

// genSchema makes schemas of all keywords. References go to $defs, only from below properties or items, so that they
// do not loop on one value.
func genSchema(depth int) *rapid.Generator[any] {
	return rapid.Custom(func(t *rapid.T) any {
		if rapid.IntRange(0, 11).Draw(t, "boolean") == 0 {
			return rapid.Bool().Draw(t, "schema")
		}
		s := map[string]any{}
		for range rapid.IntRange(0, 4).Draw(t, "keywords") {
			genKeyword(t, s, depth)
		}
		return s
	})
}

func small(t *rapid.T) int { return rapid.IntRange(0, 3).Draw(t, "small") }

func genKeyword(t *rapid.T, s map[string]any, depth int) {
	sub := func() any { return genSchema(depth-1).Draw(t, "sub") }
	list := func() any { return rapid.SliceOfN(genSchema(depth-1), 1, 3).Draw(t, "list") }
	limits := []string{"0", "1", "2.5", "-1", "10", "1.0", "0.1", "3e0"}
	number := func() any { return json.Number(rapid.SampledFrom(limits).Draw(t, "limit")) }
	flat := []func(){
		func() {
			s["type"] = rapid.SampledFrom([]string{"null", "boolean", "integer", "number", "string", "array", "object"}).Draw(t, "type")
		},
		func() {
			s["type"] = rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"null", "integer", "string", "array", "object", "number"}), 1, 3,
				func(s string) string { return s }).Draw(t, "types")
		},
		func() { s["enum"] = rapid.SliceOfN(genValue(1), 1, 20).Draw(t, "enum") },
		func() { s["const"] = genValue(1).Draw(t, "const") },
		func() { s["minimum"] = number() }, func() { s["maximum"] = number() },
		func() { s["exclusiveMinimum"] = number() }, func() { s["exclusiveMaximum"] = number() },
		func() {
			s["multipleOf"] = json.Number(rapid.SampledFrom([]string{"1", "2", "0.1", "2.5", "1e-3"}).Draw(t, "multiple"))
		},
		func() { s["minLength"] = small(t) }, func() { s["maxLength"] = small(t) },
		func() { s["minItems"] = small(t) }, func() { s["maxItems"] = small(t) },
		func() { s["uniqueItems"] = rapid.Bool().Draw(t, "unique") },
		func() { s["minProperties"] = small(t) }, func() { s["maxProperties"] = small(t) },
		func() {
			s["required"] = rapid.SliceOfNDistinct(genName(), 0, 2, func(s string) string { return s }).Draw(t, "required")
		},
		func() {
			s["pattern"] = rapid.SampledFrom([]string{"^a", "b$", "[a-c]{2}", "^\\d+$", "é|日", "^.{2,3}$", "^[^a]"}).Draw(t, "pattern")
		},
		func() {
			s["format"] = rapid.SampledFrom([]string{"date", "date-time", "email", "ipv4", "ipv6", "uri", "json-pointer", "duration", "uuid", "time", "unknown"}).Draw(t, "format")
		},
		func() {
			s["dependentRequired"] = rapid.MapOfN(genName(), rapid.SliceOfNDistinct(genName(), 0, 2, func(s string) string { return s }), 1, 2).Draw(t, "dependentRequired")
		},
		func() { s["minContains"] = small(t) }, func() { s["maxContains"] = small(t) },
	}
	deep := []func(){
		func() { s["properties"] = rapid.MapOfN(genName(), genSchema(depth-1), 1, 4).Draw(t, "properties") },
		func() { s["properties"] = rapid.MapOfN(genName(), genSchema(depth-1), 1, 4).Draw(t, "properties") },
		func() {
			s["patternProperties"] = rapid.MapOfN(rapid.SampledFrom([]string{"^a", "b$", "^[a-c]$", "d|é"}), genSchema(depth-1), 1, 2).Draw(t, "patterns")
		},
		func() { s["additionalProperties"] = sub() }, func() { s["unevaluatedProperties"] = sub() },
		func() { s["unevaluatedProperties"] = false }, func() { s["unevaluatedItems"] = false },
		func() { s["propertyNames"] = sub() }, func() { s["items"] = sub() }, func() { s["contains"] = sub() },
		func() { s["prefixItems"] = list() }, func() { s["unevaluatedItems"] = sub() },
		func() { s["allOf"] = list() }, func() { s["anyOf"] = list() }, func() { s["oneOf"] = list() },
		func() { s["not"] = sub() },
		func() { s["if"], s["then"], s["else"] = sub(), sub(), sub() },
		func() {
			s["dependentSchemas"] = rapid.MapOfN(genName(), genSchema(depth-1), 1, 2).Draw(t, "dependentSchemas")
		},
		func() {
			s["properties"] = map[string]any{rapid.SampledFrom(names).Draw(t, "name"): map[string]any{"$ref": "#/$defs/x"}}
		},
		func() { s["items"] = map[string]any{"$ref": "#/$defs/y"} },
		func() { s["$ref"] = "#/$defs/leaf" },
	}
	if depth > 0 && rapid.IntRange(0, 9).Draw(t, "deep") < 6 {
		rapid.SampledFrom(deep).Draw(t, "keyword")()
		return
	}
	rapid.SampledFrom(flat).Draw(t, "keyword")()
}

// TestAgreesWithPeer holds Valid against an independent implementation and Check against Valid, over random schemas.
func TestAgreesWithPeer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		root, ok := genSchema(3).Draw(t, "root").(map[string]any)
		if !ok {
			t.Skip("a boolean")
		}
		root["$defs"] = map[string]any{
			"x": genSchema(2).Draw(t, "x"), "y": genSchema(2).Draw(t, "y"), "leaf": genSchema(0).Draw(t, "leaf"),
		}
		// The name of a draft makes the peer look for nothing else.
		text, err := json.Marshal(root)
		if err != nil {
			t.Fatal(err)
		}
		theirs, err := peer(text)
		if err != nil {
			t.Skip(fmt.Sprint("the peer refuses the schema: ", err))
		}
		doc := parseRapid(t, string(text))
		c := schema.NewCompiler(schema.JSONSchema202012, doc.resolve)
		ours, err := c.Compile(doc.root, schema.Location{File: "test.yaml"})
		if err != nil {
			t.Fatalf("Compile(%s): %v", text, err)
		}
		if err := c.Finish(); err != nil {
			t.Fatal(err)
		}
		for range 4 {
			v := genValue(3).Draw(t, "value")
			err := theirs.Validate(v)
			if got := ours.Valid(v, schema.Request); got != (err == nil) {
				t.Fatalf("Valid = %v, peer says %v\nschema %s\nvalue  %s\nwarnings %v", got, err, text, schema.AppendJSON(nil, v, nil), c.Warnings())
			}
			checkAgrees(t, ours, v, schema.Request)
		}
	})
}

func parseRapid(t *rapid.T, text string) *document {
	d, err := parseDocument(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

// checkAgrees wants Check to find something exactly where Valid says no, and to find it by its own walk.
func checkAgrees(t failer, s *schema.Schema, v any, d schema.Direction) {
	t.Helper()
	found := s.Check(v, d)
	if s.Valid(v, d) != (len(found) == 0) {
		t.Fatalf("Valid = %v, Check finds %v\nvalue %s", s.Valid(v, d), found, schema.AppendJSON(nil, v, nil))
	}
	for _, f := range found {
		if f.Keyword == "" && f.Want == "a value that can be judged within the limits on depth and work" {
			t.Fatalf("Check finds no reason for %s", schema.AppendJSON(nil, v, nil))
		}
		if f.Want == "" || f.Got == "" || len(f.Got) > 250 {
			t.Fatalf("a violation without words or with too many: %+v", f)
		}
	}
}
