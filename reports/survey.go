package reports

import (
	"cmp"
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"understudy/contracts/check"
	"understudy/scenarios"
)

// A survey is a result, indexed once for a writer.
type survey struct {
	*scenarios.Result
	counts    scenarios.Counts
	exchanges map[int]*scenarios.Exchange
	findings  []finding // one for each fingerprint, worst first
}

// A finding is what tests agree on: the same fingerprint in several tests is one finding, of the test that comes first.
type finding struct {
	*check.Finding
	suite *scenarios.Suite
	test  *scenarios.Test
	times int // that it was reported, repeats included
}

func look(r *scenarios.Result) *survey {
	s := &survey{Result: r, counts: r.Count(), exchanges: make(map[int]*scenarios.Exchange, len(r.Exchanges))}
	for _, e := range r.Exchanges {
		if e != nil {
			s.exchanges[e.Number] = e
		}
	}
	seen := map[string]int{}
	eachTest(r, func(suite *scenarios.Suite, t *scenarios.Test) {
		for i := range t.Findings {
			f := &t.Findings[i]
			key := identity(f)
			if at, found := seen[key]; found {
				s.findings[at].times += 1 + f.Repeats
				continue
			}
			seen[key] = len(s.findings)
			s.findings = append(s.findings, finding{Finding: f, suite: suite, test: t, times: 1 + f.Repeats})
		}
	})
	slices.SortStableFunc(s.findings, func(a, b finding) int { return cmp.Compare(weight(a.Finding), weight(b.Finding)) })
	return s
}

func eachTest(r *scenarios.Result, visit func(*scenarios.Suite, *scenarios.Test)) {
	for i := range r.Suites {
		for j := range r.Suites[i].Tests {
			visit(&r.Suites[i], &r.Suites[i].Tests[j])
		}
	}
}

// identity names a finding over tests and runs. One without a fingerprint, which only a foreign file can hold, is named by
// what it says.
func identity(f *check.Finding) string {
	if f.Fingerprint != "" {
		return f.Fingerprint
	}
	return strings.Join([]string{f.Check, f.Contract, f.Operation, f.Method, f.Path, f.Where, f.Keyword}, "\x00")
}

func known(f *check.Finding) bool { return f.Known != nil && !f.Known.Expired }

// weight orders findings: failures, warnings, notes, known ones.
func weight(f *check.Finding) int {
	switch {
	case known(f):
		return 3
	case f.Level == check.Failure:
		return 0
	case f.Level == check.Warning:
		return 1
	}
	return 2
}

// noun is what the tests of a result are, for people.
func (s *survey) noun() string {
	for i := range s.Suites {
		if s.Suites[i].Kind != rules {
			return "test"
		}
	}
	if len(s.Suites) == 0 {
		return "test"
	}
	return "rule"
}

// A verdict is what a run came to, in a word and in a sentence.
type verdict struct{ word, sentence string }

func (s *survey) verdict() verdict {
	n, noun := s.counts, s.noun()
	failed, passed := " failed", " passed"
	if noun == "rule" {
		failed, passed = " broken", " kept"
	}
	var wrong []string
	if n.Failed > 0 {
		wrong = append(wrong, plural(n.Failed, noun)+failed)
	}
	if n.Errored > 0 {
		wrong = append(wrong, plural(n.Errored, noun)+" could not be carried out")
	}
	if n.Failures > 0 && n.Failed == 0 {
		wrong = append(wrong, plural(n.Failures, "finding")+" fail the run")
	}
	for _, g := range s.Gates {
		if !g.Passed {
			wrong = append(wrong, fmt.Sprintf("the gate %s was missed", g.Name))
		}
	}
	examined := n.Passed + n.Known + n.Failed
	switch {
	case len(wrong) > 0 && s.Stopped != "":
		return verdict{"failed", sentence(wrong) + ", and the run was stopped early (" + s.Stopped + ")."}
	case len(wrong) > 0:
		return verdict{"failed", sentence(wrong) + "."}
	case s.Stopped != "":
		return verdict{"stopped", "The run ended before its end (" + s.Stopped + "): this is not a pass."}
	case examined == 0:
		return verdict{"empty", "Nothing was examined: this is not a pass."}
	case n.Known > 0:
		return verdict{"passed", fmt.Sprintf("%s%s, %d as known.", plural(n.Passed+n.Known, noun), passed, n.Known)}
	}
	return verdict{"passed", plural(n.Passed, noun) + passed + "."}
}

