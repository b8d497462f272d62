package arazzo_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"understudy/contracts/schema"
	"understudy/scenarios/arazzo"
)

// A scope is an arazzo.Scope read from JSON.
type scope struct {
	request, response *arazzo.Message
	values            map[string]any
}

func (s *scope) Request() *arazzo.Message  { return s.request }
func (s *scope) Response() *arazzo.Message { return s.response }
func (s *scope) Inputs() map[string]any    { return s.object("inputs") }
func (s *scope) Outputs() map[string]any   { return s.object("outputs") }
func (s *scope) Self() string              { self, _ := s.values["self"].(string); return self }

func (s *scope) object(names ...string) map[string]any {
	var at any = s.values
	for _, name := range names {
		object, _ := at.(map[string]any)
		at = object[name]
	}
	object, _ := at.(map[string]any)
	return object
}

func (s *scope) Step(id string) (map[string]any, bool) {
	outputs := s.object("steps", id)
	return outputs, outputs != nil
}

func (s *scope) Workflow(id string) (inputs, outputs map[string]any, ran bool) {
	w := s.object("workflows", id)
	return s.object("workflows", id, "inputs"), s.object("workflows", id, "outputs"), w != nil
}

func (s *scope) Source(name, reference string) (any, bool) {
	v, ok := s.object("sources", name)[reference]
	return v, ok
}

func (s *scope) Component(kind, name string) (any, bool) {
	v, ok := s.object("components", kind)[name]
	return v, ok
}

func scopeOf(values map[string]any) *scope {
	s := &scope{values: values}
	s.request, s.response = messageOf(s.object("request")), messageOf(s.object("response"))
	return s
}

func messageOf(v map[string]any) *arazzo.Message {
	if v == nil {
		return nil
	}
	m := &arazzo.Message{Header: http.Header{}, Query: map[string][]string{}, Path: map[string]string{}}
	m.Method, _ = v["method"].(string)
	m.URL, _ = v["url"].(string)
	if status, ok := v["status"].(json.Number); ok {
		n, _ := status.Int64()
		m.Status = int(n)
	}
	m.Body, m.HasBody = v["body"]
	lists := func(field string, to map[string][]string) {
		object, _ := v[field].(map[string]any)
		for name, list := range object {
			for _, entry := range list.([]any) {
				to[name] = append(to[name], entry.(string))
			}
		}
	}
	lists("header", m.Header)
	lists("query", m.Query)
	path, _ := v["path"].(map[string]any)
	for name, value := range path {
		m.Path[name] = value.(string)
	}
	return m
}

func vectors(t testing.TB, name string) map[string]any {
	t.Helper()
	v, err := schema.ParseJSON(readFile(t, filepath.Join("../../fixtures/arazzo", name)))
	if err != nil {
		t.Fatal(err)
	}
	return v.(map[string]any)
}

func list(v any) []map[string]any {
	var out []map[string]any
	for _, entry := range v.([]any) {
		out = append(out, entry.(map[string]any))
	}
	return out
}

func text(v any) string { s, _ := v.(string); return s }

func versionsOf(v map[string]any) []arazzo.Version {
	switch v["version"] {
	case "1.0":
		return []arazzo.Version{arazzo.V10}
	case "1.1":
		return []arazzo.Version{arazzo.V11}
	}
	return []arazzo.Version{arazzo.V10, arazzo.V11}
}

func hasHint(err error, v map[string]any) bool {
	return err != nil && strings.Contains(err.Error(), text(v["hint"]))
}

