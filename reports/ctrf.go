package reports

import (
	"fmt"
	"io"
	"time"

	"understudy/contracts/check"
	"understudy/scenarios"
)

// The parts of the Common Test Report Format that are written. Its objects are closed but for "extra".
type ctrfReport struct {
	Format      string      `json:"reportFormat"`
	Version     string      `json:"specVersion"`
	Timestamp   string      `json:"timestamp,omitempty"`
	GeneratedBy string      `json:"generatedBy,omitempty"`
	Results     ctrfResults `json:"results"`
}

type ctrfResults struct {
	Tool        ctrfTool         `json:"tool"`
	Summary     ctrfSummary      `json:"summary"`
	Tests       []ctrfTest       `json:"tests"`
	Environment *ctrfEnvironment `json:"environment,omitempty"`
	Extra       map[string]any   `json:"extra,omitempty"`
}

type ctrfTool struct {
	Name    string `json:"name"`
	Version string `json:"version,omitempty"`
}

type ctrfSummary struct {
	Tests    int            `json:"tests"`
	Passed   int            `json:"passed"`
	Failed   int            `json:"failed"`
	Skipped  int            `json:"skipped"`
	Pending  int            `json:"pending"`
	Other    int            `json:"other"`
	Flaky    int            `json:"flaky,omitempty"`
	Suites   int            `json:"suites"`
	Start    int64          `json:"start"` // ms since 1970
	Stop     int64          `json:"stop"`
	Duration int64          `json:"duration"`
	Extra    map[string]any `json:"extra,omitempty"`
}

type ctrfTest struct {
	Name      string         `json:"name"`
	Status    string         `json:"status"`
	Duration  int64          `json:"duration"`
	Start     int64          `json:"start,omitempty"`
	Stop      int64          `json:"stop,omitempty"`
	Suite     []string       `json:"suite,omitempty"`
	Message   string         `json:"message,omitempty"`
	Trace     string         `json:"trace,omitempty"`
	RawStatus string         `json:"rawStatus,omitempty"`
	Tags      []string       `json:"tags,omitempty"`
	Labels    map[string]any `json:"labels,omitempty"`
	Type      string         `json:"type,omitempty"`
	FilePath  string         `json:"filePath,omitempty"`
	Line      int            `json:"line,omitempty"`
	Retries   int            `json:"retries,omitempty"`
	Flaky     bool           `json:"flaky,omitempty"`
	Steps     []ctrfStep     `json:"steps,omitempty"`
	Extra     map[string]any `json:"extra,omitempty"`
}

type ctrfStep struct {
	Name   string         `json:"name"`
	Status string         `json:"status"`
	Extra  map[string]any `json:"extra,omitempty"`
}

type ctrfEnvironment struct {
	App     string         `json:"appName,omitempty"`
	Version string         `json:"appVersion,omitempty"`
	Test    string         `json:"testEnvironment,omitempty"`
	Shard   string         `json:"shardId,omitempty"`
	Extra   map[string]any `json:"extra,omitempty"`
}

func writeCTRF(o Options, w io.Writer, r *scenarios.Result) error {
	s := look(r)
	x := ctrfReport{Format: "CTRF", Version: "1.0.0", GeneratedBy: joined(" ", s.Tool.Name, s.Tool.Version)}
	if !r.Ended.IsZero() {
		x.Timestamp = r.Ended.UTC().Format(time.RFC3339)
	}
	x.Results.Tool = ctrfTool{s.Tool.Name, s.Tool.Version}
	if x.Results.Tool.Name == "" {
		x.Results.Tool.Name = "understudy"
	}
	x.Results.Tests = []ctrfTest{}
	eachTest(r, func(suite *scenarios.Suite, t *scenarios.Test) {
		x.Results.Tests = append(x.Results.Tests, ctrfOf(o, s, suite, t))
	})
	n := s.counts
	x.Results.Summary = ctrfSummary{
		Tests: n.Tests, Passed: n.Passed, Failed: n.Failed + n.Errored, Skipped: n.Skipped, Other: n.Known, Suites: len(r.Suites),
		Start: millis(r.Started), Stop: millis(r.Ended), Duration: r.Elapsed.Milliseconds(),
		Extra: map[string]any{"clean": r.Clean(), "verdict": s.verdict().sentence, "known": n.Known, "errored": n.Errored},
	}
	for _, t := range x.Results.Tests {
		if t.Flaky {
			x.Results.Summary.Flaky++
		}
	}
	if len(r.Targets) > 0 {
		t := r.Targets[0]
		x.Results.Environment = &ctrfEnvironment{App: t.Contract, Version: t.Version, Test: environment(r), Shard: r.Shard, Extra: map[string]any{"targets": r.Targets}}
	}
	x.Results.Extra = map[string]any{"command": r.Command, "seed": fmt.Sprint(r.Seed), "requests": r.Requests}
	for name, value := range map[string]any{"coverage": r.Coverage, "baseline": r.Baseline} {
		if (name == "coverage" && r.Coverage != nil) || (name == "baseline" && r.Baseline != nil) {
			x.Results.Extra[name] = value
		}
	}
	if len(r.Scores) > 0 {
		x.Results.Extra["scores"] = r.Scores
	}
	if len(r.Gates) > 0 {
		x.Results.Extra["gates"] = r.Gates
	}
	if len(r.Notes) > 0 {
		x.Results.Extra["notes"] = r.Notes
	}
	return encode(w, &x)
}

