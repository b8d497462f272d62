package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"text/tabwriter"
	"time"

	"understudy/contracts"
	"understudy/contracts/check"
	"understudy/scenarios"
	"understudy/scenarios/conformance"

	"github.com/spf13/cobra"
)

// checking are the flags of check.
type checking struct {
	judging
	operations []string
	thorough   bool
	apart      bool          // accounts do not see each other's items
	maxWait    time.Duration // for a limit to open again
	maxDrive   int           // requests that are spent on one limit
	list       bool
}

func (p *process) checkCommand() *cobra.Command {
	var k checking
	cmd := &cobra.Command{
		Use: "check CONTRACT", Short: "Judge a deployment by checks that are made from its contract", Args: cobra.MaximumNArgs(1),
		Long: `Check sends requests that the contract allows, and ones with a single fault each, and judges every answer: status,
content, headers, errors, methods, the lives of things, credentials, limits. A finding says which sentence of the
contract or of a standard is broken, what was wanted, what came, and the curl command that shows it.

To targets that are not on loopback only safe methods are sent, five requests a second; --disruptive opens the rest.
With --control, or --ready-file, the target is a stand-in of ours, and its credentials and clock are used. A built-in
contract without a target is judged on a stand-in that is started for the run.

Exit status: 0 clean, 1 findings, a gate that is not met or nothing that was examined, 2 when it could not run or was
interrupted. Reports are written in every case once tests have begun.`,
		Example: `  understudy check openapi.yaml --target https://staging.example.com/v1 --credentials who.yaml
  understudy check openapi.yaml --target http://127.0.0.1:8080 --report junit=out.xml --report html=out.html
  understudy check ecosire --only AUTH,NEG --seed 7
  understudy check openapi.yaml --target http://127.0.0.1:8080 --baseline known.yaml --require operations=100
  understudy check --list`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if k.list {
				return p.listChecks()
			}
			if k.maxWait <= 0 || k.maxDrive < 1 {
				return errors.New("check: --max-wait needs a duration above 0, and --max-drive a number from 1")
			}
			if len(args) != 1 {
				return errors.New("check: name one contract: a built-in name, a file, a folder or a URL\nsee: understudy check --help")
			}
			return p.check(cmd.Context(), &k, args[0])
		},
	}
	f := cmd.Flags()
	k.judging.flags(f)
	f.IntVar(&k.jobs, "jobs", 4, "requests under way at once")
	f.StringSliceVar(&k.operations, "operation", nil, "only operations with these ids (repeatable)")
	f.BoolVar(&k.thorough, "thorough", false, "try credentials on every operation, and more cases of each")
	f.BoolVar(&k.apart, "apart", false, "items of one account are nobody else's affair: foreign reads and writes must be refused, although the contract does not say so")
	f.DurationVar(&k.maxWait, "max-wait", 10*time.Second, "how long is waited for a limit to open again")
	f.IntVar(&k.maxDrive, "max-drive", 300, "requests that are spent on one limit at most")
	f.BoolVar(&k.list, "list", false, "list all checks and end")
	return cmd
}

func (p *process) check(ctx context.Context, k *checking, source string) error {
	c, err := p.sit("check", &k.judging)
	if err != nil {
		return err
	}
	defer c.close()
	list, err := k.load(ctx, []string{source})
	if err != nil {
		return err
	}
	if err := c.startImage(ctx); err != nil {
		return err
	}
	if c.places, err = p.placesOf(&k.judging); err != nil {
		return err
	}
	contract := list[0]
	p.warn(contract, 5)
	at, known, err := c.places.of(ctx, contract.Name, "")
	if err != nil {
		return err
	}
	if !known {
		if c.audience == nil && !slices.Contains(contracts.Builtins(), source) {
			return noTarget(contract)
		}
		if _, err := c.standIns(ctx, []string{source}); err != nil {
			return err
		}
		if at, _, err = c.places.of(ctx, contract.Name, ""); err != nil {
			return err
		}
	}
	d, err := c.deploy(ctx, contract, at)
	if err != nil {
		return err
	}
	if err := c.mint(ctx, d); err != nil {
		return err
	}
	c.partly = len(k.operations) > 0
	options := conformance.Options{
		Only: k.only, Skip: k.skip, Operations: k.operations, Thorough: k.thorough, Strict: k.strict, Branches: true, Shard: c.shard,
		Apart: k.apart, MaxWait: k.maxWait, MaxDrive: k.maxDrive,
	}
	if k.thorough {
		options.PerOperation = 200
	}
	suite, err := conformance.Check(ctx, d, options)
	switch {
	case ctx.Err() != nil:
		c.run.Stop("interrupted")
	case err != nil:
		return err
	}
	return c.finish([]scenarios.Suite{suite})
}

// noTarget says that nobody told where the contract is served.
func noTarget(contract *contracts.Contract) error {
	advice := "https://staging.example.com/v1"
	if len(contract.Servers) > 0 {
		if _, err := scenarios.ParseTarget(contract.Servers[0].URL); err == nil {
			advice = contract.Servers[0].URL
		}
	}
	return fmt.Errorf("say which deployment of %s is judged: --target %s, or --ready-file of a stand-in", contract.Name, advice)
}

// branches gives what the requests of contracts can cover; nil where the run makes none up.
func (c *court) branches() func(*contracts.Contract) []scenarios.Branch {
	if c.command != "check" {
		return nil
	}
	return conformance.Branches
}

// listChecks prints the catalogue.
func (p *process) listChecks() error {
	w := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
	for _, one := range check.Catalogue() {
		if !one.Planned {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", one.ID, one.Level, one.Basis, one.Mode, one.Title)
		}
	}
	return w.Flush()
}
