package grade

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"understudy/contracts"
	"understudy/contracts/check"
)

// A ledger is what one declared limit counts of one subject.
type ledger struct {
	limit   *contracts.LimitBehaviour
	subject string
	calls   []*Call // by start
}

// plan is the plan of the account that a call was made for; empty: none, or not known.
func (v *view) plan(c *Call) string {
	for i := range v.rec.Contract.Behaviour.Accounts {
		if a := &v.rec.Contract.Behaviour.Accounts[i]; a.ID == c.Account && c.Account != "" {
			return a.Plan
		}
	}
	return ""
}

// limits lists the declared limits that count a call.
func (v *view) limits(c *Call) []*contracts.LimitBehaviour {
	if c.Operation == nil || v.rec.Contract == nil {
		return nil
	}
	return v.rec.Contract.LimitsOf(c.Operation, v.plan(c))
}

// subject is whose calls a limit counts together.
func subject(l *contracts.LimitBehaviour, c *Call) string {
	var parts []string
	for _, by := range l.Subjects() {
		switch by {
		case "credential", "user":
			parts = append(parts, cmp.Or(c.Credential, holder(c)))
		case "account":
			parts = append(parts, cmp.Or(c.Account, c.Credential, holder(c)))
		case "route":
			parts = append(parts, c.Operation.ID)
		}
	}
	return strings.Join(parts, " ")
}

// ledgers gives what each declared limit counts of each subject, in the order of the first calls.
func (v *view) ledgers() []*ledger {
	var list []*ledger
	at := map[*contracts.LimitBehaviour]map[string]*ledger{}
	for _, c := range v.traffic.calls {
		for _, l := range v.limits(c) {
			whose := subject(l, c)
			if at[l] == nil {
				at[l] = map[string]*ledger{}
			}
			if at[l][whose] == nil {
				at[l][whose] = &ledger{limit: l, subject: whose}
				list = append(list, at[l][whose])
			}
			at[l][whose].calls = append(at[l][whose].calls, c)
		}
	}
	return list
}

func cost(c *Call) int {
	if w := c.Operation.Behaviour.Weight; w != nil {
		return max(*w, 0)
	}
	return 1
}

// busiest is the most that was asked for in one window, and the calls of that window. A bucket's is what would have to be in it
// at once.
func (l *ledger) busiest() (n int, calls []*Call) {
	switch l.limit.Algorithm {
	case "token-bucket", "gcra":
		return l.bucket()
	case "sliding-log", "sliding-counter":
		return l.sliding()
	case "concurrency":
		return 0, nil
	}
	sum, from := 0, 0
	var end time.Time
	for i, c := range l.calls {
		if i == 0 || !c.Start.Before(end) {
			sum, from, end = 0, i, l.windowEnd(c.Start)
		}
		if sum += cost(c); sum > n {
			n, calls = sum, l.calls[from:i+1]
		}
	}
	return n, calls
}

// windowEnd is when the fixed window ends in which a call falls.
func (l *ledger) windowEnd(at time.Time) time.Time {
	if l.limit.Calendar() {
		zone, err := l.limit.Zone()
		if err != nil {
			zone = time.UTC
		}
		year, month, day := at.In(zone).Date()
		if l.limit.Window == "day" {
			return time.Date(year, month, day+1, 0, 0, 0, 0, zone)
		}
		return time.Date(year, month+1, 1, 0, 0, 0, 0, zone)
	}
	d := l.length()
	if l.limit.Align == "first-request" {
		return at.Add(d)
	}
	return time.Unix(0, at.UnixNano()/int64(d)*int64(d)).Add(d)
}

// length is the limit's window; a minute where it cannot be read.
func (l *ledger) length() time.Duration {
	if d, err := time.ParseDuration(l.limit.Window); err == nil && d > 0 {
		return d
	}
	return time.Minute
}

func (l *ledger) sliding() (n int, calls []*Call) {
	sum, from := 0, 0
	for i, c := range l.calls {
		sum += cost(c)
		for !l.calls[from].Start.Add(l.length()).After(c.Start) {
			sum -= cost(l.calls[from])
			from++
		}
		if sum > n {
			n, calls = sum, l.calls[from:i+1]
		}
	}
	return n, calls
}

func (l *ledger) bucket() (n int, calls []*Call) {
	level, most, from := 0.0, 0.0, 0
	rate := float64(l.limit.Limit) / float64(l.length())
	for i, c := range l.calls {
		if i > 0 {
			level -= rate * float64(c.Start.Sub(l.calls[i-1].Start))
		}
		if level <= 0 {
			level, from = 0, i
		}
		if level += float64(cost(c)); level > most {
			most, calls = level, l.calls[from:i+1]
		}
	}
	return int(most), calls
}

// judgeBurst compares what was sent with the declared limits (QTA-002).
func judgeBurst(rec *Recording, t *Trial) {
	if rec.Contract == nil || !slices.ContainsFunc(rec.Contract.Behaviour.Limits, func(l contracts.LimitBehaviour) bool { return l.Algorithm != "concurrency" }) {
		t.NotExercised("the contract declares no limit on how many calls are made")
		return
	}
	nearest := ""
	share := 0.0
	for _, l := range t.view.ledgers() {
		n, calls := l.busiest()
		limit := l.limit.Capacity()
		if limit <= 0 || n == 0 {
			continue
		}
		if s := float64(n) / float64(limit); s > share {
			share, nearest = s, fmt.Sprintf("the busiest window had %d of %d (limit %s)", n, limit, l.limit.Name)
		}
		if 2*n < limit {
			continue
		}
		over := min(limit, len(calls)-1)
		t.Exercised(calls[over])
		if n <= limit {
			continue
		}
		f := finding{
			message: fmt.Sprintf("%d calls were sent where the limit %s allows %d (%s).", n, l.limit.Name, limit, windowWords(l.limit)),
			want:    fmt.Sprintf("at most %d", limit), got: fmt.Sprintf("%d", n), where: "number of calls", keyword: l.limit.Name, whole: true,
			at: check.Place{File: l.limit.At.File, Line: l.limit.At.Line},
		}
		if n > 2*limit && n-limit >= 20 {
			f.level = check.Failure
		}
		t.breaks(f, calls[over], calls[0])
	}
	if t.exercised == 0 && nearest != "" {
		t.NotExercised("no burst used half of a declared limit: " + nearest)
	}
}

func windowWords(l *contracts.LimitBehaviour) string {
	words := "in " + l.Window
	if l.Calendar() {
		words = "a " + l.Window
	}
	if l.Algorithm == "token-bucket" || l.Algorithm == "gcra" {
		words = fmt.Sprintf("at once, %d more in %s", l.Limit, l.Window)
	}
	return words + ", counted by " + strings.Join(l.Subjects(), " and ")
}
