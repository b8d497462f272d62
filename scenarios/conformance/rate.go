package conformance

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"understudy/contracts"
	"understudy/contracts/check"
	"understudy/contracts/inference"
	"understudy/scenarios"
)

// planLimits lists the tests of an operation's limits: of one operation for each set of limits, the cheapest.
func (j *judge) planLimits(o *contracts.Operation) []*planned {
	if !j.drivable(o) || !j.firstLimited(o) {
		return nil
	}
	ids := []string{"RATE-003", "RATE-006", "RATE-005"}
	if o.Anonymous {
		ids = []string{"RATE-007", "RATE-005"}
	}
	var list []*planned
	for _, id := range ids {
		run := map[string]func(*trial){"RATE-003": (*trial).enforced, "RATE-007": (*trial).enforced, "RATE-005": (*trial).recovers, "RATE-006": (*trial).perCredential}[id]
		p := on(id, o, run)
		p.alone = true
		list = append(list, p)
	}
	return list
}

// limitedOperation says that the contract tells of a limit: by x-understudy, or since it documents 429.
func limitedOperation(c *contracts.Contract, o *contracts.Operation) bool {
	return len(c.LimitsOf(o, "")) > 0 || slices.ContainsFunc(o.Responses, func(r *contracts.Response) bool { return r.Code == http.StatusTooManyRequests })
}

// drivable says that an operation has a limit, and can be called again and again without using anything up.
func (j *judge) drivable(o *contracts.Operation) bool {
	switch j.model.Binding(o).Role {
	case inference.Delete, inference.Action, inference.Clear, inference.Upload:
		return false
	}
	return limitedOperation(j.contract, o)
}

func (j *judge) firstLimited(o *contracts.Operation) bool {
	if j.options.Thorough {
		return true
	}
	kind := func(other *contracts.Operation) string {
		var names []string
		for _, l := range j.contract.LimitsOf(other, "") {
			names = append(names, l.Name)
		}
		return strings.Join(names, ",") + fmt.Sprint(other.Anonymous)
	}
	var best *contracts.Operation
	cost := func(other *contracts.Operation) int {
		n := j.effort(other)
		if writes(other) {
			n += 50
		}
		return n
	}
	for _, other := range j.contract.Operations {
		if j.chosen[other] && j.drivable(other) && kind(other) == kind(o) && (best == nil || cost(other) < cost(best)) {
			best = other
		}
	}
	return best == o
}

// A drive is one use of an operation up to its limit.
type drive struct {
	limit     int // as announced
	remaining int // after the last request that passed, as announced; -1: not
	falling   bool
	passed    int // requests until the refusal, or all
	refusal   *answer
	first     *answer
	took      time.Duration
	window    time.Duration // 0: unknown
}

// drive uses an operation until it is refused with 429, within the announced budget. why says why it was not tried.
func (t *trial) drive() (d *drive, why string) {
	o := t.operation()
	if !t.deployment.Disruptive() {
		return nil, "it uses up the limit: --disruptive allows it"
	}
	b := t.base(o)
	if !b.ok && (!o.Anonymous || !b.there) {
		return nil, b.why
	}
	t.openUp()
	t.mark()
	clock := t.deployment.Run().Clock()
	started := clock.Now()
	d = &drive{remaining: -1}
	for n := 0; ; n++ {
		a := t.once()
		switch {
		case a.status == 0:
			return nil, "there was no answer"
		case n == 0 && (a.ok() || o.Anonymous && fateOf(a.status) == barred):
			d.first = a
			if why := t.budget(d, a); why != "" {
				return nil, why
			}
		case a.ok():
			left := headerNumber(a, "Remaining")
			d.falling = d.falling || left >= 0 && left < d.remaining
			d.remaining = left
		case n == 0 && a.status != http.StatusTooManyRequests:
			return nil, fateOf(a.status).explain(o, a.status)
		case a.status == http.StatusTooManyRequests && n == 0:
			return nil, "the limit is used up already, and does not open in time"
		case a.status == http.StatusTooManyRequests:
			d.refusal = a
		case !a.ok() && fateOf(a.status) != taken && fateOf(a.status) != missing && !(o.Anonymous && fateOf(a.status) == barred):
			return nil, fateOf(a.status).explain(o, a.status)
		}
		if d.took = clock.Now().Sub(started); d.refusal != nil || d.passed > 2*d.limit {
			return d, ""
		}
		d.passed++
	}
}

