package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"understudy/contracts/check"
	"understudy/contracts/schema"
	"understudy/scenarios"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v4"
)

// running are the flags of run.
type running struct {
	judging
	tags, workflows []string
	inputs          []string
	inputFiles      []string
	sources         []string
	maxSteps        int
	calledResponse  bool
	lint            bool
}

func (p *process) runCommand() *cobra.Command {
	var g running
	cmd := &cobra.Command{
		Use: "run PATH…|CONTRACT…", Short: "Play Arazzo workflows against a deployment, and judge every answer", Args: cobra.MinimumNArgs(1),
		Long: `Run plays the workflows of Arazzo documents: of files, of all *.arazzo.yaml, .yml and .json of folders, or of the suites that
come with the built-in contracts, by their names. Every exchange is judged by the passive checks too. docs/arazzo.md says what
is understood beyond the specification, docs/run.md how targets, credentials and inputs are given.

The contracts stand in the documents as sources, relative to their files. A source is served by the target that bears its
name or its contract's (--target NAME=URL), else by the one without a name. A built-in contract without a target is
judged on a stand-in that is started for the run. What the URL …/control/openapi.yaml names is the management API of --control.

Exit status: 0 clean, 1 findings, a gate that is not met or nothing that was examined, 2 when it could not run or was
interrupted. Reports are written in every case once tests have begun.`,
		Example: `  understudy run login.arazzo.yaml --target https://staging.example.com/v1 --credentials who.yaml
  understudy run suites/ --target http://127.0.0.1:4010 --control http://127.0.0.1:4011 --tag smoke
  understudy run ecosire
  understudy run keys.arazzo.yaml --target shop=http://127.0.0.1:8080 --target pay=http://127.0.0.1:8081 --input name=Ann
  understudy run suites/ --lint`,
		RunE: func(cmd *cobra.Command, args []string) error { return p.play(cmd.Context(), &g, args) },
	}
	f := cmd.Flags()
	g.judging.flags(f)
	f.IntVar(&g.jobs, "jobs", 1, "workflows played at once; those that depend on each other stay in order")
	f.StringSliceVar(&g.tags, "tag", nil, "only workflows with one of these tags, and what they depend on (repeatable)")
	f.StringSliceVar(&g.workflows, "workflow", nil, "only workflows with these ids, also those that others call (repeatable)")
	f.StringArrayVar(&g.inputs, "input", nil, "input of the workflows that have one of that name, NAME=VALUE (repeatable)")
	f.StringArrayVar(&g.inputFiles, "input-file", nil, "file with inputs by name, YAML or JSON (repeatable)")
	f.StringArrayVar(&g.sources, "source", nil, "where the document of a source is: NAME=FILE or NAME=URL (repeatable)")
	f.IntVar(&g.maxSteps, "max-steps", 1000, "steps that one workflow may carry out, loops included")
	f.BoolVar(&g.calledResponse, "called-response", false, "let a step that calls a workflow see the answer of its last step, which the specification does not foresee")
	f.BoolVar(&g.lint, "lint", false, "read and verify the documents, send nothing")
	return cmd
}

// play carries the run command out.
func (p *process) play(ctx context.Context, g *running, args []string) error {
	c, err := p.sit("run", &g.judging)
	if err != nil {
		return err
	}
	defer c.close()
	shelf, err := readShelf(args, g.strict)
	if g.lint {
		return p.lint(shelf, err)
	}
	if err != nil {
		return err
	}
	p.warnScripts(shelf)
	if err := c.startImage(ctx); err != nil {
		return err
	}
	if c.places, err = p.placesOf(&g.judging); err != nil {
		return err
	}
	b := &binder{court: c, shelf: shelf, running: g, main: map[*scenarios.Script]*bound{}, loaded: map[string]*bound{}}
	if err := b.bindAll(ctx); err != nil {
		return err
	}
	o, err := b.options(ctx)
	if err != nil {
		return err
	}
	c.partly = len(g.tags)+len(g.workflows) > 0
	suites, err := c.run.Play(ctx, shelf.scripts, o)
	if err != nil && c.run.Stopped() == "" {
		return err
	}
	return c.finish(append(suites, c.overTheRun()...))
}

