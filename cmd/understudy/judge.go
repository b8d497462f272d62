package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"understudy/contracts"
	"understudy/contracts/check"
	"understudy/scenarios"
	"understudy/scenarios/deployment"

	"github.com/spf13/pflag"
)

// judging are the flags of every command that judges a deployment.
type judging struct {
	loading
	imaging
	targets                          []string
	control, controlToken, readyFile string
	sandbox                          string

	only, skip   []string
	seed         uint64
	safe         bool
	disruptive   bool
	maxRequests  int
	rate         string
	within       time.Duration
	timeout      time.Duration
	jobs         int
	shard        string
	failFast     bool
	strict       bool
	slowest      time.Duration
	keepAll      bool
	credentials  string
	headers      []string
	reports      []string
	quiet        bool
	require      []string
	baseline     string
	update       bool
	updateReason string
	updateUntil  string
}

func (j *judging) flags(f *pflag.FlagSet) {
	j.loading.flags(f)
	j.imaging.flags(f)
	f.StringArrayVar(&j.targets, "target", nil, "base URL of the deployment; NAME=URL is for the contract or source of that name (repeatable)")
	f.StringVar(&j.control, "control", "", "address of the management API, when the deployment is a stand-in")
	f.StringVar(&j.controlToken, "control-token", "", "its token (default: UNDERSTUDY_CONTROL_TOKEN)")
	f.StringVar(&j.readyFile, "ready-file", "", "file that serve --ready-file wrote: target, management API and token are read from it")
	f.StringVar(&j.sandbox, "sandbox", "", "sandbox of the stand-in that is judged")
	f.StringSliceVar(&j.only, "only", nil, "only these checks: ids (NEG-002) or families (NEG)")
	f.StringSliceVar(&j.skip, "skip", nil, "not these checks")
	f.Uint64Var(&j.seed, "seed", 1, "number from which all invented values and orders come")
	f.BoolVar(&j.safe, "safe", false, "send safe methods only, whatever the target")
	f.BoolVar(&j.disruptive, "disruptive", false, "send what changes data, uses up quota or burdens the deployment also to targets that are not on loopback")
	f.IntVar(&j.maxRequests, "max-requests", 0, "send at most so many requests (0: no bound)")
	f.StringVar(&j.rate, "rate", "", "send at most so many requests a second: 5 or 5/s (default: no bound on loopback, 5 elsewhere)")
	f.DurationVar(&j.within, "within", 0, "send nothing more after this time (0: no bound)")
	f.DurationVar(&j.timeout, "timeout", 30*time.Second, "how long one answer may take")
	f.StringVar(&j.shard, "shard", "", "carry out one of several parts: 2/4; understudy report joins their results")
	f.BoolVar(&j.failFast, "fail-fast", false, "stop after the first test that failed")
	f.BoolVar(&j.strict, "strict", false, "note members that nobody declared, and count warnings as failures")
	f.DurationVar(&j.slowest, "slowest", 0, "warn of answers that take longer (0: not judged)")
	f.BoolVar(&j.keepAll, "keep-all", false, "keep every exchange in the result, not those of findings and one of each test that passed")
	f.StringVar(&j.credentials, "credentials", "", "file with the actors and their credentials; its schema is docs/schemas/credentials.schema.json")
	f.StringArrayVar(&j.headers, "header", nil, "header that every request carries, NAME: VALUE (repeatable)")
	f.StringArrayVar(&j.reports, "report", nil, "FORMAT=PATH, - for standard output (repeatable); formats: "+strings.Join(formatNames(), ", "))
	f.BoolVar(&j.quiet, "quiet", false, "no text on standard output and no progress")
	f.StringArrayVar(&j.require, "require", nil, "coverage that is asked for in per cent: operations=100 (repeatable)")
	f.StringVar(&j.baseline, "baseline", "", "file of known findings, which fail nothing")
	f.BoolVar(&j.update, "update-baseline", false, "write the findings of this run into the baseline, and take out what is gone")
	f.StringVar(&j.updateReason, "baseline-reason", "", "why they are tolerated, for --update-baseline")
	f.StringVar(&j.updateUntil, "baseline-until", "", "last day on which they are, YYYY-MM-DD, for --update-baseline")
}

