package scenarios_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"understudy/scenarios"
	"understudy/scenarios/arazzo"
)

// A fakeControl is the management API of a stand-in, as far as workflows use it.
type fakeControl struct {
	frozen  bool
	arrives bool

	mu    sync.Mutex
	heard []string
}

func (c *fakeControl) start(t *testing.T) *scenarios.Control {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		if r.Method != http.MethodGet {
			c.heard = append(c.heard, strings.TrimPrefix(r.URL.Path, "/contracts/shop")+" "+string(body))
		}
		answer := map[string]any{"frozen": c.frozen, "rate": 2, "arrived": c.arrives, "deliveries": []any{map[string]any{"id": "dlv_before"}}}
		if c.arrives {
			answer["delivery"] = map[string]any{"id": "dlv_new"}
		}
		_ = json.NewEncoder(w).Encode(answer)
	}))
	t.Cleanup(server.Close)
	control, err := scenarios.NewControl(server.URL, "", "shop", nil)
	if err != nil {
		t.Fatal(err)
	}
	return control
}

func (c *fakeControl) asked() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return strings.Join(c.heard, ", ")
}

const commands = `workflows:
- workflowId: w
  steps:
  - stepId: day
    operationId: list
    x-understudy: {clock: {advance: 24h}, requirements: [SHOP-1]}
  - stepId: event
    operationId: list
    x-understudy: {event: {send: item.made, data: {status: $steps.day.outputs.none, fix: 1}}}
  - stepId: arrival
    operationId: list
    x-understudy: {wait: {delivery: item.made, within: 3s}}
  - stepId: another
    operationId: list
    x-understudy: {wait: {delivery: item.made, within: 3s}}
`

