// Package conformance makes the tests of a contract by itself and carries them out against a deployment: requests that must
// be accepted and requests that must be refused, methods and paths, the lives of things, credentials, limits.
//
// It knows nothing but the contract and what the deployment answers. A finding is made only where the contract, a norm or a
// declared expectation says so and the opposite was tried: what is called refused wrongly has a sibling that was accepted, what
// is called accepted wrongly differs by one fault from what is right. Where that cannot be had a test is skipped, with the
// reason.
package conformance

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"understudy/contracts"
	"understudy/contracts/cases"
	"understudy/contracts/check"
	"understudy/contracts/inference"
	"understudy/scenarios"
)

// Options say what is tried. The zero value tries everything that the run allows.
type Options struct {
	// Only and Skip choose checks by id ("NEG-002") or family ("NEG"), as check.Select reads them.
	Only, Skip []string
	// Operations are the ids of the operations that are tried; empty: all. Others are still called where something has to be
	// there first.
	Operations []string
	// PerOperation bounds the valid cases of an operation, and the invalid ones; 0: 40 of each.
	PerOperation int
	// Thorough tries the credentials on every operation; otherwise on one that reads and one that writes for each
	// combination of schemes and scopes.
	Thorough bool
	// Strict counts warnings as failures.
	Strict bool
	// Branches takes note of the branches of request schemas that accepted requests took, for coverage.
	Branches bool
	// Apart says that what belongs to one account is nobody else's affair. Where the contract says so of a collection
	// (x-understudy resources.*.partition) it needs no saying.
	Apart bool
	// MaxWait is how long is waited for a limit to open again; 0: 10 s.
	MaxWait time.Duration
	// MaxDrive is how many requests are spent on one limit; 0: 300.
	MaxDrive int
	// Shard is the part that is carried out, by operation.
	Shard scenarios.Shard
	// Prefix stands before the ids of the tests, where one result holds several contracts: "ecosire/".
	Prefix string
}

// Check carries out the generated checks of a deployment's contract and gives their suite: one test for each check and
// operation, one for what was seen in passing of each operation ("passive/listPets"), and one for each check that looks at the
// run as a whole ("run/INV-001"). The same seed sends the same requests, whatever the number of jobs.
//
// An error says that the checks could not be chosen, or is the context's; the suite then holds what was done until then.
func Check(ctx context.Context, d *scenarios.Deployment, o Options) (scenarios.Suite, error) {
	j, err := newJudge(d, o)
	if err != nil {
		return scenarios.Suite{}, err
	}
	lanes := j.plan()
	for _, l := range lanes {
		j.total += len(l.planned)
	}
	j.run(ctx, lanes)
	suite := scenarios.Suite{Name: "checks of " + d.Contract.Name, Kind: "checks", Contract: d.Contract.Name}
	if len(d.Contract.Files) > 0 {
		suite.Source = d.Contract.Files[0]
	}
	suite.Tests = j.gather(lanes)
	return suite, ctx.Err()
}

// Branches lists what the requests of a contract can cover, for scenarios.Options and Deployment.Cover.
func Branches(c *contracts.Contract) []scenarios.Branch {
	g := cases.New(c, cases.Options{})
	var list []scenarios.Branch
	for _, o := range c.Operations {
		for _, b := range g.Branches(o) {
			list = append(list, scenarios.Branch{ID: branchID(o, b.ID), At: check.PlaceOf(b.At)})
		}
	}
	return list
}

func branchID(o *contracts.Operation, id string) string { return o.Method + " " + o.Path + " " + id }

// A judge is one Check under way. What lanes share is guarded by mu.
type judge struct {
	deployment *scenarios.Deployment
	contract   *contracts.Contract
	options    Options
	model      *inference.Model
	selected   check.Selection
	chosen     map[*contracts.Operation]bool
	primary    string // account of the actor who calls when nothing else is said
	total      int

	mu      sync.Mutex
	makers  map[uint64]*maker
	passive map[*contracts.Operation]*sighting
	proven  map[string]bool // credentials that were accepted, by actor and scheme
}

// A sighting is what the passive checks found on an operation.
type sighting struct {
	findings  []check.Finding
	exchanges int
	shown     []int // exchanges
}

func newJudge(d *scenarios.Deployment, o Options) (*judge, error) {
	selected, err := check.Select(o.Only, o.Skip)
	if err != nil {
		return nil, err
	}
	if o.MaxWait <= 0 {
		o.MaxWait = 10 * time.Second
	}
	if o.MaxDrive <= 0 {
		o.MaxDrive = 300
	}
	j := &judge{
		deployment: d, contract: d.Contract, options: o, selected: selected, model: inference.Infer(d.Contract), chosen: map[*contracts.Operation]bool{},
		makers: map[uint64]*maker{}, passive: map[*contracts.Operation]*sighting{}, proven: map[string]bool{},
	}
	for _, name := range o.Operations {
		if !slices.ContainsFunc(d.Contract.Operations, func(op *contracts.Operation) bool { return op.ID == name }) {
			return nil, fmt.Errorf("check %s: there is no operation %q; understudy explain lists them", d.Contract.Name, name)
		}
	}
	for _, op := range d.Contract.Operations {
		j.chosen[op] = (len(o.Operations) == 0 || slices.Contains(o.Operations, op.ID)) && o.Shard.Has(op.ID)
	}
	for _, a := range d.Roster.Actors {
		if a.State == scenarios.StateGood {
			j.primary = a.Account
			break
		}
	}
	return j, nil
}

