package scenarios_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"understudy/contracts"
	"understudy/contracts/check"
	"understudy/scenarios"
	"understudy/scenarios/arazzo"
)

// A heard is one request as the test server got it.
type heard struct {
	Method, Path, Query, Body string
	Header                    http.Header
}

// A stage is a deployment under a run of workflows: what answers stands in handler.
type stage struct {
	t        *testing.T
	server   *httptest.Server
	contract *contracts.Contract
	clock    *handClock
	run      *scenarios.Run
	target   *scenarios.Deployment
	options  scenarios.WorkflowOptions

	mu    sync.Mutex
	heard []heard
}

type setting struct {
	document string // OpenAPI; empty: shop
	run      scenarios.Options
	roster   *scenarios.Roster
	control  *scenarios.Control
	only     []string // checks; none: the run examines nothing
}

func set(t *testing.T, handler http.HandlerFunc, with setting) *stage {
	t.Helper()
	s := &stage{t: t, clock: newClock()}
	s.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		s.mu.Lock()
		s.heard = append(s.heard, heard{r.Method, r.URL.EscapedPath(), r.URL.RawQuery, string(body), r.Header})
		s.mu.Unlock()
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		handler(w, r)
	}))
	t.Cleanup(s.server.Close)
	if with.document == "" {
		with.document = shop
	}
	file := filepath.Join(t.TempDir(), "shop.yaml")
	if err := os.WriteFile(file, []byte(with.document), 0o600); err != nil {
		t.Fatal(err)
	}
	var err error
	if s.contract, err = contracts.Load(t.Context(), file, contracts.Options{}); err != nil {
		t.Fatal(err)
	}
	with.run.Clock, with.run.Command = s.clock, "run"
	if s.run, err = scenarios.New(with.run); err != nil {
		t.Fatal(err)
	}
	var checks *check.Examination
	if with.only != nil {
		if checks, err = check.New(check.Options{Contract: s.contract, Only: with.only}); err != nil {
			t.Fatal(err)
		}
	}
	if s.target, err = s.run.Deploy(s.contract, s.server.URL, checks, with.control, with.roster); err != nil {
		t.Fatal(err)
	}
	s.options.Bind = func(*scenarios.Script, *arazzo.Source) (*scenarios.Deployment, error) { return s.target, nil }
	return s
}

func script(t *testing.T, name, text string, files fstest.MapFS) *scenarios.Script {
	t.Helper()
	d, err := arazzo.Parse(name, []byte(text), arazzo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return &scenarios.Script{Name: name, Document: d, Files: files}
}

// play plays documents of which only the workflows are given, as YAML.
func (s *stage) play(workflows ...string) []scenarios.Test {
	s.t.Helper()
	var scripts []*scenarios.Script
	for i, text := range workflows {
		if !strings.HasPrefix(text, "arazzo:") {
			text = head + text
		}
		scripts = append(scripts, script(s.t, fmt.Sprintf("w%d.yaml", i+1), text, nil))
	}
	return s.playScripts(s.t.Context(), scripts...)
}

func (s *stage) playScripts(ctx context.Context, scripts ...*scenarios.Script) []scenarios.Test {
	s.t.Helper()
	suites, err := s.run.Play(ctx, scripts, s.options)
	if err != nil && ctx.Err() == nil && s.run.Stopped() == "" {
		s.t.Fatal(err)
	}
	var tests []scenarios.Test
	for _, suite := range suites {
		tests = append(tests, suite.Tests...)
	}
	return tests
}

// asked tells the requests in short: "GET /a?b".
func (s *stage) asked() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []string
	for _, h := range s.heard {
		text := h.Method + " " + h.Path
		if h.Query != "" {
			text += "?" + h.Query
		}
		list = append(list, text)
	}
	return strings.Join(list, ", ")
}

// story tells a test in short: its outcome, and each step with attempt and outcome.
func story(t scenarios.Test) string {
	var steps func(list []scenarios.Step) string
	steps = func(list []scenarios.Step) string {
		var parts []string
		for _, s := range list {
			text := s.ID
			if s.Attempt > 1 {
				text += fmt.Sprintf("#%d", s.Attempt)
			}
			text += " " + string(s.Outcome)
			if len(s.Steps) > 0 {
				text += " (" + steps(s.Steps) + ")"
			}
			parts = append(parts, text)
		}
		return strings.Join(parts, ", ")
	}
	return string(t.Outcome) + ": " + steps(t.Steps)
}

