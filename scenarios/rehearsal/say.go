package rehearsal

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"understudy/contracts"
)

// Tell says what the plan is going to do, a sentence for each step.
func (p *Plan) Tell() []string {
	var list []string
	for i := range p.Steps {
		list = append(list, p.Steps[i].text())
	}
	return list
}

// text says when a step acts, and what it does.
func (s *Step) text() string {
	if s.Says != "" {
		return s.Says
	}
	var done []string
	for i := range s.Then {
		done = append(done, s.Then[i].text())
	}
	return s.Trigger.text() + ": " + strings.Join(done, ", ")
}

func (t *Trigger) text() string {
	switch {
	case t.Start:
		return "at the start"
	case t.After > 0:
		return "after " + t.After.String()
	case t.Every > 0:
		return "every " + t.Every.String()
	case t.Delivery != nil:
		text := fmt.Sprintf("delivery %d", t.Delivery.Number)
		if len(t.Delivery.Types) > 0 {
			text += " of " + shortList(t.Delivery.Types)
		}
		return text
	}
	c := t.Call
	text := fmt.Sprintf("call %d", c.Number)
	if c.Every > 0 {
		text += fmt.Sprintf(" of every %d", c.Every)
	}
	if len(c.Methods) > 0 {
		text += " with " + strings.Join(c.Methods, ", ")
	}
	if len(c.Operations) > 0 {
		text += " of " + shortList(c.Operations)
	}
	if c.Path != "" {
		text += " to " + c.Path
	}
	if c.Status != "" {
		text += " answered with " + c.Status
	}
	return text
}

func (a *Action) text() string {
	switch {
	case a.Fault != nil:
		return faultText(a.Fault)
	case a.Outage != nil:
		return fmt.Sprintf("down with %d for %s", cmp.Or(a.Outage.Status, 503), a.Outage.For)
	case a.Clock != nil:
		return a.Clock.text()
	case a.Tokens != nil:
		return strings.TrimSpace(a.Tokens.Class+" tokens") + " live " + a.Tokens.Live + " from now on"
	case a.End != nil:
		word := "expire"
		if a.End.Revoke {
			word = "are revoked"
		}
		return cmp.Or(a.End.Env, a.End.Class, "the tokens that were obtained") + " " + word
	case a.Refuse != nil:
		return fmt.Sprintf("the next %s is refused with %d", a.Refuse.What, cmp.Or(a.Refuse.Status, 401))
	case a.Deliveries != nil:
		return a.Deliveries.Kind
	case a.Forge != nil:
		kinds := a.Forge.Kinds
		if len(kinds) == 0 {
			kinds = usualForgeries
		}
		return "forged deliveries: " + strings.Join(kinds, ", ")
	case a.Limit != nil:
		return a.Limit.text()
	case a.Event != nil:
		return "the event " + a.Event.Type
	}
	return "nothing"
}

// faultText says what a fault does: "answered with 429, Retry-After 2".
func faultText(f *contracts.FaultBehaviour) string {
	text := f.Kind
	if f.Kind == "status" {
		var list []string
		for _, status := range f.Status {
			list = append(list, strconv.Itoa(status))
		}
		text = "answered with " + cmp.Or(strings.Join(list, " or "), "500")
	}
	if f.Delay != "" {
		text += " of " + f.Delay
	}
	if f.Effect {
		text += " behind the effect"
	}
	if v := f.Headers["Retry-After"]; v != "" {
		text += ", Retry-After " + v
	}
	if f.Times > 1 {
		text += ", " + times(f.Times)
	}
	return text
}

func (k *Clock) text() string {
	switch {
	case k.Advance != "":
		return "the clock goes ahead by " + k.Advance
	case k.Set != "":
		return "the clock is set to " + k.Set
	case k.Rate != nil && *k.Rate == 0:
		return "the clock stands still"
	case k.Rate != nil:
		return fmt.Sprintf("the clock goes on at %g seconds a second", *k.Rate)
	}
	return "the clock"
}

func (l *Limit) text() string {
	name := cmp.Or(l.Name, "every limit")
	switch {
	case l.Reset:
		return name + " is whole again"
	case l.Left != nil:
		return fmt.Sprintf("%d are left of %s", *l.Left, name)
	}
	return name + " is used up"
}
