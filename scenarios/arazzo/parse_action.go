package arazzo

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

// reusable reads a Reusable Object. It gives the name of the component of the kind that may stand here, or "" where the
// reference is wrong; is says whether n is one at all.
func (p *parser) reusable(n *yaml.Node, pointer, kind string) (name string, value *yaml.Node, is bool) {
	if n.Kind != yaml.MappingNode {
		return "", nil, false
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		is = is || n.Content[i].Value == "reference"
	}
	if !is {
		return "", nil, false
	}
	var reference *yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		switch key.Value {
		case "reference":
			reference = n.Content[i+1]
		case "value":
			value = n.Content[i+1]
		default:
			// "Any properties added MUST be ignored."
			p.warn(p.at(key, pointer), "remove it", "a reference to a component has no field %q; it is ignored", cut(key.Value, 60))
		}
	}
	at := p.at(reference, pointer+"/reference")
	if !isText(reference) {
		p.fail(at, "write $components."+kind+".<name>", "reference is %s and not a runtime expression", describe(reference))
		return "", nil, true
	}
	e, err := ParseExpression(reference.Value, V11) // 1.0's grammar would take any name
	switch {
	case err != nil:
		p.syntax(at, err)
	case e.Root != RootComponents || e.ID != kind:
		p.fail(at, "write $components."+kind+".<name>", "%s is no reference to one of the %s", quote(reference.Value), kind)
	case value != nil && kind != "parameters":
		p.fail(p.at(value, pointer+"/value"), "remove it", "only references to parameters take a value")
	default:
		return e.Name, value, true
	}
	return "", nil, true
}

func (p *parser) unknownComponent(n *yaml.Node, pointer, kind, name string, known []string) {
	p.fail(p.at(n, pointer), didYouMean(name, known), "there is no component %q among the %s", cut(name, 60), kind)
}

// parameters reads a list of parameters and references to them. The same name and in may not stand twice.
func (p *parser) parameters(o *object, field string) []*Parameter {
	var out []*Parameter
	for i, n := range o.list(field, 0) {
		pointer := o.pointer + "/" + field + "/" + itoa(i)
		parameter := p.parameterOrReference(n, pointer)
		if parameter == nil {
			continue
		}
		for _, before := range out {
			if before.Name == parameter.Name && before.In == parameter.In {
				p.fail(parameter.At, "remove one of them", "the parameter %q stands twice in %s, first in line %d", cut(parameter.Name, 60), field, before.At.Line)
			}
		}
		out = append(out, parameter)
	}
	return out
}

func (p *parser) parameterOrReference(n *yaml.Node, pointer string) *Parameter {
	name, value, is := p.reusable(n, pointer, "parameters")
	switch {
	case !is:
		return p.parameter(n, pointer)
	case name == "":
		return nil
	}
	known := p.doc.Components.Parameters[name]
	if known == nil {
		p.unknownComponent(n, pointer, "parameters", name, sortedKeys(p.doc.Components.Parameters))
		return nil
	}
	out := *known
	out.At, out.Reference = p.at(n, pointer), name
	if value != nil {
		out.Value = p.template(value, pointer+"/value")
	}
	return &out
}

func (p *parser) parameter(n *yaml.Node, pointer string) *Parameter {
	o := p.object(n, pointer, "a parameter", "name", "in", "value")
	if o == nil {
		return nil
	}
	out := &Parameter{At: o.here(), Name: o.name("name", "add the parameter's name"), Extensions: o.noExtension()}
	in, before := o.text("in"), len(p.problems)
	switch {
	case in == "querystring" && p.version < V11:
		p.fail(o.place("in"), "write arazzo: 1.1.0 at the top, or pass query parameters", "in: querystring is of Arazzo 1.1")
	case in == "channel":
		p.fail(o.place("in"), "", "in: channel belongs to AsyncAPI steps, which are not supported")
	case in == "body" || in == "formData":
		p.fail(o.place("in"), "pass it in requestBody.payload", "in of a parameter is %q, which is none of its values", in)
	default:
		words := []string{"path", "query", "header", "cookie"}
		if p.version >= V11 {
			words = append(words, "querystring")
		}
		out.In = o.word("in", words...)
	}
	out.wrong = len(p.problems) > before
	if o.require("value", "add the value, or null") {
		out.Value = p.template(o.fields["value"], pointer+"/value")
		if v, ok := out.Value.Literal(); ok && in == "querystring" {
			if _, text := v.(string); !text {
				p.fail(o.place("value"), "write the whole query string: \"a=1&b=2\"", "the value of a querystring parameter is %s and not a string", describe(o.fields["value"]))
			}
		}
	}
	return out
}

// actions reads a list of actions and references to them. A name may not stand twice.
func (p *parser) actions(o *object, field string, failure bool) []*Action {
	var out []*Action
	for i, n := range o.list(field, 0) {
		pointer := o.pointer + "/" + field + "/" + itoa(i)
		action := p.actionOrReference(n, pointer, failure)
		if action == nil {
			continue
		}
		for _, before := range out {
			if before.Name == action.Name && action.Name != "" {
				p.fail(action.At, "rename one of them", "the action %q stands twice in %s, first in line %d", cut(action.Name, 60), field, before.At.Line)
			}
		}
		out = append(out, action)
	}
	return out
}

