package schema_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"understudy/contracts/schema"
)

func TestDecode(t *testing.T) {
	n := func(s string) any { return json.Number(s) }
	for _, c := range []struct {
		yaml string
		want any
	}{
		{"null", nil}, {"~", nil}, {"", nil}, {"true", true}, {"False", false}, {"yes", "yes"}, {"no", "no"}, {"on", "on"}, {"y", "y"},
		{"2024-05-31", "2024-05-31"}, {"2024-05-31T13:45:00Z", "2024-05-31T13:45:00Z"}, {"'5'", "5"}, {`"true"`, "true"}, {"!!str 5", "5"},
		{"5", n("5")}, {"-5", n("-5")}, {"+5", n("5")}, {"0", n("0")}, {"-0", n("-0")}, {"007", n("7")}, {"0x1F", n("31")}, {"0o17", n("15")},
		{".5", n("0.5")}, {"5.", n("5")}, {"-.5e3", n("-0.5e3")}, {"1e3", n("1e3")}, {"1.50", n("1.50")}, {"1_000", "1_000"}, {"0b11", "0b11"},
		{"9007199254740993", n("9007199254740993")}, {"123456789012345678901234567890", n("123456789012345678901234567890")},
		{"[1, a, [], {}]", []any{n("1"), "a", []any{}, map[string]any{}}},
		{"{1: a, true: b, null: c}", map[string]any{"1": "a", "true": "b", "null": "c"}},
		{"a: &x {k: 1}\nb: *x", map[string]any{"a": map[string]any{"k": n("1")}, "b": map[string]any{"k": n("1")}}},
		{"x: &x {k: 1, l: 1}\ny: {<<: *x, k: 2}", map[string]any{"x": map[string]any{"k": n("1"), "l": n("1")}, "y": map[string]any{"k": n("2"), "l": n("1")}}},
		{"x: &x {k: 1}\nz: &z {k: 3, m: 4}\ny: {<<: [*x, *z]}", map[string]any{"x": map[string]any{"k": n("1")}, "z": map[string]any{"k": n("3"), "m": n("4")},
			"y": map[string]any{"k": n("1"), "m": n("4")}}},
		{"'<<': 1", map[string]any{"<<": n("1")}}, {"!thing x", "x"}, {"a: |\n  b\n  c\n", map[string]any{"a": "b\nc\n"}},
	} {
		var node yaml.Node
		if err := yaml.Unmarshal([]byte(c.yaml), &node); err != nil {
			t.Fatalf("%s: %v", c.yaml, err)
		}
		got, err := schema.Decode(&node)
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %#v (%v), want %#v", c.yaml, got, err, c.want)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	// Each level names the one before it nine times.
	bomb := "a0: &a0 [x]\n"
	for i := 1; i < 9; i++ {
		prev := "*a" + string(rune('0'+i-1))
		bomb += "a" + string(rune('0'+i)) + ": &a" + string(rune('0'+i)) + " [" + strings.TrimSuffix(strings.Repeat(prev+", ", 9), ", ") + "]\n"
	}
	for _, c := range []struct{ name, yaml, says string }{
		{"infinity", ".inf", "no place in JSON"}, {"not a number", "[-.inf]", "no place in JSON"}, {"nan", ".nan", "no place in JSON"},
		{"a key that is no scalar", "? [a]\n: b", "a key must be a plain value"},
		{"an alias bomb", bomb, "aliases expand"},
		{"an alias to itself", "&a [*a]", "nested"},
		{"depth", strings.Repeat("[", 600) + strings.Repeat("]", 600), "nested"},
	} {
		var node yaml.Node
		if err := yaml.Unmarshal([]byte(c.yaml), &node); err != nil {
			continue // the parser refuses it already
		}
		if _, err := schema.Decode(&node); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: error %v, want one that says %q", c.name, err, c.says)
		}
	}
}

// TestNumbersAreExact compares without rounding and without writing out exponents.
func TestNumbersAreExact(t *testing.T) {
	for _, c := range []struct {
		schema string
		fits   []any
		breaks []any
	}{
		{`{minimum: 0.1}`, []any{0.1, json.Number("0.10"), json.Number("1e-1"), 1}, []any{json.Number("0.09999999999999999999999"), json.Number("-1e99")}},
		{`{maximum: -5}`, []any{json.Number("-5.0"), json.Number("-1e9999999"), int64(-6)}, []any{json.Number("-4.99"), 0, json.Number("1e-9999999")}},
		{`{multipleOf: 0.1}`, []any{json.Number("0.3"), json.Number("1e30"), json.Number("123456789.1")}, []any{json.Number("0.31"), json.Number("1e-30")}},
		{`{multipleOf: 7}`, []any{json.Number("7e1000000"), json.Number("0e5"), 14.0, json.Number("-21")}, []any{json.Number("1e1000000"), json.Number("7.5")}},
		{`{multipleOf: 1e-8}`, []any{json.Number("12.34567891"), 1e-8}, []any{json.Number("1e-9")}},
		{`{type: integer}`, []any{json.Number("1e2"), json.Number("1.50e1"), 3.0, json.Number("0.0"), json.Number("1e99999")}, []any{json.Number("1.55e1"), 3.5, json.Number("1e-99999")}},
	} {
		s, _ := compileText(t, v31, c.schema)
		for _, v := range c.fits {
			if !s.Valid(v, schema.Request) {
				t.Errorf("%s refuses %v", c.schema, v)
			}
		}
		for _, v := range c.breaks {
			if s.Valid(v, schema.Request) {
				t.Errorf("%s accepts %v", c.schema, v)
			}
			checkAgrees(t, s, v, schema.Request)
		}
	}
}