// TestCommandsNeedControl: with a management API they are carried out; without it they are skipped, and what fails behind them is
// no failure of the target.
func TestCommandsNeedControl(t *testing.T) {
	control := &fakeControl{arrives: true}
	s := set(t, answerer(t, map[string][]string{"*": {"200 {}"}}), setting{control: control.start(t)})
	tests := s.play(commands)
	if got := story(tests[0]); got != "passed: day passed, event passed, arrival passed, another passed" {
		t.Fatalf("%s: %s", got, tests[0].Reason)
	}
	if got := control.asked(); got != `/clock {"freeze":true}, /clock {"advance":"24h0m0s"}, /events {"data":{"fix":1},"type":"item.made"}, /deliveries/wait {"after":"dlv_before","type":"item.made","within":"3s"}, /deliveries/wait {"after":"dlv_new","type":"item.made","within":"3s"}, /clock {"rate":2}` {
		t.Error(got)
	}
	control.arrives = false
	tests = s.play(commands)
	if f := tests[0].Findings; tests[0].Outcome != scenarios.Failed || len(f) != 1 || f[0].Check != "HOOK-001" {
		t.Errorf("%s: %+v", story(tests[0]), f)
	}
	s = set(t, answerer(t, map[string][]string{"*": {"404 {}"}}), setting{})
	tests = s.play(commands, `workflows:
- workflowId: v
  steps:
  - {stepId: day, operationId: list, x-understudy: {clock: {advance: 24h}}}
  - {stepId: then, operationId: list, successCriteria: [{condition: $statusCode == 200}]}
- workflowId: u
  steps:
  - {stepId: left, operationId: list, x-understudy: {skip: it is broken over there}}
  - {stepId: then, operationId: list, successCriteria: [{condition: $statusCode == 200}]}
`)
	for i, want := range []string{"skipped: day skipped, event skipped, arrival skipped, another skipped", "skipped: day skipped, then skipped", "failed: left skipped, then failed"} {
		if got := story(tests[i]); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	if !strings.Contains(tests[0].Reason, "--control") || len(tests[1].Findings) != 0 || len(tests[2].Findings) != 1 {
		t.Errorf("%+v", tests)
	}
}

// TestClockStandsStill: from the first step that moves it until the workflow has ended, whatever came of that.
func TestClockStandsStill(t *testing.T) {
	const text = `workflows:
- workflowId: w
  steps:
  - {stepId: a, operationId: list}
  - {stepId: b, operationId: list, x-understudy: {clock: {set: 2030-01-01T00:00:00Z}}}
  - {stepId: c, operationId: list, x-understudy: {clock: {advance: 1h}}, successCriteria: [{condition: $statusCode == 200}]}
`
	for name, one := range map[string]struct {
		frozen            bool
		status, want, end string
	}{
		"runs":             {false, "200 {}", `/clock {"freeze":true}, /clock {"set":"2030-01-01T00:00:00Z"}, /clock {"advance":"1h0m0s"}, /clock {"rate":2}`, "passed"},
		"runs, and failed": {false, "404 {}", `/clock {"freeze":true}, /clock {"set":"2030-01-01T00:00:00Z"}, /clock {"advance":"1h0m0s"}, /clock {"rate":2}`, "failed"},
		"stands still":     {true, "200 {}", `/clock {"set":"2030-01-01T00:00:00Z"}, /clock {"advance":"1h0m0s"}`, "passed"},
	} {
		control := &fakeControl{frozen: one.frozen}
		s := set(t, answerer(t, map[string][]string{"*": {one.status}}), setting{control: control.start(t)})
		if tests := s.play(text); control.asked() != one.want || string(tests[0].Outcome) != one.end {
			t.Errorf("%s: %s: %s", name, tests[0].Outcome, control.asked())
		}
	}
}

// TestRetriesMoveAClockThatStandsStill: and wait for one that does not.
func TestRetriesMoveAClockThatStandsStill(t *testing.T) {
	const text = "workflows:\n- {workflowId: w, steps: [{stepId: a, operationId: list, successCriteria: [{condition: $statusCode == 200}], onFailure: [{name: r, type: retry, retryLimit: 1}]}]}\n"
	for name, one := range map[string]struct {
		frozen         bool
		control, waits string
	}{
		"frozen":       {true, `/clock {"advance":"1h0m0s"}`, "[]"},
		"as real time": {false, "", "[7s]"},
	} {
		control := &fakeControl{frozen: one.frozen}
		answers := map[string][]string{"GET /items": {"429 Retry-After:3600", "200 {}"}}
		if !one.frozen {
			answers["GET /items"][0] = "429 Retry-After:7"
		}
		s := set(t, answerer(t, answers), setting{control: control.start(t)})
		tests := s.play(text)
		if got := story(tests[0]); got != "passed: a failed, a#2 passed" {
			t.Errorf("%s: %s: %s", name, got, tests[0].Reason)
		}
		if control.asked() != one.control {
			t.Errorf("%s: %s", name, control.asked())
		}
		if got := fmt.Sprint(s.clock.waited); got != one.waits {
			t.Errorf("%s: waited %s, want %s", name, got, one.waits)
		}
	}
}

// TestActors: whose credential goes out, and what the step gives itself.
func TestActors(t *testing.T) {
	roster := &scenarios.Roster{Actors: []*scenarios.Actor{
		{Name: "alice", Credentials: map[string]string{"key": "key-of-alice"}},
		{Name: "bob", Credentials: map[string]string{"key": "key-of-bob"}},
	}}
	s := set(t, answerer(t, map[string][]string{"*": {"200 []"}}), setting{roster: roster})
	tests := s.play(`workflows:
- {workflowId: default, steps: [{stepId: a, operationId: list}]}
- workflowId: named
  x-understudy: {actor: bob}
  steps:
  - {stepId: a, operationId: list}
  - {stepId: b, operationId: list, x-understudy: {actor: alice}}
  - {stepId: c, operationId: list, x-understudy: {actor: none}}
  - {stepId: d, operationId: list, parameters: [{name: X-Key, in: header, value: own}]}
  - {stepId: e, operationId: list, parameters: [{name: key, in: query, value: own-too}]}
  - {stepId: f, workflowId: called}
  - {stepId: g, workflowId: called, x-understudy: {actor: alice}}
- {workflowId: called, steps: [{stepId: a, operationId: list}]}
- {workflowId: unknown, steps: [{stepId: a, operationId: list, x-understudy: {actor: carol}}]}
`)
	var keys []string
	for _, h := range s.heard {
		keys = append(keys, h.Header.Get("X-Key")+h.Query)
	}
	if got := strings.Join(keys, " "); got != "key-of-alice key-of-bob key-of-alice  own key=own-too key-of-bob key-of-alice" {
		t.Errorf("keys: %s", got)
	}
	if got := tests[2]; got.Outcome != scenarios.Skipped || !strings.Contains(got.Reason, "no actor carol") {
		t.Errorf("%s: %s", got.Outcome, got.Reason)
	}
}

// TestExpectations: findings that a workflow expects are shown, and fail nothing.
func TestExpectations(t *testing.T) {
	s := set(t, answerer(t, map[string][]string{"*": {`200 {"no":"id"}`}}), setting{only: []string{"SCH-001"}})
	tests := s.play(`workflows:
- {workflowId: w, steps: [{stepId: a, operationId: read, parameters: [{name: id, in: path, value: 1}]}]}
- workflowId: v
  x-understudy: {expect: [{check: SCH-001, reason: the vendor knows}]}
  steps: [{stepId: a, operationId: read, parameters: [{name: id, in: path, value: 1}]}]
`)
	if got := outcomes(tests); got != "w1.yaml/w failed, w1.yaml/v passed" {
		t.Error(got)
	}
	if f := tests[1].Findings; len(f) != 1 || f[0].Known == nil || !f[0].Known.Expect || f[0].Known.Reason != "the vendor knows" {
		t.Errorf("%+v", f)
	}
	if !strings.HasPrefix(tests[0].Reason, "SCH-001: ") {
		t.Error(tests[0].Reason)
	}
}

// TestInputs: defaults, what the user gave as text, what is missing and what does not fit.
func TestInputs(t *testing.T) {
	const text = `workflows:
- workflowId: w
  inputs: {$ref: '#/components/inputs/in'}
  steps: [{stepId: a, operationId: create, requestBody: {payload: {n: $inputs.n, flag: $inputs.flag, list: $inputs.list, word: $inputs.word}}}]
components:
  inputs:
    in: {type: object, required: [n], properties: {n: {type: integer, minimum: 3}, flag: {type: boolean}, list: {type: array}, word: {$ref: '#/components/inputs/word'}}}
    word: {type: string, default: w}
`
	for name, one := range map[string]struct {
		texts         map[string]string
		outcome, said string
	}{
		"all":      {map[string]string{"n": "7", "flag": "true", "list": `[1]`, "word": "12", "other": "x"}, "passed", `{"flag":true,"list":[1],"n":7,"word":"12"}`},
		"defaults": {map[string]string{"n": "7"}, "passed", `{"n":7,"word":"w"}`},
		"missing":  {nil, "skipped", "it needs the input n, which nobody gave (--input n=VALUE)"},
		"no JSON":  {map[string]string{"n": "seven"}, "errored", "the input n"},
		"unfit":    {map[string]string{"n": "1"}, "errored", "its inputs do not fit: n must be"},
	} {
		t.Run(name, func(t *testing.T) {
			s := set(t, answerer(t, map[string][]string{"*": {"201 {}"}}), setting{})
			s.options.Texts = one.texts
			tests := s.play(text)
			said := tests[0].Reason
			if len(s.heard) > 0 {
				said = s.heard[0].Body
			}
			if string(tests[0].Outcome) != one.outcome || !strings.HasPrefix(said, one.said) {
				t.Errorf("%s: %s", tests[0].Outcome, said)
			}
		})
	}
}

// TestTimeouts of a step, a workflow and a document: a failure, with what was too slow.
func TestTimeouts(t *testing.T) {
	slow := func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			<-r.Context().Done()
			return
		}
		w.WriteHeader(200)
	}
	for name, one := range map[string]struct{ text, want, reason string }{
		"step": {
			"workflows:\n- workflowId: w\n  steps: [{stepId: a, operationId: create, x-understudy: {timeout: 50ms}, onFailure: [{name: g, type: goto, stepId: b}]}, {stepId: b, operationId: list}]",
			"passed: a failed, b passed", "",
		},
		"workflow": {
			"workflows:\n- {workflowId: w, x-understudy: {timeout: 50ms}, steps: [{stepId: a, operationId: create}]}",
			"failed: a failed", "a: the time of the workflow was over (timeout)",
		},
		"document": {
			"x-understudy: {timeout: 50ms}\nworkflows:\n- {workflowId: w, steps: [{stepId: a, operationId: create}]}",
			"failed: a failed", "a: the time of the workflow was over (timeout)",
		},
	} {
		t.Run(name, func(t *testing.T) {
			tests := set(t, slow, setting{}).play(one.text)
			if got := story(tests[0]); got != one.want || tests[0].Reason != one.reason {
				t.Errorf("%s: %s", got, tests[0].Reason)
			}
		})
	}
}

