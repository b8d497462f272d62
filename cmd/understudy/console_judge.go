package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"

	"understudy/contracts/check"
	"understudy/mock"
	"understudy/mock/control"
	"understudy/reports"
	"understudy/scenarios"
	"understudy/scenarios/workflows"
)

// The names of suites: all checks, all workflows, and one file of workflows behind a slash.
const (
	checksSuite    = "checks"
	workflowsSuite = "workflows"
)

// A consoleJudge carries out for the console what check and run do on the command line: their own command lines, in this process.
type consoleJudge struct {
	serving *serving
	house   *house

	mu      sync.Mutex
	shelves map[string][]*scenarios.Script // by contract
}

// An audience watches a judgement that is carried out in this process, in place of a terminal. For it, contracts of the user's own are
// judged on a stand-in that is started for the run, too.
type audience struct {
	progress func(scenarios.Progress)
	result   *scenarios.Result // what came of it; nil: nothing
}

// stand finds a contract that is served.
func (j *consoleJudge) stand(contract string) *stand {
	at := slices.IndexFunc(j.house.stands, func(st *stand) bool { return st.contract.Name == contract })
	if at < 0 {
		return nil
	}
	return j.house.stands[at]
}

// Suites lists the checks, and the workflows of a built-in contract: all together, and each file.
func (j *consoleJudge) Suites(contract string) []control.Suite {
	st := j.stand(contract)
	if st == nil {
		return nil
	}
	source := shellText(st.source)
	list := []control.Suite{{
		Name: checksSuite, Kind: checksSuite, Title: "Generated checks", Workflows: []control.SuiteWorkflow{},
		Command: "understudy check " + source + " --target " + deploymentOf(st),
	}}
	if st.source != contract || !slices.Contains(workflows.Names(), contract) {
		return list
	}
	all := control.Suite{
		Name: workflowsSuite, Kind: workflowsSuite, Title: "All workflows", Workflows: []control.SuiteWorkflow{},
		Command: "understudy run " + source + " --target " + deploymentOf(st),
	}
	var files []control.Suite
	for _, script := range j.shelfOf(contract) {
		one := control.Suite{
			Name: workflowsSuite + "/" + suiteFile(script.Name), Kind: workflowsSuite, Title: script.Document.Info.Title, Workflows: []control.SuiteWorkflow{},
		}
		one.Command = all.Command
		for _, w := range script.Document.Workflows {
			one.Workflows = append(one.Workflows, control.SuiteWorkflow{ID: w.ID, Summary: w.Summary})
			one.Command += " --workflow " + shellText(w.ID)
		}
		all.Workflows = append(all.Workflows, one.Workflows...)
		files = append(files, one)
	}
	return append(append(list, all), files...)
}

// deploymentOf is a target in an example: nobody knows which one the user has.
func deploymentOf(st *stand) string {
	if len(st.contract.Servers) > 0 {
		if _, err := scenarios.ParseTarget(st.contract.Servers[0].URL); err == nil {
			return st.contract.Servers[0].URL
		}
	}
	return "https://staging.example.com"
}

// suiteFile is the name of a suite's file without what all have.
func suiteFile(name string) string {
	name = path.Base(name)
	for _, suffix := range arazzoSuffixes {
		name = strings.TrimSuffix(name, suffix)
	}
	return name
}

// shelfOf gives the documents of a built-in contract's suite, which are read once. The tests of the house see to it that they can be.
func (j *consoleJudge) shelfOf(contract string) []*scenarios.Script {
	j.mu.Lock()
	defer j.mu.Unlock()
	if list, read := j.shelves[contract]; read {
		return list
	}
	shelf, err := readShelf([]string{contract}, false)
	if err != nil {
		return nil
	}
	var list []*scenarios.Script
	for _, script := range shelf.scripts {
		if !script.Library {
			list = append(list, script)
		}
	}
	if j.shelves == nil {
		j.shelves = map[string][]*scenarios.Script{}
	}
	j.shelves[contract] = list
	return list
}

