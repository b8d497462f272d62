package arazzo

import (
	"slices"
	"strings"
)

// verify checks what can be told only when the whole document has been read: that what is named exists, that nothing waits
// for itself, and that no step reads what comes after it.
func (p *parser) verify(d *Document) {
	for _, w := range d.Workflows {
		for _, ref := range w.DependsOn {
			p.localWorkflow(&ref)
			if ref.Source == "" && ref.ID == w.ID {
				p.fail(ref.At, "remove it", "the workflow %q depends on itself", w.ID)
			}
		}
		for _, name := range w.Extension.Secrets {
			p.knownInput(w, w.Extension.At, name)
		}
		v := verifier{parser: p, doc: d, workflow: w}
		v.verify()
	}
	if len(p.problems) == 0 {
		p.workflowCycles(d)
	}
	if p.componentInputs(d); len(p.problems) == 0 {
		p.compileInputs(d)
	}
}

func (p *parser) localWorkflow(ref *Reference) *Workflow {
	if ref == nil || ref.Source != "" {
		return nil
	}
	w := p.doc.Workflow(ref.ID)
	if w == nil {
		p.fail(ref.At, didYouMean(ref.ID, workflowIDs(p.doc)), "there is no workflow %q", cut(ref.ID, 60))
	}
	return w
}

func workflowIDs(d *Document) []string {
	var out []string
	for _, w := range d.Workflows {
		out = append(out, w.ID)
	}
	return out
}

func stepIDs(w *Workflow) []string {
	var out []string
	for _, s := range w.Steps {
		out = append(out, s.ID)
	}
	return out
}

func outputNames(outputs []Output) []string {
	var out []string
	for _, o := range outputs {
		out = append(out, o.Name)
	}
	return out
}

// workflowCycles refuses workflows that wait for each other.
func (p *parser) workflowCycles(d *Document) {
	const open, done = 1, 2
	state := map[*Workflow]int{}
	var walk func(w *Workflow, way []string)
	walk = func(w *Workflow, way []string) {
		state[w] = open
		way = append(way, w.ID)
		for _, ref := range w.DependsOn {
			next := d.Workflow(ref.ID)
			if ref.Source != "" || next == nil {
				continue
			}
			switch state[next] {
			case open:
				p.fail(ref.At, "remove one of them", "the workflows depend on each other: %s", strings.Join(append(way, next.ID), " → "))
			case 0:
				walk(next, way)
			}
		}
		state[w] = done
	}
	for _, w := range d.Workflows {
		if state[w] == 0 {
			walk(w, nil)
		}
	}
}

// componentInputs checks that references into #/components/inputs lead somewhere.
func (p *parser) componentInputs(d *Document) {
	for _, w := range d.Workflows {
		object, ok := w.Inputs.(map[string]any)
		if !ok {
			continue
		}
		ref, ok := object["$ref"].(string)
		if !ok {
			continue
		}
		at := w.InputsAt
		at.Pointer += "/$ref"
		if name, ok := componentInput(ref); ok {
			if _, known := d.Components.Inputs[name]; !known {
				p.fail(at, didYouMean(name, sortedKeys(d.Components.Inputs)), "there is no component %q among the inputs", cut(name, 60))
			} else if d.InputSchema(w) == nil {
				p.fail(at, "write the schema out", "the reference %s leads round in a circle", quote(ref))
			}
		}
	}
}

func (p *parser) knownInput(w *Workflow, at Position, name string) {
	if properties, known := p.doc.inputProperties(w); known {
		if _, ok := properties[name]; !ok {
			p.warn(at, didYouMean(name, sortedKeys(properties)), "the workflow %q declares no input %q", cut(w.ID, 60), cut(name, 60))
		}
	}
}

// A verifier checks the references of one workflow.
type verifier struct {
	*parser
	doc      *Document
	workflow *Workflow
	step     *Step // nil: the workflow's own parameters, actions and outputs
	reading  moment
}

// A moment says when an expression is evaluated, and with it what there is to read.
type moment int

const (
	beforeRequest moment = iota // parameters and payload
	afterResponse               // criteria, actions, outputs
)

