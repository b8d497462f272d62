package arazzo_test

import (
	"encoding/json"
	"testing"

	"understudy/scenarios/arazzo"
)

// FuzzCriterion judges any answer by any criterion of any kind: a verdict, within the limits on work.
func FuzzCriterion(f *testing.F) {
	for _, seed := range [][3]string{
		{"jsonpath", "$[?@.a > 1]", `[{"a":2}]`}, {"jsonpath", "$..a[?count(@..*) > 0]", `{"a":{"a":[1]}}`}, {"xpath", "//a[@b='1']/text()", `<r><a b="1">x</a></r>`}, {"xpath", "count(//*) > 1 and //a = 1", "<a/>"},
		{"regex", `^(?=((a+)+)+b)\w+$`, `"aaaa"`}, {"regex", "(", "1"}, {"simple", "$response.body#/a == 1 && $statusCode < 300", `{"a":1}`}, {"jsonpointer", "/a/0", `{"a":[1]}`},
	} {
		f.Add(seed[0], seed[1], seed[2])
	}
	f.Fuzz(func(t *testing.T, kind, condition, body string) {
		criterion := map[string]any{"condition": condition, "type": any(kind)}
		if kind == "xpath" {
			criterion["type"] = xpath10
		}
		if kind != "simple" {
			criterion["context"] = "$response.body"
		}
		d, err := arazzo.Parse("c.json", document(arazzo.V10, map[string]any{"successCriteria": []any{criterion}}), arazzo.Options{})
		if err != nil {
			return
		}
		var value any = body
		if json.Unmarshal([]byte(body), &value) != nil || kind == "xpath" {
			value = body
		}
		verdict := d.Workflows[0].Steps[2].SuccessCriteria[0].Evaluate(scopeOf(map[string]any{"response": map[string]any{"body": value}}))
		_ = verdict.Explain(nil)
		if verdict.Passed && verdict.Err != nil {
			t.Errorf("%s %q: passed, and %v", kind, condition, verdict.Err)
		}
	})
}