func ctrfOf(o Options, s *survey, suite *scenarios.Suite, t *scenarios.Test) ctrfTest {
	name := joined(" ", t.Check, t.Name)
	if name == "" {
		name = t.ID
	}
	x := ctrfTest{
		Name: visible(name), Status: ctrfStatus(t.Outcome), RawStatus: string(t.Outcome), Duration: t.Elapsed.Milliseconds(),
		Suite: []string{visible(suite.Name)}, Message: visible(t.Reason), Tags: t.Tags, Type: suite.Kind,
		FilePath: o.path(t.At.File), Line: t.At.Line, Extra: map[string]any{"id": t.ID},
	}
	if !t.Started.IsZero() {
		x.Start, x.Stop = millis(t.Started), millis(t.Started.Add(t.Elapsed))
	}
	if f := worst(t); f != nil && (weight(f) == 0 || t.Reason == "") && t.Outcome != scenarios.Passed {
		x.Message = visible(joined(": ", f.Check, f.Message))
	}
	if t.Outcome == scenarios.Known {
		x.Message = visible(knownAs(t))
	}
	if t.Outcome == scenarios.Failed || t.Outcome == scenarios.Errored || t.Outcome == scenarios.Known {
		x.Trace = xmlText(cut(explanation(s, t), 32<<10))
	}
	if t.Operation != "" || t.Check != "" {
		x.Labels = map[string]any{}
		for label, value := range map[string]string{"operation": t.Operation, "check": t.Check} {
			if value != "" {
				x.Labels[label] = value
			}
		}
	}
	for i := range t.Steps {
		x.Steps = append(x.Steps, ctrfStepOf(&t.Steps[i]))
		x.Retries += max(t.Steps[i].Attempt-1, 0) - max(lastAttempt(t.Steps[:i], t.Steps[i].ID)-1, 0)
	}
	x.Retries = max(x.Retries, 0)
	x.Flaky = x.Retries > 0 && t.Outcome == scenarios.Passed
	ctrfExtra(&x, t)
	return x
}

// lastAttempt gives the attempt of the step when it ran before, since every attempt is listed.
func lastAttempt(steps []scenarios.Step, id string) int {
	for i := len(steps) - 1; i >= 0; i-- {
		if steps[i].ID == id {
			return steps[i].Attempt
		}
	}
	return 0
}

func ctrfExtra(x *ctrfTest, t *scenarios.Test) {
	if len(t.Findings) > 0 {
		x.Extra["findings"] = t.Findings
	}
	if len(t.Requirements) > 0 {
		x.Extra["requirements"] = t.Requirements
	}
	if t.Reproduction != "" {
		x.Extra["reproduction"] = t.Reproduction
	}
	if t.Cases > 0 {
		x.Extra["cases"] = t.Cases
	}
	if f := worst(t); f != nil && f.At != (check.Place{}) {
		x.Extra["contract"] = f.At
	}
}

func ctrfStepOf(s *scenarios.Step) ctrfStep {
	x := ctrfStep{Name: visible(s.ID), Status: ctrfStatus(s.Outcome), Extra: map[string]any{"outcome": s.Outcome}}
	if x.Name == "" {
		x.Name = "step"
	}
	if s.Name != "" {
		x.Extra["description"] = s.Name
	}
	if s.Reason != "" {
		x.Extra["reason"] = s.Reason
	}
	if s.Attempt > 1 {
		x.Extra["attempt"] = s.Attempt
	}
	if s.Next != "" {
		x.Extra["next"] = s.Next
	}
	return x
}

// ctrfStatus translates an outcome: what is known has no status of its own there.
func ctrfStatus(o scenarios.Outcome) string {
	switch o {
	case scenarios.Passed:
		return "passed"
	case scenarios.Failed, scenarios.Errored:
		return "failed"
	case scenarios.Skipped:
		return "skipped"
	}
	return "other"
}

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}