func (v *verifier) verify() {
	w := v.workflow
	for _, a := range slices.Concat(w.SuccessActions, w.FailureActions) {
		v.action(a, w.Steps)
	}
	for _, o := range w.Outputs {
		v.reading = afterResponse
		v.template(o.Value)
	}
	for _, s := range w.Steps {
		v.step = s
		v.verifyStep(s)
	}
	v.stepOrder()
}

func (v *verifier) verifyStep(s *Step) {
	v.localWorkflow(s.Workflow)
	v.reading = beforeRequest
	for _, parameter := range s.EffectiveParameters() {
		v.template(parameter.Value)
		if s.Operation != nil && parameter.In == "" && !slices.Contains(s.Parameters, parameter) {
			v.fail(parameter.At, "add in: path, query, header or cookie", "the parameter %q goes to the operation of the step %q and has no in", cut(parameter.Name, 60), cut(s.ID, 60))
		}
	}
	v.querystring(s)
	if called := v.called(s); called != nil {
		for _, parameter := range s.EffectiveParameters() {
			v.knownInput(called, parameter.At, parameter.Name)
		}
	}
	if s.RequestBody != nil {
		v.template(s.RequestBody.Payload)
		for _, r := range s.RequestBody.Replacements {
			v.template(r.Value)
		}
	}
	if s.Extension.Event != nil {
		v.template(s.Extension.Event.Data)
	}
	v.reading = afterResponse
	v.criteria(s.SuccessCriteria)
	for _, a := range slices.Concat(s.OnSuccess, s.OnFailure) {
		v.action(a, v.workflow.Steps)
	}
	for _, o := range s.Outputs {
		v.template(o.Value)
	}
	v.dependencies(s)
}

// querystring parameters exclude query parameters (OpenAPI 3.2, Parameter Object).
func (v *verifier) querystring(s *Step) {
	whole, single := 0, 0
	for _, parameter := range s.EffectiveParameters() {
		switch parameter.In {
		case "querystring":
			whole++
		case "query":
			single++
		}
	}
	if whole > 1 || whole > 0 && single > 0 {
		v.fail(s.At, "keep the one querystring parameter, or write query parameters only", "the step %q has a querystring parameter beside others of the query", cut(s.ID, 60))
	}
}

// called gives the local workflow that a step calls, or nil.
func (v *verifier) called(s *Step) *Workflow {
	if s == nil || s.Workflow == nil || s.Workflow.Source != "" {
		return nil
	}
	return v.doc.Workflow(s.Workflow.ID)
}

func (v *verifier) dependencies(s *Step) {
	for _, ref := range s.DependsOn {
		w := v.workflow
		switch {
		case ref.Source != "":
			continue
		case ref.Workflow != "":
			if w = v.doc.Workflow(ref.Workflow); w == nil {
				v.fail(ref.At, didYouMean(ref.Workflow, workflowIDs(v.doc)), "there is no workflow %q", cut(ref.Workflow, 60))
				continue
			}
		}
		before := w.Step(ref.Step)
		switch {
		case before == nil:
			v.fail(ref.At, didYouMean(ref.Step, stepIDs(w)), "the workflow %q has no step %q", cut(w.ID, 60), cut(ref.Step, 60))
		case before == s:
			v.fail(ref.At, "remove it", "the step %q depends on itself", cut(s.ID, 60))
		case w == v.workflow:
			s.after = append(s.after, before.index)
		}
	}
}

// action checks where an action leads, for its step or, in a workflow's list, for all.
func (v *verifier) action(a *Action, steps []*Step) {
	if a.StepID != "" && v.workflow.Step(a.StepID) == nil {
		v.fail(a.At, didYouMean(a.StepID, stepIDs(v.workflow)), "the action %q leads to the step %q, which the workflow has not", cut(a.Name, 60), cut(a.StepID, 60))
	}
	called := v.localWorkflow(a.Workflow)
	v.reading = afterResponse
	for _, parameter := range a.Parameters {
		v.template(parameter.Value)
		if called != nil {
			v.knownInput(called, parameter.At, parameter.Name)
		}
	}
	v.criteria(a.Criteria)
}

func (v *verifier) criteria(criteria []*Criterion) {
	for _, c := range criteria {
		for _, e := range c.Expressions() {
			v.expression(c.At, e)
		}
	}
}

func (v *verifier) template(t *Template) {
	if t != nil {
		t.root.walk(v.expression)
	}
}
