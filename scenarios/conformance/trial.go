package conformance

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"understudy/contracts"
	"understudy/contracts/cases"
	"understudy/contracts/check"
	"understudy/contracts/schema"
	"understudy/scenarios"
)

// A trial is one planned test being carried out.
type trial struct {
	*lane
	planned *planned
	ctx     context.Context
	test    *scenarios.Test

	judged int    // cases that were decided
	reason string // why nothing was, where nothing was
	halted error  // why no more is sent
	broken string // why there was no answer at all
	steps  []step // what was sent since the last mark, for the reproduction
}

// operation is the one that is tried; nil: the contract as a whole.
func (t *trial) operation() *contracts.Operation { return t.planned.operation }

// carryOut runs the test and decides what it came to.
func (t *trial) carryOut() {
	clock := t.deployment.Run().Clock()
	t.test.Started = clock.Now()
	if err := t.ctx.Err(); err != nil {
		t.halted = err
	} else {
		t.planned.run(t)
	}
	t.test.Elapsed = clock.Now().Sub(t.test.Started)
	t.deployment.Run().Keep(t.test.Exchanges...)
	switch {
	case len(t.test.Findings) > 0:
		t.settle(t.test)
	case t.halted != nil:
		t.test.Outcome, t.test.Reason = scenarios.Skipped, whyHalted(t.halted)
	case t.judged > 0:
		t.test.Outcome = scenarios.Passed
	case t.broken != "":
		t.test.Outcome, t.test.Reason = scenarios.Errored, t.broken
	default:
		t.test.Outcome, t.test.Reason = scenarios.Skipped, cmp.Or(t.reason, "nothing could be tried")
	}
}

func whyHalted(err error) string {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return "the run was interrupted"
	}
	return err.Error()
}

// skip says why nothing was decided. The first reason stays.
func (t *trial) skip(format string, args ...any) {
	t.reason = cmp.Or(t.reason, fmt.Sprintf(format, args...))
}

// A call is one request of a trial.
type call struct {
	cases.Case
	method   string // instead of the operation's
	path     string // behind the base path, instead of the operation's
	header   http.Header
	actor    *scenarios.Actor    // whose credential is sent as the operation asks for it; nil: nobody's
	as       string              // name of the actor whose credential dress puts on
	dress    func(*http.Request) // puts a credential on
	items    []*item             // that its path names
	intent   check.Intent        // of the request; empty: by the case
	purpose  string
	quiet    bool     // a means to an end: the passive checks do not look
	hasty    bool     // a 429 is what is looked for
	wants    []string // conditions of the step that repeats it; a call without any is not repeated
	unspoken bool     // it cannot be said in a workflow
}

// An answer is what came of a call.
type answer struct {
	*scenarios.Reply
	status  int // 0: none
	value   any
	decoded bool
}

// nothing is the answer to what was not sent.
func nothing() *answer { return &answer{Reply: &scenarios.Reply{Exchange: &contracts.Exchange{}}} }

// ok says that the request succeeded. A redirection is a success to who does not look further.
func (a *answer) ok() bool { return a.status >= 200 && a.status < 400 }

// content is the decoded JSON of the answer; nil where it is none.
func (a *answer) content() any {
	if !a.decoded {
		a.decoded = true
		a.value, _ = schema.ParseJSON(a.Exchange.ResponseBody)
	}
	return a.value
}

func (a *answer) header(name string) string {
	return a.Exchange.ResponseHeader.Get(name)
}

