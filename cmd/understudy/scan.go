package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"understudy/contracts"
	"understudy/scenarios"
	"understudy/scenarios/scan"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// scanning are the flags of scan.
type scanning struct {
	judging
	contracts   []string
	rules       []string // --only
	without     []string // --skip
	history     bool
	historySaid bool // --history was given
	since       string
	logs        []string
	bundles     []string
	canaries    []string
	maxAge      time.Duration
	maxFile     int64
	list        bool
}

func (p *process) scanCommand() *cobra.Command {
	var v scanning
	cmd := &cobra.Command{
		Use: "scan [PATH…]", Short: "Look for a contract's credentials in source, history, bundles and logs",
		Long: `Scan looks for what must not stand in your files: credentials of the contracts in source, in code for browsers, in
the history of the repository, in logs and in URLs, webhook secrets and payment keys; and for what lets them get there: .env files
that are committed, keys that two environments share, live keys in tests, URLs without TLS, log statements that take a key.

It knows credentials by the formats and names that the contract declares. Those of a run, from --ready-file, --control or
--canary, are looked for themselves, in all encodings. Reports show at most the prefix and the last four characters.

PATH is a folder or a file, the current folder where none is given. Of a git repository the history is looked at as
well. Ignore files hold, but not for what is committed; .understudyignore and a comment understudy:ignore let more pass. Without
--contract all built-in contracts are looked for, and those that no file names are passed over.

Exit status: 0 clean, 1 findings or nothing that was examined, 2 when it could not run.`,
		Example: `  understudy scan
  understudy scan --contract ecoevents --bundle dist --logs 'logs/*.log'
  understudy scan . --contract openapi.yaml --report sarif=scan.sarif --baseline known.yaml
  understudy scan --ready-file ready.json --logs 'out/**' --only SCN-007
  understudy scan --list`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if v.list {
				return p.listScanRules()
			}
			v.historySaid = cmd.Flags().Changed("history")
			if len(args) == 0 {
				args = []string{"."}
			}
			return p.scan(cmd.Context(), &v, args)
		},
	}
	v.flags(cmd.Flags())
	return cmd
}

func (v *scanning) flags(f *pflag.FlagSet) {
	v.loading.flags(f)
	f.StringArrayVar(&v.contracts, "contract", nil, "whose credentials are looked for: a built-in name, a file, a folder or a URL (repeatable; default: all built-in contracts that some file names)")
	f.BoolVar(&v.history, "history", true, "look at the history of the git repository (default: where there is one)")
	f.StringVar(&v.since, "since", "", "only commits of the history since then, as git reads it: 2026-01-31, '3 months ago'")
	f.StringArrayVar(&v.logs, "logs", nil, "log files, as a path with * and ** (repeatable); they are looked at although they are ignored")
	f.StringArrayVar(&v.bundles, "bundle", nil, "folder with what was built for browsers (repeatable); it is looked at although it is ignored")
	f.StringVar(&v.readyFile, "ready-file", "", "file that serve --ready-file wrote: its credentials must stand nowhere else")
	f.StringVar(&v.control, "control", "", "address of a stand-in's management API, whose credentials must stand nowhere")
	f.StringVar(&v.controlToken, "control-token", "", "its token (default: UNDERSTUDY_CONTROL_TOKEN)")
	f.StringArrayVar(&v.canaries, "canary", nil, "file with texts that must stand nowhere, one a line: TEXT or NAME=TEXT (repeatable)")
	f.DurationVar(&v.maxAge, "max-age", 90*24*time.Hour, "how old keys may be")
	f.Int64Var(&v.maxFile, "max-file", 1024, "pass over files of more than so many MiB")
	f.StringSliceVar(&v.rules, "only", nil, "only these rules: SCN-001")
	f.StringSliceVar(&v.without, "skip", nil, "not these rules")
	f.BoolVar(&v.list, "list", false, "list all rules and end")
	f.IntVar(&v.jobs, "jobs", 2, "files that are read at once")
	f.BoolVar(&v.strict, "strict", false, "count warnings as failures")
	f.StringArrayVar(&v.reports, "report", nil, "FORMAT=PATH, - for standard output (repeatable); formats: "+strings.Join(formatNames(), ", "))
	f.BoolVar(&v.quiet, "quiet", false, "no text on standard output and no progress")
	f.StringVar(&v.baseline, "baseline", "", "file of known findings, which fail nothing")
	f.BoolVar(&v.update, "update-baseline", false, "write the findings of this run into the baseline, and take out what is gone")
	f.StringVar(&v.updateReason, "baseline-reason", "", "why they are tolerated, for --update-baseline")
	f.StringVar(&v.updateUntil, "baseline-until", "", "last day on which they are, YYYY-MM-DD, for --update-baseline")
}

