package arazzo_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"understudy/contracts/schema"
	"understudy/scenarios/arazzo"
)

func jsonNumber(text string) json.Number { return json.Number(text) }

// TestHostileDocuments: each is refused with a message, quickly and without a panic.
func TestHostileDocuments(t *testing.T) {
	bomb := "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
	for i := 1; i < 12; i++ {
		bomb += fmt.Sprintf("a%d: &a%d [%s*a%d]\n", i, i, strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 9), i-1)
	}
	chain := "a0: &a0 [x]\n"
	for i := 1; i < 300; i++ {
		chain += fmt.Sprintf("a%d: &a%d [*a%d]\n", i, i, i-1)
	}
	for name, c := range map[string]struct{ text, want string }{
		"alias bomb":      {bomb, "more than 200000 keys and values"},
		"alias chain":     {chain, "nested more than 100"},
		"alias of itself": {"a: &a {b: *a}\n", "inside its own anchor"},
		"merge of itself": {"a: &a\n  <<: *a\n", "inside its own anchor"},
		"deep YAML":       {strings.Repeat("[", 100_000), "nested more than 100"},
		"deep JSON":       {`{"a":` + strings.Repeat("[", 150) + strings.Repeat("]", 150) + "}", "nested more than 100"},
		"deep blocks":     {deepBlocks(200), "nested more than 100"},
		"many lines":      {strings.Repeat("a: b\n", 300_000), "more than 200000 lines"},
		"large":           {strings.Repeat("#", 11<<20), "larger than"},
		"not UTF-8":       {"a: \xff\n", "not UTF-8"},
		"control":         {"a: \x01\n", "the YAML is broken"},
		"tabs":            {"a:\n\tb: c\n", "the YAML is broken"},
		"a list as key":   {"[a]: b\n", "not a text"},
		"tag":             {"a: !!python/object x\n", "has no meaning"},
		"binary":          {"a: !!binary aGk=\n", "has no meaning"},
		"infinity":        {head + "workflows: [{workflowId: w, steps: [{stepId: s, operationId: o, parameters: [{name: a, in: query, value: .inf}]}]}]\n", "no place in JSON"},
		"null":            {"null\n", "not an object"},
		"blank":           {" \n\t\n", "empty"},
		"comment only":    {"# nothing\n", "empty"},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := arazzo.Parse("hostile.yaml", []byte(c.text), arazzo.Options{})
			if d != nil || err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %.300v, want %q", err, c.want)
			}
			if err != nil && len(err.Error()) > 100_000 {
				t.Errorf("the message has %d bytes", len(err.Error()))
			}
		})
	}
}

func deepBlocks(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return b.String()
}

// TestHostileContexts: conditions and bodies that would take a long time come to an error.
func TestHostileContexts(t *testing.T) {
	deep := any(map[string]any{})
	for range 400 {
		deep = map[string]any{"a": deep}
	}
	wide := make([]any, 20_000)
	for i := range wide {
		wide[i] = map[string]any{"n": jsonNumber("1")}
	}
	var items strings.Builder
	for range 3_000 {
		items.WriteString("<a><b>x</b></a>")
	}
	for name, c := range map[string]struct {
		kind    any
		text    string
		body    any
		wrong   string
		version arazzo.Version
	}{
		"filters in filters":   {"jsonpath", "$[?@[?count(@..*) > 0]]", wide, "too many steps", arazzo.V10},
		"descents":             {"jsonpath", "$..a..a..a..a..a..a", deep, "", arazzo.V10},
		"lists of everything":  {"jsonpath", "$" + strings.Repeat("[*,*]", 20), wide, "too many steps", arazzo.V10},
		"XPath over and over":  {xpath10, "count(//*[count(//*[count(//*) > 1]) > 1]) > 1", "<r>" + items.String() + "</r>", "too many steps", arazzo.V10},
		"XML too deep":         {xpath10, "/a", strings.Repeat("<a>", 5000) + strings.Repeat("</a>", 5000), "nested more than", arazzo.V10},
		"XML with entities":    {xpath10, "/a", `<!DOCTYPE a [<!ENTITY b "bbb">]><a>&b;</a>`, "not XML", arazzo.V10},
		"XML of another code":  {xpath10, "/a", `<?xml version="1.0" encoding="latin1"?><a/>`, "only UTF-8", arazzo.V10},
		"two roots":            {xpath10, "/a", `<a/><a/>`, "one element", arazzo.V10},
		"backtracking":         {"regex", `^(?=((a+)+)+b)\w+$`, strings.Repeat("a", 60), "too many steps", arazzo.V10},
		"a function of nobody": {"jsonpath", "$[?match(@.a, $.b)]", map[string]any{"x": map[string]any{"a": "b"}}, "", arazzo.V10},
	} {
		t.Run(name, func(t *testing.T) {
			criterion := map[string]any{"context": "$response.body", "condition": c.text, "type": c.kind}
			d, err := arazzo.Parse("c.json", document(c.version, map[string]any{"successCriteria": []any{criterion}}), arazzo.Options{})
			if err != nil {
				t.Fatal(err)
			}
			verdict := d.Workflows[0].Steps[2].SuccessCriteria[0].Evaluate(scopeOf(map[string]any{"response": map[string]any{"body": c.body}}))
			if verdict.Passed && c.wrong != "" || c.wrong != "" && (verdict.Err == nil || !strings.Contains(verdict.Err.Error(), c.wrong)) {
				t.Errorf("passed %v, error %v, want %q", verdict.Passed, verdict.Err, c.wrong)
			}
		})
	}
	for _, text := range []string{strings.Repeat("(", 60) + "true" + strings.Repeat(")", 60), strings.Repeat("x", 5000)} {
		if _, err := arazzo.ParseCondition(text, arazzo.V10); err == nil {
			t.Errorf("%.20s… was taken", text)
		}
	}
	if _, err := arazzo.ParseExpression("$inputs."+strings.Repeat("x", 5000), arazzo.V10); err == nil {
		t.Error("a very long expression was taken")
	}
}

var xpath10 = map[string]any{"type": "xpath", "version": "xpath-10"}

// TestNumbersKeepTheirDigits: what an expression hands on is what stood in the document.
func TestNumbersKeepTheirDigits(t *testing.T) {
	body, err := schema.ParseJSON([]byte(`{"big": 12345678901234567890, "money": 1.50}`))
	if err != nil {
		t.Fatal(err)
	}
	s := scopeOf(map[string]any{"response": map[string]any{"body": body}})
	for text, want := range map[string]string{"$response.body#/big": "12345678901234567890", "$response.body.money": "1.50"} {
		e, err := arazzo.ParseExpression(text, arazzo.V10)
		if err != nil {
			t.Fatal(err)
		}
		if got := e.Evaluate(s).Describe(); got != want {
			t.Errorf("%s is %s, want %s", text, got, want)
		}
	}
}