// TestUnreachable: no answer is an error of the run, and can be retried.
func TestUnreachable(t *testing.T) {
	s := set(t, func(http.ResponseWriter, *http.Request) {}, setting{})
	s.server.Close()
	tests := s.play(`workflows:
- {workflowId: w, steps: [{stepId: a, operationId: list, onFailure: [{name: r, type: retry, retryLimit: 2, retryAfter: 1}]}]}
- {workflowId: v, steps: [{stepId: a, operationId: list, onFailure: [{name: r, type: retry, retryLimit: 2, criteria: [{condition: $statusCode == 503}]}]}]}`)
	if got := story(tests[0]); got != "errored: a errored, a#2 errored, a#3 errored" || !strings.Contains(tests[0].Reason, "no connection") {
		t.Errorf("%s: %s", got, tests[0].Reason)
	}
	if got := story(tests[1]); got != "errored: a errored" {
		t.Error(got)
	}
}

// TestInterrupted: what was played is kept, the rest is skipped with the reason.
func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := set(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			cancel()
			<-r.Context().Done()
		}
	}, setting{})
	tests := s.playScripts(ctx, script(t, "f.yaml", head+`workflows:
- {workflowId: one, steps: [{stepId: a, operationId: list}]}
- {workflowId: two, steps: [{stepId: a, operationId: create}]}
- {workflowId: three, steps: [{stepId: a, operationId: list}]}
`, nil))
	if got := outcomes(tests); got != "f.yaml/one passed, f.yaml/two skipped, f.yaml/three skipped" {
		t.Error(got)
	}
	if s.run.Stopped() != "interrupted" || !strings.Contains(tests[2].Reason, "interrupted") {
		t.Errorf("%s: %s", s.run.Stopped(), tests[2].Reason)
	}
	s = set(t, answerer(t, map[string][]string{"*": {"200 {}"}}), setting{run: scenarios.Options{MaxRequests: 1}})
	tests = s.play("workflows:\n- {workflowId: one, steps: [{stepId: a, operationId: list}, {stepId: b, operationId: list}]}\n- {workflowId: two, steps: [{stepId: a, operationId: list}]}")
	if got := outcomes(tests); got != "w1.yaml/one skipped, w1.yaml/two skipped" {
		t.Error(got)
	}
}

