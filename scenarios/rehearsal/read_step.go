package rehearsal

import (
	"fmt"
	"regexp"
	"strconv"

	"go.yaml.in/yaml/v4"
)

func (r *reader) document(n *yaml.Node) {
	var steps *yaml.Node
	p := r.plan
	r.members(n, "a plan",
		word{"$schema", func(v *yaml.Node) { r.text(v, "$schema") }},
		word{"title", func(v *yaml.Node) { p.Title = r.text(v, "title") }},
		word{"mayFail", func(v *yaml.Node) { p.MayFail = r.truth(v, "mayFail") }},
		word{"steps", func(v *yaml.Node) { steps = v }},
	)
	if n.Kind != yaml.MappingNode {
		return
	}
	if steps == nil {
		r.fail(n, "the plan has no steps: write steps: and below it what happens when")
		return
	}
	if steps.Kind != yaml.SequenceNode || len(steps.Content) == 0 || len(steps.Content) > mostSteps {
		r.fail(steps, "steps must be a list of 1 to %d", mostSteps)
		return
	}
	taken := map[string]bool{}
	for i, one := range steps.Content {
		s := r.step(one, i+1)
		if taken[s.Name] {
			r.fail(one, "the name %q is taken by another step", s.Name)
		}
		taken[s.Name] = true
		p.Steps = append(p.Steps, s)
	}
}

var stepName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$`)

// step reads one thing that happens.
func (r *reader) step(n *yaml.Node, number int) Step {
	s := Step{Name: fmt.Sprintf("step-%d", number), Line: n.Line}
	forms := 0
	var times *yaml.Node
	ok := r.members(n, "a step",
		word{"name", func(v *yaml.Node) {
			if s.Name = r.text(v, "name"); s.Name != "" && !stepName.MatchString(s.Name) {
				r.fail(v, "name must be of letters, digits, dots, dashes and underscores, at most 60")
			}
		}},
		word{"says", func(v *yaml.Node) { s.Says = r.text(v, "says") }},
		word{"contract", func(v *yaml.Node) { s.Contract = r.text(v, "contract") }},
		word{"at", func(v *yaml.Node) { forms++; s.Trigger.Start = r.oneOf(v, "at", "start") != "" }},
		word{"after", func(v *yaml.Node) { forms++; s.Trigger.After = r.wait(v, "after") }},
		word{"every", func(v *yaml.Node) { forms++; s.Trigger.Every = r.wait(v, "every") }},
		word{"times", func(v *yaml.Node) { times = v; s.Trigger.Times = r.number(v, "times", 1, mostCount) }},
		word{"when", func(v *yaml.Node) { forms++; r.when(&s.Trigger, v) }},
		word{"then", func(v *yaml.Node) { s.Then = r.actions(v) }},
	)
	if !ok {
		return s
	}
	again := s.Trigger.Every > 0 || s.Trigger.Call != nil && s.Trigger.Call.Every > 0
	switch {
	case forms != 1:
		r.fail(n, "a step has exactly one of at: start, after, every and when")
	case len(s.Then) == 0:
		r.fail(n, "a step says what happens: then")
	case times != nil && !again:
		r.fail(times, "times is for steps with every; how often a fault acts stands in the fault")
	}
	return s
}

func (r *reader) when(t *Trigger, n *yaml.Node) {
	call, delivery := &Call{}, &Delivery{}
	var other *yaml.Node // a word that goes with call only
	forCall := func(read func(*yaml.Node)) func(*yaml.Node) {
		return func(v *yaml.Node) { other = v; read(v) }
	}
	ok := r.members(n, "when",
		word{"call", func(v *yaml.Node) { call.Number = r.number(v, "call", 1, mostCount) }},
		word{"every", forCall(func(v *yaml.Node) { call.Every = r.number(v, "every", 1, mostCount) })},
		word{"operation", forCall(func(v *yaml.Node) { call.Operations = r.texts(v, "operation") })},
		word{"method", forCall(func(v *yaml.Node) { call.Methods = r.texts(v, "method") })},
		word{"path", forCall(func(v *yaml.Node) { call.Path = r.text(v, "path") })},
		word{"status", forCall(func(v *yaml.Node) { call.Status = r.status(v) })},
		word{"delivery", func(v *yaml.Node) { delivery.Number = r.number(v, "delivery", 1, mostCount) }},
		word{"type", func(v *yaml.Node) { delivery.Types = r.texts(v, "type") }},
	)
	switch {
	case !ok:
	case (call.Number > 0) == (delivery.Number > 0):
		r.fail(n, "when has either call or delivery, with the number of the one that is meant: call: 3")
	case call.Number > 0 && len(delivery.Types) > 0:
		r.fail(n, "type goes with delivery")
	case delivery.Number > 0 && other != nil:
		r.fail(other, "operation, method, path, status and every go with call")
	case call.Every > 0 && call.Number > call.Every:
		r.fail(n, "call %d never comes where counting begins anew after %d", call.Number, call.Every)
	case call.Every > 0 && call.Status != "":
		r.fail(n, "every and status do not go together")
	case call.Path != "" && call.Status != "":
		r.fail(n, "path and status do not go together; name the operation")
	case call.Number > 0:
		t.Call = call
	default:
		t.Delivery = delivery
	}
}

// status reads a status or a class of them.
func (r *reader) status(n *yaml.Node) string {
	text := r.text(n, "status")
	if code, err := strconv.Atoi(text); err == nil && code >= 100 && code <= 599 {
		return text
	}
	if len(text) == 3 && text[0] >= '1' && text[0] <= '5' && text[1:] == "xx" {
		return text
	}
	r.fail(n, "status must be one such as 401, or a class such as 4xx")
	return ""
}
