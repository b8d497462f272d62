package rehearsal

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"understudy/contracts"
)

// Check holds a plan against the contracts that are served, so that what cannot be carried out is told before the client begins:
// operations, classes and limits that there are not, faults that cannot be.
func (p *Plan) Check(served []*contracts.Contract) error {
	var problems []error
	for i := range p.Steps {
		s := &p.Steps[i]
		found := false
		for _, c := range served {
			if s.Contract != "" && s.Contract != c.Name {
				continue
			}
			found = true
			if err := s.check(c); err != nil {
				problems = append(problems, p.at(s.Line, err))
				break
			}
		}
		if !found {
			problems = append(problems, p.at(s.Line, fmt.Errorf("the step %s is about the contract %q, which is not served; served are %s", s.Name, cut(s.Contract), names(served))))
		}
	}
	return errors.Join(problems...)
}

// at says where in the plan's file something stands.
func (p *Plan) at(line int, err error) error {
	if p.File == "" {
		return err
	}
	return fmt.Errorf("%s:%d: %w", p.File, line, err)
}

func names(served []*contracts.Contract) string {
	var list []string
	for _, c := range served {
		list = append(list, c.Name)
	}
	return strings.Join(list, ", ")
}

func (s *Step) check(c *contracts.Contract) error {
	if t := s.Trigger.Call; t != nil {
		if err := operationsOf(c, t.Operations); err != nil {
			return fmt.Errorf("when: %w", err)
		}
		hold := holdFor(s)
		if err := c.CheckFault(&hold); err != nil {
			return fmt.Errorf("when: %w", err)
		}
	}
	for i := range s.Then {
		if err := s.Then[i].check(c); err != nil {
			return err
		}
	}
	return nil
}

func (a *Action) check(c *contracts.Contract) error {
	switch {
	case a.Fault != nil:
		return c.CheckFault(a.Fault)
	case a.Outage != nil:
		return operationsOf(c, a.Outage.Operations)
	case a.Refuse != nil:
		if len(sessionOperations(c, a.Refuse.What)) == 0 {
			return fmt.Errorf("refuse: %s has no operation of its own for %s; end the tokens with expire or revoke", c.Name, a.Refuse.What)
		}
	case a.Limit != nil && a.Limit.Name != "":
		var known []string
		for _, l := range c.Behaviour.Limits {
			known = append(known, l.Name)
		}
		if !slices.Contains(known, a.Limit.Name) {
			return fmt.Errorf("limit: %s declares no limit %q%s", c.Name, cut(a.Limit.Name), listed(known))
		}
	case a.Event != nil:
		var known []string
		for _, e := range c.Events() {
			known = append(known, e.Name)
		}
		if !slices.Contains(known, a.Event.Type) {
			return fmt.Errorf("event: %s tells of no event %q%s", c.Name, cut(a.Event.Type), listed(known))
		}
	}
	return nil
}

func listed(known []string) string {
	if len(known) == 0 {
		return "; it has none"
	}
	return "; it has " + strings.Join(known, ", ")
}

// operationsOf says which of some ids is none of the contract's operations.
func operationsOf(c *contracts.Contract, ids []string) error {
	for _, id := range ids {
		if slices.ContainsFunc(c.Operations, func(o *contracts.Operation) bool { return o.ID == id }) {
			continue
		}
		var known []string
		for _, o := range c.Operations {
			known = append(known, o.ID)
		}
		if near := contracts.Nearest(id, known); near != "" {
			return fmt.Errorf("%s has no operation %q; did you mean %s?", c.Name, cut(id), near)
		}
		return fmt.Errorf("%s has no operation %q; understudy explain lists them", c.Name, cut(id))
	}
	return nil
}

// sessionOperations are the ids of the operations with which a session is opened ("login") or renewed ("refresh").
func sessionOperations(c *contracts.Contract, what string) []string {
	var list []string
	for _, o := range c.Operations {
		if o.Behaviour.Session == what {
			list = append(list, o.ID)
		}
	}
	return list
}
