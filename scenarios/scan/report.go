package scan

import (
	"fmt"
	"maps"
	"slices"

	"understudy/contracts"
	"understudy/contracts/check"
	"understudy/scenarios"
)

// mostTold is how many findings of one rule and contract are told one by one.
const mostTold = 500

// report makes tests of what was found: one for each rule and contract.
func (s *scanner) report(rules []Rule) *Report {
	verdicts := s.judge()
	r := &Report{Files: s.looked.files, Commits: s.looked.commits, Bytes: s.looked.bytes, Notes: s.notes()}
	for i, c := range s.options.Contracts {
		suite := scenarios.Suite{Name: c.Name + " scan", Kind: "scan", Contract: c.Name}
		for _, rule := range rules {
			suite.Tests = append(suite.Tests, s.test(i, c, rule, verdicts))
		}
		r.Suites = append(r.Suites, suite)
	}
	return r
}

func (s *scanner) test(index int, c *contracts.Contract, r Rule, verdicts []verdict) scenarios.Test {
	t := scenarios.Test{ID: r.ID + "/" + c.Name, Name: r.Title, Check: r.ID, Outcome: scenarios.Passed}
	seen := map[string]bool{}
	more := 0
	for i := range verdicts {
		v := &verdicts[i]
		if v.contract != index || v.rule != r.ID {
			continue
		}
		f := s.finding(v, r)
		if seen[f.Fingerprint] {
			continue // two keys that four digits do not tell apart, or a root that was named twice
		}
		if len(t.Findings) == mostTold {
			more++
			continue
		}
		seen[f.Fingerprint] = true
		t.Findings = append(t.Findings, f)
	}
	worst := slices.IndexFunc(t.Findings, func(f check.Finding) bool { return f.Level == check.Failure })
	looked, what, why := s.exercise(index, c, r.ID)
	t.Cases = looked
	switch {
	case worst >= 0:
		t.Outcome, t.Reason = scenarios.Failed, t.Findings[worst].Message
	case len(t.Findings) > 0:
	case !s.options.Chosen && !s.traced[index] && r.ID != issuedHere:
		t.Outcome, t.Reason, t.Cases = scenarios.Skipped, "nothing to look at: no file names "+c.Name+"; --contract "+c.Name+" looks for it all the same", 0
	case why != "":
		t.Outcome, t.Reason = scenarios.Skipped, "nothing to look at: "+why
	case looked == 0:
		t.Outcome, t.Reason = scenarios.Skipped, "nothing to look at: it needs "+r.Needs
	}
	if t.Outcome == scenarios.Passed {
		t.Reason = "looked at " + what
	}
	if more > 0 {
		t.Reason += fmt.Sprintf(" (and %d more findings)", more)
	}
	return t
}

// exercise says how much there was for a rule to look at, and, where the contract has nothing that the rule is about, why not.
func (s *scanner) exercise(index int, c *contracts.Contract, rule string) (looked int, what, why string) {
	n := &s.looked
	any := n.files + n.commits
	files := func(count int, word string) (int, string, string) {
		return count, fmt.Sprintf("%d %s", count, word), ""
	}
	has := func(class class) bool {
		return slices.ContainsFunc(s.targets, func(t target) bool { return t.contract == index && t.class == class }) ||
			slices.ContainsFunc(s.words, func(w word) bool { return w.contract == index && w.use == variable && w.class == class })
	}
	known := has(credential) || has(token) || slices.ContainsFunc(s.words, func(w word) bool { return w.contract == index && w.use == header })
	switch {
	case slices.Contains([]string{inSource, inBrowser, inHistory, inLog, inAddress, inEnvFile, shared, tooOld}, rule) && !known:
		return 0, "", "the contract says neither how its credentials look nor what they are called"
	case rule == hookSecret && !has(webhook):
		return 0, "", "the contract has no webhooks whose secrets are known by form or name"
	case rule == paymentSecret && !has(payment):
		return 0, "", "the contract takes no payments through Stripe"
	case rule == liveInTest && !slices.ContainsFunc(s.targets, func(t target) bool { return t.contract == index && t.live }):
		return 0, "", "the contract does not tell live keys from test keys"
	case rule == inClear && !slices.ContainsFunc(s.words, func(w word) bool { return w.contract == index && w.use == host }):
		return 0, "", "the contract names no host but this machine"
	}
	switch rule {
	case inBrowser:
		return files(n.browser, "files for browsers")
	case inHistory:
		return files(n.commits, "commits")
	case inLog:
		return files(n.logs, "log files")
	case inEnvFile:
		return files(n.variables, "files of environment variables in repositories")
	case issuedHere:
		if len(s.options.Coins) == 0 {
			return 0, "", ""
		}
		return files(any, fmt.Sprintf("files and commits, for %d credentials", len(s.options.Coins)))
	case shared:
		if n.environments[index] > 1 {
			return files(n.environments[index], "environments")
		}
		return 0, "", ""
	case liveInTest:
		return files(n.tests, "files of tests and development")
	case hookSecret, paymentSecret:
		return files(any, "files and commits")
	case inClear, logged, published:
		return files(n.named[index], "files that name the contract")
	case tooOld:
		return files(n.dated[index], "keys")
	}
	return files(n.source, "source files")
}

// notes tell what was passed over.
func (s *scanner) notes() (list []string) {
	n := &s.looked
	list = append(list, fmt.Sprintf("Looked at %d files and %d commits, %.1f MB in all.", n.files, n.commits, float64(n.bytes)/1e6))
	for _, reason := range slices.Sorted(maps.Keys(s.skipped)) {
		list = append(list, fmt.Sprintf("Not looked at: %d %s.", s.skipped[reason], reason))
	}
	if n.ignored > 0 {
		list = append(list, fmt.Sprintf("%d places were let pass by a comment understudy:ignore.", n.ignored))
	}
	if n.samples > 0 {
		list = append(list, fmt.Sprintf("%d texts of the form of a credential are samples: they stand in a contract, or nobody would issue them.", n.samples))
	}
	return list
}