// A court is one judgement from the command's side: the run, its deployments and where its reports go.
type court struct {
	*process
	flags   *judging
	command string
	run     *scenarios.Run
	shard   scenarios.Shard
	gates   []scenarios.Gate
	known   *check.Baseline
	roster  *scenarios.RosterFile
	outputs []output
	places  *places
	partly  bool // not all tests are carried out: what is gone cannot be told

	deployed     []*scenarios.Deployment
	silent       []string // targets where nobody listens
	requirements map[string][]scenarios.Requirement
	started      *deployment.Deployment // from --image; nil: the target runs already
	closers      []func()
}

// machineClock is the machine's time for the judge.
type machineClock struct{}

func (machineClock) Now() time.Time { return time.Now().UTC() }

func (machineClock) Wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// sit opens a judgement: everything that can be wrong with the flags is told before the first request.
func (p *process) sit(command string, j *judging) (*court, error) {
	if contracts.Slim && j.image != "" {
		return nil, deployment.ErrSlim // before anything is printed
	}
	c := &court{process: p, flags: j, command: command, requirements: map[string][]scenarios.Requirement{}}
	options, err := c.options()
	if err != nil {
		return nil, err
	}
	if c.run, err = scenarios.New(options); err != nil {
		return nil, err
	}
	return c, nil
}

func (c *court) options() (o scenarios.Options, err error) {
	j := c.flags
	rate, rateErr := rateOf(j.rate)
	header, headerErr := headerOf(j.headers)
	var shardErr, outputErr, gateErr, baselineErr, rosterErr, selectErr error
	if c.shard, shardErr = scenarios.ParseShard(j.shard); shardErr != nil {
		shardErr = fmt.Errorf("--shard: %w", shardErr)
	}
	c.outputs, outputErr = outputsOf(j.reports, j.quiet)
	c.gates, gateErr = gatesOf(j.require, c.shard)
	c.known, baselineErr = c.readBaseline()
	c.roster, rosterErr = c.readCredentials(j.credentials)
	_, selectErr = check.Select(j.only, j.skip)
	var mixed error
	switch {
	case j.safe && j.disruptive:
		mixed = errors.New("--safe and --disruptive: choose one")
	case j.maxRequests < 0 || j.within < 0 || j.timeout <= 0 || j.jobs < 0 || j.slowest < 0:
		mixed = errors.New("--max-requests, --within, --jobs and --slowest take no numbers below 0, --timeout takes one above")
	}
	if err := errors.Join(rateErr, headerErr, shardErr, outputErr, gateErr, baselineErr, rosterErr, selectErr, mixed); err != nil {
		return o, err
	}
	return scenarios.Options{
		Tool: scenarios.Tool{Name: "understudy", Version: version()}, Command: c.command, Seed: j.seed, Clock: machineClock{},
		Jobs: j.jobs, Rate: rate, MaxRequests: j.maxRequests, Within: j.within, Timeout: j.timeout, KeepAll: j.keepAll,
		Disruptive: j.disruptive || j.image != "" && !j.safe, Safe: j.safe, FailFast: j.failFast, Header: header, Secrets: c.secrets(header), Progress: c.progress(),
	}, nil
}

// secrets are what must be hidden besides what tells that it is one: headers that the user gave, and the management API's token.
func (c *court) secrets(header http.Header) []string {
	list := []string{c.flags.controlToken, c.getenv("UNDERSTUDY_CONTROL_TOKEN")}
	for name, values := range header {
		switch strings.ToLower(name) {
		case "accept", "accept-language", "user-agent", "content-type":
		default:
			for _, v := range values {
				list = append(list, v)
				if _, text, ok := strings.Cut(v, " "); ok {
					list = append(list, text)
				}
			}
		}
	}
	return list
}

func (c *court) close() {
	for _, f := range c.closers {
		f()
	}
}

// rateOf reads "5" and "5/s"; empty: 0.
func rateOf(text string) (float64, error) {
	if text == "" {
		return 0, nil
	}
	rate, err := strconv.ParseFloat(strings.TrimSuffix(text, "/s"), 64)
	if err != nil || !(rate > 0 && rate <= 1e6) {
		return 0, fmt.Errorf("--rate %s: give requests a second, such as 5 or 0.5/s", text)
	}
	return rate, nil
}

