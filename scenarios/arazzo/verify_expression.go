package arazzo

import (
	"slices"
	"strings"
)

// expression checks that what an expression names exists and can have a value when it is read.
func (v *verifier) expression(at Position, e *Expression) {
	switch e.Root {
	case RootInputs:
		if properties, known := v.doc.inputProperties(v.workflow); known && !namesOne(e.Name, sortedKeys(properties)) {
			v.warn(at, didYouMean(e.Name, sortedKeys(properties)), "%s: the workflow %q declares no input %q", e.Text, cut(v.workflow.ID, 60), cut(e.Name, 60))
		}
	case RootOutputs:
		v.outputs(at, e)
	case RootSteps:
		v.stepExpression(at, e)
	case RootWorkflows:
		v.workflowExpression(at, e)
	case RootSources:
		v.knownSource(at, e.ID)
	case RootComponents:
		v.componentExpression(at, e)
	case RootStatusCode, RootResponse, RootURL, RootMethod, RootRequest:
		v.exchangeExpression(at, e)
	}
}

// namesOne says whether a name, which may end with accessors, begins with one of those known.
func namesOne(name string, known []string) bool {
	if name == "" || slices.Contains(known, name) {
		return true
	}
	for i := range len(name) {
		if i > 0 && (name[i] == '.' || name[i] == '[') && slices.Contains(known, name[:i]) {
			return true
		}
	}
	return false
}

// undeclared tells of an output that nothing sets: always absent, but allowed, and an official example reads such; strict
// reading refuses it.
func (v *verifier) undeclared(at Position, advice, format string, args ...any) {
	if v.opts.Strict {
		v.fail(at, advice, format, args...)
		return
	}
	v.warn(at, advice, format+", so that it is always absent", args...)
}

// outputs of the current workflow are those of the called one, in a step that calls a workflow.
func (v *verifier) outputs(at Position, e *Expression) {
	outputs, whose := v.workflow.Outputs, v.workflow.ID
	if v.step != nil && v.step.Workflow != nil {
		called := v.called(v.step)
		if called == nil {
			return
		}
		outputs, whose = called.Outputs, called.ID
	}
	if !namesOne(e.Name, outputNames(outputs)) {
		v.undeclared(at, didYouMean(e.Name, outputNames(outputs)), "%s: the workflow %q has no output %q", e.Text, cut(whose, 60), cut(e.Name, 60))
	}
}

func (v *verifier) stepExpression(at Position, e *Expression) {
	s := v.workflow.Step(e.ID)
	if s == nil {
		v.fail(at, didYouMean(e.ID, stepIDs(v.workflow)), "%s: the workflow %q has no step %q", e.Text, cut(v.workflow.ID, 60), cut(e.ID, 60))
		return
	}
	if e.nowhere {
		v.warn(at, "write $steps."+cut(s.ID, 60)+".outputs.<name>", "%s names no outputs of the step, so that it is always absent", quote(e.Text))
		return
	}
	if !namesOne(e.Name, outputNames(s.Outputs)) {
		v.undeclared(at, didYouMean(e.Name, outputNames(s.Outputs)), "%s: the step %q has no output %q", e.Text, cut(s.ID, 60), cut(e.Name, 60))
	}
	reader := v.step
	if reader == nil || s == reader && v.reading == afterResponse {
		return
	}
	if v.workflow.joins() && s != reader {
		reader.after = append(reader.after, s.index)
		return
	}
	if s.index < reader.index {
		return
	}
	const advice = "move the step before this one, or write dependsOn in Arazzo 1.1"
	if v.reached(s, reader) {
		v.warn(at, advice, "%s: the step %q comes later, so that there is no value unless an action leads back", e.Text, cut(s.ID, 60))
		return
	}
	v.fail(at, advice, "%s: the step %q comes later and has no outputs yet", e.Text, cut(s.ID, 60))
}

// reached says whether some action may lead from later back to reader, or runs later before reader is tried again.
func (v *verifier) reached(later, reader *Step) bool {
	for _, s := range v.workflow.Steps {
		for _, a := range slices.Concat(s.EffectiveOnSuccess(), s.EffectiveOnFailure()) {
			target := v.workflow.Step(a.StepID)
			if a.leadsTo(later.ID) || target != nil && a.Type == "goto" && s.index >= later.index && target.index <= reader.index {
				return true
			}
			if later == reader && a.Type == "retry" && s == reader {
				return true
			}
		}
	}
	return false
}

func (v *verifier) workflowExpression(at Position, e *Expression) {
	w := v.doc.Workflow(e.ID)
	if w == nil {
		v.fail(at, didYouMean(e.ID, workflowIDs(v.doc)), "%s: there is no workflow %q", e.Text, cut(e.ID, 60))
		return
	}
	if e.Field == "outputs" && !namesOne(e.Name, outputNames(w.Outputs)) {
		v.undeclared(at, didYouMean(e.Name, outputNames(w.Outputs)), "%s: the workflow %q has no output %q", e.Text, cut(w.ID, 60), cut(e.Name, 60))
	}
	if e.Field == "inputs" && e.Name != "" {
		if properties, known := v.doc.inputProperties(w); known && !namesOne(e.Name, sortedKeys(properties)) {
			v.warn(at, didYouMean(e.Name, sortedKeys(properties)), "%s: the workflow %q declares no input %q", e.Text, cut(w.ID, 60), cut(e.Name, 60))
		}
	}
}

func (v *verifier) componentExpression(at Position, e *Expression) {
	c := v.doc.Components
	known := map[string][]string{
		"parameters": sortedKeys(c.Parameters), "successActions": sortedKeys(c.SuccessActions), "failureActions": sortedKeys(c.FailureActions),
	}[e.ID]
	if !slices.Contains(known, e.Name) {
		v.fail(at, didYouMean(e.Name, known), "%s: there is no component %q among the %s", e.Text, cut(e.Name, 60), e.ID)
	}
}

// exchangeExpression warns of reading an exchange where there is none.
func (v *verifier) exchangeExpression(at Position, e *Expression) {
	switch {
	case v.step == nil:
		if v.reading == afterResponse && !strings.Contains(at.Pointer, "Actions/") {
			v.warn(at, "give a step an output with the value and read that", "%s: the outputs of a workflow are read when no step is current", e.Text)
		}
	case v.step.Workflow != nil:
		v.warn(at, "test an output of the called workflow: $outputs.<name>", "%s: a step that calls a workflow has no request and no response, so that this is always absent", e.Text)
	case v.reading == beforeRequest && (e.Root == RootStatusCode || e.Root == RootResponse):
		v.warn(at, "read an output of an earlier step", "%s: there is no response before the request is sent", e.Text)
	}
}

// stepOrder refuses steps that wait for each other.
func (v *verifier) stepOrder() {
	if !v.workflow.joins() {
		return
	}
	const open, done = 1, 2
	state := make([]int, len(v.workflow.Steps))
	var walk func(i int, way []string)
	walk = func(i int, way []string) {
		state[i] = open
		s := v.workflow.Steps[i]
		slices.Sort(s.after)
		s.after = slices.Compact(s.after)
		way = append(way, s.ID)
		for _, before := range s.after {
			switch state[before] {
			case open:
				v.fail(s.At, "remove one of them", "the steps depend on each other: %s", strings.Join(append(way, v.workflow.Steps[before].ID), " → "))
			case 0:
				walk(before, way)
			}
		}
		state[i] = done
	}
	for i := range state {
		if state[i] == 0 {
			walk(i, nil)
		}
	}
}
