package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"understudy/reports"
	"understudy/scenarios"

	"github.com/spf13/cobra"
)

// reporting are the flags of report.
type reporting struct {
	reports []string
	compare string
	format  string
	require []string
	quiet   bool
}

func (p *process) reportCommand() *cobra.Command {
	var w reporting
	cmd := &cobra.Command{
		Use: "report RESULT…", Short: "Write a saved result in other formats, join shards, compare two results", Args: cobra.MinimumNArgs(1),
		Long: `Report reads results that --report json=FILE saved. Several results are joined: the parts of a run with --shard, or runs over
different contracts; coverage counts what any of them has seen, and --require judges it. With --compare the older result
goes first: what is new, fixed and still there, which tests changed, and how coverage did; of a real deployment and its stand-in, where they
differ.

Exit status: that of the result, 0 clean, 1 findings, 2 when it could not be read; with --compare 1 when the result is worse than the
older one.`,
		Example: `  understudy report out.json --report html=out.html --report junit=out.xml
  understudy report shard-*.json --report json=all.json --require operations=100
  understudy report tonight.json --compare yesterday.json
  understudy report mock.json --compare real.json --compare-format markdown`,
		RunE: func(_ *cobra.Command, args []string) error { return p.report(&w, args) },
	}
	f := cmd.Flags()
	f.StringArrayVar(&w.reports, "report", nil, "FORMAT=PATH, - for standard output (repeatable)")
	f.StringVar(&w.compare, "compare", "", "older result that this one is compared with")
	f.StringVar(&w.format, "compare-format", "text", "form of the comparison: text, json or markdown")
	f.StringArrayVar(&w.require, "require", nil, "coverage that is asked for in per cent: operations=100 (repeatable)")
	f.BoolVar(&w.quiet, "quiet", false, "no text on standard output")
	return cmd
}

func (p *process) report(w *reporting, names []string) error {
	outputs, outputErr := outputsOf(w.reports, w.quiet || w.compare != "")
	gates, gateErr := gatesOf(w.require, scenarios.Shard{})
	if err := errors.Join(outputErr, gateErr); err != nil {
		return err
	}
	result, err := readResults(names)
	if err != nil {
		return err
	}
	result.Require(gates)
	if err := p.writeReports(outputs, result); err != nil {
		return err
	}
	if w.compare == "" {
		return p.verdict(result, outputs)
	}
	old, err := readResult(w.compare)
	if err != nil {
		return err
	}
	comparison := reports.Compare(old, result)
	if err := comparison.Write(w.format, p.out, reports.Options{Colour: p.colour && p.getenv("NO_COLOR") == "", Width: p.width()}); err != nil {
		return err
	}
	if comparison.Worse() {
		return errFindings
	}
	return nil
}

// readResults reads results and joins them; one alone stays as it is.
func readResults(names []string) (*scenarios.Result, error) {
	var list []*scenarios.Result
	for _, name := range names {
		one, err := readResult(name)
		if err != nil {
			return nil, err
		}
		list = append(list, one)
	}
	if len(list) == 1 {
		return list[0], nil
	}
	return reports.Merge(list)
}

func readResult(name string) (*scenarios.Result, error) {
	var r io.Reader = os.Stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, fmt.Errorf("read result: %w", err)
		}
		defer f.Close()
		r = f
	}
	result, err := reports.Read(r)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return result, nil
}
