package schema_test

import (
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"understudy/contracts/schema"
)

// TestWaysThroughOneSchema: alternatives that share their parts are judged rightly however many ways lead through them. The value
// has 2^400 of them.
func TestWaysThroughOneSchema(t *testing.T) {
	s, _ := compileText(t, v31, `{$defs: {a: {anyOf: [{$ref: '#/$defs/b'}, {$ref: '#/$defs/b'}, {type: array}]}, b: {properties: {c: {$ref: '#/$defs/a'}, n: {type: integer}}}}, $ref: '#/$defs/a'}`)
	value := func(bottom any) any {
		v := bottom
		for range 400 {
			v = map[string]any{"c": v, "n": json.Number("1")}
		}
		return v
	}
	for bottom, fits := range map[string]bool{`{"n":1}`: true, `{"n":"1"}`: false, `[]`: true, `7`: true, `{"c":{"n":1.5}}`: false} {
		v := value(mustParse(t, []byte(bottom)))
		if got := s.Valid(v, schema.Request); got != fits {
			t.Errorf("%s at the bottom fits: %v", bottom, got)
		}
		if found := s.Check(v, schema.Request); (len(found) == 0) != fits {
			t.Errorf("%s at the bottom: %d violations", bottom, len(found))
		}
	}
}

// TestVerdictsHoldWhereTheyWereMade: what depends on the schemas around is judged anew: a required property that is readOnly in one
// of them, and a $dynamicRef.
func TestVerdictsHoldWhereTheyWereMade(t *testing.T) {
	const many = 3_000 // items, so that verdicts are kept
	s, _ := compileText(t, v31, `{
  $defs: {needs: {required: [id]}, open: {allOf: [{$ref: '#/$defs/needs'}, {properties: {id: {readOnly: true}}}]}},
  properties: {loose: {items: {allOf: [{properties: {id: {readOnly: true}}}, {$ref: '#/$defs/needs'}]}}, strict: {items: {$ref: '#/$defs/needs'}}}}`)
	same := map[string]any{"x": json.Number("1")}
	list := make([]any, many)
	for i := range list {
		list[i] = same // one and the same object at each place
	}
	if !s.Valid(map[string]any{"loose": list}, schema.Request) {
		t.Error("a property that only the server sets is asked for")
	}
	if s.Valid(map[string]any{"loose": list, "strict": []any{same}}, schema.Request) {
		t.Error("a verdict was kept although it hung on the schema beside it")
	}
}

// TestFansAreCut: a schema that is combined of too many others allows everything and is warned of; one of many parts is not.
func TestFansAreCut(t *testing.T) {
	fan := func(levels int) string {
		text := "$defs: {s0: {type: integer}"
		for i := 1; i <= levels; i++ {
			text += fmt.Sprintf(", s%d: {allOf: [{$ref: '#/$defs/s%d'}, {$ref: '#/$defs/s%d'}]}", i, i-1, i-1)
		}
		return fmt.Sprintf("{%s}, $ref: '#/$defs/s%d'}", text, levels)
	}
	for levels, cut := range map[int]bool{8: false, 10: false, 14: true, 60: true} {
		s, warnings := compileText(t, v31, fan(levels))
		told := strings.Contains(fmt.Sprint(warnings), "combined of more than")
		if told != cut || s.Valid("text", schema.Request) != cut {
			t.Errorf("%d levels: warned %v, allows everything %v, want %v: %v", levels, told, s.Valid("text", schema.Request), cut, warnings)
		}
	}
}

// TestMultipleOfHuge: what is a multiple does not change with the number of digits, and digits cost no more than to be read.
func TestMultipleOfHuge(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		digits := rapid.StringMatching(`-?(0|[1-9][0-9]{0,60})(\.[0-9]{1,40})?(e[+-]?[0-9]{1,2})?`)
		n := digits.Draw(rt, "number")
		m := rapid.StringMatching(`[1-9][0-9]{0,30}(\.[0-9]{1,20})?(e[+-]?[0-9])?`).Draw(rt, "limit")
		if rapid.Bool().Draw(rt, "a multiple") {
			times, _ := new(big.Rat).SetString(rapid.StringMatching(`[1-9][0-9]{0,40}`).Draw(rt, "times"))
			step, _ := new(big.Rat).SetString(m)
			n = times.Mul(times, step).FloatString(60)
		}
		s, _ := compileText(t, v31, "{multipleOf: "+m+"}")
		x, _ := new(big.Rat).SetString(n)
		step, _ := new(big.Rat).SetString(m)
		if want := x.Quo(x, step).IsInt(); s.Valid(json.Number(n), schema.Request) != want {
			rt.Fatalf("%s is a multiple of %s: want %v", n, m, want)
		}
	})
	s, _ := compileText(t, v31, "{multipleOf: 0.07}")
	million := strings.Repeat("7", 1_000_000)
	for n, want := range map[string]bool{million: true, million + "1": false, "0." + million: false, million + "e1000000000": true, "-" + million + ".7": true} {
		if s.Valid(json.Number(n), schema.Request) != want {
			t.Errorf("%.10s… is a multiple of 0.07: want %v", n, want)
		}
	}
}

// TestLongEnumerations: the values of a long list are found whatever they are, numbers by what they are.
func TestLongEnumerations(t *testing.T) {
	var b strings.Builder
	for i := range 5_000 {
		fmt.Fprintf(&b, `, %d, {"a":[%d]}, "%d"`, i, i, i)
	}
	s, _ := compileText(t, v31, "{enum: [null, true"+b.String()+"]}")
	for text, want := range map[string]bool{
		"null": true, "true": true, "false": false, "4999": true, "4.999e3": true, "5000": false, `{"a":[7.0]}`: true, `{"a":[5000]}`: false, `"4999"`: true, `"5000"`: false, `[7]`: false,
	} {
		if s.Valid(mustParse(t, []byte(text)), schema.Request) != want {
			t.Errorf("%s is one of the values: want %v", text, want)
		}
	}
}

// TestWorkOfPatterns: a text that a pattern would take too long for does not fit, and is not matched; one that it would not, is.
func TestWorkOfPatterns(t *testing.T) {
	s, _ := compileText(t, v31, `{pattern: '[a-z]{1,900}X'}`)
	if !s.Valid(strings.Repeat("a", 50_000)+"X", schema.Request) {
		t.Error("50,000 characters are not matched")
	}
	if long := strings.Repeat("a", 5_000_000) + "X"; s.Valid(long, schema.Request) {
		t.Error("five million characters were matched against 900 threads")
	} else if found := s.Check(long, schema.Request); len(found) == 0 {
		t.Error("nothing says why")
	}
	p, err := schema.CompilePattern(`[a-z]{1,900}X`)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Match(strings.Repeat("a", 5_000_000)); err != schema.ErrPatternSteps {
		t.Errorf("the error is %v", err)
	}
	if _, err := schema.CompilePattern(`(?:[a-z]{1,1000}){1,900}`); err == nil {
		t.Error("900,000 instructions were taken")
	}
	r, _ := compileText(t, v31, `{format: regex}`)
	for text, want := range map[string]bool{`(a{900}){50}`: true, `^(?=a)b\w+$`: true, `(`: false, `[z-a]`: false, `(?P<go>a)`: true} {
		if r.Valid(text, schema.Request) != want {
			t.Errorf("%s is a regular expression: want %v", text, want)
		}
	}
}
