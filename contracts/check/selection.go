package check

import (
	"fmt"
	"slices"
	"strings"

	"understudy/contracts"
)

// A Selection is the set of checks that a run carries out.
type Selection struct{ ids map[string]bool }

// Has says whether a check is in the selection.
func (s Selection) Has(id string) bool { return s.ids[id] }

// IDs lists the selection in the order of the catalogue.
func (s Selection) IDs() []string {
	var list []string
	for i := range catalogue {
		if s.ids[catalogue[i].ID] {
			list = append(list, catalogue[i].ID)
		}
	}
	return list
}

// Select reads what the user asked for: ids ("SCH-001") or families ("SCH", "SCH-", "SCH-*"), in any case. Nothing in only
// means every check that can be carried out; skip is taken away from that. A word that names no check, and an only that
// leaves nothing, are errors; so is a check by its own id that is planned and not carried out yet.
func Select(only, skip []string) (Selection, error) {
	s := Selection{ids: map[string]bool{}}
	if len(only) == 0 {
		for i := range catalogue {
			s.ids[catalogue[i].ID] = !catalogue[i].Planned
		}
	}
	for _, word := range only {
		list, err := named(word)
		if err != nil {
			return Selection{}, fmt.Errorf("select checks: %w", err)
		}
		for _, c := range list {
			if c.Planned && len(list) == 1 {
				return Selection{}, fmt.Errorf("select checks: %s (%s) has its id but is not carried out yet", c.ID, c.Title)
			}
			s.ids[c.ID] = s.ids[c.ID] || !c.Planned
		}
	}
	for _, word := range skip {
		list, err := named(word)
		if err != nil {
			return Selection{}, fmt.Errorf("skip checks: %w", err)
		}
		for _, c := range list {
			s.ids[c.ID] = false
		}
	}
	if len(s.IDs()) == 0 {
		return Selection{}, fmt.Errorf("select checks: nothing is left of %s without %s",
			orAll(strings.Join(only, ", ")), strings.Join(skip, ", "))
	}
	return s, nil
}

func orAll(text string) string {
	if text == "" {
		return "all checks"
	}
	return text
}

// named lists the checks that a word names.
func named(word string) ([]*Check, error) {
	upper := strings.ToUpper(strings.TrimSpace(word))
	if c := byID[upper]; c != nil {
		return []*Check{c}, nil
	}
	family := strings.TrimSuffix(strings.TrimSuffix(upper, "*"), "-")
	var list []*Check
	for i := range catalogue {
		if c := &catalogue[i]; family != "" && familyOf(c.ID) == family {
			list = append(list, c)
		}
	}
	if list == nil {
		return nil, unknownCheck(word, upper)
	}
	return list, nil
}

// familyOf is the part of an id before its number.
func familyOf(id string) string {
	family, _, _ := strings.Cut(id, "-")
	return family
}

func unknownCheck(word, upper string) error {
	var known []string
	for i := range catalogue {
		known = append(known, catalogue[i].ID)
		if family := familyOf(catalogue[i].ID); !slices.Contains(known, family) {
			known = append(known, family)
		}
	}
	if near := contracts.Nearest(upper, known); near != "" {
		return fmt.Errorf("there is no check %q; did you mean %s?", cut(word, 60), near)
	}
	var families []string
	for _, k := range known {
		if !strings.Contains(k, "-") {
			families = append(families, k)
		}
	}
	return fmt.Errorf("there is no check %q; the families are %s", cut(word, 60), strings.Join(families, ", "))
}
