package resource

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"understudy/contracts/inference"
)

// begin gives a new item its first state: the client's, where it is one in which items may begin.
func (a *act) begin(want map[string]any) error {
	m := a.st.machine
	if m == nil || len(m.initial) == 0 {
		return nil
	}
	said, sent := at(want, m.field)
	if !sent || said == nil {
		put(want, m.field, m.value(m.initial[0]))
		return nil
	}
	text, _ := textOfValue(said)
	if contains(m.initial, text) {
		return nil
	}
	return &ConflictError{
		Collection: a.c.Path, Property: m.field, Value: text, Allowed: m.initial,
		Reason: fmt.Sprintf("%s begins with the %s %s, not %s", article(inference.Singular(a.c.Name)), m.field, strings.Join(m.initial, " or "), text),
	}
}

func article(noun string) string {
	if noun != "" && strings.ContainsRune("aeiou", rune(noun[0])) {
		return "an " + noun
	}
	return "a " + noun
}

// advance brings about the transition that the operation asks for, or refuses it. It gives nil where the state stays.
func (a *act) advance(old *record, item map[string]any, rec *record, salt string) (*transition, error) {
	m := a.st.machine
	from := m.state(old)
	wanted, _ := at(item, m.field)
	if _, set := a.b.Set[m.field]; wanted == nil || a.b.Role == inference.Replace && !set && !a.sends(m.field) {
		wanted = m.value(from) // what a client leaves out or takes away stays
		put(item, m.field, wanted)
	}
	to, _ := textOfValue(wanted)
	op := a.b.Operation.ID
	acts := m.by[op] && (a.b.Role == inference.Action || a.b.Role == inference.Upload || !a.sendable()[m.field])
	if forced, ok := a.q.Set[m.field]; ok {
		return a.force(from, forced, item, rec, salt)
	}
	if to == from {
		if !acts {
			return nil, nil
		}
		if !a.sends(m.field) {
			to = ""
		}
	}
	t, err := a.choose(from, to, op)
	if err != nil {
		return nil, err
	}
	put(item, m.field, m.value(t.To))
	a.apply(item, t.Set, rec, salt)
	return t, nil
}

// force brings about the state that the request chose by what it says: no transition need lead there, but the operation
// must be allowed in the state before.
func (a *act) force(from string, forced any, item map[string]any, rec *record, salt string) (*transition, error) {
	op := a.b.Operation.ID
	if a.st.machine.by[op] {
		if _, err := a.choose(from, "", op); err != nil {
			return nil, err
		}
	}
	to, _ := textOfValue(forced)
	t, err := a.choose(from, to, op)
	if err != nil || to == "" {
		return nil, nil // no transition of this operation leads there
	}
	a.apply(item, t.Set, rec, salt)
	return t, nil
}

// noteState notes since when a changed item has been in its state, and which change of state that was.
func (a *act) noteState(old, rec *record, change *Change) {
	m := a.st.machine
	if m == nil {
		return
	}
	from, to := m.state(old), m.state(rec)
	if from != to {
		rec.since = a.now.UnixNano()
		change.From, change.To = from, to
	}
}

// choose finds the transition of an operation from one state to another; empty: to any.
func (a *act) choose(from, to, op string) (*transition, error) {
	m := a.st.machine
	var starts, ends []string
	for i := range m.transitions {
		t := &m.transitions[i]
		if !contains(t.By, op) && (to == "" || !t.free()) {
			continue
		}
		switch fits := to == "" || t.To == to; {
		case t.leaves(from) && fits:
			return t, nil
		case t.leaves(from):
			ends = append(ends, t.To)
		case fits:
			starts = append(starts, t.From...)
		}
	}
	e := &ConflictError{Collection: a.c.Path, Property: m.field, Value: from}
	if to == "" {
		e.Allowed = sortedSet(starts)
		e.Reason = fmt.Sprintf("the %s has the %s %s, and %s needs %s", inference.Singular(a.c.Name), m.field, shownState(from), op, orNothing(e.Allowed))
		return nil, e
	}
	e.Allowed = sortedSet(ends)
	e.Reason = fmt.Sprintf("the %s cannot go from the %s %s to %s", inference.Singular(a.c.Name), m.field, shownState(from), to)
	if len(starts) > 0 {
		e.Reason += ", which needs " + strings.Join(sortedSet(starts), " or ")
	}
	e.Reason += "; from there " + op + " leads to " + orNothing(e.Allowed)
	return nil, e
}

func sortedSet(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}

func orNothing(list []string) string {
	if len(list) == 0 {
		return "nothing"
	}
	return strings.Join(list, " or ")
}

func shownState(state string) string {
	if state == "" {
		return "(none)"
	}
	return state
}

// sends says whether the request's body gives the item's member a value.
func (a *act) sends(place string) bool {
	_, sent := at(a.firstInput(), place)
	return sent
}

// mayDelete refuses a deletion that the item's state does not allow.
func (a *act) mayDelete(rec *record) (*transition, error) {
	m := a.st.machine
	if m == nil || !m.by[a.b.Operation.ID] {
		return nil, nil
	}
	return a.choose(m.state(rec), "", a.b.Operation.ID)
}

// sets are the members that a new item gets: those of the operation and over them those of the request.
func (a *act) sets() map[string]any {
	if len(a.q.Set) == 0 {
		return a.b.Set
	}
	all := maps.Clone(a.b.Set)
	if all == nil {
		all = map[string]any{}
	}
	maps.Copy(all, a.q.Set)
	return all
}
