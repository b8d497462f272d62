package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// The states of a row.
const (
	rowProven      = "proven"      // each of its kinds is shown
	rowPartly      = "partly"      // something is shown; what is missing is said
	rowFailed      = "failed"      // something was not as told
	rowUncovered   = "uncovered"   // nothing looked at it; the reason is said
	rowInformation = "information" // nothing that a machine can look at
)

// What proofs are made by.
const (
	byStory    = "story"    // a story's step
	byWorkflow = "workflow" // a workflow, or a step of one
	byReceiver = "receiver" // the same, with deliveries to a receiver under test
	byCheck    = "check"    // a generated check
	byRule     = "rule"     // a rule for clients
	byScan     = "scan"     // a scan of sources
)

// counts are how many rows there are, and in which state.
type counts struct {
	Rows        int `json:"rows"`
	Proven      int `json:"proven"`
	Partly      int `json:"partly"`
	Failed      int `json:"failed"`
	Uncovered   int `json:"uncovered"`
	Information int `json:"information"`
}

func (c *counts) add(state string) {
	c.Rows++
	switch state {
	case rowProven:
		c.Proven++
	case rowPartly:
		c.Partly++
	case rowFailed:
		c.Failed++
	case rowInformation:
		c.Information++
	default:
		c.Uncovered++
	}
}

// sums count the rows that a machine can check: those of all kinds but N.
type sums struct {
	Documented counts     `json:"documented"`
	Assumed    counts     `json:"assumed"`
	Kinds      []kindSums `json:"kinds"` // each row under the first of its kinds
}

// kindSums are those of one kind.
type kindSums struct {
	Kind       string `json:"kind"`
	Documented counts `json:"documented"`
	Assumed    counts `json:"assumed"`
}

// kindNames are the kinds that a machine can check, in the order of tables, and what they are.
var kindNames = []struct{ kind, name string }{
	{"S", "server"}, {"P", "management"}, {"W", "webhooks sent"}, {"R", "receiver"}, {"C", "client"}, {"D", "document or source"},
}

func newSums() sums {
	n := sums{}
	for _, k := range kindNames {
		n.Kinds = append(n.Kinds, kindSums{Kind: k.kind})
	}
	return n
}

func (n *sums) add(r *row) {
	if r.State == rowInformation || r.Basis == "rule" {
		return
	}
	at := slices.IndexFunc(n.Kinds, func(k kindSums) bool { return k.Kind == r.Kind[0] })
	if r.Basis == "assumed" {
		n.Assumed.add(r.State)
		n.Kinds[at].Assumed.add(r.State)
		return
	}
	n.Documented.add(r.State)
	n.Kinds[at].Documented.add(r.State)
}

// settle says what each row came to and counts.
func (l *ledger) settle(uncoveredOnly bool) {
	l.Totals = newSums()
	for _, c := range l.Chapters {
		sections := sectionsOf(c.Name)
		c.Sums = newSums()
		for _, r := range c.Rows {
			r.settle()
			c.Counts.add(r.State)
			c.Sums.add(r)
			l.Totals.add(r)
			for i := range sections {
				if sections[i].holds(r.ID) {
					sections[i].Counts.add(r.State)
					break
				}
			}
		}
		c.Sections = slices.DeleteFunc(sections, func(s section) bool { return s.Counts.Rows == 0 })
		if uncoveredOnly {
			c.Rows = slices.DeleteFunc(c.Rows, func(r *row) bool { return r.State != rowUncovered })
		}
	}
}

// settle says what a row came to: it is proven when each of its kinds is shown, and nothing that was looked at for it went wrong.
func (r *row) settle() {
	slices.SortStableFunc(r.Proofs, func(a, b proof) int { return cmp.Compare(a.rank(), b.rank()) })
	missing := r.missing()
	shown := slices.ContainsFunc(r.Proofs, func(p proof) bool { return p.shows() })
	switch {
	case slices.Equal(r.Kind, []string{"N"}):
		r.State, r.Reason = rowInformation, "information only: there is nothing that a machine could look at"
	case slices.ContainsFunc(r.Proofs, func(p proof) bool { return p.Problem != "" }):
		r.State = rowFailed
	case len(missing) == 0:
		r.State = rowProven
	case shown:
		r.State, r.Missing = rowPartly, strings.Join(missing, "; ")
	default:
		r.State, r.Reason = rowUncovered, strings.Join(missing, "; ")
	}
}

