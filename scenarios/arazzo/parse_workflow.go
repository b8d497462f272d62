package arazzo

import (
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

func (p *parser) workflows(root *object) {
	for i, n := range root.list("workflows", 1) {
		pointer := "/workflows/" + itoa(i)
		o := p.object(n, pointer, "a workflow", "workflowId", "summary", "description", "inputs", "dependsOn", "steps",
			"successActions", "failureActions", "outputs", "parameters")
		if o == nil {
			continue
		}
		w := &Workflow{At: o.here(), ID: o.name("workflowId", "give the workflow an id"), Summary: o.text("summary"), Description: o.text("description")}
		if before := p.doc.Workflow(w.ID); before != nil && w.ID != "" {
			o.fail(o.place("workflowId"), "rename one of them", "the workflowId %q is that of another workflow, in line %d", cut(w.ID, 60), before.At.Line)
		}
		p.plainID(o.place("workflowId"), "workflowId", w.ID)
		p.doc.Workflows = append(p.doc.Workflows, w)
		p.workflow(o, w)
	}
}

// plainID warns of an id that expressions cannot name.
func (p *parser) plainID(at Position, what, id string) {
	if id != "" && strictID(id) < len(id) {
		p.warn(at, "use letters, digits, - and _", "the %s %q is not of the recommended form, and expressions of Arazzo 1.1 cannot name it", what, cut(id, 60))
	}
}

func (p *parser) workflow(o *object, w *Workflow) {
	if n := o.fields["inputs"]; n != nil && p.checkSchema(n, o.pointer+"/inputs") {
		w.InputsNode, w.InputsAt = n, o.place("inputs")
		w.Inputs = p.decode(n, o.pointer+"/inputs")
	}
	for i, id := range o.texts("dependsOn", 0) {
		at := o.place("dependsOn")
		if entries := o.fields["dependsOn"].Content; i < len(entries) {
			at = p.at(entries[i], o.pointer+"/dependsOn/"+itoa(i))
		}
		if ref := p.workflowReference(at, id); ref != nil {
			w.DependsOn = append(w.DependsOn, *ref)
		}
	}
	w.Parameters = p.parameters(o, "parameters")
	w.SuccessActions = p.actions(o, "successActions", false)
	w.FailureActions = p.actions(o, "failureActions", true)
	w.Outputs = p.outputs(o)
	w.Extensions, w.Extension = o.extensions, o.extension(onWorkflow)
	if !o.require("steps", "add a list of steps") {
		return
	}
	for i, n := range o.list("steps", 1) {
		if s := p.step(n, o.pointer+"/steps/"+itoa(i)); s != nil {
			if before := w.Step(s.ID); before != nil && s.ID != "" {
				p.fail(s.At, "rename one of them", "the stepId %q is that of another step of the workflow, in line %d", cut(s.ID, 60), before.At.Line)
			}
			s.workflow, s.index = w, len(w.Steps)
			w.Steps = append(w.Steps, s)
		}
	}
}

// asyncFields are the fields of steps over AsyncAPI (Arazzo 1.1).
var asyncFields = []string{"channelPath", "action", "correlationId"}

func (p *parser) step(n *yaml.Node, pointer string) *Step {
	o := p.object(n, pointer, "a step", "stepId", "description", "operationId", "operationPath", "workflowId", "parameters", "requestBody",
		"successCriteria", "onSuccess", "onFailure", "outputs", "1.1 timeout", "1.1 dependsOn", "1.1 channelPath", "1.1 action", "1.1 correlationId")
	if o == nil {
		return nil
	}
	s := &Step{At: o.here(), ID: o.name("stepId", "give the step an id"), Description: o.text("description")}
	p.plainID(o.place("stepId"), "stepId", s.ID)
	p.target(o, s)
	s.Parameters = p.parameters(o, "parameters")
	p.locations(s, s.Parameters)
	if body := o.fields["requestBody"]; body != nil {
		if s.Workflow != nil {
			p.warn(o.place("requestBody"), "pass the values as parameters", "a step that calls a workflow sends nothing itself, so its requestBody has no effect")
		}
		s.RequestBody = p.requestBody(body, pointer+"/requestBody")
	}
	s.SuccessCriteria = p.criteria(o, "successCriteria", 1)
	s.OnSuccess = p.actions(o, "onSuccess", false)
	s.OnFailure = p.actions(o, "onFailure", true)
	s.Outputs = p.outputs(o)
	s.Timeout = p.milliseconds(o, "timeout")
	for i, text := range o.texts("dependsOn", 1) {
		at := o.place("dependsOn")
		if entries := o.fields["dependsOn"].Content; i < len(entries) {
			at = p.at(entries[i], pointer+"/dependsOn/"+itoa(i))
		}
		p.stepReference(s, at, text)
	}
	s.Extensions, s.Extension = o.extensions, o.extension(onStep)
	p.addCuts(s)
	return s
}

// target reads what the step calls: exactly one of operationId, operationPath and workflowId.
func (p *parser) target(o *object, s *Step) {
	for _, field := range asyncFields {
		if o.fields[field] != nil {
			p.fail(o.place(field), "keep workflows over AsyncAPI in a document of their own", "AsyncAPI steps are not supported, and %s makes this one", field)
			return
		}
	}
	var given []string
	for _, field := range []string{"operationId", "operationPath", "workflowId"} {
		if o.fields[field] != nil {
			given = append(given, field)
		}
	}
	switch {
	case len(given) == 0:
		p.fail(o.here(), "add operationId, operationPath or workflowId", "the step calls nothing")
		return
	case len(given) > 1:
		p.fail(o.place(given[1]), "keep one of them", "the step has %s, of which only one may stand", strings.Join(given, " and "))
		return
	}
	text := o.name(given[0], "say what the step calls")
	if text == "" {
		return
	}
	switch at := o.place(given[0]); given[0] {
	case "operationId":
		s.Operation = p.operationReference(at, text)
	case "operationPath":
		s.Operation = p.operationPath(at, text)
	default:
		s.Workflow = p.workflowReference(at, text)
	}
}

// locations asks for in, where the parameters go to an operation.
func (p *parser) locations(s *Step, parameters []*Parameter) {
	if s.Operation == nil {
		return
	}
	for _, parameter := range parameters {
		if parameter.In == "" && !parameter.wrong {
			p.fail(parameter.At, "add in: path, query, header or cookie", "the parameter %q of a step that calls an operation has no in", cut(parameter.Name, 60))
		}
	}
}

// milliseconds reads a whole number that is not negative.
func (p *parser) milliseconds(o *object, field string) time.Duration {
	n := o.fields[field]
	if n == nil {
		return 0
	}
	whole, ok := wholeNumber(p.decode(n, o.pointer+"/"+field))
	if !ok || whole > maxWait.Milliseconds() {
		p.fail(o.place(field), "write a number such as 5000", "%s is %s and not a whole number of milliseconds", field, describe(n))
		return 0
	}
	return time.Duration(whole) * time.Millisecond
}

// maxWait bounds timeouts and delays.
const maxWait = 10 * 365 * 24 * time.Hour

func (p *parser) outputs(o *object) []Output {
	var out []Output
	o.keyed("outputs", func(name string, _, value *yaml.Node, pointer string) {
		at := p.at(value, pointer)
		switch {
		case isText(value):
		case value.Kind == yaml.MappingNode && p.version >= V11:
			out = append(out, Output{at, name, &Template{At: at, root: part{at: at, kind: partSelector, selector: p.selector(value, pointer)}}})
			return
		default:
			p.fail(at, "write a runtime expression such as $response.body#/id", "the output %q is %s and not a runtime expression", name, describe(value))
			return
		}
		before := len(p.problems)
		t := p.template(value, pointer)
		if t.root.kind == partLiteral && len(p.problems) == before {
			advice := "write one such as $response.body#/id"
			if strings.HasPrefix(value.Value, "$") {
				advice = didYouMean(strings.SplitN(value.Value, ".", 2)[0], roots)
			}
			p.fail(at, advice, "the output %q is %s and not a runtime expression", name, describe(value))
		}
		out = append(out, Output{at, name, t})
	})
	return out
}
