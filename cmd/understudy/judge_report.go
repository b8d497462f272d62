package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"understudy/contracts/check"
	"understudy/reports"
	"understudy/scenarios"
	"understudy/scenarios/grade"
	"understudy/scenarios/scan"
)

// An output is one report that was asked for.
type output struct {
	format string
	path   string // - for standard output
}

func formatNames() []string {
	var names []string
	for _, f := range reports.Formats() {
		names = append(names, f.Name)
	}
	return names
}

// outputsOf reads --report. Where none of them takes standard output, the text for people goes there, unless quiet.
func outputsOf(texts []string, quiet bool) ([]output, error) {
	var list []output
	var problems []error
	taken := map[string]bool{}
	for _, text := range texts {
		format, path, ok := strings.Cut(text, "=")
		if !ok {
			path = "-"
		}
		if _, err := (reports.Options{}).Writer(format); err != nil {
			problems = append(problems, fmt.Errorf("--report %s: %w", text, err))
		}
		switch {
		case path == "":
			problems = append(problems, fmt.Errorf("--report %s: the path is missing; write %s=FILE, or %s=- for standard output", text, format, format))
		case taken[path]:
			problems = append(problems, fmt.Errorf("--report %s: another report goes to the same place", text))
		case path != "-":
			if info, err := os.Stat(filepath.Dir(path)); err != nil || !info.IsDir() {
				problems = append(problems, fmt.Errorf("--report %s: there is no folder %s", text, filepath.Dir(path)))
			}
		}
		taken[path] = true
		list = append(list, output{format, path})
	}
	if !taken["-"] && !quiet {
		list = append(list, output{"text", "-"})
	}
	return list, errors.Join(problems...)
}

// writeReports writes a result into all outputs. What goes wrong with one does not keep the others from being written.
func (p *process) writeReports(outputs []output, r *scenarios.Result) error {
	root, err := os.Getwd()
	if err != nil {
		root = ""
	}
	o := reports.Options{Colour: p.colour && p.getenv("NO_COLOR") == "", Root: root, Width: p.width(), Check: explainerOf(r)}
	var problems []error
	for _, out := range outputs {
		if out.path == "-" {
			problems = append(problems, o.Write(out.format, p.out, r))
			continue
		}
		plain := o
		plain.Colour, plain.Width = false, 0
		problems = append(problems, writeFile(out.path, func(w io.Writer) error { return plain.Write(out.format, w, r) }))
	}
	return errors.Join(problems...)
}

// explainerOf gives what explains the checks of a result. Rules for clients have ids of their own families, but for those about receivers:
// of a result that holds rules alone, they are meant.
func explainerOf(r *scenarios.Result) func(id string) (check.Check, bool) {
	only := len(r.Suites) > 0
	for i := range r.Suites {
		only = only && r.Suites[i].Kind == "rules"
	}
	return func(id string) (check.Check, bool) {
		known, found := check.Find(id)
		if rule, is := grade.FindRule(id); is && (only || !found) {
			return check.Check{ID: rule.ID, Title: rule.Title, Doc: rule.Doc, Basis: rule.Basis, Norm: rule.Norm, Level: rule.Level}, true
		}
		if rule, is := scan.FindRule(id); is && !found {
			return rule.Check(), true
		}
		return known, found
	}
}

// writeFile puts a report in its place in one step, readable for everybody, as reports are.
func writeFile(path string, write func(io.Writer) error) error {
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return err
	}
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() { // a pipe, /dev/null
		return os.WriteFile(path, b.Bytes(), 0o644)
	}
	if err := writeWhole(path, b.Bytes()); err != nil {
		return err
	}
	return os.Chmod(path, 0o644)
}

// width is that of the terminal, as far as the shell tells; 0: as the report has it.
func (p *process) width() int {
	n, err := strconv.Atoi(p.getenv("COLUMNS"))
	if err != nil || n < 40 || !p.colour {
		return 0
	}
	return min(n, 160)
}

// finish settles a result, writes the reports, and gives the command's error: errFindings where something was found.
func (c *court) finish(suites []scenarios.Suite) error {
	c.clearProgress()
	c.keepLog()
	result := c.run.Result(suites)
	result.Shard = c.shard.String()
	return c.settle(result, scenarios.Settlement{
		Baseline: c.known, Require: c.gates, Requirements: c.requirements, Strict: c.flags.strict, Branches: c.branches(), Looked: c.looked(),
	})
}

// settle finishes a result by the baseline and the gates, writes the reports, and gives the command's error.
func (c *court) settle(result *scenarios.Result, s scenarios.Settlement) error {
	if err := attribute(result.Suites); err != nil {
		return err
	}
	if c.flags.update {
		if err := c.updateBaseline(result, &s); err != nil {
			return err
		}
	}
	c.run.Settle(result, s)
	if c.audience != nil {
		c.audience.result = result
	}
	if err := c.writeReports(c.outputs, result); err != nil {
		return err
	}
	return c.verdict(result, c.outputs)
}

// verdict turns a result into the command's error. Why it is not clean stands in the text report; where that goes somewhere else it is
// told on standard error.
func (p *process) verdict(r *scenarios.Result, outputs []output) error {
	status, why := r.Status()
	switch status {
	case scenarios.StatusClean:
		return nil
	case scenarios.StatusFailure:
		return errors.New(why)
	}
	for _, o := range outputs {
		if o.format == "text" && o.path == "-" {
			return errFindings
		}
	}
	fmt.Fprintln(p.err, "understudy: "+why)
	return errFindings
}

// looked says which checks the run carries out, so that the baseline's entries for others are not told to be gone.
func (c *court) looked() func(string) bool {
	selected, err := check.Select(c.flags.only, c.flags.skip)
	if err != nil || c.partly || c.shard.Of > 1 {
		return func(string) bool { return false }
	}
	return selected.Has
}

// updateBaseline puts the findings of a result into the baseline, takes out what is gone, and writes it.
func (c *court) updateBaseline(result *scenarios.Result, s *scenarios.Settlement) error {
	now := time.Now().UTC()
	reason := c.flags.updateReason
	if reason == "" {
		reason = "known since " + now.Format(time.DateOnly)
	}
	var failing []check.Finding
	present := map[string]bool{}
	for _, f := range result.Findings() {
		present[f.Fingerprint] = true
		if f.Level == check.Failure || s.Strict && f.Level == check.Warning {
			failing = append(failing, f)
		}
	}
	if result.Stopped == "" {
		var kept []check.Entry
		for _, e := range s.Baseline.Entries {
			if present[e.Fingerprint] || !s.Looked(e.Check) {
				kept = append(kept, e)
			}
		}
		s.Baseline.Entries = kept
	}
	if err := s.Baseline.Add(failing, reason, c.flags.updateUntil); err != nil {
		return err
	}
	s.Baseline.File = c.flags.baseline
	return writeFile(c.flags.baseline, func(w io.Writer) error { return check.WriteBaseline(w, s.Baseline) })
}
