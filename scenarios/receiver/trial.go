package receiver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"understudy/contracts"
	"understudy/contracts/check"
	"understudy/scenarios"
)

// A planned is a trial that is to be carried out.
type planned struct {
	check, name string // id of the check; tail of the test's id
	title       string
	family      *family          // nil: the trial is of the receiver as a whole
	event       *contracts.Event // nil: the witness of the family
	carry       func(ctx context.Context, t *trial) error
	always      bool // also where no good delivery was accepted
}

// A trial is one test under way.
type trial struct {
	*session
	planned
	test     scenarios.Test
	findings []check.Finding
}

// A skip is why a trial cannot be judged.
type skip string

func (s skip) Error() string { return string(s) }

// carryOut does one trial and adds its test to the suite. An error ends the judgement: there is no receiver.
func (s *session) carryOut(ctx context.Context, p *planned, total int) error {
	label := "any"
	if p.family != nil {
		label = p.family.label
	}
	t := &trial{session: s, planned: *p}
	t.test = scenarios.Test{
		ID: s.options.Contract.Name + "/receiver/" + label + "/" + p.name, Name: p.title, Check: p.check, Started: s.clock.Now(),
		Tags: []string{label}, Outcome: scenarios.Passed,
	}
	err := s.obstacle(t)
	if err == nil {
		err = p.carry(ctx, t)
	}
	if errors.Is(err, ErrUnreachable) {
		return err
	}
	t.finish(ctx, err)
	s.suite.Tests = append(s.suite.Tests, t.test)
	s.run.Done(&t.test, total)
	return nil
}

// obstacle says why a trial is not even begun, and finds the event that it is carried out with.
func (s *session) obstacle(t *trial) error {
	if s.gone != "" && t.check != "RCV-027" {
		return skip("the receiver was gone after " + s.gone)
	}
	if t.family == nil {
		for _, f := range s.families {
			if f.witness != nil {
				t.family = f
				break
			}
		}
	}
	switch {
	case t.event != nil:
	case t.family == nil:
		return skip("no good delivery was accepted, so that nothing else can be told")
	case t.family.witness == nil && !t.always:
		return skip(t.family.trouble)
	default:
		t.event = t.family.witness
	}
	if t.event != nil {
		t.test.At = place(t.event)
		if t.event.Operation != nil {
			t.test.Operation = t.event.Operation.ID
		}
	}
	return nil
}

// finish gives the test its outcome.
func (t *trial) finish(ctx context.Context, err error) {
	t.test.Elapsed = t.clock.Now().Sub(t.test.Started)
	t.test.Findings = t.target.Clean(t.findings)
	if len(t.test.Exchanges) > 0 {
		t.run.Keep(t.test.Exchanges[0])
	}
	for _, f := range t.test.Findings {
		if f.Level == check.Failure {
			t.test.Outcome, t.test.Reason = scenarios.Failed, f.Message
			t.run.Keep(t.test.Exchanges...)
			return
		}
	}
	var s skip
	switch {
	case err == nil:
	case errors.As(err, &s), errors.Is(err, scenarios.ErrMaxRequests), errors.Is(err, scenarios.ErrTimeOver), errors.Is(err, scenarios.ErrFailFast):
		t.test.Outcome, t.test.Reason = scenarios.Skipped, err.Error()
	case ctx.Err() != nil:
		t.run.Stop("interrupted")
		t.test.Outcome, t.test.Reason = scenarios.Skipped, "the run was interrupted"
	case t.run.Stopped() != "":
		t.test.Outcome, t.test.Reason = scenarios.Skipped, err.Error()
	default:
		t.test.Outcome, t.test.Reason = scenarios.Errored, t.target.Redactor().Text(err.Error())
	}
}

// How long a receiver may take to be there again when it does not let itself be connected to.
const (
	comebacks = 5
	comeback  = 200 * time.Millisecond
)

// send delivers, and gives what came of it. A receiver that was there before and lets nobody connect gets a moment to come
// back, as one has that is started again by its supervisor.
func (t *trial) send(ctx context.Context, d *delivery) (answer, error) {
	for try := 0; ; try++ {
		a, there, err := t.sendOnce(ctx, d)
		switch {
		case err != nil:
			return a, err
		case there:
			t.reached = true
			t.note(a)
			if a.status == 0 && !a.late && d.manner.cut == 0 {
				err = t.clock.Wait(ctx, noticing) // what is ending would still be connected to
			}
			return a, err
		case !t.reached:
			return a, fmt.Errorf("%w: %s at %s; start it first", ErrUnreachable, a.why, t.target.URL.Redacted())
		case try == comebacks:
			if t.gone == "" {
				t.gone = t.before()
			}
			t.note(a)
			return a, skip("the receiver was gone after " + t.gone)
		}
		if err := t.clock.Wait(ctx, comeback); err != nil {
			return a, err
		}
	}
}

