package arazzo_test

import (
	"strings"
	"testing"

	"understudy/scenarios/arazzo"
)

// FuzzParse: any text gives a document or problems that say where, and what was read can be evaluated.
func FuzzParse(f *testing.F) {
	for _, v := range list(vectors(f, "documents.json")["vectors"]) {
		f.Add([]byte(text(v["document"])))
	}
	s := scopeOf(vectors(f, "expressions.json")["scope"].(map[string]any))
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := arazzo.Parse("f.yaml", data, arazzo.Options{Strict: true})
		if (d == nil) == (err == nil) {
			t.Fatalf("document %v and error %v", d, err)
		}
		if err != nil {
			if problems, ok := err.(arazzo.Problems); !ok || len(problems) == 0 || problems[0].At.File != "f.yaml" {
				t.Fatalf("error %v", err)
			}
			return
		}
		for _, w := range d.Workflows {
			if len(w.Order()) != len(w.Steps) {
				t.Fatal("steps got lost")
			}
			_, _ = d.Rows(w, nil)
			for _, step := range w.Steps {
				for _, p := range step.EffectiveParameters() {
					_, _ = p.Value.Evaluate(s)
				}
				if step.RequestBody != nil {
					_, _ = step.RequestBody.Render(s, "", nil)
				}
				for _, c := range step.SuccessCriteria {
					verdict := c.Evaluate(s)
					_ = verdict.Explain(nil)
				}
			}
		}
	})
}

// FuzzParseExpression: what is read evaluates, and reads again to the same.
func FuzzParseExpression(f *testing.F) {
	file := vectors(f, "expressions.json")
	for _, v := range list(file["vectors"]) {
		f.Add(text(v["expression"]))
	}
	s := scopeOf(file["scope"].(map[string]any))
	f.Fuzz(func(t *testing.T, expression string) {
		for _, version := range []arazzo.Version{arazzo.V10, arazzo.V11} {
			e, err := arazzo.ParseExpression(expression, version)
			if err != nil {
				if !strings.Contains(err.Error(), "in ") && !strings.Contains(err.Error(), "at character") && len(expression) < 4096 {
					t.Fatalf("%q: the error does not say where: %v", expression, err)
				}
				continue
			}
			if v := e.Evaluate(s); v.Absent && v.Reason == "" {
				t.Fatalf("%q is absent, and nothing says why", expression)
			}
		}
	})
}

// FuzzParseCondition: what is read evaluates; an error never passes; parentheses around it change nothing.
func FuzzParseCondition(f *testing.F) {
	for _, v := range list(vectors(f, "criteria.json")["vectors"]) {
		f.Add(text(v["criterion"].(map[string]any)["condition"]))
	}
	s := scopeOf(vectors(f, "expressions.json")["scope"].(map[string]any))
	f.Fuzz(func(t *testing.T, condition string) {
		c, err := arazzo.ParseCondition(condition, arazzo.V11)
		if err != nil {
			return
		}
		verdict := c.Evaluate(s)
		if verdict.Passed && verdict.Err != nil || verdict.Explain(nil) == "" {
			t.Fatalf("%q: %+v", condition, verdict)
		}
		again, err := arazzo.ParseCondition("("+condition+")", arazzo.V11)
		if err != nil {
			if len(condition) < 4000 && strings.Count(condition, "(") < 45 {
				t.Fatalf("(%s): %v", condition, err)
			}
			return
		}
		if twice := again.Evaluate(s); twice.Passed != verdict.Passed {
			t.Fatalf("(%s) is %v, without parentheses %v", condition, twice.Passed, verdict.Passed)
		}
	})
}
