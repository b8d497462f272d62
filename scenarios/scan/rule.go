package scan

import (
	"fmt"
	"slices"
	"strings"

	"understudy/contracts/check"
)

// A Rule is one thing that a source tree, a bundle or a log is held to.
type Rule struct {
	ID    string // "SCN-001": never reused; requirements, reports and baselines refer to it
	Title string // what must hold, in one line
	Doc   string // why it matters, two to four sentences
	Basis check.Basis
	Norm  string      // the clause
	Level check.Level // of its findings, unless a finding says otherwise
	// Needs is what there must be to look at, to be read behind "needs".
	Needs string
	// Decides says how the rule tells right from wrong, in one to three sentences.
	Decides string
	Advice  string // what the owner of the code does about a finding, in one sentence
	Example string // a few lines that keep the rule
}

// Check tells the rule in the words of the catalogue of checks, for reports.
func (r Rule) Check() check.Check {
	return check.Check{ID: r.ID, Title: r.Title, Doc: r.Doc, Basis: r.Basis, Norm: r.Norm, Level: r.Level, Mode: check.Passive, Advice: r.Advice}
}

// Rules gives the catalogue.
func Rules() []Rule { return slices.Clone(catalogue) }

// FindRule gives the rule of an id.
func FindRule(id string) (Rule, bool) {
	for i := range catalogue {
		if catalogue[i].ID == id {
			return catalogue[i], true
		}
	}
	return Rule{}, false
}

// Select gives the rules that the user asked for: ids ("SCN-001", "1", in any case) or SCN for all. Nothing in only means every
// rule; skip is taken away from that. A word that names no rule, and an only that leaves nothing, are errors.
func Select(only, skip []string) ([]Rule, error) {
	chosen := map[string]bool{}
	if len(only) == 0 {
		only = []string{"SCN"}
	}
	for i, words := range [][]string{only, skip} {
		for _, word := range words {
			ids, err := named(word)
			if err != nil {
				return nil, err
			}
			for _, id := range ids {
				chosen[id] = i == 0
			}
		}
	}
	var list []Rule
	for _, r := range catalogue {
		if chosen[r.ID] {
			list = append(list, r)
		}
	}
	if list == nil {
		return nil, fmt.Errorf("select rules: nothing is left of %s without %s", strings.Join(only, ", "), strings.Join(skip, ", "))
	}
	return list, nil
}

func named(word string) ([]string, error) {
	upper := strings.ToUpper(strings.TrimSpace(word))
	if strings.TrimRight(upper, "-*") == "SCN" {
		var all []string
		for _, r := range catalogue {
			all = append(all, r.ID)
		}
		return all, nil
	}
	number := strings.TrimPrefix(upper, "SCN-")
	if len(number) > 0 && len(number) < 3 && strings.Trim(number, "0123456789") == "" {
		number = strings.Repeat("0", 3-len(number)) + number
	}
	if _, ok := FindRule("SCN-" + number); ok {
		return []string{"SCN-" + number}, nil
	}
	if len(word) > 40 {
		word = word[:40] + "…"
	}
	return nil, fmt.Errorf("select rules: there is no rule %q; there are %s to %s, see: understudy scan --list", word, catalogue[0].ID, catalogue[len(catalogue)-1].ID)
}