const head = `arazzo: 1.0.1
info: {title: Shop, version: "1"}
sourceDescriptions: [{name: shop, url: shop.yaml, type: openapi}]
`

const shop = `
openapi: 3.1.0
info: {title: Shop, version: "1"}
paths:
  /items:
    get:
      operationId: list
      security: [{key: []}, {query: []}]
      parameters:
        - {name: plain, in: query, schema: {type: string}}
        - {name: many, in: query, schema: {type: array, items: {type: string}}}
        - {name: pipes, in: query, style: pipeDelimited, explode: false, schema: {type: array, items: {type: string}}}
        - {name: deep, in: query, style: deepObject, schema: {type: object, properties: {a: {type: string}}}}
        - {name: X-List, in: header, schema: {type: array, items: {type: integer}}}
        - {name: crumb, in: cookie, schema: {type: string}}
      responses: {"200": {description: All., content: {application/json: {schema: {}}}}, "429": {description: Slow down.}, "503": {description: Later.}}
    post:
      operationId: create
      requestBody:
        content:
          application/json: {schema: {type: object}, example: {name: from the example, tags: [a]}}
          application/x-www-form-urlencoded: {schema: {type: object}}
          text/plain: {schema: {type: string}}
      responses: {"201": {description: Made., content: {application/json: {schema: {}}}}}
  /items/{id}:
    get:
      operationId: read
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses: {"200": {description: One., content: {application/json: {schema: {type: object, required: [id]}}}}}
  /items/{ids}/all:
    get:
      operationId: matrix
      parameters: [{name: ids, in: path, required: true, style: matrix, explode: true, schema: {type: array, items: {type: string}}}]
      responses: {"200": {description: Some.}}
components:
  securitySchemes: {key: {type: apiKey, in: header, name: X-Key}, query: {type: apiKey, in: query, name: key}}
`

// answerer answers by "METHOD /path" with the next of a list of answers, the last one again and again: a status, or a status and
// a body, or with headers before it: "429 Retry-After:7 {}".
func answerer(t *testing.T, answers map[string][]string) http.HandlerFunc {
	var mu sync.Mutex
	given := map[string]int{}
	return func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		name := r.Method + " " + r.URL.Path
		list := answers[name]
		if len(list) == 0 {
			list = answers["*"]
		}
		if len(list) == 0 {
			t.Errorf("nobody expects %s", name)
			w.WriteHeader(http.StatusNotImplemented)
			return
		}
		text := list[min(given[name], len(list)-1)]
		given[name]++
		status := 0
		for word := range strings.FieldsSeq(text) {
			text = strings.TrimPrefix(strings.TrimPrefix(text, word), " ")
			if status == 0 {
				_, err := fmt.Sscan(word, &status)
				if err != nil {
					t.Error(err)
				}
			} else if name, value, ok := strings.Cut(word, ":"); ok && word[0] >= 'A' && word[0] <= 'Z' {
				w.Header().Set(name, value)
			} else {
				text = word + " " + text
				break
			}
		}
		if text != "" && w.Header().Get("Content-Type") == "" {
			w.Header().Set("Content-Type", "application/json")
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, strings.TrimSpace(text))
	}
}

