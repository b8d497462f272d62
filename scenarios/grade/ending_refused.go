package grade

import (
	"fmt"
	"net/http"
	"time"

	"understudy/contracts/check"
)

const (
	sameRun    = time.Minute // between two refusals of one run
	thirdTime  = 3
	mostNew    = 5  // refusals of a credential that was never accepted: tests make such up
	mostAfter  = 5  // refusals of a credential that was good before, over several operations
	mostDenied = 10 // of one operation with different URLs
)

// A run is a row of answers of one kind with nothing else of the same key in between.
type run struct {
	calls []*Call
}

// add puts a call at the end of the run, or begins it anew where the pause was too long.
func (r *run) add(c *Call, pause time.Duration) int {
	if n := len(r.calls); n > 0 && c.Start.Sub(r.calls[n-1].End()) > pause {
		r.calls = nil
	}
	r.calls = append(r.calls, c)
	return len(r.calls)
}

// backwards gives the last few calls of the run, the last one first.
func (r *run) backwards() []*Call {
	var list []*Call
	for i := len(r.calls) - 1; i >= 0 && len(list) < mostEvidence; i-- {
		list = append(list, r.calls[i])
	}
	return list
}

// runs keeps one run a key.
type runs[K comparable] map[K]*run

func (r runs[K]) of(key K) *run {
	if r[key] == nil {
		r[key] = &run{}
	}
	return r[key]
}

// A target is what one holder asks for: an operation, or a method and URL.
type target struct{ holder, what string }

// judgeUnauthorized counts refusals of a credential (END-001).
func judgeUnauthorized(rec *Recording, t *Trial) {
	same, all := runs[target]{}, runs[string]{}
	of := map[string]map[target]bool{} // the keys of same, by holder
	good := map[string]bool{}
	for _, c := range rec.Calls {
		who := holder(c)
		if who == "" || renews(c) || c.Method == http.MethodOptions {
			continue
		}
		key := target{who, label(c)}
		if c.Status != http.StatusUnauthorized {
			if c.Status != 0 && c.Status < 400 {
				good[who] = true
				for key := range of[who] {
					delete(same, key)
				}
				delete(of, who)
				delete(all, who)
			}
			continue
		}
		t.Exercised(c)
		if row := same.of(key).calls; len(row) > 0 && unaware(c, row[0]) {
			continue // sent together with the first
		}
		if of[who] == nil {
			of[who] = map[target]bool{}
		}
		of[who][key] = true
		limit := mostNew
		if good[who] {
			limit = thirdTime
		}
		if same.of(key).add(c, sameRun) == limit {
			t.breaks(finding{
				message: fmt.Sprintf("%s was answered 401 for the same credential %d times in a row.", label(c), limit),
				want:    "a new credential, or the end", got: "the same credential again", where: "request credential", keyword: "401 again",
			}, same[key].backwards()...)
		}
		if all.of(who).add(c, sameRun) == mostAfter && good[who] && distinct(all[who].calls) > 1 {
			t.breaks(finding{
				level: check.Warning, sure: check.Likely, whole: true,
				message: "A credential that had been accepted was refused five times in a row by several operations, and used on. Tests of a revoked credential look like this, too.",
				want:    "a new credential, or the end", got: "the same credential again", where: "request credential", keyword: "401 after success",
			}, all[who].backwards()...)
		}
	}
}

// distinct is how many operations are called.
func distinct(calls []*Call) int {
	seen := map[string]bool{}
	for _, c := range calls {
		seen[label(c)] = true
	}
	return len(seen)
}

// judgeForbidden counts refusals by 403 (END-002).
func judgeForbidden(rec *Recording, t *Trial) {
	same, wide := runs[intent]{}, runs[target]{}
	for _, c := range rec.Calls {
		exact, operation := intentOf(c), target{holder(c), label(c)}
		if c.Status != http.StatusForbidden || t.view.tooMany(c) {
			if c.Status != 0 && c.Status < 400 {
				delete(same, exact)
				delete(wide, operation)
			}
			continue
		}
		t.Exercised(c)
		if same.of(exact).add(c, sameRun) == thirdTime {
			t.breaks(finding{
				message: fmt.Sprintf("The same call of %s was answered 403 for the same credential %d times.", label(c), thirdTime),
				want:    "the end of the job, and a report", got: "the same call again", where: "the call", keyword: "403 again",
			}, same[exact].backwards()...)
		}
		if wide.of(operation).add(c, sameRun) == mostDenied && len(same[exact].calls) < thirdTime {
			t.breaks(finding{
				level: check.Warning, sure: check.Likely,
				message: fmt.Sprintf("%s was answered 403 for the same credential %d times in a row, for one thing after another. A test of permissions may do that.", label(c), mostDenied),
				want:    "the end of the job, and a report", got: "the next one", where: "the call", keyword: "403 one after another",
			}, wide[operation].backwards()...)
		}
	}
}
