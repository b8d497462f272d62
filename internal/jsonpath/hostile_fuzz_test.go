package jsonpath_test

import (
	"encoding/json"
	"strings"
	"testing"

	"understudy/internal/jsonpath"
)

// FuzzParse: any text is an expression or an error, what is read is written in a form that reads to the same, and selects without
// a panic.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"$", "$.a.b[0]", "$..*", "$['a','b'][1:3:-1]", "$[?@.a == 'x' && count(@..b) > 1]", "$[?match(@.a, '(a+)+')]", "$.x-internal", "$[?!(@.a <= 1e400)]",
		`$["\ud800"]`, "$[9007199254740993]", "$[?search(@, '[')]", "$[" + strings.Repeat("?@[", 20) + strings.Repeat("]", 20), "$\x00",
	} {
		f.Add(seed, `{"a":[1,{"b":null,"a":"aaaa"}],"x-internal":true}`, true)
	}
	f.Fuzz(func(t *testing.T, text, document string, hyphens bool) {
		var v any
		if len(text) > 500 || len(document) > 2_000 || json.Unmarshal([]byte(document), &v) != nil {
			return // what an evaluation may cost is for the rooms that evaluate
		}
		p, err := jsonpath.Parse(text, jsonpath.Options{Hyphens: hyphens})
		if err != nil {
			return
		}
		again, err := jsonpath.Parse(p.String(), jsonpath.Options{Hyphens: hyphens})
		if err == nil && again.String() != p.String() {
			t.Errorf("%q is written %q and then %q", text, p, again)
		}
		if strings.Contains(jsonpath.Syntax(p.String()), "?") {
			return // filters can cost a power of the document
		}
		_ = p.Select(v)
	})
}