// TestWorkflowActions: where a workflow goes behind a step.
func TestWorkflowActions(t *testing.T) {
	const listStep = "- {stepId: a, operationId: list, successCriteria: [{condition: $statusCode == 200}]"
	for name, one := range map[string]struct {
		answers   map[string][]string
		workflows string
		want      string
		asked     string
		waited    string
	}{
		"next": {
			map[string][]string{"*": {"200 {}"}},
			"- {workflowId: w, steps: [{stepId: a, operationId: list}, {stepId: b, operationId: create}]}",
			"passed: a passed, b passed", "GET /items, POST /items", "",
		},
		"a failure breaks off": {
			map[string][]string{"GET /items": {"500"}},
			"- {workflowId: w, steps: [{stepId: a, operationId: list, successCriteria: [{condition: $statusCode == 200}]}, {stepId: b, operationId: create}]}",
			"failed: a failed", "GET /items", "",
		},
		"without criteria every answer will do": {
			map[string][]string{"*": {"500"}},
			"- {workflowId: w, steps: [{stepId: a, operationId: list}]}",
			"passed: a passed", "GET /items", "",
		},
		"goto a step": {
			map[string][]string{"*": {"200 {}"}},
			`- {workflowId: w, steps: [{stepId: a, operationId: list, onSuccess: [{name: g, type: goto, stepId: c}]}, {stepId: b, operationId: create}, {stepId: c, operationId: list}]}`,
			"passed: a passed, c passed", "GET /items, GET /items", "",
		},
		"the first action that fits": {
			map[string][]string{"*": {"200 {}"}},
			`- {workflowId: w, steps: [{stepId: a, operationId: list, onSuccess: [{name: no, type: end, criteria: [{condition: $statusCode == 404}]}, {name: g, type: goto, stepId: c}, {name: h, type: end}]}, {stepId: b, operationId: create}, {stepId: c, operationId: list}]}`,
			"passed: a passed, c passed", "GET /items, GET /items", "",
		},
		"end": {
			map[string][]string{"*": {"200 {}"}},
			`- {workflowId: w, steps: [{stepId: a, operationId: list, onSuccess: [{name: e, type: end}]}, {stepId: b, operationId: create}]}`,
			"passed: a passed", "GET /items", "",
		},
		"goto a workflow": {
			map[string][]string{"*": {"200 {}"}},
			`- {workflowId: w, steps: [{stepId: a, operationId: list, onSuccess: [{name: g, type: goto, workflowId: other}]}, {stepId: b, operationId: create}]}
- {workflowId: other, steps: [{stepId: z, operationId: create}]}`,
			"passed: a passed, z passed", "GET /items, POST /items", "",
		},
		"goto behind a failure": {
			map[string][]string{"GET /items": {"404"}, "POST /items": {"201 {}"}},
			"- workflowId: w\n  steps:\n  " + listStep + `, onFailure: [{name: g, type: goto, stepId: make}]}
  - {stepId: never, operationId: list}
  - {stepId: make, operationId: create}`,
			"passed: a failed, make passed", "GET /items, POST /items", "",
		},
		"end behind a failure": {
			map[string][]string{"GET /items": {"404"}},
			"- workflowId: w\n  steps:\n  " + listStep + `, onFailure: [{name: e, type: end}]}
  - {stepId: never, operationId: list}`,
			"failed: a failed", "GET /items", "",
		},
		"one retry where nothing is said": {
			map[string][]string{"GET /items": {"503"}},
			"- workflowId: w\n  steps:\n  " + listStep + `, onFailure: [{name: r, type: retry, retryAfter: 1.5}]}`,
			"failed: a failed, a#2 failed", "GET /items, GET /items", "[1.5s]",
		},
		"retry until it works": {
			map[string][]string{"GET /items": {"503", "503", "200 {}"}},
			"- workflowId: w\n  steps:\n  " + listStep + `, onFailure: [{name: r, type: retry, retryAfter: 2, retryLimit: 5}]}`,
			"passed: a failed, a#2 failed, a#3 passed", "GET /items, GET /items, GET /items", "[2s 2s]",
		},
		"later actions when the retries are used up": {
			map[string][]string{"GET /items": {"503"}, "POST /items": {"201 {}"}},
			"- workflowId: w\n  steps:\n  " + listStep + `, onFailure: [{name: r, type: retry, retryLimit: 2, retryAfter: 1}, {name: g, type: goto, stepId: make}]}
  - {stepId: make, operationId: create}`,
			"passed: a failed, a#2 failed, a#3 failed, make passed", "GET /items, GET /items, GET /items, POST /items", "[1s 1s]",
		},
		"Retry-After goes before retryAfter": {
			map[string][]string{"GET /items": {"503 Retry-After:7", "200 {}"}},
			"- workflowId: w\n  steps:\n  " + listStep + `, onFailure: [{name: r, type: retry, retryAfter: 2, retryLimit: 1}]}`,
			"passed: a failed, a#2 passed", "GET /items, GET /items", "[7s]",
		},
		"a Retry-After that is too long ends the retries": {
			map[string][]string{"GET /items": {"404 Retry-After:3600", "200 {}"}},
			"- workflowId: w\n  steps:\n  " + listStep + `, onFailure: [{name: r, type: retry, retryLimit: 1, retryAfter: 1}]}`,
			"failed: a failed", "GET /items", "",
		},
		"retry behind a step": {
			map[string][]string{"GET /items": {"401", "200 {}"}, "POST /items": {"201 {}"}},
			"- workflowId: w\n  steps:\n  " + `- {stepId: login, operationId: create}
  ` + listStep + `, onFailure: [{name: r, type: retry, retryLimit: 1, retryAfter: 0, stepId: login}]}`,
			"passed: login passed, a failed, login passed, a#2 passed", "POST /items, GET /items, POST /items, GET /items", "",
		},
		"retry behind a workflow": {
			map[string][]string{"GET /items": {"401", "200 {}"}, "POST /items": {"201 {}"}},
			"- workflowId: w\n  steps:\n  " + listStep + `, onFailure: [{name: r, type: retry, retryLimit: 1, retryAfter: 0, workflowId: login}]}
- {workflowId: login, steps: [{stepId: in, operationId: create}]}`,
			"passed: a failed, in passed, a#2 passed", "GET /items, POST /items, GET /items", "",
		},
		"actions of the workflow, those of the step first": {
			map[string][]string{"GET /items": {"503", "200 {}"}, "POST /items": {"201 {}"}},
			"- workflowId: w\n  failureActions: [{name: again, type: retry, retryLimit: 3, retryAfter: 1}]\n  steps:\n  " + listStep + `}
  - {stepId: b, operationId: create}`,
			"passed: a failed, a#2 passed, b passed", "GET /items, GET /items, POST /items", "[1s]",
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := set(t, answerer(t, one.answers), setting{})
			tests := s.play("workflows:\n" + one.workflows)
			if len(tests) != 1 {
				t.Fatalf("%d tests, want 1", len(tests))
			}
			if got := story(tests[0]); got != one.want {
				t.Errorf("got  %s (%s)\nwant %s", got, tests[0].Reason, one.want)
			}
			if s.asked() != one.asked {
				t.Errorf("asked %s\nwant  %s", s.asked(), one.asked)
			}
			if waited := fmt.Sprint(s.clock.waited); waited != one.waited && !(one.waited == "" && waited == "[]") {
				t.Errorf("waited %s, want %s", waited, one.waited)
			}
		})
	}
}

