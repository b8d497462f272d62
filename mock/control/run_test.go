package control_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"understudy/mock/control"
)

// A fakeJudge says what it is told to, when it is told to.
type fakeJudge struct {
	orders  chan control.RunOrder
	work    chan func(progress func(control.RunProgress)) (*control.RunVerdict, error)
	stopped chan struct{}
}

func newFakeJudge() *fakeJudge {
	return &fakeJudge{make(chan control.RunOrder, 10), make(chan func(func(control.RunProgress)) (*control.RunVerdict, error)), make(chan struct{}, 10)}
}

func (j *fakeJudge) Suites(contract string) []control.Suite {
	if contract != "petstore" {
		return nil
	}
	return []control.Suite{{Name: "checks", Kind: "checks", Title: "Generated checks", Workflows: []control.SuiteWorkflow{}, Command: "understudy check petstore.yaml"}}
}

func (j *fakeJudge) Judge(ctx context.Context, order control.RunOrder, progress func(control.RunProgress)) (*control.RunVerdict, error) {
	j.orders <- order
	select {
	case act := <-j.work:
		return act(progress)
	case <-ctx.Done():
		j.stopped <- struct{}{}
		return nil, ctx.Err()
	}
}

func verdict(clean bool) *control.RunVerdict {
	return &control.RunVerdict{
		Clean: clean, Summary: "3 tests passed", Tests: control.RunTests{Passed: 3},
		Findings: []control.RunFinding{{Check: "NEG-001", Level: "note", Operation: "createPet", Message: "<b>left open</b>"}},
		Report: func(w io.Writer, format string) (bool, error) {
			_, err := fmt.Fprintf(w, `{"form":%q}`, format)
			return format != "junit", err
		},
	}
}

// An instantJudge has done before anybody asks.
type instantJudge struct{}

func (instantJudge) Suites(string) []control.Suite { return (&fakeJudge{}).Suites("petstore") }

func (instantJudge) Judge(context.Context, control.RunOrder, func(control.RunProgress)) (*control.RunVerdict, error) {
	return verdict(true), nil
}

// followed reads the events of a run to its end.
func (s *stand) followed(id string, each func(control.Run)) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), "GET", s.url+"/contracts/petstore/runs/"+id+"/follow", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	lines := bufio.NewScanner(response.Body)
	for lines.Scan() {
		data, ok := strings.CutPrefix(lines.Text(), "data: ")
		if !ok {
			continue
		}
		var run control.Run
		if err := json.Unmarshal([]byte(data), &run); err != nil {
			s.t.Fatal(err)
		}
		each(run)
	}
}

func TestRun(t *testing.T) {
	judge := newFakeJudge()
	s := start(t, control.Options{Judge: judge})
	e := s.expect()
	e.GET("/contracts/petstore/suites").Expect().Status(200).JSON().Path("$.suites[0].name").IsEqual("checks")
	e.POST("/contracts/petstore/runs").WithJSON(map[string]any{"suite": "other"}).Expect().Status(422)
	e.POST("/contracts/petstore/runs").WithJSON(map[string]any{"suite": "checks", "target": "http://evil.example"}).Expect().Status(422)
	e.POST("/contracts/petstore/runs").WithJSON(map[string]any{"suite": "checks", "seed": 7}).Expect().Status(201).JSON().Object().HasValue("state", "running")
	if got := <-judge.orders; got != (control.RunOrder{Contract: "petstore", Suite: "checks", Target: "fresh", Seed: 7}) {
		t.Errorf("the judge got %+v", got)
	}
	e.POST("/contracts/petstore/runs").WithJSON(map[string]any{"suite": "checks"}).Expect().Status(409)
	e.GET("/contracts/petstore/runs/1/report").Expect().Status(404)

	var states []string
	begun := make(chan struct{})
	go func() {
		<-begun
		judge.work <- func(progress func(control.RunProgress)) (*control.RunVerdict, error) {
			progress(control.RunProgress{Done: 1, Total: 3, Requests: 2, Current: "NEG-001"})
			return verdict(true), nil
		}
	}()
	s.followed("1", func(run control.Run) {
		if len(states) == 0 {
			close(begun)
		}
		states = append(states, run.State)
	})
	if len(states) < 2 || states[0] != "running" || states[len(states)-1] != "clean" {
		t.Errorf("followed, the run was %v", states)
	}
	run := e.GET("/contracts/petstore/runs/1").Expect().Status(200).JSON().Object()
	run.HasValue("report", "/contracts/petstore/runs/1/report").Path("$.findings[0].message").IsEqual("<b>left open</b>")
	run.Path("$.progress.done").IsEqual(1)
	e.GET("/contracts/petstore/runs").Expect().Status(200).JSON().Path("$.runs[0].state").IsEqual("clean")

	page := e.GET("/contracts/petstore/runs/1/report").Expect().Status(200)
	page.Body().IsEqual(`{"form":"html"}`)
	page.Header("Content-Security-Policy").HasPrefix("sandbox allow-scripts")
	page.Header("Content-Type").IsEqual("text/html; charset=utf-8")
	e.GET("/contracts/petstore/runs/1/report").WithQuery("format", "json").Expect().Status(200).Header("Content-Type").IsEqual("application/json")
	e.GET("/contracts/petstore/runs/1/report").WithQuery("format", "junit").Expect().Status(404)
	e.GET("/contracts/petstore/runs/1/report").WithQuery("format", "pdf").Expect().Status(400)
	e.GET("/contracts/petstore/runs/2").Expect().Status(404)
}