// TestSafeMethodsOnly: what must not be sent is skipped.
func TestSafeMethodsOnly(t *testing.T) {
	s := set(t, answerer(t, map[string][]string{"*": {"200 {}"}}), setting{run: scenarios.Options{Safe: true}})
	tests := s.play("workflows:\n- {workflowId: w, steps: [{stepId: a, operationId: create, outputs: {id: $response.body#/id}}, {stepId: b, operationId: read, parameters: [{name: id, in: path, value: $steps.a.outputs.id}]}]}")
	if got := story(tests[0]); got != "skipped: a skipped, b skipped" || !strings.Contains(tests[0].Reason, "only safe methods") {
		t.Errorf("%s: %s", got, tests[0].Reason)
	}
}

// TestErrorsOfTheDocument: each is told, with its place, and costs only its own workflow.
func TestErrorsOfTheDocument(t *testing.T) {
	for name, one := range map[string]struct{ step, reason string }{
		"no such operation": {"{stepId: a, operationId: nothing}", "there is no operation nothing in the source shop"},
		"two methods":       {"{stepId: a, operationPath: '{$sourceDescriptions.shop.url}#/paths/~1items'}", "has 2 operations; add the method"},
		"path without":      {"{stepId: a, operationId: read, parameters: [{name: id, in: path, value: $inputs.none}]}", "the path parameter id has no value"},
		"path not there":    {"{stepId: a, operationId: list, parameters: [{name: id, in: path, value: 1}]}", "the operation's path has no parameter id"},
		"line break":        {`{stepId: a, operationId: list, parameters: [{name: X-A, in: header, value: "a\nb"}]}`, "holds a line break"},
	} {
		t.Run(name, func(t *testing.T) {
			s := set(t, answerer(t, map[string][]string{"*": {"200 {}"}}), setting{})
			tests := s.play("workflows:\n- {workflowId: w, steps: [" + one.step + "]}\n- {workflowId: v, steps: [{stepId: a, operationId: list}]}")
			if tests[0].Outcome != scenarios.Errored || !strings.Contains(tests[0].Reason, one.reason) || !strings.Contains(tests[0].Reason, "w1.yaml:") {
				t.Errorf("%s: %s", tests[0].Outcome, tests[0].Reason)
			}
			if tests[1].Outcome != scenarios.Passed || len(s.heard) != 1 {
				t.Errorf("%s, %d requests", tests[1].Outcome, len(s.heard))
			}
		})
	}
	s := set(t, answerer(t, nil), setting{})
	s.options.Bind = func(*scenarios.Script, *arazzo.Source) (*scenarios.Deployment, error) { return nil, nil }
	tests := s.play("workflows:\n- {workflowId: w, steps: [{stepId: a, operationId: list}]}")
	if !strings.Contains(tests[0].Reason, "served nowhere") {
		t.Error(tests[0].Reason)
	}
}

