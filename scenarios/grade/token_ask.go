package grade

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"understudy/contracts"
	"understudy/contracts/check"
)

func judgeNeedless(rec *Recording, t *Trial) {
	shown := shownBy(rec)
	requests := tokenRequests(rec)
	for _, group := range tokenFamilies(requests) {
		uses, asked := 0, 0
		var needless []*Call
		var last *tokenRequest
		for _, q := range group {
			asked++
			if last != nil && knowing(q.call, last.call) && stillGood(rec, last, q.call, shown) {
				needless = append(needless, q.call)
			}
			if q.given {
				last = q
			}
		}
		for _, c := range rec.Calls {
			if slices.ContainsFunc(group, func(q *tokenRequest) bool { return slices.Contains(q.access, shown[c]) }) {
				uses++
			}
		}
		if uses < 3 {
			continue
		}
		t.Exercised(group[0].call)
		if len(needless) >= 3 && 2*len(needless) >= asked {
			t.breaks(finding{
				message: fmt.Sprintf("%s for tokens were made for %s; %d of them while the last token was still good. Programs and tests that start anew look the same.",
					countOf(asked, "request"), countOf(uses, "call"), len(needless)),
				want: "a token that is kept until shortly before its end", got: countOf(asked, "request") + " for tokens", where: "token request", keyword: "needless", sure: check.Likely,
			}, needless...)
		}
	}
}

// tokenFamilies gathers the requests for tokens of one client and user, renewals included.
func tokenFamilies(requests []*tokenRequest) [][]*tokenRequest {
	at := map[string]int{}
	var groups [][]*tokenRequest
	for i, q := range requests {
		key := q.identity
		for o := q.origin; key == "" && o != nil; o = o.origin {
			key = "from " + strconv.Itoa(o.call.Index)
		}
		if key == "" {
			key = "from " + strconv.Itoa(requests[i].call.Index)
		}
		n, known := at[key]
		if !known {
			n = len(groups)
			at[key] = n
			groups = append(groups, nil)
		}
		groups[n] = append(groups[n], q)
	}
	return groups
}

// stillGood says that a token had more than a fifth of its life left when the next one was asked for, and had not been refused.
func stillGood(rec *Recording, q *tokenRequest, by *Call, shown map[*Call]string) bool {
	if ends := q.ends(rec.Contract); !ends.IsZero() && 5*ends.Sub(by.Start) < ends.Sub(q.call.End()) {
		return false
	}
	return !slices.ContainsFunc(rec.Calls, func(c *Call) bool {
		return c.Status == http.StatusUnauthorized && slices.Contains(q.access, shown[c]) && c.Index < by.Index
	})
}

// A polling is the polls of one device.
type polling struct {
	interval time.Duration
	last     *Call
}

func judgePolls(rec *Recording, t *Trial) {
	if !rec.Wall {
		t.NotExercised("by a clock that was moved nobody can tell how long a device waited")
		return
	}
	devices := map[string]*polling{}
	for _, c := range rec.Calls {
		if m := membersOf(c.ResponseHeader, c.ResponseBody); c.Status == http.StatusOK && m.text("devicecode") != "" {
			d := &polling{interval: 5 * time.Second}
			if n, err := strconv.Atoi(m.text("interval")); err == nil && n > 0 && n < 3600 {
				d.interval = time.Duration(n) * time.Second
			}
			devices[m.text("devicecode")] = d
		}
	}
	for _, q := range tokenRequests(rec) {
		d := devices[q.sent.text("devicecode")]
		if q.grant != deviceGrant || d == nil {
			continue
		}
		if d.last != nil {
			t.Exercised(q.call)
			if gap := q.call.Start.Sub(d.last.End()); gap < d.interval-100*time.Millisecond {
				t.breaks(finding{
					message: fmt.Sprintf("A device polled %s behind the answer to its last poll, but was to wait %s.", gap.Round(time.Millisecond), d.interval),
					want:    d.interval.String() + " between two polls", got: gap.Round(time.Millisecond).String(), where: "token request", keyword: "poll",
				}, q.call, d.last)
			}
		}
		if membersOf(q.call.ResponseHeader, q.call.ResponseBody).text("error") == "slow_down" {
			d.interval += 5 * time.Second
		}
		d.last = q.call
	}
}

// guarded says that an operation lets nobody in without a credential that a request shows.
func guarded(o *contracts.Operation) bool {
	if o == nil || len(o.Security) == 0 {
		return false
	}
	return !slices.ContainsFunc(o.Security, func(a contracts.Alternative) bool {
		return len(a) == 0 || slices.ContainsFunc(a, func(r contracts.Requirement) bool { return r.Scheme.Type == "mutualTLS" })
	})
}

func judgeBareCalls(rec *Recording, t *Trial) {
	shown := shownBy(rec)
	var bare []*Call
	calls := 0
	for _, c := range rec.Calls {
		if !guarded(c.Operation) || preflight(&c.Exchange) {
			continue
		}
		if shown[c] == "" && (c.Status != http.StatusUnauthorized || len(c.RequestHeader["Authorization"]) > 0 || misplaced(c)) {
			continue // its credential was not recorded, or it shows something else
		}
		calls++
		t.Exercised(c)
		if shown[c] == "" {
			bare = append(bare, c)
		}
	}
	for _, c := range bare {
		f := finding{
			message: fmt.Sprintf("%s %s asks for a credential, and the call carried none.", c.Operation.Method, c.Operation.Path),
			want:    "a credential: " + schemesOf(c.Operation), got: "none", where: "request credential", keyword: "none", at: check.PlaceOf(c.Operation.At),
		}
		if !(len(bare) >= 3 && 2*len(bare) > calls) {
			f.level, f.sure = check.Warning, check.Likely
			f.message += " A test of the refusal looks the same."
		}
		t.breaks(f, c)
	}
}

// misplaced says that a call shows some secret, be it in the wrong place.
func misplaced(c *Call) bool { return len(showings(c)) > 0 }

// schemesOf names the security schemes that an operation takes.
func schemesOf(o *contracts.Operation) string {
	var names []string
	for _, a := range o.Security {
		for _, r := range a {
			if !slices.Contains(names, r.Scheme.Key) {
				names = append(names, r.Scheme.Key)
			}
		}
	}
	return strings.Join(names, " or ")
}
