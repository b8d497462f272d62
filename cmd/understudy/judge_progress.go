package main

import (
	"fmt"
	"sync"
	"time"

	"understudy/scenarios"
)

// progressEvery is how often the line of progress is written at most.
const progressEvery = 200 * time.Millisecond

// progress gives what shows how far a run has come: one line on standard error that is written over, on a terminal only. nil:
// nothing is shown.
func (c *court) progress() func(scenarios.Progress) {
	if c.audience != nil {
		return c.audience.progress
	}
	if !c.terminal || c.flags.quiet {
		return nil
	}
	var mu sync.Mutex
	started, last := time.Now(), time.Time{}
	return func(p scenarios.Progress) {
		mu.Lock()
		defer mu.Unlock()
		now := time.Now()
		if now.Sub(last) < progressEvery && p.Done < p.Total {
			return
		}
		last = now
		fmt.Fprintf(c.err, "\r\x1b[K%s", progressLine(p, now.Sub(started)))
	}
}

// clearProgress takes the line of progress away.
func (c *court) clearProgress() {
	if c.terminal && !c.flags.quiet {
		fmt.Fprint(c.err, "\r\x1b[K")
	}
}

// progressLine tells counts and the time that is left, going by what was done so far.
func progressLine(p scenarios.Progress, spent time.Duration) string {
	text := fmt.Sprintf("%d tests", p.Done)
	if p.Total > 0 {
		text = fmt.Sprintf("%d of %d tests", p.Done, p.Total)
	}
	text += fmt.Sprintf(", %d requests", p.Requests)
	if p.Failed > 0 {
		text += fmt.Sprintf(", %d failed", p.Failed)
	}
	if p.Done > 0 && p.Done < p.Total && spent > time.Second {
		left := time.Duration(float64(spent) / float64(p.Done) * float64(p.Total-p.Done))
		text += ", about " + left.Round(time.Second).String() + " left"
	}
	return text
}