func TestExpressionVectors(t *testing.T) {
	file := vectors(t, "expressions.json")
	s := scopeOf(file["scope"].(map[string]any))
	all := list(file["vectors"])
	if len(all) < 90 {
		t.Fatalf("only %d vectors", len(all))
	}
	for _, v := range all {
		for _, version := range versionsOf(v) {
			name := text(v["expression"])
			e, err := arazzo.ParseExpression(name, version)
			if v["invalid"] == true {
				if !hasHint(err, v) {
					t.Errorf("%s by %s: error %v, want one with %q", name, version, err, text(v["hint"]))
				}
				continue
			}
			if err != nil {
				t.Errorf("%s by %s: %v", name, version, err)
				continue
			}
			checkValue(t, fmt.Sprintf("%s by %s", name, version), e.Evaluate(s), v)
		}
	}
}

func checkValue(t *testing.T, name string, got arazzo.Value, v map[string]any) {
	t.Helper()
	switch {
	case got.Absent != (v["absent"] == true):
		t.Errorf("%s: %s, want absent: %v", name, got.Describe(), v["absent"])
	case got.Absent && got.Reason == "":
		t.Errorf("%s: nothing says why it is absent", name)
	case !got.Absent && !schema.Equal(got.Any, v["value"]):
		t.Errorf("%s: %s, want %v", name, got.Describe(), v["value"])
	}
	if want, ok := v["value"].(json.Number); ok && !got.Absent {
		if number, is := got.Any.(json.Number); !is || !schema.Equal(number, want) {
			t.Errorf("%s: the number lost its type: %T", name, got.Any)
		}
	}
}

// document wraps a step into a document of a version, as JSON.
func document(version arazzo.Version, step map[string]any) []byte {
	step = maps.Clone(step)
	step["stepId"], step["operationId"] = "s", "op"
	steps := []any{
		map[string]any{"stepId": "create", "operationId": "op", "outputs": map[string]any{"id": "$response.body#/id", "pets": "$response.body#/pets"}},
		map[string]any{"stepId": "later", "operationId": "op"}, step,
	}
	login := map[string]any{"workflowId": "login", "steps": []any{steps[1]}, "outputs": map[string]any{"token": "$inputs.x", "profile": "$inputs.x"}}
	data, err := json.Marshal(map[string]any{
		"arazzo": version.String() + ".0", "info": map[string]any{"title": "T", "version": "1"},
		"sourceDescriptions": []any{map[string]any{"name": "petstore", "url": "a.yaml"}},
		"workflows":          []any{map[string]any{"workflowId": "w", "steps": steps}, login},
	})
	if err != nil {
		panic(err)
	}
	return data
}

func TestTemplateVectors(t *testing.T) {
	file := vectors(t, "expressions.json")
	s := scopeOf(file["scope"].(map[string]any))
	for i, v := range list(file["templates"]) {
		for _, version := range versionsOf(v) {
			name := fmt.Sprintf("template %d by %s: %v", i, version, v["text"])
			d, err := arazzo.Parse("t.json", document(version, map[string]any{"requestBody": map[string]any{"payload": v["text"]}}), arazzo.Options{})
			if v["invalid"] == true {
				if !hasHint(err, v) {
					t.Errorf("%s: error %v, want one with %q", name, err, text(v["hint"]))
				}
				continue
			}
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			got, err := d.Workflows[0].Steps[2].RequestBody.Payload.Evaluate(s)
			if (err != nil) != (v["error"] == true) {
				t.Errorf("%s: error %v, want %v", name, err, v["error"])
			} else if err == nil {
				checkValue(t, name, got, v)
			}
		}
	}
}

// judged gives the scope of a vector: that of the expressions, with request and response replaced.
func judged(t *testing.T, v map[string]any) *scope {
	values := maps.Clone(vectors(t, "expressions.json")["scope"].(map[string]any))
	own, _ := v["scope"].(map[string]any)
	maps.Copy(values, own)
	return scopeOf(values)
}

