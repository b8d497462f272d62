package grade

import (
	"fmt"
	"slices"
	"strings"

	"understudy/contracts"
)

// Select gives the rules that the words name: ids ("RTY-001") or families ("RTY", "RTY-", "RTY-*"), in any case. Nothing in
// only means every rule; skip is taken away from that. A word that names no rule, and a selection that leaves nothing, are errors.
func Select(only, skip []string) ([]Rule, error) {
	list, wrong := choose(only, skip)
	if wrong != "" {
		return nil, unknownRule(wrong)
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("select rules: nothing is left of %s without %s", strings.Join(only, ", "), strings.Join(skip, ", "))
	}
	return list, nil
}

// choose gives the selected rules in the catalogue's order, and the first word that names none.
func choose(only, skip []string) (list []Rule, wrong string) {
	wanted := map[string]bool{}
	mark := func(words []string, as bool) {
		for _, word := range words {
			if !named(word, func(id string) { wanted[id] = as }) && wrong == "" {
				wrong = word
			}
		}
	}
	for i := range catalogue {
		wanted[catalogue[i].ID] = len(only) == 0
	}
	mark(only, true)
	mark(skip, false)
	for i := range catalogue {
		if wanted[catalogue[i].ID] {
			list = append(list, catalogue[i])
		}
	}
	return list, wrong
}

// named calls f with the ids that a word names; it is false where there are none.
func named(word string, f func(id string)) bool {
	word = strings.ToUpper(strings.TrimSpace(word))
	any := strings.TrimSuffix(strings.TrimSuffix(word, "*"), "-")
	found := false
	for i := range catalogue {
		if id := catalogue[i].ID; any != "" && (id == word || family(id) == any) {
			f(id)
			found = true
		}
	}
	return found
}

func unknownRule(word string) error {
	var known, families []string
	for i := range catalogue {
		known = append(known, catalogue[i].ID)
		if f := family(catalogue[i].ID); !slices.Contains(families, f) {
			families = append(families, f)
		}
	}
	if near := contracts.Nearest(strings.ToUpper(word), append(known, families...)); near != "" {
		return fmt.Errorf("select rules: there is no rule %.60q; did you mean %s?", word, near)
	}
	return fmt.Errorf("select rules: there is no rule %.60q; the families are %s", word, strings.Join(families, ", "))
}
