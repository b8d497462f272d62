package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"understudy/contracts"
	"understudy/contracts/check"
	"understudy/scenarios"
	"understudy/scenarios/grade"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// grading are the flags of grade.
type grading struct {
	judging
	bundle         string
	archives       []string // --har
	browser        bool
	rules, without []string // --only, --skip
	list           bool
	explain        string // --rules
}

func (p *process) gradeCommand() *cobra.Command {
	var v grading
	cmd := &cobra.Command{
		Use: "grade CONTRACT", Short: "Judge an integration by what it did with an API", Args: cobra.MaximumNArgs(1),
		Long: `Grade holds recorded calls against the rules for clients: how they are repeated, how limits are obeyed, tokens renewed, secrets
kept, webhooks taken. It reads the journal of a stand-in that runs (--control, --ready-file), a recorded run (--bundle, which
understudy control bundle wrote), or HTTP archives from browsers, proxies and test tools (--har). Secrets are replaced by
marks before anything is looked at; none of them is in a report.

A rule that the recording never put to the test is reported as such, with what it needs and the drill that would do it; the score
is the share of the others that was kept. understudy rehearse records and grades in one step, and carries drills out.

Which calls of an archive go to the API is told by --target, else by the contract's servers, else by where most requests went
that the contract knows.

Exit status: 0 clean, 1 findings or nothing that was put to the test, 2 when it could not be read.`,
		Example: `  understudy grade ecoevents --ready-file ready.json
  understudy grade ecoevents --har recorded.har --report html=card.html
  understudy grade openapi.yaml --har checkout.har --har refund.har --target https://staging.example.com/v1
  understudy grade ecosire --bundle run.bundle --only RTY,QTA --baseline known.yaml
  understudy grade --list
  understudy grade --rules RTY-001`,
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case v.list:
				return p.listRules()
			case v.explain != "":
				return p.explainRule(v.explain)
			case len(args) != 1:
				return errors.New("grade: name one contract: a built-in name, a file, a folder or a URL\nsee: understudy grade --help")
			}
			return p.grade(cmd.Context(), &v, args[0])
		},
	}
	v.flags(cmd.Flags())
	return cmd
}

func (v *grading) flags(f *pflag.FlagSet) {
	v.loading.flags(f)
	f.StringVar(&v.control, "control", "", "address of the management API of a stand-in, whose journal is read")
	f.StringVar(&v.controlToken, "control-token", "", "its token (default: UNDERSTUDY_CONTROL_TOKEN)")
	f.StringVar(&v.readyFile, "ready-file", "", "file that serve --ready-file wrote: the management API and its token are read from it")
	f.StringVar(&v.sandbox, "sandbox", "", "sandbox of the stand-in whose journal is read")
	f.StringVar(&v.bundle, "bundle", "", "file of a recorded run, - for standard input")
	f.StringArrayVar(&v.archives, "har", nil, "HTTP archive (HAR 1.2), - for standard input (repeatable)")
	f.StringArrayVar(&v.targets, "target", nil, "base URL at which the API was called in the archives (repeatable)")
	f.BoolVar(&v.browser, "browser", false, "the archives were recorded in a browser, although they do not say so")
	f.StringSliceVar(&v.rules, "only", nil, "only these rules: ids (RTY-001) or families (RTY)")
	f.StringSliceVar(&v.without, "skip", nil, "not these rules")
	f.BoolVar(&v.strict, "strict", false, "count warnings as failures")
	f.StringArrayVar(&v.reports, "report", nil, "FORMAT=PATH, - for standard output (repeatable); formats: "+strings.Join(formatNames(), ", "))
	f.BoolVar(&v.quiet, "quiet", false, "no text on standard output")
	f.StringVar(&v.baseline, "baseline", "", "file of known findings, which fail nothing")
	f.BoolVar(&v.update, "update-baseline", false, "write the findings of this run into the baseline, and take out what is gone")
	f.StringVar(&v.updateReason, "baseline-reason", "", "why they are tolerated, for --update-baseline")
	f.StringVar(&v.updateUntil, "baseline-until", "", "last day on which they are, YYYY-MM-DD, for --update-baseline")
	f.BoolVar(&v.list, "list", false, "list all rules and end")
	f.StringVar(&v.explain, "rules", "", "tell everything about one rule and end: RTY-001")
}

func (p *process) grade(ctx context.Context, v *grading, source string) error {
	v.timeout = time.Second // a court wants one; nothing is sent
	c := &court{process: p, flags: &v.judging, command: "grade", requirements: map[string][]scenarios.Requirement{}}
	o, err := c.options()
	if err != nil {
		return err
	}
	if _, err := grade.Select(v.rules, v.without); err != nil {
		return err
	}
	if err := v.oneSource(); err != nil {
		return err
	}
	list, err := v.load(ctx, []string{source})
	if err != nil {
		return err
	}
	contract := list[0]
	p.warn(contract, 5)
	rec, err := c.recording(ctx, v, contract, source)
	if err != nil {
		return err
	}
	if c.run, err = scenarios.New(o); err != nil {
		return err
	}
	judgement := grade.Grade(rec, grade.Options{Only: v.rules, Skip: v.without, Strict: v.strict})
	for _, gap := range rec.Gaps {
		c.run.Note(gap)
	}
	result := c.run.Result([]scenarios.Suite{judgement.Suite})
	result.Scores, result.Exchanges, result.Requests = []scenarios.Score{judgement.Score}, judgement.Exchanges, len(rec.Calls)
	result.Targets = []scenarios.Target{{Contract: contract.Name, Title: contract.Title, Version: contract.Version, Hash: contract.Hash, URL: addressOf(rec)}}
	return c.settle(result, scenarios.Settlement{Baseline: c.known, Strict: v.strict, Looked: looksAtRules(v.rules, v.without)})
}