// once sends the operation's base case once more, and does not mind a 429.
func (t *trial) once() *answer { return t.onceAs(t.caller(t.operation())) }

func (t *trial) onceAs(actor *scenarios.Actor) *answer {
	one := t.bases[t.operation()].call.Case.Clone()
	if t.needOf(t.operation()) != freshItem {
		if items, why := t.place(&one, t.needOf(t.operation())); why == "" {
			c := call{Case: one, actor: actor, items: items, hasty: true, intent: check.Valid, quiet: actor != t.caller(t.operation()), purpose: t.planned.check, unspoken: true}
			a := t.send(c)
			if a.ok() {
				t.track(&c, a)
			}
			return a
		}
	}
	return t.send(call{Case: one, actor: actor, hasty: true, intent: check.Valid, purpose: t.planned.check, unspoken: true})
}

// track remembers what a request has made, to be removed when the limit is open again.
func (t *trial) track(c *call, a *answer) {
	b := t.model.Binding(c.Operation)
	if made := t.createdBy(b, c, a); made != nil {
		t.register(made, &call{Case: c.Case}, b, a)
	}
}

// openUp makes as much room as there can be before a drive.
func (t *trial) openUp() {
	if c := t.deployment.Control; c != nil {
		_ = c.Do(t.ctx, http.MethodPost, "/limits/reset", map[string]any{}, nil) // without it the drive begins in the middle
		return
	}
	if a := t.once(); a.status == http.StatusTooManyRequests {
		t.wait(a)
	}
}

// wait lets the time pass that a refusal asks for. It says whether it did.
func (t *trial) wait(a *answer) (time.Duration, bool) {
	clock := t.deployment.Run().Clock()
	d, told := scenarios.RetryAfter(a.Exchange.ResponseHeader, clock.Now())
	if !told {
		return 0, false
	}
	if c := t.deployment.Control; c != nil && d <= 2*time.Hour && c.Advance(t.ctx, d) == nil {
		return d, true
	}
	if d > t.options.MaxWait {
		return d, false
	}
	return d, clock.Wait(t.ctx, d) == nil
}

// budget reads what an answer, or else the contract, announces.
func (t *trial) budget(d *drive, a *answer) string {
	d.limit, d.remaining = headerNumber(a, "Limit"), headerNumber(a, "Remaining")
	for _, l := range t.contract.LimitsOf(t.operation(), "") {
		if l.Algorithm == "concurrency" {
			return "the limit counts open requests, which are not kept open"
		}
		window, err := time.ParseDuration(l.Window)
		if (d.limit <= 0 || l.Limit == d.limit || l.Capacity() == d.limit) && err == nil {
			d.window = window
		}
		if d.limit <= 0 {
			d.limit = l.Capacity()
		}
	}
	switch {
	case d.limit <= 0:
		return "no answer and no word of the contract announces a budget"
	case 2*d.limit > t.options.MaxDrive:
		return fmt.Sprintf("the limit of %d is more than is spent on one", d.limit)
	}
	if d.window == 0 {
		if reset := headerNumber(a, "Reset"); reset > 0 {
			now := t.deployment.Run().Clock().Now().Unix()
			if int64(reset) > now {
				reset = int(int64(reset) - now)
			}
			d.window = time.Duration(reset) * time.Second
		}
	}
	return ""
}

// headerNumber reads one of the headers that show limits; -1: there is none.
func headerNumber(a *answer, role string) int {
	for _, family := range []string{"X-Ratelimit-", "X-Rate-Limit-", "Ratelimit-"} {
		text, _, _ := strings.Cut(a.header(family+role), ",")
		text, _, _ = strings.Cut(text, ";")
		if n, err := strconv.Atoi(strings.TrimSpace(text)); err == nil && n >= 0 {
			return n
		}
	}
	return -1
}