func sentence(parts []string) string {
	text := strings.Join(parts, ", ")
	if len(parts) > 1 {
		text = strings.Join(parts[:len(parts)-1], ", ") + " and " + parts[len(parts)-1]
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

// label is how a contract and its version are named in headings.
func label(t scenarios.Target) string {
	name := t.Contract
	if t.Title != "" && t.Title != t.Contract {
		name += " (" + t.Title + ")"
	}
	if t.Version != "" {
		name += " " + t.Version
	}
	return name
}

// environment names where the targets are without what changes from run to run: a port of this machine.
func environment(r *scenarios.Result) string {
	var hosts []string
	for _, t := range r.Targets {
		host := "unknown"
		if u, err := url.Parse(t.URL); err == nil && u.Host != "" {
			host = u.Host
			if ip := net.ParseIP(u.Hostname()); u.Hostname() == "localhost" || ip != nil && ip.IsLoopback() {
				host = "local"
			}
		}
		if !slices.Contains(hosts, host) {
			hosts = append(hosts, host)
		}
	}
	slices.Sort(hosts)
	return strings.Join(hosts, "+")
}

// place gives file:line, as short as it is known.
func place(p check.Place) string {
	switch {
	case p.File == "":
		return ""
	case p.Line > 0:
		return fmt.Sprintf("%s:%d", p.File, p.Line)
	}
	return p.File
}

// path makes the file of a place what CI systems expect: with slashes, relative to the root of the repository.
func (o Options) path(file string) string {
	if o.Root != "" && filepath.IsAbs(file) {
		if relative, err := filepath.Rel(o.Root, file); err == nil && filepath.IsLocal(relative) {
			file = relative
		}
	}
	return strings.TrimPrefix(filepath.ToSlash(file), "./")
}

// where gives the best place of a finding: its own, its test's, or the file that the suite is from.
func (f finding) where() check.Place {
	source := f.suite.Source
	if f.suite.Kind == rules { // a recording, which is no place to put a sign
		source = ""
	}
	for _, p := range []check.Place{f.At, f.test.At, {File: source}} {
		if p.File != "" {
			return p
		}
	}
	return check.Place{}
}

// placeName is what the place of a finding is in: the contract, or a file that was scanned, in which pointers lead nowhere.
func placeName(f *check.Finding) string {
	if f.At.Pointer == "" && (strings.HasPrefix(f.Where, "file ") || strings.HasPrefix(f.Where, "history, ")) {
		return "file"
	}
	return "contract"
}

// lookup explains a check; what only the finding says is enough where the catalogue does not know it.
func (o Options) lookup(f *check.Finding) check.Check {
	find := o.Check
	if find == nil {
		find = check.Find
	}
	if c, found := find(f.Check); found {
		return c
	}
	return check.Check{ID: f.Check, Title: f.Title, Basis: f.Basis, Norm: f.Norm, Level: f.Level}
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

func percent(covered, total int) float64 {
	if total == 0 {
		return 0
	}
	return 100 * float64(covered) / float64(total)
}

// took shows a duration with the precision that a reader cares about.
func took(d time.Duration) string {
	switch {
	case d <= 0:
		return "0 s"
	case d < time.Millisecond:
		return fmt.Sprintf("%d us", d.Microseconds())
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < time.Minute:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < time.Hour:
		return fmt.Sprintf("%d min %d s", int(d.Minutes()), int(d.Seconds())%60)
	}
	return fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60)
}

// failedSteps gives the steps that did not do what they should, those of called workflows with the way to them.
func failedSteps(steps []scenarios.Step, way string, visit func(way string, s *scenarios.Step)) {
	for i := range steps {
		s := &steps[i]
		here := way + s.ID
		inner := false
		failedSteps(s.Steps, here+" > ", func(way string, s *scenarios.Step) { inner = true; visit(way, s) })
		if (s.Outcome == scenarios.Failed || s.Outcome == scenarios.Errored) && !inner {
			visit(here, s)
		}
	}
}

// broken gives what failed without a finding: workflows whose criteria do not hold. In formats that know findings only they
// stand as findings of one rule, at their step.
func (s *survey) broken() []finding {
	var list []finding
	eachTest(s.Result, func(suite *scenarios.Suite, t *scenarios.Test) {
		if f := worst(t); t.Outcome != scenarios.Failed || f != nil && weight(f) == 0 {
			return
		}
		f := &check.Finding{
			Check: "WORKFLOW", Title: "The criteria of a workflow hold", Level: check.Failure, Certainty: check.Certain, Contract: suite.Contract,
			Message: joined(": ", t.ID, t.Reason), At: t.At, Fingerprint: "WORKFLOW " + t.ID,
		}
		failedSteps(t.Steps, "", func(way string, step *scenarios.Step) {
			f.Where, f.Operation, f.Exchange = "step "+way, step.Operation, step.Exchange
			if step.At.File != "" {
				f.At = step.At
			}
			if e := s.exchanges[step.Exchange]; e != nil {
				f.Curl = e.Curl
			}
		})
		list = append(list, finding{Finding: f, suite: suite, test: t, times: 1})
	})
	return list
}