func TestRunEnds(t *testing.T) {
	judge := newFakeJudge()
	s := start(t, control.Options{Judge: judge})
	s.send("POST", "/contracts/petstore/sandboxes", `{"name":"a"}`)
	for i, c := range []struct {
		verdict *control.RunVerdict
		err     error
		state   string
	}{
		{verdict(false), nil, "findings"},
		{nil, errors.New("the target cannot be reached"), "failed"},
	} {
		s.send("POST", "/contracts/petstore/runs?sandbox=a", `{"suite":"checks","target":"world"}`)
		if got := <-judge.orders; got.Sandbox != "a" || got.Target != "world" {
			t.Errorf("the judge got %+v", got)
		}
		judge.work <- func(func(control.RunProgress)) (*control.RunVerdict, error) { return c.verdict, c.err }
		var last control.Run
		s.followed(fmt.Sprint(i+1), func(run control.Run) { last = run })
		if last.State != c.state || (last.Error == "") != (c.err == nil) || (last.Report == "") != (c.verdict == nil) {
			t.Errorf("it ended as %+v, want %s", last, c.state)
		}
	}
	s.send("POST", "/contracts/petstore/runs", `{"suite":"checks"}`)
	<-judge.orders
	s.send("POST", "/contracts/petstore/runs/3/stop", "")
	<-judge.stopped
	var last control.Run
	s.followed("3", func(run control.Run) { last = run })
	if last.State != "stopped" {
		t.Errorf("a run that was stopped is %s", last.State)
	}
	s.send("POST", "/contracts/petstore/runs", `{"suite":"checks"}`)
	<-judge.orders
	s.handler.Close()
	<-judge.stopped
}

func TestRunsAreBounded(t *testing.T) {
	judge := newFakeJudge()
	s := start(t, control.Options{Judge: judge})
	for i := range 23 {
		s.send("POST", "/contracts/petstore/runs", `{"suite":"checks"}`)
		<-judge.orders
		judge.work <- func(func(control.RunProgress)) (*control.RunVerdict, error) { return verdict(true), nil }
		s.followed(fmt.Sprint(i+1), func(control.Run) {})
	}
	list := s.expect().GET("/contracts/petstore/runs").Expect().Status(200).JSON().Path("$.runs").Array()
	list.Length().IsEqual(20)
	list.Value(0).Object().HasValue("id", "23").NotContainsKey("findings")
}

func TestReportIsOpenedWithItsPass(t *testing.T) {
	judge := newFakeJudge()
	s := start(t, control.Options{Judge: judge, Token: "tok-123"})
	e := s.expect()
	e.POST("/contracts/petstore/runs").WithHeader("Authorization", "Bearer tok-123").WithJSON(map[string]any{"suite": "checks"}).Expect().Status(201)
	<-judge.orders
	judge.work <- func(func(control.RunProgress)) (*control.RunVerdict, error) { return verdict(true), nil }
	stream := e.GET("/contracts/petstore/runs/1/follow").WithHeader("Authorization", "Bearer tok-123").Expect().Status(200).Body().Raw()
	at := strings.LastIndex(stream, `"report":"`)
	if at < 0 {
		t.Fatalf("the run has no report: %s", stream)
	}
	path, _, _ := strings.Cut(stream[at+len(`"report":"`):], `"`)
	if strings.Contains(path, "tok-123") {
		t.Error("the address shows the token")
	}
	e.GET("/contracts/petstore/runs/1/report").Expect().Status(401)
	e.GET("/contracts/petstore/runs/1/report").WithQuery("pass", "0123").Expect().Status(401)
	_, pass, _ := strings.Cut(path, "pass=")
	e.GET("/contracts/petstore/runs/1/report").WithQuery("pass", pass).Expect().Status(200)
	e.GET("/contracts/petstore/runs/2/report").WithQuery("pass", pass).Expect().Status(401)
	e.GET("/contracts/petstore/runs/1").WithQuery("pass", pass).Expect().Status(401)
}

func TestWithoutJudge(t *testing.T) {
	s := start(t, control.Options{})
	s.expect().GET("/contracts/petstore/suites").Expect().Status(200).JSON().Path("$.suites").Array().IsEmpty()
	s.expect().POST("/contracts/petstore/runs").WithJSON(map[string]any{"suite": "checks"}).Expect().Status(422)
}