// oneSource says what is wrong where not exactly one recording is named.
func (v *grading) oneSource() error {
	var named []string
	for flag, given := range map[string]bool{"--control": v.control != "", "--ready-file": v.readyFile != "" && v.control == "", "--bundle": v.bundle != "", "--har": len(v.archives) > 0} {
		if given {
			named = append(named, flag)
		}
	}
	slices.Sort(named)
	switch {
	case len(named) == 0:
		return errors.New("grade: say what is judged: --control or --ready-file of a stand-in, --bundle FILE, or --har FILE\nsee: understudy grade --help")
	case len(named) > 1:
		return fmt.Errorf("grade: %s: choose one; each is a recording of its own", strings.Join(named, " and "))
	case len(v.archives) == 0 && (len(v.targets) > 0 || v.browser):
		return errors.New("grade: --target and --browser are about HTTP archives: name them with --har")
	case v.sandbox != "" && v.control+v.readyFile == "":
		return errors.New("grade: --sandbox is about a stand-in: say where it is with --control or --ready-file")
	}
	return nil
}

// recording reads what is judged.
func (c *court) recording(ctx context.Context, v *grading, contract *contracts.Contract, source string) (*grade.Recording, error) {
	var key [32]byte
	if _, err := rand.Read(key[:]); err != nil { // marks of one report can be compared with those of no other
		return nil, err
	}
	switch {
	case v.bundle != "":
		f, err := c.openRecording(v.bundle)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		return grade.FromBundle(v.bundle, f, contract, key[:])
	case len(v.archives) > 0:
		var files []grade.Archive
		for _, name := range v.archives {
			f, err := c.openRecording(name)
			if err != nil {
				return nil, err
			}
			defer f.Close()
			files = append(files, grade.Archive{Name: name, File: f})
		}
		return grade.FromHAR(files, contract, grade.HAROptions{Key: key[:], Targets: v.targets, Browser: v.browser})
	}
	var err error
	if c.places, err = c.placesOf(&v.judging); err != nil {
		return nil, err
	}
	at, _, err := c.places.of(ctx, contract.Name, source)
	if err != nil {
		return nil, err
	}
	control, err := at.manages(ctx, contract, v.sandbox)
	if err != nil {
		return nil, err
	}
	if control == nil {
		return nil, fmt.Errorf("the ready file %s names no management API: the stand-in runs with --no-control", v.readyFile)
	}
	return grade.FromJournal(ctx, control, contract, grade.JournalOptions{Ended: time.Now().UTC()})
}

func (c *court) openRecording(name string) (io.ReadCloser, error) {
	if name == "-" {
		return io.NopCloser(os.Stdin), nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("read the recording: %w", err)
	}
	return f, nil
}

// addressOf is where the API was called.
func addressOf(rec *grade.Recording) string {
	if rec.Host == "" {
		return rec.Source
	}
	if len(rec.Calls) > 0 && rec.Calls[0].Secure {
		return "https://" + rec.Host
	}
	return "http://" + rec.Host
}

// looksAtRules says which rules are looked at under a selection, so that the baseline's entries for others are not told to be gone.
func looksAtRules(only, skip []string) func(id string) bool {
	list, err := grade.Select(only, skip)
	return func(id string) bool {
		return err == nil && slices.ContainsFunc(list, func(r grade.Rule) bool { return r.ID == id })
	}
}

// listRules prints the catalogue.
func (p *process) listRules() error {
	w := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
	for _, r := range grade.Rules() {
		drill := r.Drill
		if drill == "" {
			drill = "-"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", r.ID, r.Level, r.Basis, drill, r.Title)
	}
	return w.Flush()
}

// explainRule prints everything that there is to know of a rule.
func (p *process) explainRule(id string) error {
	r, known := grade.FindRule(strings.ToUpper(strings.TrimSpace(id)))
	if !known {
		_, err := grade.Select([]string{id}, nil)
		if err == nil {
			err = fmt.Errorf("--rules %s: that is a family; name one of its rules, as understudy grade --list shows them", id)
		}
		return err
	}
	basis := map[check.Basis]string{check.ByContract: "the contract asks for it", check.ByNorm: "a standard asks for it", check.ByConvention: "it is good practice"}[r.Basis]
	if r.Norm != "" {
		basis += " (" + r.Norm + ")"
	}
	fmt.Fprintf(p.out, "%s  %s\n\n%s\n\n", r.ID, r.Title, folded(r.Doc, ""))
	for _, part := range []struct{ name, text string }{
		{"level", string(r.Level)}, {"basis", basis}, {"needs", r.Needs}, {"decides", r.Decides}, {"drill", r.Drill}, {"advice", r.Advice},
	} {
		if part.text != "" {
			fmt.Fprintf(p.out, "%-9s%s\n", part.name, strings.TrimLeft(folded(part.text, "         "), " "))
		}
	}
	if r.Example != "" {
		fmt.Fprintf(p.out, "\n%s\n", strings.TrimRight(r.Example, "\n"))
	}
	return nil
}

// folded breaks a text into lines of 80 columns, each behind an indent.
func folded(text, indent string) string {
	var lines []string
	line := indent
	for _, word := range strings.Fields(text) {
		if len(line)+1+len(word) > 80 && strings.TrimSpace(line) != "" {
			lines, line = append(lines, line), indent
		}
		if strings.TrimSpace(line) != "" {
			line += " "
		}
		line += word
	}
	return strings.Join(append(lines, line), "\n")
}