// send sends a call. Where it cannot be sent, or no answer comes, the answer's status is 0 and the trial knows why.
func (t *trial) send(c call) *answer {
	if t.halted != nil {
		return nothing()
	}
	t.freshKey(&c)
	for again := 0; ; again++ {
		r, err := t.request(&c)
		if err != nil {
			t.skip("the request cannot be written: %v", err)
			return nothing()
		}
		q := scenarios.Request{
			HTTP: r, Operation: c.Operation, Intent: c.intent, Actor: c.actor, Test: t.test.ID, Purpose: cmp.Or(c.purpose, t.planned.check),
			Unexamined: c.quiet, Hasty: c.hasty || t.deployment.Control != nil,
		}
		if c.method != "" || c.path != "" {
			q.Operation = nil
		}
		if c.as != "" {
			q.Actor = &scenarios.Actor{Name: c.as}
		}
		if q.Intent == "" && c.Check != "" {
			q.Intent = check.Valid
			if !c.Valid {
				q.Intent, q.Fault = check.Invalid, c.Check
			}
		}
		reply, err := t.deployment.Send(t.ctx, q)
		if err != nil {
			t.halted = err
			return nothing()
		}
		a := &answer{Reply: reply, status: reply.Exchange.Status}
		if reply.Error != "" {
			t.broken = reply.Error
		}
		if a.status == http.StatusTooManyRequests && !c.hasty && again < 3 && t.relieve(a) {
			continue
		}
		t.take(&c, a)
		return a
	}
}

// take keeps what an answer says.
func (t *trial) take(c *call, a *answer) {
	if !c.Valid && c.Check != "" && a.ok() {
		// What is wrong with the answer follows from what was accepted, which the trial itself tells of.
		a.Findings = slices.DeleteFunc(a.Findings, func(f check.Finding) bool { return strings.HasPrefix(f.Check, "SCH-") })
	}
	a.temper(c)
	if !c.quiet {
		t.test.Findings = append(t.test.Findings, t.note(a.Reply, t.operation())...)
		t.test.Cases++
	}
	if len(t.test.Exchanges) == 0 && !c.quiet { // one is shown also of tests that passed
		t.test.Exchanges = append(t.test.Exchanges, a.Number)
	}
	t.steps = append(t.steps, step{call: *c, answer: a})
	if len(t.steps) > 400 {
		t.steps = t.steps[200:]
	}
}

// temper lowers what is said of an undocumented refusal where this run has brought it about and the document has no word for
// it: who may not, what is taken already, and bad requests where only other refusals are documented.
func (a *answer) temper(c *call) {
	o := a.Exchange.Operation
	if o == nil {
		return
	}
	content := slices.ContainsFunc(o.Responses, func(r *contracts.Response) bool {
		return slices.Contains([]string{"400", "422", "4XX", "default"}, r.Status)
	})
	f := fateOf(a.status)
	if !(f == taken || f == barred && (c.intent == check.Other || c.actor == nil) || f == refused && !content && c.intent != check.Valid) {
		return
	}
	for i := range a.Findings {
		if a.Findings[i].Check == "STS-001" {
			a.Findings[i].Level, a.Findings[i].Certainty = check.Note, check.Likely
		}
	}
}

// request makes what goes over the wire.
func (t *trial) request(c *call) (*http.Request, error) {
	base := t.deployment.URL.String()
	var r *http.Request
	var err error
	switch {
	case c.path != "" || c.Operation == nil:
		r, err = http.NewRequestWithContext(t.ctx, cmp.Or(c.method, http.MethodGet), base+c.path, http.NoBody)
	default:
		r, err = c.Request(t.ctx, base)
	}
	if err != nil {
		return nil, err
	}
	if c.method != "" {
		r.Method = c.method
	}
	if r.Header.Get("Accept") == "" && c.Fault.In != "accept" && c.Operation != nil {
		r.Header.Set("Accept", acceptable(c.Operation))
	}
	for name, values := range c.header {
		r.Header[http.CanonicalHeaderKey(name)] = slices.Clone(values)
	}
	if c.dress != nil {
		c.dress(r)
	}
	return r, nil
}

// acceptable are the media types that an operation's answers may have.
func acceptable(o *contracts.Operation) string {
	var names []string
	for _, r := range o.Responses {
		for _, m := range r.Content {
			name, _, _ := strings.Cut(m.Name, ";")
			if name = strings.TrimSpace(name); !slices.Contains(names, name) && strings.Contains(name, "/") {
				names = append(names, name)
			}
		}
	}
	if len(names) == 0 {
		return "*/*"
	}
	return strings.Join(names, ", ")
}

