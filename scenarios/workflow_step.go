package scenarios

import (
	"context"
	"errors"
	"fmt"

	"understudy/scenarios/arazzo"
)

// A deed is one step on its way: which of its retries are used up, and what may have become of the last attempt.
type deed struct {
	step      *arazzo.Step
	used      map[*arazzo.Action]int
	transport bool   // there was no answer
	failed    string // id of the check that a failure breaks; empty: WFL-001
	criterion *arazzo.Criterion
}

// step carries a step out, with its retries, and says where to go.
func (e *execution) step(ctx context.Context, s *arazzo.Step) ([]Step, direction) {
	d := &deed{step: s, used: map[*arazzo.Action]int{}}
	var records []Step
	for attempt := 1; ; attempt++ {
		if err := e.spend(s); err != nil {
			return records, direction{ending: ending{Errored, err.Error()}}
		}
		if err := e.player.over(); err != nil {
			return records, direction{ending: ending{Skipped, "the run was ended: " + e.player.run.Stopped()}}
		}
		record := e.newRecord(s, attempt)
		e.attempt(ctx, d, &record)
		record.Elapsed = e.player.run.options.Clock.Now().Sub(record.Started)
		to, retry, before, err := e.decide(ctx, d, &record)
		records = append(records, record)
		records = append(records, before...)
		if err != nil {
			return records, direction{ending: ending{Errored, s.ID + ": " + err.Error()}}
		}
		if !retry {
			return records, to
		}
	}
}

func (e *execution) newRecord(s *arazzo.Step, attempt int) Step {
	return Step{
		ID: s.ID, Name: s.Description, Attempt: attempt, Started: e.player.run.options.Clock.Now(), Requirements: s.Extension.Requirements, At: placeOf(s.At),
	}
}

// attempt carries the step out once.
func (e *execution) attempt(ctx context.Context, d *deed, record *Step) {
	s := d.step
	e.forget()
	d.transport, d.failed, d.criterion = false, "", nil
	if e.player.skips(e.script, s.Extension.Skip) {
		record.Outcome, record.Reason = Skipped, reasonOf(s.Extension.Skip)
		if s.Extension.Skip.Unless != "" {
			e.lack(s, record.Reason)
		}
		return
	}
	timeout := s.Timeout
	if s.Extension.Timeout > 0 {
		timeout = s.Extension.Timeout
	}
	outer := ctx
	if timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, timeout)
		defer cancel()
	}
	err := e.carryOut(ctx, d, record)
	if errors.Is(err, context.DeadlineExceeded) {
		switch {
		case outer.Err() != nil && e.player.root.Err() == nil:
			err = &failure{reason: "the time of the workflow was over (timeout)"}
		case outer.Err() == nil:
			err = &failure{reason: fmt.Sprintf("the step took longer than %s", timeout)}
		}
	}
	if err != nil {
		e.unable(d, record, err)
		return
	}
	e.judge(d, record)
}

// carryOut does what the step says: commands to the stand-in, the call, the wait for a delivery.
func (e *execution) carryOut(ctx context.Context, d *deed, record *Step) error {
	if err := e.before(ctx, d.step); err != nil {
		return err
	}
	call := e.callOperation
	if d.step.Workflow != nil {
		call = e.callWorkflow
	}
	if err := call(ctx, d.step, record); err != nil {
		return err
	}
	return e.after(ctx, d.step)
}

// errSkip ends a step that needs what is not there.
type errSkip struct{ reason string }

func (e *errSkip) Error() string { return e.reason }

// A failure is what a target did wrong where no criterion says it.
type failure struct {
	reason string
	check  string  // whose finding it is; empty: WFL-001
	as     Outcome // of a called workflow that was skipped or errored; empty: failed
}

func (f *failure) Error() string { return f.reason }

// errTransport says that there was no answer.
type errTransport struct{ reason string }

func (e *errTransport) Error() string { return e.reason }

// unable notes why a step could not be carried out.
func (e *execution) unable(d *deed, record *Step, err error) {
	reason := e.show(err.Error())
	var skip *errSkip
	var fails *failure
	var transport *errTransport
	switch {
	case errors.As(err, &skip), errors.Is(err, ErrSafe):
		record.Outcome, record.Reason = Skipped, reason
		e.lack(d.step, reason)
	case e.player.over() != nil:
		record.Outcome, record.Reason = Skipped, "the run was ended: "+e.player.run.Stopped()
	case errors.As(err, &fails):
		record.Outcome, record.Reason, d.failed = Failed, reason, fails.check
		if fails.as != "" {
			record.Outcome = fails.as
		}
	default:
		record.Outcome, record.Reason = Errored, reason
		d.transport = errors.As(err, &transport)
	}
}

// lack notes that a step was left out for want of what the run has not. What fails behind it says nothing of the target.
func (e *execution) lack(s *arazzo.Step, reason string) {
	if e.course.lacking == "" {
		e.course.lacking = "the step " + s.ID + " was left out, since " + reason
	}
}

// callWorkflow carries out a step that calls a workflow.
func (e *execution) callWorkflow(ctx context.Context, s *arazzo.Step, record *Step) error {
	record.Workflow = s.Workflow.ID
	inputs, err := e.passed(s.EffectiveParameters())
	if err != nil {
		return err
	}
	other, err := e.call(s.Workflow, inputs)
	if err != nil {
		return err
	}
	if s.Extension.Actor != "" {
		other.actors = append(other.actors[:len(other.actors):len(other.actors)], s.Extension.Actor)
	}
	steps, end := other.play(ctx)
	record.Steps = steps
	e.called, e.calling = other.outputs, true
	if e.player.options.CalledResponse {
		e.request, e.response = other.lastRequest, other.lastResponse
	}
	switch end.outcome {
	case Passed:
		return nil
	case Skipped:
		return &errSkip{"the workflow " + s.Workflow.ID + " was not carried out: " + end.reason}
	}
	return &failure{reason: fmt.Sprintf("the workflow %s did not succeed: %s", s.Workflow.ID, end.reason), as: end.outcome, check: calledFailure}
}

// calledFailure marks failures of a called workflow: their finding stands at its step.
const calledFailure = "-"