// Judge carries out a suite.
func (j *consoleJudge) Judge(ctx context.Context, order control.RunOrder, progress func(control.RunProgress)) (*control.RunVerdict, error) {
	st := j.stand(order.Contract)
	if st == nil {
		return nil, errors.New("the contract is not served any more")
	}
	watched := &audience{progress: func(p scenarios.Progress) {
		progress(control.RunProgress{Done: p.Done, Total: p.Total, Failed: p.Failed, Requests: p.Requests, Current: p.Current})
	}}
	var said bytes.Buffer
	inside := &process{out: io.Discard, err: &said, audience: watched, getenv: func(name string) string {
		if name == "UNDERSTUDY_CONTROL_TOKEN" && order.Target == control.WorldTarget {
			return j.house.token
		}
		return "" // what the user's environment says of deployments is not about stand-ins
	}}
	status := inside.run(ctx, j.arguments(st, order))
	if watched.result == nil {
		return nil, errors.New(cmp.Or(lastLine(said.String()), "the run ended with status "+strconv.Itoa(status)))
	}
	verdict := verdictOf(watched.result)
	verdict.Report = func(w io.Writer, format string) (bool, error) { return writeReport(w, watched.result, format) }
	if n := watched.result.Count(); status == exitFailure && n.Passed+n.Failed+n.Known == 0 {
		return verdict, errors.New(cmp.Or(lastLine(said.String()), "nothing could be examined"))
	}
	return verdict, nil
}

// arguments are the command line that carries out an order.
func (j *consoleJudge) arguments(st *stand, order control.RunOrder) []string {
	args := []string{"check", st.source}
	if order.Suite != checksSuite {
		args = []string{"run", st.source}
		if _, file, one := strings.Cut(order.Suite, "/"); one {
			for _, script := range j.shelfOf(order.Contract) {
				if suiteFile(script.Name) != file {
					continue
				}
				for _, w := range script.Document.Workflows {
					args = append(args, "--workflow", w.ID)
				}
			}
		}
	}
	args = append(args, "--quiet", "--seed", strconv.FormatUint(order.Seed, 10))
	for _, o := range j.serving.overlays {
		args = append(args, "--overlay", o)
	}
	for _, host := range j.serving.allowRefs {
		args = append(args, "--allow-refs", host)
	}
	if order.Target == control.WorldTarget {
		args = append(args, "--target", st.baseURL(), "--control", j.house.control.URL())
		if order.Sandbox != "" {
			args = append(args, "--sandbox", order.Sandbox, "--header", mock.SandboxHeader+": "+order.Sandbox)
		}
	}
	return args
}

// lastLine is what a command said at its end, without its name.
func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.TrimPrefix(lines[len(lines)-1], "understudy: ")
}

// verdictOf sums a result up.
func verdictOf(r *scenarios.Result) *control.RunVerdict {
	n := r.Count()
	status, why := r.Status()
	v := &control.RunVerdict{
		Clean: status == scenarios.StatusClean, Summary: why,
		Tests: control.RunTests{Passed: n.Passed, Failed: n.Failed, Errored: n.Errored, Skipped: n.Skipped, Known: n.Known},
	}
	if v.Clean {
		v.Summary = plural(n.Passed, "test") + " passed"
	}
	findings := slices.Clone(r.Findings())
	grave := []check.Level{check.Failure, check.Warning, check.Note}
	slices.SortStableFunc(findings, func(a, b check.Finding) int {
		return slices.Index(grave, a.Level) - slices.Index(grave, b.Level)
	})
	for _, f := range findings {
		v.Findings = append(v.Findings, control.RunFinding{Check: f.Check, Level: string(f.Level), Operation: f.Operation, Message: f.Message})
	}
	return v
}

// writeReport writes a result in a format that browsers and CI systems read.
func writeReport(w io.Writer, r *scenarios.Result, format string) (bool, error) {
	o := reports.Options{Check: explainerOf(r)}
	if _, err := o.Writer(format); err != nil {
		return false, nil
	}
	return true, o.Write(format, w, r)
}