// telling orders the makers of proofs by how much they tell in a few words.
var telling = []string{byRule, byScan, byReceiver, byStory, byCheck, byWorkflow}

// rank is a proof's place among those of a row: what went wrong first, then what is doubtful, then what tells most.
func (p *proof) rank() int {
	at := slices.Index(telling, p.By)
	switch {
	case p.Problem != "":
		return at - 2*len(telling)
	case p.Doubt != "":
		return at - len(telling)
	}
	return at
}

// missing says what of a row nothing shows.
func (r *row) missing() []string {
	var list []string
	add := func(text string) {
		if text != "" && !slices.Contains(list, text) {
			list = append(list, text)
		}
	}
	add(r.lacks)
	for _, kind := range r.Kind {
		add(r.missingOf(kind))
	}
	return list
}

// missingOf says what a row of a kind lacks; empty: nothing. The server's side is shown by a story, a workflow, or its checks; a receiver's
// by deliveries to one; a client's by rules, and sources by scans, where the row names any.
func (r *row) missingOf(kind string) string {
	receiving := func(id string) bool { return strings.HasPrefix(id, "RCV-") }
	serving := func(id string) bool { return !receiving(id) }
	switch kind {
	case "S", "P", "W":
		if r.shownBy(byStory, byWorkflow) || r.complete(byCheck, filter(r.Checks, serving)) {
			return ""
		}
		return "no story, workflow or check shows it"
	case "R":
		if r.shownBy(byReceiver) || r.complete(byCheck, filter(r.Checks, receiving)) {
			return ""
		}
		return "no receiver was tried: understudy run with a receiver, or understudy receiver, tries one"
	case "C":
		if len(r.Rules) == 0 {
			return r.missingByAnything()
		}
		return r.missingFrom(byRule, r.Rules, "understudy rehearse and understudy grade judge clients")
	case "D":
		rules := r.Rules
		if slices.Contains(r.Kind, "C") {
			rules = nil
		}
		if len(r.Scans)+len(rules) == 0 {
			return r.missingByAnything()
		}
		return joinSentences(r.missingFrom(byScan, r.Scans, "understudy scan looks at sources"), r.missingFrom(byRule, rules, "understudy rehearse and understudy grade judge clients"))
	}
	return ""
}

func (r *row) missingByAnything() string {
	if r.shownBy(byStory, byWorkflow) || r.complete(byCheck, r.Checks) {
		return ""
	}
	return "no story, workflow or check shows it"
}

// missingFrom lists those of some rules or scans that were not kept when they were put to the test.
func (r *row) missingFrom(by string, ids []string, advice string) string {
	var never, idle []string
	for _, id := range ids {
		why := r.skipped[id]
		if doubt := slices.IndexFunc(r.Proofs, func(p proof) bool { return p.By == by && p.ID == id && p.Doubt != "" }); doubt >= 0 {
			why = r.Proofs[doubt].Doubt
		}
		switch {
		case r.complete(by, []string{id}):
		case why != "":
			idle = append(idle, fmt.Sprintf("%s: %s", id, why))
		default:
			never = append(never, id)
		}
	}
	if len(never) > 0 {
		idle = append(idle, fmt.Sprintf("no result that was given put %s to the test (%s)", strings.Join(never, ", "), advice))
	}
	return strings.Join(idle, "; ")
}

// shownBy says whether something of one of these makes shows the row.
func (r *row) shownBy(makers ...string) bool {
	return slices.ContainsFunc(r.Proofs, func(p proof) bool { return p.shows() && slices.Contains(makers, p.By) })
}

// complete says whether each of some checks, rules or scans shows the row, and nothing makes any of them doubtful.
func (r *row) complete(by string, ids []string) bool {
	for _, id := range ids {
		ofIt := func(p proof) bool { return p.By == by && p.ID == id }
		if !slices.ContainsFunc(r.Proofs, ofIt) || slices.ContainsFunc(r.Proofs, func(p proof) bool { return ofIt(p) && !p.shows() }) {
			return false
		}
	}
	return len(ids) > 0
}

func filter(ids []string, keep func(string) bool) []string {
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return !keep(id) })
}

func joinSentences(texts ...string) string {
	return strings.Join(filter(texts, func(text string) bool { return text != "" }), "; ")
}

func (l *ledger) failed() bool {
	return slices.ContainsFunc(l.Chapters, func(c *chapter) bool { return c.Counts.Failed > 0 })
}
