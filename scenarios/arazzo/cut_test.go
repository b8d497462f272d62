package arazzo_test

import (
	"net/http"
	"strings"
	"testing"

	"understudy/scenarios/arazzo"
)

// TestCut: outputs that are pieces of texts. They are outputs like others, and absent where the text has no such place.
func TestCut(t *testing.T) {
	const step = `workflows:
- workflowId: w
  steps:
  - stepId: a
    operationId: op
    outputs: {whole: $response.header.Location}
    x-understudy:
      cut:
        state: {from: $response.header.Location, after: state=, before: "&"}
        code: {from: $response.header.Location, after: code=, before: "&"}
        plain: {from: $response.header.Location, after: code=, before: "&", decode: percent}
        broken: {from: "%zz{$response.header.Location}", before: "h", decode: percent}
        last: {from: $response.header.Location, after: "hint=", before: "&"}
        origin: {from: $response.header.Location, before: /back}
        none: {from: $response.header.Location, after: error=}
        lost: {from: $response.header.Nothing, after: error=}
        joined: {from: "<{$response.header.Location}>", after: "hint="}
  - stepId: b
    operationId: op
    parameters: [{name: state, in: query, value: $steps.a.outputs.state}]
`
	d, err := arazzo.Parse("cut.yaml", []byte(head+step), arazzo.Options{Strict: true})
	if err != nil {
		t.Fatal(err)
	}
	s := &scope{response: &arazzo.Message{Header: http.Header{"Location": {"https://a.example/back?code=C%2F1&state=&hint=h"}}}}
	want := map[string]string{"state": "", "code": "C%2F1", "plain": "C/1", "last": "h", "origin": "https://a.example", "joined": "h>"}
	a := d.Workflows[0].Steps[0]
	if len(a.Outputs) != 10 {
		t.Fatalf("%d outputs", len(a.Outputs))
	}
	for _, o := range a.Outputs[1:] {
		v, err := o.Value.Evaluate(s)
		text, known := want[o.Name]
		switch {
		case err != nil:
			t.Errorf("%s: %v", o.Name, err)
		case !known && (!v.Absent || v.Reason == ""):
			t.Errorf("%s: %s", o.Name, v.Describe())
		case known && (v.Absent || v.Any != text):
			t.Errorf("%s: %s, wanted %q", o.Name, v.Describe(), text)
		}
	}
}

// TestBadCut: what is wrong with a cut is told.
func TestBadCut(t *testing.T) {
	for text, want := range map[string]string{
		"{n: {from: $url}}":                         "neither after nor before",
		"{n: {after: x}}":                           "from",
		"{n: {from: plain, after: x}}":              "and not a runtime expression",
		"{n: {from: $response.heder.X, after: x}}":  "heder",
		"{n: {from: [$url], after: x}}":             "and not a runtime expression",
		"{n: {from: $url, behind: x}}":              "no field \"behind\"",
		"{n: {from: $steps.z.outputs.o, after: x}}": "no step \"z\"",
		"{whole: {from: $url, after: x}}":           "an output \"whole\" already",
		"{n: {from: $url, after: x, decode: rot}}":  "decode",
		"[]": "not an object",
	} {
		body := "workflows:\n- workflowId: w\n  steps:\n  - stepId: a\n    operationId: op\n    outputs: {whole: $url}\n    x-understudy: {cut: " + text + "}\n"
		_, err := arazzo.Parse("cut.yaml", []byte(head+body), arazzo.Options{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