// enforced is RATE-003, and RATE-007 where no credential is asked for.
func (t *trial) enforced() {
	d, why := t.drive()
	if d == nil {
		t.skip("%s", why)
		return
	}
	o := t.operation()
	f := check.Finding{Where: "status", Want: fmt.Sprintf("429 after %d requests", d.limit), Exchange: t.last()}
	switch {
	case d.refusal == nil && (d.window > 0 && d.took >= d.window):
		t.skip("the limit's window of %s was over before its %d requests were sent twice", d.window, d.limit)
		return
	case d.refusal == nil:
		t.judged++
		f.Keyword, f.Got = "not enforced", fmt.Sprintf("%d requests passed", d.passed)
		f.Message = fmt.Sprintf("%s announces a limit of %d, and %d requests passed within %s.", label(o), d.limit, d.passed, d.took.Round(time.Millisecond))
		if d.window == 0 {
			f.Certainty = check.Likely
		}
	case d.falling && d.remaining > 0 && d.remaining <= d.limit:
		t.judged++
		f.Keyword, f.Got, f.Certainty = "too early", fmt.Sprintf("429 after %d", d.passed), check.Likely
		f.Message = fmt.Sprintf("%s announced that %d more requests would pass, and refused the next one.", label(o), d.remaining)
	default:
		t.judged++
		return
	}
	t.find(f)
}

func (t *trial) last() int {
	if len(t.steps) == 0 {
		return 0
	}
	return t.steps[len(t.steps)-1].answer.Number
}

// refusedNow sees to it that the operation is refused now, and gives the refusal.
func (t *trial) refusedNow() *answer {
	if b := t.base(t.operation()); b.there && t.deployment.Disruptive() {
		if a := t.once(); a.status == http.StatusTooManyRequests {
			return a
		}
	}
	d, why := t.drive()
	if d == nil {
		t.skip("%s", why)
		return nil
	}
	if d.refusal == nil {
		t.skip("it is never refused: RATE-003 tells of that")
	}
	return d.refusal
}

// recovers is RATE-005.
func (t *trial) recovers() {
	refusal := t.refusedNow()
	if refusal == nil {
		return
	}
	t.mark()
	waited, ok := t.wait(refusal)
	if !ok {
		t.skip("it is not known when to come back, or that is later than is waited (%s)", waited)
		return
	}
	a := t.once()
	switch f := fateOf(a.status); {
	case f == limited:
		t.judged++
		t.find(check.Finding{
			Message: fmt.Sprintf("%s refused with Retry-After, and again after %s had passed.", label(t.operation()), waited),
			Want:    "success", Got: statusText(a.status), Where: "status", Keyword: "recovery", Exchange: a.Number,
		})
	case f == accepted, f == taken, f == missing, f == barred && t.operation().Anonymous:
		t.judged++
	default:
		t.skip("%s", f.explain(t.operation(), a.status))
	}
}

// perCredential is RATE-006.
func (t *trial) perCredential() {
	o := t.operation()
	limits := t.contract.LimitsOf(o, "")
	if len(limits) == 0 || slices.ContainsFunc(limits, func(l *contracts.LimitBehaviour) bool { return !slices.Contains(l.Subjects(), "credential") }) {
		t.skip("the contract does not say that it is counted per credential")
		return
	}
	mine, other := t.caller(o), (*scenarios.Actor)(nil)
	for _, a := range t.deployment.Roster.Actors {
		if a.State == scenarios.StateGood && mine != nil && a.Account != mine.Account && a.Can(o) && !t.denied(a, o) {
			other = a
			break
		}
	}
	if other == nil {
		t.skip("the roster has no second credential of another account")
		return
	}
	if t.refusedNow() == nil {
		return
	}
	t.mark()
	a := t.onceAs(other)
	switch f := fateOf(a.status); {
	case f == limited:
		t.judged++
		t.find(check.Finding{
			Message: fmt.Sprintf("%s refused %s since %s had used up the limit, although it is counted per credential.", label(o), other.Name, mine.Name),
			Want:    "success", Got: statusText(a.status), Where: "status", Keyword: "shared", Exchange: a.Number,
		})
	case f == accepted:
		t.judged++
	default:
		t.skip("%s", f.explain(o, a.status))
	}
}
