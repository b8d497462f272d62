package scenarios

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"understudy/contracts/check"
	"understudy/contracts/redact"
	"understudy/scenarios/arazzo"
)

// carryOut plays one planned workflow, those that it depends on first.
func (p *player) carryOut(ctx context.Context, one *planned) {
	if one.begun {
		return
	}
	one.begun = true
	for _, n := range p.dependencies(node{one.script, one.workflow}) {
		for _, other := range p.plans {
			if other.script == n.script && other.workflow == n.workflow {
				p.carryOut(ctx, other)
			}
		}
	}
	t := one.test()
	if err := p.over(); err != nil {
		t.Outcome, t.Reason = Skipped, "the run was ended before: "+p.run.Stopped()
		one.result = &t
		return
	}
	p.test(ctx, one, &t)
	one.result = &t
	p.run.Done(&t, len(p.plans))
}

// test plays one workflow with one row.
func (p *player) test(ctx context.Context, one *planned, t *Test) {
	t.Started = p.run.options.Clock.Now()
	defer func() { t.Elapsed = p.run.options.Clock.Now().Sub(t.Started) }()
	inputs, ready := p.prepareTest(one, t)
	if !ready {
		p.finish(one, nil, nil, false)
		return
	}
	ctx = p.within(ctx, one.script)
	c := &course{test: t, budget: p.options.MaxSteps, ran: map[string]*finished{}, waited: map[string]string{}}
	e := &execution{player: p, course: c, script: one.script, workflow: one.workflow, inputs: inputs, actors: []string{one.script.Document.Extension.Actor}}
	c.latest = e.latestDelivery(ctx)
	steps, end := e.play(ctx)
	t.Steps = steps
	t.Outputs = e.shown(e.outputs)
	collect(t, steps)
	t.Outcome, t.Reason = end.outcome, end.reason
	if err := c.letGo(ctx); err != nil && t.Outcome == Passed {
		t.Outcome, t.Reason = Errored, err.Error()
	}
	if t.Outcome == Passed && c.lacking != "" {
		t.Reason = "not all of it was carried out: " + c.lacking
	}
	judgeFindings(t)
	p.finish(one, inputs, e.outputs, t.Outcome == Passed || t.Outcome == Known)
	p.run.Keep(t.Exchanges...)
}

// prepareTest works the inputs out, and says in t why the workflow cannot be played.
func (p *player) prepareTest(one *planned, t *Test) (inputs map[string]any, ready bool) {
	say := func(o Outcome, format string, args ...any) (map[string]any, bool) {
		t.Outcome, t.Reason = o, p.show(one.script, fmt.Sprintf(format, args...))
		return nil, false
	}
	if one.err != nil {
		return say(Errored, "%v", one.err)
	}
	for _, skip := range []*arazzo.Skip{one.script.Document.Extension.Skip, one.workflow.Extension.Skip} {
		if p.skips(one.script, skip) {
			return say(Skipped, "%s", reasonOf(skip))
		}
	}
	if reason := p.lacksDependency(one); reason != "" {
		return say(Skipped, "%s", reason)
	}
	inputs, err := p.inputs(one.script, one.workflow, nil, one.row)
	if err != nil {
		return say(Errored, "%v", err)
	}
	p.hideInputs(one.script, one.workflow, inputs)
	missing, wrong := judgeInputs(one.workflow, inputs)
	switch {
	case len(missing) > 0:
		return say(Skipped, "it needs the input %s, which nobody gave (--input %s=VALUE)", strings.Join(missing, ", "), missing[0])
	case wrong != "":
		return say(Errored, "its inputs do not fit: %s", wrong)
	}
	return inputs, true
}

// lacksDependency says which workflow that one depends on did not succeed.
func (p *player) lacksDependency(one *planned) string {
	for _, r := range one.workflow.DependsOn {
		script := one.script
		if r.Source != "" {
			if script = p.scriptOf(one.script, r.Source); script == nil {
				return fmt.Sprintf("it depends on the workflow %s of the source %s, whose document is not among those that are run; name its file too", r.ID, r.Source)
			}
		}
		if f := p.finishedOf(script, r.ID); f == nil || !f.passed {
			return "the workflow " + r.ID + ", which it depends on, did not succeed"
		}
	}
	return ""
}

func (p *player) finishedOf(s *Script, workflow string) *finished {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.finished[key(s, workflow)]
}

// finish keeps what a workflow left behind. With a table it has done well when it did with each row.
func (p *player) finish(one *planned, inputs, outputs map[string]any, passed bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	name := key(one.script, one.workflow.ID)
	if before := p.finished[name]; before != nil && !before.passed {
		passed = false
	}
	p.finished[name] = &finished{inputs, outputs, passed}
}

// judgeFindings lets a test fail for findings that count. It may be called again when more of them are known.
func judgeFindings(t *Test) {
	if t.Outcome == Errored {
		return
	}
	known, expected, counted := false, false, (*check.Finding)(nil)
	for i := range t.Findings {
		f := &t.Findings[i]
		switch {
		case f.Level != check.Failure:
		case f.Known != nil && f.Known.Expect:
			expected = true
		case f.Known != nil && !f.Known.Expired:
			known = true
		case counted == nil:
			counted = f
		}
	}
	switch {
	case counted != nil:
		if t.Outcome != Failed {
			t.Outcome, t.Reason = Failed, counted.Check+": "+counted.Message
		}
	case known && (t.Outcome == Passed || t.Outcome == Failed):
		t.Outcome = Known
	case expected && t.Outcome == Failed: // by what the workflow foresees
		t.Outcome, t.Reason = Passed, ""
	}
}

// collect brings what the steps found to the test.
func collect(t *Test, steps []Step) {
	for i := range steps {
		s := &steps[i]
		t.Findings = append(t.Findings, s.Findings...)
		if s.Exchange > 0 && !slices.Contains(t.Exchanges, s.Exchange) {
			t.Exchanges = append(t.Exchanges, s.Exchange)
		}
		collect(t, s.Steps)
	}
}

// show hides secrets in what is told of a value.
func (p *player) show(s *Script, text string) string {
	list := p.deployments(s)
	for _, d := range list {
		text = d.Redactor().Text(text)
	}
	if len(list) == 0 {
		text = redact.New(nil).With(p.run.hidden()...).Text(text)
	}
	return text
}

// mostShown is how many bytes of a value are told.
const mostShown = 400

// cutText shortens a text to at most limit bytes, at a character.
func cutText(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	return strings.ToValidUTF8(text[:limit], "") + "…"
}
