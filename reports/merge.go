package reports

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"understudy/contracts/check"
	"understudy/scenarios"
)

// Merge joins the results of shards, or of runs over different contracts, into one. Exchanges are numbered on, coverage and
// baseline are those of all together, gates are judged anew. The results are not changed. It refuses a test that two results
// hold: those are two runs of the same thing, which Compare sets side by side.
func Merge(results []*scenarios.Result) (*scenarios.Result, error) {
	if len(results) == 0 {
		return nil, errors.New("merge: no results were given")
	}
	first := results[0]
	all := &scenarios.Result{
		Schema: SchemaID, Version: ResultVersion, Tool: first.Tool, Seed: first.Seed, Started: first.Started, Ended: first.Ended,
	}
	m := merger{all: all, suites: map[suiteKey]int{}, tests: map[string]int{}, hashes: map[string]string{}}
	for i, r := range results {
		if err := m.add(i, r); err != nil {
			return nil, fmt.Errorf("merge: %w", err)
		}
	}
	all.Coverage = joinCoverage(results)
	all.Baseline = joinBaseline(results)
	all.Gates = joinGates(results, all.Coverage)
	m.missingShards(results)
	return all, nil
}

type suiteKey struct{ name, kind, contract, source string }

type merger struct {
	all    *scenarios.Result
	suites map[suiteKey]int
	tests  map[string]int    // which result holds a test
	hashes map[string]string // of the contracts
	last   int               // highest number of an exchange
}

func (m *merger) add(i int, r *scenarios.Result) error {
	a := m.all
	if r.Started.Before(a.Started) && !r.Started.IsZero() || a.Started.IsZero() {
		a.Started = r.Started
	}
	if r.Ended.After(a.Ended) {
		a.Ended = r.Ended
	}
	a.Elapsed = max(a.Elapsed, r.Elapsed) // shards run beside each other
	a.Requests += r.Requests
	if !slices.Contains(strings.Split(a.Command, "+"), r.Command) {
		a.Command = joined("+", a.Command, r.Command)
	}
	if r.Stopped != "" && !strings.Contains(a.Stopped, r.Stopped) {
		a.Stopped = joined(", ", a.Stopped, r.Stopped)
	}
	if r.Seed != a.Seed {
		m.note(fmt.Sprintf("result %d was made with the seed %d, the first with %d", i+1, r.Seed, a.Seed))
	}
	for _, n := range r.Notes {
		m.note(n)
	}
	a.Scores = append(a.Scores, r.Scores...)
	for _, t := range r.Targets {
		if before, found := m.hashes[t.Contract]; found && before != t.Hash {
			return fmt.Errorf("result %d was made with another state of the contract %s (%s) than the ones before it (%s)", i+1, t.Contract, t.Hash, before)
		}
		m.hashes[t.Contract] = t.Hash
		if !slices.Contains(a.Targets, t) {
			a.Targets = append(a.Targets, t)
		}
	}
	offset := m.last
	for _, e := range r.Exchanges {
		moved := *e
		moved.Number += offset
		a.Exchanges = append(a.Exchanges, &moved)
		m.last = max(m.last, moved.Number)
	}
	m.last = max(m.last, offset+r.Requests)
	for j := range r.Suites {
		if err := m.suite(i, &r.Suites[j], offset); err != nil {
			return err
		}
	}
	return nil
}

func (m *merger) note(text string) {
	if !slices.Contains(m.all.Notes, text) {
		m.all.Notes = append(m.all.Notes, text)
	}
}

func (m *merger) suite(i int, s *scenarios.Suite, offset int) error {
	key := suiteKey{s.Name, s.Kind, s.Contract, s.Source}
	at, found := m.suites[key]
	if !found {
		at = len(m.all.Suites)
		m.suites[key] = at
		one := *s
		one.Tests = nil
		m.all.Suites = append(m.all.Suites, one)
	}
	for _, t := range s.Tests {
		if before, found := m.tests[t.ID]; found {
			return fmt.Errorf("the test %s is in result %d and in result %d; to set two runs side by side, compare them", visible(cut(t.ID, 200)), before+1, i+1)
		}
		m.tests[t.ID] = i
		m.all.Suites[at].Tests = append(m.all.Suites[at].Tests, moveTest(t, offset))
	}
	return nil
}

// moveTest gives a copy whose numbers of exchanges are moved on.
func moveTest(t scenarios.Test, by int) scenarios.Test {
	t.Exchanges = slices.Clone(t.Exchanges)
	for i := range t.Exchanges {
		t.Exchanges[i] = moveNumber(t.Exchanges[i], by)
	}
	t.Findings = moveFindings(t.Findings, by)
	t.Steps = moveSteps(t.Steps, by)
	return t
}

func moveSteps(steps []scenarios.Step, by int) []scenarios.Step {
	steps = slices.Clone(steps)
	for i := range steps {
		s := &steps[i]
		s.Exchange = moveNumber(s.Exchange, by)
		s.Findings = moveFindings(s.Findings, by)
		s.Steps = moveSteps(s.Steps, by)
	}
	return steps
}

func moveFindings(list []check.Finding, by int) []check.Finding {
	list = slices.Clone(list)
	for i := range list {
		list[i].Exchange = moveNumber(list[i].Exchange, by)
	}
	return list
}

// moveNumber leaves 0 alone, which stands for no exchange.
func moveNumber(n, by int) int {
	if n == 0 {
		return 0
	}
	return n + by
}

// missingShards notes which shards of a run were not given.
func (m *merger) missingShards(results []*scenarios.Result) {
	given, of := map[int]bool{}, 0
	for _, r := range results {
		var n, total int
		if _, err := fmt.Sscanf(r.Shard, "%d/%d", &n, &total); err != nil {
			return
		}
		if of != 0 && total != of {
			m.note(fmt.Sprintf("shards of %d and of %d were joined", of, total))
			return
		}
		given[n], of = true, total
	}
	if of > 10_000 {
		return
	}
	for n := 1; n <= of; n++ {
		if !given[n] {
			m.note(fmt.Sprintf("shard %d/%d is missing", n, of))
		}
	}
}