func (p *parser) actionOrReference(n *yaml.Node, pointer string, failure bool) *Action {
	kind, known := "successActions", p.doc.Components.SuccessActions
	if failure {
		kind, known = "failureActions", p.doc.Components.FailureActions
	}
	name, _, is := p.reusable(n, pointer, kind)
	switch {
	case !is:
		return p.action(n, pointer, failure)
	case name == "":
		return nil
	case known[name] == nil:
		p.unknownComponent(n, pointer, kind, name, sortedKeys(known))
		return nil
	}
	out := *known[name]
	out.At, out.Reference = p.at(n, pointer), name
	return &out
}

func (p *parser) action(n *yaml.Node, pointer string, failure bool) *Action {
	fields, types := []string{"name", "type", "workflowId", "stepId", "1.1 parameters", "criteria"}, []string{"end", "goto"}
	what := "a success action"
	if failure {
		fields, types, what = append(fields, "retryAfter", "retryLimit"), append(types, "retry"), "a failure action"
	}
	o := p.object(n, pointer, what, fields...)
	if o == nil {
		return nil
	}
	a := &Action{At: o.here(), Name: o.name("name", "give the action a name"), RetryLimit: 1, Extensions: o.noExtension()}
	if o.require("type", "add type: "+strings.Join(types, ", ")) {
		a.Type = o.word("type", types...)
	}
	if id := o.text("workflowId"); id != "" {
		a.Workflow = p.workflowReference(o.place("workflowId"), id)
	}
	a.StepID = o.text("stepId")
	p.actionTarget(o, a)
	a.Parameters = p.parameters(o, "parameters")
	if len(a.Parameters) > 0 && o.fields["workflowId"] == nil {
		p.fail(o.place("parameters"), "add the workflowId that takes them", "parameters of an action are for the workflow that it goes to, and it names none")
	}
	for _, parameter := range a.Parameters {
		if parameter.In != "" {
			p.fail(parameter.At, "remove in", "parameters of an action are inputs of a workflow and take no in")
		}
	}
	p.retry(o, a)
	a.Criteria = p.criteria(o, "criteria", 0)
	return a
}

// actionTarget checks where the action goes: goto needs one target, retry may have one, end has none.
func (p *parser) actionTarget(o *object, a *Action) {
	workflow, step := o.fields["workflowId"] != nil, o.fields["stepId"] != nil
	switch {
	case workflow && step:
		p.fail(o.place("stepId"), "keep one of them", "an action has workflowId or stepId, not both")
	case a.Type == "goto" && !workflow && !step:
		p.fail(o.here(), "add a stepId or a workflowId", "the action %q goes nowhere", cut(a.Name, 60))
	case a.Type == "end" && (workflow || step):
		p.warn(o.here(), "write type: goto, or remove the target", "the action %q ends the workflow, so that its target has no effect", cut(a.Name, 60))
	}
}

func (p *parser) retry(o *object, a *Action) {
	for _, field := range []string{"retryAfter", "retryLimit"} {
		if o.fields[field] != nil && a.Type != "retry" && a.Type != "" {
			p.warn(o.place(field), "write type: retry, or remove it", "%s has no effect on an action of type %s", field, a.Type)
		}
	}
	if n := o.fields["retryAfter"]; n != nil {
		seconds, ok := decimal(p.decode(n, o.pointer+"/retryAfter"))
		if !ok || seconds < 0 || seconds > maxWait.Seconds() {
			p.fail(o.place("retryAfter"), "write a number such as 1.5", "retryAfter is %s and not a number of seconds", describe(n))
		} else {
			a.RetryAfter = time.Duration(math.Round(seconds * float64(time.Second)))
		}
	}
	if n := o.fields["retryLimit"]; n != nil {
		limit, ok := wholeNumber(p.decode(n, o.pointer+"/retryLimit"))
		if !ok || limit > math.MaxInt32 {
			p.fail(o.place("retryLimit"), "write a number such as 3", "retryLimit is %s and not a whole number", describe(n))
		} else {
			a.RetryLimit = int(limit)
		}
	}
}

// decimal gives a number that JSON can say.
func decimal(v any) (float64, bool) {
	number, ok := v.(json.Number)
	if !ok {
		return 0, false
	}
	f, err := strconv.ParseFloat(string(number), 64)
	return f, err == nil
}

// wholeNumber gives a number of at least 0 without a fraction.
func wholeNumber(v any) (int64, bool) {
	f, ok := decimal(v)
	if !ok || f < 0 || f != math.Trunc(f) || f > 1<<53 {
		return 0, false
	}
	return int64(f), true
}

// leadsTo says whether the action goes to a step, for good or before a retry.
func (a *Action) leadsTo(step string) bool {
	return a.StepID == step && slices.Contains([]string{"goto", "retry"}, a.Type)
}
