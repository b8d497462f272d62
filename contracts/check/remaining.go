package check

import (
	"fmt"
	"strconv"
	"time"

	"understudy/contracts"
)

// counterKey is whose requests of which operation one counter counts, as far as the outside can tell.
type counterKey struct {
	operation *contracts.Operation
	actor     string
	header    string
}

// counter is what a counter showed last, and how it has behaved.
type counter struct {
	limit, remaining int64
	opens            time.Duration // since 1970
	end              time.Time     // when that answer had come
	falls, stands    int
	rises            int
	exchange         int
	from, to         int64 // of the step that is told
}

// maxCounters bounds what is kept of a run.
const maxCounters = 10_000

// sameWindow is how far two computations of a window's end may be apart.
const sameWindow = 1500 * time.Millisecond

// remaining gives the budget that RATE-002 follows: of an answer that succeeded, with all three headers.
func (p *pass) remaining() (budget, bool) {
	if p.operation == nil || p.x.Status/100 != 2 || p.x.Start.IsZero() || !p.e.selected.Has("RATE-002") {
		return budget{}, false
	}
	for _, b := range p.budgets(nil) {
		if b.limit > 0 && b.remaining >= 0 && b.resets {
			return b, true
		}
	}
	return budget{}, false
}

// count follows one counter from one answer to the next. Only answers that came one after the other are compared: of requests
// under way at the same time nobody knows which was counted first. A window is the same where its end is.
func (r *runState) count(p *pass, b budget) {
	key := counterKey{p.operation, p.about.Actor, b.header("Remaining")}
	ended := p.x.Start.Add(p.x.Duration)
	opens := b.reset
	if !b.absolute {
		opens += time.Duration(ended.Unix())*time.Second + time.Duration(ended.Nanosecond())
	}
	c := r.counters[key]
	if c == nil {
		if len(r.counters) >= maxCounters {
			return
		}
		r.counters[key] = &counter{limit: b.limit, remaining: b.remaining, opens: opens, end: ended}
		return
	}
	if p.x.Start.Before(c.end) {
		return
	}
	if c.limit == b.limit && (c.opens-opens).Abs() <= sameWindow && c.remaining > 0 {
		c.follow(b.remaining, p.about.Number)
	}
	c.limit, c.remaining, c.opens, c.end = b.limit, b.remaining, opens, ended
}

func (c *counter) follow(remaining int64, exchange int) {
	switch {
	case remaining < c.remaining:
		c.falls++
		return
	case remaining == c.remaining:
		c.stands++
	default:
		c.rises++
	}
	if c.exchange == 0 {
		c.exchange, c.from, c.to = exchange, c.remaining, remaining
	}
}

// standing tells of counters that never fall (RATE-002): two steps at least, and not one that falls, since some requests may
// be free.
func (e *Examination) standing() []Finding {
	if !e.selected.Has("RATE-002") {
		return nil
	}
	var list []Finding
	for _, o := range e.contract.Operations {
		var worst *counter
		var header string
		for key, c := range e.run.counters {
			if key.operation != o || c.falls > 0 || c.stands+c.rises < 2 {
				continue
			}
			if worst == nil || c.exchange < worst.exchange || c.exchange == worst.exchange && key.header < header {
				worst, header = c, key.header
			}
		}
		if worst == nil {
			continue
		}
		list = append(list, e.about("RATE-002", o, Finding{
			Message: fmt.Sprintf("%s of %s %s went from %d to %d within one window, and never fell in %d steps.",
				header, o.Method, o.Path, worst.from, worst.to, worst.stands+worst.rises),
			Want: "less than " + strconv.FormatInt(worst.from, 10), Got: strconv.FormatInt(worst.to, 10), Where: "response header " + header,
			Keyword: "stands", Certainty: Likely, Exchange: worst.exchange,
		}))
	}
	return list
}