// TestWorkflowLoops: a circle ends, and says how.
func TestWorkflowLoops(t *testing.T) {
	for name, workflows := range map[string]string{
		"steps":     `- {workflowId: w, steps: [{stepId: a, operationId: list, onSuccess: [{name: g, type: goto, stepId: a}]}]}`,
		"workflows": "- {workflowId: w, steps: [{stepId: a, workflowId: v}]}\n- {workflowId: v, steps: [{stepId: b, workflowId: w}]}",
		"goto": "- {workflowId: w, steps: [{stepId: a, operationId: list, onSuccess: [{name: g, type: goto, workflowId: v}]}]}\n" +
			"- {workflowId: v, steps: [{stepId: b, operationId: list, onSuccess: [{name: g, type: goto, workflowId: w}]}]}",
		"retries": `- {workflowId: w, steps: [{stepId: a, operationId: list, successCriteria: [{condition: $statusCode == 1}], onFailure: [{name: g, type: retry, retryAfter: 0, retryLimit: 1000000}]}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			s := set(t, answerer(t, map[string][]string{"*": {"200 {}"}}), setting{})
			s.options.MaxSteps = 50
			tests := s.play("workflows:\n" + workflows)
			if len(tests) != 1 || tests[0].Outcome != scenarios.Errored && tests[0].Outcome != scenarios.Failed {
				t.Fatalf("%d tests: %+v", len(tests), tests)
			}
			if !strings.Contains(tests[0].Reason, "--max-steps") && !strings.Contains(tests[0].Reason, "20 deep") {
				t.Errorf("the reason is %q", tests[0].Reason)
			}
			if len(s.heard) > 50 {
				t.Errorf("%d requests", len(s.heard))
			}
		})
	}
}

// TestWorkflowParameters: what goes over the wire.
func TestWorkflowParameters(t *testing.T) {
	s := set(t, answerer(t, map[string][]string{"*": {"200 {}"}}), setting{})
	tests := s.play(`workflows:
- workflowId: w
  parameters: [{name: X-All, in: header, value: everywhere}, {name: over, in: query, value: workflow}]
  steps:
  - stepId: a
    operationId: list
    parameters:
    - {name: plain, in: query, value: a b&c}
    - {name: many, in: query, value: [1, x y]}
    - {name: pipes, in: query, value: [p, q]}
    - {name: deep, in: query, value: {a: z}}
    - {name: X-List, in: header, value: [1, 2]}
    - {name: crumb, in: cookie, value: sweet}
    - {name: over, in: query, value: step}
    - {name: new, in: query, value: [n1, n2]}
    - {name: flags, in: query, value: {f: true}}
    - {name: Accept, in: header, value: text/csv}
    - {name: X-New, in: header, value: 12}
    - {name: second, in: cookie, value: bitter}
    - {name: nothing, in: query, value: $inputs.none}
  - stepId: b
    operationId: matrix
    parameters: [{name: ids, in: path, value: [one, two]}]
  - stepId: c
    operationPath: '{$sourceDescriptions.shop.url}#/paths/~1items~1%7Bid%7D'
    parameters: [{name: id, in: path, value: a/b ü}]
`)
	if got := story(tests[0]); got != "passed: a passed, b passed, c passed" {
		t.Fatalf("%s: %s", got, tests[0].Reason)
	}
	wanted := "GET /items?plain=a%20b%26c&many=1&many=x%20y&pipes=p%7Cq&deep%5Ba%5D=z&over=step&new=n1&new=n2&f=true, GET /items/;ids=one;ids=two/all?over=workflow, GET /items/a%2Fb%20%C3%BC?over=workflow"
	if got := strings.ReplaceAll(s.asked(), "pipes=p|q", "pipes=p%7Cq"); got != wanted {
		t.Errorf("got  %s\nwant %s", got, wanted)
	}
	h := s.heard[0].Header
	for name, want := range map[string]string{"X-All": "everywhere", "X-List": "1,2", "Cookie": "crumb=sweet; second=bitter", "Accept": "text/csv", "X-New": "12"} {
		if h.Get(name) != want {
			t.Errorf("%s is %q, want %q", name, h.Get(name), want)
		}
	}
}

// TestWorkflowBodies: payloads in their media types.
func TestWorkflowBodies(t *testing.T) {
	for name, one := range map[string]struct{ body, media, want string }{
		"object":         {`{payload: {a: 1, b: $inputs.none, c: "x {$inputs.word}"}}`, "application/json", `{"a":1,"c":"x w"}`},
		"text":           {`{payload: '{"a": "{$inputs.word}"}'}`, "application/json", `{"a": "w"}`},
		"replaced":       {`{payload: {a: {b: 1}, l: [1, 2]}, replacements: [{target: /a/b, value: $inputs.word}, {target: /l/-, value: 3}]}`, "application/json", `{"a":{"b":"w"},"l":[1,2,3]}`},
		"of the example": {`{replacements: [{target: /name, value: mine}]}`, "application/json", `{"name":"mine","tags":["a"]}`},
		"form":           {`{contentType: application/x-www-form-urlencoded, payload: {a: x y, b: $inputs.word}}`, "application/x-www-form-urlencoded", `a=x+y&b=w`},
		"plain text":     {`{contentType: text/plain, payload: $inputs.word}`, "text/plain", `w`},
		"undeclared":     {`{contentType: application/merge-patch+json, payload: {z: null}}`, "application/merge-patch+json", `{"z":null}`},
		"absent":         {`{payload: $inputs.none}`, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := set(t, answerer(t, map[string][]string{"*": {"201 {}"}}), setting{})
			s.options.Inputs = map[string]any{"word": "w"}
			tests := s.play("workflows:\n- workflowId: w\n  steps:\n  - {stepId: a, operationId: create, requestBody: " + one.body + "}")
			if tests[0].Outcome != scenarios.Passed {
				t.Fatalf("%s: %s", tests[0].Outcome, tests[0].Reason)
			}
			if got := s.heard[0]; got.Body != one.want || got.Header.Get("Content-Type") != one.media {
				t.Errorf("got %s %s, want %s %s", got.Header.Get("Content-Type"), got.Body, one.media, one.want)
			}
		})
	}
}

// TestWorkflowCriteria: each type, and what is told where one does not hold.
func TestWorkflowCriteria(t *testing.T) {
	const answer = `200 X-Count:3 {"items":[{"id":7,"name":"Ann"}],"ok":true}`
	for name, one := range map[string]struct{ criterion, problem string }{
		"simple":          {`{condition: $statusCode == 200 && $response.body#/items/0/name == 'ANN'}`, ""},
		"header":          {`{condition: $response.header.x-count > 2}`, ""},
		"regex":           {`{context: $response.body#/items/0/name, condition: '^A(?=n)', type: regex}`, ""},
		"jsonpath":        {`{context: $response.body, condition: '$.items[?@.id == 7]', type: jsonpath}`, ""},
		"simple fails":    {`{condition: $statusCode == 201}`, "$statusCode == 201: $statusCode is 200, wanted == 201"},
		"regex fails":     {`{context: $response.body#/items/0/name, condition: '^B', type: regex}`, `^B: ^B does not hold of "Ann"`},
		"jsonpath fails":  {`{context: $response.body, condition: '$.items[?@.id == 8]', type: jsonpath}`, "does not hold of"},
		"absent context":  {`{context: $response.body#/none, condition: '.', type: regex}`, "the context is absent"},
		"cannot be judge": {`{condition: $response.body#/items > 3}`, "cannot be judged"},
	} {
		t.Run(name, func(t *testing.T) {
			s := set(t, answerer(t, map[string][]string{"*": {answer}}), setting{})
			tests := s.play("workflows:\n- workflowId: w\n  steps:\n  - {stepId: a, operationId: list, successCriteria: [" + one.criterion + "]}")
			criteria := tests[0].Steps[0].Criteria
			if len(criteria) != 1 || criteria[0].Passed != (one.problem == "") || !strings.Contains(tests[0].Reason, one.problem) {
				t.Errorf("criteria %+v, reason %q", criteria, tests[0].Reason)
			}
			if one.problem == "" {
				return
			}
			f := tests[0].Findings
			if tests[0].Outcome != scenarios.Failed || len(f) != 1 || f[0].Check != "WFL-001" || f[0].Exchange != 1 || f[0].Curl == "" || f[0].At.Line == 0 || f[0].Operation != "list" {
				t.Errorf("findings: %+v", f)
			}
		})
	}
}

// TestWorkflowFingerprintStays: steps that are added before do not make a known failure new.
func TestWorkflowFingerprintStays(t *testing.T) {
	s := set(t, answerer(t, map[string][]string{"*": {"404"}}), setting{})
	const last = "{stepId: z, operationId: list, successCriteria: [{condition: $statusCode == 200}]}"
	tests := s.play("workflows:\n- {workflowId: w, steps: [" + last + "]}")
	again := set(t, answerer(t, map[string][]string{"*": {"404"}}), setting{}).play("workflows:\n- {workflowId: first, steps: [{stepId: b, operationId: list}]}\n- {workflowId: w, steps: [{stepId: a, operationId: list}, " + last + "]}")
	if a, b := tests[0].Findings[0].Fingerprint, again[1].Findings[0].Fingerprint; a != b || a == "" {
		t.Errorf("%s and %s", a, b)
	}
}

func outcomes(tests []scenarios.Test) string {
	var parts []string
	for _, t := range tests {
		parts = append(parts, t.ID+" "+string(t.Outcome))
	}
	return strings.Join(parts, ", ")
}

// TestSubWorkflows: inputs go in, outputs come out, and the called one is no test of its own.
func TestSubWorkflows(t *testing.T) {
	s := set(t, answerer(t, map[string][]string{"POST /items": {`201 {"id":"i7"}`}, "GET /items/i7": {`200 {"id":"i7"}`}}), setting{})
	tests := s.play(`workflows:
- workflowId: outer
  steps:
  - stepId: make
    workflowId: inner
    parameters: [{name: name, value: Ann}]
    outputs: {got: $outputs.id}
  - stepId: read
    operationId: read
    parameters: [{name: id, in: path, value: $steps.make.outputs.got}]
    successCriteria: [{condition: $response.body#/id == $workflows.inner.outputs.id}]
  outputs: {id: $steps.read.outputs.id, made: $steps.make.outputs.got}
- workflowId: inner
  inputs: {type: object, required: [name], properties: {name: {type: string}, size: {type: integer, default: 3}}}
  steps:
  - stepId: post
    operationId: create
    requestBody: {payload: {name: $inputs.name, size: $inputs.size}}
    outputs: {id: $response.body#/id}
  outputs: {id: $steps.post.outputs.id}
`)
	if len(tests) != 1 || story(tests[0]) != "passed: make passed (post passed), read passed" {
		t.Fatalf("%s: %s", outcomes(tests), tests[0].Reason)
	}
	if s.heard[0].Body != `{"name":"Ann","size":3}` {
		t.Errorf("the body is %s", s.heard[0].Body)
	}
	if tests[0].Outputs["made"] != "i7" || len(tests[0].Exchanges) != 2 {
		t.Errorf("outputs %v, exchanges %v", tests[0].Outputs, tests[0].Exchanges)
	}
}

// TestSubWorkflowsFail: a called workflow that fails makes one finding, at its own step; without its inputs it is an error.
func TestSubWorkflowsFail(t *testing.T) {
	s := set(t, answerer(t, map[string][]string{"*": {"500"}}), setting{})
	tests := s.play(`workflows:
- {workflowId: outer, steps: [{stepId: call, workflowId: inner, parameters: [{name: n, value: 1}]}]}
- {workflowId: wrong, steps: [{stepId: call, workflowId: inner, parameters: [{name: n, value: text}]}]}
- {workflowId: lacks, steps: [{stepId: call, workflowId: inner}]}
- workflowId: inner
  inputs: {type: object, required: [n], properties: {n: {type: integer}}}
  steps: [{stepId: post, operationId: create, successCriteria: [{condition: $statusCode == 201}]}]
`)
	if got := outcomes(tests); got != "w1.yaml/outer failed, w1.yaml/wrong errored, w1.yaml/lacks errored" {
		t.Fatal(got)
	}
	if len(tests[0].Findings) != 1 || !strings.Contains(tests[0].Findings[0].Where, "workflow inner, step post") {
		t.Errorf("findings: %+v", tests[0].Findings)
	}
	if !strings.Contains(tests[1].Reason, "do not fit") || !strings.Contains(tests[2].Reason, "needs the input n") {
		t.Errorf("%s\n%s", tests[1].Reason, tests[2].Reason)
	}
}

// TestDependsOn: what is depended on goes first, is played even where only the other one was asked for, and holds it up when it
// fails; over documents as well.
func TestDependsOn(t *testing.T) {
	answers := map[string][]string{"GET /items": {"200 {}"}, "POST /items": {"500"}}
	const text = `workflows:
- {workflowId: last, dependsOn: [first], steps: [{stepId: a, operationId: list, parameters: [{name: plain, in: query, value: $workflows.first.outputs.n}]}]}
- {workflowId: first, steps: [{stepId: a, operationId: list, outputs: {n: $statusCode}}], outputs: {n: $steps.a.outputs.n}}
- {workflowId: broken, steps: [{stepId: a, operationId: create, successCriteria: [{condition: $statusCode == 201}]}]}
- {workflowId: held, dependsOn: [first, broken], steps: [{stepId: a, operationId: list}]}
`
	s := set(t, answerer(t, answers), setting{})
	tests := s.play(text)
	if got := outcomes(tests); got != "w1.yaml/last passed, w1.yaml/first passed, w1.yaml/broken failed, w1.yaml/held skipped" {
		t.Error(got)
	}
	if s.asked() != "GET /items, GET /items?plain=200, POST /items" {
		t.Error(s.asked())
	}
	s = set(t, answerer(t, answers), setting{})
	s.options.Only = []string{"last"}
	if got := outcomes(s.play(text)); got != "w1.yaml/last passed, w1.yaml/first passed" {
		t.Error(got)
	}
	s = set(t, answerer(t, answers), setting{})
	const other = `arazzo: 1.0.1
info: {title: Other, version: "1"}
sourceDescriptions: [{name: shop, url: shop.yaml, type: openapi}, {name: one, url: ./w2.yaml, type: arazzo}, {name: none, url: ./w9.yaml, type: arazzo}]
workflows:
- {workflowId: over, dependsOn: [$sourceDescriptions.one.first], steps: [{stepId: call, workflowId: $sourceDescriptions.one.last}]}
- {workflowId: lost, dependsOn: [$sourceDescriptions.none.first], steps: [{stepId: a, operationId: $sourceDescriptions.shop.list}]}
`
	tests = s.play(other, text)
	if got := outcomes(tests[:2]); got != "w1.yaml/over passed, w1.yaml/lost skipped" {
		t.Errorf("%s: %s", got, tests[0].Reason)
	}
	if !strings.Contains(tests[1].Reason, "name its file too") {
		t.Error(tests[1].Reason)
	}
}

// TestTagsRowsAndShards: what is chosen; shards together are the whole.
func TestTagsRowsAndShards(t *testing.T) {
	const text = `workflows:
- {workflowId: smoke, x-understudy: {tags: [smoke]}, steps: [{stepId: a, operationId: list}]}
- workflowId: rows
  x-understudy: {data: {file: rows.csv}, tags: slow}
  inputs: {type: object, properties: {n: {type: integer}, word: {type: string}}}
  steps: [{stepId: a, operationId: create, requestBody: {payload: {n: $inputs.n, word: $inputs.word}}}]
- {workflowId: before, steps: [{stepId: a, operationId: list}]}
- {workflowId: after, dependsOn: [before], steps: [{stepId: a, operationId: list}]}
`
	files := fstest.MapFS{"rows.csv": {Data: []byte("n,word\n1,one\n2,\n3,three\n")}}
	play := func(change func(*scenarios.WorkflowOptions)) (*stage, []scenarios.Test) {
		s := set(t, answerer(t, map[string][]string{"*": {"201 {}"}}), setting{})
		change(&s.options)
		return s, s.playScripts(t.Context(), script(t, "f.yaml", head+text, files))
	}
	s, whole := play(func(*scenarios.WorkflowOptions) {})
	if got := outcomes(whole); got != "f.yaml/smoke passed, f.yaml/rows/1 passed, f.yaml/rows/2 passed, f.yaml/rows/3 passed, f.yaml/before passed, f.yaml/after passed" {
		t.Error(got)
	}
	if got := s.heard[1].Body + s.heard[2].Body; got != `{"n":1,"word":"one"}{"n":2}` {
		t.Error(got)
	}
	if _, tests := play(func(o *scenarios.WorkflowOptions) { o.Tags = []string{"smoke", "x"} }); outcomes(tests) != "f.yaml/smoke passed" {
		t.Error(outcomes(tests))
	}
	var together []string
	for n := 1; n <= 3; n++ {
		_, tests := play(func(o *scenarios.WorkflowOptions) { o.Shard = scenarios.Shard{Number: n, Of: 3} })
		for _, one := range tests {
			if one.Outcome != scenarios.Passed {
				t.Errorf("%s of shard %d: %s", one.ID, n, one.Reason)
			}
			together = append(together, one.ID)
		}
	}
	var all []string
	for _, one := range whole {
		all = append(all, one.ID)
	}
	slices.Sort(all)
	slices.Sort(together)
	if !slices.Equal(all, together) {
		t.Errorf("shards: %v\nwhole: %v", together, all)
	}
	if _, tests := play(func(o *scenarios.WorkflowOptions) { o.Jobs = 4 }); outcomes(tests) != outcomes(whole) {
		t.Error(outcomes(tests))
	}
}

func jsonOf(t *testing.T, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
