package scenarios

import (
	"understudy/contracts/check"
)

// judge applies the criteria, and works the outputs out where they hold.
func (e *execution) judge(d *deed, record *Step) {
	record.Outcome = Passed
	show := func(text string) string { return cutText(e.show(text), mostShown) }
	for _, c := range d.step.SuccessCriteria {
		verdict := c.Evaluate(e)
		one := Criterion{Condition: show(verdict.Condition), Type: verdict.Type, Passed: verdict.Passed, Detail: verdict.Explain(e.show)}
		record.Criteria = append(record.Criteria, one)
		if !verdict.Passed && record.Outcome == Passed {
			record.Outcome, record.Reason, d.criterion = Failed, one.Condition+": "+one.Detail, c
		}
	}
	if record.Outcome != Passed {
		return
	}
	outputs := map[string]any{}
	for _, o := range d.step.Outputs {
		v, err := o.Value.Evaluate(e)
		if err != nil {
			record.Outcome, record.Reason = Failed, "the output "+o.Name+": "+e.show(err.Error())
			return
		}
		if !v.Absent {
			outputs[o.Name] = v.Any
		}
	}
	e.steps[d.step.ID] = outputs
	record.Outputs = e.shown(outputs)
}

// blame makes the finding of a step that failed for good, unless one of a workflow that it called says it.
func (e *execution) blame(d *deed, record *Step) {
	if d.failed == calledFailure {
		return
	}
	id := d.failed
	if id == "" {
		id = "WFL-001"
	}
	about, _ := check.Find(id)
	f := check.Finding{
		Check: id, Title: about.Title, Basis: about.Basis, Norm: about.Norm, Level: check.Failure, Certainty: check.Certain, Advice: about.Advice,
		Message: e.workflow.ID + " / " + d.step.ID + ": " + record.Reason, At: record.At, Exchange: record.Exchange, Operation: record.Operation,
		Where: "workflow " + e.workflow.ID + ", step " + d.step.ID,
	}
	if d.criterion != nil {
		f.Where += ": " + cutText(d.criterion.Condition, 200)
		f.At, f.Want = placeOf(d.criterion.At), cutText(d.criterion.Condition, 200)
		for _, c := range record.Criteria {
			if !c.Passed {
				f.Got = c.Detail
				break
			}
		}
	}
	target := e.deployment
	if list := e.player.deployments(e.script); target == nil && len(list) > 0 {
		target = list[0]
	}
	if target == nil {
		return
	}
	f.Contract = target.Contract.Name
	for _, o := range target.Contract.Operations {
		if o.ID == record.Operation && record.Operation != "" {
			f.Method, f.Path = o.Method, o.Path
		}
	}
	// By the names in the workflow, not by its place in the file, which moves with every step that is added.
	named := f
	named.At = check.Place{}
	f.Fingerprint = check.Fingerprint(named)
	record.Findings = append(record.Findings, e.expect(d.step, target.Clean([]check.Finding{f}))...)
}
