package arazzo_test

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"understudy/contracts/schema"
	"understudy/scenarios/arazzo"
)

const head = `arazzo: 1.1.0
$self: https://example.com/flows/a.arazzo.yaml
info: {title: T, version: '1', summary: S, x-info: 1}
sourceDescriptions: [{name: api, url: ./openapi.yaml, type: openapi}]
`

func parse(t *testing.T, text string) *arazzo.Document {
	t.Helper()
	d, err := arazzo.Parse("a.yaml", []byte(text), arazzo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestModel(t *testing.T) {
	d := parse(t, head+`
components:
  parameters: {page: {name: page, in: query, value: 1}}
  failureActions: {again: {name: again, type: retry, retryAfter: 0.5, retryLimit: 3, workflowId: login}}
workflows:
  - workflowId: main
    dependsOn: [login]
    inputs: {type: object, properties: {user: {type: string}, pin: {type: string, format: password}}}
    parameters:
      - {name: trace, in: header, value: t}
      - {name: page, in: query, value: 9}
    successActions: [{name: done, type: end}, {name: shared, type: end}]
    failureActions: [{reference: $components.failureActions.again}]
    steps:
      - stepId: list
        operationId: listPets
        timeout: 1500
        parameters: [{reference: $components.parameters.page, value: 2}, {name: q, in: query, value: $inputs.user}]
        onSuccess: [{name: shared, type: goto, stepId: list}]
        onFailure: [{name: own, type: end}]
      - stepId: call
        workflowId: login
        parameters: [{name: trace, value: other}]
  - workflowId: login
    steps: [{stepId: s, operationPath: '{$sourceDescriptions.api.url}#/paths/~1login/post'}]
`)
	if d.Self != "https://example.com/flows/a.arazzo.yaml" || d.Version != arazzo.V11 || d.Info.Summary != "S" || d.Info.Extensions["x-info"] == nil {
		t.Errorf("document %+v", d)
	}
	w := d.Workflow("main")
	list, call := w.Step("list"), w.Step("call")
	if list.Timeout != 1500*time.Millisecond || list.Operation.ID != "listPets" || call.Workflow.ID != "login" {
		t.Errorf("steps %+v %+v", list, call)
	}
	if got := d.Workflow("login").Steps[0].Operation; got.Pointer != "/paths/~1login/post" || got.Source != "api" {
		t.Errorf("operation %+v", got)
	}
	if got := names(list.EffectiveParameters()); got != "header trace=t, query page=2, query q=?" {
		t.Errorf("parameters %s", got)
	}
	// A workflow takes inputs by name: the step's trace overrides the header.
	if got := names(call.EffectiveParameters()); got != " trace=other, query page=9" {
		t.Errorf("inputs %s", got)
	}
	if got := actions(list.EffectiveOnSuccess()); got != "shared goto, done end" {
		t.Errorf("on success %s", got)
	}
	if got := actions(list.EffectiveOnFailure()); got != "own end, again retry" {
		t.Errorf("on failure %s", got)
	}
	again := list.EffectiveOnFailure()[1]
	if again.RetryAfter != 500*time.Millisecond || again.RetryLimit != 3 || again.Workflow.ID != "login" || again.Reference != "again" {
		t.Errorf("retry %+v", again)
	}
	if got := d.SecretInputs(w); len(got) != 1 || got[0] != "pin" {
		t.Errorf("secrets %v", got)
	}
	if list.At.Line != 19 || list.At.Pointer != "/workflows/0/steps/0" || list.At.Column != 9 {
		t.Errorf("the step stands at %v %s", list.At, list.At.Pointer)
	}
}

func names(parameters []*arazzo.Parameter) string {
	var out []string
	for _, p := range parameters {
		value := "?"
		if v, ok := p.Value.Literal(); ok {
			value = arazzo.Value{Any: v}.Describe()
		}
		out = append(out, p.In+" "+p.Name+"="+strings.Trim(value, `"`))
	}
	return strings.Join(out, ", ")
}

func actions(actions []*arazzo.Action) string {
	var out []string
	for _, a := range actions {
		out = append(out, a.Name+" "+a.Type)
	}
	return strings.Join(out, ", ")
}

// TestInputs: the compiled schema judges inputs, through references by pointer and by anchor.
func TestInputs(t *testing.T) {
	text := head + `
components:
  inputs:
    who: {type: object, required: [user], properties: {user: {$ref: '#/components/inputs/name'}, n: {$ref: '#count'}}}
    name: {type: string, minLength: 2}
    count: {$anchor: count, type: integer}
workflows:
  - workflowId: w
    inputs: {$ref: '#/components/inputs/who'}
    steps: [{stepId: s, operationId: op}]
`
	d := parse(t, text)
	if len(d.Warnings) > 0 {
		t.Errorf("warnings %v", d.Warnings)
	}
	check := func(inputs map[string]any) int { return len(d.Workflows[0].Schema.Check(inputs, schema.Request)) }
	if n := check(map[string]any{"user": "ann", "n": jsonNumber("1")}); n != 0 {
		t.Errorf("%d violations of good inputs", n)
	}
	for _, bad := range []map[string]any{{}, {"user": "a"}, {"user": "ann", "n": "x"}} {
		if check(bad) == 0 {
			t.Errorf("%v was taken", bad)
		}
	}
	d = parse(t, strings.ReplaceAll(text, "'#count'", "'other.yaml#/x'"))
	if !strings.Contains(d.Warnings.Error(), "other.yaml") {
		t.Errorf("a reference that leads out of the document: warnings %v", d.Warnings)
	}
}

func TestOrder(t *testing.T) {
	d := parse(t, head+`
workflows:
  - workflowId: w
    steps:
      - {stepId: a, operationId: op, dependsOn: [c]}
      - {stepId: b, operationId: op, parameters: [{name: x, in: query, value: $steps.d.outputs.id}]}
      - {stepId: c, operationId: op}
      - {stepId: d, operationId: op, outputs: {id: $response.body#/id}}
`)
	var got []string
	for _, s := range d.Workflows[0].Order() {
		got = append(got, s.ID)
	}
	if strings.Join(got, " ") != "c a d b" {
		t.Errorf("order %v", got)
	}
}

func TestManyProblems(t *testing.T) {
	_, err := arazzo.Parse("a.yaml", []byte(head+`
workflows:
  - workflowId: w
    stepz: []
    steps:
      - {stepId: a, operationId: op, outputs: {id: 3}, parameters: [{name: a}]}
      - {stepId: a, operationId: op, onSuccess: [{name: a, type: goto}]}
`), arazzo.Options{})
	problems, ok := err.(arazzo.Problems)
	if !ok || len(problems) != 6 {
		t.Fatalf("%d problems, want 6: %v", len(problems), err)
	}
	for i := 1; i < len(problems); i++ {
		if problems[i].At.Line < problems[i-1].At.Line {
			t.Errorf("not in order: %v", problems)
		}
	}
}

func TestStrict(t *testing.T) {
	text := head + `
workflows:
  - workflowId: w
    steps:
      - stepId: a
        operationId: op
        successCriteria: [{condition: $response.body#/id != null}, {condition: $response.body#/ok}, {condition: 'true', type: simple}]
`
	d, err := arazzo.Parse("a.yaml", []byte(text), arazzo.Options{Strict: true})
	if err != nil || len(d.Warnings) != 3 {
		t.Errorf("%v, warnings %v", err, d.Warnings)
	}
	if _, err := arazzo.Parse("a.yaml", []byte(text+"    outputs: {x: $steps.a.outputs.y}\n"), arazzo.Options{Strict: true}); err == nil {
		t.Error("an output that nothing declares was taken")
	}
}

func TestExtension(t *testing.T) {
	d := parse(t, head+`
x-understudy: {tags: [smoke, slow], actor: admin, requirements: ECO-1, secrets: [token], timeout: 2m, expect: [{check: NEG-003, reason: known}]}
workflows:
  - workflowId: w
    x-understudy:
      data: [{user: ann, n: 1}, {user: bob}]
      skip: not yet
    steps:
      - {stepId: a, operationId: op, x-understudy: {clock: {advance: 1d12h}}}
      - {stepId: b, operationId: op, x-understudy: {clock: {set: 2026-01-01T00:00:00Z}, actor: none}}
      - {stepId: c, operationId: op, x-understudy: {event: {send: a.b, data: {id: $inputs.id}}, wait: {delivery: a.b, within: 500ms}}}
      - {stepId: d, operationId: op, x-understudy: {skip: {unless: control, reason: needs it}}}
      - {stepId: e, operationId: op, x-understudy: {expect: NEG-001}}
`)
	e, w := d.Extension, d.Workflows[0]
	if strings.Join(e.Tags, ",") != "smoke,slow" || e.Actor != "admin" || e.Requirements[0] != "ECO-1" || e.Timeout != 2*time.Minute ||
		e.Expect[0].Check != "NEG-003" || e.Expect[0].Reason != "known" || d.SecretInputs(w)[0] != "token" {
		t.Errorf("document %+v", e)
	}
	if rows, err := d.Rows(w, nil); err != nil || len(rows) != 2 || rows[1]["user"] != "bob" || w.Extension.Skip.Reason != "not yet" {
		t.Errorf("workflow %+v, %v %v", w.Extension, rows, err)
	}
	steps := w.Steps
	if steps[0].Extension.Clock.Advance != 36*time.Hour || steps[1].Extension.Clock.Set.Year() != 2026 || steps[1].Extension.Actor != "none" {
		t.Errorf("clocks %+v %+v", steps[0].Extension.Clock, steps[1].Extension.Clock)
	}
	c := steps[2].Extension
	if v, err := c.Event.Data.Evaluate(scopeOf(map[string]any{"inputs": map[string]any{"id": "7"}})); err != nil || v.Describe() != `{"id":"7"}` || c.Event.Send != "a.b" {
		t.Errorf("event %v %v", v, err)
	}
	if c.Wait.Within != 500*time.Millisecond || c.Wait.Delivery != "a.b" || steps[3].Extension.Skip.Unless != "control" || steps[4].Extension.Expect[0].Check != "NEG-001" {
		t.Errorf("wait %+v", c.Wait)
	}
	for i, want := range []bool{true, true, true, true, false} {
		if got := steps[i].Extension.NeedsControl(); got != want {
			t.Errorf("step %d needs control: %v", i, got)
		}
	}
}

func TestRows(t *testing.T) {
	text := head + `
workflows:
  - workflowId: w
    inputs: {type: object, properties: {n: {type: integer}, ok: {type: boolean}, tags: {type: array}, name: {type: string}}}
    x-understudy: {data: {file: rows.NAME}}
    steps: [{stepId: s, operationId: op}]
`
	for _, c := range []struct{ kind, file, want, wrong string }{
		{"csv", "\ufeffname,n,ok,tags\nann,1,true,\"[1,2]\"\n0042,,,\n", `[{"n":1,"name":"ann","ok":true,"tags":[1,2]},{"name":"0042"}]`, ""},
		{"csv", "name,n\nann,x\n", "", `rows.csv:2: the cell in column "n" is no integer`},
		{"csv", "name,name\na,b\n", "", "no name of its own"},
		{"csv", "name,n\na\n", "", "rows.csv:2: the table is broken"},
		{"csv", "name\n", "", "no rows"},
		{"csv", "", "", "no first line"},
		{"yaml", "- {name: ann, n: 1}\n- {n: 2}\n", `[{"n":1,"name":"ann"},{"n":2}]`, ""},
		{"json", `[{"name": "ann"}]`, `[{"name":"ann"}]`, ""},
		{"yaml", "name: ann\n", "", "not a list"},
		{"yaml", "- 3\n", "", "rows.yaml:1: a row is the number 3"},
		{"yaml", "- [\n", "", "the YAML is broken"},
		{"csv", "missing", "", "cannot be read"},
	} {
		d := parse(t, strings.ReplaceAll(text, "NAME", c.kind))
		files := fstest.MapFS{"rows." + c.kind: &fstest.MapFile{Data: []byte(c.file)}}
		if c.file == "missing" {
			files = fstest.MapFS{}
		}
		rows, err := d.Rows(d.Workflows[0], files)
		if c.wrong != "" {
			if err == nil || !strings.Contains(err.Error(), c.wrong) {
				t.Errorf("%q: error %v, want %q", c.file, err, c.wrong)
			}
			continue
		}
		list := make([]any, len(rows))
		for i, row := range rows {
			list[i] = row
		}
		if got := (arazzo.Value{Any: list}).Describe(); err != nil || got != c.want {
			t.Errorf("%q: %s, want %s, error %v", c.file, got, c.want, err)
		}
	}
}

// TestExplain: what a person reads of a criterion, word by word, and that a redactor sees whole values.
func TestExplain(t *testing.T) {
	s := scopeOf(map[string]any{"response": map[string]any{"status": jsonNumber("404"), "body": map[string]any{"error": "bad", "key": strings.Repeat("s", 500)}}})
	for condition, want := range map[string]string{
		"$statusCode == 200":                        "$statusCode is 404, wanted == 200",
		"$statusCode == 404":                        "$statusCode is 404, as wanted == 404",
		"200 == $statusCode":                        "200 == $statusCode, which is 404 does not hold",
		"$response.body.error":                      `$response.body.error is "bad", wanted true (only the boolean true passes on its own; compare a string with something, such as != null)`,
		"$response.body#/a == 1":                    "$response.body#/a is absent (the pointer /a ends at #, which is an object with the members error, key), wanted == 1",
		"$response.body.error == true":              `$response.body.error is "bad", wanted == true (a string never equals a boolean)`,
		"$statusCode == 404 && $response.body.a==1": "$response.body.a is absent (.a leads nowhere: the value is an object with the members error, key), wanted == 1",
	} {
		c, err := arazzo.ParseCondition(condition, arazzo.V10)
		if err != nil {
			t.Fatal(err)
		}
		verdict := c.Evaluate(s)
		if got := verdict.Explain(nil); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", condition, got, want)
		}
	}
	c, err := arazzo.ParseCondition("$response.body.key == 'x'", arazzo.V10)
	if err != nil {
		t.Fatal(err)
	}
	verdict := c.Evaluate(s)
	hidden := verdict.Explain(func(text string) string { return strings.ReplaceAll(text, strings.Repeat("s", 500), "[hidden]") })
	if strings.Contains(hidden, "sss") || !strings.Contains(hidden, "[hidden]") {
		t.Errorf("the secret shows: %s", hidden)
	}
}
