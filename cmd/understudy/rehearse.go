package main

import (
	"context"
	"errors"
	"strings"
	"time"

	"understudy/contracts"
	"understudy/scenarios"
	"understudy/scenarios/grade"
	"understudy/scenarios/rehearsal"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// rehearsing are the flags of rehearse.
type rehearsing struct {
	judging
	rules, without []string // --only, --skip
	plan           string
	drills         []string
	together       bool
	keepGoing      bool
	environment    []string
	webhookURLs    []string
	tls            bool
	clock          string
	within         time.Duration // --timeout, of one run
	grace          time.Duration
	seeded         bool // --seed was given
	list           bool
}

func (p *process) rehearseCommand() *cobra.Command {
	var v rehearsing
	cmd := &cobra.Command{
		Use: "rehearse CONTRACT… -- COMMAND ARG…", Short: "Run your own command against stand-ins, and grade what it did",
		Long: `Rehearse starts a stand-in for each contract on a free port of this machine, runs your command (a test suite, a script, a
program) with the stand-ins' addresses and credentials in its environment, and holds what it did against the rules for
clients: how it repeats calls, obeys limits, renews tokens, keeps secrets, takes webhooks. The names of the variables are the
vendor's own, as serve prints them (ECOEVENTS_BASE_URL, ECOEVENTS_API_KEY …); --env gives them other names.

A rule that the run never put to the test is reported as such, with the drill that would: --drill makes the trouble that rules
are about. Each drill is a run of its own with fresh stand-ins, so that the trouble of one does not hide that of another, and a
failure belongs to one of them; --together carries them out in a single run. --list tells what each drill does with a contract.
A plan of your own is a file; its schema is docs/schemas/plan.schema.json.

Exit status: the worse of both. That of the command where it failed (128 and the signal's number where one ended it, 124 where
--timeout did), 1 where it succeeded and a rule is broken or nothing was seen, 2 where the rehearsal could not be carried out
or was interrupted. Under drills that refuse calls for good (outage, permission) a command may fail; that is told, not counted.`,
		Example: `  understudy rehearse ecoevents -- go test ./...
  understudy rehearse ecoevents --drill rate-limit,token-expiry -- go test ./...
  understudy rehearse ecosire --webhook-url http://127.0.0.1:8080/hooks --drill all --report html=card.html -- npm test
  understudy rehearse openapi.yaml --env API_URL={base_url} --env TOKEN={credential.PETSTORE_API_KEY} -- ./sync
  understudy rehearse ecoevents --plan busy-monday.yaml -- pytest
  understudy rehearse ecoevents --list`,
		RunE: func(cmd *cobra.Command, args []string) error {
			v.seeded = cmd.Flags().Changed("seed")
			sources, command, err := splitCommand(args, cmd.ArgsLenAtDash(), v.list)
			if err != nil {
				return err
			}
			if v.list {
				return p.listDrills(cmd.Context(), &v, sources)
			}
			return p.rehearse(cmd.Context(), &v, sources, command)
		},
	}
	v.flags(cmd.Flags())
	return cmd
}

func (v *rehearsing) flags(f *pflag.FlagSet) {
	v.loading.flags(f)
	f.StringVar(&v.plan, "plan", "", "file that says what happens when; its schema is docs/schemas/plan.schema.json")
	f.StringSliceVar(&v.drills, "drill", nil, "drills that are carried out, each in a run of its own: "+strings.Join(drillNames(), ", ")+"; none is a run without trouble, all is none and every drill")
	f.BoolVar(&v.together, "together", false, "carry all drills out in one run")
	f.BoolVar(&v.keepGoing, "keep-going", false, "go on with the next run when the command has failed")
	f.StringArrayVar(&v.environment, "env", nil, "variable of the command, NAME=TEMPLATE with {base_url}, {credential.NAME}, {control_url}, {control_token}, {receiver}; of several contracts {CONTRACT.base_url} (repeatable)")
	f.StringArrayVar(&v.webhookURLs, "webhook-url", nil, "address of the command's own receiver, to which all events are delivered; CONTRACT=URL for those of one contract (repeatable)")
	f.BoolVar(&v.tls, "tls", false, "serve over TLS, with a certificate that the command is told to believe")
	f.StringVar(&v.clock, "clock", "real", "the stand-ins' clock: real, or an instant in RFC 3339 at which it begins and from which it goes on")
	f.DurationVar(&v.within, "timeout", 10*time.Minute, "how long one run of the command may take")
	f.DurationVar(&v.grace, "grace", 10*time.Second, "how long the command has to end when it is asked to, before it is killed")
	f.Uint64Var(&v.seed, "seed", 1, "number from which all invented values come; given, credentials come from it too, else they are random")
	f.StringSliceVar(&v.rules, "only", nil, "only these rules: ids (RTY-001) or families (RTY)")
	f.StringSliceVar(&v.without, "skip", nil, "not these rules")
	f.BoolVar(&v.strict, "strict", false, "count warnings as failures")
	f.StringArrayVar(&v.reports, "report", nil, "FORMAT=PATH, - for standard output (repeatable); formats: "+strings.Join(formatNames(), ", "))
	f.BoolVar(&v.quiet, "quiet", false, "no text of our own, neither on standard output nor about the runs")
	f.StringVar(&v.baseline, "baseline", "", "file of known findings, which fail nothing")
	f.BoolVar(&v.update, "update-baseline", false, "write the findings of this run into the baseline, and take out what is gone")
	f.StringVar(&v.updateReason, "baseline-reason", "", "why they are tolerated, for --update-baseline")
	f.StringVar(&v.updateUntil, "baseline-until", "", "last day on which they are, YYYY-MM-DD, for --update-baseline")
	f.BoolVar(&v.list, "list", false, "tell what each drill does with the contracts, and end")
}

func drillNames() []string {
	var names []string
	for _, d := range rehearsal.Drills() {
		names = append(names, d.Name)
	}
	return names
}

// splitCommand tells the contracts from the command, which stands behind the two dashes.
func splitCommand(args []string, dash int, list bool) (sources, command []string, err error) {
	if dash < 0 {
		dash = len(args)
		if !list {
			return nil, nil, errors.New("rehearse: say behind two dashes what is run: understudy rehearse CONTRACT… -- COMMAND ARG…\nsee: understudy rehearse --help")
		}
	}
	sources, command = args[:dash], args[dash:]
	switch {
	case len(sources) == 0:
		return nil, nil, errors.New("rehearse: name the contracts before the two dashes: built-in names, files, folders or URLs\nsee: understudy rehearse --help")
	case len(command) == 0 && !list:
		return nil, nil, errors.New("rehearse: there is no command behind the two dashes\nsee: understudy rehearse --help")
	}
	return sources, command, nil
}

// A rehearsalRun is one rehearse command: its runs, and what came of them.
type rehearsalRun struct {
	*court
	flags     *rehearsing
	sources   []string
	command   []string
	program   string // path of the command's program
	contracts []*contracts.Contract
	plan      *rehearsal.Plan // of --plan; nil: there is none
	acts      []act
	told      bool // the contracts' warnings were
	stop      *stopping
}

// rehearse carries the command out.
func (p *process) rehearse(ctx context.Context, v *rehearsing, sources, command []string) error {
	r := &rehearsalRun{flags: v, sources: sources, command: command}
	if err := r.prepare(ctx, p); err != nil {
		return err
	}
	r.stop = watchSignals(ctx)
	defer r.stop.close()
	ctx = context.WithoutCancel(ctx) // what is done behind an interruption must be done all the same
	var shows []*show
	for i := range r.acts {
		s, err := r.perform(ctx, i)
		if err != nil {
			return err
		}
		shows = append(shows, s)
		if r.stop.asked() || s.failed() && !v.keepGoing && i+1 < len(r.acts) {
			r.leftOut(r.acts[i+1:])
			break
		}
	}
	return r.conclude(shows)
}

// prepare finds out everything that can be wrong before anything is started.
func (r *rehearsalRun) prepare(ctx context.Context, p *process) error {
	v := r.flags
	v.judging.timeout = time.Second // court wants one; it sends nothing
	r.court = &court{process: p, flags: &v.judging, command: "rehearse", requirements: map[string][]scenarios.Requirement{}}
	o, err := r.options()
	var selectErr, planErr, clockErr, timeErr error
	if len(v.rules)+len(v.without) > 0 {
		_, selectErr = grade.Select(v.rules, v.without)
	}
	r.acts, planErr = v.chooseActs()
	_, clockErr = rehearsalClock(v.clock)
	if v.within <= 0 || v.grace < 0 {
		timeErr = errors.New("--timeout takes a time above 0, --grace one from 0")
	}
	if err := errors.Join(err, selectErr, planErr, clockErr, timeErr); err != nil {
		return err
	}
	if r.program, err = findProgram(r.command[0]); err != nil {
		return err
	}
	if r.contracts, err = v.load(ctx, r.sources); err != nil {
		return err
	}
	if err := r.readPlan(); err != nil {
		return err
	}
	if err := r.checkFlags(); err != nil {
		return err
	}
	r.run, err = scenarios.New(o)
	return err
}
