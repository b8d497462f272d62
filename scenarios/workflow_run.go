package scenarios

import (
	"context"
	"fmt"
	"maps"
	"time"

	"understudy/scenarios/arazzo"
)

// defaultWithin is how long a step waits for a delivery.
const defaultWithin = 10 * time.Second

// mostDepth bounds workflows that call workflows.
const mostDepth = 20

// A course is what a test's workflow shares with those that it calls.
type course struct {
	test    *Test
	budget  int                  // steps that are left
	lacking string               // which step was left out, for want of what the run has not; empty: none
	ran     map[string]*finished // by script and workflow
	latest  string               // delivery that was there when the workflow began; empty: none
	waited  map[string]string    // the last delivery that was waited for, by event
	held    []heldClock          // clocks that stand still until the test has ended
}

// An execution is one workflow on its way.
type execution struct {
	player   *player
	course   *course
	script   *Script
	workflow *arazzo.Workflow
	inputs   map[string]any
	depth    int
	actors   []string // of documents, workflows and calling steps, the narrowest last

	outputs           map[string]any // of the workflow
	steps             map[string]map[string]any
	called            map[string]any // outputs of the workflow that the current step has called
	calling           bool
	request, response *arazzo.Message
	deployment        *Deployment // of the current step

	lastRequest, lastResponse *arazzo.Message // of the last step that had some
}

// ending is what a workflow came to.
type ending struct {
	outcome Outcome
	reason  string
}

// A direction is where a workflow goes behind a step.
type direction struct {
	next     bool // to the next step
	step     string
	workflow *arazzo.Reference
	action   *arazzo.Action // that says so
	ending   ending         // else
}

// play carries the workflow out.
func (e *execution) play(ctx context.Context) ([]Step, ending) {
	e.steps, e.outputs = map[string]map[string]any{}, map[string]any{}
	if e.depth > mostDepth {
		return nil, ending{Errored, fmt.Sprintf("workflows call each other more than %d deep", mostDepth)}
	}
	if actor := e.workflow.Extension.Actor; actor != "" {
		e.actors = append(e.actors[:len(e.actors):len(e.actors)], actor)
	}
	if timeout := e.workflow.Extension.Timeout; timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, timeout)
		defer cancel()
	}
	records, end := e.playSteps(ctx)
	if end.outcome == Passed {
		if err := e.makeOutputs(); err != nil {
			end = ending{Errored, err.Error()}
		}
	}
	if end.outcome == Passed && allSkipped(records) {
		end = ending{Skipped, "no step was carried out"}
		if len(records) > 0 {
			end.reason = records[0].Reason
		}
	}
	e.course.ran[key(e.script, e.workflow.ID)] = &finished{e.inputs, e.outputs, end.outcome == Passed}
	return records, end
}

func allSkipped(records []Step) bool {
	for i := range records {
		if records[i].Outcome != Skipped {
			return false
		}
	}
	return true
}

// playSteps carries the steps out, each where the one before leads to.
func (e *execution) playSteps(ctx context.Context) ([]Step, ending) {
	order := e.workflow.Order()
	var records []Step
	for i := 0; i < len(order); {
		list, to := e.step(ctx, order[i])
		records = append(records, list...)
		switch {
		case to.next:
			i++
		case to.step != "":
			if i = indexOf(order, to.step); i < 0 {
				return records, ending{Errored, "there is no step " + to.step}
			}
		case to.workflow != nil:
			steps, end := e.goTo(ctx, to)
			return append(records, steps...), end
		default:
			return records, to.ending
		}
	}
	return records, ending{Passed, ""}
}

func indexOf(order []*arazzo.Step, id string) int {
	for i, s := range order {
		if s.ID == id {
			return i
		}
	}
	return -1
}

// makeOutputs works out the outputs of the workflow. Those that a workflow left behind to which this one went stay.
func (e *execution) makeOutputs() error {
	e.forget()
	for _, o := range e.workflow.Outputs {
		v, err := o.Value.Evaluate(e)
		if err != nil {
			return fmt.Errorf("%s: the output %s: %s", o.At, o.Name, e.show(err.Error()))
		}
		if !v.Absent {
			e.outputs[o.Name] = v.Any
		}
	}
	return nil
}

// forget drops what belongs to the step before.
func (e *execution) forget() {
	e.request, e.response, e.called, e.calling, e.deployment = nil, nil, nil, false, nil
}

// goTo hands over to another workflow for good.
func (e *execution) goTo(ctx context.Context, to direction) ([]Step, ending) {
	inputs, err := e.passed(to.action.Parameters)
	if err != nil {
		return nil, ending{Errored, err.Error()}
	}
	other, err := e.call(to.workflow, inputs)
	if err != nil {
		return nil, ending{Errored, err.Error()}
	}
	steps, end := other.play(ctx)
	maps.Copy(e.outputs, other.outputs)
	return steps, end
}

// passed are parameters as the inputs of a workflow that is called.
func (e *execution) passed(parameters []*arazzo.Parameter) (map[string]any, error) {
	inputs := map[string]any{}
	for _, p := range parameters {
		v, err := p.Value.Evaluate(e)
		if err != nil {
			return nil, fmt.Errorf("%s: the parameter %s: %s", p.At, p.Name, e.show(err.Error()))
		}
		if !v.Absent {
			inputs[p.Name] = v.Any
		}
	}
	return inputs, nil
}

// call prepares the execution of another workflow: of this document, or of an Arazzo source among the scripts.
func (e *execution) call(r *arazzo.Reference, given map[string]any) (*execution, error) {
	script := e.script
	if r.Source != "" {
		if script = e.player.scriptOf(e.script, r.Source); script == nil {
			return nil, fmt.Errorf("%s: the document of the source %s is not among those that are run; name its file too", r.At, r.Source)
		}
	}
	w := script.Document.Workflow(r.ID)
	if w == nil {
		return nil, fmt.Errorf("%s: there is no workflow %s in %s", r.At, r.ID, script.Name)
	}
	inputs, err := e.player.inputs(script, w, given, nil)
	if err != nil {
		return nil, fmt.Errorf("%s: the workflow %s: %w", r.At, r.ID, err)
	}
	e.player.hideInputs(script, w, inputs)
	switch missing, wrong := judgeInputs(w, inputs); {
	case len(missing) > 0:
		return nil, fmt.Errorf("%s: the workflow %s needs the input %s", r.At, r.ID, missing[0])
	case wrong != "":
		return nil, fmt.Errorf("%s: the inputs of the workflow %s do not fit: %s", r.At, r.ID, e.show(wrong))
	}
	actors := e.actors
	if script != e.script && script.Document.Extension.Actor != "" {
		actors = append(actors[:len(actors):len(actors)], script.Document.Extension.Actor)
	}
	return &execution{player: e.player, course: e.course, script: script, workflow: w, inputs: inputs, depth: e.depth + 1, actors: actors}, nil
}

// spend takes a step off what the test may carry out.
func (e *execution) spend(s *arazzo.Step) error {
	if e.course.budget--; e.course.budget < 0 {
		return fmt.Errorf("%s: more than %d steps were carried out; the workflow may go in a circle (--max-steps)", s.At, e.player.options.MaxSteps)
	}
	return nil
}
