package grade

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"understudy/contracts/check"
)

const (
	longPause    = 20 * time.Second // from here on a schedule may have reached its bound
	mostAttempts = 10
	calmPause    = 30 * time.Second // at this pace attempts may go on: nobody is burdened
	fewestGaps   = 4                // pauses from which chance can be told from a schedule
)

// own gives the pauses of a chain that the client chose itself; nil where it is not sure that they are one client's.
func (c *chain) own() []attempt {
	var list []attempt
	for i := 1; i < len(c.attempts); i++ {
		a := c.attempts[i]
		if !c.sure(&a) {
			return nil
		}
		if !a.blurred && !(a.asked && a.told.long > 0) && c.attempts[i-1].meaning.transient() {
			list = append(list, a)
		}
	}
	return list
}

func gaps(list []attempt) []time.Duration {
	var all []time.Duration
	for i := range list {
		all = append(all, list[i].gap)
	}
	return all
}

// listed writes pauses for people.
func listed(all []time.Duration) string {
	var b strings.Builder
	for i, d := range all {
		if i == 8 {
			return b.String() + ", …"
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(span(d))
	}
	return b.String()
}

// judgeGrowth looks at the pauses of each call that failed more than once (RTY-004).
func judgeGrowth(rec *Recording, t *Trial) {
	if !rec.Wall {
		t.NotExercised(virtual)
		return
	}
	for _, c := range t.view.chains {
		all := gaps(c.own())
		if len(all) < 2 || slices.Max(all) < noPause { // no pause at all is the matter of RTY-001
			continue
		}
		t.Exercised(c.calls()...)
		first, last := all[0], all[len(all)-1]
		steady := float64(slices.Max(all)) <= 1.2*float64(slices.Min(all))
		if last >= longPause || !steady && (len(all) < 3 || last > first) {
			continue
		}
		t.breaks(finding{
			message: fmt.Sprintf("%s was tried %d times with pauses of %s. Pauses drawn at random may come out so.", label(c.first().call), len(c.attempts), listed(all)),
			want:    "pauses that grow", got: listed(all), where: "time between attempts", keyword: "growth", sure: check.Likely,
		}, c.calls()...)
	}
}

// judgeJitter looks for chance in the pauses (RTY-005).
func judgeJitter(rec *Recording, t *Trial) {
	if !rec.Wall {
		t.NotExercised(virtual)
		return
	}
	places := map[int][]time.Duration{} // by the number of the attempt
	most := 0
	var shown []*Call
	for _, c := range t.view.chains {
		row := gaps(c.own())
		if len(row) == 0 || slices.Max(row) < noPause {
			continue
		}
		shown = append(shown, c.calls()...)
		if len(row) >= fewestGaps {
			t.Exercised(c.calls()...)
			if computed(row) {
				t.breaks(jitterFinding(fmt.Sprintf("%s was tried again after %s: a schedule without chance.", label(c.first().call), listed(row)), listed(row)), c.calls()...)
				return
			}
			return // chance was seen
		}
		for i, d := range row {
			places[i] = append(places[i], d)
			most = max(most, i)
		}
	}
	compared, example := 0, ""
	for i := 0; i <= most; i++ {
		if len(places[i]) < 2 {
			continue
		}
		if !alike(places[i]) {
			compared = fewestGaps // chance was seen
			example = ""
			break
		}
		compared += len(places[i])
		if example == "" {
			example = listed(places[i])
		}
	}
	if compared < fewestGaps {
		return
	}
	t.Exercised(shown...)
	if example != "" {
		t.breaks(jitterFinding(fmt.Sprintf("In different calls the pauses at the same place are the same: %s.", example), example), shown...)
	}
}

func jitterFinding(message, got string) finding {
	return finding{message: message, want: "pauses that chance has a part in", got: got, where: "time between attempts", keyword: "jitter", sure: check.Likely, whole: true}
}

// alike says that durations differ by no more than timers do.
func alike(all []time.Duration) bool {
	low, high := slices.Min(all), slices.Max(all)
	return high-low <= max(5*time.Millisecond, low/100)
}

// computed says that a row of pauses stays the same, or doubles each time until it stays the same, as exactly as timers can.
func computed(row []time.Duration) bool {
	if alike(row) {
		return true
	}
	doubling := true
	for i := 1; i < len(row); i++ {
		same := alike([]time.Duration{row[i], row[i-1]})
		double := alike([]time.Duration{row[i], 2 * row[i-1]})
		if !double && !(same && i == len(row)-1) {
			doubling = false
		}
	}
	return doubling
}

// judgeBound counts attempts (RTY-006).
func judgeBound(rec *Recording, t *Trial) {
	for _, c := range t.view.chains {
		if !c.first().meaning.transient() || c.parallel {
			continue
		}
		n := len(c.attempts)
		if n <= mostAttempts {
			if c.last().meaning != fine && t.view.over(c) {
				t.Exercised(c.calls()...)
			}
			continue
		}
		t.Exercised(c.calls()...)
		calm := true
		for _, a := range c.attempts[mostAttempts:] {
			calm = calm && a.gap >= calmPause
		}
		if calm && rec.Wall {
			continue
		}
		f := finding{
			message: fmt.Sprintf("%s failed and was tried %d times within %s.", label(c.first().call), n, span(c.last().call.End().Sub(c.first().call.Start))),
			want:    fmt.Sprintf("at most %d attempts", mostAttempts), got: fmt.Sprintf("%d", n), where: "number of attempts", keyword: "bound",
		}
		for i := range c.attempts[1:] {
			if !c.attempts[i+1].direct {
				f.level, f.sure = check.Warning, check.Likely
			}
		}
		if f.sure == check.Likely {
			f.message += " Other calls were made in between: it may be a job that runs again and again."
		}
		t.breaks(f, c.calls()...)
	}
}