func headerOf(lines []string) (http.Header, error) {
	h := http.Header{}
	for i, line := range lines {
		name, value, ok := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		if !ok || name == "" || strings.ContainsAny(name, " \t()<>@,;\\\"/[]?={}") || strings.ContainsFunc(value, func(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f }) {
			return nil, fmt.Errorf("--header number %d: give NAME: VALUE, such as X-Tenant: acme", i+1) // its text may be a secret
		}
		h.Add(name, value)
	}
	return h, nil
}

func gatesOf(texts []string, shard scenarios.Shard) ([]scenarios.Gate, error) {
	var list []scenarios.Gate
	var problems []error
	for _, text := range texts {
		g, err := scenarios.ParseGate(text)
		if err != nil {
			problems = append(problems, fmt.Errorf("--require: %w", err))
		}
		list = append(list, g)
	}
	if len(list) > 0 && shard.Of > 1 {
		problems = append(problems, errors.New("--require with --shard: one part cannot cover all; give --require to understudy report, which joins the parts"))
	}
	return list, errors.Join(problems...)
}

func (c *court) readBaseline() (*check.Baseline, error) {
	j := c.flags
	switch {
	case j.baseline == "" && j.update:
		return nil, errors.New("--update-baseline: say which file with --baseline FILE")
	case j.baseline == "" && j.updateReason+j.updateUntil != "", j.baseline != "" && !j.update && j.updateReason+j.updateUntil != "":
		return nil, errors.New("--baseline-reason and --baseline-until are for --update-baseline")
	case j.baseline == "":
		return nil, nil
	}
	if _, err := time.Parse(time.DateOnly, j.updateUntil); j.updateUntil != "" && err != nil {
		return nil, fmt.Errorf("--baseline-until %s: give a day such as 2026-12-31", j.updateUntil)
	}
	f, err := os.Open(j.baseline)
	if errors.Is(err, os.ErrNotExist) && j.update {
		return check.ReadBaseline(strings.NewReader("{version: 1, entries: []}"), time.Now())
	}
	if err != nil {
		return nil, fmt.Errorf("read the baseline: %w; --update-baseline makes one", err)
	}
	defer f.Close()
	return check.ReadBaseline(f, time.Now(), isRule, isScan)
}

// deploy adds a contract that is served at a place to the run, with everybody who may call it.
func (c *court) deploy(ctx context.Context, contract *contracts.Contract, at place) (*scenarios.Deployment, error) {
	checks, err := c.examination(contract, at.url)
	if err != nil {
		return nil, err
	}
	control, err := at.manages(ctx, contract, c.flags.sandbox)
	if err != nil {
		return nil, err
	}
	roster, grants, err := c.rosterOf(ctx, contract, control)
	if err != nil {
		return nil, err
	}
	d, err := c.run.Deploy(contract, at.url, checks, control, roster)
	if err != nil {
		return nil, err
	}
	d.Sandbox = c.flags.sandbox
	for _, other := range c.deployed {
		if c.roster != nil && other.URL.Host != d.URL.Host && c.roster.Unscoped() != "" {
			return nil, fmt.Errorf("%s is for every contract, and the run has the targets %s and %s: say contract: NAME, so that no credential goes to the wrong one",
				c.roster.Unscoped(), other.URL.Host, d.URL.Host)
		}
	}
	if err := c.reachable(ctx, d); err != nil {
		return nil, err
	}
	if err := d.Obtain(ctx, grants); err != nil {
		return nil, err
	}
	c.deployed = append(c.deployed, d)
	return d, c.readRequirements(contract)
}

// examination is what judges every exchange with a contract's deployment.
func (c *court) examination(contract *contracts.Contract, address string) (*check.Examination, error) {
	j := c.flags
	return check.New(check.Options{Contract: contract, Only: j.only, Skip: j.skip, Strict: j.strict, Targets: []string{address}, Slowest: j.slowest})
}

// readRequirements reads what a built-in contract documents.
func (c *court) readRequirements(contract *contracts.Contract) error {
	data, err := contracts.Builtin(contract.Name, "requirements.yaml")
	if err != nil || c.requirements[contract.Name] != nil {
		return nil // a contract of the user's own has no such list
	}
	c.requirements[contract.Name], err = scenarios.ReadRequirements(contract.Name+"/requirements.yaml", data)
	return err
}
