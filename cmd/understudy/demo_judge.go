package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"understudy/contracts"
	"understudy/scenarios"
)

// judged is what the demo's judgement of one contract came to.
type judged struct {
	name          string
	suites, tests *scenarios.Result
}

// judge lets the suites and the generated checks judge all built-in stand-ins, rehearses a good client of each, scans a sample of
// sources, and tells what of the vendors' documentation is proven by that and by the stories. It says whether all was clean.
func (p *process) judge(ctx context.Context, out string) (clean bool, err error) {
	fmt.Fprint(p.out, "\nJudged by workflows (understudy run) and by generated checks (understudy check), over HTTP:\n\n")
	l, err := readLedger(nil)
	if err != nil {
		return false, err
	}
	walked := make(chan error, 1)
	go func() { walked <- l.prove(ctx, allStories()) }() // the stories and the clients have stand-ins of their own, and mostly wait
	clients := p.rehearseClients(ctx, out)
	clean = true
	var all []judged
	var problem error
	for _, name := range contracts.Builtins() {
		one, good, err := p.judgeOne(ctx, name, out)
		if err != nil {
			problem = err
			break
		}
		clean = clean && good
		all = append(all, one)
	}
	rehearsed, kept, failed := clients()
	if err := errors.Join(problem, failed, <-walked); err != nil {
		return false, err
	}
	if err := p.tellJudged(all); err != nil {
		return false, err
	}
	if err := p.tellClients(rehearsed); err != nil {
		return false, err
	}
	scanned, err := p.scanSample(ctx)
	if err != nil {
		return false, err
	}
	for _, one := range all {
		l.enterResult(one.suites)
		l.enterResult(one.tests)
	}
	for _, r := range append(rehearsed, scanned) {
		l.enterResult(r)
	}
	proven, err := p.tellRequirements(l, out)
	return clean && kept && proven, err
}

// judgeOne judges the stand-in of one contract in each way.
func (p *process) judgeOne(ctx context.Context, name, out string) (one judged, clean bool, err error) {
	one, clean = judged{name: name}, true
	for _, command := range []string{"run", "check"} {
		r, good, err := p.judgeBy(ctx, out, name+"."+command, command, []string{name})
		if err != nil {
			return one, false, err
		}
		clean = clean && good
		if command == "run" {
			one.suites = r
		} else {
			one.tests = r
		}
	}
	return one, clean, nil
}

// judgeBy carries out a command of this program that writes a result, and reads that. Its reports bear the name file in the folder out.
func (p *process) judgeBy(ctx context.Context, out, file, command string, rest []string) (*scenarios.Result, bool, error) {
	saved := filepath.Join(out, file+".json")
	var trouble bytes.Buffer
	quiet := *p
	quiet.out, quiet.err = io.Discard, &trouble
	args := append([]string{command, "--quiet", "--report", "json=" + saved, "--report", "html=" + filepath.Join(out, file+".html")}, rest...)
	status := quiet.run(ctx, args)
	if ctx.Err() != nil {
		return nil, false, ctx.Err()
	}
	if status == exitFailure {
		return nil, false, fmt.Errorf("%s could not run: %s", command+" "+strings.Join(rest, " "), strings.TrimSpace(trouble.String()))
	}
	r, err := readResult(saved)
	return r, status == 0, err
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

// tellRequirements tells what stories, workflows, checks, rules and scans prove, and writes the list in three forms.
func (p *process) tellRequirements(l *ledger, out string) (bool, error) {
	l.settle(false)
	for file, write := range map[string]func(io.Writer, *ledger) error{
		"requirements.md": writeLedgerMarkdown, "requirements.html": writeLedgerHTML, "requirements.json": writeLedgerJSON,
	} {
		if err := writeFile(filepath.Join(out, file), func(w io.Writer) error { return write(w, l) }); err != nil {
			return false, fmt.Errorf("write the requirements: %w", err)
		}
	}
	fmt.Fprint(p.out, "\nWhat the vendors document, and what of it is proven here; each row under the first of its kinds:\n\n")
	if err := p.tellSums(l); err != nil {
		return false, err
	}
	p.tellGaps(l)
	n := l.Totals.Documented
	fmt.Fprintf(p.out, "\n%d of %d documented rows that a machine can check are proven%s. Each row with its proof:\n  %s\n",
		n.Proven, n.Rows, n.rest(), filepath.Join(out, "requirements.html"))
	return !l.failed(), nil
}

// tellSums writes the table of the contracts by kinds.
func (p *process) tellSums(l *ledger) error {
	w := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
	fmt.Fprint(w, "  API\tdocumented\tassumed")
	for _, k := range kindNames {
		fmt.Fprint(w, "\t"+k.kind)
	}
	fmt.Fprintln(w)
	line := func(title string, n *sums) {
		fmt.Fprintf(w, "  %s\t%d of %d\t%d of %d", title, n.Documented.Proven, n.Documented.Rows, n.Assumed.Proven, n.Assumed.Rows)
		for _, k := range n.Kinds {
			if k.Documented.Rows == 0 {
				fmt.Fprint(w, "\t-")
				continue
			}
			fmt.Fprintf(w, "\t%d/%d", k.Documented.Proven, k.Documented.Rows)
		}
		fmt.Fprintln(w)
	}
	for _, c := range l.Chapters {
		if c.Name != commonName {
			line(c.Title, &c.Sums)
		}
	}
	line("all", &l.Totals)
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(p.out, "\n  S server, P management, W webhooks sent, R receiver, C client, D document or source; of the documented rows.")
	return nil
}

// tellGaps names each row that is not proven, with what is missing.
func (p *process) tellGaps(l *ledger) {
	first := true
	for _, c := range l.Chapters {
		for _, r := range c.Rows {
			if r.State == rowProven || r.State == rowInformation {
				continue
			}
			if first {
				fmt.Fprint(p.out, "\nNot proven, or not wholly:\n\n")
				first = false
			}
			head := fmt.Sprintf("  %-14s %-9s %s  ", r.ID, rowWords[r.State], strings.Join(r.Kind, ","))
			text := strings.TrimPrefix(r.Missing, "missing: ") + r.Reason
			if r.State == rowFailed {
				text = strings.Join(r.evidence(), " ")
			}
			if r.Basis != "documented" {
				text = "(" + r.Basis + ") " + text
			}
			fmt.Fprint(p.out, hang(head, text, 100))
		}
	}
}
