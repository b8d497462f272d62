package grade

import (
	"fmt"
	"slices"
	"time"

	"understudy/contracts"
	"understudy/contracts/check"
)

// crowd gives the calls that are open at the moment when most of them are.
func crowd(calls []*Call) []*Call {
	var open, most []*Call
	for _, c := range calls { // by start
		open = slices.DeleteFunc(open, func(o *Call) bool { return !o.End().After(c.Start) })
		if open = append(open, c); len(open) > len(most) {
			most = slices.Clone(open)
		}
	}
	return most
}

// judgeConcurrency compares how many calls are open at once with the declared limits (QTA-001).
func judgeConcurrency(rec *Recording, t *Trial) {
	if rec.Contract == nil || !slices.ContainsFunc(rec.Contract.Behaviour.Limits, func(l contracts.LimitBehaviour) bool { return l.Algorithm == "concurrency" }) {
		t.NotExercised("the contract declares no limit on concurrent requests")
		return
	}
	for _, l := range t.view.ledgers() {
		if l.limit.Algorithm != "concurrency" {
			continue
		}
		most := crowd(l.calls)
		if len(most) < 2 {
			continue
		}
		t.Exercised(most...)
		if len(most) <= l.limit.Limit {
			continue
		}
		slices.Reverse(most)
		t.breaks(finding{
			message: fmt.Sprintf("%d calls were open at once where the limit %s allows %d.", len(most), l.limit.Name, l.limit.Limit),
			want:    fmt.Sprintf("at most %d", l.limit.Limit), got: fmt.Sprintf("%d", len(most)), where: "open calls", keyword: l.limit.Name, whole: true,
			at: check.Place{File: l.limit.At.File, Line: l.limit.At.Line},
		}, most...)
	}
}

const (
	rushed     = 200 * time.Millisecond
	fewestLook = 5
	mostLooks  = 10
)

// judgePolling looks at the same reading call made again and again (QTA-006).
func judgePolling(rec *Recording, t *Trial) {
	if !rec.Wall {
		t.NotExercised(virtual)
		return
	}
	for _, key := range t.view.keys {
		calls := t.view.intents[key]
		if key.method != "GET" || len(calls) < 2 || overlapping(calls) {
			continue
		}
		row := []*Call{calls[0]}
		tellRow := func() {
			if len(row) >= fewestLook {
				t.Exercised(row...)
				judgeRow(t, row)
			}
		}
		for i := 1; i < len(calls); i++ {
			before, c := calls[i-1], calls[i]
			looked := t.view.meaning(before) == fine && (before.Status < 300 || before.Status == 304)
			if asked, ok := retryAfter(before); looked && ok && asked.long > 0 && c.Start.Sub(before.End()) < asked.long+retryWindow {
				judgeLook(t, before, c, asked)
			}
			if n, _ := t.view.traffic.between(before, c); n > 0 || unaware(c, before) || !looked || c.Start.Sub(before.End()) > retryWindow {
				tellRow()
				row = row[:0:0]
			}
			row = append(row, c)
		}
		tellRow()
	}
}

// judgeLook compares a look with the Retry-After of the one before.
func judgeLook(t *Trial, before, c *Call, asked wait) {
	t.Exercised(before, c)
	gap := c.Start.Sub(before.End())
	if gap >= asked.long-asked.slack {
		return
	}
	t.breaks(finding{
		level: check.Failure, basis: check.ByNorm, norm: "RFC 9110, 10.2.3",
		message: fmt.Sprintf("%s was answered %d with Retry-After %s; the next look came after %s.", label(before), before.Status, span(asked.long), span(gap)),
		want:    "no look for " + span(asked.long), got: "one after " + span(gap), where: "response header Retry-After", keyword: "too early",
	}, c, before)
}

// judgeRow judges the pauses of a row of looks: the longest run of hasty ones counts.
func judgeRow(t *Trial, row []*Call) {
	from, best := 0, []*Call(nil)
	for i := range row {
		if i > 0 && row[i].Start.Sub(row[i-1].End()) >= rushed {
			from = i
		}
		if i-from+1 > len(best) {
			best = row[from : i+1]
		}
	}
	if len(best) < mostLooks {
		return
	}
	took := best[len(best)-1].End().Sub(best[0].Start)
	t.breaks(finding{
		message: fmt.Sprintf("%s was read %d times in a row within %s. A test may have shortened the pause.", label(row[0]), len(best), span(took)),
		want:    "pauses of a second or so", got: fmt.Sprintf("%s from one look to the next", span(took/time.Duration(len(best)))), where: "time between calls", keyword: "hasty", sure: check.Likely,
	}, best...)
}