// before is the id of the last test that sent something.
func (t *trial) before() string {
	if len(t.test.Exchanges) > 0 {
		return t.test.ID
	}
	for i := len(t.suite.Tests) - 1; i >= 0; i-- {
		if len(t.suite.Tests[i].Exchanges) > 0 {
			return t.suite.Tests[i].ID
		}
	}
	return "its start"
}

func (t *trial) note(a answer) {
	if a.number != 0 {
		t.test.Exchanges = append(t.test.Exchanges, a.number)
		t.test.Cases++
	}
}

// sendOnce makes one attempt; there says that the receiver could be connected to.
func (t *trial) sendOnce(ctx context.Context, d *delivery) (a answer, there bool, err error) {
	q, err := http.NewRequest(d.method, d.url, bytes.NewReader(d.body))
	if err != nil {
		return a, false, err
	}
	q.Header = d.header.Clone()
	m := d.manner
	intent := check.Valid
	if d.forged {
		intent = check.Other
	}
	reply, err := t.target.Send(with(ctx, &m), scenarios.Request{
		HTTP: q, Operation: operationOf(d.event), Intent: intent, Test: t.test.ID, Purpose: d.sent, Unexamined: true, Hasty: true,
	})
	if err != nil {
		return a, true, err
	}
	a = answer{status: reply.Exchange.Status, number: reply.Number, why: reply.Error, late: m.late() && reply.Error != ""}
	if m.brokeItOff {
		a.why = ""
	}
	return a, !m.noConnect, nil
}

// operationOf gives what a delivery is recorded as: the webhook of the document, or for events that only the behaviour names
// something that has their name, so that no operation of the API is taken for it.
func operationOf(e *contracts.Event) *contracts.Operation {
	switch {
	case e == nil:
		return &contracts.Operation{}
	case e.Operation == nil:
		return &contracts.Operation{ID: e.Name, Method: http.MethodPost, Path: e.Name}
	}
	return e.Operation
}

// judge holds an answer against what is wanted, and finds what it is not.
func (t *trial) judge(a answer, w want, d *delivery) bool {
	if w.met(a) {
		return true
	}
	keyword := string(w) + " " + strconv.Itoa(a.status/100)
	message := fmt.Sprintf("To %s the receiver %s.", d.sent, t.did(a))
	wanted := string(w)
	if w == refused {
		wanted = t.refusal()
	}
	if a.late {
		wanted += " within " + t.timeout.String()
	}
	t.find(t.check, keyword, message, wanted, a)
	return false
}

// did says what the receiver did, behind its name.
func (t *trial) did(a answer) string {
	switch {
	case a.late:
		return "gave no whole answer within " + t.timeout.String()
	case a.status == 0:
		return "gave no answer, but closed the connection"
	}
	return "answered " + a.String()
}

// find adds a finding.
func (t *trial) find(id, keyword, message, wanted string, a answer) *check.Finding {
	c, _ := check.Find(id)
	f := check.Finding{
		Check: id, Title: c.Title, Basis: c.Basis, Norm: c.Norm, Level: c.Level, Certainty: check.Certain, Contract: t.options.Contract.Name,
		Method: http.MethodPost, Message: message, Want: wanted, Got: a.String(), Where: "receiver " + t.test.Tags[0] + "/" + t.name,
		Keyword: keyword, Exchange: a.number, Advice: c.Advice,
	}
	// The fingerprint must be the same whichever event was the witness.
	f.Fingerprint = check.Fingerprint(f)
	if t.event != nil {
		f.Path, f.At = t.event.Name, place(t.event)
		if t.event.Operation != nil {
			f.Operation = t.event.Operation.ID
		}
	}
	t.findings = append(t.findings, f)
	return &t.findings[len(t.findings)-1]
}

// documented lists the statuses with which the contract says that a delivery of an event is refused.
func documented(e *contracts.Event) []int {
	var list []int
	if e != nil && e.Operation != nil {
		for _, r := range e.Operation.Responses {
			if r.Code/100 == 4 {
				list = append(list, r.Code)
			}
		}
	}
	return list
}

// refusal says with what a delivery has to be refused.
func (t *trial) refusal() string {
	var words []string
	for _, code := range documented(t.event) {
		words = append(words, strconv.Itoa(code))
	}
	if words == nil {
		return "any 4xx"
	}
	return strings.Join(words, " or ") + ", or another 4xx"
}