// relieve makes room for another request after a 429 that nobody looked for. It says whether it did.
func (t *trial) relieve(a *answer) bool {
	run := t.deployment.Run()
	wait, told := scenarios.RetryAfter(a.Exchange.ResponseHeader, run.Clock().Now())
	if c := t.deployment.Control; c != nil {
		if c.Do(t.ctx, http.MethodPost, "/limits/reset", map[string]any{}, nil) == nil {
			return true
		}
		return told && run.Clock().Wait(t.ctx, min(wait, t.options.MaxWait)) == nil
	}
	return told && wait <= t.options.MaxWait // Send waits
}

// mark forgets what was sent before: a reproduction begins here.
func (t *trial) mark() { t.steps = nil }

// find adds a finding about the trial's check. What it leaves empty is filled in by the catalogue and the operation.
func (t *trial) find(f check.Finding) {
	c, _ := check.Find(cmp.Or(f.Check, t.planned.check))
	f.Check, f.Title = c.ID, c.Title
	f.Basis, f.Norm, f.Level = cmp.Or(f.Basis, c.Basis), cmp.Or(f.Norm, c.Norm), cmp.Or(f.Level, c.Level)
	f.Certainty, f.Advice = cmp.Or(f.Certainty, check.Certain), cmp.Or(f.Advice, c.Advice)
	if o := t.operation(); o != nil {
		f.Operation, f.Method, f.Path = o.ID, cmp.Or(f.Method, o.Method), o.Path
		if f.At == (check.Place{}) {
			f.At = check.PlaceOf(o.At)
		}
	}
	f.Want, f.Got = cut(f.Want, 200), cut(f.Got, 200)
	if f.Exchange == 0 && len(t.steps) > 0 {
		f.Exchange = t.steps[len(t.steps)-1].answer.Number
	}
	f = t.deployment.Clean([]check.Finding{f})[0]
	if slices.ContainsFunc(t.test.Findings, func(other check.Finding) bool { return other.Fingerprint == f.Fingerprint }) {
		return
	}
	for _, s := range t.steps {
		if len(s.call.wants) > 0 && s.answer.Number > 0 && !slices.Contains(t.test.Exchanges, s.answer.Number) {
			t.test.Exchanges = append(t.test.Exchanges, s.answer.Number)
		}
	}
	if f.Exchange > 0 && !slices.Contains(t.test.Exchanges, f.Exchange) {
		t.test.Exchanges = append(t.test.Exchanges, f.Exchange)
	}
	t.test.Findings = append(t.test.Findings, f)
	if t.test.Reproduction == "" {
		t.test.Reproduction = t.reproduce(f)
	}
}

func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most-3], "") + "…"
}

// statusText is a status for people.
func statusText(status int) string {
	if phrase := http.StatusText(status); phrase != "" {
		return fmt.Sprintf("%d %s", status, phrase)
	}
	return fmt.Sprint(status)
}

// label names the operation for people.
func label(o *contracts.Operation) string { return o.Method + " " + o.Path }

// caller is who calls an operation when nothing else is said: of the account that most is done for.
func (j *judge) caller(o *contracts.Operation) *scenarios.Actor {
	for _, a := range j.deployment.Roster.Actors {
		if a.State == scenarios.StateGood && a.Account == j.primary && a.Can(o) && !j.denied(a, o) {
			return a
		}
	}
	return j.deployment.Roster.Default(o)
}

// relative takes the target's own path from an address that an answer named; false where it leads elsewhere.
func (j *judge) relative(from *url.URL, address string) (string, bool) {
	u, err := from.Parse(address)
	if err != nil || u.Host != from.Host || u.Scheme != from.Scheme {
		return "", false
	}
	return u.RequestURI(), true
}
