package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"text/tabwriter"

	"understudy/contracts"
	"understudy/scenarios"
)

// judged is what the demo's judgement of one stand-in came to.
type judged struct {
	name          string
	suites, tests *scenarios.Result
}

// judge lets the suites and the generated checks judge all built-in stand-ins, and tells what of the vendors' documentation is
// proven by that and by the stories. It says whether all was clean.
func (p *process) judge(ctx context.Context, out string) (clean bool, err error) {
	fmt.Fprint(p.out, "\nJudged by workflows (understudy run) and by generated checks (understudy check), over HTTP:\n\n")
	clean = true
	var all []judged
	var results []*scenarios.Result
	for _, name := range contracts.Builtins() {
		one := judged{name: name}
		for _, command := range []string{"run", "check"} {
			file := filepath.Join(out, name+"."+command+".json")
			status := p.run(ctx, []string{command, name, "--quiet", "--report", "json=" + file, "--report", "html=" + filepath.Join(out, name+"."+command+".html")})
			if ctx.Err() != nil {
				return false, ctx.Err()
			}
			if status == exitFailure {
				return false, fmt.Errorf("%s %s could not run", command, name)
			}
			clean = clean && status == 0
			r, err := readResult(file)
			if err != nil {
				return false, err
			}
			results = append(results, r)
			if command == "run" {
				one.suites = r
			} else {
				one.tests = r
			}
		}
		all = append(all, one)
	}
	if err := p.tellJudged(all); err != nil {
		return false, err
	}
	proven, err := p.tellRequirements(ctx, results, out)
	return clean && proven, err
}

func (p *process) tellJudged(all []judged) error {
	w := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "  API\tworkflows\tchecks\trequests\tfailures\twarnings\toperations")
	for _, one := range all {
		run, tests := one.suites.Count(), one.tests.Count()
		operations := ""
		if one.tests.Coverage != nil {
			for _, d := range one.tests.Coverage.Dimensions {
				if d.Name == "operations" {
					operations = fmt.Sprintf("%d of %d by checks alone", d.Covered, d.Total)
				}
			}
		}
		fmt.Fprintf(w, "  %s\t%d passed%s\t%d passed%s\t%d\t%d\t%d\t%s\n", one.name, run.Passed+run.Known, others(run), tests.Passed+tests.Known, others(tests),
			one.suites.Requests+one.tests.Requests, run.Failures+tests.Failures, run.Warnings+tests.Warnings, operations)
	}
	return w.Flush()
}

// others tells of tests that did not pass.
func others(n scenarios.Counts) string {
	text := ""
	if n.Failed+n.Errored > 0 {
		text += fmt.Sprintf(", %d FAILED", n.Failed+n.Errored)
	}
	if n.Skipped > 0 {
		text += fmt.Sprintf(", %d skipped", n.Skipped)
	}
	return text
}

// tellRequirements joins what stories, workflows and checks prove.
func (p *process) tellRequirements(ctx context.Context, results []*scenarios.Result, out string) (bool, error) {
	l, err := readLedger(nil)
	if err != nil {
		return false, err
	}
	if err := l.prove(ctx, allStories()); err != nil {
		return false, err
	}
	for _, r := range results {
		l.enterResult(r)
	}
	l.settle(false)
	if err := writeFile(filepath.Join(out, "requirements.md"), func(w io.Writer) error { return writeLedgerMarkdown(w, l) }); err != nil {
		return false, fmt.Errorf("write the requirements: %w", err)
	}
	fmt.Fprint(p.out, "\nWhat the vendors document and a stand-in can show (kinds S, P, W and R), and our own decisions where they are silent:\n\n")
	w := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "  API\tdocumented, proven\tassumed, proven\tneither proven nor partly")
	clean := true
	for _, c := range l.Chapters {
		if c.Name == commonName {
			continue
		}
		documented, assumed, left := c.machineCheckable()
		names := ""
		for _, r := range left {
			names += " " + r.ID
			if r.State == rowFailed {
				names += " (failed)"
				clean = false
			}
		}
		if names == "" {
			names = " none"
		}
		fmt.Fprintf(w, "  %s\t%s\t%s\t%s\n", c.Name, documented, assumed, names[1:])
	}
	if err := w.Flush(); err != nil {
		return false, err
	}
	fmt.Fprintf(p.out, "\nEach row with its proof is in %s, each exchange in %s.\n", filepath.Join(out, "requirements.md"), filepath.Join(out, "*.html"))
	return clean, nil
}
