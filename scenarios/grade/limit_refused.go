package grade

import (
	"fmt"
	"slices"
	"time"

	"understudy/contracts"
	"understudy/contracts/check"
)

// onTheWay is how long after an answer calls may still begin that were decided on before it came.
const onTheWay = 100 * time.Millisecond

// judgeHeadroom counts refusals by limits (QTA-003).
func judgeHeadroom(rec *Recording, t *Trial) {
	var met, some []*Call
	counted := 0
	for _, c := range rec.Calls {
		over := t.view.tooMany(c)
		if over && ordered(c, "status") {
			continue
		}
		if over {
			met = append(met, c)
		}
		if over || len(t.view.limits(c)) > 0 {
			counted++
			some = append(some, c)
		}
	}
	if len(met) == 0 && counted < 20 {
		if counted > 0 {
			t.NotExercised(fmt.Sprintf("only %d calls under a limit were made, and none was refused", counted))
		}
		return
	}
	if len(met) == 0 {
		t.Exercised(some...)
		return
	}
	t.Exercised(met...)
	f := finding{
		level: check.Note, message: fmt.Sprintf("%d of %d calls were refused by a limit.", len(met), counted),
		want: "at most one in twenty", got: fmt.Sprintf("%d of %d", len(met), counted), where: "status", keyword: "refusals", whole: true,
	}
	if len(met) >= 3 && 20*len(met) > counted {
		f.level = check.Warning
	}
	t.breaks(f, met...)
}

// ahead gives the calls behind one, as far as is looked.
func ahead(calls []*Call, i int) []*Call { return calls[i+1 : min(len(calls), i+1+2000)] }

// together says that some limit counts both calls; where the contract declares none, that both are of one operation.
func (v *view) together(a, b *Call) bool {
	if holder(a) != holder(b) {
		return false
	}
	if a.Operation != nil && a.Operation == b.Operation {
		return true
	}
	mine, theirs := v.limits(a), v.limits(b)
	return slices.ContainsFunc(mine, func(l *contracts.LimitBehaviour) bool {
		return l.Algorithm != "concurrency" && slices.Contains(theirs, l) && subject(l, a) == subject(l, b)
	})
}

// judgeHoldBack looks for further refusals while a limit was known to be closed (QTA-004).
func judgeHoldBack(rec *Recording, t *Trial) {
	if !rec.Wall {
		t.NotExercised(virtual)
		return
	}
	calls := t.view.traffic.calls
	done := map[*Call]bool{} // told of already, as part of an earlier wait
	for i, c := range calls {
		asked, ok := t.view.told(c)
		if done[c] || !t.view.tooMany(c) || !ok || asked.long <= onTheWay {
			continue
		}
		from, until := c.End().Add(onTheWay), c.End().Add(asked.long-asked.slack)
		var again []*Call
		followed := false
		for _, other := range ahead(calls, i) {
			if !other.Start.After(c.End()) || !t.view.together(c, other) {
				continue
			}
			followed = true
			if !other.Start.Before(until) {
				break
			}
			if t.view.tooMany(other) {
				done[other] = true
				if !other.Start.Before(from) && intentOf(other) != intentOf(c) {
					again = append(again, other)
				}
			}
		}
		if !followed {
			continue
		}
		t.Exercised(c)
		if len(again) == 0 {
			continue
		}
		f := finding{
			message: fmt.Sprintf("%s was refused by a limit and told to wait for %s; %d other calls of the same caller followed within that time and were refused, too.", label(c), span(asked.long), len(again)),
			want:    "no call before the limit opens", got: fmt.Sprintf("%d refused", len(again)), where: "response header Retry-After", keyword: "went on", whole: true,
		}
		if len(again) < 3 {
			f.level = check.Warning
		}
		t.breaks(f, append([]*Call{again[0], c}, again[1:]...)...)
	}
}

// judgeUsedUp looks for calls that were refused although the answer before had told it (QTA-005).
func judgeUsedUp(rec *Recording, t *Trial) {
	if !rec.Wall {
		t.NotExercised(virtual)
		return
	}
	calls := t.view.traffic.calls
	for i, c := range calls {
		if t.view.meaning(c) != fine {
			continue
		}
		q := t.view.quota(c)
		if left, known := q.left(); !known || left > 0 {
			continue
		}
		asked, ok := q.opens()
		if !ok || asked.long <= onTheWay {
			continue
		}
		for _, other := range ahead(calls, i) {
			if other.Start.Before(c.End().Add(onTheWay)) || !t.view.together(c, other) {
				continue
			}
			t.Exercised(c, other)
			if early := asked.long - other.Start.Sub(c.End()); early > asked.slack && t.view.tooMany(other) && !ordered(other, "status") {
				t.breaks(finding{
					message: fmt.Sprintf("%s was answered with nothing left for another %s; %s was sent %s later and refused.", label(c), span(asked.long), label(other), span(other.Start.Sub(c.End()))),
					want:    "no call before the limit's reset", got: "one " + span(early) + " before it", where: "response headers of the limit", keyword: "used up", whole: true,
				}, other, c)
			}
			break
		}
	}
}
