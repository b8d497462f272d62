package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"understudy/contracts/check"
	"understudy/scenarios"
	"understudy/scenarios/grade"
	"understudy/scenarios/rehearsal"
	"understudy/scenarios/scan"
)

// conclude grades all runs, writes the reports, and gives the command's error: its exit status is the worse of the command's and of the
// judgement's.
func (r *rehearsalRun) conclude(shows []*show) error {
	var suites []scenarios.Suite
	var scores []scenarios.Score
	var exchanges []*scenarios.Exchange
	calls := 0
	for i, c := range r.contracts {
		var list []grade.Judgement
		seen := 0
		for _, s := range shows {
			rec := s.recordings[i]
			if seen += len(rec.Calls); len(rec.Calls)+len(rec.Messages) == 0 && len(shows) > 1 {
				continue
			}
			j := grade.Grade(rec, grade.Options{Prefix: r.prefix(c.Name), Only: r.flags.rules, Skip: r.flags.without, Strict: r.flags.strict, First: len(exchanges) + 1})
			for _, e := range j.Exchanges {
				if len(r.acts) > 1 { // who reads it wants to know in which run it was
					e.Purpose = strings.TrimSuffix("run "+s.act.name+": "+e.Purpose, ": ")
				}
			}
			exchanges = append(exchanges, j.Exchanges...)
			list = append(list, j)
		}
		if calls += seen; seen == 0 {
			r.run.Note(fmt.Sprintf("the command never called %s: is %s used?", c.Name, r.addressVariable(i)))
			continue
		}
		suite, score := merge(list, r.idleDrills(i))
		suites, scores = append(suites, suite), append(scores, score)
	}
	if r.stop.asked() {
		r.run.Stop("interrupted")
	}
	result := r.run.Result(suites)
	result.Scores, result.Exchanges, result.Requests = scores, exchanges, calls
	for _, s := range shows[:min(1, len(shows))] {
		result.Targets = s.targets
	}
	return r.settleRehearsal(result, shows, calls)
}

// settleRehearsal finishes the result by the baseline, writes the reports and gives the verdict.
func (r *rehearsalRun) settleRehearsal(result *scenarios.Result, shows []*show, calls int) error {
	if err := attribute(result.Suites); err != nil {
		return err
	}
	s := scenarios.Settlement{Baseline: r.known, Strict: r.flags.strict, Looked: r.lookedAtRule}
	if r.flags.update {
		if err := r.updateBaseline(result, &s); err != nil {
			return err
		}
	}
	r.run.Settle(result, s)
	if err := r.writeReports(r.outputs, result); err != nil {
		return err
	}
	command := 0
	for _, s := range shows {
		if s.failed() && command == 0 {
			command = s.exit.status
		}
	}
	var graded error
	if calls == 0 && !r.stop.asked() {
		fmt.Fprintf(r.err, "understudy: nothing was seen: the command never called %s. Is %s used?\n", r.contractNames(), r.addressVariables())
		graded = errFindings
	} else {
		graded = r.verdict(result, r.outputs)
	}
	if graded != nil && !errors.Is(graded, errFindings) || command == 0 {
		return graded
	}
	return errStatus(command)
}

// isRule says that an id is that of a rule for clients, isScan that it is one of what sources are scanned for: a baseline may hold both.
func isRule(id string) bool { _, known := grade.FindRule(id); return known }

func isScan(id string) bool { _, known := scan.FindRule(id); return known }

// prefix tells the tests of several contracts apart.
func (r *rehearsalRun) prefix(contract string) string {
	if len(r.contracts) == 1 {
		return ""
	}
	return contract + "/"
}

// lookedAtRule says which rules were looked at: those that the flags choose.
func (r *rehearsalRun) lookedAtRule(id string) bool {
	rules := grade.Rules()
	if len(r.flags.rules)+len(r.flags.without) > 0 {
		var err error
		if rules, err = grade.Select(r.flags.rules, r.flags.without); err != nil {
			return false
		}
	}
	return slices.ContainsFunc(rules, func(one grade.Rule) bool { return one.ID == id })
}

