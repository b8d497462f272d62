package check

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"
)

// speed judges how long one answer took (PRF-001).
func (p *pass) speed() {
	limit := p.e.options.Slowest
	if limit <= 0 || p.x.Duration <= limit {
		return
	}
	p.report("PRF-001", Finding{
		Message: fmt.Sprintf("%s took %s; %s is the limit.", p.label(), rounded(p.x.Duration), limit),
		Want:    "at most " + limit.String(), Got: rounded(p.x.Duration), Where: "duration",
	})
}

// rounded shows a duration with three digits.
func rounded(d time.Duration) string {
	unit := time.Duration(1)
	for d/unit >= 1000 {
		unit *= 10
	}
	return d.Round(unit).String()
}

// speeds counts durations in steps of two per cent, so that a run of any length takes the same room.
type speeds struct {
	steps map[int]int
	count int
}

const step = 1.02

func (s *speeds) add(d time.Duration, wanted bool) {
	if !wanted || d <= 0 {
		return
	}
	if s.steps == nil {
		s.steps = map[int]int{}
	}
	s.steps[int(math.Ceil(math.Log(float64(d))/math.Log(step)))]++
	s.count++
}

// within gives the duration that a share of the answers did not exceed, up to two per cent too long.
func (s *speeds) within(rank float64) time.Duration {
	need := int(math.Ceil(rank / 100 * float64(s.count)))
	var steps []int
	for at := range s.steps {
		steps = append(steps, at)
	}
	slices.Sort(steps)
	for _, at := range steps {
		if need -= s.steps[at]; need <= 0 {
			return time.Duration(math.Pow(step, float64(at)))
		}
	}
	return 0
}

// least is the number of answers below which a percentile says nothing.
const least = 20

// slowest judges the percentiles of the run (PRF-002).
func (e *Examination) slowest() []Finding {
	if e.run.speeds.count < least || !e.selected.Has("PRF-002") {
		return nil
	}
	var list []Finding
	for _, p := range e.options.Percentiles {
		got := e.run.speeds.within(p.Rank)
		if float64(got) <= float64(p.Within)*step {
			continue
		}
		rank := "p" + strconv.FormatFloat(p.Rank, 'f', -1, 64)
		list = append(list, e.about("PRF-002", nil, Finding{
			Message: fmt.Sprintf("%s of %d answers is %s; %s is the limit.", rank, e.run.speeds.count, rounded(got), p.Within),
			Want:    rank + " within " + p.Within.String(), Got: rounded(got), Where: "duration", Keyword: rank,
		}))
	}
	return list
}