// overTheRun are the findings that show only in the run as a whole.
func (c *court) overTheRun() []scenarios.Suite {
	var suites []scenarios.Suite
	for _, d := range c.deployed {
		s := scenarios.Suite{Name: "seen over the run: " + d.Contract.Name, Kind: "checks", Contract: d.Contract.Name}
		for _, f := range d.Close() {
			id := "run/" + d.Contract.Name + "/" + f.Check
			if c.shard.Of > 1 {
				id += "@" + c.shard.String()
			}
			at := slices.IndexFunc(s.Tests, func(t scenarios.Test) bool { return t.ID == id })
			if at < 0 {
				at = len(s.Tests)
				s.Tests = append(s.Tests, scenarios.Test{ID: id, Name: f.Title + " (over the run)", Check: f.Check, Outcome: scenarios.Passed, Started: c.run.Clock().Now()})
			}
			t := &s.Tests[at]
			t.Findings = append(t.Findings, f)
			if f.Level == check.Failure {
				t.Outcome, t.Reason = scenarios.Failed, f.Check+": "+f.Message
			}
		}
		if len(s.Tests) > 0 {
			suites = append(suites, s)
		}
	}
	return suites
}

// options are what is played, with the inputs of files, flags and variables; a flag wins over a variable, and both over a file.
func (b *binder) options(ctx context.Context) (scenarios.WorkflowOptions, error) {
	g := b.running
	o := scenarios.WorkflowOptions{
		Bind: b.bind, Tags: g.tags, Only: g.workflows, Shard: b.shard, Jobs: g.jobs, MaxSteps: g.maxSteps, CalledResponse: g.calledResponse,
		Inputs: map[string]any{}, Texts: map[string]string{},
	}
	if g.maxSteps <= 0 {
		return o, errors.New("--max-steps takes a number above 0")
	}
	for _, id := range g.workflows {
		if !b.shelf.has(id) {
			return o, fmt.Errorf("--workflow %s: no document has a workflow of that id", id)
		}
	}
	if err := b.readyInputs(ctx, o.Inputs); err != nil {
		return o, err
	}
	maps.Copy(o.Inputs, b.places.inputs)
	for _, name := range g.inputFiles {
		if err := readInputs(name, o.Inputs); err != nil {
			return o, err
		}
	}
	for _, name := range b.shelf.inputs() {
		if value, set := b.lookup("UNDERSTUDY_INPUT_" + variableName(name)); set {
			o.Texts[name] = value
		}
	}
	for _, text := range g.inputs {
		name, value, ok := strings.Cut(text, "=")
		if !ok || name == "" {
			return o, errors.New("--input: write NAME=VALUE")
		}
		o.Texts[name] = value
	}
	if known := b.shelf.inputs(); len(known) > 0 {
		for _, text := range g.inputs {
			if name, _, _ := strings.Cut(text, "="); !slices.Contains(known, name) && !b.shelf.open {
				return o, fmt.Errorf("--input %s: no workflow has an input of that name; there are %s", name, strings.Join(known, ", "))
			}
		}
	}
	return o, nil
}

// variableName writes the name of an input as environment variables are written.
func variableName(name string) string {
	return strings.Map(func(c rune) rune {
		if c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' {
			return c
		}
		return '_'
	}, strings.ToUpper(name))
}

// readInputs reads an object of inputs from a file.
func readInputs(name string, into map[string]any) error {
	data, err := os.ReadFile(name)
	if err != nil {
		return fmt.Errorf("--input-file: %w", err)
	}
	var root yaml.Node
	if err := yaml.Unmarshal(data, &root); err != nil {
		return fmt.Errorf("--input-file %s: %w", name, err)
	}
	v, err := schema.Decode(&root)
	if err != nil {
		return fmt.Errorf("--input-file %s: %w", name, err)
	}
	members, ok := v.(map[string]any)
	if !ok {
		return fmt.Errorf("--input-file %s: write an object with the inputs by name", name)
	}
	for key, value := range members {
		into[key] = value
	}
	return nil
}

// readyInputs are the lines with which the stand-in's clients begin, or the variables that contracts name, by their own names.
func (b *binder) readyInputs(ctx context.Context, into map[string]any) error {
	for _, d := range b.deployed {
		if d.Control == nil {
			for _, line := range d.Contract.Behaviour.EnvNames {
				if value, set := b.lookup(line.Name); set {
					into[line.Name] = value
				}
			}
			continue
		}
		ready, err := d.Control.Ready(ctx)
		if err != nil {
			return fmt.Errorf("the stand-in's credentials: %w", err)
		}
		for _, line := range ready {
			into[line.Env] = line.Value
			if line.Secret {
				b.run.Hide(line.Value)
			}
		}
	}
	return nil
}