func (p *process) scan(ctx context.Context, v *scanning, paths []string) error {
	v.timeout = time.Second // court wants one; nothing is sent
	c := &court{process: p, flags: &v.judging, command: "scan"}
	o, err := c.options()
	if err != nil {
		return err
	}
	rules, err := scan.Select(v.rules, v.without)
	switch {
	case err != nil:
		return err
	case v.maxAge <= 0 || v.maxFile <= 0:
		return errors.New("scan: --max-age and --max-file take nothing below 1")
	case v.since != "" && v.historySaid && !v.history:
		return errors.New("scan: --since with --history=false: there is no history to cut")
	}
	options := scan.Options{
		Only: v.rules, Skip: v.without, Now: o.Clock.Now(), MaxAge: v.maxAge, MaxFile: v.maxFile << 20, Jobs: v.jobs, Progress: c.scanProgress(), Chosen: len(v.contracts) > 0,
	}
	if options.Contracts, err = p.scanContracts(ctx, v); err != nil {
		return err
	}
	// The management API's own document shows keys of stand-ins.
	if document, err := contracts.Builtin("control", "openapi.yaml"); err == nil {
		options.Examples = append(options.Examples, document)
	}
	if options.Coins, err = c.coins(ctx, v); err != nil {
		return err
	}
	g := ground{process: p, flags: v}
	defer g.close()
	if err := g.stake(ctx, paths); err != nil {
		return err
	}
	options.Roots, options.Histories = g.roots, g.histories
	if c.run, err = scenarios.New(o); err != nil {
		return err
	}
	report, err := scan.Scan(ctx, options)
	c.clearProgress()
	if err != nil {
		return err
	}
	for _, n := range append(g.notes, report.Notes...) {
		c.run.Note(n)
	}
	return c.settleScan(report, rules, paths, options.Contracts)
}

// scanContracts loads the contracts that were named, or all built-in ones.
func (p *process) scanContracts(ctx context.Context, v *scanning) ([]*contracts.Contract, error) {
	sources := v.contracts
	if len(sources) == 0 {
		sources = contracts.Builtins()
	}
	list, err := v.load(ctx, sources)
	if err != nil {
		return nil, err
	}
	for _, one := range list {
		p.warn(one, 5)
	}
	return list, nil
}

// settleScan makes a result of a report, and gives the command's error.
func (c *court) settleScan(report *scan.Report, rules []scan.Rule, paths []string, list []*contracts.Contract) error {
	result := c.run.Result(report.Suites)
	for _, one := range list {
		result.Targets = append(result.Targets, scenarios.Target{Contract: one.Name, Title: one.Title, Version: one.Version, Hash: one.Hash, URL: strings.Join(paths, ", ")})
	}
	return c.settle(result, scenarios.Settlement{Baseline: c.known, Strict: c.flags.strict, Looked: func(id string) bool {
		return slices.ContainsFunc(rules, func(r scan.Rule) bool { return r.ID == id })
	}})
}

// scanProgress gives what shows how far a scan has come, on a terminal only.
func (c *court) scanProgress() func(scan.Progress) {
	if !c.terminal || c.flags.quiet {
		return nil
	}
	show := throttled(progressEvery)
	return func(n scan.Progress) {
		show(func() {
			text := fmt.Sprintf("%d files, %d MB", n.Files, n.Bytes/1e6)
			if n.Commits > 0 {
				text += fmt.Sprintf(", %d commits", n.Commits)
			}
			if n.Findings > 0 {
				text += fmt.Sprintf(", %d places to look at", n.Findings)
			}
			fmt.Fprintf(c.err, "\r\x1b[K%s", text)
		})
	}
}

// listScanRules prints the catalogue.
func (p *process) listScanRules() error {
	w := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
	for _, r := range scan.Rules() {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", r.ID, r.Level, r.Basis, r.Title)
	}
	return w.Flush()
}
