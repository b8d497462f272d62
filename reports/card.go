package reports

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"understudy/contracts/check"
	"understudy/scenarios"
)

// A card is what an integration came to under the rules for the clients of one contract.
type card struct {
	suite *scenarios.Suite
	score scenarios.Score

	broken, warned, kept, known, idle []*scenarios.Test // idle: never put to the test
}

// rules is the kind of suites that a card is made of.
const rules = "rules"

// cards gives one for each suite of rules.
func (s *survey) cards() []card {
	var list []card
	for i := range s.Suites {
		if s.Suites[i].Kind == rules {
			list = append(list, s.card(&s.Suites[i]))
		}
	}
	return list
}

func (s *survey) card(suite *scenarios.Suite) card {
	k := card{suite: suite, score: scenarios.Score{Contract: suite.Contract}}
	for j := range suite.Tests {
		switch t := &suite.Tests[j]; t.Outcome {
		case scenarios.Failed, scenarios.Errored:
			k.broken = append(k.broken, t)
		case scenarios.Known:
			k.known = append(k.known, t)
		case scenarios.Skipped:
			k.idle = append(k.idle, t)
		default:
			if f := worst(t); f != nil && weight(f) == 1 {
				k.warned = append(k.warned, t)
			} else {
				k.kept = append(k.kept, t)
			}
		}
	}
	for _, score := range s.Scores {
		if score.Contract == suite.Contract {
			k.score = score
		}
	}
	// The tests are what the reader sees; a baseline may have settled them anew.
	k.score.Kept, k.score.Warned = len(k.kept)+len(k.warned), len(k.warned)
	k.score.Broken, k.score.NotExercised = len(k.broken)+len(k.known), len(k.idle)
	return k
}

// sentence is the score: "17 of 18 exercised rules kept".
func (k *card) sentence() string {
	if k.score.Exercised() == 0 {
		return "no rule was put to the test"
	}
	return fmt.Sprintf("%d of %d exercised rules kept", k.score.Kept, k.score.Exercised())
}

// details are the numbers behind it, those that are not nothing.
func (k *card) details() string {
	var parts []string
	for _, c := range []struct {
		n    int
		word string
	}{{len(k.broken), "broken"}, {len(k.known), "broken as known"}, {len(k.warned), "kept with a warning"}, {len(k.idle), "not exercised"}} {
		if c.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", c.n, c.word))
		}
	}
	return strings.Join(parts, ", ")
}

// families are what the letters of rules stand for.
var families = map[string]string{
	"RTY": "retries", "QTA": "limits", "END": "errors", "NET": "transport", "TOK": "tokens", "KEY": "secrets", "IDM": "idempotency", "USE": "contract", "DLV": "webhooks",
}

// familyOf is the part of a rule's id before its number.
func familyOf(id string) string {
	letters, _, _ := strings.Cut(id, "-")
	return letters
}

// A group is rules that stand in one line: those of a family, or those for which one drill is wanting.
type group struct {
	name  string
	tests []*scenarios.Test
}

// byFamily puts tests together in the order in which their families come first.
func byFamily(tests []*scenarios.Test) []group {
	return grouped(tests, func(t *scenarios.Test) string { return familyOf(t.Check) })
}

// byDrill puts rules together that the same drill would put to the test; "" are those that no drill would.
func byDrill(tests []*scenarios.Test) []group {
	list := grouped(tests, drillOf)
	slices.SortStableFunc(list, func(a, b group) int {
		switch {
		case (a.name == "") == (b.name == ""):
			return 0
		case b.name == "":
			return -1
		}
		return 1
	})
	return list
}

func grouped(tests []*scenarios.Test, key func(*scenarios.Test) string) []group {
	var list []group
	for _, t := range tests {
		name := key(t)
		at := slices.IndexFunc(list, func(g group) bool { return g.name == name })
		if at < 0 {
			at = len(list)
			list = append(list, group{name: name})
		}
		list[at].tests = append(list[at].tests, t)
	}
	return list
}

// What a rule that was not put to the test says of it.
const (
	drillBegins = "--drill "
	drillEnds   = " would put it to the test"
	idleBegins  = "not exercised: "
)

// drillOf gives the drill that would put a rule to the test; "" is none.
func drillOf(t *scenarios.Test) string {
	_, rest, ok := strings.Cut(t.Reason, drillBegins)
	name, _, complete := strings.Cut(rest, drillEnds)
	if !ok || !complete || strings.ContainsAny(name, " ;,") {
		return ""
	}
	return name
}

// needs is what a rule would have had to see.
func needs(t *scenarios.Test) string {
	text := strings.TrimPrefix(t.Reason, idleBegins)
	text, _, _ = strings.Cut(text, "; "+drillBegins)
	return text
}

// idsOf lists rules in a line: "RTY-001, 002, 007" where they are of one family.
func idsOf(tests []*scenarios.Test) string {
	var b strings.Builder
	family := ""
	for i, t := range tests {
		letters, number, ok := strings.Cut(t.Check, "-")
		switch {
		case i == 0 || letters != family || !ok:
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(oneLine(t.Check))
		default:
			b.WriteString(", " + oneLine(number))
		}
		family = letters
	}
	return b.String()
}

// evidence gives the deciding exchange of a breach, and those of the same operation that led to it: rules about waiting and about
// repeats look at several.
func (s *survey) evidence(t *scenarios.Test, f *check.Finding) (list []*scenarios.Exchange, more int) {
	const most = 4
	deciding := s.exchanges[f.Exchange]
	if deciding == nil {
		return nil, 0
	}
	for _, n := range t.Exchanges {
		if e := s.exchanges[n]; e != nil && n <= f.Exchange && e.Operation == deciding.Operation && e.Method == deciding.Method {
			list = append(list, e)
		}
	}
	if len(list) == 0 || list[len(list)-1] != deciding {
		list = append(list, deciding)
	}
	list = list[max(len(list)-most, 0):]
	return list, max(len(t.Exchanges)-len(list), 0)
}

// moment shows when an exchange began, as precisely as rules about waiting need it.
func moment(e *scenarios.Exchange) string {
	if e.Started.Year() <= 1 {
		return ""
	}
	return e.Started.UTC().Format("15:04:05.000")
}

// call tells an exchange in a line: "GET /v1/events -> 429", with its host where that is none of the targets'.
func (s *survey) call(e *scenarios.Exchange) string {
	address := e.URL
	if u, err := url.Parse(e.URL); err == nil && u.Host != "" {
		for _, t := range s.Targets {
			if other, err := url.Parse(t.URL); err == nil && strings.EqualFold(other.Host, u.Host) {
				address = u.RequestURI()
			}
		}
	}
	answer := strconv.Itoa(e.Status)
	if e.Status == 0 {
		answer = "no answer"
	}
	return e.Method + " " + address + " -> " + answer
}
