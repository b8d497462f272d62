package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"understudy/contracts"
	"understudy/contracts/check"
	"understudy/scenarios"
	hook "understudy/scenarios/receiver"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// receiving are the flags of receiver.
type receiving struct {
	judging
	contract           string
	secretEnv, secrets []string
	events             []string
	probe, apiVersion  string
	timeout            time.Duration
	remote             bool
	list               bool
}

func (p *process) receiverCommand() *cobra.Command {
	var v receiving
	cmd := &cobra.Command{
		Use: "receiver URL", Short: "Attack your own webhook endpoint, and judge what it answers", Args: cobra.MaximumNArgs(1),
		Long: `Receiver plays the vendor of a contract and delivers to your endpoint: a good delivery of every event, then forged ones
(no signature, another secret, a changed body, an old timestamp, the signature of another family of events), repeated ones, and odd
ones (unknown events, other content, a megabyte, a slow sender, a connection that breaks, ten at once). Good deliveries must be
answered with 2xx in time, forged ones be refused with 4xx, and nothing may make the endpoint fail.

Whether a delivery that comes twice takes effect once cannot be seen from outside. --probe URL names an address that tells: a
number, or JSON with a number, that grows with each event that was worked on.

The endpoint must be on this machine, unless --allow-remote says that whoever operates it wants this.

Exit status: 0 clean, 1 findings, 2 when nothing could be delivered or the run was interrupted.`,
		Example: `  understudy receiver http://127.0.0.1:8080/webhooks --contract ecosire --secret-env STRIPE_WEBHOOK_SECRET --secret-env ECOSIRE_LICENSE_SECRET
  understudy receiver http://127.0.0.1:8080/stripe --contract ecosire --event 'checkout.*' --event invoice.paid --secret-env STRIPE_WEBHOOK_SECRET
  understudy receiver http://127.0.0.1:8080/hook --contract ecoevents --secret-env ECOEVENTS_WEBHOOK_SECRET=HOOK_SECRET --probe http://127.0.0.1:8080/stats#/events
  understudy receiver http://127.0.0.1:8080/hook --contract openapi.yaml --secret-env HOOK_SECRET --only RCV-007 --report junit=out.xml
  understudy receiver --list`,
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case v.list:
				return p.listReceiverChecks()
			case len(args) != 1:
				return errors.New("receiver: give the address that deliveries go to\nsee: understudy receiver --help")
			case v.contract == "":
				return errors.New("receiver: say with --contract whose deliveries they are: a built-in name, a file, a folder or a URL")
			}
			return p.receiver(cmd.Context(), &v, args[0])
		},
	}
	v.flags(cmd.Flags())
	return cmd
}

func (v *receiving) flags(f *pflag.FlagSet) {
	v.loading.flags(f)
	f.StringVar(&v.contract, "contract", "", "whose deliveries they are: a built-in name, a file, a folder or a URL")
	f.StringArrayVar(&v.secretEnv, "secret-env", nil, "environment variable that holds a secret: NAME as the contract calls it, or NAME=VARIABLE (repeatable; default: NAME where it is set)")
	f.StringArrayVar(&v.secrets, "secret", nil, "NAME=TEXT, the secret itself, which other users of this machine can then see (repeatable)")
	f.StringArrayVar(&v.events, "event", nil, "only events of this name, in which * stands for any text (repeatable)")
	f.StringVar(&v.probe, "probe", "", "address that tells what the endpoint has done; a JSON Pointer behind # leads to the number")
	f.StringVar(&v.apiVersion, "api-version", "", "add what Stripe's own libraries look for to Stripe's events, with this api_version")
	f.DurationVar(&v.timeout, "timeout", 0, "how long one answer may take (default: the contract's, 15s)")
	f.BoolVar(&v.remote, "allow-remote", false, "the endpoint may be on another machine: whoever operates it wants hostile deliveries")
	f.StringSliceVar(&v.only, "only", nil, "only these checks, besides good deliveries: RCV-007")
	f.StringSliceVar(&v.skip, "skip", nil, "not these checks")
	f.BoolVar(&v.list, "list", false, "list all checks and end")
	f.Uint64Var(&v.seed, "seed", 1, "number from which all invented values come; ids of events are new in every run")
	f.IntVar(&v.maxRequests, "max-requests", 0, "send at most so many requests (0: no bound)")
	f.StringVar(&v.rate, "rate", "", "send at most so many requests a second: 5 or 5/s (default: no bound on loopback, 5 elsewhere)")
	f.DurationVar(&v.within, "within", 0, "send nothing more after this time (0: no bound)")
	f.BoolVar(&v.failFast, "fail-fast", false, "stop after the first test that failed")
	f.BoolVar(&v.strict, "strict", false, "count warnings as failures")
	f.BoolVar(&v.keepAll, "keep-all", false, "keep every exchange in the result, not those of findings and one of each test that passed")
	f.StringArrayVar(&v.headers, "header", nil, "header that every delivery carries besides its own, NAME: VALUE (repeatable)")
	f.StringArrayVar(&v.reports, "report", nil, "FORMAT=PATH, - for standard output (repeatable); formats: "+strings.Join(formatNames(), ", "))
	f.BoolVar(&v.quiet, "quiet", false, "no text on standard output and no progress")
	f.StringArrayVar(&v.require, "require", nil, "coverage that is asked for in per cent: webhooks=100 (repeatable)")
	f.StringVar(&v.baseline, "baseline", "", "file of known findings, which fail nothing")
	f.BoolVar(&v.update, "update-baseline", false, "write the findings of this run into the baseline, and take out what is gone")
	f.StringVar(&v.updateReason, "baseline-reason", "", "why they are tolerated, for --update-baseline")
	f.StringVar(&v.updateUntil, "baseline-until", "", "last day on which they are, YYYY-MM-DD, for --update-baseline")
}

