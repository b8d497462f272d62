package scenarios

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"understudy/scenarios/arazzo"
)

// decide chooses the action behind a step: where the workflow goes, or that the step is tried again. before are the steps that
// a retry ran first.
func (e *execution) decide(ctx context.Context, d *deed, record *Step) (to direction, retry bool, before []Step, err error) {
	switch {
	case record.Outcome == Skipped && e.player.over() != nil:
		return direction{ending: ending{Skipped, record.Reason}}, false, nil, nil
	case record.Outcome == Skipped:
		return direction{next: true}, false, nil, nil
	case record.Outcome == Passed:
		return e.behindSuccess(d, record), false, nil, nil
	case record.Outcome == Errored && !d.transport:
		return e.giveUp(d, record), false, nil, nil
	}
	for _, a := range d.step.EffectiveOnFailure() {
		if !e.applies(a) {
			continue
		}
		switch a.Type {
		case "goto":
			record.Next = describe(a)
			return direction{step: a.StepID, workflow: a.Workflow, action: a}, false, nil, nil
		case "retry":
			if d.used[a] >= a.RetryLimit { // used up: later actions are looked at
				continue
			}
			d.used[a]++
			again, before, err := e.retry(ctx, a, d.used[a], record)
			if again || err != nil {
				return direction{}, true, before, err
			}
			return e.giveUp(d, record), false, before, nil
		}
		record.Next = describe(a)
		break
	}
	return e.giveUp(d, record), false, nil, nil
}

func (e *execution) behindSuccess(d *deed, record *Step) direction {
	for _, a := range d.step.EffectiveOnSuccess() {
		if !e.applies(a) {
			continue
		}
		record.Next = describe(a)
		if a.Type == "goto" {
			return direction{step: a.StepID, workflow: a.Workflow, action: a}
		}
		return direction{ending: ending{Passed, ""}}
	}
	return direction{next: true}
}

// giveUp ends the workflow at a step that failed or could not be carried out. Behind a step that was left out for want of
// something, that says nothing of the target.
func (e *execution) giveUp(d *deed, record *Step) direction {
	if lacking := e.course.lacking; lacking != "" {
		record.Outcome, record.Reason = Skipped, lacking+"; then: "+record.Reason
		return direction{ending: ending{Skipped, d.step.ID + ": " + record.Reason}}
	}
	if record.Outcome == Failed {
		e.blame(d, record)
	}
	return direction{ending: ending{record.Outcome, d.step.ID + ": " + record.Reason}}
}

// applies says whether all criteria of an action hold.
func (e *execution) applies(a *arazzo.Action) bool {
	for _, c := range a.Criteria {
		if v := c.Evaluate(e); !v.Passed {
			return false
		}
	}
	return true
}

func describe(a *arazzo.Action) string {
	switch {
	case a.StepID != "":
		return a.Type + " " + a.StepID
	case a.Workflow != nil:
		return a.Type + " " + a.Workflow.ID
	}
	return a.Type
}

// retry waits, and runs what is to be run before the step is tried again. A Retry-After of the answer goes before the action's
// own (Arazzo 1.0.1, Failure Action Object); one that asks for more than a run can wait ends the retries.
func (e *execution) retry(ctx context.Context, a *arazzo.Action, number int, record *Step) (again bool, before []Step, err error) {
	wait := a.RetryAfter
	virtual := e.virtualClock(ctx)
	if e.response != nil {
		if asked, ok := RetryAfter(e.response.Header, e.player.run.options.Clock.Now()); ok {
			if wait = asked; wait > mostRetryWait && virtual == nil {
				record.Reason += fmt.Sprintf("; Retry-After asks for %s, and a retry waits for %s at most", asked, mostRetryWait)
				return false, nil, nil
			}
		}
	}
	record.Next = fmt.Sprintf("retry %d of %d after %s", number, a.RetryLimit, wait)
	switch {
	case wait <= 0:
		err = ctx.Err()
	case virtual != nil:
		err = virtual.Advance(ctx, wait)
	default:
		err = e.player.run.options.Clock.Wait(ctx, wait)
	}
	if err != nil {
		return false, nil, err
	}
	before, err = e.beforeRetry(ctx, a, number)
	return err == nil, before, err
}

func (e *execution) beforeRetry(ctx context.Context, a *arazzo.Action, number int) ([]Step, error) {
	switch {
	case a.Workflow != nil:
		inputs, err := e.passed(a.Parameters)
		if err != nil {
			return nil, err
		}
		other, err := e.call(a.Workflow, inputs)
		if err != nil {
			return nil, err
		}
		steps, _ := other.play(ctx) // what it came to is seen in the step that is tried again
		return steps, nil
	case a.StepID != "":
		i := indexOf(e.workflow.Steps, a.StepID)
		if i < 0 {
			return nil, nil
		}
		s := e.workflow.Steps[i]
		if err := e.spend(s); err != nil {
			return nil, err
		}
		one := e.newRecord(s, number)
		e.attempt(ctx, &deed{step: s, used: map[*arazzo.Action]int{}}, &one)
		one.Elapsed = e.player.run.options.Clock.Now().Sub(one.Started)
		return []Step{one}, nil
	}
	return nil, nil
}

// mostRetryWait bounds how long one retry waits because a target asks for it.
const mostRetryWait = 10 * time.Minute

// virtualClock gives the management API of a stand-in whose clock stands still: there, waiting is moving that clock, and nothing
// would ever change without. A stand-in that follows real time is waited for like any other deployment: pushing its clock ahead
// for a retry would leave it ahead for everybody who uses it.
func (e *execution) virtualClock(ctx context.Context) *Control {
	for _, t := range e.player.deployments(e.script) {
		if t.Control == nil {
			continue
		}
		var shows struct {
			Frozen bool `json:"frozen"`
		}
		if err := t.Control.Do(ctx, http.MethodGet, "/clock", nil, &shows); err == nil && shows.Frozen {
			return t.Control
		}
	}
	return nil
}

// mostOutput is how many bytes of an output the result keeps as a value; of longer ones it keeps the beginning as text.
const mostOutput = 4096

// shown are outputs as the result has them: secrets hidden, long ones cut.
func (e *execution) shown(outputs map[string]any) map[string]any {
	if len(outputs) == 0 {
		return nil
	}
	clean := make(map[string]any, len(outputs))
	for name, v := range outputs {
		raw, err := json.Marshal(map[string]any{name: v})
		if err != nil {
			clean[name] = fmt.Sprintf("(%v)", err)
			continue
		}
		text := e.show(string(raw))
		var back map[string]any
		switch {
		case len(text) > mostOutput:
			clean[name] = cutText(text, mostShown)
		case json.Unmarshal([]byte(text), &back) == nil:
			clean[name] = back[name]
		default:
			clean[name] = text
		}
	}
	return clean
}