func TestCriterionVectors(t *testing.T) {
	all := list(vectors(t, "criteria.json")["vectors"])
	if len(all) < 150 {
		t.Fatalf("only %d vectors", len(all))
	}
	for i, v := range all {
		criterion := v["criterion"].(map[string]any)
		for _, version := range versionsOf(v) {
			t.Run(fmt.Sprintf("%03d by %s", i, version), func(t *testing.T) {
				var opts arazzo.Options
				if own, ok := v["options"].(map[string]any); ok {
					opts.WrapObjects = own["wrapObjects"] == true
				}
				d, err := arazzo.Parse("c.json", document(version, map[string]any{"successCriteria": []any{criterion}}), opts)
				if v["refused"] == true {
					if !hasHint(err, v) {
						t.Errorf("%v: error %v, want one with %q", criterion, err, text(v["hint"]))
					}
					return
				}
				if err != nil {
					t.Fatalf("%v: %v", criterion, err)
				}
				verdict := d.Workflows[0].Steps[2].SuccessCriteria[0].Evaluate(judged(t, v))
				said := verdict.Explain(nil)
				if verdict.Passed != (v["passes"] == true) || (verdict.Err != nil) != (v["error"] == true) {
					t.Errorf("%v: passed %v, error %v, want %v and %v: %s", criterion, verdict.Passed, verdict.Err, v["passes"], v["error"], said)
				}
				if said == "" || !strings.Contains(said, text(v["note"])) {
					t.Errorf("%v: said %q, want %q in it", criterion, said, text(v["note"]))
				}
			})
		}
	}
}

func TestBodyVectors(t *testing.T) {
	for i, v := range list(vectors(t, "bodies.json")["vectors"]) {
		for _, version := range versionsOf(v) {
			name := fmt.Sprintf("body %d by %s: %v", i, version, v["requestBody"])
			d, err := arazzo.Parse("b.json", document(version, map[string]any{"requestBody": v["requestBody"]}), arazzo.Options{})
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			body, err := d.Workflows[0].Steps[2].RequestBody.Render(judged(t, v), "", v["base"])
			if (err != nil) != (v["error"] == true) {
				t.Errorf("%s: error %v, want %v", name, err, v["error"])
				continue
			}
			if err != nil {
				continue
			}
			if body.Absent != (v["absent"] == true) || !schema.Equal(body.Value, v["value"]) {
				t.Errorf("%s: %+v, want %v", name, body, v["value"])
			}
			if want, ok := v["text"].(bool); ok && body.Text != want {
				t.Errorf("%s: text %v", name, body.Text)
			}
		}
	}
}

type documentVector struct {
	Name, Document, Pointer, Message, Schema, Warning string
	Valid                                             bool
	Line                                              int
}

func documentVectors(t *testing.T) []documentVector {
	var file struct{ Vectors []documentVector }
	if err := json.Unmarshal(readFile(t, "../../fixtures/arazzo/documents.json"), &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Vectors) < 90 {
		t.Fatalf("only %d vectors", len(file.Vectors))
	}
	return file.Vectors
}

func TestDocumentVectors(t *testing.T) {
	for _, v := range documentVectors(t) {
		t.Run(v.Name, func(t *testing.T) {
			d, err := arazzo.Parse("d.yaml", []byte(v.Document), arazzo.Options{})
			if v.Valid {
				if err != nil {
					t.Fatal(err)
				}
				if warned := d.Warnings.Error(); !strings.Contains(warned, v.Warning) || v.Warning == "" && warned != "" {
					t.Errorf("warnings %q, want %q", warned, v.Warning)
				}
				return
			}
			problems, ok := err.(arazzo.Problems)
			if !ok || len(problems) == 0 {
				t.Fatalf("error %v, want problems", err)
			}
			for _, problem := range problems {
				if problem.At.Line == v.Line && problem.At.Pointer == v.Pointer && strings.Contains(problem.Error(), v.Message) {
					if v.Pointer != "" && problem.At.Column == 0 {
						t.Error("there is no column")
					}
					return
				}
			}
			t.Errorf("got\n%v\nwant line %d, pointer %q and %q", problems, v.Line, v.Pointer, v.Message)
		})
	}
}