// run carries out the lanes, several at once, and then one by one the tests that need the deployment for themselves.
func (j *judge) run(ctx context.Context, lanes []*lane) {
	var wait sync.WaitGroup
	slots := make(chan struct{}, j.deployment.Run().Jobs())
	for _, l := range lanes {
		slots <- struct{}{}
		wait.Go(func() {
			defer func() { <-slots }()
			l.carryOut(ctx, false)
		})
	}
	wait.Wait()
	for _, l := range lanes {
		l.carryOut(ctx, true)
		l.clean(ctx)
	}
}

// gather puts the tests into the order of the contract.
func (j *judge) gather(lanes []*lane) []scenarios.Test {
	var all []*planned
	for _, l := range lanes {
		all = append(all, l.planned...)
	}
	slices.SortStableFunc(all, func(a, b *planned) int { return cmp.Compare(a.rank, b.rank) })
	tests := make([]scenarios.Test, 0, len(all)+len(j.contract.Operations))
	for i, p := range all {
		tests = append(tests, p.test)
		if i+1 == len(all) || all[i+1].operation != p.operation {
			if t, ok := j.seen(p.operation); ok {
				tests = append(tests, t)
			}
		}
	}
	return append(tests, j.whole()...)
}

// seen is the test of what the passive checks found on an operation.
func (j *judge) seen(o *contracts.Operation) (scenarios.Test, bool) {
	if o == nil {
		return scenarios.Test{}, false
	}
	t := scenarios.Test{
		ID: j.options.Prefix + "passive/" + o.ID, Name: "What " + o.Method + " " + o.Path + " answers keeps the contract", Operation: o.ID,
		At: check.PlaceOf(o.At), Started: j.deployment.Run().Clock().Now(),
	}
	s := j.passive[o]
	if s == nil {
		t.Outcome, t.Reason = scenarios.Skipped, "no answer of it was seen"
		return t, true
	}
	t.Cases, t.Findings, t.Exchanges = s.exchanges, s.findings, s.shown
	j.settle(&t)
	return t, true
}

// whole are the tests of the checks that look at the run as a whole.
func (j *judge) whole() []scenarios.Test {
	var tests []scenarios.Test
	by := map[string][]check.Finding{}
	ids := []string{"INV-001", "HDR-004", "RATE-002", "ERR-004", "PRF-002"}
	for _, f := range j.deployment.Close() {
		named := f.Check == "INV-001" && f.Certainty == check.Likely && (f.Method == "POST" || f.Method == "PUT" || f.Method == "PATCH")
		if f.Check == "STS-001" && f.Keyword == "404" || named { // the content, too, may name things
			f.Level, f.Certainty = check.Note, check.Likely // the operation is there, and something that was made up is not
		}
		if !slices.Contains(ids, f.Check) {
			ids = append(ids, f.Check)
		}
		by[f.Check] = append(by[f.Check], f)
	}
	for _, id := range ids {
		c, _ := check.Find(id)
		if !j.selected.Has(id) && by[id] == nil {
			continue
		}
		t := scenarios.Test{ID: j.options.Prefix + "run/" + id, Name: c.Title + " (over the run)", Check: id, Findings: by[id], Started: j.deployment.Run().Clock().Now()}
		if j.options.Shard.Of > 1 {
			t.ID += fmt.Sprintf("@%d/%d", j.options.Shard.Number, j.options.Shard.Of)
		}
		t.Cases = len(j.passive)
		for _, f := range t.Findings {
			if f.Exchange > 0 {
				t.Exchanges = append(t.Exchanges, f.Exchange)
			}
		}
		if len(j.passive) == 0 {
			t.Outcome, t.Reason = scenarios.Skipped, "nothing was answered"
		} else {
			j.settle(&t)
		}
		tests = append(tests, t)
	}
	return tests
}

// settle decides what a test came to by its findings.
func (j *judge) settle(t *scenarios.Test) {
	t.Outcome = scenarios.Passed
	for i := range t.Findings {
		f := &t.Findings[i]
		if j.options.Strict && f.Level == check.Warning {
			f.Level = check.Failure
		}
		if f.Level == check.Failure {
			t.Outcome, t.Reason = scenarios.Failed, cmp.Or(t.Reason, f.Check+": "+f.Message)
		}
	}
}

// note keeps what the passive checks found on an exchange. It gives back what has no operation of this run to stand with.
func (j *judge) note(x *scenarios.Reply, own *contracts.Operation) []check.Finding {
	o := x.Exchange.Operation
	if o == nil || !j.chosen[o] {
		o = own
	}
	if o == nil || !j.chosen[o] {
		return x.Findings
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	s := j.passive[o]
	if s == nil {
		s = &sighting{}
		j.passive[o] = s
	}
	s.exchanges++
	for _, f := range x.Findings {
		if i := slices.IndexFunc(s.findings, func(other check.Finding) bool { return other.Fingerprint == f.Fingerprint }); i >= 0 {
			s.findings[i].Repeats++
			continue
		}
		s.findings = append(s.findings, f)
		if f.Exchange > 0 && !slices.Contains(s.shown, f.Exchange) {
			s.shown = append(s.shown, f.Exchange)
		}
	}
	return nil
}

// slug makes a name for ids out of a text.
func slug(text string) string {
	return strings.Trim(strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-' {
			return r
		}
		return '-'
	}, text), "-")
}