func (p *process) receiver(ctx context.Context, v *receiving, address string) error {
	if v.timeout < 0 {
		return errors.New("--timeout takes no time below 0")
	}
	v.judging.timeout = cmp.Or(v.timeout, time.Second) // the contract's is not known yet
	c := &court{process: p, flags: &v.judging, command: "receiver", partly: len(v.events) > 0}
	o, err := c.options()
	if err != nil {
		return err
	}
	list, err := v.load(ctx, []string{v.contract})
	if err != nil {
		return err
	}
	p.warn(list[0], 5)
	secrets, err := p.receiverSecrets(v, list[0])
	if err != nil {
		return err
	}
	result, err := hook.Judge(ctx, hook.Options{
		Contract: list[0], URL: address, Secrets: secrets, Events: v.events, Timeout: v.timeout, Probe: v.probe, APIVersion: v.apiVersion, Remote: v.remote,
		Only: v.only, Skip: v.skip, Header: o.Header, Seed: o.Seed, Clock: o.Clock, Tool: o.Tool, Rate: o.Rate, MaxRequests: o.MaxRequests, Within: o.Within,
		FailFast: o.FailFast, KeepAll: o.KeepAll, Progress: o.Progress, Hidden: o.Secrets, Require: c.gates, Settle: c.settleReceiver,
	})
	c.clearProgress()
	if err != nil {
		return err
	}
	if err := p.writeReports(c.outputs, result); err != nil {
		return err
	}
	return p.verdict(result, c.outputs)
}

// settleReceiver finishes a receiver's result by the baseline.
func (c *court) settleReceiver(run *scenarios.Run, result *scenarios.Result) error {
	if err := attribute(result.Suites); err != nil {
		return err
	}
	looked := c.looked()
	s := scenarios.Settlement{Baseline: c.known, Strict: c.flags.strict, Looked: func(id string) bool { return strings.HasPrefix(id, "RCV-") && looked(id) }}
	if c.flags.update {
		if err := c.updateBaseline(result, &s); err != nil {
			return err
		}
	}
	run.Settle(result, s)
	return nil
}

// receiverSecrets gathers the secrets from flags and environment, by the names that the contract has for them.
func (p *process) receiverSecrets(v *receiving, contract *contracts.Contract) (map[string]string, error) {
	var names []string
	for _, s := range contract.EventSecrets() {
		names = append(names, s.Name)
	}
	secrets := map[string]string{}
	put := func(flag, name, text string) error {
		switch {
		case !slices.Contains(names, name):
			return fmt.Errorf("--%s: the contract %s has no secret %s; its webhooks are signed with %s", flag, contract.Name, name, cmp.Or(strings.Join(names, " and "), "none"))
		case secrets[name] != "":
			return fmt.Errorf("--%s: the secret %s is given twice", flag, name)
		}
		secrets[name] = text
		return nil
	}
	for _, given := range v.secretEnv {
		name, variable, ok := strings.Cut(given, "=")
		if !ok {
			variable = name
			if len(names) == 1 {
				name = names[0]
			}
		}
		text := p.getenv(variable)
		if text == "" {
			return nil, fmt.Errorf("--secret-env %s: the environment has no variable %s, or an empty one", given, variable)
		}
		if err := put("secret-env", name, text); err != nil {
			return nil, err
		}
	}
	for i, given := range v.secrets {
		name, text, ok := strings.Cut(given, "=")
		if !ok || text == "" || len(name) > 64 {
			return nil, fmt.Errorf("--secret number %d: give NAME=TEXT", i+1) // its text may be the secret
		}
		if err := put("secret", name, text); err != nil {
			return nil, err
		}
	}
	for _, name := range names {
		if text := p.getenv(name); secrets[name] == "" && text != "" {
			secrets[name] = text
		}
	}
	return secrets, nil
}

// listReceiverChecks prints what a receiver is held to.
func (p *process) listReceiverChecks() error {
	for _, c := range check.Catalogue() {
		if strings.HasPrefix(c.ID, "RCV-") {
			fmt.Fprintf(p.out, "%s  %-8s  %s\n", c.ID, c.Level, c.Title)
		}
	}
	return nil
}