// addressVariable is the name under which the command was given a contract's address.
func (r *rehearsalRun) addressVariable(i int) string {
	for _, env := range r.contracts[i].Behaviour.EnvNames {
		if env.From == "baseUrl" {
			return env.Name
		}
	}
	return variableOf(r.contracts[i].Name, "BASE_URL")
}

func (r *rehearsalRun) addressVariables() string {
	var list []string
	for i := range r.contracts {
		list = append(list, r.addressVariable(i))
	}
	return strings.Join(list, " or ")
}

func (r *rehearsalRun) contractNames() string {
	var list []string
	for _, c := range r.contracts {
		list = append(list, c.Name)
	}
	return strings.Join(list, " or ")
}

// idleDrills are the drills that have nothing to do for a contract, with the reason.
func (r *rehearsalRun) idleDrills(i int) map[string]string {
	idle := map[string]string{}
	for _, d := range rehearsal.Drills() {
		if plan := d.For(r.contracts[i]); plan.Idle != "" {
			idle[d.Name] = plan.Idle
		}
	}
	return idle
}

// merge makes one suite of the judgements of several runs: of each rule what was worst, with everything that shows it.
func merge(list []grade.Judgement, idle map[string]string) (scenarios.Suite, scenarios.Score) {
	suite, score := list[0].Suite, list[0].Score
	suite.Tests = slices.Clone(suite.Tests)
	for _, j := range list[1:] {
		for k := range j.Suite.Tests {
			mergeTest(&suite.Tests[k], &j.Suite.Tests[k]) // the rules are the same, in the same order
		}
		if j.Suite.Source != suite.Source && !strings.Contains(suite.Source, j.Suite.Source) {
			suite.Source += ", " + j.Suite.Source
		}
		score.Drills = append(score.Drills, j.Score.Drills...)
	}
	score = scenarios.Score{Contract: score.Contract, Drills: unique(score.Drills)}
	for k := range suite.Tests {
		sumUp(&score, &suite.Tests[k], idle)
	}
	score.Missing = unique(score.Missing)
	return suite, score
}

// mergeTest puts what another run saw of a rule into its test.
func mergeTest(into, from *scenarios.Test) {
	rank := func(o scenarios.Outcome) int {
		return slices.Index([]scenarios.Outcome{scenarios.Skipped, scenarios.Passed, scenarios.Failed}, o)
	}
	if rank(from.Outcome) > rank(into.Outcome) {
		into.Outcome, into.Reason = from.Outcome, from.Reason
	}
	into.Exchanges = append(into.Exchanges, from.Exchanges...)
	for _, f := range from.Findings {
		same := func(other check.Finding) bool { return other.Fingerprint == f.Fingerprint }
		if i := slices.IndexFunc(into.Findings, same); i >= 0 {
			into.Findings[i].Repeats += f.Repeats + 1
			continue
		}
		into.Findings = append(into.Findings, f)
	}
}

// sumUp adds a rule's test to the score. A drill that has nothing to do for the contract is not proposed.
func sumUp(score *scenarios.Score, t *scenarios.Test, idle map[string]string) {
	switch t.Outcome {
	case scenarios.Skipped:
		score.NotExercised++
		const asks, end = "; --drill ", " would put it to the test"
		before, rest, ok := strings.Cut(t.Reason, asks)
		drill, behind, complete := strings.Cut(rest, end)
		switch {
		case !ok || !complete:
		case idle[drill] != "":
			t.Reason = before + "; the drill " + drill + " has nothing to do: " + idle[drill] + behind
		default:
			score.Missing = append(score.Missing, drill)
		}
	case scenarios.Failed:
		score.Broken++
	default:
		score.Kept++
		if slices.ContainsFunc(t.Findings, func(f check.Finding) bool { return f.Level == check.Warning }) {
			score.Warned++
		}
	}
}

func unique(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return slices.Compact(list)
}
