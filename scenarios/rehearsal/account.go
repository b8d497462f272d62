package rehearsal

import (
	"context"
	"fmt"
	"net/http"
	"strings"
)

// An Account is what became of a plan.
type Account struct {
	Title   string
	MayFail bool
	Steps   []Happened
}

// A Happened is what became of one step.
type Happened struct {
	Name  string
	Says  string // what it was to do
	Times int    // how often the client met it; 0: never
	Tells string // what happened, in one sentence
	Wrong string // why it could not be carried out; empty: it could
}

// Fired says that the client met at least one step.
func (a *Account) Fired() bool {
	for _, s := range a.Steps {
		if s.Times > 0 {
			return true
		}
	}
	return false
}

// account asks what became of all that was ordered.
func (c *Course) account(ctx context.Context) (Account, error) {
	a := Account{Title: c.plan.Title, MayFail: c.plan.MayFail}
	faults, err := c.faults(ctx)
	if err != nil {
		return a, fmt.Errorf("what became of the plan: %w", err)
	}
	left := map[string]int{}
	var ordered struct {
		Ordered []struct {
			ID    string
			Times int
		}
	}
	if err := c.control.Do(ctx, http.MethodGet, "/misbehaviours", nil, &ordered); err != nil {
		return a, fmt.Errorf("what became of the plan: %w", err)
	}
	for _, o := range ordered.Ordered {
		left[o.ID] = o.Times
	}
	for _, one := range c.staged {
		a.Steps = append(a.Steps, c.happened(one, faults, left))
	}
	return a, nil
}

func (c *Course) happened(one *staged, faults map[string]fault, left map[string]int) Happened {
	h := Happened{Name: one.step.Name, Says: one.step.text(), Wrong: one.wrong}
	calls, matched := 0, 0
	for _, name := range one.faults {
		calls, matched = calls+faults[name].Acted, matched+faults[name].Matched
	}
	if faults[one.hold].Matched > matched {
		matched = faults[one.hold].Matched
	}
	for _, o := range c.outages {
		if o.staged == one && o.over {
			calls += o.met
		}
	}
	deliveries := 0
	for _, o := range one.orders {
		deliveries += o.times - left[o.id]
	}
	h.Times = calls + deliveries
	if one.did > 0 {
		h.Times += one.fired
	}
	h.Tells = one.tells(h, calls, deliveries, matched)
	return h
}

// tells says what happened in a sentence.
func (s *staged) tells(h Happened, calls, deliveries, matched int) string {
	var parts []string
	if calls > 0 {
		parts = append(parts, "calls met it "+times(calls))
	}
	if deliveries > 0 {
		parts = append(parts, "deliveries met it "+times(deliveries))
	}
	if s.did > 0 {
		parts = append(parts, "it was carried out "+times(s.fired))
	}
	if s.cut && len(parts) > 0 {
		parts = append(parts, "the client ended before all of it was done")
	}
	if h.Wrong != "" {
		parts = append(parts, "it could not be carried out: "+h.Wrong)
	}
	if len(parts) > 0 {
		return strings.Join(parts, "; ")
	}
	return "it never happened: " + s.never(matched)
}

// never says why a step was never met.
func (s *staged) never(matched int) string {
	t := &s.step.Trigger
	switch {
	case s.cut:
		return "the client ended before it was done"
	case t.Call != nil:
		n := max(matched, s.seen)
		what := "call"
		if len(t.Call.Methods) > 0 {
			what += " with " + strings.Join(t.Call.Methods, ", ")
		}
		if len(t.Call.Operations) > 0 {
			what += " of " + shortList(t.Call.Operations)
		}
		if t.Call.Status != "" {
			what += " answered with " + t.Call.Status
		}
		switch {
		case s.fired > 0:
			return "the client called nothing that it was ordered for"
		case n == 0:
			return "the client made no " + what + " that got as far"
		case n >= t.Call.Number:
			return fmt.Sprintf("there was nothing to be done to at %s", plural(n, what))
		}
		return fmt.Sprintf("the client made %s, and it waits for number %d", plural(n, what), t.Call.Number)
	case t.Delivery != nil:
		switch {
		case s.fired > 0:
			return "there was nothing that it could be done to"
		case s.seen == 0:
			return fmt.Sprintf("it waits for delivery %d", t.Delivery.Number)
		}
		return fmt.Sprintf("the client got %s, and it waits for number %d", plural(s.seen, "delivery"), t.Delivery.Number)
	case !s.next.IsZero() && s.fired == 0:
		return "the client ended before"
	}
	return "the client called nothing that it is for"
}

func plural(n int, what string) string {
	noun, rest, _ := strings.Cut(what, " ")
	if rest != "" {
		rest = " " + rest
	}
	switch {
	case n == 1:
		return "1 " + noun + rest
	case strings.HasSuffix(noun, "y"):
		return fmt.Sprintf("%d %sies%s", n, strings.TrimSuffix(noun, "y"), rest)
	}
	return fmt.Sprintf("%d %ss%s", n, noun, rest)
}

// shortList names a few and counts the others.
func shortList(list []string) string {
	if len(list) > 3 {
		return fmt.Sprintf("%s and %d more", strings.Join(list[:3], ", "), len(list)-3)
	}
	return strings.Join(list, ", ")
}