// TestWorkflowSecrets: what is secret by its input, by its name in an answer, or by the document's word, is shown nowhere: not in
// outputs, criteria, reasons and findings, nor in exchanges of later steps that carry it somewhere else.
func TestWorkflowSecrets(t *testing.T) {
	const password, token, inner = "hunter2-hunter2", "tok-5f2e9c1ab7", "inner-9b1d7e"
	s := set(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-Echo", r.URL.Query().Get("plain"))
		if r.Method == http.MethodPost {
			_, _ = io.WriteString(w, `{"access_token":"`+token+`","seen":"`+password+`"}`)
			return
		}
		_, _ = io.WriteString(w, `"`+token+` and `+inner+`"`)
	}, setting{})
	s.options.Texts = map[string]string{"phrase": password, "deep": `{"a":["` + inner + `"]}`}
	tests := s.play(`workflows:
- workflowId: w
  x-understudy: {secrets: deep}
  inputs: {type: object, properties: {phrase: {type: string, format: password}, deep: {type: object}}}
  steps:
  - stepId: login
    operationId: create
    requestBody: {contentType: text/plain, payload: 'I am {$inputs.phrase}'}
    successCriteria: [{condition: $response.body#/seen != null}]
    outputs: {got: $response.body#/access_token, all: $response.body, said: $inputs.phrase}
  - stepId: use
    operationId: list
    parameters: [{name: plain, in: query, value: 'x {$steps.login.outputs.got}'}, {name: X-New, in: header, value: $inputs.deep#/a/0}]
    successCriteria: [{condition: $response.header.X-Echo == 'no'}]
    outputs: {echo: $response.body}
  outputs: {got: $steps.login.outputs.got}
`)
	result := jsonOf(t, s.run.Result([]scenarios.Suite{{Name: "s", Tests: tests}}))
	if tests[0].Outcome != scenarios.Failed || len(tests[0].Findings) != 1 {
		t.Fatalf("%s: %+v", story(tests[0]), tests[0].Findings)
	}
	for _, secret := range []string{password, token, inner} {
		if at := strings.Index(result, secret[:len(secret)-5]); at >= 0 {
			t.Errorf("%s is shown: …%s…", secret, result[max(0, at-120):min(len(result), at+60)])
		}
	}
	if s.heard[1].Query != "plain=x%20"+token || s.heard[1].Header.Get("X-New") != inner {
		t.Errorf("the target must get the real ones: %+v", s.heard[1])
	}
}

// TestProgress counts tests.
func TestProgress(t *testing.T) {
	var seen []scenarios.Progress
	s := set(t, answerer(t, map[string][]string{"*": {"200 {}"}}), setting{run: scenarios.Options{Progress: func(p scenarios.Progress) { seen = append(seen, p) }}})
	s.play("workflows:\n- {workflowId: w, steps: [{stepId: a, operationId: list}]}\n- {workflowId: v, steps: [{stepId: a, operationId: list}]}")
	if len(seen) != 2 || seen[1].Done != 2 || seen[1].Total != 2 || seen[1].Requests != 2 || seen[1].Current != "w1.yaml/v" {
		t.Errorf("%+v", seen)
	}
}
